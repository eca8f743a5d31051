"""``course test``: the linters and all tests."""

import argparse
import os
import subprocess
import sys
import time

from course_utils.chapters import NO_CLONE, PROJECT

# import-linter has no module to run.
_LINT_IMPORTS = "from importlinter.cli import lint_imports_command as m; m()"


def command(options: argparse.Namespace) -> int:
    """Run linters and tests; return the first failure's exit status.

    tests/conftest.py sets the environment of the tests.
    """
    if not (PROJECT / "tests").is_dir():
        print(NO_CLONE, file=sys.stderr)
        return 1
    # A notebook test takes a core and up to 1.2 GB: two at once, not more.
    workers = str(min(2, os.cpu_count() or 1))
    steps = {
        "ruff check": ["-m", "ruff", "check", "."],
        "ruff format": ["-m", "ruff", "format", "--check", "."],
        "lint-imports": ["-c", _LINT_IMPORTS, "--no-logo"],
        "pytest": ["-m", "pytest", "-n", workers, "--dist", "loadgroup", *options.rest],
    }
    results = [_step(name, arguments) for name, arguments in steps.items()]
    print("\n" + "\n".join(line for line, _ in results), flush=True)
    return next((status for _, status in results if status), 0)


def _step(name: str, arguments: list[str]) -> tuple[str, int]:
    """Run one step of the tests; return a line that sums it up, and its status."""
    print(f"\n== {name}", flush=True)
    started = time.monotonic()
    status = subprocess.call([sys.executable, *arguments], cwd=PROJECT)
    if status < 0:  # ended by a signal, said the way shells say it
        status = 128 - status
    verdict = "passed" if status == 0 else f"FAILED with status {status}"
    return f"{name}: {verdict} ({time.monotonic() - started:.1f} s)", status
