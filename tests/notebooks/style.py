"""The rules of a chapter that a program can check (see the style guide).

Each rule is a function from a :class:`Document` to sentences about what is
wrong; :data:`RULES` holds them by name.
"""

import ast
import re
from collections.abc import Iterable
from itertools import pairwise
from statistics import median
from typing import NamedTuple

from course_utils.authoring.notebooks import build
from course_utils.setup.launch import guard

MEDIAN_LINES = 5
SHORT_CELL = 10
SHARE_OF_SHORT_CELLS = 0.75
LONGEST_CELL = 25
LONGEST_MARKED_CELL = 40
LINE_LENGTH = 79

OBJECTIVES = "What you will be able to do"
BEFORE = "Before you start"
RECAP, RECALL, READING = "Recap", "Recall", "Further reading"
WITHOUT_RECALL = ("00",)

FILLERS = ("simply", "just", "obviously", "trivial", "trivially", "clearly")
FILLER = re.compile(rf"\b({'|'.join(FILLERS)}|of\s+course)\b", re.IGNORECASE)

FORBIDDEN = {
    r"^\s*(!|%|%%)\s*(pip|conda|mamba|uv)\b": "installs packages",
    r"""["'](pip|conda|mamba|uv)["']""": "installs packages",
    r"^\s*from\s+\S+\s+import\s+\*": "has a star import",
    r"\bsys\.path\b": "edits sys.path",
    r"\binteract(ive|ive_output|_manual)?\b\s*(\(|,|$)": "uses interact",
    r"\bOutput\s*\(": "uses an Output widget",
    r"#\s*NBVAL_(?!CHECK_OUTPUT)": "keeps itself out of the tests",
}

HEADING = re.compile(r"^(#{1,6})\s+(.*?)\s*$")
BULLET = re.compile(r"^[-*]\s+(.*)")
NUMBERED = re.compile(r"^(\d+)\.\s+\S")
LEAD = re.compile(r"\*\*(.+?)\*\*\s*(.*)", re.DOTALL)
LINK = re.compile(r"\[[^\]]+\]\([^)]+\)|<https?://[^>]+>")
FIGURE = re.compile(r"\bplt\.(figure|subplots|subplot_mosaic)\(|(?<![\w.])plots\.\w+\(")
TITLE = re.compile(r"\b(set_title|suptitle|plt\.title)\(|(?<![\w.])plots\.\w+\(")


DEFINITIONS = (ast.FunctionDef, ast.AsyncFunctionDef, ast.ClassDef)


class Heading(NamedTuple):
    """A heading: its level, its text, the cell and the line in it."""

    level: int
    text: str
    cell: int
    line: int


class Document:
    """A chapter as the rules see it: cells, headings and sections."""

    def __init__(self, source: str, number: str = "06"):
        self.number = number
        self.cells = build(source).cells
        for cell in self.cells:  # the rules are about what authors write
            cell.source = cell.source.removeprefix(guard())
        self.headings = list(self._find_headings())

    def _find_headings(self) -> Iterable[Heading]:
        for index, cell in enumerate(self.cells):
            if cell.cell_type != "markdown":
                continue
            for number, line in enumerate(without_fences(cell.source).split("\n")):
                if match := HEADING.match(line):
                    yield Heading(len(match[1]), match[2], index, number)

    @property
    def code(self) -> list:
        return [cell for cell in self.cells if cell.cell_type == "code"]

    def sections(self) -> list[str]:
        return [heading.text for heading in self.headings if heading.level == 2]

    def section(self, title: str) -> list[tuple[str, str]]:
        """Cells of an H2 section, heading left out, as (type, text)."""
        borders = {(h.cell, h.line): h for h in self.headings if h.level <= 2}
        parts, inside = [], False
        for index, cell in enumerate(self.cells):
            lines = []
            for number, line in enumerate(cell.source.split("\n")):
                if border := borders.get((index, number)):
                    inside = (border.level, border.text) == (2, title)
                elif inside:
                    lines.append(line)
            if lines:
                kind = "exercise" if "exercise" in cell.metadata else cell.cell_type
                parts.append((kind, "\n".join(lines)))
        return parts

    def prose(self, title: str) -> str:
        """Return the markdown of a section."""
        return "\n\n".join(t for kind, t in self.section(title) if kind == "markdown")


def without_fences(text: str) -> str:
    """Blank out fenced blocks, keeping the number of lines."""
    kept, fence = [], None
    for line in text.split("\n"):
        mark = re.match(r"\s*(```+|~~~+)", line)
        if mark and (fence is None or mark[1].startswith(fence)):
            fence = mark[1] if fence is None else None
            line = ""
        kept.append("" if fence else line)
    return "\n".join(kept)


def bullets(text: str) -> list[str]:
    """Return the top-level bullets of a text, continuation lines joined."""
    found: list[str] = []
    inside = False
    for line in text.split("\n"):
        if match := BULLET.match(line):
            found.append(match[1])
            inside = True
        elif inside and line.strip() and line.startswith(" "):
            found[-1] += " " + line.strip()
        elif line.strip():
            inside = False
    return found


def lead(bullet: str) -> str | None:
    """Return the bold text that a bullet starts with, without punctuation."""
    match = LEAD.match(bullet)
    return match[1].strip(" .:,;") if match else None


def start_of(cell) -> str:
    """Name a cell in a message by its first line."""
    first = next((line for line in cell.source.split("\n") if line.strip()), "")
    return f"the cell that begins {first[:60]!r}"


def parsed(cell) -> ast.Module:
    """Return a code cell's syntax tree; an empty one if it cannot be parsed."""
    try:
        return ast.parse(cell.source)
    except SyntaxError:  # the rule "syntax" reports it
        return ast.Module([], [])


def code_lines(cell) -> int:
    """Count lines that are neither blank nor comments.

    The docstrings of an exercise's stub are its task, so they do not count.
    """
    lines = dict(enumerate(cell.source.split("\n"), 1))
    if "exercise" in cell.metadata:
        for node in ast.walk(parsed(cell)):
            if isinstance(node, DEFINITIONS) and ast.get_docstring(node) is not None:
                text = node.body[0]
                for number in range(text.lineno, text.end_lineno + 1):
                    lines.pop(number, None)
    return sum(
        bool(line.strip()) and not line.lstrip().startswith("#")
        for line in lines.values()
    )


def tags(cell) -> list[str]:
    return cell.metadata.get("tags", [])


# The rules, each a generator of sentences, by name.

RULES = {}


def rule(function):
    RULES[function.__name__] = function
    return function


@rule
def one_title(doc: Document) -> Iterable[str]:
    titles = [h for h in doc.headings if h.level == 1]
    if len(titles) != 1:
        yield f"there are {len(titles)} H1 headings; a chapter has one"
    elif (titles[0].cell, titles[0].line) != (0, 0):
        yield "the H1 is not the first line of the first cell"


@rule
def sections_in_order(doc: Document) -> Iterable[str]:
    found = doc.sections()
    numbered = [text for text in found if re.match(r"\d+\.", text)]
    last = [RECAP, READING]
    if doc.number not in WITHOUT_RECALL or RECALL in found:
        last.insert(1, RECALL)
    expected = [OBJECTIVES, BEFORE, *numbered, *last]
    if not numbered:
        yield "there is no numbered section (`## 1. …`)"
    if found != expected:
        yield f"the H2 sections are {found}; expected {expected}"
    for position, text in enumerate(numbered, 1):
        if not re.match(rf"{position}\. \S", text):
            yield f"section {text!r} should have the number {position}"


@rule
def objectives(doc: Document) -> Iterable[str]:
    found = bullets(doc.prose(OBJECTIVES))
    if not 3 <= len(found) <= 5:
        yield f"{OBJECTIVES!r} has {len(found)} bullets; 3 to 5 are wanted"
    for bullet in found:
        match = LEAD.match(bullet)
        if not match or not match[2].strip():
            yield f"objective {bullet!r} does not start like `**Verb …** rest`"
        if re.search(r"\bunderstand", bullet, re.IGNORECASE):
            yield f"objective {bullet!r}: nobody can observe understanding"


@rule
def recap_mirrors_objectives(doc: Document) -> Iterable[str]:
    promised = [lead(bullet) for bullet in bullets(doc.prose(OBJECTIVES))]
    repeated = [lead(bullet) for bullet in bullets(doc.prose(RECAP))]
    if promised != repeated:
        yield f"the recap's bullets lead with {repeated}, the objectives' {promised}"


@rule
def three_recall_questions(doc: Document) -> Iterable[str]:
    if RECALL not in doc.sections():  # whether it must be there: another rule
        return
    lines = without_fences(doc.prose(RECALL)).split("\n")
    numbers = [int(match[1]) for line in lines if (match := NUMBERED.match(line))]
    exercises = [kind for kind, _ in doc.section(RECALL) if kind == "exercise"]
    details = doc.prose(RECALL).count("<details>")
    if numbers != [1, 2, 3] and len(exercises) != 3 and details != 3:
        yield (
            f"Recall has the numbered questions {numbers}, {len(exercises)} "
            f"exercise cells and {details} <details>; three questions are wanted"
        )


@rule
def reading_with_reasons(doc: Document) -> Iterable[str]:
    found = bullets(doc.prose(READING))
    if not found:
        yield "Further reading lists nothing"
    for bullet in found:
        if not LINK.search(bullet):
            yield f"Further reading: {bullet!r} has no link"
        if len(re.findall(r"\w{2,}", LINK.sub("", bullet))) < 3:
            yield f"Further reading: {bullet!r} does not say why"


@rule
def short_cells(doc: Document) -> Iterable[str]:
    lengths = [code_lines(cell) for cell in doc.code]
    if not lengths:
        return
    if median(lengths) > MEDIAN_LINES:
        yield (
            f"the median code cell has {median(lengths)} lines, above {MEDIAN_LINES}"
        )
    share = sum(length <= SHORT_CELL for length in lengths) / len(lengths)
    if share < SHARE_OF_SHORT_CELLS:
        yield (
            f"{share:.0%} of the code cells have at most {SHORT_CELL} lines; "
            f"{SHARE_OF_SHORT_CELLS:.0%} are wanted"
        )


@rule
def no_long_cell(doc: Document) -> Iterable[str]:
    marked = [cell for cell in doc.code if "long-cell" in tags(cell)]
    if len(marked) > 1:
        yield f"{len(marked)} cells are tagged long-cell; one exception is allowed"
    for cell in doc.code:
        limit = LONGEST_MARKED_CELL if cell in marked else LONGEST_CELL
        if (length := code_lines(cell)) > limit:
            yield f"{start_of(cell)} has {length} lines of code, above {limit}"


@rule
def line_length(doc: Document) -> Iterable[str]:
    for cell in doc.code:
        for line in cell.source.split("\n"):
            if len(line) > LINE_LENGTH:
                yield f"{len(line)} characters in the line {line.strip()[:60]!r} …"


@rule
def prose_between_code(doc: Document) -> Iterable[str]:
    run = 0
    for cell in doc.cells:
        run = run + 1 if cell.cell_type == "code" else 0
        if run == 3:
            yield f"three code cells in a row, up to {start_of(cell)}"


def top_level(cell) -> str:
    """Return a cell's source without the bodies of functions and classes."""
    return "\n".join(
        ast.unparse(node)
        for node in parsed(cell).body
        if not isinstance(node, DEFINITIONS)
    )


@rule
def figures_are_shown(doc: Document) -> Iterable[str]:
    for cell in doc.code:
        lines = [line for line in cell.source.split("\n") if line.strip()]
        draws = FIGURE.search(top_level(cell)) or "plt.show()" in top_level(cell)
        if draws and lines[-1].strip() != "plt.show()":
            yield f"{start_of(cell)} draws but does not end with plt.show()"


@rule
def figures_have_alt_text(doc: Document) -> Iterable[str]:
    for cell, following in zip(doc.cells, [*doc.cells[1:], None], strict=True):
        if cell.cell_type != "code" or "plt.show()" not in top_level(cell):
            continue
        if (
            following is None
            or following.cell_type != "markdown"
            or not following.source.startswith("*In the figure:")
        ):
            yield f"no `*In the figure: …*` after {start_of(cell)}"


@rule
def figures_have_titles(doc: Document) -> Iterable[str]:
    for cell in doc.code:
        if "plt.show()" in top_level(cell) and not TITLE.search(cell.source):
            yield f"no title in the figure of {start_of(cell)}"


@rule
def nothing_forbidden(doc: Document) -> Iterable[str]:
    for cell in doc.code:
        for pattern, deed in FORBIDDEN.items():
            if re.search(pattern, cell.source, re.MULTILINE):
                yield f"{start_of(cell)} {deed}"


@rule
def one_import_cell(doc: Document) -> Iterable[str]:
    imports = (ast.Import, ast.ImportFrom)
    importing = [
        cell
        for cell in doc.code
        if "shown-as-written" not in tags(cell)
        and any(isinstance(node, imports) for node in ast.walk(parsed(cell)))
    ]
    for cell in importing[1:]:
        yield f"{start_of(cell)} imports; the set-up cell is {start_of(importing[0])}"


@rule
def sliders_keep_their_data(doc: Document) -> Iterable[str]:
    """Sliders draw again long after later cells have run, with whatever they left."""
    trees = [parsed(cell) for cell in doc.code]
    for position, tree in enumerate(trees):
        for call in calls_of_explore(tree):
            used = set().union(*(used_names(trees[: position + 1], f) for f in call))
            for later, cell in zip(
                trees[position + 1 :], doc.code[position + 1 :], strict=True
            ):
                for name in sorted(used & bound_names(later)):
                    yield f"{start_of(cell)} changes {name!r}, which sliders still use"


def calls_of_explore(tree: ast.Module) -> Iterable[list[str]]:
    """Yield the names of the functions that each call of ``explore`` is given."""
    for node in ast.walk(tree):
        if isinstance(node, ast.Call) and ast.unparse(node.func).endswith("explore"):
            values = [*node.args, *(keyword.value for keyword in node.keywords)]
            yield [value.id for value in values if isinstance(value, ast.Name)]


def used_names(trees: list[ast.Module], function: str) -> set[str]:
    """Return the global names that a function, and those it calls, look up."""
    definitions = {
        node.name: list(ast.walk(node))
        for tree in trees
        for node in tree.body
        if isinstance(node, ast.FunctionDef)
    }
    used, waiting = set(), {function} & set(definitions)
    while waiting:
        used.add(name := waiting.pop())
        names = [n for n in definitions.get(name, ()) if isinstance(n, ast.Name)]
        own = {n.id for n in names if isinstance(n.ctx, ast.Store)}
        own |= {n.arg for n in definitions.get(name, ()) if isinstance(n, ast.arg)}
        waiting |= {n.id for n in names} - own - used
    return used


def bound_names(tree: ast.Module) -> set[str]:
    """Return the names that a cell gives a value, those in functions left out."""
    own = ast.ListComp | ast.GeneratorExp | ast.SetComp | ast.DictComp
    bound, waiting = set(), list(tree.body)
    while waiting:
        node = waiting.pop()
        if isinstance(node, DEFINITIONS):
            bound.add(node.name)
        elif isinstance(node, ast.Name) and isinstance(node.ctx, ast.Store):
            bound.add(node.id)
        elif not isinstance(node, own):
            waiting += ast.iter_child_nodes(node)
    return bound


@rule
def no_fillers(doc: Document) -> Iterable[str]:
    for cell in doc.cells:
        if cell.cell_type != "markdown":
            continue
        text = re.sub(r"`[^`\n]*`|<!--.*?-->", "", without_fences(cell.source))
        text = re.sub(r"\]\([^)]*\)|<https?://[^>]+>", "]", text)
        for match in FILLER.finditer(text):
            around = text[max(0, match.start() - 25) : match.end() + 25]
            yield f"the filler {match[0]!r} in {' '.join(around.split())!r}"


@rule
def no_list_by_accident(doc: Document) -> Iterable[str]:
    """A wrapped line that begins with ``1.`` is shown as a list."""
    for cell in doc.cells:
        lines = cell.source.split("\n") if cell.cell_type == "markdown" else []
        for before, line in pairwise(lines):
            if before.strip() and re.match(r"\s*1\.(\s|$)", line):
                yield f"the line {line!r} after {before!r} would begin a list"


@rule
def syntax(doc: Document) -> Iterable[str]:
    for cell in doc.code:
        try:
            ast.parse(cell.source)
        except SyntaxError as error:
            yield f"{start_of(cell)} is not plain Python: {error}"


def problems(source: str, number: str = "06", rules=RULES) -> list[tuple[str, str]]:
    """Return what breaks a rule in a chapter's source, as (rule, sentence)."""
    doc = Document(source, number)
    return [(name, text) for name in rules for text in RULES[name](doc)]
