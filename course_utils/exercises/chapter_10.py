"""Exercises of chapter 10, "Where next"."""

import numpy as np

from .core import ExerciseSet

exercises = ExerciseSet("10")


# 2. Pictures


def _pictures(rng):
    """Images with filters: square and not, filters of one pixel and more."""
    return [
        (np.arange(6.0).reshape(2, 3), np.array([[1.0, -2.0]])),
        (
            rng.integers(-3, 9, (3, 4)).astype(float),
            np.array([[1.0, 0.0], [2.0, -1.0]]),
        ),
        (rng.random((5, 4)) - 0.5, rng.random((3, 2)) - 0.5),
        (rng.random((6, 6)), np.array([[1.0, 0, -1], [2, 0, -2], [1, 0, -1]])),
    ]


@exercises.function(
    title="Slide a filter over an image",
    points=2,
    cases=_pictures,
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


@slide.alternative
def slide_by_adding_shifted_images(image, weights):
    h, w = weights.shape
    rows, columns = image.shape[0] - h + 1, image.shape[1] - w + 1
    return sum(
        weights[a, b] * image[a : a + rows, b : b + columns]
        for a in range(h)
        for b in range(w)
    )


@slide.alternative
def slide_by_windows(image, weights):
    windows = np.lib.stride_tricks.sliding_window_view(image, weights.shape)
    return np.einsum("ijab,ab->ij", windows, weights)


@slide.mistake(
    "The filter is turned upside down and left to right here. Mathematicians define "
    "convolution so; networks lay the filter on the image as it is."
)
def turned(image, weights):
    return slide_by_windows(image, weights[::-1, ::-1])


@slide.mistake(
    "The last row and column of places are missing. How many places are there for a "
    "filter as large as the image?"
)
def one_place_short(image, weights):
    return slide_by_windows(image, weights)[:-1, :-1]


@slide.mistake(
    "The result is as large as the image: the filter hangs over the edge, on pixels "
    "that do not exist. Use only places where it lies on the image completely."
)
def over_the_edge(image, weights):
    h, w = weights.shape
    return slide_by_windows(np.pad(image, ((0, h - 1), (0, w - 1))), weights)


@slide.mistake(
    "This is the mean over the filter. A filter adds up what it weighs; nothing is "
    "divided."
)
def means(image, weights):
    return slide_by_windows(image, weights) / weights.size


@slide.mistake(
    "This adds up the pixels under the filter, whatever the weights. Each pixel "
    "counts as much as the weight that lies on it."
)
def without_weights(image, weights):
    return slide_by_windows(image, np.ones_like(weights))


filter_count = exercises.number(
    "filter_count",
    title="Count the numbers of a convolution",
    answer=8 * (3 * 3 + 1),
    mistakes=(
        (8 * 9, "Those are the weights. Each filter has a bias, like any unit."),
        (9 + 1, "That is one filter. The layer has eight, each with its own numbers."),
        (9, "Those are the weights of one filter."),
        (8 * 9 + 1, "There is not one bias for all, but one for each filter."),
        (
            784 * 8 + 8,
            "That is a Dense layer of eight units. A filter sees 3 × 3 pixels at "
            "a time, with the same weights everywhere.",
        ),
        (
            26 * 26 * 8 * 10,
            "That counts each place anew. The weights of a filter are the same at "
            "every place.",
        ),
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
            np.array([[2.0, 0.0], [0.0, 2.0]]),
            np.array([[3.0, -1.0], [0.0, 1.0]]),
            np.array([[1.0, 0.0], [0.0, 1.0]]),
        ),
        (rng.normal(0, 2, (3, 4)), rng.normal(0, 2, (5, 4)), rng.normal(0, 1, (5, 2))),
    ]


@exercises.function(
    title="Attention",
    points=2,
    cases=_queries,
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


@attention.alternative
def attention_query_by_query(Q, K, V):
    mixed = []
    for query in Q:
        scores = np.array([query @ key for key in K]) / len(query) ** 0.5
        weights = np.exp(scores) / np.exp(scores).sum()
        mixed.append(sum(w * value for w, value in zip(weights, V, strict=True)))
    return np.array(mixed)


def _softmax(scores, axis=1):
    exponentials = np.exp(scores - scores.max(axis=axis, keepdims=True))
    return exponentials / exponentials.sum(axis=axis, keepdims=True)


@attention.mistake(
    "The scores are not divided by anything. The wider the queries, the larger their "
    "products, and the softmax soon looks at one value only."
)
def without_root(Q, K, V):
    return _softmax(Q @ K.T) @ V


@attention.mistake(
    "The scores are divided by the width itself; the formula has its square root."
)
def by_the_width(Q, K, V):
    return _softmax(Q @ K.T / Q.shape[1]) @ V


@attention.mistake(
    "The weights add up to 1 over the queries, along a column. Each query shares out "
    "its own attention: along which axis is that?"
)
def along_columns(Q, K, V):
    return _softmax(Q @ K.T / np.sqrt(Q.shape[1]), axis=0) @ V


@attention.mistake(
    "The values are mixed by the raw scores, which can be negative and of any size. "
    "Make weights out of them first, positive and adding up to 1."
)
def without_softmax(Q, K, V):
    return Q @ K.T / np.sqrt(Q.shape[1]) @ V


@attention.mistake(
    "These are the weights: who looks at whom. The layer's output is one step "
    "further: the values, mixed by them."
)
def weights_only(Q, K, V):
    return _softmax(Q @ K.T / np.sqrt(Q.shape[1]))


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
        (np.array([2.0, -1.0, 0.5]), 1.0),
        (np.array([2.0, -1.0, 0.5]), 0.25),
        (np.array([-3.0, 4.0, 1.0, 0.0]), 3.0),
        (np.array([1000.0, 999.0, 0.0, -5.0]), 0.5),
    ],
    hints=(
        "The temperature changes the logits; after that it is the softmax that you "
        "know from chapter 06.",
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


@soften.alternative
def soften_with_logarithms(logits, temperature):
    scaled = np.asarray(logits) / temperature
    return np.exp(scaled - np.logaddexp.reduce(scaled))


@soften.mistake(
    "This is the wrong way round: a high temperature comes out bold, a low one wild. "
    "At a low temperature the differences must grow."
)
def multiplied(logits, temperature):
    exponentials = np.exp((logits - logits.max()) * temperature)
    return exponentials / exponentials.sum()


@soften.mistake("The temperature is not used: these are the ordinary probabilities.")
def ignored(logits, temperature):
    exponentials = np.exp(logits - logits.max())
    return exponentials / exponentials.sum()


@soften.mistake(
    "The probabilities are divided after the softmax, so they no longer add up to 1. "
    "The temperature belongs to the logits."
)
def divided_afterwards(logits, temperature):
    exponentials = np.exp(logits - logits.max())
    return exponentials / exponentials.sum() / temperature


@soften.mistake(
    "Right for small logits. With 1000 among them `np.exp` overflows: subtract the "
    "largest logit from all of them first.",
    credit=0.5,
)
def overflowing(logits, temperature):
    exponentials = np.exp(logits / temperature)
    return exponentials / exponentials.sum()


cold_words = exercises.prediction(
    "cold_words",
    title="Words at a low temperature",
    example=15,
)


# 5. Reinforcement learning


@exercises.function(
    title="The rule of Q-learning",
    points=2,
    cases=[
        (0.0, -1.0, np.array([0.0, 0.0]), False, 0.5),
        (-4.0, -1.0, np.array([-2.0, -8.0]), False, 0.5),
        (3.0, 10.0, np.array([5.0, 7.0, 1.0]), False, 0.1),
        (-4.0, -20.0, np.array([-2.0, -1.0, -6.0, -3.0]), True, 0.5),
        (2.0, 1.0, np.array([8.0, 4.0, 9.0, 0.0]), True, 1.0),
    ],
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


@new_value.alternative
def new_value_as_a_mixture(old, reward, next_values, over, rate):
    target = reward
    if not over:
        target += max(next_values)
    return (1 - rate) * old + rate * target


@new_value.mistake(
    "When the game is over, nothing comes after it: the values of the next place "
    "must not count then."
)
def beyond_the_end(old, reward, next_values, over, rate):
    return old + rate * (reward + np.max(next_values) - old)


@new_value.mistake(
    "This takes the mean of the next values, as if the next action were drawn blindly. "
    "The agent is free to take the best."
)
def mean_of_the_next(old, reward, next_values, over, rate):
    best = 0.0 if over else np.mean(next_values)
    return old + rate * (reward + best - old)


@new_value.mistake(
    "The old value is thrown away for the target. A single try may have been luck; "
    "move only a share of the way."
)
def only_the_target(old, reward, next_values, over, rate):
    return reward + (0.0 if over else np.max(next_values))


@new_value.mistake(
    "The share of the target is added on top of the old value, so values grow without "
    "end. Add a share of the *difference*."
)
def added_on_top(old, reward, next_values, over, rate):
    return old + rate * (reward + (0.0 if over else np.max(next_values)))


@new_value.mistake(
    "The reward alone moves the value here, so an action that pays off later never "
    "looks good."
)
def short_sighted(old, reward, next_values, over, rate):
    return old + rate * (reward - old)


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
    answer=800,
    mistakes=(
        (200, "That is one epoch."),
        (40_000, "Weights are adjusted once for each batch, not for each example."),
        (4, "An epoch consists of many steps."),
        (2_000, "Which of the numbers is the size of a batch, which the epochs?"),
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
