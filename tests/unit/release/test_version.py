"""The order of versions."""

import itertools

import pytest

from everleaf.release import older

RISING = [
    "nonsense",
    "0.1.0-alpha",
    "0.1.0-rc.1",
    "0.1.0-rc.2",
    "0.1.0-rc.10",
    "0.1.0",
    "0.1.1",
    "0.9",
    "0.10.0",
    "1.0",
]


@pytest.mark.parametrize(("low", "high"), list(itertools.combinations(RISING, 2)))
def test_versions_are_in_order(low, high):
    assert older(low, high)
    assert not older(high, low)


@pytest.mark.parametrize(("one", "other"), [("1.0", "1.0.0"), ("0.1.0+build.1", "0.1.0"), ("0.2.0rc1", "0.2.0-rc.1")])
def test_versions_that_are_one_release_are_older_neither_way(one, other):
    assert not older(one, other)
    assert not older(other, one)
