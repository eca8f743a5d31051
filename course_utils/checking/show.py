"""What a learner sees after a check: HTML with a plain-text twin."""

import re
from dataclasses import dataclass, field
from html import escape

from course_utils import files

# Symbol and word carry the meaning; the colour of the bar only repeats it.
# Blue, orange and grey are told apart by colour-blind readers.
_STYLES = {
    "solved": ("✔", "Right", "#1b6ca8"),
    "partly": ("◐", "Partly right", "#c77700"),
    "wrong": ("✘", "Not yet", "#c77700"),
    "not attempted": ("○", "Not attempted yet", "#7a7a7a"),
    "noted": ("●", "Noted", "#1b6ca8"),
    "stand-in": ("○", "This is the course's own solution", "#7a7a7a"),
    "hint": ("?", "Hint", "#7a7a7a"),
    "solution": ("☰", "One solution", "#7a7a7a"),
    "outcome": ("→", "Outcome", "#1b6ca8"),
}


@dataclass
class Feedback:
    """A message to the learner, shown by :func:`show`.

    Attributes
    ----------
    status : str
        One of the keys of the table of styles: ``solved``, ``wrong``, ….
    title : str
        Name of the exercise, in words.
    paragraphs : list of str
        Sentences in plain text; `backticks` mark code.
    code : str
        Shown as it stands, in a fixed-width font.
    case : list of (str, str)
        Label and text of the case that went wrong.
    notes : list of str
        Small print: what was printed, warnings, trouble with the record.
    """

    status: str
    title: str
    paragraphs: list[str] = field(default_factory=list)
    code: str = ""
    case: list[tuple[str, str]] = field(default_factory=list)
    notes: list[str] = field(default_factory=list)

    def __repr__(self) -> str:
        symbol, word, _ = _STYLES[self.status]
        lines = [f"{symbol} {word}: {self.title}", *self.paragraphs]
        if self.code:
            lines += ["", self.code, ""]
        lines += [f"  {label}: {_indented(text)}" for label, text in self.case]
        return _clean("\n".join(lines + self.notes))

    def _repr_html_(self) -> str:
        symbol, word, colour = _STYLES[self.status]
        parts = [
            f'<div><span aria-hidden="true">{symbol}</span> '
            f"<strong>{word}:</strong> {escape(self.title)}</div>"
        ]
        parts += [
            f'<p style="margin:0.4em 0 0">{prose(p)}</p>' for p in self.paragraphs
        ]
        if self.code:
            parts.append(_pre(self.code))
        if self.case:
            rows = "".join(
                f'<tr><th scope="row" style="text-align:left;vertical-align:top;'
                f'padding-right:1em;font-weight:600">{escape(label)}</th>'
                f'<td style="text-align:left">{_pre(text)}</td></tr>'
                for label, text in self.case
            )
            parts.append(
                '<table style="margin:0.4em 0 0;border-collapse:collapse">'
                f"{rows}</table>"
            )
        parts += [
            f'<p style="margin:0.4em 0 0;font-size:90%">{prose(n)}</p>'
            for n in self.notes
        ]
        return _clean(
            f'<div class="course-feedback" role="status" style="border-left:4px solid '
            f"{colour};padding:0.4em 0.8em;margin:0.3em 0;"
            f'max-width:44em;overflow-x:auto">{"".join(parts)}</div>'
        )


def show(feedback: Feedback) -> None:
    """Display in a notebook; print the plain text anywhere else."""
    try:
        from IPython import get_ipython
        from IPython.display import display
    except ImportError:
        shell = None
    else:
        shell = get_ipython()
    if shell is None:
        files.say(repr(feedback))
    else:
        display(feedback)


def _clean(text: str) -> str:
    """Replace what cannot be sent or shown: control characters, half pairs."""
    return re.sub("[\x00-\x08\x0b-\x1f\x7f\ud800-\udfff]", "\ufffd", text)


def _pre(text: str) -> str:
    return (
        '<pre style="margin:0.2em 0;padding:0;background:none;white-space:pre-wrap">'
        f"{escape(text)}</pre>"
    )


def prose(text: str) -> str:
    """Escape, and set what stands between backticks as code."""
    pieces = escape(text).split("`")
    if len(pieces) % 2 == 0:  # an odd backtick: leave the text as it is
        return escape(text)
    return "".join(
        f"<code>{piece}</code>" if i % 2 else piece for i, piece in enumerate(pieces)
    )


def _indented(text: str) -> str:
    return text.replace("\n", "\n    ")
