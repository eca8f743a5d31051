"""Each notebook is what its source gives, and agrees with what is declared."""

import ast
import json

import nbformat
import pytest

from course_utils.authoring.notebooks import (
    build,
    has_own_work,
    is_current,
    solve,
    stubs,
)
from course_utils.chapters import CAPSTONES, CHAPTERS, PROJECT, WORKED
from tests.notebooks.run import expected_outputs, is_marked
from tests.notebooks.signatures import differences
from tests.notebooks.style import BEFORE, Document


def each(notebooks):
    return pytest.mark.parametrize("chapter", notebooks, ids=lambda one: one.name)


each_notebook = each([*CHAPTERS, *CAPSTONES, *WORKED])


def test_sources_and_the_tables_name_the_same_notebooks():
    folder = PROJECT / "notebooks" / "source"
    declared = {each.source for each in (*CHAPTERS, *CAPSTONES, *WORKED)}
    assert {*folder.glob("*.py"), *folder.glob("capstone/*.py")} == declared


@each_notebook
def test_notebook_is_what_its_source_gives_and_holds_no_outputs(chapter):
    assert is_current(chapter), (
        f"{chapter.notebook.name} differs from its source. Edit the source only, "
        "then run `course notebooks`."
    )
    assert not has_own_work(chapter.notebook)
    notebook = json.loads(chapter.notebook.read_text(encoding="utf-8"))
    counts = {cell.get("execution_count") for cell in notebook["cells"]}
    assert counts == {None}


@each_notebook
def test_notebook_is_valid_and_its_ids_are_unique_and_stable(chapter):
    notebook = build(chapter)
    nbformat.validate(notebook)
    ids = [cell.id for cell in notebook.cells]
    assert len(set(ids)) == len(ids)
    assert ids == [cell.id for cell in build(chapter).cells]


@each([*CHAPTERS, *CAPSTONES])
def test_notebook_checks_the_exercises_of_its_module_in_stubs_of_the_same_form(chapter):
    cells, exercises = stubs(build(chapter)), chapter.exercises()
    assert sorted(cells) == sorted(exercises)
    for name, source in cells.items():
        assert f"ex.{name}.check(" in source, name
        assert differences(source, name, exercises[name].solution_source) == []


@each_notebook
def test_solved_notebook_differs_in_every_exercise_cell_and_nowhere_else(chapter):
    notebook = build(chapter)
    solved = solve(notebook, chapter.exercises())
    for before, after in zip(notebook.cells, solved.cells, strict=True):
        assert (before.source != after.source) == ("exercise" in before.metadata)
        if before.cell_type == "code":
            ast.parse(after.source)


@each_notebook
def test_title_and_minutes_are_those_of_the_table(chapter):
    document = Document(chapter.source.read_text(encoding="utf-8"), chapter.number)
    assert [h.text for h in document.headings if h.level == 1] == [chapter.title]
    if chapter in CHAPTERS:
        before = " ".join(document.prose(BEFORE).split())
        assert f"{chapter.minutes} minutes" in before


@each_notebook
def test_stored_outputs_belong_to_cells_that_promise_them(chapter):
    marked = {cell.id for cell in build(chapter).cells if is_marked(cell)}
    assert set(expected_outputs(chapter.number)) == marked, (
        f"Run `python -m tests.notebooks.record {chapter.number}`."
    )
