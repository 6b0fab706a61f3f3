"""Simulated machines and the wires between them, and what must be true of any such network at rest."""

from __future__ import annotations

import random
from itertools import permutations

from everleaf.control.router import next_hop
from everleaf.wire.codec import MAX_UINT64
from sim.station import TICK, Station, Wire
from sim.topology import Edges, component
from sim.world import World

LATENCY = (0.001, 0.05)  # seconds


class Network:
    """`size` stations in one world, linked as `edges` say once all have started."""

    def __init__(self, size: int, edges: Edges, seed: int, station: type[Station] = Station) -> None:
        self.world = World(seed)
        self.stations = [station(self.world, f"n{n}") for n in range(size)]
        self.wires: dict[tuple[int, int], Wire] = {}
        self.world.run(TICK)
        for a, b in edges:
            self.link(a, b)

    def run(self, seconds: float) -> None:
        """Let time pass."""
        self.world.run(self.world.now + seconds)

    def link(self, a: int, b: int) -> Wire:
        """A wire between two stations that have none; its latency comes from the seed."""
        ends = self.stations[a], self.stations[b]
        wire = Wire(ends, (ends[0].number(), ends[1].number()), self.world.rng.uniform(*LATENCY))
        self.wires[a, b] = wire
        for side, end in enumerate(ends):
            end.plug(wire, side)
        return wire

    def cut(self, a: int, b: int) -> None:
        """Both ends notice at once."""
        wire = self.wires.pop((a, b))
        for end, number in zip(wire.ends, wire.numbers, strict=True):
            end.unplug(number)

    def restart(self, n: int, pause: float = TICK) -> None:
        """The process ends and starts again, with the same key; its links come back after `pause` (a tick at most),
        the last one first."""
        old = self.stations[n]
        new = type(old)(self.world, old.name)  # is ready within a tick, like every station
        self.run(TICK - pause)
        pairs = [pair for pair in self.wires if n in pair]
        for pair in pairs:
            self.cut(*pair)
        old.stop()
        self.stations[n] = new
        self.run(pause)
        for pair in reversed(pairs):
            self.link(*pair)

    def leave(self, n: int) -> list[int]:
        """The process ends for good; returns who was linked to it."""
        pairs = [pair for pair in self.wires if n in pair]
        for pair in pairs:
            self.cut(*pair)
        self.stations[n].stop()
        return [a + b - n for a, b in pairs]

    def rotate(self, n: int) -> None:
        """The node gets another key, and its links back."""
        near = self.leave(n)
        old = self.stations[n]
        self.stations[n] = type(old)(self.world, f"{old.name} again")
        self.run(TICK)
        for other in near:
            self.link(n, other)

    def edges(self) -> Edges:
        """The wires that are up."""
        return [pair for pair, wire in self.wires.items() if wire.up and not wire.frozen]

    def exchange(self, pairs: Edges, patience: float) -> list[tuple[int, int]]:
        """Send one packet per pair; returns the pairs whose packet did not arrive in time."""
        for a, b in pairs:
            self.stations[a].send(self.stations[b].key, b"hello %d" % self.world.events_run)
        before = {(a, b): len(self.stations[b].payloads(self.stations[a].key)) for a, b in pairs}
        self.run(patience)
        return [(a, b) for (a, b), n in before.items() if len(self.stations[b].payloads(self.stations[a].key)) == n]

    # --- invariants --------------------------------------------------------------------------------------------------

    def check(self) -> None:
        """Everything below, for every component."""
        for group in self.components():
            self.check_root(group)
            self.check_places(group)
            self.check_routes(group)

    def components(self) -> list[list[int]]:
        """The connected parts."""
        left, groups = list(range(len(self.stations))), []
        while left:
            groups.append(component(left[0], self.edges()))
            left = [n for n in left if n not in groups[-1]]
        return groups

    def check_root(self, group: list[int]) -> None:
        """The lowest key is everybody's root."""
        lowest = min(self.stations[n].key for n in group)
        assert {self.stations[n].node.root for n in group} == {lowest}, self._where()

    def check_places(self, group: list[int]) -> None:
        """Everybody stands at a place of its own, one port below its parent."""
        by_key = {self.stations[n].key: self.stations[n] for n in group}
        places = [station.node.coords for station in by_key.values()]
        assert len(set(places)) == len(places), self._where()
        for station in by_key.values():
            parent = by_key[station.node.parent]
            expected = () if parent is station else (*parent.node.coords, _port(parent, station))
            assert station.node.coords == expected, self._where()

    def check_routes(self, group: list[int]) -> None:
        """From everybody to everybody there is a way."""
        for start, end in permutations([self.stations[n] for n in group], 2):
            assert self._reaches(start, end), f"no way from {start.name} to {end.name}; {self._where()}"

    def check_circles(self) -> None:
        """Whatever is going on: nobody passes the same thing on twice."""
        for start, end in permutations(self.stations, 2):
            self._reaches(start, end)

    def _reaches(self, start: Station, end: Station) -> bool:
        here, watermark, passed = start, MAX_UINT64, set[bytes]()
        while here is not end:
            hop = next_hop(here.plane.snapshot, end.node.coords, watermark)
            if hop is None or hop[0].link not in here.ends:  # a link that is down is none, whatever the table says
                return False
            assert here.key not in passed, f"a circle through {here.name}; {self._where()}"
            passed.add(here.key)
            far = here.ends[hop[0].link]
            here, watermark = far.wire.ends[1 - far.side], hop[1]
        return True

    def check_sample(self, rng: random.Random, count: int) -> None:
        """The same for some pairs."""
        for _ in range(count):
            self._reaches(*rng.sample(self.stations, 2))

    def _where(self) -> str:
        return f"seed {self.world.seed}, at {self.world.now:.3f} s"


def _port(parent: Station, child: Station) -> int:
    peers = parent.node.peers()
    return next(peers[n].port for n, end in parent.ends.items() if end.wire.ends[1 - end.side] is child)
