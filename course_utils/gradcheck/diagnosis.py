"""Say what is wrong with a backward pass: see :func:`diagnose`."""

from collections.abc import Callable, Iterable
from dataclasses import dataclass, replace
from typing import Any

import numpy as np

from course_utils.checking.show import Feedback

from .attempt import Attempt, evidence_of, first_wrong, read_result, run_on
from .faults import ALIKE, Fault, in_words
from .location import find_unlisted, walked_back
from .network import forward, random_network
from .numerical import flat, norm, relative_error
from .search import explain
from .words import described, listed


@dataclass(frozen=True, repr=False)
class Diagnosis:
    """What :func:`diagnose` found out.

    Attributes
    ----------
    correct : bool
        Whether loss and gradients agree with the reference everywhere.
    causes : tuple of str
        Names of the faults it behaves like: keys of :data:`CANDIDATES`, ``a gate
        that never closes`` (the same behaviour as ``no gate``), ``lost digits``,
        ``wrong loss``, ``changed inputs``, ``keeps state``. Empty when it is
        correct or the cause is unknown.
    explanations : tuple of tuples of (str, int)
        Each one explains all that was seen: one fault, or two together, with
        the layer of each (0: wherever it can sit).
    first_wrong : tuple of str
        The tensors where the numbers part first, walking back from the loss:
        ``("loss",)`` or the wrong ones of one layer.
    paragraphs : tuple of str
        The evidence, the cause, what to look at.
    title : str
        The network that the evidence is about.
    evidence : int
        How many of the paragraphs say what is right and what is wrong.
    """

    correct: bool
    causes: tuple[str, ...] = ()
    explanations: tuple[tuple[Fault, ...], ...] = ()
    first_wrong: tuple[str, ...] = ()
    paragraphs: tuple[str, ...] = ()
    title: str = "The backward pass"
    evidence: int = 0

    @property
    def text(self) -> str:
        """The paragraphs, one below the other."""
        return "\n".join(self.paragraphs)

    def _feedback(self) -> Feedback:
        status = "solved" if self.correct else "wrong"
        return Feedback(status, self.title, list(self.paragraphs))

    def __repr__(self) -> str:
        return repr(self._feedback())

    def _repr_html_(self) -> str:
        return self._feedback()._repr_html_()


def diagnose(
    backward: Callable,
    widths: tuple[int, ...] = (5, 4, 3),
    batch: int = 6,
    seed: int = 0,
) -> Diagnosis:
    """Say what is wrong with a backward pass.

    It is run on a random network of the given widths and on others with as many
    layers: without square layers, with nothing but square ones, with one example
    and with few examples and many units. Then the known faults, and every two
    together, are tried from the loss inwards until the same numbers come out.

    Parameters
    ----------
    backward : callable
        ``backward(X, y, params) -> (loss, grads)``; see the top of this module
        for ``params``. ``grads`` is a list of (dW, db) pairs.
    widths : tuple of int
        Inputs, hidden units of each layer, classes.
    batch : int
        Number of examples N.
    seed : int
        Seed of the random networks.

    Returns
    -------
    Diagnosis
        Whatever the function does: errors, wrong shapes and endless loops are
        told in it.

    Raises
    ------
    ValueError
        When ``widths`` or ``batch`` describe no network.
    """
    widths = _require_network(widths, batch)
    if not callable(backward):
        text = f"There is no function to look at: this is {described(backward)}."
        return Diagnosis(False, paragraphs=(text,))
    layers = len(widths) - 1
    uneven, wide = tuple(range(3, layers + 4)), tuple(range(layers + 6, 5, -1))
    square = [((size,) * (layers + 1), n) for size, n in ((4, 6), (5, 1))]
    shapes = [(widths, batch), (uneven, layers + 5), *square, (wide, 3)]
    rng = np.random.default_rng(seed)
    networks = [random_network(*shape, rng) for shape in shapes]
    first, again = (run_on(backward, networks[0]) for _ in range(2))
    if first.hopeless:
        return _without_numbers(first)
    attempts = [first]
    for network in networks[1:]:
        attempts.append(run_on(backward, network))
        if attempts[-1].hopeless:
            return _with_side_effects(_without_numbers(attempts[-1]), attempts, again)
    steady = first.grads is None or _repeats(first, again)
    return _with_side_effects(_judge(attempts, backward, steady), attempts, again)


def explain_backward(results: Iterable[tuple]) -> tuple[str, str | None] | None:
    """Say from the loss inwards what is wrong with gradients that are there already.

    Parameters
    ----------
    results : iterable of (X, y, params, loss, grads)
        What a backward pass was given, and what it returned, for some networks:
        the more they differ in depth, widths and batch, the more they can tell.

    Returns
    -------
    (sentence, name) or None
        What a learner reads, and the fault that gives the same numbers on all
        networks, a key of :data:`CANDIDATES`. The name is ``None`` where no fault
        or more than one does. Nothing at all where everything is right or
        something cannot be read as gradients.
    """
    attempts = [
        read_result((loss, grads), forward(np.asarray(X, float), np.asarray(y), params))
        for X, y, params, loss, grads in results
    ]
    if any(a.grads is None for a in attempts) or all(a.grads_right for a in attempts):
        return None
    found = _judge(attempts)
    shown = next(a for a in attempts if not a.grads_right)
    names = {name for faults in found.explanations for name, _ in faults}
    told = [walked_back(shown), *found.paragraphs[found.evidence :]]
    return " ".join(dict.fromkeys(told)), names.pop() if len(names) == 1 else None


def _require_network(widths: Any, batch: Any) -> tuple[int, ...]:
    def whole(number):
        return isinstance(number, int | np.integer) and number >= 1

    try:
        widths = tuple(widths)
    except TypeError:
        widths = ()
    if len(widths) < 2 or not all(map(whole, widths)) or widths[-1] < 2:
        raise ValueError(
            "Give widths as whole numbers, inputs first, and at least 2 classes last: "
            "(5, 4, 3), for example."
        )
    if not whole(batch):
        raise ValueError(f"The batch is {batch!r}; it must be a whole number above 0.")
    return tuple(int(width) for width in widths)


def _without_numbers(attempt: Attempt) -> Diagnosis:
    return Diagnosis(
        False, paragraphs=(attempt.problem,), title=f"Network {attempt.network.words}"
    )


def _with_side_effects(found, attempts, again) -> Diagnosis:
    """Add what a function does besides computing."""
    causes, paragraphs = list(found.causes), list(found.paragraphs)
    changed = list(dict.fromkeys(name for a in attempts for name in a.changed))
    if changed:
        causes.append("changed inputs")
        paragraphs.append(
            f"While it ran, your function changed {listed(changed)}. It should only "
            "read its arguments: look for `-=`, `+=`, `[...] =` and methods that work "
            "in place."
        )
    if attempts[0].grads is not None and not _repeats(attempts[0], again):
        causes.append("keeps state")
        paragraphs.append(
            "Called twice with the same arguments, your function gave two different "
            "answers. Something is kept from one call to the next, or is random: look "
            "for names that live outside the function, and for lists that stand in "
            "its first line as a default."
        )
    if len(causes) == len(found.causes):
        return found
    return replace(
        found, correct=False, causes=tuple(causes), paragraphs=tuple(paragraphs)
    )


def _repeats(first: Attempt, again: Attempt) -> bool:
    """Tell whether a second call gave what the first one gave."""
    return again.grads is not None and all(
        a.shape == b.shape and np.allclose(a, b, rtol=1e-4, atol=1e-12)
        for a, b in zip(flat(first.grads), flat(again.grads), strict=True)
    )


def _judge(attempts: list[Attempt], backward=None, steady: bool = True) -> Diagnosis:
    """Judge the numbers; ``backward`` may be asked for more of them."""
    wrong = [attempt for attempt in attempts if not attempt.right]
    if not wrong:
        return _all_right(attempts)
    numbers = [attempt for attempt in wrong if attempt.grads is not None]
    if not numbers:
        return _no_numbers(attempts, wrong[0])
    shown = next((a for a in numbers if not a.grads_right), numbers[0])
    evidence = evidence_of(attempts, shown)
    found = Diagnosis(
        False,
        first_wrong=first_wrong(shown),
        title=f"Network {shown.network.words}",
        evidence=len(evidence),
    )
    faults: list = []
    if all(attempt.grads_right for attempt in numbers):
        causes, told = ("wrong loss",), [_loss_only(shown)]
    elif faults := explain(attempts):
        names = [name for items in faults for name, _, _ in items]
        causes = tuple(n for name in names for n in (name, *ALIKE.get(name, ())))
        told = in_words(faults, max(len(a.network.params) for a in attempts))
    elif steady:
        causes, told = find_unlisted(attempts, shown, backward)
    else:
        causes, told = (), []
    return replace(
        found,
        causes=tuple(dict.fromkeys(causes)),
        explanations=tuple(tuple(item[:2] for item in items) for items in faults),
        paragraphs=(*evidence, *told),
    )


def _no_numbers(attempts: list[Attempt], stopped: Attempt) -> Diagnosis:
    """Say where it stops, and where it runs."""
    lines = [f"On a network {stopped.network.words}: {stopped.problem}"]
    fine = [attempt for attempt in attempts if attempt.right]
    if fine:
        lines.append(
            f"On {listed(a.network.words for a in fine)} the gradients are right, "
            "so look for a number that is written out where a shape belongs."
        )
    return Diagnosis(False, paragraphs=tuple(lines), title="It does not run through")


def _all_right(attempts: list[Attempt]) -> Diagnosis:
    words = [attempt.network.words for attempt in attempts]
    error = max(
        relative_error(a, b)
        for attempt in attempts
        for a, b in zip(flat(attempt.grads), flat(attempt.network.grads), strict=True)
        if max(norm(a), norm(b)) > attempt.network.floor
    )
    text = (
        f"Loss and gradients agree with the reference on {listed(words)}; the largest "
        f"relative error is {error:.0e}."
    )
    if error > 1e-9:
        kept = "in float32" if attempts[0].single else "somewhere on the way in float32"
        text += (
            f" That is what computing {kept} leaves, which keeps seven digits: the "
            f"tolerance here is {attempts[0].tolerance:.0e}. In float64 the error "
            "would be near 1e-16."
        )
    return Diagnosis(True, paragraphs=(text,), title=f"Network {words[0]}")


def _loss_only(attempt: Attempt) -> str:
    if attempt.loss_summed:
        return (
            "The gradients are those of the mean loss, but the loss that you return is "
            "the sum: look at the line that adds up the examples' losses."
        )
    return (
        "The gradients are right and the returned loss is not. Look at the line of the "
        "loss: the mean over the examples of minus the log of the probability that the "
        "true class gets."
    )
