"""The style guide's checkable rules, and proof that each of them can fail."""

import pytest

from course_utils.chapters import CAPSTONES, CHAPTERS, WORKED
from tests.notebooks.sample import CHAPTER as GOOD
from tests.notebooks.style import RULES, problems

# A project has no recap, no recall, and sections that its reader fills in; it has
# few cells, and most of them set up what a chapter would introduce step by step.
NOT_OF_PROJECTS = {
    *("sections_in_order", "objectives", "recap_mirrors_objectives"),
    *("three_recall_questions", "reading_with_reasons", "short_cells"),
}


@pytest.mark.parametrize(
    "chapter", [*CHAPTERS, *CAPSTONES, *WORKED], ids=lambda chapter: chapter.name
)
def test_chapter_and_project_keep_the_style(chapter):
    source = chapter.source.read_text(encoding="utf-8")
    rules = [
        name for name in RULES if chapter in CHAPTERS or name not in NOT_OF_PROJECTS
    ]
    broken = problems(source, chapter.number, rules)
    assert not broken, "\n" + "\n".join(f"{rule}: {text}" for rule, text in broken)


def test_good_sample_breaks_no_rule():
    assert problems(GOOD) == []


LONG = "\n".join(f"x = {number}" for number in range(26))
LONGER = "\n".join(f"x = {number}" for number in range(41))
CELL, TEXT = "\n# %%\n", "\n# %% [markdown]\n# Some words.\n"
SLIDERS = """
# %%
x = 1

def line(w):
    return w * x

def draw(ax, w):
    y = line(w)
    ax.plot(y)

explore(draw, {"w": (0, 1, 0.1, 0)}, line)
"""
FIGURE = "*In the figure: a line"
PRINT = "print(2 + 2)"
FILLERS = ("just", "simply", "obviously", "trivial", "trivially", "clearly")
LAST = "# - [Addition](https://example.org/just) shows why carrying works.\n"

# By rule: what to replace in the good sample, and by what.
VIOLATIONS = {
    "one_title": {
        "second H1": ("## Recap", "# Recap"),
        "H1 not first": ("# # Add two", "# Hello.\n#\n# # Add two"),
    },
    "sections_in_order": {
        "no recap": ("## Recap\n", "### Recap\n"),
        "no recall": ("## Recall\n", "### Recall\n"),
        "objectives after": ("## Before you start", "## 1. Before you start"),
        "wrong number": ("## 2. Draw it", "## 3. Draw it"),
        "section without number": ("## 2. Draw it", "## Draw it"),
        "no numbered section": ("## 1. How", "### How"),
    },
    "objectives": {
        "two objectives": ("# - **Predict** what comes out.\n", ""),
        "objective without verb": ("- **Add** two", "- Add two"),
        "objective without rest": ("**Predict** what comes out.", "**Add**"),
        "objective understands": ("that are given.", "and understand it."),
    },
    "recap_mirrors_objectives": {
        "recap without a bullet": ("# - **Add**: you did.", "#"),
        "recap in another order": ("**Add**: you", "**Go**: you"),
    },
    "three_recall_questions": {"two recall questions": ("# 3. What is a sum?\n", "")},
    "reading_with_reasons": {
        "reading without link": ("[Addition](https://example.org/just)", "Addition"),
        "reading without reason": (" shows why carrying works.", ""),
        "no reading": (LAST, "#\n"),
    },
    "short_cells": {
        "high median": (LAST, LAST + (TEXT + CELL + "x = 1\n" * 6) * 9),
        "many medium cells": (LAST, LAST + (TEXT + CELL + "x = 1\n" * 11) * 2),
    },
    "no_long_cell": {
        "long cell": (PRINT, LONG),
        "too long though marked": (LAST, LAST + '\n# %% tags=["long-cell"]\n' + LONGER),
        "two marked cells": (LAST, LAST + '\n# %% tags=["long-cell"]\nx = 1\n' * 2),
    },
    "line_length": {"long line": (PRINT, f"{PRINT}  # {'x' * 64}")},
    "prose_between_code": {"three code cells": (PRINT, f"{PRINT}\n{CELL}{PRINT}")},
    "figures_are_shown": {
        "figure not shown": ("plt.show()\n", ""),
        "figure shown early": ("plt.show()\n", "plt.show()\nx = 1\n"),
        "shared figure not shown": (PRINT, "plots.grid(x)"),
    },
    "figures_have_alt_text": {
        "no alt text": (FIGURE, "A line"),
        "alt text too late": (
            "# %% [markdown]\n# *In",
            "# %%\nprint(1)\n\n# %% [markdown]\n# *In",
        ),
    },
    "figures_have_titles": {"no title": ('ax.set_title("The sum grows")\n', "")},
    "nothing_forbidden": {
        "pip": (PRINT, "# %pip install numpy"),
        "shell pip": (PRINT, "# !pip install numpy"),
        "pip by magic": (PRINT, 'get_ipython().run_line_magic("pip", "install numpy")'),
        "pip as a process": (
            PRINT,
            "subprocess.run([sys.executable, '-m', 'pip', 'install', 'numpy'])",
        ),
        "star import": ("import matplotlib.pyplot as plt", "from math import *"),
        "sys.path": (PRINT, 'sys.path.append("..")'),
        "interact": (PRINT, "@interact(x=3)\ndef f(x):\n    pass"),
        "Output": (PRINT, "out = widgets.Output()"),
        "skipped in the tests": (PRINT, "# NBVAL_SKIP\nx = 1"),
    },
    "one_import_cell": {
        "late import": (PRINT, "import math"),
        "import in a function": (PRINT, "def f():\n    import math"),
    },
    "sliders_keep_their_data": {
        "data of sliders changed": (
            LAST,
            LAST + SLIDERS + CELL + "for k in range(3):\n    x = k\n",
        ),
        "function of sliders changed": (
            LAST,
            LAST + SLIDERS + CELL + "def line(w):\n    return 0\n",
        ),
    },
    "no_fillers": {
        **{word: ("One sentence", f"{word.title()} sentence") for word in FILLERS},
        "of course": ("One sentence", "Of\n# course"),
    },
    "no_list_by_accident": {
        "list by accident": ("#   that are given.", "#   between 0 and\n#   1.")
    },
    "syntax": {"no Python": (PRINT, "print(2 +")},
}
CASES = [(rule, case) for rule in VIOLATIONS for case in VIOLATIONS[rule]]


def test_sliders_may_share_names_that_stay_or_are_their_own():
    later = CELL + "y = 2\nz = [x for x in range(3)]\ndef f():\n    x = 1\n"
    assert problems(GOOD.replace(LAST, LAST + SLIDERS + later)) == []


@pytest.mark.parametrize(("rule", "case"), CASES)
def test_violation_is_found(rule, case):
    old, new = VIOLATIONS[rule][case]
    assert GOOD.count(old) >= 1, "the sample has changed"
    assert rule in {name for name, _ in problems(GOOD.replace(old, new, 1))}


def test_every_rule_has_a_violation():
    assert set(VIOLATIONS) == set(RULES)


@pytest.mark.parametrize(
    ("old", "new"),
    [
        (PRINT, f"{PRINT}\n# " + "comment\n# " * 30),
        ("    ...  # your", '    """More."""\n    ...  # your'),
        ("One sentence", "`just` adjusts [sums](https://example.org/clearly)"),
        (
            "# 1. What is a batch?\n# 2. What is a row?\n# 3. What is a sum?\n",
            "# <details>1</details>\n#\n# <details>2</details> <details>3</details>\n",
        ),
        (LAST, f'{LAST}\n# %% tags=["long-cell"]\n{LONG}\n'),
        (LAST, f'{LAST}\n# %% tags=["shown-as-written"]\nimport math\n'),
        (LAST, f"{LAST}\n# %%\ndef draw():\n    return plt.subplots()\n"),
        ("# ## 2. Draw it", "# ```\n# # a comment, no heading\n# ```\n#\n# ## 2. Draw"),
    ],
)
def test_what_is_allowed_passes(old, new):
    assert GOOD.count(old) >= 1, "the sample has changed"
    assert problems(GOOD.replace(old, new, 1)) == []


def test_only_the_first_chapter_goes_without_recall():
    start = GOOD.index("# ## Recall")
    source = GOOD[:start] + GOOD[GOOD.index("# ## Further") :]
    assert problems(source, "00") == []
    assert problems(source, "06") != []


def test_docstrings_of_stubs_do_not_count_as_code():
    task = "Return the sum of a and b.\n\n" + "    More words.\n" * 30 + "    "
    assert problems(GOOD.replace("Return the sum of a and b.", task)) == []
