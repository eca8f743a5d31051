"""Two notebooks that record progress at once, and homes that are hard to find.

In tests/unit/test_progress.py: threads, a kernel killed while it writes, a held
lock, a full and a read-only disk, damaged and hostile files, a clock set back.
In tests/unit/test_data.py: a network that is gone before or in the middle of
the download, killed downloads, disks, every kind of wrong and hostile .npz.
"""

import os
import subprocess
import sys

import pytest

from course_utils import chapters, progress

WRITER = """
import sys
from course_utils import progress
for i in range(1000):
    name = "shared" if i % 2 else sys.argv[1]
    said = progress.record("00", name, status="wrong", score=0, points=1, answer=f"{i}")
    if said:
        print(said)
"""
LEARNER = """
from course_utils import data, experiments, progress
print(progress.record("00", "f", status="solved", score=1, points=1, answer="\\xe9"))
print(progress.load().notice)
log = experiments.Log()
log.add("q", {"settings": {}, "seed": 1, "curves": {"loss": [1]}, "seconds": 1})
print(len(log.runs()))
print(progress.show())
print(data.mnist_cache_path())
"""


def learn(**changes):
    """Run the code of a learner; an environment variable of None is taken away."""
    values = {**os.environ, **changes}
    return subprocess.run(
        [sys.executable, "-"],
        input=LEARNER,
        env={name: value for name, value in values.items() if value is not None},
        capture_output=True,
        encoding="utf-8",
        errors="replace",
    )


def test_two_notebooks_recording_1000_times_each_lose_nothing(
    quick_folder, monkeypatch
):
    monkeypatch.setenv("COURSE_HOME", str(quick_folder))
    command = [sys.executable, "-c", WRITER]
    running = [
        subprocess.Popen([*command, name], stdout=subprocess.PIPE, text=True)
        for name in ("one", "two")
    ]
    assert [each.communicate()[0] for each in running] == ["", ""]
    attempts = {n: e.attempts for n, e in progress.load().chapters["00"].items()}
    assert attempts == {"shared": 1000, "one": 500, "two": 500}


@pytest.mark.skipif(
    not str(chapters.PROJECT).isascii(),
    reason="without UTF-8 NumPy cannot be imported from such a folder",
)
def test_a_terminal_without_utf8_and_a_folder_with_an_accent_lose_nothing(tmp_path):
    home = tmp_path / "hömé"
    plain = {"LC_ALL": "C", "PYTHONUTF8": "0", "PYTHONCOERCECLOCALE": "0"}
    done = learn(COURSE_HOME=str(home), **plain)
    assert done.stderr == ""
    assert done.stdout.splitlines()[:3] == ["None", "None", "1"]
    assert (home / "progress.json").is_file()
    assert (home / "experiments.sqlite").is_file()


@pytest.mark.skipif(os.name == "nt", reason="Windows always knows a home")
def test_a_computer_that_names_no_home_folder_still_keeps_a_record(monkeypatch):
    def unknown(*arguments, **more):
        raise RuntimeError("could not determine the home directory")

    monkeypatch.delenv("COURSE_HOME", raising=False)
    monkeypatch.setattr("platformdirs.user_data_path", unknown)
    monkeypatch.setattr("platformdirs.user_cache_path", unknown)
    from course_utils import data

    assert progress.folder() == chapters.PROJECT / ".course-home"
    assert data.mnist_cache_path().is_relative_to(progress.folder())


def test_a_temporary_folder_that_is_gone_costs_nothing(tmp_path):
    gone = str(tmp_path / "gone")
    done = learn(COURSE_HOME=str(tmp_path / "home"), TMPDIR=gone, TEMP=gone, TMP=gone)
    assert done.stderr == ""
    assert done.stdout.splitlines()[:3] == ["None", "None", "1"]
