"""The gradient checker: right gradients pass, wrong ones are named or located."""

import copy
import html
import math
import random
import re
import subprocess
import sys
import time
from contextlib import suppress
from itertools import combinations, pairwise

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from course_utils import gradcheck, runtime
from course_utils.gradcheck import (
    attempt,
    check_gradients,
    diagnose,
    numerical_gradient,
)

# Backward passes as learners write them, sharing nothing with the module under
# test. Bugs are planted as edits, "old => new"; two of one bug have && between.

LISTS = """
def learners(X, y, params):
    inputs, Zs, A = [], [], X
    for W, b in params:
        inputs.append(A)
        Z = A @ W + b
        Zs.append(Z)
        A = np.maximum(Z, 0)
    shifted = Z - Z.max(axis=1, keepdims=True)
    P = np.exp(shifted) / np.exp(shifted).sum(axis=1, keepdims=True)
    N = len(X)
    loss = -np.mean(np.log(P[np.arange(N), y]))
    Y = np.eye(P.shape[1])[y]
    dZ = (P - Y) / N
    grads, above = [], dZ
    for i in range(len(params) - 1, -1, -1):
        W, b = params[i]
        last = i == len(params) - 1
        dW = inputs[i].T @ dZ
        db = dZ.sum(axis=0)
        grads.insert(0, (dW, db))
        if i > 0:
            above, dA = dZ, dZ @ W.T
            dZ = dA * (Zs[i - 1] > 0)
    return loss, grads
"""
DICTS = """
def learners(X, y, params):
    L = len(params)
    cache = {"A0": X}
    for l in range(1, L + 1):
        W, b = params[l - 1]
        cache[f"Z{l}"] = np.dot(cache[f"A{l-1}"], W) + b
        cache[f"A{l}"] = np.where(cache[f"Z{l}"] > 0, cache[f"Z{l}"], 0.0)
    m = X.shape[0]
    e = np.exp(cache[f"Z{L}"] - np.max(cache[f"Z{L}"], axis=1)[:, None])
    probs = e / np.sum(e, axis=1)[:, None]
    loss = np.sum(-np.log(probs[range(m), y])) / m
    d = probs.copy()
    d[range(m), y] -= 1
    d /= m
    cache[f"dZ{L}"] = d
    g = {}
    for l in range(L, 0, -1):
        W, b = params[l - 1]
        g[f"W{l}"] = np.dot(cache[f"A{l-1}"].T, cache[f"dZ{l}"])
        g[f"b{l}"] = np.sum(cache[f"dZ{l}"], axis=0)
        if l > 1:
            back = np.dot(cache[f"dZ{l}"], W.T)
            back[cache[f"Z{l-1}"] <= 0] = 0
            cache[f"dZ{l-1}"] = back
    return loss, [(g[f"W{l}"], g[f"b{l}"]) for l in range(1, L + 1)]
"""
LOOPS = """
def learners(X, y, params):
    N, L = len(X), len(params)
    gW = [np.zeros(W.shape) for W, b in params]
    gb = [np.zeros(b.shape) for W, b in params]
    total = 0
    for n in range(N):
        acts = [X[n]]
        zs = []
        for k in range(L):
            z = params[k][0].T.dot(acts[k]) + params[k][1]
            zs.append(z)
            acts.append(z if k == L - 1 else np.maximum(0, z))
        ex = np.exp(zs[-1] - zs[-1].max())
        p = ex / ex.sum()
        total += -np.log(p[y[n]])
        delta = p.copy()
        delta[y[n]] -= 1
        for k in reversed(range(L)):
            gW[k] += np.outer(acts[k], delta)
            gb[k] += delta
            if k > 0:
                delta = params[k][0].dot(delta)
                delta = delta * (zs[k - 1] > 0)
    return total / N, [(w / N, b / N) for w, b in zip(gW, gb)]
"""


STYLES = {"lists": LISTS, "dicts": DICTS, "loops": LOOPS}


def clipped(grads, most):
    length = np.sqrt(sum((g**2).sum() for pair in grads for g in pair))
    return [[g * min(1, most / length) for g in pair] for pair in grads]


def updated(params, grads):
    pairs = zip(params, grads, strict=True)
    return [(W - 0.1 * dW, b - 0.1 * db) for (W, b), (dW, db) in pairs]


HELPERS = {
    "np": np,
    "clipped": clipped,
    "updated": updated,
    "clip": lambda g: np.clip(g, -0.1, 0.1),
    "twice": lambda p, k: (np.diag(p) - np.outer(p, p)) @ (p - np.eye(len(p))[k]),
    "weigh": lambda N: np.where(np.arange(N) == 0, 3, 1)[:, None],
}


def planted(*edits, style=LISTS):
    for edit in edits:
        old, new = edit.split(" => ")
        assert old in style, edit
        style = style.replace(old, new)
    namespace = dict(HELPERS)
    exec(compile(style, "<learner>", "exec"), namespace)
    return namespace["learners"]


# The same in columns, as Nielsen writes it, and right.


def in_columns(X, y, params):
    A, kept = X.T, []
    for W, b in params:
        kept.append(A)
        Z = W.T @ A + b[:, None]
        A = Z * (Z > 0)
    E = np.exp(Z - Z.max(axis=0))
    P = E / E.sum(axis=0)
    N = X.shape[0]
    loss = -np.log(P[y, range(N)]).sum() / N
    delta = (P - np.eye(len(Z), dtype=X.dtype)[:, y]) / N
    grads = []
    for (W, _), A in zip(params[::-1], kept[::-1], strict=True):
        grads.insert(0, ((delta @ A.T).T, delta.sum(axis=1)))
        delta = (W @ delta) * (A > 0)
    return loss, grads


def in_float32(X, y, params):
    params = [(W.astype("float32"), b.astype("float32")) for W, b in params]
    return in_columns(X.astype("float32"), y, params)


def random_network(widths, batch, seed=0):
    rng = np.random.default_rng(seed)
    params = [
        (rng.normal(0, d**-0.5, (d, h)), rng.normal(0, 0.3, h))
        for d, h in pairwise(widths)
    ]
    X = rng.normal(size=(batch, widths[0]))
    return X, rng.integers(widths[-1], size=batch), params


DW, DB, GATE = "inputs[i].T @ dZ", "dZ.sum(axis=0)", "(Zs[i - 1] > 0)"
BUGS = """
Y forgotten | loops | delta[y[n]] -= 1 => pass
extra p(1 − p) | dicts | d /= m => d *= probs * (1 - probs) / m
softmax differentiated twice | loops | delta[y[n]] -= 1 => delta = twice(p, y[n])
stopped at the probabilities | lists | (P - Y) => (-Y / P)
divided by p(1 − p) | lists | (P - Y) => (-(Y / P) + (1 - Y) / (1 - P))
only the true class | lists | (P - Y) => Y * (P - 1)
logits for probabilities | lists | (P - Y) => (Z - Y)
exponentials not normalised | loops | delta = p.copy() => delta = ex.copy()
softmax over the batch | lists | (P - Y) => (np.exp(Z) / np.exp(Z).sum(axis=0) - Y)
sigmoid for softmax | lists | (P - Y) => (1 / (1 + np.exp(-Z)) - Y)
predicted class for probabilities | loops | p.copy() => 1.0 * (p == max(p))
labels not one-hot | lists | (P - Y) => (P - y.reshape(-1, 1))
labels shifted by one | lists | [y] => [y - 1]
labels shifted by one | lists | [y] => [(y + 1) % P.shape[1]]
labels of other examples | lists | (P - Y) => (P - Y[np.arange(N) - 1])
labels smoothed | lists | (P - Y) => (P - (0.9 * Y + 0.1 / P.shape[1]))
only one part divided by N | lists | (P - Y) / N => P - Y / N
gate on the logits | dicts | d /= m => d /= m; d[cache[f"Z{L}"] < 0] = 0
only one example | loops | for k in rev => for k in [] if n else rev
one example left out | loops | range(N) => range(N - 1)
wrong sign | lists | (P - Y) => (Y - P)
forgotten 1/N | lists | (P - Y) / N => P - Y
1/N twice | dicts | d /= m => d /= m ** 2
1/N twice | lists | inputs[i].T @ dZ => inputs[i].T @ dZ / N && dZ.sum => dZ.mean
divided by the classes | lists | (P - Y) / N => (P - Y) / P.shape[1]
divided by N and the classes | lists | (P - Y) / N => (P - Y) / P.size
divided by the inputs | lists | (P - Y) / N => (P - Y) / X.shape[1]
divided by N − 1 | lists | (P - Y) / N => (P - Y) / (N - 1)
nothing starts | lists | (P - Y) / N => (P - Y) * (1 // N)
nothing starts | dicts | d /= m => d = (d / m).astype(int)
constant factor | lists | (P - Y) / N => 2 * (P - Y) / N
fixed batch size | lists | (P - Y) / N => (P - Y) / 32
norm clipped | lists | loss, grads => loss, clipped(grads, 0.2)
times the loss | lists | (P - Y) / N => loss * (P - Y) / N
transposed dW | lists | inputs[i].T @ dZ => dZ.T @ inputs[i]
dW from Z | loops | outer(acts[k], => outer(zs[k - 1] if k else X[n],
dW from Z | lists | inputs[i].T @ => (Zs[i - 1] if i else X).T @
dW from another A | lists | inputs[i].T => X.T
dW from another A | lists | inputs[i].T => [*inputs, P][i + 1].T
dW from another dZ | lists | inputs[i].T @ dZ => inputs[i].T @ (dZ if last else above)
dW averaged | lists | inputs[i].T @ dZ => inputs[i].T @ dZ / N
dW without 1/N | loops | (w / N, => (w,
dW before the gate | lists | inputs[i].T @ dZ => inputs[i].T @ (dZ if last else dA)
weight decay | lists | inputs[i].T @ dZ => inputs[i].T @ dZ + 0.01 * W
weight decay over N | lists | inputs[i].T @ dZ => inputs[i].T @ dZ + 0.1 * W / N
dW from one example | loops | gW[k] += => gW[k] =
dW lacks one example | lists | inputs[i].T @ dZ => inputs[i][1:].T @ dZ[1:]
dW from averages | lists | inputs[i].T @ dZ => np.outer(inputs[i].mean(0), dZ.sum(0))
dW in another order | lists | inputs[i].T @ dZ => inputs[i][::-1].T @ dZ
dW from a cut A | lists | inputs[i].T @ dZ => inputs[i].astype(int).T @ dZ
dW stays zero | dicts | np.dot(cache[f"A{l-1}"].T, cache[f"dZ{l}"]) => np.zeros_like(W)
factor in dW | lists | inputs[i].T @ dZ => -inputs[i].T @ dZ
bias averaged | dicts | np.sum(cache[f"dZ{l}"] => np.mean(cache[f"dZ{l}"]
bias averaged | lists | dZ.sum => dZ.mean
db without 1/N | loops | b / N) => b)
db before the gate | lists | dZ.sum(axis=0) => (dZ if last else dA).sum(axis=0)
db over the wrong axis | lists | axis=0) => axis=1)
db over the wrong axis | lists | dZ.sum(axis=0) => dZ.mean(axis=1)
db from one example | loops | gb[k] += delta => gb[k] = delta
db lacks one example | lists | dZ.sum(axis=0) => dZ[:-1].sum(axis=0)
db from another dZ | lists | dZ.sum(axis=0) => (dZ if last else above).sum(axis=0)
db one number for all | lists | dZ.sum(axis=0) => dZ.sum()
db kept as a row | lists | axis=0) => axis=0, keepdims=True)
db not summed | lists | dZ.sum(axis=0) => dZ
db times b | lists | dZ.sum(axis=0) => dZ.sum(axis=0) * b
db from dW | lists | dZ.sum(axis=0) => dW.sum(axis=0)
bias decay | lists | dZ.sum(axis=0) => dZ.sum(axis=0) + 0.1 * b
db stays zero | loops | gb[k] += delta => pass
factor in db | lists | dZ.sum(axis=0) => dZ.sum(axis=0) / 2
transposed upstream | lists | dZ @ W.T => dZ @ W
no weights on the way back | lists | dZ @ W.T => dZ
weights updated too early | dicts | back = => W -= 0.5 * g[f"W{l}"]; back =
weights updated too early | lists | dZ @ W.T => dZ @ (W - 0.1 * dW).T
W of another layer | lists | dZ @ W.T => dZ @ params[i - 1][0].T
dW for W | lists | dZ @ W.T => dZ @ dW.T
1/N in every layer | lists | dZ @ W.T => dZ @ W.T / N
bias on the way back | lists | dZ @ W.T => dZ @ W.T + params[i - 1][1]
factor on the way back | lists | dZ @ W.T => dZ @ W.T / 0.8
no gate | lists | dA * (Zs[i - 1] > 0) => dA
no gate | lists | Zs[i - 1] > 0 => inputs[i] >= 0
gate on the gradient | lists | dA * (Zs[i - 1] > 0) => np.maximum(dA, 0)
gate of another layer | lists | Zs[i - 1] > 0 => Zs[i] > 0
gate of another layer | lists | Zs[i - 1] > 0 => inputs[i - 1] > 0
gate before the product | lists | dA * (Zs[i - 1] > 0) => (above * (Zs[i] > 0)) @ W.T
gate the wrong way round | lists | Zs[i - 1] > 0 => Zs[i - 1] < 0
leaky gate | dicts | <= 0] = 0 => <= 0] *= 0.1
leaky gate | lists | (Zs[i - 1] > 0) => np.where(Zs[i - 1] > 0, 1, 0.01)
gate of plus and minus one | loops | (zs[k - 1] > 0) => np.sign(zs[k - 1])
value for the gate | lists | (Zs[i - 1] > 0) => inputs[i]
derivative of a sigmoid | lists | (Zs[i - 1] > 0) => inputs[i] * (1 - inputs[i])
derivative of tanh | lists | (Zs[i - 1] > 0) => (1 - inputs[i] ** 2)
only the gate | lists | dA * (Zs[i - 1] > 0) => (Zs[i - 1] > 0).astype(float)
one gate for the batch | lists | Zs[i - 1] > 0 => Zs[i - 1].mean(axis=0) > 0
gate at another threshold | loops | zs[k - 1] > 0 => zs[k - 1] > 1
gate without the bias | lists | Zs[i - 1] > 0 => Zs[i - 1] - params[i - 1][1] > 0
nothing passed back | lists | dA * (Zs[i - 1] > 0) => 0 * dA
reversed order | lists | grads.insert(0, (dW, db)) => grads.append((dW, db))
values clipped | loops | [(w / N, b / N) => [(clip(w / N), clip(b / N))
parameters for gradients | lists | loss, grads => loss, updated(params, grads)
"""
BUGS = [tuple(line.split(" | ")) for line in BUGS.strip().splitlines()]


# Numbers.


@pytest.mark.parametrize(
    "at",
    [
        np.array([0.3, -1.2, 2.0]),
        [[1.0, 0.5], [-0.7, 0.1]],
        0.4,
        np.float32([1, 2]),
        [3],
    ],
)
@pytest.mark.parametrize(
    ("f", "derivative"),
    [
        (lambda x: np.sum(x**3), lambda x: 3 * x**2),
        (lambda x: np.tanh(x).sum(), lambda x: 1 - np.tanh(x) ** 2),
    ],
)
def test_numerical_gradient_equals_the_analytic_derivative_in_float64(
    f, derivative, at
):
    before = copy.deepcopy(at)
    result = numerical_gradient(f, at)
    exact = derivative(np.array(at, dtype=float))
    np.testing.assert_allclose(result, exact, rtol=1e-7)
    np.testing.assert_array_equal(at, before)
    assert result.dtype == np.float64
    assert result.shape == exact.shape


@pytest.mark.parametrize("h", [0, -1e-5, math.nan, math.inf, None, "small"])
def test_a_step_that_is_no_step_is_refused(h):
    with pytest.raises(ValueError, match="must be a positive number"):
        numerical_gradient(np.sum, np.ones(2), h)


def test_a_loss_of_several_numbers_is_refused_in_a_sentence():
    with pytest.raises(ValueError, match="The loss must be one number"):
        numerical_gradient(lambda x: x, np.ones(2))


def test_relative_error_runs_from_equal_to_opposite():
    error = gradcheck.relative_error
    a = np.array([3.0, -4.0])
    assert error(a, a) == 0
    assert error(a, -a) == 2
    assert error(a, 2 * a) == pytest.approx(0.5)
    assert error(np.zeros(3), np.zeros(3)) == 0
    assert error(a, 0 * a) == 1
    assert error(1e-200 * a, 2e-200 * a) == pytest.approx(0.5)
    assert math.isnan(error(a, a * math.nan))
    with pytest.raises(ValueError, match="differ"):
        error(a, np.ones(3))


# The check of gradients.


def checked(widths=(5, 4, 3), batch=6, seed=0, backward=in_columns, **settings_):
    X, y, params = random_network(widths, batch, seed)
    return check_at(X, y, params, backward(X, y, params)[1], **settings_)


def check_at(X, y, params, grads, **settings_):
    return check_gradients(lambda p: in_columns(X, y, p)[0], params, grads, **settings_)


def test_right_gradients_pass_and_every_tensor_is_a_row():
    report = checked()
    assert report.passed
    assert [row.name for row in report.rows] == ["W1", "b1", "W2", "b2"]
    assert [row.shape for row in report.rows] == [(5, 4), (4,), (4, 3), (3,)]
    assert all(row.error < 1e-7 for row in report.rows)
    assert all(row.ratio == pytest.approx(1) for row in report.rows)


def test_the_ratio_tells_by_which_factor_a_gradient_is_wrong():
    report = checked(batch=8, backward=planted("(P - Y) / N => P - Y"))
    assert [row.ratio for row in report.rows] == pytest.approx([8] * 4)
    report = checked((6, 5, 4), backward=planted(f"{GATE} => 1"))
    by_name = {row.name: row for row in report.rows}
    assert by_name["W1"].ratio is None
    assert by_name["W1"].verdict == "wrong"
    assert by_name["W2"].verdict == "right"


def test_a_dict_of_parameters_is_checked_by_its_names():
    params = {"scale": np.array(3.0), "shift": np.array([1.0, 2.0])}

    def loss(p):
        return float(p["scale"] ** 2 + (p["shift"] ** 3).sum())

    grads = {"scale": 6.0, "shift": [3.0, 99.0]}
    report = check_gradients(loss, params, grads)
    assert [(row.name, row.passed) for row in report.rows] == [
        ("scale", True),
        ("shift", False),
    ]


def test_parameters_and_gradients_are_left_as_they_were():
    X, y, params = random_network((4, 3, 2), 5)
    grads = in_columns(X, y, params)[1]
    before = copy.deepcopy((params, grads))
    check_at(X, y, params, grads)
    np.testing.assert_equal((params, grads), before)


def test_a_full_check_of_693_parameters_takes_under_half_a_second():
    runtime.limit_threads()
    seconds = []
    for _ in range(3):
        start = time.process_time()  # others may keep the cores busy
        report = checked((20, 16, 16, 5), 8)
        seconds.append(time.process_time() - start)
    assert report.passed
    assert sum(row.checked for row in report.rows) == 693
    assert min(seconds) < 0.5


def test_large_tensors_are_sampled_with_a_stated_seed():
    report = checked((60, 50, 3))
    assert report.passed
    assert [row.checked for row in report.rows] == [200, 50, 150, 3]
    assert "200 of 3,000 entries of W1" in repr(report)
    assert "seed 0" in repr(report)
    assert repr(checked((60, 50, 3))) == repr(report)
    assert [row.checked for row in checked(sample=4).rows] == [4, 4, 4, 3]


@pytest.mark.parametrize(
    ("grads", "words"),
    [
        ({}, "a list of 2"),
        (
            [(np.ones((3, 2)), None), (np.ones((2, 2)), np.ones(2))],
            "missing: this is No",
        ),
        ([(np.ones((2, 3)), np.ones(2))] * 2, "shape (2, 3), expected (3, 2)"),
        ([(np.full((3, 2), np.nan), np.ones(2))] * 2, "holds NaN or infinity"),
    ],
)
def test_gradients_of_the_wrong_kind_get_a_sentence(grads, words):
    report = check_at(*random_network((3, 2, 2), 5), grads)
    assert not report.passed
    assert words in repr(report)


@pytest.mark.parametrize(
    ("loss", "words"),
    [
        (lambda p: None, "must be one number"),
        (lambda p: p[0][0], "must be one number"),
        (lambda p: math.nan, "must be a finite number"),
        (lambda p: 1 / 0, "ZeroDivisionError: division by zero"),
        (lambda p: p[0][0].fill(3) or 1.0, "changes W1"),
    ],
)
def test_trouble_with_the_loss_gets_a_sentence(loss, words):
    _, _, params = random_network((3, 2), 5)
    report = check_gradients(loss, params, params)
    assert not report.passed
    assert words in repr(report)
    assert words in text_of(report)


@pytest.mark.parametrize("params", [None, 3, [1, 2], [("a", "b")], {"W": "x"}])
def test_parameters_of_the_wrong_kind_are_refused(params):
    with pytest.raises(TypeError, match="list of"):
        check_gradients(np.sum, params, params)


def test_at_zero_weights_the_check_says_that_it_is_blind():
    X, y, params = random_network((4, 4, 3), 6)
    params = [(0 * W, 0 * b) for W, b in params]
    report = check_at(X, y, params, planted(f"{GATE} => 1")(X, y, params)[1])
    assert report.passed  # a bug, and nothing can see it here
    assert "All weights of W1 and W2 are zero" in repr(report)
    assert "several bugs" in repr(report)
    assert "blind" in repr(report)
    assert "blind" not in repr(checked())


def test_a_step_across_a_kink_does_not_accuse_a_right_gradient():
    W = np.array([[4e-6, -3e-6, 0.5, -0.5]])
    params, grads = {"W": W}, {"W": (W > 0).astype(float)}

    def loss(p):
        return np.maximum(p["W"], 0).sum()

    report = check_gradients(loss, params, grads)
    assert report.passed
    assert "2 steps of 1e-05 crossed a kink" in repr(report)
    assert not check_gradients(loss, params, {"W": np.ones((1, 4))}).passed


def test_gradients_are_judged_by_the_digits_they_have_and_the_tolerance_is_said():
    def off_by(share, backward):
        def scaled(*network):
            loss, grads = backward(*network)
            return loss, [(dW, db * db.dtype.type(1 + share)) for dW, db in grads]

        return checked((6, 5, 4), 7, backward=scaled)

    report = off_by(1e-5, in_float32)
    assert report.passed
    assert "float32" in repr(report)
    assert "tolerance of 1e-04" in repr(report)
    assert not off_by(0.01, in_float32).passed
    assert not off_by(1e-5, in_columns).passed


def text_of(shown):
    markup = re.sub(r"</(td|th|tr|p|caption|div)>", " \n ", shown._repr_html_())
    return html.unescape(re.sub(r"<[^>]+>", "", markup))


@pytest.mark.parametrize(
    "bug", [f"{DW} => dZ.T @ inputs[i]", "(P - Y) / N => P - Y", f"{DB} => 0 * b"]
)
def test_the_html_of_a_report_says_what_its_text_says(bug):
    report = checked(backward=planted(bug))
    cells = [cell for row in report.rows for cell in row.cells]
    for text in (*cells, report.summary, *report.notes):
        assert text in repr(report)
        assert text in text_of(report)
    assert 'scope="row"' in report._repr_html_()
    assert "<caption" in report._repr_html_()


# The diagnosis: what is in the list.


@pytest.mark.parametrize(("name", "style", "edits"), BUGS)
def test_a_known_bug_passes_no_check_and_is_named(name, style, edits):
    backward = planted(*edits.split(" && "), style=STYLES[style])
    found = diagnose(backward, (6, 5, 4, 3))
    assert not found.correct
    assert found.causes[0] == name
    assert len(found.explanations) == 1
    assert f"That is how “{name}” behaves" in found.text
    with suppress(ValueError):  # the bug itself does not run with these shapes
        assert not checked((6, 5, 4, 3), 7, 3, backward).passed


def test_every_known_fault_is_planted_here():
    assert {name for name, _, _ in BUGS} == set(gradcheck.CANDIDATES)


@pytest.mark.parametrize("widths", [(6, 5, 4, 3), (4, 4, 4, 4), (5, 4, 4, 3, 3)])
@pytest.mark.parametrize(
    ("name", "layer", "edit"),
    [
        ("no gate", 2, f"{GATE} => ({GATE} if i != 2 else 1)"),
        ("transposed dW", 1, f"{DW} => ({DW} if i else dZ.T @ X)"),
        ("bias averaged", 2, f"{DB} => {DB} / (N if i == 1 else 1)"),
        (
            "leaky gate",
            1,
            f"{GATE} => (np.where({GATE}, 1, 0.3) if i == 1 else {GATE})",
        ),
        ("transposed upstream", 2, "dZ @ W.T => dZ @ (W if i == 1 else W.T)"),
    ],
)
def test_a_bug_in_one_layer_is_named_with_its_layer(name, layer, edit, widths):
    found = diagnose(planted(edit), widths)
    assert found.explanations == (((name, layer),),)
    assert f"of layer {layer}" in found.text


PAIRS = list(combinations(["wrong sign", "bias averaged", "no gate"], 2))
PAIRS += [("forgotten 1/N", "dW from Z"), ("divided by the classes", "leaky gate")]
PAIRS += [("weight decay", "reversed order"), ("dW from Z", "bias averaged")]


@pytest.mark.parametrize("widths", [(5, 4, 3), (4, 4, 4), (6, 5, 4, 3)])
@pytest.mark.parametrize("names", PAIRS, ids=" + ".join)
def test_two_bugs_together_are_found(names, widths):
    edits = {name: edit for name, style, edit in BUGS if style == "lists"}
    found = diagnose(planted(*(edits[name] for name in names)), widths)
    assert {name for name, _ in found.explanations[0]} == set(names)
    assert "Two faults together" in found.text


def test_of_random_pairs_no_third_fault_is_ever_accused():
    rng = random.Random(0)
    own = [(n, e) for n, style, e in BUGS if style == "lists" and " && " not in e]
    own += [("", f"{DW} => {DW} * W"), ("", "dZ @ W.T => dZ @ abs(W).T")]
    seen = 0
    while seen < 25:
        (one, first), (two, second) = rng.sample(own, 2)
        with suppress(AssertionError, SyntaxError):
            backward = planted(first, second)
            found = diagnose(backward, (5, 4, 3))
            seen += 1
            if len(found.explanations) == 1:  # several are a question, not a name
                names = {name for name, _ in found.explanations[0]}
                assert not names or names <= {one, two}, (first, second)


def test_the_evidence_comes_first_and_the_cause_after_it():
    found = diagnose(planted(f"{GATE} => 1"), (5, 4, 3))
    evidence = "W2 and b2 are exact; W1 and b1 are wrong by no constant factor"
    assert 0 <= found.text.find(evidence) < found.text.find("no gate")
    assert found.first_wrong == ("W1", "b1")
    assert "a gate that never closes" in found.causes


@pytest.mark.parametrize("candidate", gradcheck.CANDIDATES.values())
def test_no_message_prints_the_line_that_would_be_right(candidate):
    for line in (".T", "@", "/ N", "Z > 0", "axis=0", "P - Y", "P − Y", "[::-1]"):
        assert line not in candidate.words
    assert candidate.words.endswith("?")  # what is certain, then a question


def test_with_one_example_a_mean_is_a_sum_and_other_networks_tell():
    found = diagnose(planted("(P - Y) / N => P - Y"), (5, 4, 3), batch=1)
    assert found.causes == ("forgotten 1/N",)
    assert "5-4-3 with 1 example and 5-5-5 with 1 example everything is" in found.text


def test_a_bug_is_named_where_only_one_network_runs():
    def only_this_batch(X, y, params):
        assert X.shape == (1, 5), "made for one example of five numbers"
        return planted("(P - Y) => (Y - P)")(X, y, params)

    found = diagnose(only_this_batch, (5, 4, 3), batch=1)
    assert found.causes[0] == "wrong sign"
    assert "made for one example" in found.text


def test_faults_that_no_network_tells_apart_are_all_said():
    # Each row of P - Y sums to zero, so one sum over everything is zero, too.
    found = diagnose(planted(f"{DB} => 0 * b"), (5, 3))
    assert found.causes == ("db one number for all", "db stays zero")
    text = "equally well: db one number for all or db stays zero."
    assert text in found.text


# Results that are there already.


def results(backward, *networks):
    return [
        (*network, *backward(*network))
        for network in (random_network(*n) for n in networks)
    ]


def test_results_of_networks_of_several_depths_name_the_fault_from_the_loss_inwards():
    networks = ((2, 2), 1), ((2, 4, 3), 3), ((3, 3, 3, 3), 4), ((3, 5, 4, 2), 5)
    sentence, name = gradcheck.explain_backward(
        results(planted(f"{GATE} => 1"), *networks)
    )
    assert name == "no gate"
    assert sentence.startswith("Walking back from the loss, the numbers part at W")
    assert gradcheck.explain_backward(results(planted(), *networks)) is None
    sentence, name = gradcheck.explain_backward(
        results(planted(f"{DW} => {DW} * W"), *networks)
    )
    assert name is None
    assert "look at the line that makes W" in sentence
    crashed = [(*random_network((2, 2), 1), 0.5, None)]
    assert gradcheck.explain_backward(crashed) is None


def test_where_results_leave_a_choice_nothing_is_named():
    backward = planted("(P - Y) / N => (P - Y) / P.size")  # three classes, and N = 3
    sentence, name = gradcheck.explain_backward(results(backward, ((5, 4, 3), 3)))
    assert name is None
    assert "equally well" in sentence
    assert "1/N twice or divided by N and the classes" in sentence


# What is in no list.

UNLISTED = [
    ("(P - Y) / N => abs(P - Y) / N", ("W3", "b3"), "from the loss to the logits"),
    (
        "(P - Y) => weigh(N) * (P - Y)",
        ("W3", "b3"),
        "count 1 each, these count 3, 1, 1",
    ),
    (f"{DW} => {DW} * W", ("W3",), "look at the line that makes W3"),
    (f"{DB} => abs(dZ).sum(axis=0)", ("b3",), "look at the line that makes b3"),
    ("dZ @ W.T => dZ @ abs(W).T", ("W2", "b2"), "between layer 3 and layer 2"),
    (f"{GATE} => np.exp(-Zs[i - 1] ** 2)", ("W2", "b2"), "units that were off get"),
    (f"{GATE} => np.cosh({GATE})", ("W2", "b2"), "those that were on a wrong one"),
    ("grads.insert(0 => grads.insert(len(grads) // 2", ("W2", "b2"), "In place of W"),
    (
        f"{DW} => inputs[i].T @ np.sort(dZ, axis=0)",
        ("W3",),
        "with one example every gradient is right",
    ),
]


@pytest.mark.parametrize("widths", [(6, 5, 4, 3), (4, 4, 4, 4), (4, 5, 5, 3)])
@pytest.mark.parametrize(("edit", "first", "words"), UNLISTED, ids=str)
def test_a_bug_in_no_list_is_located_at_its_tensor(edit, first, words, widths):
    found = diagnose(planted(edit), widths)
    assert not found.correct
    assert found.causes == found.explanations == ()
    assert found.first_wrong
    assert set(found.first_wrong) <= set(first)
    assert words.lower() in found.text.lower()
    assert "follow correctly" not in found.text


@pytest.mark.parametrize(
    ("edits", "cause", "words"),
    [
        (["(P - Y) / N => (P - Y) / 10 / N"], "constant factor", "is 0.1 times"),
        (
            [f"{DW} => np.float16({DW}).astype(float)"],
            "lost digits",
            "right in the first",
        ),
        (["-np.mean => -np.sum"], "wrong loss", "a sum over the examples"),
        (["A @ W + b => A @ W", f"{DB} => 0 * b"], "wrong loss", "at the forward pass"),
        (["-np.mean => -np.sum", "dZ.sum => dZ.mean"], "bias averaged", "a sum over"),
    ],
)
def test_what_spoils_all_gradients_or_the_loss_is_named(edits, cause, words):
    found = diagnose(planted(*edits))
    assert found.causes == (cause,)
    assert words in found.text
    assert (found.first_wrong == ("loss",)) == (cause == "wrong loss")


def test_what_rounding_leaves_of_zero_is_called_zero():
    found = diagnose(planted(f"{DB} => 1e-32 * dZ.sum(axis=0)"))
    assert "b2 and b1 are zero" in found.text


def test_a_wrong_loss_that_runs_on_some_networks_only_accuses_no_gradient():
    def made_for_six(X, y, params):
        assert len(X) == 6
        loss, grads = in_columns(X, y, params)
        return 2 * loss, grads

    found = diagnose(made_for_six)
    assert found.first_wrong == ("loss",)
    assert found.explanations == ()
    assert found.causes == ("wrong loss",)


def test_a_second_unlisted_fault_further_back_is_seen_behind_the_first():
    last = f"{DW} => {DW} * (W if i == 2 else 1)"
    first = "dZ @ W.T => dZ @ (W if i > 1 else abs(W)).T"
    found = diagnose(planted(last, first), (6, 5, 4, 3))
    assert "look at the line that makes W3" in found.text
    assert "between layer 2 and layer 1" in found.text
    assert "between layer 3 and layer 2" not in found.text


# Whatever a learner's function does.


def raises_in_a_helper(X, y, params):
    return helper(params)


def helper(params):
    return params[0][7]


def never_ends(X, y, params):
    while True:
        pass


def then(change):
    """Return the right backward pass, with something done to its result."""
    return lambda X, y, params: change(*in_columns(X, y, params))


@pytest.mark.parametrize(
    ("backward", "words"),
    [
        (None, "There is no function"),
        (..., "There is no function"),
        (lambda X, y, params: None, "Is the `return` line missing?"),
        (lambda X, y, params: ..., "must return (loss, grads)"),
        (lambda X, y, params: "no", "must return (loss, grads)"),
        (lambda X, y: 1, "TypeError"),
        (lambda X, y, params: exit(), "SystemExit"),
        (raises_in_a_helper, "IndexError: tuple index out of range (in helper, line"),
        (never_ends, "was stopped"),
        (then(lambda loss, grads: grads), "the first of the two"),
        (then(lambda loss, grads: (None, grads)), "this is None"),
        (then(lambda loss, grads: (loss, None)), "a list of 2 (dW, db) pairs"),
        (then(lambda loss, grads: (loss, grads[:1])), "here are 1"),
        (then(lambda loss, grads: (loss, [None, None])), "layer 1 must be a (dW, db)"),
        (then(lambda loss, grads: (loss, sum(grads, ()))), "4 single arrays in a row"),
        (then(lambda loss, grads: (loss, {"W1": 1})), "this is a dict"),
        (
            then(lambda loss, g: (loss, [(g[0][0], None), g[1]])),
            "In place of the gradient of b1 stands None",
        ),
        (
            then(lambda loss, g: (loss, [g[0], (g[1][0] * np.nan, g[1][1])])),
            "The gradient of W2 holds NaN",
        ),
        (
            then(lambda loss, g: (loss, [(g[0][0], g[0][1][None]), g[1]])),
            "b1 is of shape (1, 4), expected (4,) (the numbers are right",
        ),
        (
            then(lambda loss, g: (loss, [(g[0][0][1:], g[0][1]), g[1]])),
            "W1 is of shape (4, 4), expected (5, 4)",
        ),
        (then(lambda loss, grads: (math.nan, grads)), "the loss is not finite"),
        (then(lambda loss, grads: (loss + 1j, grads)), "must be the loss, one number"),
    ],
)
def test_whatever_comes_back_is_told_in_a_sentence(backward, words, monkeypatch):
    monkeypatch.setattr(attempt, "SECONDS", 0.5)
    found = diagnose(backward)
    assert not found.correct
    assert words.lower() in found.text.lower()


def updates(X, y, params):
    result = in_columns(X, y, params)
    params[0][0][:] -= 0.1
    X += 1
    return result


def empties(X, y, params):
    result = in_columns(X, y, params)
    params.clear()
    return result


@pytest.mark.parametrize(
    ("backward", "words"),
    [(updates, "changed X and W1"), (empties, "changed the list of parameters")],
)
def test_changed_arguments_are_named(backward, words):
    found = diagnose(backward)
    assert found.causes == ("changed inputs",)
    assert words in found.text


def test_what_is_kept_between_calls_is_noticed():
    kept = {}

    def accumulates(X, y, params):
        loss, grads = in_columns(X, y, params)
        kept[X.shape] = kept.get(X.shape, 0) + 1
        return loss, [(dW * kept[X.shape], db * kept[X.shape]) for dW, db in grads]

    assert "keeps state" in diagnose(accumulates).causes


def test_text_and_html_of_a_diagnosis_say_the_same_and_each_time_again():
    backward = planted("dZ.sum => dZ.mean", "(P - Y) => (Y - P)")
    found = diagnose(backward)
    for paragraph in found.paragraphs:
        assert paragraph in repr(found)
        assert paragraph.replace("`", "") in text_of(found)
    assert diagnose(backward).text == found.text


@pytest.mark.parametrize(
    ("widths", "batch"),
    [((3,), 2), ((3, 1), 2), ((0, 2), 2), (3, 2), ((3, 2.5), 2), ((3, 2), 0)],
)
def test_a_network_that_is_none_is_refused(widths, batch):
    with pytest.raises(ValueError, match="whole number"):
        diagnose(in_columns, widths, batch)


# What is right is never accused.


def as_lists(X, y, params):
    loss, grads = in_columns(X, y, params)
    return loss, [[dW.tolist(), db.tolist()] for dW, db in grads]


def in_fortran_order(X, y, params):
    loss, grads = in_columns(X, y, params)
    return np.array(loss), tuple((np.asfortranarray(dW), db) for dW, db in grads)


def in_views(X, y, params):
    loss, grads = in_columns(X, y, params)
    return loss, [
        (np.repeat(dW, 2, axis=1)[:, ::2], np.repeat(db, 2)[::2]) for dW, db in grads
    ]


@settings(max_examples=600, deadline=None)
@given(
    widths=st.lists(st.integers(1, 8), min_size=2, max_size=5),
    batch=st.integers(1, 6),
    seed=st.integers(0, 10**6),
    backward=st.sampled_from([as_lists, in_fortran_order, in_views, in_float32]),
)
def test_right_gradients_are_never_accused(widths, batch, seed, backward):
    X, y, params = random_network(widths, batch, seed)
    grads = backward(X, y, params)[1]
    report = check_at(X, y, params, grads, sample=3, seed=seed)
    assert report.passed, report
    widths[-1] = max(widths[-1], 2)  # one class is refused
    found = diagnose(backward, widths, batch, seed)
    assert found.correct, found
    assert found.causes == ()
    if backward is in_float32:
        assert "float32" in found.text
        assert "1e-04" in found.text


@pytest.mark.parametrize("widths", [(5, 3), (5, 4, 3), (4, 4, 4, 4), (8, 7, 6, 5, 4)])
def test_the_reference_equals_gradient_tape_to_1e_10(widths):
    with runtime.quiet_start():
        import tensorflow as tf

    def backward(X, y, params):
        tensors = [[tf.Variable(W), tf.Variable(b)] for W, b in params]
        with tf.GradientTape() as tape:
            A = tf.constant(X)
            for W, b in tensors[:-1]:
                A = tf.nn.relu(A @ W + b)
            Z = A @ tensors[-1][0] + tensors[-1][1]
            loss = tf.reduce_mean(tf.nn.sparse_softmax_cross_entropy_with_logits(y, Z))
        return loss, tape.gradient(loss, tensors)

    network = gradcheck.network.random_network(widths, 6, np.random.default_rng(1))
    loss, grads = backward(network.X, network.y, network.params)
    assert abs(float(loss) - network.loss) < 1e-10
    for tape_s, ours in zip(grads, network.grads, strict=True):
        for one, other in zip(tape_s, ours, strict=True):
            assert gradcheck.relative_error(one, other) < 1e-10
    found = diagnose(backward, widths)
    assert found.correct, found.text


def test_the_module_imports_neither_matplotlib_nor_tensorflow():
    code = (
        "import sys, course_utils.gradcheck as g;"
        "print([m for m in ('matplotlib', 'tensorflow') if m in sys.modules])"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True)
    assert done.stdout.strip() == "[]", done.stderr
