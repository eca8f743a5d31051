"""Exercises of chapter 04, "Compute with TensorFlow"."""

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np

from .core import ExerciseSet
from .later import Later

tf = Later("tensorflow")

exercises = ExerciseSet("04", needs=[tf.load])


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


def _columns_and_targets(rng):
    """Predictions (N, 1) and targets (N,) for N = 1, 3 and 5."""
    return [
        (tf.constant([[3.0]]), tf.constant([1.0])),
        (tf.constant([[1.0], [5.0], [-2.0]]), tf.constant([2.0, 2.0, -2.0])),
        (tf.constant(rng.normal(size=(5, 1))), tf.constant(rng.normal(size=5))),
    ]


@exercises.function(
    title="A column of predictions, a flat array of targets",
    cases=_columns_and_targets,
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


@column_error.alternative
def column_error_with_two_columns(predictions, targets):
    column = tf.reshape(targets, (-1, 1))
    return tf.reduce_mean(tf.square(column - predictions))


@column_error.alternative
def column_error_in_a_loop(predictions, targets):
    total = 0.0
    for row, target in zip(predictions, targets, strict=True):
        total += (float(row[0]) - float(target)) ** 2
    return total / len(targets)


@column_error.mistake(
    "One number comes out, and nothing complains, but it is a mean over N × N "
    "differences: every prediction met every target. Look at the two shapes."
)
def all_pairs(predictions, targets):
    return tf.reduce_mean((predictions - targets) ** 2)


@column_error.mistake(
    "`predictions[0]` is the first row: one prediction, which is then compared with "
    "all the targets. You want the first column."
)
def first_row_only(predictions, targets):
    return tf.reduce_mean((predictions[0] - targets) ** 2)


@column_error.mistake(
    "This is the root of it. The mean of the squares itself is asked."
)
def root(predictions, targets):
    return tf.sqrt(tf.reduce_mean((predictions[:, 0] - targets) ** 2))


@column_error.mistake("This is the sum. Take the mean over the examples.")
def summed(predictions, targets):
    return tf.reduce_sum((predictions[:, 0] - targets) ** 2)


@column_error.mistake("The squares are right. One step is left: one number.")
def not_reduced(predictions, targets):
    return (predictions[:, 0] - targets) ** 2


@column_error.mistake("Errors up and down cancel here: square before the mean.")
def signed(predictions, targets):
    return tf.reduce_mean(predictions[:, 0] - targets)


def _tables(rng):
    """Tables of 1 × 3, 2 × 4, 3 × 3 and 5 × 2."""
    square = tf.constant([[1.0, 2.0, 6.0], [0.0, -3.0, 0.0], [4.0, 4.0, 4.0]])
    return [
        (tf.constant([[1.0, 2.0, 6.0]]),),
        (tf.constant([[1.0, -2.0, 3.0, 4.0], [0.0, 0.0, 8.0, 0.0]]),),
        (square,),
        (tf.constant(rng.normal(size=(5, 2))),),
    ]


@exercises.function(
    title="Take the mean of each row away",
    atol=1e-6,
    cases=_tables,
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


@centre_rows.alternative
def centre_rows_by_turning_the_table(X):
    return tf.transpose(tf.transpose(X) - tf.reduce_mean(X, axis=1))


@centre_rows.alternative
def centre_rows_one_by_one(X):
    return tf.stack([row - tf.reduce_mean(row) for row in X])


@centre_rows.mistake(
    "With as many rows as columns this runs and is wrong; with other shapes it "
    "stops. The means lie flat, and from the right a flat array is a row."
)
def means_lie_flat(X):
    return X - tf.reduce_mean(X, axis=1)


@centre_rows.mistake(
    "These are the means of the columns. Which axis has to disappear for one mean "
    "per row?"
)
def means_of_the_columns(X):
    return X - tf.reduce_mean(X, axis=0)


@centre_rows.mistake("This is one mean for the whole table. Every row has its own.")
def one_mean_for_all(X):
    return X - tf.reduce_mean(X)


@centre_rows.mistake("These are the means themselves. Take them away from X.")
def only_the_means(X):
    return tf.reduce_mean(X, axis=1, keepdims=True)


@centre_rows.mistake("This adds the means. Take them away.")
def means_added(X):
    return X + tf.reduce_mean(X, axis=1, keepdims=True)


@centre_rows.mistake("These are sums. Take the mean of each row away.")
def sums_taken_away(X):
    return X - tf.reduce_sum(X, axis=1, keepdims=True)


# 3. The tape

_SQUARES = _Formula("tf.reduce_sum(w ** 2)", lambda w: tf.reduce_sum(w**2))
_CURVES = _Formula(
    "tf.reduce_sum(tf.sin(w) * tf.exp(w))",
    lambda w: tf.reduce_sum(tf.sin(w) * tf.exp(w)),
)
_PRODUCT = _Formula("tf.reduce_prod(w)", lambda w: tf.reduce_prod(w))


@exercises.function(
    title="The gradient of any loss, from a tape",
    points=2,
    rtol=1e-9,
    cases=[
        (_SQUARES, np.array([3, -1])),
        (_CURVES, np.array([0.7, -2.0])),
        (_PRODUCT, np.array([[1.5, 2.0], [-1.0, 0.3]])),
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


@tape_gradient.alternative
def tape_gradient_of_a_watched_constant(loss, params):
    w = tf.constant(params, tf.float64)
    with tf.GradientTape() as tape:
        tape.watch(w)
        value = loss(w)
    return tape.gradient(value, w).numpy()


@tape_gradient.mistake(
    "The tape answers None: it saw no way from the parameters to the loss. Is the "
    "loss computed inside the block, and from something that the tape watches?"
)
def nothing_recorded(loss, params):
    w = tf.constant(params, tf.float64)
    with tf.GradientTape() as tape:
        value = loss(w)
    return tape.gradient(value, w)


@tape_gradient.mistake(
    "For whole numbers this is None: the variable takes over their type, and "
    "integers have no slopes. Say which type it shall have."
)
def type_of_the_input(loss, params):
    w = tf.Variable(params)
    with tf.GradientTape() as tape:
        value = loss(w)
    return tape.gradient(value, w)


@tape_gradient.mistake(
    "Right to about seven digits: this computes in float32. The exercise asks for "
    "float64.",
    credit=0.5,
)
def in_single_precision(loss, params):
    w = tf.Variable(params, dtype=tf.float32)
    with tf.GradientTape() as tape:
        value = loss(w)
    return tape.gradient(value, w)


@tape_gradient.mistake(
    "This is the loss. Ask the tape for the gradient after the block."
)
def only_the_loss(loss, params):
    return loss(tf.constant(params, tf.float64))


@tape_gradient.mistake(
    "The sign is turned round. The gradient points uphill; the minus belongs to the "
    "step, not here."
)
def downhill(loss, params):
    return -tape_gradient(loss, params)


@tape_gradient.mistake(
    "This is nudging, from one side: right to a few digits, and it costs a pass for "
    "every parameter. Let the tape do it."
)
def nudged(loss, params):
    w = np.array(params, dtype=float)
    slopes = np.zeros(w.size)
    for i in range(w.size):
        step = np.zeros(w.size)
        step[i] = 1e-5
        rise = loss(w + step.reshape(w.shape)) - loss(w)
        slopes[i] = float(rise) / 1e-5
    return slopes.reshape(w.shape)


@exercises.function(
    title="Slope and curvature",
    points=2,
    cases=[
        (_Formula("w ** 3", lambda w: w**3), 2.0),
        (_Formula("tf.sin(w)", lambda w: tf.sin(w)), 0.7),
        (_Formula("w ** 2 * tf.exp(w)", lambda w: w**2 * tf.exp(w)), -1.5),
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


@slope_and_curvature.alternative
def slope_and_curvature_of_a_watched_constant(f, w):
    w = tf.constant(w)
    with tf.GradientTape() as outer:
        outer.watch(w)
        with tf.GradientTape() as inner:
            inner.watch(w)
            y = f(w)
        slope = inner.gradient(y, w)
    return float(slope), float(outer.gradient(slope, w))


@slope_and_curvature.mistake(
    "The curvature is None: the slope was computed after the outer block had "
    "closed, so the outer tape saw nothing of it."
)
def slope_after_both_blocks(f, w):
    w = tf.Variable(w)
    with tf.GradientTape() as outer:
        with tf.GradientTape() as inner:
            y = f(w)
    slope = inner.gradient(y, w)
    return slope, outer.gradient(slope, w)


@slope_and_curvature.mistake(
    "The second number is the slope again: the outer tape was asked about f. Ask it "
    "about the slope."
)
def the_slope_twice(f, w):
    slope, _ = slope_and_curvature(f, w)
    return slope, slope


@slope_and_curvature.mistake(
    "Right numbers, wrong order: first the slope, then the curvature.", credit=0.5
)
def turned_round(f, w):
    return slope_and_curvature(f, w)[::-1]


@slope_and_curvature.mistake(
    "The second number is the slope squared. Curvature is the slope of the slope."
)
def slope_squared(f, w):
    slope, _ = slope_and_curvature(f, w)
    return slope, slope**2


@slope_and_curvature.mistake(
    "This is the curvature alone. The function returns both numbers.", credit=0.5
)
def only_the_curvature(f, w):
    return slope_and_curvature(f, w)[1]


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
    "Cure: compute with `2 * w` itself and assign afterwards.",
)
trap_b = _trap(
    "b",
    "a",
    "`np.square` gave a NumPy number; the tape saw a constant come in from outside. "
    "Cure: `tf.square(w)`, or `w**2`.",
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
    loss = answer(tf.constant(X), tf.constant(y), W, b, rate)
    return W.numpy(), b.numpy(), loss


def _steps(rng):
    """A batch of one, a column of weights, and three inputs with two outputs."""
    return [
        (np.array([[2.0]]), np.array([[1.0]]), np.array([[0.5]]), np.zeros(1), 0.1),
        (
            np.array([[1.0], [1.0], [2.0]]),
            np.array([[3.2], [2.8], [5.9]]),
            np.array([[2.0]]),
            np.array([0.5]),
            0.05,
        ),
        (
            rng.normal(size=(5, 3)),
            rng.normal(size=(5, 2)),
            rng.normal(size=(3, 2)),
            rng.normal(size=2),
            0.3,
        ),
    ]


@exercises.function(
    title="One step of linear regression",
    points=2,
    run=_one_step,
    cases=_steps,
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


@train_step.alternative
def train_step_with_assign(X, y, W, b, rate):
    with tf.GradientTape(persistent=True) as tape:
        errors = y - (tf.matmul(X, W) + b)
        loss = tf.reduce_mean(tf.square(errors))
    dW, db = tape.gradient(loss, W), tape.gradient(loss, b)
    W.assign(W - rate * dW)
    b.assign(b - rate * db)
    return loss.numpy()


def _gradients(X, y, W, b, reduce=None):
    """Return loss and gradients, with another reduction than the mean if given."""
    with tf.GradientTape() as tape:
        loss = (reduce or tf.reduce_mean)((X @ W + b - y) ** 2)
    return loss, tape.gradient(loss, [W, b])


@train_step.mistake(
    "The variables have not moved. `W = W - …` gives the name W to a new tensor "
    "inside your function; the variable outside stays as it was."
)
def rebinds_the_names(X, y, W, b, rate):
    loss, (dW, db) = _gradients(X, y, W, b)
    W = W - rate * dW
    b = b - rate * db
    return loss


@train_step.mistake("This step goes uphill. The gradient points to a larger loss.")
def uphill(X, y, W, b, rate):
    loss, (dW, db) = _gradients(X, y, W, b)
    W.assign_add(rate * dW)
    b.assign_add(rate * db)
    return loss


@train_step.mistake(
    "The variables now hold the step alone. A step changes what was there."
)
def assigns_the_step(X, y, W, b, rate):
    loss, (dW, db) = _gradients(X, y, W, b)
    W.assign(-rate * dW)
    b.assign(-rate * db)
    return loss


@train_step.mistake(
    "The gradients are None, and None cannot be multiplied. The tape must see the "
    "whole way from W and b to the loss: compute the loss inside the block."
)
def loss_outside_of_the_block(X, y, W, b, rate):
    with tf.GradientTape() as tape:
        predictions = X @ W + b
    loss = tf.reduce_mean((predictions - y) ** 2)
    dW, db = tape.gradient(loss, [W, b])
    W.assign_sub(rate * dW)
    b.assign_sub(rate * db)
    return loss


@train_step.mistake("The learning rate is missing: the whole gradient is one step.")
def without_the_rate(X, y, W, b, rate):
    loss, (dW, db) = _gradients(X, y, W, b)
    W.assign_sub(dW)
    b.assign_sub(db)
    return loss


@train_step.mistake("W moves, b does not. Both are parameters.", credit=0.5)
def bias_stays(X, y, W, b, rate):
    loss, (dW, _) = _gradients(X, y, W, b)
    W.assign_sub(rate * dW)
    return loss


@train_step.mistake(
    "The loss is a sum here, so the step grows with the number of examples. Take "
    "the mean."
)
def summed_loss(X, y, W, b, rate):
    loss, (dW, db) = _gradients(X, y, W, b, tf.reduce_sum)
    W.assign_sub(rate * dW)
    b.assign_sub(rate * db)
    return loss


@train_step.mistake(
    "The step is right; what comes back is the loss after it. Return the one from "
    "before, which the block has computed already.",
    credit=0.5,
)
def loss_after_the_step(X, y, W, b, rate):
    train_step(X, y, W, b, rate)
    return _gradients(X, y, W, b)[0]


@train_step.mistake(
    "Steps are right. The loss is not returned: is the `return` line missing?",
    credit=0.5,
)
def returns_nothing(X, y, W, b, rate):
    train_step(X, y, W, b, rate)


def _logits_and_labels(rng):
    """Logits (N, 1) and labels (N,), moderate and far out."""
    return [
        (tf.constant([[0.0]]), tf.constant([1])),
        (tf.constant([[2.0], [-1.0], [0.5]]), tf.constant([1, 0, 0])),
        (tf.constant(rng.normal(size=(5, 1))), tf.constant([1, 0, 1, 1, 0])),
        (tf.constant([[1000.0], [-800.0], [3.0]]), tf.constant([0, 0, 1])),
    ]


@exercises.function(
    title="The logistic loss",
    points=2,
    cases=_logits_and_labels,
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


@logistic_loss.alternative
def logistic_loss_by_softplus(logits, labels):
    z = logits[:, 0]
    return tf.reduce_mean(tf.nn.softplus(tf.where(labels == 1, -z, z)))


def _costs(logits, labels):
    targets = tf.cast(labels[:, None], logits.dtype)
    return tf.nn.sigmoid_cross_entropy_with_logits(targets, logits)


@logistic_loss.mistake(
    "With a logit of 1000 the probability is rounded to exactly 1, the other one to "
    "0, and its logarithm is infinite. Compute from the logits in one go.",
    credit=0.5,
)
def log_of_the_sigmoid(logits, labels):
    p = tf.sigmoid(logits[:, 0])
    t = tf.cast(labels, p.dtype)
    return -tf.reduce_mean(t * tf.math.log(p) + (1 - t) * tf.math.log(1 - p))


@logistic_loss.mistake(
    "The sigmoid is applied twice: this function of TensorFlow has it built in and "
    "wants the logits as they are."
)
def sigmoid_twice(logits, labels):
    return tf.reduce_mean(_costs(tf.sigmoid(logits), labels))


@logistic_loss.mistake(
    "A column against a flat array once more: every logit meets every label, and a "
    "mean over N × N costs comes out."
)
def every_logit_meets_every_label(logits, labels):
    t = tf.cast(labels, logits.dtype)
    return tf.reduce_mean(tf.nn.softplus(logits) - logits * t)


@logistic_loss.mistake(
    "TensorFlow refuses: labels and logits must have one shape. That is kind of it; "
    "written by hand, (N,) beside (N, 1) would have given all the pairs."
)
def shape_left_alone(logits, labels):
    return tf.reduce_mean(
        tf.nn.sigmoid_cross_entropy_with_logits(tf.cast(labels, logits.dtype), logits)
    )


@logistic_loss.mistake("This is the sum of the costs. Take the mean.")
def sum_of_costs(logits, labels):
    return tf.reduce_sum(_costs(logits, labels))


@logistic_loss.mistake("These are the costs of the single examples: take their mean.")
def each_cost(logits, labels):
    return _costs(logits, labels)


@logistic_loss.mistake(
    "Labels and logits have changed places. The labels come first, or name both: "
    "`labels=`, `logits=`."
)
def changed_places(logits, labels):
    targets = tf.cast(labels[:, None], logits.dtype)
    return tf.reduce_mean(tf.nn.sigmoid_cross_entropy_with_logits(logits, targets))


@logistic_loss.mistake("The sign is turned round: a loss is never below zero.")
def negative(logits, labels):
    return -tf.reduce_mean(_costs(logits, labels))


@logistic_loss.mistake(
    "TensorFlow refuses: labels are whole numbers, logits are not. It never changes "
    "a type unasked."
)
def type_left_alone(logits, labels):
    return tf.reduce_mean(
        tf.nn.sigmoid_cross_entropy_with_logits(labels=labels[:, None], logits=logits)
    )


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


def _count_traces(answer, x, rates):
    """Call an answer with a compiled function; return its result and the traces."""
    traces = []

    def scaled_sum(x, rate):
        traces.append(rate)
        return tf.reduce_sum(x * rate * rate)

    compiled = tf.function(scaled_sum, autograph=False)
    total = answer(compiled, tf.constant(x, tf.float32), rates)
    return total, len(traces)


@exercises.function(
    title="Trace once",
    points=2,
    run=lambda answer, x, rates: _count_traces(answer, x, rates),
    cases=[
        (np.array([2.0]), [0.5, 0.25]),
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


@total_over.alternative
def total_over_numpy_numbers(compiled, x, rates):
    return sum(float(compiled(x, rate)) for rate in np.float32(rates))


@total_over.alternative
def total_over_a_tensor(compiled, x, rates):
    return tf.add_n([compiled(x, rate) for rate in tf.constant(rates, tf.float32)])


@total_over.mistake(
    "The sum is right, and the function was traced once for each different rate: "
    "Python numbers are built into the graph, so another number needs another graph.",
    credit=0.5,
)
def with_python_numbers(compiled, x, rates):
    return sum(compiled(x, rate) for rate in rates)


@total_over.mistake(
    "Every rate in a tensor, fine, but the type changes with each: see that all the "
    "tensors have one type.",
    credit=0.5,
)
def with_changing_types(compiled, x, rates):
    total = 0.0
    for i, rate in enumerate(rates):
        kind = tf.float32 if i % 2 else tf.float64
        total += float(compiled(tf.cast(x, kind), tf.constant(rate, kind)))
    return total


@total_over.mistake("Only the last call is returned. Add up all of them.")
def only_the_last(compiled, x, rates):
    result = 0.0
    for rate in rates:
        result = compiled(x, tf.constant(rate))
    return result


@total_over.mistake(
    "The rates are added first, and there is one call. A function of a sum is not "
    "the sum of the function: call it once for each rate."
)
def rates_added_first(compiled, x, rates):
    return compiled(x, tf.constant(sum(rates)))


@total_over.mistake(
    "A new function is compiled for every rate, and each of them is traced. Use the "
    "one that you are given.",
    credit=0.5,
)
def compiled_afresh(compiled, x, rates):
    fresh = (tf.function(compiled.python_function) for _ in rates)
    return sum(f(x, tf.constant(rate)) for f, rate in zip(fresh, rates, strict=True))


# 6. tf.data


def _what_comes_out(dataset):
    """Describe two epochs of a pipeline over pairs (X, y) with y = 0, 1, 2 …"""
    if not isinstance(dataset, tf.data.Dataset):
        return dataset
    batches = _batches(dataset.repeat(2))
    if isinstance(batches, str):
        return batches
    one, two = batches[: len(batches) // 2], batches[len(batches) // 2 :]
    order = np.concatenate([labels for _, labels in one])
    first = one[0][1]
    return {
        "sizes of the batches": sorted((len(y) for _, y in one), reverse=True),
        "every example once": np.array_equal(np.sort(order), np.arange(len(order))),
        "inputs stay with their labels": all(
            np.array_equal(X[:, 0], y) for X, y in one
        ),
        "the first batch is a run of neighbours": bool(np.ptp(first) < len(first)),
        "the first batch draws from all examples": bool(np.ptp(first) > len(order) / 2),
        "another order in the next epoch": not np.array_equal(
            order, np.concatenate([labels for _, labels in two])
        ),
    }


def _batches(dataset):
    """Return the batches as pairs of arrays, or say what they are instead."""
    quick = tf.data.Options()
    quick.autotune.enabled = False
    quick.experimental_optimization.apply_default_optimizations = False
    batches = list(dataset.take(60).with_options(quick))
    if not all(isinstance(batch, tuple) and len(batch) == 2 for batch in batches):
        return "elements that are not pairs (inputs, labels)"
    if not all((X.shape.rank, y.shape.rank) == (2, 1) for X, y in batches):
        return "single examples, not batches"
    return [(X.numpy(), y.numpy()) for X, y in batches]


def _numbered(n):
    """Inputs (n, 2) that carry their number, and the numbers as labels."""
    return np.stack([np.arange(n), -np.arange(n)], axis=1).astype("float32"), (
        np.arange(n)
    )


@exercises.function(
    title="A pipeline for training",
    points=2,
    view=_what_comes_out,
    cases=lambda rng: [(*_numbered(200), 20), (*_numbered(230), 32)],
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


@pipeline.alternative
def pipeline_of_two_parts(X, y, batch_size):
    parts = [tf.data.Dataset.from_tensor_slices(part) for part in (X, y)]
    return tf.data.Dataset.zip(tuple(parts)).cache().shuffle(1000).batch(batch_size)


def _examples(X, y):
    return tf.data.Dataset.from_tensor_slices((X, y))


@pipeline.mistake(
    "The batches come in another order, but inside each one are still the same "
    "neighbours: what is shuffled here is batches, not examples."
)
def shuffles_the_batches(X, y, batch_size):
    return _examples(X, y).batch(batch_size).shuffle(len(X))


@pipeline.mistake(
    "The buffer is small, so an early batch can only hold early examples. If a file "
    "is sorted by class, that is a batch of one class."
)
def small_buffer(X, y, batch_size):
    return _examples(X, y).shuffle(batch_size).batch(batch_size)


@pipeline.mistake("Nothing is shuffled: the same order in every epoch.")
def without_shuffle(X, y, batch_size):
    return _examples(X, y).batch(batch_size).prefetch(1)


@pipeline.mistake(
    "Shuffled, but every epoch has the same order. Is the new shuffle switched off, "
    "or is the shuffled order kept by a cache?",
    credit=0.5,
)
def same_order_again(X, y, batch_size):
    shuffled = _examples(X, y).shuffle(len(X), reshuffle_each_iteration=False)
    return shuffled.batch(batch_size)


@pipeline.mistake(
    "Examples get lost: a last batch that is not full is dropped. Nothing should be "
    "left out.",
    credit=0.5,
)
def drops_the_rest(X, y, batch_size):
    shuffled = _examples(X, y).shuffle(len(X))
    return shuffled.batch(batch_size, drop_remainder=True)


@pipeline.mistake(
    "Inputs and labels are shuffled apart, each in an order of its own. The network "
    "would be shown a cat and told that it is a car. Keep pairs together."
)
def shuffled_apart(X, y, batch_size):
    parts = [tf.data.Dataset.from_tensor_slices(p).shuffle(len(X)) for p in (X, y)]
    return tf.data.Dataset.zip(tuple(parts)).batch(batch_size)


@pipeline.mistake("There are no batches yet: single examples come out.")
def single_examples(X, y, batch_size):
    return _examples(X, y).shuffle(len(X))


@pipeline.mistake("Only the inputs come out. A batch is a pair: inputs and labels.")
def without_labels(X, y, batch_size):
    return tf.data.Dataset.from_tensor_slices(X).batch(batch_size)


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


def _shopping(rng):
    """Counts (int32) and prices (float32) of 1, 3 and 4 things."""
    return [
        (tf.constant([2]), tf.constant([1.5])),
        (tf.constant([1, 0, 3]), tf.constant([0.75, 9.0, 2.25])),
        (tf.constant([4, 1, 2, 7]), tf.constant([0.25, 0.5, 1.25, 3.0])),
    ]


@exercises.function(
    title="Mend the types",
    cases=_shopping,
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


@mend_dtypes.alternative
def mend_dtypes_with_a_dot_product(counts, prices):
    return tf.tensordot(tf.cast(counts, tf.float32), prices, axes=1)


@mend_dtypes.mistake(
    "It runs, and the cents are gone: the prices became whole numbers, by a cast, or "
    "as a NumPy array beside a tensor of integers. Change the type that loses "
    "nothing."
)
def cents_cut_off(counts, prices):
    return tf.reduce_sum(counts * tf.cast(prices, counts.dtype))


@mend_dtypes.mistake(
    "Still the same message: an integer tensor times a float tensor. TensorFlow "
    "changes no type unasked."
)
def nothing_changed(counts, prices):
    return tf.reduce_sum(counts * prices)


@mend_dtypes.mistake("The types are mended. The sum over the things is missing.")
def each_thing(counts, prices):
    return tf.cast(counts, tf.float32) * prices


@mend_dtypes.mistake("This is the mean. The total is a sum.")
def mean_cost(counts, prices):
    return tf.reduce_mean(tf.cast(counts, tf.float32) * prices)


@mend_dtypes.mistake("This adds up the prices. How many of each were bought?")
def counts_forgotten(counts, prices):
    return tf.reduce_sum(prices)


def _layers(rng):
    """Inputs (N, D), weights stored as (H, D), biases (H,)."""
    shapes = [(1, 2, 3), (4, 2, 3), (4, 3, 3), (2, 4, 1)]
    return [
        tuple(
            tf.constant(rng.normal(size=shape).round(2), tf.float32)
            for shape in ((N, D), (H, D), (H,))
        )
        for N, D, H in shapes
    ]


@exercises.function(
    title="Mend the shapes",
    atol=1e-6,
    cases=_layers,
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


@mend_shapes.alternative
def mend_shapes_inside_the_product(X, W, b):
    return tf.matmul(X, W, transpose_b=True) + b


@mend_shapes.alternative
def mend_shapes_from_the_other_side(X, W, b):
    return tf.transpose(W @ tf.transpose(X)) + b


@mend_shapes.mistake(
    "The shape is right, the numbers are scrambled: a reshape keeps their order and "
    "moves the line breaks. Rows and columns have to change places."
)
def reshaped(X, W, b):
    return X @ tf.reshape(W, (W.shape[1], W.shape[0])) + b


@mend_shapes.mistake(
    "Nothing has changed. With a square W there is not even a message, and the "
    "result is wrong all the same."
)
def as_it_was(X, W, b):
    return X @ W + b


@mend_shapes.mistake("The bias is missing.")
def bias_forgotten(X, W, b):
    return X @ tf.transpose(W)


@mend_shapes.mistake(
    "The result lies on its side: (H, N). Rows are examples, in the result as well."
)
def result_on_its_side(X, W, b):
    return W @ tf.transpose(X) + b[:, None]


def _compiled(answer, x):
    """Call an answer inside ``tf.function``; errors come without its file names."""
    try:
        return tf.function(answer)(x)
    except Exception as error:
        if type(error).__module__ != "builtins":
            raise
        last = str(error).strip().splitlines()[-1].strip()
        text = last.removeprefix(f"{type(error).__name__}: ")
        # To the engine a NotImplementedError means: not written yet.
        kind = TypeError if isinstance(error, NotImplementedError) else type(error)
        raise kind(text) from None


@exercises.function(
    title="Mend the graph",
    run=lambda answer, x: _compiled(answer, x),
    cases=lambda rng: [
        (tf.constant([4.0]),),
        (tf.constant([1.0, 5.0, 2.0]),),
        (tf.constant([[1.0, -8.0], [2.0, 4.0]]),),
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


@mend_graph.alternative
def mend_graph_by_sorting(x):
    return x / tf.sort(tf.reshape(x, [-1]))[-1]


@mend_graph.mistake(
    "`.numpy()` asks for numbers, and while tracing there are none. Compute the "
    "largest entry with an operation of TensorFlow."
)
def still_numpy(x):
    return x / x.numpy().max()


@mend_graph.mistake(
    "A function of NumPy asks for numbers, too. While tracing there are only symbols."
)
def a_function_of_numpy(x):
    return x / np.max(x)


@mend_graph.mistake(
    "In a table this divides each row by its own largest entry. There is one "
    "largest entry in all."
)
def largest_of_each_row(x):
    return x / tf.reduce_max(x, axis=-1, keepdims=True)


@mend_graph.mistake(
    "In a table this divides each column by its own largest entry. There is one "
    "largest entry in all."
)
def largest_of_each_column(x):
    return x / tf.reduce_max(x, axis=0)


@mend_graph.mistake("This is the largest size. A sign counts: −8 is not large here.")
def largest_size(x):
    return x / tf.reduce_max(tf.abs(x))


@mend_graph.mistake("This is the largest entry alone. Divide x by it.")
def only_the_largest(x):
    return tf.reduce_max(x)


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
