"""Make the project's own environment, ``.venv``, and hand over to it.

Runs before anything is installed, so it uses the standard library only. The
steps: find uv, or put one into ``.uv``; make ``.venv``; install the locked
packages and the project itself; write a stamp that says what was installed;
start ``.venv``'s Python. The stamp is written last: without one, whatever
stands in ``.venv`` is unfinished and made anew.
"""

import hashlib
import importlib.metadata
import importlib.util
import json
import os
import platform
import re
import shutil
import subprocess
import sys
import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import BinaryIO

from course_utils import commands, files
from course_utils.chapters import PROJECT
from course_utils.commands import AUTHORS, INSTRUCTORS, LEARNERS

UV_REQUIREMENT = "uv>=0.13,<0.14"
"""The uv that is fetched when the computer has none; as in pyproject.toml."""
UV_OLDEST = (0, 5)
"""The oldest uv of the computer's own that is used."""

_ALWAYS = ("pyproject.toml", "requirements.lock")
_MORE = {INSTRUCTORS: "requirements-instructors.lock", AUTHORS: "requirements-dev.lock"}

# These point a Python, pip or uv at another place than the one meant here.
_MISLEADING = {
    "PYTHONHOME",
    "PYTHONPATH",
    "PYTHONUSERBASE",
    "PYTHONPLATLIBDIR",
    "__PYVENV_LAUNCHER__",
    "VIRTUAL_ENV",
    "CONDA_PREFIX",
    "CONDA_DEFAULT_ENV",
}
# Of pip's and uv's own settings, those that say how to reach an index and
# where to keep downloads; the others say what to install where.
_KEPT_SETTINGS = (
    *("UV_DEFAULT_INDEX", "UV_INDEX", "UV_EXTRA_INDEX_URL", "UV_FIND_LINKS"),
    *("UV_HTTP", "UV_OFFLINE", "UV_REQUEST", "UV_INSECURE_HOST", "UV_KEYRING"),
    *("UV_NATIVE_TLS", "UV_SYSTEM_CERTS", "UV_CONFIG_FILE", "UV_NO_CONFIG"),
    *("UV_CACHE_DIR", "UV_NO_CACHE", "UV_LINK_MODE", "UV_CONCURRENT"),
    *("PIP_INDEX_URL", "PIP_EXTRA_INDEX_URL", "PIP_FIND_LINKS", "PIP_NO_INDEX"),
    *("PIP_PROXY", "PIP_CERT", "PIP_CLIENT_CERT", "PIP_TRUSTED_HOST"),
    *("PIP_DEFAULT_TIMEOUT", "PIP_RETRIES", "PIP_KEYRING", "PIP_CONFIG_FILE"),
    *("PIP_CACHE_DIR", "PIP_NO_CACHE_DIR"),
)


class SetupError(Exception):
    """The set-up cannot go on; the message says why and what to do."""


def main(argv: list[str], project: Path = PROJECT) -> int:
    """Set the course up if need be and run it; return the exit status.

    On POSIX systems a call that hands over to ``.venv`` does not return.
    """
    inside = _is_same(Path(sys.prefix), project / ".venv")
    if not (project / "pyproject.toml").is_file():
        return commands.main(argv)  # installed as a package, without a clone
    if is_installed() and (not inside or read_stamp(project) is None):
        return commands.main(argv)  # conda, Binder, an environment made by hand
    # A typing mistake or --help is answered now, before a long set-up.
    whom = commands.audience(commands.parse(argv).command)
    try:
        if not is_up_to_date(project, whom):
            set_up(project, whom)
        elif inside:
            return commands.main(argv)
    except SetupError as error:
        say(str(error))
        return 1
    except OSError as error:
        say(
            f"The set-up could not go on in {project}: {error}. Check that the "
            "folder may be written to and that the disk is not full."
        )
        return 1
    except KeyboardInterrupt:
        say("The set-up was interrupted; the next call takes it up again.")
        return 130
    return hand_over(venv_python(project), argv)


def is_installed() -> bool:
    """Return whether the running Python can run the course by itself."""
    try:
        importlib.metadata.distribution("deep-learning-course")
    except importlib.metadata.PackageNotFoundError:
        return False
    return importlib.util.find_spec("jupyterlab") is not None


# What is installed, and whether it still holds.


def venv_python(project: Path) -> Path:
    """Return the path of the Python in the project's ``.venv``."""
    return project / ".venv" / _executable("python")


def read_stamp(project: Path) -> dict | None:
    """Return what the last finished set-up installed; None if there was none."""
    try:
        stamp = json.loads(_stamp_file(project).read_text(encoding="utf-8"))
    except (OSError, ValueError):
        return None
    return stamp if isinstance(stamp, dict) else None


def expected_stamp(project: Path, whom: int) -> dict:
    """Return the stamp of a set-up made now, with what these people need."""
    names = (*_ALWAYS, _MORE[whom]) if whom in _MORE else _ALWAYS
    return {
        "location": str(project),
        "python": f"{sys.version_info.major}.{sys.version_info.minor}",
        "files": {
            name: hashlib.sha256((project / name).read_bytes()).hexdigest()
            for name in names
        },
    }


def is_up_to_date(project: Path, whom: int) -> bool:
    """Return whether ``.venv`` is whole and holds what is declared now."""
    stamp = read_stamp(project)
    if stamp is None or not _is_usable(project):
        return False
    return stamp == expected_stamp(project, max(whom, _made_for(stamp)))


def _stamp_file(project: Path) -> Path:
    return project / ".venv" / "course-setup.json"


def _made_for(stamp: dict | None) -> int:
    files = stamp.get("files", ()) if stamp else ()
    return max(
        [whom for whom, name in _MORE.items() if name in files], default=LEARNERS
    )


def _is_usable(project: Path) -> bool:
    """Return whether ``.venv`` has a Python whose own installation exists."""
    try:
        config = (project / ".venv" / "pyvenv.cfg").read_text(encoding="utf-8")
    except (OSError, ValueError):
        return False
    home = re.search(r"^home\s*=\s*(.+?)\s*$", config, re.MULTILINE)
    return bool(home) and os.path.isdir(home[1]) and venv_python(project).is_file()


# The set-up.


def set_up(project: Path, whom: int) -> None:
    """Make ``.venv``, or bring it up to date, and stamp it.

    Parameters
    ----------
    project : Path
        Folder of the clone.
    whom : int
        LEARNERS, INSTRUCTORS or AUTHORS: whose tools are wanted. What is there
        for somebody who needs more stays.

    Raises
    ------
    SetupError
        If a step fails; the message says what to do.
    """
    refusal = machine_refusal(sys.platform, platform.machine(), sys.maxsize)
    if refusal:
        raise SetupError(refusal)
    with only_one_setup(project):
        if is_up_to_date(project, whom):
            return  # another call has done it while this one waited
        say(f"Setting the course up in {project} (the first time takes minutes).")
        started = time.monotonic()
        uv = find_uv(project) or fetch_uv(project)
        old = read_stamp(project)
        _stamp_file(project).unlink(missing_ok=True)
        stamp = expected_stamp(project, max(whom, _made_for(old)))
        same_place = old is not None and all(
            old.get(key) == stamp[key] for key in ("location", "python")
        )
        if not (same_place and _is_usable(project)):
            make_venv(project, uv)
        install(project, uv, _made_for(stamp))
        files.write_whole(_stamp_file(project), json.dumps(stamp, indent=1))
        say(f"The course is set up ({time.monotonic() - started:.0f} s).")


def machine_refusal(system: str, machine: str, largest_integer: int) -> str | None:
    """Return why TensorFlow cannot be installed on this computer, else None.

    Parameters
    ----------
    system, machine : str
        As ``sys.platform`` and ``platform.machine()`` have them.
    largest_integer : int
        ``sys.maxsize``, which tells a 32-bit Python.
    """
    if system == "darwin" and machine == "x86_64":
        return (
            "TensorFlow is not published any more for Macs with an Intel "
            "processor, so the course cannot run here; if this Mac has an Apple "
            "processor, install the arm64 build of Python and use that."
        )
    if largest_integer < 2**32:
        return (
            "This is a 32-bit Python and TensorFlow needs a 64-bit one: install "
            "the 64-bit Python 3.12 and use that."
        )
    published = {"linux": {"x86_64", "aarch64"}, "darwin": {"arm64"}}
    published["win32"] = {"amd64", "x86_64"}
    if machine.lower() not in published.get(system, ()):
        return (
            f"TensorFlow is not published for {system} on {machine}: use a "
            "computer with Linux (x86-64, aarch64), macOS (Apple processor) or "
            "Windows (x86-64)."
        )
    return None


@contextmanager
def only_one_setup(project: Path) -> Iterator[None]:
    """Wait until no other set-up runs in this folder, and keep others out.

    The lock is the operating system's, on an open file, so it ends with the
    process that holds it and none is ever left behind.
    """
    (project / ".uv").mkdir(exist_ok=True)
    with open(project / ".uv" / "setup.lock", "a+b") as file:
        if not _try_lock(file):
            say("Another set-up is running in this folder; waiting for it to end.")
            while not _try_lock(file):
                time.sleep(0.2)
        yield


def _try_lock(file: BinaryIO) -> bool:
    """Lock the open file for this process; return whether that worked."""
    try:
        if os.name == "nt":
            import msvcrt

            file.seek(0)
            msvcrt.locking(file.fileno(), msvcrt.LK_NBLCK, 1)
        else:
            import fcntl

            fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except (BlockingIOError, PermissionError):
        return False
    except OSError:
        pass  # a file system without locks: better unguarded than not at all
    return True


def make_venv(project: Path, uv: Path) -> None:
    """Make an empty ``.venv`` with the Python that is running."""
    venv = project / ".venv"
    if os.path.lexists(venv):
        say("Making .venv anew: it is unfinished, moved, or of another Python.")
        try:
            if venv.is_symlink():
                venv.unlink()
            else:
                shutil.rmtree(venv)
        except OSError as error:
            raise SetupError(
                f"The folder {venv} could not be removed ({error.strerror}): close "
                "the programs that use it, such as JupyterLab, and call again."
            ) from error
    python = getattr(sys, "_base_executable", None)
    if not python or not os.path.isfile(python):
        python = sys.executable
    arguments = ["venv", "--quiet", "--python", python, str(venv)]
    if subprocess.call([str(uv), *arguments], env=clean_environment()) != 0:
        raise SetupError(
            f"uv could not make {venv} with {python}; its own message stands above."
        )


def install(project: Path, uv: Path, whom: int) -> None:
    """Install the locked packages and the project itself into ``.venv``."""
    python = ["--python", str(venv_python(project))]
    locks = ["requirements.lock", *([_MORE[whom]] if whom in _MORE else [])]
    say("Installing the locked packages: up to 1 GB to fetch, the first time.")
    _run_uv(
        project,
        [uv, "pip", "sync", *python, "--require-hashes", "--compile-bytecode", *locks],
    )
    _run_uv(
        project,
        [uv, "pip", "install", *python, "--quiet", "--no-deps", "--editable", "."],
    )
    if not str(project).isascii():
        name_relatively(project)


def name_relatively(project: Path) -> None:
    """Let ``.venv`` find the clone by a relative path, which is ASCII.

    Before 3.12.4, Python reads the file that names the clone in the system's
    encoding, not in UTF-8: on Windows it would then not find a clone in a folder
    called "Übung", and with some letters not even start.
    """
    venv = project / ".venv"
    sites = [*venv.glob("lib/python*/site-packages"), venv / "Lib" / "site-packages"]
    for file in (file for site in sites for file in site.glob("_editable_*.pth")):
        draft = file.with_suffix(".tmp")  # the file itself is linked to uv's cache
        draft.write_text(os.path.relpath(project, file.parent) + "\n", encoding="ascii")
        os.replace(draft, file)


def _run_uv(project: Path, command: list) -> None:
    """Run uv, and if that fails, once more with what it has in its cache."""
    words = [str(word) for word in command]
    environment = clean_environment()
    if subprocess.call(words, cwd=project, env=environment) == 0:
        return
    say("That failed; trying with the packages that this computer has already.")
    offline = subprocess.run(
        [*words, "--offline"], cwd=project, env=environment, capture_output=True
    )
    if offline.returncode != 0:
        raise SetupError(
            "The packages could not be installed (uv's own message stands above): "
            "check the network (a proxy goes into HTTPS_PROXY, a mirror of the "
            "package index into UV_DEFAULT_INDEX) and the free disk space, then "
            "call again."
        )


# uv.


def find_uv(project: Path) -> Path | None:
    """Return a working uv, the computer's or the project's own; else None."""
    for candidate in (shutil.which("uv"), _own_uv(project)):
        if candidate and uv_version(candidate) >= UV_OLDEST:
            return Path(candidate)
    return None


def uv_version(uv: Path | str) -> tuple[int, ...]:
    """Return the version of a uv, and ``(0,)`` if it does not run."""
    try:
        answer = subprocess.run(
            [str(uv), "--version"],
            env=clean_environment(),
            capture_output=True,
            text=True,
            timeout=30,
        )
    except (OSError, subprocess.SubprocessError, UnicodeError):
        return (0,)
    number = re.match(r"uv (\d+)\.(\d+)\.(\d+)", answer.stdout)
    if answer.returncode != 0 or number is None:
        return (0,)
    return tuple(int(part) for part in number.groups())


def fetch_uv(project: Path) -> Path:
    """Put a uv of the project's own into ``.uv``, by pip, and return it.

    Raises
    ------
    SetupError
        If this Python cannot make environments, or pip cannot reach an index.
    """
    if not all(importlib.util.find_spec(name) for name in ("venv", "ensurepip")):
        raise SetupError(
            "This Python cannot make virtual environments: on Debian or Ubuntu "
            "call `sudo apt install python3-venv`, elsewhere install Python from "
            "its own installer; then call again."
        )
    say(f"Fetching uv, which installs packages, into {project / '.uv'}.")
    home = project / ".uv" / "env"
    python = str(home / _executable("python"))
    make = [sys.executable, "-m", "venv", "--clear", str(home)]
    fetch = [python, "-m", "pip", "install", "--quiet", UV_REQUIREMENT]
    # A pip.conf may ask for another kind of installation; this is the one meant.
    settings = {"PIP_USER": "0", "PIP_REQUIRE_VIRTUALENV": "0", "PIP_NO_INPUT": "1"}
    log = project / ".uv" / "setup.log"
    with open(log, "wb") as file:
        for command in (make, fetch):
            status = subprocess.call(
                command,
                env={**clean_environment(), **settings},
                stdout=file,
                stderr=subprocess.STDOUT,
            )
            if status != 0:
                raise SetupError(
                    "uv, which installs the packages, could not be fetched: check "
                    "the network (a proxy goes into HTTPS_PROXY) and call again; "
                    f"the details stand in {log}."
                )
    return _own_uv(project)


def _own_uv(project: Path) -> Path:
    return project / ".uv" / "env" / _executable("uv")


# Small things.


def clean_environment(source: Mapping[str, str] | None = None) -> dict[str, str]:
    """Return the environment without what would misdirect Python, pip or uv."""
    source = os.environ if source is None else source
    return {
        name: value
        for name, value in source.items()
        if name not in _MISLEADING
        and (name.startswith(_KEPT_SETTINGS) or not name.startswith(("UV_", "PIP_")))
    }


def hand_over(python: Path, argv: list[str]) -> int:
    """Run the command line with another Python in place of this process.

    Windows has no such replacement: there the other Python runs as a child,
    and its exit status is returned.
    """
    command = [str(python), "-m", "course_utils.commands", *argv]
    sys.stdout.flush()
    sys.stderr.flush()
    if os.name != "nt":
        os.execve(command[0], command, clean_environment())
    child = subprocess.Popen(command, env=clean_environment())
    while True:
        try:
            return child.wait()
        except KeyboardInterrupt:
            pass  # Ctrl-C reached the child too, which decides what it means


def say(text: str) -> None:
    """Tell the person at the terminal; stderr can write any character."""
    print(text, file=sys.stderr, flush=True)


def _executable(name: str) -> str:
    """Return where an environment keeps a program of this name."""
    return f"Scripts/{name}.exe" if os.name == "nt" else f"bin/{name}"


def _is_same(first: Path, second: Path) -> bool:
    return first.resolve() == second.resolve()
