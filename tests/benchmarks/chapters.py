"""Memory and time of every chapter, solved, on the real MNIST, one after the other.

Each runs in a kernel of its own under the probe that the tests use: seconds from
the start of the kernel to the last cell, and the most memory that the kernel held.
Once each, however often the other benchmarks repeat: all of them take minutes. The
tests hold a time up to twice the bound that stands here, since they run two
notebooks at once.
"""

import tempfile
import time
from pathlib import Path

from course_utils.authoring.notebooks import build, solve
from course_utils.chapters import CHAPTERS
from tests.benchmarks import measure


def main(repeats: int, chapters=CHAPTERS) -> dict:
    """Run every chapter once; return the figures.

    Parameters
    ----------
    repeats : int
        Without effect here.
    chapters : sequence of Chapter
        Which to run.

    Returns
    -------
    dict
        ``chapters``: for each its ``seconds`` and ``megabytes``, and the bounds
        that the tests hold it to; ``seconds``: of all kernels together;
        ``wall_seconds``: of the whole run, from the first kernel to the last.

    Raises
    ------
    tests.benchmarks.measure.NotMeasuredError
        If the real MNIST cannot be had.
    """
    from tests.notebooks.run import LONGER, MEGABYTES, SECONDS

    mnist = measure.mnist()
    started, figures = time.perf_counter(), {}
    for chapter in chapters:
        print(f"chapter {chapter.number} …", flush=True)
        figures[chapter.number] = {
            **_run(chapter, mnist),
            "most_seconds": LONGER.get(chapter.number, SECONDS),
            "most_megabytes": MEGABYTES[
                "tensorflow" if chapter.tensorflow else "numpy"
            ],
        }
    return {
        "chapters": figures,
        "seconds": sum(of["seconds"] for of in figures.values()),
        "wall_seconds": time.perf_counter() - started,
    }


def table(figures: dict) -> str:
    """Return the figures as text, with the tests' bounds beside them."""
    lines = [f"{'chapter':10} {'seconds':>8} {'bound':>6} {'MB':>6} {'bound':>6}"]
    for number, of in figures["chapters"].items():
        lines.append(
            f"{number:10} {of['seconds']:8.1f} {of['most_seconds']:6} "
            f"{of['megabytes']:6.0f} {of['most_megabytes']:6}"
        )
    peak = max(of["megabytes"] for of in figures["chapters"].values())
    lines.append(f"{'together':10} {figures['seconds']:8.1f} {'':6} {peak:6.0f}")
    lines.append(f"{'wall':10} {figures['wall_seconds']:8.1f}")
    return "\n".join(lines)


def _run(chapter, mnist: Path) -> dict:
    from tests.notebooks.run import environment, run, without_markers

    notebook = solve(without_markers(build(chapter)), chapter.exercises())
    with tempfile.TemporaryDirectory(prefix="course-bench-") as name:
        folder = Path(name)
        result = run(notebook, folder / "run", environment(folder / "home", mnist))
    if not result.passed:
        raise RuntimeError(f"Chapter {chapter.number} fails:\n{result.report[-2000:]}")
    return {"seconds": result.seconds, "megabytes": result.megabytes}
