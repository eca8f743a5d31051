"""The training monitor: stopped by button and by interrupt while a cell runs."""

import re
from contextlib import contextmanager

import pytest

from course_utils.widgets import monitor_view as view
from course_utils.widgets.monitor import _Controls
from course_utils.widgets.monitor_view import Record
from tests.browser.bench import said

LOOP = """
import time
from course_utils.widgets.monitor import monitor

with monitor(epochs=1000, steps=100) as m:
    for epoch in range(1000):
        for step in range(100):
            time.sleep(0.002)
            m.step(loss=2 / (epoch + step / 100 + 1))
            if m.stopped:
                break
        m.update(loss=2 / (epoch + 1), val_loss=0.1 * abs(epoch - 2), keep=[epoch])
        if m.stopped:
            break
"""
FIT = """
import numpy as np
from course_utils import runtime
with runtime.quiet_start():
    import keras
from course_utils.widgets.monitor import TrainingMonitor

rng = np.random.default_rng(0)
x, y = rng.normal(size=(500, 20)), rng.integers(0, 3, 500)
model = keras.Sequential([keras.Input((20,)), keras.layers.Dense(3)])
model.compile("adam", keras.losses.SparseCategoricalCrossentropy(from_logits=True),
              metrics=["accuracy"])
watch = TrainingMonitor()
model.fit(x, y, 10, 1000, validation_data=(x, y), verbose=0,
          callbacks=[watch])
m = watch.monitor;
"""


@contextmanager
def training(jupyterlab, source):
    """Run a training; yield its panel when the first curve is there."""
    with jupyterlab.opened(jupyterlab.write("monitor", source)):
        jupyterlab.page.evaluate(
            "void jupyterapp.commands.execute('notebook:run-all-cells')"
        )
        page = panel(jupyterlab)
        page.locator(".course-monitor svg").first.wait_for()
        yield page


def panel(jupyterlab):
    return jupyterlab.page.locator(".jp-NotebookPanel:not(.lm-mod-hidden)").last


def stopped(jupyterlab):
    """Wait for the end; return the sentence that stays in place of the button.

    Nothing that stays needs a kernel.
    """
    jupyterlab.idle()
    panel(jupyterlab).get_by_text("The numbers of").wait_for()
    panel(jupyterlab).get_by_text("Stopped by you").wait_for()
    sentence, curves = [o["data"] for o in jupyterlab.cells()[0]["outputs"]]
    assert not any("widget-view" in mime for mime in (*sentence, *curves))
    assert "<svg" in "".join(curves["text/html"])
    assert curves["image/png"]
    return "".join(sentence["text/plain"])


def test_a_click_ends_a_loop_and_the_curve_is_there_when_opened_again(jupyterlab):
    with training(jupyterlab, LOOP) as page:
        page.get_by_text(re.compile(r"^Epoch \d{2,} of 1000:")).wait_for()
        page.get_by_role("button", name="Stop training").click()
        assert "are in `best`" in stopped(jupyterlab)
        assert jupyterlab.ask("[m.stopped, m.best]") == [True, [2]]
        jupyterlab.page.evaluate("window.panel.context.save()")
    with jupyterlab.opened("notebooks/monitor.ipynb"):
        panel(jupyterlab).locator(".course-monitor svg").first.wait_for()
        panel(jupyterlab).get_by_text("Stopped by you").wait_for()


def test_the_interrupt_button_ends_a_loop_cleanly(jupyterlab):
    with training(jupyterlab, LOOP):
        jupyterlab.command("notebook:interrupt-kernel")
        stopped(jupyterlab)
        assert jupyterlab.ask("m.stopped") is True


def test_the_keyboard_stops_fit_and_the_best_weights_are_back(jupyterlab):
    with training(jupyterlab, FIT) as page:
        page.get_by_text(re.compile(r"^Epoch \d+ of 1000:")).wait_for()
        page.get_by_role("button", name="Stop training").press("Enter")
        assert "The model has the weights of epoch" in stopped(jupyterlab)
        assert jupyterlab.ask("[m.stopped, m._record.ends[-1] < 1000]") == [True, True]
        loss = jupyterlab.ask("model.evaluate(x, y, 500, verbose=0)[0]")
        best = jupyterlab.ask("min(m.history['val_loss'])")
        assert loss == pytest.approx(best, abs=1e-4)


def test_the_button_says_what_it_does_and_asks_once(blank_page):
    piece = blank_page.show(_Controls(sentence="Training has begun."), width=320)
    button = piece.get_by_role("button", name="Stop training")
    button.focus()
    blank_page.page.keyboard.press("Space")
    blank_page.page.keyboard.press("Space")
    assert blank_page.sent() == [{"stop": True}]
    assert said(piece) == "Stopping after this batch …"
    assert blank_page.overflow() <= 0


def test_without_an_answer_the_button_interrupts_the_kernel(blank_page):
    piece = blank_page.show(_Controls(), count=2)
    blank_page.page.evaluate(
        """() => { window.interrupts = [0, 0]; pieces.forEach((piece, i) => {
            piece.model.widget_manager = {
                kernel: {interrupt: () => { interrupts[i] += 1; }}}; }); }"""
    )
    piece.get_by_role("button").click()
    blank_page.piece(1).get_by_role("button").click()
    blank_page.message({"heard": True}, index=1)
    blank_page.page.wait_for_function("interrupts[0] === 1")
    assert blank_page.page.evaluate("interrupts") == [1, 0]


def test_the_new_kernel_is_left_alone(blank_page):
    piece = blank_page.show(_Controls())
    blank_page.lose_kernel()
    piece.get_by_role("alert").wait_for()
    use(piece)
    assert blank_page.sent() == []


# For test_every_piece.py.

sample = _Controls


def use(piece):
    piece.get_by_role("button").click()


def show_full(bench, **look):
    bench.show(_Controls(sentence="Training has begun."), **look)
    record = Record(epochs=3, ends=[1.0, 2.0], passed=2.5)
    record.history = {"loss": [2.0, 1.0], "val_loss": [2.1, 1.2], "a b": [0.5, 0.7]}
    for final in (False, True):
        bench.page.evaluate(
            "html => { const e = document.createElement('div'); e.innerHTML = html;"
            " document.querySelector('main').append(e); }",
            view.page(record, final),
        )
    bench.page.locator("summary").click()
