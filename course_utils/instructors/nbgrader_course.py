"""A course of nbgrader: its cells, its configuration, and what that names.

nbgrader 0.9.6 alone would give full marks for a redefined ``check``, stop at a
submission without two cells that belong together, read ``+0200`` in a due date
as 200 seconds, and put an error in the place of every unsolved exercise. What
keeps it from that stands here.
"""

from __future__ import annotations

import ast
import atexit
import math
import os
import re
import shutil
import sys
import tempfile
from collections.abc import Callable
from dataclasses import asdict
from pathlib import Path
from typing import TYPE_CHECKING

import nbformat
from nbformat import v4
from nbformat.notebooknode import NotebookNode
from nbgrader import utils
from nbgrader.api import Gradebook
from nbgrader.plugins import BasePlugin
from nbgrader.preprocessors import (
    CheckCellMetadata,
    ClearOutput,
    DeduplicateIds,
    NbGraderPreprocessor,
    OverwriteCells,
    OverwriteKernelspec,
)
from traitlets import Float
from traitlets.config import Config

from course_utils import chapters, data, runtime
from course_utils.chapters import Chapter
from course_utils.checking.core import Exercise, FunctionExercise, TextExercise
from course_utils.instructors import settings
from course_utils.instructors.settings import ChapterSettings

if TYPE_CHECKING:
    from nbgrader.apps.api import NbGraderAPI

CELL_SECONDS = 180
"""Time limit of one cell while grading, in seconds."""

_BEGIN_HIDDEN, _END_HIDDEN = "### BEGIN HIDDEN TESTS", "### END HIDDEN TESTS"
# Not seen where the page is drawn.
_BEGIN_SCHEME, _END_SCHEME = "<!-- BEGIN MARK SCHEME -->", "<!-- END MARK SCHEME -->"
_RESCORE = """\
import sys as _sys
_before = {{_name: _sys.modules.pop(_name) for _name in [*_sys.modules]
           if _name.split(".")[0] == "course_utils"}}
from course_utils.instructors import rescore as _rescore
_points = _rescore.points({number!r}, {name!r}, globals().get({variable!r}),
                          {points!r}, _before)"""


def assignment_id(number: str) -> str:
    """Return nbgrader's name for a chapter, such as ``chapter_02``.

    Not the number alone: nbgrader's command line takes that for a number.
    """
    return f"chapter_{number}"


def assigned(course: Path) -> dict[str, Chapter]:
    """Return the chapters of a course by their assignment's name, in order."""
    made = [each for each in chapters.CHAPTERS if source(course, each).is_file()]
    return {assignment_id(chapter.number): chapter for chapter in made}


def source(course: Path, chapter: Chapter, step: str = "source") -> Path:
    """Return where a course keeps a chapter's notebook (``source``, ``release``)."""
    folder = course / step / assignment_id(chapter.number)
    return folder / f"{chapter.name}.ipynb"


# The cells of a source notebook.


def convert(
    notebook: NotebookNode, chapter: Chapter, wanted: ChapterSettings
) -> NotebookNode:
    """Return nbgrader's source version of a chapter's notebook.

    Parameters
    ----------
    notebook : NotebookNode
        The chapter as learners open it.
    chapter : Chapter
    wanted : ChapterSettings
        What is graded, and which solutions are kept back. Model answers of
        graded texts are kept back too: the check would show them.

    Raises
    ------
    ValueError
        If a graded exercise's cell does not end in a check of one variable.
    """
    exercises = chapter.exercises()
    texts = {n for n in wanted.points if isinstance(exercises[n], TextExercise)}
    held = [n for n in exercises if n in texts or n in wanted.withhold]
    cells = []
    for cell in notebook.cells:
        name = cell.metadata.get("exercise")
        if name in wanted.points:
            cells += _graded(cell.source, exercises[name], wanted.points[name])
        else:
            cells.append(cell)
        imports = f"import chapter_{chapter.number} as ex"
        if held and cell.cell_type == "code" and imports in cell.source:
            cells.append(_withholding(held, wanted))
            held = []
    made = nbformat.from_dict({**notebook, "cells": cells})
    nbformat.validate(made)
    return made


def _graded(source: str, exercise: Exercise, points: float) -> list[NotebookNode]:
    stub, check, variable = _parts(source, exercise.name)
    solution = exercise.solution_source
    if not isinstance(exercise, FunctionExercise):
        solution = f"{variable} = {solution}"
    answer = f"{stub}\n### BEGIN SOLUTION\n{solution}\n### END SOLUTION"
    number, name = exercise.chapter, exercise.name
    if isinstance(exercise, TextExercise):
        return [
            _cell("markdown", f"{name}-rubric", _rubric(exercise, points), locked=True),
            _cell("code", name, answer, solution=True, points=points),
            _cell("code", f"{name}-check", check, locked=True),
        ]
    score = _RESCORE.format(number=number, name=name, variable=variable, points=points)
    # What was given here must not count for the next exercise, if that is missing.
    forget = [] if variable == name else [f"{variable} = None"]
    lines = [_BEGIN_HIDDEN, score, _END_HIDDEN, check]
    lines += [_BEGIN_HIDDEN, *forget, "_points", _END_HIDDEN]
    graded = "\n".join(lines)
    return [
        _cell("code", name, answer, solution=True),
        _cell("code", f"{name}-check", graded, locked=True, points=points),
    ]


def _parts(source: str, name: str) -> tuple[str, str, str]:
    """Return the stub, the line that checks it, and the variable it checks."""
    last = ast.parse(source).body[-1]
    call = last.value if isinstance(last, ast.Assign) else None
    usual = (
        isinstance(call, ast.Call)
        and ast.unparse(call.func) == f"ex.{name}.check"
        and len(call.args) == 1
        and isinstance(call.args[0], ast.Name)
    )
    if not usual:
        raise ValueError(
            f"The cell of the exercise {name!r} does not end in "
            f"`{name} = ex.{name}.check(…)` with one variable."
        )
    lines = source.split("\n")
    stub = "\n".join(lines[: last.lineno - 1]).strip()
    return stub, "\n".join(lines[last.lineno - 1 :]).strip(), call.args[0].id


def _rubric(exercise: TextExercise, points: float) -> str:
    looked_for = "\n".join(f"- {each}" for each in exercise.rubric)
    return (
        f"*A person grades your answer: {points:g} "
        f"point{'' if points == 1 else 's'}.*\n"
        f"{_BEGIN_SCHEME}\n\n"
        f"**Look for:**\n\n{looked_for}\n\n**A good answer:** {exercise.model}\n"
        f"{_END_SCHEME}"
    )


def _withholding(names: list[str], wanted: ChapterSettings) -> NotebookNode:
    lines = [f'    "{name}",' for name in names]
    if wanted.due:
        lines.append(f'    until="{wanted.due.isoformat()}",')
    source = ["# Solutions that your instructor shows later.", "ex.exercises.withhold("]
    return _cell("code", "withhold", "\n".join([*source, *lines, ")"]), locked=True)


def _cell(kind, grade_id, source, *, solution=False, locked=False, points=None):
    """Return a cell with nbgrader's metadata; one with points is graded."""
    make = {"code": v4.new_code_cell, "markdown": v4.new_markdown_cell}[kind]
    nbgrader = {
        "grade": points is not None,
        "grade_id": grade_id,
        "locked": locked,
        "schema_version": 3,
        "solution": solution,
        "task": False,
    }
    if points is not None:
        nbgrader["points"] = points
    metadata = {"nbgrader": nbgrader, **({"exercise": grade_id} if solution else {})}
    # An id that is the same at every call, as the chapter's own cells have.
    return make(source=source, metadata=metadata, id=f"nb-{grade_id}")


# The configuration.


def configure(c: Config, course: Path) -> None:
    """Fill nbgrader's configuration; a course's ``nbgrader_config.py`` calls it.

    Parameters
    ----------
    c : Config
    course : Path
        The course folder.
    """
    try:
        wanted = settings.read(course / "course.toml", ())
    except settings.SettingsError as error:
        # nbgrader would log an exception and go on without any configuration.
        raise SystemExit(str(error)) from None
    _find_programs()
    c.CourseDirectory.root = str(course)
    c.CourseDirectory.course_id = course.name
    c.Exchange.root = str(Path(wanted.exchange or course / "exchange"))
    # nbgrader keeps times in UTC; it reads "+0200" as 200 seconds and does not
    # know summer time's names, so nothing else is written or shown.
    c.Exchange.timezone = c.NbGraderAPI.timezone = "UTC"
    # The chapter's stub stands before the solution: nothing takes its place.
    c.ClearSolutions.code_stub = {"python": ""}
    # The rubric stands in a cell that learners see without it.
    c.ClearMarkScheme.enforce_metadata = False
    # RestoreCells in place of OverwriteCells.add_missing_cells, which ends with a
    # KeyError where a cell is there twice, or a check is missing with its answer.
    c.Autograde.sanitize_preprocessors = [
        ClearOutput,
        RestoreCells,
        DeduplicateIds,
        OverwriteKernelspec,
        OverwriteCells,
        CheckCellMetadata,
    ]
    c.Autograde.pre_convert_hook = before_grading
    c.Execute.timeout = CELL_SECONDS
    c.Execute.startup_timeout = 120
    # A folder called course_utils beside a submission is not the course.
    c.Execute.extra_arguments = [
        "--HistoryManager.hist_file=:memory:",
        "--InteractiveShellApp.ignore_cwd=True",
    ]
    c.AssignLatePenalties.plugin_class = LatePenalty
    if wanted.late:
        c.LatePenalty.update(asdict(wanted.late))


def _find_programs() -> None:
    """Let nbgrader find alembic, which it calls by name, beside this Python."""
    here = os.path.dirname(sys.executable)
    path = os.environ.get("PATH", os.defpath)
    if here not in path.split(os.pathsep):
        os.environ["PATH"] = f"{here}{os.pathsep}{path}"


def config(course: Path) -> Config:
    """Return the configuration of a course, the instructor's own lines included."""
    from traitlets.config import PyFileConfigLoader

    file = course.resolve() / "nbgrader_config.py"
    return PyFileConfigLoader(file.name, path=str(file.parent)).load_config()


def api(course: Path) -> NbGraderAPI:
    """Return nbgrader's interface to a course."""
    from nbgrader.apps.api import NbGraderAPI

    return NbGraderAPI(config=config(course))


def grading_environment() -> dict[str, str]:
    """Return environment variables of a process that grades.

    A graded notebook is nobody's progress, so it is recorded in a folder that
    goes away with this process; data that this computer has is found.
    """
    home = tempfile.mkdtemp(prefix="course-grading-")
    atexit.register(shutil.rmtree, home, ignore_errors=True)
    kept = [each for each in vars(data).values() if isinstance(each, data.Dataset)]
    paths = {each.variable: data.cache_path(each) for each in kept}
    found = {name: str(path) for name, path in paths.items() if path.is_file()}
    named = {name: os.environ[name] for name in paths if os.environ.get(name)}
    return {**runtime.environment(), **found, **named, "COURSE_HOME": home}


def before_grading(**_) -> None:
    """Set the environment of the kernels; nbgrader calls it before it grades."""
    os.environ.update(grading_environment())


class LatePenalty(BasePlugin):
    """What a late submission loses: see :class:`settings.Late`."""

    per_day = Float(0.0).tag(config=True)
    grace_hours = Float(0.0).tag(config=True)
    most = Float(100.0).tag(config=True)

    def late_submission_penalty(
        self, student_id: str, score: float, total_seconds_late: float
    ) -> float | None:
        """Return the points that a late submission loses; None for none."""
        if total_seconds_late <= self.grace_hours * 3600 or not self.per_day:
            return None
        days = math.ceil(total_seconds_late / 86400)
        return score * min(days * self.per_day, self.most) / 100


# Submissions that lost cells.


class RestoreCells(NbGraderPreprocessor):
    """Give a submission back the cells, and the metadata, that it has lost."""

    def preprocess(self, nb, resources):
        """Restore what is missing; the last of several equal cells counts."""
        where = resources["nbgrader"]
        with Gradebook(where["db_url"]) as gradebook:
            known = gradebook.find_notebook(where["notebook"], where["assignment"])
            points = {cell.name: cell.max_score for cell in known.grade_cells}
            answers = {cell.name for cell in known.solution_cells}
            wanted = [
                _cell(
                    each.cell_type,
                    each.name,
                    each.source,
                    solution=each.name in answers,
                    locked=each.locked,
                    points=points.get(each.name),
                )
                for each in known.source_cells
            ]
        for cell in restore(nb.cells, wanted):
            self.log.warning("The cell %s was missing and was restored", cell)
        if nb.nbformat_minor < 5:
            for cell in nb.cells:
                cell.pop("id", None)
        return nb, resources


def restore(cells: list[NotebookNode], wanted: list[NotebookNode]) -> list[str]:
    """Put missing cells back in their places, as they were released.

    A cell that only lost its metadata, on its way through another editor, is
    recognised: a check by its line, an answer by the check that follows it. Of
    several with one name the last one counts, and what nbgrader is to do with a
    cell is taken from the release, not from the submission.

    Parameters
    ----------
    cells : list of NotebookNode
        The submission's cells; changed in place.
    wanted : list of NotebookNode
        Graded, answer and locked cells of the assignment, in order.

    Returns
    -------
    list of str
        Names of the cells that were put back.
    """
    known = {_id(cell) for cell in wanted}
    for place, cell in enumerate(cells):
        if _id(cell) not in known or _position(cells, _id(cell)) != place:
            cell.metadata.pop("nbgrader", None)  # nbgrader stops at such a cell
    for cell in wanted:
        if utils.is_locked(cell) and _position(cells, _id(cell)) is None:
            line = visible(cell.source)
            same = _last(
                cells, lambda c, s=line: _id(c) is None and c.source.strip() == s
            )
            _mark(cells, same, cell)
    for cell in wanted:
        if utils.is_solution(cell) and _position(cells, _id(cell)) is None:
            _mark(cells, _before(cells, f"{_id(cell)}-check"), cell)
    restored = []
    last = -1
    for index, cell in enumerate(wanted):
        found = _position(cells, _id(cell))
        if found is None:
            found = last + 1
            if restored and f"{restored[-1]}-check" == _id(cell):
                # An answer without its name may stand anywhere up to the next one.
                after = [_position(cells, _id(each)) for each in wanted[index + 1 :]]
                found = min([i for i in after if i is not None], default=len(cells))
            cells.insert(found, cell)
            restored.append(_id(cell))
        _mark(cells, found, cell)
        last = found
    return restored


def visible(source: str) -> str:
    """Return what learners see of a graded cell."""
    hidden = f"{_BEGIN_HIDDEN}.*?{_END_HIDDEN}"
    marks = f"{_BEGIN_SCHEME}.*?{_END_SCHEME}"
    return re.sub(f"{hidden}|{marks}", "", source, flags=re.DOTALL).strip()


def _id(cell: NotebookNode) -> str | None:
    marks = cell.metadata.get("nbgrader")
    return marks.get("grade_id") if isinstance(marks, dict) else None


def _position(cells: list[NotebookNode], grade_id: str) -> int | None:
    return _last(cells, lambda cell: _id(cell) == grade_id)


def _last(cells: list[NotebookNode], fits: Callable) -> int | None:
    return max((i for i, cell in enumerate(cells) if fits(cell)), default=None)


def _before(cells: list[NotebookNode], grade_id: str) -> int | None:
    """Return the place of the code cell before a check, if it has no name yet."""
    end = _position(cells, grade_id)
    found = _last(cells[:end], lambda cell: cell.cell_type == "code")
    if end is None or found is None or _id(cells[found]) is not None:
        return None
    return found


def _mark(cells: list[NotebookNode], place: int | None, like: NotebookNode) -> None:
    if place is not None:
        cells[place].metadata["nbgrader"] = like.metadata["nbgrader"]
