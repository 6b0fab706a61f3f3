"""Which announce wins, who stands where, and how much a peer may make us remember."""

from __future__ import annotations

import json
from itertools import pairwise
from pathlib import Path as File
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from everleaf.control import infos as infos_module
from everleaf.control import parent as parent_module
from everleaf.control.infos import LIFETIME, LOOSE_PER_PEER, Infos, Place, Verdict
from everleaf.control.parent import choose_parent
from everleaf.wire.codec import MAX_PORTS
from everleaf.wire.tree import Announce
from sim.crypto import FakeIdentity
from unit.control.reference import ReferenceInfos
from unit.control.rig import announced, identities, rooted

VECTORS = json.loads((File(__file__).parents[2] / "vectors" / "mesh.json").read_text())
KEYS = dict(zip("ABCD", identities(4), strict=True))
A, B, C, D = KEYS.values()
VIA = b"v" * 32
VERDICTS = {"accept": Verdict.BETTER, "equal": Verdict.KNOWN, "refuse": Verdict.WORSE}


def holding(*announces: Announce, own: FakeIdentity = D, table: type[Infos] = Infos) -> Infos:
    infos = table(own.public)
    for announce in announces:
        infos.store(0.0, announce, VIA)
    return infos


@pytest.mark.parametrize("row", VECTORS["announce_order"]["rows"], ids=lambda row: f"{row['stored']}-{row['incoming']}")
def test_judgement_matches_the_reference(row: dict[str, Any]) -> None:
    child = FakeIdentity(b"child")
    stored, incoming = (
        announced(child, KEYS[parent], seq, nonce) for seq, parent, nonce in (row["stored"], row["incoming"])
    )
    assert holding(stored).judge(incoming) is VERDICTS[row["result"].split()[0]]


announces = st.builds(
    lambda parent, seq, nonce, port: announced(A, parent, seq, nonce, port),
    st.sampled_from(list(KEYS.values())),
    st.integers(0, 3),
    st.integers(0, 3),
    st.integers(1, 2),
)


@given(announces, announces)
def test_two_nodes_never_refuse_each_others_announce(one: Announce, other: Announce) -> None:
    """Else they would answer each other for ever."""
    verdicts = (holding(one).judge(other), holding(other).judge(one))
    assert verdicts in [
        (Verdict.BETTER, Verdict.WORSE),
        (Verdict.WORSE, Verdict.BETTER),
        (Verdict.KNOWN, Verdict.KNOWN),
        (Verdict.TIED, Verdict.TIED),
    ]


def test_reference_would_answer_a_tie_from_both_sides_for_ever() -> None:
    one, other = announced(A, B, port=1), announced(A, B, port=2)
    tables = holding(one, table=ReferenceInfos), holding(other, table=ReferenceInfos)
    assert (tables[0].judge(other), tables[1].judge(one)) == (Verdict.WORSE, Verdict.WORSE)


def test_place_is_the_ports_from_the_root() -> None:
    infos = holding(rooted(A), announced(B, A, port=300), announced(C, B, port=2))
    assert infos.place(C.public) == Place(A.public, (300, 2))
    assert infos.place(A.public) == Place(A.public, ())
    assert infos.ancestry(C.public) == [A.public, B.public, C.public]
    assert infos.walk(C.public) == {C.public: 0, B.public: 1, A.public: 2}


def test_place_is_unknown_below_an_unknown_parent() -> None:
    infos = holding(announced(B, A), announced(C, B))
    assert infos.place(C.public) is None
    assert infos.ancestry(C.public) == [B.public, C.public]
    assert (infos.ancestry(A.public), infos.walk(A.public)) == ([], {})


def test_place_is_unknown_in_a_loop() -> None:
    infos = holding(announced(B, C), announced(C, B))
    assert infos.place(C.public) is None
    assert infos.ancestry(C.public) == [B.public, C.public]


def test_self_parent_with_a_port_is_a_root_without_one() -> None:
    assert holding(announced(A, A, port=9)).place(A.public) == Place(A.public, ())


def test_nobody_stands_deeper_than_the_longest_path() -> None:
    chain = [FakeIdentity(b"deep %d" % n) for n in range(MAX_PORTS + 2)]
    infos = holding(rooted(chain[0]), *(announced(child, parent) for parent, child in pairwise(chain)))
    assert infos.place(chain[MAX_PORTS].public) == Place(chain[0].public, (1,) * MAX_PORTS)
    assert infos.place(chain[MAX_PORTS + 1].public) is None


def test_info_fades_unless_renewed_and_our_own_never() -> None:
    infos = holding(rooted(A), rooted(B), rooted(D), own=D)
    infos.store(1.0, rooted(B, seq=2), VIA)
    assert infos.fade(LIFETIME) == [A.public]
    assert infos.fade(LIFETIME + 1) == [B.public]
    assert infos.fade(1e9) == []
    assert list(infos) == [D.public]


def stranger(n: int) -> Announce:
    return rooted(FakeIdentity(b"stranger %d" % n))


def flood(infos: Infos, via: bytes, count: int) -> int:
    news = [stranger(n) for n in range(count)]
    return sum(infos.admits(new.key, via) and not infos.store(0.0, new, via) for new in news)


def test_one_peer_may_add_a_bounded_number_of_strangers() -> None:
    infos = holding()
    assert flood(infos, VIA, LOOSE_PER_PEER + 5) == LOOSE_PER_PEER
    assert infos.refused == 5
    assert infos.admits(stranger(0).key, VIA)  # what is known may always change
    assert infos.admits(A.public, b"w" * 32)  # and others are not affected


def test_strangers_that_concern_us_do_not_count() -> None:
    infos = holding()
    flood(infos, VIA, LOOSE_PER_PEER)
    assert not infos.admits(A.public, VIA)
    infos.keep({stranger(0).key: None})
    assert infos.admits(A.public, VIA)


def test_reference_keeps_every_stranger() -> None:
    assert flood(holding(table=ReferenceInfos), VIA, 2 * LOOSE_PER_PEER) == 2 * LOOSE_PER_PEER


def test_full_table_evicts_the_oldest_stranger_and_nobody_who_concerns_us(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(infos_module, "MAX_INFOS", 4)
    infos = holding(rooted(D), rooted(A), rooted(B), rooted(C), own=D)
    infos.keep({A.public: None})
    assert infos.store(1.0, stranger(0), VIA) == [B.public]
    assert infos.evicted == 1


# --- the choice of a parent ------------------------------------------------------------------------------------------

ME = FakeIdentity(b"me")


def two_ways() -> Infos:
    """We are below D; C and D are both below the root A."""
    return holding(rooted(A), announced(C, A, port=1), announced(D, A, port=2), announced(ME, D), own=ME)


@pytest.mark.parametrize("v", VECTORS["parent_choice"]["rows"], ids=lambda v: f"{v['cost_D']}-{v['cost_C']}")
def test_parent_matches_measured_choices(v: dict[str, Any]) -> None:
    costs = {D.public: v["cost_D"], C.public: v["cost_C"]}
    for refresh, chosen in ((False, v["without_refresh"]), (True, v["at_refresh"])):
        choice = choose_parent(ME.public, two_ways(), costs, [D.public, C.public], refresh)
        assert (choice.root, choice.parent) == (A.public, KEYS[chosen].public)


def test_parent_is_the_way_to_the_lowest_root_whatever_it_costs() -> None:
    infos = holding(rooted(A), rooted(B), announced(ME, B), own=ME)
    choice = choose_parent(ME.public, infos, {A.public: 4294, B.public: 1}, [A.public, B.public], refresh=False)
    assert choice.parent == A.public


def test_parent_is_never_below_us() -> None:
    infos = holding(rooted(ME), announced(B, ME), own=ME)
    assert choose_parent(ME.public, infos, {B.public: 1}, [B.public], refresh=True).parent == ME.public


def test_parent_that_is_gone_is_replaced_by_the_cheapest_without_a_refresh() -> None:
    costs = {C.public: 5}
    assert choose_parent(ME.public, two_ways(), costs, [C.public], refresh=False).parent == C.public


def test_lower_key_wins_between_equals_in_any_order() -> None:
    infos = holding(rooted(A), announced(C, A, port=1), announced(D, A, port=2), rooted(ME), own=ME)
    costs = {C.public: 5, D.public: 5}
    for order in ([C.public, D.public], [D.public, C.public]):
        assert choose_parent(ME.public, infos, costs, order, refresh=True).parent == C.public


def test_reference_takes_whichever_of_two_equals_comes_first(monkeypatch: pytest.MonkeyPatch) -> None:
    """And nothing there keeps them in an order, so the same network becomes another tree each time."""
    monkeypatch.setattr(parent_module, "sorted", list, raising=False)
    infos = holding(rooted(A), announced(C, A, port=1), announced(D, A, port=2), rooted(ME), own=ME)
    costs = {C.public: 5, D.public: 5}
    orders = ([C.public, D.public], [D.public, C.public])
    chosen = [choose_parent(ME.public, infos, costs, order, refresh=True).parent for order in orders]
    assert chosen == [C.public, D.public]
