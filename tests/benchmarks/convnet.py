"""Train chapter 08's convolutional network on all of MNIST, for a few minutes.

``python -m tests.benchmarks.convnet`` runs the program as the chapter shows it, for
three seeds, and writes ``convnet.json`` beside the exercises, which the chapter reads
in place of its long cell. It takes COURSE_THREADS threads, two unless you say
otherwise.
"""

import ast
import hashlib
import json
import os
import sys
import time
from pathlib import Path

from course_utils import data, runtime
from course_utils.chapters import PROJECT, chapter
from tests.benchmarks import measure

RECORD = PROJECT / "course_utils" / "exercises" / "convnet.json"
FUNCTIONS = ("convnet", "long_run")
SEEDS = (0, 1, 2)


def program(path: Path) -> str:
    """Return the source of the chapter's :data:`FUNCTIONS`, without comments.

    Parameters
    ----------
    path : Path
        The chapter's text.

    Raises
    ------
    ValueError
        If one of the functions is not in it.
    """
    found = {
        node.name: ast.unparse(node)
        for node in ast.parse(path.read_text(encoding="utf-8")).body
        if isinstance(node, ast.FunctionDef) and node.name in FUNCTIONS
    }
    if missing := [name for name in FUNCTIONS if name not in found]:
        raise ValueError(f"{path.name} does not define {', '.join(missing)}.")
    return "\n\n".join(found[name] for name in FUNCTIONS)


def fingerprint(text: str) -> str:
    """Return what tells whether a record was made by this very program."""
    return hashlib.sha256(text.encode()).hexdigest()[:16]


def main(source: Path | None = None) -> int:
    """Train once for each seed, and write the record; return the exit status.

    Parameters
    ----------
    source : Path, optional
        The chapter's text, when it is not the course's own.
    """
    os.environ.setdefault("COURSE_THREADS", "2")
    with runtime.quiet_start():
        import keras

    digits = data.load_mnist(dtype="uint8")
    if len(digits.x_train) < 60_000:
        print("This needs the real MNIST: connect to the internet, or set COURSE_MNIST")
        return 1
    text = program(source or chapter("08").source)
    names = {"keras": keras}
    exec(compile(text, "chapter 08", "exec"), names)
    runs = []
    for seed in SEEDS:
        wall, processor = time.perf_counter(), time.process_time()
        run = names["long_run"](seed, digits)
        run["seed"] = seed
        run["minutes"] = (time.perf_counter() - wall) / 60
        run["processor_minutes"] = (time.process_time() - processor) / 60
        runs.append(run)
        print(
            f"seed {seed}: {run['test_accuracy']:.2%} in {run['minutes']:.1f} minutes, "
            f"{run['processor_minutes']:.1f} of computing",
            flush=True,
        )
    record = {
        "program": fingerprint(text),
        "machine": measure.machine() | {"threads": str(runtime.threads())},
        "runs": runs,
    }
    RECORD.write_text(json.dumps(record, indent=1) + "\n", encoding="utf-8")
    print(f"Wrote {RECORD.relative_to(PROJECT)}.")
    return 0


if __name__ == "__main__":
    sys.exit(main())
