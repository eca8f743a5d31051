"""``course handout``: one zip file with what learners need, and links to open it.

It holds the notebooks, the helper package without the instructors' part and
without the exercises of other chapters, and what sets it up. The projects come
with the chapter that they build on.
"""

import argparse
import os
import re
import sys
import zipfile
from collections.abc import Iterator
from pathlib import Path
from urllib.parse import quote

from course_utils import chapters, launch, notebooks
from course_utils.capstones import CAPSTONES, WORKED
from course_utils.chapters import Chapter

HUB = "https://YOUR-JUPYTERHUB"
"""Stands for the address of the instructor's JupyterHub."""

_MISSING = (
    "{what} in these links is a placeholder, because no public address of {of} is "
    "known: name it with {option}."
)

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


class HandoutError(Exception):
    """The handout cannot be made; the message says why."""


def command(options: argparse.Namespace) -> int:
    """Write the zip file and print the links; return the exit status.

    Parameters
    ----------
    options : Namespace
        ``chapters`` (list of str), ``output`` (str), and ``course``,
        ``repository`` and ``hub`` (str or None), as :mod:`course_utils.cli`
        defines them.
    """
    output = Path(options.output)
    course = Path(options.course) if options.course else None
    try:
        if output.suffix != ".zip" or output.is_dir():
            raise HandoutError(f"{output} is not the name of a .zip file.")
        chosen = _chosen(options.chapters)
        files = contents(chosen, output.stem, course)
        write(output, files)
    except (HandoutError, OSError) as error:
        print(error, file=sys.stderr)
        return 1
    size = output.stat().st_size / 1e6
    print(f"Wrote {output}: {len(files)} files, {size:.1f} MB.\n")
    repository = options.repository or launch.declared_repository()
    print("\n".join(links(chosen, repository, options.hub)))
    return 0


def _chosen(numbers: list[str]) -> list[Chapter]:
    wanted = {number.zfill(2) for number in numbers}
    known = {chapter.number: chapter for chapter in chapters.CHAPTERS}
    for number in sorted(wanted - known.keys()):
        raise HandoutError(
            f"There is no chapter {number}; there are {', '.join(known)}."
        )
    return [chapter for number, chapter in known.items() if number in wanted]


# The file.


def contents(
    chosen: list[Chapter], folder: str, course: Path | None = None
) -> dict[str, bytes]:
    """Return the files of a handout by their names in it.

    Parameters
    ----------
    chosen : list of Chapter
    folder : str
        The folder that holds everything.
    course : Path, optional
        Course folder whose released assignments are taken; else the chapters as
        they are.

    Raises
    ------
    HandoutError
        If a notebook is missing, or holds somebody's own work.
    """
    found = {f"notebooks/{each.name}.ipynb": _notebook(each, course) for each in chosen}
    for name in ("pyproject.toml", "requirements.lock"):
        found[name] = (chapters.PROJECT / name).read_bytes()
    for each in _projects(chosen, WORKED):
        name = each.notebook.relative_to(chapters.PROJECT).as_posix()
        found[name] = _notebook(each, None)
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


def _notebook(chapter: Chapter, course: Path | None) -> bytes:
    if course is not None:
        from course_utils.instructors import nbgrader_course

        path = nbgrader_course.source(course, chapter, "release")
        if not path.is_file():
            raise HandoutError(
                f"{course} holds no assignment of chapter {chapter.number}: call "
                f"`course assign {chapter.number} --course {course}` first."
            )
        return path.read_bytes()
    if not chapter.notebook.is_file():
        raise HandoutError(f"{chapter.notebook} is missing.")
    if notebooks.has_own_work(chapter.notebook):
        raise HandoutError(
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


def write(path: Path, files: dict[str, bytes]) -> None:
    """Write a zip file, whole or not at all; equal files give equal bytes."""
    draft = path.with_name(path.name + ".part")
    path.parent.mkdir(parents=True, exist_ok=True)
    with zipfile.ZipFile(draft, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, content in files.items():
            entry = zipfile.ZipInfo(name)  # with a fixed date
            entry.compress_type = zipfile.ZIP_DEFLATED
            entry.external_attr = 0o644 << 16
            archive.writestr(entry, content)
    os.replace(draft, path)


# The links.


def links(
    chosen: list[Chapter], repository: str | None, hub: str | None
) -> Iterator[str]:
    """Yield lines with the links of each chapter, and which part is missing.

    Parameters
    ----------
    chosen : list of Chapter
    repository : str or None
        Public address of the repository whose ``notebooks`` the links open.
    hub : str or None
        Address of a JupyterHub with nbgitpuller.
    """
    address = launch.plain(repository or launch.PLACEHOLDER)
    for each in chosen:
        yield f"{each.number} {each.title}"
        yield f"  nbgitpuller: {nbgitpuller(each, address, hub or HUB)}"
        yield f"  Binder:      {launch.binder(each, address)}"
    yield ""
    yield (
        "They open the notebooks of the repository, not those of the zip file: to "
        "hand assignments out by link, push what the zip file holds to a repository "
        "and name that."
    )
    if repository is None:
        yield _MISSING.format(
            what=launch.PLACEHOLDER, of="the repository", option="--repository URL"
        )
    if hub is None:
        yield _MISSING.format(what=HUB, of="your JupyterHub", option="--hub URL")


def nbgitpuller(chapter: Chapter, repository: str, hub: str) -> str:
    """Return the link that fetches a chapter into a learner's JupyterHub folder."""
    name = repository.rsplit("/", 1)[-1]
    page = quote(f"lab/tree/{name}/notebooks/{chapter.name}.ipynb", safe="")
    base = hub.removesuffix("/")
    source = quote(repository, safe="")
    return f"{base}/hub/user-redirect/git-pull?repo={source}&urlpath={page}"
