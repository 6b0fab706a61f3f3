"""Links come and go: the network mends itself, and keeps what it had."""

from __future__ import annotations

import random
from itertools import permutations

import pytest

from everleaf.control.node import Node, NodeOptions
from everleaf.control.tree import REFRESH
from sim.crypto import FakeCrypto, FakeIdentity
from sim.network import Network
from sim.station import Station
from sim.topology import grid, line, random_graph, ring, star

pytestmark = pytest.mark.slow

SETTLE = 20  # seconds


def settled(net: Network) -> Network:
    net.run(SETTLE)
    net.check()
    return net


def test_ring_loses_and_regains_every_link() -> None:
    net = settled(Network(6, ring(6), seed=1))
    for a, b in ring(6):
        net.cut(a, b)
        settled(net)
        assert net.exchange([(a, b), (b, a)], patience=10) == []
        net.link(a, b)
        settled(net)


def test_halves_of_a_cut_line_become_trees_of_their_own_and_one_again() -> None:
    net = settled(Network(8, line(8), seed=2))
    net.cut(3, 4)
    assert len(settled(net).components()) == 2
    net.link(3, 4)
    assert len(settled(net).components()) == 1
    assert net.exchange([(0, 7), (7, 0)], patience=10) == []


def test_sessions_survive_a_change_of_path() -> None:
    net = settled(Network(9, grid(3, 3), seed=3))
    assert net.exchange([(0, 8), (8, 0)], patience=5) == []
    since = net.stations[0].node.sessions()[0].since
    for a, b in [(0, 1), (4, 7)]:
        net.cut(a, b)
    for _ in range(5):  # the first packets find the dead end, and mend the path
        net.exchange([(0, 8), (8, 0)], patience=2)
    assert net.exchange([(0, 8), (8, 0)], patience=2) == []
    assert [session.since for session in net.stations[0].node.sessions()] == [since]


def test_frozen_link_is_noticed_by_the_next_probe() -> None:
    net = settled(Network(2, line(2), seed=4))
    wire = net.wires[0, 1]
    wire.frozen = True
    net.run(36)
    assert not wire.up
    assert net.stations[0].dropped or net.stations[1].dropped


def test_two_links_to_one_peer_share_its_port_and_one_may_go() -> None:
    net = settled(Network(3, line(3), seed=5))
    spare, first = net.wires[0, 1], net.link(0, 1)
    settled(net)
    assert len({peer.port for peer in net.stations[0].node.peers().values()}) == 1
    for end, number in zip(spare.ends, spare.numbers, strict=True):
        end.unplug(number)
    assert first.up
    settled(net)
    assert net.exchange(list(permutations(range(3), 2)), patience=5) == []


def test_announces_are_renewed_for_an_hour_and_nothing_piles_up() -> None:
    net = settled(Network(5, ring(5), seed=6))
    before = [station.node.counters() for station in net.stations]
    net.run(3600)
    settled(net)
    assert all(len(station.node.tree()) <= 5 for station in net.stations)
    assert [station.node.counters() for station in net.stations] == before
    assert not any(station.dropped for station in net.stations)


def test_restarted_node_takes_its_place_again_within_two_ticks() -> None:
    net = settled(Network(4, line(4), seed=7))
    net.restart(2)
    net.run(3)
    net.check()


def test_session_goes_on_when_the_node_between_restarts_and_ports_change_hands() -> None:
    """Each end now stands where the other one stood, so its old path leads to itself."""
    net = Network(3, line(3), seed=8)
    middle = min(range(3), key=lambda n: net.stations[n].key)
    left, right = (n for n in range(3) if n != middle)
    for pair in list(net.wires):
        net.cut(*pair)
    net.link(left, middle)
    net.link(right, middle)
    settled(net)
    assert net.exchange([(left, right), (right, left)], patience=5) == []
    before = [net.stations[n].node.coords for n in (left, right)]
    net.restart(middle)
    net.run(4)
    assert [net.stations[n].node.coords for n in (right, left)] == before
    for _ in range(3):
        net.exchange([(left, right), (right, left)], patience=1)
    assert net.exchange([(left, right), (right, left)], patience=1) == []


@pytest.mark.parametrize("seed", range(30, 38))
def test_hub_that_is_back_before_its_leaves_gave_it_up_has_a_place_of_its_own_for_each(seed: int) -> None:
    """A leaf that had no tick meanwhile believes it has its old port, which another may have been given by now."""
    net = settled(Network(5, star(5), seed))
    net.restart(0, pause=0.3)
    net.run(4)
    net.check()
    assert net.exchange(list(permutations(range(5), 2)), patience=5) == []


@pytest.mark.parametrize("seed", range(70, 76))
def test_leaf_that_was_root_while_the_hub_was_away_is_found_by_all(seed: int) -> None:
    """The others have the same ports under the next root as under that leaf, and go on without it as their root."""
    net = settled(Network(5, star(5), seed))
    net.restart(0)
    net.run(4)
    assert net.exchange(list(permutations(range(5), 2)), patience=5) == []


class HubOfReferences(Station):
    """The hub is ours; its leaves stay at a port, like the reference, until they renew their announce."""

    def make_node(self, identity: FakeIdentity, crypto: FakeCrypto, options: NodeOptions) -> Node:
        node = super().make_node(identity, crypto, options)
        if self.name != "n0":
            node._tree._misplaced = lambda: False  # type: ignore[method-assign]
        return node


def redial(net: Network, seconds: float) -> None:
    """Time passes, and what is down is dialled again after more than a second."""
    end = net.world.now + seconds
    while net.world.now < end:
        down = [pair for pair, wire in net.wires.items() if not wire.up]
        net.run(net.world.rng.uniform(1.0, 1.6))
        for pair in down:
            net.link(*pair)


@pytest.mark.parametrize("seed", range(40, 56))
def test_hub_that_is_back_soon_parts_leaves_that_stay_where_it_once_put_them(seed: int) -> None:
    """At once where two stand in one place, and later, when they renew their announces one after the other."""
    net = settled(Network(5, star(5), seed, HubOfReferences))
    net.restart(0, pause=0.3)
    redial(net, 10)
    assert len({station.node.coords for station in net.stations}) == 5
    assert net.exchange(list(permutations(range(5), 2)), patience=5) == []
    redial(net, REFRESH + 10)
    net.check()
    assert net.exchange(list(permutations(range(5), 2)), patience=5) == []


@pytest.mark.parametrize("seed", range(20, 26))
def test_random_churn_never_makes_circles_and_ends_in_one_tree_per_component(seed: int) -> None:
    shape = random_graph(14, 10, random.Random(seed))
    net = Network(14, shape, seed)
    for _ in range(40):
        net.run(net.world.rng.uniform(0.1, 3))
        pair = net.world.rng.choice(shape)
        if pair in net.wires:
            net.cut(*pair)
        else:
            net.link(*pair)
        net.check_circles()
    net.run(3 * SETTLE)
    net.check()
    group = max(net.components(), key=len)
    assert net.exchange([(group[0], n) for n in group[1:]], patience=15) == []
