"""Compare what came back with what was expected, and put it into words."""

import functools
import inspect
import numbers
from collections.abc import Mapping
from decimal import Decimal
from fractions import Fraction
from typing import Any

import numpy as np

_LONGEST = 10**7  # numbers of a `range` that are worth writing out


def as_array(value: Any) -> np.ndarray | None:
    """Return ``value`` as an array of numbers or truth values, else ``None``.

    Takes numbers, nested lists, NumPy arrays and whatever can turn itself into
    an array (a TensorFlow tensor, for instance).
    """
    if value is None or isinstance(value, str | bytes | Mapping | set | frozenset):
        return None
    if isinstance(value, range) and value[_LONGEST:]:
        return None
    if isinstance(value, Fraction | Decimal):
        value = float(value)
    try:
        if isinstance(value, list | tuple) and any(as_array(v) is None for v in value):
            return None
        array = np.asarray(value)
        if array.dtype == object and isinstance(value, list | tuple):
            array = array.astype(float)  # of fractions
    except Exception:  # a RecursionError among them, from a list in itself
        return None
    return array if array.dtype.kind in "biufc" else None


def mismatch(expected: Any, got: Any, rtol: float, atol: float) -> str | None:
    """Say how ``got`` differs from ``expected``: shape first, then values.

    Parameters
    ----------
    expected, got : object
        Numbers, arrays, strings, ``None``, or tuples, lists and dicts of them.
    rtol, atol : float
        Relative and absolute tolerance, as in :func:`numpy.isclose`.

    Returns
    -------
    str or None
        One or two sentences, or ``None`` when the two are equal.
    """
    if got is None and expected is not None:
        return (
            "It returned None. Is the `return` line missing, or is there a way "
            "through your code that does not come to one?"
        )
    if getattr(got, "__name__", "") == "<genexpr>":
        got.close()
        return (
            "It returned a generator, which has not computed anything yet: put "
            "square brackets around it in place of round ones."
        )
    if inspect.isgenerator(got) or inspect.iscoroutine(got):
        got.close()
        return "It did not return a value: use `return`, without `yield` or `async`."
    target = None if _has_arrays(expected) else as_array(expected)
    if target is not None:
        return _array_mismatch(target, got, rtol, atol)
    if isinstance(expected, np.ndarray):  # of texts
        expected = expected.tolist()
    if isinstance(got, np.ndarray) and as_array(got) is None:
        got = got.tolist()
    if isinstance(expected, tuple | list):
        return _sequence_mismatch(expected, got, rtol, atol)
    if isinstance(expected, Mapping):
        return _mapping_mismatch(expected, got, rtol, atol)
    if type(got) is type(expected) or isinstance(got, str):
        if got == expected:
            return None
        return f"Expected {show(expected)}, got {show(got)}."
    return f"Expected {kind(expected)}, got {kind(got)}."


def _has_arrays(value: Any) -> bool:
    """Tell several results, each an array, from the one array they could make."""
    return isinstance(value, tuple) and any(np.ndim(as_array(v)) for v in value)


def _array_mismatch(target, got, rtol, atol):
    array = as_array(got)
    if array is None:
        return f"Expected {kind(target)}, got {kind(got)}."
    if array.shape != target.shape:
        arranged = _arrangement(target, array)
        return f"Expected {kind(target)}, got {kind(got)}.{arranged}"
    if np.isnan(array).any() and not np.isnan(target).any():
        return (
            "The result contains NaN, that is, not a number: "
            "it comes from an overflow, from 0 / 0 or from 0 times infinity."
        )
    if (array.dtype.kind == "c") != (target.dtype.kind == "c"):
        return f"Expected {kind(target)}, got complex numbers."
    with np.errstate(all="ignore"):
        close = np.isclose(array, target, rtol=rtol, atol=atol, equal_nan=True)
    if close.all():
        return None
    related = _relation(target, array)
    if target.ndim == 0:
        return f"Expected {show(target)}, got {show(array)}.{related}"
    where = tuple(int(i) for i in np.argwhere(~close)[0])
    index = ", ".join(map(str, where))
    amount = f"{np.count_nonzero(~close)} of {close.size} values differ"
    first = f"at [{index}] {number(target[where])} was expected"
    return f"{amount}; the first: {first}, {number(array[where])} came back.{related}"


def _arrangement(target: np.ndarray, array: np.ndarray) -> str:
    """Say what is the matter with the shape, where the numbers tell."""
    if array.size < 2:  # one number that is right may be so by chance
        return ""
    if target.ndim == 1 and array.shape == 2 * target.shape:
        n = len(target)
        return f" Shapes ({n}, 1) and ({n},) combined give ({n}, {n}): was that it?"
    if array.size != target.size or array.size == 0:
        return ""
    if array.T.shape == target.shape and np.allclose(array.T, target):
        return " The numbers are right, but rows and columns are swapped."
    if np.allclose(array.ravel(), target.ravel()):
        return " What stands in it is right; only the shape is not."
    return ""


def _relation(target: np.ndarray, array: np.ndarray) -> str:
    """Say how wrong numbers follow from the right ones, where that is plain."""
    both = np.stack([target, array]).astype(complex)
    if array.dtype.kind == "b" and target.dtype.kind != "b":
        return " Yours is made of True and False."
    if not np.isfinite(both).all() or (both.imag != 0).any() or not array.any():
        return ""
    target, array = both.real
    used = target != 0
    several = np.count_nonzero(used) > 1
    for decimals in range(0 if several else 1, 4):
        if np.allclose(array, np.round(target, decimals), rtol=1e-9, atol=1e-9):
            to = ("whole numbers", "1 decimal", "2 decimals", "3 decimals")[decimals]
            return f" That looks rounded to {to}; keep all the digits."
    if np.array_equal(array, np.floor(target)):
        return " Was it rounded down, by a `//` or an `int`?"
    # One wrong number among zeros, or a wrong count, is a multiple by chance.
    if not several and (target.ndim or target % 1 == 0):
        return ""
    factor = array[used][0] / target[used][0]
    if factor == 0 or not np.allclose(array, factor * target, rtol=1e-4):
        return ""
    if np.isclose(factor, 1, rtol=1e-3):
        return " That is close, and not equal: is something rounded, or added?"
    if np.isclose(factor, -1, rtol=1e-4):
        return " Only the sign is wrong."
    simple = np.isclose(max(abs(factor), 1 / abs(factor)) % 1, [0, 1], atol=1e-3).any()
    return (
        f" That is {factor:.4g} times what was expected." if simple or several else ""
    )


def _sequence_mismatch(expected, got, rtol, atol):
    if isinstance(got, np.ndarray) and got.ndim and len(got) == len(expected):
        got = list(got)
    wanted = f"{len(expected)} result{'' if len(expected) == 1 else 's'}"
    if not isinstance(got, tuple | list):
        return f"Expected {wanted}, got {kind(got)}."
    if len(got) != len(expected):
        return f"Expected {wanted}, got {len(got)}."
    for position, (target, value) in enumerate(zip(expected, got, strict=True), 1):
        found = _part_mismatch(target, value, rtol, atol)
        if found:
            return f"Result {position} of {len(expected)}: {found}"
    return None


def _mapping_mismatch(expected, got, rtol, atol):
    if not isinstance(got, Mapping):
        return f"Expected a dict, got {kind(got)}."
    missing = [key for key in expected if key not in got]
    if missing:
        return f"The key {missing[0]!r} is missing."
    surplus = [key for key in got if key not in expected]
    if surplus:
        return f"The key {surplus[0]!r} is not expected."
    for key, target in expected.items():
        found = _part_mismatch(target, got[key], rtol, atol)
        if found:
            return f"{key!r}: {found}"
    return None


def wrong_form(expected: Any, got: Any) -> str | None:
    """Say what is wrong with the form of a result whose numbers are right.

    A list compares equal to the array with the same numbers, and yet a cell that
    computes with it stops.

    Returns
    -------
    str or None
        A sentence or two; None where later cells can work with the result.
    """
    if isinstance(expected, np.ndarray) and expected.ndim:
        if isinstance(got, list | tuple):
            return (
                f"The numbers are right, and they come in a {type(got).__name__}. To "
                "compute with them, as later cells may, takes an array: `np.array` "
                "makes one of it."
            )
        if hasattr(got, "numpy"):
            return (
                "The numbers are right, and they come in a tensor. Later cells may use "
                "what only NumPy's arrays have: `.numpy()` makes one of it."
            )
    if isinstance(expected, Mapping):
        pairs = [(part, got[key]) for key, part in expected.items()]
    elif isinstance(expected, tuple | list) and isinstance(got, tuple | list):
        pairs = zip(expected, got, strict=True)
    else:
        return None
    return next((text for pair in pairs if (text := wrong_form(*pair))), None)


def _part_mismatch(expected, got, rtol, atol):
    if got is None and expected is not None:  # no `return` is missing here
        return f"Expected {kind(expected)}, got None."
    return mismatch(expected, got, rtol, atol)


def kind(value: Any) -> str:
    """Say in plain words what sort of thing ``value`` is."""
    if value is None:
        return "None"
    if isinstance(value, str):
        return "a text"
    if isinstance(value, bool | np.bool_):
        return "True or False"
    if isinstance(value, type):
        return "a class"
    if inspect.isroutine(value) or isinstance(value, np.ufunc | functools.partial):
        return "a function"
    array = as_array(value)
    if _has_arrays(value):
        return f"a tuple of {len(value)} results"
    if array is None:
        return _unusual(value)
    if array.dtype.kind == "c" and array.ndim == 0:
        return "a complex number"
    return "one number" if array.ndim == 0 else f"an array of {shape(array)}"


def _unusual(value: Any) -> str:
    """Say what sort of thing it is that :func:`as_array` cannot take."""
    name = type(value).__name__
    if isinstance(value, list | tuple):
        if any(map(callable, value)):
            return f"a {name} with a function in it: are the brackets of a call missing"
        return f"a {name} that does not make an array of numbers"
    if isinstance(value, np.ndarray):
        return f"an array of dtype {str(value.dtype)[:60]}"
    if isinstance(value, int):
        return "a number too large to compare"
    if isinstance(value, numbers.Number):
        return f"a number of type {name}"
    return f"an object of type {name}"


def shape(array: np.ndarray) -> str:
    """Return the shape in words: ``shape (3, 2)`` or ``one number``."""
    return f"shape {array.shape}" if array.ndim else "one number"


def number(value: Any) -> str:
    """Write one number with up to eight significant digits."""
    if isinstance(value, bool | np.bool_):
        return str(bool(value))
    if isinstance(value, complex | np.complexfloating):
        return str(complex(value))
    if isinstance(value, int | np.integer):
        return str(int(value))[:40]
    return f"{float(value):.8g}"


def show(value: Any, limit: int = 400) -> str:
    """Write ``value`` in at most ``limit`` characters; never raises."""
    try:
        array = as_array(value)
        if _has_arrays(value):
            text = "(" + ", ".join(show(part, limit) for part in value) + ")"
        elif isinstance(value, Mapping):
            parts = (f"{key!r}: {show(part, limit)}" for key, part in value.items())
            text = "{" + ", ".join(parts) + "}"
        elif array is not None and array.ndim == 0:
            text = number(array[()])
        elif array is not None:
            with np.printoptions(
                precision=4, threshold=12, edgeitems=2, suppress=True, linewidth=70
            ):
                text = str(array)
                if array.size > 12:
                    text += f"  (shape {array.shape})"
        else:
            text = repr(value)
    except Exception:
        text = f"an object of type {type(value).__name__}"
    return text if len(text) <= limit else text[: limit - 1] + "…"
