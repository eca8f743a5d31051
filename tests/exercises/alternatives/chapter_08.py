"""Right answers of chapter_08 written otherwise."""

from itertools import product

import numpy as np

from course_utils.exercises.chapter_08 import (
    choose_and_report,
    log_record,
    mean_and_spread,
    shift,
    sign_test,
    suggested_rate,
)

from . import right


@right(log_record)
def log_record_by_copying(base, change, seed, curves, seconds):
    settings = dict(base)
    settings.update(change)
    whole = {name: [float(v) for v in values] for name, values in curves.items()}
    return dict(settings=settings, seed=seed, curves=whole, seconds=seconds)


@right(log_record)
def log_record_by_unpacking(base, change, seed, curves, seconds):
    record = {"seed": seed, "seconds": seconds, "curves": curves}
    record["settings"] = {**base, **change}
    return record


@right(mean_and_spread)
def mean_and_spread_by_hand(results):
    middle = sum(results) / len(results)
    variance = sum((r - middle) ** 2 for r in results) / (len(results) - 1)
    return middle, variance**0.5


@right(suggested_rate)
def suggested_rate_by_sorting(rates, losses):
    pairs = sorted(zip(losses, rates, strict=True))
    return 0.1 * pairs[0][1]


@right(shift)
def shift_pixel_by_pixel(images, down, right):
    moved = np.zeros_like(images)
    _, height, width = images.shape
    for row in range(height):
        for column in range(width):
            if 0 <= row - down < height and 0 <= column - right < width:
                moved[:, row, column] = images[:, row - down, column - right]
    return moved


@right(shift)
def shift_by_rolling_and_clearing(images, down, right):
    moved = np.roll(images, (down, right), axis=(1, 2))
    if down > 0:
        moved[:, :down] = 0
    elif down < 0:
        moved[:, down:] = 0
    if right > 0:
        moved[:, :, :right] = 0
    elif right < 0:
        moved[:, :, right:] = 0
    return moved


@right(sign_test)
def sign_test_by_doubling(differences):
    sums = np.zeros(1)
    for value in differences:
        sums = np.concatenate([sums + value, sums - value])
    hits = np.count_nonzero(np.abs(sums) >= abs(np.sum(differences)) - 1e-12)
    return hits / len(sums)


@right(sign_test)
def sign_test_by_one_side_twice(differences):
    choices = np.array(list(product([-1, 1], repeat=len(differences))))
    far = choices @ differences >= abs(np.sum(differences)) - 1e-12
    return min(1, 2 * far.mean())


@right(choose_and_report)
def choose_and_report_by_loop(valid, test):
    best, chosen = -1.0, 0
    for row, results in enumerate(valid):
        if sum(results) / len(results) > best:
            best, chosen = sum(results) / len(results), row
    return chosen, sum(test[chosen]) / len(test[chosen])
