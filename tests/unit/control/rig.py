"""Parts of a node with fake cryptography, and scripted peers that sign what they say."""

from __future__ import annotations

from collections.abc import Sequence

from everleaf.control.bloom import Filters
from everleaf.control.effects import Effect, QueueFrame, SendFrame
from everleaf.control.peers import PeerLink, Peers
from everleaf.control.ports import Ports
from everleaf.control.tree import Tree
from everleaf.wire.frame import Message, decode
from everleaf.wire.tree import Announce, SigReq, SigRes, statement
from sim.crypto import FakeCrypto, FakeIdentity

WALL = 1_700_000_000.0  # Unix seconds when a rig starts, at now == 0


def identities(count: int) -> list[FakeIdentity]:
    """The first has the lowest key."""
    return sorted((FakeIdentity(b"%d" % n) for n in range(count)), key=lambda identity: identity.public)


def announced(child: FakeIdentity, parent: FakeIdentity, seq: int = 1, nonce: int = 1, port: int = 1) -> Announce:
    """Signed by both; port 0 for a root."""
    signed = statement(child.public, parent.public, seq, nonce, port)
    return Announce(child.public, parent.public, seq, nonce, port, parent.sign(signed), child.sign(signed))


def rooted(root: FakeIdentity, seq: int = 1, nonce: int = 1) -> Announce:
    """Its own parent."""
    return announced(root, root, seq, nonce, port=0)


def vote(parent: FakeIdentity, child: bytes, asked: SigReq, port: int = 1) -> SigRes:
    """Consent to be the parent."""
    signed = statement(child, parent.public, asked.seq, asked.nonce, port)
    return SigRes(asked.seq, asked.nonce, port, parent.sign(signed))


def messages(effects: Sequence[Effect], link: int | None = None) -> list[Message]:
    """What goes out, on one link or on all."""
    frames = [e for e in effects if isinstance(e, SendFrame | QueueFrame) and link in (None, e.link)]
    return [decode(effect.frame) for effect in frames]


class TreeRig:
    """A tree that has started at now == 0, its peers and its filters. The node is `own`; others are scripted."""

    def __init__(self, own: FakeIdentity, tree: type[Tree] = Tree, ports: type[Ports] = Ports) -> None:
        self.own = own
        self.crypto = FakeCrypto("rig")
        self.peers = Peers(ports())
        self.tree = tree(own, self.crypto, self.peers)
        self.filters = Filters(own.public, self.peers)
        self.sent: list[Effect] = self.tree.start(0.0, WALL)

    def link(self, now: float, number: int, peer: FakeIdentity, priority: int = 0) -> PeerLink:
        """A link that has proved nothing yet."""
        link = self.peers.up(now, number, peer.public, priority)
        self.sent = [*self.tree.link_up(now, link), *self.filters.link_up(link)]
        return link

    def unlink(self, now: float, number: int) -> None:
        """Its end."""
        link = self.peers.down(now, number)
        assert link is not None
        self.tree.link_down(link.key)
        self.filters.link_down(number, link.key)

    def vote(self, now: float, link: PeerLink, peer: FakeIdentity, port: int = 1) -> list[Effect]:
        """The peer answers the outstanding sig_req."""
        assert link.probe.asked is not None
        return self.tree.sig_res(now, link, vote(peer, self.own.public, link.probe.asked, port))

    def meet(self, now: float, number: int, peer: FakeIdentity, *, trip: float = 0.01) -> PeerLink:
        """A link that is trusted."""
        link = self.link(now, number, peer)
        self.vote(now + trip, link, peer)
        return link

    def tick(self, now: float) -> list[Effect]:
        """What a node does once a second."""
        return [*self.tree.tick(now), *self.filters.tick(self.tree.on_tree())]
