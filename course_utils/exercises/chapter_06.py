"""Exercises of chapter 06, "Read handwritten digits"."""

import numpy as np

from course_utils.checking.core import AnswerFormError, ExerciseSet
from course_utils.checking.mistakes import half
from course_utils.checking.values import as_array

exercises = ExerciseSet("06")


# 1. Look at the data


@exercises.function(
    title="The mean image of each class",
    points=2,
    terms={"np.unique(labels)": "the list of classes", "unique": "`np.unique`"},
    cases=lambda rng: [
        (np.arange(16.0).reshape(4, 2, 2), np.array([0, 1, 0, 0])),
        # Bytes, as in MNIST: sums of them need more room than a byte.
        (
            rng.integers(100, 256, (9, 3, 4)).astype("uint8"),
            np.array([2, 0, 1, 1, 0, 2, 2, 1, 1]),
        ),
    ],
    hints=(
        "`images[labels == 3]` picks all images of the class 3. What is its shape?",
        "`.mean(axis=0)` averages over the images and keeps rows and columns.",
        "Do that for every class in `np.unique(labels)`, and stack the results "
        "with `np.stack`.",
    ),
)
def class_means(images, labels):
    """Mean image of each class, in the order of the classes: (C, H, W)."""
    classes = np.unique(labels)
    return np.stack([images[labels == c].mean(axis=0) for c in classes])


class_means.same = {
    "An array of the same numbers is made in either way": (
        "np.stack([images[labels == c].mean(axis=0) for c in classes]) => "
        "[images[labels == c].mean(axis=0) for c in classes]",
    ),
}
class_means.known_mistakes = {
    ") for c in classes]) => ) for c in classes]).astype(int)": (
        "The means are cut to whole numbers: by `//`, by a cast, or by an array of "
        "whole numbers that they were put into. A mean has a fraction."
    ),
    "np.unique(labels) => dict.fromkeys(labels)": (
        "The classes come in the order in which they turn up. Sort them."
    ),
    "images[labels == c].mean(axis=0) => np.median(images[labels == c], axis=0)": (
        "This is the median. The mean was asked."
    ),
    "[labels == c] => ": (
        "Every class shows the same picture: the mean is taken over all images. "
        "Pick those of the class first."
    ),
    "in classes => in labels": (
        "There is one picture for each image here, that of its class. One for each "
        "class is wanted: go through the classes, `np.unique(labels)`."
    ),
    "mean(axis=0) => sum(axis=0) / len(images)": (
        "The sums are divided by how many images there are in all. Each class is "
        "divided by its own number."
    ),
    "return images[labels == classes[0]].mean(axis=0)": (
        "This is the first picture only. Is the `return` inside the loop?"
    ),
    "in classes => in range(10)": (
        "This counts on ten classes. Where one of them does not occur, its mean is "
        "that of no images at all. `np.unique(labels)` lists the classes that do."
    ),
    "mean(axis=0) => sum(axis=0, dtype=images.dtype) / np.sum(labels == c)": half(
        "Right for numbers with a fraction, not for bytes. A byte ends at 255, and a "
        "sum of bytes that is kept in a byte begins again at 0: add up in numbers that "
        "have more room."
    ),
}


which_set = exercises.choice(
    "which_set",
    title="Which images decide how many epochs to train?",
    answer="b",
    options={
        "a": "The training images only ever look better: a network can go on "
        "improving on them while it gets worse on new ones.",
        "b": "They are new to the network, and looking at them often spoils no more "
        "than themselves. The test images stay fresh for the final number.",
        "c": "Then the test images take part in the building, and the final number "
        "is too good: you picked the epochs that suit these very images.",
    },
    hints=(
        "What must the network not have seen, if the answer is to mean anything?",
        "Each look at a set of images while you still make choices uses it up a "
        "little. Which set is there for that?",
    ),
)


# 2. Baselines


@exercises.function(
    title="The nearest mean image",
    points=2,
    terms={
        "image": "the image",
        "image - means": "the differences",
        "argmin": "the class of the smallest distance",
        "argmax": "the class of the largest distance",
    },
    cases=lambda rng: [
        (
            np.array([[[4.0, 4.0]], [[9.0, 1.0]]]),
            np.array([[[0.0, 1.0]], [[8.0, 0.0]], [[6.0, 6.0]]]),
        ),
        (4 * rng.random((7, 3, 2), "float32"), 4 * rng.random((4, 3, 2))),
        (10 * rng.random((1, 2, 2)) - 20, 10 * rng.random((5, 2, 2))),
    ],
    hints=(
        "For one image: `images[0] - means` is its difference from every mean "
        "image. Which shape does it have?",
        "Square the differences and sum over the two pixel axes: one distance for "
        "each class.",
        "`np.argmin` says where the smallest distance stands. Do it for each image.",
    ),
)
def nearest_mean(images, means):
    """Class of the closest mean image, by squared distance: (N,)."""
    guesses = [np.argmin(((image - means) ** 2).sum(axis=(1, 2))) for image in images]
    return np.array(guesses)


nearest_mean.same = {
    "The order of distances stays the same": (
        "((image - means) ** 2).sum(axis=(1, 2)) => "
        "((image - means) ** 2).mean(axis=(1, 2))",
    ),
    "A square has no sign": ("image - means => means - image",),
    "An array of the same numbers is made in either way": (
        "return np.array(guesses) => return guesses",
    ),
}
nearest_mean.known_mistakes = {
    "return guesses[0]": (
        "Only the class of the first image came back. Is the `return` in a loop?"
    ),
    "argmin => argsort": (
        "These are all the classes for each image, the closest first. Only that one is "
        "wanted."
    ),
    "return np.argmin(((images[:, None] - means) ** 2).sum(axis=(2, 3)))": (
        "One number came back: the place of the smallest distance of all images to all "
        "means. Without `axis`, `argmin` takes the table as one long row."
    ),
    "return means[guesses]": (
        "These are the closest mean images themselves. Which class is it? Return its "
        "number."
    ),
    "(image - means) => (image.astype('uint8') - means.astype('uint8'))": (
        "A byte is never below 0 or above 255, so differences and squares of bytes "
        "begin again at the other end. Compute in numbers that have more room."
    ),
    "((image - means) ** 2) => (image - means)": (
        "Positive and negative differences cancel here, so a wrong picture of the "
        "same brightness looks perfect. Square each difference before you sum."
    ),
    " ** 2).sum(axis=(1, 2)) => ).sum(axis=(1, 2)) ** 2": (
        "This compares the brightness of image and mean alone. The square is taken "
        "pixel by pixel, before anything is summed."
    ),
    "argmin(((image - means) ** 2) => argmax((image * means)": (
        "The image with the largest product is taken. A bright mean has large "
        "products with everything: measure the distance."
    ),
    "argmin => min": (
        "These are distances. The exercise asks for the class at which the "
        "distance is smallest."
    ),
    "((image - means) ** 2) => np.abs(image - means)": half(
        "This compares by absolute differences. That is a distance too, but the "
        "exercise asks for the squared one."
    ),
    "np.argmin => ": (
        "These are the distances of every image from every mean, (N, C). The "
        "answer is one number for each image: at which class is its row smallest?"
    ),
}


# 3. Preprocess


@exercises.function(
    title="From bytes to numbers between 0 and 1",
    cases=[
        (np.array([[0, 255], [51, 102]], dtype="uint8"),),
        (np.arange(5, 255, 10, dtype="uint8").reshape(1, 5, 5),),
    ],
    view=lambda result: {
        "values": result,
        "dtype": str(getattr(result, "dtype", "none: this is no array")),
    },
    hints=(
        "The largest value that a byte can hold is 255. What must it become?",
        '`images.astype("float32")` turns bytes into numbers with a fraction; '
        "then scale them.",
    ),
)
def scale(images):
    """Grey values 0 to 255 (uint8) as float32 numbers between 0 and 1."""
    return images.astype("float32") / 255


scale.known_mistakes = {
    "float32 => float16": half(
        "float16 keeps three digits only. The exercise asks for float32."
    ),
    "return (images / 255).astype('uint8')": (
        "The fractions are cut off at the end: a byte holds whole numbers only."
    ),
    ("images. => (images - images.min()).", "/ 255 => / np.ptp(images)"): (
        "The pictures are stretched from darkest to brightest pixel. Divide "
        "by what a byte can hold at most, so that a grey is the same everywhere."
    ),
    "/ 255 => / 127.5 - 1": "These numbers run from −1 to 1. 0 to 1 was asked.",
    "return np.clip(images.astype('float32'), 0, 1)": (
        "Everything above 0 became 1: numbers are cut off here. Divide them."
    ),
    ("images. => (images // 255).", " / 255 => "): (
        "`//` drops the fraction: everything but pure white becomes 0. Use `/`."
    ),
    "return images / 256": (
        "White becomes 0.996, not 1: the largest value of a byte is 255. And these "
        "are float64; choose float32."
    ),
    "return images / images.max()": (
        "This divides by the brightest pixel of these very images; divide by what "
        "a byte can hold at most. And these are float64; choose float32."
    ),
    "/ 255 => / 256": (
        "White becomes 0.996, not 1. A byte has 256 values, but the largest of "
        "them is one less."
    ),
    "return images / 255": half(
        "The values are right, but they are float64: twice the memory, and nothing "
        "in this course needs so many digits. Choose float32."
    ),
    "/ 255 => / images.max()": (
        "This divides by the brightest pixel of these very images, so a pale "
        "picture comes out as dark as any other. Divide by what a byte can hold at "
        "most."
    ),
    'return images.astype("float32") / => images /=': (
        "`/=` writes into the array of bytes that was handed in, and a byte cannot "
        "hold a fraction. Make a float32 array first, and divide that."
    ),
}


# 4. Build

parameter_count = exercises.number(
    "parameter_count",
    title="Count the numbers to learn",
    points=2,
    answer="pixels * hidden + hidden_biases + hidden * outputs + output_biases",
    given={
        "pixels": 784,
        "hidden": 128,
        "hidden_biases": 128,
        "outputs": 10,
        "output_biases": 10,
    },
    terms={
        "pixels * hidden": "the number of weights in the first layer",
        "hidden * outputs": "the number of weights in the last layer",
        "hidden": "the number of hidden units",
        "outputs": "the number of outputs",
        "pixels": "the number of inputs",
        "hidden_biases": "a bias for each hidden unit",
        "output_biases": "a bias for each output",
    },
    mistakes=(
        (
            784 * 128 + 128 * 10,
            "These are the weights. Each unit also has a bias, one number of its own.",
        ),
        (128 * 10 + 10, "That is the last layer alone."),
        (
            784 + 128 + 10,
            "That counts units. Between two layers stands one weight "
            "for every pair of units.",
        ),
        (
            784 * 128 + 784 + 128 * 10 + 128,
            "Each layer has as many biases here as inputs. How many units does it add "
            "up, and so how many biases has it?",
        ),
        (
            784 * 128 + 1 + 128 * 10 + 1,
            "One bias for each layer: but every unit has a bias of its own.",
        ),
        (784 * 10 + 10, "The hidden layer is missing."),
        (
            28 * 128 + 128 + 128 * 10 + 10,
            "28 is the length of one row of pixels. How many does the image have?",
        ),
        (
            784 + 784 * 128 + 128 + 128 * 10 + 10,
            "The inputs are pixels, not units that learn: they have no biases.",
        ),
        (784 * 128 * 10, "Layers follow one another, so their counts are added."),
        (
            784 * 784 + 784 + 784 * 128 + 128 + 128 * 10 + 10,
            "Flatten only rearranges pixels; it has nothing to learn.",
        ),
    ),
    hints=(
        "784 inputs meet 128 units: how many pairs are there? That many weights.",
        "Add one bias for each of the 128 units. Then the same for 128 and 10.",
    ),
)


def _without_a_lid(answer, logits, label):
    """Call a loss, and see to it that a hopeless example costs what it should."""
    loss = answer(logits, label)
    cost = as_array(loss)
    hopeless = logits.max() - logits[label] > 900
    if hopeless and cost is not None and cost.size == 1 and 12 < cost.item() < 800:
        raise AnswerFormError(
            "The true class has a logit 1000 below another one, and less than 1000 "
            "came out: there is a lid on the loss. Is something clipped, or a small "
            "number added?",
            loss,
        )
    return loss


@exercises.function(
    title="The loss of one example",
    points=2,
    run=_without_a_lid,
    terms={
        "logits.max()": "the largest logit",
        "shifted": "the logits",
        "shifted[label]": "the logit of the true class",
        "log_sum": "the logarithm of the sum",
    },
    cases=[
        (np.array([0.0, 0.0]), 0),
        (np.array([2.0, -1.0, 0.5]), 0),
        (np.array([2.0, -1.0, 0.5]), 1),
        (np.array([-3.0, 4.0, 1.0, 0.0], "float32"), 3),
        (np.array([-1000.0, -1001.0]), 0),
        (np.array([1000.0, 990.0, 0.0]), 1),
        (np.array([1000.0, 0.0, 0.0, 0.0]), 3),
        (np.array([0.0, 1000.0, 0.0, 0.0, 0.0]), 1),
    ],
    hints=(
        "First the softmax: `np.exp` of every logit, divided by the sum of them "
        "all. The result is one probability for each class.",
        "The loss looks at one of them alone, that of the true class: minus its "
        "natural logarithm, `np.log`.",
        "`np.exp(1000)` is too large for a number. Softmax does not change when "
        "you subtract the same amount from every logit: subtract the largest first.",
    ),
)
def cross_entropy(logits, label):
    """Loss of one example: minus the log of its true class's probability."""
    shifted = logits - logits.max()
    log_sum = np.log(np.sum(np.exp(shifted)))
    return log_sum - shifted[label]


cross_entropy.known_mistakes = {
    "return -np.log(np.exp(shifted[label] - log_sum) + 1e-12)": half(
        "A small number in the logarithm puts a lid on the loss: a hopeless example "
        "costs about 28, not 1000. Take the logarithm apart as the formula does."
    ),
    (
        "return -np.sum(np.eye(len(logits))[label] "
        "* np.log(np.exp(shifted) / np.exp(shifted).sum()))"
    ): half(
        "The other classes are in the sum, times 0. Where a probability is rounded "
        "to 0, its logarithm is infinite, and 0 times that is no number."
    ),
    "return -logits[label]": (
        "This is the logit with a minus sign. How large the others are matters as well."
    ),
    "return log_sum / np.log(10) - shifted[label]": (
        "This logarithm has base 10. Keras, and everybody else, uses the natural one."
    ),
    " - logits.max() => ": half(
        "Right for small logits. `np.exp(1000)` is infinite, and so is this loss: "
        "subtract the largest logit from all of them first."
    ),
    "return -np.log(np.exp(shifted[label] - log_sum) + 1e-7)": half(
        "Nearly: a small number is added before the logarithm, and it falsifies "
        "the loss of a hopeless example. Take the logarithm apart as the formula "
        "does, and there is no zero to fear."
    ),
    "return -np.log(np.exp(shifted[label] - log_sum))": half(
        "Right as long as the true class has some probability. Where it has next to "
        "none, that is rounded to 0, and the logarithm of 0 is infinite. The formula "
        "ends in a form without such a probability."
    ),
    "shifted[label] => shifted.max()": (
        "This is the loss of the class that the network likes best, whatever the "
        "label says. Look at the true class."
    ),
    "return -np.log(1 - np.exp(shifted[label] - log_sum))": (
        "This is the logarithm of what is missing, 1 − p. The one of p itself is "
        "wanted."
    ),
    "return 1 - np.exp(shifted[label] - log_sum)": (
        "This is how much probability is missing, 1 − p. It never goes above 1, so "
        "a confident mistake costs hardly more than a doubtful one. Use the "
        "logarithm."
    ),
    "return np.exp(shifted[label] - log_sum)": (
        "This is the probability of the true class. The loss is made from it in "
        "one more step."
    ),
    "return -np.log(np.exp(logits)[label] / np.exp(logits).sum())": half(
        "Right for small logits. With 1000 among them `np.exp` overflows and the "
        "result is not a number: subtract the largest logit from all of them first."
    ),
    "[label] => ": (
        "These are the losses for all the classes. One is wanted, that of the label."
    ),
    "return log_sum - logits[label]": (
        "The largest logit is subtracted in one of the two terms and not in the other. "
        "Take the same logits in both."
    ),
}


loss_before = exercises.prediction(
    "loss_before",
    title="The loss before any training",
    example=2.3,
    low=0,
)


# 5. Train

update_count = exercises.number(
    "update_count",
    title="How often are the weights adjusted?",
    answer="epochs * int(np.ceil(images / batch))",
    given={"epochs": 5, "images": 55_000, "batch": 128},
    terms={
        "epochs": "the number of epochs",
        "images": "the number of images",
        "batch": "the size of a batch",
        "images / batch": "the number of batches",
    },
    mistakes=(
        (429 * 5, "The last batch of an epoch is smaller, but it is a batch too."),
        (55_000 / 128 * 5, "A part of a batch is a batch too, in each epoch."),
        (
            1719 * 5,
            "That is so for batches of 32, which Keras takes unasked. Here it is 128.",
        ),
        (55_000, "That is how many images there are. They come in batches."),
        (
            60_000 / 128 * 5,
            "5,000 of the 60,000 images are not trained on; and a part of a batch is a "
            "batch, too.",
        ),
        (128 * 5, "128 is how many images are in a batch. How many batches are there?"),
        (2149, "Each epoch ends in a batch of its own that is not full: round first."),
        (5, "An epoch is one pass over all the images, in many batches."),
        (
            469 * 5,
            "5,000 of the 60,000 images are kept for validation; those are not "
            "trained on.",
        ),
        (40 * 5, "Those are the validation images. It is the others that are trained."),
    ),
    hints=(
        "How many batches of 128 do 55,000 images make, the incomplete last one "
        "included?",
        "55,000 / 128 is a little under 430. Each epoch goes through all of them.",
    ),
)

which_curve = exercises.prediction(
    "which_curve",
    title="Which accuracy is higher at the end?",
    options={
        "a": "The network has adjusted its weights to these very images for five "
        "epochs, so it reads them better than new ones. The gap is called "
        "overfitting once it starts to hurt.",
        "b": "On new images the network is as good as on those it learned from: "
        "five epochs were too few for the two to part.",
        "c": "That happens at the beginning: the training figure is an average over "
        "an epoch in which the network was still improving.",
    },
    example="a",
)


# 6. Evaluate


@exercises.function(
    title="How sure is an accuracy?",
    terms={
        "1 - accuracy": "`1 - accuracy`",
        "accuracy * (1 - accuracy)": "the variance of one image",
        "accuracy * (1 - accuracy) / n": "the variance",
    },
    cases=[(0.8, 100), (0.975, 10_000), (0.9, 360)],
    hints=(
        "Each test image is like a coin that shows heads with probability p: its "
        "variance is p (1 − p).",
        "The variance of a mean of n such coins is that over n. The standard error "
        "is its square root.",
    ),
)
def standard_error(accuracy, n):
    """Standard error of an accuracy measured on n images."""
    return np.sqrt(accuracy * (1 - accuracy) / n)


standard_error.known_mistakes = {
    "return accuracy * (1 - accuracy) / np.sqrt(n)": (
        "The root is taken of `n` alone. It belongs to the whole variance."
    ),
    (")  => )) ", "/ n) => / n"): (
        "The n stands outside of the root here: 100 times more images would make "
        "it 100 times surer. In truth it is 10 times."
    ),
    ("np.sqrt => ", "/ n) => / n) ** 1 / 2"): (
        "`** 1 / 2` is the power of 1, and then a half: a power binds tighter than "
        "a division. Put the half in brackets."
    ),
    ("(1 => 1", ")  =>  "): (
        "Brackets are missing: Python multiplies and divides before it subtracts, "
        "so 1 − p has to stand in brackets of its own."
    ),
    "return 1 / np.sqrt(n)": (
        "This depends on `n` alone. How sure one is depends on the accuracy, too: near "
        "0 and near 1 images differ less."
    ),
    "return accuracy / np.sqrt(n)": (
        "The accuracy stands where the spread of one image belongs, the root of its "
        "variance p (1 − p)."
    ),
    "return  => return 1.96 * ": half(
        "This is 1.96 standard errors, the half width of a 95 % interval. The "
        "exercise asks for one."
    ),
    "return  => return 100 * ": ("This is a percentage; the accuracy came as a share."),
}


@exercises.function(
    title="The confusion matrix",
    points=2,
    terms={"matrix[label, guess]": "a count", "label": "a label", "guess": "a guess"},
    cases=[
        (np.array([0, 1, 1]), np.array([0, 1, 0]), 2),
        (np.array([2, 2, 2, 0, 1, 2]), np.array([1, 1, 2, 0, 1, 1]), 3),
        (np.array([3, 0, 3]), np.array([0, 0, 0]), 5),
        (np.repeat([1, 0, 1], [300, 2, 1]), np.repeat([0, 1], [301, 2]), 2),
    ],
    hints=(
        "Start from `np.zeros((n_classes, n_classes), dtype=int)` and go through "
        "the pairs with `zip(labels, guesses)`.",
        "Each pair adds 1 in one place: its row is the true class, its column the "
        "predicted one.",
    ),
)
def confusion_matrix(labels, guesses, n_classes):
    """Counts by true class (row) and predicted class (column): (C, C)."""
    matrix = np.zeros((n_classes, n_classes), dtype=int)
    for label, guess in zip(labels, guesses, strict=True):
        matrix[label, guess] += 1
    return matrix


confusion_matrix.same = {
    "Counts are equal, whatever their type": (
        "np.zeros((n_classes, n_classes), dtype=int) => "
        "np.zeros((n_classes, n_classes))",
    ),
    "Labels and guesses are equally many": (
        "zip(labels, guesses, strict=True) => zip(labels, guesses)",
    ),
    "A count does not depend on the order": (
        "for label, guess in zip(labels, guesses, strict=True): … => the loop runs in "
        "the opposite order",
    ),
}
confusion_matrix.known_mistakes = {
    "dtype=int => dtype='uint8'": half(
        "A byte ends at 255: the next one is 0 again. Count in whole numbers that have "
        "more room, `dtype=int`."
    ),
    "[label, guess] => [label - 1, guess - 1]": (
        "Classes are counted from 0 here: class 0 belongs in row 0."
    ),
    "return matrix / len(labels)": ("These are shares. The exercise asks for counts."),
    "return matrix / matrix.sum(axis=1, keepdims=True)": (
        "Each row is divided by its sum: shares. The exercise asks for counts."
    ),
    "[label, guess] => [:, guess]": (
        "All rows are equal: `[[0] * n] * n` is one and the same row n times over. "
        "Take `np.zeros((n, n), dtype=int)`."
    ),
    "return np.diag(np.diag(matrix))": (
        "Only the images that were read correctly are counted. The others belong "
        "beside the diagonal."
    ),
    "zip(labels, guesses, strict=True) => itertools.product(labels, guesses)": (
        "Every label is paired with every guess. Label and guess of the *same* "
        "image belong together: one loop, with `zip`."
    ),
    "return matrix[np.ix_(*[np.union1d(labels, guesses)] * 2)]": (
        "Classes that do not occur are missing here. The table has a row and a "
        "column for each of the `n_classes` classes."
    ),
    "+= => =": (
        "Each pair is counted once at the most. In a loop, `= 1` sets where `+= 1` "
        "counts. And without a loop, `matrix[labels, guesses] += 1` adds 1 only once "
        "in each place, however often a pair comes up."
    ),
    "+= 1 => += label != guess": (
        "The images that were read correctly are missing; they belong on the diagonal."
    ),
}


# 7. Break it

shifted_accuracy = exercises.prediction(
    "shifted_accuracy",
    title="Digits moved by four pixels",
    options={
        "a": "Above 90 %: the network hardly noticed.",
        "b": "Between 50 and 90 %: it is confused, but still far better than chance.",
        "c": "Below 50 %: for this network a moved digit is a different picture.",
    },
    example="a",
)


@exercises.function(
    title="Move every digit to the right",
    terms={
        "images[:, :, :width - pixels]": "the columns that stay",
        "width": "the width",
    },
    cases=lambda rng: [
        (np.array([[[1, 2, 3], [4, 5, 6]]]), 1),
        (rng.integers(1, 256, (2, 3, 5)).astype("uint8"), 2),
        (rng.random((2, 2, 4)), 0),
        (rng.random((2, 3, 4)), 3),
    ],
    hints=(
        "Start from `np.zeros_like(images)`: where nothing is written, it stays empty.",
        "The last axis runs along a row of pixels. The columns from `pixels` on "
        "receive the old columns without the last `pixels` of them.",
        "Mind the case of 0 pixels: `images[:, :, :-0]` is empty. `:width - pixels` "
        "works for 0 too.",
    ),
)
def shift_right(images, pixels):
    """Images (N, H, W) moved right; empty pixels come in at the left."""
    moved = np.zeros_like(images)
    width = images.shape[2]
    moved[:, :, pixels:] = images[:, :, : width - pixels]
    return moved


shift_right.same = {
    "Shape and type are those of the images": ("images => images * pixels",),
    "Zeros are there before": (
        "moved[:, :, pixels:] = images[:, :, :width - pixels] => moved[:, :, pixels:] "
        "+= images[:, :, :width - pixels]",
    ),
}
shift_right.known_mistakes = {
    "width - pixels => 28 - pixels": (
        "The width is written out as 28. These images have another one: ask `shape`."
    ),
    "return np.where(np.arange(width) < pixels, 0, images)": (
        "The columns on the left are empty, but nothing has moved."
    ),
    "return np.roll(images, pixels, axis=1)": (
        "This moves the images down, and what falls off comes back at the top."
    ),
    "return np.roll(images, -pixels, axis=2)": (
        "This moves the images to the left, and what falls off comes back on the right."
    ),
    "return np.roll(images, pixels, axis=2)": (
        "`np.roll` brings back on the left what falls off on the right. Empty "
        "pixels should come in instead."
    ),
    "return np.roll(images, pixels)": (
        "Without `axis`, `np.roll` moves all the numbers on as one long row: what "
        "falls off comes back in the next row, or the next image."
    ),
    "return np.pad(images, ((0, 0), (0, 0), (pixels, 0)))": (
        "The images have become wider. What is pushed over the right edge is lost."
    ),
    "np.zeros_like(images) => images.copy()": (
        "What stood at the left is still there: the copy brings the old pixels along. "
        "Start from empty images."
    ),
    ("shape[2] => shape[1]", "[:, :, => [:,"): (
        "The images move down: rows are axis 1, columns axis 2."
    ),
    "return np.pad(images, ((0, 0), (0, 0), (0, pixels)))[:, :, pixels:]": (
        "The images move to the left. Which side must be empty?"
    ),
    "width - pixels => -pixels": half(
        "Right for 1 pixel and more, but `-0` is 0: moved by nothing, the pictures "
        "come out wrong."
    ),
}


why_it_breaks = exercises.choice(
    "why_it_breaks",
    title="Why does moving a digit break the network?",
    answer="b",
    options={
        "a": "Overfitting is another matter: these digits are from the test set, "
        "and unmoved it reads nearly all of them.",
        "b": "Weight number 300 meets pixel number 300, whatever is drawn there. "
        "Moved by four pixels, the ink meets weights that learned about other "
        "strokes. A convolution uses the same small set of weights everywhere.",
        "c": "The moved images have the same grey values, in other places.",
        "d": "Digits stand near the middle, with a margin of four pixels and more: "
        "hardly any ink falls off.",
    },
    hints=(
        "Look at the pictures of the first layer's weights. Do they know where in "
        "the image they look?",
        "What does Flatten do with the neighbourhood of two pixels?",
    ),
)


# Recall

recall_split = exercises.choice(
    "recall_split",
    title="Trained, chosen, tested",
    answer="a",
    options={
        "a": "The validation images chose the epochs, so they flatter the network "
        "a little. Only the test images had no say.",
        "b": "Those are the images that the weights were adjusted to.",
        "c": "Those helped to choose, so they flatter the network a little.",
    },
    hints=(
        "Which images had no influence on weights or choices?",
        "Not the ones trained on, and not the ones that chose the epochs.",
    ),
)

recall_collapse = exercises.number(
    "recall_collapse",
    title="Two layers without an activation between them",
    answer="inputs * outputs + biases",
    given={"inputs": 784, "outputs": 10, "biases": 10},
    terms={
        "inputs": "the number of inputs",
        "outputs": "the number of outputs",
        "inputs * outputs": "the number of weights",
        "biases": "a bias for each output",
    },
    mistakes=(
        (784 + 10, "That counts units. How many weights join them?"),
        (784 * 10 + 1, "One bias in all: but every output has a bias of its own."),
        (28 * 10 + 10, "28 is the length of one row. How many pixels are there?"),
        (784 * 10 + 784, "There is a bias for each output, not for each input."),
        (
            784 * 128 + 128 + 128 * 10 + 10,
            "That counts both layers. Two matrices in a row can be multiplied into "
            "one; how large is that?",
        ),
        (784 * 128, "The 128 units in the middle are gone once the two are one."),
    ),
    hints=(
        "A product of a (784, 128) and a (128, 10) matrix: which shape has it?",
        "One weight for each input and output, and one bias for each output.",
    ),
)

recall_learning_rate = exercises.choice(
    "recall_learning_rate",
    title="A loss that jumps",
    answer="b",
    options={
        "a": "Steps that leap over the valley go on leaping, however many there are.",
        "b": "Steps that are too long leap from one side of the valley to the other. "
        "Shorter ones come down.",
        "c": "Longer steps would leap even further.",
    },
    hints=(
        "Chapter 03 has a picture of a ball that jumps across a valley.",
        "Are the steps too long or too short?",
    ),
)

explain = exercises.text(
    "explain",
    title="Explain it to a friend",
    model="The network multiplies every pixel with weights it has learned, adds them "
    "up in 128 hidden units, drops what is negative, and combines the units into ten "
    "scores, one for each digit. Training shows it many labelled images; after each "
    "small batch the weights are moved a little in the direction that would have made "
    "the right digit more probable. It is tested on images that it has never seen, "
    "because on the others it could have learned the answers by heart.",
    rubric=(
        "weights meet pixels and give ten scores",
        "training moves weights so that the right digit becomes more probable",
        "new images decide how good it is, and why",
    ),
    hints=(
        "Answer three questions: what goes in and out, how it learns, and how you "
        "know that it works.",
    ),
)
