"""An axis that is drawn once and copied afterwards, as long as it stays the same.

Ticks, their labels, the grid and the axis' label take matplotlib three quarters of
the time of a small figure, and in a figure that follows a slider they seldom
change. So their pixels are kept.
"""

from types import MethodType

import numpy as np
from matplotlib.axis import Axis
from matplotlib.backends.backend_agg import RendererAgg


def keep(axis: Axis) -> None:
    """Let an axis of a figure that Agg draws copy its pixels while it can."""
    axis.draw = MethodType(_Kept(), axis)


class _Kept:
    """Draws an axis; the pixels of the last time serve while nothing has changed."""

    def __init__(self):
        self._look = None

    def __call__(self, axis: Axis, renderer: RendererAgg) -> None:
        if (look := _look(axis, renderer)) != self._look:
            self._look = look
            self._pixels, self._place = _drawn(axis, renderer)
        axis.stale = False
        if self._pixels.size:
            gc = renderer.new_gc()
            renderer.draw_image(gc, *self._place, self._pixels)
            gc.restore()


def _look(axis: Axis, renderer: RendererAgg) -> tuple:
    """Return all that decides how an axis looks, to be compared."""
    ticks = []
    for kind, locations, formatter in (
        ("major", axis.get_majorticklocs(), axis.get_major_formatter()),
        ("minor", axis.get_minorticklocs(), axis.get_minor_formatter()),
    ):
        texts = formatter.format_ticks(locations)
        ticks.append((list(locations), texts, axis.get_tick_params(kind)))
    styles = [
        _style(label)
        for tick in axis.get_major_ticks(len(ticks[0][0]))
        for label in (tick.label1, tick.label2)
    ]
    return (
        renderer.width,
        renderer.height,
        renderer.dpi,
        tuple(axis.axes.bbox.bounds),
        tuple(axis.get_view_interval()),
        axis.get_scale(),
        axis.get_visible(),
        axis.get_label_position(),
        axis.labelpad,
        _style(axis.label),
        ticks,
        styles,
    )


def _style(text) -> tuple:
    return (
        text.get_text(),
        text.get_color(),
        text.get_visible(),
        text.get_rotation(),
        text.get_fontproperties().get_size_in_points(),
        text.get_weight(),
    )


def _drawn(axis: Axis, renderer: RendererAgg) -> tuple[np.ndarray, tuple[int, int]]:
    """Return the pixels (H, W, 4) of an axis alone, and their lower left corner."""
    alone = RendererAgg(renderer.width, renderer.height, renderer.dpi)
    type(axis).draw(axis, alone)
    pixels = np.asarray(alone.buffer_rgba())
    rows, columns = (np.flatnonzero(pixels[..., 3].any(axis=i)) for i in (1, 0))
    if not rows.size:
        return pixels[:0], (0, 0)
    top, bottom, left, right = rows[0], rows[-1] + 1, columns[0], columns[-1] + 1
    below = int(renderer.height) - bottom
    # An image that is drawn has its lowest row first.
    upward = pixels[top:bottom, left:right][::-1].copy()
    return upward, (int(left), int(below))
