"""The benchmarks run what the chapters show."""

import numpy as np
import pytest

from benchmarks import monitor, training, widgets
from course_utils import data


@pytest.fixture(scope="module")
def chapter():
    return training.chapter_functions()


def small_training(space):
    digits = data.stand_in()
    space = dict(space)
    # Functions look names up where they were defined, not in a copy.
    shared = space["train"].__globals__
    before = {name: shared.get(name) for name in space}
    shared |= space
    shared |= {
        "x_train": digits.x_train[:256].reshape(256, -1),
        "x_test": digits.x_test[:64].reshape(64, -1),
        "y_train": digits.y_train[:256],
        "y_test": digits.y_test[:64],
    }
    try:
        start = space["he_params"]((784, 16, 10), np.random.default_rng(0))
        params, _ = space["train"](start, epochs=2)
    finally:
        shared |= before
    return [array for pair in params for array in pair]


def test_reused_buffers_change_no_result(chapter):
    written = small_training(chapter)
    buffers = training._with_buffers(chapter["adam_in_place"])
    reused = small_training(chapter | buffers)
    for one, other in zip(written, reused, strict=True):
        np.testing.assert_allclose(one, other, rtol=1e-3, atol=1e-5)


def test_the_plain_program_is_the_one_that_the_chapter_shows():
    program = training.plain_program()
    assert "tf.keras.datasets.mnist.load_data()" in program
    assert "epochs=5" in program


def test_medians_and_ratios_of_the_table(monkeypatch, capsys):
    seconds = {
        training.WAYS[0]: [40, 30, 50],
        training.WAYS[1]: [8, 10, 12],
        training.WAYS[2]: [5, 4, 6],
    }
    monkeypatch.setattr(
        training,
        "_in_a_process",
        lambda way, turn: {
            "seconds": seconds[way][turn],
            "accuracy": 0.97,
            "megabytes": 800.0,
        },
    )
    figures = training.main(3)
    assert figures[training.WAYS[1]]["ratio"] == 4
    assert figures[training.WAYS[2]]["ratio"] == 8
    assert "10.0 (8.0–12.0)" in capsys.readouterr().out


def test_latencies_are_compared_with_the_usual_way():
    runs = {widgets.BASELINE: [160.0] * 20, "graph: a gate": [*[10.0] * 18, 30, 40]}
    of = widgets.summary(runs)["graph: a gate"]
    assert (of["median"], of["ratio"]) == (10.0, 16.0)
    assert 10 < of["p95"] <= 40
    assert "≤ 20" in widgets.table(widgets.summary(runs))


def test_the_monitors_cost_is_the_median_over_pairs():
    seconds = {"fit": {"with": [10.2, 30.0, 5.05], "without": [10.0, 10.0, 5.0]}}
    figures = monitor.summary(seconds)
    assert figures["fit"]["ratio"] == pytest.approx(1.02)
    assert "1.020" in monitor.table(figures)
