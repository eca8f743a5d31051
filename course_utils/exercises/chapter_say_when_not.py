"""Exercises of the project "Say when you do not know"."""

import numpy as np

from .core import ExerciseSet

exercises = ExerciseSet("say_when_not")


@exercises.function(
    title="The threshold for a share of answers",
    points=2,
    cases=lambda rng: [
        (np.array([0.2, 0.9]), 0.5),
        (np.array([0.7, 0.1, 0.4, 0.9]), 0.75),
        (np.array([-3.0, -1.0, -7.0, -2.0, -5.0]), 0.5),
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


@threshold_for.alternative
def threshold_by_trying(scores, share):
    reached = [s for s in scores if np.mean(scores >= s) >= share - 1e-9]
    return max(reached)


@threshold_for.mistake(
    "This refuses the share that should be answered. A high share of answers needs a "
    "low threshold."
)
def wrong_end(scores, share):
    needed = int(np.ceil(round(share * len(scores), 6)))
    return np.sort(scores)[needed - 1]


@threshold_for.mistake(
    "One too few is answered: Python counts from 0, so the k-th highest stands one "
    "place earlier."
)
def one_too_high(scores, share):
    needed = int(np.ceil(round(share * len(scores), 6)))
    return np.sort(scores)[::-1][max(needed - 2, 0)]


@threshold_for.mistake(
    "This is the share itself. Scores need not lie between 0 and 1; look at which "
    "values they have."
)
def the_share_itself(scores, share):
    return share


@threshold_for.mistake(
    "This takes a share of the highest score. What counts is how many scores reach "
    "the threshold, not how high they are."
)
def share_of_the_highest(scores, share):
    return share * np.max(scores)


@threshold_for.mistake(
    "This is a value between two scores, so fewer than the share may reach it. Take "
    "one of the scores."
)
def between_two(scores, share):
    return np.quantile(scores, 1 - share) + 1e-3
