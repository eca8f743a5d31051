"""The gradient checker: right gradients pass, wrong ones are named or located."""

import copy
import html
import math
import re
import subprocess
import sys
import time
from contextlib import suppress
from itertools import pairwise

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from course_utils import gradcheck, runtime
from course_utils.gradcheck import (
    attempt,
    check_gradients,
    diagnose,
    diagnosis,
    numerical_gradient,
)

# A backward pass of its own kind: one example after the other, numbers in
# loops, nothing shared with the module under test. Faults are planted by name,
# everywhere or in one layer: {"no_relu_gate": None, "bias_mean": 2}.


def planted(**bugs):
    def on(name, layer=None):
        return name in bugs and bugs[name] in (None, layer)

    def backward(X, y, params):
        N, L = len(X), len(params)
        if on("biases_left_out"):
            params = [(W, 0 * b) for W, b in params]
        grads = [[0.0, np.zeros(b.shape)] for _, b in params]
        per_example = [[] for _ in params]
        loss = 0.0
        for n in range(N):
            acts, zs = [X[n]], []
            for layer, (W, b) in enumerate(params):
                z = np.array([sum(acts[-1] * W[:, k]) + b[k] for k in range(len(b))])
                zs.append(z)
                acts.append(np.where(z > 0, z, 0.0) if layer < L - 1 else z)
            logits = zs[-1]
            total = np.exp(logits - logits.max()).sum()
            p = np.exp(logits - logits.max()) / total
            loss += (np.log(total) + logits.max() - logits[y[n]]) / N
            if n == N - 1 and on("last_example_dropped"):
                continue
            delta = p.copy()
            if not on("probabilities_only"):
                delta[y[n]] -= 1
            if on("wrong_sign"):
                delta *= -1
            if on("extra_p1mp"):
                delta *= p * (1 - p)
            if n == 0 and on("first_example_twice"):
                delta *= 2
            up = delta
            for layer in range(L, 0, -1):
                W, _ = params[layer - 1]
                a = acts[layer - 1]
                if on("preactivation_as_input", layer) and layer > 1:
                    a = zs[layer - 2]
                outer = np.outer(a, delta)
                if on("transposed_dW", layer):
                    outer = np.outer(delta, a)
                if on("float16", layer):
                    outer = outer.astype("float16").astype(float)
                grads[layer - 1][0] = grads[layer - 1][0] + outer
                grads[layer - 1][1] += up if on("bias_before_gate", layer) else delta
                per_example[layer - 1].append(delta.sum() / N)
                if layer == 1:
                    break
                if on("updated_weights", layer):
                    W = W - 0.5 * np.outer(acts[layer - 1], delta)
                if on("missing_layer_chain", layer):
                    up = delta
                elif on("transposed_upstream", layer):
                    up = delta @ W
                else:
                    up = W @ delta
                below, z = layer - 1, zs[layer - 2]
                gates = {
                    "no_relu_gate": np.ones(len(up)),
                    "gate_after_relu": acts[below] >= 0,
                    "gate_on_upstream": up > 0,
                    "gate_of_next_layer": np.resize(zs[below], len(z)) > 0,
                    "gate_reversed": z < 0,
                    "leaky_gate": np.where(z > 0, 1, 0.3),
                }
                delta = up * next((gates[g] for g in gates if on(g, below)), z > 0)
        divisor = N ** (1 - on("missing_batch_mean") + on("double_batch_mean"))
        divisor = 32 if on("fixed_batch_size") else divisor
        divisor = 10 * N if on("learning_rate") else divisor
        pairs = []
        for layer, (dW, db) in enumerate(grads, 1):
            dW, db = dW / divisor, db / divisor
            if on("bias_mean", layer):
                db = db / N
            if on("summed_over_wrong_axis", layer):
                db = np.array(per_example[layer - 1])
            if on("zero_bias", layer) or on("biases_left_out"):
                db = 0 * db
            if on("columns_moved", layer):
                dW = np.roll(dW, 1, axis=1)
            pairs.append((dW, db))
        if on("reversed_order"):
            pairs.reverse()
        if on("layers_swapped"):
            pairs[0], pairs[1] = pairs[1], pairs[0]
        return loss * (N if on("summed_loss") else 1), pairs

    return backward


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


IN_A_LAYER = {  # the layers of a network of three that each can be in
    "no_relu_gate": (1, 2),
    "gate_after_relu": (1, 2),
    "gate_on_upstream": (1, 2),
    "bias_before_gate": (1, 2),
    "transposed_upstream": (2, 3),
    "missing_layer_chain": (2, 3),
    "transposed_dW": (1, 2, 3),
    "bias_mean": (1, 2, 3),
    "summed_over_wrong_axis": (1, 2, 3),
}
ANYWHERE = [
    *("missing_batch_mean", "double_batch_mean", "wrong_sign", "probabilities_only"),
    *("extra_p1mp", *(bug for bug, layers in IN_A_LAYER.items() if len(layers) == 3)),
]
NETWORKS = [(5, 4, 3), (4, 4, 4), (6, 5, 4, 3), (4, 4, 4, 4), (5, 4, 4, 3, 3)]
KNOWN = [(bug, (5, 3)) for bug in ANYWHERE] + [
    (bug, widths)
    for bug in dict.fromkeys([*ANYWHERE, *IN_A_LAYER, "reversed_order"])
    for widths in NETWORKS
]


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
    report = checked(batch=8, backward=planted(missing_batch_mean=None))
    assert [row.ratio for row in report.rows] == pytest.approx([8] * 4)
    report = checked((6, 5, 4), backward=planted(no_relu_gate=None))
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
    report = check_at(X, y, params, planted(no_relu_gate=None)(X, y, params)[1])
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


@pytest.mark.parametrize("bug", ["transposed_dW", "missing_batch_mean", "zero_bias"])
def test_the_html_of_a_report_says_what_its_text_says(bug):
    report = checked(backward=planted(**{bug: None}))
    cells = [cell for row in report.rows for cell in row.cells]
    for text in (*cells, report.summary, *report.notes):
        assert text in repr(report)
        assert text in text_of(report)
    assert 'scope="row"' in report._repr_html_()
    assert "<caption" in report._repr_html_()


# The diagnosis: what is in the list.


@pytest.mark.parametrize(("bug", "widths"), KNOWN)
def test_a_known_bug_passes_no_check_and_is_named(bug, widths):
    with suppress(ValueError):  # the bug itself does not run with these shapes
        assert not checked(widths, 6, 3, planted(**{bug: None})).passed
    found = diagnose(planted(**{bug: None}), widths)
    assert not found.correct
    assert found.causes[0] == bug.replace("gate_after_relu", "no_relu_gate")
    assert bug in found.causes
    assert len(found.explanations) == 1
    assert gradcheck.CANDIDATES[found.causes[0]].look[:12] in found.text


@pytest.mark.parametrize("widths", [(6, 5, 4, 3), (4, 4, 4, 4), (5, 4, 4, 3, 3)])
@pytest.mark.parametrize(
    ("bug", "layer"), [(bug, at) for bug in IN_A_LAYER for at in IN_A_LAYER[bug]]
)
def test_a_bug_in_one_layer_is_named_with_its_layer(bug, layer, widths):
    found = diagnose(planted(**{bug: layer}), widths)
    name = bug.replace("gate_after_relu", "no_relu_gate")
    assert found.explanations == (((name, layer),),)
    assert f"of layer {layer}" in found.text


PAIRS = [
    {"missing_batch_mean": None, "wrong_sign": None},
    {"missing_batch_mean": None, "no_relu_gate": None},
    {"wrong_sign": None, "transposed_dW": None},
    {"extra_p1mp": None, "bias_mean": None},
    {"transposed_upstream": None, "bias_mean": None},
    {"transposed_upstream": None, "no_relu_gate": None},
    {"transposed_dW": None, "gate_on_upstream": None},
    {"probabilities_only": None, "bias_mean": 1},
    {"no_relu_gate": 1, "transposed_dW": 2},
    {"wrong_sign": None, "reversed_order": None},
    {"transposed_dW": None, "transposed_upstream": None},
]


@pytest.mark.parametrize("widths", [(5, 4, 3), (4, 4, 4), (6, 5, 4, 3)])
@pytest.mark.parametrize("bugs", PAIRS, ids="+".join)
def test_two_bugs_together_are_found(bugs, widths):
    found = diagnose(planted(**bugs), widths)
    assert {name for name, _ in found.explanations[0]} == set(bugs)
    assert "Two faults together" in found.text


def test_the_evidence_comes_first_and_the_cause_after_it():
    found = diagnose(planted(no_relu_gate=None), (5, 4, 3))
    evidence = "W2 and b2 are exact; W1 and b1 are wrong by no constant factor"
    assert 0 <= found.text.find(evidence) < found.text.find("no_relu_gate")
    assert found.first_wrong == ("W1", "b1")
    assert "gate_after_relu" in found.text


@pytest.mark.parametrize("candidate", gradcheck.CANDIDATES.values())
def test_no_message_prints_the_line_that_would_be_right(candidate):
    for line in (".T", "@", "/ N", "Z > 0", "axis=0", "P - Y", "P − Y", "[::-1]"):
        assert line not in candidate.cause + candidate.look


def test_it_says_which_network_shows_a_bug_and_what_told_candidates_apart():
    # With one example, a mean over the batch cannot be told from a sum.
    found = diagnose(planted(missing_batch_mean=None), (5, 4, 3), batch=1)
    assert found.causes == ("missing_batch_mean",)
    assert "5-4-3 with 1 example everything is right" in found.text
    bugs = {"wrong_sign": None, "missing_batch_mean": None}
    found = diagnose(planted(**bugs), (5, 4, 3), batch=1)
    assert set(found.causes) == set(bugs)
    assert "wrong_sign would look the same; a batch of more than one" in found.text


def test_a_bug_is_named_where_only_one_network_runs():
    def only_this_batch(X, y, params):
        assert X.shape == (1, 5), "made for one example of five numbers"
        return planted(wrong_sign=None)(X, y, params)

    found = diagnose(only_this_batch, (5, 4, 3), batch=1)
    assert found.causes[0] == "wrong_sign"
    assert "made for one example" in found.text


@pytest.mark.parametrize(
    ("both", "widths", "experiment"),
    [
        (
            [("missing_batch_mean", 0), ("double_batch_mean", 0)],
            (5, 4, 3),
            "a batch of more than one",
        ),
        (
            [("transposed_upstream", 2), ("no_relu_gate", 1)],
            (4, 4, 4),
            "a layer that is not square",
        ),
    ],
)
def test_when_several_faults_fit_it_says_which_experiment_tells_them_apart(
    monkeypatch, both, widths, experiment
):
    # Three networks leave hardly ever two; so two are put in their place.
    monkeypatch.setattr(diagnosis, "explain", lambda attempts: [(f,) for f in both])
    found = diagnose(planted(wrong_sign=None), widths, batch=1)
    assert found.causes[:2] == tuple(name for name, _ in both)
    assert " or ".join(found.causes[:2]) in found.text
    assert f"To tell them apart, try {experiment}" in found.text


# What is in no list.

UNLISTED = [
    ({"last_example_dropped": None}, ("W3", "b3"), "adds nothing"),
    ({"first_example_twice": None}, ("W3", "b3"), "1 each, count 2, 1, 1, 1, 1, 1"),
    ({"columns_moved": 3}, ("W3",), "look at the line that makes W3"),
    ({"gate_of_next_layer": 1}, ("W1", "b1"), "between layer 2 and layer 1"),
    ({"gate_reversed": 1}, ("W1", "b1"), "between layer 2 and layer 1"),
    ({"gate_reversed": 2}, ("W2", "b2"), "between layer 3 and layer 2"),
    ({"leaky_gate": 1}, ("W1", "b1"), "units that were off get one"),
    ({"leaky_gate": 2}, ("W2", "b2"), "between layer 3 and layer 2"),
    ({"zero_bias": 2}, ("b2",), "b2 is all zeros"),
    ({"zero_bias": None}, ("b3",), "b3, b2 and b1 are all zeros"),
    ({"updated_weights": 2}, ("W1", "b1"), "between layer 2 and layer 1"),
    ({"preactivation_as_input": 2}, ("W2",), "look at the line that makes W2"),
    ({"preactivation_as_input": 3}, ("W3",), "look at the line that makes W3"),
    ({"layers_swapped": None}, ("W2", "b2"), "Place of W1 stands the gradient of W2"),
]


# In a 4-5-5-3 and a 5-4-3 network so many units are off that examples added up
# with odd shares fit nearly anything.
@pytest.mark.parametrize("widths", [(6, 5, 4, 3), (4, 4, 4, 4), (4, 5, 5, 3)])
@pytest.mark.parametrize(("bugs", "first", "words"), UNLISTED, ids=str)
def test_a_bug_in_no_list_is_located_at_its_tensor(bugs, first, words, widths):
    found = diagnose(planted(**bugs), widths)
    assert not found.correct
    assert found.causes == found.explanations == ()
    assert found.first_wrong
    assert set(found.first_wrong) <= set(first)
    assert words.lower() in found.text.lower()
    assert ("should count" in found.text) == ("first_example_twice" in bugs)


@pytest.mark.parametrize(
    ("bugs", "cause", "words"),
    [
        ({"learning_rate": None}, "constant_factor", "0.1 times the true one"),
        ({"fixed_batch_size": None}, "fixed_batch_size", "divided by 32"),
        ({"float16": 2}, "lost_precision", "W2 is right in the first digits"),
        ({"summed_loss": None}, "wrong_loss", "a sum over the examples"),
        ({"biases_left_out": None}, "wrong_loss", "Look at the forward pass"),
        ({"summed_loss": None, "bias_mean": None}, "bias_mean", "a sum over the ex"),
    ],
)
def test_what_spoils_all_gradients_or_the_loss_is_named(bugs, cause, words):
    found = diagnose(planted(**bugs))
    assert found.causes == (cause,)
    assert words in found.text
    assert (found.first_wrong == ("loss",)) == (cause == "wrong_loss")


def test_a_wrong_loss_that_runs_on_some_networks_only_accuses_no_gradient():
    def made_for_six(X, y, params):
        assert len(X) == 6
        loss, grads = in_columns(X, y, params)
        return 2 * loss, grads

    found = diagnose(made_for_six)
    assert found.first_wrong == ("loss",)
    assert found.explanations == ()
    assert "fixed_batch_size" not in found.causes


def test_a_second_unlisted_fault_further_back_is_seen_behind_the_first():
    bugs = {"preactivation_as_input": 3, "leaky_gate": 1}
    found = diagnose(planted(**bugs), (6, 5, 4, 3))
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
    assert found.causes == ("changed_inputs",)
    assert words in found.text


def test_what_is_kept_between_calls_is_noticed():
    kept = {}

    def accumulates(X, y, params):
        loss, grads = in_columns(X, y, params)
        kept[X.shape] = kept.get(X.shape, 0) + 1
        return loss, [(dW * kept[X.shape], db * kept[X.shape]) for dW, db in grads]

    assert "keeps_state" in diagnose(accumulates).causes


def test_text_and_html_of_a_diagnosis_say_the_same_and_each_time_again():
    backward = planted(bias_mean=None, wrong_sign=None)
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
