"""From scratch against from scratch: the gradients of one example, in three ways.

Chapter 07's matrices take a whole batch at once. Michael Nielsen's book goes
through the same algorithm example by example, with columns; what stands here is
code of this project's own, in that manner. Chapter 07's scalar engine goes number
by number. All three get the same weights and examples and must come to the same
gradients. They take turns, with one thread.
"""

import statistics
import sys
import time
from itertools import pairwise

import numpy as np

from tests.benchmarks import chapter_code, measure

WIDTHS = (784, 30, 10)  # the network of chapter 07's sections 1 and 6
BATCH = 32
CALLS = {"matrices": 100, "example by example": 10, "number by number": 1}


@measure.apart
def main(repeats: int, widths=WIDTHS, batch: int = BATCH) -> dict:
    """Measure the three ways; return the figures.

    Returns
    -------
    dict
        For each way ``microseconds`` of one example, a list with an entry for each
        turn, and ``ratio``: median over the turns of its time over that of the
        matrices.
    """
    # The engine walks along a sum of 784 terms by recursion.
    sys.setrecursionlimit(20_000)
    space = chapter_code.functions("07", np=np, pairwise=pairwise)
    chapter_code.run_cell("07", "values = np.vectorize", space)
    ways = {
        "matrices": space["loss_and_gradients"],
        "example by example": example_by_example,
        "number by number": space["scalar_engine"],
    }
    rng = np.random.default_rng(0)
    X, y = rng.random((batch, widths[0])), rng.integers(0, widths[-1], batch)
    params = [
        (rng.normal(size=(d, h)) * np.sqrt(2 / d), rng.normal(size=h))
        for d, h in pairwise(widths)
    ]
    # The engine takes as long for each example: one of them is enough.
    examples = {way: 1 if way == "number by number" else batch for way in ways}
    expect_equal(list(ways.values()), X[:1], y[:1], params)
    expect_equal(list(ways.values())[:2], X, y, params)
    times = {way: [] for way in ways}
    for _ in range(repeats):
        for way, gradients in ways.items():
            n = examples[way]
            started = time.perf_counter()
            for _ in range(CALLS[way]):
                gradients(X[:n], y[:n], params)
            took = time.perf_counter() - started
            times[way].append(1e6 * took / CALLS[way] / n)
    return {
        way: {
            "microseconds": took,
            "ratio": statistics.median(
                a / b for a, b in zip(took, times["matrices"], strict=True)
            ),
        }
        for way, took in times.items()
    }


def table(figures: dict) -> str:
    """Return the figures as text."""
    lines = [
        f"{'one example, 784-30-10':24} {'microseconds':>30} {'times as long':>14}"
    ]
    for way, of in figures.items():
        took = measure.spread(of["microseconds"])
        lines.append(f"{way:24} {took:>30} {of['ratio']:14,.0f}")
    return "\n".join(lines)


# Example by example.


def gradients_of_one(x, y, weights, biases):
    """Loss and gradients of one example.

    Parameters
    ----------
    x : ndarray, shape (D, 1)
        The example, a column.
    y : int
        Its class.
    weights, biases : list of ndarray
        Of shapes (to, from) and (to, 1), first layer first.

    Returns
    -------
    float, list of ndarray, list of ndarray
        Cross-entropy of the softmax, and its slopes for weights and biases.
    """
    activation, activations, zs = x, [x], []
    for w, b in zip(weights, biases, strict=True):
        zs.append(w @ activation + b)
        activation = np.maximum(zs[-1], 0)
        activations.append(activation)
    exponentials = np.exp(zs[-1] - zs[-1].max())
    delta = exponentials / exponentials.sum()
    loss = -np.log(delta[y, 0])
    delta[y] -= 1
    nabla_w, nabla_b = [], []
    for layer in reversed(range(len(weights))):
        nabla_w.insert(0, delta @ activations[layer].T)
        nabla_b.insert(0, delta)
        if layer:
            delta = (weights[layer].T @ delta) * (zs[layer - 1] > 0)
    return loss, nabla_w, nabla_b


def example_by_example(X, y, params):
    """Mean loss of a batch, and its gradients: chapter 07's ``loss_and_gradients``.

    Examples are the rows of ``X``, and ``params`` a list of (W, b), as there.
    """
    weights, biases = [W.T for W, _ in params], [b[:, np.newaxis] for _, b in params]
    total = 0.0
    sum_w, sum_b = ([np.zeros_like(a) for a in arrays] for arrays in (weights, biases))
    for row, label in zip(X, y, strict=True):
        loss, nabla_w, nabla_b = gradients_of_one(
            row[:, np.newaxis], label, weights, biases
        )
        total += loss
        sum_w = [s + n for s, n in zip(sum_w, nabla_w, strict=True)]
        sum_b = [s + n for s, n in zip(sum_b, nabla_b, strict=True)]
    n = len(y)
    pairs = zip(sum_w, sum_b, strict=True)
    return total / n, [(w.T / n, b[:, 0] / n) for w, b in pairs]


def expect_equal(ways: list, X, y, params) -> None:
    """Compare losses and gradients of all ways with those of the first.

    Raises
    ------
    AssertionError
        If one differs by more than rounding in float64.
    """
    results = [gradients(X, y, params) for gradients in ways]
    for loss, grads in results[1:]:
        np.testing.assert_allclose(loss, results[0][0], rtol=1e-9)
        for pair, expected in zip(grads, results[0][1], strict=True):
            for one, other in zip(pair, expected, strict=True):
                np.testing.assert_allclose(one, other, rtol=1e-8, atol=1e-12)
