"""How long a class takes: ``nbgrader autograde`` against ``course grade``.

Both grade the same submissions of chapter 02 on this machine, one after the
other, and must come to the same scores. Call ``python -m benchmarks.grading``.
"""

import argparse
import random
import shutil
import subprocess
import sys
import tempfile
import time
from pathlib import Path

import nbformat

from course_utils import chapters
from course_utils.instructors import assign, gradebook, results
from course_utils.notebooks import text_of

NUMBER = "02"


def main() -> int:
    """Measure and print; return 1 when the scores differ."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--submissions", type=int, default=40)
    parser.add_argument("--workers", type=int, default=2)
    options = parser.parse_args()
    with tempfile.TemporaryDirectory(prefix="course-bench-") as folder:
        return _compare(Path(folder), options.submissions, options.workers)


def _compare(folder: Path, count: int, workers: int) -> int:
    ours = folder / "ours"
    made = argparse.Namespace(
        chapters=[NUMBER], course=str(ours), points=None, due=None
    )
    assign.command(made)
    _hand_in(ours, count)
    theirs = Path(shutil.copytree(ours, folder / "theirs"))
    submitted = str(ours / "submitted")
    course = [sys.executable, "-m", "course_utils.cli", "grade", submitted]
    course += ["--course", str(ours), "--workers", str(workers)]
    nbgrader = [sys.executable, "-m", "nbgrader", "autograde", f"chapter_{NUMBER}"]
    seconds = {
        "course grade": _seconds(course, chapters.PROJECT),
        "nbgrader autograde": _seconds(nbgrader, theirs),
    }
    for name, took in seconds.items():
        print(f"{name:<20} {took:7.1f} s   {took / count:5.2f} s a submission")
    ratio = seconds["nbgrader autograde"] / seconds["course grade"]
    scores = [results.read(gradebook.Course(each)) for each in (ours, theirs)]
    equal = scores[0] == scores[1] and len(scores[0][1]) == count
    print(
        f"{ratio:.2f} times as fast with {workers} workers and {count} submissions; "
        f"scores {'equal' if equal else 'DIFFER'}."
    )
    return 0 if equal else 1


def _seconds(command: list[str], folder: Path) -> float:
    started = time.perf_counter()
    subprocess.run(command, cwd=folder, check=True, capture_output=True)
    return time.perf_counter() - started


def _hand_in(course: Path, count: int) -> None:
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
    sys.exit(main())
