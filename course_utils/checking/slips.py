"""Slips: one-step changes that a program makes to a reference, each with a sentence.

A slip is what a beginner does to a right program: a term left out, two operands
exchanged, another axis, a comparison without its border, `=` for `+=`. Each
operator below changes one node of the reference's syntax tree and says what it
did, naming the term in the words of the task. The same slips explain wrong
answers and prove the cases of an exercise: a case has to tell each of them from
the reference.
"""

import ast
import copy
import itertools
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np

_TURNS = 20_000  # of all loops together, after which a slip is given up

_NOUNS = {
    "exp": "the exponential",
    "log": "the logarithm",
    "log2": "the logarithm",
    "sqrt": "the square root",
    "square": "the square",
    "abs": "the absolute value",
    "absolute": "the absolute value",
    "sum": "the sum",
    "reduce_sum": "the sum",
    "mean": "the mean",
    "reduce_mean": "the mean",
    "max": "the largest value",
    "reduce_max": "the largest value",
    "min": "the smallest value",
    "amax": "the largest value",
    "amin": "the smallest value",
    "argmax": "the place of the largest value",
    "argmin": "the place of the smallest value",
    "argsort": "the order",
    "maximum": "the cut-off from below",
    "minimum": "the cut-off from above",
    "clip": "the cut-off",
    "len": "the number of entries",
    "sorted": "the sorting",
    "sort": "the sorting",
    "reversed": "the reversed order",
    "round": "the rounding",
    "ceil": "the rounding up",
    "floor": "the rounding down",
    "int": "the conversion to a whole number",
    "float": "the conversion to a number",
    "astype": "the conversion of the numbers",
    "cast": "the conversion of the numbers",
    "reshape": "the new shape",
    "ravel": "the flattening",
    "flatten": "the flattening",
    "transpose": "the transposition",
    "matmul": "the matrix product",
    "dot": "the product",
    "outer": "the outer product",
    "norm": "the length",
    "copy": "the copy",
    "cumsum": "the running sum",
    "std": "the standard deviation",
    "var": "the variance",
    "median": "the median",
    "prod": "the product",
    "set": "the set",
    "tanh": "the hyperbolic tangent",
    "log_softmax": "the log-softmax",
    "log_sigmoid": "the log-sigmoid",
}
_NO_STEP = {  # to leave these out is no slip of a beginner's
    *("range", "zip", "enumerate", "isinstance", "zeros", "ones", "zeros_like"),
    *("ones_like", "empty", "arange", "eye", "super", "len", "dict", "list", "tuple"),
    *("array", "asarray", "print", "open", "append", "float", "full", "Input"),
}
_SWAPS = {
    **{"sum": "mean", "mean": "sum", "max": "min", "min": "max"},
    **{"reduce_sum": "reduce_mean", "reduce_mean": "reduce_sum"},
    **{"argmax": "argmin", "argmin": "argmax", "maximum": "minimum"},
    **{"minimum": "maximum", "zeros": "ones", "ones": "zeros", "log": "exp"},
    **{"exp": "log", "ceil": "floor", "floor": "ceil", "any": "all", "all": "any"},
    **{"zeros_like": "ones_like", "ones_like": "zeros_like", "append": "extend"},
    **{"std": "var", "var": "std", "reduce_max": "reduce_min", "round": "floor"},
    **{"trunc": "round"},
}
_SYMBOLS = {
    ast.Add: ("+", "the sum"),
    ast.Sub: ("-", "the difference"),
    ast.Mult: ("*", "the product"),
    ast.Div: ("/", "the quotient"),
    ast.FloorDiv: ("//", "the whole part of the quotient"),
    ast.Mod: ("%", "the remainder"),
    ast.Pow: ("**", "the power"),
    ast.MatMult: ("@", "the matrix product"),
}
_BORDERS = {ast.Gt: ast.GtE, ast.GtE: ast.Gt, ast.Lt: ast.LtE, ast.LtE: ast.Lt}
_OPPOSITES = {
    **{ast.Gt: ast.LtE, ast.LtE: ast.Gt, ast.Lt: ast.GtE, ast.GtE: ast.Lt},
    **{ast.Eq: ast.NotEq, ast.NotEq: ast.Eq, ast.In: ast.NotIn, ast.NotIn: ast.In},
    **{ast.Is: ast.IsNot, ast.IsNot: ast.Is},
}


def _terms(a, b):
    """Return the products that a matrix product adds up, along axis -2."""
    a, b = np.asarray(a), np.asarray(b)
    b = b[:, None] if b.ndim == 1 else b
    return a[..., None] * b, a[..., None] + b


def _of_pairs(reduce: Callable, which: int = 0) -> Callable:
    def product(a, b):
        result = reduce(_terms(a, b)[which], axis=-2)
        return result[..., 0] if np.ndim(b) == 1 else result

    return product


_HELPERS = {
    "_mean_of_products": _of_pairs(np.mean),
    "_sum_of_sums": _of_pairs(np.sum, 1),
    "_last_product": _of_pairs(lambda x, axis: np.take(x, -1, axis)),
    "_first_product": _of_pairs(lambda x, axis: np.take(x, 0, axis)),
    "_relu": lambda z: np.maximum(z, 0.0),
    "_sigmoid": lambda z: 1 / (1 + np.exp(-np.asarray(z))),
    "_tanh": np.tanh,
    "_softplus": lambda z: np.logaddexp(z, 0),
    "_absolute": np.abs,
    "_step": lambda z: (np.asarray(z) > 0) * 1.0,
    "_leaky": lambda z: np.where(np.asarray(z) > 0, z, 0.01 * np.asarray(z)),
    "_elu": lambda z: np.where(np.asarray(z) > 0, z, np.expm1(np.minimum(z, 0))),
    "_last_of": lambda x, axis=None: np.take(x, -1, axis),
    "_first_of": lambda x, axis=None: np.take(x, 0, axis),
}
_ACTIVATIONS = {
    "_relu": "a ReLU",
    "_sigmoid": "a sigmoid",
    "_tanh": "a hyperbolic tangent",
    "_softplus": "a softplus",
    "_absolute": "an absolute value",
    "_step": "a step",
    "_leaky": "a leaky ReLU",
    "_elu": "an ELU",
}
_MATMULS = {
    "_mean_of_products": "the products of {left} and {right} are averaged, not added "
    "up",
    "_sum_of_sums": "entries of {left} and {right} are added, where they should be "
    "multiplied",
    "_last_product": "only the last product of {left} and {right} counts, where all "
    "are added up",
    "_first_product": "only the first product of {left} and {right} counts, where all "
    "are added up",
}


@dataclass(frozen=True)
class Slip:
    """One change of a reference.

    Attributes
    ----------
    name : str
        What was changed into what, in code: for the lists of the tests.
    what : str
        What was done, to stand behind "comes out when".
    line : int
        Where, counted from 1.
    before : str
        What stood there.
    ask : str
        What to ask somebody whose answer the change mends.
    rank : int
        How common it is: 0 is what people do most.
    code : code object
        Of the changed module.
    """

    name: str
    what: str
    line: int
    before: str
    ask: str
    rank: int
    code: Any

    @property
    def everywhere(self) -> bool:
        """Whether it changes several places at once."""
        return self.before.startswith(("def ", "class "))

    @property
    def clear(self) -> bool:
        """Whether its sentence says at least what one of its parts is."""
        vague = ("an intermediate result", "one of the steps", "one step")
        return sum(map(self.what.count, vague)) < 2

    def function(self, name: str, namespace: Mapping[str, Any]) -> Callable:
        """Return the changed function, in a copy of its module's namespace."""
        own = {**namespace, **_HELPERS, "_turn": itertools.count().__next__}
        exec(self.code, own)
        return own[name]


def slips(source: str, terms: Mapping[str, str]) -> Iterator[Slip]:
    """Make the slips of a function, those first that people make most.

    Parameters
    ----------
    source : str
        Of one function.
    terms : mapping of str to str
        What the task calls a piece of the source: ``{"b": "the bias"}``.
    """
    tree = ast.parse(source)
    if not tree.body:
        return
    changes = sorted(_Changes(tree, terms).all(), key=lambda change: change.rank)
    seen = {ast.unparse(tree)}
    for change in changes:
        before = change.place[change.key]
        change.place[change.key] = change.new
        try:
            text = ast.unparse(ast.fix_missing_locations(tree))
            if text in seen:
                continue
            seen.add(text)
            code = compile(_with_turns(text), "<slip>", "exec")
        except (SyntaxError, ValueError, RecursionError):
            continue
        finally:
            change.place[change.key] = before
        first = ast.unparse(before).partition("\n")[0]
        if isinstance(before, ast.Constant | ast.Name) and change.within:
            first = change.within  # a name or a number alone may stand there twice
        line = getattr(before, "lineno", 0)
        ask = change.ask or _asked(before, change.new)
        yield Slip(
            change.name(before), change.what, line, first, ask, change.rank, code
        )


def _asked(before: ast.AST, new: ast.AST) -> str:
    """Return what to ask somebody who wrote ``before`` and should have ``new``."""
    old, text = ast.unparse(before), ast.unparse(new)
    if isinstance(before, ast.BinOp) and new is before.left:
        right = ast.unparse(before.right)
        right = f"({right})" if isinstance(before.right, ast.BinOp) else right
        return f"Is `{_SYMBOLS[type(before.op)][0]} {right}` one thing too many?"
    if isinstance(before, ast.BinOp) and new is before.right:
        return f"Is `{ast.unparse(before.left)}` one thing too many?"
    if isinstance(before, ast.UnaryOp):
        return "Is the sign right?"
    if isinstance(before, ast.Call):
        called = ast.unparse(before.func)
        if new in (*before.args, getattr(before.func, "value", None)):
            step = called if new in before.args else f".{_called(before)}()"
            return f"Is the step `{step}` one too many, or in the wrong place?"
        if not isinstance(new, ast.Call):
            return f"Is the step `{called}` in the right place?"
        if ast.unparse(new.func) != called:
            return f"Is `{called}` the right function?"
        kept = {ast.unparse(k) for k in new.keywords}
        for keyword in before.keywords:
            if ast.unparse(keyword) not in kept:
                return f"Is `{ast.unparse(keyword)}` right?"
        if called == "range":
            return "Where should the loop begin, and where should it end?"
        return "Are its arguments right, and in the right order?"
    if isinstance(before, ast.BinOp) and isinstance(new, ast.BinOp):
        if type(before.op) is not type(new.op) and len(old) == len(text):
            return (
                f"Is `{_SYMBOLS[type(before.op)][0]}` the right sign between the two?"
            )
        return "Are the brackets right, and the order?"
    if isinstance(before, ast.Compare) and isinstance(new, ast.Compare):
        if _BORDERS.get(type(before.ops[0])) is type(new.ops[0]):
            return "What should happen where the two are equal?"
        return "Is the comparison the right way round?"
    if isinstance(before, ast.BoolOp):
        return "Do all of these have to hold, or is one enough?"
    if isinstance(new, ast.BinOp) and before in (new.left, new.right):
        return f"Is something missing beside `{old}`?"
    if isinstance(before, ast.Constant):
        return f"Is `{old}` the right number?"
    if isinstance(before, ast.Name):
        return f"Is `{old}` the right variable?"
    if isinstance(before, ast.Subscript):
        return "Is this the right place in it, or the right part?"
    return "Is this right?"


def _with_turns(text: str) -> ast.Module:
    """Count the turns of loops, so that a changed loop cannot run for ever."""
    tree = ast.parse(text)
    if any(isinstance(node, ast.For | ast.While) for node in ast.walk(tree)):
        for node in ast.walk(tree):
            if isinstance(node, ast.For | ast.While):
                count = f"if _turn() > {_TURNS}: raise RuntimeError('no end')"
                node.body[:0] = ast.parse(count).body
    return ast.fix_missing_locations(tree)


@dataclass(frozen=True)
class _Change:
    """A node to put in a place of the tree, and what that means in words."""

    rank: int
    place: Any  # a list, or the attributes of a node
    key: Any
    new: Any
    what: str
    ask: str
    within: str

    def name(self, before: ast.AST) -> str:
        old = ast.unparse(before)
        if isinstance(before, ast.FunctionDef | ast.ClassDef):
            return f"throughout => {self.what}"
        if isinstance(before, ast.stmt) and (rest := old.partition("\n")[2]):
            return f"{old.removesuffix(rest).strip()} … => {self.what}"
        return f"{old} => {ast.unparse(self.new)}"


class _Changes:
    """All changes of one tree."""

    def __init__(self, tree: ast.Module, terms: Mapping[str, str]):
        self.module = tree
        self.function = tree.body[0]
        self.terms = terms
        self.found: list[_Change] = []
        functions = [
            n for n in ast.walk(tree) if isinstance(n, ast.FunctionDef | ast.Lambda)
        ]
        self.parameters = [
            a.arg
            for f in functions
            for a in (*f.args.posonlyargs, *f.args.args, *f.args.kwonlyargs)
            if a.arg != "self"
        ]
        self.turning = {
            name.id
            for node in ast.walk(tree)
            if isinstance(node, ast.For | ast.comprehension)
            for name in ast.walk(node.target)
            if isinstance(name, ast.Name)
        }
        self.defined: dict[str, list[ast.expr]] = {}
        for node in ast.walk(tree):
            if isinstance(node, ast.Assign) and isinstance(node.targets[0], ast.Name):
                self.defined.setdefault(node.targets[0].id, []).append(node.value)
            elif isinstance(node, ast.AugAssign | ast.For | ast.comprehension):
                for name in ast.walk(node.target):
                    if isinstance(name, ast.Name):
                        self.defined.setdefault(name.id, []).extend([None, None])

    def all(self) -> list[_Change]:
        """Return the changes, in the order of the source."""
        for statement in self.function.body:
            if not isinstance(getattr(statement, "value", None), ast.Constant):
                self._visit(statement, [])
        self._statements(self.function.body)
        self._everywhere()
        return self.found

    def _everywhere(self) -> None:
        """Make the same change in all places at once."""

        def add(change, what, ask):
            other = copy.deepcopy(self.function)
            for node in ast.walk(other):
                change(node)
            self.ask = ask
            self._add(1, self.module.body, 0, other, what)

        def axis(node):
            if isinstance(node, ast.keyword) and node.arg == "axis":
                value = getattr(node.value, "value", None)
                if value in (0, 1):
                    node.value = ast.Constant(1 - value)

        def without(*names):
            def change(node):
                if isinstance(node, ast.Call):
                    node.keywords = [k for k in node.keywords if k.arg not in names]

            return change

        ask = "Along which axis, and in which way?"
        add(axis, "everything is taken along the other axis", ask)
        add(without("axis"), "everything is taken at once, not along one axis", ask)
        what = "everything is taken at once, not for each row"
        add(without("axis", "keepdims"), what, ask)
        add(without("keepdims"), "an axis is lost, so that shapes no longer match", ask)
        for one, two in itertools.combinations(self.parameters, 2):
            names = {one: two, two: one}

            def exchange(node, names=names):
                if isinstance(node, ast.Name) and node.id in names:
                    node.id = names[node.id]

            first, second = self._known(one), self._known(two)
            what = f"{first} and {second} change places throughout"
            add(exchange, what, "Which argument is which?")

    def _visit(self, node: ast.AST, above: list[ast.AST]) -> None:
        for field, value in ast.iter_fields(node):
            if isinstance(value, list):
                if value and isinstance(value[0], ast.stmt):
                    self._statements(value)
                places = [(value, i, part) for i, part in enumerate(value)]
            else:
                places = [(vars(node), field, value)]
            if field in ("annotation", "returns", "decorator_list", "format_spec"):
                continue
            for place, key, part in places:
                if isinstance(part, ast.AST):
                    make = getattr(self, "_of_" + type(part).__name__, None)
                    if make:
                        self.ask = ""
                        self.within = _short(node)
                        make(part, place, key, [*above, node])
                    self._visit(part, [*above, node])

    ask = within = ""

    def _add(self, rank, place, key, new, what) -> None:
        self.found.append(_Change(rank, place, key, new, what, self.ask, self.within))

    # Expressions.

    def _of_BinOp(self, node, place, key, above):
        left, right = self.words(node.left), self.words(node.right)

        def to(rank, new, what):
            self._add(rank, place, key, new, what)

        def with_(op, a=node.left, b=node.right):
            return ast.BinOp(a, op, b)

        op = type(node.op)
        if op is ast.Add:
            to(0, node.left, f"{right} is left out")
            to(0, node.right, f"{left} is left out")
            to(2, with_(ast.Sub()), f"{right} is subtracted, not added")
            to(4, with_(ast.Mult()), f"{left} and {right} are multiplied, not added")
        elif op is ast.Sub:
            to(0, node.left, f"{right} is not subtracted")
            to(2, node.right, f"only {right} is left of the difference")
            to(1, with_(ast.Sub(), node.right, node.left),
               f"{left} and {right} change places in the difference")  # fmt: skip
            to(2, with_(ast.Add()), f"{right} is added, not subtracted")
        elif op is ast.Mult:
            to(0, node.left, f"the multiplication by {right} is left out")
            to(0, node.right, f"the multiplication by {left} is left out")
            to(2, with_(ast.Div()), f"{left} is divided by {right}, not multiplied")
            to(2, with_(ast.Add()), f"{left} and {right} are added, not multiplied")
            to(4, with_(ast.MatMult()), "a matrix product is taken")
        elif op is ast.Div:
            to(0, node.left, f"the division by {right} is left out")
            to(2, with_(ast.Mult()), f"{left} is multiplied by {right}, not divided")
            to(1, with_(ast.Div(), node.right, node.left),
               f"{left} and {right} change places in the division")  # fmt: skip
            to(1, with_(ast.FloorDiv()), "the division drops what follows the point")
            if not isinstance(node.left, ast.Constant):
                new = with_(ast.Div(), ast.Constant(1))
                to(1, new, f"`1` is divided by {right}, in place of {left}")
            for sign, amount in ((ast.Sub(), -1), (ast.Add(), 1)):
                if not isinstance(node.right, ast.Constant):
                    other = ast.BinOp(node.right, sign, ast.Constant(1))
                    less = "less" if amount < 0 else "more"
                    to(2, with_(ast.Div(), node.left, other),
                       f"the division is by one {less} than {right}")  # fmt: skip
        elif op is ast.FloorDiv:
            to(1, with_(ast.Div()), "the division keeps what follows the point")
            up = ast.parse(f"-(-({ast.unparse(node.left)}) // "
                           f"({ast.unparse(node.right)}))").body[0].value  # fmt: skip
            to(1, up, "the quotient is rounded up, not down")
        elif op is ast.Pow:
            square = getattr(node.right, "value", None) == 2
            power = "square" if square else "power"
            to(0, node.left, f"the {power} of {left} is not taken")
            to(2, with_(ast.Mult()), f"{left} is multiplied by {right}, not raised")
            to(3, with_(ast.Pow(), node.right, node.left),
               f"{left} and {right} change places in the power")  # fmt: skip
        elif op is ast.MatMult:
            to(1, with_(ast.Mult()),
               f"{left} and {right} are multiplied entry by entry")  # fmt: skip
            to(1, with_(ast.MatMult(), node.right, node.left),
               f"{left} and {right} change places in the product")  # fmt: skip
            for helper, what in _MATMULS.items():
                new = ast.Call(
                    ast.Name(helper, ast.Load()), [node.left, node.right], []
                )
                to(2, new, what.format(left=left, right=right))
            to(2, node.left, f"the product with {right} is left out")
            to(2, node.right, f"the product with {left} is left out")
            for side, other in ((node.left, node.right), (node.right, node.left)):
                turned = ast.Attribute(side, "T", ast.Load())
                pair = (turned, other) if side is node.left else (other, turned)
                to(2, with_(ast.MatMult(), *pair), f"{self.words(side)} is transposed")
        elif op is ast.Mod:
            to(1, node.left, f"the remainder of {left} is not taken")
            to(2, with_(ast.FloorDiv()), "the quotient is taken, not the remainder")
        inner = node.right
        if (
            op in (ast.Mult, ast.Div)
            and isinstance(inner, ast.BinOp)
            and type(inner.op) in (ast.Add, ast.Sub, ast.Mult, ast.Div)
            and (op, type(inner.op)) != (ast.Mult, ast.Mult)
        ):
            new = ast.BinOp(
                with_(node.op, node.left, inner.left), inner.op, inner.right
            )
            to(0, new, f"the brackets around {right} are left out")
        if isinstance(node.left, ast.BinOp) and op in (ast.Mult, ast.Div, ast.Pow):
            inner = node.left
            if type(inner.op) in (ast.Add, ast.Sub) or (
                op is ast.Pow and type(inner.op) in (ast.Mult, ast.Div)
            ):
                new = ast.BinOp(
                    inner.left, inner.op, with_(node.op, inner.right, node.right)
                )
                to(0, new, f"the brackets around {left} are left out")
        if op in (ast.Add, ast.Sub) and isinstance(node.left, ast.BinOp):
            inner = node.left
            if type(inner.op) in (ast.Mult, ast.MatMult, ast.Div):
                for side in ("left", "right"):
                    joined = copy.copy(inner)
                    setattr(joined, side, with_(node.op, getattr(inner, side)))
                    what = f"{right} joins {self.words(getattr(inner, side))} before "
                    to(2, joined, what + "the product is taken")
        if isinstance(node.left, ast.Call) and len(node.left.args) == 1:
            call = copy.copy(node.left)
            call.args = [with_(node.op, node.left.args[0])]
            to(2, call, f"{right} comes in before {self._step(call)}, not after it")

    def _of_UnaryOp(self, node, place, key, above):
        if isinstance(node.op, ast.USub) and not isinstance(node.operand, ast.Constant):
            what = f"the minus sign before {self.words(node.operand)} is left out"
            self._add(0, place, key, node.operand, what)
        elif isinstance(node.op, ast.Not):
            self._add(1, place, key, node.operand, "a condition is turned round")

    def _of_Call(self, node, place, key, above):
        name = _called(node)
        method = isinstance(node.func, ast.Attribute) and not _is_module(node.func)
        inner = node.func.value if method else (node.args or [None])[0]
        step = self._step(node)
        if inner is not None and name not in _NO_STEP and not isinstance(
            inner, ast.Starred | ast.GeneratorExp
        ):  # fmt: skip
            self._add(1, place, key, inner, f"{step} is left out")
        rectified = name == "maximum" and any(
            getattr(arg, "value", None) == 0 for arg in node.args
        )
        if f"_{name}" in _ACTIVATIONS or rectified:
            inputs = [a for a in node.args if not isinstance(a, ast.Constant)]
            for helper, other in _ACTIVATIONS.items():
                itself = "_relu" if rectified else f"_{name}"
                if helper != itself and inputs:
                    new = ast.Call(ast.Name(helper, ast.Load()), inputs[:1], [])
                    what = f"{other} is applied in place of {step}"
                    self._add(2, place, key, new, what)
        argument = node.args[0] if node.args else None
        if isinstance(argument, ast.BinOp) and name not in _NO_STEP:
            call = copy.copy(node)
            call.args = [argument.left, *node.args[1:]]
            new = ast.BinOp(call, argument.op, argument.right)
            what = f"{self.words(argument.right)} comes in after {step}, not before it"
            self._add(1, place, key, new, what)
        if name in _SWAPS and (name != "append" or method):
            other = copy.deepcopy(node)
            if isinstance(other.func, ast.Attribute):
                other.func.attr = _SWAPS[name]
            else:
                other.func.id = _SWAPS[name]
            there = self._step(other)
            self._add(1, place, key, other, f"{there} is taken in place of {step}")
        if name in ("sum", "mean", "reduce_sum", "reduce_mean", "prod") and inner:
            self._reduced(node, inner, place, key, step)
        for i, keyword in enumerate(node.keywords):
            self._keyword(node, i, keyword, place, key, step)
        if len(node.args) == 2 and name not in ("range", "isinstance", "maximum"):
            other = copy.copy(node)
            other.args = [node.args[1], node.args[0]]
            first, second = map(self.words, node.args)
            what = f"{first} and {second} change places in {step}"
            self._add(3, place, key, other, what)
        if name == "range":
            self._range(node, place, key)

    def _reduced(self, node, inner, place, key, step):
        axis = [k for k in node.keywords if k.arg == "axis"]
        for helper, which in (("_last_of", "last"), ("_first_of", "first")):
            new = ast.Call(ast.Name(helper, ast.Load()), [inner], axis)
            what = f"only the {which} entry counts, where {step} takes all"
            self._add(3, place, key, new, what)

    def _range(self, node, place, key):

        def with_(position, amount):
            other = copy.copy(node)
            other.args = list(node.args)
            op = ast.Add() if amount > 0 else ast.Sub()
            other.args[position] = ast.BinOp(
                node.args[position], op, ast.Constant(abs(amount))
            )
            return other

        end = 0 if len(node.args) == 1 else 1
        self._add(2, place, key, with_(end, -1), "the loop ends one turn too early")
        self._add(2, place, key, with_(end, 1), "the loop runs one turn too long")
        if len(node.args) == 1:
            later = copy.copy(node)
            later.args = [ast.Constant(1), *node.args]
        else:
            later = with_(0, 1)
        self._add(2, place, key, later, "the loop starts one turn too late")

    def _keyword(self, node, index, keyword, place, key, step):
        without = copy.copy(node)
        without.keywords = node.keywords[:index] + node.keywords[index + 1 :]
        what = f"{step} is taken without `{keyword.arg}`"
        if keyword.arg == "axis":
            what = f"{step} is taken over everything at once, not along one axis"
        elif keyword.arg == "keepdims":
            what = f"{step} loses an axis on the way, so the shapes no longer match"
        if keyword.arg is not None:
            self._add(1, place, key, without, what)
        value = getattr(keyword.value, "value", None)
        if isinstance(keyword.value, ast.UnaryOp):
            value = -1
        if keyword.arg == "axis" and value in (0, 1, -1):
            other = copy.copy(node)
            axis = ast.keyword("axis", ast.Constant(1 if value == 0 else 0))
            other.keywords = [*without.keywords, axis]
            self._add(1, place, key, other, f"{step} is taken along the other axis")

    def _of_Compare(self, node, place, key, above):
        if len(node.ops) > 1:
            return
        op = type(node.ops[0])
        left, right = self.words(node.left), self.words(node.comparators[0])

        def with_(new_op):
            return ast.Compare(node.left, [new_op()], node.comparators)

        if op in _BORDERS:
            border = "counts" if op in (ast.Gt, ast.Lt) else "does not count"
            what = f"the border itself, where {left} equals {right}, {border}"
            self._add(1, place, key, with_(_BORDERS[op]), what)
        if op in _OPPOSITES:
            what = f"the comparison of {left} with {right} is turned round"
            self._add(1, place, key, with_(_OPPOSITES[op]), what)

    def _of_BoolOp(self, node, place, key, above):
        other = ast.Or() if isinstance(node.op, ast.And) else ast.And()
        what = "one condition is enough, where all are needed"
        if isinstance(node.op, ast.Or):
            what = "all conditions are needed, where one is enough"
        self._add(1, place, key, ast.BoolOp(other, node.values), what)
        for value in node.values:
            rest = [each for each in node.values if each is not value]
            new = rest[0] if len(rest) == 1 else ast.BoolOp(node.op, rest)
            what = f"the condition about {self.words(value)} is left out"
            self._add(0, place, key, new, what)

    def _of_IfExp(self, node, place, key, above):
        test = self.words(node.test)
        self._add(1, place, key, node.body, f"{test} makes no difference")
        self._add(1, place, key, node.orelse, f"{test} makes no difference")
        new = ast.IfExp(node.test, node.orelse, node.body)
        self._add(2, place, key, new, f"{test} is turned round")

    def _of_Constant(self, node, place, key, above):
        value = node.value
        if isinstance(value, bool):
            if isinstance(above[-1], ast.Return | ast.Assign):
                what = f"`{value}` and `{not value}` change places"
                self._add(3, place, key, ast.Constant(not value), what)
            return
        if not isinstance(value, int | float) or isinstance(above[-1], ast.keyword):
            return
        index = isinstance(above[-1], ast.Subscript | ast.Slice) or (
            isinstance(above[-1], ast.Tuple) and isinstance(above[-2], ast.Subscript)
        )
        if isinstance(value, int):
            for new in (value - 1, value + 1):
                what = f"`{new}` stands in place of a `{value}`"
                if index:
                    what = "an index or a border of a slice is off by one"
                self._add(3, place, key, ast.Constant(new), what)
        if value not in (0, 1) and not index:
            what = f"`1` stands in place of `{value}`"
            self._add(3, place, key, ast.Constant(1), what)

    def _of_Subscript(self, node, place, key, above):
        tool = isinstance(node.value, ast.Attribute) and _is_module(node.value)
        if isinstance(node.ctx, ast.Store) or tool:  # such as `np.c_`
            return
        words = self.words(node.value)
        attribute = node.value
        if isinstance(attribute, ast.Attribute) and attribute.attr == "shape":
            of, axis = self.words(attribute.value), getattr(node.slice, "value", None)
            size = ast.Attribute(attribute.value, "size", ast.Load())
            what = f"all entries of {of} are counted"
            self._add(2, place, key, size, what)
            if axis in (0, 1):
                other = ast.Subscript(attribute, ast.Constant(1 - axis), node.ctx)
                what = f"rows and columns of {of} change places in the count"
                self._add(2, place, key, other, what)
            return
        if isinstance(node.slice, ast.Slice):
            self._add(1, place, key, node.value, f"all of {words} is used, not a part")
        elif isinstance(node.slice, ast.Tuple) and len(node.slice.elts) == 2:
            turned = ast.Tuple(node.slice.elts[::-1], ast.Load())
            new = ast.Subscript(node.value, turned, node.ctx)
            what = f"the two places in {words} change places"
            self._add(2, place, key, new, what)
        else:
            what = f"{words} is used as a whole, not one entry of it"
            self._add(3, place, key, node.value, what)
            if not isinstance(node.slice, ast.Constant):
                for op in (ast.Sub(), ast.Add()):
                    index = ast.BinOp(node.slice, op, ast.Constant(1))
                    new = ast.Subscript(node.value, index, node.ctx)
                    side = "before" if isinstance(op, ast.Sub) else "behind"
                    what = f"the entry {side} the right one is taken from {words}"
                    self._add(2, place, key, new, what)

    def _of_Attribute(self, node, place, key, above):
        if node.attr == "T":
            words = self.words(node.value)
            self._add(1, place, key, node.value, f"{words} is not transposed")
        elif node.attr == "size":
            new = ast.parse(f"len({ast.unparse(node.value)})").body[0].value
            what = f"only the rows of {self.words(node.value)} are counted"
            self._add(2, place, key, new, what)

    def _of_Name(self, node, place, key, above):
        if not isinstance(node.ctx, ast.Load):
            return
        for other in self.turning if node.id in self.turning else ():
            if other != node.id:
                what = "the wrong one of two loop variables is used"
                self._add(3, place, key, ast.Name(other, ast.Load()), what)
        for other in self.parameters if node.id in self.parameters else ():
            if other != node.id:
                new = ast.Name(other, ast.Load())
                what = f"{self._known(other)} stands where {self.words(node)} belongs"
                self._add(3, place, key, new, what)
                times = ast.BinOp(node, ast.Mult(), ast.Name(other, ast.Load()))
                by = self._known(other)
                what = f"{self.words(node)} is multiplied by {by} on the way"
                self._add(6, place, key, times, what)

    # Statements.

    def _statements(self, body: list[ast.stmt]) -> None:
        for i, statement in enumerate(body):
            self._printed(statement, body, i)
            make = getattr(self, "_of_statement_" + type(statement).__name__, None)
            if make:
                make(statement, body, i)
            if isinstance(statement, ast.Return | ast.Continue | ast.Break):
                continue
            first = isinstance(statement, ast.Assign) and not any(
                isinstance(t, ast.Subscript | ast.Attribute) for t in statement.targets
            )
            docs = isinstance(statement, ast.Expr) and isinstance(
                statement.value, ast.Constant
            )
            if not (docs or first or isinstance(statement, ast.FunctionDef)):
                self.ask = "Is this step one too many, or in the wrong place?"
                what = f"the step that {self._does(statement)} is left out"
                self._add(1, body, i, ast.Pass(), what)

    def _does(self, statement: ast.stmt) -> str:
        if isinstance(statement, ast.AugAssign):
            return f"changes {self.words(statement.target)} by {self.words(statement.value)}"  # noqa: E501
        if isinstance(statement, ast.Assign):
            return f"sets {self.words(statement.targets[0])}"
        if isinstance(statement, ast.If):
            return f"treats the case of {self.words(statement.test)}"
        if isinstance(statement, ast.For | ast.While):
            return "repeats"
        if isinstance(statement, ast.Expr):
            return f"does {self.words(statement.value)}"
        return "comes in between"

    def _of_statement_AugAssign(self, node, body, i):
        self.ask = "Should this add to what was there?"
        target = copy.deepcopy(node.target)
        words = self.words(target)
        what = f"{words} is overwritten, where each turn should add to it"
        if not isinstance(node.op, ast.Add):
            what = f"{words} is overwritten, where it should be changed"
        self._add(0, body, i, ast.Assign([target], node.value), what)
        if isinstance(node.op, ast.Add | ast.Sub):
            other = ast.Sub() if isinstance(node.op, ast.Add) else ast.Add()
            added = isinstance(node.op, ast.Add)
            what = f"{self.words(node.value)} is {'subtracted' if added else 'added'}"
            self._add(1, body, i, ast.AugAssign(node.target, other, node.value), what)

    def _of_statement_Assign(self, node, body, i):
        self.ask = "Should this replace what was there, or change it?"
        name = node.targets[0]
        again = isinstance(name, ast.Name) and len(self.defined.get(name.id, ())) > 1
        if again or any(isinstance(t, ast.Subscript) for t in node.targets):
            new = ast.AugAssign(node.targets[0], ast.Add(), node.value)
            what = f"{self.words(node.targets[0])} is added to, where it should be set"
            self._add(3, body, i, new, what)
        if again:
            what = f"the step that computes {self.words(node.value)} is left out"
            self._add(2, body, i, ast.Pass(), what)

    def _of_statement_If(self, node, body, i):
        self.ask = "When should this happen?"
        test = self.words(node.test)
        turned = ast.If(ast.UnaryOp(ast.Not(), node.test), node.body, node.orelse)
        self._add(2, body, i, turned, f"{test} is turned round")
        always = ast.If(ast.Constant(True), node.body, [])
        self._add(1, body, i, always, f"{test} makes no difference")
        if node.orelse:
            never = ast.If(ast.Constant(True), node.orelse, [])
            self._add(1, body, i, never, f"{test} makes no difference")
            what = f"what belongs under `else` after {test} is done in every case"
            first = ast.If(node.test, node.body, [])
            new = ast.If(ast.Constant(True), [first, *node.orelse], [])
            self._add(2, body, i, new, what)

    def _of_statement_For(self, node, body, i):
        self.ask = "Which turns should this loop make?"
        once = copy.copy(node)
        once.body = [*node.body, ast.Break()]
        self._add(2, body, i, once, "the loop ends after its first turn")
        if not isinstance(node.iter, ast.Call) or _called(node.iter) != "range":
            rest = ast.parse(f"list({ast.unparse(node.iter)})[1:]").body[0].value
            later = copy.copy(node)
            later.iter = rest
            self._add(3, body, i, later, "the first turn of the loop is left out")
            early = copy.copy(node)
            early.iter = ast.parse(f"list({ast.unparse(node.iter)})[:-1]").body[0].value
            self._add(3, body, i, early, "the last turn of the loop is left out")
            back = copy.copy(node)
            back.iter = ast.parse(f"list({ast.unparse(node.iter)})[::-1]").body[0].value
            self._add(3, body, i, back, "the loop runs in the opposite order")
        last = body[-1]
        if isinstance(last, ast.Return) and last is not node and i == len(body) - 2:
            inside = copy.copy(node)
            inside.body = [*node.body, last]
            what = "the `return` stands inside the loop, so that only one turn is made"
            self._add(1, body, i, inside, what)

        if isinstance(node.body[-1], ast.Return) and len(node.body) > 1:
            outside = copy.copy(node)
            outside.body = node.body[:-1]
            new = ast.If(ast.Constant(True), [outside, node.body[-1]], [])
            self.ask = "Its last line, `return`, ends the loop in the first turn."
            self._add(1, body, i, new, "the `return` stands behind the loop")

    def _printed(self, statement, body, i):
        """Hand back what is printed only."""
        value = getattr(statement, "value", None)
        if isinstance(value, ast.Call) and _called(value) == "print" and value.args:
            self.ask = "`print` shows a result; `return` hands it back."
            self._add(1, body, i, ast.Return(value.args[0]), "a result is returned")

    def _of_statement_Break(self, node, body, i):
        self.ask = "Should the loop end here?"
        self._add(2, body, i, ast.Pass(), "the loop is not left early")

    def _of_statement_Continue(self, node, body, i):
        self.ask = "Should the loop go on here?"
        self._add(2, body, i, ast.Break(), "the loop is left for good, not one turn")
        self._add(2, body, i, ast.Pass(), "no turn of the loop is cut short")

    def _of_statement_Return(self, node, body, i):
        self.ask = "Is this what should come back, and at this point?"
        value = node.value
        if value is None:
            return
        if isinstance(value, ast.Tuple) and len(value.elts) == 2:
            turned = ast.Tuple(value.elts[::-1], ast.Load())
            self._add(1, body, i, ast.Return(turned), "the two results change places")
        parts = [
            part
            for part in ast.walk(value)
            if isinstance(part, ast.expr) and not isinstance(part, ast.Constant)
            and part is not value and not isinstance(part, ast.Starred | ast.Slice)
        ]  # fmt: skip
        names = [ast.Name(n, ast.Load()) for n in (*self.defined, *self.parameters)]
        for part in (*parts, *names):
            if not isinstance(value, ast.Tuple):
                what = f"only {self.words(part)} comes back, without what follows"
                self._add(4, body, i, ast.Return(part), what)

    # Words.

    def _known(self, parameter: str) -> str:
        return self.terms.get(parameter, f"`{parameter}`")

    def _step(self, call: ast.Call) -> str:
        """Say which step a call is: ``the mean``, ``the logarithm of `p```."""
        name = _called(call)
        for text in (ast.unparse(call), ast.unparse(call.func), name):
            if text in self.terms:
                return self.terms[text]
        if name in _NOUNS:
            return _NOUNS[name]
        return f"`{name}`" if name and not name.startswith("_") else "one step"

    def words(self, node: ast.AST, depth: int = 2) -> str:
        """Say what a piece of the reference is, in the words of the task."""
        text = ast.unparse(node)
        if text in self.terms:
            return self.terms[text]
        make = getattr(self, "_words_" + type(node).__name__, None)
        return (make(node, depth) if make else None) or "one of the steps"

    def _pair(self, first: ast.AST, second: ast.AST, depth: int, joint: str) -> str:
        if depth <= 0:
            return ""
        a, b = self.words(first, depth - 1), self.words(second, depth - 1)
        return f"{a} {joint} {b}" if "steps" not in a + b else ""

    def _words_Name(self, node, depth):
        if node.id in self.parameters:
            return f"`{node.id}`"
        values = self.defined.get(node.id, ())
        if depth > 0 and len(values) == 1:
            return self.words(values[0], depth - 1)
        return "an intermediate result"

    def _words_Constant(self, node, depth):
        return f"`{node.value!r}`"

    def _words_BinOp(self, node, depth):
        if isinstance(node.op, ast.Pow) and getattr(node.right, "value", None) == 2:
            return f"the square of {self.words(node.left, depth - 1)}"
        noun = _SYMBOLS.get(type(node.op), ("", "one of the steps"))[1]
        pair = self._pair(node.left, node.right, depth, "and")
        return f"{noun} of {pair}" if pair else noun

    def _words_UnaryOp(self, node, depth):
        if isinstance(node.op, ast.USub):
            return f"minus {self.words(node.operand, depth)}"
        return self.words(node.operand, depth)

    def _words_Call(self, node, depth):
        step = self._step(node)
        method = isinstance(node.func, ast.Attribute) and not _is_module(node.func)
        inner = node.func.value if method else (node.args or [None])[0]
        if depth <= 0 or inner is None or step in self.terms.values():
            return step
        of = self.words(inner, depth - 1)
        return step if "steps" in of or step == "one step" else f"{step} of {of}"

    def _words_Subscript(self, node, depth):
        value = node.value
        if isinstance(value, ast.Attribute) and value.attr == "shape":
            what = {0: "rows", 1: "columns"}.get(getattr(node.slice, "value", None))
            of = self.words(value.value, depth)
            return f"the number of {what} of {of}" if what else f"the size of {of}"
        part = "a part" if isinstance(node.slice, ast.Slice) else "an entry"
        return f"{part} of {self.words(value, depth)}"

    def _words_Attribute(self, node, depth):
        if isinstance(node.value, ast.Name) and node.value.id == "self":
            return f"`self.{node.attr}`"
        of = self.words(node.value, depth)
        if node.attr == "T":
            return f"{of} transposed"
        if node.attr == "size":
            return f"the number of entries of {of}"
        if node.attr == "shape":
            return f"the shape of {of}"
        return f"`{node.attr}`" if not node.attr.startswith("_") else ""

    def _words_Compare(self, node, depth):
        pair = self._pair(node.left, node.comparators[0], depth, "with")
        return f"the comparison of {pair}" if pair else "the comparison"

    def _words_BoolOp(self, node, depth):
        return "the conditions"

    def _words_IfExp(self, node, depth):
        return "the choice"

    def _words_Tuple(self, node, depth):
        return "the results"

    def _words_ListComp(self, node, depth):
        return "the list"


def _short(node: ast.AST) -> str:
    """Return the text of an expression that is not too long to be quoted."""
    text = ast.unparse(node) if isinstance(node, ast.expr) else ""
    return text if len(text) < 50 else ""


def _called(call: ast.Call) -> str:
    if isinstance(call.func, ast.Attribute):
        return call.func.attr
    return call.func.id if isinstance(call.func, ast.Name) else ""


def _is_module(attribute: ast.Attribute) -> bool:
    """Tell ``np.sum`` and ``tf.math.log`` from a method such as ``x.sum``."""
    base = attribute.value
    while isinstance(base, ast.Attribute):
        base = base.value
    names = ("np", "tf", "keras", "math", "json", "random", "itertools", "layers")
    return isinstance(base, ast.Name) and base.id in names
