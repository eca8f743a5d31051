"""From source to notebook, and what the runs of notebooks find."""

import os
import sys
from dataclasses import replace
from types import SimpleNamespace

import nbformat
import pytest

from course_utils import chapters
from course_utils.authoring.notebooks import (
    build,
    has_own_work,
    is_current,
    solve,
    stubs,
    text_of,
    write,
    write_all,
)
from course_utils.chapters import CHAPTERS
from tests.notebooks import run as runs
from tests.notebooks.report import table
from tests.notebooks.sample import CHAPTER
from tests.notebooks.signatures import differences

EXERCISES = {
    "add": SimpleNamespace(
        solution_source='def add(a, b):\n    """Sum."""\n    return a + b'
    ),
    "total": SimpleNamespace(solution_source="4"),
}


TWICE = '# %% exercise="a"\nx = 1\n\n# %% exercise="a"\nx = 2\n'
NO_ID = '# %% exercise="two words"\nx = 1\n'


def cell(source, **metadata):
    """Return a notebook with one exercise cell."""
    made = nbformat.v4.new_code_cell(source, metadata=metadata)
    return nbformat.v4.new_notebook(cells=[made])


# --- Building ---------------------------------------------------------------


def test_build_keeps_of_jupytexts_metadata_only_what_the_course_uses():
    source = '# %% exercise="add" tags=["long-cell"]\nx = 1\n\n\n\n\n# %%\ny = 2\n'
    built = build(source)
    assert built.cells[0].metadata == {"exercise": "add", "tags": ["long-cell"]}
    assert built.cells[1].metadata == {}
    assert built.metadata.kernelspec.name == "python3"
    assert "jupytext" not in text_of(built), "it would write back to the source"


def test_ids_are_unique_and_the_same_in_every_build_and_stay_when_others_change():
    source = CHAPTER + "\n# %%\nprint(2 + 2)\n\n# %%\nprint(2 + 2)\n"
    before = [each.id for each in build(source).cells]
    assert len(set(before)) == len(before)
    assert "exercise-add" in before
    assert before == [each.id for each in build(source).cells]
    after = [e.id for e in build(source.replace("One sentence", "Another")).cells]
    changed = [a != b for a, b in zip(before, after, strict=True)]
    assert changed == [True] + [False] * (len(before) - 1)


@pytest.mark.parametrize(
    ("source", "message"),
    [(TWICE, "Two cells hold the exercise 'a'"), (NO_ID, "valid notebook")],
)
def test_an_exercise_in_two_cells_or_with_an_odd_name_is_refused(source, message):
    with pytest.raises(ValueError, match=message):
        build(source)


def test_write_gives_the_same_bytes_each_time_ending_in_a_newline(tmp_path):
    path = tmp_path / "new" / "a.ipynb"
    write(build(CHAPTER), path)
    first = path.read_bytes()
    write(build(CHAPTER), path)
    assert path.read_bytes() == first
    assert first.endswith(b"}\n")
    assert b"\r" not in first
    assert list(path.parent.iterdir()) == [path]


# --- course notebooks -------------------------------------------------------


@pytest.fixture
def project(tmp_path, monkeypatch):
    """A project with one chapter that has a source and no notebook yet."""
    monkeypatch.setattr(chapters, "PROJECT", tmp_path)
    chapter = replace(CHAPTERS[0], number="07", slug="sample")
    chapter.source.parent.mkdir(parents=True)
    chapter.source.write_text(CHAPTER, encoding="utf-8")
    return chapter


def edit(chapter, change):
    notebook = nbformat.read(chapter.notebook, as_version=4)
    change(notebook)
    nbformat.write(notebook, chapter.notebook)


def add_output(notebook):
    output = nbformat.v4.new_output("stream", name="stdout", text="4\n")
    notebook.cells[4].outputs = [output]


def add_line(notebook):
    notebook.cells[4].source += "\nmine = 1"


def drop_cell(notebook):
    del notebook.cells[4]


def test_command_writes_a_missing_notebook_and_then_has_nothing_to_do(project, capsys):
    assert write_all(chapters=[project]) == 0
    assert "Wrote 07_sample.ipynb" in capsys.readouterr().out
    assert is_current(project)
    before = project.notebook.stat().st_mtime_ns
    assert write_all(chapters=[project]) == 0
    assert project.notebook.stat().st_mtime_ns == before
    assert capsys.readouterr().out == ""


def test_command_rewrites_a_generated_notebook_when_its_source_changes(project):
    write_all(chapters=[project])
    changed = CHAPTER.replace("One sentence", "Another sentence")
    project.source.write_text(changed, encoding="utf-8")
    assert not is_current(project)
    assert write_all(chapters=[project]) == 0
    assert is_current(project)
    assert list(project.notebook.parent.glob("*.ipynb")) == [project.notebook]


def test_check_writes_nothing_and_fails_on_a_difference(project, capsys):
    assert write_all(check=True, chapters=[project]) == 1
    assert not project.notebook.exists()
    assert "Run `course notebooks`" in capsys.readouterr().out
    write_all(chapters=[project])
    assert write_all(check=True, chapters=[project]) == 0


@pytest.mark.parametrize(
    "work",
    [
        *(add_output, add_line, drop_cell),
        *(b"", b"no JSON", b"\xff\xfe", b"[]", b'{"cells": []}'),
        b'{"metadata": {"course": 3}}',
    ],
)
def test_what_was_not_generated_is_not_overwritten(project, capsys, work):
    write_all(chapters=[project])
    if callable(work):
        edit(project, work)
    else:
        project.notebook.write_bytes(work)
    before = project.notebook.read_bytes()
    assert write_all(chapters=[project]) == 1
    assert project.notebook.read_bytes() == before
    assert "07_sample.ipynb holds changes or outputs" in capsys.readouterr().out


def test_overwrite_keeps_a_copy_each_time(project):
    write_all(chapters=[project])
    kept = {}
    for number in (1, 2):
        edit(project, add_line)
        copy = project.notebook.with_name(f"07_sample.backup-{number}.ipynb")
        kept[copy] = project.notebook.read_bytes()
        assert write_all(overwrite=True, chapters=[project]) == 0
        assert is_current(project)
    assert {copy: copy.read_bytes() for copy in kept} == kept


def test_metadata_that_a_front_end_adds_is_no_work(project):
    write_all(chapters=[project])

    def save_elsewhere(notebook):
        notebook.metadata.language_info = {"name": "python", "version": "3.12.1"}
        notebook.cells[4].metadata["trusted"] = True

    edit(project, save_elsewhere)
    assert not has_own_work(project.notebook)
    assert not is_current(project)


def test_command_names_a_missing_and_a_faulty_source(project, capsys):
    project.source.write_text(TWICE, encoding="utf-8")
    missing = replace(project, number="08")
    assert write_all(chapters=[missing, project]) == 1
    said = capsys.readouterr().out
    assert "08_sample.py is missing" in said
    assert "07_sample.py: Two cells hold the exercise 'a'" in said


# --- Solving ----------------------------------------------------------------


def test_solve_replaces_functions_and_values_and_leaves_the_original_alone():
    notebook = build(CHAPTER)
    before = text_of(notebook)
    add, total = stubs(notebook).values()
    assert total == "answer = None  # your number"
    solved = stubs(solve(notebook, EXERCISES))
    answer = "answer = 4  # your number"
    assert solved == {"add": EXERCISES["add"].solution_source, "total": answer}
    some = stubs(solve(notebook, EXERCISES, only=["total"]))
    assert some == {"add": add, "total": answer}
    assert text_of(notebook) == before


@pytest.mark.parametrize(
    ("source", "solution", "expected"),
    [
        (
            "é = 1\n\n@é\ndef a(x):\n    ...\n    # here\n\n\na = check(a)",
            "def a(x):\n    return 'é'",
            "é = 1\n\ndef a(x):\n    return 'é'\n\n\na = check(a)",
        ),
        (
            "class a:\n    def b(self): ...\n\na = check(a)",
            "class a:\n    b = 1",
            "class a:\n    b = 1\n\na = check(a)",
        ),
        (
            "é = 'é'; x: int = ...\na = check(x)",
            "[1,\n2]",
            "é = 'é'; x: int = ([1,\n2])\na = check(x)",
        ),
        ("y = 1\nx = None\nz = None", "defined", "y = 1\nx = defined\nz = None"),
    ],
)
def test_solve_changes_the_stub_only(source, solution, expected):
    exercises = {"a": SimpleNamespace(solution_source=solution)}
    solved = solve(cell(source, exercise="a"), exercises).cells[0].source
    assert solved == expected


@pytest.mark.parametrize(
    ("name", "source", "message"),
    [
        ("add", "def b(): ...", "does not define 'add'"),
        ("total", "answer = 3", "holds no stub"),
        ("total", "answer = (", "not valid Python"),
        ("other", "x = None", "'other', which the chapter's module does not"),
    ],
)
def test_solve_refuses_a_cell_without_its_stub_or_exercise(name, source, message):
    with pytest.raises(ValueError, match=message):
        solve(cell(source, exercise=name), EXERCISES)


CLASS = 'class a:\n    """Do."""\n    def f(self, x): ...'


@pytest.mark.parametrize(
    ("stub", "solution", "count"),
    [
        ('def a(x, *, y=1):\n    """Do."""', "def a(x, *, y=1):\n    return x", 0),
        ('def a(x):\n    """Do."""', "def a(z):\n    return z", 1),
        ("def a(x):\n    ...", "def a(x):\n    return x", 1),
        ('def b(x):\n    """Do."""', "def a(x):\n    return x", 1),
        (CLASS, "class a:\n    def f(self, x): ...\n    def g(self): ...", 0),
        (CLASS, "class a:\n    def f(self): ...", 1),
        ("answer = None", "4", 0),
    ],
)
def test_differences_between_stub_and_reference_are_found(stub, solution, count):
    assert len(differences(stub, "a", solution)) == count


# --- Running ----------------------------------------------------------------

GOOD = """\
# %%
import os, time
from IPython.display import HTML, clear_output, display
assert os.environ["COURSE_MNIST"].endswith("mnist.npz")
assert os.environ["OMP_NUM_THREADS"]
assert "PYTHONDONTWRITEBYTECODE" not in os.environ
assert not any(name.startswith("PYTEST_") for name in os.environ)

# %%
# NBVAL_CHECK_OUTPUT
print(2 + 2)
{"a": 1}

# %%
shown = display("before", display_id="d")

# %%
print("cleared")
clear_output(wait=True)
display("after", display_id="d", update=True)
print("kept")

# %%
taken = b"1" * 300_000_000
del taken
"""


def test_good_notebook_passes_and_is_measured_and_saved(tmp_path):
    notebook = build(GOOD)
    printed = nbformat.v4.new_output("stream", text="4\n")
    data = {"text/plain": "{'a': 1}"}
    value = nbformat.v4.new_output("execute_result", data)
    expected = {notebook.cells[1].id: [printed, value]}
    env = runs.environment(tmp_path / "home", tmp_path / "mnist.npz")
    result = runs.run(runs.with_expected(notebook, expected), tmp_path / "run", env)
    assert result.passed, result.report
    assert runs.outputs_to_store(result.executed) == expected
    cells = result.executed.cells
    assert [each.source for each in cells] == [each.source for each in notebook.cells]
    assert cells[2].outputs[0].data["text/plain"] == "'after'"
    assert [output.text for output in cells[3].outputs] == ["kept\n"]
    # The memory that the last cell has given back counts too.
    assert 300 < result.megabytes < 500
    assert 0.3 < result.seconds < 60
    assert runs.excess(result, 500, 60) == []
    assert "above 200 MB" in runs.excess(result, 200, 60)[0]
    assert "above 0 s" in runs.excess(result, 500, 0.1)[0]


BAD = """\
# %%
import os, sys, threading, time, urllib.request, warnings

# %%
print("stderr", file=sys.stderr)

# %%
warnings.warn("a warning")

# %%
os.write(2, b"from C");

# %%
time.sleep(0.5)

# %%
raise ValueError("raw error")

# %% tags=["raises-exception"]
raise ValueError("announced error")

# %%
print("INFO is a word")

# %%
print("WARNING:tensorflow:5 out of the last 5 calls")

# %%
get_ipython().showtraceback((ValueError, ValueError("hidden error"), None))

# %%
# NBVAL_CHECK_OUTPUT
print("new output")

# %%
try:
    urllib.request.urlopen("http://example.org", timeout=20)
except urllib.error.URLError as error:
    assert "refused" in str(error), error
assert "COURSE_MNIST" not in os.environ

# %%
os._exit(3)
"""


def test_each_kind_of_bad_cell_fails(tmp_path):
    notebook = build(BAD)
    old = [{"output_type": "stream", "name": "stdout", "text": "old output\n"}]
    expected = {notebook.cells[10].id: old}
    env = runs.environment(tmp_path / "home", None)
    result = runs.run(runs.with_expected(notebook, expected), tmp_path / "run", env)
    assert not result.passed
    failed = {
        line.split("Cell ")[-1].split()[0].rstrip(":")
        for line in result.report.splitlines()
        if line.startswith("FAILED")
    }
    # What C code writes may arrive when its cell has ended.
    late = {"3", "4"} & failed
    watched = sys.platform != "win32"  # ipykernel does not watch there
    assert len(late) == watched
    # 13 is the probe: the kernel is dead.
    assert failed - late == {*map(str, (1, 2, 5, 6, 8, 9, 10, 12, 13))}, result.report
    errors = ("raw error", "announced error", "hidden error")
    for words in ("stderr", "a warning", *errors, "5 out of", "old output"):
        assert words in result.report
    assert "The kernel died" in result.report
    assert runs.excess(result, 500, 60) == [
        "The kernel did not live to the end, so nothing was measured."
    ]


def test_marked_cell_without_stored_outputs_says_how_to_store_them():
    with pytest.raises(ValueError, match=r"python -m tests\.notebooks\.record"):
        runs.with_expected(build(CHAPTER), {})


def test_without_markers_nothing_is_promised():
    notebook = runs.without_markers(build(CHAPTER))
    assert not any(runs.is_marked(each) for each in notebook.cells)
    assert "print(2 + 2)" in [each.source for each in notebook.cells]


def test_environment_without_data_is_cut_off(tmp_path, monkeypatch):
    monkeypatch.setenv("COURSE_MNIST", "somewhere")
    monkeypatch.setenv("NO_PROXY", "*")
    env = runs.environment(tmp_path, None)
    assert "COURSE_MNIST" not in env
    assert not {"NO_PROXY", "no_proxy"} & set(env)
    assert env["https_proxy"] == env["HTTPS_PROXY"] == runs.CLOSED_PROXY
    assert env["COURSE_HOME"] == os.fspath(tmp_path)


def test_table_shows_failed_and_unmeasured_runs():
    run = {"chapter": "00_a", "variant": "solved", "data": "MNIST", "passed": False}
    lines = list(table([{**run, "seconds": None, "megabytes": 12.3}]))
    assert len(lines) == 2
    assert lines[1].split() == ["00_a", "solved", "MNIST", "–", "12", "failed"]
