"""An exception in a learner's code, told in words that a beginner can use."""

import inspect
import linecache
import re
import textwrap
import traceback
import types
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

_LONGEST = 300  # characters of an error's own words
_ENDS = 3000  # characters at either end of them that are looked at
_BESIDE = 130  # the same, where plain words follow

IN_PLAIN_WORDS = (
    (
        r"truth value of an array",
        "`if`, `and`, `or` and Python's own `max` need one yes or no, and a "
        "comparison of arrays gives one for each entry.",
    ),
    (r"bitwise_xor|for \^:", "In Python `^` is no power: write two stars."),
    (
        r"^matmul: ",
        "In a matrix product the columns of the left matrix must be as many as the "
        "rows of the right one: write the two shapes side by side.",
    ),
    (
        r"could not be broadcast together",
        "Two shapes do not fit entry by entry: compare them from the right.",
    ),
    (
        r"'(int|float|numpy\.\w+)' object is not callable",
        "A bracket right behind a number or an array calls it like a function: a "
        "product needs its `*`.",
    ),
    (
        r"only (0-dimensional|length-1|size-1) arrays",
        "`float`, `int` and what comes from `math` take a single number; NumPy's own "
        "functions take every entry of an array.",
    ),
    (
        r"^'NoneType' object|of type 'NoneType'",
        "Something is None there. `append`, `sort` and `reverse` change a list and "
        "give back None, and so does a function without `return`.",
    ),
    (
        r"casting rule 'same_kind'",
        "`/=` and its relatives cannot put fractions into an array of whole numbers: "
        "compute a new array.",
    ),
    (
        r"^only integers, slices|indices must be integers or slices, not float",
        "A place in an array or a list is a whole number, counted from 0.",
    ),
    (
        r"could not broadcast input array",
        "What is put into an array must have the shape of its place there.",
    ),
    (
        r"setting an array element with a sequence|inhomogeneous shape",
        "The rows of an array all have the same number of entries.",
    ),
    (
        r"values to unpack",
        "On the left of `=` there must be as many names as values on its right.",
    ),
    (
        r"unhashable type",
        "Lists, dicts and arrays can be neither keys of a dict nor members of a set.",
    ),
    (
        r"indices must be integers, not|indices must be integers or slices, not str",
        "Square brackets behind a list or a text take a place, a whole number; only a "
        "dict takes a key.",
    ),
    (
        r"^EOF when reading|^raw_input was called",
        "`input` asks a person, and a check calls the function by itself: what it "
        "needs comes in as its arguments.",
    ),
    (
        r"not JSON serializable",
        "JSON knows Python's own numbers, texts, lists and dicts, and nothing of "
        "NumPy's.",
    ),
)
"""What beginners make of Python's own words is little: what to say beside them."""

# What Keras and TensorFlow put behind their message.
_AFTERWARDS = r"\s*(?:Arguments received by|\[Op:|; NodeDef| for '\{\{|: <tf\.)"
_WRONG_CALL = r"\(\) (missing|takes|got an unexpected|got multiple)"


@dataclass(frozen=True)
class Crash:
    """An exception in a learner's code, as text.

    Attributes
    ----------
    text : str
        What happened, as a sentence or two.
    line : str
        The error's name, with the learner's own line in which it arose.
    own : bool
        Whether that line raised it, and not what the line called.
    form : bool
        Whether it ran through, and what came back was of another form than asked.
    """

    text: str
    line: str
    own: bool = False
    form: bool = False

    @classmethod
    def of(
        cls,
        error: BaseException,
        answer: Any,
        plain_words: Sequence[tuple[str, str]] = (),
    ) -> "Crash":
        """Describe an error that was raised while ``answer`` was called.

        Parameters
        ----------
        error : BaseException
        answer : object
            The learner's function or class.
        plain_words : sequence of (str, str)
            Regular expressions for errors, and what to say beside those that
            match: looked at before :data:`IN_PLAIN_WORDS`. The first counts.
        """
        frames = list(traceback.walk_tb(error.__traceback__))
        files = _files(answer)
        own = [
            (frame, line) for frame, line in frames if frame.f_code.co_filename in files
        ]
        name = type(error).__name__
        text = _told(error, plain_words, began=bool(own), depth=len(frames))
        if not own:
            return cls(text, name)
        frame, line = own[-1]
        source = linecache.getline(frame.f_code.co_filename, line).strip()
        where = f"line {line}: {source}" if source else f"line {line}"
        return cls(text, f"{name} in {where}", frame is frames[-1][0])


def _told(error, plain_words, began: bool, depth: int) -> str:
    if isinstance(error, SystemExit):
        return "Your code called exit(). A function ends with `return`."
    message = readable(error)
    if isinstance(error, TypeError) and not began:
        if re.search(_WRONG_CALL, message):
            return (
                "It cannot be called the way the exercise says: "
                f"{_short(message)}. Keep the first line as it was."
            )
        if depth <= 2:
            return f"It cannot be called the way the exercise says: {message}."
    begins = f"Your code stopped with {type(error).__name__}"
    for pattern, plainly in (*plain_words, *IN_PLAIN_WORDS):
        if re.search(pattern, message):
            return f"{begins}: {_short(message)}. {plainly}"
    return f"{begins}: {message[:_LONGEST]}" if message else f"{begins}."


def readable(error: BaseException) -> str:
    """Return an error's own words, without what libraries wrap around them.

    Keras names the call and lists its arguments, TensorFlow the place in a graph;
    both fill the page, and say nothing to a beginner.
    """
    try:
        text = str(error)
    except BaseException:
        return ""
    if len(text) > 2 * _ENDS:  # what matters stands at the beginning or at the end
        text = text[:_ENDS] + text[-_ENDS:]
    text = re.sub(r"\x1b\[\d*m", "", text).strip()
    if text.startswith("in user code:"):
        text = text.splitlines()[-1].strip()
        text = text.removeprefix(f"{type(error).__name__}: ")
    text = re.sub(r"^Exception encountered when calling .*\n+", "", text)
    text = re.split(_AFTERWARDS, text)[0]
    text = re.sub(r"\{\{.*?\}\} ?", "", text)
    text = re.sub(r"(?s)\[\[.*\]\]", "[…]", text)
    return text.replace("tensorflow.python.framework.ops.", "").strip()


def _short(message: str) -> str:
    """Return the first sentence of a long message; the others give advice."""
    if len(message) > _BESIDE:
        message = message.split(". ")[0]
    return textwrap.shorten(message, _BESIDE, placeholder=" …").rstrip(". ")


def _files(answer: Any) -> set[str]:
    """Files, or notebook cells, that hold the code of a function or class."""
    parts = [answer, *vars(answer).values()] if inspect.isclass(answer) else [answer]
    functions = [part for part in parts if isinstance(part, types.FunctionType)]
    return {function.__code__.co_filename for function in functions}
