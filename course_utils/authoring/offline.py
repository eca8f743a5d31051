"""``course offline-kit``: one folder for classrooms without a network.

It holds the locked packages as wheels, uv to install them, the notebooks and
what they import, the data sets where a copy is at hand, and ``start.py``, which
sets all of it up on a computer that has nothing but Python.
"""

import argparse
import json
import os
import platform
import shutil
import subprocess
import sys
import tempfile
import tomllib
from pathlib import Path

from packaging.markers import Marker

from course_utils import data, files
from course_utils.authoring.parcel import ParcelError, contents
from course_utils.chapters import CHAPTERS, PROJECT
from course_utils.setup.lock import AUTHORS, LEARNERS

_START = Path(__file__).with_name("offline_start.py")
_ABOUT = "kit.json"  # for start.py; also marks a folder that may be replaced

PYTHON = ".".join(map(str, sys.version_info[:2]))
PLATFORM = f"{platform.system()} ({platform.machine()})"
"""What a kit is made for: computers like this one."""


class KitError(Exception):
    """The kit cannot be made; the message says why and what to do."""


def command(options: argparse.Namespace) -> int:
    """Write the kit and say what is in it; return the exit status.

    Parameters
    ----------
    options : Namespace
        ``output`` (str or None): its folder; ``build/offline-kit`` in the clone
        when left out.
    """
    folder = Path(options.output or PROJECT / "build" / "offline-kit")
    try:
        write(folder)
    except (KitError, ParcelError, OSError) as error:
        print(error, file=sys.stderr)
        return 1
    size = sum(path.stat().st_size for path in folder.rglob("*") if path.is_file())
    wheels = len(list((folder / "wheels").iterdir()))
    print(
        f"The kit for Python {PYTHON} on {PLATFORM} is ready in {folder}: {wheels} "
        f"wheels, {size / 1e6:,.0f} MB. Its README says how to use it."
    )
    return 0


def write(folder: Path, project: Path = PROJECT) -> None:
    """Write the kit into a folder; an older kit there is replaced.

    Parameters
    ----------
    folder : Path
    project : Path
        Whose packages are wanted: a folder with pyproject.toml and lock files.

    Raises
    ------
    KitError
        If the folder holds anything else, or a package cannot be fetched.
    ParcelError
        If a notebook is missing or holds somebody's own work.
    """
    folder = folder.absolute()
    if reason := files.why_not_replaced(folder, _ABOUT, "kit"):
        raise KitError(reason)
    inside = contents(list(CHAPTERS), "kit")
    for name in ("pyproject.toml", LEARNERS):
        inside[f"kit/{name}"] = (project / name).read_bytes()
    found = data_sets()
    about = {"python": PYTHON, "platform": PLATFORM}
    inside["kit/start.py"] = _START.read_bytes()
    inside["kit/README.md"] = readme(found).encode()
    inside[f"kit/{_ABOUT}"] = json.dumps(about).encode()

    folder.parent.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory(dir=folder.parent, prefix=".kit-") as name:
        draft = Path(name, "kit")
        for path, content in inside.items():
            path = Path(name, path)
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_bytes(content)
        for file, source in found.items():
            (draft / "data").mkdir(exist_ok=True)
            shutil.copyfile(source, draft / "data" / file)
        fetch(draft / "wheels", project)
        if folder.exists():
            shutil.rmtree(folder)
        os.replace(draft, folder)


# The packages.


def fetch(wheels: Path, project: Path) -> None:
    """Download wheels: the locked packages, uv, and what builds the project.

    Raises
    ------
    KitError
        If pip cannot fetch one of them.
    """
    locked = (project / LEARNERS).read_text(encoding="utf-8")
    tools = (project / AUTHORS).read_text(encoding="utf-8")
    declared = tomllib.loads((project / "pyproject.toml").read_text(encoding="utf-8"))
    # A lock may tell 3.11.4 from 3.11.5, and nobody knows which one the kit meets.
    oldest = requirements(locked, f"{PYTHON}.0")
    newest = requirements(locked, f"{PYTHON}.99")
    uv = requirements(tools, f"{PYTHON}.0", only="uv")
    exact = ["--require-hashes", "--no-deps"]
    _download(wheels, oldest + uv, exact)
    if newer := [each for each in newest if each not in oldest]:
        _download(wheels, newer, exact)
    # What builds an editable install has no place in the lock files.
    _download(wheels, [*declared["build-system"]["requires"], "editables"], [])


def requirements(locked: str, python: str, only: str | None = None) -> list[str]:
    """Return the requirements of a lock file that count on this computer.

    Parameters
    ----------
    locked : str
        Text of a lock file, as uv writes it.
    python : str
        A full version, such as ``3.12.4``, which need not be the running one.
    only : str, optional
        The one package that is wanted.

    Returns
    -------
    list of str
        One requirement with its hashes in each, without markers: pip compares
        those with the Python that runs it.
    """
    joined = locked.replace("\\\n", " ")
    lines = [line for line in joined.splitlines() if line and line[0] not in " #"]
    kept = []
    for line in lines:
        wanted, *hashes = map(str.strip, line.split(" --hash="))
        requirement, _, marker = wanted.partition(" ; ")
        if only is not None and not requirement.startswith(f"{only}=="):
            continue
        if not marker or Marker(marker).evaluate({"python_full_version": python}):
            kept.append(" --hash=".join([requirement, *hashes]))
    return kept


def _download(wheels: Path, wanted: list[str], options: list[str]) -> None:
    """Let pip download wheels, and nothing but wheels."""
    with tempfile.TemporaryDirectory() as name:
        file = Path(name, "requirements.txt")
        file.write_text("\n".join(wanted) + "\n", encoding="utf-8")
        command = [sys.executable, "-m", "pip", "download", "--quiet", *options]
        command += ["--only-binary", ":all:", "--dest", str(wheels)]
        command += ["--requirement", str(file), "--disable-pip-version-check"]
        if subprocess.call(command) != 0:
            raise KitError(
                "The packages could not be fetched (pip's own message is above): "
                "check the network and the free disk space, then call again."
            )


# What else is in it.


def data_sets() -> dict[str, Path]:
    """Return the data sets that are on this computer, whole, by their file names."""
    found = {each.file: data.found(each) for each in (data.MNIST, data.FASHION_MNIST)}
    return {file: path for file, path in found.items() if path is not None}


def readme(found: dict[str, Path]) -> str:
    """Return the text of the kit's README."""
    data_sets = f"the data sets ({', '.join(found)})" if found else "no data sets"
    note = "" if found else _WITHOUT_DATA
    return _README.format(
        python=PYTHON, platform=PLATFORM, data_sets=data_sets, note=note
    )


_WITHOUT_DATA = """\
The chapters use their small built-in digits instead. To add the real ones, copy
`mnist.npz` into a folder `data` beside this file.

"""

_README = """\
# Deep learning, without a network

This folder holds the course with all its packages for Python {python} on
{platform}, and {data_sets}. Nothing is fetched from anywhere.

{note}Copy the folder to a computer with Python {python} (about 2.5 GB are
needed there), open a terminal in it, and call:

```sh
python3 start.py            # sets up once, then opens JupyterLab
python3 start.py doctor     # says what is wrong, if something is
python3 start.py progress   # shows what has been done
```

On Windows write `py -{python}` instead of `python3`. The first call takes a
minute or two; everything stays in this folder, in `.venv`.
"""
