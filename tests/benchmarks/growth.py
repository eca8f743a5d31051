"""How the time grows with the size of the task, and by which power.

Gradient checks with more numbers, training steps with larger batches and wider
layers, classes with more submissions. Sizes take turns. A straight line is fitted
to the logarithms of size and time (least squares over all measurements); its slope
is the exponent, given with its standard error. A fixed cost, of starting a command
for instance, makes an exponent smaller than that of large sizes: see the plot.
"""

import math
import statistics
import tempfile
import time
from itertools import pairwise
from pathlib import Path

import numpy as np

from course_utils import gradcheck
from course_utils.chapters import PROJECT
from tests.benchmarks import chapter_code, grading, measure

PLOT = PROJECT / "artefacts" / "growth.png"

# None of these networks has a tensor so large that the check would sample it.
CHECKED_WIDTHS = (4, 8, 16, 32, 44)
BATCHES = (8, 16, 32, 64, 128, 256, 512)
WIDTHS = (16, 32, 64, 128, 256, 512, 1024)
CLASSES = (1, 2, 4, 8)
SECONDS_A_POINT = 0.1

TITLES = {
    "gradient check": "numbers checked",
    "training step, batch": "batch size (784-128-10)",
    "training step, width": "width of the hidden layer (batch 64)",
    "course grade": "submissions (one worker)",
}


def main(repeats: int) -> dict:
    """Measure all four, fit, and draw; return the figures.

    Returns
    -------
    dict
        For each of :data:`TITLES` its ``sizes``, ``seconds`` (for each size a list
        with an entry for each turn; grading has one turn), ``exponent`` and
        ``error``, the exponent's standard error.
    """
    print("gradient checks and training steps …", flush=True)
    runs = measure.in_a_process(measured, repeats)
    runs["course grade"] = _grading()
    figures = {
        name: {**of, **fit(of["sizes"], of["seconds"])} for name, of in runs.items()
    }
    draw(figures, PLOT)
    return figures


def table(figures: dict) -> str:
    """Return the figures as text."""
    lines = [f"{'':22} {'sizes':>12} {'seconds':>16} {'exponent':>14}"]
    for name, of in figures.items():
        sizes = f"{of['sizes'][0]}–{of['sizes'][-1]}"
        first, last = (statistics.median(of["seconds"][i]) for i in (0, -1))
        exponent = f"{of['exponent']:.2f} ± {of['error']:.2f}"
        lines.append(
            f"{name:22} {sizes:>12} {f'{first:.2g}–{last:.2g}':>16} {exponent:>14}"
        )
    return "\n".join([*lines, f"Wrote {PLOT.relative_to(PROJECT)}."])


def fit(sizes: list[int], seconds: list[list[float]]) -> dict[str, float]:
    """Fit a power of the size to times, by least squares on the logarithms.

    Parameters
    ----------
    sizes : list of int
        At least two different ones, and three measurements in all.
    seconds : list of list of float
        For each size its measurements.

    Returns
    -------
    dict
        ``exponent``, its standard ``error``, and ``factor``: the line is
        factor · size ** exponent.
    """
    x, y = np.log(
        [
            (size, took)
            for size, times in zip(sizes, seconds, strict=True)
            for took in times
        ]
    ).T
    slope, intercept = np.polyfit(x, y, 1)
    left = y - (slope * x + intercept)
    variance = left @ left / (len(x) - 2) / ((x - x.mean()) ** 2).sum()
    return {
        "exponent": float(slope),
        "error": math.sqrt(variance),
        "factor": math.exp(intercept),
    }


def draw(figures: dict, path: Path) -> None:
    """Draw times and fitted lines, a panel for each, and save the picture."""
    from matplotlib.backends.backend_agg import FigureCanvasAgg
    from matplotlib.figure import Figure
    from matplotlib.ticker import LogLocator

    fig = Figure(figsize=(10, 7), layout="constrained")
    FigureCanvasAgg(fig)
    for ax, (name, of) in zip(fig.subplots(2, 2).flat, figures.items(), strict=True):
        middle = np.array([statistics.median(times) for times in of["seconds"]])
        ends = np.array([(min(times), max(times)) for times in of["seconds"]]).T
        reach = np.abs(ends - middle)
        ax.errorbar(of["sizes"], middle, reach, fmt="o", capsize=3, label="measured")
        line = of["factor"] * np.array(of["sizes"], float) ** of["exponent"]
        ax.plot(of["sizes"], line, "--", label="fitted power")
        ax.set(xscale="log", yscale="log", xlabel=TITLES[name], ylabel="seconds")
        ax.set_xticks(of["sizes"], [str(size) for size in of["sizes"]])
        ax.yaxis.set_major_locator(LogLocator(subs=(1, 2, 5)))
        ax.yaxis.set_major_formatter("{x:g}")
        ax.minorticks_off()
        ax.set_title(f"{name}: size to the {of['exponent']:.2f} ± {of['error']:.2f}")
        ax.legend()
    path.parent.mkdir(exist_ok=True)
    fig.savefig(path, dpi=100)


def _grading() -> dict:
    seconds = []
    for count in CLASSES:
        print(f"grading {count} …", flush=True)
        with tempfile.TemporaryDirectory(prefix="course-bench-") as name:
            course = grading.hand_in(Path(name) / "course", count)
            seconds.append([grading.grade(course, workers=1)])
    return {"sizes": list(CLASSES), "seconds": seconds}


# In a process with one thread.


def measured(repeats: int) -> dict:
    """Measure gradient checks and training steps of all sizes, in turns."""
    space = chapter_code.functions("07", np=np, pairwise=pairwise)
    works = {
        "gradient check": dict(_check(space, width) for width in CHECKED_WIDTHS),
        "training step, batch": {n: _step(space, n, 128) for n in BATCHES},
        "training step, width": {w: _step(space, 64, w) for w in WIDTHS},
    }
    figures = {
        name: {"sizes": list(sized), "seconds": [[] for _ in sized]}
        for name, sized in works.items()
    }
    for _ in range(repeats):
        for name, sized in works.items():
            for times, work in zip(
                figures[name]["seconds"], sized.values(), strict=True
            ):
                times.append(_seconds(work))
    return figures


def _check(space: dict, width: int):
    """Return the size of a gradient check, and the check."""
    X, y, params = space["random_network"]((20, width, width, 5), 0, 8)
    _, grads = space["loss_and_gradients"](X, y, params)

    def loss(params):
        return space["loss_and_gradients"](X, y, params)[0]

    size = sum(array.size for pair in params for array in pair)
    return size, lambda: gradcheck.check_gradients(loss, params, grads)


def _step(space: dict, batch: int, width: int):
    """Return a step of chapter 07's training: gradients and plain update."""
    rng = np.random.default_rng(0)
    X, y = rng.random((batch, 784), dtype="float32"), rng.integers(0, 10, batch)
    params = space["he_params"]((784, width, 10), rng)

    def step():
        _, grads = space["loss_and_gradients"](X, y, params)
        space["update"](params, grads, 0.1)

    return step


def _seconds(work) -> float:
    """Return the mean time of a call, over calls that fill a tenth of a second."""
    work()
    calls, started = 0, time.perf_counter()
    while (took := time.perf_counter() - started) < SECONDS_A_POINT or not calls:
        work()
        calls += 1
    return took / calls
