"""An error is told in words that a beginner can use."""

import re
import time

import pytest

from course_utils.checking import crash
from course_utils.exercises import chapter_04, chapter_05

WRAPPED = """Exception encountered when calling Gain.call().

\x1b[1mIt went wrong.\x1b[0m

Arguments received by Gain.call():
  • inputs=tf.Tensor(shape=(2, 3), dtype=float32)"""
TRACED = """in user code:

    File "/tmp/a.py", line 3, in f  *
        return x.reshape(-1)

    AttributeError: 'SymbolicTensor' object has no attribute 'reshape'."""


@pytest.mark.parametrize(
    ("error", "words"),
    [
        (ValueError(WRAPPED), "It went wrong."),
        (
            AttributeError(TRACED),
            "'SymbolicTensor' object has no attribute 'reshape'.",
        ),
        (
            ValueError("{{function_node __wrapped__}} Two shapes. [Op:AddV2] name: "),
            "Two shapes.",
        ),
        (TypeError("got [[1.0, 2.0],\n [3.0, 4.0]] there"), "got […] there"),
        (KeyError("monitor"), "'monitor'"),
        (ValueError(), ""),
    ],
)
def test_what_libraries_wrap_around_a_message_is_left_out(error, words):
    assert crash.readable(error) == words


def told(error, *plain_words):
    """Return what is said of an error that a library's library raises."""

    def library(depth):
        if depth == 0:
            raise error
        library(depth - 1)

    with pytest.raises(type(error)):
        library(3)
    return crash.Crash.of(error, None, plain_words).text


def test_a_long_message_is_cut_to_its_first_sentence_where_plain_words_follow():
    long = (
        "The shapes do not fit. " + "Switch something on that changes the rules. " * 9
    )
    assert told(ValueError(long), ("not fit", "Compare the two.")) == (
        "Your code stopped with ValueError: The shapes do not fit. Compare the two."
    )
    assert len(told(ValueError(long))) < 350


def test_a_chapters_own_words_come_before_those_for_all():
    own = ("unhashable", "Here it is another matter.")
    assert told(TypeError("unhashable type: 'list'"), own).endswith(own[1])


def test_a_wrong_signature_is_told_even_where_a_library_calls():
    message = "Gain.call() takes 1 positional argument but 2 were given"
    assert told(TypeError(message)) == (
        f"It cannot be called the way the exercise says: {message}. Keep the first "
        "line as it was."
    )


@pytest.mark.parametrize(
    "table",
    [crash.IN_PLAIN_WORDS, chapter_04._IN_PLAIN_WORDS, chapter_05._IN_PLAIN_WORDS],
)
def test_plain_words_are_sentences_and_each_error_has_one_entry(table):
    assert len(dict(table)) == len(table)
    for pattern, plainly in table:
        assert re.compile(pattern)
        assert plainly.rstrip("`)")[-1] in ".?"


@pytest.mark.parametrize("part", [" ", "[[", "{{", "x", "in user code:\n"])
def test_an_enormous_message_is_dealt_with_at_once(part):
    started = time.process_time()  # others may keep the cores busy
    assert len(told(ValueError("a" + part * 10**6 + "b"))) < 350
    assert time.process_time() - started < 1
