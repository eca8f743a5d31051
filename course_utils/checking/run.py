"""Run an answer on the cases of an exercise, and say in plain data what came of it.

Nothing here knows what is right. What comes back holds numbers, arrays, texts,
lists and dicts of them, and stand-ins for everything else, so it can be judged
elsewhere: see :mod:`.judge`.
"""

import ast
import copy
import inspect
import textwrap
import time
import types
from collections.abc import Callable, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass, field
from typing import Any

import numpy as np

from . import guard
from .crash import Crash
from .values import Tensor, Thing, as_array, kind, written

_LARGEST = 100_000_000  # bytes of an array; a view may claim to hold far more
_DEEPEST, _MOST = 12, 100_000  # lists in lists, and parts in all
_PROBING = 0.4  # seconds


class UnfinishedError(Exception):
    """Raised by an exercise's ``run``: there is still a ``...`` in the answer."""


class AnswerFormError(Exception):
    """Raised by an exercise's ``run`` or ``view``: this is not what was asked for.

    Parameters
    ----------
    message : str
        What the learner reads: what came, and what was asked for.
    answer : object
        What came.
    """

    def __init__(self, message: str, answer: Any):
        super().__init__(message)
        self.answer = answer


@dataclass(frozen=True)
class Call:
    """What came of calling an answer on one case.

    Attributes
    ----------
    result : object
        In plain data, see :func:`plain`.
    error : Crash or None
        What it raised.
    changed : tuple of int
        Positions of the arguments that it changed.
    unfinished : bool
        Whether a ``...`` stands where code belongs.
    """

    result: Any = None
    error: Crash | None = None
    changed: tuple[int, ...] = ()
    unfinished: bool = False


@dataclass(frozen=True)
class Behaviour:
    """All that can be seen of an answer from outside.

    Attributes
    ----------
    calls : list of Call
        One for each case.
    unsteady : bool
        Whether the same call gave two different results.
    remembers : bool
        Whether that comes of something that it keeps from call to call.
    ignored : tuple of int
        Positions of arguments that never made a difference, though they should.
    outside : tuple of str
        Variables of the notebook that it reads.
    """

    calls: list[Call] = field(default_factory=list)
    unsteady: bool = False
    remembers: bool = False
    ignored: tuple[int, ...] = ()
    outside: tuple[str, ...] = ()


class Runner:
    """Calls answers on cases in the way of one exercise.

    Parameters
    ----------
    cases : sequence of tuples
        Arguments of each call.
    run : callable
        ``run(answer, *case)``.
    view : callable
        Turns a result into what is compared.
    plain_words : sequence of (str, str)
        See :class:`.crash.Crash`.
    """

    def __init__(
        self,
        cases: Sequence[tuple],
        run: Callable[..., Any],
        view: Callable[[Any], Any],
        plain_words: Sequence[tuple[str, str]] = (),
    ):
        self.cases = cases
        self.run = run
        self.view = view
        self.plain_words = plain_words

    def calls(self, answer: Callable) -> list[Call]:
        """Call an answer on every case."""
        return [self.call(answer, case) for case in self.cases]

    def call(self, answer: Callable, case: tuple) -> Call:
        """Call an answer on a copy of a case, so that the case stays as it is."""
        arguments = copy.deepcopy(case)
        try:
            with np.errstate(all="warn", under="ignore"):
                result = self.view(self.run(answer, *arguments))
        except (guard.TimeLimitError, KeyboardInterrupt):
            raise
        except UnfinishedError:
            return Call(unfinished=True)
        except NotImplementedError as error:
            crash = Crash.of(error, answer, self.plain_words)
            return Call(error=crash, unfinished=crash.own)
        except AnswerFormError as error:
            return Call(error=Crash(str(error), written(error.answer), form=True))
        except BaseException as error:
            crash = Crash.of(error, answer, self.plain_words)
            return Call(error=crash, unfinished="'ellipsis'" in crash.text)
        pairs = enumerate(zip(case, arguments, strict=True))
        changed = tuple(i for i, (old, new) in pairs if differ(old, new))
        return Call(plain(result), changed=changed, unfinished=result is ...)

    def probe(
        self,
        answer: Callable,
        calls: list[Call],
        reference: Callable,
        expected: list[Call],
    ) -> Behaviour:
        """Look closer at an answer that is wrong: call it again, and with changes.

        Parameters
        ----------
        answer : callable
        calls : list of Call
            What came of it so far.
        reference : callable
            Tells which arguments should make a difference.
        expected : list of Call
            What came of the reference.
        """
        until = time.monotonic() + _PROBING
        unsteady, remembers = self.again(answer, calls)
        ignored = []
        if not unsteady and not any(call.error for call in calls):
            for position in range(min(map(len, self.cases), default=0)):
                if time.monotonic() < until and self._ignores(
                    answer, calls, reference, expected, position, until
                ):
                    ignored.append(position)
        outside = tuple(_read_outside(answer))
        return Behaviour(calls, unsteady, remembers, tuple(ignored), outside)

    def again(self, answer: Callable, calls: list[Call]) -> tuple[bool, bool]:
        """Call an answer once more.

        Returns
        -------
        unsteady, remembers : bool
            See :class:`Behaviour`.
        """
        kept = _kept_by(answer)
        until, second = time.monotonic() + _PROBING / 2, []
        for case in self.cases:
            second.append(self.call(answer, case))
            if time.monotonic() > until:
                break
        unsteady = any(
            not one.error and not two.error and differ(one.result, two.result)
            for one, two in zip(calls, second, strict=False)
        )
        return unsteady, unsteady and _kept_by(answer) != kept

    def _ignores(self, answer, calls, reference, expected, position, until) -> bool:
        """Tell whether an argument makes no difference where it should make one."""
        told = 0
        for case, call, target in zip(self.cases, calls, expected, strict=True):
            if time.monotonic() > until or position >= len(case):
                return False
            for other in _varied(case, position, self.cases):
                with guard.silent():
                    after = self.call(reference, other)
                if after.error or not differ(target.result, after.result):
                    continue
                varied = self.call(answer, other)
                if varied.error or differ(call.result, varied.result):
                    return False
                told += 1
        return told > 1


def _varied(case: tuple, position: int, cases: Sequence[tuple]) -> list[tuple]:
    """Return copies of a case with another value in one place."""
    value = case[position]
    array = as_array(value)
    others = []
    for each in cases:
        if position < len(each) and type(each[position]) is type(value):
            theirs = as_array(each[position])
            if (
                array is not None
                and theirs is not None
                and theirs.shape == array.shape
                and differ(array, theirs)
            ):
                others.append(each[position])
    if array is not None and array.size and array.dtype.kind == "f":
        for changed in (array * 1.5 + 0.25, -array):
            others.append(float(changed) if np.ndim(value) == 0 else changed)
    if array is not None and array.size and array.dtype.kind in "iu":
        for changed in (array[::-1] if array.ndim else array + 1, array + 1):
            if isinstance(value, list | tuple):
                others.append(type(value)(changed.tolist()))
            else:
                others.append(int(changed) if array.ndim == 0 else changed)
    if isinstance(value, bool):
        others.append(not value)
    return [(*case[:position], other, *case[position + 1 :]) for other in others]


def _functions(answer: Any) -> list[types.FunctionType]:
    parts = vars(answer).values() if inspect.isclass(answer) else [answer]
    return [part for part in parts if isinstance(part, types.FunctionType)]


def _kept_by(answer: Any) -> str:
    """Return a picture of what an answer may keep: defaults, attributes, globals."""
    with suppress(BaseException):
        parts = []
        for function in _functions(answer):
            kept = (function.__defaults__, function.__kwdefaults__, vars(function))
            parts.append(repr(kept))
            for name in function.__code__.co_names:
                value = function.__globals__.get(name)
                if isinstance(value, int | float | list | dict | set):
                    parts.append(repr(value)[:10_000])
        return "".join(parts)
    return ""


def _read_outside(answer: Any) -> list[str]:
    """Return what an answer reads of the notebook: variables, and functions made there.

    Modules and what comes from them are tools, and no business of an exercise.
    """
    found = []
    with suppress(BaseException):
        for function in _functions(answer):
            for name in _names(function.__code__):
                value = function.__globals__.get(name)
                own = getattr(value, "__module__", None) in (None, "__main__")
                if (
                    name in function.__globals__
                    and value is not answer
                    and own
                    and not isinstance(value, types.ModuleType)
                    and not name.startswith("__")
                ):
                    found.append(name)
    return list(dict.fromkeys(found))


def _names(code: types.CodeType) -> list[str]:
    inner = [part for part in code.co_consts if isinstance(part, types.CodeType)]
    return [*code.co_names, *(name for part in inner for name in _names(part))]


def source_of(answer: Any) -> str:
    """Return the source of a function or class, '' where there is none."""
    try:
        source = textwrap.dedent(inspect.getsource(answer))
        ast.parse(source)
        return source
    except Exception:
        return ""


def plain(value: Any) -> Any:
    """Turn a result into plain data, which no code of the learner's can change later.

    Numbers, texts, None, arrays and lists, tuples, sets and dicts of them stay what
    they are, as copies; a tensor becomes a :class:`.values.Tensor`, and anything
    else a :class:`.values.Thing`, which says what it was.
    """
    budget = [_MOST]
    try:
        return _plain(value, _DEEPEST, budget)
    except Exception:  # too many parts, or an object that bites
        return thing(value)


def _plain(value: Any, depth: int, budget: list[int]) -> Any:
    budget[0] -= 1
    if budget[0] < 0 or depth < 0:
        raise ValueError("too large")
    of = type(value)
    if value is None or of in (bool, int, float, complex, str, bytes):
        return value
    if of is np.ndarray:
        if value.nbytes > _LARGEST:
            return thing(value)
        if value.dtype.kind in "biufcUS":
            return np.array(value)
        return thing(value)
    if isinstance(value, np.generic) and value.dtype.kind in "biufcUS":
        return value.copy()
    if of in (list, tuple, set, frozenset):
        parts = [_plain(part, depth - 1, budget) for part in value]
        return of(parts)
    if isinstance(value, Mapping) and of.__module__ in ("builtins", "collections"):
        return {
            _plain(key, 1, budget): _plain(part, depth - 1, budget)
            for key, part in value.items()
        }
    for base in (bool, int, float, str, bytes, tuple, list, dict):
        if isinstance(value, base) and base is not bool:
            return _plain(base(value), depth, budget)
    if not inspect.isgenerator(value) and not inspect.iscoroutine(value):
        array = as_array(value)
        if array is not None and array.nbytes <= _LARGEST:
            tensor = hasattr(value, "numpy") and array.ndim
            return Tensor(np.array(array)) if tensor else np.array(array)[()]
    return thing(value)


def thing(value: Any) -> Thing:
    """Say what an object is that is no plain data."""
    if getattr(value, "__name__", "") == "<genexpr>":
        what = "a generator expression"
    elif inspect.isgenerator(value) or inspect.iscoroutine(value):
        what = "a generator"
    else:
        what = kind(value)
    if inspect.isgenerator(value) or inspect.iscoroutine(value):
        value.close()
    return Thing(what, written(value))


def differ(old: Any, new: Any) -> bool:
    """Tell whether numbers or texts differ, or lists and dicts of them."""
    old_array, new_array = as_array(old), as_array(new)
    if old_array is not None and new_array is not None:
        return old_array.shape != new_array.shape or not np.array_equal(
            old_array, new_array, equal_nan=old_array.dtype.kind in "fc"
        )
    if isinstance(old, list | tuple) and isinstance(new, list | tuple):
        return len(old) != len(new) or any(map(differ, old, new))
    if isinstance(old, Mapping) and isinstance(new, Mapping):
        return old.keys() != new.keys() or any(differ(old[k], new[k]) for k in old)
    if isinstance(old, Thing) and isinstance(new, Thing):
        return old.kind != new.kind  # its text may hold an address
    if isinstance(old, str | bytes) and isinstance(new, str | bytes):
        return old != new
    return False
