"""The table of chapters, and where it is shown."""

import re
import subprocess
import sys

import pytest

from course_utils.chapters import CHAPTERS, PROJECT, chapter, table


def test_numbers_are_in_order_and_needs_come_before():
    numbers = [each.number for each in CHAPTERS]
    assert numbers == sorted(set(numbers))
    for each in CHAPTERS:
        assert all(need in numbers and need < each.number for need in each.needs)


def test_unknown_chapter_is_refused_with_the_known_ones():
    with pytest.raises(KeyError, match="no chapter '99'; there are 00, "):
        chapter("99")


def test_readme_shows_the_table():
    assert table("notebooks/") in (PROJECT / "README.md").read_text(encoding="utf-8")


def test_chapter_00_shows_the_table():
    source = chapter("00").source.read_text(encoding="utf-8")
    assert table() in re.sub(r"^# ?", "", source, flags=re.MULTILINE)


@pytest.mark.parametrize("each", CHAPTERS, ids=lambda each: each.number)
def test_chapter_links_to_what_it_builds_on(each):
    source = each.source.read_text(encoding="utf-8")
    for need in each.needs:
        assert f"]({chapter(need).name}.ipynb)" in source


@pytest.mark.parametrize("each", CHAPTERS, ids=lambda each: each.number)
def test_links_between_chapters_lead_somewhere(each):
    source = each.source.read_text(encoding="utf-8")
    for target in re.findall(r"\]\((\d\d_\w+\.ipynb)", source):
        assert (PROJECT / "notebooks" / target).is_file()


def test_importing_exercises_imports_neither_keras_nor_tensorflow():
    code = (
        "import sys; from course_utils.chapters import CAPSTONES, CHAPTERS; "
        "each = [e for c in (*CHAPTERS, *CAPSTONES) for e in c.exercises().values()]; "
        "[(e.mistakes, e.solution_source) for e in each]; "
        "sys.exit(str({'keras', 'tensorflow'} & {*sys.modules} or ''))"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True)
    assert done.stderr.strip() == ""
