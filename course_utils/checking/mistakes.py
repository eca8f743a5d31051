"""Known mistakes as edits of the reference: what is written otherwise.

A key ``"old => new"`` replaces ``old`` wherever it stands in the reference's
code; ``"return …"`` takes the place of its last return; a tuple is several edits,
one after the other. An edit that matches nothing is an error, so a reference
cannot change and leave its mistakes behind.
"""

import ast
import builtins
import linecache
import re
import symtable
import sys
from collections.abc import Callable
from importlib import import_module
from typing import Any

Edits = str | tuple[str, ...]


class EditError(ValueError):
    """An edit does not fit its reference; the message says which."""


class Partly(str):
    """What the learner reads about a mistake that earns a part of the points."""

    credit = 0.5


def half(message: str) -> Partly:
    """Return the message of a mistake that earns half of the points."""
    return Partly(message)


def edited(source: str, edits: Edits) -> str:
    """Return the source of a reference with one mistake in it.

    Parameters
    ----------
    source : str
        Of a function or class.
    edits : str or tuple of str

    Raises
    ------
    EditError
        If an edit matches nothing.
    """
    start = _start_of_code(source)
    head, code = source[:start], source[start:]
    for edit in (edits,) if isinstance(edits, str) else edits:
        old, arrow, new = edit.partition(" => ")
        if not arrow:
            code = _with_return(head, code, edit)
        elif old in code:
            code = code.replace(old, new)
        else:
            raise EditError(f"{edit!r} matches nothing in:\n{source}")
    return head + code


def _start_of_code(source: str) -> int:
    """Return where the code begins, after the docstring: prose is not code."""
    (node,) = ast.parse(source).body
    if ast.get_docstring(node) is None:
        return 0
    return len("".join(source.splitlines(keepends=True)[: node.body[0].end_lineno]))


def _with_return(head: str, code: str, statement: str) -> str:
    returns = list(re.finditer(r"^( *)return\b", code, re.MULTILINE))
    if not statement.startswith("return") or not returns:
        raise EditError(f"{statement!r} cannot take the place of a return in:\n{code}")
    last = returns[-1]
    (tree,) = ast.parse(head + code).body
    line = (head + code)[: len(head) + last.start()].count("\n") + 1
    node = next(
        each
        for each in ast.walk(tree)
        if isinstance(each, ast.Return) and each.lineno == line
    )
    lines = (head + code).splitlines(keepends=True)
    lines[line - 1 : node.end_lineno] = [f"{last[1]}{statement}\n"]
    return "".join(lines)[len(head) :]


def _names(source: str) -> set[str]:
    """Return the names that a source takes from around it."""

    def taken(table: symtable.SymbolTable) -> set[str]:
        inner = set().union(*map(taken, table.get_children()))
        own = {s.get_name() for s in table.get_symbols() if s.is_global()}
        return own | inner

    whole = symtable.symtable(source, "<mistake>", "exec")
    return taken(whole) - {s.get_name() for s in whole.get_symbols() if s.is_assigned()}


def compiled(source: str, name: str, namespace: dict[str, Any]) -> Callable:
    """Return the function or class ``name`` that a source defines.

    Where the source calls ``name``, it calls what the namespace has: the reference.
    Modules of the standard library need not be imported.

    Raises
    ------
    EditError
        If it uses a name that nothing defines.
    """
    own = dict(namespace)
    for used in _names(source) - own.keys() - vars(builtins).keys():
        if used not in sys.stdlib_module_names:
            raise EditError(f"{used!r} is not defined in:\n{source}")
        own[used] = import_module(used)
    file = f"<{name} {hash(source):x}>"
    exec(compile(source, file, "exec"), own)
    # So that inspect finds the source, as it does for what stands in a file.
    linecache.cache[file] = (len(source), None, source.splitlines(True), file)
    made = own[name]
    own[name] = namespace[name]
    return made
