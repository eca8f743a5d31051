"""No answer, however odd, makes a check raise, hang or speak more than once."""

import importlib.util
import time

import numpy as np
import pytest
import sample_exercises
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from hypothesis.extra import numpy as arrays

from course_utils.chapters import CHAPTERS

anything = settings(
    derandomize=True,  # the same examples on every machine
    database=None,
    deadline=30_000,  # milliseconds; the first example may import TensorFlow
    max_examples=120,
    suppress_health_check=list(HealthCheck),
)


# Values

dtypes = st.one_of(
    arrays.scalar_dtypes(),
    arrays.unicode_string_dtypes(max_len=5),
    arrays.byte_string_dtypes(max_len=5),
    arrays.array_dtypes(),
    st.just(np.dtype(object)),
)
shapes = arrays.array_shapes(min_dims=0, max_dims=4, min_side=0, max_side=4)


def _array(dtype):
    if dtype.kind == "O":
        return arrays.arrays(dtype, shapes, elements=scalars, fill=st.nothing())
    return arrays.arrays(dtype, shapes)


def _in_itself(numbers, in_a_dict):
    numbers.append({"itself": numbers} if in_a_dict else numbers)
    return numbers


def _nested(depth, kind):
    value = kind()
    for _ in range(depth):
        value = kind([value])
    return value


scalars = st.one_of(
    st.none(),
    st.booleans(),
    st.integers(),
    st.floats(),
    st.complex_numbers(),
    st.text(max_size=20),
    st.sampled_from(["a", "b", "B)", "101770", "\ud800", "<script>", "\x00"]),
    st.binary(max_size=20),
    st.decimals(),
    st.fractions(),
    st.datetimes(),
    st.sampled_from([..., NotImplemented, range(10**12), 101_770]),
    st.builds(pow, st.sampled_from([10, -10]), st.sampled_from([301, 4301])),
)
values = st.one_of(
    st.recursive(
        scalars,
        lambda inner: st.one_of(
            st.lists(inner, max_size=4),
            st.tuples(inner, inner),
            st.dictionaries(st.text(max_size=3), inner, max_size=3),
        ),
        max_leaves=8,
    ),
    dtypes.flatmap(_array),
    st.sampled_from([(10**6, 10**6), (0, 10**9), (1, 2), (2**31, 1)]).map(
        lambda shape: np.broadcast_to(np.float64(0.5), shape)
    ),
    st.builds(_in_itself, st.lists(scalars), st.booleans()),
    st.builds(_nested, st.sampled_from([30, 10_000]), st.sampled_from([list, tuple])),
)


# Things that bite when they are touched

METHODS = (
    *("__eq__", "__ne__", "__hash__", "__repr__", "__str__", "__format__", "__len__"),
    *("__iter__", "__bool__", "__getitem__", "__contains__", "__float__", "__int__"),
    *("__index__", "__complex__", "__array__", "__deepcopy__", "__reduce_ex__"),
    *("__getattribute__", "__call__", "__instancecheck__"),
)
PROPERTIES = (
    *("__array_interface__", "__array_struct__", "__code__", "__doc__", "__name__"),
    *("__class__", "dtype", "shape"),
)
ERRORS = (ValueError, RecursionError, MemoryError, SystemExit, GeneratorExit)


def _biting(methods, error, base):
    def bites(*args, **kwargs):
        raise error("bitten")

    parts = {name: property(bites) if name in PROPERTIES else bites for name in methods}
    return type("Biting", (base,), parts)()


def _lying(result):
    """Return an object that answers every question with the same thing."""
    methods = dict.fromkeys(METHODS, lambda *args, **kwargs: result)
    del methods["__getattribute__"]
    return type("Lying", (), methods)()


biting = st.builds(
    _biting,
    st.sets(st.sampled_from(METHODS + PROPERTIES), min_size=1, max_size=4),
    st.sampled_from(ERRORS),
    st.sampled_from([object, list, dict, str, int, float, tuple]),
)
lying = st.builds(_lying, scalars)


# Functions


def _doing(what, signature):
    return eval(f"lambda {signature}: what()", {"what": what})


def _raising(error, signature):
    def fail():
        raise error

    return _doing(fail, signature)


def _spoiling(value):
    """Return a function that overwrites what it is given."""

    def spoils(*case):
        for part in case:
            if isinstance(part, np.ndarray):
                part[...] = 0
        return value

    return spoils


def _generator(*case):
    yield from case


async def _coroutine(*case):
    return case


async def _asynchronous_generator(*case):
    yield case


signatures = st.sampled_from(["*case", "", "x", "x, y", "x, y, z", "*, key", "**named"])
errors = st.one_of(
    st.builds(
        lambda kind, text: kind(text),
        st.sampled_from([*ERRORS, KeyError, NotImplementedError, KeyboardInterrupt]),
        st.text(max_size=20),
    ),
    st.builds(lambda: _biting({"__str__"}, SystemExit, Exception)),
)
functions = st.one_of(
    st.builds(
        lambda value, signature: _doing(lambda: value, signature),
        st.one_of(values, biting, lying),
        signatures,
    ),
    st.builds(_raising, errors, signatures),
    st.builds(_spoiling, values),
    st.sampled_from([_generator, _coroutine, _asynchronous_generator]),
    st.sampled_from(
        [print, len, sum, np.exp, np.array, list, dict, type, object, np.ones]
    ),
    st.sampled_from([lambda *case: case, lambda *case: case[0], lambda *case: locals]),
)
ordinary = st.sampled_from([complex, slice, memoryview, bytearray, type]).flatmap(
    st.from_type
)


class Wrapped:
    """An answer that hypothesis can report without touching it."""

    def __init__(self, answer):
        self.answer = answer

    def __repr__(self):
        return f"an answer of type {type(self.answer).__name__}"


answers = st.one_of(values, functions, biting, lying, ordinary).map(Wrapped)


# The promise


@pytest.fixture(autouse=True)
def no_waiting_for_the_disk(monkeypatch):
    """Record thousands of answers without waiting until each is on the disk."""
    monkeypatch.setattr("os.fsync", lambda descriptor: None)


def check_keeps_its_promise(exercise, answer, capfd):
    capfd.readouterr()
    exercise.check(answer)
    out, err = capfd.readouterr()
    assert err == ""
    lines = out.splitlines()
    assert [li for li in lines if li.endswith(f": {exercise.title}")] == lines[:1]
    score = exercise.score(answer)
    assert 0 <= float(repr(score)) <= exercise.points
    assert capfd.readouterr() == ("", "")


SAMPLES = sample_exercises.make()
REAL = {
    f"{chapter.number}-{name}": exercise
    for chapter in CHAPTERS
    if importlib.util.find_spec(chapter.module)
    for name, exercise in chapter.exercises().items()
    if not any(word in exercise.solution_source for word in ("keras", "tf."))
}


@pytest.mark.parametrize("name", list(SAMPLES))
@given(answer=answers)
@anything
def test_any_answer_gets_one_feedback(name, answer, capfd):
    check_keeps_its_promise(SAMPLES[name], answer.answer, capfd)


@pytest.mark.parametrize("name", list(REAL))
@given(answer=answers)
@settings(anything, max_examples=20)
def test_any_answer_to_a_chapters_exercise_gets_one_feedback(name, answer, capfd):
    check_keeps_its_promise(REAL[name], answer.answer, capfd)


@pytest.mark.parametrize("method", METHODS + PROPERTIES)
def test_no_method_that_bites_stops_a_check(method, capfd):
    hostile = _biting({method}, SystemExit, object)
    for exercise in SAMPLES.values():
        check_keeps_its_promise(exercise, hostile, capfd)
        check_keeps_its_promise(exercise, lambda *case: hostile, capfd)
        check_keeps_its_promise(exercise, lambda *case: (hostile, [hostile]), capfd)


@given(outcome=st.floats(), guess=answers)
@settings(anything, max_examples=50)
def test_any_prediction_meets_any_outcome(outcome, guess, capfd):
    SAMPLES["accuracy"].check(guess.answer)
    SAMPLES["accuracy"].reveal(outcome)
    assert capfd.readouterr().err == ""


def test_a_list_of_very_many_numbers_is_dealt_with_in_time(capfd):
    bomb = [0.0] * 10
    for _ in range(12):
        bomb = [bomb] * 10
    started = time.monotonic()
    check_keeps_its_promise(SAMPLES["softmax"], lambda z: bomb, capfd)
    assert time.monotonic() - started < 10
