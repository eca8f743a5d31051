"""The training monitor without a notebook: what is kept, said and drawn."""

import math
import signal
import subprocess
import sys
import xml.etree.ElementTree as ET
from itertools import pairwise
from types import SimpleNamespace

import pytest

from course_utils.widgets import monitor_view as view
from course_utils.widgets.monitor import monitor
from course_utils.widgets.monitor_view import Record


def run(losses, stop_at=None, **more):
    with monitor(epochs=len(losses), **more) as m:
        for epoch, loss in enumerate(losses):
            params = [epoch]
            if epoch == stop_at:
                signal.raise_signal(signal.SIGINT)
            m.update(loss=loss / 2, val_loss=loss, keep=params)
            params[0] = "changed"
            if m.stopped:
                break
    return m


def test_importing_the_monitor_loads_neither_keras_nor_matplotlib():
    code = (
        "import sys, course_utils.widgets.monitor;"
        "print(sorted({'keras', 'tensorflow', 'matplotlib'} & set(sys.modules)))"
    )
    done = subprocess.run(
        [sys.executable, "-c", code], capture_output=True, text=True, check=True
    )
    assert done.stdout.strip() == "[]"


def test_the_best_weights_are_copied_and_an_epoch_of_nan_is_never_best():
    m = run([3.0, 1.0, math.nan, 2.0])
    assert (m.best, m.best_epoch, m.stopped) == ([1], 2, False)
    assert m.history["val_loss"][3] == 2.0


def test_an_interrupt_ends_the_loop_cleanly_and_the_next_one_is_pythons(capsys):
    before = signal.getsignal(signal.SIGINT)
    m = run([3.0, 1.0, 2.0, 0.5], stop_at=2)
    assert (m.stopped, m.best, len(m.history["loss"])) == (True, [1], 3)
    assert signal.getsignal(signal.SIGINT) is before
    said = capsys.readouterr().out
    assert "Stopped by you after epoch 3 of 4" in said
    assert "epoch 2 are in `best`: it had the lowest validation loss, 1." in said


def test_a_loop_that_does_not_stop_can_still_be_broken_off(monkeypatch, capsys):
    monkeypatch.setattr("course_utils.widgets.monitor._BETWEEN_INTERRUPTS", 0)

    def deaf_loop():
        with monitor(epochs=2) as m:
            m.update(loss=1.0)
            signal.raise_signal(signal.SIGINT)
            signal.raise_signal(signal.SIGINT)

    with pytest.raises(KeyboardInterrupt):
        deaf_loop()
    assert "broke off" in capsys.readouterr().out


def test_an_epoch_cut_short_is_shown_where_it_ended():
    with monitor(epochs=4, steps=10) as m:
        m.update(loss=2.0)
        for _ in range(5):
            m.step(loss=1.0)
        m.stopped = True
        m.update(loss=1.0)
    assert m._record.ends == [1.0, 1.5]
    assert '<th scope="row">1.5</th>' in view.page(m._record, final=True)


def watched(monkeypatch, epochs, seconds, pictures=()):
    """Train by a clock of our own; return the monitor and what it said when.

    An epoch takes `seconds`, the first pictures `pictures`, others no time.
    """
    clock, said, shown, took = [0.0], [], [], iter(pictures)

    def show(record):
        shown.append(clock[0])
        clock[0] += next(took, 0.0)

    monkeypatch.setattr("time.perf_counter", lambda: clock[0])
    m = monitor(epochs=1000)
    m._start()
    m._display = SimpleNamespace(
        say=lambda sentence: said.append((clock[0], sentence)), show=show
    )
    for epoch in range(epochs):
        clock[0] += seconds
        m.update(loss=1000 - epoch)
    assert [moment for moment, _ in said] == shown
    return m, said


def test_of_very_short_epochs_all_are_kept_and_few_are_said(monkeypatch):
    m, said = watched(monkeypatch, 1000, 0.001)
    assert len(m.history["loss"]) == 1000
    assert 4 <= len(said) <= 6, "five a second at most, in a second"
    assert "801" in said[-1][1], "the latest epoch, not one of those left out"


def test_a_picture_that_took_long_does_not_silence_the_monitor(monkeypatch):
    # The computer was busy with something else.
    _, said = watched(monkeypatch, 100, 0.2, pictures=[3.0])
    waits = [later - earlier for (earlier, _), (later, _) in pairwise(said)]
    assert waits[0] <= 3 + 2.5
    assert max(waits[1:]) <= 0.5


@pytest.mark.parametrize("final", [False, True])
def test_every_state_of_a_training_can_be_drawn(final):
    nothing = Record(epochs=3)
    nan = Record(3, {"loss": [math.nan], "<b>": [math.inf]}, [1.0])
    long = Record(5000, {"loss": [1.0] * 5000}, [e + 1.0 for e in range(5000)])
    for record in (nothing, nan, long):
        page = view.page(record, final)
        assert len(page) < 60_000
        assert "<b>" not in page
        for quantity in record.quantities:
            ET.fromstring(view.panel(record, quantity))
        assert view.picture(record).startswith(b"\x89PNG")


@pytest.mark.parametrize(
    ("low", "high"), [(0, 1), (0.0301, 0.0302), (-5, 3e6), (2, 2), (0, 0)]
)
def test_ticks_are_few_even_and_enclose_the_values(low, high):
    ticks = view.nice_ticks(low, high)
    assert ticks[0] <= low <= high <= ticks[-1]
    assert 2 <= len(ticks) <= 7
    gaps = [b - a for a, b in pairwise(ticks)]
    assert max(gaps) == pytest.approx(min(gaps))


KERAS = """
import signal
import numpy as np, keras
from course_utils.widgets.monitor import TrainingMonitor

class Interrupt(keras.callbacks.Callback):
    def on_train_batch_end(self, batch, logs=None):
        if (self.model.optimizer.iterations.numpy(), ) == (25, ):
            signal.raise_signal(signal.SIGINT)

rng = np.random.default_rng(0)
x, y = rng.normal(size=(100, 5)), rng.normal(size=(100, 1))
model = keras.Sequential([keras.Input((5,)), keras.layers.Dense(1)])
# Each step leads further away: the first epoch is the best.
model.compile(keras.optimizers.SGD(1.5), "mse")
watch = TrainingMonitor()
history = model.fit(x, y, 10, 9, validation_data=(x, y), verbose=0,
                    callbacks=[watch, Interrupt()]).history
best = min(history["val_loss"])
assert watch.monitor.history["val_loss"] == history["val_loss"]
assert watch.monitor._record.ends == [1, 2, 2.6], watch.monitor._record.ends
assert np.isclose(model.evaluate(x, y, 100, verbose=0), best, rtol=1e-4)
assert len(history["loss"]) == 3 and best == history["val_loss"][0]

last = model.get_weights()
model.fit(x, y, 10, 2, verbose=0, callbacks=[watch])
assert not np.array_equal(last[0], model.get_weights()[0])
"""


def test_a_stopped_fit_has_its_best_weights_back_and_a_whole_one_its_last():
    done = subprocess.run(
        [sys.executable, "-c", KERAS], capture_output=True, text=True, check=False
    )
    assert done.returncode == 0, done.stderr
    first, second = done.stdout.splitlines()
    assert first.startswith("Stopped by you in epoch 3 of 9")
    assert "The model has the weights of epoch 1 again" in first
    assert second.startswith("Training finished: 2 of 2 epochs")
