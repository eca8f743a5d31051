# ---
# jupyter:
#   kernelspec:
#     display_name: Python 3 (ipykernel)
#     language: python
#     name: python3
# ---

# %% [markdown]
# # Make a network learn
#
# A network is a heap of numbers, and at first they are random. In this
# chapter you make them good, with nothing but one question asked again and
# again: if I nudge this number a little, does the error get smaller?
#
# ## What you will be able to do
#
# - **Measure** how wrong a network is, as one number
# - **Compute** a slope and a gradient by nudging, for any loss
# - **Walk** downhill, and say what learning rate, batches, momentum and Adam
#   change about the walk
# - **Train** a small network with what you wrote, and count what it costs
# - **Diagnose** a training from its learning curves
#
# ## Before you start
#
# Work through [Build neurons and layers](02_build_neurons_and_layers.ipynb)
# first. You need Python and school algebra, no calculus. This chapter takes 60
# minutes and about 250 MB of memory; run from top to bottom it computes for
# less than a minute.

# %%
from course_utils import runtime

runtime.limit_threads()

import time
from itertools import pairwise

import matplotlib.pyplot as plt
import numpy as np
from sklearn.datasets import make_circles, make_moons

from course_utils import plots
from course_utils.exercises import chapter_03 as ex
from course_utils.widgets.landscape import Landscape
from course_utils.widgets.playground import Playground

# %% [markdown]
# ## 1. Error as one number
#
# "It is a bit wrong" is not something a program can improve. It needs one
# number, called the **loss**: the worse the answers, the larger the number.
#
# ### For amounts: squared error
#
# A program estimates three taxi fares, in euro:

# %%
# NBVAL_CHECK_OUTPUT
estimates = np.array([9.0, 15.0, 6.0])
fares = np.array([12.0, 12.0, 6.0])

errors = estimates - fares
print("errors ", errors, " mean", errors.mean())
print("squares", errors**2, " mean", np.mean(errors**2))

# %% [markdown]
# Two of three estimates are off by 3 euro, and yet the mean error is 0: one is
# too low, one too high, and they cancel. Squares cannot cancel, since a square
# is never negative. They also count one error of 6 as much as four errors of
# 3.
#
# With predictions $\hat y_i$ and targets $y_i$, the **mean squared error** is
#
# $$ L = \frac{1}{N} \sum_{i=1}^{N} (\hat y_i - y_i)^2 $$
#
# Read it from the inside out: difference, square, mean. (The sign $\sum$ says
# "add up", and dividing by $N$ makes a mean of it.) Write it. Where there are
# several outputs for each example, take the mean over all of them.


# %% exercise="mean_squared_error"
def mean_squared_error(predictions, targets):
    """Mean of the squared differences, over all entries: one number."""
    ...  # your code here


mean_squared_error = ex.mean_squared_error.check(mean_squared_error)

# %% [markdown]
# ### For classes: cross-entropy
#
# A classifier's answer is a probability for each class: the softmax of chapter
# 02. What counts is the probability $p$ that it gives to the *true* class. It
# should be 1. How much should it cost when it is not?
#
# Two candidates: the square of what is missing to 1, and minus the natural
# logarithm of $p$. (The logarithm of $p$ is the number that $e ≈ 2.718$ must
# be raised to in order to give $p$. For $p$ below 1 it is negative, hence the
# minus.)

# %%
# NBVAL_CHECK_OUTPUT
print("true class gets   (1 - p)²    -ln p")
for p in (0.99, 0.9, 0.5, 0.1, 0.01, 0.001):
    print(f"{p:13}     {(1 - p) ** 2:9.4f} {-np.log(p):8.2f}")

# %% [markdown]
# From the top: a confident right answer costs next to nothing either way. At
# the bottom they part. Whether the true class is given 10 %, 1 % or 0.1 %
# hardly changes the square; the logarithm adds 2.30 each time.

# %%
p = np.linspace(0.002, 1, 400)

fig, ax = plt.subplots(figsize=(6.5, 3.2))
ax.plot(p, -np.log(p), color=plots.BLUE, label="−ln p")
ax.plot(p, (1 - p) ** 2, "--", color=plots.ORANGE, label="(1 − p)²")
ax.set(xlabel="probability p given to the true class", ylabel="cost")
ax.set_title("The logarithm makes confident mistakes dear")
ax.legend()
plt.show()

# %% [markdown]
# *In the figure:* two falling curves that meet at cost 0 for p = 1. Towards
# p = 0 the dashed square levels off at 1, while the solid logarithm climbs
# without end, past 6 at the left edge.
#
# There is a second reason for the logarithm. If answers are independent, the
# probability that all of them are right is a *product*, and a product of many
# numbers below 1 is soon too small for a computer. Its logarithm is a sum:

# %%
print("product of 10,000 times 0.9:", 0.9**10_000)
print("sum of 10,000 logarithms:   ", round(10_000 * np.log(0.9), 1))

# %% [markdown]
# To make the sum of the costs small is to make all the true labels, together,
# as probable as possible.
#
# Predict. Two forecasters say for ten days whether it will rain. The cautious
# one gives the right outcome 70 % every day. The bold one gives it 99 % on
# nine days, and 1 % on the tenth. **Who has the smaller mean of −ln p?**
#
# - **a)** The cautious one.
# - **b)** The bold one.

# %% exercise="forecasters"
guess = None  # "a" or "b"

forecasters = ex.forecasters.check(guess)

# %%
cautious = np.full(10, 0.7)
bold = np.array([0.99] * 9 + [0.01])

means = [np.mean(-np.log(p)) for p in (cautious, bold)]
print(f"cautious {means[0]:.3f}, bold {means[1]:.3f}")
ex.forecasters.reveal("a" if means[0] < means[1] else "b")

# %% [markdown]
# The mean of these costs is the **cross-entropy**. With probabilities $P$ of
# shape $(N, C)$ and labels $y_i$, whole numbers from 0 to $C - 1$:
#
# $$ L = -\frac{1}{N} \sum_{i=1}^{N} \ln P_{i, y_i} $$
#
# $P_{i, y_i}$ is in row $i$ the entry in column $y_i$. Write it.


# %% exercise="cross_entropy"
def cross_entropy(probabilities, labels):
    """Mean of minus the log of the true class's probability: one number."""
    ...  # your code here


cross_entropy = ex.cross_entropy.check(cross_entropy)

# %%
# NBVAL_CHECK_OUTPUT
P = np.array([[0.7, 0.2, 0.1], [0.1, 0.1, 0.8], [0.3, 0.4, 0.3]])
for labels in ([0, 2, 1], [0, 2, 0], [0, 0, 1]):
    print(labels, round(float(cross_entropy(P, np.array(labels))), 3))

# %% [markdown]
# ## 2. If I nudge this weight, what happens?
#
# Now one weight. Four taxi rides, with distance and fare; the network is a
# single neuron without bias or activation: fare = w · distance. Which w is
# good? The loss says how bad each one is:

# %%
# NBVAL_CHECK_OUTPUT
km = np.array([1.0, 1.0, 2.0, 2.0])
euro = np.array([3.2, 2.8, 5.9, 6.1])


def fare_loss(w):
    """Loss of the neuron with the weight w: one number."""
    return mean_squared_error(w * km, euro)


for w in (0.0, 1.0, 2.0, 3.0, 4.0):
    print(f"w = {w}  loss {fare_loss(w):.3f}")

# %% [markdown]
# You stand at w = 2 and see nothing but that. Ask: *if I nudge w up by 0.1,
# what does the loss do?* It changes by some amount. Divided by the nudge, that
# is the change *for each unit of w*, whatever the size of the nudge:

# %%
# NBVAL_CHECK_OUTPUT
for nudge in (0.1, 0.01, 0.001, 0.0001):
    change = fare_loss(2.0 + nudge) - fare_loss(2.0)
    ratio = change / nudge
    print(f"nudge {nudge:<7} change {change:12.9f}  ratio {ratio:.5f}")

# %% [markdown]
# The changes shrink, and the ratio settles: −4.75, −4.975, −4.9975 … It comes
# as close to −5 as you like, if only the nudge is small enough. That number is
# the **slope** of the loss at w = 2, also called its **derivative**.
#
# In words: *the derivative is what the ratio of change to nudge settles at, as
# the nudge shrinks towards zero.* As a symbol:
#
# $$ \frac{dL}{dw} = -5 \quad \text{at } w = 2 $$
#
# Read $\frac{dL}{dw}$ as "change of $L$ for each unit of change of $w$". Its
# **sign** says which way is better: negative means that the loss falls when w
# grows. Its **size** says how steeply.

# %%
w = np.linspace(0, 6, 100)
pieces = ((2, -5, "-"), (3, 0, "--"), (4.5, 7.5, ":"))
colours = (plots.BLUE, plots.GREEN, plots.ORANGE)

fig, ax = plt.subplots(figsize=(6.5, 3.4))
ax.plot(w, [fare_loss(one) for one in w], color=plots.GREY)
for (place, slope, style), colour in zip(pieces, colours, strict=True):
    near = place + np.array([-0.8, 0.8])
    line = fare_loss(place) + slope * (near - place)
    name = f"w = {place}: slope {slope}"
    ax.plot(near, line, style, color=colour, lw=3, label=name)
ax.set(xlabel="weight w (euro per km)", ylabel="loss (euro²)")
ax.set_title("Left of the lowest point the slope is negative, right positive")
ax.legend()
plt.show()

# %% [markdown]
# *In the figure:* the loss is a bowl with its lowest point at w = 3. Three
# straight pieces touch it: one falling to the right at w = 2, a level one at
# w = 3, one rising steeply at w = 4.5.
#
# A slope predicts. At some place the slope is −4, and you nudge w up by 0.02.
# By about how much does the loss change? (Mind the sign.)

# %% exercise="predicted_change"
answer = None  # a number

predicted_change = ex.predicted_change.check(answer)

# %% [markdown]
# ### Left and right
#
# The ratios above crept towards −5 from one side, because the curve bends and
# the nudge feels the bend. Nudge to *both* sides and the bend mostly cancels:
#
# $$ \frac{dL}{dw} ≈ \frac{L(w + h) - L(w - h)}{2h} $$
#
# Write it, for any function `f`. What is in the brackets below the line must
# stay together.


# %% exercise="numerical_derivative"
def numerical_derivative(f, w, h=1e-5):
    """Slope of f at w, from one point on each side at the distance h."""
    ...  # your code here


numerical_derivative = ex.numerical_derivative.check(numerical_derivative)

# %% [markdown]
# Which `h` is best? There is a function whose slope is known exactly: $e^w$ is
# at every place as steep as it is high. At w = 1 height and slope are
# $e = 2.71828…$ Predict: which h gives the most exact slope there?
#
# - **a)** 0.1
# - **b)** 0.00001, that is `1e-5`
# - **c)** 0.000000000000001, that is `1e-15`

# %% exercise="best_nudge"
guess = None  # "a", "b" or "c"

best_nudge = ex.best_nudge.check(guess)

# %%
nudges = {"a": 1e-1, "b": 1e-5, "c": 1e-15}
misses = {
    letter: abs(numerical_derivative(np.exp, 1.0, h) - np.e)
    for letter, h in nudges.items()
}
for letter, miss in misses.items():
    print(f"{letter}) h = {nudges[letter]:.0e}: off by {miss:.1e}")
ex.best_nudge.reveal(min(misses, key=misses.get))

# %% [markdown]
# And for every power of ten in between, with a nudge to one side and to both:

# %%
h = 10.0 ** np.arange(-15, 0)
one_side = np.abs((np.exp(1 + h) - np.exp(1)) / h - np.e)
two_sides = [abs(numerical_derivative(np.exp, 1.0, one) - np.e) for one in h]

fig, ax = plt.subplots(figsize=(6.5, 3.4))
ax.loglog(h, one_side, "s--", color=plots.ORANGE, label="one side")
ax.loglog(h, two_sides, "o-", color=plots.BLUE, label="both sides")
ax.set(xlabel="nudge h", ylabel="error of the slope")
ax.set_title("Neither the largest nor the smallest nudge is best")
ax.legend()
plt.show()

# %% [markdown]
# *In the figure:* the error over h, both on logarithmic axes. From the right,
# both curves fall as h shrinks. That for both sides falls faster and lower; its
# lowest points lie between 1e-5 and 1e-7, that of the other near 1e-8. Further
# left both errors climb again, unevenly: the two values of f are then so alike
# that rounding eats the difference.
#
# ### Many weights: the gradient
#
# Give the taxi a fixed charge as well: fare = w · distance + b. Now there are
# two numbers to nudge. Nothing new is needed: nudge one and *hold the other
# still*, then the other way round.


# %%
# NBVAL_CHECK_OUTPUT
def line_loss(params):
    """Loss of the neuron with weight params[0] and bias params[1]."""
    return mean_squared_error(params[0] * km + params[1], euro)


for_w = numerical_derivative(lambda w: line_loss([w, 0.0]), 2.0)
for_b = numerical_derivative(lambda b: line_loss([2.0, b]), 0.0)
print(f"at w = 2, b = 0: slope for w {for_w:.3f}, slope for b {for_b:.3f}")

# %% [markdown]
# A slope with the others held still is a **partial derivative**, written with
# a round ∂. All of them, laid out like the parameters, are the **gradient**:
#
# $$ \nabla L = \left( \frac{\partial L}{\partial w},
# \frac{\partial L}{\partial b} \right) = (-5, -3) $$
#
# It has the shape of the parameters: a gradient for a matrix of weights is a
# matrix, and in row $i$, column $j$ stands the slope for the weight in row
# $i$, column $j$.
#
# Write it for an array of any shape. It must leave `params_array` as it was,
# and compute in float64, whatever comes in.


# %% exercise="numerical_gradient"
def numerical_gradient(loss, params_array, h=1e-5):
    """Slope of the loss along each entry: same shape, float64."""
    ...  # your code here


numerical_gradient = ex.numerical_gradient.check(numerical_gradient)

# %%
# NBVAL_CHECK_OUTPUT
print(numerical_gradient(line_loss, np.array([2.0, 0.0])).round(3))

# %% [markdown]
# What does a gradient look like? The next figure is a map: each line joins
# places with the same loss, as contour lines join places of the same height.


# %%
def height_map(loss, right, top):
    """Weights u and v on a grid, and the loss of each pair."""
    u, v = np.meshgrid(np.linspace(*right, 81), np.linspace(*top, 81))
    pairs = np.stack([u.ravel(), v.ravel()], axis=1)
    heights = np.array([loss(w) for w in pairs])
    return u, v, heights.reshape(u.shape)


# %%
places = np.array([[1.8, 0.9], [2.2, -1.0], [3.8, 1.0], [4.2, -0.7]])
arrows = np.array([numerical_gradient(line_loss, w) for w in places])
lines = [0.1, 0.4, 1, 2, 4, 7, 11, 16]
rings_of_loss = height_map(line_loss, (1.4, 4.6), (-1.6, 1.6))

fig, ax = plt.subplots(figsize=(5.6, 4.2))
ax.contour(*rings_of_loss, lines, cmap="cividis", linewidths=1)
ax.plot(*places.T, "o", color="k")
ax.quiver(*places.T, *arrows.T, angles="xy", scale_units="xy", scale=18)
ax.set(xlabel="w (euro per km)", ylabel="b (euro)", aspect="equal")
ax.set_title("The gradient points straight uphill")
plt.show()

# %% [markdown]
# *In the figure:* stretched rings of equal loss around the lowest point near
# w = 3, b = 0. From four dots arrows show the gradient there. Each leaves its
# line at a right angle, towards higher loss; the steeper the hill, the longer
# the arrow.
#
# ## 3. Downhill
#
# The gradient points uphill, so a step *against* it goes down. The step is the
# gradient times a small number, the **learning rate** η ("eta"):
#
# $$ w ← w - η \, \nabla L(w) $$
#
# One step by hand, back on the first bowl: w = 2, slope −5, learning rate 0.1.
# The new weight is 2 − 0.1 · (−5) = 2.5. That is **gradient descent**, and
# training a network is nothing but this line, repeated.
#
# Write the loop. `gradient` is a function: call it where you stand. The path
# begins with the start and holds `steps + 1` places; these may be numbers or
# arrays. Return it as one array.


# %% exercise="gradient_descent"
def gradient_descent(gradient, start, learning_rate, steps):
    """All the places visited, the start first: (steps + 1, ...)."""
    ...  # your code here


gradient_descent = ex.gradient_descent.check(gradient_descent)


# %%
# NBVAL_CHECK_OUTPUT
def fare_slope(w):
    """Slope of the fare loss at w."""
    return numerical_derivative(fare_loss, w)


print("walk", gradient_descent(fare_slope, 0.0, 0.1, 4).round(4))
for w in (2.0, 1.0, 0.0):
    print(f"{3 - w:.0f} away from the lowest point: slope {fare_slope(w):.1f}")

# %% [markdown]
# From the second part you can foretell every walk in this bowl: at the
# distance $d$ from the lowest point the slope is $5d$, so a step goes $5 η d$
# towards it. With η = 0.1 that is half of the distance, each time.
#
# ### How long should the steps be?
#
# Commit yourself before you see the walks. All start at w = 0, 3 away from the
# lowest point, and take 20 steps. For each learning rate: what share of the
# distance is a step, and where does that lead?
#
# - **a)** Too small: a good part of the distance is still left.
# - **b)** Good: it arrives.
# - **c)** Too large: it leaps to and fro, and closes in slowly.
# - **d)** Divergent: it gets further and further away.
#
# Learning rate 0.02:

# %% exercise="rate_a"
guess = None  # "a", "b", "c" or "d"

rate_a = ex.rate_a.check(guess)

# %% [markdown]
# Learning rate 0.25:

# %% exercise="rate_b"
guess = None  # "a", "b", "c" or "d"

rate_b = ex.rate_b.check(guess)

# %% [markdown]
# Learning rate 0.38:

# %% exercise="rate_c"
guess = None  # "a", "b", "c" or "d"

rate_c = ex.rate_c.check(guess)

# %% [markdown]
# Learning rate 0.42:

# %% exercise="rate_d"
guess = None  # "a", "b", "c" or "d"

rate_d = ex.rate_d.check(guess)


# %% [markdown]
# Now run them. `verdict` looks at the share of the distance that is left after
# 20 steps, and at the side on which the first step lands.


# %%
def verdict(path):
    """Letter of what a walk towards w = 3 did."""
    left = abs(path[-1] - 3) / abs(path[0] - 3)
    if left > 1:
        return "d"
    if left < 0.05:
        return "b"
    return "c" if path[1] > 3 else "a"


rates = (0.02, 0.25, 0.38, 0.42)
walks = [gradient_descent(fare_slope, 0.0, rate, 20) for rate in rates]
questions = (ex.rate_a, ex.rate_b, ex.rate_c, ex.rate_d)
for question, walk in zip(questions, walks, strict=True):
    question.reveal(verdict(walk))

# %%
fig, axes = plt.subplots(2, 2, figsize=(9, 5))
fig.suptitle("The same bowl and start, four learning rates")
for ax, rate, walk in zip(axes.flat, rates, walks, strict=True):
    ax.axhline(3, color=plots.GREY, linestyle=":")
    ax.plot(walk, "o-", color=plots.BLUE, markersize=4)
    ax.set(xlabel="step", ylabel="weight w", xticks=range(0, 21, 5))
    ax.set_title(f"learning rate {rate}", fontsize=10)
fig.tight_layout()
plt.show()

# %% [markdown]
# *In the figure:* the weight over the steps, in four panels, with a dotted
# line at the lowest point, w = 3. At 0.02 the curve climbs slowly and ends
# below the line; at 0.25 it is there after a few steps; at 0.38 it leaps to
# and fro around the line, less and less; at 0.42 it leaps further each time.
#
# A step covers the share 5η of the distance: 0.1, 1.25, 1.9 and 2.1. A little
# above 1 is still good; a little below 2 it hardly closes in; above 2 it flies
# away. Between too small and divergent lies a factor of about 20, between 0.38
# and 0.42 next to nothing. Whenever a loss grows, the learning rate is the
# first suspect.
#
# ### Two weights and two valleys
#
# The bowl had one lowest point. A network's loss has many valleys. Here is a
# landscape with two: the left one is deeper.


# %%
def two_valleys(w):
    """A loss of two weights with a deep valley left, a shallow one right."""
    u, v = w
    return (u**2 - 1) ** 2 + 0.3 * u + 3 * v**2


# %% [markdown]
# A walk starts at the right, at (1.8, 1), with a learning rate of 0.02.
# Predict where it ends:
#
# - **a)** In the left valley: that is where the loss is lowest.
# - **b)** In the right valley.
# - **c)** On the ridge between them.

# %% exercise="which_valley"
guess = None  # "a", "b" or "c"

which_valley = ex.which_valley.check(guess)

# %%
start = np.array([1.8, 1.0])
walk = gradient_descent(
    lambda w: numerical_gradient(two_valleys, w), start, 0.02, 200
)
print("ends at", walk[-1].round(2))
end = walk[-1][0]
ex.which_valley.reveal("a" if end < -0.5 else "b" if end > 0.5 else "c")

# %% [markdown]
# Explore the landscape yourself: drag the square, or move it with the arrow
# keys. The slider *Momentum* lets each step keep a share of the one before,
# like a heavy ball that rolls on; section 5 says more about it. At 0 it is
# plain gradient descent.

# %%
Landscape("valleys", "momentum", learning_rate=0.02, momentum=0)

# %% [markdown]
# *In the figure:* lines of equal loss around two low places, the left one
# lower, each marked by a cross. From a square at the upper right a chain of dots
# runs down into the right valley and stops there.
#
# Try: the same start with the learning rates 0.005, 0.1, 0.15 and 0.3, and find
# one of each kind (too small, good, too large, divergent); then 0.02 again, and
# raise the momentum until the ball crosses the ridge. Can it roll too far? And
# from which starts does plain gradient descent end in the deep valley?
#
# Gradient descent finds *a* low place, not the lowest one. For training
# networks that is enough in practice: a valley need not be the deepest, if it
# is deep enough.
#
# ## 4. Batches, epochs, noise
#
# So far each step used all the data: the **full batch**. With a million
# examples that is a million computations for one small step. Cheaper: ask a
# few examples, drawn at random, for their opinion of the slope. That is a
# **mini-batch**; the extreme is a single example. One pass through all the
# examples is an **epoch**.
#
# Four hundred noisy points on a line, with two numbers to find:

# %%
rng = np.random.default_rng(0)
x = rng.uniform(-1, 1, 400)
y = 1.5 * x + 0.5 + rng.normal(0, 0.5, 400)


def slope_on(rows, w):
    """Gradient of the mean squared error on some of the points."""
    return numerical_gradient(
        lambda w: mean_squared_error(w[0] * x[rows] + w[1], y[rows]), w
    )


# %% [markdown]
# The examples of a mini-batch do not all say the same. What do their gradients
# look like at one place, for batches of 1, 32 and 400?

# %%
w = np.array([-2.0, 2.0])
for size in (1, 32, 400):
    draws = [rng.permutation(400)[:size] for _ in range(1000)]
    slopes = np.array([slope_on(rows, w)[0] for rows in draws])
    print(f"batch of {size:3}: {slopes.mean():5.1f} ± {slopes.std():.1f}")

# %% [markdown]
# On average they agree, and the small batches scatter: noisy, not wrong. A
# batch 32 times as large costs 32 times as much and makes the noise about
# $\sqrt{32} ≈ 6$ times smaller.
#
# With 400 examples in batches of 32, how many steps are in one epoch? Every
# example takes part once.

# %% exercise="steps_per_epoch"
answer = None  # a whole number

steps_per_epoch = ex.steps_per_epoch.check(answer)

# %% [markdown]
# Now a fair race. *Work* is the number of examples looked at: a full-batch
# step costs 400, a mini-batch step 32, a single example 1. All three may look
# at 2,000 examples (five epochs), with the same learning rate, 0.1. **Whose
# loss is lowest at the end?**
#
# - **a)** The full batch: its slopes are exact.
# - **b)** Mini-batches of 32.
# - **c)** Single examples: they take the most steps.

# %% exercise="same_work"
guess = None  # "a", "b" or "c"

same_work = ex.same_work.check(guess)


# %%
def descend_in_batches(size, rate=0.1, epochs=5):
    """Examples seen so far and the loss on all points, step by step."""
    order = np.random.default_rng(1)
    w, seen, losses = np.array([-2.0, 2.0]), [0], []
    for _ in range(epochs):
        shuffled = order.permutation(400)
        for first in range(0, 400, size):
            rows = shuffled[first : first + size]
            losses.append(mean_squared_error(w[0] * x + w[1], y))
            w = w - rate * slope_on(rows, w)
            seen.append(seen[-1] + len(rows))
    return seen, [*losses, mean_squared_error(w[0] * x + w[1], y)]


# %% [markdown]
# The three of them, and the outcome:

# %%
runs = {size: descend_in_batches(size) for size in (400, 32, 1)}
for size, (seen, losses) in runs.items():
    ends = f"{losses[5]:.3f} after 5 steps, {losses[-1]:.3f} at the end"
    print(f"batch of {size:3}: {len(seen) - 1:4} steps, loss {ends}")

last = [losses[-1] for seen, losses in runs.values()]
ex.same_work.reveal("abc"[np.argmin(last)])

# %%
styles = {1: (plots.ORANGE, ""), 32: (plots.BLUE, "o"), 400: (plots.GREY, "s")}

fig, ax = plt.subplots(figsize=(8, 3.6))
for size, (colour, mark) in styles.items():
    look = {"color": colour, "marker": mark, "markersize": 4, "linewidth": 1}
    ax.semilogy(*runs[size], label=f"batch of {size}", **look)
ax.set(xlabel="work (examples looked at)", ylabel="loss on all 400 points")
ax.set_yticks([0.3, 1, 3], ["0.3", "1", "3"])
ax.set_yticks([], minor=True)
ax.set_title("For the same work, mini-batches get furthest")
ax.legend()
plt.show()

# %% [markdown]
# *In the figure:* the loss, on a logarithmic axis, over the examples looked
# at. The full batch goes down in five small steps and ends high. The
# mini-batch curve falls steadily and is flat at the bottom at the end. Single
# examples fall fastest of all and then keep jittering above the bottom.
#
# Single examples get near the bottom first, and cannot rest there: each one
# pulls in its own direction. A smaller learning rate calms them and slows them
# down. Mini-batches are the usual bargain.
#
# Plotted over *steps*, the picture would mislead. After five steps full batch
# and mini-batches have about the same loss (see the table), but the one has
# looked at 2,000 examples by then and the other at 160. Whenever you compare
# two trainings, ask what stands on the horizontal axis.
#
# ## 5. Optimizers
#
# The rule that turns a gradient into a step is called the **optimizer**. Three
# of them, in words:
#
# - **SGD** (*stochastic gradient descent*): a step against the gradient, as
#   above. "Stochastic" means that the batches are drawn at random.
# - **Momentum**: a heavy ball. It has a velocity, loses a tenth of it to
#   friction in each step, and is pushed by the slope.
# - **Adam**: it keeps running means of each weight's gradient, and of its
#   square, and steps by the one over the root of the other. A weight with
#   small gradients gets steps as long as one with large gradients.
#
# What they have in common: weights, gradient and state go in; new weights and
# new state come out. SGD needs no state:


# %%
def sgd_step(w, gradient, state, learning_rate):
    """Return the new weights and the state, which SGD does not use."""
    return w - learning_rate * gradient, state


# %% [markdown]
# Momentum, with the velocity $s$, the gradient $g$, and the share β of the old
# velocity that friction leaves (0.9 in most cases). In the code they are
# `velocity`, `gradient` and `momentum`:
#
# $$ s ← β s - η g, \qquad w ← w + s $$


# %% exercise="momentum_step"
def momentum_step(w, gradient, velocity, learning_rate, momentum=0.9):
    """Return the new weights and the new velocity."""
    ...  # your code here


momentum_step = ex.momentum_step.check(momentum_step)

# %% [markdown]
# Adam, line by line. $t$ counts the steps and starts at 0, so it is 1 in the
# first step:
#
# $$ t ← t + 1 $$
# $$ m ← β_1 m + (1 - β_1) \, g \qquad \text{running mean of the gradient} $$
# $$ v ← β_2 v + (1 - β_2) \, g^2 \qquad \text{running mean of its square} $$
# $$ \hat m = \frac{m}{1 - β_1^t}, \qquad \hat v = \frac{v}{1 - β_2^t} $$
# $$ w ← w - η \, \frac{\hat m}{\sqrt{\hat v} + 10^{-8}} $$
#
# $m$ and $v$ start at zero, so the first values are too small. The hats make
# up for that: after one step $m$ is a tenth of the gradient, and
# $1 - 0.9^1 = 0.1$. The tiny $10^{-8}$ keeps a zero gradient from giving 0 / 0.
#
# With a pencil: a weight has in the very first step the gradient 250, and η is
# 0.1. How far does it move? ($β_1 = 0.9$, $β_2 = 0.999$.)

# %% exercise="first_adam_step"
answer = None  # a number

first_adam_step = ex.first_adam_step.check(answer)

# %% [markdown]
# The result does not depend on the 250: a gradient of 0.003 would have moved
# it as far. That is what "a step size of its own for each weight" means.
#
# Write Adam. The state is a tuple of three: `(m, v, t)`.


# %% exercise="adam_step"
def adam_step(w, gradient, state, learning_rate, beta1=0.9, beta2=0.999):
    """Return the new weights and the new state (m, v, t)."""
    ...  # your code here


adam_step = ex.adam_step.check(adam_step)

# %% [markdown]
# ### The race
#
# The course: a long, narrow valley, 50 times as steep across as along. Plain
# gradient descent is in trouble there, as the steep direction allows only a
# small learning rate, and the flat one would need a large one.


# %%
def valley(w):
    """A valley along the first weight, 50 times as steep across."""
    return 0.5 * (w[0] ** 2 + 50 * w[1] ** 2)


def race(step, state, rate, steps):
    """Path of an optimizer in the valley; ends when it flies off."""
    w = np.array([-9.0, 1.5])
    path = [w]
    while len(path) <= steps and np.abs(w).max() < 100:
        w, state = step(w, numerical_gradient(valley, w), state, rate)
        path.append(w)
    return np.array(path)


# %% [markdown]
# So that the race is fair, each one tries seven learning rates, and its best
# try counts. The finish is a loss that stays below 0.01. Who needs the fewest
# steps?
#
# - **a)** SGD
# - **b)** Momentum
# - **c)** Adam

# %% exercise="race_winner"
guess = None  # "a", "b" or "c"

race_winner = ex.race_winner.check(guess)

# %%
rates = (0.003, 0.01, 0.03, 0.1, 0.3, 1.0, 3.0)
zero = np.zeros(2)
racers = {
    "SGD": (sgd_step, None),
    "momentum": (momentum_step, zero),
    "Adam": (adam_step, (zero, zero, 0)),
}


def steps_needed(path):
    """Steps until the loss stays below 0.01; 301 if it does not arrive."""
    above = [k for k, w in enumerate(path) if valley(w) >= 0.01]
    return above[-1] + 1 if len(path) == 301 else 301


# %% [markdown]
# Three racers, seven rates each:

# %%
# NBVAL_CHECK_OUTPUT
needed = {}
for name, (step, state) in racers.items():
    paths = [race(step, state, rate, 300) for rate in rates]
    needed[name] = [steps_needed(path) for path in paths]

print("learning rate", *(f"{rate:>6}" for rate in rates))
for name, counts in needed.items():
    texts = [f"{n:6}" if n < 301 else f"{'–':>6}" for n in counts]
    print(f"{name:13}", *texts)

# %%
ex.race_winner.reveal("abc"[np.argmin([min(n) for n in needed.values()])])

# %% [markdown]
# A dash means: not within 300 steps, or flown off. Look along the rows, too,
# and not at the winner alone: SGD arrives with one of these rates, momentum
# with three, Adam with four. That Adam forgives a badly chosen rate is as good
# a reason for its popularity as its speed.

# %%
looks = (("s-", plots.GREY), ("^-", plots.ORANGE), ("o-", plots.BLUE))

floor = height_map(valley, (-10, 4), (-2, 2))

fig, axes = plt.subplots(3, 1, figsize=(8, 6), sharex=True, sharey=True)
fig.suptitle("Thirty steps along the valley, each at its best rate")
for ax, name, look in zip(axes, racers, looks, strict=True):
    step, state = racers[name]
    rate = rates[np.argmin(needed[name])]
    ax.contour(*floor, [0.5, 3, 10, 25, 50, 90], cmap="cividis")
    path = race(step, state, rate, 30)
    ax.plot(*path.T, look[0], color=look[1], markersize=4, linewidth=1)
    ax.set_ylabel("v")
    ax.set_title(f"{name}, learning rate {rate}", fontsize=10)
axes[-1].set_xlabel("u (the lowest point is at u = 0, v = 0)")
fig.tight_layout()
plt.show()

# %% [markdown]
# *In the figure:* three maps of the same long valley with thirty steps each.
# SGD zigzags across and then creeps along the floor, and is not there yet.
# Momentum swings across at first, gathers speed along the floor and rolls past
# the lowest point. Adam starts out diagonally, as fast along as across, and
# then follows the floor.
#
# ### Your own race
#
# The same valley in your hands. This walk starts on the very floor, at v = 0,
# and gradient descent arrives with a learning rate of 0.3: ten times as much as
# it could bear in the race. Predict what happens when you press the up arrow
# once and so lift the start a little off the floor.

# %%
Landscape("bowl", "descent", learning_rate=0.3, start=(-9, 0))

# %% [markdown]
# *In the figure:* lines of equal loss, stretched along the valley. From a
# square at the left a chain of dots runs along the floor to the lowest point,
# with steps that get shorter and shorter.
#
# Off the floor the walk is divergent at once: the steep direction decides which
# learning rates are bearable, even if the way leads along the flat one. Momentum
# is no help against that; Adam stays on the map. Two more things to try:
#
# 1. *RMSprop*, new in the list, is Adam without the running mean of the
#    gradient: it divides by the root of the running mean of the squares. Take
#    200 steps: which of the two comes to rest, and which keeps trembling?
# 2. On the *Saddle*, put the start on the line v = 0 and then one key beside
#    it. Who leaves the saddle first?
#
# ## 6. Train a network with nudges alone
#
# You have all the parts: a loss, a gradient, an optimizer. The task: two
# half-moons that no straight line can part.

# %%
X, y = make_moons(200, noise=0.2, random_state=0)
X_new, y_new = make_moons(200, noise=0.2, random_state=1)
print("X", X.shape, "y", y.shape)

# %% [markdown]
# The network is 2-6-2, with `forward` as you wrote it in chapter 02: rows are
# examples, `params` is a list of pairs `(W, b)`, with ReLU between the layers.
# It gives scores; softmax turns each row of them into probabilities.


# %%
def forward(X, params):
    """Scores (N, C) of the network for the examples X (N, D)."""
    A = X
    for W, b in params[:-1]:
        A = np.maximum(0, A @ W + b)
    W, b = params[-1]
    return A @ W + b


def softmax(Z):
    """Probabilities (N, C): positive, and every row adds up to 1."""
    E = np.exp(Z - Z.max(axis=1, keepdims=True))
    return E / E.sum(axis=1, keepdims=True)


# %% [markdown]
# An optimizer wants one array, the network a list of matrices. So all
# parameters live in one long vector, and `unpack` cuts it up: for each layer
# first `D * H` numbers for `W`, then `H` numbers for `b`. `random_start` makes
# a vector with small random weights and zero biases.


# %%
def unpack(vector, widths):
    """Pairs (W, b) of a network with these widths, cut from one vector."""
    params, used = [], 0
    for D, H in pairwise(widths):
        W = vector[used : used + D * H].reshape(D, H)
        b = vector[used + D * H : used + D * H + H]
        params.append((W, b))
        used += D * H + H
    return params


def random_start(widths, seed=0):
    """Vector of random weights and zero biases."""
    rng, parts = np.random.default_rng(seed), []
    for D, H in pairwise(widths):
        parts += [rng.normal(0, np.sqrt(2 / D), D * H), np.zeros(H)]
    return np.concatenate(parts)


# %%
# NBVAL_CHECK_OUTPUT
widths = [2, 6, 2]
vector = random_start(widths)
for W, b in unpack(vector, widths):
    print("W", W.shape, "b", b.shape)

# %% [markdown]
# You are about to train it for 500 steps on the full batch, with your
# `numerical_gradient`. Each slope needs two forward passes (a pass takes the
# whole batch). **How many forward passes is that in all?** Count with a
# pencil: the parameters first.

# %% exercise="forward_passes"
answer = None  # a whole number

forward_passes = ex.forward_passes.check(answer)

# %% [markdown]
# Now do it. The loss counts how often it is called.


# %%
def moon_loss(vector):
    """Cross-entropy of the network on the moons; counts its calls."""
    moon_loss.passes += 1
    return cross_entropy(softmax(forward(X, unpack(vector, widths))), y)


moon_loss.passes = 0
vector = random_start(widths)
state = (np.zeros_like(vector), np.zeros_like(vector), 0)
path = [vector]
began = time.perf_counter()
for _ in range(500):
    gradient = numerical_gradient(moon_loss, vector)
    vector, state = adam_step(vector, gradient, state, 0.05)
    path.append(vector)
seconds = time.perf_counter() - began

# %%
print(f"forward passes {moon_loss.passes:,}, with a pencil {forward_passes:,}")
each = seconds / moon_loss.passes
print(f"loss {moon_loss(path[0]):.3f} before, {moon_loss(vector):.3f} after")
for data, labels in ((X, y), (X_new, y_new)):
    guesses = forward(data, unpack(vector, widths)).argmax(axis=1)
    print(f"accuracy {np.mean(guesses == labels):.1%}")

# %% [markdown]
# It has learned, and on new moons (the second accuracy) it is nearly as good.
# You wrote the loss, the gradient and the optimizer yourself. Watch the
# boundary bend:


# %%
def boundary(ax, vector, widths, X, y):
    """Draw which class wins where, and the examples on top."""
    grid = np.meshgrid(np.linspace(-2, 3, 150), np.linspace(-1.7, 2.2, 120))
    flat = np.stack([part.ravel() for part in grid], axis=1)
    P = softmax(forward(flat, unpack(vector, widths)))[:, 1]
    levels = [0, 0.5, 1]
    colours = ["#cfe3f1", "#f6dbc9"]
    ax.contourf(*grid, P.reshape(grid[0].shape), levels, colors=colours)
    for label, mark, colour in ((0, "o", plots.BLUE), (1, "^", plots.ORANGE)):
        ax.plot(*X[y == label].T, mark, color=colour, markersize=4)
    ax.set(xlabel="first input", ylabel="second input")


# %%
fig, axes = plt.subplots(1, 3, figsize=(10, 3.2), sharey=True)
fig.suptitle("Step by step the boundary bends around the moons")
for ax, step in zip(axes, (0, 20, 500), strict=True):
    boundary(ax, path[step], widths, X, y)
    ax.set_title(f"after {step} steps", fontsize=10)
    ax.label_outer()
fig.tight_layout()
plt.show()

# %% [markdown]
# *In the figure:* two interleaved half-moons of circles and triangles, three
# times, on a ground that shows which class the network answers. Before the
# first step it answers the same class everywhere; after 20 steps a slanted
# border parts them roughly; after 500 the border winds between them.
#
# ### Go on in the browser
#
# The playground below trains a network in your browser: by gradient descent on
# the full batch, with the cross-entropy as its loss. It has a single score, and
# the sigmoid of it is the probability of class 1. Your network has two scores;
# but only their difference counts for the softmax, as you know from chapter 02.


# %%
def one_score(params):
    """The same network with a single score: class 1 minus class 0."""
    *hidden, (W, b) = params
    return [*hidden, (W[:, 1:] - W[:, :1], b[1:] - b[:1])]


mine = one_score(unpack(vector, widths))
playground = Playground(mine, (X, y), (X_new, y_new), activation="relu")
playground

# %% [markdown]
# *In the figure:* your trained network, with a line for each weight: solid
# above zero, dashed below it, and the wider, the larger. Beside it the moons,
# blue circles for class 1 and orange squares for class 0, and the border that
# winds between them.
#
# Choose the hidden units one after the other: which of them bends the border
# where? Then *New weights* and *Run*, and watch the whole training again, with
# other learning rates, other activations, or two units only.
#
# The browser finds its gradients by a faster way than nudging. Are they the
# same? `playground.network` holds the numbers as they stand, and you can go on
# from them: one step, with nothing but nudges.


# %%
def flat(params):
    """All the parameters of a network in one vector."""
    return np.concatenate([part.ravel() for pair in params for part in pair])


def score_loss(vector):
    """Cross-entropy of the playground's network, with ReLU between layers."""
    Z = forward(now.X, unpack(vector, [2, *(len(b) for W, b in now.params)]))
    return cross_entropy(softmax(np.hstack([0 * Z, Z])), now.y)


now = playground.network
before = flat(now.params)
stepped = before - now.learning_rate * numerical_gradient(score_loss, before)
print(f"loss {score_loss(before):.6f}, then {score_loss(stepped):.6f}")

# %% [markdown]
# Press *Step* in the playground, once, and run the next cell.

# %%
after = playground.network
if after.steps == now.steps + 1:
    apart = np.abs(flat(after.params) - stepped).max()
    print(f"The browser's step and mine differ by {apart:.0e} at most.")
else:
    print("Press Step once after the cell above; then run this one again.")

# %% [markdown]
# A billionth or less, as a rule: it is the same step. (Should it be a hundred
# thousandth, an example stands on the very kink of a unit, where a nudge to the
# left and one to the right disagree.) The playground's activation has to be
# ReLU, as in your `forward`. It works the other way round as well:
# `playground.network = mine` shows your own numbers again.
#
# ### The price
#
# The network for handwritten digits in chapter 06 has 101,770 parameters and
# takes 2,150 steps. By nudging:

# %%
passes = 2 * 101_770 * 2_150
print(f"{passes / 1e6:.0f} million forward passes")
print(f"{passes * each / 3600:.0f} hours, at {each * 1e6:.0f} µs for each")

# %% [markdown]
# And each of those passes is far longer than one of these. The trouble is the
# factor "parameters": every weight costs two passes of its own. There is a way
# to get *all* slopes at once for about the price of two or three forward
# passes. It is called **backpropagation**, and it is what chapter 07 is about.
# Your `numerical_gradient` stays useful: it is slow and hard to get wrong,
# which is what one needs to check a fast one.
#
# ## 7. Learned, or learned by heart?
#
# A loss on the training examples can be made small in two ways: by finding the
# pattern, or by learning the examples by heart. To tell them apart you need
# examples that took no part in the training. There are three sets, with three
# purposes:
#
# | Set | Used to | Looked at |
# |---|---|---|
# | training | adjust the parameters | in every step |
# | validation | choose: how large a model, how long to train | often |
# | test | report one number | once, at the end |
#
# Twenty training points from a wave with noise, and polynomials of growing
# degree in place of networks of growing width. (The degree is the highest
# power of x. A polynomial of degree 15 has 16 parameters.)


# %%
def wave(n, seed):
    """Points x, y on a sine wave with noise."""
    rng = np.random.default_rng(seed)
    x = rng.uniform(0, 1, n)
    return x, np.sin(2 * np.pi * x) + rng.normal(0, 0.3, n)


train_set, valid_set, test_set = wave(20, 2), wave(200, 10), wave(200, 11)


def fitted(degree):
    """Polynomial of this degree with the least error on the training set."""
    return np.polynomial.Polynomial.fit(*train_set, degree, domain=[0, 1])


# %% [markdown]
# All are fitted to the same 20 points. Which one has the smallest error on the
# *validation* points?
#
# - **a)** Degree 1, a straight line
# - **b)** Degree 4
# - **c)** Degree 15: it has the smallest error on the training points

# %% exercise="best_degree"
guess = None  # "a", "b" or "c"

best_degree = ex.best_degree.check(guess)


# %%
def error_of(degree, points):
    """Mean squared error of a fitted polynomial on some points."""
    x, y = points
    return mean_squared_error(fitted(degree)(x), y)


trio = {"a": 1, "b": 4, "c": 15}
on_valid = {k: error_of(degree, valid_set) for k, degree in trio.items()}
ex.best_degree.reveal(min(on_valid, key=on_valid.get))

# %% [markdown]
# How the three go through the points:

# %%
fine = np.linspace(0, 1, 300)

fig, axes = plt.subplots(1, 3, figsize=(10, 3.2), sharey=True)
fig.suptitle("Too stiff, about right, too flexible")
for ax, degree in zip(axes, trio.values(), strict=True):
    ax.plot(fine, np.sin(2 * np.pi * fine), ":", color=plots.GREY)
    ax.plot(*train_set, "o", color=plots.BLUE, markersize=5)
    ax.plot(fine, fitted(degree)(fine), color=plots.ORANGE)
    ax.set(ylim=(-2, 2), xlabel="x")
    ax.set_title(f"degree {degree}", fontsize=10)
axes[0].set_ylabel("y")
fig.tight_layout()
plt.show()

# %% [markdown]
# *In the figure:* twenty points scattered around a dotted wave, three times.
# The straight line misses the wave; the curve of degree 4 follows it; the
# curve of degree 15 passes close to every point and swings out wildly between
# and beside them.
#
# The line **underfits**: it is bad on all points, old and new. Degree 15
# **overfits**: it has followed the noise, which is different next time. On the
# whole range:

# %%
degrees = np.arange(16)
train_errors = [error_of(d, train_set) for d in degrees]
valid_errors = [error_of(d, valid_set) for d in degrees]
chosen = int(np.argmin(valid_errors))

fig, ax = plt.subplots(figsize=(7, 3.4))
ax.semilogy(degrees, train_errors, "o-", color=plots.BLUE, label="training")
ax.semilogy(
    degrees, valid_errors, "s--", color=plots.ORANGE, label="validation"
)
ax.axhline(0.09, color=plots.GREY, linestyle=":", label="the noise itself")
ax.set(xlabel="degree of the polynomial", ylabel="mean squared error")
ax.set_ylim(0.02, 100)
ax.set_title("The training error always falls; the validation error turns")
ax.legend()
plt.show()

# %% [markdown]
# *In the figure:* two errors over the degree, on a logarithmic axis. Both fall
# up to degree 3. From there on the solid training error goes on sinking, below
# the dotted line of the noise, while the dashed validation error climbs,
# slowly at first, and beyond degree 10 or so leaves the picture.
#
# The validation points chose the degree, so they cannot also judge it. For
# that, the test points come out, once:

# %%
print(f"degree {chosen}: validation {valid_errors[chosen]:.3f}", end=", ")
print(f"test {error_of(chosen, test_set):.3f}")

# %% [markdown]
# ### Early stopping
#
# Networks overfit in time as well: first they learn the pattern, then the
# noise. Forty noisy moons and a network 2-12-2, far too large for them. The
# function holds the loop of section 6; `penalty` comes later.


# %%
def train(widths, data, labels, rate, steps, penalty=0.0, seed=0):
    """Parameter vectors before every step: (steps, parameters)."""

    def loss(vector):
        params = unpack(vector, widths)
        size = sum(np.sum(W**2) for W, b in params)
        P = softmax(forward(data, params))
        return cross_entropy(P, labels) + penalty * size

    vector, path = random_start(widths, seed), []
    state = (np.zeros_like(vector), np.zeros_like(vector), 0)
    for _ in range(steps):
        path.append(vector)
        gradient = numerical_gradient(loss, vector)
        vector, state = adam_step(vector, gradient, state, rate)
    return np.array(path)


# %%
def loss_curve(path, widths, X, y):
    """Cross-entropy at every place of a path."""
    probabilities = [softmax(forward(X, unpack(v, widths))) for v in path]
    return [cross_entropy(P, y) for P in probabilities]


few = make_moons(40, noise=0.35, random_state=0)
valid = make_moons(400, noise=0.35, random_state=1)
wide = [2, 12, 2]
free = train(wide, *few, rate=0.04, steps=120)
free_valid = loss_curve(free, wide, *valid)

# %% [markdown]
# On the full batch one step is one epoch. When should one stop? Nobody knows
# the future of the curve. The usual rule: keep the best epoch so far, and stop
# when `patience` epochs in a row have brought no better one. Write it, for a
# list of losses. Epochs count from 0, and an equal loss is not a better one.


# %% exercise="early_stop"
def early_stop(losses, patience):
    """Epoch to keep: the best one seen until the patience ran out."""
    ...  # your code here


early_stop = ex.early_stop.check(early_stop)

# %%
kept = early_stop(free_valid, patience=30)

fig, ax = plt.subplots(figsize=(7, 3.4))
ax.plot(loss_curve(free, wide, *few), color=plots.BLUE, label="training")
ax.plot(free_valid, "--", color=plots.ORANGE, label="validation")
ax.axvline(kept, color=plots.GREY, linestyle=":", label=f"keep epoch {kept}")
ax.set(xlabel="epoch", ylabel="cross-entropy", ylim=(0, None))
ax.set_title("After the turn, training makes the network worse")
ax.legend()
plt.show()

# %% [markdown]
# *In the figure:* the training loss falls all the way. The dashed validation
# loss falls at first, stays low for a while and then rises steadily, in the
# end above where it was at the kept epoch. A dotted vertical line marks that
# epoch.
#
# ### Regularisation
#
# Everything that makes learning by heart harder is called **regularisation**.
# Early stopping is one way; more data is the best one; a smaller network is
# the plainest. Another is a price on large weights: sharp bends need large
# weights, so add their squares to the loss.
#
# $$ L_{\text{total}} = L + λ \sum_{W} \sum_{i, j} W_{ij}^2 $$
#
# In `train` above that is `penalty * size`, with λ as `penalty`; biases go
# free. With λ = 0.003:

# %%
held = train(wide, *few, rate=0.04, steps=120, penalty=0.003)

for name, path_ in (("without", free), ("with", held)):
    scores = [
        np.mean(forward(X_, unpack(path_[-1], wide)).argmax(axis=1) == y_)
        for X_, y_ in (few, valid)
    ]
    print(f"{name:8} penalty: training {scores[0]:.1%}", end=", ")
    print(f"validation {scores[1]:.1%}")

# %%
ends = {"no penalty": free[-1], "λ = 0.003": held[-1]}

fig, axes = plt.subplots(1, 2, figsize=(9, 3.4), sharey=True)
fig.suptitle("A price on large weights makes a calmer boundary")
for ax, name in zip(axes, ends, strict=True):
    boundary(ax, ends[name], wide, *few)
    ax.set_title(name, fontsize=10)
    ax.label_outer()
fig.tight_layout()
plt.show()

# %% [markdown]
# *In the figure:* the forty training points on the ground of the two
# networks' answers. Without a penalty the triangles have two regions, and
# between them runs a corridor for three circles. With it the corridor is
# closed: one region, a blunter border, and some circles given up.
#
# Worse on the training points, better on new ones: that is what
# regularisation is for. λ is one more thing to choose, on the validation set.
#
# ## 8. Read a learning curve
#
# Losses over epochs, training and validation in one picture, are the first
# thing to look at when something is wrong. Four networks learn to tell an
# inner ring from an outer one. In each training one thing was chosen badly.


# %%
def rings(n, noise, seed):
    """Inner and outer ring of points (n, 2), with their labels."""
    return make_circles(n, noise=noise, factor=0.4, random_state=seed)


def both_curves(widths, seen, new, rate, seed=0):
    """Training and validation loss before each of 80 steps."""
    path = train(widths, *seen, rate, steps=80, seed=seed)
    return [loss_curve(path, widths, *data) for data in (seen, new)]


easy, easy_new = rings(200, 0.15, 0), rings(200, 0.15, 1)
hard, hard_new = rings(30, 0.3, 0), rings(200, 0.3, 1)
many, many_new = rings(200, 0.3, 0), rings(200, 0.3, 1)


def slope_on_rings(weights, rows):
    """Gradient of the cross-entropy of a 2-6-2 on some of the points."""
    batch = (many[0][rows], many[1][rows])
    return numerical_gradient(
        lambda w: loss_curve([w], [2, 6, 2], *batch)[0], weights
    )


# %% [markdown]
# Do not read the next cell too closely: it gives the answers away. Run it and
# look at the figure.

# %%
weights, hasty = random_start([2, 6, 2]), []
draw = np.random.default_rng(0)
for _ in range(80):
    hasty.append(weights)
    slopes = slope_on_rings(weights, draw.choice(200, 10, replace=False))
    weights, _ = sgd_step(weights, slopes, None, 3.0)

curves = {
    "A": both_curves([2, 6, 2], easy, easy_new, rate=0.01, seed=1),
    "B": both_curves([2, 10, 2], hard, hard_new, rate=0.1),
    "C": both_curves([2, 2], easy, easy_new, rate=0.05),
    "D": [loss_curve(hasty, [2, 6, 2], *data) for data in (many, many_new)],
}

# %%
fig, axes = plt.subplots(2, 2, figsize=(9.5, 6), sharex=True, sharey=True)
fig.suptitle("Four trainings in trouble (dotted: blind guessing, ln 2)")
for ax, name in zip(axes.flat, curves, strict=True):
    seen, new = curves[name]
    ax.axhline(np.log(2), color=plots.GREY, linestyle=":")
    ax.plot(seen, color=plots.BLUE, label="training")
    ax.plot(new, "--", color=plots.ORANGE, label="validation")
    ax.set(title=name, xlabel="step", ylabel="cross-entropy", ylim=(0, 1.9))
    ax.label_outer()
axes[0, 0].legend()
fig.tight_layout()
plt.show()

# %% [markdown]
# *In the figure:* training (solid) and validation loss (dashed) over 80 steps,
# in four panels with a dotted line at 0.69. A: both fall together, evenly, to
# the right edge. B: the training loss sinks; the validation loss sinks, turns
# and climbs. C: both lie on the dotted line, flat. D: both leap up and down
# together all the time, again and again far above the dotted line.
#
# For each curve, what is wrong?
#
# - **a)** Underfitting: the model is too small for the task.
# - **b)** Overfitting.
# - **c)** The learning rate is too large.
# - **d)** Stopped too early, or the learning rate is too small.
# - **e)** Nothing: a healthy training.
#
# Curve A:

# %% exercise="curve_a"
answer = None  # "a", "b", "c", "d" or "e"

curve_a = ex.curve_a.check(answer)

# %% [markdown]
# Curve B:

# %% exercise="curve_b"
answer = None  # "a", "b", "c", "d" or "e"

curve_b = ex.curve_b.check(answer)

# %% [markdown]
# Curve C:

# %% exercise="curve_c"
answer = None  # "a", "b", "c", "d" or "e"

curve_c = ex.curve_c.check(answer)

# %% [markdown]
# Curve D:

# %% exercise="curve_d"
answer = None  # "a", "b", "c", "d" or "e"

curve_d = ex.curve_d.check(answer)

# %% [markdown]
# What to do about it, in the order in which one tries:
#
# | You see | It is | Try |
# |---|---|---|
# | both high, flat, together | underfitting | a wider or deeper network, better inputs |
# | training low, validation rising | overfitting | more data, early stopping, a penalty, a smaller network |
# | leaps, or growth, or `nan` | too large a learning rate | a tenth of it |
# | both still falling | not finished | more epochs, or a larger learning rate |
#
# ### Explain it to a friend
#
# A friend asks: "How does a network learn, if nobody tells it the weights?"
# Answer in a few sentences, in quotation marks, without a formula. The check
# shows one way to put it.

# %% exercise="explain"
answer = None  # your text, in quotation marks

explain = ex.explain.check(answer)

# %% [markdown]
# ## Recap
#
# - **Measure**: squared error for amounts; cross-entropy for classes, where
#   the log makes confident mistakes dear
# - **Compute**: a slope is the change of the loss for each unit of a weight,
#   measured by a nudge to both sides; all slopes together are the gradient
# - **Walk**: small steps against the gradient; the rate decides between slow,
#   good and divergent; batches trade exactness for steps; momentum and Adam
#   make better steps of the same gradients
# - **Train**: 32 parameters, 500 steps, two passes for every slope: tens of
#   thousands of forward passes, which is why there is backpropagation
# - **Diagnose**: compare training with validation, and look whether the curves
#   fall, rest, rise or leap
#
# ## Recall
#
# Three questions on chapters 01 and 02.
#
# 1. "A network learns its features." Where are they? **a)** in the inputs that
#    somebody chose, **b)** in what the hidden units respond to, **c)** in the
#    pixels, **d)** in the labels

# %% exercise="recall_features"
answer = None  # "a", "b", "c" or "d"

recall_features = ex.recall_features.check(answer)

# %% [markdown]
# 2. You add 5 to every logit of a row. What do its softmax probabilities do?
#    **a)** all grow, **b)** the largest one grows, the others shrink, **c)**
#    nothing

# %% exercise="recall_softmax"
answer = None  # "a", "b" or "c"

recall_softmax = ex.recall_softmax.check(answer)

# %% [markdown]
# 3. You leave out the ReLU between two layers. What is the network then?
#    **a)** one layer in disguise, **b)** broken: it cannot be computed,
#    **c)** as able as before, since all the weights are still there

# %% exercise="recall_activation"
answer = None  # "a", "b" or "c"

recall_activation = ex.recall_activation.check(answer)

# %% [markdown]
# ## Further reading
#
# - [3Blue1Brown, Gradient descent, how neural networks
#   learn](https://www.3blue1brown.com/lessons/gradient-descent): the same walk
#   downhill in moving pictures; twenty minutes that make section 3 stick.
# - [Gabriel Goh, Why momentum really
#   works](https://distill.pub/2017/momentum/): an article with sliders for
#   those who want to see why the ball swings, and when it should not.
# - [Kingma and Ba, Adam](https://arxiv.org/abs/1412.6980): the paper; its
#   algorithm 1 is your `adam_step`, line for line.
#
# When you are done, choose *Kernel → Shut Down Kernel* to free the memory.
