"""The experiment log: a full disk, damage, two notebooks at once, a wrong clock.

In tests/unit/test_experiments.py: a killed notebook, a file that is no data
base, half a transaction.
"""

import subprocess
import sys
from datetime import UTC, datetime

import pytest

from course_utils import experiments

RECORD = {
    "settings": {"widths": [64] * 200},
    "seed": 0,
    "curves": {"val_accuracy": [0.5] * 50},
    "seconds": 0.5,
}
WRITER = """
import sys
from course_utils import experiments
log = experiments.Log(sys.argv[1])
record = {"settings": {}, "curves": {"val_accuracy": [0.5]}, "seconds": 0.1}
for seed in range(int(sys.argv[3])):
    log.add(sys.argv[2], record | {"seed": seed})
"""


def filled_log(path, count=100):
    log = experiments.Log(path)
    for seed in range(count):
        log.add("before", RECORD | {"seed": seed})
    return path


def seeds(log, question="before"):
    return [run.seed for run in log.runs(question, everything=True)]


def writers(path, count, *names):
    command = [sys.executable, "-c", WRITER, str(path)]
    running = [subprocess.Popen([*command, name, str(count)]) for name in names]
    assert [each.wait() for each in running] == [0] * len(names)


def test_two_notebooks_writing_1000_runs_each_lose_none(quick_folder):
    path = quick_folder / "log.sqlite"
    writers(path, 1000, "one", "two")
    log = experiments.Log(path)
    assert seeds(log, "one") == seeds(log, "two") == list(range(1000))


def test_a_full_disk_costs_a_sentence_and_no_run(small_disk, filled, capsys):
    disk = small_disk("512k")
    log = experiments.Log(filled_log(disk / "log.sqlite"))
    with filled(disk):
        for seed in range(50):  # some may still fit into half-used pages
            log.add("full", RECORD | {"seed": seed})
        assert sorted(seeds(log, "full")) == list(range(50))
    assert capsys.readouterr().out.count("is full") == 1
    assert seeds(experiments.Log(log.path)) == list(range(100))
    log.add("afterwards", RECORD)
    assert len(experiments.Log(log.path).runs("afterwards", everything=True)) == 1


def test_damage_in_the_middle_costs_only_the_runs_that_stood_there(tmp_path, capsys):
    path = filled_log(tmp_path / "log.sqlite")
    content = bytearray(path.read_bytes())
    third = len(content) // 3
    content[third : third + 20_000] = bytes(20_000)
    path.write_bytes(content)

    log = experiments.Log(path)
    log.add("new", RECORD)

    assert len(log.runs("new")) == 1
    left = seeds(log)
    assert left == sorted(left)
    assert {0, 99} < set(left)
    assert len(left) > 50
    (kept,) = tmp_path.glob("log.damaged-*.sqlite")
    assert kept.read_bytes() == content
    said = capsys.readouterr().out
    assert said.count("damaged (") == 1
    assert f"the {len(left)} runs that could still be read" in said


def test_one_changed_letter_costs_one_run(tmp_path, capsys):
    path = filled_log(tmp_path / "log.sqlite", 30)
    content = path.read_bytes()
    place = content.index(b'{"widths"', len(content) // 2)
    path.write_bytes(content[:place] + b"\xff" + content[place + 1 :])
    assert len(seeds(experiments.Log(path))) == 29
    assert "was damaged" in capsys.readouterr().out


def test_damage_while_a_notebook_is_open_is_found_when_it_reads(tmp_path):
    path = filled_log(tmp_path / "log.sqlite", 30)
    log = experiments.Log(path)
    log.add("mine", RECORD)
    path.write_bytes(path.read_bytes()[:5000])
    assert log.runs() == []
    log.add("mine", RECORD)
    assert len(log.runs()) == 1
    assert len(list(tmp_path.glob("log.damaged-*"))) == 1


def test_notebooks_that_find_the_damage_at_once_lose_nothing_new(quick_folder):
    path = quick_folder / "log.sqlite"
    path.write_bytes(b"no data base at all " * 500)
    writers(path, 20, *"abcd")
    log = experiments.Log(path)
    for name in "abcd":
        assert seeds(log, name) == list(range(20))
    assert len(list(quick_folder.glob("log.damaged-*"))) == 1


@pytest.mark.parametrize(
    "odd", [{"seed": 2**70}, {"settings": {"name": "\ud800"}}], ids=["seed", "text"]
)
def test_what_the_file_cannot_hold_is_kept_all_the_same(odd, tmp_path, capsys):
    log = experiments.Log(tmp_path / "log.sqlite")
    log.add("odd\ud800" if "settings" in odd else "odd", RECORD | odd)
    assert len(log.runs()) == 1
    capsys.readouterr()


def test_a_clock_set_back_does_not_change_the_order(tmp_path, monkeypatch):
    class Back(datetime):
        @classmethod
        def now(cls, zone=None):
            return datetime(1999, 1, 1, tzinfo=UTC)

    log = experiments.Log(tmp_path / "log.sqlite")
    log.add("q", RECORD | {"seed": 1})
    monkeypatch.setattr(experiments, "datetime", Back)
    log.add("q", RECORD | {"seed": 2})
    assert [run.seed for run in log.runs()] == [1, 2]
    assert log.runs()[1].started.startswith("1999")
