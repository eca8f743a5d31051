"""Grading that is killed, on a computer whose clock then jumps back.

In tests/instructors/test_grade.py: Ctrl-C, kernels that die or are killed, a
cluster that loses a worker. Killed while training or saving: the log in
tests/unit/test_experiments.py, the record in tests/unit/test_progress.py.
"""

import argparse
import json
import os
import subprocess
import sys
import time

import nbformat
import psutil
import pytest

pytest.importorskip("nbgrader")

from course_utils.instructors import grade, gradebook, results
from tests.instructors import classroom

CLASS = ("ann", "bob")


def points(course):
    found = {}
    for row in results.read(gradebook.Course(course))[0]:
        found.setdefault(row.student, {})[row.exercise] = row.points
    return found


@pytest.fixture
def same_environment():
    """Put the environment back: nbgrader, run in this process, changes it."""
    before = dict(os.environ)
    yield
    os.environ.clear()
    os.environ.update(before)


@pytest.mark.timeout(600)
@pytest.mark.skipif(sys.platform != "linux", reason="kills by signal, reads processes")
@pytest.mark.usefixtures("same_environment")
def test_a_killed_grading_goes_on_where_it_was_whatever_the_clock_says(
    tmp_path, capsys
):
    course = classroom.make_course(tmp_path / "cs101")
    solved = classroom.answer(classroom.released(course), **classroom.solutions())
    data = nbformat.writes(solved).encode()
    folder = classroom.hand_in(course, dict.fromkeys(CLASS, data))
    command = [sys.executable, "-m", "course_utils.commands", "grade", str(folder)]
    running = psutil.Popen(
        [*command, "--course", str(course), "--workers", "1"],
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
    )
    kept = course / "grades" / "results" / classroom.ASSIGNMENT

    def recorded():
        done = {path: path.read_bytes() for path in kept.glob("*.json")}
        return {p: d for p, d in done.items() if json.loads(d)["recorded"]}

    while not recorded():
        assert running.poll() is None
        time.sleep(0.02)
    children = running.children(recursive=True)
    running.kill()
    running.wait()
    _, alive = psutil.wait_procs(children, timeout=30)
    assert alive == [], "processes of learners outlive the command"
    before = recorded()
    assert 1 <= len(before) < len(CLASS)

    for path in course.rglob("*"):  # the clock was set back, and all looks old
        os.utime(path, (0, 0))
    options = argparse.Namespace(
        submissions=[str(folder)], course=str(course), scheduler=None, workers=1
    )
    capsys.readouterr()
    assert grade.command(options) == 0
    said = capsys.readouterr().out
    assert f"{len(before)} graded before" in said
    assert points(course) == dict.fromkeys(CLASS, classroom.SOLVED)
    assert {path: path.read_bytes() for path in before} == before
    assert not list(course.rglob(".*.tmp"))
