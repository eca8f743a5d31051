"""Run the benchmarks, print their tables, and keep the figures as JSON."""

import argparse
import json
import platform
import sys
from datetime import UTC, datetime
from importlib.metadata import version

from benchmarks import monitor, training, widgets
from course_utils.chapters import PROJECT

BENCHES = {
    "training": training.main,
    "monitor": monitor.main,
    "widgets": widgets.main,
}
PACKAGES = ("numpy", "keras", "tensorflow-cpu", "tensorflow")


def main() -> int:
    """Run everything that ``course bench`` prints; return the exit status."""
    parser = argparse.ArgumentParser(prog="course bench", description=__doc__)
    parser.add_argument(
        "--repeats", type=int, default=5, help="runs of each (default: 5)"
    )
    repeats = max(1, parser.parse_args().repeats)
    figures = {"machine": machine()}
    for name, bench in BENCHES.items():
        print(f"\n== {name}", flush=True)
        figures[name] = bench(repeats)
    path = PROJECT / "artefacts" / "bench.json"
    path.parent.mkdir(exist_ok=True)
    path.write_text(json.dumps(figures, indent=1) + "\n", encoding="utf-8")
    print(f"\nWrote {path.relative_to(PROJECT)}.")
    return 0


def machine() -> dict[str, str]:
    """Return what the figures depend on: machine, versions, time."""
    import psutil

    found = {
        "time": datetime.now(UTC).isoformat(timespec="seconds"),
        "system": platform.platform(),
        "processor": platform.machine(),
        "cores": str(psutil.cpu_count()),
        "python": platform.python_version(),
    }
    for name in PACKAGES:
        try:
            found[name] = version(name)
        except ImportError:
            continue
    return found


if __name__ == "__main__":
    sys.exit(main())
