"""Measure the figures that README and chapters quote, and keep them as JSON.

Each benchmark that is done is written to ``artefacts/bench.json`` at once, with the
machine, the versions and the time; what other benchmarks left there stays.
"""

import argparse
import json
import sys
import time
from importlib import import_module
from pathlib import Path

from course_utils import commands
from course_utils.chapters import PROJECT
from tests.benchmarks import measure, readme

# Names, with the modules: main(repeats) returns figures, table(figures) their text.
BENCHES = {
    "mnist": "training",
    "scratch": "scratch",
    "limit": "limit",
    "widgets": "widgets",
    "monitor": "monitor",
    "start": "start",
    "chapters": "chapters",
    "feedback": "feedback",
    "growth": "growth",
    "grading": "grading",
}
FIGURES = PROJECT / "artefacts" / "bench.json"


def main(argv: list[str] | None = None) -> int:
    """Run what ``course bench`` was asked for; return the exit status."""
    options = _parse(argv)
    if options.readme:
        return readme.update(FIGURES)
    missing = []
    for name in options.names or BENCHES:
        print(f"\n== {name}", flush=True)
        try:
            keep(FIGURES, name, measured(name, options.repeats))
        except measure.NotMeasuredError as reason:
            print(f"{name} is not measured: {reason}")
            missing.append(name)
        except Exception as error:  # the others are still worth their minutes
            print(f"{name} failed: {type(error).__name__}: {error}", file=sys.stderr)
            missing.append(name)
    print(f"\nThe figures are in {FIGURES}.")
    if missing:
        print(f"Not among them, or not new: {', '.join(missing)}.")
    return 1 if missing else 0


def _parse(argv: list[str] | None) -> argparse.Namespace:
    parser = argparse.ArgumentParser(
        prog="course bench", description=__doc__, epilog=f"Names: {', '.join(BENCHES)}"
    )
    (bench,) = (each for each in commands.COMMANDS if each.name == "bench")
    for argument in bench.arguments:
        parser.add_argument(*argument.names, **argument.settings)
    parser.add_argument(
        "--readme",
        action="store_true",
        help="measure nothing; take the kept figures over into the README",
    )
    options = parser.parse_args(argv)
    if unknown := [name for name in options.names if name not in BENCHES]:
        parser.error(
            f"there is no benchmark {' or '.join(map(repr, unknown))}; "
            f"there are {', '.join(BENCHES)}"
        )
    return options


def measured(name: str, repeats: int) -> dict:
    """Run one benchmark; return its figures with what they depend on.

    Returns
    -------
    dict
        ``machine``, see :func:`tests.benchmarks.measure.machine`, of the beginning;
        ``repeats``; ``seconds`` that it took; ``figures``.

    Raises
    ------
    tests.benchmarks.measure.NotMeasuredError
        If something that it needs is not there.
    """
    machine, started = measure.machine(), time.perf_counter()
    module = import_module(f"tests.benchmarks.{BENCHES[name]}")
    figures = module.main(repeats)
    if not figures:
        raise measure.NotMeasuredError("see above.")
    print(module.table(figures))
    seconds = time.perf_counter() - started
    print(f"({name}: {seconds:.0f} s)", flush=True)
    return {
        "machine": machine,
        "repeats": repeats,
        "seconds": seconds,
        "figures": figures,
    }


def keep(path: Path, name: str, result: dict) -> None:
    """Put one benchmark's result among those that the file holds."""
    try:
        kept = json.loads(path.read_text(encoding="utf-8"))
    except (OSError, ValueError):
        kept = {}
    # An older file may hold what is not measured any more.
    kept = {each: kept[each] for each in BENCHES if each in kept} | {name: result}
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(json.dumps(kept, indent=1) + "\n", encoding="utf-8")


if __name__ == "__main__":
    sys.exit(main())
