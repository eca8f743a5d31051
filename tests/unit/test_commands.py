"""The commands of ``course``; ``lab`` with a real JupyterLab."""

import inspect
import json
import os
import re
import signal
import socket
import subprocess
import urllib.error
import urllib.parse
import urllib.request
from importlib import import_module
from pathlib import Path
from unittest import mock

import psutil
import pytest

from course_utils import chapters, commands
from course_utils.authoring import bench, checks
from course_utils.setup import lock
from tests.course_lab import JUPYTERS, Lab, wait_until

posix_only = pytest.mark.skipif(os.name == "nt", reason="Windows has no signals")


# The command line.


def shown_by(capsys, *argv):
    """Return the help that a command line asks for."""
    with pytest.raises(SystemExit) as caught:
        commands.parse(list(argv))
    assert caught.value.code == 0
    return capsys.readouterr().out


def test_help_lists_every_command_once_below_whom_it_is_for(capsys):
    shown = shown_by(capsys, "--help")
    groups = re.findall(r"^for (\w+):\n((?:  .+\n)+)", shown, re.MULTILINE)
    listed = [(who, re.findall(r"^  (\S+)", t, re.MULTILINE)) for who, t in groups]
    assert listed == [
        (who, [each.name for each in commands.COMMANDS if each.audience == audience])
        for audience, who in enumerate(("learners", "instructors", "authors"))
    ]
    assert sum(len(names) for _, names in listed) == len(commands.COMMANDS)


@pytest.mark.parametrize("each", commands.COMMANDS, ids=lambda each: each.name)
def test_every_command_has_help_and_a_module_that_runs_it(each, capsys):
    shown = shown_by(capsys, each.name, "--help")
    assert shown.startswith(f"usage: course {each.name} [-h]")
    assert each.summary in " ".join(shown.split())
    module = import_module(f"course_utils.{each.module}")
    assert list(inspect.signature(module.command).parameters) == ["options"]


@pytest.mark.parametrize(
    "argv",
    [
        ["frobnicate"],
        ["lab", "--frobnicate"],
        ["doctor", "extra"],
        ["progress", "export"],
        ["progress", "delete", "file"],
        ["lab", "--port", "0"],
        ["lab", "--port", "65536"],
        ["lab", "--port", "http"],
        ["assign", "02"],
        ["grade", "--course", "cs101"],
        ["grade", "submitted", "--course", "cs101", "--workers", "0"],
        ["handout", "02"],
    ],
)
def test_a_wrong_line_is_refused_with_the_wrong_word(argv, capsys):
    with pytest.raises(SystemExit) as caught:
        commands.parse(argv)
    assert caught.value.code == 2
    assert "error:" in capsys.readouterr().err


@pytest.mark.parametrize("argv", [[], ["--no-browser"], ["--port", "9000"]])
def test_without_a_command_it_is_lab(argv):
    assert commands.parse(argv).command == "lab"


def test_the_arguments_of_test_reach_pytest_in_order():
    argv = ["tests/unit", "-k", "data or cli", "-x", "--maxfail=2"]
    assert commands.parse(["test", *argv]).rest == argv


def test_progress_is_exported_and_imported(tmp_path, monkeypatch, capsys):
    monkeypatch.setenv("COURSE_HOME", str(tmp_path / "home"))
    file = tmp_path / "mine.zip"
    assert commands.main(["progress", "export", str(file)]) == 0
    assert file.exists()
    assert commands.main(["progress", "import", str(file)]) == 0
    assert commands.main(["progress"]) == 0
    assert chapters.CHAPTERS[0].title in capsys.readouterr().out


@pytest.mark.parametrize(
    ("argv", "package"),
    [(["report", "--course", "cs101"], "nbgrader"), (["test"], "pytest")],
)
def test_a_command_that_lacks_a_tool_says_how_to_get_it(
    argv, package, monkeypatch, capsys
):
    find = commands.find_spec
    monkeypatch.setattr(
        commands, "find_spec", lambda name: None if name == package else find(name)
    )
    monkeypatch.setattr(commands, "import_module", None)
    assert commands.main(argv) == 1
    said = capsys.readouterr().err
    assert f"needs {package}, not installed" in said
    assert f"`{commands.CALL} {argv[0]}`" in said


@pytest.mark.parametrize("command", ["lab", "test", "bench"])
def test_without_a_clone_one_sentence_says_so(command, tmp_path, monkeypatch, capsys):
    for module in (chapters, checks, bench):
        monkeypatch.setattr(module, "PROJECT", tmp_path)
    assert commands.main([command]) == 1
    assert "clone" in capsys.readouterr().err


def test_a_relative_path_is_meant_as_seen_from_where_the_command_is_called(
    tmp_path, monkeypatch
):
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("COURSE_HOME", "my-course")
    monkeypatch.setenv("COURSE_MNIST", os.path.join("..", "mnist.npz"))
    monkeypatch.setenv("COURSE_FASHION_MNIST", "")
    assert commands.main(["progress"]) == 0
    assert os.environ["COURSE_HOME"] == str(tmp_path / "my-course")
    assert os.environ["COURSE_MNIST"] == str(tmp_path.parent / "mnist.npz")
    assert os.environ["COURSE_FASHION_MNIST"] == ""


# test and lock


@pytest.mark.parametrize(
    ("answers", "status"),
    [
        ({}, 0),
        ({"ruff format": 3, "pytest": 1}, 3),
        ({"pytest": -9}, 137),  # ended by a signal
    ],
)
def test_all_steps_run_and_the_first_failure_is_the_exit_status(
    answers, status, monkeypatch, capsys
):
    asked = []

    def call(words, cwd):
        assert cwd == chapters.PROJECT
        asked.append(" ".join(words[2:]))
        return next((answers[n] for n in answers if asked[-1].startswith(n)), 0)

    monkeypatch.setattr(subprocess, "call", call)
    assert commands.main(["test", "-k", "data"]) == status
    *linters, imports, tests = asked
    assert linters == ["ruff check .", "ruff format --check ."]
    assert "lint_imports" in imports
    assert re.fullmatch("pytest .*-k data", tests)
    shown = capsys.readouterr().out
    for name in ("ruff check", "ruff format", "lint-imports", "pytest"):
        verdict = "FAILED with status" if name in answers else "passed"
        assert re.search(rf"^{name}: {verdict}.* \(\d+\.\d s\)$", shown, re.MULTILINE)


def test_the_tests_keep_away_from_the_learners_own_progress():
    home = Path(os.environ["COURSE_HOME"])
    assert home.parent.name.startswith("course-tests-")


def test_a_failed_compilation_leaves_the_lock_files_as_they_were(
    tmp_path, monkeypatch, capsys
):
    for name in ("pyproject.toml", lock.LEARNERS, lock.AUTHORS):
        (tmp_path / name).write_bytes((chapters.PROJECT / name).read_bytes())
    before = {p.name: p.read_bytes() for p in tmp_path.iterdir()}
    monkeypatch.setenv("UV_OFFLINE", "1")
    monkeypatch.setenv("UV_NO_CACHE", "1")
    assert lock.compile_all(upgrade=True, project=tmp_path) != 0
    assert {p.name: p.read_bytes() for p in tmp_path.iterdir()} == before
    assert "stays as it was" in capsys.readouterr().err


# lab


def free_port():
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]


@pytest.fixture
def start_lab(tmp_path):
    labs = []

    def start(*argv, **environment):
        folder = tmp_path / f"lab{len(labs)}"
        folder.mkdir()
        labs.append(Lab(folder, *argv, **environment))
        return labs[-1]

    yield start
    for lab in labs:
        if lab.process.is_running():
            lab.kill()


FIRST = f"/lab/tree/notebooks/{chapters.CHAPTERS[0].notebook.name}"


def test_lab_opens_the_first_chapter_for_the_holder_of_the_token_only(start_lab):
    port = free_port()
    lab = start_lab("--no-browser", "--port", str(port))
    assert lab.address.startswith(f"http://127.0.0.1:{port}{FIRST}?token=")
    assert len(lab.token) >= 32
    assert lab.ask("/api/contents")[0] == 403
    assert lab.ask("/api/contents", token="wrong")[0] == 403
    status, _, listing = lab.ask("/api/contents", lab.token)
    assert status == 200
    names = {entry["name"] for entry in json.loads(listing)["content"]}
    assert {"notebooks", "course_utils"} <= names, "the clone's folder is shown"
    status, landing, _ = lab.ask("/", lab.token)
    assert (status, urllib.parse.urlsplit(landing).path) == (200, FIRST)
    assert lab.ask(FIRST, lab.token)[0] == 200

    listening = {c.laddr for c in lab.process.net_connections() if c.status == "LISTEN"}
    assert {address.ip for address in listening} == {"127.0.0.1"}
    assert lab.token not in " ".join(lab.process.cmdline()), "others can list these"

    page = lab.ask("/lab", lab.token)[2].decode()
    disabled = re.search(r'"disabledExtensions": (\[[^]]*\])', page)
    assert "@jupyterlab/apputils-extension:announcements" in json.loads(disabled[1])

    # A busy port: the next call takes another one.
    second = start_lab("--no-browser", "--port", str(port))
    assert second.port != port
    assert second.ask("/api/contents", second.token)[0] == 200


@posix_only
@pytest.mark.parametrize(
    ("how", "home"), [("SIGINT", "takes files"), ("SIGTERM", "takes none")]
)
def test_lab_ends_cleanly_and_takes_its_kernels_with_it(start_lab, how, home):
    takes_none = home == "takes none"
    nowhere = dict.fromkeys(JUPYTERS, "/dev/null/of-nobody") if takes_none else {}
    lab = start_lab("--no-browser", "--port", str(free_port()), **nowhere)
    assert lab.ask(FIRST, lab.token)[0] == 200
    assert lab.ask("/api/kernels", lab.token, "POST")[0] == 201
    wait_until(lambda: any(map(listens, lab.process.children(recursive=True))), 60)
    processes = [lab.process, *lab.process.children(recursive=True)]
    os.kill(lab.process.pid, getattr(signal, how))
    assert psutil.wait_procs(processes, timeout=60)[1] == []
    assert lab.process.wait() == 0
    assert "Traceback" not in lab.output()
    said = "/dev/null/of-nobody cannot be written (Not a directory)" in lab.output()
    assert said == takes_none


def listens(process):
    """Return whether a process has connections and rests: a kernel that has started."""
    try:
        return bool(process.net_connections()) and process.cpu_percent(0.5) < 20
    except psutil.NoSuchProcess:  # one of those that live for a moment
        return False


@posix_only
def test_lab_opens_a_browser_at_the_first_chapter(start_lab, tmp_path):
    browser = tmp_path / "browser"
    seen = tmp_path / "seen"
    browser.write_text(
        f'#!/bin/sh\necho "$1" > "{seen}.tmp"\nmv "{seen}.tmp" "{seen}"\n'
    )
    browser.chmod(0o755)
    lab = start_lab("--port", str(free_port()), BROWSER=f"{browser} %s")
    wait_until(seen.exists, 60)
    file = urllib.request.url2pathname(
        urllib.parse.urlsplit(seen.read_text().strip()).path
    )
    page = Path(file).read_text(encoding="utf-8")
    assert f"{FIRST}?token={lab.token}" in page


def test_answers_of_a_kernel_do_not_wait_for_one_another(monkeypatch):
    """Nagle's algorithm is off in JupyterLab's connections to kernels."""
    from jupyter_server.services.kernels.connection import channels
    from jupyter_server.services.kernels.websocket import KernelWebsocketHandler
    from jupyterlab.labapp import LabApp
    from traitlets.utils.importstring import import_item

    given = []

    def stop(cls, argv):
        given.extend(argv)
        raise KeyboardInterrupt

    monkeypatch.setattr(LabApp, "initialize_server", classmethod(stop))
    commands.main(["lab", "--no-browser"])
    [name] = [a.split("=")[1] for a in given if "websocket_connection_class" in a]
    base = channels.ZMQChannelsWebsocketConnection
    monkeypatch.setattr(base, "connect", lambda self: "connected")
    handler = mock.Mock(spec=KernelWebsocketHandler)
    connection = import_item(name)(websocket_handler=handler)
    assert connection.connect() == "connected"
    handler.set_nodelay.assert_called_once_with(True)
