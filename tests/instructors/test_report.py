"""`course report`: what was hard, why, and for whom, with or without names."""

import argparse
import csv
import io
import re
import shutil
from html.parser import HTMLParser
from pathlib import Path

import pytest

pytest.importorskip("nbgrader")

from course_utils.exercises import chapter_02
from course_utils.instructors import gradebook, report, results
from course_utils.instructors.rescore import MIME
from tests.instructors import classroom
from tests.instructors.classroom import ASSIGNMENT, CHAPTER, POINTS

# What each learner's answers came to; no notebook has to run for it.
CLASS = {
    "ann": ("solved", "solved", "solved", "written"),
    "ben <b>": ("solved", "sign_lost", "not attempted", "not attempted"),
    "cem": ("solved", "sign_lost", "solved", "written"),
    "dua": ("wrong", "not attempted", "not attempted", "not attempted"),
    "eve": ("not attempted",) * 4,
}


@pytest.fixture(scope="module")
def course(tmp_path_factory):
    """A course whose class was graded, with the outputs written by hand."""
    folder = classroom.make_course(tmp_path_factory.mktemp("report") / "cs101")
    blank = classroom.released(folder)
    names = {name: name.split()[0] for name in CLASS}
    classroom.hand_in(
        folder, {n: _bytes(blank, CLASS[name]) for name, n in names.items()}
    )
    made = gradebook.Course(folder)
    for name, student in names.items():
        job = gradebook.sanitised(made, ASSIGNMENT, student)
        outcome = {"cells": _outputs(job["notebook"], CLASS[name]), "ended": None}
        gradebook.record(made, ASSIGNMENT, student, outcome)
    return folder


def _bytes(blank, statuses) -> bytes:
    import nbformat

    if statuses[-1] == "written":
        blank = classroom.answer(blank, explain=classroom.solutions()["explain"])
    return nbformat.writes(blank).encode("utf-8")


def _outputs(text: str, statuses) -> list:
    import nbformat

    by_name = dict(zip(POINTS, statuses, strict=True))
    cells = []
    for cell in nbformat.reads(text, as_version=4).cells:
        name = cell.metadata.get("nbgrader", {}).get("grade_id", "")
        status = by_name.get(name.removesuffix("-check"))
        outputs = []
        if name.endswith("-check") and status and name != "explain-check":
            outputs = _verdict(name.removesuffix("-check"), status)
        cells.append(
            {"outputs": outputs, "execution_count": 1}
            if cell.cell_type == "code"
            else None
        )
    return cells


def _verdict(exercise: str, status: str) -> list[dict]:
    mistake = status if status == "sign_lost" else None
    verdict = {
        "chapter": "02",
        "exercise": exercise,
        "status": "wrong" if mistake else status,
        "mistake": mistake,
    }
    points = POINTS[exercise] if status == "solved" else 0.0
    return [
        {"output_type": "display_data", "data": {MIME: verdict}, "metadata": {}},
        {
            "output_type": "execute_result",
            "data": {"text/plain": f"{points}"},
            "metadata": {},
            "execution_count": 1,
        },
    ]


def written(course, folder, anonymous=False) -> dict[str, str]:
    options = argparse.Namespace(
        course=str(course), output=str(folder), anonymous=anonymous
    )
    assert report.command(options) == 0
    return {path.name: path.read_text("utf-8") for path in Path(folder).iterdir()}


def rows(text: str) -> list[dict[str, str]]:
    return list(csv.DictReader(io.StringIO(text)))


def test_it_counts_what_cost_the_class_most_and_where_people_stopped(course, tmp_path):
    found = {
        row["exercise"]: row for row in rows(written(course, tmp_path)["exercises.csv"])
    }
    assert list(found) == list(POINTS)
    sigmoid = found["sigmoid"]
    assert (sigmoid["solved"], sigmoid["wrong"], sigmoid["not answered"]) == (
        "1",
        "2",
        "2",
    )
    assert (sigmoid["points lost"], sigmoid["points possible"]) == ("8", "10")
    assert [row["stopped here"] for row in found.values()] == ["1", "1", "0", "0"]
    assert found["explain"]["waits for a person"] == "2"


def test_it_names_the_known_mistakes_with_what_the_learner_was_told(course, tmp_path):
    files = written(course, tmp_path)
    told = {m.name: m.message for m in chapter_02.exercises["sigmoid"].mistakes}
    assert rows(files["mistakes.csv"]) == [
        {
            "assignment": ASSIGNMENT,
            "exercise": "weighted_sum",
            "mistake": "",
            "what it is": "another",
            "learners": "1",
        },
        {
            "assignment": ASSIGNMENT,
            "exercise": "sigmoid",
            "mistake": "sign_lost",
            "what it is": told["sign_lost"],
            "learners": "2",
        },
    ]
    assert told["sign_lost"][:40] in files["report.html"]


class _Page(HTMLParser):
    """Collects what a page needs from elsewhere, and what it leaves unsaid."""

    def __init__(self, text: str):
        super().__init__()
        self.open: list[str] = []
        self.problems: list[str] = []
        self.tags: list[str] = []
        self.feed(text)

    def handle_starttag(self, tag, attrs):
        given = dict(attrs)
        self.tags.append(tag)
        if tag in ("script", "link", "img", "iframe") or "src" in given:
            self.problems.append(f"{tag} is not self-contained")
        if tag == "svg" and not (
            given.get("role") == "img" and given.get("aria-label")
        ):
            self.problems.append("a picture has no text")
        if tag == "th" and "scope" not in given:
            self.problems.append("a head of a table says not of what")


def test_the_page_stands_alone_and_every_picture_is_told_in_words(course, tmp_path):
    text = written(course, tmp_path)["report.html"]
    page = _Page(text)
    assert page.problems == []
    assert page.tags.count("svg") == 3
    assert page.tags.count("caption") == page.tags.count("table") == 3
    assert '<html lang="en">' in text
    labels = re.findall(r'aria-label="([^"]+)"', text)
    assert any("0–10 %: 2" in label for label in labels)


def test_without_names_no_name_is_in_any_file(course, tmp_path):
    files = written(course, tmp_path, anonymous=True)
    for text in files.values():
        for name in CLASS:
            assert not re.search(rf"\b{name.split()[0]}\b", text)
    scores = sorted(row["score"] for row in rows(files["learners.csv"]))
    named = rows(written(course, tmp_path / "named")["learners.csv"])
    assert scores == sorted(row["score"] for row in named)


def test_a_course_without_grades_says_what_to_call(course, tmp_path, capsys):
    folder = Path(shutil.copytree(course, tmp_path / "cs101"))
    shutil.rmtree(folder / "autograded")
    options = argparse.Namespace(course=str(folder), output=None, anonymous=False)
    assert report.command(options) == 1
    assert "Call `course grade` first" in capsys.readouterr().err


def test_a_verdict_outside_its_graded_cell_counts_for_nothing(tmp_path):
    import json

    fake = _verdict("relu", "solved")
    graded = {"grade": True, "grade_id": "sigmoid-check"}
    cells = [
        {"cell_type": "code", "metadata": {}, "outputs": fake},
        {"cell_type": "code", "metadata": {"nbgrader": graded}, "outputs": fake},
    ]
    path = tmp_path / f"{CHAPTER.name}.ipynb"
    path.write_text(json.dumps({"cells": cells}))
    assert results.verdicts_of(path) == {}
