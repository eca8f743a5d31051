"""Right answers of chapter_robust_reader written otherwise."""

import numpy as np

from course_utils.exercises.chapter_robust_reader import shift

from . import right


@right(shift)
def shift_pixel_by_pixel(images, down, right):
    moved = np.zeros_like(images)
    height, width = images.shape[1:]
    for row in range(height):
        for column in range(width):
            if 0 <= row - down < height and 0 <= column - right < width:
                moved[:, row, column] = images[:, row - down, column - right]
    return moved
