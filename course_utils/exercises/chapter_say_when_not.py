"""Exercises of the project "Say when you do not know"."""

import numpy as np

from course_utils.checking.core import ExerciseSet

exercises = ExerciseSet("say_when_not")


@exercises.function(
    title="The threshold for a share of answers",
    points=2,
    terms={"np.sort(scores)": "the sorted scores", "share * len(scores)": "share × n"}
    | {"np.sort(scores)[::-1]": "the scores, highest first,", "len(scores)": "n"}
    | {"int": "the conversion to a whole number"},
    cases=lambda rng: [
        (np.array([0.1875, 0.8125, 0.46875]), 0.6),
        (np.array([0.7, 0.1, 0.4, 0.9]), 0.75),
        (np.array([-3.0, -1.0, -7.0, -2.0, -5.0]), 0.41),
        (np.array([2.0, 5.0, 3.0, 1.0, 4.0]), 0.7),
        (np.array([1, 3, 0, 3, 2, 3]), 0.5),
        (np.array([2.5, 4.0, -1.5, 3.0, 0.5, 6.5, 1.0]), 0.9),
        (rng.random(10), 1.0),
        (rng.normal(0, 5, 40), 0.95),
    ],
    hints=(
        "Sort the scores, the highest first. If the threshold is the third of them, "
        "how many are answered?",
        "Of n scores at least share × n must be answered. Round that number up: "
        "`np.ceil`.",
        "If k are to be answered, the threshold is the k-th highest score; Python "
        "counts from 0.",
    ),
)
def threshold_for(scores, share):
    """Highest score such that at least `share` of the scores reach it."""
    needed = int(np.ceil(round(share * len(scores), 6)))
    return np.sort(scores)[::-1][needed - 1]


threshold_for.same = {
    "it takes off what the computer adds to a product": (
        "round(share * len(scores), 6) => share * len(scores)",
        "round(share * len(scores), 6) => round(share, 6) * len(scores)",
        *("6 => 5", "6 => 7"),
    ),
    "only their number counts there": ("scores => scores * share",),
}
threshold_for.known_mistakes = {
    "::-1][ => ": (
        "This refuses the share that should be answered. A high share of answers "
        "needs a low threshold."
    ),
    ("[needed => [max(needed", " 1] =>  2, 0)]"): (
        "One too few is answered: this is the score before the one that is needed. "
        "If k are to be answered, at which place does the k-th highest stand?"
    ),
    " - 1 => ": (
        "One too many is answered, and for a share of 1 there is no such place: "
        "Python counts from 0, so the k-th highest stands one place earlier."
    ),
    "np.ceil => np.floor": (
        "The number of answers is rounded down, so fewer than the share are "
        "answered where it is no whole number."
    ),
    "int(np.ceil( => 1 + int((": (
        "Where share × n is a whole number already, this is one too many."
    ),
    "return scores.max()": (
        "The highest score is reached by one image, or by its equals. More have to be "
        "answered."
    ),
    "return share * scores.max()": (
        "This is a share of the highest score. What counts is how many scores reach "
        "the threshold."
    ),
    ", 6 => ": (
        "Rounded to the nearest whole number, it is sometimes rounded down, and "
        "then fewer than the share are answered."
    ),
    "np.sort(scores)[::-1] => scores": (
        "The scores are not sorted. In the order in which they come, the k-th of "
        "them is not the k-th highest."
    ),
    ("len(scores) => len(np.unique(scores))", "np.sort => np.unique"): (
        "Scores that are equal count only once here. Each image has a score of its "
        "own, and each of them is answered or refused."
    ),
    "sort => argsort": (
        "This is a position: where the score stands among the scores. What is its "
        "value?"
    ),
    "return needed": (
        "This is how many should be answered. Which score is the last of those?"
    ),
    "needed - 1 => :needed": (
        "These are the scores that are answered. The threshold is one of them: which?"
    ),
    "return scores.max() - share * (scores.max() - scores.min())": (
        "This goes a share of the way from the highest score down to the lowest. "
        "What counts is how many scores reach the threshold, not how they are "
        "spread."
    ),
    "return scores.min()": (
        "The lowest score lets everything through. That is at least the share, but "
        "a higher threshold often does it, too: asked for is the highest."
    ),
    "return next(s for s in scores if np.mean(scores >= s) >= share - 1e-9)": (
        "The first score that lets enough through is taken, whichever it is. A "
        "higher one may do it, too: asked for is the highest."
    ),
    "return max(s for s in scores if np.mean(scores > s) >= share - 1e-9)": (
        "This counts the scores above the threshold. A score that equals the "
        "threshold is answered as well; without it, a share of 1 is never reached."
    ),
    ("np.ceil => ", "[::-1] => ", " - 1 => "): (
        "This counts from the lowest score, and so refuses the share that should "
        "be answered; for a share of 1 there is no such place."
    ),
    "return 1 - share": (
        "This depends on the share alone. Scores can be of any size: the threshold "
        "is one of them."
    ),
    "return np.percentile(scores, 1 - share)": (
        "`np.percentile` counts from 0 to 100, so a share is nearly nothing to it."
    ),
    "return np.quantile(scores, share)": (
        "`np.quantile` counts from the lowest score, so this refuses the share that "
        "should be answered. And it gives values between two scores."
    ),
    'return np.quantile(scores, 1 - share, method="higher")': (
        "Where a quantile lies between two scores, the one above is taken here: "
        "sometimes fewer than the share are answered."
    ),
    'return np.quantile(scores, 1 - share, method="lower")': (
        "Where a quantile lies between two scores, the one below is taken here: "
        "sometimes more are answered than needed."
    ),
    "return np.quantile(scores, 1 - share)": (
        "This is a value between two scores, so fewer than the share may reach it. "
        "Take one of the scores."
    ),
}
