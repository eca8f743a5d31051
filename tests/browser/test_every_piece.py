"""What holds for every interactive piece, alone and in JupyterLab.

Its own test module says how: ``sample`` makes one, ``use`` does something with it,
``show_full`` shows it at its fullest. ``NOTEBOOK`` is a cell that shows one,
``exercise`` uses it there and ``check_kernel`` compares it with the kernel.
"""

import pytest

from course_utils.widgets.landscape import Landscape
from course_utils.widgets.playground import Playground
from tests.browser import (
    test_draw,
    test_graph,
    test_landscape,
    test_monitor,
    test_playground,
    test_sliders,
)
from tests.browser.bench import said, serious

# By the first words of a piece's name for screen readers.
PIECES = {
    "Computation graph": test_graph,
    "Draw": test_draw,
    "Landscape": test_landscape,
    "Picture with sliders": test_sliders,
    "Playground": test_playground,
    "Training monitor": test_monitor,
}
IN_JUPYTERLAB = [name for name in PIECES if name != "Training monitor"]
RUN_AGAIN = "The kernel has been restarted"
every_piece = pytest.mark.parametrize("piece", PIECES.values(), ids=PIECES)


@every_piece
def test_two_of_a_kind_have_nothing_in_common(blank_page, piece):
    first = blank_page.show(piece.sample(), count=2)
    second = blank_page.piece(1)

    def state(index):
        said(first)  # all have come to rest
        saved, sent = blank_page.saved(index), blank_page.sent(index)
        return blank_page.piece(index).inner_html(), saved, sent

    untouched = state(1)
    piece.use(first)
    assert blank_page.saved(0) or blank_page.sent(0)
    assert state(1) == untouched
    used = state(0)
    piece.use(second)
    assert state(0) == used
    assert state(1) != untouched
    blank_page.lose_kernel(0)
    first.get_by_role("alert").get_by_text(RUN_AGAIN).wait_for()
    assert not second.get_by_role("alert").is_visible()


@every_piece
def test_a_piece_without_its_kernel_says_so_and_works_on(blank_page, piece):
    shown = blank_page.show(piece.sample())
    blank_page.lose_kernel()
    alert = shown.get_by_role("alert").get_by_text(RUN_AGAIN)
    alert.wait_for()
    assert "un the cell again" in alert.inner_text()
    piece.use(shown)


@pytest.mark.parametrize("dark", [False, True], ids=["light", "dark"])
@every_piece
def test_a_piece_is_accessible_and_fits_its_column(blank_page, piece, dark):
    for width in (900, 320):
        piece.show_full(blank_page, dark=dark, width=width)
        assert blank_page.overflow() <= 0
    assert serious(blank_page.page) == []


@pytest.mark.parametrize(
    ("kind", "arguments", "words"),
    [(Landscape, *row) for row in test_landscape.WRONG]
    + [(Playground, *row) for row in test_playground.WRONG],
)
def test_what_does_not_fit_is_said_in_a_sentence(kind, arguments, words):
    with pytest.raises(ValueError, match=words):
        kind(**arguments)


@pytest.mark.parametrize("name", IN_JUPYTERLAB)
def test_in_jupyterlab_kernel_and_picture_agree(jupyterlab, name):
    piece = PIECES[name]
    with jupyterlab.opened(jupyterlab.write("piece", piece.NOTEBOOK)):
        jupyterlab.run_all()
        cell = jupyterlab.cell(0)
        shown = cell.locator(".course-piece").first
        shown.wait_for()
        piece.check_kernel(jupyterlab, shown, piece.exercise(jupyterlab, cell))
        assert jupyterlab.console == []
        jupyterlab.restart()
        cell.get_by_text(RUN_AGAIN).wait_for()
