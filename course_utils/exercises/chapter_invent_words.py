"""Exercises of the project "Invent words"."""

from course_utils.checking.core import ExerciseSet

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


@contexts.mistake("The answers are right, but the questions are missing.")
def answers_only(word, width):
    return [letter for _, letter in contexts_by_a_moving_window(word, width)]


@contexts.mistake("In each pair the answer comes first. The question should.")
def answer_before_question(word, width):
    return [(letter, seen) for seen, letter in contexts_by_a_moving_window(word, width)]


@contexts.mistake(
    "Both ends are missing: no question begins a word, and none ends it. Only places "
    "with enough letters before them are left."
)
def inside_only(word, width):
    return [(word[i - width : i], word[i]) for i in range(width, len(word))]


@contexts.mistake(
    "The first questions are too short: there are no dots in front of the word. All "
    "questions need the same length."
)
def without_dots_in_front(word, width):
    text = word + "."
    return [(text[max(i - width, 0) : i], text[i]) for i in range(len(text))]


@contexts.mistake(
    "The first questions are empty or cut wrongly: a slice that begins below 0 counts "
    "from the end of the word. Dots in front of it leave no such slice."
)
def slices_from_below_zero(word, width):
    text = word + "."
    return [(text[i - width : i], text[i]) for i in range(len(text))]


@contexts.mistake(
    "One dot in front is enough for a width of 1 only. How many signs does the first "
    "question need?"
)
def one_dot_in_front(word, width):
    text = "." + word + "."
    return [(text[max(i - width, 0) : i], text[i]) for i in range(1, len(text))]


@contexts.mistake(
    "There are as many dots behind the word as in front, so the end is asked for again "
    "and again. A word ends once."
)
def ends_again_and_again(word, width):
    text = "." * width + word + "." * width
    return [(text[i - width : i], text[i]) for i in range(width, len(text))]


@contexts.mistake(
    "The first answer is a dot, as if a word could end before it begins. There is one "
    "dot too many in front, or the answers begin one place too early."
)
def one_dot_too_many(word, width):
    text = "." * (width + 1) + word + "."
    return [(text[i - width : i], text[i]) for i in range(width, len(text))]


@contexts.mistake(
    "The first letter is never asked for, so nothing can begin a word: there are not "
    "enough dots in front, or the answers begin one place too late."
)
def without_the_first_letter(word, width):
    return contexts_by_a_moving_window(word, width)[1:]


@contexts.mistake(
    "There are spaces where the exercise says dots. The next cells look the dot up "
    "among the signs; a space is not there."
)
def spaces_for_dots(word, width):
    text = " " * width + word + " "
    return [(text[i - width : i], text[i]) for i in range(width, len(text))]


@contexts.mistake(
    "The loop runs past the end of the text: the last answers do not exist. How many "
    "questions has a word?"
)
def past_the_end(word, width):
    text = "." * width + word + "."
    return [(text[i : i + width], text[i + width]) for i in range(len(text))]


@contexts.mistake(
    "The questions are written backwards. They should read as the word does."
)
def backwards(word, width):
    return [(seen[::-1], x) for seen, x in contexts_by_a_moving_window(word, width)]


@contexts.mistake(
    "The answers have as many letters as the questions. One question asks for one sign."
)
def several_letters_for_an_answer(word, width):
    text = "." * width + word + "."
    places = range(width, len(text))
    return [(text[i - width : i], text[i : i + width]) for i in places]


@contexts.mistake(
    "Question and answer are glued into one text. Keep them apart, as a pair."
)
def glued_together(word, width):
    return [seen + x for seen, x in contexts_by_a_moving_window(word, width)]


@contexts.mistake(
    "The questions stand in one list and the answers in another. Asked for is one list "
    "of pairs."
)
def two_lists(word, width):
    pairs = contexts_by_a_moving_window(word, width)
    return [seen for seen, _ in pairs], [letter for _, letter in pairs]


@contexts.mistake(
    "A dict has one answer for each question, and the same question can come up twice "
    "with different answers. Make a list of pairs."
)
def a_dict(word, width):
    return dict(contexts_by_a_moving_window(word, width))


@contexts.mistake(
    "The last answer is empty. That the word ends is told by a sign, the dot."
)
def an_empty_answer(word, width):
    pairs = contexts_by_a_moving_window(word, width)
    return [*pairs[:-1], (pairs[-1][0], "")]


@contexts.mistake(
    "The questions always have two signs, as in the example. `width` says how many."
)
def always_two(word, width):
    return contexts_by_a_moving_window(word, 2)


@contexts.mistake(
    "Only the first pair comes back. Does the `return` stand inside the loop?"
)
def first_pair_only(word, width):
    return contexts_by_a_moving_window(word, width)[:1]
