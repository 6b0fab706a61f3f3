"""Distances and hops, by the captured decisions, by the plain rules, and beside the core."""

from __future__ import annotations

import json
from pathlib import Path as File
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from everleaf import _core
from everleaf.control.effects import Hop, Snapshot
from everleaf.control.router import distance, next_hop
from everleaf.wire.codec import MAX_UINT64, Path

VECTORS = json.loads((File(__file__).parents[2] / "vectors" / "mesh.json").read_text())

places = st.lists(st.integers(1, 4), max_size=5).map(tuple)
hops = st.lists(st.tuples(places, st.integers(1, 5), st.integers(1, 3)), max_size=6).map(
    lambda rows: tuple(Hop(coords, link, cost, age) for link, (coords, cost, age) in enumerate(rows, 1))
)


@pytest.mark.parametrize("v", VECTORS["distance"], ids=lambda v: f"{v['a']}-{v['b']}")
def test_distance_matches_vectors(v: dict[str, Any]) -> None:
    assert distance(tuple(v["a"]), tuple(v["b"])) == v["distance"]


@pytest.mark.parametrize("v", VECTORS["next_hop"]["measured_0_5_14"], ids=lambda v: f"{v['cost_D']}-{v['cost_E']}")
def test_next_hop_matches_decisions_of_0_5_14(v: dict[str, Any]) -> None:
    peers = {"D": Hop((1,), 1, v["cost_D"], 1), "E": Hop((1, 5), 2, v["cost_E"], 2)}
    assert next_hop(Snapshot((), tuple(peers.values())), (1, 5, 6), MAX_UINT64) == (peers[v["chosen"]], 3)


def test_next_hop_is_always_the_destination_when_it_is_a_peer() -> None:
    there = Hop((1, 5, 6), 1, 4294, 2)
    assert next_hop(Snapshot((), (Hop((1, 5), 2, 1, 1), there)), (1, 5, 6), MAX_UINT64) == (there, 3)


@pytest.mark.parametrize(("watermark", "found"), [(4, True), (3, False), (0, False)])
def test_next_hop_needs_our_distance_below_the_watermark(watermark: int, found: bool) -> None:
    hop = next_hop(Snapshot((), (Hop((1,), 1, 1, 1),)), (1, 5, 6), watermark)
    assert (hop is not None) is found


def test_next_hop_is_none_when_no_peer_is_closer() -> None:
    assert next_hop(Snapshot((1,), (Hop((), 1, 1, 1), Hop((1, 2), 2, 1, 2))), (1, 5), MAX_UINT64) is None


@given(places, hops, places, st.integers(0, 12))
def test_next_hop_goes_strictly_closer_and_lowers_the_watermark(
    coords: Path, peers: tuple[Hop, ...], path: Path, watermark: int
) -> None:
    chosen = next_hop(Snapshot(coords, peers), path, watermark)
    if chosen:
        hop, lowered = chosen
        assert distance(path, hop.coords) < lowered == distance(path, coords) < watermark


@given(places, hops, places, st.integers(0, 12) | st.just(MAX_UINT64))
def test_next_hop_agrees_with_the_core(coords: Path, peers: tuple[Hop, ...], path: Path, watermark: int) -> None:
    chosen = next_hop(Snapshot(coords, peers), path, watermark)
    ours = (chosen[0].link, chosen[1]) if chosen else None
    rows = [(hop.coords, hop.link, hop.cost, hop.age) for hop in peers]
    theirs = _core.next_hop(coords, rows, path, watermark)
    if ours != theirs:  # equal in every respect but the link's number: either will do
        assert ours
        assert theirs
        by_link = {hop.link: (hop.coords, hop.cost, hop.age) for hop in peers}
        ranks = [(c * distance(path, k), distance(path, k), c, a) for k, c, a in (by_link[ours[0]], by_link[theirs[0]])]
        assert ranks[0] == ranks[1]
