"""The settings of a course."""

from datetime import UTC, datetime

import pytest

from course_utils import chapters
from course_utils.instructors import settings

EXERCISES = chapters.chapter("02").exercises()


def read(tmp_path, text, *numbers, encoding="utf-8"):
    path = tmp_path / "course.toml"
    path.write_bytes(text.encode(encoding))
    return settings.read(path, numbers)


def test_without_a_file_every_exercise_counts_what_the_chapter_says():
    read = settings.read(None, ["02"])
    assert read.late is None
    chapter = read.chapters["02"]
    assert (chapter.due, chapter.withhold) == (None, ())
    assert chapter.points == {name: each.points for name, each in EXERCISES.items()}
    assert list(chapter.points) == list(EXERCISES)


def test_the_example_that_a_new_course_holds_says_what_is_true(tmp_path):
    assert read(tmp_path, settings.EXAMPLE, "02") == settings.read(None, ["02"])
    lines = settings.EXAMPLE.splitlines()[3:]
    chosen = read(tmp_path, "\n".join(line.removeprefix("# ") for line in lines), "02")
    assert chosen.time_zone == "Europe/Berlin"
    assert chosen.exchange == "/srv/exchange"
    assert chosen.late == settings.Late(10, 1, 50)
    assert chosen.chapters["02"] == settings.ChapterSettings(
        {"relu": 2, "softmax": EXERCISES["softmax"].points},
        ("relu",),
        datetime(2026, 3, 1, 11, tzinfo=UTC),
    )


def test_points_change_some_and_leave_out_those_with_0(tmp_path):
    text = "[chapters.02]\npoints = { relu = 4, softmax = 0.5, sigmoid = 0 }"
    points = read(tmp_path, text, "02").chapters["02"].points
    usual = {name: each.points for name, each in EXERCISES.items()}
    del usual["sigmoid"]
    assert points == {**usual, "relu": 4, "softmax": 0.5}


def test_all_solutions_are_withheld_with_one_word(tmp_path):
    chosen = read(tmp_path, "[chapters.02]\nwithhold = true", "02").chapters["02"]
    assert chosen.withhold == tuple(EXERCISES)


@pytest.mark.parametrize(
    ("written", "zone", "utc"),
    [
        ("2026-03-01", "UTC", (3, 1, 23, 59)),
        ("2026-03-01T12:00", "Europe/Berlin", (3, 1, 11, 0)),
        ("2026-07-01T12:00", "Europe/Berlin", (7, 1, 10, 0)),  # summer time
        ("2026-07-01T12:00+05:30", "Europe/Berlin", (7, 1, 6, 30)),
    ],
)
def test_a_due_date_is_in_the_time_zone_of_the_course(written, zone, utc):
    assert settings.due_date(written, zone) == datetime(2026, *utc, tzinfo=UTC)


def test_a_file_of_windows_notepad_is_read(tmp_path):
    text = 'time_zone = "Europe/Berlin"\r\n'
    assert read(tmp_path, text, encoding="utf-8-sig").time_zone == "Europe/Berlin"


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("[chapters.02]\npoints = { rleu = 2 }", ["'rleu'", "did you mean 'relu'?"]),
        ('[chapters.02]\nwithhold = ["sofmax"]', ["withhold", "'softmax'"]),
        (
            '[chapters.02]\nonly = ["relu"]\npoints = { neuron = 1 }',
            ["only leaves out"],
        ),
        ("[chapters.02]\npoint = {}", ["'point'", "did you mean 'points'?"]),
        ("[chapters.02]\npoints = 3", ["chapters.02.points is a table"]),
        ("[chapters.02]\npoints = { relu = -1 }", ["from 0 to 1,000", "-1"]),
        ("[chapters.02]\npoints = { relu = true }", ["points.relu is a number"]),
        ("[chapters.02]\npoints = { relu = nan }", ["points.relu is a number"]),
        ('[chapters.02]\ndue = "tomorrow"', ["'tomorrow' is not a date"]),
        ("[chapters.02]\ndue = 3", ["3 is not a date"]),
        ('[chapters.02]\nonly = "relu"', ["list of names"]),
        ("chapters = 2", ["chapters is a table"]),
        ("[chapters.77]", ["no chapter '77'", "00, 01"]),
        ("[chapter.02]", ["'chapter'", "did you mean 'chapters'?"]),
        ("[late]\nper_week = 3", ["'per_week'", "per_day"]),
        ("[late]\nmost = 3", ["no per_day"]),
        ("[late]\nper_day = 101", ["late.per_day", "from 0 to 100"]),
        ('time_zone = "Berlin"', ["'Berlin'", "Europe/Berlin"]),
        ('time_zone = "PST"', ["'PST'"]),  # which dateutil takes for UTC
        ("exchange = 3", ["exchange is a text"]),
        ("x = \n", ["not valid TOML", "line 1"]),
    ],
)
def test_what_has_no_meaning_is_refused_with_its_place(tmp_path, text, words):
    with pytest.raises(settings.SettingsError) as caught:
        read(tmp_path, text, "02")
    for word in ("course.toml", *words):
        assert word in str(caught.value)


def test_a_file_in_another_encoding_gets_a_sentence(tmp_path):
    with pytest.raises(settings.SettingsError, match="not UTF-8"):
        read(tmp_path, "# für", encoding="latin-1")
