"""`course report`: what was hard, why, and for whom, with or without names."""

import csv
import io
import json
import re
import shutil
from html.parser import HTMLParser
from pathlib import Path

import nbformat
import pytest

pytest.importorskip("nbgrader")

from course_utils import commands
from course_utils.exercises import chapter_02
from course_utils.instructors import gradebook, results
from course_utils.instructors.rescore import MIME
from tests.instructors import classroom
from tests.instructors.classroom import ASSIGNMENT, CHAPTER, POINTS

SIGN_LOST = chapter_02.exercises["sigmoid"].mistakes[0].name
# What each learner's answers came to; no notebook has to run for it.
CLASS = {
    "ann": ("solved", "solved", "solved", "written"),
    "ben <b>": ("solved", SIGN_LOST, "not attempted", "not attempted"),
    "cem": ("solved", SIGN_LOST, "solved", "written"),
    "dua": ("wrong", "not attempted", "not attempted", "not attempted"),
    "eve": ("not attempted",) * 4,
}


@pytest.fixture(scope="module")
def course(tmp_path_factory):
    """A course whose class was graded, with the outputs written by hand."""
    folder = classroom.make_course(tmp_path_factory.mktemp("report") / "cs101")
    blank = classroom.released(folder)
    made = gradebook.Course(folder)
    for name, statuses in CLASS.items():
        student = name.split()[0]
        texts = {"explain": classroom.solutions()["explain"]}
        notebook = classroom.answer(blank, **texts if "written" in statuses else {})
        classroom.hand_in(folder, {student: classroom.to_bytes(notebook)})
        job = gradebook.sanitised(made, ASSIGNMENT, student)
        outcome = {"cells": _outputs(job["notebook"], statuses), "ended": None}
        gradebook.record(made, ASSIGNMENT, student, outcome)
    return folder


def _outputs(text: str, statuses) -> list:
    verdicts = {
        f"{name}-check": _verdict(name, status)
        for name, status in zip(POINTS, statuses, strict=True)
        if name != "explain"
    }
    names = [
        each.metadata.get("nbgrader", {}).get("grade_id")
        for each in nbformat.reads(text, as_version=4).cells
    ]
    return [{"outputs": verdicts.get(n, []), "execution_count": 1} for n in names]


def _verdict(exercise: str, status: str) -> list[dict]:
    mistake = status if status == SIGN_LOST else None
    verdict = {
        "chapter": "02",
        "exercise": exercise,
        "status": "wrong" if mistake else status,
        "mistake": mistake,
    }
    points = POINTS[exercise] if status == "solved" else 0.0
    outputs = [("display_data", {MIME: verdict})]
    outputs += [("execute_result", {"text/plain": f"{points}"})]
    return [
        {"output_type": kind, "data": data, "metadata": {}, "execution_count": 1}
        for kind, data in outputs
    ]


def call(course, folder, anonymous=False) -> int:
    more = ["--anonymous"] if anonymous else []
    return commands.main(["report", "--course", str(course), "-o", str(folder), *more])


def written(course, folder, anonymous=False) -> dict[str, str]:
    assert call(course, folder, anonymous) == 0
    return {path.name: path.read_text("utf-8") for path in Path(folder).iterdir()}


def rows(text: str) -> list[dict[str, str]]:
    return list(csv.DictReader(io.StringIO(text)))


def test_it_counts_what_cost_the_class_most_and_where_people_stopped(course, tmp_path):
    table = rows(written(course, tmp_path)["exercises.csv"])
    assert [row["exercise"] for row in table] == list(POINTS)
    sigmoid = {"solved": "1", "wrong": "2", "not answered": "2"}
    sigmoid |= {"points lost": "8", "points possible": "10"}
    assert {name: table[1][name] for name in sigmoid} == sigmoid
    assert [row["stopped here"] for row in table] == ["1", "1", "0", "0"]
    assert table[-1]["waits for a person"] == "2"


def test_it_names_the_known_mistakes_with_what_the_learner_was_told(course, tmp_path):
    files = written(course, tmp_path)
    told = {m.name: m.message for m in chapter_02.exercises["sigmoid"].mistakes}
    assert list(csv.reader(io.StringIO(files["mistakes.csv"]))) == [
        ["assignment", "exercise", "mistake", "what it is", "learners"],
        [ASSIGNMENT, "weighted_sum", "", "another", "1"],
        [ASSIGNMENT, "sigmoid", SIGN_LOST, told[SIGN_LOST], "2"],
    ]
    assert told[SIGN_LOST][:40] in files["report.html"]


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
    assert call(folder, tmp_path / "report") == 1
    assert "Call `course grade` first" in capsys.readouterr().err


def test_a_verdict_outside_its_graded_cell_counts_for_nothing(tmp_path):
    fake = _verdict("relu", "solved")
    graded = {"grade": True, "grade_id": "sigmoid-check"}
    cells = [
        {"cell_type": "code", "metadata": {}, "outputs": fake},
        {"cell_type": "code", "metadata": {"nbgrader": graded}, "outputs": fake},
    ]
    path = tmp_path / f"{CHAPTER.name}.ipynb"
    path.write_text(json.dumps({"cells": cells}))
    assert results.verdicts_of(path) == {}
