"""Keep the tests apart from what belongs to whoever runs them."""

import os
import tempfile
from pathlib import Path

import pytest

from course_utils import data, runtime

NO_DATA = (
    "The real MNIST is not on this computer, so the tests used the built-in "
    "stand-in, and those that need the real one were skipped. Name the file in "
    "COURSE_MNIST, or open a chapter that downloads it, to test with it."
)


def pytest_configure(config):
    # Shows its table in the process that prints the summary.
    config.pluginmanager.import_plugin("tests.notebooks.report")
    if hasattr(config, "workerinput"):
        return  # one of pytest-xdist's workers: it inherits all of this
    try:
        _, mnist = data.locate_mnist()
    except data.DataError as error:
        raise pytest.UsageError(str(error)) from None
    home = tempfile.TemporaryDirectory(prefix="course-tests-")
    config.add_cleanup(home.cleanup)
    os.environ.update(
        runtime.environment(),
        COURSE_HOME=str(Path(home.name, "course")),
        IPYTHONDIR=str(Path(home.name, "ipython")),
        JUPYTER_CONFIG_DIR=str(Path(home.name, "jupyter")),
    )
    if mnist is not None:  # the cache would be looked for in COURSE_HOME
        os.environ["COURSE_MNIST"] = str(mnist)


@pytest.fixture(scope="session")
def browser():
    """Headless Chromium; Playwright allows one at a time in a process."""
    from tests.browser import conftest, lab

    conftest.need_chromium()
    with lab.browser_page() as page:
        yield page.context.browser


@pytest.hookimpl(optionalhook=True)  # pytest-xdist may be left out
def pytest_xdist_make_scheduler(config, log):
    """Keep the tests of each piece together; the chapters go one by one.

    Both workers then have a browser and a JupyterLab, and one chapter's kernel
    works while the other's pictures are taken. pytest-xdist 3.8 writes its groups
    into names of tests that pytest 9.2 does not read any more, so ``--dist
    loadgroup`` alone scatters them.
    """
    if config.getvalue("dist") != "loadgroup":
        return None
    from xdist.scheduler import LoadScopeScheduling

    class PiecesTogether(LoadScopeScheduling):
        def _split_scope(self, nodeid):
            file, _, test = nodeid.partition("::")
            piece = file.startswith("tests/browser/") and "chapter" not in test
            return file if piece else nodeid

    return PiecesTogether(config, log)


def pytest_terminal_summary(terminalreporter):
    if not os.environ.get("COURSE_MNIST"):
        terminalreporter.section("WITHOUT THE REAL DATA", sep="!", yellow=True)
        terminalreporter.write_line(NO_DATA)
