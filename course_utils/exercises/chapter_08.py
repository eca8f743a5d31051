"""Exercises of chapter 08, "Experiment like a scientist"."""

from itertools import product

import numpy as np

from .core import ExerciseSet

exercises = ExerciseSet("08")


# 1. One question at a time

which_plan = exercises.choice(
    "which_plan",
    title="Which plan answers the question?",
    answer="c",
    options={
        "a": "Two things changed at once. If the accuracy rises you do not know "
        "which of them did it, and if it stays, one may have undone the other.",
        "b": "One thing changed, but one run of each: the difference may come from "
        "the seed alone. You will soon see how much a seed does.",
        "c": "One thing changed, everything else equal, and enough runs to see how "
        "much chance does.",
        "d": "The images that the network trains on cannot show what dropout is "
        "for. And choosing by the test images spoils them for the final number.",
    },
    hints=(
        "How many things differ between the runs that are compared?",
        "And would the comparison come out the same on another day, with other "
        "random numbers?",
    ),
)


# 2. The log


def _curves(*values):
    return {
        "loss": [1.0 / (1 + i) for i in range(len(values))],
        "val_accuracy": list(values),
    }


@exercises.function(
    title="What a log must hold",
    points=2,
    cases=[
        ({"width": 64}, {}, 0, _curves(0.5), 0.25),
        ({"width": 64, "rate": 0.1}, {"rate": 0.2}, 7, _curves(0.5, 0.75), 1.5),
        (
            {"width": 64, "rate": 0.1, "name": "Adam"},
            {"width": 8, "name": "SGD"},
            2,
            _curves(0.5, 0.8, 0.7),
            2.0,
        ),
    ],
    hints=(
        "Somebody wants to repeat this run in a year, and the defaults have been "
        "changed by then. What must be written down?",
        "`base | change` is a new dict: everything in `base`, with the values of "
        "`change` where it has them.",
        'Return a dict with the four keys "settings", "seed", "curves" and '
        '"seconds"; two of them are passed on as they are.',
    ),
)
def log_record(base, change, seed, curves, seconds):
    """What goes into the log for a run: a dict with four keys."""
    settings = base | change
    return {"settings": settings, "seed": seed, "curves": curves, "seconds": seconds}


@log_record.alternative
def log_record_by_copying(base, change, seed, curves, seconds):
    settings = dict(base)
    settings.update(change)
    whole = {name: [float(v) for v in values] for name, values in curves.items()}
    return dict(settings=settings, seed=seed, curves=whole, seconds=seconds)


@log_record.mistake(
    "Only what was changed is written down. Next month somebody edits the defaults, "
    "and nobody can tell any more what this run was. Keep every setting."
)
def only_the_change(base, change, seed, curves, seconds):
    return {"settings": change, "seed": seed, "curves": curves, "seconds": seconds}


@log_record.mistake(
    "These are the defaults: what this run changed is lost. Which of the two dicts "
    "must win where both have a key?"
)
def only_the_defaults(base, change, seed, curves, seconds):
    settings = change | base
    return {"settings": settings, "seed": seed, "curves": curves, "seconds": seconds}


@log_record.mistake(
    "Only the last values are kept. Whether the loss was still falling, or had long "
    "been rising again, is in the whole curves."
)
def only_the_end(base, change, seed, curves, seconds):
    last = {name: values[-1] for name, values in curves.items()}
    whole = base | change
    return {"settings": whole, "seed": seed, "curves": last, "seconds": seconds}


@log_record.mistake(
    "The seed is missing. Without it the run cannot be repeated, nor paired with "
    "another of the same seed."
)
def without_the_seed(base, change, seed, curves, seconds):
    return {"settings": base | change, "curves": curves, "seconds": seconds}


@log_record.mistake(
    "`base` itself is changed here: from now on every run has this one's settings. "
    "Make a new dict."
)
def changes_the_base(base, change, seed, curves, seconds):
    base.update(change)
    raise ValueError("base was changed: " + str(base))


# 3. Chance

seed_spread = exercises.prediction(
    "seed_spread",
    title="From the worst seed to the best",
    example=1.0,
)


@exercises.function(
    title="Mean and spread",
    cases=[
        (np.array([0.9, 0.92]),),
        (np.array([0.93, 0.95, 0.94, 0.94]),),
        (np.array([0.5, 0.9, 0.7, 0.6, 0.55, 0.95]),),
    ],
    hints=(
        "Both come from NumPy: `.mean()` and `.std()`. What does `.std()` divide by?",
        "The runs are a sample of all the runs that you could have made, and the "
        "mean was fitted to them: divide by one less than their number. The "
        "argument is called `ddof`.",
    ),
)
def mean_and_spread(results):
    """Mean and sample standard deviation of results (S,): a pair."""
    return results.mean(), results.std(ddof=1)


@mean_and_spread.alternative
def mean_and_spread_by_hand(results):
    middle = sum(results) / len(results)
    variance = sum((r - middle) ** 2 for r in results) / (len(results) - 1)
    return middle, variance**0.5


@mean_and_spread.mistake(
    "NumPy's `std` divides by n unless told otherwise. That is right for everything "
    "there is; for a sample it comes out too small, most of all for few runs.",
    credit=0.5,
)
def divides_by_n(results):
    return results.mean(), results.std()


@mean_and_spread.mistake(
    "This is the variance. The spread has the unit of the results: take one more step."
)
def variance(results):
    return results.mean(), results.var(ddof=1)


@mean_and_spread.mistake(
    "This is the distance from the worst to the best. It grows with the number of "
    "runs; a standard deviation does not."
)
def whole_range(results):
    return results.mean(), results.max() - results.min()


@mean_and_spread.mistake(
    "This is the standard error of the mean: how sure the mean is. Asked for is how "
    "far single runs lie apart."
)
def error_of_the_mean(results):
    return results.mean(), results.std(ddof=1) / np.sqrt(len(results))


@mean_and_spread.mistake("This is the median and the spread; asked for is the mean.")
def median_and_spread(results):
    return np.median(results), results.std(ddof=1)


# 4. Learning rate, batch size, …


def _range_tests(rng):
    rates = np.array([0.001, 0.01, 0.1, 1.0])
    small = np.array([2.3, 2.2, 1.0, 1.5])
    many = np.geomspace(1e-5, 10, 13)
    losses = np.array(
        [2.3, 2.31, 2.3, 2.28, 2.2, 2.0, 1.5, 0.9, 0.7, 0.65, 1.4, 6.0, 40.0]
    )
    odd = np.array([1e-4, 3e-4, 1e-3, 1e-2, 2e-1, 5e-1])
    steps = np.array([2.3, 2.1, 2.0, 1.2, 0.9, 3.0])
    return [(rates, small), (odd, steps), (many, losses)]


@exercises.function(
    title="Read a range test",
    points=2,
    cases=_range_tests,
    hints=(
        "Where is the loss lowest? `np.argmin` gives the position, and one more "
        "step the rate that stands there.",
        "At the lowest point the loss is about to turn upwards: the rate is already "
        "too high to be safe. Go down by a factor of ten.",
    ),
)
def suggested_rate(rates, losses):
    """A tenth of the rate at which the loss is lowest: one number."""
    lowest = np.argmin(losses)
    return rates[lowest] / 10


@suggested_rate.alternative
def suggested_rate_by_sorting(rates, losses):
    pairs = sorted(zip(losses, rates, strict=True))
    return 0.1 * pairs[0][1]


@suggested_rate.mistake(
    "This is the lowest loss, divided. Asked for is a learning rate: what stands at "
    "the same place in the other array?"
)
def a_loss(rates, losses):
    return losses.min() / 10


@suggested_rate.mistake(
    "This is the rate of the lowest loss itself. It stands at the edge: a little "
    "more, and the loss shoots up. Keep a distance."
)
def at_the_edge(rates, losses):
    return rates[np.argmin(losses)]


@suggested_rate.mistake(
    "This looks at the highest loss: there the training has broken down already."
)
def from_the_highest(rates, losses):
    return rates[np.argmax(losses)] / 10


@suggested_rate.mistake("This is a position in the array. Which rate stands there?")
def a_position(rates, losses):
    return np.argmin(losses) / 10


@suggested_rate.mistake(
    "This goes a tenth of the way along the array, which is no tenth of the rate: "
    "the rates grow by a factor, not by a step."
)
def a_tenth_of_the_way(rates, losses):
    return rates[np.argmin(losses) // 10]


batch_guess = exercises.prediction(
    "batch_guess",
    title="Which batch size gets furthest in five epochs?",
    options={
        "a": "Batches of 8: most steps for the same images, each of them on a noisy "
        "gradient.",
        "b": "Batches of 32: the two effects, more steps and less noise, balance "
        "near the size that was tuned by hand.",
        "c": "Batches of 256: the best gradients, but an eighth of the steps of 32. "
        "Where that wins, the learning rate was too high for the smaller ones.",
    },
    example="a",
)

dropout_guess = exercises.prediction(
    "dropout_guess",
    title="What does dropout do here?",
    options={
        "a": "It raises the accuracy by more than the seeds' spread. Such a gain is "
        "usual for large networks that train for long.",
        "b": "Its effect is smaller than the seeds' spread: five epochs are short, "
        "and the network has hardly begun to learn by heart.",
        "c": "It lowers the accuracy by more than the seeds' spread: the network is "
        "too small to do without a part of its units.",
    },
    example="a",
)


def _some_images(rng):
    first = np.arange(1.0, 7.0).reshape(1, 2, 3)
    more = rng.integers(1, 256, (2, 4, 5)).astype("uint8")
    return [
        (first, 1, 0),
        (first, 0, -1),
        (more, 2, 1),
        (more, -1, -2),
        (more, 0, 0),
        (rng.random((3, 4, 4)), -1, 1),
    ]


@exercises.function(
    title="Shift images, for more of them",
    points=2,
    cases=_some_images,
    hints=(
        "Start with the rows alone. For `down = 2` the new rows from 2 on receive "
        "the old rows without the last two.",
        "A negative number goes the other way. `max(down, 0)` and `max(-down, 0)` "
        "say where to start in the new and in the old images.",
        "`np.pad` with as many empty rows and columns on every side as needed, and "
        "then cutting out, works for both signs at once.",
    ),
)
def shift(images, down, right):
    """Images (N, H, W) moved; negative numbers: up, left. Same shape."""
    _, height, width = images.shape
    padded = np.pad(images, ((0, 0), (abs(down),) * 2, (abs(right),) * 2))
    top, left = abs(down) - down, abs(right) - right
    return padded[:, top : top + height, left : left + width]


@shift.alternative
def shift_by_slices(images, down, right):
    moved = np.zeros_like(images)
    _, height, width = images.shape
    for row in range(height):
        for column in range(width):
            if 0 <= row - down < height and 0 <= column - right < width:
                moved[:, row, column] = images[:, row - down, column - right]
    return moved


@shift.mistake(
    "What leaves on one side comes back on the other: that is `np.roll`. A digit "
    "with its foot above its head is no digit. Empty pixels must come in."
)
def rolled(images, down, right):
    return np.roll(images, (down, right), axis=(1, 2))


@shift.mistake(
    "Up and down, or left and right, are exchanged. A positive `down` makes empty "
    "rows at the top."
)
def the_other_way(images, down, right):
    return shift_by_slices(images, -down, -right)


@shift.mistake(
    "Rows and columns are exchanged: rows are axis 1 of the images, and `down` "
    "counts rows."
)
def exchanged(images, down, right):
    return shift_by_slices(images, right, down)


@shift.mistake(
    "Right for positive numbers. A negative `down` or `right` must move the images "
    "up or to the left.",
    credit=0.5,
)
def positive_only(images, down, right):
    return shift_by_slices(images, max(down, 0), max(right, 0))


@shift.mistake(
    "The shape has grown. What leaves the frame is lost, and the images keep their "
    "height and width."
)
def grown(images, down, right):
    return np.pad(images, ((0, 0), (abs(down), 0), (abs(right), 0)))


conv_guess = exercises.prediction(
    "conv_guess",
    title="Convolutions against one dense layer",
    options={
        "a": "The convolutional network is ahead by more than one point: it looks "
        "for the same small strokes everywhere, and so learns from every place of "
        "every image at once.",
        "b": "They are within one point of each other: so few images and epochs do "
        "not let the difference show.",
        "c": "It is behind by more than one point: with so few images and steps it "
        "has not got going yet.",
    },
    example="b",
)


# 5. Is the difference real?


@exercises.function(
    title="A test by exchanging signs",
    points=3,
    cases=[
        (np.array([0.3]),),
        (np.array([0.01, -0.01]),),
        (np.array([-0.25, -0.5, -0.125]),),
        (np.array([0.5, 0.25, -0.125, 0.5]),),
        (np.array([1.0, 2.0, 3.0, 4.0, 5.0]) / 64,),
        (np.array([3.0, -1.0, 0.0, 2.0, 1.0]) / 64,),
    ],
    hints=(
        "`itertools.product([1, -1], repeat=n)` gives all ways to choose n signs; "
        "there are 2 to the n of them.",
        "For each choice: multiply signs and differences, take the mean, and its "
        "absolute value. Compare with the absolute mean of the real differences.",
        "Count how often it is at least as large, and divide by the number of "
        "choices. Allow for rounding: `>= real - 1e-12`.",
    ),
)
def sign_test(differences):
    """Share of all sign choices whose mean is at least as far from 0."""
    real = abs(np.mean(differences))
    choices = list(product([1, -1], repeat=len(differences)))
    means = [abs(np.mean(np.multiply(signs, differences))) for signs in choices]
    return np.mean(np.array(means) >= real - 1e-12)


@sign_test.alternative
def sign_test_by_doubling(differences):
    sums = np.zeros(1)
    for value in differences:
        sums = np.concatenate([sums + value, sums - value])
    hits = np.count_nonzero(np.abs(sums) >= abs(np.sum(differences)) - 1e-12)
    return hits / len(sums)


@sign_test.mistake(
    "This counts one side only. Before the runs you did not know which of the two "
    "would win, so a difference as large the other way counts too."
)
def one_sided(differences):
    real = np.mean(differences)
    choices = list(product([1, -1], repeat=len(differences)))
    means = [np.mean(np.multiply(signs, differences)) for signs in choices]
    return np.mean(np.array(means) >= real - 1e-12)


@sign_test.mistake(
    "The real signs are one of the choices, and here they are not counted: chance "
    "can come out exactly as the experiment did, so the answer is never zero."
)
def strictly_larger(differences):
    real = abs(np.mean(differences))
    choices = list(product([1, -1], repeat=len(differences)))
    means = [abs(np.mean(np.multiply(signs, differences))) for signs in choices]
    return np.mean(np.array(means) > real + 1e-12)


@sign_test.mistake(
    "This is the share of choices that are closer to zero. Asked for is how often "
    "chance does at least as much as the experiment."
)
def the_others(differences):
    real = abs(np.mean(differences))
    choices = list(product([1, -1], repeat=len(differences)))
    means = [abs(np.mean(np.multiply(signs, differences))) for signs in choices]
    return 1 - np.mean(np.array(means) >= real - 1e-12)


@sign_test.mistake(
    "This only counts how many differences are positive. Their sizes are not looked "
    "at, and a share of wins is not what chance would do."
)
def share_of_wins(differences):
    return np.mean(np.asarray(differences) > 0)


@sign_test.mistake("This is how many choices there are, not which share of them.")
def a_count(differences):
    return sign_test_by_doubling(differences) * 2 ** len(differences)


what_p_means = exercises.choice(
    "what_p_means",
    title="What does 0.03 say?",
    answer="b",
    options={
        "a": "The test starts from the assumption that the change does nothing, so "
        "it cannot give the probability of that assumption.",
        "b": "A change that does nothing would look this good, or this bad, in three "
        "of a hundred experiments. Whoever makes thirty experiments should expect "
        "one such.",
        "c": "It says nothing about the size. With enough runs, a gain of no "
        "importance at all gets a small number too: look at the mean difference.",
    },
    hints=(
        "What was exchanged in the test, and what did that assume about the change?",
        "Under that assumption, what did you count?",
    ),
)


@exercises.function(
    title="Choose, then report",
    points=2,
    cases=[
        (
            np.array([[0.9, 0.92], [0.95, 0.91]]),
            np.array([[0.89, 0.93], [0.9, 0.91]]),
        ),
        (
            np.array([[0.9, 0.9, 0.98], [0.94, 0.95, 0.93], [0.8, 0.85, 0.9]]),
            np.array([[0.97, 0.98, 0.96], [0.93, 0.93, 0.94], [0.8, 0.9, 0.85]]),
        ),
        (
            np.array([[0.5, 0.6], [0.99, 0.2], [0.7, 0.6], [0.65, 0.6]]),
            np.array([[0.95, 0.96], [0.9, 0.9], [0.5, 0.7], [0.8, 0.82]]),
        ),
    ],
    hints=(
        "One row for each setting, one column for each seed. Which mean makes the "
        "choice, and along which axis?",
        "`valid.mean(axis=1)` is one number for each setting; `np.argmax` says "
        "where the largest is.",
        "The number to report is the mean of the chosen row of `test`.",
    ),
)
def choose_and_report(valid, test):
    """Chosen row of (settings, seeds), and its mean test accuracy: a pair."""
    chosen = int(np.argmax(valid.mean(axis=1)))
    return chosen, test[chosen].mean()


@choose_and_report.alternative
def choose_and_report_by_loop(valid, test):
    best, chosen = -1.0, 0
    for row, results in enumerate(valid):
        if sum(results) / len(results) > best:
            best, chosen = sum(results) / len(results), row
    return chosen, sum(test[chosen]) / len(test[chosen])


@choose_and_report.mistake(
    "The test images made the choice. Of several settings you pick the one that suits "
    "these very images, and the number you report is too good."
)
def by_the_test(valid, test):
    chosen = int(np.argmax(test.mean(axis=1)))
    return chosen, test[chosen].mean()


@choose_and_report.mistake(
    "The single luckiest run made the choice. A setting with a wide spread wins that "
    "way, however poor it is on average."
)
def by_the_best_run(valid, test):
    chosen = int(np.argmax(valid.max(axis=1)))
    return chosen, test[chosen].mean()


@choose_and_report.mistake(
    "The choice is right, but the number reported is the one that made it. The "
    "winner's validation accuracy is partly luck: that is why it won.",
    credit=0.5,
)
def reports_the_validation(valid, test):
    chosen = int(np.argmax(valid.mean(axis=1)))
    return chosen, valid[chosen].mean()


@choose_and_report.mistake(
    "The choice is right, but the number reported is that of the best seed. Nobody "
    "gets to choose the seed of the images to come.",
    credit=0.5,
)
def reports_the_best_seed(valid, test):
    chosen = int(np.argmax(valid.mean(axis=1)))
    return chosen, test[chosen].max()


@choose_and_report.mistake(
    "The means were taken along the wrong axis: one number for each seed, not for "
    "each setting."
)
def along_the_wrong_axis(valid, test):
    chosen = int(np.argmax(valid.mean(axis=0)))
    return chosen, test[chosen].mean()


# 6. Search

search_guess = exercises.prediction(
    "search_guess",
    title="The search against your own hand",
    options={
        "a": "The search's setting is ahead by more than half a point: it tried "
        "combinations that nobody would have thought of.",
        "b": "The two are within half a point of each other. In a small space, a "
        "person who has made a dozen experiments knows most of what there is.",
        "c": "Yours is ahead by more than half a point. A few tries do not go far, and "
        "the search knew nothing about networks.",
    },
    example="b",
)


# 7. The failure gallery

CAUSES = {
    "a": "A learning rate that is far too high",
    "b": "Dead ReLUs, after a few huge steps",
    "c": "All weights zero at the start",
    "d": "Unscaled input, 0 to 255",
    "e": "Softmax twice",
    "f": "Shuffled labels",
    "g": "Test images among the training images",
    "h": "Too little data",
}
"""What went wrong in the gallery; the notebook lists the same."""

_SIGNS = {
    "a": "With a learning rate that is far too high the loss wanders up and down, far "
    "from zero, on training and new images alike: every step leaps over the valley.",
    "b": "Dead ReLUs show as a collapse: a network that had learned falls to chance "
    "from one epoch to the next, and never moves again.",
    "c": "With all weights zero the loss starts at ln 10 to the last digit, and the "
    "hidden layer never gets a gradient: there is no rise to fall from.",
    "d": "Unscaled input shows before the first step: the untrained network's loss is "
    "far above ln 10, since its logits are as large as its inputs.",
    "e": "With softmax twice the loss runs into a floor near 1.46, however good the "
    "readings are.",
    "f": "With shuffled labels there is nothing to find in the images: what is learned "
    "by heart helps with no new image.",
    "g": "Where the images that judge were trained on, they look as good as the "
    "training images, and much better than any honest result.",
    "h": "With too little data all training images are soon read, and the new ones "
    "stay far behind, yet well above chance.",
}

# In the order of the gallery: the cause, and what its curves show.
GALLERY = (
    ("f", "the training accuracy creeps up while new images stay at chance."),
    ("e", "both accuracies rise together, and the loss stops well above zero."),
    ("b", "the first epochs are fine, then both accuracies drop to chance at once."),
    ("h", "training reaches all images, and new ones are read well below the rest."),
    ("c", "the curves are level at chance, from the very start."),
    ("g", "the two curves lie on each other and end near 100 %."),
    ("d", "the loss starts at a hundred or so, with no step taken yet."),
    ("a", "both losses wander about together and stay high."),
)
"""Cause and symptom of each run, from run 1 on."""


def _diagnosis(number, cause, seen):
    options = {
        letter: f"{sign} That is what run {number} shows: {seen}"
        if letter == cause
        else f"{sign} In run {number}, however, {seen}"
        for letter, sign in _SIGNS.items()
    }
    return exercises.choice(
        f"run_{number}",
        title=f"Run {number} of the gallery",
        answer=cause,
        options=options,
        hints=(
            "Look at the start, at the end, and at the distance between the two "
            "curves. Which of the three is unusual?",
            f"Say in words what you see: {seen} Which cause could do that?",
        ),
    )


run_1, run_2, run_3, run_4, run_5, run_6, run_7, run_8 = (
    _diagnosis(number, cause, seen) for number, (cause, seen) in enumerate(GALLERY, 1)
)


# 8. Another data set

carry_over = exercises.choice(
    "carry_over",
    title="What carries over to a new data set?",
    answer="d",
    options={
        "a": "An accuracy belongs to a network and a set of images. The new classes "
        "may be easier or harder to tell apart.",
        "b": "A setting that won here won by little, and on these images. It is a "
        "good first guess, to be tried again.",
        "c": "Which change helps depends on what varies in the images: a shift helps "
        "where things are not centred, a mirror image only where left and right do "
        "not matter.",
        "d": "How to find out travels well: one change, several seeds, the same "
        "seeds for both, a test, a log, and a set of images that had no say.",
    },
    hints=(
        "Which of the four would you use again without testing it first?",
        "Three of them are results. One is a way to get results.",
    ),
)


# Recall

recall_standard_error = exercises.choice(
    "recall_standard_error",
    title="How sure is an accuracy?",
    answer="a",
    options={
        "a": "About √(0.98 · 0.02 / 10,000) = 0.0014. The difference is half of "
        "that: no reason to celebrate.",
        "b": "The standard error has the root of n below it, not n.",
        "c": "√(p (1 − p)) is the spread of one image, right or wrong. The mean of "
        "10,000 images is a hundred times surer.",
    },
    hints=(
        "Chapter 06: the standard error of a share p of n images is √(p (1 − p) / n).",
        "p (1 − p) is about 0.02 here. Divide by 10,000, and take the root.",
    ),
)

recall_untrained = exercises.number(
    "recall_untrained",
    title="The loss of a network that knows nothing",
    answer=float(np.log(4)),
    tolerance=0.02,
    mistakes=(
        (
            float(np.log(10)),
            "That is the number for ten classes. Here there are fewer.",
        ),
        (0.25, "That is the probability of each class. What does it cost?"),
        (0.75, "That is the share of wrong guesses, not the cross-entropy."),
        (2.0, "That is in bits, with the logarithm of base 2. Take the natural one."),
    ),
    hints=(
        "Equal probabilities for all classes: how large is the one of the true class?",
        "The loss is minus the natural logarithm of that probability.",
    ),
)

recall_update_count = exercises.number(
    "recall_update_count",
    title="Steps in an epoch",
    answer=63,
    mistakes=(
        (62, "The last batch is smaller, but it is a batch too."),
        (62.5, "There is no half of a step: the last batch is a smaller one."),
        (2000, "That would be a step for each image."),
        (32, "That is the size of a batch."),
        (315, "That is for five epochs."),
    ),
    hints=(
        "How many batches of 32 do 2,000 images make?",
        "2,000 / 32 is between two whole numbers; what is left over is a batch.",
    ),
)

explain = exercises.text(
    "explain",
    title="Explain it to a friend",
    model="Train the old and the new network several times each, with the same set of "
    "random seeds for both, and change nothing else. For each seed take the difference "
    "between the two. If the new one is better, the differences are mostly positive, "
    "and shuffling their signs at random seldom gives a mean as large. One run of each "
    "proves nothing, since the seed alone moves the accuracy by as much. The images "
    "that decide must not be those of the final number, because the winner of a "
    "comparison is always a little lucky.",
    rubric=(
        "one change, everything else equal",
        "several seeds, the same for both, and their differences",
        "chance alone makes differences too, and how often is what the test says",
        "the final number comes from images that had no say",
    ),
    hints=(
        "Answer three questions: what is the same in both, how often is it run, and "
        "when is a difference more than luck?",
    ),
)
