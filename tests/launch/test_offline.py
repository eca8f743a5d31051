"""``course offline-kit``: what is fetched, and that nothing else is needed."""

import json
import os
import re
import shutil
import subprocess
import sys
from contextlib import contextmanager
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
    """A kit as it is written, but without the packages and the data."""
    monkeypatch.setattr(offline, "fetch", lambda wheels, *_: wheels.mkdir())
    monkeypatch.setenv("COURSE_HOME", str(tmp_path / "home"))
    monkeypatch.delenv("COURSE_MNIST", raising=False)
    monkeypatch.delenv("COURSE_FASHION_MNIST", raising=False)
    folder = tmp_path / "kits" / "Kit – Übung"
    offline.write(folder)
    return folder


def test_it_holds_every_notebook_and_what_they_import(kit):
    for each in CHAPTERS:
        copy = kit / "notebooks" / each.notebook.name
        assert copy.read_bytes() == each.notebook.read_bytes()
    assert (kit / "course_utils" / "widgets" / "piece.js").is_file()
    assert (kit / "requirements.lock").read_text(encoding="utf-8") == LOCKED


def test_its_data_are_the_whole_sets_at_hand_and_the_readme_says_which(
    kit, tmp_path, monkeypatch
):
    assert not (kit / "data").exists()
    assert "no data sets" in (kit / "README.md").read_text(encoding="utf-8")
    monkeypatch.setattr(data.reading, "read", lambda dataset, path, dtype: None)
    for file, name in (("mnist", "MNIST"), ("fashion_mnist", "FASHION_MNIST")):
        (tmp_path / file).write_text(file)
        monkeypatch.setenv(f"COURSE_{name}", str(tmp_path / file))
    offline.write(kit)
    for file in ("mnist", "fashion_mnist"):
        assert (kit / "data" / f"{file}.npz").read_text() == file
        assert f"{file}.npz" in (kit / "README.md").read_text(encoding="utf-8")


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


def test_a_kit_installs_and_runs_without_a_network(tmp_path):
    kit = tmp_path / "Mein Kit – Übung"
    project = project_with(FEW, tmp_path / "project")
    with skipped_without_an_index(tmp_path):
        offline.write(kit, project)
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
    with skipped_without_an_index(tmp_path):
        offline.fetch(tmp_path / "wheels", project)
    there = {
        "==".join(path.name.split("-")[:2]) for path in (tmp_path / "wheels").iterdir()
    }
    assert {requirement.replace("-", "_") for requirement in wanted} <= there


@contextmanager
def skipped_without_an_index(folder):
    """Skip if pip does not find a small package either, as it is set up here."""
    try:
        yield
    except offline.KitError:
        command = [sys.executable, "-m", "pip", "download", "--quiet", "--no-deps"]
        command += ["--dest", str(folder / "try"), FEW[0]]
        if subprocess.call(command, stderr=subprocess.DEVNULL) == 0:
            raise
        pytest.skip("No package index can be reached, so nothing can be fetched.")


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
