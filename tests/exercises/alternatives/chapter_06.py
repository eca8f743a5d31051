"""Right answers of chapter_06 written otherwise."""

import numpy as np

from course_utils.exercises.chapter_06 import (
    class_means,
    confusion_by_counting_pairs,
    confusion_matrix,
    cross_entropy,
    nearest_mean,
    nearest_mean_at_once,
    scale,
    shift_right,
    standard_error,
)

from . import right


@right(class_means)
def class_means_by_adding_up(images, labels):
    classes = np.unique(labels)
    means = np.zeros((len(classes), *images.shape[1:]))
    for position, c in enumerate(classes):
        count = 0
        for image, label in zip(images, labels, strict=True):
            if label == c:
                means[position] += image
                count += 1
        means[position] /= count
    return means


right(nearest_mean)(nearest_mean_at_once)


@right(scale)
def scale_by_multiplying(images):
    return np.multiply(images, np.float32(1 / 255), dtype="float32")


@right(cross_entropy)
def cross_entropy_in_small_steps(logits, label):
    largest = max(logits)
    total = sum(np.exp(value - largest) for value in logits)
    return -((logits[label] - largest) - np.log(total))


@right(standard_error)
def standard_error_by_powers(accuracy, n):
    variance = accuracy - accuracy**2
    return (variance / n) ** 0.5


right(confusion_matrix)(confusion_by_counting_pairs)


@right(shift_right)
def shift_right_by_padding(images, pixels):
    padded = np.pad(images, ((0, 0), (0, 0), (pixels, 0)))
    return padded[:, :, : images.shape[2]]
