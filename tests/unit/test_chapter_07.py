"""What chapter 07 derives, against TensorFlow, nudging and itself."""

import ast
import builtins
import re
from itertools import pairwise

import numpy as np
import pytest

from course_utils import chapters, gradcheck
from course_utils.authoring.notebooks import build
from course_utils.exercises import chapter_07 as ex
from tests.benchmarks import chapter_code
from tests.exercises.alternatives.chapter_07 import layer_by_layer_recursion

NETWORKS = [((2, 2), 1), ((5, 5, 5, 5), 8), ((6, 5, 4, 3), 8), ((3, 7, 2), 1)]
# Of each patient: what the doctor finds, and the answer to the chapter's question.
CAUSES = {
    **{"A": "wrong sign", "B": "forgotten 1/N", "C": "bias averaged"},
    **{"D": "transposed dW", "E": "no gate", "F": "transposed upstream"},
    **{"G": "extra p(1 − p)", "H": "a gate that never closes"},
}


@pytest.fixture(scope="module")
def cells():
    return build(chapters.chapter("07")).cells


@pytest.fixture(scope="module")
def notebook():
    """Functions that the chapter shows, with the references for the stubs."""
    return chapter_code.functions("07", np=np, pairwise=pairwise)


def network(widths, batch, seed=0):
    rng = np.random.default_rng(seed)
    params = [
        (rng.normal(size=(d, h)), rng.normal(size=h)) for d, h in pairwise(widths)
    ]
    X = rng.normal(size=(batch, widths[0]))
    return X, rng.integers(0, widths[-1], batch), params


def by_tape(X, y, params):
    import tensorflow as tf

    variables = [tuple(map(tf.Variable, pair)) for pair in params]
    with tf.GradientTape() as tape:
        A = tf.constant(X)
        for W, b in variables[:-1]:
            A = tf.nn.relu(A @ W + b)
        W, b = variables[-1]
        losses = tf.nn.sparse_softmax_cross_entropy_with_logits(y, A @ W + b)
        loss = tf.reduce_mean(losses)
    grads = tape.gradient(loss, variables)
    return float(loss), [tuple(part.numpy() for part in pair) for pair in grads]


def assert_alike(grads, others, tolerance):
    for one, other in zip(sum(grads, ()), sum(others, ()), strict=True):
        assert one.shape == other.shape
        assert gradcheck.relative_error(one, other) < tolerance


@pytest.mark.parametrize(("widths", "batch"), NETWORKS)
def test_the_whole_backward_pass_is_that_of_the_tape_and_of_nudging(widths, batch):
    X, y, params = case = network(widths, batch)
    loss, grads = ex.loss_and_gradients(*case)
    expected_loss, expected = by_tape(*case)
    assert loss == pytest.approx(expected_loss, rel=1e-12)
    assert_alike(grads, expected, 1e-10)
    report = gradcheck.check_gradients(
        lambda p: ex.loss_and_gradients(X, y, p)[0], params, grads
    )
    assert report.passed, report


def test_layer_and_relu_backward_are_those_of_the_tape_at_zero_too():
    import tensorflow as tf

    rng = np.random.default_rng(0)
    for N, D, H in ((1, 3, 2), (4, 4, 4), (5, 2, 6)):
        X, W, b, dA = (rng.normal(size=s) for s in ((N, D), (D, H), H, (N, H)))
        W[:, 0] = b[0] = 0  # the first unit stands at ReLU's kink
        variables = [tf.Variable(value) for value in (X, W, b)]
        with tf.GradientTape() as tape:
            Z = variables[0] @ variables[1] + variables[2]
            total = tf.reduce_sum(tf.nn.relu(Z) * dA)
        expected = tape.gradient(total, variables)
        ours = ex.affine_backward(ex.relu_backward(dA, X @ W + b), X, W)
        for one, other in zip(ours, expected, strict=True):
            np.testing.assert_allclose(one, other.numpy(), rtol=1e-12, atol=1e-14)


@pytest.mark.parametrize("seed", range(40))
def test_the_engine_is_that_of_tensorflow_on_random_expressions(seed):
    import tensorflow as tf

    rng = np.random.default_rng(seed)
    numbers = rng.uniform(0.3, 1.5, 3)
    ours = [ex.Value(number) for number in numbers]
    theirs = [tf.Variable(number, dtype=tf.float64) for number in numbers]
    with tf.GradientTape() as tape:
        pairs = list(zip(ours, theirs, strict=True))
        for _ in range(10):
            (a, s), (b, t) = (pairs[i] for i in rng.integers(0, len(pairs), 2))
            gate = rng.integers(6)
            if gate == 2 and float(s) == float(t):  # a kink: either slope will do
                gate = 0
            if gate == 5 and float(s) <= 0.1:
                gate = 0
            if gate == 4 and float(s) > 2:
                gate = 3
            made = (
                lambda a=a, b=b, s=s, t=t: (a + b, s + t),
                lambda a=a, b=b, s=s, t=t: (a * b, s * t),
                lambda a=a, b=b, s=s, t=t: (a.maximum(b), tf.maximum(s, t)),
                lambda a=a, b=b, s=s, t=t: (a - b, s - t),
                lambda a=a, s=s: (a.exp(), tf.exp(s)),
                lambda a=a, s=s: (a.log(), tf.math.log(s)),
            )[gate]()
            pairs.append(made)
        output, target = pairs[-1]
    ex.backward(output)
    expected = tape.gradient(target, theirs, unconnected_gradients="zero")
    for leaf, slope in zip(ours, expected, strict=True):
        assert leaf.grad == pytest.approx(float(slope), rel=1e-10, abs=1e-12)


def test_the_engine_inside_numpy_gives_the_gradients_of_the_network(notebook):
    chapter_code.run_cell("07", "values = np.vectorize", notebook)
    case = network((4, 3, 3), 5)
    loss, grads = notebook["scalar_engine"](*case)
    expected_loss, expected = ex.loss_and_gradients(*case)
    assert loss == pytest.approx(expected_loss, rel=1e-12)
    assert_alike(grads, expected, 1e-10)


def test_the_chapters_checks_are_those_of_the_package(notebook):
    rng = np.random.default_rng(0)
    array = rng.normal(size=(3, 4))

    def loss(values):
        return float(np.sum(np.sin(values) * np.arange(12).reshape(3, 4)))

    np.testing.assert_allclose(
        notebook["numerical_gradient"](loss, array),
        gradcheck.numerical_gradient(loss, array),
        rtol=1e-9,
    )
    for other in (array, array + 1e-3, -array, 0 * array):
        assert ex.relative_error(array, other) == pytest.approx(
            gradcheck.relative_error(array, other)
        )
    assert gradcheck.relative_error(0 * array, 0 * array) == 0


@pytest.mark.parametrize("name", CAUSES)
def test_each_patient_has_the_cause_that_the_chapter_names(name):
    cause = CAUSES[name]
    verdict = gradcheck.diagnose(ex.patients[name], widths=(5, 5, 5, 5))
    assert cause in verdict.causes
    letter = ex.exercises[f"patient_{name.lower()}"].answer
    assert offered(name)[letter] == ("dZ = dA * (A >= 0)" if name == "H" else cause)
    table = chapter_code.text("07")  # one vocabulary: the chapter's
    assert f"| {cause} |" in table


def test_a_wrong_backward_pass_is_explained_from_the_loss_inwards():
    def decayed(pair, params):
        return pair[0] + 0.1 * params[0], pair[1]

    def backward_pass(X, y, params):
        loss, grads = ex.loss_and_gradients(X, y, params)
        return loss, list(map(decayed, grads, params))

    verdict, _ = ex.exercises["loss_and_gradients"]._verdict(backward_pass)
    assert verdict.mistake == "weight decay"
    assert verdict.paragraphs[0].startswith("Walking back from the loss, the numbers")


def offered(name):
    """Options of a patient's question, by letter, as the notebook prints them."""
    text = chapter_code.text("07")
    if name == "H":
        return {
            m[2]: m[1].strip()
            for m in re.finditer(r"^(d\w = .*?) +# (\w)\)", text, re.M)
        }
    before = text[: text.index(f'exercise="patient_{name.lower()}"')]
    question = " ".join(before[before.rindex("**a)**") :].split("%%")[0].split())
    found = re.findall(r"\*\*(\w)\)\*\* (.*?)(?=, \*\*|$)", question)
    return {letter: words.strip() for letter, words in found}


def wrong_parts(scale):
    """Return for each patient the parameters whose gradients it gets wrong."""
    X, y, params = network((5, 5, 5, 5), 8, seed=1)
    params = [(scale * W, scale * b) for W, b in params]
    _, right = ex.loss_and_gradients(X, y, params)
    wrong = {}
    for patient, function in ex.patients.items():
        _, grads = function(X, y, params)
        names = ("W1", "b1", "W2", "b2", "W3", "b3")
        pairs = zip(names, sum(grads, ()), sum(right, ()), strict=True)
        wrong[patient] = {n for n, a, b in pairs if not np.allclose(a, b)}
    return wrong


def test_evidence_of_each_patient_is_as_the_chapter_reads_it():
    wrong = wrong_parts(1)
    weights, biases = {"W1", "W2", "W3"}, {"b1", "b2", "b3"}
    assert wrong["A"] == wrong["B"] == wrong["G"] == weights | biases
    assert wrong["C"] == biases
    assert wrong["D"] == weights
    assert wrong["E"] == wrong["F"] == wrong["H"] == {"W1", "b1", "W2", "b2"}


def test_four_of_eight_mistakes_hide_at_zero_weights():
    hidden = [name for name, parts in wrong_parts(0).items() if not parts]
    assert hidden == ["D", "E", "F", "H"]


def test_adam_of_the_chapter_is_that_of_chapter_03_and_of_keras(notebook):
    import keras

    from course_utils.exercises import chapter_03

    rng = np.random.default_rng(0)
    w = rng.normal(size=(3, 2)).astype("float32")
    grads = rng.normal(size=(20, 3, 2)).astype("float32")
    variable, before, own = keras.Variable(w), w, w.copy()
    optimizer = keras.optimizers.Adam(0.01, epsilon=1e-8)
    state = other = (0 * w, 0 * w, 0)
    m, v, spare = 0 * w, 0 * w, 0 * w
    for t, dw in enumerate(grads, 1):
        optimizer.apply([keras.ops.convert_to_tensor(dw)], [variable])
        w, state = notebook["adam_step"](w, dw, state, 0.01)
        before, other = chapter_03.adam_step(before, dw, other, 0.01)
        notebook["adam_in_place"](own, dw, m, v, spare, t, 0.01)
    np.testing.assert_allclose(w, before, rtol=1e-6)
    np.testing.assert_allclose(w, variable.numpy(), atol=1e-5)
    np.testing.assert_allclose(own, w, atol=1e-5)


def test_adam_on_all_layers_is_adam_on_each_array(notebook):
    _, _, params = network((3, 4, 2), 1)
    _, _, grads = network((3, 4, 2), 1, seed=1)
    states = notebook["new_states"](params)
    moved = params
    for _ in range(3):
        moved = notebook["adam_update"](moved, grads, states, 0.1)
    for layer, pair in enumerate(params):
        for part, w in enumerate(pair):
            state = (0 * w, 0 * w, 0)
            for _ in range(3):
                w, state = notebook["adam_step"](w, grads[layer][part], state, 0.1)
            np.testing.assert_allclose(moved[layer][part], w)


def test_gradients_through_sigmoids_are_those_of_nudging(notebook):
    X, y, params = network((4, 5, 5, 3), 6)
    report = gradcheck.check_gradients(
        lambda p: notebook["sigmoid_gradients"](X, y, p)[0],
        params,
        notebook["sigmoid_gradients"](X, y, params)[1],
    )
    assert report.passed, report


def test_numbers_worked_out_with_a_pencil():
    assert 784 * 30 + 30 + 30 * 10 + 10 == 23_860
    assert ex.forward_passes.answer == 47_720

    a, b, c, d = (ex.Value(v) for v in (2.0, -3.0, 5.0, 4.0))
    ex.backward((a + b) * c.maximum(d))
    assert [v.grad for v in (a, b, c, d)] == ex.gate_gradients.answer

    x = ex.Value(3.0)
    ex.backward(x * x + x)
    assert x.grad == ex.fork.answer

    w1, w2, b = ex.Value(0.5), ex.Value(-1.0), ex.Value(3.0)
    z = w1 * ex.Value(2.0) + w2 * ex.Value(3.0) + b
    error = z.maximum(ex.Value(0.0)) - ex.Value(3.0)
    ex.backward(error * error)
    assert [v.grad for v in (w1, w2, b)] == list(ex.neuron_gradients.answer)


def test_who_returns_next_day_finds_all_that_is_needed(cells):
    """Names used after the stop come from set-up, map, or cells after it."""
    stop = next(i for i, c in enumerate(cells) if "### Stop here" in c.source)
    assert cells[stop + 1].cell_type == "code"
    early = [c.source for c in cells[:stop] if c.cell_type == "code"]
    known = {*dir(builtins), "get_ipython"}
    restored = ast.literal_eval(ast.parse(cells[stop + 1].source).body[0].iter)
    known |= set(restored)
    assert set(restored) <= set(ex.exercises)
    starts = ("\nimport time\n", "\nSTEPS = ")  # what the text tells them to run
    late = [s for s in early if any(start in "\n" + s for start in starts)]
    assert len(late) == len(starts)
    late += [c.source for c in cells[stop + 1 :] if c.cell_type == "code"]
    for source in late:
        names = [n for n in ast.walk(ast.parse(source)) if isinstance(n, ast.Name)]
        known |= {n.id for n in names if isinstance(n.ctx, ast.Store)}
        for node in ast.walk(ast.parse(source)):
            if isinstance(node, ast.FunctionDef | ast.ClassDef):
                known.add(node.name)
            if isinstance(node, ast.arg):
                known.add(node.arg)
            if isinstance(node, ast.alias):
                known.add((node.asname or node.name).split(".")[0])
        unknown = {n.id for n in names if isinstance(n.ctx, ast.Load)} - known
        assert not unknown, source


def test_a_value_without_the_methods_that_came_with_it_is_not_let_through():
    """Sections 4 and 10 subtract, and take exp and log: nobody may be stuck there."""

    class Bare:
        def __init__(self, data, parents=(), slopes=()):
            self.data, self.parents, self.slopes = data, parents, slopes

        def __add__(self, other):
            return Bare(self.data + other.data, (self, other), (1, 1))

        def __mul__(self, other):
            return Bare(self.data * other.data, (self, other), (other.data, self.data))

        def maximum(self, other):
            first = self.data > other.data
            larger = self.data if first else other.data
            return Bare(larger, (self, other), (int(first), int(not first)))

    verdict, _ = ex.exercises["Value"]._verdict(Bare)
    assert verdict.status == "wrong"
    assert "keep them" in verdict.paragraphs[0]


FORMS = {
    "gradients first": (lambda loss, grads: (grads, loss), "the loss first"),
    "no loss": (lambda loss, grads: grads, "Return two things"),
    "arrays in a row": (lambda loss, grads: (loss, sum(grads, ())), "one pair"),
    "dicts": (lambda loss, grads: (loss, [dict(W=W) for W, _ in grads]), "one pair"),
}


@pytest.mark.parametrize(("form", "words"), FORMS.values(), ids=FORMS)
def test_gradients_in_another_form_are_told_what_was_asked_for(form, words):
    def backward_pass(X, y, params):
        return form(*layer_by_layer_recursion(X, y, params))

    verdict, _ = ex.exercises["loss_and_gradients"]._verdict(backward_pass)
    assert verdict.status == "wrong"
    assert words in verdict.paragraphs[0]
