"""A clock that is set under a running node."""

from __future__ import annotations

import pytest

from everleaf.daemon.clock import LATELY, Clock


def after(walls: list[float]) -> Clock:
    clock = Clock()
    for second, wall in enumerate(walls):
        clock.sample(wall, float(second))
    return clock


@pytest.mark.parametrize(
    ("walls", "moved"),
    [
        ([1000, 1001, 1002], 0.0),
        ([1000, 1031, 1062], 0.0),  # a time service that catches up in steps
        ([1000, 1001, 5002], 4000.0),
        ([1000, 1001, 902], -100.0),
        ([1000, 5001, 1002], -4000.0),
    ],
)
def test_clock_tells_the_last_move(walls, moved):
    assert after(walls).moved(float(len(walls))) == moved


def test_clock_forgets_a_move_after_a_while():
    clock = after([1000, 5001])
    assert clock.moved(1 + LATELY - 1) == 4000.0
    assert clock.moved(1 + LATELY) == 0.0
