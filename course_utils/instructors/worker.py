"""Run one submitted notebook in a box of its own: see :func:`execute`.

nbgrader's own ``Execute`` runs the cells; only the kernel it talks to is ours.
On Linux a server process has imported what the notebooks import and forks two
processes for each submission: the grader, which is trusted and talks to the
kernel, and the kernel, which enters the box of :mod:`.isolation` before it
reads a cell. Elsewhere each submission gets a fresh process, which starts its
kernel the ordinary way.
"""

from __future__ import annotations

import base64
import importlib
import json
import os
import shutil
import signal
import subprocess
import sys
import tempfile
import threading
import time
import traceback
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Any

import psutil

from course_utils import files, runtime
from course_utils.instructors import isolation

WARM = isolation.LINUX
"""Whether kernels are forked from a server that has the imports done."""

_GRACE = 30.0  # seconds that a grader has beyond its notebook's time
_IMPORTS = (
    "nbgrader.preprocessors",
    "ipykernel.kernelapp",
    "ipykernel.zmqshell",
    "IPython.core.completerlib",
    "jupyter_client.asynchronous",
    "numpy",
    "matplotlib.pyplot",
    "sklearn.linear_model",
    "sklearn.datasets",
    "ipywidgets",
    "anywidget",
    "threadpoolctl",
    "tqdm.auto",
    "course_utils.data",
    "course_utils.plots",
)


class WorkerError(Exception):
    """A submission that could not be run for a reason outside it."""


# --- For whoever has submissions to run -------------------------------------

_mine = threading.local()
_servers: list[_Server] = []
_closed = threading.Event()


def execute(job: dict) -> dict:
    """Run a notebook and return what its cells gave; call it from any thread.

    Parameters
    ----------
    job : dict
        ``notebook``: text of a notebook that nbgrader has sanitised; ``files``:
        what lies beside it, by relative name, in base64; ``execute``: settings
        of nbgrader's ``Execute``; ``limits``: fields of
        :class:`isolation.Limits`.

    Returns
    -------
    dict
        ``cells``: for each cell its outputs and execution count, None where it
        has no code; ``ended``: None, or why cells at the end were not run;
        ``seconds``: time that it took.

    Raises
    ------
    WorkerError
        If the notebook could not be run, for a reason that is not in it.
    """
    room = Path(tempfile.mkdtemp(prefix="course-grade-"))
    started = time.monotonic()
    try:
        (room / "job.json").write_text(json.dumps(job), encoding="utf-8")
        ended = _run_warm(room) if WARM else _run_plain(room)
        try:
            result = json.loads((room / "result.json").read_text(encoding="utf-8"))
        except (OSError, ValueError):
            if not ended:  # not the submission's doing, so it is no result
                raise WorkerError("The grading process failed.") from None
            result = {"cells": None, "ended": ended}
        return {**result, "seconds": round(time.monotonic() - started, 2)}
    finally:
        shutil.rmtree(room, ignore_errors=True)


def protections() -> list[str]:
    """Return the names of the protections that this thread's boxes have."""
    if not WARM:
        return isolation.probe(isolation.Limits())
    return _server().on


@contextmanager
def pool(slots: int) -> Iterator[ThreadPoolExecutor]:
    """Yield threads to call :func:`execute` in; what still runs is ended after."""
    _closed.clear()
    with ThreadPoolExecutor(slots) as executor:
        try:
            yield executor
        finally:
            executor.shutdown(wait=False, cancel_futures=True)
            _closed.set()
            for server in _servers:
                server.close()
            _servers.clear()


def _server() -> _Server:
    server = getattr(_mine, "server", None)
    if server is None or server.process.poll() is not None:
        if _closed.is_set():
            raise WorkerError("The command has ended.")
        _mine.server = server = _Server()
        _servers.append(server)
    return server


def _run_warm(room: Path) -> str | None:
    for _ in range(2):
        try:
            return _server().run(room)
        except OSError:  # it was killed from outside; the next one is fresh
            _mine.server = None
    raise WorkerError("The grading process ended twice.")


def _run_plain(room: Path) -> str | None:
    with open(room / "log.txt", "wb") as log:
        grader = _start(room, stdin=subprocess.DEVNULL, stdout=log, stderr=log)
        return _watch(grader.pid, _job(room)[1], lambda: grader.poll() is not None)


def _start(*arguments: Path, **streams: Any) -> subprocess.Popen:
    """Start this module as a process that Ctrl-C, meant for the command, spares."""
    from course_utils.instructors.nbgrader_course import grading_environment

    return subprocess.Popen(
        [sys.executable, "-m", __name__, *map(str, arguments)],
        env={**os.environ, **grading_environment()},
        start_new_session=True,
        **streams,
    )


class _Server:
    """A process that has the imports done and forks; one submission at a time."""

    def __init__(self) -> None:
        self._log = tempfile.TemporaryFile()  # noqa: SIM115
        pipe = subprocess.PIPE
        self.process = _start(stdin=pipe, stdout=pipe, stderr=self._log)
        try:
            self.on: list[str] = self._answer()
        except OSError:
            self._log.seek(0)
            text = self._log.read().decode("utf-8", "replace").strip()
            last = text.splitlines()[-1] if text else "no reason given"
            raise WorkerError(f"The grading process did not start: {last}") from None

    def run(self, room: Path) -> str | None:
        """Run the submission in a folder; raise OSError if the server is gone."""
        self.process.stdin.write(json.dumps(str(room)).encode() + b"\n")
        self.process.stdin.flush()
        return self._answer()

    def _answer(self) -> Any:
        line = self.process.stdout.readline()
        if not line:
            raise BrokenPipeError("the server is gone")
        return json.loads(line)

    def close(self) -> None:
        """Kill the process."""
        self.process.kill()  # what it forked dies with it
        self.process.communicate()
        self._log.close()


# --- The server --------------------------------------------------------------


def serve() -> None:
    """Warm up, say what protections there are, then fork for each line read."""
    isolation.end_with_parent()
    answers = os.fdopen(os.dup(1), "w")
    requests = os.fdopen(os.dup(0), "r")
    with open(os.devnull, "r+") as nothing:
        os.dup2(nothing.fileno(), 0)
        os.dup2(nothing.fileno(), 1)
    # The kernel's backend; it is loaded when the first figure is drawn.
    os.environ["MPLBACKEND"] = "module://matplotlib_inline.backend_inline"
    for name in _IMPORTS:
        importlib.import_module(name)
    on = isolation.probe(isolation.Limits())
    print(json.dumps(on), file=answers, flush=True)
    for line in requests:
        room = Path(json.loads(line))
        grader = os.fork()
        if not grader:
            answers.close()
            requests.close()
            isolation.end_with_parent()
            os.setsid()
            try:
                grade(room, on)
                os._exit(0)
            except BaseException:
                traceback.print_exc()
                sys.stderr.flush()
            finally:
                os._exit(1)
        ended = _watch(
            grader, _job(room)[1], lambda g=grader: os.waitpid(g, os.WNOHANG)[0] == g
        )
        print(json.dumps(ended), file=answers, flush=True)


def _watch(grader: int, limits: isolation.Limits, over: Any) -> str | None:
    """Wait for a grader; end it when it takes too much time or memory."""
    deadline = time.monotonic() + limits.seconds + _GRACE
    pause, checked = 0.01, time.monotonic()
    reason = None
    while not over():
        time.sleep(pause)
        pause = min(pause * 1.5, 0.1)
        if time.monotonic() > deadline:
            reason = "It did not end in time."
        elif time.monotonic() - checked > 0.5:
            checked = time.monotonic()
            if _uses_more(grader, limits.memory_mb * 2**20):
                reason = f"It used more than {limits.memory_mb} MB of memory."
        if reason:
            for member in _family(grader):
                with suppress(psutil.Error):
                    member.kill()
            deadline = time.monotonic() + 5
            while not over() and time.monotonic() < deadline:
                time.sleep(0.05)
            return reason
    return None


def _family(process: int) -> list[psutil.Process]:
    """Return a process and its descendants, if there is one."""
    with suppress(psutil.Error):
        first = psutil.Process(process)
        return [first, *first.children(recursive=True)]
    return []


def _uses_more(process: int, most: int) -> bool:
    """Tell whether a process and its descendants use more than so many bytes."""
    family = _family(process)
    if sum(_size(member, full=False) for member in family) <= most:
        return False
    # Forked processes share most of what they seem to use; asking takes longer.
    return sum(_size(member, full=True) for member in family) > most


def _size(process: psutil.Process, full: bool) -> int:
    with suppress(psutil.Error):
        if not full:
            return process.memory_info().rss
        info = process.memory_full_info()
        return getattr(info, "pss", 0) or info.uss
    return 0


# --- The grader: trusted, one for each submission ----------------------------


def _job(room: Path) -> tuple[dict, isolation.Limits]:
    job = json.loads((room / "job.json").read_text(encoding="utf-8"))
    return job, isolation.Limits(**job["limits"])


def grade(room: Path, on: list[str] | None = None) -> None:
    """Run the notebook of ``room/job.json`` and write ``room/result.json``.

    Parameters
    ----------
    room : Path
    on : list of str, optional
        Protections to use for a forked kernel. None: the kernel is started
        the ordinary way.
    """
    job, limits = _job(room)
    # Before any thread: the kernel is forked from this process.
    if on is None:
        manager, work = None, room / "work"
        isolation.limit(limits, counted_alone=False)
        _furnish(room / "home", work, job["files"])
    else:
        if "network" in on:
            isolation.cut_network()
        manager, work = _forked_kernel(room, job, limits, on), None
    outcome = _executed(job, limits, manager, work)
    if manager is not None:
        manager.end()
    files.write_whole(room / "result.json", json.dumps(outcome))


def _executed(job: dict, limits: isolation.Limits, manager: Any, work: Any) -> dict:
    import nbformat
    from traitlets.config import Config

    from course_utils.instructors.execute import ContainedExecute

    notebook = nbformat.reads(job["notebook"], as_version=4)
    settings = Config({"ContainedExecute": job["execute"]})
    runner = ContainedExecute(config=settings)
    runner.log.setLevel("CRITICAL")
    runner.deadline = time.monotonic() + limits.seconds
    resources = {"metadata": {"path": str(work)} if work else {}}
    runner.preprocess(notebook, resources, km=manager)
    return {
        "cells": [
            {"outputs": cell.outputs, "execution_count": cell.execution_count}
            if cell.cell_type == "code"
            else None
            for cell in notebook.cells
        ],
        "ended": runner.ended,
    }


# --- The kernel: not trusted --------------------------------------------------


def _forked_kernel(room: Path, job: dict, limits: isolation.Limits, on: list) -> Any:
    from course_utils.instructors.execute import ForkedKernel

    manager = ForkedKernel(connection_file=str(room / "kernel.json"))
    manager.write_connection_file()
    connection = Path(manager.connection_file).read_text(encoding="utf-8")
    manager.process = os.fork()
    if not manager.process:
        try:
            _be_kernel(room, job, limits, on, connection)
        finally:
            os._exit(1)
    return manager


def _be_kernel(
    room: Path, job: dict, limits: isolation.Limits, on: list, connection: str
) -> None:
    data = {
        name: value
        for name, value in os.environ.items()
        if name.startswith("COURSE_") and os.path.isfile(value)
    }
    os.setsid()
    with open(os.devnull, "r+") as nothing:
        for descriptor in (0, 1, 2):
            os.dup2(nothing.fileno(), descriptor)
    os.closerange(3, 1024)
    home, work = room / "home", room / "work"
    if "files" in on:
        home, work = Path(isolation.HOME), Path(isolation.WORK)
    elif "user" in on:
        room.chmod(0o711)
        for folder in (home, work):
            folder.mkdir()
            folder.chmod(0o777)
    isolation.enter(on, limits, [Path(path) for path in data.values()])
    kept = ("PATH", "LANG", "LC_ALL", "LD_LIBRARY_PATH", "MPLBACKEND", "TZ")
    environment = {name: os.environ[name] for name in kept if name in os.environ}
    os.environ.clear()
    os.environ.update(environment, **runtime.environment(), **data)
    os.environ["NBGRADER_EXECUTION"] = "autograde"  # as nbgrader sets it
    _furnish(home, work, job["files"])
    (home / "kernel.json").write_text(connection, encoding="utf-8")

    import numpy as np
    from ipykernel.kernelapp import IPKernelApp

    np.random.seed()  # noqa: NPY002 - or all kernels would draw the same
    sys.argv = ["kernel", "-f", str(home / "kernel.json")]
    signal.signal(signal.SIGINT, signal.default_int_handler)
    IPKernelApp.launch_instance(
        [
            *sys.argv[1:],
            "--HistoryManager.hist_file=:memory:",
            "--Application.log_level=50",
        ]
    )


def _furnish(home: Path, work: Path, files: dict[str, str]) -> None:
    """Make the folders of a run, put files into them, and go to work."""
    for folder in (home, work):
        folder.mkdir(parents=True, exist_ok=True)
    for name, content in files.items():
        target = work / name
        target.parent.mkdir(parents=True, exist_ok=True)
        target.write_bytes(base64.b64decode(content))
    os.chdir(work)
    names = ("HOME", "USERPROFILE", "IPYTHONDIR", "MPLCONFIGDIR", "COURSE_HOME")
    os.environ.update(dict.fromkeys(names, str(home)))


if __name__ == "__main__":
    # Under this name, so that what it pickles or imports is one module.
    from course_utils.instructors import worker

    if len(sys.argv) > 1:
        os.environ["NBGRADER_EXECUTION"] = "autograde"
        worker.grade(Path(sys.argv[1]))
    else:
        worker.serve()
