"""Train 784-128-10 on MNIST for five epochs, in three ways, in one run.

The plain Keras program that chapter 06 shows at its top, as written; the NumPy
loop that chapter 07's reader writes, from the text of the chapter; and the same
loop with the reused buffers of the chapter's last section. Each training has a
process of its own, and the three take turns, so that a busy machine slows all
of them alike. What counts is the ratio.
"""

import ast
import contextlib
import io
import json
import re
import statistics
import subprocess
import sys
import time
from itertools import pairwise

import numpy as np

from course_utils import data, runtime
from course_utils.chapters import PROJECT, chapter
from course_utils.notebooks import build, solve

WAYS = ("plain Keras program", "NumPy, as written", "NumPy, buffers reused")
EPOCHS = 5


def main(repeats: int) -> dict:
    """Run every way ``repeats`` times, in turns; print a table, return the figures.

    Parameters
    ----------
    repeats : int
        Trainings of each way; at least one.

    Returns
    -------
    dict
        For each way its ``seconds``, ``accuracy`` and ``megabytes``, as lists,
        and ``ratio``: median seconds of the first way over its own.
    """
    runs = {way: [] for way in WAYS}
    for turn in range(repeats):
        for way in WAYS:
            print(f"{turn + 1} of {repeats}: {way} …", flush=True)
            runs[way].append(_in_a_process(way, turn))
    medians = {w: statistics.median(r["seconds"] for r in runs[w]) for w in WAYS}
    figures = {
        way: {
            **{key: [run[key] for run in runs[way]] for key in runs[way][0]},
            "ratio": medians[WAYS[0]] / medians[way],
        }
        for way in WAYS
    }
    print(_table(figures, medians))
    return figures


def _table(figures: dict, medians: dict) -> str:
    lines = [f"{'':24} {'seconds':>16} {'times as fast':>14} {'accuracy':>17}   MB"]
    for way, of in figures.items():
        low, high = min(of["seconds"]), max(of["seconds"])
        seconds = f"{medians[way]:.1f} ({low:.1f}–{high:.1f})"
        accuracy = f"{min(of['accuracy']):.2%}–{max(of['accuracy']):.2%}"
        peak = max(of["megabytes"])
        lines.append(
            f"{way:24} {seconds:>16} {of['ratio']:14.1f} {accuracy:>17} {peak:4.0f}"
        )
    return "\n".join(lines)


def _in_a_process(way: str, seed: int) -> dict:
    command = [sys.executable, "-m", "benchmarks.training", way, str(seed)]
    done = subprocess.run(
        command, cwd=PROJECT, capture_output=True, text=True, check=False
    )
    if done.returncode:
        raise RuntimeError(f"{way} failed:\n{done.stderr}")
    return json.loads(done.stdout.splitlines()[-1])


# In the process of one training.


def train(way: str, seed: int) -> dict:
    """Train once; return seconds of the training alone, accuracy and peak memory."""
    import psutil

    seconds, accuracy = (_keras if way == WAYS[0] else _numpy)(way, seed)
    memory = psutil.Process().memory_info()
    peak = getattr(memory, "peak_wset", None)
    if peak is None:
        import resource

        peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
        peak *= 1 if sys.platform == "darwin" else 1024
    return {"seconds": seconds, "accuracy": accuracy, "megabytes": peak / 1e6}


def plain_program() -> str:
    """Return the program at the top of chapter 06."""
    text = chapter("06").source.read_text(encoding="utf-8")
    text = re.sub(r"^# ?", "", text, flags=re.MULTILINE)
    return re.search(r"```python\n(.*?)```", text, re.DOTALL)[1]


def _keras(way: str, seed: int) -> tuple[float, float]:
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


def chapter_functions() -> dict:
    """Return what chapter 07 defines, solved, with the names it imports."""
    solved = solve(build(chapter("07")), chapter("07").exercises())
    space = {"np": np, "pairwise": pairwise}
    for cell in solved.cells:
        if cell.cell_type != "code":
            continue
        kept = ast.parse(cell.source).body
        kept = [n for n in kept if isinstance(n, ast.FunctionDef | ast.ClassDef)]
        exec(compile(ast.Module(kept, []), "chapter_07", "exec"), space)
    return space


def _numpy(way: str, seed: int) -> tuple[float, float]:
    runtime.limit_threads()
    space = chapter_functions()
    digits = data.load_mnist()
    space |= {
        "x_train": digits.x_train.reshape(len(digits.x_train), -1),
        "x_test": digits.x_test.reshape(len(digits.x_test), -1),
        "y_train": digits.y_train,
        "y_test": digits.y_test,
    }
    if way == WAYS[2]:
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


if __name__ == "__main__":
    print(json.dumps(train(sys.argv[1], int(sys.argv[2]))))
