"""INSTRUCTORS.md says what is true."""

import re

import pytest

from course_utils import chapters, commands
from course_utils.chapters import CHAPTERS, PROJECT
from course_utils.instructors import settings
from tests.notebooks.run import MEGABYTES

GUIDE = (PROJECT / "INSTRUCTORS.md").read_text(encoding="utf-8")


def section(title):
    return re.split(r"^##+ ", GUIDE.split(f" {title}\n", 1)[1], flags=re.MULTILINE)[0]


def test_the_map_is_the_table_of_chapters():
    assert chapters.table("notebooks/") in section("The chapters")


@pytest.mark.parametrize(("title", "weeks"), [("Six weeks", 6), ("Twelve weeks", 12)])
def test_a_term_plan_has_every_chapter_after_what_it_builds_on(title, weeks):
    row = r"^\| (\d+) \| ([^|]*) \| (\d+) \|"
    rows = re.findall(row, section(title), flags=re.MULTILINE)
    assert [int(week) for week, _, _ in rows] == list(range(1, weeks + 1))
    named = [re.findall(r"\d\d", cell.split("sections")[0]) for _, cell, _ in rows]
    order = [number for week in named for number in week]
    known = {each.number: each for each in CHAPTERS}
    held = set()
    for number in order:
        assert set(known[number].needs) <= held | {number}
        held.add(number)
    assert held == known.keys()
    total = sum(int(minutes) for _, _, minutes in rows)
    assert total == sum(each.minutes for each in CHAPTERS)
    for (_, cell, minutes), numbers in zip(rows, named, strict=True):
        if numbers and "sections" not in cell:
            assert int(minutes) == sum(known[number].minutes for number in numbers)


def test_the_sections_at_which_a_chapter_is_parted_exist():
    first, second = re.findall(r"07, sections (\d+) to (\d+)", section("Twelve weeks"))
    source = chapters.chapter("07").source.read_text(encoding="utf-8")
    numbers = re.findall(r"^# ## (\d+)\.", source, flags=re.MULTILINE)
    assert first[0] == numbers[0]
    assert int(second[0]) == int(first[1]) + 1
    assert second[1] == numbers[-1]


def test_the_settings_in_it_are_accepted(tmp_path):
    (text,) = re.findall(r"```toml\n(.*?)```", GUIDE, flags=re.DOTALL)
    path = tmp_path / "course.toml"
    path.write_text(text, encoding="utf-8")
    chosen = settings.read(path, ["02", "07"])
    assert chosen.late == settings.Late(10, 1, 50)
    assert chosen.chapters["02"].withhold == ("softmax",)
    assert len(chosen.chapters["07"].points) == 3


def test_its_commands_are_understood():
    lines = re.findall(r"^python3 -m course_utils (.*)$", GUIDE, flags=re.MULTILINE)
    assert len(lines) == 4
    assert {commands.parse(line.split()).command for line in lines} == (
        {c.name for c in commands.COMMANDS if c.audience == commands.INSTRUCTORS}
    )


def test_the_memory_in_it_is_what_the_notebooks_are_held_to():
    memory = re.search(r"\*\*Memory\.\*\*.*?\n\n", GUIDE, flags=re.DOTALL)[0]
    small = [each.number for each in CHAPTERS if not each.tensorflow]
    assert f"at most {MEGABYTES['numpy']} MB for chapters" in " ".join(memory.split())
    assert f"{MEGABYTES['tensorflow']:,} MB" in memory
    assert re.findall(r"\b\d\d\b(?! MB)", memory) == small
