"""Exercises of the project "A reader that keeps reading"."""

import numpy as np

from .core import ExerciseSet

exercises = ExerciseSet("robust_reader")


def _images(rng):
    """Small images, moved in every direction, and not at all."""
    return [
        (np.array([[[1, 2], [3, 4]]], dtype="uint8"), 0, 1),
        (rng.integers(1, 256, (1, 3, 4)).astype("uint8"), 1, 0),
        (rng.integers(1, 256, (2, 4, 3)).astype("uint8"), -1, 2),
        (rng.integers(1, 256, (2, 4, 5)).astype("uint8"), 0, 0),
        (rng.random((2, 5, 5)), 2, -3),
    ]


@exercises.function(
    title="Move images in any direction",
    points=2,
    cases=_images,
    hints=(
        "Put a frame of empty pixels around every image, wide enough for the move. "
        "Then moving is choosing which part of the framed image you keep.",
        "`np.pad(images, ((0, 0), (a, a), (b, b)))` frames rows by a and columns "
        "by b, where a and b are the sizes of the moves, without their signs.",
        "An image that moves *down* by 1 is the window that begins one row "
        "*higher* in the framed image.",
    ),
)
def shift(images, down, right):
    """Images (N, H, W) moved; negative numbers move up or left; rest empty."""
    height, width = images.shape[1:]
    a, b = abs(down), abs(right)
    framed = np.pad(images, ((0, 0), (a, a), (b, b)))
    top, left = a - down, b - right
    return framed[:, top : top + height, left : left + width]


@shift.alternative
def shift_by_two_windows(images, down, right):
    moved = np.zeros_like(images)
    height, width = images.shape[1:]
    for row in range(height):
        for column in range(width):
            if 0 <= row - down < height and 0 <= column - right < width:
                moved[:, row, column] = images[:, row - down, column - right]
    return moved


@shift.mistake(
    "What leaves on one side comes back on the other. Empty pixels should come in."
)
def rolled(images, down, right):
    return np.roll(images, (down, right), axis=(1, 2))


@shift.mistake("The images move the other way, in both directions.")
def the_other_way(images, down, right):
    return shift_by_two_windows(images, -down, -right)


@shift.mistake("Rows and columns are exchanged: rows are axis 1, columns axis 2.")
def exchanged(images, down, right):
    return shift_by_two_windows(images, right, down)


@shift.mistake(
    "Negative numbers are treated like positive ones. They should move up, or left."
)
def without_sign(images, down, right):
    return shift_by_two_windows(images, abs(down), abs(right))


@shift.mistake("The images move right or left only; `down` is not used.")
def sideways(images, down, right):
    return shift_by_two_windows(images, 0, right)
