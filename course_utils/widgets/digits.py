"""From strokes on a drawing board to the 28 × 28 picture that a network receives.

``draw.js`` does the same arithmetic in the browser, for the live picture; a
test holds both equal. A drawing is a list of strokes, oldest first:

- ``{"tool": "pen", "points": [x0, y0, x1, y1, …]}``, or ``"eraser"``, in board
  pixels from the upper left corner
- ``{"tool": "image", "pixels": […]}``: 784 grey values, row by row
- ``{"tool": "clear"}``, a stroke like the others, so that it can be undone
"""

from collections.abc import Sequence
from itertools import pairwise

import numpy as np

from course_utils import data

SIDE = 224
"""Width and height of the board in pixels, eight for each pixel of MNIST."""

RADII = {"pen": 9.0, "eraser": 14.0}
"""Half the width of a stroke in board pixels."""


def ink(strokes: Sequence[dict]) -> np.ndarray:
    """Return what is on the board: (SIDE, SIDE) float64, 0 paper to 1 ink."""
    board = np.zeros((SIDE, SIDE))
    for stroke in strokes:
        tool = stroke["tool"]
        if tool == "clear":
            board[:] = 0
        elif tool == "image":
            pixels = np.asarray(stroke["pixels"], float).reshape(28, 28) / 255
            board = np.kron(pixels, np.ones((SIDE // 28, SIDE // 28)))
        else:
            points = np.asarray(stroke["points"], float).reshape(-1, 2)
            if len(points) == 1:  # a dot: the way from a point to itself
                points = points[[0, 0]]
            for start, end in pairwise(points):
                covered = _covered(start, end, RADII[tool])
                if tool == "pen":
                    np.maximum(board, covered, out=board)
                else:
                    np.minimum(board, 1 - covered, out=board)
    return board


def _covered(start, end, radius):
    """Return how much of each pixel a round pen covers on a straight way."""
    centres = np.arange(SIDE) + 0.5
    x, y = centres[None, :], centres[:, None]
    (x0, y0), (x1, y1) = start, end
    dx, dy = x1 - x0, y1 - y0
    squared = dx * dx + dy * dy
    along = ((x - x0) * dx + (y - y0) * dy) / squared if squared else x * 0
    along = np.clip(along, 0, 1)
    ex, ey = x - (x0 + along * dx), y - (y0 + along * dy)
    return np.clip(radius + 0.5 - np.sqrt(ex * ex + ey * ey), 0, 1)


def as_mnist(board: np.ndarray) -> np.ndarray:
    """Return a drawing the way MNIST's makers framed theirs.

    Cut to its ink, scaled to fit 20 × 20 with its proportions kept, every new
    pixel the mean of those it covers, and placed by its centre of mass in the
    middle of 28 × 28.

    Parameters
    ----------
    board : array of shape (H, W)
        0 paper to 1 ink.

    Returns
    -------
    array of uint8, shape (28, 28)
        0 paper to 255 ink; all 0 for an empty board.
    """
    board = np.asarray(board, float)
    if not board.any():
        return np.zeros((28, 28), np.uint8)
    return data.framed(board)
