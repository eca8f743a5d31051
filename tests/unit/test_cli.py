"""The command ``course``; ``lab`` with a real JupyterLab."""

import json
import os
import re
import signal
import socket
import subprocess
import sys
import time
import urllib.error
import urllib.parse
import urllib.request
from pathlib import Path
from unittest import mock

import psutil
import pytest

from course_utils import chapters, commands
from course_utils.authoring import checks
from course_utils.setup import bootstrap, lock

posix_only = pytest.mark.skipif(os.name == "nt", reason="Windows has no signals")


def run(*argv):
    return subprocess.run(
        [sys.executable, "-m", "course_utils.commands", *argv],
        cwd=chapters.PROJECT,
        capture_output=True,
        text=True,
        timeout=120,
    )


# The command line.


def test_help_names_every_command():
    answer = run("--help")
    assert answer.returncode == 0
    for name in ("lab", "test", "notebooks", "doctor", "progress", "lock"):
        assert re.search(rf"^ +{name}\b", answer.stdout, re.MULTILINE), name


@pytest.mark.parametrize(
    "name",
    [
        *("lab", "test", "notebooks", "doctor", "progress"),
        *("assign", "grade", "report", "handout"),
    ],
)
def test_every_command_has_help(name, capsys):
    with pytest.raises(SystemExit) as caught:
        commands.parse([name, "--help"])
    assert caught.value.code == 0
    assert f"course {name}" in capsys.readouterr().out


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


def without(monkeypatch, package):
    found = commands.find_spec
    monkeypatch.setattr(commands, "find_spec", lambda n: n != package and found(n))


def test_a_command_of_instructors_says_how_to_get_what_it_needs(monkeypatch, capsys):
    without(monkeypatch, "nbgrader")
    assert commands.main(["report", "--course", "cs101"]) == 1
    said = capsys.readouterr().err
    assert "needs nbgrader, not installed" in said
    assert "`python3 -m course_utils report`" in said


# test


@pytest.fixture
def steps(monkeypatch):
    """Record the steps of `course test` and answer as each is told to."""
    steps = {"ruff check": 0, "ruff format": 0, "lint": 0, "pytest": 0, "asked": []}

    def call(words, cwd):
        assert cwd == chapters.PROJECT
        steps["asked"].append(words[2:])
        line = " ".join(words[2:])
        return next(status for name, status in steps.items() if name in line)

    monkeypatch.setattr(subprocess, "call", call)
    return steps


def test_all_steps_run_and_the_first_failure_is_the_exit_status(steps, capsys):
    steps.update({"ruff format": 3, "pytest": 1})
    assert commands.main(["test", "-k", "data"]) == 3
    check, form, _, tests = steps["asked"]
    assert check == ["ruff", "check", "."]
    assert form == ["ruff", "format", "--check", "."]
    assert tests[-2:] == ["-k", "data"]
    shown = capsys.readouterr().out
    assert re.search(r"^ruff check: passed \(\d+\.\d s\)$", shown, re.MULTILINE)
    assert re.search(r"^ruff format: FAILED with status 3", shown, re.MULTILINE)
    assert re.search(r"^pytest: FAILED with status 1", shown, re.MULTILINE)


def test_when_all_steps_pass_the_exit_status_is_0(steps):
    assert commands.main(["test"]) == 0


def test_a_step_ended_by_a_signal_fails(steps):
    steps["pytest"] = -9
    assert commands.main(["test"]) == 137


def test_without_the_authors_tools_the_way_to_get_them_is_said(monkeypatch, capsys):
    without(monkeypatch, "pytest")
    assert commands.main(["test"]) == 1
    said = capsys.readouterr().err
    assert "pytest" in said
    assert "`python3 -m course_utils test`" in said


@pytest.mark.parametrize("command", ["lab", "test"])
def test_without_a_clone_one_sentence_says_so(command, tmp_path, monkeypatch, capsys):
    for module in (chapters, checks):
        monkeypatch.setattr(module, "PROJECT", tmp_path)
    assert commands.main([command]) == 1
    assert "clone" in capsys.readouterr().err


def test_the_tests_keep_away_from_the_learners_own_progress(pytestconfig):
    home = Path(os.environ["COURSE_HOME"])
    assert home.parent.name.startswith("course-tests-")


# lock


def test_a_failed_compilation_leaves_the_lock_files_as_they_were(
    tmp_path, monkeypatch, capsys
):
    for name in ("pyproject.toml", lock.LEARNERS, lock.AUTHORS):
        (tmp_path / name).write_bytes((chapters.PROJECT / name).read_bytes())
    before = {p.name: p.read_bytes() for p in tmp_path.iterdir()}
    monkeypatch.setattr(
        lock,
        "clean_environment",
        lambda: {
            **bootstrap.clean_environment(),
            "UV_OFFLINE": "1",
            "UV_NO_CACHE": "1",
        },
    )
    assert lock.compile_all(upgrade=True, project=tmp_path) != 0
    assert {p.name: p.read_bytes() for p in tmp_path.iterdir()} == before
    assert "stays as it was" in capsys.readouterr().err


# Places in the environment.


def test_a_relative_place_is_meant_as_seen_from_where_the_command_is_called(
    tmp_path, monkeypatch, capsys
):
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("COURSE_HOME", "my-course")
    monkeypatch.setenv("COURSE_MNIST", os.path.join("..", "mnist.npz"))
    monkeypatch.setenv("COURSE_FASHION_MNIST", "")
    assert commands.main(["progress"]) == 0
    assert os.environ["COURSE_HOME"] == str(tmp_path / "my-course")
    assert os.environ["COURSE_MNIST"] == str(tmp_path.parent / "mnist.npz")
    assert os.environ["COURSE_FASHION_MNIST"] == ""


# lab


class Lab:
    """A running `course lab`."""

    def __init__(self, folder, *argv, **environment):
        self.file = folder / "output.txt"
        environment = {
            **os.environ,
            "JUPYTER_CONFIG_DIR": str(folder / "config"),
            "JUPYTER_DATA_DIR": str(folder / "data"),
            "JUPYTER_RUNTIME_DIR": str(folder / "run"),
            **environment,
        }
        with open(self.file, "wb") as output:
            self.process = psutil.Popen(
                [sys.executable, "-m", "course_utils.commands", "lab", *argv],
                stdin=subprocess.DEVNULL,
                stdout=output,
                stderr=subprocess.STDOUT,
                env=environment,
                cwd=folder,
            )
        try:
            self.address = wait_until(self._find_address, 90)
        except BaseException:
            self.kill()
            raise
        parts = urllib.parse.urlsplit(self.address)
        self.port = parts.port
        self.page = parts.path
        self.token = urllib.parse.parse_qs(parts.query)["token"][0]

    def output(self):
        return self.file.read_text(encoding="utf-8", errors="replace")

    def _find_address(self):
        assert self.process.poll() is None, self.output()
        found = re.search(r"^ +(http://\S+)$", self.output(), re.MULTILINE)
        return found and found[1]

    def ask(self, path, token=None, method="GET"):
        """Return the status and the address at the end of all redirections."""
        headers = {"Authorization": f"token {token}"} if token else {}
        request = urllib.request.Request(
            f"http://127.0.0.1:{self.port}{path}",
            headers=headers,
            method=method,
            data=b"{}" if method == "POST" else None,
        )
        opener = urllib.request.build_opener(urllib.request.ProxyHandler({}))
        try:
            with opener.open(request, timeout=30) as answer:
                return answer.status, answer.url, answer.read()
        except urllib.error.HTTPError as error:
            return error.code, error.url, error.read()

    def kill(self):
        for process in (*self.process.children(recursive=True), self.process):
            process.kill()
        self.process.wait()


def wait_until(condition, seconds):
    end = time.monotonic() + seconds
    while not (result := condition()):
        assert time.monotonic() < end, "it took too long"
        time.sleep(0.1)
    return result


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
def test_lab_opens_where_the_home_folder_takes_no_files(start_lab):
    nowhere = {
        name: "/dev/null/of-nobody"
        for name in ("JUPYTER_CONFIG_DIR", "JUPYTER_DATA_DIR", "JUPYTER_RUNTIME_DIR")
    }
    lab = start_lab("--no-browser", "--port", str(free_port()), **nowhere)
    assert lab.ask(FIRST, lab.token)[0] == 200
    assert lab.ask("/api/kernels", lab.token, "POST")[0] == 201
    wait_until(lambda: any(map(listens, lab.process.children(recursive=True))), 60)
    os.kill(lab.process.pid, signal.SIGTERM)
    assert psutil.wait_procs([lab.process], timeout=60)[1] == []
    assert "/dev/null/of-nobody cannot be written (Not a directory)" in lab.output()
    assert "Traceback" not in lab.output()


def listens(process):
    """Return whether a process has a connection, as a kernel that has started."""
    try:
        return bool(process.net_connections())
    except psutil.NoSuchProcess:  # one of those that live for a moment
        return False


@posix_only
@pytest.mark.parametrize("how", [signal.SIGINT, signal.SIGTERM])
def test_lab_ends_cleanly_and_takes_its_kernels_with_it(start_lab, how):
    lab = start_lab("--no-browser", "--port", str(free_port()))
    assert lab.ask("/api/kernels", lab.token, "POST")[0] == 201
    wait_until(lambda: any(map(listens, lab.process.children(recursive=True))), 60)
    processes = [lab.process, *lab.process.children(recursive=True)]
    os.kill(lab.process.pid, how)
    _, alive = psutil.wait_procs(processes, timeout=60)
    assert alive == []
    assert lab.process.wait() == 0
    assert "Traceback" not in lab.output()


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
