"""nbgrader's ``Execute`` with a kernel that may die, hang or flood."""

from __future__ import annotations

import os
import signal
import time
from contextlib import suppress

from jupyter_client.manager import AsyncKernelManager
from nbclient.exceptions import CellTimeoutError, DeadKernelError
from nbformat.v4 import new_output
from nbgrader.preprocessors import Execute

from course_utils.instructors.rescore import MIME

KEEP = 1_000_000
"""Characters of one cell's output that are kept."""

NOT_RUN = "NotRun"
"""Name of the error in a cell that was not run to its end."""

_TIMEOUT = "Its time was over."


class ForkedKernel(AsyncKernelManager):
    """Manages a kernel that runs already, in a child of this process."""

    process = 0
    _status: int | None = None

    @property
    def has_kernel(self) -> bool:
        """True: it runs before its manager does."""
        return True

    async def is_alive(self) -> bool:
        """Tell whether the kernel's process has not ended."""
        if self._status is None:
            pid, status = os.waitpid(self.process, os.WNOHANG)
            self._status = status if pid else None
        return self._status is None

    async def interrupt_kernel(self) -> None:
        """Interrupt what runs; the process that waits outside passes it on."""
        os.kill(self.process, signal.SIGINT)

    async def shutdown_kernel(self, now: bool = False, restart: bool = False) -> None:
        """Kill it."""
        self.end()

    # Clients call these.
    _async_is_alive = is_alive
    _async_interrupt_kernel = interrupt_kernel

    def end(self) -> None:
        """Kill the kernel and all that its code started."""
        if self._status is None:
            for kill in (os.killpg, os.kill):
                with suppress(ProcessLookupError):
                    kill(self.process, signal.SIGKILL)
            self._status = os.waitpid(self.process, 0)[1]


class ContainedExecute(Execute):
    """Goes on where nbgrader's own gives the whole submission up.

    Cells that follow the death of the kernel, an interrupt that it ignored or
    the end of the time get an error, and so no points; what the cells before
    earned stays earned.
    """

    deadline = float("inf")
    ended: str | None = None

    def preprocess_cell(self, cell, resources, index):
        """Run one cell, or note why it is not run."""
        if cell.cell_type != "code":
            return cell, resources
        if self.ended is None and time.monotonic() > self.deadline:
            self.ended = _TIMEOUT
        if self.ended is None:
            self._kept = 0
            try:
                done = super().preprocess_cell(cell, resources, index)
                _put_noise_last(cell)
                return done
            except DeadKernelError:
                self.ended = "Its code ended Python, or used too much memory."
            except CellTimeoutError:
                self.ended = "Its code could not be interrupted."
        # First, because nbgrader takes the first output that says something.
        error = new_output("error", ename=NOT_RUN, evalue=self.ended, traceback=[])
        cell.outputs.insert(0, error)
        return cell, resources

    def _get_timeout(self, cell):
        left = max(1, int(self.deadline - time.monotonic()) + 1)
        timeout = super()._get_timeout(cell)
        return left if timeout is None else min(timeout, left)

    def output(self, outs, msg, display_id, cell_index):
        """Keep an output, and of what is too long only its beginning."""
        _shorten(msg["content"], max(KEEP - self._kept, 1000))
        self._kept += sum(map(len, _texts(msg["content"])))
        if self._kept > 2 * KEEP and msg["msg_type"] == "stream":
            name = msg["content"]["name"]
            # nbgrader asks only whether there is any stderr.
            if any(out.get("name") == name for out in outs):
                return None
        return super().output(outs, msg, display_id, cell_index)


def _put_noise_last(cell) -> None:
    """Put stderr behind the score of a cell that the course's scorer has scored.

    nbgrader takes any stderr before the score for a failure. The scorer itself
    writes none: what is there was written below Python by the cell before, and
    came late.
    """
    if any(MIME in output.get("data", {}) for output in cell.outputs):
        cell.outputs.sort(key=lambda output: output.get("name") == "stderr")


def _texts(content: dict) -> list[str]:
    values = [content.get("text"), *content.get("traceback", ())]
    values += (content.get("data") or {}).values()
    return [value for value in values if isinstance(value, str)]


def _shorten(content: dict, room: int) -> None:
    cut = "\n... Output truncated ..."
    for key in ("text", "evalue"):
        if isinstance(content.get(key), str) and len(content[key]) > room:
            content[key] = content[key][:room] + cut
    for key, value in list((content.get("data") or {}).items()):
        if isinstance(value, str) and len(value) > room:
            # Half a picture is of no use; half a text is.
            content["data"][key] = value[:1000] + cut if key == "text/plain" else ""
