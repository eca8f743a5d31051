"""Explain a wrong answer: by a declared mistake, a slip, a relation, or a case.

Each step speaks only if nothing that was seen contradicts it. What is certain comes
first, and a cause that is only likely is a question.
"""

import ast
import re
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass, field
from typing import Any

import numpy as np

from . import guard
from .judge import alike
from .relations import relation
from .run import Call, Runner, source_of
from .slips import Slip, slips
from .values import as_array, number

SLIPS_SECONDS = 0.5
"""How long slips are looked through, at most: of the processor's time, so that a busy
machine explains as much as an idle one."""

_CHANCE = re.compile(r"random|rng|shuffle|permutation|choice|global ")
# What must not run with a change in it.
_DANGEROUS = re.compile(r"\b(os|shutil|subprocess|open|Path|exec|eval|input|sys)\b")


@dataclass(frozen=True)
class Explanation:
    """What is known about a wrong answer.

    Attributes
    ----------
    step : str
        Which step explained it: ``declared``, ``slip``, ``relation`` or ``case``.
    texts : list of str
        What the learner reads.
    mistake : str or None
        Name of what was found.
    credit : float
        Share of the points that it earns, less than 1.
    alone : bool
        Whether nothing needs to be said before it: how the result differs.
    """

    step: str
    texts: list[str] = field(default_factory=list)
    mistake: str | None = None
    credit: float = 0.0
    alone: bool = False


@dataclass(frozen=True)
class Wrong:
    """A wrong answer with all that explaining it may look at.

    Attributes
    ----------
    answer : callable
        The learner's function.
    runner : Runner
        Calls it again.
    expected, calls : list of Call
        What came of the reference and of the answer.
    faults : list of str or None
        For each case, see :func:`.judge.fault`.
    mistakes : sequence
        Declared mistakes.
    calls_of : callable
        Returns the calls of a function of the course's.
    reference : callable
    source, name : str
        Of the reference.
    namespace : mapping
        Of its module.
    terms : mapping of str to str
        See :func:`.slips.slips`.
    labels, names : sequence of str
        What arguments and results are called.
    explains : callable or None
        The exercise's own way, ``(cases, results) -> (sentence, name) or None``.
    rtol, atol : float
        Tolerances.
    """

    answer: Callable
    runner: Runner
    expected: list[Call]
    calls: list[Call]
    faults: list[str | None]
    mistakes: Sequence[Any]
    calls_of: Callable[[Callable], list[Call]]
    reference: Callable
    source: str
    name: str
    namespace: Mapping[str, Any]
    terms: Mapping[str, str]
    labels: Sequence[str]
    names: Sequence[str]
    explains: Callable | None
    rtol: float
    atol: float

    _known: dict[int, list[Call]] = field(default_factory=dict)

    def calls_of_mistake(self, mistake: Any) -> list[Call]:
        """Return what comes of a declared mistake, which two steps look at."""
        if id(mistake) not in self._known:
            self._known[id(mistake)] = self.calls_of(mistake.answer)
        return self._known[id(mistake)]

    def alike(self, one: Call, other: Call) -> bool:
        """Tell whether two calls came to the same."""
        return alike(one, other, self.rtol, self.atol)


def explain(wrong: Wrong, leisure: bool = True) -> Explanation:
    """Explain a wrong answer by the first step that can.

    Parameters
    ----------
    wrong : Wrong
    leisure : bool
        Whether there is time to call the answer again and to try slips.
    """
    steps = [_declared, _own, _in_part, _related]
    if leisure:
        steps[0:2] = [_unsteady, _declared, _slip, _own, _probed]
    for step in steps:
        with suppress(Exception):  # an odd object; the next step may do without
            if found := step(wrong):
                return found
    return Explanation("case")


def _unsteady(wrong: Wrong) -> Explanation | None:
    """Call the answer again if its code looks as if that could make a difference."""
    if not (_has_kept_default(wrong) or _CHANCE.search(source_of(wrong.answer))):
        return None
    unsteady, remembers = wrong.runner.again(wrong.answer, wrong.calls)
    return _explained_unsteady(remembers, wrong) if unsteady else None


def _has_kept_default(wrong: Wrong) -> bool:
    """Tell whether a default value could keep what a call puts into it."""
    defaults = getattr(wrong.answer, "__defaults__", None) or ()
    return any(isinstance(value, list | dict | set) for value in defaults)


def _explained_unsteady(remembers: bool, wrong: Wrong) -> Explanation:
    text = "The same call gave two different results."
    if remembers and _has_kept_default(wrong):
        text += (
            " A list, dict or set that is a default value is made once, and keeps "
            "what the call before put into it."
        )
    elif remembers:
        text += " It keeps something from the call before."
    elif _CHANCE.search(source_of(wrong.answer)):
        text += " Your code draws at random; this should come out the same."
    else:
        text += " Is chance in it, or does something stay from the call before?"
    return Explanation("relation", [text], "unsteady")


def _declared(wrong: Wrong) -> Explanation | None:
    """Find the declared mistake that does the same as the answer in every case."""
    for mistake in wrong.mistakes:
        theirs = wrong.calls_of_mistake(mistake)
        if all(map(wrong.alike, theirs, wrong.calls)):
            return Explanation("declared", [mistake.message], mistake.name,
                               mistake.credit, alone=True)  # fmt: skip
    return None


def _slip(wrong: Wrong) -> Explanation | None:
    """Find a slip of the reference that does the same as the answer in every case.

    Or a change of the same kind that puts the answer itself right, and so the place
    in it where it goes wrong.
    """
    if any(call.changed or _unknown_name(call) for call in wrong.calls):
        return None
    # What is always the same fits rare slips by chance.
    stopped = any(call.error for call in wrong.calls)
    most = 1 if _constant(wrong.calls) else 2 if stopped else 9
    if any(call.error and call.error.form for call in wrong.calls):
        most = -1  # what was wrong is said
    every = slips(wrong.source, wrong.terms)
    clear = (slip for slip in every if slip.clear and slip.rank <= most)
    slip = _first(clear, wrong.name, wrong.namespace, wrong, wrong.calls)
    mended = _mended(wrong)
    texts = []
    if slip:
        happens = "The same happens" if stopped else "Exactly this comes out"
        texts.append(f"{happens} when {slip.what}.")
    if mended and not mended.everywhere:
        line = mended.line + wrong.answer.__code__.co_firstlineno - 1
        place = f"`{mended.before}` in line {line}"
        texts.append(f"The rest is right: look at {place}.")
    if mended and not slip and not stopped:
        texts.append(mended.ask)
    elif slip and not stopped and len(texts) == 1:
        texts.append("Is that so in your code?")
    found = slip or mended
    if found is None:
        return None
    alone = bool(slip) and not stopped
    return Explanation("slip", texts, found.name, alone=alone)


def _unknown_name(call: Call) -> bool:
    """Tell whether it stopped at a name: Python's own words say all."""
    return bool(call.error) and call.error.line.startswith(("NameError", "Unbound"))


def _constant(calls: list[Call]) -> bool:
    """Tell whether all numbers that came back are the same."""
    arrays = [as_array(call.result) for call in calls]
    if any(array is None or array.size == 0 for array in arrays):
        return False
    return bool(np.ptp(np.concatenate([array.ravel() for array in arrays])) < 1e-9)


def _mended(wrong: Wrong) -> Slip | None:
    """Find the small change that puts the answer right."""
    source = source_of(wrong.answer)
    if not source.startswith("def ") or _DANGEROUS.search(source):
        return None
    name, space = wrong.answer.__name__, wrong.answer.__globals__
    return _first(slips(source, {}), name, space, wrong, wrong.expected)


def _first(
    candidates: Iterator[Slip],
    name: str,
    space: Mapping,
    wrong: Wrong,
    like: list[Call],
) -> Slip | None:
    """Return the first slip that does in every case what is wanted."""
    until = time.thread_time() + SLIPS_SECONDS
    latest = time.monotonic() + 1.5 * SLIPS_SECONDS  # TensorFlow works in other threads
    # First the cases that rule most out: those that went wrong.
    order = sorted(range(len(like)), key=lambda i: wrong.faults[i] is None)
    for slip in candidates:
        if time.thread_time() > until or time.monotonic() > latest:
            return None
        with guard.silent(), suppress(Exception):
            function = slip.function(name, space)
            calls = (wrong.runner.call(function, wrong.runner.cases[i]) for i in order)
            if all(
                wrong.alike(call, like[i]) for call, i in zip(calls, order, strict=True)
            ):
                return slip
    return None


def _probed(wrong: Wrong) -> Explanation | None:
    """Look at what the answer does with its arguments, and call it again."""
    source = source_of(wrong.answer)
    if all(call.result is None and not call.error for call in wrong.calls):
        if re.search(r"\bprint\(", source) and not re.search(r"\breturn\b", source):
            text = (
                "`print` shows a result on the page; only `return` hands it back to "
                "whoever called the function."
            )
            return Explanation("relation", [text], "prints")
        return None
    seen = wrong.runner.probe(
        wrong.answer, wrong.calls, wrong.reference, wrong.expected
    )
    if seen.unsteady:
        return _explained_unsteady(seen.remembers, wrong)
    if unused := _unused(wrong):
        several = " and ".join(f"`{name}`" for name in unused)
        it = "it" if len(unused) == 1 else "them"
        texts = [f"Your code never uses {several}, and the result depends on {it}."]
    elif seen.ignored and _comparable(wrong):
        unused = [wrong.labels[i] for i in seen.ignored]
        several = " and ".join(f"`{name}`" for name in unused)
        texts = [f"Another {several} changes nothing in your result, and it should."]
    else:
        return None
    if outside := [name for name in seen.outside if name not in wrong.namespace]:
        texts.append(f"`{outside[0]}` is the notebook's, not an argument.")
    texts += _related_texts(wrong)
    return Explanation("relation", texts, f"ignores {', '.join(unused)}")


def _unused(wrong: Wrong) -> list[str]:
    """Return the parameters that an answer never looks at, and the reference does."""
    with suppress(Exception):
        sources = source_of(wrong.answer), wrong.source
        theirs, ours = (ast.parse(source).body[0] for source in sources)
        used = [
            {node.id for node in ast.walk(f) if isinstance(node, ast.Name)}
            for f in (theirs, ours)
        ]
        return [
            their.arg
            for their, our in zip(theirs.args.args, ours.args.args, strict=True)
            if their.arg not in used[0] and our.arg in used[1]
        ]
    return []


def _comparable(wrong: Wrong) -> bool:
    """Tell whether only numbers are wrong, and not the form of the result."""
    if any(call.changed or call.error for call in wrong.calls):
        return False
    for target, call in zip(wrong.expected, wrong.calls, strict=True):
        wanted, came = as_array(target.result), as_array(call.result)
        if wanted is None or came is None:
            if type(target.result) is not type(call.result):
                return False
        elif wanted.shape != came.shape or not np.isfinite(came).all():
            return False
    return True


def _own(wrong: Wrong) -> Explanation | None:
    """Ask the exercise itself, where the answer ran through."""
    if wrong.explains is None or any(call.error for call in wrong.calls):
        return None
    results = [call.result for call in wrong.calls]
    found = wrong.explains(wrong.runner.cases, results)
    return found and Explanation("relation", [found[0]], found[1], alone=True)


def _in_part(wrong: Wrong) -> Explanation | None:
    """Find a declared mistake that explains a part of what is wrong.

    It does the same as the answer in two wrong cases or more, and where it does
    not, it does nothing wrong: another fault is at work there.
    """
    best, most = None, 1
    for mistake in wrong.mistakes:
        agrees = 0
        theirs = wrong.calls_of_mistake(mistake)
        for one, call, right, fault in zip(
            theirs, wrong.calls, wrong.expected, wrong.faults, strict=True
        ):
            harmless = wrong.alike(one, right)
            if fault and wrong.alike(one, call) and not harmless:
                agrees += _says_something(call)
            elif not harmless:
                break
        else:
            # An agreement in a few of many wrong cases may be chance.
            if agrees > most and agrees > sum(map(bool, wrong.faults)) / 2:
                best, most = mistake, agrees
    if best is None:
        return None
    texts = [best.message, "There is something else besides."]
    return Explanation("declared", texts, best.name, alone=True)


def _says_something(call: Call) -> bool:
    """Tell whether to agree in a call means anything: small counts often do."""
    array = as_array(call.result)
    if call.error or array is None or not np.isfinite(array).all():
        return False
    return array.size > 1 or bool(array.ravel()[:1] % 1)


def _related(wrong: Wrong) -> Explanation | None:
    texts = _related_texts(wrong)
    return Explanation("relation", texts, texts[0]) if texts else None


def _related_texts(wrong: Wrong) -> list[str]:
    if any(call.error for call in wrong.calls) or not any(wrong.faults):
        return []
    return relation(
        wrong.runner.cases,
        [call.result for call in wrong.expected],
        [call.result for call in wrong.calls],
        [fault is not None for fault in wrong.faults],
        wrong.labels,
        wrong.names,
    )


def telling(wrong: Wrong) -> int:
    """Return the number of the wrong case that shows most: small, and not trivial."""
    failing = [i for i, fault in enumerate(wrong.faults) if fault]
    first = failing[0]
    if wrong.calls[first].error:
        return first
    for i in failing:
        target = as_array(wrong.expected[i].result)
        if target is None or target.dtype.kind not in "fiu":
            continue
        if len(np.unique(target)) > 1 or (target.ndim == 0 and target % 1):
            return i
    return first


# Numbers.


def explained_number(
    value: Any,
    expression: str,
    given: Mapping[str, Any],
    terms: Mapping[str, str],
    equal: Callable[[Any], bool],
) -> Explanation | None:
    """Find the slip in a calculation that gives a wrong number or array.

    Parameters
    ----------
    value : object
        The learner's.
    expression : str
        How the right value is computed.
    given : mapping of str to object
        The names in it; their underscores are spaces for the learner.
    terms : mapping of str to str
        What to call them instead.
    equal : callable
        Tells whether a value is the learner's.
    """
    words = {name: "the " + name.replace("_", " ") for name in given} | dict(terms)
    source = f"def answer({', '.join(given)}):\n    return {expression}\n"
    space = {"np": np}
    for slip in slips(source, words):
        if slip.rank > 2 or slip.everywhere or not slip.clear:
            continue  # with so many, some number fits by chance
        with suppress(Exception), guard.silent():
            if equal(slip.function("answer", space)(**given)):
                shown = number(value) if np.ndim(value) == 0 else "This"
                return Explanation("slip", [f"{shown} comes out when {slip.what}."],
                                   slip.name)  # fmt: skip
    return None
