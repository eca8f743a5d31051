"""Sliders above one picture: see :class:`Explorer`, which chapters call ``explore``.

The picture is one matplotlib figure, drawn anew for each step of a slider. There
is no Output widget and no ``interact``: they make notebooks hang now and then,
and send every picture twice. The sliders are the browser's own, since those of
ipywidgets have no name that a screen reader could say.
"""

from collections.abc import Callable, Mapping

import matplotlib
import traitlets
from matplotlib.backends.backend_agg import FigureCanvasAgg
from matplotlib.figure import Figure
from matplotlib.transforms import Bbox

from course_utils.widgets.kept_axis import keep
from course_utils.widgets.piece import Piece, module, stylesheet
from course_utils.widgets.pixels import png

_DPI = 100


class Explorer(Piece):
    """Sliders and the picture that follows them: the last line of a cell.

    Where no widget runs (a web page, a printout, a test) it shows the picture
    at the values as they are, with its description as text.

    Parameters
    ----------
    draw : callable
        ``draw(axes, **values)`` draws on emptied Axes: one, or an array of them
        where there are several rows or columns. Scales, limits of axes and ticks
        that it sets stay, so it sets the same ones whatever the values.
    ranges : dict of str to (lowest, highest, step, start)
        One slider for each name.
    describe : callable
        ``describe(**values)`` says in a sentence what the picture shows: the
        text for people and places without the picture.
    size : (float, float)
        Width and height of the picture in inches, at 100 dots per inch.
    rows, columns : int
        Grid of Axes.

    Attributes
    ----------
    values : dict of str to float
        Where the sliders stand, by name. Setting some of them moves the sliders.
    """

    _esm = module("sliders.js")
    _css = stylesheet("sliders.css")
    controls = traitlets.List().tag(sync=True)
    # Without the echo, a message that the browser would handle while it waits.
    values = traitlets.Dict(value_trait=traitlets.CFloat()).tag(
        sync=True, echo_update=False
    )
    picture = traitlets.Bytes().tag(sync=True)
    text = traitlets.Unicode().tag(sync=True)
    width = traitlets.Int().tag(sync=True)

    def __init__(
        self,
        draw: Callable[..., None],
        ranges: Mapping[str, tuple[float, float, float, float]],
        describe: Callable[..., str],
        size: tuple[float, float] = (6.0, 3.5),
        rows: int = 1,
        columns: int = 1,
    ):
        self._draw = draw
        self._describe = describe
        self._limits = {name: (low, high) for name, (low, high, *_) in ranges.items()}
        self._figure = Figure(figsize=size, dpi=_DPI, layout="constrained")
        self._canvas = FigureCanvasAgg(self._figure)
        self._axes = self._figure.subplots(rows, columns)
        super().__init__(
            controls=[
                {"name": name, "min": low, "max": high, "step": step}
                for name, (low, high, step, _) in ranges.items()
            ],
            width=round(size[0] * _DPI),
        )
        self.values = {name: start for name, (*_, start) in ranges.items()}
        self._draw(self._axes, **self.values)
        # The layout of the first picture serves for all: laying out anew takes
        # longer than drawing.
        self._figure.draw_without_rendering()
        self._figure.set_layout_engine("none")
        for axes in self._figure.axes:
            keep(axes.xaxis)
            keep(axes.yaxis)
        self._canvas.draw()
        # So does the height of the titles, unless something stands in their way.
        heights = {axes.title.get_position()[1] for axes in self._figure.axes}
        self._titles = {"axes.titley": 1.0} if heights == {1.0} else {}
        self.picture, self.text = png(self._canvas.buffer_rgba()), self.description
        self.observe(self._refresh, names="values")

    @traitlets.validate("values")
    def _within_the_limits(self, proposal):
        values = {**self.values, **proposal["value"]}
        if unknown := values.keys() - self._limits.keys():
            raise traitlets.TraitError(
                f"There is no slider called {min(unknown)!r}, only "
                f"{', '.join(self._limits)}."
            )
        limits = self._limits
        return {n: min(max(v, limits[n][0]), limits[n][1]) for n, v in values.items()}

    @property
    def description(self) -> str:
        """What the picture shows at these values, in words."""
        return self._describe(**self.values)

    def _refresh(self, change) -> None:
        # An error in here leaves no trace in the page, so it is put where the
        # reader looks.
        try:
            for axes in self._figure.axes:
                _empty(axes)
            with matplotlib.rc_context(self._titles):
                self._draw(self._axes, **self.values)
            self._canvas.draw()
            picture, text = png(self._canvas.buffer_rgba()), self.description
        except Exception as error:
            what = f"{type(error).__name__}: {error}"[:200]
            self.text = f"This could not be drawn. {what}"
            return
        with self.hold_sync():  # one message, not two
            self.picture, self.text = picture, text

    def _picture(self) -> bytes:
        return self.picture

    def _summary(self) -> str:
        return self.text


explore = Explorer


def _empty(axes) -> None:
    """Take everything drawn off an Axes, and keep its ticks.

    ``axes.clear()`` makes the ticks anew, which takes longer than drawing all
    the rest.
    """
    drawn = (axes.lines, axes.collections, axes.patches, axes.images, axes.texts)
    for group in (*drawn, axes.tables, axes.artists, axes.child_axes):
        for artist in list(group):
            artist.remove()
    if axes.get_legend() is not None:
        axes.get_legend().remove()
    axes.set_prop_cycle(None)
    axes.dataLim.set(Bbox.null())
    axes.ignore_existing_data_limits = True
    axes.autoscale(True)
    axes.set(title="", xlabel="", ylabel="")
