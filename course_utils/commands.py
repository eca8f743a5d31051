"""The commands of ``course``: what there is, whom it is for, what runs it.

This is the only place that knows. It loads nothing but the standard library,
because the set-up asks it what a command needs before anything is installed.
Every module named here has a function ``command(options)`` that returns the
exit status.
"""

import argparse
import os
import sys
from dataclasses import dataclass
from importlib import import_module
from importlib.util import find_spec

LEARNERS, INSTRUCTORS, AUTHORS = range(3)
"""Whom a command is for; each group has what the groups before it have."""

CALL = "py -m course_utils" if os.name == "nt" else "python3 -m course_utils"
"""How the course is called in a terminal on this system."""

_HEADINGS = ("for learners", "for instructors", "for authors")

# Environment variables in which people name a folder or a file.
_PATHS = ("COURSE_HOME", "COURSE_MNIST", "COURSE_FASHION_MNIST")


@dataclass(frozen=True)
class Argument:
    """One argument, as :meth:`argparse.ArgumentParser.add_argument` takes it."""

    names: tuple[str, ...]
    settings: dict


@dataclass(frozen=True)
class Command:
    """One command.

    Attributes
    ----------
    name : str
        As it is typed.
    audience : int
        LEARNERS, INSTRUCTORS or AUTHORS: whose tools it needs.
    module : str
        What runs it, below ``course_utils``.
    summary : str
        One sentence.
    arguments : tuple of Argument
    actions : dict of str to str
        Words that may follow the name, each with a sentence; every action takes
        a file.
    needs : tuple of str
        Packages of this audience that it imports.
    """

    name: str
    audience: int
    module: str
    summary: str
    arguments: tuple[Argument, ...] = ()
    actions: tuple[tuple[str, str], ...] = ()
    needs: tuple[str, ...] = ()


def _argument(*names: str, **settings) -> Argument:
    return Argument(names, settings)


def _count(text: str) -> int:
    if not text.isdigit() or int(text) < 1:
        raise argparse.ArgumentTypeError(f"{text!r} is not a number from 1 on")
    return int(text)


def _port(text: str) -> int:
    if not text.isdigit() or not 0 < int(text) < 65536:
        raise argparse.ArgumentTypeError(f"{text!r} is not a port (1 to 65535)")
    return int(text)


def _output(default: str) -> Argument:
    return _argument(
        *("-o", "--output"),
        metavar="DIR",
        help=f"where to write it (default: {default})",
    )


_CHAPTERS = _argument("chapters", nargs="+", metavar="CHAPTER", help="such as 02")
_COURSE = _argument("--course", required=True, metavar="DIR", help="its folder")
_GRADING = ("nbgrader", "distributed")

COMMANDS = (
    Command(
        "lab",
        LEARNERS,
        "setup.lab",
        "Open the course in JupyterLab.",
        (
            _argument("--no-browser", action="store_true", help="open no browser"),
            _argument(
                "--port",
                type=_port,
                default=8888,
                help="first port to try (default: 8888)",
            ),
        ),
    ),
    Command(
        "progress",
        LEARNERS,
        "progress",
        "Show what you have done, chapter by chapter.",
        actions=(
            ("export", "Write your progress and solutions to a file."),
            ("import", "Bring in the progress and solutions of such a file."),
        ),
    ),
    Command(
        "doctor",
        LEARNERS,
        "setup.doctor",
        "Check this computer, and say what to do about what is wrong.",
    ),
    Command(
        "assign",
        INSTRUCTORS,
        "instructors.assign",
        "Make chapters into a course of nbgrader, or update it.",
        (
            _CHAPTERS,
            _COURSE,
            _argument(
                "--points",
                metavar="FILE",
                help="TOML file with points, dates and late rules",
            ),
            _argument("--due", metavar="DATE", help="such as 2026-03-01T12:00"),
        ),
        needs=_GRADING,
    ),
    Command(
        "grade",
        INSTRUCTORS,
        "instructors.grade",
        "Grade what learners handed in.",
        (
            _argument(
                "submissions",
                nargs="+",
                metavar="SUBMISSIONS",
                help="nbgrader's submitted folder, or a folder or zip file of "
                "notebooks",
            ),
            _COURSE,
            _argument("--scheduler", metavar="ADDRESS", help="of a Dask cluster"),
            _argument(
                "--workers",
                type=_count,
                metavar="N",
                help="notebooks at once (default: cores)",
            ),
        ),
        needs=_GRADING,
    ),
    Command(
        "report",
        INSTRUCTORS,
        "instructors.report",
        "Show what was hard, for whom, and why.",
        (
            _COURSE,
            _output("report in the course's folder"),
            _argument("--anonymous", action="store_true", help="leave names out"),
        ),
        needs=_GRADING,
    ),
    Command(
        "handout",
        INSTRUCTORS,
        "instructors.handout",
        "Pack what learners need for some chapters.",
        (
            _CHAPTERS,
            _argument("-o", "--output", required=True, metavar="FILE.zip"),
            _argument(
                "--course", metavar="DIR", help="take the assignments of this course"
            ),
            _argument("--repository", metavar="URL", help="public address, for links"),
            _argument("--hub", metavar="URL", help="your JupyterHub, for links"),
        ),
        needs=_GRADING,
    ),
    Command(
        "test",
        AUTHORS,
        "authoring.checks",
        "Run the linters and all tests; other arguments go to pytest.",
        needs=("ruff", "importlinter", "pytest", "xdist"),
    ),
    Command(
        "notebooks",
        AUTHORS,
        "authoring.notebooks",
        "Write the notebooks from their sources.",
        (
            _argument(
                "--check",
                action="store_true",
                help="write nothing; fail when they differ",
            ),
            _argument(
                "--overwrite",
                action="store_true",
                help="also over your own work",
            ),
        ),
        needs=("jupytext",),
    ),
    Command(
        "book",
        AUTHORS,
        "authoring.book",
        "Run every chapter and make a web site to read.",
        (_output("build/book"),),
        needs=("sphinx", "myst_nb", "furo"),
    ),
    Command(
        "offline-kit",
        AUTHORS,
        "authoring.offline",
        "Pack all that a classroom without a network needs.",
        (_output("build/offline-kit"),),
        needs=("pip",),
    ),
    Command(
        "bench",
        AUTHORS,
        "authoring.bench",
        "Measure the figures that README and chapters quote.",
        (
            _argument(
                "names", nargs="*", metavar="NAME", help="which (default: all of them)"
            ),
            _argument(
                "--repeats", type=_count, default=5, help="runs of each (default: 5)"
            ),
        ),
    ),
    Command(
        "lock",
        AUTHORS,
        "setup.lock",
        "Compile the lock files from pyproject.toml.",
        (
            _argument(
                "--upgrade",
                action="store_true",
                help="take the newest versions allowed",
            ),
        ),
        needs=("uv",),
    ),
)


def audience(name: str) -> int:
    """Return whom a command is for."""
    return _command(name).audience


def main(argv: list[str] | None = None) -> int:
    """Run a command line (by default this process's); return the exit status."""
    options = parse(sys.argv[1:] if argv is None else argv)
    # Kernels run in the notebooks' folders: what is meant is as seen from here.
    for name in _PATHS:
        if path := os.environ.get(name):
            os.environ[name] = os.path.abspath(os.path.expanduser(path))
    wanted = _command(options.command)
    if missing := [name for name in wanted.needs if find_spec(name) is None]:
        print(
            f"`course {wanted.name}` needs {' and '.join(missing)}, not installed "
            f"here: call `{CALL} {wanted.name}` in a clone, which installs what it "
            "needs.",
            file=sys.stderr,
        )
        return 1
    try:
        return import_module(f"course_utils.{wanted.module}").command(options)
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


def _command(name: str) -> Command:
    return next(each for each in COMMANDS if each.name == name)


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(
        prog="course",
        usage="course [-h] [COMMAND] ...",
        description="An interactive introduction to deep learning.",
        epilog=_listed(),
        formatter_class=argparse.RawDescriptionHelpFormatter,
        allow_abbrev=False,
    )
    subparsers = parser.add_subparsers(
        prog="course",  # not the usage above
        dest="command",
        required=True,
        metavar="COMMAND",
        help="one of those below",
    )
    for each in COMMANDS:
        _add(subparsers, each)
    return parser


def _add(subparsers, command: Command) -> None:
    usage = "course test [-h] [PYTEST ARGUMENTS]" if command.name == "test" else None
    parser = subparsers.add_parser(
        command.name, description=command.summary, usage=usage, allow_abbrev=False
    )
    for argument in command.arguments:
        parser.add_argument(*argument.names, **argument.settings)
    if command.actions:
        actions = parser.add_subparsers(dest="action", metavar="ACTION")
        for name, text in command.actions:
            action = actions.add_parser(name, help=text, description=text)
            action.add_argument("file", metavar="FILE")


def _listed() -> str:
    """Return the commands, grouped by whom they are for."""
    lines = []
    for whom, heading in enumerate(_HEADINGS):
        lines.append(f"{heading}:")
        lines += [
            f"  {each.name:12} {each.summary}"
            for each in COMMANDS
            if each.audience == whom
        ]
        lines.append("")
    return "\n".join([*lines, "Without a command: lab."])


if __name__ == "__main__":
    sys.exit(main())
