"""What all tests of the exercises share: a record of progress of their own."""

import tempfile
from pathlib import Path

import pytest


@pytest.fixture(autouse=True)
def own_record(tmp_path_factory, monkeypatch):
    """Keep the record of the one who runs the tests out of it."""
    # pytest's mktemp looks at every folder that it made before: with thousands
    # of tests that is where the time goes.
    home = Path(tempfile.mkdtemp(prefix="home-", dir=tmp_path_factory.getbasetemp()))
    monkeypatch.setenv("COURSE_HOME", str(home))
    return home
