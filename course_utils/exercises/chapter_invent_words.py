"""Exercises of the project "Invent words"."""

from .core import ExerciseSet

exercises = ExerciseSet("invent_words")


@exercises.function(
    title="Questions and answers from a word",
    points=2,
    cases=[("a", 1), ("be", 2), ("word", 1), ("sea", 3), ("letter", 2)],
    hints=(
        "A word has one question for each of its letters, and one more: that the "
        "word ends is an answer too. What is the answer then?",
        'Put `width` dots in front of the word and one behind it: `"..sea."` for a '
        "width of 2.",
        "Then go along: each letter after the first dots is an answer, and the "
        "`width` signs before it are its question.",
    ),
)
def contexts(word, width):
    """List of (the last `width` signs, the next sign); a dot is no letter."""
    text = "." * width + word + "."
    return [(text[i - width : i], text[i]) for i in range(width, len(text))]


@contexts.alternative
def contexts_by_a_moving_window(word, width):
    seen, found = "." * width, []
    for letter in [*word, "."]:
        found.append((seen, letter))
        seen = seen[1:] + letter
    return found


@contexts.mistake(
    "The end is missing: a generator that has never seen a word end will not stop."
)
def without_the_end(word, width):
    return contexts_by_a_moving_window(word, width)[:-1]


@contexts.mistake(
    "The beginning is missing: the first letters are never asked for, so nothing "
    "can begin a word."
)
def without_the_beginning(word, width):
    return contexts_by_a_moving_window(word, width)[width:]


@contexts.mistake(
    "The question contains its own answer. It ends with the sign before the answer."
)
def with_the_answer(word, width):
    pairs = contexts_by_a_moving_window(word, width)
    return [(seen[1:] + letter, letter) for seen, letter in pairs]


@contexts.mistake(
    "The questions grow with the word. A network with a fixed number of inputs needs "
    "them all equally long."
)
def growing(word, width):
    text = "." * width + word + "."
    return [(text[:i], text[i]) for i in range(width, len(text))]


@contexts.mistake("The questions are right, but the answers are missing.")
def questions_only(word, width):
    return [seen for seen, _ in contexts_by_a_moving_window(word, width)]
