"""Exercises of chapter 01, "See what deep learning is"."""

from functools import cache

import numpy as np

from course_utils import data
from course_utils.checking.core import AnswerFormError, ExerciseSet
from course_utils.checking.mistakes import half

exercises = ExerciseSet("01")


# 1. A machine that guesses languages

first_words = exercises.prediction(
    "first_words",
    title="How many of 100 new words?",
    example=70,
    low=0,
    high=100,
)

which_is_learning = exercises.choice(
    "which_is_learning",
    title="Machine learning, but not deep learning",
    answer="b",
    options={
        "a": "Nothing is learned here: a person wrote the list, and the program "
        "compares.",
        "b": "Its numbers come from examples, so it is machine learning. What it "
        "looks at was chosen by a person, and there are no layers in between.",
        "c": "This one learns, and it does so in several layers from raw pixels: it "
        "is deep learning as well.",
        "d": "It may play very well, but every rule in it was written by people. "
        "Clever is not the same as learned.",
    },
    hints=(
        "Machine learning: the program's numbers come from examples. For which of "
        "the four is that so?",
        "Two of them learn. Which of the two has no layers between what comes in "
        "and what goes out?",
    ),
)


# 2. One task, three ways

_ENOUGH = 0.7


@cache
def _fours_and_nines():
    """Return up to 400 images, (N, 28, 28) from 0 to 1, and their labels.

    They are those that the notebook works with. Nothing is downloaded here:
    without MNIST on this machine the notebook uses the stand-in, too.
    """
    kind, _ = data.locate_mnist()
    digits = data.stand_in("uint8") if kind == "none" else data.load_mnist("uint8")
    chosen = np.flatnonzero(np.isin(digits.y_train, [4, 9]))[:400]
    return digits.x_train[chosen] / np.float32(255), digits.y_train[chosen]


class _Words(str):
    """Words in place of a value: they are shown without quotation marks."""

    __slots__ = ()
    __repr__ = str.__str__


def _is_a_digit(answer):
    """Tell whether an answer is the number 4 or the number 9."""
    if isinstance(answer, bool | np.bool_) or np.ndim(answer):
        return False
    return answer in (4, 9)


def _score_of_rule(rule, which):
    """Say in words how well a rule does on these images."""
    images, labels = _fours_and_nines()
    begin = 0 if which == "all that you train on" else 150
    answers = [rule(image.copy()) for image in images[begin:]]
    if any(answer is None for answer in answers):
        return None
    if not all(map(_is_a_digit, answers)):
        return "an answer that is neither 4 nor 9"
    if answers[:50] != [rule(image.copy()) for image in images[begin : begin + 50]]:
        text = "The rule gave the same image two different answers."
        raise AnswerFormError(text, "once 4 and once 9")
    if len({int(answer) for answer in answers}) == 1:
        return "the same answer for every image"
    share = np.mean(np.array(answers) == labels[begin:])
    if share >= _ENOUGH:
        return f"at least {_ENOUGH:.0%} right"
    if share <= 1 - _ENOUGH:
        return "right far less often than a coin"
    if 0.4 < share < 0.6:
        return "right about as often as a coin"
    return f"{share:.1%} right"


@exercises.function(
    title="A rule of your own for 4 and 9",
    points=2,
    cases=[(_Words("all that you train on"),), (_Words("those from number 150 on"),)],
    run=_score_of_rule,
    labels=("images",),
    slips=False,
    needs=[_fours_and_nines],
    hints=(
        "What does a 9 have that most handwritten fours have not? Look at the third "
        "picture above: where is it darkest red?",
        "`image[r0:r1, c0:c1]` cuts a patch out of the image, and `.sum()` says how "
        "much ink is in it. Compare that with a threshold.",
        "If the patch is right and the score is not, move the threshold: print the "
        "ink in the patch for ten fours and ten nines, and set it between them.",
    ),
)
def rule(image):
    """Return 4 or 9 for an image (28, 28) of grey values from 0 to 1."""
    # A nine is closed at the top: each of these columns meets ink.
    bridge = image[7:10, 14:18].max(axis=0)
    return 9 if bridge.min() > 0.4 else 4


rule.known_mistakes = {
    "return 9": (
        "Your rule says the same for every image: the threshold lies outside of what "
        "it is compared with. Print that quantity for some fours and some nines."
    ),
    "return 4 if bridge.min() > 0.4 else 9": (
        "Your rule is right far less often than a coin. That takes knowledge: you "
        "measure something useful and draw the opposite conclusion."
    ),
    "return bool(bridge.min() > 0.4)": (
        "The rule must answer with the number 4 or the number 9. A comparison alone "
        "gives True or False, a patch its ink, and quotation marks make a text."
    ),
    "return 9 if image.sum() > 90 else 4": (
        "Your rule is as good as a coin: what it measures is about the same for fours "
        "and nines. The ink of the whole image tells little; where it is tells more."
    ),
    "return int(np.random.choice([4, 9]))": (
        "The same image gets a 4 one time and a 9 another time: the rule leaves its "
        "answer to chance. Let it look at the image, and decide by what it sees."
    ),
    "return 9 if image[7:10, 14:18] > 0.4 else 4": (
        "An `if` needs one yes or no, and a patch has many pixels. Make one number of "
        "them before you compare: `.sum()` says how much ink there is."
    ),
}


def _not_good_enough(cases, results):
    """Say how far a rule is that is better than a coin, and not good enough."""
    weak = [text for text in results if text and text[0].isdigit()]
    if not weak:
        return None
    told = (
        f"Your rule is {weak[0]}. It has found a difference between fours and nines, "
        f"but a weak one; {_ENOUGH:.0%} are asked for. Move the threshold first, by "
        "the ink of some fours and some nines, then the patch."
    )
    return told, "not good enough"


rule.explains = _not_good_enough


@exercises.function(
    title="Count the strokes along a line",
    points=2,
    cases=[
        (np.array([0.0, 0.9, 0.0, 0.8, 0.0]),),
        (np.array([0.0, 0.9, 1.0, 0.8, 0.0, 0.0]),),
        (np.array([1.0, 0.9, 0.0, 0.0, 0.7, 0.8, 1.0]),),
        (np.zeros(7),),
        (np.array([0.2, 0.4, 0.9, 0.9, 0.3, 0.6, 0.1, 0.0, 1.0]),),
        (np.array([0.8, 0.7, 0.5, 0.5, 0.9, 0.2]),),
        (np.array([0.9, 0.1, 0.1, 0.7, 0.1]),),
    ],
    terms={
        "count": "the count",
        "dark": "the pixel",
        "before": "the pixel before",
        "not before": "the pixel before",
        "dark and not before": "a dark pixel behind a light one",
    },
    hints=(
        "Go along the line with a pen on the page: when do you say 'one more'? Not at "
        "every dark pixel, but where a dark one follows a light one.",
        "`ink = line > 0.5` gives True for dark pixels. Walk through it and remember "
        "whether the pixel before was dark.",
        "Before the first pixel there is paper, so a stroke may begin at once.",
    ),
)
def strokes(line):
    """How many separate pieces of ink (above 0.5) lie along a line (L,)."""
    count, before = 0, False
    for dark in line > 0.5:
        if dark and not before:
            count += 1
        before = dark
    return count


strokes.same = {
    "Ink that comes later tells the same pieces": (
        "for dark in line > 0.5: … => the loop runs in the opposite order",
    ),
}
strokes.known_mistakes = {
    " and not before => ": (
        "This counts dark pixels. A thick stroke is several dark pixels side by "
        "side, and still one stroke."
    ),
    "not before => before": (
        "This counts pairs of dark neighbours. A stroke of three pixels has two of "
        "them, and one of a single pixel has none."
    ),
    "return np.sum(np.diff(line > 0.5))": (
        "This counts every change, from paper to ink and back: each stroke twice, "
        "unless it touches an end of the line. Count one kind of change."
    ),
    "return np.sum(~(line > 0.5)[:-1] & (line > 0.5)[1:])": half(
        "A stroke that touches the beginning of the line is missed: no change "
        "comes before it."
    ),
    "return np.sum((line > 0.5)[:-1] & ~(line > 0.5)[1:])": half(
        "A stroke that touches the end of the line is missed: no paper comes after it."
    ),
    "return np.sum(np.diff(line > 0.5)) / 2": half(
        "The changes are halved. A stroke that touches an end of the line makes "
        "one change only, and counts as a half."
    ),
    "return np.sum(np.diff(line > 0.5)) // 2": half(
        "The changes are halved, and half ones dropped. A stroke that touches an end "
        "of the line makes one change only."
    ),
    "return int(line[-1] > 0.5) - int(line[0] > 0.5)": (
        "Changes from paper to ink and changes back cancel here, as +1 and −1. Count "
        "one kind of them."
    ),
    "before = dark => before |= dark": (
        "The first stroke is found, and no other: when paper comes, forget that "
        "you have seen ink."
    ),
    "line > 0.5 => line <= 0.5": (
        "This counts the pieces of paper. The ink between them is wanted."
    ),
    "return 1 + np.sum(np.diff(line > 0.5))": (
        "This counts all the pieces, those of paper too. Only ink makes strokes."
    ),
    "line > 0.5 => line > 0": half(
        "Any grey counts as ink here. Only pixels above 0.5 are meant: a faint "
        "pixel beside a stroke would glue two strokes together."
    ),
    (
        "dark in line > 0.5 => pixel in line",
        "dark and not before => pixel > 0.5 and before == 0",
        "before = dark => before = pixel",
    ): half(
        "A stroke is missed where a faint pixel comes before it. The pixel before is "
        "paper if it is at most 0.5, not only if it is 0."
    ),
    "return np.sum(np.diff(line) > 0.5)": (
        "This counts leaps of more than 0.5 between neighbours. Ink is a pixel that is "
        "itself above 0.5: compare first, then look for changes."
    ),
    "return 2 * count": (
        "Every stroke counts twice here, once where it begins and once where it ends."
    ),
    "before = 0, False => before = 0, line[-1] > 0.5": half(
        "A stroke at the beginning is missed where there is ink at the end, too. "
        "Before the first pixel there is paper. (Does an index go down to −1? "
        "`line[-1]` is the last pixel.)"
    ),
}


pixels_accuracy = exercises.prediction(
    "pixels_accuracy",
    title="The network on raw pixels",
    example=95,
    low=0,
    high=100,
    unit="%",
)


# 3. Features are learned

hidden_linear = exercises.prediction(
    "hidden_linear",
    title="The same linear model on 784 pixels or on 64 hidden outputs",
    options={
        "a": "The 64 numbers lost something that the pixels still have. With few "
        "examples a network may not find useful features.",
        "b": "On these data the hidden layer changed little: the pixels were easy "
        "enough for a linear model.",
        "c": "64 numbers beat 784, because they are the right 64: the hidden layer "
        "had been trained to make the digits easy to tell apart.",
    },
    example="c",
)

where_features_come_from = exercises.choice(
    "where_features_come_from",
    title="Where do the hidden units' patterns come from?",
    answer="c",
    options={
        "a": "Nobody wrote them: scikit-learn holds no pattern of any digit. The "
        "same code learns to tell words apart.",
        "b": "That was the control: with random weights the same model did worse "
        "than on the raw pixels.",
        "c": "Training moved every weight, a little at a time, to where the ten "
        "outputs came closer to the labels. The patterns are what remained.",
        "d": "A mean image is a picture of one digit. Look again: the maps show "
        "pieces of strokes, in both colours, and no unit stands for one digit.",
    },
    hints=(
        "Which of the three lines that were printed had random weights, and how "
        "good was it?",
        "What is the only thing that the network was told about the digits?",
    ),
)


# 4. Depth


@exercises.function(
    title="How many numbers does a network learn?",
    points=2,
    cases=[
        ([1, 1],),
        ([3, 2],),
        ([1, 10, 1],),
        ([2, 3, 4],),
        ([784, 64, 10],),
        ([4, 3, 5, 2],),
    ],
    terms={
        "inputs": "the units of the layer before",
        "units": "the units of a layer",
        "weights": "the number of weights",
        "biases": "the number of biases",
        "total": "the total",
        "widths[1:]": "all layers but the first",
    },
    hints=(
        "Take two neighbouring layers with 3 and 2 units. How many lines can you "
        "draw between them? Each is one weight.",
        "Every unit that is not an input has one number more, its bias.",
        "`zip(widths, widths[1:])` gives the pairs of neighbouring layers.",
    ),
)
def parameter_count(widths):
    """Weights and biases of a network with layers of these widths."""
    total = 0
    for inputs, units in zip(widths, widths[1:]):
        weights, biases = inputs * units, units
        total += weights + biases
    return total


parameter_count.same = {
    "A sum has no order": (
        "for inputs, units in zip(widths, widths[1:]): … => the loop runs in the "
        "opposite order",
    ),
}
parameter_count.known_mistakes = {
    " + biases => ": half(
        "The weights are right, and the biases are missing: each unit that "
        "computes has one."
    ),
    "return total + widths[0]": (
        "The inputs have a bias here. They compute nothing, they are the data."
    ),
    ", units\n => , inputs\n": (
        "The biases are counted at the wrong end: a bias belongs to the unit that "
        "adds up, not to the one that sends."
    ),
    "return total - widths[-1]": half(
        "The hidden units have their biases, the output units have none. They add "
        "up, too."
    ),
    "return widths[0] * widths[1] + widths[1]": (
        "Only the first two layers are counted. Go on to the next pair of neighbours."
    ),
    "+= => =": (
        "Only the last two layers are counted. In the loop `=` throws the sum so "
        "far away; `+=` adds to it."
    ),
    "return int(np.prod(widths)) + sum(widths[1:])": (
        "All widths are multiplied together. There is a weight for each pair of "
        "neighbouring units, so the layers' counts are added."
    ),
    ", units\n => , 1\n": (
        "This gives every layer one bias. It is one for each unit of the layer."
    ),
    "return sum(widths)": (
        "This counts the units. The numbers that are learned sit on the connections "
        "between them."
    ),
    "return widths[0] * widths[-1] + widths[-1]": (
        "Only the first layer and the last are looked at. Go from each layer to the "
        "next one."
    ),
    "inputs *  => widths[0] * ": (
        "Every layer is counted as if the inputs led into it. A layer gets what the "
        "layer before it hands on."
    ),
}


pieces = exercises.number(
    "pieces",
    title="Straight pieces after five folds",
    answer=32,
    mistakes=(
        (
            10,
            "That would be so if every fold added two pieces. What does the second "
            "fold do to the two pieces that are there?",
        ),
        (
            6,
            "That would be so if every fold added one kink. A fold bends everything "
            "that is there already.",
        ),
        (31, "That many bends there are. How many pieces does one bend make?"),
        (16, "One fold too few: the first already makes two pieces out of one."),
        (64, "One fold too many: the first makes two pieces out of one."),
        (25, "Squared, it would grow more slowly than it does: each fold doubles."),
        (12, "That is two, and two more for each fold. How many do two folds make?"),
    ),
    hints=(
        "Fold a strip of paper once: two layers. Fold it again: how many?",
        "Each fold doubles the number of pieces. Start from one.",
    ),
)

shallow_or_deep = exercises.prediction(
    "shallow_or_deep",
    title="Same number of parameters: shallow or deep?",
    options={
        "a": "The wide layer did better: depth is no guarantee.",
        "b": "Both did about as well.",
        "c": "Three narrow layers did better than one wide one: the later layers work "
        "on a picture that the earlier ones have already bent.",
    },
    example="b",
)


# 5. Data

with_100 = exercises.prediction(
    "with_100",
    title="With 100 training images",
    options={
        "a": "So the linear model was better by 5 points or more: it has less to "
        "learn and needs fewer examples.",
        "b": "Within 5 points of each other: 100 images are too few for the "
        "network's features to pay.",
        "c": "So the network was ahead by 5 points or more, even with 100 images.",
    },
    example="c",
)


# 6. Three fields


@exercises.function(
    title="The letter pairs of a word",
    cases=[("i",), ("so",), ("cat",), ("noon",), ("banana",)],
    terms={
        "marked": "the marked word",
        "marked[i:i + 2]": "a pair",
        "'_'": "a mark",
        "'_' + word": "the word with a mark before it",
        "i": "the position",
        "i + 2": "where a pair ends",
        "len(marked)": "the length of the marked word",
    },
    hints=(
        "Put the marks around the word first: `marked = '_' + word + '_'`.",
        "A pair begins at every position of the marked word except the last one. "
        "`text[i:i + 2]` cuts two letters out.",
    ),
)
def letter_pairs(word):
    """Pairs of neighbours, with _ for the ends: so → ['_s', 'so', 'o_']."""
    marked = "_" + word + "_"
    return [marked[i : i + 2] for i in range(len(marked) - 1)]


letter_pairs.known_mistakes = {
    "return [word[i : i + 2] for i in range(len(word) - 1)]": half(
        "The ends are missing. That a word ends in o says a lot about it."
    ),
    ' + "_" => ': half(
        "The last pair is missing, that of the last letter and the mark. Does a mark "
        "stand behind the word, and does your loop come to it?"
    ),
    ' "_" + => ': half(
        "The first pair is missing, that of the mark and the first letter. Does a mark "
        "stand before the word, and does your loop begin there?"
    ),
    "return set(letter_pairs(word))": (
        "A set has no order and keeps each pair once. A list is wanted, in the "
        "order of the word."
    ),
    "return sorted(letter_pairs(word))": half(
        "The pairs are right, but sorted. Keep the order of the word."
    ),
    "return [(first, second) for first, second in letter_pairs(word)]": (
        "Each pair is two separate letters here. Join them to one text of length two."
    ),
    "return [second + first for first, second in letter_pairs(word)]": (
        "Each pair is turned round: the letter that comes first stands first."
    ),
    'return list("".join(letter_pairs(word)))': (
        "`+=` adds the letters of a text one by one to a list. `append` adds it whole."
    ),
    'return " ".join(letter_pairs(word))': (
        "The pairs come as one text. A list is wanted, each pair a text of its own."
    ),
    'return ["_", *[word[i : i + 2] for i in range(len(word) - 1)], "_"]': (
        "The marks stand alone here. Each makes a pair with the letter beside it: put "
        "them around the word before you cut it."
    ),
    'return [pair.replace("_", " ") for pair in letter_pairs(word)]': half(
        "The pairs are right but for the marks: a blank stands in place of _."
    ),
    '"_" => "__"': half("Each end has two marks here, and needs one."),
    "return letter_pairs(word)[:1]": (
        "Only the first pair comes back. Does the `return` stand inside the loop?"
    ),
    ("len => 0, len", " - 1 => , 2"): (
        "The word is cut into pieces of two, so every second pair is missing. The "
        "pairs overlap."
    ),
    " - 1 => ": (
        "The last piece is too short: your loop runs one step too far, and a "
        "slice that goes over the end is cut without an error."
    ),
    "i + 2] => i + 1]": (
        "These are single letters. A slice ends before its second number: "
        "`text[2:3]` is one letter."
    ),
    "return list(dict.fromkeys(letter_pairs(word)))": half(
        "A pair that comes twice is listed once here. Keep every occurrence."
    ),
}


@exercises.function(
    title="Who has won?",
    points=2,
    cases=[
        ((0,) * 9,),
        ((1, 1, 1, -1, -1, 0, 0, 0, 0),),
        ((1, 1, 0, -1, -1, -1, 1, 0, 0),),
        ((1, -1, 0, 1, -1, 0, 1, 0, 0),),
        ((1, -1, 1, 0, -1, 0, 0, -1, 1),),
        ((1, -1, 0, -1, 1, 0, 0, 0, 1),),
        ((1, 0, -1, 0, -1, 1, -1, 1, 1),),
        ((1, -1, 1, -1, -1, 1, 1, 1, -1),),
        ((-1, 1, 1, -1, 1, -1, 0, -1, 1),),
        ((0, 0, 0, -1, 1, -1, 1, -1, 1),),
        ((1, 1, -1, -1, 0, 1, 0, 1, 0),),
        ((0, -1, 1, 0, -1, 1, 0, 0, 1),),
        ((-1, 0, 0, 1, -1, -1, 1, 1, 1),),
        ((1, 1, 1, 1, -1, -1, 1, -1, -1),),
        ((-1, 0, 1, 0, -1, 1, 0, -1, 1),),
    ],
    terms={
        "board[i]": "the first square of a line",
        "board[j]": "the second square of a line",
        "board[k]": "the third square of a line",
        "board[i] != 0": "empty squares",
        "board[i] == board[j] == board[k]": "three equal squares",
        "board[i] != 0 and board[i] == board[j] == board[k]": "a line of three",
        "lines": "the list of lines",
    },
    hints=(
        "Write down the eight lines as triples of square numbers: three rows, three "
        "columns, two diagonals.",
        "A line is won when its three squares are equal and not empty.",
        "Or add up: what is the sum of three squares that one player holds, and can "
        "any other line have that sum?",
    ),
)
def winner(board):
    """1 or -1 for the player with three in a line, 0 if nobody has."""
    lines = [(0, 1, 2), (3, 4, 5), (6, 7, 8), (0, 3, 6), (1, 4, 7), (2, 5, 8)]
    for i, j, k in [*lines, (0, 4, 8), (2, 4, 6)]:
        if board[i] != 0 and board[i] == board[j] == board[k]:
            return board[i]
    return 0


winner.same = {
    "It does not matter which line is looked at first": (
        "for i, j, k in [*lines, (0, 4, 8), (2, 4, 6)]: … => the loop runs in the "
        "opposite order",
    ),
    "On a line of three all squares are alike": ("i => j", "i => k"),
}
winner.known_mistakes = {
    **{
        f"{line} => {(0, 4, 8) if line != (0, 4, 8) else (2, 4, 6)}": half(
            f"All is right but for one line, that of the squares {line}. Is it "
            "missing, or is one of its numbers wrong?"
        )
        for line in (
            *((0, 1, 2), (3, 4, 5), (6, 7, 8), (0, 3, 6)),
            *((1, 4, 7), (2, 5, 8), (0, 4, 8), (2, 4, 6)),
        )
    },
    ", (0, 4, 8), (2, 4, 6) => ": half(
        "The diagonals are missing: there are eight lines."
    ),
    ", (0, 3, 6), (1, 4, 7), (2, 5, 8) => ": half(
        "The columns are missing: squares 0, 3 and 6 make a line, too."
    ),
    "(0, 1, 2), (3, 4, 5), (6, 7, 8),  => ": half(
        "The rows are missing: squares 0, 1 and 2 make a line, too."
    ),
    "[*lines, (0, 4, 8), (2, 4, 6)] => lines[:3]": (
        "Only the rows are looked at: there are eight lines."
    ),
    "    return 0 =>         return 0": (
        "Your loop ends at the first line, because it returns in every case. Answer 0 "
        "only after all the lines have been looked at."
    ),
    "board[i] != 0 and  => ": (
        "Three empty squares are equal, too: an empty line ends the search here. Make "
        "sure that somebody holds them."
    ),
    "!= 0 => == 1": (
        "Your function sees only the wins of player 1. The other player is written as "
        "-1."
    ),
    "return board[i] => return 1": (
        "You say that somebody has won, and not who. Return the player's number."
    ),
    "return -1": (
        "Where nobody has three in a line, the answer is 0. Your function says -1."
    ),
    "if board[i] != 0 and board[i] == board[j] == board[k] => if i == j == k": (
        "Nobody ever wins here. Do you compare what stands on the squares, `board[…]`, "
        "or something else?"
    ),
    "board[i] == board[j] == board[k] => board[j] != 0 and board[k] != 0": (
        "A line counts as won when none of its squares is empty. All three must belong "
        "to the same player."
    ),
    "return board[i] => return 3 * board[i]": (
        "This is the sum of the three squares. The player is 1 or -1, a third of it."
    ),
    ("board[i] != 0 => False", "return int(np.sign(sum(board)))"): (
        "The player with more pieces has not won: it takes three of them in a line."
    ),
}


ways_to_lose = exercises.prediction(
    "ways_to_lose",
    title="How often can it be beaten after 3,000 games?",
    example=25,
    low=0,
    high=100,
    unit="%",
)


# 7. When not to use it

small_table = exercises.prediction(
    "small_table",
    title="442 patients: network or linear model?",
    options={
        "a": "The network is ahead by more than 3 points of error.",
        "b": "Within 3 points of each other: on a small table of columns that mean "
        "something by themselves, there is little left to discover.",
        "c": "The linear model is ahead by more than 3 points of error: the network "
        "has adapted to the few patients it saw.",
    },
    example="a",
)

_TOOLS = "A rule, a classical model, a network, or no model yet?"

decide_rents = exercises.choice(
    "decide_rents",
    title=f"300 rents. {_TOOLS}",
    answer="b",
    options={
        "a": "You could guess a formula, but 300 known rents can tell you the price of "
        "a square metre better than you can.",
        "b": "Few rows, and columns that mean something by themselves: a linear model "
        "or a forest is quick, good and explains itself. Start there.",
        "c": "300 rows are few for a network, and there is no raw data from which it "
        "could learn features. You saw how it does on such a table.",
        "d": "There is something to learn from: 300 examples with the answer.",
    },
    hints=(
        "Is the input raw (pixels, letters), or are its columns features already?",
        "Think of the table of the 442 patients.",
    ),
)

decide_loans = exercises.choice(
    "decide_loans",
    title=f"Reasons for every applicant. {_TOOLS}",
    answer="b",
    options={
        "a": "A rule would give reasons, but it would leave 5,000 known outcomes "
        "unused.",
        "b": "A weighted sum can be read out: this much for the income, this much for "
        "the debts. A little accuracy may be lost; a duty is met.",
        "c": "A network's answer comes from thousands of weights at once. Methods "
        "that explain it exist, but they approximate, and here the reason is owed.",
        "d": "There are 5,000 examples with their outcome.",
    },
    hints=(
        "What does the bank owe to its applicants besides a decision?",
        "Which model can say how much each column added to its result?",
    ),
)

decide_leaves = exercises.choice(
    "decide_leaves",
    title=f"200,000 photos. {_TOOLS}",
    answer="c",
    options={
        "a": "Write down what an oak leaf is in terms of pixels, for 150 species, in "
        "any light: people tried, and gave up.",
        "b": "A classical model needs features. Somebody would have to invent "
        "measurements for 150 species; it has been done, with years of work.",
        "c": "Raw data, many labelled examples, and nobody who can say what to "
        "measure: that is where learned features pay.",
        "d": "200,000 labelled photos are a good beginning.",
    },
    hints=(
        "Is the input raw? Are there many examples?",
        "Could you list what to measure on a photo of a leaf?",
    ),
)

decide_failures = exercises.choice(
    "decide_failures",
    title=f"A machine that has never failed. {_TOOLS}",
    answer="d",
    options={
        "a": "On what would you base it? Nobody has seen this machine fail, so you "
        "could not even test the rule. A maker's limit is a start, not a forecast.",
        "b": "It learns from examples, too, and of failures there are none.",
        "c": "No network learns what is not in its examples, however large it is.",
        "d": "Record first. Until there are failures to learn from, follow the "
        "maker's limits and keep what the sensors say.",
    },
    hints=(
        "What do both kinds of model need before they can learn?",
        "How would you find out whether your forecast is any good?",
    ),
)

explain = exercises.text(
    "explain",
    title="Explain it to a friend",
    model="Deep learning is a kind of machine learning: the program's numbers come "
    "from examples, not from a programmer. Its model is a network of many layers; each "
    "layer turns what it gets into something easier for the next one. So it can "
    "start from raw data, pixels or letters, and find by itself what to look for, "
    "where other methods need a person to say what to measure. The price is many "
    "examples and much computing, and it does not tell you its reasons. On a "
    "small table of meaningful columns a simple model is often as good.",
    rubric=(
        "it learns from examples",
        "layers that build features from raw data by themselves",
        "what it costs, or where something simpler is better",
    ),
    hints=(
        "Answer three questions: where do its numbers come from, what are the layers "
        "good for, and when would you not use it?",
    ),
)


# Recall

recall_share = exercises.number(
    "recall_share",
    title="A share of right answers",
    answer="right_ones / digits",
    given={"right_ones": 45, "digits": 60},
    terms={"right_ones": "the count of right ones", "digits": "the count of digits"},
    tolerance=1e-6,
    mistakes=(
        (75, "That is a percentage; the course counts in shares from 0 to 1."),
        (0.25, "That is the share of wrong answers."),
        (15, "That is how many are wrong. Which share is right?"),
        (3, "That is right ones over wrong ones. A share is a part of them all."),
        (4 / 3, "Upside down: a share is never above 1."),
    ),
    hints=(
        "Divide the right ones by all of them.",
        "Fifteen of the sixty are wrong. Which part of sixty is that?",
    ),
)

recall_star = exercises.choice(
    "recall_star",
    title="A star beside a cell",
    answer="b",
    options={
        "a": "An error shows in red below the cell, and the star is gone by then.",
        "b": "The kernel is still busy with it, or with a cell before it. The star "
        "turns into a number at the end.",
        "c": "Solved or not makes no difference to it: the feedback tells that.",
    },
    hints=(
        "You saw it at the first cell of chapter 00, the one that loads the tools.",
        "What changes after some seconds?",
    ),
)

recall_restart = exercises.choice(
    "recall_restart",
    title="After Restart Kernel and Run All Cells",
    answer="a",
    options={
        "a": "What is written in the cells stays, and runs again from the top. Only "
        "what the kernel had in its memory is gone, and is computed anew.",
        "b": "The cells are part of the file; the kernel is the program that runs "
        "them. Only the second is started afresh.",
        "c": "The kernel does not know which cells are solved. It forgets all "
        "variables, and no text.",
    },
    hints=(
        "Chapter 00, section 3.",
        "Which of the two is restarted, the page or the program behind it?",
    ),
)
