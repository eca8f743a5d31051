"""A class made by a program: its course, what it hands in, what that is worth."""

import argparse
import json
from collections.abc import Callable
from copy import deepcopy
from dataclasses import dataclass
from pathlib import Path
from unittest import mock

import nbformat

from course_utils import chapters
from course_utils.authoring import notebooks
from course_utils.exercises import chapter_02
from course_utils.instructors import assign

CHAPTER = chapters.chapter("02")
ASSIGNMENT = "chapter_02"
POINTS = {"weighted_sum": 1.0, "sigmoid": 2.0, "relu": 3.0, "explain": 2.0}
SECONDS = 6
"""Time limit of a cell in the class's course."""

SOLVED = {"weighted_sum": 1.0, "sigmoid": 2.0, "relu": 3.0, "explain": None}
UNTOUCHED = {"weighted_sum": 0.0, "sigmoid": 0.0, "relu": 0.0, "explain": 0.0}
EXPLANATION = (
    "Without something that bends between them two layers multiply to one matrix, "
    "so that any number of them draws the same straight line as one alone."
)


@dataclass(frozen=True)
class Handed:
    """A submission: the file, and the points of each exercise.

    ``points`` is None where nothing can be scored; in it None stands for what
    a person has to grade.
    """

    data: bytes
    points: dict[str, float | None] | None
    mistake: str = ""


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


def the_class(course: Path) -> dict[str, Handed]:
    """Return what the class hands in, by learner."""
    blank = released(course)
    solved = answer(blank, **solutions())
    handed = {
        "solved": Handed(_bytes(solved), SOLVED),
        "untouched": Handed(_bytes(blank), UNTOUCHED),
        "partly": Handed(
            _bytes(answer(blank, relu=solutions()["relu"])), {**UNTOUCHED, "relu": 3.0}
        ),
        "noisy": _noisy(solved),
        "flood": _flood(solved),
        "utf16": Handed(nbformat.writes(solved).encode("utf-16"), SOLVED),
        "bom": Handed(b"\xef\xbb\xbf" + _bytes(solved), SOLVED),
        "not_a_notebook": Handed(b"Dear teacher, my dog ate it.", None),
        "empty": Handed(b"", None),
    }
    for made in (_endless, _stubborn, _exits, _deleted, _deleted_pair, _duplicated):
        handed[made.__name__.strip("_")] = made(solved)
    for made in (_edited_tests, _redefined_check, _patched_scorer):
        handed[made.__name__.strip("_")] = made(blank)
    for mistake in chapter_02.exercises["sigmoid"].mistakes:
        handed[f"mistake_{mistake.name}"] = _mistaken(solved, mistake)
    return handed


def hand_in(course: Path, handed: dict[str, bytes]) -> Path:
    """Put files where ``nbgrader collect`` puts them; return the folder."""
    folder = course / "submitted"
    for student, data in handed.items():
        path = folder / student / ASSIGNMENT / f"{CHAPTER.name}.ipynb"
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(data)
    return folder


def _bytes(notebook) -> bytes:
    return nbformat.writes(notebook).encode("utf-8")


def _mistaken(solved, mistake) -> Handed:
    import inspect
    import textwrap

    source = textwrap.dedent(inspect.getsource(mistake.answer))
    source = source[source.index("def ") :].replace(mistake.name, "sigmoid", 1)
    if "math." in source:  # the chapter itself has no use for it
        source = f"import math\n\n\n{source}"
    points = round(2.0 * mistake.credit, 2)
    return Handed(
        _bytes(answer(solved, sigmoid=source)),
        {**SOLVED, "sigmoid": points},
        mistake.name,
    )


def _noisy(solved) -> Handed:
    noise = (
        "import sys, warnings, logging, os\n"
        "print('a warning', file=sys.stderr)\n"
        "warnings.warn('mind the gap')\n"
        "logging.error('an error that is none')\n"
        "os.write(2, b'from below')\n"
    )
    loud = solutions()["sigmoid"].replace(
        "    return", "    import sys; print('!', file=sys.stderr)\n    return"
    )
    return Handed(_bytes(answer(solved, sigmoid=noise + loud)), SOLVED)


def _flood(solved) -> Handed:
    water = "print('x' * 30_000_000)\nfor i in range(20_000):\n    print(i, 'y' * 50)\n"
    return Handed(
        _bytes(answer(solved, sigmoid=water + solutions()["sigmoid"])), SOLVED
    )


def _endless(solved) -> Handed:
    return Handed(
        _bytes(answer(solved, sigmoid="while True:\n    pass")),
        {**SOLVED, "sigmoid": 0.0},
    )


def _stubborn(solved) -> Handed:
    source = (
        "import signal\nsignal.signal(signal.SIGINT, signal.SIG_IGN)\n"
        "while True:\n    pass"
    )
    return Handed(
        _bytes(answer(solved, sigmoid=source)),
        {**SOLVED, "sigmoid": 0.0, "relu": 0.0},
    )


def _exits(solved) -> Handed:
    source = "import os\nos._exit(0)"
    return Handed(
        _bytes(answer(solved, sigmoid=source)),
        {**SOLVED, "sigmoid": 0.0, "relu": 0.0},
    )


def _without(notebook, *grade_ids: str):
    copy = deepcopy(notebook)
    for grade_id in grade_ids:
        copy.cells.remove(cell(copy, grade_id))
    return copy


def _deleted(solved) -> Handed:
    return Handed(_bytes(_without(solved, "sigmoid-check")), SOLVED)


def _deleted_pair(solved) -> Handed:
    gone = _without(solved, "sigmoid", "sigmoid-check")
    return Handed(_bytes(gone), {**SOLVED, "sigmoid": 0.0})


def _duplicated(solved) -> Handed:
    copy = deepcopy(solved)
    for grade_id in ("sigmoid", "sigmoid-check"):
        place = copy.cells.index(cell(copy, grade_id))
        twin = deepcopy(copy.cells[place])
        twin.id = f"twin-{place}"
        copy.cells.insert(place + 1, twin)
    return Handed(_bytes(copy), SOLVED)


def _edited_tests(blank) -> Handed:
    copy = deepcopy(blank)
    for grade_id, points in (("sigmoid-check", 2), ("relu-check", 3)):
        cell(copy, grade_id).source = f"{points}"
        cell(copy, grade_id).metadata.nbgrader.points = 100
    return Handed(_bytes(copy), UNTOUCHED)


def _redefined_check(blank) -> Handed:
    source = (
        "class Ex:\n"
        "    def __getattr__(self, name): return self\n"
        "    def check(self, answer): return answer\n"
        "    def score(self, answer): return 2\n"
        "ex = Ex()\nsigmoid = relu = print"
    )
    return Handed(_bytes(answer(blank, sigmoid=source)), UNTOUCHED)


def _patched_scorer(blank) -> Handed:
    source = (
        "import sys\n"
        "from course_utils.exercises import core\n"
        "from course_utils.checking.core import Verdict\n"
        "from course_utils.checking.guard import Outcome\n"
        "perfect = lambda self, answer: (Verdict('solved', 1.0), Outcome())\n"
        "core.Exercise._verdict = perfect\n"
        "core.Exercise.score = lambda self, answer: 2\n"
        "for name in list(sys.modules):\n"
        "    if name.startswith('course_utils.instructors'):\n"
        "        sys.modules[name].points = lambda *_: 2\n"
        "def sigmoid(z):\n    return 0\n"
    )
    return Handed(_bytes(answer(blank, sigmoid=source)), UNTOUCHED)


def repeat(count: int, make: Callable[[int], bytes]) -> dict[str, bytes]:
    """Return so many submissions, named ``learner_00``…"""
    return {f"learner_{number:02}": make(number) for number in range(count)}
