"""Real nodes, simulated wires: whatever the shape, one tree, a way from everybody to everybody, and sessions."""

from __future__ import annotations

import random
from itertools import permutations

import pytest

from sim.network import Network
from sim.topology import Edges, grid, line, random_graph, ring, star

SHAPES = {
    "pair": (2, line(2)),
    "line": (6, line(6)),
    "ring": (7, ring(7)),
    "star": (9, star(9)),
    "grid": (16, grid(4, 4)),
    "random": (12, random_graph(12, 8, random.Random(5))),
}

pytestmark = pytest.mark.slow


@pytest.mark.parametrize(("size", "edges"), SHAPES.values(), ids=SHAPES)
def test_network_becomes_one_tree(size: int, edges: Edges) -> None:
    net = Network(size, edges, seed=size)
    net.run(2 * size)
    net.check()


@pytest.mark.parametrize(("size", "edges"), SHAPES.values(), ids=SHAPES)
def test_every_pair_exchanges_packets(size: int, edges: Edges) -> None:
    net = Network(size, edges, seed=100 + size)
    net.run(2 * size)
    assert net.exchange(list(permutations(range(size), 2)), patience=10) == []
    assert all(len(station.node.sessions()) == size - 1 for station in net.stations)
