"""The drawing board: its arithmetic in the browser, its behaviour, and its kernel."""

import json

import numpy as np
import pytest

from course_utils.widgets import digits
from course_utils.widgets.draw import Draw
from tests.browser.bench import after_frame, said

SEVEN = [(60, 45), (160, 45), (105, 185)]
BOTH = """
samples => JSON.stringify(samples.map(strokes => {
    const ink = module.inkOf(strokes);
    return [[...ink], [...module.asMnist(ink)]];
}))
"""
READ = {"kind": "answer", "trouble": None}


@pytest.fixture(autouse=True)
def home(tmp_path, monkeypatch):
    monkeypatch.setenv("COURSE_HOME", str(tmp_path))


def sure_of(digit):
    return [0.91 if i == digit else 0.01 for i in range(10)]


def pad(**arguments):
    return Draw(lambda images: np.array(sure_of(3)), **arguments)


def drag(page, board, points, steps=8):
    """Draw with the mouse through points in board pixels."""
    board.scroll_into_view_if_needed()
    box = board.bounding_box()
    scale = box["width"] / digits.SIDE
    places = [(box["x"] + x * scale, box["y"] + y * scale) for x, y in points]
    page.mouse.move(*places[0])
    page.mouse.down()
    for place in places[1:]:
        page.mouse.move(*place, steps=steps)
    page.mouse.up()


def assert_same_picture(pixels, ink):
    """Compare 784 bytes in hexadecimal with NumPy's picture of the same ink.

    A mean that lies halfway between two greys may fall to either side.
    """
    image = np.frombuffer(bytes.fromhex(pixels), np.uint8).astype(int)
    difference = np.abs(digits.as_mnist(ink).ravel() - image)
    assert difference.max() <= 1
    assert np.count_nonzero(difference) <= 10


def random_strokes(seed):
    """Strokes by pen and eraser, some beyond the border of the board."""
    rng = np.random.default_rng(seed)
    strokes = []
    for tool in rng.choice(["pen", "pen", "eraser"], 6):
        count = 2 * int(rng.integers(1, 6))
        points = np.round(4 * rng.uniform(-20, 244, count)) / 4
        strokes.append({"tool": str(tool), "points": points.tolist()})
    return strokes


def test_the_browser_and_numpy_make_the_same_picture(blank_page):
    pixels = np.random.default_rng(0).integers(0, 256, 784).tolist()
    samples = [random_strokes(seed) for seed in range(12)]
    samples += [[{"tool": "image", "pixels": pixels}, samples[0][0]], []]
    blank_page.show(pad())
    both = json.loads(blank_page.page.evaluate(BOTH, samples))
    for strokes, (ink, image) in zip(samples, both, strict=True):
        expected = digits.ink(strokes)
        assert np.array_equal(expected.ravel(), ink)
        assert_same_picture(bytes(image).hex(), expected)


def test_the_mouse_draws_and_the_latest_picture_alone_is_asked_for(blank_page):
    piece = blank_page.show(pad())
    board = piece.locator(".draw-board")
    drag(blank_page.page, board, SEVEN)
    after_frame(blank_page.page)
    (stroke,) = blank_page.saved()["strokes"]
    assert stroke["tool"] == "pen"
    assert len(blank_page.sent()) == 1  # nothing more before the answer
    blank_page.message({**READ, "serial": 1, "probabilities": sure_of(1)})
    first, latest = blank_page.sent()
    assert_same_picture(latest["pixels"], digits.ink([stroke]))
    assert latest["pixels"] != first["pixels"]
    blank_page.message({**READ, "serial": 2, "probabilities": sure_of(7)})
    assert len(blank_page.sent()) == 2
    assert piece.locator(".draw-best").inner_text().split() == ["7", "91", "%"]
    assert "reads a 7" in said(piece)


def test_keys_alone_draw_undo_and_save(blank_page):
    piece = blank_page.show(pad())
    press = blank_page.page.keyboard.press
    piece.locator(".draw-board").focus()
    down, right = ["ArrowDown"] * 12, ["ArrowRight"] * 5
    for key in [" ", *down, *right, " ", "ArrowRight", " ", " "]:
        press(key)
    assert "Pen up: column 20, row 19 of 28" in said(piece)
    line, _ = blank_page.saved()["strokes"]
    assert line["points"][:2] == [112, 56]
    assert line["points"][-2:] == [152, 152]
    press("Control+z")
    assert blank_page.saved()["strokes"] == [line]
    after_frame(blank_page.page)
    save = piece.get_by_role("button", name="Save as a test case")
    save.press("Enter")
    assert "Choose first" in said(piece)
    piece.get_by_label("This is a").select_option("1")
    save.press("Enter")
    message = blank_page.sent()[-1]
    assert (message["kind"], message["label"]) == ("save", 1)
    assert_same_picture(message["pixels"], digits.ink([line]))


def test_the_eraser_rubs_out_and_clearing_can_be_undone(blank_page):
    piece = blank_page.show(pad(example=np.full((28, 28), 200)))
    piece.get_by_role("button", name="Eraser").click()
    drag(blank_page.page, piece.locator(".draw-board"), [(10, 10), (210, 10)])
    strokes = blank_page.saved()["strokes"]
    assert [s["tool"] for s in strokes] == ["image", "eraser"]
    piece.get_by_role("button", name="Clear").click()
    after_frame(blank_page.page)
    assert "empty" in said(piece)
    piece.get_by_role("button", name="Undo").click()
    assert blank_page.saved()["strokes"] == strokes
    piece.get_by_role("button", name="Undo").click()
    assert piece.get_by_role("button", name="Undo").is_disabled()  # the example


def test_a_wrong_function_is_said(blank_page):
    piece = blank_page.show(pad(example=np.full((28, 28), 200)))
    trouble = {"serial": 1, "probabilities": None, "trouble": "Ten are wanted."}
    after_frame(blank_page.page)
    blank_page.message({**READ, **trouble})
    assert said(piece) == "Ten are wanted."


# For test_every_piece.py.

sample = pad


def use(piece):
    drag(piece.page, piece.locator(".draw-board"), SEVEN)


def show_full(bench, **look):
    widget = pad(example=np.full((28, 28), 200))
    widget._saved = [{"name": "a", "label": 7, "pixels": "80" * 784}] * 9
    bench.show(widget, **look)
    after_frame(bench.page)
    bench.message({**READ, "serial": 1, "probabilities": sure_of(7)})


NOTEBOOK = """
import numpy as np
from course_utils.widgets.draw import Draw

asked = []

def read(images):
    asked.append(images.shape)
    scores = images.reshape(-1, 784).astype(float) @ np.arange(7840.0).reshape(784, 10)
    return np.exp(-scores / scores.max()) / np.exp(-scores / scores.max()).sum()

pad = Draw(read, name="lab")
pad
"""


def picture(piece):
    """Return the 28 × 28 greys on the screen, 0 paper to 255 ink, on light ground."""
    pixels = piece.locator(".draw-received").evaluate(
        "c => Array.from(c.getContext('2d').getImageData(0, 0, 28, 28).data)"
    )
    return 255 - np.array(pixels).reshape(28, 28, 4)[:, :, 0]


def exercise(jupyterlab, cell):
    """Clear the board and draw a seven with the mouse; return the reading."""
    piece = cell.locator(".course-piece").first
    piece.get_by_role("button", name="Clear").click()
    use(piece)
    after_frame(jupyterlab.page)
    jupyterlab.idle()
    digit, share, *_ = piece.locator(".draw-best").inner_text().split()
    return int(digit), share


def check_kernel(jupyterlab, piece, reading):
    image = np.array(jupyterlab.ask("pad.image.tolist()"))
    assert np.array_equal(image, picture(piece))
    strokes = jupyterlab.ask("pad.strokes")
    assert np.abs(digits.as_mnist(digits.ink(strokes)).astype(int) - image).max() < 2
    assert jupyterlab.ask("int(pad.probabilities.argmax())") == reading[0]
    assert len(jupyterlab.ask("asked")) <= 20  # of some 20 movements

    piece.get_by_label("This is a").select_option("7")
    piece.get_by_role("button", name="Save as a test case").click()
    jupyterlab.idle()
    assert "Saved as a 7" in said(piece)
    (saved,) = jupyterlab.ask("[(i.tolist(), n) for i, n in pad.saved]")
    assert np.array_equal(saved[0], image)
    assert saved[1] == 7

    jupyterlab.run_all()  # the drawing is still there, and what was saved
    assert jupyterlab.ask("pad.strokes") == strokes
    piece.get_by_role("button", name="Remove saved drawing 1, a 7").click()
    jupyterlab.idle()
    assert jupyterlab.ask("len(pad.saved)") == 0
