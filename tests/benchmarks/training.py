"""Train 784-128-10 on MNIST for five epochs, in four ways, in one run.

The plain Keras program that chapter 06 shows at its top, as written; the program
that chapter 06 recommends in its place; the NumPy loop that chapter 07's reader
writes; and the same loop with the reused buffers of that chapter's last section.
All are taken from the text of the chapters, and all get the same data: the first
and the last two train on all 60,000 images, chapter 06 keeps 5,000 of them for
its validation, which it computes after every epoch. Each training has a process
of its own, with a seed that is the number of its turn, and the four take turns,
so that a busy machine slows all of them alike. What counts is the ratio.
"""

import contextlib
import io
import re
import statistics
import time
from itertools import pairwise

import numpy as np

from course_utils import data, runtime
from tests.benchmarks import chapter_code, measure

WAYS = (
    "plain Keras program",
    "chapter 06's program",
    "NumPy, as written",
    "NumPy, buffers reused",
)
EPOCHS = 5


def main(repeats: int) -> dict:
    """Run every way ``repeats`` times, in turns; return the figures.

    Parameters
    ----------
    repeats : int
        Trainings of each way, each from another seed.

    Returns
    -------
    dict
        For each way its ``seconds``, ``accuracy`` and ``megabytes``, as lists,
        and ``ratio``: median seconds of the first way over its own.

    Raises
    ------
    tests.benchmarks.measure.NotMeasuredError
        If the real MNIST cannot be had.
    """
    measure.mnist()
    runs = {way: [] for way in WAYS}
    for turn in range(repeats):
        for way in WAYS:
            print(f"{turn + 1} of {repeats}: {way} …", flush=True)
            # The plain program sets no limit on threads, and the others set their own.
            run = measure.in_a_process(train, way, turn, limited=False)
            runs[way].append(run)
    medians = {w: statistics.median(r["seconds"] for r in runs[w]) for w in WAYS}
    figures = {
        way: {
            **{key: [run[key] for run in runs[way]] for key in runs[way][0]},
            "ratio": medians[WAYS[0]] / medians[way],
        }
        for way in WAYS
    }
    return figures


def table(figures: dict) -> str:
    """Return the figures as text."""
    lines = [f"{'':24} {'seconds':>18} {'times as fast':>14} {'accuracy':>17}   MB"]
    for way, of in figures.items():
        accuracy = f"{min(of['accuracy']):.2%}–{max(of['accuracy']):.2%}"
        lines.append(
            f"{way:24} {measure.spread(of['seconds']):>18} {of['ratio']:14.1f} "
            f"{accuracy:>17} {max(of['megabytes']):4.0f}"
        )
    return "\n".join(lines)


# In the process of one training.


def train(way: str, seed: int) -> dict:
    """Train once; return seconds of the training alone, accuracy and peak memory."""
    seconds, accuracy = _RUN[way](seed)
    return {
        "seconds": seconds,
        "accuracy": accuracy,
        "megabytes": measure.peak_megabytes(),
    }


def plain_program() -> str:
    """Return the program at the top of chapter 06."""
    return re.search(r"```python\n(.*?)```", chapter_code.text("06"), re.DOTALL)[1]


def _plain(seed: int) -> tuple[float, float]:
    # As a reader runs it: no limit on threads, TensorFlow's own defaults.
    import keras

    digits = data.load_mnist("uint8")
    keras.datasets.mnist.load_data = lambda: (
        (digits.x_train, digits.y_train),
        (digits.x_test, digits.y_test),
    )
    keras.utils.set_random_seed(seed)
    fit, took = keras.Model.fit, []

    def timed_fit(*arguments, **named):
        started = time.perf_counter()
        fit(*arguments, **named)
        took.append(time.perf_counter() - started)

    keras.Sequential.fit = timed_fit
    printed = io.StringIO()
    with contextlib.redirect_stdout(printed):
        exec(compile(plain_program(), "program", "exec"), {})
    accuracy = re.findall(r"Test accuracy: ([0-9.]+)", printed.getvalue())[0]
    return took[0], float(accuracy)


def _recommended(seed: int) -> tuple[float, float]:
    with runtime.quiet_start():
        import keras

    return recommended(data.load_mnist("uint8"), seed, keras)


def recommended(digits, seed: int, keras) -> tuple[float, float]:
    """Train as chapter 06 does; return seconds of the training, and accuracy."""
    space = chapter_code.functions("06", np=np, keras=keras, digits=digits)
    with contextlib.redirect_stdout(io.StringIO()):
        chapter_code.run_cell("06", "n_valid = ", space)
    keras.utils.set_random_seed(seed)
    model = space["build"]()
    started = time.perf_counter()
    space["train"](model)
    seconds = time.perf_counter() - started
    _, accuracy = model.evaluate(digits.x_test, digits.y_test, 500, verbose=0)
    return seconds, float(accuracy)


def chapter_functions() -> dict:
    """Return what chapter 07 defines, solved, with the names it imports."""
    return chapter_code.functions("07", np=np, pairwise=pairwise)


def _numpy(seed: int, buffers: bool = False) -> tuple[float, float]:
    runtime.limit_threads()
    space = chapter_functions()
    digits = data.load_mnist()
    space |= {
        "x_train": digits.x_train.reshape(len(digits.x_train), -1),
        "x_test": digits.x_test.reshape(len(digits.x_test), -1),
        "y_train": digits.y_train,
        "y_test": digits.y_test,
    }
    if buffers:
        space |= _with_buffers(space["adam_in_place"])
    start = space["he_params"]((784, 128, 10), np.random.default_rng(seed))
    started = time.perf_counter()
    _, reached = space["train"](start, epochs=EPOCHS, seed=seed)
    return time.perf_counter() - started, float(reached[-1])


def _with_buffers(adam_in_place) -> dict:
    """Return the chapter's update with arrays that are reused, under its names."""

    def new_states(params):
        arrays = [array for pair in params for array in pair]
        buffers = [[np.zeros_like(array) for _ in range(3)] for array in arrays]
        return {"steps": 0, "buffers": buffers}

    def adam_update(params, grads, states, rate):
        states["steps"] += 1
        for w, gradient, (m, v, spare) in zip(
            [array for pair in params for array in pair],
            [array for pair in grads for array in pair],
            states["buffers"],
            strict=True,
        ):
            adam_in_place(w, gradient, m, v, spare, states["steps"], rate)
        return params

    return {"new_states": new_states, "adam_update": adam_update}


_RUN = dict(
    zip(
        WAYS,
        (_plain, _recommended, _numpy, lambda seed: _numpy(seed, buffers=True)),
        strict=True,
    )
)
