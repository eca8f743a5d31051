"""Right answers of chapter_06 written otherwise."""

import numpy as np

from course_utils.exercises.chapter_06 import (
    class_means,
    confusion_matrix,
    cross_entropy,
    nearest_mean,
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


@right(nearest_mean)
def nearest_mean_at_once(images, means):
    flat = images.reshape(len(images), -1)
    targets = means.reshape(len(means), -1)
    return np.argmin((targets**2).sum(axis=1) - 2 * flat @ targets.T, axis=1)


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


@right(confusion_matrix)
def confusion_by_counting_pairs(labels, guesses, n_classes):
    pairs = np.bincount(labels * n_classes + guesses, minlength=n_classes**2)
    return pairs.reshape(n_classes, n_classes)


@right(shift_right)
def shift_right_by_padding(images, pixels):
    padded = np.pad(images, ((0, 0), (0, 0), (pixels, 0)))
    return padded[:, :, : images.shape[2]]
