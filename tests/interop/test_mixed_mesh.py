"""Sixteen nodes, half of them real, on a random graph over all transports: everybody reaches everybody."""

from __future__ import annotations

import random
import subprocess
from itertools import permutations

import pytest

from interop.net import wait_until
from interop.nodes import Node, Yggdrasil, peer, start

SIZE = 16
EXTRA_LINKS = 8  # beyond the tree that makes the graph connected
SEED = 20


def unreached(pairs: list[tuple[Node, Node]]) -> list[tuple[Node, Node]]:
    """The pairs whose first node gets no answer from the second; all are tried at the same time."""
    pings = [a.host.spawn("ping", "-n", "-c", "3", "-i", "0.5", b.address, stdout=subprocess.DEVNULL) for a, b in pairs]
    return [pair for pair, ping in zip(pairs, pings, strict=True) if ping.wait(30) != 0]


@pytest.mark.timeout(240)
def test_every_pair_of_sixteen_mixed_nodes_reaches_each_other(net, add, everleaf):
    dice = random.Random(SEED)
    kinds = [everleaf, Yggdrasil] * (SIZE // 2)
    dice.shuffle(kinds)
    nodes = [add(kind, rank) for rank, kind in enumerate(kinds)]
    order = dice.sample(nodes, SIZE)
    edges = [(order[n], dice.choice(order[:n])) for n in range(1, SIZE)]
    edges += [tuple(dice.sample(nodes, 2)) for _ in range(EXTRA_LINKS)]
    for dialler, listener in edges:
        peer(net, dialler, listener, dice.choice(["tcp", "tls", "unix"]))
    start(*nodes)
    left = list(permutations(nodes, 2))

    def all_reached() -> bool:
        left[:] = unreached(left)
        return not left

    wait_until(all_reached, f"every pair is reached (seed {SEED})", timeout=120)
    roots = {min(entry["key"] for entry in node.ctl("getTree")["tree"]) for node in nodes}
    assert roots == {nodes[0].key}
