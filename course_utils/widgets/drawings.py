"""Digits that the reader drew and kept as test cases, in one file on their disk.

The file lies beside the record of progress and is written the same way: whole
or not at all, and under the same lock. Nothing here raises; what went wrong is
a sentence to show.
"""

import json
import secrets
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from course_utils import progress

MOST = 500
"""Number of drawings that are kept at the most."""

_FORMAT = "deep-learning-course drawings"
_LARGEST = 5_000_000  # bytes; what is larger was not written by us


@dataclass(frozen=True, eq=False)
class Drawing:
    """One kept digit: its name in the file, its label and its (28, 28) image."""

    name: str
    label: int
    image: np.ndarray


def path() -> Path:
    """Return the file of the drawings, whether or not it exists yet."""
    return progress.folder() / "drawings.json"


def load() -> tuple[list[Drawing], str | None]:
    """Return the drawings, oldest first, and a sentence if they cannot be read."""
    try:
        return _read(), None
    except Exception as error:
        return [], progress.explained("Your saved drawings could not be read", error)


def add(image: np.ndarray, label: int) -> str | None:
    """Keep an image of shape (28, 28), uint8, with its label.

    Returns a sentence if that was not possible.
    """
    new = Drawing(secrets.token_hex(8), int(label), np.array(image, np.uint8))

    def change(drawings: list[Drawing]) -> list[Drawing]:
        if len(drawings) >= MOST:
            raise OSError(f"it holds {MOST} drawings already; remove some first")
        return [*drawings, new]

    return _update(change, "The drawing was not saved")


def remove(name: str) -> str | None:
    """Remove the drawing of this name; return a sentence if that failed."""
    return _update(
        lambda drawings: [d for d in drawings if d.name != name],
        "The drawing was not removed",
    )


def entries() -> list[dict]:
    """Return the drawings as files hold them.

    Raises
    ------
    OSError, ValueError, KeyError, TypeError
        If the file of the drawings cannot be read or is damaged.
    """
    return [_entry(drawing) for drawing in _read()]


def decoded(found: object) -> list[Drawing]:
    """Return the drawings of :func:`entries`, as they came in an export.

    Raises
    ------
    ValueError
        If they are no drawings.
    """
    try:
        return [_decoded(entry) for entry in found]
    except (KeyError, TypeError) as error:
        raise ValueError("not drawings") from error


def merge(others: list[Drawing]) -> str | None:
    """Keep those drawings that are not here yet; return a sentence if not all fit."""
    left_out = []

    def change(mine: list[Drawing]) -> list[Drawing]:
        here = {drawing.name for drawing in mine}
        by_name = {drawing.name: drawing for drawing in others}
        new = [drawing for name, drawing in by_name.items() if name not in here]
        room = max(MOST - len(mine), 0)
        left_out.extend(new[room:])
        return [*mine, *new[:room]]

    notice = _update(change, "The drawings were not imported")
    if notice is None and left_out:
        return f"{len(left_out)} drawing(s) found no room: {MOST} are kept at the most."
    return notice


def _update(change: Callable, lead: str) -> str | None:
    try:
        progress.folder().mkdir(parents=True, exist_ok=True)
        with progress.locked():
            drawings = change(_read_or_set_aside())
            progress.write_whole(path(), _encoded(drawings))
    except Exception as error:
        return progress.explained(lead, error)
    return None


def _read() -> list[Drawing]:
    try:
        content = progress.read_at_most(path(), _LARGEST)
    except FileNotFoundError:
        return []
    if len(content) > _LARGEST:
        raise ValueError("too large")
    document = json.loads(content)
    if document["format"] != _FORMAT:
        raise ValueError("not a file of drawings")
    return [_decoded(entry) for entry in document["drawings"]]


def _read_or_set_aside() -> list[Drawing]:
    """Return the drawings; a damaged file is kept under another name."""
    try:
        return _read()
    except (ValueError, KeyError, TypeError, RecursionError):
        aside = path().with_name(f"drawings.damaged-{secrets.token_hex(4)}.json")
        progress.patiently(lambda: path().rename(aside))
        return []


def _encoded(drawings: list[Drawing]) -> bytes:
    found = [_entry(drawing) for drawing in drawings]
    document = {"format": _FORMAT, "version": 1, "drawings": found}
    return json.dumps(document, indent=1).encode()


def _entry(drawing: Drawing) -> dict:
    pixels = drawing.image.tobytes().hex()
    return {"name": drawing.name, "label": drawing.label, "pixels": pixels}


def _decoded(entry: dict) -> Drawing:
    """Return one drawing; ValueError, KeyError or TypeError if it is none."""
    name, label = entry["name"], entry["label"]
    pixels = bytes.fromhex(entry["pixels"])
    if label not in range(10) or len(pixels) != 784:
        raise ValueError("not a digit")
    if not isinstance(name, str) or len(name) > 100:
        raise ValueError("not a name")
    image = np.frombuffer(pixels, np.uint8).reshape(28, 28)
    return Drawing(name, int(label), image.copy())
