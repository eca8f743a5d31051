"""What chapter 06 says beyond what its own cells run."""

import contextlib
import io
import math
import re
import warnings

import numpy as np
import pytest
from sklearn.metrics import confusion_matrix

from course_utils import data
from course_utils.exercises import chapter_06
from tests.benchmarks import chapter_code, training


def test_the_program_shown_at_the_top_runs_as_written(monkeypatch):
    program = training.plain_program()
    assert f"epochs={training.EPOCHS}" in program
    import keras

    digits = data.stand_in("uint8")
    arrays = (
        (digits.x_train, digits.y_train),
        (digits.x_test, digits.y_test),
    )
    monkeypatch.setattr(keras.datasets.mnist, "load_data", lambda: arrays)
    keras.utils.set_random_seed(0)
    printed = io.StringIO()
    with contextlib.redirect_stdout(printed), warnings.catch_warnings():
        warnings.simplefilter("ignore")  # input_shape warns, as the chapter says
        exec(compile(program, "program", "exec"), {})
    accuracy = float(re.findall(r"Test accuracy: ([0-9.]+)", printed.getvalue())[0])
    assert accuracy > 0.7  # 1,541 images and five epochs


def test_the_old_way_to_say_what_comes_in_warns():
    import keras

    with pytest.warns(UserWarning, match="input_shape"):
        keras.layers.Flatten(input_shape=(28, 28))


def test_number_of_parameters_and_updates():
    assert chapter_06.parameter_count.answer == 101_770
    assert chapter_06.update_count.answer == 5 * math.ceil(55_000 / 128)


@pytest.mark.parametrize(
    ("probability", "loss"), [(1, "nothing"), (0.5, "0.69"), (0.01, "4.6")]
)
def test_losses_in_the_prose(probability, loss):
    value = -math.log(probability)
    shown = "nothing" if value == 0 else f"{value:.2f}"[: len(loss)]
    assert shown == loss
    assert loss in chapter_code.text("06")


def test_confusion_matrix_is_that_of_scikit_learn():
    rng = np.random.default_rng(0)
    labels, guesses = rng.integers(0, 10, (2, 500))
    assert np.array_equal(
        chapter_06.confusion_matrix(labels, guesses, 10),
        confusion_matrix(labels, guesses),
    )


def test_cross_entropy_is_that_of_keras():
    import keras

    logits = np.random.default_rng(0).normal(0, 5, (20, 10)).astype("float32")
    labels = np.arange(20) % 10
    loss = keras.losses.SparseCategoricalCrossentropy(from_logits=True, reduction=None)
    ours = [chapter_06.cross_entropy(z, y) for z, y in zip(logits, labels, strict=True)]
    np.testing.assert_allclose(ours, loss(labels, logits), rtol=1e-5, atol=1e-6)


def test_untrained_logits_grow_with_the_input_as_the_chapter_says():
    import keras

    keras.utils.set_random_seed(0)
    model = keras.Sequential(
        [
            keras.Input((28, 28)),
            keras.layers.Flatten(),
            keras.layers.Dense(128, activation="relu"),
            keras.layers.Dense(10),
        ]
    )
    images = np.random.default_rng(0).random((4, 28, 28), "float32")
    small, large = model(images).numpy(), model(255 * images).numpy()
    np.testing.assert_allclose(large, 255 * small, rtol=1e-3, atol=1e-2)
