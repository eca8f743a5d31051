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
from course_utils.checking.show import Feedback, show


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


@pytest.fixture
def shown(monkeypatch):
    """Return the list of what is shown, before it is turned into text."""
    feedback = []
    monkeypatch.setattr(core, "display", feedback.append)
    return feedback


def typed(source, **names):
    """Run a cell that defines `f`; its lines can be shown as in a notebook."""
    cell = "<cell 1>"
    linecache.cache[cell] = (len(source), None, source.splitlines(True), cell)
    names |= {"__name__": "__main__", "np": np, "sys": sys}
    with warnings.catch_warnings(action="ignore"):  # of code that is wrong to see
        exec(compile(source, cell, "exec"), names)
    return names["f"]


def exercise_on(reference, *case, **settings):
    """Return an exercise on one function, checked on one case."""
    declare = core.ExerciseSet("99").function(title="It", cases=[case], **settings)
    return declare(reference)


def relu_backward(d_out, z):
    """Right, and not the reference itself."""
    return np.where(z > 0, d_out, 0.0)


def counts_its_calls(d_out, z):
    counts_its_calls.calls += 1
    return relu_backward(d_out, z)


counts_its_calls.calls = 0


class Counter:
    """Right, and unlike the reference."""

    def __init__(self):
        self.numbers = []

    def add(self, number):
        self.numbers.append(number)

    @property
    def total(self):
        return sum(self.numbers)


class UnfinishedCounter:
    def __init__(self):
        self.total = 0

    def add(self, number): ...


# What comes back


@pytest.mark.parametrize(
    ("name", "own"),
    [
        ("relu_backward", relu_backward),
        ("relu_backward", counts_its_calls),
        ("Counter", Counter),
        *(("parameters", number) for number in (101_770, 1.0177e5, np.int64(101_770))),
        ("share", 0.975),
        ("shape", (32, 10)),
        ("scalar_shape", ()),
        ("matrix", np.array([[1.0, 2.0], [3.0, 4.0]])),
        *(("loss", letter) for letter in ("b", "B", " b) ", "(b)", "b.")),
        ("why", "It follows the slope down, so the loss falls."),
    ],
)
def test_a_right_answer_comes_back_and_counts_also_after_the_reference_was_handed_out(
    ex, said, name, own
):
    ex[name].check(object())
    ex[name].check(None)
    said()
    assert ex[name].check(own) is own
    verdict = "● Noted" if name == "why" else "✔ Right"
    assert said().startswith(f"{verdict}: {ex[name].title}\n")
    score = ex[name].score(own)
    assert score == ex[name].points
    assert type(score) is int
    assert said() == ""


@pytest.mark.parametrize(
    ("name", "answer"),
    [
        *(
            ("relu_backward", typed(f"def f(d_out, z):\n    {body}"))
            for body in (
                *("...", "'''Words.'''\n    ...  # your code here", "pass"),
                *("return None", "return ...", "raise NotImplementedError"),
                "mask = ...\n    return d_out * mask",
            )
        ),
        ("Counter", UnfinishedCounter),
        *(
            (name, value)
            for name in (*("relu_backward", "parameters", "shape"), "loss", "curve")
            for value in (None, ...)
        ),
        *(("why", value) for value in (None, ..., "", " \n")),
    ],
)
def test_what_is_left_out_is_not_attempted(ex, said, name, answer):
    given = ex[name].check(answer)
    assert said().startswith("○ Not attempted yet")
    assert ex[name].score(answer) == 0
    if name in ("relu_backward", "Counter"):
        assert given is ex[name].reference


# What can be wrong with a function

FAULTS = {
    "no return": (
        "print(d_out * (z > 0))",
        *("It returned None", "`return` line missing", "Your code printed: "),
    ),
    "shape": (
        "return (d_out * (z > 0)).ravel()",
        "Expected an array of shape (1, 2), got an array of shape (2,).",
    ),
    "in place": (
        "z[:] = d_out * (z > 0)\n    return z",
        "It changes its input `z` in place.",
    ),
    "exception": (
        "mask = z > 0\n    return d_out * maks",
        *("NameError: name 'maks'", "line 3: return d_out * maks"),
    ),
    "exception without a text": (
        "assert False",
        *("Your code stopped with AssertionError.", "line 2: assert False"),
    ),
    "exception further down": (
        "def g(x):\n    return 1 / 0\ndef f(d_out, z):\n    return g(z)",
        *("ZeroDivisionError", "line 2: return 1 / 0"),
    ),
    "exception with odd characters": (
        r"raise ValueError('half \ud800 pair, colour \x1b[31m, bell \x07 and \x00')",
        "half \ufffd pair, colour , bell \ufffd and \ufffd",
    ),
    "recursion": (
        "return f(d_out, z)",
        *("RecursionError", "line 2: return f(d_out, z)"),
    ),
    "exit": ("sys.exit()", "called exit()"),
    "interrupt": ("raise KeyboardInterrupt", "The check was interrupted."),
    "generator": ("yield d_out", "without `yield`"),
    "async": ("async def f(d_out, z):\n    return d_out", "`async`"),
    "arity": (
        "def f(d_out):\n    return d_out",
        *("It cannot be called the way the exercise says", "2 were given"),
    ),
    "instance": ("f = np.ones(3)", "A function named `relu_backward` was expected"),
    "called already": ("f = 3.5", "this is one number", "without calling it"),
    "class": (
        "class f:\n    def __init__(self, d_out, z):\n        self.z = z",
        "Expected an array of shape (1, 2), got an object of type f.",
    ),
    "globals deleted": ("global np\n    del np\n    return np.ones(2)", "NameError"),
    "endless and stubborn": (
        "while True:\n        try:\n"
        "            while True: pass\n        except BaseException: pass",
        *("longer than 1 seconds", "never ends?"),
    ),
    "warning": (
        "return np.log(0 * z)",
        "Python warned: RuntimeWarning: divide by zero",
    ),
    "deep list": (
        "a = [1.0]\n    for _ in range(10_000):\n        a = [a]\n    return a",
        "a list that does not make an array",
    ),
    "list in itself": (
        "a = []\n    a.append(a)\n    return a",
        "a list that does not make an array",
    ),
}


@pytest.mark.parametrize("fault", FAULTS)
def test_a_fault_in_a_function_is_told_in_words(ex, said, fault):
    source, *expected = FAULTS[fault]
    if not source.startswith(("f =", "def ", "class ", "async ")):
        source = f"def f(d_out, z):\n    {source}"
    exercise = ex["relu_backward"]
    answer = typed(source)
    assert exercise.check(answer) is exercise.reference
    text = said()
    assert text.startswith("✘ Not yet: Backward through ReLU\n")
    for words in expected:
        assert words in text
    assert exercise.score(answer) == 0


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
def test_an_error_that_beginners_cannot_read_is_said_in_plain_words_too(
    said, line, words
):
    square = exercise_on(np.square, np.array([1.5, 2.5, 3.5]))
    square.check(typed(f"def f(x):\n    {line}"))
    _, paragraph, *_ = said().splitlines()
    assert paragraph.startswith("Your code stopped with")
    assert words in paragraph


def test_what_a_library_has_not_implemented_is_no_unfinished_exercise(said):
    """Chapter 04's graphs raise it where NumPy meets a tensor without a value."""

    def library(x):
        raise NotImplementedError("Cannot convert a symbolic tensor.")

    exercise = exercise_on(lambda x: 2 * x, 1.5)
    exercise.check(typed("def f(x):\n    return library(x)", library=library))
    text = said()
    assert text.startswith("✘ Not yet")
    assert "Cannot convert a symbolic tensor." in text


def test_the_line_of_an_error_is_shown_from_a_notebook_cell(ex, shell):
    shell.push({"exercise": ex["relu_backward"]})
    cell = "def f(d_out, z):\n    return d_out / nothing\n\nf = exercise.check(f)"
    with capture_output() as shown:
        shell.run_cell(cell)
    (output,) = shown.outputs
    assert set(output.data) == {"text/plain", "text/html"}
    assert "line 2: return d_out / nothing" in output.data["text/plain"]
    assert "line 2: return d_out / nothing" in output.data["text/html"]
    assert shown.stderr == ""


def test_a_check_works_in_another_thread_and_ends_there_in_time_too(ex, said):
    exercise, given = ex["relu_backward"], []
    endless = typed("def f(d_out, z):\n    while True: pass")

    def work():
        given.extend(map(exercise.check, (relu_backward, endless)))

    thread = threading.Thread(target=work)
    started = time.monotonic()
    thread.start()
    thread.join(10)
    assert time.monotonic() - started < 5
    assert given == [relu_backward, exercise.reference]
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
    assert "the course" not in said().replace("the course's solution", "")


def test_numbers_too_small_to_keep_are_no_reason_for_a_warning(said):
    power = exercise_on(np.exp, np.array([-1000.0, 1.0]))
    power.check(lambda x: np.exp(x) + 1)
    assert "warned" not in said()


def test_a_list_in_place_of_an_array_is_right_and_later_cells_get_an_array(ex, said):
    def lists(d_out, z):
        return relu_backward(d_out, z).tolist()

    assert ex["relu_backward"].check(lists) is ex["relu_backward"].reference
    assert "The numbers come in a list." in said()
    assert ex["relu_backward"].score(lists) == ex["relu_backward"].points


def test_a_result_of_another_form_is_told_as_it_came(said):
    def three_numbers(answer, case):
        result = answer(case)
        if len(result) != 3:
            raise core.AnswerFormError("Return three numbers.", result)
        return sum(result)

    three = exercise_on(lambda x: (x, x, x), 1, run=three_numbers)
    three.check(lambda x: (x, x))
    assert "\nReturn three numbers.\n" in (text := said())
    assert "yours: (1, 1)" in text


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


def test_check_leaves_the_cases_alone(ex):
    def destroys(d_out, z):
        d_out[:] = z[:] = 7
        return d_out

    before = copy.deepcopy(ex["relu_backward"].cases)
    ex["relu_backward"].check(destroys)
    np.testing.assert_equal(ex["relu_backward"].cases, before)


DEPTH = exercise_on(lambda argument: len(argument), [(np.ones(2), np.zeros(3))] * 3)
LARGEST = exercise_on(lambda argument: max(map(int, argument)), ["2", "3", "1"])


@pytest.mark.parametrize(
    ("exercise", "body"),
    [
        (DEPTH, "x[0][0][0] += 1; return 3"),
        (DEPTH, "x.pop(); return 3"),
        (DEPTH, "x[0] = (x[0][0] + 1, 0); return 3"),
        (LARGEST, "x.sort(key=int); return int(x[-1])"),
    ],
)
def test_changing_what_lies_inside_of_an_argument_is_noticed(said, exercise, body):
    exercise.check(typed(f"def f(x):\n    {body}"))
    assert "It changes its input `argument` in place." in said()


def test_an_argument_that_the_reference_changes_as_well_may_be_changed():
    exercise = exercise_on(typed("def f(x):\n    x.sort()\n    return x"), [3, 1, 2])
    assert exercise.score(typed("def f(x):\n    x.sort()\n    return x")) == 1


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

GIVE_OUT = set(sample_exercises.make()) - {"curve", "accuracy"}  # not predictions


@pytest.mark.parametrize("name", sorted(GIVE_OUT))
def test_what_was_handed_out_never_counts_as_the_learners_own(ex, said, name):
    given = ex[name].check(None)
    said()
    for _ in range(30):  # the check cell is run again, and again
        given = ex[name].check(given)
        assert ex[name].score(given) == 0
    assert said().count("the course's own solution") == 30


def test_what_was_handed_out_works_as_a_value(ex):
    number, shape, letter = (ex[n].check(None) for n in ("parameters", "shape", "loss"))
    assert (number + 1, repr(number), f"{number:,}") == (101_771, "101770", "101,770")
    assert np.zeros(shape).shape == (32, 10)
    assert {"b": 1}[letter] == 1


# Values


@pytest.mark.parametrize(
    ("name", "answer", "words"),
    [
        ("parameters", 101_632, "The biases are missing."),
        ("parameters", 101_771, "101771 is next to it"),
        ("parameters", 7, "7 is too small."),
        ("parameters", -101_770, "The size of -101770 is right"),
        ("parameters", "101770", "without quotation marks"),
        ("parameters", True, "this is True or False"),
        ("parameters", np.nan, "not a finite number"),
        ("parameters", np.inf, "not a finite number"),
        ("parameters", np.ones(3), "this is an array of shape (3,)"),
        ("parameters", 1j, "a complex number"),
        ("parameters", 10**5000, "a number too large to compare"),
        ("parameters", len, "That is a function"),
        ("parameters", {}, "an object of type dict"),
        ("share", 97.5, "in per cent"),
        ("shape", (10, 32), "The batch comes first."),
        ("shape", (32,), "This has length 1; the answer has another length."),
        ("shape", [32, 11], "1 of 2 numbers differ; the first at [1]."),
        ("shape", [32, np.nan], "1 of 2 numbers differ"),
        ("shape", 32, "this is one number"),
        ("shape", "(32, 10)", "this is a text"),
        ("shape", np.array([32, 10 + 1j]), "complex"),
        ("shape", np.array([32, None]), "an array of dtype object"),
        ("loss", "c", "It stays."),
        ("loss", "d", 'letters "a", "b", "c"'),
        ("accuracy", "much", "without quotation marks"),
        ("why", "Because.", "at least 3 words"),
        ("why", 3, "as a text in quotes; this is one number"),
    ],
    ids=lambda value: value if isinstance(value, str) else type(value).__name__,
)
def test_a_wrong_value_is_told_in_words_and_the_right_one_handed_out(
    ex, said, name, answer, words
):
    given = ex[name].check(answer)
    text = said()
    assert words in text
    assert "(32, 10)" not in text
    if name != "accuracy":
        assert given == getattr(ex[name], "model" if name == "why" else "answer")


def test_only_a_share_is_suspected_to_be_given_in_percent(said):
    exercises = core.ExerciseSet("99")
    exercises.number("change", title="Change", answer=-0.08)
    exercises["change"].check(-8)
    assert "percent" not in said()


def test_a_right_choice_is_told_why_it_is_right(ex, said):
    ex["loss"].check("b")
    assert "It rises." in said()


def test_a_text_meets_the_model_answer_once_it_says_something(ex, said):
    ex["why"].check("It goes down the slope.")
    assert ex["why"].model in (text := said())
    assert "names the slope · names the direction" in text


def test_a_prediction_meets_the_outcome(ex, said):
    curve = ex["curve"]
    curve.reveal("a")
    assert said() == (
        "→ Outcome: The curve\nIt came out as a).\nIt falls, then rises.\n"
    )
    for guess, words in {"B": "You said b); it came out as a).", "a": "said"}.items():
        assert curve.check(guess) == guess
        curve.reveal("a")
        assert words in said()
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
    solutions = {"parameters": "101770", "matrix": "[[1.0, 2.0], [3.0, 4.0]]"}
    for name, text in (solutions | {"why": ex["why"].model}).items():
        ex[name].solution()
        assert text in said()


def test_two_exercises_of_one_name_are_refused(ex):
    with pytest.raises(ValueError, match="'loss' twice"):
        ex.choice("loss", title="", answer="a", options={"a": ""})


# The record


def test_what_was_tried_is_recorded(ex):
    ex["relu_backward"].check(None)
    assert progress.load().chapters == {}
    ex["relu_backward"].check(lambda d_out, z: d_out)
    assert progress.load().chapters["99"]["relu_backward"].status == "wrong"
    ex["relu_backward"].check(relu_backward)
    ex["parameters"].check(101_770)
    ex["curve"].check("a")
    entries = progress.load().chapters["99"]
    assert {name: e.status for name, e in entries.items()} == dict.fromkeys(
        ["relu_backward", "parameters", "curve"], "solved"
    )
    assert entries["relu_backward"].answer.startswith("def relu_backward(d_out, z):")
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


def test_markup_is_escaped_wherever_it_stands():
    script = "<script>alert(1)</script>"
    html = Feedback(
        *("wrong", script, [script], script, [(script, script)]),
        notes=[f"`{script}`", f'a "quoted" ` tick {script}'],
    )._repr_html_()
    assert html.count("&lt;script&gt;alert(1)&lt;/script&gt;") == 7
    assert "<script" not in html
    assert "<code>&lt;script&gt;" in html


def test_markup_in_an_error_is_escaped_on_its_way(ex, shown):
    def fails(d_out, z):
        print("<script>printed</script>")
        raise ValueError("<script>raised</script>")

    ex["relu_backward"].check(fails)
    html = shown[0]._repr_html_()
    assert "raised" in html
    assert "printed" in html
    assert "<script" not in html


def test_the_plain_twin_says_the_same(ex, shown):
    for exercise in ex.values():
        for answer in (None, object(), lambda *case: print("a < b & c")):
            exercise.check(answer)
        exercise.hint()
        exercise.solution()
    assert len(shown) == 5 * len(ex)
    for feedback in shown:
        html = unescape(re.sub(r"<[^>]*>", " ", feedback._repr_html_()))
        plain = repr(feedback).replace("`", "")
        assert sorted(re.findall(r"\w+", html)) == sorted(re.findall(r"\w+", plain))


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


@pytest.mark.parametrize(("module", "name"), [(builtins, "print"), (re, "sub")])
def test_a_damaged_python_stops_no_chapter_and_the_way_out_is_said(
    ex, said, monkeypatch, module, name
):
    """A cell has put something else in the place of a function of Python's."""
    answer = ex["softmax"].reference
    monkeypatch.setattr(module, name, None)
    given = ex["softmax"].check(lambda z: answer(z))
    monkeypatch.undo()
    assert given is answer
    assert "Restart Kernel" in said()
