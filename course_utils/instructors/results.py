"""What came of grading: rows from nbgrader's gradebook, and files made of them."""

from __future__ import annotations

import csv
import io
import json
from collections.abc import Iterable
from contextlib import suppress
from dataclasses import astuple, dataclass, fields
from datetime import datetime
from pathlib import Path
from typing import Any

from course_utils import files
from course_utils.instructors.rescore import MIME

GRADED_STATUSES = ("solved", "partly", "wrong", "stand-in", "not attempted", "not run")
"""States of a graded answer, from the best to the worst."""


@dataclass(frozen=True)
class Row:
    """One exercise of one learner.

    Attributes
    ----------
    student, name : str
        nbgrader's name of the learner, and the name that the LMS gave.
    assignment, exercise : str
    points : float or None
        None while a person has to grade it.
    of : float
        Points for a right answer.
    status : str
        One of :data:`GRADED_STATUSES`, or ``written`` for a text that a person
        grades.
    mistake : str
        Name of the known mistake, or empty.
    """

    student: str
    name: str
    assignment: str
    exercise: str
    points: float | None
    of: float
    status: str
    mistake: str


@dataclass(frozen=True)
class Total:
    """One assignment of one learner, in points.

    Attributes
    ----------
    student, assignment : str
    score : float
        After the late ``penalty``.
    of : float
        Of everything right.
    penalty : float
    waiting : float
        What a person has yet to grade, of ``of``.
    """

    student: str
    assignment: str
    score: float
    of: float
    penalty: float
    waiting: float


def read(course: Any) -> tuple[list[Row], list[Total]]:
    """Return what the gradebook holds of submissions that were graded.

    Parameters
    ----------
    course : gradebook.Course

    Returns
    -------
    list of Row
        By assignment and learner, in the order of the chapter.
    list of Total
    """
    rows: list[Row] = []
    totals: list[Total] = []
    lms = enrolled(course)
    with course.gradebook() as gradebook:
        for assignment in course.assigned:
            order = _order(course, assignment)
            found = gradebook.assignment_submissions(assignment)
            for submission in sorted(found, key=lambda each: each.student.id):
                student = submission.student.id
                graded = course.notebook(assignment, "autograded", student)
                if not graded.is_file():
                    continue
                verdicts = verdicts_of(graded)
                name = lms.get(assignment, {}).get(student, {}).get("name", "")
                grades = [g for n in submission.notebooks for g in n.grades]
                grades.sort(key=lambda g: order.get(g.name, len(order)))
                rows += [_row(student, name, assignment, g, verdicts) for g in grades]
                totals.append(_total(student, assignment, submission, grades))
    return rows, totals


def verdicts_of(notebook: Path) -> dict[str, dict]:
    """Return the verdicts that a graded notebook holds, by exercise.

    They stand in the outputs of the graded cells alone: anything else in the
    notebook may have been written by its learner.
    """
    found: dict[str, dict] = {}
    for cell in json.loads(notebook.read_text("utf-8"))["cells"]:
        note = cell["metadata"].get("nbgrader") or {}
        if not note.get("grade") or cell["cell_type"] != "code":
            continue
        exercise = note["grade_id"].removesuffix("-check")
        for output in cell["outputs"]:
            verdict = output.get("data", {}).get(MIME)
            if isinstance(verdict, dict) and verdict.get("exercise") == exercise:
                found.setdefault(exercise, verdict)
            if output["output_type"] == "error":
                found.setdefault(exercise, {"status": "not run", "mistake": None})
    return found


def _order(course: Any, assignment: str) -> dict[str, int]:
    source = course.notebook(assignment, "source")
    cells = json.loads(source.read_text("utf-8"))["cells"]
    notes = [cell["metadata"].get("nbgrader", {}).get("grade_id") for cell in cells]
    return {grade_id: i for i, grade_id in enumerate(notes) if grade_id}


def _row(student: str, name: str, assignment: str, grade: Any, verdicts: dict) -> Row:
    exercise = grade.name.removesuffix("-check")
    verdict = verdicts.get(exercise, {})
    if grade.name == exercise:  # a text, which has no check
        status = "not attempted" if grade.auto_score == 0 else "written"
    else:
        status = "solved" if grade.score == grade.max_score else "not run"
    return Row(
        student,
        name,
        assignment,
        exercise,
        None if grade.needs_manual_grade else _number(grade.score),
        _number(grade.max_score),
        str(verdict.get("status") or status),
        str(verdict.get("mistake") or ""),
    )


def _total(student: str, assignment: str, submission: Any, grades: list) -> Total:
    penalty = submission.late_submission_penalty or 0.0
    return Total(
        student,
        assignment,
        _number(max(0.0, sum(grade.score or 0.0 for grade in grades) - penalty)),
        _number(sum(grade.max_score for grade in grades)),
        _number(penalty),
        _number(sum(g.max_score for g in grades if g.needs_manual_grade)),
    )


def _number(value: float) -> float:
    return round(float(value or 0.0), 4)


def set_aside_damaged(course: Any) -> list[str]:
    """Move the list of learners in the LMS away if it cannot be read.

    Returns
    -------
    list of str
        A sentence if that was so.
    """
    path = _lms(course)
    with suppress(ValueError):
        if isinstance(enrolled(course), dict):
            return []
    aside = files.set_aside(path)
    return [
        f"{path.name} was damaged and is now {aside.name}. It says who is who in "
        "Canvas or Moodle: name all their submissions in one call of `course grade`, "
        "and it is whole again."
    ]


def unusable(folder: str, error: Exception) -> str:
    """Return what to do about a gradebook that cannot be read or written.

    Parameters
    ----------
    folder : str
        As the teacher named it.
    error : sqlalchemy.exc.DatabaseError
    """
    return (
        f"The gradebook of {folder} cannot be used ({error.orig}). Put a copy of "
        "gradebook.db back. Without one, move it and the folder autograded away, "
        "call `course assign` as before and then `course grade` again: the runs are "
        "kept and are recorded anew, but not what a person graded."
    )


def enrolled(course: Any) -> dict[str, dict[str, dict]]:
    """Return who is who in the LMS, by assignment and learner."""
    path = _lms(course)
    return json.loads(path.read_text("utf-8")) if path.exists() else {}


def enrol(course: Any, known: dict[str, dict[str, dict]]) -> None:
    """Write what :func:`enrolled` returns."""
    files.write_whole(_lms(course), json.dumps(known, indent=1))


def _lms(course: Any) -> Path:
    return course.folder / "grades" / "lms.json"


# Files.

_TOTALS = ("student", "assignment", "score", "of", "late penalty", "not graded yet")


def write(course: Any) -> tuple[list[Path], int]:
    """Write the files in ``grades/``.

    Returns
    -------
    list of Path
        The files.
    int
        Answers that a person has yet to grade.
    """
    rows, totals = read(course)
    folder = course.folder / "grades"
    lms = enrolled(course)
    texts = {
        "exercises.csv": table([each.name for each in fields(Row)], map(astuple, rows)),
        "totals.csv": table(_TOTALS, map(astuple, totals)),
        "canvas.csv": _canvas(course, totals, lms),
    }
    for assignment, known in lms.items():
        if any(entry["system"] == "moodle" for entry in known.values()):
            mine = [total for total in totals if total.assignment == assignment]
            texts[f"moodle_{assignment}.csv"] = _moodle(mine, known)
    for name, text in texts.items():
        files.write_whole(folder / name, text)
    return [folder / name for name in texts], sum(row.points is None for row in rows)


def table(header: Iterable[str], rows: Iterable[Iterable[Any]]) -> str:
    """Return rows as CSV; a text that a spreadsheet would run is defused."""
    text = io.StringIO()
    writer = csv.writer(text)
    writer.writerow(header)
    writer.writerows([_cell(value) for value in row] for row in rows)
    return text.getvalue()


def _cell(value: Any) -> Any:
    if isinstance(value, str) and value[:1] in ("=", "+", "-", "@", "\t", "\r"):
        return f"'{value}"
    if isinstance(value, float):
        return f"{value:g}"
    return "" if value is None else value


def _canvas(course: Any, totals: list[Total], lms: dict) -> str:
    """Return the file for Canvas' *Grades → Import*.

    Canvas finds learners by ``ID``, its own number, which the names of its
    files hold; for others ``SIS Login ID`` is nbgrader's name. It adds an
    assignment to what it has unless a column's header is the assignment's name.
    A score that waits for a person stays empty, which changes nothing there.
    """
    columns = {
        name: f"{chapter.number} {chapter.title}"
        for name, chapter in course.assigned.items()
    }
    scores = {(t.student, t.assignment): t for t in totals}
    of = {t.assignment: t.of for t in totals}
    first = ["    Points Possible", "", "", "", "", *[of.get(name) for name in columns]]
    rows = [first]
    for student in sorted({t.student for t in totals}):
        entries = [known[student] for known in lms.values() if student in known]
        if any(entry["system"] == "moodle" for entry in entries):
            continue
        own = next((e for e in entries if e["system"] == "canvas"), None)
        found = [scores.get((student, name)) for name in columns]
        points = [t and _final(t) for t in found]
        known = (own["name"], own["id"], "", "") if own else (student, "", "", student)
        rows.append([*known, "", *points])
    student_columns = ("Student", "ID", "SIS User ID", "SIS Login ID", "Section")
    return table((*student_columns, *columns.values()), rows)


def _final(total: Total) -> float | None:
    return None if total.waiting else total.score


def _moodle(totals: list[Total], known: dict) -> str:
    """Return Moodle's grading worksheet (*Upload grading worksheet*)."""
    now = datetime.now().strftime("%A, %d %B %Y, %I:%M %p")
    header = ("Identifier", "Full name", "Grade", "Maximum Grade")
    rows = []
    for total in totals:
        entry = known.get(total.student)
        if entry and entry["system"] == "moodle":
            number = f"Participant {entry['id']}"
            rows.append((number, entry["name"], _final(total), total.of, now))
    return table((*header, "Last modified (grade)"), rows)
