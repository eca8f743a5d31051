"""``course lock``: compile the lock files from what pyproject.toml declares.

Each lock file carries a digest of the declarations that it was made from, so
that a test can tell a stale one without a network.
"""

import hashlib
import json
import os
import subprocess
import sys
import tomllib
from pathlib import Path

from course_utils.bootstrap import clean_environment
from course_utils.chapters import PROJECT

LEARNERS = "requirements.lock"
AUTHORS = "requirements-dev.lock"
DIGEST_LINE = "# Digest of the declarations in pyproject.toml: "

_COMPILE = (
    *("uv", "pip", "compile", "--quiet", "--universal", "--python-version", "3.11"),
    *("--generate-hashes", "--no-annotate", "--custom-compile-command", "course lock"),
)
_WHAT = {
    LEARNERS: ("pyproject.toml",),
    AUTHORS: ("--group", "dev", "-c", LEARNERS),
}


def command(upgrade: bool, project: Path = PROJECT) -> int:
    """Compile both lock files; return the exit status.

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
            status = subprocess.call(
                [sys.executable, "-m", *words, "-o", draft.name],
                cwd=project,
                env=clean_environment(),
            )
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


def digest(project: Path, name: str) -> str:
    """Return the digest of the declarations that one lock file is made from.

    Parameters
    ----------
    project : Path
        Folder with pyproject.toml.
    name : str
        :data:`LEARNERS` or :data:`AUTHORS`.

    Returns
    -------
    str
        SHA-256 in hexadecimal digits.
    """
    declared = tomllib.loads((project / "pyproject.toml").read_text(encoding="utf-8"))
    parts = {
        "python": declared["project"]["requires-python"],
        "packages": declared["project"]["dependencies"],
    }
    if name == AUTHORS:
        parts["authors"] = declared["dependency-groups"]["dev"]
    return hashlib.sha256(json.dumps(parts, sort_keys=True).encode()).hexdigest()
