# ---
# jupyter:
#   kernelspec:
#     display_name: Python 3 (ipykernel)
#     language: python
#     name: python3
# ---

# %% [markdown]
# # Build with Keras
#
# You can write a network, its loss, its gradient and its training by hand.
# Keras has all of these as finished blocks. In this chapter you put blocks
# together, open them, exchange them, and write your own. At the end you get
# six broken programs to mend.
#
# ## What you will be able to do
#
# - **Build** one network in four ways, and tell its shapes and numbers of
#   weights before Keras does
# - **Open** `fit`: write the loop that it runs, and get the same losses
# - **Extend** Keras with a layer, a loss, a metric, a callback and a training
#   step of your own
# - **Save** a model, and say what loading refuses and why
# - **Diagnose** a broken program from its curve and its message, and mend it
#
# ## Before you start
#
# Work through [Compute with TensorFlow](04_compute_with_tensorflow.ipynb)
# first: tensors and the gradient tape come from there. This chapter takes 60
# minutes and about 1 GB of memory; run from top to bottom it computes for
# less than a minute.
#
# Three words describe Keras, and each has its sections:
#
# - **user-friendly**: a network is a few lines (sections 1 to 3);
# - **modular**: layers, losses, optimizers, metrics and initialisers are
#   blocks, and each can be exchanged by itself (section 4);
# - **extensible**: where a block is missing, you write it (section 5).

# %%
import tempfile
import textwrap
import warnings
from pathlib import Path
from types import SimpleNamespace

from course_utils import runtime

with runtime.quiet_start():
    import keras
    import tensorflow as tf

import matplotlib.pyplot as plt
import numpy as np
from sklearn.datasets import load_digits
from tensorboard.backend.event_processing import event_accumulator

from course_utils import plots
from course_utils.exercises import chapter_05 as ex
from course_utils.widgets.monitor import TrainingMonitor

# %% [markdown]
# The data are small on purpose, so that each training takes a second or two:
# 1,797 handwritten digits of 8 × 8 pixels, which come with scikit-learn. Their
# grey values run from 0 to 16; divided by 16, from 0 to 1.

# %%
# NBVAL_CHECK_OUTPUT
pixels, labels = load_digits(return_X_y=True)
order = np.random.default_rng(0).permutation(len(labels))
pixels, labels = (pixels[order] / 16).astype("float32"), labels[order]

X, y = pixels[:1200], labels[:1200]
new = X_new, y_new = pixels[1200:], labels[1200:]
print("to train on", X.shape, y.shape, "new", X_new.shape, y_new.shape)

# %% [markdown]
# The 597 new images are for validation: you look at them again and again. A
# real project keeps a test set beside them, for one number at the end.
#
# ## 1. One network, four ways
#
# The network of this section: 64 inputs, 32 hidden units with ReLU, 10 logits.
#
# **First way: a list.** `Sequential` runs its layers one after the other.

# %%
keras.utils.set_random_seed(0)
sequential = keras.Sequential(
    [
        keras.Input((64,)),
        keras.layers.Dense(32, activation="relu"),
        keras.layers.Dense(10),
    ]
)

# %% [markdown]
# **Second way: functions.** A layer can be called. Called with an `Input`,
# which stands for data to come, it gives another stand-in; a `Model` needs to
# know only where to begin and where to end. In between, paths may fork and
# meet again, which a list cannot express.

# %%
inputs = keras.Input((64,))
A = keras.layers.Dense(32, activation="relu")(inputs)
outputs = keras.layers.Dense(10)(A)
functional = keras.Model(inputs, outputs)


# %% [markdown]
# **Third way: a class.** Layers are made in `__init__` and used in `call`,
# which is plain Python: it may loop, branch and print. In exchange Keras knows
# nothing about the network before it has run.


# %%
class Subclassed(keras.Model):
    def __init__(self):
        super().__init__()
        self.hidden = keras.layers.Dense(32, activation="relu")
        self.output_layer = keras.layers.Dense(10)

    def call(self, inputs):
        return self.output_layer(self.hidden(inputs))


subclassed = Subclassed()

# %% [markdown]
# Has the third one weights? Its layers have not met any data, and nobody has
# said that there will be 64 inputs. Weights are made when the number of inputs
# is known:

# %%
# NBVAL_CHECK_OUTPUT
print("before any data:", len(subclassed.weights), "arrays of weights")
subclassed(X[:1])
print("after one image:", len(subclassed.weights), "arrays of weights")

# %% [markdown]
# **Fourth way: by hand.** `get_weights` returns a list of NumPy arrays, here
# `[W1, b1, W2, b2]`. Write what the three models compute with them. The shapes
# are those of chapter 02.


# %% exercise="by_hand"
def by_hand(X, weights):
    """Logits (N, C) of X (N, D), with weights as get_weights gives them."""
    ...  # your code here


by_hand = ex.by_hand.check(by_hand)

# %% [markdown]
# Four programs, one network? They should give the same logits if they have
# the same weights. `set_weights` takes what `get_weights` gave.

# %%
# NBVAL_CHECK_OUTPUT
weights = sequential.get_weights()
functional.set_weights(weights)
subclassed.set_weights(weights)

expected = sequential(X).numpy()
for name, model in (("functional", functional), ("subclassed", subclassed)):
    print(name, np.allclose(model(X), expected, atol=1e-5))
print("by hand   ", np.allclose(by_hand(X, weights), expected, atol=1e-5))

# %% [markdown]
# The network is the arithmetic. Which way you write it down is a matter of
# what you need: a list if it is a list, functions if paths fork or you want to
# look inside, a class if the forward pass needs Python.
#
# ## 2. Shapes, before Keras tells you
#
# Most first errors are errors of shape, so work these out with a pencil. This
# network takes images as 8 × 8 tables:
#
# ```python
# keras.Input((8, 8)), Flatten(), Dense(32, activation="relu"), Dense(10)
# ```
#
# How many numbers does each of the three layers learn? Write a list of three
# whole numbers.

# %% exercise="parameter_table"
answer = None  # [Flatten, first Dense, second Dense]

parameter_table = ex.parameter_table.check(answer)

# %%
with_flatten = keras.Sequential(
    [
        keras.Input((8, 8)),
        keras.layers.Flatten(),
        keras.layers.Dense(32, activation="relu"),
        keras.layers.Dense(10),
    ]
)
with_flatten.summary()

# %% [markdown]
# `summary` is a table with a row for each layer. The `None` in each shape is
# the batch axis: any number of images. Compare the last column with yours.

# %%
# NBVAL_CHECK_OUTPUT
counts = [layer.count_params() for layer in with_flatten.layers]
print(counts, counts == [int(n) for n in parameter_table])

# %% [markdown]
# Somebody forgets the `Flatten`, and feeds five images of shape (8, 8) to a
# `Dense(32)` layer. There is no error. Which shape comes out? (Think of
# `X @ W + b`: the last axis of X meets the rows of W.)

# %% exercise="dense_on_a_grid"
answer = None  # a list of whole numbers

dense_on_a_grid = ex.dense_on_a_grid.check(answer)

# %%
# NBVAL_CHECK_OUTPUT
grid = X[:5].reshape(5, 8, 8)
print(keras.layers.Dense(32)(grid).shape)

# %% [markdown]
# The layer has treated each row of each image as an example of its own. That
# is sometimes wanted, and mostly a surprise three layers later.
#
# ## 3. What `compile`, `fit`, `evaluate` and `predict` do
#
# `compile` computes nothing. It notes three things: how to measure errors, who
# takes the steps, and what you want to read.

# %%
loss = keras.losses.SparseCategoricalCrossentropy(from_logits=True)
sequential.compile(
    optimizer=keras.optimizers.SGD(0.1), loss=loss, metrics=["accuracy"]
)

# %% [markdown]
# `predict` calls the network on one batch after the other and puts the results
# together. `evaluate` does the same and returns the loss and the metrics. Both
# can be said in a line of your own:

# %%
# NBVAL_CHECK_OUTPUT
logits = sequential(X_new).numpy()
same = np.allclose(sequential.predict(X_new, verbose=0), logits, atol=1e-5)
print("predict is calling the network:", same)

value, accuracy = sequential.evaluate(X_new, y_new, verbose=0)
print("evaluate: loss", np.isclose(value, loss(y_new, logits), rtol=1e-5))
print("accuracy", np.isclose(accuracy, np.mean(logits.argmax(1) == y_new)))

# %% [markdown]
# ### The loop
#
# `fit` is two loops, one inside the other:
#
# 1. for each epoch, for each batch of examples:
# 2. compute the logits and the loss, under a tape;
# 3. ask the tape for the gradient;
# 4. hand the gradient to the optimizer, which moves the weights.
#
# The loss that it reports for an epoch is the mean of the batches' losses as
# they came, each weighted by the number of its examples. (The last batch may
# be short.)
#
# Write it. `loss` and `optimizer` are Keras objects: `loss(y_batch, logits)`
# is one number, and `optimizer.apply(gradients, variables)` takes a step for
# `model.trainable_variables`. Do not shuffle: batches come in the order of the
# examples.


# %% exercise="fit_by_hand"
def fit_by_hand(model, loss, optimizer, X, y, batch_size, epochs):
    """Train as fit does without shuffling: a list, the loss of each epoch."""
    ...  # your code here


fit_by_hand = ex.fit_by_hand.check(fit_by_hand)

# %% [markdown]
# Now both, from the same weights. `fit` shuffles the examples before each
# epoch unless you say `shuffle=False`.

# %%
sequential.set_weights(weights)
by_keras = sequential.fit(
    X,
    y,
    batch_size=64,
    epochs=3,
    shuffle=False,
    validation_data=new,
    verbose=0,
).history["loss"]

functional.set_weights(weights)
optimizer = keras.optimizers.SGD(0.1)
yours = fit_by_hand(functional, loss, optimizer, X, y, 64, 3)
print("fit  ", np.round(by_keras, 3))
print("yours", np.round(np.array(yours, dtype=float), 3))
print("equal to five digits:", np.allclose(by_keras, yours, rtol=1e-5))

# %% [markdown]
# Your loop and `fit` agree. There is no more to it than the loops above, a
# faster way to run them (`tf.function`, from chapter 04), and places where
# other code may join in: the callbacks of sections 5 and 6.
#
# Predict. `sequential` has now been trained for three epochs. **What will a
# second call of `fit`, for three more epochs, do?**
#
# - **a)** Begin afresh, with new random weights.
# - **b)** Go on where the first call stopped.
# - **c)** Repeat the first call, number by number.

# %% exercise="second_fit"
guess = None  # "a", "b" or "c"

second_fit = ex.second_fit.check(guess)

# %%
again = sequential.fit(
    X,
    y,
    batch_size=64,
    epochs=3,
    shuffle=False,
    validation_data=new,
    verbose=0,
).history["loss"]
print("first call ", np.round(by_keras, 2), " second call", np.round(again, 2))

repeats = np.allclose(again, by_keras, rtol=1e-3)
ex.second_fit.reveal(
    "c" if repeats else "b" if again[0] < by_keras[-1] else "a"
)

# %% [markdown]
# People who run a cell with `fit` in it twice train for twice as long, and
# wonder later why their result cannot be repeated. Build and `fit` belong in
# one cell, or in one function.
#
# ## 4. Exchange one block
#
# *Modular* means: change one block, and the others need not know. The function
# below has a place for three of them.


# %%
def trial(activation="relu", initializer="glorot_uniform", optimizer="adam"):
    """Validation accuracy after four epochs, with these blocks."""
    keras.utils.set_random_seed(0)
    options = {"kernel_initializer": initializer}
    model = keras.Sequential(
        [
            keras.Input((64,)),
            keras.layers.Dense(32, activation=activation, **options),
            keras.layers.Dense(10, **options),
        ]
    )
    model.compile(optimizer, loss, metrics=["accuracy"])
    history = model.fit(X, y, 32, 4, validation_data=new, verbose=0).history
    return history["val_accuracy"][-1]


# %% [markdown]
# Two runs: as it is, and with another optimizer. (Each block has a short name,
# such as `"adam"`, with the usual settings, and a class, such as
# `keras.optimizers.Adam(0.001)`, where you choose them.)

# %%
print(f"as it is           {trial():.0%}")
print(f"SGD 0.01 for Adam  {trial(optimizer='sgd'):.0%}")

# %% [markdown]
# One word, and Adam's way of walking is gone. Plain gradient descent, with its
# usual learning rate of 0.01, comes less far.
#
# An **initialiser** gives the weights their first values; `glorot_uniform`
# draws small random ones. Why random? Predict: with `"zeros"` in both layers,
# **what is the accuracy on new images after four epochs, in percent?**

# %% exercise="zero_start"
guess = None  # a number, in percent

zero_start = ex.zero_start.check(guess)

# %%
from_zero = trial(initializer="zeros")
ex.zero_start.reveal(round(100 * from_zero, 1))

# %% [markdown]
# Chance. With all weights at zero, the hidden units all give 0, so the second
# layer's weights get no gradient; and since those are 0, no gradient comes
# back to the first layer. Only the ten biases at the end move, and they learn
# how frequent each digit is.
#
# You have a trained model. Which block can you exchange and get something of
# use, without training again?
#
# - **a)** the activation of the hidden layer
# - **b)** the loss
# - **c)** a metric
# - **d)** the initialiser

# %% exercise="free_swap"
answer = None  # "a", "b", "c" or "d"

free_swap = ex.free_swap.check(answer)

# %% [markdown]
# ## 5. Blocks of your own
#
# One thing holds for all of them. `fit` calls your code once, to write down what
# it computes as a graph (`tf.function`, from chapter 04), with tensors that have
# no values yet. NumPy, `float`, and an `if` on a value need values. `keras.ops`
# does not: it has the functions of NumPy under the same names, and the tape sees
# what they do.
#
# ### A layer
#
# A layer of your own has up to four parts:
#
# - `__init__` takes the settings and stores them;
# - `build` makes the weights: Keras calls it once, when the shape of the
#   inputs is known;
# - `call` is the forward pass;
# - `get_config` returns what `__init__` needs, so that a file can bring the
#   layer back.
#
# Write the last three for `Gain`, a layer that multiplies each input by a
# factor of its own. Leave `__init__` as it is. `**kwargs` are settings that
# every layer has, such as its name; the class above takes care of them, in
# `__init__` and in `get_config`.


# %% exercise="Gain"
class Gain(keras.layers.Layer):
    """Multiply each of D inputs by a factor of its own, which is learned."""

    def __init__(self, start=1.0, **kwargs):
        super().__init__(**kwargs)
        self.start = start  # what each factor is before training

    def build(self, input_shape):
        """Make the weight `self.factor`, of shape (D,)."""
        ...  # your code here

    def call(self, inputs):
        """Outputs (N, D) for inputs (N, D)."""
        ...  # your code here

    def get_config(self):
        """What __init__ needs to make this layer anew: a dict."""
        ...  # your code here


Gain = ex.Gain.check(Gain)

# %% [markdown]
# It goes into a network like any other, and `add_weight` has put its factors
# on the list of what is trained:

# %%
# NBVAL_CHECK_OUTPUT
gain = Gain(start=2.0)
print(gain(np.array([[1.0, -3.0]])).numpy(), len(gain.trainable_weights))

# %% [markdown]
# You will train one at the end of this section.
#
# ### A loss
#
# You have a train to catch. A program predicts from the distance how many
# minutes the way will take. Too high a prediction costs you a wait; too low a
# one costs you the train. Squared error counts both alike.
#
# Write `lopsided`: the squared error, times 9 where the prediction is too low.
# Both arguments have the shape (N, 1), and the result has the shape (N,): one
# number for each example, of which Keras takes the mean.


# %% exercise="lopsided"
def lopsided(y_true, y_pred):
    """Squared error of each example (N,), 9 times where y_pred is too low."""
    ...  # your code here


lopsided = ex.lopsided.check(lopsided)

# %% [markdown]
# ### A metric
#
# What you want to read is neither loss: how often would you have been late? A
# metric is asked after every batch, and must give one figure for all of them,
# so it has to *remember*: `update_state` adds a batch to what it has counted,
# `result` makes a figure of the counts, and before each epoch Keras sets them
# back to zero. What is to be set back must be a variable of the metric, which
# `add_variable` makes and `assign_add` changes.


# %% exercise="LateShare"
class LateShare(keras.metrics.Metric):
    """Share of trips that take longer than predicted."""

    def __init__(self, name="late_share", **kwargs):
        super().__init__(name=name, **kwargs)
        self.late = self.add_variable((), "zeros", name="late")
        self.trips = self.add_variable((), "zeros", name="trips")

    def update_state(self, y_true, y_pred, sample_weight=None):
        """Add the late trips, and all trips, of this batch."""
        ...  # your code here

    def result(self):
        """Share of late ones among all trips since the last reset."""
        ...  # your code here


LateShare = ex.LateShare.check(LateShare)

# %% [markdown]
# Now 800 made-up trips, half of them to train on: 6 minutes for getting out, 3
# for each kilometre, and a delay that is mostly small and sometimes large. A
# single neuron draws a line through them. For the squared error the best line
# has a formula, which `np.polyfit` knows. For your loss there is none; there
# is `fit`.
#
# Predict. Compared with the line of the squared error, the line of `lopsided`
# runs …
#
# - **a)** above it
# - **b)** at the same place
# - **c)** below it

# %% exercise="lopsided_line"
guess = None  # "a", "b" or "c"

lopsided_line = ex.lopsided_line.check(guess)

# %%
rng = np.random.default_rng(0)
km = rng.uniform(0.5, 8, (800, 1)).astype("float32")
minutes = (6 + 3 * km + rng.gamma(2, 2, (800, 1))).astype("float32")
trips, new_trips = (km[:400], minutes[:400]), (km[400:], minutes[400:])

keras.utils.set_random_seed(0)
neuron = keras.Sequential(
    [
        keras.Input((1,)),
        keras.layers.Rescaling(1 / 4, offset=-1),
        keras.layers.Dense(1),
    ]
)
neuron.compile(keras.optimizers.Adam(1.0), lopsided, metrics=[LateShare()])
history = neuron.fit(*trips, 40, 12, validation_data=new_trips, verbose=0)
late = history.history["val_late_share"][-1]

# %% [markdown]
# A metric works without `fit` as well: here it judges the line of the formula.

# %%
by_formula = np.polyval(np.polyfit(*np.squeeze(trips), 1), new_trips[0])
metric = LateShare()
metric.update_state(new_trips[1], by_formula.astype("float32"))
print(f"late: squared error {float(metric.result()):.0%}, lopsided {late:.0%}")

shift = float(np.mean(neuron(new_trips[0]) - by_formula))
print(f"the line has moved by {shift:+.1f} minutes")
ex.lopsided_line.reveal("a" if shift > 0.5 else "c" if shift < -0.5 else "b")

# %%
far = new_trips[0].argsort(axis=0)[[0, -1], 0]  # the nearest, the furthest
ends = new_trips[0][far]

fig, ax = plt.subplots(figsize=(6.5, 3.6))
ax.plot(*new_trips, ".", color=plots.GREY, alpha=0.6, label="new trips")
ax.plot(ends, by_formula[far], "--", color=plots.ORANGE, label="squared error")
ax.plot(ends, neuron(ends).numpy(), color=plots.BLUE, label="lopsided")
ax.set(xlabel="distance (km)", ylabel="time (minutes)")
ax.set_title("Your loss moves the line up: most trips stay below it")
ax.legend()
plt.show()

# %% [markdown]
# *In the figure:* a cloud of dots that rises from left to right, with two
# nearly parallel lines through it. The dashed one, of the squared error, runs
# through the middle; the solid one, of your loss, runs a few minutes above it,
# with few dots above.
#
# ### A callback
#
# A callback is an object whose methods `fit` calls on the way: at the
# beginning, after each batch, after each epoch, at the end. `logs` holds the
# figures so far, under the names that the history has. A callback can look,
# write, change the learning rate, or end the training by setting
# `self.model.stop_training`.


# %% exercise="StopAtGoal"
class StopAtGoal(keras.callbacks.Callback):
    """Stop training as soon as a figure of the log is at most the goal."""

    def __init__(self, monitor, goal):
        super().__init__()
        self.monitor = monitor  # name of the figure, such as "val_loss"
        self.goal = goal

    def on_epoch_end(self, epoch, logs=None):
        """Called by fit after each epoch; logs: a dict of its figures."""
        ...  # your code here


StopAtGoal = ex.StopAtGoal.check(StopAtGoal)

# %% [markdown]
# ### A training step
#
# Sometimes the loop is right and the step is not what you want. `fit` calls
# the model's `train_step` for each batch; write another one, and callbacks,
# metrics and validation work as before.
#
# The step here is called *mixup*. Each image is laid over the one before it in
# the batch, half and half (the first over the last). Such a picture shows two
# digits, so its loss is the mean of two: one with the label of the image, one
# with the label of the image before.
#
# `keras.ops.roll(x, 1, axis=0)` moves every row down by one and brings the
# last one to the top. In place of the loss object, call
# `self.compute_loss(y=…, y_pred=…)`: it knows what compile was told. The model
# has its weights in `self.trainable_variables`, and its optimizer, as in your
# loop, in `self.optimizer`. At the end call `on_record`, which is there: it updates the loss and the metrics for
# the history.


# %% exercise="Mixup"
class Mixup(keras.Model):
    """Train on each image mixed with the one before it, half and half."""

    def train_step(self, data):
        """One step on the batch data = (x, y); returns on_record's dict."""
        ...  # your code here

    def on_record(self, loss, y, y_pred):
        """Update what Keras keeps for the history; returns it: a dict."""
        for metric in self.metrics:
            if metric.name == "loss":
                metric.update_state(loss)
            else:
                metric.update_state(y, y_pred)
        return {metric.name: metric.result() for metric in self.metrics}


Mixup = ex.Mixup.check(Mixup)

# %% [markdown]
# `Mixup(inputs, outputs)` is a functional model with your step. In it goes your
# layer, and your callback watches: it ends the training once the loss on new
# images is at most 0.4.


# %%
def build_mixup():
    """A network with the layer Gain and the training step of Mixup."""
    inputs = keras.Input((64,))
    A = keras.layers.Dense(32, activation="relu")(Gain()(inputs))
    return Mixup(inputs, keras.layers.Dense(10)(A))


keras.utils.set_random_seed(0)
mixed = build_mixup()
mixed.compile(keras.optimizers.Adam(0.01), loss, metrics=["accuracy"])
goal = StopAtGoal("val_loss", 0.4)
history = mixed.fit(
    X, y, 32, 20, validation_data=new, callbacks=[goal], verbose=0
).history
print("epochs", len(history["val_loss"]))
print(f"loss on new images {history['val_loss'][-1]:.2f}")

# %% [markdown]
# All your blocks work together, and none of Keras' own code was touched.
#
# What has the layer learned? One thing is certain beforehand. A pixel that is
# 0 in every image has a gradient of 0, so its factor never moves:

# %%
# NBVAL_CHECK_OUTPUT
factors = mixed.layers[1].get_weights()[0]
unused = X.max(axis=0) == 0
print("pixels never used:", unused.sum(), " factors:", factors[unused])
print("factors of the others moved:", np.all(factors[~unused] != 1))

# %% [markdown]
# ## 6. Callbacks that people use
#
# Three come with Keras and are in most programs:
#
# - **EarlyStopping** ends the training when the validation loss has not
#   improved for `patience` epochs in a row, and can bring back the weights of
#   the best one;
# - **ModelCheckpoint** writes the model to a file, for instance whenever it is
#   the best so far. It writes over the file: if the power fails in that moment,
#   the earlier model is lost too. With `{epoch:02d}` in its name, every epoch
#   has a file of its own;
# - **TensorBoard** writes the curves to files, for a page in the browser.
#
# With `patience=2` and these validation losses, after how many epochs does
# EarlyStopping stop?
#
# | epoch | 1 | 2 | 3 | 4 | 5 | 6 | 7 | 8 |
# |---|---|---|---|---|---|---|---|---|
# | loss | 0.90 | 0.70 | 0.61 | 0.64 | 0.60 | 0.63 | 0.66 | 0.59 |

# %% exercise="stopped_after"
answer = None  # a whole number

stopped_after = ex.stopped_after.check(answer)

# %% [markdown]
# A callback does not know who calls it. So you can call it yourself, with a
# stand-in for the model:

# %%
# NBVAL_CHECK_OUTPUT
losses = [0.90, 0.70, 0.61, 0.64, 0.60, 0.63, 0.66, 0.59]
stopper = keras.callbacks.EarlyStopping("val_loss", patience=2)
stopper.set_model(SimpleNamespace(stop_training=False))
stopper.on_train_begin()
for epoch, value in enumerate(losses):
    stopper.on_epoch_end(epoch, {"val_loss": value})
    if stopper.model.stop_training:
        break
print("stopped after", epoch + 1, "epochs; right:", epoch + 1 == stopped_after)

# %% [markdown]
# It never sees the 0.59 of epoch 8: that is the price of a small patience.
#
# Now all three at work, on 300 images and a large network, which overfits
# soon. All files go to a temporary folder.

# %%
folder = Path(tempfile.mkdtemp())
callbacks = [
    keras.callbacks.EarlyStopping(patience=3, restore_best_weights=True),
    keras.callbacks.ModelCheckpoint(
        folder / "best.keras", save_best_only=True
    ),
    keras.callbacks.TensorBoard(folder / "logs", write_graph=False),
]

# %%
keras.utils.set_random_seed(0)
large = keras.Sequential(
    [
        keras.Input((64,)),
        keras.layers.Dense(256, activation="relu"),
        keras.layers.Dense(10),
    ]
)
large.compile(keras.optimizers.Adam(0.01), loss)
history = large.fit(
    X[:300],
    y[:300],
    32,
    40,
    validation_data=new,
    callbacks=[*callbacks, TrainingMonitor()],
    verbose=0,
)

# %% [markdown]
# *In the figure:* the training loss falls towards 0; the dashed validation loss
# falls at first, then hardly changes. EarlyStopping ends the training long
# before epoch 40. The monitor's button does by hand what EarlyStopping does by
# rule.
#
# Read the curves back from TensorBoard's files, the way its page does. (The 0
# says: keep all values. By default it keeps a sample of ten.)


# %%
def logged(part, name):
    """Values of a curve in TensorBoard's files; part: train or validation."""
    path = str(folder / "logs" / part)
    events = event_accumulator.EventAccumulator(path, {"tensors": 0})
    events.Reload()
    return [
        float(tf.make_ndarray(e.tensor_proto)) for e in events.Tensors(name)
    ]


curves = [logged(part, "epoch_loss") for part in ("train", "validation")]
best = int(np.argmin(curves[1])) + 1
print("epochs", len(curves[1]), " best", best)

# %%
fig, ax = plt.subplots(figsize=(6.5, 3.2))
plots.learning_curves(ax, *curves, "loss")
ax.axvline(best, color=plots.GREY, ls=":", label="best epoch")
ax.set_title("Three epochs without a new best, and it stops")
ax.legend()
plt.show()

# %% [markdown]
# *In the figure:* training and validation loss over the epochs, read from the
# log files. The training loss falls towards 0; the dashed validation loss
# flattens. A dotted line marks its lowest point, three epochs before the end.
#
# The file of the checkpoint and the weights that EarlyStopping brought back
# are those of the best epoch:

# %%
# NBVAL_CHECK_OUTPUT
checkpoint = keras.models.load_model(folder / "best.keras")
both = [m.evaluate(*new, verbose=0) for m in (checkpoint, large)]
print("best.keras is the best epoch:", np.isclose(both[0], min(curves[1])))
print("so is the model in memory:   ", np.isclose(both[1], min(curves[1])))

# %% [markdown]
# To look at such logs in the browser, open a terminal in JupyterLab (*File →
# New → Terminal*) and type `tensorboard --logdir` and the folder. It prints an
# address to open, and Ctrl+C ends it. Or let a notebook hold the page, with
# these two lines in a cell:
#
# ```
# %load_ext tensorboard
# %tensorboard --logdir logs
# ```
#
# Either works where the browser and JupyterLab run on the same machine. On
# Binder the address cannot be reached, and reading the files, as above, is the
# way.
#
# ## 7. Save, load, refuse
#
# `save` writes a `.keras` file: layers, weights, what compile was told, and
# how far the optimizer has come. `save_weights` writes arrays only, into a
# file that must be called `….weights.h5`; to read them you need the same
# network already built.

# %%
# NBVAL_CHECK_OUTPUT
mixed.save(folder / "mixed.keras")
mixed.save_weights(folder / "mixed.weights.h5")

yours = {"Gain": Gain, "Mixup": Mixup}
loaded = keras.models.load_model(folder / "mixed.keras", custom_objects=yours)
print("loaded:  ", np.allclose(loaded(X_new), mixed(X_new), atol=1e-5))

twin = build_mixup()  # same layers, new random weights
print("twin:    ", np.allclose(twin(X_new), mixed(X_new), atol=1e-5))
twin.load_weights(folder / "mixed.weights.h5")
print("weights: ", np.allclose(twin(X_new), mixed(X_new), atol=1e-5))

# %% [markdown]
# A class of your own is in the file by its name and its `get_config`. Its code
# is not. Whoever loads it must have the class, and hand it over as
# `custom_objects`, or mark it with
# `@keras.saving.register_keras_serializable()` where it is written.
#
# Training must stop tonight and go on tomorrow, as if nothing had happened.
# What do you keep?
#
# - **a)** a `.weights.h5` file
# - **b)** a `.keras` file
# - **c)** the text of the program
# - **d)** the history

# %% exercise="what_to_keep"
answer = None  # "a", "b", "c" or "d"

what_to_keep = ex.what_to_keep.check(answer)

# %% [markdown]
# A `Lambda` layer wraps a Python function: quick to write. Here is a model
# with one, in a file that came by mail, so to speak. Predict: **what does
# `load_model` do with it?**
#
# - **a)** It loads the model, which answers as before.
# - **b)** It loads the model without the Lambda layer.
# - **c)** It refuses.

# %% exercise="lambda_load"
guess = None  # "a", "b" or "c"

lambda_load = ex.lambda_load.check(guess)

# %%
by_mail = keras.Sequential(
    [
        keras.Input((64,)),
        keras.layers.Lambda(lambda x: 2 * x - 1),
        keras.layers.Dense(10),
    ]
)
by_mail.save(folder / "by_mail.keras")
try:
    opened = keras.models.load_model(folder / "by_mail.keras")
    outcome = "a" if len(opened.layers) == 2 else "b"
except ValueError as error:
    outcome = "c"
    print(textwrap.fill(str(error), 76))
ex.lambda_load.reveal(outcome)

# %% [markdown]
# A lambda has no name by which it could be found again, so its byte code is in
# the file, and loading it would mean running whatever somebody put there.
# `safe_mode=False` does that: right for a file that you made yourself, and for
# no other. Better is a layer of your own, as `Gain`, or a finished one, here
# `keras.layers.Rescaling(2, offset=-1)`: a file with names and numbers, and no
# code.
#
# Safe mode is a lock on one door, not a guarantee. Load models only from
# people you trust, and keep Keras up to date.
#
# ## 8. Six broken programs
#
# Six people trained the network of this chapter, and each made one mistake.
# None of the mistakes is exotic. These are the faults, one for each program:
#
# - **a)** the loss does not fit the form of the labels
# - **b)** two softmaxes, one after the other
# - **c)** input that is not scaled
# - **d)** labels shuffled: they no longer belong to their images
# - **e)** layers frozen that should learn
# - **f)** a last activation that cannot produce the targets
#
# First the healthy program, for comparison. `train` notes what a doctor would
# ask for: the loss before training, the curves, and the range of the answers.


# %%
def network(*last):
    """64 inputs, 32 hidden units with ReLU, then the layers given."""
    first = [keras.Input((64,)), keras.layers.Dense(32, activation="relu")]
    return keras.Sequential([*first, *last])


def train(model, loss, X, y, new, metric="accuracy", epochs=8):
    """Train, and return what can be seen from outside: a dict."""
    model.compile(keras.optimizers.Adam(0.01), loss, metrics=[metric])
    all_new = tf.data.Dataset.from_tensors(new)
    before = model.evaluate(all_new, verbose=0)[0]
    pairs = tf.data.Dataset.from_tensor_slices((X, y))
    seen = model.fit(
        pairs.shuffle(len(y), seed=0).batch(32),
        epochs=epochs,
        shuffle=False,  # fit need not: the pipeline does
        validation_data=all_new,
        verbose=0,
    ).history
    answers = model(new[0]).numpy()
    return {**seen, "before": before, "range": (answers.min(), answers.max())}


keras.utils.set_random_seed(0)
healthy_model = network(keras.layers.Dense(10))
healthy = train(healthy_model, loss, X, y, new)
print(f"before training {healthy['before']:.2f}, ln 10 = {np.log(10):.2f}")
print(f"after eight epochs {healthy['val_accuracy'][-1]:.0%} of new digits")

# %% [markdown]
# The next two cells hold the programs, and are **folded**: a thin bar stands
# for each. Run them without opening them. You will see the code of each
# program once you have named its fault.

# %% jupyter={"source_hidden": true}
dense, mean_squared = keras.layers.Dense, keras.losses.MeanSquaredError
sparse = keras.losses.SparseCategoricalCrossentropy


def program_1():
    order = np.random.default_rng(1).permutation(len(X))
    X_shuffled, y_shuffled = X[order], y
    model = network(dense(10))
    return train(model, sparse(from_logits=True), X_shuffled, y_shuffled, new)


def program_2():
    model = network(dense(10, activation="softmax"), keras.layers.Softmax())
    return train(model, sparse(), X, y, new)


def program_3():
    loss = keras.losses.CategoricalCrossentropy(from_logits=True)
    return train(network(dense(10)), loss, X, y, new)


# %% [markdown]
# Programs 1, 2, 3 and 5 read digits. Program 4 predicts an amount: the balance
# of ink, how much darker the right half of an image is than the left, in
# percentage points. Program 6 takes over the trained hidden layer of the
# healthy network and learns a new task with it: is the digit even or odd?


# %% jupyter={"source_hidden": true}
def balance(X):
    halves = X.reshape(-1, 8, 2, 4).mean(axis=(1, 3))
    return 100 * (halves[:, 1:] - halves[:, :1])


def program_4():
    model = network(dense(1, activation="sigmoid"))
    new = (X_new, balance(X_new))
    return train(model, mean_squared(), X, balance(X), new, "mae")


def program_5():
    X_bytes, new_bytes = np.round(255 * X), np.round(255 * X_new)
    model = network(dense(10))
    new = (new_bytes, y_new)
    return train(model, sparse(from_logits=True), X_bytes, y, new)


def base_of(model):
    base = keras.Sequential([keras.Input((64,)), dense(32, activation="relu")])
    base.set_weights(model.layers[0].get_weights())
    return base


def program_6():
    model = keras.Sequential([base_of(healthy_model), dense(2)])
    model.trainable = False  # keep what the base has learned
    new = (X_new, y_new % 2)
    return train(model, sparse(from_logits=True), X, y % 2, new)


# %% [markdown]
# Now run all six, and keep errors and warnings as well.


# %%
def attempt(program):
    """What a program shows: its figures, and any message."""
    keras.utils.set_random_seed(0)
    with warnings.catch_warnings(record=True) as caught:
        warnings.simplefilter("always", UserWarning)
        try:
            seen = program()
        except ValueError as error:
            return {"message": f"ValueError: {error}"}
    said = [str(w.message) for w in caught if w.category is UserWarning]
    return {**seen, "message": f"UserWarning: {said[0]}" if said else ""}


programs = (program_1, program_2, program_3, program_4, program_5, program_6)
seen = {n: attempt(program) for n, program in enumerate(programs, 1)}


# %% [markdown]
# The doctor's sheet:


# %%
def sheet(seen):
    """Print a line for each program, and its message below."""
    print("program | loss before, after | new ones right | answers from, to")
    for n, one in seen.items():
        if "loss" in one:
            right = one.get("val_accuracy", [np.nan])[-1]
            share = f"{right:.0%}" if right == right else "(amount)"
            losses = f"{one['before']:8.4f} {one['val_loss'][-1]:8.4f}"
            low, high = one["range"]
            print(f"{n:7} | {losses}  | {share:>14} | {low:8.2f} {high:8.2f}")
        if one["message"]:
            print(f"{n:7} | {textwrap.shorten(one['message'], 150)}")


sheet(seen)


# %% [markdown]
# And the curves:


# %%
def draw_curves(ax, one):
    """Loss on training and new images; the latter from before training on."""
    epochs = np.arange(len(one["val_loss"]) + 1)
    curve = [one["before"], *one["val_loss"]]
    ax.plot(epochs[1:], one["loss"], "o-", color=plots.BLUE, label="training")
    ax.plot(epochs, curve, "s--", color=plots.ORANGE, label="new images")
    ax.set(xlabel="epoch", ylabel="loss")
    if max(curve) > 10 * min(curve):
        ax.set_yscale("log")
    else:
        ax.set_ylim(0, 1.2 * max(curve))


fig, axes = plt.subplots(2, 3, figsize=(11, 6))
for ax, (n, one) in zip(axes.flat, seen.items(), strict=True):
    if "loss" in one:
        draw_curves(ax, one)
    else:
        text = textwrap.fill(one["message"], 28)
        ax.text(0.5, 0.5, text, ha="center", va="center", size=9)
        ax.axis("off")
    ax.set_title(f"Program {n}")
axes[0, 0].legend(fontsize=8)
fig.suptitle("Five programs do not learn as they should, one does not start")
plt.tight_layout()
plt.show()

# %% [markdown]
# *In the figure:* six panels. 1: the training loss falls slowly from about 2.3,
# the dashed curve of the new images does not. 2: both curves fall together and
# flatten between 1.5 and 1.7. 3: no curves, but an error message. 4: both
# curves stay near 150. 5, on a logarithmic axis: the curves come down from
# more than 50. 6: both curves are level.
#
# Keep the sheet and the figure in view. Name each fault by its letter, **a**
# to **f**, from the list above. Then mend it: the lines of the program are
# shown below each choice, so cover them until you have chosen.
#
# ### Program 1

# %% exercise="fault_1"
answer = None  # a letter from "a" to "f"

fault_1 = ex.fault_1.check(answer)

# %% [markdown]
# The lines in question:
#
# ```python
# order = np.random.default_rng(1).permutation(len(X))
# X_shuffled, y_shuffled = X[order], y
# ```
#
# Write the second line as a function: both in the new order.


# %% exercise="mended_1"
def mended_1(X, y, order):
    """X and y as a pair, both in the new order: X (N, D), y (N,)."""
    ...  # your code here


mended_1 = ex.mended_1.check(mended_1)

# %% [markdown]
# ### Program 2

# %% exercise="fault_2"
answer = None  # a letter from "a" to "f"

fault_2 = ex.fault_2.check(answer)

# %% [markdown]
# The lines in question:
#
# ```python
# model = network(dense(10, activation="softmax"), keras.layers.Softmax())
# return train(model, sparse(), X, y, new)
# ```
#
# The first softmax gives at best a 1 and nine zeros. What does the second make
# of that, and what does it cost?

# %%
# NBVAL_CHECK_OUTPUT
perfect = np.array([1.0] + [0.0] * 9)
second = np.exp(perfect) / np.exp(perfect).sum()
print("probability", second[0].round(3), " loss", -np.log(second[0]).round(3))

# %% [markdown]
# That is the floor of the curve. A common way to get there is a softmax in the
# last layer together with `from_logits=True`. On TensorFlow, Keras notices
# that one, warns, and takes the logits from before the softmax; with other
# backends you get the floor.
#
# Write the model with one softmax, for the loss `sparse()`, which expects
# probabilities.


# %% exercise="mended_2"
def mended_2():
    """Program 2's network (not compiled), with probabilities at its end."""
    ...  # your code here


mended_2 = ex.mended_2.check(mended_2)

# %% [markdown]
# ### Program 3

# %% exercise="fault_3"
answer = None  # a letter from "a" to "f"

fault_3 = ex.fault_3.check(answer)

# %% [markdown]
# The lines in question:
#
# ```python
# loss = keras.losses.CategoricalCrossentropy(from_logits=True)
# return train(network(dense(10)), loss, X, y, new)
# ```
#
# Return the loss that fits: labels are whole numbers, outputs are logits.


# %% exercise="mended_3"
def mended_3():
    """The loss for whole-number labels (N,) and logits (N, C)."""
    ...  # your code here


mended_3 = ex.mended_3.check(mended_3)

# %% [markdown]
# ### Program 4

# %% exercise="fault_4"
answer = None  # a letter from "a" to "f"

fault_4 = ex.fault_4.check(answer)

# %% [markdown]
# The lines in question:
#
# ```python
# model = network(dense(1, activation="sigmoid"))
# ```
#
# The range of the targets, beside which the sheet's range of answers looks
# small:

# %%
# NBVAL_CHECK_OUTPUT
targets = balance(X_new)
print(f"targets from {targets.min():.1f} to {targets.max():.1f}")
reachable = np.clip(targets, 0, 1)
print(f"lowest possible loss {np.mean((targets - reachable) ** 2):.0f}")


# %% exercise="mended_4"
def mended_4():
    """Program 4's network (not compiled), for one amount of either sign."""
    ...  # your code here


mended_4 = ex.mended_4.check(mended_4)

# %% [markdown]
# ### Program 5

# %% exercise="fault_5"
answer = None  # a letter from "a" to "f"

fault_5 = ex.fault_5.check(answer)

# %% [markdown]
# The lines in question:
#
# ```python
# X_bytes, new_bytes = np.round(255 * X), np.round(255 * X_new)
# model = network(dense(10))
# ```
#
# The images come as bytes, as from a camera. Write a model that takes them so
# and scales them itself, to values from 0 to 1.


# %% exercise="mended_5"
def mended_5():
    """Program 5's network (not compiled), which scales bytes itself."""
    ...  # your code here


mended_5 = ex.mended_5.check(mended_5)

# %% [markdown]
# ### Program 6

# %% exercise="fault_6"
answer = None  # a letter from "a" to "f"

fault_6 = ex.fault_6.check(answer)

# %% [markdown]
# The lines in question:
#
# ```python
# model = keras.Sequential([base_of(healthy_model), dense(2)])
# model.trainable = False  # keep what the base has learned
# ```
#
# To freeze the base is a good idea: it knows how to look at digits. The new
# layer, however, must learn. Write the model so; your function is handed the
# base. (Set `trainable` before
# `compile`; a change afterwards counts only when you compile again.)


# %% exercise="mended_6"
def mended_6(base):
    """The base, frozen, and a new Dense(2) layer that learns; not compiled."""
    ...  # your code here


mended_6 = ex.mended_6.check(mended_6)

# %% [markdown]
# ### Mended
#
# For four epochs each. Programs 1 and 3 are not among them: mended, both are
# the healthy program.


# %%
def rerun(model, loss, y, y_new, X=X, X_new=X_new, metric="accuracy"):
    """Attempt the training of a mended model; model: a function."""
    new = (X_new, y_new)
    return attempt(lambda: train(model(), loss, X, y, new, metric, epochs=4))


def base_and_head():
    return mended_6(base_of(healthy_model))


X_bytes, new_bytes = np.round(255 * X), np.round(255 * X_new)
amounts = (balance(X), balance(X_new))

# %%
sheet(
    {
        2: rerun(mended_2, sparse(), y, y_new),
        4: rerun(mended_4, mean_squared(), *amounts, metric="mae"),
        5: rerun(mended_5, mended_3(), y, y_new, X_bytes, new_bytes),
        6: rerun(base_and_head, mended_3(), y % 2, y_new % 2),
    }
)

# %% [markdown]
# All of them learn now. What to take along, in the order in which it pays to
# look:
#
# 1. Read the message, all of it; the shapes in it name the culprit.
# 2. Is the first loss what an untrained network should have, ln C for C
#    classes? If not: scale, or last activation.
# 3. Does the loss move at all? If not: what is trainable?
# 4. Does it stop at a floor? Work out which answers the last layer can give.
# 5. Does the training set improve, and the new examples stay at chance? Look
#    at some pairs of input and label, with your eyes.
#
# ## 9. The same code without TensorFlow

# %%
# NBVAL_CHECK_OUTPUT
print(keras.backend.backend())

# %% [markdown]
# Keras does no arithmetic of its own. It hands it to a *backend*: TensorFlow,
# JAX or PyTorch, and for predictions alone OpenVINO. The environment variable
# `KERAS_BACKEND`, set before `import keras`, chooses; the package must be
# installed. In this course only TensorFlow is, and `quiet_start` in the first
# cell chooses it. A `.keras` file can be loaded under any of them. Of what you
# wrote in this chapter, `Gain`, `lopsided`, `LateShare` and `StopAtGoal` would
# run unchanged, as long as they use only `keras.ops` and Keras' own methods.
# `fit_by_hand` and `Mixup` would not: a tape is TensorFlow's, and each backend
# has its own way to gradients.
#
# When would you change? If the code that you must work with, models of others
# or a team's own, is in PyTorch or JAX; if you have accelerators and have
# *measured* that another backend trains your model faster. When not? If you
# rely on TensorFlow's parts around it, such as LiteRT and Serving, or if
# nothing hurts. For networks as small as these the choice decides nothing.
#
# ### Explain it to a friend
#
# A friend asks: "You write `model.fit(X, y)`, and it learns. What happens in
# there?" Answer in a few sentences, in quotation marks.

# %% exercise="explain"
answer = None  # your text, in quotation marks

explain = ex.explain.check(answer)

# %% [markdown]
# ## Recap
#
# - **Build**: a list, functions, a class, NumPy; equal weights give equal
#   outputs. A Dense layer has one weight for each pair and one bias for each
#   unit, and works along the last axis
# - **Open**: compile notes, fit loops; your loop gives the same losses, and a
#   second fit goes on
# - **Extend**: `build`, `call` and `get_config`; a loss made of keras.ops; a
#   metric that remembers; a callback that stops; a `train_step`
# - **Save**: `.keras` for everything, `.weights.h5` for arrays; code in a file
#   is refused
# - **Diagnose**: the message, the first loss, whether it moves, its floor, and
#   what holds for new examples
#
# ## Recall
#
# Three questions on what came before.
#
# 1. Under a `GradientTape` you compute `y = np.exp(w) * 2` with a TensorFlow
#    variable w. What is the tape's gradient of y for w? **a)** None, **b)** 0,
#    **c)** the right one, 2 eʷ

# %% exercise="recall_tape"
answer = None  # "a", "b" or "c"

recall_tape = ex.recall_tape.check(answer)

# %% [markdown]
# 2. 1,200 examples, batches of 64, 3 epochs. How many steps does gradient
#    descent take?

# %% exercise="recall_steps"
answer = None  # a whole number

recall_steps = ex.recall_steps.check(answer)

# %% [markdown]
# 3. You add 5 to each of the ten logits of an image. What happens to the
#    probabilities that softmax makes of them? **a)** they grow, **b)**
#    nothing, **c)** the largest grows and the others shrink

# %% exercise="recall_softmax"
answer = None  # "a", "b" or "c"

recall_softmax = ex.recall_softmax.check(answer)

# %% [markdown]
# ## Further reading
#
# - [Keras: making new layers and
#   models](https://keras.io/guides/making_new_layers_and_models_via_subclassing/):
#   goes on where `Gain` stops, with nested layers, masks and several outputs.
# - [Keras: customising what happens in
#   fit](https://keras.io/guides/custom_train_step_in_tensorflow/): `train_step`
#   with sample weights and metrics, and `test_step` beside it.
# - [Keras: saving and
#   serialisation](https://keras.io/guides/serialization_and_saving/): all that
#   is in a `.keras` file, and what to do about custom objects.
# - [Andrej Karpathy, A recipe for training neural
#   networks](https://karpathy.github.io/2019/04/25/recipe/): how somebody with
#   much practice looks for faults that raise no error.
#
# When you are done, choose *Kernel → Shut Down Kernel* to free the memory.
