"""Exercises of chapter 09, "Ship it and scale it"."""

import json
from collections.abc import Mapping

import numpy as np

from course_utils.checking.core import AnswerFormError, ExerciseSet
from course_utils.checking.mistakes import half
from course_utils.checking.values import as_array, kind

exercises = ExerciseSet("09")


# 1. Save, export, load elsewhere

keep_training = exercises.choice(
    "keep_training",
    title="Next month there are new images",
    answer="a",
    options={
        "a": "It holds the layers, the weights and the optimizer's state, so training "
        "goes on where it stopped.",
        "b": "That one holds the computation from images to scores and nothing about "
        "how to train it: no loss, no optimizer. Keras' `load_model` refuses it.",
        "c": "Both are the same network, but only one of them remembers how it was "
        "being trained.",
    },
    hints=(
        "What does training need that answering does not?",
        "Adam remembers a running mean for every weight. Which of the two would keep "
        "that?",
    ),
)


def _one_whole_number(result):
    """Return a result as it is; refuse what is no version number by its form."""
    if isinstance(result, float | np.floating):
        raise AnswerFormError(
            f"It returns {result}, a float. An int is asked for: the next folder gets "
            "its name from this number, and it must not be a name like 5.0.",
            result,
        )
    if isinstance(result, list | tuple) or np.ndim(as_array(result)):
        raise AnswerFormError(
            "It returns several values. One is asked for, the largest.", result
        )
    return result


@exercises.function(
    title="The newest version among the folders",
    cases=[
        (["0"],),
        (["2", "1"],),
        (["9", "10"],),
        (["3", "notes", "2"],),
        (["12", "20", "19"],),
        (["4", ".DS_Store", "v11", "12.part", "10", "7"],),
    ],
    view=_one_whole_number,
    hints=(
        'As texts, "9" comes after "10". As numbers it does not.',
        "`name.isdecimal()` says whether a name consists of digits alone. Keep those, "
        "turn each into an `int`, and take the largest.",
    ),
)
def latest_version(names):
    """Largest version number among the names of folders, as an int."""
    return max(int(name) for name in names if name.isdecimal())


latest_version.known_mistakes = {
    ("max(int(name) => int(max(name", ")) => )))"): (
        'Compared as texts, letter by letter, "9" is larger than "10". Compare numbers.'
    ),
    ("max(int(name) => int([name", ")) => )][-1])"): (
        "This takes the one that is listed last. Folders come in any order."
    ),
    " if name.isdecimal() => ": (
        "Right while all names are numbers. Something else always turns up in a "
        "folder: skip what is not a number."
    ),
    ("int(name) => (name", ")) => )), key=int)"): (
        "The number is right, but it is a text. Convert it: the server compares "
        "numbers."
    ),
    "return max(names)": (
        "This is a name, and the last one of the alphabet: `max` and `sorted` "
        "compare texts letter by letter. Turn what are numbers into numbers first."
    ),
    "return int(max(names))": (
        "Right as long as all names are numbers with equally many digits. They are "
        "still texts when the largest is chosen; afterwards it is too late to "
        "convert."
    ),
    "return len(names)": (
        "That is how many names there are, whatever they say. Read the numbers in them."
    ),
    "return latest_version(names) + 1": (
        "That is the number for the next version. Asked for is the largest that is "
        "there already; `publish` adds the 1."
    ),
    ("max(int(name) => int(next(name", ")) => )))"): (
        "This is the first number in the list. If a `return` stands inside of a "
        "loop, it ends the loop in its first turn: look at all names before you "
        "return."
    ),
    "max => min": ("This is the smallest number. The newest version is another."),
    "name. => name[0].": (
        "`12.part` begins like a number and is none: `int` cannot read it. Look at "
        "all of its characters."
    ),
    "name.isdecimal => not name.isalpha": (
        "Some names are skipped, and `.DS_Store` gets through, which `int` cannot "
        "read. Ask what a version's name looks like, not what the others look like."
    ),
    ("int(name) => name", "name.isdecimal( => isinstance(name, int"): (
        "Nothing was left to take the largest of: none of the names passed your "
        'test. All of them are texts, "2" as well, and no folder on your disk need '
        "have such a name. What can you ask about the text itself?"
    ),
    ("name. => name.lstrip('v').", "(name)  => (name.lstrip('v')) "): (
        "`v11` is taken for a version. Only a folder whose whole name is a number "
        "counts: look at each name as it is."
    ),
    "return max(names, key=int)": (
        "Compared as numbers, which is right. What comes back is still a text, and "
        "a name like `notes` stops it: sort the names out first."
    ),
    "int(name) => name": (
        "The right names are kept, and they are still texts: compared letter by "
        "letter, and one of them returned. Turn them into numbers before you "
        "compare."
    ),
    "return names.index(str(latest_version(names)))": (
        "That is the place in the list at which the largest number stands. Return "
        "the number itself."
    ),
    (
        '(name)  => ("".join(filter(str.isdecimal, name)) or 0) ',
        " if name.isdecimal() => ",
    ): (
        "The digits of `12.part` are taken for a version. It is an export that is "
        "not finished: skip a name as a whole if it is not a number as a whole."
    ),
    (
        "return => try: return",
        " if name.isdecimal()) => )\n    except ValueError: return 0",
    ): (
        "One name that is no number, and it gives up on all the others: the `try` "
        "stands around the whole search. It belongs around a single name."
    ),
}


# 2. To a phone

int8_size = exercises.prediction(
    "int8_size",
    title="The size after quantisation",
    options={
        "a": "About a half: that is what 16 bits would give.",
        "b": "About a quarter: nearly everything in the file is weights, and each of "
        "them shrinks from 4 bytes to 1. The scales and zero points take little.",
        "c": "About an eighth: that would take 4 bits for each weight.",
        "d": "Hardly smaller: then the weights were not converted.",
    },
    example="a",
)


def _named_pair(result):
    """Return two results by name, so that the feedback can say which is wrong."""
    asked = "Two numbers are asked for with a comma between them: scale, zero point."
    if isinstance(result, str | Mapping):
        what = "a text" if isinstance(result, str) else "a dict"
        raise AnswerFormError(f"It returns {what}. {asked}", result)
    array = as_array(result)
    if array is None:
        return result
    if array.shape != (2,):
        raise AnswerFormError(f"It returns {kind(result)}. {asked}", result)
    return {"scale": array[0], "zero point": array[1]}


@exercises.function(
    title="Choose the scale and the zero point",
    points=2,
    cases=[
        (0, 255),
        (-1, 4.1),
        (-1.42, 3.58),
        (-2.0, 1.5),
        (-30.0, 12.5),
        (2.0, 10.0),
        (-10.0, -2.0),
    ],
    view=_named_pair,
    hints=(
        "256 codes stand in a row: how many steps lie between the first and the last?",
        "The code −128 must mean `low`: `low = scale * (-128 - zero_point)`. Solve for "
        "the zero point, and round it to a whole number with `round`.",
        "0 must be among the values. Before anything else: `low = min(low, 0)`, and "
        "the same idea for `high`.",
    ),
)
def scale_and_zero_point(low, high):
    """Scale (float) and zero point (int) for values from low to high."""
    low, high = min(low, 0), max(high, 0)
    scale = (high - low) / 255
    return scale, round(-128 - low / scale)


scale_and_zero_point.same = {
    "`min` and `max` take their arguments in any order": (
        "min(low, 0) => min(0, low)",
        "max(high, 0) => max(0, high)",
    )
}

scale_and_zero_point.known_mistakes = {
    "255 => 256": (
        "256 codes have 255 steps between them, as a fence has one gap fewer than "
        "posts."
    ),
    "128 -  => ": (
        "That zero point belongs to codes from 0 to 255. Here they run from −128 "
        "to 127."
    ),
    ("round( => ", "scale) => scale"): (
        "The zero point still has a fraction, and a code is a whole number. Round it."
    ),
    "round => int": (
        "Converting to an int cuts the fraction off, which is not rounding: −55.6 "
        "becomes −55. Use the function that goes to the nearest whole number."
    ),
    "return scale_and_zero_point(low, high)[::-1]": (
        "Both are there, in the wrong order: the scale is first."
    ),
    "return max(abs(low), abs(high)) / 127, 0": (
        "A symmetric grid around 0 wastes codes where the values are not "
        "symmetric. That is what one does for weights; here the zero point may "
        "move."
    ),
    ("round => int(np.floor", "scale) => scale))"): (
        "The zero point is rounded down here, or its steps are cut off. 17.7 is "
        "nearer to another whole number than 17."
    ),
    ("round => int", "/ scale => // scale"): (
        "The zero point is rounded up here, perhaps by a `//`: that goes down, and "
        "what is taken away then is too much. Round once, at the end, to the "
        "nearest."
    ),
    (", high  =>  ", ", 0), max(high => "): (
        "That is right while `high` is above 0. Values from −10 to −2 leave 0 "
        "outside as well, at the other end."
    ),
    ", high = min(low, 0), max(high =>  = max(low": (
        "A negative `low` becomes 0 here, and every negative value is lost. The "
        "range shall reach as far as 0, not begin there."
    ),
    (" (high =>  255 / (high", " / 255 => ", " / scale =>  * scale"): (
        "This scale says how many steps fit into 1. Asked for is how long one step is."
    ),
    (" (high =>  255 / (high", " / 255 => "): (
        "The fraction is upside down: 255 steps share the range from `low` to "
        "`high`, so the range is what gets divided. The zero point goes wrong with "
        "it."
    ),
    (" (high =>  high", "low)  => low "): (
        "A product or a quotient comes before a difference: without brackets only "
        "`low` is divided by 255."
    ),
    "/ 255 => // 255": (
        "`//` makes the scale a whole number. A step is often shorter than 1, and "
        "then it becomes 0, by which nothing can be divided."
    ),
    (" (high =>  round((high", "255 => 255)"): (
        "The scale is rounded to a whole number, and a short step becomes 0, by "
        "which nothing can be divided. Only the zero point has to be whole."
    ),
    "255 => 127": (
        "127 is the largest code. Count the steps from the smallest code to the "
        "largest, the negative ones as well."
    ),
    "128 - low => 128 + low": (
        "The zero point moves in the wrong direction. If `low` is negative, 0 lies "
        "above it; so its code lies above that of `low`, which is −128."
    ),
    "-128 - => 128 +": (
        "That is the zero point with the opposite sign. The formula takes it away "
        "from the code: put `low` and the code −128 into it and try."
    ),
    "-128 => 128": (
        "This begins at 128, a code that does not exist. `low` gets the smallest code."
    ),
    " / scale => ": (
        "A value is taken away from a code here. First find out how many steps it "
        "is from `low` to 0."
    ),
    " / scale =>  * scale": (
        "`low` is multiplied by the scale. How many steps of that length fit "
        "between `low` and 0?"
    ),
    "return scale_and_zero_point(low, high)[0], 0": (
        "The scale is right. With a zero point of 0 for every range the code −128 "
        "does not mean `low`."
    ),
    "return scale_and_zero_point(low, high)[0], -128": (
        "The scale is right. −128 is the code of `low`; it is that of 0 only if "
        "`low` is 0."
    ),
    "round(-128 -  => int(-": (
        "Two things: the codes do not begin at 0 here, and converting to an int "
        "cuts off where it should round."
    ),
    "min(low, 0), max(high, 0) => low, high": (
        "Right for ranges around 0. Values from 2 to 10 leave 0 without a code, but "
        "a network is full of exact zeros (padding, what ReLU cuts off). Widen the "
        "range."
    ),
    ("min(low, 0), max(high, 0) => low, high", "round => "): (
        "A good beginning, and two things are missing: the zero point must be a "
        "whole number, and 0 must lie in the range even if `low` is above it."
    ),
    ("min(low, 0), max(high, 0) => low, high", "round => int"): (
        "Two things: a conversion to int cuts off where it should round, and 0 must "
        "lie in the range even if `low` is above it."
    ),
    ("min(low, 0), max(high, 0) => low, high", "255 => 256"): (
        "Two things: count the steps between 256 codes once more, and widen the "
        "range where it does not reach 0."
    ),
    ("min(low, 0), max(high, 0) => low, high", "128 -  => "): (
        "Two things: the codes do not begin at 0 here, and the range must be "
        "widened where it does not reach 0."
    ),
}


def _codes_and_type(result):
    """Return codes and the type they are stored in, by name."""
    if result is None or result is ...:
        return result
    stored = isinstance(result, np.ndarray | np.generic)
    return {
        "codes": result,
        "type": str(result.dtype) if stored else type(result).__name__,
    }


@exercises.function(
    title="From numbers to 8-bit codes",
    points=2,
    cases=[
        (np.array([0.0, 1.0, -1.0]), 0.5, 0),
        (np.array([0.26, -0.26, 0.74, 5.3]), 0.1, 3),
        (np.array([[30.0, -30.0], [-0.4, 0.4]]), 0.1, -5),
        (np.linspace(-2.051, 3.101, 12).reshape(3, 4), 0.02, -27),
        (np.float32([[6, 2, 17], [-7, -2, 91]]), np.float32([0.1, 0.5, 4]), 0),
    ],
    view=_codes_and_type,
    hints=(
        "How many steps of `scale` is a value away from 0? That many codes is it away "
        "from the zero point.",
        "`np.round` gives whole numbers, still as floats. `np.clip` keeps them between "
        "−128 and 127.",
        'Convert last, with `.astype("int8")`: before, nothing may overflow.',
    ),
)
def quantise(values, scale, zero_point):
    """Codes from -128 to 127 (int8) for an array of numbers."""
    codes = np.round(values / scale) + zero_point
    return np.clip(codes, -128, 127).astype("int8")


quantise.same = {
    "the zero point is whole: it may come before the rounding or after it": (
        "np.round(values / scale) + zero_point => "
        "np.round(values / scale + zero_point)",
    )
}

quantise.known_mistakes = {
    "np.clip(codes, -128, 127 => codes.astype(int": (
        "What lies outside of the range comes back in at the other end: 305 "
        "becomes 49 as an int8. Keep the codes between the smallest and the "
        "largest first. (`np.clip` gives a new array and leaves the old one as it "
        "is.)"
    ),
    "np.round => ": (
        "Converting to int8 cuts off the fraction, so every value moves towards 0. "
        "Round to the nearest code. (`np.round` gives a new array and leaves the "
        "old one.)"
    ),
    " + zero_point => ": (
        "The zero point is missing, so 0 does not get the code that it should have."
    ),
    "+ => -": (
        "The zero point is taken away here. It is the code that the value 0 gets."
    ),
    '.astype("int8") => ': half(
        "The codes are right, but stored as large numbers: nothing is saved. "
        "Convert them to int8."
    ),
    "/ => *": ("The values are multiplied by the scale. How many steps fit in one?"),
    'return quantise(values, scale, zero_point).astype("int64")': half(
        "The codes are right, but each takes 8 bytes, twice as many as the float32 "
        "number before. Convert to int8 at the end."
    ),
    "return values / scale + zero_point": (
        "The formula is right, and gives fractions and numbers of any size. A code "
        "is a whole number between −128 and 127, stored as an int8."
    ),
    "return np.round(values / scale) + zero_point": (
        "The numbers are whole, and that is not all: what lies outside of −128 to "
        "127 must get the code at that end, and the type is int8."
    ),
    'return (values / scale + zero_point).astype("int8")': (
        "Converting to int8 does two kinds of harm here: it cuts fractions off "
        "where the nearest code is wanted, and too large numbers come back in at "
        "the other end."
    ),
    "np.round => round": (
        "Python's own `round` takes a single number, no array. NumPy has a "
        "function that rounds every entry."
    ),
    ("np.round => ", "/ => //"): (
        "`//` and `floor` go to the code below, also where the one above is nearer."
    ),
    ("np.round => ", "scale) => scale).astype(int)"): (
        "The steps are cut off to whole numbers before the zero point is added. "
        "Round them to the nearest."
    ),
    ("values  => values) ", "scale)  => scale "): (
        "The values are rounded before they are divided. What has to be whole are "
        "the codes; 0.26 and −0.26 are not to become the same."
    ),
    ("-128, 127 => 0, 255", "int8 => uint8"): (
        "Codes from 0 to 255 are those of a uint8. Here they are signed: half of "
        "them are negative."
    ),
    "-128 => -127": (
        "Nothing gets the smallest code here. Which is the smallest number of an int8?"
    ),
    ("values  => (values - zero_point) ", " + zero_point => "): (
        "The formula is turned around in the wrong order. Undo what was done last "
        "first: the product, and then the difference."
    ),
    "values / scale) + zero_point => scale * (values - zero_point))": (
        "That is the formula for the way back, from codes to values. Solve it for "
        "the code."
    ),
    (" + zero_point => ", "np.clip => (zero_point + np.clip", "127) => 127))"): (
        "The codes are kept in the range before the zero point is added, and then "
        "they leave it again."
    ),
    "int8 => uint8": (
        "The range is right, the type is not: a uint8 knows no negative numbers, "
        "so the negative codes turn into something else."
    ),
    ("127 => 128", ".astype => .astype(int).astype"): (
        "The upper end is one too far. An int8 has no 128: it turns into −128."
    ),
    ("values  => (values + zero_point) ", ") + zero_point => )"): (
        "The zero point is added to the values. It is a code, so it belongs to the "
        "codes: first count the steps."
    ),
    (
        "return np.array([max(-128, min(127, round(v / scale) + zero_point)) "
        'for v in values], dtype="int8")'
    ): (
        "Right for a row of numbers. In a matrix such a loop meets whole rows, and "
        "weights are a matrix. NumPy's functions take arrays of any shape, without "
        "a loop."
    ),
    (
        "return np.array([max(-128, min(127, round(v / scale) + zero_point)) "
        'for v in values.flat], "int8").reshape(values.shape)'
    ): (
        "Right while `scale` is one number. Where each column has its own, a loop "
        "over single values does not know which one to take; a division of whole "
        "arrays does."
    ),
}


@exercises.function(
    title="From codes back to numbers",
    cases=[
        (np.array([0, 1, -3], dtype="int8"), 0.5, 0),
        (np.array([3, 0, -8, 100], dtype="int8"), 0.1, 3),
        (np.array([[127, 100], [60, -20]], dtype="int8"), 2.5, -100),
    ],
    hints=(
        "The code `zero_point` means 0. How far from it is a code, and how much is one "
        "step?",
        "int8 has no room for 127 + 100. Turn the codes into floats before you "
        "calculate.",
    ),
)
def dequantise(codes, scale, zero_point):
    """Numbers that the codes (int8) stand for, as floats."""
    return scale * (codes.astype("float64") - zero_point)


dequantise.known_mistakes = {
    "return scale * (codes - np.int8(zero_point))": half(
        "The difference is worked out in int8, which cannot hold it: 127 + 100 "
        "comes out as −29. Convert the codes first. (`astype` gives a new array "
        "and leaves the old one as it is.)"
    ),
    (" (codes =>  codes", "- zero_point) => - zero_point"): (
        "The zero point must go first, and then comes the scale."
    ),
    "- => +": ("The zero point is added. On the way back it has to go."),
    (" (codes =>  codes", " - zero_point) => "): (
        "The zero point is left out, so every number is shifted by the same amount."
    ),
    (" scale * => ", "- zero_point) => - zero_point) / scale"): (
        "Divided by the scale. A code counts steps; how long is a step?"
    ),
    (" (codes =>  codes", "- zero_point) => + zero_point"): (
        "The zero point is added to the values at the end. It is a code: it has to "
        "go from the codes, before they are turned into values."
    ),
    ("scale * ( => ", "- zero_point) => / scale + zero_point"): (
        "That is the way there, from values to codes. The formula in the text is "
        "the way back."
    ),
    "return (codes - np.int8(zero_point)) / scale": (
        "Two things: a code counts steps, so what is to be done with the length of "
        "a step? And the difference is worked out in int8, which has no room for "
        "it."
    ),
    "return dequantise(codes, scale, zero_point).astype(int)": (
        "The values are made whole numbers at the end: 0.5 turns into 0. They are "
        "floats."
    ),
    "return np.clip(dequantise(codes, scale, zero_point), -128, 127)": (
        "The values are kept between −128 and 127. That range is for codes; a "
        "value can be any number."
    ),
    'return scale * np.clip(codes.astype("float64") - zero_point, -128, 127)': (
        "The distance from the zero point is kept between −128 and 127. It may be "
        "larger than a code: give it more room instead."
    ),
}


largest_error = exercises.number(
    "largest_error",
    title="The largest rounding error",
    answer=0.015,
    mistakes=(
        (0.03, "A value lies between two codes. It goes to the nearer one of them."),
        (0.06, "Two steps? Between neighbouring codes there is one."),
        (0.0, "Only values that hit a code exactly come back as they were."),
        (0.0075, "That is the mean error, if the values lie anywhere. And the worst?"),
        (0.5, "That is counted in steps. How long is a step here?"),
        (1.5, "That would be many steps. Look at the decimal point once more."),
        (0.15, "That would be several steps. Look at the decimal point once more."),
        (7.65, "That is the whole range, 255 steps. Between two codes there is one."),
    ),
    hints=(
        "Draw three codes on a line. Where is the place that is worst off?",
        "Halfway between two codes. How far is it from either?",
    ),
)

changed_answers = exercises.prediction(
    "changed_answers",
    title="Answers that rounding changes",
    example=100,
)

one_image = exercises.prediction(
    "one_image",
    title="One image: LiteRT against `predict`",
    options={
        "a": "About the same: the multiplications decide.",
        "b": "Between a half and a hundredth: the interpreter has less to set up.",
        "c": "Less than a hundredth: for one small image nearly all of the time of "
        "`predict` goes into preparing. The multiplications take microseconds.",
    },
    example="a",
)


# 3. To a server


def _json(text):
    """Return what a JSON text says, or a mark for what is the matter with it."""
    if text is None or text is ...:
        return text
    if isinstance(text, dict):
        return "a dict and no text"
    if not isinstance(text, str):
        what = "bytes" if isinstance(text, bytes) else kind(text)
        raise AnswerFormError(f"One text (str) is asked for; this is {what}.", text)
    fractions = []

    def fraction(digits):
        fractions.append(float(digits))
        return fractions[-1]

    try:
        said = json.loads(text, parse_float=fraction)
    except ValueError as error:
        if "'" in text:
            return "a text with single quotes"
        rest = text[getattr(error, "pos", 0) :]
        where = f"The reader stops at {rest[:20]!r}" if rest else "It ends too early"
        raise AnswerFormError(f"This text is no JSON. {where}.", text) from None
    if isinstance(said, str):
        return "a text within a text"
    if fractions and all(number.is_integer() for number in fractions):
        raise AnswerFormError(
            f"The text says {fractions[0]} where a whole number belongs. JSON keeps "
            "the decimal point, and the reader gets a float.",
            text,
        )
    return said


def _request(text):
    """Return what a request says; naming the usual signature changes nothing."""
    said = _json(text)
    if isinstance(said, dict) and said.get("signature_name") == "serving_default":
        del said["signature_name"]
    return said


@exercises.function(
    title="Write a predict request",
    cases=[
        (np.array([[[0, 255], [7, 8]]], dtype="uint8"),),
        (np.array([[[1, 2, 3]], [[4, 5, 6]]], dtype="uint8"),),
        (np.array([[[300, 7, 0], [1, 2, -3]]]),),
    ],
    view=_request,
    hints=(
        "`json.dumps` writes a dict as a JSON text. It knows lists and numbers, no "
        "arrays.",
        "`images.tolist()` turns an array into lists of lists. Which key belongs "
        "before it?",
    ),
)
def predict_request(images):
    """Body of a predict request (str, JSON) for images of shape (N, H, W)."""
    return json.dumps({"instances": images.tolist()})


predict_request.known_mistakes = {
    ("json.dumps( => ", "}) => }"): (
        "This is a dict. Over the wire go texts: write it as JSON with `json.dumps`."
    ),
    "json.dumps => str": (
        "Python's own way to write a dict has single quotes, which JSON does not "
        "know. Let `json.dumps` write the whole text."
    ),
    (" images. =>  [images.", "} => ]}"): (
        "The images have one pair of brackets too many: `tolist()` gives a list of "
        "images already."
    ),
    ("images. => [images[0].", "} => ]}"): (
        "Only the first image is in it. Send them all."
    ),
    ('{"instances":  => ', "} => "): (
        "The format is an object with a name before the images. This is the bare list."
    ),
    '"instances" => "inputs"': (
        "`inputs` announces the other format, by columns, whose answer looks "
        "different. Use the one that lists instances."
    ),
    ".tolist() => ": (
        "`json.dumps` has met a NumPy array, which JSON does not know (and "
        "`list(images)` is a list of arrays). Arrays have a method that makes "
        "lists, down to the numbers."
    ),
    "images.tolist() => [[list(row) for row in i] for i in images]": (
        "These are lists, but with NumPy's own numbers in them (uint8), which JSON "
        "does not know. They have to become Python's numbers as well."
    ),
    "return f'{{\"instances\": {images}}}'": (
        "In the text stands what NumPy prints: without commas, and cut short when "
        "it is long. That is for eyes, not for programs."
    ),
    (" images. =>  str(images.", "} => )}"): (
        "After `instances` stands a text in quotes that looks like a list. Put the "
        "list itself there, and let JSON write everything at once."
    ),
    ("json => json.dumps(json", "}) => }))"): (
        "It is written as JSON twice: the second time makes one long text in "
        "quotes of it."
    ),
    "images. => (images / 255).": (
        "The images are divided by 255 before they are sent. The network does that "
        "itself, and twice makes them black. Send the bytes."
    ),
    ("images. => [images[-1].", "} => ]}"): (
        "Only the last image is in it. Each turn of the loop writes a new text in "
        "place of the one before; all images belong into one."
    ),
    "images. => images[0].": (
        "One image is in it, the first, and without the list of images around it. "
        "Send them all: the array itself has an axis for that."
    ),
    ('images. => [{"image": i.', "}) => } for i in images]})"): (
        "TensorFlow Serving would take that, too: each image under the name of its "
        "input. The format in the text is shorter: the images themselves, one "
        "after another."
    ),
    "images. => images.astype('uint8').": (
        "Converting to uint8 changes what does not fit: 300 turns into 44, and a "
        "wrong image looks like a good one. Send what you got; the server judges it."
    ),
    "dumps => dump": (
        "`json.dump` writes into a file, which it asks for. For a text there is "
        "another function; its name is one letter longer."
    ),
    "dumps => loads": (
        "`json.loads` reads JSON. Here you write some: that is the other direction."
    ),
    "() => ": (
        "Without brackets `images.tolist` is the method itself, which JSON does "
        "not know. Call it."
    ),
}


def _or_server_words(answer, text):
    """Call; a ValueError must carry what the server said."""
    said = json.loads(text).get("error")
    try:
        result = answer(text)
    except ValueError as error:
        if said is None:
            raise
        return "ValueError: " + (said if said in str(error) else "…")
    except Exception as error:
        if said is None or said not in str(error):
            raise
        raise AnswerFormError(
            "The server's words are passed on, but in an error of the kind "
            f"{type(error).__name__}. Raise a ValueError: the caller waits for one.",
            error,
        ) from None
    if isinstance(result, BaseException):
        raise AnswerFormError(
            "The error is returned. Then it is a value like any other, and whoever "
            "called takes it for digits. Errors are raised.",
            result,
        )
    return result


@exercises.function(
    title="Read the answer",
    points=2,
    cases=[
        ('{"predictions": [[-3.5, -1.0, -2.0]]}',),
        ('{"predictions": [[0.5, 1.0], [3.0, -9.0], [0.0, 9.1]]}',),
        ('{"error": "Model digits has no version 7."}',),
    ],
    run=_or_server_words,
    hints=(
        "`json.loads` turns the text into a dict. In a good answer, what stands under "
        "`predictions`?",
        "One list of scores for each image: `np.argmax` with `axis=1` finds the place "
        "of the largest in each.",
        "Look first whether there is a key `error`. If so, `raise ValueError(…)` with "
        "what stands under it, the server's own words.",
    ),
)
def read_predictions(text):
    """Digits (N,) from an answer; ValueError with the server's words."""
    answer = json.loads(text)
    if "error" in answer:
        raise ValueError(answer["error"])
    return np.argmax(answer["predictions"], axis=1)


read_predictions.same = {
    "the words stand in the text of the whole answer, too": (
        "answer['error'] => answer",
    )
}

read_predictions.known_mistakes = {
    '"error" in answer => False': (
        'Right for good answers. From `{"error": …}` it dies of a KeyError, which '
        "says nothing about what the server said. Raise a ValueError with its words."
    ),
    (
        '"error" in answer => False',
        'return [np.argmax(scores) for scores in answer.get("predictions", [])]',
    ): (
        "After an error it returns no digits at all, as if there had been no images. "
        "Whoever called never learns of the trouble: raise a ValueError."
    ),
    'answer["error"] => "It did not work."': (
        "The error is noticed, but the server's own words are lost: put them into "
        "the ValueError."
    ),
    ", axis=1 => ": (
        "This is one place in all the scores taken together. Look in each row by "
        "itself."
    ),
    "argmax => max": (
        "These are the largest scores. The digit is the place at which they stand."
    ),
    "1 => 0": (
        "The first row has as many entries as there are digits: this looks down "
        "the columns. The scores of one image stand in one row."
    ),
    ", axis=1 => [0]": (
        "One digit comes back, that of the first image. Give one for each row; if "
        "a `return` stands inside of a loop, it ends the loop in its first turn."
    ),
    ("argmax => array", ", axis=1 => "): (
        "These are all the scores. Which place holds the largest, row by row?"
    ),
    ("raise ValueError( => return ", "]) => ]"): (
        "The server's words come back as if they were digits. Whoever called goes "
        "on with them: raise a ValueError in place of the `return`."
    ),
    "raise ValueError => return print": (
        "After an error it returns None, printed or not. A program that called "
        "does not read what is printed: raise a ValueError that says it."
    ),
    '"error" in answer => answer["error"]': (
        "A good answer has no `error` in it, and asking for its value in square "
        "brackets stops with a KeyError. Ask first whether the key is there."
    ),
    ("ValueError( => ", "]) => ]"): (
        "A text alone cannot be raised. Make a ValueError of it, with the text in "
        "brackets."
    ),
    ("np.argmax( => ", ",  => .argmax("): (
        "From JSON come Python's lists, and those have no `argmax`. NumPy's "
        "function takes them, and so does an array made of them."
    ),
    "json.loads(text) => text": (
        "The answer is still a text here: square brackets behind it take a "
        "character by its number. Turn the JSON into a dict first."
    ),
    "loads => load": (
        "`json.load` reads from a file. For a text there is another function; its "
        "name is one letter longer."
    ),
    ('"error" in answer => False', ", axis=1 => "): (
        "One place in all the scores taken together: look in each row by itself. "
        "(After that, see to the answers that report an error.)"
    ),
    ('"error" in answer => False', "axis=1 => axis=0"): (
        "This looks down the columns, and an image's scores stand in a row. (After "
        "that, see to the answers that report an error.)"
    ),
    ('"error" in answer => False', 'return answer["predictions"]'): (
        "These are the scores, as the server sent them. Where in each row is the "
        "largest? (After that, see to the answers that report an error.)"
    ),
}


_REFUSED = "refused with a reason"


def _let_in_or_refused(answer, body, shape):
    """Call; a ValueError is a wanted refusal, all else an accident."""
    try:
        images = answer(body, shape)
    except ValueError as error:
        said = str(error).strip()
        request = _REFUSED if said else "refused without a reason"
        return {"request": request, "images": "none", "type": "none"}
    except Exception as error:
        name = type(error).__name__
        if name not in ("Exception", "AssertionError", "HTTPException"):
            raise
        raise AnswerFormError(
            f"The request is refused, with an error of the kind {name}. Raise a "
            "ValueError: that is what the code around yours turns into a refusal.",
            error,
        ) from None
    if isinstance(images, str | BaseException):
        raise AnswerFormError(
            "A text or an error is returned, and whoever called takes it for images. "
            "Return images only, and raise a ValueError where there are none.",
            images,
        )
    if images is None or images is ...:
        return images
    stored = isinstance(images, np.ndarray | np.generic)
    return {
        "request": "let in",
        "images": kind(images) if as_array(images) is None else images,
        "type": str(images.dtype) if stored else type(images).__name__,
    }


@exercises.function(
    title="Let nothing strange in",
    points=3,
    cases=[
        (b'{"instances": [[[0, 255], [7, 8]]]}', (2, 2)),
        (b'{"instances": [[[1, 2, 3]], [[4, 5, 6]]]}', (1, 3)),
        (b"hello", (2, 2)),
        (b"[1, 2]", (2, 2)),
        (b"5", (2, 2)),
        (b"{'instances': [[[0, 1], [2, 3]]]}", (2, 2)),
        (b'{"images": [[[0, 1], [2, 3]]]}', (2, 2)),
        (b'{"instances": []}', (2, 2)),
        (b'{"instances": null}', (2, 2)),
        (b'{"instances": [1, 2]}', (2, 2)),
        (b'{"instances": [[0, 1], [2, 3]]}', (2, 2)),
        (b'{"instances": [[[0, 1, 2], [3, 4, 5]]]}', (2, 2)),
        (b'{"instances": [[[[0], [1]], [[2], [3]]]]}', (2, 2)),
        (b'{"instances": [[[0, 1], [2]]]}', (2, 2)),
        (b'{"instances": [[[0, 256], [7, 8]]]}', (2, 2)),
        (b'{"instances": [[[0, -1], [7, 8]]]}', (2, 2)),
        (b'{"instances": [[[0, 1], [7, 8]], [[0, 256], [7, 8]]]}', (2, 2)),
        (b'{"instances": [[[0, 1], [7, 8]], [[0, -1], [7, 8]]]}', (2, 2)),
        (b'{"instances": [[[0, 1], [7, 8]], [[0, 0.5], [7, 8]]]}', (2, 2)),
        (b'{"instances": [[[0, 0.5], [7, 8]]]}', (2, 2)),
        (b'{"instances": [[["0", "1"], ["7", "8"]]]}', (2, 2)),
    ],
    run=_let_in_or_refused,
    hints=(
        "`json.loads` takes bytes, too, and raises a ValueError by itself where they "
        "are no JSON. So does `np.array` for rows of different lengths.",
        "A missing key raises KeyError, and a list in place of a dict TypeError. "
        "Catch both around that line with `try` and `except`, and raise a ValueError "
        "that says what to send.",
        "Compare `images.shape[1:]` with `shape`. An empty list has the shape `(0,)`.",
        'Whole numbers have `images.dtype.kind == "i"`. Check that, the smallest and '
        "the largest value; only then convert to uint8.",
    ),
)
def read_instances(body, shape):
    """Images (N, *shape), uint8; ValueError says what is wrong."""
    try:
        images = np.array(json.loads(body)["instances"])
    except (KeyError, TypeError):
        raise ValueError('Send {"instances": [image, ...]}.') from None
    if images.shape[1:] != shape:
        raise ValueError(f"Each image must have the shape {shape}.")
    if images.dtype.kind != "i" or images.min() < 0 or images.max() > 255:
        raise ValueError("Grey values are whole numbers from 0 to 255.")
    return images.astype("uint8")


_UNCHECKED = (
    'images.dtype.kind != "i" or images.min() < 0 or images.max() > 255 => False'
)

read_instances.same = {
    "what a refusal says is free": ("shape => body",),
}

read_instances.known_mistakes = {
    (
        "images = np => images = None; return np",
        '"]) => "]).astype("uint8")',
        "(KeyError, TypeError) => ()",
    ): (
        "Good requests are read, but nothing is checked. A wrong one is answered "
        "with nonsense, or stops the function with an error that is not the "
        "client's to read."
    ),
    _UNCHECKED: (
        "The values are not checked, and converting to uint8 wraps around: 256 "
        "turns into 0, and a picture that nobody sent gets an answer."
    ),
    '!= "i" => == "U"': (
        "The range is checked and the type is not: 0.5 is cut down to 0, and quoted "
        "digits are no numbers."
    ),
    "images.shape[1:] != shape => False": (
        "The shape is not checked. A single image without the batch axis, or one of "
        "another size, must be refused here, not inside of the network."
    ),
    "(KeyError, TypeError) => ()": (
        "A missing key or a bare list stops this with a KeyError or a TypeError. To "
        "the server that is an accident of its own, status 500; it is the client's "
        "mistake."
    ),
    (
        "try: => try: return read_instances(body, shape)\n"
        "    except ValueError: return None\n    try:"
    ): (
        "It returns None for a bad request, and the client waits to hear why. Raise "
        "a ValueError with a sentence."
    ),
    'return read_instances(body, shape).astype("int64")': half(
        "The images are checked well, and then come back as they are, 8 bytes for "
        "each grey value. The network takes uint8."
    ),
    (
        "('Send {\"instances\": [image, ...]}.') => ",
        '(f"Each image must have the shape {shape}.") => ',
        '("Grey values are whole numbers from 0 to 255.") => ',
    ): (
        "All that is wrong is refused, and nobody learns why: the ValueError says "
        "nothing. Put a sentence into its brackets."
    ),
    'try: => raise ValueError("no")\n    try:': (
        "Every request is refused, the good ones, too. Take a good one and print "
        "what you compare: `images.shape` begins with the number of images, `shape` "
        "is a tuple, what comes from JSON is not uint8 yet, and `if` needs one yes "
        "or no, no array."
    ),
    "[1:] => ": (
        "Good requests are refused, and a bare image without the batch axis is let "
        "in. `images.shape` begins with the number of images: compare what follows "
        "it."
    ),
    ("images = np => images = None; return np", "(KeyError, TypeError) => ()"): (
        "The images are read, and that is all: nothing is checked, and they are not "
        "uint8 yet."
    ),
    (
        "images = np => images = None; return np",
        '"]) => "]).astype("uint8")',
        "(KeyError, TypeError) => Exception",
    ): (
        "What raises an error by itself is refused. A request can be wrong without "
        "that: look at the shape of the images, their type and their values."
    ),
    ('"]) => "], "uint8")', _UNCHECKED): (
        "`dtype` uint8 at once leaves nothing to check: 0.5 is cut down to 0 and "
        "quoted digits are read, while 256 stops it with an OverflowError, which is "
        "no ValueError. Look first, and convert last."
    ),
    ("json.loads => eval", "(KeyError, TypeError) => Exception"): (
        "`eval` runs what the client sends as a program on your server, whatever "
        "that program does. Here it let in a text that is Python and no JSON. Read "
        "JSON with what only reads."
    ),
    "(KeyError, TypeError) => KeyError": (
        "A missing key is caught. But what is no dict, `[1, 2]` or `5`, fails with "
        "another kind of error when it is asked for a key: a TypeError."
    ),
    '["instances"] => .get("instances")': (
        "`get` is a method of dicts. JSON can also be a list or a number, and they "
        "stop this with an AttributeError: make sure of the dict first."
    ),
    (
        'try: => if "instances" not in json.loads(body): raise ValueError("no")\n'
        "    try:"
    ): half(
        "Nearly all of it. One thing still stops the function: JSON can be a number, "
        "like `5`, and `in` cannot look for a key in that. It is a TypeError, and so "
        "a 500."
    ),
    "[1:] != shape => [1] != shape[0] or images.shape[2] != shape[1]": (
        "An array with too few axes has no `shape[1]` or `shape[2]`, and asking for "
        "it stops with an IndexError in place of a refusal. Compare all of the shape "
        "at once."
    ),
    ("< 0 => <= 0", "> 255 => >= 255"): (
        "A good request with the values 0 and 255 is refused. Both are grey values: "
        "look at your `<` and `<=`."
    ),
    " or images.min() < 0 => ": (
        "Values that are too large are refused. And those below 0?"
    ),
    " or images.max() > 255 => ": (
        "Values below 0 are refused. And those that are too large?"
    ),
    (
        " or images.min() < 0 or images.max() > 255 => ",
        "images.astype => np.clip(images, 0, 255).astype",
    ): (
        "The values are forced into the range, so the answer is about a picture that "
        "nobody has sent. Refuse what is outside."
    ),
    '!= "i" => == "f"': (
        "Fractions are refused, and quoted digits get as far as the comparison, "
        "where NumPy stops. Ask whether the type is the right one, not whether it is "
        "one of the wrong ones."
    ),
}


# 4. To another runtime

which_format = exercises.choice(
    "which_format",
    title="A web shop written in C#",
    answer="d",
    options={
        "a": "A `.keras` file is read by Keras, which is a Python library.",
        "b": "TensorFlow Serving reads it, a server of its own beside the shop. They "
        "asked for something inside of their program.",
        "c": "LiteRT is made for phones and small devices, in 8 bits if need be. On a "
        "server there is no need to round anything.",
        "d": "ONNX is a format that many programs read. onnxruntime exists for C#, "
        "Java, JavaScript, C++ and Python, on all three systems.",
    },
    hints=(
        "Which of the formats needs neither Python nor TensorFlow at the other end?",
        "Two of them. One is for phones and small devices.",
    ),
)


# 5. To many machines


@exercises.function(
    title="Put the workers' gradients together",
    points=2,
    cases=lambda rng: [
        ([np.array([2.0, 4.0, 0.0]), np.array([4.0, -2.0, 1.0])], [3, 3]),
        ([np.array([1.0, -1.0, 2.0]), np.array([5.0, 3.0, 0.0])], [1, 3]),
        ([rng.normal(size=(2, 3)) for _ in range(2)], [6, 2]),
        ([rng.normal(size=(2, 2)) for _ in range(3)], [5, 1, 2]),
    ],
    hints=(
        "Each worker's gradient is a mean over its own examples. What is the sum over "
        "its examples?",
        "Add up the sums of all workers, and divide by the number of all examples.",
    ),
)
def average_gradients(gradients, counts):
    """Gradient of the whole batch from the workers' means and their counts."""
    total = sum(n * gradient for gradient, n in zip(gradients, counts, strict=True))
    return total / sum(counts)


average_gradients.same = {
    "both lists are equally long": (
        "zip(gradients, counts, strict=True) => zip(gradients, counts)",
    ),
    "a product may be taken in either order": (
        "zip(gradients, counts, strict=True) => zip(counts, gradients, strict=True)",
    ),
}

average_gradients.known_mistakes = {
    "return np.mean(gradients, axis=0)": (
        "Right for equal parts only. Where one worker had 1 example and the other "
        "3, each example of the first counts three times as much as one of the "
        "second."
    ),
    "return np.sum(gradients, axis=0)": (
        "This is the sum. The step would grow with the number of workers, as if "
        "the learning rate had."
    ),
    " / sum(counts) => ": (
        "Weighted by the counts, and then not divided: this is the sum over all "
        "examples."
    ),
    " sum(counts =>  len(counts": (
        "Weighted well, and divided by the number of workers. Divide by the number "
        "of examples, of all workers together."
    ),
    "return sum(gradients) / sum(counts)": (
        "The means are added up as they are, and divided by the number of "
        "examples. A mean is not a sum: how much does a worker with many examples "
        "contribute?"
    ),
    ("n * gradient => gradient / n", " / sum(counts) => "): (
        "The gradients are divided by their counts and added up. They are means "
        "already, so they have been divided once; now undo that."
    ),
    "return np.mean(gradients)": (
        "This is the mean of all numbers in all gradients: one number. The result "
        "has the shape of one gradient; NumPy's `mean` wants to be told along "
        "which axis."
    ),
    (
        "zip(gradients, counts, strict=True) => zip(gradients[:2], counts)",
        "sum(counts => sum(counts[:2]",
    ): (
        "Right for two workers. A third one is left out: go through the list, "
        "however many there are."
    ),
    "return counts[0] * gradients[0] / sum(counts)": (
        "Only the first worker's gradient is in it. If a `return` stands inside of "
        "the loop, it ends the loop in its first turn."
    ),
    "return counts[-1] * gradients[-1] / sum(counts)": (
        "Only the last worker's gradient is in it. Add to the sum in each turn of "
        "the loop; do not begin it anew."
    ),
    "return gradients * counts / sum(counts)": (
        "Two lists cannot be multiplied with each other. Take them in pairs, a "
        "gradient and its count: `zip` goes through both lists at once."
    ),
    "return np.dot(counts, gradients) / sum(counts)": (
        "A matrix product of counts and gradients is right where each gradient is "
        "a row of numbers. With matrices it adds up along another axis."
    ),
    ("n * gradient => gradient / n", "sum(counts => len(counts"): (
        "Each gradient is divided by its count, and then the mean is taken. A "
        "worker with more examples counts for less that way."
    ),
    ("sum(n => np.array([n", "strict=True)) => strict=True)])"): (
        "These are the workers' contributions, one beside the other. One thing is "
        "left to do with them."
    ),
    "return (np.array(gradients) * np.c_[counts]).sum(axis=0) / sum(counts)": (
        "Right where each gradient is a row of numbers. For matrices the counts "
        "get the wrong axis, and some shapes do not even fit. Multiply worker by "
        "worker."
    ),
}


@exercises.function(
    title="TF_CONFIG for each worker",
    points=2,
    cases=[
        (["127.0.0.1:4000"], 0),
        (["127.0.0.1:4000", "127.0.0.1:4001"], 1),
        (["10.0.0.5:2222", "10.0.0.6:2222", "10.0.0.7:2222"], 1),
    ],
    view=_json,
    hints=(
        "Two keys: `cluster` is the same text on every machine, `task` says which of "
        "them this one is.",
        '`cluster` holds one list, `{"worker": addresses}`; `task` holds a `type` and '
        "an `index` that counts from 0.",
        "An environment variable is a text: `json.dumps` writes it.",
    ),
)
def tf_config(addresses, index):
    """Text of TF_CONFIG (JSON) for the worker with this index."""
    cluster = {"worker": addresses}
    task = {"type": "worker", "index": index}
    return json.dumps({"cluster": cluster, "task": task})


tf_config.known_mistakes = {
    '"task": task => "task": index': (
        "A number alone does not say what this machine is. `task` holds two "
        "things, each with its name."
    ),
    ": addresses => : addresses[:index] + addresses[index + 1 :]": (
        "Only the others are in the list. Its own address belongs there as well: "
        "the list is the same on every machine, and the index counts along it."
    ),
    'return tf_config(["127.0.0.1:4000", "127.0.0.1:4001"], 1)': (
        "That is the example from the text, whatever the arguments are. Put "
        "`addresses` and `index` in their places."
    ),
    "return json.dumps(tf_config(addresses, index))": (
        "It is written as JSON twice, so that one long text in quotes comes out. "
        "Once is enough."
    ),
    'return json.dumps({"TF_CONFIG": json.loads(tf_config(addresses, index))})': (
        "TF_CONFIG is the name of the variable. What is asked for is its value, "
        "which begins with the cluster."
    ),
    ": addresses => : [addresses[index]]": (
        "Every worker must know all addresses, in the same order. This one knows "
        "its own and would train alone."
    ),
    ": index => : index + 1": (
        "Counted from 1, the last worker points behind the end of the list, and "
        "nobody is worker 0, which the others wait for."
    ),
    ": index => : 0": (
        "With the same index for all, every worker takes itself for the first one."
    ),
    ("json.dumps( => ", "}) => }"): (
        "This is a dict. An environment variable is a text: write it as JSON."
    ),
    "json.dumps => str": (
        "Python's own way to write lists and dicts has single quotes, which JSON "
        "does not know. Let `json.dumps` write the whole text."
    ),
    'return json.dumps({"cluster": cluster | {"task": task}})': (
        "Two keys stand side by side at the top: the cluster, and which task of it "
        "this is. Here one of them stands inside of the other."
    ),
    ": index => : str(index)": (
        "The index stands in quotes, as a text. A worker calculates with it: leave "
        "it the number that it is."
    ),
    '{"worker": addresses} => addresses': (
        "The addresses stand under `cluster` without their role. There can be "
        "others than workers, so one name goes between."
    ),
    ': addresses => : ",".join(addresses)': (
        "The addresses are joined into one text. JSON knows lists: leave them one."
    ),
    ": addresses => : addresses[index]": (
        "This worker's own address stands there, as a text. What belongs there is "
        "the list of all of them, the same on every machine."
    ),
    ": addresses => : [addresses]": (
        "The list of addresses has one pair of brackets too many: `addresses` is a "
        "list already."
    ),
}


speed_up = exercises.prediction(
    "speed_up",
    title="Two workers, a batch of 128",
    example=2,
)


# Recall

recall_rescaling = exercises.choice(
    "recall_rescaling",
    title="Bytes in, scores out",
    answer="c",
    options={
        "a": "The loss is the same. Where the division happens does not change what "
        "is learned.",
        "b": "A division is a division, whoever does it.",
        "c": "Phone, server and C# program each get raw bytes. Had the division stayed "
        "in the notebook, all three would have to repeat it, and one would forget.",
    },
    hints=(
        "Who else calls the network now, besides this notebook?",
        "Chapter 06 measured what happens to a network that gets undivided bytes.",
    ),
)

recall_bytes = exercises.number(
    "recall_bytes",
    title="The weights in bytes",
    answer=4 * 101_770,
    mistakes=(
        (101_770, "That is how many numbers there are. Each takes several bytes."),
        (8 * 101_770, "That is float64. Keras' layers use float32."),
        (32 * 101_770, "Those are bits. Eight of them make a byte."),
        (2 * 101_770, "That is float16, which nobody chose here."),
        (101_770 / 4, "Divided. But is one number larger than one byte, or smaller?"),
        (407, "That is in kB, and rounded. Asked for are bytes, all of them."),
        (407.08, "That is in kB. How many bytes is one kB?"),
        (407_000, "That is rounded to whole kB. Give all the bytes."),
        (4 * 101_770 / 1024, "That is in KiB, which have 1,024 bytes each. And bytes?"),
        (0.40708, "That is in MB. Asked for are bytes."),
        (4 * 101_632, "The biases are missing. They are among the 101,770 numbers."),
        (12 * 101_770, "That is with Adam's two numbers beside each weight."),
    ),
    hints=(
        "The 32 in float32 counts bits.",
        "How many bytes are 32 bits? That many for each of the 101,770 numbers.",
    ),
)

recall_real = exercises.choice(
    "recall_real",
    title="Better, or luck?",
    answer="b",
    options={
        "a": "0.05 points of 10,000 images are 5 images. Chapter 06 found a standard "
        "error of 0.15 points and more for such an accuracy.",
        "b": "The difference is far within the error that 10,000 images leave. To say "
        "more, compare image by image: how many answers changed, and which way?",
        "c": "The two are measured on the same images, so a comparison is possible, "
        "and a fairer one than between two sets of images.",
    },
    hints=(
        "How large is the standard error of an accuracy near 95 % on 10,000 images?",
        "Compute √(0.95 · 0.05 / 10,000) and compare it with 0.0005.",
    ),
)

explain = exercises.text(
    "explain",
    title="Explain it to a friend",
    model="A trained network is a file: the structure and a hundred thousand numbers. "
    "Exported with its signature, it runs without the program that trained it, so it "
    "can be loaded by a server that answers requests over the web, or by a phone. For "
    "the phone each number is rounded to one of 256 values, which makes the file a "
    "quarter as large; you measure on test images how many answers change. Before you "
    "trust any of these copies, compare its answers with the original's.",
    rubric=(
        "the exported file holds all that is needed to answer, and nothing to train",
        "who sends what, and what comes back",
        "what rounding to 8 bits saves and costs, measured",
        "answers are compared with the original's",
    ),
    hints=(
        "Answer three questions: what is in the file, who runs it, and how you know "
        "that it still gives the same answers.",
    ),
)
