"""The learner's store: several notebooks, kills, locks, disks, damage, updates.

What is recorded, shown and carried elsewhere: tests/unit/test_progress.py,
test_drawing.py and test_experiments.py. Downloads: tests/unit/test_data.py.
"""

import contextlib
import json
import os
import re
import sqlite3
import subprocess
import sys
import time
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import numpy as np
import pytest

from course_utils import chapters, data, experiments, progress, store
from course_utils.widgets import drawings

RUN = {"settings": {}, "seed": 0, "curves": {"val_accuracy": [0.5]}, "seconds": 0.1}
LEARNER = """
import sys
import numpy as np
from course_utils import data, experiments, progress
from course_utils.widgets import drawings
name, count, log = sys.argv[1], int(sys.argv[2]), experiments.Log()
run = {"settings": {}, "curves": {"val_accuracy": [0.5]}, "seconds": 0.1}
print("ready", flush=True)
for i in range(count):
    for exercise in ("shared", name):
        notice = progress.record("00", exercise, status="wrong", score=0, points=1,
                                 answer=f"{name} {i} \\xe9")
        print(notice or "", end="")
    log.add(name, run | {"seed": i})
    if i % 10 == 0:
        print(drawings.add(np.zeros((28, 28)), i % 9) or "", end="")
"""


@pytest.fixture(autouse=True)
def home(tmp_path, monkeypatch):
    folder = tmp_path / "home"
    monkeypatch.setenv("COURSE_HOME", str(folder))
    return folder


@pytest.fixture
def quick_home(quick_folder, monkeypatch):
    """A home without waits for a disk, for tests that write thousands of times."""
    monkeypatch.setenv("COURSE_HOME", str(quick_folder))
    return quick_folder


@pytest.fixture
def small_home(small_disk, monkeypatch):
    """A home on a small disk of its own."""
    folder = small_disk("512k")
    monkeypatch.setenv("COURSE_HOME", str(folder))
    return folder


def learners(count, *names, **changes):
    """Start a process for each name that writes ``count`` times."""
    values = {name: v for name, v in {**os.environ, **changes}.items() if v}
    command = [sys.executable, "-c", LEARNER]
    settings = {"stdout": subprocess.PIPE, "stderr": subprocess.STDOUT, "env": values}
    return [
        subprocess.Popen([*command, name, str(count)], **settings) for name in names
    ]


def said(running):
    """Wait for processes and return what each printed beside its first line."""
    printed = [each.communicate(timeout=240)[0] for each in running]
    return [text.partition(b"ready\n")[2].decode(errors="replace") for text in printed]


def record(name="f", status="solved", **changes):
    values = {"score": 1.0, "points": 1.0, "answer": f"source of {name}"} | changes
    return progress.record("00", name, status=status, **values)


def entries():
    return progress.load().chapters.get("00", {})


def seeds(question):
    return [r.seed for r in experiments.Log().runs(question, everything=True)]


def fill(count=60):
    """Record an entry, a drawing and a run, many times."""
    log = experiments.Log()
    for i in range(count):
        assert record(f"f{i}", answer=f"# {i}\n" * 50) is None
        assert drawings.add(np.full((28, 28), i), i % 10) is None
        log.add("before", RUN | {"seed": i, "settings": {"name": "ten letters" * 9}})


def asides(home):
    return sorted(home.glob("course.damaged-*.sqlite"))


def assert_one_sentence(text):
    assert isinstance(text, str)
    assert text.endswith(".")
    assert "\n" not in text


# Several notebooks ------------------------------------------------------------


def test_two_notebooks_writing_1000_times_each_lose_nothing(quick_home):
    assert said(learners(1000, "one", "two")) == ["", ""]
    attempts = {name: entry.attempts for name, entry in entries().items()}
    assert attempts == {"shared": 2000, "one": 1000, "two": 1000}
    assert seeds("one") == seeds("two") == list(range(1000))
    assert len(drawings.load()[0]) == 200
    assert [file.name for file in quick_home.iterdir()] == ["course.sqlite"]


def test_threads_of_one_notebook_lose_nothing():
    with ThreadPoolExecutor(4) as pool:
        assert set(pool.map(lambda _: record(status="wrong"), range(80))) == {None}
    assert entries()["f"].attempts == 80


def test_a_killed_notebook_loses_at_most_what_it_was_writing(quick_home):
    for moment in (0.05, 0.1, 0.2):
        (running,) = learners(10**6, "killed")
        running.stdout.readline()
        time.sleep(moment)
        running.kill()
        running.communicate()
        assert record(status="wrong") is None, "the dead lock still holds"
        counts = [entries()["shared"].attempts, entries()["killed"].attempts]
        assert 0 <= counts[0] - counts[1] <= 3  # one at most for each kill
    assert not asides(quick_home)


def test_a_held_lock_costs_the_record_and_not_the_lesson(home, monkeypatch, capsys):
    assert store.SECONDS <= 5
    monkeypatch.setattr(store, "SECONDS", 0.3)
    record("before")
    log = experiments.Log()
    with contextlib.closing(sqlite3.connect(store.path())) as holder:
        holder.execute("BEGIN EXCLUSIVE")
        start = time.monotonic()
        notice = record()
        log.add("q", RUN)
        assert time.monotonic() - start < 3
        assert_one_sentence(notice)
        assert "another program has held" in notice
        assert "another program has held" in progress.load().notice
        assert "another program has held" in capsys.readouterr().out
    assert record() is None
    assert list(entries()) == ["before", "f"]
    assert len(log.runs()) == 1, "the run is kept in memory"


def test_half_a_transaction_is_not_there_afterwards(home):
    record("before")

    def interrupted(connection):
        connection.execute("DELETE FROM entries")
        raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        store.use(interrupted, write=True)
    assert list(entries()) == ["before"]


def test_reading_writes_nothing(home):
    assert (progress.load().notice, drawings.load()) == (None, ([], None))
    assert experiments.Log().runs() == []
    assert not home.exists()
    home.mkdir()
    store.path().touch()
    assert progress.load() == progress.Progress({})
    assert store.path().stat().st_size == 0


# Disks and folders ------------------------------------------------------------


def test_a_full_disk_costs_a_sentence_each_and_nothing_that_was_there(
    small_home, filled, capsys
):
    log = experiments.Log()
    log.add("q", RUN)
    record("before")
    with filled(small_home):
        notices = [record(f"big{i}", answer="x" * 20_000) for i in range(40)]
        for seed in range(1, 40):
            log.add("q", RUN | {"seed": seed})
        assert sorted(run.seed for run in log.runs()) == list(range(40))
        assert "before" in entries()
    assert_one_sentence(notices[-1])
    assert "full" in notices[-1]
    assert capsys.readouterr().out.count("was not written to the log") == 1
    assert record("big", answer="x" * 20_000) is None


@pytest.mark.parametrize("damaged", [False, True])
def test_a_read_only_disk_costs_the_record_and_can_still_be_read(
    damaged, small_home, capsys
):
    record("before")
    if damaged:
        store.path().write_bytes(b"{")
    subprocess.run(["mount", "-o", "remount,ro", str(small_home)], check=True)
    notice = record()
    assert_one_sentence(notice)
    assert re.search("read-?only", notice.lower())
    got = progress.load()
    if damaged:
        assert got.chapters == {}
        assert_one_sentence(got.notice)
        assert store.path().read_bytes() == b"{"
    else:
        assert (list(entries()), got.notice) == (["before"], None)


def test_what_is_in_the_way_costs_the_record_and_stays(home):
    home.write_text("a file where the folder should be")
    assert_one_sentence(record())
    assert_one_sentence(progress.load().notice)
    home.unlink()
    store.path().mkdir(parents=True)
    assert_one_sentence(record())
    assert_one_sentence(progress.load().notice)
    assert store.path().is_dir()


def test_a_link_to_a_synchronised_folder_stays_a_link(home, tmp_path):
    home.mkdir()
    cloud = tmp_path / "cloud.sqlite"
    try:
        store.path().symlink_to(cloud)
    except OSError:
        pytest.skip("this system makes no symbolic links")
    record()
    cloud.write_bytes(b"damaged")
    assert "was damaged" in record()
    assert store.path().is_symlink()
    assert list(entries()) == ["f"]
    assert list(tmp_path.glob("cloud.damaged-*.sqlite"))


@pytest.mark.skipif(
    not str(chapters.PROJECT).isascii(),
    reason="without UTF-8 NumPy cannot be imported from such a folder",
)
def test_a_terminal_without_utf8_and_a_folder_with_an_accent_lose_nothing(
    tmp_path, monkeypatch
):
    odd = tmp_path / "hömé"
    monkeypatch.setenv("COURSE_HOME", str(odd))
    plain = {"LC_ALL": "C", "PYTHONUTF8": "0", "PYTHONCOERCECLOCALE": "0"}
    assert said(learners(2, "one", **plain)) == [""]
    assert entries()["one"].latest == "one 1 é"


def test_a_temporary_folder_that_is_gone_costs_nothing(tmp_path):
    gone = dict.fromkeys(("TMPDIR", "TEMP", "TMP"), str(tmp_path / "gone"))
    assert said(learners(2, "one", **gone)) == [""]
    assert entries()["one"].attempts == 2


@pytest.mark.skipif(os.name == "nt", reason="Windows always knows a home")
def test_a_computer_that_names_no_home_folder_still_keeps_a_record(monkeypatch):
    def unknown(*arguments, **more):
        raise RuntimeError("could not determine the home directory")

    monkeypatch.delenv("COURSE_HOME")
    monkeypatch.setattr("platformdirs.user_data_path", unknown)
    monkeypatch.setattr("platformdirs.user_cache_path", unknown)
    assert store.folder() == chapters.PROJECT / ".course-home"
    assert data.mnist_cache_path().is_relative_to(store.folder())


# Damage -----------------------------------------------------------------------


def overwrite(start, content):
    """Return a damage that writes over a part of the file."""

    def damage(path):
        size = path.stat().st_size
        with open(path, "r+b") as file:
            file.seek(int(start * size))
            file.write(content)

    return damage


def without_a_table(path):
    with contextlib.closing(sqlite3.connect(path)) as connection:
        connection.execute("DROP TABLE runs")
        connection.commit()


def with_an_odd_status(path):
    with contextlib.closing(sqlite3.connect(path)) as connection:
        connection.execute("PRAGMA ignore_check_constraints = 1")
        connection.execute("UPDATE entries SET status = 'great' WHERE number = 3")
        connection.commit()


def with_a_letter_that_is_no_utf8(path):
    content = path.read_bytes()
    at = content.index(b"# 7\n")
    path.write_bytes(content[:at] + b"\xff" + content[at + 1 :])


def with_json_that_is_none(path):
    content = path.read_bytes()
    at = content.index(b'{"name"')
    path.write_bytes(content[:at] + b"(" + content[at + 1 :])


# Each with how many of the 180 records survive it, at the least.
DAMAGE = {
    "no data base": (lambda path: path.write_bytes(b"no data base " * 500), 0),
    "JSON": (lambda path: path.write_bytes(b'{"chapters": {}}'), 0),
    "zeros": (lambda path: path.write_bytes(bytes(8192)), 0),
    "cut off": (lambda path: os.truncate(path, path.stat().st_size // 3), 20),
    "a hole in the middle": (overwrite(0.4, bytes(20_000)), 90),
    "noise at the end": (overwrite(0.8, bytes(range(256)) * 40), 90),
    "a table is gone": (without_a_table, 120),
    "an impossible value": (with_an_odd_status, 179),
    "a changed letter": (with_a_letter_that_is_no_utf8, 179),
    "JSON that is none": (with_json_that_is_none, 179),
}


@pytest.mark.parametrize("kind", DAMAGE)
def test_a_damaged_file_is_set_aside_whole_and_what_it_still_tells_is_kept(kind, home):
    fill()
    damage, survivors = DAMAGE[kind]
    damage(store.path())
    content = store.path().read_bytes()
    store._checked.clear()  # as in a new notebook
    notice = record("new")
    assert_one_sentence(notice)
    assert "was damaged" in notice
    (aside,) = asides(home)
    assert str(aside) in notice
    assert aside.read_bytes() == content
    assert record("newer") is None
    left = len(entries()) - 2 + len(drawings.load()[0]) + len(seeds("before"))
    assert left >= survivors
    assert f"the {left} records" in notice
    assert entries()["new"].status == "solved"


@pytest.mark.parametrize("is_open", [False, True], ids=["closed", "open"])
def test_whatever_happens_to_the_file_recording_goes_on(is_open, quick_home):
    """Bits and pages at random; no call may raise, whoever meets the damage."""
    fill(30)
    whole = store.path().read_bytes()
    rng = np.random.default_rng(0)
    for _ in range(80):
        content = np.frombuffer(whole, np.uint8).copy()
        pages = content.reshape(-1, 4096)
        start = rng.integers(len(content))
        match rng.integers(4):
            case 0:
                places = rng.integers(len(content), size=rng.choice([1, 5, 50]))
                content[places] ^= rng.integers(1, 256, len(places), dtype=np.uint8)
            case 1:
                pages[rng.permutation(len(pages))[:2]] = pages[rng.integers(len(pages))]
            case 2:
                content[start : start + rng.choice([1, 16, 4096])] = 0
            case 3:
                content = content[:start]
        for old in quick_home.iterdir():
            old.unlink()
        store.path().write_bytes(content.tobytes())
        if not is_open:
            store._checked.clear()
        record("new")
        drawings.load()
        experiments.Log().runs()
        assert record("new") is None
        assert entries()["new"].status == "solved"


@pytest.mark.parametrize(
    "use",
    [
        progress.load,
        progress.show,
        drawings.load,
        lambda: experiments.Log().runs(),
        lambda: drawings.remove("x"),
    ],
    ids=["load", "show", "drawings", "runs", "remove"],
)
def test_damage_while_a_notebook_is_open_is_found_by_whatever_uses_it(
    use, home, capsys
):
    fill(9)
    os.truncate(store.path(), 5000)
    told = f"{use()!r} {capsys.readouterr().out}"
    assert "was damaged" in told
    assert progress.load().notice is None
    assert len(asides(home)) == 1


def test_notebooks_that_find_the_damage_at_once_set_it_aside_once(quick_home):
    store.path().write_bytes(b"no data base at all " * 500)
    texts = said(learners(20, *"abcd"))
    assert "".join(texts).count("was damaged") == 1
    assert len(asides(quick_home)) == 1
    assert entries()["shared"].attempts == 80
    assert [seeds(name) for name in "abcd"] == [list(range(20))] * 4


def test_files_damaged_within_one_second_do_not_replace_each_other(home):
    contents = [b"{%d" % i for i in range(4)]
    for content in contents:
        home.mkdir(exist_ok=True)
        store.path().write_bytes(content)
        assert "was damaged" in record()
    assert sorted(aside.read_bytes() for aside in asides(home)) == contents


@pytest.mark.skipif(not hasattr(os, "mkfifo"), reason="no named pipes here")
def test_a_pipe_in_place_of_the_file_is_not_waited_for(home):
    home.mkdir()
    os.mkfifo(store.path())
    assert "damaged" in record()
    assert list(entries()) == ["f"]


def test_the_journal_of_a_damaged_file_does_not_reach_the_new_one(home):
    fill(9)
    store.path().write_bytes(b"damaged")
    Path(f"{store.path()}-journal").write_bytes(b"\xd9\xd5\x05\xf9 and so on" * 90)
    store._checked.clear()
    assert "was damaged" in record("new")
    assert list(entries()) == ["new"]
    assert not Path(f"{store.path()}-journal").exists()


# Other versions ---------------------------------------------------------------


def old_files(home):
    """Write what the course kept before it had one store."""
    home.mkdir()
    solved = {"status": "solved", "score": 2.0, "points": 2.0, "attempts": 3}
    solved |= {"first_solved": "2026-01-02T03:04:05Z", "answer": "é", "latest": "x"}
    kept = {"format": "deep-learning-course progress", "version": 1}
    kept["chapters"] = {"00": {"old": solved}}
    (home / "progress.json").write_text(json.dumps(kept), encoding="utf-8")
    drawn = {"format": "deep-learning-course drawings", "version": 1}
    drawn["drawings"] = [{"name": "a", "label": 7, "pixels": "ff" * 784}]
    (home / "drawings.json").write_text(json.dumps(drawn))
    with contextlib.closing(sqlite3.connect(home / "experiments.sqlite")) as old:
        old.execute(
            "CREATE TABLE runs (number INTEGER PRIMARY KEY, session, started, "
            "question, settings, seed, curves, seconds)"
        )
        row = ("s", "2026-01-01", "q", '{"a": 1}', 4, "{}", 0.5)
        old.execute("INSERT INTO runs VALUES (1, ?, ?, ?, ?, ?, ?, ?)", row)
        old.commit()
    return {file: file.read_bytes() for file in home.iterdir()}


def test_what_older_versions_kept_is_taken_over_once_and_stays(home):
    old = old_files(home)
    for _ in range(2):  # read at first from memory, then from the new file
        entry = entries()["old"]
        assert (entry.status, entry.attempts, entry.answer) == ("solved", 3, "é")
        assert [drawing.label for drawing in drawings.load()[0]] == [7]
        assert seeds("q") == [4]
        assert record("old", status="wrong") is None
        store.use(lambda c: c.execute("UPDATE entries SET attempts = 3"), write=True)
    drawings.remove("a")
    assert drawings.load() == ([], None), "it is taken over once"
    assert {file: file.read_bytes() for file in old} == old


@pytest.mark.parametrize("name", ["progress.json", "drawings.json"])
def test_an_old_file_that_cannot_be_read_is_named_and_kept(name, home):
    old_files(home)
    (home / name).write_text("{")
    notice = record("new")
    assert_one_sentence(notice)
    assert str(home / name) in notice
    assert (home / name).read_text() == "{"
    assert len(entries()) + len(drawings.load()[0]) == 2
    assert seeds("q") == [4]


def test_a_file_of_a_newer_version_is_left_untouched_with_a_notice(home, tmp_path):
    record()
    progress.export(tmp_path / "mine.json")
    with contextlib.closing(sqlite3.connect(store.path())) as connection:
        connection.execute("DROP TABLE entries")
        connection.execute("PRAGMA user_version = 2")
        connection.commit()
    content = store.path().read_bytes()
    store._checked.clear()
    for notice in (record(), progress.load().notice, drawings.load()[1]):
        assert_one_sentence(notice)
        assert "newer version" in notice
    for carry in (progress.export, progress.import_):
        with pytest.raises(progress.ProgressError, match="newer version"):
            carry(tmp_path / "mine.json")
    assert store.path().read_bytes() == content
    assert not asides(home)


def test_columns_of_the_future_survive(home):
    record()
    add = "ALTER TABLE entries ADD COLUMN mood DEFAULT 'good'"
    store.use(lambda c: c.execute(add), write=True)
    assert record(status="wrong") is None
    assert entries()["f"].attempts == 2
    mood = store.use(lambda c: c.execute("SELECT mood FROM entries").fetchone())[0]
    assert mood == ("good",)


# A browser's Python -----------------------------------------------------------


def test_where_sqlite_cannot_open_files_all_is_kept_in_whole_files(home, monkeypatch):
    def refused(name, **more):
        assert name == ":memory:", "SQLite cannot open a file here"
        return connect(name, **more)

    connect = sqlite3.connect
    monkeypatch.setattr(sys, "platform", "emscripten")
    monkeypatch.setattr(sqlite3, "connect", refused)
    monkeypatch.setattr(store.filelock, "FileLock", None)
    fill(3)
    assert (len(entries()), len(drawings.load()[0]), len(seeds("before"))) == (3, 3, 3)
    assert [file.name for file in home.iterdir()] == ["course.sqlite"]
    with_a_letter_that_is_no_utf8 = store.path().read_bytes().replace(b"# 1\n", b"\xff")
    store.path().write_bytes(with_a_letter_that_is_no_utf8[:-5000])
    store._checked.clear()
    assert "was damaged" in record("new")
    assert record("newer") is None
    assert len(asides(home)) == 1
    monkeypatch.undo()
    monkeypatch.setenv("COURSE_HOME", str(home))
    assert {"new", "newer"} <= set(entries()), "the same file elsewhere"
