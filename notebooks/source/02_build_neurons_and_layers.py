# ---
# jupyter:
#   kernelspec:
#     display_name: Python 3 (ipykernel)
#     language: python
#     name: python3
# ---

# %% [markdown]
# # Build neurons and layers
#
# A neural network is made of one small part, used many times. The part
# multiplies, adds, and bends a straight line once. In this chapter you build
# it, find out what it cannot do alone, and put many of them together, until
# you can work out a whole network with a pencil.
#
# ## What you will be able to do
#
# - **Compute** the output of a neuron with a pencil and in code
# - **Solve** XOR with two hidden neurons, and say why one is not enough
# - **Trace** shapes through a network and count its parameters
# - **Write** the forward pass of any network, with softmax at its end
# - **Explain** why layers need an activation, and what width and depth add
#
# ## Before you start
#
# Work through [See what deep learning is](01_see_what_deep_learning_is.ipynb)
# first; its glossary explains the words that this chapter uses. You need 50
# minutes, a pencil and a sheet of paper. The notebook takes about 150 MB of
# memory and a few seconds to compute.

# %%
from course_utils import runtime

runtime.limit_threads()

import matplotlib.pyplot as plt
import numpy as np

from course_utils import plots
from course_utils.exercises import chapter_02 as ex
from course_utils.widgets.playground import Playground
from course_utils.widgets.sliders import explore

# %% [markdown]
# ## 1. One neuron
#
# Shall I cycle today? Three things speak for it or against it: the hours of
# sun, the rain in millimetres, and how many friends come along. Not all of
# them count the same. An hour of sun speaks for cycling with a strength of
# 0.5, a millimetre of rain speaks against it with a strength of 1, and a friend
# speaks for it with a strength of 1. And without any of it I would rather stay
# in bed: that is −2.5.
#
# | | sun | rain | friends | |
# |---|---|---|---|---|
# | weight $w$ | 0.5 | −1 | 1 | bias $b$ = −2.5 |
# | Monday $x$ | 2 | 3 | 1 | |
# | Tuesday $x$ | 6 | 1 | 2 | |
#
# On Monday the evidence adds up to
#
# $$ z = 0.5 · 2 + (−1) · 3 + 1 · 1 + (−2.5) = −3.5 $$
#
# Far below zero, so I stay in bed. A *neuron* computes such a number. Its
# **weights** say how much each input counts and in which direction, its
# **bias** says where it stands when all inputs are zero, and $z$ is the
# *weighted sum* with the bias added.
#
# Work out $z$ for Tuesday, with the pencil.

# %% exercise="weighted_sum"
answer = None  # a number

weighted_sum = ex.weighted_sum.check(answer)

# %% [markdown]
# ### The activation
#
# The second half of a neuron is its **activation**: a function that turns $z$
# into the output. Two of them matter most. The *sigmoid* squeezes every number
# into the range from 0 to 1, so that it can be read as "how much yes":
#
# $$ \text{sigmoid}(z) = \frac{1}{1 + e^{-z}} $$
#
# | $z$ | −3.5 | −1 | 0 | 1 | 3.5 |
# |---|---|---|---|---|---|
# | $\text{sigmoid}(z)$ | 0.03 | 0.27 | 0.5 | 0.73 | 0.97 |
#
# Write it so that it works for a whole array at once, entry by entry.


# %% exercise="sigmoid"
def sigmoid(z):
    """Sigmoid of each entry of the array z, between 0 and 1."""
    ...  # your code here


sigmoid = ex.sigmoid.check(sigmoid)

# %%
# NBVAL_CHECK_OUTPUT
print(sigmoid(np.array([-3.5, -1, 0, 1, 3.5])).round(2))

# %% [markdown]
# The second one is plainer: the *rectified linear unit*, **ReLU** for short.
# It lets positive numbers pass as they are and makes negative ones 0.
#
# $$ \text{relu}(z) = \max(0, z) $$
#
# Write it, for arrays of any shape.


# %% exercise="relu"
def relu(z):
    """The entries of the array z, with 0 in place of the negative ones."""
    ...  # your code here


relu = ex.relu.check(relu)

# %% [markdown]
# ### The whole neuron
#
# Now put it together: weighted sum, bias, activation. Write `neuron` for the
# inputs `x` and the weights `w`, two arrays of the same length D, and the
# bias `b`, a number. Use the sigmoid.


# %% exercise="neuron"
def neuron(x, w, b):
    """Output of one neuron with a sigmoid; x and w are (D,), b is a number."""
    ...  # your code here


neuron = ex.neuron.check(neuron)

# %%
# NBVAL_CHECK_OUTPUT
w, b = np.array([0.5, -1, 1]), -2.5
for day, x in (("Monday", [2, 3, 1]), ("Tuesday", [6, 1, 2])):
    print(f"{day:8} {neuron(np.array(x), w, b):.2f}")

# %% [markdown]
# Monday 3 % yes, Tuesday about 80 %. The numbers 0.5, −1, 1 and −2.5 were made
# up. In a network nobody makes them up: they are *learned*, which is what
# [chapter 03](03_make_a_network_learn.ipynb) is about.
#
# ### What weight and bias do
#
# Take a neuron with a single input, so that you can draw it. With the weight 2
# and the bias 0, its sigmoid rises from 0 to 1 and passes 0.5 at $x = 0$. Now
# the bias is raised from 0 to 4. What happens to the curve?
#
# - **a)** It moves to the left.
# - **b)** It moves to the right.
# - **c)** It moves up.
# - **d)** It gets steeper.

# %% exercise="bias_moves"
guess = None  # "a", "b", "c" or "d"

bias_moves = ex.bias_moves.check(guess)

# %%
inputs = np.linspace(-6, 6, 241)
before, after = sigmoid(2 * inputs), sigmoid(2 * inputs + 4)
from_x = inputs[np.argmin(np.abs(before - 0.5))]
to_x = inputs[np.argmin(np.abs(after - 0.5))]
print(f"the output 0.5 moves from x = {from_x:.1f} to x = {to_x:.1f}")
ex.bias_moves.reveal("a" if to_x < from_x else "b")

# %% [markdown]
# Try the rest yourself. The next cell draws the sum $z$ on the left and what
# two activations make of it on the right.


# %%
def zero_of(weight, bias):
    """Say where the sum is zero."""
    if weight == 0:
        return f"The sum is {bias:.3g} for every input"
    return f"The sum is zero at x = {0 - bias / weight:.3g}"


def draw_neuron(axes, weight, bias):
    """Draw the weighted sum, and two outputs, over the input."""
    z = weight * inputs + bias
    axes[0].plot(inputs, z, color=plots.BLUE)
    axes[1].plot(inputs, sigmoid(z), color=plots.BLUE, label="sigmoid")
    axes[1].plot(inputs, relu(z), "--", color=plots.ORANGE, label="ReLU")
    axes[0].axhline(0, color=plots.GREY, linewidth=0.8)
    axes[0].set(xlabel="input x", ylabel="sum z", ylim=(-10, 10))
    axes[1].set(xlabel="input x", ylabel="output", ylim=(-0.2, 3))
    axes[0].set_title(zero_of(weight, bias))
    axes[1].set_title("There the activations bend")
    axes[1].legend(loc="upper left")


weight_and_bias = {"weight": (-4, 4, 0.25, 2), "bias": (-6, 6, 0.25, 0)}
explore(draw_neuron, weight_and_bias, zero_of, size=(9, 3.4), columns=2)

# %% [markdown]
# *In the figure:* on the left a straight line, the sum $z$ over the input; on
# the right the sigmoid, a smooth step from 0 to 1, and, dashed, the ReLU, which
# is flat and then climbs. Where the line crosses zero, the sigmoid is at 0.5
# and the ReLU has its kink.
#
# Try this: move the bias alone, and the line goes up and down while the step
# on the right moves sideways. Make the weight 4, and the step gets steep; make
# it negative, and the step turns round. With the weight 0 the neuron no longer
# looks at its input.
#
# At which input does the sigmoid of a neuron with the weight 4 and the bias
# −10 pass through 0.5? The slider does not reach that far; work it out.

# %% exercise="switch_point"
answer = None  # a number

switch_point = ex.switch_point.check(answer)

# %% [markdown]
# ## 2. What one neuron cannot do
#
# A lamp on a staircase has two switches, one at each end. It is on when
# *exactly one* of them is up; each switch alone can turn it on and off. This
# rule is called **XOR**, exclusive or.
#
# | switch 1 | switch 2 | lamp |
# |---|---|---|
# | 0 | 0 | 0 |
# | 0 | 1 | 1 |
# | 1 | 0 | 1 |
# | 1 | 1 | 0 |
#
# Four examples with two inputs each. In this course examples are the rows of an
# array `X` of shape `(N, D)`: here N = 4 and D = 2.

# %%
X = np.array([[0, 0], [0, 1], [1, 0], [1, 1]])
y = np.array([0, 1, 1, 0])

# %% [markdown]
# Let one neuron answer: "on" where $z > 0$, "off" elsewhere. The border between
# the two is where $w_1 x_1 + w_2 x_2 + b = 0$. That is the equation of a
# straight line: a neuron with two inputs cuts the plane in two along a line,
# and you may put that line anywhere.
#
# Of the four examples, how many can one neuron get right **at best**?
#
# - **a)** two
# - **b)** three
# - **c)** all four

# %% exercise="best_line"
guess = None  # "a", "b" or "c"

best_line = ex.best_line.check(guess)

# %% [markdown]
# Look for such a line yourself:


# %%
def draw_lamps(ax, P, on):
    """Draw examples at the points P: circles are on, squares are off."""
    colours = plots.ORANGE, plots.BLUE
    for value, name in enumerate(("off", "on")):
        points = P[on == value].T
        style = {"color": colours[value], "marker": "so"[value]}
        ax.scatter(*points, s=130, label=name, **style)


def count_right(w1, w2, bias):
    """Say how many of the four examples one neuron gets right."""
    right = np.sum((w1 * X[:, 0] + w2 * X[:, 1] + bias > 0) == y)
    return f"{right} of 4 examples are right"


def draw_line(ax, w1, w2, bias):
    """Shade where the neuron says on, and draw the four examples."""
    side = np.linspace(-0.5, 1.5, 200)
    x1, x2 = np.meshgrid(side, side)
    says_on = w1 * x1 + w2 * x2 + bias > 0
    box = (-0.5, 1.5, -0.5, 1.5)
    ax.imshow(says_on, "Greys", extent=box, origin="lower", vmin=0, vmax=4)
    draw_lamps(ax, X, y)
    ax.set(xlabel="switch 1", ylabel="switch 2")
    ax.set_title(count_right(w1, w2, bias))
    ax.legend(loc="center", title="lamp")


starts = {"w1": 1, "w2": 1, "bias": -0.5}
line_ranges = {name: (-3, 3, 0.25, start) for name, start in starts.items()}
explore(draw_line, line_ranges, count_right, size=(4.6, 4))

# %% [markdown]
# *In the figure:* the four examples as corners of a square, blue circles for
# "on" and orange squares for "off". The grey area is where the neuron says
# "on"; its border is a straight line. At the start three of the four are right:
# both circles lie in the grey, but so does one square.
#
# Move the sliders for a minute. Then let the computer try 100,000 lines with
# random weights and biases. (`X @ W + b` computes the sums of all these neurons
# at once; section 4 explains how.)

# %%
# NBVAL_CHECK_OUTPUT
rng = np.random.default_rng(0)
W = rng.uniform(-5, 5, (2, 100_000))  # one neuron in each column
b = rng.uniform(-5, 5, 100_000)
right = ((X @ W + b > 0) == y[:, np.newaxis]).sum(axis=0)
for count in range(5):
    print(count, "right:", "never" if not any(right == count) else "found")

# %%
ex.best_line.reveal({2: "a", 3: "b", 4: "c"}[right.max()])

# %% [markdown]
# A search cannot prove that there is nothing to find. A pencil can. Suppose
# that there were such a neuron; then all four lines would hold:
#
# 1. both down, off: $b ≤ 0$
# 2. only switch 1 up, on: $w_1 + b > 0$
# 3. only switch 2 up, on: $w_2 + b > 0$
# 4. both up, off: $w_1 + w_2 + b ≤ 0$
#
# Add lines 2 and 3: $w_1 + w_2 + 2b > 0$. Add lines 1 and 4: $w_1 + w_2 + 2b ≤
# 0$. Both cannot be true. No weights and no bias will do, and no training can
# help.
#
# ## 3. Two neurons bend the space
#
# One line is not enough, so take two neurons, and let a third one look at
# *their* outputs. Neurons whose outputs are only used inside the network are
# called **hidden**. These two have weights chosen by hand:
#
# $$ h_1 = \text{relu}(x_1 + x_2) \qquad h_2 = \text{relu}(x_1 + x_2 - 1) $$
#
# The first one counts the switches that are up. The second one stays silent
# until both are. Fill in the table with the pencil, one row for each example in
# the order of `X`: a list of four rows `[h1, h2]`.

# %% exercise="hidden_values"
answer = None  # four rows: [[h1, h2], …]

hidden_values = ex.hidden_values.check(answer)


# %%
# NBVAL_CHECK_OUTPUT
def hidden(P):
    """Outputs (N, 2) of the two hidden neurons for points P (N, 2)."""
    total = P[:, 0] + P[:, 1]
    return np.column_stack([relu(total), relu(total - 1)])


print(hidden(X))

# %% [markdown]
# The hidden neurons give every example a new place: $(h_1, h_2)$ in place of
# $(x_1, x_2)$. Draw both planes, and some dots around the examples, to see
# what happens to the space between them.

# %%
side = np.linspace(-0.4, 1.4, 19)
dots = np.stack(np.meshgrid(side, side), axis=-1).reshape(-1, 2)

fig, ax = plt.subplots(1, 2, figsize=(10, 4), layout="constrained")
for axes, place in zip(ax, (lambda P: P, hidden), strict=True):
    h, v = place(dots).T
    dust = axes.scatter(h, v, s=8, c=dots.sum(axis=1), cmap="cividis")
    draw_lamps(axes, place(X), y)
fig.colorbar(dust, label="x1 + x2 of a small dot")
ax[0].set(xlabel="switch 1, x1", ylabel="switch 2, x2")
ax[1].set(xlabel="first hidden neuron, h1", ylabel="second hidden neuron, h2")
ax[0].set_title("Input plane: no line parts the two kinds")
ax[1].set_title("Hidden plane: now a line can do it")
plt.show()

# %% [markdown]
# *In the figure:* on the left the input plane with the four examples at the
# corners of a square, and a grid of small dots coloured by $x_1 + x_2$. On the
# right the same in the hidden plane: all dots have moved onto one line that
# runs along the axis and then turns upwards at (1, 0). The two "on" examples
# lie on top of each other at that bend, (1, 0); the "off" examples lie on either
# side of it, at (0, 0) and (2, 1).
#
# The plane has been squeezed onto one line, and that line is bent where the
# second neuron begins to speak. Now one straight cut is enough. The output neuron
# draws it:
#
# $$ z = v_1 h_1 + v_2 h_2 + c $$
#
# Choose its two weights and its bias so that $z > 0$ for the circles and not
# for the squares. There are many solutions; find one with the pencil.


# %% exercise="xor_weights"
def xor_weights():
    """Weights v1, v2 and bias c of the output neuron."""
    ...  # your code here: return three numbers


xor_weights = ex.xor_weights.check(xor_weights)

# %%
v1, v2, c = xor_weights()


def lamp(H):
    """Sum z of the output neuron for hidden outputs H (N, 2)."""
    return v1 * H[:, 0] + v2 * H[:, 1] + c


for switches, z in zip(X, lamp(hidden(X)), strict=True):
    print("switches", switches, f"z = {z:5.1f}", "on" if z > 0 else "off")

# %% [markdown]
# All four are right. What does the border look like in both planes?

# %%
fine = np.linspace(-0.4, 2.4, 281)
points = np.stack(np.meshgrid(fine, fine), axis=-1).reshape(-1, 2)

fig, ax = plt.subplots(1, 2, figsize=(9.5, 4), layout="constrained")
for axes, place in zip(ax, (hidden, lambda P: P), strict=True):
    says_on = (lamp(place(points)) > 0).reshape(281, 281)
    box = (-0.4, 2.4, -0.4, 2.4)
    axes.imshow(says_on, "Greys", extent=box, origin="lower", vmin=0, vmax=4)
draw_lamps(ax[0], X, y)
draw_lamps(ax[1], hidden(X), y)
ax[0].set(xlabel="switch 1, x1", ylabel="switch 2, x2")
ax[1].set(xlabel="first hidden neuron, h1", ylabel="second hidden neuron, h2")
ax[0].set_title("Input plane: the network says on in a strip")
ax[1].set_title("Hidden plane: one straight border")
plt.show()

# %% [markdown]
# *In the figure:* the grey area is where the network says "on". In the hidden
# plane, on the right, its border is a straight line between the circles and
# the squares. In the input plane, on the left, the same rule is a slanted strip
# that holds both circles and neither of the squares.
#
# This is what hidden layers are for: they put the examples into new places, and
# in those places the task becomes easy. Here the weights came from a person.
# In chapter 01 you saw a network find its own.
#
# ## 4. A layer is a matrix product
#
# Two neurons on the same inputs: write the weights of each as a **column** of
# one matrix `W`, and the biases side by side in `b`. Then all weighted sums of
# all examples are one line of code.

# %%
# NBVAL_CHECK_OUTPUT
W = np.array([[1, 1], [1, 1]])
b = np.array([0, -1])
Z = X @ W + b
print(Z)
print("as before:", np.array_equal(relu(Z), hidden(X)))

# %% [markdown]
# `@` is the matrix product. Entry (i, j) of `X @ W` is row i of `X` times
# column j of `W`, products added up: *example i seen by neuron j*. Then NumPy
# adds `b` to every row. Many neurons that share their inputs are called a
# **layer**.
#
# $$ \underbrace{Z}_{(N, H)} = \underbrace{X}_{(N, D)} \;
# \underbrace{W}_{(D, H)} + \underbrace{b}_{(H,)} \qquad A = \text{relu}(Z) $$
#
# N examples, D inputs, H neurons. Read the shapes like dominoes: in
# (N, **D**) @ (**D**, H) the inner letters must be equal, and the outer ones
# remain. That rule finds many mistakes in network code before you run it.
#
# Write `layer`: the weighted sums `Z`, without an activation.


# %% exercise="layer"
def layer(X, W, b):
    """Weighted sums of a layer: X (N, D), W (D, H), b (H,) give (N, H)."""
    ...  # your code here


layer = ex.layer.check(layer)

# %% [markdown]
# ### Shapes first
#
# A weather station sends 6 measurements an hour. A network with a hidden layer
# of 8 neurons and an output layer of 3 tells sun, cloud and rain apart. You
# feed it 32 hours at once, so `X` has the shape (32, 6). Which shapes have
# `W1`, `A1`, `W2` and `Z2`? Give a list of four pairs.

# %% exercise="layer_shapes"
answer = None  # [[rows, columns], …] for W1, A1, W2 and Z2

layer_shapes = ex.layer_shapes.check(answer)

# %%
# NBVAL_CHECK_OUTPUT
hours = rng.normal(size=(32, 6))
W1, b1 = rng.normal(size=(6, 8)), np.zeros(8)
W2, b2 = rng.normal(size=(8, 3)), np.zeros(3)
A1 = relu(layer(hours, W1, b1))
Z2 = layer(A1, W2, b2)
print("W1", W1.shape, " A1", A1.shape, " W2", W2.shape, " Z2", Z2.shape)

# %% [markdown]
# Now the drawing that everybody knows, made from these very arrays:

# %%
widths = [W1.shape[0], W1.shape[1], W2.shape[1]]
names = [
    f"input layer\n{widths[0]} features",
    f"hidden layer\n{widths[1]} neurons",
    f"output layer\n{widths[2]} neurons",
]

fig, ax = plt.subplots(figsize=(6.5, 4))
plots.network(ax, widths, names)
ax.set_title("Every neuron is joined to all of the layer before")
plt.show()

# %% [markdown]
# *In the figure:* three columns. On the left the input layer, six squares; in
# the middle the hidden layer, eight circles; on the right the output layer,
# three circles. A line joins every neuron to each one of the next column: 48
# lines, then 24.
#
# | Layer | What it does | Here |
# |---|---|---|
# | **Input layer** | receives the raw data; each of its neurons stands for one feature | 6 measurements |
# | **Hidden layers** | transform the data step by step; each holds features of its own, and their number is the network's *depth* | one, of 8 neurons |
# | **Output layer** | gives the result: scores for classes, or a number | 3 scores |
#
# The input layer computes nothing. It is drawn, but it has no weights. Each
# line is one weight, and each circle has one bias. How many numbers are there
# to learn in this network?

# %% exercise="parameter_count"
answer = None  # a whole number

parameter_count = ex.parameter_count.check(answer)

# %%
# NBVAL_CHECK_OUTPUT
print(W1.size + b1.size + W2.size + b2.size, "parameters")

# %% [markdown]
# Weights and biases together are called the **parameters**. Their number does
# not depend on the number of examples: the 32 appears nowhere in it.
#
# ## 5. The forward pass
#
# To compute a network's output from its inputs, layer by layer, is called the
# **forward pass**. First do it on paper. Here is a network with two inputs, two
# hidden neurons with ReLU, and one output neuron without an activation. Each
# column belongs to one neuron.
#
# | W1 | h1 | h2 | | W2 | out |
# |---|---|---|---|---|---|
# | **from x1** | 1 | −1 | | **from h1** | 0.5 |
# | **from x2** | 2 | 1 | | **from h2** | −2 |
# | **bias b1** | −1 | 0.5 | | **bias b2** | −1 |
#
# For the input (1, 2):
#
# | Step | h1 | h2 | out |
# |---|---|---|---|
# | Z1 | 1·1 + 2·2 − 1 = **4** | 1·(−1) + 2·1 + 0.5 = **1.5** | |
# | A1 = relu(Z1) | **4** | **1.5** | |
# | Z2 | | | 4·0.5 + 1.5·(−2) − 1 = **−2** |
#
# Now you, for the input (3, 1). First the hidden layer: which two numbers are
# in `A1`?

# %% exercise="pencil_hidden"
answer = None  # [a number, a number]

pencil_hidden = ex.pencil_hidden.check(answer)

# %% [markdown]
# And what comes out of the network?

# %% exercise="pencil_output"
answer = None  # a number

pencil_output = ex.pencil_output.check(answer)

# %% [markdown]
# ### In code
#
# A network is a list of pairs `(W, b)`, one for each layer that has weights.
# Write `forward` for any such list: ReLU after every layer *but the last*. The
# rows of `X` are examples, and the output has one row for each of them.


# %% exercise="forward"
def forward(X, params):
    """Outputs (N, C) of a network; params is a list of pairs (W, b)."""
    ...  # your code here


forward = ex.forward.check(forward)

# %% [markdown]
# The network from the paper, with both inputs as a batch of two rows:

# %%
# NBVAL_CHECK_OUTPUT
W1, b1 = np.array([[1, -1], [2, 1]]), np.array([-1, 0.5])
W2, b2 = np.array([[0.5], [-2]]), np.array([-1])
paper = [(W1, b1), (W2, b2)]
print(forward(np.array([[1, 2], [3, 1]]), paper))

# %% [markdown]
# Your pencil and your code agree. The same function runs the lamp of section 3,
# and, without a change, a network for handwritten digits with 784 inputs, 128
# hidden neurons and 10 outputs. Its weights are random for now.

# %%
# NBVAL_CHECK_OUTPUT
lamps = [(W, b), (np.array([[v1], [v2]]), np.array([c]))]
print("lamp on:", forward(X, lamps)[:, 0] > 0)

digit_net = [
    (rng.normal(0, 0.05, (784, 128)), np.zeros(128)),
    (rng.normal(0, 0.05, (128, 10)), np.zeros(10)),
]
print("digits:", forward(rng.random((32, 784)), digit_net).shape)
print(sum(W.size + b.size for W, b in digit_net), "parameters")

# %% [markdown]
# ### From scores to probabilities
#
# Ten outputs, one for each digit: these scores are called **logits**, and the
# largest one is the answer. Often you want probabilities as well: positive
# numbers that sum to 1. **Softmax** makes them. It raises $e$ to the power of
# each logit, which makes all of them positive, and divides by their sum:
#
# $$ p_k = \frac{e^{z_k}}{\sum_j e^{z_j}} $$
#
# | logit $z$ | 2 | 1 | 0 | sum |
# |---|---|---|---|---|
# | $e^z$ | 7.39 | 2.72 | 1 | 11.11 |
# | $p$ | 0.67 | 0.24 | 0.09 | 1 |
#
# Write `softmax` for a batch: every row of `Z` by itself. One trap waits:
# $e^{1000}$ is too large for a computer. But adding the same amount to all
# logits of a row changes nothing in the shares, and you are free to choose that
# amount.


# %% exercise="softmax"
def softmax(Z):
    """Probabilities (N, C) of the logits Z (N, C); each row sums to 1."""
    ...  # your code here


softmax = ex.softmax.check(softmax)

# %%
# NBVAL_CHECK_OUTPUT
Z = np.array([[2.0, 1, 0], [1000, 999, 998], [-5, -5, -5]])
print(softmax(Z).round(2))

# %% [markdown]
# The first two rows are equal: only differences between logits count.
#
# ## 6. Why an activation
#
# What would be lost without the ReLU between the layers? Here is a network with
# one input, two hidden layers of 10 neurons and one output, all weights and
# biases random.

# %%
# NBVAL_CHECK_OUTPUT
rng = np.random.default_rng(11)
shapes = [(1, 10), (10, 10), (10, 1)]
three = [(rng.normal(size=s), rng.normal(size=s[1])) for s in shapes]
print(sum(W.size + b.size for W, b in three), "parameters")

# %% [markdown]
# Leave the activation out, so that each layer hands its sums on as they are,
# and draw the network's output over its input. What do you see?
#
# - **a)** a straight line
# - **b)** a line with kinks
# - **c)** a smooth curve

# %% exercise="straight"
guess = None  # "a", "b" or "c"

straight = ex.straight.check(guess)

# %%
x = np.linspace(-3, 3, 601)[:, np.newaxis]
A = x
for W, b in three:
    A = layer(A, W, b)
bent = np.mean(np.abs(np.diff(A[:, 0], 2)) > 1e-9)
ex.straight.reveal("a" if bent == 0 else "b" if bent < 0.5 else "c")

# %% [markdown]
# The same weights with and without the ReLU between the layers:

# %%
fig, ax = plt.subplots(figsize=(7, 3.2))
ax.plot(x, A, "--", color=plots.ORANGE, label="without activation")
ax.plot(x, forward(x, three), color=plots.BLUE, label="with ReLU")
ax.set(xlabel="input x", ylabel="output")
ax.set_title("Without an activation, three layers draw a straight line")
ax.legend()
plt.show()

# %% [markdown]
# *In the figure:* the output of the same network over its input, twice. The
# dashed line without an activation is straight; the solid one with ReLU has
# several kinks.
#
# The reason fits on one line. Put the first layer into the second and multiply
# the bracket out:
#
# $$ (X W_1 + b_1) W_2 + b_2 = X \, \underbrace{(\cdots)}_{W} +
# \underbrace{(\cdots)}_{b} $$
#
# What stands in the two brackets has nothing to do with `X`, so it can be
# computed once: two layers **collapse** into one. Find out what belongs there,
# and write it as a function that returns `W` and `b`.


# %% exercise="collapse"
def collapse(W1, b1, W2, b2):
    """Weights and bias (W, b) of one layer that equals two without ReLU."""
    ...  # your code here


collapse = ex.collapse.check(collapse)

# %% [markdown]
# The network on paper, collapsed into one layer, and its answer to the input
# (3, 1):

# %%
# NBVAL_CHECK_OUTPUT
W, b = collapse(W1, b1, W2, b2)
print("W", W[:, 0], " b", b)
print("input (3, 1):", layer(np.array([[3, 1]]), W, b)[0])

# %% [markdown]
# That gives 4, where the network with its ReLU gave 1. A thousand layers
# without activations are no more than one layer, however many parameters they
# have. The kink is what makes depth worth anything.
#
# ### A network to touch
#
# Back to the plane. The next cell shows your network of section 3, with your
# own three numbers, and every unit by itself. Before you touch anything: when
# you set *Activation* to *linear* and leave all weights as they are, what
# becomes of the slanted strip? Can the four examples still be right?

# %%
playground = Playground(lamps, (X, y), activation="relu")
playground

# %% [markdown]
# *In the figure:* a network with two inputs, two hidden units and one output.
# Every line is a weight: solid above zero, dashed below it, and the wider, the
# larger. Beside it the plane of the inputs with the four examples, blue circles
# for "on" and orange squares for "off"; the blue strip between two borders is
# where the network says "on".
#
# 1. Set *Activation* to *linear* and see whether you were right. Then back to
#    *ReLU*.
# 2. Choose one hidden unit after the other, by mouse or with the arrow keys.
#    Each is flat on one side of a straight line and climbs on the other. Both
#    lines run in the direction of the strip.
# 3. Press *Run*. The weights begin to move by themselves, and the answers get
#    surer. How they know where to go is what chapter 03 is about.
# 4. Choose *Spiral* under *Data*, and add layers and units. How many do you
#    need until running parts the two arms? A few thousand steps are normal.
#
# ## 7. Kinks add up to curves
#
# How can a thing with one kink draw a curve? By adding up. $\text{relu}(x - k)$
# is flat up to the place $k$ and then climbs with slope 1. With the weight $c$
# in front, it climbs with slope $c$. In a sum of several, the slope changes by
# $c$ at every kink, and stays as it is everywhere else.
#
# A path starts at height 1 and is flat up to $x = 0$. From there it goes
# straight through the points (0, 1), (1, 3), (3, 2) and (4, 4). As a network:
#
# $$ 1 + c_1 \, \text{relu}(x) + c_2 \, \text{relu}(x - 1) + c_3 \,
# \text{relu}(x - 3) $$
#
# Find the three weights with the pencil.

# %% exercise="slope_changes"
answer = None  # [c1, c2, c3]

slope_changes = ex.slope_changes.check(answer)

# %%
kinks = np.array([0, 1, 3])
changes = np.array(slope_changes)
path = [(np.ones((1, 3)), -kinks), (changes[:, np.newaxis], np.array([1]))]

x = np.linspace(-1, 4, 501)[:, np.newaxis]
fig, ax = plt.subplots(figsize=(7, 3.6))
pieces = changes * relu(x - kinks)
labels = ["one ReLU each", "_", "_"]
ax.plot(x, pieces, ":", color=plots.GREY, label=labels)
ax.plot(x, forward(x, path), color=plots.BLUE, label="sum + 1")
ax.plot([0, 1, 3, 4], [1, 3, 2, 4], "o", color=plots.ORANGE, label="path")
ax.set(xlabel="x", ylabel="height", ylim=(-8, 9))
ax.set_title("Three ReLUs and a bias make a path with three kinks")
ax.legend(loc="upper left")
plt.show()

# %% [markdown]
# *In the figure:* three dotted grey lines, each flat up to its kink and then
# climbing or falling; and the solid blue line, their sum plus 1, which goes
# through the four marked points of the path.
#
# ### Where to put the kinks
#
# A smooth curve has no kinks, but short straight pieces come close to it. The
# function below makes a network whose line meets a curve at given corners: it
# computes the weights as you did, from the slopes. What remains to be chosen is
# where the corners are. The curve is a ramp: flat, steep, flat.


# %%
def bent_line(curve, corners):
    """A network, one hidden layer, that meets a curve at its corners."""
    heights = curve(corners)
    slopes = np.diff(heights) / np.diff(corners)
    changes = np.diff(slopes, prepend=0)
    W1 = np.ones((1, len(changes)))
    return [(W1, -corners[:-1]), (changes[:, np.newaxis], heights[:1])]


def ramp(x):
    """A smooth step from 0 to 1, steepest at x = 2."""
    return sigmoid(6 * (x - 2))


# %% [markdown]
# Four kinks are yours to place; a fifth neuron starts the line at $x = 0$. At
# the beginning they are spread evenly.

# %%
road = np.linspace(0, 4, 401)


def fitted(kinks):
    """Corners, heights and largest gap of the line with these kinks."""
    corners = np.unique([0, *kinks, 4])
    line = forward(road[:, np.newaxis], bent_line(ramp, corners))[:, 0]
    return corners, line, np.abs(line - ramp(road)).max()


def say_gap(**kinks):
    """Say how far line and curve are apart at most."""
    return f"The largest gap is {fitted(kinks.values())[2]:.3f}"


def draw_fit(ax, **kinks):
    """Draw the curve and the line with these kinks."""
    corners, line, _ = fitted(kinks.values())
    ax.plot(road, ramp(road), "--", color=plots.ORANGE, label="curve")
    ax.plot(road, line, color=plots.BLUE, label="network")
    ax.plot(corners, ramp(corners), "o", color=plots.BLUE)
    ax.set(xlabel="x", ylabel="height", title=say_gap(**kinks))
    ax.legend(loc="upper left")


even = {"first": 0.8, "second": 1.6, "third": 2.4, "fourth": 3.2}
kink_ranges = {name: (0, 4, 0.1, start) for name, start in even.items()}
explore(draw_fit, kink_ranges, say_gap)

# %% [markdown]
# *In the figure:* the smooth ramp, dashed, and the network's line with its
# corners on the curve. With evenly spread kinks the line cuts off both bends;
# the largest gap is about 0.06.
#
# Drag the kinks until the gap is **at most 0.05** everywhere. Then write the
# four places into the function.


# %% exercise="place_kinks"
def place_kinks():
    """Four places between 0 and 4."""
    ...  # your code here: return four numbers


place_kinks = ex.place_kinks.check(place_kinks)

# %%
# NBVAL_CHECK_OUTPUT
for name, kinks in (("even", even.values()), ("placed", place_kinks())):
    print(f"{name:7} largest gap {fitted(kinks)[2]:.3f}")

# %% [markdown]
# A network that learns moves its kinks by itself, to where the data bends.
#
# ### Wider
#
# More neurons in the layer, more kinks. With corners spread evenly on one turn
# of a sine: when you go from 16 pieces to 32, what becomes of the largest gap?
#
# - **a)** a half of it is left
# - **b)** a quarter
# - **c)** an eighth

# %% exercise="finer"
guess = None  # "a", "b" or "c"

finer = ex.finer.check(guess)

# %% [markdown]
# Measure it:

# %%
# NBVAL_CHECK_OUTPUT
turn = np.linspace(0, 2 * np.pi, 1601)
lines, gaps = {}, {}
for n in (4, 8, 16, 32):
    params = bent_line(np.sin, np.linspace(0, 2 * np.pi, n + 1))
    lines[n] = forward(turn[:, np.newaxis], params)[:, 0]
    gaps[n] = np.abs(lines[n] - np.sin(turn)).max()
    print(f"{n:2} pieces: largest gap {gaps[n]:.4f}")

# %%
left = gaps[32] / gaps[16]
ex.finer.reveal("a" if left > 0.375 else "b" if left > 0.1875 else "c")

# %% [markdown]
# From 8 pieces on, every doubling leaves about a quarter. That holds for any
# smooth curve once the pieces are short.

# %%
fig, ax = plt.subplots(1, 3, figsize=(10, 2.8), sharey=True)
for axes, n in zip(ax, (4, 8, 16), strict=True):
    axes.plot(turn, np.sin(turn), "--", color=plots.ORANGE, label="sine")
    axes.plot(turn, lines[n], color=plots.BLUE, label="network")
    axes.set(xlabel="x (radians)", title=f"{n} pieces")
ax[0].set_ylabel("height")
ax[0].legend()
fig.suptitle("With more kinks the line becomes a curve", y=1.04)
plt.show()

# %% [markdown]
# *In the figure:* one turn of a sine, dashed, and the line of the network in
# three panels with 4, 8 and 16 straight pieces. With 4 the corners stand out;
# with 16 the two can hardly be told apart.
#
# On a stretch with two ends, a single hidden layer that is wide enough comes as
# close as you like to any continuous curve. So why stack layers?
#
# ### Deeper
#
# Because kinks can be *multiplied* and not only added. This small network folds
# the range from 0 to 1 in the middle, like a sheet of paper: both 0 and 1 go to
# 0, and ½ goes to 1.

# %%
W1, b1 = np.array([[2.0, 2.0]]), np.array([0.0, -1.0])
W2, b2 = np.array([[1.0], [-2.0]]), np.array([0.0])
fold = [(W1, b1), (W2, b2)]

x = np.linspace(0, 1, 4097)[:, np.newaxis]
once = forward(x, fold)
twice = forward(once, fold)

fig, ax = plt.subplots(figsize=(6, 2.6))
ax.plot(x, once, "--", color=plots.ORANGE, label="folded once")
ax.plot(x, twice, color=plots.BLUE, label="folded twice")
ax.set(xlabel="input x", ylabel="output", ylim=(-0.05, 1.4))
ax.set_title("The second fold folds what the first has folded")
ax.legend(loc="upper center", ncols=2)
plt.show()

# %% [markdown]
# *In the figure:* the dashed line rises from 0 to 1 and falls back to 0: two
# straight pieces. The solid line does that twice: four pieces.
#
# Put five folds one after the other. Between two folds stand two layers without
# a ReLU, and those collapse into one, as you know. What remains is a network
# with five hidden layers of two neurons. Beside it, a wide network with the
# same ten hidden neurons in a single layer.

# %%
# NBVAL_CHECK_OUTPUT
between = collapse(W2, b2, W1, b1)
deep = [(W1, b1), *[between] * 4, (W2, b2)]

zigzag = np.linspace(0, 1, 11)
wide = bent_line(lambda corners: np.arange(len(corners)) % 2, zigzag)

for name, params in (("deep", deep), ("wide", wide)):
    numbers = sum(W.size + b.size for W, b in params)
    print(name, [W.shape[1] for W, _ in params], numbers, "parameters")

# %% [markdown]
# Ten hidden neurons and 31 parameters each. The wide one has at most ten kinks,
# so at most eleven straight pieces. How many straight pieces does the deep one
# draw between 0 and 1?

# %% exercise="pieces"
guess = None  # a whole number

pieces = ex.pieces.check(guess)


# %%
def count_pieces(params):
    """Straight pieces of a network's line between 0 and 1."""
    bends = np.abs(np.diff(forward(x, params)[:, 0], 2)) > 1e-9
    starts = bends & ~np.append(False, bends[:-1])
    return 1 + np.sum(starts)


ex.pieces.reveal(count_pieces(deep))

# %% [markdown]
# Both networks, counted and drawn:

# %%
# NBVAL_CHECK_OUTPUT
print("wide", count_pieces(wide), " deep", count_pieces(deep))

# %%
fig, ax = plt.subplots(1, 2, figsize=(10, 2.6), sharey=True)
both = {"wide": wide, "deep": deep}
for axes, (name, params) in zip(ax, both.items(), strict=True):
    axes.plot(x, forward(x, params), color=plots.BLUE)
    axes.set_title(f"{name}: {count_pieces(params)} pieces")
    axes.set_xlabel("input x")
ax[0].set_ylabel("output")
fig.suptitle("31 parameters each: depth folds, width only adds", y=1.08)
plt.show()

# %% [markdown]
# *In the figure:* two zigzag lines from 0 to 1. The wide network goes up and
# down in 10 straight pieces (its first kink stands at 0, the left edge), the
# deep one in 32, with the same number of parameters.
#
# Every fold doubles the number of pieces: 2, 4, 8, 16, 32. Every neuron more in
# a wide layer adds one. That is what depth *can* do, for patterns that repeat
# or are built from parts. Whether training finds such weights is another
# question.
#
# ## 8. Common activations
#
# Any function that is not a straight line keeps layers from collapsing. These
# are some that you will meet often. Each is drawn with its slope: how steeply
# the output rises as $z$ grows. Learning works through slopes, so the lower row
# matters as much as the upper one.

# %%
activations = {
    "sigmoid": sigmoid,
    "tanh": np.tanh,
    "ReLU": relu,
    "leaky ReLU": lambda z: np.where(z > 0, z, 0.1 * z),
    "SiLU": lambda z: z * sigmoid(z),
}
z = np.linspace(-6, 6, 1201)

fig, ax = plt.subplots(2, 5, figsize=(12, 4.4), sharex=True, sharey="row")
for (upper, lower), (name, f) in zip(ax.T, activations.items(), strict=True):
    upper.plot(z, f(z), color=plots.BLUE)
    lower.plot(z, np.gradient(f(z), z), "--", color=plots.ORANGE)
    upper.set(title=name, ylim=(-1.5, 4))
    lower.set(xlabel="sum z", ylim=(-0.2, 1.2))
ax[0, 0].set_ylabel("output")
ax[1, 0].set_ylabel("slope")
fig.suptitle("Sigmoid and tanh go flat on both sides, ReLU on one")
plt.show()

# %% [markdown]
# *In the figure:* five columns; above the output over $z$, below its slope,
# dashed. Sigmoid and tanh are smooth steps, and their slope is a bump around
# zero. ReLU and leaky ReLU have a kink, and a slope that jumps. SiLU looks like
# a ReLU with a rounded kink that dips a little below zero.

# %%
# NBVAL_CHECK_OUTPUT
print("            lowest  highest   slope at −4   at 4   largest")
for name, f in activations.items():
    slope = np.gradient(f(z), z)
    ends = f"{f(z).min():7.2f} {f(z).max():8.2f}"
    print(f"{name:11} {ends} {slope[200]:13.3f} {slope[1000]:6.3f}", end="")
    print(f" {slope.max():9.2f}")

# %% [markdown]
# - **Sigmoid** and **tanh** are bounded, and flat on both sides. At $z = 4$
#   hardly any slope is left to learn from, and even at its best the slope of
#   the sigmoid is a quarter.
# - **ReLU** has the slope 1 for every positive sum, and costs next to nothing.
#   For negative sums its slope is 0: a neuron whose sum is negative for all
#   examples learns nothing any more. It is called *dead*.
# - **Leaky ReLU** and **SiLU** (also called *swish*) keep a slope for negative
#   sums.
#
# In hidden layers ReLU is a good first choice. After the last layer, the task
# decides: nothing for any number, a sigmoid for a yes or no, a softmax for one
# of several classes.
#
# A network predicts tomorrow's temperature in °C. What belongs after its last
# layer?
#
# - **a)** ReLU, as everywhere
# - **b)** sigmoid
# - **c)** nothing
# - **d)** softmax

# %% exercise="output_activation"
answer = None  # "a", "b", "c" or "d"

output_activation = ex.output_activation.check(answer)

# %% [markdown]
# ## 9. With a pencil
#
# The whole chapter on one sheet. A network with two inputs, three hidden
# neurons with ReLU and two outputs:
#
# | W1 | h1 | h2 | h3 |
# |---|---|---|---|
# | **from x1** | 2 | −1 | 0 |
# | **from x2** | 1 | 1 | −1 |
# | **bias b1** | −1 | 0 | 1 |
#
# | W2 | class 0 | class 1 |
# |---|---|---|
# | **from h1** | 1 | 0.5 |
# | **from h2** | −1 | 2 |
# | **from h3** | 0.5 | −1 |
# | **bias b2** | −1 | −2 |
#
# The batch has two examples, (1, 2) and (2, −1). Do not run any code.
#
# 1. Write down the shapes of X, W1, Z1, W2 and Z2.
# 2. Count the parameters.
# 3. Fill in Z1, A1 and Z2: tables with a row for each example.
# 4. Which class does the network choose for each example?
#
# Enter Z2, a list of two rows.

# %% exercise="paper_network"
answer = None  # two rows: [[…, …], […, …]]

paper_network = ex.paper_network.check(answer)

# %% [markdown]
# Then compare the rest of your sheet:

# %%
# NBVAL_CHECK_OUTPUT
sheet = np.array([[1, 2], [2, -1]])
W1, b1 = np.array([[2, -1, 0], [1, 1, -1]]), np.array([-1, 0, 1])
W2, b2 = np.array([[1, 0.5], [-1, 2], [0.5, -1]]), np.array([-1, -2])
Z1 = layer(sheet, W1, b1)
Z2 = forward(sheet, [(W1, b1), (W2, b2)])
print("shapes", sheet.shape, W1.shape, Z1.shape, W2.shape, Z2.shape)
print("parameters", W1.size + b1.size + W2.size + b2.size)
print("Z1", *Z1, " A1", *relu(Z1), " Z2", *Z2)
print("classes", Z2.argmax(axis=1), " probabilities", *softmax(Z2).round(2))

# %% [markdown]
# ### Explain it to a friend
#
# A friend asks: "What is inside a neural network?" Answer in a few sentences,
# in quotation marks. The check shows one way to put it.

# %% exercise="explain"
answer = None  # your text, in quotation marks

explain = ex.explain.check(answer)

# %% [markdown]
# ## Recap
#
# - **Compute**: weighted sum, plus bias, through the activation; the sum is
#   zero where the activation bends
# - **Solve** XOR: one neuron draws one line and gets three of four; two hidden
#   neurons put the examples into places where one line is enough
# - **Trace** shapes: (N, D) @ (D, H) + (H,) gives (N, H); D · H weights and H
#   biases for each layer, and none for the input layer
# - **Write** the forward pass: a layer, ReLU, the next layer, and nothing after
#   the last; softmax makes probabilities of logits, row by row
# - **Explain**: without an activation, layers multiply out to one; width adds
#   kinks, depth folds them
#
# Where do the weights come from? So far from people and from chance. In
# [chapter 03](03_make_a_network_learn.ipynb) the network finds them.
#
# ## Recall
#
# Three questions on chapters 00 and 01.
#
# 1. How do deep learning and machine learning belong together? **a)** machine
#    learning is a part of deep learning, **b)** deep learning is a part of
#    machine learning, **c)** they are two separate fields

# %% exercise="recall_subset"
answer = None  # "a", "b" or "c"

recall_subset = ex.recall_subset.check(answer)

# %% [markdown]
# 2. "Features are learned." What does that mean? **a)** the network finds out
#    by itself what to compute from the raw data, **b)** a person designs the
#    features and the network weighs them, **c)** the network has useful
#    features before training starts

# %% exercise="recall_features"
answer = None  # "a", "b" or "c"

recall_features = ex.recall_features.check(answer)

# %% [markdown]
# 3. For which task would you *not* use deep learning? **a)** sorting 100,000
#    photographs by what they show, **b)** telling bird songs apart in 50,000
#    recordings, **c)** granting loans from a table of 300 customers, with a
#    reason owed to each

# %% exercise="recall_when_not"
answer = None  # "a", "b" or "c"

recall_when_not = ex.recall_when_not.check(answer)

# %% [markdown]
# ## Further reading
#
# - [TensorFlow Playground](https://playground.tensorflow.org/): small networks
#   in the browser; choose *Exclusive or* among the data sets, and look at what each hidden
#   neuron does to the plane.
# - [Christopher Olah, Neural Networks, Manifolds, and
#   Topology](https://colah.github.io/posts/2014-03-NN-Manifolds-Topology/): the
#   bent space of section 3, animated, with many more layers.
# - [Michael Nielsen, Neural Networks and Deep Learning, chapter
#   4](http://neuralnetworksanddeeplearning.com/chap4.html): a proof with
#   sliders that a network can come close to any function.
#
# When you are done, choose *Kernel → Shut Down Kernel* to free the memory.
