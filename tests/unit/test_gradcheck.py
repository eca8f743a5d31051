"""The gradient checker: right gradients pass, wrong ones are named or located."""

import html
import math
import re
import subprocess
import sys
import textwrap
import time
from itertools import pairwise

import matplotlib
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

matplotlib.use("Agg")


# A backward pass of its own kind: one example after the other, numbers in
# loops, nothing shared with the module under test. Faults are planted by name,
# everywhere or in one layer: {"no_relu_gate": None, "bias_mean": 2}.


def planted(**bugs):
    def backward(X, y, params):
        def on(name, layer=None):
            return name in bugs and bugs[name] in (None, layer)

        N, L = len(X), len(params)
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
                below = layer - 1
                gate = zs[below - 1] > 0
                if on("no_relu_gate", below):
                    gate = np.ones(len(up))
                if on("gate_after_relu", below):
                    gate = acts[below] >= 0
                if on("gate_on_upstream", below):
                    gate = up > 0
                if on("gate_of_next_layer", below):
                    gate = zs[below][: len(up)] > 0
                if on("gate_reversed", below):
                    gate = zs[below - 1] < 0
                if on("leaky_gate", below):
                    gate = np.where(zs[below - 1] > 0, 1, 0.3)
                delta = up * gate
        pairs = []
        for layer, (dW, db) in enumerate(grads, 1):
            divisor = 1 if on("missing_batch_mean") else N
            divisor = N * N if on("double_batch_mean") else divisor
            dW, db = dW / divisor, db / divisor
            if on("bias_mean", layer):
                db = db / N
            if on("summed_over_wrong_axis", layer):
                db = np.array(per_example[layer - 1])
            if on("zero_bias", layer):
                db = 0 * db
            pairs.append((dW, db))
        if on("reversed_order"):
            pairs.reverse()
        if on("layers_swapped"):
            pairs[0], pairs[1] = pairs[1], pairs[0]
        if on("learning_rate"):
            pairs = [(0.1 * dW, 0.1 * db) for dW, db in pairs]
        if on("summed_loss"):
            loss = loss * N
        return loss, pairs

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


def random_network(widths, batch, seed=0):
    rng = np.random.default_rng(seed)
    params = [
        (rng.normal(0, d**-0.5, (d, h)), rng.normal(0, 0.3, h))
        for d, h in pairwise(widths)
    ]
    X = rng.normal(size=(batch, widths[0]))
    return X, rng.integers(widths[-1], size=batch), params


NETWORKS = [(5, 3), (5, 4, 3), (4, 4, 4), (6, 5, 4, 3), (4, 4, 4, 4), (5, 4, 4, 3, 3)]
BUG_LAB = [
    "missing_batch_mean",
    "wrong_sign",
    "transposed_dW",
    "transposed_upstream",
    "no_relu_gate",
    "gate_after_relu",
    "bias_mean",
    "extra_p1mp",
]
MORE = [
    "double_batch_mean",
    "probabilities_only",
    "gate_on_upstream",
    "missing_layer_chain",
    "bias_before_gate",
    "summed_over_wrong_axis",
    "reversed_order",
]
_NEED_HIDDEN = {
    "transposed_upstream",
    "no_relu_gate",
    "gate_after_relu",
    "gate_on_upstream",
    "missing_layer_chain",
    "bias_before_gate",
    "reversed_order",
}
KNOWN = [
    (bug, widths)
    for widths in NETWORKS
    for bug in (*BUG_LAB, *MORE)
    if len(widths) > 2 or bug not in _NEED_HIDDEN
]
IN_ONE_LAYER = {  # where each can be, in a network of three layers or more
    "no_relu_gate": (1, 2),
    "gate_on_upstream": (1, 2),
    "bias_before_gate": (1, 2),
    "transposed_upstream": (2, 3),
    "missing_layer_chain": (2, 3),
    "transposed_dW": (1, 2, 3),
    "bias_mean": (1, 2, 3),
    "summed_over_wrong_axis": (1, 2, 3),
}


# Numbers.


@pytest.mark.parametrize("at", [[0.3, -1.2, 2.0], [[1.0, 0.5], [-0.7, 0.1]], 0.4])
@pytest.mark.parametrize(
    ("f", "derivative"),
    [
        (lambda x: np.sum(x**3), lambda x: 3 * x**2),
        (lambda x: np.exp(x).sum(), np.exp),
        (lambda x: np.tanh(x).sum(), lambda x: 1 - np.tanh(x) ** 2),
    ],
)
def test_numerical_gradient_equals_the_analytic_derivative(f, derivative, at):
    at = np.array(at)
    before = at.copy()
    result = numerical_gradient(f, at)
    np.testing.assert_allclose(result, derivative(at), rtol=1e-8)
    np.testing.assert_array_equal(at, before)
    assert result.dtype == np.float64
    assert result.shape == at.shape


def test_numerical_gradient_computes_in_float64_whatever_it_is_given():
    np.testing.assert_allclose(
        numerical_gradient(lambda x: (x**2).sum(), np.array([1, 2], "float32")), [2, 4]
    )
    assert numerical_gradient(lambda x: (x**2).sum(), [3]).tolist() == pytest.approx(
        [6]
    )


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
    grads = backward(X, y, params)[1]
    return check_gradients(lambda p: in_columns(X, y, p)[0], params, grads, **settings_)


def test_right_gradients_pass_and_every_tensor_is_a_row():
    report = checked()
    assert report.passed
    assert [row.name for row in report.rows] == ["W1", "b1", "W2", "b2"]
    assert [row.shape for row in report.rows] == [(5, 4), (4,), (4, 3), (3,)]
    assert all(row.error < 1e-7 for row in report.rows)
    assert all(row.ratio == pytest.approx(1) for row in report.rows)


@pytest.mark.parametrize("widths", [(5, 4, 3), (4, 4, 4, 4)])
@pytest.mark.parametrize("bug", [*BUG_LAB, *MORE])
def test_no_planted_bug_passes_the_check(bug, widths):
    try:
        report = checked(widths, 6, 3, planted(**{bug: None}))
    except ValueError:  # the bug itself does not run with these shapes
        return
    assert not report.passed


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
    before = [t.copy() for pair in (*params, *grads) for t in pair]
    check_gradients(lambda p: in_columns(X, y, p)[0], params, grads)
    for now, then in zip(
        [t for p in (*params, *grads) for t in p], before, strict=True
    ):
        np.testing.assert_array_equal(now, then)


def test_a_full_check_of_701_parameters_takes_under_half_a_second():
    runtime.limit_threads()
    X, y, params = random_network((20, 16, 16, 5), 8)
    grads = in_columns(X, y, params)[1]
    seconds = []
    for _ in range(3):
        start = time.process_time()  # others may keep the cores busy
        report = check_gradients(lambda p: in_columns(X, y, p)[0], params, grads)
        seconds.append(time.process_time() - start)
    assert report.passed
    assert sum(row.checked for row in report.rows) == 701 - 8
    assert min(seconds) < 0.5


def test_large_tensors_are_sampled_with_a_stated_seed():
    report = checked((60, 50, 3))
    assert report.passed
    assert [row.checked for row in report.rows] == [200, 50, 150, 3]
    assert "200 of 3,000 entries of W1" in repr(report)
    assert "seed 0" in repr(report)
    assert repr(checked((60, 50, 3), seed=1)) == repr(checked((60, 50, 3), seed=1))
    assert [row.checked for row in checked(sample=4).rows] == [4, 4, 4, 3]


@pytest.mark.parametrize(
    ("grads", "words"),
    [
        (None, "a list of 2"),
        ({}, "a list of 2"),
        ([], "here are 0"),
        ([(1, 2)], "here are 1"),
        ([None, None], "layer 1 must be a (dW, db) pair"),
        (
            [(np.ones((3, 2)), None), (np.ones((2, 2)), np.ones(2))],
            "missing: this is No",
        ),
        ([(np.ones((2, 3)), np.ones(2))] * 2, "shape (2, 3), expected (3, 2)"),
        ([(np.full((3, 2), np.nan), np.ones(2))] * 2, "holds NaN or infinity"),
        ([np.ones((3, 2)), np.ones(2), np.ones((2, 2)), np.ones(2)], "in a row"),
    ],
)
def test_gradients_of_the_wrong_kind_get_a_sentence(grads, words):
    X, y, params = random_network((3, 2, 2), 5)
    report = check_gradients(lambda p: in_columns(X, y, p)[0], params, grads)
    assert not report.passed
    assert words in repr(report)


@pytest.mark.parametrize(
    ("loss", "words"),
    [
        (lambda p: None, "must be one number"),
        (lambda p: p[0][0], "must be one number"),
        (lambda p: math.nan, "must be a finite number"),
        (lambda p: 1 / 0, "ZeroDivisionError: division by zero"),
        (lambda p: p[5], "IndexError"),
        (lambda p: p[0][0].fill(3) or 1.0, "changes W1"),
    ],
)
def test_trouble_with_the_loss_gets_a_sentence(loss, words):
    _, _, params = random_network((3, 2), 5)
    report = check_gradients(loss, params, params)
    assert not report.passed
    assert words in repr(report)
    assert words in text_of(report._repr_html_())


def test_parameters_of_the_wrong_kind_are_refused():
    for params in (None, 3, [1, 2], [("a", "b")], {"W": "x"}):
        with pytest.raises(TypeError, match="list of"):
            check_gradients(np.sum, params, params)


def test_at_zero_weights_the_check_says_that_it_is_blind():
    X, y, params = random_network((4, 4, 3), 6)
    params = [(0 * W, 0 * b) for W, b in params]
    wrong = planted(no_relu_gate=None)(X, y, params)[1]
    report = check_gradients(lambda p: in_columns(X, y, p)[0], params, wrong)
    assert report.passed  # a bug, and nothing can see it here
    assert "All weights of W1 and W2 are zero" in repr(report)
    assert "blind" in repr(report)
    assert "several bugs" in repr(report)
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


def test_float32_gradients_pass_and_the_tolerance_is_said():
    X, y, params = random_network((6, 5, 4), 7)
    single = [(W.astype("float32"), b.astype("float32")) for W, b in params]
    grads = in_columns(X.astype("float32"), y, single)[1]
    report = check_gradients(lambda p: in_columns(X, y, p)[0], params, grads)
    assert report.passed
    assert "float32" in repr(report)
    assert "tolerance of 1e-04" in repr(report)
    wrong = [(W, b * np.float32(1.01)) for W, b in grads]
    assert not check_gradients(lambda p: in_columns(X, y, p)[0], params, wrong).passed


def text_of(markup):
    markup = re.sub(r"</(td|th|tr|p|caption|div)>", " \n ", markup)
    return html.unescape(re.sub(r"<[^>]+>", "", markup))


@pytest.mark.parametrize("bug", ["transposed_dW", "missing_batch_mean", "zero_bias"])
def test_the_html_of_a_report_says_what_its_text_says(bug):
    report = checked(backward=planted(**{bug: None}))
    markup = text_of(report._repr_html_())
    for row in report.rows:
        for cell in row.cells:
            assert cell in repr(report)
            assert cell in markup
    for sentence in (report.summary, *report.notes):
        assert sentence in repr(report)
        assert sentence in markup
    assert 'scope="row"' in report._repr_html_()
    assert "<caption" in report._repr_html_()


def test_the_figure_of_a_report_shows_every_tensor_and_the_threshold():
    from matplotlib.figure import Figure

    report = checked(backward=planted(bias_mean=1))
    axes = Figure().subplots()
    assert report.plot(axes) is axes
    assert [t.get_text() for t in axes.get_xticklabels()] == ["W1", "b1", "W2", "b2"]
    assert {t.get_text() for t in axes.get_legend().get_texts()} == {
        "passes",
        "fails",
        "tolerance",
    }
    assert axes.get_title() == report.summary
    assert -6 in [line.get_ydata()[0] for line in axes.get_lines()]


# The diagnosis: what is in the list.


@pytest.mark.parametrize(("bug", "widths"), KNOWN)
def test_every_known_bug_is_named(bug, widths):
    found = diagnose(planted(**{bug: None}), widths)
    alike = {"gate_after_relu": "no_relu_gate"}
    assert not found.correct
    assert found.causes[0] == alike.get(bug, bug)
    assert bug in found.causes
    assert len(found.explanations) == 1
    assert gradcheck.CANDIDATES[found.causes[0]].look[:12] in found.text


@pytest.mark.parametrize("widths", [(6, 5, 4, 3), (4, 4, 4, 4), (5, 4, 4, 3, 3)])
@pytest.mark.parametrize(
    ("bug", "layer"),
    [(bug, at) for bug, places in IN_ONE_LAYER.items() for at in places],
)
def test_a_bug_in_one_layer_is_named_with_its_layer(bug, layer, widths):
    found = diagnose(planted(**{bug: layer}), widths)
    assert found.explanations == (((bug, layer),),)
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
    assert (
        "W2 and b2 are exact; W1 and b1 are wrong by no constant factor" in found.text
    )
    assert found.text.index("W2 and b2 are exact") < found.text.index("no_relu_gate")
    assert found.first_wrong == ("W1", "b1")
    assert "gate_after_relu" in found.text


def test_no_message_prints_the_line_that_would_be_right():
    for candidate in gradcheck.CANDIDATES.values():
        text = candidate.cause + candidate.look
        for line in (".T", "@", "/ N", "Z > 0", "axis=0", "P - Y", "P − Y", "[::-1]"):
            assert line not in text


def test_a_network_that_cannot_show_the_bug_is_not_the_only_one_tried():
    found = diagnose(planted(missing_batch_mean=None), (5, 4, 3), batch=1)
    assert found.causes == ("missing_batch_mean",)
    assert "5-4-3 with 1 example everything is right" in found.text


def test_it_says_which_experiment_told_candidates_apart():
    # With one example, a mean over the batch cannot be told from a sum.
    bugs = {"wrong_sign": None, "missing_batch_mean": None}
    found = diagnose(planted(**bugs), (5, 4, 3), batch=1)
    assert set(found.causes) == set(bugs)
    assert "wrong_sign would look the same; a batch of more than one" in found.text


def test_when_only_one_network_runs_it_names_what_would_tell_apart():
    right = planted(wrong_sign=None)

    def only_this_batch(X, y, params):
        assert X.shape == (1, 5), "made for one example of five numbers"
        return right(X, y, params)

    found = diagnose(only_this_batch, (5, 4, 3), batch=1)
    assert found.causes[0] == "wrong_sign"
    assert "made for one example" in found.text


def test_when_several_faults_fit_it_says_which_experiment_tells_them_apart(monkeypatch):
    # Three networks leave hardly ever two; so two are put in their place.
    both = [(("missing_batch_mean", 0),), (("double_batch_mean", 0),)]
    monkeypatch.setattr(diagnosis, "explain", lambda attempts: both)
    found = diagnose(planted(wrong_sign=None), (5, 4, 3), batch=1)
    assert found.causes == ("missing_batch_mean", "double_batch_mean")
    assert "missing_batch_mean or double_batch_mean" in found.text
    assert "To tell them apart, try a batch of more than one" in found.text
    both[:] = [(("transposed_upstream", 2),), (("no_relu_gate", 1),)]
    found = diagnose(planted(wrong_sign=None), (4, 4, 4), batch=1)
    assert "To tell them apart, try a layer that is not square" in found.text


# What is in no list.

UNLISTED = [
    ({"last_example_dropped": None}, ("W3", "b3"), "adds nothing"),
    ({"gate_reversed": 1}, ("W1", "b1"), "between layer 2 and layer 1"),
    ({"gate_reversed": 2}, ("W2", "b2"), "between layer 3 and layer 2"),
    ({"leaky_gate": 1}, ("W1", "b1"), "units that were off get one"),
    ({"leaky_gate": 2}, ("W2", "b2"), "between layer 3 and layer 2"),
    ({"zero_bias": 2}, ("b2",), "b2 is all zeros"),
    ({"zero_bias": None}, ("b3",), "b3, b2 and b1 are all zeros"),
    ({"learning_rate": None}, ("W3", "b3"), "0.1 times the true one"),
    ({"updated_weights": 2}, ("W1", "b1"), "between layer 2 and layer 1"),
    ({"preactivation_as_input": 2}, ("W2",), "look at the line that makes W2"),
    ({"preactivation_as_input": 3}, ("W3",), "look at the line that makes W3"),
    ({"float16": 2}, ("W2",), "W2 is right in the first digits"),
    (
        {"layers_swapped": None},
        ("W2", "b2"),
        "In place of W1 stands the gradient of W2",
    ),
]


@pytest.mark.parametrize("widths", [(6, 5, 4, 3), (4, 4, 4, 4)])
@pytest.mark.parametrize(("bugs", "first", "words"), UNLISTED)
def test_a_bug_in_no_list_is_located_at_its_tensor(bugs, first, words, widths):
    found = diagnose(planted(**bugs), widths)
    assert not found.correct
    assert found.explanations == ()
    assert found.first_wrong
    assert set(found.first_wrong) <= set(first)
    assert words in found.text


def test_examples_that_count_wrongly_are_told_by_number():
    right = planted()

    def first_counts_twice(X, y, params):
        loss, grads = right(X, y, params)
        _, extra = right(X[:1], y[:1], params)
        return loss, [
            (dW + eW / len(X), db + eb / len(X))
            for (dW, db), (eW, eb) in zip(grads, extra, strict=True)
        ]

    found = diagnose(first_counts_twice)
    assert found.causes == ()
    assert "should count 1 each, count 2, 1, 1, 1, 1, 1" in found.text


@pytest.mark.parametrize("widths", [(4, 5, 5, 3), (5, 4, 3)])
def test_numbers_in_the_wrong_places_are_not_taken_for_examples_added_up(widths):
    right = planted()

    def columns_moved_on(X, y, params):
        loss, grads = right(X, y, params)
        dW, db = grads[-1]
        return loss, [*grads[:-1], (np.roll(dW, 1, axis=1), db)]

    found = diagnose(columns_moved_on, widths)
    last = f"W{len(widths) - 1}"
    assert found.causes == ()
    assert found.first_wrong == (last,)
    assert "should count 1 each" not in found.text
    assert f"look at the line that makes {last}" in found.text


def test_a_wrong_loss_that_runs_on_some_networks_only_accuses_no_gradient():
    def made_for_six(X, y, params):
        assert len(X) == 6
        loss, grads = in_columns(X, y, params)
        return 2 * loss, grads

    found = diagnose(made_for_six)
    assert found.first_wrong == ("loss",)
    assert found.explanations == ()
    assert "fixed_batch_size" not in found.causes


def test_the_gate_of_another_layer_is_located():
    found = diagnose(planted(gate_of_next_layer=1), (4, 4, 4, 4))
    assert found.first_wrong == ("W1", "b1")
    assert "between layer 2 and layer 1" in found.text


def test_a_second_unlisted_fault_further_back_is_seen_behind_the_first():
    bugs = {"preactivation_as_input": 3, "leaky_gate": 1}
    found = diagnose(planted(**bugs), (6, 5, 4, 3))
    assert "look at the line that makes W3" in found.text
    assert "between layer 2 and layer 1" in found.text
    assert "between layer 3 and layer 2" not in found.text


def test_a_fixed_number_of_examples_is_recognised():
    right = planted(missing_batch_mean=None)

    def divides_by_32(X, y, params):
        loss, grads = right(X, y, params)
        return loss, [(dW / 32, db / 32) for dW, db in grads]

    found = diagnose(divides_by_32)
    assert found.causes == ("fixed_batch_size",)
    assert "divided by 32" in found.text


def test_right_gradients_with_a_wrong_loss_are_told_apart():
    found = diagnose(planted(summed_loss=None))
    assert found.causes == ("wrong_loss",)
    assert "a sum over the examples" in found.text
    found = diagnose(planted(summed_loss=None, missing_batch_mean=None))
    assert found.causes == ("missing_batch_mean",)


def test_gradients_that_fit_another_loss_lead_to_the_forward_pass():
    def no_biases(X, y, params):
        bare = [(W, 0 * b) for W, b in params]
        loss, grads = in_columns(X, y, bare)
        return loss, [(dW, 0 * db) for dW, db in grads]

    found = diagnose(no_biases)
    assert found.causes == ("wrong_loss",)
    assert found.first_wrong == ("loss",)
    assert "Look at the forward pass" in found.text


# Whatever a learner's function does.


def raises_in_a_helper(X, y, params):
    return helper(params)


def helper(params):
    return params[0][7]


def never_ends(X, y, params):
    while True:
        pass


def good(X, y, params):
    return in_columns(X, y, params)


def broken(change):
    def backward(X, y, params):
        return change(*good(X, y, params))

    return backward


@pytest.mark.parametrize(
    ("backward", "words"),
    [
        (None, "There is no function"),
        (..., "There is no function"),
        (3, "There is no function"),
        (lambda X, y, params: None, "Is the `return` line missing?"),
        (lambda X, y, params: ..., "must return (loss, grads)"),
        (lambda X, y, params: 1.0, "must return (loss, grads)"),
        (lambda X, y, params: "no", "must return (loss, grads)"),
        (lambda X, y: 1, "TypeError"),
        (lambda X, y, params: exit(), "SystemExit"),
        (raises_in_a_helper, "IndexError: tuple index out of range (in helper, line"),
        (broken(lambda loss, grads: grads), "the first of the two"),
        (broken(lambda loss, grads: (grads, loss)), "the first of the two"),
        (broken(lambda loss, grads: (None, grads)), "this is None"),
        (broken(lambda loss, grads: (loss, None)), "a list of 2 (dW, db) pairs"),
        (broken(lambda loss, grads: (loss, grads[:1])), "here are 1"),
        (broken(lambda loss, grads: (loss, grads + grads[:1])), "here are 3"),
        (
            broken(lambda loss, grads: (loss, sum(grads, ()))),
            "4 single arrays in a row",
        ),
        (broken(lambda loss, grads: (loss, {"W1": 1})), "this is a dict"),
        (
            broken(lambda loss, g: (loss, [(g[0][0], None), g[1]])),
            "In place of the gradient of b1 stands None",
        ),
        (
            broken(lambda loss, g: (loss, [g[0], (g[1][0] * np.nan, g[1][1])])),
            "The gradient of W2 holds NaN",
        ),
        (
            broken(lambda loss, g: (loss, [(g[0][0], g[0][1][None]), g[1]])),
            "b1 is of shape (1, 4), expected (4,) (the numbers are right",
        ),
        (
            broken(lambda loss, g: (loss, [(g[0][0][1:], g[0][1]), g[1]])),
            "W1 is of shape (4, 4), expected (5, 4)",
        ),
        (broken(lambda loss, grads: (math.nan, grads)), "the loss is not finite"),
        (
            broken(lambda loss, grads: (loss + 1j, grads)),
            "must be the loss, one number",
        ),
    ],
)
def test_whatever_comes_back_is_told_in_a_sentence(backward, words):
    found = diagnose(backward)
    assert not found.correct
    assert words.lower() in found.text.lower()
    assert found.text in repr(found) or found.text.split("\n")[0] in repr(found)


def test_a_loop_that_never_ends_is_stopped(monkeypatch):
    monkeypatch.setattr(attempt, "SECONDS", 0.2)
    assert "was stopped" in diagnose(never_ends).text


def test_changed_arguments_are_named():
    def updates(X, y, params):
        result = good(X, y, params)
        params[0][0][:] -= 0.1
        X += 1
        return result

    found = diagnose(updates)
    assert found.causes == ("changed_inputs",)
    assert "changed X and W1" in found.text

    def empties(X, y, params):
        result = good(X, y, params)
        params.clear()
        return result

    assert "the list of parameters" in diagnose(empties).text


def test_what_is_kept_between_calls_is_noticed():
    kept = {}

    def accumulates(X, y, params):
        loss, grads = good(X, y, params)
        kept[X.shape] = kept.get(X.shape, 0) + 1
        return loss, [(dW * kept[X.shape], db * kept[X.shape]) for dW, db in grads]

    assert "keeps_state" in diagnose(accumulates).causes


def test_a_diagnosis_is_the_same_for_the_same_seed():
    backward = planted(no_relu_gate=None)
    assert diagnose(backward).text == diagnose(backward).text


def test_the_html_of_a_diagnosis_says_what_its_text_says():
    found = diagnose(planted(bias_mean=None, wrong_sign=None))
    markup = text_of(found._repr_html_())
    for paragraph in found.paragraphs:
        assert paragraph in repr(found)
        assert paragraph.replace("`", "") in markup


@pytest.mark.parametrize(
    ("widths", "batch"),
    [((3,), 2), ((3, 1), 2), ((0, 2), 2), (3, 2), ((3, 2.5), 2), ((3, 2), 0)],
)
def test_a_network_that_is_none_is_refused(widths, batch):
    with pytest.raises(ValueError, match="whole number"):
        diagnose(good, widths, batch)


# What is right is never accused.


def as_lists(loss, grads):
    return loss, [[dW.tolist(), db.tolist()] for dW, db in grads]


def in_fortran_order(loss, grads):
    return np.array(loss), tuple((np.asfortranarray(dW), db) for dW, db in grads)


def in_views(loss, grads):
    return loss, [
        (np.repeat(dW, 2, axis=1)[:, ::2], np.repeat(db, 2)[::2]) for dW, db in grads
    ]


@settings(max_examples=500, deadline=None)
@given(
    widths=st.lists(st.integers(1, 8), min_size=2, max_size=5),
    batch=st.integers(1, 6),
    seed=st.integers(0, 10**6),
    arrange=st.sampled_from([as_lists, in_fortran_order, in_views]),
)
def test_right_gradients_are_never_accused(widths, batch, seed, arrange):
    X, y, params = random_network(widths, batch, seed)
    _, grads = arrange(*in_columns(X, y, params))
    report = check_gradients(
        lambda p: in_columns(X, y, p)[0], params, grads, sample=3, seed=seed
    )
    assert report.passed, report
    widths[-1] = max(widths[-1], 2)  # one class is refused
    found = diagnose(lambda *a: arrange(*in_columns(*a)), widths, batch, seed)
    assert found.correct, found
    assert found.causes == ()


@settings(max_examples=100, deadline=None)
@given(
    widths=st.lists(st.integers(2, 8), min_size=2, max_size=5),
    batch=st.integers(1, 6),
    seed=st.integers(0, 10**6),
)
def test_right_gradients_in_float32_are_never_accused(widths, batch, seed):
    def single(X, y, params):
        params = [(W.astype("float32"), b.astype("float32")) for W, b in params]
        return in_columns(X.astype("float32"), y, params)

    found = diagnose(single, widths, batch, seed)
    assert found.correct, found
    assert "float32" in found.text
    assert "1e-04" in found.text


def test_the_reference_equals_gradient_tape_to_1e_10():
    code = """
        import numpy as np
        from course_utils import gradcheck, runtime
        from course_utils.gradcheck.network import random_network
        with runtime.quiet_start():
            import tensorflow as tf

        def backward(X, y, params):
            tensors = [[tf.Variable(W), tf.Variable(b)] for W, b in params]
            with tf.GradientTape() as tape:
                A = tf.constant(X)
                for W, b in tensors[:-1]:
                    A = tf.nn.relu(A @ W + b)
                Z = A @ tensors[-1][0] + tensors[-1][1]
                loss = tf.reduce_mean(
                    tf.nn.sparse_softmax_cross_entropy_with_logits(y, Z))
            return loss, tape.gradient(loss, tensors)

        for widths in [(5, 3), (5, 4, 3), (4, 4, 4, 4), (8, 7, 6, 5, 4)]:
            rng = np.random.default_rng(1)
            net = random_network(widths, 6, rng)
            loss, grads = backward(net.X, net.y, net.params)
            assert abs(float(loss) - net.loss) < 1e-10
            for a, b in zip(sum(map(list, grads), []),
                            sum(map(list, net.grads), [])):
                assert gradcheck.relative_error(a, b) < 1e-10
            found = gradcheck.diagnose(backward, widths)
            assert found.correct, found.text
        print("equal")
    """
    done = subprocess.run(
        [sys.executable, "-c", textwrap.dedent(code)],
        capture_output=True,
        text=True,
        timeout=120,
    )
    assert done.stdout.strip() == "equal", done.stderr


def test_the_module_imports_neither_matplotlib_nor_tensorflow():
    code = (
        "import sys, course_utils.gradcheck as g;"
        "print([m for m in ('matplotlib', 'tensorflow') if m in sys.modules])"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True)
    assert done.stdout.strip() == "[]", done.stderr
