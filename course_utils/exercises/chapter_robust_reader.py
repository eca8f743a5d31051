"""Exercises of the project "A reader that keeps reading"."""

import numpy as np

from course_utils.checking.core import ExerciseSet
from course_utils.checking.mistakes import half

exercises = ExerciseSet("robust_reader")


def _images(rng):
    """Small images, moved in every direction, and not at all."""
    return [
        (np.array([[[1, 2], [3, 4]]], dtype="uint8"), 0, 1),
        (rng.integers(1, 256, (1, 3, 4)).astype("uint8"), 1, 2),
        (rng.integers(1, 256, (1, 4, 4)).astype("uint8"), -3, -1),
        (rng.integers(1, 256, (1, 4, 5)).astype("uint8"), 2, 0),
        (rng.integers(1, 256, (2, 4, 3)).astype("uint8"), -1, 2),
        (rng.integers(1, 256, (2, 4, 5)).astype("uint8"), 0, 0),
        (rng.random((2, 6, 6)), 4, -5),
    ]


@exercises.function(
    title="Move images in any direction",
    points=2,
    terms={"framed": "the framed images", "pad": "the frame"}
    | {"a": "the frame's height", "b": "the frame's width"}
    | {"height": "the height of an image", "width": "the width of an image"},
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


shift.known_mistakes = {
    "return np.roll(images, (down, right), axis=(1, 2))": (
        "What leaves on one side comes back on the other. Empty pixels should come in."
    ),
    "return shift(images, -down, -right)": (
        "The images move the other way, in both directions."
    ),
    "return shift(images, right, down)": (
        "Rows and columns are exchanged: rows are axis 1, columns axis 2."
    ),
    "return shift(images, abs(down), abs(right))": (
        "Negative numbers are treated like positive ones. They should move up, or left."
    ),
    "return shift(images, 0, right)": (
        "The images move right or left only; `down` is not used."
    ),
    "return shift(images, down, 0)": (
        "The images move up or down only; `right` is not used."
    ),
    "return shift(images, -down, right)": (
        "Left and right are correct, up and down are exchanged: row 0 is at the top."
    ),
    "return shift(images, down, -right)": (
        "Up and down are correct, left and right are exchanged."
    ),
    "return shift(images, max(down, 0), max(right, 0))": half(
        "Right where the images move down or to the right. Negative numbers do not "
        "move them at all; they should move them up, or left."
    ),
    "return framed": (
        "The frame is still there. Cut a window out of it, as large as the images were."
    ),
    "return np.stack([shift(images[:1], down, right)[0], *(0 * images[1:])])": (
        "Only the first image is moved. The others of the batch should move as well."
    ),
    "return np.roll(images, (down, right), axis=(0, 1))": (
        "Axis 0 counts the images; rows are axis 1, columns axis 2. And what leaves "
        "on one side comes back on the other."
    ),
    "return np.array([[images[:, i - down, j - right] for j in range(width)] "
    "for i in range(height)]).transpose(2, 0, 1)": (
        "Some places that are looked up lie outside of the image: below 0 Python "
        "counts from the end, and beyond the last place it stops. Ask first."
    ),
    "framed = => framed = np.zeros_like(images); "
    "[framed[:, i + down, j + right].__iadd__(images[:, i, j]) "
    "for i in range(height) for j in range(width)]; framed =": (
        "Some pixels would land outside of the image: below 0 Python counts from the "
        "end, and beyond the last place it stops. Ask first."
    ),
    ("(a, a), (b, b) => (down, 0), (right, 0)", "a - down, b - right => 0, 0"): half(
        "Right for positive numbers and 0. `np.pad` cannot add a negative number "
        "of rows; where the images move up, empty rows come in at the bottom."
    ),
    (
        "(a, a), (b, b)) => (a, 0), (b, 0)), 'wrap'",
        "framed[ => np.pad(framed, ((0, 0), (0, a), (0, b)))[",
    ): (
        "A negative position counts from the end in Python, so pixels from the far "
        "side come in. Ask on both sides whether a place lies inside the image."
    ),
    (
        "(a, a), (b, b)) => (0, a), (0, b)), 'wrap'",
        "framed[ => np.pad(framed, ((0, 0), (a, 0), (b, 0)))[",
    ): (
        "A negative position counts from the end in Python, so pixels that should "
        "leave land on the far side. Ask on both sides whether the new place lies "
        "inside."
    ),
    "(b, b)) => (b, b)), 'edge'": (
        "The pixels at the edge are repeated. What comes in must be empty."
    ),
    (
        "a - down, b - right => max(-down, 0), max(-right, 0)",
        "return images[:, top : height - max(down, 0), left : width - max(right, 0)]",
    ): (
        "What leaves is cut off and nothing comes in, so the images have shrunk. They "
        "keep their height and width."
    ),
    (
        "np.pad(images, ((0, 0), (a, a), (b, b))) => np.zeros_like(images)",
        "return framed",
        "top, left = a - down, b - right => framed[:, down:, right:] = "
        "images[:, :-down, :-right]",
    ): (
        "A shift of 0 does not work: `:-0` means `:0`, an empty slice. Negative "
        "numbers need other slices, too."
    ),
    (
        "np.pad(images, ((0, 0), (a, a), (b, b))) => np.zeros_like(images)",
        "return framed",
        "top, left = a - down, b - right => framed[:, down:, right:] = "
        "images[:, : height - down, : width - right]",
    ): half(
        "Right for positive numbers and 0. For a negative one these slices mean "
        "something else, and their shapes do not fit."
    ),
}
