"""A computation graph to fill in, forward and backward: see :class:`Graph`."""

from collections.abc import Mapping

import traitlets

from course_utils import plots
from course_utils.widgets import gates
from course_utils.widgets.piece import Piece, module, stylesheet

_ORANGE = "#B34E00"
_kept: dict[tuple, int] = {}  # how far the reader got, by name and answers


class Graph(Piece):
    """The graph of an expression, whose numbers the reader fills in.

    Forward the value of one gate after the other, backward the slopes that each
    gate sends back; a wrong number is told what was confused.

    Parameters
    ----------
    output : Value
        The result: any object with ``data``, ``parents`` and ``slopes``, made
        from such objects. It is read and left as it is.
    names : dict of str to Value
        Names to show. Inputs without a name count as constants.
    name : str, optional
        A graph of the same name and with the same numbers begins where that
        one was left, so that a cell can be run again.

    Attributes
    ----------
    filled : int
        Number of steps that are filled in.
    steps : list of course_utils.widgets.gates.Step
        All numbers to fill in, in the order of work.

    Raises
    ------
    ValueError
        If `output` is no such Value, or depends on more than 40.
    """

    _esm = module("graph.js")
    _css = stylesheet("graph.css")
    filled = traitlets.Int(0).tag(sync=True)
    _nodes = traitlets.List().tag(sync=True)
    _edges = traitlets.List().tag(sync=True)
    _steps = traitlets.List().tag(sync=True)

    def __init__(
        self, output, names: Mapping[str, object] | None = None, name: str | None = None
    ):
        self._graph = graph = gates.read(output, names or {})
        self.steps = gates.steps(graph)
        places, ways = self._layout = gates.layout(graph)
        self._ports = gates.ports(graph, places, ways)
        key = (name, tuple(step.answer for step in self.steps))
        super().__init__(
            filled=_kept.get(key, 0),
            _nodes=[
                {**vars(node), "symbol": node.symbol, "place": place}
                for node, place in zip(graph.nodes, places, strict=True)
            ],
            _edges=[
                {**vars(edge), "way": way, "port": port}
                for edge, way, port in zip(graph.edges, ways, self._ports, strict=True)
            ],
            _steps=[vars(step) for step in self.steps],
        )
        if name is not None:
            self.observe(lambda change: _kept.update({key: change["new"]}), "filled")

    def _draw_still(self, figure) -> None:
        # A page that cannot be filled in shows the graph as it ends.
        graph = self._graph
        places, ways = self._layout
        layers = max(layer for layer, _ in places) + 1
        lowest = max(across for _, across in places)
        figure.set_size_inches(1.6 * layers + 0.8, 1.35 * lowest + 1.2)
        axes = figure.subplots()
        at_nodes, along = gates.backward(graph)
        for i, edge in enumerate(graph.edges):
            points = [places[edge.start], *ways[i], places[edge.end]]
            value = graph.nodes[edge.start].value
            _draw_edge(axes, points, self._ports[i], value, along[i])
        end = places[-1]
        points = [end, (end[0] + 0.9, end[1])]
        _draw_edge(axes, points, 0, graph.nodes[-1].value, at_nodes[-1])
        for i, (node, (x, y)) in enumerate(zip(graph.nodes, places, strict=True)):
            text = node.name if node.gate is None else f"{node.name}\n{node.symbol}"
            style = "square,pad=0.5" if node.gate is None else "circle,pad=0.25"
            box = {"boxstyle": style, "fc": "white", "ec": plots.GREY}
            axes.text(x, y, text, ha="center", va="center", bbox=box, size=10)
            if len(graph.out_of(i)) > 1 and not node.given:
                total = f"sum {gates.figure(at_nodes[i])}"
                axes.text(x, y + 0.42, total, ha="center", size=10, color=_ORANGE)
        axes.set(xlim=(-0.4, layers), ylim=(lowest + 0.6, -0.6))
        axes.set_title("Values above the lines, slopes below", size=10)
        axes.axis("off")

    def _summary(self) -> str:
        graph = self._graph
        at_nodes, _ = gates.backward(graph)
        slopes = ", ".join(
            f"{gates.figure(slope)} for {node.name}"
            for node, slope in zip(graph.nodes, at_nodes, strict=True)
            if node.gate is None and not node.given
        )
        last = graph.nodes[-1]
        return (
            f"A graph of {len(graph.nodes)} Values that ends in {last.name} = "
            f"{gates.figure(last.value)}. Its slopes: {slopes}."
        )


def _draw_edge(axes, points, port, value, slope) -> None:
    """Draw an edge through points, its value above it and its slope below."""
    x, y = points[-1]
    points = [*points[:-1], (x, y + 0.12 * port)]
    xs, ys = zip(*points, strict=True)
    axes.plot(xs, ys, color=plots.GREY, linewidth=1, zorder=0, solid_joinstyle="round")
    (x0, y0), (x1, y1) = points[:2]
    x, y = x0 + 0.55 * (x1 - x0), y0 + 0.55 * (y1 - y0)
    style = {"ha": "center", "size": 10}
    style["bbox"] = {"fc": "white", "ec": "none", "pad": 0.5}
    axes.text(x, y - 0.07, gates.figure(value), va="bottom", color=plots.BLUE, **style)
    axes.text(x, y + 0.07, gates.figure(slope), va="top", color=_ORANGE, **style)
