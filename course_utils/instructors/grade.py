"""``course grade``: collect, run every notebook in a box, record, write files.

What has been done is kept in ``grades/results/``, one file for each submission
and version of it, written whole before anything is recorded. Called again, the
command goes on where it was interrupted, grades what is new, and leaves the
rest as it is.
"""

from __future__ import annotations

import argparse
import concurrent.futures
import hashlib
import json
import os
import sys
from collections import deque
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import asdict
from datetime import UTC, datetime
from pathlib import Path

from sqlalchemy.exc import DatabaseError  # nbgrader's data base

from course_utils import files
from course_utils.instructors import collect, gradebook, isolation, results, worker
from course_utils.instructors.collect import Submission

_VERSION = "1"  # of what a result file holds


def command(options: argparse.Namespace) -> int:
    """Grade submissions and write the files; return the exit status.

    Parameters
    ----------
    options : argparse.Namespace
        ``submissions`` (list of str), ``course`` (str), ``scheduler`` (str or
        None) and ``workers`` (int or None).
    """
    try:
        return _grade(options)
    except (FileNotFoundError, collect.CollectError, worker.WorkerError) as error:
        print(error, file=sys.stderr)
    except DatabaseError as error:
        print(results.unusable(options.course, error), file=sys.stderr)
    except OSError as error:
        print(
            f"The grading stopped, because the disk refused "
            f"{error.filename or 'a file'} ({error.strerror or error}). What was "
            "graded is kept; put that right, and call the same command again to go on.",
            file=sys.stderr,
        )
    except KeyboardInterrupt:
        print("\nInterrupted. Call the same command again to go on.", file=sys.stderr)
        return 130
    return 1


def _grade(options: argparse.Namespace) -> int:
    course = gradebook.Course(Path(options.course))
    sources = [Path(each) for each in options.submissions]
    found, notes = collect.read(sources, course.assigned, course.cell_ids())
    if not found:
        raise collect.CollectError(
            "There is no notebook of this course in what you named. "
            + " ".join(map(_printable, notes[:3]))
        )
    notes += results.set_aside_damaged(course)
    todo = [each for each in found if _place(course, each, notes)]
    waiting = [each for each in todo if not _is_done(course, each)]
    with _executor(options.scheduler, options.workers) as (executor, slots):
        if waiting:
            print(_opening(executor, len(waiting), slots), flush=True)
        trouble = _grade_all(course, waiting, executor, slots)
    done = len(waiting) - len(trouble)
    print(f"{done} graded now, {len(todo) - len(waiting)} graded before.")
    for sentence in [*notes, *trouble]:
        print(f"  {_printable(sentence)}")
    paths, waiting_texts = results.write(course)
    if waiting_texts:
        print(
            f"{waiting_texts} written answers wait for a person: read them in "
            "nbgrader's formgrader, then call this again. Until then their learners' "
            "scores are left empty in the files for Canvas and Moodle."
        )
    for path in paths:
        print(f"Wrote {path}")
    return 0


def _printable(sentence: str) -> str:
    """Return a sentence that any terminal can show and that cannot steer it.

    It may hold a name that somebody gave a file.
    """
    plain = "".join(c if c.isprintable() else "\ufffd" for c in sentence)
    return files.printable(plain)


# Collecting.


def _place(course, submission: Submission, notes: list[str]) -> bool:
    """Put a submission into nbgrader's tree; return whether it can be graded."""
    label = f"{submission.found} ({submission.student})"
    try:
        text = collect.text_of(submission.data)
    except collect.NotANotebookError as problem:
        notes.append(f"{label} has no score: {problem}.")
        return False
    if submission.late:
        notes.append(
            f"{label} was late, says Canvas, but not by how much: a penalty, if any, "
            "is yours to set."
        )
    target = course.notebook(submission.assignment, "submitted", submission.student)
    _keep_and_write(course, target, text.encode("utf-8"), submission.data)
    for name, data in submission.others.items():
        try:
            _write_inside(target.parent, name, data)
        except (OSError, ValueError) as error:
            notes.append(f"{label}: its file {name} was left out ({error}).")
    if submission.timestamp:
        stamp = submission.timestamp.encode()
        _write_inside(target.parent, "timestamp.txt", stamp)
    _enrol(course, submission)
    return True


def _write_inside(folder: Path, name: str, data: bytes) -> None:
    """Write a file of a learner's choice of name, unless there is one."""
    place = folder / name
    # Also a name such as "C:/x", which on Windows leaves the folder.
    if not place.resolve().is_relative_to(folder.resolve()):
        raise ValueError("its name leads out of its folder")
    if not place.exists():
        files.write_whole(place, data)


def _keep_and_write(course, target: Path, content: bytes, original: bytes) -> None:
    """Write a notebook; what it replaces, or what was re-encoded, is kept."""
    present = target.read_bytes() if target.exists() else None
    if present == content:
        return
    for old in {present, original} - {None, content}:
        name = f"{hashlib.sha256(old).hexdigest()[:12]}-{target.name}"
        place = target.parent.relative_to(course.folder / "submitted")
        files.write_whole(course.folder / "grades" / "earlier" / place / name, old)
    files.write_whole(target, content)


def _enrol(course, submission: Submission) -> None:
    """Note who this is in the LMS: in the gradebook, and for the upload."""
    if not submission.system:
        return
    known = results.enrolled(course)
    entry = {"system": submission.system, "id": submission.lms_id}
    entry["name"] = submission.name
    mine = known.setdefault(submission.assignment, {})
    if mine.get(submission.student) != entry:
        mine[submission.student] = entry
        with course.gradebook() as gradebook:
            gradebook.update_or_create_student(
                submission.student,
                last_name=submission.name,
                first_name="",
                lms_user_id=submission.lms_id,
            )
        results.enrol(course, known)


# Running.


def _opening(executor, submissions: int, slots: int) -> str:
    on = executor.submit(worker.protections).result()
    where = f"{slots} process{'' if slots == 1 else 'es'}"
    first = f"Grading {submissions} in {where}. Learners' code runs with"
    return "\n".join([first, *isolation.describe(on)])


@contextmanager
def _executor(scheduler: str | None, workers: int | None) -> Iterator[tuple]:
    """Yield what runs jobs, and how many it runs at a time."""
    if scheduler is None:
        slots = workers or _cores()
        with worker.pool(slots) as executor:
            yield executor, slots
        return
    from distributed import Client

    try:
        client = Client(scheduler, timeout=20, set_as_default=False)
    except (OSError, ValueError) as error:
        raise worker.WorkerError(
            f"No Dask scheduler answers at {scheduler}: {error}. Start one with "
            "`dask scheduler`, and `dask worker` on each machine."
        ) from None
    with client:
        slots = sum(client.nthreads().values())
        if not slots:
            raise worker.WorkerError(
                f"The Dask scheduler at {scheduler} has no workers. Start them with "
                f"`dask worker {scheduler}`."
            )
        # A submission whose worker is lost runs again on another.
        yield client.get_executor(pure=False, retries=3), slots


def _cores() -> int:
    if hasattr(os, "sched_getaffinity"):
        return len(os.sched_getaffinity(0))
    return os.cpu_count() or 1


def _grade_all(course, waiting: list[Submission], executor, slots: int) -> list[str]:
    """Run, keep and record; return sentences about what did not work."""
    from tqdm import tqdm

    trouble: list[str] = []
    left, running = deque(waiting), {}
    with tqdm(total=len(waiting), unit="notebook", desc="Grading") as bar:
        while left or running:
            while left and len(running) < 2 * slots:
                submission = left.popleft()
                future = _start(course, submission, executor, trouble)
                if future is None:
                    bar.update()
                else:
                    running[future] = submission
            finished, _ = concurrent.futures.wait(
                running, return_when=concurrent.futures.FIRST_COMPLETED
            )
            for future in finished:
                _finish(course, running.pop(future), future, trouble)
                bar.update()
    return trouble


def _start(course, submission: Submission, executor, trouble: list[str]):
    """Return the future of a run, done if one was kept; None if there is none."""
    kept = _kept(course, submission)
    if kept is not None:
        future = concurrent.futures.Future()
        future.set_result(kept)
        return future
    try:
        made = gradebook.sanitised(course, submission.assignment, submission.student)
    except gradebook.RecordError as error:
        trouble.append(f"{submission.student}, {submission.assignment}: {error}.")
        return None
    settings = course.execute_settings()
    seconds = max(60, 5 * (settings.get("timeout") or 180))
    limits = asdict(isolation.Limits(seconds=seconds))
    job = {**made, "execute": settings, "limits": limits}
    return executor.submit(worker.execute, job)


def _finish(course, submission: Submission, future, trouble: list[str]) -> None:
    label = f"{submission.student}, {submission.assignment}"
    try:
        result = future.result()
    except Exception as error:  # of ours, or of the cluster; never the learner's
        course.log.exception("Running %s", label)
        trouble.append(f"{label}: not graded. {error} Call the command again.")
        return
    result = {**result, "recorded": False}
    _keep(course, submission, result)
    try:
        gradebook.record(course, submission.assignment, submission.student, result)
    except gradebook.RecordError as error:
        trouble.append(f"{label}: {error}.")
        return
    if result["ended"]:
        lost = "cells after that have no points" if result["cells"] else "no points"
        trouble.append(f"{label}: {lost}. {result['ended']}")
    result["recorded"] = datetime.now(UTC).isoformat(timespec="seconds")
    _keep(course, submission, result)


# Keeping.


def _place_of_result(course, submission: Submission) -> Path:
    """Return the file of a result: one for each version of what was graded."""
    key = hashlib.sha256(_VERSION.encode())
    for step, student in (("submitted", submission.student), ("source", "")):
        part = course.notebook(submission.assignment, step, student).read_bytes()
        key.update(hashlib.sha256(part).digest())
    folder = course.folder / "grades" / "results" / submission.assignment
    return folder / f"{submission.student}-{key.hexdigest()[:16]}.json"


def _kept(course, submission: Submission) -> dict | None:
    try:
        kept = json.loads(_place_of_result(course, submission).read_text("utf-8"))
    except (OSError, ValueError):
        return None
    whole = isinstance(kept, dict) and {"cells", "ended", "recorded"} <= kept.keys()
    return kept if whole else None


def _keep(course, submission: Submission, result: dict) -> None:
    files.write_whole(_place_of_result(course, submission), json.dumps(result))


def _is_done(course, submission: Submission) -> bool:
    graded = course.notebook(submission.assignment, "autograded", submission.student)
    kept = _kept(course, submission)
    return bool(kept and kept["recorded"] and graded.is_file())
