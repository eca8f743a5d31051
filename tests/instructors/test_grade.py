"""`course grade`: the whole class gets exactly what it deserves, every time."""

import contextlib
import csv
import io
import json
import os
import shutil
import signal
import subprocess
import sys
import threading
import time
import zipfile
from pathlib import Path

import psutil
import pytest

pytest.importorskip("nbgrader")

from course_utils.instructors import collect, gradebook, isolation, results, worker
from tests.instructors import classroom
from tests.instructors.classroom import (
    ASSIGNMENT,
    CHAPTER,
    MISTAKES,
    SOLVED,
    UNTOUCHED,
    call_grade,
    hand_in,
    points,
    released,
    solved,
    the_class,
    to_bytes,
)


@pytest.fixture(scope="module")
def pristine(tmp_path_factory):
    """A course in which nobody has handed in anything."""
    return classroom.make_course(tmp_path_factory.mktemp("pristine") / "cs101")


@pytest.fixture
def course(pristine, tmp_path):
    """A copy of it."""
    return Path(shutil.copytree(pristine, tmp_path / "cs101"))


def table(path: Path) -> list[dict[str, str]]:
    return list(csv.DictReader(io.StringIO(path.read_text("utf-8"))))


def outputs(course, student: str) -> str:
    path = course / "autograded" / student / ASSIGNMENT / f"{CHAPTER.name}.ipynb"
    return path.read_text("utf-8")


# The class


@pytest.mark.parametrize("workers", [1, 2])
def test_a_class_with_every_kind_of_trouble_gets_exactly_its_points(
    course, workers, capsys
):
    handed = the_class(course)
    folder = hand_in(course, {name: data for name, (data, _) in handed.items()})

    assert call_grade(course, folder, workers=workers) == 0

    said = capsys.readouterr().out
    assert points(course) == {n: p for n, (_, p) in handed.items() if p is not None}
    mistakes = {
        row["student"]: row["mistake"]
        for row in table(course / "grades" / "exercises.csv")
        if row["exercise"] == "sigmoid"
    }
    for number, each in enumerate(MISTAKES):
        assert mistakes[f"mistake_{number}"] == each.name
    for name in ("not_a_notebook", "empty"):
        assert f"({name}) has no score" in said
    assert len(outputs(course, "flood")) < 3_000_000
    assert "all patched" in outputs(course, "patched_scorer")


def test_what_is_graded_is_not_graded_again_and_a_new_version_is(
    course, pristine, capsys
):
    blank = to_bytes(released(pristine))
    folder = hand_in(course, {"ann": solved(pristine), "bob": blank})
    assert call_grade(course, folder) == 0
    before = outputs(course, "ann")
    modified = os.stat(course / "autograded/ann").st_mtime_ns

    assert call_grade(course, folder) == 0
    assert "0 graded now, 2 graded before" in capsys.readouterr().out
    assert os.stat(course / "autograded/ann").st_mtime_ns == modified
    assert outputs(course, "ann") == before

    later = hand_in(course.parent / "later", {"bob": solved(pristine)})
    assert call_grade(course, later) == 0
    assert "1 graded now, 0 graded before" in capsys.readouterr().out
    assert points(course) == {"ann": SOLVED, "bob": SOLVED}
    earlier = list((course / "grades" / "earlier" / "bob").rglob("*.ipynb"))
    assert [path.read_bytes() for path in earlier] == [blank]


@pytest.mark.timeout(600)
@pytest.mark.parametrize(
    ("how", "status"),
    [
        ("SIGINT", 130),
        pytest.param(
            *("SIGKILL", -9),
            marks=pytest.mark.skipif(os.name == "nt", reason="kills by signal"),
        ),
    ],
)
def test_a_grading_that_was_ended_goes_on_where_it_was_whatever_the_clock_says(
    course, pristine, capsys, how, status
):
    class_ = [f"learner_{number}" for number in range(5)]
    folder = hand_in(course, dict.fromkeys(class_, solved(pristine)))
    command = [sys.executable, "-m", "course_utils.commands", "grade", str(folder)]
    running = psutil.Popen(
        [*command, "--course", str(course), "--workers", "1"],
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
    )

    def recorded():
        kept = (course / "grades" / "results" / ASSIGNMENT).glob("*.json")
        done = {path: path.read_bytes() for path in kept}
        return {
            path: data for path, data in done.items() if json.loads(data)["recorded"]
        }

    while not recorded():
        assert running.poll() is None
        time.sleep(0.02)
    children = running.children(recursive=True)
    running.send_signal(getattr(signal, how))
    assert running.wait(30) == status
    _, alive = psutil.wait_procs(children, timeout=30)
    assert alive == [], "processes of learners outlive the command"
    before = recorded()
    assert 1 <= len(before) < len(class_)

    for path in course.rglob("*"):  # the clock was set back, and all looks old
        os.utime(path, (0, 0))
    assert call_grade(course, folder) == 0
    assert f"{len(before)} graded before" in capsys.readouterr().out
    assert points(course) == dict.fromkeys(class_, SOLVED)
    assert {path: path.read_bytes() for path in before} == before
    assert not list(course.rglob(".*.tmp"))


def test_scores_are_those_of_nbgrader_autograde(course, pristine, tmp_path):
    handed = the_class(course)
    names = ("partly", "mistake_2", "noisy", "duplicated")
    hand_in(course, {name: handed[name][0] for name in names})
    twin = Path(shutil.copytree(course, tmp_path / "twin" / "cs101"))

    subprocess.run(
        [sys.executable, "-m", "nbgrader", "autograde", ASSIGNMENT],
        cwd=twin,
        check=True,
        capture_output=True,
        timeout=200,
    )
    assert call_grade(course, course / "submitted") == 0

    assert len(points(course)) == len(names)
    rows = [results.read(gradebook.Course(each)) for each in (course, twin)]
    assert rows[0] == rows[1]


def test_without_a_warm_server_the_scores_are_the_same(course, monkeypatch):
    monkeypatch.setattr(worker, "WARM", False)
    handed = {name: the_class(course)[name] for name in ("partly", "exits")}
    hand_in(course, {name: data for name, (data, _) in handed.items()})

    assert call_grade(course, course / "submitted") == 0

    assert points(course) == {name: earned for name, (_, earned) in handed.items()}


# A cluster


@pytest.mark.timeout(600)
def test_a_cluster_that_loses_a_worker_gives_the_same_results(course, pristine):
    distributed = pytest.importorskip("distributed")
    names = ["solved", "partly", "exits", "patched_scorer", "noisy", "untouched"]
    handed = {name: the_class(course)[name] for name in names}
    handed |= {f"another_{number}": handed["solved"] for number in range(3)}
    folder = hand_in(course, {name: data for name, (data, _) in handed.items()})
    with distributed.LocalCluster(
        n_workers=2,
        threads_per_worker=1,
        processes=True,
        dashboard_address=None,
        silence_logs="CRITICAL",
    ) as cluster:
        victim = next(iter(cluster.workers.values())).pid
        kept = course / "grades" / "results" / ASSIGNMENT

        def kill():
            while len(list(kept.glob("*.json"))) < 2:
                time.sleep(0.05)
            os.kill(victim, 9)

        killer = threading.Thread(target=kill, daemon=True)
        killer.start()
        assert call_grade(course, folder, scheduler=cluster.scheduler_address) == 0
        killer.join(10)
        assert not killer.is_alive()
    assert points(course) == {name: earned for name, (_, earned) in handed.items()}


def test_a_scheduler_that_is_not_there_is_named_in_one_sentence(
    course, pristine, capsys, monkeypatch
):
    distributed = pytest.importorskip("distributed")
    real = distributed.Client
    monkeypatch.setattr(
        distributed, "Client", lambda *a, **k: real(*a, **{**k, "timeout": 1})
    )
    folder = hand_in(course, {"ann": solved(pristine)})
    assert call_grade(course, folder, scheduler="tcp://127.0.0.1:9") == 1
    assert "No Dask scheduler answers at tcp://127.0.0.1:9" in capsys.readouterr().err


# What an LMS hands out


def test_canvas_and_moodle_get_files_that_they_can_read(course, pristine, capsys):
    blank = to_bytes(released(pristine))
    archive = course.parent / "submissions.zip"
    name = f"{CHAPTER.name}.ipynb"
    moodle = f"Zoë O'Hara_77_assignsubmission_file_/{name}"
    with zipfile.ZipFile(archive, "w") as file:
        file.writestr("doejane_1234_98765_02.ipynb", solved(pristine))
        file.writestr(f"roejo_LATE_5678_98766_{name}", blank)
        file.writestr(f"roejo_LATE_5678_98767_{CHAPTER.name}-1.ipynb", blank + b" ")
        file.writestr(moodle, blank)
        file.writestr("liuwei_4321_98768_essay.pdf", b"%PDF")
        file.writestr("__MACOSX/._x.ipynb", b"")

    assert call_grade(course, archive) == 0

    assert points(course) == {
        "doejane_1234": SOLVED,
        "roejo_5678": UNTOUCHED,
        "Zoë_O_Hara": UNTOUCHED,
    }
    said = capsys.readouterr().out
    assert "liuwei_4321_98768_essay.pdf was left out: it is not a notebook" in said
    assert f"roejo_LATE_5678_98766_{name} was left out" in said
    assert "was late, says Canvas" in said
    canvas = list(csv.reader((course / "grades" / "canvas.csv").open()))
    title = f"02 {CHAPTER.title}"
    assert canvas == [
        ["Student", "ID", "SIS User ID", "SIS Login ID", "Section", title],
        ["    Points Possible", "", "", "", "", "8"],
        ["doejane", "1234", "", "", "", ""],  # a person has to read a text first
        ["roejo", "5678", "", "", "", "0"],
    ]
    (row,) = table(course / "grades" / f"moodle_{ASSIGNMENT}.csv")
    assert (row["Identifier"], row["Full name"]) == ("Participant 77", "Zoë O'Hara")
    assert (row["Grade"], row["Maximum Grade"]) == ("0", "8")
    assert row["Last modified (grade)"]


@pytest.mark.parametrize(
    ("name", "student", "system", "number"),
    [
        ("Doe_1234_02.ipynb", "Doe_1234", "", "1234"),
        ("ann/02_anything.ipynb", "ann", "", ""),
        ("ann_02_build_neurons_and_layers (1).ipynb", "ann", "", ""),
        ("doejane_12345_678901_my work.ipynb", "doejane_12345", "canvas", "12345"),
        ("Ann Lee_9_assignsubmission_file_02.ipynb", "Ann_Lee", "moodle", "9"),
        ("zip/Ann Lee_9_assignsubmission_file_/x.ipynb", "Ann_Lee", "moodle", "9"),
    ],
)
def test_names_of_files_say_who_it_was(tmp_path, name, student, system, number):
    archive = tmp_path / "all.zip"
    with zipfile.ZipFile(archive, "w") as file:
        file.writestr(name, b"{}")
    found, _ = collect.read([archive], {ASSIGNMENT: CHAPTER}, {ASSIGNMENT: set()})
    (one,) = found
    assert (one.student, one.system, one.lms_id) == (student, system, number)


def test_two_learners_of_one_name_in_moodle_stay_two(tmp_path):
    for number in (1, 2):
        folder = tmp_path / f"Ann Lee_{number}_assignsubmission_file_"
        folder.mkdir()
        (folder / "x.ipynb").write_bytes(b"%d" % number)
    found, _ = collect.read([tmp_path], {ASSIGNMENT: CHAPTER}, {ASSIGNMENT: set()})
    assert [each.student for each in found] == ["Ann_Lee_1", "Ann_Lee_2"]


def test_a_formula_as_a_name_does_not_run_in_a_spreadsheet():
    assert results.table(["name"], [["=cmd()"]]).splitlines()[1] == "'=cmd()"


# Code that means harm

boxed = pytest.mark.skipif(
    not isolation.LINUX or "files" not in isolation.probe(isolation.Limits()),
    reason="This system gives no namespaces.",
)


@boxed
def test_code_in_the_box_finds_no_files_no_network_and_no_end(course, pristine, capsys):
    secret = course / "submitted" / "solved" / ASSIGNMENT / f"{CHAPTER.name}.ipynb"
    outside = course.parent / "outside.txt"
    spy = (
        "import glob, os, pathlib, socket\n"
        f"print('READ', os.path.exists({str(secret)!r}), "
        f"os.path.exists({str(course)!r}))\n"
        "def reach(where):\n"
        "    try: socket.create_connection(where, 2).close(); return True\n"
        "    except OSError: return False\n"
        "print('NET', reach(('192.0.2.1', 80)), len(socket.if_nameindex()))\n"
        "def writes(where):\n"
        "    try: open(where, 'w').write('x'); return True\n"
        "    except OSError: return False\n"
        "import course_utils\n"
        f"places = [{str(outside)!r}, course_utils.__file__ + '.x', '/etc/x', '/x']\n"
        "print('WRITE', [writes(each) for each in places], writes('mine.txt'))\n"
        "try: bytearray(64 * 2**30); print('MEMORY all')\n"
        "except MemoryError: print('MEMORY limited')\n"
        "pids = [int(p) for p in os.listdir('/proc') if p.isdigit()]\n"
        "print('PIDS', len(pids) < 10, 'ROOT', os.getuid() == 0)\n"
        "print('ENV', [n for n in os.environ if 'SECRET' in n])\n"
    )
    fill = (
        "import os\n"
        "try:\n"
        "    for i in range(100): open(f'{i}', 'wb').write(b'x' * 50_000_000)\n"
        "    print('DISK all')\n"
        "except OSError: print('DISK limited')\n"
        "[os.remove(f) for f in os.listdir('.')]\n"
    )
    handed = {
        "spy": solved(pristine, spy),
        "filler": solved(pristine, fill),
        "solved": solved(pristine),
    }
    os.environ["A_SECRET"] = "x"
    try:
        assert call_grade(course, hand_in(course, handed)) == 0
    finally:
        del os.environ["A_SECRET"]

    assert "OFF" not in capsys.readouterr().out
    seen = outputs(course, "spy")
    for text in (
        "READ False False",
        "NET False 1",
        "WRITE [False, False, False, False] True",
        "MEMORY limited",
        "PIDS True ROOT False",
        "ENV []",
    ):
        assert text in seen
    assert "DISK limited" in outputs(course, "filler")
    assert not outside.exists()
    assert points(course) == dict.fromkeys(handed, SOLVED)


@boxed
def test_a_fork_bomb_holds_nobody_up_and_leaves_nothing_behind(
    course, pristine, monkeypatch
):
    # By this the processes of this test are known, whoever their parent is.
    monkeypatch.setenv("COURSE_TEST_MARK", str(course))
    bomb = (
        "import os, time\n"
        "open('marker-of-the-bomb', 'w')\n"
        "while True:\n"
        "    try:\n"
        "        if os.fork() == 0: time.sleep(1000)\n"
        "    except OSError: pass\n"
    )
    handed = {"bomb": solved(pristine, bomb), "solved": solved(pristine)}
    folder = hand_in(course, handed)

    assert call_grade(course, folder) == 0

    found = points(course)
    assert found["solved"] == SOLVED
    assert found["bomb"]["weighted_sum"] == 1.0
    assert found["bomb"]["sigmoid"] == 0.0
    deadline = time.monotonic() + 10
    while left := marked(str(course)):
        assert time.monotonic() < deadline, left
        time.sleep(0.1)


def marked(mark):
    """Return the living processes that were started with this mark."""
    found = []
    for each in psutil.process_iter(["environ"]):
        is_marked = (each.info["environ"] or {}).get("COURSE_TEST_MARK") == mark
        with contextlib.suppress(psutil.NoSuchProcess):
            if is_marked and each.status() != psutil.STATUS_ZOMBIE:
                found.append(each)
    return found


def test_limits_that_are_off_are_said_to_be_off():
    lines = isolation.describe(["time"])
    assert sum(line.strip().startswith("OFF") for line in lines) == 5
    assert "time limits" in lines[-1]
    assert not lines[-1].strip().startswith("OFF")


# Words


def test_a_folder_that_is_no_course_is_named(tmp_path, capsys):
    assert call_grade(tmp_path, tmp_path) == 1
    assert "holds no course" in capsys.readouterr().err


def test_submissions_that_do_not_exist_are_named(course, capsys):
    assert call_grade(course, course.parent / "nowhere") == 1
    assert "nowhere does not exist" in capsys.readouterr().err
