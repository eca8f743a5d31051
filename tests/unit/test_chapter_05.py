"""What chapter 05 says beyond what its own cells run."""

import functools
import math
import re
import types
import warnings

import numpy as np
import pytest

from course_utils.authoring.notebooks import build
from course_utils.chapters import chapter
from course_utils.exercises import chapter_05

FLOOR = math.log(math.e + 9) - 1  # loss of ten classes after two softmaxes


@pytest.fixture(scope="module")
def cells():
    return build(chapter("05")).cells


@pytest.fixture(scope="module")
def ward(cells):
    """Return the names of section 8: data, helpers and the six programs."""
    import keras
    import tensorflow as tf
    from sklearn.datasets import load_digits

    names = {"np": np, "keras": keras, "tf": tf, "load_digits": load_digits}
    names["loss"] = keras.losses.SparseCategoricalCrossentropy(from_logits=True)
    wanted = ("= load_digits(", "def train(", "def program_1", "def program_4")
    for cell in cells:
        if cell.cell_type == "code" and any(text in cell.source for text in wanted):
            exec(cell.source, names)
    names["train"] = functools.partial(names["train"], epochs=3)
    return names


def seen(ward, number, seed):
    import keras

    keras.utils.set_random_seed(seed)
    with warnings.catch_warnings(record=True) as caught:
        warnings.simplefilter("always", UserWarning)
        result = ward[f"program_{number}"]()
    return result | {"warnings": [str(w.message) for w in caught]}


def amounts(ward):
    targets = ward["balance"](ward["X_new"])
    return targets, np.mean((targets - np.clip(targets, 0, 1)) ** 2)


# What section 8 says of five of the six programs.
SIGNS = {
    "1: shuffled labels leave new images at chance": lambda one, ward: (
        max(one["val_accuracy"]) < 0.3
        and min(one["val_loss"]) > 2.2
        and ward["healthy"]["val_accuracy"][-1] > 0.9
    ),
    "2: two softmaxes read well and stay above the floor": lambda one, ward: (
        one["val_accuracy"][-1] > 0.5  # after three epochs, rising
        and min(one["val_loss"] + one["loss"]) > FLOOR - 1e-4
        and one["range"][1] < math.e / (math.e + 9) + 1e-5
    ),
    "4: a sigmoid cannot reach the amounts": lambda one, ward: (
        min(one["val_loss"]) > 0.999 * amounts(ward)[1]
        and 0 <= one["range"][0] <= one["range"][1] <= 1
        and amounts(ward)[0].min() < -30
        and amounts(ward)[0].max() > 30
    ),
    "5: unscaled input begins at a huge loss": lambda one, ward: (
        one["before"] > 10 * math.log(10)
        and ward["healthy"]["before"] < 1.5 * math.log(10)
    ),
    "6: frozen weights give the same loss in every epoch": lambda one, ward: (
        np.allclose(one["val_loss"], one["before"], rtol=1e-6)
        and any("trainable weights" in text for text in one["warnings"])
    ),
}


@pytest.mark.parametrize("seed", [1, 2])
@pytest.mark.parametrize("program", SIGNS)
def test_each_program_shows_the_sign_of_its_fault(ward, program, seed):
    one = seen(ward, program[0], seed)
    assert SIGNS[program](one, ward), one


def test_the_wrong_loss_stops_with_a_message_about_shapes(ward):
    with pytest.raises(ValueError, match=r"same rank|same shape") as caught:
        seen(ward, 3, 0)
    assert "(597,)" in str(caught.value)


def test_the_lines_shown_are_those_of_the_programs(cells):
    folded = "\n".join(
        cell.source
        for cell in cells
        if cell.metadata.get("jupyter", {}).get("source_hidden")
    )
    code = {line.strip() for line in folded.splitlines()}
    text = "\n".join(c.source for c in cells if c.cell_type == "markdown")
    blocks = re.findall(r"lines in question:\s+```python\n(.*?)```", text, re.DOTALL)
    assert len(blocks) == 6
    for block in blocks:
        assert {line.strip() for line in block.strip().splitlines()} <= code


def test_network_is_the_same_in_notebook_and_solutions(ward):
    ours, theirs = chapter_05.network, ward["network"]
    assert ours.__doc__ == theirs.__doc__
    assert ours.__code__.co_code == theirs.__code__.co_code
    assert str(ours.__code__.co_consts) == str(theirs.__code__.co_consts)


def test_keras_sees_through_a_softmax_below_the_loss_and_warns():
    import keras

    logits = np.random.default_rng(0).normal(size=(4, 10)).astype("float32")
    loss = keras.losses.SparseCategoricalCrossentropy(from_logits=True)
    with pytest.warns(UserWarning, match="from_logits=True"):
        seen_through = loss(np.arange(4), keras.layers.Softmax()(logits))
    np.testing.assert_allclose(seen_through, loss(np.arange(4), logits), rtol=1e-6)


@pytest.mark.parametrize("name", ["SGD", "Adam"])
def test_the_loop_of_the_reference_gives_the_losses_of_fit(name):
    import keras

    rng = np.random.default_rng(0)
    X, y = rng.random((70, 64), "float32"), rng.integers(0, 10, 70)
    loss = keras.losses.SparseCategoricalCrossentropy(from_logits=True)
    losses = []
    for by_hand in (False, True):
        keras.utils.set_random_seed(0)
        model = chapter_05.network(keras.layers.Dense(10))
        optimizer = getattr(keras.optimizers, name)(0.01)
        if by_hand:
            losses.append(chapter_05.fit_by_hand(model, loss, optimizer, X, y, 32, 3))
        else:
            model.compile(optimizer, loss)
            run = model.fit(X, y, 32, 3, shuffle=False, verbose=0)
            losses.append(run.history["loss"])
    np.testing.assert_allclose(*losses, rtol=1e-6)


def test_early_stopping_stops_where_the_exercise_says():
    import keras

    stopper = keras.callbacks.EarlyStopping("val_loss", patience=2)
    stopper.set_model(types.SimpleNamespace(stop_training=False))
    stopper.on_train_begin()
    epochs = 0
    for value in (0.90, 0.70, 0.61, 0.64, 0.60, 0.63, 0.66, 0.59):
        stopper.on_epoch_end(epochs, {"val_loss": value})
        epochs += 1
        if stopper.model.stop_training:
            break
    assert epochs == chapter_05.stopped_after.answer


def test_numbers_of_the_exercises():
    import keras

    model = chapter_05.network(keras.layers.Dense(10))
    assert chapter_05.parameter_table.answer == [
        0,
        *(layer.count_params() for layer in model.layers),
    ]
    assert chapter_05.recall_steps.answer == 3 * math.ceil(1200 / 64)
    assert f"{FLOOR:.2f}" == "1.46"
    assert round(math.e / (math.e + 9), 2) == 0.23


def mistaken(exercise, name):
    """Return what a known mistake hands in."""
    answer = next(m.answer for m in exercise.mistakes if name in m.name)
    return answer() if isinstance(exercise, chapter_05._ClassExercise) else answer


def small_network(layer=None, model=None):
    import keras

    inputs = keras.Input((1,))
    first = inputs if layer is None else layer()(inputs)
    outputs = keras.layers.Dense(1)(first)
    return (model or keras.Model)(inputs, outputs)


@pytest.mark.filterwarnings("ignore:__array__")
@pytest.mark.parametrize("block", ["layer", "loss", "metric", "step"])
@pytest.mark.parametrize("right", [True, False])
def test_what_needs_values_stops_inside_fit_as_its_message_says(block, right):
    exercise, name = {
        "layer": (chapter_05.Gain, "np.array"),
        "loss": (chapter_05.lopsided, '.astype("float32")'),
        "metric": (chapter_05.LateShare, "len(late)"),
        "step": (chapter_05.Mixup, "np.roll"),
    }[block]
    answer = exercise.reference if right else mistaken(exercise, name)

    def train():
        model = small_network(
            layer=answer if block == "layer" else None,
            model=answer if block == "step" else None,
        )
        loss = answer if block == "loss" else "mean_squared_error"
        model.compile("sgd", loss, metrics=[answer()] if block == "metric" else [])
        X = np.arange(10, dtype="float32").reshape(-1, 1)
        labels = X[:, 0] if block == "step" else X  # `roll` without an axis
        model.fit(X, labels, batch_size=4, verbose=0)

    if right:
        train()
    else:
        with pytest.raises((TypeError, ValueError, NotImplementedError)):
            train()


def test_tensorflow_without_values_is_no_stub():
    import tensorflow as tf

    @tf.function
    def loss(labels, logits):
        return np.array(logits)

    verdict, _ = chapter_05.mended_3._verdict(lambda: loss)
    assert verdict.status == "wrong"
    assert "keras.ops" in verdict.paragraphs[0]


@pytest.mark.parametrize("name", ["mended_2", "mended_4", "mended_5"])
def test_dots_that_an_answer_still_returns_are_no_error(name):
    def answer():
        half = "a model, some day"
        return ... if half else None

    verdict, _ = getattr(chapter_05, name)._verdict(answer)
    assert verdict.status == "not attempted"
