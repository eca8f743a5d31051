"""The terms of chapter 01's glossary, explained where a page first uses them.

A Sphinx extension: the first use of each term on a page becomes a link to the
glossary that shows the definition when it is pointed at or focused.
"""

import re
from dataclasses import dataclass
from functools import cache
from html import escape

from docutils import nodes
from sphinx.application import Sphinx

from course_utils.authoring import notebooks
from course_utils.chapters import chapter

HOME = chapter("01")
"""The chapter whose section "Glossary" holds the terms."""

_ENTRY = re.compile(
    r"^- (?P<names>\*\*[^\n]*?)<a id=\"(?P<id>[\w-]+)\"></a>: "
    r"(?P<text>.*?)(?=\n\S|\n\n|\Z)",
    re.MULTILINE | re.DOTALL,
)
_NOT_IN = (nodes.title, nodes.reference, nodes.literal, nodes.math, nodes.raw)


@dataclass(frozen=True)
class Term:
    """One entry: its anchor on the page, its names, its definition as plain text."""

    anchor: str
    names: tuple[str, ...]
    definition: str


@cache
def terms() -> tuple[Term, ...]:
    """Return the glossary, in its own order."""
    cells = notebooks.build(HOME).cells
    (text,) = [c.source for c in cells if re.search(r"^## .*Glossary$", c.source, re.M)]
    return tuple(
        Term(
            found["id"],
            tuple(re.findall(r"\*\*(.+?)\*\*", found["names"])),
            re.sub(r"\s+", " ", found["text"].replace("*", "")).strip(),
        )
        for found in _ENTRY.finditer(text.split("Glossary\n", 1)[1])
    )


@cache
def _any_name() -> tuple[re.Pattern, dict[str, Term]]:
    by_name = {name.lower(): term for term in terms() for name in term.names}
    # "learning rate" before "learning"; a plural is the same term.
    longest = sorted(by_name, key=len, reverse=True)
    choice = "|".join(re.escape(name).replace(r"\ ", r"\s+") for name in longest)
    return re.compile(rf"\b({choice})(?:e?s)?\b(?!-)", re.IGNORECASE), by_name


def explain(app: Sphinx, doctree: nodes.document, docname: str) -> None:
    """Make the first use of each term on a page into a link with its definition."""
    if app.builder.format != "html":
        return
    pattern, by_name = _any_name()
    address = app.builder.get_relative_uri(docname, HOME.name)
    seen: set[str] = set()
    for text in list(doctree.findall(nodes.Text)):
        if not _is_prose(text):
            continue
        pieces: list[nodes.Node] = []
        end = 0
        for match in pattern.finditer(str(text)):
            term = by_name[re.sub(r"\s+", " ", match[1].lower())]
            if term.anchor in seen:
                continue
            seen.add(term.anchor)
            pieces.append(nodes.Text(str(text)[end : match.start()]))
            link = (
                f'<a class="term" href="{escape(address)}#{term.anchor}" '
                f'data-definition="{escape(f"{term.names[0]}: {term.definition}")}">'
                f"{escape(match[0])}</a>"
            )
            pieces.append(nodes.raw("", link, format="html"))
            end = match.end()
        if pieces:
            text.parent.replace(text, [*pieces, nodes.Text(str(text)[end:])])


def _is_prose(text: nodes.Text) -> bool:
    """Say whether a text stands in a sentence, outside of the glossary itself."""
    node = text.parent
    in_paragraph = False
    while node is not None:
        if isinstance(node, _NOT_IN):
            return False
        if isinstance(node, nodes.section) and _is_glossary(node):
            return False
        in_paragraph = in_paragraph or isinstance(node, nodes.paragraph)
        node = node.parent
    return in_paragraph


def _is_glossary(section: nodes.section) -> bool:
    return section.next_node(nodes.title).astext().endswith("Glossary")


def setup(app: Sphinx) -> dict:
    """Connect :func:`explain`."""
    app.connect("doctree-resolved", explain)
    return {"parallel_read_safe": True, "parallel_write_safe": True}
