# ---
# jupyter:
#   kernelspec:
#     display_name: Python 3 (ipykernel)
#     language: python
#     name: python3
# ---

# %% [markdown]
# # Start here
#
# In about a minute, a neural network that you trained yourself reads
# handwritten digits. After that you learn how the chapters work, so that
# nothing in them stops you.
#
# ## What you will be able to do
#
# - **Run** a notebook from top to bottom, and start it afresh
# - **Solve** an exercise, with a check, hints and a solution at hand
# - **Find** your progress, and take it with you to another machine
#
# ## Before you start
#
# You need some Python (functions, lists, a little NumPy) and 10 minutes. The
# notebook uses about 1 GB of memory.
#
# A notebook is a page of *cells*. Click on the grey one below and press
# <kbd>Shift</kbd>+<kbd>Enter</kbd>: it runs, and the next cell is selected.
# The first cell loads the tools; that takes five to twenty seconds, and a
# `[*]` on the left shows that it is still at work.

# %%
from course_utils import runtime

with runtime.quiet_start():
    import keras

import matplotlib.pyplot as plt
import numpy as np

from course_utils import data, plots, progress
from course_utils.exercises import chapter_00 as ex
from course_utils.widgets.draw import Draw

# %% [markdown]
# ## 1. See a network read a digit
#
# The digits are 28 × 28 pictures that people wrote by hand, each with the
# label that says which digit it is. Press <kbd>Shift</kbd>+<kbd>Enter</kbd>
# again.

# %%
digits = data.load_mnist(dtype="uint8")
print(digits.source)
print(len(digits.x_train), "to learn from,", len(digits.x_test), "kept apart")

# %% [markdown]
# Before you go on, commit to a guess. You are about to train a small network
# for a few seconds. Of 100 digits that it has never seen, how many will it
# read correctly? Write a number in place of `None`, then run the cell.

# %% exercise="how_many_right"
guess = None  # a number from 0 to 100

how_many_right = ex.how_many_right.check(guess)

# %% [markdown]
# Now build the network and train it. You need not understand these lines yet:
# every word in them is explained in the chapters to come.

# %%
keras.utils.set_random_seed(0)
model = keras.Sequential(
    [
        keras.Input((28, 28)),
        keras.layers.Rescaling(1 / 255),
        keras.layers.Flatten(),
        keras.layers.Dense(64, activation="relu"),
        keras.layers.Dense(10, activation="softmax"),
    ]
)
model.compile("adam", "sparse_categorical_crossentropy")
model.fit(digits.x_train, digits.y_train, batch_size=128, epochs=3, verbose=0)
print("trained:", f"{model.count_params():,}", "numbers adjusted")

# %% [markdown]
# Ten digits that it never saw, with its readings:

# %%
images, labels = digits.x_test[:100], digits.y_test[:100]
readings = model.predict(images, verbose=0).argmax(axis=1)

fig, ax = plt.subplots(figsize=(8, 1.6))
plots.digits(ax, images[:10], [f"reads {r}" for r in readings[:10]])
ax.set_title("The network's readings of ten new digits", pad=14)
plt.show()

# %% [markdown]
# *In the figure:* ten handwritten digits in a row; above each stands what the
# network takes it for. Most readings, perhaps all of them, are what you would
# say too.

# %%
ex.how_many_right.reveal(np.sum(readings == labels))

# %% [markdown]
# Does it read *your* handwriting? Run the next cell, press *Clear* below the
# board and draw a digit.


# %%
def read(images):
    """Probabilities that the network gives to the ten digits."""
    return model(images).numpy()


Draw(read, example=images[0], name="chapter 00")

# %% [markdown]
# *In the figure:* a board with one of the ten digits on it, the small picture
# of 28 × 28 pixels that the network receives, and a bar for each digit that
# says how probable the network finds it. Draw with the mouse, with a finger, or
# with the arrow keys and the space bar; the bars follow.
#
# Nobody told the network what a seven looks like. It saw examples and adjusted
# its numbers until its answers fitted them. How it does that is what this
# course is about.
#
# ## 2. How a chapter works
#
# Every section asks something and goes through the same steps:
#
# 1. **Predict.** You commit to a guess, as you did above. A guess that turns
#    out wrong teaches you the most, and no guess costs you points.
# 2. **Run** the code and look.
# 3. **Explain**: the text says in words what happened and why.
# 4. **Solve** an exercise and **check** it.
#
# Here is your first exercise. Write the body of the function: which share of
# the guesses equals the labels? For labels 7, 2, 1, 0 and guesses 7, 2, 1, 4
# three of four are right, so the answer is 0.75. The dots `...` mark the place
# for your code; end it with `return`.


# %% exercise="accuracy"
def accuracy(labels, guesses):
    """Share of guesses that equal their labels, between 0 and 1."""
    ...  # your code here


accuracy = ex.accuracy.check(accuracy)

# %% [markdown]
# Run the cell once as it stands, then once with your code. If you are stuck,
# make a new cell with the `+` button above and run one of these:
#
# - `ex.accuracy.hint()` shows a hint; run it again for the next one.
# - `ex.accuracy.solution()` shows a solution.
#
# The network's share of right answers on its 100 digits, by the function that
# is now in use:

# %%
print(f"{accuracy(labels, readings):.2f} of the 100 digits are read correctly")

# %% [markdown]
# That cell works even if you left the exercise unsolved. Why? Choose a letter
# and write it in quotation marks, such as `"a"`.
#
# - **a)** The notebook stops at a wrong answer, so this cell never runs.
# - **b)** The exercises must be solved in order, and the next one waits.
# - **c)** The check returns the course's solution when yours is not right.

# %% exercise="what_check_returns"
answer = None  # "a", "b" or "c"

what_check_returns = ex.what_check_returns.check(answer)

# %% [markdown]
# ## 3. When something fails
#
# **An error in red.** Read its last line first: it says what went wrong. A
# `NameError` mostly means that a cell further up has not been run.
#
# **Nothing makes sense any more.** Choose *Kernel → Restart Kernel and Run All
# Cells…*. The notebook starts afresh and runs from top to bottom; what you
# wrote in the cells stays. Every chapter runs to its end this way, solved or
# not.
#
# **A cell runs and runs.** Press the square *stop* button. A check stops code
# that runs for more than ten seconds by itself.
#
# **The computer gets slow.** Every open notebook holds memory. When you are
# done with a chapter, choose *Kernel → Shut Down Kernel*.
#
# **None of that helps.** Open a terminal in the course's folder and run
# `python3 -m course_utils doctor`. It looks for the usual causes and says what
# to do about each.
#
# ## 4. Your progress, and the map
#
# What you try and solve is kept in one file on your own machine; nothing is
# sent anywhere. Run this cell again whenever you want to see where you are:

# %%
progress.show()

# %% [markdown]
# On a machine that forgets (Binder, for one), take your progress, your
# solutions and the digits you drew along. In a terminal, `python3 -m course_utils
# progress export my_progress.json` writes them to a file, which you download and
# keep; `python3 -m course_utils progress import my_progress.json` brings them back.
#
# The chapters so far. Each one names what it builds on; times are for an
# unhurried first reading.
#
# | Chapter | Minutes | Builds on | Afterwards you can |
# |---|---|---|---|
# | [00 Start here](00_start_here.ipynb) | 10 | – | run a notebook, solve and check an exercise, and find your progress |
# | [01 See what deep learning is](01_see_what_deep_learning_is.ipynb) | 40 | 00 | say what deep learning is, what it learns by itself, and when not to use it |
# | [02 Build neurons and layers](02_build_neurons_and_layers.ipynb) | 50 | 01 | write a network's forward pass and work it out with a pencil |
# | [03 Make a network learn](03_make_a_network_learn.ipynb) | 60 | 02 | train a small network by gradient descent and read its learning curves |
# | [04 Compute with TensorFlow](04_compute_with_tensorflow.ipynb) | 50 | 03 | compute with tensors, let the tape find gradients, and feed data fast |
# | [05 Build with Keras](05_build_with_keras.ipynb) | 60 | 04 | build, train, extend, save and mend a Keras model |
# | [06 Read handwritten digits](06_read_handwritten_digits.ipynb) | 60 | 03 | build, train and question a digit classifier with Keras |
# | [07 Derive backpropagation by hand](07_derive_backpropagation_by_hand.ipynb) | 90 | 03 | derive, write and check a backward pass, and name what is wrong in one |
# | [08 Experiment like a scientist](08_experiment_like_a_scientist.ipynb) | 75 | 06 | plan, log and judge experiments, and read a failure from its curves |
# | [09 Ship it and scale it](09_ship_it_and_scale_it.ipynb) | 60 | 06 | save, shrink and serve a model, and train it on several processes |
# | [10 Where next](10_where_next.ipynb) | 30 | 07, 08 | choose what to learn next, and carry out a project of your own |
#
# ## Recap
#
# - **Run** cells with <kbd>Shift</kbd>+<kbd>Enter</kbd>; restart and run all
#   when in doubt
# - **Solve** in the place of the dots; `check`, `hint` and `solution` help,
#   and a wrong answer never stops a chapter
# - **Find** your progress above and in one file, which you can export
#
# ## Further reading
#
# - [JupyterLab's own guide to
#   notebooks](https://jupyterlab.readthedocs.io/en/stable/user/notebook.html):
#   the keyboard shortcuts on that page pay for themselves within a day.
# - [NumPy: the absolute basics for
#   beginners](https://numpy.org/doc/stable/user/absolute_beginners.html): all
#   the NumPy that the first chapters use, in an hour.
#
# When you are done, choose *Kernel → Shut Down Kernel* to free the memory.
