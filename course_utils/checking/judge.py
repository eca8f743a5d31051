"""Judge what came of an answer: compare it with what was expected, in plain data."""

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np

from .run import Call
from .values import Tensor, Thing, as_array, has_arrays, kind, numbers_apart, written


def fault(
    expected: Call, got: Call, rtol: float, atol: float, names: Sequence[str] = ()
) -> str | None:
    """Say what is wrong with one call; None where nothing is.

    Parameters
    ----------
    expected, got : Call
        What came of the reference and of the answer.
    rtol, atol : float
        Relative and absolute tolerance, as in :func:`numpy.isclose`.
    names : sequence of str
        What the exercise calls its results, where there are several.
    """
    if got.error:
        return got.error.text
    return mismatch(expected.result, got.result, rtol, atol, names)


def alike(one: Call, other: Call, rtol: float, atol: float) -> bool:
    """Tell whether two answers did the same in one call."""
    if one.error or other.error:
        return bool(one.error and other.error) and one.error.text == other.error.text
    if one.changed != other.changed:
        return False
    if one.result is None or other.result is None:
        return one.result is other.result
    return mismatch(one.result, other.result, rtol, atol) is None


def mismatch(
    expected: Any, got: Any, rtol: float, atol: float, names: Sequence[str] = ()
) -> str | None:
    """Say how ``got`` differs from ``expected``: shape first, then values.

    Parameters
    ----------
    expected, got : object
        Numbers, arrays, strings, ``None``, or tuples, lists and dicts of them.
    rtol, atol, names
        As for :func:`fault`.

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
    if isinstance(got, Thing) and got.kind == "a generator expression":
        return (
            "It returned a generator, which has not computed anything yet: put "
            "square brackets around it in place of round ones."
        )
    if isinstance(got, Thing) and got.kind == "a generator":
        return "It did not return a value: use `return`, without `yield` or `async`."
    named = isinstance(expected, tuple) and len(names) == len(expected)
    target = None if named or has_arrays(expected) else as_array(expected)
    if target is not None:
        return _array_mismatch(expected, target, got, rtol, atol)
    if isinstance(expected, np.ndarray):  # of texts
        expected = expected.tolist()
    if isinstance(got, np.ndarray) and as_array(got) is None:
        got = got.tolist()
    if isinstance(expected, tuple | list):
        return _sequence_mismatch(expected, got, rtol, atol, names)
    if isinstance(expected, Mapping):
        return _mapping_mismatch(expected, got, rtol, atol)
    if type(got) is type(expected) or isinstance(got, str):
        if got == expected:
            return None
        return f"Expected {written(expected)}, got {written(got)}."
    return f"Expected {kind(expected)}, got {kind(got)}."


def _array_mismatch(expected, target, got, rtol, atol):
    array = as_array(got)
    if array is None or array.shape != target.shape:
        return f"Expected {kind(expected)}, got {kind(got)}."
    if np.isnan(array).any() and not np.isnan(target).any():
        return (
            "The result contains NaN, that is, not a number: "
            "it comes from an overflow, from 0 / 0 or from 0 times infinity."
        )
    if (array.dtype.kind == "c") != (target.dtype.kind == "c"):
        return f"Expected {kind(expected)}, got complex numbers."
    with np.errstate(all="ignore"):
        close = np.isclose(array, target, rtol=rtol, atol=atol, equal_nan=True)
    if close.all():
        return None
    where = tuple(int(i) for i in np.argwhere(~close)[0])
    wanted, came = numbers_apart(target[where], array[where])
    if target.ndim == 0:
        return f"Expected {wanted}, got {came}."
    index = ", ".join(map(str, where))
    amount = f"{np.count_nonzero(~close)} of {close.size} values differ"
    return f"{amount}; the first: at [{index}] {wanted} was expected, {came} came back."


def _sequence_mismatch(expected, got, rtol, atol, names):
    if isinstance(got, np.ndarray) and got.ndim and len(got) == len(expected):
        got = list(got)
    wanted = f"{len(expected)} result{'' if len(expected) == 1 else 's'}"
    if len(names) == len(expected):
        wanted += f" ({', '.join(names)})"
    if not isinstance(got, tuple | list):
        return f"Expected {wanted}, got {kind(got)}."
    if len(got) != len(expected):
        return f"Expected {wanted}, got {len(got)}."
    for position, (target, value) in enumerate(zip(expected, got, strict=True), 1):
        found = _part_mismatch(target, value, rtol, atol)
        if found:
            if len(names) == len(expected):
                return f"`{names[position - 1]}`: {found}"
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
    """Say in which form right numbers come, where it is not that of the reference.

    A list equals the array with the same numbers, and yet a later cell that
    computes with it stops.

    Returns
    -------
    str or None
        ``"a list"`` or the like; None where later cells can work with the result.
    """
    if isinstance(expected, np.ndarray) and expected.ndim:
        if isinstance(got, list | tuple):
            return f"a {type(got).__name__}"
        if isinstance(got, Tensor):
            return "a tensor"
    if isinstance(expected, Mapping):
        pairs = [(part, got[key]) for key, part in expected.items()]
    elif isinstance(expected, tuple | list) and isinstance(got, tuple | list):
        pairs = zip(expected, got, strict=True)
    else:
        return None
    return next((form for pair in pairs if (form := wrong_form(*pair))), None)


def _part_mismatch(expected, got, rtol, atol):
    if got is None and expected is not None:  # no `return` is missing here
        return f"Expected {kind(expected)}, got None."
    return mismatch(expected, got, rtol, atol)
