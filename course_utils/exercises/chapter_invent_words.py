"""Exercises of the project "Invent words"."""

from course_utils.checking.core import ExerciseSet

exercises = ExerciseSet("invent_words")


@exercises.function(
    title="Questions and answers from a word",
    points=2,
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
    '+ "." => ': (
        "The end is missing: a generator that has never seen a word end will not stop."
    ),
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
    "(text[i - width : i], text[i]) => text[i - width : i]": (
        "The questions are right, but the answers are missing."
    ),
    "(text[i - width : i], text[i]) => text[i]": (
        "The answers are right, but the questions are missing."
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
    "i], => i][::-1],": (
        "The questions are written backwards. They should read as the word does."
    ),
    "i], => i] +": (
        "Question and answer are glued into one text. Keep them apart, as a pair."
    ),
    "return list(zip(*contexts(word, width)))": (
        "The questions stand in one list and the answers in another. Asked for is "
        "one list of pairs."
    ),
    "return dict(contexts(word, width))": (
        "A dict has one answer for each question, and the same question can come "
        "up twice with different answers. Make a list of pairs."
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
