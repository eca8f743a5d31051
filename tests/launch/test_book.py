"""How the book is made; what it looks like is tested in tests/browser."""

import argparse

import nbformat
import pytest
from docutils.utils.math import MathError

from course_utils.authoring import book, notebooks
from course_utils.authoring.book import execute, glossary, pages
from course_utils.authoring.book.mathml import mathml
from course_utils.chapters import CHAPTERS, chapter
from course_utils.checking import core

KERNEL = {"kernelspec": {"name": "python3", "display_name": "Python 3"}}


def notebook(*sources):
    cells = [nbformat.v4.new_code_cell(source) for source in sources]
    made = nbformat.v4.new_notebook(cells=cells, metadata=KERNEL)
    made.metadata["course"] = {"digest": notebooks.digest(cells)}
    return made


# Executing.


def test_a_notebook_that_fails_is_named_and_no_book_is_made():
    with pytest.raises(book.BookError, match=r"(?s)07_x does not run .*ZeroDivision"):
        execute.run(notebook("1 / 0"), "07_x", execute.environment(None))


def test_what_ran_once_is_taken_again_until_something_changes(tmp_path, monkeypatch):
    runs = []

    def run(built, name, env):
        runs.append(name)
        return built

    monkeypatch.setattr(execute, "run", run)
    monkeypatch.setattr(execute, "mnist", lambda: None)
    cache = tmp_path / "cache"
    three = CHAPTERS[:3]
    for _ in range(2):
        found = execute.all_notebooks(three, cache)
        assert set(found) == {page.name for page in three}
        assert sorted(runs) == [page.name for page in three]
    monkeypatch.setattr(execute, "mnist", lambda: tmp_path)
    execute.all_notebooks(three[:1], cache)
    assert len(runs) == 4
    assert len(list(cache.iterdir())) == 3


def test_the_data_and_the_cells_make_the_key(tmp_path):
    keys = [execute.key(notebook(cell), None) for cell in ("1", "1", "2")]
    assert keys[0] == keys[1] != keys[2]
    assert execute.key(notebook("1"), tmp_path) not in keys


# Pages.


@pytest.mark.parametrize("page", book.PAGES, ids=lambda page: page.name)
def test_every_exercise_offers_its_hints_and_its_solution(page):
    for exercise in page.exercises().values():
        box = pages.exercise_box(exercise)
        has_solution = not isinstance(exercise, core.Prediction)
        assert box.count("<details>") == len(exercise.hints) + has_solution
        assert box.count("<details>") == box.count("</details>")


def test_the_right_option_of_a_choice_comes_first():
    exercises = [each for c in CHAPTERS for each in c.exercises().values()]
    choices = [e for e in exercises if isinstance(e, core.ChoiceExercise)]
    assert choices
    for each in choices:
        solution = pages.exercise_box(each).split("<summary>Solution</summary>")[1]
        assert solution.startswith(f"<p><strong>{each.answer})</strong>")


def test_a_page_shows_stubs_even_if_a_solved_notebook_was_run():
    built = notebooks.build(chapter("00"))
    solved = notebooks.solve(built, chapter("00").exercises())
    shown = pages.page(chapter("00"), solved)
    assert notebooks.stubs(shown) == notebooks.stubs(built) != notebooks.stubs(solved)


def test_badges_stay_out_of_a_page_and_a_plain_picture_stays_in():
    text = "# A\n\n[![Open](https://x/y.svg)](https://z)\n\n![Sketch](a.png)\n"
    assert pages._BADGE.sub("", text) == "# A\n\n\n![Sketch](a.png)\n"


# Glossary and formulas.


def test_a_wide_table_of_a_model_can_be_scrolled_with_the_keyboard():
    table, other = '<pre style="white-space:pre;a">', '<pre style="margin:0">'
    outputs = [
        nbformat.v4.new_output("display_data", {"text/html": html})
        for html in (table, other)
    ]
    shown = [output.data["text/html"] for output in pages._shown(outputs)]
    assert shown == ['<pre tabindex="0" style="white-space:pre;a">', other]


def test_every_entry_of_the_glossary_is_found_with_its_anchor():
    source = chapter("01").source.read_text(encoding="utf-8")
    anchors = [term.anchor for term in glossary.terms()]
    assert len(anchors) == source.count('<a id="') > 20
    assert all(f'<a id="{anchor}"></a>' in source for anchor in anchors)
    assert all(term.definition.endswith(".") for term in glossary.terms())


@pytest.mark.parametrize(
    ("text", "anchor"),
    [
        ("two hidden layers", "layer"),
        ("Learning rates of", "learning-rate"),
        ("deep\nlearning", "deep-learning"),
        ("the biases", "bias"),
    ],
)
def test_a_term_is_known_in_the_plural_and_at_the_beginning(text, anchor):
    pattern, by_name = glossary._any_name()
    found = pattern.search(text)
    assert by_name[" ".join(found[1].lower().split())].anchor == anchor


@pytest.mark.parametrize("text", ["relu_backward", "player", "lossless", "batch-wise"])
def test_a_part_of_a_word_is_no_term(text):
    assert glossary._any_name()[0].search(text) is None


def test_signs_and_commands_give_the_same_formula():
    assert mathml("a · b ≤ c", False) == mathml(r"a \cdot b \le c", False)
    assert 'display="block"' in mathml(r"\frac{1}{2}", True)
    with pytest.raises(MathError):
        mathml(r"\nonsense", False)


# Where it is written.


def test_a_folder_that_holds_something_else_is_left_alone(tmp_path, capsys):
    (tmp_path / "thesis.txt").write_text("mine")
    assert book.command(argparse.Namespace(output=str(tmp_path))) == 1
    assert "left alone" in capsys.readouterr().err
    assert [path.name for path in tmp_path.iterdir()] == ["thesis.txt"]


def test_the_first_page_lists_every_page_once():
    text = pages.first_page(list(book.PAGES))
    for each in book.PAGES:
        assert text.count(f'href="{pages.address(each)}.html"') == 1
