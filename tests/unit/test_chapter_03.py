"""What chapter 03 says about its runs is what its runs do."""

import matplotlib.pyplot as plt
import numpy as np
import pytest

from course_utils.authoring.notebooks import build, solve
from course_utils.chapters import chapter
from course_utils.widgets.landscape_path import SURFACES, walk

VALLEYS = SURFACES["valleys"]


@pytest.fixture(scope="module")
def run(tmp_path_factory):
    """Return the names that the solved chapter leaves behind."""
    names = {}
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("COURSE_HOME", str(tmp_path_factory.mktemp("home")))
        patch.setattr(plt, "show", lambda: plt.close("all"))
        notebook = solve(build(chapter("03")), chapter("03").exercises())
        for cell in notebook.cells:
            if cell.cell_type == "code":
                exec(compile(cell.source, "<cell>", "exec"), names)
    return names


def test_single_examples_jitter_and_mini_batches_settle(run):
    single, mini = (np.array(run["runs"][size][1]) for size in (1, 32))
    assert single[100:].std() > 5 * mini[-20:].std()
    assert mini[-1] < single[-1] < run["runs"][400][1][-1]


def test_after_five_steps_full_and_mini_batches_are_about_level(run):
    full, mini = (run["runs"][size][1][5] for size in (400, 32))
    assert mini == pytest.approx(full, rel=0.1)


def test_every_gradient_arrow_stands_across_its_line_of_equal_loss(run):
    for place, arrow in zip(run["places"], run["arrows"], strict=True):
        along = np.array([-arrow[1], arrow[0]]) / np.linalg.norm(arrow)
        change = run["line_loss"](place + 1e-4 * along) - run["line_loss"](place)
        assert abs(change) < 1e-6


@pytest.mark.parametrize(("momentum", "side"), [(0.0, 1), (0.8, -1)])
def test_momentum_carries_the_ball_over_the_ridge(momentum, side):
    path = walk("valleys", "momentum", 0.02, momentum, 60, VALLEYS.start)
    assert np.sign(path[-1][0]) == side


def test_the_named_learning_rates_show_one_outcome_each():
    """Of the four that section 3 names for the landscape with two valleys."""
    ends = {
        rate: walk("valleys", "momentum", rate, 0.0, 60, VALLEYS.start)
        for rate in (0.005, 0.1, 0.15, 0.3)
    }
    assert abs(ends[0.005][-1][1]) > 0.1  # not there yet
    assert np.allclose(ends[0.1][-1], [0.96, 0], atol=0.01)
    assert ends[0.15][-1][0] < -0.9  # a step too long: leapt over the ridge
    assert len(ends[0.3]) < 61  # flown off


def test_the_network_learns_the_moons(run):
    for data, labels in ((run["X"], run["y"]), (run["X_new"], run["y_new"])):
        scores = run["forward"](data, run["unpack"](run["path"][-1], [2, 6, 2]))
        assert np.mean(scores.argmax(axis=1) == labels) > 0.9


def test_the_training_error_falls_with_the_degree_and_the_validation_error_turns(run):
    train, valid = np.array(run["train_errors"]), np.array(run["valid_errors"])
    assert (np.diff(train) < 1e-9).all()
    assert run["chosen"] == 3
    assert train[4] < 0.09
    assert (valid[12:] > 100).all()


def test_training_on_after_the_kept_epoch_makes_the_network_worse(run):
    assert run["free_valid"][-1] > 1.5 * run["free_valid"][run["kept"]]


def test_the_penalty_costs_on_the_training_set_and_pays_on_new_examples(run):
    accuracy = {}
    for name in ("free", "held"):
        params = run["unpack"](run[name][-1], run["wide"])
        accuracy[name] = [
            np.mean(run["forward"](data, params).argmax(axis=1) == labels)
            for data, labels in (run["few"], run["valid"])
        ]
    assert accuracy["held"][0] < accuracy["free"][0]
    assert accuracy["held"][1] > accuracy["free"][1] + 0.03


def test_each_learning_curve_shows_what_its_diagnosis_says(run):
    curves = {k: [np.array(c) for c in pair] for k, pair in run["curves"].items()}
    for curve in curves["A"]:  # not finished
        assert (np.diff(curve) < 0.001).all()
        assert curve[-1] < curve[-10] - 0.02
    seen, new = curves["B"]  # overfitting
    assert new[-1] > new.min() + 0.2
    assert seen[-1] < seen[new.argmin()] - 0.1
    for curve in curves["C"]:  # underfitting
        assert np.allclose(curve[10:], np.log(2), atol=0.01)
    for curve in curves["D"]:  # rate too large
        assert np.abs(np.diff(curve)).mean() > 0.1
        assert (curve > np.log(2)).mean() > 0.4
