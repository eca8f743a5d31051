"""What chapter 04 says about TensorFlow is what the installed version does."""

import subprocess
import sys

import matplotlib.pyplot as plt
import numpy as np
import pytest

from course_utils.authoring.notebooks import build, solve
from course_utils.chapters import chapter
from course_utils.exercises import chapter_03, chapter_04

WANTED = ("unpack", "forward", "random_start", "numerical_gradient", "layer", "bill")


@pytest.fixture(scope="module")
def tf():
    import tensorflow

    return tensorflow


@pytest.fixture(scope="module")
def cells(tmp_path_factory):
    """Return the names that the solved chapter defines, without its long runs."""
    slow = ("train(", "descend(", "seconds(", "batch_step(", "convert()")
    names = {}
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("COURSE_HOME", str(tmp_path_factory.mktemp("home")))
        patch.setattr(plt, "show", lambda: plt.close("all"))
        notebook = solve(build(chapter("04")), chapter("04").exercises())
        for cell in notebook.cells:
            if cell.cell_type != "code" or "plt." in cell.source:
                continue
            if cell.source.lstrip().startswith(("def ", "@", "from ")) or not any(
                word in cell.source for word in slow
            ):
                try:
                    exec(compile(cell.source, "<cell>", "exec"), names)
                except NameError:  # shows what a long run left out here has made
                    continue
    assert set(WANTED) <= set(names)
    return names


def test_the_prose_counts_the_passes_of_chapter_03():
    text = chapter("04").source.read_text(encoding="utf-8")
    passes = chapter_03.exercises["forward_passes"].answer
    assert passes == 32_000
    assert f"{passes:,} for the whole training" in text
    assert f"took {passes:,} forward passes" in text


def test_an_array_beside_an_integer_tensor_is_cut_without_a_word(tf):
    array = np.array([0.5, 0.9])
    for total in (tf.constant([1, 2]) + array, array + tf.constant([1, 2])):
        assert total.dtype == tf.int32
        assert total.numpy().tolist() == [1, 2]


def test_numbers_are_copied_and_only_asarray_looks_at_the_tensor(tf):
    array = np.array([1.0, 2.0])
    tensor = tf.constant(array)
    view, copy = np.asarray(tensor), tensor.numpy()
    assert not np.shares_memory(array, view)
    assert not np.shares_memory(copy, view)
    assert not view.flags.writeable
    copy[0] = 9
    assert tensor.numpy().tolist() == [1.0, 2.0]


@pytest.mark.parametrize(
    ("mend", "broken", "words"),
    [
        ("mend_dtypes", "bill", "was expected to be a int32 tensor but is a float"),
        (
            "mend_shapes",
            "layer",
            "Matrix size-incompatible: In[0]: [4,2], In[1]: [3,2]",
        ),
        (
            "mend_graph",
            "to_largest",
            "'SymbolicTensor' object has no attribute 'numpy'",
        ),
    ],
)
def test_each_error_of_section_8_is_real_and_its_mending_works(
    tf, cells, capsys, mend, broken, words
):
    arguments = {
        "bill": (tf.constant([2, 1, 3]), tf.constant([0.75, 9.0, 2.25])),
        "layer": (tf.ones((4, 2)), tf.ones((3, 2)), tf.ones(3)),
        "to_largest": (tf.constant([1.0, 5.0, 2.0]),),
    }[broken]
    cells["attempt"](cells[broken], *arguments)
    assert words in capsys.readouterr().out
    assert np.isfinite(chapter_04.exercises[mend](*arguments)).all()


def test_a_reshape_silences_the_second_message_and_is_wrong(tf):
    X, W = tf.constant([[1.0, 0.0]]), tf.constant([[1.0, 2.0], [3.0, 4.0], [5.0, 6.0]])
    right = chapter_04.mend_shapes(X, W, tf.zeros(3)).numpy()
    assert right.tolist() == [[1.0, 3.0, 5.0]]
    assert (X @ tf.reshape(W, (2, 3))).numpy().tolist() != right.tolist()


def test_a_none_that_is_part_of_a_loss_goes_unnoticed(tf):
    w = tf.Variable(2.0)
    with tf.GradientTape() as tape:
        loss = w**2 + tf.constant(np.square(w))
    assert tape.gradient(loss, w).numpy() == 4  # and not 8


def test_the_seed_reaches_three_of_the_four_sources(cells):
    first, second = cells["draw"](), cells["draw"]()
    assert [k for k in first if first[k] != second[k]] == ["c"]


def test_the_retracing_call_is_mended_by_the_reference(tf):
    compiled = tf.function(lambda x, rate: x - rate)
    chapter_04.total_over(compiled, tf.constant(1.0), [0.4, 0.2, 0.1, 0.05])
    assert compiled.experimental_get_tracing_count() == 1


def test_the_network_is_that_of_chapter_03(cells, tf):
    """Loss and gradient in NumPy, with chapter 03's functions, are the tape's."""
    names = {"np": np, "pairwise": cells["pairwise"]}
    for cell in build(chapter("03")).cells:
        if cell.cell_type == "code" and cell.source.startswith(
            ("def forward", "def unpack")
        ):
            exec(cell.source, names)
    start = cells["random_start"]([2, 6, 2])
    X, y = cells["X_moons"], cells["y_moons"]

    def loss(vector):
        Z = names["forward"](X, names["unpack"](vector, [2, 6, 2]))
        return chapter_03.cross_entropy(names["softmax"](Z), y)

    assert float(cells["moon_loss"](tf.constant(start))) == pytest.approx(loss(start))
    taped = chapter_04.tape_gradient(cells["moon_loss"], start).numpy()
    nudged = chapter_03.numerical_gradient(loss, start)
    assert np.allclose(taped, nudged, atol=1e-8)


@pytest.mark.parametrize("seed", [0, 1])
def test_all_slopes_cost_a_few_passes_and_more_than_one(tf, cells, seed):
    """Counted in operations, which no busy machine can disturb."""
    tf.random.set_seed(seed)
    W = tf.Variable(tf.random.normal((784, 128)))
    X = tf.random.normal((128, 784))

    def products(function):
        graph = tf.function(function).get_concrete_function().graph
        return sum(node.type == "MatMul" for node in graph.get_operations())

    def loss():
        return tf.reduce_sum(tf.nn.relu(X @ W))

    def slopes():
        with tf.GradientTape() as tape:
            value = loss()
        return tape.gradient(value, W)

    assert 1 < products(slopes) / products(loss) <= 3


def verdict(name, answer):
    return chapter_04.exercises[name]._verdict(answer)[0]


def test_nudging_is_told_from_a_tape_however_exact_it_is(tf, cells):
    found = verdict("tape_gradient", cells["numerical_gradient"])
    [text] = found.paragraphs
    assert (found.status, "as nudging does" in text) == ("wrong", True)


def test_who_prints_the_gradient_is_not_told_that_the_tape_saw_nothing(tf):
    def printed(loss, params):
        w = tf.Variable(params, dtype=tf.float64)
        with tf.GradientTape() as tape:
            value = loss(w)
        print(tape.gradient(value, w))

    assert verdict("tape_gradient", printed).mistake == "with return  => "


def test_a_loss_that_no_tape_can_follow_is_not_right(tf):
    def in_numpy(logits, labels):
        z, t = logits.numpy()[:, 0], labels.numpy()
        return np.mean(np.logaddexp(0, z) - t * z)

    found = verdict("logistic_loss", in_numpy)
    assert found.mistake == "with return tf.reduce_mean(costs).numpy()"


@pytest.mark.parametrize("lid", [1e-7, 1e-12, 1e-15])
def test_a_lid_on_the_cost_is_known_whatever_its_height(tf, lid):
    def with_a_lid(logits, labels):
        p = tf.sigmoid(tf.cast(logits[:, 0], tf.float64))
        t = tf.cast(labels, tf.float64)
        log = tf.math.log
        return -tf.reduce_mean(t * log(p + lid) + (1 - t) * log(1 - p + lid))

    assert "clip_by_value" in verdict("logistic_loss", with_a_lid).mistake


def test_a_function_compiled_again_for_each_rate_is_noticed(tf):
    def again(compiled, x, rates):
        return sum(tf.function(compiled)(x, tf.constant(rate)) for rate in rates)

    def once(compiled, x, rates):
        outer = tf.function(compiled)
        return sum(outer(x, tf.constant(rate)) for rate in rates)

    assert "tf.function(compiled)" in verdict("total_over", again).mistake
    assert verdict("total_over", once).status == "solved"


def test_a_notebook_that_has_switched_compiling_off_is_checked_all_the_same(tf):
    def eager_only(x):
        return x / x.numpy().max()

    tf.config.run_functions_eagerly(True)
    try:
        assert "x.numpy()" in verdict("mend_graph", eager_only).mistake
        reference = chapter_04.total_over.reference
        own = type(reference)(reference.__code__, reference.__globals__)
        assert verdict("total_over", own).status == "solved"
        assert tf.config.functions_run_eagerly()
    finally:
        tf.config.run_functions_eagerly(False)


@pytest.mark.parametrize("part", [2, 4, 8])
def test_a_buffer_for_a_part_of_the_examples_is_not_enough(tf, part):
    def pipeline(X, y, batch_size):
        examples = tf.data.Dataset.from_tensor_slices((X, y))
        return examples.shuffle(len(X) // part).batch(batch_size)

    assert verdict("pipeline", pipeline).mistake == "with len(X) => batch_size"


def test_an_error_is_told_without_tensorflows_advice_and_its_braces(tf):
    def flat(predictions, targets):
        return tf.reduce_mean((predictions.reshape(-1) - targets) ** 2)

    def out_of_range(predictions, targets):
        return tf.reduce_mean((predictions[:, 1] - targets) ** 2)

    for answer in (flat, out_of_range):
        [text] = verdict("column_error", answer).paragraphs
        assert "experimental" not in text
        assert "{{" not in text
    shown = dict(verdict("column_error", flat).case)["yours"]
    assert "predictions.reshape(-1)" in shown, "The learner's own line is shown."


def test_an_answer_that_cannot_be_called_is_told_so(tf):
    [text] = verdict("column_error", lambda predictions: predictions).paragraphs
    assert text.startswith("It cannot be called the way the exercise says")


def test_numpys_behaviour_changes_the_rules_for_types(tf):
    """Section 2 says so; in a process of its own, since it cannot be undone."""
    code = (
        "import tensorflow as tf\n"
        "tf.experimental.numpy.experimental_enable_numpy_behavior()\n"
        "print((tf.constant([1, 2]) + 0.5).dtype.name, tf.constant([[1, 2]]).T.shape)"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True)
    assert done.stdout.split(maxsplit=1) == ["float64", "(2, 1)\n"]
    with pytest.raises(tf.errors.InvalidArgumentError):
        tf.constant([1, 2]) + 0.5
