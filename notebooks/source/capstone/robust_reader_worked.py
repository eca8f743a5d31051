# ---
# jupyter:
#   kernelspec:
#     display_name: Python 3 (ipykernel)
#     language: python
#     name: python3
# ---

# %% [markdown]
# # A reader that keeps reading, worked out
#
# This is one way to carry out [the project](robust_reader.ipynb), as an
# example of what is asked for. If you mean to do the same project, do it
# first.
#
# ## The question
#
# A digit that is moved breaks the network of chapter 06. Two cures suggest
# themselves: change the *data*, and train on moved images; or change the
# *network*, and let it slide its filters. **Which helps more? And do they add
# up?**
#
# Written down before the first run: *"The convolution was made for this, so it
# alone should bring the moved digits above 90 %. Moved training data should
# bring about as much. Together a little more than either."*

# %%
from course_utils import runtime

with runtime.quiet_start():
    import keras

import matplotlib.pyplot as plt
import numpy as np

from course_utils import data, plots
from course_utils.exercises import chapter_robust_reader as ex

# %% [markdown]
# ## 1. The data
#
# Fewer than in the starter, to have an answer in a minute: 6,000 images to
# train and 1,000 to choose. The test images are for the end.

# %%
digits = data.load_mnist("uint8")
x_train, y_train = digits.x_train[:6000], digits.y_train[:6000]
x_valid, y_valid = digits.x_train[-1000:], digits.y_train[-1000:]
if digits.is_stand_in:  # 1,541 images in all: keep the two sets apart
    x_train, y_train = digits.x_train[:1300], digits.y_train[:1300]
    x_valid, y_valid = digits.x_train[1300:], digits.y_train[1300:]
print(digits.source, len(x_train), "to train,", len(x_valid), "to choose")

# %% [markdown]
# ## 2. Moving images
#
# A window on a framed image: moving down means looking from higher up.


# %%
def shift(images, down, right):
    """Images (N, H, W) moved; negative numbers move up or left; rest empty."""
    height, width = images.shape[1:]
    a, b = abs(down), abs(right)
    framed = np.pad(images, ((0, 0), (a, a), (b, b)))
    return framed[:, a - down :, b - right :][:, :height, :width]


shift = ex.shift.check(shift)

# %% [markdown]
# ## 3. Four readers, one measurement
#
# The measurement is the starter's. The four readers differ in one thing at a
# time: dense or convolutional, trained on the images as they are or on images
# that are moved at random.


# %%
moves = [(i, j) for i in (-4, 0, 4) for j in (-4, 0, 4)]


def measure(model, images, labels):
    """Accuracy as they are, and the mean over moves in eight directions."""
    moved = np.concatenate([shift(images, *move) for move in moves])
    guesses = model.predict(moved, batch_size=500, verbose=0).argmax(1)
    right = guesses.reshape(len(moves), -1) == labels
    scores = list(right.mean(axis=1))
    as_they_are = scores.pop(moves.index((0, 0)))
    return as_they_are, np.mean(scores)


# %%
def layers(kind):
    """Hidden layers of a reader: dense, or convolutional."""
    if kind == "dense":
        return [
            keras.layers.Flatten(),
            keras.layers.Dense(128, activation="relu"),
        ]
    return [
        keras.layers.Reshape((28, 28, 1)),
        keras.layers.Conv2D(16, 5, strides=2, activation="relu"),
        keras.layers.Conv2D(32, 3, strides=2, activation="relu"),
        keras.layers.Flatten(),
        keras.layers.Dense(64, activation="relu"),
    ]


def reader(kind):
    """Return a compiled reader."""
    first = [keras.Input((28, 28)), keras.layers.Rescaling(1 / 255)]
    model = keras.Sequential([*first, *layers(kind), keras.layers.Dense(10)])
    model.compile(
        optimizer=keras.optimizers.Adam(0.003),
        loss=keras.losses.SparseCategoricalCrossentropy(from_logits=True),
        steps_per_execution=20,
    )
    return model


# %% [markdown]
# Four passes through the images, each time moved anew: the network hardly ever
# sees the same picture twice.


# %%
def moved_at_random(images, rng):
    """Each image moved by up to four pixels in both directions."""
    result = np.empty_like(images)
    steps = rng.integers(-4, 5, (len(images), 2))
    for down, right in np.unique(steps, axis=0):
        chosen = (steps == (down, right)).all(axis=1)
        result[chosen] = shift(images[chosen], down, right)
    return result


def train(kind, with_moves, seed, x=x_train, y=y_train):
    """Train a reader; with moves, on images moved anew four times."""
    keras.utils.set_random_seed(seed)
    rng = np.random.default_rng(seed)
    model = reader(kind)
    epochs = [moved_at_random(x, rng) if with_moves else x for _ in range(4)]
    model.fit(np.concatenate(epochs), np.tile(y, 4), 64, verbose=0)
    return model


# %% [markdown]
# ## 4. The log
#
# Every run, with its seed and both accuracies on the validation images. One
# seed for the first look:

# %%
log = {}


def run(kind, with_moves, seed):
    """Train, measure, log and print one run."""
    model = train(kind, with_moves, seed)
    still, moved = measure(model, x_valid, y_valid)
    log[kind, with_moves, seed] = still, moved
    data_used = "moved" if with_moves else "as is"
    print(f"{kind:5}  {data_used}  seed {seed}", end="  ")
    print(f"as they are {still:.1%}  moved {moved:.1%}")


for kind in ("dense", "conv"):
    for with_moves in (False, True):
        run(kind, with_moves, seed=0)

# %% [markdown]
# With the real MNIST the first half of the prediction is wrong. Convolution
# *alone* gains a little and stays far below 90 %: its filters find the strokes
# wherever they are, but `Flatten` then hands each place to weights of its own,
# as in chapter 06. Moved data lifts the dense network to more than four in
# five moved digits, and costs a few points on digits that stand still: with the
# same number of weights it has more to learn. Together they gain
# several points more on both.
#
# So it is the data that teaches a network about places, and the filters make
# the lesson shorter.
#
# Is that explanation right? It makes a prediction of its own: if `Flatten` is
# to blame, then a convolutional network that takes the *largest* value of each
# filter over all places instead should do far better on moved digits *without*
# moved data.


# %%
def reader_without_places():
    """Convolutions, then the maximum over all places instead of Flatten."""
    model = keras.Sequential(
        [
            keras.Input((28, 28)),
            keras.layers.Rescaling(1 / 255),
            keras.layers.Reshape((28, 28, 1)),
            keras.layers.ZeroPadding2D(4),
            keras.layers.Conv2D(12, 5, strides=2, activation="relu"),
            keras.layers.Conv2D(48, 5, strides=2, activation="relu"),
            keras.layers.GlobalMaxPooling2D(),
            keras.layers.Dense(10),
        ]
    )
    model.compile(
        optimizer=keras.optimizers.Adam(0.003),
        loss=keras.losses.SparseCategoricalCrossentropy(from_logits=True),
        steps_per_execution=20,
    )
    return model


keras.utils.set_random_seed(0)
placeless = reader_without_places()
placeless.fit(x_train, y_train, 64, epochs=3, verbose=0)
still, moved = measure(placeless, x_valid, y_valid)
print(f"maximum over places: as they are {still:.1%}, moved {moved:.1%}")

# %% [markdown]
# It does, with the real MNIST: trained on digits in the middle only, it still
# reads most of them when they move. The explanation holds.
#
# Moved data with either network, once more, to see what luck does:

# %%
for kind in ("dense", "conv"):
    run(kind, True, seed=1)

# %%
fig, ax = plt.subplots(figsize=(7, 3.4))
styles = {"dense": ("o", plots.BLUE), "conv": ("s", plots.ORANGE)}
for (kind, with_moves, _), (still, moved) in log.items():
    marker, colour = styles[kind]
    fill = colour if with_moves else "none"
    ax.plot(100 * still, 100 * moved, marker, color=colour, mfc=fill)
ax.set(xlabel="as they are (% read)", ylabel="moved (% read)")
ax.set_title("Moved data lifts both readers, the convolutional one further")
plt.show()

# %% [markdown]
# *In the figure:* accuracy on moved digits over accuracy on digits as they
# are; circles are dense, squares convolutional, filled where moved images were
# used in training. The two hollow signs lie far below on the right. The filled
# ones lie at the top, the squares above the circles and to the right of them.

# %%
for number, name in enumerate(("as they are", "moved")):
    for seed in (0, 1):
        with_conv = log["conv", True, seed][number]
        gain = 100 * (with_conv - log["dense", True, seed][number])
        print(f"seed {seed}, {name:11}: convolution gains {gain:+.1f} points")

# %% [markdown]
# Convolution is ahead in each pair, and the two pairs agree closely. Two are few;
# a difference of a point I would not believe on their word.
#
# ## 5. The final number
#
# Chosen, on the validation images: convolution with moved data. Everything so
# far used 6,000 images; the last reader gets three times as many, and at the end
# one more pass with short steps, as in chapter 06. Then the test images, once.

# %%
x_more, y_more = digits.x_train[:18000], digits.y_train[:18000]
if digits.is_stand_in:
    x_more, y_more = x_train, y_train
final = train("conv", True, seed=3, x=x_more, y=y_more)
final.optimizer.learning_rate = 0.0005
last_pass = moved_at_random(x_more, np.random.default_rng(4))
history = final.fit(last_pass, y_more, 64, verbose=0)

# %%
still, moved = measure(final, digits.x_test[:2000], digits.y_test[:2000])
print(f"test: as they are {still:.1%}, moved {moved:.1%}")

# %% [markdown]
# ### Where it fails
#
# It was taught moves up to four pixels. What about more?

# %%
distances = np.arange(0, 10)
accuracies = [
    np.mean(
        final.predict(shift(x_valid, 0, d), batch_size=500, verbose=0)
        .argmax(1) == y_valid
    )
    for d in distances
]  # fmt: skip

fig, ax = plt.subplots(figsize=(7, 3))
ax.plot(distances, accuracies, "s-", color=plots.ORANGE)
ax.axvline(4, color=plots.GREY, linestyle=":", label="furthest in training")
ax.set(xlabel="moved right by (pixels)", ylabel="validation accuracy")
ax.set_title("Beyond what it was taught it falls")
ax.legend()
plt.show()

# %% [markdown]
# *In the figure:* the accuracy over the distance. It hardly falls up to the
# dotted line at four pixels, and then faster with each pixel. From seven
# pixels on a part of the ink leaves the image as well, so not all of that is
# the network's fault.
#
# ## 6. What it comes to
#
# - **Which helps more?** Moved data, by far: it lifts the dense network from
#   fewer than a quarter to more than four fifths of the moved digits. Convolution
#   alone does not.
# - **Do they add up?** Yes: convolution on top gains several points on both
#   numbers. With three times the images and short steps at the end both targets
#   are met on the test set.
# - **What did not work:** my prediction. I had mixed up two things: a filter
#   that *finds* a stroke anywhere, and a network that does not *care* where it
#   was found.
# - **How sure?** That moved data helps: very, the gap is more than sixty
#   points. The final number comes from one seed. Whether other moves than
#   these, or handwriting on real paper, behave alike has not been tested.
#
# By the rubric: question 2, baseline 2, result 1, honesty 2, failure 2 and
# telling 1. The final reader was trained once, and the choice of 64 units and of four
# passes is not explained. Ten of twelve.
#
# The most promising next step is in section 4: a network that throws places
# away, trained on moved images as well.
