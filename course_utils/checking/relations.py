"""What is certain about wrong results: how they follow from the right ones.

A relation is said only if it holds wherever the results are wrong and at least one
of those results could have refuted it. So each relation answers True (it holds, and
need not have), None (it cannot be told from here) or False.
"""

from collections.abc import Callable, Iterator, Mapping, Sequence
from typing import Any

import numpy as np

from .values import as_array, has_arrays

Judged = tuple[np.ndarray, np.ndarray]  # a right result, and the wrong one


def relation(
    cases: Sequence[tuple],
    wanted: Sequence[Any],
    came: Sequence[Any],
    failing: Sequence[bool],
    labels: Sequence[str] = (),
    names: Sequence[str] = (),
) -> list[str]:
    """Say what holds for all wrong results, in sentences.

    Parameters
    ----------
    cases : sequence of tuple
        Arguments of the calls.
    wanted, came : sequence of object
        Right results and those of the answer, in plain data.
    failing : sequence of bool
        Which of them are wrong.
    labels : sequence of str
        What the arguments are called.
    names : sequence of str
        What the results are called, where a call has several.

    Returns
    -------
    list of str
        Empty where nothing is certain.
    """
    tries = zip(cases, wanted, came, failing, strict=True)
    triples = [(case, w, c) for case, w, c, wrong in tries if wrong]
    said: list[str] = []
    where, triples = _part(triples, names)
    if where:
        said.append(f"Only {where} is wrong.")
    pairs = [(as_array(w), as_array(c)) for _, w, c in triples]
    if not any(w is None or c is None for w, c in pairs):
        said += filter(None, [_how(pairs, [case for case, _, _ in triples], labels)])
    if len(said) < 2 and (text := _which(cases, failing, labels)):
        said.append(text)
    return said


def _part(triples: list[tuple], names: Sequence[str]) -> tuple[str, list[tuple]]:
    """Take several results apart; say which it is if a single one is wrong."""
    first = triples[0][1]
    several = isinstance(first, tuple | list) and (
        has_arrays(first)
        or (isinstance(first, tuple) and len(first) == len(names))
        or not np.ndim(as_array(first))
    )
    if isinstance(first, Mapping):
        keys = list(first)
    elif several:
        keys = list(range(len(first)))
    else:
        return "", triples
    try:
        wrong = [
            (key, (case, w[key], c[key]))
            for case, w, c in triples
            for key in keys
            if not _same(w[key], c[key])
        ]
    except (TypeError, KeyError, IndexError):
        return "", triples
    if any(len(w) != len(c) for _, w, c in triples):
        return "", triples
    parts = [part for _, part in wrong]
    found = {key for key, _ in wrong}
    if len(keys) < 2 or len(found) != 1:
        return "", parts
    (key,) = found
    if len(names) == len(keys) and not isinstance(key, str):
        key = names[key]
    return (
        f"`{key}`" if isinstance(key, str) else f"result {key + 1} of {len(keys)}"
    ), parts


def _same(one: Any, other: Any) -> bool:
    a, b = as_array(one), as_array(other)
    if a is None or b is None:
        return one is other or (type(one) is type(other) and one == other)
    return a.shape == b.shape and bool(np.allclose(a, b, equal_nan=True))


# How wrong results follow from the right ones.


def _how(pairs: list[Judged], cases: list[tuple], labels: Sequence[str]) -> str:
    if all(w.shape == c.shape for w, c in pairs):
        real = [
            (w.astype(float), c.astype(float))
            for w, c in pairs
            if w.dtype.kind != "c" and c.dtype.kind != "c"
            and np.isfinite(w.astype(float)).all()
            and np.isfinite(c.astype(float)).all()
        ]  # fmt: skip
        if len(real) < len(pairs):
            return ""
        if any(c.dtype.kind == "b" and w.dtype.kind != "b" for w, c in pairs):
            return "What came back is made of True and False."
        tests: Iterator = iter((*_of_values(real), *_of_arguments(real, cases, labels)))
        return _first_that_holds(tests, real) or _place(real)
    return _first_that_holds(iter(_SHAPES), pairs)


def _first_that_holds(tests, pairs: list[Judged]) -> str:
    for text, test in tests:
        with np.errstate(all="ignore"):
            told = [test(w, c) for w, c in pairs]
        if False not in told and True in told:
            return text
    return ""


def _shape_test(change: Callable[[np.ndarray], np.ndarray], whole=True) -> Callable:
    """Hold where a change of the right result gives the wrong one, shape and all."""

    def test(w, c):
        try:
            changed = np.asarray(change(w))
        except (ValueError, IndexError):
            return False
        if changed.shape != c.shape or not np.allclose(changed, c):
            return False
        if not whole and c.size == 1 and not c.ravel()[0] % 1:
            return None  # a single whole number may be there by chance
        return True if c.size > 1 or w.size > 1 else None

    return test


def _block(small, large):
    """Hold where an array stands somewhere in a larger one."""
    if small.ndim != large.ndim or small.size < 3 or small.size == large.size:
        return False
    if any(s > n for s, n in zip(small.shape, large.shape, strict=True)):
        return False
    windows = np.lib.stride_tricks.sliding_window_view(large, small.shape)
    axes = tuple(range(small.ndim, 2 * small.ndim))
    return bool(np.isclose(windows, small).all(axis=axes).any())


def _outer(w, c):
    n = w.size
    fits = c.shape == (n, n) and (w.ndim == 1 or w.shape == (n, 1))
    return (True if n > 1 else None) if fits else False


_SHAPES = [
    (
        "The numbers are right, but rows and columns are swapped.",
        _shape_test(np.transpose),
    ),
    (
        "What came back is the sum over all of what was expected.",
        _shape_test(np.sum),
    ),
    (
        "What came back is the mean over all of what was expected.",
        _shape_test(np.mean),
    ),
    *(
        (f"What came back is the {name} over the {along} of what was expected.",
         _shape_test(lambda w, f=f, a=a: f(w, axis=a)))
        for name, f in (("sum", np.sum), ("mean", np.mean))
        for along, a in (("rows", 0), ("columns", 1))
    ),
    *(
        (f"What came back is only the {which} entry of what was expected.",
         _shape_test(lambda w, i=i: w[i], whole=False))
        for which, i in (("first", 0), ("last", -1))
    ),
    (
        "What stands in it is right; only the shape is not.",
        lambda w, c: (w.size > 1 or None)
        if w.size == c.size and np.allclose(w.ravel(), c.ravel()) else False,
    ),
    (
        "The right numbers are there, with others around them.",
        _block,
    ),
    (
        "The numbers that came back are right; others are missing at an end.",
        lambda w, c: _block(c, w),
    ),
    (
        "Shapes (n, 1) and (n,) combined give (n, n): was that it?",
        _outer,
    ),
]  # fmt: skip


def _value_test(change: Callable[[np.ndarray], np.ndarray], tolerance=1e-6) -> Callable:
    """Hold where a change of the right numbers gives the wrong ones."""

    def test(w, c):
        changed = np.asarray(change(w), float)
        if changed.shape != c.shape or not np.isfinite(changed).all():
            return False
        if not np.allclose(changed, c, rtol=tolerance, atol=tolerance * 1e-3):
            return False
        return True if len(np.unique(np.abs(w))) > 1 or w.ravel()[0] % 1 else None

    return test


def _softmax(w):
    e = np.exp(w - w.max(axis=-1, keepdims=True))
    return e / e.sum(axis=-1, keepdims=True)


def _of_values(pairs: list[Judged]) -> list[tuple[str, Callable]]:
    """Return the relations of numbers to numbers, with their sentences."""
    every = np.concatenate([w.ravel() for w, _ in pairs])
    got = np.concatenate([c.ravel() for _, c in pairs])
    tests = []
    nothing = bool((np.abs(got) <= 1e-9 * np.abs(every).max(initial=0)).all())
    if nothing and every.any():
        tests.append(("Everything that came back is 0.", lambda w, c: True))
    elif not nothing and len(got) > 2 and (got == got[0]).all():
        tests.append((f"Everything that came back is {got[0]:.6g}, whatever the "
                      "input.", lambda w, c: True))  # fmt: skip
    tests.append(("Only the sign is wrong.", _value_test(lambda w: -w)))
    different = len(np.unique(np.abs(every[every != 0]).round(9)))
    for decimals in range(4):
        if different > 2 and len(np.unique(got)) > 2 - (decimals > 0):
            to = ("whole numbers", "1 decimal", "2 decimals", "3 decimals")[decimals]
            text = f"What came back is rounded to {to}; keep all the digits."
            rounded = _value_test(lambda w, d=decimals: np.round(w, d), 1e-9)
            tests.append((text, rounded))
    if different > 2 and len(np.unique(got)) > 1:
        tests.append(("What came back is cut off after the point.",
                      _value_test(np.trunc, 1e-9)))  # fmt: skip
    used = every != 0
    if different > 1 and not nothing and used.any():
        factor = got[used][0] / every[used][0]
        close = abs(factor - 1) < 1e-2
        if not close and factor:
            tests.append((f"Everything is {factor:.4g} times what was expected.",
                          _value_test(lambda w: factor * w, 1e-4)))  # fmt: skip
        tests.append(("It is close, and not equal: is something rounded, or added?",
                      _value_test(lambda w: w, 1e-2)))  # fmt: skip
        shift = got[0] - every[0]
        more = f"{abs(shift):.6g} too {'large' if shift > 0 else 'small'}"
        tests.append((f"Everything is {more}.",
                      _value_test(lambda w: w + shift, 1e-6)))  # fmt: skip
    if len(np.unique(every)) > 1 and all(w.size == 2 for w, _ in pairs):
        swapped = _value_test(lambda w: w.ravel()[::-1].reshape(w.shape))
        tests.append(("The two numbers are swapped.", swapped))
    if different > 2:
        tests += [
            ("The order is reversed.", _value_test(lambda w: w[::-1] if w.ndim else w)),
            ("The right numbers came back sorted.",
             _value_test(lambda w: np.sort(w) if w.ndim else w)),
            ("What came back is 1 minus what was expected.",
             _value_test(lambda w: 1 - w)),
            ("What came back is 1 over what was expected.",
             _value_test(lambda w: 1 / w)),
            ("What came back is the square of what was expected.",
             _value_test(np.square)),
            ("What came back is the root of what was expected.", _value_test(np.sqrt)),
            ("What came back is the exponential of what was expected.",
             _value_test(np.exp)),
            ("What came back is the logarithm of what was expected.",
             _value_test(np.log)),
            ("What came back has no sign: is there an absolute value?",
             _value_test(np.abs)),
            ("What came back has no negative numbers: 0 stands in their place.",
             _value_test(lambda w: np.maximum(w, 0))),
            ("What came back is the running sum of what was expected.",
             _value_test(lambda w: np.cumsum(w) if w.ndim == 1 else w * np.nan)),
            ("What came back is a softmax of what was expected.",
             _value_test(lambda w: _softmax(w) if w.ndim else w * np.nan)),
            ("The right numbers came back, some of them in each other's places.",
             _elsewhere),
            ("Each row is right but for a factor, or its sum is another.", _rows),
        ]  # fmt: skip
    return tests


def _elsewhere(w, c):
    if w.size < 3:
        return False
    return bool(np.allclose(np.sort(w, axis=None), np.sort(c, axis=None)))


def _rows(w, c):
    if w.ndim != 2 or w.shape[1] < 2:
        return False
    ratio = c / w
    return bool(
        np.isfinite(ratio).all() and np.allclose(ratio, ratio[:, :1], rtol=1e-5)
    )


def _of_arguments(pairs, cases, labels) -> list[tuple[str, Callable]]:
    """Return the relations to the arguments: the argument itself, or its size."""
    tests = []
    for i, label in enumerate(labels):
        given = [as_array(case[i]) if i < len(case) else None for case in cases]
        if any(g is None or g.dtype.kind == "c" for g in given):
            continue
        same = [g.shape == c.shape and bool(np.allclose(g, c))
                for g, (_, c) in zip(given, pairs, strict=True)]  # fmt: skip
        if all(same) and any(g.size > 1 or g.ravel()[:1] % 1 for g in given):
            tests.append((f"What came back is `{label}` itself.", lambda w, c: True))
        for what, count in (
            ("rows", lambda g: len(g) if g.ndim else 0),
            ("columns", lambda g: g.shape[1] if g.ndim > 1 else 0),
            ("entries", lambda g: g.size if g.ndim > 1 else 0),
        ):
            counts = [count(g) for g in given]
            if len(set(counts)) < 2 or 0 in counts:
                continue
            for by, power in (("multiplied", 1), ("divided", -1)):
                fits = [
                    bool(np.allclose(c, w * float(n) ** power, rtol=1e-5))
                    for n, (w, c) in zip(counts, pairs, strict=True)
                ]
                if all(fits):
                    text = (f"Everything is {by} by the number of {what} of `{label}`, "
                            "compared with what was expected.")  # fmt: skip
                    tests.append((text, lambda w, c: True))
    return tests


# Where and when results are wrong.


def _place(pairs: list[Judged]) -> str:
    """Say in which place of a result the wrong numbers stand."""
    large = [(w, c) for w, c in pairs if w.ndim and len(w) > 2]
    if not large or len(large) < len(pairs):
        return ""
    for where, index in (("first", 0), ("last", -1)):
        for axis, what in ((0, "entry"), (1, "column")):
            if any(w.ndim <= axis or w.shape[axis] < 3 for w, _ in large):
                continue
            wrong = [np.moveaxis(~np.isclose(w, c), axis, 0) for w, c in large]
            rest = slice(1, None) if index == 0 else slice(None, -1)
            if all(m[index].any() and not m[rest].any() for m in wrong):
                row = what if axis or large[0][0].ndim == 1 else "row"
                return f"Only the {where} {row} is wrong."
            if all(m[rest].any() and not m[index].any() for m in wrong):
                row = what if axis or large[0][0].ndim == 1 else "row"
                return f"Only the {where} {row} is right."
    return ""


_FEATURES: list[tuple[str, Callable[[np.ndarray], bool]]] = [
    ("holds negative numbers", lambda a: bool((a < 0).any())),
    ("is negative throughout", lambda a: bool((a < 0).all())),
    ("holds a 0", lambda a: bool((a == 0).any())),
    ("has more than one entry", lambda a: a.size > 1),
    ("has a single entry", lambda a: a.size == 1),
    ("has more than one row", lambda a: a.ndim == 2 and len(a) > 1),
    ("is not square", lambda a: a.ndim == 2 and a.shape[0] != a.shape[1]),
    ("is square", lambda a: a.ndim == 2 and a.shape[0] == a.shape[1]),
    ("has more than one axis", lambda a: a.ndim > 1),
    ("holds whole numbers of type int", lambda a: a.dtype.kind in "iu"),
    ("holds bytes", lambda a: a.dtype == np.uint8),
    ("holds equal numbers", lambda a: a.ndim == 1 and len(np.unique(a)) < a.size),
    ("holds numbers above 100", lambda a: bool((np.abs(a) > 100).any())),
    ("is True", lambda a: a.dtype.kind == "b" and a.ndim == 0 and bool(a)),
    ("is False", lambda a: a.dtype.kind == "b" and a.ndim == 0 and not a),
    ("is above 1", lambda a: a.ndim == 0 and a.dtype.kind != "b" and bool(a > 1)),
    ("is 0", lambda a: a.ndim == 0 and a.dtype.kind != "b" and bool(a == 0)),
]


def _which(cases, failing, labels) -> str:
    """Say what sets the cases that go wrong apart from those that go right."""
    if all(failing) or sum(failing) < 2:  # one case alone has many properties
        return ""
    found = []
    for i, label in enumerate(labels):
        arrays = [as_array(case[i]) if i < len(case) else None for case in cases]
        if any(array is None or array.size == 0 for array in arrays):
            continue
        found += [
            f"`{label}` {what}"
            for what, feature in _FEATURES
            if [feature(array) for array in arrays] == list(failing)
        ]
    if len(found) != 1:  # of several, each could be the one that matters
        return ""
    return f"Of {len(cases)} tries, those go wrong in which {found[0]}."
