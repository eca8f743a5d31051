"""Locate a fault that is in no list: the step where the numbers part."""

from collections.abc import Callable

import numpy as np

from course_utils.checking import guard

from .attempt import SECONDS, Attempt, first_wrong, run_on, verdicts, wrong_names
from .network import Network, close, forward, random_network, same, same_shapes
from .numerical import by_name, common_factor, differences, flat, norm
from .words import listed, plural, verb


def find_unlisted(backward, attempts, shown) -> tuple[tuple[str, ...], list[str]]:
    """Find the step where the numbers part, and say what is still right."""
    numbers = [attempt for attempt in attempts if attempt.grads is not None]
    for find in (_constant_factor, _precision):
        cause, text = find(numbers)
        if cause:
            return (cause,), [text]
    lines = []
    if not (shown.loss_right or shown.loss_summed):
        if _fits_own_loss(backward, min(numbers, key=lambda a: a.size)):
            return ("wrong_loss",), [
                "Your gradients are right for the loss that you compute, but that loss "
                "is not the agreed one. Look at the forward pass: ReLU after every "
                "layer but the last, then the mean softmax cross-entropy."
            ]
        lines.append(
            "Already the loss differs, so look at the forward pass first; what follows "
            "may come from there."
        )
    lines.append("No known fault, and no two of them, give these numbers.")
    lines += _misplaced(shown)
    located = _located(backward, shown)
    lines += located or [_by_tensors(shown)]
    return (), lines


def _constant_factor(attempts: list[Attempt]) -> tuple[str, str]:
    """Recognise gradients that are all the same multiple of the true ones."""
    factors = []
    for attempt in attempts:
        yours, true = (
            np.concatenate([tensor.ravel() for tensor in flat(grads)])
            for grads in (attempt.grads, attempt.network.grads)
        )
        if yours.shape != true.shape:
            return "", ""
        factor = common_factor(true, yours, 10 * attempt.tolerance)
        if not factor:
            return "", ""
        factors.append(factor)
    if np.allclose(factors, 1, rtol=1e-3):
        return "", ""
    if abs(factors[0] - 1) > 1e-3 and np.allclose(factors, factors[0], rtol=1e-4):
        return "constant_factor", (
            f"Every gradient on every network is {factors[0]:.4g} times the true one: "
            "directions are right, and one factor has got in that does not belong to "
            "the gradient, such as a learning rate. Look for it where the backward "
            "pass starts and where it ends."
        )
    divisors = [len(a.network.y) / f for a, f in zip(attempts, factors, strict=True)]
    if len(divisors) > 1 and np.allclose(divisors, divisors[0], rtol=1e-4):
        return "fixed_batch_size", (
            f"Every gradient is divided by {divisors[0]:.4g}, however many examples "
            f"there are. Look for a number, or a name from outside your function, "
            "where the number of rows of X belongs."
        )
    return "", ""


def _precision(attempts: list[Attempt]) -> tuple[str, str]:
    """Recognise gradients that are right in their first digits only."""
    for attempt in attempts:
        if not same(attempt.grads, attempt.network.grads, attempt.network, 1e-3):
            return "", ""
    wrong = [a for a in attempts if not a.grads_right]
    if not wrong:
        return "", ""
    names = wrong_names(wrong[0])
    return "lost_precision", (
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


def _by_tensors(attempt: Attempt) -> str:
    """Locate a fault by the tensors alone."""
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
    if layer == last and len(first) == 2:
        return text + " Look at the step from the loss to the logits."
    if len(first) == 2:
        return text + (
            f" Look at the step that passes the gradient back through W{layer + 1} and "
            f"the ReLU of layer {layer}."
        )
    return text + f" Look at the line that makes {first[0]} first."


def _located(backward: Callable, attempt: Attempt) -> list[str]:
    """Follow the backward pass one example at a time.

    With a single example, db is dZ itself. So every step can be checked on the
    learner's own numbers, and a fault shows where it sits, not where it spreads.
    """
    shares = _shares(backward, attempt)
    if shares:
        return [shares]
    network = attempt.network
    singles = []
    for one in _one_by_one(network):
        singles.append(run_on(backward, one))
        if not same_shapes(singles[-1].grads or [], network.params):
            return []
    steps = list(dict.fromkeys(s for single in singles for s in _broken_steps(single)))
    if not steps:
        return [
            "With one example at a time every gradient is right, so the fault lies in "
            "how the examples of a batch are put together. Look at the sums over the "
            f"batch that make {listed(wrong_names(attempt))}."
        ]
    steps.sort(key=lambda step: (-step[1], step[0] != "pass"))
    lines = ["Checked with one example at a time, each step on your own numbers:"]
    lines += [_step_words(step, singles) for step in steps]
    lines.append("All other steps follow correctly from what comes into them.")
    return [" ".join(lines)]


def _one_by_one(network: Network) -> list[Network]:
    return [
        forward(network.X[i : i + 1], network.y[i : i + 1], network.params)
        for i in range(len(network.y))
    ]


def _shares(backward: Callable, attempt: Attempt) -> str:
    """Say with what shares the examples are added up, where that is the fault."""
    shares = _fitted_shares(attempt)
    if shares is None:
        return ""
    # Where most units are off, a few examples fit anything: the shares are
    # those of the function only if another network shows them as well.
    n, widths = len(shares), attempt.network.widths
    other = run_on(backward, random_network(widths, n, np.random.default_rng((1, 2))))
    again = _fitted_shares(other)
    if again is None or not np.allclose(shares, again, atol=1e-3):
        return ""
    wrong = wrong_names(attempt)
    missing = [str(i + 1) for i in range(n) if abs(shares[i]) < 1e-6]
    if missing:
        fault = (
            f"{plural(len(missing), 'example')} {listed(missing)} of {n} "
            f"{verb(missing, 'adds', 'add')} nothing"
        )
    else:
        counts = ", ".join(f"{share * n:.3g}" for share in shares)
        fault = f"the examples, which should count 1 each, count {counts}"
    return (
        f"{listed(wrong)} {verb(wrong, 'is', 'are')} made of the right gradients of "
        f"the single examples, added up wrongly: {fault}. Look at how the rows of the "
        "batch are put together."
    )


def _fitted_shares(attempt: Attempt) -> np.ndarray | None:
    """Return the shares, (N,), with which the examples make the wrong gradients.

    The gradient of a batch is the mean of those of its examples; least squares
    finds the shares that were used instead, if there are any.
    """
    n = len(attempt.network.y)
    if not attempt.grads or not same_shapes(attempt.grads, attempt.network.grads):
        return None
    wrong = wrong_names(attempt)

    def row(grads):
        tensors = by_name(grads)
        return np.concatenate([tensors[name].ravel() for name in wrong])

    singles = _one_by_one(attempt.network)
    columns = np.stack([row(one.grads) for one in singles], axis=1)
    target = row(attempt.grads)
    if n == 1 or len(target) <= n or np.linalg.matrix_rank(columns) < n:
        return None
    shares = np.linalg.lstsq(columns, target, rcond=None)[0]
    fits = close(columns @ shares, target, 1e-5, attempt.network.floor)
    # Equal shares are one factor for all: that has been said before.
    return shares if fits and np.ptp(shares) >= 1e-6 else None


def _broken_steps(single: Attempt) -> list[tuple[str, int]]:
    """Return the steps that do not follow from the learner's own numbers.

    ``("pass", l)`` is the step that makes dZ of layer l, ``("W", l)`` and
    ``("b", l)`` those that make the gradients of its parameters from it.
    """
    network, steps = single.network, []
    tolerance = max(single.tolerance, 1e-5)

    def agree(a, b):
        return close(a, b, tolerance, network.floor)

    dZ = None
    for layer in range(len(network.params), 0, -1):
        expected = _passed_back(network, layer, dZ)
        a = network.inputs[layer - 1][0]
        dW, db = single.grads[layer - 1]
        from_dW = a @ dW / max(a @ a, 1e-12)
        one_source = agree(np.outer(a, from_dW), dW)
        if agree(dW, np.outer(a, db)):
            dZ = db
            steps += [] if agree(db, expected) else [("pass", layer)]
        elif agree(db, expected):
            dZ = db
            steps.append(("W", layer))
        elif one_source and agree(dW, np.outer(a, expected)):
            dZ = expected
            steps.append(("b", layer))
        else:  # both are off, each in its own way
            dZ = from_dW if one_source else db
            steps += [("pass", layer), ("b" if one_source else "W", layer)]
    return steps


def _passed_back(network: Network, layer: int, dZ: np.ndarray | None) -> np.ndarray:
    """Return the dZ of ``layer`` that follows from the dZ above it: (D_out,)."""
    if dZ is None:
        return network.dlogits[0]
    return (dZ @ network.params[layer][0].T) * (network.before[layer - 1][0] > 0)


def _step_words(step: tuple[str, int], singles: list[Attempt]) -> str:
    what, layer = step
    last = len(singles[0].network.params)
    if what == "W":
        return (
            f"W{layer} does not follow from the input of layer {layer} and from what "
            f"b{layer} shows of its dZ: look at the line that makes W{layer}."
        )
    if what == "b":
        return (
            f"b{layer} does not follow from the dZ that W{layer} was made with: look "
            f"at the line that makes b{layer}."
        )
    if layer == last:
        return (
            "The numbers part at the first step, from the loss to the logits "
            f"(W{layer} and b{layer} show it)."
        )
    return (
        f"The numbers part between layer {layer + 1} and layer {layer}, where the "
        f"gradient passes W{layer + 1} and the ReLU of layer {layer}. "
        + _gate_words(layer, singles)
    )


def _gate_words(layer: int, singles: list[Attempt]) -> str:
    """Say whether the product or the gate is at fault, by which units are wrong."""
    on_wrong = off_open = False
    for single in singles:
        network = single.network
        _, dZ = single.grads[layer]
        _, db = single.grads[layer - 1]
        dA = dZ @ network.params[layer][0].T
        on = network.before[layer - 1][0] > 0
        on_wrong |= not close(db[on], dA[on], 1e-5, network.floor)
        off_open |= bool(np.abs(db[~on]).max(initial=0) > 1e-6 * network.floor)
    if off_open and on_wrong:
        return "Units that were off get a gradient, and units that were on a wrong one."
    if off_open:
        return "Units that were on get the right gradient; units that were off get one."
    return "Units that were off rightly get none; units that were on get a wrong one."
