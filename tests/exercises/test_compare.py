"""A difference is found, and put into true and plain words."""

from decimal import Decimal
from fractions import Fraction
from functools import partial
from types import SimpleNamespace

import numpy as np
import pytest

from course_utils.checking.compare import (
    as_array,
    kind,
    mismatch,
    number,
    show,
    wrong_form,
)


def compared(expected, got):
    return mismatch(expected, got, 1e-5, 1e-8)


ROW = np.array([0.1, 0.25, 0.65])


class Model:
    """Can be called, like many objects that are no functions."""

    def __call__(self, x):
        return x


def nested(depth):
    inner = [1.0]
    for _ in range(depth):
        inner = [inner]
    return inner


ITSELF = []
ITSELF.append(ITSELF)


class Mute:
    def __repr__(self):
        raise ValueError


@pytest.mark.parametrize(
    ("expected", "got"),
    [
        (ROW, ROW.copy()),
        (ROW, [0.1, 0.25, 0.65]),
        (ROW, ROW.astype(np.float32)),
        (2.0, 2),
        (2.0, np.array(2.0)),
        (np.nan, np.nan),
        (np.inf, np.inf),
        (np.zeros((0, 3)), np.empty((0, 3))),
        ("relu", "relu"),
        (None, None),
        (True, np.True_),
        ((ROW, np.ones(2)), [ROW, np.ones(2)]),
        ((ROW, ROW), (ROW, ROW)),
        ((ROW, ROW), np.array([ROW, ROW])),
        ((3, 2), [3, 2]),
        ({"W": ROW, "b": 0.0}, {"b": 0.0, "W": ROW}),
        (["Dense", 10], ["Dense", 10]),
        (0.75, Fraction(3, 4)),
        (0.75, Decimal("0.75")),
        ([0.5, 0.25], [Fraction(1, 2), Fraction(1, 4)]),
    ],
)
def test_what_is_equal_passes(expected, got):
    assert compared(expected, got) is None


@pytest.mark.parametrize(
    ("expected", "got", "words"),
    [
        (ROW, None, "`return` line missing"),
        (ROW, (x for x in ROW), "square brackets around it in place of round ones."),
        (ROW, "0.1", "Expected an array of shape (3,), got a text."),
        (ROW, np.exp, "got a function."),
        (ROW, float, "got a class."),
        (ROW, partial(np.exp, 1), "got a function."),
        (ROW, Model(), "got an object of type Model."),
        (1.5, {"a": 1}, "Expected one number, got an object of type dict."),
        (1.5, True, "True"),
        (1.5, ROW, "Expected one number, got an array of shape (3,)."),
        (1.5, 10**5000, "a number too large to compare"),
        (ROW, [1.0, [2.0]], "a list that does not make an array of numbers"),
        (ROW, np.array([1, None, 2]), "an array of dtype object"),
        (ROW, ROW[:, None], "only the shape is not"),
        (np.ones((2, 3)) * ROW, (np.ones((2, 3)) * ROW).T, "rows and columns"),
        (ROW, ROW[:, None] - ROW, "Shapes (3, 1) and (3,) combined give (3, 3)"),
        (ROW, ROW * [1, 1, np.nan], "NaN"),
        (ROW, ROW + 0j, "got complex numbers"),
        (ROW, ROW + np.eye(3)[1], "1 of 3 values differ; the first: at [1] 0.25 was"),
        (ROW, -ROW, "Only the sign is wrong."),
        (ROW, 2 * ROW, "That is 2 times what was expected."),
        (ROW, 100 * ROW, "That is 100 times what was expected."),
        (ROW, np.round(ROW, 1), "That looks rounded to 1 decimal;"),
        (ROW + 0.6, (ROW + 0.6) // 1, "`//`"),
        (1.4818, 1, "`//`"),
        (1.4818, 0.7409, "That is 0.5 times"),
        (ROW, ROW > 0.2, "Yours is made of True and False."),
        ((ROW, ROW), ROW, "Expected 2 results"),
        ((ROW, ROW), 1.0, "Expected 2 results, got one number."),
        ((ROW, ROW), (ROW, ROW, ROW), "Expected 2 results, got 3."),
        ((ROW, ROW), (ROW, ROW + 1), "Result 2 of 2:"),
        (ROW[None], (ROW, ROW), "got a tuple of 2 results."),
        ({"W": 1.0}, {}, "The key 'W' is missing."),
        ({"W": 1.0}, {"W": 1.0, "c": 2}, "The key 'c' is not expected."),
        ({"W": 1.0}, {"W": 2.0}, "'W': Expected 1"),
        ({"W": 1.0}, [1.0], "Expected a dict"),
        ({"W": 1.0}, {"W": None}, "'W': Expected one number, got None."),
        (
            (ROW, ROW),
            (ROW, None),
            "Result 2 of 2: Expected an array of shape (3,), got",
        ),
        (ROW, (ROW.mean, ROW.std), "are the brackets of a call missing"),
        (["a"], ["a", "b"], "Expected 1 result, got 2."),
        (np.array(["a", "b"]), np.array(["a", "c"]), "Result 2 of 2: Expected 'b'"),
        (["a", "b"], np.array(["a", "c"]), "Result 2 of 2: Expected 'b'"),
        (np.array(["a", "b"]), ROW, "Expected 2 results, got an array of shape (3,)."),
        ("relu", "tanh", "Expected 'relu', got 'tanh'."),
        ("relu", 3, "Expected a text, got one number."),
        (None, 3, "Expected None, got one number."),
    ],
    ids=lambda value: type(value).__name__,
)
def test_what_differs_is_said_in_plain_words(expected, got, words):
    assert words in compared(expected, got)


@pytest.mark.parametrize(
    ("expected", "got"),
    [
        (np.array([0.0, 1.0]), np.array([0.0, -2.0])),  # one number among zeros
        (4, 2),  # a wrong count
        (0.7, 1.0),  # near to it
        (ROW, np.zeros(3)),
        (ROW, np.array([0.1, 0.3, 0.7])),
        (np.array([0.0, 0.0]), np.array([0.0, 5.0])),
        (ROW, np.array([np.inf, 1.0, 1.0])),
    ],
)
def test_no_cause_is_claimed_where_chance_explains_the_numbers(expected, got):
    text = compared(expected, got)
    for claim in ("times", "rounded to whole", "sign", "//"):
        assert claim not in text


@pytest.mark.parametrize(
    "value",
    [
        ITSELF,
        nested(10_000),
        Mute(),
        10**5000,
        range(10**12),
        np.broadcast_to(0.0, (10**6, 10**6)),
        np.zeros(3, dtype="datetime64[s]"),
        np.zeros(2, dtype=[("a", int)]),
        {1: {2: 3}},
        b"bytes",
        {1, 2},
        Ellipsis,
    ],
    ids=lambda value: type(value).__name__,
)
def test_odd_values_are_compared_and_shown(value):
    assert compared(ROW, value)
    assert len(show(value)) <= 400
    assert kind(value)


def test_values_are_written_in_a_bounded_length():
    assert show(Mute()) == "an object of type Mute"
    assert len(show("x" * 1000)) == 400
    assert len(show("x" * 1000, 60)) == 60
    assert "(shape (100, 100))" in show(np.ones((100, 100)))


def test_numbers_are_written_with_all_that_matters():
    assert number(np.int64(1_244_517_123)) == "1244517123"
    assert number(1 / 3) == "0.33333333"
    assert number(np.bool_(True)) == "True"
    assert number(np.complex128(1j)) == "1j"


def test_only_numbers_and_truth_values_make_arrays():
    assert as_array([[1, 2], [3, 4]]).shape == (2, 2)
    assert as_array(range(3)).tolist() == [0, 1, 2]
    for value in (None, "1", b"1", {}, set(), [1, "2"], [[1], [2, 3]], object()):
        assert as_array(value) is None


def test_comparing_changes_nothing():
    expected, got = np.array([1, 2]), np.array([1.5, 2.5])
    compared(expected, got)
    assert expected.tolist() == [1, 2]
    assert got.tolist() == [1.5, 2.5]


def test_a_coroutine_is_closed_without_a_warning(recwarn):
    async def answer():
        return 1

    assert "async" in compared(1.0, answer())
    assert not recwarn.list


@pytest.mark.parametrize(("expected", "got"), [(2.0, [2.0]), (np.ones(1), [[1.0]])])
def test_a_single_number_is_not_said_to_be_right_but_for_its_shape(expected, got):
    words = compared(expected, got)
    assert words.startswith("Expected")
    assert "right" not in words
    assert "combined" not in words


@pytest.mark.parametrize(
    ("expected", "got", "words"),
    [
        (ROW, ROW.tolist(), "in a list"),
        (ROW, tuple(ROW), "in a tuple"),
        ((ROW, 1.0), (ROW.tolist(), 1.0), "in a list"),
        ([(ROW, ROW)], [[ROW, ROW.tolist()]], "in a list"),
        ({"W": ROW}, {"W": ROW.tolist()}, "in a list"),
        (ROW, SimpleNamespace(numpy=lambda: ROW), "in a tensor"),
        (ROW, ROW.copy(), None),
        ((ROW, ROW), [ROW, ROW], None),
        ((ROW, ROW), np.array([ROW, ROW]), None),
        (np.float64(2), 2.0, None),
        (np.array(2.0), 2, None),
        ([1.0, 2.0], (1.0, 2.0), None),
        ("relu", "relu", None),
    ],
)
def test_the_form_of_right_numbers_matters_where_cells_compute_with_them(
    expected, got, words
):
    text = wrong_form(expected, got)
    assert text is None if words is None else words in text
