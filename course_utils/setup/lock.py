"""``course lock``: compile the lock files from what pyproject.toml declares.

Each lock file carries a digest of the declarations that it was made from, so
that a test can tell a stale one without a network.
"""

import argparse
import hashlib
import json
import os
import subprocess
import sys
import tomllib
from pathlib import Path

from course_utils.chapters import PROJECT
from course_utils.setup.bootstrap import clean_environment

LEARNERS = "requirements.lock"
INSTRUCTORS = "requirements-instructors.lock"
AUTHORS = "requirements-dev.lock"
BINDER = ".binder/requirements.txt"
DIGEST_LINE = "# Digest of the declarations in pyproject.toml: "

_COMPILE = (
    *("uv", "pip", "compile", "--quiet", "--universal", "--python-version", "3.11"),
    *("--generate-hashes", "--no-annotate", "--custom-compile-command", "course lock"),
)
_WHAT = {
    LEARNERS: ("pyproject.toml",),
    INSTRUCTORS: ("--group", "instructors", "-c", LEARNERS),
    AUTHORS: ("--group", "dev", "-c", LEARNERS, "-c", INSTRUCTORS),
    BINDER: ("-", "-c", LEARNERS),
}
_IN_THE_IMAGE = "jupyterlab"  # Binder's base image brings the one that fits it


def command(options: argparse.Namespace) -> int:
    """Compile the lock files; return the exit status."""
    return compile_all(options.upgrade)


def compile_all(upgrade: bool, project: Path = PROJECT) -> int:
    """Compile the lock files; return the exit status.

    Parameters
    ----------
    upgrade : bool
        Whether to take the newest versions allowed; otherwise a version stays
        as it is locked for as long as the declarations allow it.
    project : Path
        Folder with pyproject.toml, where the lock files are written.
    """
    for name, what in _WHAT.items():
        draft = project / f"{name}.tmp"
        if (project / name).exists():
            draft.write_bytes((project / name).read_bytes())
        words = [*_COMPILE, *what, *(["--upgrade"] if upgrade else [])]
        try:
            status = subprocess.run(
                [sys.executable, "-m", *words, "-o", f"{name}.tmp"],
                cwd=project,
                env=clean_environment(),
                input=_binders(project) if name == BINDER else None,
                encoding="utf-8",
            ).returncode
            if status != 0:
                print(
                    f"{name} could not be compiled and stays as it was; uv's own "
                    "message stands above.",
                    file=sys.stderr,
                )
                return status
            compiled = draft.read_text(encoding="utf-8")
            draft.write_text(
                f"{DIGEST_LINE}{digest(project, name)}\n{compiled}",
                encoding="utf-8",
                newline="\n",
            )
            os.replace(draft, project / name)
        finally:
            draft.unlink(missing_ok=True)
    return 0


def _binders(project: Path) -> str:
    """Return what Binder's image needs, a requirement in each line."""
    declared = tomllib.loads((project / "pyproject.toml").read_text(encoding="utf-8"))
    wanted = declared["project"]["dependencies"]
    return "\n".join(r for r in wanted if not r.startswith(_IN_THE_IMAGE))


def digest(project: Path, name: str) -> str:
    """Return the digest of the declarations that one lock file is made from.

    Parameters
    ----------
    project : Path
        Folder with pyproject.toml.
    name : str
        :data:`LEARNERS`, :data:`INSTRUCTORS`, :data:`AUTHORS` or
        :data:`BINDER`.

    Returns
    -------
    str
        SHA-256 in hexadecimal digits.
    """
    declared = tomllib.loads((project / "pyproject.toml").read_text(encoding="utf-8"))
    parts = {
        "python": declared["project"]["requires-python"],
        "packages": declared["project"]["dependencies"],
        "constraints": declared["tool"]["uv"]["constraint-dependencies"],
    }
    groups = declared["dependency-groups"]
    if name == AUTHORS:
        parts["authors"] = groups["dev"]
        parts["book"] = groups["book"]
    if name in (AUTHORS, INSTRUCTORS):
        parts["instructors"] = groups["instructors"]
    return hashlib.sha256(json.dumps(parts, sort_keys=True).encode()).hexdigest()
