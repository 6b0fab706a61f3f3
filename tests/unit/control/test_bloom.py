"""Hashes as captured, and filters that grow at once and shrink a tick later."""

from __future__ import annotations

import json
from pathlib import Path as File
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from everleaf.address import key_of_subnet, subnet_of, transform
from everleaf.control.bloom import BLANK, REPEAT_TICKS, Filters, bit_numbers, bits_of
from everleaf.control.effects import Effect
from everleaf.control.murmur import murmur3
from everleaf.control.peers import PeerLink, Peers
from everleaf.control.ports import Ports
from everleaf.wire.bloom import Bloom
from unit.control.reference import ReferenceFilters
from unit.control.rig import messages

VECTORS = json.loads((File(__file__).parents[2] / "vectors" / "mesh.json").read_text())["bloom_hash"]
OWN, LEFT, RIGHT = (bytes([n]) * 32 for n in (1, 2, 3))


def test_murmur3_matches_its_check_value() -> None:
    check = VECTORS["murmur_check"]
    assert murmur3(bytes.fromhex(check["input_hex"])) == (int(check["h1"], 16), int(check["h2"], 16))


@pytest.mark.parametrize("v", VECTORS["keys"], ids=lambda v: v["public_key"][:8])
def test_bits_match_vectors(v: dict[str, Any]) -> None:
    key, bloom_key = bytes.fromhex(v["public_key"]), bytes.fromhex(v["bloom_key"])
    halves = [f"{half:016x}" for half in (*murmur3(bloom_key), *murmur3(bloom_key + b"\1"))]
    assert (transform(key), halves, list(bit_numbers(bloom_key))) == (bloom_key, v["h"], v["bits"])
    assert bits_of(key) == sum(1 << bit for bit in v["bits"])


@given(st.binary(min_size=32, max_size=32))
def test_partial_key_hits_the_bits_of_the_full_key(key: bytes) -> None:
    assert bits_of(key_of_subnet(subnet_of(key))) == bits_of(key)


class FiltersRig:
    """Two trusted peers, both on-tree."""

    def __init__(self, filters: type[Filters] = Filters) -> None:
        self.peers = Peers(Ports())
        self.filters = filters(OWN, self.peers)
        self.left, self.right = self.up(1, LEFT), self.up(2, RIGHT)
        self.tick()

    def up(self, number: int, key: bytes, *, trusted: bool = True) -> PeerLink:
        link = self.peers.up(0.0, number, key, 0)
        link.trusted = trusted
        self.filters.link_up(link)
        return link

    def tick(self, *on_tree: bytes) -> list[Effect]:
        return self.filters.tick(on_tree or (LEFT, RIGHT))

    def told(self, effects: list[Effect], link: PeerLink) -> list[int]:
        return [message.bits for message in messages(effects, link.number) if isinstance(message, Bloom)]


def test_new_peer_is_told_a_blank_filter_and_then_our_own_key() -> None:
    rig = FiltersRig()
    link = rig.peers.up(0.0, 3, b"\4" * 32, 0)
    link.trusted = True
    assert rig.told(rig.filters.link_up(link), link) == [BLANK]
    assert rig.told(rig.tick(LEFT, RIGHT, link.key), link) == [bits_of(OWN)]


def test_filter_has_what_the_others_told_and_never_what_the_peer_told() -> None:
    rig = FiltersRig()
    rig.filters.received(rig.left, bits_of(b"\7" * 32))
    effects = rig.tick()
    assert rig.told(effects, rig.right) == [bits_of(OWN) | bits_of(b"\7" * 32)]
    assert rig.told(effects, rig.left) == []


def shrink(rig: FiltersRig, ticks: int) -> list[list[int]]:
    rig.filters.received(rig.left, bits_of(b"\7" * 32))
    rig.tick()
    rig.filters.received(rig.left, BLANK)
    return [rig.told(rig.tick(), rig.right) for _ in range(ticks)]


def test_bits_go_one_tick_after_they_are_gone() -> None:
    assert shrink(FiltersRig(), 3) == [[], [bits_of(OWN)], []]


def test_reference_keeps_stale_bits_for_ever() -> None:
    assert shrink(FiltersRig(ReferenceFilters), 60) == [[]] * 60


def test_peer_that_leaves_the_tree_is_told_a_blank_filter() -> None:
    rig = FiltersRig()
    assert rig.told(rig.tick(LEFT), rig.right) == [BLANK]
    assert not rig.filters.is_on_tree(RIGHT)


def test_unchanged_filter_is_repeated_once_an_hour() -> None:
    rig = FiltersRig()
    told = [rig.told(rig.tick(), rig.left) for _ in range(REPEAT_TICKS)]
    assert told == [[]] * (REPEAT_TICKS - 1) + [[bits_of(OWN)]]


def test_filter_on_an_unproven_link_counts_once_the_link_is_proved() -> None:
    rig = FiltersRig()
    link = rig.up(3, b"\4" * 32, trusted=False)
    rig.filters.received(link, bits_of(b"\7" * 32))
    on_tree = (LEFT, RIGHT, link.key)
    rig.tick(*on_tree)
    assert rig.filters.targets(b"\7" * 32, None) == []
    link.trusted = True
    rig.tick(*on_tree)
    assert rig.filters.targets(b"\7" * 32, None) == [link]


def test_filter_of_an_off_tree_peer_takes_effect_when_it_gets_on_tree() -> None:
    rig = FiltersRig()
    rig.tick(LEFT)
    rig.filters.received(rig.right, bits_of(b"\7" * 32))
    assert rig.filters.targets(b"\7" * 32, None) == []
    assert rig.told(rig.tick(), rig.left) == [bits_of(OWN) | bits_of(b"\7" * 32)]
    assert rig.filters.targets(b"\7" * 32, None) == [rig.right]
    assert rig.filters.targets(b"\7" * 32, RIGHT) == []


def test_target_is_the_link_with_the_lowest_priority_number() -> None:
    rig = FiltersRig()
    spare = rig.peers.up(0.0, 9, LEFT, 0)
    spare.trusted = True
    rig.filters.link_up(spare)
    rig.left.priority = 5
    rig.filters.received(rig.left, bits_of(b"\7" * 32))
    assert rig.filters.targets(b"\7" * 32, None) == [spare]


def test_remaining_links_hear_the_last_filter_again_when_one_ends() -> None:
    rig = FiltersRig()
    spare = rig.up(9, LEFT)
    rig.peers.down(1.0, spare.number)
    assert rig.told(rig.filters.link_down(spare.number, LEFT), rig.left) == [bits_of(OWN)]
