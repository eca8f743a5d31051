"""Leave the environment as it was: nbgrader, run in this process, changes it."""

import os
from unittest import mock

import pytest


@pytest.fixture(scope="module", autouse=True)
def same_environment():
    """Put the environment back after each module."""
    with mock.patch.dict(os.environ):
        yield
