"""Exercises of chapter 10, "Where next"."""

import numpy as np

from course_utils.checking.core import ExerciseSet
from course_utils.checking.mistakes import half

exercises = ExerciseSet("10")


# 2. Pictures


def _pictures(rng):
    """Images with filters: square and not, and one of whole numbers."""
    return [
        (np.arange(6.0).reshape(2, 3), np.array([[1.0, -2.0]])),
        (
            rng.integers(-3, 9, (3, 4)),
            np.array([[1.5, 0.0], [2.0, -1.0]]),
        ),
        (rng.random((5, 4)) - 0.5, rng.random((3, 2)) - 0.5),
        (rng.random((6, 6)), np.array([[1.0, 0, -1], [2, 0, -2], [1, 0, -1]])),
    ]


@exercises.function(
    title="Slide a filter over an image",
    points=2,
    cases=_pictures,
    terms={
        "h": "the height of the filter",
        "w": "the width of the filter",
        "image.shape[0]": "the height of the image",
        "image.shape[1]": "the width of the image",
        "image.shape[0] - h": "the height without the filter",
        "image.shape[1] - w": "the width without the filter",
        "image[i:i + h, j:j + w]": "what the filter covers",
        "zeros": "an array of zeros",
        "ones": "an array of ones",
        "sums": "the array of sums",
        "sums[i, j]": "the sum at each place",
    },
    hints=(
        "Begin with one place: the filter lies on the upper left corner. Which part "
        "of the image does it cover? Multiply the two entry by entry and add up.",
        "With an image of 5 rows and a filter of 3, the filter's upper edge can lie "
        "on the rows 0, 1 and 2. How many is that, as a formula?",
        "Two loops, over the upper left corner (i, j); "
        "`image[i : i + h, j : j + w]` is what the filter covers.",
    ),
)
def slide(image, weights):
    """Weighted sum of the pixels under the filter, at every place: 2-D."""
    h, w = weights.shape
    rows, columns = image.shape[0] - h + 1, image.shape[1] - w + 1
    sums = np.zeros((rows, columns))
    for i in range(rows):
        for j in range(columns):
            sums[i, j] = np.sum(image[i : i + h, j : j + w] * weights)
    return sums


slide.known_mistakes = {
    "* weights => * weights[::-1, ::-1]": (
        "The filter is turned upside down and left to right here. Mathematicians "
        "define convolution so; networks lay the filter on the image as it is."
    ),
    ("- h + 1 => - h", "- w + 1 => - w"): (
        "The last row and column of places are missing. How many places are there "
        "for a filter as large as the image?"
    ),
    "np.sum => ": (
        "At each place there is room for one number, and several came. Add up all "
        "the products; Python's own `sum` goes through a table row by row, and "
        "leaves a row."
    ),
    ("np.sum( => np.sum(np.dot(", " * weights) => , weights))"): (
        "`np.dot` of two tables is the matrix product. Here each pixel meets the "
        "one weight that lies on it, entry by entry."
    ),
    "h, w => w, h": (
        "Height and width of the filter are exchanged. `shape` gives the rows first."
    ),
    "i : i + h, j : j + w => i:h, j:w": (
        "The slices begin further and further on, but end at the same place. A "
        "slice has a start and an end, and both move with the filter."
    ),
    "columns)) => columns), image.dtype)": half(
        "The sums are kept as the kind of number that the image has. An image of "
        "whole numbers may still have weights with fractions."
    ),
    "weights.shape => weights.shape; image = np.pad(image, ((0, h - 1), (0, w - 1)))": (
        "The filter hangs over the right and the lower edge, on pixels that are not "
        "there. Use only places where it lies on the image completely."
    ),
    "    return =>             return": (
        "Only the first place is filled. Does the `return` stand inside a loop?"
    ),
    "np.zeros((rows, columns)) => np.zeros(image.shape)": (
        "The array of sums is as large as the image, and what is left over stays 0. "
        "It needs as many rows and columns as there are places."
    ),
    "np.zeros((rows, columns)) => np.zeros_like(image)": (
        "The array of sums has the size of the image, and its kind of number. It "
        "needs as many rows and columns as there are places, and room for fractions."
    ),
    "] = np.sum( => ] = sums.flat[max(i * columns + j - 1, 0)] + np.sum(": (
        "Each sum goes on from that of the place before. At every place the count "
        "begins at 0 again."
    ),
    "i : i + h, j : j + w => :h, :w": (
        "The filter stays in the upper left corner: the same pixels are taken at "
        "every place. What it covers must move with the place."
    ),
    (
        "weights.shape => weights.shape; image = np.pad(image, ((h // 2, (h - 1) "
        "// 2), (w // 2, (w - 1) // 2)))"
    ): (
        "Zeros are put around the image, so that the result is as large as before. "
        "Use only places where the filter lies on the image completely."
    ),
    "((rows, columns)) => (rows, columns)": (
        "`np.zeros` takes the shape as one thing, a pair in brackets of its own. "
        "The second argument says what kind of numbers to make."
    ),
    "return sums[::h, ::w]": (
        "The filter jumps by its own size. It moves on by one pixel at a time, so "
        "that the places overlap."
    ),
    "return sums[0, 0]": (
        "This is the sum at the upper left corner alone. The filter goes to every "
        "place."
    ),
    "np.sum => np.max": (
        "This keeps the largest product at each place. A filter adds all of them "
        "up; to keep the largest is pooling."
    ),
    ("range(rows) => range(rows - 1)", "range(columns) => range(columns - 1)"): (
        "The last row and the last column of places are never filled. The array "
        "has the right size, but `range` stops one short of it."
    ),
    ("- h + 1 => ", "- w + 1 => "): (
        "The filter is laid on every pixel. Near the right and the lower edge there "
        "are fewer pixels than weights, and the shapes do not fit. How many places "
        "are left?"
    ),
    "h, w = weights.shape => h = w = len(weights)": (
        "This takes every filter to be square. It may have more rows than columns: "
        "ask for both."
    ),
    "h, w = weights.shape => h = w = 3": half(
        "This works for filters of 3 × 3 alone. The filter's own shape says how "
        "large it is."
    ),
}
slide.same = {
    "each place is filled once": (
        "np.zeros((rows, columns)) => np.ones((rows, columns))",
        "sums[i, j] = np.sum(image[i:i + h, j:j + w] * weights) => "
        "sums[i, j] += np.sum(image[i:i + h, j:j + w] * weights)",
    ),
}


filter_count = exercises.number(
    "filter_count",
    title="Count the numbers of a convolution",
    answer="filters * (height * width + bias)",
    given={"filters": 8, "height": 3, "width": 3, "bias": 1},
    terms={"filters": "the number of filters", "bias": "the bias of a filter"},
    mistakes=(
        (9, "Those are the weights of one filter."),
        (8 * 9 + 1, "There is not one bias for all, but one for each filter."),
        (
            784 * 8 + 8,
            "That is a Dense layer of eight units. A filter sees 3 × 3 pixels at "
            "a time, with the same weights everywhere.",
        ),
        (26 * 26 * 8 * 10, "The weights of a filter are the same at every place."),
        (26 * 26 * 8 * 9, "That counts products. They all share the same few weights."),
        (
            26 * 26 * 8,
            "Those are the outputs, one for each place and filter. How many numbers "
            "are learned?",
        ),
        (
            28 * 28 * 8,
            "That counts pixels. A filter has as many weights as it covers pixels, "
            "however large the image is.",
        ),
        (28 * 28 * 8 * 9, "Every pixel has the same weights: count them once."),
        (8 * (27 + 1), "That is for an image with three colours. This one is grey."),
        (8 * 3, "3 × 3 pixels are more than three. How many weights lie on them?"),
        (8, "Those are the biases, or the filters. Each filter has weights, too."),
    ),
    hints=(
        "How many weights lie on 3 × 3 pixels? Does the size of the image matter?",
        "A filter is a unit: its weights and one bias. There are eight of them.",
    ),
)

moved_filter = exercises.prediction(
    "moved_filter",
    title="The image moves by four pixels",
    options={
        "a": "The same weights are used at every place, so what is found moves with "
        "the image and is otherwise unchanged, to the last digit.",
        "b": "The result changes in more than its place: the filter depends on where "
        "in the image it is.",
        "c": "The result stays where it was: the filter does not notice the move.",
    },
    example="a",
)


# 3. Sequences


def _queries(rng):
    """Queries, keys and values: one or several, widths equal and not."""
    return [
        (np.array([[1.0]]), np.array([[1.0], [-1.0]]), np.array([[2.0], [6.0]])),
        (
            np.array([[2.0, 0.0], [1.0, 2.0]]),
            np.array([[3.0, -1.0], [0.0, 1.0]]),
            np.array([[1.0, 0.0], [0.0, 1.0]]),
        ),
        (rng.normal(0, 2, (3, 4)), rng.normal(0, 2, (5, 4)), rng.normal(0, 1, (5, 2))),
    ]


@exercises.function(
    title="Attention",
    points=2,
    cases=_queries,
    terms={
        "Q @ K.T": "the table of products",
        "Q.shape[1]": "the width of the queries",
        "np.sqrt(Q.shape[1])": "the root of the width",
        "scores": "the table of scores",
        "scores.max(axis=1, keepdims=True)": "the largest score",
        "exponentials": "the exponential",
        "exponentials.sum(axis=1, keepdims=True)": "the sum of the exponentials",
        "A": "the table of weights",
    },
    hints=(
        "Every query meets every key in a dot product. `Q @ K.T` does them all: what "
        "is its shape?",
        "Divide the scores by the square root of the width, which is the number of "
        "columns of Q. Then a softmax turns each row into weights that add up to 1.",
        "The result mixes the rows of V with those weights: one more matrix product.",
    ),
)
def attention(Q, K, V):
    """For each query a mean of the values, weighted by softmax(QKᵀ/√d)."""
    scores = Q @ K.T / np.sqrt(Q.shape[1])
    exponentials = np.exp(scores - scores.max(axis=1, keepdims=True))
    A = exponentials / exponentials.sum(axis=1, keepdims=True)
    return A @ V


attention.known_mistakes = {
    "axis=1 => axis=0": (
        "The weights add up to 1 over the queries, along a column. Each query "
        "shares out its own attention: along which axis is that?"
    ),
    "return scores @ V": (
        "The values are mixed by the raw scores, which can be negative and of any "
        "size. Make weights out of them first, positive and adding up to 1."
    ),
    "Q @ K.T => Q.T @ K": (
        "The wrong one of the two is transposed. Rows of Q are to meet rows of K, "
        "so Q stays as it is."
    ),
    "return np.exp(scores) @ V": (
        "These weights are positive, but they do not add up to 1. What is missing "
        "in the softmax?"
    ),
    "Q.shape[1] => len(K)": (
        "This is the root of how many keys there are. d is how long each of them is."
    ),
    (" / np.sqrt(Q.shape[1]) => ", "return A / np.sqrt(Q.shape[1]) @ V"): (
        "The root comes after the softmax, so the weights no longer add up to 1. "
        "It belongs to the scores."
    ),
    "return A @ K": (
        "The keys are mixed here. Keys only say who fits; what is handed over are "
        "the values."
    ),
    "return V[scores.argmax(axis=1)]": (
        "Each query gets one value, that of the key that fits best. Attention is "
        "softer: it mixes all values, the fitting ones more."
    ),
    "return scores / scores.sum(axis=1, keepdims=True) @ V": (
        "The scores are divided by their sum, without the exponential. Scores can "
        "be negative, and their sum can be 0; the exponential makes them all "
        "positive first."
    ),
    "return np.exp(scores) / np.exp(scores).sum(axis=1) @ V": (
        "The sums of the rows are right, but they lie flat and divide the columns. "
        "`keepdims=True` keeps them standing, one for each row."
    ),
    (" / np.sqrt(Q.shape[1]) => ", "axis=1 => axis=0"): (
        "There are two things. The root of the width is missing; and the weights add "
        "up to 1 over the queries, where each query shares out its own attention."
    ),
    "Q @ K.T => Q * K": (
        "`*` multiplies entry by entry. Each query meets every key in a dot product: "
        "that is a matrix product."
    ),
    "scores.max(axis=1, keepdims=True) => scores": (
        "Every query gets the plain mean of all values. Those whose keys fit should "
        "count more."
    ),
    "return A @ V, A": half(
        "The mixed values are right, and the weights come back with them. Return "
        "the mixed values alone."
    ),
    "scores = => raise NameError(\"name 'softmax' is not defined\"); scores =": (
        "NumPy has no `softmax`, and this notebook has none yet. You wrote one in "
        "chapter 02: an exponential, divided by the sum of its row."
    ),
    "scores - scores => np.where(np.tri(*scores.shape) == 1, scores, -1e9) - scores": (
        "The first queries do not see the last keys. A generator must hide what comes "
        "later; here every query looks at all keys."
    ),
}
attention.same = {
    "a softmax does not notice what is added to a whole row": (
        "scores - scores.max(axis=1, keepdims=True) => scores",
        "scores - scores.max(axis=1, keepdims=True) => "
        "scores + scores.max(axis=1, keepdims=True)",
        "scores.max(axis=1, keepdims=True) => scores.min(axis=1, keepdims=True)",
        "scores.max(axis=1, keepdims=True) => scores.max(keepdims=True)",
    ),
    "queries and keys are equally wide": ("Q => K",),
}


without_places = exercises.prediction(
    "without_places",
    title="Reverse without knowing the places",
    options={
        "a": "Above 90 %: it found the order without being told the places.",
        "b": "Between 50 and 90 %: it found a part of the order.",
        "c": "Below 50 %: to attention, a row is a bag of signs. It knows which ones "
        "are there, and not where; all it can do is to name a frequent one.",
    },
    example="a",
)


# 4. Generation


@exercises.function(
    title="Softmax with a temperature",
    cases=[
        (np.array([0.0, 0.0]), 2.0),
        (np.array([2.0, 1.0, 0.5]), 1.5),
        (np.array([2.0, -1.0, 0.5]), 0.25),
        (np.array([-3.0, 4.0, 1.0, 0.0]), 3.0),
        (np.array([1000.0, 999.0, 0.0, -2000.0]), 0.5),
    ],
    terms={
        "logits.max()": "the largest logit",
        "logits - logits.max()": "each shifted logit",
        "scaled": "each divided logit",
        "exponentials": "the exponential",
        "exponentials.sum()": "the sum of the exponentials",
    },
    hints=(
        "The temperature changes the logits; after that it is the softmax that you "
        "know from chapter 02.",
        "A low temperature should make differences between logits larger. Multiply "
        "or divide?",
        "Subtract the largest logit before `np.exp`, or 1000 overflows.",
    ),
)
def soften(logits, temperature):
    """Softmax of the logits divided by the temperature: (C,)."""
    scaled = (logits - logits.max()) / temperature
    exponentials = np.exp(scaled)
    return exponentials / exponentials.sum()


soften.known_mistakes = {
    "/ temperature => * temperature": (
        "This is the wrong way round: a high temperature comes out bold, a low one "
        "wild. At a low temperature the differences must grow."
    ),
    "return np.exp(logits / temperature)": (
        "These are the powers. They are not probabilities before they add up to 1; "
        "and with 1000 among the logits one of them is infinite."
    ),
    "return logits / temperature": (
        "These are the logits, divided by the temperature. The softmax comes after "
        "that."
    ),
    "(logits - logits.max()) => soften(logits, 1.0)": (
        "The softmax is taken twice. The temperature divides the logits, before the "
        "only softmax; here it divides probabilities."
    ),
    "return np.argmax(logits / temperature)": (
        "This is the position of the likeliest letter. Asked for are the "
        "probabilities of all; the draw comes later."
    ),
    " / temperature => ": (
        "The temperature has no effect: these are the ordinary probabilities. If "
        "it stands in your code, it cancels when you divide by the sum. It belongs "
        "to the logits."
    ),
    (" / temperature => ", ".sum() => .sum() / temperature"): (
        "The probabilities are divided after the softmax, so they no longer add up "
        "to 1. The temperature belongs to the logits."
    ),
    "(logits - logits.max()) => logits": half(
        "Right for small logits. With 1000 among them, what `np.exp` gets is still "
        "too large. Subtract so that the largest number that goes into it is 0."
    ),
    (
        "(logits - logits.max()) => logits",
        "np.exp(scaled) => np.array([math.exp(z) for z in scaled])",
    ): half(
        "Right for small logits. With 1000 among them `math.exp` stops with an "
        "error, as the power is too large for a number. Subtract something from "
        "the logits first."
    ),
    "return logits / temperature / (logits / temperature).sum()": (
        "The logits are divided by their sum, without `np.exp`. Some are negative, "
        "and their sum can be 0."
    ),
    "return scaled - np.log(exponentials.sum())": (
        "These are the logarithms of the probabilities."
    ),
    "scaled = => raise NameError(\"name 'softmax' is not defined\"); scaled =": (
        "This notebook has no `softmax` yet, nor has NumPy: writing it is a part of "
        "the exercise."
    ),
}


cold_words = exercises.prediction(
    "cold_words",
    title="Words at a low temperature",
    example=15,
    low=1,
    high=20,
)


# 5. Reinforcement learning


@exercises.function(
    title="The rule of Q-learning",
    points=2,
    cases=[
        (2.0, -1.0, np.array([-4.0, -2.5]), False, 0.25),
        (-4.0, -1.0, np.array([-2.0, -8.0]), False, 0.75),
        (3.0, 10.0, np.array([5.0, 7.0, 1.0]), False, 0.1),
        (-4.0, -20.0, np.array([-2.0, -1.0, -6.0, -3.0]), True, 0.5),
        (2.0, 1.0, np.array([8.0, 4.0, 9.0, 0.0]), True, 1.0),
        (0.0, 0.0, np.array([-6.0, -3.0]), True, 0.5),
    ],
    terms={
        "best": "the best next value",
        "0.0 if over else np.max(next_values)": "the best next value",
        "np.max(next_values)": "the best next value",
        "target": "the target",
        "reward + best": "the target",
        "target - old": "the difference of target and old value",
        "rate * (target - old)": "the step towards the target",
    },
    hints=(
        "First the target: the reward, and what the best action is worth from there "
        "on. If the game is over, nothing comes after it.",
        "Then move the old value towards the target by a share of the way; `rate` is "
        "that share.",
    ),
)
def new_value(old, reward, next_values, over, rate):
    """Old value, moved towards reward + best next value by a share `rate`."""
    best = 0.0 if over else np.max(next_values)
    target = reward + best
    return old + rate * (target - old)


new_value.known_mistakes = {
    "0.0 if over else np.max(next_values) => np.max(next_values)": (
        "When the game is over, nothing comes after it: the values of the next "
        "place must not count then."
    ),
    "return target": (
        "The old value is thrown away for the target. A single try may have been "
        "luck; move only a share of the way."
    ),
    "return old + rate * target": (
        "The share of the target is added on top of the old value, so values grow "
        "without end. Add a share of the *difference*."
    ),
    "return rate * old + (1 - rate) * target": (
        "The shares are exchanged: with a small rate this moves nearly all the "
        "way. `rate` is the share of the target, and the rest is that of the old "
        "value."
    ),
    "return 1 - rate * old + rate * target": (
        "Python multiplies before it subtracts, so this is 1 minus a share of the "
        "old value. The share that the old value keeps needs brackets."
    ),
    "return old + rate * reward + best - old": (
        "The rate multiplies the reward alone. The whole difference between target "
        "and old value stands in brackets."
    ),
    "return rate * target": (
        "This is a share of the target. The old value has to take part, with the rest."
    ),
    "+ best => + 0.9 * best": (
        "The next values are made smaller here, by 0.9: many texts have such a "
        "discount. The rule of this chapter has none."
    ),
    "np.max => np.mean": (
        "This takes the mean of the next values, as if the next action were drawn "
        "blindly. The agent is free to take the best."
    ),
    "reward + best => 0.0 if over else reward + best": (
        "At the end of the game the target is 0 here. The reward of the last step, "
        "a fall perhaps, belongs to it."
    ),
    "np.max => np.argmax": (
        "This takes the position of the best next value. What is it worth?"
    ),
    "np.max(next_values) => next_values[0]": (
        "This takes the first of the next values, whichever is best."
    ),
    "np.max(next_values) => max(0.0, np.max(next_values))": (
        "The best next value is never below 0 here. On this grid nearly all values "
        "are negative. Did the search for the largest start at 0?"
    ),
    "best = => if over:\n        return reward\n    best =": (
        "At the end of the game the old value is replaced by the reward. The "
        "*target* is the reward then, and the old value moves a share of the way, "
        "as always."
    ),
    "best = => if over:\n        return old\n    best =": (
        "At the end of the game nothing is learned here. The last reward tells most: "
        "it is the target then."
    ),
    "best = => if over:\n        return 0.0\n    best =": (
        "At the end of the game this gives 0. What counts as 0 is only what comes "
        "after the end; the reward and the old value are still there."
    ),
}
new_value.same = {"nothing moves at the rate 0": ("over => over * rate",)}


cliff_way = exercises.prediction(
    "cliff_way",
    title="The way past the cliff",
    options={
        "a": "Along the edge: its values say what a place is worth if every next "
        "action is the best one. A clumsy step does not occur in that thought, and "
        "the short way is best.",
        "b": "By a detour: it keeps away from the edge, where its random actions "
        "have cost it dearly.",
        "c": "It does not arrive: the falls have taught it not to move on.",
    },
    example="b",
)


# 6. What comes next

few_photographs = exercises.choice(
    "few_photographs",
    title="Three hundred photographs",
    answer="b",
    options={
        "a": "Three hundred pictures are far too few for a deep network that starts "
        "from random weights: it would learn them by heart.",
        "b": "Its filters already find edges, textures and parts. You train the last "
        "layer, a linear model on good features, and for that 300 examples can be "
        "enough. It is called transfer learning.",
        "c": "It may never be needed. Find out what the 300 can do first, then decide "
        "what more of them would be worth.",
        "d": "Chapter 06's network knows nothing about photographs: one grey channel, "
        "28 × 28 pixels, strokes of a pen. What was learned must suit the new task.",
    },
    hints=(
        "What does a network learn on the way to its last layer, and is it of use "
        "for another task?",
        "Which of the four needs fewest examples of your own, and suits pictures "
        "of the world?",
    ),
)


# Recall

recall_zero = exercises.choice(
    "recall_zero",
    title="A gradient check at zero weights",
    answer="c",
    options={
        "a": "A check that is passed where wrong gradients pass as well proves "
        "little. What are the signals behind a weight of 0?",
        "b": "Passing is never proof of a mistake. It is no proof of the opposite "
        "either: what do wrong gradients do at zero weights?",
        "c": "With all weights at 0 much of the gradient is 0, right or wrong, and "
        "half of the classic bugs pass. Check at random weights.",
    },
    hints=(
        "Chapter 07 let eight bugs loose on such a check. How many were caught?",
        "If the weights are 0, what is left of a signal that goes back through them?",
    ),
)

recall_pairs = exercises.choice(
    "recall_pairs",
    title="Is this difference real?",
    answer="a",
    options={
        "a": "The seeds shake both settings alike, and the difference within a pair "
        "is free of that. Three pairs that agree are a good reason to run more.",
        "b": "They overlap because seeds differ; but the same seed was used for "
        "both. Is there a comparison that leaves the seed out?",
        "c": "The best of several runs rises with the number of runs. It says more "
        "about luck than about the setting.",
    },
    hints=(
        "What do the two runs of one seed have in common?",
        "Subtract within each seed first. How much do those three numbers vary?",
    ),
)

recall_updates = exercises.number(
    "recall_updates",
    title="How many steps?",
    answer="examples / batch_size * epochs",
    given={"examples": 10_000, "batch_size": 50, "epochs": 4},
    terms={"examples": "the number of examples", "epochs": "the number of epochs"},
    mistakes=(
        (200, "That is one epoch."),
        (40_000, "Weights are adjusted once for each batch, not for each example."),
        (4, "An epoch consists of many steps."),
        (2_000, "Which of the numbers is the size of a batch, which the epochs?"),
        (2_500, "That divides by the epochs. They repeat the steps: multiply."),
        (
            50,
            "That is the size of a batch. Or did the epochs divide the steps? They "
            "repeat them.",
        ),
        (10_000, "Those are the examples of one epoch. A step takes many of them."),
    ),
    hints=(
        "How many batches of 50 make 10,000 examples?",
        "Each epoch goes through all of the batches once.",
    ),
)

explain = exercises.text(
    "explain",
    title="Explain it to a friend",
    model="Deep learning is a way to get a program from examples where nobody can "
    "write the rules. You choose a network whose structure fits the data, a loss that "
    "says how wrong it is, and let gradient descent adjust millions of numbers until "
    "the loss on new examples is small. It finds patterns in what it was shown and "
    "nothing else: on pictures that are moved, on another kind of text or under "
    "other rules it can be wrong and sound sure. So I compare with a simple baseline, "
    "test on new examples, and try to break it before I trust it.",
    rubric=(
        "a program comes from examples, not from rules",
        "structure, loss and gradient descent, in your own words",
        "what it cannot do, and how you would find out",
    ),
    hints=(
        "Answer three questions: what it is, how it learns, and when you would not "
        "trust it.",
    ),
)
