"""The playground: its numbers are NumPy's, and it can be used by everybody."""

import numpy as np
import pytest

from course_utils.exercises import chapter_02
from course_utils.widgets import playground_network as numbers
from course_utils.widgets.playground import Network, Playground
from tests.browser.bench import after_frame, said

WIDTHS = [2, 4, 3, 1]
SLOPES = {
    "tanh": lambda z: 1 - np.tanh(z) ** 2,
    "relu": lambda z: (z > 0).astype(float),
    "sigmoid": lambda z: numbers.sigmoid(z) * (1 - numbers.sigmoid(z)),
    "linear": np.ones_like,
}


def one_step(network):
    """One step of gradient descent in NumPy, as chapter 07 derives it."""
    act, slope = numbers.ACTIVATIONS[network.activation], SLOPES[network.activation]
    A, sums = [network.X], []
    for W, b in network.params:
        sums.append(A[-1] @ W + b)
        A.append(act(sums[-1]))
    dZ = (numbers.sigmoid(sums[-1]) - network.y[:, None]) / len(network.y)
    stepped = []
    for layer in reversed(range(len(network.params))):
        W, b = network.params[layer]
        dW, db = A[layer].T @ dZ, dZ.sum(axis=0)
        if layer:
            dZ = (dZ @ W.T) * slope(sums[layer - 1])
        rate = network.learning_rate
        stepped.insert(0, (W - rate * dW, b - rate * db))
    return stepped


def difference(params, others):
    """Largest difference between the numbers of two networks."""
    return max(
        np.abs(np.asarray(one) - np.asarray(other)).max()
        for layer, other_layer in zip(params, others, strict=True)
        for one, other in zip(layer, other_layer, strict=True)
    )


def now(bench, index=0):
    """The playground's numbers, as the kernel would have them."""
    received = Playground()
    saved = bench.saved(index)
    for name in ("_data", "_state"):
        if name in saved:
            setattr(received, name, saved[name])
    return received.network


def map_says_blue(bench, piece, point):
    """Whether the large map is blue at a point of the plane."""
    at = [(point[0] + numbers.REACH) / (2 * numbers.REACH),
          (numbers.REACH - point[1]) / (2 * numbers.REACH)]  # fmt: skip
    red, _, blue, _ = piece.locator(".playground-map canvas").evaluate(
        "(c, [x, y]) => [...c.getContext('2d').getImageData("
        "Math.round(x * c.width), Math.round(y * c.height), 1, 1).data]",
        at,
    )
    return blue > red


def test_the_data_sets_and_the_starts_are_those_of_python(blank_page):
    blank_page.show(Playground())
    for name in numbers.DATA:
        make = "name => module.numerics.dataset(name, 0.3, 5)"
        made = blank_page.page.evaluate(make, name)
        X, y = numbers.dataset(name, 0.3, 5)
        assert np.abs(X - made["X"]).max() < 1e-12
        assert y.tolist() == made["y"]
        assert y.mean() == 0.5
    make = "widths => module.numerics.randomStart(widths, 3)"
    start = blank_page.page.evaluate(make, WIDTHS)
    assert difference(start, numbers.random_start(WIDTHS, 3)) < 1e-12


@pytest.mark.parametrize("activation", numbers.ACTIVATIONS)
def test_forward_pass_and_a_step_are_those_of_numpy(blank_page, activation):
    playground = Playground(
        numbers.random_start(WIDTHS, 2), "spiral", None, activation, 0.7
    )
    before = playground.network
    blank_page.show(playground)
    scores, loss = blank_page.page.evaluate(
        """() => {
            const { packed, forward, lossOf } = module.numerics;
            const [data, state] = ['_data', '_state'].map(pieces[0].model.get);
            const X = Float64Array.from(data.X.flat());
            const Z = forward(packed(state.params), state.activation, X, 200).at(-1);
            return [[...Z], lossOf(Z, data.y)];
        }"""
    )
    z = numbers.scores(before.X, before.params, activation)
    assert np.abs(z - scores).max() < 1e-12
    assert abs(loss - numbers.loss(z, before.y)) < 1e-12
    expected = before.params
    for count in range(1, 4):
        blank_page.page.get_by_role("button", name="Step").click()
        expected = one_step(Network(**{**vars(before), "params": expected}))
        assert difference(now(blank_page).params, expected) < 1e-12
        assert now(blank_page).steps == count


def test_the_python_half_is_the_forward_pass_of_chapter_02():
    params = numbers.random_start([2, 5, 3, 1], 4)
    X, _ = numbers.dataset("circles", 0.1, 1)
    there = chapter_02.forward(X, params)[:, 0]
    assert np.allclose(numbers.scores(X, params, "relu"), there, atol=1e-14)


def test_it_learns_and_the_picture_shows_what_the_kernel_gets(blank_page):
    piece = blank_page.show(Playground())
    before = now(blank_page)
    piece.get_by_role("button", name="Run").click()
    blank_page.page.wait_for_function(
        "() => pieces[0].model.get('_state').steps >= 300"
    )
    piece.get_by_role("button", name="Pause").click()
    assert said(piece).startswith("Paused. Step ")
    after = now(blank_page)
    z = numbers.scores(after.X, after.params, after.activation)
    assert numbers.loss(z, after.y) < 0.1
    assert np.array_equal(before.X, after.X)
    curves = after._curves
    assert curves["step"][-1] == after.steps
    assert curves["train"][-1] == pytest.approx(numbers.loss(z, after.y), abs=1e-12)
    assert curves["train"][0] > curves["train"][-1]
    blank_page.page.wait_for_timeout(50)
    for point in ([0, 0], [0, 2.8], [-2.8, -2.8], [2.8, 0], [0.3, -0.3]):
        inside = numbers.scores([point], after.params, after.activation)[0] > 0
        assert map_says_blue(blank_page, piece, point) == inside
    piece.get_by_role("button", name="Reset").click()
    assert difference(now(blank_page).params, before.params) == 0
    assert now(blank_page).steps == 0


def test_the_keyboard_alone_is_enough(blank_page):
    piece = blank_page.show(Playground())
    keyboard = blank_page.page.keyboard
    names = blank_page.tab(15)
    wanted = {"Step", "Reset", "New weights", "Data", "Noise", "Activation",
              "Learning rate", "Remove a hidden layer", "Add a hidden layer",
              "Add a unit to hidden layer 1", "Output"}  # fmt: skip
    assert wanted <= set(names)
    piece.get_by_role("button", name="Add a unit to hidden layer 1").focus()
    keyboard.press("Enter")
    assert [len(b) for _, b in now(blank_page).params] == [5, 2, 1]
    keyboard.press("Enter")  # the focus has stayed
    assert [len(b) for _, b in now(blank_page).params] == [6, 2, 1]
    piece.get_by_role("button", name="Add a hidden layer").focus()
    keyboard.press("Space")
    assert [len(b) for _, b in now(blank_page).params] == [6, 2, 2, 1]
    piece.get_by_role("button", name="Output").focus()
    keyboard.press("ArrowLeft")
    keyboard.press("ArrowDown")
    name = "Hidden layer 3, unit 2"
    assert said(piece).startswith(f"{name}: bias 0; weights from unit 1 ")
    focused = piece.get_by_role("button", name=name)
    assert focused.get_attribute("aria-pressed") == "true"
    assert blank_page.page.evaluate("document.activeElement.ariaLabel") == name
    piece.get_by_label("Noise").focus()
    keyboard.press("ArrowRight")
    assert now(blank_page).noise == pytest.approx(0.15)


def test_every_choice_reaches_the_numbers(blank_page):
    piece = blank_page.show(Playground())
    piece.get_by_label("Data").select_option("Spiral")
    piece.get_by_label("Activation").select_option("ReLU")
    piece.get_by_label("Learning rate").select_option("0.03")
    piece.get_by_role("button", name="New weights").click()
    for _ in range(3):
        piece.get_by_role("button", name="Remove a hidden layer").click(force=True)
    after = now(blank_page)
    chosen = after.data, after.activation, after.learning_rate
    assert chosen == ("spiral", "relu", 0.03)
    X, _ = numbers.dataset("spiral", 0.1, 1)
    assert np.abs(after.X - X).max() < 1e-12
    assert [W.shape for W, _ in after.params] == [(2, 1)]


def test_a_network_of_python_is_shown_and_kept(blank_page):
    lamp = [([[1, 1], [1, 1]], [0, -1]), ([[2], [-5]], [-1])]
    corners = np.array([[0, 0], [0, 1], [1, 0], [1, 1]]), np.array([0, 1, 1, 0])
    piece = blank_page.show(Playground(lamp, corners, activation="relu"))
    piece.get_by_role("button", name="Hidden layer 1, unit 2").click()
    after_frame(blank_page.page)
    assert "bias −1; weights from x1 1, from x2 1" in piece.inner_text()
    assert piece.get_by_label("Noise").is_disabled()
    other = Playground(lamp, corners, activation="relu")
    other.network = [(np.array([[3.0], [-0.5]]), np.array([0.25]))]
    blank_page.from_kernel({"_state": dict(other._state)})
    piece.get_by_role("button", name="Output").click()
    after_frame(blank_page.page)
    assert "bias 0.25; weights from x1 3, from x2 −0.5" in piece.inner_text()
    piece.get_by_label("Data").select_option("Circles")
    piece.get_by_label("Data").select_option("Yours")
    assert np.array_equal(now(blank_page).X, corners[0])


def test_running_the_cell_again_can_keep_everything():
    first = Playground(data="xor", activation="relu", learning_rate=0.05)
    first._state = {
        **first._state,
        "steps": 7,
        "curves": {"step": [7], "train": [0.5], "test": [0.6]},
    }
    second = Playground(first.network)
    assert second._state == first._state
    assert second._data == first._data
    third = Playground()
    third.network = first.network
    assert (third._state, third._data) == (first._state, first._data)


def test_the_numbers_handed_out_are_copies():
    playground = Playground()
    playground.network.params[0][0][:] = 99
    assert np.abs(playground.network.params[0][0]).max() < 10


def test_divergence_is_said_and_no_number_is_lost(blank_page):
    piece = blank_page.show(Playground(learning_rate=1e9, activation="linear"))
    before = now(blank_page)
    piece.get_by_role("button", name="Run").click()
    piece.get_by_text("Divergent: after step").first.wait_for()
    assert difference(now(blank_page).params, before.params) == 0
    assert piece.get_by_role("button", name="Run").is_visible()


def test_a_piece_made_before_it_is_in_the_page_is_drawn_in_the_pages_colours(
    blank_page,
):
    """JupyterLab renders first and attaches later."""
    piece = blank_page.show(Playground())
    blank_page.page.wait_for_timeout(100)
    expected = curve_pixels(piece)
    blank_page.page.evaluate(
        """async () => {
            const [{ model }] = pieces, el = document.createElement('div');
            el.className = 'piece-under-test';
            pieces[0].close();
            pieces[0].el.remove();
            await module.default.render({ model, el });
            await new Promise(resolve => setTimeout(resolve, 50));
            document.querySelector('main').append(el);
        }"""
    )
    blank_page.page.wait_for_timeout(100)
    assert curve_pixels(piece) == expected


def curve_pixels(piece):
    return piece.locator(".playground-curves canvas").evaluate("c => c.toDataURL()")


def test_the_stand_in_says_what_is_shown():
    data = Playground(data="xor")._repr_mimebundle_()[0]
    assert data["image/png"].startswith(b"\x89PNG")
    text = data["text/plain"]
    assert "4 and 2 hidden units (tanh)" in text
    assert "data set 'xor'" in text


# For test_every_piece.py.

sample = Playground
WRONG = [
    ({"network": [(np.ones((3, 1)), [0])]}, "Layer 1 gets 2 inputs"),
    ({"network": [(np.ones((2, 2)), [0, 0])]}, "last layer"),
    ({"network": [(np.full((2, 1), np.nan), [0])]}, "not finite"),
    ({"network": numbers.random_start([2, 9, 1], 0)}, "at most"),
    ({"network": 3}, "list of pairs"),
    ({"data": "moons"}, "There is no data set"),
    ({"data": (np.ones((4, 3)), [0, 1, 0, 1])}, r"shape \(N, 2\)"),
    ({"data": (np.ones((2, 2)), [0, 2])}, "only 0 and 1"),
    ({"activation": "selu"}, "no activation"),
    ({"learning_rate": -1}, "above 0"),
]


def use(piece):
    steps = steps_shown(piece)
    piece.get_by_role("button", name="Step").press("Enter")
    assert steps_shown(piece) == steps + 1


def show_full(bench, **look):
    bench.show(Playground(numbers.random_start([2, 8, 8, 8, 1], 1)), **look)
    bench.page.wait_for_timeout(100)


NOTEBOOK = """
from course_utils.widgets.playground import Playground
playground = Playground()
playground
"""


def exercise(jupyterlab, cell):
    """Take a step with the mouse and one with the keyboard, and see both counted."""
    piece = cell.locator(".course-piece").first
    piece.get_by_role("button", name="Reset").click()
    start = steps_shown(piece)
    piece.get_by_role("button", name="Step").click()
    use(piece)
    jupyterlab.idle()
    assert steps_shown(piece) == start + 2


def steps_shown(piece):
    """Number of steps in the piece's sentence."""
    words = said(piece)
    return int(words.split("tep ")[1].split(":")[0])


def check_kernel(jupyterlab, piece, _):
    params = "[[W.tolist(), b.tolist()] for W, b in playground.network.params]"
    steps, params = jupyterlab.ask(f"[playground.network.steps, {params}]")
    assert steps == 2
    before = Playground().network
    expected = one_step(Network(**{**vars(before), "params": one_step(before)}))
    assert difference(params, expected) < 1e-10
    jupyterlab.tell("playground.network = [([[1.0], [-2.0]], [0.5])]")
    piece.get_by_text("Output: bias 0.5; weights from x1 1, from x2 −2").wait_for()
