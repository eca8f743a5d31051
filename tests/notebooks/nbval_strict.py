"""What the course asks of a notebook's cells on top of what nbval asks.

:mod:`tests.notebooks.run` puts this file as ``conftest.py`` beside a copy of
the notebook. With it

- a cell fails when anything reaches stderr, be it from Python, from C or from
  a background thread, or when it leaves an error among its outputs, or a line
  of a log (TensorFlow's goes to stdout in a notebook);
- the executed notebook is saved as ``executed.ipynb`` beside this file.
"""

import math
import os
import re
import time
from queue import Empty

import nbformat
import nbval.plugin
import pytest
from nbformat.v4 import output_from_msg
from nbval.kernel import RunningKernel
from nbval.plugin import IPyNbCell, NbCellError

LOGGED = re.compile(r"^(WARNING|INFO|ERROR):", re.MULTILINE)
OUTPUTS = ("stream", "display_data", "execute_result", "error")


class RecordingKernel(RunningKernel):
    """A kernel that notes what each of its cells sends.

    nbval drops updates of displays, and what arrives once a cell has ended;
    both are kept here.

    Attributes
    ----------
    outputs : dict of str to list
        Outputs of each execution, by the id of its request.
    latest : str
        Id of the latest request.
    stderr : list of str
        What has reached stderr and has not been reported.
    """

    def __init__(self, *args, **kwargs):
        # With PYTEST_CURRENT_TEST in its environment ipykernel does not watch
        # file descriptors 1 and 2, and what C code writes would stay unseen.
        names = [name for name in os.environ if name.startswith("PYTEST_")]
        hidden = {name: os.environ.pop(name) for name in names}
        self.outputs, self.latest, self.stderr = {}, "", []
        self._displays, self._clear_next = {}, set()
        try:
            super().__init__(*args, **kwargs)
        finally:
            os.environ.update(hidden)

    def execute_cell_input(self, *args, **kwargs):
        self.latest = super().execute_cell_input(*args, **kwargs)
        self.outputs[self.latest] = []
        return self.latest

    def get_message(self, stream, timeout=None):
        message = self._wait(stream, timeout)
        if stream == "iopub" and self.latest:
            self._note(message)
        return message

    def _wait(self, stream, timeout):
        """Wait for a message, but not for one from a kernel that has died."""
        end = math.inf if timeout is None else time.monotonic() + timeout
        while True:
            left = end - time.monotonic()
            try:
                return super().get_message(stream, max(0, min(left, 1)))
            except Empty:
                if not self.is_alive():
                    raise RuntimeError(
                        "The kernel died; did it run out of memory?"
                    ) from None
                if left <= 1:
                    raise

    def _note(self, message):
        kind, content = message["msg_type"], message["content"]
        request = message["parent_header"].get("msg_id", "")
        if request not in self.outputs:  # from a thread without a request
            request = self.latest
        outputs = self.outputs[request]
        if kind == "clear_output":
            if content.get("wait"):
                self._clear_next.add(request)
            else:
                outputs.clear()
        elif kind == "update_display_data":
            display = content.get("transient", {}).get("display_id")
            for shown in self._displays.get(display, []):
                shown.data = nbformat.from_dict(content["data"])
        elif kind in OUTPUTS:
            if request in self._clear_next:
                self._clear_next.remove(request)
                outputs.clear()
            self._add(outputs, message)

    def _add(self, outputs, message):
        content = message["content"]
        if message["msg_type"] == "stream":
            if content["name"] == "stderr":
                self.stderr.append(content["text"])
            before = outputs[-1] if outputs else None
            if before is not None and before.get("name") == content["name"]:
                before.text += content["text"]
                return
        output = output_from_msg(message)
        outputs.append(output)
        display = content.get("transient", {}).get("display_id")
        if display is not None:
            self._displays.setdefault(display, []).append(output)


def pytest_configure():
    nbval.plugin.RunningKernel = RecordingKernel


@pytest.hookimpl(wrapper=True)
def pytest_runtest_call(item):
    """Run a cell, keep its outputs, and hold them against the stricter rules."""
    if not isinstance(item, IPyNbCell):
        return (yield)
    before = item.parent.kernel.latest
    try:
        result = yield
    finally:
        kernel = item.parent.kernel
        if kernel.latest != before:
            # The list itself: what arrives late still lands in this cell.
            item.cell.outputs = kernel.outputs[kernel.latest]
            item.cell.execution_count = item.cell_num + 1
    if kernel.stderr:
        text = "".join(kernel.stderr)
        kernel.stderr.clear()
        fail(item, "This cell, or one before it, wrote to stderr", text)
    for output in item.cell.outputs:
        if LOGGED.search(output.get("text", "")):
            fail(item, "A log has written into the cell", output.text)
        if output.output_type == "error":
            fail(item, "The cell leaves an error", "\n".join(output.traceback))
    return result


def fail(item, message, details):
    raise NbCellError(item.cell_num, message, item.cell.source, details)


def pytest_sessionfinish(session):
    notebooks = {item.parent for item in session.items if isinstance(item, IPyNbCell)}
    for file in notebooks:
        nbformat.write(file.nb, session.config.rootpath / "executed.ipynb")
