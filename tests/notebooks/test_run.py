"""Every notebook runs from a clean kernel: solved, and untouched without a network.

Untouched with the real data is what the browser tests run. Of the projects, the
starters run untouched, since their readers fill them in; the worked ones run with
the data.
"""

import json

import nbformat
import pytest

from course_utils import progress
from course_utils.authoring.notebooks import build, solve
from course_utils.chapters import CAPSTONES, CHAPTERS, PROJECT, WORKED
from tests.notebooks import promises
from tests.notebooks.run import (
    LONGER,
    MEGABYTES,
    SECONDS,
    SHARED_CORES,
    environment,
    excess,
    expected_outputs,
    real_mnist,
    run,
    with_expected,
    without_markers,
)

ARTEFACTS = PROJECT / "artefacts"
# The longest first, so that no worker starts one when the others are done.
RUNS = [
    *((each, "solved") for each in (*CHAPTERS, *WORKED)),
    *((each, "untouched") for each in (*CHAPTERS, *CAPSTONES)),
]
RUNS = [
    pytest.param(chapter, variant, id=f"{chapter.number}-{variant}")
    for chapter, variant in sorted(RUNS, key=lambda run: -run[0].minutes)
]


@pytest.mark.parametrize(("chapter", "variant"), RUNS)
def test_notebook_runs_within_its_bounds(chapter, variant, tmp_path, monkeypatch):
    mnist = real_mnist() if variant == "solved" else None
    notebook = build(chapter)
    promised = mnist is not None or not uses_mnist(notebook)
    if promised:
        notebook = with_expected(notebook, expected_outputs(chapter.number))
    else:
        notebook = without_markers(notebook)
    if variant == "solved":
        notebook = solve(notebook, chapter.exercises())
    home = tmp_path / "home"
    result = run(notebook, tmp_path / "run", environment(home, mnist))
    keep(chapter, variant, mnist, result)

    assert result.passed, f"\n{result.report}"
    if promised:
        assert not promises.broken(chapter.number, promises.text_of(result.executed))
    kind = "tensorflow" if chapter.tensorflow else "numpy"
    seconds = LONGER.get(chapter.number, SECONDS) * SHARED_CORES
    assert not excess(result, MEGABYTES[kind], seconds)
    monkeypatch.setenv("COURSE_HOME", str(home))
    assert solved_exercises(chapter) == (
        set(chapter.exercises()) if variant == "solved" else set()
    )


def uses_mnist(notebook):
    """Say whether what a notebook prints depends on the data set."""
    return any("load_mnist" in cell.source for cell in notebook.cells)


def solved_exercises(chapter):
    """Return the names of the exercises that the run left as solved."""
    entries = progress.load().chapters.get(chapter.number, {})
    return {name for name, entry in entries.items() if entry.status == "solved"}


def keep(chapter, variant, mnist, result):
    """Leave the executed notebook and the figures for people to look at.

    One file per run: two workers never write the same one.
    """
    figures = {
        "chapter": chapter.name,
        "variant": variant,
        "data": "MNIST" if mnist else "stand-in",
        "passed": result.passed,
        "seconds": result.seconds,
        "megabytes": result.megabytes,
    }
    for folder in ("notebooks", "executed"):
        (ARTEFACTS / folder).mkdir(parents=True, exist_ok=True)
    name = f"{chapter.name}.{variant}"
    path = ARTEFACTS / "notebooks" / f"{name}.json"
    path.write_text(json.dumps(figures, indent=1) + "\n", encoding="utf-8")
    if result.executed is not None:
        nbformat.write(result.executed, ARTEFACTS / "executed" / f"{name}.ipynb")
