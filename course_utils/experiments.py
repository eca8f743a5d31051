"""The experiment log: every run with its settings, seed, curves and time.

One SQLite file in the learner's folder. Each run is written in a transaction
of its own, so two notebooks may write at once and a crash loses at most the
run that was under way. What cannot be written (a full or read-only disk) costs
one printed sentence: the run then stays in memory, and the lesson goes on.
"""

import contextlib
import json
import sqlite3
import uuid
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

import filelock

from course_utils import progress

_WAIT = 30.0
"""Seconds to wait for another notebook that is writing."""

_COLUMNS = "session, started, question, settings, seed, curves, seconds"
_SELECT = f"SELECT {_COLUMNS} FROM runs ORDER BY number"
_INSERT = f"INSERT INTO runs ({_COLUMNS}) VALUES (?, ?, ?, ?, ?, ?, ?)"
_TABLE = """CREATE TABLE IF NOT EXISTS runs (
    number INTEGER PRIMARY KEY, session TEXT NOT NULL, started TEXT NOT NULL,
    question TEXT NOT NULL, settings TEXT NOT NULL, seed INTEGER NOT NULL,
    curves TEXT NOT NULL, seconds REAL NOT NULL)"""

# A disk that is full or read-only, another notebook that takes too long, a
# number or text that SQLite does not hold.
_REFUSED = (sqlite3.Error, OSError, OverflowError, UnicodeError)


@dataclass(frozen=True)
class Run:
    """One run of an experiment.

    Attributes
    ----------
    question : str
        What the run was made to find out.
    settings : dict
        Every setting, also those that were not changed.
    seed : int
        What the random numbers started from.
    curves : dict of str to list of float
        One value for each epoch; ``val_accuracy`` is what tables show.
    seconds : float
        How long it took.
    started : str
        When it was written down, in UTC.
    """

    question: str
    settings: dict
    seed: int
    curves: dict
    seconds: float
    started: str

    @property
    def result(self) -> float:
        """The validation accuracy after the last epoch."""
        return self.curves["val_accuracy"][-1]


class Log:
    """The log in one file; :meth:`add` writes, :meth:`runs` reads.

    Parameters
    ----------
    path : Path, optional
        The file; without it ``experiments.sqlite`` in the learner's folder.
    """

    def __init__(self, path: Path | None = None):
        self.path = Path(path or progress.folder() / "experiments.sqlite")
        self.session = uuid.uuid4().hex
        self._unwritten: list[Run] = []
        self._looked_for_damage = False

    def add(self, question: str, record: dict) -> None:
        """Write a run down; never raises for want of room or rights.

        Parameters
        ----------
        question : str
            What the run was made to find out.
        record : dict
            ``settings``, ``seed``, ``curves`` and ``seconds``, as in
            :class:`Run`; plain numbers, texts, lists and dicts.

        Raises
        ------
        TypeError
            If the record holds what JSON cannot express, a NumPy number say.
        """
        now = datetime.now(UTC).isoformat(timespec="milliseconds")
        settings, curves = (json.dumps(record[name]) for name in ("settings", "curves"))
        seed, seconds = int(record["seed"]), float(record["seconds"])
        values = (self.session, now, question, settings, seed, curves, seconds)
        try:
            with self._open() as connection:
                connection.execute(_INSERT, values)
        except _REFUSED as error:
            if not self._unwritten:
                print(
                    f"The log {self.path} cannot be written ({error}); this "
                    "session's runs are kept in memory until the notebook ends."
                )
            self._unwritten.append(_run(*values[1:]))

    def runs(self, *questions: str, everything: bool = False) -> list[Run]:
        """Return runs in the order in which they were written.

        Parameters
        ----------
        *questions : str
            Only runs made for one of these; all questions when none is named.
        everything : bool
            Also the runs of other notebooks and earlier sessions.
        """
        found = []
        self._looked_for_damage = False
        with contextlib.suppress(*_REFUSED), self._open() as connection:
            for row in connection.execute(_SELECT):
                if everything or row[0] == self.session:
                    found.append(_run(*row[1:]))
        found += self._unwritten
        return [run for run in found if not questions or run.question in questions]

    @contextlib.contextmanager
    def _open(self) -> Iterator[sqlite3.Connection]:
        """Connect for one transaction: all of it is written, or nothing."""
        self.path.parent.mkdir(parents=True, exist_ok=True)
        if not self._looked_for_damage and self._damage():
            self._mend()
        self._looked_for_damage = True
        connection = self._connect()
        try:
            with connection:
                yield connection
        finally:
            connection.close()

    def _connect(self) -> sqlite3.Connection:
        connection = sqlite3.connect(self.path, timeout=_WAIT)
        try:
            connection.execute(_TABLE)
            connection.commit()
        except sqlite3.Error:
            connection.close()
            raise
        return connection

    def _damage(self) -> str | None:
        """Return what is wrong with the file; None if it is a whole log.

        SQLite finds damage only where it reads, so all of it is read.
        """
        try:
            with contextlib.closing(self._connect()) as connection:
                for row in connection.execute(_SELECT):
                    _run(*row[1:])
        except sqlite3.OperationalError as error:  # locked, read-only, no room
            return str(error) if "decode" in str(error) else None
        except (sqlite3.DatabaseError, ValueError) as error:
            return str(error)
        return None

    def _mend(self) -> None:
        """Keep a damaged file under another name; go on with what it still tells."""
        with filelock.FileLock(self.path.with_suffix(".lock"), timeout=_WAIT):
            problem = self._damage()
            if problem is None:
                return  # another notebook has done it meanwhile
            rows = self._readable()
            now = datetime.now(UTC).strftime("%Y%m%dT%H%M%S%f")
            name = f"{self.path.stem}.damaged-{now}{self.path.suffix}"
            self.path.rename(self.path.with_name(name))
            with contextlib.closing(self._connect()) as connection, connection:
                connection.executemany(_INSERT, rows)
        print(
            f"The log was damaged ({problem}). It is kept as {name}, and a new one "
            f"has been started with the {len(rows)} runs that could still be read."
        )

    def _readable(self) -> list[tuple]:
        """Return the rows of a damaged file, from both ends up to the damage."""
        found = {}
        for order in ("ASC", "DESC"):
            with (
                contextlib.suppress(sqlite3.Error),
                contextlib.closing(sqlite3.connect(self.path)) as connection,
            ):
                connection.text_factory = bytes
                select = f"SELECT number, {_COLUMNS} FROM runs ORDER BY number {order}"
                for number, *row in connection.execute(select):
                    with contextlib.suppress(ValueError, AttributeError):
                        text = [v.decode() if isinstance(v, bytes) else v for v in row]
                        _run(*text[1:])
                        found[number] = tuple(text)
        return [found[number] for number in sorted(found)]


def _run(started, question, settings, seed, curves, seconds) -> Run:
    return Run(
        question, json.loads(settings), seed, json.loads(curves), seconds, started
    )


def table(runs: Sequence[Run], base: dict) -> str:
    """Return runs as lines of text: what was changed, seed, result, seconds.

    Parameters
    ----------
    runs : sequence of Run
    base : dict
        The settings to compare with; only what differs from them is shown.
    """
    lines = [f"{'question':14} {'changed':36} seed  valid. accuracy  seconds"]
    for run in runs:
        changed = changes(base, run.settings)
        text = ", ".join(f"{name} {value}" for name, value in changed.items())
        lines.append(
            f"{run.question:14} {text or '–':36} {run.seed:4d} "
            f"{run.result:16.1%} {run.seconds:8.2f}"
        )
    return "\n".join(lines)


def changes(base: dict, settings: dict) -> dict:
    """Return the settings that are not those of ``base``."""
    return {
        name: value
        for name, value in settings.items()
        if name not in base or base[name] != value
    }
