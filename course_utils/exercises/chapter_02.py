"""Exercises of chapter 02, "Build neurons and layers"."""

import numpy as np

from course_utils.checking.core import AnswerFormError, ExerciseSet
from course_utils.checking.mistakes import half
from course_utils.checking.values import as_array

exercises = ExerciseSet(
    "02",
    terms={
        **{"sigmoid": "the sigmoid", "relu": "the ReLU", "maximum": "the ReLU"},
        **{"x @ w": "the weighted sum", "X @ W": "the matrix product", "b": "the bias"},
    },
)


# 1. One neuron

weighted_sum = exercises.number(
    "weighted_sum",
    title="A weighted sum with a pencil",
    answer="(sun_weight * sun + rain_weight * rain + friend_weight * friends) + bias",
    given={
        **{"sun_weight": 0.5, "rain_weight": -1, "friend_weight": 1, "bias": -2.5},
        **{"sun": 6, "rain": 1, "friends": 2},
    },
    terms={
        "sun_weight * sun": "the sun's part",
        "rain_weight * rain": "the rain's part",
        "friend_weight * friends": "the friends' part",
        "sun": "the hours of sun",
        "friends": "the number of friends",
    },
    tolerance=1e-6,
    mistakes=(
        (
            3.5,
            "The rain counts as a reason to go here. A negative weight makes its "
            "term negative.",
        ),
        (
            2,
            "This multiplies the sum of the inputs by the sum of the weights. Each "
            "input has a weight of its own: multiply first, add afterwards.",
        ),
        (-3.5, "That is Monday. The row below it has Tuesday's numbers."),
        (0.82, "That is the output of the neuron. Asked for is its sum z."),
    ),
    hints=(
        "Three products, one for each input with its own weight. What is the one "
        "for the rain?",
        "Add the three products, then the bias, signs included.",
    ),
)


@exercises.function(
    title="Sigmoid: any number to between 0 and 1",
    cases=[
        (np.array([0, 2, -2]),),
        (np.array([[-3.0, 0.5], [1.0, 4.0]]),),
        (np.array([[1.0, -1.0, 0.25], [1000.0, 30.0, -30.0]]),),
    ],
    hints=(
        "`np.exp(-z)` is the power in the formula, for each entry of `z`.",
        "Mind the brackets: the whole sum stands below the line of the fraction.",
    ),
    terms={"np.exp(-z)": "the power", "1 + np.exp(-z)": "what stands below the line"},
)
def sigmoid(z):
    """Sigmoid of each entry of the array z, between 0 and 1."""
    return 1 / (1 + np.exp(-z))


sigmoid.known_mistakes = {
    "- => ": (
        "This falls where it should rise: a large z gives 0. Look at the sign in "
        "the power."
    ),
    (" 1  =>  np.exp(z) ", "- => "): half(
        "Right for ordinary numbers. At z = 1000 the power is too large for a "
        "number, and infinity divided by infinity is NaN. In the chapter's formula "
        "the power only gets small there."
    ),
    "return np.array([1 / (1 + math.exp(-value)) for value in z])": half(
        "Right for a flat array. In a table, going through `z` gives whole rows, "
        "and `math.exp` takes a single number. NumPy has a power function of its "
        "own."
    ),
    "return 1 / (1 + math.exp(-z))": (
        "`math.exp` takes a single number, and `z` is an array. NumPy has a power "
        "function of its own, which takes every entry."
    ),
    "return 1 / (1 + 2.7 ** -z)": (
        "Close: the number e has more digits than 2.7. NumPy's own power has them all."
    ),
    "return np.maximum(0, z)": "This is ReLU, which comes next.",
    "return np.exp(z) / np.exp(z).sum()": (
        "The entries share one sum here, so they depend on one another. The sigmoid "
        "treats each entry alone."
    ),
    "return np.tanh(z)": (
        "This has the right form but runs from −1 to 1: it is the hyperbolic "
        "tangent, a relative that section 8 shows."
    ),
    "return (z > 0).astype(float)": (
        "This is a switch: 0 or 1 and nothing between. The sigmoid goes from one "
        "to the other gradually."
    ),
}


@exercises.function(
    title="ReLU: negatives become 0",
    cases=[
        (np.array([3, -2, 0]),),
        (np.array([[-1.5, 0.25], [4.0, -0.1]]),),
        (np.array([[[0.5, -6.0, 2.0], [-7.0, 7.0, -0.5]]]),),
    ],
    hints=(
        "Each entry on its own: what comes out for 3, and what for −2?",
        "`np.maximum` compares two values entry by entry and keeps the larger one; "
        "one of the two may be a single number.",
    ),
)
def relu(z):
    """The entries of the array z, with 0 in place of the negative ones."""
    return np.maximum(0, z)


relu.known_mistakes = {
    "return np.abs(z)": (
        "This turns −2 into 2. A negative sum shall pass nothing on, not its opposite."
    ),
    "maximum => minimum": "This keeps the negative numbers and drops the others.",
    "return (z > 0).astype(float)": (
        "This only says whether z is positive. ReLU passes the positive numbers on "
        "as they are."
    ),
    "return np.array([max(0, value) for value in z])": half(
        "Right for a flat array. In a table, going through `z` gives whole rows, "
        "and Python's own `max` cannot compare those. NumPy has a function that "
        "compares entry by entry."
    ),
    "return max(0, z)": (
        "Python's own `max` and `if` decide once, for a single number; `z` is a whole "
        "array. NumPy has a function that compares entry by entry."
    ),
    "return np.array([value for value in z if value > 0])": (
        "What is not positive is left out, where a 0 should stand; and in a table, "
        "going through `z` gives whole rows."
    ),
    "return np.max(z, 0)": (
        "The second argument of `np.max` is an axis: this looks for the largest entry "
        "along it. Each entry should be compared with 0."
    ),
    "return sigmoid(z)": "This is the sigmoid. ReLU is the plainer one.",
    "return np.where(z > 0, z, 0.1 * z)": (
        "Negative numbers still come through, at a tenth. Here they become 0."
    ),
    "return np.where(z > 0, z, 0.01 * z)": (
        "This lets negative numbers through, only smaller: it is the leaky ReLU of "
        "section 8. Here they become 0."
    ),
    "return np.clip(z, 0, 1)": (
        "This cuts off above 1 as well. A positive number passes as it is."
    ),
    "return z[z > 0]": (
        "The negative entries are gone, and the array is shorter. Each of them "
        "should stay in its place, as 0."
    ),
    "maximum => max": (
        "`np.max` looks for the largest entry of one array. Its longer-named "
        "relative compares two things entry by entry."
    ),
    "return np.max(z)": (
        "This is the largest entry of the array, one number. ReLU treats every "
        "entry on its own, so as many come out as went in."
    ),
}


@exercises.function(
    title="A whole neuron",
    points=2,
    cases=[
        (np.array([3.0]), np.array([-0.5]), 0.25),
        (np.array([1.0, -2.0]), np.array([0.5, 1.0]), 1.0),
        (np.array([6, 1, 2]), np.array([0.5, -1.0, 1.0]), -2.5),
        (np.array([0.5, 1.0, -1.0, 2.0]), np.array([1.0, 0.0, 2.0, 0.5]), 2.0),
    ],
    hints=(
        "Three steps: the weighted sum, plus the bias, and then the activation. "
        "The third one is a function that you have already written.",
        "`x @ w` multiplies each input with its weight and adds the products up; so "
        "does `np.sum(x * w)`.",
    ),
)
def neuron(x, w, b):
    """Output of one neuron with a sigmoid; x and w are (D,), b is a number."""
    return sigmoid(x @ w + b)


neuron.same = {
    "x and w have one axis": ("x @ w => w @ x", "x @ w => x.T @ w", "x @ w => x @ w.T"),
}


neuron.known_mistakes = {
    "return sigmoid(np.sum(x * w + b))": (
        "The bias is added once for each input. The sum comes first; the bias "
        "joins it once, at the end."
    ),
    "return sigmoid(np.sum(x) * np.sum(w) + b)": (
        "The sums are added up separately and then multiplied. Each input meets "
        "its own weight first."
    ),
    "return sigmoid(x @ w - b)": (
        "The bias works the wrong way round. Either it is subtracted, or the minus "
        "in the power stands before the weighted sum alone: it belongs before the "
        "whole of z."
    ),
    "return 1 / (1 + np.exp(x @ w + b))": (
        "The output falls where it should rise: in the sigmoid's power stands −z."
    ),
    "return np.sum(sigmoid(x * w + b))": (
        "Every input got a sigmoid of its own here, and those were added up. One "
        "neuron has one sum and one activation: the sum comes first."
    ),
    "return np.sum(sigmoid(x * w)) + b": (
        "Every product went through a sigmoid before they were added up. One neuron "
        "has one activation, for the whole sum with its bias."
    ),
    "return sigmoid(x) @ w + b": (
        "The inputs went through the sigmoid. It comes last, behind the sum."
    ),
    "return sigmoid(x[0] * w[0] + x[1] * w[1] + x[2] * w[2] + b)": (
        "This takes exactly three inputs. There can be one of them, or a hundred."
    ),
    "return np.tanh(x @ w + b)": "The activation is tanh. Asked for is the sigmoid.",
    "return float(x @ w + b > 0)": (
        "This is a switch, 0 or 1. The sigmoid says how much yes."
    ),
    "return relu(x @ w + b)": half(
        "The sum is right, but the activation is ReLU. This exercise asks for the "
        "sigmoid."
    ),
}


bias_moves = exercises.prediction(
    "bias_moves",
    title="What does a larger bias do to the curve?",
    options={
        "a": "The curve keeps its form and moves to the left. With a larger bias, "
        "less input is needed to bring the sum up to zero.",
        "b": "The curve keeps its form and moves to the right.",
        "c": "The curve is lifted: all of its values grow by the same amount.",
        "d": "The curve gets steeper and stays where it is.",
    },
    example="b",
)

switch_point = exercises.number(
    "switch_point",
    title="Where does the neuron switch?",
    answer="-bias / weight",
    given={"weight": 4, "bias": -10},
    tolerance=1e-6,
    mistakes=(
        (-2.5, "At this x the sum is −20, and the output nearly 0. Check the sign."),
        (
            0,
            "That holds for a bias of zero. This neuron has a strong one; what is "
            "its sum at x = 0?",
        ),
        (0.5, "That is the output. The question is at which input it comes out."),
        (14, "Weight and bias do not meet by subtraction: the weight multiplies x."),
    ),
    hints=(
        "For which z is the sigmoid exactly one half? You have met it above.",
        "Write z with the numbers of this neuron, set it to that value and solve "
        "for x.",
    ),
)


# 2. XOR

best_line = exercises.prediction(
    "best_line",
    title="How many of the four can one neuron get right?",
    options={
        "a": "Half of them: no better than always saying the same.",
        "b": "One corner always ends up on the wrong side of the line.",
        "c": "All four: there is a line that parts the two classes.",
    },
    example="c",
)

hidden_values = exercises.array(
    "hidden_values",
    title="The outputs of two hidden neurons",
    answer="np.maximum(switches @ weights + biases, 0)",
    given={
        "switches": np.array([[0, 0], [0, 1], [1, 0], [1, 1]]),
        "weights": np.array([[1, 1], [1, 1]]),
        "biases": np.array([0, -1]),
    },
    terms={"maximum": "the ReLU", "biases": "the −1 of the second neuron"},
    mistakes=(
        (
            [[0, 0], [0, 1], [1, 0], [1, 1]],
            "These are the switches, that is, x1 and x2.",
        ),
        ([[0, 0], [0, 1], [0, 1], [1, 2]], "The two columns are exchanged: h1 first."),
        ([[0, 0], [0, 0], [0, 0], [1, 1]], "The −1 belongs to the second neuron only."),
        (
            [[0, 1, 1, 2], [0, 0, 0, 1]],
            "The numbers are right, but each row should be one example, with one "
            "column for each neuron: four rows of two.",
        ),
        (
            [[0, 0], [1, 0], [1, 0], [1, 1]],
            "ReLU has no upper limit: with both switches up, the first neuron gives "
            "their sum.",
        ),
        (
            [0, 0, 1, 0, 1, 0, 2, 1],
            "The numbers are right. Give every example a row of its own: four lists "
            "of two, in one list.",
        ),
    ),
    hints=(
        "Fill in the row for both switches down: which sums, and what does ReLU make "
        "of each?",
        "The first column counts switches. The second column is one less than the "
        "first, but never below zero.",
    ),
)


def _numbers(result, count, names):
    """Return as many numbers as an answer should give, or say what came instead."""
    if result is None:
        raise AnswerFormError("It returned None. Is the `return` line missing?", result)
    values = as_array(result)
    if values is None or values.shape != (count,) or values.dtype.kind not in "iuf":
        raise AnswerFormError(
            f"Return {names} behind one another, with commas between: {count} "
            "numbers and nothing else.",
            result,
        )
    return values.astype(float)


_CORNERS = {
    f"switches {x1} and {x2}": (x1, x2) for x1, x2 in ((0, 0), (0, 1), (1, 0), (1, 1))
}


def _lamp(answer, corner):
    """Say what a network with these output weights does at one corner."""
    x1, x2 = _CORNERS[corner]
    values = _numbers(answer(), 3, "v1, v2 and c")
    z = values[0] * relu(x1 + x2) + values[1] * relu(x1 + x2 - 1) + values[2]
    return "on" if z > 0 else "off"


@exercises.function(
    title="Output weights that solve XOR",
    points=2,
    cases=[(corner,) for corner in _CORNERS],
    run=_lamp,
    labels=("at",),
    hints=(
        "The hidden neurons turn the corners into the points (0, 0), (1, 0) and "
        "(2, 1). Only the middle one shall come out above zero.",
        "Let the first hidden neuron speak for the light, so its weight is positive. "
        "The second one must speak against it, strongly enough for (2, 1).",
        "A bias slightly below zero keeps the light off at (0, 0). With weight 1 for "
        "the first neuron, find a weight for the second that brings (2, 1) down.",
    ),
)
def xor_weights():
    """Weights v1, v2 and bias c of the output neuron."""
    v1, v2, c = 1, -2, -0.5
    return v1, v2, c


xor_weights.same = {"another solution": ("2 => 3",)}
xor_weights.known_mistakes = {
    "return 1, -1, -0.5": (
        "With both switches up the light stays on. There the first hidden neuron "
        "has grown to 2 and the second one only to 1: it has to pull harder."
    ),
    "return -1, 2, 0.5": (
        "This lamp is on exactly where it should be off: all signs are reversed."
    ),
    "return 1, -2, -1.5": (
        "The light is never on. With one switch up, only the first hidden neuron "
        "speaks: its weight has to win against the bias."
    ),
    "return 1, -1, 0.5": (
        "The light is always on. At (0, 0) the bias is all there is: which sign "
        "must it have?"
    ),
    "return 1, -3, 0.5": (
        "Right where a switch is up. With both down the light is on, though both "
        "hidden neurons are silent there: look at the bias."
    ),
    "return -1, 0, 0.5": (
        "The light is on only with both switches down. The first hidden neuron "
        "should speak for the light, and the bias against it."
    ),
    "return 0, 1, -0.5": (
        "This is AND: on only with both switches up. With one up, the first hidden "
        "neuron has to win against the bias; with both, the second one has to "
        "outweigh it."
    ),
}


# 3. A layer


# The network on paper of section 5: whole numbers beside fractions.
_W1, _b1 = np.array([[1, -1], [2, 1]]), np.array([-1, 0.5])
_W2, _b2 = np.array([[0.5], [-2]]), np.array([-1])


def _layers(rng):
    """Square and other shapes, a batch of one, negative numbers, whole numbers."""
    return [
        (rng.normal(size=(1, 2)), rng.normal(size=(2, 3)), rng.normal(size=3)),
        (np.array([[1, 2], [3, 1], [0, -1]]), _W1, _b1),
        (rng.normal(size=(3, 3)), rng.normal(size=(3, 3)), rng.normal(size=3)),
        (rng.normal(size=(5, 2)), rng.normal(size=(2, 4)), rng.normal(size=4)),
    ]


@exercises.function(
    title="A layer in one line",
    cases=_layers,
    hints=(
        "Write the three shapes side by side: (N, D), (D, H) and (H,). Which two "
        "touch with the same letter?",
        "One matrix product and one sum. NumPy adds the (H,) to every row by itself.",
    ),
)
def layer(X, W, b):
    """Weighted sums of a layer: X (N, D), W (D, H), b (H,) give (N, H)."""
    return X @ W + b


layer.known_mistakes = {
    "X @ W => np.dot(W, X)": (
        "Examples are rows, so X stands on the left, and its columns meet the rows of "
        "W."
    ),
    "W + => W.T +": (
        "W is turned over here. In this course each column of W is one neuron, (D, "
        "H), so that it fits behind X as it is."
    ),
    "+ b => + b[:, np.newaxis]": (
        "b is stood upright here, so it runs down the examples. There is one bias "
        "for each neuron, that is, for each column of the result."
    ),
    "return W.T @ X.T + b": (
        "This has the examples in columns. Here they are rows, before and after."
    ),
    "return (X[:, :, np.newaxis] * W + b).sum(axis=1)": (
        "The bias is added once for each input. It joins the whole sum, once."
    ),
    "return sigmoid(X @ W + b)": (
        "A sigmoid has already been applied. The task is Z, the sums alone."
    ),
    "return relu(X @ W + b)": (
        "The sums are right, but a ReLU has already been applied. The task is Z, "
        "which may be negative."
    ),
}


layer_shapes = exercises.array(
    "layer_shapes",
    title="Shapes through a network",
    points=2,
    answer="[[inputs, hidden], [batch, hidden], [hidden, outputs], [batch, outputs]]",
    given={"batch": 32, "inputs": 6, "hidden": 8, "outputs": 3},
    terms={
        **{"batch": "the number of examples", "inputs": "the number of inputs"},
        **{"hidden": "the hidden layer's width", "outputs": "the number of outputs"},
    },
    mistakes=(
        (
            [[8, 6], [32, 8], [3, 8], [32, 3]],
            "The weight matrices are the wrong way round. X is (N, D) and stands on "
            "the left, so W1 must begin with D.",
        ),
        ([[6, 8], [6, 8], [8, 3], [8, 3]], "A1 and Z2 have a row for each example."),
        (
            [[32, 8], [32, 8], [32, 3], [32, 3]],
            "Weights know nothing of the batch: the same ones serve for 1 example "
            "and for 1,000.",
        ),
        ([6, 8, 32, 8, 8, 3, 32, 3], "The numbers are right. Make four pairs of them."),
        (
            [[6, 8], [8, 32], [8, 3], [3, 32]],
            "Examples are rows, in A1 and Z2 as well.",
        ),
    ),
    hints=(
        "Write (32, 6) @ (?, ?) and let the inner numbers agree. The outer ones "
        "remain: that is A1, since ReLU changes no shape.",
        "What A1 has as columns, W2 needs as rows.",
    ),
)

parameter_count = exercises.number(
    "parameter_count",
    title="Count the parameters",
    answer="(inputs * hidden + hidden_biases) + (hidden * outputs + output_biases)",
    given={
        **{"inputs": 6, "hidden": 8, "outputs": 3},
        **{"hidden_biases": 8, "output_biases": 3},
    },
    terms={
        "inputs * hidden": "the count of W1",
        "hidden_biases": "the count of b1",
        "hidden * outputs": "the count of W2",
        "output_biases": "the count of b2",
        "inputs * hidden + hidden_biases": "the hidden layer",
        "hidden * outputs + output_biases": "the output layer",
        "inputs": "the number of inputs",
        "hidden": "the number of hidden neurons",
        "outputs": "the number of outputs",
    },
    mistakes=(
        (72, "These are the weights. Every neuron of the two layers has a bias, too."),
        (89, "The input layer has nothing to learn, and no bias."),
        (17, "That counts the circles of the drawing. Weights are its lines."),
        (144, "Layers follow one another, so their counts are added."),
        (11, "These are the biases alone."),
        (2656, "A parameter serves all examples: the 32 has no part in it."),
        (74, "Each layer got a single bias here. Each of its neurons has one."),
    ),
    hints=(
        "W1 has as many numbers as there are lines between the inputs and the hidden "
        "layer. How many?",
        "Two matrices and two vectors of biases: four counts, added up.",
    ),
)


# 4. The forward pass

pencil_hidden = exercises.array(
    "pencil_hidden",
    title="The hidden layer with a pencil",
    answer="np.maximum(x @ W1 + b1, 0)",
    given={
        "x": np.array([3, 1]),
        "W1": np.array([[1, -1], [2, 1]]),
        "b1": np.array([-1, 0.5]),
    },
    terms={"maximum": "the ReLU", "x": "the input", "W1": "W1", "b1": "the bias b1"},
    mistakes=(
        (
            [1, 7.5],
            "This reads W1 by rows. The weights of one hidden neuron stand in one "
            "column.",
        ),
        (
            [4, 1.5],
            "That is A1 for (1, 2), or the minus sign of a sum was dropped: ReLU cuts "
            "a negative number off.",
        ),
        ([0, 4], "The two are exchanged: h1 comes first."),
        ([[4, 0]], "The numbers are right. Give them without the inner brackets."),
    ),
    hints=(
        "Put (3, 1) beside the first column of W1: multiply, add, then the bias.",
        "The same with the second column. Then ReLU, for both.",
    ),
)

pencil_output = exercises.number(
    "pencil_output",
    title="The output with a pencil",
    answer="(h1 * first_weight + h2 * second_weight) + bias",
    given={"h1": 4, "first_weight": 0.5, "h2": 0, "second_weight": -2, "bias": -1},
    terms={"h1": "h1", "h2": "h2", "bias": "the bias b2"},
    mistakes=(
        (4, "Here the second hidden neuron still takes part with its negative sum."),
        (-2, "That is the result of the worked example, for the other input."),
    ),
    hints=(
        "The hidden outputs meet the weights W2, and the second of them is zero.",
        "Weighted sum, then the bias b2. No ReLU after the last layer.",
    ),
)


class _Params(list):
    """Pairs (W, b) that show themselves layer by layer."""

    def __repr__(self):
        def shown(array):
            return " ".join(np.array2string(array, precision=2).split())

        pairs = enumerate(self, 1)
        return ", ".join(f"W{i} = {shown(W)}, b{i} = {shown(b)}" for i, (W, b) in pairs)


def _networks(rng):
    """One layer, a square network with a batch of one, whole numbers, three layers."""

    def params(*widths):
        pairs = zip(widths, widths[1:], strict=False)
        return _Params((rng.normal(size=(d, h)), rng.normal(size=h)) for d, h in pairs)

    one = _Params([(np.array([[1.0], [0.5]]), np.array([-1.0]))])
    return [
        (np.array([[-1.0, -2.0]]), one),
        (np.array([[-3.0, 0.5]]), params(2, 2, 2)),
        (np.array([[1, 2], [3, 1], [0, -1]]), _Params([(_W1, _b1), (_W2, _b2)])),
        (rng.normal(size=(4, 3)), params(3, 5, 2)),
        (rng.normal(size=(2, 3)), params(3, 3, 3, 3)),
    ]


@exercises.function(
    title="The forward pass of a whole network",
    points=3,
    terms={
        "A": "the output so far",
        "A @ W": "the product with W",
        "A @ W + b": "the sum",
        "params[:-1]": "the list without its last pair",
    },
    cases=_networks,
    hints=(
        "Start with `A = X`. Then go through the pairs with `for W, b in params:` and "
        "replace A by what the layer makes of it.",
        "All layers but the last are followed by a ReLU. `params[:-1]` are all but "
        "the last, `params[-1]` is the last.",
        "In the loop over `params[:-1]`: A becomes the relu of the layer of A. After "
        "the loop: return the layer of A with the last pair, and nothing behind it.",
    ),
)
def forward(X, params):
    """Outputs (N, C) of a network; params is a list of pairs (W, b)."""
    A = X
    for W, b in params[:-1]:
        A = relu(A @ W + b)
    W, b = params[-1]
    return A @ W + b


forward.known_mistakes = {
    "(A  => (X ": (
        "Every layer gets the inputs X here, not what the layer before it has put out."
    ),
    "return softmax(forward(X, params))": (
        "There is a softmax at the end. It is the next section's; what the task "
        "asks for are the sums of the last layer as they are."
    ),
    ("relu => sigmoid", "return sigmoid(A @ W + b)"): (
        "Every layer ends in a sigmoid here. The hidden ones should have ReLU, the "
        "last one nothing."
    ),
    "relu => sigmoid": (
        "The hidden layers end in a sigmoid here. This network is to use ReLU."
    ),
    "return relu(X @ params[0][0] + params[0][1]) @ params[1][0] + params[1][1]": half(
        "This takes exactly two layers. `params` may hold one pair or twenty: use "
        "a loop."
    ),
    "A = X => (V, c), (W, b) = params; A = X": (
        "The pairs are taken apart as if there were always two. `params` may hold one "
        "pair or twenty: use a loop."
    ),
    "return X @ params[-1][0] + params[-1][1]": (
        "The last layer gets the inputs X. What comes in there is the output of "
        "the last hidden layer."
    ),
    "return relu(A @ W + b)": half(
        "There is a ReLU after the last layer, too: this network could never give a "
        "negative number."
    ),
    ("relu(A @ W + b) => relu(A) @ W + b", "return relu(A) @ W + b"): (
        "The ReLU comes before each layer instead of after it: negative inputs are "
        "lost before anything has looked at them."
    ),
    " + b => ": "The biases are missing: each pair holds W and b, and both count.",
    ("[:-1] => ", "A = relu => return relu"): (
        "This returns after the first layer. Is the `return` inside the loop?"
    ),
    "(A @ W + b) => (A @ W)": half(
        "The biases of the hidden layers are missing; the last layer has its own."
    ),
    "return A @ W": half(
        "The bias of the last layer is missing; the hidden layers have theirs."
    ),
    "[:-1] => [1:]": "The first pair is left out of the loop, not the last.",
    "@ W => @ W.T": "W is turned over here; (D, H) fits behind the examples as it is.",
    "return X @ params[0][0] + params[0][1]": "This is the first layer alone.",
    ("W, b = =>     W, b =", "return =>     return"): (
        "The `return` stands inside the loop. It ends after the first layer, and a "
        "network of one layer never comes to it."
    ),
}


# 5. Softmax


@exercises.function(
    title="Softmax: logits to probabilities",
    points=2,
    terms={
        "Z.max(axis=1, keepdims=True)": "each row's largest logit",
        "powers": "the powers",
        "np.exp(shifted)": "the powers",
        "powers.sum(axis=1, keepdims=True)": "each row's sum of powers",
    },
    cases=[
        (np.array([[2, 1, 0]]),),
        (np.array([[0.0, 0.0], [1.0, -1.0], [-3.0, 2.0]]),),
        (np.array([[1.0, 2.0, 3.0], [0.5, 0.5, -1.0], [-2.0, 4.0, 0.0]]),),
        (np.array([[1000.0, 999.0, 0.0], [-1000.0, -1001.0, -1000.0], [1, 2, 3]]),),
        (np.array([[1000.0] + 5 * [0.0], [0.0, 2.0, 1.0, -1.0, 0.5, 3.0]]),),
    ],
    hints=(
        "First without the large numbers: `np.exp(Z)`, divided by the sum of each "
        "row. `.sum(axis=1, keepdims=True)` gives a column (N, 1), which divides "
        "every row by its own sum.",
        "Subtracting the same number from all logits of a row changes nothing in the "
        "result: the power rule makes it cancel. Which number makes overflow "
        "impossible?",
        "Subtract each row's largest: `Z.max(axis=1, keepdims=True)`. Then no power "
        "is above 1.",
    ),
)
def softmax(Z):
    """Probabilities (N, C) of the logits Z (N, C); each row sums to 1."""
    shifted = Z - Z.max(axis=1, keepdims=True)
    powers = np.exp(shifted)
    return powers / powers.sum(axis=1, keepdims=True)


softmax.known_mistakes = {
    "return np.exp(Z) / np.exp(Z).sum()": (
        "The whole batch shares one sum here, but each row should sum to 1 by "
        "itself. (The large logits are the next task.)"
    ),
    "return np.exp(Z) / np.exp(Z).sum(axis=0)": (
        "Axis 0 runs down the examples, so the columns sum to 1. Take the other "
        "one. (The large logits are the next task.)"
    ),
    "return np.exp(Z) / np.exp(Z).sum(axis=1)": (
        "The sums come as (N,), which does not fit beside (N, C): `keepdims=True` "
        "keeps them as a column. (The large logits are the next task.)"
    ),
    "return powers / np.exp(Z).sum(axis=1, keepdims=True)": (
        "Above the line the logits are shifted, below it they are not. It has to be "
        "the same shift for both."
    ),
    "return np.exp(Z) / powers.sum(axis=1, keepdims=True)": (
        "Below the line the logits are shifted, above it they are not. Both need the "
        "same shift."
    ),
    "return np.eye(Z.shape[1])[Z.argmax(axis=1)]": (
        "The winner takes all here. The other classes should have shares, too."
    ),
    "return Z.argmax(axis=1)": (
        "These are the classes chosen. Asked for are the probabilities of all classes."
    ),
    "return shifted - np.log(powers.sum(axis=1, keepdims=True))": (
        "These are the logarithms of the probabilities."
    ),
    "return np.exp(-Z) / np.exp(-Z).sum(axis=1, keepdims=True)": (
        "The largest logit has got the smallest share: look at the sign."
    ),
    "Z.max(axis=1, keepdims=True) => 1000": (
        "A fixed shift helps some rows and starves others: where all logits lie far "
        "below it, every power is 0. Each row needs its own."
    ),
    "return powers": (
        "These are the powers. Probabilities come out when each row is divided by "
        "its own sum."
    ),
    "return Z / Z.sum(axis=1, keepdims=True)": (
        "Without the powers, negative logits become negative shares, and a sum of "
        "zero divides by zero."
    ),
    "return 1 / (1 + np.exp(-Z))": (
        "This is a sigmoid of each logit on its own: the numbers of a row do not "
        "sum to 1. Softmax lets the classes of a row compete."
    ),
    "exp(shifted) => exp(Z)": half(
        "Right for small logits. With 1000 among them, `np.exp` overflows and the "
        "result is NaN."
    ),
    "max(axis=1, keepdims=True) => max()": half(
        "This shifts all rows by the largest logit of the whole batch. A row far "
        "below it then has nothing but zeros to divide by: 0 / 0 is NaN. Let each "
        "row have its own shift."
    ),
    "axis=1 => axis=0": (
        "Here the columns sum to 1. The examples are the rows: which axis runs "
        "along a row?"
    ),
    "max => mean": half(
        "Shifting by the mean is not enough: the largest logit can still lie far "
        "above it, and its power overflows."
    ),
}


# 6. Why an activation

straight = exercises.prediction(
    "straight",
    title="Three layers without an activation",
    options={
        "a": "A straight line, in spite of three layers and more than a hundred "
        "parameters.",
        "b": "A line with kinks: the layers bend it.",
        "c": "A smooth curve.",
    },
    example="c",
)


@exercises.function(
    title="Two layers collapsed into one",
    points=2,
    results=("W", "b"),
    terms={"W1 @ W2": "the product of W1 and W2", "b1 @ W2": "b1 times W2"},
    cases=lambda rng: [
        tuple(rng.normal(size=s) for s in ((1, 2), 2, (2, 1), 1)),
        tuple(rng.normal(size=s) for s in ((2, 1), 1, (1, 2), 2)),
        (_W1, np.array([1, -2]), np.array([[2, 0], [1, -1]]), _b1),
        tuple(rng.normal(size=s) for s in ((3, 3), 3, (3, 3), 3)),
        tuple(rng.normal(size=s) for s in ((4, 3), 3, (3, 2), 2)),
    ],
    hints=(
        "Write the two layers as one expression, with (X @ W1 + b1) in place of A1, "
        "and multiply the bracket out.",
        "What stands behind X is the new W. All the rest, without X, is the new b.",
        "b1 has to go through the second layer as well, before b2 is added.",
    ),
)
def collapse(W1, b1, W2, b2):
    """Weights and bias (W, b) of one layer that equals two without ReLU."""
    W = W1 @ W2
    b = b1 @ W2 + b2
    return W, b


collapse.same = {"b1 has one axis": ("b1 @ W2 => b1.T @ W2",)}
collapse.known_mistakes = {
    "return W1 @ W2, b1 + b2": half(
        "The weights are right. The bias of the first layer is added as it is, but "
        "it passes through the second layer like everything else."
    ),
    "return W1 @ W2, b1 @ W2": half(
        "The weights are right. The bias of the second layer is missing."
    ),
    "return W1 @ W2, b2": half(
        "The weights are right. The bias of the first layer is lost."
    ),
    "return b1 @ W2 + b2, W1 @ W2": half(
        "Both are right, in the wrong order: W first, then b."
    ),
    "return W1 @ W2 + b1 @ W2 + b2": (
        "Weights and biases are added to one result. X multiplies the one and not "
        "the other, so return two things: W and b."
    ),
    "return W1 + W2, b1 + b2": (
        "Weights of two layers in a row are not added. What happens to W1 when the "
        "bracket is multiplied out?"
    ),
    "return W1 @ W2": half(
        "These are the right weights alone. A layer is a pair: return W and b."
    ),
}


# 7. Kinks make curves

slope_changes = exercises.array(
    "slope_changes",
    title="The weights of a path with three stretches",
    answer="[slope_1, slope_2 - slope_1, slope_3 - slope_2]",
    given={"slope_1": 2, "slope_2": -0.5, "slope_3": 2},
    terms={
        "slope_1": "the slope of the first stretch",
        "slope_2": "the slope of the second stretch",
        "slope_3": "the slope of the third stretch",
    },
    mistakes=(
        (
            [2, -0.5, 2],
            "These are the slopes of the stretches. But earlier ReLUs go on climbing: "
            "each new one only has to make the difference.",
        ),
        ([2, -1, 2], "These are the rises. A slope is the rise divided by the width."),
        ([2, 2.5, 2.5], "At the second kink the path turns down: which sign?"),
        (
            [2, -1.5, 2],
            "Is the slope of the second stretch right? It is one down and two across.",
        ),
        (
            [2, -2.5, 2],
            "The last number is the slope of the last stretch. But the path was going "
            "down before: the change is larger.",
        ),
        ([3, 2, 4], "These are heights. How does the slope change at each kink?"),
        (
            [2, -3, 3],
            "These are differences of rises. The second stretch is wider than the "
            "others: work out its slope first.",
        ),
    ),
    hints=(
        "Write down the slopes of the three stretches: rise divided by width.",
        "Before the first kink the slope is zero. By how much does the slope change at "
        "each kink?",
    ),
)

_BENDS = {"the lower bend, x up to 2": (0, 2), "the upper bend, x from 2": (4, 2)}


def _fit(answer, bend):
    """Say how well the bent line with these kinks follows one half of the ramp."""
    kinks = _numbers(answer(), 4, "the four places")
    if not ((kinks >= 0) & (kinks <= 4)).all():
        raise AnswerFormError("A place lies outside of 0 to 4.", kinks)

    def ramp(x):
        return sigmoid(6 * (x - 2))

    end, middle = _BENDS[bend]
    corners = np.unique([0.0, *kinks, 4.0])
    x = np.concatenate([np.linspace(end, middle, 201), np.linspace(0, 4, 401)])
    gaps = np.abs(np.interp(x, corners, ramp(corners)) - ramp(x))
    if gaps.max() < 0.0505:  # what the sliders show as 0.050
        return "follows the curve"
    x, gaps = x[:201], gaps[:201]
    here = np.abs(kinks[(kinks < 2) if end < 2 else (kinks > 2)] - end)
    if len(here) != 2:
        return ("no kink", "one kink", "", "three kinks", "four kinks")[len(here)]
    if gaps.max() < 0.0505:
        return "follows the curve"
    widest = abs(x[gaps.argmax()] - end)
    if widest < here.min():
        return "leaves the curve between the end and its kinks"
    inside = widest < here.max()
    return f"leaves the curve between {'its' if inside else 'the middle and its'} kinks"


@exercises.function(
    title="Four kinks that fit a curve",
    points=2,
    cases=[(bend,) for bend in _BENDS],
    run=_fit,
    labels=("part of the curve",),
    hints=(
        "Drag the sliders above, and look where the gap between the two curves is "
        "largest.",
        "A straight stretch needs no kink, however steep it is. Where does the curve "
        "bend most?",
        "Two of the kinks belong to the lower bend, two to the upper one. The middle, "
        "around x = 2, is nearly straight.",
    ),
)
def place_kinks():
    """Four places between 0 and 4."""
    return 1.4, 1.7, 2.3, 2.6


place_kinks.known_mistakes = {
    "return 1.8, 1.9, 2.1, 2.2": (
        "The line leaves the curve before the first kinks and behind the last ones: "
        "all of them are close to the steep stretch. It is bending that needs a kink, "
        "not climbing."
    ),
    "return 0.5, 1.0, 3.0, 3.5": (
        "The line leaves the curve between the inner kinks and the middle: they stand "
        "too far out, where the curve is nearly flat, and one straight stretch has to "
        "do all the rest."
    ),
    "return 1.0, 1.9, 2.1, 3.0": (
        "Each bend has its kinks, and is cut off between them: they stand too far "
        "apart. Where does the curve bend most?"
    ),
    "return 1.4, 1.7, 1.8, 1.9": (
        "The lower half has got all the kinks, and nothing is left for the upper bend."
    ),
    "return 2.1, 2.2, 2.3, 2.6": (
        "The upper half has got all the kinks, and nothing is left for the lower bend."
    ),
    "return 1.0, 1.5, 1.8, 3.0": (
        "Three kinks stand in the lower half, and the upper bend is cut off with its "
        "one. The two bends are alike."
    ),
    "return 1.0, 2.2, 2.5, 3.0": (
        "Three kinks stand in the upper half, and the lower bend is cut off with its "
        "one. The two bends are alike."
    ),
}


finer = exercises.prediction(
    "finer",
    title="Twice as many pieces",
    options={
        "a": "Twice as many pieces, half the gap.",
        "b": "Twice as many pieces, a quarter of the gap: a piece half as wide "
        "leaves a curve only a quarter as far.",
        "c": "Twice as many pieces, an eighth of the gap.",
    },
    example="a",
)

pieces = exercises.prediction(
    "pieces",
    title="How many straight pieces does the deep network draw?",
    example=11,
    low=1,
)


# 8. Common activations

output_activation = exercises.choice(
    "output_activation",
    title="What comes after the last layer?",
    answer="c",
    options={
        "a": "ReLU would cut off every frost: no temperature below zero could come "
        "out.",
        "b": "A sigmoid only gives numbers between 0 and 1. It suits a question that "
        "is answered by yes or no.",
        "c": "A temperature may be any number, and the weighted sum can be any "
        "number. Activations belong between layers; at the end, the task decides.",
        "d": "Softmax makes shares of several classes. Of a single number it always "
        "makes 1.",
    },
    hints=(
        "Which numbers can be the answer, in winter as well?",
        "Compare with the ranges in the table: which of them could print −5 and 30?",
    ),
)


# 9. With a pencil

_PAPER = {
    "X": np.array([[1.0, 2.0], [2.0, -1.0]]),
    "W1": np.array([[2.0, -1.0, 0.0], [1.0, 1.0, -1.0]]),
    "b1": np.array([-1.0, 0.0, 1.0]),
    "W2": np.array([[1.0, 0.5], [-1.0, 2.0], [0.5, -1.0]]),
    "b2": np.array([-1.0, -2.0]),
}

paper_network = exercises.array(
    "paper_network",
    title="A whole forward pass with a pencil",
    points=3,
    answer="np.maximum(X @ W1 + b1, 0) @ W2 + b2",
    given=_PAPER,
    terms={name: name for name in _PAPER} | {"maximum": "the hidden layer's ReLU"},
    mistakes=(
        (
            [[1, 1.5], [2, 0]],
            "There is no ReLU after the last layer: a logit may be negative.",
        ),
        ([[3, 4], [3.5, 0.5]], "All biases are missing."),
        (
            [[1.5, 0.5], [-1, 3]],
            "ReLU turns a negative sum into zero; it does not drop the minus sign.",
        ),
        (
            [[1, 2], [1.5, -3]],
            "The numbers are right, but rows are examples: first both logits of the "
            "first one, then both of the second.",
        ),
        (
            [1, 1.5, 2, -3],
            "The numbers are right. Give each example a row: two lists in one list.",
        ),
        ([1, 0], "These are the classes. Enter the logits, Z2."),
        ([[3, 1, -1], [2, -3, 2]], "That is Z1, and it is right. Now ReLU, then W2."),
        (
            [[3, 1, 0], [2, 0, 2]],
            "That is A1, and it is right. One more layer follows.",
        ),
    ),
    hints=(
        "First Z1, two rows of three: row of X with column of W1, then b1. In each "
        "row, one of the three is negative.",
        "A1 is Z1 with zero in place of the negative numbers. Then the same again "
        "with W2 and b2.",
    ),
)

explain = exercises.text(
    "explain",
    title="Explain it to a friend",
    model="A neuron multiplies each input with a weight, adds the products and a "
    "bias, and passes the sum through an activation such as ReLU, which turns "
    "negatives into zero. Many neurons side by side make a layer: one matrix product "
    "for a whole batch of rows. Layers follow one another, the outputs of one being "
    "the inputs of the next. Without the activation in between, all the layers would "
    "multiply out to a single one, which can only draw a straight line; with it, every "
    "neuron adds a kink, and enough kinks make any curve.",
    rubric=(
        "weighted sum, bias and activation",
        "a layer is many neurons on the same inputs, and layers follow one another",
        "why layers without an activation collapse into one",
    ),
    hints=(
        "Three questions: what does one neuron do, what is a layer, and what would be "
        "lost without the activation?",
    ),
)


# Recall

recall_subset = exercises.choice(
    "recall_subset",
    title="Deep learning and machine learning",
    answer="b",
    options={
        "a": "It is the other way round: machine learning also has methods without "
        "any network, such as decision trees.",
        "b": "Deep learning is that part of machine learning which uses neural "
        "networks with many layers.",
        "c": "Nobody writes the rules of a deep network; it learns from examples, and "
        "that is what machine learning means.",
    },
    hints=(
        "Which of the two words covers more methods?",
        "Logistic regression learns from examples, without many layers. Where does it "
        "belong?",
    ),
)

recall_features = exercises.choice(
    "recall_features",
    title="Who makes the features?",
    answer="a",
    options={
        "a": "The raw pixels go in, and the hidden layers learn what to make of them. "
        "The two hidden neurons of XOR were such features, only chosen by hand.",
        "b": "That is the classical way: a person thinks of features, and a model "
        "learns how to weigh them.",
        "c": "A network starts from random weights; what they compute becomes useful "
        "through training alone.",
    },
    hints=(
        "What goes into a deep network: something prepared, or the raw data?",
        "Think of the pictures of hidden units in chapter 01. Did anybody draw them?",
    ),
)

recall_when_not = exercises.choice(
    "recall_when_not",
    title="When to leave deep learning alone",
    answer="c",
    options={
        "a": "Raw images by the thousand are what deep learning is good at.",
        "b": "Sound is raw data, too, and with many recordings a network can learn "
        "its own features from it.",
        "c": "Few rows, columns that already mean something, and a reason owed to "
        "each customer: a small model that can be read is the better choice.",
    },
    hints=(
        "Deep learning wants raw data, and much of it. Where is neither given?",
        "In one of the three cases somebody may ask for reasons, too.",
    ),
)
