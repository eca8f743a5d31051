"""Fingers on a small screen: they draw and drag, and do not scroll the page away."""

import numpy as np
import pytest

from course_utils.widgets.draw import Draw
from course_utils.widgets.landscape import Landscape


@pytest.fixture
def scrolls(tablet):
    """The tablet, with a page that is longer than its screen."""

    def show(widget):
        piece = tablet.show(widget, width=620)
        tablet.page.evaluate("document.body.style.paddingBottom = '2000px'")
        return piece

    yield show
    assert tablet.page.evaluate("window.scrollY") == 0


def test_a_finger_draws_and_the_page_stays(tablet, scrolls):
    board = scrolls(Draw(lambda images: np.ones(10) / 10)).locator("canvas").first
    tablet.swipe(board, (0.5, 0.8), (0.5, 0.2))
    [stroke] = tablet.saved()["strokes"]
    assert stroke["tool"] == "pen"
    x, y = stroke["points"][0::2], stroke["points"][1::2]
    assert max(x) - min(x) < 2
    assert y[0] == pytest.approx(0.8 * 224, abs=2)
    assert y[-1] == pytest.approx(0.2 * 224, abs=2)
    assert y == sorted(y, reverse=True)  # every point once, none twice


def test_a_finger_drags_the_start_and_the_page_stays(tablet, scrolls):
    plane = scrolls(Landscape()).locator(".landscape-plane")
    tablet.swipe(plane, (0.5, 0.7), (0.5, 0.2))
    # Of the map's −2.2 to 2.2; it began in the middle, near −1. What is saved on
    # the way may arrive first.
    tablet.page.wait_for_function("pieces[0].model.saved._state?.start[1] > 0.5")
    _, v = tablet.saved()["_state"]["start"]
    assert v < 2


def test_beside_a_piece_a_finger_scrolls_the_page(tablet):
    piece = tablet.show(Draw(), width=620)
    tablet.page.evaluate("document.body.style.paddingBottom = '2000px'")
    tablet.swipe(piece.get_by_text("28 × 28 pixels"), (0.5, 0.5), (0.5, -5))
    tablet.page.wait_for_function("window.scrollY > 0")
