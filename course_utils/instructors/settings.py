"""The settings of a course: one TOML file, checked when it is read.

Everything has a default, so the file may be missing or empty. A course keeps
it as ``course.toml``; :data:`EXAMPLE` is what a new one holds.
"""

import difflib
import math
import tomllib
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, time
from pathlib import Path
from typing import Any

from course_utils import chapters

EXAMPLE = """\
# The settings of this course. Remove a # to set something; after a change call
# `course assign` again, which checks the file.

# time_zone = "Europe/Berlin"  # of the due dates; without it they are in UTC
# exchange = "/srv/exchange"   # nbgrader's exchange; without it, exchange/ here

# [late]                       # without it, late work loses nothing
# per_day = 10                 # percent of the score for every day begun
# grace_hours = 1              # late by less than this counts as in time
# most = 50                    # percent; no more than this is ever taken

# [chapters.02]
# due = 2026-03-01T12:00:00    # a date alone means the end of that day
# points = { relu = 2, sigmoid = 0 }  # 0: not graded; the others keep theirs
# only = ["relu", "softmax"]   # grade these and no others
# withhold = ["relu"]          # solutions kept back until then; true: all
"""

_KEYS = ("time_zone", "exchange", "late", "chapters")
_LATE = ("per_day", "grace_hours", "most")
_CHAPTER = ("due", "points", "only", "withhold")


class SettingsError(Exception):
    """The settings cannot be used; the message says what is wrong and where."""


@dataclass(frozen=True)
class Late:
    """What late work loses.

    Attributes
    ----------
    per_day : float
        Percent of the score for every day begun.
    grace_hours : float
        Work that is late by less than this counts as in time.
    most : float
        Percent that are taken at the most.
    """

    per_day: float
    grace_hours: float = 0.0
    most: float = 100.0


@dataclass(frozen=True)
class ChapterSettings:
    """How one chapter is graded.

    Attributes
    ----------
    points : dict of str to float
        The graded exercises in the order of the chapter.
    withhold : tuple of str
        Exercises whose solutions are kept back.
    due : datetime or None
        With its time zone.
    """

    points: dict[str, float]
    withhold: tuple[str, ...] = ()
    due: datetime | None = None


@dataclass(frozen=True)
class Settings:
    """The settings of a course, checked, with every default filled in."""

    time_zone: str = "UTC"
    exchange: str | None = None
    late: Late | None = None
    chapters: dict[str, ChapterSettings] = field(default_factory=dict)


def read(path: Path | None, numbers: Iterable[str]) -> Settings:
    """Read the settings and check them.

    Parameters
    ----------
    path : Path or None
        A TOML file; None, or a file that does not exist, gives the defaults.
    numbers : iterable of str
        Numbers of the chapters wanted in ``Settings.chapters``. Those that the
        file names besides are checked too.

    Raises
    ------
    SettingsError
        If the file cannot be read or holds anything that has no meaning. The
        message names the file, the place, and the nearest name that exists.
    """
    numbers = list(numbers)
    table = {} if path is None or not path.exists() else _load(path)
    try:
        return _settings(table, numbers)
    except SettingsError as error:
        raise SettingsError(f"{path}: {error}" if table else str(error)) from None


def time_zone(name: str):
    """Return the time zone of this name.

    dateutil brings a table of its own, which Windows needs.

    Raises
    ------
    SettingsError
        If there is none.
    """
    from dateutil import tz

    # Without a slash a name such as PST may be anything; UTC is the exception.
    zone = tz.gettz(name) if "/" in name or name == "UTC" else None
    if zone is None:
        raise SettingsError(
            f'time_zone is {name!r}, which is no time zone: write "UTC", or a region '
            'and a city such as "Europe/Berlin".'
        )
    return zone


def due_date(value: Any, zone: str) -> datetime:
    """Return a due date with its time zone.

    Parameters
    ----------
    value : datetime, date or str
        A text in ISO form, such as ``2026-03-01`` or ``2026-03-01T12:00``. A
        date alone means the last minute of that day.
    zone : str
        Time zone of a value that names none.

    Raises
    ------
    SettingsError
        If it is not a date.
    """
    if isinstance(value, str):
        kind = date if len(value) <= 10 else datetime
        try:
            value = kind.fromisoformat(value)
        except ValueError:
            raise SettingsError(
                f"{value!r} is not a date: write it as 2026-03-01 or 2026-03-01T12:00."
            ) from None
    if isinstance(value, date) and not isinstance(value, datetime):
        value = datetime.combine(value, time(23, 59))
    if not isinstance(value, datetime):
        raise SettingsError(
            f"{value!r} is not a date: write it as 2026-03-01T12:00:00."
        )
    if value.tzinfo is None:
        value = value.replace(tzinfo=time_zone(zone))
    return value.astimezone(UTC)


# Reading and checking.


def _load(path: Path) -> dict:
    try:
        # Notepad on Windows puts a mark in front of UTF-8.
        return tomllib.loads(path.read_text(encoding="utf-8-sig"))
    except OSError as error:
        raise SettingsError(f"{path} cannot be read: {error.strerror}.") from None
    except UnicodeDecodeError:
        raise SettingsError(f"{path} is not UTF-8: save it in that encoding.") from None
    except tomllib.TOMLDecodeError as error:
        raise SettingsError(f"{path} is not valid TOML: {error}.") from None


def _settings(table: Mapping, numbers: list[str]) -> Settings:
    _only_known(table, _KEYS, "the file")
    zone = _text(table, "time_zone") or "UTC"
    time_zone(zone)
    given = _table(table.get("chapters", {}), "chapters")
    known = [chapter.number for chapter in chapters.CHAPTERS]
    for number in (*given, *numbers):
        if number not in known:
            raise SettingsError(
                f"There is no chapter {number!r}; there are {', '.join(known)}."
            )
    wanted = {
        number: _chapter(number, given.get(number, {}), zone)
        for number in known
        if number in given or number in numbers
    }
    return Settings(
        time_zone=zone,
        exchange=_text(table, "exchange"),
        late=_late(_table(table["late"], "late")) if "late" in table else None,
        chapters={number: wanted[number] for number in wanted if number in numbers},
    )


def _late(table: Mapping) -> Late:
    _only_known(table, _LATE, "[late]")
    if "per_day" not in table:
        raise SettingsError("[late] has no per_day: say how many percent a day costs.")
    return Late(
        _number(table["per_day"], "late.per_day", 100),
        _number(table.get("grace_hours", 0), "late.grace_hours", 10_000),
        _number(table.get("most", 100), "late.most", 100),
    )


def _chapter(number: str, table: Any, zone: str) -> ChapterSettings:
    where = f"chapters.{number}"
    _table(table, where)
    _only_known(table, _CHAPTER, f"[{where}]")
    exercises = chapters.chapter(number).exercises()
    only = _names(table.get("only", list(exercises)), exercises, f"{where}.only")
    points = {name: float(exercises[name].points) for name in exercises if name in only}
    given = _table(table.get("points", {}), f"{where}.points")
    _names(list(given), exercises, f"{where}.points")
    for name, value in given.items():
        counts = _number(value, f"{where}.points.{name}", 1000)
        if name not in points and counts > 0:
            raise SettingsError(
                f"{where}.points names {name!r}, which {where}.only leaves out: "
                "put it into both or into neither."
            )
        points[name] = counts
    held = table.get("withhold", [])
    held = list(exercises) if held is True else [] if held is False else held
    return ChapterSettings(
        points={name: value for name, value in points.items() if value > 0},
        withhold=tuple(_names(held, exercises, f"{where}.withhold")),
        due=due_date(table["due"], zone) if "due" in table else None,
    )


def _only_known(table: Mapping, known: Iterable[str], where: str) -> None:
    for key in table:
        if key not in known:
            raise SettingsError(
                f"{where} holds {key!r}, which means nothing{_instead(key, known)}"
            )


def _names(value: Any, known: Mapping, where: str) -> list[str]:
    """Return a list of names of exercises, in the order of the chapter."""
    if not isinstance(value, list) or not all(isinstance(name, str) for name in value):
        raise SettingsError(f'{where} is a list of names such as ["relu"].')
    for name in value:
        if name not in known:
            raise SettingsError(
                f"{where} names {name!r}, and there is no such exercise"
                f"{_instead(name, known)}"
            )
    return [name for name in known if name in value]


def _instead(name: str, known: Iterable[str]) -> str:
    near = difflib.get_close_matches(name, known, n=1, cutoff=0.5)
    if near:
        return f": did you mean {near[0]!r}?"
    return f"; there are {', '.join(known)}."


def _text(table: Mapping, key: str) -> str | None:
    value = table.get(key)
    if value is not None and (not isinstance(value, str) or not value.strip()):
        raise SettingsError(f"{key} is a text in quotation marks; this is {value!r}.")
    return value


def _table(value: Any, where: str) -> Mapping:
    if not isinstance(value, Mapping):
        raise SettingsError(f"{where} is a table with a heading [{where}].")
    return value


def _number(value: Any, where: str, most: float) -> float:
    usual = isinstance(value, int | float) and not isinstance(value, bool)
    if not usual or not math.isfinite(value) or not 0 <= value <= most:
        raise SettingsError(
            f"{where} is a number from 0 to {most:,}; this is {value!r}."
        )
    return float(value)
