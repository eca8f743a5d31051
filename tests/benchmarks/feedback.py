"""How long a learner waits for feedback.

One ``check`` of every exercise, with the right answer and with the known mistake
that the engine tries last; judging, showing and saving progress are counted. The
*first* check also computes the reference's results. And ``check_gradients`` on
every number of a network 20-16-16-5 with a batch of 8. One thread, outside of a
notebook, with a record of progress in a folder of its own.
"""

import ast
import contextlib
import importlib
import io
import itertools
import linecache
import statistics
import tempfile
import time

import numpy as np

from course_utils import gradcheck, runtime
from course_utils.chapters import CHAPTERS
from course_utils.checking import core
from tests.benchmarks import chapter_code, measure

WIDTHS, BATCH = (20, 16, 16, 5), 8
LATER = 3  # checks after the first; the median is over the exercises
GOAL = 1.0
"""Bound for :func:`gradient_check`, in seconds."""


def main(repeats: int) -> dict:
    """Measure every exercise; return the figures.

    Returns
    -------
    dict
        ``right`` and ``wrong``: for each exercise, such as ``07.backward``,
        milliseconds of its ``first`` check and the median of ``later`` ones;
        ``check_gradients``: seconds as a list; ``parameters``: how many numbers
        that checked.
    """
    print("all exercises …", flush=True)
    with tempfile.TemporaryDirectory() as home:
        return measure.in_a_process(measured, repeats, COURSE_HOME=home)


def table(figures: dict) -> str:
    """Return the figures as text."""
    lines = [f"{'one check':22} {'exercises':>9} {'median ms':>10} {'p95':>8} slowest"]
    for answer, which in itertools.product(("right", "wrong"), ("first", "later")):
        took = {name: of[which] for name, of in figures[answer].items()}
        slowest = max(took, key=took.get)
        p95 = np.percentile(list(took.values()), 95)
        lines.append(
            f"{f'{answer} answer, {which}':22} {len(took):9} "
            f"{statistics.median(took.values()):10.1f} {p95:8.1f} "
            f"{slowest} ({took[slowest]:.0f})"
        )
    seconds = measure.spread(figures["check_gradients"], 3)
    lines.append(
        f"check_gradients, {figures['parameters']} numbers: {seconds} s, "
        f"goal < {GOAL:.0f} s"
    )
    return "\n".join(lines)


# In a process with one thread.


def measured(repeats: int, chapters=CHAPTERS) -> dict:
    """Measure the checks of these chapters' exercises; see :func:`main`."""
    with runtime.quiet_start():
        import keras  # noqa: F401 - its import belongs to no check
    figures = {"right": {}, "wrong": {}}
    for chapter in chapters:
        for name, exercise in chapter.exercises().items():
            full = f"{chapter.number}.{name}"
            answer = right_answer(chapter, exercise)
            figures["right"][full] = _checks(exercise, answer, "solved", repeats)
            if exercise.mistakes:
                answer = exercise.mistakes[-1].answer
                figures["wrong"][full] = _checks(exercise, answer, "wrong", repeats)
    return figures | gradient_check(repeats)


def gradient_check(repeats: int, widths=WIDTHS, batch: int = BATCH) -> dict:
    """Time ``check_gradients`` of chapter 07's own functions."""
    pairwise = itertools.pairwise
    space = chapter_code.functions("07", np=np, pairwise=pairwise)
    X, y, params = space["random_network"](widths, 0, batch)
    _, grads = space["loss_and_gradients"](X, y, params)
    seconds = []
    for _ in range(repeats):
        started = time.perf_counter()
        report = gradcheck.check_gradients(
            lambda params: space["loss_and_gradients"](X, y, params)[0], params, grads
        )
        seconds.append(time.perf_counter() - started)
    if not report.passed:
        raise RuntimeError(f"The right gradients do not pass: {report.summary}")
    numbers = sum(row.checked for row in report.rows)
    return {"check_gradients": seconds, "parameters": numbers}


def right_answer(chapter, exercise):
    """Return the reference as a learner would have written it: compiled anew."""
    source = exercise.solution_source
    if not isinstance(exercise, core.FunctionExercise):
        return ast.literal_eval(source)
    space = dict(vars(importlib.import_module(chapter.module)))
    cell = f"<{chapter.number}.{exercise.name}>"
    # As in a notebook, where the source of a cell is known.
    linecache.cache[cell] = (len(source), None, source.splitlines(True), cell)
    exec(compile(source, cell, "exec"), space)
    return space[exercise.name]


def _checks(exercise, answer, expected: str, repeats: int) -> dict:
    times = []
    for _ in range(1 + min(repeats, LATER)):
        shown = io.StringIO()
        started = time.perf_counter()
        with contextlib.redirect_stdout(shown):
            exercise.check(answer)
        times.append(1000 * (time.perf_counter() - started))
    correct = shown.getvalue().startswith(("✔", "●"))
    if correct != (expected == "solved"):
        raise RuntimeError(f"{exercise} says {shown.getvalue()[:200]!r}.")
    return {"first": times[0], "later": statistics.median(times[1:])}
