"""``course assign``: make chapters into a course of nbgrader, or bring it up to date.

Safe to repeat: it writes ``source/`` and ``release/``, the points and due dates
in the gradebook, and what is missing of the rest. What learners handed in, what
was graded, and files that somebody edited are never touched or thrown away.
"""

import argparse
import shutil
import sys
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from pathlib import Path

import nbformat
from nbformat.notebooknode import NotebookNode
from nbgrader.api import Gradebook, MissingEntry

from course_utils import chapters
from course_utils.authoring import notebooks
from course_utils.chapters import Chapter
from course_utils.instructors import nbgrader_course, settings
from course_utils.instructors.settings import ChapterSettings, SettingsError

_CONFIG = '''\
"""Configuration of nbgrader for this course; written once, yours to add to."""

from pathlib import Path

from course_utils.instructors import nbgrader_course

c = get_config()  # noqa: F821
nbgrader_course.configure(c, Path(__file__).resolve().parent)

# Your own settings go here; they win over those above.
'''

_README = """\
# {name}: how to run this course

All commands are called in the folder that holds the clone of the course's
repository; on Windows write `py` for `python3`.

1. **Choose** chapters, as often as you like; points, due dates, late rules and
   solutions to keep back are set in `course.toml` here.

       python3 -m course_utils assign 02 07 --course {course}

2. **Hand out** one file that holds what learners need.

       python3 -m course_utils handout 02 07 --course {course} -o week2.zip

3. **Grade** what came back: nbgrader's `submitted/` folder, or the folder or zip
   file that your learning platform gives you. Upload-ready files for it are
   written to `grades/`.

       python3 -m course_utils grade SUBMISSIONS --course {course}

4. **Read** the written answers, each beside its rubric, in nbgrader's formgrader
   (menu *Nbgrader → Formgrader*), then call step 3 again for the new totals.

       cd {course} && jupyter lab

5. **Understand** what was hard, for whom, and why.

       python3 -m course_utils report --course {course}

`jupyter` and `nbgrader` are in the clone's `.venv` (`.venv/bin` on Linux and
macOS, `.venv\\Scripts` on Windows). Everything that nbgrader can do works here
as well: `cd {course}` first, so that it finds `nbgrader_config.py`. To give
learners their graded notebooks as pages: `nbgrader generate_feedback chapter_02`.

What is in this folder: `source/` (your version, with solutions and rubrics),
`release/` (what learners get), `submitted/`, `autograded/` and `feedback/`
(one folder for each learner), `gradebook.db` (all scores), `exchange/`
(nbgrader's, where learners and you share a computer), `backups/` (files of
yours that a later `assign` would have replaced). Keep it away from learners, and
make copies of it.
"""


class _Refused(Exception):
    """A chapter is left as it is; the message says why."""


@dataclass(frozen=True)
class _Change:
    """What one chapter's assignment is to become."""

    chapter: Chapter
    wanted: ChapterSettings
    notebook: NotebookNode


def command(options: argparse.Namespace) -> int:
    """Make or update the course; return the exit status.

    Parameters
    ----------
    options : Namespace
        ``chapters`` (list of str), ``course`` (str), and ``points`` and ``due``
        (str or None), as :mod:`course_utils.commands` defines them.
    """
    course = Path(options.course)
    file = Path(options.points) if options.points else course / "course.toml"
    try:
        if options.points and not file.is_file():
            raise SettingsError(f"{file} does not exist: name a TOML file.")
        _check_folder(course)
        numbers = [number.zfill(2) for number in dict.fromkeys(options.chapters)]
        read = settings.read(file, numbers)
        due = settings.due_date(options.due, read.time_zone) if options.due else None
        changes = [_change(chapters.chapter(n), read.chapters[n], due) for n in numbers]
    except (SettingsError, _Refused) as error:
        print(error, file=sys.stderr)
        return 1
    _write_folder(course, file, options.course)
    return max(_report(course, change) for change in changes)


def _check_folder(course: Path) -> None:
    config = course / "nbgrader_config.py"
    if config.exists() and "nbgrader_course" not in config.read_text(
        "utf-8", "replace"
    ):
        raise SettingsError(
            f"{config} is not from this command, and its course is left alone: name "
            "another folder."
        )
    if course.exists() and not course.is_dir():
        raise SettingsError(f"{course} is a file: name a folder.")


def _change(chapter: Chapter, wanted: ChapterSettings, due: datetime | None) -> _Change:
    path = chapter.notebook
    if not path.is_file():
        raise _Refused(f"Chapter {chapter.number} is not here: {path.name} is missing.")
    if notebooks.has_own_work(path):
        raise _Refused(
            f"notebooks/{path.name} holds answers or outputs of its own. What is "
            "handed out is the original: copy yours elsewhere to keep it, then "
            f"call `git restore notebooks/{path.name}`. To change a chapter, edit its "
            "source and call `course notebooks`."
        )
    if not wanted.points:
        raise _Refused(
            f"No exercise of chapter {chapter.number} is graded with these settings: "
            "give one of them points, or leave the chapter out."
        )
    wanted = replace(wanted, due=due or wanted.due)
    original = nbformat.read(path, as_version=4)
    made = nbgrader_course.convert(original, chapter, wanted)
    made.metadata.course = {"digest": notebooks.digest(made.cells)}
    return _Change(chapter, wanted, made)


def _write_folder(course: Path, file: Path, typed: str) -> None:
    """Write what a course folder needs besides its notebooks, where it is missing."""
    (course / "exchange").mkdir(parents=True, exist_ok=True)
    own = course / "course.toml"
    if file.resolve() != own.resolve():
        if own.exists() and own.read_bytes() != file.read_bytes():
            print(f"The old course.toml is kept as {_keep(course, own)}.")
        shutil.copyfile(file, own)
    for name, text in (
        ("course.toml", settings.EXAMPLE),
        ("nbgrader_config.py", _CONFIG),
        ("README.md", _README.format(name=course.resolve().name, course=typed)),
    ):
        if not (course / name).exists():
            (course / name).write_text(text, encoding="utf-8")


def _keep(course: Path, path: Path) -> Path:
    """Copy a file to the first free name in ``backups/``."""
    (course / "backups").mkdir(exist_ok=True)
    number = 1
    while (kept := course / "backups" / f"{path.stem}.{number}{path.suffix}").exists():
        number += 1
    shutil.copy2(path, kept)
    return kept


def _report(course: Path, change: _Change) -> int:
    """Update one chapter and say what became of it; return an exit status."""
    name = f"{change.chapter.number} {change.chapter.title}"
    try:
        said, due = _update(course, change)
    except _Refused as refusal:
        print(f"{name}: left as it was. {refusal}", file=sys.stderr)
        return 1
    points = change.wanted.points
    until = f"due {due:%Y-%m-%d %H:%M} UTC" if due else "no due date"
    sums = f"{len(points)} exercises, {sum(points.values()):g} points"
    print(f"{name}: {said}; {sums}, {until}.")
    return 0


def _update(course: Path, change: _Change) -> tuple[str, datetime | None]:
    """Return what was done, and the due date in UTC that now holds."""
    chapter = change.chapter
    assignment = nbgrader_course.assignment_id(chapter.number)
    path = nbgrader_course.source(course, chapter)
    before = _read(path)
    nbgrader = nbgrader_course.api(course)
    with Gradebook(nbgrader.coursedir.db_url) as gradebook:
        graded = _graded(gradebook, assignment)
    if before and graded:
        _check_against(before, change, graded)
    said = "made" if before is None else "changed"
    released = nbgrader_course.source(course, chapter, "release")
    if before is None or path.read_text("utf-8", "replace") != notebooks.text_of(
        change.notebook
    ):
        if before is not None and notebooks.has_own_work(path):
            said += f" (your own version is kept as {_keep(course, path)})"
        notebooks.write(change.notebook, path)
        if before and graded and _points(before) != _points(change.notebook):
            said += (
                f" ({graded} submissions are graded by the old points and stay so; "
                "what each exercise counts is shown by the new ones at once, so grade "
                "them again)"
            )
    elif released.is_file() and graded is not None:
        said = "unchanged"
    if said != "unchanged":
        result = nbgrader.generate_assignment(assignment, force=True, create=True)
        if not result["success"]:
            raise _Refused(f"nbgrader said: {result.get('error') or result.get('log')}")
    with Gradebook(nbgrader.coursedir.db_url) as gradebook:
        if change.wanted.due:
            naive = change.wanted.due.astimezone(UTC).replace(tzinfo=None)
            gradebook.update_or_create_assignment(assignment, duedate=naive)
        return said, gradebook.find_assignment(assignment).duedate


def _read(path: Path) -> NotebookNode | None:
    try:
        return nbformat.read(path, as_version=4) if path.is_file() else None
    except Exception:
        return nbformat.v4.new_notebook()  # damaged; it is kept in backups/


def _graded(gradebook: Gradebook, assignment: str) -> int | None:
    """Return how many submissions were graded; None for a new assignment."""
    try:
        return len(gradebook.find_assignment(assignment).submissions)
    except MissingEntry:
        return None


def _points(notebook: NotebookNode) -> dict[str, float]:
    found = [cell.metadata.get("nbgrader", {}) for cell in notebook.cells]
    return {each["grade_id"]: each.get("points", 0) for each in found if each}


def _check_against(before: NotebookNode, change: _Change, graded: int) -> None:
    """Refuse what nbgrader cannot do once there are grades."""
    differ = sorted(_points(before).keys() ^ _points(change.notebook).keys())
    if differ:
        raise _Refused(
            f"{graded} submissions of it are graded, so no graded exercise can come or "
            f"go any more ({', '.join(differ)}): undo that, or use a new folder."
        )
