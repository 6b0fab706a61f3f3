"""Places as seen from those we know."""

from __future__ import annotations

from everleaf.control.landmarks import Bearing, Landmarks
from everleaf.wire.codec import MAX_PORTS

ROOT, PEER, FAR = (bytes([n]) * 32 for n in range(3))
BEFORE = Landmarks({ROOT: (), PEER: (3, 4)})


def test_bearing_is_from_the_nearest_landmark_above() -> None:
    assert BEFORE.bearing(FAR, (3, 4, 1, 2)) == Bearing(PEER, (1, 2))
    assert BEFORE.bearing(FAR, (3, 1)) == Bearing(ROOT, (3, 1))
    assert Landmarks({PEER: (3, 4)}).bearing(FAR, (3, 1)) == Bearing(b"", (3, 1))


def test_landmark_is_its_own_bearing_wherever_it_says_that_it_stands() -> None:
    assert BEFORE.bearing(PEER, (9, 9)) == Bearing(PEER, ())


def test_place_moves_with_the_landmark_and_is_unknown_without_it() -> None:
    bearing = Bearing(PEER, (1, 2))
    assert Landmarks({PEER: (7,)}).place(FAR, bearing) == (7, 1, 2)
    assert Landmarks({ROOT: ()}).place(FAR, bearing) is None


def test_node_that_became_a_landmark_is_no_longer_guessed() -> None:
    assert Landmarks({PEER: (7,), FAR: (7, 5)}).place(FAR, Bearing(PEER, (1, 2))) == (7, 5)


def test_place_beyond_the_longest_path_is_none() -> None:
    deep = Landmarks({PEER: (1,) * (MAX_PORTS - 1)})
    assert deep.place(FAR, Bearing(PEER, (1,))) == (1,) * MAX_PORTS
    assert deep.place(FAR, Bearing(PEER, (1, 2))) is None
