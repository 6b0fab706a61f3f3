"""The root leaves or gets another key: what that costs two hosts that have nothing to do with it."""

from __future__ import annotations

import random
from collections.abc import Callable
from dataclasses import dataclass

import pytest

from everleaf.control.effects import Effect, Snapshot
from everleaf.control.landmarks import Landmarks
from everleaf.control.node import Node, NodeOptions
from everleaf.control.pathfinder import Pathfinder
from everleaf.control.tree import Tree
from everleaf.wire.frame_type import FrameType
from sim.crypto import FakeCrypto, FakeIdentity
from sim.network import Network
from sim.station import Station
from sim.stream import Stream
from sim.topology import Edges, component, grid, line, random_graph

pytestmark = pytest.mark.slow

PAIRS = 12  # of neighbours, and of others
SHAPES: dict[str, Callable[[int], tuple[int, Edges]]] = {
    "line": lambda _: (4, line(4)),
    "grid": lambda _: (25, grid(5, 5)),
    "random": lambda seed: (40, random_graph(40, 40, random.Random(seed))),
}
EVENTS = {"leaves": Network.leave, "rotates": Network.rotate}
SEEDS = range(3)


class ReferenceMovesTree(Tree):
    """Moves above us are passed on at ticks only."""

    def flush(self) -> list[Effect]:
        return []


class ReferenceMovesPathfinder(Pathfinder):
    """Paths do not follow, and nobody is told."""

    def moved(self, now: float, wall: float, snapshot: Snapshot, landmarks: Landmarks) -> list[Effect]:  # noqa: ARG002
        self._snapshot = snapshot
        return []


class ReferenceMovesNode(Node):
    """A node with the reference's rules about moves, and otherwise ours."""

    def __init__(self, identity: FakeIdentity, crypto: FakeCrypto, options: NodeOptions) -> None:
        super().__init__(identity, crypto, options)
        self._tree = ReferenceMovesTree(identity, crypto, self._peers)
        self._pathfinder = ReferenceMovesPathfinder(identity, crypto, self._filters)


class ReferenceMovesStation(Station):
    """Its machine."""

    def make_node(self, identity: FakeIdentity, crypto: FakeCrypto, options: NodeOptions) -> Node:
        return ReferenceMovesNode(identity, crypto, options)


@dataclass(frozen=True, slots=True)
class Loss:
    """Packets of twenty seconds."""

    sent: int
    near: int  # lost between neighbours
    far: int  # lost between others
    control: int  # bytes per node


def suffer(event: str, shape: str, seed: int, station: type[Station]) -> Loss:
    """Streams between nodes that stay connected without the root, while the root goes."""
    size, edges = SHAPES[shape](seed)
    net = Network(size, edges, seed, station)
    net.run(20)
    root = min(range(size), key=lambda n: net.stations[n].key)
    rest = [pair for pair in edges if root not in pair]
    rng = random.Random(seed)
    others = [(a, b) for a in range(size) for b in component(a, rest) if a != b and {(a, b), (b, a)}.isdisjoint(rest)]
    near, far = (rng.sample(pairs, min(PAIRS, len(pairs))) for pairs in (rest, [p for p in others if root not in p]))
    streams = [Stream(net, pairs, 20) for pairs in (near, far)]
    before = _control(net)
    net.run(2)
    EVENTS[event](net, root)
    net.run(20)
    return Loss(
        sum(stream.sent.total() for stream in streams),
        *(stream.lost() for stream in streams),
        (_control(net) - before) // size,
    )


def _control(net: Network) -> int:
    return sum(size for station in net.stations for kind, size in station.sent.items() if kind != FrameType.TRAFFIC)


@pytest.mark.parametrize("event", EVENTS)
@pytest.mark.parametrize("shape", SHAPES)
def test_root_goes_and_neighbours_lose_nothing_and_others_less_than_with_the_reference(shape: str, event: str) -> None:
    ours = [suffer(event, shape, seed, Station) for seed in SEEDS]
    reference = [suffer(event, shape, seed, ReferenceMovesStation) for seed in SEEDS]
    assert sum(loss.near for loss in ours) == 0 < sum(loss.near for loss in reference)
    assert sum(loss.far for loss in ours) < 0.6 * sum(loss.far for loss in reference)
    assert sum(loss.control for loss in ours) < 1.4 * sum(loss.control for loss in reference)
