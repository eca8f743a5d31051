"""Compare given gradients with central differences, tensor by tensor."""

import math
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from html import escape
from typing import Any

import numpy as np

from .numerical import (
    SINGLE,
    by_name,
    common_factor,
    differences,
    gradient_pairs,
    is_single,
    norm,
    number,
    real_array,
    relative_error,
    require_step,
)
from .words import described, listed, plural, raised, verb

LARGE = 2000
"""Entries of a tensor up to which :func:`check_gradients` measures every one."""


SAMPLE = 200
"""Entries that it draws from a larger tensor."""


_EPSILON = np.finfo(float).eps


@dataclass(frozen=True)
class TensorRow:
    """What a check found out about one tensor.

    Attributes
    ----------
    name : str
        ``W1``, ``b1``, ``W2``, …, or the key of the dict.
    shape : tuple of int
        Shape of the parameter.
    error : float
        Relative error of the gradient, see :func:`relative_error`; NaN when
        there is nothing to compare.
    ratio : float or None
        Yours divided by the true one, where one factor fits all entries.
    verdict : str
        ``right``, ``wrong``, ``zero in both`` or what is the matter.
    checked : int
        How many entries were measured.
    """

    name: str
    shape: tuple[int, ...]
    error: float
    ratio: float | None
    verdict: str
    checked: int

    @property
    def passed(self) -> bool:
        """Whether nothing speaks against this tensor."""
        return self.verdict in ("right", "zero in both")

    @property
    def cells(self) -> tuple[str, ...]:
        """The row as it is shown: name, shape, error, ratio, verdict."""
        return (
            self.name,
            str(self.shape),
            "–" if math.isnan(self.error) else f"{self.error:.1e}",
            "–" if self.ratio is None else f"{self.ratio:.4g}",
            ("✔ " if self.passed else "✘ ") + self.verdict,
        )


_HEADS = ("tensor", "shape", "relative error", "yours / true", "verdict")


@dataclass(frozen=True, repr=False)
class GradientReport:
    """The result of :func:`check_gradients`, as text and table.

    Attributes
    ----------
    rows : tuple of TensorRow
        One for each tensor, first layer first.
    tolerance : float
        Largest relative error that passes.
    notes : tuple of str
        What limits the check: sampling, kinks, zero weights, float32, trouble.
    """

    rows: tuple[TensorRow, ...]
    tolerance: float
    notes: tuple[str, ...] = ()

    @property
    def passed(self) -> bool:
        """Whether every tensor passed, and there was one."""
        return bool(self.rows) and all(row.passed for row in self.rows)

    @property
    def summary(self) -> str:
        """One sentence: what passed and what did not."""
        wrong = [row.name for row in self.rows if not row.passed]
        limit = f"tolerance {self.tolerance:.0e}"
        if not self.rows:
            return "The gradients could not be checked."
        if not wrong:
            return f"All {len(self.rows)} gradients pass ({limit})."
        rest = len(self.rows) - len(wrong)
        return f"{listed(wrong)} {verb(wrong, 'fails', 'fail')}, {rest} pass ({limit})."

    def __repr__(self) -> str:
        lines = [_HEADS, *(row.cells for row in self.rows)] if self.rows else []
        widths = [max(map(len, column)) for column in zip(*lines, strict=True)]
        table = ["  ".join(map(str.ljust, line, widths)).rstrip() for line in lines]
        return "\n".join([self.summary, *table, *self.notes])

    def _repr_html_(self) -> str:
        style = 'style="text-align:left;padding:0.1em 0.8em 0.1em 0"'
        heads = "".join(f'<th scope="col" {style}>{h}</th>' for h in _HEADS)
        body = []
        for row in self.rows:
            name, *cells = map(escape, row.cells)
            cells[1] += _bar(row, self.tolerance)
            body.append(
                f'<tr><th scope="row" {style}>{name}</th>'
                + "".join(f"<td {style}>{cell}</td>" for cell in cells)
                + "</tr>"
            )
        notes = "".join(
            f'<p style="margin:0.4em 0 0">{escape(note)}</p>' for note in self.notes
        )
        table = (
            '<table style="border-collapse:collapse"><caption style="text-align:left">'
            f"{escape(self.summary)}</caption><thead><tr>{heads}</tr></thead>"
            f"<tbody>{''.join(body)}</tbody></table>"
        )
        if not self.rows:
            table = f"<p>{escape(self.summary)}</p>"
        return f'<div style="overflow-x:auto">{table}{notes}</div>'


def _bar(row: TensorRow, tolerance: float) -> str:
    """Draw the error as a bar on a logarithmic scale from 1e-16 to 1."""
    if math.isnan(row.error):
        return ""

    def place(error):
        return 100 * min(max(1 + math.log10(max(error, 1e-17)) / 16, 0), 1)

    fill = "#0072B2" if row.passed else "#D55E00"
    tick = place(tolerance)
    return (
        '<svg aria-hidden="true" width="100" height="10" viewBox="0 0 100 10" '
        'style="margin-left:0.6em"><rect y="2" height="6" '
        f'width="{place(row.error):.0f}" fill="{fill}"/><line x1="{tick:.0f}" '
        f'x2="{tick:.0f}" y1="0" y2="10" stroke="currentColor" '
        'stroke-dasharray="2"/></svg>'
    )


def check_gradients(
    loss: Callable[[Any], float],
    params: Any,
    grads: Any,
    h: float = 1e-5,
    tolerance: float = 1e-6,
    sample: int | None = None,
    seed: int = 0,
) -> GradientReport:
    """Compare gradients with central differences, tensor by tensor.

    Parameters
    ----------
    loss : callable
        ``loss(params) -> float``, with ``params`` arranged as below.
    params : list of (W, b) pairs, or dict of name to array
        Where the gradients were taken; not changed. ``loss`` gets float64.
    grads : list of (dW, db) pairs, or dict
        The gradients to check, arranged like ``params``.
    h : float
        Step of the central differences.
    tolerance : float
        Largest relative error that passes. A gradient in float32 may have an
        error of 1e-4, and the report says so.
    sample : int, optional
        Measure at most so many entries of each tensor. Without it, all of them
        in tensors of up to 2,000 entries, else 200.
    seed : int
        Seed of the draw.

    Returns
    -------
    GradientReport
        Wrong shapes, missing gradients, values that are not finite and errors
        in ``loss`` are told in it.

    Raises
    ------
    TypeError
        When ``params`` is neither a list of pairs nor a dict of arrays.
    ValueError
        When ``h``, ``tolerance`` or ``sample`` is not positive.
    """
    require_step(h)
    if not tolerance > 0 or (sample is not None and not sample > 0):
        raise ValueError("The tolerance and the sample must be positive numbers.")
    tensors, arranged = _own_copy(params)
    given, problem = _gradients_by_name(grads, params)
    if problem:
        return GradientReport((), tolerance, (problem,))
    copies = {name: tensor.copy() for name, tensor in tensors.items()}
    try:
        first = loss(arranged)
        level = number(first)
        trouble = _trouble_of_loss(level, tensors, copies)
        if trouble:
            return GradientReport((), tolerance, (trouble,))
        check = _Check(lambda: loss(arranged), level, h, tolerance)
        rng = np.random.default_rng(seed)
        rows = []
        for name, tensor in tensors.items():
            where = _drawn(tensor.size, sample, rng)
            rows.append(check.row(name, tensor, given.get(name), where))
    except Exception as error:
        text = f"The loss could not be computed: {raised(error)}"
        return GradientReport((), tolerance, (text,))
    notes = [*_sampling_note(rows, seed), *check.notes, *_blind_spots(tensors, rows)]
    if is_single(first):
        notes.append(
            f"The loss comes back as {first.dtype}, too coarse for a step of {h:g}: "
            "compute it in float64."
        )
    return GradientReport(tuple(rows), tolerance, tuple(notes))


class _Check:
    """Measures tensors one after the other; collects notes."""

    def __init__(self, loss, level, h, tolerance):
        self.loss, self.h, self.tolerance = loss, h, tolerance
        # What the rounding of the loss does to one slope.
        self.noise = 8 * _EPSILON * max(1, abs(level)) / h
        self.kinks = 0
        self.single: list[str] = []

    def row(self, name, tensor, gradient, where) -> TensorRow:
        """Judge one gradient by the entries ``where`` of its tensor."""
        yours, problem = _tensor(gradient, tensor.shape)
        if problem:
            return TensorRow(name, tensor.shape, math.nan, None, problem, 0)
        limit = self.tolerance
        if is_single(yours):
            limit = max(limit, SINGLE)
            self.single.append(name)
        yours = yours.astype(float).ravel()[where]
        true = differences(self.loss, tensor, where, self.h)
        if not np.isfinite(true).all():
            text = "the loss is not finite around here"
            return TensorRow(name, tensor.shape, math.nan, None, text, len(where))
        noise = self.noise * math.sqrt(max(len(where), 1))
        if not self._agree(true, yours, limit, noise):
            noise += self._measure_kinks_again(tensor, where, true, yours)
        if max(norm(true), norm(yours)) <= noise:
            verdict = "zero in both"
        else:
            right = self._agree(true, yours, limit, noise)
            verdict = "right" if right else "wrong"
        return TensorRow(
            name,
            tensor.shape,
            relative_error(true, yours),
            common_factor(true, yours, 10 * limit),
            verdict,
            len(where),
        )

    def _agree(self, true, yours, limit, noise) -> bool:
        apart = norm(true - yours)
        return apart <= max(limit * max(norm(true), norm(yours)), noise)

    def _measure_kinks_again(self, tensor, where, true, yours) -> float:
        """Replace slopes that were measured across a kink; return their noise.

        A step of h may cross the corner of a ReLU. Such a slope changes when
        the step is a hundredth, that of a smooth loss does not.
        """
        apart = np.abs(true - yours)
        suspects = np.flatnonzero(apart > 0.1 * apart.max())
        finer = differences(self.loss, tensor, where[suspects], self.h / 100)
        coarse = 100 * self.noise
        moved = np.abs(finer - true[suspects]) > np.maximum(
            0.1 * apart[suspects], 10 * coarse
        )
        true[suspects[moved]] = finer[moved]
        self.kinks += int(moved.sum())
        if not moved.any():
            return 0.0
        # Smaller ones stood in the shadow of these.
        return coarse * math.sqrt(moved.sum()) + self._measure_kinks_again(
            tensor, where, true, yours
        )

    @property
    def notes(self) -> list[str]:
        """What limits the check."""
        notes = []
        if self.kinks:
            notes.append(
                f"{self.kinks} {plural(self.kinks, 'step')} of {self.h:g} crossed a "
                f"kink (the corner of a ReLU) and {verb(self.kinks, 'was', 'were')} "
                f"measured again with {self.h / 100:g}."
            )
        if self.single:
            notes.append(
                f"{listed(self.single)} {verb(self.single, 'is', 'are')} float32, "
                f"which keeps seven digits: checked with a tolerance of {SINGLE:.0e}."
            )
        return notes


def _own_copy(params: Any) -> tuple[dict[str, np.ndarray], Any]:
    """Copy parameters to float64: by name, and arranged as they came."""
    try:
        if isinstance(params, Mapping):
            arranged = {n: np.array(a, dtype=float) for n, a in params.items()}
            return {str(name): array for name, array in arranged.items()}, arranged
        arranged = [
            (np.array(W, dtype=float), np.array(b, dtype=float)) for W, b in params
        ]
    except (TypeError, ValueError):
        raise TypeError(
            "The parameters must be a list of (W, b) pairs or a dict of names to "
            "arrays of numbers."
        ) from None
    return by_name(arranged), arranged


def _gradients_by_name(grads: Any, params: Any) -> tuple[dict[str, Any], str | None]:
    """Return gradients by name, or a sentence when they are not arranged so."""
    if isinstance(params, Mapping):
        if isinstance(grads, Mapping):
            return {str(name): value for name, value in grads.items()}, None
        text = "The gradients must be a dict like the parameters, not"
        return {}, f"{text} {described(grads)}."
    pairs, problem = gradient_pairs(grads, len(params))
    if problem:
        return {}, problem
    return by_name(pairs), None


def _tensor(value: Any, shape: tuple[int, ...]) -> tuple[Any, str | None]:
    """Return a gradient as an array, or what is the matter with it."""
    array = real_array(value)
    if array is None:
        return None, f"missing: this is {described(value)}"
    if array.shape != shape:
        return None, f"shape {array.shape}, expected {shape}"
    if not np.isfinite(array).all():
        return None, "holds NaN or infinity"
    return array, None


def _trouble_of_loss(level, tensors, copies) -> str | None:
    if not math.isfinite(level):
        return f"The loss is {level} at these parameters; it must be a finite number."
    for name, tensor in tensors.items():
        if not np.array_equal(tensor, copies[name], equal_nan=True):
            return f"The loss function changes {name}; it must only read it."
    return None


def _drawn(size: int, sample: int | None, rng: np.random.Generator) -> np.ndarray:
    """Return the flat indices to measure, in order."""
    most = sample if sample is not None else (size if size <= LARGE else SAMPLE)
    if most >= size:
        return np.arange(size)
    return np.sort(rng.choice(size, int(most), replace=False))


def _sampling_note(rows: list[TensorRow], seed: int) -> list[str]:
    drawn = [
        f"{row.checked:,} of {math.prod(row.shape):,} entries of {row.name}"
        for row in rows
        if 0 < row.checked < math.prod(row.shape)
    ]
    return [f"Drawn with seed {seed}: {listed(drawn)}."] if drawn else []


def _blind_spots(tensors: dict[str, np.ndarray], rows: list[TensorRow]) -> list[str]:
    """Say where wrong gradients would pass, too."""
    zero = [n for n, t in tensors.items() if t.ndim > 1 and t.size and not t.any()]
    if zero:
        return [
            f"All weights of {listed(zero)} are zero, and there this check is blind: "
            "whatever is multiplied by them vanishes, and several bugs (no ReLU gate, "
            "a transposed upstream) pass. Check again at random weights."
        ]
    silent = [row.name for row in rows if row.verdict == "zero in both"]
    if silent:
        return [
            f"The gradient of {listed(silent)} is zero here, so little was tested "
            "there. Check at other weights, too."
        ]
    return []
