"""Port numbers for peers: small, never shared, and not given to another while old announces may still name them."""

from __future__ import annotations

from everleaf.control.fading import FadingTable

MEMORY = 300.0  # seconds a number stays reserved for its peer: as long as an announce that names it is believed
MAX_REMEMBERED = 1024  # reserved numbers of peers that are gone


class Ports:
    """Which number belongs to which peer. 0 is never given: it ends a path."""

    def __init__(self) -> None:
        self._taken: dict[bytes, int] = {}
        self._reserved: FadingTable[bytes, int] = FadingTable(MEMORY, MAX_REMEMBERED)

    @property
    def forgotten(self) -> int:
        """Numbers given up before their time."""
        return self._reserved.evicted

    def take(self, now: float, key: bytes) -> int:
        """The number of `key` from now on: its old one if we remember it, else the lowest free."""
        self._reserved.fade(now)
        port = self._reserved.pop(key) or self._lowest_free()
        self._taken[key] = port
        return port

    def release(self, now: float, key: bytes) -> None:
        """The last link to `key` is gone."""
        self._reserved.put(now, key, self._taken.pop(key))

    def _lowest_free(self) -> int:
        used = self._used()
        return next(port for port in range(1, len(used) + 2) if port not in used)

    def _used(self) -> set[int]:
        return {*self._taken.values(), *self._reserved.values()}
