"""One JupyterLab and one browser for all tests of a worker."""

import os
from contextlib import contextmanager

import pytest

from tests.browser import lab
from tests.browser.bench import Bench

WITHOUT = (
    "Chromium is not installed, so nothing was tried in a browser. Install it "
    "(Debian: apt install chromium) and run the tests again."
)


def need_chromium():
    """Fail under CI, and skip elsewhere, where there is no browser."""
    if lab.CHROMIUM is None:
        if os.environ.get("CI"):
            pytest.fail(WITHOUT)
        pytest.skip(WITHOUT)


@pytest.fixture(scope="session")
def jupyterlab(request, tmp_path_factory):
    """JupyterLab as a reader sees it; see :class:`tests.browser.lab.Lab`."""
    need_chromium()
    folder = tmp_path_factory.mktemp("clone")
    home = tmp_path_factory.mktemp("home")
    with (
        lab.server(folder, home) as server,
        opened_page(request, lab.CELLS_SECONDS) as page,
    ):
        yield lab.Lab(page, server)


@contextmanager
def opened_page(request, seconds, **options):
    """A page with a profile of its own, in the one browser of the worker."""
    options = {"viewport": lab.VIEW, **options}
    context = request.getfixturevalue("browser").new_context(**options)
    page = context.new_page()
    page.set_default_timeout(seconds * 1000)
    try:
        yield page
    finally:
        context.close()


@pytest.fixture
def blank_page(request):
    """Pieces on a page without JupyterLab; see :class:`tests.browser.bench.Bench`."""
    yield from bench(request)


@pytest.fixture
def tablet(request):
    """As ``blank_page``, on a small screen that is touched, at 200 % zoom."""
    screen = {"width": 640, "height": 480}
    yield from bench(request, viewport=screen, device_scale_factor=2, has_touch=True)


def bench(request, **options):
    """Yield a page for pieces; check at the end that it reported no error."""
    with opened_page(request, 5, **options) as page:
        opened = Bench(page)
        yield opened
        assert opened.console == []
