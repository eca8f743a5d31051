# ---
# jupyter:
#   kernelspec:
#     display_name: Python 3 (ipykernel)
#     language: python
#     name: python3
# ---

# %% [markdown]
# # Compute with TensorFlow
#
# Chapter 03 trained a network of 32 parameters by nudging each of them up and
# down: 64 forward passes for one step, 32,000 for the whole training. In this
# chapter one line gives you all the slopes at once.
#
# ## What you will be able to do
#
# - **Map** TensorFlow's parts, and say which one a task needs
# - **Compute** with tensors, and find out why a shape or a type is wrong
# - **Differentiate** any loss with a tape, and say why a gradient is `None`
# - **Train** two regressions and a network with nothing but a tape
# - **Speed up** a function and a pipeline of data, and say when it pays;
#   repeat a result; mend three errors that everybody meets
#
# ## Before you start
#
# Work through [Make a network learn](03_make_a_network_learn.ipynb) first: its
# loss, its network and its numerical gradient come back here. This chapter
# takes 50 minutes and about 800 MB of memory; run from top to bottom it
# computes for less than a minute.

# %%
from course_utils import runtime

with runtime.quiet_start():
    import keras
    import tensorflow as tf

import random
import tempfile
import time
from itertools import pairwise
from pathlib import Path

import matplotlib.pyplot as plt
import numpy as np
from sklearn.datasets import make_moons

from course_utils import plots
from course_utils.exercises import chapter_04 as ex

# %% [markdown]
# ## 1. One map
#
# What is TensorFlow for? It computes with tables of numbers, finds slopes, and
# does both on whatever machine there is: a laptop, a graphics card, a hundred
# servers, a phone. It is open source, made at Google. Around the core stand
# parts with jobs of their own:
#
# | Part | What it does | When you need it |
# |---|---|---|
# | Core, `tf` | tensors, slopes, graphs | always; sections 2 to 5 |
# | [Keras](https://keras.io) | networks from ready-made layers; a package of its own, which also runs on JAX and PyTorch | for most networks: chapter 05 |
# | [`tf.data`](https://www.tensorflow.org/guide/data) | brings examples to the training in batches | when data is large, or slow to read: section 6 |
# | [`tf.distribute`](https://www.tensorflow.org/guide/distributed_training) | one training on several devices or machines | when one device is too slow |
# | [LiteRT](https://ai.google.dev/edge/litert) | small files that run on phones and boards; until 2024 it was called TensorFlow Lite | when there is no server, or the data must not leave the device |
# | [Serving](https://www.tensorflow.org/tfx/guide/serving) | answers requests with a model, many a second | when other programs ask over a network |
# | [TensorBoard](https://www.tensorflow.org/tensorboard) | curves and graphs of a training; a package of its own | when you compare many trainings: chapter 05 |
# | [Kaggle Models](https://www.kaggle.com/models) | trained models to start from; TensorFlow Hub moved there | when your own data is scarce |
#
# TensorFlow is praised for three things. The table is the first, an
# **ecosystem**: you do not need most of it, until you do. The second,
# **flexible and scalable**, is easily said, so here it is at work. This is a
# model, the smallest there is: two weights and a ReLU. Do not stop at each
# word; the sections below explain them.


# %%
class Scorer(tf.Module):
    """A model with two weights: relu(X @ W)."""

    def __init__(self):
        self.W = tf.Variable([[2.0], [-1.0]])

    @tf.function(input_signature=[tf.TensorSpec([None, 2])])
    def __call__(self, X):
        return tf.nn.relu(X @ self.W)


# %% [markdown]
# Now the same model in four places: in this program; under the roof of
# `tf.distribute`, where the line that names the devices is the only one to
# change; in a folder that Serving can read; and as a file for a phone.

# %%
scorer = Scorer()
X = tf.constant([[3.0, 1.0], [1.0, 4.0]])
strategy = tf.distribute.OneDeviceStrategy("/CPU:0")

folder = Path(tempfile.mkdtemp()) / "scorer"
tf.saved_model.save(scorer, str(folder))
served = tf.saved_model.load(str(folder))
converter = tf.lite.TFLiteConverter.from_saved_model(str(folder))
phone_file = converter.convert()

# %%
print("here       ", scorer(X).numpy().ravel())
print("distributed", strategy.run(scorer, args=(X,)).numpy().ravel())
print("for Serving", served(X).numpy().ravel(), "loaded without the class")
print("for LiteRT ", f"a file of {len(phone_file):,} bytes")

# %% [markdown]
# On a machine with several graphics cards, `tf.distribute.MirroredStrategy()`
# would be that other line. (The converter still answers to the old name,
# `tf.lite`; the runtime on the phone is LiteRT.)
#
# The third is a **community**. What it gives you is a memory: nearly
# every error message that you will meet has been met. Put its last line in
# quotation marks into the search of
# [TensorFlow's issues](https://github.com/tensorflow/tensorflow/issues). The
# [guides](https://www.tensorflow.org/guide) are notebooks that you can run.
#
# Now choose. A botanist has trained a classifier for leaves. Hikers shall use
# it in the mountains, without a network. Which part does the job?
#
# - **a)** Serving
# - **b)** `tf.distribute`
# - **c)** LiteRT
# - **d)** TensorBoard

# %% exercise="which_part"
answer = None  # "a", "b", "c" or "d"

which_part = ex.which_part.check(answer)

# %% [markdown]
# ## 2. Tensors
#
# A **tensor** is a table of numbers with any number of axes, such as a NumPy
# array. What is different?

# %%
# NBVAL_CHECK_OUTPUT
t = tf.constant([[1.0, 2.0, 3.0], [4.0, 5.0, 6.0]])
print("shape", t.shape, " type", t.dtype.name)
print(tf.reduce_sum(t, axis=1).numpy(), (t @ tf.transpose(t)).numpy().ravel())

# %% [markdown]
# Each operation runs at once and returns a new tensor. That is called *eager*
# execution. Most names are NumPy's, with `reduce_` before those that make an
# axis disappear: `reduce_sum`, `reduce_mean`, `reduce_max`. What NumPy writes
# as a method is a function here: `tf.reshape(t, (3, 2))` and `tf.transpose(t)`,
# for a tensor has neither `.reshape` nor `.T`. (Whoever uses one of these gets an
# error that recommends a switch for NumPy's behaviour. Leave it off: it changes the
# rules for types below, too.)
#
# ### Three differences
#
# **A tensor never changes.** This is refused:

# %%
try:
    t[0, 0] = 9.0
except TypeError as error:
    print(error)

# %% [markdown]
# What has to change, such as a weight, lives in a **variable**:

# %%
# NBVAL_CHECK_OUTPUT
w = tf.Variable([1.0, 2.0])
w.assign_add([10.0, 10.0])
print(w.numpy())
w.assign(w / 2)
print(w.numpy())

# %% [markdown]
# **Numbers are float32.** NumPy makes float64 of `1.0`, twice the memory for
# digits that no network needs; TensorFlow makes float32, and int32 of `1`.
#
# **Types are never changed unasked**: int32 plus float32 is an error, and so is
# `tf.constant([1, 2]) + 0.5`; you will mend one in section 8. With one exception, and it is worse than the
# error. Beside a tensor, a NumPy array takes on the tensor's type:

# %%
# NBVAL_CHECK_OUTPUT
counts = tf.constant([1, 2])
print(counts + np.array([0.5, 0.9]))

# %% [markdown]
# One plus a half is one, and nobody says a word: 0.5 and 0.9 were cut to 0.
# The remedy is to look at `dtype`, and to ask for a change in words:
# `tf.cast(counts, tf.float32)`.
#
# ### What is shared with NumPy
#
# NumPy's functions take tensors, and TensorFlow's take arrays. But is the
# memory the same? If it were, writing to one would change the other.

# %%
array = np.array([1.0, 2.0, 3.0])
tensor = tf.constant(array)
view = np.asarray(tensor)

print("constant(array) shares:", np.shares_memory(array, view))
print(".numpy() shares:       ", np.shares_memory(tensor.numpy(), view))
print("asarray(tensor) shares:", np.shares_memory(np.asarray(tensor), view))
print("may be written to:     ", view.flags.writeable)

# %% [markdown]
# Into TensorFlow numbers are copied; `.numpy()` gives you a copy of your own.
# Only `np.asarray`, which NumPy's functions use, looks at the tensor's own
# memory as long as that is the computer's main memory, and then it may not be
# written to. So neither side can change numbers behind the other's back.
#
# ### Broadcasting, where beginners fail
#
# Shapes that differ are made equal, if they can be: compare them from the
# right; an axis of length 1, or a missing one, is repeated. A network gives
# predictions as a column, `(5, 1)`; the targets lie flat, `(5,)`. **What shape
# has predictions − targets?**
#
# - **a)** (5,)
# - **b)** (5, 1)
# - **c)** (5, 5)
# - **d)** None: it is an error.

# %% exercise="difference_shape"
guess = None  # "a", "b", "c" or "d"

difference_shape = ex.difference_shape.check(guess)

# %%
difference = tf.ones((5, 1)) - tf.ones(5)
outcomes = {(5,): "a", (5, 1): "b", (5, 5): "c"}
ex.difference_shape.reveal(outcomes[tuple(difference.shape)])

# %% [markdown]
# A loss computed from that is a number, it even falls in training, and it is
# wrong. Write the mean squared error so that it cannot happen.


# %% exercise="column_error"
def column_error(predictions, targets):
    """Mean squared error of predictions (N, 1) and targets (N,)."""
    ...  # your code here


column_error = ex.column_error.check(column_error)

# %%
# NBVAL_CHECK_OUTPUT
predicted = tf.constant([[1.0], [2.0], [3.0]])
targets = tf.constant([1.0, 2.0, 3.0])
print("right:", float(column_error(predicted, targets)))
wrong = tf.reduce_mean((predicted - targets) ** 2)
print("all pairs:", round(float(wrong), 3))

# %% [markdown]
# Perfect predictions, and the second loss says that they are not.
#
# The other classic is an axis that disappears when it should stay. Take the
# mean of each *row* away from that row. For a square table a wrong solution
# runs without a word, so think of a table of 2 × 4.


# %% exercise="centre_rows"
def centre_rows(X):
    """Each row of X minus its own mean: same shape (N, D)."""
    ...  # your code here


centre_rows = ex.centre_rows.check(centre_rows)

# %% [markdown]
# ## 3. The tape
#
# Back to the taxi of chapter 03: fare = w · distance. At w = 2 you nudged, and
# the ratio settled at −5. Now let TensorFlow watch the computation:

# %%
# NBVAL_CHECK_OUTPUT
km = tf.constant([1.0, 1.0, 2.0, 2.0])
euro = tf.constant([3.2, 2.8, 5.9, 6.1])

w = tf.Variable(2.0)
with tf.GradientTape() as tape:
    loss = tf.reduce_mean((w * km - euro) ** 2)
print(f"loss {loss:.3f}, slope {tape.gradient(loss, w):.3f}")

# %% [markdown]
# The same −5, with nothing nudged. Inside the `with` block the **tape** writes
# down every operation: a product, a difference, a square, a mean. The slope of
# each of them is known. `gradient` goes through the list backwards and
# multiplies these slopes together. (Why that is right is the matter of
# chapter 07, where you write such a tape yourself.)
#
# It works for any number of parameters. With a fixed charge b, chapter 03
# found the gradient (−5, −3):

# %%
# NBVAL_CHECK_OUTPUT
b = tf.Variable(0.0)
with tf.GradientTape() as tape:
    loss = tf.reduce_mean((w * km + b - euro) ** 2)
slopes = tape.gradient(loss, [w, b])
print([round(float(slope), 3) for slope in slopes])

# %% [markdown]
# Your `numerical_gradient` took a loss and an array of parameters. Write its
# twin with a tape: any loss that is made of TensorFlow's operations, parameters
# of any shape, whole numbers among them, computed in float64.


# %% exercise="tape_gradient"
def tape_gradient(loss, params):
    """Slope of the loss along each entry: same shape, float64."""
    ...  # your code here


tape_gradient = ex.tape_gradient.check(tape_gradient)

# %% [markdown]
# ### The tape against the nudges
#
# Can you trust it? You have a judge: the numerical gradient, slow and hard to
# get wrong. This is it, as in chapter 03:


# %%
def numerical_gradient(loss, params_array, h=1e-5):
    """Slope of the loss along each entry: same shape, float64."""
    params = np.array(params_array, dtype=float)
    slopes = np.zeros_like(params)
    for index in np.ndindex(params.shape):
        kept = params[index]
        params[index] = kept + h
        above = float(loss(params))
        params[index] = kept - h
        slopes[index] = (above - float(loss(params))) / (2 * h)
        params[index] = kept
    return slopes


# %% [markdown]
# And this is the network 2-6-2 of chapter 03 on its half-moons, translated:
# `np.maximum(0, …)` is now `tf.nn.relu`, and one function of TensorFlow does
# softmax and cross-entropy in one go, from the scores. (Those are called
# *logits*.)

# %%
X_moons, y_moons = make_moons(200, noise=0.2, random_state=0)
X, y = tf.constant(X_moons), tf.constant(y_moons)
widths = [2, 6, 2]


# %%
def unpack(vector, widths):
    """Pairs (W, b) of a network with these widths, cut from one vector."""
    pairs = list(pairwise(widths))
    sizes = [size for D, H in pairs for size in (D * H, H)]
    parts = tf.split(vector, sizes)
    Ws = [
        tf.reshape(W, pair) for W, pair in zip(parts[::2], pairs, strict=True)
    ]
    return list(zip(Ws, parts[1::2], strict=True))


# %% [markdown]
# The forward pass, and the loss, which counts how often it is called:


# %%
def forward(X, params):
    """Scores (N, C) of the network for the examples X (N, D)."""
    A = X
    for W, b in params[:-1]:
        A = tf.nn.relu(A @ W + b)
    W, b = params[-1]
    return A @ W + b


# %%
def moon_loss(vector):
    """Cross-entropy of the network on the moons; counts its calls."""
    moon_loss.passes += 1
    Z = forward(X, unpack(vector, widths))
    costs = tf.nn.sparse_softmax_cross_entropy_with_logits(y, Z)
    return tf.reduce_mean(costs)


# %% [markdown]
# `random_start` is that of chapter 03, too:


# %%
def random_start(widths, seed=0):
    """Vector of random weights and zero biases."""
    rng, parts = np.random.default_rng(seed), []
    for D, H in pairwise(widths):
        parts += [rng.normal(0, np.sqrt(2 / D), D * H), np.zeros(H)]
    return np.concatenate(parts)


# %% [markdown]
# Compare all 32 slopes, and count the passes:

# %%
# NBVAL_CHECK_OUTPUT
start = random_start(widths)
found = {}
for way in (numerical_gradient, tape_gradient):
    moon_loss.passes = 0
    found[way] = np.asarray(way(moon_loss, start))
    print(found[way].shape, "slopes from", moon_loss.passes, "forward passes")

far = np.abs(found[numerical_gradient] - found[tape_gradient]).max()
print("the two differ by less than 1e-8:", far < 1e-8)

# %% [markdown]
# They agree. The tape is even the better one: it has no h, and so no error
# from h.
#
# ### Once, several times, twice over
#
# A tape is used up by one question. For more, make it **persistent**:

# %%
# NBVAL_CHECK_OUTPUT
x = tf.Variable(3.0)
with tf.GradientTape() as tape:
    y_of_x = x**2
print("first question:", tape.gradient(y_of_x, x).numpy())
try:
    tape.gradient(y_of_x, x)
except RuntimeError as error:
    print(str(error)[:32], "…")

# %%
# NBVAL_CHECK_OUTPUT
with tf.GradientTape(persistent=True) as tape:
    square, cube = x**2, x**3
print(tape.gradient(square, x).numpy(), tape.gradient(cube, x).numpy())

# %% [markdown]
# Most often you want the slopes of one loss for many parameters. For that one
# question is enough: hand over the list.
#
# A tape can also watch another tape at work. Then you get the slope of the
# slope, called the **curvature**: how fast the slope changes. Write it.


# %% exercise="slope_and_curvature"
def slope_and_curvature(f, w):
    """First and second derivative of f at the number w: two numbers."""
    ...  # your code here


slope_and_curvature = ex.slope_and_curvature.check(slope_and_curvature)


# %%
# NBVAL_CHECK_OUTPUT
def fare_loss(w):
    """Loss of the taxi neuron with the weight w: one number."""
    return tf.reduce_mean((w * km - euro) ** 2)


for place in (2.0, 0.0):
    pair = [round(float(v), 2) for v in slope_and_curvature(fare_loss, place)]
    print(f"w = {place}: slope, curvature", pair)

# %% [markdown]
# Chapter 03 noticed that at the distance d from the lowest point the slope is
# 5d. Here is the 5: the curvature, the same everywhere in this bowl.
#
# ### Four traps
#
# Each of these programs computes a loss (the first thing that it returns) from
# a source (the second). Each gets the right loss, and for each the tape says
# `None`: it knows of no way from the source to the loss. They share two
# variables and a constant:

# %%
weight, total = tf.Variable(3.0), tf.Variable(0.0)
price = tf.constant(3.0)

# %% [markdown]
# The programs:


# %%
def program_a():
    total.assign(2 * weight)
    return total**2, weight


def program_b():
    return tf.constant(np.square(weight)), weight


def program_c():
    return price**2, price


def program_d():
    rounded = tf.cast(weight, tf.int32)
    return tf.cast(rounded, tf.float32) ** 2, weight


# %%
# NBVAL_CHECK_OUTPUT
for program in (program_a, program_b, program_c, program_d):
    with tf.GradientTape() as tape:
        loss, source = program()
    print(program.__name__, loss.numpy(), tape.gradient(loss, source))

# %% [markdown]
# Why? For each program choose one reason:
#
# - **a)** NumPy computes a part of it.
# - **b)** There is an integer on the way.
# - **c)** The tape does not watch the source.
# - **d)** An assignment stands between source and loss.
#
# Program A:

# %% exercise="trap_a"
answer = None  # "a", "b", "c" or "d"

trap_a = ex.trap_a.check(answer)

# %% [markdown]
# Program B:

# %% exercise="trap_b"
answer = None  # "a", "b", "c" or "d"

trap_b = ex.trap_b.check(answer)

# %% [markdown]
# Program C:

# %% exercise="trap_c"
answer = None  # "a", "b", "c" or "d"

trap_c = ex.trap_c.check(answer)

# %% [markdown]
# Program D:

# %% exercise="trap_d"
answer = None  # "a", "b", "c" or "d"

trap_d = ex.trap_d.check(answer)

# %% [markdown]
# All four have the same cure in the end: from the source to the loss, nothing
# but TensorFlow's operations on real numbers, and a source that is watched. A
# `None` is good news, by the way: it comes at once. A part of the loss that is
# cut off in this way, while the rest is not, gives a gradient that is a number
# and wrong. The judge of such cases is your `numerical_gradient`.
#
# ## 4. Train from scratch
#
# ### Linear regression
#
# Four hundred noisy points on the line 1.5 x + 0.5, as in section 4 of chapter
# 03. Write one step: the mean squared error on the tape, the gradients of `W` and
# `b`, and both variables moved. Here `X` is (N, D), `W` is (D, K), and `y` is
# (N, K); the mean is over all N × K entries.


# %% exercise="train_step"
def train_step(X, y, W, b, rate):
    """Move W and b one step downhill; return the loss before the step."""
    ...  # your code here


train_step = ex.train_step.check(train_step)

# %%
rng = np.random.default_rng(0)
x_line = rng.uniform(-1, 1, (400, 1))
y_line = 1.5 * x_line + 0.5 + rng.normal(0, 0.5, (400, 1))

W = tf.Variable(np.full((1, 1), -2.0))
b = tf.Variable(np.full(1, 2.0))
line_losses = [float(train_step(x_line, y_line, W, b, 0.3)) for _ in range(60)]
print(f"W {W.numpy()[0, 0]:.2f}, b {b.numpy()[0]:.2f}", end="; ")
print(f"loss {line_losses[0]:.2f} before, {line_losses[-1]:.2f} after")

# %% [markdown]
# The line is found. The loss ends near 0.25, the square of the noise, 0.5:
# below that no line can get.
#
# ### Logistic regression
#
# For two classes a linear model gives one score for each example, the logit
# $z$, and the sigmoid turns it into the probability of class 1. Its
# cross-entropy is what you make small:
#
# $$ L = -\frac{1}{N} \sum_{i=1}^{N} \left( y_i \ln σ(z_i) +
# (1 - y_i) \ln (1 - σ(z_i)) \right), \qquad σ(z) = \frac{1}{1 + e^{-z}} $$
#
# Write it for logits of shape `(N, 1)`, float32 or float64, and labels `(N,)`,
# whole numbers 0 or 1. A logit of 1000 must not upset it, so do not compute σ yourself.
# `tf.nn.sigmoid_cross_entropy_with_logits` has it built in.


# %% exercise="logistic_loss"
def logistic_loss(logits, labels):
    """Mean cross-entropy of logits (N, 1) and labels 0 or 1 (N,)."""
    ...  # your code here


logistic_loss = ex.logistic_loss.check(logistic_loss)

# %% [markdown]
# The loop is the same for any loss: record, ask, move. On the half-moons:


# %%
def descend(loss, variables, rate, steps):
    """Move the variables downhill, step by step."""
    for _ in range(steps):
        with tf.GradientTape() as tape:
            value = loss()
        slopes = tape.gradient(value, variables)
        for variable, slope in zip(variables, slopes, strict=True):
            variable.assign_sub(rate * slope)


# %%
W = tf.Variable(tf.zeros((2, 1), tf.float64))
b = tf.Variable(tf.zeros(1, tf.float64))
descend(lambda: logistic_loss(X @ W + b, y), [W, b], rate=1.0, steps=100)
hits = ((X @ W + b).numpy()[:, 0] > 0) == y_moons
print(f"logistic regression: {np.mean(hits):.1%}")

# %% [markdown]
# Between 80 and 90 %: a straight line cannot part the moons. The network can.
#
# ### The network of chapter 03
#
# Its training took 32,000 forward passes: 32 parameters, two passes for each,
# 500 steps. You have replaced the gradient, and nothing else needs to change.
# `adam_step` is the one that you wrote.


# %%
def adam_step(w, gradient, state, learning_rate, beta1=0.9, beta2=0.999):
    """Return the new weights and the new state (m, v, t)."""
    m, v, t = state
    t += 1
    m = beta1 * m + (1 - beta1) * gradient
    v = beta2 * v + (1 - beta2) * gradient**2
    m_hat, v_hat = m / (1 - beta1**t), v / (1 - beta2**t)
    return w - learning_rate * m_hat / (np.sqrt(v_hat) + 1e-8), (m, v, t)


# %%
def train(gradient, steps):
    """Return parameters after so many steps, passes and seconds."""
    vector, moon_loss.passes = start, 0
    state = (np.zeros_like(start), np.zeros_like(start), 0)
    began = time.perf_counter()
    for _ in range(steps):
        slopes = np.asarray(gradient(moon_loss, vector))
        vector, state = adam_step(vector, slopes, state, 0.05)
    return vector, moon_loss.passes, time.perf_counter() - began


# %% [markdown]
# First 10 steps in both ways, then all 500 with the tape:

# %%
nudged, nudge_passes, nudge_seconds = train(numerical_gradient, 10)
taped, tape_passes, tape_seconds = train(tape_gradient, 10)
print(f"forward passes {nudge_passes:,} and {tape_passes}", end="; ")
print("same parameters:", np.allclose(nudged, taped, atol=1e-5))
print(f"the tape is {nudge_seconds / tape_seconds:.0f} times as fast")

# %%
trained, passes, _ = train(tape_gradient, 500)
guesses = forward(X, unpack(trained, widths)).numpy().argmax(axis=1)
print(f"500 steps, {passes} passes: loss {moon_loss(trained):.3f}", end=", ")
print(f"accuracy {np.mean(guesses == y_moons):.1%}")

# %% [markdown]
# Five hundred forward passes, and as many backward, where there were 32,000,
# and the loss ends where chapter 03 ended.

# %%
grid = np.meshgrid(np.linspace(-2, 3, 150), np.linspace(-1.7, 2.2, 120))
flat = np.stack([part.ravel() for part in grid], axis=1)
scores = forward(flat, unpack(trained, widths)).numpy()
maps = {
    "logistic regression": (flat @ W + b).numpy()[:, 0],
    "network 2-6-2": scores[:, 1] - scores[:, 0],
}

# %%
fig, axes = plt.subplots(1, 2, figsize=(9, 3.4), sharey=True)
fig.suptitle("A straight border for 3 parameters, a bent one for 32")
for ax, (name, heights) in zip(axes, maps.items(), strict=True):
    ax.contour(*grid, heights.reshape(grid[0].shape), [0], colors="k")
    for label, mark, colour in ((0, "o", plots.BLUE), (1, "^", plots.ORANGE)):
        points = X_moons[y_moons == label]
        ax.plot(*points.T, mark, color=colour, markersize=4)
    ax.set(xlabel="first input")
    ax.set_title(name, fontsize=10)
axes[0].set_ylabel("second input")
fig.tight_layout()
plt.show()

# %% [markdown]
# *In the figure:* two interleaved half-moons of circles and triangles, twice,
# with a black border. That of the logistic regression is straight and cuts off
# the tips of both moons; that of the network winds between them.
#
# ### The price, predicted
#
# For 32 parameters, 64 forward passes became one forward and one backward.
# And for the network of chapter 06, with its 101,770 parameters? Compare two
# things on one batch: a forward pass, and a forward pass with all slopes from
# the tape. **How many forward passes do all the slopes cost?**
#
# - **a)** Fewer than 100
# - **b)** 100 to 10,000
# - **c)** More: about 200,000, two for each parameter

# %% exercise="tape_cost"
guess = None  # "a", "b" or "c"

tape_cost = ex.tape_cost.check(guess)

# %%
wide = [784, 128, 10]
digits = tf.constant(rng.random((128, 784)), tf.float32)
names = tf.constant(rng.integers(0, 10, 128))
large = tf.Variable(random_start(wide), dtype=tf.float32)

# %% [markdown]
# The pass, and the pass with all slopes:


# %%
def digit_loss():
    """Cross-entropy of 784-128-10 on a batch of 128 random images."""
    Z = forward(digits, unpack(large, wide))
    costs = tf.nn.sparse_softmax_cross_entropy_with_logits(names, Z)
    return tf.reduce_mean(costs)


def all_slopes():
    """Gradient of the loss for all 101,770 parameters."""
    with tf.GradientTape() as tape:
        loss = digit_loss()
    return tape.gradient(loss, large)


# %% [markdown]
# A first call prepares things, and any call may be disturbed by other
# programs, so take the shortest of several:


# %%
def seconds(function, *arguments, repeats=10):
    """Shortest time of several calls, after one to warm up."""
    function(*arguments)
    times = []
    for _ in range(repeats):
        began = time.perf_counter()
        function(*arguments)
        times.append(time.perf_counter() - began)
    return min(times)


# %%
cost = seconds(all_slopes) / seconds(digit_loss)
print(f"{large.shape[0]:,} slopes cost {cost:.1f} forward passes")
ex.tape_cost.reveal("a" if cost < 100 else "b" if cost < 10_000 else "c")

# %% [markdown]
# This is what makes deep learning possible at all.
#
# ## 5. Compile with `tf.function`
#
# An eager operation is a trip from Python to TensorFlow and back. When the
# operation is small, the trip is what costs. `tf.function` makes one trip of
# many: it runs your Python code **once**, with placeholders in place of
# numbers, and notes which operations happen. That is **tracing**; the note is
# called a **graph**. From then on the graph runs, and your Python code does
# not.
#
# What does that do to a `print`? It is Python code. Here the function is called
# four times, with two numbers and then with two arrays of two numbers. **How
# many lines come out?**

# %% exercise="trace_count"
guess = None  # a whole number

trace_count = ex.trace_count.check(guess)


# %%
@tf.function
def doubled(x):
    """Return twice x; count in two ways."""
    print("tracing for shape", x.shape)
    runs.assign_add(1)
    return 2 * x


runs = tf.Variable(0)
for value in (1.0, 2.0, [1.0, 2.0], [3.0, 4.0]):
    doubled(tf.constant(value))
ex.trace_count.reveal(doubled.experimental_get_tracing_count())
print("assign_add ran", runs.numpy(), "times")

# %% [markdown]
# One line for each shape: a graph is made for one combination of types and
# shapes, kept, and used again. The `assign_add` is an operation of TensorFlow,
# so it stands in the graph and ran four times. (`tf.print` is one, too.)
#
# So side effects of Python happen once per tracing: printing, counting,
# appending to a list, drawing from `np.random`. Your `moon_loss` counts its
# calls in Python. Compile its gradient and look:


# %%
# NBVAL_CHECK_OUTPUT
@tf.function
def moon_gradient(vector):
    """Gradient of the loss on the moons."""
    with tf.GradientTape() as tape:
        tape.watch(vector)
        loss = moon_loss(vector)
    return tape.gradient(loss, vector)


moon_loss.passes = 0
for _ in range(100):
    slopes = moon_gradient(tf.constant(start))
print("counted passes:", moon_loss.passes)
print("same slopes:", np.allclose(slopes, tape_gradient(moon_loss, start)))

# %% [markdown]
# A hundred gradients and one counted pass. What was gained?

# %%
point = tf.constant(start)
eager = seconds(tape_gradient, moon_loss, start)
compiled = seconds(moon_gradient, point)
print(f"compiled, a gradient is {eager / compiled:.1f} times as fast")

# %% [markdown]
# ### When it helps, and when not
#
# Two candidates: a hundred tiny operations on ten numbers, and three products
# of large matrices. **Which gains the larger factor from `tf.function`?**
#
# - **a)** The hundred tiny operations.
# - **b)** The large matrix products.
# - **c)** About the same factor.

# %% exercise="which_gains"
guess = None  # "a", "b" or "c"

which_gains = ex.which_gains.check(guess)


# %%
def many_small(x):
    """One hundred operations on few numbers."""
    for _ in range(50):
        x = x * 0.99 + 0.01
    return x


def few_large(x):
    """Three products of large matrices."""
    return x @ x @ x @ x


# %% [markdown]
# Each one eager and compiled:

# %%
gains = []
for function, x in (
    (many_small, tf.ones(10)),
    (few_large, tf.ones((500, 500))),
):
    fast = tf.function(function)
    gains.append(seconds(function, x) / seconds(fast, x))
    print(f"{function.__name__:10} {gains[-1]:5.1f} times as fast")

ratio = gains[0] / gains[1]
ex.which_gains.reveal("a" if ratio > 1.5 else "b" if ratio < 0.67 else "c")

# %% [markdown]
# And tracing itself has a price. How many eager calls would it have paid for?

# %%
began = time.perf_counter()
tf.function(many_small)(tf.ones(10))
tracing = time.perf_counter() - began
calls = tracing / seconds(many_small, tf.ones(10))
print(f"tracing took as long as {calls:.0f} eager calls")

# %% [markdown]
# So compile what is called often and made of many small operations, such as a
# step of training. Leave alone what is called a few times, what one large
# operation dominates, and what you are still debugging.
#
# ### Traced over and over
#
# Tensors are asked for their type and shape. A *Python* number is different:
# its value goes into the graph like any constant of your code. Another value
# needs another graph. Here is a step of a training, with a falling rate:


# %%
# NBVAL_CHECK_OUTPUT
@tf.function
def stepped(w, rate):
    """One step of gradient descent towards 3."""
    return w - rate * 2 * (w - 3.0)


w = tf.constant(0.0)
for rate in (0.4, 0.2, 0.1, 0.05):
    w = stepped(w, rate)
print("four calls,", stepped.experimental_get_tracing_count(), "tracings")

# %% [markdown]
# Each call pays for a tracing: slower than without `tf.function`. After some
# more TensorFlow would log a warning, if this course let it. Mend such a call:
# `compiled` is a function like `stepped`, of `x` and a rate. Add up
# `compiled(x, rate)` over all rates, a list of Python numbers, so that it is
# traced once.


# %% exercise="total_over"
def total_over(compiled, x, rates):
    """Sum of compiled(x, rate) over the rates, with one tracing in all."""
    ...  # your code here


total_over = ex.total_over.check(total_over)

# %% [markdown]
# Two other causes: a `tf.function` made inside a loop, a new one each time; and
# shapes that change, such as a smaller last batch. For shapes there is
# `input_signature`, which you saw in section 1: `[None, 2]` is any number of
# rows.
#
# ## 6. Feed it with `tf.data`
#
# Training asks for batches, again and again, shuffled. `tf.data` describes how
# they are made, as a chain; nothing happens until somebody asks for a batch.

# %%
# NBVAL_CHECK_OUTPUT
numbers = tf.data.Dataset.range(10)
for batch in numbers.map(lambda n: n * n).batch(4):
    print(batch.numpy())

# %% [markdown]
# The links of the usual chain:
#
# - `shuffle(size)`: keeps a buffer of so many elements, draws one at random,
#   and fills the gap with the next one
# - `batch(size)`: so many elements become one
# - `map(f)`: `f` of each element
# - `prefetch(tf.data.AUTOTUNE)`: prepares the next batches while the last one
#   is still being worked on; changes the time and nothing else
#
# ### The order matters
#
# Two hundred examples, sorted: first all cats, then all dogs. Three chains:

# %%
keras.utils.set_random_seed(0)
examples = tf.data.Dataset.range(200)
chains = {
    "shuffle(200).batch(20)": examples.shuffle(200).batch(20),
    "batch(20).shuffle(10)": examples.batch(20).shuffle(10),
    "shuffle(20).batch(20)": examples.shuffle(20).batch(20),
}

fig, axes = plt.subplots(1, 3, figsize=(10, 3.2), sharey=True)
fig.suptitle("Only the first chain mixes the examples")
for ax, (chain, dataset) in zip(axes, chains.items(), strict=True):
    for number, batch in enumerate(dataset):
        ax.plot([number] * 20, batch, ".", color=plots.BLUE)
    ax.axhline(99.5, color=plots.ORANGE, linestyle="--")
    ax.set(xlabel="batch", xticks=range(0, 10, 3))
    ax.set_title(chain, fontsize=10)
axes[0].set_ylabel("number of the example")
fig.tight_layout()
plt.show()

# %% [markdown]
# *In the figure:* for each of ten batches the numbers of its 20 examples, in
# three panels; a dashed line parts cats (below) from dogs. Left, each batch is
# spread over the whole height. In the middle each batch is a tight block: the
# blocks are in random order, and most batches hold one kind only. Right, the
# dots climb along a band from the lower left to the upper right: early batches
# hold early examples.
#
# A network that sees cats for half an epoch and then dogs for the other half
# learns "cat", and then forgets it for "dog". Write the right chain.
# (`prefetch` leaves no trace in the batches, so the check cannot see it. Put
# it last all the same.)


# %% exercise="pipeline"
def pipeline(X, y, batch_size):
    """Batches (X, y): shuffled anew in every epoch, none left out."""
    ...  # your code here


pipeline = ex.pipeline.check(pipeline)

# %% [markdown]
# Order also costs time. `map` before `batch` calls the function once for every
# example; after `batch`, once for every batch:


# %%
def scale(images):
    """Bytes to numbers from 0 to 1."""
    return tf.cast(images, tf.float32) / 255


def drain(dataset):
    """Ask for everything and throw it away."""
    for _ in dataset:
        pass


# %%
images = rng.integers(0, 256, (2000, 28, 28), dtype="uint8")
source = tf.data.Dataset.from_tensor_slices(images)
single = seconds(drain, source.map(scale).batch(100), repeats=3)
whole = seconds(drain, source.batch(100).map(scale), repeats=3)
print(f"batch first: {single / whole:.1f} times as fast")

# %% [markdown]
# The numbers that come out are the same. So: shuffle what is small (examples,
# best as bytes), then batch, then compute on batches, then prefetch.
#
# The chain and the tape together make a real training loop. The moons once
# more, in batches of 20:

# %%
keras.utils.set_random_seed(0)
params = tf.Variable(start)
batches = pipeline(X_moons, y_moons, 20)


@tf.function
def batch_step(inputs, labels):
    """One step of plain gradient descent on one batch."""
    with tf.GradientTape() as tape:
        Z = forward(inputs, unpack(params, widths))
        costs = tf.nn.sparse_softmax_cross_entropy_with_logits(labels, Z)
        loss = tf.reduce_mean(costs)
    params.assign_sub(0.2 * tape.gradient(loss, params))


# %%
print(f"loss {moon_loss(params):.2f} before", end=", ")
for _ in range(50):
    for inputs, labels in batches:
        batch_step(inputs, labels)
print(f"{moon_loss(params):.2f} after 50 epochs")

# %% [markdown]
# ## 7. Devices, seeds, and the same result again
#
# Where does it compute?

# %%
for device in tf.config.list_physical_devices():
    print(device.device_type, device.name)
print("the tensor is on", tf.constant(1.0).device.split("/")[-1])

# %% [markdown]
# Where TensorFlow finds a graphics card that it can use, it takes that one
# unasked; `with tf.device("/CPU:0"):` overrules it. A tensor lives on a device,
# and has to be copied to be used on another. That trip is why small work is
# often faster without the card.
#
# ### What a seed promises
#
# Chapter 06 begins each training with `keras.utils.set_random_seed`. It sets
# the seeds of Python, NumPy, TensorFlow and Keras. Set it, draw from four
# sources, set it again, draw again. **Which of them does not repeat?**
#
# - **a)** `random.random()`
# - **b)** `np.random.rand()`
# - **c)** `np.random.default_rng().random()`
# - **d)** `tf.random.uniform(())`

# %% exercise="which_escapes"
guess = None  # "a", "b", "c" or "d"

which_escapes = ex.which_escapes.check(guess)


# %%
def draw():
    """Return one number from each of four sources, after setting the seed."""
    keras.utils.set_random_seed(0)
    return {
        "a": random.random(),
        "b": np.random.rand(),  # noqa: NPY002
        "c": np.random.default_rng().random(),
        "d": float(tf.random.uniform(())),
    }


first, second = draw(), draw()
escaped = [letter for letter in first if first[letter] != second[letter]]
ex.which_escapes.reveal(escaped[0])

# %% [markdown]
# Three more things that it does not promise:
#
# - **The same number at the same place, if the program changes.** Each draw
#   moves the sequence on. One more layer, one more shuffle, and all that
#   follows is different:

# %%
# NBVAL_CHECK_OUTPUT
weights = []
for extra in (False, True):
    keras.utils.set_random_seed(0)
    if extra:
        keras.random.uniform(())
    weights.append(keras.random.normal((3,)))
print("same weights after one draw more:", np.allclose(*weights))

one, two = (tf.random.stateless_normal((3,), seed=(1, 2)) for _ in range(2))
print("stateless, same seed, same numbers:", np.array_equal(one, two))

# %% [markdown]
# - **The same result on another machine**, with another number of threads, or
#   after an update. Sums of rounded numbers depend on the order of adding, and
#   training enlarges such differences.
# - **The same result on a graphics card.** Some of its operations add up in
#   whatever order they finish. `tf.config.experimental.enable_op_determinism()`
#   forbids that, and costs time.
#
# What you may rely on: the same program, machine, versions and threads give
# the same numbers. That is enough to find an error. To show that something
# works, use several seeds.
#
# ## 8. Read an error message
#
# Read it from the end: the last line says what, and the lines above say where.
# Then look for shapes and types in it. Here are three that everybody meets.
# `attempt` catches the error and prints what it says:


# %%
def attempt(function, *arguments):
    """Call a function; print the kind and the last line of its error."""
    try:
        print(function(*arguments))
    except Exception as error:
        kind = type(error).__name__
        last = str(error).strip().splitlines()[-1].strip()
        print(f"{kind}: {last.removeprefix(kind + ': ')}")


# %% [markdown]
# **First.** The bill for some shopping:


# %%
def bill(counts, prices):
    """Total cost of the shopping: one number."""
    return tf.reduce_sum(counts * prices)


attempt(bill, tf.constant([2, 1, 3]), tf.constant([0.75, 9.0, 2.25]))

# %% [markdown]
# `Mul` is the multiplication; input #1, counted from zero, is the second one.
# Mend it, so that no cent is lost.


# %% exercise="mend_dtypes"
def mend_dtypes(counts, prices):
    """Total cost of the shopping: one number."""
    ...  # your code here


mend_dtypes = ex.mend_dtypes.check(mend_dtypes)

# %% [markdown]
# **Second.** A layer with weights that somebody saved as (H, D), one row for
# each unit:


# %%
def layer(X, W, b):
    """Scores (N, H) of a layer."""
    return X @ W + b


attempt(layer, tf.ones((4, 2)), tf.ones((3, 2)), tf.ones(3))

# %% [markdown]
# Skip the braces; they say which operation ran where. Then come the shapes of
# the two inputs: (4, 2) times (3, 2). Mend it. A `tf.reshape` to (2, 3) would
# silence the message. Would it be right?


# %% exercise="mend_shapes"
def mend_shapes(X, W, b):
    """Layer X (N, D), weights stored as W (H, D), biases b (H,): (N, H)."""
    ...  # your code here


mend_shapes = ex.mend_shapes.check(mend_shapes)

# %% [markdown]
# **Third.** It worked, until somebody put `@tf.function` on top:


# %%
@tf.function
def to_largest(x):
    """Return x divided by its largest entry."""
    return x / x.numpy().max()


attempt(to_largest, tf.constant([1.0, 5.0, 2.0]))

# %% [markdown]
# A `SymbolicTensor` is a placeholder: you are being traced. Write the function
# so that it can be. (The check compiles it for you.)


# %% exercise="mend_graph"
def mend_graph(x):
    """Return x divided by its largest entry: same shape."""
    ...  # your code here


mend_graph = ex.mend_graph.check(mend_graph)

# %% [markdown]
# | The message says | Look for | Cure |
# |---|---|---|
# | expected int32, is float | two types | `tf.cast`, to the type that loses nothing |
# | Matrix size-incompatible, Incompatible shapes | the two shapes | write them beside the names; transpose, or a new axis |
# | SymbolicTensor, symbolic tensor | NumPy or Python in a `tf.function` | TensorFlow's own operation |
# | None times float, `NoneType` | a gradient that is None | section 3, four traps |
#
# ### Explain it to a friend
#
# A friend asks: "How can it know all the slopes without trying them?" Answer
# in a few sentences, in quotation marks, without a formula. The check shows one
# way to put it.

# %% exercise="explain"
answer = None  # your text, in quotation marks

explain = ex.explain.check(answer)

# %% [markdown]
# ## Recap
#
# - **Map**: a core for tensors and slopes; Keras, `tf.data`, `tf.distribute`,
#   LiteRT, Serving and TensorBoard around it, each for a job of its own
# - **Compute**: tensors do not change, variables do; look at shape and type,
#   above all at (N,) beside (N, 1)
# - **Differentiate**: the tape records, then plays backward; all slopes for a
#   few passes; `None` means that it saw no way
# - **Train**: record, ask, move; the network of chapter 03 took 500 forward
#   passes and as many backward in place of 32,000
# - **Speed up**: trace once, run often, pass tensors; shuffle, batch, map,
#   prefetch; a seed repeats a run on one machine; errors name types and shapes
#
# ## Recall
#
# Three questions on chapters 01 to 03.
#
# 1. `X` is (32, 784), `W` is (784, 10), `b` is (10,). What shape has
#    `X @ W + b`? Write a list of two numbers.

# %% exercise="recall_sizes"
answer = None  # a list such as [3, 4]

recall_sizes = ex.recall_sizes.check(answer)

# %% [markdown]
# 2. A classifier gives the true class 1 %, later 0.1 %. What does its
#    cross-entropy for this example do? **a)** it hardly changes, since both are
#    near 0, **b)** it grows by about 2.3, **c)** it becomes ten times as large

# %% exercise="recall_cost"
answer = None  # "a", "b" or "c"

recall_cost = ex.recall_cost.check(answer)

# %% [markdown]
# 3. You have a table with twenty examples. What do you try first? **a)** a
#    linear model, **b)** a large network, **c)** a network with more layers,
#    since the data is scarce

# %% exercise="recall_little_data"
answer = None  # "a", "b" or "c"

recall_little_data = ex.recall_little_data.check(answer)

# %% [markdown]
# ## Further reading
#
# - [TensorFlow guide, Introduction to gradients and automatic
#   differentiation](https://www.tensorflow.org/guide/autodiff): the tape with
#   all its options, and the official list of ways to get None.
# - [TensorFlow guide, Better performance with
#   tf.function](https://www.tensorflow.org/guide/function): the rules of
#   tracing in full; read it when something is traced over and over.
# - [TensorFlow guide, Better performance with the tf.data
#   API](https://www.tensorflow.org/guide/data_performance): the same chain
#   with drawings of who waits for whom.
#
# When you are done, choose *Kernel → Shut Down Kernel* to free the memory.
