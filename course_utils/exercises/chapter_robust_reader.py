"""Exercises of the project "A reader that keeps reading"."""

import numpy as np

from course_utils.checking.core import ExerciseSet
from course_utils.checking.mistakes import half

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


def shift_by_two_windows(images, down, right):
    moved = np.zeros_like(images)
    height, width = images.shape[1:]
    for row in range(height):
        for column in range(width):
            if 0 <= row - down < height and 0 <= column - right < width:
                moved[:, row, column] = images[:, row - down, column - right]
    return moved


shift.known_mistakes = {
    "return np.roll(images, (down, right), axis=(1, 2))": (
        "What leaves on one side comes back on the other. Empty pixels should come in."
    ),
    "return shift_by_two_windows(images, -down, -right)": (
        "The images move the other way, in both directions."
    ),
    "return shift_by_two_windows(images, right, down)": (
        "Rows and columns are exchanged: rows are axis 1, columns axis 2."
    ),
    "return shift_by_two_windows(images, abs(down), abs(right))": (
        "Negative numbers are treated like positive ones. They should move up, or left."
    ),
    "return shift_by_two_windows(images, 0, right)": (
        "The images move right or left only; `down` is not used."
    ),
    "return shift_by_two_windows(images, down, 0)": (
        "The images move up or down only; `right` is not used."
    ),
    "return shift_by_two_windows(images, -down, right)": (
        "Left and right are correct, up and down are exchanged: row 0 is at the top."
    ),
    "return shift_by_two_windows(images, down, -right)": (
        "Up and down are correct, left and right are exchanged."
    ),
    "return shift_by_two_windows(images, max(down, 0), max(right, 0))": half(
        "Right where the images move down or to the right. Negative numbers do not "
        "move them at all; they should move them up, or left."
    ),
    "return np.roll(images, (-down, -right), axis=(1, 2))": (
        "What leaves on one side comes back on the other, and the images move the "
        "other way, too."
    ),
    (
        "return np.pad(images, ((0, 0), (abs(down), abs(down)), (abs(right), "
        "abs(right))))"
    ): (
        "The frame is still there. Cut a window out of it, as large as the images were."
    ),
    (
        "return np.pad(images, ((0, 0), (down, 0), (right, 0)))[:, "
        ":images.shape[1], :images.shape[2]]"
    ): half(
        "Right for positive numbers and 0. `np.pad` cannot add a negative number "
        "of rows; where the images move up, empty rows come in at the bottom."
    ),
}


@shift.mistake(
    "A negative position counts from the end in Python, so pixels from the far side "
    "come in. Ask on both sides whether a place lies inside the image."
)
def from_the_far_side(images, down, right):
    moved = np.zeros_like(images)
    height, width = images.shape[1:]
    for row in range(height):
        for column in range(width):
            if row - down < height and column - right < width:
                moved[:, row, column] = images[:, row - down, column - right]
    return moved


@shift.mistake(
    "A negative position counts from the end in Python, so pixels that should leave "
    "land on the far side. Ask on both sides whether the new place lies inside."
)
def to_the_far_side(images, down, right):
    moved = np.zeros_like(images)
    height, width = images.shape[1:]
    for row in range(height):
        for column in range(width):
            if row + down < height and column + right < width:
                moved[:, row + down, column + right] = images[:, row, column]
    return moved


@shift.mistake("The pixels at the edge are repeated. What comes in must be empty.")
def edge_repeated(images, down, right):
    height, width = images.shape[1:]
    a, b = abs(down), abs(right)
    framed = np.pad(images, ((0, 0), (a, a), (b, b)), mode="edge")
    return framed[:, a - down :, b - right :][:, :height, :width]


@shift.mistake(
    "What leaves is cut off and nothing comes in, so the images have shrunk. They keep "
    "their height and width."
)
def shrunk(images, down, right):
    height, width = images.shape[1:]
    rows = slice(max(-down, 0), height - max(down, 0))
    return images[:, rows, max(-right, 0) : width - max(right, 0)]


@shift.mistake(
    "With a shift of 0 nothing arrives: `:-0` means `:0`, an empty slice. Negative "
    "numbers need other slices, too."
)
def minus_zero(images, down, right):
    moved = np.zeros_like(images)
    moved[:, down:, right:] = images[:, :-down, :-right]
    return moved


@shift.mistake(
    "Right for positive numbers and 0. For a negative one these slices mean something "
    "else, and their shapes do not fit.",
    credit=0.5,
)
def slices_for_positive_numbers(images, down, right):
    moved = np.zeros_like(images)
    height, width = images.shape[1:]
    moved[:, down:, right:] = images[:, : height - down, : width - right]
    return moved


@shift.mistake(
    "`shape` has three numbers here: how many images, their height, their width. Two "
    "names cannot take three values."
)
def two_names_for_three(images, down, right):
    height, width = images.shape
    return shift_by_two_windows(images, down, right)
