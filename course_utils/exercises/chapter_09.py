"""Exercises of chapter 09, "Ship it and scale it"."""

import json
from collections.abc import Mapping

import numpy as np

from course_utils.checking.core import AnswerFormError, ExerciseSet
from course_utils.checking.mistakes import half
from course_utils.checking.values import as_array, kind

_IN_PLAIN_WORDS = (
    (
        r"invalid literal for int",
        "That got past your test, or there is none, and is no whole number. Look at "
        "all the characters of a name.",
    ),
    (
        r"doesn't define __round__",
        "Python's own `round` takes one number, and here it meets an array: a row of "
        "a matrix, or a scale for each column. NumPy's rounds every entry.",
    ),
    (r"^dump\(\)", "`json.dump` writes into a file. For a text there is `json.dumps`."),
    (r"has no attribute 'read'", "`json.load` reads a file; for a text: `json.loads`."),
    (
        r"^the JSON object must be str.*not dict",
        "`json.loads` reads JSON. Here some is to be written: the other direction.",
    ),
    (r"method is not JSON", "A method without its brackets is not called."),
    (
        r"'list' object has no attribute '(argmax|shape|astype|min|max|dtype)'",
        "From JSON come Python's lists. NumPy's functions take them; to call a method "
        "of arrays, make an array first.",
    ),
    (
        r"object has no attribute 'json'",
        "`json()` is a method of what `requests` gives. Here the text itself comes in.",
    ),
    (
        r"argument of type .* is not iterable|is not a container or iterable",
        "JSON can be a number, and `in` cannot look into one.",
    ),
)

exercises = ExerciseSet("09", plain_words=_IN_PLAIN_WORDS)


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
    if isinstance(result, str):
        raise AnswerFormError(
            f"It returns {result!r}, a text. An int is asked for. And do you compare "
            'texts? Letter by letter "9" comes after "10".',
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
    terms={"name.isdecimal()": "the test for digits"},
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
    "return int(max(names))": (
        "These are still texts when the largest is chosen, and compared letter by "
        "letter; afterwards it is too late to convert."
    ),
    ("max(int(name) => len([name", ")) => )])"): (
        "That is a count of names. How large are the numbers?"
    ),
    "return latest_version(names) + 1": (
        "That is the number for the next version. Asked for is the largest that is "
        "there already; `publish` adds the 1."
    ),
    "return max(1, latest_version(names))": (
        "Where 0 is the only number, 1 comes out. Does your search begin above 0?"
    ),
    ("max(int(name) => int(next(name", ")) => )))"): (
        "This is the first number in the list. If a `return` stands inside of a loop, "
        "it ends the loop in its first turn: look at all names before you return."
    ),
    "max => sum": "These are all the numbers added up. Which is the largest?",
    ("int(name) => name", "name.isdecimal( => isinstance(name, int"): (
        "None of the names passed your test. All of them are texts, `2` as well. What "
        "can you ask about a text?"
    ),
    "name.isdecimal() => len(name) == 1 and name.isdecimal()": (
        "Only numbers of one digit pass your test, so 10 is not seen. And then?"
    ),
    (
        '(name)  => ("".join(filter(str.isdecimal, name)) or 0) ',
        " if name.isdecimal() => ",
    ): (
        "The digits of `12.part` are taken for a version. Skip a name as a whole if it "
        "is not a number as a whole."
    ),
    "names if name.isdecimal() => itertools.takewhile(str.isdecimal, names)": (
        "The search ends at the first name that is no number. Skip that one, and go on."
    ),
    (
        "return => try: return",
        " if name.isdecimal()) => )\n    except ValueError: return 0",
    ): (
        "One name that is no number, and it gives up on all the others: put the `try` "
        "around a single name."
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
    terms={
        "min(low, 0)": "the widening at the lower end",
        "max(high, 0)": "the widening at the upper end",
        "high - low": "the range",
        "scale": "the scale",
        "(high - low) / 255": "the range in 255 parts",
        "low / scale": "the number of steps from 0 to `low`",
        "-128": "the smallest code",
    },
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
    ("255 => 254", "128 => 127"): (
        "Those are the codes from −127 to 127, as for weights. Here −128 is used, too."
    ),
    "128 -  => ": (
        "That zero point belongs to codes from 0 to 255. Here they run from −128 "
        "to 127."
    ),
    "return max(abs(low), abs(high)) / 127, 0": (
        "A grid that is symmetric around 0, as for weights, wastes codes where the "
        "values are not. Here the zero point may move."
    ),
    ("round => int(np.floor", "scale) => scale))"): (
        "The zero point is rounded down here, or its steps are cut off. 17.7 is "
        "nearer to another whole number than 17."
    ),
    ("round => int(np.ceil", "scale) => scale))"): (
        "The zero point is rounded up here, or its steps are rounded down. Round "
        "once, at the end, to the nearest."
    ),
    (" (high =>  255 / (high", " / 255 => ", " / scale =>  * scale"): (
        "This scale says how many steps fit into 1. Asked for is how long one step is."
    ),
    "255 => 127": (
        "Count the steps from the smallest code to 127, the negative ones as well."
    ),
    "-128 => 128": (
        "This begins at 128, a code that does not exist. `low` gets the smallest code."
    ),
    "-128 => 127": "This begins at the largest code. Which one does `low` get?",
    "min(low, 0), max(high, 0) => low, high": (
        "Right for ranges around 0. Values from 2 to 10 leave 0 without a code, but a "
        "network is full of exact zeros. Widen the range."
    ),
    "min(low, 0), max(high, 0) => max(low, 0), min(high, 0)": (
        "`min` and `max` are the wrong way round: the range must reach as far as 0, "
        "and lose nothing."
    ),
    (
        "min(low, 0), max(high, 0) => low, high",
        "round(-128 - low / scale) => max(-128, min(127, round(-128 - low / scale)))",
    ): (
        "The zero point is forced among the codes, and the scale knows nothing of it. "
        "Widen the range first, so that 0 lies in it; then all fits."
    ),
    ("min(low, 0), max(high, 0) => low, high", "round => "): (
        "Two things are missing: the zero point must be a whole number, and 0 must lie "
        "in the range even if `low` is above it."
    ),
    ("min(low, 0), max(high, 0) => low, high", "round => int"): (
        "Two things: a conversion to int cuts off where it should round, and 0 must "
        "lie in the range even if `low` is above it."
    ),
    (
        "min(low, 0), max(high, 0) => low, high",
        "round(-128 - low / scale) => int(max(-128, min(127, -128 - low / scale)))",
    ): (
        "Two things: converting to an int cuts off where it should round; and the "
        "zero point is forced among the codes, where the range should be widened."
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
    terms={
        "values / scale": "the number of steps",
        "clip": "keeping the codes from −128 to 127",
        "codes": "the codes",
    },
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
        "What lies outside of the range comes back in at the other end: 305 becomes "
        "49 as an int8. Keep the codes in their range before you convert. (`np.clip` "
        "gives a new array.)"
    ),
    "np.clip(codes, -128, 127 => np.minimum(codes, 127).astype(int": (
        "The upper end is kept. At the lower one a code such as −305 becomes −49."
    ),
    "np.clip(codes, -128, 127 => np.maximum(codes, -128).astype(int": (
        "The lower end is kept. At the upper one a code such as 295 becomes 39."
    ),
    "np.round => ": (
        "Converting to int8 cuts off the fraction, so every value moves towards 0. "
        "Round to the nearest code. (`np.round` gives a new array.)"
    ),
    '.astype("int8") => ': half(
        "The codes are right, but stored as large numbers: nothing is saved. "
        "Convert them to int8. (`astype` gives a new array.)"
    ),
    'return quantise(values, scale, zero_point).astype("int64")': half(
        "The codes are right, but each takes 8 bytes, twice as many as the float32 "
        "number before. Convert to int8 at the end."
    ),
    "return values / scale + zero_point": (
        "The formula is right. A code is a whole number from −128 to 127, and stored "
        "as an int8."
    ),
    'return (values / scale + zero_point).astype("int8")': (
        "Converting to int8 does two kinds of harm: it cuts fractions off, and too "
        "large numbers come back in at the other end."
    ),
    "np.round => np.floor": (
        "`floor` goes to the code below, also where the one above is nearer."
    ),
    ("np.round => ", "scale) => scale).astype(int)"): (
        "The steps are cut off to whole numbers before the zero point is added. "
        "Round them to the nearest."
    ),
    ("-128, 127 => 0, 255", "int8 => uint8"): (
        "Codes from 0 to 255 are those of a uint8. Here they are signed: half of "
        "them are negative."
    ),
    "-128, 127 => 0, 255": (
        "Negative codes are lost: they become 0. The codes go from −128 to 127."
    ),
    ("values  => (values - zero_point) ", " + zero_point => "): (
        "The formula is turned around in the wrong order. Undo first what was done "
        "last: the product."
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
}


@exercises.function(
    title="From codes back to numbers",
    cases=[
        (np.array([0, 1, -3], dtype="int8"), 0.5, 0),
        (np.array([3, 0, -8, 100], dtype="int8"), 0.1, 3),
        (np.array([[127, 100], [60, -20]], dtype="int8"), 2.5, -100),
    ],
    terms={
        "codes.astype('float64')": "the codes",
        "astype": "the conversion to floats",
    },
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
        "The difference is worked out in int8, which cannot hold it: 127 + 100 comes "
        "out as −29. Convert the codes first. (`astype` gives a new array.)"
    ),
    (" scale * => ", "- zero_point) => - zero_point) / scale"): (
        "Divided by the scale. A code counts steps; how long is a step?"
    ),
    (" (codes =>  codes", "- zero_point) => + zero_point"): (
        "The zero point is added to the values at the end. It is a code: take it from "
        "the codes, before they become values."
    ),
    ("scale * ( => ", "- zero_point) => / scale + zero_point"): (
        "That is the way there, from values to codes. The formula in the text is "
        "the way back."
    ),
    "return (codes - np.int8(zero_point)) / scale": (
        "Two things: a code counts steps, and how long is a step? And an int8 has no "
        "room for the difference."
    ),
}


largest_error = exercises.number(
    "largest_error",
    title="The largest rounding error",
    answer=0.015,
    mistakes=(
        (0.03, "A value lies between two codes. It goes to the nearer one of them."),
        (0.01, "A third of the way between two codes is not yet the worst place."),
        (0.02, "Two thirds of the way from one code: but how far from the other?"),
        (0.06, "Two steps? Between neighbouring codes there is one."),
        (0.0, "Only values that hit a code exactly come back as they were."),
        (0.0075, "That is the mean error, if the values lie anywhere. And the worst?"),
        (0.5, "That is counted in steps. How long is a step here?"),
        (1.5, "That would be many steps. Look at the decimal point once more."),
        (7.65, "That is the whole range, 255 steps. Between two codes there is one."),
        (3.84, "That is a distance of 128 steps. Between two codes there is one."),
        (3.81, "That is a distance of 127 steps. Between two codes there is one."),
        (0.03 / 255, "The scale is one step already: it is not divided by 255 again."),
        (0.03 / 256, "The scale is one step already: it is not divided by 256 again."),
        (0.03**2, "The scale is squared here. A distance is part of one step."),
        (0.03 / 12**0.5, "That is the standard deviation of the error. And the worst?"),
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
    low=0,
    high=10_000,
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


def _read(text):
    """Return what a JSON text says; say what is the matter with what is none."""
    if isinstance(text, dict):
        raise AnswerFormError(
            "It returns a dict. A text is asked for: let `json.dumps` write it.", text
        )
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
        rest = text[getattr(error, "pos", 0) :]
        where = f"The reader stops at {rest[:20]!r}" if rest else "It ends too early"
        if "'" in text:
            where = (
                "It has single quotes, with which Python shows dicts and lists; JSON "
                "has double ones. Let `json.dumps` write the whole text"
            )
        raise AnswerFormError(f"This text is no JSON. {where}.", text) from None
    if isinstance(said, str):
        raise AnswerFormError(
            "The whole text stands in quotes, with a JSON text in it: it has been "
            "written as JSON twice. Once is enough.",
            text,
        )
    if fractions and all(number.is_integer() for number in fractions):
        raise AnswerFormError(
            f"The text says {fractions[0]} where a whole number belongs. JSON keeps "
            "the decimal point, and the reader gets a float.",
            text,
        )
    return said


def _json(text):
    """Return what a JSON text says, and that a text says it."""
    return text if text is None or text is ... else {"the text says": _read(text)}


def _request(text):
    """Return what a request says; naming the usual signature changes nothing."""
    result = _json(text)
    said = result["the text says"] if isinstance(result, dict) else None
    if isinstance(said, dict) and said.get("signature_name") == "serving_default":
        del said["signature_name"]
    return result


@exercises.function(
    title="Write a predict request",
    cases=[
        (np.array([[[0, 255], [7, 8]]], dtype="uint8"),),
        (np.array([[[1, 2, 3]], [[4, 5, 6]]], dtype="uint8"),),
        (np.array([[[300, 7, 0], [1, 2, -3]]]),),
    ],
    view=_request,
    terms={"tolist": "the step from an array to lists", "dumps": "writing it as JSON"},
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
    "return f'{{\"instances\": {images}}}'": (
        "In the text stands what NumPy prints: without commas, and cut short when "
        "it is long. That is for eyes, not for programs."
    ),
    "images. => (images / 255).": (
        "The images are divided by 255 before they are sent. The network does that "
        "itself, and twice makes them black. Send the bytes."
    ),
    ("images. => [images[-1].", "} => ]}"): (
        "Only the last image is in it. Does each turn of a loop forget the one before?"
    ),
    ('images. => [{"image": i.', "}) => } for i in images]})"): (
        "TensorFlow Serving would take that, too: each image under the name of its "
        "input. In the text's format the images themselves stand one after another."
    ),
}


_WORDS = "a ValueError with the server's words"


def _or_server_words(answer, text):
    """Call; where the server reports an error, a ValueError with its words is due."""
    said = json.loads(text).get("error")
    try:
        result = answer(text)
    except ValueError as error:
        if said is None:
            raise
        return _WORDS if said in str(error) else "a ValueError without those words"
    except Exception as error:
        if said is None or said not in str(error):
            raise
        raise AnswerFormError(
            "The server's words are passed on, but in an error of the kind "
            f"{type(error).__name__}. Raise a ValueError: the caller waits for one.",
            error,
        ) from None
    error = isinstance(result, BaseException)
    if error or (said is not None and result is not ...):
        what = "The error" if error else f"After an error of the server {kind(result)}"
        raise AnswerFormError(
            f"{what} is returned. Whoever called goes on with that and never learns of "
            "the trouble, printed or not. Raise a ValueError with the server's words.",
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
    terms={
        "'error' in answer": "whether there is an error",
        "answer": "the answer as a dict",
        "answer['predictions']": "the scores",
        "loads": "reading the JSON",
    },
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
    "argmax => max": (
        "These are the largest scores. The digit is the place at which they stand."
    ),
    ", axis=1 => [0]": (
        "One digit comes back, that of the first image. Give one for each row. (A "
        "`return` inside of a loop ends it in its first turn.)"
    ),
    '"error" in answer => answer["error"]': (
        "A good answer has no `error`, and asking for its value stops with a KeyError. "
        "Ask first whether the key is there."
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
    if images is None:
        raise AnswerFormError(
            "It returned None. A good request gives images, and for a bad one the "
            "client waits to hear why: raise a ValueError with a sentence.",
            images,
        )
    if isinstance(images, str | BaseException):
        raise AnswerFormError(
            "A text or an error is returned, and whoever called takes it for images. "
            "Return images only, and raise a ValueError where there are none.",
            images,
        )
    if images is ...:
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
        (b'{"instances": [[[0, 1], [7, 8]], [[0, 300], [7, 8]]]}', (2, 2)),
        (b'{"instances": [[[0, 1], [7, 8]], [[0, -1], [7, 8]]]}', (2, 2)),
        (b'{"instances": [[[0, 1], [7, 8]], [[0, 0.5], [7, 8]]]}', (2, 2)),
        (b'{"instances": [[[0, 0.5], [7, 8]]]}', (2, 2)),
        (b'{"instances": [[["0", "1"], ["7", "8"]]]}', (2, 2)),
    ],
    run=_let_in_or_refused,
    labels=("body", "shape"),
    terms={
        "images.dtype.kind != 'i'": "the type of the values",
        "images.min() < 0": "values below 0",
        "images.max() > 255": "values above 255",
        "images.shape[1:]": "the shape of an image",
    },
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
        "Good requests are read, but nothing is checked. A wrong one is answered with "
        "nonsense, or stops the function."
    ),
    (
        "images = np => images = None; return np",
        '"]) => "], "uint8")',
        "(KeyError, TypeError) => ()",
    ): (
        "Good requests are read, and little is checked: 0.5 is cut down to 0, any "
        "shape gets in, and 256 or what is no dict stops it with an error of its own."
    ),
    _UNCHECKED: (
        "The values are not checked, and converting to uint8 wraps around: 256 "
        "turns into 0, and a picture that nobody sent gets an answer."
    ),
    " or images.min() < 0 or images.max() > 255 => ": (
        "256 and −1 get in, as 0 and 255. Is the range looked at, and before the "
        "conversion to uint8? And is one wrong value enough to refuse?"
    ),
    ('"]) => "], "int64")', "TypeError => OverflowError, TypeError"): (
        "Making ints of everything leaves no type to check: 0.5 is cut down to 0, and "
        "quoted digits are read. Look at the type as it came."
    ),
    ("images.shape[1:] != shape => False"): (
        "Images of another shape get in: a bare one without the batch axis, or one of "
        "another size. They must be refused here, and a `print` refuses nothing."
    ),
    ("images.shape[1:] != shape => False", '"]) => "]).reshape(-1, *shape)'): (
        "`reshape` makes fit what should be refused, such as a bare image without the "
        "batch axis. Compare the shape as it came."
    ),
    "(KeyError, TypeError) => ()": (
        "A missing key or a bare list stops this with a KeyError or a TypeError: for "
        "the server its own accident, status 500. It is the client's mistake."
    ),
    'return read_instances(body, shape).astype("int64")': half(
        "The images are checked well, and then come back as they are, 8 bytes for "
        "each grey value. The network takes uint8."
    ),
    'try: => raise ValueError("no")\n    try:': (
        "Every request is refused, the good ones, too. Print what you compare for a "
        "good one: the first number of `images.shape`, the kind of `shape`, the type "
        "of what comes from JSON. And `if` needs one yes or no, no array."
    ),
    "[1:] => ": (
        "Good requests are refused, and a bare image without the batch axis is let in. "
        "`images.shape` begins with the number of images."
    ),
    "[1:] => [-2:]": (
        "A bare image without the batch axis is let in: its last two axes are right. "
        "How many axes come before them?"
    ),
    "images.shape[1:] => images[0].shape": (
        "An empty list has no first image, and asking for it stops with an IndexError "
        "in place of a refusal."
    ),
    (
        "images = np => images = None; return np",
        '"]) => "]).astype("uint8")',
        "(KeyError, TypeError) => Exception",
    ): (
        "What raises an error by itself is refused. What else can be wrong with a "
        "request? Look at shape, type and values."
    ),
    ('"]) => "], "uint8")', _UNCHECKED): (
        "`dtype` uint8 at once leaves nothing to check: 0.5 is cut down to 0, and 256 "
        "stops it with an OverflowError, no ValueError. Look first, and convert last."
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
        "Nearly all of it. JSON can be a number, like `5`, and `in` cannot look for a "
        "key in that. It is a TypeError, and so a 500."
    ),
    "[1:] != shape => [1] != shape[0] or images.shape[2] != shape[1]": (
        "An array with too few axes has no `shape[1]` or `shape[2]`: an IndexError in "
        "place of a refusal. Compare all of the shape at once."
    ),
    ("< 0 => <= 0", "> 255 => >= 255"): (
        "A good request with the values 0 and 255 is refused. Both are grey values: "
        "look at your `<` and `<=`."
    ),
    (
        " or images.min() < 0 or images.max() > 255 => ",
        "images.astype => np.clip(images, 0, 255).astype",
    ): (
        "The values are forced into the range, so the answer is about a picture that "
        "nobody has sent. Refuse what is outside."
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
        ([rng.normal(size=(3, 2)) for _ in range(3)], [5, 1, 2]),
    ],
    terms={
        "sum(counts)": "the number of all examples",
        "n": "the worker's count",
        "gradient": "the worker's gradient",
        "total": "the weighted sum",
    },
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
        "Right for equal parts only. Where one worker had 1 example and the other 3, "
        "that one counts three times as much as each of the others."
    ),
    " sum(counts =>  len(counts": (
        "Weighted well, and divided by the number of workers. Divide by the number "
        "of examples, of all workers together."
    ),
    ("n * gradient => gradient / n", " / sum(counts) => "): (
        "The gradients are divided by their counts and added up. They are means, so "
        "that has been done once already; now undo it."
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
    terms={"dumps": "writing it as JSON"},
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
    ": addresses => : addresses[:index] + addresses[index + 1 :]": (
        "Only the others are in the list. It is the same on every machine, and the "
        "index counts along it."
    ),
    'return tf_config(["127.0.0.1:4000", "127.0.0.1:4001"], 1)': (
        "That is the example from the text, whatever the arguments are. Put "
        "`addresses` and `index` in their places."
    ),
    ': addresses => : ["127.0.0.1:4000", "127.0.0.1:4001"]': (
        "The addresses are those of the example, whatever comes in. Use the argument."
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
    ": index => : addresses[index]": (
        "As its index stands the worker's address. The index is its place in the list."
    ),
    'return json.dumps({"cluster": cluster | {"task": task}})': (
        "Two keys stand side by side at the top: the cluster, and which task of it "
        "this is. Here one of them stands inside of the other."
    ),
}


speed_up = exercises.prediction(
    "speed_up",
    title="Two workers, a batch of 128",
    example=2,
    low=0,
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
    answer="numbers * bits // bits_in_a_byte",
    given={"numbers": 101_770, "bits": 32, "bits_in_a_byte": 8},
    mistakes=(
        (101_770, "That is how many numbers there are. Each takes several bytes."),
        (8 * 101_770, "That is float64. Keras' layers use float32."),
        (32 * 101_770, "Those are bits. Eight of them make a byte."),
        (16 * 101_770, "That is 16 bytes for each number. How many has a float32?"),
        (101_770 / 8, "That is one bit for each number. How many has a float32?"),
        (2 * 101_770, "That is float16, which nobody chose here."),
        (101_770 / 4, "Divided. But is one number larger than one byte, or smaller?"),
        (407, "That is in kB, and rounded. Asked for are bytes, all of them."),
        (407.08, "That is in kB. How many bytes is one kB?"),
        (407_000, "That is rounded to whole kB. Give all the bytes."),
        (407_100, "That is rounded to hundreds. Give all the bytes."),
        (4 * 101_770 / 1024, "That is in KiB, which have 1,024 bytes each. And bytes?"),
        (0.40708, "That is in MB. Asked for are bytes."),
        (4 * 101_632, "The biases are missing. They are among the 101,770 numbers."),
        (4 * 784 * 128, "That is the first matrix alone. There are 101,770 numbers."),
        (4 * 101_760, "The last layer has biases, too: there are 101,770 numbers."),
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
