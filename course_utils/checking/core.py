"""The exercise engine: declare an exercise once, check it everywhere.

A chapter's module holds one :class:`ExerciseSet` named ``exercises`` and
declares with it. A function exercise is a decorated reference solution::

    exercises = ExerciseSet("07")

    @exercises.function(
        title="Backward through ReLU",
        cases=[(np.ones(2), np.array([-1.0, 2.0]))],
        hints=("Which entries of z let the signal through?", "…"),
    )
    def relu_backward(d_out, z):
        return d_out * (z > 0)

    relu_backward.known_mistakes = {
        "z > 0 => d_out > 0": "The gate looks at the gradient, not at z.",
    }

Value exercises (:meth:`ExerciseSet.number`, ``array``, ``choice``,
``prediction``, ``text``) are the same thing with a value in place of a
function. In the notebook ``relu_backward = ex.relu_backward.check(...)`` gives
feedback and returns what the chapter goes on with: the learner's own when it is
right, the reference when it is not.
"""

import ast
import copy
import dis
import inspect
import sys
import textwrap
import types
from collections.abc import Callable, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass, field
from datetime import UTC, datetime
from functools import cached_property
from typing import Any

import numpy as np

from course_utils import progress

from . import guard
from .explain import Explanation, Wrong, explain, explained_number, telling
from .judge import fault, mismatch, wrong_form
from .mistakes import Edits, compiled, edited
from .relations import relation
from .run import AnswerFormError, Call, Runner, UnfinishedError, source_of
from .show import Feedback
from .show import show as display
from .values import as_array, kind, written, written_apart

__all__ = ["AnswerFormError", "ExerciseSet", "FunctionExercise", "UnfinishedError"]

SECONDS = 10.0
"""Time limit of one check, in seconds."""

_DAMAGED = (
    "{} could not be checked ({}): something that has run in this notebook has "
    "changed what Python itself needs, such as a function of a library or a limit. "
    "Your work is still in the cells. Choose Kernel → Restart Kernel and Run up to "
    "Selected Cell; until then the chapter goes on with the course's solution.\n"
)


@dataclass(frozen=True)
class Verdict:
    """The judgement of one answer, in plain data.

    Attributes
    ----------
    status : str
        ``solved``, ``partly``, ``wrong``, ``not attempted``, ``noted`` (a
        prediction or a text) or ``stand-in`` (the reference itself).
    credit : float
        Share of the points, 0 to 1.
    paragraphs : list of str
        What the learner reads.
    case : list of (str, str)
        The smallest case that went wrong, labelled.
    mistake : str or None
        Name of what was found: of the known mistake that the answer behaves like,
        for instance.
    explanation : str or None
        Which step explained a wrong answer: ``declared``, ``slip``, ``relation`` or
        ``case``.
    form : str or None
        In which form right numbers came, where later cells need another.
    """

    status: str
    credit: float = 0.0
    paragraphs: list[str] = field(default_factory=list)
    case: list[tuple[str, str]] = field(default_factory=list)
    mistake: str | None = None
    explanation: str | None = None
    form: str | None = None


@dataclass(frozen=True)
class Mistake:
    """A wrong answer that people give, with the message it deserves.

    Attributes
    ----------
    name : str
        What the learner did: a function's name, or ``with`` and the edit.
    answer : object
        The wrong function or value itself; it runs.
    message : str
        Names the misconception and leaves the answer to the learner.
    credit : float
        Share of the points that it still earns, 0 to less than 1.
    """

    name: str
    answer: Any
    message: str
    credit: float = 0.0


class ExerciseSet(dict):
    """The exercises of one chapter by name, in the order of declaration.

    Parameters
    ----------
    chapter : str
        Two-digit number of the chapter.
    needs : sequence of callables without arguments
        What all of its function exercises need, see :class:`FunctionExercise`.
    plain_words : sequence of (str, str)
        What to say beside errors in this chapter, see :class:`.crash.Crash`.
    terms : mapping of str to str
        What this chapter calls the names in its references, see
        :func:`.slips.slips`.
    """

    def __init__(
        self,
        chapter: str,
        needs: Sequence[Callable[[], Any]] = (),
        plain_words: Sequence[tuple[str, str]] = (),
        terms: Mapping[str, str] = types.MappingProxyType({}),
    ):
        super().__init__()
        self.chapter = chapter
        self.needs = tuple(needs)
        self.plain_words = tuple(plain_words)
        self.terms = dict(terms)

    def _add(self, exercise):
        if exercise.name in self:
            raise ValueError(f"Chapter {self.chapter} has {exercise.name!r} twice.")
        if isinstance(exercise, FunctionExercise):
            exercise.needs = (*self.needs, *exercise.needs)
            exercise.plain_words = self.plain_words
        exercise.terms = self.terms | exercise.terms
        self[exercise.name] = exercise
        return exercise

    def function(self, **settings) -> Callable[[Callable], "FunctionExercise"]:
        """Turn the decorated reference into a :class:`FunctionExercise`."""
        return lambda reference: self._add(
            FunctionExercise(self.chapter, reference, **settings)
        )

    def number(self, name: str, **settings) -> "NumberExercise":
        """Declare a :class:`NumberExercise`."""
        return self._add(NumberExercise(self.chapter, name, **settings))

    def array(self, name: str, **settings) -> "ArrayExercise":
        """Declare an :class:`ArrayExercise`."""
        return self._add(ArrayExercise(self.chapter, name, **settings))

    def choice(self, name: str, **settings) -> "ChoiceExercise":
        """Declare a :class:`ChoiceExercise`."""
        return self._add(ChoiceExercise(self.chapter, name, **settings))

    def prediction(self, name: str, **settings) -> "Prediction":
        """Declare a :class:`Prediction`."""
        return self._add(Prediction(self.chapter, name, **settings))

    def text(self, name: str, **settings) -> "TextExercise":
        """Declare a :class:`TextExercise`."""
        return self._add(TextExercise(self.chapter, name, **settings))

    def withhold(self, *names: str, until: str | None = None) -> None:
        """Keep solutions back, as a notebook that is handed in for points does.

        ``solution`` then says when they are shown, and a text's model answer is
        left out of its feedback. It is a matter of manners, not of secrecy: the
        checks run the references, so their source lies on the learner's disk.

        Parameters
        ----------
        *names : str
            Exercises of this chapter.
        until : str, optional
            Time in ISO form with its offset, by the learner's clock; without
            it they are kept back for good.
        """
        for name in names:
            self[name].withheld = until or "for good"


class Exercise:
    """What all exercises share: check, hint, solution, score, record.

    Parameters
    ----------
    chapter : str
        Two-digit number of the chapter.
    name : str
        Name of the exercise: an identifier, also that of the stub.
    title : str
        A few words for the learner.
    hints : sequence of str
        From a nudge to nearly there.
    points : int
        What it counts when it is graded.
    seconds : float
        Time limit of one check, in seconds.
    terms : mapping of str to str
        What the task calls the pieces of the reference: ``{"b": "the bias"}``.
    """

    def __init__(
        self,
        chapter: str,
        name: str,
        *,
        title: str,
        hints: Sequence[str] = (),
        points: int = 1,
        seconds: float = SECONDS,
        terms: Mapping[str, str] = types.MappingProxyType({}),
    ):
        self.chapter = chapter
        self.name = name
        self.title = title
        self.hints = tuple(hints)
        self.points = points
        self.seconds = seconds
        self.terms = dict(terms)
        self._declared: list[Mistake] = []
        self.withheld: str | None = None  # see ExerciseSet.withhold
        self._hints_shown = 0
        self._handed_out: list[Any] = []

    def __repr__(self) -> str:
        return f"<exercise {self.chapter}.{self.name}: {self.title}>"

    @property
    def mistakes(self) -> list[Mistake]:
        """Wrong answers that people give, each with its message."""
        return self._declared

    # What the kinds of exercise fill in.

    _meanwhile = "Meanwhile the chapter goes on with the course's solution."

    @property
    def solution_source(self) -> str:
        """Text of the reference that can stand in place of the stub."""
        raise NotImplementedError

    def _reference(self) -> Any:
        """Return what the chapter goes on with when the answer is not right."""
        raise NotImplementedError

    def _judge(self, answer: Any) -> Verdict:
        """Judge an answer; runs guarded, so it may raise and take its time."""
        raise NotImplementedError

    def _describe(self, answer: Any) -> str:
        """Text of the answer for the record."""
        return repr(answer)

    # What a notebook calls.

    def judge(self, answer: Any) -> Verdict:
        """Return the verdict on an answer, whatever it is, and show nothing."""
        return self._verdict(answer)[0]

    def check(self, answer: Any) -> Any:
        """Show feedback; return the answer if it is right, else the reference.

        Parameters
        ----------
        answer : object
            The learner's function or value; anything at all.

        Returns
        -------
        object
            What the chapter goes on with. Never raises.
        """
        try:
            return self._checked(answer)
        except Exception as error:
            # No answer leads here; a cell that has damaged Python itself may.
            with suppress(Exception):
                sys.stdout.write(_DAMAGED.format(self.title, type(error).__name__))
            return self._hand_out()

    def _checked(self, answer: Any) -> Any:
        verdict, outcome = self._verdict(answer)
        notes: list[str | None] = []
        if outcome.printed.strip() and verdict.status not in ("stand-in", "noted"):
            notes.append(f"Your code printed: {outcome.printed.strip()[:300]}")
        if verdict.status in ("wrong", "partly"):
            notes += [f"Python warned: {text}" for text in outcome.warnings]
            notes.append(self._offer())
        if verdict.status in ("wrong", "partly", "not attempted"):
            notes.append(self._meanwhile)
        if verdict.status not in ("not attempted", "stand-in"):
            notes.append(self._record(answer, verdict))
        display(
            Feedback(
                verdict.status,
                f"{self.title}",
                verdict.paragraphs,
                case=verdict.case,
                notes=[note for note in notes if note],
            )
        )
        if verdict.status in ("solved", "noted") and not verdict.form:
            return answer
        return self._hand_out()

    def score(self, answer: Any) -> int | float:
        """Return the points earned as a bare number, silently.

        nbgrader takes a number printed by a cell's last line as the cell's
        points, and full marks where nothing is printed; so a graded cell ends
        in ``ex.name.score(name)``. The reference, handed out where an answer
        was not right, scores 0.
        """
        points = round(self.points * self.judge(answer).credit, 2)
        return int(points) if points == int(points) else points

    def hint(self) -> None:
        """Show the next hint; each call shows one more."""
        total = len(self.hints)
        if not total:
            text = f"No hint here; `ex.{self.name}.solution()` shows a solution."
            display(Feedback("hint", self.title, [text]))
            return
        position = min(self._hints_shown, total - 1)
        self._hints_shown = position + 1
        label = f"{self.title} ({position + 1} of {total})"
        last = position + 1 == total
        more = f"That was the last one; `ex.{self.name}.solution()` shows a solution."
        display(
            Feedback("hint", label, [self.hints[position]], notes=[more] * bool(last))
        )

    def solution(self) -> None:
        """Show the reference solution: the very text that runs in the tests."""
        if kept := self._kept_back():
            display(Feedback("hint", self.title, [kept]))
        else:
            display(Feedback("solution", self.title, code=self.solution_source))

    # How it works.

    def _kept_back(self) -> str | None:
        """Return what to say in place of the solution; None when it is shown."""
        if self.withheld is None:
            return None
        if self.withheld == "for good":
            return "Your instructor shows this solution later."
        until = datetime.fromisoformat(self.withheld)
        if datetime.now(UTC) >= until:
            return None
        return f"Your instructor shows this solution after {until:%Y-%m-%d %H:%M %Z}."

    def _verdict(self, answer: Any) -> tuple[Verdict, guard.Outcome]:
        if self._is_stand_in(answer):
            text = (
                "It stands in for your answer, so that the chapter can go on. "
                "Write your own in the cell above the check and run that cell."
            )
            return Verdict("stand-in", paragraphs=[text]), guard.Outcome()
        outcome = guard.run(lambda: self._judge(answer), self.seconds)
        if isinstance(outcome.value, Verdict):
            return outcome.value, outcome
        return Verdict("wrong", paragraphs=[self._trouble(outcome.error)]), outcome

    def _trouble(self, error: BaseException | None) -> str:
        if isinstance(error, guard.TimeLimitError):
            return (
                f"Your code ran longer than {self.seconds:g} seconds and was stopped. "
                "Is there a loop that never ends?"
            )
        if isinstance(error, KeyboardInterrupt):
            return "The check was interrupted. Run the cell again when you like."
        return (
            "The check cannot make sense of this answer. Compare it with what the "
            "exercise asks for."
        )

    def _offer(self) -> str:
        if not self.hints:
            return ""
        if self._hints_shown < len(self.hints):
            return f"Stuck? `ex.{self.name}.hint()` gives a hint."
        return f"Stuck? `ex.{self.name}.solution()` shows a solution."

    def _is_stand_in(self, answer: Any) -> bool:
        return answer is self or any(answer is given for given in self._handed_out)

    def _hand_out(self) -> Any:
        """Return the reference in a form that is known again when it comes back."""
        given = _recognisable(self._reference())
        if given is not None:
            self._handed_out = [*self._handed_out[-20:], given]
        return given

    def _record(self, answer: Any, verdict: Verdict) -> str | None:
        text = guard.run(lambda: self._describe(answer), 1.0).value
        return progress.record(
            self.chapter,
            self.name,
            status="solved" if verdict.status == "noted" else verdict.status,
            score=self.points * verdict.credit,
            points=self.points,
            answer=text if isinstance(text, str) else None,
        )

    def _mistaken(self, mistake: Mistake) -> Verdict:
        status = "partly" if mistake.credit else "wrong"
        return Verdict(
            status,
            mistake.credit,
            [mistake.message],
            mistake=mistake.name,
            explanation="declared",
        )


class FunctionExercise(Exercise):
    """The learner writes a function (or a class); its behaviour is compared.

    Parameters
    ----------
    chapter : str
        Two-digit number of the chapter.
    reference : callable
        The solution. Its name and source text are those of the exercise.
    cases : sequence of tuples, or callable
        Arguments to call with, or a function ``rng -> list of tuples`` that
        makes them from a seeded generator when they are first needed. Include
        cases that tell every two mistakes apart.
    run : callable, optional
        ``run(answer, *case)`` instead of ``answer(*case)``: for a class, or a
        function that is to be called in a special way.
    view : callable, optional
        Turns a result into the plain data that is compared (a Keras model into
        its list of layers, say). Applied to everybody's results.
    labels : sequence of str
        What the arguments of a case are called, where they are not those of the
        function.
    results : sequence of str
        What its results are called, where a call has several.
    rtol, atol : float
        Relative and absolute tolerance of numbers.
    slips : bool
        Whether slips of the reference tell something: not where it is one right
        answer out of many that have little in common.
    needs : sequence of callables without arguments
        What takes its time before a check can begin, such as a first import of
        TensorFlow: called before the time limit begins to run.
    **common
        What every :class:`Exercise` takes.

    Attributes
    ----------
    known_mistakes : dict
        What is written otherwise than in the reference → what the learner reads;
        see :mod:`.mistakes`.
    same : dict
        Why something makes no difference → names of slips that make none. All other
        slips are told from the reference by the cases; see :mod:`.slips`.
    explains : callable or None
        A way of its own to explain a wrong answer: ``(cases, results) -> (sentence,
        name)``, or ``None`` when it has nothing to say.
    """

    def __init__(
        self,
        chapter: str,
        reference: Callable,
        *,
        cases: Sequence[tuple] | Callable[[np.random.Generator], list[tuple]],
        run: Callable[..., Any] | None = None,
        view: Callable[[Any], Any] | None = None,
        labels: Sequence[str] = (),
        results: Sequence[str] = (),
        rtol: float = 1e-5,
        atol: float = 1e-8,
        slips: bool = True,
        needs: Sequence[Callable[[], Any]] = (),
        **common,
    ):
        super().__init__(chapter, reference.__name__, **common)
        self.slips = slips
        self.needs = tuple(needs)
        self.plain_words: tuple[tuple[str, str], ...] = ()
        self.reference = reference
        self._cases = cases
        self._own_run = run is not None
        self._run = run or (lambda answer, *case: answer(*case))
        self._view = view or (lambda result: result)
        self.labels = tuple(labels)
        self.results = tuple(results)
        self.rtol = rtol
        self.atol = atol
        self.known_mistakes: dict[Edits, str] = {}
        self.same: dict[str, tuple[str, ...]] = {}
        self.explains: Callable | None = None
        self._module = reference.__module__

    def __call__(self, *args, **kwargs):
        """Call the reference, so that one solution can use another's name."""
        return self.reference(*args, **kwargs)

    @property
    def mistakes(self) -> list[Mistake]:
        """Known mistakes: those of the table and those that are functions."""
        return [*self._edited, *self._declared]

    @cached_property
    def _edited(self) -> list[Mistake]:
        """Mistakes of the table, compiled when one is first looked for."""
        if not self.known_mistakes:  # a reference may have no source of its own
            return []
        source, namespace = self.solution_source, vars(sys.modules[self._module])
        return [
            Mistake(
                name="with " + (edits if isinstance(edits, str) else "; ".join(edits)),
                answer=compiled(edited(source, edits), self.name, namespace),
                message=str(message),
                credit=getattr(message, "credit", 0.0),
            )
            for edits, message in self.known_mistakes.items()
        ]

    def mistake(self, message: str, credit: float = 0.0):
        """Declare the decorated wrong function as a known :class:`Mistake`.

        For what an edit of the reference cannot say; see ``known_mistakes``.
        """

        def declare(function):
            self._declared.append(Mistake(function.__name__, function, message, credit))
            return function

        return declare

    @cached_property
    def cases(self) -> list[tuple]:
        """The cases, smallest first."""
        made = callable(self._cases)
        cases = self._cases(np.random.default_rng(0)) if made else self._cases
        return sorted(cases, key=_size)

    @property
    def solution_source(self) -> str:
        """Source of the reference, from its ``def`` on."""
        source = textwrap.dedent(inspect.getsource(self.reference))
        first = ast.parse(source).body[0].lineno - 1
        return "".join(source.splitlines(keepends=True)[first:]).strip()

    def _reference(self) -> Callable:
        return self.reference

    def _is_stand_in(self, answer: Any) -> bool:
        return answer is self.reference or super()._is_stand_in(answer)

    def _describe(self, answer: Any) -> str:
        return textwrap.dedent(inspect.getsource(answer))

    def _verdict(self, answer: Any) -> tuple[Verdict, guard.Outcome]:
        for get_ready in self.needs:
            with suppress(Exception):  # told where it is used, inside the guard
                get_ready()
        found, outcome = super()._verdict(answer)
        if not isinstance(outcome.value, list):  # nothing ran, or not to its end
            return found, outcome
        # Its time was over with the last call: to explain takes time of its own.
        for leisure in (outcome.seconds < self.seconds / 3, None):
            judged = guard.run(
                lambda leisure=leisure: self.judged(answer, outcome.value, leisure),
                SECONDS / 2,
            ).value
            if isinstance(judged, Verdict):
                return judged, outcome
        return found, outcome

    @cached_property
    def runner(self) -> Runner:
        """What calls answers on the cases of this exercise."""
        return Runner(self.cases, self._run, self._view, self.plain_words)

    def _judge(self, answer: Any) -> Verdict | list[Call]:
        """Return a verdict if there is nothing to run, else what came of running."""
        if answer is None or answer is ... or is_stub(answer):
            return _not_attempted("Put your code in place of the `...`.")
        if not callable(answer):
            return Verdict("wrong", paragraphs=[self._not_callable(answer)])
        return self.runner.calls(answer)

    def judged(
        self, answer: Any, calls: list[Call], leisure: bool | None = True
    ) -> Verdict:
        """Judge what came of an answer.

        Parameters
        ----------
        answer : callable
            The answer itself, to look closer where it is wrong.
        calls : list of Call
            What came of it in each case.
        leisure : bool or None
            Whether there is time to look closer; None: not even for an explanation.
        """
        if any(call.unfinished for call in calls):
            return _not_attempted("There is still a `...` where your code belongs.")
        expected = self.calls_of(self.reference)
        with guard.silent():
            faults = [
                fault(target, call, self.rtol, self.atol, self.results)
                for target, call in zip(expected, calls, strict=True)
            ]
        changes = [
            call.changed
            for target, call in zip(expected, calls, strict=True)
            if call.changed and not target.changed
        ]
        if not any(faults) and not changes:
            return self._solved(expected, calls)
        wrong = Wrong(
            answer=answer,
            runner=self.runner,
            expected=expected,
            calls=calls,
            faults=faults,
            mistakes=self.mistakes,
            calls_of=self.calls_of,
            reference=self.reference,
            source=self._slipping_source(),
            name=self.name,
            namespace=vars(sys.modules[self._module]),
            terms=self.terms,
            labels=self._labels(self.cases[0]),
            names=self.results,
            explains=self.explains,
            rtol=self.rtol,
            atol=self.atol,
        )
        found = Explanation("case") if leisure is None else explain(wrong, leisure)
        verdict = Verdict(
            "partly" if found.credit else "wrong",
            found.credit,
            list(found.texts),
            mistake=found.mistake,
            explanation=found.step,
        )
        shown = telling(wrong) if any(faults) else None
        if shown is not None and not found.alone:
            verdict.paragraphs.insert(0, faults[shown])
        if changes and found.step != "declared":  # first, for the rest may follow
            verdict.paragraphs.insert(0, self._said_of_change(changes[0][0]))
        if shown is not None:
            verdict.case.extend(self._case_rows(shown, expected[shown], calls[shown]))
        return verdict

    def _slipping_source(self) -> str:
        """Return the source whose slips explain; '' where there is none."""
        return self.solution_source if self.slips and source_of(self.reference) else ""

    def _solved(self, expected: list[Call], calls: list[Call]) -> Verdict:
        pairs = zip(expected, calls, strict=True)
        forms = [wrong_form(target.result, call.result) for target, call in pairs]
        form = next(filter(None, forms), None)
        if form is None:
            return Verdict("solved", 1.0)
        text = (
            f"The numbers come in {form}. Later cells compute with an array, so the "
            "chapter goes on with the course's own version."
        )
        return Verdict("solved", 1.0, [text], form=form)

    def calls_of(self, answer: Callable) -> list[Call]:
        """Run code of the course: what it prints is not the learner's doing."""
        with guard.silent():
            return self.runner.calls(answer)

    def _not_callable(self, answer: Any) -> str:
        return (
            f"A function named `{self.name}` was expected; this is {kind(answer)}. "
            f"Pass `{self.name}` itself, without calling it."
        )

    def _labels(self, case: tuple) -> list[str]:
        if self.labels:
            return list(self.labels)
        names = list(inspect.signature(self.reference).parameters)
        # Arguments with defaults may be left out; with a `run` of its own an
        # exercise may call in any way.
        if len(names) < len(case) or (self._own_run and len(names) != len(case)):
            return [f"input {i + 1}" for i in range(len(case))]
        return names[: len(case)]

    def _said_of_change(self, position: int) -> str:
        names = self._labels(self.cases[0])
        return (
            f"It changes its input `{names[position]}` in place. Whoever called it "
            "still needs it as it was: compute a new one instead."
        )

    def _case_rows(self, index: int, target: Call, call: Call):
        case = self.cases[index]
        rows = [
            (name, written(value))
            for name, value in zip(self._labels(case), case, strict=False)
        ]
        wanted, came = written_apart(target.result, call.result)
        return [
            *rows,
            ("expected", wanted),
            ("yours", call.error.line if call.error else came),
        ]


class ValueExercise(Exercise):
    """The learner gives a value; the reference is a value too.

    Parameters
    ----------
    chapter, name : str
        Where it belongs and what it is called.
    answer : object
        The right value, a function without arguments that computes it, or, with
        ``given``, a Python expression as text.
    given : mapping of str to object, optional
        The names in the expression. The learner reads them with spaces in place of
        underscores, or as ``terms`` has them.
    **common
        What every :class:`Exercise` takes.
    """

    def __init__(self, chapter: str, name: str, *, answer, given=None, **common):
        super().__init__(chapter, name, **common)
        self._answer = answer
        self.given = given

    @cached_property
    def answer(self) -> Any:
        """The right value; one that must be computed is when first asked for."""
        if self.given is not None:
            return eval(self._answer, {"np": np, **self.given})
        return self._answer() if callable(self._answer) else self._answer

    @property
    def solution_source(self) -> str:
        """The right value as Python writes it."""
        value = self.answer
        if isinstance(value, np.ndarray | np.generic):
            value = value.tolist()
        return repr(value)

    def _reference(self) -> Any:
        return self.answer

    def _add_mistakes(self, mistakes: Sequence[tuple[Any, str]]) -> None:
        for position, (value, message) in enumerate(mistakes, 1):
            self._declared.append(Mistake(f"mistake_{position}", value, message))

    def _judge(self, answer: Any) -> Verdict:
        if answer is None or answer is ...:
            return _not_attempted()
        problem = self._unusable(answer)
        if not problem and self._equal(self.answer, answer):
            return Verdict("solved", 1.0, self._praise())
        with suppress(Exception):  # an answer of another sort fits no mistake
            for mistake in self.mistakes:
                if self._equal(mistake.answer, answer):
                    return self._mistaken(mistake)
            if as_array(answer) is not None and (found := self._slip(answer)):
                return Verdict("wrong", 0.0, found.texts, [], found.mistake, found.step)
        if problem:
            return Verdict("wrong", paragraphs=[problem], explanation="case")
        text, related = self._wrong(answer)
        step = "relation" if related else "case"
        return Verdict("wrong", 0.0, [text], [], related or None, step)

    def _slip(self, answer: Any) -> Explanation | None:
        """Find the slip in the calculation that leads to the answer."""
        if self.given is None:
            return None
        return explained_number(
            answer,
            self._answer,
            self.given,
            self.terms,
            lambda v: self._equal(v, answer) and not self._equal(self.answer, v),
        )

    def _praise(self) -> list[str]:
        return []

    def _unusable(self, answer: Any) -> str | None:
        raise NotImplementedError

    def _equal(self, target: Any, answer: Any) -> bool:
        raise NotImplementedError

    def _wrong(self, answer: Any) -> tuple[str, str]:
        """Return what to say of a wrong answer, and what of it is a relation."""
        return f"{written(answer, 60)} is not it.", ""


class NumberExercise(ValueExercise):
    """The answer is one number.

    Parameters
    ----------
    chapter, name, answer, given
        As for every :class:`ValueExercise`.
    tolerance : float
        Largest absolute difference that still counts as right.
    mistakes : sequence of (number, str)
        Wrong numbers that people arrive at, each with its message.
    unit : str
        What the number counts or measures, for the feedback: ``%`` for per cent.
    **common
        What every :class:`Exercise` takes.
    """

    def __init__(
        self, chapter, name, *, tolerance=1e-9, mistakes=(), unit="", **common
    ):
        super().__init__(chapter, name, **common)
        self.tolerance = tolerance
        self.unit = unit
        self._add_mistakes(mistakes)

    def _unusable(self, answer: Any) -> str | None:
        return _not_a_number(answer)

    def _equal(self, target: Any, answer: Any) -> bool:
        return abs(float(np.asarray(answer).item()) - float(target)) <= self.tolerance

    def _wrong(self, answer: Any) -> tuple[str, str]:
        value, target = float(np.asarray(answer).item()), float(self.answer)
        shown = written(answer, 60)
        if 0 < target <= 1 < value and self._equal(target, value / 100):
            return "That is in per cent. Give it as a share, between 0 and 1.", "%"
        if self.unit == "%" and self._equal(target, value * 100):
            return "That is a share. Give it in per cent.", "share"
        if target and self._equal(-target, value):
            return f"The size of {shown} is right. Is its sign?", "sign"
        if value and target and abs(value) != 1 and self._equal(target, 1 / value):
            return f"{shown} is 1 over what is asked for.", "1 over it"
        if target % 1 == 0 and abs(target) > 20 and abs(value - target) == 1:
            return f"{shown} is next to it: count once more.", "off by one"
        for power in (10.0, 100.0, 1000.0):
            if target and self._equal(target * power, value):
                return f"{shown} is {power:g} times too large.", "power of ten"
            if target and self._equal(target, value * power):
                return f"{shown} is {power:g} times too small.", "power of ten"
        if target and value * target < 0:
            return f"{shown} has the wrong sign.", "sign"
        side = "too large" if value > target else "too small"
        return f"{shown} is {side}.", ""


class ArrayExercise(ValueExercise):
    """The answer is a shape, a list or an array of numbers.

    Parameters
    ----------
    chapter, name, answer, given
        As for every :class:`ValueExercise`.
    rtol, atol : float
        Relative and absolute tolerance.
    mistakes : sequence of (array_like, str)
        Wrong values that people arrive at, each with its message.
    **common
        What every :class:`Exercise` takes.
    """

    def __init__(self, chapter, name, *, rtol=1e-5, atol=1e-8, mistakes=(), **common):
        super().__init__(chapter, name, **common)
        self.rtol = rtol
        self.atol = atol
        self._add_mistakes(mistakes)

    def _unusable(self, answer: Any) -> str | None:
        array = as_array(answer)
        target = np.asarray(self.answer)
        if array is None:
            return f"The answer is made of numbers; this is {kind(answer)}."
        if array.dtype.kind == "c" and target.dtype.kind != "c":
            return "The answer is made of real numbers; these are complex."
        if array.shape == target.shape:
            return None
        if said := relation([()], [target], [array], [True]):
            return " ".join(said)
        if array.ndim == target.ndim == 1:
            return f"This has length {array.size}; the answer has another length."
        return f"The answer has the wrong form: this is {kind(answer)}."

    def _equal(self, target: Any, answer: Any) -> bool:
        return mismatch(np.asarray(target), answer, self.rtol, self.atol) is None

    def _wrong(self, answer: Any) -> tuple[str, str]:
        array, target = as_array(answer), np.asarray(self.answer)
        wrong = ~np.isclose(array, target, self.rtol, self.atol)
        said = relation([()], [target], [array], [True])
        if said:
            return " ".join(said), said[0]
        where = np.argwhere(wrong)
        first = ", ".join(str(int(i)) for i in where[0])
        if len(where) == wrong.size:
            return f"None of the {wrong.size} numbers is right.", ""
        if len(where) == 1 and wrong.size > 2:
            return f"All numbers but one are right; look at [{first}] again.", "one"
        count = f"{len(where)} of {wrong.size} numbers"
        return f"{count} differ; the first at [{first}].", ""


def _not_a_number(answer: Any) -> str | None:
    """Say what is the matter with an answer that should be one number."""
    if isinstance(answer, str):
        return "That is a text. Write the number without quotation marks."
    if callable(answer):
        return "That is a function. The answer is one number."
    if isinstance(answer, tuple) and len(answer) > 1 and _thousands(answer):
        comma = ",".join([str(answer[0]), *(f"{part:03d}" for part in answer[1:])])
        return (
            f"To Python, `{comma}` is {len(answer)} numbers: a comma separates. Write "
            f"`{comma.replace(',', '')}`, or `{comma.replace(',', '_')}` to keep it "
            "readable."
        )
    array = as_array(answer)
    if array is None or array.dtype.kind not in "iuf" or array.size != 1:
        return f"The answer is one number; this is {kind(answer)}."
    if not np.isfinite(array).all():
        return "That is not a finite number."
    return None


def _thousands(answer: tuple) -> bool:
    """Tell whether a tuple looks like a number with commas between thousands."""
    whole = all(type(part) is int for part in answer)
    return whole and all(part == 0 or 100 <= part < 1000 for part in answer[1:])


class ChoiceExercise(ValueExercise):
    """The answer is one of several letters; the notebook prints the options.

    Parameters
    ----------
    chapter, name : str
        Where it belongs and what it is called.
    answer : str
        The right letter.
    options : dict of str to str
        For each letter what the learner reads after choosing it: why it is
        right, or which misconception makes it look right.
    **common
        What every :class:`Exercise` takes.
    """

    def __init__(self, chapter, name, *, options, **common):
        super().__init__(chapter, name, **common)
        self.options = dict(options)
        self._declared = [
            Mistake(letter, letter, message)
            for letter, message in self.options.items()
            if letter != self.answer
        ]

    def _praise(self) -> list[str]:
        return [self.options[self.answer]]

    def _unusable(self, answer: Any) -> str | None:
        return _not_a_letter(answer, self.options)

    def _equal(self, target: Any, answer: Any) -> bool:
        return _letter(answer) == target


class Prediction(Exercise):
    """The learner commits to a guess; :meth:`reveal` meets it with the outcome.

    No guess is wrong. It earns its points by being made, and shows the outcome
    only after the cell that measures it has run.

    Parameters
    ----------
    chapter, name : str
        Where it belongs and what it is called.
    options : dict of str to str, optional
        For each letter what the learner reads if this is how it came out.
        Without options the prediction is a number.
    example : object
        A guess, for the tests and the solved notebook.
    low, high : float
        Smallest and largest number that can come out.
    unit : str
        What the number counts or measures, for the feedback: ``%`` for per cent.
    **common
        What every :class:`Exercise` takes.
    """

    def __init__(
        self,
        chapter,
        name,
        *,
        options=None,
        example,
        low=-np.inf,
        high=np.inf,
        unit="",
        **common,
    ):
        super().__init__(chapter, name, **common)
        self.options = dict(options) if options else None
        self.example = example
        self.low, self.high, self.unit = low, high, unit
        self._guess: Any = None

    @property
    def solution_source(self) -> str:
        """A guess as Python writes it."""
        return repr(self.example)

    def solution(self) -> None:
        """Say that a prediction has no solution: running the next cell shows it."""
        text = "A prediction has no solution. Make a guess, then run on and see."
        display(Feedback("hint", self.title, [text]))

    def hint(self) -> None:
        """Show the next hint, or how to guess where there is none."""
        if self.hints:
            super().hint()
        else:
            self.solution()

    _meanwhile = ""

    def _reference(self) -> None:
        return None

    def _is_stand_in(self, answer: Any) -> bool:
        return answer is self

    def _judge(self, answer: Any) -> Verdict:
        self._guess = None
        if answer is None or answer is ...:
            return _not_attempted("Make a guess first: it is what you learn from.")
        if self.options:
            problem = _not_a_letter(answer, self.options)
        else:
            problem = _not_a_number(answer) or self._out_of_range(answer)
        if problem:
            return Verdict("wrong", paragraphs=[problem])
        self._guess = (
            _letter(answer) if self.options else float(np.asarray(answer).item())
        )
        said = f"{self._guess})" if self.options else written(self._guess)
        more = ""
        if self.unit == "%" and not self.options and 0 < self._guess < 1:
            more = (
                " It is asked for in per cent: if you mean a share, give 100 times it."
            )
        return Verdict("noted", 1.0, [f"You say {said}.{more} Now run on and see."])

    def _out_of_range(self, answer: Any) -> str | None:
        value = float(np.asarray(answer).item())
        if self.low <= value <= self.high:
            return None
        unit = self.unit and (" %" if self.unit == "%" else f" {self.unit}")
        if np.isinf(self.high):
            return f"It cannot come out below {self.low:g}{unit}. Guess again."
        span = f"between {self.low:g} and {self.high:g}{unit}"
        return f"Whatever happens, it comes out {span}. Guess again."

    def reveal(self, outcome: Any) -> None:
        """Show the guess beside what came out.

        Parameters
        ----------
        outcome : str or number
            The letter, or the number, that the notebook has just measured.
        """
        guess = self._guess
        paragraphs = []
        if self.options:
            outcome = _letter(outcome)
            if guess is None:
                paragraphs.append(f"It came out as {outcome}).")
            elif guess == outcome:
                paragraphs.append(f"It came out as {outcome}), as you said.")
            else:
                paragraphs.append(f"You said {guess}); it came out as {outcome}).")
            paragraphs.append(self.options[outcome])
        else:
            said = "" if guess is None else f"You said {written(guess)}; "
            it = "It" if guess is None else "it"
            value = float(outcome)
            text = f"{value:,.0f}" if abs(value) >= 1000 else f"{value:.4g}"
            paragraphs.append(f"{said}{it} came out as {text}.")
        display(Feedback("outcome", self.title, paragraphs))


class TextExercise(Exercise):
    """The learner explains something in words and compares with a model answer.

    Parameters
    ----------
    chapter, name : str
        Where it belongs and what it is called.
    model : str
        A good answer.
    rubric : sequence of str
        What a grader, or the learner, looks for; one point of view each.
    words : int
        Shortest answer that counts as an attempt.
    **common
        What every :class:`Exercise` takes.
    """

    def __init__(self, chapter, name, *, model, rubric, words=15, **common):
        super().__init__(chapter, name, **common)
        self.model = model
        self.rubric = tuple(rubric)
        self.words = words

    @property
    def solution_source(self) -> str:
        """The model answer as Python writes it."""
        return repr(self.model)

    def solution(self) -> None:
        """Show the model answer."""
        kept = self._kept_back()
        kind_ = "hint" if kept else "solution"
        display(Feedback(kind_, self.title, [kept or self.model]))

    _meanwhile = ""

    def _reference(self) -> str:
        return self.model

    def _judge(self, answer: Any) -> Verdict:
        if (
            answer is None
            or answer is ...
            or (type(answer) is str and not answer.strip())
        ):
            return _not_attempted()
        if not isinstance(answer, str):
            text = (
                f"Write your explanation as a text in quotes; this is {kind(answer)}."
            )
            return Verdict("wrong", paragraphs=[text])
        if len(answer.split()) < self.words:
            text = f"Say it in at least {self.words} words, as to a friend who asks."
            return Verdict("wrong", paragraphs=[text])
        if kept := self._kept_back():
            return Verdict("noted", 1.0, ["A person reads your answer.", kept])
        looks = "Does yours say: " + " · ".join(self.rubric)
        return Verdict("noted", 1.0, [f"One way to put it: {self.model}", looks])


def is_stub(answer: Any) -> bool:
    """Tell whether a function or class still has no code of its own.

    A function is a stub when its body, apart from a docstring, is ``...``,
    ``pass`` or ``return None``. A class is one when a method of it is, or when
    it has none.
    """
    if inspect.isclass(answer):
        methods = [
            m for m in vars(answer).values() if isinstance(m, types.FunctionType)
        ]
        return not methods or any(map(_is_unwritten, methods))
    if not isinstance(answer, types.FunctionType) or answer.__name__ == "<lambda>":
        return False
    empty = compile("def f(): ...", "", "exec").co_consts[0]
    code = answer.__code__
    return _operations(code) == _operations(empty) and (
        set(code.co_consts) <= {None, answer.__doc__}
    )


def _is_unwritten(method: types.FunctionType) -> bool:
    """Tell whether a method is a stub; `pass` may be all that it is to do."""
    return is_stub(method) and "pass" not in source_of(method)


def _operations(code: types.CodeType) -> list[str]:
    return [instruction.opname for instruction in dis.get_instructions(code)]


def _not_attempted(
    text: str = "Write your answer in place of `None`.",
) -> Verdict:
    return Verdict("not attempted", paragraphs=[text])


def _size(case: Any) -> int:
    if isinstance(case, tuple | list):
        return sum(_size(value) for value in case)
    return int(np.size(case)) if as_array(case) is not None else 1


def _letter(answer: Any) -> str:
    return str(answer).strip().strip(").(").lower()


def _not_a_letter(answer: Any, options: dict[str, str]) -> str | None:
    letters = ", ".join(f'"{letter}"' for letter in options)
    if not isinstance(answer, str) or _letter(answer) not in options:
        return f"Choose one of the letters {letters}, in quotation marks."
    return None


class _GivenInt(int):
    """A whole number that the engine handed out."""

    __repr__ = int.__repr__


class _GivenFloat(float):
    """A number that the engine handed out."""

    __repr__ = float.__repr__


class _GivenTuple(tuple):
    """A tuple, a shape for instance, that the engine handed out."""


class _GivenStr(str):
    """A text that the engine handed out."""

    __repr__ = str.__repr__


def _recognisable(value: Any) -> Any:
    """Return an equal value with an identity of its own.

    Python shares small numbers, short texts and empty tuples, so that the
    reference could not be told from a learner's equal answer.
    """
    for given in (_GivenInt, _GivenFloat, _GivenStr, _GivenTuple):
        if type(value) is given.__base__:
            return given(value)
    return value if callable(value) else copy.copy(value)
