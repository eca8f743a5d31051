"""Submissions made to do harm: each is refused with a sentence, the class goes on.

In tests/instructors/test_grade.py: hostile code in a notebook, damaged and empty
notebooks, floods of output, an interrupt, a kill, a lost worker.
"""

import argparse
import os
import types
import zipfile

import nbformat
import pytest

pytest.importorskip("nbgrader")

from course_utils import chapters
from course_utils.instructors import collect, grade, nbgrader_course, report, results

CHAPTER = chapters.chapter("02")
ASSIGNMENT = "chapter_02"
MINE = f"ann/{ASSIGNMENT}/{CHAPTER.name}.ipynb"
NOTEBOOK = nbformat.writes(
    nbformat.v4.new_notebook(cells=[nbformat.v4.new_code_cell("1 + 1")])
).encode()


def zipped(path, files, how=zipfile.ZIP_DEFLATED):
    with zipfile.ZipFile(path, "w", how) as archive:
        for name, content in files.items():
            archive.writestr(name, content)
    return path


def read(*sources):
    return collect.read(list(sources), {ASSIGNMENT: CHAPTER}, {ASSIGNMENT: set()})


@pytest.fixture
def course(tmp_path):
    """Stand for a course: what the placing of submissions needs of it."""
    folder = tmp_path / "course"
    place = f"{CHAPTER.name}.ipynb"
    return types.SimpleNamespace(
        folder=folder,
        notebook=lambda assignment, step, who: folder / step / who / assignment / place,
    )


def everything_below(folder):
    return {p.relative_to(folder).as_posix() for p in folder.rglob("*") if p.is_file()}


OUTSIDE = [
    "../../../evil.txt",
    "{folder}/evil.txt",
    "/{folder}/evil.txt",
    "x/../../../../evil.txt",
    "..\\..\\..\\evil.txt",
    "./../../evil.txt",
    "C:/evil.txt",
    "C:\\evil.txt",
]


@pytest.mark.parametrize("name", OUTSIDE)
@pytest.mark.parametrize("before", [f"ann/{ASSIGNMENT}/", ""])
def test_no_name_in_a_zip_file_leads_out_of_the_learners_folder(
    name, before, course, tmp_path
):
    name = before + name.format(folder=str(tmp_path).lstrip("/"))
    archive = zipped(tmp_path / "all.zip", {MINE: NOTEBOOK, name: b"evil"})
    found, notes = read(archive)
    for submission in found:
        assert grade._place(course, submission, notes)
    outside = everything_below(tmp_path) - {"all.zip"}
    allowed = f"course/submitted/ann/{ASSIGNMENT}/"
    assert all(each.startswith(allowed) for each in outside), outside
    assert f"{allowed}{CHAPTER.name}.ipynb" in outside
    assert not (tmp_path.parent / "evil.txt").exists()


@pytest.mark.parametrize("name", ["bob_02.ipynb", "../bob_02.ipynb", "/bob_02.ipynb"])
def test_a_name_that_leads_out_is_said(name, tmp_path):
    found, notes = read(zipped(tmp_path / "all.zip", {MINE: NOTEBOOK, name: NOTEBOOK}))
    leads_out = name != "bob_02.ipynb"
    assert [each.student for each in found] == ["ann"] + ["bob"] * (not leads_out)
    assert any("leads out of its folder" in note for note in notes) == leads_out


def test_a_path_of_windows_is_refused_where_the_file_is_written(tmp_path):
    (tmp_path / "mine").mkdir()
    with pytest.raises(ValueError, match="leads out"):
        grade._write_inside(tmp_path / "mine", f"{tmp_path}/evil.txt", b"evil")
    assert everything_below(tmp_path) == set()


def test_a_file_and_a_folder_of_one_name_hold_nobody_up(course, tmp_path):
    files = {MINE: NOTEBOOK}
    for name in ("x", "x/y", "n" * 300):
        files[f"ann/{ASSIGNMENT}/{name}"] = b"1"
    found, notes = read(zipped(tmp_path / "all.zip", files))
    assert grade._place(course, found[0], notes)
    assert sum("was left out" in n and "its file" in n for n in notes) == 2
    placed = course.folder / "submitted" / "ann" / ASSIGNMENT
    assert "x" in everything_below(placed)


def test_a_zip_file_that_unpacks_to_gigabytes_is_read_up_to_a_limit(
    tmp_path, monkeypatch
):
    assert collect.LARGEST * 20 <= collect.ALTOGETHER <= 2e9
    monkeypatch.setattr(collect, "ALTOGETHER", 10_000_000)
    files = {f"{n:02}_02.ipynb": bytes(3_000_000) for n in range(8)}
    archive = zipped(tmp_path / "all.zip", {MINE: NOTEBOOK, **files})
    assert archive.stat().st_size < 100_000
    found, notes = read(archive)
    assert sum(len(each.data) for each in found) <= 10_000_000
    assert [each.student for each in found][-1] == "ann"
    assert sum("in a call of its own" in note for note in notes) == 5


def too_large(path):
    zipped(path, {MINE: NOTEBOOK, "bob_02.ipynb": bytes(collect.LARGEST + 1)})


def lying(path):
    """An entry that unpacks to more than the directory says."""
    zipped(path, {MINE: NOTEBOOK, "bob_02.ipynb": bytes(10**6)})
    content = path.read_bytes()
    at = content.rindex((10**6).to_bytes(4, "little"))
    path.write_bytes(content[:at] + (100).to_bytes(4, "little") + content[at + 4 :])


def packed_oddly(path):
    zipped(path, {MINE: NOTEBOOK})
    with zipfile.ZipFile(path, "a", zipfile.ZIP_LZMA) as archive:
        archive.writestr("bob_02.ipynb", NOTEBOOK)


def damaged_inside(path):
    zipped(path, {MINE: NOTEBOOK, "bob_02.ipynb": os.urandom(5000).hex()})
    content = bytearray(path.read_bytes())
    content[-4000:-3800] = bytes(200)
    path.write_bytes(content)


def encrypted(path):
    zipped(path, {MINE: NOTEBOOK, "bob_02.ipynb": NOTEBOOK})
    content = bytearray(path.read_bytes())
    content[content.rindex(b"PK\x01\x02") + 8] |= 1
    path.write_bytes(content)


@pytest.mark.parametrize(
    ("make", "why"),
    [
        (too_large, "it is too large."),
        (lying, "it cannot be unpacked"),
        (packed_oddly, "it is packed in a way that is not usual"),
        (damaged_inside, "it cannot be unpacked"),
        (encrypted, "it cannot be unpacked"),
    ],
)
def test_a_bad_entry_is_left_out_and_the_others_are_read(make, why, tmp_path):
    make(tmp_path / "all.zip")
    found, notes = read(tmp_path / "all.zip")
    assert [each.student for each in found] == ["ann"]
    (note,) = notes
    assert note.startswith(f"bob_02.ipynb was left out: {why}")
    assert "\n" not in note


def test_a_zip_file_whose_directory_is_damaged_is_refused(tmp_path):
    path = zipped(tmp_path / "all.zip", {MINE: NOTEBOOK})
    path.write_bytes(path.read_bytes().replace(b"PK\x01\x02", b"XXXX"))
    with pytest.raises(collect.CollectError, match="damaged zip file"):
        read(path)


@pytest.mark.skipif(os.name == "nt", reason="Windows restricts symbolic links")
def test_a_symbolic_link_is_never_followed(course, tmp_path):
    (tmp_path / "secret.txt").write_text("secret")
    (tmp_path / "secret.ipynb").write_bytes(NOTEBOOK)
    archive = tmp_path / "all.zip"
    link = zipfile.ZipInfo(f"ann/{ASSIGNMENT}/link.txt")
    link.external_attr = 0o120777 << 16  # a symbolic link, says the entry
    with zipfile.ZipFile(archive, "w") as file:
        file.writestr(MINE, NOTEBOOK)
        file.writestr(link, str(tmp_path / "secret.txt"))
    found, notes = read(archive)
    assert grade._place(course, found[0], notes)
    placed = course.folder / "submitted" / "ann" / ASSIGNMENT / "link.txt"
    assert not placed.is_symlink()
    assert placed.read_text() != "secret"

    folder = tmp_path / "handed in"
    folder.mkdir()
    (folder / "bob_02.ipynb").symlink_to(tmp_path / "secret.ipynb")
    (folder / "cat").symlink_to(tmp_path)
    assert read(folder)[0] == []


def test_a_name_cannot_steer_the_teachers_terminal(tmp_path, capsys):
    name = "\x1b]0;owned\x07\x1b[2J\ncat.pdf"
    _, notes = read(zipped(tmp_path / "all.zip", {MINE: NOTEBOOK, name: b"x"}))
    (note,) = notes
    said = grade._printable(note)
    assert said.isprintable()
    assert "owned" in said


NESTED = b'{"nbformat": 4, "cells": ' + b"[" * 100_000 + b"]" * 100_000 + b"}"
HEAD, TAIL = b'{"nbformat": 4, "nbformat_minor": 5, "metadata": {}, "cells": ', b"}"
NO_NOTEBOOKS = {
    "a merge conflict": b"<<<<<<< HEAD\n" + NOTEBOOK + b"\n=======\n>>>>>>> b\n",
    "cut off": NOTEBOOK[: len(NOTEBOOK) // 2],
    "zeros": bytes(5000),
    "binary": bytes(range(256)) * 20,
    "a list": b"[]",
    "a number": b"1e9999",
    "nested": NESTED,
    "cells are a number": HEAD + b"1" + TAIL,
    "a cell is a text": HEAD + b'["x"]' + TAIL,
    "a cell without a source": HEAD + b'[{"cell_type": "code"}]' + TAIL,
    "no cells": HEAD + b"[]" + TAIL,
}


@pytest.mark.parametrize("content", NO_NOTEBOOKS.values(), ids=NO_NOTEBOOKS)
def test_what_is_no_notebook_has_no_score_and_says_why(content, course, tmp_path):
    path = tmp_path / "bob_02.ipynb"
    path.write_bytes(content)
    found, notes = read(path)
    for submission in found:
        assert not grade._place(course, submission, notes)
    (note,) = notes
    assert note.startswith("bob_02.ipynb")
    assert "the notebook" in note or "the file" in note
    assert not course.folder.exists()


# What the course itself has written, damaged later.


def options(course):
    return argparse.Namespace(
        submissions=["x"],
        course=str(course),
        scheduler=None,
        workers=1,
        output=None,
        anonymous=False,
    )


@pytest.mark.parametrize("command", [grade.command, report.command])
def test_a_damaged_gradebook_gets_a_sentence_and_is_left_alone(
    command, tmp_path, capsys, monkeypatch
):
    monkeypatch.setattr(nbgrader_course, "assigned", lambda _: {ASSIGNMENT: CHAPTER})
    (tmp_path / "nbgrader_config.py").write_text(
        f"c = get_config()\nc.CourseDirectory.root = {str(tmp_path)!r}\n"
    )
    (tmp_path / "gradebook.db").write_bytes(b"no data base " * 500)
    assert command(options(tmp_path)) == 1
    said = capsys.readouterr().err
    assert said.count("\n") == 1
    assert "copy of gradebook.db" in said
    assert (tmp_path / "gradebook.db").read_bytes() == b"no data base " * 500


def test_a_full_disk_ends_the_grading_with_a_sentence(monkeypatch, capsys):
    def full(options):
        raise OSError(28, "No space left on device", "grades/x.json")

    monkeypatch.setattr(grade, "_grade", full)
    assert grade.command(options("course")) == 1
    said = capsys.readouterr().err
    assert "refused grades/x.json (No space left on device)" in said
    assert "call the same command again" in said


@pytest.mark.parametrize("content", ["{", "[]", "", "\x00", "{}"])
def test_a_list_of_learners_is_set_aside_if_it_is_damaged(content, tmp_path):
    course = types.SimpleNamespace(folder=tmp_path)
    assert results.set_aside_damaged(course) == []
    path = tmp_path / "grades" / "lms.json"
    path.parent.mkdir()
    path.write_text(content)
    notes = results.set_aside_damaged(course)
    (kept,) = path.parent.iterdir()
    assert kept.read_text() == content
    assert (kept == path) == (content == "{}")
    assert [kept.name in note for note in notes] == [True] * (kept != path)


@pytest.mark.parametrize("content", ["{", "[]", "null", '{"cells": []}', ""])
def test_a_damaged_result_counts_as_none(content, tmp_path, monkeypatch):
    path = tmp_path / "result.json"
    path.write_text(content)
    monkeypatch.setattr(grade, "_place_of_result", lambda *_: path)
    assert grade._kept(None, None) is None
