"""The check of numbers in prose can itself fail."""

import pytest

from tests.notebooks import promises


@pytest.fixture
def one_promise(monkeypatch):
    promised = [(rf"accuracy {promises.NUMBER}%", 97, 98, "about 97 %")]
    monkeypatch.setattr(promises, "PROMISES", {"99": promised})


def test_a_number_in_its_range_is_kept(one_promise):
    assert promises.broken("99", "the accuracy 97.4%\n") == []


def test_a_number_outside_of_its_range_is_named(one_promise):
    [fault] = promises.broken("99", "accuracy 96.9%")
    assert "96.9 is outside of 97 to 98" in fault


def test_a_number_that_is_not_printed_is_named(one_promise):
    [fault] = promises.broken("99", "nothing")
    assert "about 97 %" in fault


@pytest.mark.parametrize("number", promises.PROMISES)
def test_every_pattern_asks_for_a_number_or_a_letter(number):
    for pattern, lowest, highest, prose in promises.PROMISES[number]:
        assert "(" in pattern
        assert prose
        assert (lowest is None) == (highest is None)
