"""Exercises of chapter 04, "Compute with TensorFlow"."""

import dis
import inspect
import re
from collections import Counter
from collections.abc import Callable
from contextlib import contextmanager
from dataclasses import dataclass

import numpy as np

from course_utils.checking.core import AnswerFormError, ExerciseSet
from course_utils.checking.later import Later
from course_utils.checking.mistakes import half
from course_utils.checking.values import as_array, kind

tf = Later("tensorflow")

_IN_PLAIN_WORDS = (
    (
        r"(Eager|Symbolic)Tensor'? object has no attribute '(?!numpy)",
        "A tensor has none of the methods of a NumPy array. TensorFlow has a function "
        "for it, which takes the tensor in its brackets.",
    ),
    (
        r"module 'tensorflow' has no attribute '(sum|mean|max|min|prod|any|all)'",
        "Functions that make an axis disappear begin with `reduce_`.",
    ),
    (
        r"module 'tensorflow' has no attribute 'log'",
        "The logarithm is in `tf.math`.",
    ),
    (
        r"data' has no attribute 'from_",
        "It belongs to the datasets, `tf.data.Dataset`.",
    ),
    (
        r"abstract class DatasetV2",
        "A dataset is made by one of its own functions, whose names begin with "
        "`from_`, not by calling the class.",
    ),
    (
        r"'(tuple|numpy\.ndarray)' object has no attribute '(shuffle|batch|prefetch)'",
        "Only a dataset has that: make one first.",
    ),
    (
        r"has no attribute '_id'|'float' object has no attribute 'dtype'",
        "That is TensorFlow's way of saying: this is no tensor. A tape takes tensors "
        "and variables, and neither plain numbers nor NumPy's arrays.",
    ),
    (
        r"does not support item assignment",
        "A tensor never changes, and a variable does by its own methods only.",
    ),
    (
        r"Matrix size-incompatible|not aligned",
        "In a matrix product the columns of the left matrix must be as many as the "
        "rows of the right one: write the two shapes side by side.",
    ),
    (
        r"ndims must be|different ndims",
        "A matrix product takes two tables, and something here has another number of "
        "axes.",
    ),
    (
        r"Incompatible shapes|Dimensions must be equal",
        "Two shapes do not fit entry by entry: compare them from the right.",
    ),
    (
        r"was expected to be an? \w+ tensor|that does not match type|same dtype",
        "Two types meet here, and TensorFlow changes no type unasked.",
    ),
    (
        r"Tensor conversion requested dtype|Expected tensor .* with dtype",
        "This tensor has its type already, and `dtype=` does not change it. A cast "
        "makes a new one.",
    ),
    (r"BitwiseXor", "In Python `^` is no power: write two stars."),
    (
        r"is not in the list of allowed values",
        "This operation does not take numbers of this type.",
    ),
    (
        r"reduction dimension",
        "There is no such axis. Axes are counted from zero.",
    ),
    (r"slice index .* out of bounds", "Indices are counted from zero."),
    (
        r"Input to reshape",
        "A reshape keeps every number, so the old shape and the new one must hold "
        "equally many.",
    ),
    (
        r"non-persistent",
        "A tape answers one question, about what its `with` block has recorded. After "
        "that it is used up.",
    ),
    (
        r"Passed in object",
        "A tape watches tensors. This is none yet: make one of it first.",
    ),
    (
        r"unsupported type",
        "Numbers, arrays and lists of them become tensors, and this does not.",
    ),
    (
        r"symbolic tf\.Tensor|symbolic `tf\.Tensor`",
        "While a function is traced there are no numbers yet, so nothing can go "
        "through them one by one, look at them or compare them.",
    ),
    (
        r"condition of if statement",
        "`if` needs one yes or no, and this comparison gives several.",
    ),
    (
        r"to EagerTensor of dtype int",
        "A whole number is wanted here, and this is none. (`/` never gives one.)",
    ),
)
"""What TensorFlow's words mean. Its own advice may lead astray: so it is left out."""

_TERMS = {
    "means": "the mean of each row",
    "gradient": "the question to the tape",
    "constant": "`tf.constant`",
    "Variable": "`tf.Variable`",
}

exercises = ExerciseSet(
    "04", needs=[tf.load], plain_words=_IN_PLAIN_WORDS, terms=_TERMS
)


@dataclass(frozen=True)
class _Formula:
    """A function that shows itself as its formula when a case is printed."""

    text: str
    function: Callable

    def __call__(self, w):
        return self.function(w)

    def __repr__(self):
        return self.text


# 1. One map

which_part = exercises.choice(
    "which_part",
    title="A classifier in a phone",
    answer="c",
    options={
        "a": "Serving answers requests on a server. The phone would have to be "
        "online, and the pictures would leave it.",
        "b": "`tf.distribute` spreads a training over several devices. Here the "
        "training is over.",
        "c": "Converted once, the model is one small file, and LiteRT runs it on "
        "the phone itself.",
        "d": "TensorBoard shows a training to the one who trains. It runs no model "
        "for others.",
    },
    hints=(
        "Where does the computing happen: on a server, or in the pocket?",
        "Without a network nothing can be asked of a server.",
    ),
)

# 2. Tensors

difference_shape = exercises.prediction(
    "difference_shape",
    title="A column minus a flat array",
    options={
        "a": "The two were paired one to one.",
        "b": "The flat array was taken for a column.",
        "c": "Shapes are compared from the right: 5 against 1, so the column is "
        "repeated; then nothing against 5, so the flat array is a row and is "
        "repeated, too. Every prediction met every target.",
        "d": "TensorFlow refused.",
    },
    example="a",
)


@exercises.function(
    title="A column of predictions, a flat array of targets",
    terms={
        "predictions[:, 0]": "the predictions",
        "predictions[:, 0] - targets": "the error",
    },
    cases=lambda rng: [
        (tf.constant([[3.0]]), tf.constant([1.0])),
        (tf.constant([[1.0], [5.0], [-2.0]]), tf.constant([2.0, 2.0, -2.0])),
        (tf.constant(rng.normal(size=(5, 1))), tf.constant(rng.normal(size=5))),
    ],
    hints=(
        "Bring both to the same shape before you subtract. Print the two shapes if "
        "you are not sure.",
        "A column loses its second axis by `predictions[:, 0]`; `tf.reshape` and "
        "`tf.squeeze` can do it, too.",
        "Then square, and take `tf.reduce_mean` without an axis.",
    ),
)
def column_error(predictions, targets):
    """Mean squared error of predictions (N, 1) and targets (N,)."""
    errors = predictions[:, 0] - targets
    return tf.reduce_mean(errors**2)


column_error.same = {
    "A square has no sign": (
        "predictions[:, 0] - targets => targets - predictions[:, 0]",
    ),
    "A column's last place is its first": ("0 => -1",),
}
column_error.known_mistakes = {
    "return tf.reduce_mean((predictions - targets) ** 2)": (
        "One number comes out, and nothing complains, but it is a mean over N × N "
        "differences: every prediction met every target. Look at the two shapes."
    ),
    "return tf.reduce_mean((predictions[0] - targets) ** 2)": (
        "`predictions[0]` is the first row: one prediction, which is then compared "
        "with all the targets. You want the first column."
    ),
    "return tf.reduce_mean(predictions[:, 0] - targets) ** 2": (
        "First the mean, then the square: errors up and down have cancelled before "
        "they could be squared. Turn the two steps round."
    ),
    "return tf.reduce_mean(tf.abs(predictions[:, 0] - targets))": (
        "This is the mean of the sizes of the errors. The squares were asked."
    ),
    "return tf.reduce_sum((predictions - targets) ** 2) / len(targets)": (
        "Squares are added over all pairs, N × N of them: every prediction met "
        "every target. Dividing by N does not mend that. Look at the two shapes."
    ),
    "return tf.reduce_mean((predictions - targets[:, None]) ** 2, axis=0)": half(
        "The number is right, and it comes as an array of length 1. Without an "
        "axis, a mean is one number; in a loop, each row is an array of one."
    ),
    "return tf.reduce_mean(predictions[:, 0] ** 2 - targets**2)": (
        "Squares are taken before the difference. First the error, then its square."
    ),
}


@exercises.function(
    title="Take the mean of each row away",
    atol=1e-6,
    cases=lambda rng: [
        (tf.constant([[1.0, 2.0, 6.0]]),),
        (tf.constant([[1.0, -2.0, 3.0, 4.0], [0.0, 0.0, 8.0, 0.0]]),),
        (tf.constant([[1.0, 2.0, 6.0], [0.0, -3.0, 0.0], [4.0, 4.0, 4.0]]),),
        (tf.constant(rng.normal(size=(5, 2))),),
    ],
    hints=(
        "`tf.reduce_mean(X, axis=...)`: the axis that you name is the one that is "
        "averaged away. A row runs along the columns.",
        "The means have the shape (N,). Beside (N, D) they would be taken for a "
        "row. They have to be a column, (N, 1).",
        "`keepdims=True` leaves the averaged axis in place, with length 1.",
    ),
)
def centre_rows(X):
    """Each row of X minus its own mean: same shape (N, D)."""
    means = tf.reduce_mean(X, axis=1, keepdims=True)
    return X - means


centre_rows.known_mistakes = {
    "X - means => X / means": "Each row is divided by its mean. Take the mean away.",
    "return X - tf.reduce_mean(X, axis=1)": (
        "With as many rows as columns this runs and is wrong; with other shapes it "
        "stops. The means lie flat, and from the right a flat array is a row."
    ),
    "return tf.reduce_mean(X, axis=1)": (
        "These are the means of the rows, and they lie flat. X has to stand in the "
        "result, with its own shape."
    ),
    "return X": (
        "X comes back as it was. A tensor never changes: in a loop, `row = …` and "
        "`row -= …` give a name to a new tensor, and X does not hear of it."
    ),
    "return X[0] - tf.reduce_mean(X[0])": (
        "Only the first row comes back. Does the `return` stand in a loop? Collect "
        "the rows, and make one tensor of them at the end."
    ),
    (
        "return X  => return (X ",
        "- means => - means) / tf.math.reduce_std(X, axis=1, keepdims=True)",
    ): ("Each row is also divided by its spread. Only the mean is to be taken away."),
}


# 3. The tape

_SQUARES = _Formula("tf.reduce_sum(w ** 2)", lambda w: tf.reduce_sum(w**2))
_CURVES = _Formula(
    "tf.reduce_sum(tf.sin(w) * tf.exp(w))",
    lambda w: tf.reduce_sum(tf.sin(w) * tf.exp(w)),
)
_PRODUCT = _Formula("tf.reduce_prod(w)", lambda w: tf.reduce_prod(w))
_FARES = _Formula(
    "tf.reduce_mean((w * tf.constant([1.0, 2.0]) - 3.0) ** 2)",
    lambda w: tf.reduce_mean((w * tf.constant([1.0, 2.0]) - 3.0) ** 2),
)


def _counted(answer, loss, params):
    """Call an answer with a loss that remembers what it was called with."""
    calls = []

    def remembered(w):
        calls.append(w)
        return loss(w)

    slopes = answer(_Formula(loss.text, remembered), params)
    if len(calls) > np.size(params):
        raise AnswerFormError(
            f"The loss was called {len(calls)} times for {np.size(params)} parameters, "
            "as nudging does. A tape needs one call, however many there are.",
            slopes,
        )
    if slopes is None and _returns(answer):
        raise AnswerFormError(
            f"None came back. The loss was called with {_sort_of(calls)}.", slopes
        )
    return slopes


def _sort_of(calls):
    """Say what a loss was called with."""
    if not calls:
        return "nothing at all"
    if isinstance(calls[-1], tf.Variable):
        return "a variable"
    return "a tensor" if tf.is_tensor(calls[-1]) else "an array"


def _returns(function):
    """Tell whether a function has a `return` with something behind it."""
    code = getattr(function, "__code__", None)
    if code is None:
        return True
    steps = [(step.opname, step.argval) for step in dis.get_instructions(code)]
    pairs = zip([("", ""), *steps], steps, strict=False)
    return any(
        name == "RETURN_VALUE" and before != ("LOAD_CONST", None)
        for before, (name, _) in pairs
    )


@exercises.function(
    title="The gradient of any loss, from a tape",
    terms={"value": "the loss", "loss(w)": "the loss", "w": "the variable"},
    points=2,
    rtol=1e-9,
    run=_counted,
    cases=[
        (_SQUARES, np.array([3, -1])),
        (_CURVES, np.array([0.7, -2.0])),
        (_PRODUCT, np.array([[1.5, 2.0, 1.2], [-1.0, 0.3, -0.7]])),
    ],
    hints=(
        "A tape watches variables. Make one from `params`, and call the loss with "
        "it, inside the `with` block.",
        "`tf.Variable(params, dtype=tf.float64)` takes whole numbers, too.",
        "After the block, ask the tape for the gradient of the loss with respect to "
        "your variable, and return it.",
    ),
)
def tape_gradient(loss, params):
    """Slope of the loss along each entry: same shape, float64."""
    w = tf.Variable(params, dtype=tf.float64)
    with tf.GradientTape() as tape:
        value = loss(w)
    return tape.gradient(value, w)


tape_gradient.known_mistakes = {
    ("Variable => constant", "dtype= => "): (
        "The tape answers None: it saw no way from the parameters to the loss. A "
        "tensor is watched only if the tape is told so, and before the loss is "
        "computed, and the loss has to be computed inside the block."
    ),
    "(w) => (params)": (
        "The tape answers None: the loss is computed from a NumPy array, `params` "
        "itself or what `.numpy()` gives, and no way leads from your variable to "
        "that."
    ),
    "return  => ": (
        "Nothing comes back: the function has no `return` with a value behind it. "
        "To print the gradient shows it to you, but not to the one who calls."
    ),
    ", dtype=tf.float64 => ": (
        "For whole numbers this is None: the variable takes over their type, and "
        "integers have no slopes. Say which type it shall have."
    ),
    (", dtype=tf.float64 => ", "(w) => (tf.cast(w, tf.float64))"): (
        "For whole numbers this is None. Integers have no slopes, and a tape does "
        "not follow a cast: what it watches has to be float64 from the start."
    ),
    "(w) => (w).numpy()": (
        "`.numpy()` takes a number out of TensorFlow, as NumPy's functions do, and "
        "the tape loses sight of it. Hand over the loss as the tensor that it is."
    ),
    ("value =  => ", "value, => loss,"): (
        "The tape is handed the function `loss` itself. It wants what came out "
        "when the function was called inside the block."
    ),
    "() => ": (
        "A tape has to be made before it can be used: the brackets behind "
        "`GradientTape` are missing."
    ),
    "return [tape_gradient(loss, params)]": half(
        "The slopes are right; they come in a list, for the tape was asked with a "
        "list of variables. There is one variable here."
    ),
    "float64) => float32)": half(
        "Right to about seven digits: this computes in float32. The exercise asks "
        "for float64."
    ),
    "        value =>         pass\n    value": (
        "The loss gets a variable, and still the tape answers None. Is the loss "
        "computed inside the block? And is the tape asked for the slope of the loss "
        "with respect to the variable, in this order?"
    ),
    (
        "Variable => constant",
        "        value =>         w = tape.watch(w)\n        value",
    ): (
        "`tape.watch` gives nothing back, so the name on its left is None afterwards. "
        "Call it, and keep the tensor that you had."
    ),
    ", w) => , w), value": half(
        "The slopes are there, with the loss beside them. The function returns the "
        "slopes alone."
    ),
    (
        "value = loss(w) => pass",
        "return [tape_gradient(loss, row) for row in params]",
    ): (
        "The loss gets one parameter, or one row of them, at a time. It is a function "
        "of all of them together, as here of their product."
    ),
}


@exercises.function(
    title="Slope and curvature",
    results=("slope", "curvature"),
    terms={"y": "the value of `f`", "slope": "the slope"},
    points=2,
    cases=[
        (_Formula("w ** 3", lambda w: w**3), 2.0),
        (_Formula("tf.sin(w)", lambda w: tf.sin(w)), 0.7),
        (_Formula("w ** 2 * tf.exp(w)", lambda w: w**2 * tf.exp(w)), -1.5),
        (_FARES, 0.0),
    ],
    hints=(
        "Two tapes, one inside the block of the other. Each one needs something to "
        "watch: a variable made from w.",
        "The inner tape gives the slope. The outer tape has to see how the slope "
        "comes about, so ask for the slope while the outer block is still open.",
        "The outer tape then gives the gradient of the slope.",
    ),
)
def slope_and_curvature(f, w):
    """First and second derivative of f at the number w: two numbers."""
    w = tf.Variable(w)
    with tf.GradientTape() as outer:
        with tf.GradientTape() as inner:
            y = f(w)
        slope = inner.gradient(y, w)
    return slope, outer.gradient(slope, w)


slope_and_curvature.known_mistakes = {
    "inner.gradient(y => inner.gradient(f": (
        "The tape is handed the function `f` itself. It wants what came out when the "
        "function was called inside the block."
    ),
    ("w = => v =", "f(w) => f(v)", "y, w) => y, v)"): (
        "The outer tape is asked about the plain number. It watches the variable that "
        "you have made of it."
    ),
    "y, w) => y, [w])": (
        "Asked with a list of variables, a tape answers with a list. There is one "
        "variable here, and its slope is one number."
    ),
    "return slope_and_curvature(f, w)[::-1]": half(
        "Right numbers, wrong order: first the slope, then the curvature."
    ),
    "return slope_and_curvature(f, w)[1]": half(
        "This is the curvature alone. The function returns both numbers."
    ),
    "return slope_and_curvature(f, w)[0]": half(
        "This is the slope alone. The function returns both numbers."
    ),
    ("w  => v ", "y, w) => y, v)", "slope, w) => slope, v)"): (
        "f is called with the plain number. The tapes watch the variable that you "
        "have made: f has to get that one."
    ),
    "y, w) => y, w).numpy()": (
        "`.numpy()` takes the slope out of TensorFlow before the outer tape is "
        "asked about it. Let it be a tensor until then."
    ),
    "return f(w), slope_and_curvature(f, w)[0]": (
        "These are the value of f and its slope. Go one further: slope, and slope "
        "of the slope."
    ),
    "return f(w), *slope_and_curvature(f, w)": half(
        "The two numbers are right, with the value of f in front of them. Two are "
        "asked."
    ),
    "return (slope_and_curvature(f, w)[0], slope_and_curvature(f, w)[0])": (
        "The second number is the slope again: the outer tape was asked about f. "
        "Ask it about the slope."
    ),
    "Variable(w) => Variable(w, dtype=tf.float64)": half(
        "It works, until f brings numbers of its own, as the loss of the taxi does. "
        "Those are float32, which TensorFlow makes of numbers unasked, and here w is "
        "float64."
    ),
    "        slope =>     slope": (
        "The curvature is None: the tape that is asked for it did not see how the "
        "slope follows from w. Is the slope asked for while the block of that tape is "
        "still open? And does that tape watch w?"
    ),
    "outer.gradient => inner.gradient": (
        "A tape that has answered is used up, and this one is asked again. A "
        "persistent tape would not do either, once its block is closed: it has to see "
        "how the slope is computed. That takes a tape around the first one."
    ),
    ("Variable => constant", "        with =>         outer.watch(w)\n        with"): (
        "The slope itself is None already: the inner tape saw no way from w to f. "
        "Does it watch w, and is f called in its block?"
    ),
}


_TRAPS = {
    "a": "NumPy computes outside of TensorFlow, where no tape sees it. Look for a "
    "function of `np` or a `.numpy()` on the way from the source to the loss.",
    "b": "Integers have no slopes: a small nudge would not change them. Look for an "
    "integer on the way.",
    "c": "A tape watches variables unasked, and nothing else. Look whether the "
    "source is a variable.",
    "d": "A value put into a variable is there without its history. Look for an "
    "assignment between the source and the loss.",
}


def _trap(program, letter, reason):
    return exercises.choice(
        f"trap_{program}",
        title=f"Program {program.upper()}",
        answer=letter,
        options={**_TRAPS, letter: reason},
        hints=(
            "Start at the source, the second thing that the program returns, and go "
            "step by step to the loss. Every step has to be an operation of "
            "TensorFlow on real numbers.",
            f"Program {program.upper()} has one step of its own that the other three "
            "do not have.",
        ),
    )


trap_a = _trap(
    "a",
    "d",
    "The loss follows from `total`, and the tape saw only a new value appear in it. "
    "Cure: compute with `2 * weight` itself and assign afterwards.",
)
trap_b = _trap(
    "b",
    "a",
    "`np.square` gave a NumPy number; the tape saw a constant come in from outside. "
    "Cure: `tf.square(weight)`, or `weight**2`.",
)
trap_c = _trap(
    "c",
    "c",
    "`price` is a constant. Cure: `tape.watch(price)` first in the block, or make it "
    "a variable.",
)
trap_d = _trap(
    "d",
    "b",
    "The cast to int32 cuts to a whole number, and there the slope is lost. Cure: "
    "stay with floating-point numbers.",
)

# 4. Train from scratch


def _one_step(answer, X, y, W, b, rate):
    """Call a step with fresh variables; return them, and the loss."""
    W, b = tf.Variable(W), tf.Variable(b)
    try:
        loss = answer(X, y, W, b, rate)
    except TypeError as error:
        if not re.search(r"operand.*NoneType", str(error)):
            raise
        # One text, whether it stands before the `*` or behind it.
        text = "A gradient is None, and None cannot be multiplied"
        raise TypeError(text).with_traceback(error.__traceback__) from None
    return W.numpy(), b.numpy(), loss


@exercises.function(
    title="One step of linear regression",
    results=("W afterwards", "b afterwards", "loss"),
    terms={
        "X @ W": "the product of `X` and `W`",
        "X @ W + b": "the predictions",
        "X @ W + b - y": "the error",
        "loss": "the loss",
        "dW": "the gradient of `W`",
        "db": "the gradient of `b`",
        "[W, b]": "the list of variables",
        "W.assign_sub(rate * dW)": "the step of `W`",
        "b.assign_sub(rate * db)": "the step of `b`",
    },
    points=2,
    run=_one_step,
    cases=lambda rng: [
        (np.array([[2.0]]), np.array([[1.0]]), np.array([[0.5]]), np.zeros(1), 0.1),
        (
            np.array([[1.0], [1.0], [2.0]]),
            np.array([[3.2], [2.8], [5.9]]),
            np.array([[1.75]]),
            np.array([0.4]),
            0.05,
        ),
        (
            rng.normal(size=(5, 3)),
            rng.normal(size=(5, 2)),
            rng.normal(size=(3, 2)),
            rng.normal(size=2),
            0.3,
        ),
    ],
    hints=(
        "Inside the block: the predictions X @ W + b, and the mean of their squared "
        "differences to y.",
        "One call of `tape.gradient` takes a list of variables and returns a list of "
        "gradients.",
        "`W.assign_sub(...)` takes something away from a variable: the rate times "
        "its gradient. The same for b. Then return the loss.",
    ),
)
def train_step(X, y, W, b, rate):
    """Move W and b one step downhill; return the loss before the step."""
    with tf.GradientTape() as tape:
        loss = tf.reduce_mean((X @ W + b - y) ** 2)
    dW, db = tape.gradient(loss, [W, b])
    W.assign_sub(rate * dW)
    b.assign_sub(rate * db)
    return loss


train_step.same = {
    "A square has no sign": ("X @ W + b - y => y - (X @ W + b)",),
}
train_step.known_mistakes = {
    "rate * => rate / len(X) *": (
        "The loss is right. The step is divided by the number of examples once more: "
        "the mean in the loss has done that already."
    ),
    "rate * => rate / 2 *": (
        "The loss is right, and the step is half as long as it should be. The slope of "
        "a square is two times the error; a tape knows that by itself."
    ),
    ("(( => (tf.abs(", " ** 2 => "): (
        "This is the mean of the sizes of the errors. The loss of chapter 03, for "
        "a line, is the mean of their squares."
    ),
    ("reduce_mean => reduce_sum", "2) => 2) / len(X)"): half(
        "The sum is divided by the number of examples. With several outputs, y is "
        "(N, K), a mean counts all N × K differences."
    ),
    ("tf.reduce_mean( => column_error", " - y) ** 2 => , y"): (
        "`column_error` wants flat targets, (N,). Here y is a table like the "
        "predictions, so every prediction meets every target again. The shapes "
        "agree as they are."
    ),
    "tf.reduce_mean => np.mean": (
        "NumPy computes the loss here, and the tape sees nothing of that. (`_id` "
        "is what a tensor has.) Use TensorFlow's own functions from W and b to the "
        "loss."
    ),
    ("[ => ", "] => "): (
        "The gradients cannot be taken apart: `tape.gradient` takes two things, "
        "the loss and *one* list with both variables in it."
    ),
    ("loss,  => ", "]) => ], loss)"): (
        "None comes back where two gradients were expected: the tape is asked how "
        "W and b depend on the loss. It is the other way round."
    ),
    ".assign_sub( => - (": (
        "The variables have not moved. Only a method of their own can move them: `W = "
        "W - …` gives the name W to a new tensor, a copy is another variable, and a "
        "result that nobody keeps is lost."
    ),
    "assign_sub => assign_add": (
        "This step goes uphill. The gradient points to a larger loss."
    ),
    "assign_sub => assign": (
        "The variables now hold the rate times the gradient, and nothing of what they "
        "held before."
    ),
    "        loss =>         pass\n    loss": (
        "A gradient is None, and None cannot be multiplied. The tape must see the "
        "whole way from W to the loss, and from b. Is all of it computed inside the "
        "block? Do both of them enter the loss?"
    ),
    "b.assign_sub(rate * db) => ": half("W moves, b does not. Both are parameters."),
    "W.assign_sub(rate * dW) => ": half("b moves, W does not. Both are parameters."),
    ("tf.reduce_mean => ", "return tf.reduce_mean(loss)"): (
        "The loss that comes back is right. The step follows another one: of a table "
        "of squares the tape gives the slopes of the sum. Take the mean inside the "
        "block."
    ),
    "return tf.reduce_mean((X @ W + b - y) ** 2)": half(
        "The step is right; what comes back is the loss after it. Return the one from "
        "before, which the block has computed already."
    ),
    "return loss => ": half(
        "Steps are right. The loss is not returned: is the `return` line missing?"
    ),
    "return W, b": half(
        "The step is right. The variables need not be returned: they have moved, and "
        "whoever called has them. The loss is asked."
    ),
    "return loss, W, b": half(
        "The step is right. Return the loss alone: the variables have moved, and "
        "whoever called has them."
    ),
    (".assign_sub( => - (", "return dW, db"): (
        "Here are the gradients, and no step: move both variables, then return the "
        "loss."
    ),
    ".assign_sub( => -= (": (
        "TensorFlow refuses `-=` for a variable: this would make a new tensor, and the "
        "variable would stay where it is. A method of the variable moves it."
    ),
    "dW, db = => dW = db =": (
        "One list of gradients came back, one for each variable, and the rate cannot "
        "multiply a list. Take it apart."
    ),
    "dW, db => db, dW": (
        "The gradients have changed places: the first belongs to the first variable "
        "of your list."
    ),
}


def _seen_by_a_tape(answer, logits, labels):
    """Call a loss, and see to it that a tape can follow it."""
    with tf.GradientTape() as tape:
        tape.watch(logits)
        loss = answer(logits, labels)
    if np.shape(loss) != () or as_array(loss) is None:
        return loss
    followed = tf.is_tensor(loss) and tape.gradient(loss, logits) is not None
    if not followed and np.isclose(loss, logistic_loss(logits, labels)):
        raise AnswerFormError(
            "A number comes out, and the tape says None: something on the way is not "
            "TensorFlow's, or has no slope. Training needs the slopes.",
            loss,
        )
    if np.abs(logits).max() > 100 and abs(float(loss)) < 100:
        raise AnswerFormError(
            "A logit of 1000 on the wrong side costs about 1000. Even as one of "
            f"{len(labels)} it lifts the mean above 100, and here the mean is smaller.",
            loss,
        )
    return loss


@exercises.function(
    title="The logistic loss",
    terms={
        "labels[:, tf.newaxis]": "the labels as a column",
        "targets": "the labels",
        "costs": "the costs",
        "sigmoid_cross_entropy_with_logits": "the cross-entropy",
    },
    points=2,
    run=_seen_by_a_tape,
    cases=lambda rng: [
        (tf.constant([[0.0]]), tf.constant([1])),
        (tf.constant([[2.0], [-1.0], [0.5]]), tf.constant([1, 0, 0])),
        (
            tf.constant(rng.normal(size=(5, 1))),
            tf.constant([1, 0, 1, 1, 0], tf.int64),
        ),
        (
            tf.constant([[1000.0], [-800.0], [900.0], [-700.0]]),
            tf.constant([0, 1, 1, 0]),
        ),
    ],
    hints=(
        "Two things have to agree before the function of TensorFlow takes them: the "
        "shapes, (N, 1) and (N,), and the types, for labels are whole numbers.",
        "`labels[:, tf.newaxis]` is a column; `tf.cast(…, logits.dtype)` gives it "
        "the type of the logits.",
        "`tf.nn.sigmoid_cross_entropy_with_logits(labels=…, logits=…)` gives one "
        "cost for each example. Take the mean.",
    ),
)
def logistic_loss(logits, labels):
    """Mean cross-entropy of logits (N, 1) and labels 0 or 1 (N,)."""
    targets = tf.cast(labels[:, tf.newaxis], logits.dtype)
    costs = tf.nn.sigmoid_cross_entropy_with_logits(targets, logits)
    return tf.reduce_mean(costs)


_FROM_PROBABILITIES = (
    "return -tf.reduce_mean(targets * tf.math.log(p) + (1 - targets) "
    "* tf.math.log(1 - p))"
)

logistic_loss.known_mistakes = {
    (
        "targets = => p = tf.sigmoid(logits); targets =",
        _FROM_PROBABILITIES.replace("-tf", "tf", 1),
    ): (
        "Two things: the minus sign before the mean is missing, as the logarithm of a "
        "probability is below zero; and for a logit of 1000 it is infinite."
    ),
    "return tf.reduce_mean(tf.math.log(1 + tf.exp(logits)) - logits * targets)": half(
        "Right for small logits. The exponential of 1000 is infinite. TensorFlow has "
        "the whole cost as one function, which minds that."
    ),
    "targets, logits => targets, tf.sigmoid(logits)": (
        "The sigmoid is applied twice: this function of TensorFlow has it built in "
        "and wants the logits as they are."
    ),
    "[:, tf.newaxis] => ": (
        "TensorFlow refuses: labels and logits must have one shape. That is kind "
        "of it; written by hand, (N,) beside (N, 1) would have given all the pairs."
    ),
    "return tf.reduce_mean(costs).numpy()": half(
        "The number is right, but it was computed outside of TensorFlow: by NumPy, "
        "or from what `float` and `.numpy()` took out. The tape will answer None, "
        "and nothing can be trained."
    ),
    ("sigmoid => sparse_softmax", "targets, logits => labels, logits"): (
        "That function wants one score for each class, and takes this for a single "
        "class, number 0. For one score per example it is the sigmoid."
    ),
    (
        "return tf.reduce_mean(tf.nn.softplus(logits) - logits * "
        "tf.cast(labels, logits.dtype))"
    ): (
        "A column against a flat array once more: every logit meets every label, "
        "and a mean over N × N costs comes out."
    ),
    "targets, logits => logits, targets": (
        "Labels and logits have changed places. The labels come first, or name "
        "both: `labels=`, `logits=`."
    ),
    "logits.dtype => tf.float32": half(
        "float32 was asked for by name, and some logits are float64: two types "
        "again. Ask for the type that the logits have."
    ),
    "logits.dtype => tf.float64": half(
        "float64 was asked for by name, and some logits are float32: two types "
        "again. Ask for the type that the logits have."
    ),
    "return -tf.reduce_mean(targets * tf.math.log_sigmoid(logits))": (
        "Half of the formula: an example of class 0 counts as nothing here. What does "
        "it cost?"
    ),
    "sigmoid => softmax": (
        "The softmax of a single score is always 1, so this cost is 0 or says "
        "nothing. For one score per example it is the sigmoid."
    ),
    "return tf.reduce_mean((tf.sigmoid(logits) - targets) ** 2)": (
        "The gap between probability and label is squared here, as in a "
        "regression. Cross-entropy is asked."
    ),
    ("targets = => p = tf.sigmoid(logits); targets =", _FROM_PROBABILITIES): half(
        "With a logit of 1000 the probability is rounded to exactly 1, the other one "
        "to 0, and its logarithm is infinite. Compute from the logits in one go."
    ),
    (
        "targets = => p = tf.sigmoid(tf.clip_by_value(logits, -16, 16)); targets =",
        _FROM_PROBABILITIES,
    ): half(
        "For the logit of 1000 the cost is far too small. A probability that is "
        "clipped, or a small number inside the logarithm, avoids infinity, and puts a "
        "lid on the cost; under the lid there is no slope. Compute from the logits in "
        "one go."
    ),
    (
        "targets = => p = tf.sigmoid(logits); targets =",
        _FROM_PROBABILITIES,
        "targets * => targets[:, 0] *",
        "1 - targets => 1 - targets[:, 0]",
    ): (
        "Two things: every logit meets every label, as a column meets a flat array; "
        "and for a logit of 1000 the logarithm is infinite."
    ),
    (
        "targets = => p = tf.clip_by_value(logits, 1e-7, 1 - 1e-7); targets =",
        _FROM_PROBABILITIES,
    ): (
        "The logits are taken for probabilities. They may be any number: say that "
        "they are logits, or use the function that expects them."
    ),
}


tape_cost = exercises.prediction(
    "tape_cost",
    title="What do 101,770 slopes cost?",
    options={
        "a": "All the slopes together cost a few passes, however many there are: the "
        "way back through the network is about as long as the way forward.",
        "b": "Hundreds or thousands of passes.",
        "c": "Two passes for each parameter, as with nudging.",
    },
    example="b",
)

# 5. tf.function

trace_count = exercises.prediction(
    "trace_count",
    title="How many lines come out?",
    low=0,
    high=4,
    example=4,
)

which_gains = exercises.prediction(
    "which_gains",
    title="What does compiling speed up?",
    options={
        "a": "The hundred small operations gained far more. Each used to cost a trip "
        "from Python to TensorFlow and back; the graph makes one trip in all.",
        "b": "The large matrix products gained more.",
        "c": "Both gained about the same factor.",
    },
    example="c",
)


@contextmanager
def _as_graphs():
    """See to it that `tf.function` compiles, whatever a notebook has switched off."""
    before = tf.config.functions_run_eagerly()
    tf.config.run_functions_eagerly(False)
    try:
        yield
    finally:
        tf.config.run_functions_eagerly(before)


class _Compiled:
    """A compiled function that knows in how many graphs it was built in anew."""

    def __init__(self, function):
        self._function = tf.function(function, autograph=False)
        self.graphs = set()

    def __call__(self, *args, **kwargs):
        if not tf.executing_eagerly():
            self.graphs.add(tf.compat.v1.get_default_graph())
        return self._function(*args, **kwargs)

    def __getattr__(self, name):
        return getattr(self._function, name)


def _count_traces(answer, x, rates):
    """Call an answer with a compiled function; return its result and the traces."""
    traces = []

    def scaled(x, rate):
        if not tf.executing_eagerly():
            traces.append(rate)
        return x * rate * rate

    with _as_graphs():
        compiled = _Compiled(scaled)
        total = answer(compiled, tf.constant(x, tf.float32), rates)
    return {"sum": total, "tracings": max(len(traces), len(compiled.graphs))}


@exercises.function(
    title="Trace once",
    labels=("x", "rates"),
    terms={
        "total": "the total",
        "rate": "the rate",
        "compiled(x, tf.constant(rate))": "the result of a call",
    },
    points=2,
    run=_count_traces,
    cases=[
        (2.0, [0.5, 0.25]),
        (np.array([[1.0, 2.0], [3.0, 5.0]]), [0.5, 0.5, 2.0, 0.75]),
    ],
    hints=(
        "The function is traced anew for every Python number that it has not met. "
        "What does it do for tensors of one type and shape?",
        "Call `compiled` once for each rate, as it is, with the rate as a tensor.",
        "`tf.constant(rate)` inside the loop, and add up what comes back.",
    ),
)
def total_over(compiled, x, rates):
    """Sum of compiled(x, rate) over the rates, with one tracing in all."""
    total = 0.0
    for rate in rates:
        total += compiled(x, tf.constant(rate))
    return total


total_over.same = {
    "A sum does not depend on the order": (
        "for rate in rates: … => the loop runs in the opposite order",
    ),
}
total_over.known_mistakes = {
    "return sum(x * rate for rate in rates)": (
        "`compiled` is never called: this is a formula of your own. The sum is that of "
        "what `compiled` gives, whatever it computes."
    ),
    "total = 0.0 => total = compiled(x, tf.constant(rates[0]))": (
        "The first rate counts twice: before the loop, and in its first turn."
    ),
    "tf.constant(rate) => tf.constant([rate])": (
        "In square brackets a rate is a table of one number, so the sum is a table, "
        "too. Hand over the number alone."
    ),
    "tf.constant(rate) => rate": half(
        "The sum is right, and the function was traced once for each different rate: "
        "Python numbers are built into the graph, so another number needs another "
        "graph."
    ),
    (
        "    total = =>     result =",
        "total + => result ",
        "return total => return result",
    ): ("Only the last call is returned. Add up all of them."),
    "return compiled(x, tf.constant(sum(rates)))": (
        "The rates are added first, and there is one call. A function of a sum is "
        "not the sum of the function: call it once for each rate."
    ),
    "return sum(tf.function(compiled)(x, tf.constant(rate)) for rate in rates)": half(
        "A new function is compiled for every rate, and each of them is traced. "
        "Use the one that you are given."
    ),
    "return sum(compiled(x, rate) for rate in np.array(rates))": (
        "The rates have become float64, NumPy's usual type, and x is float32. "
        "TensorFlow changes no type unasked: make them what x is."
    ),
    "return [compiled(x, tf.constant(rate)) for rate in rates]": half(
        "One tracing, well done. The results come back side by side: add them up."
    ),
    "return total / len(rates)": "This is the mean of the results. Add them up.",
    "return tf.reduce_sum(total)": half(
        "For a table, one number comes out: added up are the results, and the entries "
        "of each as well. The sum of tables is a table."
    ),
    "+=  => + ": (
        "The total is still 0 at the end: what is added has to be kept, under the "
        "same name."
    ),
    "in rates => in [rates]": (
        "All rates go in at once, as one tensor. `compiled` takes one rate: with a "
        "table for x it stops, and where the shapes fit it computes something else."
    ),
    "total += => total = x =": (
        "Each result goes in as the next x. Every call gets the same x, and the "
        "results are added."
    ),
}


# 6. tf.data


def _what_comes_out(dataset):
    """Describe two epochs of a pipeline over pairs (X, y) with y = 0, 1, 2 …"""
    if dataset is None or inspect.isgenerator(dataset):
        return dataset
    if not isinstance(dataset, tf.data.Dataset):
        raise AnswerFormError(
            f"Return the dataset itself, with all its batches to come; this is "
            f"{kind(dataset)}.",
            dataset,
        )
    if dataset.cardinality() == tf.data.INFINITE_CARDINALITY:
        raise AnswerFormError("It never ends: one epoch is one pass.", dataset)
    batches = _batches(dataset)
    one, two = batches[: len(batches) // 2], batches[len(batches) // 2 :]
    order = np.concatenate([labels for _, labels in one])
    sizes = Counter(len(y) for _, y in one)
    first, again = one[0][1], two[0][1]
    neighbours = bool(np.ptp(first) < len(first) < len(order))
    # A first batch never reaches beyond its own size and that of the buffer.
    farthest = max(first.max(), again.max())
    return {
        "batches": ", ".join(
            f"{sizes[size]} of {size}" for size in sorted(sizes, reverse=True)
        ),
        "every example once": np.array_equal(np.sort(order), np.arange(len(order))),
        "inputs stay with their labels": all(
            np.array_equal(X[:, 0], y) for X, y in one
        ),
        "the first batch is a run of neighbours": neighbours,
        "the first batch draws from all examples": bool(
            not neighbours and farthest >= len(order) // 2 + len(first)
        ),
        "another order in the next epoch": not np.array_equal(
            order, np.concatenate([labels for _, labels in two])
        ),
    }


def _batches(dataset):
    """Return the batches of two epochs as pairs, or raise what they are instead."""
    quick = tf.data.Options()
    quick.autotune.enabled = False
    quick.experimental_optimization.apply_default_optimizations = False
    batches = list(dataset.repeat(2).take(60).with_options(quick))
    if len(batches) < 2:
        raise AnswerFormError("Nothing comes out of this dataset.", dataset)
    if not isinstance(batches[0], tuple) or len(batches[0]) != 2:
        raise AnswerFormError(
            f"A batch is a pair (inputs, labels). Here comes {_element(batches[0])}.",
            dataset,
        )
    ranks = [np.ndim(part) for part in batches[0]]
    if ranks != [2, 1]:
        what = {(1, 0): "single examples", (1, 2): "pairs (labels, inputs)"}.get(
            tuple(ranks), f"pairs with {ranks[0]} and {ranks[1]} axes"
        )
        raise AnswerFormError(
            "A batch is a pair: inputs of shape (batch size, D), and as many labels. "
            f"Here come {what}.",
            dataset,
        )
    return [(X.numpy(), y.numpy()) for X, y in batches]


def _element(element):
    """Say what a dataset gives, where it gives no pairs."""
    if isinstance(element, dict):
        return "a dictionary"
    if tf.is_tensor(element):
        return f"one tensor, number of axes: {element.shape.rank}"
    return kind(element)


def _numbered(n):
    """Inputs (n, 2) that carry their number, and the numbers as labels."""
    return np.stack([np.arange(n), -np.arange(n)], axis=1).astype("float32"), (
        np.arange(n)
    )


@exercises.function(
    title="A pipeline for training",
    terms={"examples": "the dataset", "batches": "the dataset"},
    points=2,
    view=_what_comes_out,
    cases=lambda rng: [(*_numbered(200), 20), (*_numbered(250), 32)],
    hints=(
        "`tf.data.Dataset.from_tensor_slices((X, y))` gives one pair after the "
        "other. What follows is a chain of three methods.",
        "Single examples are to be mixed. So at what point of the chain must they be "
        "shuffled, before or after they are in batches?",
        "`shuffle` keeps a buffer of so many examples and draws from it. For a full "
        "mix the buffer holds them all: `len(X)`.",
        "The last one is `prefetch(tf.data.AUTOTUNE)`.",
    ),
)
def pipeline(X, y, batch_size):
    """Batches (X, y): shuffled anew in every epoch, none left out."""
    examples = tf.data.Dataset.from_tensor_slices((X, y))
    batches = examples.shuffle(len(X)).batch(batch_size)
    return batches.prefetch(tf.data.AUTOTUNE)


pipeline.same = {
    "It leaves no trace in the batches": (
        "batches.prefetch(tf.data.AUTOTUNE) => batches",
    ),
    "X and y are equally long, and a larger buffer holds them all": (
        "X => y",
        "X => X * batch_size",
    ),
}
pipeline.known_mistakes = {
    "return examples.batch(batch_size).shuffle(len(X))": (
        "The batches come in another order, but inside each one are still the same "
        "neighbours: what is shuffled here is batches, not examples."
    ),
    "len(X) => batch_size": (
        "The buffer is small, so an early batch can only hold early examples. If a "
        "file is sorted by class, that is a batch of one class."
    ),
    ".shuffle(len(X)) => ": (
        "Nothing is shuffled: the same order in every epoch. If `shuffle` was "
        "called: it gives back a new dataset and leaves the old one as it is. And "
        "a buffer of one example leaves nothing to draw from."
    ),
    "return examples.shuffle(len(X))": (
        "There are no batches yet: single examples come out. If `batch` was "
        "called: it gives back a new dataset and leaves the old one as it is."
    ),
    ("(X, y) => X", ".shuffle(len(X)) => "): (
        "Only the inputs come out. A batch is a pair: inputs and labels."
    ),
    "((X, y)) => (X, y)": (
        "`from_tensor_slices` takes one thing; what comes second it takes for a "
        "name. Put inputs and labels into one pair, with brackets of their own."
    ),
    "(X, y) => [X, y]": (
        "Of a list TensorFlow tries to make one tensor, and inputs and labels have "
        "different shapes. A pair is a tuple, with round brackets."
    ),
    "tensor_slices => tensors": (
        "The whole table is one element here, so there is nothing to mix. It has "
        "to be cut into slices, one for each example."
    ),
    "(X, y) => (y, X)": half(
        "Labels and inputs have changed places: the inputs come first."
    ),
    "return batches.repeat()": half(
        "It never ends: with `repeat` there is always one more batch, and a loop "
        "over one epoch would not stop. Epochs are counted outside."
    ),
    "batch(batch_size) => batch(32)": half(
        "The batches have a size of their own, 32. Use the one that is asked for."
    ),
    "shuffle(len(X)) => shuffle(len(X), reshuffle_each_iteration=False)": half(
        "Shuffled, but every epoch has the same order. Is the new shuffle switched "
        "off? Is the shuffled order kept by a cache? Or were the arrays shuffled, "
        "once, before the dataset was made of them?"
    ),
    "(batch_size) => (batch_size, drop_remainder=True)": half(
        "Examples get lost: a last batch that is not full is dropped. Nothing "
        "should be left out."
    ),
    (
        "return tf.data.Dataset.zip(tuple(["
        "tf.data.Dataset.from_tensor_slices(p).shuffle(len(X)) "
        "for p in (X, y)])).batch(batch_size)"
    ): (
        "Inputs and labels are shuffled apart, each in an order of its own. The "
        "network would be shown a cat and told that it is a car. Keep pairs "
        "together."
    ),
    "(X, y) => dict(X=X, y=y)": half(
        "Dictionaries come out. A training loop takes each batch apart into two: "
        "make it a pair."
    ),
}


# 7. Devices, seeds, reproducibility

which_escapes = exercises.prediction(
    "which_escapes",
    title="Which one does the seed not reach?",
    options={
        "a": "Python's `random` was not reached.",
        "b": "NumPy's old functions `np.random.…` were not reached.",
        "c": "NumPy's generator was not reached. `default_rng()` without a seed of "
        "its own asks the operating system for one.",
        "d": "TensorFlow's `tf.random` was not reached.",
    },
    example="d",
)

# 8. Error messages


@exercises.function(
    title="Mend the types",
    terms={
        "amounts": "the count",
        "tf.cast(counts, prices.dtype)": "the count",
        "amounts * prices": "the cost of each thing",
        "cast": "the conversion of the counts",
    },
    cases=lambda rng: [
        (tf.constant([2]), tf.constant([1.5])),
        (tf.constant([1, 0, 3]), tf.constant([0.75, 9.0, 2.25])),
        (tf.constant([40, 1, 2, 7]), tf.constant([0.29, 199.99, 1.17, 3.0])),
    ],
    hints=(
        "The message names both types: int32 was expected, since that is what stood "
        "first, and float came.",
        "One of the two has to change. In which direction is nothing lost?",
        "`tf.cast(counts, …)` with the type of the prices.",
    ),
)
def mend_dtypes(counts, prices):
    """Total cost of the shopping: one number."""
    amounts = tf.cast(counts, prices.dtype)
    return tf.reduce_sum(amounts * prices)


mend_dtypes.known_mistakes = {
    (
        "return tf.reduce_sum(tf.cast(counts, tf.float16) "
        "* tf.cast(prices, tf.float16))"
    ): (
        "float16 holds about three digits, so larger sums lose their cents. Change the "
        "type that loses nothing."
    ),
    "return tf.reduce_sum(counts * tf.cast(prices, counts.dtype))": (
        "It runs, and the cents are gone: the prices became whole numbers, by a "
        "cast, or as a NumPy array beside a tensor of integers. Change the type "
        "that loses nothing."
    ),
    "return tf.reduce_sum(counts * prices)": (
        "Still the same message: an integer tensor times a float tensor. "
        "TensorFlow changes no type unasked."
    ),
    "return tf.reduce_sum(tf.cast(counts, tf.float64) * prices)": (
        "The counts are float64 now, and the prices are float32: two types again. "
        "Take the type of the prices."
    ),
    "return tf.reduce_sum(tf.cast(prices, tf.float32) * counts)": (
        "Still two types. It does not matter which of them stands first, and the "
        "prices were real numbers before. The other side has to change."
    ),
    "return tf.reduce_sum(float(counts) * prices)": (
        "`float` makes one number of Python, and here are several. Change the type "
        "of the whole tensor."
    ),
    "return tf.reduce_sum(tf.cast(counts, tf.float32)) * tf.reduce_sum(prices)": (
        "Two sums, multiplied: all the things at all the prices. First multiply, "
        "thing by thing, then add."
    ),
    "return 100 * tf.reduce_sum(amounts * prices)": half(
        "This is right in cents. The bill is asked in the unit of the prices."
    ),
    "return tf.reduce_sum(counts * tf.cast(prices * 100, tf.int32)) / 100": (
        "A hundred times a price is not always a whole number, as prices are rounded "
        "to about seven digits: it may lie just below one. The cast then loses a cent."
    ),
}


@exercises.function(
    title="Mend the shapes",
    terms={"X @ tf.transpose(W)": "the product of `X` and `W`"},
    atol=1e-6,
    cases=lambda rng: [
        tuple(
            tf.constant(rng.normal(size=shape).round(2), tf.float32)
            for shape in ((N, D), (H, D), (H,))
        )
        for N, D, H in [(1, 2, 3), (4, 2, 3), (4, 3, 3), (2, 4, 1)]
    ],
    hints=(
        "Write the shapes under the names: X is (N, D), W is (H, D). For a product, "
        "the inner two numbers must be equal, and the result shall be (N, H).",
        "Rows and columns of W have to change places. A reshape does not do that: it "
        "keeps the order of the numbers and moves the line breaks.",
    ),
)
def mend_shapes(X, W, b):
    """Layer X (N, D), weights stored as W (H, D), biases b (H,): (N, H)."""
    return X @ tf.transpose(W) + b


mend_shapes.known_mistakes = {
    "tf.transpose(W) => W.T": (
        "That is NumPy's way. A tensor has no `.T`: TensorFlow has a function for it."
    ),
    "transpose(W => reshape(W, (W.shape[1], W.shape[0])": (
        "The shape is right, the numbers are scrambled: a reshape keeps their "
        "order and moves the line breaks. Rows and columns have to change places."
    ),
    "return X @ W + b": (
        "Nothing has changed. With a square W there is not even a message, and the "
        "result is wrong all the same."
    ),
    (" X @ =>  W @", "W) => X)", "+ b => + b[:, None]"): (
        "The result lies on its side: (H, N). Rows are examples, in the result as well."
    ),
    (" X @ =>  W @", "W) => X)"): (
        "The product is (H, N), on its side, and the flat bias then meets the "
        "wrong axis. Examples are rows: X stands first."
    ),
    "transpose(W => reshape(W, (2, 3)": (
        "2 and 3 are the sizes of one example. For others this stops, and where it "
        "runs the numbers are scrambled: a reshape moves the line breaks, it does "
        "not turn the table."
    ),
    (" X @ => ", "W) => X) @ W"): (
        "X is turned here. Its rows are examples and should stay; it is W that was "
        "saved the other way."
    ),
    "+ b => + b[:, None]": (
        "The bias became a column, so each example gets one of its numbers. It "
        "belongs to the units, and those are the columns of the result: left flat, "
        "it is a row."
    ),
    "tf.transpose(W) => (W if X.shape[1] == W.shape[0] else tf.transpose(W))": (
        "W is turned only where the shapes do not fit. A square W always fits, and it "
        "is stored the other way all the same: nothing in its shape tells."
    ),
}


def _compiled(answer, x):
    """Call an answer inside ``tf.function``."""
    with _as_graphs():
        return tf.function(answer)(x)


@exercises.function(
    title="Mend the graph",
    terms={"largest": "the largest entry", "tf.reduce_max(x)": "the largest entry"},
    run=_compiled,
    cases=lambda rng: [
        (tf.constant([4.0]),),
        (tf.constant([1.25, 5.0, 2.5]),),
        (tf.constant([[-4.0, -8.0], [-2.0, -5.0]]),),
    ],
    hints=(
        "While a function is traced there are no numbers yet, only symbols. Whatever "
        "asks for the numbers fails.",
        "Stay with TensorFlow: it has a maximum of its own, among the functions that "
        "begin with `reduce_`.",
    ),
)
def mend_graph(x):
    """Return x divided by its largest entry: same shape."""
    largest = tf.reduce_max(x)
    return x / largest


mend_graph.known_mistakes = {
    "return tf.reduce_max(x)": "This is the largest entry alone. Divide x by it.",
    "return x - largest": "The largest entry is subtracted. Divide by it.",
    "return x / x[0]": (
        "x is divided by what stands first in it. The largest entry may stand anywhere."
    ),
    "return x / tf.reduce_mean(x)": (
        "x is divided by its mean. Divide it by its largest entry."
    ),
    "return x / x.numpy().max()": (
        "`.numpy()` asks for numbers, and while tracing there are none. Compute "
        "the largest entry with an operation of TensorFlow."
    ),
    "tf.reduce_max(x) => tf.get_static_value(x).max()": (
        "`get_static_value` gives what is known while tracing: nothing yet, so None."
    ),
    "return x / np.max(x)": (
        "A function of NumPy asks for numbers, too. While tracing there are only "
        "symbols."
    ),
    "return x / tf.reduce_max(x, axis=-1, keepdims=True)": (
        "In a table this divides each row by its own largest entry. There is one "
        "largest entry in all."
    ),
    "return x / tf.maximum(x)": (
        "`tf.maximum` compares two tensors, entry by entry. The largest entry of a "
        "single one is found by a function that makes axes disappear."
    ),
    "return x / tf.argmax(x)": (
        "`argmax` says where the largest entry stands: a position, and an integer. "
        "How large it is was asked."
    ),
    "return x / tf.reduce_sum(x)": (
        "x is divided by its sum. Divide it by its largest entry."
    ),
    "return x // tf.reduce_max(x)": (
        "The fractions are gone: numbers became whole on the way, by a `//` or a cast."
    ),
}


# Explain

explain = exercises.text(
    "explain",
    title="Explain it to a friend",
    model="While my program computes the loss, the tape writes down every operation "
    "that TensorFlow does: this was multiplied by that, then these were added. Each "
    "of these operations has a known slope. To find out how the loss depends on all "
    "the weights, the tape goes through its list once, from the last operation back "
    "to the first, and multiplies the slopes on the way. So all slopes come at once, "
    "for the price of a few passes, where nudging needs two passes for every single "
    "weight. What the tape has not seen, such as a step in NumPy, it cannot follow: "
    "then the answer is None.",
    rubric=(
        "the tape writes down operations while they are computed",
        "the list is gone through backwards, once, for all weights",
        "the cost does not grow with two passes per weight",
        "what was not recorded gives None",
    ),
    hints=(
        "Answer three questions: what is written down, in which direction is it "
        "read, and what does that save?",
    ),
)

# Recall

recall_sizes = exercises.array(
    "recall_sizes",
    title="The shape of a layer's scores",
    answer=[32, 10],
    mistakes=(
        ([784, 10], "That is the shape of W. The result has one row per example."),
        ([32, 784], "That is the shape of X. Each example gets one score per column."),
        ([10, 32], "Rows are examples in this course."),
        ([32, 1], "There are ten columns in W, so ten scores for each example."),
        ([10], "That is the shape of b, and of the scores of one example."),
        ([784, 32], "That is the shape of X turned on its side."),
        (
            [32, 784, 10],
            "What W and X have in common does not stay: the product sums over it.",
        ),
        (320, "That many numbers come out. How are they arranged?"),
    ),
    hints=(
        "In X @ W the inner two numbers must be equal, and they disappear.",
        "One row for each example, one column for each unit. The bias changes no "
        "shape.",
    ),
)

recall_cost = exercises.choice(
    "recall_cost",
    title="A confident mistake",
    answer="b",
    options={
        "a": "That is so for the squared gap, which never costs more than 1. "
        "Cross-entropy takes the logarithm.",
        "b": "Minus the logarithm grows by the same 2.30 for each tenth part: without "
        "end, the more confident the mistake.",
        "c": "Ten times less probability is not ten times the cost: the logarithm "
        "grows slowly.",
    },
    hints=(
        "Chapter 03 had a table with −ln p for 0.1, 0.01 and 0.001.",
        "What does a logarithm do with a factor of ten?",
    ),
)

recall_little_data = exercises.choice(
    "recall_little_data",
    title="Twenty examples",
    answer="a",
    options={
        "a": "On the small table of chapter 01 the network was no better than the "
        "linear model. The plain one is quick to try, and shows what a larger one "
        "has to beat.",
        "b": "A large network has far more numbers to adjust than there are examples; "
        "it would learn them by heart.",
        "c": "More layers need more examples, not fewer.",
    },
    hints=(
        "How many numbers can twenty examples fix?",
        "Think of the table of flats, games or patients in chapter 01: who won there?",
    ),
)
