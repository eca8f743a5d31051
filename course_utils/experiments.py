"""The experiment log: every run with its settings, seed, curves and time.

It is kept in the learner's store, each run in a transaction of its own. What
cannot be written (a full or read-only disk) costs one printed sentence: the run
then stays in memory, and the lesson goes on.
"""

import json
import uuid
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime

from course_utils import store


@dataclass(frozen=True)
class Run:
    """One run of an experiment.

    Attributes
    ----------
    question : str
        What the run was made to find out.
    settings : dict
        Every setting, also those that were not changed.
    seed : int
        What the random numbers started from.
    curves : dict of str to list of float
        One value for each epoch; ``val_accuracy`` is what tables show.
    seconds : float
        How long it took.
    started : str
        When it was written down, in UTC.
    """

    question: str
    settings: dict
    seed: int
    curves: dict
    seconds: float
    started: str

    @property
    def result(self) -> float:
        """The validation accuracy after the last epoch."""
        return self.curves["val_accuracy"][-1]


class Log:
    """The log of this notebook; :meth:`add` writes, :meth:`runs` reads."""

    def __init__(self):
        self.session = uuid.uuid4().hex
        self._unwritten: list[tuple] = []

    def add(self, question: str, record: dict) -> None:
        """Write a run down; never raises for want of room or rights.

        Parameters
        ----------
        question : str
            What the run was made to find out.
        record : dict
            ``settings``, ``seed``, ``curves`` and ``seconds``, as in
            :class:`Run`; plain numbers, texts, lists and dicts.

        Raises
        ------
        TypeError
            If the record holds what JSON cannot express, a NumPy number say.
        """
        now = datetime.now(UTC).isoformat(timespec="milliseconds")
        settings, curves = (json.dumps(record[name]) for name in ("settings", "curves"))
        seed, seconds = int(record["seed"]), float(record["seconds"])
        row = (self.session, now, question, settings, seed, curves, seconds)
        try:
            _, notice = store.use(lambda c: store.insert(c, "runs", row), write=True)
            if notice:
                print(notice)
        except store.REFUSED as error:
            if not self._unwritten:
                print(
                    store.explained("This run was not written to the log", error),
                    "It is kept in memory until the notebook ends.",
                )
            self._unwritten.append(row)

    def runs(self, *questions: str, everything: bool = False) -> list[Run]:
        """Return runs in the order in which they were written.

        Parameters
        ----------
        *questions : str
            Only runs made for one of these; all questions when none is named.
        everything : bool
            Also the runs of other notebooks and earlier sessions.
        """
        select = f"SELECT {', '.join(store.TABLES['runs'])} FROM runs ORDER BY number"
        try:
            found, notice = store.use(lambda c: list(map(_run, c.execute(select))))
        except store.REFUSED as error:
            found, notice = [], store.explained("The log could not be read", error)
        if notice:
            print(notice)
        return [
            run
            for session, run in [*found, *map(_run, self._unwritten)]
            if (everything or session == self.session)
            and (not questions or run.question in questions)
        ]


def _run(row: tuple) -> tuple[str, Run]:
    """Return the session that a row belongs to, and its run."""
    session, started, question, settings, seed, curves, seconds = row
    settings, curves = json.loads(settings), json.loads(curves)
    return session, Run(question, settings, seed, curves, seconds, started)


def table(runs: Sequence[Run], base: dict) -> str:
    """Return runs as lines of text: what was changed, seed, result, seconds.

    Parameters
    ----------
    runs : sequence of Run
    base : dict
        The settings to compare with; only what differs from them is shown.
    """
    lines = [f"{'question':14} {'changed':36} seed  valid. accuracy  seconds"]
    for run in runs:
        changed = changes(base, run.settings)
        text = ", ".join(f"{name} {value}" for name, value in changed.items())
        lines.append(
            f"{run.question:14} {text or '–':36} {run.seed:4d} "
            f"{run.result:16.1%} {run.seconds:8.2f}"
        )
    return "\n".join(lines)


def changes(base: dict, settings: dict) -> dict:
    """Return the settings that are not those of ``base``."""
    return {
        name: value
        for name, value in settings.items()
        if name not in base or base[name] != value
    }
