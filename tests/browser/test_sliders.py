"""Sliders with a picture: names, keys, and a picture that follows."""

import io

import numpy as np
import pytest
from matplotlib.figure import Figure
from matplotlib.image import imread

from course_utils.widgets.sliders import Explorer, explore
from tests.browser.bench import open_notebook, said

# A step may rightly change nothing: at the end of a slider, or where it covers
# an empty row of pixels.
STEPS = ["ArrowRight"] * 12 + ["ArrowLeft"] * 12


def exercise_sliders(jupyterlab, cell):
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


def line(ax, slope, height):
    ax.plot([0, 1], [height, height + slope])
    ax.set(xlim=(0, 1), ylim=(-4, 4), title=f"slope {slope:g}")


def words(slope, height):
    return f"The line climbs by {slope:g} from {height:g}."


def sample() -> Explorer:
    return explore(line, {"slope": (-2, 2, 0.25, 1), "height": (0, 1, 0.1, 0)}, words)


def test_each_slider_has_its_name_and_says_its_value(blank_page):
    piece = blank_page.show(sample())
    slope = piece.get_by_role("slider", name="slope", exact=True)
    assert slope.get_attribute("aria-valuetext") == "1.00"
    assert piece.get_by_role("slider", name="height", exact=True).is_visible()
    assert said(piece) == words(1, 0)
    assert piece.get_by_role("img").get_attribute("alt") == words(1, 0)


@pytest.mark.parametrize(
    ("key", "value"),
    [
        ("ArrowRight", 1.25),
        ("ArrowDown", 0.75),
        ("Home", -2),
        ("End", 2),
        ("PageUp", 1.5),
        ("PageDown", 0.5),
    ],
)
def test_the_keys_of_a_slider_reach_the_kernel(blank_page, key, value):
    slider = blank_page.show(sample()).get_by_role("slider", name="slope")
    slider.focus()
    blank_page.page.keyboard.press(key)
    blank_page.page.wait_for_function("pieces[0].model.saved.values !== undefined")
    assert blank_page.saved()["values"] == {"slope": value, "height": 0}
    assert slider.get_attribute("data-lm-suppress-shortcuts") == "true"


def test_sliders_follow_the_kernel_and_not_their_neighbours(blank_page):
    first = blank_page.show(sample(), count=2)
    blank_page.from_kernel({"values": {"slope": -1, "height": 0.5}, "text": "Down."})
    assert first.get_by_role("slider", name="slope").input_value() == "-1"
    assert first.get_by_text("−1.00").is_visible()
    assert said(first) == "Down."
    second = blank_page.piece(1)
    assert second.get_by_role("slider", name="slope").input_value() == "1"


def test_a_lost_kernel_is_said(blank_page):
    piece = blank_page.show(sample())
    blank_page.lose_kernel()
    piece.get_by_role("alert").get_by_text("Run the cell again").wait_for()


@pytest.mark.parametrize("dark", [False, True])
def test_a_narrow_column_has_no_overflow_and_no_serious_violation(blank_page, dark):
    blank_page.show(sample(), dark=dark, width=320)
    assert blank_page.overflow() <= 0
    assert blank_page.serious() == []


def test_in_jupyterlab_picture_and_kernel_agree(jupyterlab):
    cells = [
        "from course_utils.widgets.sliders import explore\n"
        "def line(ax, slope):\n    ax.plot([0, 1], [0, slope])\n"
        "def words(slope):\n    return f'It climbs by {slope:g}.'\n"
        "e = explore(line, {'slope': (-2, 2, 0.25, 1)}, words); e",
        "print(e.values, e.text)",
    ]
    open_notebook(jupyterlab, "sliders", cells)
    jupyterlab.run_all()
    cell = jupyterlab.cell(0)
    exercise_sliders(jupyterlab, cell)
    cell.get_by_role("slider").focus()
    jupyterlab.page.keyboard.press("Home")
    cell.get_by_text("It climbs by -2.").first.wait_for()
    jupyterlab.run_all()  # also: run again, it starts anew
    assert "{'slope': 1.0} It climbs by 1." in str(jupyterlab.cells()[1]["outputs"])
    jupyterlab.close()


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
