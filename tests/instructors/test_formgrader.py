"""nbgrader's own formgrader opens what `course grade` has recorded."""

import os
import re
import subprocess
import sys
import time
from contextlib import contextmanager
from pathlib import Path

import pytest

pytest.importorskip("nbgrader")

from tests import course_lab
from tests.browser import lab
from tests.browser.conftest import need_chromium, opened_page
from tests.instructors import classroom
from tests.instructors.classroom import ASSIGNMENT, CHAPTER


@contextmanager
def server(course: Path, home: Path):
    """Run Jupyter's server with formgrader in a course folder; yield its address."""
    extensions = "{'nbgrader.server_extensions.formgrader': True}"
    command = [sys.executable, "-m", "jupyter_server", "--no-browser", "--port=0"]
    command += ["--allow-root", "--IdentityProvider.token=test"]
    command += [f"--ServerApp.jpserver_extensions={extensions}"]
    log = home / "server.log"
    with log.open("wb") as out:
        process = subprocess.Popen(
            command,
            cwd=course,
            env={**os.environ, "JUPYTER_CONFIG_DIR": str(home)},
            stdout=out,
            stderr=subprocess.STDOUT,
        )
    try:
        deadline = time.monotonic() + lab.START_SECONDS
        while time.monotonic() < deadline and process.poll() is None:
            found = re.search(r"http://127\.0\.0\.1:[1-9]\d*", log.read_text("utf-8"))
            if found and course_lab.answers(found[0], "test"):
                break
            time.sleep(0.2)
        else:
            raise RuntimeError(f"The server did not start:\n{log.read_text()}")
        yield found[0]
    finally:
        process.terminate()
        process.wait(30)


def test_formgrader_shows_the_scores_and_takes_a_grade_for_a_text(tmp_path, request):
    need_chromium()
    course = classroom.make_course(tmp_path / "cs101")
    folder = classroom.hand_in(course, {"ann": classroom.solved(course)})
    assert classroom.call_grade(course, folder) == 0

    home = tmp_path / "home"
    home.mkdir()
    with (
        server(course, home) as address,
        opened_page(request, lab.CELLS_SECONDS) as page,
    ):
        page.set_default_timeout(60_000)
        page.set_extra_http_headers({"Authorization": "token test"})
        page.goto(f"{address}/formgrader/manage_submissions/{ASSIGNMENT}")
        row = page.locator("tr", has_text="ann")
        row.wait_for()
        assert "needs manual grading\t6 / 8" in row.inner_text()

        page.goto(f"{address}/formgrader/gradebook/{ASSIGNMENT}/{CHAPTER.name}")
        page.get_by_role("link", name="Submission #1").click()
        # The page asks for the scores once its boxes listen.
        page.locator("input#relu-check[placeholder='3']").wait_for()
        box = page.locator("input#explain")
        box.fill("2")

        def saves(answer):
            return answer.request.method == "PUT" and "/api/grade/" in answer.url

        with page.expect_response(saves) as saved:
            box.press("Tab")
        assert saved.value.ok

    assert classroom.call_grade(course, folder) == 0
    canvas = (course / "grades" / "canvas.csv").read_text("utf-8")
    assert canvas.splitlines()[-1] == "ann,,,ann,,8"
