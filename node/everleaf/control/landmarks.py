"""Places that the tree proves to us, and those of others as seen from there.

When the root changes, everybody's coordinates do, but most nodes still hang from the same parent by the same port. So
a path that is kept as "these ports below that node" follows the tree without asking anybody.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from everleaf.wire.codec import MAX_PORTS, Path


@dataclass(frozen=True, slots=True)
class Bearing:
    """A place as seen from a landmark."""

    landmark: bytes  # key; empty: none is near
    rest: Path  # ports from there down


class Landmarks:
    """The nodes whose places we know ourselves, by key: we, our peers, and everybody above."""

    def __init__(self, places: Mapping[bytes, Path]) -> None:
        self._places = places
        self._names = {coords: key for key, coords in places.items()}

    def place(self, key: bytes, bearing: Bearing) -> Path | None:
        """Where `key` stands now: by itself if it is a landmark, else by what it was seen from."""
        if key in self._places:
            return self._places[key]
        above = self._places.get(bearing.landmark)
        if above is None or len(above) + len(bearing.rest) > MAX_PORTS:
            return None
        return above + bearing.rest

    def bearing(self, key: bytes, coords: Path) -> Bearing:
        """`key`, which says that it stands at `coords`: from the nearest landmark above it, which may be itself."""
        if key in self._places:
            return Bearing(key, ())
        for depth in range(len(coords), -1, -1):
            landmark = self._names.get(coords[:depth])
            if landmark is not None:
                return Bearing(landmark, coords[depth:])
        return Bearing(b"", coords)
