"""What a session on Binder takes: JupyterLab open in a browser, and a chapter run.

``python -m tests.benchmarks.binder`` runs every chapter, solved and with the real
data, in JupyterLab, open in Chromium, then the chapters without TensorFlow one
after the other with all of them left open. It writes ``tests/benchmarks/binder.json``.

mybinder.org ends a session above 2 GB. Here the server and its kernels run under
the same limit, all together, in a control group, where this system lets us make
one; elsewhere each process runs under a limit that leaves room for the server.
What would go beyond it fails instead of being counted. Needs Linux, Chromium and
the tools of ``course test``.
"""

import json
import os
import platform
import sys
import tempfile
import threading
from collections.abc import Iterable, Iterator
from contextlib import ExitStack, contextmanager, suppress
from pathlib import Path

import psutil

from course_utils import data, runtime
from course_utils.authoring.notebooks import build, solve, write
from course_utils.chapters import CHAPTERS, PROJECT, Chapter

RECORD = PROJECT / "tests" / "benchmarks" / "binder.json"
MEGABYTE = 10**6
SESSION = 2000
"""Megabytes at which mybinder.org ends a session."""
SERVER = 300
"""Megabytes kept for JupyterLab's server, which takes about half of them."""
PAUSE = 0.1

TOGETHER = tuple(each for each in CHAPTERS if not each.tensorflow)


# Where control groups for memory are made, and their files: the limit, that of what
# is swapped out, and where it is counted how often a process was ended there. The
# older kind, whose second limit is of both together, then the newer.
GROUPS = (
    (
        Path("/sys/fs/cgroup/memory"),
        "memory.limit_in_bytes",
        ("memory.memsw.limit_in_bytes", 1),
        "memory.oom_control",
    ),
    (Path("/sys/fs/cgroup"), "memory.max", ("memory.swap.max", 0), "memory.events"),
)


class Group:
    """Processes that may hold so much memory together: a session, as on Binder.

    Raises
    ------
    OSError
        If this system lets us make no such group.
    """

    def __init__(self, megabytes: int):
        most = megabytes * MEGABYTE
        for parent, limit, (swap, share), counter in GROUPS:
            self.folder = parent / f"course-{os.getpid()}"
            self._counter = self.folder / counter
            self._before = _group_of_this_process(parent)
            try:
                self.folder.mkdir()
            except OSError:
                continue
            try:
                (self.folder / limit).write_text(str(most))
                with suppress(OSError):  # a system that does not count it
                    (self.folder / swap).write_text(str(share * most))
                return
            except OSError:
                self.folder.rmdir()
        raise OSError("This system lets us make no control group.")

    @contextmanager
    def entered(self) -> Iterator[None]:
        """Put the processes that are started in this block into the group."""
        (self.folder / "cgroup.procs").write_text(str(os.getpid()))
        try:
            yield
        finally:
            (self._before / "cgroup.procs").write_text(str(os.getpid()))

    def ended(self) -> int:
        """Return how many processes were ended for going beyond the limit."""
        (line,) = (
            line
            for line in self._counter.read_text().splitlines()
            if line.startswith("oom_kill ")
        )
        return int(line.split()[1])

    def close(self) -> None:
        """Take the group away; its processes have ended."""
        self.folder.rmdir()


def _group_of_this_process(parent: Path) -> Path:
    """Return the folder of the group below ``parent`` that holds this process."""
    rows = Path("/proc/self/cgroup").read_text().splitlines()
    # Number, controllers (none in the newer kind), path.
    paths = {names: path for _, names, path in (row.split(":", 2) for row in rows)}
    path = paths.get(parent.name if parent.name == "memory" else "", "/")
    return parent / path.lstrip("/")


@contextmanager
def limited(megabytes: int) -> Iterator[None]:
    """Let processes started in this block have this much memory each at the most.

    The limit is on what a process may reserve to write to (RLIMIT_DATA), so
    what it then has in memory of its own is always below.
    """
    import resource  # not on Windows

    before = resource.getrlimit(resource.RLIMIT_DATA)
    resource.setrlimit(resource.RLIMIT_DATA, (megabytes * MEGABYTE, before[1]))
    try:
        yield
    finally:
        resource.setrlimit(resource.RLIMIT_DATA, before)


def held(processes: list[psutil.Process]) -> tuple[float, float]:
    """Return the memory of some processes, in megabytes.

    Returns
    -------
    own : float
        What no system can take back: their own data, and shared memory.
    files : float
        Pages of files, such as TensorFlow's libraries: those of the process that
        has most, since the others map the same files.
    """
    own, files = 0.0, 0.0
    for process in processes:
        try:
            text = Path(f"/proc/{process.pid}/status").read_text()
        except OSError:  # it has ended
            continue
        kilobytes = {
            line.split(":")[0]: int(line.split()[1])
            for line in text.splitlines()
            if line.startswith("Rss")
        }
        own += kilobytes.get("RssAnon", 0) + kilobytes.get("RssShmem", 0)
        files = max(files, kilobytes.get("RssFile", 0))
    return own * 1024 / MEGABYTE, files * 1024 / MEGABYTE


class Peak(threading.Thread):
    """The highest memory of a process and all that it starts, while it is watched."""

    def __init__(self, root: psutil.Process):
        super().__init__(daemon=True)
        self.root = root
        self.own = self.whole = self.server = 0.0
        self._over = threading.Event()

    def run(self) -> None:
        """Look every tenth of a second."""
        while not self._over.wait(PAUSE):
            try:
                kernels = self.root.children(recursive=True)
            except psutil.NoSuchProcess:
                return
            own, files = held([self.root, *kernels])
            self.own = max(self.own, own)
            self.whole = max(self.whole, own + files)
            self.server = max(self.server, sum(held([self.root])))

    def figures(self) -> dict[str, float]:
        """Stop watching and return the peaks in megabytes."""
        self._over.set()
        self.join()
        return {
            "session": round(self.whole),
            "without_files": round(self.own),
            "server": round(self.server),
        }


def main() -> int:
    """Measure, print a table and write the record; return the exit status."""
    from tests.benchmarks.measure import machine
    from tests.browser import lab

    if data.locate_mnist()[0] == "none" or lab.CHROMIUM is None:
        print("This needs the real MNIST (COURSE_MNIST names it) and Chromium.")
        return 1
    if platform.system() != "Linux":
        print("This needs Linux, as Binder has it.")
        return 1
    record = {"machine": machine(), "chapters": {}}
    with tempfile.TemporaryDirectory() as name, ExitStack() as stack:
        folder = Path(name)
        try:
            group = Group(SESSION)
        except OSError as reason:
            print(reason)
            group, start = None, limited(SESSION - SERVER)
            record["limit_of_a_process"] = SESSION - SERVER
        else:
            stack.callback(group.close)
            start = group.entered()
            record["limit_of_the_session"] = SESSION
        with start:
            server = stack.enter_context(lab.server(folder / "clone", folder / "home"))
        page = stack.enter_context(lab.browser_page())
        opened = lab.Lab(page, server)
        root = _server_process()
        for each in CHAPTERS:
            solved = solve(build(each), each.exercises())
            write(solved, folder / "clone" / _path(each))
        for each in CHAPTERS:
            figures = _measured(opened, root, [each])
            record["chapters"][each.number] = figures
            print(line(each.number, figures), flush=True)
        record["together"] = _measured(opened, root, TOGETHER)
        record["together"]["numbers"] = [each.number for each in TOGETHER]
        print(line("+".join(record["together"]["numbers"]), record["together"]))
        if group is not None and group.ended():
            raise RuntimeError(f"{group.ended()} processes went beyond the limit.")
    RECORD.write_text(json.dumps(record, indent=1) + "\n", encoding="utf-8")
    print(f"Wrote {RECORD.relative_to(PROJECT)}.")
    return 0


def _server_process() -> psutil.Process:
    """Return the process of JupyterLab's server, a child of this one."""
    (found,) = (
        child
        for child in psutil.Process().children()
        if "course_utils.commands" in child.cmdline()
    )
    return found


def _path(chapter: Chapter) -> str:
    return f"notebooks/{chapter.name}.solved.ipynb"


def _measured(lab, root: psutil.Process, chapters: Iterable[Chapter]) -> dict:
    """Run chapters, each left open while the next runs; return the peaks.

    Raises
    ------
    RuntimeError
        If a cell of theirs fails, as it does at the limit.
    """
    peak = Peak(root)
    peak.start()
    for chapter in chapters:
        lab.open(_path(chapter))
        lab.run_all()
        failed = [
            output["evalue"]
            for cell in lab.cells()
            for output in cell["outputs"]
            if output["output_type"] == "error"
        ]
        unfinished = any(cell["count"] is None for cell in lab.cells())
        if failed or unfinished:
            raise RuntimeError(f"Chapter {chapter.number} did not run: {failed}")
    figures = peak.figures()
    for chapter in chapters:
        lab.open(_path(chapter))
        lab.close()
    return figures


def line(name: str, figures: dict) -> str:
    """Return a line of the table."""
    return (
        f"{name:10} session {figures['session']:5} MB, of it "
        f"{figures['without_files']:5} not from files; server {figures['server']:4} MB"
    )


if __name__ == "__main__":
    os.environ.update(runtime.environment())
    sys.exit(main())
