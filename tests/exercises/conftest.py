"""What all tests of the exercises share: a record of progress of their own."""

import pytest


@pytest.fixture(autouse=True)
def own_record(tmp_path_factory, monkeypatch):
    """Keep the record of the one who runs the tests out of it."""
    home = tmp_path_factory.mktemp("home")
    monkeypatch.setenv("COURSE_HOME", str(home))
    return home
