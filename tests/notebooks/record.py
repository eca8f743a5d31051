"""Store what the marked cells of chapters print: ``… -m tests.notebooks.record 06``.

Look at the change before you commit it: from then on the tests promise it.
"""

import json
import sys
import tempfile
from pathlib import Path

from course_utils.authoring.notebooks import build
from course_utils.chapters import Chapter, chapter
from tests.notebooks.run import (
    EXPECTED,
    environment,
    outputs_to_store,
    real_mnist,
    run,
    without_markers,
)


def record(which: Chapter) -> None:
    """Run a chapter untouched, on real data, and store its promised outputs."""
    mnist = real_mnist()
    if mnist is None:
        sys.exit("Recording needs the real MNIST: set COURSE_MNIST to its file.")
    notebook = build(which)
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        result = run(
            without_markers(notebook),
            folder / "run",
            environment(folder / "home", mnist),
        )
    if not result.passed:
        sys.exit(f"Nothing was stored; the notebook fails.\n{result.report}")
    for cell, executed in zip(notebook.cells, result.executed.cells, strict=True):
        if cell.cell_type == "code":
            cell.outputs = executed.outputs
    text = json.dumps(outputs_to_store(notebook), indent=1, ensure_ascii=False)
    EXPECTED.mkdir(exist_ok=True)
    path = EXPECTED / f"{which.number}.json"
    path.write_text(text + "\n", encoding="utf-8", newline="\n")
    print(f"Wrote {path.name}.")


if __name__ == "__main__":
    for number in sys.argv[1:]:
        record(chapter(number))
