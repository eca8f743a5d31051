"""What the benchmarks share: peak memory, spread, processes of their own."""

import functools
import json
import os
import platform
import statistics
import subprocess
import sys
import time
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


def apart(function):
    """Return a function that calls this one by :func:`in_a_process`."""

    @functools.wraps(function)
    def called(*arguments):
        return in_a_process(function, *arguments)

    return called


def in_a_process(function, *arguments, limited: bool = True, **environment: str):
    """Call a function of this package in a process of its own; return its result.

    So no benchmark's imports, thread limits or memory reach another's figures.

    Parameters
    ----------
    function : callable
        Found again by its name; what it takes and returns can be written as JSON.
    limited : bool
        Whether the process gets the environment of the course's kernels, with their
        limits on threads.
    **environment : str
        Further environment variables.

    Raises
    ------
    RuntimeError
        If it fails; the message holds what it wrote to stderr.
    """
    names = function.__module__, function.__name__
    settings = runtime.environment() if limited else {}
    done = subprocess.run(
        [sys.executable, "-c", _CALL, *names, json.dumps(arguments)],
        cwd=PROJECT,
        env={**os.environ, **settings, **environment},
        capture_output=True,
        text=True,
        check=False,
    )
    if done.returncode:
        raise RuntimeError(f"{'.'.join(names)} failed:\n{done.stderr[-2000:]}")
    return json.loads(done.stdout.splitlines()[-1])


_CALL = """
import importlib, inspect, json, sys
module, name, arguments = sys.argv[1:]
function = inspect.unwrap(getattr(importlib.import_module(module), name))
print(json.dumps(function(*json.loads(arguments))))
"""


def in_a_kernel(code: str, folder: Path, environment=os.environ):
    """Run a cell in a new kernel.

    Returns
    -------
    ready, seconds : float
        Until the kernel is ready, and from then to the end of the cell.
    printed : str
        What the cell wrote to stdout.

    Raises
    ------
    RuntimeError
        If the cell fails.
    """
    from jupyter_client.manager import start_new_kernel

    printed, started = [], time.perf_counter()
    # Its stderr has ipykernel's notes; an error of the cell comes as a message.
    manager, client = start_new_kernel(
        cwd=str(folder), env=dict(environment), stderr=subprocess.DEVNULL
    )
    ready = time.perf_counter()

    def hear(message):
        if message["content"].get("name") == "stdout":
            printed.append(message["content"]["text"])

    try:
        reply = client.execute_interactive(code, timeout=None, output_hook=hear)
        done = time.perf_counter()
    finally:
        client.stop_channels()
        manager.shutdown_kernel(now=True)
    if reply["content"]["status"] != "ok":
        raise RuntimeError(f"The cell failed: {reply['content']['evalue']}")
    return ready - started, done - ready, "".join(printed)
