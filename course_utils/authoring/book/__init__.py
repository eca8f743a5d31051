"""``course book``: the chapters as a web site that can be read anywhere.

Every notebook is executed once (:mod:`.execute`), made into a page with its
exercises' hints and solutions folded (:mod:`.pages`), and set by Sphinx with
``site/conf.py``. The site is static: it can be opened from a folder, loads
nothing from another host, and is read without JavaScript.
"""

import argparse
import shutil
import sys
import tempfile
import time
from collections.abc import Mapping
from pathlib import Path

from course_utils import files
from course_utils.chapters import CAPSTONES, CHAPTERS, PROJECT, WORKED, Chapter

PAGES = (*CHAPTERS, *CAPSTONES, *WORKED)
"""What becomes a page, in the order of reading."""

SITE = Path(__file__).resolve().parent / "site"
"""Sphinx's settings and the style sheet."""

_OURS = ".course-book"  # marks a folder that may be replaced


class BookError(Exception):
    """The book cannot be made; the message says why and what to do."""


def command(options: argparse.Namespace) -> int:
    """Build the book and say where it is; return the exit status.

    Parameters
    ----------
    options : Namespace
        ``output`` (str or None): folder of the site; ``build/book`` in the clone
        when left out.
    """
    folder = Path(options.output or PROJECT / "build" / "book")
    started = time.monotonic()
    try:
        _check_target(folder)
        from course_utils.authoring.book import execute

        executed = execute.all_notebooks(PAGES, PROJECT / "artefacts" / "book")
        build(executed, folder)
    except BookError as error:
        print(error, file=sys.stderr)
        return 1
    seconds = time.monotonic() - started
    print(f"The book is ready ({seconds:.0f} s): open {folder / 'index.html'}.")
    return 0


def build(executed: Mapping[str, dict], folder: Path) -> None:
    """Build the site from executed notebooks.

    Parameters
    ----------
    executed : mapping of str to NotebookNode
        The executed notebook of every page by the chapter's ``name``.
    folder : Path
        Replaced as a whole, in one step, if it holds an older book.

    Raises
    ------
    BookError
        If the folder holds anything else, or Sphinx warns of anything: a link
        that leads nowhere, a formula that cannot be set.
    """
    from sphinx.cmd.build import build_main

    from course_utils.authoring.book import pages

    _check_target(folder)
    with tempfile.TemporaryDirectory(prefix="course-book-") as name:
        source, site = Path(name, "source"), Path(name, "site")
        pages.write(executed, source)
        arguments = ["-q", "-W", "--keep-going", "-b", "html", "-c", str(SITE)]
        arguments += ["-d", str(Path(name, "doctrees")), str(source), str(site)]
        if build_main(arguments) != 0:
            raise BookError(
                "The book was not written: Sphinx's messages above say what is "
                "wrong on which page."
            )
        (site / _OURS).touch()
        folder.parent.mkdir(parents=True, exist_ok=True)
        if folder.exists():
            shutil.rmtree(folder)
        shutil.move(site, folder)


def _check_target(folder: Path) -> None:
    if reason := files.why_not_replaced(folder, _OURS, "book"):
        raise BookError(reason)


def title(page: Chapter) -> str:
    """Return what stands for a page in lists: ``02 Build neurons and layers``."""
    return f"{page.number} {page.title}" if page in CHAPTERS else page.title
