"""The course in a folder with an odd name, on a read-only disk, for a second user."""

import os
import shutil
import subprocess
import sys
from contextlib import contextmanager
from pathlib import Path, PureWindowsPath

import pytest
from nbclient import NotebookClient

from course_utils import progress
from course_utils.authoring.notebooks import build, solve
from course_utils.chapters import PROJECT, chapter

NAME = "My Course – Übung"
NUMPY = chapter("02")
NOBODY = 65534
# A clone on Windows lies in something like C:\Users\Somebody\Documents\….
WINDOWS_LONGEST = 260 - 100

LAB = """\
import re, subprocess, sys, urllib.request
command = [sys.executable, "-m", "course_utils.commands", "lab", "--no-browser"]
lab = subprocess.Popen(
    command, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, encoding="utf-8"
)
shown = ""
for line in lab.stdout:
    shown += line
    if found := re.match(r" +(http://\\S+)$", line):
        opener = urllib.request.build_opener(urllib.request.ProxyHandler({}))
        print("STATUS", opener.open(found[1]).status)
        break
else:
    print(shown)
lab.terminate()
lab.wait()
"""

RECORD = """\
from course_utils import progress, store
progress.record("02", "relu", status="solved", score=1, points=1, answer="x")
print(store.folder(), progress.load().chapters["02"]["relu"].status)
"""


@pytest.fixture
def clone(tmp_path):
    """A copy of what a learner has, in a folder with spaces and other letters."""
    folder = tmp_path / NAME
    ignored = shutil.ignore_patterns("__pycache__", ".ipynb_checkpoints", "source")
    for name in ("course_utils", "notebooks"):
        shutil.copytree(PROJECT / name, folder / name, ignore=ignored)
    shutil.copy(PROJECT / "pyproject.toml", folder)
    return folder


@pytest.fixture
def home(tmp_path):
    folder = tmp_path / "Zuhause – ü"
    folder.mkdir()
    return folder


def environment(home):
    kept = {k: v for k, v in os.environ.items() if not k.startswith(("PYTEST_", "COV"))}
    return kept | {
        "HOME": str(home),
        "COURSE_HOME": str(home / "Fortschritt für mich"),
        "IPYTHONDIR": str(home / "ipython"),
        "JUPYTER_CONFIG_DIR": str(home / "jupyter"),
        "JUPYTER_RUNTIME_DIR": str(home / "runtime"),
        "JUPYTER_DATA_DIR": str(home / "data"),
        "PYTHONUNBUFFERED": "1",
        "PYTHONUTF8": "1",
    }


def call(code, folder, home, **more):
    """Run Python code in a folder; return what it printed."""
    done = subprocess.run(
        [sys.executable, "-c", code],
        cwd=folder,
        env=environment(home),
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        encoding="utf-8",
        **more,
    )
    assert done.returncode == 0, done.stdout
    return done.stdout


def test_a_chapter_runs_and_is_recorded_under_an_odd_name(clone, home, monkeypatch):
    """The chapter up to its first exercise, which is solved."""
    for name, value in environment(home).items():
        monkeypatch.setenv(name, value)
    notebook = solve(build(NUMPY), NUMPY.exercises())
    kinds = ["exercise" in cell.metadata for cell in notebook.cells]
    notebook.cells = notebook.cells[: kinds.index(True) + 1]
    where = {"metadata": {"path": str(clone / "notebooks")}}
    NotebookClient(notebook, kernel_name="python3", resources=where).execute()
    (entry,) = progress.load().chapters[NUMPY.number].values()
    assert entry.status == "solved"


def test_jupyterlab_answers_under_an_odd_name(clone, home):
    assert "STATUS 200" in call(LAB, clone, home)


# A clone that may only be read, such as one on a share or a DVD.


@contextmanager
def read_only(folder):
    """Let nobody write to a folder; root can be stopped by a mount only."""
    if os.name == "nt":
        pytest.skip("Windows has no such permission for folders")
    if os.geteuid() != 0:
        subprocess.run(["chmod", "-R", "a-w", folder], check=True)
        try:
            yield
        finally:
            subprocess.run(["chmod", "-R", "u+w", folder], check=True)
        return
    mount = ["mount", "--bind", folder, folder]
    remount = ["mount", "-o", "remount,bind,ro", folder]
    if subprocess.run(mount, capture_output=True).returncode != 0:
        pytest.skip("this container may not mount, and nothing else stops root")
    try:
        subprocess.run(remount, check=True)
        yield
    finally:
        subprocess.run(["umount", "--lazy", folder], check=True)


def test_a_read_only_clone_opens_and_records_and_says_that_nothing_can_be_saved(
    clone, home
):
    with read_only(clone):
        with pytest.raises(OSError, match=r"Read-only|Permission"):
            (clone / "notebooks" / "mine.ipynb").write_text("")
        assert "STATUS 200" in call(LAB, clone, home)
        said = call(
            "from course_utils.setup.doctor import *; print(check_notebooks_folder())",
            clone,
            home,
        )
        assert "solved" in call(RECORD, clone, home)
    assert "level='PROBLEM'" in said
    assert "Copy the course to a folder of your own" in said


# A clone that another user set up.


def test_a_second_user_works_in_anothers_clone_with_a_record_of_their_own(clone, home):
    if not hasattr(os, "geteuid") or os.geteuid() != 0:
        pytest.skip("only root can become another user")
    try:
        subprocess.run([sys.executable, "-c", ""], user=NOBODY, check=True, cwd="/")
        subprocess.run(["ls", clone], user=NOBODY, check=True, capture_output=True)
    except (OSError, subprocess.CalledProcessError):
        pytest.skip("this Python, or the tests' folder, is open to its owner only")
    os.chown(home, NOBODY, NOBODY)
    as_them = {"user": NOBODY, "group": NOBODY, "extra_groups": []}
    assert "STATUS 200" in call(LAB, clone, home, **as_them)
    folder = home / "Fortschritt für mich"
    said = call(RECORD, clone, home, **as_them)
    assert said.split("\n")[0] == f"{folder} solved"
    assert folder.stat().st_uid == NOBODY
    assert {path.stat().st_uid for path in clone.rglob("*")} == {os.geteuid()}


# Windows.


def test_the_names_of_the_files_are_possible_on_windows():
    listed = subprocess.run(
        ["git", "ls-files", "-z"], cwd=PROJECT, capture_output=True, encoding="utf-8"
    )
    if listed.returncode != 0:
        pytest.skip("not a clone")
    names = listed.stdout.strip("\0").split("\0")
    assert len({name.casefold() for name in names}) == len(names)
    for name in names:
        assert len(name) <= WINDOWS_LONGEST, name
        for part in Path(name).parts:
            assert not set(part) & set('<>:"|?*\\'), name
            assert not part.endswith((".", " ")), name
            assert not PureWindowsPath(part).is_reserved(), name
