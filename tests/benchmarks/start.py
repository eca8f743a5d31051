"""How long one waits: for the import, for a chapter's first cell, for the commands.

- ``import course_utils`` in a new Python, against a Python that does nothing, in
  turns.
- For each chapter the time from a kernel that is ready to the end of its first
  code cell (its imports, TensorFlow among them).
- ``python3 -m course_utils`` until JupyterLab answers, and ``python3 -m
  course_utils test`` until its first step begins: its set-up, not the tests.
  *Cold* is a fresh clone of the last commit without ``.venv``, once for each
  command; *warm* is the same clone called again, in turns. Packages come from the
  cache of pip and uv where they are in it, else from the package index; how many
  had to be fetched is counted.
"""

import re
import statistics
import subprocess
import sys
import tempfile
import time
from contextlib import contextmanager, suppress
from pathlib import Path

from course_utils import workers
from course_utils.chapters import CHAPTERS, PROJECT, Chapter
from course_utils.setup import bootstrap
from tests.benchmarks import chapter_code, measure

# Arguments, and the last line that each writes before it does what it was called for.
COMMANDS = {
    "python3 -m course_utils": ([], re.compile(r"http://127\.0\.0\.1:\d+/lab\S*")),
    "python3 -m course_utils test": (["test"], re.compile("== ruff check")),
}
CELL_RUNS = 3


def main(repeats: int) -> dict:
    """Measure everything; return the figures.

    Returns
    -------
    dict
        ``imports``: ``milliseconds`` of both Pythons as lists, and ``difference``,
        median over the turns; ``first_cells``: for each chapter ``ready`` and
        ``cell``, seconds, as lists with at most :data:`CELL_RUNS` entries;
        ``commands``: for each ``cold`` seconds, ``warm`` seconds as a list,
        ``packages``, how many of them were ``fetched``, and ``gigabytes`` of the
        environment; or ``reason`` where no clone could be set up.
    """
    print("import course_utils …", flush=True)
    figures = {"imports": imports(repeats), "first_cells": {}}
    for chapter in CHAPTERS:
        print(f"first cell of chapter {chapter.number} …", flush=True)
        figures["first_cells"][chapter.number] = first_cell(
            chapter, min(repeats, CELL_RUNS)
        )
    try:
        figures["commands"] = commands(repeats)
    except measure.NotMeasuredError as missing:
        figures["commands"] = {"reason": str(missing)}
    return figures


def table(figures: dict) -> str:
    """Return the figures as text."""
    of = figures["imports"]
    lines = [
        f"{'':30} {'ms':>22}",
        f"{'python':30} {measure.spread(of['python']):>22}",
        f"{'python, import course_utils':30} {measure.spread(of['with import']):>22}",
        f"{'the import':30} {of['difference']:22.1f}",
        "",
        f"{'chapter':30} {'kernel ready, s':>22} {'first cell, s':>22}",
    ]
    for number, of in figures["first_cells"].items():
        ready, cell = (measure.spread(of[key], 2) for key in ("ready", "cell"))
        lines.append(f"{number:30} {ready:>22} {cell:>22}")
    head = (
        f"{'command':30} {'cold, s':>9} {'warm, s':>22}  packages fetched  GB on disk"
    )
    lines += ["", head]
    if reason := figures["commands"].get("reason"):
        return "\n".join([*lines, f"not measured: {reason}"])
    for name, of in figures["commands"].items():
        warm = measure.spread(of["warm"])
        fetched = f"{of['fetched']} of {of['packages']}"
        line = f"{name:30} {of['cold']:9.1f} {warm:>22}  {fetched:16}"
        lines.append(f"{line}  {of['gigabytes']:.1f}")
    return "\n".join(lines)


def imports(repeats: int) -> dict:
    """Time two programs in turns, each in new Pythons."""
    codes = {"python": "pass", "with import": "import course_utils"}
    figures = {name: [] for name in codes}
    for _ in range(4 * repeats):
        for name, code in codes.items():
            started = time.perf_counter()
            subprocess.run([sys.executable, "-c", code], cwd=PROJECT, check=True)
            figures[name].append(1000 * (time.perf_counter() - started))
    pairs = zip(figures["with import"], figures["python"], strict=True)
    return {**figures, "difference": statistics.median(a - b for a, b in pairs)}


def first_cell(chapter: Chapter, runs: int) -> dict:
    """Time the start of a kernel and a chapter's first cell in it."""
    from tests.notebooks.run import environment

    code = chapter_code.first_cell(chapter.number)
    folder = PROJECT / "notebooks"
    figures = {"ready": [], "cell": []}
    with tempfile.TemporaryDirectory() as home:
        settings = environment(Path(home), None)
        for _ in range(runs):
            ready, cell, _ = measure.in_a_kernel(code, folder, settings)
            figures["ready"].append(ready)
            figures["cell"].append(cell)
    return figures


# The commands.


def commands(repeats: int) -> dict:
    """Call both commands in a fresh clone each, cold and warm.

    Raises
    ------
    tests.benchmarks.measure.NotMeasuredError
        If there is no clone to be had, or the set-up fails.
    """
    figures = {}
    with tempfile.TemporaryDirectory(prefix="course-bench-") as name:
        clones = {c: Path(name, str(i), "clone") for i, c in enumerate(COMMANDS)}
        for command, clone in clones.items():
            print(f"{command}, cold …", flush=True)
            _clone(clone)
            seconds, written = _call(command, clone)
            figures[command] = {
                "cold": seconds,
                "warm": [],
                **packages(written),
                "gigabytes": gigabytes(clone / ".venv"),
            }
        for turn in range(repeats):
            for command, clone in clones.items():
                print(f"{turn + 1} of {repeats}: {command}, warm …", flush=True)
                figures[command]["warm"].append(_call(command, clone)[0])
    return figures


def packages(written: str) -> dict:
    """Return how many packages uv installed, and how many it had to fetch first."""
    return {
        key: sum(map(int, re.findall(rf"{word} (\d+) packages?", written)))
        for key, word in (("packages", "Installed"), ("fetched", "Prepared"))
    }


def gigabytes(folder: Path) -> float:
    """Return the size of all files in a folder; what a link leads to is not in it."""
    files = (path for path in folder.rglob("*") if not path.is_symlink())
    return sum(path.stat().st_size for path in files if path.is_file()) / 1e9


def _clone(folder: Path) -> None:
    command = ["git", "clone", "--quiet", str(PROJECT), str(folder)]
    try:
        subprocess.run(command, check=True, capture_output=True, text=True)
    except (OSError, subprocess.CalledProcessError) as error:
        raise measure.NotMeasuredError(
            "The cold start needs git, and a clone of the course to clone again."
        ) from error


def _call(command: str, clone: Path) -> tuple[float, str]:
    """Call a command until its sign appears; return seconds and what it wrote."""
    arguments, sign = COMMANDS[command]
    if not arguments:  # JupyterLab
        arguments = ["--no-browser", "--port", str(workers.free_ports(1)[0])]
    # The Python that made this environment is the reader's own `python3`.
    python = getattr(sys, "_base_executable", None) or sys.executable
    settings = bootstrap.clean_environment()
    settings |= {"COURSE_HOME": str(clone.parent / "home")}
    written = []
    started = time.perf_counter()
    with _process([python, "-m", "course_utils", *arguments], clone, settings) as lines:
        for line in lines:
            written.append(line)
            if sign.search(line):
                return time.perf_counter() - started, "".join(written)
    raise measure.NotMeasuredError(
        f"`{command}` did not get going in a fresh clone: {''.join(written[-3:])}"
    )


@contextmanager
def _process(command: list[str], folder: Path, settings: dict[str, str]):
    """Run a command and give the lines that it writes; end it and its children."""
    import psutil

    process = subprocess.Popen(
        command,
        cwd=folder,
        env=settings,
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        encoding="utf-8",
        errors="replace",
    )
    try:
        yield process.stdout
    finally:
        family = []
        with suppress(psutil.NoSuchProcess):
            family = [psutil.Process(process.pid)]
            family += family[0].children(recursive=True)
        for end in (psutil.Process.terminate, psutil.Process.kill):
            for each in family:
                with suppress(psutil.NoSuchProcess):
                    end(each)
            _, family = psutil.wait_procs(family, timeout=15)
        process.stdout.close()
        process.wait()
