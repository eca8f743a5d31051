"""Read submissions as they come: nbgrader's tree, or what an LMS hands out.

Canvas calls a file ``doejane_12345_67890_name.ipynb`` (with ``LATE_`` before
the first number when it was late), Moodle puts it into a folder ``Jane
Doe_123_assignsubmission_file_`` or before the name in the same way. Any other
``Doe_1234_02.ipynb`` is read as name, number and chapter.
"""

from __future__ import annotations

import json
import re
import zipfile
from collections import Counter
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field, replace
from pathlib import Path, PurePosixPath

from course_utils.chapters import Chapter

LARGEST = 50_000_000
"""Largest notebook that is read, in bytes."""

ALTOGETHER = 1_000_000_000
"""Most that is unpacked from one zip file, in bytes: it is held in memory."""

_MOODLE = re.compile(
    r"(?:.*/)?(?P<name>[^/]+)_(?P<id>\d+)_assignsubmission_file_?/?(?P<file>[^/]+)"
)
_CANVAS = re.compile(
    r"(?:.*/)?(?P<name>[^/_]+)_(?P<late>LATE_)?(?P<id>\d+)_(?P<attempt>\d{3,})_"
    r"(?P<file>[^/]+)"
)
_NUMBERED = re.compile(r"(?:.*/)?(?P<name>[^/]+?)_(?P<id>\d{3,})_(?P<file>[^/]+)")
_PATTERNS = {"moodle": _MOODLE, "canvas": _CANVAS, "": _NUMBERED}


class CollectError(Exception):
    """Submissions that cannot be read at all; the message says why."""


class NotANotebookError(Exception):
    """A file that is no notebook; the message says what is wrong with it."""


@dataclass(frozen=True)
class Submission:
    """One notebook that somebody handed in.

    Attributes
    ----------
    student : str
        nbgrader's name of the learner; of letters, digits and ``_.-``.
    assignment : str
        nbgrader's name of the assignment, ``chapter_02``.
    found : str
        Where it was found, for messages.
    data : bytes
        The file.
    system, lms_id, name : str
        The LMS it came from (``canvas``, ``moodle`` or empty), the learner's
        number and name there.
    late : bool
        Whether the LMS marked it as late.
    timestamp : str or None
        What nbgrader noted as the time of submission.
    others : dict of str to bytes
        Other files of nbgrader's tree, by name.
    """

    student: str
    assignment: str
    found: str
    data: bytes
    system: str = ""
    lms_id: str = ""
    name: str = ""
    late: bool = False
    timestamp: str | None = None
    others: dict[str, bytes] = field(default_factory=dict)
    attempt: int = 0


def read(
    sources: list[Path], assigned: Mapping[str, Chapter], ids: Mapping[str, set[str]]
) -> tuple[list[Submission], list[str]]:
    """Return the submissions in folders, zip files and notebooks.

    Parameters
    ----------
    sources : list of Path
    assigned : mapping of str to Chapter
        The course's assignments by name.
    ids : mapping of str to set of str
        Names of the graded cells of each assignment.

    Returns
    -------
    list of Submission
        At most one for each learner and assignment, sorted.
    list of str
        Sentences about files that were left out.

    Raises
    ------
    CollectError
        If a source does not exist or is neither folder, zip nor notebook.
    """
    found: list[Submission] = []
    notes: list[str] = []
    for source in sources:
        files = dict(_files(source, notes))
        for name, data in files.items():
            if not name.endswith(".ipynb"):
                continue
            if submission := _identify(name, data, assigned, ids):
                found.append(_with_company(submission, files))
            else:
                notes.append(
                    f"{name} was left out: it belongs to no chapter of this course."
                )
        notes += _strangers(files, found)
    return _latest(_apart(found), notes), notes


def text_of(data: bytes) -> str:
    """Return the text of a notebook, whatever encoding an editor gave it.

    Raises
    ------
    NotANotebookError
        If it is no notebook in any of them.
    """
    import nbformat

    if not data.strip():
        raise NotANotebookError("the file is empty")
    for encoding in (json.detect_encoding(data), "cp1252"):
        try:
            text = data.decode(encoding)
        except UnicodeDecodeError:
            continue
        try:
            notebook = nbformat.reads(text, as_version=4)
            cells = [(cell.cell_type, cell.source) for cell in notebook.cells]
        except Exception:
            raise NotANotebookError("the file is not a Jupyter notebook") from None
        if not cells:
            raise NotANotebookError("the notebook has no cells")
        return text
    raise NotANotebookError("the file is not text")


# Finding files.


def _files(source: Path, notes: list[str]) -> Iterator[tuple[str, bytes]]:
    """Yield names, with ``/`` between folders, and contents."""
    if source.is_dir():
        for path in sorted(source.rglob("*")):
            name = path.relative_to(source).as_posix()
            if path.is_file() and not path.is_symlink() and _wanted(name):
                if path.stat().st_size > LARGEST:
                    notes.append(f"{name} was left out: it is too large.")
                else:
                    yield name, path.read_bytes()
    elif source.is_file() and source.suffix == ".ipynb":
        yield source.name, source.read_bytes()[: LARGEST + 1]
    elif source.is_file() and zipfile.is_zipfile(source):
        yield from _unzipped(source, notes)
    elif source.exists():
        raise CollectError(
            f"{source} is neither a folder, nor a zip file, nor a notebook."
        )
    else:
        raise CollectError(f"{source} does not exist.")


def _unzipped(source: Path, notes: list[str]) -> Iterator[tuple[str, bytes]]:
    try:
        archive = zipfile.ZipFile(source)
    except (zipfile.BadZipFile, OSError, ValueError) as error:
        raise CollectError(
            f"{source} is a damaged zip file ({error}); download it again."
        ) from None
    with archive:
        left = ALTOGETHER
        for entry in archive.infolist():
            if entry.is_dir():
                continue
            problem = _refusal(entry, left)
            if problem is None and not _wanted(entry.filename):
                continue
            if problem is None:
                left -= entry.file_size
                try:
                    # In one spelling: "a//b" is a name that begins with "/",
                    # once "a/" has been taken from it.
                    yield PurePosixPath(entry.filename).as_posix(), archive.read(entry)
                except Exception as error:  # there is no end to what can be damaged
                    problem = f"it cannot be unpacked ({first_line(error)})"
            if problem:
                notes.append(f"{entry.filename} was left out: {problem}.")


def _refusal(entry: zipfile.ZipInfo, left: int) -> str | None:
    """Return why an entry of a zip file is not unpacked, else None."""
    path = PurePosixPath(entry.filename)
    if path.is_absolute() or ".." in path.parts:
        return "its name leads out of its folder"
    if entry.file_size > LARGEST:
        return "it is too large"
    if entry.file_size > left:
        return (
            f"the files before it fill {ALTOGETHER // 10**6:,} MB, so name it, or a "
            "zip file with less, in a call of its own"
        )
    # Others can ask for gigabytes before they give a byte.
    if entry.compress_type not in (zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED):
        return "it is packed in a way that is not usual in zip files"
    return None


def first_line(error: Exception) -> str:
    """Return what an error says first, or its kind."""
    return (str(error).strip().splitlines() or [type(error).__name__])[0][:200]


def _wanted(name: str) -> bool:
    hidden = (".ipynb_checkpoints", "__MACOSX", "__pycache__")
    parts = PurePosixPath(name).parts
    return not any(part in hidden or part.startswith(".") for part in parts)


def _strangers(files: Mapping[str, bytes], found: list[Submission]) -> list[str]:
    """Return sentences about files that are not notebooks and belong to none."""
    taken = {other for each in found for other in each.others}
    return [
        f"{name} was left out: it is not a notebook (.ipynb)."
        for name in files
        if not name.endswith((".ipynb", "timestamp.txt"))
        and not taken & {name, PurePosixPath(name).name}
    ]


# Telling who and what.


def _identify(name, data, assigned, ids) -> Submission | None:
    parts = PurePosixPath(name).parts
    if len(parts) >= 3 and parts[-2] in assigned:
        if parts[-1] != f"{assigned[parts[-2]].name}.ipynb":
            return None
        student = _plain(parts[-3])
        return Submission(student, parts[-2], name, data, system="nbgrader")
    for system, pattern in _PATTERNS.items():
        if match := pattern.fullmatch(name):
            person, file = match["name"].strip(), match["file"]
            more = match.groupdict()
            # Moodle numbers learners anew for each assignment; their names stay.
            student = person if system == "moodle" else f"{person}_{match['id']}"
            known = {
                "system": system,
                "lms_id": match["id"],
                "late": bool(more.get("late")),
                "attempt": _attempt(file, more.get("attempt")),
            }
            break
    else:
        # A folder for each learner, or the learner's name before the chapter's.
        stem, file, known = PurePosixPath(name).stem, parts[-1], {}
        before = re.sub(r"[_ -]*\d\d(_[a-z_]+)?([ -]*\(?\d+\)?)?$", "", stem)
        person = student = parts[-2] if len(parts) > 1 else before or stem
    assignment = _assignment(file, data, assigned, ids)
    if assignment is None:
        return None
    return Submission(_plain(student), assignment, name, data, name=person, **known)


def _plain(name: str) -> str:
    """Return a name that is safe as a folder's and in nbgrader's patterns."""
    plain = re.sub(r"[^\w.-]+", "_", name.strip()).strip("._")
    return plain or "unnamed"


def _attempt(file: str, number: str | None) -> int:
    """Return a number that grows with each resubmission (Canvas adds ``-1``)."""
    suffix = re.search(r"-(\d{1,3})\.ipynb$", file)
    return (int(suffix[1]) if suffix else 0) * 10**12 + int(number or 0)


def _assignment(file: str, data: bytes, assigned, ids) -> str | None:
    """Tell the assignment by its graded cells, else by the name of the file."""
    own = _graded_cells(data)
    shared = {name: len(own & ids[name]) for name in assigned}
    if shared and max(shared.values()):
        return max(shared, key=shared.get)
    for name, chapter in assigned.items():
        if chapter.slug in file or re.search(rf"(?<!\d){chapter.number}(?!\d)", file):
            return name
    return next(iter(assigned)) if len(assigned) == 1 else None


def _graded_cells(data: bytes) -> set[str]:
    try:
        cells = json.loads(text_of(data))["cells"]
        notes = [cell["metadata"].get("nbgrader", {}) for cell in cells]
        return {note["grade_id"] for note in notes if "grade_id" in note}
    except (NotANotebookError, ValueError, KeyError, TypeError, AttributeError):
        return set()


def _with_company(submission: Submission, files) -> Submission:
    """Add the files that lie beside a notebook in nbgrader's tree."""
    if submission.system != "nbgrader":
        return submission
    folder = str(PurePosixPath(submission.found).parent) + "/"
    others = {
        other.removeprefix(folder): data
        for other, data in files.items()
        if other.startswith(folder) and other != submission.found
    }
    time = others.pop("timestamp.txt", None)
    text = time.decode("utf-8", "replace").strip() if time else None
    return replace(submission, system="", others=others, timestamp=text or None)


def _apart(found: list[Submission]) -> list[Submission]:
    """Keep learners of one name apart by their numbers."""
    people = {(each.student, each.assignment, each.lms_id) for each in found}
    count = Counter(person[:2] for person in people)
    return [
        replace(each, student=f"{each.student}_{each.lms_id}")
        if each.system == "moodle" and count[each.student, each.assignment] > 1
        else each
        for each in found
    ]


def _latest(found: list[Submission], notes: list[str]) -> list[Submission]:
    chosen: dict[tuple[str, str], Submission] = {}
    for each in sorted(found, key=lambda s: (s.attempt, s.found)):
        key = (each.assignment, each.student)
        if key in chosen and chosen[key].data != each.data:
            notes.append(
                f"{chosen[key].found} was left out: {each.found} is a later one of "
                "the same learner."
            )
        chosen[key] = each
    return [chosen[key] for key in sorted(chosen)]
