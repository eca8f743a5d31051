"""Right answers of chapter_02 written otherwise."""

import numpy as np

from course_utils.exercises.chapter_02 import (
    collapse,
    forward,
    layer,
    neuron,
    place_kinks,
    relu,
    sigmoid,
    softmax,
    xor_weights,
)

from . import right


@right(sigmoid)
def sigmoid_by_tanh(z):
    return 0.5 + 0.5 * np.tanh(np.asarray(z) / 2)


@right(relu)
def relu_by_choice(z):
    return np.where(z > 0, z, 0.0)


@right(relu)
def relu_by_mask(z):
    return z * (z > 0)


@right(neuron)
def neuron_by_a_loop(x, w, b):
    total = b
    for value, weight in zip(x, w, strict=True):
        total = total + value * weight
    return 1 / (1 + np.exp(-total))


@right(xor_weights)
def larger_weights():
    return 4, -10, -1


@right(xor_weights)
def without_bias():
    return np.array([1.0, -2.0, 0.0])


@right(layer)
def layer_by_loops(X, W, b):
    Z = np.zeros((X.shape[0], W.shape[1]))
    for i, x in enumerate(X):
        for j in range(W.shape[1]):
            Z[i, j] = np.sum(x * W[:, j]) + b[j]
    return Z


@right(layer)
def layer_by_einsum(X, W, b):
    return np.einsum("nd,dh->nh", X, W) + b[np.newaxis, :]


@right(forward)
def forward_by_recursion(X, params):
    (W, b), *rest = params
    Z = np.dot(X, W) + b
    return forward_by_recursion(np.where(Z > 0, Z, 0), rest) if rest else Z


@right(forward)
def forward_by_counting(X, params):
    A = X
    for number, (W, b) in enumerate(params, 1):
        A = layer(A, W, b)
        if number < len(params):
            A = relu(A)
    return A


@right(softmax)
def softmax_by_rows(Z):
    rows = []
    for z in Z:
        powers = np.exp(z - max(z))
        rows.append(powers / powers.sum())
    return np.array(rows)


@right(softmax)
def softmax_by_logarithms(Z):
    return np.exp(Z - np.logaddexp.reduce(Z, axis=1)[:, np.newaxis])


@right(collapse)
def collapse_by_probing(W1, b1, W2, b2):
    def both(X):
        return (X @ W1 + b1) @ W2 + b2

    at_zero = both(np.zeros((1, len(W1))))
    return both(np.eye(len(W1))) - at_zero, at_zero[0]


@right(place_kinks)
def close_to_the_bends():
    return [1.5, 1.8, 2.2, 2.5]


@right(place_kinks)
def in_any_order():
    return np.array([2.5, 1.5, 1.75, 2.25])
