# ---
# jupyter:
#   kernelspec:
#     display_name: Python 3 (ipykernel)
#     language: python
#     name: python3
# ---

# %% [markdown]
# # Say when you do not know
#
# Give the network of [chapter 06](../06_read_handwritten_digits.ipynb) a
# trouser, and it reads a digit, often with great confidence. Make a reader
# that refuses what is no digit, and still answers where it can.
#
# **The target**, with the real MNIST, on test images: at least 93 % of the
# digits are answered; at least 90 % of torn digits, whose halves are
# exchanged, are refused, *and* at least half of the garments.
#
# You need chapters 06 and 08, and about three hours. The notebook runs as it
# is; you fill in the sections 2, 4, 5, 6 and 7.

# %%
from course_utils import runtime

with runtime.quiet_start():
    import keras

import matplotlib.pyplot as plt
import numpy as np
from sklearn.linear_model import LogisticRegression

from course_utils import data, plots
from course_utils.exercises import chapter_say_when_not as ex

# %% [markdown]
# ## 1. The data
#
# Digits to learn from, and two kinds of strangers: torn digits, and drawings
# of garments. For your choices there is a third kind, plain noise. The torn
# digits and the garments are the test: do not look at results on them before
# section 6.

# %%
digits = data.load_mnist("uint8")
n_valid = min(1000, len(digits.x_train) // 5)
x_train, y_train = digits.x_train[:5000], digits.y_train[:5000]
x_valid = digits.x_train[-n_valid:]
x_train, y_train = x_train[:-n_valid], y_train[:-n_valid]

garments = data.garments_stand_in("uint8").x_test
torn = np.roll(digits.x_test[:1000], 14, axis=2)  # halves exchanged
rng = np.random.default_rng(0)
noise = rng.integers(0, 256, (200, 28, 28)).astype("uint8")

# %%
fig, ax = plt.subplots(figsize=(9, 1.6))
plots.digits(ax, [*x_valid[:3], *torn[:3], *garments[:2], *noise[:2]])
ax.set_title("Three digits, and seven strangers")
plt.show()

# %% [markdown]
# *In the figure:* three digits; three torn ones, whose left and right halves
# have changed places; two garments; two squares of noise.
#
# ## 2. A first step, checked
#
# Any reader can give each image a *score*: the higher, the more it takes it
# for a digit. It answers where the score reaches a threshold. Write the
# function that sets the threshold, from scores of real digits. Of the scores
# 0.2, 0.4, 0.6 and 0.8, a share of 0.7 shall answer: then the threshold is 0.4,
# which three of four reach, and a higher one would be reached by too few.


# %% exercise="threshold_for"
def threshold_for(scores, share):
    """Highest score such that at least `share` of the scores reach it."""
    ...  # your code here


threshold_for = ex.threshold_for.check(threshold_for)

# %% [markdown]
# ## 3. Baseline and measurement
#
# Baseline: logistic regression, and its largest probability as the score.


# %%
def flat(images):
    """Images as rows of numbers between 0 and 1."""
    return images.reshape(len(images), -1) / np.float32(255)


linear = LogisticRegression(max_iter=30, tol=0.01)
linear.fit(flat(x_train), y_train)


def by_confidence(images):
    """Largest probability: (N,)."""
    return linear.predict_proba(flat(images)).max(axis=1)


# %%
def report(name, score, known, strangers):
    """Print what is answered and refused, with a threshold from x_valid."""
    threshold = threshold_for(score(x_valid), 0.95)
    answered = np.mean(score(known) >= threshold)
    print(f"{name}: answers {answered:.0%} of the digits", end="")
    for kind, images in strangers.items():
        refused = np.mean(score(images) < threshold)
        print(f", refuses {refused:.0%} of {kind}", end="")
    print()


report("baseline, choosing", by_confidence, x_valid, {"noise": noise})

# %% [markdown]
# ## 4. Your question
#
# Write here, before you go on, what you want to find out and what you expect.
# One question is enough; a number in the prediction makes it worth more.
#
# *My question:*
#
# *My prediction:*
#
# ## 5. Your work
#
# Change one thing at a time, and write down every run: settings, seed, result.
# Compare on the validation set only.
#
# Some ways to go, from easy to hard: the largest logit instead of the largest
# probability · how far it is to the mean image of the class, or to the nearest
# training image · an autoencoder, and how well it redraws the image · an
# eleventh class, "no digit", trained on strangers that you make. Take care:
# strangers that you train on are no test any more.

# %%
keras.utils.set_random_seed(0)
# your code here

# %% [markdown]
# ## 6. The final number
#
# Once, with the score that you have chosen.

# %%
final = None  # your function: images in, scores out

if final is not None:
    strangers = {"torn digits": torn, "garments": garments}
    report("final, test", final, digits.x_test[:1000], strangers)

# %% [markdown]
# ## 7. Tell it
#
# Half a page, to somebody who has not seen this notebook: the question, what
# you predicted, what you measured and how sure it is, what did not work, where
# it still fails. Then go through the rubric, honestly, or let a friend do it:
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
# Back to [Where next](../10_where_next.ipynb). When you are done, choose
# *Kernel → Shut Down Kernel* to free the memory.
