"""The computation graph: filled in by hand in a real browser."""

from course_utils.exercises import chapter_07
from course_utils.widgets.graph import Graph
from tests.browser.bench import said


def sample():
    """(x · y + x) · max(y, z) at 3, −2, 4."""
    kind = chapter_07.Value.reference
    x, y, z = kind(3.0), kind(-2.0), kind(4.0)
    p = x * y
    s, m = p + x, y.maximum(z)
    names = {"x": x, "y": y, "z": z, "p": p, "s": s, "m": m, "f": s * m}
    return Graph(names["f"], names)


def answer(piece, text):
    """Type a number, press Enter, and return what is said."""
    field = piece.get_by_role("textbox")
    field.fill(text)
    field.press("Enter")
    return said(piece)


def press(piece, name):
    piece.get_by_role("button", name=name).press("Enter")
    return said(piece)


def shown(piece, kind):
    """Return the numbers of a kind in the picture, without their arrows."""
    texts = piece.locator(f".graph-{kind}").all_text_contents()
    return [text.strip("▸◂▾▴Σ ") for text in texts]


def test_all_numbers_are_filled_in_from_the_keyboard_alone(blank_page):
    widget = sample()
    piece = blank_page.show(widget)
    keyboard = blank_page.page.keyboard
    piece.get_by_role("textbox").focus()
    for step in widget.steps:
        keyboard.type(f"{step.answer:g}")
        keyboard.press("Enter")
        assert "✔ Right" in said(piece)
    assert blank_page.saved()["filled"] == len(widget.steps)
    assert sorted(shown(piece, "value")) == sorted(
        ["3", "3", "−2", "−2", "4", "−6", "−3", "4", "−12"]
    )
    assert sorted(shown(piece, "slope")) == sorted(
        ["1", "4", "−3", "4", "4", "−8", "12", "0", "−3", "−4", "12"]
    )
    assert "Done" in piece.inner_text()
    assert piece.get_by_role("button", name="Start again").evaluate(
        "e => e === document.activeElement"
    )


def test_a_wrong_number_is_told_what_was_confused_and_stays_open(blank_page):
    piece = blank_page.show(sample())
    assert "You added the two" in answer(piece, "1")
    assert "Work out 3 · (−2)" in answer(piece, "100")
    assert blank_page.saved() == {}
    for _ in range(4):
        press(piece, "Next gate")
    assert "Swapped" in answer(piece, "-3")


def test_only_numbers_are_read(blank_page):
    numbers = {"-6": -6, " −6,0 ": -6, "-12/2": -6, "1e1": 10, ".5": 0.5, "7.": 7}
    others = ["6-12", "alert(1)", "0x10", "1/0", "1/2/3", "1e9999", "NaN", "", " "]
    blank_page.show(sample())
    read = "texts => texts.map(text => module.parsed(text)?.number ?? null)"
    found = blank_page.page.evaluate(read, [*numbers, *others])
    assert found == [*numbers.values(), *[None] * len(others)]


def test_a_rounded_number_is_right_from_two_decimals_on(blank_page):
    blank_page.show(sample())
    right = blank_page.page.evaluate(
        "texts => texts.map(t => module.matches(module.parsed(t), Math.E))",
        ["2.72", "2.718", "2.7", "2.71", "3", "2.718281828459045"],
    )
    assert right == [True, True, False, False, False, True]


def test_show_me_next_gate_and_start_again(blank_page):
    piece = blank_page.show(sample())
    assert "p = 3 · (−2) = −6" in press(piece, "Show me")
    assert blank_page.saved()["filled"] == 1
    press(piece, "Next gate")
    press(piece, "Next gate")
    assert "Now backward" in press(piece, "Next gate")
    assert blank_page.saved()["filled"] == 4
    press(piece, "Next gate")  # both slopes of f
    assert blank_page.saved()["filled"] == 6
    press(piece, "Start again")
    assert blank_page.saved()["filled"] == 0
    assert shown(piece, "slope") == []


def test_nodes_are_named_and_reached_by_arrows_in_the_order_of_work(blank_page):
    piece = blank_page.show(sample())
    press(piece, "Show me")
    nodes = piece.locator(".graph-node")
    names = [node.get_attribute("aria-label") for node in nodes.all()]
    assert names[0] == "input x; value 3; slope not filled in."
    assert names[2] == "p, times gate of x and y; value −6; slope not filled in."
    nodes.first.focus()
    for expected in names[1:]:
        blank_page.page.keyboard.press("ArrowRight")
        focused = "document.activeElement.getAttribute('aria-label')"
        assert blank_page.page.evaluate(focused) == expected
    assert piece.locator("[tabindex='0']").count() == 1
    row = piece.locator("tbody tr").nth(2)
    assert row.locator("td").all_text_contents() == ["× of x and y", "−6", "?", "?"]


# For test_every_piece.py.


def use(piece):
    assert "Right" in answer(piece, "-6")


def show_full(bench, **look):
    widget = sample()
    widget.filled = 9
    piece = bench.show(widget, **look)
    piece.locator("summary").click()
    answer(piece, "4")


NOTEBOOK = """
from course_utils.exercises.chapter_07 import Value
from course_utils.widgets.graph import Graph

Value = Value.reference
x, y = Value(3.0), Value(-2.0)
graph = Graph(x * y + x, {"x": x, "y": y}, name="lab")
graph
"""


def exercise(jupyterlab, cell):
    """Start again, give a wrong number, then go through all gates."""
    piece = cell.locator(".course-piece").first
    again = piece.get_by_role("button", name="Start again")
    if again.is_enabled():
        again.click()
    assert "Not 123500" in answer(piece, "123456")
    following = piece.get_by_role("button", name="Next gate")
    following.click()
    following.focus()
    while following.is_enabled():
        jupyterlab.page.keyboard.press("Enter")
    jupyterlab.idle()
    assert "All values and slopes are filled in" in piece.inner_text()
    assert piece.locator("svg").get_by_text("?").count() == 0


def check_kernel(jupyterlab, piece, _):
    jupyterlab.run_all()  # where the reader was is kept
    assert jupyterlab.ask("[graph.filled, len(graph.steps)]") == [7, 7]
    assert "Done" in piece.inner_text()
    assert shown(piece, "slope")[-1] == "1"
