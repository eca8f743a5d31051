"""What learners need for some chapters, as files to hand on.

The notebooks, the helper package without the instructors' part and without the
exercises of other chapters, and what sets it up. The projects come with the
chapter that they build on. ``course handout`` and ``course offline-kit`` pack it.
"""

import re
from collections.abc import Callable, Iterator
from pathlib import Path

from course_utils import chapters
from course_utils.authoring import notebooks
from course_utils.chapters import CAPSTONES, WORKED, Chapter

_README = """\
# {title}

{table}

Every exercise is checked while you work, and a wrong answer never stops a
chapter. When you are done, save the notebook and hand in the file itself, under
its own name.

## Open it on your computer

You need Python 3.11, 3.12 or 3.13 on Linux, Windows, or a Mac with Apple
silicon. Unpack this file and call, in its folder:

```sh
python3 -m course_utils
```

On Windows that is `py -m course_utils`. The first call sets up an environment of
its own in `.venv` (about 2.5 GB) and opens JupyterLab; later calls open it at
once. If something does not work, `python3 -m course_utils doctor` says why.

## Open it in VS Code

Call the line above once, so that `.venv` exists; Ctrl-C ends JupyterLab. Install
the extensions *Python* and *Jupyter*, open this folder (*File → Open Folder…*),
open a notebook, and choose *Select Kernel → Python Environments → .venv*.

## Open it in Google Colab

Choose *File → Upload notebook* and one of the files in `notebooks`. Upload the
zip file in the *Files* pane on the left. Make a new code cell at the top, run
this in it, and delete the cell again:

```
!unzip -qo {file}
!pip install -q anywidget
!pip install -q --no-deps ./{folder}
```

Colab brings versions of its own of everything else, and the course is not
tested with those: where something looks different there, your own computer is
what counts.
"""


class ParcelError(Exception):
    """The parcel cannot be made; the message says why."""


def contents(
    chosen: list[Chapter],
    folder: str,
    notebook: Callable[[Chapter], bytes] | None = None,
) -> dict[str, bytes]:
    """Return the files of a parcel by their names in it.

    Parameters
    ----------
    chosen : list of Chapter
    folder : str
        The folder that holds everything.
    notebook : callable, optional
        Returns the notebook of a chosen chapter; by default it is the one of
        this clone.

    Raises
    ------
    ParcelError
        If a notebook is missing, or holds somebody's own work.
    """
    read = notebook or own_notebook
    found = {f"notebooks/{each.name}.ipynb": read(each) for each in chosen}
    for name in ("pyproject.toml", "requirements.lock"):
        found[name] = (chapters.PROJECT / name).read_bytes()
    for each in _projects(chosen, WORKED):
        name = each.notebook.relative_to(chapters.PROJECT).as_posix()
        found[name] = own_notebook(each)
    for path in _package(chosen):
        found[path.relative_to(chapters.PROJECT).as_posix()] = path.read_bytes()
    readme = _README.format(
        title="Deep learning: " + ", ".join(each.title.lower() for each in chosen),
        table=_table(chosen),
        file=f"{folder}.zip",
        folder=folder,
    )
    found["README.md"] = readme.encode()
    return {f"{folder}/{name}": found[name] for name in sorted(found)}


def own_notebook(chapter: Chapter) -> bytes:
    """Return a chapter's notebook as it was generated.

    Raises
    ------
    ParcelError
        If it is missing or holds somebody's own work.
    """
    if not chapter.notebook.is_file():
        raise ParcelError(f"{chapter.notebook} is missing.")
    if notebooks.has_own_work(chapter.notebook):
        raise ParcelError(
            f"notebooks/{chapter.notebook.name} holds answers or outputs of its own: "
            "copy it elsewhere to keep it, then call "
            f"`git restore notebooks/{chapter.notebook.name}`."
        )
    return chapter.notebook.read_bytes()


def _projects(chosen: list[Chapter], further: tuple = ()) -> list[Chapter]:
    """Return the projects that build on chosen chapters alone."""
    numbers = {each.number for each in chosen}
    return [each for each in (*CAPSTONES, *further) if {*each.needs} <= numbers]


def _package(chosen: list[Chapter]) -> Iterator[Path]:
    """Yield the files of the helper package that the chapters need."""
    needed = _with_what_they_import(chosen)
    needed |= {each.number for each in _projects(chosen)}
    package = chapters.PROJECT / "course_utils"
    for path in sorted(package.rglob("*")):
        inside = path.relative_to(package)
        exercises = re.fullmatch(r"chapter_(\w+)\.py", inside.name)
        if (
            path.is_file()
            and inside.parts[0] != "instructors"
            and "__pycache__" not in inside.parts
            and not inside.name.startswith(".")
            and (exercises is None or exercises[1] in needed)
        ):
            yield path


def _with_what_they_import(chosen: list[Chapter]) -> set[str]:
    """Return the numbers of the chapters whose exercises the chosen ones use."""
    needed: set[str] = set()
    todo = [each.number for each in chosen]
    while todo:
        number = todo.pop()
        if number not in needed:
            needed.add(number)
            chapter = chapters.chapter(number)
            module = Path(*chapter.module.split(".")).with_suffix(".py")
            texts = (chapters.PROJECT / module, chapter.notebook)
            for path in texts:
                todo += re.findall(r"\bchapter_(\d\d)\b", path.read_text("utf-8"))
    return needed


def _table(chosen: list[Chapter]) -> str:
    rows = chapters.table("notebooks/").splitlines()
    names = [f"(notebooks/{each.name}.ipynb)" for each in chosen]
    return "\n".join(
        rows[:2] + [row for row in rows[2:] if any(name in row for name in names)]
    )
