"""The spanning tree: who is our parent, what we announce, and which announces each peer has.

Every node keeps the announces of its own ancestors, of its peers, and of their ancestors. The lowest key is the root.
One change per tick, root first, and two ticks of grace before a node declares itself root: faster reactions make
large trees flap.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable

from everleaf.control.crypto import Crypto, Identity
from everleaf.control.effects import DropLink, Effect, Hop, SendFrame, Snapshot, TrustLink
from everleaf.control.infos import Infos, Verdict
from everleaf.control.landmarks import Landmarks
from everleaf.control.parent import choose_parent
from everleaf.control.peers import PeerLink, Peers
from everleaf.control.probes import ANSWER_DEADLINE
from everleaf.control.views import TreeEntry
from everleaf.wire.codec import MAX_PORTS, Path
from everleaf.wire.tree import Announce, SigReq, SigRes, statement

REFRESH = 240.0  # seconds after which our own announce is renewed
NONCE_SIZE = 8  # bytes
UNPROVEN = b""  # who tells us what comes on unproven links: nobody uses up the allowance of a peer he poses as


class Tree:
    """Our place in the tree. Needs `start` before anything else."""

    def __init__(self, identity: Identity, crypto: Crypto, peers: Peers) -> None:
        self._identity = identity
        self._crypto = crypto
        self._peers = peers
        self._own = identity.public
        self._infos = Infos(self._own)
        self._votes: dict[bytes, SigRes] = {}  # by peer: the place it has signed for us
        self._sent: dict[bytes, set[bytes]] = {}  # by key: the peers that have its present announce
        self._hops: dict[bytes, Hop | None] = {}  # by peer, as far as they are what they were
        self._snapshot: Snapshot | None = None  # as it was last made; none once something in it may have changed
        self._landmarks: Landmarks | None = None  # the same
        self._news = False  # somebody moved, and the peers may have to hear of it
        self._refresh = False
        self._refresh_at = float("inf")
        self._alone = self._alone_before = False  # the fuse: root at the second tick without a parent
        self._doubles: set[bytes] = set()  # the fuse: children that stood where another does at the last tick
        self._counters = {
            "votes_limited": 0,  # sig_req and sig_res
            "announces_limited": 0,
            "announces_outdated": 0,  # old news, or a replay
        }

    # --- events ------------------------------------------------------------------------------------------------------

    def start(self, now: float, wall: float) -> list[Effect]:
        """Be a root of one."""
        return self._become_root(now, self._first_seq(wall))

    def link_up(self, now: float, link: PeerLink) -> list[Effect]:
        """Tell a further link of a peer what the others were told; ask every link for a place."""
        self._shift_peer(link.key)
        effects = [self._send(link, key) for key in self._infos if link.key in self._sent.get(key, ())]
        return [*effects, self._ask(now, link)]

    def link_down(self, key: bytes) -> None:
        """A link to `key` ended. The tree reacts at the next tick."""
        self._shift_peer(key)
        if key not in self._peers:
            self._doubles.discard(key)
            self._votes.pop(key, None)
            for has in self._sent.values():
                has.discard(key)

    def sig_req(self, now: float, link: PeerLink, asked: SigReq) -> list[Effect]:
        """Sign a place for the peer, whatever it asks: without an answer we could not be its parent."""
        if not link.votes.take(now):
            return self._limit(link, "votes")
        port = self._peers.port(link.key)
        signature = self._identity.sign(statement(link.key, self._own, asked.seq, asked.nonce, port))
        return [SendFrame(link.number, SigRes(asked.seq, asked.nonce, port, signature).frame())]

    def sig_res(self, now: float, link: PeerLink, vote: SigRes) -> list[Effect]:
        """A place the peer signed for us. Fresh, it proves the peer's key on this link."""
        if not link.votes.take(now):
            return self._limit(link, "votes")
        signed = statement(self._own, link.key, vote.seq, vote.nonce, vote.port)
        if not self._crypto.verify(link.key, signed, vote.psig):
            return [DropLink(link.number, "bad signature in sig_res")]
        if not link.probe.answer(now, vote) or not vote.port:
            return []
        self._shift_link(link.key)
        self._votes[link.key] = vote
        if link.trusted:
            return []
        link.trusted = True
        return [TrustLink(link.number)]

    def announce(self, now: float, link: PeerLink, new: Announce) -> list[Effect]:
        """Judge before verifying: most announces are known already, and checking costs two signatures."""
        if not new.port and new.key != new.parent:
            return [DropLink(link.number, "announce without a port")]
        verdict = self._infos.judge(new)
        if verdict is Verdict.BETTER:
            return self._accept(now, link, new)
        self._mark(link, new.key)
        if verdict is not Verdict.WORSE:
            return []
        self._counters["announces_outdated"] += 1
        return [self._send(link, new.key)]

    def tick(self, now: float) -> list[Effect]:
        """Once a second: age, move if there is reason to, ask, tell."""
        self._alone_before |= self._alone
        gone = self._infos.fade(now)
        if gone:
            self._shift(gone)
        self._refresh |= now >= self._refresh_at
        return [*self._move(now), *self._probe(now), *self._tell(), *self._part()]

    def flush(self) -> list[Effect]:
        """After each batch of events: moves in our own ancestry the peers hear of at once, of the rest at the tick.

        Traffic goes astray between neighbours that do not agree where they stand. Nobody moves more than once per
        tick, so this sends no more than ticks would.
        """
        if not self._news:
            return []
        self._news = False
        ours = self._infos.ancestry(self._own)
        return [effect for key in self._peers for effect in self._tell_peer(key, ours)]

    # --- views -------------------------------------------------------------------------------------------------------

    @property
    def root(self) -> bytes:
        """The topmost node we know of."""
        return self._infos.ancestry(self._own)[0]

    @property
    def parent(self) -> bytes:
        """Our parent's key; our own when we are root."""
        return self._me.parent

    @property
    def coords(self) -> Path:
        """Where we stand."""
        place = self._infos.place(self._own)
        return place.coords if place else ()

    def entries(self) -> list[TreeEntry]:
        """Every node we know of, sorted by key."""
        held = (self._infos.get(key) for key in sorted(self._infos))
        return [TreeEntry(info.key, info.parent, info.seq) for info in held if info]

    def on_tree(self) -> list[bytes]:
        """The peers that are our parent or our children, and have proved it; sorted."""
        return [key for key in self._peers if self._peers.best(key) and self._related(key)]

    def snapshot(self) -> Snapshot:
        """Ourselves and every peer that traffic may be sent to. Costs nothing while nothing has changed."""
        if self._snapshot is None:
            for key in self._peers:
                if key not in self._hops:
                    self._hops[key] = self._hop(key)
            hops = (self._hops[key] for key in self._peers)
            self._snapshot = Snapshot(self.coords, tuple(hop for hop in hops if hop))
        return self._snapshot

    def landmarks(self) -> Landmarks:
        """Everybody whose place under our root we know. The same object while nothing has changed."""
        if self._landmarks is None:
            near = {key for peer in self._peers for key in self._infos.walk(peer)} | {*self._infos.walk(self._own)}
            places = {key: self._coords_of(key) for key in sorted(near)}
            places |= {key: self._beside(key) for key in self._peers if places.get(key) is None}
            self._landmarks = Landmarks({key: coords for key, coords in places.items() if coords is not None})
        return self._landmarks

    def counters(self) -> dict[str, int]:
        """What was refused or made no difference, by reason."""
        return self._counters | {
            "infos_refused": self._infos.refused,
            "infos_evicted": self._infos.evicted,
            "ports_forgotten": self._peers.ports_forgotten,
        }

    # --- our own place -----------------------------------------------------------------------------------------------

    @property
    def _me(self) -> Announce:
        me = self._infos.get(self._own)
        assert me is not None, "start comes first"
        return me

    def _first_seq(self, wall: float) -> int:
        """Higher than anything an earlier life of this node announced, so that nobody holds on to its old place."""
        return int(wall)

    def _move(self, now: float) -> list[Effect]:
        costs = {key: cost for key in self._peers if (cost := self._peers.cost(key)) is not None}
        best = choose_parent(self._own, self._infos, costs, [key for key in self._votes if key in costs], self._refresh)
        moves = best.parent != self.parent or self._misplaced()
        if not (self._refresh or self._alone or self._alone_before or moves):
            return []
        vote = self._votes.get(best.parent)
        if best.root != self._own and vote and vote.seq > self._me.seq:
            return self._publish(now, best.parent, vote)
        if self._alone_before:
            return self._become_root(now, self._me.seq + 1)
        self._alone = True
        return []

    def _misplaced(self) -> bool:
        """Whether our parent has another port for us than we announce: after its restart ours may be a sibling's."""
        vote = self._votes.get(self.parent)
        return vote is not None and vote.seq > self._me.seq and vote.port != self._me.port

    def _become_root(self, now: float, seq: int) -> list[Effect]:
        nonce = self._nonce()
        signature = self._identity.sign(statement(self._own, self._own, seq, nonce, 0))
        return self._publish(now, self._own, SigRes(seq, nonce, 0, signature))

    def _publish(self, now: float, parent: bytes, place: SigRes) -> list[Effect]:
        """Take a place, and collect new votes for the next one."""
        signature = self._identity.sign(statement(self._own, parent, place.seq, place.nonce, place.port))
        me = Announce(self._own, parent, place.seq, place.nonce, place.port, place.psig, signature)
        self._store(now, me, self._own)
        self._refresh = self._alone = self._alone_before = False
        self._votes.clear()
        return [self._ask(now, link) for link in self._peers.links()]

    # --- links -------------------------------------------------------------------------------------------------------

    def _probe(self, now: float) -> list[Effect]:
        effects: list[Effect] = []
        for link in self._peers.links():
            if link.probe.overdue(now):
                effects.append(DropLink(link.number, f"sig_req unanswered for {ANSWER_DEADLINE:g} s"))
            elif self._asks_again(now, link):
                effects.append(self._ask(now, link))
        return effects

    def _asks_again(self, now: float, link: PeerLink) -> bool:
        return link.probe.due(now)

    def _ask(self, now: float, link: PeerLink) -> Effect:
        question = SigReq(self._me.seq + 1, self._nonce_for(link))
        link.probe.ask(now, question)
        return SendFrame(link.number, question.frame())

    def _nonce_for(self, link: PeerLink) -> int:  # noqa: ARG002  a subclass may share one among the links of a peer
        """Used on this link only, or the answer would prove nothing about it."""
        return self._nonce()

    def _nonce(self) -> int:
        return int.from_bytes(self._crypto.random(NONCE_SIZE), "big")

    def _hop(self, key: bytes) -> Hop | None:
        link, coords = self._peers.best(key), self._coords_of(key)
        if coords is None:
            coords = self._beside(key)
        if link is None or coords is None:
            return None
        return Hop(coords, link.number, link.probe.cost, link.age)

    def _beside(self, key: bytes) -> Path | None:
        """A place for a peer of whom we cannot say where it stands: as if it were our child. Only what is for this
        peer comes near it, for a port is never shared. None where no path is long enough to lead there."""
        here = self.coords
        return (*here, self._peers.port(key)) if len(here) < MAX_PORTS else None

    def _coords_of(self, key: bytes) -> Path | None:
        """Where a node stands; None where distances mean nothing: nobody knows, or under another root."""
        here, there = self._infos.place(self._own), self._infos.place(key)
        return there.coords if here and there and there.root == here.root else None

    def _related(self, key: bytes) -> bool:
        info = self._infos.get(key)
        return self.parent == key or (info is not None and info.parent == self._own)

    # --- our children ------------------------------------------------------------------------------------------------

    def _part(self) -> list[Effect]:
        """Send children away that stand where another belongs, at a place that an earlier life of ours has signed.

        Not all move when we give them another place, but all do when they have been without us for a tick.
        """
        before, self._doubles = self._doubles, self._find_doubles()
        return [
            DropLink(link.number, f"announces port {self._port_below(key)}, as another peer does")
            for key in sorted(before & self._doubles)
            for link in self._peers.links_of(key)
        ]

    def _find_doubles(self) -> set[bytes]:
        """The children that share a port of ours which is not the one we have for them."""
        ports = {key: port for key in self._peers if (port := self._port_below(key))}
        children = Counter(ports.values())
        return {key for key, port in ports.items() if children[port] > 1 and port != self._peers.port(key)}

    def _port_below(self, key: bytes) -> int:
        """The port of ours at which a node stands; 0 for none."""
        info = self._infos.get(key)
        return info.port if info and info.parent == self._own else 0

    # --- announces ---------------------------------------------------------------------------------------------------

    def _accept(self, now: float, link: PeerLink, new: Announce) -> list[Effect]:
        via = link.key if link.trusted else UNPROVEN
        if not self._infos.admits(new.key, via):
            link.excess.add("infos")
            return []
        if not link.announces.take(now):
            return self._limit(link, "announces")
        if not self._authentic(new):
            return [DropLink(link.number, "bad signature in announce")]
        self._store(now, new, via)
        self._mark(link, new.key)
        self._refresh |= new.key == self._own  # from an earlier life: publish something newer
        return []

    def _limit(self, link: PeerLink, what: str) -> list[Effect]:
        self._counters[f"{what}_limited"] += 1
        link.excess.add(what)
        return []

    def _authentic(self, new: Announce) -> bool:
        verify, signed = self._crypto.verify, new.statement
        return verify(new.parent, signed, new.psig) and verify(new.key, signed, new.sig)

    def _store(self, now: float, new: Announce, via: bytes) -> None:
        moves, alone = self._infos.moves(new), not self._infos.carries(new.key)
        gone = self._infos.store(now, new, via)
        self._unmark([new.key])
        if moves and alone and new.key != self._own and not gone:
            self._shift_peer(new.key)
        elif moves or gone:
            self._shift(gone)
        if new.key == self._own:
            self._refresh_at = now + REFRESH

    def _shift(self, gone: list[bytes]) -> None:
        """Many may stand elsewhere, and of `gone` we do not know any more."""
        self._snapshot = self._landmarks = None
        self._hops.clear()
        self._news = True
        self._unmark(gone)

    def _shift_peer(self, key: bytes) -> None:
        """Only this peer, if it is one, stands elsewhere."""
        self._landmarks = None
        self._shift_link(key)

    def _shift_link(self, key: bytes) -> None:
        """Only the best link to this peer may be another, or cost something else: all stand where they stood."""
        self._snapshot = None
        self._hops.pop(key, None)

    def _tell(self) -> list[Effect]:
        """Announce to each peer our ancestry and its own, root first, as far as it does not have them."""
        ours = self._infos.ancestry(self._own)
        needed = dict.fromkeys(ours)
        effects: list[Effect] = []
        for key in self._peers:
            theirs = self._infos.ancestry(key)
            needed.update(dict.fromkeys(theirs))
            effects += self._tell_peer(key, dict.fromkeys([*ours, *theirs]))
        self._infos.keep(needed)
        return effects

    def _tell_peer(self, peer: bytes, keys: Iterable[bytes]) -> list[Effect]:
        news = [key for key in keys if peer not in self._sent.setdefault(key, set())]
        for key in news:
            self._sent[key].add(peer)
        return [self._send(link, key) for link in self._peers.links_of(peer) for key in news]

    def _send(self, link: PeerLink, key: bytes) -> Effect:
        info = self._infos.get(key)
        assert info is not None, "only what we hold is ever sent"
        return SendFrame(link.number, info.frame())

    def _mark(self, link: PeerLink, key: bytes) -> None:
        """The peer has our present announce of `key`, or better. On an unproven link that is somebody's claim only."""
        if link.trusted:
            self._sent.setdefault(key, set()).add(link.key)

    def _unmark(self, keys: Iterable[bytes]) -> None:
        for key in keys:
            self._sent.pop(key, None)
