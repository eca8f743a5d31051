# ---
# jupyter:
#   kernelspec:
#     display_name: Python 3 (ipykernel)
#     language: python
#     name: python3
# ---

# %% [markdown]
# # Derive backpropagation by hand
#
# A network learns by asking one question of every weight: if I nudge you, does
# the loss rise or fall, and how fast? Backpropagation answers it for all
# weights at once, for the price of a few forward passes. In this chapter you
# derive it with a pencil, write it, prove that it is right, and train a digit
# reader with nothing but your own functions.
#
# ## What you will be able to do
#
# - **Derive** the gradient of every number in a small network by hand
# - **Write** a scalar engine, and the backward pass of a whole network in
#   matrices
# - **Check** a gradient with numbers, and say how far the check can be trusted
# - **Diagnose** a broken backward pass from the pattern of its errors
# - **Train** a digit classifier in NumPy, and explain why depth makes it hard
#
# ## Before you start
#
# Work through [Make a network learn](03_make_a_network_learn.ipynb) first:
# gradient descent, cross-entropy and Adam come from there. This chapter takes
# 90 minutes in two sittings, with a marked place to stop, and about 1 GB of
# memory. Run from top to bottom it computes for about a minute.
#
# Many introductions describe training in four steps. You will do each of them
# with a pencil, with single numbers, and with matrices:
#
# 1. **Forward pass**: compute the output from the input
# 2. **Compute loss**: measure in one number how far off it is
# 3. **Backward pass**: compute the slope of the loss for every weight
# 4. **Update weights**: subtract a fraction of the slope from each

# %%
import time
from itertools import pairwise

from course_utils import runtime

with runtime.quiet_start():
    import keras
    import tensorflow as tf

import matplotlib.pyplot as plt
import numpy as np
from threadpoolctl import threadpool_limits

from course_utils import data, gradcheck, plots
from course_utils.exercises import chapter_07 as ex
from course_utils.widgets.graph import Graph
from course_utils.widgets.monitor import monitor

# %% [markdown]
# TensorFlow and Keras wait until section 10. Up to there everything is Python
# and NumPy.
#
# This is the map of the chapter. It comes back whenever you enter a new part
# of it.

# %%
STEPS = ["input", "X @ W1 + b1", "ReLU", "A @ W2 + b2", "softmax", "loss"]
BELOW = ["update W1, b1, W2, b2", "check by nudging"]
VALUES = ["X", "Z1", "A", "Z2", "P"]
PLACES = [(i, 0) for i in range(6)] + [(1, -1.25), (3, -1.25)]


def draw_map(ax, here=()):
    """Draw the route of the chapter; `here` numbers the lit boxes."""
    boxes = zip(STEPS + BELOW, PLACES, strict=True)
    for number, (name, (x, y)) in enumerate(boxes):
        lit = number in here
        box = {"boxstyle": "round,pad=0.5", "fc": "#ffe08a" if lit else "w"}
        ax.text(x, y, name, ha="center", va="center", bbox=box, size=9)
    for i, name in enumerate(VALUES):
        for up, side, colour in ((0.3, "<-", plots.ORANGE), (-0.3, "->", "k")):
            arrow = {"arrowstyle": side, "color": colour}
            ends = (i + 0.25, -up), (i + 0.75, -up)
            ax.annotate("", ends[1], ends[0], arrowprops=arrow)
            label = name if side == "->" else f"d{name}"
            ax.text(i + 0.5, -1.6 * up, label, ha="center", va="center")
    if here:
        x, y = PLACES[here[0]]
        side = 1 if y == 0 else -1
        ends = (x, y + 0.2 * side), (x - 0.3, y + 0.85 * side)
        ax.annotate("you are here", *ends, arrowprops={"arrowstyle": "->"})
    ax.set(xlim=(-0.5, 5.5), ylim=(-2.2, 1.2))
    ax.axis("off")


# %%
fig, ax = plt.subplots(figsize=(9, 3))
draw_map(ax)
ax.set_title("Values run forward, slopes run backward")
plt.show()

# %% [markdown]
# *In the figure:* six boxes in a row, from the input through two layers and
# softmax to the loss. Above, black arrows point to the right and carry the
# values X, Z1, A, Z2, P. Below, orange arrows point to the left and carry
# their slopes dX, dZ1, dA, dZ2, dP. Two boxes underneath: update the weights,
# and check by nudging.
#
# ## 1. What is a slope?
#
# Take $f = a · b + c$ with $a = 2$, $b = -3$, $c = 10$. So $f = 4$. Now $a$ is
# nudged from 2 to 2.001. **How many times as far does $f$ move, and in which
# direction?** A number with a sign, please, before you run on.

# %% exercise="nudge"
guess = None  # a number

nudge = ex.nudge.check(guess)


# %%
def f(a, b, c):
    return a * b + c


h = 0.001
ex.nudge.reveal(round((f(2 + h, -3, 10) - f(2, -3, 10)) / h, 6))

# %% [markdown]
# That number is the *slope* of $f$ with respect to $a$, written
# $\frac{\partial f}{\partial a}$. Its sign says whether $f$ goes the same way
# as $a$, its size how many times as fast. You can read it off the formula: a
# hair more of $a$ means a hair times $b$ more of $f$. So the slope is $b$.
#
# Nudging works for any function, and to both sides it is more exact:
#
# $$ \frac{\partial f}{\partial a} ≈ \frac{f(a + h) - f(a - h)}{2 h} $$
#
# In chapter 03 you trained a small network that way. Why not a large one? Take
# 784 inputs, 30 hidden units, 10 outputs: 784 · 30 + 30 + 30 · 10 + 10 =
# 23,860 weights and biases. For **one** step of gradient descent with these
# two-sided nudges, how many forward passes do you need?

# %% exercise="forward_passes"
answer = None  # a whole number

forward_passes = ex.forward_passes.check(answer)

# %% [markdown]
# How long is that? Time one forward pass of such a network for a batch of 32.

# %%
rng = np.random.default_rng(0)
X, W1, W2 = (rng.random(size) for size in ((32, 784), (784, 30), (30, 10)))

started = time.perf_counter()
for _ in range(100):
    np.maximum(X @ W1, 0) @ W2
seconds = (time.perf_counter() - started) / 100
print(f"one pass {1000 * seconds:.2f} ms")
print(f"one step {forward_passes * seconds:.1f} s by nudging")

# %% [markdown]
# Seconds for one step, and a training takes thousands. Backpropagation gets
# the same slopes in one backward pass, which costs about as much as two
# forward passes. That is the whole reason for this chapter.
#
# ## 2. Gates with numbers
#
# Cut a formula into its smallest operations, and each of them becomes a *gate*
# with one or two inputs and one output. Here is
# $f = (a + b) · \max(c, d)$ with $a = 2$, $b = -3$, $c = 5$, $d = 4$:

# %%
GATES = {
    "a": (0, 3, "2"),
    "b": (0, 2, "-3"),
    "c": (0, 1, "5"),
    "d": (0, 0, "4"),
    "s = a + b": (1.2, 2.5, "-1"),
    "m = max(c, d)": (1.2, 0.5, "5"),
    "f = s * m": (2.4, 1.5, "-5"),
}
LINKS = [(0, 4), (1, 4), (2, 5), (3, 5), (4, 6), (5, 6)]


def draw_graph(ax, nodes, links, grads):
    """Draw nodes with value (above the line) and slope (below it)."""
    spots = [(x, y) for x, y, _ in nodes.values()]
    for one, other in links:
        (x0, y0), (x1, y1) = spots[one], spots[other]
        ax.plot([x0, x1], [y0, y1], color=plots.GREY, zorder=0)
    for (name, (x, y, value)), grad in zip(nodes.items(), grads, strict=True):
        box = {"boxstyle": "round", "fc": "white", "ec": plots.GREY}
        text = f"{name}\nvalue {value}\nslope {grad}"
        ax.text(x, y, text, ha="center", va="center", size=9, bbox=box)
    xs, ys = zip(*spots, strict=True)
    ax.set_xlim(min(xs) - 0.4, max(xs) + 0.4)
    ax.set_ylim(min(ys) - 0.5, max(ys) + 0.5)
    ax.axis("off")


# %% [markdown]
# The values are computed from left to right. The slopes are still missing, all
# but one: the slope of $f$ with respect to itself is 1.

# %%
fig, ax = plt.subplots(figsize=(8, 4))
draw_graph(ax, GATES, LINKS, ["?"] * 6 + ["1"])
ax.set_title("Values from left to right; slopes are yours to fill in")
plt.show()

# %% [markdown]
# *In the figure:* a graph. a = 2 and b = −3 lead to s = a + b = −1; c = 5 and
# d = 4 lead to m = max(c, d) = 5; s and m lead to f = s · m = −5. The slope at
# f is 1, all others are question marks.
#
# Go from right to left. At each gate ask: my output matters this much to $f$
# (the slope that arrived); how fast does my output follow each input (the
# *local* slope)? Multiply the two: that is the **chain rule**. If $s$ moves
# $f$ five times as fast, and $a$ moves $s$ once as fast, then $a$ moves $f$
# 5 · 1 times as fast.
#
# With a pencil: what are the slopes of $f$ with respect to $a$, $b$, $c$ and
# $d$?

# %% exercise="gate_gradients"
answer = None  # four numbers: [for a, for b, for c, for d]

gate_gradients = ex.gate_gradients.check(answer)

# %%
fig, ax = plt.subplots(figsize=(8, 4))
slopes = [f"{slope:g}" for slope in gate_gradients] + ["5", "-1", "1"]
draw_graph(ax, GATES, LINKS, slopes)
ax.set_title("Plus distributes, max routes, times swaps")
plt.show()

# %% [markdown]
# *In the figure:* the same graph, filled in. The times gate gave 5 to s and −1
# to m: each input got the value of the other. The plus gate handed its 5 to a
# and to b. The max gate handed its −1 to c, the larger one; d got 0.
#
# Three patterns to remember:
#
# | Gate | Local slopes | In a word |
# |---|---|---|
# | `a + b` | 1 and 1 | **distributes** what arrives to both |
# | `max(a, b)` | 1 for the larger, 0 for the other | **routes** it to one |
# | `a * b` | `b` and `a` | **swaps**: each gets it times the other |
#
# Write them as code. `gate` is one of the texts `"+"`, `"*"` and `"max"`. If
# both inputs of max are equal, either answer will do.


# %% exercise="local_slopes"
def local_slopes(gate, a, b):
    """Slopes of "+", "*" or "max" with respect to a and to b: two numbers."""
    ...  # your code here


local_slopes = ex.local_slopes.check(local_slopes)

# %% [markdown]
# ## 3. A scalar engine
#
# Now let the computer go from right to left. It needs four pieces, about 60
# lines in all; you have written the first. This idea is what TensorFlow and
# every other framework have at their heart.
#
# **Piece two: a number that remembers.** A `Value` holds its number in `data`.
# It also keeps the Values it was made from, in `parents`, and its slope with
# respect to each of them, in `slopes`. Fill in the three gates; each returns a
# new `Value`. The other methods are there for later.


# %% exercise="Value"
class Value:
    """A number that knows which Values it was made from, and the slopes."""

    def __init__(self, data, parents=(), slopes=()):
        self.data = data  # the number itself
        self.parents = parents  # the Values it was made from
        self.slopes = slopes  # its slope with respect to each parent
        self.grad = 0.0  # slope of the final result; filled in later

    def __add__(self, other):
        """Return self + other, with the slopes of "+"."""
        ...  # your code here

    def __mul__(self, other):
        """Return self * other, with the slopes of "*"."""
        ...  # your code here

    def maximum(self, other):
        """Return the larger of the two, with the slopes of "max"."""
        ...  # your code here

    def __sub__(self, other):
        return self + other * Value(-1.0)

    def exp(self):
        result = np.exp(self.data)
        return Value(result, (self,), (result,))

    def log(self):
        return Value(np.log(self.data), (self,), (1 / self.data,))


Value = ex.Value.check(Value)

# %% [markdown]
# Forward works already, and the graph comes for free:

# %%
# NBVAL_CHECK_OUTPUT
a, b, c, d = Value(2.0), Value(-3.0), Value(5.0), Value(4.0)
f = (a + b) * c.maximum(d)
print("value", f.data)
print("made from", [parent.data for parent in f.parents])
print("slopes", list(f.slopes))

# %% [markdown]
# **Piece three: the order.** Going backward, a Value may hand on its slope only
# when it has all of it, from every place where it was used. So first a list of
# all Values in which each one comes *after* its parents; then go through that
# list from the end. This is called a topological order.


# %% exercise="topological_order"
def topological_order(output):
    """output and all Values it depends on, each after its parents."""
    ...  # your code here


topological_order = ex.topological_order.check(topological_order)

# %% [markdown]
# **A fork.** Before you write the last piece: what if a Value is used more than
# once? Take $f = x · x + x$ at $x = 3$. What is the slope of $f$ with respect
# to $x$? Nudge it in your head, or follow every path from $x$ to $f$.

# %% exercise="fork"
answer = None  # a number

fork = ex.fork.check(answer)

# %% [markdown]
# **Piece four: backward.** Fill in `grad` of every Value that `output` depends
# on. Start each call from scratch: set all `grad` to 0, then that of the output
# to 1, then go back through the order. The function changes the Values and
# returns nothing.


# %% exercise="backward"
def backward(output):
    """Fill in grad of every Value that output depends on; starts from 0."""
    ...  # your code here


backward = ex.backward.check(backward)

# %%
# NBVAL_CHECK_OUTPUT
backward(f)
print("slopes of the gates:", [v.grad for v in (a, b, c, d)])
x = Value(3.0)
backward(x * x + x)
print("slope at the fork:", x.grad)


# %% [markdown]
# ### The fork bug
#
# One character decides whether that works. Here is the same function with `=`
# where `+=` belongs. It is right as long as every Value is used once:


# %%
def backward_with_fork_bug(output):
    output.grad = 1.0
    for node in reversed(topological_order(output)):
        for parent, slope in zip(node.parents, node.slopes, strict=True):
            parent.grad = node.grad * slope  # overwrites


# %%
# NBVAL_CHECK_OUTPUT
x, y = Value(3.0), Value(5.0)
backward_with_fork_bug(x * y)
print("x * y at 3, 5:", x.grad, "(should be 5)")
backward_with_fork_bug(x * x + x)
print("x * x + x at 3:", x.grad, "(should be 7)")

# %% [markdown]
# Three paths lead from $x$ to $f$, and they bring 3, 3 and 1. A nudge of $x$
# travels along all three at once, so the slopes **add up**; `=` keeps only the
# one that came last. In a network almost every value is used more than once: a
# hidden unit feeds all units of the next layer, and a weight serves every
# example of the batch. Wherever a value forks on the way forward, slopes are
# summed on the way back. You will meet that sum again in section 5.
#
# ### Gate by gate
#
# Can you do by hand what your engine does? Here is an expression with every
# pattern so far: $f = (x · y + x) · \max(y, z)$ at $x = 3$, $y = -2$,
# $z = 4$. Two of its inputs fork. Before you start: how many slopes come back
# to $x$, how many to $y$, how many to $z$, and which of them is 0?
#
# Fill in one number after the other, first the values, then the slopes. The
# graph is read from your own Values.

# %%
x, y, z = Value(3.0), Value(-2.0), Value(4.0)
p = x * y
s, m = p + x, y.maximum(z)
names = {"x": x, "y": y, "z": z, "p": p, "s": s, "m": m, "f": s * m}
Graph(names["f"], names, name="gate by gate")

# %% [markdown]
# *In the figure:* three inputs lead to the gates p = x · y, s = p + x,
# m = max(y, z) and f = s · m. Above each line goes the value that travels to
# the right, below it the slope that travels back. Type a number and press
# <kbd>Enter</kbd>; a wrong one is told what it confuses. Try that, too: swap
# the factors at a times gate, or give one path's slope in place of the sum.
#
# Two slopes come back to x, −8 through the times gate and 4 through the plus
# gate, and add up to −4. Two come back to y: 12, and 0 from the max gate, where
# z is larger. One comes back to z. Does your `backward` agree?

# %%
# NBVAL_CHECK_OUTPUT
backward(names["f"])
print("slopes of x, y, z:", x.grad, y.grad, z.grad)

# %% [markdown]
# ### Is it right?
#
# Do not believe it, test it: on 100 random expressions, against nudging.


# %%
def random_expression(numbers, seed):
    """Join Values at random by the three gates; returns leaves and result."""
    rng = np.random.default_rng(seed)
    nodes = [Value(number) for number in numbers]
    for _ in range(8):
        a, b = (nodes[i] for i in rng.integers(0, len(nodes), 2))
        nodes.append([a + b, a * b, a.maximum(b)][rng.integers(3)])
    return nodes[: len(numbers)], nodes[-1]


def nudged(numbers, position, seed, h=1e-5):
    """Slope with respect to one leaf, by a nudge to both sides."""
    up, down = list(numbers), list(numbers)
    up[position] += h
    down[position] -= h
    outputs = [random_expression(n, seed)[1].data for n in (up, down)]
    return (outputs[0] - outputs[1]) / (2 * h)


# %%
# NBVAL_CHECK_OUTPUT
worst = 0.0
for seed in range(100):
    numbers = np.random.default_rng(1000 + seed).uniform(-1.5, 1.5, 3)
    leaves, output = random_expression(numbers, seed)
    backward(output)
    for i, leaf in enumerate(leaves):
        slope = nudged(numbers, i, seed)
        worst = max(worst, abs(leaf.grad - slope) / max(1, abs(slope)))
print("largest difference below one millionth:", worst < 1e-6)

# %% [markdown]
# ## 4. One neuron, then a network
#
# One neuron with two inputs: $z = w_1 x_1 + w_2 x_2 + b$, then
# $a = \max(z, 0)$. The loss is the squared distance from a target,
# $(a - y)^2$. With $x = (2, 3)$, $w = (0.5, -1)$, $b = 3$ and $y = 3$:
#
# 1. **Forward pass**: $z = 0.5 · 2 - 1 · 3 + 3 = 1$, so $a = 1$
# 2. **Compute loss**: $(1 - 3)^2 = 4$
# 3. **Backward pass**: yours. The slope of $(a - y)^2$ with respect to $a$ is
#    $2 (a - y)$: a fork, $e · e$ with $e = a - y$. What are the slopes of the
#    loss with respect to $w_1$, $w_2$ and $b$?

# %% exercise="neuron_gradients"
answer = None  # three numbers: [for w1, for w2, for b]

neuron_gradients = ex.neuron_gradients.check(answer)

# %% [markdown]
# Your engine on the same neuron, with every number:

# %%
# NBVAL_CHECK_OUTPUT
x1, x2, y = Value(2.0), Value(3.0), Value(3.0)
w1, w2, b = Value(0.5), Value(-1.0), Value(3.0)
z = w1 * x1 + w2 * x2 + b
a = z.maximum(Value(0.0))
e = a - y
loss = e * e
backward(loss)
named = dict(x1=x1, x2=x2, w1=w1, w2=w2, b=b, z=z, a=a, e=e, loss=loss)
for name, value in named.items():
    print(f"{name:4} value {value.data:5.1f}   slope {value.grad:6.1f}")

# %% [markdown]
# 4. **Update weights**: each moves a little against its slope.

# %%
# NBVAL_CHECK_OUTPUT
for w in (w1, w2, b):
    w.data -= 0.01 * w.grad  # 0.01 is the learning rate
new_a = max(w1.data * 2 + w2.data * 3 + b.data, 0)
print(f"w1 {w1.data:.2f}, w2 {w2.data:.2f}, b {b.data:.2f}")
print(f"output {new_a:.2f}, loss {(new_a - 3) ** 2:.2f} instead of 4")

# %% [markdown]
# ### Two inputs, two hidden units, one output
#
# Now a network. Two hidden units with ReLU, one output without:
#
# | | sum | value |
# |---|---|---|
# | $h_1$ | $z_1 = w_{11} x_1 + w_{21} x_2 + b_1$ | $h_1 = \max(z_1, 0)$ |
# | $h_2$ | $z_2 = w_{12} x_1 + w_{22} x_2 + b_2$ | $h_2 = \max(z_2, 0)$ |
# | out | $v_1 h_1 + v_2 h_2 + c$ | the same |
#
# The weight $w_{kj}$ leads from input $k$ to unit $j$. With $x = (1, 2)$,
# $w_{11} = 1$, $w_{21} = 0.5$, $b_1 = 0$, $w_{12} = -1$, $w_{22} = -0.5$,
# $b_2 = 1$, $v = (2, 3)$, $c = -1$ and the target 1:
#
# 1. **Forward pass**: $z_1 = 1 + 1 + 0 = 2$, so $h_1 = 2$;
#    $z_2 = -1 - 1 + 1 = -1$, so $h_2 = 0$; out $= 2 · 2 + 3 · 0 - 1 = 3$
# 2. **Compute loss**: $(3 - 1)^2 = 4$
# 3. **Backward pass**: fill in the slopes for $v_1$, $v_2$, $z_1$, $z_2$,
#    $w_{11}$ and $w_{21}$.

# %% exercise="network_gradients"
answer = None  # six numbers: [v1, v2, z1, z2, w11, w21]

network_gradients = ex.network_gradients.check(answer)

# %%
start = {"w11": 1.0, "w21": 0.5, "b1": 0.0, "w12": -1.0, "w22": -0.5}
start |= {"b2": 1.0, "v1": 2.0, "v2": 3.0, "c": -1.0}


def two_two_one(numbers):
    """All Values of the network on x = (1, 2), target 1, by name."""
    n = {name: Value(number) for name, number in numbers.items()}
    n |= {"x1": Value(1.0), "x2": Value(2.0)}
    n["z1"] = n["w11"] * n["x1"] + n["w21"] * n["x2"] + n["b1"]
    n["z2"] = n["w12"] * n["x1"] + n["w22"] * n["x2"] + n["b2"]
    n["h1"], n["h2"] = (n[z].maximum(Value(0.0)) for z in ("z1", "z2"))
    n["out"] = n["v1"] * n["h1"] + n["v2"] * n["h2"] + n["c"]
    error = n["out"] - Value(1.0)
    n["loss"] = error * error
    return n


# %% [markdown]
# Every number of the network, forward and backward:

# %%
# NBVAL_CHECK_OUTPUT
net = two_two_one(start)
backward(net["loss"])
for name, value in net.items():
    print(f"{name:4} value {value.data:5.1f}   slope {value.grad:6.1f}")

# %%
places = {"x1": (0, 1), "x2": (0, 0), "z1": (1, 1), "z2": (1, 0)}
places |= {"h1": (2, 1), "h2": (2, 0), "out": (3, 0.5), "loss": (4, 0.5)}
nodes = {k: (*xy, f"{net[k].data:g}") for k, xy in places.items()}
grads = [f"{net[k].grad:g}" for k in places]

fig, ax = plt.subplots(figsize=(9, 3))
links = [(0, 2), (0, 3), (1, 2), (1, 3), (2, 4), (3, 5), (4, 6)]
links += [(5, 6), (6, 7)]
draw_graph(ax, nodes, links, grads)
ax.set_title("Behind the closed gate of unit 2 the slope is 0")
plt.show()

# %% [markdown]
# *In the figure:* the network from left to right: x1 and x2, the sums z1 and
# z2, the hidden values h1 and h2, the output, the loss; each with its value
# and its slope. At h2 a slope of 12 arrives; at z2, which is negative, it is
# 0.
#
# Look at $h_2$ and $z_2$. The loss would like $h_2$ to change, but ReLU's gate
# is closed: a nudge of $z_2$ from −1 to −0.999 does not reach the output. All
# weights into unit 2 get the slope 0 and stay as they are, for this example.
#
# Look at $x_1$, too: it feeds both units, so it is a fork, and slopes from both
# add up (one of them is 0 here).
#
# 4. **Update weights**. Predict: each weight moves against its slope, with a
#    learning rate of 0.1. The loss was 4. Does it **a)** fall, **b)** stay,
#    **c)** rise? The slopes are right; mind their size.

# %% exercise="one_step"
guess = None  # "a", "b" or "c"

one_step = ex.one_step.check(guess)


# %%
def loss_after(rate):
    """Loss of the network after one step with this learning rate."""
    moved = {k: value - rate * net[k].grad for k, value in start.items()}
    return two_two_one(moved)["loss"].data


new = loss_after(0.1)
ex.one_step.reveal("a" if new < 4 else "b" if new == 4 else "c")
for rate in (0.1, 0.02, 0.002):
    print(f"learning rate {rate}: loss {loss_after(rate):.3f} instead of 4")

# %% [markdown]
# A slope is true for a small nudge. With a rate of 0.1 the weight $w_{21}$
# moved by 1.6, unit 1 was closed as well, and the output leapt past the target.
# With smaller steps the same slopes lead down.
#
# ## 5. From numbers to matrices
#
# Nobody computes networks number by number. A layer takes a batch of $N$
# examples, one per row, and gives $H$ sums for each: `Z = X @ W + b`.

# %%
fig, ax = plt.subplots(figsize=(9, 3))
draw_map(ax, here=(1, 2, 3))
ax.set_title("A layer and its ReLU, backward")
plt.show()

# %% [markdown]
# *In the figure:* the map of the chapter. The two layers and the ReLU between
# them are lit: you are here.
#
# Once, carefully, with indices. Example $i$, input $k$, unit $j$:
#
# $$ Z_{ij} = \sum_k X_{ik} W_{kj} + b_j $$
#
# Let $dZ_{ij}$ be the slope of the loss with respect to $Z_{ij}$; it has
# arrived from the right. Where is the weight $W_{kj}$ used? In column $j$ of
# $Z$, **in every row** $i$, and each time multiplied with $X_{ik}$. A fork, so
# the slopes add up over $i$:
#
# $$ dW_{kj} = \sum_i X_{ik} \, dZ_{ij} $$
#
# A matrix product sums over the *last* index of its left factor and the
# *first* of its right one. Here the sum is over $i$, the first index of both,
# so $X$ must be transposed: $dW = X^\top dZ$.
#
# Where is the input $X_{ik}$ used? In row $i$, **in every column** $j$, times
# $W_{kj}$. The sum is over $j$, the last index of both, so $W$ is transposed:
#
# $$ dX_{ik} = \sum_j dZ_{ij} \, W_{kj} \qquad dX = dZ \, W^\top $$
#
# And the bias $b_j$ is added in every row, with local slope 1:
# $db_j = \sum_i dZ_{ij}$, the sum over the batch.
#
# The shapes confirm it: each gradient has the shape of what it belongs to.
#
# | Quantity | Shape | Gradient | Shapes of the product |
# |---|---|---|---|
# | `W` | (D, H) | `X.T @ dZ` | (D, N) @ (N, H) |
# | `X` | (N, D) | `dZ @ W.T` | (N, H) @ (H, D) |
# | `b` | (H,) | sum of `dZ` over the batch | (N, H) → (H,) |
#
# Write the three lines.


# %% exercise="affine_backward"
def affine_backward(dZ, X, W):
    """Gradients (dX, dW, db) of Z = X @ W + b from dZ, which is (N, H)."""
    ...  # your code here


affine_backward = ex.affine_backward.check(affine_backward)

# %% [markdown]
# The sum with indices, written as loops, gives the same:

# %%
rng = np.random.default_rng(0)
X, W, dZ = (rng.normal(size=s) for s in ((4, 3), (3, 2), (4, 2)))

dW_by_sums = np.zeros((3, 2))
for k in range(3):
    for j in range(2):
        dW_by_sums[k, j] = sum(X[i, k] * dZ[i, j] for i in range(4))

dX, dW, db = affine_backward(dZ, X, W)
print("the same:", np.allclose(dW, dW_by_sums))

# %% [markdown]
# ReLU works on each entry by itself: `A = relu(Z)`, the max gate of `Z` and 0.
# It passes the slope on where `Z` was above 0, and nowhere else. At exactly 0
# there is a kink and no slope; everybody agrees to call it 0.


# %% exercise="relu_backward"
def relu_backward(dA, Z):
    """Gradient of Z, where A = relu(Z); the slope at 0 counts as 0."""
    ...  # your code here


relu_backward = ex.relu_backward.check(relu_backward)

# %% [markdown]
# ### Are shapes enough?
#
# Shapes catch many slips. Suppose a layer is square: `X`, `W` and `dZ` all have
# the shape (4, 4). Which of these lines for `dX` stops with an error?
#
# - **a)** `dZ @ W.T` only
# - **b)** `dZ @ W` only
# - **c)** None of `dZ @ W.T`, `dZ @ W` and `W.T @ dZ`
# - **d)** `W.T @ dZ` only

# %% exercise="shapes_enough"
answer = None  # "a", "b", "c" or "d"

shapes_enough = ex.shapes_enough.check(answer)

# %% [markdown]
# > **If you read Nielsen's book.** He writes one example as a *column* and
# > numbers the weights $w_{jk}$ "to $j$ from $k$", so his $w$ is our `W.T`. His
# > four equations, with $\delta = \partial C / \partial z$, are our lines for a
# > batch of one:
# >
# > | Nielsen, columns | Here, rows |
# > |---|---|
# > | BP1: $\delta^L = \nabla_a C \odot \sigma'(z^L)$ | `dZ` at the output; for softmax with cross-entropy see section 6 |
# > | BP2: $\delta^l = ((w^{l+1})^\top \delta^{l+1}) \odot \sigma'(z^l)$ | `dZ1 = (dZ2 @ W2.T) * (Z1 > 0)` |
# > | BP3: $\partial C / \partial b^l_j = \delta^l_j$ | `db = dZ.sum(axis=0)` |
# > | BP4: $\partial C / \partial w^l_{jk} = a^{l-1}_k \delta^l_j$ | `dW = X.T @ dZ` |
# >
# > The batch makes the difference: his formulas hold for one example, and the
# > mean over examples is taken outside. Here the mean is inside the loss, so
# > that 1/N arrives in `dZ`, and the sums over the batch do the rest.

# %%
# NBVAL_CHECK_OUTPUT
w, delta = W.T, dZ[0][:, np.newaxis]  # Nielsen's form of example 0
a = X[0][:, np.newaxis]
dX0, dW0, db0 = affine_backward(dZ[:1], X[:1], W)
print("BP2, without the gate:", np.allclose(w.T @ delta, dX0.T))
print("BP3:", np.allclose(delta[:, 0], db0))
print("BP4:", np.allclose(delta @ a.T, dW0.T))

# %% [markdown]
# ---
#
# ### Stop here for today
#
# This is the middle, and a good place to sleep over it. What you have:
#
# - **The rule**: start with slope 1 at the loss; at each gate multiply what
#   arrives with the local slope; where a value was used more than once, add.
# - **The gates**: plus distributes, max routes, times swaps.
# - **The layer** `Z = X @ W + b`: `dW = X.T @ dZ`, `dX = dZ @ W.T`,
#   `db = dZ.sum(axis=0)`, and for `A = relu(Z)`: `dZ = dA * (Z > 0)`.
# - **The code**: `Value`, `topological_order` and `backward` for single
#   numbers, `affine_backward` and `relu_backward` for matrices.
#
# When you come back: run the set-up cell at the top, the cell below it that
# defines the map, and the next one here. It keeps your own functions if they
# are still there, and takes the course's if the kernel is new.

# %%
for name in (
    "local_slopes",
    "Value",
    "topological_order",
    "backward",
    "affine_backward",
    "relu_backward",
):
    globals().setdefault(name, getattr(ex, name).reference)

# %% [markdown]
# ---
#
# ## 6. Softmax and cross-entropy
#
# The last layer gives logits, one score for each class. Softmax makes them
# probabilities $P$, and the loss is $-\ln$ of the probability of the true
# class.

# %%
fig, ax = plt.subplots(figsize=(9, 3))
draw_map(ax, here=(4, 5))
ax.set_title("The way back begins at the loss")
plt.show()

# %% [markdown]
# *In the figure:* the map of the chapter, with softmax and loss lit: you are
# here.
#
# ### The long way
#
# Take one example with logits $z$ and let $Y$ be 1 at the true class and 0
# elsewhere. Only $P_y$ is in the loss, so $dP_k = -Y_k / P_k$.
#
# Softmax is not a gate for each entry: raise one logit, and *all* probabilities
# move, since they add up to 1. All slopes together make a square table, the
# **Jacobian**:
#
# $$ \frac{\partial P_j}{\partial z_k} =
# \begin{cases} P_k (1 - P_k) & j = k \\ -P_j P_k & j \ne k \end{cases} $$
#
# Every $P_j$ depends on $z_k$, a fork, so add up:
# $dz_k = \sum_j dP_j \, \frac{\partial P_j}{\partial z_k}$.
#
# ### The short way
#
# Only $j = y$ has a $dP_j$ that is not 0, namely $-1 / P_y$. It cancels the
# $P_y$ in the Jacobian:
#
# $$ dz_k = -\frac{1}{P_y} · (-P_y P_k) = P_k \quad (k \ne y), \qquad
# dz_y = -\frac{1}{P_y} · P_y (1 - P_y) = P_y - 1 $$
#
# Both cases in one: $dz = P - Y$. Probability given minus probability wanted.
# For a batch whose loss is a mean over $N$ examples: $dZ = (P - Y) / N$.
#
# Try it: the probabilities are 0.2, 0.5, 0.3, and the true class is the middle
# one. What is the gradient with respect to the three logits?

# %% exercise="logit_gradients"
answer = None  # three numbers

logit_gradients = ex.logit_gradients.check(answer)

# %% [markdown]
# Both ways, computed:

# %%
# NBVAL_CHECK_OUTPUT
P, Y = np.array([0.2, 0.5, 0.3]), np.array([0.0, 1.0, 0.0])
jacobian = np.diag(P) - np.outer(P, P)
long_way = (-Y / P) @ jacobian
short_way = P - Y
print("long ", long_way.round(12) + 0.0)
print("short", short_way)
print("adds up to zero:", bool(np.isclose(short_way.sum(), 0)))

# %% [markdown]
# The entries of each row add up to zero. They must: adding the same number to
# all logits changes nothing, so a nudge of all of them together has slope 0.
#
# Now write both, loss and gradient, for a batch: `logits` is (N, C), `y` holds
# N whole numbers. A logit of 1000 must not upset it, not even where the true
# class has 0: the loss of that example is 1000, and not infinite.


# %% exercise="softmax_cross_entropy"
def softmax_cross_entropy(logits, y):
    """Mean loss of a batch, and its gradient with respect to the logits."""
    ...  # your code here


softmax_cross_entropy = ex.softmax_cross_entropy.check(softmax_cross_entropy)

# %% [markdown]
# ### Put it together
#
# You have all the parts. A network is a list of pairs,
# `params = [(W1, b1), (W2, b2), …]`, with ReLU after every layer but the last.
# Write the whole thing: forward pass (keep what each layer received, and each
# `Z`), loss, backward pass. Use `softmax_cross_entropy`, `affine_backward` and
# `relu_backward`.


# %% exercise="loss_and_gradients"
def loss_and_gradients(X, y, params):
    """Mean loss, and a list of (dW, db), one pair for each layer."""
    ...  # your code here


loss_and_gradients = ex.loss_and_gradients.check(loss_and_gradients)

# %% [markdown]
# That is backpropagation. Back to the question of section 1: what does it save
# for 784-30-10, in one step with a batch of 32?

# %%
rng = np.random.default_rng(0)
X, y = rng.random((32, 784)), rng.integers(0, 10, 32)
sizes = ((784, 30), (30, 10))
params = [(rng.normal(size=(d, h)), np.zeros(h)) for d, h in sizes]

started = time.perf_counter()
for _ in range(100):
    loss_and_gradients(X, y, params)
seconds = (time.perf_counter() - started) / 100
print(f"forward and backward together: {1000 * seconds:.2f} ms for one step")

# %% [markdown]
# A few forward passes' worth of time, for 23,860 slopes: thousands of times
# faster than nudging. The rest of the chapter is about trusting it, using it,
# and knowing when it fails.
#
# ## 7. Check the gradients
#
# A wrong gradient seldom stops a program. It trains, a little worse, and
# nobody knows. So compare with what cannot be wrong: nudging. It is slow, which
# does not matter for a small network.

# %%
fig, ax = plt.subplots(figsize=(9, 3))
draw_map(ax, here=(7,))
ax.set_title("Before you use it: compare with nudging")
plt.show()

# %% [markdown]
# *In the figure:* the map of the chapter, with "check by nudging" lit below the
# row of operations: you are here.
#
# The nudging, as in chapter 03:


# %%
def numerical_gradient(loss, array, h=1e-5):
    """Central differences: slope of loss(array) for every entry."""
    gradient = np.zeros_like(array)
    for index in np.ndindex(array.shape):
        nudge = np.zeros_like(array)
        nudge[index] = h
        rise = loss(array + nudge) - loss(array - nudge)
        gradient[index] = rise / (2 * h)
    return gradient


# %% [markdown]
# Two gradients are never equal to the last digit. How far apart may they be?
# The difference alone says little: 0.001 is much for gradients of 0.001, and
# nothing for gradients of 1000. So divide by their size. Write
# `relative_error`: the length of the difference (`np.linalg.norm`) over the
# larger of the two lengths.


# %% exercise="relative_error"
def relative_error(a, b):
    """Length of a - b over the larger of the two lengths; 0 if both are 0."""
    ...  # your code here


relative_error = ex.relative_error.check(relative_error)

# %% [markdown]
# A network of 4 inputs, two hidden layers of 5 and 3 classes, random weights,
# six examples:


# %%
def random_network(widths, seed, batch):
    """Random X, y and params, none of them zero."""
    rng = np.random.default_rng(seed)
    params = [
        (rng.normal(size=(d, h)), rng.normal(size=h))
        for d, h in pairwise(widths)
    ]
    X = rng.normal(size=(batch, widths[0]))
    return X, rng.integers(0, widths[-1], batch), params


X, y, params = random_network((4, 5, 5, 3), seed=0, batch=6)


def loss_at_W1(W1):
    changed = [(W1, params[0][1]), *params[1:]]
    return loss_and_gradients(X, y, changed)[0]


# %%
loss, grads = loss_and_gradients(X, y, params)
by_nudging = numerical_gradient(loss_at_W1, params[0][0])
print(f"relative error of dW1: {relative_error(grads[0][0], by_nudging):.1e}")

# %% [markdown]
# Roughly, in `float64` with smooth losses: below $10^{-6}$ it is right; above
# $10^{-3}$ something is wrong; in between look closer, most often at a kink.
# (Some texts divide entry by entry and take the worst. Then a single entry near
# 0, where rounding is all there is, can raise a false alarm; lengths cannot be
# upset by it.)
#
# ### Which step?
#
# The definition of a slope says: let $h$ go to 0. Which of these gives the
# smallest error, in ordinary `float64` numbers of 16 digits?
#
# - **a)** $h = 10^{-1}$
# - **b)** $h = 10^{-5}$
# - **c)** $h = 10^{-12}$

# %% exercise="best_step"
guess = None  # "a", "b" or "c"

best_step = ex.best_step.check(guess)


# %%
def forward_difference(loss, array, h):
    """One-sided nudges, for comparison."""
    gradient, base = np.zeros_like(array), loss(array)
    for index in np.ndindex(array.shape):
        nudge = np.zeros_like(array)
        nudge[index] = h
        gradient[index] = (loss(array + nudge) - base) / h
    return gradient


def error(estimate, h, dtype=np.float64):
    """Relative error of an estimate of dW1, computed in the given type."""
    small = [(W.astype(dtype), b.astype(dtype)) for W, b in params]

    def loss(W1):
        changed = [(W1, small[0][1]), *small[1:]]
        return loss_and_gradients(X.astype(dtype), y, changed)[0]

    return relative_error(estimate(loss, small[0][0], dtype(h)), grads[0][0])


# %% [markdown]
# For each step: two-sided and one-sided nudges, and two-sided ones in
# `float32`, the numbers of 7 digits that networks are trained with.

# %%
steps = 10.0 ** np.arange(-14, 0.1, 0.5)
central = [error(numerical_gradient, h) for h in steps]
forward = [error(forward_difference, h) for h in steps]
float32 = [error(numerical_gradient, h, np.float32) for h in steps]

errors = [central[np.argmin(abs(steps - h))] for h in (1e-1, 1e-5, 1e-12)]
ex.best_step.reveal("abc"[np.argmin(errors)])

# %%
fig, ax = plt.subplots(figsize=(8, 4))
ax.loglog(steps, central, "o-", color=plots.BLUE, label="two-sided, float64")
ax.loglog(steps, forward, "s--", color=plots.GREEN, label="one-sided, float64")
ax.loglog(steps, float32, "^:", color=plots.ORANGE, label="two-sided, float32")
ax.axvline(1e-5, color=plots.GREY, linestyle="-.", label="h = 0.00001")
ax.set(xlabel="step h", ylabel="relative error of dW1")
ax.set_title("Too large a step bends, too small a step rounds")
ax.legend(fontsize=8)
plt.show()

# %% [markdown]
# *In the figure:* error over step size, both axes logarithmic. The two-sided
# curve falls from the left, reaches its lowest point, below $10^{-8}$, near
# $h = 10^{-5}$, and rises again to the right. The one-sided curve has its
# lowest point further left and higher up. The `float32` curve lies far above
# both: it never gets below $10^{-5}$.
#
# From the right: the error of the two-sided slope shrinks with $h^2$, that of
# the one-sided one only with $h$. From the left: the loss is about 1 and known
# to 16 digits; the two losses are nearly equal, so their difference keeps few
# digits, and dividing by a tiny $h$ blows up the rest. In `float32` there are
# only 7 digits to begin with. So: **two-sided, float64, $h = 10^{-5}$**.
#
# ### Two traps
#
# First, **kinks**. ReLU has no slope at 0, and a nudge that crosses 0 measures
# half of one side and half of the other:

# %%
# NBVAL_CHECK_OUTPUT
for z in (1e-3, 1e-7):
    slope = (max(z + 1e-5, 0) - max(z - 1e-5, 0)) / 2e-5
    print(f"relu at {z:g}: nudging says {slope:.3f}, the slope is 1")

# %% [markdown]
# If a single entry disagrees, look whether some `Z` is within `h` of 0 before
# you blame the code.
#
# Second, **zero weights**. Many programs start with zero biases, some check at
# that point. Never check there: zeros hide mistakes. You will see how many at
# the end of the next section.
#
# ### The course's checker
#
# `gradcheck` in the course's package does for all tensors what you did for
# one. Its column *yours / true* holds the factor by which your gradient is off,
# where there is one; a dash means that there is none.


# %%
def examine(gradients_of, widths=(4, 5, 5, 3), seed=0, batch=6):
    """Check a backward pass on a random network; returns the table."""
    X, y, params = random_network(widths, seed, batch)

    def loss(params):
        return loss_and_gradients(X, y, params)[0]

    _, grads = gradients_of(X, y, params)
    return gradcheck.check_gradients(loss, params, grads)


examine(loss_and_gradients)

# %% [markdown]
# All six tensors agree. And if they had not, this is the part that no table
# gives you: `diagnose` tries the known mistakes on networks of its own and says
# which one your function behaves like.

# %%
gradcheck.diagnose(loss_and_gradients)

# %% [markdown]
# ## 8. The bug lab
#
# Eight backward passes were handed in, each with one line gone wrong. On the
# network below all of them run without an error. You are the doctor: look at
# the evidence, name the cause. These are the causes to choose from:
#
# | Cause | The line | What it should be |
# |---|---|---|
# | forgotten 1/N | `dZ = P - Y` | `(P - Y) / N` |
# | wrong sign | `dZ = (Y - P) / N` | `(P - Y) / N` |
# | extra p(1 − p) | `dZ = (P - Y) * P * (1 - P) / N` | `(P - Y) / N` |
# | transposed dW | `dW = dZ.T @ A` | `A.T @ dZ` |
# | transposed upstream | `dA = dZ @ W` | `dZ @ W.T` |
# | bias averaged | `db = dZ.mean(axis=0)` | `dZ.sum(axis=0)` |
# | no gate | `dZ = dA` | `dA * (Z > 0)` |
# | a gate that never closes | … | … |
#
# The network has three layers and is square: 5 inputs, 5, 5, 5 classes. The
# batch has 8 examples. **How to read a table**: walk backward from the loss, b3
# and W3 first. What is still right, what is the first wrong tensor, is there a
# constant ratio?
#
# ### Patient A

# %%
square = {"widths": (5, 5, 5, 5), "seed": 1, "batch": 8}
examine(ex.patients["A"], **square)

# %% [markdown]
# **a)** forgotten 1/N, **b)** wrong sign, **c)** no gate, **d)** transposed dW

# %% exercise="patient_a"
answer = None  # "a", "b", "c" or "d"

patient_a = ex.patient_a.check(answer)

# %% [markdown]
# ### Patient B

# %%
examine(ex.patients["B"], **square)

# %% [markdown]
# **a)** forgotten 1/N, **b)** bias averaged, **c)** wrong sign, **d)** extra
# p(1 − p)

# %% exercise="patient_b"
answer = None  # "a", "b", "c" or "d"

patient_b = ex.patient_b.check(answer)

# %% [markdown]
# ### Patient C

# %%
examine(ex.patients["C"], **square)

# %% [markdown]
# **a)** forgotten 1/N, **b)** transposed dW, **c)** transposed upstream, **d)**
# bias averaged

# %% exercise="patient_c"
answer = None  # "a", "b", "c" or "d"

patient_c = ex.patient_c.check(answer)

# %% [markdown]
# ### Patient D

# %%
examine(ex.patients["D"], **square)

# %% [markdown]
# **a)** no gate, **b)** transposed upstream, **c)** transposed dW, **d)**
# forgotten 1/N

# %% exercise="patient_d"
answer = None  # "a", "b", "c" or "d"

patient_d = ex.patient_d.check(answer)

# %% [markdown]
# Now the second opinion. `diagnose` does not read the code; it compares
# behaviour with that of the known mistakes. In full for D:

# %%
for name in "ABCD":
    verdict = gradcheck.diagnose(ex.patients[name], widths=(5, 5, 5, 5))
    print(f"{name}: {' or '.join(verdict.causes)}")
verdict

# %% [markdown]
# ### Patients E and F
#
# These two look alike:

# %%
examine(ex.patients["E"], **square)

# %%
examine(ex.patients["F"], **square)

# %% [markdown]
# One table cannot tell them apart, so make an experiment that can: a network
# whose layers are **not square**, 6 inputs, 5, 4, 3 classes.

# %%
for name in "EF":
    try:
        table = examine(ex.patients[name], (6, 5, 4, 3), seed=1, batch=8)
        wrong = [row.name for row in table.rows if not row.passed]
        print(f"{name} runs; wrong are {', '.join(wrong)}")
    except ValueError:
        print(f"{name} stops: the shapes do not fit")

# %% [markdown]
# Patient E: **a)** extra p(1 − p), **b)** transposed dW, **c)** transposed
# upstream, **d)** no gate

# %% exercise="patient_e"
answer = None  # "a", "b", "c" or "d"

patient_e = ex.patient_e.check(answer)

# %% [markdown]
# Patient F: **a)** transposed upstream, **b)** no gate, **c)** transposed dW,
# **d)** wrong sign

# %% exercise="patient_f"
answer = None  # "a", "b", "c" or "d"

patient_f = ex.patient_f.check(answer)

# %% [markdown]
# ### Patient G

# %%
examine(ex.patients["G"], **square)

# %% [markdown]
# **a)** forgotten 1/N, **b)** extra p(1 − p), **c)** no gate, **d)** transposed
# dW

# %% exercise="patient_g"
answer = None  # "a", "b", "c" or "d"

patient_g = ex.patient_g.check(answer)

# %% [markdown]
# ### Patient H
#
# The same table as E, and it runs in every shape. But its author says: "I do
# have a gate!" Here are the lines in question.
#
# ```python
# A = np.maximum(Z, 0)        # forward
# ...
# dW = A.T @ dZ               # a) backward, the next layer
# dA = dZ @ W.T               # b)
# dZ = dA * (A >= 0)          # c)
# db = dZ.sum(axis=0)         # d)
# ```

# %%
examine(ex.patients["H"], **square)

# %% [markdown]
# Which line is it?

# %% exercise="patient_h"
answer = None  # "a", "b", "c" or "d"

patient_h = ex.patient_h.check(answer)

# %%
for name in "EFGH":
    verdict = gradcheck.diagnose(ex.patients[name], widths=(5, 5, 5, 5))
    print(f"{name}: {' or '.join(verdict.causes)}")
verdict

# %% [markdown]
# ### Does it matter?
#
# Patient H is no invention: a well-known tutorial published that very mistake,
# and its network learned all the same, only worse than it could. What does it
# cost? Two networks, same data, same start, 1,000 digits, 20 epochs; one of
# them with the gate that never closes.

# %%
digits = data.load_mnist()
print(digits.source)
x_train = digits.x_train.reshape(len(digits.x_train), -1)
x_test = digits.x_test.reshape(len(digits.x_test), -1)
y_train, y_test = digits.y_train, digits.y_test


# %%
def he_params(widths, rng):
    """Random weights of He's size (section 11), biases zero, float32."""
    return [
        (
            (rng.normal(size=(d, h)) * np.sqrt(2 / d)).astype("float32"),
            np.zeros(h, "float32"),
        )
        for d, h in pairwise(widths)
    ]


def accuracy(params, X, y):
    """Share of the rows of X whose largest logit is at y."""
    for W, b in params[:-1]:
        X = np.maximum(X @ W + b, 0)
    W, b = params[-1]
    return np.mean((X @ W + b).argmax(axis=1) == y)


# %% [markdown]
# To train them you need the fourth step, **update weights**. Write it for a
# whole list of layers: each array minus learning rate times gradient, in a new
# list of new arrays.


# %% exercise="update"
def update(params, grads, learning_rate):
    """New list of (W, b): each moved against its gradient."""
    ...  # your code here


update = ex.update.check(update)


# %%
def train_with(gradients_of, seed, n=1000, epochs=20, rate=0.5):
    """Plain gradient descent in batches of 20; returns the test accuracy."""
    rng = np.random.default_rng(seed)
    params = he_params((784, 100, 10), rng)
    for _ in range(epochs):
        for rows in np.split(rng.permutation(n), n // 20):
            _, grads = gradients_of(x_train[rows], y_train[rows], params)
            params = update(params, grads, rate)
    return accuracy(params, x_test[:2000], y_test[:2000])


for name, function in (("right", loss_and_gradients), ("H", ex.patients["H"])):
    shares = [f"{train_with(function, seed):.1%}" for seed in (0, 1)]
    print(f"{name:6} {' and '.join(shares)}")

# %% [markdown]
# With the real MNIST the wrong gate costs several points of accuracy, from
# either start. It does not crash, it does not diverge, it "trains". Only a
# comparison with the right numbers could tell.
#
# ### And at zero weights?
#
# Section 7 said: never check there. Predict: with all weights and biases zero,
# **how many of the eight patients pass as healthy?**

# %% exercise="zero_weights"
guess = None  # a number from 0 to 8

zero_weights = ex.zero_weights.check(guess)

# %%
X, y, params = random_network(**square)
zeros = [(0 * W, 0 * b) for W, b in params]
_, right = loss_and_gradients(X, y, zeros)

healthy = []
for name, patient in ex.patients.items():
    _, grads = patient(X, y, zeros)
    pairs = zip(sum(grads, ()), sum(right, ()), strict=True)
    if all(relative_error(one, other) < 1e-6 for one, other in pairs):
        healthy.append(name)
ex.zero_weights.reveal(len(healthy))
print("these pass at zero weights:", *healthy)

# %% [markdown]
# With zero weights all hidden values are 0, and everything that goes through
# `W` or meets a hidden value is 0, right or wrong. Half of the bugs hide
# there. So: check at random weights, on square **and** other layers, with more
# than one example.
#
# ## 9. Train on MNIST
#
# The gradient is proven. Use it.

# %%
fig, ax = plt.subplots(figsize=(9, 3))
draw_map(ax, here=(6,))
ax.set_title("The fourth step: update the weights")
plt.show()

# %% [markdown]
# *In the figure:* the map of the chapter, with "update" lit below the row of
# operations: you are here.
#
# All four steps, in mini-batches. One epoch of plain gradient descent, 784
# inputs, 128 hidden units, 10 classes:


# %%
def batches(n, size, rng):
    """The numbers 0 to n - 1 in random order, cut into batches."""
    order = rng.permutation(n)
    return [order[i : i + size] for i in range(0, n, size)]


rng = np.random.default_rng(0)
params = he_params((784, 128, 10), rng)
for rows in batches(len(x_train), 64, rng):
    # forward pass, compute loss, backward pass
    loss, grads = loss_and_gradients(x_train[rows], y_train[rows], params)
    params = update(params, grads, 0.1)
print(f"after one epoch: {accuracy(params, x_test, y_test):.1%}")

# %% [markdown]
# One pass over the images, and with the real MNIST it reads more than nine
# digits in ten. Adam comes further in the same number of epochs: a running mean
# of the gradient gives the direction, a running mean of its square gives every
# weight a step size of its own. This is the step of chapter 03, and below it
# the same for a whole list of layers.


# %%
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


def adam_update(params, grads, states, rate):
    """Like update, by Adam; moves the states on."""
    new = []
    for pair, grad, state in zip(params, grads, states, strict=True):
        parts = zip(pair, grad, state, strict=True)
        steps = [adam_step(*part, rate) for part in parts]
        new.append(tuple(w for w, _ in steps))
        state[:] = [moved for _, moved in steps]
    return new


def new_states(params):
    """Running means of zero for every array, and no steps taken."""
    return [[(0 * w, 0 * w, 0) for w in pair] for pair in params]


# %% [markdown]
# One refinement: long steps first, short ones at the end. The learning rate is
# halved after every epoch.
#
# Five epochs with your own backward pass. Chapter 06 reached more than 97 % on
# the test images of the real MNIST, with Keras. Where will yours end?
#
# - **a)** Below 95 %.
# - **b)** Between 95 and 97 %.
# - **c)** Above 97 %.

# %% exercise="final_accuracy"
guess = None  # "a", "b" or "c"

final_accuracy = ex.final_accuracy.check(guess)


# %%
def train(params, epochs, size=64, rate=0.003, seed=0, watch=None):
    """Train with Adam; returns params and the test accuracy per epoch."""
    rng = np.random.default_rng(seed)
    states, reached = new_states(params), []
    for _ in range(epochs):
        for rows in batches(len(x_train), size, rng):
            X, y = x_train[rows], y_train[rows]
            loss, grads = loss_and_gradients(X, y, params)
            params = adam_update(params, grads, states, rate)
        rate /= 2
        reached.append(accuracy(params, x_test, y_test))
        if watch:
            seen = accuracy(params, X, y)
            watch.update(loss=loss, accuracy=seen, val_accuracy=reached[-1])
            if watch.stopped:
                break
    return params, reached


# %% [markdown]
# About 4,700 steps. `monitor` draws the figures that `train` hands it after
# each epoch, and its button sets `stopped`:

# %%
start = he_params((784, 128, 10), np.random.default_rng(0))
started = time.perf_counter()
with monitor(epochs=5) as watch:
    trained, reached = train(start, epochs=5, watch=watch)
seconds = time.perf_counter() - started

final = reached[-1]
ex.final_accuracy.reveal("a" if final < 0.95 else "b" if final < 0.97 else "c")
print("after each epoch:", *(f"{share:.2%}" for share in reached))
print(f"{seconds:.1f} s")

# %% [markdown]
# *In the figure:* left, the loss of the last batch of each epoch, which jumps
# about, since a batch is 64 images; right, the accuracy on that batch and,
# dashed, on the test images, which the monitor calls validation.
#
# With the real MNIST: above 97.5 % after five epochs, on images that the
# network has never seen, as good as the Keras network of the same size. There
# is no framework in it. Every line that computes is on this page, and the part
# that matters is yours.
#
# The test images were used after each epoch here, to watch. Nothing was chosen
# by them; if you start to choose, take validation images as in chapter 06.
#
# ## 10. One network, four ways
#
# The same network, the same weights, the same batch: computed by your scalar
# engine, by your NumPy functions, by TensorFlow's `GradientTape`, and by Keras.
# They must agree. 4 inputs, 3 hidden units, 3 classes, 5 examples.
#
# **The engine.** A NumPy array can hold Values. Then `@`, `+` and `np.exp` call
# the methods of your class, and the formulas stay as they are:


# %%
values = np.vectorize(Value, otypes=[object])
relu = np.frompyfunc(lambda z: z.maximum(Value(0.0)), 1, 1)
grad_of = np.vectorize(lambda value: value.grad, otypes=[float])


def scalar_engine(X, y, params):
    """Loss and gradients of a two-layer network, number by number."""
    (W1, b1), (W2, b2) = layers = [tuple(map(values, p)) for p in params]
    Z = relu(values(X) @ W1 + b1) @ W2 + b2
    losses = np.log(np.exp(Z).sum(axis=1)) - Z[np.arange(len(y)), y]
    loss = losses.sum() * Value(1 / len(y))
    backward(loss)
    return loss.data, [tuple(map(grad_of, pair)) for pair in layers]


# %% [markdown]
# **TensorFlow** records the forward pass on a tape and plays it backward, as
# your engine does, with whole arrays for Values:


# %%
def tape(X, y, params):
    """Loss and gradients by TensorFlow, in float64."""
    variables = [tuple(map(tf.Variable, pair)) for pair in params]
    (W1, b1), (W2, b2) = variables
    with tf.GradientTape() as recorded:
        Z = tf.nn.relu(X @ W1 + b1) @ W2 + b2
        losses = tf.nn.sparse_softmax_cross_entropy_with_logits(y, Z)
        loss = tf.reduce_mean(losses)
    grads = recorded.gradient(loss, variables)
    return loss.numpy(), [tuple(g.numpy() for g in pair) for pair in grads]


# %% [markdown]
# **Keras** does not show its gradients; it uses them. So let it take one step
# of plain gradient descent with a learning rate of 1 and look at how far each
# weight moved: old minus new is the gradient.


# %%
def keras_step(X, y, params):
    """Loss and gradients by Keras, in float32, from one step of size 1."""
    model = keras.Sequential(
        [
            keras.Input((X.shape[1],)),
            keras.layers.Dense(len(params[0][1]), activation="relu"),
            keras.layers.Dense(len(params[1][1])),
        ]
    )
    model.set_weights(sum(params, ()))
    loss = keras.losses.SparseCategoricalCrossentropy(from_logits=True)
    model.compile(keras.optimizers.SGD(1.0), loss)
    before = model.get_weights()
    value = model.train_on_batch(X, y)
    moved = [a - b for a, b in zip(before, model.get_weights(), strict=True)]
    return float(value), [tuple(moved[:2]), tuple(moved[2:])]


# %%
X, y, params = random_network((4, 3, 3), seed=2, batch=5)
ways = (scalar_engine, loss_and_gradients, tape, keras_step)
results = {way.__name__: way(X, y, params) for way in ways}
expected_loss, expected = results["tape"]

for name, (loss, grads) in results.items():
    pairs = zip(sum(grads, ()), sum(expected, ()), strict=True)
    far = max(relative_error(one, other) for one, other in pairs)
    tolerance = 1e-5 if name == "keras_step" else 1e-10
    assert far < tolerance, name
    assert abs(loss - expected_loss) < tolerance, name
    print(f"{name:18} loss {loss:.6f}, at most {far:.0e} from the tape")

# %% [markdown]
# Three of them compute in `float64` and agree to 10 digits and better. Keras
# computes in `float32`, which has 7 digits; after a few operations five are
# left, so the cell asks for $10^{-5}$ there. That is rounding and no mistake:
# your gradient is the gradient.
#
# ## 11. What goes wrong with depth
#
# ### Vanishing gradients
#
# Before ReLU, networks used the sigmoid $σ(z) = 1 / (1 + e^{-z})$. Its slope
# is $σ (1 - σ)$, at most 1/4, and 1/4 only at $z = 0$. Take five hidden layers
# of 64 sigmoid units. How large is the gradient of the first layer's weights
# compared with that of the last layer's?
#
# - **a)** About the same, within a factor of 10.
# - **b)** 10 to 100 times smaller.
# - **c)** More than 100 times smaller.

# %% exercise="vanishing"
guess = None  # "a", "b" or "c"

vanishing = ex.vanishing.check(guess)


# %%
def sigmoid_gradients(X, y, params):
    """Like loss_and_gradients, with sigmoid in place of ReLU."""
    As = [X]
    for W, b in params[:-1]:
        As.append(1 / (1 + np.exp(-(As[-1] @ W + b))))
    W, b = params[-1]
    loss, dZ = softmax_cross_entropy(As[-1] @ W + b, y)
    grads = []
    for (W, _), A in zip(params[::-1], As[::-1], strict=True):
        dA, dW, db = affine_backward(dZ, A, W)
        grads.insert(0, (dW, db))
        dZ = dA * A * (1 - A)
    return loss, grads


# %% [markdown]
# The same weights, once with sigmoid and once with ReLU:

# %%
deep = (784, 64, 64, 64, 64, 64, 10)
params = he_params(deep, np.random.default_rng(0))
X, y = x_train[:256], y_train[:256]

norms = {}
passes = {"sigmoid": sigmoid_gradients, "ReLU": loss_and_gradients}
for name, gradients_of in passes.items():
    _, grads = gradients_of(X, y, params)
    norms[name] = [np.linalg.norm(dW) for dW, _ in grads]
lost = norms["sigmoid"][-1] / norms["sigmoid"][0]
ex.vanishing.reveal("a" if lost < 10 else "b" if lost < 100 else "c")

# %%
fig, ax = plt.subplots(figsize=(7, 3.2))
layers = np.arange(1, 7)
ax.semilogy(layers, norms["ReLU"], "o-", color=plots.BLUE, label="ReLU")
colour = plots.ORANGE
ax.semilogy(layers, norms["sigmoid"], "s--", color=colour, label="sigmoid")
ax.set(xlabel="layer (1 is next to the input)", ylabel="length of dW")
ax.set_title("Through sigmoids the gradient fades on its way back")
ax.legend()
plt.show()

# %% [markdown]
# *In the figure:* the length of dW for layers 1 to 6 on a logarithmic axis.
# With ReLU it stays within about one power of ten. With sigmoid it falls from
# the last layer to the first by about two powers of ten.
#
# Each sigmoid multiplies by a quarter at most, and so does the next. The first
# layers hardly get a signal. ReLU's slope is 1 where it is open, and a gradient
# passes through open gates unharmed. Both were started with the same weights.
#
# ### Where to start: zero
#
# All weights of a 784-128-10 network are zero, ReLU between. It trains for one
# epoch. What happens?
#
# - **a)** It learns as usual: the first step moves the weights away from zero.
# - **b)** No weight ever moves; only the last biases learn something.
# - **c)** An error.

# %% exercise="zero_start"
guess = None  # "a", "b" or "c"

zero_start = ex.zero_start.check(guess)


# %%
def descend(params, steps, rate=0.1, seed=0):
    """Plain gradient descent in batches of 64; returns params and losses."""
    rng = np.random.default_rng(seed)
    losses = []
    for _ in range(steps):
        rows = rng.integers(0, len(x_train), 64)
        with np.errstate(all="ignore"):  # numbers may overflow, see below
            X, y = x_train[rows], y_train[rows]
            loss, grads = loss_and_gradients(X, y, params)
            params = update(params, grads, rate)
        losses.append(loss)
    return params, losses


# %% [markdown]
# 900 batches of 64 are about one epoch.

# %%
zeros = [(0 * W, 0 * b) for W, b in he_params((784, 128, 10), rng)]
after, losses = descend(zeros, 900)
moved = [int(np.count_nonzero(array)) for pair in after for array in pair]
ex.zero_start.reveal("b" if not moved[0] and not moved[2] else "a")
print("moved in W1, b1, W2, b2:", moved)
print(f"loss {losses[0]:.3f} → {np.mean(losses[-50:]):.3f}")
print(f"accuracy {accuracy(after, x_test, y_test):.1%}")

# %% [markdown]
# With `W1 = 0` all hidden values are 0, so `dW2 = A.T @ dZ` is 0. With
# `W2 = 0` nothing passes back, so `dW1` is 0 too. The network sits at a place
# where every weight has slope 0, and stays.
#
# ### Too small, too large, He
#
# So start at random. How large? A network with five hidden layers of 64 ReLU
# units starts with normal random weights of three sizes: 0.01; $\sqrt{2/D}$
# (He's rule, with $D$ inputs to the layer); and three times that. After 400
# steps of plain gradient descent, which loss is the lowest?
#
# - **a)** The small start.
# - **b)** The large start.
# - **c)** He's start.

# %% exercise="which_start"
guess = None  # "a", "b" or "c"

which_start = ex.which_start.check(guess)

# %%
he = he_params(deep, np.random.default_rng(1))
starts = {
    "0.01": [(W * 0.01 / W.std(), b) for W, b in he],
    "three times He": [(3 * W, b) for W, b in he],
    "He": he,
}
ends = {}
for name, params in starts.items():
    _, losses = descend(params, 400, rate=0.05)
    ends[name] = np.mean(losses[-50:])
    print(f"{name:15} loss {losses[0]:9.3f} → {ends[name]:.3f}")
ex.which_start.reveal("abc"[np.nanargmin(list(ends.values()))])

# %% [markdown]
# The small start stays at ln 10 ≈ 2.30, the loss of a network that knows
# nothing. The large one begins with a loss in the hundreds; its gradients are
# as large, and soon the numbers overflow: `nan` means "not a number".
#
# How large are the values that arrive in each layer? The forward pass shows
# the reason.

# %%
fig, ax = plt.subplots(figsize=(7, 3.2))
colours = (plots.ORANGE, plots.GREEN, plots.BLUE)
looks = zip(starts.items(), ("s--", "^:", "o-"), colours, strict=True)
for (name, params), style, colour in looks:
    A, sizes = X, []
    for W, b in params[:-1]:
        A = np.maximum(A @ W + b, 0)
        sizes.append(A.std())
    ax.semilogy(range(1, 6), sizes, style, color=colour, label=name)
ax.set(xlabel="hidden layer", ylabel="spread of its values")
ax.set_xticks(range(1, 6))
ax.set_title("Only He's size survives the way through the layers")
ax.legend()
plt.show()

# %% [markdown]
# *In the figure:* the standard deviation of the values after each of the five
# hidden layers, on a logarithmic axis. With the small start it falls by powers
# of ten, with the large one it rises from layer to layer, with He's it stays
# about level.
#
# Each layer multiplies the spread by a factor. If the factor is not near 1, five
# layers make it tiny or huge, forward and backward alike. A sum of $D$ products
# grows with $\sqrt{D}$, and ReLU drops half: hence $\sqrt{2/D}$.
#
# ### Symmetry
#
# What if all weights are equal, and not zero? One hidden layer of 100 units,
# every weight of `W1` is 0.01, `W2` is random. After 200 steps, **how many
# different units** does the hidden layer have?
#
# - **a)** One.
# - **b)** Between 2 and 99.
# - **c)** A hundred.
#
# To make the question fair, `W2` has the same random row for every unit: at
# the start nothing tells the units apart.

# %% exercise="symmetry"
guess = None  # "a", "b" or "c"

symmetry = ex.symmetry.check(guess)

# %%
row = np.random.default_rng(0).normal(size=(1, 10)) * 0.1
equal = [
    (np.full((784, 100), 0.01), np.zeros(100)),
    (np.repeat(row, 100, axis=0), np.zeros(10)),
]
after, losses = descend(equal, 200, rate=0.01)
different = np.unique(after[0][0].round(6), axis=1).shape[1]
ex.symmetry.reveal("a" if different == 1 else "b" if different < 100 else "c")
moved = np.abs(after[0][0] - 0.01).max()
print(f"{different} different unit(s); the weights moved by up to {moved:.3f}")

# %% [markdown]
# They moved, all of them alike. Equal units compute equal values and get equal
# gradients, so nothing can ever tell them apart. Random numbers at the start
# are what breaks the tie.
#
# ## 12. If you like: what makes it fast
#
# You can skip this section. It asks where the time of the training loop goes,
# and makes it faster without changing a result.

# %%
X, y = x_train[:64], y_train[:64]
params = he_params((784, 128, 10), np.random.default_rng(0))
states = new_states(params)


def milliseconds(work, repeat=200):
    """Median time of one call."""
    times = []
    for _ in range(repeat):
        started = time.perf_counter()
        work()
        times.append(time.perf_counter() - started)
    return 1000 * np.median(times)


# %%
_, grads = loss_and_gradients(X, y, params)
rows = np.random.default_rng(0).permutation(len(x_train))[:64]
profile = {
    "pick the batch": lambda: x_train[rows],
    "forward and backward": lambda: loss_and_gradients(X, y, params),
    "Adam": lambda: adam_update(params, grads, states, 0.001),
}
for name, work in profile.items():
    print(f"{name:21} {milliseconds(work):.2f} ms")

# %% [markdown]
# Adam takes a large share, though it does no matrix product at all: it goes
# through 101,770 numbers about a dozen times, and each of its operations makes
# a new array. The same formula with arrays that are reused:


# %%
def adam_in_place(w, gradient, m, v, spare, t, learning_rate):
    """The same step as adam_step, without new arrays; changes w, m and v."""
    m *= 0.9
    m += np.multiply(gradient, 0.1, out=spare)
    v *= 0.999
    np.multiply(gradient, gradient, out=spare)
    spare *= 0.001
    v += spare
    np.divide(v, 1 - 0.999**t, out=spare)
    np.sqrt(spare, out=spare)
    spare += 1e-8
    np.divide(m, spare, out=spare)
    spare *= learning_rate / (1 - 0.9**t)
    w -= spare


# %%
w, dw = params[0][0], grads[0][0]
state = (0 * w, 0 * w, 0)
own, m, v, spare = w.copy(), 0 * w, 0 * w, np.empty_like(w)

expected, _ = adam_step(w, dw, state, 0.001)
adam_in_place(own, dw, m, v, spare, 1, 0.001)
print("the same step:", np.allclose(own, expected, atol=1e-6))

slow = milliseconds(lambda: adam_step(w, dw, state, 0.001))
fast = milliseconds(lambda: adam_in_place(own, dw, m, v, spare, 1, 0.001))
print(f"Adam for W1: {slow:.2f} ms, with arrays reused {fast:.2f} ms")

# %% [markdown]
# A second saving: `affine_backward` of the first layer computes `dX`, the
# gradient of the *images*, which nobody uses. And a third, the oddest: threads.
# NumPy hands matrix products to a library that can use several processor cores.
# This course sets it to one. Try two:

# %%
for threads in (1, 2):
    with threadpool_limits(threads):
        took = milliseconds(lambda: loss_and_gradients(X, y, params), 50)
    print(f"{threads} thread(s): {took:.2f} ms")

# %% [markdown]
# On an idle machine two threads gain a little; on a busy one they can lose a
# lot, since a product this small is over before the second thread has started.
#
# **A fair account.** The loop you wrote needs less time for its five epochs
# than the short Keras program at the top of chapter 06, on the same machine.
# That is no victory over Keras. Keras also keeps count of metrics, traces the
# network into a graph, and can run it on many kinds of device; at this size
# that overhead dominates. In a large network the matrix products dominate, and
# then a framework that can use every core, or a graphics card, is the better
# tool.
#
# ### Explain it to a friend
#
# A friend asks: "How does a network know which of its hundred thousand weights
# to change?" Answer in a few sentences, in quotation marks.

# %% exercise="explain"
answer = None  # your text, in quotation marks

explain = ex.explain.check(answer)

# %% [markdown]
# ## Recap
#
# - **Derive**: at every gate, what arrives times the local slope; plus
#   distributes, max routes, times swaps; where paths meet, add
# - **Write**: four pieces make an engine; in matrices `dW = X.T @ dZ`,
#   `dX = dZ @ W.T`, `db` is the sum over the batch, and `(P - Y) / N` starts it
# - **Check**: two-sided nudges, `float64`, h = 0.00001, random weights, square
#   and other layers, more than one example
# - **Diagnose**: walk backward from the loss; which tensors are still right,
#   which is the first wrong one, is there a constant ratio?
# - **Train**: 784-128-10 in NumPy reads more than 97.5 % of the real MNIST;
#   depth needs gradients that neither vanish nor explode, and a random start of
#   the right size
#
# ## Recall
#
# Three questions on chapters 02 and 03.
#
# 1. A neuron with ReLU has the weights 2 and −1 and the bias 1. Its inputs are
#    1 and 4. What is its output?

# %% exercise="recall_neuron"
answer = None  # a number

recall_neuron = ex.recall_neuron.check(answer)

# %% [markdown]
# 2. A batch of 32 images with 784 pixels each goes through a layer of 128
#    units. Which shape does `Z` have?

# %% exercise="recall_shapes"
answer = None  # two whole numbers: [rows, columns]

recall_shapes = ex.recall_shapes.check(answer)

# %% [markdown]
# 3. Why train in mini-batches and not on all examples at once? **a)** The
#    gradient of a mini-batch is more exact. **b)** Many cheap, rough steps come
#    further than a few exact ones for the same work. **c)** So that the network
#    cannot learn examples by heart.

# %% exercise="recall_batch"
answer = None  # "a", "b" or "c"

recall_batch = ex.recall_batch.check(answer)

# %% [markdown]
# ## Further reading
#
# - [Michael Nielsen, Neural Networks and Deep Learning, chapter
#   2](http://neuralnetworksanddeeplearning.com/chap2.html): the four equations
#   in column form, proved one by one; read it with the box of section 5 beside
#   you.
# - [Andrej Karpathy, micrograd](https://github.com/karpathy/micrograd): the
#   engine of section 3 with closures in place of stored slopes, in under a
#   hundred lines that repay reading.
# - [CS231n, Backpropagation,
#   intuitions](https://cs231n.github.io/optimization-2/): more gates and
#   patterns, drawn and worked out with numbers.
#
# When you are done, choose *Kernel → Shut Down Kernel* to free the memory.
