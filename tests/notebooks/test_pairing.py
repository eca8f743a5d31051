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
from course_utils.chapters import CHAPTERS, PROJECT
from tests.notebooks.run import expected_outputs, is_marked
from tests.notebooks.signatures import differences
from tests.notebooks.style import BEFORE, Document

WRITTEN = [chapter for chapter in CHAPTERS if chapter.source.is_file()]
each_chapter = pytest.mark.parametrize(
    "chapter", WRITTEN, ids=lambda chapter: chapter.number
)


def test_sources_and_the_table_of_chapters_name_the_same_chapters():
    written = {path.stem for path in (PROJECT / "notebooks" / "source").glob("*.py")}
    assert written == {chapter.name for chapter in CHAPTERS}


@each_chapter
def test_notebook_is_what_its_source_gives(chapter):
    assert is_current(chapter), (
        f"{chapter.notebook.name} differs from its source. Edit the source only, "
        "then run `course notebooks`."
    )


@each_chapter
def test_notebook_file_holds_no_outputs(chapter):
    assert not has_own_work(chapter.notebook)
    notebook = json.loads(chapter.notebook.read_text(encoding="utf-8"))
    counts = {cell.get("execution_count") for cell in notebook["cells"]}
    assert counts == {None}


@each_chapter
def test_notebook_is_valid_and_its_ids_are_unique_and_stable(chapter):
    notebook = build(chapter)
    nbformat.validate(notebook)
    ids = [cell.id for cell in notebook.cells]
    assert len(set(ids)) == len(ids)
    assert ids == [cell.id for cell in build(chapter).cells]


@each_chapter
def test_notebook_and_module_hold_the_same_exercises(chapter):
    assert sorted(stubs(build(chapter))) == sorted(chapter.exercises())


@each_chapter
def test_exercise_cells_check_the_exercise_that_they_name(chapter):
    for name, source in stubs(build(chapter)).items():
        assert f"ex.{name}.check(" in source, name


@each_chapter
def test_stubs_have_the_references_signature_and_a_docstring(chapter):
    exercises = chapter.exercises()
    for name, source in stubs(build(chapter)).items():
        assert differences(source, name, exercises[name].solution_source) == []


@each_chapter
def test_solved_notebook_differs_in_every_exercise_cell_and_nowhere_else(chapter):
    notebook = build(chapter)
    solved = solve(notebook, chapter.exercises())
    for before, after in zip(notebook.cells, solved.cells, strict=True):
        assert (before.source != after.source) == ("exercise" in before.metadata)
        if before.cell_type == "code":
            ast.parse(after.source)


@each_chapter
def test_title_is_the_chapters(chapter):
    document = Document(chapter.source.read_text(encoding="utf-8"), chapter.number)
    assert [h.text for h in document.headings if h.level == 1] == [chapter.title]


@each_chapter
def test_before_you_start_gives_the_minutes_of_the_table(chapter):
    document = Document(chapter.source.read_text(encoding="utf-8"), chapter.number)
    assert f"{chapter.minutes} minutes" in " ".join(document.prose(BEFORE).split())


@each_chapter
def test_stored_outputs_belong_to_cells_that_promise_them(chapter):
    marked = {cell.id for cell in build(chapter).cells if is_marked(cell)}
    assert set(expected_outputs(chapter.number)) == marked, (
        f"Run `python -m tests.notebooks.record {chapter.number}`."
    )
