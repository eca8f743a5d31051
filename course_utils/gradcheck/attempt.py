"""Run a learner's backward pass, read what comes back, and say what is right."""

import math
from collections.abc import Callable, Iterable
from dataclasses import dataclass, replace
from typing import Any

import numpy as np

from course_utils.checking import guard

from .network import Network, close, same
from .numerical import (
    SINGLE,
    by_name,
    common_factor,
    gradient_pairs,
    is_single,
    norm,
    real_array,
    relative_error,
)
from .words import described, listed, raised, verb

_TOLERANCE = 1e-6  # of gradients in float64


SECONDS = 5.0
"""Time that one call of a learner's function may take."""


@dataclass(frozen=True)
class Attempt:
    """What one guarded call of a learner's backward pass came to.

    ``grads`` may have wrong shapes, but all of them are finite arrays; it is
    ``None`` when ``problem`` says why there is nothing to compare. ``raised``
    tells an exception from a result of the wrong kind.
    """

    network: Network
    loss: float = math.nan
    grads: list | None = None
    problem: str | None = None
    raised: bool = False
    hopeless: bool = False  # there is no point in calling it again
    single: bool = False
    changed: tuple[str, ...] = ()

    @property
    def tolerance(self) -> float:
        """Largest relative error that counts as equal."""
        return SINGLE if self.single else _TOLERANCE

    @property
    def loss_right(self) -> bool:
        """Whether the loss is the reference's."""
        return abs(self.loss - self.network.loss) <= self.tolerance * max(
            1, abs(self.network.loss)
        )

    @property
    def grads_right(self) -> bool:
        """Whether every gradient is the reference's."""
        return self.grads is not None and same(
            self.grads, self.network.grads, self.network, self.tolerance
        )

    @property
    def right(self) -> bool:
        """Whether loss and gradients are the reference's."""
        return self.grads_right and self.loss_right

    @property
    def loss_summed(self) -> bool:
        """Whether the loss is the sum over the examples, not their mean."""
        total = len(self.network.y) * self.network.loss
        return not self.loss_right and abs(self.loss - total) < 1e-6 * total


def run_on(backward: Callable, network: Network) -> Attempt:
    """Call a learner's backward pass on copies; never raises."""
    X, y = network.X.copy(), network.y.copy()
    params = network.copied_params()
    outcome = guard.run(lambda: backward(X, y, params), SECONDS)
    error = outcome.error
    if isinstance(error, guard.TimeLimitError):
        text = f"Your function ran longer than {SECONDS:g} seconds and was stopped."
        return Attempt(network, problem=text, hopeless=True)
    if isinstance(error, KeyboardInterrupt):
        text = "The diagnosis was interrupted. Run the cell again when you like."
        return Attempt(network, problem=text, hopeless=True)
    if error is not None:
        text = f"Your function stopped with {raised(error)}"
        return Attempt(network, problem=text, raised=True)
    changed = guard.run(lambda: _changed(network, X, y, params), SECONDS).value
    return replace(read_result(outcome.value, network), changed=changed or ())


def read_result(result: Any, network: Network) -> Attempt:
    """Take what a backward pass returned for what it should be; never raises."""
    read = guard.run(lambda: _read(result, network), SECONDS)
    if read.error is None:
        return Attempt(network, **read.value)
    text = "Your function returned something that cannot be read as (loss, grads)."
    return Attempt(network, problem=text, hopeless=True)


def _read(value: Any, network: Network) -> dict[str, Any]:
    """Take a result apart into the fields of an :class:`Attempt`."""
    if value is None:
        text = "Your function returned None. Is the `return` line missing?"
        return {"problem": text, "hopeless": True}
    if not isinstance(value, tuple | list) or len(value) != 2:
        text = f"Your function must return (loss, grads); this is {described(value)}."
        return {"problem": text, "hopeless": True}
    loss = real_array(value[0])
    if loss is None or loss.size != 1:
        text = (
            "The first of the two results must be the loss, one number; this is "
            f"{described(value[0])}."
        )
        return {"problem": text, "hopeless": True}
    loss = float(loss.reshape(()))
    pairs, problem = gradient_pairs(value[1], len(network.params))
    if problem:
        return {"problem": problem, "hopeless": True}
    arrays = {name: real_array(part) for name, part in by_name(pairs).items()}
    for name, part in by_name(pairs).items():
        if arrays[name] is None:
            text = f"In place of the gradient of {name} stands {described(part)}."
            return {"problem": text, "hopeless": True}
    broken = [name for name, array in arrays.items() if not np.isfinite(array).all()]
    if broken:
        return {"problem": _not_finite(broken, loss), "loss": loss}
    copies = [np.array(array, dtype=float) for array in arrays.values()]
    grads = list(zip(copies[::2], copies[1::2], strict=True))
    single = any(map(is_single, arrays.values()))
    return {"loss": loss, "grads": grads, "single": single}


def _not_finite(names: list[str], loss: float) -> str:
    if math.isfinite(loss):
        first = _backward_order(names)[0]
        where = f"the loss is finite; the first gradient that is not is that of {first}"
    else:
        where = "the loss itself is the first to go wrong"
    return (
        f"The gradient of {listed(names)} {verb(names, 'holds', 'hold')} NaN or "
        f"infinity. Walking back from the loss, {where}. Look for a division by zero, "
        "a logarithm of zero or an exponential that overflows."
    )


def _changed(network, X, y, params) -> tuple[str, ...]:
    """Return the names of the arguments that a call has changed."""
    changed = [
        name
        for name, now, before in (("X", X, network.X), ("y", y, network.y))
        if not np.array_equal(now, before)
    ]
    if len(params) != len(network.params):
        return (*changed, "the list of parameters")
    now, before = by_name(params), by_name(network.params)
    changed += [n for n in before if not np.array_equal(now[n], before[n])]
    return tuple(changed)


def _backward_order(names: Iterable[str]) -> list[str]:
    """Sort tensor names the way the backward pass meets them."""
    return sorted(names, key=lambda name: (-int(name[1:]), name[0] == "b"))


def verdicts(attempt: Attempt) -> dict[str, str]:
    """Return a word for each tensor: ``exact``, its factor, its shape, ….

    In the order in which the backward pass meets them.
    """
    true = by_name(attempt.network.grads)
    words = {
        name: _verdict(yours, true[name], attempt.tolerance, attempt.network.floor)
        for name, yours in by_name(attempt.grads).items()
    }
    return {name: words[name] for name in _backward_order(words)}


def _verdict(yours, true, tolerance: float, floor: float) -> str:
    if close(yours, true, tolerance, floor):
        return "exact"
    if yours.shape != true.shape:
        word = f"of shape {yours.shape}, expected {true.shape}"
        if yours.size == true.size and close(
            yours.reshape(true.shape), true, tolerance, floor
        ):
            word += " (the numbers are right, only the shape is not)"
        return word
    if norm(yours) <= 1e-9 * max(norm(true), floor):  # what rounding leaves of zero
        return "zero"
    ratio = common_factor(true, yours, 10 * tolerance) if yours.size > 1 else None
    if ratio is None:
        return "wrong by no constant factor"
    if abs(ratio - 1) <= 1e-3:
        return f"almost right (relative error {relative_error(yours, true):.0e})"
    return f"{ratio:.4g} times the true one"


def wrong_names(attempt: Attempt) -> list[str]:
    """Return the tensors that are not exact, walking back from the loss."""
    return [name for name, word in verdicts(attempt).items() if word != "exact"]


def evidence_of(attempts: list[Attempt], shown: Attempt) -> list[str]:
    """Say what is exact and what is wrong, walking back from the loss."""
    groups: dict[str, list[str]] = {"exact": []}
    for name, word in verdicts(shown).items():
        groups.setdefault(word, []).append(name)
    parts = [
        f"{listed(names)} {verb(names, 'is', 'are')} {word}"
        for word, names in groups.items()
        if names
    ]
    parts = ["the loss is " + _loss_word(shown), *parts]
    lines = [f"On a network {shown.network.words}: {'; '.join(parts)}."]
    fine = [a.network.words for a in attempts if a.right]
    if fine:
        lines.append(f"On {listed(fine)} everything is right.")
    stopped = [attempt for attempt in attempts if attempt.problem]
    if stopped:
        words = listed(a.network.words for a in stopped)
        lines.append(f"On {words} there is no result: {stopped[0].problem}")
    return lines


def _loss_word(attempt: Attempt) -> str:
    if attempt.loss_right:
        return "exact"
    if not math.isfinite(attempt.loss):
        return "not finite"
    if attempt.loss_summed:
        n = len(attempt.network.y)
        return f"{n} times the true one, a sum over the examples where a mean is agreed"
    return f"{attempt.loss:.6g}, expected {attempt.network.loss:.6g}"


def first_wrong(attempt: Attempt) -> tuple[str, ...]:
    """Return where the numbers part first, walking back from the loss."""
    wrong = wrong_names(attempt)
    if not wrong or not (attempt.loss_right or attempt.loss_summed):
        return ("loss",)
    return tuple(name for name in wrong if name[1:] == wrong[0][1:])
