"""The numbers of a computation graph, and the mistakes that are recognised."""

import itertools
from importlib.resources import files

import numpy as np
import pytest

from course_utils.exercises import chapter_07
from course_utils.widgets import gates
from course_utils.widgets.graph import Graph
from tests.exercises.alternatives.chapter_07 import ValueWithItsOwnRules as ItsOwnRules

Value = chapter_07.Value.reference


def fork(kind=Value):
    """(x · y + x) · max(y, z) at 3, −2, 4, by name."""
    x, y, z = kind(3.0), kind(-2.0), kind(4.0)
    p = x * y
    s, m = p + x, y.maximum(z)
    return {"x": x, "y": y, "z": z, "p": p, "s": s, "m": m, "f": s * m}


def graph_of(named, output="f"):
    return gates.read(named[output], named)


def step(named, kind, gate, place):
    """Find the step at a gate for the node or the edge that starts at `place`."""
    graph = graph_of(named)
    name = {i: node.name for i, node in enumerate(graph.nodes)}
    for each in gates.steps(graph):
        start = graph.edges[each.place].start if each.kind == "slope" else each.place
        if (each.kind, name[each.gate], name[start]) == (kind, gate, place):
            return each
    raise LookupError


def test_the_files_of_the_browser_are_in_the_package():
    for name in ("graph.js", "graph.css"):
        assert (files("course_utils.widgets") / name).is_file()


@pytest.mark.parametrize("seed", range(20))
def test_slopes_are_those_of_the_chapters_backward(seed):
    rng = np.random.default_rng(seed)
    nodes = [Value(number) for number in rng.uniform(-1.5, 1.5, 3)]
    for _ in range(6):
        a, b = (nodes[i] for i in rng.integers(0, len(nodes), 2))
        made = [a + b, a * b, a.maximum(b), a.exp(), (a * a + nodes[0].exp()).log()]
        nodes.append(made[rng.integers(5)])
    graph = gates.read(nodes[-1], {})
    at_nodes, along = gates.backward(graph)
    chapter_07.backward.reference(nodes[-1])
    order = gates._in_order(nodes[-1])
    assert np.allclose(at_nodes, [v.grad for v in order], rtol=1e-12, atol=0)
    for i in range(len(order) - 1):
        assert np.isclose(at_nodes[i], sum(along[e] for e in graph.out_of(i)))
    assert "other" not in {node.gate for node in graph.nodes}


@pytest.mark.parametrize("kind", [Value, ItsOwnRules], ids=["reference", "own"])
def test_any_right_value_class_gives_the_same_graph_and_is_left_as_it_is(kind):
    named = fork(kind)
    before = {name: dict(vars(value)) for name, value in named.items()}
    graph = graph_of(named)
    found = [node.gate for node in graph.nodes if node.gate]
    assert found == ["times", "plus", "max", "times"]
    asked = gates.steps(graph)
    assert [s.answer for s in asked if s.kind == "value"] == [-6, -3, 4, -12]
    sums = {graph.nodes[s.place].name: s.answer for s in asked if s.kind == "sum"}
    assert sums == {"x": -4, "y": 12}
    assert {name: vars(value) for name, value in named.items()} == before


@pytest.mark.parametrize(
    ("where", "typed", "words"),
    [
        (("slope", "p", "x"), 12, "Swapped"),
        (("slope", "p", "x"), -2, "Multiply it by the slope that arrived"),
        (("slope", "p", "x"), 8, "look at the sign"),
        (("slope", "p", "x"), 4, "A plus gate would hand on"),
        (("slope", "p", "x"), 2, "You added"),
        (("slope", "s", "x"), 2, "shared it out"),
        (("slope", "s", "x"), 7, "adds nothing"),
        (("slope", "s", "x"), 12, "as a times gate would"),
        (("slope", "m", "y"), -3, "not the larger one"),
        (("slope", "m", "z"), 0, "is the larger one"),
        (("sum", "x", "x"), -8, "fork bug"),
        (("sum", "x", "x"), 4, "fork bug"),
        (("sum", "x", "x"), -32, "You multiplied"),
        (("value", "p", "p"), 1, "You added the two"),
        (("value", "m", "m"), -2, "the smaller of the two"),
        (("value", "s", "s"), 9, "A minus is lost"),
    ],
)
def test_a_confusion_is_named(where, typed, words):
    found = dict(step(fork(), *where).mistakes)
    assert words in found[typed]


def test_no_message_to_a_mistake_fits_the_right_answer_or_another_mistake():
    for each in gates.steps(graph_of(fork())):
        numbers = [each.answer, *(number for number, _ in each.mistakes)]
        assert len(each.mistakes) >= 3
        for one, other in itertools.combinations(numbers, 2):
            assert abs(one - other) > 1e-9


def test_both_edges_of_a_square_and_their_sum_are_asked_for():
    x = Value(3.0)
    asked = gates.steps(gates.read(x * x + x, {"x": x}))
    backward = [(s.kind, s.answer) for s in asked if s.kind != "value"]
    slopes = [answer for kind, answer in backward if kind == "slope"]
    assert sorted(slopes) == [1, 1, 3, 3]
    assert backward[-1] == ("sum", 7)
    assert any("first edge" in s.question for s in asked)


def test_the_slope_of_a_constant_is_not_asked_for():
    x = Value(3.0)
    graph = gates.read(x - Value(1.0), {"x": x})
    asked = {s.place for s in gates.steps(graph) if s.kind == "slope"}
    starts = [graph.nodes[graph.edges[edge].start] for edge in asked]
    assert not any(node.given for node in starts)
    assert sum(node.given for node in graph.nodes) == 2  # 1 and −1


@pytest.mark.parametrize("wrong", [3.0, None, Value.__init__])
def test_what_is_no_value_is_explained(wrong):
    with pytest.raises(ValueError, match="is none: it has no data"):
        gates.read(wrong, {})


def test_an_expression_too_large_to_fill_in_is_refused():
    x = Value(1.0)
    for _ in range(50):
        x = x + Value(1.0)
    with pytest.raises(ValueError, match="more than 40"):
        gates.read(x, {})


def test_no_two_nodes_of_a_picture_touch_and_edges_lead_forward():
    graph = graph_of(fork())
    places, ways = gates.layout(graph)
    points = [*places, *(point for way in ways for point in way)]
    for (a, b), (c, d) in itertools.combinations(points, 2):
        assert a != c or abs(b - d) >= 1 - 1e-9
    for edge, way in zip(graph.edges, ways, strict=True):
        layers = [p[0] for p in (places[edge.start], *way, places[edge.end])]
        assert layers == list(range(layers[0], layers[-1] + 1))


def test_a_graph_of_the_same_name_goes_on_where_it_was_left():
    first = Graph(fork()["f"], name="goes on")
    first.filled = 5
    assert Graph(fork()["f"], name="goes on").filled == 5
    assert Graph(fork()["f"]).filled == 0
    assert Graph((Value(2.0) * Value(3.0)), name="goes on").filled == 0


def test_the_still_picture_ends_with_the_slopes():
    named = fork()
    bundle, _ = Graph(named["f"], named)._repr_mimebundle_()
    assert bundle["image/png"].startswith(b"\x89PNG")
    assert "f = −12. Its slopes: −4 for x, 12 for y, −3 for z." in bundle["text/plain"]
