"""Run a notebook under nbval in a folder of its own and measure it."""

import inspect
import json
import os
import shutil
import subprocess
import sys
from copy import deepcopy
from dataclasses import dataclass
from functools import cache
from pathlib import Path

import nbformat
import psutil

from course_utils import data, runtime
from tests.benchmarks.measure import peak_megabytes

HERE = Path(__file__).resolve().parent
EXPECTED = HERE / "expected"
MARKER = "# NBVAL_CHECK_OUTPUT"

CELL_SECONDS = 150
RUN_SECONDS = 270

MEGABYTES = {"numpy": 500, "tensorflow": 1200}
SECONDS = 60
# Chapters that train many networks, or start other processes.
LONGER = {"08": 90, "09": 90, "10": 90}
# The bounds are for two idle cores. The tests run two at a time, so a
# notebook shares them with another; this allows for that and no more.
SHARED_CORES = 2

# Nothing listens here: the "discard" port of this machine.
CLOSED_PROXY = "http://127.0.0.1:9"
PROXIES = ("HTTP_PROXY", "HTTPS_PROXY", "ALL_PROXY")

# The kernel has a copy of the function: it runs in another folder.
PROBE = (
    inspect.getsource(peak_megabytes)
    + """

def _probe(path):
    import json, time

    import psutil

    time.sleep(0.3)  # lets output that is still on its way arrive
    figures = {
        "seconds": time.time() - psutil.Process().create_time(),
        "megabytes": peak_megabytes(),
    }
    with open(path, "w", encoding="utf-8") as file:
        json.dump(figures, file)


"""
)


@dataclass(frozen=True)
class Run:
    """What came of a run.

    Attributes
    ----------
    passed : bool
        Whether nbval and the stricter rules accept every cell.
    report : str
        What pytest wrote.
    executed : NotebookNode or None
        The notebook with its outputs, without the probe.
    seconds, megabytes : float or None
        From the start of the kernel to the last cell, and the kernel's peak
        memory; None when the kernel did not live that long.
    """

    passed: bool
    report: str
    executed: nbformat.NotebookNode | None
    seconds: float | None
    megabytes: float | None


def environment(home: Path, mnist: Path | None) -> dict[str, str]:
    """Return the environment of a kernel.

    Parameters
    ----------
    home : Path
        Folder for the learner's files and, without ``mnist``, for its cache.
    mnist : Path or None
        The real data set; None cuts the kernel off from data and network.
    """
    kept = {
        name: value
        for name, value in os.environ.items()
        if not name.upper().startswith(("PYTEST_", "COURSE_", "COV_"))
        and name not in ("PYTHONDONTWRITEBYTECODE", "MPLBACKEND")
    }
    if threads := os.environ.get("COURSE_THREADS"):
        kept["COURSE_THREADS"] = threads
    kept |= runtime.environment()
    # Nobody's own start-up files, history or record of progress.
    kept |= {"COURSE_HOME": str(home), "IPYTHONDIR": str(home / "ipython")}
    if mnist is not None:
        return kept | {"COURSE_MNIST": str(mnist)}
    for name in PROXIES:
        kept[name] = kept[name.lower()] = CLOSED_PROXY
    return {n: v for n, v in kept.items() if n.upper() != "NO_PROXY"}


@cache
def real_mnist() -> Path | None:
    """Return what :func:`course_utils.data.fetched_mnist` does; asked once."""
    return data.fetched_mnist()


def is_marked(cell) -> bool:
    """Say whether a cell's output is promised."""
    return cell.cell_type == "code" and cell.source.startswith(MARKER)


def with_expected(notebook, expected: dict[str, list]):
    """Return a copy whose marked cells hold the outputs that they promise.

    Raises
    ------
    ValueError
        If a marked cell has no stored outputs.
    """
    copy = deepcopy(notebook)
    for cell in filter(is_marked, copy.cells):
        if cell.id not in expected:
            raise ValueError(
                f"No outputs are stored for the marked cell that begins "
                f"{cell.source.splitlines()[1:2]}. Look at what it prints, then run "
                "`python -m tests.notebooks.record NN`."
            )
        cell.outputs = [nbformat.from_dict(output) for output in expected[cell.id]]
        cell.execution_count = 1  # nbval compares only what has been run
    return copy


def without_markers(notebook):
    """Return a copy that promises no outputs."""
    copy = deepcopy(notebook)
    for cell in filter(is_marked, copy.cells):
        cell.source = cell.source.removeprefix(MARKER).removeprefix("\n")
    return copy


def expected_outputs(number: str) -> dict[str, list]:
    """Return the stored outputs of a chapter by the id of the cell."""
    path = EXPECTED / f"{number}.json"
    return json.loads(path.read_text(encoding="utf-8")) if path.is_file() else {}


def outputs_to_store(executed) -> dict[str, list]:
    """Return the outputs of the marked cells that nbval can compare."""
    return {
        cell.id: [comparable(output) for output in cell.outputs]
        for cell in executed.cells
        if is_marked(cell)
    }


def comparable(output) -> dict:
    """Return an output without pictures and counters."""
    kept = {key: value for key, value in output.items() if key != "execution_count"}
    if "data" in kept:
        kept["data"] = {
            kind: value
            for kind, value in kept["data"].items()
            if not kind.startswith("image/")
        }
    if kept["output_type"] == "execute_result":
        kept["execution_count"] = None
    return kept


def run(notebook, folder: Path, env: dict[str, str]) -> Run:
    """Run a notebook from a clean kernel, in an empty folder.

    Parameters
    ----------
    notebook : NotebookNode
    folder : Path
        Where to put the copy; its folder is the kernel's working directory.
    env : dict of str to str
        Environment of the kernel.
    """
    figures = folder / "figures.json"
    copy = deepcopy(notebook)
    copy.cells.append(
        nbformat.v4.new_code_cell(f"{PROBE}_probe({str(figures)!r})", id="probe")
    )
    (folder / "notebooks").mkdir(parents=True)
    nbformat.write(copy, folder / "notebooks" / "notebook.ipynb")
    shutil.copy(HERE / "nbval_strict.py", folder / "conftest.py")
    (folder / "pytest.ini").write_text("[pytest]\n", encoding="utf-8")
    passed, report = _pytest(folder, env)
    measured = json.loads(figures.read_text()) if figures.is_file() else {}
    return Run(
        passed,
        report,
        _executed(folder / "executed.ipynb"),
        measured.get("seconds"),
        measured.get("megabytes"),
    )


def _pytest(folder: Path, env: dict[str, str]) -> tuple[bool, str]:
    """Run nbval in ``folder`` in a process of its own."""
    command = [sys.executable, "-m", "pytest", "--nbval-lax", "--nbval-current-env"]
    command += [f"--nbval-cell-timeout={CELL_SECONDS}", "-q", "--color=no", "-ra"]
    command += ["-p", "no:cacheprovider", "notebooks/notebook.ipynb"]
    process = subprocess.Popen(
        command,
        cwd=folder,
        env=env,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        encoding="utf-8",
        errors="replace",
    )
    try:
        report, _ = process.communicate(timeout=RUN_SECONDS)
    except subprocess.TimeoutExpired:
        kernels = psutil.Process(process.pid).children(recursive=True)
        for each in [*kernels, process]:
            each.kill()
        report, _ = process.communicate()
        report += f"\nThe notebook was stopped after {RUN_SECONDS} s."
    return process.returncode == 0, report


def _executed(path: Path):
    if not path.is_file():
        return None
    notebook = nbformat.read(path, as_version=4)
    notebook.cells = [cell for cell in notebook.cells if cell.id != "probe"]
    return notebook


def excess(result: Run, megabytes: float, seconds: float) -> list[str]:
    """Return a sentence for each bound that a run exceeds."""
    if result.megabytes is None:
        return ["The kernel did not live to the end, so nothing was measured."]
    found = []
    if result.megabytes > megabytes:
        found.append(
            f"The kernel's peak is {result.megabytes:.0f} MB, above {megabytes} MB."
        )
    if result.seconds > seconds:
        found.append(f"It took {result.seconds:.0f} s, above {seconds:.0f} s.")
    return found
