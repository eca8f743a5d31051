"""Exercises of chapter 05, "Build with Keras".

Keras and TensorFlow take seconds to import, so nothing here does so until an
exercise is checked: ``keras`` and ``tf`` below stand for the modules, and each
class that derives from one of Keras' is made by a function.
"""

import ast
import inspect
import textwrap
import types
import warnings

import numpy as np

from .core import ExerciseSet, FunctionExercise
from .later import Later

keras, tf = Later("keras"), Later("tensorflow")

exercises = ExerciseSet("05", needs=[tf.load, keras.load])


class _KerasExercise(FunctionExercise):
    """An exercise whose check makes models: slow, and with warnings of Keras'."""

    def __init__(self, chapter, reference, *, run, **settings):
        def quietly(answer, *case):
            with warnings.catch_warnings():
                warnings.simplefilter("ignore")
                return run(answer, *case)

        self._kept = {}
        super().__init__(chapter, reference, run=quietly, **settings)

    def _quiet_attempts(self, answer):
        """Run code of the course once: models are slow to make."""
        if answer not in self._kept:
            self._kept[answer] = super()._quiet_attempts(answer)
        return self._kept[answer]


class _ClassExercise(_KerasExercise):
    """The learner derives a class from one of Keras'.

    The reference, its alternatives and its mistakes are declared as functions
    that make the class, since the class statement needs Keras.
    """

    def __init__(self, chapter, factory, *, run, **settings):
        self._made = {}
        super().__init__(
            chapter,
            factory,
            run=lambda answer, *case: run(self._class(answer), *case),
            **settings,
        )

    @property
    def reference(self):
        return self._class(self._factory)

    @reference.setter
    def reference(self, factory):
        self._factory = factory

    def _class(self, answer):
        """Return the class itself, or the one that a factory of ours makes."""
        if inspect.isclass(answer):
            return answer
        ours = [self._factory, *self.alternatives, *(m.answer for m in self.mistakes)]
        if not any(answer is one for one in ours):
            raise TypeError(f"pass the class itself, {self.name}, without calling it")
        if answer not in self._made:
            self._made[answer] = answer()
        return self._made[answer]

    @property
    def solution_source(self):
        source = textwrap.dedent(inspect.getsource(self._factory))
        nodes = ast.walk(ast.parse(source))
        made = next(node for node in nodes if isinstance(node, ast.ClassDef))
        lines = source.splitlines()[made.lineno - 1 : made.end_lineno]
        return textwrap.dedent("\n".join(lines))


def _with_keras(kind=_KerasExercise, **settings):
    """Turn the decorated function into an exercise of one of the kinds above."""
    return lambda reference: exercises._add(
        kind(exercises.chapter, reference, **settings)
    )


def _fill(model, factor=1.0):
    """Give a model made-up weights, the same for the same shapes; return it."""
    rng = np.random.default_rng(5)
    old = model.get_weights()
    model.set_weights([factor * rng.normal(size=w.shape) for w in old])
    return model


def _floats(values):
    return np.asarray(values, dtype="float32")


# 1. One network, four ways


def _forward_case(rng, n, d, h, c):
    shapes = ((d, h), (h,), (h, c), (c,))
    return rng.normal(size=(n, d)), [rng.normal(size=shape) for shape in shapes]


@exercises.function(
    title="The network by hand",
    points=2,
    cases=lambda rng: [
        _forward_case(rng, 1, 2, 3, 2),
        _forward_case(rng, 3, 3, 3, 3),
        _forward_case(rng, 2, 4, 5, 3),
    ],
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


@by_hand.alternative
def by_hand_layer_by_layer(X, weights):
    A = X
    for first in range(0, len(weights), 2):
        Z = np.dot(A, weights[first]) + weights[first + 1]
        last = first == len(weights) - 2
        A = Z if last else np.where(Z > 0, Z, 0)
    return A


@by_hand.mistake(
    "The hidden layer has lost its ReLU, so the two layers are one linear map."
)
def without_relu(X, weights):
    W1, b1, W2, b2 = weights
    return (X @ W1 + b1) @ W2 + b2


@by_hand.mistake(
    "A ReLU at the end cuts off all negative logits. A score may be negative."
)
def relu_at_the_end(X, weights):
    W1, b1, W2, b2 = weights
    return np.maximum(np.maximum(X @ W1 + b1, 0) @ W2 + b2, 0)


@by_hand.mistake("The biases b1 and b2 are missing.")
def without_biases(X, weights):
    W1, _, W2, _ = weights
    return np.maximum(X @ W1, 0) @ W2


@by_hand.mistake(
    "These are probabilities. The four networks of this section end in logits: no "
    "softmax."
)
def with_softmax(X, weights):
    W1, b1, W2, b2 = weights
    Z = np.maximum(X @ W1 + b1, 0) @ W2 + b2
    E = np.exp(Z - Z.max(axis=1, keepdims=True))
    return E / E.sum(axis=1, keepdims=True)


@by_hand.mistake("The ReLU comes before the bias here. The sum comes first, whole.")
def bias_after_relu(X, weights):
    W1, b1, W2, b2 = weights
    return (np.maximum(X @ W1, 0) + b1) @ W2 + b2


# 2. Shapes

parameter_table = exercises.array(
    "parameter_table",
    title="Count what each layer learns",
    points=2,
    answer=[0, 64 * 32 + 32, 32 * 10 + 10],
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
    answer=[5, 8, 32],
    mistakes=(
        ([5, 32], "That is what comes out after a Flatten. Here there is none."),
        (
            [5, 8, 8, 32],
            "The last axis, of length 8, is what the weighted sums add up: it goes.",
        ),
        ([5, 32, 8], "The weighted sums run along the last axis, not along the rows."),
    ),
    hints=(
        "X @ W with X of shape (5, 8, 8): which axis of X meets the rows of W?",
        "Each of the 5 · 8 rows of 8 numbers becomes a row of 32 numbers.",
    ),
)


# 3. Open up fit


def _trained(answer, X, y, batch_size, epochs):
    """Losses and weights after an answer has trained a small linear model."""
    D, C = X.shape[1], 3
    model = keras.Sequential([keras.Input((D,)), keras.layers.Dense(C)])
    _fill(model)
    loss = keras.losses.SparseCategoricalCrossentropy(from_logits=True)
    optimizer = keras.optimizers.SGD(0.5)
    losses = answer(model, loss, optimizer, _floats(X), y, batch_size, epochs)
    if losses is None or losses is ...:
        return losses
    return {"losses": losses, "weights afterwards": model.get_weights()[0]}


@_with_keras(
    title="The loop that fit runs",
    points=3,
    run=_trained,
    rtol=1e-4,
    atol=1e-5,
    cases=lambda rng: [
        (rng.normal(size=(3, 2)), np.array([0, 2, 1]), 2, 2),
        (rng.normal(size=(4, 3)), np.array([2, 0, 1, 1]), 3, 1),
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


@fit_by_hand.alternative
def fit_by_tf_data(model, loss, optimizer, X, y, batch_size, epochs):
    batches = tf.data.Dataset.from_tensor_slices((X, y)).batch(batch_size)
    losses = []
    for _ in range(epochs):
        mean = keras.metrics.Mean()
        for rows, labels in batches:
            with tf.GradientTape() as tape:
                value = loss(labels, model(rows))
            slopes = tape.gradient(value, model.trainable_weights)
            optimizer.apply_gradients(zip(slopes, model.trainable_weights, strict=True))
            mean.update_state(value, sample_weight=len(rows))
        losses.append(mean.result())
    return losses


def _loop(
    summary,
    apply=True,
    starts=lambda n, size: range(0, n, size),
    size_of=lambda n, size: size,
):
    """A training loop with one thing changed; summary(values, sizes) → loss."""

    def loop(model, loss, optimizer, X, y, batch_size, epochs):
        losses = []
        batch_size = size_of(len(X), batch_size)
        for _ in range(epochs):
            values, sizes = [], []
            for start in starts(len(X), batch_size):
                rows, labels = (part[start : start + batch_size] for part in (X, y))
                with tf.GradientTape() as tape:
                    value = loss(labels, model(rows))
                slopes = tape.gradient(value, model.trainable_variables)
                if apply:
                    optimizer.apply(slopes, model.trainable_variables)
                values.append(float(value))
                sizes.append(len(rows))
            losses.append(summary(np.array(values), np.array(sizes)))
        return losses

    return loop


def _per_example(values, sizes):
    return np.sum(values * sizes) / np.sum(sizes)


@fit_by_hand.mistake(
    "The training is right. The loss is a mean over batches here, so that the short "
    "last batch counts as much as a full one. Take the mean over examples.",
    credit=0.5,
)
def mean_of_batches(*arguments):
    return _loop(lambda values, sizes: values.mean())(*arguments)


@fit_by_hand.mistake(
    "The training is right. What you keep is the loss of the last batch alone; an "
    "epoch has several.",
    credit=0.5,
)
def last_batch_only(*arguments):
    return _loop(lambda values, sizes: values[-1])(*arguments)


@fit_by_hand.mistake(
    "The weights are as they were before. A gradient says where to go; somebody has "
    "to take the step."
)
def no_step(*arguments):
    return _loop(_per_example, apply=False)(*arguments)


@fit_by_hand.mistake("The incomplete last batch is left out. fit trains on it as well.")
def drops_the_last_batch(*arguments):
    def starts(n, size):
        return range(0, n - size + 1, size)

    return _loop(_per_example, starts=starts)(*arguments)


@fit_by_hand.mistake(
    "The training is right. These are sums over examples; the loss is their mean.",
    credit=0.5,
)
def sums_over_examples(*arguments):
    return _loop(lambda values, sizes: np.sum(values * sizes))(*arguments)


@fit_by_hand.mistake(
    "All examples are in one batch here: one step an epoch. Use batch_size."
)
def one_large_batch(*arguments):
    return _loop(_per_example, size_of=lambda n, size: n)(*arguments)


@fit_by_hand.mistake(
    "The training is right. You measure the loss after the epoch, with the weights "
    "that came out. fit's figure is collected on the way, batch by batch, before "
    "each step.",
    credit=0.5,
)
def measured_afterwards(model, loss, optimizer, X, y, batch_size, epochs):
    losses = []
    for _ in range(epochs):
        _loop(_per_example)(model, loss, optimizer, X, y, batch_size, 1)
        losses.append(float(loss(y, model(X))))
    return losses


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
    layer, other = cls(start=start, name="first"), cls(start=start)
    outputs = layer(inputs)
    if outputs is ...:
        raise NotImplementedError
    outputs = np.array(outputs)
    certain = np.allclose(outputs, np.array(other(inputs)))
    shapes = " ".join(str(tuple(w.shape)) for w in layer.trainable_weights)
    _fill(layer)
    config = layer.get_config()
    if config is ...:
        raise NotImplementedError
    twin = cls.from_config(config)
    again = np.array(twin(inputs))
    return {
        "shapes of the trainable weights": shapes or "none",
        "outputs before training": outputs if certain else "never the same",
        "outputs with other factors": np.array(layer(inputs)),
        "outputs of the layer made from get_config": again if certain else "random",
        "its name": "kept" if twin.name == layer.name else "lost",
    }


@_with_keras(
    _ClassExercise,
    title="A layer of your own",
    points=3,
    run=_use_of_gain,
    rtol=1e-4,
    atol=1e-6,
    cases=[
        (np.array([[1.0, -2.0, 3.0]]), 2.0),
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


@Gain.alternative
def gain_from_ones():
    class Gain_(keras.layers.Layer):
        def __init__(self, start=1.0, **kwargs):
            super().__init__(**kwargs)
            self.start = start

        def build(self, input_shape):
            *_, D = input_shape
            self.scale = self.add_weight(shape=(D,), initializer="ones")
            self.scale.assign(self.start * self.scale)

        def call(self, inputs):
            return keras.ops.multiply(self.scale, inputs)

        def get_config(self):
            config = super().get_config()
            config.update(start=self.start)
            return config

    return Gain_


@Gain.mistake(
    "The outputs are right, but the layer has nothing to train: the factors are a "
    "plain tensor. Only what add_weight makes is found by the optimizer."
)
def plain_tensor():
    class Plain(Gain.reference):
        def build(self, input_shape):
            self.factor = self.start * keras.ops.ones(input_shape[-1])

        def call(self, inputs):
            return inputs * self.factor

    return Plain


@Gain.mistake("One factor for all inputs. Each of the D inputs should have its own.")
def one_factor_for_all():
    class One(Gain.reference):
        def build(self, input_shape):
            self.factor = self.add_weight(
                shape=(), initializer=keras.initializers.Constant(self.start)
            )

    return One


@Gain.mistake(
    "The weight has a row for each example of the batch. Weights belong to the "
    "inputs: the next batch may have another size."
)
def one_for_each_example():
    class Each(Gain.reference):
        def build(self, input_shape):
            self.factor = self.add_weight(
                shape=tuple(input_shape),
                initializer=keras.initializers.Constant(self.start),
            )

    return Each


@Gain.mistake("The layer adds. It should multiply.")
def added():
    class Added(Gain.reference):
        def call(self, inputs):
            return inputs + self.factor

    return Added


@Gain.mistake("`start` is ignored: before training the factors should have this value.")
def start_ignored():
    class Ones(Gain.reference):
        def build(self, input_shape):
            self.factor = self.add_weight(shape=(input_shape[-1],), initializer="ones")

    return Ones


@Gain.mistake(
    "No `initializer` was given, so the factors begin at random. They should all "
    "begin at `start`."
)
def random_start():
    class Random(Gain.reference):
        def build(self, input_shape):
            self.factor = self.add_weight(shape=(input_shape[-1],))

    return Random


@Gain.mistake(
    "The layer works, but get_config forgets `start`: made anew from a file, it "
    "begins with the default.",
    credit=0.5,
)
def start_forgotten():
    class Forgetful(Gain.reference):
        def get_config(self):
            return super(Gain.reference, self).get_config()

    return Forgetful


@Gain.mistake(
    "The layer works and `start` is kept, but what every layer has, such as its "
    "name, is lost. Begin with the dict of the class above.",
    credit=0.5,
)
def name_forgotten():
    class Nameless(Gain.reference):
        def get_config(self):
            return {"start": self.start}

    return Nameless


def _loss_and_slopes(answer, y_true, y_pred):
    truth, guess = tf.constant(_floats(y_true)), tf.Variable(_floats(y_pred))
    with tf.GradientTape() as tape:
        values = answer(truth, guess)
        if values is None or values is ...:
            return values
        total = tf.reduce_mean(values)
    slopes = tape.gradient(total, guess)
    return {
        "loss of each example": np.ravel(np.array(values)),
        "its slopes": "none" if slopes is None else np.array(slopes),
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
        (_columns(30, 10, 12, -1), _columns(26, 10, 17, 1.5)),
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


@lopsided.alternative
def lopsided_in_two_parts(y_true, y_pred):
    late = keras.ops.maximum(y_true - y_pred, 0)
    early = keras.ops.maximum(y_pred - y_true, 0)
    return keras.ops.squeeze(9 * late**2 + early**2, axis=-1)


@lopsided.mistake("The other side: this punishes predictions that are too high.")
def wrong_side(y_true, y_pred):
    return lopsided(y_pred, y_true)


@lopsided.mistake(
    "The numbers are right, but there is no gradient: NumPy has computed outside of "
    "the tape's sight. What does keras.ops have in its place?"
)
def outside_of_the_tape(y_true, y_pred):
    error = np.array(y_true) - np.array(y_pred)
    return np.mean(np.where(error > 0, 9.0, 1.0) * error**2, axis=-1)


@lopsided.mistake(
    "The errors are not squared: a delay of 10 minutes should cost 100 times as "
    "much as one of 1 minute."
)
def not_squared(y_true, y_pred):
    error = y_true - y_pred
    weight = keras.ops.where(error > 0, 9.0, 1.0)
    return keras.ops.mean(weight * keras.ops.abs(error), axis=-1)


@lopsided.mistake(
    "The factor is squared along with the error, so that too low costs 81 times."
)
def factor_inside(y_true, y_pred):
    error = y_true - y_pred
    weight = keras.ops.where(error > 0, 9.0, 1.0)
    return keras.ops.mean((weight * error) ** 2, axis=-1)


@lopsided.mistake(
    "This is one number for all examples. It would train, but Keras expects one "
    "number for each, so that it can weight them.",
    credit=0.5,
)
def one_number_for_all(y_true, y_pred):
    return keras.ops.mean(lopsided(y_true, y_pred))


@lopsided.mistake("This is the plain squared error: too low costs no more.")
def not_lopsided(y_true, y_pred):
    return keras.ops.mean((y_true - y_pred) ** 2, axis=-1)


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
    metric = cls()
    results = []
    for truth, guess in batches:
        if metric.update_state(_floats(truth), _floats(guess)) is ...:
            raise NotImplementedError
        results.append(metric.result())
    metric.reset_state()
    metric.update_state(*(_floats(part) for part in batches[0]))
    if results[0] is ...:
        raise NotImplementedError
    results = [None if r is None else float(r) for r in results]
    return {
        "after each batch": results,
        "after a reset and the first batch": float(metric.result()),
    }


@_with_keras(
    _ClassExercise,
    title="A metric of your own",
    points=2,
    run=_use_of_metric,
    cases=[
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


@LateShare.alternative
def late_share_by_assigning():
    class Late(LateShare.reference):
        def update_state(self, y_true, y_pred, sample_weight=None):
            late = keras.ops.where(keras.ops.greater(y_true, y_pred), 1.0, 0.0)
            self.late.assign(self.late + keras.ops.sum(late))
            self.trips.assign(self.trips + keras.ops.size(late))

        def result(self):
            return keras.ops.divide_no_nan(self.late, self.trips)

    return Late


@LateShare.mistake(
    "This is a mean of the batches' shares: a batch of one trip counts as much as a "
    "batch of many. Count the trips, and divide at the end."
)
def mean_of_shares():
    class Mean(LateShare.reference):
        def update_state(self, y_true, y_pred, sample_weight=None):
            late = keras.ops.cast(y_pred < y_true, "float32")
            self.late.assign_add(keras.ops.mean(late))
            self.trips.assign_add(1)

    return Mean


@LateShare.mistake(
    "Only the last batch counts: it overwrites what was there. Add to it."
)
def last_batch_counts():
    class Last(LateShare.reference):
        def update_state(self, y_true, y_pred, sample_weight=None):
            self.reset_state()
            super().update_state(y_true, y_pred)

    return Last


@LateShare.mistake(
    "This counts the trips that end earlier than predicted. Late means that the "
    "truth is larger."
)
def early_share():
    class Early(LateShare.reference):
        def update_state(self, y_true, y_pred, sample_weight=None):
            super().update_state(y_pred, y_true)

    return Early


@LateShare.mistake("A trip that takes exactly as long as predicted is not late.")
def ties_are_late():
    class Ties(LateShare.reference):
        def update_state(self, y_true, y_pred, sample_weight=None):
            late = keras.ops.cast(y_pred <= y_true, "float32")
            self.late.assign_add(keras.ops.sum(late))
            self.trips.assign_add(keras.ops.sum(keras.ops.ones_like(late)))

    return Ties


@LateShare.mistake("This is the number of late trips. The result is a share of all.")
def number_of_late():
    class Number(LateShare.reference):
        def result(self):
            return self.late + 0

    return Number


@LateShare.mistake(
    "The counts are right until the metric is reset. With `self.late = self.late + "
    "…` the name stands for a new tensor; Keras resets the variable, which nobody "
    "reads any more. Change the variable itself, by `assign_add`."
)
def variable_replaced():
    class Replaced(LateShare.reference):
        def update_state(self, y_true, y_pred, sample_weight=None):
            late = keras.ops.cast(y_pred < y_true, "float32")
            self.late = self.late + keras.ops.sum(late)
            self.trips = self.trips + keras.ops.sum(keras.ops.ones_like(late))

    return Replaced


def _epochs_run(cls, monitor, goal, values):
    """How many epochs run with this callback, if the log shows these values."""
    callback = cls(monitor, goal)
    model = types.SimpleNamespace(stop_training=False)
    callback.set_model(model)
    for epoch, value in enumerate(values):
        near_the_end = epoch == len(values) - 2
        other = {"loss": goal - 1 if near_the_end else goal + 1, "val_loss": goal + 2}
        if callback.on_epoch_end(epoch, {**other, monitor: value}) is ...:
            raise NotImplementedError
        if model.stop_training:
            return epoch + 1
    return len(values)


@_with_keras(
    _ClassExercise,
    title="A callback of your own",
    points=2,
    run=_epochs_run,
    cases=[
        ("val_loss", 0.5, (0.9, 0.4, 0.3, 0.2)),
        ("val_mae", 1.0, (0.8, 0.9, 1.2, 1.5)),
        ("val_mae", 2.0, (3.0, 2.5, 2.0, 1.5, 1.0)),
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


@StopAtGoal.alternative
def stop_at_goal_by_get():
    class Stop(StopAtGoal.reference):
        def on_epoch_end(self, epoch, logs=None):
            value = (logs or {}).get(self.monitor)
            self.model.stop_training = value is not None and not value > self.goal

    return Stop


@StopAtGoal.mistake(
    "It stops while the figure is still above the goal. A loss should fall to it."
)
def stops_above():
    class Above(StopAtGoal.reference):
        def on_epoch_end(self, epoch, logs=None):
            if logs[self.monitor] >= self.goal:
                self.model.stop_training = True

    return Above


@StopAtGoal.mistake(
    "Nothing stops. fit looks at the model's `stop_training`, not at the callback's "
    "and not at what on_epoch_end returns."
)
def sets_its_own():
    class Own(StopAtGoal.reference):
        def on_epoch_end(self, epoch, logs=None):
            self.stop_training = logs[self.monitor] <= self.goal
            return self.stop_training

    return Own


@StopAtGoal.mistake(
    'This looks at "loss", whatever was asked for. Use the name in `self.monitor`.'
)
def always_loss():
    class Loss(StopAtGoal.reference):
        def on_epoch_end(self, epoch, logs=None):
            if logs["loss"] <= self.goal:
                self.model.stop_training = True

    return Loss


@StopAtGoal.mistake(
    'This looks at "val_loss", whatever was asked for. Use the name in `self.monitor`.',
    credit=0.5,
)
def always_val_loss():
    class ValLoss(StopAtGoal.reference):
        def on_epoch_end(self, epoch, logs=None):
            if logs["val_loss"] <= self.goal:
                self.model.stop_training = True

    return ValLoss


@StopAtGoal.mistake(
    "A figure that is equal to the goal has reached it; this waits for less.",
    credit=0.5,
)
def strictly_below():
    class Below(StopAtGoal.reference):
        def on_epoch_end(self, epoch, logs=None):
            if logs[self.monitor] < self.goal:
                self.model.stop_training = True

    return Below


@StopAtGoal.mistake("It stops after the first epoch, whatever the figure is.")
def stops_at_once():
    class Once(StopAtGoal.reference):
        def on_epoch_end(self, epoch, logs=None):
            self.model.stop_training = True

    return Once


def _one_step(cls, x, y, classes):
    """Weights, returned loss and record after one train_step of a small model."""
    inputs = keras.Input((x.shape[1],))
    model = cls(inputs, keras.layers.Dense(classes)(inputs))
    _fill(model)
    loss = keras.losses.SparseCategoricalCrossentropy(from_logits=True)
    model.compile(keras.optimizers.SGD(0.5), loss, metrics=["accuracy"])
    logs = model.train_step((tf.constant(_floats(x)), tf.constant(y)))
    if logs is None or logs is ...:
        return logs
    returned = logs.get("loss") if isinstance(logs, dict) else None
    try:
        recorded = float(model.get_metrics_result()["loss"])
    except ValueError:  # "… the metric has not yet been built"
        recorded = "nothing"
    return {
        "weights afterwards": model.get_weights()[0],
        "the loss in the dict returned": "none" if returned is None else returned,
        "the loss on record": recorded,
    }


@_with_keras(
    _ClassExercise,
    title="A training step of your own",
    points=3,
    run=_one_step,
    rtol=1e-4,
    atol=1e-5,
    cases=lambda rng: [
        (rng.normal(size=(3, 2)), np.array([0, 1, 1]), 2),
        (rng.normal(size=(4, 3)), np.array([2, 0, 1, 1]), 3),
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


@Mixup.alternative
def mixup_with_a_tracker():
    class Mixed(Mixup.reference):
        def train_step(self, data):
            x, y = data
            x_before, y_before = (tf.concat([a[-1:], a[:-1]], 0) for a in (x, y))
            with tf.GradientTape() as tape:
                y_pred = self(0.5 * x + 0.5 * x_before)
                both = [self.loss(labels, y_pred) for labels in (y, y_before)]
                loss = sum(both) / len(both)
            slopes = tape.gradient(loss, self.trainable_weights)
            self.optimizer.apply_gradients(
                zip(slopes, self.trainable_weights, strict=True)
            )
            self.on_record(loss, y, y_pred)
            return self.get_metrics_result()

    return Mixed


def _step(mix=True, labels="mean", apply=True, record=True):
    """A Mixup with one thing changed."""

    class Changed(Mixup.reference):
        def train_step(self, data):
            x, y = data
            other = keras.ops.roll(y, 1)
            rows = (x + keras.ops.roll(x, 1, axis=0)) / 2 if mix else x
            with tf.GradientTape() as tape:
                y_pred = self(rows, training=True)
                first = self.compute_loss(y=y, y_pred=y_pred)
                second = self.compute_loss(y=other, y_pred=y_pred)
                loss = {
                    "mean": (first + second) / 2,
                    "sum": first + second,
                    "first": first,
                }[labels]
            slopes = tape.gradient(loss, self.trainable_variables)
            if apply:
                self.optimizer.apply(slopes, self.trainable_variables)
            return self.on_record(loss, y, y_pred) if record else {"loss": loss}

    return Changed


@Mixup.mistake(
    "The images are mixed, but only the labels of one half count. Each picture now "
    "shows two digits."
)
def one_label():
    return _step(labels="first")


@Mixup.mistake(
    "Both sets of labels count, but the images are not mixed: each is asked "
    "to be two digits at once."
)
def unmixed_images():
    return _step(mix=False)


@Mixup.mistake("This is the ordinary step. Nothing is mixed.")
def ordinary_step():
    return _step(mix=False, labels="first")


@Mixup.mistake(
    "The two losses are added up. Each digit is half of the picture, so each loss "
    "should count by half: a step of twice the length comes of it."
)
def sum_of_losses():
    return _step(labels="sum")


@Mixup.mistake(
    "The step is right, but nothing is on record: fit would not find the figures for "
    "its history. `on_record` keeps them, and returns the dict.",
    credit=0.5,
)
def not_on_record():
    return _step(record=False)


@Mixup.mistake(
    "Loss and gradient are right, but the weights did not move. Who takes the step?"
)
def step_not_taken():
    return _step(apply=False)


# 6. Callbacks that people use

stopped_after = exercises.number(
    "stopped_after",
    title="When does EarlyStopping stop?",
    answer=7,
    unit="epochs",
    mistakes=(
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


def _fault(number, answer, why, *hints):
    """Declare the naming of one program's fault; wrong faults say how they look."""
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
        options=options,
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


@mended_1.alternative
def mended_1_by_taking(X, y, order):
    return np.take(X, order, axis=0), np.array([y[i] for i in order])


@mended_1.mistake("The images have moved, and the labels have stayed where they were.")
def only_images(X, y, order):
    return X[order], y


@mended_1.mistake("The labels have moved, and the images have stayed where they were.")
def only_labels(X, y, order):
    return X, y[order]


@mended_1.mistake(
    "Nothing has moved. In this order they belong together, but they were to be "
    "shuffled: put both into the order given."
)
def unmoved(X, y, order):
    return X, y


@mended_1.mistake(
    "The labels go the opposite way: they are put in the places that `order` names, "
    "while the images are taken from there."
)
def opposite_ways(X, y, order):
    return X[order], y[np.argsort(order)]


fault_2 = _fault(
    2,
    "b",
    "It reads well, and yet the loss stops at about 1.5. A second softmax takes "
    "probabilities, between 0 and 1, for scores; it can never give the right digit "
    "more than 23 %, and −ln 0.23 is 1.46.",
    "The accuracy is good, so inputs, labels and gradients are in order. What remains?",
    "The loss is made from the probabilities. Why can they not come close to 1?",
)


def _probabilities(answer, X):
    return _outputs_of(answer(), X)


def _outputs_of(model, X):
    if model is None or model is ...:
        return model
    if not isinstance(model, keras.Model):
        raise TypeError("return the model itself, a keras.Sequential for instance")
    if any(layer is ... for layer in model.layers):
        raise NotImplementedError
    return np.array(_fill(model, 0.2)(_floats(X)))


def _rows(*counts, largest=1.0):
    """Cases of some rows of 64 inputs, between 0 and the largest."""
    return lambda rng: [(largest * rng.random((count, 64)),) for count in counts]


@_with_keras(
    title="Mend program 2: the output",
    run=_probabilities,
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


@mended_2.alternative
def mended_2_by_a_layer():
    return network(keras.layers.Dense(10), keras.layers.Softmax())


@mended_2.mistake(
    "Both are gone: logits come out. That would be fine with from_logits=True, but "
    "the loss of this program expects probabilities."
)
def no_softmax():
    return network(keras.layers.Dense(10))


@mended_2.mistake("Probabilities still go through a softmax.")
def still_two():
    return network(keras.layers.Dense(10, activation="softmax"), keras.layers.Softmax())


@mended_2.mistake(
    "Ten sigmoids are ten separate answers yes or no: they do not add up to 1."
)
def sigmoids():
    return network(keras.layers.Dense(10, activation="sigmoid"))


@mended_2.mistake(
    "A ReLU stands before the softmax, so that all negative scores become equal."
)
def relu_then_softmax():
    return network(keras.layers.Dense(10, activation="relu"), keras.layers.Softmax())


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
    values = keras.losses.get(loss)(tf.constant(labels), tf.constant(_floats(logits)))
    return np.mean(np.array(values))


@_with_keras(
    title="Mend program 3: the loss",
    run=_loss_value,
    rtol=1e-4,
    cases=lambda rng: [
        (np.array([2]), rng.normal(size=(1, 3))),
        (np.array([1, 0, 3, 1]), 3 * rng.normal(size=(4, 4))),
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


@mended_3.alternative
def mended_3_as_a_function():
    def loss(labels, logits):
        rows = keras.ops.one_hot(labels, logits.shape[-1])
        return keras.losses.categorical_crossentropy(rows, logits, from_logits=True)

    return loss


@mended_3.mistake(
    "Now the labels fit. But the outputs are logits, and this loss takes them for "
    "probabilities: tell it."
)
def logits_untold():
    return keras.losses.SparseCategoricalCrossentropy()


@mended_3.mistake(
    "This is the loss of the broken program: it wants a row of zeros and ones for "
    "each label."
)
def wants_rows():
    return keras.losses.CategoricalCrossentropy(from_logits=True)


@mended_3.mistake(
    "That runs, and is worse than an error: it takes the label 7 for an amount and "
    "wants all outputs to be near it. Digits are classes."
)
def labels_as_amounts():
    def loss(labels, logits):
        rows = keras.ops.cast(keras.ops.expand_dims(labels, -1), "float32")
        return keras.ops.mean((rows - logits) ** 2, axis=-1)

    return loss


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
    run=_probabilities,
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


@mended_4.alternative
def mended_4_with_linear():
    return network(keras.layers.Dense(1), keras.layers.Activation("linear"))


@mended_4.mistake("A ReLU never goes below 0, and half of the targets do.")
def relu_output():
    return network(keras.layers.Dense(1, activation="relu"))


@mended_4.mistake("A tanh reaches from −1 to 1: still far from −30 and 30.")
def tanh_output():
    return network(keras.layers.Dense(1, activation="tanh"))


@mended_4.mistake("The sigmoid is still there.")
def sigmoid_output():
    return network(keras.layers.Dense(1, activation="sigmoid"))


@mended_4.mistake("The balance is one amount; ten numbers come out here.")
def ten_outputs():
    return network(keras.layers.Dense(10))


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
    run=_probabilities,
    cases=_rows(1, 3, largest=255.0),
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


@mended_5.alternative
def mended_5_functional():
    inputs = keras.Input((64,))
    A = keras.layers.Dense(32, activation="relu")(inputs / 255)
    return keras.Model(inputs, keras.layers.Dense(10)(A))


@mended_5.mistake("This multiplies by 255, and the bytes were too large already.")
def multiplied():
    return _rescaled(255)


@mended_5.mistake(
    "1/16 suits scikit-learn's own numbers. These are bytes, up to 255: they are "
    "still far above 1."
)
def sixteenth():
    return _rescaled(1 / 16)


@mended_5.mistake("Nothing is scaled: the bytes go into the hidden layer as they are.")
def unscaled():
    return network(keras.layers.Dense(10))


@mended_5.mistake(
    "The scaling comes at the end, on the logits. The hidden layer still receives "
    "bytes. Scale before it."
)
def scaled_at_the_end():
    return network(keras.layers.Dense(10), keras.layers.Rescaling(1 / 255))


@mended_5.mistake(
    "The scaling comes after the hidden layer, which still receives bytes."
)
def scaled_in_the_middle():
    return network(keras.layers.Rescaling(1 / 255), keras.layers.Dense(10))


def _rescaled(factor):
    return keras.Sequential(
        [
            keras.Input((64,)),
            keras.layers.Rescaling(factor),
            keras.layers.Dense(32, activation="relu"),
            keras.layers.Dense(10),
        ]
    )


fault_6 = _fault(
    6,
    "e",
    "The same loss in every epoch, to the last digit: no weight moves. The warning "
    "says why. The program froze the whole model, not only what it had taken over.",
    "Look at how much the curve of the new images changes from epoch to epoch.",
    "If no weight moves, who or what is holding them?",
)


def _what_learns(answer, D, H):
    """Which weights of a model on a base are trainable, and what it computes."""
    base = keras.Sequential(
        [keras.Input((D,)), keras.layers.Dense(H, activation="relu")]
    )
    _fill(base)
    taken_over = base.get_weights()
    model = answer(base)
    if model is None or model is ...:
        return model
    if not isinstance(model, keras.Model):
        raise TypeError("return the model itself, a keras.Sequential for instance")

    def shapes(weights):
        return " ".join(str(tuple(w.shape)) for w in weights) or "nothing"

    kept = all(
        np.array_equal(old, new)
        for old, new in zip(taken_over, model.get_weights(), strict=False)
    )
    learns, stays = model.trainable_weights, model.non_trainable_weights
    X = np.linspace(-1, 1, 2 * D).reshape(2, D)
    return {
        "shapes of what learns": shapes(learns),
        "shapes of what stays": shapes(stays),
        "the base's weights": "kept" if kept else "lost",
        "outputs": np.array(_fill(model)(_floats(X))),
    }


@_with_keras(
    title="Mend program 6: what is frozen",
    points=2,
    run=_what_learns,
    rtol=1e-4,
    cases=[(2, 3), (4, 5)],
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


@mended_6.alternative
def mended_6_layer_by_layer(base):
    for layer in base.layers:
        layer.trainable = False
    inputs = keras.Input(base.input_shape[1:])
    return keras.Model(inputs, keras.layers.Dense(2)(base(inputs)))


@mended_6.mistake(
    "Everything is still frozen: the new layer would stay as random as it is."
)
def all_frozen(base):
    model = keras.Sequential([base, keras.layers.Dense(2)])
    model.trainable = False
    return model


@mended_6.mistake(
    "It learns now, but nothing is frozen: the base would lose what it has learned."
)
def nothing_frozen(base):
    return keras.Sequential([base, keras.layers.Dense(2)])


@mended_6.mistake("The wrong part is frozen: the new layer is the one that must learn.")
def head_frozen(base):
    return keras.Sequential([base, keras.layers.Dense(2, trainable=False)])


@mended_6.mistake(
    "The base is frozen and the new layer learns, but it has a softmax: the loss of "
    "this program expects logits.",
    credit=0.5,
)
def softmax_head(base):
    base.trainable = False
    return keras.Sequential([base, keras.layers.Dense(2, activation="softmax")])


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
        (19, "That is one epoch. There are three."),
        (18 * 3, "The last, incomplete batch of an epoch is a step, too."),
        (3, "An epoch is one pass through all examples, in many batches."),
        (1200 * 3, "The weights move once for each batch, not for each example."),
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
