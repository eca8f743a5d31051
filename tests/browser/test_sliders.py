"""Sliders with a picture: names, keys, and a picture that follows."""

import io

import numpy as np
import pytest
from matplotlib.figure import Figure
from matplotlib.image import imread

from course_utils.widgets.sliders import explore
from tests.browser.bench import said


def line(ax, slope, height):
    ax.plot([0, 1], [height, height + slope])
    ax.set(xlim=(0, 1), ylim=(-4, 4), title=f"slope {slope:g}")


def words(slope, height):
    return f"The line climbs by {slope:g} from {height:g}."


def sample():
    return explore(line, {"slope": (-2, 2, 0.25, 1), "height": (0, 1, 0.1, 0)}, words)


def test_each_slider_has_its_name_and_says_its_value(blank_page):
    piece = blank_page.show(sample())
    slope = piece.get_by_role("slider", name="slope", exact=True)
    assert slope.get_attribute("aria-valuetext") == "1.00"
    assert piece.get_by_role("slider", name="height", exact=True).is_visible()
    assert said(piece) == words(1, 0)
    assert piece.get_by_role("img").get_attribute("alt") == words(1, 0)


def test_a_key_moves_a_slider_and_not_what_jupyterlab_has_selected(blank_page):
    slider = blank_page.show(sample()).get_by_role("slider", name="slope")
    slider.press("ArrowDown")
    blank_page.page.wait_for_function("pieces[0].model.saved.values !== undefined")
    assert blank_page.saved()["values"] == {"slope": 0.75, "height": 0}
    assert slider.get_attribute("data-lm-suppress-shortcuts") == "true"


def test_sliders_follow_the_kernel(blank_page):
    piece = blank_page.show(sample())
    blank_page.from_kernel({"values": {"slope": -1, "height": 0.5}, "text": "Down."})
    assert piece.get_by_role("slider", name="slope").input_value() == "-1"
    assert piece.get_by_text("−1.00").is_visible()
    assert said(piece) == "Down."


# For test_every_piece.py.


def use(piece):
    piece.get_by_role("slider").first.press("ArrowRight")


def show_full(bench, **look):
    bench.show(sample(), **look)


NOTEBOOK = """
from course_utils.widgets.sliders import explore

def line(ax, slope):
    ax.plot([0, 1], [0, slope])

e = explore(line, {"slope": (-2, 2, 0.25, 1)}, "It climbs by {slope:g}.".format)
e
"""

# A step may rightly change nothing: at the end of a slider, or where it covers
# an empty row of pixels.
STEPS = ["ArrowRight"] * 12 + ["ArrowLeft"] * 12


def exercise(jupyterlab, cell):
    """Press an arrow key on each slider of a cell and see the picture change."""
    picture = cell.locator("img.course-sliders-picture").first
    for slider in cell.get_by_role("slider").all():
        before = picture.get_attribute("src")
        for key in STEPS:
            slider.focus()
            jupyterlab.page.keyboard.press(key)
            if changes(jupyterlab, picture, before):
                break
        else:
            name = slider.get_attribute("aria-label")
            pytest.fail(f"The slider {name!r} changes nothing.")


def changes(jupyterlab, picture, before):
    """Whether the picture is another one before the kernel has come to rest."""
    for wait in (jupyterlab.page.wait_for_timeout, lambda _: jupyterlab.idle()):
        if picture.get_attribute("src") != before:
            return True
        wait(250)
    return picture.get_attribute("src") != before


def check_kernel(jupyterlab, piece, _):
    piece.get_by_role("slider").press("Home")
    piece.get_by_text("It climbs by -2.").first.wait_for()
    jupyterlab.run_all()  # it starts anew
    assert jupyterlab.ask("[e.values, e.text]") == [{"slope": 1}, "It climbs by 1."]


# Without a browser.


def test_values_stay_within_the_limits_and_unknown_names_are_told():
    e = sample()
    e.values = {"slope": 7}
    assert e.values == {"slope": 2.0, "height": 0.0}
    assert e.text == words(2, 0)
    with pytest.raises(Exception, match="There is no slider called 'slop'"):
        e.values = {"slop": 1}


def test_an_error_while_drawing_is_shown_to_the_reader():
    def draw(ax, x):
        if x == 0:
            raise ValueError("no x")

    e = explore(draw, {"x": (0, 1, 1, 1)}, lambda x: f"x is {x}")
    e.values = {"x": 0}
    assert e.text == "This could not be drawn. ValueError: no x"
    e.values = {"x": 1}
    assert e.text == "x is 1.0"


def pixels(png):
    return imread(io.BytesIO(png))


def shown(draw, start, moves=(), **shape):
    e = explore(draw, {"n": (1, 3, 1, start)}, "{n}".format, **shape)
    for n in moves:
        e.values = {"n": n}
    return pixels(e.picture)


def test_a_moved_picture_is_the_one_that_a_fresh_figure_shows():
    def draw(axes, n):
        axes[0].imshow(np.arange(12).reshape(3, 4) * n)
        axes[1].plot(np.arange(9) ** n, label="power")
        axes[1].bar(range(3), [n, 1, 2])
        axes[1].legend()
        axes[1].set(xlabel=f"{n} a", title="b")

    moved, fresh = (
        shown(draw, 2, moves, columns=2, size=(5, 2)) for moves in ([3, 1, 2], [])
    )
    np.testing.assert_array_equal(moved, fresh)


CHANGES = {
    "ticks": lambda axes, n: axes.set_xticks([0, n / 9]),
    "tick labels": lambda axes, n: axes.set_yticks([0, 1], [f"{n}", f"{n * n}"]),
    "limits": lambda axes, n: axes.set(xlim=(0, n)),
    "a label": lambda axes, n: axes.set_ylabel(f"{n}"),
    "a label's colour": lambda axes, n: axes.set_xlabel("x", color="rgb"[int(n) - 1]),
    "a scale": lambda axes, n: axes.set_yscale("log" if n == 2 else "linear"),
    "the grid": lambda axes, n: axes.grid(n == 2),
    "the ticks' colour": lambda axes, n: axes.tick_params(colors="rgb"[int(n) - 1]),
    "a hidden axis": lambda axes, n: axes.xaxis.set_visible(n == 2),
}


@pytest.mark.parametrize("change", CHANGES.values(), ids=CHANGES)
def test_an_axis_that_changes_is_drawn_anew(change):
    def draw(axes, n):
        axes.plot([0.1, 1], [0.1, 1])
        axes.set(xlim=(0, 1), ylim=(0.1, 1), title="t")
        change(axes, n)

    two, other = shown(draw, 2, [3, 1, 2]), shown(draw, 2, [3])
    np.testing.assert_array_equal(two, shown(draw, 2))
    assert np.abs(two - other).max() > 0.1


def test_axes_that_are_kept_look_as_matplotlib_draws_them():
    def draw(axes, n):
        axes.plot([0, 1], [0, n])
        axes.set(xlabel="across", ylabel="up", ylim=(0, 1), title="t")
        axes.grid(True)

    kept = shown(draw, 2, [3, 2])[..., :3]
    figure = Figure(figsize=(6, 3.5), dpi=100, layout="constrained")
    draw(figure.subplots(), 2.0)
    buffer = io.BytesIO()
    figure.savefig(buffer)
    assert np.abs(kept - pixels(buffer.getvalue())[..., :3]).max() < 0.02
