"""Leave the environment as it was: nbgrader, run in this process, changes it."""

import os

import pytest


@pytest.fixture(scope="module", autouse=True)
def same_environment():
    """Put the environment back after each module."""
    before = dict(os.environ)
    yield
    os.environ.clear()
    os.environ.update(before)
