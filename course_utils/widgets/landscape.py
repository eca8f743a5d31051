"""Walks downhill on a map, with a start to drag: see :class:`Landscape`."""

import numpy as np
import traitlets

from course_utils import plots
from course_utils.widgets.landscape_path import OPTIMIZERS, SURFACES, verdict, walk
from course_utils.widgets.piece import Piece, module, stylesheet


class Landscape(Piece):
    """The walk of an optimizer over the map of a loss with two weights.

    Parameters
    ----------
    surface : str
        "bowl", "valleys", "saddle" or "bend".
    optimizer : str
        "descent", "momentum", "rmsprop" or "adam".
    learning_rate : float, optional
        From 0.0001 to 10; one that suits the surface if left out.
    momentum : float
        Share of the old velocity that is kept, from 0 to 0.99.
    steps : int
        From 1 to 200.
    start : (u, v), optional

    Raises
    ------
    ValueError
        If a value does not fit; the message says which do.

    Examples
    --------
    To run a cell again without losing what you set:
    ``landscape = Landscape(**landscape.settings)``.
    """

    _esm = module(
        "landscape.js",
        SURFACES={name: shape.numbers for name, shape in SURFACES.items()},
        OPTIMIZERS=OPTIMIZERS,
    )
    _css = stylesheet("landscape.css")

    _state = traitlets.Dict().tag(sync=True)

    def __init__(
        self,
        surface="bowl",
        optimizer="descent",
        learning_rate=None,
        momentum=0.9,
        steps=60,
        start=None,
    ):
        _known("surface", surface, SURFACES)
        _known("optimizer", optimizer, OPTIMIZERS)
        shape = SURFACES[surface]
        rate = shape.rate if learning_rate is None else learning_rate
        state = {
            "surface": surface,
            "optimizer": optimizer,
            "learning_rate": _within("learning rate", rate, 1e-4, 10),
            "momentum": _within("momentum", momentum, 0, 0.99),
            "steps": int(_within("number of steps", steps, 1, 200)),
            "start": _place(shape.start if start is None else start),
        }
        super().__init__(_state=state)

    @property
    def settings(self) -> dict:
        """What is chosen now, by the names of the parameters."""
        return {**self._state, "start": tuple(self._state["start"])}

    @property
    def path(self) -> np.ndarray:
        """The places (u, v) of the walk, the start first: (steps + 1, 2)."""
        return walk(**self.settings)

    def _summary(self) -> str:
        now = self.settings
        u, v = now["start"]
        how = f"{OPTIMIZERS[now['optimizer']]}, learning rate {now['learning_rate']:g}"
        if now["optimizer"] == "momentum":
            how += f", momentum {now['momentum']:g}"
        return (
            f"A walk over {SURFACES[now['surface']].words}, from ({u:g}, {v:g}) "
            f"by {how}. {verdict(now['surface'], self.path, now['steps'])}"
        )

    def _draw_still(self, figure) -> None:
        figure.set_size_inches(6.5, 4.2)
        now = self.settings
        axes = figure.subplots()
        _draw_walk(axes, now["surface"], self.path)
        axes.set_title(verdict(now["surface"], self.path, now["steps"]), fontsize=10)


def _draw_walk(axes, surface, path) -> None:
    """Draw a walk (K, 2) over the contour lines of a surface."""
    shape = SURFACES[surface]
    left, right, bottom, top = shape.box
    u, v = np.meshgrid(np.linspace(left, right, 81), np.linspace(bottom, top, 81))
    axes.contour(u, v, shape.loss(u, v), shape.levels, cmap="cividis", linewidths=1)
    for mu, mv, _ in shape.minima:
        axes.plot(mu, mv, "+", color=plots.GREEN, markersize=12, markeredgewidth=2)
    # What is far off the map would only cost time.
    near = np.clip(path, -100, 100)
    axes.plot(*near.T, "o-", color=plots.ORANGE, markersize=4, linewidth=1)
    axes.plot(*near[0], "s", color="black", markersize=9, label="start")
    axes.set(xlim=(left, right), ylim=(bottom, top), xlabel="u", ylabel="v")
    axes.legend(loc="upper right")


def _known(what, name, names):
    if name not in names:
        known = ", ".join(map(repr, names))
        raise ValueError(f"There is no {what} {name!r}; there are {known}.")


def _within(what, value, lowest, highest):
    try:
        value = float(value)
    except (TypeError, ValueError):
        value = float("nan")
    if not lowest <= value <= highest:
        raise ValueError(f"The {what} has to be between {lowest} and {highest}.")
    return value


def _place(pair):
    u, v = np.asarray(pair, float).ravel().tolist() if np.size(pair) == 2 else (0, 1e9)
    if not (abs(u) <= 100 and abs(v) <= 100):
        raise ValueError("The start is a pair (u, v) of numbers from -100 to 100.")
    return [u, v]
