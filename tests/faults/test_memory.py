"""What a class needs is computed from what kernels share and what they do not."""

import subprocess
import sys

import psutil
import pytest

from tests.faults import memory

MAPPER = """
import mmap, sys
file = open(sys.argv[1], "rb")
shared = mmap.mmap(file.fileno(), 0, access=mmap.ACCESS_READ)
sum(shared[::4096])
own = bytearray(b"x") * 40_000_000
print("ready", flush=True)
sys.stdin.read()
"""


@pytest.mark.skipif(sys.platform != "linux", reason="reads smaps")
def test_shared_pages_are_counted_once_and_a_class_is_computed_from_them(tmp_path):
    file = tmp_path / "shared"
    file.write_bytes(b"x" * 60_000_000)
    pipe = subprocess.PIPE
    command = [sys.executable, "-c", MAPPER, str(file)]
    started = [subprocess.Popen(command, stdin=pipe, stdout=pipe) for _ in range(3)]
    try:
        for each in started:
            assert each.stdout.readline() == b"ready\n"
        found = memory.measure(psutil.Process(each.pid) for each in started)
    finally:
        for each in started:
            each.communicate()
    assert found.processes == 3
    assert 40e6 < found.own < 60e6
    assert 60e6 < found.shared < 80e6
    assert found.together == pytest.approx(3 * found.own + found.shared)
    assert found.needed(30) == pytest.approx(30 * found.own + found.shared)


def test_processes_that_have_ended_are_left_out():
    ended = psutil.Popen([sys.executable, "-c", ""])
    ended.wait()
    assert memory.measure([ended]) == memory.Memory(0, 0, 0)
