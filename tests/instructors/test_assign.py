"""`course assign`: chapters as assignments of nbgrader, graded by nbgrader itself."""

import os
import shutil
import subprocess
import sys
from contextlib import contextmanager
from copy import deepcopy
from pathlib import Path
from unittest import mock

import nbformat
import pytest
from nbgrader.api import Gradebook

from course_utils import chapters, commands
from course_utils.authoring import notebooks
from course_utils.instructors import nbgrader_course, rescore, settings
from tests.instructors import classroom

CHAPTER = chapters.chapter("02")
NAME = f"{CHAPTER.name}.ipynb"
AVAILABLE = [chapter for chapter in chapters.CHAPTERS if chapter.notebook.is_file()]
GRADED = ("weighted_sum", "relu", "bias_moves", "layer_shapes", "softmax", "explain")
POINTS = """
time_zone = "Europe/Berlin"
[late]
per_day = 10
grace_hours = 1
most = 50
[chapters.02]
due = 2026-03-01T12:00:00
only = ["weighted_sum", "relu", "bias_moves", "layer_shapes", "softmax", "explain"]
points = { relu = 4, softmax = 2.5 }
withhold = ["relu"]
"""
MOST = {f"{name}-check": 1.0 for name in GRADED[:-1]}
MOST |= {"relu-check": 4.0, "softmax-check": 2.5, "layer_shapes-check": 2.0}


def assign(course, *argv):
    return commands.main(["assign", "02", "--course", str(course), *map(str, argv)])


def read(course, step="release", student="", name=NAME):
    return nbformat.read(course / step / student / "chapter_02" / name, 4)


def cell(notebook, grade_id):
    (found,) = [c for c in notebook.cells if nbgrader_course._id(c) == grade_id]
    return found


def due_date(course):
    with Gradebook(f"sqlite:///{course}/gradebook.db") as gradebook:
        return gradebook.find_assignment("chapter_02").duedate.isoformat()


@contextmanager
def graded_notebook(course, student):
    with Gradebook(f"sqlite:///{course}/gradebook.db") as gradebook:
        yield gradebook.find_submission_notebook(CHAPTER.name, "chapter_02", student)


@pytest.fixture(scope="module")
def made(tmp_path_factory):
    folder = tmp_path_factory.mktemp("a course für mich")
    (folder / "points.toml").write_text(POINTS, encoding="utf-8")
    assert assign(folder / "cs101", "--points", folder / "points.toml") == 0
    return folder / "cs101"


@pytest.fixture
def course(made, tmp_path):
    """Give a test a course that it may change."""
    return Path(shutil.copytree(made, tmp_path / "moved"))


# The cells, of all chapters.


@pytest.mark.parametrize("chapter", AVAILABLE, ids=lambda c: c.number)
def test_each_chapter_becomes_an_assignment_that_says_the_same(chapter):
    original = nbformat.read(chapter.notebook, 4)
    wanted = settings.read(None, [chapter.number]).chapters[chapter.number]
    made = nbgrader_course.convert(original, chapter, wanted)
    graded = [c for c in made.cells if c.metadata.get("nbgrader", {}).get("grade")]
    points = sum(c.metadata.nbgrader.points for c in graded)
    assert points == sum(e.points for e in chapter.exercises().values())
    ids = [nbgrader_course._id(c) for c in made.cells if nbgrader_course._id(c)]
    assert len(set(ids)) == len(ids)
    stubs = notebooks.stubs(original)
    for name in chapter.exercises():
        stub, solution = cell(made, name).source.split("### BEGIN SOLUTION\n")
        check = nbgrader_course.visible(cell(made, f"{name}-check").source)
        assert "".join(f"{stub}{check}".split()) == "".join(stubs[name].split())
        compile(solution, name, "exec")
        compile(cell(made, f"{name}-check").source, name, "exec")
    ungraded = settings.ChapterSettings({})
    untouched = nbgrader_course.convert(original, chapter, ungraded)
    assert untouched.cells == original.cells


def test_an_exercise_whose_cell_does_not_end_in_its_check_is_named():
    with pytest.raises(ValueError, match=r"'relu' does not end in `relu = ex\.relu"):
        nbgrader_course._parts("def relu(z): ...\nprint(relu)", "relu")


# The release.


def test_learners_get_the_stubs_and_none_of_the_answers(made):
    release = read(made)
    nbformat.validate(release)
    text = notebooks.text_of(release)
    for hidden in ("SOLUTION", "HIDDEN", "SCHEME", "rescore", "np.maximum(0, z)"):
        assert hidden not in text
    explain = CHAPTER.exercises()["explain"]
    assert explain.model[:60] not in text
    assert all(each not in text for each in explain.rubric)
    assert cell(release, "relu").source.rstrip().endswith("...  # your code here")
    assert cell(release, "relu-check").source == "relu = ex.relu.check(relu)"
    assert cell(release, "relu-check").metadata.editable is False
    text = "*A person grades your answer: 1 point.*"
    assert cell(release, "explain-rubric").source.strip() == text
    graded = [c for c in release.cells if c.metadata.get("nbgrader", {}).get("grade")]
    points = [c.metadata.nbgrader.points for c in graded]
    assert dict(zip(map(nbgrader_course._id, graded), points, strict=True)) == {
        **MOST,
        "explain": 1.0,
    }


def test_a_kept_back_solution_is_shown_after_the_due_date(made, capsys):
    source = cell(read(made), "withhold").source
    assert 'until="2026-03-01T11:00:00+00:00"' in source
    program = (
        "from course_utils.exercises import chapter_02 as ex\n{}\n"
        "ex.relu.solution()\nex.explain.solution()\nex.sigmoid.solution()\n"
        "ex.explain.check('one two three ' * 10)"
    )

    def said(text):
        answer = subprocess.run(
            [sys.executable, "-c", program.format(text)],
            env={**os.environ, "PYTHONIOENCODING": "utf-8"},
            capture_output=True,
            encoding="utf-8",
            check=True,
        )
        return answer.stdout

    before = said(source.replace("2026", "2126"))
    assert before.count("shows this solution after 2126-03-01 11:00 UTC") == 3
    assert "np.maximum" not in before
    assert "np.exp" in before, "what is not kept back is shown"
    after = said(source.replace("2026", "2020"))
    assert "np.maximum" in after
    assert after.count(CHAPTER.exercises()["explain"].model[:40]) == 2


def test_the_due_date_is_the_same_moment_for_nbgrader(made):
    assert due_date(made) == "2026-03-01T11:00:00"


def test_the_course_works_from_the_command_line_and_from_elsewhere(course):
    """The program nbgrader reads the configuration, and may not be on the path."""
    answer = subprocess.run(
        [sys.executable, "-m", "nbgrader", "db", "assignment", "list"],
        cwd=course,
        env={**os.environ, "PATH": os.defpath},
        capture_output=True,
        text=True,
    )
    assert "chapter_02 (due: 2026-03-01 11:00:00)" in answer.stdout, answer.stderr
    c = nbgrader_course.config(course)
    assert Path(c.CourseDirectory.root) == course
    assert Path(c.Exchange.root).is_dir()
    assert os.access(c.Exchange.root, os.W_OK)


def test_settings_that_became_wrong_stop_nbgrader_with_their_sentence(course):
    (course / "course.toml").write_text("[late]\nper_week = 1")
    with pytest.raises(SystemExit, match=r"'per_week'.*did you mean 'per_day'"):
        nbgrader_course.config(course)


# Grading with nbgrader's own autograder.


def submission(release, *more):
    """Return a release without what costs time: the graded cells and the imports."""
    code = [c for c in release.cells if c.cell_type == "code"]
    kept = [code[0], *more, *(c for c in release.cells if nbgrader_course._id(c))]
    return nbformat.from_dict({**release, "cells": deepcopy(kept)})


def solved(release):
    answers = [name for name in GRADED if name != "explain"]
    return notebooks.solve(release, CHAPTER.exercises(), only=answers)


CHEATING = f"""{classroom.PATCHED_SCORER}
ex.relu = None
def relu(z): return z
answer = 12345
"""


def cheated(release):
    """Patch everything, and let `check` run twice to get its stand-ins."""
    twice = nbformat.v4.new_code_cell(
        "from course_utils.exercises import chapter_02 as ex2\n"
        "softmax = ex2.softmax.check(None)\n"
        "stolen = ex2.layer_shapes.check(None)"
    )
    patch = nbformat.v4.new_code_cell(CHEATING)
    made = submission(release, twice, patch)
    cell(made, "softmax").source = "pass"
    cell(made, "layer_shapes").source = "answer = stolen"
    return made


def damaged(release):
    """Solve it, and lose cells and metadata as people and other editors do."""
    made = submission(solved(release))
    lost = ("weighted_sum", "weighted_sum-check", "softmax-check")
    made.cells = [c for c in made.cells if nbgrader_course._id(c) not in lost]
    for name in ("relu", "relu-check", "explain", "explain-check"):
        found = cell(made, name)
        if name == "explain":
            found.source = 'answer = "A layer multiplies, adds, and bends. " * 5'
        del found.metadata["nbgrader"]
    edited = cell(made, "layer_shapes-check")
    edited.source = "layer_shapes = [100, 100]"
    made.cells.insert(2, deepcopy(cell(made, "bias_moves-check")))  # a copy, above
    cell(made, "softmax").metadata["nbgrader"] = {"grade_id": "of another course"}
    edited.metadata.nbgrader.update(grade=False, solution=True, points=99)
    return made


SUBMISSIONS = {
    "ada": lambda release: submission(solved(release)),
    "bob": submission,
    "eve": cheated,
    "dan": damaged,
}
EXPECTED = {
    "ada": {**MOST, "explain": 0},
    "bob": {**dict.fromkeys(MOST, 0), "explain": 0},
    "eve": {**dict.fromkeys(MOST, 0), "explain": 0},
    "dan": {**MOST, "weighted_sum-check": 0, "explain": None},
}


@pytest.fixture(scope="module")
def graded(made, tmp_path_factory):
    course = tmp_path_factory.mktemp("graded") / "cs101"
    shutil.copytree(made, course)
    for student, hand_in in SUBMISSIONS.items():
        path = course / "submitted" / student / "chapter_02" / NAME
        notebooks.write(hand_in(read(course)), path)
        late = {"ada": "2026-03-03 11:00:01", "dan": "2026-03-01 11:59:59"}
        stamp = late.get(student, "2026-03-01 10:00:00")
        (path.parent / "timestamp.txt").write_text(f"{stamp} UTC", encoding="utf-8")
    with mock.patch.dict(os.environ):
        result = nbgrader_course.api(course).autograde("chapter_02", "*")
    assert result["success"], result
    return course


@pytest.mark.parametrize("student", SUBMISSIONS)
def test_nbgrader_gives_the_points_that_were_earned(graded, student):
    with graded_notebook(graded, student) as found:
        assert {g.name: g.auto_score for g in found.grades} == EXPECTED[student]
        wait = [g.name for g in found.grades if g.needs_manual_grade]
    assert wait == (["explain"] if student == "dan" else [])
    text = notebooks.text_of(read(graded, "autograded", student))
    assert ('"all patched\\n"' in text) == (student == "eve"), "her cheating ran"


@pytest.mark.parametrize("student", SUBMISSIONS)
def test_late_work_loses_what_the_settings_say(graded, student):
    # Ada is in her third day: 30 percent; Dan is within the hour of grace.
    lost = 0.3 * sum(MOST.values()) if student == "ada" else 0
    with graded_notebook(graded, student) as found:
        assert (found.late_submission_penalty or 0) == pytest.approx(lost)


def test_the_grader_reads_the_rubric_beside_the_answer(graded):
    autograded = read(graded, "autograded", "dan")
    rubric = cell(autograded, "explain-rubric").source
    explain = CHAPTER.exercises()["explain"]
    assert all(each in rubric for each in (*explain.rubric, explain.model))
    assert "A layer multiplies" in cell(autograded, "explain").source


def test_a_graded_cell_leaves_its_verdict_for_the_report(graded):
    outputs = cell(read(graded, "autograded", "bob"), "relu-check").outputs
    found = [output.get("data", {}).get(rescore.MIME) for output in outputs]
    assert [verdict for verdict in found if verdict] == [
        {
            **{"chapter": "02", "exercise": "relu", "status": "not attempted"},
            **{"mistake": None, "points": 0, "of": 4.0},
        }
    ]


# Again.


def test_the_same_call_again_changes_nothing(course, capsys):
    before = {p: p.read_bytes() for p in course.rglob("*.*") if p.is_file()}
    assert assign(course) == 0
    assert "unchanged" in capsys.readouterr().out
    assert {p: p.read_bytes() for p in course.rglob("*.*") if p.is_file()} == before


def test_graded_work_is_left_alone_and_changed_points_are_said(
    graded, tmp_path, capsys
):
    kept = ["submitted", "autograded"]
    before = {p: p.read_bytes() for f in kept for p in (graded / f).rglob("*.ipynb")}
    points = tmp_path / "points.toml"
    points.write_text(POINTS.replace("relu = 4", "relu = 8"), encoding="utf-8")
    assert assign(graded, "--points", points) == 0
    said = capsys.readouterr().out
    assert "4 submissions are graded by the old points and stay so" in said
    assert "kept as" in said
    assert "relu = 4" in (graded / "backups" / "course.1.toml").read_text("utf-8")
    assert cell(read(graded), "relu-check").metadata.nbgrader.points == 8
    fewer = POINTS.replace(', "softmax"', "").replace(", softmax = 2.5", "")
    points.write_text(fewer, encoding="utf-8")
    source = read(graded, "source")
    assert assign(graded, "--points", points) == 1
    assert "no graded exercise can come or go" in capsys.readouterr().err
    assert read(graded, "source") == source
    after = {p: p.read_bytes() for f in kept for p in (graded / f).rglob("*.ipynb")}
    assert after == before
    with graded_notebook(graded, "ada") as found:
        assert {g.name: g.auto_score for g in found.grades} == EXPECTED["ada"]


def test_what_the_instructor_changed_is_kept(course, capsys):
    source = course / "source" / "chapter_02" / NAME
    mine = read(course, "source")
    mine.cells[0].source += "\n\nWelcome to my class!"
    notebooks.write(mine, source)
    for name in ("README.md", "nbgrader_config.py"):
        with open(course / name, "a", encoding="utf-8") as file:
            file.write("# mine\n")
    assert assign(course, "--due", "2026-04-01") == 0
    assert "your own version is kept as" in capsys.readouterr().out
    kept = course / "backups" / f"{CHAPTER.name}.1.ipynb"
    assert "Welcome to my class!" in kept.read_text("utf-8")
    assert "Welcome to my class!" not in source.read_text("utf-8")
    for name in ("README.md", "nbgrader_config.py"):
        assert (course / name).read_text("utf-8").endswith("# mine\n")
    assert due_date(course) == "2026-04-01T21:59:00", "the end of that day in Berlin"


# What cannot be done.


def test_a_course_of_somebody_else_is_left_alone(tmp_path, capsys):
    (tmp_path / "nbgrader_config.py").write_text("c = get_config()\n")
    assert assign(tmp_path) == 1
    assert "name another folder" in capsys.readouterr().err
    assert [p.name for p in tmp_path.iterdir()] == ["nbgrader_config.py"]
