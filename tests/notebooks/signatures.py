"""Compare an exercise's stub with its reference."""

import ast

FUNCTIONS = (ast.FunctionDef, ast.AsyncFunctionDef)


def differences(cell: str, name: str, solution: str) -> list[str]:
    """Return what a stub does not have in common with its reference.

    Parameters
    ----------
    cell : str
        Source of the exercise's cell.
    name : str
        Name of the exercise.
    solution : str
        The exercise's ``solution_source``; for a value there is nothing to
        compare.
    """
    reference = _definition(solution, name)
    if reference is None:
        return []
    stub = _definition(cell, name)
    if stub is None:
        return [f"the cell does not define {name}"]
    found = []
    if ast.get_docstring(stub) is None:
        found.append(f"{name} has no docstring")
    there = _signatures(reference)
    for path, signature in _signatures(stub).items():
        if there.get(path) != signature:
            found.append(f"{path} takes {signature}; the reference {there.get(path)}")
    return found


def _definition(source: str, name: str):
    for node in ast.parse(source).body:
        if isinstance(node, (*FUNCTIONS, ast.ClassDef)) and node.name == name:
            return node
    return None


def _signatures(node) -> dict[str, str]:
    """Return the arguments of a function, or of each method of a class."""
    if isinstance(node, FUNCTIONS):
        return {node.name: f"({ast.unparse(node.args)})"}
    return {
        f"{node.name}.{each.name}": f"({ast.unparse(each.args)})"
        for each in node.body
        if isinstance(each, FUNCTIONS)
    }
