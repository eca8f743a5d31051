"""Sliders above one picture: see :func:`explore`.

The picture is one matplotlib figure, drawn anew into the same
``widgets.Image``. There is no Output widget and no ``interact``: they make
notebooks hang now and then, and send every picture twice.
"""

import html
import io
from collections.abc import Callable, Mapping

import ipywidgets as widgets
from matplotlib.figure import Figure

_DPI = 100


class Explorer(widgets.VBox):
    """Sliders and the picture that follows them; made by :func:`explore`.

    Where no widget runs (a web page, a printout, a test) it shows the picture
    at the starting values, with its description as text.
    """

    def __init__(self, draw, ranges, describe, size, rows, columns):
        self._draw = draw
        self._describe = describe
        self._figure = Figure(figsize=size, dpi=_DPI, layout="constrained")
        self._axes = self._figure.subplots(rows, columns)
        self._sliders = {
            name: _slider(name, *limits) for name, limits in ranges.items()
        }
        # Shown at its own size: a stretched picture is blurred.
        width = {"width": f"{size[0] * _DPI:.0f}px", "max_width": "100%"}
        self._picture = widgets.Image(format="png", layout={**width, "height": "auto"})
        self._text = widgets.HTML()
        self._refresh()
        for slider in self._sliders.values():
            slider.observe(self._refresh, names="value")
        super().__init__([*self._sliders.values(), self._picture, self._text])

    @property
    def values(self) -> dict[str, float]:
        """Where the sliders stand, by name."""
        return {name: slider.value for name, slider in self._sliders.items()}

    @property
    def description(self) -> str:
        """What the picture shows at these values, in words."""
        return self._describe(**self.values)

    def _refresh(self, change=None) -> None:
        # An error in a slider's callback leaves no trace in the page, so it is
        # put where the reader looks.
        try:
            for axes in self._figure.axes:
                axes.clear()
            self._draw(self._axes, **self.values)
            buffer = io.BytesIO()
            self._figure.savefig(buffer, format="png")
            # The layout of the first picture serves for all: laying out anew
            # takes longer than drawing.
            self._figure.set_layout_engine("none")
            self._picture.value = buffer.getvalue()
            text = html.escape(self.description)
            self._text.value = f'<span role="status">{text}</span>'
        except Exception as error:
            if change is None:
                raise
            what = html.escape(f"{type(error).__name__}: {error}"[:200])
            self._text.value = f"This could not be drawn. {what}"

    def _repr_mimebundle_(self, **kwargs):
        bundle = super()._repr_mimebundle_(**kwargs)
        data, metadata = bundle if isinstance(bundle, tuple) else (bundle, {})
        stand_in = {
            "image/png": bytes(self._picture.value),
            "text/plain": self.description,
        }
        return {**data, **stand_in}, metadata


def explore(
    draw: Callable[..., None],
    ranges: Mapping[str, tuple[float, float, float, float]],
    describe: Callable[..., str],
    size: tuple[float, float] = (6.0, 3.5),
    rows: int = 1,
    columns: int = 1,
) -> Explorer:
    """Return sliders with a picture that follows them.

    Parameters
    ----------
    draw : callable
        ``draw(axes, **values)`` draws on cleared Axes: one, or an array of them
        where there are several rows or columns.
    ranges : dict of str to (lowest, highest, step, start)
        One slider for each name.
    describe : callable
        ``describe(**values)`` says in a sentence what the picture shows: the
        text for people and places without the picture.
    size : (float, float)
        Width and height of the picture in inches, at 100 dots per inch.
    rows, columns : int
        Grid of Axes.

    Returns
    -------
    Explorer
        Put it on the last line of a cell. Its ``values`` can be read later.
    """
    return Explorer(draw, ranges, describe, size, rows, columns)


def _slider(name, lowest, highest, step, start) -> widgets.FloatSlider:
    return widgets.FloatSlider(
        value=start,
        min=lowest,
        max=highest,
        step=step,
        description=name,
        continuous_update=True,
        style={"description_width": "8em"},
        layout={"width": "min(100%, 36em)"},
        readout_format=".3g",
    )
