"""The drawing board: its arithmetic in the browser, its behaviour, and its kernel."""

import json
from base64 import b64decode

import numpy as np
import pytest

from course_utils.widgets import digits
from course_utils.widgets.draw import Draw
from tests.browser.bench import open_notebook, said

SEVEN = [(60, 45), (160, 45), (105, 185)]
BOTH = """
async samples => {
    const found = [];
    for (const strokes of samples) {
        const ink = module.inkOf(strokes);
        const reader = new FileReader();
        const read = new Promise(done => { reader.onload = done; });
        reader.readAsDataURL(new Blob([ink]));
        await read;
        const pixels = Array.from(module.asMnist(ink),
            grey => grey.toString(16).padStart(2, '0'));
        found.push([reader.result.split(',')[1], pixels.join('')]);
    }
    return found;
}
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


def settle(page):
    page.evaluate("new Promise(r => requestAnimationFrame(() => setTimeout(r)))")


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
    both = blank_page.page.evaluate(BOTH, samples)
    for strokes, (ink, image) in zip(samples, both, strict=True):
        expected = digits.ink(strokes)
        assert np.array_equal(expected.ravel(), np.frombuffer(b64decode(ink)))
        assert_same_picture(image, expected)


def test_the_mouse_draws_and_the_latest_picture_alone_is_asked_for(blank_page):
    piece = blank_page.show(pad())
    board = piece.locator(".draw-board")
    drag(blank_page.page, board, SEVEN)
    settle(blank_page.page)
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
    settle(blank_page.page)
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
    settle(blank_page.page)
    assert "empty" in said(piece)
    piece.get_by_role("button", name="Undo").click()
    assert blank_page.saved()["strokes"] == strokes
    piece.get_by_role("button", name="Undo").click()
    assert piece.get_by_role("button", name="Undo").is_disabled()  # the example


def test_two_boards_do_not_disturb_each_other(blank_page):
    blank_page.show(pad(), count=2)
    drag(blank_page.page, blank_page.piece(1).locator(".draw-board"), SEVEN)
    assert "strokes" not in blank_page.saved(0)
    assert len(blank_page.saved(1)["strokes"]) == 1


def test_a_lost_kernel_and_a_wrong_function_are_said(blank_page):
    piece = blank_page.show(pad(example=np.full((28, 28), 200)))
    settle(blank_page.page)
    trouble = {"serial": 1, "probabilities": None, "trouble": "Ten are wanted."}
    blank_page.message({**READ, **trouble})
    assert said(piece) == "Ten are wanted."
    blank_page.lose_kernel()
    note = piece.get_by_role("alert")
    note.wait_for()
    assert "kernel has been restarted" in note.inner_text()


@pytest.mark.parametrize("dark", [False, True])
def test_it_is_accessible_and_fits_a_narrow_column(blank_page, dark):
    widget = pad(example=np.full((28, 28), 200))
    widget._saved = [{"name": "a", "label": 7, "pixels": "80" * 784}] * 9
    blank_page.show(widget, dark=dark, width=320)
    settle(blank_page.page)
    blank_page.message({**READ, "serial": 1, "probabilities": sure_of(7)})
    assert blank_page.overflow() <= 0
    assert blank_page.serious() == []


NOTEBOOK = """
import json
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
KERNEL = """
async code => {
    const future = panel.sessionContext.session.kernel.requestExecute({code});
    let text = '';
    future.onIOPub = message => { text += message.content.text ?? ''; };
    await future.done;
    return text;
}
"""


def in_kernel(jupyterlab, expression):
    """Return the value of an expression in the notebook's kernel, through JSON."""
    code = f"import json; print(json.dumps({expression}))"
    return json.loads(jupyterlab.page.evaluate(KERNEL, code))


def picture(piece):
    """Return the 28 × 28 greys on the screen, 0 paper to 255 ink, on light ground."""
    pixels = piece.locator(".draw-received").evaluate(
        "c => Array.from(c.getContext('2d').getImageData(0, 0, 28, 28).data)"
    )
    return 255 - np.array(pixels).reshape(28, 28, 4)[:, :, 0]


def exercise_draw(jupyterlab, cell):
    """Clear the board and draw a seven with the mouse; return the reading."""
    piece = cell.locator(".course-piece").first
    piece.get_by_role("button", name="Clear").click()
    drag(jupyterlab.page, piece.locator(".draw-board"), SEVEN)
    settle(jupyterlab.page)
    jupyterlab.idle()
    digit, share, *_ = piece.locator(".draw-best").inner_text().split()
    return int(digit), share


def test_in_jupyterlab_kernel_and_picture_agree(jupyterlab):
    jupyterlab.console.clear()
    open_notebook(jupyterlab, "draw", [NOTEBOOK])
    try:
        jupyterlab.run_all()
        cell = jupyterlab.cell(0)
        digit, _ = exercise_draw(jupyterlab, cell)
        piece = cell.locator(".course-piece").first
        image = np.array(in_kernel(jupyterlab, "pad.image.tolist()"))
        assert np.array_equal(image, picture(piece))
        strokes = in_kernel(jupyterlab, "pad.strokes")
        assert (
            np.abs(digits.as_mnist(digits.ink(strokes)).astype(int) - image).max() < 2
        )
        assert in_kernel(jupyterlab, "int(pad.probabilities.argmax())") == digit
        assert len(in_kernel(jupyterlab, "asked")) <= 20  # of some 20 movements

        piece.get_by_label("This is a").select_option("7")
        piece.get_by_role("button", name="Save as a test case").click()
        jupyterlab.idle()
        assert "Saved as a 7" in said(piece)
        (saved,) = in_kernel(jupyterlab, "[(i.tolist(), n) for i, n in pad.saved]")
        assert np.array_equal(saved[0], image)
        assert saved[1] == 7

        jupyterlab.run_all()  # the drawing is still there
        assert in_kernel(jupyterlab, "pad.strokes") == strokes
        assert jupyterlab.kernel_errors() == []

        assert jupyterlab.console == []
        jupyterlab.page.evaluate(
            "panel.sessionContext.session.kernel.restart().then(() => 1)"
        )
        cell = jupyterlab.cell(0)
        cell.get_by_text("The kernel has been restarted").wait_for()
        jupyterlab.run_all()  # what was saved is still there
        cell.get_by_role("button", name="Remove saved drawing 1, a 7").click()
        jupyterlab.idle()
        assert in_kernel(jupyterlab, "len(pad.saved)") == 0
    finally:
        jupyterlab.close()
