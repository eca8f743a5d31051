"""What the tests of faults share."""

import subprocess
import sys
import tempfile
from contextlib import contextmanager, suppress
from pathlib import Path

import pytest


@pytest.fixture
def small_disk(tmp_path):
    """Return a function that mounts a disk of so many bytes and returns its folder."""
    mounted = []

    def mount(size: str) -> Path:
        folder = tmp_path / f"disk{len(mounted)}"
        folder.mkdir()
        command = ["mount", "-t", "tmpfs", "-o", f"size={size}", "none", str(folder)]
        if not sys.platform.startswith("linux"):
            pytest.skip("NOT TESTED: a small disk is mounted on Linux only")
        if subprocess.run(command, capture_output=True).returncode:
            pytest.skip("NOT TESTED: mounting a small disk takes root")
        mounted.append(folder)
        return folder

    yield mount
    for folder in mounted:
        subprocess.run(["umount", str(folder)], check=True)


@contextmanager
def _filled(folder: Path):
    """Leave no room on the disk of a folder."""
    filler = folder / "filler"
    with open(filler, "wb", buffering=0) as file, suppress(OSError):
        while True:
            file.write(bytes(4096))
    yield
    filler.unlink()


@pytest.fixture
def filled():
    """Return a context manager in which a disk is full."""
    return _filled


@pytest.fixture
def quick_folder(tmp_path):
    """Return a folder in memory where there is one: no waiting for a disk."""
    memory = Path("/dev/shm")
    if not memory.is_dir():
        yield tmp_path
        return
    with tempfile.TemporaryDirectory(dir=memory) as folder:
        yield Path(folder)
