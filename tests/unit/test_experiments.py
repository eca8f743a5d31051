"""The experiment log loses no run."""

import os
import signal
import sqlite3
import subprocess
import sys

import pytest

from course_utils import experiments

RECORD = {
    "settings": {"width": 64, "rate": 0.1},
    "seed": 3,
    "curves": {"val_accuracy": [0.5, 0.75]},
    "seconds": 0.5,
}
WRITER = """
import sys
from course_utils import experiments
log = experiments.Log(sys.argv[1])
record = {"settings": {}, "seed": 0, "curves": {"val_accuracy": [0.5]}, "seconds": 0.1}
for seed in range(int(sys.argv[2])):
    log.add(sys.argv[3], record | {"seed": seed})
    print(seed, flush=True)
"""


@pytest.fixture
def log(tmp_path):
    return experiments.Log(tmp_path / "new folder" / "experiments.sqlite")


def writer(log, amount, question):
    command = [sys.executable, "-c", WRITER, str(log.path), str(amount), question]
    return subprocess.Popen(command, stdout=subprocess.PIPE, text=True)


def test_a_run_comes_back_as_it_was_written(log):
    log.add("width", RECORD)
    (run,) = log.runs()
    assert (run.settings, run.seed) == (RECORD["settings"], 3)
    assert run.curves == RECORD["curves"]
    assert run.result == 0.75
    assert run.seconds == 0.5


def test_runs_of_one_question_and_of_this_session_can_be_picked(log):
    log.add("width", RECORD)
    log.add("depth", RECORD)
    later = experiments.Log(log.path)
    later.add("width", RECORD)
    assert [run.question for run in log.runs()] == ["width", "depth"]
    assert len(later.runs("width")) == 1
    assert len(later.runs("width", everything=True)) == 2
    assert len(later.runs(everything=True)) == 3


def test_two_notebooks_at_once_lose_nothing(log):
    both = [writer(log, 40, name) for name in ("one", "two")]
    assert [process.wait() for process in both] == [0, 0]
    for process in both:
        process.stdout.close()
    for name in ("one", "two"):
        runs = log.runs(name, everything=True)
        assert [run.seed for run in runs] == list(range(40))


@pytest.mark.skipif(sys.platform == "win32", reason="kills by signal")
def test_a_killed_notebook_leaves_all_finished_runs(log):
    process = writer(log, 10**6, "killed")
    said = [int(process.stdout.readline()) for _ in range(20)]
    os.kill(process.pid, signal.SIGKILL)
    process.wait()
    process.stdout.close()
    seeds = [run.seed for run in log.runs(everything=True)]
    assert seeds[: len(said)] == said
    assert seeds == list(range(len(seeds)))
    log.add("afterwards", RECORD)
    assert len(log.runs("afterwards")) == 1


def interrupted_deletion(log):
    with log._open() as connection:
        connection.execute("DELETE FROM runs")
        raise KeyboardInterrupt


def test_half_a_transaction_is_not_there_afterwards(log):
    log.add("width", RECORD)
    with pytest.raises(KeyboardInterrupt):
        interrupted_deletion(log)
    assert len(log.runs()) == 1


def test_a_damaged_file_is_kept_and_the_log_goes_on(log, capsys):
    log.path.parent.mkdir()
    log.path.write_bytes(b"no database at all " * 100)
    log.add("width", RECORD)
    assert len(log.runs()) == 1
    (kept,) = log.path.parent.glob("*.damaged-*")
    assert kept.read_bytes().startswith(b"no database")
    assert kept.name in capsys.readouterr().out


def test_a_run_that_cannot_be_written_stays_in_memory(log, monkeypatch, capsys):
    def refuse():
        raise sqlite3.OperationalError("attempt to write a readonly database")

    monkeypatch.setattr(log, "_connect", refuse)
    log.add("width", RECORD)
    log.add("width", RECORD)
    assert len(log.runs()) == 2
    assert capsys.readouterr().out.count("cannot be written") == 1


def test_what_json_cannot_express_is_refused_and_nothing_is_written(log):
    with pytest.raises(TypeError):
        log.add("width", RECORD | {"settings": {"width": {1, 2}}})
    assert log.runs() == []


def test_the_table_shows_what_was_changed(log):
    log.add("width", RECORD)
    text = experiments.table(log.runs(), {"width": 32, "rate": 0.1})
    assert "width 64" in text
    assert "rate" not in text.split("\n")[1]
    assert "75.0%" in text
