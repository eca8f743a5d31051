"""A small chapter that keeps every rule, for the tests of the tests."""

CHAPTER = '''# %% [markdown]
# # Add two numbers
#
# One sentence about it.

# %% [markdown]
# ## What you will be able to do
#
# - **Add** two numbers
#   that are given.
# - **Draw a sum** as a line.
# - **Predict** what comes out.
#
# ## Before you start
#
# You need chapter 00, and 60 minutes.

# %%
import matplotlib.pyplot as plt

# %% [markdown]
# ## 1. How much is two and two?

# %% exercise="add"
def add(a, b):
    """Return the sum of a and b."""
    ...  # your code here


# %% [markdown]
# Two cells may stand in a row, a third may not.

# %% exercise="total"
answer = None  # your number

# %%
# NBVAL_CHECK_OUTPUT
print(2 + 2)

# %% [markdown]
# ## 2. Draw it

# %%
fig, ax = plt.subplots()
ax.plot([0, 4])
ax.set_title("The sum grows")
ax.set_xlabel("step")
plt.show()

# %% [markdown]
# *In the figure: a line that rises from 0 to 4.*

# %% [markdown]
# ## Recap
#
# - **Add**: you did.
# - **Draw a sum**: see section 2.
# - **Predict**: four.
#
# ## Recall
#
# 1. What is a batch?
# 2. What is a row?
# 3. What is a sum?
#
# ## Further reading
#
# - [Addition](https://example.org/just) shows why carrying works.
'''
