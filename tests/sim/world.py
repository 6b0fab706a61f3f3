"""The simulator's heart: one thread, one seed, no clock but the next event."""

from __future__ import annotations

import hashlib
import random
from collections.abc import Callable, Iterator
from heapq import heappop, heappush
from itertools import count


class World:
    """Any number of nodes in one thread: the same seed gives the same trace."""

    def __init__(self, seed: int) -> None:
        self.seed = seed
        self.now = 0.0
        self.rng = random.Random(seed)
        self.events_run = 0
        self._events: list[tuple[float, int, Callable[..., None], tuple[object, ...]]] = []
        self._order = count()
        self._trace = hashlib.blake2b(digest_size=16)

    def at(self, when: float, call: Callable[..., None], *args: object) -> None:
        """Call it then. What is due at the same moment runs in the order of asking."""
        heappush(self._events, (when, next(self._order), call, args))

    def waiting(self) -> Iterator[Callable[..., None]]:
        """Every call that is still to come."""
        return (call for _, _, call, _ in self._events)

    def run(self, until: float) -> None:
        """Let time pass."""
        while self._events and self._events[0][0] <= until:
            self.now, _, call, args = heappop(self._events)
            self.events_run += 1
            call(*args)
        self.now = until

    def record(self, *facts: object) -> None:
        """Add to the trace: what happened now."""
        self._trace.update(repr((self.now, facts)).encode())

    def trace(self) -> str:
        """A digest of everything recorded so far."""
        return self._trace.hexdigest()
