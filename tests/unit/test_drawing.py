"""The drawing board without a browser: framing, kept drawings, the reader's model."""

from importlib.resources import files

import numpy as np
import pytest

from course_utils import data, progress, store
from course_utils.widgets import digits, drawings
from course_utils.widgets.draw import Draw

SEVEN = [{"tool": "pen", "points": [60, 50, 160, 50, 110, 180]}]


@pytest.fixture
def home(tmp_path, monkeypatch):
    monkeypatch.setenv("COURSE_HOME", str(tmp_path))
    return tmp_path


def test_the_files_of_the_browser_are_in_the_package():
    folder = files("course_utils.widgets")
    for name in ("piece.js", "piece.css", "draw.js", "draw.css"):
        assert (folder / name).is_file()


def test_a_drawing_fits_twenty_pixels_and_is_centred_by_its_mass():
    image = digits.as_mnist(digits.ink(SEVEN)).astype(float)
    rows, columns = np.flatnonzero(image.any(1)), np.flatnonzero(image.any(0))
    assert rows[-1] - rows[0] + 1 == 20
    assert columns[-1] - columns[0] + 1 <= 20
    places = np.arange(28)
    assert abs(image.sum(1) @ places / image.sum() - 14) <= 0.5
    assert abs(image.sum(0) @ places / image.sum() - 14) <= 0.5


def test_the_place_and_the_size_of_a_drawing_do_not_matter():
    small = [{"tool": "pen", "points": [40, 30, 140, 30, 90, 160]}]
    one, other = (digits.as_mnist(digits.ink(s)) for s in (SEVEN, small))
    assert np.abs(one.astype(int) - other).max() <= 1


def test_a_digit_of_the_data_put_on_the_board_comes_back_as_it_was():
    images = data.stand_in("uint8").x_test[:20]
    back = [
        digits.as_mnist(digits.ink([{"tool": "image", "pixels": i.ravel().tolist()}]))
        for i in images
    ]
    assert np.abs(np.array(back).astype(int) - images).max() <= 1


def test_erasing_and_clearing_take_ink_away():
    rubbed = digits.ink([*SEVEN, {"tool": "eraser", "points": [60, 50]}])
    assert rubbed[50, 60] == 0
    assert rubbed[50, 120] == 1
    assert not digits.as_mnist(digits.ink([*SEVEN, {"tool": "clear"}])).any()


def test_saved_digits_outlive_the_kernel_in_a_file_of_their_own(home):
    image = digits.as_mnist(digits.ink(SEVEN))
    assert drawings.add(image, 7) is None
    assert drawings.add(image[::-1], 2) is None
    (first, label), (second, _) = Draw().saved
    assert label == 7
    assert np.array_equal(first, image)
    assert np.array_equal(second, image[::-1])
    assert drawings.remove(drawings.load()[0][0].name) is None
    assert [label for _, label in Draw().saved] == [2]


def test_drawings_travel_with_the_progress_from_one_session_to_the_next(
    home, tmp_path, monkeypatch
):
    image = digits.as_mnist(digits.ink(SEVEN))
    drawings.add(image, 7)
    drawings.add(image[::-1], 2)
    file = tmp_path / "mine.json"
    assert progress.export(file) is None
    monkeypatch.setenv("COURSE_HOME", str(tmp_path / "next"))
    drawings.add(image.T, 5)  # there is something there already
    for _ in range(2):  # importing twice changes nothing
        assert progress.import_(file).notice is None
        assert [label for _, label in Draw().saved] == [5, 7, 2]
    assert np.array_equal(Draw().saved[1][0], image)
    assert progress.export(file) is None


def test_an_export_never_replaces_one_that_holds_other_drawings(home, tmp_path):
    file = tmp_path / "mine.json"
    drawings.add(np.zeros((28, 28)), 7)
    progress.export(file)
    content = file.read_bytes()
    drawings.remove(drawings.load()[0][0].name)
    with pytest.raises(progress.ProgressError, match="drawings that are not here"):
        progress.export(file)
    assert file.read_bytes() == content


def test_drawings_that_find_no_room_are_counted_in_a_sentence(
    home, tmp_path, monkeypatch
):
    file = tmp_path / "mine.json"
    for label in range(4):
        drawings.add(np.zeros((28, 28)), label)
    progress.export(file)
    monkeypatch.setenv("COURSE_HOME", str(tmp_path / "next"))
    monkeypatch.setattr(store, "MAX_DRAWINGS", 3)
    notice = progress.import_(file).notice
    assert notice == "1 drawing(s) found no room: 3 are kept."
    assert "it holds 3 drawings already" in drawings.add(np.zeros((28, 28)), 9)
    assert [drawing.label for drawing in drawings.load()[0]] == [0, 1, 2]


def test_a_board_of_the_same_name_keeps_the_drawing(home):
    first = Draw(name="kept")
    first.strokes = SEVEN
    assert Draw(name="kept", example=np.zeros((28, 28))).strokes == SEVEN
    assert Draw(name="other").strokes == []


@pytest.mark.parametrize(
    ("read", "words"),
    [
        (lambda images: np.full((1, 10), 3.0), "scores, not probabilities"),
        (lambda images: [1.0], "returns 1 numbers; ten are wanted"),
        (lambda images: np.full(10, np.nan), "not finite"),
        (lambda images: images.no_such_thing, "could not read the picture"),
    ],
)
def test_a_wrong_function_is_explained_and_nothing_is_raised(home, read, words):
    pad = Draw(read, example=data.stand_in("uint8").x_test[0])
    assert pad.probabilities is None
    assert words in pad._trouble


def test_the_still_picture_shows_what_the_function_says(home):
    seen = []

    def read(images):
        seen.append((images.shape, images.dtype))
        return np.eye(10)[[7]]

    pad = Draw(read, example=data.stand_in("uint8").x_test[0])
    bundle, _ = pad._repr_mimebundle_()
    assert bundle["image/png"].startswith(b"\x89PNG")
    assert "reads a 7, with a probability of 100%" in bundle["text/plain"]
    assert seen == [((1, 28, 28), np.uint8)]
