"""Digits that the reader drew and kept as test cases.

Nothing here raises; what went wrong is a sentence to show.
"""

import secrets
import sqlite3
from collections.abc import Callable
from dataclasses import dataclass

import numpy as np

from course_utils import store


@dataclass(frozen=True, eq=False)
class Drawing:
    """One kept digit: its name, its label and its (28, 28) image."""

    name: str
    label: int
    image: np.ndarray


def load() -> tuple[list[Drawing], str | None]:
    """Return the drawings, oldest first, and a sentence if they cannot be read."""
    select = "SELECT name, label, pixels FROM drawings ORDER BY number"
    try:
        return store.use(lambda c: [_drawing(*row) for row in c.execute(select)])
    except Exception as error:
        return [], store.explained("Your saved drawings could not be read", error)


def _drawing(name: str, label: int, pixels: bytes) -> Drawing:
    image = np.frombuffer(pixels, np.uint8).reshape(28, 28)
    return Drawing(name, label, image.copy())


def add(image: np.ndarray, label: int) -> str | None:
    """Keep an image of shape (28, 28), uint8, with its label.

    Returns a sentence if that was not possible.
    """
    row = (secrets.token_hex(8), int(label), np.asarray(image, np.uint8).tobytes())

    def change(connection: sqlite3.Connection) -> None:
        store.insert(connection, "drawings", row)
        if store.drop_drawings(connection):
            most = store.MAX_DRAWINGS
            raise OSError(f"it holds {most} drawings already; remove some first")

    return _changed(change, "The drawing was not saved")


def remove(name: str) -> str | None:
    """Remove the drawing of this name; return a sentence if that failed."""
    return _changed(
        lambda c: c.execute("DELETE FROM drawings WHERE name = ?", (name,)),
        "The drawing was not removed",
    )


def _changed(change: Callable, lead: str) -> str | None:
    try:
        return store.use(change, write=True)[1]
    except Exception as error:
        return store.explained(lead, error)
