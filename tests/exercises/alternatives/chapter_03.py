"""Right answers of chapter_03 written otherwise."""

import numpy as np

from course_utils.exercises.chapter_03 import (
    adam_step,
    cross_entropy,
    early_stop,
    gradient_descent,
    mean_squared_error,
    momentum_step,
    numerical_derivative,
    numerical_gradient,
)

from . import right


@right(mean_squared_error)
def mean_squared_error_in_a_loop(predictions, targets):
    total = 0.0
    for prediction, target in zip(
        np.ravel(predictions), np.ravel(targets), strict=True
    ):
        total += (target - prediction) ** 2
    return total / np.size(targets)


@right(cross_entropy)
def cross_entropy_in_a_loop(probabilities, labels):
    total = 0.0
    for row, label in zip(probabilities, labels, strict=True):
        total -= np.log(row[label])
    return total / len(labels)


@right(cross_entropy)
def cross_entropy_with_one_hot_rows(probabilities, labels):
    one_hot = np.eye(probabilities.shape[1])[labels]
    return np.mean(-np.sum(one_hot * np.log(probabilities), axis=1))


@right(numerical_derivative)
def numerical_derivative_as_a_mean_of_two_sides(f, w, h=1e-5):
    middle = f(w)
    right = (f(w + h) - middle) / h
    left = (middle - f(w - h)) / h
    return (left + right) / 2


@right(numerical_gradient)
def numerical_gradient_with_one_nudge_array_each(loss, params_array, h=1e-5):
    start = np.asarray(params_array, dtype="float64")
    slopes = []
    for position in range(start.size):
        nudge = np.zeros(start.size)
        nudge[position] = h
        nudge = nudge.reshape(start.shape)
        slopes.append((loss(start + nudge) - loss(start - nudge)) / h / 2)
    return np.array(slopes).reshape(start.shape)


@right(numerical_gradient)
def numerical_gradient_by_the_derivative(loss, params_array, h=1e-5):
    gradient = np.zeros(params_array.shape)
    for index in np.ndindex(params_array.shape):

        def along(value, index=index):
            moved = params_array.astype(float)
            moved[index] = value
            return loss(moved)

        gradient[index] = numerical_derivative(along, float(params_array[index]), h)
    return gradient


@right(gradient_descent)
def gradient_descent_into_a_prepared_array(gradient, start, learning_rate, steps):
    path = np.empty((steps + 1, *np.shape(start)))
    path[0] = start
    for k in range(steps):
        path[k + 1] = path[k] - learning_rate * gradient(path[k])
    return path


@right(gradient_descent)
def gradient_descent_by_recursion(gradient, start, learning_rate, steps):
    if steps == 0:
        return np.array([start])
    first = start - learning_rate * gradient(start)
    rest = gradient_descent_by_recursion(gradient, first, learning_rate, steps - 1)
    return np.concatenate([[start], rest])


@right(momentum_step)
def momentum_step_by_parts(w, gradient, velocity, learning_rate, momentum=0.9):
    kept = np.multiply(velocity, momentum)
    plain = np.multiply(gradient, -learning_rate)
    new_w = w + kept + plain
    return [new_w, new_w - w]


@right(adam_step)
def adam_step_with_one_corrected_rate(
    w, gradient, state, learning_rate, beta1=0.9, beta2=0.999
):
    m, v, t = state
    m = m + (gradient - m) * (1 - beta1)
    v = v + (np.square(gradient) - v) * (1 - beta2)
    rate = learning_rate * np.sqrt(1 - beta2 ** (t + 1)) / (1 - beta1 ** (t + 1))
    return [w - rate * m / (np.sqrt(v) + 1e-8), [m, v, t + 1]]


@right(early_stop)
def early_stop_counting_bad_epochs(losses, patience):
    best, lowest, bad = 0, float("inf"), 0
    for epoch in range(len(losses)):
        if losses[epoch] < lowest:
            best, lowest, bad = epoch, losses[epoch], 0
        else:
            bad += 1
        if bad == patience:
            return best
    return best
