"""Compare what came back with what was expected, and put it into words."""

import inspect
import numbers
from collections.abc import Mapping
from typing import Any

import numpy as np


def as_array(value: Any) -> np.ndarray | None:
    """Return ``value`` as an array of numbers or truth values, else ``None``.

    Takes numbers, nested lists, NumPy arrays and whatever can turn itself into
    an array (a TensorFlow tensor, for instance).
    """
    if value is None or isinstance(value, str | bytes | Mapping | set | frozenset):
        return None
    if isinstance(value, list | tuple) and any(
        as_array(item) is None for item in value
    ):
        return None
    try:
        array = np.asarray(value)
    except Exception:
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
        return "It returned None. Is the `return` line missing?"
    if inspect.isgenerator(got) or inspect.iscoroutine(got):
        got.close()
        return "It did not return a value: use `return`, without `yield` or `async`."
    target = as_array(expected)
    if target is not None:
        return _array_mismatch(target, got, rtol, atol)
    if isinstance(expected, tuple | list):
        return _sequence_mismatch(expected, got, rtol, atol)
    if isinstance(expected, Mapping):
        return _mapping_mismatch(expected, got, rtol, atol)
    if type(got) is type(expected) or isinstance(got, str):
        if got == expected:
            return None
        return f"Expected {show(expected)}, got {show(got)}."
    return f"Expected {kind(expected)}, got {kind(got)}."


def _array_mismatch(target, got, rtol, atol):
    array = as_array(got)
    if array is None:
        return f"Expected {kind(target)}, got {kind(got)}."
    if array.shape != target.shape:
        return f"Expected {shape(target)}, got {shape(array)}."
    if np.isnan(array).any() and not np.isnan(target).any():
        return "The result contains NaN, that is, not a number."
    if (array.dtype.kind == "c") != (target.dtype.kind == "c"):
        return f"Expected {kind(target)}, got complex numbers."
    with np.errstate(all="ignore"):
        close = np.isclose(array, target, rtol=rtol, atol=atol, equal_nan=True)
    if close.all():
        return None
    if target.ndim == 0:
        return f"Expected {show(target)}, got {show(array)}."
    where = tuple(int(i) for i in np.argwhere(~close)[0])
    index = ", ".join(map(str, where))
    amount = f"{np.count_nonzero(~close)} of {close.size} values differ"
    first = f"at [{index}] {number(target[where])} was expected"
    return f"{amount}; the first: {first}, {number(array[where])} came back."


def _sequence_mismatch(expected, got, rtol, atol):
    if not isinstance(got, tuple | list):
        return f"Expected {len(expected)} results, got {kind(got)}."
    if len(got) != len(expected):
        return f"Expected {len(expected)} results, got {len(got)}."
    for position, (target, value) in enumerate(zip(expected, got, strict=True), 1):
        found = mismatch(target, value, rtol, atol)
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
        found = mismatch(target, got[key], rtol, atol)
        if found:
            return f"{key!r}: {found}"
    return None


def kind(value: Any) -> str:
    """Say in plain words what sort of thing ``value`` is."""
    if value is None:
        return "None"
    if isinstance(value, str):
        return "a text"
    if isinstance(value, bool | np.bool_):
        return "True or False"
    if isinstance(value, numbers.Number):
        return "one number"
    if callable(value):
        return "a function"
    array = as_array(value)
    if array is not None:
        return "one number" if array.ndim == 0 else f"an array of {shape(array)}"
    return f"an object of type {type(value).__name__}"


def shape(array: np.ndarray) -> str:
    """Return the shape in words: ``shape (3, 2)`` or ``one number``."""
    return f"shape {array.shape}" if array.ndim else "one number"


def number(value: Any) -> str:
    """Write one number with up to eight significant digits."""
    if isinstance(value, bool | np.bool_):
        return str(bool(value))
    if isinstance(value, complex | np.complexfloating):
        return str(complex(value))
    return f"{float(value):.8g}" if not isinstance(value, int) else str(value)[:40]


def show(value: Any, limit: int = 400) -> str:
    """Write ``value`` in at most ``limit`` characters; never raises."""
    try:
        array = as_array(value)
        if array is not None and array.ndim == 0:
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
