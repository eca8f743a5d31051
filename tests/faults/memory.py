"""Memory of many kernels on one computer, as a classroom's server has them.

``python -m tests.faults.memory 06 --kernels 3 --class 30`` runs a chapter that
many times at once and says what a class would need. Pages that kernels share,
such as TensorFlow's code, are counted once: the sum of all PSS (proportional
set sizes) is what the computer really holds.
"""

import argparse
import sys
import tempfile
import time
from collections.abc import Iterable
from contextlib import suppress
from dataclasses import dataclass

import psutil

from course_utils import chapters

MEGABYTE = 10**6


@dataclass(frozen=True)
class Memory:
    """What some processes hold at one moment, in bytes.

    Attributes
    ----------
    processes : int
    own : float
        Mean of what belongs to one process alone.
    shared : float
        What several have in common, counted once.
    """

    processes: int
    own: float
    shared: float

    @property
    def together(self) -> float:
        """Bytes of all of them."""
        return self.needed(self.processes)

    def needed(self, count: int) -> float:
        """Return the bytes that so many processes of this kind would hold."""
        return count * self.own + self.shared


def measure(processes: Iterable[psutil.Process]) -> Memory:
    """Return what processes hold now (Linux); those that have ended are left out."""
    own, proportional = [], []
    for process in processes:
        with suppress(psutil.Error):
            info = process.memory_full_info()
            own.append(info.uss)
            proportional.append(info.pss)
    if not own:
        return Memory(0, 0, 0)
    return Memory(len(own), sum(own) / len(own), sum(proportional) - sum(own))


def side_by_side(chapter: chapters.Chapter, kernels: int) -> tuple[Memory, float]:
    """Run a chapter in several kernels at once.

    Returns
    -------
    Memory
        At the moment when all of them together held most.
    float
        Seconds that it took.

    Raises
    ------
    RuntimeError
        If a cell failed.
    """
    with tempfile.TemporaryDirectory() as folder:
        started = time.monotonic()
        command = [sys.executable, "-m", "jupyter", "nbconvert", "--execute"]
        command += ["--to", "notebook", "--output-dir", folder, "--log-level=ERROR"]
        runs = [
            psutil.Popen([*command, "--output", str(n), str(chapter.notebook)])
            for n in range(kernels)
        ]
        most = Memory(0, 0, 0)
        while any(run.poll() is None for run in runs):
            most = max(most, measure(_kernels(runs)), key=lambda m: m.together)
            time.sleep(0.5)
        if any(run.wait() for run in runs):
            raise RuntimeError("A cell failed; its error stands above.")
        return most, time.monotonic() - started


def _kernels(runs: list[psutil.Process]) -> list[psutil.Process]:
    found = []
    for run in runs:
        with suppress(psutil.Error):
            found += [
                child
                for child in run.children(recursive=True)
                if "ipykernel_launcher" in child.cmdline()
            ]
    return found


def main() -> int:
    """Measure, print and return the exit status."""
    parser = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    parser.add_argument("chapter", nargs="?", default="06")
    parser.add_argument("--kernels", type=int, default=3)
    parser.add_argument("--class", type=int, default=30, dest="size")
    options = parser.parse_args()
    memory, seconds = side_by_side(chapters.chapter(options.chapter), options.kernels)
    print(
        f"chapter {options.chapter}, {memory.processes} kernels at once, "
        f"{seconds:.0f} s: {memory.together / MEGABYTE:,.0f} MB together, of which "
        f"{memory.own / MEGABYTE:,.0f} MB for each and "
        f"{memory.shared / MEGABYTE:,.0f} MB in common"
    )
    needed = memory.needed(options.size) / MEGABYTE
    print(f"{options.size} kernels, all at their peak: {needed:,.0f} MB")
    return 0


if __name__ == "__main__":
    sys.exit(main())
