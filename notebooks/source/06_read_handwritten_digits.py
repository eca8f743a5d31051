# ---
# jupyter:
#   kernelspec:
#     display_name: Python 3 (ipykernel)
#     language: python
#     name: python3
# ---

# %% [markdown]
# # Read handwritten digits
#
# A program that reads handwriting cannot be written rule by rule; people have
# tried. In this chapter you train one instead: a network that reads more than
# 97 of 100 digits it has never seen. Then you find out what it has learned,
# and break it.
#
# ## What you will be able to do
#
# - **Load and look** at image data before any training, and split it into
#   three
# - **Beat a baseline**: say what an accuracy is worth by comparing it
# - **Build and train** a classifier with Keras, and explain every line
# - **Judge** the result: its uncertainty, its mistakes, its weights
# - **Break** the network on purpose, and explain why it breaks
#
# ## Before you start
#
# Work through [Make a network learn](03_make_a_network_learn.ipynb) first: the
# loss, gradient descent and batches come from there. This chapter takes 60
# minutes and about 1 GB of memory; run from top to bottom it computes for
# about a minute.
#
# The task is as old as the field, and so are its five steps: import, load and
# preprocess, build, train, evaluate. This is the program that many
# introductions show:
#
# ```python
# import tensorflow as tf
# from tensorflow.keras import layers, models
#
# (train_images, train_labels), (test_images, test_labels) = (
#     tf.keras.datasets.mnist.load_data()
# )
# train_images = train_images / 255.0
# test_images = test_images / 255.0
#
# model = models.Sequential([
#     layers.Flatten(input_shape=(28, 28)),
#     layers.Dense(128, activation='relu'),
#     layers.Dense(10, activation='softmax')
# ])
# model.compile(optimizer='adam',
#               loss='sparse_categorical_crossentropy',
#               metrics=['accuracy'])
# model.fit(train_images, train_labels, epochs=5)
#
# test_loss, test_acc = model.evaluate(test_images, test_labels)
# print(f'Test accuracy: {test_acc}')
# ```
#
# It works. It also leaves out most of what you need to know: whether the
# result is good, what the network cannot do, and why each line is there. You
# will write a better version and know the reason for every difference.
#
# ## 1. Import, load, look
#
# First step: import. `keras` builds networks; it hands the arithmetic to
# TensorFlow. `quiet_start` keeps TensorFlow's start-up lines out of the page.

# %%
import tempfile
from pathlib import Path

from course_utils import runtime

with runtime.quiet_start():
    import keras

import matplotlib.pyplot as plt
import numpy as np
from sklearn.linear_model import LogisticRegression

from course_utils import data, plots
from course_utils.exercises import chapter_06 as ex
from course_utils.widgets.draw import Draw
from course_utils.widgets.monitor import TrainingMonitor

# %% [markdown]
# Second step: load. MNIST holds 70,000 digits written by American census
# workers and school students, collected by Yann LeCun, Corinna Cortes and
# Christopher Burges.

# %%
digits = data.load_mnist(dtype="uint8")
print(digits.source)
for name in ("x_train", "y_train", "x_test", "y_test"):
    array = getattr(digits, name)
    print(f"{name:8} {array.shape!s:16} {array.dtype}")

# %% [markdown]
# Each image is a table of 28 × 28 bytes: 0 is paper, 255 is ink. Each label is
# a whole number from 0 to 9. Look at some before you compute anything: most
# trouble in practice is in the data, and eyes find it faster than programs.

# %%
fig, ax = plt.subplots(figsize=(9, 3.4))
first = [np.flatnonzero(digits.y_train == c)[:4] for c in range(10)]
order = np.array(first).T.ravel()
plots.digits(ax, digits.x_train[order])
ax.set_title("Four examples of each digit: no two people write alike")
plt.show()

# %% [markdown]
# *In the figure:* four rows of ten handwritten digits, one column for each
# class from 0 to 9. Slant, thickness and form differ; some fours are open,
# some ones lean.
#
# How many are there of each? An unbalanced data set makes an accuracy hard to
# read: if nine of ten images were ones, a program that always says "one" would
# look good.

# %%
counts = np.bincount(digits.y_train)

fig, ax = plt.subplots(figsize=(7, 2.6))
ax.bar(range(10), counts, color=plots.BLUE)
ax.set(xlabel="digit", ylabel="training images", xticks=range(10))
ax.set_title("The classes are roughly balanced")
plt.show()

# %% [markdown]
# *In the figure:* ten bars of similar height, one for each digit. In MNIST the
# most frequent digit, 1, has about a quarter more images than the rarest, 5.
#
# ### Three sets, three purposes
#
# The **training** images are there to adjust weights. The **test** images are
# there for one number at the very end. In between stand choices, such as how
# long to train, and for those you take a **validation** set from the training
# images.

# %%
n_valid = len(digits.x_train) // 12  # 5,000 of 60,000
x_train, y_train = digits.x_train[:-n_valid], digits.y_train[:-n_valid]
x_valid, y_valid = digits.x_train[-n_valid:], digits.y_train[-n_valid:]
print(len(x_train), "to train,", len(x_valid), "to choose")

# %% [markdown]
# You train for 5, 8 and 20 epochs and want to keep the best. On which images
# do you compare them?
#
# - **a)** On the training images: there are most of them.
# - **b)** On the validation images.
# - **c)** On the test images: they are new to the network.

# %% exercise="which_set"
answer = None  # "a", "b" or "c"

which_set = ex.which_set.check(answer)

# %% [markdown]
# ### What does an average seven look like?
#
# Write `class_means`: for each class the mean over its images, pixel by pixel.
# With `images` of shape `(N, H, W)` and `labels` of shape `(N,)` the result
# has the shape `(C, H, W)`.


# %% exercise="class_means"
def class_means(images, labels):
    """Mean image of each class, in the order of the classes: (C, H, W)."""
    ...  # your code here


class_means = ex.class_means.check(class_means)

# %%
means = class_means(x_train[:20000], y_train[:20000])

fig, ax = plt.subplots(figsize=(9, 1.4))
plots.digits(ax, means, [str(c) for c in range(10)])
ax.set_title("The mean image of each class", pad=14)
plt.show()

# %% [markdown]
# *In the figure:* ten blurred digits. The 0 and the 1 are sharp, since most
# people write them alike; the 4 and the 9 are blurred and resemble each other.
#
# Which images are furthest from the mean of their class? Those are the
# unusual ones, and often the hard ones.

# %%
sample, sample_labels = x_train[:5000], y_train[:5000]
distance = ((sample - means[sample_labels]) ** 2).sum(axis=(1, 2))
hardest = np.argsort(distance)[-20:]

fig, ax = plt.subplots(figsize=(9, 2.5))
captions = [f"label {label}" for label in sample_labels[hardest]]
plots.digits(ax, sample[hardest], captions)
ax.set_title("The twenty training digits furthest from their class", pad=14)
plt.show()

# %% [markdown]
# *In the figure:* twenty unusual digits with their labels, many of them very
# thick, large or strongly slanted. A few are hard for people, too: do not
# expect 100 %.
#
# ## 2. Baselines: what is a number worth?
#
# Is 90 % good? Nobody can say without something to compare it with. The least
# that a network must beat is a method that fits in one line of thought: *an
# image belongs to the class whose mean image is closest*.
#
# Write `nearest_mean`. Measure closeness by the sum of squared differences
# over all pixels; return for each image the number of the closest class.


# %% exercise="nearest_mean"
def nearest_mean(images, means):
    """Class of the closest mean image, by squared distance: (N,)."""
    ...  # your code here


nearest_mean = ex.nearest_mean.check(nearest_mean)

# %% [markdown]
# On the first 2,000 validation images:

# %%
guesses = nearest_mean(x_valid[:2000].astype("float32"), means)
nearest_accuracy = np.mean(guesses == y_valid[:2000])
print(f"nearest mean image: {nearest_accuracy:.1%}")

# %% [markdown]
# Ten averages already read about four digits in five. The second baseline
# *learns*: logistic regression, a weighted sum of the pixels for each class.
# It is a network without a hidden layer. (5,000 images are enough here, and
# take a second or two.)

# %%
flat, flat_valid = (
    images.reshape(len(images), -1) / np.float32(255)
    for images in (x_train[:5000], x_valid)
)
linear = LogisticRegression(max_iter=50, tol=0.01).fit(flat, y_train[:5000])
linear_accuracy = linear.score(flat_valid, y_valid)
print(f"logistic regression: {linear_accuracy:.1%}")

# %% [markdown]
# Somewhat below 90 % on 5,000 images. Whatever a network costs, it has to beat
# this.
#
# ## 3. Preprocess
#
# Bytes run from 0 to 255. A network starts with small random weights and takes
# small steps, made for inputs of about the size of 1. So divide by 255. Write
# `scale`: bytes in, `float32` numbers between 0 and 1 out.


# %% exercise="scale"
def scale(images):
    """Grey values 0 to 255 (uint8) as float32 numbers between 0 and 1."""
    ...  # your code here


scale = ex.scale.check(scale)

# %% [markdown]
# Numbers cost memory. As bytes, all training images of MNIST take 47 MB; as
# `float32`, four times as much; as `float64`, which is what `images / 255`
# gives, eight times.

# %%
one = x_train[0]
for version in (one, scale(one), one / 255):
    total = version.nbytes * 60_000 / 1e6
    print(f"{version.dtype!s:8} {total:4.0f} MB for 60,000 images")

# %% [markdown]
# There is a better place for the division than the data: the network itself.
# A `Rescaling(1 / 255)` layer does what your `scale` does, one batch at a
# time. The images stay bytes, and whoever uses the network later cannot forget
# the step. Both give the same numbers:

# %%
# NBVAL_CHECK_OUTPUT
rescaling = keras.layers.Rescaling(1 / 255)
np.allclose(rescaling(x_train[:100]), scale(x_train[:100]))

# %% [markdown]
# What happens without it? You can find out as soon as there is a network.
#
# ## 4. Build and compile
#
# Third step. The network is a chain of layers:
#
# | Layer | Output of one image | What it does |
# |---|---|---|
# | `Input` | 28 × 28 | says what comes in |
# | `Rescaling` | 28 × 28 | divides by 255 |
# | `Flatten` | 784 | lays the rows end to end |
# | `Dense(128, "relu")` | 128 | hidden layer: weighted sums, negatives to 0 |
# | `Dense(10)` | 10 | output layer: one score for each digit |
#
# The ten scores are called *logits*: any numbers, positive or negative. The
# largest one is the network's answer. The program at the top ends in
# `softmax` instead, which turns scores into probabilities. Here the loss does
# that itself, from the logits, and stays exact where a probability is too close
# to 0 for a number. (Behind Keras' own softmax layer the loss looks for the
# logits and finds them; behind a softmax that you write yourself it cannot.)


# %%
def build(width=128, scaled=True, learning_rate=0.001):
    """Return a compiled classifier with one hidden layer of this width."""
    first = [keras.layers.Rescaling(1 / 255)] if scaled else []
    model = keras.Sequential(
        [
            keras.Input((28, 28)),
            *first,
            keras.layers.Flatten(),
            keras.layers.Dense(width, activation="relu"),
            keras.layers.Dense(10),
        ]
    )
    model.compile(
        optimizer=keras.optimizers.Adam(learning_rate),
        loss=keras.losses.SparseCategoricalCrossentropy(from_logits=True),
        metrics=["accuracy"],
        steps_per_execution=50,
    )
    return model


keras.utils.set_random_seed(0)
model = build()

# %% [markdown]
# The words of `compile`:
#
# - The **loss** says in one number how bad the answers are; training makes it
#   small. *Cross-entropy* is the usual one for classes; *sparse* means that a
#   label is one whole number, such as 7.
# - The **optimizer** decides how a step is taken. Adam gives every weight a
#   step size of its own; `learning_rate` scales them all.
# - **Metrics** are for you to read. Training never looks at them.
# - **steps_per_execution** changes no result: it sends 50 batches at a time to
#   TensorFlow, which saves about half of the time for a network this small.
#
# ### How many numbers does it learn?
#
# Count by hand: every unit of a `Dense` layer has one weight for each of its
# inputs, and one bias. Do not run `model.summary()` yet.

# %% exercise="parameter_count"
answer = None  # a whole number

parameter_count = ex.parameter_count.check(answer)

# %%
# NBVAL_CHECK_OUTPUT
print(f"{model.count_params():,}", model.count_params() == parameter_count)

# %% [markdown]
# ### The loss of one example
#
# The network gives the logits $z_0 … z_9$ for an image whose label is $y$.
# Softmax turns them into probabilities, and the loss is minus the logarithm of
# the one that matters, that of the true class:
#
# $$ p_k = \frac{e^{z_k}}{\sum_j e^{z_j}}, \qquad
# \text{loss} = -\ln p_y = \ln \sum_j e^{z_j} - z_y $$
#
# A probability of 1 costs nothing, one of 0.5 costs 0.69, one of 0.01 costs
# 4.6. Write it. A logit of 1000 must not upset your function.


# %% exercise="cross_entropy"
def cross_entropy(logits, label):
    """Loss of one example: minus the log of its true class's probability."""
    ...  # your code here


cross_entropy = ex.cross_entropy.check(cross_entropy)

# %% [markdown]
# Now predict: the network is untrained, its ten scores are nearly random and
# small. **What is the mean loss of the untrained network?** Think of the
# probability that it gives to the right digit, then write a number.

# %% exercise="loss_before"
guess = None  # a number

loss_before = ex.loss_before.check(guess)

# %%
logits = model.predict(x_valid, batch_size=500, verbose=0)
losses = [cross_entropy(z, y) for z, y in zip(logits, y_valid, strict=True)]
keras_loss, _ = model.evaluate(x_valid, y_valid, batch_size=500, verbose=0)
ex.loss_before.reveal(np.mean(losses))
print(f"your function {np.mean(losses):.4f}, Keras {keras_loss:.4f}")
print(f"ten equal probabilities: ln 10 = {np.log(10):.4f}")

# %% [markdown]
# Your function and Keras agree. Ten classes that all look equally likely cost
# $-\ln \frac{1}{10} = \ln 10 ≈ 2.30$, and an untrained network is near that.
# Remember the number: a classifier of ten classes whose loss stays at 2.3 has
# learned nothing.
#
# ## 5. Train
#
# Fourth step. `fit` goes through the training images in batches of 128: it
# computes the loss of a batch, works out in which direction each weight lowers
# it, and moves the weights a little. One pass through all images is an
# *epoch*.
#
# With MNIST there are 55,000 training images now. How many times are the
# weights adjusted in 5 epochs?

# %% exercise="update_count"
answer = None  # a whole number

update_count = ex.update_count.check(answer)

# %% [markdown]
# Predict how it ends. After five epochs, which accuracy is higher?
#
# - **a)** That on the training images, by half a percentage point or more.
# - **b)** Neither: they differ by less than half a point.
# - **c)** That on the validation images, by half a point or more.

# %% exercise="which_curve"
guess = None  # "a", "b" or "c"

which_curve = ex.which_curve.check(guess)


# %% [markdown]
# The learning rate starts high and is halved after every epoch: long steps
# first, short ones at the end. `TrainingMonitor` draws the curves while the
# network trains; its button ends the training early and gives the network the
# best weights that it had.


# %%
def halved(epoch, rate):
    """Learning rate of an epoch, counted from 0."""
    return 0.005 / 2**epoch


def train(model, *callbacks):
    """Train for five epochs; return accuracy and loss of each."""
    history = model.fit(
        x_train,
        y_train,
        batch_size=128,
        epochs=5,
        validation_data=(x_valid, y_valid),
        callbacks=[
            keras.callbacks.LearningRateScheduler(halved),
            *callbacks,
        ],
        verbose=0,
    )
    return history.history


history = train(model, TrainingMonitor())

# %% [markdown]
# *In the figure:* loss and accuracy over the epochs, training as circles on a
# solid line, validation as squares on a dashed one; a thin line is the mean
# over the epoch so far. The table below holds the numbers. (When you have
# finished the chapter, come back and stop the training in its second epoch:
# which weights does the network have then?)
#
# That took five passes through the training images. Now the same curves, drawn
# large enough to compare:

# %%
fig, ax = plt.subplots(1, 2, figsize=(10, 3.4))
plots.learning_curves(ax[0], history["loss"], history["val_loss"], "loss")
ax[0].set_title("The loss falls, on training images further")
plots.learning_curves(
    ax[1], history["accuracy"], history["val_accuracy"], "accuracy"
)
ax[1].set_title("The accuracy rises, and the curves part")
plt.show()

# %% [markdown]
# *In the figure:* two panels over the epochs 1 to 5. Left, the loss falls
# steeply, then slowly; the dashed validation curve flattens while the training
# curve goes on falling. Right, the accuracies rise and part in the same way.

# %%
gap = history["accuracy"][-1] - history["val_accuracy"][-1]
ex.which_curve.reveal("a" if gap >= 0.005 else "c" if gap <= -0.005 else "b")

# %% [markdown]
# In the first epoch the validation accuracy may even be ahead: the training
# figure is an average over the epoch, in which the network was still poor at
# the beginning.
#
# ### Without the division
#
# Now the question from section 3: the same network and training, for two
# epochs on 10,000 images, with and without `Rescaling`.

# %%
for scaled in (True, False):
    keras.utils.set_random_seed(0)
    trial = build(scaled=scaled)
    before, _ = trial.evaluate(x_valid, y_valid, 500, verbose=0)
    trial.fit(x_train[:10000], y_train[:10000], 64, epochs=2, verbose=0)
    after, accuracy = trial.evaluate(x_valid, y_valid, 500, verbose=0)
    losses = f"loss {before:6.2f} before, {after:5.2f} after"
    print(f"divided by 255: {scaled!s:5}  {losses}  {accuracy:.1%}")

# %% [markdown]
# Inputs 255 times as large make the logits of the untrained network 255 times
# as large: it gives random answers with full conviction, and that costs. It
# still learns, since Adam adapts its steps, but it starts from far away and
# ends lower.
#
# ## 6. Evaluate
#
# Fifth step, and the moment for the test images. You get this number once.

# %%
test_loss, test_accuracy = model.evaluate(
    digits.x_test, digits.y_test, batch_size=500, verbose=0
)
print(f"test accuracy {test_accuracy:.2%}")
print(f"baselines     {nearest_accuracy:.2%} and {linear_accuracy:.2%}")

# %% [markdown]
# ### How sure is that?
#
# Two things make the number shake. Other test images would have given another
# share: a statistical error that you can compute. And another random start
# would have given another network: that you can measure.
#
# Write the first: of $n$ images a share $p$ is read correctly. The standard
# error of $p$ is $\sqrt{p (1 - p) / n}$.


# %% exercise="standard_error"
def standard_error(accuracy, n):
    """Standard error of an accuracy measured on n images."""
    ...  # your code here


standard_error = ex.standard_error.check(standard_error)

# %% [markdown]
# Then two more networks from other seeds. This takes a few seconds.

# %%
accuracies = [test_accuracy]
for seed in (1, 2):
    keras.utils.set_random_seed(seed)
    other = build()
    train(other)
    scores = other.evaluate(digits.x_test, digits.y_test, 500, verbose=0)
    accuracies.append(scores[1])

error = standard_error(test_accuracy, len(digits.y_test))
print("seeds 0, 1, 2:", *(f"{a:.2%}" for a in accuracies))
print(f"mean {np.mean(accuracies):.2%}, spread {np.ptp(accuracies):.2%}")
print(f"standard error from the number of images {error:.2%}")

# %% [markdown]
# With the real MNIST all three lie above 97.5 % and differ by a few tenths of a
# point at most. The error from having 10,000 test images is about 0.15 points.
# So "97.6 against 97.7 %" says nothing, and "97.6 against 92 %" says a lot.
#
# ### Which digits does it mistake for which?
#
# Write `confusion_matrix`: an array of whole numbers, in row $i$ and column
# $j$ how many images of the digit $i$ were read as $j$.


# %% exercise="confusion_matrix"
def confusion_matrix(labels, guesses, n_classes):
    """Counts by true class (row) and predicted class (column): (C, C)."""
    ...  # your code here


confusion_matrix = ex.confusion_matrix.check(confusion_matrix)

# %%
logits = model.predict(digits.x_test, batch_size=500, verbose=0)
guesses = logits.argmax(axis=1)

fig, ax = plt.subplots(figsize=(6, 6))
plots.confusion(ax, confusion_matrix(digits.y_test, guesses, 10))
ax.set_title("Most images are on the diagonal; colour marks mistakes")
plt.show()

# %% [markdown]
# *In the figure:* a table of ten by ten counts. The diagonal, correct
# readings, holds nearly all images; off it the darkest cells are pairs that
# look alike, such as 4 and 9.
#
# ### The most confident mistakes
#
# Softmax turns the ten logits into probabilities. Among the wrong readings,
# which ones was the network surest of?

# %%
shifted = logits - logits.max(axis=1, keepdims=True)
exponentials = np.exp(shifted)
probabilities = exponentials / exponentials.sum(axis=1, keepdims=True)
confidence = probabilities.max(axis=1)
wrong = np.flatnonzero(guesses != digits.y_test)
worst = wrong[np.argsort(confidence[wrong])[::-1][:10]]

# %%
fig, ax = plt.subplots(figsize=(9.5, 1.8))
captions = [
    f"{digits.y_test[i]} as {guesses[i]}\n{confidence[i]:.1%}" for i in worst
]
plots.digits(ax, digits.x_test[worst], captions)
ax.set_title("The ten surest mistakes: label, reading, probability", pad=26)
plt.show()

# %% [markdown]
# *In the figure:* ten test digits with their label, the network's reading and
# its probability, mostly above 95 %. For some you may side with the network.
#
# A probability near 100 % is not a promise: the network says how well the
# image fits what it has seen, and it has never seen these.
#
# ### What has it learned?
#
# Each of the 128 hidden units has 784 weights, one for each pixel. Put back
# into 28 × 28, they show what the unit looks for: ink in red places speaks for
# it, ink in blue places against it.

# %%
weights = model.layers[2].get_weights()[0]  # shape (784, 128)
maps = weights.T.reshape(-1, 28, 28)

fig, ax = plt.subplots(figsize=(9, 4.6))
plots.signed_maps(ax, maps[:24])
ax.set_title("The weights of 24 hidden units: strokes and their absence")
plt.show()

# %% [markdown]
# *In the figure:* 24 square maps in red, white and blue. In the middle of most
# there are blobs and arcs of both colours, where strokes may pass; towards the
# border the pattern is noise, left over from the random start.
#
# Nobody designed these detectors. They are what "features are learned" means.
#
# ## 7. Break it
#
# A network that reads 97 % of the test images: does it know what a seven is?
# Take the same test images and move every digit to the right. Write
# `shift_right` for images of shape `(N, H, W)`: what falls off at the right is
# lost, and empty pixels come in at the left.


# %% exercise="shift_right"
def shift_right(images, pixels):
    """Images (N, H, W) moved right; empty pixels come in at the left."""
    ...  # your code here


shift_right = ex.shift_right.check(shift_right)

# %% [markdown]
# Moved by four pixels, a seven is still a seven for you. What accuracy will
# the network have on the moved test images?
#
# - **a)** Above 90 %.
# - **b)** Between 50 and 90 %.
# - **c)** Below 50 %.

# %% exercise="shifted_accuracy"
guess = None  # "a", "b" or "c"

shifted_accuracy = ex.shifted_accuracy.check(guess)


# %%
def accuracy_on(images):
    """Accuracy of the trained network on changed test images."""
    scores = model.predict(images, batch_size=500, verbose=0)
    return np.mean(scores.argmax(axis=1) == digits.y_test)


pixels = np.arange(9)
by_shift = [accuracy_on(shift_right(digits.x_test, p)) for p in pixels]
moved = by_shift[4]
ex.shifted_accuracy.reveal("a" if moved > 0.9 else "b" if moved > 0.5 else "c")

# %% [markdown]
# And for every shift from 0 to 8 pixels:

# %%
fig, ax = plt.subplots(figsize=(7, 3))
ax.plot(pixels, by_shift, "o-", color=plots.BLUE)
ax.axhline(0.1, color=plots.GREY, linestyle=":", label="blind guessing")
ax.set(xlabel="digits moved right by (pixels)", ylabel="test accuracy")
ax.set_title("A few pixels to the side, and the network is lost")
ax.legend()
plt.show()

# %% [markdown]
# *In the figure:* the accuracy over the shift. It hardly falls for one pixel,
# then plunges, and from six pixels on it is down at the dotted line of blind
# guessing.
#
# Two more ways to disturb it: paper and ink exchanged, and noise on every
# pixel.

# %%
rng = np.random.default_rng(0)
noise = 80 * rng.standard_normal(digits.x_test.shape, dtype="float32")
noisy = np.clip(digits.x_test + noise, 0, 255).astype("uint8")
inverted = 255 - digits.x_test

fig, ax = plt.subplots(figsize=(9, 1.9))
moved = shift_right(digits.x_test[:3], 4)
plots.digits(ax, [*digits.x_test[:3], *moved, *noisy[:3], inverted[0]])
ax.set_title("As they are, moved, with noise, inverted")
plt.show()

# %% [markdown]
# *In the figure:* three test digits; the same three moved to the right; the
# same three with grey noise; and the first one white on black. You read them
# all.

# %%
print(f"as they are {accuracy_on(digits.x_test):.1%}")
print(f"with noise  {accuracy_on(noisy):.1%}")
print(f"inverted    {accuracy_on(inverted):.1%}")
del noise, noisy, inverted  # they take memory that others need

# %% [markdown]
# Why does moving a digit break the network?
#
# - **a)** It has overfitted to the training images.
# - **b)** Each weight belongs to one place in the image.
# - **c)** The moved images are brighter.
# - **d)** Much of the ink falls off at the right edge.

# %% exercise="why_it_breaks"
answer = None  # "a", "b", "c" or "d"

why_it_breaks = ex.why_it_breaks.check(answer)

# %% [markdown]
# The network never knew that pixels have neighbours: `Flatten` threw that
# away. Had every image been scrambled by one fixed shuffle of the pixels, it
# would have learned exactly as well. A *convolutional* network keeps the
# neighbourhood and applies the same small detector everywhere in the image,
# which is why it is the tool for pictures.
#
# ## 8. Use it
#
# A trained network is worth keeping. `save` writes structure, weights and the
# optimizer's state into one `.keras` file; `load_model` brings it back.

# %%
folder = Path(tempfile.mkdtemp())
model.save(folder / "digits.keras")
again = keras.models.load_model(folder / "digits.keras")

size = (folder / "digits.keras").stat().st_size / 1e6
same = np.array_equal(
    again.predict(digits.x_test[:100], verbose=0),
    model.predict(digits.x_test[:100], verbose=0),
)
print(f"{size:.1f} MB; same answers after loading: {same}")

# %% [markdown]
# And one image from a file, as it would come from elsewhere. Three things must
# agree with the training: the size, 28 × 28; ink high and paper low; and the
# batch axis, since a network always takes several images, if only one.

# %%
plt.imsave(folder / "digit.png", digits.x_test[0], cmap="gray")

picture = plt.imread(folder / "digit.png")[:, :, 0] * 255
scores = again.predict(picture[np.newaxis], verbose=0)
print("picture", picture.shape, "→ scores", scores.shape)
print("reads", scores.argmax(), "and the label is", digits.y_test[0])

# %% [markdown]
# ### Draw your own
#
# The board below hands your drawing to the network, live. On the way it does
# what MNIST's makers did with each digit: cut it to its ink, scale it to fit
# 20 × 20 pixels, and put its centre of mass in the middle of 28 × 28.
#
# In section 7 a digit that was moved by a few pixels broke the network. Draw a
# small seven in the lower right corner of the board: will it be read as a
# seven? Decide before you draw.


# %%
def read(images):
    """Probabilities of the ten digits for images (N, 28, 28): (N, 10)."""
    return keras.ops.softmax(again(images)).numpy()


pad = Draw(read, example=digits.x_test[0], name="chapter 06")
pad

# %% [markdown]
# *In the figure:* the first test image on the board, beside it the 28 × 28
# pixels that the network receives, and ten bars with the probability of each
# digit; the bar of the 7 is the longest by far. Draw with the mouse, a finger,
# or the arrow keys and the space bar.
#
# The seven in the corner is read as well as one in the middle: the framing
# undoes the shift before the network sees it. What cannot be learned can often
# be prepared. Three more things to try:
#
# 1. Rub out a part of the example with the eraser. When does the network
#    change its mind, and when would you?
# 2. Draw something that is no digit, a house or a heart. How sure is the
#    network? It has no way to say "none of these".
# 3. Find a digit that you read without effort and the network does not. Choose
#    what it is and save it as a test case.
#
# What you save stays on your disk, for the next network as well. Your test
# cases so far:

# %%
print(len(pad.saved), "saved")
for image, label in pad.saved:
    print("a", label, "read as", read(image[np.newaxis]).argmax())

# %% [markdown]
# ## 9. Experiment
#
# Three questions. For each, change one thing, keep all else as it is, and
# compare with the first line of the table. For speed, all use 10,000 images
# and three epochs.
#
# 1. Does a hidden layer four times as wide help?
# 2. Does one with 8 units still work?
# 3. What does a learning rate of 0.1 do, a hundred times the usual?


# %%
def experiment(name, **change):
    """Train with one thing changed; return a row of the table."""
    keras.utils.set_random_seed(0)
    trial = build(**change)
    trial.fit(x_train[:10000], y_train[:10000], 64, epochs=3, verbose=0)
    _, accuracy = trial.evaluate(x_valid, y_valid, 500, verbose=0)
    return f"{name:22} {trial.count_params():9,} {accuracy:11.1%}"


print(f"{'change':22} {'parameters':>9} {'validation':>10}")
print(experiment("none"))
print(experiment("width 512", width=512))
print(experiment("width 8", width=8))
print(experiment("learning rate 0.1", learning_rate=0.1))

# %% [markdown]
# Wider helps a little and costs four times the numbers. Eight units lose
# several points, and far fewer than you might have thought. So does the huge
# learning rate, with all 128 units: its steps are so long that they leap over
# the good places.
#
# Is the gain from width real, or luck of the seed? You know how to find out:
# run both with several seeds and compare the spread.
#
# ### The old program and the new one
#
# | At the top | Here | Why |
# |---|---|---|
# | `from tensorflow.keras import …` | `import keras` | Keras is a package of its own since version 3, and runs on several backends |
# | `images / 255.0` | `Rescaling` layer | bytes stay bytes: an eighth of the memory; the step travels with the model |
# | `Flatten(input_shape=…)` | `keras.Input(…)` | the current way to say what comes in; the old one warns |
# | `softmax` in the last layer | logits, `from_logits=True` | the loss is exact whatever made the scores; a softmax is applied where probabilities are wanted |
# | no validation | `validation_data` | choices need images that the final test does not use |
# | one run | three seeds, a standard error | a number without its uncertainty cannot be compared |
# | batches of 32, one learning rate | batches of 128, a rate that is halved | at least as many correct digits, with a quarter of the steps |
# | no seed | `set_random_seed` | the same result tomorrow, on the same machine |
#
# ### Explain it to a friend
#
# A friend asks: "How can a program read my handwriting?" Answer in a few
# sentences, in quotation marks. The check shows one way to put it.

# %% exercise="explain"
answer = None  # your text, in quotation marks

explain = ex.explain.check(answer)

# %% [markdown]
# ## Recap
#
# - **Load and look**: bytes of shape (N, 28, 28), roughly balanced classes;
#   train to adjust, validation to choose, test for one number
# - **Beat a baseline**: mean images read four digits in five, logistic
#   regression somewhat below 90 %, the network more than 97 %
# - **Build and train**: 101,770 numbers, adjusted batch by batch; the loss
#   starts near ln 10
# - **Judge**: a standard error and several seeds, a confusion matrix, the
#   surest mistakes, the first layer's weights
# - **Break**: weights belong to places, so a shift of a few pixels is enough
#
# ## Recall
#
# Three questions on what came before.
#
# 1. You chose the number of epochs with the validation images. Which accuracy
#    do you report? **a)** that on the test images, **b)** that on the training
#    images, **c)** that on the validation images

# %% exercise="recall_split"
answer = None  # "a", "b" or "c"

recall_split = ex.recall_split.check(answer)

# %% [markdown]
# 2. Leave out `"relu"` in the hidden layer, and the two `Dense` layers collapse
#    into one, from 784 inputs to 10 outputs. How many parameters does that one
#    layer have?

# %% exercise="recall_collapse"
answer = None  # a whole number

recall_collapse = ex.recall_collapse.check(answer)

# %% [markdown]
# 3. The training loss jumps up and down from epoch to epoch and does not fall.
#    What do you change first? **a)** train for more epochs, **b)** a smaller
#    learning rate, **c)** a larger learning rate

# %% exercise="recall_learning_rate"
answer = None  # "a", "b" or "c"

recall_learning_rate = ex.recall_learning_rate.check(answer)

# %% [markdown]
# ## Further reading
#
# - [Michael Nielsen, Neural Networks and Deep Learning, chapter
#   1](http://neuralnetworksanddeeplearning.com/chap1.html): the same task from
#   scratch, told with great care; the best next hour.
# - [The MNIST database](https://en.wikipedia.org/wiki/MNIST_database): where the
#   digits come from, and how far people have pushed the error rate.
# - [Keras: the Sequential
#   model](https://keras.io/guides/sequential_model/): the official guide to
#   what you built in section 4, with the debugging tips that one needs.
#
# When you are done, choose *Kernel → Shut Down Kernel* to free the memory.
