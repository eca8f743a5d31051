"""One JupyterLab and one browser for all tests of a worker."""

import os

import pytest

from tests.browser import lab

WITHOUT = (
    "Chromium is not installed, so nothing was tried in a browser. Install it "
    "(Debian: apt install chromium) and run the tests again."
)


@pytest.fixture(scope="session")
def jupyterlab(tmp_path_factory):
    """JupyterLab as a reader sees it; see :class:`tests.browser.lab.Lab`."""
    if lab.CHROMIUM is None:
        if os.environ.get("CI"):
            pytest.fail(WITHOUT)
        pytest.skip(WITHOUT)
    folder = tmp_path_factory.mktemp("clone")
    home = tmp_path_factory.mktemp("home")
    with lab.server(folder, home) as server, lab.browser_page() as page:
        opened = lab.Lab(page, server)
        opened.server = server
        yield opened
