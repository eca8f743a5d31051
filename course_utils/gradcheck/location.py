"""Locate a fault that is in no list: the step where the numbers part."""

from collections.abc import Callable

import numpy as np

from course_utils.checking import guard

from .attempt import SECONDS, Attempt, first_wrong, verdicts, wrong_names
from .faults import in_words
from .network import close, same
from .numerical import by_name, differences, flat, norm
from .search import Trail, walk
from .words import listed, verb


def find_unlisted(
    attempts: list[Attempt], shown: Attempt, backward: Callable | None = None
) -> tuple[tuple[str, ...], list[str]]:
    """Find the step where the numbers part; return causes and sentences.

    Parameters
    ----------
    attempts : list of Attempt
    shown : Attempt
        The one that the evidence is about.
    backward : callable, optional
        The learner's function, where it can still be asked.
    """
    numbers = [attempt for attempt in attempts if attempt.grads is not None]
    text = _precision(numbers)
    if text:
        return ("lost digits",), [text]
    lines = []
    if not (shown.loss_right or shown.loss_summed):
        least = min(numbers, key=lambda attempt: len(attempt.network.X))
        if backward and _fits_own_loss(backward, least):
            return ("wrong loss",), [
                "Your gradients are right for the loss that you compute, but that loss "
                "is not the agreed one. Look at the forward pass: ReLU after every "
                "layer but the last, then the mean softmax cross-entropy."
            ]
        lines.append(
            "Already the loss differs, so look at the forward pass first; what follows "
            "may come from there."
        )
    lines.append("No known fault, and no two of them, give these numbers.")
    wrong = [attempt for attempt in numbers if not attempt.grads_right]
    single = [a for a in numbers if len(a.network.y) == 1 and a.grads_right]
    if single and all(len(attempt.network.y) > 1 for attempt in wrong):
        lines.append(
            "With one example every gradient is right. So look at how the examples of "
            "a batch are put together: sums, means, indices, the order of the rows."
        )
    told = _misplaced(shown) or _located(wrong) or [walked_back(shown)]
    return (), [*lines, *told]


def _precision(attempts: list[Attempt]) -> str:
    """Recognise gradients that are right in their first digits only."""
    for attempt in attempts:
        if not same(attempt.grads, attempt.network.grads, attempt.network, 1e-3):
            return ""
    wrong = next(a for a in attempts if not a.grads_right)
    names = wrong_names(wrong)
    return (
        f"{listed(names)} {verb(names, 'is', 'are')} right in the first digits and "
        "then no more. Look for rounding, for numbers of fewer digits than float64 "
        "has, and for a small constant added somewhere."
    )


def _fits_own_loss(backward: Callable, attempt: Attempt) -> bool:
    """Tell whether gradients are those of the loss that came with them."""
    network = attempt.network
    params = network.copied_params()

    def loss():
        copies = [(W.copy(), b.copy()) for W, b in params]
        return backward(network.X.copy(), network.y.copy(), copies)[0]

    def measured():
        return [
            differences(loss, t, range(t.size), 1e-5).reshape(t.shape)
            for t in flat(params)
        ]

    slopes = guard.run(measured, SECONDS).value
    if slopes is None:
        return False
    return all(
        close(a, b, 1e-4, network.floor)
        for a, b in zip(slopes, flat(attempt.grads), strict=True)
    )


def _misplaced(attempt: Attempt) -> list[str]:
    """Find gradients that stand in the place of another tensor."""
    true, floor, lines = by_name(attempt.network.grads), attempt.network.floor, []
    for name, yours in by_name(attempt.grads).items():
        if close(yours, true[name], attempt.tolerance, floor):
            continue
        lines += [
            f"In place of {name} stands the gradient of {other}."
            for other, tensor in true.items()
            if norm(tensor) > floor and close(yours, tensor, attempt.tolerance, floor)
        ]
    return lines


def walked_back(attempt: Attempt) -> str:
    """Say where the numbers part first, by the tensors alone."""
    first = first_wrong(attempt)
    if first == ("loss",):
        return "Walking back, the loss is the first that differs."
    layer, last = int(first[0][1:]), len(attempt.network.params)
    wrong = wrong_names(attempt)
    before = [n for n in verdicts(attempt) if n not in wrong and int(n[1:]) > layer]
    text = f"Walking back from the loss, the numbers part at {listed(first)}"
    if before:
        text += f"; {listed(before)} before that {verb(before, 'is', 'are')} right"
    text += "."
    if len(wrong) == 1:
        return (
            text + f" Everything else is right: look at the line that makes {wrong[0]}."
        )
    if len(first) == 1:
        return text + f" Look at the line that makes {first[0]} first."
    if layer == last:
        return text + " Look at the step from the loss to the logits."
    return text + (
        f" Look at the step that passes the gradient back through W{layer + 1} and "
        f"the ReLU of layer {layer}."
    )


def _located(wrong: list[Attempt]) -> list[str]:
    """Follow the backward pass on the learner's own numbers.

    A fault shows where it sits, not where it spreads. Nothing is said unless all
    networks show the same step first.
    """
    # One example alone fits many a fault of the batch.
    wrong = [a for a in wrong if len(a.network.y) > 1] or wrong
    with np.errstate(all="ignore"):
        walked = [(attempt, walk(attempt, unknown=True)[0]) for attempt in wrong]
    # A walk that stopped without a step had no evidence where the fault is.
    walked = [pair for pair in walked if pair[1].unknown or not pair[1].stopped]
    trails = [trail for _, trail in walked]
    if len({tuple(u[:2] for u in trail.unknown[:1]) for trail in trails}) != 1:
        return []
    attempt, trail = max(
        walked,
        key=lambda pair: (not pair[1].stopped, pair[0].network.params[0][0].size),
    )
    if not trail.unknown:
        return []
    lines = []
    if trail.items and all(t.names.keys() == trail.names.keys() for t in trails):
        names = listed(trail.names)
        lines.append(f"A part of the numbers is as with this fault: {names}.")
        lines += in_words([trail.items], len(attempt.network.params))[1:]
    told = ["Each step taken on your own numbers, from the loss inwards:"]
    told += [_step_words(*unknown, trail) for unknown in trail.unknown]
    return [*lines, " ".join(told)]


def _step_words(part: str, layer: int, step, dZ, trail: Trail) -> str:
    if part != "pass":
        fits, other = ("W", "b") if part == "b" else ("b", "W")
        return (
            f"{other}{layer} does not follow from the dZ that gives {fits}{layer}: "
            f"look at the line that makes {other}{layer}."
        )
    if layer == len(step.network.params):
        return (
            "The numbers part at the first step, from the loss to the logits "
            f"(W{layer} and b{layer} show it)." + _shares(step, dZ)
        )
    return (
        f"The numbers part between layer {layer + 1} and layer {layer}, where the "
        f"gradient passes W{layer + 1} and the ReLU of layer {layer}."
        + _gate_words(step, dZ)
    )


def _shares(step, dZ) -> str:
    """Say how often each example counts, where that is the fault."""
    if dZ is None or step.n == 1:
        return ""
    counts = (dZ * step.dZ).sum(axis=1) / np.square(step.dZ).sum(axis=1)
    if not close(counts[:, None] * step.dZ, dZ, 1e-5, step.network.floor):
        return ""
    each = ", ".join(f"{count:.3g}" for count in counts.round(6) + 0.0)
    return f" Of {step.n} examples, which should count 1 each, these count {each}."


def _gate_words(step, dZ) -> str:
    """Say whether the product or the gate is at fault, by which units are wrong."""
    if dZ is None:
        return ""
    on, floor = step.Z > 0, step.network.floor
    on_wrong = not close(dZ[on], step.dA[on], 1e-5, floor)
    if np.abs(dZ[~on]).max(initial=0) <= 1e-6 * floor:
        return " Units that were off rightly get none; those that were on a wrong one."
    if on_wrong:
        return (
            " Units that were off get a gradient, and those that were on a wrong one."
        )
    return " Units that were on get the right gradient; units that were off get one."
