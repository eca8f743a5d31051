"""``course offline-kit``: what is fetched, and that nothing else is needed."""

import json
import os
import re
import shutil
import subprocess
import sys
from pathlib import Path

import pytest
from packaging.requirements import Requirement

from course_utils import data
from course_utils.authoring import offline
from course_utils.chapters import CHAPTERS, PROJECT

LOCKED = (PROJECT / "requirements.lock").read_text(encoding="utf-8")
# The Python that this environment was made from: it has none of the packages.
PLAIN_PYTHON = getattr(sys, "_base_executable", sys.executable)
# Enough for `course progress`, and small.
FEW = ("filelock", "platformdirs")


# Which packages.


def test_each_package_is_wanted_once_with_hashes_and_one_tensorflow():
    found = offline.requirements(LOCKED, f"{offline.PYTHON}.5")
    names = [line.split("==")[0] for line in found]
    assert len(names) == len(set(names)) > 100
    assert all(re.search(r" --hash=sha256:[0-9a-f]{64}", line) for line in found)
    assert not any(";" in line or "\\" in line for line in found)
    assert len({"tensorflow", "tensorflow-cpu"} & set(names)) == 1


@pytest.mark.parametrize(
    ("marker", "wanted"),
    [
        ("sys_platform == 'never'", False),
        (f"sys_platform == '{sys.platform}'", True),
        ("python_full_version < '3.11.3'", False),
        ("python_full_version >= '3.11.3'", True),
    ],
)
def test_packages_of_other_systems_and_pythons_stay_out(marker, wanted):
    locked = f"odd==1 ; {marker} \\\n    --hash=sha256:12\n"
    found = offline.requirements(locked, "3.11.5")
    assert found == (["odd==1 --hash=sha256:12"] if wanted else [])


# What else is in it.


@pytest.fixture
def kit(tmp_path, monkeypatch):
    """A kit as it is written, but without the packages."""
    monkeypatch.setattr(offline, "fetch", lambda wheels, *_: wheels.mkdir())
    folder = tmp_path / "Kit – Übung"
    offline.write(folder)
    return folder


def test_it_holds_every_notebook_and_what_they_import(kit):
    for each in CHAPTERS:
        copy = kit / "notebooks" / each.notebook.name
        assert copy.read_bytes() == each.notebook.read_bytes()
    assert (kit / "course_utils" / "widgets" / "piece.js").is_file()
    assert (kit / "requirements.lock").read_text(encoding="utf-8") == LOCKED


def test_its_data_are_the_whole_sets_at_hand_and_the_readme_says_which(
    tmp_path, monkeypatch
):
    monkeypatch.setattr(offline, "fetch", lambda wheels, *_: wheels.mkdir())
    monkeypatch.setenv("COURSE_HOME", str(tmp_path / "home"))
    monkeypatch.delenv("COURSE_MNIST", raising=False)
    monkeypatch.delenv("COURSE_FASHION_MNIST", raising=False)
    offline.write(tmp_path / "without")
    assert not (tmp_path / "without" / "data").exists()
    readme = (tmp_path / "without" / "README.md").read_text(encoding="utf-8")
    assert "no data sets" in readme

    monkeypatch.setattr(data.reading, "read", lambda dataset, path, dtype: None)
    (tmp_path / "digits").write_bytes(b"digits")
    (tmp_path / "garments").write_bytes(b"garments")
    monkeypatch.setenv("COURSE_MNIST", str(tmp_path / "digits"))
    monkeypatch.setenv("COURSE_FASHION_MNIST", str(tmp_path / "garments"))
    offline.write(tmp_path / "with")
    assert (tmp_path / "with" / "data" / "mnist.npz").read_bytes() == b"digits"
    readme = (tmp_path / "with" / "README.md").read_text(encoding="utf-8")
    assert "fashion_mnist.npz" in readme


def test_another_python_is_told_which_one_is_needed(kit):
    about = {"python": "3.99", "platform": "linux-x86_64"}
    (kit / "kit.json").write_text(json.dumps(about))
    start = subprocess.run(
        [sys.executable, kit / "start.py"], capture_output=True, text=True
    )
    assert start.returncode == 1
    assert "Python 3.99 on linux-x86_64" in start.stdout
    assert start.stderr == ""


def test_an_older_kit_is_replaced_and_nothing_else_is(kit, tmp_path):
    (kit / "old").touch()
    offline.write(kit)
    assert not (kit / "old").exists()
    assert json.loads((kit / "kit.json").read_text())["python"] == offline.PYTHON
    (tmp_path / "mine").mkdir()
    (tmp_path / "mine" / "thesis.txt").touch()
    with pytest.raises(offline.KitError, match="left alone"):
        offline.write(tmp_path / "mine")


def test_a_failed_download_leaves_the_older_kit_and_no_rubbish(kit, monkeypatch):
    def fails(*_):
        raise offline.KitError("no network")

    monkeypatch.setattr(offline, "fetch", fails)
    before = sorted(kit.rglob("*"))
    with pytest.raises(offline.KitError):
        offline.write(kit)
    assert sorted(kit.rglob("*")) == before
    assert [path.name for path in kit.parent.iterdir()] == [kit.name]


# Installing from it.


@pytest.fixture
def small_project(tmp_path):
    """The declarations of a project with few and small packages, locked as ours."""
    return project_with(FEW, tmp_path / "project")


def project_with(names, folder):
    folder.mkdir()
    text = (PROJECT / "pyproject.toml").read_text(encoding="utf-8")
    declared = "".join(f'    "{name}",\n' for name in names)
    text, count = re.subn(
        r"(?ms)^dependencies = \[\n.*?^\]", f"dependencies = [\n{declared}]", text
    )
    assert count == 1
    (folder / "pyproject.toml").write_text(text, encoding="utf-8")
    shutil.copy(PROJECT / "requirements-dev.lock", folder)
    entries = re.findall(r"(?m)^[\w.-]+==.*\n(?:    --hash.*\n)+", LOCKED)
    few = [e for e in entries if Requirement(e.split(" ")[0]).name in names]
    assert len(few) >= len(names)
    (folder / "requirements.lock").write_text("".join(few), encoding="utf-8")
    return folder


def test_a_kit_installs_and_runs_without_a_network(small_project, tmp_path):
    kit = tmp_path / "Mein Kit – Übung"
    try:
        offline.write(kit, small_project)
    except offline.KitError:
        if index_is_reachable(tmp_path):
            raise
        pytest.skip("No package index can be reached, so no kit can be made.")
    names = {path.name.split("-")[0] for path in (kit / "wheels").iterdir()}
    assert {*FEW, "uv", "hatchling"} <= names
    start = subprocess.run(
        [*cut_off(), PLAIN_PYTHON, kit / "start.py", "progress"],
        env=bare_environment(tmp_path),
        capture_output=True,
        text=True,
        encoding="utf-8",
    )
    assert start.returncode == 0, start.stdout + start.stderr
    assert "The course is set up" in start.stderr
    assert CHAPTERS[0].title in start.stdout
    site = next((kit / ".venv").rglob("site-packages"))
    assert {name for name in FEW if (site / name).is_dir()} == set(FEW)


def test_what_differs_between_patches_of_a_python_is_fetched_for_all(tmp_path):
    python = offline.PYTHON
    first, last = (set(offline.requirements(LOCKED, f"{python}.{n}")) for n in (0, 99))
    wanted = {line.split(" ")[0] for line in first ^ last}
    if not wanted:
        pytest.skip(f"The lock is the same for every Python {python}.")
    names = {requirement.split("==")[0] for requirement in wanted}
    project = project_with(names, tmp_path / "project")
    try:
        offline.fetch(tmp_path / "wheels", project)
    except offline.KitError:
        if index_is_reachable(tmp_path):
            raise
        pytest.skip("No package index can be reached, so nothing can be fetched.")
    there = {
        "==".join(path.name.split("-")[:2]) for path in (tmp_path / "wheels").iterdir()
    }
    assert {requirement.replace("-", "_") for requirement in wanted} <= there


def index_is_reachable(folder):
    """Say whether pip finds a small package, in the way that it is set up here."""
    command = [sys.executable, "-m", "pip", "download", "--quiet", "--no-deps"]
    command += ["--dest", str(folder / "try"), FEW[0]]
    return subprocess.call(command, stderr=subprocess.DEVNULL) == 0


def cut_off():
    """Return the words before a command that take the network from it."""
    for words in (["unshare", "-n"], ["unshare", "-rn"]):
        if shutil.which(words[0]) and subprocess.call([*words, "true"]) == 0:
            return words
    return []


def bare_environment(folder):
    """An environment with an empty home; where nothing else does, a dead proxy."""
    home = folder / "home"
    home.mkdir()
    kept = ("PATH", "SYSTEMROOT", "TEMP", "TMP", "LANG")
    bare = {name: os.environ[name] for name in kept if name in os.environ}
    # No uv of the computer's own: what the kit brings has to do.
    bare["PATH"] = os.pathsep.join(
        part
        for part in bare["PATH"].split(os.pathsep)
        if not any(Path(part, name).exists() for name in ("uv", "uv.exe"))
    )
    homes = dict.fromkeys(("HOME", "USERPROFILE", "LOCALAPPDATA"), str(home))
    dead = dict.fromkeys(("HTTP_PROXY", "HTTPS_PROXY"), "http://127.0.0.1:9")
    return bare | homes | dead | {"PYTHONUTF8": "1"}
