"""What the benchmarks share: peak memory, spread, processes of their own."""

import json
import os
import platform
import statistics
import subprocess
import sys
from datetime import UTC, datetime
from importlib.metadata import version
from pathlib import Path

from course_utils import data, runtime
from course_utils.chapters import PROJECT

PACKAGES = ("numpy", "keras", "tensorflow-cpu", "tensorflow", "jupyterlab", "nbgrader")


class NotMeasuredError(Exception):
    """Something that a benchmark needs is not there; the message says what."""


def machine() -> dict[str, str]:
    """Return what the figures depend on: time, machine, versions, load."""
    import psutil

    found = {
        "time": datetime.now(UTC).isoformat(timespec="seconds"),
        "system": platform.platform(),
        "processor": platform.machine(),
        "cores": str(psutil.cpu_count()),
        "gigabytes": f"{psutil.virtual_memory().total / 1e9:.1f}",
        "load": f"{psutil.getloadavg()[0]:.1f}",  # of the minute before
        "python": platform.python_version(),
    }
    for name in PACKAGES:
        try:
            found[name] = version(name)
        except ImportError:
            continue
    return found


def peak_megabytes() -> float:
    """Return the most memory that this process has ever held, in MB (10⁶ bytes).

    It needs nothing from around it: the tests of the notebooks put its source
    into the kernel that they measure.
    """
    import re
    import sys

    if sys.platform == "win32":
        import psutil

        return psutil.Process().memory_info().peak_wset / 10**6
    if sys.platform == "linux":
        # getrusage would count the peak of the process that started this one.
        with open("/proc/self/status", encoding="utf-8") as file:
            return int(re.search(r"VmHWM:\s*(\d+) kB", file.read())[1]) * 1024 / 10**6
    import resource

    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 10**6


def spread(values: list[float], digits: int = 1) -> str:
    """Return median and range as text, such as ``10.0 (8.0–12.0)``."""
    middle, low, high = statistics.median(values), min(values), max(values)
    return f"{middle:.{digits}f} ({low:.{digits}f}–{high:.{digits}f})"


def mnist() -> Path:
    """Return the file of the real MNIST.

    Raises
    ------
    NotMeasuredError
        If it cannot be had: figures from the stand-in would mislead.
    """
    path = data.fetched_mnist()
    if path is None:
        raise NotMeasuredError(
            "This needs the real MNIST: connect to the internet, or name its file "
            "in COURSE_MNIST."
        )
    return path


def in_a_process(
    module: str, *arguments: object, limited: bool = True, **environment: str
):
    """Run a module of this package and return what its last line holds, as JSON.

    A process of its own, so that no benchmark's imports, thread limits or memory
    reach another's figures.

    Parameters
    ----------
    module : str
        Such as ``tests.benchmarks.scratch``.
    *arguments : object
        Its command line.
    limited : bool
        Whether it gets the environment of the course's kernels, with their
        limits on threads.
    **environment : str
        Further environment variables.

    Raises
    ------
    RuntimeError
        If it fails; the message holds what it wrote to stderr.
    """
    command = [sys.executable, "-m", module, *map(str, arguments)]
    settings = runtime.environment() if limited else {}
    done = subprocess.run(
        command,
        cwd=PROJECT,
        env={**os.environ, **settings, **environment},
        capture_output=True,
        text=True,
        check=False,
    )
    if done.returncode:
        raise RuntimeError(f"{' '.join(command[2:])} failed:\n{done.stderr[-2000:]}")
    return json.loads(done.stdout.splitlines()[-1])
