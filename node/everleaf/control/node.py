"""One node: the machines, wired. Events go in with their time, effects come out; nothing in here waits or sends."""

from __future__ import annotations

from collections import deque
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from everleaf.address import address_of
from everleaf.control.bloom import Filters
from everleaf.control.complaints import Complaints
from everleaf.control.crypto import Crypto, Identity
from everleaf.control.effects import DropLink, Effect, Note, Publish, Seal, Snapshot
from everleaf.control.handoff import Lookup, PathFound, SendPayload, WriteMessage
from everleaf.control.neighbours import Neighbours
from everleaf.control.pathfinder import Pathfinder
from everleaf.control.peers import PeerLink, Peers
from everleaf.control.ports import Ports
from everleaf.control.queries import Queries
from everleaf.control.resolver import Resolver
from everleaf.control.sessions import SessionEntry, Sessions
from everleaf.control.tree import Tree
from everleaf.control.views import LookupEntry, PathEntry, PeerState, TreeEntry
from everleaf.errors import LongPathError, WireError
from everleaf.wire.bloom import Bloom
from everleaf.wire.codec import Path
from everleaf.wire.frame import Message, decode
from everleaf.wire.message import Query
from everleaf.wire.pathfinder import PathBroken, PathLookup, PathNotify
from everleaf.wire.tree import Announce, SigReq, SigRes

NANOSECONDS = 1_000_000_000


@dataclass(frozen=True, slots=True)
class NodeOptions:
    """What the operator decides."""

    mtu: int = 65535  # of the local interface; 0: there is none
    group_secret: bytes = b""  # SHA-256 of the group password, or empty
    allowed_keys: frozenset[bytes] = frozenset()  # with whom sessions are made; empty: with everybody
    node_info: bytes = b"{}"  # JSON, as others see it
    privacy: bool = False  # tell others nothing about our peers and tree


class Node:
    """The control plane of one node. `now` is monotonic seconds; only `start` and `tick` know the date."""

    def __init__(self, identity: Identity, crypto: Crypto, options: NodeOptions) -> None:
        self._own = identity.public
        self._peers = Peers(Ports())
        self._tree = Tree(identity, crypto, self._peers)
        self._filters = Filters(self._own, self._peers)
        self._pathfinder = Pathfinder(identity, crypto, self._filters)
        self._sessions = Sessions(identity, crypto, options.group_secret, allowed=options.allowed_keys)
        self._resolver = Resolver(self._own, options.mtu)
        self._neighbours = Neighbours(address_of(self._own))
        self._queries = Queries(
            self._own,
            tree_keys=lambda: [entry.key for entry in self.tree()],
            peer_keys=lambda: [link.key for link in self._peers.links() if link.trusted],
            node_info=options.node_info,
            privacy=options.privacy,
        )
        self._snapshot = Snapshot((), ())
        self._date = 0.0  # Unix seconds at now == 0
        self._complaints = Complaints()
        self._counters = {"frames_refused": 0, "paths_too_long": 0, "notices_limited": 0}

    # --- time --------------------------------------------------------------------------------------------------------

    def start(self, now: float, wall: float) -> list[Effect]:
        """Before anything else, once."""
        self._date = wall - now
        return [*self._tree.start(now, wall), *self._publish(now)]

    def tick(self, now: float, wall: float) -> list[Effect]:
        """Once a second."""
        self._date = wall - now
        shape = [*self._grow(now), *self._filters.tick(self._tree.on_tree()), *self._publish(now)]
        ends = [*self._pathfinder.tick(now, wall), *self._sessions.tick(now, wall), *self._resolver.tick(now)]
        rest = [*self._queries.tick(now), *self._neighbours.tick(now), *self._complain_of_excess(now)]
        self._complaints.fade(now)
        return self._settle(now, [*shape, *ends, *rest])

    def flush(self, now: float) -> list[Effect]:
        """After each batch of events, once for all of them: what their changes to the tree mean for others."""
        return [*self._tree.flush(), *self._publish(now)]

    # --- links -------------------------------------------------------------------------------------------------------

    def link_up(self, now: float, number: int, key: bytes, priority: int) -> list[Effect]:
        """A link was admitted. It is trusted later, when the peer has signed something fresh on it."""
        link = self._peers.up(now, number, key, priority)
        return [*self._tree.link_up(now, link), *self._filters.link_up(link)]

    def link_down(self, now: float, number: int) -> list[Effect]:
        """A link ended, whoever ended it. Unknown numbers are ignored."""
        link = self._peers.down(now, number)
        if link is None:
            return []
        self._tree.link_down(link.key)
        return self._filters.link_down(number, link.key)

    def frame(self, now: float, number: int, frame: bytes) -> list[Effect]:
        """One control frame (type byte and body) arrived."""
        link = self._peers.link(number)
        if link is None:
            return []
        try:
            message = decode(frame)
        except LongPathError:
            self._counters["paths_too_long"] += 1
            return []
        except WireError as error:
            return self._refuse(now, link, DropLink(number, str(error)))
        match self._settle(now, self._take(now, link, message)):
            case [DropLink() as drop]:
                return self._refuse(now, link, drop)
            case effects:
                return effects

    # --- the packet path ---------------------------------------------------------------------------------------------

    def packet(self, now: float, packet: bytes) -> list[Effect]:
        """The local host sends an IPv6 packet that the core has no path or keys for."""
        return self._settle(now, self._resolver.packet(now, packet))

    def traffic(self, now: float, source: bytes, payload: bytes) -> list[Effect]:
        """An init or ack for us; `source` is a claim."""
        return self._settle(now, self._sessions.payload(now, self._wall(now), source, payload))

    def message(self, now: float, key: bytes, message: bytes) -> list[Effect]:
        """An in-session message (kind byte first) that is not an IPv6 packet."""
        return self._settle(now, self._queries.message(now, key, message))

    def session_moved(
        self, now: float, key: bytes, remote_seq: int, local_seq: int, next_public: bytes
    ) -> list[Effect]:
        """The far end of a session seals with its next key."""
        return self._settle(now, self._sessions.moved(now, key, remote_seq, local_seq, next_public))

    def session_refused(self, now: float, key: bytes) -> list[Effect]:
        """Sealed traffic that no installed key opens; `key` is a claim."""
        return self._settle(now, self._sessions.refused(now, self._wall(now), key))

    def dead_end(self, now: float, origin: Path, source: bytes, dest: bytes) -> list[Effect]:
        """Traffic has no next hop here."""
        return self._settle(now, self._pathfinder.dead_end(now, origin, source, dest))

    def too_big(self, now: float, key: bytes, head: bytes) -> list[Effect]:
        """A packet from `key` exceeds our MTU."""
        return self._settle(now, self._resolver.too_big(now, key, head))

    def tap_attached(self, now: float) -> list[Effect]:
        """The local host is behind Ethernet, on a device that was just attached."""
        return self._neighbours.start(now)

    def neighbour(self, now: float, frame: bytes) -> list[Effect]:
        """The local host sends a frame of neighbour discovery."""
        return self._neighbours.frame(now, frame)

    def activity(self, now: float, rows: Sequence[tuple[bytes, int, int]]) -> list[Effect]:
        """(key, bytes received, bytes sent) of the sessions that moved since the last call."""
        self._pathfinder.activity(now, rows)
        return self._settle(now, [*self._sessions.activity(now, rows), *self._resolver.activity(now, rows)])

    # --- the operator ------------------------------------------------------------------------------------------------

    def ask(self, now: float, token: int, kind: Query, key: bytes) -> list[Effect]:
        """Ask another node about itself; an `Answer` with this token follows, at the latest after 6 s."""
        return self._settle(now, self._queries.ask(now, token, kind, key))

    def configure(self, now: float, options: NodeOptions) -> list[Effect]:
        """Take over what can change while running: node info and privacy."""
        self._queries.configure(options.node_info, options.privacy)
        return self._settle(now, [])

    @property
    def root(self) -> bytes:
        """Key of the root."""
        return self._tree.root

    @property
    def parent(self) -> bytes:
        """Key of our parent; our own when we are root."""
        return self._tree.parent

    @property
    def coords(self) -> Path:
        """Ports from the root down to us."""
        return self._tree.coords

    def tree(self) -> list[TreeEntry]:
        """Every node whose place we keep, sorted by key."""
        return self._tree.entries()

    def paths(self) -> list[PathEntry]:
        """Every path we know, sorted by key."""
        return self._pathfinder.paths()

    def lookups(self) -> list[LookupEntry]:
        """Who looked for something through us lately, sorted by key."""
        return self._pathfinder.lookups()

    def sessions(self) -> list[SessionEntry]:
        """Every session, sorted by key."""
        return self._sessions.entries()

    def peers(self) -> dict[int, PeerState]:
        """Every admitted link, by its number, oldest first."""
        return {link.number: self._state(link) for link in self._peers.links()}

    def counters(self) -> dict[str, int]:
        """Everything that was refused, dropped or evicted, by name."""
        machines = (self._tree, self._pathfinder, self._sessions, self._resolver, self._neighbours, self._queries)
        merged = self._counters | {"complaints_evicted": self._complaints.evicted}
        for machine in machines:
            merged |= machine.counters()
        return merged

    # --- inside ------------------------------------------------------------------------------------------------------

    def _take(self, now: float, link: PeerLink, message: Message) -> Iterable[Effect]:
        """A decoded frame to its machine. An unproven link may only build the tree."""
        match message:
            case SigReq():
                return self._tree.sig_req(now, link, message)
            case SigRes():
                return self._tree.sig_res(now, link, message)
            case Announce():
                return self._tree.announce(now, link, message)
            case Bloom(bits):
                self._filters.received(link, bits)
            case PathLookup() if link.trusted:
                return self._pathfinder.lookup_received(now, self._wall(now), link, message)
            case PathNotify() | PathBroken() if link.trusted:
                return self._take_notice(now, link, message)
        return []

    def _take_notice(self, now: float, link: PeerLink, message: PathNotify | PathBroken) -> list[Effect]:
        if not link.notices.take(now):
            self._counters["notices_limited"] += 1
            link.excess.add("notices")
            return []
        if isinstance(message, PathNotify):
            return self._pathfinder.notify_received(now, message)
        return self._pathfinder.broken_received(now, message)

    def _refuse(self, now: float, link: PeerLink, drop: DropLink) -> list[Effect]:
        """A frame that no honest peer sends ends its link."""
        self._counters["frames_refused"] += 1
        return [*self._complaints.about(now, link, "peer.nonsense", drop.reason), drop]

    def _complain_of_excess(self, now: float) -> list[Effect]:
        effects: list[Effect] = []
        for link in self._peers.links():
            if link.excess:
                what = ", ".join(sorted(link.excess))
                effects += self._complaints.about(now, link, "peer.limited", f"too many {what}")
                link.excess.clear()
        return effects

    def _grow(self, now: float) -> list[Effect]:
        """The tree's tick; a change of parent or root is news."""
        before = self.parent, self.root
        effects = self._tree.tick(now)
        if (self.parent, self.root) == before:
            return effects
        fields = {"parent": self.parent.hex()[:8], "root": self.root.hex()[:8], "depth": len(self.coords)}
        return [*effects, Note("tree.moved", fields)]

    def _settle(self, now: float, effects: Iterable[Effect]) -> list[Effect]:
        """Carry out what the machines ask of each other, in order, until only the daemon's part is left."""
        waiting, done = deque(effects), []
        while waiting:
            effect = waiting.popleft()
            inner = self._inner(now, effect)
            if inner is None:
                done.append(effect)
            else:
                waiting.extendleft(reversed(inner))
        return done

    def _inner(self, now: float, effect: Effect) -> Sequence[Effect] | None:
        """What becomes of an effect between machines; None for one that is the daemon's."""
        match effect:
            case WriteMessage(key, message):
                return self._sessions.write(now, self._wall(now), key, message)
            case SendPayload():
                return self._pathfinder.send(now, effect)
            case Seal(key) if not self._pathfinder.leads_to(key):
                return self._pathfinder.send(now, effect)
            case Lookup(key):
                return self._pathfinder.lookup(now, key)
            case PathFound(key):
                return self._resolver.path_found(now, key)
        return None

    def _publish(self, now: float) -> list[Effect]:
        """The forwarding table, whole, when it is not what it was; and the paths that change with the tree."""
        before, self._snapshot = self._snapshot, self._tree.snapshot()
        moved = self._pathfinder.moved(now, self._wall(now), self._snapshot, self._tree.landmarks())
        return moved if self._snapshot == before else [Publish(self._snapshot), *moved]

    def _state(self, link: PeerLink) -> PeerState:
        latency = int((link.probe.lag or 0) * NANOSECONDS)
        return PeerState(self._peers.port(link.key), link.probe.cost, latency, link.trusted)

    def _wall(self, now: float) -> float:
        return self._date + now
