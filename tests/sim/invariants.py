"""What must hold of a network whatever happens to it, and what must be true once it was left alone for a while."""

from __future__ import annotations

import random
from collections import Counter
from collections.abc import Iterator

from everleaf.control import infos, pathfinder, resolver, sessions
from sim.network import Network
from sim.station import Station

PAIRS = 40  # looked at in each tick, for circles


class Invariants:
    """Each method raises AssertionError; `replay` says how to see it again."""

    def __init__(self, net: Network, replay: str) -> None:
        self._net = net
        self._replay = replay
        self._rng = random.Random(f"invariants {net.world.seed}")

    def always(self) -> None:
        """At any moment: no circle, no table above its cap, no timer but a tick and a flush of each machine."""
        self._net.check_sample(self._rng, PAIRS)
        for station in self._net.stations:
            for name, size, cap in tables(station):
                assert size <= cap, f"{station.name} holds {size} {name}, more than {cap}; {self._replay}"
        for station, timers in self._timers().items():
            assert timers <= 2, f"{station.name} has {timers} timers; {self._replay}"

    def settled(self, patience: float) -> None:
        """One root per component, a place of its own for everybody, and an answer to every lookup."""
        for group in self._net.components():
            try:
                self._net.check_root(group)
                self._net.check_places(group)
            except AssertionError as error:
                raise AssertionError(f"not one tree; {self._replay}") from error
        pairs = [(a, b) for group in self._net.components() if len(group) > 1 for a, b in self._pairs(group)]
        missing = self._net.exchange(pairs, patience)
        assert not missing, f"no answer between {missing}; {self._replay}"

    def _pairs(self, group: list[int]) -> Iterator[tuple[int, int]]:
        for _ in range(min(PAIRS, len(group))):
            a, b = self._rng.sample(group, 2)
            yield a, b

    def _timers(self) -> Counter[Station]:
        owners = ((getattr(call, "__self__", None), call.__name__) for call in self._net.world.waiting())
        return Counter(owner for owner, name in owners if isinstance(owner, Station) and name in {"_tick", "_flush"})


def tables(station: Station) -> Iterator[tuple[str, int, int]]:
    """Name, size and cap of every table that others can fill."""
    node = station.node
    yield "announces", len(node._tree._infos), infos.MAX_INFOS
    yield "strangers of one peer", max(node._tree._infos._loose.values(), default=0), infos.LOOSE_PER_PEER
    yield "paths", len(node._pathfinder._paths), pathfinder.MAX_PATHS
    yield "rumors", len(node._pathfinder._rumors), pathfinder.MAX_RUMORS
    yield "repeats", len(node._pathfinder._repeats), pathfinder.MAX_REPEATS
    yield "askers", len(node._pathfinder._heard), pathfinder.MAX_HEARD
    yield "sessions", len(node._sessions._sessions), sessions.MAX_SESSIONS
    yield "openings", len(node._sessions._openings), sessions.MAX_OPENINGS
    yield "known keys", len(node._resolver._known), resolver.MAX_KNOWN
    yield "rooms", len(node._resolver._rooms), resolver.MAX_ROOMS
