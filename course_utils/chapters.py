"""The chapters and projects of the course: the one table that all else reads.

The README's table, the map in chapter 00, ``course progress`` and the tests
are all made from, or compared with, :data:`CHAPTERS`. A project is built, run
and tested like a chapter; it is in no table of chapters and does not count in
the progress.
"""

from dataclasses import dataclass
from importlib import import_module
from pathlib import Path

PROJECT = Path(__file__).resolve().parent.parent
"""Folder of the clone; holds ``notebooks/`` when the course runs from a clone."""

NO_CLONE = (
    "The notebooks are not here: the course runs from a clone of its repository, "
    "so clone that and call `python3 -m course_utils` in the clone."
)
"""What a command says that needs the clone and does not find it."""


@dataclass(frozen=True)
class Chapter:
    """One notebook of the series.

    Attributes
    ----------
    number : str
        Two digits, the order of reading.
    slug : str
        Rest of the file name.
    title : str
        Title of the notebook, a sentence with a verb.
    minutes : int
        Time for an unhurried first reading, in minutes.
    needs : tuple of str
        Numbers of the chapters to work through first.
    afterwards : str
        What the reader can do afterwards, completing "you can …".
    tensorflow : bool
        Whether TensorFlow is loaded, which decides the memory bound.
    """

    number: str
    slug: str
    title: str
    minutes: int
    needs: tuple[str, ...]
    afterwards: str
    tensorflow: bool = False

    @property
    def name(self) -> str:
        """File name without its ending, such as ``00_start_here``."""
        return f"{self.number}_{self.slug}"

    @property
    def source(self) -> Path:
        """The text that authors edit (jupytext ``py:percent``)."""
        return PROJECT / "notebooks" / "source" / f"{self.name}.py"

    @property
    def notebook(self) -> Path:
        """The notebook that readers open."""
        return PROJECT / "notebooks" / f"{self.name}.ipynb"

    @property
    def module(self) -> str:
        """Name of the module that declares the chapter's exercises."""
        return f"course_utils.exercises.chapter_{self.number}"

    def exercises(self) -> dict:
        """Exercises of the chapter by name, in the order of declaration."""
        return import_module(self.module).exercises


CHAPTERS = (
    Chapter(
        "00",
        "start_here",
        "Start here",
        10,
        (),
        "run a notebook, solve and check an exercise, and find your progress",
        tensorflow=True,
    ),
    Chapter(
        "01",
        "see_what_deep_learning_is",
        "See what deep learning is",
        40,
        ("00",),
        "say what deep learning is, what it learns by itself, and when not to use it",
    ),
    Chapter(
        "02",
        "build_neurons_and_layers",
        "Build neurons and layers",
        50,
        ("01",),
        "write a network's forward pass and work it out with a pencil",
    ),
    Chapter(
        "03",
        "make_a_network_learn",
        "Make a network learn",
        60,
        ("02",),
        "train a small network by gradient descent and read its learning curves",
    ),
    Chapter(
        "04",
        "compute_with_tensorflow",
        "Compute with TensorFlow",
        50,
        ("03",),
        "compute with tensors, let the tape find gradients, and feed data fast",
        tensorflow=True,
    ),
    Chapter(
        "05",
        "build_with_keras",
        "Build with Keras",
        60,
        ("04",),
        "build, train, extend, save and mend a Keras model",
        tensorflow=True,
    ),
    Chapter(
        "06",
        "read_handwritten_digits",
        "Read handwritten digits",
        60,
        ("03",),
        "build, train and question a digit classifier with Keras",
        tensorflow=True,
    ),
    Chapter(
        "07",
        "derive_backpropagation_by_hand",
        "Derive backpropagation by hand",
        90,
        ("03",),
        "derive, write and check a backward pass, and name what is wrong in one",
        tensorflow=True,
    ),
    Chapter(
        "08",
        "experiment_like_a_scientist",
        "Experiment like a scientist",
        75,
        ("06",),
        "plan, log and judge experiments, and read a failure from its curves",
        tensorflow=True,
    ),
    Chapter(
        "09",
        "ship_it_and_scale_it",
        "Ship it and scale it",
        60,
        ("06",),
        "save, shrink and serve a model, and train it on several processes",
        tensorflow=True,
    ),
    Chapter(
        "10",
        "where_next",
        "Where next",
        30,
        ("07", "08"),
        "choose what to learn next, and carry out a project of your own",
        tensorflow=True,
    ),
)


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


def chapter(number: str) -> Chapter:
    """Return the chapter with the given two-digit number.

    Raises
    ------
    KeyError
        If no chapter has this number; the message lists those that exist.
    """
    for candidate in CHAPTERS:
        if candidate.number == number:
            return candidate
    known = ", ".join(c.number for c in CHAPTERS)
    raise KeyError(f"There is no chapter {number!r}; there are {known}.")


def table(folder: str = "") -> str:
    """Return the table of chapters in Markdown, as README and chapter 00 show it.

    Parameters
    ----------
    folder : str
        Put before each link: ``"notebooks/"`` for a page at the top.
    """
    rows = [
        "| Chapter | Minutes | Builds on | Afterwards you can |",
        "|---|---|---|---|",
    ]
    for each in CHAPTERS:
        link = f"[{each.number} {each.title}]({folder}{each.name}.ipynb)"
        needs = ", ".join(each.needs) or "–"
        rows.append(f"| {link} | {each.minutes} | {needs} | {each.afterwards} |")
    return "\n".join(rows)
