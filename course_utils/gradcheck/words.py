"""Words for the sentences that learners read."""

import linecache
import os
import sysconfig
import traceback
from collections.abc import Iterable, Mapping, Sized
from typing import Any

from course_utils.checking import guard
from course_utils.checking.values import kind

_OURS = (os.path.dirname(__file__) + os.sep, guard.__file__)


def listed(names: Iterable[str]) -> str:
    """Return ``a, b and c``."""
    names = list(names)
    if len(names) < 2:
        return "".join(names)
    return ", ".join(names[:-1]) + " and " + names[-1]


def verb(what: int | Sized, one: str, many: str) -> str:
    """Return the form of a verb that fits a count, or the length of a list."""
    count = what if isinstance(what, int) else len(what)
    return one if count == 1 else many


def plural(count: int, word: str) -> str:
    """Return a noun, with an s unless there is just one."""
    return word if count == 1 else word + "s"


def described(value: Any) -> str:
    """Say what sort of thing a value is; never raises."""
    try:
        if isinstance(value, Mapping):
            return "a dict"
        if value is ...:
            return "`...`, the place for your code"
        return kind(value)
    except Exception:
        return "something else"


def raised(error: BaseException) -> str:
    """Say what was raised, and in which line of the learner's own code."""
    name = type(error).__name__
    try:
        message = str(error).splitlines()[0][:200]
    except Exception:
        message = ""
    text = f"{name}: {message}" if message else name
    own = [
        (frame.f_code, line)
        for frame, line in traceback.walk_tb(error.__traceback__)
        if _is_learners(frame.f_code.co_filename)
    ]
    if not own:
        return text + "."
    code, line = own[-1]
    source = linecache.getline(code.co_filename, line).strip()
    source = f": `{source}`" if source else ""
    return f"{text} (in {code.co_name}, line {line}{source})."


def _is_learners(file: str) -> bool:
    """Tell code of a notebook or a file of its own from that of libraries."""
    paths = sysconfig.get_paths()
    libraries = [paths[name] for name in ("stdlib", "platstdlib", "purelib", "platlib")]
    foreign = (*(folder + os.sep for folder in libraries), *_OURS)
    return not file.startswith(foreign) and "<frozen" not in file
