"""A chapter made for the tests: one small exercise of every kind."""

import numpy as np

from course_utils.checking.core import ExerciseSet


def make(chapter="99", seconds=1.0):
    """Return a fresh set, so that no test sees what another one handed out."""
    exercises = ExerciseSet(chapter)
    common = {"hints": ("A nudge.", "Nearly there."), "seconds": seconds}

    @exercises.function(
        title="Softmax",
        cases=[
            (np.array([[1.0, 2.0, 3.0], [0.0, 0.5, -1.0]]),),
            (np.array([[1000.0, 1001.0]]),),
            (np.array([[0.0, 0.5]]),),
        ],
        **common,
    )
    def softmax(z):
        shifted = np.exp(z - z.max(axis=1, keepdims=True))
        return shifted / shifted.sum(axis=1, keepdims=True)

    @softmax.mistake("The rows together add up to 1; each row on its own should.")
    def over_the_whole_batch(z):
        shifted = np.exp(z - z.max())
        return shifted / shifted.sum()

    @softmax.mistake("Large inputs overflow before you divide.", credit=0.5)
    def overflows(z):
        return np.exp(z) / np.exp(z).sum(axis=1, keepdims=True)

    @exercises.function(
        title="Mean squared error",
        cases=lambda rng: [(rng.normal(size=n), rng.normal(size=n)) for n in (5, 2, 3)],
        points=2,
        **common,
    )
    def mean_squared_error(y, y_hat):
        return np.mean((y - y_hat) ** 2)

    @exercises.function(
        title="Backward through ReLU",
        cases=[
            (np.array([[0.5, -2.0, 3.0]]), np.array([[-1.0, 2.0, 0.5]])),
            (np.array([[1.0, -1.0]]), np.array([[-1.0, 2.0]])),
        ],
        **common,
    )
    def relu_backward(d_out, z):
        return d_out * (z > 0)

    @relu_backward.mistake("The gate looks at the gradient, not at z.")
    def gates_on_the_gradient(d_out, z):
        return d_out * (d_out > 0)

    @relu_backward.mistake("It changes the gradient that it was given.")
    def writes_into_its_input(d_out, z):
        d_out[z <= 0] = 0
        return d_out

    @exercises.function(
        title="Split",
        cases=[(np.arange(4.0),), (np.arange(6.0).reshape(3, 2),)],
        **common,
    )
    def halves(x):
        middle = len(x) // 2
        return x[:middle], x[middle:]

    def total(answer, numbers):
        counter = answer()
        for number in numbers:
            counter.add(number)
        return counter.total

    @exercises.function(
        title="A counter", cases=[((1, 2, 3),), ((),)], run=total, **common
    )
    class Counter:
        def __init__(self):
            self.total = 0

        def add(self, number):
            self.total += number

    exercises.number(
        "parameters",
        title="Parameters",
        answer=101_770,
        mistakes=[(101_632, "The biases are missing.")],
        **common,
    )
    exercises.number(
        "share", title="A share", answer=lambda: 0.975, tolerance=0.001, **common
    )
    exercises.array(
        "shape",
        title="A shape",
        answer=(32, 10),
        mistakes=[((10, 32), "The batch comes first.")],
        **common,
    )
    exercises.array(
        "matrix",
        title="A matrix",
        answer=lambda: np.array([[1.0, 2.0], [3.0, 4.0]]),
        **common,
    )
    exercises.array("scalar_shape", title="Shape of a number", answer=(), **common)
    exercises.choice(
        "loss",
        title="Which loss?",
        answer="b",
        options={"a": "It falls.", "b": "It rises.", "c": "It stays."},
        **common,
    )
    exercises.prediction(
        "curve",
        title="The curve",
        options={"a": "It falls, then rises.", "b": "It falls."},
        example="a",
    )
    exercises.prediction("accuracy", title="The accuracy", example=0.9)
    exercises.text(
        "why",
        title="Why?",
        model="Because each step follows the slope of the loss downhill.",
        rubric=("names the slope", "names the direction"),
        words=3,
        hints=("Think of a hill.",),
        seconds=seconds,
    )
    return exercises
