"""The numbers of the landscape: losses of two weights, and walks down on them.

``landscape.js`` holds the same functions and gets the numbers from here; a test
holds both equal.
"""

from dataclasses import dataclass

import numpy as np


@dataclass(frozen=True)
class Surface:
    """A loss of two weights u and v.

    Attributes
    ----------
    words : str
        What it looks like.
    loss, gradient : callable
        Of u and v, numbers or arrays; the gradient returns a pair.
    box : (left, right, bottom, top)
        What the map shows.
    start : (u, v)
        Where a walk begins at first.
    rate : float
        A learning rate that suits gradient descent.
    minima : tuple of (u, v, name)
        The low places.
    levels : tuple of float
        Losses of the contour lines.
    """

    words: str
    loss: callable
    gradient: callable
    box: tuple
    start: tuple
    rate: float
    minima: tuple
    levels: tuple

    @property
    def numbers(self) -> dict:
        """All but the functions, which the browser has of its own."""
        return {name: v for name, v in vars(self).items() if not callable(v)}


SURFACES = {
    "bowl": Surface(
        "a bowl, 50 times as steep across as along",
        lambda u, v: 0.5 * (u * u + 50 * v * v),
        lambda u, v: (u, 50 * v),
        (-10, 4, -2.2, 2.2),
        (-9.0, 1.5),
        0.03,
        ((0.0, 0.0, "at the lowest point"),),
        (0.5, 3, 10, 25, 50, 90),
    ),
    "valleys": Surface(
        "two valleys; the left one is deeper",
        lambda u, v: (u * u - 1) * (u * u - 1) + 0.3 * u + 3 * v * v,
        lambda u, v: (4 * u * (u * u - 1) + 0.3, 6 * v),
        (-2.2, 2.2, -1.5, 1.5),
        (1.8, 1.0),
        0.02,
        (
            (-1.0355787, 0.0, "in the left, deep valley"),
            (0.9601496, 0.0, "in the right, shallow valley"),
        ),
        (-0.2, 0.1, 0.35, 0.7, 1.2, 2, 3.5, 6, 10),
    ),
    "saddle": Surface(
        "a saddle between two equal valleys",
        lambda u, v: u * u - v * v + 0.25 * (v * v) * (v * v),
        lambda u, v: (2 * u, -2 * v + v * v * v),
        (-2.4, 2.4, -2.4, 2.4),
        (-2.0, 0.05),
        0.1,
        (
            (0.0, 2**0.5, "in the upper valley"),
            (0.0, -(2**0.5), "in the lower valley"),
        ),
        (-0.9, -0.6, -0.3, 0, 0.5, 1.2, 2.2, 3.5, 5),
    ),
    "bend": Surface(
        "a narrow valley with a bend",
        lambda u, v: (1 - u) * (1 - u) + 10 * (v - u * u) * (v - u * u),
        lambda u, v: (-2 * (1 - u) - 40 * u * (v - u * u), 20 * (v - u * u)),
        (-2, 2, -1, 3),
        (-1.5, 2.2),
        0.005,
        ((1.0, 1.0, "at the lowest point"),),
        (0.3, 1, 3, 8, 20, 50, 100),
    ),
}
OPTIMIZERS = {
    "descent": "gradient descent",
    "momentum": "momentum",
    "rmsprop": "RMSprop",
    "adam": "Adam",
}
FAR = 1e6
"""A walk ends when a weight is further from zero than this."""


def walk(surface, optimizer, learning_rate, momentum, steps, start) -> np.ndarray:
    """Return the places of a walk, the start first.

    Parameters
    ----------
    surface, optimizer : str
        Keys of :data:`SURFACES` and :data:`OPTIMIZERS`.
    learning_rate : float
    momentum : float
        Share of the old velocity that is kept; for the optimizer "momentum".
    steps : int
    start : (u, v)

    Returns
    -------
    array of shape (steps + 1, 2)
        Shorter when the walk leaves all bounds.

    Notes
    -----
    RMSprop divides by the root of a running mean of squares (share 0.9); Adam
    is algorithm 1 of Kingma and Ba with 0.9 and 0.999. Both add 1e-8.
    """
    gradient = SURFACES[surface].gradient
    w = np.array(start, float)
    first, second = np.zeros(2), np.zeros(2)
    path = [w]
    for t in range(1, steps + 1):
        g = np.array(gradient(*w))
        if optimizer == "descent":
            w = w - learning_rate * g
        elif optimizer == "momentum":
            first = momentum * first - learning_rate * g
            w = w + first
        elif optimizer == "rmsprop":
            second = 0.9 * second + 0.1 * (g * g)
            w = w - learning_rate * g / (np.sqrt(second) + 1e-8)
        else:
            first = 0.9 * first + 0.1 * g
            second = 0.999 * second + 0.001 * (g * g)
            root = np.sqrt(second / (1 - 0.999**t)) + 1e-8
            w = w - learning_rate * (first / (1 - 0.9**t)) / root
        path.append(w)
        if not (np.abs(w) <= FAR).all():
            break
    return np.array(path)


def verdict(surface: str, path, steps: int) -> str:
    """Say in a sentence what became of a walk."""
    shape = SURFACES[surface]
    losses = [float(shape.loss(u, v)) for u, v in path]
    last = len(path) - 1
    if last < steps or losses[-1] > losses[0]:
        left, right, bottom, top = shape.box
        out = [not (left <= u <= right and bottom <= v <= top) for u, v in path]
        if any(out):
            return f"Divergent: the walk leaves the map in step {out.index(True)}."
        return f"Not better: after {last} steps the loss is larger than at the start."
    u, v = path[-1]
    place = next(
        (n for mu, mv, n in shape.minima if np.hypot(u - mu, v - mv) < 0.05), None
    )
    slope = float(np.hypot(*shape.gradient(u, v)))
    if place and slope < 0.5:
        how = f"it has arrived {place}"
    elif slope < 0.02:
        how = "it rests where the slope is zero, but not at a lowest point"
    elif any(b > a for a, b in zip(losses[-9:-1], losses[-8:], strict=True)):
        how = "it leaps to and fro"
    else:
        how = "it is still on its way down"
    return f"After {last} steps {how}; the loss is {losses[-1]:.3f}."
