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


@pytest.hookimpl(optionalhook=True)  # pytest-xdist may be left out
def pytest_xdist_make_scheduler(config, log):
    """Give all browser tests to one worker: it starts one JupyterLab, not two.

    pytest-xdist 3.8 writes its groups into names of tests that pytest 9.2 does
    not read any more, so ``--dist loadgroup`` alone scatters them.
    """
    if config.getvalue("dist") != "loadgroup":
        return None
    from xdist.scheduler import LoadScopeScheduling

    class BrowserTogether(LoadScopeScheduling):
        def _split_scope(self, nodeid):
            return "browser" if nodeid.startswith("tests/browser/") else nodeid

    return BrowserTogether(config, log)


def pytest_terminal_summary(terminalreporter):
    if not os.environ.get("COURSE_MNIST"):
        terminalreporter.section("WITHOUT THE REAL DATA", sep="!", yellow=True)
        terminalreporter.write_line(NO_DATA)
