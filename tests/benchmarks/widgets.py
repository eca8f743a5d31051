"""From an event to changed pixels: every interactive piece in a real browser.

JupyterLab runs in headless Chromium, one piece at a time. A real key press or
mouse movement is sent; its ``timeStamp`` is the start. After every frame that the
browser paints from then on (a message posted from ``requestAnimationFrame`` is
handled when the frame is painted) the pixels of the target are compared with those
before: the bytes of a canvas, the content of a loaded image, the text of an SVG.
The first frame in which they differ is the end. In the same run the same
demonstration is measured with ``ipywidgets.interact`` and inline matplotlib, which
is how it is usually done.

A new piece is one more row of ``CASES``.
"""

import statistics
import tempfile
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

import nbformat

WARM_UP = 5
STEPS_A_REPEAT = 20
PAUSE = 50  # ms

DEMONSTRATION = """
import numpy as np

side = np.linspace(-3, 3, 120)
grid = np.stack(np.meshgrid(side, side), axis=-1)
rng = np.random.default_rng(0)
points = rng.normal(size=(100, 2))
labels = points[:, 0] * points[:, 1] > 0


def draw(ax, weight):
    inside = np.tanh(grid @ np.array([[weight, 1, -1], [1, -weight, 1]]) + 0.5)
    output = 1 / (1 + np.exp(-inside @ np.array([2, -2, 1])))
    ax.imshow(output, "RdBu", extent=(-3, 3, -3, 3), origin="lower", vmin=0, vmax=1)
    ax.scatter(*points.T, c=labels, cmap="RdBu", edgecolor="k", s=20)
    ax.set(xlabel="x1", ylabel="x2", title=f"weight {weight:.1f}")
"""

INTERACT = """
%matplotlib inline
import matplotlib.pyplot as plt
from ipywidgets import interact

@interact(weight=(-3.0, 3.0, 0.1))
def show(weight=0.0):
    fig, ax = plt.subplots(figsize=(6, 3.5))
    draw(ax, weight)
    plt.show()
"""

EXPLORE = """
from course_utils.widgets.sliders import explore
explore(draw, {"weight": (-3, 3, 0.1, 0)}, "The weight is {weight:.1f}.".format)
"""

GRAPH = """
from course_utils.widgets.graph import Graph

class Value:
    def __init__(self, data, parents=(), slopes=()):
        self.data, self.parents, self.slopes = data, parents, slopes

x, y = Value(3.0), Value(-2.0)
p = Value(-6.0, (x, y), (-2.0, 3.0))
s = Value(-3.0, (p, x), (1.0, 1.0))
Graph(s, {"x": x, "y": y, "p": p, "s": s})
"""

DRAW = """
import numpy as np
from course_utils.widgets.draw import Draw

weights = np.random.default_rng(0).normal(size=(784, 10)) / 500

def read(images):
    scores = images.reshape(len(images), -1) @ weights
    shares = np.exp(scores - scores.max(axis=1, keepdims=True))
    return shares / shares.sum(axis=1, keepdims=True)

Draw(read)
"""


def slide(page, cell, turn):
    """Press an arrow key on a slider, 20 times up, then 20 times down."""
    handle = cell.locator("input[type=range], .noUi-handle").first
    handle.focus()
    page.keyboard.press("ArrowRight" if turn // 20 % 2 == 0 else "ArrowLeft")


def reach(*names: str) -> Callable:
    """Return what goes to one button after the other and rests there.

    Without the rest, the frame that shows the new focus would be waited for too.
    """

    def prepare(page, cell, turn):
        cell.get_by_role("button", name=names[turn % len(names)]).focus()
        page.wait_for_timeout(PAUSE)

    return prepare


def press(page, cell, turn):
    """Press the button that has the focus."""
    page.keyboard.press("Enter")


def walk(page, cell, turn):
    """Move the start of the landscape's walk by an arrow key, to and fro."""
    cell.get_by_role("button", name="Start of the walk").focus()
    page.keyboard.press("ArrowLeft" if turn % 2 else "ArrowRight")


def _on_the_board(cell, turn):
    """Where the mouse is: twenty places a line, one line below the other."""
    box = cell.locator("canvas").first.bounding_box()
    across, line = turn % 20, turn // 20 % 20
    return (
        box["x"] + box["width"] * (0.1 + 0.04 * across),
        box["y"] + box["height"] * (0.1 + 0.04 * line),
    )


def begin_line(page, cell, turn):
    """Set the pen down left of a new line, before the first move along it."""
    x, y = _on_the_board(cell, turn)
    if turn % 20 == 0:
        page.mouse.up()
        page.mouse.move(x - 4, y)
        page.mouse.down()
        page.wait_for_timeout(PAUSE)


def stroke(page, cell, turn):
    """Draw on with the mouse, line by line."""
    page.mouse.move(*_on_the_board(cell, turn))


@dataclass(frozen=True)
class Case:
    """One piece: its cell, the event, and where pixels change.

    ``act(page, cell, turn)`` sends the event, ``event`` is its name in the
    browser, ``target`` a CSS selector inside the cell, ``goal`` the 95th
    percentile to stay below, in ms. ``prepare`` is like ``act``, and not timed.
    """

    name: str
    code: str
    act: Callable
    event: str
    target: str
    goal: float | None = None
    prepare: Callable = lambda page, cell, turn: None


BASELINE = "interact + inline matplotlib"
_PLAYGROUND = "from course_utils.widgets.playground import Playground\nPlayground()"
_MAP = "canvas[role=img]"
_gates = reach("Next gate", "Start again")
_LANDSCAPE = "from course_utils.widgets.landscape import Landscape\nLandscape()"
CASES = (
    Case(BASELINE, DEMONSTRATION + INTERACT, slide, "keydown", "img"),
    Case("explore, the same", DEMONSTRATION + EXPLORE, slide, "keydown", "img", 90),
    Case("playground: a step", _PLAYGROUND, press, "keydown", _MAP, 20, reach("Step")),
    Case("landscape: the start", _LANDSCAPE, walk, "keydown", _MAP, 20),
    Case("graph: a gate", GRAPH, press, "keydown", "svg", 20, _gates),
    Case("draw: ink", DRAW, stroke, "pointermove", "canvas", 20, begin_line),
    Case("draw: the answer", DRAW, stroke, "pointermove", ".draw-bars", 50, begin_line),
)  # fmt: skip

# Pixels of the target, or null before an image is loaded.
ARM = """
([target, type]) => {
    const look = () => {
        const element = document.querySelector(target);
        if (element instanceof HTMLImageElement)
            return element.complete && element.naturalWidth ? element.src : null;
        if (!(element instanceof HTMLCanvasElement)) return element?.outerHTML ?? null;
        const { width, height } = element;
        const bytes = element.getContext('2d').getImageData(0, 0, width, height).data;
        let sum = 0;
        for (const word of new Uint32Array(bytes.buffer))
            sum = (Math.imul(sum, 31) + word) | 0;
        return sum;
    };
    const before = look();
    window.latency = new Promise((resolve, reject) => {
        window.addEventListener(type, event => {
            const { port1, port2 } = new MessageChannel();
            const frame = () => port2.postMessage(null);
            port1.onmessage = () => {
                const took = performance.now() - event.timeStamp;
                const after = look();
                if (after !== null && after !== before) resolve(took);
                else if (took > 5000) reject(new Error('no pixel changed in 5 s'));
                else requestAnimationFrame(frame);
            };
            requestAnimationFrame(frame);
        }, { capture: true, once: true });
    });
    window.latency.catch(() => {});
}
"""


def main(repeats: int) -> dict:
    """Measure every piece; return the figures.

    Parameters
    ----------
    repeats : int
        Twenty steps of each piece for each repeat.

    Returns
    -------
    dict
        For each piece ``milliseconds`` of all steps, ``median``, ``p95``, and
        ``ratio``: median of the baseline over its own.
    """
    from tests.browser import lab

    if lab.CHROMIUM is None:
        print("Chromium is not installed: the latency of the pieces is not measured.")
        return {}
    runs = {}
    with (
        tempfile.TemporaryDirectory() as clone,
        tempfile.TemporaryDirectory() as home,
        lab.server(Path(clone), Path(home)) as server,
    ):
        for case in CASES:
            print(f"{case.name} …", flush=True)
            # A page of its own: those before it leave their rubbish behind.
            with lab.browser_page() as page:
                # As large as a reader's window, not as a test's.
                page.set_viewport_size({"width": 1280, "height": 900})
                runs[case.name] = _measured(lab.Lab(page, server), case, repeats)
    return summary(runs)


def _measured(opened, case: Case, repeats: int) -> list[float]:
    notebook = nbformat.v4.new_notebook(
        cells=[nbformat.v4.new_code_cell(case.code.strip())],
        metadata={"kernelspec": {"name": "python3", "display_name": "Python 3"}},
    )
    nbformat.write(notebook, opened.server.folder / "notebooks" / "bench.ipynb")
    opened.open("notebooks/bench.ipynb")
    try:
        opened.run_all()
        cell = opened.cell(0)
        shown = cell.locator(f".jp-OutputArea {case.target}").first
        shown.wait_for()
        shown.scroll_into_view_if_needed()
        target = f".jp-NotebookPanel:not(.lm-mod-hidden) .jp-OutputArea {case.target}"
        taken = []
        for turn in range(WARM_UP + STEPS_A_REPEAT * repeats):
            case.prepare(opened.page, cell, turn)
            opened.page.evaluate(ARM, [target, case.event])
            case.act(opened.page, cell, turn)
            taken.append(opened.page.evaluate("window.latency"))
            opened.page.wait_for_timeout(PAUSE)
    finally:
        opened.close()
    return taken[WARM_UP:]


def summary(runs: dict[str, list[float]]) -> dict:
    """Return median, 95th percentile and ratio to the baseline for each piece."""
    baseline = statistics.median(runs[BASELINE])
    return {
        name: {
            "milliseconds": [round(t, 2) for t in taken],
            "median": statistics.median(taken),
            "p95": statistics.quantiles(taken, n=20, method="inclusive")[-1],
            "ratio": baseline / statistics.median(taken),
        }
        for name, taken in runs.items()
    }


def table(figures: dict) -> str:
    """Return the figures as text, with the goals beside them."""
    goals = {case.name: case.goal for case in CASES}
    lines = [
        f"{'':30} {'median ms':>10} {'p95 ms':>8} {'goal':>6} {'times as fast':>14}"
    ]
    for name, of in figures.items():
        goal = "" if goals.get(name) is None else f"≤ {goals[name]:.0f}"
        lines.append(
            f"{name:30} {of['median']:10.1f} {of['p95']:8.1f} {goal:>6} "
            f"{of['ratio']:14.1f}"
        )
    return "\n".join(lines)
