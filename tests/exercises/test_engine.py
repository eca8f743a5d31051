"""What `check`, `score`, `hint` and `solution` promise, on made-up exercises."""

import builtins
import copy
import io
import linecache
import os
import re
import sys
import threading
import time
import tracemalloc
import warnings
from html import unescape

import numpy as np
import pytest
import sample_exercises
from IPython.core.interactiveshell import InteractiveShell
from IPython.utils.capture import capture_output
from traitlets.config import Config

from course_utils import progress
from course_utils.checking import core
from course_utils.checking.feedback import Feedback, show


@pytest.fixture
def ex():
    return sample_exercises.make()


@pytest.fixture
def said(capfd):
    """Return what was shown since the last call; stderr must be untouched."""

    def read():
        out, err = capfd.readouterr()
        assert err == ""
        return out

    return read


@pytest.fixture
def shell():
    """Return an IPython shell, which a notebook's kernel holds as well."""
    without_history = Config({"HistoryManager": {"enabled": False}})
    yield InteractiveShell.instance(config=without_history)
    InteractiveShell.clear_instance()


def typed(source, name, cell="<cell 1>"):
    """Run a learner's cell, so that its lines can be shown as in a notebook."""
    linecache.cache[cell] = (len(source), None, source.splitlines(True), cell)
    names = {"__name__": "__main__", "np": np, "sys": sys}
    exec(compile(source, cell, "exec"), names)
    return names[name]


def relu_backward(d_out, z):
    """Right, and not the reference itself."""
    return np.where(z > 0, d_out, 0.0)


# What comes back


def test_a_right_answer_comes_back_itself(ex, said):
    assert ex["relu_backward"].check(relu_backward) is relu_backward
    assert said() == "✔ Right: Backward through ReLU\n"
    assert ex["relu_backward"].score(relu_backward) == 1
    assert said() == ""


@pytest.mark.parametrize(
    "source",
    [
        "def f(d_out, z):\n    ...",
        "def f(d_out, z):\n    '''Words.'''\n    ...  # your code here",
        "def f(d_out, z):\n    pass",
        "def f(d_out, z):\n    return None",
        "def f(d_out, z):\n    return ...",
        "def f(d_out, z):\n    raise NotImplementedError",
        "def f(d_out, z):\n    mask = ...\n    return d_out * mask",
        "f = None",
        "f = ...",
    ],
)
def test_a_stub_is_not_attempted(ex, said, source):
    exercise = ex["relu_backward"]
    assert exercise.check(typed(source, "f")) is exercise.reference
    assert said().startswith("○ Not attempted yet")
    assert exercise.score(typed(source, "f")) == 0


@pytest.mark.parametrize("name", ["parameters", "shape", "loss", "curve", "why"])
@pytest.mark.parametrize("value", [None, ...])
def test_a_value_left_out_is_not_attempted(ex, said, name, value):
    ex[name].check(value)
    assert said().startswith("○ Not attempted yet")
    assert ex[name].score(value) == 0


def test_a_class_whose_method_is_empty_is_not_attempted(ex, said):
    class Counter:
        def __init__(self):
            self.total = 0

        def add(self, number): ...

    assert ex["Counter"].check(Counter) is ex["Counter"].reference
    assert said().startswith("○ Not attempted yet")


def test_a_class_can_be_the_answer(ex, said):
    class Counter:
        def __init__(self):
            self.numbers = []

        def add(self, number):
            self.numbers.append(number)

        @property
        def total(self):
            return sum(self.numbers)

    assert ex["Counter"].check(Counter) is Counter


# What can be wrong with a function

FAULTS = {
    "no return": (
        "def f(d_out, z):\n    print(d_out * (z > 0))",
        ["It returned None", "`return` line missing", "Your code printed: "],
    ),
    "shape": (
        "def f(d_out, z):\n    return (d_out * (z > 0)).ravel()",
        ["Expected an array of shape (1, 2), got an array of shape (2,)."],
    ),
    "type": ("def f(d_out, z):\n    return 'x'", ["got a text."]),
    "NaN": ("def f(d_out, z):\n    return d_out * np.nan", ["NaN"]),
    "in place": (
        "def f(d_out, z):\n    z[:] = d_out * (z > 0)\n    return z",
        ["It changes its input `z` in place."],
    ),
    "exception": (
        "def f(d_out, z):\n    mask = z > 0\n    return d_out * maks",
        ["NameError: name 'maks'", "line 3: return d_out * maks"],
    ),
    "exception without a text": (
        "def f(d_out, z):\n    assert False",
        ["Your code stopped with AssertionError.", "line 2: assert False"],
    ),
    "exception further down": (
        "def g(x):\n    return 1 / 0\ndef f(d_out, z):\n    return g(z)",
        ["ZeroDivisionError", "line 2: return 1 / 0"],
    ),
    "recursion": (
        "def f(d_out, z):\n    return f(d_out, z)",
        ["RecursionError", "line 2: return f(d_out, z)"],
    ),
    "exit": ("def f(d_out, z):\n    sys.exit()", ["called exit()"]),
    "interrupt": (
        "def f(d_out, z):\n    raise KeyboardInterrupt",
        ["The check was interrupted."],
    ),
    "generator": ("def f(d_out, z):\n    yield d_out", ["without `yield`"]),
    "async": ("async def f(d_out, z):\n    return d_out", ["`async`"]),
    "arity": (
        "def f(d_out):\n    return d_out",
        ["It cannot be called the way the exercise says", "2 were given"],
    ),
    "instance": ("f = np.ones(3)", ["A function named `relu_backward` was expected"]),
    "called already": ("f = 3.5", ["this is one number", "without calling it"]),
    "class": (
        "class f:\n    def __init__(self, d_out, z):\n        self.z = z",
        ["Expected an array of shape (1, 2), got an object of type f."],
    ),
    "globals deleted": (
        "def f(d_out, z):\n    global np\n    del np\n    return np.ones(2)",
        ["NameError"],
    ),
    "endless": ("def f(d_out, z):\n    while True: pass", ["longer than 1 seconds"]),
    "endless and stubborn": (
        "def f(d_out, z):\n    while True:\n        try:\n"
        "            while True: pass\n        except BaseException: pass",
        ["never ends?"],
    ),
    "warning": (
        "def f(d_out, z):\n    return np.log(0 * z)",
        ["Python warned: RuntimeWarning: divide by zero"],
    ),
    "huge": (
        "def f(d_out, z):\n    return np.broadcast_to(0.0, (10**6, 10**6))",
        ["got an array of shape (1000000, 1000000)"],
    ),
    "huge number": ("def f(d_out, z):\n    return 10**5000", ["too large to compare"]),
    "deep list": (
        "def f(d_out, z):\n    a = [1.0]\n    for _ in range(10_000):\n"
        "        a = [a]\n    return a",
        ["a list that does not make an array"],
    ),
    "list in itself": (
        "def f(d_out, z):\n    a = []\n    a.append(a)\n    return a",
        ["a list that does not make an array"],
    ),
}


@pytest.mark.parametrize("fault", FAULTS)
def test_a_fault_in_a_function_is_told_in_words(ex, said, fault):
    source, expected = FAULTS[fault]
    exercise = ex["relu_backward"]
    answer = typed(source, "f")
    assert exercise.check(answer) is exercise.reference
    text = said()
    assert text.startswith("✘ Not yet: Backward through ReLU\n")
    for words in expected:
        assert words in text
    assert exercise.score(answer) == 0


def test_the_line_of_an_error_is_shown_from_a_notebook_cell(ex, shell):
    shell.push({"exercise": ex["relu_backward"]})
    cell = "def f(d_out, z):\n    return d_out / nothing\n\nf = exercise.check(f)"
    with capture_output() as shown:
        shell.run_cell(cell)
    (output,) = shown.outputs
    assert "line 2: return d_out / nothing" in output.data["text/plain"]
    assert "line 2: return d_out / nothing" in output.data["text/html"]
    assert shown.stderr == ""


def test_endless_code_is_stopped_in_another_thread_too(ex, said):
    def endless(d_out, z):
        while True:
            pass

    given = []
    thread = threading.Thread(
        target=lambda: given.append(ex["relu_backward"].check(endless))
    )
    started = time.monotonic()
    thread.start()
    thread.join(10)
    assert time.monotonic() - started < 5
    assert given == [ex["relu_backward"].reference]
    assert "longer than 1 seconds" in said()


def test_nothing_reaches_stderr_even_at_descriptor_level(ex, said):
    def noisy(d_out, z):
        os.write(2, b"from C")
        print("from Python", file=sys.stderr)
        warnings.warn("a warning", stacklevel=1)
        return relu_backward(d_out, z)

    assert ex["relu_backward"].check(noisy) is noisy
    assert "from C" not in said()
    ex["relu_backward"].score(noisy)
    assert said() == ""


def test_much_printing_is_cut(ex, said):
    def chatty(d_out, z):
        print("word " * 100_000)
        return relu_backward(d_out, z)

    ex["relu_backward"].check(chatty)
    assert "Your code printed: word word" in (text := said())
    assert len(text) < 500


def test_what_the_course_prints_and_warns_is_not_told_of_the_learner(ex, said):
    @ex["relu_backward"].mistake("Another one.")
    def noisy(d_out, z):
        print("the course speaks")
        warnings.warn("the course warns", stacklevel=1)
        return z

    ex["relu_backward"].check(lambda d_out, z: d_out + 17)
    text = said()
    assert "the course speaks" not in text
    assert "the course warns" not in text


def test_a_list_in_place_of_an_array_is_told_since_later_cells_would_stop(ex, said):
    def lists(d_out, z):
        return relu_backward(d_out, z).tolist()

    assert ex["relu_backward"].check(lists) is ex["relu_backward"].reference
    assert "The numbers are right, and they come in a list." in said()
    assert ex["relu_backward"].score(lists) == 0.5


def test_a_function_may_carry_attributes(ex, said):
    def answer(d_out, z):
        answer.calls += 1
        return relu_backward(d_out, z)

    answer.calls = 0
    assert ex["relu_backward"].check(answer) is answer


def test_a_huge_result_is_not_copied(ex, said):
    tracemalloc.start()
    ex["softmax"].check(lambda z: np.broadcast_to(0.5, (6000, 6000)))
    _, peak = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    assert "got an array of shape (6000, 6000)" in said()
    assert peak < 100_000_000  # bytes; the array claims to have 288,000,000


def test_a_result_changed_afterwards_does_not_count(ex, said):
    kept = np.zeros(2)

    def halves(x):
        kept[:] = len(x)
        return kept, kept

    ex["halves"].check(halves)
    assert "yours: ([4. 4.], [4. 4.])" in said()


def test_check_leaves_the_cases_alone(ex, said):
    def destroys(d_out, z):
        d_out[:] = 7
        z[:] = 7
        return d_out

    before = copy.deepcopy(ex["relu_backward"].cases)
    ex["relu_backward"].check(destroys)
    for one, other in zip(before, ex["relu_backward"].cases, strict=True):
        np.testing.assert_array_equal(one, other)


# Hostile objects


def _hostile(method):
    def fails(*args, **kwargs):
        raise SystemExit(method)

    return type("Hostile", (), {method: fails})


@pytest.mark.parametrize(
    "method",
    [
        *("__eq__", "__repr__", "__str__", "__len__", "__iter__", "__array__"),
        *("__bool__", "__float__", "__index__", "__getattribute__", "__hash__"),
        *("__getitem__", "__call__"),
    ],
)
@pytest.mark.parametrize("name", list(sample_exercises.make()))
def test_a_hostile_object_gets_one_feedback(ex, said, name, method):
    hostile = _hostile(method)()
    ex[name].check(hostile)
    assert said().count(ex[name].title) == 1
    assert ex[name].score(hostile) == 0


def test_an_object_that_lies_about_its_class_gets_feedback(ex, said):
    class Liar:
        @property
        def __class__(self):
            raise RuntimeError("no class")

    for exercise in ex.values():
        exercise.check(Liar())
        exercise.score(lambda *case: Liar())
    assert said().count("✘ Not yet") == len(ex)


def test_a_hostile_result_gets_feedback(ex, said):
    for method in ("__repr__", "__array__", "__eq__", "__deepcopy__", "__len__"):
        hostile = _hostile(method)()
        ex["softmax"].check(lambda z, hostile=hostile: hostile)
        ex["halves"].check(lambda x, hostile=hostile: (hostile, [hostile]))
    assert said().count("✘ Not yet") == 10


# Known mistakes


def test_a_wrong_answer_is_explained_by_the_mistake_it_behaves_like(ex, said):
    def softmax(z):  # as `over_the_whole_batch`, in other words
        e = np.exp(z - np.max(z))
        total = 0.0
        for row in e:
            total += sum(row)
        return e / total

    ex["softmax"].check(softmax)
    assert "each row on its own should" in said()
    assert ex["softmax"].score(softmax) == 0


def test_a_mistake_can_earn_part_of_the_points(ex, said):
    def softmax(z):
        e = np.exp(z)
        return e / np.sum(e, axis=1, keepdims=True)

    exercise = ex["softmax"]
    assert exercise.check(softmax) is exercise.reference
    assert said().startswith("◐ Partly right: Softmax\nLarge inputs overflow")
    assert exercise.score(softmax) == 0.5


def test_a_right_result_that_costs_the_input_is_a_mistake_too(ex, said):
    def in_place(d_out, z):
        d_out *= z > 0
        return d_out

    ex["relu_backward"].check(in_place)
    assert "It changes the gradient that it was given." in said()


def test_an_unrelated_error_is_not_taken_for_a_known_one(ex, said):
    @ex["softmax"].mistake("Rows and columns are mixed up.")
    def adds_shapes(z):
        return z + np.ones(7)

    ex["softmax"].check(lambda z: np.zeros(3) @ np.zeros(4))
    text = said()
    assert "mixed up" not in text
    assert "matmul" in text


def test_the_smallest_failing_case_is_shown(ex, said):
    ex["mean_squared_error"].check(lambda y, y_hat: 17.0)
    text = said()
    first = ex["mean_squared_error"].cases[0]
    assert [len(y) for y, _ in ex["mean_squared_error"].cases] == [2, 3, 5]
    assert f"y: {np.round(first[0], 4)}" in text
    assert "expected: 1.48" in text
    assert "yours: 17" in text


# The reference, handed out


@pytest.mark.parametrize("name", list(sample_exercises.make()))
def test_what_was_handed_out_never_counts_as_the_learners_own(ex, said, name):
    given = ex[name].check(None)
    if given is None:
        pytest.skip("a prediction hands out nothing")
    said()
    for _ in range(30):  # the check cell is run again, and again
        given = ex[name].check(given)
        assert ex[name].score(given) == 0
    assert said().count("the course's own solution") == 30


@pytest.mark.parametrize(
    ("name", "own"),
    [
        ("parameters", 101_770),
        ("share", 0.975),
        ("shape", (32, 10)),
        ("scalar_shape", ()),
        ("matrix", np.array([[1.0, 2.0], [3.0, 4.0]])),
        ("loss", "b"),
        ("relu_backward", relu_backward),
        ("why", "It follows the slope down, so the loss falls."),
    ],
)
def test_a_right_answer_counts_after_the_reference_was_handed_out(ex, name, own):
    ex[name].check(object())
    ex[name].check(None)
    assert ex[name].check(own) is own
    assert ex[name].score(own) == ex[name].points


def test_what_was_handed_out_works_as_a_value(ex, said):
    number, shape, letter = (ex[n].check(None) for n in ("parameters", "shape", "loss"))
    assert (number + 1, repr(number), f"{number:,}") == (101_771, "101770", "101,770")
    assert np.zeros(shape).shape == (32, 10)
    assert {"b": 1}[letter] == 1


# Values


@pytest.mark.parametrize(
    ("answer", "words"),
    [
        (101_632, "The biases are missing."),
        (101_771, "101771 is too large."),
        (7, "7 is too small."),
        (-101_770, "has the wrong sign"),
        ("101770", "without quotation marks"),
        (True, "this is True or False"),
        (np.nan, "not a finite number"),
        (np.inf, "not a finite number"),
        (np.ones(3), "this is an array of shape (3,)"),
        (1j, "a complex number"),
        (10**5000, "a number too large to compare"),
        (len, "That is a function"),
        ({}, "an object of type dict"),
    ],
    ids=lambda value: value if isinstance(value, str) else type(value).__name__,
)
def test_a_wrong_number_is_told_in_words(ex, said, answer, words):
    assert ex["parameters"].check(answer) == 101_770
    assert words in said()


@pytest.mark.parametrize("answer", [101_770, 101_770.0, np.int64(101_770)])
def test_a_right_number_may_be_of_any_type(ex, answer):
    assert ex["parameters"].check(answer) is answer


def test_a_percentage_in_place_of_a_share_is_told(ex, said):
    ex["share"].check(97.5)
    assert "in percent" in said()


@pytest.mark.parametrize(
    ("answer", "words"),
    [
        ((10, 32), "The batch comes first."),
        ((32,), "This has length 1; the answer has another length."),
        ([32, 11], "1 of 2 numbers differ; the first at [1]."),
        ([32, np.nan], "1 of 2 numbers differ"),
        (32, "this is one number"),
        ("(32, 10)", "this is a text"),
        (np.array([32, 10 + 1j]), "complex"),
        (np.array([32, None]), "an array of dtype object"),
    ],
)
def test_wrong_numbers_are_told_in_words(ex, said, answer, words):
    ex["shape"].check(answer)
    text = said()
    assert words in text
    assert "(32, 10)" not in text


@pytest.mark.parametrize("answer", ["b", "B", " b) ", "(b)", "b."])
def test_a_letter_may_be_written_in_many_ways(ex, said, answer):
    assert ex["loss"].check(answer) is answer
    assert "It rises." in said()


def test_a_wrong_choice_gets_the_message_of_its_option(ex, said):
    assert ex["loss"].check("c") == "b"
    assert "It stays." in said()
    ex["loss"].check("d")
    assert 'letters "a", "b", "c"' in said()


def test_a_text_meets_the_model_answer_once_it_says_something(ex, said):
    why = ex["why"]
    assert why.check("Because.") == why.model
    assert "at least 3 words" in said()
    own = "It goes down the slope."
    assert why.check(own) is own
    assert why.model in (text := said())
    assert "names the slope · names the direction" in text
    assert why.score(own) == 1


def test_a_prediction_meets_the_outcome(ex, said):
    curve = ex["curve"]
    curve.reveal("a")
    assert said() == (
        "→ Outcome: The curve\nIt came out as a).\nIt falls, then rises.\n"
    )
    assert curve.check("B") == "B"
    curve.reveal("a")
    assert "You said b); it came out as a)." in said()
    curve.check("a")
    curve.reveal("a")
    assert "as you said" in said()
    assert curve.check("x") is None
    curve.reveal("a")
    assert "You said" not in said()


def test_a_predicted_number_meets_the_outcome(ex, said):
    accuracy = ex["accuracy"]
    accuracy.reveal(0.97712)
    assert "It came out as 0.9771." in said()
    assert accuracy.check(0.9) == 0.9
    accuracy.reveal(101_770)
    assert "You said 0.9; it came out as 101,770." in said()
    accuracy.check("much")
    assert "without quotation marks" in said()
    assert accuracy.score(0.1) == 1


# Hints and solutions


def test_hints_come_one_by_one_and_the_last_one_stays(ex, said):
    texts = [(ex["softmax"].hint(), said())[1] for _ in range(3)]
    assert "Hint: Softmax (1 of 2)\nA nudge." in texts[0]
    assert "ex.softmax.solution()" not in texts[0]
    for text in texts[1:]:
        assert "Softmax (2 of 2)\nNearly there." in text
        assert "ex.softmax.solution()" in text


def test_an_exercise_without_hints_points_at_its_solution(ex, said):
    ex["why"].hints = ()
    ex["why"].hint()
    assert "ex.why.solution()" in said()
    ex["curve"].hint()
    assert "Make a guess" in said()


def test_the_solution_is_the_text_that_runs(ex, said):
    ex["softmax"].solution()
    assert "One solution: Softmax\n\ndef softmax(z):\n    shifted" in (text := said())
    assert "@" not in text
    ex["parameters"].solution()
    assert "101770" in said()
    ex["matrix"].solution()
    assert "[[1.0, 2.0], [3.0, 4.0]]" in said()
    ex["why"].solution()
    assert ex["why"].model in said()


# Scores


def test_scores_are_bare_numbers(ex):
    scores = {
        "mean_squared_error": lambda y, y_hat: ((y - y_hat) ** 2).mean(),
        "parameters": np.float64(101_770),
        "loss": "b",
    }
    for name, answer in scores.items():
        score = ex[name].score(answer)
        assert type(score) is int
        assert score == ex[name].points


def test_two_exercises_of_one_name_are_refused(ex):
    with pytest.raises(ValueError, match="'loss' twice"):
        ex.choice("loss", title="", answer="a", options={"a": ""})


# The record


def test_what_was_tried_is_recorded(ex):
    def relu(d_out, z):
        return np.where(z > 0, d_out, 0.0)

    ex["relu_backward"].check(None)
    assert progress.load().chapters == {}
    ex["relu_backward"].check(lambda d_out, z: d_out)
    assert progress.load().chapters["99"]["relu_backward"].status == "wrong"
    ex["relu_backward"].check(relu)
    ex["parameters"].check(101_770)
    ex["curve"].check("a")
    entries = progress.load().chapters["99"]
    assert {name: e.status for name, e in entries.items()} == {
        "relu_backward": "solved",
        "parameters": "solved",
        "curve": "solved",
    }
    assert entries["relu_backward"].answer.startswith("def relu(d_out, z):")
    assert entries["relu_backward"].attempts == 2
    assert entries["parameters"].answer == "101770"


def test_the_reference_and_a_score_are_not_recorded(ex):
    ex["softmax"].check(ex["softmax"].check(None))
    ex["softmax"].score(lambda z: z)
    assert progress.load().chapters == {}


def test_a_failing_disk_only_adds_a_note(ex, said, own_record, monkeypatch):
    (own_record / "a file").touch()
    monkeypatch.setenv("COURSE_HOME", str(own_record / "a file"))
    assert ex["relu_backward"].check(relu_backward) is relu_backward
    first, note, *rest = said().splitlines()
    assert first == "✔ Right: Backward through ReLU"
    assert "not recorded" in note
    assert not rest


# How it is shown


def test_markup_in_what_a_learner_writes_is_escaped(ex):
    verdict = core.Verdict("wrong", paragraphs=["<script>alert(1)</script>"])
    feedback = Feedback(
        verdict.status,
        "<b>",
        verdict.paragraphs,
        code="<script>",
        case=[("<i>", "<script>")],
        notes=["`<script>`", 'a "quoted" ` tick'],
    )
    html = feedback._repr_html_()
    for markup in ("<script", "<b>", "<i>"):
        assert markup not in html
    assert "<code>&lt;script&gt;</code>" in html


def test_markup_in_an_error_is_escaped_on_its_way(ex, monkeypatch):
    shown = []
    monkeypatch.setattr(core, "display", shown.append)

    def fails(d_out, z):
        print("<script>printed</script>")
        raise ValueError("<script>raised</script>")

    ex["relu_backward"].check(fails)
    html = shown[0]._repr_html_()
    assert "raised" in html
    assert "printed" in html
    assert "<script" not in html


def test_the_plain_twin_says_the_same(ex, monkeypatch):
    shown = []
    monkeypatch.setattr(core, "display", shown.append)
    for exercise in ex.values():
        for answer in (None, object(), lambda *case: print("a < b & c")):
            exercise.check(answer)
        exercise.hint()
        exercise.solution()
    assert len(shown) == 5 * len(ex)
    for feedback in shown:
        html = unescape(re.sub(r"<[^>]*>", " ", feedback._repr_html_()))
        plain = repr(feedback).replace("`", "")
        assert sorted(_words(html)) == sorted(_words(plain))


def _words(text):
    return re.findall(r"\w+", text)


def test_feedback_is_rich_in_a_notebook(shell):
    with capture_output() as shown:
        show(Feedback("solved", "Softmax"))
    assert set(shown.outputs[0].data) == {"text/plain", "text/html"}


def test_feedback_is_text_outside_a_notebook(said):
    show(Feedback("solved", "Softmax"))
    assert said() == "✔ Right: Softmax\n"


def test_feedback_is_text_where_there_is_no_ipython(said, monkeypatch):
    before = builtins.__import__

    def without_ipython(name, *args, **kwargs):
        if name.startswith("IPython"):
            raise ImportError(name)
        return before(name, *args, **kwargs)

    monkeypatch.setattr(builtins, "__import__", without_ipython)
    show(Feedback("solved", "Softmax"))
    assert said() == "✔ Right: Softmax\n"


def test_a_console_with_few_characters_gets_readable_feedback(monkeypatch):
    console = io.TextIOWrapper(io.BytesIO(), encoding="ascii")
    monkeypatch.setattr(sys, "stdout", console)
    show(Feedback("solved", "Softmax"))
    console.flush()
    assert console.buffer.getvalue().split(b":") == [b"? Right", b" Softmax\n"]


def test_characters_that_cannot_be_sent_are_replaced(ex, said):
    def odd(d_out, z):
        raise ValueError("half \ud800 pair, colour \x1b[31m, bell \x07 and \x00")

    ex["relu_backward"].check(odd)
    assert "half \ufffd pair, colour , bell \ufffd and \ufffd" in said()


NESTED = {
    "an array in a list of pairs": (
        "def f(params):\n    params[0][0][0] += 1\n    return 3"
    ),
    "a list": "def f(params):\n    params.pop()\n    return 3",
    "a list with another entry": (
        "def f(params):\n    params[0] = (params[0][0] + 1, 0)\n    return 3"
    ),
}


def of_a_network():
    exercises = core.ExerciseSet("99")

    @exercises.function(title="Depth", cases=[([(np.ones(2), np.zeros(3))] * 3,)])
    def f(params):
        return len(params)

    return f


@pytest.mark.parametrize("source", NESTED.values(), ids=NESTED)
def test_changing_what_lies_inside_of_an_argument_is_noticed(source):
    verdict, _ = of_a_network()._verdict(typed(source, "f"))
    assert verdict.status == "wrong"
    assert "It changes its input `params` in place." in verdict.paragraphs[0]


def test_texts_put_into_another_order_are_noticed():
    exercises = core.ExerciseSet("99")

    @exercises.function(title="Largest", cases=[(["2", "3", "1"],)])
    def f(names):
        return max(map(int, names))

    source = "def f(names):\n    names.sort(key=int)\n    return int(names[-1])"
    verdict, _ = f._verdict(typed(source, "f"))
    assert "It changes its input `names` in place." in verdict.paragraphs[0]


def test_an_argument_that_the_reference_changes_as_well_may_be_changed():
    exercises = core.ExerciseSet("99")

    @exercises.function(title="Sort", cases=[([3, 1, 2],)])
    def f(numbers):
        numbers.sort()
        return numbers

    verdict, _ = f._verdict(typed("def f(x):\n    x.sort()\n    return x", "f"))
    assert verdict.status == "solved"


CRYPTIC = {
    "if x > 0: return x": "need one yes or no",
    "return x ^ 2": "write two stars",
    "return x @ np.ones((4, 2))": "columns of the left matrix",
    "return x(1 - x)": "a product needs its `*`",
    "return float(x)": "take a single number",
    "return [2, 1].sort()[0]": "give back None",
    "x //= 1; y = np.arange(3); y /= 2": "compute a new array",
    "return x + np.ones(2)": "do not fit entry by entry",
    "return [1, 2]['a']": "only a dict takes a key",
    "return 'text'['a']": "only a dict takes a key",
    "return x[x[0]]": "A place in an array or a list is a whole number",
    "return [1, 2][1.0]": "A place in an array or a list is a whole number",
    "x = np.zeros(3); x[:2] = np.ones(3)": "the shape of its place",
    "return np.array([[1, 2], [3]])": "the same number of entries",
    "a, b = x": "as many names as values",
    "return {x: 1}": "keys of a dict",
    "return len([2, 1].sort())": "give back None",
    "raise EOFError('EOF when reading a line')": "comes in as its arguments",
    "import json; return json.dumps(x)": "nothing of NumPy's",
}


@pytest.mark.parametrize(("line", "words"), CRYPTIC.items(), ids=CRYPTIC)
def test_an_error_that_beginners_cannot_read_is_said_in_plain_words_too(line, words):
    exercises = core.ExerciseSet("99")

    @exercises.function(title="Square", cases=[(np.array([1.5, 2.5, 3.5]),)])
    def f(x):
        return x**2

    verdict, _ = f._verdict(typed(f"def f(x):\n    {line}", "f"))
    assert verdict.paragraphs[0].startswith("Your code stopped with")
    assert words in verdict.paragraphs[0]


def test_what_a_library_has_not_implemented_is_no_unfinished_exercise():
    """Chapter 04's graphs raise it where NumPy meets a tensor without a value."""
    exercises = core.ExerciseSet("99")

    @exercises.function(title="Twice", cases=[(1.5,)])
    def f(x):
        return 2 * x

    def library(x):
        raise NotImplementedError("Cannot convert a symbolic tensor.")

    source = "def f(x):\n    return library(x)"
    names = {"library": library}
    exec(compile(source, "<a cell>", "exec"), names)
    verdict, _ = f._verdict(names["f"])
    assert verdict.status == "wrong"
    assert "Cannot convert a symbolic tensor." in verdict.paragraphs[0]
    unfinished, _ = f._verdict(typed("def f(x):\n    raise NotImplementedError", "f"))
    assert unfinished.status == "not attempted"


def test_numbers_too_small_to_keep_are_no_reason_for_a_warning():
    exercises = core.ExerciseSet("99")

    @exercises.function(title="Power", cases=[(np.array([-1000.0, 1.0]),)])
    def f(x):
        return np.exp(x)

    _, outcome = f._verdict(lambda x: np.exp(x) + 1)
    assert outcome.warnings == []


def test_a_result_of_another_form_is_told_as_it_came():
    def three_numbers(answer, case):
        result = answer(case)
        if len(result) != 3:
            raise core.AnswerFormError("Return three numbers.", result)
        return sum(result)

    exercises = core.ExerciseSet("99")

    @exercises.function(title="Three", cases=[(1,)], run=three_numbers)
    def f(x):
        return x, x, x

    verdict, _ = f._verdict(lambda x: (x, x))
    assert verdict.paragraphs == ["Return three numbers."]
    assert ("yours", "[1 1]") in verdict.case


def test_only_a_share_is_suspected_to_be_given_in_percent(said):
    exercises = core.ExerciseSet("99")
    exercises.number("change", title="Change", answer=-0.08)
    exercises["change"].check(-8)
    assert "percent" not in said()


@pytest.mark.parametrize(("module", "name"), [(builtins, "print"), (re, "sub")])
def test_a_damaged_python_stops_no_chapter_and_the_way_out_is_said(
    ex, monkeypatch, capfd, module, name
):
    """A cell has put something else in the place of a function of Python's."""
    answer = ex["softmax"].reference
    monkeypatch.setattr(module, name, None)
    given = ex["softmax"].check(lambda z: answer(z))
    monkeypatch.undo()
    out, err = capfd.readouterr()
    assert given is answer
    assert err == ""
    assert "Restart Kernel" in out
