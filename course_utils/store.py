"""What has to last of a learner's work: one SQLite file in the learner's folder.

Progress, drawings and the log of experiments are its tables, and :func:`use` is
the only way in. Each record is a transaction of its own, so two notebooks may
write at once, and a crash costs at most what was being written. SQLite keeps a
rollback journal, because the other kind does not work in home folders on a
network.

The tables check every value themselves, so one rule decides what a record, an
import and the remains of a damaged file may hold.
"""

import contextlib
import json
import os
import sqlite3
import sys
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import filelock
import platformdirs

from course_utils import files
from course_utils.chapters import PROJECT

VERSION = 1
"""Version of the tables; a file with a higher one is left untouched."""

SECONDS = 5.0
"""How long to wait for another notebook that is writing."""

MAX_ANSWER = 20_000
"""Longest source of one answer that is kept, in characters."""

MAX_DRAWINGS = 500
"""Number of drawings that are kept at the most."""

_NAME = "typeof({0}) = 'text' AND {0} NOT GLOB '*[^A-Za-z0-9_]*'"
_NAME += " AND length({0}) BETWEEN 1 AND 100"
_AMOUNT = "typeof({0}) IN ('integer', 'real') AND {0} BETWEEN 0 AND 1e6"
_COUNT = "typeof({0}) = 'integer' AND {0} BETWEEN 0 AND "
_SOURCE = f"{{0}} IS NULL OR typeof({{0}}) = 'text' AND length({{0}}) <= {MAX_ANSWER}"
_JSON = "typeof({0}) = 'text' AND json_valid({0})"

TABLES = {
    "entries": {
        "chapter": _NAME,
        "exercise": _NAME,
        "status": "ifnull({0}, '') IN ('attempted', 'wrong', 'partly', 'solved')",
        "score": _AMOUNT,
        "points": _AMOUNT,
        "attempts": _COUNT + "1000000000",
        "first_solved": "{0} IS NULL OR {0} IS strftime('%Y-%m-%dT%H:%M:%SZ', {0})",
        "answer": _SOURCE,
        "latest": _SOURCE,
    },
    "drawings": {
        "name": "typeof({0}) = 'text' AND length({0}) <= 100",
        "label": _COUNT + "9",
        "pixels": "typeof({0}) = 'blob' AND length({0}) = 784",
    },
    "runs": {
        "session": "typeof({0}) = 'text'",
        "started": "typeof({0}) = 'text'",
        "question": "typeof({0}) = 'text'",
        "settings": _JSON,
        "seed": "typeof({0}) = 'integer'",
        "curves": _JSON,
        "seconds": "typeof({0}) IN ('integer', 'real')",
    },
}
"""The columns of each table, with the condition that each value meets."""

_UNIQUE = {"entries": "chapter, exercise", "drawings": "name"}

# SQLite's codes for a file that is not, or no longer, what it should be. The last:
# of a damaged index, too, it says that a value is there already.
_DAMAGE = {
    *(sqlite3.SQLITE_ERROR, sqlite3.SQLITE_CORRUPT, sqlite3.SQLITE_NOTADB),
    sqlite3.SQLITE_CONSTRAINT,
}

# What a damaged file can raise: also Python's own errors, where a value has another
# type or SQLite's message is not UTF-8.
_TELLING = (sqlite3.DatabaseError, ValueError, TypeError)

_checked: set[Path] = set()  # files that this process has read through


class NewerError(Exception):
    """The file was written by a newer version of the course."""

    def __str__(self):
        return "a newer version of this course wrote it"


REFUSED = (sqlite3.Error, OSError, OverflowError, UnicodeError, NewerError)
"""What :func:`use` raises where something could not be read or written."""


def folder() -> Path:
    """Return the learner's folder: ``COURSE_HOME``, else the user's own."""
    home = os.environ.get("COURSE_HOME")
    if home:
        return Path(os.path.expanduser(home))
    try:
        return platformdirs.user_data_path("deep-learning-course", appauthor=False)
    except RuntimeError:  # no HOME, and a user whom the system does not know
        return PROJECT / ".course-home"


def path() -> Path:
    """Return the file of the store, whether or not it exists yet."""
    return folder() / "course.sqlite"


def use(
    work: Callable[[sqlite3.Connection], Any], *, write: bool = False
) -> tuple[Any, str | None]:
    """Run ``work`` in one transaction: all of it is written, or nothing.

    A damaged file is set aside under another name, and the work is done with a
    new file that holds what could still be read.

    Parameters
    ----------
    work : callable
        Gets the connection, and makes of the rows what is wanted: a value that
        makes no sense then counts as damage. It may run a second time, so it
        changes nothing but the tables.
    write : bool
        Whether it writes. Only then is the file made, if there is none.

    Returns
    -------
    value : object
        What ``work`` returns.
    notice : str or None
        A sentence for the learner if something had to be put right.

    Raises
    ------
    REFUSED
        If the disk refuses, another program holds the file for more than
        :data:`SECONDS`, or a newer version of the course wrote it.
    """
    notices: list[str] = []
    try:
        if path() not in _checked:  # SQLite finds damage only where it reads
            notices += _mended()
            _checked.add(path())
        return _transaction(work, write, notices), " ".join(notices) or None
    except _TELLING as error:
        if not (_code(error) in _DAMAGE and (mended := _mended())):
            raise
    return _transaction(work, write, mended), " ".join(mended)


def explained(lead: str, error: Exception) -> str:
    """Return in one sentence for the learner what ``error`` kept from happening.

    ``lead`` says that, without a full stop: "Your result was not recorded".
    """
    if isinstance(error, filelock.Timeout) or _code(error) == sqlite3.SQLITE_BUSY:
        return (
            f"{lead}, because another program has held {path()} for "
            f"{SECONDS:.0f} seconds; run the cell again."
        )
    if isinstance(error, NewerError):
        return (
            f"{lead}, because {path()} was written by a newer version of this "
            "course; it is untouched, and updating the course makes it readable."
        )
    if isinstance(error, OSError | sqlite3.OperationalError):
        reason = getattr(error, "strerror", None) or error
        file = getattr(error, "filename", None) or path()
        return (
            f"{lead}, because the disk refused {file} ({reason}); the lesson goes "
            "on, and `course doctor` says more."
        )
    return f"{lead}, because of an unexpected {type(error).__name__}."


# --- One transaction -------------------------------------------------------


def _in_memory() -> bool:
    """Tell whether SQLite cannot open a file here: in a browser's Python.

    There the data base lives in memory, is read from the file before each use and
    written whole to it afterwards, and no other process has to be kept out.
    """
    return sys.platform == "emscripten"


def _transaction(work: Callable, write: bool, notices: list[str]) -> Any:
    """Return what ``work`` does; add to ``notices`` what the learner should know."""
    if write:
        folder().mkdir(parents=True, exist_ok=True)
    while True:
        identity = _identity()
        with contextlib.closing(_connect(write or identity is not None)) as connection:
            connection.execute("BEGIN IMMEDIATE" if write else "BEGIN")
            if write and identity not in (None, _identity()):
                continue  # it was set aside meanwhile: what is written would be lost
            version = _version(connection)
            if version > VERSION:
                raise NewerError
            if version < VERSION:  # new; or not there, and read from memory
                create(connection)
                notices += _take_over(connection)
            value = work(connection)
            connection.execute("COMMIT")
            if write and _in_memory():
                files.write_whole(path(), connection.serialize())
            return value


def _identity() -> int | None:
    """Return what tells the file from another of its name; None if there is none."""
    try:
        status = os.stat(path())
    except FileNotFoundError:
        return None
    return status.st_ino if status.st_size else None  # empty is as good as not there


def _connect(with_file: bool = True) -> sqlite3.Connection:
    """Open the file, or a data base in memory, with the file's content if wanted."""
    if with_file and not _in_memory():
        return sqlite3.connect(path(), timeout=SECONDS, isolation_level=None)
    connection = sqlite3.connect(":memory:", isolation_level=None)
    if with_file and path().exists():
        connection.deserialize(path().read_bytes())
    return connection


def _version(connection: sqlite3.Connection) -> int:
    return connection.execute("PRAGMA user_version").fetchone()[0]


def create(connection: sqlite3.Connection) -> None:
    """Make the tables in an empty data base."""
    for table, columns in TABLES.items():
        parts = [f"{c} CHECK ({text.format(c)})" for c, text in columns.items()]
        parts += [f"UNIQUE ({_UNIQUE[table]})"] if table in _UNIQUE else []
        connection.execute(
            f"CREATE TABLE {table} (number INTEGER PRIMARY KEY, {', '.join(parts)})"
        )
    connection.execute(f"PRAGMA user_version = {VERSION}")


def insert(connection: sqlite3.Connection, table: str, row: tuple) -> None:
    """Insert a row: the columns of a table in their order, without the number.

    Raises
    ------
    sqlite3.Error, OverflowError, UnicodeError
        If a value is not what its column may hold.
    """
    names, marks = ", ".join(TABLES[table]), ", ".join("?" * len(TABLES[table]))
    connection.execute(f"INSERT INTO {table} ({names}) VALUES ({marks})", row)


def drop_drawings(connection: sqlite3.Connection) -> int:
    """Take the newest drawings away where there are too many; return how many."""
    kept = f"SELECT number FROM drawings ORDER BY number LIMIT {MAX_DRAWINGS}"
    return connection.execute(
        f"DELETE FROM drawings WHERE number NOT IN ({kept})"
    ).rowcount


# --- Damage ----------------------------------------------------------------


def _code(error: Exception) -> int:
    """Return SQLite's code for an error; Python gives none for a text not UTF-8."""
    return getattr(error, "sqlite_errorcode", sqlite3.SQLITE_ERROR) & 0xFF


def _is_damaged() -> bool:
    """Read the whole file, and tell whether it is not, or no longer, a store."""
    if not path().exists() or path().is_dir():
        return False  # a folder is somebody's own, and stays
    if not path().is_file():
        return True  # a pipe, say, would be waited for
    try:
        with contextlib.closing(_connect()) as connection:
            version = _version(connection)
            count = "SELECT count(*) FROM sqlite_master"
            if version > VERSION or not connection.execute(count).fetchone()[0]:
                return False
            (answer,) = connection.execute("PRAGMA integrity_check(1)").fetchone()
            for table in TABLES:
                connection.execute(f"SELECT * FROM {table}").fetchall()
            return answer != "ok"
    except _TELLING as error:
        if _code(error) not in _DAMAGE:
            raise
        return True


def _mended() -> list[str]:
    """Set a damaged file aside and put one there with what could still be read."""
    if not _is_damaged():
        return []
    with (
        _only_one(),
        contextlib.closing(_connect(path().is_file())) as damaged,
        contextlib.closing(_connect(with_file=False)) as fresh,
    ):
        if not _is_damaged():
            return []  # another notebook has done it meanwhile
        try:
            damaged.execute("BEGIN EXCLUSIVE")  # nobody writes to it from now on
        except _TELLING as error:
            if _code(error) == sqlite3.SQLITE_BUSY:
                raise
        create(fresh)
        for table, row in _readable(damaged):
            with contextlib.suppress(*REFUSED):
                insert(fresh, table, row)
        draft = path().resolve().with_suffix(".new")
        files.write_whole(draft, fresh.serialize())
        if os.name == "nt":
            damaged.close()  # Windows renames nothing that is open
        journal = Path(f"{path().resolve()}-journal")
        if journal.exists():  # it would be taken for the new file's
            files.set_aside(journal)
        aside = files.set_aside(path(), draft)
        return [
            "The file with your progress, drawings and experiments was damaged, so it "
            f"was set aside as {aside}; a new one goes on with the "
            f"{fresh.total_changes} records that could still be read."
        ]


def _only_one() -> contextlib.AbstractContextManager:
    """Keep other notebooks from mending the same file."""
    if _in_memory():
        return contextlib.nullcontext()
    return filelock.FileLock(folder() / "course.lock", timeout=SECONDS)


def _readable(connection: sqlite3.Connection) -> list[tuple[str, tuple]]:
    """Return the rows of a damaged file, from both ends up to the damage."""
    found: dict[tuple[str, int], tuple] = {}
    with contextlib.suppress(*_TELLING):  # also a file that was cut short
        connection.execute("PRAGMA writable_schema = ON")
    # What is not UTF-8 is read all the same; no table takes it afterwards.
    connection.text_factory = lambda text: text.decode(errors="surrogateescape")
    for table, columns in TABLES.items():
        select = f"SELECT number, {', '.join(columns)} FROM {table} ORDER BY number"
        for order in ("ASC", "DESC"):
            with contextlib.suppress(*_TELLING):
                for number, *row in connection.execute(f"{select} {order}"):
                    found[table, number] = tuple(row)
    return [(table, found[table, number]) for table, number in sorted(found)]


# --- Files of JSON: exports, and what older versions of the course left ----

EXPORT = "deep-learning-course progress export"
_FORMATS = (EXPORT, "deep-learning-course progress", "deep-learning-course drawings")


class FormatError(ValueError):
    """A file is none of this course's; the message completes "because"."""


def decoded(data: bytes) -> dict[str, list[tuple]]:
    """Return the rows that an export, or a file of an older version, holds.

    Parameters
    ----------
    data : bytes
        JSON with ``format``, ``version``, and ``chapters`` or ``drawings``.

    Returns
    -------
    dict of str to list of tuple
        Rows of ``entries`` and ``drawings``, as :func:`insert` takes them. Fields
        that this version does not know are left out.

    Raises
    ------
    FormatError
        If it is anything else.
    NewerError
        If a newer version of the course wrote it.
    """
    try:
        document = json.loads(data)
    except (ValueError, RecursionError):
        raise FormatError("it is not valid JSON") from None
    if not isinstance(document, dict) or document.get("format") not in _FORMATS:
        raise FormatError("it was not made by this course")
    if isinstance(version := document.get("version"), int) and version > 1:
        raise NewerError
    fields = list(TABLES["entries"])[2:]
    try:
        entries = [
            (chapter, name, *map(entry.get, fields))
            for chapter, entries in document.get("chapters", {}).items()
            for name, entry in entries.items()
        ]
        drawings = [
            (drawing["name"], drawing["label"], bytes.fromhex(drawing["pixels"]))
            for drawing in document.get("drawings", [])
        ]
        with contextlib.closing(_connect(with_file=False)) as scratch:
            create(scratch)  # the tables themselves say what they can hold
            for row in entries:
                insert(scratch, "entries", row)
            for row in drawings:
                insert(scratch, "drawings", row)
    except (AttributeError, LookupError, TypeError, ValueError, *REFUSED):
        raise FormatError("one of its exercises or drawings is malformed") from None
    return {"entries": entries, "drawings": drawings}


def _take_over(connection: sqlite3.Connection) -> Iterator[str]:
    """Fill new tables from files of older versions, which stay as they are."""
    for name in ("progress.json", "drawings.json", "experiments.sqlite"):
        file = folder() / name
        try:
            if not os.path.lexists(file):
                continue
            for table, rows in _old_rows(file).items():
                for row in rows:
                    insert(connection, table, row)
        except (*REFUSED, FormatError) as error:
            yield (
                f"{file} is from an older version of the course and could not be read "
                f"({error}): it is kept, and what it holds was not taken over."
            )


def _old_rows(file: Path) -> dict[str, list[tuple]]:
    if file.suffix == ".json":
        return decoded(files.read_at_most(file, 50_000_000))
    select = f"SELECT {', '.join(TABLES['runs'])} FROM runs ORDER BY number"
    with contextlib.closing(sqlite3.connect(file, timeout=SECONDS)) as old:
        return {"runs": old.execute(select).fetchall()}
