"""A difference is found, and put into true and plain words."""

from decimal import Decimal
from fractions import Fraction
from functools import partial

import numpy as np
import pytest

from course_utils.checking.judge import mismatch, wrong_form
from course_utils.checking.relations import relation
from course_utils.checking.run import plain
from course_utils.checking.values import as_array, kind, number, numbers_apart, written


def compared(expected, got):
    return mismatch(plain(expected), plain(got), 1e-5, 1e-8)


def related(expected, got):
    """Return what is said of one wrong result."""
    with np.errstate(all="ignore"):
        return " ".join(relation([()], [plain(expected)], [plain(got)], [True]))


ROW = np.array([0.1, 0.25, 0.65])


class FakeTensor:
    """Turns itself into an array, as tensors do."""

    def numpy(self):
        return ROW

    def __array__(self, dtype=None, copy=None):
        return ROW


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
        (ROW, ROW * [1, 1, np.nan], "NaN"),
        (ROW, ROW + 0j, "got complex numbers"),
        (ROW, ROW + np.eye(3)[1], "1 of 3 values differ; the first: at [1] 0.25 was"),
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
    ("expected", "got", "words"),
    [
        (ROW, ROW[:, None], "only the shape is not"),
        (np.ones((2, 3)) * ROW, (np.ones((2, 3)) * ROW).T, "rows and columns"),
        (ROW, ROW[:, None] - ROW, "Shapes (n, 1) and (n,) combined give (n, n)"),
        (ROW, -ROW, "Only the sign is wrong."),
        (ROW, 2 * ROW, "Everything is 2 times what was expected."),
        (ROW, 100 * ROW, "Everything is 100 times what was expected."),
        (ROW, ROW + 3, "Everything is 3 too large."),
        (ROW, np.round(ROW, 1), "rounded to 1 decimal;"),
        (ROW * 7, (ROW * 7) // 1, "cut off after the point"),
        (ROW, ROW > 0.2, "made of True and False."),
        (ROW, np.zeros(3), "Everything that came back is 0."),
        (ROW, ROW[::-1], "The order is reversed."),
        (ROW, np.cumsum(ROW), "the running sum"),
        (ROW, 1 - ROW, "1 minus what"),
        (ROW, np.exp(ROW), "the exponential of"),
        (ROW, ROW.sum(), "the sum over all"),
        (np.outer(ROW, [1, 2]), ROW * 3, "the sum over the columns"),
        (np.array([1.0, 4.0]), np.array([4.0, 1.0]), "The two numbers are swapped."),
        (
            {"W": ROW, "b": ROW},
            {"W": -ROW, "b": ROW},
            "Only `W` is wrong. Only the sign",
        ),
        ((ROW, ROW), (ROW, 2 * ROW), "Only result 2 of 2 is wrong. Everything is 2"),
    ],
)
def test_what_is_certain_about_wrong_results_is_said(expected, got, words):
    assert words in related(expected, got)


@pytest.mark.parametrize(
    ("expected", "got"),
    [
        (np.array([0.0, 1.0]), np.array([0.0, -2.0])),  # one number among zeros
        (4, 2),  # a wrong count
        (0.7, 1.0),  # near to it
        (1.4818, 1),
        (1.25, 1.2),
        (np.array([0.7, 0.2, 0.1]), np.array([1.0, 0.0, 0.0])),  # the winner takes all
        (np.array([0.0, 0.0]), np.array([0.0, 5.0])),
        (ROW, np.array([np.inf, 1.0, 1.0])),
        ("relu", "tanh"),
    ],
)
def test_nothing_is_claimed_where_chance_explains_the_numbers(expected, got):
    assert not related(expected, got)


def test_a_relation_has_to_hold_in_every_case_that_went_wrong():
    twice = [2 * ROW, 2 * ROW + 1]
    cases = [(ROW,), (ROW + 1,)]
    both = relation(cases, [ROW, ROW + 1], [2 * ROW, 2 * (ROW + 1)], [True, True])
    assert both == ["Everything is 2 times what was expected."]
    assert relation(cases, [ROW, ROW + 1], twice, [True, True]) == []


def test_the_cases_that_go_wrong_are_described_if_one_description_fits():
    cases = [(np.ones(shape),) for shape in ((1, 2), (1, 3), (2, 4), (3, 4))]
    wanted, came = [1.0, 1.0, 1.0, 2.0], [1.0, 1.0, 3.0, 5.0]
    (text,) = relation(cases, wanted, came, [False, False, True, True], ["X"])
    assert text == "Of 4 tries, those go wrong in which `X` has more than one row."


def test_numbers_are_written_with_the_digits_that_tell_them_apart():
    assert numbers_apart(1.0, 1.00001) == ("1", "1.00001")
    assert numbers_apart(0.5, 0.25) == ("0.5", "0.25")


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
    assert len(written(value)) <= 400
    assert kind(value)


def test_values_are_written_in_a_bounded_length():
    assert written(Mute()) == "an object of type Mute"
    assert len(written("x" * 1000)) == 400
    assert len(written("x" * 1000, 60)) == 60
    assert "(shape (100, 100))" in written(np.ones((100, 100)))


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
        (ROW, ROW.tolist(), "a list"),
        (ROW, tuple(ROW), "a tuple"),
        ((ROW, 1.0), (ROW.tolist(), 1.0), "a list"),
        ([(ROW, ROW)], [[ROW, ROW.tolist()]], "a list"),
        ({"W": ROW}, {"W": ROW.tolist()}, "a list"),
        (ROW, FakeTensor(), "a tensor"),
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
    assert wrong_form(expected, plain(got)) == words
