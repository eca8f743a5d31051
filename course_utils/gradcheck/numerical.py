"""Numerical gradients, relative errors, and how gradients are arranged."""

import math
from collections.abc import Callable, Iterable
from typing import Any

import numpy as np

from course_utils.checking.values import as_array, kind

from .words import described, plural

SINGLE = 1e-4
"""Tolerance of gradients in float32, which keeps seven digits."""


def numerical_gradient(
    loss: Callable[[np.ndarray], float], array: Any, h: float = 1e-5
) -> np.ndarray:
    """Measure the gradient of ``loss`` by central differences.

    For each entry, ``(loss(x + h) - loss(x - h)) / (2 h)``. Its error shrinks
    with ``h**2``, and rounding adds about ``1e-16 * loss / h``; in float64 the
    sum of the two is smallest near ``h = 1e-5``.

    Parameters
    ----------
    loss : callable
        Takes an array of the shape of ``array``, returns one number.
    array : array of any shape
        Where to measure; not changed.
    h : float
        Step, in the units of ``array``.

    Returns
    -------
    array of float64, of the shape of ``array``

    Raises
    ------
    ValueError
        When ``h`` is not a positive number, or ``loss`` returns something else
        than one number.
    """
    require_step(h)
    point = np.array(array, dtype=float)  # a copy: the caller's stays as it is
    where = range(point.size)
    return differences(lambda: loss(point), point, where, h).reshape(point.shape)


def relative_error(a: Any, b: Any) -> float:
    """Return ``norm(a - b) / max(norm(a), norm(b))``; 0 when both are zero.

    The notes of Stanford's CS231n (Neural Networks part 3) divide entry by
    entry, by ``max(|a|, |b|)``, and take the largest. One entry that is nearly
    zero, where rounding is all there is, then decides over the whole tensor. So
    this course divides norms: 0 is equal, 1 about as large as the gradient
    itself, 2 the opposite sign.

    Parameters
    ----------
    a, b : arrays of the same shape

    Returns
    -------
    float
        Between 0 and 2; NaN when an entry is not finite.

    Raises
    ------
    ValueError
        When the shapes differ.
    """
    a, b = np.asarray(a, dtype=float), np.asarray(b, dtype=float)
    if a.shape != b.shape:
        raise ValueError(
            f"Shapes {a.shape} and {b.shape} differ; compare arrays of one shape."
        )
    if not (np.isfinite(a).all() and np.isfinite(b).all()):
        return math.nan
    largest = max(np.abs(a).max(initial=0), np.abs(b).max(initial=0))
    if largest == 0:
        return 0.0
    a, b = a / largest, b / largest  # squares neither overflow nor vanish
    return float(norm(a - b) / max(norm(a), norm(b)))


def norm(array: np.ndarray) -> float:
    """Return the square root of the sum of squares, for any shape."""
    return float(np.sqrt(np.square(array).sum()))


def common_factor(
    true: np.ndarray, yours: np.ndarray, tolerance: float
) -> float | None:
    """Return r of the least-squares fit ``yours = r * true`` where it fits."""
    square = np.square(true).sum()
    if square == 0 or not np.isfinite(yours).all():
        return None
    ratio = float((true * yours).sum() / square)
    fits = norm(yours - ratio * true) <= tolerance * norm(true) * max(1, abs(ratio))
    return ratio if fits else None


def require_step(h: float) -> None:
    """Raise ValueError when ``h`` is not a positive number."""
    if not (isinstance(h, int | float | np.number) and 0 < h < math.inf):
        raise ValueError(f"The step h is {h!r}; it must be a positive number.")


def differences(
    loss: Callable[[], float], point: np.ndarray, where: Iterable[int], h: float
) -> np.ndarray:
    """Return central differences at the flat indices ``where``.

    ``loss`` reads ``point``, which is changed in place and put back: building a
    new array for every entry would cost more than a small network's forward pass.
    """
    slopes = []
    for index in where:
        before = point.flat[index]
        try:
            point.flat[index] = before + h
            above, upper = number(loss()), point.flat[index]
            point.flat[index] = before - h
            below, lower = number(loss()), point.flat[index]
        finally:
            point.flat[index] = before
        # The step that was taken: before + h is rounded, too.
        slopes.append((above - below) / (upper - lower))
    return np.array(slopes, dtype=float)


def number(value: Any) -> float:
    """Return a loss as a float; a sentence when it is not one number."""
    if isinstance(value, float):
        return value
    array = real_array(value)
    if array is None or array.size != 1:
        raise ValueError(f"The loss must be one number, and this is {kind(value)}.")
    return float(array.reshape(()))


def real_array(value: Any) -> np.ndarray | None:
    """Return real numbers as an array, ``None`` for anything else."""
    array = as_array(value)
    return array if array is not None and array.dtype.kind in "iuf" else None


def is_single(value: Any) -> bool:
    """Tell whether an array or number has seven digits or fewer."""
    return getattr(value, "dtype", None) in (np.float32, np.float16)


def flat(pairs: Iterable[tuple]) -> list:
    """Return the tensors of (W, b) or (dW, db) pairs in one row."""
    return [tensor for pair in pairs for tensor in pair]


def by_name(pairs: list[tuple]) -> dict[str, Any]:
    """Return the tensors of pairs as ``W1``, ``b1``, ``W2``, …."""
    return {
        f"{letter}{layer}": tensor
        for layer, pair in enumerate(pairs, 1)
        for letter, tensor in zip("Wb", pair, strict=True)
    }


def gradient_pairs(grads: Any, layers: int) -> tuple[list, str | None]:
    """Return the (dW, db) pairs, or a sentence when they are none."""
    expected = f"a list of {layers} (dW, db) {plural(layers, 'pair')}, layer 1 first"
    if not isinstance(grads, list | tuple):
        return [], f"The gradients must be {expected}; this is {described(grads)}."
    if len(grads) == 2 * layers and not any(isinstance(g, list | tuple) for g in grads):
        text = f"The gradients are {len(grads)} single arrays in a row"
        return [], f"{text}; arrange them as {expected}."
    if len(grads) != layers:
        return [], f"The gradients must be {expected}; here are {len(grads)}."
    for layer, pair in enumerate(grads, 1):
        if not isinstance(pair, list | tuple) or len(pair) != 2:
            return [], f"The gradients of layer {layer} must be a (dW, db) pair."
    return [tuple(pair) for pair in grads], None
