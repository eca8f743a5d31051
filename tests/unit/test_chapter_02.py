"""The numbers that chapter 02 works out by hand are what its own code gives."""

import numpy as np
import pytest

from course_utils.exercises import chapter_02 as ex

CORNERS = np.array([[0, 0], [0, 1], [1, 0], [1, 1]])
PAPER = [
    (np.array([[1, -1], [2, 1]]), np.array([-1, 0.5])),
    (np.array([[0.5], [-2]]), np.array([-1])),
]


def test_the_neuron_on_tuesday():
    z = np.array([6, 1, 2]) @ np.array([0.5, -1, 1]) - 2.5
    assert z == ex.weighted_sum.answer


def test_the_neuron_with_one_input_switches_where_the_answer_says():
    assert ex.neuron(np.array([ex.switch_point.answer]), np.array([4]), -10) == 0.5


def test_the_hidden_values_of_xor():
    hidden = ex.relu(ex.layer(CORNERS, np.ones((2, 2)), np.array([0, -1])))
    assert np.array_equal(hidden, ex.hidden_values.answer)


@pytest.mark.parametrize("weights", [ex.xor_weights, lambda: (4, -10, -1)])
def test_the_output_weights_solve_xor(weights):
    v1, v2, c = weights()
    params = [
        (np.ones((2, 2)), np.array([0, -1])),
        (np.array([[v1], [v2]]), np.array([c])),
    ]
    lamp = ex.forward(CORNERS, params)[:, 0] > 0
    assert lamp.tolist() == [False, True, True, False]


def test_the_worked_example_and_the_exercise_on_paper():
    (W1, b1), _ = PAPER
    X = np.array([[1, 2], [3, 1]])
    hidden = ex.relu(ex.layer(X, W1, b1))
    assert hidden.tolist() == [[4, 1.5], ex.pencil_hidden.answer.tolist()]
    assert ex.forward(X, PAPER)[:, 0].tolist() == [-2, ex.pencil_output.answer]


def test_the_collapsed_network_gives_what_the_network_without_relu_gives():
    (W1, b1), (W2, b2) = PAPER
    X = np.array([[1, 2], [3, 1], [-2, 0.5]])
    W, b = ex.collapse(W1, b1, W2, b2)
    assert np.allclose(ex.layer(X, W, b), ex.layer(ex.layer(X, W1, b1), W2, b2))


def test_the_path_goes_through_its_points():
    x = np.array([-1, 0, 1, 3, 4])
    pieces = ex.relu(x[:, np.newaxis] - np.array([0, 1, 3]))
    assert (1 + pieces @ ex.slope_changes.answer).tolist() == [1, 1, 3, 2, 4]


def test_the_sheet_of_section_9():
    X, W1, b1, W2, b2 = ex._PAPER.values()
    params = [(W1, b1), (W2, b2)]
    assert np.array_equal(ex.forward(X, params), ex.paper_network.answer)
