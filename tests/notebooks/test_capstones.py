"""The projects at the end: paired with their sources, in style, and running."""

import ast
import re

import nbformat
import pytest

from course_utils.authoring.notebooks import (
    build,
    has_own_work,
    is_current,
    solve,
    stubs,
)
from course_utils.chapters import CAPSTONES, PROJECT, WORKED, chapter
from tests.notebooks import promises
from tests.notebooks.run import (
    MEGABYTES,
    SECONDS,
    SHARED_CORES,
    environment,
    excess,
    real_mnist,
    run,
)
from tests.notebooks.signatures import differences
from tests.notebooks.style import RULES, Document

EVERY = (*CAPSTONES, *WORKED)
each_notebook = pytest.mark.parametrize("project", EVERY, ids=lambda p: p.slug)
each_starter = pytest.mark.parametrize("project", CAPSTONES, ids=lambda p: p.slug)

# A project has no recap, no recall, and sections that its reader fills in; it has
# few cells, and most of them set up what a chapter would introduce step by step.
STYLE = (
    "one_title",
    "no_long_cell",
    "line_length",
    "prose_between_code",
    "figures_are_shown",
    "figures_have_alt_text",
    "figures_have_titles",
    "nothing_forbidden",
    "one_import_cell",
    "no_fillers",
    "no_list_by_accident",
    "syntax",
)


def document(project):
    return Document(project.source.read_text(encoding="utf-8"))


def text_of(source):
    return re.sub(r"^# ?", "", source.read_text(encoding="utf-8"), flags=re.MULTILINE)


def test_sources_and_the_tables_name_the_same_projects():
    folder = PROJECT / "notebooks" / "source" / "capstone"
    assert {path.stem for path in folder.glob("*.py")} == {p.name for p in EVERY}


@each_notebook
def test_project_is_what_its_source_gives(project):
    assert is_current(project), "Run `course notebooks`."
    assert not has_own_work(project.notebook)
    nbformat.validate(build(project))


@each_notebook
def test_project_keeps_the_style(project):
    found = document(project)
    broken = [(name, text) for name in STYLE for text in RULES[name](found)]
    assert not broken, "\n" + "\n".join(f"{rule}: {text}" for rule, text in broken)
    assert [h.text for h in found.headings if h.level == 1] == [project.title]


@each_starter
def test_starter_holds_the_exercises_that_are_declared(project):
    cells, exercises = stubs(build(project)), project.exercises()
    assert sorted(cells) == sorted(exercises)
    for name, source in cells.items():
        assert f"ex.{name}.check(" in source
        assert differences(source, name, exercises[name].solution_source) == []
    for cell in solve(build(project), exercises).cells:
        if cell.cell_type == "code":
            ast.parse(cell.source)


@each_starter
def test_every_starter_and_chapter_10_show_the_same_rubric(project):
    chapter_10 = text_of(chapter("10").source)
    rubric = re.findall(r"^\| (?:\*\*\w+\*\*|) ?\|.*\|$", text_of(project.source), re.M)
    assert len(rubric) == 7
    assert "\n".join(rubric[1:]) in chapter_10


@each_notebook
def test_chapter_10_links_to_every_project(project):
    assert f"](capstone/{project.name}.ipynb)" in text_of(chapter("10").source).replace(
        "\n", " "
    )


@each_notebook
def test_links_of_a_project_lead_somewhere(project):
    found = re.findall(r"\]\(([\w./]+\.ipynb)", text_of(project.source))
    assert found
    assert all((project.notebook.parent / link).resolve().is_file() for link in found)


@each_starter
def test_untouched_starter_runs_without_a_network(project, tmp_path):
    result = run(build(project), tmp_path / "run", environment(tmp_path / "home", None))
    assert result.passed, f"\n{result.report}"
    assert not excess(result, MEGABYTES["tensorflow"], SECONDS * SHARED_CORES)


@pytest.mark.parametrize("project", WORKED, ids=lambda p: p.slug)
def test_worked_example_finds_what_it_says(project, tmp_path):
    mnist = real_mnist()
    env = environment(tmp_path / "home", mnist)
    result = run(build(project), tmp_path / "run", env)
    assert result.passed, f"\n{result.report}"
    shown = promises.text_of(result.executed)
    assert "Right: Move images in any direction" in shown
    if mnist is not None:
        assert not promises.broken(project.slug, shown)
    assert not excess(result, MEGABYTES["tensorflow"], SECONDS * SHARED_CORES)
