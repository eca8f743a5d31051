"""Exercises of chapter 05, "Build with Keras".

Keras and TensorFlow take seconds to import, so nothing here does so until an
exercise is checked: ``keras`` and ``tf`` below stand for the modules, and each
class that derives from one of Keras' is made by a function.
"""

import inspect
import textwrap
import types
import warnings
from contextlib import suppress
from functools import cached_property

import numpy as np

from course_utils.checking.core import (
    AnswerFormError,
    ExerciseSet,
    FunctionExercise,
    UnfinishedError,
)
from course_utils.checking.judge import mismatch
from course_utils.checking.later import Later
from course_utils.checking.mistakes import half
from course_utils.checking.run import plain
from course_utils.checking.values import kind

keras, tf = Later("keras"), Later("tensorflow")

_IN_PLAIN_WORDS = (
    (
        "No gradients provided",
        "The tape has lost sight of the way from the variables to the loss: both calls "
        "(model and loss) belong inside its block, without predict or NumPy.",
    ),
    (
        r"expected to be a \w+ tensor but is a|must have the same dtype",
        "TensorFlow does not mix whole numbers and fractions: write 2.0 in place of 2, "
        "or use keras.ops.cast.",
    ),
    (
        "in the list of allowed values: int8",
        "`^` is no power in Python: write two stars.",
    ),
    (
        "variable and the shape of the target",
        "The variable is one number, not an array.",
    ),
    (
        "Argument `output` must have rank",
        "A loss takes the labels first, then the logits, a row for each example.",
    ),
    (
        "up until the last dimension",
        "Labels and logits must be of equally many examples.",
    ),
    (
        "apply_gradients.. takes|type 'zip' has no len",
        "`apply` takes two lists, `apply_gradients` one list of pairs.",
    ),
    ("_unique_id", "The gradients come first, then the variables."),
    ("no attribute '_id'", "The tape takes a number computed under it, and variables."),
    ("When passing `grads` without", "`apply` takes the gradients and the variables."),
    ("non-persistent", "A tape is asked once: open a new one for each batch."),
    ("not associated with a value", "It is used before the line that makes it."),
    (
        r"convert a value \(None\)",
        "Something is missing. Is each handed over by its name, y=… and y_pred=…?",
    ),
    (
        "Could not interpret initializer",
        'An initializer has a name, such as "ones", or is one of keras.initializers.',
    ),
    (r"Cannot convert '\w+' to a shape", "A shape is a tuple: `(3,)`, with a comma."),
    (
        "instances of '(str' and|float' and 'str|int' and 'str)",
        "A name is compared with a number. Where is the figure of that name?",
    ),
    ("instances of 'NoneType'", "`get` gives None for a name that is not there."),
    ("instances of 'dict'", "That is a whole dict: take one figure out of it."),
    (
        r"^'(self\.)?(monitor|goal|loss|mae|val_\w+|\w*accuracy)'$",
        "`logs` has no such figure. `self.monitor`, without quotation marks, says "
        "which one is asked for.",
    ),
    ("'bool' object is not callable", "That is True or False: set it by `=`."),
    ("'(float|int)' object is not subscriptable", "That is one number, not a list."),
    (
        "SimpleNamespace",
        "The model here is a stand-in with `stop_training` alone. See `logs`.",
    ),
    (
        r"^object\.__init__",
        "The class extends Keras' own: keep the brackets behind its name.",
    ),
    ("Only instances of `keras.Layer`", "Each layer of a network is made by a call."),
    ("Invalid input shape", "`keras.Input` takes the shape of one example."),
    (
        "numpy-related methods",
        "A tensor has fewer methods than an array: see keras.ops.",
    ),
    ("has not yet been built", "Nothing is recorded yet: `on_record` does that."),
    ("dtype bool|T' of bool", "keras.ops.cast makes 1 and 0 of True and False."),
    ("'dict' object has no attribute", "Square brackets take an entry of a dict."),
    (
        "name '(start|factor|add_weight|late|trips|monitor|goal|optimizer)' is not",
        "What belongs to the object itself is reached through `self.`.",
    ),
    ("^'value'$", "A constant needs its value: keras.initializers.Constant takes it."),
    ("interpret loss identifier", "Return the loss itself, and nothing beside it."),
    (
        "symbolic|KerasTensor",
        "In a network there are stand-ins without values: keras.ops works with them, "
        "and NumPy, `float`, `if` and loops do not.",
    ),
)
"""What to say beside words of Keras, TensorFlow and Python that say little."""


exercises = ExerciseSet("05", needs=[tf.load, keras.load], plain_words=_IN_PLAIN_WORDS)


class _KerasExercise(FunctionExercise):
    """An exercise whose check makes models: slow, and with warnings of Keras'."""

    def __init__(self, chapter, reference, *, run, **settings):
        def quietly(answer, *case):
            with warnings.catch_warnings():
                warnings.simplefilter("ignore")
                if (key := repr(case)) not in self._right:
                    self._right[key] = _all_of(run(self.reference, *case))
                return self._looked_at(run(answer, *case), self._right[key])

        self._kept, self._right = {}, {}
        super().__init__(chapter, reference, run=quietly, **settings)

    def _looked_at(self, seen, right):
        """Look at what is left to a function only where all else is right."""
        if not isinstance(seen, dict):
            return seen
        told = {key: plain(part) for key, part in seen.items() if not callable(part)}
        first = {
            key: part for key, part in right.items() if not callable(seen.get(key))
        }
        if mismatch(first, told, self.rtol, self.atol) is None:
            return _all_of(seen)
        return right | told

    def calls_of(self, answer):
        """Run code of the course once: models are slow to make."""
        if answer not in self._kept:
            self._kept[answer] = super().calls_of(answer)
        return self._kept[answer]


def _all_of(seen):
    """Return what was seen, with that in it which functions compute."""
    if not isinstance(seen, dict):
        return plain(seen)
    return {key: plain(v() if callable(v) else v) for key, v in seen.items()}


class _ClassExercise(_KerasExercise):
    """The learner derives a class from one of Keras'.

    The reference is declared as a function that makes the class, and so are its
    mistakes, edits of that function: a class statement needs Keras.
    """

    def __init__(self, chapter, factory, *, run, **settings):
        def run_class(answer, *case):
            if any(answer is mistake.answer for mistake in self.mistakes):
                answer = answer()
            if not inspect.isclass(answer):
                raise AnswerFormError(self._not_callable(answer), answer)
            return run(answer, *case)

        super().__init__(chapter, factory, run=run_class, **settings)

    @property
    def reference(self):
        return self._made

    @reference.setter
    def reference(self, factory):
        self._factory = factory

    @cached_property
    def _made(self):
        return self._factory()

    @cached_property
    def _of_functions(self):
        """The same exercise as one about functions, which needs no Keras."""
        exercise = FunctionExercise(self.chapter, self._factory, title="", cases=())
        exercise.known_mistakes = self.known_mistakes
        return exercise

    @property
    def mistakes(self):
        return self._of_functions.mistakes

    @property
    def solution_source(self):
        made, _, _ = self._of_functions.solution_source.rpartition("\n\n    return")
        return textwrap.dedent(made.partition("\n")[2])

    def _not_callable(self, answer):
        ours = callable(answer) and not isinstance(answer, types.FunctionType)
        what = f"an object of type {type(answer).__name__}" if ours else kind(answer)
        return (
            f"A class named `{self.name}` was expected; this is {what}. Pass "
            f"`{self.name}` itself, without calling it."
        )


def _with_keras(kind=_KerasExercise, **settings):
    """Turn the decorated function into an exercise of one of the kinds above."""
    return lambda reference: exercises._add(
        kind(exercises.chapter, reference, **settings)
    )


def _fill(model, factor=1.0):
    """Give a model made-up weights, the same for the same shapes; return it."""
    measured = ("mean", "variance", "count")  # no weights: what a layer has seen
    for weight in model.weights:
        if not weight.name.endswith(measured):
            rng = np.random.default_rng((5, *weight.shape))
            weight.assign(factor * rng.normal(size=weight.shape))
    return model


def _came(value, name):
    """Return what a method of the learner's gave, unless it gave nothing."""
    if value is ...:
        raise UnfinishedError
    if value is None:
        text = f"`{name}` returned None. Is its `return` line missing?"
        raise AnswerFormError(text, value)
    return value


def _model(answer):
    """Return the model; say what came where it is none."""
    if answer is ... or any(layer is ... for layer in getattr(answer, "layers", ())):
        raise UnfinishedError
    if answer is None or isinstance(answer, keras.Model):
        return answer
    if isinstance(answer, keras.layers.Layer):
        text = "This is a layer alone. The model is all of them, from the inputs on."
    else:
        of_parts = isinstance(answer, list | tuple | dict)
        what = f"a {type(answer).__name__}" if of_parts else kind(answer)
        text = f"Return the model itself; this is {what}."
    raise AnswerFormError(text, answer)


def _inside_fit(function, *arrays):
    """Tell whether a function works on tensors that have no values yet.

    fit runs loss, metrics and training step in that way, with a batch of any
    size, and leaves Python's `if` and `for` as they are.
    """
    specs = [tf.TensorSpec((None, *a.shape[1:]), a.dtype) for a in arrays]
    try:
        tf.function(function, autograph=False).get_concrete_function(*specs)
    except Exception:
        return "stops"
    return "works"


def _floats(values):
    return np.asarray(values, dtype="float32")


# 1. One network, four ways


def _forward_case(rng, n, d, h, c):
    shapes = ((d, h), (h,), (h, c), (c,))
    return rng.normal(size=(n, d)), [rng.normal(size=shape) for shape in shapes]


@exercises.function(
    title="The network by hand",
    points=2,
    rtol=1e-4,
    atol=1e-6,
    cases=lambda rng: [
        _forward_case(rng, 1, 3, 4, 2),
        _forward_case(rng, 3, 3, 3, 3),
        _forward_case(rng, 1, 4, 5, 3),
    ],
    terms={
        "b1": "the bias of the hidden layer",
        "b2": "the bias of the last layer",
        "W1": "the weights of the hidden layer",
        "W2": "the weights of the last layer",
        "A": "what the hidden layer passes on",
        "np.maximum(X @ W1 + b1, 0)": "the ReLU of the hidden layer",
        "np.maximum": "the ReLU",
        "A @ W2": "the weighted sums of the last layer",
    },
    hints=(
        "Take the list apart first: it holds four arrays, in the order above.",
        "The hidden layer is a ReLU of weighted sums: `np.maximum(…, 0)`.",
        "The last layer has no activation: its weighted sums are the logits.",
    ),
)
def by_hand(X, weights):
    """Logits (N, C) of X (N, D), with weights as get_weights gives them."""
    W1, b1, W2, b2 = weights
    A = np.maximum(X @ W1 + b1, 0)
    return A @ W2 + b2


by_hand.known_mistakes = {
    "return (A @ W2 + b2).argmax(axis=1)": (
        "This is the class with the largest logit. Return the logits themselves."
    ),
    "return np.maximum(A @ W2 + b2, 0)": (
        "A ReLU at the end cuts off all negative logits. A score may be negative."
    ),
    (" + b1 => ", " + b2 => "): "The biases b1 and b2 are missing.",
    "return X @ W1 + b1": (
        "These are the sums of the hidden layer, before its ReLU and the second layer."
    ),
    "np.maximum => np.max": (
        "`np.max(Z, 0)` takes the 0 for an axis: it gives the largest of each column."
    ),
    "np.maximum(X @ W1 + b1, 0) => 1 / (1 + np.exp(-(X @ W1 + b1)))": (
        "The hidden layer has a sigmoid here. The three models have a ReLU."
    ),
    "return np.exp(A @ W2 + b2) / np.exp(A @ W2 + b2).sum(axis=1, keepdims=True)": (
        "These are probabilities. The networks of this section end in logits."
    ),
    "W1, b1, W2, b2 = => W1, W2, b1, b2 =": (
        "The list goes layer by layer: the weights of a layer, then its bias."
    ),
    "A = np.maximum(X @ W1 + b1, 0) => A = X @ W1 + b1 > 0": (
        "This passes on whether a unit is active, 1 or 0. It should pass on how much."
    ),
    "np.maximum(X @ W1 + b1, 0) => np.tanh(X @ W1 + b1)": (
        "The hidden layer has a tanh here. The three models have a ReLU."
    ),
    "np.maximum(X @ W1 + b1, 0) => np.abs(X @ W1 + b1)": (
        "A ReLU makes negative sums 0. Here only their sign is lost."
    ),
    "np.maximum(X @ W1 + b1, 0) => np.maximum(X, 0) @ W1 + b1": (
        "The ReLU is applied to the inputs. It belongs to the sums of the hidden layer."
    ),
    ("A = np.maximum(X @ W1 + b1, 0) => A = X @ W1", " + b2 => "): (
        "Neither ReLU nor biases are in it: these are two matrix products."
    ),
}


# 2. Shapes

parameter_table = exercises.array(
    "parameter_table",
    title="Count what each layer learns",
    points=2,
    answer="[0, pixels * hidden + hidden_biases, hidden * classes + output_biases]",
    given={
        **{"pixels": 64, "hidden": 32, "hidden_biases": 32},
        **{"classes": 10, "output_biases": 10},
    },
    terms={
        "hidden_biases": "one bias for each hidden unit",
        "output_biases": "one bias for each class",
        "hidden": "the number of hidden units",
        "pixels": "the number of pixels",
        "classes": "the number of classes",
    },
    mistakes=(
        ([0, 64 * 32, 32 * 10], "These are the weights. Each unit has a bias, too."),
        (
            [64, 64 * 32 + 32, 32 * 10 + 10],
            "Flatten lays rows end to end. There is nothing in it to learn.",
        ),
        (
            [0, 8 * 32 + 32, 32 * 10 + 10],
            "After Flatten each image is one row. How many numbers does it have?",
        ),
        ([0, 32, 10], "That counts units. Count what each unit has to learn."),
        (
            [64, 32, 10],
            "That is how many numbers come out of each layer. How many does it learn?",
        ),
        ([0, 64, 32], "That is how many numbers go into each layer, not its weights."),
        (
            [0, 64 * 32 + 64, 32 * 10 + 32],
            "The weights are right. A bias belongs to a unit, not to an input.",
        ),
        (
            [0, 64 * 32 + 1, 32 * 10 + 1],
            "The weights are right. Each unit has a bias, not each layer.",
        ),
        (
            [0, 64 + 32, 32 + 10],
            "Each input is joined to each unit: how many pairs are there?",
        ),
        (
            [0, 64 * 32 + 32, 64 * 10 + 10],
            "Two are right. The last layer sees the hidden units, not the image.",
        ),
        (
            [64 * 32 + 32, 32 * 10 + 10],
            "These two are right. The list has three numbers: Flatten is a layer, too.",
        ),
        (
            [64, 64 * 32, 32 * 10],
            "Flatten learns nothing; and each unit of the others has a bias, too.",
        ),
        (
            [0, 8 * 32, 32 * 10],
            "An image is one row of 64 numbers, and units have biases.",
        ),
        (
            [0, 65 * 33, 33 * 11],
            "A bias belongs to each unit, and is no unit: nothing leads into it.",
        ),
        (
            64 * 32 + 32 + 32 * 10 + 10,
            "That is the sum. Give one number for each of the three layers.",
        ),
    ),
    hints=(
        "Flatten turns 8 × 8 into one row. Does it have weights?",
        "A Dense layer: one weight for each pair of input and unit, one bias for "
        "each unit.",
    ),
)

dense_on_a_grid = exercises.array(
    "dense_on_a_grid",
    title="A Dense layer without Flatten",
    answer="[images, rows, units]",
    given={"images": 5, "rows": 8, "units": 32},
    terms={name: f"the number of {name}" for name in ("images", "rows", "units")},
    mistakes=(
        ([1, 8, 32], "That is for a single image. How many are fed in?"),
        ([5, 32], "That is what comes out after a Flatten. Here there is none."),
        (
            [5, 8, 8, 32],
            "The last axis, of length 8, is what the weighted sums add up: it goes.",
        ),
        ([5, 32, 8], "The weighted sums run along the last axis, not along the rows."),
        ([8, 32], "That is one image. Five of them are fed in."),
        (
            [40, 32],
            "The right number of rows. Keras keeps them in five tables, though.",
        ),
        (
            [5, 8 * 32],
            "The right amount of numbers. Nothing lays the rows end to end, though.",
        ),
        (
            [5, 64, 32],
            "The layer works along the last axis, and that has length 8, not 1.",
        ),
        ([8, 8, 32], "The last axis is right. How many images are there?"),
        ([5, 8, 8], "That is the shape that goes in. What does the layer change?"),
        ([5, 8], "How many units does the layer have? Their outputs need an axis."),
    ),
    hints=(
        "X @ W with X of shape (5, 8, 8): which axis of X meets the rows of W?",
        "Each of the 5 · 8 rows of 8 numbers becomes a row of 32 numbers.",
    ),
)


# 3. Open up fit


def _refuse_fit(*args, **kwargs):
    text = (
        "This lets Keras train (`fit`, `train_on_batch`). Write out what it does: two "
        "loops, and a step with a tape and the optimizer."
    )
    raise AnswerFormError(text, "training by Keras")


def _trained(answer, X, y, batch_size, epochs):
    """Losses and weights after an answer has trained a small linear model."""
    D, C = X.shape[1], 3
    model = keras.Sequential([keras.Input((D,)), keras.layers.Dense(C)])
    model.fit = model.train_on_batch = _refuse_fit
    _fill(model)
    loss = keras.losses.SparseCategoricalCrossentropy(from_logits=True)
    optimizer = keras.optimizers.SGD(0.5, momentum=0.5)
    losses = answer(model, loss, optimizer, _floats(X), y, batch_size, epochs)
    if losses is None or losses is ...:
        return losses
    parts = losses if isinstance(losses, tuple) else [losses]
    if any(isinstance(part, keras.Model | keras.Optimizer) for part in parts):
        text = "Return the losses alone. Whoever called has the model already."
        raise AnswerFormError(text, losses)
    return {
        "steps of the optimizer": int(optimizer.iterations),
        "losses": losses,
        "weights afterwards": model.get_weights()[0],
    }


@_with_keras(
    title="The loop that fit runs",
    points=3,
    run=_trained,
    labels=("X", "y", "batch_size", "epochs"),
    terms={
        "len(X)": "the number of examples",
        "len(X_batch)": "the number of examples in the batch",
        "total": "the sum of the epoch",
        "batch_loss": "the loss of the batch",
        "float(batch_loss)": "the loss of the batch",
        "float(batch_loss) * len(X_batch)": "the loss of the batch, counted for each "
        "of its examples",
    },
    rtol=1e-4,
    atol=1e-5,
    cases=lambda rng: [
        (rng.normal(size=(3, 2)), np.array([0, 2, 1]), 2, 2),
        (rng.normal(size=(6, 3)), np.array([2, 0, 1, 1, 0, 2]), 3, 1),
    ],
    hints=(
        "Two loops: over the epochs, and inside over the batches. "
        "`range(0, len(X), batch_size)` gives where each batch starts; "
        "`X[start : start + batch_size]` is the batch, the last one may be short.",
        "For a batch: inside the block of a `tf.GradientTape()` compute "
        "`loss(y_batch, model(X_batch))`; afterwards `tape.gradient(…, "
        "model.trainable_variables)`, and give the result to `optimizer.apply` "
        "together with those variables.",
        "The loss of an epoch is a mean over examples: a batch of 2 counts twice as "
        "much as a batch of 1.",
    ),
)
def fit_by_hand(model, loss, optimizer, X, y, batch_size, epochs):
    """Train as fit does without shuffling: a list, the loss of each epoch."""
    losses = []
    for _ in range(epochs):
        total = 0.0
        for start in range(0, len(X), batch_size):
            X_batch = X[start : start + batch_size]
            y_batch = y[start : start + batch_size]
            with tf.GradientTape() as tape:
                batch_loss = loss(y_batch, model(X_batch, training=True))
            variables = model.trainable_variables
            gradients = tape.gradient(batch_loss, variables)
            optimizer.apply(gradients, variables)
            total += float(batch_loss) * len(X_batch)
        losses.append(total / len(X))
    return losses


fit_by_hand.same = {
    "this model does the same in training": (
        "model(X_batch, training=True) => model(X_batch)",
    ),
    "a product of one number": (
        "float(batch_loss) * len(X_batch) => float(batch_loss * len(X_batch))",
    ),
    "as long": ("X => y", "X => X * batch_size", "X => X * epochs"),
}

fit_by_hand.known_mistakes = {
    (" * len(X_batch) => ", "/ len(X) => / -(-len(X) // batch_size)"): half(
        "The training is right. But this is a mean over batches, in which a short "
        "last batch counts as much as a full one. Take it over examples."
    ),
    "total / len(X) => float(batch_loss)": half(
        "The training is right. But you keep the loss of the last batch alone."
    ),
    "optimizer.apply(gradients, variables) => pass": (
        "The weights have not moved. A gradient says where to go; who takes the step?"
    ),
    (
        "len(X), => len(X) - batch_size + 1,",
        "/ len(X) => / (len(X) // batch_size * batch_size)",
    ): "The incomplete last batch is left out. fit trains on it as well.",
    "losses = [] => losses, batch_size = [], len(X)": (
        "All examples are in one batch here: one step an epoch. Use batch_size."
    ),
    "total / len(X) => float(loss(y, model(X)))": half(
        "The training is right. But you measure after the epoch, with the weights "
        "that came out. fit collects its figure on the way, before each step."
    ),
    (
        "total += float(batch_loss) * len(X_batch) => losses.append(float(batch_loss))",
        "losses.append(total / len(X)) => pass",
    ): half(
        "The training is right. But the list has an entry for each batch, not each "
        "epoch."
    ),
    "return losses[-1:]": half(
        "The training is right. But the list is emptied at the start of each epoch."
    ),
    "range(epochs) => range(1)": (
        "It ends after the first epoch. How far is the `return` line indented?"
    ),
    "return np.cumsum(losses)": half(
        "The training is right. But the sum goes on: begin it anew in each epoch."
    ),
    (" * len(X_batch) => ", "total / len(X) => total"): half(
        "The training is right. But an epoch's loss is a mean; here losses are added "
        "up."
    ),
    " * len(X_batch) => ": half(
        "The training is right. The loss of a batch is a mean already: divided by all "
        "examples, it must count once for each of its own."
    ),
    "* len(X_batch) => * batch_size": half(
        "The training is right. But the short last batch counts as if it were full."
    ),
    "float(batch_loss) => float(loss(y_batch, model(X_batch)))": half(
        "The training is right. But you measure each batch after its step. fit's "
        "figure is the loss that the gradient was taken of."
    ),
    (
        "optimizer.apply(gradients, variables) => pass",
        "losses.append => optimizer.apply(gradients, variables); losses.append",
    ): (
        "There is one step an epoch, with the gradient of its last batch. Each batch "
        "takes a step: how far are the lines indented?"
    ),
    (
        "losses = [] => "
        "losses, optimizer = [], keras.optimizers.SGD(float(optimizer.learning_rate))"
    ): (
        "You move the weights yourself, as plain SGD does. This optimizer also "
        "remembers its last step: let it take the steps."
    ),
    "len(X), => len(X) - batch_size + 1,": (
        "A short last batch is left out, and counts in the mean all the same. fit "
        "trains on it as well."
    ),
    "len(X), batch_size) => len(X))": (
        "Batches overlap: the third number in `range` says how far to go."
    ),
    "start + batch_size] => batch_size]": (
        "From the second batch on the slices are empty: where does each batch end?"
    ),
    "return np.cumsum(losses) / np.arange(1, len(losses) + 1)": half(
        "The training is right. But the mean goes on: begin it anew in each epoch."
    ),
    (
        "losses.append(total / len(X)) => pass",
        "* len(X_batch) => * len(X_batch); losses.append(total / len(X))",
    ): half(
        "The training is right. But `append` comes after each batch: how far is it "
        "indented?"
    ),
    (
        "X[start : start + batch_size] => X[:batch_size]",
        "y[start : start + batch_size] => y[:batch_size]",
    ): "Each batch is the first one: `[:batch_size]` begins at 0 every time.",
}


second_fit = exercises.prediction(
    "second_fit",
    title="fit, called a second time",
    options={
        "a": "The second call began afresh, with new random weights.",
        "b": "The second call went on with the weights as the first had left them. "
        "`fit` never resets a model: to begin afresh, build it afresh.",
        "c": "The second call repeated the first, number by number.",
    },
    example="a",
)


# 4. Swap a block

zero_start = exercises.prediction(
    "zero_start",
    title="Accuracy after a start from zeros, in percent",
    example=80,
    low=0,
    high=100,
    unit="%",
)

free_swap = exercises.choice(
    "free_swap",
    title="Which block can be exchanged after training?",
    answer="c",
    options={
        "a": "The weights were adjusted to the units as they are. Other units make "
        "another network out of the same weights, and its answers are worse.",
        "b": "Weights that make one loss small need not make another one small. "
        "After the swap you would train again.",
        "c": "A metric is only for reading. It has no part in the weights, so any "
        "number of them can be computed afterwards.",
        "d": "It acts once, at the very beginning. Exchanging it afterwards changes "
        "nothing at all; to see what it does you must train again.",
    },
    hints=(
        "Which of the four does a gradient step never look at?",
        "Which of them would you need a new training for, to see its effect?",
    ),
)


# 5. Blocks of your own


def _use_of_gain(cls, inputs, start):
    """What a layer of this class does, in plain data."""
    inputs = _floats(inputs)
    given = () if start == 1 else (start,)  # 1 is the default
    layer, other = cls(*given, name="first"), cls(*given)
    outputs = np.array(_came(layer(inputs), "call"))
    certain = np.allclose(outputs, np.array(other(inputs)))
    shapes = " ".join(str(tuple(w.shape)) for w in layer.trainable_weights)
    _fill(layer)
    config = _came(layer.get_config(), "get_config")
    twin = _made_anew(cls, config)
    again = np.array(twin(inputs))
    return {
        "shapes of the trainable weights": shapes or "none",
        "two new layers": "alike" if certain else "differ",
        "outputs before training": outputs if certain else "never the same",
        "outputs with other factors": np.array(layer(inputs)),
        "outputs of the layer made from get_config": again if certain else "random",
        "its name": "kept" if twin.name == layer.name else "lost",
        "inside fit": lambda: _inside_fit(layer, inputs),
    }


def _made_anew(cls, config):
    """Return the layer that a file would bring back from this config."""
    if not isinstance(config, dict):
        text = f"`get_config` returns a dict; this is {kind(config)}."
        raise AnswerFormError(text, config)
    try:
        return cls.from_config(config)
    except Exception as error:
        text = (
            "No layer can be made from what get_config returns: each key must be an "
            "argument of `__init__`. (Keras saves the weights without your help.)"
        )
        raise AnswerFormError(text, config) from error


@_with_keras(
    _ClassExercise,
    title="A layer of your own",
    points=3,
    run=_use_of_gain,
    labels=("inputs", "start"),
    rtol=1e-4,
    atol=1e-6,
    cases=[
        (np.array([[1.0, -2.0, 3.0]]), 2.0),
        (np.array([[4.0, -5.0, 0.5]]), 1.0),
        (np.arange(8.0).reshape(2, 4) - 3.5, -0.5),
    ],
    hints=(
        "In build: `self.add_weight(shape=…, initializer=…, name=…)` makes something "
        "that training adjusts. `input_shape[-1]` is D.",
        "`keras.initializers.Constant(self.start)` fills a weight with one number.",
        "In call: an array of shape (N, D) times one of shape (D,) multiplies each "
        "column by its own factor.",
        "In get_config: take the dict of `super().get_config()`, which knows the "
        "name and the dtype, and put your own argument beside it.",
    ),
)
def Gain():
    class Gain(keras.layers.Layer):
        """Multiply each of D inputs by a factor of its own, which is learned."""

        def __init__(self, start=1.0, **kwargs):
            super().__init__(**kwargs)
            self.start = start  # what each factor is before training

        def build(self, input_shape):
            """Make the weight `self.factor`, of shape (D,)."""
            self.factor = self.add_weight(
                shape=(input_shape[-1],),
                initializer=keras.initializers.Constant(self.start),
                name="factor",
            )

        def call(self, inputs):
            """Outputs (N, D) for inputs (N, D)."""
            return inputs * self.factor

        def get_config(self):
            """What __init__ needs to make this layer anew: a dict."""
            return {**super().get_config(), "start": self.start}

    return Gain


Gain.same = {
    "a name is free": (
        "self.add_weight(shape=(input_shape[-1],), "
        "initializer=keras.initializers.Constant(self.start), name='factor') => "
        "self.add_weight(shape=(input_shape[-1],), "
        "initializer=keras.initializers.Constant(self.start))",
    ),
}

Gain.known_mistakes = {
    (
        "self.add_weight => keras.ops.full",
        "initializer=keras.initializers.Constant(self.start) => fill_value=self.start",
        'name="factor", => ',
    ): (
        "The outputs are right, but Keras has nothing to train: it knows of what "
        "add_weight makes, and not of tensors, arrays, lists or variables of your "
        "own."
    ),
    "(input_shape[-1],) => ()": (
        "One factor for all inputs. Each of the D inputs should have its own."
    ),
    "(input_shape[-1],) => tuple(input_shape)": (
        "The weight has a row for each example. The next batch may have another size."
    ),
    'keras.initializers.Constant(self.start) => "ones"': (
        "`start` is ignored: before training the factors should have this value."
    ),
    "keras.initializers.Constant(self.start) => None": (
        "The factors begin at random. Which `initializer` makes each of them `start`?"
    ),
    ', "start": self.start => ': half(
        "The layer works, but get_config forgets `start`."
    ),
    "**super().get_config(), => ": half(
        "The layer works and `start` is kept. But what every layer has, such as its "
        "name, is lost: begin with the dict of the class above."
    ),
    "inputs * self.factor => inputs * self.start": (
        "`call` does not use the weight: `self.start` is a number that never changes."
    ),
    "inputs * => inputs * self.start *": (
        "`start` counts twice: as the factors' first value, and once more in `call`."
    ),
    (
        'keras.initializers.Constant(self.start) => "ones"',
        "inputs * => inputs * self.start *",
    ): (
        "The first outputs are right. But the weight begins at 1, and `call` "
        "multiplies by `self.start` for good: let the weight begin at `start`."
    ),
    "inputs * self.factor => keras.ops.sum(inputs * self.factor, axis=-1)": (
        "The products are added up. As many numbers should come out as went in."
    ),
    ("(input_shape[-1],) => 2 * (input_shape[-1],)", "inputs * => inputs @"): (
        "A matrix, as in a Dense layer, mixes the inputs. Each output depends on its "
        "own."
    ),
    "inputs * self.factor => np.array(inputs) * np.array(self.factor)": half(
        "The numbers are right for an array. In a network `call` gets stand-ins "
        "without values, and stops: NumPy, `.shape[0]` and loops over rows need "
        "values. Arithmetic signs and keras.ops do not."
    ),
    'name="factor" => trainable=False': (
        "With `trainable=False` training leaves the factors as they are."
    ),
    "(input_shape[-1],) => (1,)": (
        "That is an array of length 1: one factor for all inputs."
    ),
}


def _loss_and_slopes(answer, y_true, y_pred):
    truth, guess = tf.constant(_floats(y_true)), tf.Variable(_floats(y_pred))
    with tf.GradientTape() as tape:
        values = answer(truth, guess)
        if values is None or values is ...:
            return values
        if isinstance(values, tuple):
            text = f"One tensor was expected; this is a tuple of {len(values)}."
            raise AnswerFormError(text, values)
        total = tf.reduce_mean(values)
    values = np.array(values)

    def slopes():
        found = tape.gradient(total, guess)
        return "none" if found is None else np.array(found)

    def form():
        return "(N, 1)" if values.shape == y_true.shape else "one for each example"

    return {
        "loss of each example": np.ravel(values) if values.ndim else values,
        "its slopes": slopes,
        "form of the losses": form,
        "inside fit": lambda: _inside_fit(answer, _floats(y_true), _floats(y_pred)),
    }


def _columns(*numbers):
    return np.array(numbers, dtype=float)[:, np.newaxis]


@_with_keras(
    title="A loss of your own",
    points=2,
    run=_loss_and_slopes,
    rtol=1e-4,
    atol=1e-5,
    cases=[
        (_columns(20, 20), _columns(18, 23)),
        (_columns(30, 10, 12, -1), _columns(29.5, 10, 12.5, 1.5)),
    ],
    hints=(
        "Compute the error `y_true - y_pred` first. What sign does it have when the "
        "prediction is too low?",
        "`keras.ops.where(condition, a, b)` takes a where the condition holds, else "
        "b: it can pick the weight 9 or 1 for each example.",
        "Keras wants one number for each example: `keras.ops.mean(…, axis=-1)` over "
        "the outputs turns (N, 1) into (N,). Use keras.ops, not NumPy.",
    ),
)
def lopsided(y_true, y_pred):
    """Squared error of each example (N,), 9 times where y_pred is too low."""
    error = y_true - y_pred
    weight = keras.ops.where(error > 0, 9.0, 1.0)
    return keras.ops.mean(weight * error**2, axis=-1)


lopsided.same = {
    "an error of 0 costs nothing": ("error > 0 => error >= 0",),
    "there is one output": (
        "keras.ops.mean(weight * error ** 2, axis=-1) => "
        "keras.ops.sum(weight * error ** 2, axis=-1)",
    ),
}

lopsided.known_mistakes = {
    "error**2 => keras.ops.abs(error)": (
        "The errors are not squared: twice as late should cost four times as much."
    ),
    "weight * error => (weight * error)": (
        "The factor is squared along with the error, so that too low costs 81 times."
    ),
    ", axis=-1 => ": half(
        "This is one number for all examples. It would train, but Keras wants to "
        "weight each."
    ),
    "1.0 => 9.0": "Every error costs 9 times as much, on both sides.",
    "9.0 => 10.0": (
        "Too low costs 10 times here: 9 times, and the plain squared error once more."
    ),
    "y_true - y_pred => np.array(y_true) - np.array(y_pred)": (
        "The numbers are right, but the tape does not see what NumPy computes, so "
        "there is no gradient. What does keras.ops have in its place?"
    ),
    "return weight * error**2": half(
        "The numbers are right, but they come as a column, (N, 1). A mean over the "
        "outputs of each example makes it (N,)."
    ),
    (
        "keras.ops.where(error > 0, 9.0, 1.0) => "
        'np.where(np.array(error) > 0, 9.0, 1.0).astype("float32")'
    ): half(
        "The numbers are right here. But fit hands over tensors without values, and "
        "it stops: NumPy, `if`, `len` and loops need values. keras.ops does not."
    ),
    "weight * => ": "This is the plain squared error: too low costs no more.",
    "1.0 => 0.0": (
        "Too high costs nothing here. It should cost the plain squared error."
    ),
    "9.0 => 3.0": "The squared error counts 9 times: 3 times is too little.",
}


lopsided_line = exercises.prediction(
    "lopsided_line",
    title="Where does the new line run?",
    options={
        "a": "Being late costs nine times as much, so the line has moved up, and "
        "far fewer trips take longer than it says.",
        "b": "The two lines coincide: the loss would have made no difference.",
        "c": "The line has moved down: it would have learned to be late.",
    },
    example="b",
)


def _use_of_metric(cls, *batches):
    """Results of a metric after each batch, then after a reset and the first."""
    metric, another = cls(), cls()
    batches = [tuple(map(_floats, batch)) for batch in batches]
    results = []
    for batch in batches:
        if metric.update_state(*map(tf.constant, batch)) is ...:
            raise UnfinishedError
        results.append(float(_came(metric.result(), "result")))
    metric.reset_state()
    metric.update_state(*map(tf.constant, batches[0]))
    again = float(metric.result())

    def as_in_fit(y_true, y_pred):
        another.update_state(y_true, y_pred)
        return another.result()

    return {
        "after each batch": results,
        "after a reset and the first batch": again,
        "name in the history": another.name,
        "inside fit": lambda: _inside_fit(as_in_fit, *batches[0]),
    }


@_with_keras(
    _ClassExercise,
    title="A metric of your own",
    points=2,
    run=_use_of_metric,
    labels=("batch 1", "batch 2", "batch 3"),
    terms={
        "self.late": "the number of late trips",
        "self.trips": "the number of all trips",
        "self.late.assign_add(keras.ops.sum(late))": "the counting of late trips",
        "self.trips.assign_add(keras.ops.sum(keras.ops.ones_like(late)))": (
            "the counting of all trips"
        ),
    },
    cases=[
        ((_columns(9, 7), _columns(8, 6)), (_columns(5), _columns(6))),
        ((_columns(20, 20, 15), _columns(18, 23, 15)), (_columns(9), _columns(8))),
        (
            (_columns(5, 5), _columns(6, 7)),
            (_columns(4, 4, 4, 4), _columns(3, 4, 5, 3)),
            (_columns(8, 8, 8), _columns(9, 9, 1)),
        ),
    ],
    hints=(
        "`y_pred < y_true` says for each trip whether one comes late. "
        '`keras.ops.cast(…, "float32")` makes 0 and 1 of it, `keras.ops.sum` counts.',
        "`self.late.assign_add(…)` adds to a variable of the metric. How many trips "
        "are in the batch?",
        "The result is the number of late ones over the number of all.",
    ),
)
def LateShare():
    class LateShare(keras.metrics.Metric):
        """Share of trips that take longer than predicted."""

        def __init__(self, name="late_share", **kwargs):
            super().__init__(name=name, **kwargs)
            self.late = self.add_variable((), "zeros", name="late")
            self.trips = self.add_variable((), "zeros", name="trips")

        def update_state(self, y_true, y_pred, sample_weight=None):
            """Add the late trips, and all trips, of this batch."""
            late = keras.ops.cast(y_pred < y_true, "float32")
            self.late.assign_add(keras.ops.sum(late))
            self.trips.assign_add(keras.ops.sum(keras.ops.ones_like(late)))

        def result(self):
            """Share of late ones among all trips since the last reset."""
            return self.late / self.trips

    return LateShare


LateShare.same = {
    "a name is free": tuple(
        f"self.add_variable((), 'zeros', name='{name}') => "
        "self.add_variable((), 'zeros')"
        for name in ("late", "trips")
    ),
    "keras.ops counts True as 1": (
        "keras.ops.cast(y_pred < y_true, 'float32') => y_pred < y_true",
    ),
}

LateShare.known_mistakes = {
    ("sum(late) => mean(late)", "keras.ops.sum(keras.ops.ones_like(late)) => 1"): (
        "This is a mean of the batches' shares, in which one trip can count as much "
        "as many. Count the trips, and divide at the end."
    ),
    "assign_add => assign": (
        "Only the last batch counts: it overwrites what was there. Add to it."
    ),
    "y_pred < y_true => y_pred > y_true": (
        "This counts trips that end early. Late means that the truth is larger."
    ),
    (
        "self.late.assign_add => self.late = self.late +",
        "self.trips.assign_add => self.trips = self.trips +",
    ): (
        "The counts are right until the metric is reset. `self.late = …` and `+=` put "
        "something else in the variable's place, which Keras does not set back: "
        "change the variable itself, by `assign_add`."
    ),
    ".assign_add => +": (
        "The result is 0 / 0: both variables are still 0. `self.late + …` leaves them "
        "as they were, and so does what update_state returns."
    ),
    "keras.ops.sum(keras.ops.ones_like(late)) => 1": (
        "The late trips are right. But each batch counts as a single trip."
    ),
    "self.late / => 100 * self.late /": half(
        "That is in percent. A share lies between 0 and 1."
    ),
    "keras.ops.sum(keras.ops.ones_like(late)) => len(late)": half(
        "The counts are right here. But fit hands over tensors without values, and it "
        "stops: NumPy, `len`, `.shape[0]`, `float`, `if` and loops need values. What "
        "has keras.ops?"
    ),
    "self.late.assign_add => self.late.assign": (
        "Of the late trips only those of the last batch count: add to what was there."
    ),
    "self.trips.assign_add => self.trips.assign": (
        "Of the trips only those of the last batch count: add to what was there."
    ),
    "y_pred < y_true => y_pred != y_true": (
        "This counts each trip that the prediction misses, the early ones as well."
    ),
    "keras.ops.ones_like(late) => 1 - late": (
        "That is late ones over those in time. The share is taken of all trips."
    ),
}


def _epochs_run(cls, monitor, goal, values):
    """When a training with this callback stops, if the log shows these values.

    None stands for an epoch whose log lacks the figure, as many do under
    validation_freq: there an error is as good as going on.
    """
    callback = cls(monitor, goal)
    model = types.SimpleNamespace(stop_training=False)
    callback.set_model(model)
    for epoch, value in enumerate(values):
        near_the_end = epoch == len(values) - 2
        logs = {"loss": goal - 1 if near_the_end else goal + 1, "val_loss": goal + 2}
        logs |= {} if value is None else {monitor: value}
        with suppress(*[KeyError, TypeError] * (value is None)):
            if callback.on_epoch_end(epoch, logs) is ...:
                raise UnfinishedError
        if model.stop_training:
            return f"stops after epoch {epoch + 1}"
    return "goes on"


@_with_keras(
    _ClassExercise,
    title="A callback of your own",
    points=2,
    run=_epochs_run,
    labels=("monitor", "goal", "figure after each epoch"),
    terms={
        "logs[self.monitor]": "the figure",
        "self.goal": "the goal",
        "logs[self.monitor] <= self.goal": "the comparison of the figure with the goal",
    },
    cases=[
        ("val_loss", 0.5, (0.9, 0.4, 0.3, 0.2)),
        ("val_mae", 1.0, (0.8, 0.9, 1.2, 1.5)),
        ("val_mae", 2.0, (3.0, None, 2.5, 2.0, 1.5, 1.0)),
        ("val_loss", 5.0, (9.0, 8.0, 7.0, 6.0, 5.5, 5.2, 5.1)),
    ],
    hints=(
        "`logs` is a dict with the figures of the epoch that has ended. Which of "
        "them is asked for?",
        "A callback stops a training through `self.model.stop_training`.",
    ),
)
def StopAtGoal():
    class StopAtGoal(keras.callbacks.Callback):
        """Stop training as soon as a figure of the log is at most the goal."""

        def __init__(self, monitor, goal):
            super().__init__()
            self.monitor = monitor  # name of the figure, such as "val_loss"
            self.goal = goal

        def on_epoch_end(self, epoch, logs=None):
            """Called by fit after each epoch; logs: a dict of its figures."""
            if logs[self.monitor] <= self.goal:
                self.model.stop_training = True

    return StopAtGoal


StopAtGoal.same = {
    "a callback has nothing to set up": (
        "super().__init__() => pass",
        "super().__init__() => super()",
    ),
}

StopAtGoal.known_mistakes = {
    "self.model.stop_training => self.stop_training": (
        "Nothing stops. fit looks whether the model's `stop_training` has become "
        "True, and at nothing else: at no other variable, not at what on_epoch_end "
        "returns. (`==` sets nothing.)"
    ),
    'logs[self.monitor] => logs["loss"]': (
        'This looks at "loss", whatever was asked for. Use the name in `self.monitor`.'
    ),
    'logs[self.monitor] => logs["val_loss"]': half(
        'This looks at "val_loss", whatever was asked for in `self.monitor`.'
    ),
    "logs[self.monitor] => logs.get(self.monitor, 0)": half(
        "It also stops where the log lacks the figure: what is missing counts as small."
    ),
    "<= => <": half(
        "A figure that is equal to the goal has reached it; this waits for less."
    ),
    "<= => ==": (
        "It stops only at, or very near, the goal. Figures mostly jump past it."
    ),
    "logs[self.monitor] <= => epoch >=": (
        "This compares the number of the epoch. The figures are in `logs`."
    ),
    "logs[self.monitor] <= => min(logs.values()) <=": (
        "Another figure of the log can stop it, too. Only the one asked for should."
    ),
    "self.model.stop_training = True => self.model.stop_training = epoch > 0": (
        "It does not stop after the first epoch, even if the goal is reached."
    ),
}


def _one_step(cls, x, y, classes):
    """Weights, returned loss and record after one train_step of a small model."""
    inputs = keras.Input((x.shape[1],))
    hidden = keras.layers.Dense(5, activation="relu")(inputs)
    model = cls(inputs, keras.layers.Dense(classes)(hidden))
    _fill(model)
    loss = keras.losses.SparseCategoricalCrossentropy(from_logits=True)
    model.compile(keras.optimizers.SGD(0.5), loss, metrics=["accuracy"])
    logs = model.train_step((tf.constant(_floats(x)), tf.constant(y)))
    if logs is None or logs is ...:
        return logs
    returned = logs.get("loss") if isinstance(logs, dict) else None
    form = "a dict" if isinstance(logs, dict) else kind(logs)
    if isinstance(logs, dict) and returned is None:
        form = "a dict without the loss"
    try:
        recorded = model.get_metrics_result()
    except ValueError:  # "… the metric has not yet been built"
        recorded = {}
    weights = np.concatenate([np.ravel(w) for w in model.get_weights()])

    def as_in_fit(x, y):
        return model.train_step((x, y))

    return {
        "weights afterwards": weights,
        "what is returned": form,
        "the loss in the dict returned": 0.0 if returned is None else returned,
        "on record": "figures" if recorded else "nothing",
        "the loss on record": float(recorded.get("loss", 0)),
        "the accuracy on record": float(recorded.get("accuracy", 0)),
        "inside fit": lambda: _inside_fit(as_in_fit, _floats(x), y),
    }


@_with_keras(
    _ClassExercise,
    title="A training step of your own",
    points=3,
    run=_one_step,
    labels=("x", "y", "classes"),
    terms={
        "x": "the image",
        "partner": "the image before",
        "first": "the loss for the label of the image",
        "second": "the loss for the label of the image before",
    },
    rtol=1e-4,
    atol=1e-5,
    # Labels for which the accuracy does not tell whether the images were mixed.
    cases=lambda rng: [
        (rng.normal(size=(3, 4)), np.array([0, 0, 1]), 2),
        (rng.normal(size=(4, 3)), np.array([2, 0, 2, 1]), 3),
    ],
    hints=(
        "`keras.ops.roll(x, 1, axis=0)` moves each row down by one, the last to the "
        "top: row i is then the image before image i. The same with y gives its "
        "label.",
        "Inside a `tf.GradientTape()`: y_pred is `self(…, training=True)` of the "
        "mixed images, and `self.compute_loss(y=…, y_pred=y_pred)` is the loss for "
        "one set of labels. You need the mean of two.",
        "Then, as in fit_by_hand: the tape's gradient for "
        "`self.trainable_variables`, and `self.optimizer.apply`. At the end return "
        "what `self.on_record` gives, for the labels of the images themselves.",
    ),
)
def Mixup():
    class Mixup(keras.Model):
        """Train on each image mixed with the one before it, half and half."""

        def train_step(self, data):
            """One step on the batch data = (x, y); returns on_record's dict."""
            x, y = data
            partner, other = keras.ops.roll(x, 1, axis=0), keras.ops.roll(y, 1)
            mixed = (x + partner) / 2
            with tf.GradientTape() as tape:
                y_pred = self(mixed, training=True)
                first = self.compute_loss(y=y, y_pred=y_pred)
                second = self.compute_loss(y=other, y_pred=y_pred)
                loss = (first + second) / 2
            gradients = tape.gradient(loss, self.trainable_variables)
            self.optimizer.apply(gradients, self.trainable_variables)
            return self.on_record(loss, y, y_pred)

        def on_record(self, loss, y, y_pred):
            """Update what Keras keeps for the history; returns it: a dict."""
            for metric in self.metrics:
                if metric.name == "loss":
                    metric.update_state(loss)
                else:
                    metric.update_state(y, y_pred)
            return {metric.name: metric.result() for metric in self.metrics}

    return Mixup


Mixup.same = {
    "this model does the same in training": (
        "self(mixed, training=True) => self(mixed)",
    ),
    "metrics do not meet": (
        "for metric in self.metrics: … => the loop runs in the opposite order",
    ),
    "the largest logit stays the largest": ("y_pred => y_pred * loss",),
}

Mixup.known_mistakes = {
    "(first + second) / 2 => first": (
        "The images are mixed, but only the labels of one half count."
    ),
    "(x + partner) / 2 => x": (
        "Both sets of labels count, but the images are not mixed."
    ),
    ("(x + partner) / 2 => x", "(first + second) / 2 => first"): (
        "This is the ordinary step. Nothing is mixed."
    ),
    "(first + second) / 2 => first + second": (
        "The two losses are added up, so the step is twice as long. Each counts by "
        "half."
    ),
    'self.on_record(loss, y, y_pred) => {"loss": loss}': half(
        "The step is right, but fit would find no figures for its history: "
        "`on_record` keeps them, and returns the dict."
    ),
    "record(loss, y, => record(loss, other,": half(
        "The step is right. But the accuracy is that for the labels of the images "
        "before."
    ),
    "self.optimizer.apply(gradients, self.trainable_variables) => pass": (
        "Loss and gradient are right, but the weights did not move. Who takes the step?"
    ),
    "x, 1, axis=0 => x, 1": (
        "`roll` without an axis moves each number on by one place, across the rows."
    ),
    "axis=0 => axis=1": (
        "`roll` along this axis moves pixels. The images lie along the other one."
    ),
    "self(mixed, training=True) => (self(x) + self(partner)) / 2": (
        "The answers are mixed, not the images: the network has seen each image whole."
    ),
    "(first + second) / 2 => self.compute_loss(y=(y + other) / 2, y_pred=y_pred)": (
        "The labels are averaged: a 3 and a 5 would make a 4. Average two losses."
    ),
    "roll(y, 1) => roll(y, -1)": (
        "Images move down and labels up: each picture gets a label that is not in it."
    ),
    "keras.ops.roll(y, 1) => tf.constant(np.roll(np.array(y), 1))": half(
        "The step is right for arrays. But fit hands over tensors without values, and "
        "it stops: NumPy, `len`, `.shape[0]`, `float` and loops need values. "
        "keras.ops does not."
    ),
    "(first + second) / 2 => second": (
        "Only the labels of the images before count. Each picture shows two digits."
    ),
    "(x + partner) / 2 => partner": (
        "The network sees the images before alone: nothing is mixed."
    ),
    ("(x + partner) / 2 => x + partner", "(first + second) / 2 => first + second"): (
        "Images and losses are added up, both. Each should count by half."
    ),
    "roll(x, 1, => roll(x, -1,": (
        "Images move up and labels down: each picture gets a label that is not its own."
    ),
    "self.on_record(loss, => self.on_record(first,": half(
        "The step is right. But the loss on record is that of one set of labels."
    ),
}


# 6. Callbacks that people use

stopped_after = exercises.number(
    "stopped_after",
    title="When does EarlyStopping stop?",
    answer=7,
    unit="epochs",
    mistakes=(
        (
            2,
            "Patience does not count from the start. It counts epochs without a new "
            "lowest loss.",
        ),
        (0.66, "That is a loss. Which epoch is it?"),
        (3, "That is the best epoch so far. Nothing has got worse yet."),
        (4, "There the loss rises for the first time. Its patience is not over yet."),
        (5, "That is the best epoch. It can only be known as the best later on."),
        (6, "That is one epoch without a new best. How many may there be?"),
        (
            8,
            "By then the training is over. Count the epochs after the best one: when "
            "there are as many as `patience`, it stops.",
        ),
    ),
    hints=(
        "Which epoch has the lowest loss so far? Start counting after it, and begin "
        "again at each new lowest one.",
        "With patience=2 it stops at the end of the second epoch in a row that "
        "brings no new best.",
    ),
)


# 7. Save

lambda_load = exercises.prediction(
    "lambda_load",
    title="Load a file with a Lambda layer in it",
    options={
        "a": "It loads, and the model answers as before.",
        "b": "It loads without the Lambda layer.",
        "c": "It is refused. A lambda is stored as Python code, and running code "
        "out of a file means trusting whoever made the file.",
    },
    example="a",
)

what_to_keep = exercises.choice(
    "what_to_keep",
    title="Which file for which purpose?",
    answer="b",
    options={
        "a": "A `.weights.h5` file holds arrays and nothing else: no layers, no "
        "optimizer set up for the next step.",
        "b": "A `.keras` file holds the layers, the weights, what compile was told, "
        "and how far the optimizer has come. Training goes on as if it had not "
        "stopped.",
        "c": "The text of the program makes the layers anew, with new random weights.",
        "d": "The history is what has been measured. No model can be made from it.",
    },
    hints=(
        "What must be known to take the next step exactly as it would have been taken?",
        "Layers, weights, loss, optimizer and its state. Which file has them all?",
    ),
)


# 8. Six broken programs

_LOOKS = {
    "a": "A loss that does not fit the labels' form mostly stops at once, with a "
    "message about shapes or ranks.",
    "b": "Softmax twice squeezes the probabilities together: the accuracy is good, "
    "and yet the loss cannot fall below 1.46 with ten classes.",
    "c": "With unscaled input the training begins at a huge loss, tens or hundreds, "
    "and comes down from there.",
    "d": "With shuffled labels nothing can be learned that holds for new examples: "
    "their loss stays at ln 10 ≈ 2.3 or climbs, while the training loss may fall "
    "slowly.",
    "e": "Frozen weights do not move: the loss of the new examples is the same in "
    "each epoch, to the last digit.",
    "f": "A last activation that cannot produce the targets leaves the loss at a "
    "level it can never get below; the predictions stick at the activation's limits.",
}


def _fault(number, answer, why, *hints, **near):
    """Declare the naming of one program's fault; wrong faults say how they look.

    ``near`` has by letter what to say of a wrong one that is nearly right.
    """
    options = {
        letter: why
        if letter == answer
        else f"{looks} Compare that with what program {number} shows."
        for letter, looks in _LOOKS.items()
    }
    return exercises.choice(
        f"fault_{number}",
        title=f"What is wrong with program {number}?",
        answer=answer,
        options=options | near,
        hints=hints,
    )


def network(*last):
    """64 inputs, 32 hidden units with ReLU, then the layers given."""
    first = [keras.Input((64,)), keras.layers.Dense(32, activation="relu")]
    return keras.Sequential([*first, *last])


fault_1 = _fault(
    1,
    "d",
    "On new images it is at chance: what it learns of the training images does not "
    "hold for others. Images and labels no longer belong together.",
    "Compare the two curves. What does the network learn that helps with new images?",
    "About one in ten of the new images is right: chance. Could anything at all be "
    "learned from these pairs?",
)


@exercises.function(
    title="Mend program 1: shuffle",
    terms={
        "X[order]": "the images in the new order",
        "y[order]": "the labels in the new order",
    },
    results=("X", "y"),
    cases=[
        (np.array([[1, 2], [3, 4], [5, 6]]), np.array([7, 8, 9]), np.array([1, 2, 0])),
        (
            np.arange(12.0).reshape(4, 3),
            np.array([0, 1, 1, 0]),
            np.array([3, 1, 0, 2]),
        ),
    ],
    hints=(
        "`X[order]` takes the rows of X in this order. What else must follow?",
        "Row i of X and entry i of y must stay together, wherever they go.",
    ),
)
def mended_1(X, y, order):
    """X and y as a pair, both in the new order: X (N, D), y (N,)."""
    return X[order], y[order]


mended_1.known_mistakes = {
    "y[order] => y": "The images have moved, and the labels are where they were.",
    "[order], => ,": "The labels have moved, and the images are where they were.",
    "return X, y": ("Nothing has moved: put both into the order given."),
    "y[order] => y[np.argsort(order)]": (
        "The labels go to the places that `order` names; the images are taken from "
        "there."
    ),
    "return y[order], X[order]": half("Both are in the new order. First X, then y."),
    ", y[order] => ": "X alone is returned. The function gives a pair, with y as well.",
    "return (X[np.argsort(order)], y[np.argsort(order)])": half(
        "Images and labels stay together. But `order` says which row comes first, "
        "second and so on; here it says where each row goes."
    ),
}


fault_2 = _fault(
    2,
    "b",
    "It reads well, and yet the loss stops at about 1.5. A second softmax takes "
    "probabilities, between 0 and 1, for scores; it can never give the right digit "
    "more than 23 %, and −ln 0.23 is 1.46.",
    "The accuracy is good, so inputs, labels and gradients are in order. What remains?",
    "The loss is made from the probabilities. Why can they not come close to 1?",
    f="There is a floor, as with such an activation, and the answers end at 0.23. But "
    "a softmax alone reaches every value between 0 and 1. What keeps it from that?",
)


def _layers(*layers):
    """Return a network of 64 inputs and these layers, for mistakes."""
    return keras.Sequential([keras.Input((64,)), *layers])


def _answers(answer, X):
    """What a model answers to X, with made-up weights."""
    model, X = _model(answer()), _floats(X)
    if model is None:
        return None
    # One whose inputs nobody has announced gets its weights here.
    _came(model(X), "call")
    return np.array(_fill(model, 0.2)(X))


def _rows(*counts, unit=1 / 255):
    """Cases of some rows of 64 inputs: whole multiples of a unit, 0 to 255."""
    return lambda rng: [(unit * rng.integers(256, size=(n, 64)),) for n in counts]


@_with_keras(
    title="Mend program 2: the output",
    run=_answers,
    labels=("images",),
    cases=_rows(1, 3),
    rtol=1e-4,
    hints=(
        "The loss of program 2 expects probabilities. How often must scores go "
        "through a softmax to become that?",
        "There are two in the program. Leave one of them out, no matter which.",
    ),
)
def mended_2():
    """Program 2's network (not compiled), with probabilities at its end."""
    return network(keras.layers.Dense(10, activation="softmax"))


mended_2.known_mistakes = {
    ', activation="softmax" => ': (
        "Both are gone: logits come out, and this program's loss expects probabilities."
    ),
    ")) => ), keras.layers.Softmax())": "Probabilities still go through a softmax.",
    '"softmax" => "sigmoid"': (
        "Ten sigmoids are ten separate answers yes or no: they do not add up to 1."
    ),
    '"softmax" => "relu"), keras.layers.Softmax(': (
        "A ReLU stands before the softmax, so that all negative scores become equal."
    ),
    "return network(keras.layers.Softmax(), keras.layers.Dense(10))": (
        "The softmax comes before the last Dense layer, whose sums are no "
        "probabilities."
    ),
    "10 => 1": ("A softmax over a single unit always gives 1. There are ten digits."),
    "network( => _layers(": half(
        "One softmax, as it should be. But the hidden layer of program 2 is gone."
    ),
    "network( => _layers(keras.layers.Dense(32), ": half(
        "One softmax, as it should be. But the hidden layer has lost its ReLU."
    ),
    (
        'network( => _layers(keras.layers.Dense(32, activation="softmax"), ',
        '10, activation="softmax" => 10',
    ): ("The softmax is in the hidden layer, and logits come out."),
    'network( => _layers(keras.layers.Dense(32, activation="softmax"), ': (
        "There are two again: the hidden layer has a softmax in place of its ReLU."
    ),
}


fault_3 = _fault(
    3,
    "a",
    "The message says it: targets of shape (N,), one whole number for each image, "
    "meet outputs of shape (N, 10). CategoricalCrossentropy wants a row of ten "
    "zeros and ones for each.",
    "Read the two shapes in the message. Which is that of the labels?",
    "One whole number for each image, such as 7: what does the loss expect?",
)


def _loss_value(answer, labels, logits):
    loss = answer()
    if loss is None or loss is ...:
        return loss
    for other in (keras.metrics.Metric, keras.layers.Layer):
        if isinstance(loss, other):
            what = "a metric, which is only for reading"
            what = what if other is keras.metrics.Metric else "a layer or a model"
            raise AnswerFormError(f"This is {what}. Return a loss.", loss)
    values = keras.losses.get(loss)(tf.constant(labels), tf.constant(_floats(logits)))
    # Keras takes the mean of what a function gives, and leaves a Loss as it is.
    return np.array(values) if isinstance(loss, keras.Loss) else np.mean(values)


@_with_keras(
    title="Mend program 3: the loss",
    run=_loss_value,
    labels=("labels", "logits"),
    rtol=1e-4,
    cases=lambda rng: [
        (np.array([2]), rng.normal(size=(1, 3))),
        (np.array([1, 0, 3, 1, 2]), 3 * rng.normal(size=(5, 4))),
    ],
    hints=(
        'There is a cross-entropy for labels that are whole numbers: "sparse".',
        "The network ends in a Dense layer without activation. What does the loss "
        "have to know about that?",
    ),
)
def mended_3():
    """The loss for whole-number labels (N,) and logits (N, C)."""
    return keras.losses.SparseCategoricalCrossentropy(from_logits=True)


mended_3.known_mistakes = {
    "from_logits=True => ": (
        "Now the labels fit. But this loss takes the logits for probabilities: tell it."
    ),
    "SparseCategoricalCrossentropy => CategoricalCrossentropy": (
        "This loss, too, wants a row for each label. The labels here are single "
        "numbers."
    ),
    "return keras.losses.MeanSquaredError()": (
        "A squared error is for amounts: it subtracts ten scores from the label 7."
    ),
    "True) => True, reduction=None)": half(
        "It keeps the losses of a batch apart, and their gradients are added up: "
        "twice the batch, twice the step. A mean, which is the default, does not."
    ),
    'True) => True, reduction="sum")': half(
        "The losses of a batch are added up: twice the batch, twice the step. A mean, "
        "which is the default, does not."
    ),
}


fault_4 = _fault(
    4,
    "f",
    "All predictions lie between 0 and 1, and the targets reach from below −30 to "
    "above 30: a sigmoid cannot produce them, however long it trains. For amounts "
    "the last layer has no activation.",
    "Compare the range of the predictions with that of the targets.",
    "Which part of the network decides what range its answers have?",
)


@_with_keras(
    title="Mend program 4: the output",
    run=_answers,
    labels=("images",),
    cases=_rows(1, 4),
    rtol=1e-4,
    hints=(
        "The answer may be any number, positive or negative, large or small.",
        "A weighted sum can be any number. What must not follow after it?",
    ),
)
def mended_4():
    """Program 4's network (not compiled), for one amount of either sign."""
    return network(keras.layers.Dense(1))


mended_4.known_mistakes = {
    '1) => 1, activation="relu")': (
        "A ReLU never goes below 0, and half of the targets do."
    ),
    '1) => 1, activation="tanh")': (
        "A tanh reaches from −1 to 1: still far from −30 and 30."
    ),
    '1) => 1, activation="sigmoid")': "The sigmoid is still there.",
    '1) => 1, activation="softmax")': (
        "A softmax over a single unit always gives 1, whatever the image looks like."
    ),
    "return network()": (
        "What comes out are the 32 hidden units. A layer for the answer must follow."
    ),
    '1) => 1, activation="sigmoid"), keras.layers.Rescaling(100)': (
        "A sigmoid times 100 lies between 0 and 100: half of the targets are negative."
    ),
    "network( => _layers(": half(
        "The output is right. But the hidden layer of program 4 is gone."
    ),
    "1 => 10": "The balance is one amount; ten numbers come out here.",
    "network( => _layers(keras.layers.Dense(32), ": half(
        "The output is right. But the hidden layer has lost its ReLU."
    ),
    '1) => 1, activation="tanh"), keras.layers.Rescaling(100)': (
        "It reaches from −100 to 100. But an amount needs no limits."
    ),
}


fault_5 = _fault(
    5,
    "c",
    "The untrained network has no opinion and should cost about ln 10 ≈ 2.3. Here it "
    "starts at many times that: its inputs are bytes up to 255, so its scores are "
    "hundreds of times too large, and it is wrong with full conviction.",
    "What should the loss of an untrained network with ten classes be?",
    "What makes the scores of an untrained network large?",
)


@_with_keras(
    title="Mend program 5: the input",
    run=_answers,
    labels=("images",),
    cases=_rows(1, 3, unit=1),
    rtol=1e-3,
    atol=1e-5,
    hints=(
        "Bytes run from 0 to 255. What must happen to them, before anything else?",
        "`keras.layers.Rescaling(scale)` multiplies. It stands right after the "
        "Input, so `network` does not help: write the list of layers out.",
    ),
)
def mended_5():
    """Program 5's network (not compiled), which scales bytes itself."""
    return keras.Sequential(
        [
            keras.Input((64,)),
            keras.layers.Rescaling(1 / 255),
            keras.layers.Dense(32, activation="relu"),
            keras.layers.Dense(10),
        ]
    )


mended_5.known_mistakes = {
    "1 / 255 => 255": "This multiplies by 255, and the bytes were too large already.",
    "1 / 255 => 1 / 16": (
        "1/16 suits scikit-learn's numbers. These are bytes, and still far above 1."
    ),
    "return network(keras.layers.Dense(10))": (
        "Nothing is scaled: the bytes go into the hidden layer as they are."
    ),
    "return network(keras.layers.Dense(10), keras.layers.Rescaling(1 / 255))": (
        "The scaling comes at the end. The hidden layer still receives bytes."
    ),
    "return network(keras.layers.Rescaling(1 / 255), keras.layers.Dense(10))": (
        "The scaling comes after the hidden layer, which still receives bytes."
    ),
    ', activation="relu" => ': half(
        "The scaling is right. But the hidden layer has lost its ReLU."
    ),
    '10 => 10, activation="softmax"': half(
        "The scaling is right. But the last layer has a softmax: the loss expects "
        "logits."
    ),
    '10 => 10, activation="relu"': half(
        "The scaling is right. But the last layer has a ReLU: a logit may be negative."
    ),
    "1 / 255 => 1 / 127.5, offset=-1": half(
        "From −1 to 1 would train as well. Bring the bytes to values from 0 to 1, "
        "though."
    ),
    "255 => 256": half(
        "Nearly: a byte is at most 255, and 255/256 is a little less than 1."
    ),
    "Rescaling(1 / 255 => BatchNormalization(": half(
        "BatchNormalization learns from batches what to divide by. For a byte that is "
        "known."
    ),
    'keras.layers.Dense(32, activation="relu"), => ': half(
        "The scaling is right. But the hidden layer of program 5 is gone."
    ),
    'return network(keras.layers.Dense(10, activation="softmax"))': (
        "Nothing is scaled. And the last layer has a softmax: the loss expects logits."
    ),
    ("Rescaling(1 / 255) => LayerNormalization()"): half(
        "LayerNormalization scales each image by its own mean and spread."
    ),
}


fault_6 = _fault(
    6,
    "e",
    "The same loss in every epoch, to the last digit: no weight moves. The warning "
    "says why. The program froze the whole model, not only what it had taken over.",
    "Look at how much the curve of the new images changes from epoch to epoch.",
    "If no weight moves, who or what is holding them?",
)


def _what_learns(answer, X):
    """Which weights of a model on a base are trainable, and what it computes."""
    base = network()
    _fill(base)
    taken_over = base.get_weights()
    model, X = _model(answer(base)), _floats(X)
    if model is None:
        return None
    _came(model(X), "call")

    def shapes(weights):
        return " ".join(str(tuple(w.shape)) for w in weights) or "nothing"

    there = model.get_weights()
    kept = all(any(np.array_equal(old, new) for new in there) for old in taken_over)
    learns, stays = model.trainable_weights, model.non_trainable_weights
    return {
        "shapes of what learns": shapes(learns),
        "shapes of what stays": shapes(stays),
        "the base's weights": "kept" if kept else "lost",
        "outputs": np.array(_fill(model, 0.2)(X)),
    }


@_with_keras(
    title="Mend program 6: what is frozen",
    points=2,
    run=_what_learns,
    labels=("images",),
    rtol=1e-4,
    cases=_rows(1, 3),
    hints=(
        "Two parts: the base, already trained, and a new Dense layer, which knows "
        "nothing yet. Which of them should learn?",
        "`trainable` can be set for any layer, and a whole network inside another "
        "one is a layer, too.",
    ),
)
def mended_6(base):
    """The base, frozen, and a new Dense(2) layer that learns; not compiled."""
    base.trainable = False
    return keras.Sequential([base, keras.layers.Dense(2)])


mended_6.known_mistakes = {
    "keras.Sequential([base, keras.layers.Dense(2)]) => base": (
        "This is the base alone, frozen. The new layer is missing."
    ),
    "[base => [keras.Input(base.input_shape[1:])": (
        "The base is not in this model: the new layer gets the images themselves."
    ),
    '(2)] => (1, activation="sigmoid")]': half(
        "The base is frozen and the new layer learns. But this program's loss wants a "
        "logit for each of two classes, and no sigmoid."
    ),
    "(2)] => (10)]": half(
        "The base is frozen and the new layer learns. But it has ten units, for two "
        "classes."
    ),
    '2)] => 2, activation="softmax")]': half(
        "The base is frozen and the new layer learns. But it has a softmax: the loss "
        "expects logits."
    ),
    "Dense(2) => Dense(2, trainable=False)": (
        "Everything is still frozen: the new layer would stay as random as it is."
    ),
    "False => True": (
        "It learns now, but nothing is frozen: the base would lose what it has "
        "learned. (`training=False` in a call freezes nothing.)"
    ),
    ("False => True", "Dense(2) => Dense(2, trainable=False)"): (
        "The wrong part is frozen: the new layer is the one that must learn."
    ),
    "base.trainable => base = keras.models.clone_model(base); base.trainable": (
        "The hidden layer has new, random weights: put in the base itself."
    ),
    "keras.Sequential([base, keras.layers.Dense(2)]) => "
    "network(keras.layers.Dense(2))": (
        "`network` makes a new hidden layer: the base, which has learned, is not in it."
    ),
}


# Recall

recall_tape = exercises.choice(
    "recall_tape",
    title="A NumPy call under the tape",
    answer="a",
    options={
        "a": "NumPy computes outside of TensorFlow, so the tape's record ends there "
        "and the gradient is None. That is why your loss uses keras.ops.",
        "b": "Zero would say: the loss does not depend on w. The tape says something "
        "else, that it does not know.",
        "c": "The value is right. The record of how it came about is missing.",
    },
    hints=(
        "The tape records TensorFlow's operations. Is `np.exp` one of them?",
        "It cannot tell how the result depends on w. What does it return then?",
    ),
)

recall_steps = exercises.number(
    "recall_steps",
    title="How many steps?",
    answer=3 * 19,
    mistakes=(
        (18 * 3, "The last, incomplete batch of an epoch is a step, too."),
        (1200 * 3, "The weights move for each batch, not for each example."),
        (1200, "That is how many examples there are. How many batches?"),
        (19, "That is one epoch. There are three."),
        (3, "An epoch is one pass through all examples, in many batches."),
        (
            18.75 * 3,
            "A step is taken or not: an epoch has a whole number of batches. The last "
            "one is incomplete.",
        ),
        (
            56,
            "The examples do not run on from one epoch into the next: each epoch has "
            "an incomplete batch of its own.",
        ),
        (18.75, "How many batches is that, in whole numbers, and how many epochs?"),
        (18, "Each of three epochs has steps, and an incomplete batch is one, too."),
        (64 * 19, "That is how many examples fit into the batches of an epoch."),
        (400, "The weights move once for each batch, and its size is not 3."),
        (64 * 3, "64 is how many examples are in a batch. How many batches are there?"),
    ),
    hints=(
        "How many batches of 64 do 1,200 examples make, the short last one included?",
        "1,200 / 64 is 18.75. As often does an epoch take a step, rounded up.",
    ),
)

recall_softmax = exercises.choice(
    "recall_softmax",
    title="Five more for each logit",
    answer="b",
    options={
        "a": "Each exponential grows by the same factor, and so does their sum.",
        "b": "Each exponential grows by the factor e⁵, and so does their sum: the "
        "quotients stay as they are.",
        "c": "They would move apart if the logits were multiplied; here something "
        "is added.",
    },
    hints=(
        "Softmax divides each exponential by the sum of all. What does +5 do to "
        "each of them?",
        "e to the power of (z + 5) is e to the power of z, times a number that is "
        "the same for all classes.",
    ),
)

explain = exercises.text(
    "explain",
    title="Explain it to a friend",
    model="You stack layers and say in compile what counts as an error, who takes "
    "the steps, and what you want to read on the way. fit then runs two loops: over "
    "the epochs, and inside over small batches. For each batch it computes the "
    "answers and their loss, asks the tape for the gradient, and lets the optimizer "
    "move the weights. Callbacks are asked after each epoch and can stop it or save "
    "the model. Nothing in there is magic: I wrote the loop myself and got the same "
    "losses, and each of its parts can be exchanged for one of my own.",
    rubric=(
        "compile only notes loss, optimizer and metrics",
        "fit is two loops with a gradient step inside",
        "any part can be exchanged or written by oneself",
    ),
    hints=(
        "What does compile do, what does fit do for one batch, and what happens "
        "between two epochs?",
    ),
)
