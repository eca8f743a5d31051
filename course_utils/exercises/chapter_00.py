"""Exercises of chapter 00, "Start here"."""

import numpy as np

from course_utils.checking.core import ExerciseSet

exercises = ExerciseSet("00")

how_many_right = exercises.prediction(
    "how_many_right",
    title="How many of 100 digits will it read correctly?",
    example=90,
    low=0,
    high=100,
)


@exercises.function(
    title="The share of right answers",
    points=1,
    cases=[
        (np.array([7, 2, 1, 0]), np.array([7, 2, 1, 4])),
        (np.array([1, 1]), np.array([1, 1])),
        (np.array([3, 5, 8]), np.array([5, 5, 0])),
        (np.array([4, 9, 4, 4, 9]), np.array([9, 4, 4, 9, 9])),
    ],
    hints=(
        "`labels == guesses` compares the two arrays entry by entry. Look at "
        "what it gives for the first four digits.",
        "True counts as 1 and False as 0. Which NumPy function turns many "
        "ones and zeros into one number between 0 and 1?",
    ),
)
def accuracy(labels, guesses):
    """Share of guesses that equal their labels, between 0 and 1."""
    return np.mean(labels == guesses)


accuracy.same = {
    "Equality has no direction": (
        "throughout => `labels` and `guesses` change places throughout",
    ),
}
accuracy.known_mistakes = {
    "mean => sum": (
        "This is how many guesses are right. A share also needs to know out of how "
        "many."
    ),
    "return  => return 100 * ": (
        "This is a percentage. The exercise asks for a share between 0 and 1, "
        "which is also what Keras reports."
    ),
    "== => !=": ("This is the share of wrong guesses: look at the comparison again."),
    "return labels == guesses": (
        "This compares the two arrays entry by entry and stops there. One number "
        "is wanted, not one for each digit."
    ),
    "return 1 if labels == guesses else 0": (
        "An `if` needs one yes or no, and here the comparison gives one for each "
        "digit. You need none: look at what `labels == guesses` is."
    ),
    "return int(np.all(labels == guesses))": (
        "What comes out is 1 when all guesses are right and 0 otherwise. Does a `//` "
        "drop the fraction, or are the two compared as a whole?"
    ),
    "return (labels[0] == guesses[0]) / len(labels)": (
        "The `return` stands inside the loop, so it ends after the first digit. Move "
        "it to the left, behind the loop."
    ),
    "return np.sum(labels == guesses) / 100": (
        "The number of right guesses is divided by 100, however many there are. Divide "
        "by how many labels came in."
    ),
    "return np.sum(labels == guesses) / np.sum(labels != guesses)": (
        "The right ones are divided by the wrong ones here. A share is a part of all."
    ),
    "return 1 - np.mean(np.abs(labels - guesses))": (
        "The difference of the digits counts here. A 3 read as an 8 is wrong, and as "
        "wrong as a 3 read as a 4."
    ),
    "return np.mean(np.isin(guesses, labels))": (
        "A guess counts as right here when it stands anywhere among the labels. It has "
        "to equal the label in its own place."
    ),
}

what_check_returns = exercises.choice(
    "what_check_returns",
    title="What happens when an answer is wrong?",
    answer="c",
    options={
        "a": "No: a check never stops the notebook, whatever it is given.",
        "b": "No: nothing waits for you. You can solve exercises in any order, or "
        "come back tomorrow.",
        "c": "The check hands out the course's own solution in place of yours, so "
        "every later cell works. Yours takes over as soon as it is right.",
    },
    hints=(
        "Try it: put a wrong answer into the exercise above and run the rest.",
        "What did the grey line under the untouched exercise say?",
    ),
)
