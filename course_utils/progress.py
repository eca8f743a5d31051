"""What the learner has tried and solved: record it, show it, carry it elsewhere.

For each exercise the store holds how far the learner got, how often they tried,
and their own source. Nothing in here may stop a lesson: :func:`record` and
:func:`load` never raise, they return a sentence to show instead.
"""

import argparse
import json
import os
import sqlite3
import sys
from dataclasses import asdict, astuple, dataclass
from datetime import UTC, datetime
from html import escape
from pathlib import Path

from course_utils import chapters, files, store

MAX_IMPORT = 20_000_000
"""Largest file that can be imported, in bytes; all that is kept stays below it."""

STATUSES = ("attempted", "wrong", "partly", "solved")
"""States of a tried exercise, from the lowest to the highest."""

_CUT = "\n# (the rest of this long answer was not kept)"
_FIELDS = "status, score, points, attempts, first_solved, answer, latest"
_PUT = f"""
INSERT INTO entries (chapter, exercise, {_FIELDS}) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?)
ON CONFLICT (chapter, exercise) DO UPDATE
SET ({_FIELDS}) = ({", ".join(f"excluded.{n}" for n in _FIELDS.split(", "))})"""


class ProgressError(Exception):
    """An export or import that cannot be done; the message says why."""


@dataclass(frozen=True)
class Entry:
    """How far the learner got with one exercise.

    Attributes
    ----------
    status : str
        The best of all attempts, one of :data:`STATUSES`.
    score, points : float
        The best score so far, and what the exercise is worth.
    attempts : int
        How often an answer was checked.
    first_solved : str or None
        Time of the first solution in UTC, such as ``2026-01-31T12:00:00Z``.
    answer : str or None
        Source of the latest answer that passed.
    latest : str or None
        Source of the latest answer, passed or not.
    """

    status: str
    score: float
    points: float
    attempts: int
    first_solved: str | None = None
    answer: str | None = None
    latest: str | None = None


@dataclass(frozen=True)
class Progress:
    """The whole record: ``chapters["00"]["name"]`` is an :class:`Entry`.

    ``notice`` is a sentence for the learner when the file could not be read.
    """

    chapters: dict[str, dict[str, Entry]]
    notice: str | None = None


# --- Recording and loading -------------------------------------------------


def record(
    chapter: str,
    exercise: str,
    *,
    status: str,
    score: float,
    points: float,
    answer: str | None,
) -> str | None:
    """Record one checked answer; never raises, whatever the arguments.

    What is solved stays solved: a later wrong answer is counted and kept as
    the latest one, but takes nothing away.

    Parameters
    ----------
    chapter, exercise : str
        Number of the chapter and name of the exercise.
    status : str
        One of :data:`STATUSES`.
    score, points : float
        What the answer scored, and what the exercise is worth.
    answer : str or None
        Source text of the answer; what is longer than :data:`store.MAX_ANSWER`
        characters is cut.

    Returns
    -------
    str or None
        A sentence for the learner when something has to be said.
    """

    def change(connection: sqlite3.Connection) -> None:
        old = _read(connection, chapter, exercise)
        source, solved = _bounded(answer), status == "solved"
        count = old.attempts if old else 0
        # The first time stands, even if the clock says something earlier now.
        first = old.first_solved if old else None
        new = Entry(
            *(status, score, points, count + 1),
            first_solved=first or (_now() if solved else None),
            answer=source if solved else None,
            latest=source,
        )
        _write(connection, chapter, exercise, _merged(new, old) if old else new)

    try:
        return store.use(change, write=True)[1]
    except Exception as error:  # whatever it is, the lesson goes on
        return store.explained("Your result was not recorded", error)


def load() -> Progress:
    """Return what is recorded; never raises, and says in ``notice`` what is wrong."""
    try:
        return Progress(*store.use(_all))
    except Exception as error:
        return Progress({}, store.explained("Your progress could not be read", error))


def _all(connection: sqlite3.Connection) -> dict[str, dict[str, Entry]]:
    found: dict[str, dict[str, Entry]] = {}
    select = f"SELECT chapter, exercise, {_FIELDS} FROM entries ORDER BY number"
    for chapter, exercise, *fields in connection.execute(select):
        found.setdefault(chapter, {})[exercise] = Entry(*fields)
    return found


def _read(connection: sqlite3.Connection, chapter: str, exercise: str) -> Entry | None:
    where = "WHERE chapter = ? AND exercise = ?"
    select = f"SELECT {_FIELDS} FROM entries {where}"
    row = connection.execute(select, (chapter, exercise)).fetchone()
    return Entry(*row) if row else None


def _write(
    connection: sqlite3.Connection, chapter: str, exercise: str, entry: Entry
) -> None:
    connection.execute(_PUT, (chapter, exercise, *astuple(entry)))


def _merged(first: Entry, second: Entry) -> Entry:
    """Return one entry made of two; where only one answer can stay, the first's."""
    times = [e.first_solved for e in (first, second) if e.first_solved]
    return Entry(
        max(first.status, second.status, key=STATUSES.index),
        max(first.score, second.score),
        first.points,
        max(first.attempts, second.attempts),
        min(times, default=None),
        second.answer if first.answer is None else first.answer,
        second.latest if first.latest is None else first.latest,
    )


def _bounded(answer: object) -> str | None:
    if not isinstance(answer, str):
        return None
    text = str.__str__(answer)  # a plain string, also from a subclass
    # Half a surrogate pair cannot be written as UTF-8; its escape can.
    text = text.encode("utf-8", "backslashreplace").decode("utf-8")
    limit = store.MAX_ANSWER
    return text if len(text) <= limit else text[: limit - len(_CUT)] + _CUT


def _now() -> str:
    return datetime.now(UTC).strftime("%Y-%m-%dT%H:%M:%SZ")


# --- Carrying it elsewhere -------------------------------------------------


def export(file: str | Path) -> None:
    """Write the record, the learner's answers and drawings to one JSON file.

    Raises
    ------
    ProgressError
        If the record or the file cannot be read or written, or if ``file``
        exists and is not an export, or holds solutions or drawings that are
        not here.
    """
    file = Path(file)
    try:
        (progress, drawings), notice = store.use(
            lambda c: (_all(c), c.execute("SELECT * FROM drawings").fetchall())
        )
        if notice:
            raise ProgressError(f"Nothing was exported. {notice}")
        document = {
            "format": store.EXPORT,
            "version": 1,
            "chapters": {
                chapter: {name: asdict(entry) for name, entry in entries.items()}
                for chapter, entries in progress.items()
            },
            "drawings": [
                {"name": name, "label": label, "pixels": pixels.hex()}
                for _, name, label, pixels in drawings
            ],
        }
        data = json.dumps(document, ensure_ascii=False, indent=1).encode()
        if not file.parent.is_dir():
            raise FileNotFoundError(0, "there is no such folder")
        if os.path.lexists(file):
            _check_replaceable(file, store.decoded(data))
        files.write_whole(file, data)
    except (*store.REFUSED, ValueError) as error:
        reason = getattr(error, "strerror", None) or error
        raise ProgressError(
            f"Nothing was exported, because {file} cannot be written ({reason}); "
            "choose another file."
        ) from error


def _check_replaceable(file: Path, here: dict[str, list[tuple]]) -> None:
    """Let only an export be replaced, and only by one that holds as much."""
    try:
        data = files.read_at_most(file, MAX_IMPORT)
        if json.loads(data)["format"] != store.EXPORT:
            raise store.FormatError("it is a record of an older version")
        there = store.decoded(data)
    except (ValueError, LookupError, TypeError, store.NewerError) as error:
        raise ProgressError(
            f"Nothing was exported, because {file} exists and is not an export that "
            "this version of the course can replace; choose another name."
        ) from error
    if _precious(there) - _precious(here):
        raise ProgressError(
            f"Nothing was exported, because {file} holds solved exercises or drawings "
            "that are not here; import it first, or choose another name."
        )


def _precious(rows: dict[str, list[tuple]]) -> set[tuple]:
    solved = {row[:2] for row in rows["entries"] if row[2] == "solved"}
    return solved | {row[:1] for row in rows["drawings"]}


def import_(file: str | Path) -> Progress:
    """Merge an exported file into the record, and return the merged record.

    Solved beats unsolved, the higher number of attempts and the earlier time
    stand, and an answer of the learner's that passed is never replaced. Drawings
    that are not here yet are added, as many as fit.

    Raises
    ------
    ProgressError
        If the file is not an export of this course, or the record cannot be
        written; the record is then what it was.
    """
    try:
        if not Path(file).is_file():  # a pipe would be waited for
            raise FileNotFoundError(0, "there is no such file")
        data = files.read_at_most(Path(file), MAX_IMPORT)
        if len(data) > MAX_IMPORT:
            raise store.FormatError(f"it is larger than {MAX_IMPORT // 10**6} MB")
        rows = store.decoded(data)
    except (OSError, ValueError, store.NewerError) as error:
        reason = getattr(error, "strerror", None) or error
        raise ProgressError(
            f"Nothing was imported from {file}, because {reason}; use a file that "
            "`course progress export` has written."
        ) from error

    def change(connection: sqlite3.Connection) -> tuple[dict, int]:
        for chapter, exercise, *fields in rows["entries"]:
            old, new = _read(connection, chapter, exercise), Entry(*fields)
            _write(connection, chapter, exercise, _merged(old, new) if old else new)
        connection.executemany(
            "INSERT OR IGNORE INTO drawings (name, label, pixels) VALUES (?, ?, ?)",
            rows["drawings"],
        )
        left_out = store.drop_drawings(connection)
        return _all(connection), left_out

    try:
        (merged, left_out), notice = store.use(change, write=True)
    except Exception as error:
        raise ProgressError(store.explained("Nothing was imported", error)) from error
    if left_out:
        room = f"{left_out} drawing(s) found no room: {store.MAX_DRAWINGS} are kept."
        notice = f"{notice} {room}" if notice else room
    return Progress(merged, notice)


# --- Showing ---------------------------------------------------------------

_WORDS = {
    "solved": "solved",
    "partly": "partly right",
    "wrong": "tried",
    "attempted": "tried",
    None: "not tried yet",
}
_MARKS = {"solved": "x", "partly": "/", "wrong": ".", "attempted": ".", None: " "}

# The states differ in form, not in colour alone.
_GREEN = "var(--jp-success-color1,#388e3c)"
_BOXES = {
    "solved": ("✓", f"background:{_GREEN};color:#fff"),
    "partly": ("", f"background:linear-gradient(transparent 50%,{_GREEN} 50%)"),
    "wrong": ("•", ""),
    "attempted": ("•", ""),
    None: ("", ""),
}
_BOX = (
    "display:inline-block;box-sizing:border-box;width:16px;height:16px;"
    "margin:1px 4px 2px 0;border:1.5px solid currentColor;border-radius:2px;"
    "font:bold 12px/13px sans-serif;text-align:center;vertical-align:middle"
)
_CELL = "text-align:left;vertical-align:top;padding:2px 16px 2px 0;"
_WORD = _CELL + "font-weight:normal;white-space:nowrap"


@dataclass(frozen=True)
class Row:
    """One chapter of the summary.

    ``attempted`` counts the exercises that were tried, the solved ones among
    them. ``total`` is None when the chapter's exercises cannot be listed.
    ``states`` holds a title and a status (None: not tried) for each exercise.
    """

    number: str
    title: str
    solved: int
    attempted: int
    total: int | None
    states: tuple[tuple[str, str | None], ...]

    @property
    def fraction(self) -> str:
        """How much is solved, in words."""
        if self.total is None:
            return f"{self.solved} solved (its exercises cannot be listed)"
        return f"{self.solved} of {self.total} solved"


def summary() -> list[Row]:
    """Return one :class:`Row` for each chapter of the course, in its order."""
    return show().rows


def show() -> "Picture":
    """Return the picture of the progress; a cell that ends in it shows it."""
    progress = load()
    found = progress.chapters
    rows = [_row(c, found.get(c.number, {})) for c in chapters.CHAPTERS]
    return Picture(rows, progress.notice)


def _row(chapter: chapters.Chapter, entries: dict[str, Entry]) -> Row:
    try:
        titles = {n: str(e.title) for n, e in chapter.exercises().items()}
        total = len(titles)
    except Exception:  # a broken chapter must not hide the others
        titles, total = {name: name for name in entries}, None
    states = tuple(
        (title, entries[name].status if name in entries else None)
        for name, title in titles.items()
    )
    solved = sum(status == "solved" for _, status in states)
    attempted = sum(status is not None for _, status in states)
    return Row(chapter.number, chapter.title, solved, attempted, total, states)


class Picture:
    """Picture of the progress: a table in a notebook, text anywhere else."""

    def __init__(self, rows: list[Row], notice: str | None = None):
        self.rows = rows
        self.notice = notice

    def __repr__(self) -> str:
        lines = ["Your progress", ""]
        width = max((len(row.title) for row in self.rows), default=0)
        for row in self.rows:
            lines.append(f"{row.number}  {row.title:<{width}}  {row.fraction}")
            if row.attempted:
                lines += [f"    [{_MARKS[s]}] {t}: {_WORDS[s]}" for t, s in row.states]
        lines += ["", f"Kept in {store.path()}"]
        return "\n".join(lines + ([self.notice] if self.notice else []))

    def _repr_html_(self) -> str:
        rows = "".join(
            f'<tr style="background:none"><th scope="row" style="{_WORD}">'
            f"{escape(f'{row.number} {row.title}')}</th>"
            f'<td style="{_WORD}">{row.fraction}</td><td style="{_CELL}">'
            f"{''.join(_box(s, f'{t}: {_WORDS[s]}') for t, s in row.states)}</td></tr>"
            for row in self.rows
        )
        legend = " ".join(
            f'<span style="margin-right:16px">{_box(s, _WORDS[s])}{_WORDS[s]}</span>'
            for s in ("solved", "partly", "wrong", None)
        )
        notice = f"<p>{escape(self.notice)}</p>" if self.notice else ""
        return (
            '<div><table aria-label="Your progress" style="margin:0;border:none">'
            f"{rows}</table><p>{legend}</p>{notice}</div>"
        )

    def _repr_mimebundle_(self, include=None, exclude=None) -> dict[str, str]:
        return {"text/html": self._repr_html_(), "text/plain": repr(self)}


def _box(status: str | None, tooltip: str) -> str:
    sign, style = _BOXES[status]
    return f'<span title="{escape(tooltip)}" style="{_BOX};{style}">{sign}</span>'


# --- `course progress` -----------------------------------------------------


def command(options: argparse.Namespace) -> int:
    """Show, export or import; return the exit status."""
    try:
        if options.action == "export":
            export(options.file)
            files.say(
                "Your progress, solutions and drawings are in "
                f"{options.file}. Elsewhere, `course progress import "
                f"{Path(options.file).name}` brings them in."
            )
        elif options.action == "import":
            progress = import_(options.file)
            merged = [e for c in progress.chapters.values() for e in c.values()]
            solved = sum(entry.status == "solved" for entry in merged)
            if progress.notice:
                files.say(progress.notice)
            files.say(
                f"Imported {options.file}: your record now holds {solved} solved "
                "exercise(s)."
            )
        else:
            files.say(repr(show()))
    except ProgressError as error:
        files.say(str(error), sys.stderr)
        return 1
    return 0
