"""A class made by a program: its course, what it hands in, what that is worth."""

import argparse
import inspect
import json
from copy import deepcopy
from pathlib import Path
from unittest import mock

import nbformat

from course_utils import chapters
from course_utils.authoring import notebooks
from course_utils.exercises import chapter_02
from course_utils.instructors import assign, grade, gradebook, results

CHAPTER = chapters.chapter("02")
ASSIGNMENT = "chapter_02"
POINTS = {"weighted_sum": 1.0, "sigmoid": 2.0, "relu": 3.0, "explain": 2.0}
MISTAKES = chapter_02.exercises["sigmoid"].mistakes
SECONDS = 6
"""Time limit of a cell in the class's course."""

SOLVED = {"weighted_sum": 1.0, "sigmoid": 2.0, "relu": 3.0, "explain": None}
UNTOUCHED = {"weighted_sum": 0.0, "sigmoid": 0.0, "relu": 0.0, "explain": 0.0}
EXPLANATION = (
    "Without something that bends between them two layers multiply to one matrix, "
    "so that any number of them draws the same straight line as one alone."
)


def make_course(folder: Path, seconds: int = SECONDS) -> Path:
    """Make a course of a few exercises of chapter 02 with ``course assign``."""
    folder.mkdir(parents=True)
    short = folder.parent / f"{CHAPTER.name}.ipynb"
    notebooks.write(_short_chapter(), short)
    points = ", ".join(f"{name} = {value:g}" for name, value in POINTS.items())
    (folder / "course.toml").write_text(
        f"[chapters.02]\nonly = {json.dumps(list(POINTS))}\npoints = {{ {points} }}\n"
    )
    options = argparse.Namespace(
        chapters=["02"], course=str(folder), points=None, due=None
    )
    with mock.patch.object(chapters.Chapter, "notebook", property(lambda _: short)):
        assert assign.command(options) == 0
    with open(folder / "nbgrader_config.py", "a") as file:
        file.write(f"c.Execute.timeout = {seconds}\n")
    return folder


def _short_chapter():
    notebook = notebooks.build(CHAPTER)
    code = [cell for cell in notebook.cells if cell.cell_type == "code"]
    wanted = [code[0]]
    wanted += [cell for cell in code if cell.metadata.get("exercise") in POINTS]
    prose = nbformat.v4.new_markdown_cell("# A short chapter", id="title")
    notebook.cells = [prose, *wanted]
    notebook.metadata.course = {"digest": notebooks.digest(notebook.cells)}
    return notebook


def released(course: Path):
    """Return the notebook that learners get."""
    path = course / "release" / ASSIGNMENT / f"{CHAPTER.name}.ipynb"
    return nbformat.read(path, as_version=4)


def cell(notebook, grade_id: str):
    """Return the cell of this name."""
    return next(
        each
        for each in notebook.cells
        if each.metadata.get("nbgrader", {}).get("grade_id") == grade_id
    )


def answer(notebook, **sources: str):
    """Return a copy of a notebook with these answers."""
    copy = deepcopy(notebook)
    for name, source in sources.items():
        cell(copy, name).source = source
    return copy


def solutions() -> dict[str, str]:
    """Return an answer that is right for each exercise."""
    exercises = chapter_02.exercises
    return {
        "weighted_sum": "answer = 1.5",
        "sigmoid": exercises["sigmoid"].solution_source,
        "relu": exercises["relu"].solution_source,
        "explain": f'answer = "{EXPLANATION}"',
    }


def without(notebook, *grade_ids: str):
    """Return a copy of a notebook in which cells are missing."""
    copy = deepcopy(notebook)
    for grade_id in grade_ids:
        copy.cells.remove(cell(copy, grade_id))
    return copy


def solved(course: Path, before: str = "") -> bytes:
    """Return a solved notebook whose answer to sigmoid first does something else."""
    answers = solutions()
    answers["sigmoid"] = before + answers["sigmoid"]
    return to_bytes(answer(released(course), **answers))


def to_bytes(notebook) -> bytes:
    """Return a notebook as it lies on a disk."""
    return nbformat.writes(notebook).encode("utf-8")


NOISE = """\
import sys, warnings, logging, os
print('a warning', file=sys.stderr)
warnings.warn('mind the gap')
logging.error('an error that is none')
os.write(2, b'from below')
"""
FLOOD = """\
print('x' * 30_000_000)
for i in range(20_000):
    print(i, 'y' * 50)
"""
STUBBORN = """\
import signal
signal.signal(signal.SIGINT, signal.SIG_IGN)
while True:
    pass
"""
REDEFINED_CHECK = """\
class Ex:
    def __getattr__(self, name): return self
    def check(self, answer): return answer
    def score(self, answer): return 2
ex = Ex()
sigmoid = relu = print
"""
PATCHED_SCORER = """\
from course_utils.checking import core, guard
from course_utils.instructors import rescore
perfect = core.Verdict("solved", 1.0), guard.Outcome()
core.Exercise._verdict = lambda self, answer: perfect
core.Exercise.check = lambda self, answer: answer
core.Exercise.score = lambda self, answer: self.points
rescore.points = lambda *given: given[3]
print("all patched")
def sigmoid(z):
    return 0
"""


def the_class(course: Path) -> dict[str, tuple[bytes, dict | None]]:
    """Return what the class hands in, and what that is worth, by learner.

    The points are by exercise, None for what a person has to grade; instead of
    them stands None where nothing can be scored.
    """
    blank = released(course)
    right = answer(blank, **solutions())
    sigmoid = solutions()["sigmoid"]
    loud = "    import sys; print('!', file=sys.stderr)\n    return"
    loud = sigmoid.replace("    return", loud)
    fails = {**SOLVED, "sigmoid": 0.0}
    ends = {**fails, "relu": 0.0}
    made = {
        "solved": (right, SOLVED),
        "untouched": (blank, UNTOUCHED),
        "partly": (answer(blank, relu=solutions()["relu"]), {**UNTOUCHED, "relu": 3.0}),
        "noisy": (answer(right, sigmoid=NOISE + loud), SOLVED),
        "flood": (answer(right, sigmoid=FLOOD + sigmoid), SOLVED),
        "endless": (answer(right, sigmoid="while True:\n    pass"), fails),
        "stubborn": (answer(right, sigmoid=STUBBORN), ends),
        "exits": (answer(right, sigmoid="import os\nos._exit(0)"), ends),
        "deleted": (without(right, "sigmoid-check"), SOLVED),
        "deleted_pair": (without(right, "sigmoid", "sigmoid-check"), fails),
        "duplicated": (_duplicated(right), SOLVED),
        "edited_tests": (_edited_tests(blank), UNTOUCHED),
        "redefined_check": (answer(blank, sigmoid=REDEFINED_CHECK), UNTOUCHED),
        "patched_scorer": (answer(blank, sigmoid=PATCHED_SCORER), UNTOUCHED),
    }
    for number, mistake in enumerate(MISTAKES):
        points = {**SOLVED, "sigmoid": round(2.0 * mistake.credit, 2)}
        source = _source(mistake)
        made[f"mistake_{number}"] = (answer(right, sigmoid=source), points)
    handed = {name: (to_bytes(each), points) for name, (each, points) in made.items()}
    text = nbformat.writes(right)
    return handed | {
        "utf16": (text.encode("utf-16"), SOLVED),
        "bom": (text.encode("utf-8-sig"), SOLVED),
        "not_a_notebook": (b"Dear teacher, my dog ate it.", None),
        "empty": (b"", None),
    }


def hand_in(course: Path, handed: dict[str, bytes]) -> Path:
    """Put files where ``nbgrader collect`` puts them; return the folder."""
    folder = course / "submitted"
    for student, data in handed.items():
        path = folder / student / ASSIGNMENT / f"{CHAPTER.name}.ipynb"
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(data)
    return folder


def call_grade(course: Path, *sources: Path, workers=1, scheduler=None) -> int:
    """Call ``course grade`` and return its exit status."""
    options = argparse.Namespace(
        submissions=[str(each) for each in sources],
        course=str(course),
        scheduler=scheduler,
        workers=workers,
    )
    return grade.command(options)


def points(course: Path) -> dict[str, dict[str, float | None]]:
    """Return what the gradebook holds, by learner and exercise."""
    found: dict[str, dict] = {}
    for row in results.read(gradebook.Course(course))[0]:
        found.setdefault(row.student, {})[row.exercise] = row.points
    return found


def _source(mistake) -> str:
    source = inspect.getsource(mistake.answer)
    # The chapter itself has no use for math.
    return f"import math\n\n\n{source}" if "math." in source else source


def _duplicated(right):
    copy = deepcopy(right)
    for grade_id in ("sigmoid", "sigmoid-check"):
        place = copy.cells.index(cell(copy, grade_id))
        twin = deepcopy(copy.cells[place])
        twin.id = f"twin-{place}"
        copy.cells.insert(place + 1, twin)
    return copy


def _edited_tests(blank):
    copy = deepcopy(blank)
    for grade_id, earned in (("sigmoid-check", 2), ("relu-check", 3)):
        cell(copy, grade_id).source = f"{earned}"
        cell(copy, grade_id).metadata.nbgrader.points = 100
    return copy
