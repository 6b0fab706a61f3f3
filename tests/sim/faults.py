"""Misfortune by the seed: the same seed brings the same faults at the same moments."""

from __future__ import annotations

import random
from collections.abc import Callable

from everleaf.control.effects import SendFrame
from everleaf.wire.bloom import BLOOM_BITS, Bloom
from everleaf.wire.codec import MAX_UINT64
from everleaf.wire.pathfinder import PathBroken, PathLookup, PathNotify, statement
from everleaf.wire.tree import Announce
from everleaf.wire.tree import statement as tree_statement
from sim.crypto import FakeIdentity
from sim.invariants import Invariants
from sim.network import Network
from sim.scale import SHAPES, side
from sim.station import Station
from sim.topology import Edges

DAY = 86400.0  # seconds
SETTLE = 30.0  # seconds of peace, and a tick more per node: filters grow that slowly along a line


class Faults:
    """A network in trouble: every tick may bring something, and all invariants are looked at."""

    def __init__(self, shape: str, size: int, seed: int, seconds: int, station: type[Station] = Station) -> None:
        self.rng = random.Random(f"faults {seed}")
        size = side(size) ** 2 if shape == "grid" else size
        self.edges: Edges = SHAPES[shape](size, random.Random(seed))
        self.net = Network(size, self.edges, seed, station)
        replay = (
            f"replay: python tests/sim/run.py faults --shape {shape} --size {size} --seed {seed} --seconds {seconds}"
        )
        self.invariants = Invariants(self.net, replay)
        self.liars: set[int] = set()
        self._seconds = seconds
        self.happened: list[str] = []

    def run(self) -> None:
        """Trouble for `seconds`, then peace; raises AssertionError with the command that shows it again."""
        kinds: list[Callable[[], None]] = [
            self.churn, self.partition, self.flap, self.jump, self.lose, self.restart, self.lie,
        ]  # fmt: skip
        for _ in range(self._seconds):
            if self.rng.random() < 0.3:
                kind = self.rng.choice(kinds)
                self.happened.append(kind.__name__)
                kind()
            for liar in self.liars:
                self._tell_lies(self.net.stations[liar])
            self.net.run(1)
            self.invariants.always()
        self.peace()
        self.invariants.settled(patience=15)

    def peace(self) -> None:
        """Everything is repaired, and time passes. Clocks stay wrong."""
        self.liars.clear()
        for wire in self.net.wires.values():
            wire.lost = wire.doubled = 0.0
        for pair in self.edges:
            self._up(pair)
        for _ in range(int(SETTLE) + len(self.net.stations)):
            self.net.run(1)
            self.invariants.always()

    # --- what happens ------------------------------------------------------------------------------------------------

    def churn(self) -> None:
        """A link comes or goes."""
        pair = self.rng.choice(self.edges)
        if not self._down(pair):
            self._up(pair)

    def partition(self) -> None:
        """Two halves, for some seconds."""
        half = {n for n in range(len(self.net.stations)) if self.rng.random() < 0.5}
        cut = [pair for pair in self.edges if (pair[0] in half) != (pair[1] in half) and self._down(pair)]
        self.net.run(self.rng.uniform(1, 8))
        for pair in cut:
            self._up(pair)

    def flap(self) -> None:
        """One link, several times a second."""
        pair = self.rng.choice(self.edges)
        for _ in range(6):
            if not self._down(pair):
                self._up(pair)
            self.net.run(0.15)

    def jump(self) -> None:
        """A wall clock is set, up to a day off."""
        self.rng.choice(self.net.stations).clock_error = self.rng.uniform(-DAY, DAY)

    def lose(self) -> None:
        """A wire loses or doubles frames from now on."""
        if self.net.wires:
            wire = self.rng.choice(list(self.net.wires.values()))
            wire.lost, wire.doubled = self.rng.uniform(0, 0.2), self.rng.uniform(0, 0.2)

    def restart(self) -> None:
        """A node starts again, its clock a little ahead of what it was."""
        n = self.rng.randrange(len(self.net.stations))
        error = self.net.stations[n].clock_error
        self.net.restart(n)
        self.net.stations[n].clock_error = error

    def lie(self) -> None:
        """One more node begins to tell lies."""
        self.liars.add(self.rng.randrange(len(self.net.stations)))

    # --- how -------------------------------------------------------------------------------------------------------

    def _down(self, pair: tuple[int, int]) -> bool:
        wire = self.net.wires.get(pair)
        if wire is None:
            return False
        self.net.cut(*pair)
        return wire.up

    def _up(self, pair: tuple[int, int]) -> None:
        wire = self.net.wires.get(pair)
        if wire is None or not wire.up:
            self.net.link(*pair)

    def _tell_lies(self, liar: Station) -> None:
        """To every peer: that everybody is here, that paths are broken, that it stands elsewhere, that there is a
        stranger; and questions in the name of others."""
        rng, others = self.rng, [station.key for station in self.net.stations]
        for number in list(liar.ends):
            victim, other = rng.sample(others, 2)
            coords = tuple(rng.randrange(1, 9) for _ in range(rng.randrange(6)))
            seq = int(liar.wall()) + rng.randrange(100)
            identity = FakeIdentity(f"{self.net.world.seed} {liar.name}".encode())
            lies = [
                Bloom((1 << BLOOM_BITS) - 1),
                PathBroken(coords, MAX_UINT64, victim, other),
                PathNotify(coords, MAX_UINT64, liar.key, victim, seq, coords, identity.sign(statement(seq, coords))),
                PathLookup(victim, other, coords),
                _stranger(rng),
            ]
            liar.perform([SendFrame(number, lie.frame()) for lie in lies])


def _stranger(rng: random.Random) -> Announce:
    """A root that nobody has seen, and that is not there."""
    key = FakeIdentity(rng.randbytes(8))
    signed = tree_statement(key.public, key.public, 1, 1, 0)
    return Announce(key.public, key.public, 1, 1, 0, key.sign(signed), key.sign(signed))
