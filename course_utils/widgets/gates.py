"""The numbers of a computation graph, and what people confuse on the way.

Reads the Values of chapter 07: any class whose objects have ``data``,
``parents`` and ``slopes``, which are left as they are. Every number that the
reader fills in is one :class:`Step`; :func:`steps` lists them in the order of
work, forward and then backward.
"""

import math
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from itertools import pairwise

SYMBOLS = {"plus": "+", "times": "×", "max": "max", "exp": "exp", "log": "log"}

RULES = {
    "plus": "The plus gate distributes: what arrives at it goes on to both inputs.",
    "times": "The times gate swaps: each input gets what arrives, times the value "
    "of the other input.",
    "max": "The max gate routes: what arrives goes to the larger input, and the "
    "other one gets 0.",
    "exp": "The slope of exp is its own output, times what arrives.",
    "log": "The slope of log is 1 over its input, times what arrives.",
    "other": "What arrives at the gate, times the gate's own slope.",
}


@dataclass(frozen=True)
class Edge:
    """A way from a node to a gate: the gate's input number ``slot``."""

    start: int
    end: int
    slot: int


@dataclass(frozen=True)
class Node:
    """A Value: ``gate`` is None for an input of the expression."""

    name: str
    gate: str | None
    value: float
    local: tuple[float, ...]
    given: bool  # a constant, whose slope nobody asks for

    @property
    def symbol(self) -> str:
        """What is written into the gate."""
        return SYMBOLS.get(self.gate, "f")


@dataclass(frozen=True)
class Graph:
    """Nodes, each after its parents, and the edges between them."""

    nodes: list[Node]
    edges: list[Edge]

    def into(self, node: int) -> list[int]:
        """Return the edges that lead into a gate, in the order of its inputs."""
        return [i for i, edge in enumerate(self.edges) if edge.end == node]

    def out_of(self, node: int) -> list[int]:
        """Return the edges that lead out of a node."""
        return [i for i, edge in enumerate(self.edges) if edge.start == node]


@dataclass(frozen=True)
class Step:
    """One number to fill in.

    Attributes
    ----------
    kind : {"value", "slope", "sum"}
        A gate's value; the slope that goes back along an edge; the sum of all
        slopes that come back to a node.
    gate : int
        Node at which the work is done.
    place : int
        The node that the number belongs to, or the edge for "slope".
    question, explanation, hint : str
        What is asked; how the number comes about; what to think of after an
        answer that fits none of the mistakes.
    answer : float
    mistakes : list of (float, str)
        Wrong numbers and what whoever types them confused.
    """

    kind: str
    gate: int
    place: int
    question: str
    answer: float
    explanation: str
    hint: str
    mistakes: list[tuple[float, str]] = field(default_factory=list)


# --- Reading ---------------------------------------------------------------


def read(output, names: Mapping[str, object]) -> Graph:
    """Return the graph that ends in a Value.

    Parameters
    ----------
    output : Value
        Has ``data`` (a number), ``parents`` (Values) and ``slopes`` (a number
        for each parent), and so have all that it depends on.
    names : dict of str to Value
        Names to show. Inputs without one count as constants, unless no input
        has a name.

    Raises
    ------
    ValueError
        If something is no such Value; the message says what is missing.
    """
    called = {id(value): name for name, value in names.items()}
    values = _in_order(output)
    place = {id(value): i for i, value in enumerate(values)}
    inputs_named = any(id(v) in called for v in values if not len(v.parents))
    nodes, edges, count = [], [], 0
    for i, value in enumerate(values):
        gate = _gate(value) if len(value.parents) else None
        name = called.get(id(value), "")
        if not name and (gate or not inputs_named):
            count += 1
            name = f"v{count}"
        local = tuple(float(slope) for slope in value.slopes)
        given = gate is None and not name
        number = float(value.data)
        nodes.append(Node(name or figure(number), gate, number, local, given))
        edges += [Edge(place[id(p)], i, s) for s, p in enumerate(value.parents)]
    return Graph(nodes, edges)


def _in_order(output) -> list:
    """Return a Value and all that it depends on, each after its parents."""
    order, seen, waiting = [], set(), [(output, False)]
    while waiting:
        value, ready = waiting.pop()
        if ready:
            order.append(value)
        elif id(value) not in seen:
            seen.add(id(value))
            _check(value)
            waiting.append((value, True))
            waiting += [(parent, False) for parent in reversed(list(value.parents))]
        if len(seen) > 40:
            raise ValueError(
                "The graph has more than 40 Values: too many to fill in by hand. "
                "Choose a smaller expression."
            )
    return order


def _check(value) -> None:
    missing = [n for n in ("data", "parents", "slopes") if not hasattr(value, n)]
    if missing:
        raise ValueError(
            f"The graph is made of Values, and {value!r} is none: it has no "
            f"{' and no '.join(missing)}."
        )
    if len(value.parents) != len(value.slopes):
        raise ValueError(
            f"A Value has {len(value.parents)} parents and {len(value.slopes)} "
            "slopes; it needs one slope for each parent."
        )


def _gate(value) -> str:
    """Return which gate made a Value, told from its numbers."""
    numbers = [float(parent.data) for parent in value.parents]
    found = (float(value.data), *(float(slope) for slope in value.slopes))
    if len(numbers) == 2:
        a, b = numbers
        kinds = {
            "plus": (a + b, 1.0, 1.0),
            "times": (a * b, b, a),
            "max": (max(a, b), *found[1:]),
        }
        if sorted(found[1:]) != [0.0, 1.0]:
            del kinds["max"]
    else:
        (a,) = numbers if len(numbers) == 1 else (math.nan,)
        kinds = {"exp": (math.exp(a) if a < 700 else math.inf,) * 2}
        if a > 0:
            kinds["log"] = (math.log(a), 1 / a)
    for kind, expected in kinds.items():
        if all(map(_close, found, expected)):
            return kind
    return "other"


def _close(one: float, other: float) -> bool:
    return math.isclose(one, other, rel_tol=1e-9, abs_tol=1e-12)


# --- Numbers ---------------------------------------------------------------


def backward(graph: Graph) -> tuple[list[float], list[float]]:
    """Return the slope at every node, and the one that each edge brings back."""
    at_nodes = [0.0] * len(graph.nodes)
    along = [0.0] * len(graph.edges)
    at_nodes[-1] = 1.0
    for node in reversed(range(len(graph.nodes))):
        for edge in graph.into(node):
            slot, start = graph.edges[edge].slot, graph.edges[edge].start
            # Adding 0.0 turns -0.0, which nobody would type, into 0.0.
            along[edge] = at_nodes[node] * graph.nodes[node].local[slot] + 0.0
            at_nodes[start] += along[edge]
    return at_nodes, along


def figure(number: float) -> str:
    """Return a number for people, with a true minus sign."""
    text = f"{number:.4g}"
    return text.replace("-", "−")


def steps(graph: Graph) -> list[Step]:
    """Return every number to fill in, in the order of work."""
    at_nodes, along = backward(graph)
    found = [_forward(graph, i) for i, node in enumerate(graph.nodes) if node.gate]
    for node in reversed(range(len(graph.nodes))):
        if len(graph.out_of(node)) > 1 and not graph.nodes[node].given:
            found.append(_sum(graph, node, at_nodes, along))
        for edge in graph.into(node):
            if not graph.nodes[graph.edges[edge].start].given:
                found.append(_slope(graph, edge, at_nodes, along))
    return found


def _forward(graph: Graph, node: int) -> Step:
    gate = graph.nodes[node]
    inputs = [graph.nodes[graph.edges[e].start] for e in graph.into(node)]
    shown = [figure(i.value) for i in inputs]
    formula = _formula(gate.gate, [i.name for i in inputs])
    worked = f"{_formula(gate.gate, shown)} = {figure(gate.value)}"
    return Step(
        "value",
        node,
        node,
        f"Forward: {gate.name} = {formula}, and {_and(shown)} "
        f"{'arrive' if len(shown) > 1 else 'arrives'}. What is its value?",
        gate.value,
        f"{gate.name} = {worked}.",
        f"Work out {_formula(gate.gate, shown)}.",
        _different(gate.value, _forward_mistakes(gate.gate, inputs, gate.value)),
    )


def _forward_mistakes(gate, inputs, answer) -> Iterable[tuple[float, str]]:
    numbers = [node.value for node in inputs]
    if len(numbers) == 2:
        a, b = numbers
        wrong = {"plus": a + b, "times": a * b, "max": max(a, b), "least": min(a, b)}
        for kind, number in wrong.items():
            if kind == "least" and gate == "max":
                yield number, "That is the smaller of the two; max passes the larger."
            elif kind != gate and kind != "least":
                did = {"plus": "added", "times": "multiplied", "max": "compared"}[kind]
                yield number, f"You {did} the two. This is a {_called(gate)} gate."
        if gate == "plus":
            minus = "A minus is lost: mind the signs of the two numbers."
            yield from ((a - b, minus), (b - a, minus))
            yield abs(a) + abs(b), minus
    elif len(numbers) == 1:
        yield numbers[0], f"That goes in. What comes out of {SYMBOLS.get(gate, 'it')}?"
    yield -answer, "The size is right; look at the sign again."


def _slope(graph: Graph, edge: int, at_nodes, along) -> Step:
    start, end = graph.edges[edge].start, graph.edges[edge].end
    to, gate = graph.nodes[start], graph.nodes[end]
    others = [graph.nodes[graph.edges[e].start] for e in graph.into(end) if e != edge]
    other = others[0] if others else None
    arrived, answer = at_nodes[end], along[edge]
    upstream, own = figure(arrived), figure(gate.local[graph.edges[edge].slot])
    which = ""
    if other is to:
        which = f" along its {('first', 'second')[graph.edges[edge].slot]} edge"
    return Step(
        "slope",
        end,
        edge,
        f"Backward: the slope {upstream} has arrived at {gate.name}, a "
        f"{_called(gate.gate)} gate. What does it send back to {to.name}{which}?",
        answer,
        f"{upstream} arrives, and the gate's own slope for {to.name} is {own}: "
        f"{upstream} · {_bracketed(own)} = {figure(answer)}.",
        RULES[gate.gate],
        _different(answer, _slope_mistakes(gate, to, other, arrived, answer)),
    )


def _slope_mistakes(gate, to, other, arrived, answer) -> Iterable[tuple[float, str]]:
    own = to.value
    forgot = (
        "That is the gate's own slope alone. Multiply it by the slope that arrived: "
        f"{figure(arrived)}."
    )
    if gate.gate == "times":
        yield (
            arrived * own,
            f"Swapped: you took the value of {to.name} itself. A times gate gives "
            "each input the value of the other one.",
        )
        yield other.value, forgot
        yield (
            own,
            f"That is the value of {to.name} itself. The slope needs the value of "
            "the other input, times what arrived.",
        )
        yield (
            arrived,
            "A plus gate would hand on what arrives. A times gate multiplies it by "
            "the value of the other input.",
        )
        yield (
            arrived + other.value,
            "You added. The chain rule multiplies: what arrived times the gate's own "
            "slope.",
        )
    elif gate.gate == "plus":
        yield (
            arrived / 2,
            "You shared it out. A plus gate gives all of it to each input: a nudge "
            "of one input moves the sum by as much.",
        )
        for node in (to, other):
            yield (
                arrived * node.value,
                f"You multiplied by the value of {node.name}, as a times gate would. "
                "A plus gate hands on what arrives.",
            )
            yield (
                arrived + node.value,
                f"You added the value of {node.name}. Going backward, a plus gate "
                "adds nothing: it hands on what arrives.",
            )
        yield 1.0, forgot
    elif gate.gate == "max":
        larger = own >= other.value
        yield (
            arrived,
            f"{to.name} is not the larger one: a nudge of it does not get through.",
        )
        yield (
            0.0,
            f"{to.name} is the larger one, and what arrives is routed to it.",
        )
        yield 1.0, forgot if larger else "A max gate gives its smaller input nothing."
        yield (
            arrived * own,
            f"You multiplied by the value of {to.name}. A max gate hands on what "
            "arrives, or nothing.",
        )
        yield arrived / 2, "You shared it out. A max gate gives all of it to one input."
        yield own, f"That is the value of {to.name}, not a slope."
    elif gate.gate in ("exp", "log"):
        slope = gate.local[0]
        yield slope, forgot
        yield arrived, f"You handed on what arrived. {RULES[gate.gate]}"
        yield (
            arrived * own,
            f"You multiplied by the value of {to.name}. {RULES[gate.gate]}",
        )
        if gate.gate == "log":
            yield (
                arrived * gate.value,
                f"You multiplied by the value of the gate. {RULES['log']}",
            )
    yield gate.value, f"That is the value of {gate.name}; here a slope goes back."
    yield -answer, "The size is right; look at the sign again."


def _sum(graph: Graph, node: int, at_nodes, along) -> Step:
    to = graph.nodes[node]
    parts = [along[edge] for edge in graph.out_of(node)]
    shown = [figure(part) for part in parts]
    answer = at_nodes[node]
    worked = " + ".join([shown[0], *map(_bracketed, shown[1:])])
    rule = "A nudge travels along all paths at once, so their slopes add up."

    def mistakes():
        for part in parts:
            yield (
                part,
                f"That is one path alone. {to.name} forks, and the slopes of all its "
                "paths are added: = in place of += is the fork bug.",
            )
        for part in parts:
            yield answer - part, "One path is missing. Add up all of them."
        yield math.prod(parts), "You multiplied. Slopes of several paths are added."
        yield answer / len(parts), "That is the mean. Slopes of several paths add up."
        yield sum(map(abs, parts)), "A minus is lost: mind the signs."
        yield -answer, "The size is right; look at the sign again."

    return Step(
        "sum",
        node,
        node,
        f"Backward: {to.name} is used {_times(len(parts))}, and {_and(shown)} have "
        "come back to it. What is its slope?",
        answer,
        f"{worked} = {figure(answer)}. {rule}",
        rule,
        _different(answer, mistakes()),
    )


def _different(answer, mistakes) -> list[tuple[float, str]]:
    """Return the mistakes whose numbers differ from the answer, each number once."""
    kept: list[tuple[float, str]] = []
    for number, message in mistakes:
        if not any(_close(number, other) for other in (answer, *(k for k, _ in kept))):
            kept.append((number, message))
    return kept


def _formula(gate: str, inputs: list[str]) -> str:
    if gate == "plus":
        return f"{inputs[0]} + {_bracketed(inputs[1])}"
    if gate == "times":
        return f"{_bracketed(inputs[0], first=True)} · {_bracketed(inputs[1])}"
    return f"{SYMBOLS.get(gate, 'gate')}({', '.join(inputs)})"


def _bracketed(text: str, first: bool = False) -> str:
    return f"({text})" if text.startswith("−") and not first else text


def _called(gate: str) -> str:
    return {"other": "special"}.get(gate, gate)


def _times(count: int) -> str:
    return "twice" if count == 2 else f"{count} times"


def _and(parts: list[str]) -> str:
    return parts[0] if len(parts) == 1 else f"{', '.join(parts[:-1])} and {parts[-1]}"


# --- Layout ----------------------------------------------------------------


def layout(graph: Graph) -> tuple[list[tuple[float, float]], list[list[tuple]]]:
    """Return a place for each node, and the places each edge passes through.

    Places are (layer, position across the layers), at least 1 apart; edges that
    pass a layer have a place of their own there, so that they hit no node.
    """
    layer = _layers(graph)
    layers: list[list] = [[] for _ in range(max(layer) + 1)]
    chains = []
    for i in range(len(graph.nodes)):
        layers[layer[i]].append(i)
    for number, edge in enumerate(graph.edges):
        between = range(layer[edge.start] + 1, layer[edge.end])
        passing = [("edge", number, each) for each in between]
        for point, each in zip(passing, between, strict=True):
            layers[each].append(point)
        chains.append([edge.start, *passing, edge.end])
    before, after = _neighbours(graph, chains)
    across = {key: float(i) for row in layers for i, key in enumerate(row)}
    for sweep in range(24):
        # Forward and backward in turn; both towards the end, to balance.
        sides = [(before,), (after,), (before, after)][sweep % 3 if sweep < 18 else 2]
        order = layers if sweep % 2 == 0 else layers[::-1]
        for row in order:
            wanted = {k: _mean(k, across, sides) for k in row}
            row.sort(key=lambda k: wanted[k])
            across |= _apart([wanted[k] for k in row], row)
    lowest = min(across.values())
    where = {k: (i, across[k] - lowest) for i, row in enumerate(layers) for k in row}
    return (
        [where[i] for i in range(len(graph.nodes))],
        [[where[key] for key in chain[1:-1]] for chain in chains],
    )


def ports(graph: Graph, places: list, ways: list) -> list[int]:
    """Return for each edge on which side it comes into its gate: −1, 0 or 1."""
    sides = [0] * len(graph.edges)
    for node in range(len(graph.nodes)):
        edges = graph.into(node)
        # By where they come from, so that the two do not cross at the gate.
        edges.sort(key=lambda e: ([places[graph.edges[e].start], *ways[e]][-1][1], e))
        if len(edges) == 2:
            sides[edges[0]], sides[edges[1]] = -1, 1
    return sides


def _layers(graph: Graph) -> list[int]:
    """Return the layer of each node; inputs stand directly before their gate."""
    layer = [0] * len(graph.nodes)
    for i in range(len(graph.nodes)):
        starts = [layer[graph.edges[e].start] for e in graph.into(i)]
        layer[i] = 1 + max(starts, default=-1)
    for i, node in enumerate(graph.nodes):
        if node.gate is None and graph.out_of(i):
            layer[i] = min(layer[graph.edges[e].end] for e in graph.out_of(i)) - 1
    return layer


def _neighbours(graph, chains):
    """Return, for each key, its neighbours before and after, with slots."""
    before: dict = {}
    after: dict = {}
    for chain, edge in zip(chains, graph.edges, strict=True):
        for one, other in pairwise(chain):
            # The second input of a gate comes in a little below the first.
            shift = 0.3 * (2 * edge.slot - 1) if other == edge.end else 0.0
            before.setdefault(other, []).append((one, -shift))
            after.setdefault(one, []).append((other, shift))
    return before, after


def _mean(key, across, sides) -> float:
    near = [across[k] + shift for side in sides for k, shift in side.get(key, ())]
    return sum(near) / len(near) if near else across[key]


def _apart(wanted: list[float], row: list) -> dict:
    """Return places at least 1 apart, in this order, close to those wanted."""
    # Blocks of touching places move to their common mean.
    blocks: list[list] = []
    for i, want in enumerate(wanted):
        blocks.append([i, i, want])
        while len(blocks) > 1 and _end(blocks[-2]) > blocks[-1][2] - 1 + 1e-12:
            last, first = blocks.pop(), blocks.pop()
            start, end = first[0], last[1]
            mean = sum(wanted[k] - (k - start) for k in range(start, end + 1))
            blocks.append([start, end, mean / (end - start + 1)])
    return {
        row[k]: start + (k - first)
        for first, last, start in blocks
        for k in range(first, last + 1)
    }


def _end(block) -> float:
    return block[2] + block[1] - block[0]
