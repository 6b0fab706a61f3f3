"""Two hundred whole nodes: they agree, and they agree in the same way every time."""

from __future__ import annotations

import random

import pytest

from sim.network import Network
from sim.topology import random_graph

pytestmark = pytest.mark.slow

SIZE = 200
EXTRA_LINKS = 200


def grown(seed: int, seconds: float) -> Network:
    net = Network(SIZE, random_graph(SIZE, EXTRA_LINKS, random.Random(seed)), seed)
    net.run(seconds)
    return net


def test_two_hundred_nodes_become_one_tree_and_answer_all_lookups() -> None:
    net = grown(seed=200, seconds=30)
    net.check()
    rng = random.Random(200)
    pairs = [tuple(rng.sample(range(SIZE), 2)) for _ in range(SIZE)]
    assert net.exchange([(a, b) for a, b in pairs], patience=5) == []


def test_same_seed_gives_the_same_trace_and_another_does_not() -> None:
    traces = [grown(seed, seconds=8).world.trace() for seed in (201, 201, 202)]
    assert traces[0] == traces[1] != traces[2]
