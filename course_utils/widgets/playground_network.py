"""The numbers of the playground: data sets, a random start, forward pass, loss.

``playground.js`` holds the same arithmetic and draws from the same random
numbers; a test holds both equal. A network is a list of pairs ``(W, b)``, one
activation after every layer but the last, whose one output is a score: its
sigmoid is the probability of class 1.
"""

import math
from itertools import pairwise

import numpy as np

DATA = ("circles", "xor", "gauss", "spiral")
POINTS = 200
REACH = 3.0
"""The made data sets lie between -REACH and REACH in both directions."""


def sigmoid(z):
    """Return the sigmoid of an array of any shape; no overflow."""
    return 0.5 * (1 + np.tanh(0.5 * np.asarray(z, float)))


ACTIVATIONS = {
    "tanh": np.tanh,
    "relu": lambda z: np.maximum(0.0, z),
    "sigmoid": sigmoid,
    "linear": lambda z: z,
}


def uniform(seed: int):
    """Yield random numbers from 0 to 1 (1 left out): mulberry32, as in the browser."""
    a = seed & 0xFFFFFFFF
    while True:
        a = (a + 0x6D2B79F5) & 0xFFFFFFFF
        t = ((a ^ (a >> 15)) * (a | 1)) & 0xFFFFFFFF
        t ^= (t + (t ^ (t >> 7)) * (t | 61)) & 0xFFFFFFFF
        yield (t ^ (t >> 14)) / 4294967296


def normal(numbers) -> float:
    """Return one normally distributed number made of two uniform ones."""
    radius = math.sqrt(-2 * math.log(1 - next(numbers)))
    return radius * math.cos(2 * math.pi * next(numbers))


def _place(name, index, share, numbers):
    """Return a point of class ``index % 2`` without noise, and the class."""
    u, v = next(numbers), next(numbers)
    label = index % 2
    angle = 2 * math.pi * u
    if name == "circles":  # class 1 inside
        radius = v if label else 1.6 + 0.8 * v
        return radius * math.cos(angle), radius * math.sin(angle), label
    if name == "xor":  # class 1 where the signs differ
        x, y = 0.15 + 2.35 * u, 0.15 + 2.35 * v
        side = 1 if (index >> 1) % 2 else -1
        return side * x, side * (-y if label else y), label
    if name == "gauss":
        centre, radius = (1.2 if label else -1.2), math.sqrt(-0.4 * math.log(1 - v))
        x, y = radius * math.cos(angle), radius * math.sin(angle)
        return centre + x, centre + y, label
    turn = 3.5 * math.pi * share + (math.pi if label else 0)
    return 2.5 * share * math.sin(turn), 2.5 * share * math.cos(turn), label


def dataset(name: str, noise: float, seed: int):
    """Return 200 points of one of the data sets, and their classes.

    Parameters
    ----------
    name : str
        One of :data:`DATA`.
    noise : float
        Standard deviation of what is added to both coordinates.
    seed : int
        The same seed gives the same points, here and in the browser.

    Returns
    -------
    (array of shape (200, 2), array of 200 zeros and ones)
    """
    numbers = uniform(seed)
    X, y = np.zeros((POINTS, 2)), np.zeros(POINTS, dtype=int)
    for index in range(POINTS):
        share = ((index >> 1) + 0.5) / (POINTS / 2)
        x1, x2, y[index] = _place(name, index, share, numbers)
        X[index] = x1 + noise * normal(numbers), x2 + noise * normal(numbers)
    return X, y


def random_start(widths, seed: int):
    """Return small random weights and zero biases, a pair for each layer.

    Parameters
    ----------
    widths : sequence of int
        Units in each layer, inputs first.
    seed : int
        The same seed gives the same weights, here and in the browser.

    Returns
    -------
    list of (W, b)
        ``W`` (D, H) with the standard deviation sqrt(2 / D), ``b`` (H,).
    """
    numbers = uniform(seed)
    return [
        (np.array([[math.sqrt(2 / D) * normal(numbers) for _ in range(H)]
                   for _ in range(D)]), np.zeros(H))
        for D, H in pairwise(widths)
    ]  # fmt: skip


def scores(X, params, activation: str):
    """Return the output (N,) for the examples X (N, 2); above 0 means class 1."""
    A = np.asarray(X, float)
    for W, b in params[:-1]:
        A = ACTIVATIONS[activation](A @ W + b)
    W, b = params[-1]
    return (A @ W + b)[:, 0]


def loss(z, y) -> float:
    """Return the binary cross-entropy of scores z (N,) and classes y (N,)."""
    z = np.asarray(z, float)
    return float(np.mean(np.logaddexp(0, z) - np.asarray(y) * z))
