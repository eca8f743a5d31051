"""What the learner has tried and solved, kept in one file on their own disk.

The file holds, for each chapter and exercise, how far the learner got, how
often they tried, and their own source. It is written whole or not at all, and
under a lock, so that two notebooks at once lose nothing. Nothing in here may
stop a lesson: :func:`record` and :func:`load` never raise, they return a
sentence to show instead.
"""

import json
import math
import os
import re
import secrets
import sys
import time
import warnings
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass, fields
from datetime import UTC, datetime
from html import escape
from pathlib import Path

import filelock
import platformdirs

from course_utils import chapters

VERSION = 1
"""Version of the file; a reader leaves a file with a higher one untouched."""

MAX_ANSWER = 20_000
"""Longest source of one answer that is kept, in characters."""

MAX_IMPORT = 5_000_000
"""Largest file that can be imported, in bytes; exports stay below it."""

STATUSES = ("attempted", "wrong", "partly", "solved")
"""States of a tried exercise, from the lowest to the highest."""

_RECORD_FORMAT = "deep-learning-course progress"
_EXPORT_FORMAT = "deep-learning-course progress export"
_ABANDONED_SECONDS = 3600  # by then whoever wrote has ended
_MAX_RECORD = 50_000_000  # bytes; what is larger was not written by us
_MAX_COUNT = 10**9
_LOCK_SECONDS = 5.0
_NAME = re.compile(r"[A-Za-z0-9_]{1,100}")
_TIME = "%Y-%m-%dT%H:%M:%SZ"
_CUT = "\n# (the rest of this long answer was not kept)"


class ProgressError(Exception):
    """An export or import that cannot be done; the message says why."""


class _DamagedError(Exception):
    """The file is not a record of progress."""


class _NewerError(Exception):
    """The file was written by a newer version of the course."""


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


_FIELDS = tuple(field.name for field in fields(Entry))


@dataclass(frozen=True)
class Progress:
    """The whole record: ``chapters["00"]["name"]`` is an :class:`Entry`.

    ``notice`` is a sentence for the learner when the file could not be read.
    """

    chapters: dict[str, dict[str, Entry]]
    notice: str | None = None


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


def folder() -> Path:
    """Return the folder of the record: ``COURSE_HOME``, else the user's own."""
    home = os.environ.get("COURSE_HOME")
    if home:
        return Path(os.path.expanduser(home))
    try:
        return platformdirs.user_data_path("deep-learning-course", appauthor=False)
    except RuntimeError:  # no HOME, and a user whom the system does not know
        return chapters.PROJECT / ".course-home"


def path() -> Path:
    """Return the file of the record, whether or not it exists yet."""
    return folder() / "progress.json"


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
        Source text of the answer; more than :data:`MAX_ANSWER` characters
        are cut.

    Returns
    -------
    str or None
        A sentence for the learner when something has to be said.
    """
    try:
        names = _is_name(chapter) and _is_name(exercise)
        if not names or not _VALID["status"](status):
            return (
                "Your result was not recorded, because the exercise gave a name or "
                "a status that the record does not know."
            )
        source = _bounded(answer)
        values = {"status": status, "score": _number(score), "points": _number(points)}

        def change(document: dict) -> None:
            entries = document["chapters"].setdefault(chapter, {})
            entry = entries.setdefault(exercise, {})
            entry.update(_after_attempt(entry, values, source))

        return _update(change)
    except Exception as error:  # whatever it is, the lesson goes on
        return explained("Your result was not recorded", error)


def _after_attempt(entry: dict, values: dict, source: str | None) -> dict:
    """Return the fields of an entry after one more attempt."""
    solved = values["status"] == "solved"
    first_solved = entry.get("first_solved")
    return {
        "status": _higher(entry.get("status"), values["status"]),
        "score": max(entry.get("score", 0.0), values["score"]),
        "points": values["points"],
        "attempts": min(entry.get("attempts", 0) + 1, _MAX_COUNT),
        # The first time stands, even if the clock says something earlier now.
        "first_solved": first_solved or (_now() if solved else None),
        "answer": source if solved and source is not None else entry.get("answer"),
        "latest": source if source is not None else entry.get("latest"),
    }


def load() -> Progress:
    """Return what is recorded; never raises, and says in ``notice`` what is wrong.

    A damaged file is set aside under another name and the record begins anew.
    """
    try:
        return _progress(_read())
    except _DamagedError:
        try:
            with locked():
                # Read once more: another notebook may have dealt with it.
                return _progress(*_read_or_set_aside())
        except Exception as error:
            lead = "Your progress file is damaged and could not be set aside"
            return Progress({}, explained(lead, error))
    except Exception as error:
        return Progress({}, explained("Your progress could not be read", error))


def answers(chapter: str) -> dict[str, str]:
    """Return the learner's own passing sources of a chapter, by exercise."""
    entries = load().chapters.get(chapter, {})
    return {n: e.answer for n, e in entries.items() if e.answer is not None}


def _progress(document: dict, notice: str | None = None) -> Progress:
    return Progress(
        {
            chapter: {name: Entry(**_known(entry)) for name, entry in entries.items()}
            for chapter, entries in document["chapters"].items()
        },
        notice,
    )


def _known(entry: dict) -> dict:
    return {name: entry[name] for name in _FIELDS if name in entry}


def _is_name(value: object) -> bool:
    return type(value) is str and _NAME.fullmatch(value) is not None


def _bounded(answer: object) -> str | None:
    if not isinstance(answer, str):
        return None
    text = str.__str__(answer)  # a plain string, also from a subclass
    # Half a surrogate pair cannot be written as UTF-8; its escape can.
    text = text.encode("utf-8", "backslashreplace").decode("utf-8")
    if len(text) <= MAX_ANSWER:
        return text
    return text[: MAX_ANSWER - len(_CUT)] + _CUT


def _number(value: object) -> float:
    """Return a score between 0 and a million; 0 for what is not a number."""
    try:
        number = float(value)
    except Exception:
        return 0.0
    return min(max(number, 0.0), 1e6) if math.isfinite(number) else 0.0


def _higher(one: str | None, other: str | None) -> str | None:
    return max(one, other, key=lambda s: STATUSES.index(s) if s in STATUSES else -1)


def _now() -> str:
    return datetime.now(UTC).strftime(_TIME)


# --- The file --------------------------------------------------------------


def _update(change: Callable[[dict], None]) -> str | None:
    """Apply ``change`` to the record under the lock, and return a notice.

    Raises
    ------
    OSError
        If the disk refuses, or another process holds the lock for too long.
    _NewerError
        If the file belongs to a newer version of the course.
    """
    folder().mkdir(parents=True, exist_ok=True)
    with locked():
        document, notice = _read_or_set_aside()
        change(document)
        data = _encode(document)
        if len(data) > _MAX_RECORD:
            raise OSError("the record would become too large")
        write_whole(path(), data)
    return notice


@contextmanager
def locked() -> Iterator[None]:
    """Hold the lock of the learner's folder: one writer at a time.

    Raises
    ------
    filelock.Timeout
        If another process holds it for too long.
    """
    lock = filelock.FileLock(folder() / "progress.lock", timeout=_LOCK_SECONDS)
    with warnings.catch_warnings():
        # On a disk without locks filelock falls back and says so on stderr.
        warnings.simplefilter("ignore")
        lock.acquire(poll_interval=0.01)
    try:
        yield
    finally:
        lock.release()


def _read() -> dict:
    """Return the record; a fresh one if there is no file.

    Raises
    ------
    OSError
        If the file is there but cannot be read.
    _DamagedError, _NewerError
        If its content is not for us.
    """
    try:
        data = read_at_most(path(), _MAX_RECORD)
    except FileNotFoundError:
        return {"format": _RECORD_FORMAT, "version": VERSION, "chapters": {}}
    return _decode(data, (_RECORD_FORMAT,), _MAX_RECORD)


def _read_or_set_aside() -> tuple[dict, str | None]:
    """Return the record, or a fresh one and a notice; call under the lock."""
    try:
        return _read(), None
    except _DamagedError:
        aside = _unused_name()
        patiently(lambda: os.rename(path(), aside))
        return _read(), (
            f"Your progress file was damaged, so it was set aside as {aside} "
            "and a new one begins."
        )


def _unused_name() -> Path:
    """Return a name for a damaged file that no other file has."""
    stamp = datetime.now(UTC).strftime("%Y%m%dT%H%M%SZ")
    aside = folder() / f"progress.damaged-{stamp}.json"
    count = 1
    while aside.exists():
        count += 1
        aside = folder() / f"progress.damaged-{stamp}-{count}.json"
    return aside


def write_whole(target: Path, data: bytes) -> None:
    """Replace a file by new content, whole or not at all.

    Raises
    ------
    OSError
        If the disk refuses; the old content is still there.
    """
    target = target.resolve()  # keep a link (to a synchronised folder) a link
    temporary = target.with_name(f".{target.name}.{secrets.token_hex(4)}.tmp")
    _clear_what_was_left(target)
    try:
        with open(temporary, "xb") as file:
            file.write(data)
            file.flush()
            os.fsync(file.fileno())
        patiently(lambda: os.replace(temporary, target))
    except BaseException:
        temporary.unlink(missing_ok=True)
        raise


def _clear_what_was_left(target: Path) -> None:
    """Remove what writers of this file left when they were killed."""
    with suppress(OSError):
        for left in target.parent.glob(f".{target.name}.*.tmp"):
            if time.time() - left.stat().st_mtime > _ABANDONED_SECONDS:
                left.unlink()


def read_at_most(file: Path, limit: int) -> bytes:
    """Return a file's content, at most one byte more than ``limit`` bytes.

    Raises
    ------
    OSError
        If it cannot be read.
    """

    def at_once(path: str, flags: int) -> int:
        # A pipe in the file's place is empty; it would be waited for else.
        return os.open(path, flags | getattr(os, "O_NONBLOCK", 0))

    def read() -> bytes:
        with open(file, "rb", opener=at_once) as stream:
            return stream.read(limit + 1)

    return patiently(read)


def patiently(action: Callable):
    """Return what ``action`` does; on Windows a second long, if it is refused.

    There a reader makes a writer fail.
    """
    deadline = time.monotonic() + 1.0
    while True:
        try:
            return action()
        except PermissionError:
            if os.name != "nt" or time.monotonic() > deadline:
                raise
        time.sleep(0.02)


def explained(lead: str, error: Exception) -> str:
    """Return in one sentence for the learner what ``error`` kept from happening.

    ``lead`` says that, without a full stop: "Your result was not recorded".
    """
    if isinstance(error, filelock.Timeout):
        return (
            f"{lead}, because another program has held {path()} for "
            f"{_LOCK_SECONDS:.0f} seconds; run the cell again."
        )
    if isinstance(error, _NewerError):
        return (
            f"{lead}, because {path()} was written by a newer version of this "
            "course; it is untouched, and updating the course makes it readable."
        )
    if isinstance(error, OSError):
        reason = error.strerror or error
        where = error.filename or "the progress file"
        return (
            f"{lead}, because the disk refused {where} ({reason}); the lesson goes "
            "on, and `course doctor` says more."
        )
    return f"{lead}, because of an unexpected {type(error).__name__}."


# --- Format of the file ----------------------------------------------------


def _encode(document: dict) -> bytes:
    text = json.dumps(document, ensure_ascii=False, allow_nan=False, indent=1)
    # Half a surrogate pair in a field of the future turns into its JSON escape.
    return text.encode("utf-8", "backslashreplace")


def _decode(data: bytes, formats: tuple[str, ...], limit: int) -> dict:
    """Return the checked document that ``data`` holds.

    Raises
    ------
    _DamagedError
        If it is not a record of this course; the message completes "because".
    _NewerError
        If it is one of a newer version.
    """
    if len(data) > limit:
        raise _DamagedError(f"it is larger than {limit // 10**6} MB")
    try:
        document = json.loads(
            data,
            object_pairs_hook=_without_duplicates,
            parse_constant=_finite,
            parse_float=_finite,
        )
    except (ValueError, RecursionError) as error:
        raise _DamagedError("it is not valid JSON") from error
    if not isinstance(document, dict) or document.get("format") not in formats:
        raise _DamagedError("it was not made by this course")
    version = document.get("version")
    if type(version) is not int or version < 1:
        raise _DamagedError("its version is not a whole number")
    if version > VERSION:
        raise _NewerError
    _check_chapters(document.get("chapters"))
    return document


def _without_duplicates(pairs: list[tuple[str, object]]) -> dict:
    if len(dict(pairs)) != len(pairs):
        raise ValueError("a key occurs twice")
    return dict(pairs)


def _finite(text: str) -> float:
    number = float(text)
    if not math.isfinite(number):
        raise ValueError("a number is not finite")
    return number


def _check_chapters(table: object) -> None:
    if not isinstance(table, dict):
        raise _DamagedError("it holds no table of chapters")
    for chapter, entries in table.items():
        if not _is_name(chapter) or not isinstance(entries, dict):
            raise _DamagedError("one of its chapters is malformed")
        for name, entry in entries.items():
            if not _is_name(name) or not isinstance(entry, dict):
                raise _DamagedError(f"an exercise of chapter {chapter} is malformed")
            for field, is_valid in _VALID.items():
                if not is_valid(entry.get(field)):
                    raise _DamagedError(
                        f"the {field} of exercise {name} in chapter {chapter} "
                        "is malformed"
                    )


def _is_amount(value: object) -> bool:
    return type(value) in (int, float) and 0 <= value <= 1e6


def _is_time(value: object) -> bool:
    if value is None:
        return True
    try:
        # Times are compared as text, so only the one spelling will do.
        return datetime.strptime(value, _TIME).strftime(_TIME) == value
    except (TypeError, ValueError):
        return False


def _is_source(value: object) -> bool:
    if value is None:
        return True
    if type(value) is not str or len(value) > MAX_ANSWER:
        return False
    try:
        value.encode("utf-8")
    except UnicodeEncodeError:  # half a surrogate pair
        return False
    return True


_VALID = {
    "status": lambda value: type(value) is str and value in STATUSES,
    "score": _is_amount,
    "points": _is_amount,
    "attempts": lambda value: type(value) is int and 0 <= value <= _MAX_COUNT,
    "first_solved": _is_time,
    "answer": _is_source,
    "latest": _is_source,
}


# --- Carrying progress elsewhere -------------------------------------------


def export(file: str | Path) -> str | None:
    """Write the record, the learner's answers and drawings to one JSON file.

    Returns
    -------
    str or None
        A sentence if the drawings could not be taken along.

    Raises
    ------
    ProgressError
        If the record or the file cannot be read or written, or if ``file``
        exists and is not an export, or holds solutions or drawings that are
        not here.
    """
    from course_utils.widgets import drawings  # which builds on this module

    file = Path(file)
    progress = load()
    if progress.notice:
        raise ProgressError(f"Nothing was exported. {progress.notice}")
    _, notice = drawings.load()
    try:
        document = _read() | {"drawings": [] if notice else drawings.entries()}
        data = _encode_export(document)
        if os.path.lexists(file):
            _check_replaceable(file, document)
        write_whole(file, data)
    except (OSError, ValueError, _DamagedError, _NewerError) as error:
        raise ProgressError(
            f"Nothing was exported, because {file} cannot be written "
            f"({_reason(error)}); choose another file."
        ) from error
    return notice


def _encode_export(document: dict) -> bytes:
    """Return the content of an export, small enough to be imported."""
    data = _encode({**document, "format": _EXPORT_FORMAT})
    if len(data) <= MAX_IMPORT:
        return data
    # Solutions matter most: leave the latest, often unfinished, attempts here.
    table = {
        chapter: {name: {**entry, "latest": None} for name, entry in entries.items()}
        for chapter, entries in document["chapters"].items()
    }
    data = _encode({**document, "format": _EXPORT_FORMAT, "chapters": table})
    if len(data) > MAX_IMPORT:
        raise ProgressError(
            f"Nothing was exported, because your answers fill more than "
            f"{MAX_IMPORT // 10**6} MB; copy {path()} instead."
        )
    return data


def _check_replaceable(file: Path, document: dict) -> None:
    """Let only an export be replaced, and only by one that holds as much."""
    try:
        if not file.is_file():
            raise _DamagedError("it is not a file")
        data = read_at_most(file, MAX_IMPORT)
        there = _decode(data, (_EXPORT_FORMAT,), MAX_IMPORT)
        drawn = {drawing.name for drawing in _drawings(there)}
    except (_DamagedError, _NewerError) as error:
        raise ProgressError(
            f"Nothing was exported, because {file} exists and is not an export that "
            "this version of the course can replace; choose another name."
        ) from error
    if drawn - {drawing["name"] for drawing in document["drawings"]}:
        raise ProgressError(
            f"Nothing was exported, because {file} holds drawings that are not here; "
            "import it first, or choose another name."
        )
    here = document["chapters"]
    for chapter, entries in there["chapters"].items():
        for name, entry in entries.items():
            mine = here.get(chapter, {}).get(name, {})
            if entry["status"] == "solved" and mine.get("status") != "solved":
                raise ProgressError(
                    f"Nothing was exported, because {file} holds solved exercises "
                    "that your record lacks; import it first, or choose another name."
                )


def import_(file: str | Path) -> Progress:
    """Merge an exported file into the record, and return the merged record.

    Solved beats unsolved, the higher number of attempts and the earlier time
    stand, and an answer of the learner's that passed is never replaced. Drawings
    that are not here yet are added, as many as fit. Fields that this version does
    not know are left out.

    Raises
    ------
    ProgressError
        If the file is not an export of this course, or the record cannot be
        written; the record is then what it was.
    """
    from course_utils.widgets import drawings  # which builds on this module

    file = Path(file)
    table, drawn = _read_export(file)
    merged = {}

    def change(document: dict) -> None:
        for chapter, entries in table.items():
            mine = document["chapters"].setdefault(chapter, {})
            for name, entry in entries.items():
                mine[name] = _merged(mine.get(name, {}), _known(entry))
        merged.update(document)

    try:
        notice = _update(change)
    except Exception as error:
        raise ProgressError(explained("Nothing was imported", error)) from error
    said = [notice, drawings.merge(drawn) if drawn else None]
    return _progress(merged, " ".join(filter(None, said)) or None)


def _read_export(file: Path) -> tuple[dict, list]:
    """Return the table of chapters and the drawings of an exported file, checked."""
    try:
        if file.exists() and not file.is_file():  # a pipe would wait for ever
            raise _DamagedError("it is not a file")
        data = read_at_most(file, MAX_IMPORT)
        # The record itself, copied by hand, is as good as an export.
        document = _decode(data, (_EXPORT_FORMAT, _RECORD_FORMAT), MAX_IMPORT)
        return document["chapters"], _drawings(document)
    except (OSError, ValueError, _DamagedError, _NewerError) as error:
        raise ProgressError(
            f"Nothing was imported from {file}, because {_reason(error)}; use a file "
            "that `course progress export` has written."
        ) from error


def _drawings(document: dict) -> list:
    """Return the drawings of an export; older exports hold none.

    Raises
    ------
    _DamagedError
        If they are no drawings.
    """
    from course_utils.widgets import drawings

    try:
        return drawings.decoded(document.get("drawings", []))
    except ValueError as error:
        raise _DamagedError("one of its drawings is malformed") from error


def _reason(error: Exception) -> str:
    if isinstance(error, _NewerError):
        return "it was written by a newer version of this course"
    if isinstance(error, OSError):
        return f"the disk says: {error.strerror or error}"
    return str(error)


def _merged(mine: dict, theirs: dict) -> dict:
    """Return one entry made of two, keeping fields of mine that are unknown."""
    times = [e["first_solved"] for e in (mine, theirs) if e.get("first_solved")]
    return {
        **mine,
        "status": _higher(mine.get("status"), theirs["status"]),
        "score": max(mine.get("score", 0.0), theirs["score"]),
        "points": mine.get("points", theirs["points"]),
        "attempts": max(mine.get("attempts", 0), theirs["attempts"]),
        "first_solved": min(times, default=None),
        "answer": _first_text(mine.get("answer"), theirs.get("answer")),
        "latest": _first_text(mine.get("latest"), theirs.get("latest")),
    }


def _first_text(mine: str | None, theirs: str | None) -> str | None:
    return theirs if mine is None else mine


# --- Showing ---------------------------------------------------------------

_WORDS = {
    "solved": "solved",
    "partly": "partly right",
    "wrong": "tried",
    "attempted": "tried",
    None: "not tried yet",
}
_MARKS = {"solved": "x", "partly": "/", "wrong": ".", "attempted": ".", None: " "}


def summary() -> list[Row]:
    """Return one :class:`Row` for each chapter of the course, in its order."""
    return _summary(load())


def _summary(progress: Progress) -> list[Row]:
    return [_row(c, progress.chapters.get(c.number, {})) for c in chapters.CHAPTERS]


def _row(chapter: chapters.Chapter, entries: dict[str, Entry]) -> Row:
    try:
        titles = {n: str(e.title) for n, e in chapter.exercises().items()}
        total = len(titles)
    except Exception:  # a broken chapter must not hide the others
        titles = {name: name for name in entries}
        total = None
    states = tuple(
        (title, entries[name].status if name in entries else None)
        for name, title in titles.items()
    )
    solved = sum(status == "solved" for _, status in states)
    attempted = sum(status is not None for _, status in states)
    return Row(chapter.number, chapter.title, solved, attempted, total, states)


class Picture:
    """Picture of the progress: SVG in a notebook, text anywhere else."""

    def __init__(self, rows: list[Row], notice: str | None = None):
        self.rows = rows
        self.notice = notice

    def __repr__(self) -> str:
        lines = ["Your progress", ""]
        width = max((len(row.title) for row in self.rows), default=0)
        for row in self.rows:
            lines.append(f"{row.number}  {row.title:<{width}}  {_fraction(row)}")
            if row.attempted:
                lines += [f"    [{_MARKS[s]}] {t}: {_WORDS[s]}" for t, s in row.states]
        lines += ["", f"Kept in {path()}"]
        return "\n".join(lines + ([self.notice] if self.notice else []))

    def _repr_html_(self) -> str:
        notice = f"<p>{escape(self.notice)}</p>" if self.notice else ""
        return f"<div>{_svg(self.rows)}{notice}</div>"

    def _repr_mimebundle_(self, include=None, exclude=None) -> dict[str, str]:
        return {"text/html": self._repr_html_(), "text/plain": repr(self)}


def show() -> Picture:
    """Return the picture of the progress; a cell that ends in it shows it."""
    progress = load()
    return Picture(_summary(progress), progress.notice)


def _fraction(row: Row) -> str:
    if row.total is None:
        return f"{row.solved} solved (its exercises cannot be listed)"
    return f"{row.solved} of {row.total} solved"


_ROW, _SIDE, _GAP = 30, 16, 4  # sizes in the picture, in pixels


def _svg(rows: list[Row]) -> str:
    labels = [f"{row.number}  {row.title}" for row in rows]
    start = 16 + 8 * max((len(label) for label in labels), default=0)
    squares = max((len(row.states) for row in rows), default=0)
    end = start + squares * (_SIDE + _GAP) + 8
    words = max((len(_fraction(row)) for row in rows), default=0)
    width, height = max(end + 8 * words, 460), _ROW * (len(rows) + 1) + 8
    parts = []
    for i, (row, label) in enumerate(zip(rows, labels, strict=True)):
        y = i * _ROW + 4
        parts.append(_text(0, y, label))
        for j, (title, status) in enumerate(row.states):
            tooltip = f"{title}: {_WORDS[status]}"
            parts.append(_square(start + j * (_SIDE + _GAP), y, status, tooltip))
        parts.append(_text(end, y, _fraction(row)))
    parts.append(_legend(_ROW * len(rows) + 12))
    spoken = "; ".join(f"chapter {r.number}, {r.title}: {_fraction(r)}" for r in rows)
    return (
        f'<svg role="img" aria-label="{escape(f"Your progress: {spoken}.")}" '
        f'xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {width} {height}" '
        f'width="{width}" height="{height}" style="max-width:100%;height:auto;'
        "color:var(--jp-ui-font-color1,currentColor);font:14px "
        f'var(--jp-ui-font-family,sans-serif)">{"".join(parts)}</svg>'
    )


def _text(x: int, y: int, text: str) -> str:
    return f'<text x="{x}" y="{y + 13}" fill="currentColor">{escape(text)}</text>'


def _square(x: int, y: int, status: str | None, tooltip: str) -> str:
    """Draw one exercise; each state differs in form, not in colour alone."""
    green = "var(--jp-success-color1,#388e3c)"
    box = f'x="{x}" y="{y}" width="{_SIDE}" height="{_SIDE}" rx="2"'
    frame = f'<rect {box} fill="none" stroke="currentColor" stroke-width="1.5"/>'
    inside = ""
    if status == "solved":
        inside = (
            f'<rect {box} fill="{green}"/><path d="M{x + 3.5} {y + 8.5}l3 3.5l6-7.5" '
            'fill="none" stroke="#fff" stroke-width="2"/>'
        )
    elif status == "partly":
        inside = (
            f'<rect x="{x}" y="{y + 8}" width="{_SIDE}" height="8" fill="{green}"/>'
        )
    elif status is not None:
        inside = f'<circle cx="{x + 8}" cy="{y + 8}" r="3" fill="currentColor"/>'
    return f"<g><title>{escape(tooltip)}</title>{inside}{frame}</g>"


def _legend(y: int) -> str:
    parts, x = [], 1  # half of a frame lies outside its box
    for status in ("solved", "partly", "wrong", None):
        word = _WORDS[status]
        parts += [_square(x, y, status, word), _text(x + _SIDE + _GAP, y, word)]
        x += _SIDE + _GAP + 8 * len(word) + 20
    return "".join(parts)


# --- Commands of `course progress` -----------------------------------------


def command_show() -> int:
    """Print the progress chapter by chapter; return the exit status."""
    _say(repr(show()))
    return 0


def command_export(file: str | Path) -> int:
    """Export to ``file``, say so, and return the exit status."""
    try:
        notice = export(file)
    except ProgressError as error:
        _say(str(error), sys.stderr)
        return 1
    what = "progress, solutions and drawings"
    if notice:
        what = "progress and your solutions"
        _say(notice)
    _say(
        f"Your {what} are in {file}. "
        f"Elsewhere, `course progress import {Path(file).name}` brings them in."
    )
    return 0


def command_import(file: str | Path) -> int:
    """Import from ``file``, say what is solved now, and return the exit status."""
    try:
        progress = import_(file)
    except ProgressError as error:
        _say(str(error), sys.stderr)
        return 1
    entries = [e for chapter in progress.chapters.values() for e in chapter.values()]
    solved = sum(entry.status == "solved" for entry in entries)
    if progress.notice:
        _say(progress.notice)
    _say(f"Imported {file}: your record now holds {solved} solved exercise(s).")
    return 0


def _say(text: str, stream=None) -> None:
    """Print, also to a terminal that lacks some of the characters."""
    stream = stream or sys.stdout
    encoding = getattr(stream, "encoding", None) or "utf-8"
    print(text.encode(encoding, "replace").decode(encoding), file=stream)
