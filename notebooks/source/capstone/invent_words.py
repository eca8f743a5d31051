# ---
# jupyter:
#   kernelspec:
#     display_name: Python 3 (ipykernel)
#     language: python
#     name: python3
# ---

# %% [markdown]
# # Invent words
#
# Section 4 of [chapter 10](../10_where_next.ipynb) invents words in four
# languages. How good is it? "They look right" is an opinion. Make a generator,
# and measure it.
#
# **The target**, on words kept apart: at least 0.3 bits per letter fewer than
# a table of letter pairs, *and* of 200 words that it invents at the
# temperature 1 at most 20 % are copies of training words.
#
# You need chapters 05 and 08, section 4 of chapter 10, and about three hours.
# The notebook runs as it is; you fill in the sections 2, 4, 5, 6 and 7.

# %%
from importlib import resources

from course_utils import runtime

with runtime.quiet_start():
    import keras

import numpy as np

from course_utils.exercises import chapter_invent_words as ex

# %% [markdown]
# ## 1. The data
#
# 800 words in four languages: 600 to train, 100 to choose, 100 for the end. A
# list of your own works as well: names of villages, plants, football clubs.

# %%
path = resources.files("course_utils").joinpath("words.txt")
rows = [row.split(": ") for row in path.read_text("utf-8").splitlines()]
pairs = [(lang, word) for lang, row in rows for word in row.split()]
order = np.random.default_rng(0).permutation(len(pairs))
pairs = [pairs[i] for i in order]
train, valid, test = pairs[:600], pairs[600:700], pairs[700:]
print(len(train), len(valid), len(test), train[:3])

# %% [markdown]
# ## 2. A first step, checked
#
# A generator answers one question again and again: which letter comes next?
# Write `contexts`, which takes a word apart into questions and answers. For
# `"sea"` and a width of 2 they are `("..", "s")`, `(".s", "e")`,
# `("se", "a")` and `("ea", ".")`.


# %% exercise="contexts"
def contexts(word, width):
    """List of (the last `width` signs, the next sign); a dot is no letter."""
    ...  # your code here


contexts = ex.contexts.check(contexts)

# %% [markdown]
# ## 3. Baseline and measurement
#
# The measure is what chapter 03 called cross-entropy, with the logarithm to
# the base 2: the mean of $-\log_2 p$, where $p$ is the probability that was
# given to the letter that came. It is the number of yes-or-no questions that
# each letter still costs. A blind guess among 27 signs costs 4.75.
#
# The baseline counts which letter follows which.

# %%
signs = ".abcdefghijklmnopqrstuvwxyz"
counts = np.full((27, 27), 0.1)  # a pair never seen is rare, not impossible
for _, word in train:
    for before, letter in contexts(word, 1):
        counts[signs.index(before), signs.index(letter)] += 1
follows = counts / counts.sum(axis=1, keepdims=True)


def by_pairs(language, before):
    """Probabilities of the next sign after the text so far: (27,)."""
    return follows[signs.index(before[-1])]


# %% [markdown]
# A generator is a function like `by_pairs`: language and the text so far in
# (with dots in front), 27 probabilities out. Whatever you build, wrap it so.


# %%
def bits(generator, words, width=8):
    """Mean cost of a letter in bits."""
    costs = [
        -np.log2(generator(language, before)[signs.index(letter)])
        for language, word in words
        for before, letter in contexts(word, width)
    ]
    return np.mean(costs)


def invent(generator, language, rng, width=8):
    """Return one invented word, of 15 letters at most."""
    text = "." * width
    while len(text) < width + 15:
        letter = rng.choice(27, p=generator(language, text[-width:]))
        if letter == 0:
            break
        text += signs[letter]
    return text[width:]


# %%
def report(name, generator, words):
    """Print both numbers, and whether they meet the target."""
    rng = np.random.default_rng(0)
    languages = [language for language, _ in train[:200]]
    invented = [invent(generator, lang, rng) for lang in languages]
    copied = np.mean([w in {word for _, word in train} for w in invented])
    cost, target = bits(generator, words), bits(by_pairs, words) - 0.3
    marks = [
        "met" if ok else "not yet" for ok in (cost <= target, copied <= 0.2)
    ]
    print(f"{name}: {cost:.2f} bits, target {target:.2f} ({marks[0]})")
    print(f"copied {copied:.0%} ({marks[1]}); some:", *invented[:8])


report("baseline, validation", by_pairs, valid)

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
# Some ways to go, from easy to hard: a table of letter triples · the network
# of chapter 10, with dropout · how many letters back? · with and without the
# language · one network for each language or one for all · attention over the
# whole word, with the places told.

# %%
keras.utils.set_random_seed(0)
# your code here

# %% [markdown]
# ## 6. The final number
#
# Once, with the generator that you have chosen.

# %%
final = None  # your generator

if final is not None:
    report("final, test", final, test)

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
