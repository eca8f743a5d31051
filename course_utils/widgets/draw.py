"""A board to draw a digit on, and what a network makes of it: see :class:`Draw`."""

from collections.abc import Callable

import numpy as np
import traitlets

from course_utils import plots
from course_utils.widgets import digits, drawings
from course_utils.widgets.piece import Piece, module, stylesheet

_kept: dict[str, list] = {}  # strokes by the name of the board


class Draw(Piece):
    """A board for one digit: mouse, finger, pen or keyboard.

    Beside the board stands the 28 × 28 picture that the network receives, and
    the probabilities that it gives to the ten digits.

    Parameters
    ----------
    read : callable, optional
        ``read(images)`` takes (1, 28, 28) uint8 images, 0 paper to 255 ink, and
        returns ten probabilities. Without it only the picture is shown.
    example : array of shape (28, 28), optional
        Grey values 0 to 255 that are on the board at first.
    name : str, optional
        A board of the same name begins with what was on it before, so that the
        drawing is still there when a cell is run again.

    Attributes
    ----------
    strokes : list of dict
        What was drawn; see :mod:`course_utils.widgets.digits`.
    image : array of uint8, shape (28, 28)
        The picture that the network received last.
    probabilities : array of shape (10,) or None
        What it answered.
    """

    _esm = module("draw.js")
    _css = stylesheet("draw.css")
    strokes = traitlets.List().tag(sync=True)
    _reads = traitlets.Bool().tag(sync=True)
    _saved = traitlets.List().tag(sync=True)

    def __init__(
        self,
        read: Callable[[np.ndarray], np.ndarray] | None = None,
        example: np.ndarray | None = None,
        name: str | None = None,
    ):
        strokes = [] if example is None else [_stroke(example)]
        if name is not None:
            strokes = _kept.setdefault(name, strokes)
        super().__init__(strokes=strokes, _reads=read is not None)
        self._read, self._name = read, name
        self.image = digits.as_mnist(digits.ink(strokes))
        self.probabilities, self._trouble = self._answer()
        self._show_saved()
        self.observe(self._keep, names="strokes")
        self.on_msg(self._on_message)

    @property
    def saved(self) -> list[tuple[np.ndarray, int]]:
        """All digits kept as test cases, as (image, label); read from the disk."""
        return [(d.image, d.label) for d in drawings.load()[0]]

    def _keep(self, change) -> None:
        if self._name is not None:
            _kept[self._name] = change["new"]

    def _answer(self) -> tuple[np.ndarray | None, str | None]:
        """Return the probabilities of the picture, and else what is wrong."""
        if self._read is None or not self.image.any():
            return None, None
        try:
            answer = self._read(self.image[np.newaxis].copy())
            answer = np.asarray(answer, dtype=float).ravel()
        except Exception as error:  # the reader's own function may raise anything
            what = f"{type(error).__name__}: {error}"
            return None, f"Your function could not read the picture. {what}"[:300]
        return (None, trouble) if (trouble := _wrong(answer)) else (answer, None)

    def _on_message(self, _, content, buffers) -> None:
        kind = content["kind"]
        if kind == "remove":
            notice = drawings.remove(content["name"])
            self._show_saved(notice or "Removed.")
        elif kind == "save":
            label = content["label"]
            notice = drawings.add(_image(content["pixels"]), label)
            self._show_saved(notice or f"Saved as a {label}.")
        elif kind == "read":
            self.image = _image(content["pixels"])
            self.probabilities, self._trouble = self._answer()
            values = self.probabilities
            answer = {
                "kind": "answer",
                "serial": content["serial"],
                "trouble": self._trouble,
                "probabilities": None if values is None else values.tolist(),
            }
            self.send(answer)

    def _show_saved(self, sentence: str | None = None) -> None:
        found, notice = drawings.load()
        self._saved = [
            {"name": d.name, "label": d.label, "pixels": d.image.tobytes().hex()}
            for d in found
        ]
        if sentence:
            self.send({"kind": "say", "sentence": notice or sentence})

    def _draw_still(self, figure) -> None:
        figure.set_size_inches(7.5, 2.9)
        columns = 2 if self._read is None else 3
        axes = figure.subplots(1, columns, width_ratios=[1, 1, 1.3][:columns])
        axes[0].imshow(digits.ink(self.strokes), cmap="gray_r", vmin=0, vmax=1)
        axes[0].set_title("Your drawing", size=10)
        axes[1].imshow(self.image, cmap="gray_r", vmin=0, vmax=255)
        axes[1].set_title("What the network receives", size=10)
        for one in axes[:2]:
            one.set(xticks=[], yticks=[])
        if columns == 3:
            self._draw_bars(axes[2])

    def _draw_bars(self, axes) -> None:
        heights = np.zeros(10) if self.probabilities is None else self.probabilities
        best = heights.argmax()
        colours = [plots.BLUE if i == best else "#b5b5b5" for i in range(10)]
        axes.barh(range(10), heights, color=colours)
        axes.set(xlim=(0, 1.22), yticks=range(10))
        axes.set_xticks([0, 0.5, 1], ["0", "50 %", "100 %"])
        for digit, height in enumerate(heights):
            if height >= 0.005:
                axes.text(height + 0.03, digit, f"{height:.0%}", va="center", size=9)
        axes.invert_yaxis()
        axes.spines[["top", "right"]].set_visible(False)
        axes.set_title("What it reads", size=10)

    def _summary(self) -> str:
        if not self.image.any():
            return "A board to draw a digit on; it is empty."
        text = "A board with a drawn digit, and the 28 × 28 picture made of it."
        if self.probabilities is None:
            return text
        digit = int(self.probabilities.argmax())
        share = self.probabilities[digit]
        return f"{text} The network reads a {digit}, with a probability of {share:.0%}."


def _stroke(image) -> dict:
    """Return the stroke that puts an image on the board."""
    image = np.asarray(image)
    if image.shape != (28, 28):
        raise ValueError(
            f"The example is one image of shape (28, 28), not of {image.shape}."
        )
    return {"tool": "image", "pixels": np.rint(image).astype(int).ravel().tolist()}


def _image(pixels: str) -> np.ndarray:
    """Return the (28, 28) image of 784 bytes in hexadecimal."""
    return np.frombuffer(bytes.fromhex(pixels), np.uint8).reshape(28, 28).copy()


def _wrong(answer: np.ndarray) -> str | None:
    """Return what keeps an answer from being ten probabilities."""
    if answer.size != 10:
        return f"Your function returns {answer.size} numbers; ten are wanted."
    if not np.isfinite(answer).all():
        return "Your function returns numbers that are not finite."
    if answer.min() < -1e-6 or abs(answer.sum() - 1) > 0.01:
        return (
            "Your function returns scores, not probabilities: they are negative or "
            "do not add up to 1. Put softmax behind them."
        )
    return None
