"""From executed notebooks to the pages that Sphinx sets.

A page is the notebook as a learner meets it, with three changes: a line of facts
and links under its title; below each exercise, in place of the check's
feedback, its hints and its solution, folded; and the still picture of each
interactive piece with its description.
"""

import re
from collections.abc import Mapping
from copy import deepcopy
from html import escape
from pathlib import Path
from urllib.parse import quote

import nbformat
from nbformat import NotebookNode
from pygments import highlight
from pygments.formatters import HtmlFormatter
from pygments.lexers import PythonLexer

from course_utils.authoring import book, notebooks
from course_utils.chapters import CHAPTERS, Chapter
from course_utils.checking import core
from course_utils.checking.show import prose
from course_utils.setup import launch

_WIDGET = "application/vnd.jupyter.widget-view+json"
_BADGE = re.compile(r"^\[!\[.*?\]\(.*?\)\]\(.*?\)[ \t]*\n?", re.MULTILINE)
_MARKER = "# NBVAL_CHECK_OUTPUT\n"  # a word to the tests
_FIGURE = re.compile(r"^\*In the figures?:\*", re.MULTILINE)


def write(executed: Mapping[str, NotebookNode], folder: Path) -> None:
    """Write Sphinx's sources: a page for each notebook, and the first page.

    Parameters
    ----------
    executed : mapping of str to NotebookNode
        By the ``name`` of what stands in :data:`course_utils.authoring.book.PAGES`.
    folder : Path
        An empty or a new folder.
    """
    shown = [each for each in book.PAGES if each.name in executed]
    for each in shown:
        text = notebooks.text_of(page(each, executed[each.name]))
        path = folder / f"{address(each)}.ipynb"
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text, encoding="utf-8")
    (folder / "index.md").write_text(first_page(shown), encoding="utf-8")


def address(chapter: Chapter) -> str:
    """Return where a page stands, without ending, as links in notebooks have it."""
    return launch.page(chapter).removeprefix("notebooks/").removesuffix(".ipynb")


def slug(title: str) -> str:
    """Return a heading's anchor as JupyterLab makes it."""
    return title.replace(" ", "-")


# One page.


def page(chapter: Chapter, executed: NotebookNode) -> NotebookNode:
    """Return what the book shows of a chapter.

    Parameters
    ----------
    chapter : Chapter
    executed : NotebookNode
        Its executed notebook. The cells are taken as they are built from the
        source, so that a notebook with solutions shows stubs too.
    """
    exercises = chapter.exercises()
    shown = notebooks.build(chapter)
    outputs = {cell.id: cell.get("outputs", []) for cell in executed.cells}
    following = [*shown.cells[1:], None]
    for cell, after in zip(shown.cells, following, strict=True):
        if cell.cell_type == "markdown":
            cell.source = _BADGE.sub("", cell.source)
            continue
        if cell.cell_type != "code":
            continue
        cell.outputs = _shown(deepcopy(outputs.get(cell.id, [])))
        cell.source = cell.source.removeprefix(launch.guard())
        cell.source = cell.source.removeprefix(_MARKER)
        name = cell.metadata.get("exercise")
        if name is not None:
            cell.outputs = [o for o in cell.outputs if not _is_feedback(o)]
            cell.outputs.append(_html(exercise_box(exercises[name])))
        described = after is not None and _FIGURE.search(after.source)
        cell.metadata["mystnb"] = {"image": {"alt": _alternative(described)}}
    _add_facts(shown.cells[0], chapter)
    return shown


def _shown(outputs: list[NotebookNode]) -> list[NotebookNode]:
    """Return outputs without what is dead in a page, each in one form."""
    kept = []
    for output in outputs:
        kinds = output.get("data", {})
        still = kinds.pop(_WIDGET, None) is not None
        if "text/html" in kinds:
            kinds.pop("image/png", None)
            # Keras' table of a model: wide, so that it scrolls.
            kinds["text/html"] = "".join(kinds["text/html"]).replace(
                '<pre style="white-space:pre;',
                '<pre tabindex="0" style="white-space:pre;',
            )
        kept.append(output)
        if still:
            text = escape(kinds.get("text/plain", ""))
            note = "Interactive in Jupyter; here it stands still."
            kept.append(_html(f'<p class="still"><em>{note}</em> {text}</p>'))
    return kept


def _alternative(described: object) -> str:
    if described:
        return "Figure; the text that follows it describes it."
    return "Figure, drawn by the code above it."


def _is_feedback(output: NotebookNode) -> bool:
    return 'class="course-feedback"' in output.get("data", {}).get("text/html", "")


def _html(content: str) -> NotebookNode:
    return nbformat.v4.new_output("display_data", {"text/html": content})


def exercise_box(exercise: core.Exercise) -> str:
    """Return an exercise's hints and solution, folded, as HTML."""
    if isinstance(exercise, core.Prediction):
        kind, solution = "Your guess", ""
    elif isinstance(exercise, core.TextExercise):
        looks = "".join(f"<li>{prose(point)}</li>" for point in exercise.rubric)
        kind = "In your own words"
        solution = f"<p>{prose(exercise.model)}</p><p>It says:</p><ul>{looks}</ul>"
    elif isinstance(exercise, core.ChoiceExercise):
        kind = "Choose"
        order = sorted(exercise.options, key=lambda letter: letter != exercise.answer)
        solution = "".join(
            f"<p><strong>{letter})</strong> {prose(exercise.options[letter])}</p>"
            for letter in order
        )
    else:
        kind, solution = "Exercise", _code(exercise.solution_source)
    total = len(exercise.hints)
    folds = [
        _fold(
            f"Hint {number} of {total}" if total > 1 else "Hint", f"<p>{prose(h)}</p>"
        )
        for number, h in enumerate(exercise.hints, 1)
    ]
    if solution:
        folds.append(_fold("Solution", solution))
    return (
        f'<div class="exercise"><p><strong>{kind}:</strong> '
        f"{prose(exercise.title)}</p>{''.join(folds)}</div>"
    )


def _fold(label: str, content: str) -> str:
    return f"<details><summary>{label}</summary>{content}</details>"


def _code(source: str) -> str:
    return highlight(source, PythonLexer(), HtmlFormatter())


def _add_facts(cell: NotebookNode, chapter: Chapter) -> None:
    """Put the facts of a chapter and the links that open it under its title."""
    facts = f"{chapter.minutes} minutes"
    if chapter in CHAPTERS:
        facts = f"Chapter {chapter.number} · {facts}"
        if chapter.needs:
            facts += f" · builds on {' and '.join(chapter.needs)}"
    else:
        facts = f"Project · {facts}"
    opened = "Open in " + " ".join(
        f'<a class="launch" href="{escape(link)}">{name}</a>'
        for name, link in launch_links(chapter).items()
    )
    opened = f'<span class="places">{opened}</span>'
    line = f'<div class="facts"><span>{facts}</span> {opened}</div>'
    title, newline, rest = cell.source.partition("\n")
    cell.source = f"{title}\n\n{line}\n\n{newline}{rest}"


def launch_links(chapter: Chapter) -> dict[str, str]:
    """Return where a chapter can be opened and run, by the name of the place."""
    home = launch.repository()
    return {
        "Binder": launch.binder(chapter, home, launch.TAG),
        "Colab": launch.colab(chapter, home, launch.TAG),
    }


# The first page.


def first_page(shown: list[Chapter]) -> str:
    """Return the source of the page that the book opens with."""
    chapters = [each for each in shown if each in CHAPTERS]
    projects = [each for each in shown if each not in CHAPTERS]
    return "\n\n".join(
        [
            "# An interactive introduction to deep learning",
            '<p class="lead">Numbered chapters that take you from a first look at a '
            "neural network to networks that you train, take apart, ship and "
            "experiment with, with NumPy, Keras and TensorFlow.</p>",
            "This is the course **to read**: every chapter as it runs, with its "
            "figures, and with hints and solutions folded away. **To work it**, open "
            "a chapter in Jupyter, on your computer or in the cloud: there you write "
            "code, and every exercise is checked while you work.",
            "## Chapters",
            _cards(chapters),
            _tree("Chapters", chapters),
            *(
                ["## Projects", _cards(projects), _tree("Projects", projects)]
                if projects
                else []
            ),
        ]
    )


def _cards(pages: list[Chapter]) -> str:
    return f'<ul class="cards">{"".join(map(_card, pages))}</ul>'


def _card(page: Chapter) -> str:
    number = f'<span class="number" aria-hidden="true">{page.number}</span>'
    return (
        f"<li>{number if page in CHAPTERS else ''}"
        f'<a href="{quote(address(page))}.html">{escape(page.title)}</a>'
        f"<p>Afterwards you can {escape(page.afterwards)}.</p>"
        f'<p class="minutes">{page.minutes} minutes</p></li>'
    )


def _tree(caption: str, pages: list[Chapter]) -> str:
    lines = "\n".join(f"{book.title(each)} <{address(each)}>" for each in pages)
    return f"```{{toctree}}\n:hidden:\n:caption: {caption}\n\n{lines}\n```"
