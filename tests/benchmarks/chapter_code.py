"""The code of a chapter, taken from its text: benchmarks run what readers run."""

import ast
import re
from functools import cache

from course_utils.authoring.notebooks import build, solve
from course_utils.chapters import chapter


def functions(number: str, **names: object) -> dict:
    """Return what a chapter defines, solved.

    Parameters
    ----------
    number : str
        Two digits.
    **names : object
        What its functions use and do not define: modules, arrays.

    Returns
    -------
    dict
        Its functions and classes, and ``names``; their globals are this dict.
    """
    space = dict(names)
    for cell in _solved(number):
        kept = ast.parse(cell.source).body
        kept = [n for n in kept if isinstance(n, ast.FunctionDef | ast.ClassDef)]
        exec(compile(ast.Module(kept, []), f"chapter_{number}", "exec"), space)
    return space


def run_cell(number: str, start: str, space: dict) -> None:
    """Run the one cell of a chapter that has a line starting with ``start``.

    Raises
    ------
    ValueError
        If there is no such cell, or more than one.
    """
    found = [
        cell.source
        for cell in _solved(number)
        if re.search(rf"^{re.escape(start)}", cell.source, re.MULTILINE)
    ]
    if len(found) != 1:
        raise ValueError(f"{len(found)} cells of chapter {number} have {start!r}.")
    exec(compile(found[0], f"chapter_{number}", "exec"), space)


def text(number: str) -> str:
    """Return the source of a chapter without its comment signs."""
    source = chapter(number).source.read_text(encoding="utf-8")
    return re.sub(r"^# ?", "", source, flags=re.MULTILINE)


def first_cell(number: str) -> str:
    """Return the source of a chapter's first code cell."""
    return _solved(number)[0].source


@cache
def _solved(number: str) -> list:
    which = chapter(number)
    cells = solve(build(which), which.exercises()).cells
    return [cell for cell in cells if cell.cell_type == "code"]
