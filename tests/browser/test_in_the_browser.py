"""Every chapter in a real browser: opened, run from top to bottom, looked at."""

import nbformat
import pytest

from course_utils.authoring.notebooks import solve, write
from course_utils.chapters import CHAPTERS, PROJECT
from tests.browser.test_every_piece import PIECES
from tests.notebooks.run import real_mnist

SCREENSHOTS = PROJECT / "artefacts" / "browser"


def run_in_lab(jupyterlab, path):
    """Run a notebook and use its pieces; check that all is well.

    Returns its code cells, and what the use of each kind of piece came to.
    """
    outcomes = {}
    with jupyterlab.opened(path):
        jupyterlab.run_all()
        cells = jupyterlab.cells()
        for cell in cells:
            if "vnd.jupyter.widget-view" in str(cell["outputs"]):
                outcomes |= use(jupyterlab, cell["index"])
        stem = path.removeprefix("notebooks/").removesuffix(".ipynb")
        jupyterlab.screenshots(SCREENSHOTS, stem)
    assert all(cell["count"] is not None for cell in cells)
    outputs = [output for cell in cells for output in cell["outputs"]]
    assert not [o for o in outputs if o["output_type"] == "error"]
    assert not [o for o in outputs if o.get("name") == "stderr"]
    return cells, outcomes


def use(jupyterlab, index):
    """Use every interactive piece of a cell, as its own test says."""
    cell = jupyterlab.cell(index)
    pieces = cell.locator("section.course-piece")
    pieces.first.wait_for()
    outcomes = {}
    for label in {piece.get_attribute("aria-label") for piece in pieces.all()}:
        kind = next(begins for begins in PIECES if label.startswith(begins))
        outcomes[kind] = PIECES[kind].exercise(jupyterlab, cell)
    return outcomes


def feedback(cells):
    """Plain text of every feedback, in the order of the notebook."""
    return [
        "".join(output["data"]["text/plain"])
        for cell in cells
        for output in cell["outputs"]
        if "course-feedback" in "".join(output.get("data", {}).get("text/html", ""))
    ]


@pytest.mark.parametrize("chapter", CHAPTERS, ids=lambda chapter: chapter.number)
def test_chapter_runs_in_the_browser(jupyterlab, chapter):
    cells, outcomes = run_in_lab(jupyterlab, f"notebooks/{chapter.name}.ipynb")
    texts = feedback(cells)
    missing = [
        exercise.title
        for exercise in chapter.exercises().values()
        if not any(f"Not attempted yet: {exercise.title}" in text for text in texts)
    ]
    assert not missing
    if chapter.number == "06" and real_mnist():
        digit, _ = outcomes["Draw"]
        assert digit == 7, "a seven drawn with the mouse, read by the chapter's model"


def test_a_solved_chapter_says_so_and_shows_in_the_progress(jupyterlab):
    chapter = CHAPTERS[0]
    notebook = nbformat.read(chapter.notebook, as_version=4)
    solved = solve(notebook, chapter.exercises())
    write(solved, jupyterlab.server.folder / "notebooks" / "solved.ipynb")
    cells, _ = run_in_lab(jupyterlab, "notebooks/solved.ipynb")
    good = ("✔ Right", "● Noted", "→ Outcome")
    assert all(text.startswith(good) for text in feedback(cells))
    total = len(chapter.exercises())
    assert f"{total} of {total}" in str(cells[-1]["outputs"])
