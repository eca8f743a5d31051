"""Find the faults that give the learner's numbers, from the loss inwards.

The search walks the way the backward pass walks. At each step it tries the right
rule and every known fault of that step, and keeps what gives the learner's own
numbers for the layer. What is left at the first layer explains one network; it
counts when it gives the learner's numbers on all the others as well.
"""

from dataclasses import dataclass, replace
from itertools import product
from typing import Any

import numpy as np

from .attempt import Attempt
from .faults import CANDIDATES, FITTED
from .network import (
    PASS,
    TOP,
    Step,
    close,
    gradients,
    make_dZ,
    run,
    same,
    same_shapes,
)
from .numerical import flat, norm

Item = tuple[str, int, Any]
"""A fault, its layer (in a network) or its scope (see :func:`_scopes`), its number."""

_NAMES = 2  # so many faults at once
_TINY = 1e-3  # a number small enough for every fault that has one to be linear in it
_MOST = 30  # ways that are followed at once
_NO_FIT = (ValueError, IndexError)  # what NumPy raises where shapes do not fit

_OF_STEP: dict[str, list[str]] = {}
for _name, _candidate in CANDIDATES.items():
    _OF_STEP.setdefault(_candidate.step, []).append(_name)


@dataclass(frozen=True)
class Trail:
    """One way to explain the numbers, as far as the walk has come."""

    items: tuple[Item, ...] = ()
    step: Step | None = None
    unknown: tuple[tuple, ...] = ()  # (part, layer, right step, own dZ or None)
    stopped: bool = False

    @property
    def names(self) -> dict[str, Any]:
        """The faults so far, with their numbers."""
        return {name: c for name, _, c in self.items}

    def plus(self, *items: Item | None) -> "Trail":
        """Return the trail with more faults."""
        return replace(self, items=self.items + tuple(i for i in items if i))


def explain(attempts: list[Attempt]) -> list[tuple[Item, ...]]:
    """Return the fewest faults that explain all attempts, each way to do so once.

    Where several ways take equally few faults, all are returned.
    """
    judged = [a for a in attempts if a.grads is not None or a.raised]
    with np.errstate(all="ignore"):
        for among in (judged, [a for a in judged if a.grads is not None]):
            wrong = [a for a in among if a.grads is not None and not a.grads_right]
            for lead in sorted(wrong, key=_telling, reverse=True)[:3]:
                if found := _explained(lead, among):
                    return found
    return []


def _telling(attempt: Attempt) -> tuple:
    network = attempt.network
    return (
        len(network.params),
        not network.square,
        len(network.y) > 1,
        sum(W.size for W, _ in network.params),
    )


def _explained(lead: Attempt, attempts: list[Attempt]) -> list[tuple[Item, ...]]:
    found: dict[tuple[str, ...], tuple[Item, ...]] = {}
    ways = [scoped for items in _ways(lead) for scoped in _scopes(items, lead)]
    for items in sorted(ways, key=_cost):
        names = tuple(sorted({name for name, _, _ in items}))
        if found and _cost(items) > _cost(next(iter(found.values()))):
            break
        if names not in found and _holds(items, attempts):
            found[names] = items
    return list(found.values())


def _holds(items: tuple[Item, ...], attempts: list[Attempt]) -> bool:
    """Tell whether faults explain all attempts, and numbers speak for each of them."""
    if not all(behaves_like(attempt, items) for attempt in attempts):
        return False
    numbers = [attempt for attempt in attempts if attempt.grads is not None]
    fewer = [[i for i in items if i[0] != name] for name, _, _ in items]
    return not any(all(behaves_like(a, few) for a in numbers) for few in fewer)


def _cost(items: tuple[Item, ...]) -> float:
    """Return how much an explanation asks to be believed."""
    return sum(1 + 0.1 * CANDIDATES[name].doubtful for name, _, _ in items)


def _ways(attempt: Attempt) -> list[tuple[Item, ...]]:
    """Return all sets of faults that give the numbers of one network."""
    ways = [trail.items for trail in walk(attempt)]
    backward = replace(attempt, grads=attempt.grads[::-1])
    if len(attempt.grads) > 1:
        first = Trail((("reversed order", 0, None),))
        ways += [trail.items for trail in walk(backward, first)]
    return ways + _of_the_list(attempt)


def _of_the_list(attempt: Attempt) -> list[tuple[Item, ...]]:
    """Return faults of the whole list that are nothing but a number."""
    network = attempt.network
    if not same_shapes(attempt.grads, network.grads):
        return []
    yours, true = _row(attempt.grads), _row(network.grads)
    numbers = {
        "values clipped": np.abs(yours).max(),
        "parameters for gradients": (_row(network.params) - yours)
        @ true
        / (true @ true),
    }
    items = [(name, 0, c) for name, c in numbers.items() if c > 0]
    return [(item,) for item in items if behaves_like(attempt, (item,))]


def _row(pairs) -> np.ndarray:
    return np.concatenate([tensor.ravel() for tensor in flat(pairs)])


# What a set of faults does to any network.


def _scopes(items: tuple[Item, ...], attempt: Attempt) -> list[tuple[Item, ...]]:
    """Say of which layers a set of faults speaks, for networks of any depth.

    Scope 0 is every layer where a fault can sit, 2 the second of them all, -1 the
    last one where it can sit.
    """
    layers, parts = len(attempt.network.params), []
    for name in dict.fromkeys(name for name, _, _ in items):
        own = sorted((i for i in items if i[0] == name), key=lambda item: item[1])
        places = CANDIDATES[name].places(layers)
        c = own[0][2]
        one = all(i[2] == c or (_number(c) and np.isclose(i[2], c, 1e-3)) for i in own)
        if one and [layer for _, layer, _ in own] == places:
            scopes = [[0]] + ([[places[0]], [-1]] if len(own) == 1 < layers else [])
        elif len(own) == 1:
            at = own[0][1]
            scopes = [[at], [places.index(at) - len(places)]]
        else:
            scopes = [[layer for _, layer, _ in own]]
        numbers = [c for _, _, c in own]
        parts.append(
            [[(name, *p) for p in zip(at, numbers, strict=False)] for at in scopes]
        )
    return [tuple(item for part in way for item in part) for way in product(*parts)]


def _number(c: Any) -> bool:
    return isinstance(c, float | np.floating)


def behaves_like(attempt: Attempt, items: tuple[Item, ...]) -> bool:
    """Tell whether the reference with these faults does the same."""
    network = attempt.network
    try:
        grads = gradients(network, _changed(items, len(network.params)))
    except _NO_FIT:  # NumPy stops the learner, too
        return attempt.raised
    if attempt.raised:
        return not same_shapes(grads, network.grads)
    return same(attempt.grads, grads, network, _tolerance(attempt))


def _changed(items: tuple[Item, ...], layers: int) -> dict:
    changed = {}
    for name, scope, c in items:
        candidate = CANDIDATES[name]
        places = candidate.places(layers)
        if scope > 0:
            places = [scope] if scope in places else []
        elif scope < 0:
            places = places[scope : scope + 1 or None]
        for layer in places:
            changed[candidate.step, layer] = (candidate.change, c)
    return changed


def _tolerance(attempt: Attempt) -> float:
    return max(attempt.tolerance, 1e-5)


# The walk from the loss inwards.


def walk(attempt: Attempt, first: Trail = Trail(), unknown: bool = False):
    """Return the trails that give the learner's numbers of one network.

    Parameters
    ----------
    attempt : Attempt
        With gradients.
    first : Trail
        What is taken for granted.
    unknown : bool
        Whether to go on behind a step that no known fault explains, where the
        numbers allow it. There is one trail then.

    Returns
    -------
    list of Trail
    """
    trails = [first]
    for layer in range(len(attempt.network.params), 0, -1):
        made = [way for trail in trails for way in _made(attempt, trail, layer)]
        trails = [way for trail in made for way in _with_lines(attempt, trail, layer)]
        if not trails and unknown:
            trails = [_beyond(attempt, made, layer)]
            if trails[0].stopped:
                break
        trails = sorted(trails, key=lambda trail: len(trail.names))
        trails = trails[: 1 if unknown else _MOST]
    return trails


def _items(step: str, layer: int, trail: Trail, layers: int) -> list[Item | None]:
    """Return what can be at a step: nothing, or a fault."""
    items, names = [None], trail.names
    for name in _OF_STEP[step]:
        candidate = CANDIDATES[name]
        if layer not in candidate.places(layers):
            continue
        if name in names:
            items.append((name, layer, names[name]))
        elif len(names) < _NAMES:
            numbers = (FITTED,) if candidate.c == FITTED else candidate.c
            items += [(name, layer, c) for c in numbers]
    return items


def _made(attempt: Attempt, trail: Trail, layer: int) -> list[Trail]:
    """Return the trail with each possible dZ of the next layer."""
    network, above = attempt.network, trail.step
    layers = len(network.params)
    parts = TOP if above is None else PASS
    places = {"upstream": layer + 1, "gate": layer}
    options = [_items(part, places.get(part, 0), trail, layers) for part in parts]
    made = []
    for way in product(*options):
        new = trail.plus(*way)
        open_ = [item for item in way if item and item[2] == FITTED]
        if len(new.names) > _NAMES or len(open_) > 1:
            continue
        try:
            if open_:
                new = _with_number(attempt, new, open_[0], layer, above)
            if new:
                step = make_dZ(network, layer, above, _changed(new.items, layers))
                made.append(replace(new, step=step))
        except _NO_FIT:
            continue
    return made


def _with_number(attempt, trail, item: Item, layer: int, above) -> Trail | None:
    """Fit the number of a fault to the gradients of the layer that it makes."""
    network = attempt.network

    def with_c(c):
        items = tuple((*i[:2], c) if i == item else i for i in trail.items)
        return replace(trail, items=items)

    def lines(c):
        changed = _changed(with_c(c).items, len(network.params))
        step = make_dZ(network, layer, above, changed)
        return np.concatenate([run(part, step).ravel() for part in "Wb"])

    yours = np.concatenate([t.ravel() for t in attempt.grads[layer - 1]])
    c = _fitted(lines, yours, item[0], attempt)
    return None if c is None else with_c(c)


def _fitted(function, yours, name: str, attempt: Attempt) -> float | None:
    """Return c where ``function(c)``, linear in c, gives the learner's numbers."""
    base = function(0.0)
    if base.shape != yours.shape:
        return None
    slope = (function(_TINY) - base) / _TINY
    square = np.square(slope).sum()
    if square == 0:
        return None
    c = float((slope * (yours - base)).sum() / square)
    low, high = CANDIDATES[name].span
    fits = close(base + c * slope, yours, _tolerance(attempt), attempt.network.floor)
    return c if fits and low < c < high else None


def _with_lines(attempt: Attempt, trail: Trail, layer: int) -> list[Trail]:
    """Return the trail with what makes dW and db of a layer, where that fits."""
    new = [trail]
    for part in "Wb":
        new = [way.plus(item) for way in new for item in _lines(attempt, way, part)]
    return new


def _lines(attempt: Attempt, trail: Trail, part: str) -> list[Item | None]:
    """Return how the learner's dW or db follows from the dZ of a trail."""
    network, step = attempt.network, trail.step
    layer = step.layer
    yours = attempt.grads[layer - 1]["Wb".index(part)]
    if _fits(attempt, run(part, step), yours):
        return [None]
    found = []
    for item in _items(part, layer, trail, len(network.params))[1:]:
        name, _, c = item

        def line(c, change=CANDIDATES[name].change):
            return run(part, step, change, c)

        try:
            if c == FITTED:
                c = _fitted(line, yours, name, attempt)
                found += [] if c is None else [(name, layer, c)]
            elif _fits(attempt, line(c), yours):
                found.append(item)
        except _NO_FIT:
            continue
    return found


def _fits(attempt: Attempt, ours, yours) -> bool:
    return close(ours, yours, _tolerance(attempt), attempt.network.floor)


def _beyond(attempt: Attempt, made: list[Trail], layer: int) -> Trail:
    """Go on behind a step that no known fault explains.

    With the right dZ one of dW and db may still be right. Else dZ is worked out
    from both of them, where the layer has more inputs than there are examples.
    """
    trail = min(made, key=lambda trail: len(trail.items))  # nothing new in it
    right = [part for part in "Wb" if None in _lines(attempt, trail, part)]
    if right == ["W"] and not attempt.network.inputs[layer - 1].any(axis=1).all():
        return replace(trail, stopped=True)  # dW cannot show those rows of dZ
    if right:
        other = "b" if right == ["W"] else "W"
        return _not_known(trail, other, layer, None)
    dZ = _recovered(attempt, layer)
    if dZ is None:
        return replace(_not_known(trail, "pass", layer, None), stopped=True)
    step = trail.step
    own = Step(step.network, layer, dZ, step.dA, step.above)
    return replace(_not_known(trail, "pass", layer, dZ), step=own)


def _not_known(trail: Trail, part: str, layer: int, dZ) -> Trail:
    unknown = (*trail.unknown, (part, layer, trail.step, dZ))
    return replace(trail, unknown=unknown)


def _recovered(attempt: Attempt, layer: int) -> np.ndarray | None:
    """Return the dZ, (N, D_out), that gives both dW and db of a layer, if one does.

    Rows of zeros in A are no evidence about dW: then the rank is too small.
    """
    network = attempt.network
    A, pair = network.inputs[layer - 1], attempt.grads[layer - 1]
    n, width = A.shape
    inputs = np.hstack([A, np.ones((n, 1))])
    if not same_shapes([pair], [network.params[layer - 1]]) or n > width:
        return None
    if np.linalg.matrix_rank(inputs) < n:
        return None
    yours = np.vstack([pair[0], pair[1][None]])
    dZ = np.linalg.lstsq(inputs.T, yours, rcond=None)[0]
    return dZ if norm(yours) and _fits(attempt, inputs.T @ dZ, yours) else None
