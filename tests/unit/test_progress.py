import io
import json
import os
import re
import subprocess
import sys
import time
import types
from pathlib import Path
from xml.etree import ElementTree

import pytest

from course_utils import chapters, progress

RECORD = "deep-learning-course progress"
EXPORT = "deep-learning-course progress export"
SOLVED = {
    "status": "solved",
    "score": 2.0,
    "points": 2.0,
    "attempts": 3,
    "first_solved": "2026-01-02T03:04:05Z",
    "answer": "def f(): ...",
    "latest": "def f(): ...",
}


@pytest.fixture(autouse=True)
def home(tmp_path, monkeypatch):
    folder = tmp_path / "home"
    monkeypatch.setenv("COURSE_HOME", str(folder))
    return folder


@pytest.fixture
def tmpfs(tmp_path):
    """Mount a small disk of its own; the caller may remount it."""
    if sys.platform != "linux" or os.geteuid() != 0:
        pytest.skip("mounting a small disk needs root on Linux")
    disk = tmp_path / "disk"
    disk.mkdir()
    mount = ["mount", "-t", "tmpfs", "-o", "size=64k", "tmpfs", str(disk)]
    if subprocess.run(mount, capture_output=True).returncode:
        pytest.skip("this container may not mount a disk")
    yield disk
    subprocess.run(["umount", str(disk)], check=True)


def record(name="f", status="solved", chapter="00", **changes):
    values = {"score": 2.0, "points": 2.0, "answer": f"source of {name}"} | changes
    return progress.record(chapter, name, status=status, **values)


def entry(name="f", chapter="00"):
    return progress.load().chapters[chapter][name]


def put(content, folder):
    folder.mkdir(parents=True, exist_ok=True)
    file = folder / "progress.json"
    file.write_bytes(content if isinstance(content, bytes) else content.encode())
    return file


def document(entries, format=RECORD, **more):
    return json.dumps(
        {"format": format, "version": 1, "chapters": {"00": entries}, **more}
    )


def assert_one_sentence(text):
    assert isinstance(text, str)
    assert text.endswith(".")
    assert "\n" not in text
    assert "Traceback" not in text


def run_python(code, *arguments):
    return subprocess.Popen(
        [sys.executable, "-c", code, *map(str, arguments)],
        stdout=subprocess.PIPE,
        text=True,
    )


# --- Recording -------------------------------------------------------------


def test_a_solved_exercise_stays_solved_after_a_wrong_answer_which_is_counted():
    assert record(answer="right") is None
    assert record(status="wrong", score=0.0, answer="broken") is None
    got = entry()
    assert (got.status, got.score, got.attempts) == ("solved", 2.0, 2)
    assert (got.answer, got.latest) == ("right", "broken")


def test_the_latest_passing_answer_replaces_the_earlier_one():
    record(answer="first")
    record(answer="second")
    assert progress.answers("00") == {"f": "second"}


def test_the_best_status_and_score_are_kept_before_anything_is_solved():
    record(status="partly", score=1.0)
    record(status="wrong", score=0.5)
    got = entry()
    assert (got.status, got.score, got.first_solved) == ("partly", 1.0, None)
    assert progress.answers("00") == {}


def test_a_clock_set_back_loses_nothing(monkeypatch):
    monkeypatch.setattr(progress, "_now", lambda: "2026-06-01T00:00:00Z")
    record()
    monkeypatch.setattr(progress, "_now", lambda: "1999-01-01T00:00:00Z")
    record(status="wrong", score=0.0)
    record()
    got = entry()
    assert (got.status, got.attempts) == ("solved", 3)
    assert got.first_solved == "2026-06-01T00:00:00Z"


def test_an_answer_is_kept_up_to_its_limit_and_says_when_it_was_cut():
    record("fits", answer="x" * progress.MAX_ANSWER)
    record("long", answer="é" * 10**6)
    assert entry("fits").answer == "x" * progress.MAX_ANSWER
    assert len(entry("long").answer) == progress.MAX_ANSWER
    assert entry("long").answer.endswith("was not kept)")


def test_source_with_half_a_surrogate_pair_is_recorded_by_its_escape():
    assert record(answer="s = '\ud800 é 数'") is None
    assert entry().answer == "s = '\\ud800 é 数'"


class Hostile:
    def __eq__(self, other):
        raise ValueError("no")

    __hash__ = None
    __float__ = __str__ = __repr__ = __eq__


class AlwaysEqual(str):
    def __eq__(self, other):
        return True

    __hash__ = str.__hash__


ODD = [
    None,
    0,
    -1,
    10**400,
    float("nan"),
    float("-inf"),
    "",
    "../x",
    "a b",
    "é",
    "x" * 5000,
    "\ud800",
    b"solved",
    [],
    {},
    object(),
    Hostile(),
    AlwaysEqual("solvedd"),
    True,
    1j,
    type,
]


@pytest.mark.parametrize("odd", ODD, ids=lambda odd: type(odd).__name__)
def test_recording_survives_any_argument_and_leaves_the_record_readable(odd, home):
    record("before")
    usual = {"status": "wrong", "score": 1.0, "points": 2.0, "answer": "x"}
    for name in ("chapter", "exercise", *usual):
        places = {"chapter": "00", "exercise": "odd"} | usual | {name: odd}
        notice = progress.record(
            places.pop("chapter"), places.pop("exercise"), **places
        )
        if notice is not None:
            assert_one_sentence(notice)
    got = progress.load()
    assert got.notice is None
    assert got.chapters["00"]["before"].status == "solved"
    assert not list(home.glob("*damaged*"))


def test_the_record_lies_in_the_users_data_folder_unless_course_home_is_set(
    home, tmp_path, monkeypatch
):
    assert progress.path() == home / "progress.json"
    monkeypatch.delenv("COURSE_HOME")
    monkeypatch.setenv("XDG_DATA_HOME", str(tmp_path / "data"))
    assert progress.path().parent.name == "deep-learning-course"
    if sys.platform == "linux":
        assert progress.folder() == tmp_path / "data" / "deep-learning-course"


# --- Two notebooks at once -------------------------------------------------

WRITER = """
import sys
from course_utils import progress
me, count = sys.argv[1], int(sys.argv[2])
notices = set()
for i in range(count):
    for name in ("shared", me):
        notices.add(progress.record("00", name, status="wrong", score=0, points=1,
                                    answer=f"{me} {i}"))
    notices.add(progress.load().notice)
print(notices - {None})
"""


def test_processes_that_write_hundreds_of_times_at_once_lose_nothing(home):
    count, names = 150, ("a", "b")
    processes = [run_python(WRITER, name, count) for name in names]
    for process in processes:
        assert process.communicate(timeout=60)[0].strip() == "set()"
    assert entry("shared").attempts == count * len(names)
    assert [entry(name).attempts for name in names] == [count] * len(names)
    assert sorted(p.name for p in home.iterdir()) == ["progress.json", "progress.lock"]


def test_threads_of_one_notebook_lose_nothing():
    from concurrent.futures import ThreadPoolExecutor

    with ThreadPoolExecutor(4) as pool:
        notices = list(pool.map(lambda i: record(status="wrong"), range(80)))
    assert set(notices) == {None}
    assert entry().attempts == 80


def test_a_kernel_killed_while_it_writes_leaves_a_whole_record():
    endless = (
        "from course_utils import progress\n"
        "print('go', flush=True)\n"
        "while True:\n"
        "    progress.record('00', 'f', status='solved', score=1, points=1,"
        " answer='x' * 20000)\n"
    )
    for _ in range(3):
        process = run_python(endless)
        process.stdout.readline()
        time.sleep(0.15)
        process.kill()
        process.communicate()
        before = entry()
        assert before.answer == "x" * 20000
        assert record(status="wrong") is None, "the dead lock still holds"
        assert entry().attempts == before.attempts + 1


def test_what_a_killed_kernel_left_is_cleared_away(home):
    record()
    old, fresh = (home / f".progress.json.{name}.tmp" for name in ("old", "fresh"))
    old.touch()
    fresh.touch()  # somebody may be writing it now
    os.utime(old, (0, 0))
    assert record() is None
    assert not old.exists()
    assert fresh.exists()


def test_a_lock_that_is_held_costs_the_record_and_not_the_lesson(home, monkeypatch):
    assert progress._LOCK_SECONDS <= 5
    monkeypatch.setattr(progress, "_LOCK_SECONDS", 0.3)
    record("before")
    holder = run_python(
        "import filelock, sys, time\n"
        "with filelock.FileLock(sys.argv[1]):\n"
        "    print('held', flush=True); time.sleep(60)",
        home / "progress.lock",
    )
    try:
        assert holder.stdout.readline() == "held\n"
        start = time.monotonic()
        notice = record()
        assert time.monotonic() - start < 2
        assert_one_sentence(notice)
        assert "another program has held" in notice
        assert list(progress.load().chapters["00"]) == ["before"]
    finally:
        holder.kill()
        holder.communicate()
    assert record() is None


# --- Damage ----------------------------------------------------------------

DAMAGED = {
    "empty": b"",
    "cut off": document({"f": SOLVED})[:-20].encode(),
    "binary": bytes(range(256)) * 10,
    "zeros": bytes(4096),
    "not an object": b"[1, 2]",
    "another program's": b'{"chapters": {}}',
    "no chapters": json.dumps({"format": RECORD, "version": 1}).encode(),
    "odd version": document({}, version="1").encode(),
    "wrong status": document({"f": SOLVED | {"status": "great"}}).encode(),
    "nan": document({"f": SOLVED | {"score": float("nan")}}).encode(),
    "nested": b"[" * 200_000,
}


@pytest.mark.parametrize("content", DAMAGED.values(), ids=DAMAGED)
def test_a_damaged_file_is_set_aside_whole_and_recording_goes_on(content, home):
    put(content, home)
    notice = record()
    assert_one_sentence(notice)
    assert "damaged" in notice
    [aside] = home.glob("progress.damaged-*.json")
    assert aside.read_bytes() == content
    assert str(aside) in notice
    assert entry().status == "solved"
    assert record() is None


@pytest.mark.skipif(not hasattr(os, "mkfifo"), reason="no named pipes here")
def test_a_pipe_in_place_of_the_record_is_not_waited_for(home):
    put(b"", home).unlink()
    os.mkfifo(progress.path())
    assert "damaged" in record()
    assert record() is None
    assert entry().status == "solved"


def test_loading_a_damaged_file_sets_it_aside_and_shows_the_notice(home):
    put(b"{", home)
    picture = progress.show()
    assert "was damaged" in repr(picture)
    assert "was damaged" in picture._repr_html_()
    assert progress.load().notice is None
    assert len(list(home.glob("progress.damaged-*.json"))) == 1


def test_files_damaged_within_one_second_do_not_replace_each_other(home):
    contents = {b"{%d" % i for i in range(6)}
    for content in contents:
        put(content, home)
        record()
    asides = home.glob("progress.damaged-*.json")
    assert {aside.read_bytes() for aside in asides} == contents


def test_processes_that_find_a_damaged_file_at_once_set_it_aside_once(home):
    put(b"{", home)
    processes = [run_python(WRITER, name, 1) for name in "abcd"]
    said = "".join(process.communicate(timeout=30)[0] for process in processes)
    assert said.count("was damaged") == 1
    assert len(list(home.glob("progress.damaged-*.json"))) == 1
    assert entry("shared").attempts == 4


def test_fields_of_the_future_survive_a_rewrite(home):
    future = SOLVED | {"mood": ["\ud83d", {"deep": 1.5}]}
    file = put(document({"f": future, "g": future}, streak={"days": 9}), home)
    assert record("f", status="wrong") is None
    saved = json.loads(file.read_bytes())
    assert saved["streak"] == {"days": 9}
    assert saved["chapters"]["00"]["f"]["mood"] == future["mood"]
    assert saved["chapters"]["00"]["f"]["attempts"] == 4
    assert saved["chapters"]["00"]["g"] == future


def test_a_file_of_a_newer_version_is_left_untouched_with_a_notice(home, tmp_path):
    content = json.dumps({"format": RECORD, "version": 2, "chapters": "new"})
    file = put(content, home)
    for notice in (record(), progress.load().notice):
        assert_one_sentence(notice)
        assert "newer version" in notice
    other = tmp_path / "other.json"
    other.write_text(document({"f": SOLVED}, EXPORT))
    with pytest.raises(progress.ProgressError, match="newer version"):
        progress.import_(other)
    with pytest.raises(progress.ProgressError, match="newer version"):
        progress.export(tmp_path / "out.json")
    assert file.read_text() == content
    assert [p.name for p in home.glob("*.json")] == ["progress.json"]


# --- Disks that refuse -----------------------------------------------------


def test_a_full_disk_costs_the_record_and_keeps_the_old_one(tmpfs, monkeypatch):
    monkeypatch.setenv("COURSE_HOME", str(tmpfs))
    record("before")
    (tmpfs / "filler").write_bytes(bytes(48 * 1024))
    notice = record("big", answer="x" * 20_000)
    assert_one_sentence(notice)
    assert "No space left" in notice
    assert list(progress.load().chapters["00"]) == ["before"]
    assert not list(tmpfs.glob(".*")), "a half-written file was left behind"
    (tmpfs / "filler").unlink()
    assert record("big", answer="x" * 20_000) is None


def test_a_read_only_disk_costs_the_record_and_can_still_be_read(tmpfs, monkeypatch):
    monkeypatch.setenv("COURSE_HOME", str(tmpfs))
    record("before")
    subprocess.run(["mount", "-o", "remount,ro", str(tmpfs)], check=True)
    notice = record()
    assert_one_sentence(notice)
    assert "Read-only" in notice
    got = progress.load()
    assert (list(got.chapters["00"]), got.notice) == (["before"], None)


def test_a_damaged_file_on_a_read_only_disk_gives_a_notice(tmpfs, monkeypatch):
    monkeypatch.setenv("COURSE_HOME", str(tmpfs))
    put(b"{", tmpfs)
    subprocess.run(["mount", "-o", "remount,ro", str(tmpfs)], check=True)
    assert_one_sentence(record())
    got = progress.load()
    assert got.chapters == {}
    assert_one_sentence(got.notice)
    assert (tmpfs / "progress.json").read_bytes() == b"{"


def test_a_file_in_place_of_the_folder_costs_the_record(home):
    home.write_text("in the way")
    assert_one_sentence(record())
    assert progress.load().chapters == {}
    assert_one_sentence(progress.load().notice)
    assert home.read_text() == "in the way"


def test_a_record_that_cannot_be_read_is_never_replaced(home):
    (home / "progress.json").mkdir(parents=True)
    assert_one_sentence(record())
    assert_one_sentence(progress.load().notice)
    assert (home / "progress.json").is_dir()


def test_a_link_to_a_synchronised_folder_stays_a_link(home, tmp_path):
    home.mkdir()
    elsewhere = tmp_path / "cloud.json"
    try:
        (home / "progress.json").symlink_to(elsewhere)
    except OSError:
        pytest.skip("this system makes no symbolic links")
    record()
    record()
    assert (home / "progress.json").is_symlink()
    assert json.loads(elsewhere.read_text())["chapters"]["00"]["f"]["attempts"] == 2


# --- Export and import -----------------------------------------------------


def test_progress_and_solutions_travel_from_one_session_to_the_next(
    tmp_path, monkeypatch
):
    record("f", answer="def f(x):\n    return 'é 数 \U0001f600'\n")
    record("g", status="wrong", score=0.0, answer="half")
    before = progress.load()
    progress.export(tmp_path / "mine.json")
    monkeypatch.setenv("COURSE_HOME", str(tmp_path / "next"))
    merged = progress.import_(tmp_path / "mine.json")
    assert merged == progress.load() == before
    assert progress.answers("00") == {"f": "def f(x):\n    return 'é 数 \U0001f600'\n"}
    progress.import_(tmp_path / "mine.json")
    assert progress.load() == before, "importing twice must change nothing"


def test_merging_keeps_the_best_of_both_and_the_learners_own_answers(home, tmp_path):
    mine = {
        "both": SOLVED | {"attempts": 1, "answer": "mine", "mood": "unknown"},
        "theirs": SOLVED
        | {"status": "wrong", "score": 0, "first_solved": None, "answer": None},
        "mine": SOLVED | {"attempts": 9},
    }
    theirs = {
        "both": SOLVED
        | {"attempts": 7, "answer": "other", "first_solved": "2025-01-01T00:00:00Z"},
        "theirs": SOLVED | {"attempts": 2, "answer": "other", "latest": "later"},
        "mine": SOLVED | {"status": "partly", "score": 1, "first_solved": None},
        "new": SOLVED | {"strange": [1]},
    }
    file = put(document(mine), home)
    (tmp_path / "in.json").write_text(document(theirs, EXPORT, more=1))
    progress.import_(tmp_path / "in.json")
    got = json.loads(file.read_text())["chapters"]["00"]
    assert got["both"] == mine["both"] | {
        "attempts": 7,
        "first_solved": "2025-01-01T00:00:00Z",
    }
    assert got["theirs"] == SOLVED | {"answer": "other", "latest": "def f(): ..."}
    assert got["mine"] == mine["mine"]
    assert got["new"] == SOLVED
    assert "more" not in json.loads(file.read_text())


def test_a_record_copied_by_hand_can_be_imported(tmp_path):
    (tmp_path / "copy.json").write_text(document({"f": SOLVED}))
    progress.import_(tmp_path / "copy.json")
    assert entry() == progress.Entry(**SOLVED)


def hostile():
    def changed(**fields):
        return document({"f": SOLVED | fields}, EXPORT)

    def named(name):
        return document({name: SOLVED}, EXPORT)

    def drawn(**fields):
        drawing = {"name": "a", "label": 7, "pixels": "00" * 784} | fields
        return document({"f": SOLVED}, EXPORT, drawings=[drawing])

    return DAMAGED | {
        "drawings are no list": document({}, EXPORT, drawings=3),
        "a drawing is no object": document({}, EXPORT, drawings=["x"]),
        "a drawing without pixels": drawn(pixels=None),
        "a drawing of another size": drawn(pixels="00" * 785),
        "a drawing of no digit": drawn(label=10),
        "a drawing with a long name": drawn(name="x" * 101),
        "pickle": b"\x80\x04\x95K\x00\x00\x00\x00\x00\x00\x00\x8c\x05posix",
        "a notebook": b'{"cells": [], "nbformat": 4}',
        "newer": document({}, EXPORT, version=2),
        "too large": b" " * 5_000_001 + document({}, EXPORT).encode(),
        "objects nested": b'{"a":' * 100_000,
        "nested in a field": document({"f": SOLVED}, EXPORT)
        .replace("3", "[" * 100_000 + "]" * 100_000)
        .encode(),
        "infinity": changed(score=float("inf")),
        "overflow": changed().replace("2.0", "1e999"),
        "many digits": changed().replace("3,", "9" * 6000 + ","),
        "negative": changed(attempts=-1),
        "many attempts": changed(attempts=10**12),
        "boolean": changed(attempts=True),
        "text for number": changed(score="2"),
        "odd time": changed(first_solved="yesterday"),
        "impossible time": changed(first_solved="2026-13-01T00:00:00Z"),
        "short time": changed(first_solved="2026-1-1T0:0:0Z"),
        "long answer": changed(answer="x" * 20_001),
        "surrogate": changed(answer="\ud800"),
        "list as answer": changed(latest=["x"]),
        "missing field": document({"f": {"status": "solved"}}, EXPORT),
        "path as name": named("../../etc/passwd"),
        "markup as name": named("<script>"),
        "newline in name": named("f\n"),
        "foreign digits": named("٣"),
        "long name": named("x" * 101),
        "empty name": named(""),
        "list of entries": document([SOLVED], EXPORT),
        "number as entry": document({"f": 1}, EXPORT),
        "a key twice": changed().replace(
            '"attempts": 3', '"attempts": 3, "attempts":4'
        ),
        "chapter twice": changed().replace('"00"', '"00": {}, "00"'),
    }


@pytest.mark.parametrize("content", hostile().values(), ids=hostile())
def test_a_hostile_import_is_refused_and_the_record_untouched(content, home, tmp_path):
    record("before")
    before = progress.path().read_bytes()
    file = tmp_path / "hostile.json"
    file.write_bytes(content if isinstance(content, bytes) else content.encode())
    with pytest.raises(progress.ProgressError) as caught:
        progress.import_(file)
    assert_one_sentence(str(caught.value))
    assert str(caught.value).startswith(f"Nothing was imported from {file}, because ")
    assert len(str(caught.value)) < 400 + len(str(file))
    assert progress.path().read_bytes() == before


def test_importing_what_is_no_file_is_refused_at_once(tmp_path):
    places = [tmp_path, tmp_path / "missing.json", "nul\0byte"]
    if hasattr(os, "mkfifo"):
        os.mkfifo(tmp_path / "pipe")
        places += [tmp_path / "pipe", "/dev/zero"]
    for place in places:
        with pytest.raises(progress.ProgressError, match="Nothing was imported"):
            progress.import_(place)


def test_an_export_replaces_an_earlier_one_whole(tmp_path):
    file = tmp_path / "mine.json"
    record("f")
    progress.export(file)
    record("g")
    progress.export(file)
    assert list(json.loads(file.read_text())["chapters"]["00"]) == ["f", "g"]
    assert not list(tmp_path.glob(".*"))


@pytest.mark.parametrize("content", ["", "notes", "{}", document({"f": SOLVED})])
def test_an_export_never_replaces_a_file_that_is_not_an_export(content, tmp_path):
    file = tmp_path / "precious.json"
    file.write_text(content)
    record()
    with pytest.raises(progress.ProgressError, match="choose another name"):
        progress.export(file)
    assert file.read_text() == content


def test_an_export_never_replaces_one_that_holds_more_solutions(tmp_path):
    file = tmp_path / "mine.json"
    content = document({"f": SOLVED, "g": SOLVED}, EXPORT)
    file.write_text(content)
    record("f")
    with pytest.raises(progress.ProgressError, match="import it first"):
        progress.export(file)
    assert file.read_text() == content
    progress.import_(file)
    progress.export(file)


def test_an_export_to_a_place_that_cannot_be_written_says_so(tmp_path, home):
    record()
    places = [tmp_path / "missing" / "x.json", tmp_path, home / "progress.json"]
    for place in [*places, "nul\0byte"]:
        with pytest.raises(progress.ProgressError, match="Nothing was exported"):
            progress.export(place)


def test_the_largest_records_can_still_be_exported_and_imported(home, tmp_path):
    long = SOLVED | {"answer": "x" * 20_000, "latest": "y" * 20_000}
    put(document({f"f{i}": long for i in range(200)}), home)
    with_long = tmp_path / "long.json"
    progress.export(with_long)
    (home / "progress.json").unlink()
    progress.import_(with_long)
    assert len(progress.answers("00")) == 200
    put(document({f"f{i}": long for i in range(300)}), home)
    with pytest.raises(progress.ProgressError, match=r"copy .*progress\.json instead"):
        progress.export(tmp_path / "longer.json")


# --- Showing ---------------------------------------------------------------


@pytest.fixture
def three_chapters(monkeypatch):
    """Chapters 97 (four exercises), 98 (none) and 99 (fails to import)."""

    def chapter(number, title):
        return chapters.Chapter(number, "slug", title, 1, (), "nothing")

    table = (chapter("97", "Try <b> & more"), chapter("98", "Read"), chapter("99", "X"))
    monkeypatch.setattr(chapters, "CHAPTERS", table)
    for number, names in (("97", "abcd"), ("98", "")):
        module = types.ModuleType(f"course_utils.exercises.chapter_{number}")
        module.exercises = {
            name: types.SimpleNamespace(name=name, title=f"Task <{name}>", points=1)
            for name in names
        }
        monkeypatch.setitem(sys.modules, module.__name__, module)
    record("a", chapter="97")
    record("b", chapter="97", status="partly")
    record("c", chapter="97", status="wrong")
    record("gone", chapter="97")
    record("z", chapter="99")


@pytest.mark.usefixtures("three_chapters")
def test_the_summary_lists_every_chapter_in_order_even_a_broken_one():
    rows = progress.summary()
    counts = [(r.number, r.solved, r.attempted, r.total) for r in rows]
    assert counts == [("97", 1, 3, 4), ("98", 0, 0, 0), ("99", 1, 1, None)]
    assert rows[0].states == (
        ("Task <a>", "solved"),
        ("Task <b>", "partly"),
        ("Task <c>", "wrong"),
        ("Task <d>", None),
    )


def test_the_summary_covers_the_real_chapters():
    numbers = [row.number for row in progress.summary()]
    assert numbers == [chapter.number for chapter in chapters.CHAPTERS]


@pytest.mark.usefixtures("three_chapters")
def test_the_picture_is_well_formed_labelled_and_names_each_state():
    [svg] = ElementTree.fromstring(progress.show()._repr_html_())
    assert svg.get("role") == "img"
    label = svg.get("aria-label")
    assert "chapter 97, Try <b> & more: 1 of 4 solved" in label
    assert "chapter 99, X: 1 solved (its exercises cannot be listed)" in label
    space = "{http://www.w3.org/2000/svg}"
    tooltips = [title.text for title in svg.iter(f"{space}title")]
    assert tooltips[:4] == [
        "Task <a>: solved",
        "Task <b>: partly right",
        "Task <c>: tried",
        "Task <d>: not tried yet",
    ]
    assert "1 of 4 solved" in [text.text for text in svg.iter(f"{space}text")]


def test_the_states_differ_in_form_and_not_only_in_colour():
    def form(status):
        square = progress._square(0, 0, status, "")
        colours = r"var\([^)]*\)|#[0-9a-f]{3,6}|currentColor"
        return re.sub(colours, "", square)

    assert len({form(s) for s in ("solved", "partly", "wrong", None)}) == 4


@pytest.mark.usefixtures("three_chapters")
def test_the_text_says_the_same_as_the_picture():
    lines = repr(progress.show()).splitlines()
    assert "97  Try <b> & more  1 of 4 solved" in lines
    assert "    [x] Task <a>: solved" in lines
    assert "    [/] Task <b>: partly right" in lines
    assert "    [.] Task <c>: tried" in lines
    assert "    [ ] Task <d>: not tried yet" in lines
    assert lines[-1] == f"Kept in {progress.path()}"


@pytest.mark.usefixtures("three_chapters")
def test_a_notebook_receives_both_the_picture_and_the_text():
    from IPython.core.formatters import DisplayFormatter

    data, _ = DisplayFormatter().format(progress.show())
    assert data["text/html"].startswith("<div><svg role=")
    assert data["text/plain"].startswith("Your progress\n")


# --- Commands --------------------------------------------------------------


@pytest.mark.usefixtures("three_chapters")
def test_the_commands_show_export_and_import(tmp_path, monkeypatch, capsys):
    file = tmp_path / "mine.json"
    assert progress.command_show() == 0
    assert "1 of 4 solved" in capsys.readouterr().out
    assert progress.command_export(str(file)) == 0
    assert str(file) in capsys.readouterr().out
    monkeypatch.setenv("COURSE_HOME", str(tmp_path / "next"))
    assert progress.command_import(str(file)) == 0
    assert "3 solved" in capsys.readouterr().out


def test_a_command_that_fails_says_why_and_returns_one(tmp_path, capsys):
    assert progress.command_import(tmp_path / "missing.json") == 1
    assert "Nothing was imported" in capsys.readouterr().err
    assert progress.command_export(tmp_path) == 1
    assert "Nothing was exported" in capsys.readouterr().err


def test_a_terminal_that_lacks_a_character_gets_the_rest(monkeypatch):
    terminal = io.TextIOWrapper(io.BytesIO(), encoding="ascii")
    monkeypatch.setattr(sys, "stdout", terminal)
    monkeypatch.setenv("COURSE_HOME", str(Path("somewhere", "Zoë")))
    assert progress.command_show() == 0
    terminal.flush()
    assert b"Zo?" in terminal.buffer.getvalue()
