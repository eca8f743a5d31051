"""Exercises of chapter 03, "Make a network learn"."""

from dataclasses import dataclass

import numpy as np

from course_utils.checking.core import ExerciseSet
from course_utils.checking.mistakes import half

exercises = ExerciseSet("03")


@dataclass(frozen=True)
class _Formula:
    """A function that shows itself as its formula when a case is printed."""

    text: str

    def __call__(self, w):
        return eval(self.text, {"np": np, "w": w})

    def __repr__(self):
        return self.text


_Formula.__name__ = "function"  # what Python calls it when something goes wrong


# 1. Error as one number


@exercises.function(
    title="The mean squared error",
    terms={
        "predictions - targets": "the difference",
        "(predictions - targets) ** 2": "the squared difference",
    },
    cases=lambda rng: [
        (np.array([3.0]), np.array([1.0])),
        (np.array([1.0, 5.0, -2.0]), np.array([2.0, 2.0, -2.0])),
        (rng.normal(size=(4, 2)), rng.normal(size=(4, 2))),
        (rng.normal(size=(3, 3)), rng.normal(size=(3, 3))),
    ],
    hints=(
        "First the differences, one for each prediction: arrays of the same shape "
        "can be subtracted in one go.",
        "Then each difference times itself: `** 2` works on a whole array.",
        "Last the mean of all of them: `np.mean` without an axis gives one number.",
    ),
)
def mean_squared_error(predictions, targets):
    """Mean of the squared differences, over all entries: one number."""
    return np.mean((predictions - targets) ** 2)


mean_squared_error.same = {
    "A square has no sign": ("predictions - targets => targets - predictions",)
}
mean_squared_error.known_mistakes = {
    "return np.mean(predictions - targets)": (
        "Errors up and errors down cancel here: a wrong prediction above and one "
        "below look like none. Square each difference before you take the mean."
    ),
    "return np.mean(targets - predictions)": (
        "Errors up and errors down cancel here, whichever is subtracted from which. "
        "Square each difference before you take the mean."
    ),
    ("(( => (", "2) => 2"): (
        "The mean is taken first and squared afterwards, so errors up and down "
        "have cancelled before the square could help."
    ),
    ("(( => (np.abs(", " ** 2 => "): (
        "These are absolute differences. That is an error measure too, but here "
        "each difference is squared."
    ),
    "mean( => sum(": (
        "This is the sum. It grows with the number of predictions, so two sets of "
        "different size could not be compared."
    ),
    "2) => 2) / 2": (
        "This is half of it. Some books carry a factor ½; the course does not."
    ),
    ("mean( => sum(", "2) => 2) / len(targets)"): half(
        "Right for a list of numbers. For a table this divides by its rows alone; "
        "count all the entries."
    ),
    "2) => 2, axis=0)": half(
        "For a table this gives one number per column: the mean goes over the rows "
        "alone. The exercise asks for one number in all."
    ),
    ("(predictions  => predictions**2 ", ") **  => **"): (
        "This is the difference of the squares. Take the difference first and "
        "square it."
    ),
    "return np.sqrt(np.mean((predictions - targets) ** 2))": (
        "This is the root of it (often called RMSE). The exercise asks for the mean "
        "of the squares itself."
    ),
    "return np.linalg.norm(predictions - targets)": (
        "This is the length of all the differences: the root of the sum of their "
        "squares. Their mean is wanted, without a root."
    ),
    "return np.var(predictions - targets)": (
        "A variance measures from the mean of the differences, so an error that all "
        "predictions share is lost. Measure from the targets."
    ),
}


forecasters = exercises.prediction(
    "forecasters",
    title="Who has the smaller cross-entropy?",
    options={
        "a": "The cautious one is ahead: nine confident hits save a little each, "
        "and the one confident miss costs more than all of them save.",
        "b": "The bold one is ahead: its nine confident hits outweigh the miss.",
    },
    example="b",
)


def _probability_tables(rng):
    """Tables of 1 × 2, 3 × 3 and 5 × 4 probabilities with labels."""
    square = np.array([[0.7, 0.2, 0.1], [0.1, 0.3, 0.6], [0.25, 0.5, 0.25]])
    scores = rng.random((5, 4)) + 0.05
    return [
        (np.array([[0.2, 0.8]]), np.array([1])),
        (np.array([[0.9, 0.1], [0.4, 0.6]]), np.array([0, 0])),
        (square, np.array([0, 1, 2])),
        (scores / scores.sum(axis=1, keepdims=True), np.array([3, 0, 2, 2, 1])),
    ]


@exercises.function(
    title="The cross-entropy",
    points=2,
    terms={
        "picked": "the probability of the true class",
        "rows": "the row numbers",
        "np.log": "the logarithm",
    },
    cases=_probability_tables,
    hints=(
        "From each row you need one number: the probability in the column that the "
        "label names. For row 0 that is `probabilities[0, labels[0]]`.",
        "Two index arrays pick pairs: `table[[0, 1, 2], [2, 0, 1]]` takes row 0 "
        "column 2, row 1 column 0 and row 2 column 1. `np.arange(n)` counts rows.",
        "Take `np.log` of those N numbers, then the mean, then turn the sign.",
    ),
)
def cross_entropy(probabilities, labels):
    """Mean of minus the log of the true class's probability: one number."""
    rows = np.arange(len(labels))
    picked = probabilities[rows, labels]
    return -np.mean(np.log(picked))


cross_entropy.same = {"There are as many rows as labels": ("labels => probabilities",)}
cross_entropy.known_mistakes = {
    "return -np.log(np.mean(picked))": (
        "The mean is taken before the log here. Each example has its own cost: the "
        "log first, then the mean of the costs."
    ),
    "return -np.mean(np.log(probabilities[:, labels]))": (
        "`probabilities[:, labels]` takes all those columns from every row, N × N "
        "numbers. Each row should give one number, from its own label's column."
    ),
    "return -np.mean(np.log(probabilities.max(axis=1)))": (
        "This takes the largest probability of each row, whatever the label says. "
        "A confident wrong answer would look perfect."
    ),
    "return np.mean(1 - picked)": (
        "This is the probability that is missing to 1. It never costs more than 1; "
        "the log makes confident mistakes dear."
    ),
    "return np.mean(picked)": (
        "This is the mean probability of the true class: the better, the larger. Turn "
        "it into a cost, by the log and the sign."
    ),
    "return np.sum(np.log(picked))": (
        "This is the sum of the logs. A cost has the other sign, and a mean does not "
        "grow with the number of examples."
    ),
    "return np.mean(probabilities.argmax(axis=1) == labels)": (
        "This is the accuracy. It does not ask how sure an answer was, and so cannot "
        "say that a confident mistake is worse."
    ),
    "return -np.log(picked[-1]) / len(labels)": (
        "Only the last example is left of the sum: in the loop, `=` throws the earlier "
        "costs away."
    ),
    "return np.mean((np.eye(probabilities.shape[1])[labels] - probabilities) ** 2)": (
        "This is the mean squared error, with 1 for the true class and 0 for the "
        "others. The cross-entropy takes the log of one number per row."
    ),
    (
        "return -np.mean(labels * np.log(probabilities[:, 1]) "
        "+ (1 - labels) * np.log(1 - probabilities[:, 1]))"
    ): half(
        "That is the form for two classes, yes or no. With more of them a label is the "
        "number of a column, and picks the probability there."
    ),
    "return -np.mean(np.log2(picked))": (
        "This logarithm has base 2. Use the natural one."
    ),
    "return -np.mean(np.log10(picked))": (
        "This logarithm has base 10. Use the natural one, `np.log`."
    ),
    "return -np.sum(np.log(picked)) / probabilities.size": (
        "The sum over the examples is divided by all the entries of the table. One "
        "cost per example: divide by how many examples there are."
    ),
    "return -np.mean(np.log(probabilities[labels]))": (
        "`probabilities[labels]` picks whole rows, by number. A label names a "
        "column; the row is that of its example."
    ),
    "return -np.log(probabilities[0, labels[0]])": (
        "Only the first example is looked at. Is there a `return` inside a loop, "
        "or an index 0 that should run through the rows?"
    ),
    "return np.mean((1 - picked) ** 2)": (
        "This squares what is missing to 1. It is bounded: a confident mistake "
        "costs at most 1. Take the log."
    ),
    (
        "= probabilities => = np.exp(probabilities)",
        "np.log(picked) => np.log(picked / np.exp(probabilities).sum(axis=1))",
    ): ("A softmax is applied once more. What comes in are probabilities already."),
    (
        "return -np.mean(np.log(picked) - np.log(1 - picked) "
        "+ np.log(1 - probabilities).sum(axis=1))"
    ): (
        "The classes that are not true count here as well, by the log of 1 − p. "
        "That is the form for a single yes or no; with a softmax the true class "
        "says it all."
    ),
}


# 2. If I nudge this weight, what happens?

predicted_change = exercises.number(
    "predicted_change",
    title="How much does the loss change?",
    answer="slope * nudge",
    given={"slope": -4, "nudge": 0.02},
    tolerance=1e-6,
    mistakes=(
        (0.08, "The size is right. Does the loss rise or fall?"),
        (200, "You divided, and lost the sign."),
        (-4, "That is for a nudge by 1. This nudge is much smaller."),
        (-4.02, "The nudge is not subtracted from the slope: one is a rate."),
        (-0.02, "That is the nudge itself, turned round."),
        (0.02, "That is the nudge itself. The loss changes at the rate of the slope."),
        (-0.005, "Upside down: the nudge is divided by the slope."),
        (-0.16, "Twice too much: the nudge goes to one side only."),
        (-0.04, "Half of it. The slope counts in full."),
    ),
    hints=(
        "A slope of −4 means: for each unit that w grows, the loss changes by −4.",
        "w grows by a fiftieth of a unit. Mind the sign.",
    ),
)

best_nudge = exercises.prediction(
    "best_nudge",
    title="Which nudge gives the most exact slope?",
    options={
        "a": "The large one was best: the bend between the two points does no harm.",
        "b": "The middle one was best. A large nudge feels the bend of the curve; a "
        "tiny one drowns in rounding, since a computer keeps about 16 digits.",
        "c": "The tiny one was best: rounding does no harm.",
    },
    example="c",
)

_CUBE = _Formula("w ** 3")
_LINE = _Formula("4 - 3 * w")
_WAVE = _Formula("np.sin(w) * np.exp(w)")


@exercises.function(
    title="The slope at one point",
    points=2,
    terms={
        "f(w + h)": "the value on the right",
        "f(w - h)": "the value on the left",
        "w + h": "the point on the right",
        "w - h": "the point on the left",
        "rise": "how much `f` rises",
        "f(w + h) - f(w - h)": "how much `f` rises",
        "2 * h": "the distance of the two points",
    },
    rtol=1e-7,
    cases=[
        (_LINE, 1.0, 1e-5),
        (_CUBE, 2.0),
        (_CUBE, -1.5, 0.1),
        (_WAVE, 0.7, 1e-5),
        (_WAVE, -2.0, 0.01),
    ],
    hints=(
        "You need two values of f: one a little to the right of w, one a little to "
        "the left.",
        "How far apart are those two points? The slope is the difference of the "
        "values over that distance.",
        "Mind the brackets below the fraction line: Python reads `a / 2 * h` as "
        "`(a / 2) * h`.",
    ),
)
def numerical_derivative(f, w, h=1e-5):
    """Slope of f at w, from one point on each side at the distance h."""
    rise = f(w + h) - f(w - h)
    return rise / (2 * h)


numerical_derivative.known_mistakes = {
    ("f(w - h) => f(w)", "(2 * h) => h"): half(
        "This looks to the right only. On a bent curve that is less exact: take "
        "one point on each side."
    ),
    ("f(w + h) => f(w)", "(2 * h) => h"): half(
        "This looks to the left only. On a bent curve that is less exact: take one "
        "point on each side."
    ),
    "(2 * h) => h": (
        "The two points lie further apart than you divide by: measure from the "
        "left one to the right one."
    ),
    "return numerical_derivative(f, w)": half(
        "This is more exact than two points at the distance h can be. Is a smaller "
        "distance fixed in your code, or another formula used? Take one point on "
        "each side, at the distance `h` that the function is given."
    ),
    "return numerical_derivative(f, w, 2 * h)": half(
        "The two points stand twice as far from w as the exercise says: h is the "
        "distance on each side, and 2h lies between them."
    ),
    "return 2 * numerical_derivative(f, w, 2 * h)": (
        "The points lie 2h to either side, and you divide by 2h. Go h to each side: "
        "then they are 2h apart."
    ),
    "return (f(w + h) - 2 * f(w) + f(w - h)) / h**2": (
        "This says how much the slope changes: the second derivative, how strongly the "
        "curve bends. The slope itself is wanted."
    ),
    "return (f(w + h / 2) - f(w - h / 2)) / h": half(
        "The two points stand half as far from w as the exercise says: h is the "
        "distance on each side."
    ),
    "return (f(w) + h - (f(w) - h)) / (2 * h)": (
        "The nudge is added to the result of f. It is the weight that is nudged: "
        "the nudge belongs inside the call."
    ),
    "f(w - h) => f(w)": (
        "One of the points is w itself, but you divide as if there were one on "
        "each side."
    ),
    "return f(w + h) - f(w - h) / (2 * h)": (
        "Only the second value is divided: a fraction binds tighter than a minus. "
        "Put the difference in brackets, too."
    ),
    "return f(w + h) - f(w - h) / 2 * h": (
        "Brackets are missing above the line and below: Python divides the second "
        "value by 2 and multiplies it by h."
    ),
    "rise / => abs(rise) /": (
        "The sign has been thrown away. It says whether f rises or falls, which is "
        "half of what a slope is for."
    ),
}


_MIXED = _Formula("np.sum(w ** 3) + w.flat[0] * w.flat[1]")


@exercises.function(
    title="The slope in every direction",
    points=3,
    terms={
        "w": "the copy",
        "w[index]": "the entry",
        "value": "the entry",
        "value + h": "the entry nudged up",
        "value - h": "the entry nudged down",
        "above": "the loss above",
        "below": "the loss below",
        "above - below": "the difference of the two losses",
        "gradient": "the gradient",
        "gradient[index]": "the slope",
        "np.array(params_array, dtype=float)": "the float64 copy",
        "2 * h": "twice the nudge",
    },
    rtol=1e-7,
    atol=1e-7,
    cases=lambda rng: [
        (_MIXED, np.array([1.0, -2.0])),
        (_Formula("np.sum(np.sin(w))"), np.array([3, 1]), 1e-5),
        (
            _Formula("np.sum(w ** 2)"),
            np.array([0.5, -1.25, 2.0], dtype="float32"),
            1e-5,
        ),
        (_MIXED, rng.normal(size=(2, 2)), 1e-5),
        (_MIXED, np.array([[1.0, -2.0, 0.5], [3.0, 0.25, -1.0]]), 1e-5),
        (_MIXED, rng.normal(size=(3, 1, 2)), 0.01),
    ],
    hints=(
        "Work on a copy of your own, `np.array(params_array, dtype=float)`, and "
        "start from a gradient of zeros of the same shape.",
        "`np.ndindex(w.shape)` goes through the positions of an array of any shape; "
        "with such a position, `w[index]` is one number.",
        "For each entry: keep its value, set it to value + h and call the loss, set "
        "it to value − h and call the loss, put the value back.",
    ),
)
def numerical_gradient(loss, params_array, h=1e-5):
    """Slope of the loss along each entry: same shape, float64."""
    w = np.array(params_array, dtype=float)
    gradient = np.zeros_like(w)
    for index in np.ndindex(w.shape):
        value = w[index]
        w[index] = value + h
        above = loss(w)
        w[index] = value - h
        below = loss(w)
        w[index] = value
        gradient[index] = (above - below) / (2 * h)
    return gradient


numerical_gradient.same = {
    "Every slope is set once, whatever stood there": (
        "np.zeros_like(w) => np.ones_like(w)",
        "gradient[index] = (above - below) / (2 * h) => "
        "gradient[index] += (above - below) / (2 * h)",
    ),
    "Each slope is measured by itself": (
        "for index in np.ndindex(w.shape): … => the loop runs in the opposite order",
    ),
}
numerical_gradient.known_mistakes = {
    "return np.array([loss(p + h) - loss(p - h) for p in params_array]) / 2 / h": (
        "The loss is called with one part of the array at a time. It needs them all, "
        "with one of them nudged."
    ),
    "return (loss(params_array + h) - loss(params_array - h)) / (2 * h)": (
        "All the entries are nudged together, and one number comes out. A gradient "
        "has one slope for each entry."
    ),
    "return gradient.ravel()": half(
        "The numbers are right, but laid out in one row. The gradient has the "
        "shape of what you nudged."
    ),
    (
        "np.array(params_array, dtype=float => params_array.copy(",
        "zeros_like(w => zeros(w.shape",
    ): half(
        "An array of whole numbers, or of float32, swallows the tiny nudge: make your "
        "copy a float64 one."
    ),
    "(2 * h) => h": (
        "Up and down lie twice the nudge apart: each slope comes out twice too steep."
    ),
    (
        "np.array(params_array, dtype=float => params_array.copy(",
        "zeros_like(w) => zeros_like(params_array)",
    ): half(
        "A copy, and a `zeros_like`, of whole numbers or of float32 keep that type, "
        "and it cannot hold a tiny nudge. Make both float64."
    ),
    "return 0 * gradient": (
        "All the slopes are zero. Are both losses taken at the same place?"
    ),
    (
        "np.array(params_array, dtype=float) => params_array",
        "zeros_like(w) => zeros(w.shape)",
        "= value + h => += h",
        "above = loss(w) => pass",
        "= value - h => -= h",
        "= value\n => = w[index]\n",
        "above - below => below - below",
    ): (
        "The nudge up and the nudge down undo each other: `up = w` and `down = w` are "
        "two names of one array, that which was handed in. Make copies."
    ),
    "np.ndindex(w.shape) => np.ndindex(w.shape[0], w.shape[1])": half(
        "Two loops, over rows and columns, fit a matrix alone. `np.ndindex` goes "
        "through the positions of an array of any shape."
    ),
    "loss(w) => loss(w[index])": (
        "The loss gets one entry here, and needs the whole array: nudge the entry "
        "inside a copy, and hand in the copy."
    ),
    "dtype=float => dtype=np.float32": (
        "float32 keeps some seven digits, and a nudge of 0.00001 is lost in the last "
        "of them. Compute in float64."
    ),
    ("= value + h => = h", "= value - h => = -h"): (
        "The entry is set to h and to −h. It is to be nudged from where it stands: its "
        "value plus h, and its value minus h."
    ),
    "return gradient.flat[-1]": (
        "One slope comes back, that of the last entry. Is each one put into its place "
        "in the gradient?"
    ),
    "return numerical_gradient(loss, params_array)": half(
        "The nudge is fixed in your code. Use the `h` that the function is given."
    ),
    "return np.full(w.shape, (loss(w + h) - loss(w - h)) / (2 * h))": (
        "All the entries are nudged together, so every slope comes out as the sum "
        "of them all. Nudge one and hold the others still."
    ),
    ("value - h => value", "(2 * h) => h"): half(
        "This nudges to one side only, which is less exact on a bent loss. Nudge each "
        "entry up and down."
    ),
    "w[index] = value\n => pass\n": (
        "After an entry has been nudged, it is not put back: the later slopes are "
        "measured somewhere else."
    ),
    "value - h => value": (
        "One of the two losses is taken at the unmoved place, and you divide by 2h "
        "all the same. Nudge up and down."
    ),
    ("np.ndindex(w.shape) => range(len(w))", "w[index]\n => np.copy(w[index])\n"): half(
        "`w[i]` is a whole row when `w` is a matrix, so all its entries move "
        "together. Visit every single entry: `np.ndindex` does that for any shape."
    ),
    "zeros_like(w) => zeros_like(params_array)": half(
        "The copy is float64, but the gradient takes over the type of the input: "
        "whole numbers and float32 round the slopes."
    ),
    (
        "np.array(params_array, dtype=float) => params_array",
        "zeros_like(w) => zeros(w.shape)",
        "= value + h => += h",
        "= value - h => -= 2 * h",
        "= value\n => += h\n",
    ): (
        "It nudges the very array that was handed in, and rounding leaves traces in "
        "it. Work on a float64 copy of your own."
    ),
}


# 3. Downhill


@exercises.function(
    title="Gradient descent",
    points=2,
    terms={
        "w": "the place",
        "gradient(w)": "the slope",
        "learning_rate * gradient(w)": "the step",
        "w - learning_rate * gradient(w)": "the next place",
        "path": "the path",
        "[w]": "the start in the path",
    },
    cases=lambda rng: [
        (_Formula("2 * w"), 3, 0.1, 2),
        (_Formula("4 * (w - 1)"), -1.0, 0.4, 4),
        (_CUBE, np.array([1.0, -2.0]), 0.05, 3),
        (_Formula("np.cos(w)"), rng.normal(size=(2, 3)), 0.5, 2),
    ],
    hints=(
        "Begin with `w = start` and a list `path = [w]`.",
        "Each step asks for the gradient anew, at the place where you stand now.",
        "Downhill is against the gradient. Make a new `w` instead of changing the "
        "old one, append it, and return `np.array(path)`.",
    ),
)
def gradient_descent(gradient, start, learning_rate, steps):
    """All the places visited, the start first: (steps + 1, ...)."""
    w = start
    path = [w]
    for _ in range(steps):
        w = w - learning_rate * gradient(w)
        path.append(w)
    return np.array(path)


gradient_descent.same = {
    "A list of places is right, and the chapter goes on with an array": (
        "return np.array(path) => return path",
    ),
}
gradient_descent.known_mistakes = {
    "[w] => []": half(
        "The start is missing from the path. It is the first place you were at."
    ),
    "return w": half(
        "This is where the walk ends. The exercise asks for all the places on the way."
    ),
    "(steps) => (steps - 1)": half(
        "One step is missing: with the start, the path has one place more than steps."
    ),
    "= w - => -=": (
        "`w -= …` changes the very array that was handed in, and the path holds "
        "that one array many times over. Compute a new array: `w = w - …`."
    ),
    ("= start => = np.array(start, dtype=float)", "= w - => -="): (
        "All the places in the path are the last one: `-=` changes one array in "
        "place, and the path holds it many times over. Compute a new one each time."
    ),
    ("[w] => []", "(steps) => (steps + 1)"): (
        "The start is missing, and one step too many makes up for it in number. "
        "Put the start into the path first."
    ),
    "    return =>         return": half(
        "The `return` stands inside the loop: it ends after the first step."
    ),
    "(steps) => (steps + 1)": half(
        "One step too many: the start and as many steps as `steps` says."
    ),
    "gradient(w) => gradient(start)": (
        "The slope is measured once, at the start, and used for every step. It "
        "changes on the way: ask for it anew."
    ),
    "w - learning_rate * gradient(w) => start - learning_rate * gradient(start)": (
        "Every step starts from the same place. After a step you stand somewhere "
        "else: keep it in `w`."
    ),
    (
        "w - learning_rate * gradient(w) => "
        "np.array(w - learning_rate * gradient(w), np.array(start).dtype)"
    ): half(
        "From a start that is a whole number comes a path of whole numbers: their "
        "fractions are cut off. An array made of whole numbers alone can hold nothing "
        "else, so make yours of floats."
    ),
    "gradient(w) => gradient": (
        "`gradient` is a function: call it with the place where you stand."
    ),
    "w - learning_rate *  => (1 - learning_rate) * ": (
        "The place itself is lost. The next one is the old place minus the step, and "
        "the step is the learning rate times the slope."
    ),
    ("        path.append(w)\n => ", "return np.array([start, w])"): (
        "Only the start and the end are kept. Put each place into the path, inside the "
        "loop."
    ),
    (
        "w = w => path.append(w)\n        w = w",
        "        path.append(w)\n    return =>     return",
    ): half(
        "The start is in the path twice, and the last place is missing: take the step "
        "first, and then note where you are."
    ),
    "return w, np.array(path)": half(
        "Two things come back. The path is wanted alone; its last place is in it."
    ),
    "return np.append(np.array([]), path)": half(
        "The numbers are right, but all in one row. `np.append` flattens: collect the "
        "places in a list, and make an array of it at the end."
    ),
    "return np.array([gradient(w) for w in path])": (
        "These are the slopes on the way. The exercise asks for the places."
    ),
}


_OUTCOMES = {
    "a": "Too small: it goes the right way, and after 20 steps a good part of the "
    "distance is still left.",
    "b": "Good: hardly anything of the distance is left.",
    "c": "Too large: each step leaps over the lowest point to the other side, a "
    "little less far each time.",
    "d": "Divergent: each step leaps over the lowest point and lands further away "
    "than it came from.",
}

rate_a = exercises.prediction(
    "rate_a", title="Learning rate 0.02", options=_OUTCOMES, example="a"
)
rate_b = exercises.prediction(
    "rate_b", title="Learning rate 0.25", options=_OUTCOMES, example="c"
)
rate_c = exercises.prediction(
    "rate_c", title="Learning rate 0.38", options=_OUTCOMES, example="c"
)
rate_d = exercises.prediction(
    "rate_d", title="Learning rate 0.42", options=_OUTCOMES, example="c"
)

which_valley = exercises.prediction(
    "which_valley",
    title="Where does the walk end?",
    options={
        "a": "In the deeper valley: from this start and with these steps it got "
        "across the ridge.",
        "b": "In the nearer valley. Every step goes down from where it stands, so "
        "small steps cannot cross a ridge: the start decides.",
        "c": "On the ridge between the two: a place where the slope is zero and the "
        "walk stops.",
    },
    example="a",
)


# 4. Batches

steps_per_epoch = exercises.number(
    "steps_per_epoch",
    title="Steps in one epoch",
    answer="int(np.ceil(examples / batch_size))",
    given={"examples": 400, "batch_size": 32},
    mistakes=(
        (12, "That leaves 16 examples out. The last batch is smaller, and counts."),
        (12.5, "There are no half steps. What happens with the examples left over?"),
        (14, "One too many. Count how many full batches there are, and what is left."),
        (16, "That is how many examples are left over for the last, smaller batch."),
        (32, "That is how many examples are in one batch."),
        (400, "That is so with one example at a time."),
        (12_800, "You multiplied. How often does a batch fit into the examples?"),
        (1, "That is so when all the examples make one batch."),
        (384, "That many examples fill whole batches. How many batches are there?"),
        (65, "That is for five epochs, and one is asked for."),
        (0.08, "Upside down: that part of the examples is one batch."),
    ),
    hints=(
        "How many full batches of 32 are in 400 examples, and what is left over?",
        "The examples left over make one more batch, a smaller one.",
    ),
)

same_work = exercises.prediction(
    "same_work",
    title="Who is lowest after the same work?",
    options={
        "a": "The full batch: exact slopes were worth more than many steps.",
        "b": "The mini-batches: far more steps than the full batch for the same "
        "work, and far less noise than single examples.",
        "c": "Single examples: the most steps, and the noise did no harm.",
    },
    example="a",
)


# 5. Optimizers


@exercises.function(
    title="A step with momentum",
    points=2,
    results=("new weights", "new velocity"),
    terms={
        "momentum * velocity": "the share of the old velocity",
        "learning_rate * gradient": "the push",
        "w + velocity": "the new weight",
    },
    cases=lambda rng: [
        (np.array([1.0]), np.array([2.0]), np.array([0.5]), 0.1),
        (np.array([1.0, -1.0]), np.array([3.0, 0.5]), np.zeros(2), 0.2, 0.9),
        (*rng.normal(size=(3, 2, 2)), 0.05, 0.9),
        (*rng.normal(size=(3, 3, 2)), 0.1, 0.5),
    ],
    hints=(
        "First the new velocity: a share `momentum` of the old one, minus the plain "
        "step of gradient descent.",
        "Then the weight moves by the new velocity: it is added.",
        "Return two things, in this order: `return new_w, new_velocity`.",
    ),
)
def momentum_step(w, gradient, velocity, learning_rate, momentum=0.9):
    """Return the new weights and the new velocity."""
    velocity = momentum * velocity - learning_rate * gradient
    return w + velocity, velocity


momentum_step.same = {
    "A product has no order": (
        "throughout => `gradient` and `learning_rate` change places throughout",
        "throughout => `velocity` and `momentum` change places throughout",
    ),
}
momentum_step.known_mistakes = {
    "-  => - (1 - momentum) * ": (
        "A factor of 1 − momentum stands before the gradient. That makes a running "
        "mean; here the plain step is added in full."
    ),
    (
        "velocity = momentum * velocity -  => step = -",
        "velocity, velocity => step, step",
    ): (
        "This is plain gradient descent: the old velocity does not take part in "
        "the step."
    ),
    "momentum  => (1 - momentum) ": (
        "Of the old velocity the share 1 − momentum is kept. `momentum` is the "
        "share that friction leaves, 0.9 in most cases."
    ),
    (" w  =>  velocity, w ", "velocity, velocity => velocity"): half(
        "Both results are right, in the wrong order."
    ),
    ("* velocity  => * (velocity ", "* gradient => * gradient)"): (
        "The friction also brakes the new push. Only the old velocity is "
        "multiplied; mind the brackets."
    ),
    "momentum  => 0.9 ": half(
        "The friction is fixed at 0.9 in your code. Use `momentum`."
    ),
    "+ velocity,  => + momentum * velocity - learning_rate * gradient, ": (
        "The friction and the push come in a second time with the weights. The new "
        "velocity already holds both: it is all that is added."
    ),
    ("    velocity = =>     new =", "return w + velocity, new"): (
        "The weight moves by the old velocity, so this gradient counts only in the "
        "next step. Update the velocity first."
    ),
    ("    velocity = =>     new =", "return w + new, velocity"): half(
        "The weights are right, but the old velocity comes back. The next step needs "
        "the new one."
    ),
    ("momentum * velocity => velocity", "w + velocity => momentum * w + velocity"): (
        "The friction acts on the weights here. It is the velocity that loses a share."
    ),
    "return velocity": (
        "The velocity alone comes back. Return the new weights, too, and first."
    ),
    "return w + velocity": (
        "The weights alone come back. The velocity is needed for the next step."
    ),
    ("- learning_rate * => +", "return w - learning_rate * velocity, velocity"): half(
        "This velocity sums gradients, and the rate comes in afterwards: another "
        "common form. Here the velocity is the step itself, with the rate inside."
    ),
    (
        "- learning_rate * => + (1 - momentum) *",
        "return w + velocity => return w - learning_rate * velocity",
    ): half(
        "This velocity is a running mean of the gradients, and the rate comes in "
        "afterwards. That form exists; here the velocity is the step itself."
    ),
    (
        "velocity = momentum * velocity - => step = -",
        "velocity, velocity => step, velocity",
    ): (
        "This is plain gradient descent, and the velocity comes back as it was. It has "
        "to change, and the weights move by it."
    ),
    (
        "    velocity = =>     new =",
        "w + velocity, velocity => w + new, momentum * velocity",
    ): (
        "The weights are right. The push is missing from the velocity that comes back: "
        "the next step keeps a share of it."
    ),
    (
        "velocity = momentum * velocity => velocity = velocity",
        "w + velocity, velocity => w + velocity, momentum * velocity",
    ): (
        "The friction comes after the step here. The old velocity loses its share "
        "first; then the push is added, and the weights move."
    ),
    "return w + velocity, -velocity": half(
        "The weights are right, and the velocity comes back with the wrong sign: it "
        "points where the weights went."
    ),
    ("+ => -", "- learning_rate => + learning_rate"): half(
        "This velocity points uphill and is subtracted from the weights. That can "
        "work, but here a velocity is the step itself and is added."
    ),
    (
        "velocity = momentum * velocity - => velocity *= momentum; velocity -=",
        "return w + velocity, => w += velocity; return w,",
    ): half(
        "`+=`, `-=` and `*=` change the arrays that were handed in. Compute new ones."
    ),
}


first_adam_step = exercises.number(
    "first_adam_step",
    title="The length of Adam's first step",
    answer=0.1,
    tolerance=0.0003,
    mistakes=(
        (25, "That is m, and a step of plain gradient descent. What stands below m̂?"),
        (0.01, "The hat of m is missing: in the first step m is divided by 1 − 0.9."),
        (
            0.3162,
            "Those are the values without hats. In the first step both are far too "
            "small, and each is divided by what it lacks.",
        ),
        (0.32, "That is m over √v times η, both without hats. What do they lack?"),
        (3.162, "m has its hat, and v has not: below the line v̂ is wanted."),
        (3.16, "Without a hat v is far too small: below the line v̂ is wanted."),
        (250, "That is the gradient itself."),
        (62_500, "That is v̂, the square of the gradient. Its root stands below m̂."),
        (2.5, "That is the learning rate times m. What is m̂, and what stands below?"),
        (0.0004, "One root is missing: below the line stands the root of v̂."),
        (1, "That is the ratio m̂ / √v̂. The learning rate is still missing."),
        (10, "The ratio m̂ / √v̂ is divided by the learning rate, not multiplied."),
        (0.001, "The hat of m divides by 1 − 0.9. Multiplied, m gets smaller still."),
        (62.5, "That is v. Which step follows from m̂ and v̂?"),
        (-0.1, "A length has no sign."),
        (0, "It moves: in the first step both running means get their share of 250."),
    ),
    hints=(
        "m starts at zero and takes a tenth of 250. Its hat divides by 1 − 0.9. What "
        "is m̂?",
        "In the same way v = 0.001 · 250². What is v̂, and its root?",
    ),
)


@exercises.function(
    title="A step of Adam",
    points=3,
    results=("new weights", "new state"),
    terms={
        "m": "m",
        "v": "v",
        "t": "t",
        "m_hat": "m̂",
        "v_hat": "v̂",
        "t + 1": "the next t",
        "beta1 * m": "the kept share of m",
        "beta2 * v": "the kept share of v",
        "1 - beta1": "1 − β₁",
        "1 - beta2": "1 − β₂",
        "(1 - beta1) * gradient": "the new share of the gradient",
        "(1 - beta2) * gradient ** 2": "the new share of the squared gradient",
        "beta1 ** t": "β₁ to the power of t",
        "beta2 ** t": "β₂ to the power of t",
        "1 - beta1 ** t": "1 − β₁ to the power of t",
        "1 - beta2 ** t": "1 − β₂ to the power of t",
        "np.sqrt(v_hat)": "the root of v̂",
        "1e-08": "the tiny number",
        "np.sqrt(v_hat) + 1e-08": "what stands below the line",
        "learning_rate * m_hat": "the learning rate times m̂",
    },
    cases=lambda rng: [
        (np.array([10.0]), np.array([0.001]), (np.zeros(1), np.zeros(1), 0), 0.1),
        (np.ones(2), np.array([4.0, 0.0]), (np.zeros(2), np.zeros(2), 0), 0.1),
        (*rng.normal(size=(2, 2, 2)), (*rng.random((2, 2, 2)), 3), 0.05, 0.9, 0.999),
        (*rng.normal(size=(2, 3, 2)), (*rng.random((2, 3, 2)), 9), 0.01, 0.8, 0.95),
    ],
    hints=(
        "Unpack the state into its three parts, and count the step before anything "
        "else.",
        "The two running means: `m` keeps a share beta1 of itself and takes 1 − "
        "beta1 of the gradient; `v` does the same with beta2 and `gradient ** 2`.",
        "The hats are used for this step only: `m / (1 - beta1**t)` and the same "
        "for v. The state that you return holds m and v without hats.",
    ),
)
def adam_step(w, gradient, state, learning_rate, beta1=0.9, beta2=0.999):
    """Return the new weights and the new state (m, v, t)."""
    m, v, t = state
    t = t + 1
    m = beta1 * m + (1 - beta1) * gradient
    v = beta2 * v + (1 - beta2) * gradient**2
    m_hat = m / (1 - beta1**t)
    v_hat = v / (1 - beta2**t)
    w = w - learning_rate * m_hat / (np.sqrt(v_hat) + 1e-8)
    return w, (m, v, t)


adam_step.same = {
    "The tiny number counts only where v̂ is 0": (
        "np.sqrt(v_hat) + 1e-08 => np.sqrt(v_hat) - 1e-08",
    ),
}
adam_step.known_mistakes = {
    (" / (1 - beta1**t) => ", " / (1 - beta2**t) => "): (
        "The hats are missing. m and v start at zero and are too small in the first "
        "steps; divide each by what it still lacks."
    ),
    "(m, v, => (m_hat, v_hat,": (
        "The corrected values are put into the state, so that they are corrected "
        "again and again. The hats belong to this step only; the state keeps plain m "
        "and v."
    ),
    " + 1e-8 => ": half(
        "A gradient that is exactly zero gives 0 / 0 here. Does the tiny number stand "
        "below the fraction line, in brackets with the root?"
    ),
    ("t = t + 1 => pass", "(m, v, t) => (m, v, t + 1)"): (
        "The step is not counted before the hats are computed: with t = 0 they divide "
        "by zero, and later they correct too much."
    ),
    "(m, v, t) => (m, v, t - 1)": half(
        "The step is right, but t comes back as it was: the next step would take "
        "itself for the first one, too."
    ),
    "rate * m_hat => rate * gradient": (
        "The step uses this gradient instead of the running mean m̂, so there is no "
        "momentum in it. (That optimizer exists: it is close to RMSprop.)"
    ),
    "w - => w +": "The step is added: this Adam climbs.",
    "return w": "The weights alone come back. The next step needs m, v and t as well.",
    ("beta1 => kept", "beta2 => beta1", "kept => beta2"): (
        "The two betas are swapped: m belongs to beta1, v to beta2."
    ),
    " / (1 - beta2**t) => ": (
        "m is corrected and v is not. Both start at zero, and both need it."
    ),
    " / (1 - beta1**t) => ": (
        "v is corrected and m is not: the first steps come out far too short."
    ),
    "m / (1 - beta1**t) => m / (1 - beta2**t)": (
        "Both hats are made with beta2. The hat of m belongs to beta1."
    ),
    "return w, (v, m, t)": half(
        "The numbers are right, and m and v change places in the state. It goes in as "
        "(m, v, t), and comes back so."
    ),
    "t = t + 1 => pass": (
        "The step is not counted: with t = 0 the hats divide by zero, and the next "
        "step would take itself for the first, too."
    ),
    "**t => ": (
        "The hats divide by 1 − β in every step. What a mean still lacks shrinks from "
        "step to step: the power of t says so."
    ),
    ("(1 - beta1) * gradient => gradient", "(1 - beta2) * gradient => gradient"): (
        "m and v take in the gradient in full. In a running mean the old keeps the "
        "share β, and the new gets the share 1 − β."
    ),
    (
        "m / (1 - beta1**t) => gradient",
        "v / (1 - beta2**t) => v",
        "m = beta1 * m + (1 - beta1) * gradient => pass",
    ): (
        "This is RMSprop: the gradient over the root of v. Adam takes the running mean "
        "m in its place, and both get their hats."
    ),
    ("/ (1 - beta1 => * (1 - beta1", "/ (1 - beta2 => * (1 - beta2"): (
        "The hats multiply here. m and v are too small in the first steps: divided by "
        "a number below 1, they grow."
    ),
    (
        "m / (1 - beta1**t) => state[0] / (1 - beta1**t)",
        "v / (1 - beta2**t) => state[1] / (1 - beta2**t)",
    ): (
        "The hats are computed from the old m and v. Let this gradient into both of "
        "them first."
    ),
    "return w, m, v, t": half(
        "All the numbers are right, but four things come back one after the other. "
        "The state is one thing, a tuple: mind the brackets."
    ),
    "**t => * t": (
        "In the hats the beta is multiplied with t. It is a power, with two stars: "
        "what is still missing shrinks by the factor beta in each step."
    ),
    ("/ (1 => / 1", "**t) => **t"): (
        "The hats lack their brackets: `m / 1 - beta1**t` divides by 1 and subtracts. "
        "1 − β to the power of t stands below the line as a whole."
    ),
    "**t) => ) ** t": (
        "The power is taken of the whole bracket, 1 − β. It belongs to β alone: what "
        "a mean still lacks shrinks by the factor β in each step."
    ),
    "= state => = 0, 0, 0": (
        "Each call starts from zero means. The state that comes in holds the old m, v "
        "and t: begin with those."
    ),
    ("m = beta1 => m[...] = beta1", "v = beta2 => v[...] = beta2"): half(
        "The numbers are right, and the arrays of the old state have been overwritten "
        "by `*=` or `+=`. Compute new ones: whoever called it may need them again."
    ),
    (
        "beta1 * m + (1 - beta1) => (1 - beta1) * m + beta1",
        "beta2 * v + (1 - beta2) => (1 - beta2) * v + beta2",
    ): (
        "The shares are exchanged: most of the old mean is to be kept, and a little "
        "of the new gradient taken in."
    ),
    ("(1 - beta1) => 1 - beta1", "(1 - beta2) => 1 - beta2"): (
        "`1 - beta` needs brackets before it is multiplied with the gradient."
    ),
    "(np.sqrt(v_hat) + 1e-8) => np.sqrt(v_hat + 1e-8)": half(
        "The tiny number stands below the root in your code, where the root makes it "
        "ten thousand times as large. It is added to the root of v̂."
    ),
    "return w, state": half(
        "The weights are right, but the state comes back as it was. The next step "
        "needs the new m, v and t."
    ),
    ("beta1 => 0.9", "beta2 => 0.999"): half(
        "The numbers 0.9 and 0.999 are fixed in your code. Use `beta1` and `beta2`."
    ),
    "gradient**2 => m**2": (
        "v takes in the square of m. It is the mean of the squared gradient itself."
    ),
}

race_winner = exercises.prediction(
    "race_winner",
    title="Who is first in the valley?",
    options={
        "a": "Plain gradient descent came first.",
        "b": "Momentum came first: along the valley floor the small slopes all "
        "point the same way and add up; across it they cancel.",
        "c": "Adam came first: it measures each weight's slopes by their usual "
        "size, so a flat direction gets steps as long as a steep one.",
    },
    example="c",
)


# 6. A network

forward_passes = exercises.number(
    "forward_passes",
    title="What does the training cost?",
    points=2,
    answer="passes_for_each_slope * (inputs * hidden + hidden_biases "
    "+ hidden * outputs + output_biases) * steps",
    given={
        "passes_for_each_slope": 2,
        "inputs": 2,
        "hidden": 6,
        "hidden_biases": 6,
        "outputs": 2,
        "output_biases": 2,
        "steps": 500,
    },
    terms={
        "passes_for_each_slope": "the number of passes for each slope",
        "inputs": "the number of inputs",
        "hidden": "the number of hidden units",
        "outputs": "the number of outputs",
        "hidden_biases": "the number of hidden biases",
        "output_biases": "the number of output biases",
        "inputs * hidden": "the number of weights of the first layer",
        "hidden * outputs": "the number of weights of the second layer",
        "steps": "the number of steps",
    },
    mistakes=(
        (32, "That is the number of parameters."),
        (24_000, "That counts the weights. The biases are nudged, too."),
        (26_000, "Some biases are missing. Each hidden unit and each output has one."),
        (12_000, "That counts the weights, nudged once. There are biases as well."),
        (500, "One step needs a slope for every parameter."),
        (1_000, "That would do for one parameter."),
        (
            2 * 32 * 500 * 200,
            "A forward pass takes all the examples as one batch, so it counts once.",
        ),
        (3_200_000, "The examples do not count: a pass takes them all as one batch."),
        (10_000, "Units are not parameters: count weights and biases."),
        (34_000, "The inputs have no biases: they compute nothing."),
        (18_000, "That is the first layer alone. There is a second one."),
        (14_000, "That is the second layer alone. Count the first one, too."),
        (64_000, "Twice too much. Each slope needs two passes, one up and one down."),
        (24, "Those are the weights, once. There are biases, passes and steps, too."),
    ),
    hints=(
        "First the parameters, layer by layer: D × H weights and H biases.",
        "Each parameter costs two forward passes in each of the 500 steps.",
    ),
)


# 7. New examples

best_degree = exercises.prediction(
    "best_degree",
    title="Which polynomial is best on new points?",
    options={
        "a": "The straight line was best on new points.",
        "b": "The one in between was best: bent enough to follow the shape, not "
        "bent enough to follow the noise.",
        "c": "The most flexible one was best on new points, too.",
    },
    example="c",
)


@exercises.function(
    title="Early stopping",
    points=2,
    terms={
        "best": "the best epoch",
        "loss": "the loss",
        "epoch": "the epoch",
        "losses[best]": "the best loss so far",
        "loss < losses[best]": "the comparison with the best loss",
        "epoch - best": "the number of epochs since the best",
        "epoch - best >= patience": "the test of the patience",
    },
    cases=[
        ([0.9, 0.7, 0.8, 0.6], 1),
        ([0.5, 0.5, 0.6, 0.4], 2),
        ([0.9, 0.8, 0.7, 0.6, 0.5], 2),
        ([0.9, 0.5, 0.7, 0.6, 0.65, 0.4], 3),
        ([0.9, 0.8, 0.85, 0.7, 0.75, 0.6, 0.65, 0.7, 0.1], 2),
        ([0.8, 0.6, 0.65, 0.6, 0.65, 0.7, 0.75, 0.2], 4),
        ([0.8, 0.6, 0.9, 0.7, 0.5, 0.6, 0.7, 0.8, 0.9], 3),
        ([0.9, 0.5, 0.7, 0.6], 3),
        ([2.0, 1.6, 1.7, 1.4, 1.5, 1.4, 1.3, 1.4, 1.5, 1.6, 1.1, 0.9], 3),
        ([1.9, 1.7, 1.5, 1.6, 1.55, 1.45, 1.5, 1.5, 1.2, 1.3, 1.1, 1.4, 1.3], 4),
    ],
    hints=(
        "Go through the losses with `enumerate`, and remember the best epoch so far.",
        "A new best: remember it. Otherwise: how many epochs ago was the best? When "
        "that reaches the patience, `break`.",
        "What you return is the remembered best epoch. Epochs count from 0.",
    ),
)
def early_stop(losses, patience):
    """Epoch to keep: the best one seen until the patience ran out."""
    best = 0
    for epoch, loss in enumerate(losses):
        if loss < losses[best]:
            best = epoch
        elif epoch - best >= patience:
            break
    return best


early_stop.same = {
    "At a new best no patience has run out": (
        "if loss < losses[best]: … => what belongs under `else` after the comparison "
        "with the best loss is done in every case",
    ),
    "The first epoch is the best to begin with": (
        "for epoch, loss in enumerate(losses): … => the first turn of the loop is left "
        "out",
    ),
    "Losses are compared with one another only": ("losses => losses * patience",),
}
early_stop.known_mistakes = {
    "return int(np.argmin(losses))": (
        "This looks at the whole curve. Whoever stops early never sees what comes "
        "after the stop."
    ),
    ("break => return epoch", "return len(losses) - 1"): (
        "This is the epoch at which training stops. The weights worth keeping are "
        "those of the best epoch before it."
    ),
    ">= => >": half(
        "This waits one epoch too long: when `patience` epochs have brought "
        "nothing, it is over."
    ),
    "return losses[best]": half(
        "This is the loss of the best epoch. The exercise asks which epoch it was."
    ),
    "return best, losses[best]": half(
        "Two things come back, the epoch and its loss. The epoch is wanted alone."
    ),
    (
        "best = 0 => best, lowest = 0, losses[0]",
        "loss < losses[best] => loss < lowest",
    ): (
        "Each loss is compared with the very first one. After a new best, compare with "
        "that: the lowest loss has to be kept up to date."
    ),
    "elif epoch - best => if epoch": (
        "This stops after `patience` epochs, whatever the losses do. Count them from "
        "the best epoch on."
    ),
    "return 0": (
        "The answer is epoch 0, always. Does anything ever count as a new best? (No "
        "loss lies below a best loss that begins with 0.)"
    ),
    "return best + 1": half("Epochs count from 0 here, as positions in a list do."),
    "<  => <= ": half(
        "An equal loss counts as a new best here. It is no better, so the patience "
        "goes on running out."
    ),
    (
        "best = 0 => best = bad = 0",
        "= epoch\n => , bad = epoch, 0\n",
        "epoch - best >= => loss > losses[best] and (bad := bad + 1) >=",
    ): half(
        "An epoch whose loss equals the best one is passed over in your count. It "
        "has brought nothing better, so it counts."
    ),
    ">= patience => > 0": (
        "Does it stop at the first epoch that is not better? The curve is noisy: the "
        "patience says how many such epochs in a row are allowed."
    ),
    ("best = 0 => best, bad = 0, -1", "epoch - best => (bad := bad + 1)"): (
        "The bad epochs are counted over the whole training. A new best starts the "
        "count afresh."
    ),
    (
        "for epoch => falling = 0\n    for epoch",
        " if =>  if loss < losses[epoch - 1]:\n            falling = epoch\n        if",
        "epoch - best => epoch - falling",
    ): (
        "Is each epoch compared with the one before it? A loss that climbs and dips "
        "on the way is not a new best: compare with the best so far."
    ),
    ("break => return best", "return len(losses) - 1"): half(
        "When the losses end before the patience does, your function answers with the "
        "last epoch. The best one seen is to be kept then, too."
    ),
    ("break => return best", "return None"): half(
        "Your function answers only when the patience runs out. When the losses end "
        "before that, the best epoch so far is the answer."
    ),
}


# 8. Learning curves

_DIAGNOSES = {
    "a": "Underfitting shows as two curves that lie close together and have come to "
    "rest at a high loss.",
    "b": "Overfitting shows as a training curve that goes on falling while the "
    "validation curve turns and rises.",
    "c": "Too large a rate shows as a loss that jumps up and down, with both curves "
    "jumping together.",
    "d": "Stopped too early shows as two curves that are both still going down at "
    "the end.",
    "e": "A healthy training shows as two low curves, close together, that have "
    "come to rest.",
}
_LOOK = (
    "Look at the end of the curves: are they flat, falling or rising? And are the "
    "two together or apart?"
)


def _diagnosis(name, letter, reason, hint):
    return exercises.choice(
        name,
        title=f"Diagnose curve {name[-1].upper()}",
        answer=letter,
        options={**_DIAGNOSES, letter: reason},
        hints=(_LOOK, hint),
    )


curve_a = _diagnosis(
    "curve_a",
    "d",
    "Both curves still fall at the end, and steadily: train longer, or raise the "
    "learning rate.",
    "Imagine the picture went on to the right. Where would the curves go?",
)
curve_b = _diagnosis(
    "curve_b",
    "b",
    "The training loss falls on, the validation loss turns and climbs: more data, "
    "a penalty, a smaller network, or stop at the turn.",
    "When does the dashed curve turn, and what does the other one do meanwhile?",
)
curve_c = _diagnosis(
    "curve_c",
    "a",
    "Both curves rest near the dotted line of blind guessing. The model cannot do "
    "better: give it more units, or a hidden layer at all.",
    "Compare with the dotted line. How much has been learned?",
)
curve_d = _diagnosis(
    "curve_d",
    "c",
    "The loss leaps up and down, and both curves leap together: the steps are too "
    "long. Divide the learning rate by ten.",
    "Gradient descent walks downhill. Which setting makes it go up?",
)


# Recall

recall_features = exercises.choice(
    "recall_features",
    title="Learned features",
    answer="b",
    options={
        "a": "Choosing inputs by hand is what people did before; chapter 01 "
        "compared the two.",
        "b": "Nobody writes them down: the weights of the hidden layers are adjusted "
        "with all the others, and what these units respond to are the features.",
        "c": "Pixels are the raw input. Features are what is computed from them.",
        "d": "Labels are given by people. They say what the answer should be, not "
        "how to get there.",
    },
    hints=(
        "Chapter 01 compared a rule by hand, features by hand, and a network on raw "
        "pixels. Who made the features in the third?",
        "Think of what the units between input and output respond to.",
    ),
)

recall_softmax = exercises.choice(
    "recall_softmax",
    title="Softmax, moved",
    answer="c",
    options={
        "a": "They would no longer add up to 1 then.",
        "b": "The largest logit does not gain more than the others: all of them grow "
        "by the same amount.",
        "c": "Every exponential grows by the same factor, and so does their sum: the "
        "factor cancels. That is why you may subtract the largest logit first.",
    },
    hints=(
        "Softmax divides each exponential by the sum of them all.",
        "What does adding 5 to a logit do to its exponential? And to the sum?",
    ),
)

recall_activation = exercises.choice(
    "recall_activation",
    title="Two layers without an activation",
    answer="a",
    options={
        "a": "One matrix times another is a matrix again: with nothing between them "
        "the two layers are one layer.",
        "b": "Nothing stops the computation; it works, and gains nothing.",
        "c": "More numbers to adjust do not help when all of them together can only "
        "draw what one layer draws.",
    },
    hints=(
        "Write both layers as matrix products: (X @ W1) @ W2. What is W1 @ W2?",
        "Which curves can a sum of weighted inputs draw?",
    ),
)

explain = exercises.text(
    "explain",
    title="Explain it to a friend",
    model="First you need one number that says how wrong the answers are: the loss, "
    "which makes confident mistakes cost the most. Then you ask of every weight: if "
    "I nudge it a little, does the loss rise or fall, and how fast? All these slopes "
    "together are the gradient, and every weight takes a small step against its own "
    "slope. Step by step, on one small batch of examples after another, the loss goes "
    "down. Whether the network has learned something or memorised it, only examples "
    "that it was not trained on can tell.",
    rubric=(
        "the error is one number",
        "a slope answers what a small change of one weight does",
        "all weights take small steps against their slopes, again and again",
        "examples kept apart decide whether it is any good",
    ),
    hints=(
        "Answer four questions: how wrong is it, which way is better, how far does "
        "one go, and how do you know that it worked?",
    ),
)
