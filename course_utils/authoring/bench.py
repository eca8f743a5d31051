"""``course bench``: the figures that README and chapters quote."""

import argparse
import subprocess
import sys

from course_utils.chapters import NO_CLONE, PROJECT


def command(options: argparse.Namespace) -> int:
    """Run the benchmarks of tests/benchmarks; return the exit status."""
    if not (PROJECT / "tests" / "benchmarks").is_dir():
        print(NO_CLONE, file=sys.stderr)
        return 1
    words = ["-m", "tests.benchmarks", *options.names, "--repeats"]
    words.append(str(options.repeats))
    return subprocess.call([sys.executable, *words], cwd=PROJECT)
