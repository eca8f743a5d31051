"""The rules that nbval does not have: nothing on stderr, no log, no hidden error."""

from nbformat.v4 import new_code_cell, new_notebook

from tests.notebooks.run import environment, run

CELLS = {
    "good": "print('INFO is a word')",
    # What comes from below Python arrives a moment later, and would otherwise be
    # reported one cell further on.
    "stderr": "import os, time\nwritten = os.write(2, b'from C')\ntime.sleep(1)",
    "log": "print('WARNING:tensorflow:5 out of the last 5 calls')",
    "error": "get_ipython().showtraceback((ValueError, ValueError(), None))",
}


def test_only_a_clean_cell_passes(tmp_path):
    kernel = {"kernelspec": {"name": "python3", "display_name": "Python 3"}}
    cells = [new_code_cell(source) for source in CELLS.values()]
    notebook = new_notebook(cells=cells, metadata=kernel)
    result = run(notebook, tmp_path / "run", environment(tmp_path / "home", None))
    failed = [
        name
        for number, name in enumerate(CELLS)
        if f"FAILED notebooks/notebook.ipynb::Cell {number}" in result.report
    ]
    assert failed == ["stderr", "log", "error"], result.report
