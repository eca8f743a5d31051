"""The command ``course``.

Importing this module loads only the standard library: the set-up asks it what
a command needs before anything is installed.
"""

import argparse
import importlib
import importlib.util
import os
import secrets
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from course_utils import chapters

AUTHORS_COMMANDS = frozenset(
    {"test", "notebooks", "lock", "bench", "book", "offline-kit"}
)
"""Commands that need the tools of requirements-dev.lock."""

INSTRUCTORS_COMMANDS = frozenset({"assign", "grade", "report", "handout"})
"""Commands that need the tools of requirements-instructors.lock."""

CALL = "py -m course_utils" if os.name == "nt" else "python3 -m course_utils"
"""How the course is called in a terminal on this system."""

_PLACES = ("COURSE_HOME", "COURSE_MNIST", "COURSE_FASHION_MNIST")
"""Environment variables in which people name a folder or a file."""

_NO_CLONE = (
    "The notebooks are not here: the course runs from a clone of its repository, "
    "so clone that and call `python3 -m course_utils` in the clone."
)


def main(argv: list[str] | None = None) -> int:
    """Run the command line (by default this process's); return the exit status."""
    options = parse(sys.argv[1:] if argv is None else argv)
    # Kernels run in the notebooks' folders: what is meant is as seen from here.
    for name in _PLACES:
        if place := os.environ.get(name):
            os.environ[name] = os.path.abspath(os.path.expanduser(place))
    try:
        return _RUN[options.command](options)
    except KeyboardInterrupt:
        return 130


def parse(argv: list[str]) -> argparse.Namespace:
    """Return the command and its options.

    Raises
    ------
    SystemExit
        If help was asked for (status 0) or the line is wrong (status 2), after
        a message.
    """
    if not argv or (argv[0].startswith("-") and argv[0] not in ("-h", "--help")):
        argv = ["lab", *argv]
    parser = _parser()
    options, rest = parser.parse_known_args(argv)
    if rest and options.command != "test":
        parser.error(f"unrecognized arguments: {' '.join(rest)}")
    options.rest = rest
    return options


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(
        prog="course",
        description="An interactive introduction to deep learning.",
        epilog="Without a command: lab.",
        allow_abbrev=False,
    )
    commands = parser.add_subparsers(dest="command", metavar="COMMAND", required=True)

    def add(name: str, text: str, **more) -> argparse.ArgumentParser:
        return commands.add_parser(
            name, help=text, description=text, allow_abbrev=False, **more
        )

    lab = add("lab", "Open the course in JupyterLab.")
    lab.add_argument("--no-browser", action="store_true", help="open no browser")
    lab.add_argument(
        "--port", type=_port, default=8888, help="first port to try (default: 8888)"
    )
    add(
        "test",
        "Run the linter and all tests; other arguments go to pytest.",
        usage="course test [-h] [PYTEST ARGUMENTS]",
    )
    notebooks = add("notebooks", "Write the notebooks from their sources.")
    notebooks.add_argument(
        "--check", action="store_true", help="write nothing; fail when they differ"
    )
    notebooks.add_argument(
        "--overwrite", action="store_true", help="also over a notebook worked in"
    )
    add("doctor", "Check this computer, and say what to do about what is wrong.")
    progress = add("progress", "Show what you have done, chapter by chapter.")
    actions = progress.add_subparsers(dest="action", metavar="ACTION")
    for name, text in (
        ("export", "Write your progress and solutions to a file."),
        ("import", "Bring in the progress and solutions of such a file."),
    ):
        action = actions.add_parser(name, help=text, description=text)
        action.add_argument("file", metavar="FILE")
    lock = add("lock", "Compile the lock files from pyproject.toml.")
    lock.add_argument(
        "--upgrade", action="store_true", help="take the newest versions allowed"
    )
    bench = add("bench", "Measure the figures that README and chapters quote.")
    bench.add_argument(
        "names", nargs="*", metavar="NAME", help="which (default: all of them)"
    )
    bench.add_argument(
        "--repeats", type=int, default=5, help="runs of each (default: 5)"
    )
    book = add("book", "Run every chapter and make a web site to read.")
    book.add_argument(
        "-o", "--output", metavar="DIR", help="where to write it (default: build/book)"
    )
    kit = add("offline-kit", "Pack all that a classroom without a network needs.")
    kit.add_argument(
        "-o",
        "--output",
        metavar="DIR",
        help="where to write it (default: build/offline-kit)",
    )
    kit.add_argument(
        "--platform",
        choices=("linux-x86_64", "linux-aarch64", "macos-arm64", "windows-x86_64"),
        help="whom it is for (default: this computer's)",
    )
    kit.add_argument(
        "--python", choices=("3.11", "3.12", "3.13"), help="(default: this Python's)"
    )
    _add_instructors_commands(add)
    return parser


def _add_instructors_commands(add) -> None:
    assign = add("assign", "Make chapters into a course of nbgrader, or update it.")
    assign.add_argument("chapters", nargs="+", metavar="CHAPTER", help="such as 02")
    assign.add_argument("--course", required=True, metavar="DIR", help="its folder")
    assign.add_argument(
        "--points", metavar="FILE", help="TOML file with points, dates and late rules"
    )
    assign.add_argument("--due", metavar="DATE", help="such as 2026-03-01T12:00")
    grade = add("grade", "Grade what learners handed in.")
    grade.add_argument(
        "submissions",
        nargs="+",
        metavar="SUBMISSIONS",
        help="nbgrader's submitted folder, or a folder or zip file of notebooks",
    )
    grade.add_argument("--course", required=True, metavar="DIR", help="its folder")
    grade.add_argument("--scheduler", metavar="ADDRESS", help="of a Dask cluster")
    grade.add_argument(
        "--workers", type=_count, metavar="N", help="notebooks at once (default: cores)"
    )
    report = add("report", "Show what was hard, for whom, and why.")
    report.add_argument("--course", required=True, metavar="DIR", help="its folder")
    report.add_argument("-o", "--output", metavar="DIR", help="where to write it")
    report.add_argument("--anonymous", action="store_true", help="leave names out")
    handout = add("handout", "Pack what learners need for some chapters.")
    handout.add_argument("chapters", nargs="+", metavar="CHAPTER", help="such as 02")
    handout.add_argument("-o", "--output", required=True, metavar="FILE.zip")
    handout.add_argument(
        "--course", metavar="DIR", help="take the assignments of this course"
    )
    handout.add_argument(
        "--repository", metavar="URL", help="public address, for links"
    )
    handout.add_argument("--hub", metavar="URL", help="your JupyterHub, for links")


def _count(text: str) -> int:
    if not text.isdigit() or int(text) < 1:
        raise argparse.ArgumentTypeError(f"{text!r} is not a number from 1 on")
    return int(text)


def _port(text: str) -> int:
    if not text.isdigit() or not 0 < int(text) < 65536:
        raise argparse.ArgumentTypeError(f"{text!r} is not a port (1 to 65535)")
    return int(text)


# lab


def lab(options: argparse.Namespace) -> int:
    """Start JupyterLab in the clone and stay until it ends.

    It runs in this process, so Ctrl-C reaches it and nothing stays behind; the
    token is given inside the process, where no list of processes shows it.
    """
    # A handout holds some chapters only.
    here = [c.notebook for c in chapters.CHAPTERS if c.notebook.is_file()]
    if not here:
        return _fail(_NO_CLONE)
    start = here[0]
    from course_utils import runtime

    os.environ.update(runtime.environment(), JUPYTER_PREFER_ENV_PATH="1")
    with _folders_for_jupyter():
        return _serve(options, start)


def _serve(options: argparse.Namespace, start: Path) -> int:
    from jupyterlab.labapp import LabApp

    page = f"/lab/tree/notebooks/{start.name}"
    token = secrets.token_urlsafe(24)
    arguments = [
        "--ServerApp.ip=127.0.0.1",
        f"--ServerApp.port={options.port}",
        f"--ServerApp.root_dir={chapters.PROJECT}",
        f"--IdentityProvider.token={token}",
        "--ServerApp.kernel_websocket_connection_class="
        "course_utils.connection.PromptConnection",
        f"--LabApp.default_url={page}",
        "--LabApp.check_for_updates_class=jupyterlab.NeverCheckForUpdate",
        "--Application.log_level=WARN",
        "-y",  # Ctrl-C ends it without a question
    ]
    if options.no_browser:
        arguments.append("--no-browser")
    if hasattr(os, "geteuid") and os.geteuid() == 0:
        arguments.append("--allow-root")
    server = LabApp.initialize_server(argv=arguments)
    server.web_app.settings["page_config_hook"] = _without_announcements
    address = f"{server.connection_url.rstrip('/')}{page}?token={token}"
    # The server takes its port in the first callback of its loop; this is the
    # second, so an address that has been printed answers.
    server.io_loop.add_callback(print, _welcome(address, server.port), flush=True)
    server.start()
    return 0


def try_to_write(folder: str | Path) -> None:
    """Make a folder, if it is not there, and write in it: permissions do not tell.

    Raises
    ------
    OSError
        If the system refuses.
    """
    os.makedirs(folder, exist_ok=True)
    with tempfile.TemporaryFile(dir=folder) as file:
        file.write(bytes(4096))
        file.flush()


@contextmanager
def _folders_for_jupyter() -> Iterator[None]:
    """Lend Jupyter folders for its own files where the home folder takes none.

    It is full, say, or belongs to somebody else; Jupyter would not start.
    """
    from jupyter_core import paths

    own = {
        "JUPYTER_CONFIG_DIR": paths.jupyter_config_dir(),
        "JUPYTER_DATA_DIR": paths.jupyter_data_dir(),
        "JUPYTER_RUNTIME_DIR": paths.jupyter_runtime_dir(),
    }
    try:
        for folder in own.values():
            try_to_write(folder)
    except OSError as error:
        with tempfile.TemporaryDirectory(
            prefix="course-jupyter-", ignore_cleanup_errors=True
        ) as lent:
            print(
                f"{folder} cannot be written ({error.strerror or error}), so "
                "JupyterLab keeps its own settings in a temporary folder. Notebooks "
                f"are saved where they are; about your progress ask `{CALL} doctor`.",
                file=sys.stderr,
            )
            for name in (*own, "IPYTHONDIR"):
                os.environ[name] = os.path.join(lent, name.lower())
                os.mkdir(os.environ[name])
            yield
    else:
        yield


def _without_announcements(handler, page_config: dict) -> dict:
    """Spare the reader JupyterLab's question about news (a hook of JupyterLab)."""
    name = "@jupyterlab/apputils-extension:announcements"
    disabled = {*page_config.get("disabledExtensions", ()), name}
    return {**page_config, "disabledExtensions": sorted(disabled)}


def _welcome(address: str, port: int) -> str:
    line = "=" * 72
    return (
        f"\n{line}\nThe course is open. Its address, for a browser on this "
        f"computer:\n\n    {address}\n\n"
        "For a browser on another computer, call this there first, then use the\n"
        f"same address:  ssh -L {port}:127.0.0.1:{port} <this computer>\n\n"
        f"Leave this window open; Ctrl-C in it ends JupyterLab.\n{line}\n"
    )


# test


def test(options: argparse.Namespace) -> int:
    """Run linter, formatter and tests; return the first failure's exit status.

    tests/conftest.py sets the environment of the tests.
    """
    if not (chapters.PROJECT / "tests").is_dir():
        return _fail(_NO_CLONE)
    missing = [n for n in ("ruff", "pytest", "xdist") if not _importable(n)]
    if missing:
        return _fail(
            f"The tests need {', '.join(missing)}, not installed here: call "
            "`python3 -m course_utils test`, which installs what they need."
        )
    # A notebook test takes a core and up to 1.2 GB: two at once, not more.
    workers = str(min(2, os.cpu_count() or 1))
    steps = {
        "ruff check": ["ruff", "check", "."],
        "ruff format": ["ruff", "format", "--check", "."],
        "pytest": ["pytest", "-n", workers, "--dist", "loadgroup", *options.rest],
    }
    results = [_step(name, arguments) for name, arguments in steps.items()]
    print("\n" + "\n".join(line for line, _ in results), flush=True)
    return next((status for _, status in results if status), 0)


def _step(name: str, arguments: list[str]) -> tuple[str, int]:
    """Run one step of the tests; return a line that sums it up, and its status."""
    print(f"\n== {name}", flush=True)
    started = time.monotonic()
    status = subprocess.call([sys.executable, "-m", *arguments], cwd=chapters.PROJECT)
    if status < 0:  # ended by a signal, said the way shells say it
        status = 128 - status
    verdict = "passed" if status == 0 else f"FAILED with status {status}"
    return f"{name}: {verdict} ({time.monotonic() - started:.1f} s)", status


def _importable(name: str) -> bool:
    return importlib.util.find_spec(name) is not None


# The commands that stand in modules of their own.


def _notebooks(options: argparse.Namespace) -> int:
    from course_utils import notebooks

    return notebooks.command(options.check, options.overwrite)


def _doctor(options: argparse.Namespace) -> int:
    from course_utils import doctor

    return doctor.main()


def _progress(options: argparse.Namespace) -> int:
    from course_utils import progress

    if options.action == "export":
        return progress.command_export(options.file)
    if options.action == "import":
        return progress.command_import(options.file)
    return progress.command_show()


def _lock(options: argparse.Namespace) -> int:
    from course_utils import lock

    return lock.command(options.upgrade)


def _bench(options: argparse.Namespace) -> int:
    command = [sys.executable, "-m", "benchmarks", *options.names]
    command += ["--repeats", str(options.repeats)]
    return subprocess.call(command, cwd=chapters.PROJECT)


def _book(options: argparse.Namespace) -> int:
    missing = [n for n in ("sphinx", "myst_nb", "furo") if not _importable(n)]
    if missing:
        return _fail(_without("book", missing))
    from course_utils import book

    return book.command(options.output)


def _offline_kit(options: argparse.Namespace) -> int:
    if not _importable("pip"):
        return _fail(_without("offline-kit", ["pip"]))
    from course_utils import offline

    return offline.command(options.output, options.platform, options.python)


def _without(command: str, missing: list[str]) -> str:
    return (
        f"`course {command}` needs {', '.join(missing)}, not installed here: call "
        f"`python3 -m course_utils {command}` in a clone, which installs what it needs."
    )


def _instructors(options: argparse.Namespace) -> int:
    missing = [n for n in ("nbgrader", "distributed") if not _importable(n)]
    if missing:
        return _fail(
            f"`course {options.command}` needs {' and '.join(missing)}, not installed "
            f"here: call `python3 -m course_utils {options.command}` in a clone, which "
            "installs what it needs, or `pip install --group instructors` there."
        )
    module = importlib.import_module(f"course_utils.instructors.{options.command}")
    return module.command(options)


def _fail(sentence: str) -> int:
    print(sentence, file=sys.stderr)
    return 1


_RUN = {
    "lab": lab,
    "test": test,
    "notebooks": _notebooks,
    "doctor": _doctor,
    "progress": _progress,
    "lock": _lock,
    "bench": _bench,
    "book": _book,
    "offline-kit": _offline_kit,
    **dict.fromkeys(INSTRUCTORS_COMMANDS, _instructors),
}

if __name__ == "__main__":
    sys.exit(main())
