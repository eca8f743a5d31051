"""The training monitor: stopped by button and by interrupt while a cell runs."""

import re

import pytest

from course_utils.widgets import monitor_view as view
from course_utils.widgets.monitor import _Controls
from course_utils.widgets.monitor_view import Record
from tests.browser.bench import open_notebook, said

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
AFTER = "print('stopped', m.stopped, 'best', m.best, 'epochs', len(m.history['loss']))"

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
          callbacks=[watch]);
"""
FIT_AFTER = """
loss = model.evaluate(x, y, 500, verbose=0)[0]
m = watch.monitor
print('stopped', m.stopped, 'kept', abs(loss - min(m.history['val_loss'])) < 1e-4,
      'batches', m._record.ends[-1] < 1000)
"""


def start(jupyterlab):
    """Run all cells, and return when the training shows its first curve."""
    jupyterlab.page.evaluate(
        "void jupyterapp.commands.execute('notebook:run-all-cells')"
    )
    panel(jupyterlab).locator(".course-monitor svg").first.wait_for()


def panel(jupyterlab):
    return jupyterlab.page.locator(".jp-NotebookPanel:not(.lm-mod-hidden)").last


def ended(jupyterlab):
    """Wait for the end of all cells and the still figure; return the code cells."""
    jupyterlab.idle()
    panel(jupyterlab).get_by_text("The numbers of").wait_for()
    panel(jupyterlab).get_by_text("Stopped by you").wait_for()
    return jupyterlab.cells()


def printed(cells):
    return "".join(o.get("text", "") for o in cells[-1]["outputs"])


def still(cells):
    """The cell's outputs, after checking that nothing in them needs a kernel."""
    outputs = [o["data"] for o in cells[0]["outputs"]]
    assert len(outputs) == 2
    assert not any("widget-view" in mime for data in outputs for mime in data)
    assert "<svg" in "".join(outputs[1]["text/html"])
    assert outputs[1]["image/png"]
    return "".join(outputs[0]["text/plain"])


def test_a_click_ends_a_loop_and_the_curve_is_there_when_opened_again(jupyterlab):
    open_notebook(jupyterlab, "monitor", [LOOP, AFTER])
    start(jupyterlab)
    page = panel(jupyterlab)
    page.get_by_text(re.compile(r"^Epoch \d{2,} of 1000:")).wait_for()
    page.get_by_role("button", name="Stop training").click()
    cells = ended(jupyterlab)
    assert "are in `best`" in still(cells)
    assert printed(cells).startswith("stopped True best [2] epochs")
    assert jupyterlab.kernel_errors() == []
    jupyterlab.page.evaluate("window.panel.context.save()")
    jupyterlab.close()
    jupyterlab.open("notebooks/monitor.ipynb")
    panel(jupyterlab).locator(".course-monitor svg").first.wait_for()
    panel(jupyterlab).get_by_text("Stopped by you").wait_for()
    jupyterlab.close()


def test_the_interrupt_button_ends_a_loop_cleanly(jupyterlab):
    open_notebook(jupyterlab, "interrupted", [LOOP, AFTER])
    start(jupyterlab)
    jupyterlab.page.evaluate(
        "jupyterapp.commands.execute('notebook:interrupt-kernel').then(() => true)"
    )
    cells = ended(jupyterlab)
    still(cells)
    assert printed(cells).startswith("stopped True")
    assert jupyterlab.kernel_errors() == []
    jupyterlab.close()


def test_the_keyboard_stops_fit_and_the_best_weights_are_back(jupyterlab):
    open_notebook(jupyterlab, "fit", [FIT, FIT_AFTER])
    start(jupyterlab)
    page = panel(jupyterlab)
    page.get_by_text(re.compile(r"^Epoch \d+ of 1000:")).wait_for()
    page.get_by_role("button", name="Stop training").focus()
    jupyterlab.page.keyboard.press("Enter")
    cells = ended(jupyterlab)
    assert "The model has the weights of epoch" in still(cells)
    assert printed(cells).strip() == "stopped True kept True batches True"
    assert jupyterlab.kernel_errors() == []
    jupyterlab.close()


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


def test_a_lost_kernel_is_said_and_the_new_one_is_left_alone(blank_page):
    piece = blank_page.show(_Controls())
    blank_page.lose_kernel()
    piece.get_by_role("alert").get_by_text("Run the cell again").wait_for()
    piece.get_by_role("button").click()
    assert blank_page.sent() == []


@pytest.mark.parametrize("dark", [False, True])
def test_controls_and_curves_meet_the_rules_of_accessibility(blank_page, dark):
    blank_page.show(_Controls(sentence="Training has begun."), dark=dark, width=320)
    record = Record(epochs=3, ends=[1.0, 2.0], passed=2.5)
    record.history = {"loss": [2.0, 1.0], "val_loss": [2.1, 1.2], "a b": [0.5, 0.7]}
    for final in (False, True):
        blank_page.page.evaluate(
            "html => { const e = document.createElement('div'); e.innerHTML = html;"
            " document.querySelector('main').append(e); }",
            view.page(record, final),
        )
    blank_page.page.locator("summary").click()
    assert blank_page.serious() == []
    assert blank_page.overflow() <= 0
