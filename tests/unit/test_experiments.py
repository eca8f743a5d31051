"""The experiment log; what happens to its file: tests/faults/test_store.py."""

import sqlite3
from datetime import UTC, datetime

import pytest

from course_utils import experiments, store

RECORD = {
    "settings": {"width": 64, "rate": 0.1},
    "seed": 3,
    "curves": {"val_accuracy": [0.5, 0.75]},
    "seconds": 0.5,
}


@pytest.fixture
def log(tmp_path, monkeypatch):
    monkeypatch.setenv("COURSE_HOME", str(tmp_path / "new folder"))
    return experiments.Log()


def test_a_run_comes_back_as_it_was_written(log):
    log.add("width", RECORD)
    (run,) = log.runs()
    assert {name: getattr(run, name) for name in RECORD} == RECORD
    assert (run.question, run.result) == ("width", 0.75)


def test_runs_of_one_question_and_of_this_session_can_be_picked(log):
    log.add("width", RECORD)
    log.add("depth", RECORD)
    later = experiments.Log()
    later.add("width", RECORD)
    assert [run.question for run in log.runs()] == ["width", "depth"]
    assert len(later.runs("width")) == 1
    assert len(later.runs("width", everything=True)) == 2
    assert len(later.runs(everything=True)) == 3


def test_runs_that_cannot_be_written_stay_in_memory_and_one_sentence_says_so(
    log, monkeypatch, capsys
):
    def refuse(*arguments, **more):
        raise sqlite3.OperationalError("attempt to write a readonly database")

    monkeypatch.setattr(store, "use", refuse)
    log.add("width", RECORD)
    log.add("depth", RECORD)
    assert capsys.readouterr().out.count("was not written to the log") == 1
    assert [run.question for run in log.runs()] == ["width", "depth"]


@pytest.mark.parametrize(
    "odd", [{"seed": 2**70}, {"settings": {"name": "\ud800"}}], ids=["seed", "text"]
)
def test_what_the_file_cannot_hold_is_kept_all_the_same(odd, log):
    log.add("odd\ud800" if "settings" in odd else "odd", RECORD | odd)
    assert len(log.runs()) == 1


def test_what_json_cannot_express_is_refused_and_nothing_is_written(log):
    with pytest.raises(TypeError):
        log.add("width", RECORD | {"settings": {"width": {1, 2}}})
    assert log.runs() == []


def test_a_clock_set_back_does_not_change_the_order(log, monkeypatch):
    class Back(datetime):
        @classmethod
        def now(cls, zone=None):
            return datetime(1999, 1, 1, tzinfo=UTC)

    log.add("q", RECORD | {"seed": 1})
    monkeypatch.setattr(experiments, "datetime", Back)
    log.add("q", RECORD | {"seed": 2})
    assert [run.seed for run in log.runs()] == [1, 2]
    assert log.runs()[1].started.startswith("1999")


def test_the_table_shows_what_was_changed(log):
    log.add("width", RECORD)
    text = experiments.table(log.runs(), {"width": 32, "rate": 0.1})
    assert "width 64" in text
    assert "rate" not in text.split("\n")[1]
    assert "75.0%" in text
