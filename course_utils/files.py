"""Files and terminals: write whole, set aside, read with a limit, print.

Standard library only: the set-up uses it before anything is installed.
"""

import os
import secrets
import sys
import tempfile
import time
from collections.abc import Callable
from contextlib import suppress
from datetime import UTC, datetime
from pathlib import Path

_ABANDONED_SECONDS = 3600  # by then whoever wrote has ended


def write_whole(path: Path, content: bytes | str) -> None:
    """Replace a file by new content, whole or not at all.

    Folders above it are made; a link (to a synchronised folder) stays a link.

    Parameters
    ----------
    path : Path
    content : bytes or str
        Text is written in UTF-8 with the line endings that it has.

    Raises
    ------
    OSError
        If the disk refuses; the old content is still there.
    """
    path = path.resolve()
    path.parent.mkdir(parents=True, exist_ok=True)
    _clear_what_was_left(path)
    draft = path.with_name(f".{path.name}.{secrets.token_hex(4)}.tmp")
    try:
        with open(draft, "xb") as file:
            file.write(content.encode() if isinstance(content, str) else content)
            file.flush()
            os.fsync(file.fileno())
        patiently(lambda: os.replace(draft, path))
    except BaseException:
        draft.unlink(missing_ok=True)
        raise


def _clear_what_was_left(path: Path) -> None:
    """Remove what writers of this file left when they were killed."""
    with suppress(OSError):
        for left in path.parent.glob(f".{path.name}.*.tmp"):
            if time.time() - left.stat().st_mtime > _ABANDONED_SECONDS:
                left.unlink()


def set_aside(path: Path, successor: Path | None = None) -> Path:
    """Give a damaged file a name that no other file has, and return that.

    Parameters
    ----------
    path : Path
    successor : Path, optional
        A file to put in its place, at once: no moment is without a file, in which
        another program would begin one.

    Raises
    ------
    OSError
        If the disk refuses.
    """
    path = path.resolve()
    stamp = datetime.now(UTC).strftime("%Y%m%dT%H%M%SZ")
    name, number = f"{path.stem}.damaged-{stamp}", 1
    aside = path.with_name(f"{name}{path.suffix}")
    while os.path.lexists(aside):
        number += 1
        aside = path.with_name(f"{name}-{number}{path.suffix}")
    try:
        if successor is None:
            raise OSError("nothing takes its place, so one name is enough")
        os.link(path, aside)
    except OSError:  # or a disk without second names
        patiently(lambda: os.rename(path, aside))
    if successor is not None:
        patiently(lambda: os.replace(successor, path))
    return aside


def read_at_most(path: Path, limit: int) -> bytes:
    """Return a file's content, at most one byte more than ``limit`` bytes.

    Raises
    ------
    OSError
        If it cannot be read.
    """

    def at_once(name: str, flags: int) -> int:
        # A pipe in the file's place is empty; otherwise it would be waited for.
        return os.open(name, flags | getattr(os, "O_NONBLOCK", 0))

    def read() -> bytes:
        with open(path, "rb", opener=at_once) as file:
            return file.read(limit + 1)

    return patiently(read)


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


def why_not_replaced(folder: Path, mark: str, what: str) -> str | None:
    """Return why ``course`` may not replace a folder; None if it may.

    Parameters
    ----------
    folder : Path
        May be new or empty.
    mark : str
        Name of a file that stands in what ``course`` wrote before.
    what : str
        What is to be written, such as "book".
    """
    if folder.exists() and not folder.is_dir():
        return f"{folder} is a file; name a folder for the {what}."
    if folder.is_dir() and any(folder.iterdir()) and not (folder / mark).is_file():
        return (
            f"{folder} holds something else than a {what}, so it was left alone; "
            "name an empty or a new folder."
        )
    return None


def patiently(action: Callable):
    """Return what ``action`` does; on Windows, try for a second if it is refused.

    There a file that somebody has open can be neither replaced nor renamed.
    """
    deadline = time.monotonic() + 1.0
    while True:
        try:
            return action()
        except PermissionError:
            if os.name != "nt" or time.monotonic() > deadline:
                raise
        time.sleep(0.02)


def printable(text: str, stream=None) -> str:
    """Return a text with "?" for what a terminal, stdout by default, cannot show."""
    encoding = getattr(stream or sys.stdout, "encoding", None) or "utf-8"
    return text.encode(encoding, "replace").decode(encoding)


def say(text: str, stream=None) -> None:
    """Print, also to a terminal that lacks some of the characters."""
    print(printable(text, stream), file=stream or sys.stdout)
