"""What chapter 10 says beyond what its own cells run."""

import ast
import re

import numpy as np

from course_utils.authoring.notebooks import build
from course_utils.chapters import CHAPTERS, chapter
from course_utils.exercises import chapter_10
from tests.benchmarks import chapter_code


def test_slide_is_the_convolution_of_keras():
    import keras

    rng = np.random.default_rng(0)
    image, weights = rng.random((7, 5)), rng.normal(size=(3, 2))
    theirs = keras.ops.conv(image[None, :, :, None], weights[:, :, None, None])
    np.testing.assert_allclose(
        chapter_10.slide(image, weights), theirs[0, :, :, 0], rtol=1e-5, atol=1e-6
    )


def test_attention_is_that_of_keras():
    import keras

    rng = np.random.default_rng(0)
    Q, K, V = (rng.normal(size=size) for size in ((3, 4), (5, 4), (5, 2)))
    layer = keras.layers.Attention()  # it does not divide by the root
    theirs = layer([Q[None] / np.sqrt(4), V[None], K[None]])[0]
    np.testing.assert_allclose(chapter_10.attention(Q, K, V), theirs, rtol=1e-4)


def test_attention_without_places_does_not_know_the_order():
    """Rows of signs in another order give the same rows in that order."""
    rng = np.random.default_rng(0)
    X, order = rng.normal(size=(6, 4)), rng.permutation(6)
    mixed = chapter_10.attention(X, X, X)
    np.testing.assert_allclose(
        chapter_10.attention(X[order], X[order], X[order]), mixed[order]
    )


def test_things_that_run_fit_in_fifteen_lines():
    """Issue and objectives promise small things: the core of each section."""
    cores = {
        "finder = keras.Sequential": "convolution",
        "def reverser(": "attention",
        "writer = keras.Sequential": "generation",
        "def learn_to_walk(": "reinforcement learning",
    }
    cells = [cell.source for cell in build(chapter("10")).cells]
    for start in cores:
        (source,) = (cell for cell in cells if start in cell)
        for node in ast.walk(ast.parse(source)):
            if isinstance(node, ast.Expr) and isinstance(node.value, ast.Constant):
                node.value.value = ""  # a docstring is no code
        # One statement may take several lines on the page: count it once.
        statements = [n for n in ast.walk(ast.parse(source)) if isinstance(n, ast.stmt)]
        assert len(statements) <= 15, start


def test_questions_of_recall_have_the_answers_that_follow_from_their_numbers():
    text = chapter_code.text("10")
    assert chapter_10.recall_updates.answer == 10_000 // 50 * 4
    listed = re.search(r"Setting A reads ([^%]+)% .*?reads ([^%]+)%", text, re.DOTALL)
    a, b = (
        np.array([float(n) for n in re.findall(r"\d\d\.\d", part)])
        for part in listed.groups()
    )
    np.testing.assert_allclose(b - a, 0.2)
    assert a.max() > b.min(), "the ranges overlap"


def test_it_counts_the_chapters_and_the_points_right():
    text = chapter_code.text("10")
    assert len(CHAPTERS) == 11
    assert "eleven chapters" in text
    rubric = re.findall(r"^\| \*\*\w+\*\* \|.*\|$", text, re.MULTILINE)
    assert 2 * len(rubric) == 12
    assert "Eight of twelve" in text


def test_the_worked_example_adds_its_points_up_right():
    from course_utils.chapters import WORKED

    (worked,) = WORKED
    told = worked.source.read_text(encoding="utf-8").split("By the rubric:")[1]
    listed = told.split("The final reader")[0].replace("\n# ", " ")
    points = [int(n) for n in re.findall(r"[a-z] (\d)\b", listed)]
    assert len(points) == 6
    assert sum(points) == 10
    assert "Ten of twelve" in told
