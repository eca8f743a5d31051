"""Show what the runs of the notebooks took, as a table at the end.

A pytest plugin of its own, not a ``conftest.py``: under pytest-xdist the
process that prints the summary collects nothing and so loads no conftest
from here; it gets this by ``-p tests.notebooks.report``.
"""

import json
import time

from course_utils.chapters import PROJECT

FIGURES = PROJECT / "artefacts" / "notebooks"
_started = time.time()


def pytest_collection_modifyitems(items):
    """Put the runs of whole notebooks first: they take longest."""
    items.sort(key=lambda item: item.path.name != "test_run.py")


def pytest_terminal_summary(terminalreporter):
    """Merge the figures of this session's runs and print them."""
    runs = [
        json.loads(path.read_text(encoding="utf-8"))
        for path in sorted(FIGURES.glob("*.json"))
        if path.stat().st_mtime >= _started - 2  # some file systems round times
    ]
    if not runs:
        return
    merged = FIGURES.with_suffix(".json")
    merged.write_text(json.dumps(runs, indent=1) + "\n", encoding="utf-8")
    terminalreporter.section("notebooks: from the kernel's start to the last cell")
    for line in table(runs):
        terminalreporter.write_line(line)


def table(runs):
    """Return the lines of a table of runs."""
    yield f"{'chapter':32} {'variant':10} {'data':9} {'s':>6} {'MB':>6}"
    for run in runs:
        seconds, megabytes = (
            "–" if run[key] is None else f"{run[key]:.{digits}f}"
            for key, digits in (("seconds", 1), ("megabytes", 0))
        )
        failed = "" if run["passed"] else "  failed"
        yield (
            f"{run['chapter']:32} {run['variant']:10} {run['data']:9} "
            f"{seconds:>6} {megabytes:>6}{failed}"
        )
