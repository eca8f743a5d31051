"""Wrong answers are explained by rules: slips, places, probes, declared mistakes."""

import linecache
import pickle
import time

import numpy as np
import pytest

from course_utils.checking import core, run, slips
from course_utils.checking.values import Thing

STATE = 3


def exercise(reference, cases, **settings):
    return core.FunctionExercise("99", reference, title="It", cases=cases, **settings)


def neuron(x, w, b):
    """Return the activation."""
    return np.tanh(x @ w + b)


def layer(X, W, b):
    Z = X @ W
    return Z + b


def above(scores, limit):
    return [i for i, score in enumerate(scores) if score > limit]


VECTORS = [
    (np.array([1.0, -2.0]), np.array([0.5, 0.25]), 0.1),
    (np.array([0.3, 0.2, 0.4]), np.array([1.0, -1.0, 2.0]), 0.3),
]
MATRICES = [
    (np.ones((1, 2)), np.array([[1.0, -1.0], [0.5, 2.0]]), np.array([0.5, 1.0])),
    (np.eye(3), np.arange(6.0).reshape(3, 2), np.array([-0.5, 1.0])),
]
SCORES = [([0.2, 0.8, 0.5], 0.5), ([0.9, 0.1, 0.4], 0.2)]

EXERCISES = {
    "neuron": exercise(neuron, VECTORS, terms={"np.tanh": "the activation"}),
    "layer": exercise(layer, MATRICES),
    "above": exercise(above, SCORES),
}


def written(source, names=()):
    """Return what a learner's cell defines, and its exercise."""
    name = source.split("(")[0].removeprefix("def ")
    file = f"<cell {hash(source)}>"
    linecache.cache[file] = (len(source), None, source.splitlines(True), file)
    space = {"np": np, **dict(names)}
    exec(compile(source, file, "exec"), space)
    return EXERCISES[name], space[name]


def judged(source, names=()):
    of, answer = written(source, names)
    return of.judge(answer)


@pytest.mark.parametrize(
    ("source", "words"),
    [
        (
            "def neuron(x, w, b):\n    return np.tanh(np.dot(x, w))",
            "when `b` is left out.",
        ),
        (
            "def neuron(x, w, b):\n    return np.dot(w, x) + b",
            "when the activation is left out.",
        ),
        (
            "def neuron(x, w, b):\n    return np.tanh(sum(x * w)) + b",
            "when `b` comes in after the activation, not before it. The rest is right",
        ),
        (
            "def neuron(x, w, b):\n    s = 0\n    for i in range(len(x)):\n"
            "        s = x[i] * w[i]\n    return np.tanh(s + b)",
            "only the last product of `x` and `w` counts, where all are added up. The "
            "rest is right: look at `s = x[i] * w[i]` in line 4.",
        ),
        (
            "def neuron(x, w, b):\n    return np.tanh(np.mean(x * w) + b)",
            "averaged, not added up. The rest is right: look at `np.mean(x * w)` in "
            "line 2.",
        ),
        (
            "def above(scores, limit):\n    return np.nonzero(\n        "
            "np.array(scores) >= limit)[0]",
            "where an intermediate result equals `limit`, counts.",
        ),
        (
            "def above(scores, limit):\n    found = []\n"
            "    for i in range(len(scores)):\n        if scores[i] > limit:\n"
            "            found.append(i)\n        return found",
            "`return`, ends the loop in the first turn.",
        ),
    ],
)
def test_a_slip_is_named_and_its_line_shown(source, words):
    verdict = judged(source)
    assert verdict.explanation == "slip"
    assert words in " ".join(verdict.paragraphs)


def test_a_sentence_never_quotes_the_reference():
    reference = core.textwrap.dedent(EXERCISES["layer"].solution_source)
    lines = [line.strip() for line in reference.splitlines()[1:]]
    for slip in slips.slips(reference, {}):
        assert not [line for line in lines if line in slip.what]


def test_a_changed_loop_comes_to_an_end():
    source = "def f(n):\n    i = 0\n    while i < n:\n        i += 1\n    return i\n"
    started = time.monotonic()
    for slip in slips.slips(source, {}):
        try:
            slip.function("f", {})(5)
        except Exception as error:
            assert str(error) == "no end" or "local variable" in str(error)  # noqa: PT017
    assert time.monotonic() - started < 5


@pytest.mark.parametrize(
    ("source", "words", "names"),
    [
        (
            "def neuron(x, w, b):\n    return np.random.random()",
            "Your code draws at random",
            {},
        ),
        (
            "def layer(X, W, b, kept=[]):\n    kept.append(len(kept))\n"
            "    return X @ W + b * len(kept)",
            "a default value is made once",
            {},
        ),
        (
            "def neuron(x, w, b):\n    return np.tanh(x @ w * 0 + 17 + b * b)",
            "Another `x` and `w` changes nothing in your result",
            {},
        ),
        (
            "def neuron(x, w, b):\n    for i in range(len(x)):\n        print(x[i])",
            "`print` shows a result on the page",
            {},
        ),
        (
            "def neuron(x, w, b):\n    return np.cos(x @ w)",
            "Your code never uses `b`, and the result depends on it.",
            {},
        ),
        (
            "def layer(X, W, b):\n    return X @ weights[: len(W)] * 3 + b",
            "Another `W` changes nothing in your result, and it should. `weights` is "
            "the notebook's, not an argument.",
            {"weights": np.full((3, 2), 0.7)},
        ),
    ],
)
def test_a_second_look_finds_chance_memory_and_what_is_ignored(source, words, names):
    verdict = judged(source, names)
    assert verdict.explanation == "relation"
    assert words in " ".join(verdict.paragraphs)


def test_a_step_function_does_depend_on_its_argument():
    sign = exercise(lambda z: 1 / (1 + np.exp(-z)), [(np.array([0.0, 2.0, -2.0]),)] * 2)
    verdict = sign.judge(lambda z: (z > 0) * 1.0)
    assert "depend" not in " ".join(verdict.paragraphs)


def halved():
    shares = exercise(
        lambda x: np.maximum(x, 0) / 2,
        [(np.array([1.0, 3.0]),), (np.array([2.0, 5.0]),), (np.array([-1.0, -4.0]),)],
    )
    shares.mistake("The half is missing.")(lambda x: np.maximum(x, 0))
    return shares


def test_a_declared_mistake_may_be_a_part_of_what_is_wrong():
    verdict = halved().judge(lambda x: np.maximum(x, 0) if x[0] > 0 else x)
    assert verdict.explanation == "declared"
    assert verdict.paragraphs == [
        "The half is missing.",
        "There is something else besides.",
    ]


def test_a_declared_mistake_is_no_part_where_a_case_contradicts_it():
    verdict = halved().judge(lambda x: x if x[0] == 1 else np.maximum(x, 0) / 2 - 1)
    assert verdict.explanation != "declared"


@pytest.mark.parametrize(
    ("answer", "words"),
    [
        (784 * 128 + 128 * 10, None),
        (784 * 128 + 784 + 128 * 10 + 10, "`784`"),
        (784 * 128 + 128 + 128 * 10, "101,760 comes out when the last biases is left"),
        ((101, 770), "To Python, `101,770` is 2 numbers"),
        (784 * 128 + 128 * 10 + 10, "the hidden units"),
    ],
)
def test_a_wrong_number_is_explained_by_the_calculation(answer, words):
    number = core.NumberExercise(
        "99",
        "parameters",
        title="Parameters",
        answer="pixels * units + hidden_biases + units * classes + last_biases",
        given={
            "pixels": 784,
            "units": 128,
            "hidden_biases": 128,
            "classes": 10,
            "last_biases": 10,
        },
        terms={"last_biases": "the last layer's bias vector"},
    )
    assert number.judge(101_770).status == "solved"
    verdict = number.judge(answer)
    assert verdict.status == "wrong"
    if isinstance(answer, tuple):
        assert words in verdict.paragraphs[0]
    elif answer == 784 * 128 + 128 + 128 * 10:
        assert verdict.explanation == "slip"
        assert "when the last layer's bias vector is left out" in verdict.paragraphs[0]


def test_a_guess_outside_its_range_is_turned_back():
    guess = core.Prediction(
        "99", "hits", title="Hits", example=90, low=0, high=100, unit="%"
    )
    for value in (-5, 120):
        verdict = guess.judge(value)
        assert verdict.status == "wrong"
        assert "between 0 and 100 %" in verdict.paragraphs[0]
    assert guess.judge(85).status == "noted"
    assert "in per cent" in guess.judge(0.85).paragraphs[0]


class Odd:
    def __repr__(self):
        return "an odd one"


@pytest.mark.parametrize(
    "result",
    [
        1,
        2.5,
        "text",
        None,
        np.arange(6).reshape(2, 3),
        (1, [2.0, {"a": np.ones(2)}]),
        {1, 2},
        Odd(),
        [Odd(), np.exp],
        (n for n in range(3)),
    ],
    ids=lambda value: type(value).__name__,
)
def test_what_comes_of_a_call_is_plain_data(result):
    runner = run.Runner([()], lambda answer: answer(), lambda result: result)
    (call,) = runner.calls(lambda: result)
    sent = pickle.loads(pickle.dumps(call))
    assert repr(sent) == repr(call)
    for part in call.result if isinstance(call.result, list) else [call.result]:
        assert not isinstance(part, Odd)
        assert not callable(part) or isinstance(part, Thing)


def test_arguments_that_change_are_told_and_the_case_stays_as_it_is():
    case = (np.ones(2), [1, 2])
    runner = run.Runner([case], lambda answer, *a: answer(*a), lambda result: result)

    def spoils(x, items):
        items.append(3)
        return 0

    (call,) = runner.calls(spoils)
    assert call.changed == (1,)
    assert case[1] == [1, 2]
