"""Exercises of chapter 09, "Ship it and scale it"."""

import json

import numpy as np

from .core import ExerciseSet

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


@exercises.function(
    title="The newest version among the folders",
    cases=[
        (["1"],),
        (["2", "1"],),
        (["9", "10"],),
        (["3", "notes", "2"],),
        (["4", ".DS_Store", "12.part", "11", "7"],),
    ],
    hints=(
        'As texts, "9" comes after "10". As numbers it does not.',
        "`name.isdecimal()` says whether a name consists of digits alone. Keep those, "
        "turn each into an `int`, and take the largest.",
    ),
)
def latest_version(names):
    """Largest version number among the names of folders, as an int."""
    return max(int(name) for name in names if name.isdecimal())


@latest_version.alternative
def latest_by_sorting(names):
    numbers = [int(name) for name in names if name.isdigit()]
    return sorted(numbers)[-1]


@latest_version.mistake(
    'Compared as texts, letter by letter, "9" is larger than "10". Compare numbers.'
)
def compared_as_text(names):
    return int(max(name for name in names if name.isdecimal()))


@latest_version.mistake(
    "This takes the one that is listed last. Folders come in any order."
)
def listed_last(names):
    return int([name for name in names if name.isdecimal()][-1])


@latest_version.mistake(
    "Right while all names are numbers. Something else always turns up in a folder: "
    "skip what is not a number."
)
def stops_at_other_names(names):
    return max(int(name) for name in names)


@latest_version.mistake(
    "That is how many there are. Old versions get deleted, so the count falls behind."
)
def counted(names):
    return len([name for name in names if name.isdecimal()])


@latest_version.mistake(
    "The number is right, but it is a text. Convert it: the server compares numbers."
)
def left_as_text(names):
    return max((name for name in names if name.isdecimal()), key=int)


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


@exercises.function(
    title="Choose the scale and the zero point",
    points=2,
    cases=[(0.0, 255.0), (-1.42, 3.58), (-1.28, 1.27), (-30.0, 12.5), (2.0, 10.0)],
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


@scale_and_zero_point.alternative
def by_numpy(low, high):
    low, high = np.minimum(low, 0.0), np.maximum(high, 0.0)
    step = (high - low) / (127 - -128)
    return float(step), int(np.rint(127 - high / step))


@scale_and_zero_point.mistake(
    "256 codes have 255 steps between them, as a fence has one gap fewer than posts."
)
def divided_by_256(low, high):
    low, high = min(low, 0), max(high, 0)
    scale = (high - low) / 256
    return scale, round(-128 - low / scale)


@scale_and_zero_point.mistake(
    "That zero point belongs to codes from 0 to 255. Here they run from −128 to 127."
)
def unsigned_codes(low, high):
    low, high = min(low, 0), max(high, 0)
    scale = (high - low) / 255
    return scale, round(-low / scale)


@scale_and_zero_point.mistake(
    "Right for ranges around 0. Values from 2 to 10 leave 0 without a code, but a "
    "network is full of exact zeros (padding, what ReLU cuts off). Widen the range."
)
def range_without_zero(low, high):
    scale = (high - low) / 255
    return scale, round(-128 - low / scale)


@scale_and_zero_point.mistake(
    "The zero point still has a fraction, and a code is a whole number. Round it."
)
def not_rounded(low, high):
    low, high = min(low, 0), max(high, 0)
    scale = (high - low) / 255
    return scale, -128 - low / scale


@scale_and_zero_point.mistake(
    "`int` cuts the fraction off, which is not rounding: −55.6 becomes −55. Use the "
    "function that goes to the nearest whole number."
)
def cut_to_an_int(low, high):
    low, high = min(low, 0), max(high, 0)
    scale = (high - low) / 255
    return scale, int(-128 - low / scale)


@scale_and_zero_point.mistake("Both are there, in the wrong order: the scale is first.")
def other_order(low, high):
    return scale_and_zero_point(low, high)[::-1]


@scale_and_zero_point.mistake(
    "A symmetric grid around 0 wastes codes where the values are not symmetric. That "
    "is what one does for weights; here the zero point may move."
)
def symmetric(low, high):
    return max(abs(low), abs(high)) / 127, 0


@exercises.function(
    title="From numbers to 8-bit codes",
    points=2,
    cases=[
        (np.array([0.0, 1.0, -1.0]), 0.5, 0),
        (np.array([0.26, -0.26, 0.74, 5.3]), 0.1, 3),
        (np.array([[30.0, -30.0], [-0.4, 0.4]]), 0.1, -5),
        (np.linspace(-2.051, 3.101, 12).reshape(3, 4), 0.02, -27),
    ],
    view=lambda result: (result, str(getattr(result, "dtype", "no array"))),
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


@quantise.alternative
def quantise_stepwise(values, scale, zero_point):
    codes = np.rint(values / scale + zero_point).astype(int)
    return np.maximum(np.minimum(codes, 127), -128).astype(np.int8)


@quantise.mistake(
    "What lies outside of the range comes back in at the other end: 305 becomes 49 "
    "as an int8. Keep the codes between the smallest and the largest first."
)
def wraps_around(values, scale, zero_point):
    codes = np.round(values / scale) + zero_point
    return codes.astype(int).astype("int8")


@quantise.mistake(
    "Converting to int8 cuts off the fraction, so every value moves towards 0. Round "
    "to the nearest code."
)
def cut_off(values, scale, zero_point):
    return np.clip(values / scale + zero_point, -128, 127).astype("int8")


@quantise.mistake(
    "The zero point is missing, so 0 does not get the code that it should have."
)
def without_zero_point(values, scale, zero_point):
    return np.clip(np.round(values / scale), -128, 127).astype("int8")


@quantise.mistake(
    "The zero point is taken away here. It is the code that the value 0 gets."
)
def zero_point_subtracted(values, scale, zero_point):
    return np.clip(np.round(values / scale) - zero_point, -128, 127).astype("int8")


@quantise.mistake(
    "The codes are right, but stored as large numbers: nothing is saved. Convert "
    "them to int8.",
    credit=0.5,
)
def large_numbers(values, scale, zero_point):
    return np.clip(np.round(values / scale) + zero_point, -128, 127)


@quantise.mistake("The values are multiplied by the scale. How many steps fit in one?")
def multiplied(values, scale, zero_point):
    codes = np.round(values * scale) + zero_point
    return np.clip(codes, -128, 127).astype("int8")


@exercises.function(
    title="From codes back to numbers",
    cases=[
        (np.array([0, 1, -3], dtype="int8"), 0.5, 0),
        (np.array([3, 0, -8, 100], dtype="int8"), 0.1, 3),
        (np.array([[127, -128], [100, -60]], dtype="int8"), 0.25, -100),
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


@dequantise.alternative
def dequantise_with_wide_integers(codes, scale, zero_point):
    return np.subtract(codes, zero_point, dtype="int32") * scale


@dequantise.mistake(
    "The difference is worked out in int8, which cannot hold it: 127 + 100 comes out "
    "as −29. Convert the codes first.",
    credit=0.5,
)
def overflows(codes, scale, zero_point):
    return scale * (codes - np.int8(zero_point))


@dequantise.mistake("The zero point must go first, and then comes the scale.")
def scaled_first(codes, scale, zero_point):
    return scale * codes.astype("float64") - zero_point


@dequantise.mistake("The zero point is added. On the way back it has to go.")
def zero_point_added(codes, scale, zero_point):
    return scale * (codes.astype("float64") + zero_point)


@dequantise.mistake(
    "The zero point is left out, so every number is shifted by the same amount."
)
def zero_point_forgotten(codes, scale, zero_point):
    return scale * codes.astype("float64")


@dequantise.mistake("Divided by the scale. A code counts steps; how long is a step?")
def divided(codes, scale, zero_point):
    return (codes.astype("float64") - zero_point) / scale


largest_error = exercises.number(
    "largest_error",
    title="The largest rounding error",
    answer=0.015,
    mistakes=(
        (0.03, "A value lies between two codes. It goes to the nearer one of them."),
        (0.06, "Two steps? Between neighbouring codes there is one."),
        (0.0, "Only values that hit a code exactly come back as they were."),
        (0.0075, "That is the mean error, if the values lie anywhere. And the worst?"),
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
    """Return what a JSON text says, or a text that says what is the matter."""
    if not isinstance(text, str):
        return f"no text, but of the type {type(text).__name__}"
    try:
        return json.loads(text)
    except ValueError:
        return "no JSON"


@exercises.function(
    title="Write a predict request",
    cases=[
        (np.array([[[0, 255], [7, 8]]], dtype="uint8"),),
        (np.array([[[1, 2, 3]], [[4, 5, 6]]], dtype="uint8"),),
    ],
    view=_json,
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


@predict_request.alternative
def request_image_by_image(images):
    instances = [[[int(v) for v in row] for row in image] for image in images]
    return '{"instances": ' + json.dumps(instances) + "}"


@predict_request.mistake(
    "This is a dict. Over the wire go texts: write it as JSON with `json.dumps`."
)
def a_dict(images):
    return {"instances": images.tolist()}


@predict_request.mistake(
    "Python's own way to write a dict has single quotes, which JSON does not know. "
    "Let `json.dumps` write it."
)
def pythons_way(images):
    return str({"instances": images.tolist()})


@predict_request.mistake(
    "The images have one pair of brackets too many: `tolist()` gives a list of images "
    "already."
)
def nested_once_more(images):
    return json.dumps({"instances": [images.tolist()]})


@predict_request.mistake("Only the first image is in it. Send them all.")
def first_image_only(images):
    return json.dumps({"instances": [images[0].tolist()]})


@predict_request.mistake(
    "The format is an object with a name before the images. This is the bare list."
)
def bare_list(images):
    return json.dumps(images.tolist())


@predict_request.mistake(
    "`inputs` announces the other format, by columns, whose answer looks different. "
    "Use the one that lists instances."
)
def by_columns(images):
    return json.dumps({"inputs": images.tolist()})


def _or_refused(answer, *case):
    """Call; a ValueError is a wanted refusal, all else an accident."""
    try:
        return answer(*case)
    except ValueError as error:
        return {"refused": "with a reason" if str(error).strip() else "without one"}


def _or_server_words(answer, text):
    """Call; a ValueError must carry what the server said."""
    try:
        return answer(text)
    except ValueError as error:
        said = str(json.loads(text).get("error"))
        return "ValueError: " + (said if said in str(error) else "…")


@exercises.function(
    title="Read the answer",
    points=2,
    cases=[
        ('{"predictions": [[-3.5, -1.0, -2.0]]}',),
        ('{"predictions": [[0.5, 9.0], [3.0, -1.0], [0.0, 0.1]]}',),
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


@read_predictions.alternative
def read_row_by_row(text):
    answer = json.loads(text)
    if "predictions" not in answer:
        raise ValueError(answer.get("error", "no predictions"))
    return np.array([scores.index(max(scores)) for scores in answer["predictions"]])


@read_predictions.mistake(
    'Right for good answers. From `{"error": …}` it dies of a KeyError, which says '
    "nothing about what the server said. Raise a ValueError with its words."
)
def dies_of_a_key_error(text):
    return np.argmax(json.loads(text)["predictions"], axis=1)


@read_predictions.mistake(
    "After an error it returns no digits at all, as if there had been no images. "
    "Whoever called never learns of the trouble: raise a ValueError."
)
def hides_the_error(text):
    return np.array(
        [np.argmax(scores) for scores in json.loads(text).get("predictions", [])]
    )


@read_predictions.mistake(
    "The error is noticed, but the server's own words are lost: put them into the "
    "ValueError."
)
def swallows_the_reason(text):
    answer = json.loads(text)
    if "error" in answer:
        raise ValueError("It did not work.")
    return np.argmax(answer["predictions"], axis=1)


@read_predictions.mistake(
    "This is one place in all the scores taken together. Look in each row by itself."
)
def over_everything(text):
    answer = json.loads(text)
    if "error" in answer:
        raise ValueError(answer["error"])
    return np.argmax(answer["predictions"])


@read_predictions.mistake(
    "These are the largest scores. The digit is the place at which they stand."
)
def largest_scores(text):
    answer = json.loads(text)
    if "error" in answer:
        raise ValueError(answer["error"])
    return np.max(answer["predictions"], axis=1)


@read_predictions.mistake(
    "The first row has as many entries as there are digits: this looks down the "
    "columns. The scores of one image stand in one row."
)
def down_the_columns(text):
    answer = json.loads(text)
    if "error" in answer:
        raise ValueError(answer["error"])
    return np.argmax(answer["predictions"], axis=0)


def _images_and_type(result):
    kind = getattr(result, "dtype", None)
    return result if kind is None else {"images": result, "type": str(kind)}


@exercises.function(
    title="Let nothing strange in",
    points=3,
    cases=[
        (b'{"instances": [[[0, 255], [7, 8]]]}', (2, 2)),
        (b'{"instances": [[[1, 2, 3]], [[4, 5, 6]]]}', (1, 3)),
        (b"hello", (2, 2)),
        (b"[1, 2]", (2, 2)),
        (b'{"images": [[[0, 1], [2, 3]]]}', (2, 2)),
        (b'{"instances": []}', (2, 2)),
        (b'{"instances": null}', (2, 2)),
        (b'{"instances": [[0, 1], [2, 3]]}', (2, 2)),
        (b'{"instances": [[[0, 1, 2], [3, 4, 5]]]}', (2, 2)),
        (b'{"instances": [[[0, 1], [2]]]}', (2, 2)),
        (b'{"instances": [[[0, 256], [7, 8]]]}', (2, 2)),
        (b'{"instances": [[[0, -1], [7, 8]]]}', (2, 2)),
        (b'{"instances": [[[0, 0.5], [7, 8]]]}', (2, 2)),
        (b'{"instances": [[["0", "1"], ["7", "8"]]]}', (2, 2)),
    ],
    run=_or_refused,
    view=_images_and_type,
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


@read_instances.alternative
def read_in_small_steps(body, shape):
    request = json.loads(body)
    if not isinstance(request, dict) or not request.get("instances"):
        raise ValueError("There are no instances.")
    images = np.array(request["instances"])
    if images.ndim != 1 + len(shape) or images.shape[1:] != tuple(shape):
        raise ValueError(f"The shape is {images.shape}.")
    if not np.issubdtype(images.dtype, np.integer):
        raise ValueError("Not whole numbers.")
    if ((images < 0) | (images > 255)).any():
        raise ValueError("Out of range.")
    return images.astype(np.uint8)


@read_instances.mistake(
    "Good requests are read, but nothing is checked. A wrong one is answered with "
    "nonsense, or stops the function with an error that is not the client's to read."
)
def checks_nothing(body, shape):
    return np.array(json.loads(body)["instances"]).astype("uint8")


@read_instances.mistake(
    "The values are not checked, and converting to uint8 wraps around: 256 turns into "
    "0, and a picture that nobody sent gets an answer."
)
def wraps_values(body, shape):
    try:
        images = np.array(json.loads(body)["instances"])
    except (KeyError, TypeError):
        raise ValueError("no instances") from None
    if images.shape[1:] != shape:
        raise ValueError("shape")
    return images.astype("uint8")


@read_instances.mistake(
    "The range is checked and the type is not: 0.5 is cut down to 0, and quoted "
    "digits are no numbers."
)
def takes_fractions(body, shape):
    try:
        images = np.array(json.loads(body)["instances"])
    except (KeyError, TypeError):
        raise ValueError("no instances") from None
    if images.shape[1:] != shape:
        raise ValueError("shape")
    if images.dtype.kind == "U":
        raise ValueError("text")
    if images.min() < 0 or images.max() > 255:
        raise ValueError("range")
    return images.astype("uint8")


@read_instances.mistake(
    "The shape is not checked. A single image without the batch axis, or one of "
    "another size, must be refused here, not inside of the network."
)
def any_shape(body, shape):
    try:
        images = np.array(json.loads(body)["instances"])
    except (KeyError, TypeError):
        raise ValueError("no instances") from None
    if images.dtype.kind != "i" or images.min() < 0 or images.max() > 255:
        raise ValueError("values")
    return images.astype("uint8")


@read_instances.mistake(
    "A missing key or a bare list stops this with a KeyError or a TypeError. To the "
    "server that is an accident of its own, status 500; it is the client's mistake."
)
def accidents_with_other_errors(body, shape):
    images = np.array(json.loads(body)["instances"])
    if images.shape[1:] != shape:
        raise ValueError("shape")
    if images.dtype.kind != "i" or images.min() < 0 or images.max() > 255:
        raise ValueError("values")
    return images.astype("uint8")


@read_instances.mistake(
    "It returns None for a bad request, and the client waits to hear why. Raise a "
    "ValueError with a sentence."
)
def returns_none(body, shape):
    try:
        return read_instances(body, shape)
    except ValueError:
        return None


@read_instances.mistake(
    "The images are checked well, and then come back as they are, 8 bytes for each "
    "grey value. The network takes uint8.",
    credit=0.5,
)
def eight_bytes_each(body, shape):
    return read_instances(body, shape).astype("int64")


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
        ([np.array([2.0, 4.0]), np.array([4.0, -2.0])], [3, 3]),
        ([np.array([1.0, -1.0]), np.array([5.0, 3.0])], [1, 3]),
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


@average_gradients.alternative
def average_with_numpy(gradients, counts):
    return np.average(np.stack(gradients), axis=0, weights=counts)


@average_gradients.mistake(
    "Right for equal parts only. Where one worker had 1 example and the other 3, each "
    "example of the first counts three times as much as one of the second."
)
def plain_mean(gradients, counts):
    return np.mean(gradients, axis=0)


@average_gradients.mistake(
    "This is the sum. The step would grow with the number of workers, as if the "
    "learning rate had."
)
def plain_sum(gradients, counts):
    return np.sum(gradients, axis=0)


@average_gradients.mistake(
    "Weighted by the counts, and then not divided: this is the sum over all examples."
)
def not_divided(gradients, counts):
    return sum(n * gradient for gradient, n in zip(gradients, counts, strict=True))


@average_gradients.mistake(
    "Weighted well, and divided by the number of workers. Divide by the number of "
    "examples, of all workers together."
)
def divided_by_workers(gradients, counts):
    total = sum(n * gradient for gradient, n in zip(gradients, counts, strict=True))
    return total / len(counts)


@average_gradients.mistake(
    "Each gradient is divided by its count, but it is a mean already. A worker with "
    "many examples should weigh more, not less."
)
def weighted_the_other_way(gradients, counts):
    total = sum(gradient / n for gradient, n in zip(gradients, counts, strict=True))
    return total / sum(1 / n for n in counts)


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


@tf_config.alternative
def tf_config_by_filling_in(addresses, index):
    task = f'"task": {{"type": "worker", "index": {index}}}'
    return f'{{"cluster": {{"worker": {json.dumps(addresses)}}}, {task}}}'


@tf_config.mistake(
    "Every worker must know all addresses, in the same order. This one knows its own "
    "and would train alone."
)
def own_address_only(addresses, index):
    cluster = {"worker": [addresses[index]]}
    return json.dumps({"cluster": cluster, "task": {"type": "worker", "index": index}})


@tf_config.mistake(
    "Counted from 1, the last worker points behind the end of the list, and nobody is "
    "worker 0, which the others wait for."
)
def counted_from_one(addresses, index):
    task = {"type": "worker", "index": index + 1}
    return json.dumps({"cluster": {"worker": addresses}, "task": task})


@tf_config.mistake(
    "With the same index for all, every worker takes itself for the first one."
)
def always_the_first(addresses, index):
    task = {"type": "worker", "index": 0}
    return json.dumps({"cluster": {"worker": addresses}, "task": task})


@tf_config.mistake(
    "This is a dict. An environment variable is a text: write it as JSON."
)
def no_text(addresses, index):
    task = {"type": "worker", "index": index}
    return {"cluster": {"worker": addresses}, "task": task}


@tf_config.mistake(
    "Python's own way to write a dict has single quotes, which JSON does not know."
)
def single_quotes(addresses, index):
    task = {"type": "worker", "index": index}
    return str({"cluster": {"worker": addresses}, "task": task})


@tf_config.mistake(
    "Two keys stand side by side at the top: the cluster, and which task of it this "
    "is. Here one of them stands inside of the other."
)
def task_inside_the_cluster(addresses, index):
    task = {"type": "worker", "index": index}
    return json.dumps({"cluster": {"worker": addresses, "task": task}})


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
