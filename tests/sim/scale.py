"""What a network of so many nodes needs to find together, and what it costs each of them."""

from __future__ import annotations

import random
import statistics
import time
from collections.abc import Callable
from dataclasses import dataclass

from everleaf.wire.frame_type import FrameType
from sim.network import Network
from sim.topology import Edges, grid, internet, random_graph, star

STEP = 0.5  # seconds between two looks at the network
PATIENCE = 600  # seconds to settle in
CALM = 60  # seconds of rest that are measured
LOOKUPS = 200
SHAPES: dict[str, Callable[[int, random.Random], Edges]] = {
    "random": lambda size, rng: random_graph(size, size, rng),
    "grid": lambda size, _: grid(side(size), side(size)),
    "internet": lambda size, rng: internet(size, 2, rng),
    "star": lambda size, _: star(size),
}


@dataclass(frozen=True, slots=True)
class Scale:
    """One network. Bytes are those of control frames, keepalives among them, without frame lengths and transports."""

    shape: str
    size: int
    settled: float  # seconds from the links' start until all have the lowest root and every place is its own
    answered: float  # seconds from then until every lookup of the sample was answered
    depth: int  # of the tree
    join_bytes: float  # per node, until settled
    join_worst: int  # of the busiest node
    calm_bytes: float  # per node and minute, at rest
    lookup_frames: float  # per lookup, answers included
    infos_median: float  # announces held
    infos_max: int
    hops_max: int  # of a forwarding table
    cpu: float  # seconds per node, of the machine that simulates, until settled


def side(size: int) -> int:
    """Of a square with so many nodes, or a few fewer."""
    return int(size**0.5)


def measure(shape: str, size: int, seed: int) -> Scale:
    """Let it grow, look up, rest."""
    size = side(size) ** 2 if shape == "grid" else size
    began = time.process_time()
    net = Network(size, SHAPES[shape](size, random.Random(seed)), seed)
    start = net.world.now
    lowest = min(station.key for station in net.stations)
    while not _settled(net, lowest):
        assert net.world.now < start + PATIENCE, f"{shape} of {size}, seed {seed}: no single tree after {PATIENCE} s"
        net.run(STEP)
    settled, cpu, joined = net.world.now, time.process_time() - began, _control(net)
    answered, frames = _look_up(net, seed)
    before = sum(_control(net))
    net.run(CALM)
    infos = [len(station.node.tree()) for station in net.stations]
    return Scale(
        shape,
        size,
        settled - start,
        answered,
        max(len(station.node.coords) for station in net.stations),
        sum(joined) / size,
        max(joined),
        (sum(_control(net)) - before) / size * 60 / CALM,
        frames / LOOKUPS,
        statistics.median(infos),
        max(infos),
        max(len(station.plane.snapshot.hops) for station in net.stations),
        cpu / size,
    )


def _settled(net: Network, lowest: bytes) -> bool:
    if any(station.node.root != lowest for station in net.stations):
        return False
    places = {station.node.coords for station in net.stations}
    return len(places) == len(net.stations)


def _look_up(net: Network, seed: int) -> tuple[float, int]:
    """Packets between random pairs until all arrived: filters have to grow along the tree first. Then, from a new
    sample, what one lookup costs."""
    rng, began = random.Random(seed), net.world.now
    missing = [(a, b) for a, b in (rng.sample(range(len(net.stations)), 2) for _ in range(LOOKUPS))]
    while missing:
        assert net.world.now < began + PATIENCE, f"lookups without an answer: {missing}, seed {seed}"
        missing = net.exchange(missing, patience=1)
    answered = net.world.now - began
    before = _lookup_frames(net)
    for _ in range(LOOKUPS):
        a, b = (net.stations[n] for n in rng.sample(range(len(net.stations)), 2))
        a.perform(a.node._settle(net.world.now, a.node._pathfinder.lookup(net.world.now, b.key)))
    net.run(5)
    return answered, _lookup_frames(net) - before


def _lookup_frames(net: Network) -> int:
    kinds = FrameType.PATH_LOOKUP, FrameType.PATH_NOTIFY
    return sum(station.frames[kind] for station in net.stations for kind in kinds)


def _control(net: Network) -> list[int]:
    return [station.sent.total() - station.sent[FrameType.TRAFFIC] for station in net.stations]
