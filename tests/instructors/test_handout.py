"""`course handout`: what learners need, in one file."""

import os
import subprocess
import sys
import zipfile
from pathlib import Path
from urllib.parse import parse_qs, urlsplit

import nbformat
import pytest
from nbclient import NotebookClient

from course_utils import chapters, commands
from course_utils.authoring import notebooks
from course_utils.chapters import CAPSTONES, WORKED
from course_utils.instructors import handout

CHAPTER = chapters.chapter("02")
NAME = f"{CHAPTER.name}.ipynb"


@pytest.fixture(scope="module")
def unpacked(tmp_path_factory):
    folder = tmp_path_factory.mktemp("was für Kinder")
    output = folder / "week2.zip"
    assert commands.main(["handout", "02", "7", "-o", str(output)]) == 0
    with zipfile.ZipFile(output) as archive:
        assert archive.testzip() is None
        archive.extractall(folder)
    return folder / "week2"


def names(folder):
    return {p.relative_to(folder).as_posix() for p in folder.rglob("*") if p.is_file()}


def test_it_holds_what_learners_need_and_nothing_else(unpacked):
    found = names(unpacked)
    package = {name for name in found if name.startswith("course_utils/")}
    assert found - package == {
        *("README.md", "pyproject.toml", "requirements.lock"),
        f"notebooks/{NAME}",
        "notebooks/07_derive_backpropagation_by_hand.ipynb",
    }
    exercises = {name for name in package if "/chapter_" in name}
    assert exercises == {f"course_utils/exercises/chapter_{n}.py" for n in ("02", "07")}
    assert not any("instructors" in name or "__pycache__" in name for name in package)
    for name in package:
        assert (unpacked / name).read_bytes() == (chapters.PROJECT / name).read_bytes()


def test_the_projects_come_with_the_last_chapter(tmp_path):
    output = tmp_path / "last.zip"
    assert commands.main(["handout", "10", "-o", str(output)]) == 0
    with zipfile.ZipFile(output) as archive:
        held = {name.removeprefix("last/") for name in archive.namelist()}
    for project in (*CAPSTONES, *WORKED):
        assert f"notebooks/capstone/{project.name}.ipynb" in held
        assert project.module.replace(".", "/") + ".py" in held


def test_its_page_and_its_notebooks_say_what_opens_them(unpacked):
    page = (unpacked / "README.md").read_text(encoding="utf-8")
    assert f"[02 Build neurons and layers](notebooks/{NAME})" in page
    assert "[06 " not in page
    assert "!unzip -qo week2.zip" in page
    assert "./week2" in page
    for path in (unpacked / "notebooks").iterdir():
        # JupyterLab, VS Code and Colab all choose a kernel by name and language.
        notebook = nbformat.read(path, nbformat.NO_CONVERT)
        assert notebook.metadata.kernelspec.name == "python3"
        assert notebook.metadata.language_info.name == "python"
        assert (notebook.nbformat, notebook.nbformat_minor) == (4, 5)


def test_a_notebook_runs_in_it_without_the_rest_of_the_project(unpacked, monkeypatch):
    monkeypatch.setenv("PYTHONPATH", str(unpacked))
    notebook = nbformat.read(unpacked / "notebooks" / NAME, 4)
    code = [cell for cell in notebook.cells if cell.cell_type == "code"]
    where = "import course_utils; print(course_utils.__file__)"
    notebook.cells = [*code[:4], nbformat.v4.new_code_cell(where)]
    folder = str(unpacked / "notebooks")
    NotebookClient(notebook, resources={"metadata": {"path": folder}}).execute()
    assert notebook.cells[-1].outputs[0].text.startswith(str(unpacked))
    assert "Not attempted yet" in str(notebook.cells[1].outputs)


def test_the_command_works_in_it_and_lab_opens_its_first_chapter(unpacked, monkeypatch):
    environment = {**os.environ, "PYTHONPATH": str(unpacked)}
    answer = subprocess.run(
        [sys.executable, "-m", "course_utils.commands", "progress"],
        cwd=unpacked,
        env=environment,
        capture_output=True,
        encoding="utf-8",
    )
    assert answer.returncode == 0, answer.stderr
    assert "Build neurons and layers" in answer.stdout
    assert chapters.CHAPTERS[0].number == "00", "which is not in it"
    pages = []

    def refuse(argv):
        pages.append(next(a for a in argv if "default_url" in a))
        raise KeyboardInterrupt

    from jupyterlab.labapp import LabApp

    monkeypatch.setattr(chapters, "PROJECT", unpacked)
    monkeypatch.setattr(LabApp, "initialize_server", refuse)
    assert commands.main(["lab", "--no-browser"]) == 130
    assert pages == [f"--LabApp.default_url=/lab/tree/notebooks/{NAME}"]


def test_the_same_handout_has_the_same_bytes(tmp_path, capsys):
    for folder in ("a", "b"):
        output = tmp_path / folder / "week.zip"
        assert commands.main(["handout", "02", "-o", str(output)]) == 0
    assert (tmp_path / "a/week.zip").read_bytes() == output.read_bytes()
    assert [p.name for p in output.parent.iterdir()] == ["week.zip"]


def test_the_assignments_of_a_course_are_handed_out(tmp_path, capsys):
    course, output = tmp_path / "cs101", tmp_path / "w.zip"
    for step in ("source", "release"):
        path = course / step / "chapter_02" / NAME
        path.parent.mkdir(parents=True)
        path.write_text(f"the {step}")
    more = ["-o", str(output), "--course", str(course)]
    assert commands.main(["handout", "02", *more]) == 0
    with zipfile.ZipFile(output) as archive:
        assert archive.read(f"w/notebooks/{NAME}") == b"the release"
    capsys.readouterr()
    assert commands.main(["handout", "07", *more]) == 1
    assert "holds no assignment of chapter 07" in capsys.readouterr().err


ASSIGN = ["--course", "cs101"]


@pytest.mark.parametrize("argv", [["assign", *ASSIGN], ["handout", "-o", "w.zip"]])
def test_a_notebook_that_was_worked_in_is_not_handed_out(
    tmp_path, monkeypatch, capsys, argv
):
    (tmp_path / "empty").mkdir()
    monkeypatch.chdir(tmp_path / "empty")
    worked = notebooks.solve(nbformat.read(CHAPTER.notebook, 4), CHAPTER.exercises())
    notebooks.write(worked, tmp_path / NAME)
    mine = property(lambda self: tmp_path / NAME)
    monkeypatch.setattr(chapters.Chapter, "notebook", mine)
    assert commands.main([*argv, "02"]) == 1
    assert f"git restore notebooks/{NAME}" in capsys.readouterr().err
    assert list(Path.cwd().iterdir()) == []


@pytest.mark.parametrize(
    ("argv", "words"),
    [
        (["handout", "77", "-o", "w.zip"], "There is no chapter 77; there are 00, 01"),
        (["handout", "02", "-o", "week2"], "week2 is not the name of a .zip file"),
        (["assign", "77", *ASSIGN], "There is no chapter '77'"),
        (["assign", "02", *ASSIGN, "--points", "a.toml"], "a.toml does not exist"),
        (["assign", "02", *ASSIGN, "--due", "soon"], "'soon' is not a date"),
    ],
)
def test_a_wrong_call_writes_nothing(tmp_path, monkeypatch, capsys, argv, words):
    monkeypatch.chdir(tmp_path)
    assert commands.main(argv) == 1
    assert words in capsys.readouterr().err
    assert list(tmp_path.iterdir()) == []


# The links.


@pytest.mark.parametrize(
    ("repository", "source"),
    [
        ("https://github.com/someone/deep", "gh/someone/deep"),
        ("https://github.com/someone/deep.git/", "gh/someone/deep"),
        ("https://gitlab.com/a/group/deep", "gl/a%2Fgroup%2Fdeep"),
        ("https://git.example.org/deep", "git/https%3A%2F%2Fgit.example.org%2Fdeep"),
    ],
)
def test_the_links_open_the_chapter_in_the_repository(repository, source):
    _, puller, binder, *rest = handout.links([CHAPTER], repository, "https://hub.org/")
    address = urlsplit(binder.split()[-1])
    assert address.path == f"/v2/{source}/HEAD"
    assert parse_qs(address.query) == {"labpath": [f"notebooks/{NAME}"]}
    address = urlsplit(puller.split()[-1])
    assert address.netloc == "hub.org"
    assert address.path == "/hub/user-redirect/git-pull"
    assert parse_qs(address.query) == {
        "repo": [repository.rstrip("/").removesuffix(".git")],
        "urlpath": [f"lab/tree/deep/notebooks/{NAME}"],
    }
    assert "placeholder" not in " ".join(rest)


def test_an_unknown_address_is_a_placeholder_that_says_so():
    lines = list(handout.links([CHAPTER], None, None))
    said = "\n".join(lines)
    assert said.count("is a placeholder") == 2
    assert "--repository URL" in said
    assert "--hub URL" in said
    assert handout.HUB in lines[1]
