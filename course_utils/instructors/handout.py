"""``course handout``: one zip file with what learners need, and links to open it.

What is in it: :mod:`course_utils.authoring.parcel`.
"""

import argparse
import io
import sys
import zipfile
from collections.abc import Callable, Iterator
from pathlib import Path
from urllib.parse import quote

from course_utils import chapters, files
from course_utils.authoring import parcel
from course_utils.authoring.parcel import ParcelError
from course_utils.chapters import Chapter
from course_utils.setup import launch

HUB = "https://YOUR-JUPYTERHUB"
"""Stands for the address of the instructor's JupyterHub."""

_MISSING = (
    "{what} in these links is a placeholder, because no public address of {of} is "
    "known: name it with {option}."
)


def command(options: argparse.Namespace) -> int:
    """Write the zip file and print the links; return the exit status.

    Parameters
    ----------
    options : Namespace
        ``chapters`` (list of str), ``output`` (str), and ``course``,
        ``repository`` and ``hub`` (str or None), as :mod:`course_utils.commands`
        defines them.
    """
    output = Path(options.output)
    try:
        if output.suffix != ".zip" or output.is_dir():
            raise ParcelError(f"{output} is not the name of a .zip file.")
        chosen = _chosen(options.chapters)
        packed = parcel.contents(chosen, output.stem, _notebooks(options.course))
        write(output, packed)
    except (ParcelError, OSError) as error:
        print(error, file=sys.stderr)
        return 1
    size = output.stat().st_size / 1e6
    print(f"Wrote {output}: {len(packed)} files, {size:.1f} MB.\n")
    repository = options.repository or launch.declared_repository()
    print("\n".join(links(chosen, repository, options.hub)))
    return 0


def _chosen(numbers: list[str]) -> list[Chapter]:
    wanted = {number.zfill(2) for number in numbers}
    known = {chapter.number: chapter for chapter in chapters.CHAPTERS}
    for number in sorted(wanted - known.keys()):
        raise ParcelError(
            f"There is no chapter {number}; there are {', '.join(known)}."
        )
    return [chapter for number, chapter in known.items() if number in wanted]


def _notebooks(course: str | None) -> Callable[[Chapter], bytes] | None:
    """Return what reads the released assignments of a course; None without one."""
    if course is None:
        return None
    from course_utils.instructors import nbgrader_course

    def released(chapter: Chapter) -> bytes:
        path = nbgrader_course.source(Path(course), chapter, "release")
        if not path.is_file():
            raise ParcelError(
                f"{course} holds no assignment of chapter {chapter.number}: call "
                f"`course assign {chapter.number} --course {course}` first."
            )
        return path.read_bytes()

    return released


def write(path: Path, packed: dict[str, bytes]) -> None:
    """Write a zip file, whole or not at all; equal files give equal bytes."""
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, content in packed.items():
            entry = zipfile.ZipInfo(name)  # with a fixed date
            entry.compress_type = zipfile.ZIP_DEFLATED
            entry.external_attr = 0o644 << 16
            archive.writestr(entry, content)
    files.write_whole(path, buffer.getvalue())


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
    # This fetches the repository into the learner's folder on the hub.
    pull = f"{(hub or HUB).removesuffix('/')}/hub/user-redirect/git-pull"
    name = address.rsplit("/", 1)[-1]
    for each in chosen:
        page = quote(f"lab/tree/{name}/{launch.page(each)}", safe="")
        yield f"{each.number} {each.title}"
        yield f"  nbgitpuller: {pull}?repo={quote(address, safe='')}&urlpath={page}"
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
