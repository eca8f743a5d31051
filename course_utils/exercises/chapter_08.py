"""Exercises of chapter 08, "Experiment like a scientist"."""

import json
from itertools import product

import numpy as np

from course_utils.checking.core import AnswerFormError, ExerciseSet
from course_utils.checking.mistakes import half

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


def _writable(record):
    """Return the record; the chapter writes its settings and curves to a file."""
    if isinstance(record, dict):
        try:
            json.dumps([record.get("settings"), record.get("curves")])
        except Exception:
            message = (
                "This record cannot be written to the log's file. It takes plain "
                "numbers, texts, lists and dicts: pass on the settings and curves as "
                "they are, without NumPy arrays or sets."
            )
            raise AnswerFormError(message, record) from None
    return record


@exercises.function(
    title="What a log must hold",
    points=2,
    view=_writable,
    cases=[
        ({"width": 64}, {}, 0, _curves(0.5), 0.25),
        ({"width": 64, "rate": 0.1}, {"rate": 0.0}, 7, _curves(0.5, 0.75), 1.5),
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


log_record.known_mistakes = {
    "base | change => change": (
        "Only what was changed is written down. Next month somebody edits the "
        "defaults, and nobody can tell any more what this run was. Keep every "
        "setting."
    ),
    "base | change => change | base": (
        "These are the defaults: what this run changed is lost. Which of the two "
        "dicts must win where both have a key?"
    ),
    ', "seed": seed => ': (
        "The seed is missing. Without it the run cannot be repeated, nor paired "
        "with another of the same seed."
    ),
    ("settings = base | change => base.update(change)", "settings, => base,"): (
        "`base` itself is changed here: from now on every run has this one's "
        "settings. Make a new dict."
    ),
    " | change => .update(change)": (
        "`update` changes a dict and gives back None, so the log gets None. And "
        "the dict that it changed is `base`, which the next run still needs."
    ),
    "base | change => dict(base).update(change)": (
        "The copy is changed, and then lost: `update` gives back None, and that is "
        "what the log gets. Give the copy a name first."
    ),
    'base | change => {"base": base, "change": change}': (
        "The settings hold two dicts here. Whoever reads the log wants one, with "
        "the value that each setting had in this run."
    ),
    "base | change => change or base": (
        "`or` chooses one of the two dicts. Where anything was changed, all the "
        "other settings are lost."
    ),
    "| => +": (
        "Lists can be added with `+`, dicts cannot: Python would not know which "
        "value wins where both have a key. The sign for that is another one."
    ),
    "base | change => dict(base, change)": (
        "`dict` makes a copy of one dict; a second one it does not take. There is "
        "a sign that puts two dicts together."
    ),
    "return {base | change, seed, curves, seconds}": (
        "Curly brackets with nothing but values make a set, and a set cannot hold "
        "dicts. A dict has a key before each value, with a colon between them."
    ),
    ": curves => : curves[-1]": (
        "`curves` is a dict of lists, so it has no last entry. It need not be "
        "taken apart: pass it on whole."
    ),
    'return base | change | {"seed": seed, "curves": curves, "seconds": seconds}': (
        "The settings stand beside the seed and the curves, without a key of their "
        "own. A setting that is called like one of those would overwrite it."
    ),
    """: curves => : curves["val_accuracy"]""": (
        "Only one of the curves is kept. Without the losses nobody can see "
        "afterwards what went wrong. Pass on all of them, with their names."
    ),
    "return base | change, seed, curves, seconds": (
        "The four values are right, but they have no names: in a year, who knows "
        "what the second one was? Make a dict."
    ),
    ("base | change => base", ': settings => : settings, "change": change'): (
        "The defaults and the change are both in the log, under two keys. Whoever "
        "reads it wants one dict, with the value that each setting had in this run."
    ),
    ': curves => : curves["val_accuracy"][-1]': (
        "Only the final accuracy is kept. Whether it was still rising, and what "
        "the loss did, is in the whole curves."
    ),
    """settings = => raise NameError("name 'settings' is not defined"); settings =""": (
        "The keys are texts. Without quotation marks Python looks for a variable of "
        "that name."
    ),
    "base | change => {name: change.get(name) or base[name] for name in base}": (
        "A setting that this run changed to 0 or False is lost: `or` takes both for "
        "nothing. The value of `change` counts wherever it has the key."
    ),
}


# 3. Chance

seed_spread = exercises.prediction(
    "seed_spread",
    title="From the worst seed to the best",
    example=1.0,
)


@exercises.function(
    title="Mean and spread",
    cases=[
        (np.array([0.9, 0.9375]),),
        (np.array([0.93, 0.955, 0.94, 0.94]),),
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


mean_and_spread.known_mistakes = {
    "ddof=1 => ": half(
        "NumPy's `std` divides by n unless told otherwise. That is right for "
        "everything there is; for a sample it comes out too small, most of all for "
        "few runs."
    ),
    "std(ddof=1 => max() - results.min(": (
        "This is the distance from the worst to the best. It grows with the number "
        "of runs; a standard deviation does not."
    ),
    "1) => 1) / np.sqrt(len(results))": (
        "This is the standard error of the mean: how sure the mean is. Asked for "
        "is how far single runs lie apart."
    ),
    "results.mean( => np.median(results": (
        "This is the median and the spread; asked for is the mean."
    ),
    "return results.std(ddof=1), results.mean()": (
        "Right numbers in the wrong order: the mean comes first."
    ),
    "return results.mean()": (
        "Only the mean comes back. Two numbers, with a comma between them, make a pair."
    ),
    "ddof=1 => ) / np.sqrt(len(results)": (
        "This is the standard error of the mean: how sure the mean is. Asked for "
        "is how far single runs lie apart; and NumPy's `std` divides by n unless "
        "told otherwise."
    ),
    "std(ddof=1 => var(": (
        "This is the variance, and divided by n. Take the root; and for a sample n "
        "is a little too large to divide by."
    ),
    ("return  => return 100 * ", ",  => , 100 * "): (
        "These are percent. Leave both in the unit of the results: the next cell "
        "makes percent of them."
    ),
    ", results. => , 100 * results.": (
        "The mean is a share and the spread is in percentage points. Leave both in "
        "the unit of the results."
    ),
    "results.std(ddof=1 => np.abs(results - results.mean()).mean(": (
        "This is the mean distance from the mean. A spread too, but not the "
        "standard deviation, which squares the distances and takes the root at the "
        "end."
    ),
    "results.std(ddof=1 => np.mean(results - results.mean()": (
        "The deviations above and below the mean cancel: their sum is always 0. "
        "Squares do not cancel."
    ),
    "results.std(ddof=1 => np.sqrt(np.sum((results - results.mean()) ** 2)": (
        "The squares are added up and never divided, so this grows with the number "
        "of runs. Divide before you take the root."
    ),
    "ddof= => ": (
        "The results have one axis, number 0, and here axis 1 is asked for. "
        "`std(1)` does that, too: what to take from n has a name of its own."
    ),
    ("mean( => min(", "std(ddof=1 => max("): (
        "These are the lowest and the highest result. The more runs, the further "
        "they lie apart. Asked for are the mean and the standard deviation."
    ),
    "std(ddof=1) => std() * len(results) ** 0.5 / (len(results) - 1)": (
        "The division comes after the root. Divide the sum of the squares, then "
        "take the root."
    ),
    ("),  => ) - results.std(ddof=1), ", ", => , results.mean() +"): (
        "These are the two ends of mean ± spread. Asked for are the two numbers "
        "themselves."
    ),
    "std => var": (
        "This is the variance. The spread has the unit of the results: take one more "
        "step."
    ),
}


# 4. Learning rate, batch size, …


@exercises.function(
    title="Read a range test",
    points=2,
    cases=[
        (np.array([0.001, 0.01, 0.1, 1]), np.array([2.3, 2.2, 1.0, 1.5])),
        (np.array([0.001, 0.01, 0.1, 1]), np.array([2.3, 2.2, 2.25, 1.0])),
        (np.array([1e-4, 3e-4, 1e-3, 0.01, 0.2]), np.array([2.3, 2.0, 1.2, 0.9, 3])),
        (
            np.geomspace(1e-5, 1, 12),
            np.array([3, 3, 2, 2, 2.1, 2, 1, 1, 0.8, 0.7, 4, 9]),
        ),
    ],
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


suggested_rate.known_mistakes = {
    "return losses.min() / 10": (
        "This is the lowest loss, divided. Asked for is a learning rate: what "
        "stands at the same place in the other array?"
    ),
    "return rates[np.argmin(losses)]": (
        "This is the rate of the lowest loss itself. It stands at the edge: a "
        "little more, and the loss shoots up. Keep a distance."
    ),
    "return rates[np.argmax(losses)] / 10": (
        "This looks at the highest loss: there the training has broken down already."
    ),
    "return np.argmin(losses) / 10": (
        "This is a position in the array. Which rate stands there?"
    ),
    "return rates[np.argmin(losses) // 10]": (
        "This goes a tenth of the way along the array, which is no tenth of the "
        "rate: the rates grow by a factor, not by a step."
    ),
    "return np.argmin(losses)": (
        "This is a position: where in the array the loss is lowest. Which rate "
        "stands there, and what is a tenth of it?"
    ),
    "return rates[np.argmin(losses)] * 10": (
        "This goes up from the lowest point, to where the loss shoots up. Which "
        "way is safe?"
    ),
    "return rates[np.argmin(rates)] / 10": (
        "This is a tenth of the smallest rate that was tried. Whose lowest value "
        "counts: that of the rates or that of the losses?"
    ),
    "return rates.max() / 10": (
        "This is a tenth of the largest rate that was tried, wherever the loss is "
        "lowest. The losses have to take part."
    ),
    "return rates[np.argmin(losses) - 1]": (
        "One place down is a tenth only where each rate is ten times the one "
        "before. That holds for some arrays and not for others. Divide the rate "
        "itself."
    ),
    "return rates[np.argmin(losses)] * 0.9": (
        "This takes a tenth away and leaves nine tenths, still at the edge. Asked "
        "for is a tenth of the rate."
    ),
    "return rates[np.argmin(np.diff(losses))]": (
        "This is the rate at which the loss falls fastest, another rule that "
        "people use. Here the rule starts from the lowest loss."
    ),
    "return rates[losses == losses.min()] / 10": half(
        "The right number, but in an array: what is chosen by a condition is an "
        "array, even if one entry is left. Asked for is the number."
    ),
    "np.argmin(losses) => np.argmax(np.diff(losses, append=np.inf) >= 0)": (
        "This stops where the loss rises for the first time. A measured loss goes up "
        "a little now and then: look for the lowest point of all."
    ),
}


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
    first = np.arange(1, 7).reshape(1, 2, 3)
    more = rng.integers(1, 256, (2, 4, 5)).astype("uint8")
    return [
        (first, 1, 0),
        (first, 0, -1),
        (more, 2, 1),
        (more, -1, -2),
        (more, 1, -2),
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


shift.known_mistakes = {
    "return np.roll(images, (down, right), axis=(1, 2))": (
        "What leaves on one side comes back on the other: that is `np.roll`. A "
        "digit with its foot above its head is no digit. Empty pixels must come in."
    ),
    "return shift(images, -down, -right)": (
        "Up and down, or left and right, are exchanged. A positive `down` makes "
        "empty rows at the top."
    ),
    "return shift(images, right, down)": (
        "Rows and columns are exchanged: rows are axis 1 of the images, and `down` "
        "counts rows."
    ),
    "return shift(images, max(down, 0), max(right, 0))": half(
        "Right where the images move down or to the right. A negative number must "
        "move them up or to the left, and here it does not move them at all."
    ),
    "return np.pad(images, ((0, 0), (abs(down), 0), (abs(right), 0)))": (
        "The shape has grown. What leaves the frame is lost, and the images keep "
        "their height and width."
    ),
    "return padded": (
        "The frame of empty pixels is still there on all sides. Cut a piece out of "
        "it, as large as the images were."
    ),
    "return shift(images, abs(down), abs(right))": (
        "The sign is lost: a negative number moves the images down or to the "
        "right, as a positive one does."
    ),
    "return shift(images, down, 0)": (
        "`right` is not used: the images move up and down only."
    ),
    "return shift(images, 0, right)": (
        "`down` is not used: the images move to the left and right only."
    ),
    "return shift(images, -down, right)": (
        "Left and right are correct, up and down are exchanged. In an image row 0 "
        "is at the top, so down means towards higher row numbers."
    ),
    "return shift(images, down, -right)": (
        "Up and down are correct, left and right are exchanged. Moving right goes "
        "towards higher column numbers."
    ),
    "return np.roll(images, (-down, -right), axis=(1, 2))": (
        "What leaves on one side comes back on the other, and it goes the other "
        "way, too: a positive number should move the images down or to the right."
    ),
    "return np.roll(images, (down, right), axis=(0, 1))": (
        "Axis 0 counts the images, so whole images change places here. Rows are "
        "axis 1, columns axis 2. And what leaves must not come back on the other "
        "side."
    ),
    "return shift(images, down, 0 if down else right)": (
        "Where both numbers are given, only `down` counts: `elif` is not looked at "
        "when an earlier branch was taken. Rows and columns are two questions."
    ),
    "return shift(images, down, right) * bool(down and right)": (
        "Where one of the two numbers is 0, the image is lost. Is there a branch "
        "for more than 0, one for less, and none for 0 itself?"
    ),
    (
        "(abs(down),) * 2 => (down, 0)",
        "(abs(right),) * 2 => (right, 0)",
        "return padded[:, :height, :width]",
    ): half(
        "Right for positive numbers and 0. `np.pad` cannot add a negative number "
        "of rows: where the image moves up, empty rows come in at the bottom."
    ),
    "return shift(images, 0 if right else down, right)": (
        "Rows and columns are moved in two steps, and the second one starts again "
        "from the images as they were. Where both are moved, it must start from "
        "the result of the first."
    ),
    (
        "return => rows = np.where(shift(images * 0 + 1, down, 0), "
        "np.roll(images, down, 1), images)\n    return",
        "return np.where(shift(rows * 0 + 1, 0, right), np.roll(rows, right, 2), rows)",
    ): (
        "The place that the image has left still shows the old pixels. Start from "
        "empty images, or clear those rows and columns."
    ),
    (
        "return images[:, max(-down, 0) : height - max(down, 0), "
        "max(-right, 0) : width - max(right, 0)]"
    ): (
        "This only cuts: what leaves is gone, but nothing comes in, and the images "
        "have shrunk. They keep their height and width."
    ),
    (
        "return np.roll(images, (down, right), (1, 2)) * "
        "shift(images * 0 + 1, min(down, 0), min(right, 0))"
    ): (
        "A negative position is no error in Python: it counts from the end, so "
        "pixels from the far side come in. Ask whether the place lies inside the "
        "image on both sides."
    ),
    (
        "return np.roll(images, (down, right), (1, 2)) * "
        "shift(images * 0 + 1, max(down, 0), max(right, 0))"
    ): (
        "A negative position is no error in Python: it counts from the end, so "
        "pixels that should leave at one side land on the other. Ask whether the new "
        "place lies inside the image on both sides."
    ),
    "2)) => 2), mode='edge')": (
        "The pixels at the edge are repeated. What comes in must be empty, that is, 0."
    ),
    (
        "return np.roll(images, (down, right), (1, 2)) * "
        "shift(images * 0 + 1, -down, -right)"
    ): (
        "The empty pixels are on the wrong side: they belong where the image comes "
        "from, at the top when it moves down."
    ),
    (
        "return => moved = np.roll(images, (down, right), (1, 2))\n"
        "    moved[:, :down] = moved[:, :, :right] = 0\n    return",
        "return moved",
    ): half(
        "Right for positive numbers and 0. With a negative one `:down` means all but "
        "the last rows, and those are cleared. Which side is empty when the image "
        "moves up?"
    ),
    (
        "return => moved = np.zeros_like(images)\n"
        "    moved[:, down:, right:] = images[:, :-down, :-right]\n    return",
        "return moved",
    ): (
        "With a shift of 0 nothing arrives: `:-0` means `:0`, an empty slice. Take "
        "care of 0, and of negative numbers, which need other slices."
    ),
    (
        "return => moved = np.zeros_like(images)\n    moved[:, down:, right:] = "
        "images[:, : height - down, : width - right]\n    return",
        "return moved",
    ): half(
        "Right for positive numbers and 0. For a negative one these slices mean "
        "something else, and their shapes do not fit: which rows leave when the "
        "image moves up?"
    ),
    "_, height => height": (
        "`shape` has three numbers here: how many images, their height, their width. "
        "Two names cannot take three values."
    ),
}


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
        "choices. Allow for rounding: `>= real - 1e-6`.",
    ),
)
def sign_test(differences):
    """Share of all sign choices whose mean is at least as far from 0."""
    real = abs(np.mean(differences))
    choices = list(product([1, -1], repeat=len(differences)))
    means = [abs(np.mean(np.multiply(signs, differences))) for signs in choices]
    return np.mean(np.array(means) >= real - 1e-6)


sign_test.same = {
    "the cases have no rounding errors, so no allowance is needed": (
        "real - 1e-06 => real",
        "np.array(means) >= real - 1e-06 => np.array(means) > real - 1e-06",
    ),
    "a product may be taken in either order": (
        "np.multiply(signs, differences) => np.multiply(differences, signs)",
    ),
}

sign_test.known_mistakes = {
    "abs => ": (
        "This counts one side only. Before the runs you did not know which of the "
        "two would win, so a difference as large the other way counts too."
    ),
    "= real - =>  real +": (
        "The real signs are one of the choices, and here they are not counted: "
        "chance can come out exactly as the experiment did, so the answer is never "
        "zero."
    ),
    " np =>  1 - np": (
        "This is the share of choices that are closer to zero. Asked for is how "
        "often chance does at least as much as the experiment."
    ),
    "return np.mean(np.asarray(differences) > 0)": (
        "This only counts how many differences are positive. Their sizes are not "
        "looked at, and a share of wins is not what chance would do."
    ),
    "return 100 * sign_test(differences)": (
        "This is in percent. Give the share, between 0 and 1."
    ),
    "return np.sum(means >= real - 1e-6) / len(differences)": (
        "This divides by the number of differences. There are far more sign "
        "choices: each further difference doubles them."
    ),
    "return np.sum(means >= real - 1e-6) / 1024": (
        "This divides by 1024, the number of choices for ten differences. Here "
        "there may be more or fewer of them."
    ),
    "abs(np.mean(differences)) => np.mean(differences)": (
        "The measured mean keeps its sign, and the others lost theirs. Every "
        "distance is larger than a negative mean, however far below zero that is."
    ),
    "[abs => [": (
        "The measured mean is taken without its sign, and the means of the choices "
        "keep theirs. Far below zero is as far as far above."
    ),
    "return np.mean(np.isclose(means, real))": (
        "This counts the choices that are exactly as far from zero. Those that are "
        "further away count, too."
    ),
    "return sign_test(differences) / 2": (
        "Both sides are counted already, and then the share is halved. Nothing is "
        "left to halve."
    ),
    ("abs => ", " np =>  2 * np"): (
        "Twice one side is the same as both sides only where the measured mean is "
        "above zero. Elsewhere this share is too large, even above 1. Count by the "
        "distance from zero."
    ),
    "return 0.5 ** len(differences)": (
        "Only one choice is counted. Does the `return` stand inside the loop?"
    ),
    "return np.array(means) >= real - 1e-6": (
        "This is a yes or no for each choice. Which share of them is a yes?"
    ),
    "repeat= => ": (
        "`product` takes the two signs in one list. How often to repeat them "
        "stands under a name of its own."
    ),
    "len(differences) => 10": (
        "Each choice has as many signs as there are differences, and that is not "
        "always ten."
    ),
    ">= real - => <= real +": (
        "This asks how often chance does at most as much as the experiment. Asked "
        "for is the other direction: at least as far from zero."
    ),
    "[1, -1] => [0, 1]": (
        "Chosen between 0 and 1, a difference is kept or dropped. Exchanging the "
        "sides turns its sign round."
    ),
    "abs(np.mean(differences)) => np.mean(np.abs(differences))": (
        "The measured side is the mean of the sizes, as if all differences had "
        "agreed. Take the mean first, and its absolute value afterwards."
    ),
    "return np.mean(abs(np.mean(choices * differences, axis=0)) >= real - 1e-6)": (
        "Taken over all choices together, the signs cancel and leave 0. Each "
        "choice has a mean of its own: with one row for each choice, along which "
        "axis is that?"
    ),
    "[abs(np.mean => [abs(np.sum": (
        "On one side stands a sum, on the other a mean. Compare like with like."
    ),
    "return np.mean(abs(choices * differences) >= real - 1e-6)": (
        "Single differences are compared with the mean. Each choice must first "
        "become one number, its own mean."
    ),
    "list(product => len(product": (
        "`product` hands out its choices one by one and does not know how many "
        "there are. Make a list of it, or work the number out."
    ),
    "list(product([1, -1], repeat= => 1 - 2 * (np.eye(": (
        "One sign is turned at a time, so only a few of the choices are tried. Any "
        "number of signs may be turned together, or none."
    ),
    " np.mean =>  np.sum": (
        "This counts the choices that are at least as far from zero. Asked for is "
        "their share of all choices."
    ),
    "abs(np.mean(np.multiply => np.mean(np.abs(np.multiply": (
        "This comes to 1 whatever the differences are. Does each difference get a "
        "sign of its own, is the mean taken before the absolute value, and are only "
        "the choices counted that reach it?"
    ),
}


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


def _row_and_number(pair):
    """Return the pair; the chapter uses the row as a position in a list."""
    several = isinstance(pair, tuple | list) or (
        isinstance(pair, np.ndarray) and pair.ndim
    )
    row = next(iter(pair), None) if several else None
    if isinstance(row, float | np.floating) and float(row).is_integer():
        message = (
            "The row is a decimal number here, which is no position in a list. (In an "
            "array all numbers are of one kind. Return the two with a comma between "
            "them.)"
        )
        raise AnswerFormError(message, pair)
    return pair


@exercises.function(
    title="Choose, then report",
    points=2,
    view=_row_and_number,
    cases=[
        (
            np.array([[0.955, 0.808], [0.835, 0.904], [0.895, 0.9]]),
            np.array([[0.804, 0.941], [0.918, 0.977], [0.894, 0.802]]),
        ),
        (
            np.array([[0.94, 0.95, 0.93], [0.9, 0.9, 0.98], [0.8, 0.85, 0.9]]),
            np.array([[0.927, 0.931, 0.943], [0.97, 0.98, 0.96], [0.8, 0.9, 0.85]]),
        ),
        (
            np.array(
                [[0.89, 0.877, 0.893], [0.937, 0.923, 0.803], [0.854, 0.966, 0.89]]
            ),
            np.array(
                [[0.858, 0.898, 0.884], [0.913, 0.906, 0.954], [0.909, 0.908, 0.929]]
            ),
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


choose_and_report.same = {
    "a whole number of NumPy's is a position, too": (
        "int(np.argmax(valid.mean(axis=1))) => np.argmax(valid.mean(axis=1))",
    ),
    "rows are equally long: the largest sum has the largest mean": (
        "valid.mean(axis=1) => valid.sum(axis=1)",
    ),
}

choose_and_report.known_mistakes = {
    "valid. => test.": (
        "The test images made the choice. Of several settings you pick the one "
        "that suits these very images, and the number you report is too good."
    ),
    ".mean(axis => .max(axis": (
        "The single luckiest run made the choice. A setting with a wide spread "
        "wins that way, however poor it is on average."
    ),
    "test[ => valid[": half(
        "The choice is right, but the number reported is the one that made it. The "
        "winner's validation accuracy is partly luck: that is why it won."
    ),
    ".mean() => .max()": half(
        "The choice is right, but the number reported is that of the best seed. "
        "Nobody gets to choose the seed of the images to come."
    ),
    "1 => 0": (
        "The means were taken along the wrong axis: one number for each seed, not "
        "for each setting."
    ),
    ("valid => new", "test => valid", "new => test"): (
        "The two sets have changed roles: the test images made the choice, and the "
        "images to choose by gave the number."
    ),
    "valid. => (valid + test).": (
        "Both sets made the choice together. As soon as the test images have a "
        "say, their number is too good."
    ),
    "argmax => argmin": (
        "The lowest mean made the choice. These are accuracies, not losses."
    ),
    "axis=1 => ": (
        "The choice falls on row 0 whatever the numbers are. Without an axis "
        "`mean` makes one number of the whole table, and in one number the largest "
        "stands at 0."
    ),
    ".mean(axis=1) => ": (
        "Without an axis `argmax` numbers all the runs of the table, row after "
        "row: that is no row. And a single lucky run should not choose; take means "
        "first."
    ),
    ".mean(axis=1) => [:, 0]": (
        "The first seed alone made the choice. One run proves nothing: use all the "
        "seeds."
    ),
    ".mean(axis => .min(axis": (
        "This choice keeps away from settings with a bad run among good ones. That "
        "is cautious, but then one unlucky run decides; asked for is the mean."
    ),
    "valid.mean( => np.median(valid, ": (
        "The median made the choice; asked for is the mean."
    ),
    "return chosen, test.mean(axis=1).max()": half(
        "The choice is right, but the number is the best mean of any setting on "
        "the test images. That is a second choice, made by them. Report the row "
        "that you chose."
    ),
    "return chosen, test.mean()": half(
        "The choice is right, but the number is the mean over all settings. Report "
        "the row that was chosen."
    ),
    "].mean() => , 0]": half(
        "The choice is right, but the number is that of the first seed alone. One "
        "run has a lot of chance in it: report the mean of the row."
    ),
    "].mean() => , np.argmax(valid[chosen])]": half(
        "The choice is right, but the number is that of one seed, the luckiest on "
        "the validation images. Report the mean of the row."
    ),
    "[chosen => [:, chosen": half(
        "The choice is right, but `test` was cut along the other axis: a column "
        "holds one seed of all settings, and a row all seeds of one setting."
    ),
    ".mean() => ": half(
        "The choice is right, but a whole row comes back with it. Report one "
        "number, the mean of the row."
    ),
    "return valid.mean(axis=1).max(), test[chosen].mean()": (
        "First comes the largest mean itself. Asked for is the row in which it stands."
    ),
    "return chosen, np.argmax(test.mean(axis=1))": (
        "Two rows come back. The second one, moreover, was chosen by the test "
        "images. Which number do you report for the first?"
    ),
    "return test[chosen].mean()": (
        "Only the number comes back. Two values with a comma between them make a "
        "pair: which setting it was belongs to the answer."
    ),
    "return chosen, np.median(test[chosen])": half(
        "The choice is right, but the number is the median of the row. Report its mean."
    ),
    "chosen, test => chosen, 100 * test": half(
        "The number is in percent. Leave it a share, as it is in `test`."
    ),
    "return chosen": (
        "Only the row comes back. Two values with a comma between them make a "
        "pair: how good the setting is belongs to the answer."
    ),
    "chosen, => chosen + 1,": half(
        "The row is counted from 1. Python counts from 0, and the next cell uses "
        "the number as a position in a list."
    ),
    "return (test[chosen].mean(), chosen)": (
        "Right numbers in the wrong order: the row comes first."
    ),
    "return int(np.argmax(valid.max(axis=1))), test.flat[np.argmax(valid)]": (
        "This is the single best run of the table and its own test accuracy. One "
        "lucky run should not choose, and one run is no number to report."
    ),
    (".mean(axis=1) => ", "[chosen].mean() => .flat[chosen]"): (
        "Without an axis `argmax` counts through the whole table, run after run, so "
        "this is the place of one lucky run, and not the number of a row. Which "
        "number stands for all the runs of a setting?"
    ),
    "return valid[chosen], test[chosen].mean()": half(
        "The choice is right, but the accuracies of the row come back. Asked for is "
        "its place in the table, counted from 0."
    ),
}


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
        (
            float(np.log10(4)),
            "That is the logarithm of base 10. Cross-entropy takes the natural one, "
            "which NumPy calls `np.log`.",
        ),
        (float(np.log(2)), "That is the number for two classes. Here there are more."),
        (
            float(-np.log(0.75)),
            "That is what a probability of three quarters costs. How much does the "
            "true class get here?",
        ),
        (
            float(np.log(4) / 4),
            "That is the share of one class. Whichever class is the true one, the "
            "cost is the same, so their mean is not a fourth of it.",
        ),
        (
            float(4 * np.log(4)),
            "That adds up the cost of four examples. The loss is their mean.",
        ),
        (4, "That is the number of classes. What probability does each get?"),
        (0, "A loss of 0 belongs to a network that knows everything, and is sure."),
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
        (310, "That is for five epochs, each without its last, smaller batch."),
        (312.5, "That is for five epochs; and there is no half of a step."),
        (313, "That is for five epochs; and every epoch has a last, smaller batch."),
        (64, "So many batches would hold 2,048 images."),
        (64_000, "That is the product. How many times does 32 go into 2,000?"),
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
