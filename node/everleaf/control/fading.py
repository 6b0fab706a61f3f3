"""A bounded table that forgets: entries fade a fixed time after they were last touched."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Generic, TypeVar

K = TypeVar("K")
V = TypeVar("V")


class FadingTable(Generic[K, V]):
    """Holds at most `cap` entries, each for `lifetime` seconds since it was last put or touched.

    One lifetime for all means that the order of touching is the order of fading, so every step costs the same
    however full the table is. A full table forgets the entry that would have faded first.
    """

    def __init__(self, lifetime: float, cap: int) -> None:
        self._lifetime = lifetime
        self._cap = cap
        self._entries: dict[K, tuple[float, V]] = {}
        self.evicted = 0  # entries that went before their time

    def __len__(self) -> int:
        return len(self._entries)

    def __contains__(self, key: K) -> bool:
        return key in self._entries

    def __iter__(self) -> Iterator[K]:
        return iter(self._entries)

    def get(self, key: K) -> V | None:
        """The value, without touching it."""
        entry = self._entries.get(key)
        return entry[1] if entry else None

    def items(self) -> Iterator[tuple[K, V]]:
        """All keys with their values, the one that fades first first."""
        return ((key, value) for key, (_, value) in self._entries.items())

    def values(self) -> Iterator[V]:
        """All values, the one that fades first first."""
        return (value for _, value in self._entries.values())

    def put(self, now: float, key: K, value: V) -> list[tuple[K, V]]:
        """Add, replace or touch an entry; returns what had to go for it."""
        self._entries.pop(key, None)
        self._entries[key] = (now + self._lifetime, value)
        if len(self._entries) <= self._cap:
            return []
        self.evicted += 1
        first = next(iter(self._entries))
        return [(first, self._entries.pop(first)[1])]

    def pop(self, key: K) -> V | None:
        """Forget one entry now."""
        entry = self._entries.pop(key, None)
        return entry[1] if entry else None

    def fade(self, now: float) -> list[tuple[K, V]]:
        """Forget what is due; returns it."""
        gone = []
        for key, (until, value) in self._entries.items():
            if until > now:
                break
            gone.append((key, value))
        for key, _ in gone:
            del self._entries[key]
        return gone
