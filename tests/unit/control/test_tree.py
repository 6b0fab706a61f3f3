"""The tree by its events: joining, losing, telling, proving."""

from __future__ import annotations

import pytest

from everleaf.control.effects import DropLink, Effect, Hop, SendFrame, TrustLink
from everleaf.control.infos import LOOSE_PER_PEER
from everleaf.control.landmarks import Bearing
from everleaf.control.probes import ANSWER_DEADLINE, PROBE_INTERVAL, UNKNOWN_COST
from everleaf.control.throttle import TokenBucket
from everleaf.control.tree import REFRESH, Tree
from everleaf.wire.tree import Announce, SigReq, SigRes, statement
from sim.crypto import FakeIdentity
from unit.control.reference import ReferencePorts, ReferenceTree
from unit.control.rig import WALL, TreeRig, announced, identities, messages, rooted, vote

A, B, C, D, E = identities(5)


def joined() -> TreeRig:
    """C below A, at port 1."""
    rig = TreeRig(C)
    link = rig.meet(0.1, 1, A)
    rig.tree.announce(0.2, link, rooted(A))
    rig.tick(1.0)
    return rig


# --- our place -------------------------------------------------------------------------------------------------------


def test_new_node_is_a_root_of_one() -> None:
    tree = TreeRig(C).tree
    assert (tree.root, tree.parent, tree.coords) == (C.public, C.public, ())


def test_first_seq_is_the_date_so_nobody_holds_on_to_an_earlier_life() -> None:
    assert TreeRig(C).tree.entries()[0].sequence == int(WALL)


def test_earlier_life_is_outdated_at_once_and_haunts_the_reference() -> None:
    """A peer still has our announce of before the restart, with a seq that was counted up from 1."""
    taken = []
    for kind in (TreeRig(C), TreeRig(C, ReferenceTree)):
        link = kind.meet(0.1, 1, A)
        kind.tree.announce(0.2, link, rooted(A))
        kind.tree.announce(0.3, link, announced(C, A, seq=500, port=66))
        taken.append(kind.tree.coords)
        kind.tick(1.0)
        taken.append(kind.tree.coords)
    assert taken == [(), (1,), (66,), (66,)]


def test_join_takes_the_signed_place_and_announces_it_in_order() -> None:
    rig = TreeRig(C)
    link = rig.meet(0.1, 1, A)
    asked = link.probe.asked
    assert asked
    rig.tree.announce(0.2, link, rooted(A))
    sent = messages(rig.tree.tick(1.0))
    assert [type(message) for message in sent] == [SigReq, Announce]
    assert sent[1] == announced(C, A, asked.seq, asked.nonce, port=1)
    assert (rig.tree.root, rig.tree.parent, rig.tree.coords) == (A.public, A.public, (1,))


def test_node_without_a_vote_does_not_join() -> None:
    rig = TreeRig(C)
    link = rig.link(0.1, 1, A)
    rig.tree.announce(0.2, link, rooted(A))
    rig.tick(1.0)
    assert rig.tree.parent == C.public


def test_lost_parent_makes_a_root_at_the_second_tick() -> None:
    rig = joined()
    rig.unlink(1.5, 1)
    rig.tick(2.0)
    assert rig.tree.parent == A.public
    rig.tick(3.0)
    assert (rig.tree.parent, rig.tree.coords) == (C.public, ())


def test_lost_parent_is_replaced_at_the_next_tick_when_another_leads_to_the_root() -> None:
    rig = joined()
    link = rig.meet(1.1, 2, B)
    rig.tree.announce(1.2, link, announced(B, A, port=7))
    rig.unlink(1.5, 1)
    rig.tick(2.0)
    assert (rig.tree.parent, rig.tree.coords) == (B.public, (7, 1))


def test_parent_that_is_back_before_we_gave_it_up_gives_another_port_and_we_stand_there_at_once() -> None:
    """It may have given the old one to a sibling: two nodes in one place, and what is for one goes to the other."""
    rig = joined()
    rig.unlink(1.2, 1)
    link = rig.link(1.4, 2, A)
    rig.vote(1.5, link, A, port=9)
    rig.tick(2.0)
    assert (rig.tree.parent, rig.tree.coords) == (A.public, (9,))
    before = rig.tree.entries()
    rig.vote(2.1, link, A, port=9)
    rig.tick(3.0)
    assert rig.tree.entries() == before


def test_root_renews_its_announce_every_four_minutes_and_a_tick() -> None:
    rig = TreeRig(C)
    seqs = []
    for second in range(1, int(REFRESH) + 3):
        rig.tick(float(second))
        seqs.append(rig.tree.entries()[0].sequence)
    assert [seq - int(WALL) for seq in seqs[-3:]] == [0, 1, 1]


def test_child_renews_with_the_place_it_was_given_last() -> None:
    rig = joined()
    link = rig.peers.links_of(A.public)[0]
    rig.vote(1.1, link, A, port=9)
    rig.tick(1.0 + REFRESH)
    assert rig.tree.coords == (9,)


def test_own_announce_from_an_earlier_life_is_outbid_two_ticks_later() -> None:
    rig = joined()
    [link] = rig.peers.links_of(A.public)
    old = announced(C, A, seq=int(WALL) + 1000, nonce=5, port=3)
    assert rig.tree.announce(1.5, link, old) == []
    rig.tick(2.0)
    rig.tick(3.0)
    mine = next(entry for entry in rig.tree.entries() if entry.key == C.public)
    assert mine.sequence == old.seq + 1


# --- our children ----------------------------------------------------------------------------------------------------


def adopting(tree: type[Tree] = Tree, *, second: int) -> TreeRig:
    """A with C at port 1, where it has it, and D, which has port 2 of A and says that it stands at `second`."""
    rig = TreeRig(A, tree)
    for number, (child, port) in enumerate([(C, 1), (D, second)], start=1):
        rig.tree.announce(0.2, rig.meet(0.1, number, child), announced(child, A, port=port))
    return rig


def dropped(effects: list[Effect]) -> list[int]:
    return [effect.link for effect in effects if isinstance(effect, DropLink)]


def test_child_where_another_belongs_is_sent_away_after_a_tick_and_the_reference_lets_both_stand_there() -> None:
    rig, reference = adopting(second=1), adopting(ReferenceTree, second=1)
    assert [dropped(rig.tick(now)) for now in (1.0, 2.0)] == [[], [2]]
    assert [dropped(reference.tick(now)) for now in (1.0, 2.0, 3.0)] == [[], [], []]


def test_child_at_a_place_of_an_earlier_life_of_ours_may_stay_while_nobody_else_stands_there() -> None:
    rig = adopting(second=9)
    assert [dropped(rig.tick(now)) for now in (1.0, 2.0, 3.0)] == [[], [], []]
    assert [hop.coords for hop in rig.tree.snapshot().hops] == [(1,), (9,)]


def test_child_that_moves_where_it_belongs_within_a_tick_is_not_sent_away() -> None:
    rig = adopting(second=1)
    assert dropped(rig.tick(1.0)) == []
    [link] = rig.peers.links_of(D.public)
    rig.tree.announce(1.5, link, announced(D, A, seq=2, port=2))
    assert [dropped(rig.tick(now)) for now in (2.0, 3.0)] == [[], []]


def test_child_that_was_sent_away_has_a_tick_to_move_when_it_is_back() -> None:
    rig = adopting(second=1)
    rig.tick(1.0)
    rig.unlink(1.1, 2)
    rig.meet(1.2, 3, D)
    assert [dropped(rig.tick(now)) for now in (2.0, 3.0)] == [[], [3]]


def test_children_at_one_place_of_earlier_lives_are_both_sent_away() -> None:
    rig = adopting(second=9)
    rig.tree.announce(0.3, rig.meet(0.3, 3, E), announced(E, A, port=9))
    assert [dropped(rig.tick(now)) for now in (1.0, 2.0)] == [[], [2, 3]]


# --- announces -------------------------------------------------------------------------------------------------------


def test_worse_announce_is_answered_with_ours_on_that_link_only() -> None:
    rig = joined()
    [link] = rig.peers.links_of(A.public)
    rig.tree.announce(1.1, link, announced(D, A, seq=3))
    assert rig.tree.announce(1.2, link, announced(D, A, seq=2)) == [
        SendFrame(link.number, announced(D, A, seq=3).frame())
    ]


def test_tie_is_never_answered_and_the_reference_always_does() -> None:
    for tree, answers in ((TreeRig(C), 0), (TreeRig(C, ReferenceTree), 3)):
        link = tree.meet(0.1, 1, A)
        tree.tree.announce(0.2, link, announced(D, A, port=1))
        sent = [tree.tree.announce(0.3, link, announced(D, A, port=2)) for _ in range(3)]
        assert sum(map(len, sent)) == answers


def test_known_and_worse_announces_cost_no_signature_check() -> None:
    checks = []
    for kind in (TreeRig(C), TreeRig(C, ReferenceTree)):
        link = kind.meet(0.1, 1, A)
        kind.tree.announce(0.2, link, announced(D, A, seq=3))
        kind.crypto.verified = 0
        kind.tree.announce(0.3, link, announced(D, A, seq=3))
        kind.tree.announce(0.4, link, announced(D, A, seq=2))
        checks.append(kind.crypto.verified)
    assert checks == [0, 4]


@pytest.mark.parametrize("spoil", ["psig", "sig"])
def test_announce_with_a_bad_signature_ends_the_link(spoil: str) -> None:
    rig = joined()
    good = announced(D, A)
    fields = {name: getattr(good, name) for name in ("key", "parent", "seq", "nonce", "port", "psig", "sig")}
    bad = Announce(**{**fields, spoil: bytes(64)})
    effects = rig.tree.announce(1.1, rig.peers.links_of(A.public)[0], bad)
    assert [type(effect) for effect in effects] == [DropLink]


def test_announce_without_a_port_ends_the_link_unless_it_is_a_root() -> None:
    rig = joined()
    [link] = rig.peers.links_of(A.public)
    assert [type(effect) for effect in rig.tree.announce(1.1, link, announced(D, A, port=0))] == [DropLink]
    assert rig.tree.announce(1.2, link, rooted(D)) == []


def test_peer_is_told_our_ancestry_and_its_own_root_first_and_once() -> None:
    rig = joined()
    link = rig.meet(1.1, 2, E)
    rig.tree.announce(1.2, link, rooted(E))
    told = [m.key for m in messages(rig.tree.tick(2.0), 2) if isinstance(m, Announce)]
    assert told == [A.public, C.public]  # it has its own
    assert messages(rig.tree.tick(3.0), 2) == []


def test_peer_is_told_again_when_something_changes_but_not_what_it_told() -> None:
    rig = joined()
    other = rig.meet(1.1, 2, E)
    rig.tick(2.0)
    rig.tree.announce(2.1, other, rooted(A, seq=2))
    assert [m.seq for m in messages(rig.tree.tick(3.0), 1) if isinstance(m, Announce)] == [2]
    assert messages(rig.tree.tick(3.0), 2) == []


def test_further_link_hears_at_once_what_the_first_was_told() -> None:
    rig = joined()
    rig.link(1.5, 2, A)
    assert [type(message) for message in messages(rig.sent, 2)][:-2] == [Announce, Announce]


def test_strangers_are_bounded_per_peer() -> None:
    rig = joined()
    [link] = rig.peers.links_of(A.public)
    for n in range(LOOSE_PER_PEER + 10):
        rig.tree.announce(2.0, link, rooted(FakeIdentity(b"stranger %d" % n)))
    assert len(rig.tree.entries()) == LOOSE_PER_PEER + 2
    assert rig.tree.counters()["infos_refused"] == 10


def test_strangers_on_an_unproven_link_leave_the_peer_its_allowance() -> None:
    """Somebody who recorded a greeting of A links as A."""
    rig = joined()
    [honest] = rig.peers.links_of(A.public)
    poser = rig.link(1.5, 2, A)
    for n in range(LOOSE_PER_PEER + 10):
        rig.tree.announce(2.0, poser, rooted(FakeIdentity(b"stranger %d" % n)))
    assert rig.tree.counters()["infos_refused"] == 10
    rig.tree.announce(2.0, honest, rooted(D))
    assert D.public in {entry.key for entry in rig.tree.entries()}


def test_snapshot_is_made_anew_only_after_a_change() -> None:
    """Anybody can send a known announce at any rate, and a snapshot names every peer."""
    rig = joined()
    link = rig.meet(1.1, 2, E)
    rig.tree.announce(1.2, link, announced(E, C, port=2))
    before = rig.tree.snapshot()
    rig.tree.announce(1.3, link, announced(E, C, port=2))
    assert rig.tree.snapshot() is before
    rig.tree.announce(1.4, link, announced(E, C, seq=2, port=3))
    assert rig.tree.snapshot() != before
    rig.unlink(1.5, 2)
    assert [hop.link for hop in rig.tree.snapshot().hops] == [1]


@pytest.mark.parametrize(("limit", "believed"), [(TokenBucket(1e9, 1e9), 1999), (None, 512)])
def test_signature_checks_are_bounded_per_link(limit: TokenBucket | None, believed: int) -> None:
    """The reference has no such limit; each announce costs two checks."""
    rig = joined()
    [link] = rig.peers.links_of(A.public)
    link.announces = limit or link.announces
    rig.crypto.verified = 0
    for seq in range(1, 2000):
        rig.tree.announce(2.0, link, rooted(D, seq))
    assert rig.crypto.verified == 2 * believed
    assert rig.tree.counters()["announces_limited"] == 1999 - believed


def test_replayed_announce_is_counted() -> None:
    rig = joined()
    [link] = rig.peers.links_of(A.public)
    told = [rooted(D, seq) for seq in (2, 2, 1)]
    assert [len(rig.tree.announce(2.0, link, new)) for new in told] == [0, 0, 1]
    assert rig.tree.counters()["announces_outdated"] == 1


# --- links -----------------------------------------------------------------------------------------------------------


def test_signatures_on_demand_are_bounded_per_link() -> None:
    """The reference signs whatever is asked, as often as it is asked."""
    rig = TreeRig(C)
    link = rig.link(0.1, 1, A)
    answers = [effect for n in range(1000) for effect in rig.tree.sig_req(0.2, link, SigReq(5, n))]
    answers += [effect for n in range(1000) for effect in rig.tree.sig_res(0.2, link, vote(A, C.public, SigReq(5, n)))]
    assert len(answers) == 128
    assert (rig.tree.counters()["votes_limited"], link.excess) == (2000 - 128, {"votes"})


def test_sig_req_is_answered_at_once_whatever_it_says() -> None:
    rig = TreeRig(C)
    link = rig.link(0.1, 1, A)
    [answer] = messages(rig.tree.sig_req(0.2, link, SigReq(2**64 - 1, 0)))
    assert answer == SigRes(2**64 - 1, 0, 1, C.sign(statement(A.public, C.public, 2**64 - 1, 0, 1)))


def test_link_is_proved_by_a_fresh_signature() -> None:
    rig = TreeRig(C)
    link = rig.link(0.1, 1, A)
    assert rig.vote(0.2, link, A) == [TrustLink(1)]
    assert rig.vote(0.3, link, A) == []


def test_recorded_signature_proves_nothing() -> None:
    """Somebody who recorded a greeting and an answer of A links as A."""
    rig = TreeRig(C)
    honest = rig.link(0.1, 1, A)
    assert honest.probe.asked
    recorded = vote(A, C.public, honest.probe.asked)
    rig.tree.sig_res(0.2, honest, recorded)
    poser = rig.link(0.3, 2, A)
    assert rig.tree.sig_res(0.4, poser, recorded) == []
    assert not poser.trusted


def test_reference_believes_whoever_says_he_is_the_peer() -> None:
    rig = TreeRig(C, ReferenceTree)
    rig.link(0.1, 1, A)
    assert [hop.link for hop in rig.tree.snapshot().hops] == [1]


def test_unproven_link_is_no_hop_and_no_tree_neighbour() -> None:
    rig = TreeRig(C)
    link = rig.link(0.1, 1, A)
    rig.tree.announce(0.2, link, announced(A, C))
    rig.tick(1.0)
    assert (rig.tree.snapshot().hops, rig.tree.on_tree()) == ((), [])
    rig.vote(1.1, link, A)
    assert rig.tree.on_tree() == [A.public]


def test_poser_cannot_make_us_believe_that_the_peer_has_an_announce() -> None:
    rig = joined()
    rig.tree.announce(1.1, rig.link(1.1, 2, A), announced(C, A, seq=int(WALL) + 9))
    assert any(isinstance(m, Announce) and m.key == C.public for m in messages(rig.tree.tick(2.0), 1))


def test_bad_signature_in_sig_res_ends_the_link() -> None:
    rig = TreeRig(C)
    link = rig.link(0.1, 1, A)
    assert rig.tree.sig_res(0.2, link, SigRes(1, 1, 1, bytes(64))) == [DropLink(1, "bad signature in sig_res")]


def test_place_at_port_zero_is_not_taken() -> None:
    rig = TreeRig(C)
    link = rig.link(0.1, 1, A)
    assert rig.vote(0.2, link, A, port=0) == []
    rig.tree.announce(0.3, link, rooted(A))
    rig.tick(1.0)
    assert rig.tree.parent == C.public


def test_each_link_is_asked_with_a_nonce_of_its_own() -> None:
    for tree, different in ((TreeRig(C), True), (TreeRig(C, ReferenceTree), False)):
        asked = [tree.link(0.1, number, A).probe.asked for number in (1, 2)]
        assert asked[0]
        assert asked[1]
        assert (asked[0].nonce != asked[1].nonce) is different


def test_calm_link_is_asked_every_thirty_seconds_and_the_reference_waits_for_the_renewal() -> None:
    questions = []
    for kind in (ReferenceTree, type(joined().tree)):
        rig = TreeRig(C, kind)
        link = rig.meet(0.1, 1, D)
        asked = 0
        for second in range(1, int(4 * PROBE_INTERVAL)):
            asked += sum(isinstance(m, SigReq) for m in messages(rig.tick(float(second)), 1))
            rig.vote(second + 0.01, link, D)
        questions.append(asked)
    assert questions == [0, 3]


def test_vote_from_a_probe_is_as_good_as_any() -> None:
    rig = TreeRig(C)
    link = rig.meet(0.1, 1, A)
    rig.tick(PROBE_INTERVAL + 1)
    rig.vote(PROBE_INTERVAL + 1.1, link, A, port=4)
    rig.tree.announce(PROBE_INTERVAL + 1.2, link, rooted(A))
    rig.tick(PROBE_INTERVAL + 2)
    assert rig.tree.coords == (4,)


def test_link_that_leaves_the_question_unanswered_is_dropped() -> None:
    rig = TreeRig(C)
    rig.link(0.0, 1, A)
    assert not any(isinstance(effect, DropLink) for effect in rig.tick(ANSWER_DEADLINE - 1))
    assert DropLink(1, "sig_req unanswered for 30 s") in rig.tick(ANSWER_DEADLINE)


def test_cost_starts_at_twice_the_round_trip_and_then_follows_it() -> None:
    rig = TreeRig(C)
    link = rig.link(0.0, 1, A)
    assert link.probe.cost == UNKNOWN_COST
    rig.vote(0.080, link, A)
    assert link.probe.cost == 160
    rig.vote(0.090, link, A)  # no second sample of one question
    assert link.probe.cost == 160
    rig.tick(31.0)
    rig.vote(31.081, link, A)
    assert link.probe.cost == 150


def test_hops_are_the_best_links_of_peers_and_of_one_elsewhere_only_what_is_for_it_comes_near() -> None:
    rig = joined()
    spare = rig.meet(1.1, 2, A, trip=0.001)
    stranger = rig.meet(1.2, 3, E)
    rig.tree.announce(1.3, stranger, rooted(E))
    beside = (*rig.tree.coords, rig.peers.port(E.public))
    elsewhere = Hop(beside, stranger.number, stranger.probe.cost, stranger.age)
    assert rig.tree.snapshot().hops == (Hop((), spare.number, spare.probe.cost, spare.age), elsewhere)
    assert rig.tree.landmarks().place(E.public, Bearing(b"", ())) == beside


def test_peers_hear_at_once_of_a_move_above_us_but_of_a_renewal_at_the_tick() -> None:
    rig = joined()
    rig.meet(1.1, 2, D)
    rig.tick(2.0)
    assert rig.tree.flush() == []
    up = rig.peers.link(1)
    assert up is not None
    moved = announced(A, B, seq=2)
    rig.tree.announce(2.1, up, rooted(B))
    rig.tree.announce(2.2, up, moved)
    assert messages(rig.tree.flush(), 2) == [rooted(B), moved]
    renewed = announced(A, B, seq=3)
    rig.tree.announce(2.3, up, renewed)
    assert rig.tree.flush() == []
    assert messages(rig.tick(3.0), 2)[:1] == [renewed]


def test_reference_lets_a_move_wait_for_the_tick() -> None:
    rig = TreeRig(C, ReferenceTree, ReferencePorts)
    link = rig.meet(0.1, 1, A)
    rig.tree.announce(0.2, link, rooted(A))
    rig.tick(1.0)
    rig.tree.announce(1.1, link, announced(A, B, seq=2))
    assert rig.tree.flush() == []


def test_reference_takes_a_peer_of_another_root_for_comparable() -> None:
    rig = TreeRig(C, ReferenceTree, ReferencePorts)
    link = rig.meet(0.1, 1, A)
    rig.tree.announce(0.2, link, rooted(A))
    rig.tick(1.0)
    rig.tree.announce(1.3, rig.meet(1.2, 3, E), rooted(E))
    assert [hop.coords for hop in rig.tree.snapshot().hops] == [(), ()]
