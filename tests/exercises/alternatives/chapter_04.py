"""Right answers of chapter_04 written otherwise."""

import numpy as np

from course_utils.exercises.chapter_04 import (
    centre_rows,
    column_error,
    logistic_loss,
    mend_dtypes,
    mend_graph,
    mend_shapes,
    pipeline,
    slope_and_curvature,
    tape_gradient,
    tf,
    total_over,
    train_step,
)

from . import right


@right(column_error)
def column_error_with_two_columns(predictions, targets):
    column = tf.reshape(targets, (-1, 1))
    return tf.reduce_mean(tf.square(column - predictions))


@right(column_error)
def column_error_in_a_loop(predictions, targets):
    total = 0.0
    for row, target in zip(predictions, targets, strict=True):
        total += (float(row[0]) - float(target)) ** 2
    return total / len(targets)


@right(centre_rows)
def centre_rows_by_turning_the_table(X):
    return tf.transpose(tf.transpose(X) - tf.reduce_mean(X, axis=1))


@right(centre_rows)
def centre_rows_one_by_one(X):
    return tf.stack([row - tf.reduce_mean(row) for row in X])


@right(tape_gradient)
def tape_gradient_of_a_watched_constant(loss, params):
    w = tf.constant(params, tf.float64)
    with tf.GradientTape() as tape:
        tape.watch(w)
        value = loss(w)
    return tape.gradient(value, w).numpy()


@right(slope_and_curvature)
def slope_and_curvature_of_a_watched_constant(f, w):
    w = tf.constant(w)
    with tf.GradientTape() as outer:
        outer.watch(w)
        with tf.GradientTape() as inner:
            inner.watch(w)
            y = f(w)
        slope = inner.gradient(y, w)
    return float(slope), float(outer.gradient(slope, w))


@right(train_step)
def train_step_with_assign(X, y, W, b, rate):
    with tf.GradientTape(persistent=True) as tape:
        errors = y - (tf.matmul(X, W) + b)
        loss = tf.reduce_mean(tf.square(errors))
    dW, db = tape.gradient(loss, W), tape.gradient(loss, b)
    W.assign(W - rate * dW)
    b.assign(b - rate * db)
    return loss.numpy()


@right(logistic_loss)
def logistic_loss_by_softplus(logits, labels):
    z = logits[:, 0]
    return tf.reduce_mean(tf.nn.softplus(tf.where(labels == 1, -z, z)))


@right(total_over)
def total_over_numpy_numbers(compiled, x, rates):
    return sum(compiled(x, rate).numpy() for rate in np.float32(rates))


@right(total_over)
def total_over_from_zeros(compiled, x, rates):
    total = tf.zeros_like(x)
    for rate in rates:
        total += compiled(x, tf.cast(rate, tf.float32))
    return total


@right(total_over)
def total_over_a_tensor(compiled, x, rates):
    return tf.add_n([compiled(x, rate) for rate in tf.constant(rates, tf.float32)])


@right(pipeline)
def pipeline_of_two_parts(X, y, batch_size):
    parts = [tf.data.Dataset.from_tensor_slices(part) for part in (X, y)]
    return tf.data.Dataset.zip(tuple(parts)).cache().shuffle(1000).batch(batch_size)


@right(mend_dtypes)
def mend_dtypes_with_a_dot_product(counts, prices):
    return tf.tensordot(tf.cast(counts, tf.float32), prices, axes=1)


@right(mend_shapes)
def mend_shapes_inside_the_product(X, W, b):
    return tf.matmul(X, W, transpose_b=True) + b


@right(mend_shapes)
def mend_shapes_from_the_other_side(X, W, b):
    return tf.transpose(W @ tf.transpose(X)) + b


@right(mend_graph)
def mend_graph_by_sorting(x):
    return x / tf.sort(tf.reshape(x, [-1]))[-1]
