"""The known faults: what they are called, and which one a result behaves like."""

from dataclasses import dataclass
from itertools import combinations

import numpy as np

from .attempt import Attempt
from .network import Fault, Network, random_network, same, same_shapes, with_faults
from .words import listed


@dataclass(frozen=True)
class Candidate:
    """A fault that people make, and the words for it.

    Attributes
    ----------
    place : str
        ``output``, ``layer`` (any), ``hidden`` (layers with a ReLU), ``passing``
        (layers through which the gradient is passed on) or ``order``.
    cause : str
        What was done, in plain words; ``{where}`` stands for the layers.
    look : str
        What to look at.
    """

    place: str
    cause: str
    look: str


CANDIDATES: dict[str, Candidate] = {
    "missing_batch_mean": Candidate(
        "output",
        "The loss is a mean over the batch, but its gradient is that of a sum: the 1/N "
        "is missing, so every gradient grows with the number of examples.",
        "Look at the step from the loss to the logits: how much does the mean change "
        "when the loss of one example changes?",
    ),
    "double_batch_mean": Candidate(
        "output",
        "The mean over the batch is taken twice: everything is divided by N once too "
        "often.",
        "Look for all the places where you divide by N; the loss has only one mean.",
    ),
    "wrong_sign": Candidate(
        "output",
        "Every gradient points the opposite way: the sign is wrong from the logits on.",
        "Look at the order of the difference at the logits: should the logit of the "
        "true class grow or shrink to lower the loss, and what does your sign say?",
    ),
    "probabilities_only": Candidate(
        "output",
        "The gradient at the logits is that of the probabilities alone: the true "
        "classes Y are never taken off.",
        "Look at the step from the loss to the logits: each of its rows should sum to "
        "zero, and yours sum to more.",
    ),
    "extra_p1mp": Candidate(
        "output",
        "The gradient at the logits carries an extra factor p(1 − p), the derivative "
        "of a sigmoid, although softmax and cross-entropy have been differentiated "
        "together already.",
        "Look at the step from the loss to the logits: which derivative is in it "
        "twice?",
    ),
    "no_relu_gate": Candidate(
        "hidden",
        "The gradient passes the ReLU {where} ungated: units that were off let it "
        "through as well. A gate that tests the value after ReLU with >= 0 does the "
        "same, for that is always true: no_relu_gate and gate_after_relu behave alike.",
        "Look at the gate {where}: is there one, which array does it test, and with "
        "which comparison?",
    ),
    "gate_on_upstream": Candidate(
        "hidden",
        "The ReLU gate {where} tests the gradient that comes in instead of the values "
        "of the forward pass.",
        "Look at which array decides whether a unit was on: that was settled in the "
        "forward pass.",
    ),
    "transposed_upstream": Candidate(
        "passing",
        "The gradient is passed back with the weight matrix {where} the wrong way "
        "round, rows for columns.",
        "Look at the product that turns dZ into the gradient of the layer's input, and "
        "write its shapes beside it, with different widths.",
    ),
    "missing_layer_chain": Candidate(
        "passing",
        "The gradient is handed to the layer below without passing through the weights "
        "{where}: one link of the chain rule is missing.",
        "Look at what the layer below receives: does it depend on the weights between?",
    ),
    "transposed_dW": Candidate(
        "layer",
        "The gradient of the weights {where} is transposed: its rows stand where the "
        "columns belong.",
        "Look at the order of the two factors in the product that makes dW, and "
        "compare its shape with that of W.",
    ),
    "bias_mean": Candidate(
        "layer",
        "The gradient of the bias {where} is averaged over the batch; the mean is "
        "already in dZ, so here the examples are added up.",
        "Look at how db is made from dZ, and compare with dW, which is a sum over the "
        "examples, too.",
    ),
    "bias_before_gate": Candidate(
        "hidden",
        "The gradient of the bias {where} is taken from the gradient before the ReLU "
        "gate, not after it.",
        "Look at which array you sum for db: is it the one that dW is made from?",
    ),
    "summed_over_wrong_axis": Candidate(
        "layer",
        "The gradient of the bias {where} is summed over the wrong axis: one number "
        "for each example instead of one for each unit.",
        "Look at the axis of the sum for db: which axis counts the examples?",
    ),
    "reversed_order": Candidate(
        "order",
        "The pairs come in the order in which the backward pass makes them, last layer "
        "first.",
        "Look at the order of your list: the first pair belongs to layer 1.",
    ),
}
"""The known faults by name; each can be switched on in the reference."""


ALIKE = {"no_relu_gate": ("gate_after_relu",)}
"""Other names for the same behaviour."""


_SLOTS = {  # faults that exclude each other in one layer
    "no_relu_gate": "gate",
    "gate_on_upstream": "gate",
    "transposed_upstream": "pass",
    "missing_layer_chain": "pass",
}


def _places(name: str, layers: int) -> list[int]:
    """Return the layers where a fault can sit, all at once (0) first."""
    place = CANDIDATES[name].place
    if place in ("output", "order"):
        return [0] if place == "output" or layers > 1 else []
    first = 2 if place == "passing" else 1
    last = layers - 1 if place == "hidden" else layers
    single = list(range(first, last + 1))
    return [0, *single] if len(single) > 1 else single


def _singles(layers: int) -> list[tuple[Fault, ...]]:
    return [((name, at),) for name in CANDIDATES for at in _places(name, layers)]


def _doubles(layers: int) -> list[tuple[Fault, ...]]:
    """Return all pairs of faults that can be in one network together."""

    def compatible(a, b):
        same_place = a[1] == b[1] or 0 in (a[1], b[1])
        return not same_place or _SLOTS.get(a[0], a[0]) != _SLOTS.get(b[0], b[0])

    faults = [fault for (fault,) in _singles(layers)]
    return [pair for pair in combinations(faults, 2) if compatible(*pair)]


def explain(attempts: list[Attempt]) -> list[tuple[Fault, ...]]:
    """Return the faults, else pairs of faults, that explain all attempts."""
    judged = [attempt for attempt in attempts if attempt.grads or attempt.raised]
    for among in (judged, [attempt for attempt in judged if attempt.grads]):
        for possible in (_singles, _doubles):
            found = _matching(possible(len(attempts[0].network.params)), among)
            if found:
                return _distinct(found)
    return []


def _matching(possible, attempts: list[Attempt]) -> list[tuple[Fault, ...]]:
    wrong = [a for a in attempts if a.grads is not None and not a.grads_right]
    if not wrong:
        return []
    lead = min(wrong, key=lambda attempt: attempt.size)  # the cheapest to try on
    rest = [attempt for attempt in attempts if attempt is not lead]
    found = [faults for faults in possible if _behaves_like(lead, faults)]
    return [f for f in found if all(_behaves_like(attempt, f) for attempt in rest)]


def _behaves_like(attempt: Attempt, faults: tuple[Fault, ...]) -> bool:
    """Tell whether the reference with these faults does the same."""
    grads = with_faults(attempt.network, faults)
    if attempt.raised:
        return grads is None or not same_shapes(grads, attempt.network.grads)
    tolerance = max(attempt.tolerance, 1e-5)
    return grads is not None and same(attempt.grads, grads, attempt.network, tolerance)


def _distinct(found: list[tuple[Fault, ...]]) -> list[tuple[Fault, ...]]:
    """Keep one of those that name the same faults, the one in all layers first."""
    kept: dict[tuple[str, ...], tuple[Fault, ...]] = {}
    for faults in found:
        kept.setdefault(tuple(name for name, _ in faults), faults)
    return list(kept.values())


def in_words(explanations, attempts, shown) -> list[str]:
    """Put the explanations into words, and what told others apart from them."""
    layers = len(shown.network.params)
    best = explanations[0]
    if len(explanations) > 1:
        alike = " or ".join(" with ".join(n for n, _ in e) for e in explanations[:4])
        lines = [f"Several faults explain this equally well: {alike}. The likeliest:"]
    elif len(best) > 1:
        lines = [f"Two faults together: {' and '.join(name for name, _ in best)}."]
    else:
        lines = [f"That is how {best[0][0]} behaves."]
    for name, layer in best:
        candidate, where = CANDIDATES[name], _where(name, layer, layers)
        lines.append(
            candidate.cause.format(where=where)
            + " "
            + candidate.look.format(where=where)
        )
    if len(explanations) > 1:
        lines.append(
            f"To tell them apart, try {_experiment(shown.network, explanations)}."
        )
    lines += _told_apart(explanations, attempts)
    return lines


def _where(name: str, layer: int, layers: int) -> str:
    if layer:
        return f"of layer {layer}"
    return {
        "hidden": "of every hidden layer",
        "passing": "of every layer but the first",
    }.get(CANDIDATES[name].place, "of every layer")


def _experiment(network: Network, explanations) -> str:
    """Name an experiment in which two explanations give different numbers."""
    layers = len(network.params)
    rng = np.random.default_rng(0)
    trials = [
        ("a layer that is not square", tuple(range(3, layers + 4)), len(network.y)),
        ("a batch of more than one", network.widths, len(network.y) + 3),
        ("weights away from zero", network.widths, len(network.y)),
    ]
    for words, widths, batch in trials:
        trial = random_network(widths, batch, rng)
        a, b = (with_faults(trial, faults) for faults in explanations[:2])
        if (a is None) != (b is None) or (a and not same(a, b, trial, 1e-5)):
            return words
    return "other widths, with a batch of more than one"


def _told_apart(explanations, attempts: list[Attempt]) -> list[str]:
    """Say which faults would look alike on the given network alone, and why not."""
    given = attempts[0]
    if given.grads is None or given.grads_right:
        return []
    known = {faults[0][0] for faults in explanations if len(faults) == 1}
    others: dict[str, list[str]] = {}
    for (fault,) in _singles(len(given.network.params)):
        if fault[0] in known or not _behaves_like(given, (fault,)):
            continue
        for attempt in attempts[1:]:
            if not _behaves_like(attempt, (fault,)):
                why = _difference(given.network, attempt.network)
                others.setdefault(why, []).append(fault[0])
                break
    return [
        f"On {given.network.words} alone, {listed(dict.fromkeys(names))} would look "
        f"the same; {why} told them apart."
        for why, names in others.items()
    ]


def _difference(given: Network, other: Network) -> str:
    if len(given.y) == 1 < len(other.y):
        return f"a batch of more than one ({other.words})"
    if given.square and not other.square:
        return f"a network without square layers ({other.words})"
    return f"another network ({other.words})"
