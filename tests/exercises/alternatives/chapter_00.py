"""Right answers of chapter_00 written otherwise."""

from course_utils.exercises.chapter_00 import accuracy

from . import right


@right(accuracy)
def accuracy_by_counting(labels, guesses):
    right = 0
    for label, guess in zip(labels, guesses, strict=True):
        if label == guess:
            right += 1
    return right / len(labels)
