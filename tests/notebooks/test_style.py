"""The style guide's checkable rules, and proof that each of them can fail."""

import pytest

from course_utils.chapters import CHAPTERS
from tests.notebooks.sample import CHAPTER as GOOD
from tests.notebooks.style import RULES, problems

WRITTEN = [chapter for chapter in CHAPTERS if chapter.source.is_file()]


@pytest.mark.parametrize("chapter", WRITTEN, ids=lambda chapter: chapter.number)
def test_chapter_keeps_the_style(chapter):
    source = chapter.source.read_text(encoding="utf-8")
    broken = problems(source, chapter.number)
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
LAST = "# - [Addition](https://example.org/just) shows why carrying works.\n"

# Rule, what to replace in the good sample, and by what.
VIOLATIONS = {
    "second H1": ("one_title", "## Recap", "# Recap"),
    "H1 not first": ("one_title", "# # Add two", "# Hello.\n#\n# # Add two"),
    "no recap": ("sections_in_order", "## Recap\n", "### Recap\n"),
    "no recall": ("sections_in_order", "## Recall\n", "### Recall\n"),
    "objectives after": (
        "sections_in_order",
        "## Before you start",
        "## 1. Before you start",
    ),
    "wrong number": ("sections_in_order", "## 2. Draw it", "## 3. Draw it"),
    "section without number": ("sections_in_order", "## 2. Draw it", "## Draw it"),
    "no numbered section": ("sections_in_order", "## 1. How", "### How"),
    "two objectives": ("objectives", "# - **Predict** what comes out.\n", ""),
    "objective without verb": ("objectives", "- **Add** two", "- Add two"),
    "objective without rest": ("objectives", "**Predict** what comes out.", "**Add**"),
    "objective understands": ("objectives", "that are given.", "and understand it."),
    "recap without a bullet": (
        "recap_mirrors_objectives",
        "# - **Add**: you did.",
        "#",
    ),
    "recap in another order": (
        "recap_mirrors_objectives",
        "**Add**: you",
        "**Go**: you",
    ),
    "two recall questions": ("three_recall_questions", "# 3. What is a sum?\n", ""),
    "reading without link": (
        "reading_with_reasons",
        "[Addition](https://example.org/just)",
        "Addition",
    ),
    "reading without reason": (
        "reading_with_reasons",
        " shows why carrying works.",
        "",
    ),
    "no reading": ("reading_with_reasons", LAST, "#\n"),
    "high median": (
        "short_cells",
        LAST,
        LAST + (TEXT + CELL + "x = 1\n" * 6) * 9,
    ),
    "many medium cells": (
        "short_cells",
        LAST,
        LAST + (TEXT + CELL + "x = 1\n" * 11) * 2,
    ),
    "long cell": ("no_long_cell", PRINT, LONG),
    "too long though marked": (
        "no_long_cell",
        LAST,
        LAST + '\n# %% tags=["long-cell"]\n' + LONGER,
    ),
    "two marked cells": (
        "no_long_cell",
        LAST,
        LAST + '\n# %% tags=["long-cell"]\nx = 1\n' * 2,
    ),
    "long line": ("line_length", PRINT, f"{PRINT}  # {'x' * 64}"),
    "three code cells": (
        "prose_between_code",
        PRINT,
        f"{PRINT}\n{CELL}{PRINT}",
    ),
    "figure not shown": ("figures_are_shown", "plt.show()\n", ""),
    "figure shown early": ("figures_are_shown", "plt.show()\n", "plt.show()\nx = 1\n"),
    "shared figure not shown": ("figures_are_shown", PRINT, "plots.grid(x)"),
    "no alt text": ("figures_have_alt_text", FIGURE, "A line"),
    "alt text too late": (
        "figures_have_alt_text",
        "# %% [markdown]\n# *In",
        "# %%\nprint(1)\n\n# %% [markdown]\n# *In",
    ),
    "no title": ("figures_have_titles", 'ax.set_title("The sum grows")\n', ""),
    "pip": ("nothing_forbidden", PRINT, "# %pip install numpy"),
    "shell pip": ("nothing_forbidden", PRINT, "# !pip install numpy"),
    "pip by magic": (
        "nothing_forbidden",
        PRINT,
        'get_ipython().run_line_magic("pip", "install numpy")',
    ),
    "pip as a process": (
        "nothing_forbidden",
        PRINT,
        "subprocess.run([sys.executable, '-m', 'pip', 'install', 'numpy'])",
    ),
    "star import": (
        "nothing_forbidden",
        "import matplotlib.pyplot as plt",
        "from math import *",
    ),
    "sys.path": ("nothing_forbidden", PRINT, 'sys.path.append("..")'),
    "interact": ("nothing_forbidden", PRINT, "@interact(x=3)\ndef f(x):\n    pass"),
    "Output": ("nothing_forbidden", PRINT, "out = widgets.Output()"),
    "skipped in the tests": ("nothing_forbidden", PRINT, "# NBVAL_SKIP\nx = 1"),
    "late import": ("one_import_cell", PRINT, "import math"),
    "import in a function": (
        "one_import_cell",
        PRINT,
        "def f():\n    import math",
    ),
    "data of sliders changed": (
        "sliders_keep_their_data",
        LAST,
        LAST + SLIDERS + CELL + "for k in range(3):\n    x = k\n",
    ),
    "function of sliders changed": (
        "sliders_keep_their_data",
        LAST,
        LAST + SLIDERS + CELL + "def line(w):\n    return 0\n",
    ),
    "just": ("no_fillers", "One sentence", "Just one sentence"),
    "simply": ("no_fillers", "One sentence", "Simply one sentence"),
    "obviously": ("no_fillers", "One sentence", "Obviously one sentence"),
    "trivial": ("no_fillers", "One sentence", "A trivial sentence"),
    "trivially": ("no_fillers", "One sentence", "It trivially follows"),
    "of course": ("no_fillers", "One sentence", "Of\n# course"),
    "clearly": ("no_fillers", "One sentence", "Clearly one sentence"),
    "list by accident": (
        "no_list_by_accident",
        "#   that are given.",
        "#   between 0 and\n#   1.",
    ),
    "no Python": ("syntax", PRINT, "print(2 +"),
}


def test_sliders_may_share_names_that_stay_or_are_their_own():
    later = CELL + "y = 2\nz = [x for x in range(3)]\ndef f():\n    x = 1\n"
    assert problems(GOOD.replace(LAST, LAST + SLIDERS + later)) == []


@pytest.mark.parametrize("case", VIOLATIONS)
def test_violation_is_found(case):
    rule, old, new = VIOLATIONS[case]
    assert GOOD.count(old) >= 1, "the sample has changed"
    assert rule in {name for name, _ in problems(GOOD.replace(old, new, 1))}


def test_every_rule_has_a_violation():
    assert {rule for rule, _, _ in VIOLATIONS.values()} == set(RULES)


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
