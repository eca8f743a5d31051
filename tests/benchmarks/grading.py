"""How long a class takes: ``nbgrader autograde`` against ``course grade``.

Both grade the same submissions of chapter 02 on this machine, one after the
other, and must come to the same scores. That takes many minutes, so each runs
once, whatever the other benchmarks repeat. ``python -m tests.benchmarks.grading 20 4``
takes other numbers, of submissions and of workers.
"""

import argparse
import contextlib
import io
import random
import shutil
import subprocess
import sys
import tempfile
import time
from pathlib import Path

import nbformat

from course_utils import chapters
from course_utils.authoring.notebooks import text_of
from course_utils.instructors import assign, gradebook, results

NUMBER = "02"
SUBMISSIONS = 40
WORKERS = 2


def main(repeats: int, submissions: int = SUBMISSIONS, workers: int = WORKERS) -> dict:
    """Grade a class with both; return the figures.

    Parameters
    ----------
    repeats : int
        Without effect here: one run of each.
    submissions, workers : int
        Size of the class, and notebooks that ``course grade`` runs at once.

    Returns
    -------
    dict
        ``seconds`` of both by name, ``submissions``, ``workers``, and ``ratio``:
        nbgrader's seconds over those of ``course grade``.

    Raises
    ------
    RuntimeError
        If the two do not come to the same scores.
    """
    print(f"{submissions} submissions, one run of each …", flush=True)
    with tempfile.TemporaryDirectory(prefix="course-bench-") as name:
        ours = hand_in(Path(name) / "ours", submissions)
        theirs = Path(shutil.copytree(ours, Path(name) / "theirs"))
        seconds = {"course grade": grade(ours, workers)}
        command = [sys.executable, "-m", "nbgrader", "autograde", f"chapter_{NUMBER}"]
        seconds["nbgrader autograde"] = _seconds(command, theirs)
        scores = [results.read(gradebook.Course(each)) for each in (ours, theirs)]
    if scores[0] != scores[1] or len(scores[0][1]) != submissions:
        raise RuntimeError("nbgrader and `course grade` do not come to equal scores.")
    return {
        "seconds": seconds,
        "submissions": submissions,
        "workers": workers,
        "ratio": seconds["nbgrader autograde"] / seconds["course grade"],
    }


def table(figures: dict) -> str:
    """Return the figures as text."""
    count = figures["submissions"]
    lines = [
        f"{name:<20} {took:7.1f} s   {took / count:5.2f} s a submission"
        for name, took in figures["seconds"].items()
    ]
    lines.append(
        f"{figures['ratio']:.2f} times as fast with {figures['workers']} workers and "
        f"{count} submissions; scores equal; one run of each."
    )
    return "\n".join(lines)


def grade(course: Path, workers: int) -> float:
    """Return the seconds that ``course grade`` takes for what was handed in."""
    command = [sys.executable, "-m", "course_utils.commands", "grade"]
    command += [str(course / "submitted"), "--course", str(course)]
    command += ["--workers", str(workers)]
    return _seconds(command, chapters.PROJECT)


def hand_in(course: Path, count: int) -> Path:
    """Make a course with one chapter and ``count`` submissions; return its folder."""
    made = argparse.Namespace(
        chapters=[NUMBER], course=str(course), points=None, due=None
    )
    with contextlib.redirect_stdout(io.StringIO()):
        assign.command(made)
    _submit(course, count)
    return course


def _seconds(command: list[str], folder: Path) -> float:
    started = time.perf_counter()
    subprocess.run(command, cwd=folder, check=True, capture_output=True)
    return time.perf_counter() - started


def _submit(course: Path, count: int) -> None:
    """Write submissions in which each exercise is solved or not, by chance."""
    chapter = chapters.chapter(NUMBER)
    exercises = chapter.exercises()
    folder = f"chapter_{NUMBER}"
    source = nbformat.read(course / "source" / folder / f"{chapter.name}.ipynb", 4)
    blank = nbformat.read(course / "release" / folder / f"{chapter.name}.ipynb", 4)
    answers = {
        cell.metadata.nbgrader.grade_id: cell.source
        for cell in source.cells
        if cell.metadata.get("nbgrader", {}).get("solution")
    }
    for number in range(count):
        chance = random.Random(number)
        notebook = nbformat.from_dict(blank)
        for cell in notebook.cells:
            name = cell.metadata.get("nbgrader", {}).get("grade_id")
            if name in answers and name in exercises and chance.random() < 0.7:
                cell.source = answers[name]
        target = course / "submitted" / f"learner_{number:03}" / folder
        target.mkdir(parents=True)
        path = target / f"{chapter.name}.ipynb"
        path.write_text(text_of(notebook), encoding="utf-8")
        blank = nbformat.read(course / "release" / folder / path.name, 4)


if __name__ == "__main__":
    print(table(main(1, *map(int, sys.argv[1:]))))
