"""nbgrader's grading in two halves, with the running of notebooks between them.

:func:`sanitised` does what nbgrader does before it runs a notebook: it clears
outputs and restores the cells that learners must not change. :func:`record`
does the whole of ``nbgrader autograde`` for one submission, but puts in the
outputs of a run that has taken place elsewhere. Both are nbgrader's own
converter with the course's configuration, so scores, penalties, files and the
database are what nbgrader makes of them. Only one process calls :func:`record`.
"""

from __future__ import annotations

import base64
import logging
import warnings
from pathlib import Path
from typing import Any

from nbformat import NotebookNode, from_dict
from nbformat.v4 import new_output
from nbgrader import utils
from nbgrader.api import Gradebook
from nbgrader.converters import Autograde
from nbgrader.converters.base import NbGraderException
from nbgrader.coursedir import CourseDirectory
from nbgrader.preprocessors import Execute, NbGraderPreprocessor
from traitlets.config import Config

from course_utils.instructors import collect, nbgrader_course
from course_utils.instructors.execute import NOT_RUN


class RecordError(Exception):
    """A submission that nbgrader could not take; the message says why."""


class Course:
    """A course folder with its nbgrader configuration.

    Parameters
    ----------
    folder : Path

    Raises
    ------
    FileNotFoundError
        If the folder holds no course with chapters assigned.
    """

    def __init__(self, folder: Path):
        self.folder = folder.resolve()
        if not (self.folder / "nbgrader_config.py").is_file():
            raise FileNotFoundError(
                f"{folder} holds no course. Make one with "
                f"`course assign 02 --course {folder}`."
            )
        self.assigned = nbgrader_course.assigned(self.folder)
        if not self.assigned:
            raise FileNotFoundError(
                f"No chapter is assigned in {folder}. Do it with "
                f"`course assign 02 --course {folder}`."
            )
        self.config: Config = nbgrader_course.config(self.folder)
        self.log = _log(self.folder / "grades" / "log.txt")
        where = CourseDirectory(config=self.config, log=self.log)
        self.database = where.db_url
        self.course_id = where.course_id

    def gradebook(self) -> Gradebook:
        """Return nbgrader's gradebook, to be used in a ``with`` statement."""
        return Gradebook(self.database, self.course_id)

    def notebook(self, assignment: str, step: str, student: str = "") -> Path:
        """Return where a notebook is kept (``submitted``, ``autograded``…)."""
        name = f"{self.assigned[assignment].name}.ipynb"
        return self.folder / step / student / assignment / name

    def cell_ids(self) -> dict[str, set[str]]:
        """Return the names of the graded and locked cells of each assignment."""
        with self.gradebook() as gradebook:
            return {
                name: {
                    cell.name
                    for notebook in gradebook.find_assignment(name).notebooks
                    for cell in notebook.source_cells
                }
                for name in self.assigned
            }

    def converter(self, assignment: str, student: str, results: Any = None) -> Any:
        """Return nbgrader's converter, with the run replaced by its outputs."""
        settings = {"config": self.config, "log": self.log}
        names = {"assignment_id": assignment, "student_id": student}
        where = CourseDirectory(**settings, **names)
        made = Autograde(coursedir=where, **settings)
        made.autograde_preprocessors = [
            _Replay(results, parent=made)
            if isinstance(step, type) and issubclass(step, Execute)
            else step
            for step in made.autograde_preprocessors
        ]
        made.force = True
        return made

    def execute_settings(self) -> dict:
        """Return the course's settings of ``Execute``, as plain data."""
        kept = ("timeout", "iopub_timeout", "startup_timeout", "extra_arguments")
        settings = self.config.get("Execute", Config())
        return {name: settings[name] for name in kept if name in settings}


def sanitised(course: Course, assignment: str, student: str) -> dict:
    """Return the ``notebook`` and ``files`` of a job for one submission.

    Raises
    ------
    RecordError
        If nbgrader cannot make a gradable notebook of it.
    """
    converter = course.converter(assignment, student)
    path = str(course.notebook(assignment, "submitted", student))
    try:
        converter.exporter = converter.exporter_class(
            parent=converter, config=converter.config
        )
        converter._init_preprocessors()
        resources = converter.init_single_notebook_resources(path)
        text, _ = converter.exporter.from_filename(path, resources=resources)
    except Exception as error:
        course.log.exception("Sanitising %s", path)
        raise RecordError(
            f"nbgrader cannot read it: {collect.first_line(error)}"
        ) from error
    folders = (course.folder / "source" / assignment, Path(path).parent)
    ignored = [*converter.coursedir.ignore, "*.ipynb", "timestamp.txt"]
    files = {}
    for folder in reversed(folders):  # the course's files win, as in nbgrader
        for name in utils.find_all_files(str(folder), ignored):
            content = base64.b64encode(Path(name).read_bytes()).decode()
            files[Path(name).relative_to(folder).as_posix()] = content
    return {"notebook": text, "files": files}


def record(course: Course, assignment: str, student: str, results: dict) -> None:
    """Let nbgrader grade a submission with the outputs of its run.

    Parameters
    ----------
    course : Course
    assignment, student : str
    results : dict
        What :func:`worker.execute` returned.

    Raises
    ------
    RecordError
        If nbgrader refuses; the database then holds no score of this run.
    """
    try:
        with warnings.catch_warnings():
            # Of SQLAlchemy, about how nbgrader adds a submission.
            warnings.simplefilter("ignore")
            course.converter(assignment, student, results).start()
    except NbGraderException as error:
        raise RecordError("nbgrader could not record it; see grades/log.txt") from error


class _Replay(NbGraderPreprocessor):
    """Puts the outputs of a run into the notebook."""

    def __init__(self, results: dict, **more):
        super().__init__(**more)
        self._results = results

    def preprocess(self, nb: NotebookNode, resources):
        """Take nothing but outputs from the run: it has seen a learner's code."""
        cells = self._results["cells"]
        if cells is None:
            cells = [_not_run(self._results["ended"])] * len(nb.cells)
        if len(cells) != len(nb.cells):
            raise NbGraderException("The run and the notebook differ.")
        for cell, result in zip(nb.cells, cells, strict=True):
            if cell.cell_type == "code" and result is not None:
                cell.outputs = from_dict(result["outputs"])
                cell.execution_count = result["execution_count"]
        return nb, resources


def _not_run(reason: str) -> dict:
    error = new_output("error", ename=NOT_RUN, evalue=reason, traceback=[reason])
    return {"outputs": [error], "execution_count": None}


def _log(path: Path) -> logging.Logger:
    """Return a logger that writes to a file what nbgrader has to say."""
    path.parent.mkdir(parents=True, exist_ok=True)
    log = logging.getLogger(f"course.grading.{path}")
    log.propagate = False
    log.setLevel(logging.WARNING)
    if not log.handlers:
        handler = logging.FileHandler(path, encoding="utf-8", delay=True)
        handler.setFormatter(logging.Formatter("%(asctime)s %(message)s"))
        log.addHandler(handler)
    return log
