"""What the interactive pieces share: one base class, and their files put together.

A piece is a Python half (``NAME.py``), a JavaScript half (``NAME.js``) and
perhaps a style sheet, side by side. ``piece.js`` and ``piece.css`` are put in
front of every piece's own, so that there is nothing to build or to load.
"""

import io
import json
from importlib.resources import files

import anywidget

_FOLDER = files(__package__)


def module(*names: str, **constants) -> str:
    """Return the text of one JavaScript module: ``piece.js``, then the files named.

    ``constants`` are put in front of both, so that a number stands in Python alone.
    """
    lines = [f"const {name} = {json.dumps(v)};" for name, v in constants.items()]
    return "\n".join([*lines, _joined("piece.js", *names)])


def stylesheet(*names: str) -> str:
    """Return the text of one style sheet: ``piece.css``, then the files named."""
    return _joined("piece.css", *names)


def _joined(*names):
    return "\n".join((_FOLDER / name).read_text(encoding="utf-8") for name in names)


class Piece(anywidget.AnyWidget):
    """A widget with a still stand-in for where no widget runs.

    A subclass sets ``_esm = module("NAME.js")`` and ``_css = stylesheet(…)``,
    and says what a web page, a printout or a test shows in its place.
    """

    def _picture(self) -> bytes:
        """Return the stand-in as a PNG file, at the state as it is now."""
        from matplotlib.figure import Figure

        figure, file = Figure(dpi=100, layout="constrained"), io.BytesIO()
        self._draw_still(figure)
        figure.savefig(file, format="png")
        return file.getvalue()

    def _draw_still(self, figure) -> None:
        """Set the size of an empty figure, and draw the stand-in."""
        raise NotImplementedError

    def _summary(self) -> str:
        """Return what the picture shows, in one or two sentences."""
        raise NotImplementedError

    def _repr_mimebundle_(self, **kwargs):
        bundle = super()._repr_mimebundle_(**kwargs)
        data, metadata = bundle if isinstance(bundle, tuple) else (bundle, {})
        stand_in = {"image/png": self._picture(), "text/plain": self._summary()}
        return {**(data or {}), **stand_in}, metadata
