"""Every exercise of every chapter keeps the promises that STYLE.md makes."""

import ast
import importlib.util
import re
import time
from functools import cache
from types import SimpleNamespace

import numpy as np
import pytest
from alternatives import RIGHT

from course_utils.chapters import CAPSTONES, CHAPTERS
from course_utils.checking import core, guard
from course_utils.checking.judge import alike, mismatch
from course_utils.checking.slips import slips

# A chapter that is planned only has neither a module nor a source yet.
STARTED = [c for c in (*CHAPTERS, *CAPSTONES) if importlib.util.find_spec(c.module)]
for _chapter in STARTED:
    importlib.import_module(f"alternatives.{_chapter.module.split('.')[-1]}")
EVERY = [
    pytest.param(chapter, exercise, id=f"{chapter.number}-{name}")
    for chapter in STARTED
    for name, exercise in chapter.exercises().items()
]
FUNCTIONS = [p for p in EVERY if isinstance(p.values[1], core.FunctionExercise)]
CHOICES = [p for p in EVERY if isinstance(p.values[1], core.ChoiceExercise)]
MISTAKES = [
    pytest.param(*p.values, mistake, id=f"{p.id}-{mistake.name}")
    for p in EVERY
    for mistake in p.values[1].mistakes
]
ALTERNATIVES = [
    pytest.param(*p.values, answer, id=f"{p.id}-{answer.__name__}")
    for p in FUNCTIONS
    for answer in RIGHT[p.values[1]]
]
every_exercise = pytest.mark.parametrize(("chapter", "exercise"), EVERY)
every_function = pytest.mark.parametrize(("chapter", "exercise"), FUNCTIONS)
every_choice = pytest.mark.parametrize(("chapter", "exercise"), CHOICES)
every_mistake = pytest.mark.parametrize(("chapter", "exercise", "mistake"), MISTAKES)
every_alternative = pytest.mark.parametrize(
    ("chapter", "exercise", "answer"), ALTERNATIVES
)


@pytest.fixture(autouse=True)
def nothing_handed_out_before():
    """Exercises live as long as the process; no test may see another's traces."""
    for parameter in EVERY:
        parameter.values[1]._handed_out = []


def namespace(chapter):
    """Return what a cell of the chapter can use."""
    return dict(vars(importlib.import_module(chapter.module)))


def reference_anew(chapter, exercise):
    """Return the reference as a learner would have written it.

    The engine knows its own object again, so the source is compiled anew.
    """
    if isinstance(exercise, core.FunctionExercise):
        names = namespace(chapter)
        exec(exercise.solution_source, names)
        return names[exercise.name]
    return ast.literal_eval(exercise.solution_source)


@cache
def stubs(chapter):
    """Return the untouched cells of a chapter's notebook by exercise."""
    from course_utils.authoring import notebooks

    return notebooks.stubs(notebooks.build(chapter))


def stub(chapter, exercise):
    """Return what the untouched cell of the notebook hands to ``check``."""
    cells = stubs(chapter)
    assert exercise.name in cells, (
        f"{chapter.source.name} has no cell tagged exercise={exercise.name!r}."
    )
    received = []
    checks = {exercise.name: SimpleNamespace(check=received.append)}
    names = namespace(chapter) | {"np": np, "ex": SimpleNamespace(**checks)}
    exec(cells[exercise.name], names)
    assert len(received) == 1, "The cell calls its check exactly once."
    return received[0]


def spoken(exercise):
    """Return every text that the exercise may show before it is solved."""
    return [*exercise.hints, *(mistake.message for mistake in exercise.mistakes)]


@pytest.mark.parametrize("chapter", [*CHAPTERS, *CAPSTONES], ids=lambda c: c.name)
def test_a_notebook_has_one_cell_for_each_exercise_that_its_chapter_declares(chapter):
    if not chapter.source.is_file():
        pytest.skip("not written yet")
    assert chapter in STARTED, f"{chapter.module} is missing."
    assert chapter.exercises().chapter == chapter.number
    assert set(stubs(chapter)) == set(chapter.exercises()) != set()


@every_exercise
def test_the_untouched_stub_is_not_attempted_and_scores_nothing(chapter, exercise):
    if not chapter.source.is_file():
        pytest.skip("no notebook yet")
    untouched = stub(chapter, exercise)
    assert exercise._verdict(untouched)[0].status == "not attempted"
    assert exercise.score(untouched) == 0


@every_exercise
def test_the_reference_written_anew_comes_back_and_earns_all_points(
    chapter, exercise, capfd
):
    own = reference_anew(chapter, exercise)
    assert exercise.check(own) is own
    _one_feedback(capfd, exercise)
    assert exercise.score(own) == exercise.points > 0


@every_exercise
def test_for_a_wrong_answer_the_reference_is_handed_out_and_counts_for_nothing(
    chapter, exercise, capfd
):
    assert exercise.score(object()) == 0
    given = exercise.check(object())
    _one_feedback(capfd, exercise)
    if isinstance(exercise, core.Prediction):
        assert given is None
        return
    if isinstance(exercise, core.FunctionExercise):
        assert given is exercise.reference
    elif isinstance(exercise, core.TextExercise):
        assert given == exercise.model
    else:
        assert exercise._equal(exercise.answer, given)
    for again in (given, exercise.check(given), exercise.check(None)):
        assert exercise.score(again) == 0
    assert exercise.score(reference_anew(chapter, exercise)) == exercise.points


def _one_feedback(capfd, exercise):
    out, err = capfd.readouterr()
    assert err == ""
    first, *_ = out.splitlines()
    assert first.endswith(exercise.title)
    assert out.count(exercise.title) == 1


@every_alternative
def test_a_right_answer_written_differently_earns_all_points(chapter, exercise, answer):
    own = answer() if hasattr(exercise, "_factory") else answer  # makes the class
    verdict, _ = exercise._verdict(own)
    assert verdict.status == "solved", verdict.paragraphs


@every_mistake
def test_a_known_mistake_fails_with_its_own_message(chapter, exercise, mistake):
    verdict, _ = exercise._verdict(mistake.answer)
    assert verdict.mistake == mistake.name, verdict.paragraphs
    assert verdict.paragraphs == [mistake.message]
    assert verdict.credit == mistake.credit
    assert 0 <= mistake.credit < 1


@every_function
def test_a_function_has_an_alternative_three_mistakes_and_two_cases(chapter, exercise):
    assert RIGHT[exercise]
    assert len(exercise.mistakes) >= 3
    assert len(exercise.cases) >= 2


@every_function
def test_the_cases_tell_every_slip_from_the_reference(chapter, exercise):
    """All but those that are listed beside the exercise, with the reason."""
    if not exercise.slips:
        pytest.skip("one right answer of many")
    for get_ready in exercise.needs:
        get_ready()
    runner, expected = exercise.runner, exercise.calls_of(exercise.reference)
    listed = {name for names in exercise.same.values() for name in names}
    unnoticed, made = set(), set()
    for slip in slips(exercise.solution_source, exercise.terms):
        made.add(slip.name)
        with guard.silent():
            try:
                function = slip.function(exercise.name, namespace(chapter))
            except Exception:
                continue
            if all(
                alike(target, runner.call(function, case), exercise.rtol, exercise.atol)
                for target, case in zip(expected, exercise.cases, strict=True)
            ):
                unnoticed.add(slip.name)
    assert unnoticed - listed == set(), "Add a case, or list it in `same`."
    assert listed - unnoticed == set(), "These are told apart, or gone."


@every_choice
def test_a_choice_explains_each_of_its_options(chapter, exercise):
    fewest = 2 if re.search(r"\byes\b|\bno\b", str(exercise.options), re.I) else 3
    assert len(exercise.options) >= fewest
    assert exercise.answer in exercise.options
    assert all(text.strip() for text in exercise.options.values())
    assert len(set(exercise.options.values())) == len(exercise.options)


@every_exercise
def test_there_are_graded_hints_and_no_two_messages_are_alike(chapter, exercise):
    fewest = {core.Prediction: 0, core.TextExercise: 1}.get(type(exercise), 2)
    assert len(exercise.hints) >= fewest
    assert all(text.strip() for text in spoken(exercise))
    assert len(set(spoken(exercise))) == len(spoken(exercise))


@every_exercise
def test_no_hint_or_message_gives_the_answer_away(chapter, exercise):
    texts = [" ".join(text.split()) for text in spoken(exercise)]
    if isinstance(exercise, core.FunctionExercise):
        for line in _telling_lines(exercise.solution_source):
            assert not [t for t in texts if line in t], line
    if isinstance(exercise, core.NumberExercise):
        numbers = [n for t in texts for n in re.findall(r"\d[\d,_]*\.?\d*", t)]
        values = [float(re.sub(r"[,_]", "", n)) for n in numbers]
        assert not [v for v in values if exercise._equal(exercise.answer, v)]


def _telling_lines(source):
    """Return the lines of a solution that are its idea: no signature, no text."""
    function = ast.parse(source).body[0]
    docstring = ast.get_docstring(function, clean=False)
    first = function.body[1 if docstring is not None else 0].lineno
    lines = (line.strip() for line in source.splitlines()[first - 1 :])
    return [line for line in lines if len(line) > 12]


@every_function
def test_the_reference_gives_the_same_twice_and_leaves_the_cases_alone(
    chapter, exercise
):
    before = exercise.calls_of(exercise.reference)
    exercise.score(reference_anew(chapter, exercise))
    for mistake in exercise.mistakes:
        exercise.score(mistake.answer)
    after = exercise.calls_of(exercise.reference)
    for first, second in zip(before, after, strict=True):
        assert first.error is None, first.error
        assert first.changed == ()
        assert first.result is not None
        assert mismatch(first.result, second.result, 0, 0) is None


@every_exercise
def test_the_solution_can_be_shown(chapter, exercise, capfd):
    exercise.solution()
    exercise.hint()
    out, err = capfd.readouterr()
    assert exercise.title in out
    assert err == ""


@every_function
def test_a_wrong_answer_is_explained_within_two_seconds(chapter, exercise):
    wrong = SimpleNamespace()  # no known mistake: all of them are tried
    exercise.score(lambda *case: wrong)
    started = time.perf_counter()
    exercise.score(lambda *case: wrong)
    assert time.perf_counter() - started < 2
