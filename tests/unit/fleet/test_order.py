"""In which order and in what company hosts are changed."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from everleaf_fleet.model.fleet import Fleet, Gate, HostSpec, Upgrade
from everleaf_fleet.model.graph import graph
from everleaf_fleet.order import batches, by_overlay

OUTSIDE = "tls://public.example:443"


def fleet_of(peers, *, overlay=(), shares=("1", "50%", "100%"), min_peers=1):
    """A fleet of hosts with these peers; those in `overlay` are reached by it."""
    hosts = {
        name: HostSpec(name, "200::1" if name in overlay else "192.0.2.1", "debian", "systemd", peers=tuple(others))
        for name, others in peers.items()
    }
    upgrade = Upgrade(batch=tuple(shares), gate=Gate(min_peers))
    return Fleet(Path("fleet.toml"), "lab", "1", "dist", names=True, hosts=hosts, upgrade=upgrade)


def line(*names):
    """Each dials the one before."""
    return {name: [before] if before else [] for name, before in zip(names, ["", *names], strict=False)}


RING = {"a": "db", "b": "c", "c": "d", "d": ""}
MESH = {"a": "bcd", "b": "cd", "c": "d", "d": ""}
STAR = {"hub": "", "a": ["hub"], "b": ["hub"], "c": ["hub"]}

CASES = [
    ("leaves of a star before their hub", fleet_of(STAR, shares=["1", "100%"]), ["a", "bc", ["hub"]]),
    ("never both neighbours in a ring", fleet_of(RING, shares=["100%"]), ["ab", "cd"]),
    ("never all three peers in a mesh", fleet_of(MESH, shares=["100%"]), ["ab", "cd"]),
    ("one after the other when each is somebody's only other peer", fleet_of({"a": "bc", "b": "c", "c": ""}), [*"abc"]),
    ("sizes in their turn, and the last one again", fleet_of({name: [OUTSIDE] for name in "abcdef"}, shares=["1", "2"]),
     ["a", "bc", "de", "f"]),
    ("a share of nearly nothing is one", fleet_of({name: [OUTSIDE] for name in "abc"}, shares=["1%"]), [*"abc"]),
    ("farthest first where the overlay is the way", fleet_of(line(*"abcd"), overlay="bcd"), [*"dcba"]),
    ("no batch across the two ends of such a way",
     fleet_of({"a": [OUTSIDE], "b": [OUTSIDE], "c": "ab", "d": "ab"}, overlay="cd", shares=["100%"]), ["cd", "a", "b"]),
    ("a host that the overlay reaches over others", fleet_of({"a": [OUTSIDE], "b": [OUTSIDE]}, overlay="b"), [*"ba"]),
]  # fmt: skip


@pytest.mark.parametrize(("fleet", "wanted"), [case[1:] for case in CASES], ids=[case[0] for case in CASES])
def test_order_is(fleet, wanted):
    assert batches(fleet, list(fleet.hosts), list(fleet.hosts)) == tuple(tuple(batch) for batch in wanted)


def test_hosts_where_nothing_runs_come_last_and_together():
    assert batches(fleet_of(line(*"abcd")), "abcd", "ab") == (("a",), ("b",), ("c", "d"))
    assert batches(fleet_of(line(*"abcd")), "abcd", "") == (("a", "b", "c", "d"),)


def test_host_whose_peers_do_not_run_yet_waits_for_them():
    """Its gate asks for a peer: alone it would go back."""
    assert batches(fleet_of(line(*"ab")), "ab", "a") == (("a", "b"),)
    assert batches(fleet_of(line(*"ab"), min_peers=0), "ab", "a") == (("a",), ("b",))


def test_peer_that_does_not_run_is_no_way_out():
    spare = {"h": "abc", "a": [OUTSIDE], "b": [OUTSIDE], "c": [OUTSIDE]}
    assert batches(fleet_of(spare, shares=["100%"]), "ab", "habc") == (("a", "b"),)
    assert batches(fleet_of(spare, shares=["100%"]), "ab", "hab") == (("a",), ("b",))


@pytest.mark.parametrize(
    ("address", "connector", "wanted"),
    [("200:1::1", "ssh", True), ("2001:db8::1", "ssh", False), ("fra1", "ssh", False), ("fra1", "overlay", True)],
)
def test_overlay_is_known_by_address_or_connector(address, connector, wanted):
    assert by_overlay(HostSpec("h", address, "debian", "systemd", connector=connector)) is wanted


@st.composite
def situations(draw):
    """A fleet, who is changed, and where a node runs."""
    names = [f"h{number}" for number in range(draw(st.integers(1, 9)))]
    word = st.sampled_from([*names, OUTSIDE])
    peers = {name: [w for w in draw(st.lists(word, max_size=4, unique=True)) if w != name] for name in names}
    some = st.sets(st.sampled_from(names))
    shares = draw(st.lists(st.sampled_from(["1", "2", "30%", "100%"]), min_size=1, max_size=3))
    return fleet_of(peers, overlay=draw(some), shares=shares), sorted(draw(some)), draw(some)


@given(situations())
def test_every_order_changes_each_host_once_and_leaves_each_a_peer(situation):
    fleet, changing, running = situation
    made = batches(fleet, changing, running)
    assert sorted(name for batch in made for name in batch) == changing
    links = {name: {other for other in others if other in running} for name, others in graph(fleet).items()}
    judged = [batch for batch in made if not _is_last(fleet, links, running, batch)]
    for batch in judged:
        for name in running:
            bare = (len(links[name]) > 1 or (links[name] and name in batch)) and OUTSIDE not in fleet.hosts[name].peers
            assert not (bare and links[name] <= set(batch)), f"{batch} has all peers of {name}"


@given(situations())
def test_every_order_starts_with_the_first_size_and_keeps_to_the_ways(situation):
    fleet, changing, _ = situation
    fleet = replace(fleet, upgrade=replace(fleet.upgrade, gate=Gate(min_peers=0)))
    made = batches(fleet, changing, list(fleet.hosts))
    if fleet.upgrade.batch[0] == "1" and made:
        assert len(made[0]) == 1
    place = {name: number for number, batch in enumerate(made) for name in batch}
    links = graph(fleet)
    for name in changing:
        if by_overlay(fleet.hosts[name]) and all(not by_overlay(fleet.hosts[other]) for other in links[name]):
            assert all(place[name] < place[other] for other in links[name] if other in place)


def _is_last(fleet, links, running, batch):
    """The batch of those that could not pass alone."""
    dials = {name: len(links[name]) + fleet.hosts[name].peers.count(OUTSIDE) for name in batch}
    return any(name not in running or not dials[name] for name in batch)
