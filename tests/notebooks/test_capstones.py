"""The projects at the end: linked with chapter 10, and with one rubric."""

import re

import pytest

from course_utils.chapters import CAPSTONES, WORKED, chapter


def text_of(project):
    source = project.source.read_text(encoding="utf-8")
    return re.sub(r"^# ?", "", source, flags=re.MULTILINE)


@pytest.mark.parametrize("project", CAPSTONES, ids=lambda p: p.name)
def test_every_starter_and_chapter_10_show_the_same_rubric(project):
    rubric = re.findall(r"^\| (?:\*\*\w+\*\*|) ?\|.*\|$", text_of(project), re.M)
    assert len(rubric) == 7
    assert "\n".join(rubric[1:]) in text_of(chapter("10"))


@pytest.mark.parametrize("project", [*CAPSTONES, *WORKED], ids=lambda p: p.name)
def test_chapter_10_links_to_every_project_and_their_links_lead_somewhere(project):
    chapter_10 = text_of(chapter("10")).replace("\n", " ")
    assert f"](capstone/{project.name}.ipynb)" in chapter_10
    found = re.findall(r"\]\(([\w./]+\.ipynb)", text_of(project))
    assert found
    assert all((project.notebook.parent / link).resolve().is_file() for link in found)
