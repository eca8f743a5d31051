"""Score an answer with an engine that the learner's code has not touched.

The hidden lines of a graded cell take every module of the course out of
``sys.modules`` and import this one afresh from disk, so that a redefined
``check``, a patched class or a replaced scorer counts for nothing. Code in the
same process can still get at anything; INSTRUCTORS.md says what follows.
"""

import sys
from collections.abc import Mapping
from types import ModuleType
from typing import Any

from course_utils import chapters
from course_utils.checking.core import Verdict

MIME = "application/vnd.course.verdict+json"
"""Type of the output in which a graded cell leaves its verdict."""


def points(
    number: str, name: str, answer: Any, of: float, before: Mapping[str, ModuleType]
) -> int | float:
    """Return the points that an answer earns, and leave the verdict as an output.

    The course's own solution earns nothing.

    Parameters
    ----------
    number : str
        Chapter.
    name : str
        Exercise.
    answer : object
        What the learner hands to ``check``; None where the name is missing.
    of : float
        Points for a right answer.
    before : mapping of str to module
        The modules that were taken out of ``sys.modules``; they go back, so that
        the notebook goes on with what it had.

    Returns
    -------
    int or float
        nbgrader takes a bare number as the cell's last value for its points.
    """
    if _handed_out(number, name, answer, before):
        found = Verdict("stand-in")
    else:
        found, _ = chapters.chapter(number).exercises()[name]._verdict(answer)
    earned = round(of * found.credit, 2)
    earned = int(earned) if earned == int(earned) else earned
    for module in [*sys.modules]:
        if module.split(".")[0] == "course_utils":
            del sys.modules[module]
    sys.modules.update(before)
    from IPython.display import display

    record = {
        "chapter": number,
        "exercise": name,
        "status": found.status,
        "mistake": found.mistake,
        "points": earned,
        "of": of,
    }
    display({MIME: record, "text/plain": f"{name}: {found.status}"}, raw=True)
    return earned


def _handed_out(number: str, name: str, answer: Any, before: Mapping) -> bool:
    """Tell whether an answer is what ``check`` gave in place of one.

    A function, a class, a number or a text of the course says so by its module;
    an array only by being the very one that the notebook's engine handed out.
    """
    for part in (answer, type(answer)):
        module = getattr(part, "__module__", None)
        if isinstance(module, str) and module.split(".")[0] == "course_utils":
            return True
    try:
        engine = before[chapters.chapter(number).module].exercises[name]
        return any(answer is given for given in engine._handed_out)
    except Exception:
        return False  # the learner's code did something to the engine
