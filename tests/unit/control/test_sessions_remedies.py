"""What is wrong with the reference's sessions, each shown on its rules, and that ours do better."""

from __future__ import annotations

from dataclasses import replace

import pytest

from everleaf import _core
from everleaf.control import sessions as limits
from everleaf.control.effects import DropKeys, InstallKeys
from everleaf.control.offers import Offers
from everleaf.control.session import MAX_STAMP, PROBE_AFTER, SEQ_WINDOW, SETTLE_FOR, SILENT_AFTER
from everleaf.control.sessions import Sessions
from everleaf.control.waiting import PATIENCE
from everleaf.wire.codec import MAX_UINT64
from everleaf.wire.session import KeyOffer, PayloadKind, Sealed
from unit.control.party import Floors, Party, Windows
from unit.control.reference_sessions import ReferenceSessions

WALL = 1_700_000_000.0
ALICE, BOB = (_core.Identity(name.ljust(32)) for name in (b"alice", b"bob"))
LOW_ORDER = bytes(32)


def mended(identity: _core.Identity, **options) -> Party:
    return Party(identity, Sessions(identity, _core, **options), Windows())


def reference(identity: _core.Identity, **options) -> Party:
    return Party(identity, ReferenceSessions(identity, _core, **options), Floors())


def settle(*parties: Party, now: float = 0.0) -> None:
    """Carry everything until nothing is under way."""
    while any(party.outbox for party in parties):
        for party in parties:
            sent, party.outbox = party.outbox, []
            for dest, payload in sent:
                other = next(other for other in parties if other.key == dest)
                other.deliver(now, WALL + now, party.key, payload)


def talk(make_alice=mended, make_bob=mended) -> tuple[Party, Party]:
    """Two parties that have heard each other."""
    alice, bob = make_alice(ALICE), make_bob(BOB)
    alice.write(0.0, WALL, bob.key, b"\x01ping")
    settle(alice, bob)
    bob.write(0.0, WALL, alice.key, b"\x01pong")
    settle(alice, bob)
    assert (bob.inbox, alice.inbox) == ([b"\x01ping"], [b"\x01pong"])
    alice.inbox.clear()
    bob.inbox.clear()
    return alice, bob


def kinds(party: Party) -> list[int]:
    """What went out since the last call."""
    sent = [payload[0] for _, payload in party.outbox]
    party.outbox.clear()
    return sent


def offer_from(identity: _core.Identity, dest: bytes, *, seq: float, **fields) -> bytes:
    """An init with keys of the test's choice."""
    offer = KeyOffer(b"", _core.BoxKey().public, _core.BoxKey().public, 0, int(seq))
    return Offers(identity, _core, b"").seal(PayloadKind.INIT, dest, replace(offer, **fields))


# --- forged and unopenable traffic -----------------------------------------------------------------------------------


@pytest.mark.parametrize(("make", "most"), [(reference, 500), (mended, 64)])
def test_forged_sources_draw_few_inits(make, most):
    alice = make(ALICE)
    for number in range(500):
        alice.perform(alice.sessions.refused(0.0, WALL, _core.Identity(number.to_bytes(32)).public))
    assert len(kinds(alice)) == most


@pytest.mark.slow
def test_forged_sources_do_not_evict_what_we_wait_for():
    """A minute of forgeries, at more than the rate that is answered, leaves room for our own openings."""
    sessions = Sessions(ALICE, _core)
    sessions.write(0.0, WALL, BOB.public, b"\x01wait")
    for number in range(1500):
        now = number * 0.04
        sessions.refused(now, WALL + now, _core.Identity(number.to_bytes(32)).public)
    assert sessions.counters()["openings_evicted"] == 0
    assert sessions.counters()["strangers_limited"] > 0


@pytest.mark.parametrize(("make", "most"), [(reference, 100), (mended, 8)])
def test_strangers_to_a_group_draw_fewer_inits(make, most):
    """Whoever gets one can test guesses of the group's password."""
    alice = make(ALICE, group_secret=_core.sha256(b"secret"))
    for number in range(100):
        alice.perform(alice.sessions.refused(0.0, WALL, _core.Identity(number.to_bytes(32)).public))
    assert len(kinds(alice)) == most


@pytest.mark.parametrize(("make", "inits"), [(reference, 30), (mended, 3)])
def test_traffic_that_nothing_opens_draws_one_init_a_second(make, inits):
    alice, bob = talk(make)
    for tenth in range(30):
        alice.perform(alice.sessions.refused(10 + tenth / 10, WALL + 10, bob.key))
    assert kinds(alice) == [PayloadKind.INIT] * inits


@pytest.mark.parametrize(("make", "believed"), [(reference, True), (mended, False)])
def test_our_own_packet_sent_back_to_us_is_refused(make, believed):
    """After a repeated offer the reference takes (R, L-1) for the peer's, which is the pair it sealed with."""
    alice, bob = talk(make, reference)
    alice.write(10.0, WALL + 10, bob.key, b"\x01transfer")
    ((_, payload),) = alice.outbox
    alice.outbox.clear()
    offer = bob.sessions._sessions.get(alice.key).offer(int(WALL) + 10)
    repeated = Offers(BOB, _core, b"").seal(PayloadKind.INIT, alice.key, offer)
    alice.deliver(10.0, WALL + 10, bob.key, repeated)
    sent = Sealed.decode(payload)
    mirrored = Sealed(sent.remote_seq, sent.local_seq, sent.nonce, sent.box).encode()
    alice.deliver(10.0, WALL + 10, bob.key, mirrored)
    assert alice.inbox == [b"\x01transfer"] * believed


# --- order and rotation ----------------------------------------------------------------------------------------------


@pytest.mark.parametrize(("make", "arrived"), [(reference, 1), (mended, 3)])
def test_packets_out_of_order_are_delivered(make, arrived):
    alice, bob = talk(mended, make)
    for _ in range(3):
        alice.write(1.0, WALL + 1, bob.key, b"\x01x")
    for _, payload in reversed(alice.outbox):
        bob.deliver(1.0, WALL + 1, alice.key, payload)
    assert len(bob.inbox) == arrived


@pytest.mark.parametrize(("make", "outcome"), [(reference, "refused"), (mended, "opened")])
def test_packets_sealed_before_a_step_are_delivered(make, outcome):
    """And without an init, which would cause the next step."""
    alice, bob = talk(mended, make)
    alice.write(5.0, WALL + 5, bob.key, b"\x01under way")
    ((_, late),) = alice.outbox
    alice.outbox.clear()
    bob.perform(bob.sessions.payload(5.0, WALL + 5, alice.key, offer_from(ALICE, bob.key, seq=WALL + 5, key_seq=9)))
    bob.outbox.clear()
    assert bob.deliver(5.1, WALL + 5, alice.key, late) == outcome


def test_old_keys_are_forgotten_after_ten_seconds():
    alice, bob = talk()
    alice.write(5.0, WALL + 5, bob.key, b"\x01under way")
    ((_, late),) = alice.outbox
    bob.perform(bob.sessions.payload(5.0, WALL + 5, alice.key, offer_from(ALICE, bob.key, seq=WALL + 5, key_seq=9)))
    bob.tick(15.1, WALL + 15)
    assert bob.deliver(15.2, WALL + 15, alice.key, late) == "refused"


def test_no_row_ever_opens_what_we_seal_ourselves():
    alice, bob = talk()
    for second in range(1, 30):
        seq, key_seq = WALL + second, second % 4
        offer = offer_from(ALICE, bob.key, seq=seq, key_seq=key_seq)
        install, *_ = bob.sessions.payload(float(second), seq, alice.key, offer)
        assert isinstance(install, InstallKeys)
        rows = [(row.remote_seq, row.local_seq) for row in install.receive]
        assert (install.remote_seq, install.local_seq) not in rows
        assert len(rows) == len(set(rows)) <= 9


@pytest.mark.parametrize(("make", "fresh"), [(reference, False), (mended, True)])
def test_pair_that_was_not_used_starts_without_a_floor(make, fresh):
    """A peer that moved on early leaves its nonce to the next pair, by the reference's rules."""
    alice, bob = make(ALICE), mended(BOB)
    alice.write(0.0, WALL, bob.key, b"\x01a")
    for _ in range(5):
        bob.write(0.0, WALL, alice.key, b"\x01b")
    init = bob.outbox[0][1]
    bob.deliver(0.0, WALL, alice.key, alice.outbox[0][1])
    alice.deliver(0.0, WALL, bob.key, init)
    last = bob.outbox[-1][1]
    assert alice.deliver(0.0, WALL, bob.key, last) == "opened"
    keys = alice.keys[bob.key]
    steady = (keys.install.remote_seq, keys.install.local_seq - 1)
    row = [(row.remote_seq, row.local_seq) for row in keys.install.receive].index(steady)
    assert alice._windows.accept(keys, row, 1) == fresh


@pytest.mark.parametrize(("make", "keeps"), [(reference, True), (mended, False)])
def test_counting_starts_again_under_each_new_key(make, keeps):
    alice, bob = talk(make)
    offer = offer_from(BOB, alice.key, seq=WALL + 10, key_seq=7)
    install, *_ = alice.sessions.payload(10.0, WALL + 10, bob.key, offer)
    assert install.keep_nonce == keeps


def test_rotation_happens_once_a_minute():
    alice, bob = talk()
    steps = set()
    for second in range(1, 200):
        for one, other in ((alice, bob), (bob, alice)):
            one.write(float(second), WALL + second, other.key, b"\x01")
            settle(alice, bob, now=float(second))
        alice.tick(float(second), WALL + second)
        bob.tick(float(second), WALL + second)
        steps.add(alice.keys[bob.key].install.local_seq)
    assert len(steps) == 4  # the first one, and three minutes


# --- seq and clocks --------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(("make", "made"), [(reference, True), (mended, False)])
@pytest.mark.parametrize("seq", [1000, WALL - SEQ_WINDOW - 1, WALL + SEQ_WINDOW + 2, MAX_UINT64])
def test_recorded_init_makes_no_session(make, made, seq):
    bob = make(BOB)
    bob.deliver(0.0, WALL, ALICE.public, offer_from(ALICE, bob.key, seq=seq))
    assert bob.sessions.established(ALICE.public) == made


@pytest.mark.parametrize("clock", [0.0, WALL - 10 * SEQ_WINDOW, WALL + 10 * SEQ_WINDOW])
@pytest.mark.parametrize("make", [mended, reference])
def test_node_with_a_wrong_clock_gets_its_session(make, clock):
    """One question later."""
    alice, bob = make(ALICE), mended(BOB)
    alice.write(0.0, clock, bob.key, b"\x01hello")
    for _ in range(6):
        for one, other, wall in ((alice, bob, WALL), (bob, alice, clock)):
            sent, one.outbox = one.outbox, []
            for _, payload in sent:
                other.deliver(0.0, wall, one.key, payload)
    assert bob.inbox == [b"\x01hello"]


@pytest.mark.parametrize(("make", "blocked"), [(reference, True), (mended, False)])
def test_init_from_the_far_future_does_not_block_the_next(make, blocked):
    alice, bob = talk(mended, make)
    bob.deliver(1.0, WALL + 1, alice.key, offer_from(ALICE, bob.key, seq=MAX_UINT64))
    bob.outbox.clear()
    bob.deliver(5.0, WALL + 5, alice.key, offer_from(ALICE, bob.key, seq=WALL + 5))
    assert kinds(bob) == ([] if blocked else [PayloadKind.ACK])


@pytest.mark.parametrize(("make", "newer"), [(reference, False), (mended, True)])
def test_two_offers_in_one_second_have_different_seqs(make, newer):
    alice, bob = talk(make)
    offers = Offers(BOB, _core, b"")
    seqs = []
    for _ in range(2):
        alice.perform(alice.sessions._offer(WALL, PayloadKind.INIT, bob.key, alice.sessions._sessions.get(bob.key)))
        _, payload = alice.outbox.pop()
        seqs.append(offers.open(alice.key, payload)[1].seq)
    assert (seqs[1] > seqs[0]) == newer


# --- waiting and giving up -------------------------------------------------------------------------------------------


@pytest.mark.parametrize(("make", "inits"), [(reference, 100), (mended, 4)])
def test_writes_without_a_session_back_off(make, inits):
    alice = make(ALICE)
    for tenth in range(100):
        alice.write(tenth / 10, WALL, BOB.public, b"\x01")
    assert kinds(alice) == [PayloadKind.INIT] * inits  # ours at 0, 1, 3 and 7 s


@pytest.mark.parametrize(("make", "arrived"), [(reference, [b"\x01c"]), (mended, [b"\x01a", b"\x01b", b"\x01c"])])
def test_first_packets_of_a_burst_are_not_lost(make, arrived):
    alice, bob = make(ALICE), mended(BOB)
    for message in (b"\x01a", b"\x01b", b"\x01c"):
        alice.write(0.0, WALL, bob.key, message)
    settle(alice, bob)
    assert bob.inbox == arrived


def test_messages_do_not_wait_for_ever():
    alice = mended(ALICE)
    alice.write(0.0, WALL, BOB.public, b"\x01")
    alice.tick(PATIENCE + 1, WALL)
    assert alice.sessions.counters()["messages_waited_in_vain"] == 1
    kinds(alice)
    alice.tick(PATIENCE + 20, WALL)
    assert kinds(alice) == []  # nothing to say, so no more inits


@pytest.mark.parametrize(("most", "kept"), [(10**9, [True, True, True]), (2, [False, True, True])])
def test_sessions_are_limited(monkeypatch, most, kept):
    """The reference has as many as others want."""
    monkeypatch.setattr(limits, "MAX_SESSIONS", most)
    sessions = Sessions(ALICE, _core)
    others = [_core.Identity(bytes((number,)) * 32) for number in range(3)]
    for other in others:
        effects = sessions.payload(0.0, WALL, other.public, offer_from(other, ALICE.public, seq=WALL))
    assert (DropKeys(others[0].public) in effects) != kept[0]
    assert [sessions.established(other.public) for other in others] == kept
    assert sessions.counters()["sessions_evicted"] == kept.count(False)


@pytest.mark.parametrize(("most", "evicted"), [(10**9, 0), (2, 1)])
def test_openings_are_limited(monkeypatch, most, evicted):
    monkeypatch.setattr(limits, "MAX_OPENINGS", most)
    sessions = Sessions(ALICE, _core)
    for number in range(3):
        sessions.write(0.0, WALL, _core.Identity(bytes((number,)) * 32).public, b"\x01")
    assert sessions.counters()["openings_evicted"] == evicted
    assert sessions.counters()["messages_waited_in_vain"] == evicted


@pytest.mark.parametrize(("make", "gone"), [(reference, False), (mended, True)])
def test_session_with_a_dead_peer_ends_although_we_write(make, gone):
    alice, bob = talk(make)
    inits = []
    for second in range(1, int(SILENT_AFTER) + 4):
        alice.write(float(second), WALL + second, bob.key, b"\x01anybody?")
        alice.tick(float(second), WALL + second)
        inits += [second for kind in kinds(alice) if kind == PayloadKind.INIT]
    assert (not inits) or inits[0] > PROBE_AFTER
    assert alice.sessions.established(bob.key) != gone


def test_session_with_a_peer_that_only_listens_goes_on():
    """The probe makes it show that it is there."""
    alice, bob = talk()
    for second in range(1, 100):
        alice.write(float(second), WALL + second, bob.key, b"\x01listen")
        settle(alice, bob, now=float(second))
        alice.tick(float(second), WALL + second)
        bob.tick(float(second), WALL + second)
        settle(alice, bob, now=float(second))
    assert len(bob.inbox) == 99
    assert alice.sessions.entries()[0].since == 0.0


def test_idle_session_ends_after_a_minute():
    alice, bob = talk()
    alice.tick(1.0, WALL + 1)
    effects = alice.sessions.tick(61.5, WALL + 61)
    assert DropKeys(bob.key) in effects
    assert alice.sessions.entries() == []


def test_offers_that_cross_are_not_repeated_at_once():
    alice, bob = talk()
    alice.deliver(5.0, WALL + 5, bob.key, offer_from(BOB, alice.key, seq=WALL + 5, key_seq=8))
    kinds(alice)
    alice.perform(alice.sessions.refused(5.0 + SETTLE_FOR / 2, WALL + 6, bob.key))
    assert kinds(alice) == []
    alice.perform(alice.sessions.refused(5.1 + SETTLE_FOR, WALL + 7, bob.key))
    assert kinds(alice) == [PayloadKind.INIT]


# --- who is believed -------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("fields", [{"current": LOW_ORDER}, {"next": LOW_ORDER}, {"key_seq": MAX_UINT64}])
def test_offer_of_unfit_keys_is_dropped(fields):
    bob = mended(BOB)
    bob.deliver(0.0, WALL, ALICE.public, offer_from(ALICE, bob.key, seq=WALL, **fields))
    assert not bob.sessions.established(ALICE.public)
    assert bob.sessions.counters()["offers_unfit"] == 1


@pytest.mark.parametrize("fields", [{"current": LOW_ORDER}, {"next": LOW_ORDER}, {"key_seq": MAX_UINT64}])
def test_offer_of_unfit_keys_changes_no_session(fields):
    alice, bob = talk()
    bob.deliver(5.0, WALL + 5, alice.key, offer_from(ALICE, bob.key, seq=WALL + 5, **fields))
    alice.write(5.0, WALL + 5, bob.key, b"\x01still here")
    settle(alice, bob, now=5.0)
    assert bob.inbox == [b"\x01still here"]
    assert bob.sessions.counters()["offers_unfit"] == 1


def test_rotation_to_an_unfit_key_is_not_followed():
    alice, bob = talk()
    bob.tick(70.0, WALL + 70)
    before = bob.keys[alice.key].install
    moved = bob.sessions.moved(70.0, alice.key, before.remote_seq + 1, before.local_seq, LOW_ORDER)
    assert moved == []


class CarelessKey:
    """Takes the all-zero result of a key of low order for a secret; here some key that everybody can compute."""

    def __init__(self) -> None:
        self._key = _core.BoxKey()
        self.public = self._key.public

    def shared(self, their_public):
        return self._key.shared(their_public) or _core.BoxKey(b"x" * 32).shared(_core.BoxKey(b"y" * 32).public)

    def seal_to(self, dest, plaintext):
        return self._key.seal_to(dest, plaintext)


class CarelessCrypto:
    """The reference's: the real one, but for this."""

    verify = staticmethod(_core.verify)
    box_key = staticmethod(CarelessKey)


def test_reference_makes_sessions_whose_keys_everybody_knows():
    bob = Party(BOB, ReferenceSessions(BOB, CarelessCrypto()), Floors())
    bob.deliver(0.0, WALL, ALICE.public, offer_from(ALICE, bob.key, seq=WALL, current=LOW_ORDER, next=LOW_ORDER))
    assert bob.sessions.established(ALICE.public)


def test_forged_offer_is_dropped_without_a_word():
    bob = mended(BOB)
    bob.deliver(0.0, WALL, _core.Identity(bytes(32)).public, offer_from(ALICE, bob.key, seq=WALL))
    assert bob.outbox == []
    assert bob.sessions.counters()["offers_forged"] == 1


def test_session_is_made_again_after_the_clock_was_set_back():
    """The reference's offers are ignored as long as the other end holds on to the session."""
    alice, bob = talk()
    alice.perform(alice.sessions.remove(bob.key))
    alice.write(5.0, WALL - 100, bob.key, b"\x01again")
    settle(alice, bob, now=5.0)
    alice.tick(6.0, WALL - 99)
    settle(alice, bob, now=6.0)
    assert bob.inbox == [b"\x01again"]


RESTARTS = [(WALL, WALL - 100), (WALL, 0.0), (WALL + 1000, WALL)]  # Alice's clock before and after; Bob's is right


def exchange(alice: Party, bob: Party, now: float, wall: float) -> None:
    """Carry everything until nothing is under way; Alice's clock shows `wall`."""
    while alice.outbox or bob.outbox:
        for one, other, clock in ((alice, bob, WALL + now), (bob, alice, wall)):
            sent, one.outbox = one.outbox, []
            for _, payload in sent:
                other.deliver(now, clock, one.key, payload)


def restart(make, before: float) -> tuple[Party, Party]:
    """Alice, who has forgotten everything, and Bob, who has not."""
    alice, bob = make(ALICE), make(BOB)
    alice.write(0.0, before, bob.key, b"\x01hello")
    exchange(alice, bob, 0.0, before)
    assert bob.inbox.pop() == b"\x01hello"
    return make(ALICE), bob


@pytest.mark.parametrize(("make", "arrived"), [(reference, []), (mended, [b"\x01again"])])
@pytest.mark.parametrize(("before", "after"), RESTARTS)
def test_restarted_node_is_heard_at_once_although_its_clock_was_set_back(make, arrived, before, after):
    alice, bob = restart(make, before)
    alice.write(5.0, after, bob.key, b"\x01again")
    exchange(alice, bob, 5.0, after)
    assert bob.inbox == arrived


@pytest.mark.parametrize(("make", "arrived"), [(reference, []), (mended, [b"\x01three"])])
@pytest.mark.parametrize(("before", "after"), RESTARTS)
def test_restarted_node_hears_at_once_although_its_clock_was_set_back(make, arrived, before, after):
    """What shows Bob that his keys are of no use any more is lost, as after every restart."""
    alice, bob = restart(make, before)
    for message in (b"\x01two", b"\x01three"):
        bob.write(5.0, WALL + 5, alice.key, message)
        exchange(alice, bob, 5.0, after)
    assert alice.inbox == arrived


def test_recorded_inits_draw_one_init_a_second_and_change_no_key():
    alice, bob = mended(ALICE), mended(BOB)
    alice.write(0.0, WALL, bob.key, b"\x01")
    ((_, recorded),) = alice.outbox
    settle(alice, bob)
    before = bob.keys[alice.key].install
    for tenth in range(30):
        bob.deliver(10 + tenth / 10, WALL + 10, alice.key, recorded)
    assert kinds(bob) == [PayloadKind.INIT] * 3
    assert bob.keys[alice.key].install == before


def test_recorded_inits_cost_no_packet():
    alice, bob = mended(ALICE), mended(BOB)
    alice.write(0.0, WALL, bob.key, b"\x01")
    ((_, recorded),) = alice.outbox
    settle(alice, bob)
    for second in range(1, 100):
        bob.deliver(float(second), WALL + second, alice.key, recorded)
        for one, other in ((alice, bob), (bob, alice)):
            one.write(float(second), WALL + second, other.key, b"\x01")
        settle(alice, bob, now=float(second))
    assert (len(alice.inbox), len(bob.inbox)) == (99, 1 + 99)


def test_offer_from_too_far_ahead_draws_no_init():
    """Nothing that we say makes its sender count less."""
    alice, bob = talk()
    bob.deliver(5.0, WALL + 5, alice.key, offer_from(ALICE, bob.key, seq=WALL + 2 * SEQ_WINDOW))
    assert kinds(bob) == []


@pytest.mark.parametrize(("key_seq", "seq"), [(0, WALL + 1), (3, WALL + 1001)])
def test_only_the_init_of_a_lost_session_makes_us_count_ahead(key_seq, seq):
    """Else inits that cross would do so, and we were ignored if started again before our clock shows that."""
    alice = mended(ALICE)
    alice.write(0.0, WALL, BOB.public, b"\x01")
    kinds(alice)
    alice.deliver(0.0, WALL, BOB.public, offer_from(BOB, alice.key, seq=WALL + 1000, key_seq=key_seq))
    ack = next(payload for _, payload in alice.outbox if payload[0] == PayloadKind.ACK)
    assert Offers(BOB, _core, b"").open(alice.key, ack)[1].seq == seq


def test_no_peer_makes_us_count_further_than_numbers_go():
    alice = mended(ALICE)
    alice.write(0.0, WALL, BOB.public, b"\x01")
    for seq in (MAX_UINT64 - 1, MAX_UINT64):
        kinds(alice)
        alice.deliver(0.0, WALL, BOB.public, offer_from(BOB, alice.key, seq=seq, key_seq=5))
    ((_, ack),) = alice.outbox
    assert Offers(BOB, _core, b"").open(alice.key, ack)[1].seq == MAX_STAMP + 2


@pytest.mark.parametrize(("allowed", "denied"), [([], 0), ([ALICE], 0), ([_core.Identity(bytes(32))], 3)])
def test_only_allowed_keys_get_a_session(allowed, denied):
    """The reference has no such list, which is our empty one."""
    bob = mended(BOB, allowed=frozenset(identity.public for identity in allowed))
    bob.perform(bob.sessions.refused(0.0, WALL, ALICE.public))
    bob.write(0.0, WALL, ALICE.public, b"\x01hello")
    bob.deliver(0.0, WALL, ALICE.public, offer_from(ALICE, bob.key, seq=WALL))
    assert bob.sessions.established(ALICE.public) == bool(bob.outbox) == (not denied)
    assert bob.sessions.counters()["sessions_denied"] == denied


def test_oversized_message_is_dropped():
    alice = mended(ALICE)
    alice.write(0.0, WALL, BOB.public, bytes(limits.MAX_MESSAGE + 1))
    assert alice.outbox == []
    assert alice.sessions.counters()["messages_oversized"] == 1


def test_entries_count_bytes_of_messages():
    alice, bob = talk()
    alice.tick(1.0, WALL + 1)
    (entry,) = alice.sessions.entries()
    assert (entry.key, entry.received, entry.sent, entry.since) == (bob.key, len(b"\x01pong"), len(b"\x01ping"), 0.0)


def test_removed_session_is_gone():
    alice, bob = talk()
    assert DropKeys(bob.key) in alice.sessions.remove(bob.key)
    assert alice.sessions.remove(bob.key) == []
    assert not alice.sessions.established(bob.key)
