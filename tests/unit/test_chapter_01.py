"""What chapter 01 says about its word list and its networks' sizes holds."""

import re
from collections import Counter
from importlib import resources

import pytest

from course_utils.exercises.chapter_01 import parameter_count


@pytest.fixture(scope="module")
def words():
    text = resources.files("course_utils").joinpath("words.txt").read_text("utf-8")
    found = {}
    for line in text.splitlines():
        language, row = line.split(": ")
        found.setdefault(language, []).extend(row.split())
    return found


def test_each_of_the_four_languages_has_200_words(words):
    counts = {language: len(row) for language, row in words.items()}
    assert counts == dict.fromkeys(["English", "German", "Italian", "Finnish"], 200)


def test_no_word_is_listed_twice_or_in_two_languages(words):
    counts = Counter(word for row in words.values() for word in row)
    assert [word for word, n in counts.items() if n > 1] == []


def test_words_have_no_letter_that_gives_the_language_away(words):
    everything = [word for row in words.values() for word in row]
    assert [word for word in everything if not re.fullmatch("[a-z]{3,}", word)] == []


def test_the_word_that_the_chapter_tries_first_is_not_in_the_list(words):
    assert all("schmetterling" not in row for row in words.values())


@pytest.mark.parametrize(
    ("widths", "numbers"),
    [
        ([56, 1], 57),
        ([784, 32, 1], 25_153),
        ([10, 32, 1], 385),
        ([10, 1], 11),
        ([2, 44, 1], 177),
        ([2, 8, 8, 8, 1], 177),
    ],
)
def test_the_networks_have_as_many_numbers_as_the_text_says(widths, numbers):
    assert parameter_count(widths) == numbers
