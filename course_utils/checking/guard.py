"""Run a learner's code so that nothing of it escapes: see :func:`run`."""

import _thread
import ctypes
import io
import logging
import signal
import sys
import threading
import time
import warnings
from collections.abc import Callable, Iterator
from contextlib import contextmanager, redirect_stderr, redirect_stdout
from dataclasses import dataclass, field
from functools import partial
from typing import Any

import numpy as np

from course_utils.runtime import muted_descriptors

_KEEP = 2000  # characters of a learner's printing that are kept


class TimeLimitError(BaseException):
    """Raised inside a learner's code when its time is up.

    Not an ``Exception``, so that ``except Exception`` does not catch it.
    """


@dataclass
class Outcome:
    """What became of a guarded call.

    Attributes
    ----------
    value : object
        What the function returned, ``None`` when it failed.
    error : BaseException or None
        What it raised; a :class:`TimeLimitError` when its time was up.
    printed : str
        What it printed, at most 2,000 characters of it.
    warnings : list of str
        The warnings it caused, each once, at most three.
    seconds : float
        How long it took.
    """

    value: Any = None
    error: BaseException | None = None
    printed: str = ""
    warnings: list[str] = field(default_factory=list)
    seconds: float = 0.0


class _Bounded(io.StringIO):
    """A text stream that keeps its beginning and drops the rest."""

    def write(self, text: str) -> int:
        room = _KEEP - self.tell()
        if room > 0:
            super().write(text[:room])
        return len(text)

    def close(self) -> None:
        """Stay readable: a learner's code may close what it prints to."""


def run(function: Callable[[], Any], seconds: float) -> Outcome:
    """Call ``function`` and let neither exceptions nor output escape.

    Parameters
    ----------
    function : callable without arguments
        The code to run.
    seconds : float
        Time limit. Python code is stopped when it is over; a single call of
        compiled code that never looks up (a huge matrix product, say) is
        stopped as soon as it returns.

    Returns
    -------
    Outcome
        Never raises, whatever ``function`` does short of ending the process.
    """
    outcome = Outcome()
    printed = _Bounded()
    with (
        warnings.catch_warnings(record=True) as caught,
        np.errstate(),
        muted_descriptors(1, 2),
        _no_logging(),
        redirect_stdout(printed),
        redirect_stderr(printed),
    ):
        warnings.simplefilter("default")
        started = time.monotonic()
        try:
            outcome.value = _limited(function, seconds)
        except BaseException as error:
            outcome.error = error
        outcome.seconds = time.monotonic() - started
    outcome.printed = printed.getvalue()
    for warning in caught:
        # A warning may be an object of the learner's own making.
        try:
            text = f"{warning.category.__name__}: {warning.message}"[:200]
        except BaseException:
            continue
        if text not in outcome.warnings and len(outcome.warnings) < 3:
            outcome.warnings.append(text)
    return outcome


@contextmanager
def silent() -> Iterator[None]:
    """Drop what the course's own code prints and warns of inside :func:`run`."""
    with (
        warnings.catch_warnings(),
        redirect_stdout(_Bounded()),
        redirect_stderr(_Bounded()),
    ):
        warnings.simplefilter("ignore")
        yield


@contextmanager
def _no_logging() -> Iterator[None]:
    """Silence loggers: their handlers hold on to the stderr of their birth."""
    before = logging.root.manager.disable
    logging.disable(logging.CRITICAL)
    try:
        yield
    finally:
        logging.disable(before)


def _limited(function: Callable[[], Any], seconds: float) -> Any:
    in_main_thread = threading.current_thread() is threading.main_thread()
    if hasattr(signal, "setitimer") and in_main_thread:
        return _limited_by_signal(function, seconds)
    return _limited_by_thread(function, seconds)


def _limited_by_signal(function: Callable[[], Any], seconds: float) -> Any:
    """Stop by an alarm; somebody else's alarm is put back afterwards."""
    armed, alarms = True, 0
    # An iterator whose every step is one more alarm.
    more = iter(partial(_thread.interrupt_main, signal.SIGALRM), True)

    def on_alarm(number, frame):
        nonlocal alarms
        if not armed:
            return
        alarms += 1
        if alarms > 1:
            # The code catches everything, in a loop. So the next alarm is there
            # already when this one is caught: Python finds it between the
            # `except` and the next turn, from where only a loop around that one
            # can catch it, and there the one after that waits. A `for` statement,
            # since Python looks for alarms after a call, and so in here.
            for _ in more:
                raise TimeLimitError
        raise TimeLimitError

    trace_before = sys.gettrace()
    handler_before = signal.signal(signal.SIGALRM, on_alarm)
    started = time.monotonic()
    timer_before = signal.setitimer(signal.ITIMER_REAL, seconds, 0.02)
    try:
        try:
            return function()
        finally:
            armed = False
    finally:
        signal.setitimer(signal.ITIMER_REAL, 0)
        # None: a handler that Python did not install and cannot put back.
        signal.signal(signal.SIGALRM, handler_before or signal.SIG_DFL)
        sys.settrace(trace_before)  # a `breakpoint()` that was left in sets one
        if timer_before[0]:
            left = timer_before[0] - (time.monotonic() - started)
            signal.setitimer(signal.ITIMER_REAL, max(left, 0.001), timer_before[1])


def _limited_by_thread(function: Callable[[], Any], seconds: float) -> Any:
    """Stop by an exception sent to a thread: Windows has no alarm."""
    box: dict[str, Any] = {}

    def work():
        try:
            box["value"] = function()
        except BaseException as error:
            box["error"] = error

    worker = threading.Thread(target=work, daemon=True)
    worker.start()
    try:
        worker.join(seconds)
    finally:  # also when the reader interrupts the wait
        _end(worker)
    if worker.is_alive():  # left behind as a daemon: it cannot be ended
        raise TimeLimitError
    if "error" in box:
        raise box["error"]
    return box.get("value")


def _end(worker: threading.Thread) -> None:
    """Send a thread exceptions for up to a second, until it has ended."""
    for _ in range(20):
        if not worker.is_alive():
            return
        ctypes.pythonapi.PyThreadState_SetAsyncExc(
            ctypes.c_ulong(worker.ident), ctypes.py_object(TimeLimitError)
        )
        worker.join(0.05)
