"""Watch a training, and stop it without losing anything.

``TrainingMonitor()`` is a callback for Keras::

    model.fit(…, validation_data=…, callbacks=[TrainingMonitor()], verbose=0)

``monitor`` does the same for a loop written by hand::

    with monitor(epochs=20) as m:
        for epoch in range(20):
            …
            m.update(loss=loss, val_loss=val_loss, keep=params)
            if m.stopped:
                break
    if m.stopped:
        params = m.best

Both show curves, the time left and a button that ends the training cleanly. The
square button of the toolbar (interrupt) does the same. What stays in the cell at
the end is still: it is there when the notebook is opened again.

How a click reaches a kernel that is busy: JupyterLab hands widgets' messages to
a *subshell*, a thread beside the one that trains. Where a page does not do that,
the button interrupts the kernel, and the signal is taken as the same wish.
"""

import base64
import copy
import functools
import html
import signal
import threading
import time
import uuid

import anywidget
import traitlets

from course_utils.widgets import monitor_view as view
from course_utils.widgets.monitor_view import Record
from course_utils.widgets.piece import module, stylesheet

__all__ = ["Monitor", "TrainingMonitor", "monitor"]

_BETWEEN_PICTURES = 0.2
"""Seconds between two pictures at the least."""
_SHARE = 0.005
"""Share of the time that pictures may take, within the epochs and at their ends."""
_LONGEST_WAIT = 2.0
"""Seconds without a picture at the most: one that took long because the computer was
busy with something else must not leave the reader with a curve that stands still."""
_BETWEEN_INTERRUPTS = 3.0
"""Seconds after the wish to stop in which an interrupt is the same wish."""
_TRACE = 600
"""Values kept from within the epochs; when there are more, every other one goes."""


def monitor(epochs: int, steps: int | None = None) -> "Monitor":
    """Return a monitor for a training loop written by hand, for use with ``with``.

    Parameters
    ----------
    epochs : int
        Epochs that the loop is going to run.
    steps : int, optional
        Batches in an epoch, if :meth:`Monitor.step` is called after each.

    Returns
    -------
    Monitor
    """
    return Monitor(epochs, steps)


class Monitor:
    """Curves, time left and a stop button of one training; see :func:`monitor`.

    Attributes
    ----------
    stopped : bool
        Whether the reader wants the training to end.
    best : object
        Copy of what :meth:`update` was given to ``keep`` in the epoch with the
        lowest validation loss (training loss where there is none); else None.
    best_epoch : int or None
        Number of that epoch, counted from 1.
    """

    def __init__(self, epochs: int, steps: int | None = None):
        self.stopped = False
        self.best = None
        self._record = Record(max(int(epochs), 1))
        self._steps = steps
        self._step = 0
        self._started = self._next_picture = self._next_epoch = 0.0
        self._first: tuple[float, float] | None = None
        self._wished_at = 0.0
        self._display: _Display | None = None
        self._handler = None

    @property
    def history(self) -> dict[str, list[float]]:
        """Values of every epoch, by name."""
        return self._record.history

    @property
    def best_epoch(self) -> int | None:
        """Number of the epoch with the lowest validation loss, counted from 1."""
        return None if self._record.best is None else self._record.best + 1

    def __enter__(self):
        self._start()
        return self

    def __exit__(self, kind, error, trace):
        what = "The values kept from epoch {} are in `best`: it had the lowest {}."
        self._end(what if self.best is not None else None, broken=kind is not None)

    def step(self, /, **values: float) -> None:
        """Say that a batch is done, with the values so far; costs next to nothing.

        Parameters
        ----------
        **values : float
            ``loss`` and, if you like, others.
        """
        self._step += 1
        if time.perf_counter() < self._next_picture:
            return
        record = self._record
        share = min(self._step / self._steps, 1.0) if self._steps else 0.0
        passed = len(record.ends) + share
        now = self._clock(passed)
        record.trace.append((passed, {n: float(v) for n, v in values.items()}))
        if len(record.trace) > _TRACE:
            del record.trace[1:-1:2]
        self._show(now)

    def update(self, keep=None, **values: float) -> None:
        """Say that an epoch is done, with its values.

        Parameters
        ----------
        keep : object, optional
            The weights. They are copied if this is the best epoch so far.
        **values : float
            ``loss``, and perhaps ``val_loss``, ``accuracy``, ``val_accuracy``.
        """
        if self._epoch(values) and keep is not None:
            self.best = copy.deepcopy(keep)

    # What Keras' callback uses as well.

    def _start(self) -> None:
        self._started = time.perf_counter()
        self._next_picture = self._next_epoch = self._started
        self._display = _Display.open(self)
        self._catch_interrupts()

    def _epoch(self, values: dict) -> bool:
        """Note the end of an epoch; return whether it is the best so far."""
        record = self._record
        cut_short = self.stopped and self._steps and 0 < self._step < self._steps
        passed = len(record.ends) + (self._step / self._steps if cut_short else 1.0)
        self._step = 0
        record.ends.append(passed)
        for name, value in values.items():
            missing = len(record.ends) - 1 - len(record.history.get(name, ()))
            record.history.setdefault(name, []).extend([float("nan")] * missing)
            record.history[name].append(float(value))
        now = self._clock(passed)
        if now >= self._next_epoch:  # there may be hundreds of epochs a second
            if self._display:
                self._display.say(view.last_epoch(record))
            self._show(now)
            self._next_epoch = self._next_picture
        return record.best == len(record.ends) - 1

    def _clock(self, passed: float) -> float:
        now = time.perf_counter()
        record = self._record
        record.passed, record.seconds = passed, now - self._started
        # The first batches are slow (Keras traces its graph): they are not counted.
        if self._first is None:
            self._first = (now, passed)
        elif passed > self._first[1]:
            rate = (now - self._first[0]) / (passed - self._first[1])
            record.seconds_left = max(record.epochs - passed, 0) * rate
        return now

    def _show(self, now: float) -> None:
        if self._display:
            self._display.show(self._record)
        done = time.perf_counter()
        wait = max(_BETWEEN_PICTURES, (done - now) / _SHARE)
        self._next_picture = done + min(wait, _LONGEST_WAIT)

    def _end(self, what: str | None = None, broken: bool = False) -> None:
        """Put the still figure and a sentence in place of what was live, once.

        ``what`` says of a training that was stopped what is kept from which epoch.
        """
        if self._record.outcome:
            return
        self._let_interrupts_through()
        record = self._record
        stopped = "stopped" if self.stopped else "finished"
        record.outcome = "broken" if broken else stopped
        record.seconds = time.perf_counter() - self._started
        sentence = _verdict(record, what)
        if self._display:
            self._display.close(record, sentence)
        else:
            print(sentence)

    def _wish_to_stop(self) -> None:
        self.stopped = True
        self._wished_at = time.perf_counter()

    def _catch_interrupts(self) -> None:
        # Only the main thread may, and only it gets interrupts.
        if threading.current_thread() is threading.main_thread():
            self._handler = signal.signal(signal.SIGINT, self._on_interrupt)

    def _let_interrupts_through(self) -> None:
        if self._handler is not None:
            signal.signal(signal.SIGINT, self._handler)
            self._handler = None

    def _on_interrupt(self, number, frame) -> None:
        if not self.stopped:
            self._wish_to_stop()
        elif time.perf_counter() - self._wished_at > _BETWEEN_INTERRUPTS:
            raise KeyboardInterrupt


def _verdict(record: Record, what: str | None) -> str:
    """Return how a training ended and which epoch was best, in sentences."""
    done = len(record.ends)
    took = view.duration(record.seconds)
    if record.outcome == "broken":
        first = f"Training broke off after {took} with {done} epoch(s) done."
    elif record.outcome == "stopped":
        if done and record.ends[-1] != done:
            where = f"in epoch {done} of {record.epochs}"
        else:
            where = f"after epoch {done} of {record.epochs}"
        first = f"Stopped by you {where}, after {took}."
    else:
        first = f"Training finished: {done} of {record.epochs} epochs in {took}."
    if record.best is None:
        return first
    judge = view.spoken(record.judged_by)
    lowest = f"{judge}, {view.number(record.history[record.judged_by][record.best])}"
    if what and record.outcome == "stopped":
        return f"{first} {what.format(record.best + 1, lowest)}"
    return f"{first} The lowest {lowest}, was that of epoch {record.best + 1}."


# Keras


def TrainingMonitor():
    """Return a Keras callback that watches ``fit``, with a button to stop it.

    When the reader stops the training, the model gets back the weights of the
    epoch with the lowest validation loss (training loss without validation).
    A training that runs to its end keeps its last weights, as without it.

    Returns
    -------
    keras.callbacks.Callback
        One for each call of ``fit``, or the same again: it starts anew. Its
        ``monitor`` is the :class:`Monitor` of the latest training.
    """
    return _callback()()


@functools.cache
def _callback():
    import keras

    class TrainingMonitor(keras.callbacks.Callback):
        monitor = None

        def on_train_begin(self, logs=None):
            self.monitor = Monitor(self.params["epochs"], self.params["steps"])
            self._best = None
            self.monitor._start()

        def on_train_batch_end(self, batch, logs=None):
            self.monitor._step = batch  # several batches may have gone by
            self.monitor.step(**(logs or {}))
            self.model.stop_training |= self.monitor.stopped

        def on_epoch_end(self, epoch, logs=None):
            if self.monitor._epoch(logs or {}):
                self._best = self.model.get_weights()
            self.model.stop_training |= self.monitor.stopped

        def on_train_end(self, logs=None):
            what = None
            if self.monitor.stopped and self._best is not None:
                self.model.set_weights(self._best)
                what = "The model has the weights of epoch {} again: the lowest {}."
            self.monitor._end(what)
            self._best = None

    return TrainingMonitor


# What the reader sees


class _Controls(anywidget.AnyWidget):
    """The stop button and a sentence for each epoch."""

    _esm = module("monitor.js")
    _css = stylesheet("monitor.css")
    sentence = traitlets.Unicode().tag(sync=True)


class _Display:
    """Two outputs of the running cell: controls, and curves below them.

    At the end a sentence takes the place of the controls.
    """

    @classmethod
    def open(cls, monitor: Monitor) -> "_Display | None":
        """Show the controls in a notebook; elsewhere return None."""
        try:
            from IPython import get_ipython
        except ImportError:
            return None
        shell = get_ipython()
        return cls(monitor, shell) if hasattr(shell, "kernel") else None

    def __init__(self, monitor: Monitor, shell):
        self._monitor, self._shell = monitor, shell
        self._controls = _Controls(sentence="Training has begun.")
        self._controls.on_msg(self._on_message)
        self._ids = [uuid.uuid4().hex for _ in range(2)]
        self._shown = set()
        bundle = self._controls._repr_mimebundle_()
        data = bundle[0] if isinstance(bundle, tuple) else bundle
        self._put(0, {**data, "text/plain": "Training …"})
        self._put(1, self._curves(monitor._record))
        # Also for an error in `fit`, which reaches no callback.
        shell.events.register("post_run_cell", self._cell_ended)

    def _put(self, place: int, data: dict) -> None:
        self._shell.display_pub.publish(
            data=data,
            metadata={},
            transient={"display_id": self._ids[place]},
            update=place in self._shown,
        )
        self._shown.add(place)

    @staticmethod
    def _curves(record: Record) -> dict:
        return {"text/html": view.page(record), "text/plain": view.progress(record)}

    def show(self, record: Record) -> None:
        """Show the curves as they are now."""
        self._put(1, self._curves(record))

    def say(self, sentence: str) -> None:
        """Say a sentence, for the eye and for screen readers."""
        self._controls.sentence = sentence

    def close(self, record: Record, sentence: str) -> None:
        """Leave the still figure, its description and a sentence."""
        self._controls.send({"ended": True})
        text = f'<p role="status" style="margin: 0">{html.escape(sentence)}</p>'
        text = f'<div class="course-monitor">{text}</div>'
        self._put(0, {"text/html": text, "text/plain": sentence})
        self._still = {
            "text/html": view.page(record, final=True),
            "text/plain": view.description(record),
        }
        self._put(1, self._still)
        self._controls.close()

    def _on_message(self, widget, content, buffers) -> None:
        # Runs beside the training, in a thread of its own.
        if content.get("stop"):
            self._monitor._wish_to_stop()
            widget.send({"heard": True})

    def _cell_ended(self, result=None) -> None:
        self._shell.events.unregister("post_run_cell", self._cell_ended)
        self._monitor._end(broken=True)
        # For print, and where HTML is not shown. It takes longer than all other
        # pictures together, so it waits until the cell's own work is done.
        picture = base64.b64encode(view.picture(self._monitor._record)).decode()
        self._put(1, {**self._still, "image/png": picture})
