"""10,000 random objects and functions at ``check``: none raises, none hangs.

In tests/exercises/test_any_answer.py: fewer, but chosen and made smaller by
hypothesis, with objects that bite at whatever is asked of them.
"""

import importlib.util
import math
import random
import time
from datetime import date
from decimal import Decimal
from fractions import Fraction

import numpy as np
import pytest

from course_utils.chapters import CHAPTERS
from course_utils.checking import core

ANSWERS = 10_000

EXERCISES = [
    exercise
    for chapter in CHAPTERS
    if importlib.util.find_spec(chapter.module)
    for exercise in chapter.exercises().values()
    # TensorFlow and the data are slow to load, and odd answers do not touch them.
    if not any(word in exercise.solution_source for word in ("keras", "tf."))
    and exercise.name not in ("by_hand", "rule")
]

SCALARS = [
    *(None, ..., True, False, NotImplemented, 0, 1, -1, 2**63, -(10**400), 0.0, -0.0),
    *(0.5, 1e308, 5e-324, math.nan, math.inf, -math.inf, 1j, complex("nan")),
    *("", "a", "B)", "\ud800", "\x00", "<b>", "a" * 30_000, b"a", bytearray(3)),
    *(Decimal("NaN"), Decimal(1), Fraction(1, 3), date(2026, 1, 1), slice(1), range(3)),
    *(np.float16(1), np.int8(-1), np.datetime64("NaT"), np.bool_(True), np.str_("b")),
    *(int, object, type, print, len, sum, np.sum, math.sqrt, str.upper, random, np),
    *(ValueError("x"), KeyboardInterrupt(), object(), iter([]), lambda: 0, super),
]
DTYPES = [*"?bBhHiIlLqQefdgFDG", "S3", "U3", "M8[s]", "m8[s]", "O", ">i4", "V5"]
DTYPES += [[("a", "f4"), ("b", "i2", (2,))]]

ARGUMENTS = ("a[0]", "a[-1]", "a", "(1)", "(0.5)", "np.zeros(0)", "'x'", "None", "b")
FUNCTIONS = ("sum", "max", "abs", "exp", "log", "sqrt", "transpose", "ravel", "argmax")
BUILTINS = ("len", "str", "float", "list", "sum", "max", "sorted", "repr", "bool", "id")
OPERATORS = ("+", "-", "*", "/", "//", "%", "@", "<", "==", "and", "or", "is", "in")
ERRORS = (ValueError, SystemExit, KeyboardInterrupt, RecursionError, MemoryError)
PARAMETERS = ("*a, b=2", "*a, b=2, **c", "b, *a", "b", "b, a", "a, b", "")


def value(rng, depth=0):
    """Return a random object: a scalar, an array, or containers of such."""
    kind = rng.randrange(8 if depth < 3 else 2)
    if kind == 0:
        return rng.choice(SCALARS)
    if kind in (1, 2):
        return array(rng)
    several = [value(rng, depth + 1) for _ in range(rng.randrange(5))]
    if kind in (3, 4):
        return several
    if kind == 5:
        return tuple(several)
    if kind == 6:
        return {rng.choice(["a", "W", 1, None]): each for each in several}
    return looped(several)


def array(rng):
    shape = [rng.choice([0, 1, 2, 3, 10]) for _ in range(rng.randrange(4))]
    made = np.zeros(shape, rng.choice(DTYPES))
    if made.dtype.kind in "iufc" and rng.random() < 0.7:
        with np.errstate(all="ignore"):
            numbers = np.random.default_rng(rng.randrange(99)).normal(size=shape)
            made = (numbers * rng.choice([1, 1e5, np.inf])).astype(made.dtype)
    views = [made.T, made[:0] if shape else made, np.broadcast_to(made, shape)]
    return rng.choice([made, *views])


def looped(several):
    several.append(several)
    return several


def expression(rng, depth=0):
    """Return the text of a random expression of the arguments ``a`` and ``b``."""
    kind = rng.randrange(9 if depth < 4 else 2)
    parts = [expression(rng, depth + 1) for _ in range(2)] if kind > 1 else []
    if kind <= 1:
        return rng.choice(ARGUMENTS)
    if kind <= 3:
        return f"({parts[0]} {rng.choice(OPERATORS)} {parts[1]})"
    if kind == 4:
        return f"np.{rng.choice(FUNCTIONS)}({parts[0]})"
    if kind == 5:
        return f"{rng.choice(BUILTINS)}({parts[0]})"
    if kind == 6:
        return f"({parts[0]}, {parts[1]})"
    if kind == 7:
        return f"{parts[0]}[{rng.choice(['0', '-1', ':', 'None', '...'])}]"
    return f"{parts[0]}.{rng.choice(['T', 'shape', 'mean()', 'sort()', 'fill(0)'])}"


def function(rng):
    """Return a random function: of the arguments, or of nothing at all."""
    parameters = rng.choice(PARAMETERS)
    if rng.random() < 0.2:
        result = value(rng)
        return eval(f"lambda {parameters}: result", {"result": result})
    if rng.random() < 0.1:
        source = f"def f({parameters}): raise error('x')"
        space = {"error": rng.choice(ERRORS)}
    else:
        body = [f"x = {expression(rng)}"] if rng.random() < 0.3 else []
        ending = rng.choice(["return", "return", "return", "yield", "print", "a ="])
        lines = "\n    ".join([*body, f"{ending} ({expression(rng)})"])
        start = "async def" if rng.random() < 0.03 else "def"
        source, space = f"{start} f({parameters}):\n    {lines}", {"np": np}
    exec(source, space)
    return space["f"]


@pytest.mark.timeout(900)
@pytest.mark.filterwarnings("ignore")
def test_10_000_random_answers_get_one_feedback_each(monkeypatch, capfd):
    shown = []
    monkeypatch.setattr(core, "display", lambda feedback: shown.append(repr(feedback)))
    monkeypatch.setattr(core.progress, "record", lambda *a, **k: None)
    rng = random.Random(2026)
    slowest = (0.0, None)
    for number in range(ANSWERS):
        exercise = EXERCISES[number % len(EXERCISES)]
        answer = function(rng) if rng.random() < 0.6 else value(rng)
        started = time.process_time()
        exercise.check(answer)
        slowest = max(slowest, (time.process_time() - started, exercise.name))
        assert len(shown) == number + 1
        assert shown[-1].strip()
    assert capfd.readouterr() == ("", "")
    assert slowest[0] < core.SECONDS + 5, slowest
