"""Values in plain data: numbers and arrays of them, and how they are put into words."""

import functools
import inspect
import numbers
from collections.abc import Mapping
from dataclasses import dataclass
from decimal import Decimal
from fractions import Fraction
from typing import Any

import numpy as np

_LONGEST = 10**7  # numbers of a `range` that are worth writing out


@dataclass(frozen=True, eq=False)
class Tensor:
    """Stands for a tensor of numbers."""

    array: np.ndarray

    def __array__(self, dtype=None, copy=None):
        return np.asarray(self.array, dtype)


@dataclass(frozen=True)
class Thing:
    """Stands for what is no plain data.

    Attributes
    ----------
    kind : str
        What it was, in plain words.
    text : str
        How it showed itself.
    """

    kind: str
    text: str


_NO_ARRAYS = (str, bytes, Mapping, set, frozenset, Thing)


def as_array(value: Any) -> np.ndarray | None:
    """Return ``value`` as an array of numbers or truth values, else ``None``.

    Takes numbers, nested lists, NumPy arrays and whatever can turn itself into
    an array (a TensorFlow tensor, for instance).
    """
    if value is None or isinstance(value, _NO_ARRAYS):
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


def has_arrays(value: Any) -> bool:
    """Tell several results, each an array, from the one array they could make."""
    return isinstance(value, tuple) and any(np.ndim(as_array(v)) for v in value)


def kind(value: Any) -> str:
    """Say in plain words what sort of thing ``value`` is."""
    if value is None:
        return "None"
    if isinstance(value, Thing):
        return value.kind
    if isinstance(value, str):
        return "a text"
    if isinstance(value, bool | np.bool_):
        return "True or False"
    if isinstance(value, type):
        return "a class"
    if inspect.isroutine(value) or isinstance(value, np.ufunc | functools.partial):
        return "a function"
    array = as_array(value)
    if has_arrays(value):
        return f"a tuple of {len(value)} results"
    if array is None:
        return _unusual(value)
    if array.dtype.kind == "c" and array.ndim == 0:
        return "a complex number"
    if isinstance(value, list | tuple) and array.ndim == 1 and array.size:
        if array.size == 2 and isinstance(value, tuple):
            return "a pair of numbers"
        return f"a {type(value).__name__} of {array.size} number{'s'[: array.size - 1]}"
    return "one number" if array.ndim == 0 else f"an array of {shape(array)}"


def _function(value: Any) -> bool:
    return isinstance(value, Thing) and value.kind == "a function"


def _unusual(value: Any) -> str:
    """Say what sort of thing it is that :func:`as_array` cannot take."""
    name = type(value).__name__
    if isinstance(value, list | tuple):
        if any(callable(v) or _function(v) for v in value):
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


def number(value: Any, digits: int = 8) -> str:
    """Write one number with up to so many significant digits."""
    if isinstance(value, bool | np.bool_):
        return str(bool(value))
    if isinstance(value, complex | np.complexfloating):
        return str(complex(value))
    if isinstance(value, int | np.integer):
        return str(int(value))[:40]
    return f"{float(value):.{digits}g}"


def numbers_apart(first: Any, second: Any) -> tuple[str, str]:
    """Write two numbers with as many digits as it takes to tell them apart."""
    for digits in (4, 6, 8, 12, 17):
        texts = number(first, digits), number(second, digits)
        if texts[0] != texts[1]:
            break
    return texts


def written(value: Any, limit: int = 400, digits: int = 4) -> str:
    """Write ``value`` in at most ``limit`` characters; never raises.

    Parameters
    ----------
    value : object
    limit : int
        Of characters.
    digits : int
        Behind the point, in an array; a single number gets four more.
    """
    try:
        text = _written(value, limit, digits)
    except Exception:
        text = f"an object of type {type(value).__name__}"
    return text if len(text) <= limit else text[: limit - 1] + "…"


def _written(value: Any, limit: int, digits: int) -> str:
    array = as_array(value)
    if isinstance(value, Thing):
        return value.text
    if has_arrays(value) or (isinstance(value, tuple) and array is None):
        return "(" + ", ".join(written(part, limit, digits) for part in value) + ")"
    if isinstance(value, Mapping):
        parts = (f"{k!r}: {written(part, limit, digits)}" for k, part in value.items())
        return "{" + ", ".join(parts) + "}"
    if array is None:
        return repr(value)
    if array.ndim == 0:
        return number(array[()], digits + 4)
    if isinstance(value, list | tuple) and array.ndim == 1 and array.size <= 12:
        numbers_ = ", ".join(number(part, digits + 4) for part in array)
        return f"[{numbers_}]" if isinstance(value, list) else f"({numbers_})"
    with np.printoptions(
        precision=digits, threshold=12, edgeitems=2, suppress=digits < 17, linewidth=70
    ):
        text = str(array)
    return f"{text}  (shape {array.shape})" if array.size > 12 else text


def written_apart(first: Any, second: Any) -> tuple[str, str]:
    """Write two values with as many digits as it takes to tell them apart."""
    for digits in (4, 6, 8, 12, 17):
        texts = written(first, digits=digits), written(second, digits=digits)
        if texts[0] != texts[1]:
            break
    return texts
