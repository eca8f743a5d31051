"""Execute notebooks for the book, each once for as long as nothing changes."""

import hashlib
import os
import tempfile
from collections.abc import Iterable
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import nbclient
import nbformat
from nbformat import NotebookNode

from course_utils import data, runtime
from course_utils.authoring import book, notebooks
from course_utils.chapters import PROJECT, Chapter

AT_ONCE = min(os.cpu_count() or 1, 4)
"""Notebooks that run at the same time; each takes a core and up to 1.2 GB."""

CELL_SECONDS = 300

_QUIET = ["--IPKernelApp.log_level=ERROR"]

_PACKAGE = PROJECT / "course_utils"
# What stands in these cannot change what a notebook shows.
_ASIDE = ("authoring", "instructors", "setup")


def all_notebooks(pages: Iterable[Chapter], cache: Path) -> dict[str, NotebookNode]:
    """Return the executed notebooks by name, from the cache where they are current.

    Parameters
    ----------
    pages : iterable of Chapter
    cache : Path
        Folder for executed notebooks; what is out of date there is removed.

    Raises
    ------
    course_utils.authoring.book.BookError
        If a notebook fails.
    """
    found = mnist()
    if found is None:
        print("Without the real MNIST, the book shows the built-in digits.")
    # The longest first, so that none starts when the others are done.
    ordered = sorted(pages, key=lambda page: -page.minutes)
    with ThreadPoolExecutor(AT_ONCE) as pool:
        tasks = {page: pool.submit(_current, page, cache, found) for page in ordered}
        try:
            return {page.name: task.result() for page, task in tasks.items()}
        except BaseException:
            pool.shutdown(cancel_futures=True)
            raise


def mnist() -> Path | None:
    """Return the file of the real MNIST, downloaded if need be and possible."""
    try:
        return data.fetched_mnist()
    except data.DataError as error:
        raise book.BookError(str(error)) from None


def _current(page: Chapter, cache: Path, found: Path | None) -> NotebookNode:
    notebook = notebooks.build(page)
    path = cache / f"{page.name}.{key(notebook, found)}.ipynb"
    if path.is_file():
        return nbformat.read(path, as_version=4)
    print(f"Running {page.name} …", flush=True)
    executed = run(notebook, page.name, environment(found))
    for old in cache.glob(f"{page.name}.*.ipynb"):
        old.unlink()
    notebooks.write(executed, path)
    return executed


def key(notebook: NotebookNode, found: Path | None) -> str:
    """Return what an executed notebook depends on, as a short digest.

    That is: its cells, the helper package, the locked versions, and whether
    the data set is the real one.
    """
    total = hashlib.sha256(notebook.metadata.course.digest.encode())
    files = [PROJECT / "requirements.lock", *sorted(_PACKAGE.rglob("*"))]
    for path in files:
        inside = path.relative_to(PROJECT).parts
        if path.suffix != ".pyc" and path.is_file() and inside[1:2] not in _aside():
            total.update("/".join(inside).encode() + path.read_bytes())
    total.update(b"MNIST" if found else b"stand-in")
    return total.hexdigest()[:16]


def _aside() -> set[tuple[str, ...]]:
    return {(name,) for name in _ASIDE}


def environment(found: Path | None) -> dict[str, str]:
    """Return the environment of a kernel, without the home folder."""
    kept = {n: v for n, v in os.environ.items() if n != "MPLBACKEND"}
    kept |= runtime.environment()
    return kept if found is None else kept | {"COURSE_MNIST": str(found)}


def run(notebook: NotebookNode, name: str, env: dict[str, str]) -> NotebookNode:
    """Execute a notebook in an empty folder with a home of its own; return it.

    Raises
    ------
    course_utils.authoring.book.BookError
        If a cell fails or takes too long.
    """
    with tempfile.TemporaryDirectory(prefix="course-book-") as folder:
        own = {"COURSE_HOME": f"{folder}/home", "IPYTHONDIR": f"{folder}/ipython"}
        here = Path(folder, "notebooks")
        here.mkdir()
        client = nbclient.NotebookClient(
            notebook,
            timeout=CELL_SECONDS,
            startup_timeout=CELL_SECONDS,
            kernel_name="python3",
            resources={"metadata": {"path": str(here)}},
            store_widget_state=False,
            record_timing=False,
            extra_arguments=_QUIET,
        )
        try:
            return client.execute(env=env | own)
        except (nbclient.exceptions.CellControlSignal, RuntimeError) as error:
            raise book.BookError(f"{name} does not run to its end: {error}") from None
