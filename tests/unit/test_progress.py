import io
import json
import os
import sys
import types
from pathlib import Path
from xml.etree import ElementTree

import pytest

from course_utils import chapters, progress, store
from course_utils.commands import parse

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


def record(name="f", status="solved", chapter="00", **changes):
    values = {"score": 2.0, "points": 2.0, "answer": f"source of {name}"} | changes
    return progress.record(chapter, name, status=status, **values)


def entry(name="f", chapter="00"):
    return progress.load().chapters[chapter][name]


def answers():
    found = progress.load().chapters["00"].items()
    return {name: entry.answer for name, entry in found if entry.answer}


def document(entries, format=EXPORT, **more):
    return json.dumps(
        {"format": format, "version": 1, "chapters": {"00": entries}, **more}
    )


def put(entries, tmp_path):
    """Write an export and import it."""
    (tmp_path / "put.json").write_text(document(entries), encoding="utf-8")
    return progress.import_(tmp_path / "put.json")


def assert_one_sentence(text):
    assert isinstance(text, str)
    assert text.endswith(".")
    assert "\n" not in text
    assert "Traceback" not in text


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
    assert answers() == {"f": "second"}


def test_the_best_status_and_score_are_kept_before_anything_is_solved():
    record(status="partly", score=1.0)
    record(status="wrong", score=0.5)
    got = entry()
    assert (got.status, got.score, got.first_solved) == ("partly", 1.0, None)
    assert answers() == {}


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
    record("fits", answer="x" * store.MAX_ANSWER)
    record("long", answer="é" * 10**6)
    assert entry("fits").answer == "x" * store.MAX_ANSWER
    assert len(entry("long").answer) == store.MAX_ANSWER
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
    assert store.path() == home / "course.sqlite"
    monkeypatch.delenv("COURSE_HOME")
    monkeypatch.setenv("XDG_DATA_HOME", str(tmp_path / "data"))
    assert store.folder().name == "deep-learning-course"
    if sys.platform == "linux":
        assert store.folder() == tmp_path / "data" / "deep-learning-course"


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
    assert answers() == {"f": "def f(x):\n    return 'é 数 \U0001f600'\n"}
    progress.import_(tmp_path / "mine.json")
    assert progress.load() == before, "importing twice must change nothing"


def test_merging_keeps_the_best_of_both_and_the_learners_own_answers(tmp_path):
    mine = {
        "both": SOLVED | {"attempts": 1, "answer": "mine"},
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
    put(mine, tmp_path)
    got = put(theirs, tmp_path).chapters["00"]
    earlier = {"attempts": 7, "first_solved": "2025-01-01T00:00:00Z"}
    assert got == {
        "both": progress.Entry(**mine["both"] | earlier),
        "theirs": progress.Entry(**SOLVED | {"answer": "other"}),
        "mine": progress.Entry(**mine["mine"]),
        "new": progress.Entry(**SOLVED),
    }
    assert progress.load().chapters["00"] == got


def test_a_record_copied_by_hand_can_be_imported(tmp_path):
    (tmp_path / "copy.json").write_text(document({"f": SOLVED}, RECORD))
    progress.import_(tmp_path / "copy.json")
    assert entry() == progress.Entry(**SOLVED)


def hostile():
    def changed(**fields):
        return document({"f": SOLVED | fields})

    def named(name):
        return document({name: SOLVED})

    def drawn(**fields):
        drawing = {"name": "a", "label": 7, "pixels": "00" * 784} | fields
        return document({"f": SOLVED}, drawings=[drawing])

    return {
        "empty": b"",
        "cut off": document({"f": SOLVED})[:-20].encode(),
        "binary": bytes(range(256)) * 10,
        "zeros": bytes(4096),
        "not an object": b"[1, 2]",
        "another program's": b'{"chapters": {}}',
        "no table of chapters": document({}, chapters=[1]).encode(),
        "nested": b"[" * 200_000,
        "drawings are no list": document({}, drawings=3),
        "a drawing is no object": document({}, drawings=["x"]),
        "a drawing without pixels": drawn(pixels=None),
        "a drawing of another size": drawn(pixels="00" * 785),
        "a drawing of no digit": drawn(label=10),
        "a drawing with a long name": drawn(name="x" * 101),
        "pickle": b"\x80\x04\x95K\x00\x00\x00\x00\x00\x00\x00\x8c\x05posix",
        "a notebook": b'{"cells": [], "nbformat": 4}',
        "newer": document({}, version=2),
        "too large": b" " * progress.MAX_IMPORT + document({}).encode(),
        "objects nested": b'{"a":' * 100_000,
        "nested in a field": document({"f": SOLVED})
        .replace("3", "[" * 100_000 + "]" * 100_000)
        .encode(),
        "infinity": changed(score=float("inf")),
        "overflow": changed().replace("2.0", "1e999"),
        "many digits": changed().replace("3,", "9" * 6000 + ","),
        "negative": changed(attempts=-1),
        "many attempts": changed(attempts=10**12),
        "text for number": changed(score="2"),
        "odd time": changed(first_solved="yesterday"),
        "impossible time": changed(first_solved="2026-13-01T00:00:00Z"),
        "short time": changed(first_solved="2026-1-1T0:0:0Z"),
        "long answer": changed(answer="x" * 20_001),
        "surrogate": changed(answer="\ud800"),
        "list as answer": changed(latest=["x"]),
        "missing field": document({"f": {"status": "solved"}}),
        "path as name": named("../../etc/passwd"),
        "markup as name": named("<script>"),
        "newline in name": named("f\n"),
        "foreign digits": named("٣"),
        "long name": named("x" * 101),
        "empty name": named(""),
        "list of entries": document([SOLVED]),
        "number as entry": document({"f": 1}),
    }


@pytest.mark.parametrize("content", hostile().values(), ids=hostile())
def test_a_hostile_import_is_refused_and_the_record_untouched(content, tmp_path):
    record("before")
    before = store.path().read_bytes()
    file = tmp_path / "hostile.json"
    file.write_bytes(content if isinstance(content, bytes) else content.encode())
    with pytest.raises(progress.ProgressError) as caught:
        progress.import_(file)
    assert_one_sentence(str(caught.value))
    assert str(caught.value).startswith(f"Nothing was imported from {file}, because ")
    assert len(str(caught.value)) < 400 + len(str(file))
    assert store.path().read_bytes() == before


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


@pytest.mark.parametrize(
    "content", ["", "notes", "{}", document({"f": SOLVED}, RECORD)]
)
def test_an_export_never_replaces_a_file_that_is_not_an_export(content, tmp_path):
    file = tmp_path / "precious.json"
    file.write_text(content)
    record()
    with pytest.raises(progress.ProgressError, match="choose another name"):
        progress.export(file)
    assert file.read_text() == content


def test_an_export_never_replaces_one_that_holds_more_solutions(tmp_path):
    file = tmp_path / "mine.json"
    content = document({"f": SOLVED, "g": SOLVED})
    file.write_text(content)
    record("f")
    with pytest.raises(progress.ProgressError, match="import it first"):
        progress.export(file)
    assert file.read_text() == content
    progress.import_(file)
    progress.export(file)


def test_an_export_to_a_place_that_cannot_be_written_says_so(tmp_path, home):
    record()
    places = [tmp_path / "missing" / "x.json", tmp_path, home / "course.sqlite"]
    for place in [*places, "nul\0byte"]:
        with pytest.raises(progress.ProgressError, match="Nothing was exported"):
            progress.export(place)


def test_all_that_a_learner_can_record_fits_into_an_export(tmp_path):
    names = [f"f{i}" for i in range(300)]  # the course has fewer exercises
    long = SOLVED | {"answer": "x" * 20_000, "latest": "y" * 20_000}
    put(dict.fromkeys(names, long), tmp_path)
    progress.export(tmp_path / "long.json")
    assert (tmp_path / "long.json").stat().st_size < progress.MAX_IMPORT
    assert list(progress.import_(tmp_path / "long.json").chapters["00"]) == names


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
    table, legend = ElementTree.fromstring(progress.show()._repr_html_())
    assert table.get("aria-label") == "Your progress"
    cells = [["".join(cell.itertext()) for cell in row] for row in table]
    assert cells == [
        ["97 Try <b> & more", "1 of 4 solved", "✓•"],
        ["98 Read", "0 of 0 solved", ""],
        ["99 X", "1 solved (its exercises cannot be listed)", "✓"],
    ]
    assert [box.get("title") for box in table[0][2]] == [
        "Task <a>: solved",
        "Task <b>: partly right",
        "Task <c>: tried",
        "Task <d>: not tried yet",
    ]
    assert [each.tail for box in legend for each in box] == [
        "solved",
        "partly right",
        "tried",
        "not tried yet",
    ]


def test_the_states_differ_in_form_and_not_only_in_colour():
    forms = {
        (sign, "gradient" in style)
        for sign, style in map(progress._BOXES.get, ("solved", "partly", "wrong", None))
    }
    assert len(forms) == 4


@pytest.mark.usefixtures("three_chapters")
def test_the_text_says_the_same_as_the_picture():
    lines = repr(progress.show()).splitlines()
    assert "97  Try <b> & more  1 of 4 solved" in lines
    assert "    [x] Task <a>: solved" in lines
    assert "    [/] Task <b>: partly right" in lines
    assert "    [.] Task <c>: tried" in lines
    assert "    [ ] Task <d>: not tried yet" in lines
    assert lines[-1] == f"Kept in {store.path()}"


@pytest.mark.usefixtures("three_chapters")
def test_a_notebook_receives_both_the_picture_and_the_text():
    from IPython.core.formatters import DisplayFormatter

    data, _ = DisplayFormatter().format(progress.show())
    assert data["text/html"].startswith("<div><table aria-label=")
    assert data["text/plain"].startswith("Your progress\n")


# --- Commands --------------------------------------------------------------


def command(*words):
    return progress.command(parse(["progress", *map(str, words)]))


@pytest.mark.usefixtures("three_chapters")
def test_the_commands_show_export_and_import(tmp_path, monkeypatch, capsys):
    file = tmp_path / "mine.json"
    assert command() == 0
    assert "1 of 4 solved" in capsys.readouterr().out
    assert command("export", file) == 0
    assert str(file) in capsys.readouterr().out
    monkeypatch.setenv("COURSE_HOME", str(tmp_path / "next"))
    assert command("import", file) == 0
    assert "3 solved" in capsys.readouterr().out


def test_a_command_that_fails_says_why_and_returns_one(tmp_path, capsys):
    assert command("import", tmp_path / "missing.json") == 1
    assert "Nothing was imported" in capsys.readouterr().err
    assert command("export", tmp_path) == 1
    assert "Nothing was exported" in capsys.readouterr().err


def test_a_terminal_that_lacks_a_character_gets_the_rest(monkeypatch):
    terminal = io.TextIOWrapper(io.BytesIO(), encoding="ascii")
    monkeypatch.setattr(sys, "stdout", terminal)
    monkeypatch.setenv("COURSE_HOME", str(Path("somewhere", "Zoë")))
    assert command() == 0
    terminal.flush()
    assert b"Zo?" in terminal.buffer.getvalue()
