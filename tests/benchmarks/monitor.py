"""What the training monitor costs: the time in its own methods, and pairs.

Both trainings run in a kernel, as in a notebook, with all of the monitor's pictures
sent: ``fit`` of chapter 06's network, and a loop over batches in NumPy. Counted is
all that a reader waits for, with the still figure at the end.

A training varies by more from one time to the next than the monitor costs. So the
time spent inside the monitor's methods is taken (``inside``, as a share of the rest
of the same training). What it does elsewhere, in the thread that sends and in what
Keras does for a callback, shows in pairs of trainings with and without it, in turns:
processor time of all threads (``cpu``) and time on the clock (``clock``).
"""

import json
import statistics

from course_utils.chapters import PROJECT
from tests.benchmarks import measure

GOAL = 1.03

_IN_THE_KERNEL = """
import contextlib, json, time
import numpy as np
from course_utils import data, runtime
with runtime.quiet_start():
    import keras
import matplotlib.pyplot  # as every chapter does
from course_utils.widgets.monitor import TrainingMonitor, monitor

digits = data.load_mnist("uint8")
x, y = digits.x_train[:-5000], digits.y_train[:-5000]
valid = digits.x_train[-5000:], digits.y_train[-5000:]
flat = x.reshape(len(x), -1) / np.float32(255)
hot = np.eye(10, dtype="float32")[y]


class Spent:  # in the methods of one object
    seconds = 0.0

    def watch(self, owner, *names):
        for name in names:
            setattr(owner, name, self.timed(getattr(owner, name)))
        return owner

    def timed(self, method):
        def call(*args, **values):
            started = time.perf_counter()
            try:
                return method(*args, **values)
            finally:
                self.seconds += time.perf_counter() - started
        return call


CALLS = ("on_train_begin", "on_train_batch_end", "on_epoch_begin", "on_epoch_end",
         "on_train_end")


def fit(watched, spent):
    keras.utils.set_random_seed(0)
    model = keras.Sequential([
        keras.Input((28, 28)), keras.layers.Rescaling(1 / 255),
        keras.layers.Flatten(), keras.layers.Dense(128, "relu"),
        keras.layers.Dense(10)])
    loss = keras.losses.SparseCategoricalCrossentropy(from_logits=True)
    model.compile("adam", loss, metrics=["accuracy"], steps_per_execution=50)
    callbacks = [spent.watch(TrainingMonitor(), *CALLS)] if watched else []
    yield
    model.fit(x, y, 128, 5, validation_data=valid, verbose=0, callbacks=callbacks)
    yield


def loop(watched, spent):
    rng = np.random.default_rng(0)
    sizes = ((784, 128), (128, 10))
    params = [rng.normal(size=s, scale=0.05).astype("float32") for s in sizes]
    starts = range(0, len(flat) - 63, 64)
    m = monitor(5, len(starts))
    spent.watch(m, "_start", "step", "update", "_end")
    yield
    with m if watched else contextlib.nullcontext():
        for epoch in range(5):
            for start in starts:
                X, Y = flat[start:start + 64], hot[start:start + 64]
                A = np.maximum(X @ params[0], 0)
                Z = A @ params[1]
                P = np.exp(Z - Z.max(axis=1, keepdims=True))
                P /= P.sum(axis=1, keepdims=True)
                dZ = (P - Y) / len(X)
                dA = (dZ @ params[1].T) * (A > 0)
                params[1] -= 0.1 * A.T @ dZ
                params[0] -= 0.1 * X.T @ dA
                loss = -np.log((P * Y).sum(axis=1) + 1e-9).mean()
                if watched:
                    m.step(loss=loss)
            if watched:
                m.update(loss=loss, keep=params)
    yield


def measured(train, watched):
    spent = Spent()
    steps = train(watched, spent)
    next(steps)
    cpu, clock = time.process_time(), time.perf_counter()
    next(steps)
    clock, cpu = time.perf_counter() - clock, time.process_time() - cpu
    return {"clock": clock, "cpu": cpu, "inside": spent.seconds}


for train in (fit, loop):
    measured(train, True)  # warm: imports, fonts
seconds = {train.__name__: {"without": [], "with": []} for train in (fit, loop)}
for turn in range(REPEATS):
    for train in (fit, loop):
        for way in ("without", "with") if turn % 2 else ("with", "without"):
            seconds[train.__name__][way].append(measured(train, way == "with"))
print("RESULT", json.dumps(seconds))
"""


def main(repeats: int) -> dict:
    """Measure both trainings; return the figures.

    Parameters
    ----------
    repeats : int
        Pairs of each training.

    Returns
    -------
    dict
        For ``fit`` and ``loop`` the seconds ``with`` and ``without``, as lists, and
        the medians of ``inside``, ``cpu`` and ``clock``, each 1 for a monitor that
        costs nothing.
    """
    print("training monitor …", flush=True)
    code = f"REPEATS = {repeats}\n{_IN_THE_KERNEL}"
    _, _, printed = measure.in_a_kernel(code, PROJECT)
    return summary(json.loads(printed.split("RESULT ", 1)[1]))


def summary(seconds: dict) -> dict:
    """Return seconds and the median ratios for each training."""
    return {name: {**of, **_ratios(of)} for name, of in seconds.items()}


def _ratios(of: dict) -> dict[str, float]:
    pairs = list(zip(of["with"], of["without"], strict=True))
    found = {kind: [a[kind] / b[kind] for a, b in pairs] for kind in ("cpu", "clock")}
    found["inside"] = [a["clock"] / (a["clock"] - a["inside"]) for a in of["with"]]
    return {kind: statistics.median(values) for kind, values in found.items()}


def table(figures: dict) -> str:
    """Return the figures as text."""
    kinds = ("inside", "cpu", "clock")
    head = "".join(f"{kind:>8}" for kind in kinds)
    lines = [f"{'training monitor':30} {'seconds':>8}{head}"]
    for name, of in figures.items():
        clock = statistics.median(one["clock"] for one in of["without"])
        ratios = "".join(f"{of[kind]:8.3f}" for kind in kinds)
        lines.append(f"{name:30} {clock:8.2f}{ratios}")
    return "\n".join([*lines, f"{'goal':30} {'':8}  ≤ {GOAL:.2f}"])
