"""The reference program's rules, put back one by one: to show what each of ours mends, and to replay its bytes."""

from __future__ import annotations

from everleaf.address import transform
from everleaf.control.bloom import Filters, _Filters
from everleaf.control.crypto import Crypto, Identity
from everleaf.control.effects import DropLink, Effect, Seal, Snapshot, TrustLink
from everleaf.control.handoff import SendPayload
from everleaf.control.infos import Infos, Verdict
from everleaf.control.landmarks import Landmarks
from everleaf.control.node import Node, NodeOptions
from everleaf.control.pathfinder import Pathfinder, _dest, _Path
from everleaf.control.peers import PeerLink, Peers
from everleaf.control.ports import Ports
from everleaf.control.router import next_hop
from everleaf.control.tree import Tree
from everleaf.wire.codec import Path
from everleaf.wire.pathfinder import PathBroken, PathLookup, PathNotify
from everleaf.wire.tree import Announce


class ReferencePorts(Ports):
    """The lowest free number, also right after another peer had it."""

    def _used(self) -> set[int]:
        return set(self._taken.values())

    def take(self, now: float, key: bytes) -> int:
        self._reserved.pop(key)
        return super().take(now, key)


class ReferenceInfos(Infos):
    """Answers every announce that is not the same, and keeps whatever it is told."""

    def _tie(self) -> Verdict:
        return Verdict.WORSE

    def admits(self, key: bytes, via: bytes) -> bool:  # noqa: ARG002
        return True


class ReferenceTree(Tree):
    """Believes the greeting, counts from 1, asks only when its own announce changes, verifies before it looks."""

    def __init__(self, identity: Identity, crypto: Crypto, peers: Peers) -> None:
        super().__init__(identity, crypto, peers)
        self._infos = ReferenceInfos(identity.public)

    def link_up(self, now: float, link: PeerLink) -> list[Effect]:
        link.trusted = True
        return [TrustLink(link.number), *super().link_up(now, link)]

    def announce(self, now: float, link: PeerLink, new: Announce) -> list[Effect]:
        if not self._authentic(new):
            return [DropLink(link.number, "bad signature in announce")]
        return super().announce(now, link, new)

    def flush(self) -> list[Effect]:
        """At ticks only."""
        return []

    def _misplaced(self) -> bool:
        """Where its parent once put it."""
        return False

    def _part(self) -> list[Effect]:
        """Children stand where they say."""
        return []

    def _first_seq(self, wall: float) -> int:  # noqa: ARG002
        return 1

    def _asks_again(self, now: float, link: PeerLink) -> bool:  # noqa: ARG002
        return False

    def _nonce_for(self, link: PeerLink) -> int:
        """Equal on all links to one peer."""
        others = [other.probe.asked for other in self._peers.links_of(link.key) if other is not link]
        shared = next((asked for asked in others if asked and asked.seq == self._me.seq + 1), None)
        return shared.nonce if shared else self._nonce()

    def _coords_of(self, key: bytes) -> Path:
        """Nobody knows where a peer is: then it is at the root. Other roots are as good as ours."""
        place = self._infos.place(key)
        return place.coords if place else ()


class ReferenceFilters(Filters):
    """Forgets that bits must go when nothing else is to be sent just then."""

    def _next(self, filters: _Filters, wanted: int) -> int:
        offered = super()._next(filters, wanted)
        filters.stale = filters.stale and offered != filters.sent
        return offered


class ReferencePathfinder(Pathfinder):
    """Every path_broken causes a lookup, equal coordinates heal nothing, new ones send the last message once more, and
    all lookups are passed on and answered."""

    def __init__(self, identity: Identity, crypto: Crypto, filters: Filters) -> None:
        super().__init__(identity, crypto, filters)
        self._copies: dict[bytes, SendPayload | Seal] = {}

    def moved(self, now: float, wall: float, snapshot: Snapshot, landmarks: Landmarks) -> list[Effect]:  # noqa: ARG002
        """Paths stay as they were told, and nobody is told of a move."""
        self._snapshot = snapshot
        return []

    def send(self, now: float, wanted: SendPayload | Seal) -> list[Effect]:
        if self.leads_to(_dest(wanted)):
            self._copies[_dest(wanted)] = wanted
        return super().send(now, wanted)

    def _release(self, key: bytes) -> list[SendPayload | Seal]:
        copy = self._copies.pop(key, None)
        return super()._release(key) or ([copy] if copy else [])

    def _may_answer(self, now: float, link: PeerLink) -> bool:  # noqa: ARG002
        return True

    def _passes(self, now: float, link: PeerLink, asked: PathLookup) -> bool:  # noqa: ARG002
        return True

    def _is_final(self, dest: bytes, told: PathNotify | PathBroken) -> bool:
        """Routing comes first."""
        return dest == self._own and next_hop(self._snapshot, told.path, told.watermark) is None

    def _is_news(self, known: _Path, told: PathNotify) -> bool:
        return super()._is_news(known, told) and told.coords != known.coords

    def _break(self, now: float, dest: bytes) -> list[Effect]:
        rumor = self._rumors.get(transform(dest))
        if rumor:
            rumor.asked_at = float("-inf")
        return super()._break(now, dest)

    def _may_look(self, now: float, path: _Path) -> bool:  # noqa: ARG002
        return True

    def _next_seq(self, wall: float) -> int:
        return int(wall)


class ReferenceNode(Node):
    """A node with all of these rules."""

    def __init__(self, identity: Identity, crypto: Crypto, options: NodeOptions) -> None:
        super().__init__(identity, crypto, options)
        self._peers = Peers(ReferencePorts())
        self._tree = ReferenceTree(identity, crypto, self._peers)
        self._filters = ReferenceFilters(identity.public, self._peers)
        self._pathfinder = ReferencePathfinder(identity, crypto, self._filters)
