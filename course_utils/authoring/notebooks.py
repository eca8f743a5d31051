"""From text to notebook: what ``course notebooks`` does.

Authors edit ``notebooks/source/NN_slug.py`` (jupytext ``py:percent``); this
module writes ``notebooks/NN_slug.ipynb`` from it, never the other way. The
projects in ``notebooks/source/capstone/`` are treated alike. The same source
always gives the same bytes, so a test can compare them.

jupytext and nbformat are tools for authors, not for learners, so they are
imported where they are used.
"""

from __future__ import annotations

import argparse
import ast
import hashlib
import json
import re
import shutil
from collections.abc import Iterable, Mapping
from copy import deepcopy
from pathlib import Path
from typing import TYPE_CHECKING, Any

from course_utils import files
from course_utils.chapters import CAPSTONES, CHAPTERS, WORKED, Chapter
from course_utils.setup.launch import guard

if TYPE_CHECKING:
    from nbformat import NotebookNode

_IMPORT = re.compile(r"^(from|import) course_utils\b", re.MULTILINE)
# What jupytext notes about blank lines in the text; of no use in a notebook.
_JUPYTEXT_NOTES = ("lines_to_next_cell", "lines_to_end_of_cell_marker")


def build(source: Chapter | str) -> NotebookNode:
    """Return the notebook that belongs to a source, without any output.

    Parameters
    ----------
    source : Chapter or str
        A chapter, or the text of a source in jupytext's ``py:percent`` format.

    Returns
    -------
    NotebookNode
        A valid notebook. The ids of its cells depend on their contents alone.
        The first cell that imports from this package begins with
        :func:`course_utils.setup.launch.guard`.
        It carries no jupytext metadata, so saving it in JupyterLab writes
        nothing back to the source.

    Raises
    ------
    ValueError
        If two cells hold the same exercise, or an exercise's name cannot be
        part of a cell id.
    """
    import jupytext
    import nbformat

    text = (
        source.source.read_text(encoding="utf-8")
        if isinstance(source, Chapter)
        else source
    )
    cells = [_cell(cell) for cell in jupytext.reads(text, fmt="py:percent").cells]
    _guard_first_import(cells)
    _set_ids(cells)
    notebook = nbformat.from_dict(
        {
            "cells": cells,
            "metadata": {
                "course": {"digest": digest(cells)},
                "kernelspec": {
                    "display_name": "Python 3 (ipykernel)",
                    "language": "python",
                    "name": "python3",
                },
                "language_info": {"name": "python"},
            },
            "nbformat": 4,
            "nbformat_minor": 5,
        }
    )
    try:
        nbformat.validate(notebook)
    except nbformat.ValidationError as error:
        raise ValueError(
            f"The source does not make a valid notebook: {error.message}."
        ) from error
    return notebook


def _cell(parsed: NotebookNode) -> NotebookNode:
    """Return a clean cell with the type, source and metadata of ``parsed``."""
    import nbformat

    make = {
        "code": nbformat.v4.new_code_cell,
        "markdown": nbformat.v4.new_markdown_cell,
        "raw": nbformat.v4.new_raw_cell,
    }[parsed.cell_type]
    metadata = {
        key: value
        for key, value in parsed.metadata.items()
        if key not in _JUPYTEXT_NOTES
    }
    return make(source=parsed.source, metadata=metadata)


def _guard_first_import(cells: list[NotebookNode]) -> None:
    """Let a notebook that is alone on a machine fetch this package."""
    for cell in cells:
        if cell.cell_type == "code" and _IMPORT.search(cell.source):
            cell.source = guard() + cell.source
            return


def _set_ids(cells: list[NotebookNode]) -> None:
    """Give every cell an id that is the same in every build of its source."""
    seen: dict[str, int] = {}
    for cell in cells:
        name = cell.metadata.get("exercise")
        if name is None:
            content = f"{cell.cell_type}\n{cell.source}"
            name = hashlib.sha256(content.encode()).hexdigest()[:12]
            seen[name] = seen.get(name, 0) + 1
            cell.id = name if seen[name] == 1 else f"{name}-{seen[name]}"
        else:
            cell.id = f"exercise-{name}"
            if cell.id in seen:
                raise ValueError(
                    f"Two cells hold the exercise {name!r}; keep it in one of them."
                )
            seen[cell.id] = 1


def digest(cells: Iterable[NotebookNode]) -> str:
    """Return a fingerprint of what stands in the cells, outputs not counted."""
    contents = [[cell["cell_type"], cell["source"]] for cell in cells]
    return hashlib.sha256(json.dumps(contents).encode()).hexdigest()


def text_of(notebook: NotebookNode) -> str:
    """Return the text of a notebook's file, ending in one newline."""
    import nbformat

    return nbformat.writes(notebook).rstrip("\n") + "\n"


def write(notebook: NotebookNode, path: Path) -> None:
    """Write a notebook: in UTF-8, the same bytes on every platform, or nothing."""
    files.write_whole(path, text_of(notebook))


def has_own_work(path: Path) -> bool:
    """Say whether a notebook file holds anything that was not generated.

    That is: cells that differ from the generated ones, outputs, or contents
    that cannot be read as a generated notebook at all.
    """
    try:
        notebook = json.loads(path.read_text(encoding="utf-8"))
        stored = notebook["metadata"]["course"]["digest"]
        cells = notebook["cells"]
        for cell in cells:  # the file holds a source as a list of lines
            cell["source"] = "".join(cell["source"])
        return stored != digest(cells) or any(cell.get("outputs") for cell in cells)
    except (ValueError, KeyError, TypeError, AttributeError):
        return True


def keep_copy(path: Path) -> Path:
    """Copy a notebook to the first free ``….backup-<n>.ipynb`` beside it."""
    number = 1
    while (copy := path.with_name(f"{path.stem}.backup-{number}.ipynb")).exists():
        number += 1
    shutil.copy2(path, copy)
    return copy


def is_current(chapter: Chapter) -> bool:
    """Say whether a chapter's notebook file is what its source gives."""
    path = chapter.notebook
    if not path.is_file():
        return False
    # Bytes that are not UTF-8 count as a difference, not as an error.
    present = path.read_text(encoding="utf-8", errors="replace")
    return present == text_of(build(chapter))


def command(options: argparse.Namespace) -> int:
    """Write the notebooks, or compare them; return the exit status."""
    return write_all(options.check, options.overwrite)


def write_all(
    check: bool = False,
    overwrite: bool = False,
    chapters: Iterable[Chapter] = (*CHAPTERS, *CAPSTONES, *WORKED),
) -> int:
    """Write every notebook from its source, and say what was done.

    A notebook that holds somebody's own work is left alone, unless
    ``overwrite`` is given; even then a copy of it is kept.

    Parameters
    ----------
    check : bool
        Write nothing; report the notebooks that differ from their source.
    overwrite : bool
        Replace notebooks with work of their own too, after copying them.
    chapters : iterable of Chapter

    Returns
    -------
    int
        Exit status: 0 when every notebook is (now) what its source gives.
    """
    return max([_update(chapter, check, overwrite) for chapter in chapters], default=0)


def _update(chapter: Chapter, check: bool, overwrite: bool) -> int:
    """Write or check one chapter; return 1 when it stays out of date."""
    path = chapter.notebook
    if not chapter.source.is_file():
        print(f"{chapter.source.name} is missing in notebooks/source/. Write it first.")
        return 1
    try:
        notebook = build(chapter)
    except ValueError as error:
        print(f"{chapter.source.name}: {error}")
        return 1
    if is_current(chapter):
        return 0
    if check:
        print(f"{path.name} differs from its source. Run `course notebooks`.")
        return 1
    if path.exists() and has_own_work(path):
        if not overwrite:
            print(
                f"{path.name} holds changes or outputs of its own, so it was left "
                "alone. Run `course notebooks --overwrite` to replace it; a copy "
                "is kept beside it."
            )
            return 1
        print(f"Kept {path.name} as {keep_copy(path).name}.")
    write(notebook, path)
    print(f"Wrote {path.name}.")
    return 0


def stubs(notebook: NotebookNode) -> dict[str, str]:
    """Return the source of each exercise cell by the exercise's name."""
    return {
        cell.metadata["exercise"]: cell.source
        for cell in notebook.cells
        if cell.cell_type == "code" and "exercise" in cell.metadata
    }


def solve(
    notebook: NotebookNode,
    exercises: Mapping[str, Any],
    only: Iterable[str] | None = None,
) -> NotebookNode:
    """Return a copy of a notebook with the references in place of the stubs.

    Parameters
    ----------
    notebook : NotebookNode
    exercises : mapping of str to exercise
        The chapter's exercises by name; each has a ``solution_source``.
    only : iterable of str, optional
        Names of the exercises to solve; all of them when left out.

    Raises
    ------
    ValueError
        If a cell names an exercise that is not declared, or holds no stub of
        the exercise that it names.
    """
    solved = deepcopy(notebook)
    wanted = None if only is None else set(only)
    for cell in solved.cells:
        name = cell.metadata.get("exercise")
        if cell.cell_type != "code" or name is None:
            continue
        if name not in exercises:
            raise ValueError(
                f"A cell names the exercise {name!r}, which the chapter's module "
                f"does not declare; it declares {', '.join(exercises) or 'none'}."
            )
        if wanted is None or name in wanted:
            cell.source = _solved_source(
                cell.source, name, exercises[name].solution_source
            )
    return solved


def _solved_source(source: str, name: str, solution: str) -> str:
    """Return a cell's source with its stub replaced by ``solution``."""
    try:
        tree = ast.parse(source)
    except SyntaxError as error:
        raise ValueError(
            f"The cell of the exercise {name!r} is not valid Python: {error}."
        ) from error
    solution = solution.strip()
    if re.match(rf"(async def|def|class) {re.escape(name)}\b", solution):
        return _with_definition(source, tree, name, solution)
    return _with_value(source, tree, name, solution)


def _with_definition(source: str, tree: ast.Module, name: str, solution: str) -> str:
    """Replace the definition called ``name``, decorators included."""
    kinds = (ast.FunctionDef, ast.AsyncFunctionDef, ast.ClassDef)
    for node in tree.body:
        if isinstance(node, kinds) and node.name == name:
            first = min([node.lineno, *(d.lineno for d in node.decorator_list)])
            lines = source.split("\n")
            comment = _trailing_comment_lines(lines, node)
            lines[first - 1 : node.end_lineno + comment] = solution.split("\n")
            return "\n".join(lines)
    raise ValueError(
        f"The cell of the exercise {name!r} does not define {name!r}: the stub "
        "has to carry the exercise's name."
    )


def _trailing_comment_lines(lines: list[str], node: ast.stmt) -> int:
    """Count indented comment lines after a definition: ast leaves them out."""
    count = 0
    for line in lines[node.end_lineno :]:
        if not (line.startswith((" ", "\t")) and line.lstrip().startswith("#")):
            break
        count += 1
    return count


def _with_value(source: str, tree: ast.Module, name: str, solution: str) -> str:
    """Replace the first ``None`` or ``...`` that is assigned to a variable."""
    for node in tree.body:
        if (
            isinstance(node, ast.Assign | ast.AnnAssign)
            and isinstance(node.value, ast.Constant)
            and (node.value.value is None or node.value.value is ...)
        ):
            lines = source.split("\n")
            # ast counts columns in bytes of UTF-8.
            line = lines[node.value.lineno - 1].encode()
            before = line[: node.value.col_offset].decode()
            after = line[node.value.end_col_offset :].decode()
            value = f"({solution})" if "\n" in solution else solution
            lines[node.value.lineno - 1] = before + value + after
            return "\n".join(lines)
    raise ValueError(
        f"The cell of the exercise {name!r} holds no stub: expected an assignment "
        "such as `answer = None`."
    )
