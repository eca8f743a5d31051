"""Links and badges: each opens what it says, from one declared address."""

import json
import re
from urllib.parse import parse_qs, urlsplit

import pytest

from course_utils import chapters, commands
from course_utils.chapters import CHAPTERS, PROJECT
from course_utils.setup import launch

README = (PROJECT / "README.md").read_text(encoding="utf-8")
ADDRESS = "https://github.com/someone/deep"


def test_the_section_has_links_to_each_notebook_at_the_release_and_one_to_all():
    text = launch.section(ADDRESS)
    for each in CHAPTERS:
        (row,) = [line for line in text.splitlines() if each.title in line]
        binder, colab = map(urlsplit, re.findall(r"\)\]\(([^)]+)\)", row))
        path = f"notebooks/{each.name}.ipynb"
        assert (PROJECT / path).is_file()
        assert binder.path == f"/v2/gh/someone/deep/{launch.TAG}"
        assert parse_qs(binder.query) == {"labpath": [path]}
        assert colab.path == f"/github/someone/deep/blob/{launch.TAG}/{path}"
    assert text.count("codespaces.new/someone/deep/tree/") == 1
    assert "OWNER" not in text


def test_readme_shows_the_section_that_is_made_now():
    assert launch.with_section(README) == README, "run course_utils.setup.launch"


def test_an_unknown_address_is_a_placeholder_that_says_so():
    said = "The public address of this repository is not known yet"
    assert said in launch.section(launch.PLACEHOLDER)
    assert said not in launch.section(ADDRESS)


def test_the_address_is_taken_from_the_declaration(tmp_path):
    project = tmp_path / "pyproject.toml"
    project.write_text('[project]\nname = "a"\n')
    assert launch.declared_repository(tmp_path) is None
    project.write_text(f'[project.urls]\nRepository = "{ADDRESS}.git"\n')
    assert launch.plain(launch.declared_repository(tmp_path)) == ADDRESS


@pytest.mark.parametrize("damage", [("begin", "start"), (launch.END, "")])
def test_a_readme_without_its_borders_is_left_alone(damage):
    with pytest.raises(ValueError, match="needs the lines"):
        launch.with_section(README.replace(*damage))


@pytest.mark.parametrize("name", ["README.md", "INSTRUCTORS.md"])
def test_links_to_files_lead_somewhere(name):
    text = (PROJECT / name).read_text(encoding="utf-8")
    targets = re.findall(r"\]\(([^)#]+)", text)
    files = [target for target in targets if "://" not in target]
    assert files
    assert [f for f in files if not (PROJECT / f).exists()] == []


def test_the_development_container_sets_the_course_up_and_opens_chapter_00():
    path = PROJECT / ".devcontainer" / "devcontainer.json"
    container = json.loads(path.read_text(encoding="utf-8"))
    assert container["image"].endswith("devcontainers/python:3.12")
    prefix, argv = container["updateContentCommand"].split("course_utils ")
    assert prefix == "python3 -m "
    assert commands.parse([argv]).command == "doctor"
    customized = container["customizations"]
    first = chapters.CHAPTERS[0].notebook.relative_to(PROJECT).as_posix()
    assert customized["codespaces"]["openFiles"] == [first]
    python = customized["vscode"]["settings"]["python.defaultInterpreterPath"]
    assert python == "${containerWorkspaceFolder}/.venv/bin/python"
    assert {"ms-python.python", "ms-toolsai.jupyter"} == set(
        customized["vscode"]["extensions"]
    )
    # A TensorFlow chapter, the editor's own servers, and some to spare.
    assert container["hostRequirements"]["memory"] == "8gb"
