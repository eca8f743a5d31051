"""How near chapter 07's NumPy training comes to what the machine can do.

The limit is the machine's own matrix product (NumPy's, with one thread, in
float32) at the shapes that the training has: three products for each layer, as
the chapter computes them. Measured in turns: an epoch of the whole loop, the
gradients of the same batches alone, and the bare products, as many.
"""

import statistics
import time
from itertools import pairwise

import numpy as np

from course_utils import data
from tests.benchmarks import chapter_code, measure

WIDTHS = (784, 128, 10)
BATCH = 64
PARTS = ("matrix products alone", "forward and backward", "whole training loop")


@measure.apart
def main(repeats: int) -> dict:
    """Measure the three; return the figures.

    Returns
    -------
    dict
        For each part ``gigaflops`` a second in its matrix products, a list with an
        entry for each turn, and ``share``: median over the turns of its rate over
        that of the products alone.
    """
    space = chapter_code.functions("07", np=np, pairwise=pairwise)
    digits = data.load_mnist()
    x, y = digits.x_train.reshape(len(digits.x_train), -1), digits.y_train
    # The loop reads the test images after each epoch; one of them costs nothing.
    space |= {"x_train": x, "y_train": y, "x_test": x[:1], "y_test": y[:1]}
    params = space["he_params"](WIDTHS, np.random.default_rng(0))
    factors = _factors()
    steps = -(-len(x) // BATCH)
    batches = [slice(i * BATCH, (i + 1) * BATCH) for i in range(steps)]

    def multiply():
        for _ in range(steps):
            for a, b in factors:
                a @ b

    def differentiate():
        for rows in batches:
            space["loss_and_gradients"](x[rows], y[rows], params)

    def train():
        space["train"](params, epochs=1, size=BATCH)

    flops = {
        PARTS[0]: steps * operations(WIDTHS, BATCH),
        PARTS[1]: operations(WIDTHS, len(x)),  # the last batch may be smaller
        PARTS[2]: operations(WIDTHS, len(x)),
    }
    rates = {part: [] for part in PARTS}
    for turn in range(repeats + 1):
        for part, work in zip(PARTS, (multiply, differentiate, train), strict=True):
            started = time.perf_counter()
            work()
            took = time.perf_counter() - started
            if turn:  # the first turn warms up
                rates[part].append(flops[part] / took / 1e9)
    return {
        part: {
            "gigaflops": of,
            "share": statistics.median(
                a / b for a, b in zip(of, rates[PARTS[0]], strict=True)
            ),
        }
        for part, of in rates.items()
    }


def table(figures: dict) -> str:
    """Return the figures as text."""
    lines = [f"{'784-128-10, batches of 64':26} {'Gflop/s':>20} {'of the limit':>13}"]
    for part, of in figures.items():
        rate = measure.spread(of["gigaflops"])
        lines.append(f"{part:26} {rate:>20} {of['share']:13.0%}")
    return "\n".join(lines)


def operations(widths, batch: int) -> int:
    """Return the additions and multiplications in one step's products, 3 a layer."""
    return 3 * sum(2 * batch * d * h for d, h in pairwise(widths))


def _factors() -> list[tuple]:
    """Return arrays to multiply, with the memory layouts that the chapter's have."""
    rng = np.random.default_rng(0)
    found = []
    for d, h in pairwise(WIDTHS):
        X, W, dZ = (
            rng.random(shape, dtype="float32")
            for shape in ((BATCH, d), (d, h), (BATCH, h))
        )
        found += [(X, W), (X.T, dZ), (dZ, W.T)]
    return found
