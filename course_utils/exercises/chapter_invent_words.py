"""Exercises of the project "Invent words"."""

from course_utils.checking.core import AnswerFormError, ExerciseSet

exercises = ExerciseSet("invent_words")


def _shown(pairs):
    """Write each pair of texts as one, with an arrow; leave the rest as it is."""
    if isinstance(pairs, zip):
        raise AnswerFormError("A zip can be gone through only once: list it.", pairs)
    if isinstance(pairs, dict | set):
        name = type(pairs).__name__
        message = f"A {name} holds nothing twice, and a question can come up twice."
        raise AnswerFormError(f"{message} Make a list of pairs.", pairs)
    if not isinstance(pairs, list | tuple):
        return pairs
    if any(isinstance(pair, tuple) and list in map(type, pair) for pair in pairs):
        message = 'A question is one text, such as "se", and not a list of letters.'
        raise AnswerFormError(message, pairs)
    return [
        " → ".join(pair)
        if isinstance(pair, tuple | list) and list(map(type, pair)) == [str, str]
        else pair
        for pair in pairs
    ]


@exercises.function(
    title="Questions and answers from a word",
    points=2,
    view=_shown,
    terms={
        "'.' * width": "the row of dots in front",
        "'.'": "the dot at the end",
        "text[i - width:i]": "the question",
        "text[i]": "the answer",
        "i - width": "the place where the question begins",
    },
    cases=[("a", 1), ("be", 2), ("be", 5), ("letter", 1), ("banana", 2)],
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


contexts.known_mistakes = {
    "(width,  => (2 * width, ": (
        "The beginning is missing: the first letters are never asked for, so "
        "nothing can begin a word."
    ),
    "- width : i] => - width + 1 : i + 1]": (
        "The question contains its own answer. It ends with the sign before the answer."
    ),
    "i - width :  => :": (
        "The questions grow with the word. A network with a fixed number of inputs "
        "needs them all equally long."
    ),
    "text[i - width : i], text[i] => text[i], text[i - width : i]": (
        "In each pair the answer comes first. The question should."
    ),
    'text = "." * width + word + "." => text = word': (
        "Both ends are missing: no question begins a word, and none ends it. Only "
        "places with enough letters before them are left."
    ),
    (' "." * width + => ', "width,  => "): (
        "The first questions are empty or cut wrongly: a slice that begins below 0 "
        "counts from the end of the word. Dots in front of it leave no such slice."
    ),
    '+ "." => + "." * width': (
        "There are as many dots behind the word as in front, so the end is asked "
        "for again and again. A word ends once."
    ),
    " width + =>  (width + 1) +": (
        "The first answer is a dot, as if a word could end before it begins. There "
        "is one dot too many in front, or the answers begin one place too early."
    ),
    "(width,  => (width + 1, ": (
        "The first letter is never asked for, so nothing can begin a word: there "
        "are not enough dots in front, or the answers begin one place too late."
    ),
    ('"."  => " " ', '+ "." => + " "'): (
        "There are spaces where the exercise says dots. The next cells look the "
        "dot up among the signs; a space is not there."
    ),
    ("- width : i => : i + width", "i]) => i + width])", "width,  => "): (
        "The loop runs past the end of the text: the last answers do not exist. "
        "How many questions has a word?"
    ),
    "i], => i] +": (
        "Question and answer are glued into one text. Keep them apart, as a pair."
    ),
    "return list(zip(*contexts(word, width)))": (
        "The questions stand in one list and the answers in another. Asked for is "
        "one list of pairs."
    ),
    "return [part for pair in contexts(word, width) for part in pair]": (
        "Questions and answers follow one another in one list. Keep the two that "
        "belong together in a pair."
    ),
    "text[i - width : i] => text[:width]": (
        "The question stays what it was at the beginning. It has to move on with the "
        "word, sign by sign."
    ),
    "text[i]) => text[i:])": "One question asks for one sign, not for all the rest.",
    ('"." * width + => ', '+ "." => + "." * width'): (
        "The dots stand behind the word only. The first question needs some in front."
    ),
    'text[i]) => text[i].strip("."))': (
        "The last answer is empty. That the word ends is told by a sign, the dot."
    ),
    "return contexts(word, 2)": (
        "The questions always have two signs, as in the example. `width` says how many."
    ),
    "return contexts(word, width)[:1]": (
        "Only the first pair comes back. Does the `return` stand inside the loop?"
    ),
    (' "." * width + => ', "i - width => max(i - width, 0)", "(width,  => ("): (
        "The first questions are too short: there are no dots in front of the "
        "word. All questions need the same length."
    ),
    ("* width => ", "i - width => max(i - width, 0)", "(width,  => (1, "): (
        "One dot in front is enough for a width of 1 only. How many signs does the "
        "first question need?"
    ),
    "text[i]) => text[i : i + width])": (
        "The answers have as many letters as the questions. One question asks for "
        "one sign."
    ),
}
