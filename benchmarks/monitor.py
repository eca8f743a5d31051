"""What the training monitor costs: the same training with it and without, in turns.

Both trainings run in a kernel, as in a notebook, with all of the monitor's pictures
sent: ``fit`` of chapter 06's network, and a loop over batches in NumPy. Counted is
all that a reader waits for, with the still figure at the end. What counts is the
ratio.
"""

import json
import statistics

from course_utils.chapters import PROJECT

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


def fit(watched):
    keras.utils.set_random_seed(0)
    model = keras.Sequential([
        keras.Input((28, 28)), keras.layers.Rescaling(1 / 255),
        keras.layers.Flatten(), keras.layers.Dense(128, "relu"),
        keras.layers.Dense(10)])
    loss = keras.losses.SparseCategoricalCrossentropy(from_logits=True)
    model.compile("adam", loss, metrics=["accuracy"], steps_per_execution=50)
    started = time.perf_counter()
    model.fit(x, y, 128, 5, validation_data=valid, verbose=0,
              callbacks=[TrainingMonitor()] if watched else [])
    return time.perf_counter() - started


def loop(watched):
    rng = np.random.default_rng(0)
    sizes = ((784, 128), (128, 10))
    params = [rng.normal(size=s, scale=0.05).astype("float32") for s in sizes]
    starts = range(0, len(flat) - 63, 64)
    started = time.perf_counter()
    watch = monitor(5, len(starts)) if watched else contextlib.nullcontext()
    with watch as m:
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
    return time.perf_counter() - started


for train in (fit, loop):
    train(True)  # warm: imports, fonts
seconds = {train.__name__: {"without": [], "with": []} for train in (fit, loop)}
for turn in range(REPEATS):
    for train in (fit, loop):
        for way in ("without", "with") if turn % 2 else ("with", "without"):
            seconds[train.__name__][way].append(train(way == "with"))
print("RESULT", json.dumps(seconds))
"""


def main(repeats: int) -> dict:
    """Measure both trainings; print a table and return the figures.

    Parameters
    ----------
    repeats : int
        Pairs of each training.

    Returns
    -------
    dict
        For ``fit`` and ``loop`` the seconds ``with`` and ``without``, as lists, and
        ``ratio``: median over the pairs of the one over the other.
    """
    print("training monitor …", flush=True)
    figures = summary(_in_a_kernel(f"REPEATS = {repeats}\n{_IN_THE_KERNEL}"))
    print(table(figures))
    return figures


def summary(seconds: dict) -> dict:
    """Return seconds and the median ratio of the pairs for each training."""
    return {
        name: {
            **of,
            "ratio": statistics.median(
                a / b for a, b in zip(of["with"], of["without"], strict=True)
            ),
        }
        for name, of in seconds.items()
    }


def table(figures: dict) -> str:
    """Return the figures as text."""
    lines = [f"{'training monitor':30} {'without s':>10} {'with s':>8} {'ratio':>8}"]
    for name, of in figures.items():
        without, watched = (statistics.median(of[w]) for w in ("without", "with"))
        lines.append(f"{name:30} {without:10.2f} {watched:8.2f} {of['ratio']:8.3f}")
    return "\n".join([*lines, f"{'goal':30} {'':10} {'':8} {'≤'} {GOAL:.2f}"])


def _in_a_kernel(code: str) -> dict:
    from jupyter_client.manager import start_new_kernel

    manager, client = start_new_kernel(cwd=str(PROJECT))
    printed, errors = [], []

    def hear(message):
        content = message["content"]
        if message["msg_type"] == "stream" and content["name"] == "stdout":
            printed.append(content["text"])
        elif message["msg_type"] == "error":
            errors.append(f"{content['ename']}: {content['evalue']}")

    try:
        client.execute_interactive(code, timeout=None, output_hook=hear)
    finally:
        client.stop_channels()
        manager.shutdown_kernel(now=True)
    if errors:
        raise RuntimeError(f"The trainings failed: {errors[0]}")
    return json.loads("".join(printed).split("RESULT ", 1)[1])
