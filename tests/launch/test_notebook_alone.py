"""A notebook on its own, as in Colab, fetches what it needs; elsewhere it is silent."""

import base64
import hashlib
import importlib.metadata
import os
import re
import subprocess
import sys
import zipfile
from pathlib import Path
from types import SimpleNamespace

import nbformat
import pytest

from course_utils.chapters import CAPSTONES, CHAPTERS, PROJECT, WORKED, chapter
from course_utils.setup import launch

NOTEBOOKS = (*CHAPTERS, *CAPSTONES, *WORKED)
NUMPY = chapter("02")
DISTRIBUTION = "deep_learning_course-0.1.0"

MISLEADING = ("PYTHONPATH", "PYTHONHOME", "PYTHONDONTWRITEBYTECODE")
RUN = """\
import json, sys
from IPython.core.interactiveshell import InteractiveShell
result = InteractiveShell().run_cell(open("cell.py", encoding="utf-8").read())
print("ERROR", repr(result.error_in_exec)) if result.error_in_exec else None
print("FROM", sys.modules["course_utils"].__file__)
"""


def code_of(each):
    cells = nbformat.read(each.notebook, as_version=4).cells
    return [cell.source for cell in cells if cell.cell_type == "code"]


@pytest.mark.parametrize("each", NOTEBOOKS, ids=lambda each: each.name)
def test_the_first_cell_and_no_other_may_install(each):
    first, *others = code_of(each)
    assert first.startswith(launch.guard())
    rest = [first.removeprefix(launch.guard()), *others]
    assert not re.search(r"\b(pip|conda) install|[\"'](pip|conda|uv)[\"']", str(rest))


def test_the_lines_fit_and_name_the_release_that_is_declared():
    assert max(map(len, launch.guard().splitlines())) <= 79
    version = importlib.metadata.version("deep-learning-course")
    assert launch.TAG.removeprefix("v") == version
    assert f"/archive/refs/tags/{launch.TAG}.zip" in launch.guard()
    elsewhere = launch.guard("https://git.example.org/deep.git")
    assert 'home = "git+https://git.example.org/deep"' in elsewhere
    assert f"{{home}}@{launch.TAG}" in elsewhere


def run_cell(python: Path, source: str, folder: Path, **more):
    """Run a cell's source in an empty folder, as a kernel would; return its output."""
    folder.mkdir()
    (folder / "cell.py").write_text(source, encoding="utf-8")
    env = {k: v for k, v in os.environ.items() if k not in MISLEADING}
    env |= {"PIP_DISABLE_PIP_VERSION_CHECK": "1", "PIP_NO_INDEX": "1", **more}
    return subprocess.run(
        [python, "-c", RUN],
        cwd=folder,
        env=env,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        encoding="utf-8",
    ).stdout


def test_where_the_course_is_installed_the_lines_are_silent(tmp_path):
    shown = run_cell(Path(sys.executable), launch.guard(), tmp_path / "a")
    assert shown.splitlines() == [f"FROM {PROJECT / 'course_utils' / '__init__.py'}"]


@pytest.fixture(scope="module")
def alone(tmp_path_factory):
    """The Python of an environment with everything but the course."""
    folder = tmp_path_factory.mktemp("alone") / "env"
    subprocess.run([sys.executable, "-m", "venv", "--without-pip", folder], check=True)
    python = folder / ("Scripts/python.exe" if os.name == "nt" else "bin/python")
    where = "import sysconfig; print(sysconfig.get_path('purelib'))"
    answer = subprocess.run([python, "-c", where], capture_output=True, text=True)
    packages = Path(answer.stdout.strip())
    theirs = Path(nbformat.__file__).parent.parent
    # A folder named here lends its packages, pip among them; links in it, such
    # as the one to the clone, do not count.
    (packages / "lent.pth").write_text(f"{theirs}\n", encoding="utf-8")
    return python


@pytest.fixture(scope="module")
def release(tmp_path_factory):
    """The package as a wheel; what GitHub keeps would first have to be built."""
    path = tmp_path_factory.mktemp("release") / f"{DISTRIBUTION}-py3-none-any.whl"
    needs = importlib.metadata.requires("deep-learning-course")
    info = f"{DISTRIBUTION}.dist-info"
    files = {
        found.relative_to(PROJECT).as_posix(): found.read_bytes()
        for found in (PROJECT / "course_utils").rglob("*")
        if found.is_file() and "__pycache__" not in found.parts
    }
    metadata = ["Metadata-Version: 2.4", "Name: deep-learning-course", "Version: 0.1.0"]
    metadata += [f"Requires-Dist: {text}" for text in needs]
    files[f"{info}/METADATA"] = ("\n".join(metadata) + "\n").encode()
    files[f"{info}/WHEEL"] = (
        b"Wheel-Version: 1.0\nRoot-Is-Purelib: true\nTag: py3-none-any\n"
    )
    record = [f"{name},{_hash(data)},{len(data)}" for name, data in files.items()]
    record.append(f"{info}/RECORD,,")
    with zipfile.ZipFile(path, "w") as wheel:
        for name, data in files.items():
            wheel.writestr(name, data)
        wheel.writestr(f"{info}/RECORD", "\n".join(record) + "\n")
    return path


def _hash(data):
    digest = base64.urlsafe_b64encode(hashlib.sha256(data).digest())
    return "sha256=" + digest.rstrip(b"=").decode()


def fetching(source, what):
    """Return a cell that fetches a local file in place of the release."""
    changed = re.sub(r"\{home\}/archive\S+\.zip", lambda _: what.as_uri(), source)
    assert changed != source
    return changed


def test_alone_it_says_so_and_fetches_the_package_and_works(alone, release, tmp_path):
    cell = code_of(NUMPY)[0]
    said = (
        f"The course is not installed here. Fetching v0.1.0 from {launch.repository()}"
    )
    nothing = run_cell(alone, fetching(cell, tmp_path / "x.whl"), tmp_path / "without")
    assert said in nothing
    assert "ERROR ModuleNotFoundError" in nothing

    shown = run_cell(alone, fetching(cell, release), tmp_path / "first")
    assert said in shown
    assert "ERROR" not in shown
    assert f"FROM {alone.parent.parent}" in shown

    again = run_cell(alone, cell, tmp_path / "again")
    assert again.splitlines() == shown.splitlines()[-1:], "once is enough"


# What the package itself then installs.

NEEDED = (
    *("anywidget<0.12,>=0.11", "ipykernel<8,>=7.1", "jupyterlab<5,>=4.6"),
    "keras<4,>=3.15",
    "tensorflow-cpu<2.22,>=2.21; sys_platform == 'nowhere'",
    "tensorflow<2.22,>=2.21; sys_platform != 'nowhere'",
)
WHOLE = {"anywidget": "0.11.0", "keras": "3.15.1", "tensorflow": "2.21.0"}
LESS = {name: WHOLE[name] for name in ("keras", "tensorflow")}
COLABS = WHOLE | {"keras": "3.8.0", "tensorflow": "2.19.1", "ipykernel": "6.17.1"}
OTHER = {"anywidget": "0.11.0", "keras": "3.15.1", "tensorflow-cpu": "2.21.0"}
INSTALLS = "Installing anywidget<0.12,>=0.11\n"


@pytest.mark.parametrize(
    ("here", "status", "said"),
    [
        (WHOLE, 0, ""),
        (LESS, 0, INSTALLS),  # no front end
        (LESS, 1, f"{INSTALLS}no such package\nSome of them could not be installed"),
        (OTHER, 0, ""),  # a second TensorFlow would overwrite the first
        (COLABS, 0, "Here are keras 3.8.0, tensorflow 2.19.1, versions that the cou"),
    ],
)
def test_what_is_missing_is_installed_and_what_is_there_stays(
    here, status, said, monkeypatch, capsys
):
    calls = []

    def version(name):
        if name not in here:
            raise importlib.metadata.PackageNotFoundError(name)
        return here[name]

    def call(command, **_):
        calls.append(command[4:])
        return subprocess.CompletedProcess(command, status, "", "no such package\n")

    course = SimpleNamespace(requires=NEEDED)
    monkeypatch.setattr(importlib.metadata, "distribution", lambda name: course)
    monkeypatch.setattr(importlib.metadata, "version", version)
    monkeypatch.setattr(subprocess, "run", call)
    launch.complete()
    installs = said.startswith(INSTALLS)
    assert calls == ([["--quiet", "anywidget<0.12,>=0.11"]] if installs else [])
    shown = capsys.readouterr().out
    assert shown.startswith(said)
    assert ("check the network, restart the kernel" in shown) == bool(status)
    assert bool(shown) == bool(said)
