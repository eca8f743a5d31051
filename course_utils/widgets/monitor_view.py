"""How a training looks while it runs and after: SVG, PNG and sentences.

Everything here is a function of a :class:`Record` and knows nothing of widgets
or Keras.
"""

import html
import math
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field

from course_utils import plots
from course_utils.widgets.pixels import png

_WIDTH, _HEIGHT = 380, 220
_LEFT, _RIGHT, _TOP, _BOTTOM = 48, 10, 30, 38
_DRAWN = 300
"""Points of a curve that are drawn; more cannot be told apart."""

_STYLE = """<style>
.course-monitor { --m-blue: #0072b2; --m-orange: #d55e00; --m-grid: #ccc;
  color: var(--jp-ui-font-color0, #111); background: var(--jp-layout-color0, #fff);
  font: 13px/1.4 var(--jp-ui-font-family, system-ui, sans-serif);
  max-width: 60rem; padding: 0.25rem 0.75rem 0.75rem; box-sizing: border-box; }
body[data-jp-theme-light="false"] .course-monitor {
  --m-blue: #56b4e9; --m-orange: #e69f00; --m-grid: #555; }
.course-monitor-bar { height: 6px; margin: 0.4rem 0 0.8rem; border-radius: 3px;
  background: var(--m-grid); }
.course-monitor-bar div { height: 100%; border-radius: 3px;
  background: var(--m-blue); }
.course-monitor-panels { display: flex; flex-wrap: wrap; gap: 0.5rem 1.5rem; }
.course-monitor svg { flex: 1 1 260px; max-width: 400px; min-width: 0; }
.course-monitor text { font-size: 13px; fill: currentColor; }
.course-monitor summary { cursor: pointer; padding: 0.3rem 0; }
.course-monitor .course-monitor-table { overflow-x: auto; }
.course-monitor table { font-variant-numeric: tabular-nums; margin: 0; }
.course-monitor th, .course-monitor td { text-align: right; padding: 2px 10px; }
</style>"""


@dataclass
class Record:
    """What is known of one training.

    ``ends`` holds, for every epoch, how many epochs had passed at its end: whole
    numbers, but for an epoch that was cut short. ``trace`` holds values from
    within the epochs, as (epochs passed, values by name).
    """

    epochs: int
    history: dict[str, list[float]] = field(default_factory=dict)
    ends: list[float] = field(default_factory=list)
    trace: list[tuple[float, dict[str, float]]] = field(default_factory=list)
    passed: float = 0.0
    seconds: float = 0.0
    seconds_left: float | None = None
    outcome: str = ""

    @property
    def judged_by(self) -> str:
        """Name of the value that says which epoch was best."""
        return "val_loss" if "val_loss" in self.history else "loss"

    @property
    def best(self) -> int | None:
        """Index of the epoch with the lowest loss, of validation where there is one.

        An epoch whose loss is not a finite number is never the best.
        """
        losses = self.history.get(self.judged_by, [])
        finite = [(loss, i) for i, loss in enumerate(losses) if math.isfinite(loss)]
        return min(finite)[1] if finite else None

    @property
    def quantities(self) -> list[str]:
        """Names of what is drawn, without their ``val_`` twins: the loss and one more.

        The accuracy comes second where there is one.
        """
        names = [*self.history, *(self.trace[-1][1] if self.trace else ())]
        names = [n for n in dict.fromkeys(names) if not n.startswith("val_")]
        names = [n for n in names if n != "learning_rate"]
        names.sort(key=lambda name: (name != "loss", "acc" not in name))
        return names[:2]


def spoken(name: str) -> str:
    """Return a value's name in words: ``val_loss`` is "validation loss"."""
    twin = name.startswith("val_")
    words = name.removeprefix("val_").replace("_", " ")
    return f"{'validation' if twin else 'training'} {words}"


def number(value: float) -> str:
    """Return a value for people, with three digits that count."""
    if not math.isfinite(value):
        return "not a number" if math.isnan(value) else "infinite"
    return f"{value:.3g}" if abs(value) < 1e4 else f"{value:.1e}"


def duration(seconds: float) -> str:
    """Return a length of time for people."""
    if seconds < 10:
        return f"{seconds:.1f} s"
    if seconds < 120:
        return f"{seconds:.0f} s"
    minutes = round(seconds / 60)
    return f"{minutes} min" if minutes < 120 else f"{minutes / 60:.1f} h"


def progress(record: Record) -> str:
    """Return where a running training stands, in one line."""
    running = min(math.floor(record.passed) + 1, record.epochs)
    parts = [f"Epoch {running} of {record.epochs}"]
    if record.seconds_left is not None:
        parts.append(f"about {duration(record.seconds_left)} left")
    elif record.trace or record.ends:
        parts.append(f"{duration(record.seconds)} so far")
    return ", ".join(parts)


def last_epoch(record: Record) -> str:
    """Return the values of the epoch that has just ended, in a sentence."""
    if not record.ends:
        return "Training has begun."
    values = [f"{spoken(n)} {number(v[-1])}" for n, v in _shown(record)]
    return f"Epoch {len(record.ends)} of {record.epochs}: {', '.join(values)}."


def _shown(record: Record) -> Iterable[tuple[str, list[float]]]:
    for quantity in record.quantities:
        for name in (quantity, f"val_{quantity}"):
            if record.history.get(name):
                yield name, record.history[name]


def description(record: Record) -> str:
    """Return what the curves show, in a sentence: the text for whoever cannot see."""
    if not record.ends:
        return "No epoch has ended yet."
    parts = []
    for name, values in _shown(record):
        lead = " from" if len(values) > 1 else ""
        parts.append(f"{spoken(name)}{lead} {_first_to_last(values)}")
    epochs = "1 epoch" if len(record.ends) == 1 else f"{len(record.ends)} epochs"
    return f"Curves over {epochs}: {', '.join(parts)}."


def _first_to_last(values: Sequence[float]) -> str:
    return " to ".join(map(number, values[:1] + values[1:][-1:]))


def page(record: Record, final: bool = False) -> str:
    """Return the curves as HTML: bar and time left while running, then the numbers."""
    panels = "".join(panel(record, quantity) for quantity in record.quantities)
    if final:
        head, tail = "", _table(record)
    else:
        share = 100 * min(record.passed / max(record.epochs, 1), 1)
        bar = f'<div class="course-monitor-bar"><div style="width: {share:.1f}%">'
        head, tail = f"<div>{html.escape(progress(record))}</div>{bar}</div></div>", ""
    panels = f'<div class="course-monitor-panels">{panels}</div>'
    return f'{_STYLE}<div class="course-monitor">{head}{panels}{tail}</div>'


def _table(record: Record) -> str:
    names = [name for name, values in record.history.items() if values]
    count = len(record.ends)
    every = -(-count // 50)
    rows = sorted({*range(0, count, every), count - 1} if count else ())
    head = "".join(f'<th scope="col">{html.escape(n)}</th>' for n in ("epoch", *names))
    body = "".join(
        f'<tr><th scope="row">{ends_at(record, row)}</th>'
        + "".join(f"<td>{_cell(record.history[name], row)}</td>" for name in names)
        + "</tr>"
        for row in rows
    )
    return (
        "<details><summary>The numbers of every epoch</summary>"
        '<div class="course-monitor-table" tabindex="0" role="region" '
        'aria-label="The numbers of every epoch"><table>'
        f"<thead><tr>{head}</tr></thead><tbody>{body}</tbody></table></div></details>"
    ).replace("every epoch", "every epoch" if every == 1 else f"one epoch in {every}")


def ends_at(record: Record, index: int) -> str:
    """Return the number of an epoch, or "2.4" if it was cut short there."""
    end = record.ends[index]
    return f"{end:.0f}" if end == round(end) else f"{end:.2g}"


def _cell(values: Sequence[float], row: int) -> str:
    return number(values[row]) if row < len(values) else ""


def panel(record: Record, quantity: str) -> str:
    """Return the curves of one quantity as an SVG element with its own description."""
    training = _points(record, quantity)
    validation = _points(record, f"val_{quantity}")
    trace = _thinned([(x, v[quantity]) for x, v in record.trace if quantity in v])
    heights = [y for _, y in (*training, *validation, *trace) if math.isfinite(y)]
    ticks = nice_ticks(min(heights, default=0.0), max(heights, default=1.0))
    last = _last_shown(record)

    def at(x, y):
        right, low, high = _WIDTH - _RIGHT, ticks[0], ticks[-1]
        across = _LEFT + x / last * (right - _LEFT)
        down = _HEIGHT - _BOTTOM - (y - low) / (high - low) * _INNER
        return f"{across:.1f},{down:.1f}"

    parts = [_frame(quantity, ticks, last, at)]
    if trace:
        thin = 'stroke="var(--m-blue)" stroke-opacity="0.45" stroke-width="1.5"'
        parts.append(_line(trace, at, thin))
    looks = (
        ("training", training, "var(--m-blue)", ""),
        ("validation", validation, "var(--m-orange)", ' stroke-dasharray="6 4"'),
    )
    for place, (label, points, colour, dash) in enumerate(looks):
        if not points and label == "validation":
            continue
        parts.append(_line(points, at, f'stroke="{colour}" stroke-width="2"{dash}'))
        parts.append(_marks(points, at, colour, label))
        parts.append(_key(place, label, colour, dash))
    said = _said(quantity, training, validation)
    return (
        f'<svg viewBox="0 0 {_WIDTH} {_HEIGHT}" role="img" fill="none" '
        f'aria-label="{html.escape(said, quote=True)}">{"".join(parts)}</svg>'
    )


_INNER = _HEIGHT - _TOP - _BOTTOM


def _last_shown(record: Record) -> float:
    """Return where the axis of epochs ends: it grows with a long training."""
    passed = max([record.passed, *record.ends[-1:], 1])
    if record.outcome:
        return passed
    room = (m * 10**power for power in range(1, 9) for m in (1, 2, 5))
    return max(passed, min(record.epochs, next(r for r in room if r >= passed)))


def _points(record: Record, name: str) -> list[tuple[float, float]]:
    values = record.history.get(name, [])
    return _thinned(list(zip(record.ends, values, strict=False)))


def _thinned(points: list) -> list:
    every = max(1, -(-len(points) // _DRAWN))
    kept = points[::every]
    return kept if not points or kept[-1] == points[-1] else [*kept, points[-1]]


def nice_ticks(low: float, high: float) -> list[float]:
    """Return three to six round numbers, evenly spaced, that enclose a range."""
    if not high > low:
        low, high = low - 0.5 * (abs(low) or 1), high + 0.5 * (abs(high) or 1)
    rough = (high - low) / 4
    power = 10.0 ** math.floor(math.log10(rough))
    step = next(power * m for m in (1, 2, 2.5, 5, 10) if power * m >= rough * 0.999)
    first, last = math.floor(low / step), math.ceil(high / step - 1e-9)
    return [step * i for i in range(first, last + 1)]


def _frame(quantity, ticks, last, at) -> str:
    parts = [f'<text x="{_LEFT}" y="17" font-weight="600">']
    parts.append(f"{html.escape(quantity.replace('_', ' '))}</text>")
    for tick in ticks:
        left, right = at(0, tick), at(last, tick)
        parts.append(f'<path d="M{left}L{right}" stroke="var(--m-grid)"/>')
        down = float(left.split(",")[1]) + 4.5
        text = f"{tick:.4g}"
        parts.append(
            f'<text x="{_LEFT - 7}" y="{down:.1f}" text-anchor="end">{text}</text>'
        )
    for epoch in _epochs_marked(last):
        across = at(epoch, ticks[0]).split(",")[0]
        parts.append(
            f'<text x="{across}" y="{_HEIGHT - 20}" text-anchor="middle">{epoch}</text>'
        )
    middle = (_LEFT + _WIDTH - _RIGHT) / 2
    parts.append(
        f'<text x="{middle:.0f}" y="{_HEIGHT - 4}" text-anchor="middle">epoch</text>'
    )
    return "".join(parts)


def _epochs_marked(last: float) -> range:
    steps = (m * 10**power for power in range(9) for m in (1, 2, 5))
    every = next(step for step in steps if step * 8 >= last)
    return range(0, math.floor(last) + 1, every)


def _line(points, at, look) -> str:
    """Return a path that leaves a gap where a value is not a finite number."""
    path, pen = [], "M"
    for x, y in points:
        if math.isfinite(y):
            path.append(pen + at(x, y))
            pen = "L"
        else:
            pen = "M"
    return f'<path d="{"".join(path)}" {look}/>' if path else ""


def _marks(points, at, colour, label) -> str:
    if len(points) > 40:
        return ""
    places = [at(x, y).split(",") for x, y in points if math.isfinite(y)]
    if label == "training":
        shape = '<circle cx="{0}" cy="{1}" r="3.5" fill="{2}"/>'
        return "".join(shape.format(x, y, colour) for x, y in places)
    shape = '<rect x="{0:.1f}" y="{1:.1f}" width="7" height="7" fill="{2}"/>'
    return "".join(
        shape.format(float(x) - 3.5, float(y) - 3.5, colour) for x, y in places
    )


def _key(place, label, colour, dash) -> str:
    left = _WIDTH - _RIGHT - 205 + 98 * place
    mark = _marks([(0, 0)], lambda x, y: f"{left + 11},13", colour, label)
    return (
        f'<path d="M{left},13h22" stroke="{colour}" stroke-width="2"{dash}/>{mark}'
        f'<text x="{left + 28}" y="17">{label}</text>'
    )


def _said(quantity, training, validation) -> str:
    parts = [f"Curve of the {quantity.replace('_', ' ')} over the epochs."]
    for label, points in (("Training", training), ("Validation", validation)):
        if points:
            parts.append(f"{label}: {_first_to_last([y for _, y in points])}.")
    return " ".join(parts)


def picture(record: Record) -> bytes:
    """Return the final curves as a PNG file, for where no HTML is shown."""
    from matplotlib.backends.backend_agg import FigureCanvasAgg
    from matplotlib.figure import Figure

    quantities = record.quantities or ["loss"]
    across = len(quantities)
    figure = Figure(figsize=(4.5 * across, 3), dpi=100)
    canvas = FigureCanvasAgg(figure)
    for place, quantity in enumerate(quantities):
        box = ((place + 0.16) / across, 0.18, 0.8 / across, 0.72)
        _draw_panel(figure.add_axes(box), record, quantity)
    figure.axes[0].legend(
        *figure.axes[0].get_legend_handles_labels(),
        loc="lower right", bbox_to_anchor=(1.03, 0.98), ncols=2, frameon=False,
    )  # fmt: skip
    canvas.draw()
    return png(canvas.buffer_rgba())


def _draw_panel(axes, record: Record, quantity: str) -> None:
    looks = (
        (quantity, "o-", plots.BLUE, "training"),
        (f"val_{quantity}", "s--", plots.ORANGE, "validation"),
    )
    heights = []
    for name, style, colour, label in looks:
        points = _points(record, name)
        if points:
            axes.plot(*zip(*points, strict=True), style, color=colour, label=label)
            heights += [y for _, y in points if math.isfinite(y)]
    ticks = nice_ticks(min(heights, default=0.0), max(heights, default=1.0))
    last = _last_shown(record)
    axes.set(xlim=(0, last * 1.03), ylim=(ticks[0], ticks[-1]), xlabel="epoch")
    axes.set(xticks=_epochs_marked(last), yticks=ticks)
    axes.set_title(quantity.replace("_", " "), loc="left")
