"""The landscape: its walks are NumPy's and the chapter's, and everybody can use it."""

import ast
import json

import numpy as np
import pytest

from course_utils.authoring.notebooks import build
from course_utils.chapters import chapter
from course_utils.exercises import chapter_03
from course_utils.widgets.landscape import Landscape
from course_utils.widgets.landscape_path import OPTIMIZERS, SURFACES, verdict, walk
from tests.browser.bench import said, small_notebook

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


def test_two_of_the_losses_are_those_of_chapter_03():
    there = {}
    for cell in build(chapter("03")).cells:
        for name in ("two_valleys", "valley"):
            if f"def {name}(" in cell.source:
                only = ast.parse(cell.source).body
                only = [node for node in only if getattr(node, "name", "") == name]
                exec(compile(ast.Module(only, []), name, "exec"), there)
    for u, v in [(1.8, 1.0), (-9.0, 1.5), (0.3, -0.2)]:
        assert there["two_valleys"]((u, v)) == pytest.approx(
            SURFACES["valleys"].loss(u, v), rel=1e-14
        )
        assert there["valley"]((u, v)) == pytest.approx(
            SURFACES["bowl"].loss(u, v), rel=1e-14
        )


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
    names = []
    for _ in range(6):
        keyboard.press("Tab")
        names.append(
            blank_page.page.evaluate(
                "() => { const e = document.activeElement; return e.ariaLabel || "
                "e.closest('label')?.innerText.split('\\n')[0] || e.innerText; }"
            )
        )
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


def test_two_landscapes_and_a_lost_kernel(blank_page):
    first = blank_page.show(Landscape(), count=2)
    second = blank_page.piece(1)
    second.get_by_label("Loss", exact=True).select_option("Saddle")
    assert settled(blank_page, 1).settings["surface"] == "saddle"
    assert first.get_by_label("Loss", exact=True).input_value() == "bowl"
    blank_page.lose_kernel()
    first.get_by_text("The kernel has been restarted.").wait_for()
    assert not second.get_by_text("The kernel has been restarted.").is_visible()
    blank_page.from_kernel({"_state": dict(Landscape("bend")._state)}, 0)
    assert first.get_by_label("Loss", exact=True).input_value() == "bend"


@pytest.mark.parametrize("dark", [False, True], ids=["light", "dark"])
def test_it_is_accessible_and_fits_a_narrow_column(blank_page, dark):
    for width in (900, 320):
        widget = Landscape(optimizer="momentum", learning_rate=0.5)
        blank_page.show(widget, dark=dark, width=width)
        blank_page.page.wait_for_timeout(100)
        assert blank_page.overflow() <= 0
    assert blank_page.serious() == []


def test_the_stand_in_and_the_settings():
    first = Landscape("saddle", "adam", 0.3, 0.5, 80, (1, -1))
    second = Landscape(**first.settings)
    assert second.settings == first.settings
    assert first.path.shape == (81, 2)
    data, _ = first._repr_mimebundle_()
    assert data["image/png"].startswith(b"\x89PNG")
    assert "a saddle between two equal valleys, from (1, -1)" in data["text/plain"]
    assert "Adam, learning rate 0.3" in data["text/plain"]


@pytest.mark.parametrize(
    ("arguments", "word"),
    [
        ({"surface": "mountain"}, "There is no surface"),
        ({"optimizer": "sgd"}, "There is no optimizer"),
        ({"learning_rate": 0}, "learning rate has to be between"),
        ({"momentum": 1}, "momentum has to be between"),
        ({"steps": "many"}, "number of steps has to be between"),
        ({"start": 3}, "a pair"),
        ({"start": (np.nan, 0)}, "a pair"),
    ],
)
def test_what_does_not_fit_is_said_in_a_sentence(arguments, word):
    with pytest.raises(ValueError, match=word):
        Landscape(**arguments)


# In the real JupyterLab.


def exercise_landscape(jupyterlab, cell):
    """Move the start by keyboard and by mouse, and see the walk follow."""
    piece = cell.locator(".course-piece").first
    handle = start_button(piece)
    seen = [handle.get_attribute("aria-label")]
    handle.focus()
    jupyterlab.page.keyboard.press("ArrowLeft")
    jupyterlab.page.wait_for_timeout(100)
    seen.append(handle.get_attribute("aria-label"))
    piece.locator(".landscape-plane").click(position={"x": 150, "y": 90})
    jupyterlab.page.wait_for_timeout(100)
    seen.append(handle.get_attribute("aria-label"))
    assert len(set(seen)) == 3
    jupyterlab.page.wait_for_timeout(200)
    jupyterlab.idle()


def test_in_jupyterlab_kernel_and_picture_agree(jupyterlab):
    cells = [
        "import json\nfrom course_utils.widgets.landscape import Landscape\n"
        "landscape = Landscape('valleys'); landscape",
        "print(json.dumps([landscape.settings, landscape._summary()]))",
    ]
    with small_notebook(jupyterlab, "landscape_alone", cells) as run:
        run(0)
        cell = jupyterlab.cell(0)
        cell.locator(".course-piece").wait_for()
        exercise_landscape(jupyterlab, cell)
        sentence = said(cell).split(" (")[0].replace("−", "-")
        run(1)
        settings, summary = json.loads(jupyterlab.cells()[1]["outputs"][0]["text"])
        assert tuple(settings["start"]) != SURFACES["valleys"].start
        assert summary.endswith(sentence)
