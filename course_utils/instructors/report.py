"""``course report``: what cost the class most, why, and where people stopped."""

from __future__ import annotations

import argparse
import random
import statistics
import sys
from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import astuple, dataclass, replace
from html import escape
from itertools import chain
from pathlib import Path
from typing import Any

from sqlalchemy.exc import DatabaseError  # nbgrader's data base

from course_utils import files
from course_utils.chapters import Chapter
from course_utils.instructors import gradebook, results
from course_utils.instructors.results import Row, Total

_ATTEMPTED = ("solved", "partly", "wrong", "written")
_GROUPS = {
    "solved": "solved",
    "partly": "partly right",
    "wrong": "wrong",
    "waiting": "waits for a person",
    "none": "not answered",
}
_COLOURS = ("#1b6ca8", "#7fb3d9", "#e69f00", "#666", "#ddd")
_FILLS = dict(zip(_GROUPS, _COLOURS, strict=True))


@dataclass(frozen=True)
class Summary:
    """How a class did in one exercise.

    Attributes
    ----------
    assignment, exercise, title : str
    counts : dict of str to int
        Learners by what became of their answer: ``solved``, ``partly``,
        ``wrong``, ``waiting`` (for a person to grade it), ``none``.
    lost : float
        Points that the class lost, of ``of`` that it could earn; texts that
        nobody has graded yet count in neither.
    of : float
    mistakes : list of (str, str, int)
        Known mistakes with their messages and how many made them.
    unknown : int
        Wrong answers that are no known mistake.
    stopped : int
        Learners who answered this exercise and none after it, though there is
        one.
    """

    assignment: str
    exercise: str
    title: str
    counts: dict[str, int]
    lost: float
    of: float
    mistakes: list[tuple[str, str, int]]
    unknown: int
    stopped: int


def command(options: argparse.Namespace) -> int:
    """Write the report and return the exit status.

    Parameters
    ----------
    options : argparse.Namespace
        ``course`` (str), ``output`` (str or None), ``anonymous`` (bool).
    """
    try:
        course = gradebook.Course(Path(options.course))
        for sentence in results.set_aside_damaged(course):
            print(sentence, file=sys.stderr)
        rows, totals = results.read(course)
        if not rows:
            raise FileNotFoundError(
                f"Nothing is graded in {options.course}. Call `course grade` first."
            )
    except FileNotFoundError as error:
        print(error, file=sys.stderr)
        return 1
    except DatabaseError as error:
        print(results.unusable(options.course, error), file=sys.stderr)
        return 1
    if options.anonymous:
        rows, totals = _without_names(rows, totals)
    folder = Path(options.output) if options.output else course.folder / "report"
    summaries = {
        assignment: summarise(assignment, chapter, rows)
        for assignment, chapter in course.assigned.items()
        if any(row.assignment == assignment for row in rows)
    }
    together = [*chain(*summaries.values())]
    texts = {
        "report.html": _page(course.assigned, summaries, rows, totals),
        "exercises.csv": _exercises_table(together),
        "mistakes.csv": _mistakes_table(together),
        "learners.csv": _learners_table(totals),
    }
    for name, text in texts.items():
        files.write_whole(folder / name, text)
        print(f"Wrote {folder / name}")
    return 0


# Counting.


def summarise(assignment: str, chapter: Chapter, rows: list[Row]) -> list[Summary]:
    """Return a summary for each exercise of an assignment, in its order."""
    mine = [row for row in rows if row.assignment == assignment]
    order = list(dict.fromkeys(row.exercise for row in mine))
    # The rows of a learner are in the chapter's order, so the last one stays.
    last = {row.student: row.exercise for row in mine if row.status in _ATTEMPTED}
    stops = Counter(each for each in last.values() if each != order[-1])
    return [
        _summary(
            chapter.exercises().get(name),
            [row for row in mine if row.exercise == name],
            stops[name],
        )
        for name in order
    ]


def _summary(exercise: Any, rows: list[Row], stopped: int) -> Summary:
    counts = Counter(_group(row) for row in rows)
    made = Counter(row.mistake for row in rows if row.mistake)
    messages = {each.name: each.message for each in getattr(exercise, "mistakes", ())}
    graded = [row for row in rows if row.points is not None]
    return Summary(
        rows[0].assignment,
        rows[0].exercise,
        getattr(exercise, "title", rows[0].exercise),
        {group: counts[group] for group in _GROUPS},
        sum(row.of - row.points for row in graded),
        sum(row.of for row in graded),
        [(n, messages.get(n, ""), count) for n, count in made.most_common()],
        sum(row.status in ("wrong", "partly") and not row.mistake for row in rows),
        stopped,
    )


def _group(row: Row) -> str:
    if row.status == "written":
        if row.points is None:
            return "waiting"
        share = row.points / row.of if row.of else 1.0
        return "solved" if share >= 1 else "partly" if share else "wrong"
    return row.status if row.status in _GROUPS else "none"


def _without_names(rows: list[Row], totals: list[Total]):
    students = sorted({total.student for total in totals})
    random.SystemRandom().shuffle(students)  # the alphabet would tell
    width = len(str(len(students)))
    names = {s: f"Learner {i:0{width}}" for i, s in enumerate(students, 1)}
    return (
        [replace(row, student=names[row.student], name="") for row in rows],
        sorted(
            (replace(total, student=names[total.student]) for total in totals),
            key=lambda total: (total.assignment, total.student),
        ),
    )


# Tables.


def _exercises_table(summaries: list[Summary]) -> str:
    header = ("assignment", "exercise", "title", *_GROUPS.values())
    rows = [
        (s.assignment, s.exercise, s.title, *s.counts.values(), s.lost, s.of, s.stopped)
        for s in summaries
    ]
    return results.table(
        (*header, "points lost", "points possible", "stopped here"), rows
    )


def _mistakes_table(summaries: list[Summary]) -> str:
    header = ("assignment", "exercise", "mistake", "what it is", "learners")
    rows = [
        (s.assignment, s.exercise, *each) for s, each in _mistakes(summaries, "another")
    ]
    return results.table(header, rows)


def _mistakes(summaries: list[Summary], other: str) -> Iterator[tuple]:
    """Yield a summary with name, message and number, for each kind of wrong answer."""
    for s in summaries:
        yield from ((s, each) for each in s.mistakes)
        if s.unknown:
            yield s, ("", other, s.unknown)


def _learners_table(totals: list[Total]) -> str:
    header = ("learner", "assignment", "score", "of", "late penalty")
    return results.table(header, [astuple(total)[: len(header)] for total in totals])


# The page.

_STYLE = """
body { font: 16px/1.5 system-ui, sans-serif; max-width: 56rem; margin: 2rem auto;
       padding: 0 1rem; color: #1a1a1a; background: #fff; }
h2 { margin-top: 3rem; border-bottom: 2px solid #1b6ca8; }
table { border-collapse: collapse; margin: 1rem 0; }
caption { text-align: left; font-weight: 600; padding: .3rem 0; }
th, td { border-bottom: 1px solid #ccc; padding: .3rem .6rem; text-align: left;
         vertical-align: top; }
td.number { text-align: right; font-variant-numeric: tabular-nums; }
figure { margin: 1rem 0; overflow-x: auto; }
figcaption { color: #444; }
svg text { font: 14px system-ui, sans-serif; fill: #1a1a1a; }
"""


def _page(
    assigned: dict[str, Chapter],
    summaries: dict[str, list[Summary]],
    rows: list[Row],
    totals: list[Total],
) -> str:
    parts = [
        _section(assigned[name], summary, [t for t in totals if t.assignment == name])
        for name, summary in summaries.items()
    ]
    note = ""
    if waiting := sum(row.points is None for row in rows):
        note = (
            f"<p>{waiting} written answers wait for a person; they count in no score "
            "below.</p>"
        )
    return (
        '<!DOCTYPE html>\n<html lang="en"><head><meta charset="utf-8">'
        '<meta name="viewport" content="width=device-width">'
        f"<title>How the class did</title><style>{_STYLE}</style></head><body><main>"
        f"<h1>How the class did</h1>{note}{''.join(parts)}</main></body></html>\n"
    )


def _section(chapter: Chapter, summaries: list[Summary], totals: list[Total]) -> str:
    hardest = sorted(summaries, key=lambda s: -s.lost)
    return "".join(
        (
            f"<h2>{escape(f'{chapter.number} {chapter.title}')}</h2>",
            _spread(totals),
            "<h3>What cost most</h3>",
            _cost_figure(hardest),
            _table(
                "Exercises, the one that cost the class most points first",
                (
                    "Exercise",
                    *map(str.capitalize, _GROUPS.values()),
                    "Points lost",
                    "Of",
                ),
                [(s.title, *s.counts.values(), s.lost, s.of) for s in hardest],
            ),
            "<h3>Which mistakes were made</h3>",
            _mistakes_made(hardest),
            "<h3>Where people stopped</h3>",
            _stops(summaries, len(totals)),
            "<h3>Learners</h3>",
            _table(
                "Scores after late penalties",
                ("Learner", "Score", "Of", "Penalty"),
                [(t.student, t.score, t.of, t.penalty) for t in totals],
            ),
        )
    )


def _spread(totals: list[Total]) -> str:
    shares = [100 * t.score / (t.of - t.waiting or 1.0) for t in totals]
    counts = Counter(min(int(share // 10), 9) for share in shares)
    labels = [f"{10 * i}–{10 * i + 10} %" for i in range(10)]
    middle = statistics.median(shares)
    caption = (
        f"{_count(len(shares), 'learner')}; half of them have {middle:.0f} % of the "
        f"points or more, the lowest {min(shares):.0f} %, the highest "
        f"{max(shares):.0f} %."
    )
    spoken = "; ".join(f"{labels[i]}: {counts[i]}" for i in range(10) if counts[i])
    bars = [({"solved": counts[i]}, str(counts[i])) for i in range(10)]
    picture = _bars(f"Learners by share of the points. {spoken}.", labels, bars)
    return f"<h3>How the class spread</h3>{_figure(picture, caption)}"


def _cost_figure(summaries: list[Summary]) -> str:
    spoken = "; ".join(
        f"{s.title}: "
        + ", ".join(f"{n} {_GROUPS[group]}" for group, n in s.counts.items() if n)
        for s in summaries
    )
    picture = _bars(
        f"Answers by exercise, the most costly first. {spoken}.",
        [s.title for s in summaries],
        [(s.counts, _lost(s)) for s in summaries],
    )
    legend = ", ".join(
        f'<span style="background:{_FILLS[group]};padding:0 .6em" aria-hidden="true">'
        f"</span> {word}"
        for group, word in _GROUPS.items()
    )
    return _figure(picture, legend)


def _lost(summary: Summary) -> str:
    share = f"{100 * summary.lost / summary.of:.0f} %" if summary.of else "–"
    return f"{share} lost{' so far' if summary.counts['waiting'] else ''}"


def _mistakes_made(summaries: list[Summary]) -> str:
    found = _mistakes(summaries, "Another wrong answer")
    rows = [(s.title, text or name, count) for s, (name, text, count) in found]
    if not rows:
        return "<p>There is no wrong answer.</p>"
    caption = "Wrong answers, with what the learner was told"
    return _table(caption, ("Exercise", "Mistake", "Learners"), rows)


def _stops(summaries: list[Summary], learners: int) -> str:
    stopped = [s for s in summaries if s.stopped]
    if not stopped:
        return "<p>Everybody who answered anything answered the last exercise.</p>"
    spoken = "; ".join(f"{s.title}: {s.stopped}" for s in stopped)
    picture = _bars(
        f"Last exercise that was answered. {spoken}.",
        [s.title for s in stopped],
        [({"wrong": s.stopped}, str(s.stopped)) for s in stopped],
    )
    total = sum(s.stopped for s in stopped)
    return _figure(
        picture,
        f"{total} of {_count(learners, 'learner')} answered an exercise and none of "
        "those after it; the bars show after which one they stopped.",
    )


def _count(number: int, noun: str) -> str:
    return f"{number} {noun}{'' if number == 1 else 's'}"


# HTML and SVG.


def _figure(picture: str, caption: str) -> str:
    return f"<figure>{picture}<figcaption>{caption}</figcaption></figure>"


def _table(caption: str, header: Sequence[str], rows: Iterable[Sequence[Any]]) -> str:
    head = "".join(f'<th scope="col">{escape(text)}</th>' for text in header)
    body = "".join(
        f'<tr><th scope="row">{escape(str(row[0]))}</th>'
        + "".join(map(_data, row[1:]))
        + "</tr>"
        for row in rows
    )
    return (
        f"<table><caption>{escape(caption)}</caption><thead><tr>{head}</tr></thead>"
        f"<tbody>{body}</tbody></table>"
    )


def _data(value: Any) -> str:
    if isinstance(value, str):
        return f"<td>{escape(value)}</td>"
    return f'<td class="number">{value:g}</td>'


def _bars(spoken: str, labels: list[str], bars: list[tuple[dict, str]]) -> str:
    """Draw horizontal bars of stacked counts, each with a label and a note."""
    start = 20 + 8 * max(len(label) for label in labels)
    most = max([sum(counts.values()) for counts, _ in bars] + [1])
    unit = 320 / most
    width, height = start + 320 + 110, 26 * len(bars) + 6
    parts = []
    for place, (label, (counts, note)) in enumerate(zip(labels, bars, strict=True)):
        y, x = 26 * place + 4, float(start)
        parts.append(f'<text x="{start - 8}" y="{y + 14}" text-anchor="end">')
        parts.append(f"{escape(label)}</text>")
        for group, count in counts.items():
            if count:
                parts.append(
                    f'<rect x="{x:.1f}" y="{y}" width="{count * unit:.1f}" height="18" '
                    f'fill="{_FILLS[group]}" stroke="#fff"/>'
                )
                x += count * unit
        parts.append(f'<text x="{x + 6:.1f}" y="{y + 14}">{escape(note)}</text>')
    return (
        f'<svg role="img" aria-label="{escape(spoken)}" '
        f'xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {width} {height}" '
        f'width="{width}" height="{height}">{"".join(parts)}</svg>'
    )
