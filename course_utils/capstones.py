"""The projects at the end of the course: their notebooks and exercises.

A project is built, run and tested like a chapter, from
``notebooks/source/capstone/``; it stands in no table of chapters and does not
count in the progress.
"""

from dataclasses import dataclass
from pathlib import Path

from course_utils.chapters import PROJECT, Chapter


@dataclass(frozen=True)
class Capstone(Chapter):
    """One notebook of a project; ``number`` is a word, and names the project."""

    @property
    def name(self) -> str:
        """File name without its ending, such as ``invent_words``."""
        return self.slug

    @property
    def source(self) -> Path:
        """The text that authors edit (jupytext ``py:percent``)."""
        return PROJECT / "notebooks" / "source" / "capstone" / f"{self.name}.py"

    @property
    def notebook(self) -> Path:
        """The notebook that readers open."""
        return PROJECT / "notebooks" / "capstone" / f"{self.name}.ipynb"


def _project(name: str, title: str, afterwards: str, worked: bool = False) -> Capstone:
    slug = f"{name}_worked" if worked else name
    return Capstone(name, slug, title, 180, ("10",), afterwards, tensorflow=True)


CAPSTONES = (
    _project(
        "robust_reader",
        "A reader that keeps reading",
        "make a digit reader that still reads when digits stand elsewhere",
    ),
    _project(
        "invent_words",
        "Invent words",
        "make a generator of words and measure how good it is",
    ),
    _project(
        "say_when_not",
        "Say when you do not know",
        "make a digit reader that refuses what is no digit",
    ),
)
"""The starters: they hold exercises and run as they are."""

WORKED = (
    _project(
        "robust_reader",
        "A reader that keeps reading, worked out",
        "see one project carried out from question to answer",
        worked=True,
    ),
)
"""Examples that are worked out; they use the exercises of their starter."""
