"""``course offline-kit``: one folder for classrooms without a network.

It holds the locked packages as wheels, uv to install them, the notebooks and
what they import, the data sets where a copy is at hand, and ``start.py``, which
sets all of it up on a computer that has nothing but Python.
"""

import json
import os
import shutil
import subprocess
import sys
import tempfile
import tomllib
from dataclasses import dataclass
from pathlib import Path

from packaging.markers import Marker

from course_utils import data
from course_utils.chapters import CHAPTERS, PROJECT
from course_utils.lock import AUTHORS, LEARNERS

PYTHONS = ("3.11", "3.12", "3.13")

_START = Path(__file__).with_name("offline_start.py")
_ABOUT = "kit.json"  # for start.py; also marks a folder that may be replaced


@dataclass(frozen=True)
class Platform:
    """A kind of computer: its markers, and the tags of its wheels."""

    markers: dict[str, str]
    tags: tuple[str, ...]


def _linux(machine: str) -> Platform:
    # TensorFlow's own wheels ask for glibc 2.27; 2.28 is that of 2018.
    tags = [f"manylinux_2_{n}_{machine}" for n in range(28, 4, -1)]
    return Platform(
        {
            "sys_platform": "linux",
            "platform_system": "Linux",
            "platform_machine": machine,
            "os_name": "posix",
        },
        (*tags, f"manylinux2014_{machine}", f"linux_{machine}"),
    )


PLATFORMS = {
    "linux-x86_64": _linux("x86_64"),
    "linux-aarch64": _linux("aarch64"),
    "macos-arm64": Platform(
        {
            "sys_platform": "darwin",
            "platform_system": "Darwin",
            "platform_machine": "arm64",
            "os_name": "posix",
        },
        ("macosx_14_0_arm64",),
    ),
    "windows-x86_64": Platform(
        {
            "sys_platform": "win32",
            "platform_system": "Windows",
            "platform_machine": "AMD64",
            "os_name": "nt",
        },
        ("win_amd64",),
    ),
}
"""Where TensorFlow is published for."""


class KitError(Exception):
    """The kit cannot be made; the message says why and what to do."""


def command(output: str | None, platform: str | None, python: str | None) -> int:
    """Write the kit and say what is in it; return the exit status.

    Parameters
    ----------
    output : str or None
        Its folder; ``build/offline-kit`` in the clone when left out.
    platform : str or None
        A key of :data:`PLATFORMS`; this computer's when left out.
    python : str or None
        One of :data:`PYTHONS`; this Python's version when left out.
    """
    folder = PROJECT / "build" / "offline-kit" if output is None else Path(output)
    platform = platform or this_platform()
    python = python or ".".join(map(str, sys.version_info[:2]))
    try:
        write(folder, platform, python)
    except (KitError, OSError) as error:
        print(error, file=sys.stderr)
        return 1
    size = sum(path.stat().st_size for path in folder.rglob("*") if path.is_file())
    wheels = len(list((folder / "wheels").iterdir()))
    print(
        f"The kit for Python {python} on {platform} is ready in {folder}: {wheels} "
        f"wheels, {size / 1e6:,.0f} MB. Its README says how to use it."
    )
    return 0


def this_platform() -> str:
    """Return the key of this computer in :data:`PLATFORMS`.

    Raises
    ------
    KeyError
        If TensorFlow is not published for it; the set-up refused it before.
    """
    import platform

    machine = platform.machine().lower().replace("amd64", "x86_64")
    system = {"linux": "linux", "darwin": "macos", "win32": "windows"}[sys.platform]
    return f"{system}-{machine}"


def write(folder: Path, platform: str, python: str, project: Path = PROJECT) -> None:
    """Write the kit into a folder; an older kit there is replaced.

    Parameters
    ----------
    folder : Path
    platform : str
        A key of :data:`PLATFORMS`.
    python : str
        One of :data:`PYTHONS`.
    project : Path
        Whose packages are wanted: a folder with pyproject.toml and lock files.

    Raises
    ------
    KitError
        If the folder holds anything else, a notebook holds somebody's own work,
        or a package cannot be fetched.
    """
    from course_utils.instructors import handout

    folder = folder.absolute()
    if folder.exists() and not folder.is_dir():
        raise KitError(f"{folder} is a file; name a folder for the kit.")
    if folder.is_dir() and any(folder.iterdir()) and not (folder / _ABOUT).is_file():
        raise KitError(
            f"{folder} holds something else than a kit, so it was left alone; name "
            "an empty or a new folder."
        )
    try:
        files = handout.contents(list(CHAPTERS), "kit")
    except handout.HandoutError as error:
        raise KitError(str(error)) from None
    for name in ("pyproject.toml", LEARNERS):
        files[f"kit/{name}"] = (project / name).read_bytes()
    found = data_sets()
    about = {"python": python, "platform": platform}
    files["kit/start.py"] = _START.read_bytes()
    files["kit/README.md"] = readme(python, platform, found).encode()
    files[f"kit/{_ABOUT}"] = json.dumps(about).encode()

    folder.parent.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory(dir=folder.parent, prefix=".kit-") as name:
        draft = Path(name, "kit")
        for inside, content in files.items():
            path = Path(name, inside)
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_bytes(content)
        for file, source in found.items():
            (draft / "data").mkdir(exist_ok=True)
            shutil.copyfile(source, draft / "data" / file)
        fetch(draft / "wheels", platform, python, project)
        if folder.exists():
            shutil.rmtree(folder)
        os.replace(draft, folder)


# The packages.


def fetch(wheels: Path, platform: str, python: str, project: Path) -> None:
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
    first, last = f"{python}.0", f"{python}.99"
    oldest = requirements(locked, platform, first)
    newest = requirements(locked, platform, last)
    newer = [each for each in newest if each not in oldest]
    uv = requirements(tools, platform, first, only="uv")
    exact = ["--require-hashes", "--no-deps"]
    _download(wheels, oldest + uv, platform, first, exact)
    if newer:
        _download(wheels, newer, platform, last, exact)
    # What builds an editable install has no place in the lock files.
    backend = [*declared["build-system"]["requires"], "editables"]
    _download(wheels, backend, platform, python, [])


def requirements(
    locked: str, platform: str, python: str, only: str | None = None
) -> list[str]:
    """Return the requirements of a lock file that count on one platform.

    Parameters
    ----------
    locked : str
        Text of a lock file, as uv writes it.
    platform : str
        A key of :data:`PLATFORMS`.
    python : str
        A full version, such as ``3.12.4``.
    only : str, optional
        The one package that is wanted.

    Returns
    -------
    list of str
        One requirement with its hashes in each, without markers: pip compares
        markers with the computer that it runs on, not with the one it is for.
    """
    environment = {
        **PLATFORMS[platform].markers,
        "python_version": python.rpartition(".")[0],
        "python_full_version": python,
        "implementation_name": "cpython",
        "platform_python_implementation": "CPython",
    }
    joined = locked.replace("\\\n", " ")
    lines = [line for line in joined.splitlines() if line and line[0] not in " #"]
    kept = []
    for line in lines:
        wanted, *hashes = map(str.strip, line.split(" --hash="))
        requirement, _, marker = wanted.partition(" ; ")
        if only is not None and not requirement.startswith(f"{only}=="):
            continue
        if not marker or Marker(marker).evaluate(environment):
            kept.append(" --hash=".join([requirement, *hashes]))
    return kept


def _download(
    wheels: Path, wanted: list[str], platform: str, python: str, options: list[str]
) -> None:
    """Let pip download wheels, and nothing but wheels, for one platform."""
    with tempfile.TemporaryDirectory() as name:
        file = Path(name, "requirements.txt")
        file.write_text("\n".join(wanted) + "\n", encoding="utf-8")
        command = [sys.executable, "-m", "pip", "download", "--quiet", *options]
        command += ["--only-binary", ":all:", "--dest", str(wheels)]
        command += ["--implementation", "cp", "--python-version", python]
        for tag in PLATFORMS[platform].tags:
            command += ["--platform", tag]
        command += ["--requirement", str(file), "--disable-pip-version-check"]
        if subprocess.call(command) != 0:
            raise KitError(
                "The packages could not be fetched (pip's own message stands above): "
                "check the network and the free disk space, then call again."
            )


# What else is in it.


def data_sets() -> dict[str, Path]:
    """Return the data sets that are on this computer, whole, by their file names."""
    found = {}
    for each in (data.MNIST, data.FASHION_MNIST):
        path = data._named_path(each) or data._cache_path(each)
        try:
            data._read(each, path, "uint8")
        except data._Failure:
            continue
        found[each.file] = path
    return found


def readme(python: str, platform: str, found: dict[str, Path]) -> str:
    """Return the text of the kit's README."""
    data_sets = f"the data sets ({', '.join(found)})" if found else "no data sets"
    note = "" if found else _WITHOUT_DATA
    return _README.format(
        python=python, platform=platform, data_sets=data_sets, note=note
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
