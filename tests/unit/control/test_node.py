"""The wiring: what one machine wants of another happens, in order, and an unproven link reaches none but the tree."""

from __future__ import annotations

import pytest

from everleaf.address import address_of
from everleaf.control.bloom import bits_of
from everleaf.control.effects import DropLink, Effect, Note, Publish, QueueFrame, SendFrame, SetPath, TrustLink
from everleaf.control.node import Node, NodeOptions
from everleaf.control.views import PeerState
from everleaf.wire.bloom import Bloom
from everleaf.wire.codec import MAX_PORTS
from everleaf.wire.frame_type import LinkMessage
from everleaf.wire.message import Query, get_keys
from everleaf.wire.pathfinder import PathBroken, PathLookup, PathNotify, statement
from everleaf.wire.traffic import Traffic
from everleaf.wire.tree import Announce, SigReq, SigRes
from sim.crypto import FakeCrypto, FakeIdentity
from sim.network import Network
from sim.topology import line
from unit.control.reference import ReferenceNode
from unit.control.rig import WALL, announced, identities, messages, rooted, vote

ROOT, OWN, CHILD, FAR = identities(4)
ALL = Bloom((1 << 8192) - 1)


class NodeRig:
    """A node with its root on link 1 and, if wanted, a child on link 2."""

    def __init__(self, kind: type[Node] = Node) -> None:
        self.node = kind(OWN, FakeCrypto("node"), NodeOptions())
        self.effects = self.node.start(0.0, WALL)

    def up(self, now: float, number: int, peer: FakeIdentity) -> SigReq:
        """A link that has proved nothing; returns what was asked on it."""
        effects = self.node.link_up(now, number, peer.public, 0)
        return next(message for message in messages(effects, number) if isinstance(message, SigReq))

    def hear(self, now: float, number: int, message: LinkMessage) -> list[Effect]:
        """A message arrives."""
        return self.node.frame(now, number, message.frame())

    def join(self) -> None:
        """Become a child of the root."""
        asked = self.up(0.1, 1, ROOT)
        self.hear(0.2, 1, vote(ROOT, OWN.public, asked))
        self.hear(0.3, 1, rooted(ROOT))
        self.hear(0.3, 1, ALL)
        self.node.tick(1.0, WALL + 1)

    def adopt(self) -> None:
        """Get a child."""
        asked = self.up(1.1, 2, CHILD)
        self.hear(1.2, 2, vote(CHILD, OWN.public, asked))
        [place] = messages(self.hear(1.3, 2, SigReq(2, 1)))
        assert isinstance(place, SigRes)
        self.hear(1.4, 2, announced(CHILD, OWN, 2, 1, place.port))
        self.hear(1.5, 2, Bloom(bits_of(CHILD.public)))
        self.node.tick(2.0, WALL + 2)


def packet(dest: bytes) -> bytes:
    return bytes([0x60, 0, 0, 0, 0, 4, 59, 64]) + address_of(OWN.public) + address_of(dest) + b"ping"


def queued(effects: list[Effect]) -> list[QueueFrame]:
    return [effect for effect in effects if isinstance(effect, QueueFrame)]


def test_join_publishes_the_new_place_once() -> None:
    rig = NodeRig()
    asked = rig.up(0.1, 1, ROOT)
    trusted = rig.hear(0.2, 1, vote(ROOT, OWN.public, asked))
    assert trusted == [TrustLink(1)]
    rig.hear(0.3, 1, rooted(ROOT))
    [published] = [effect for effect in rig.node.tick(1.0, WALL + 1) if isinstance(effect, Publish)]
    assert (published.snapshot.coords, [hop.coords for hop in published.snapshot.hops]) == ((1,), [()])
    assert not any(isinstance(effect, Publish) for effect in rig.node.tick(2.0, WALL + 2))
    assert (rig.node.root, rig.node.parent, rig.node.coords) == (ROOT.public, ROOT.public, (1,))


def test_snapshot_has_no_link_that_is_down() -> None:
    rig = NodeRig()
    rig.join()
    assert rig.node.link_down(1.5, 1) == []
    [published] = rig.node.flush(1.5)
    assert isinstance(published, Publish)
    assert published.snapshot.hops == ()
    assert rig.node.link_down(1.6, 1) == rig.node.flush(1.6) == []


@pytest.mark.parametrize(("kind", "believed"), [(Node, False), (ReferenceNode, True)])
def test_unproven_link_cannot_look_up_tell_or_break(kind: type[Node], believed: bool) -> None:
    rig = NodeRig(kind)
    rig.join()
    rig.adopt()
    rig.up(3.0, 3, CHILD)  # somebody with a recorded greeting of our child
    far = PathNotify((), 9, FAR.public, ROOT.public, 1, (), FAR.sign(statement(1, ())))
    for message in (PathLookup(CHILD.public, FAR.public, ()), far, PathBroken((), 9, ROOT.public, FAR.public)):
        assert bool(queued(rig.hear(3.1, 3, message))) is believed
        assert queued(rig.hear(3.2, 2, message)) != []


@pytest.mark.parametrize(("kind", "believed"), [(Node, False), (ReferenceNode, True)])
def test_filter_of_an_unproven_link_replaces_nothing(kind: type[Node], believed: bool) -> None:
    rig = NodeRig(kind)
    rig.join()
    rig.adopt()
    rig.up(3.0, 3, CHILD)
    rig.hear(3.1, 3, ALL)
    rig.node.tick(4.0, WALL + 4)
    assert bool(queued(rig.hear(4.1, 1, PathLookup(ROOT.public, FAR.public, ())))) is believed


def test_nonsense_ends_the_link_and_is_counted() -> None:
    rig = NodeRig()
    rig.join()
    note, drop = rig.node.frame(1.5, 1, b"\x0a")
    assert isinstance(note, Note)
    assert isinstance(drop, DropLink)
    assert (note.event, drop.link, rig.node.counters()["frames_refused"]) == ("peer.nonsense", 1, 1)


def test_path_that_is_too_long_is_dropped_and_the_link_stays() -> None:
    """A stranger can send one through any of the network's other programs, which carry it on."""
    rig = NodeRig()
    rig.join()
    assert rig.hear(1.5, 1, PathLookup(FAR.public, OWN.public, (1,) * (MAX_PORTS + 1))) == []
    assert rig.node.counters()["paths_too_long"] == 1
    assert rig.node.counters()["frames_refused"] == 0


def test_frame_that_is_refused_is_counted_and_said_once_per_peer() -> None:
    rig = NodeRig()
    said = []
    for number in (1, 2):
        rig.up(0.1, number, CHILD)
        said += [effect for effect in rig.hear(0.2, number, SigRes(1, 1, 1, bytes(64))) if isinstance(effect, Note)]
        rig.node.link_down(0.3, number)
    assert [(note.event, note.fields["reason"]) for note in said] == [("peer.nonsense", "bad signature in sig_res")]
    assert rig.node.counters()["frames_refused"] == 2


def test_peer_that_overdoes_it_is_said_once_an_hour() -> None:
    rig = NodeRig()
    rig.join()
    said = []
    for minute in range(62):
        rig.hear(60.0 * minute + 2, 1, vote(ROOT, OWN.public, rig.up(60.0 * minute + 2, 1, ROOT)))
        for _ in range(2000):
            rig.hear(60.0 * minute + 2, 1, PathBroken((), 9, OWN.public, FAR.public))
        effects = rig.node.tick(60.0 * minute + 3, WALL)
        said += [note for note in effects if isinstance(note, Note) and note.event == "peer.limited"]
        rig.node.link_down(60.0 * minute + 4, 1)
    assert [note.fields["reason"] for note in said] == ["too many notices"] * 2
    assert rig.node.counters()["notices_limited"] == 62 * (2000 - 1024)


def test_frames_of_unknown_links_are_ignored() -> None:
    assert NodeRig().hear(0.1, 9, SigReq(1, 1)) == []


def test_packet_to_an_unknown_address_goes_out_after_lookup_and_answer() -> None:
    rig = NodeRig()
    rig.join()
    [lookup] = messages(rig.node.packet(1.5, packet(FAR.public)))
    assert isinstance(lookup, PathLookup)
    assert lookup.dest != FAR.public  # an address has a part of the key only
    told = PathNotify((1,), 9, FAR.public, OWN.public, 1, (3,), FAR.sign(statement(1, (3,))))
    effects = rig.hear(1.6, 1, told)
    assert effects[0] == SetPath(FAR.public, (3,))
    [init] = messages(effects)
    assert isinstance(init, Traffic)
    assert (init.path, init.dest, init.payload[0]) == ((3,), FAR.public, 1)
    assert [(entry.key, entry.path) for entry in rig.node.paths()] == [(FAR.public, (3,))]


def test_former_root_is_found_where_it_says_though_our_own_place_has_the_same_ports_under_the_next() -> None:
    lowest, former = [identity for identity in identities(40) if identity.public < ROOT.public]
    rig = NodeRig()
    rig.join()
    for seq, root in enumerate([former, lowest], start=2):
        rig.hear(1.1, 1, rooted(root))
        rig.hear(1.2, 1, announced(ROOT, root, seq, port=7))
        rig.node.flush(1.3)
        assert (rig.node.root, rig.node.coords) == (root.public, (7, 1))
    rig.node.packet(1.5, packet(former.public))
    told = PathNotify((7, 1), 9, former.public, OWN.public, 1, (5,), former.sign(statement(1, (5,))))
    assert rig.hear(1.6, 1, told)[0] == SetPath(former.public, (5,))


def test_renewed_root_is_passed_on_at_the_tick() -> None:
    rig = NodeRig()
    rig.join()
    rig.adopt()
    assert rig.hear(3.0, 1, rooted(ROOT, seq=2)) == []
    told = [effect for effect in rig.node.tick(4.0, WALL + 4) if isinstance(effect, SendFrame)]
    assert [effect.link for effect in told if effect.frame == rooted(ROOT, seq=2).frame()] == [2]
    assert not any(isinstance(message, Announce) for message in messages(told, 1))


def test_views_show_peers_tree_and_lookups() -> None:
    rig = NodeRig()
    rig.join()
    rig.adopt()
    rig.hear(3.0, 2, PathLookup(CHILD.public, FAR.public, (1, 2)))
    assert [entry.key for entry in rig.node.tree()] == [ROOT.public, OWN.public, CHILD.public]
    assert {number: peer.port for number, peer in rig.node.peers().items()} == {1: 1, 2: 2}
    assert all(peer.trusted and peer.latency_ns // 1_000_000 in (199, 200) for peer in rig.node.peers().values())
    assert [(entry.key, entry.at) for entry in rig.node.lookups()] == [(CHILD.public, WALL + 3)]
    rig.up(4.0, 3, FAR)
    assert rig.node.peers()[3] == PeerState(port=3, cost=4294, latency_ns=0, trusted=False)


def test_nodes_answer_questions_through_a_session() -> None:
    net = Network(3, line(3), seed=1)
    net.run(6)
    asker, asked = net.stations[0], net.stations[2]
    for token, kind in enumerate(Query):
        asker.perform(asker.node.ask(net.world.now, token, kind, asked.key))
    net.run(5)
    assert asker.answers[Query.NODE_INFO] == b"{}"
    assert asker.answers[Query.PEERS] == net.stations[1].key
    assert get_keys(asker.answers[Query.TREE] or b"") == [entry.key for entry in asked.node.tree()]
