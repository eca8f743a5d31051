"""Start worker processes, watch them, and end them for sure.

Nothing outlives its reason. The notebook starts one small *supervisor* (this
file, run as a program), which starts the workers and ends them all when

- one of them fails, because the others would wait for it for ever,
- the time is up, or
- the notebook is gone. The supervisor's standard input is a pipe from there,
  and the operating system closes it however the notebook's process ends, even
  when it is killed.

The workers cannot watch the pipe themselves: while TensorFlow waits for the
other machines of its cluster, no other thread of Python runs.

The module uses the standard library only, so that the supervisor is small.
"""

import json
import os
import signal
import socket
import subprocess
import sys
import threading
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager, suppress
from dataclasses import asdict, dataclass
from pathlib import Path

_POLL_SECONDS = 0.05
# gRPC would look for a proxy even for this machine's own address.
_NO_PROXY = {"no_grpc_proxy": "127.0.0.1", "no_proxy": "127.0.0.1"}
_END_SECONDS = 10  # killed processes are gone long before


class WorkerError(RuntimeError):
    """A worker failed, or the time was up; the message shows its last lines."""


@dataclass(frozen=True)
class Program:
    """One process to start.

    Attributes
    ----------
    script : str
        Path of a Python program.
    environment : dict of str to str
        What the process finds in its environment on top of the notebook's.
    log : str
        Path of the file that takes what the program prints.
    """

    script: str
    environment: dict[str, str]
    log: str


class Team:
    """Workers that run.

    Attributes
    ----------
    pids : list of int
        Process numbers, in the order of the programs.
    """

    def __init__(self, supervisor: subprocess.Popen, programs: Sequence[Program]):
        self._supervisor = supervisor
        self._programs = programs
        self.pids: list[int] = json.loads(supervisor.stdout.readline() or "[]")
        if not self.pids:
            raise WorkerError("The workers could not be started.")

    def wait(self) -> None:
        """Wait until every worker is done.

        Raises
        ------
        WorkerError
            If one of them failed or the time was up.
        """
        report = self._supervisor.stdout.readline()
        if not report:
            raise WorkerError("The workers were ended before they were done.")
        failed, reason = json.loads(report)
        if reason:
            log = Path(self._programs[failed].log)
            lines = log.read_text(encoding="utf-8", errors="replace").splitlines()
            last = "\n".join(lines[-12:]) or "(it printed nothing)"
            raise WorkerError(f"Worker {failed} {reason}. Its last lines:\n{last}")


@contextmanager
def running(programs: Sequence[Program], seconds: float = 60) -> Iterator[Team]:
    """Run programs side by side inside the block; after it none is left.

    Parameters
    ----------
    programs : sequence of Program
        What to start.
    seconds : float
        When the time is up, all of them are ended.

    Yields
    ------
    Team
        The running workers; call its ``wait``.

    Raises
    ------
    WorkerError
        If they cannot be started.
    """
    supervisor = None
    try:
        supervisor = subprocess.Popen(
            [sys.executable, os.path.abspath(__file__)],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.DEVNULL,
            encoding="utf-8",
            # A process group of its own: pressing "interrupt" is the notebook's
            # business, and the block below ends the group as one.
            start_new_session=True,
        )
        order = {"programs": [asdict(p) for p in programs], "seconds": seconds}
        supervisor.stdin.write(json.dumps(order) + "\n")
        supervisor.stdin.flush()
        yield Team(supervisor, programs)
    finally:
        if supervisor is not None:
            _end(supervisor)


def _end(supervisor: subprocess.Popen) -> None:
    """End the supervisor and, through it, the workers; leave nothing behind."""
    with suppress(OSError):
        supervisor.stdin.close()
    try:
        supervisor.wait(_END_SECONDS)
    finally:  # also when a second interrupt cuts the waiting short
        if hasattr(os, "killpg"):
            with suppress(ProcessLookupError, PermissionError):
                os.killpg(supervisor.pid, signal.SIGKILL)
        else:
            supervisor.kill()
        supervisor.stdout.close()


def free_ports(count: int) -> list[int]:
    """Return different ports of this machine that nothing listens on."""
    with_ports = [socket.socket() for _ in range(count)]
    try:
        for each in with_ports:
            each.bind(("127.0.0.1", 0))
        return [each.getsockname()[1] for each in with_ports]
    finally:
        for each in with_ports:
            each.close()


# The supervisor ---------------------------------------------------------------


def _supervise() -> None:
    order = json.loads(sys.stdin.buffer.readline())
    workers = []
    try:
        workers += map(_start, order["programs"])
        print(json.dumps([worker.pid for worker in workers]), flush=True)
        print(json.dumps(_watch(workers, order["seconds"])), flush=True)
    finally:
        for worker in workers:
            worker.kill()
            worker.wait()


def _start(program: dict) -> subprocess.Popen:
    with open(program["log"], "wb") as log:
        return subprocess.Popen(
            [sys.executable, program["script"]],
            env=os.environ | _NO_PROXY | program["environment"],
            stdin=subprocess.DEVNULL,
            stdout=log,
            stderr=subprocess.STDOUT,
        )


def _watch(workers: list[subprocess.Popen], seconds: float) -> tuple[int, str]:
    """Return (0, "") once all are done, else which one ended badly, and how."""
    abandoned = threading.Event()
    threading.Thread(target=_notice_the_end, args=(abandoned,), daemon=True).start()
    end = time.monotonic() + seconds
    while True:
        codes = [worker.poll() for worker in workers]
        for index, code in enumerate(codes):
            if code:
                return index, f"failed with exit status {code}"
        if all(code == 0 for code in codes):
            return 0, ""
        if abandoned.is_set():
            return 0, "was ended"
        if time.monotonic() > end:
            return codes.index(None), f"was not done after {seconds:g} seconds"
        time.sleep(_POLL_SECONDS)


def _notice_the_end(abandoned: threading.Event) -> None:
    with suppress(OSError):
        while os.read(0, 1024):
            pass
    abandoned.set()


if __name__ == "__main__":
    try:
        _supervise()
    finally:
        os._exit(0)  # at once: the thread that reads the pipe may still wait
