"""The landscape: its walks are NumPy's and the chapter's, and everybody can use it."""

import ast

import numpy as np
import pytest

from course_utils.authoring.notebooks import build
from course_utils.chapters import chapter
from course_utils.exercises import chapter_03
from course_utils.widgets.landscape import Landscape
from course_utils.widgets.landscape_path import OPTIMIZERS, SURFACES, verdict, walk
from tests.browser.bench import said

RATES = (0.003, 0.03, 0.3)


def settled(bench, index=0):
    """The settings that the kernel has, once the piece has sent them."""
    bench.page.wait_for_timeout(250)
    received = Landscape()
    received._state = bench.saved(index)["_state"]
    return received


def start_button(piece):
    return piece.get_by_role("button", name="Start of the walk")


def test_walks_and_verdicts_are_those_of_numpy(blank_page):
    blank_page.show(Landscape())
    runs = [
        {"surface": surface, "optimizer": optimizer, "learning_rate": rate,
         "momentum": 0.8, "steps": 50, "start": list(shape.start)}
        for surface, shape in SURFACES.items()
        for optimizer in OPTIMIZERS
        for rate in RATES
    ]  # fmt: skip
    made = blank_page.page.evaluate(
        """runs => runs.map(run => {
            const path = module.numerics.walk(run);
            return [path, module.numerics.verdict(run.surface, path, run.steps)];
        })""",
        runs,
    )
    kinds = set()
    for run, (path, sentence) in zip(runs, made, strict=True):
        expected = walk(**run)
        assert np.shape(path) == expected.shape
        # A walk that leaps to and fro doubles every rounding error.
        assert np.allclose(path, expected, rtol=1e-9, atol=1e-9), run
        assert np.allclose(path[:8], expected[:8], rtol=1e-12, atol=1e-12), run
        words = verdict(run["surface"], expected, run["steps"])
        assert sentence.replace("−", "-") == words
        kinds.add(words.split("; ")[0].split(" in step")[0].split(" at ")[0])
    assert len(kinds) >= 5, kinds


@pytest.mark.parametrize("surface", SURFACES)
def test_the_gradient_is_the_slope_of_the_loss_and_the_minima_are_low(surface):
    shape = SURFACES[surface]
    h = 1e-6
    for u, v in [shape.start, (0.3, -0.7), (1.1, 0.4)]:
        for_u = (shape.loss(u + h, v) - shape.loss(u - h, v)) / (2 * h)
        for_v = (shape.loss(u, v + h) - shape.loss(u, v - h)) / (2 * h)
        assert np.allclose(shape.gradient(u, v), (for_u, for_v), atol=1e-6)
    for u, v, _ in shape.minima:
        assert np.allclose(shape.gradient(u, v), 0, atol=1e-5)
        around = [shape.loss(u + du, v + dv) for du in (-0.1, 0.1) for dv in (-0.1, 0)]
        assert shape.loss(u, v) < min(around)


@pytest.mark.parametrize(
    ("name", "surface"), [("two_valleys", "valleys"), ("valley", "bowl")]
)
def test_two_of_the_losses_are_those_of_chapter_03(name, surface):
    (cell,) = [c for c in build(chapter("03")).cells if f"def {name}(" in c.source]
    functions = [
        n for n in ast.parse(cell.source).body if getattr(n, "name", "") == name
    ]
    there = {}
    exec(compile(ast.Module(functions, []), name, "exec"), there)
    for place in [(1.8, 1.0), (-9.0, 1.5), (0.3, -0.2)]:
        here = SURFACES[surface].loss(*place)
        assert there[name](place) == pytest.approx(here, rel=1e-14)


@pytest.mark.parametrize("optimizer", ["descent", "momentum", "adam"])
def test_the_steps_are_those_of_chapter_03(optimizer):
    shape, rate = SURFACES["valleys"], 0.02
    w = np.array(shape.start)
    velocity, state = np.zeros(2), (np.zeros(2), np.zeros(2), 0)
    path = [w]
    for _ in range(30):
        g = np.array(shape.gradient(*w))
        if optimizer == "descent":
            w = w - rate * g
        elif optimizer == "momentum":
            w, velocity = chapter_03.momentum_step(w, g, velocity, rate, 0.8)
        else:
            w, state = chapter_03.adam_step(w, g, state, rate)
        path.append(w)
    there = walk("valleys", optimizer, rate, 0.8, 30, shape.start)
    assert np.allclose(path, there, rtol=1e-13, atol=1e-13)


def test_dragging_the_start_walks_from_there(blank_page):
    piece = blank_page.show(Landscape("valleys"))
    blank_page.page.wait_for_timeout(100)
    assert said(piece).startswith("After 60 steps it has arrived in the right")
    box = piece.locator(".landscape-plane").bounding_box()
    mouse = blank_page.page.mouse
    here = start_button(piece).bounding_box()
    mouse.move(here["x"] + here["width"] / 2, here["y"] + here["height"] / 2)
    mouse.down()
    target = box["x"] + 0.25 * box["width"], box["y"] + 0.3 * box["height"]
    mouse.move(*target, steps=5)
    mouse.up()
    after = settled(blank_page)
    assert "has arrived in the left, deep valley" in said(piece)
    here = start_button(piece).bounding_box()
    middle = here["x"] + here["width"] / 2, here["y"] + here["height"] / 2
    assert np.allclose(middle, target, atol=1.5)
    left, right, bottom, top = SURFACES["valleys"].box
    inner = box["width"] - 34, box["height"] - 34
    u = left + (target[0] - box["x"] - 34) / inner[0] * (right - left)
    v = top - (target[1] - box["y"]) / inner[1] * (top - bottom)
    assert np.allclose(after.settings["start"], (u, v), atol=0.02)
    # The end of the walk is ringed where the kernel's own walk ends.
    end = after.path[-1]
    x = 34 + (end[0] - left) / (right - left) * inner[0]
    y = (top - end[1]) / (top - bottom) * inner[1]
    dark = piece.locator(".landscape-plane canvas").evaluate(
        "(c, [x, y]) => { const k = c.width / c.clientWidth;"
        " return [...c.getContext('2d').getImageData("
        "Math.round((x - 7) * k), Math.round(y * k), 1, 1).data]; }",
        [x, y],
    )
    assert max(dark[:3]) < 90


def test_the_keyboard_alone_is_enough_and_divergence_is_said(blank_page):
    piece = blank_page.show(Landscape())
    keyboard = blank_page.page.keyboard
    names = blank_page.tab(6)
    assert names[:5] == ["Loss", "Optimizer", "Learning rate", "Steps", "Reset"]
    assert names[5].startswith("Start of the walk at u = −9, v = 1.5")
    keyboard.press("ArrowRight")
    keyboard.press("Shift+ArrowDown")
    assert settled(blank_page).settings["start"] == pytest.approx((-8.72, 1.06))
    assert "from u = −8.72, v = 1.06" in said(piece)
    badge = piece.get_by_text("⚠ Divergent")
    assert not badge.is_visible()
    piece.get_by_label("Learning rate").focus()
    for _ in range(12):
        keyboard.press("ArrowRight")
    assert settled(blank_page).settings["learning_rate"] == pytest.approx(0.052)
    assert said(piece).startswith("Divergent: the walk leaves the map in step")
    assert badge.is_visible()
    assert not piece.get_by_label("Momentum").is_visible()
    piece.get_by_label("Optimizer").select_option("momentum")
    piece.get_by_role("slider", name="Momentum").focus()
    keyboard.press("ArrowLeft")
    assert settled(blank_page).settings["momentum"] == pytest.approx(0.89)
    piece.get_by_role("button", name="Reset").click()
    assert settled(blank_page).settings["learning_rate"] == 0.03


def test_settings_of_python_are_followed(blank_page):
    piece = blank_page.show(Landscape())
    blank_page.from_kernel({"_state": dict(Landscape("bend")._state)})
    assert piece.get_by_label("Loss", exact=True).input_value() == "bend"
    piece.get_by_label("Loss", exact=True).select_option("Saddle")
    assert settled(blank_page).settings["surface"] == "saddle"


def test_a_landscape_of_the_settings_is_the_same_and_its_stand_in_says_them():
    first = Landscape("saddle", "adam", 0.3, 0.5, 80, (1, -1))
    assert Landscape(**first.settings).settings == first.settings
    assert first.path.shape == (81, 2)
    data = first._repr_mimebundle_()[0]
    assert data["image/png"].startswith(b"\x89PNG")
    text = data["text/plain"]
    assert "a saddle between two equal valleys, from (1, -1)" in text
    assert "Adam, learning rate 0.3" in text


# For test_every_piece.py.

sample = Landscape
WRONG = [
    ({"surface": "mountain"}, "There is no surface"),
    ({"optimizer": "sgd"}, "There is no optimizer"),
    ({"learning_rate": 0}, "learning rate has to be between"),
    ({"momentum": 1}, "momentum has to be between"),
    ({"steps": "many"}, "number of steps has to be between"),
    ({"start": 3}, "a pair"),
    ({"start": (np.nan, 0)}, "a pair"),
]


def use(piece):
    start_button(piece).press("ArrowLeft")
    piece.page.wait_for_timeout(250)  # dragging is not saved at once


def show_full(bench, **look):
    bench.show(Landscape(optimizer="momentum", learning_rate=0.5), **look)
    bench.page.wait_for_timeout(100)


NOTEBOOK = """
from course_utils.widgets.landscape import Landscape
landscape = Landscape('valleys')
landscape
"""


def exercise(jupyterlab, cell):
    """Move the start by keyboard and by mouse, and see the walk follow."""
    piece = cell.locator(".course-piece").first
    handle = start_button(piece)
    seen = [handle.get_attribute("aria-label")]
    use(piece)
    seen.append(handle.get_attribute("aria-label"))
    piece.locator(".landscape-plane").click(position={"x": 150, "y": 90})
    jupyterlab.page.wait_for_timeout(300)
    seen.append(handle.get_attribute("aria-label"))
    assert len(set(seen)) == 3
    jupyterlab.idle()


def check_kernel(jupyterlab, piece, _):
    settings, summary = jupyterlab.ask("[landscape.settings, landscape._summary()]")
    assert tuple(settings["start"]) != SURFACES["valleys"].start
    assert summary.endswith(said(piece).split(" (")[0].replace("−", "-"))
