"""Whatever a learner's code does, it ends, and nothing of it escapes."""

import logging
import os
import signal
import sys
import threading
import time
import warnings
from contextlib import suppress
from functools import partial

import numpy as np
import pytest

from course_utils.checking import guard

needs_alarm = pytest.mark.skipif(
    not hasattr(signal, "setitimer"), reason="this platform has no alarm"
)


def run_in_a_thread(function, seconds):
    """Run as where no alarm can ring: outside of the main thread, on Windows."""
    outcomes = []
    thread = threading.Thread(
        target=lambda: outcomes.append(guard.run(function, seconds))
    )
    thread.start()
    thread.join(10)
    return outcomes[0]


anywhere = pytest.mark.parametrize("run", [guard.run, run_in_a_thread])


@anywhere
def test_the_value_is_handed_on(run):
    assert run(lambda: 42, 1).value == 42


@anywhere
@pytest.mark.parametrize(
    "error", [ValueError, SystemExit, KeyboardInterrupt, GeneratorExit, RecursionError]
)
def test_an_exception_is_kept_and_not_raised(run, error):
    def fails():
        raise error

    outcome = run(fails, 1)
    assert isinstance(outcome.error, error)
    assert outcome.value is None


def test_printing_is_kept_up_to_a_bound(capfd):
    outcome = guard.run(lambda: [print("x" * 100) for _ in range(1000)], 5)
    assert outcome.printed.startswith("xxx")
    assert len(outcome.printed) <= 2000
    assert capfd.readouterr() == ("", "")


def test_writing_to_the_descriptors_does_not_escape(capfd):
    def noisy():
        os.write(1, b"one")
        os.write(2, b"two")
        print("three", file=sys.stderr)
        print("four", file=sys.__stderr__)

    guard.run(noisy, 1)
    os.write(2, b"after")
    assert capfd.readouterr() == ("", "after")


def test_a_logger_set_up_before_does_not_escape(capfd):
    logger = logging.getLogger("a learner's")
    handler = logging.StreamHandler(sys.stderr)
    logger.addHandler(handler)
    try:
        guard.run(lambda: logger.error("trouble"), 1)
        assert capfd.readouterr().err == ""
        logger.error("afterwards")
        assert capfd.readouterr().err == "afterwards\n"
    finally:
        logger.removeHandler(handler)


def test_closing_the_output_does_no_harm():
    def closes():
        print("said before")
        sys.stdout.close()
        sys.stderr.close()

    assert guard.run(closes, 1).printed == "said before\n"


def test_warnings_are_kept_each_once_and_at_most_three():
    def warns():
        for i in range(10):
            warnings.warn(f"number {i // 2}", stacklevel=1)

    kept = guard.run(warns, 1).warnings
    assert kept == [f"UserWarning: number {i}" for i in range(3)]


def test_a_warning_that_cannot_be_written_is_left_out():
    class Odd(UserWarning):
        said = False

        def __str__(self):
            if self.said:
                raise SystemExit
            self.said = True
            return "once only"

    outcome = guard.run(lambda: warnings.warn(Odd(), stacklevel=1), 1)
    assert outcome.warnings == []
    assert outcome.error is None


def test_settings_and_outputs_that_the_code_replaces_are_put_back():
    def settings():
        return np.geterr(), list(warnings.filters), sys.stdout, sys.stderr

    def replaces():
        np.seterr(all="raise")
        warnings.simplefilter("error")
        sys.stdout = sys.stderr = None

    before = settings()
    guard.run(replaces, 1)
    assert settings() == before


def test_silent_code_leaves_nothing_behind():
    def course_code():
        with guard.silent():
            print("printed by the course")
            warnings.warn("warned by the course", stacklevel=1)
        print("by the learner")

    outcome = guard.run(course_code, 1)
    assert outcome.printed == "by the learner\n"
    assert outcome.warnings == []


def sleep():
    time.sleep(60)


def stubborn(depth):
    """Never end, and catch everything in as many loops as that."""
    if depth == 0:
        while True:
            pass
    while True:
        try:  # noqa: SIM105
            stubborn(depth - 1)
        except BaseException:
            pass


spin = partial(stubborn, 0)


def suppressing():
    while True:
        with suppress(BaseException):
            while True:
                with suppress(BaseException):
                    time.sleep(0.001)


ENDLESS = [spin, sleep, *(partial(stubborn, n) for n in (1, 2, 10)), suppressing]


@needs_alarm
@pytest.mark.parametrize("endless", ENDLESS)
def test_endless_code_is_stopped_in_the_main_thread(endless):
    started = time.monotonic()
    outcome = guard.run(endless, 0.2)
    assert isinstance(outcome.error, guard.TimeLimitError)
    assert time.monotonic() - started < 2


@needs_alarm
@pytest.mark.parametrize("before", [None, lambda *_: None])
@pytest.mark.parametrize("code", [int, spin, lambda: sys.settrace(lambda *_: None)])
def test_a_debuggers_trace_function_stays_and_a_breakpoint_leaves_none(code, before):
    measuring = sys.gettrace()  # where somebody measures which lines are tested
    sys.settrace(before)
    try:
        guard.run(code, 0.1)
        assert sys.gettrace() is before
    finally:
        sys.settrace(measuring)


@needs_alarm
@pytest.mark.parametrize(("due", "busy"), [(0.4, 0.1), (0.05, 0.3)])
def test_the_alarm_of_somebody_else_rings_in_time_or_when_the_code_has_ended(due, busy):
    rang = []
    before = signal.signal(signal.SIGALRM, lambda *_: rang.append(time.monotonic()))
    try:
        started = time.monotonic()
        signal.setitimer(signal.ITIMER_REAL, due)
        assert guard.run(lambda: time.sleep(busy), 5).error is None
        time.sleep(0.5)
        expected = pytest.approx(max(due, busy), abs=0.1)
        assert [moment - started for moment in rang] == [expected]
    finally:
        signal.setitimer(signal.ITIMER_REAL, 0)
        signal.signal(signal.SIGALRM, before)


@needs_alarm
def test_a_check_inside_a_check_keeps_the_outer_time_limit():
    def outer():
        guard.run(spin, 0.1)
        spin()

    started = time.monotonic()
    assert isinstance(guard.run(outer, 0.4).error, guard.TimeLimitError)
    assert time.monotonic() - started < 2


def test_endless_code_is_stopped_in_a_thread(capfd):
    started = time.monotonic()
    before = threading.active_count()
    outcome = run_in_a_thread(spin, 0.2)
    assert isinstance(outcome.error, guard.TimeLimitError)
    assert time.monotonic() - started < 2
    assert threading.active_count() == before
    assert capfd.readouterr() == ("", "")


def test_a_thread_that_catches_everything_is_left_behind_in_time():
    enough = threading.Event()

    def catches_everything():
        while not enough.is_set():
            with suppress(BaseException):
                while not enough.is_set():
                    time.sleep(0.001)

    started = time.monotonic()
    outcome = run_in_a_thread(catches_everything, 0.1)
    enough.set()
    assert isinstance(outcome.error, guard.TimeLimitError)
    assert time.monotonic() - started < 3


def test_an_interrupted_wait_stops_the_thread(monkeypatch):
    interrupted = []
    join = threading.Thread.join

    def interrupted_once(thread, timeout=None):
        if not interrupted:
            interrupted.append(thread)
            raise KeyboardInterrupt
        join(thread, timeout)

    monkeypatch.setattr(threading.Thread, "join", interrupted_once)
    with pytest.raises(KeyboardInterrupt):
        guard._limited_by_thread(spin, 5)
    assert not interrupted[0].is_alive()
