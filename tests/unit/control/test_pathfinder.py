"""Lookups, answers and broken paths; and how little a stranger can make of them."""

from __future__ import annotations

from dataclasses import replace

import pytest

from everleaf.address import key_of_subnet, subnet_of
from everleaf.control import pathfinder as limits
from everleaf.control.bloom import Filters, bits_of
from everleaf.control.effects import DropPath, Effect, Hop, QueueFrame, Seal, SetPath, Snapshot
from everleaf.control.handoff import PathFound, SendPayload
from everleaf.control.landmarks import Landmarks
from everleaf.control.pathfinder import LIFETIME, MAX_WAITING, Pathfinder
from everleaf.control.peers import PeerLink, Peers
from everleaf.control.ports import Ports
from everleaf.wire.codec import MAX_UINT64, Path
from everleaf.wire.pathfinder import PathBroken, PathLookup, PathNotify, statement
from everleaf.wire.traffic import Traffic
from sim.crypto import FakeCrypto, FakeIdentity
from unit.control.reference import ReferencePathfinder
from unit.control.rig import WALL, identities, messages

OWN, LEFT, RIGHT, FAR, OTHER = identities(5)
HERE: Path = (1,)
THERE: Path = (2, 7)
ALL = (1 << 8192) - 1  # a filter that promises everything


def notify(source: FakeIdentity, dest: bytes, seq: int, coords: Path = THERE) -> PathNotify:
    """As it reaches us."""
    return PathNotify(HERE, 0, source.public, dest, seq, coords, source.sign(statement(seq, coords)))


class PathRig:
    """We stand at `HERE`; the root is on the left, a child of ours on the right, both on-tree."""

    def __init__(self, pathfinder: type[Pathfinder] = Pathfinder) -> None:
        self.peers = Peers(Ports())
        self.filters = Filters(OWN.public, self.peers)
        self.pathfinder = pathfinder(OWN, FakeCrypto("paths"), self.filters)
        self.left, self.right = self._up(1, LEFT), self._up(2, RIGHT)
        self.filters.tick([LEFT.public, RIGHT.public])
        self.move(HERE)

    def _up(self, number: int, peer: FakeIdentity) -> PeerLink:
        link = self.peers.up(0.0, number, peer.public, 0)
        link.trusted = True
        self.filters.link_up(link)
        self.filters.received(link, ALL)
        return link

    def move(self, coords: Path, now: float = 0.0) -> list[Effect]:
        """Our place changes, and with it the right peer's."""
        right = (*coords, 1)
        hops = Hop((), 1, 10, 1), Hop(right, 2, 10, 2)
        landmarks = Landmarks({LEFT.public: (), OWN.public: coords, RIGHT.public: right})
        return self.pathfinder.moved(now, WALL + now, Snapshot(coords, hops), landmarks)

    def asked(self, now: float, link: PeerLink, source: bytes, dest: bytes, origin: Path = THERE) -> list[Effect]:
        """A lookup arrives."""
        return self.pathfinder.lookup_received(now, WALL + now, link, PathLookup(source, dest, origin))

    def find(self, now: float, far: FakeIdentity = FAR, seq: int = 1, coords: Path = THERE) -> list[Effect]:
        """Look, and be told."""
        self.pathfinder.lookup(now, far.public)
        return self.pathfinder.notify_received(now, notify(far, OWN.public, seq, coords))

    def broke(self, now: float, dest: bytes = FAR.public) -> list[Effect]:
        """Somebody says that a packet of ours did not get through."""
        return self.pathfinder.broken_received(now, PathBroken(HERE, 0, OWN.public, dest))


def links(effects: list[Effect]) -> list[int]:
    return [effect.link for effect in effects if isinstance(effect, QueueFrame)]


# --- our own lookups -------------------------------------------------------------------------------------------------


def test_lookup_goes_to_every_tree_peer_whose_filter_matches() -> None:
    rig = PathRig()
    rig.filters.received(rig.right, bits_of(OTHER.public))
    assert links(rig.pathfinder.lookup(0.0, FAR.public)) == [1]
    assert messages(rig.pathfinder.lookup(0.0, OTHER.public)) == [PathLookup(OWN.public, OTHER.public, HERE)] * 2


def test_lookup_is_made_once_a_second_at_most() -> None:
    rig = PathRig()
    asked = [bool(rig.pathfinder.lookup(tenth / 10, FAR.public)) for tenth in range(25)]
    assert [n / 10 for n, there in enumerate(asked) if there] == [0.0, 1.0, 2.0]


def test_payload_without_a_path_waits_for_one() -> None:
    rig = PathRig()
    wanted = SendPayload(FAR.public, b"init")
    assert messages(rig.pathfinder.send(0.0, wanted))[0] == PathLookup(OWN.public, FAR.public, HERE)
    effects = rig.pathfinder.notify_received(0.1, notify(FAR, OWN.public, 1))
    assert effects == [SetPath(FAR.public, THERE), wanted, PathFound(FAR.public)]
    assert messages(rig.pathfinder.send(0.1, wanted)) == [Traffic(THERE, HERE, OWN.public, FAR.public, 3, b"init")]


def test_message_without_a_path_waits_and_is_sealed_by_the_core() -> None:
    rig = PathRig()
    wanted = Seal(FAR.public, b"\1packet")
    rig.pathfinder.send(0.0, wanted)
    assert wanted in rig.pathfinder.notify_received(0.1, notify(FAR, OWN.public, 1))
    assert rig.pathfinder.send(0.1, wanted) == [wanted]


def test_path_that_leads_nowhere_from_here_is_looked_up_again_and_the_message_waits() -> None:
    """We stand where the other end stood: the core has no next hop, and only we can tell."""
    rig = PathRig()
    rig.find(0.0)
    rig.move(THERE)
    assert not rig.pathfinder.leads_to(FAR.public)
    wanted = Seal(FAR.public, b"\1packet")
    assert messages(rig.pathfinder.send(2.0, wanted)) == [PathLookup(OWN.public, FAR.public, THERE)] * 2
    assert wanted in rig.pathfinder.notify_received(2.1, notify(FAR, OWN.public, 2, (5,)))
    assert rig.pathfinder.leads_to(FAR.public)


def test_newest_messages_wait_and_all_are_sent_once() -> None:
    rig = PathRig()
    for n in range(MAX_WAITING + 3):
        rig.pathfinder.send(0.0, Seal(FAR.public, bytes([n])))
    sent = [e.message for e in rig.find(0.1) if isinstance(e, Seal)]
    assert sent == [bytes([n]) for n in range(3, MAX_WAITING + 3)]
    assert not any(isinstance(effect, Seal) for effect in rig.find(0.2, seq=2, coords=(9,)))


def test_message_is_sent_once_whatever_becomes_of_its_path() -> None:
    """The reference keeps a copy, and sends it again when the path changes."""
    sent = []
    for kind in (Pathfinder, ReferencePathfinder):
        rig = PathRig(kind)
        rig.find(0.0)
        payload = SendPayload(FAR.public, b"init")
        assert [type(message) for message in messages(rig.pathfinder.send(1.0, payload))] == [Traffic]
        sent.append(rig.find(2.0, seq=2, coords=(3,)).count(payload))
    assert sent == [0, 1]


def test_notify_for_a_partial_lookup_brings_the_full_key() -> None:
    rig = PathRig()
    rig.pathfinder.lookup(0.0, key_of_subnet(subnet_of(FAR.public)))
    assert PathFound(FAR.public) in rig.pathfinder.notify_received(0.1, notify(FAR, OWN.public, 1))


def test_notify_nobody_asked_for_is_ignored() -> None:
    assert PathRig().pathfinder.notify_received(0.0, notify(FAR, OWN.public, 1)) == []


def test_notify_with_a_bad_signature_is_ignored() -> None:
    rig = PathRig()
    rig.pathfinder.lookup(0.0, FAR.public)
    forged = replace(notify(FAR, OWN.public, 1), coords=(5,))
    assert rig.pathfinder.notify_received(0.1, forged) == []
    assert rig.pathfinder.paths() == []


def test_older_notify_is_ignored_and_newer_coordinates_replace_the_path() -> None:
    rig = PathRig()
    rig.find(0.0, seq=5)
    assert rig.find(0.1, seq=5, coords=(9,)) == rig.find(0.1, seq=4, coords=(9,)) == []
    assert SetPath(FAR.public, (9,)) in rig.find(0.2, seq=6, coords=(9,))
    assert [(path.path, path.sequence) for path in rig.pathfinder.paths()] == [((9,), 6)]


def test_path_is_forgotten_a_minute_after_it_was_last_of_use() -> None:
    rig = PathRig()
    rig.find(0.0)
    rig.pathfinder.activity(30.0, [(FAR.public, 1, 0)])
    rig.pathfinder.activity(60.0, [(FAR.public, 0, 1)])  # what we send proves nothing
    assert rig.pathfinder.tick(30.0 + LIFETIME - 1, WALL) == []
    assert rig.pathfinder.tick(30.0 + LIFETIME, WALL + 30.0 + LIFETIME) == [DropPath(FAR.public)]


# --- broken paths ----------------------------------------------------------------------------------------------------


def test_broken_path_is_looked_up_again_and_then_used_no_longer_than_it_lives() -> None:
    rig = PathRig()
    rig.find(0.0)
    assert messages(rig.broke(2.0)) == [PathLookup(OWN.public, FAR.public, HERE)] * 2
    rig.pathfinder.activity(30.0, [(FAR.public, 1, 0)])  # does not prolong it
    assert rig.pathfinder.tick(LIFETIME, WALL + LIFETIME) == [DropPath(FAR.public)]


def test_forged_path_broken_causes_fewer_and_fewer_lookups() -> None:
    lookups = []
    for kind in (Pathfinder, ReferencePathfinder):
        rig = PathRig(kind)
        rig.find(0.0)
        lookups.append(sum(bool(rig.broke(1 + n / 10)) for n in range(300)))
    assert lookups == [6, 300]  # at 1, 2, 4, 8, 16 and 24 s; and one each


def test_same_coordinates_again_heal_a_broken_path() -> None:
    rig = PathRig()
    rig.find(0.0)
    rig.broke(2.0)
    assert rig.find(50.0, seq=2) == [PathFound(FAR.public)]
    assert rig.pathfinder.tick(LIFETIME, WALL + LIFETIME) == []
    rig.pathfinder.activity(100.0, [(FAR.public, 1, 0)])
    assert rig.pathfinder.tick(50 + LIFETIME, WALL + 50 + LIFETIME) == []


def test_reference_lets_a_healed_path_die() -> None:
    rig = PathRig(ReferencePathfinder)
    rig.find(0.0)
    rig.broke(2.0)
    assert rig.find(50.0, seq=2) == []
    assert rig.pathfinder.tick(LIFETIME, WALL + LIFETIME) == [DropPath(FAR.public)]


def test_path_broken_about_a_stranger_is_ignored() -> None:
    assert PathRig().broke(0.0) == []


def test_dead_end_tells_the_source() -> None:
    rig = PathRig()
    [told] = messages(rig.pathfinder.dead_end(0.0, (2,), OTHER.public, FAR.public))
    assert told == PathBroken((2,), 2, OTHER.public, FAR.public)


def test_own_dead_end_is_a_broken_path() -> None:
    rig = PathRig()
    rig.find(0.0)
    effects = rig.pathfinder.dead_end(2.0, HERE, OWN.public, FAR.public)
    assert messages(effects) == [PathLookup(OWN.public, FAR.public, HERE)] * 2


def test_dead_ends_are_bounded() -> None:
    rig = PathRig()
    told = sum(bool(rig.pathfinder.dead_end(0.0, (2,), OTHER.public, FAR.public)) for _ in range(1000))
    assert told == 512
    assert rig.pathfinder.counters()["dead_ends_limited"] == 1000 - 512


# --- moves -----------------------------------------------------------------------------------------------------------


def test_path_follows_the_landmark_it_hangs_from_and_the_reference_loses_it() -> None:
    """FAR is below our child; our whole branch moves."""
    below: Path = (*HERE, 1, 9)
    rig, reference = PathRig(), PathRig(ReferencePathfinder)
    rig.find(0.0, coords=below)
    reference.find(0.0, coords=below)
    assert SetPath(FAR.public, (5, 6, 1, 9)) in rig.move((5, 6))
    assert [entry.path for entry in rig.pathfinder.paths()] == [(5, 6, 1, 9)]
    assert reference.move((5, 6)) == []
    assert [entry.path for entry in reference.pathfinder.paths()] == [below]


def test_path_to_a_peer_is_where_the_tree_has_it_whatever_the_peer_said() -> None:
    rig = PathRig()
    assert SetPath(RIGHT.public, (*HERE, 1)) in rig.find(0.0, RIGHT, coords=(8, 8))
    assert SetPath(RIGHT.public, (4, 1)) in rig.move((4,))


def test_path_to_the_root_is_empty_though_it_still_tells_where_it_stood_below_another() -> None:
    rig = PathRig()
    assert SetPath(LEFT.public, ()) in rig.find(0.0, LEFT, coords=(8, 8))


def test_move_is_told_to_the_other_ends_of_paths_and_not_by_the_reference() -> None:
    rig, reference = PathRig(), PathRig(ReferencePathfinder)
    rig.find(0.0)
    reference.find(0.0)
    [told] = messages(rig.move((5, 6), now=3.0))
    assert isinstance(told, PathNotify)
    assert (told.path, told.source, told.dest, told.coords) == (THERE, OWN.public, FAR.public, (5, 6))
    assert OWN.sign(statement(told.seq, (5, 6))) == told.sig
    assert rig.move((5, 6), now=4.0) == []
    assert messages(reference.move((5, 6))) == []


def test_telling_is_bounded_and_goes_on_at_the_ticks_with_the_latest_place() -> None:
    rig = PathRig()
    _, burst = limits.TOLD
    for far in identities(burst + 10):
        rig.find(0.0, far)
    paths = len(rig.pathfinder.paths())
    assert len(messages(rig.move((5,)))) == burst
    late = messages(rig.pathfinder.tick(1.0, WALL + 1))
    assert [told.coords for told in late if isinstance(told, PathNotify)] == [(5,)] * (paths - burst)
    assert messages(rig.pathfinder.tick(2.0, WALL + 2)) == []


def test_move_ends_the_distrust_of_path_broken() -> None:
    rig = PathRig()
    rig.find(0.0)
    for second in range(2, 12):
        rig.broke(float(second))
    assert messages(rig.broke(12.5)) == []
    rig.move((5,), now=13.0)
    assert len(messages(rig.broke(13.1))) == 2


# --- the lookups of others -------------------------------------------------------------------------------------------


def test_lookup_is_passed_on_but_not_back() -> None:
    rig = PathRig()
    assert links(rig.asked(0.0, rig.left, OTHER.public, FAR.public)) == [2]


def test_lookup_from_off_the_tree_is_ignored() -> None:
    rig = PathRig()
    rig.filters.tick([RIGHT.public])
    assert rig.asked(0.0, rig.left, OTHER.public, FAR.public) == []


def test_lookup_for_us_is_answered_and_passed_on() -> None:
    rig = PathRig()
    [passed, told] = messages(rig.asked(0.0, rig.left, OTHER.public, key_of_subnet(subnet_of(OWN.public))))
    assert isinstance(passed, PathLookup)
    assert told == PathNotify(THERE, 3, OWN.public, OTHER.public, int(WALL), HERE, OWN.sign(statement(int(WALL), HERE)))


def answered_seq(rig: PathRig, now: float, source: FakeIdentity) -> int:
    told = messages(rig.asked(now, rig.left, source.public, OWN.public))[-1]
    assert isinstance(told, PathNotify)
    return told.seq


def test_signature_serves_a_second_unless_we_move() -> None:
    rig = PathRig()
    seqs = [answered_seq(rig, now, asker) for now, asker in ((0.0, OTHER), (0.5, FAR), (1.0, OTHER))]
    assert seqs == [int(WALL), int(WALL), int(WALL) + 1]
    rig.move((4,))
    assert answered_seq(rig, 1.2, RIGHT) == int(WALL) + 2


def test_second_move_within_a_second_is_ignored_by_others_in_the_reference() -> None:
    rig = PathRig(ReferencePathfinder)
    seqs = [answered_seq(rig, 0.0, OTHER)]
    rig.move((4,))
    assert [*seqs, answered_seq(rig, 0.2, FAR)] == [int(WALL)] * 2


def test_repeated_lookup_is_dropped_for_a_second_and_the_reference_passes_all() -> None:
    passed = []
    for kind in (Pathfinder, ReferencePathfinder):
        rig = PathRig(kind)
        passed.append(sum(bool(rig.asked(n / 10, rig.left, OTHER.public, FAR.public)) for n in range(20)))
    assert passed == [2, 20]


def test_stranger_cannot_suppress_a_lookup_that_comes_another_way() -> None:
    rig = PathRig()
    rig.asked(0.0, rig.left, OTHER.public, FAR.public)
    assert links(rig.asked(0.1, rig.right, OTHER.public, FAR.public)) == [1]


@pytest.mark.parametrize(("kind", "passed"), [(Pathfinder, 512), (ReferencePathfinder, 1000)])
def test_lookups_are_bounded_per_link(kind: type[Pathfinder], passed: int) -> None:
    rig = PathRig(kind)
    sources = [FakeIdentity(b"asker %d" % n).public for n in range(1000)]
    assert sum(bool(rig.asked(0.0, rig.left, source, FAR.public)) for source in sources) == passed
    assert rig.pathfinder.counters()["lookups_limited"] == 1000 - passed
    assert rig.asked(0.0, rig.right, OTHER.public, FAR.public)


@pytest.mark.parametrize(("kind", "answers"), [(Pathfinder, 128), (ReferencePathfinder, 500)])
def test_answers_are_bounded_per_link(kind: type[Pathfinder], answers: int) -> None:
    """Or a forged origin would aim them at somebody else."""
    rig = PathRig(kind)
    sources = [FakeIdentity(b"asker %d" % n).public for n in range(500)]
    told = [m for s in sources for m in messages(rig.asked(0.0, rig.left, s, OWN.public)) if isinstance(m, PathNotify)]
    assert len(told) == answers


def test_own_lookup_that_comes_back_is_ignored() -> None:
    rig = PathRig()
    assert rig.asked(0.0, rig.left, OWN.public, FAR.public) == []


@pytest.mark.parametrize(("most", "kept"), [(10**9, 3), (2, 2)])
def test_what_strangers_make_us_remember_is_bounded(monkeypatch: pytest.MonkeyPatch, most: int, kept: int) -> None:
    """Without a limit, as in the reference, the table of those who looked for something grows with every forged key."""
    monkeypatch.setattr(limits, "MAX_HEARD", most)
    monkeypatch.setattr(limits, "MAX_REPEATS", most)
    rig = PathRig()
    for n in range(3):
        rig.asked(0.0, rig.left, FakeIdentity(b"asker %d" % n).public, FAR.public)
    assert len(rig.pathfinder.lookups()) == kept
    counters = rig.pathfinder.counters()
    assert (counters["lookups_evicted"], counters["repeats_evicted"]) == (3 - kept, 3 - kept)


def test_what_we_look_for_is_bounded(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(limits, "MAX_RUMORS", 2)
    monkeypatch.setattr(limits, "MAX_PATHS", 1)
    rig = PathRig()
    rig.find(0.0)
    assert DropPath(FAR.public) in rig.find(0.0, OTHER)
    rig.pathfinder.lookup(0.0, LEFT.public)
    counters = rig.pathfinder.counters()
    assert (counters["paths_evicted"], counters["rumors_evicted"]) == (1, 1)


def test_lookups_seen_are_shown_newest_per_asker() -> None:
    rig = PathRig()
    rig.asked(0.0, rig.left, OTHER.public, FAR.public, (1,))
    rig.asked(5.0, rig.left, OTHER.public, FAR.public, (2,))
    assert [(entry.key, entry.path, entry.at) for entry in rig.pathfinder.lookups()] == [(OTHER.public, (2,), WALL + 5)]


# --- passing on ------------------------------------------------------------------------------------------------------


def test_notify_and_broken_for_others_are_passed_on_with_a_lowered_watermark() -> None:
    rig = PathRig()
    told = replace(notify(FAR, OTHER.public, 1), path=(2,), watermark=MAX_UINT64)
    assert messages(rig.pathfinder.notify_received(0.0, told)) == [replace(told, watermark=2)]
    broken = PathBroken((2,), 9, OTHER.public, FAR.public)
    assert messages(rig.pathfinder.broken_received(0.0, broken)) == [replace(broken, watermark=2)]


def test_notify_for_others_dies_silently_at_a_dead_end() -> None:
    rig = PathRig()
    assert rig.pathfinder.notify_received(0.0, replace(notify(FAR, OTHER.public, 1), path=(2,), watermark=2)) == []


def test_notify_for_us_ends_here_though_a_peer_is_closer_to_where_we_stood() -> None:
    rig, reference = PathRig(), PathRig(ReferencePathfinder)
    moved = replace(notify(FAR, OWN.public, 1), path=(9, 9), watermark=MAX_UINT64)
    for each in (rig, reference):
        each.pathfinder.lookup(0.0, FAR.public)
    assert PathFound(FAR.public) in rig.pathfinder.notify_received(0.1, moved)
    assert links(reference.pathfinder.notify_received(0.1, moved)) == [1]


def test_broken_for_us_ends_here_though_a_peer_is_closer_to_where_we_stood() -> None:
    passed_on = []
    for kind in (Pathfinder, ReferencePathfinder):
        rig = PathRig(kind)
        rig.find(0.0)
        told = rig.pathfinder.broken_received(2.0, PathBroken((9, 9), MAX_UINT64, OWN.public, FAR.public))
        passed_on.append([type(message) for message in messages(told)] == [PathBroken])
    assert passed_on == [False, True]
