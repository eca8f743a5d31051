# ---
# jupyter:
#   kernelspec:
#     display_name: Python 3 (ipykernel)
#     language: python
#     name: python3
# ---

# %% [markdown]
# # Where next
#
# You have built networks, trained them, taken them apart and shipped one. The
# field is larger than that. In this chapter you look over the fence in four
# directions, with a small thing that runs in each, choose one, and start a
# project of your own.
#
# ## What you will be able to do
#
# - **Name** what each chapter gave you, and find what is still open
# - **Run** a convolution, an attention layer, a generator and an agent that
#   learns from rewards, and say what each of them is told about its data
# - **Choose** the course or book that takes you on from here
# - **Carry out** a project with a rubric, from a starter notebook
#
# ## Before you start
#
# Work through [Derive backpropagation by
# hand](07_derive_backpropagation_by_hand.ipynb) and [Experiment like a
# scientist](08_experiment_like_a_scientist.ipynb) first. This chapter takes 30
# minutes and about 850 MB of memory; the project at its end takes as long as
# you like, three hours at least.

# %%
from importlib import resources

from course_utils import runtime

with runtime.quiet_start():
    import keras

import matplotlib.pyplot as plt
import numpy as np

from course_utils import chapters, data, plots, progress
from course_utils.exercises import chapter_10 as ex

# %% [markdown]
# ## 1. What you can do now
#
# One line for each chapter: how many of its exercises you have solved, read
# from the record on your own disk, and what it was for.

# %%
for chapter, row in zip(chapters.CHAPTERS, progress.summary(), strict=True):
    solved = f"{row.solved:2} of {row.total}"
    print(f"{chapter.number}  {solved:8}  {chapter.afterwards}")

# %% [markdown]
# A chapter with gaps is not a failure; it is the cheapest next step you have.
# The picture below names each exercise when the mouse rests on its square.

# %%
progress.show()

# %% [markdown]
# ### The same recipe, four more times
#
# All of it followed one recipe: a network, a loss, gradient descent, a test on
# new examples. What comes next keeps the recipe. What changes is what the
# network is *told about its data* before it sees any:
#
# | You know that … | so you use … | section |
# |---|---|---|
# | neighbouring pixels belong together, and a thing is the same thing anywhere in the picture | convolution | 2 |
# | the data is a sequence, and any part may depend on any other | attention | 3 |
# | you want new examples, not answers | a generator | 4 |
# | nobody knows the right answer; there are only rewards, and they come later | reinforcement learning | 5 |
#
# ## 2. Pictures: convolution
#
# In [chapter 06](06_read_handwritten_digits.ipynb) a digit moved by a few
# pixels broke the network, since every weight belonged to one place. A
# convolution has a small table of weights, a *filter*, and lays it on the
# image at every place in turn.
#
# Write `slide`. At each place where the filter lies on the image completely,
# multiply the pixels under it with the weights and add up. An image of
# 5 × 4 pixels and a filter of 3 × 2 give 3 × 3 sums.


# %% exercise="slide"
def slide(image, weights):
    """Weighted sum of the pixels under the filter, at every place: 2-D."""
    ...  # your code here


slide = ex.slide.check(slide)

# %% [markdown]
# This filter, thought up by Irwin Sobel in 1968, finds upright edges: bright on
# the left counts for it, bright on the right against it.

# %%
# NBVAL_CHECK_OUTPUT
sobel = np.array([[1.0, 0.0, -1.0], [2.0, 0.0, -2.0], [1.0, 0.0, -1.0]])
step = np.array([[9.0, 9, 0, 0]] * 4)  # bright on the left, dark on the right
print(slide(step, sobel))

# %% [markdown]
# The edge gives large numbers. Now turn it round: show a network pictures and
# what *somebody's* filter makes of them, and let it find the filter. One
# `Conv2D` layer with one filter, 200 pictures of pure noise, fewer than 15
# lines:

# %%
noise = np.random.default_rng(0).random((200, 16, 16))
edges = np.array([slide(picture, sobel) for picture in noise])

keras.utils.set_random_seed(0)
finder = keras.Sequential(
    [keras.Input((None, None, 1)), keras.layers.Conv2D(1, 3)]
)
finder.compile(
    optimizer=keras.optimizers.Adam(0.05), loss="mse", steps_per_execution=20
)
finder.fit(noise[..., None], edges[..., None], 10, epochs=10, verbose=0)
weights, bias = finder.get_weights()

# %%
# NBVAL_CHECK_OUTPUT
print(weights[:, :, 0, 0].round(1) + 0.0)

# %% [markdown]
# It has found Sobel's filter from examples, nine numbers out of nine. In a
# real network nobody shows the filter's output; the loss at the far end is
# enough, and the filters that come out look much like this one.
#
# How many numbers does a layer `Conv2D(8, 3)` learn, eight filters of 3 × 3 on
# a grey image of 28 × 28?

# %% exercise="filter_count"
answer = None  # a whole number

filter_count = ex.filter_count.check(answer)

# %%
# NBVAL_CHECK_OUTPUT
layer = keras.layers.Conv2D(8, 3)
print(layer(np.zeros((1, 28, 28, 1))).shape, layer.count_params())

# %% [markdown]
# Now predict. The edge finder has seen noise only. You give it a digit, and the
# same digit moved to the right by four pixels. What happens to its output?
#
# - **a)** It moves by four pixels too, and is otherwise the same.
# - **b)** It changes in other ways as well.
# - **c)** It stays as it is.

# %% exercise="moved_filter"
guess = None  # "a", "b" or "c"

moved_filter = ex.moved_filter.check(guess)

# %%
digits = data.load_mnist("uint8")
image = np.pad(digits.x_test[0] / 255, 6)[None, :, :, None]
moved = np.roll(image, 4, axis=2)  # the margin is empty: nothing falls off
found, found_moved = (finder.predict(x, verbose=0) for x in (image, moved))

follows = np.allclose(found_moved[:, :, 4:], found[:, :, :-4], atol=1e-5)
stays = np.allclose(found_moved, found, atol=1e-5)
ex.moved_filter.reveal("a" if follows else "c" if stays else "b")

# %% [markdown]
# The filter was learned on noise of 16 × 16 pixels, and works on a digit of
# another size as it is:

# %%
fig, ax = plt.subplots(1, 4, figsize=(10, 2.9))
for axes, picture in zip(ax[::2], (image, moved), strict=True):
    axes.imshow(picture[0, :, :, 0], cmap="gray_r")
for axes, picture in zip(ax[1::2], (found, found_moved), strict=True):
    axes.imshow(picture[0, :, :, 0], cmap="RdBu", vmin=-4, vmax=4)
for axes, title in zip(ax, ("digit", "edges", "moved", "edges"), strict=True):
    axes.set(title=title, xlabel="column (pixels)", yticks=[])
fig.suptitle("The edges move with the digit")
plt.show()

# %% [markdown]
# *In the figure:* a digit and its upright edges, right sides of strokes in one
# colour and left sides in the other; then the same digit four pixels further
# right, and the same edges, four pixels further right.
#
# **What it is told:** the same thing anywhere in the picture is the same
# thing. That saves weights, and it saves examples.
#
# **Where to learn it:** the notes of [Stanford's course CS231n, Deep Learning
# for Computer Vision](https://cs231n.github.io/). They are free, they use the
# notation that you know, and in the assignments you write the backward pass
# of a convolution in NumPy: chapter 07, one floor higher.
#
# ## 3. Sequences: attention
#
# A word in a sentence, a note in a melody, a base in a gene: what it means
# depends on others, sometimes far away. **Attention** lets every place ask all
# others. Each place makes three vectors from what it holds: a *query* (what am
# I looking for?), a *key* (what do I have?) and a *value* (what do I hand
# over?). A query that fits a key gets more of that key's value:
#
# $$ \text{attention}(Q, K, V) = A V, \qquad
# A = \text{softmax}\!\left(\frac{Q K^\top}{\sqrt d}\right) $$
#
# $Q$ has the shape $(T, d)$, one row for each asking place; $K$ is $(S, d)$
# and $V$ is $(S, e)$, one row for each place that is asked. The softmax works
# along each row of $A$, $(T, S)$. Without the root of the width $d$, products
# of long vectors would be so large that the softmax looks at one place only.


# %% exercise="attention"
def attention(Q, K, V):
    """For each query a mean of the values, weighted by softmax(QKᵀ/√d)."""
    ...  # your code here


attention = ex.attention.check(attention)

# %%
# NBVAL_CHECK_OUTPUT
K = np.array([[4.0, 0.0], [0.0, 4.0], [-4.0, -4.0]])
V = np.array([[10.0], [20.0], [30.0]])
Q = np.array([[4.0, 0.0], [4.0, 4.0]])
print(np.round(attention(Q, K, V), 2))

# %% [markdown]
# The first query fits the first key alone and gets its value, 10. The second
# fits two keys equally well and gets the mean of their values.
#
# Does a network learn to aim this? A test that a `Dense` layer on one place
# cannot pass: *write a row of eight signs backwards*. Each place holds what
# stands there (one of ten signs) and, in eight more numbers, which place it
# is.

# %%
rng = np.random.default_rng(0)
signs = rng.integers(0, 10, (6000, 8))
what = np.eye(10)[signs]  # (N, 8, 10)
where = np.broadcast_to(np.eye(8), (6000, 8, 8))
both = np.concatenate([what, where], axis=2)


# %%
def reverser(width):
    """Return a network with one attention layer, and a view of its A."""
    X = keras.Input((8, width))
    Q, K, V = (keras.layers.Dense(32)(X) for _ in range(3))
    scores = keras.ops.matmul(Q, keras.ops.transpose(K, (0, 2, 1)))
    A = keras.ops.softmax(scores / np.sqrt(32))
    Z = keras.layers.Dense(10)(keras.ops.matmul(A, V))
    model = keras.Model(X, Z)
    model.compile(
        optimizer=keras.optimizers.Adam(0.01),
        loss=keras.losses.SparseCategoricalCrossentropy(from_logits=True),
        metrics=["accuracy"],
        steps_per_execution=25,
    )
    return model, keras.Model(X, A)


# %% [markdown]
# The formula of your function stands there again, with `keras.ops`, which works
# on a batch and lets the gradient through. Training takes a few seconds:


# %%
def learn_to_reverse(X):
    """Train on 5,000 rows; return the view of A and accuracy on 1,000."""
    keras.utils.set_random_seed(0)
    model, view = reverser(X.shape[2])
    model.fit(X[:5000], signs[:5000, ::-1], 64, epochs=2, verbose=0)
    _, accuracy = model.evaluate(X[5000:], signs[5000:, ::-1], 500, verbose=0)
    return view, accuracy


view, accuracy = learn_to_reverse(both)
A = view.predict(both[5000:5100], verbose=0).mean(axis=0)
print(f"signs in the right place: {accuracy:.1%}")

# %%
fig, ax = plt.subplots(figsize=(4.6, 3.6))
shown = ax.imshow(A, cmap="cividis", vmin=0, vmax=1)
ax.set(xlabel="place that is asked", ylabel="place that asks")
ax.set_title("The last place is asked first")
fig.colorbar(shown, label="attention (share)")
plt.show()

# %% [markdown]
# *In the figure:* a table of 8 × 8 shares. The bright cells run from the upper
# right to the lower left: the first place asks the last one, the second the
# last but one, and so on. Nobody told the network; it is how the loss becomes
# small.
#
# Now take the eight numbers away that say which place it is, and leave the
# signs. What share of the signs does the same network get right?
#
# - **a)** Above 90 %: a row has an order, with or without numbers.
# - **b)** Between 50 and 90 %.
# - **c)** Below 50 %.

# %% exercise="without_places"
guess = None  # "a", "b" or "c"

without_places = ex.without_places.check(guess)

# %%
_, blind = learn_to_reverse(what)
ex.without_places.reveal("a" if blind > 0.9 else "b" if blind > 0.5 else "c")
print(f"with places {accuracy:.1%}, without {blind:.1%}, chance 10%")

# %% [markdown]
# **What it is told:** that any place may need any other, and nothing about
# order. What the network has to know about places must be in the data. A stack
# of such layers, with `Dense` layers in between, is a *transformer*, the
# network inside of large language models.
#
# **Where to learn it:** Sebastian Raschka, [Build a Large Language Model (From
# Scratch)](https://github.com/rasbt/LLMs-from-scratch), 2024: every part is
# built in the open before it is used, as you are used to by now. The code is
# PyTorch, which is less far from Keras than it looks.
#
# ## 4. Something new: generation
#
# A classifier goes from a text to a label. A generator gives you a text that
# nobody has written. The trick is a question with a right answer: *given the
# beginning, which letter comes next?* Every text is full of examples.
#
# Here are the 800 words of chapter 01. The network sees the last three
# letters and, as one more sign in front, the language.

# %%
path = resources.files("course_utils").joinpath("words.txt")
rows = [row.split(": ") for row in path.read_text("utf-8").splitlines()]
pairs = [(lang, word) for lang, row in rows for word in row.split()]
table = [*".abcdefghijklmnopqrstuvwxyz", *sorted({lang for lang, _ in pairs})]

X, y = [], []
for lang, word in pairs:
    text = f"...{word}."
    for i in range(3, len(text)):
        X.append([table.index(s) for s in (lang, *text[i - 3 : i])])
        y.append(table.index(text[i]))
X, y = np.array(X), np.array(y)

# %%
# NBVAL_CHECK_OUTPUT
for row, letter in zip(X[:5], y[:5], strict=True):
    print(*(table[sign] for sign in row), "→", table[letter])
print(X.shape)

# %% [markdown]
# The network has four layers: `Embedding` gives each sign ten numbers, which
# are learned like weights, and the rest you know.

# %%
keras.utils.set_random_seed(0)
writer = keras.Sequential(
    [
        keras.Input((4,)),
        keras.layers.Embedding(len(table), 10),
        keras.layers.Flatten(),
        keras.layers.Dense(64, activation="relu"),
        keras.layers.Dense(27),
    ]
)
writer.compile(
    optimizer=keras.optimizers.Adam(0.005),
    loss=keras.losses.SparseCategoricalCrossentropy(from_logits=True),
    steps_per_execution=40,
)
history = writer.fit(X, y, 64, epochs=12, verbose=0)

# %% [markdown]
# To write, draw a letter from the probabilities, append it, ask again. How
# bold should the draw be? Divide the logits $z$ by a **temperature** $\tau$
# before the softmax:
#
# $$ p_k = \frac{e^{z_k / \tau}}{\sum_j e^{z_j / \tau}} $$
#
# A low temperature makes the likeliest letter nearly certain; a high one makes
# all alike. Divided by a small $\tau$, logits become large: take care, as in
# chapter 02, that nothing overflows.


# %% exercise="soften"
def soften(logits, temperature):
    """Softmax of the logits divided by the temperature: (C,)."""
    ...  # your code here


soften = ex.soften.check(soften)


# %%
def invent(language, temperature, n=20):
    """Return n invented words of a language."""
    rng = np.random.default_rng(1)
    signs = np.tile([table.index(language), 0, 0, 0], (n, 1))
    for _ in range(12):
        logits = writer(signs[:, [0, -3, -2, -1]]).numpy().astype(float)
        letters = [rng.choice(27, p=soften(z, temperature)) for z in logits]
        signs = np.column_stack([signs, letters])
    texts = ["".join(table[sign] for sign in row[4:]) for row in signs]
    return [text.split(".")[0] for text in texts]


for language in table[27:]:
    print(f"{language:8}", *invent(language, 0.7)[:7])

# %% [markdown]
# Hardly any of these words exist, and yet you can tell the languages apart. The
# sign in front steers what is written: it is a *prompt*, as short as a prompt
# can be.
#
# Now at the temperature 0.1, twenty words in Italian, each drawn anew. How
# many *different* words will there be among the twenty?

# %% exercise="cold_words"
guess = None  # a number from 1 to 20

cold_words = ex.cold_words.check(guess)

# %%
cold = invent("Italian", 0.1)
ex.cold_words.reveal(len(set(cold)))
for temperature in (0.1, 0.7, 3.0):
    words = invent("Italian", temperature)
    print(f"{temperature}: {len(set(words)):2} different:", *words[:6])

# %% [markdown]
# Cold, it repeats itself; hot, it babbles. There is no temperature that makes
# it *true*: the network knows which letters follow which, and nothing else.
# The same holds for generators a million times as large. They are more often
# right because more of what is right was in their data.
#
# Pictures are generated in the same spirit with another question: *given a
# picture with noise on it, what is the noise?* Answered step by step from pure
# noise, it is called *diffusion*.
#
# **What it is told:** nothing new; the *question* is new, and its answers are
# in the data for free.
#
# **Where to learn it:** David Foster, *Generative Deep Learning*, second
# edition, 2023, with [code in
# Keras](https://github.com/davidADSP/Generative_Deep_Learning_2nd_Edition):
# each family of generators built once, in the library you know. For the
# mathematics behind it, chapters 14 to 18 of Simon Prince, [Understanding Deep
# Learning](https://udlbook.github.io/udlbook/), free to read, with notebooks.
#
# ## 5. Decisions: reinforcement learning
#
# Sometimes nobody can label anything. A robot that walks, a player, a heating
# system: it acts, and later something good or bad happens. Here an agent walks
# on a grid of 4 × 8 fields, from the lower left corner to the lower right. The
# fields between the two are a cliff. Each step costs 1; a fall costs 20 and
# ends the walk.

# %%
HEIGHT, WIDTH = 4, 8
MOVES = [(-1, 0), (0, 1), (1, 0), (0, -1)]  # up, right, down, left


def walk(place, action):
    """Return the next place, the reward, and whether the walk is over."""
    row = min(max(place[0] + MOVES[action][0], 0), HEIGHT - 1)
    column = min(max(place[1] + MOVES[action][1], 0), WIDTH - 1)
    over = row == HEIGHT - 1 and column > 0
    fell = over and column < WIDTH - 1
    return (row, column), -20.0 if fell else -1.0, over


# %% [markdown]
# The agent keeps a table $Q$: for each place and action, what it expects to
# earn from there to the end. After each step it moves one entry towards what
# it has seen, the *target*: the reward, and the best that the next place
# promises.
#
# $$ Q(s, a) \leftarrow Q(s, a) + \eta \left( r + \max_{a'} Q(s', a')
# - Q(s, a) \right) $$
#
# Write it for one entry: `old` is $Q(s, a)$, `next_values` has the
# $Q(s', a')$ of all actions at the next place, and `rate` is $\eta$. When the
# walk is `over`, nothing follows: the target is the reward alone.


# %% exercise="new_value"
def new_value(old, reward, next_values, over, rate):
    """Old value, moved towards reward + best next value by a share `rate`."""
    ...  # your code here


new_value = ex.new_value.check(new_value)

# %% [markdown]
# The rule has the form that you know: old, plus rate times error. One thing is
# new: the target is made of the agent's own estimates. And to find anything,
# it must try: one action in ten is drawn blindly.


# %%
def learn_to_walk(walks, rng):
    """Q-learning: return the table and what each walk earned."""
    Q, earned = np.zeros((HEIGHT, WIDTH, 4)), np.zeros(walks)
    for i in range(walks):
        place, over = (HEIGHT - 1, 0), False
        while not over:
            blind = rng.random() < 0.1
            action = rng.integers(4) if blind else Q[place].argmax()
            after, reward, over = walk(place, action)
            entry = (*place, action)
            Q[entry] = new_value(Q[entry], reward, Q[after], over, 0.5)
            place, earned[i] = after, earned[i] + reward
    return Q, earned


# %% [markdown]
# It walks 1,000 times and falls now and then to the end, by a blind action at
# the edge. Which way does its table $Q$ recommend afterwards?
#
# - **a)** Along the edge: the shortest way.
# - **b)** A detour, at least one row away from the edge.
# - **c)** None that arrives: the falls have taught it not to move on.

# %% exercise="cliff_way"
guess = None  # "a", "b" or "c"

cliff_way = ex.cliff_way.check(guess)

# %%
Q, earned = learn_to_walk(1000, np.random.default_rng(0))

place, over, way = (HEIGHT - 1, 0), False, [(HEIGHT - 1, 0)]
while not over and len(way) < 50:
    place, reward, over = walk(place, Q[place].argmax())
    way.append(place)
arrived = place == (HEIGHT - 1, WIDTH - 1)
highest = min(row for row, _ in way)
edge = highest == HEIGHT - 2
ex.cliff_way.reveal("c" if not arrived else "a" if edge else "b")
print(f"{len(way) - 1} steps; the last 100 walks earned", end=" ")
print(f"{earned[-100:].mean():.1f} on average, the best way 9 × −1 = −9")

# %% [markdown]
# The way that it recommends, and what each field promises:

# %%
rows, columns = np.array(way).T

fig, ax = plt.subplots(figsize=(7, 3.4))
shown = ax.imshow(Q.max(axis=2), cmap="cividis")
ax.add_patch(plt.Rectangle((0.5, 2.5), 6, 1, fc="white", hatch="//"))
ax.plot(columns, rows, "o-", color=plots.ORANGE, label="recommended way")
ax.set(xlabel="column", ylabel="row", yticks=range(4))
ax.set_title("The way that it recommends runs along the cliff")
ax.legend(loc="upper left")
fig.colorbar(shown, label="best value (reward to come)")
plt.show()

# %% [markdown]
# *In the figure:* the grid of 4 rows and 8 columns, with a hatched bar at the
# bottom, the cliff. The orange way goes up once, right along the bar, and
# down at the end. Most fields are brighter the closer they are to the goal.
#
# The values describe a walker who never errs, and the agent errs in one step
# of ten. So it earns less than its table promises. Whether to value the best
# way or *the way one really walks* is the difference between Q-learning and
# its sibling, Sarsa.
#
# **What it is told:** nothing but rewards. With a network in place of the
# table $Q$ it learned to play Atari games from pixels in 2013.
#
# **Where to learn it:** Richard Sutton and Andrew Barto, [Reinforcement
# Learning: An Introduction](http://incompleteideas.net/book/the-book-2nd.html),
# second edition, 2018, free to read. A cliff like this is one of its examples;
# the first six chapters need no more mathematics than you have.
#
# ## 6. Choose what comes next
#
# A question that decides much in practice. You have 300 photographs of leaves,
# of two kinds, and want a program that tells them apart. What do you do first?
#
# - **a)** Train a deep convolutional network on them from scratch, for long.
# - **b)** Take a network trained on a million other photographs, keep its
#   layers, and train a new last layer on yours.
# - **c)** Collect 10,000 photographs before doing anything else.
# - **d)** Continue training the digit network of chapter 06 on them.

# %% exercise="few_photographs"
answer = None  # "a", "b", "c" or "d"

few_photographs = ex.few_photographs.check(answer)

# %% [markdown]
# One book or course at a time, to its end, with its exercises: that beats five
# that were begun. A short list, by what you want:
#
# | You want to … | then take … | because |
# |---|---|---|
# | go on in Keras, across all fields | Chollet and Watson, [Deep Learning with Python](https://www.manning.com/books/deep-learning-with-python-third-edition), third edition | by Keras' author; few formulas, much judgement; covers TensorFlow, PyTorch and JAX |
# | get results on your own data soon | [Practical Deep Learning for Coders](https://course.fast.ai/) | begins with trained networks, where this course ended; free |
# | see it all built from nothing | Karpathy, [Neural Networks: Zero to Hero](https://karpathy.ai/zero-to-hero.html) | from one derivative to a language model, typed before your eyes; free |
# | have the mathematics in order | Prince, [Understanding Deep Learning](https://udlbook.github.io/udlbook/) | careful, recent, with pictures and exercises; free |
# | look things up, with code beside | Zhang and others, [Dive into Deep Learning](https://d2l.ai/) | NumPy first, library after, as here; free |
#
# Most courses today use PyTorch. Little of what you know is tied to Keras:
# tensors, tape, layers, losses and optimizers are all there under similar
# names, and Keras itself runs on PyTorch if you wish.
#
# ## 7. Your own project
#
# Reading about swimming has an end. Choose one of three projects. Each has a
# starter notebook that runs as it is, with the data, a baseline, a first
# checked step, the measurement that counts, and a rubric.
#
# | Project | What you make | What is hard about it |
# |---|---|---|
# | [A reader that keeps reading](capstone/robust_reader.ipynb) | a digit reader that still reads when digits stand elsewhere | changing the data or changing the network: which helps more, and at what cost? |
# | [Invent words](capstone/invent_words.ipynb) | a generator of words, better than a table of letter pairs | measuring what "better" means for something invented |
# | [Say when you do not know](capstone/say_when_not.ipynb) | a digit reader that refuses what is no digit | a network is sure of itself where it has no right to be |
#
# All are judged by the same rubric, by you, a friend or an instructor:
#
# | | 0 points | 1 point | 2 points |
# |---|---|---|---|
# | **Question** | none | asked after the fact | asked, with a prediction, before the first run |
# | **Baseline** | none | named | measured in the same way as the result |
# | **Result** | below the target | the target, with one seed | the target, with mean and spread of three seeds or more |
# | **Honesty** | choices made on the test set | a fresh test set, used once | and what did *not* work is told |
# | **Failure** | not looked for | shown | shown, explained, and the explanation tested |
# | **Telling** | code only | figures with titles and words | somebody else can repeat it and knows why each step is there |
#
# Eight of twelve is good. [One of the three is worked
# out](capstone/robust_reader_worked.ipynb), to show what ten look like; do
# another one than that, or read it only after your own.
#
# ### What stays
#
# Courses like to end with advice: master the basics, learn the tools, practise,
# experiment, stay curious. You need not take it on trust any more. The basics
# are what let you find a wrong gradient in chapter 07. The tools are exchanged
# every few years; chapter 04's tape and chapter 05's layers were quick to learn
# because you had built both by hand. Practice is the thing that no chapter can
# do for you. Experiments beat opinions, your own too: count how many of your
# predictions in this course came out otherwise. Those were the moments in which
# you learned most, and to go looking for them is what "curious" means.
#
# ### Explain it to a friend
#
# A friend asks: "You finished a course on deep learning. So what is it, and
# when would you not trust it?" Answer in a few sentences, in quotation marks.

# %% exercise="explain"
answer = None  # your text, in quotation marks

explain = ex.explain.check(answer)

# %% [markdown]
# ## Recap
#
# - **Name**: eleven chapters, one recipe; your record shows what is open
# - **Run**: convolution is told that places are alike, attention that any place
#   may need any other; a generator answers "what comes next?"; an agent gets
#   rewards only
# - **Choose**: one book or course at a time, by what you want to do with it
# - **Carry out**: a question and a prediction, a baseline, a fresh test set,
#   several seeds, and what did not work
#
# ## Recall
#
# Three questions on what came before.
#
# 1. Your gradient check is passed, with all weights at zero. What does that
#    say? **a)** the gradient is right, **b)** the gradient is wrong, **c)**
#    little

# %% exercise="recall_zero"
answer = None  # "a", "b" or "c"

recall_zero = ex.recall_zero.check(answer)

# %% [markdown]
# 2. Setting A reads 97.5, 97.9 and 97.6 % with the seeds 0, 1 and 2; setting B
#    reads 97.7, 98.1 and 97.8 % with the same seeds. What do you conclude?
#    **a)** in each pair B is ahead by the same 0.2 points: probably real,
#    **b)** the ranges overlap: there is no difference, **c)** B is better,
#    because the highest number is B's

# %% exercise="recall_pairs"
answer = None  # "a", "b" or "c"

recall_pairs = ex.recall_pairs.check(answer)

# %% [markdown]
# 3. 10,000 examples, batches of 50, 4 epochs. How many times are the weights
#    adjusted?

# %% exercise="recall_updates"
answer = None  # a whole number

recall_updates = ex.recall_updates.check(answer)

# %% [markdown]
# ## Further reading
#
# - [Rich Sutton, The Bitter
#   Lesson](http://www.incompleteideas.net/IncIdeas/BitterLesson.html): two
#   pages on why methods that use more computation keep winning, to be read
#   critically after section 2, where knowledge built in helped.
# - [Andrej Karpathy, A Recipe for Training Neural
#   Networks](https://karpathy.github.io/2019/04/25/recipe/): the habits of
#   chapter 08, from somebody who needs them daily; read it before the project.
# - [Keras code examples](https://keras.io/examples/): short complete programs
#   for every field on the map; take one apart when you need a start.
#
# When you are done, choose *Kernel → Shut Down Kernel* to free the memory.
