"""CPU time of one node's control plane: many peers, many sessions, and the cryptography that ships.

Every kind of event is measured by itself, in thread CPU time, and multiplied by how often it happens in an hour.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass

from everleaf import _core
from everleaf.control.effects import Effect, SendFrame
from everleaf.control.node import Node, NodeOptions
from everleaf.control.offers import Offers
from everleaf.control.opening import Opening
from everleaf.wire.bloom import Bloom
from everleaf.wire.codec import MAX_UINT64
from everleaf.wire.frame import decode
from everleaf.wire.pathfinder import PathLookup, PathNotify, statement
from everleaf.wire.session import PayloadKind
from everleaf.wire.tree import Announce, SigReq, SigRes
from everleaf.wire.tree import statement as tree_statement

WALL = 1_700_000_000.0  # Unix seconds at now == 0
HOUR = 3600
SAMPLES = 200  # of each kind of event, at most


@dataclass(frozen=True, slots=True)
class Cost:
    """One kind of event."""

    kind: str
    an_hour: float
    each: float  # CPU seconds


class Load:
    """A root with `peers` children; to `sessions` more there are sessions, all through the first child."""

    def __init__(self, peers: int, sessions: int) -> None:
        keys = sorted((_identity(n) for n in range(peers + sessions + 1)), key=lambda identity: identity.public)
        self.own, self.peers, self.far = keys[0], keys[1 : peers + 1], keys[peers + 1 :]
        self.node = Node(self.own, _core, NodeOptions())
        self.now = 0.0
        self.node.start(0.0, WALL)
        for number, peer in enumerate(self.peers):
            self._join(number, peer)
        self.tick()
        for far in self.far:
            self._make_session(far)

    def tick(self) -> list[Effect]:
        """The next second."""
        self.now += 1
        return self.node.tick(self.now, WALL + self.now)

    def ports(self) -> dict[int, int]:
        """By link."""
        return {number: peer.port for number, peer in self.node.peers().items()}

    def child(self, number: int, seq: int) -> bytes:
        """The frame of an announce: this peer hangs from us."""
        peer, port = self.peers[number], self.ports()[number]
        signed = tree_statement(peer.public, self.own.public, seq, 1, port)
        return Announce(peer.public, self.own.public, seq, 1, port, self.own.sign(signed), peer.sign(signed)).frame()

    def vote(self, number: int, asked: SigReq) -> bytes:
        """The frame of an answer."""
        peer = self.peers[number]
        signature = peer.sign(tree_statement(self.own.public, peer.public, asked.seq, asked.nonce, 1))
        return SigRes(asked.seq, asked.nonce, 1, signature).frame()

    def hear(self, number: int, frame: bytes) -> None:
        """One frame, and the flush of its batch."""
        self.node.frame(self.now, number, frame)
        self.node.flush(self.now)

    def _join(self, number: int, peer: _core.Identity) -> None:
        effects = self.node.link_up(self.now, number, peer.public, 0)
        frames = [effect.frame for effect in effects if isinstance(effect, SendFrame)]
        [asked] = [message for message in map(decode, frames) if isinstance(message, SigReq)]
        self.hear(number, self.vote(number, asked))
        self.hear(number, self.child(number, 1))

    def _make_session(self, far: _core.Identity) -> None:
        self.node._pathfinder.lookup(self.now, far.public)
        coords = (self.ports()[0], 1)
        told = PathNotify((), MAX_UINT64, far.public, self.own.public, 1, coords, far.sign(statement(1, coords)))
        self.node._pathfinder.notify_received(self.now, told)
        opening = Opening(_core)
        payload = Offers(far, _core, b"").seal(PayloadKind.INIT, self.own.public, opening.offer(int(WALL + self.now)))
        assert payload is not None
        self.node.traffic(self.now, far.public, payload)


def measure(peers: int, sessions: int) -> list[Cost]:
    """Every kind of event that a calm hour has, and some that traffic of others brings."""
    load = Load(peers, sessions)
    assert len(load.node.sessions()) == sessions
    rows = [(far.public, 1000, 1000) for far in load.far]
    costs = [
        Cost("tick", HOUR, _each([load.tick] * 30)),
        Cost("activity of all sessions", HOUR, _each([lambda: load.node.activity(load.now, rows)] * 30)),
        Cost("session moves on", HOUR / 60 * sessions, _moves(load)),
        Cost("sig_req", HOUR / 30 * peers, _frames(load, lambda n: SigReq(n + 1, n).frame())),
        Cost("announce, renewed", HOUR / 240 * peers, _frames(load, lambda n: load.child(n, 2))),
        Cost("filter", peers, _frames(load, lambda _: Bloom(1 << 77).frame())),
        Cost("lookup of a stranger", HOUR, _frames(load, lambda n: PathLookup(_key(n), _key(n + 1), (1,)).frame())),
        Cost("sig_res and the question", HOUR / 30 * peers, _probes(load)),
    ]
    return [cost for cost in costs if cost.an_hour]


def report(costs: Sequence[Cost]) -> str:
    """Markdown."""
    lines = ["| event | an hour | CPU us each | CPU s an hour |", "| --- | --- | --- | --- |"]
    lines += [f"| {c.kind} | {c.an_hour:.0f} | {c.each * 1e6:.0f} | {c.each * c.an_hour:.1f} |" for c in costs]
    total = sum(cost.each * cost.an_hour for cost in costs)
    return "\n".join([*lines, f"| all | | | {total:.1f} ({total / HOUR:.2%} of a core) |"])


def _probes(load: Load) -> float:
    """Ticks until every peer was asked, then its answers."""
    asked: dict[int, SigReq] = {}
    while len(asked) < len(load.peers):
        for effect in load.tick():
            if isinstance(effect, SendFrame) and isinstance(question := decode(effect.frame), SigReq):
                asked[effect.link] = question
    votes = [(number, load.vote(number, question)) for number, question in asked.items()]
    return _each([lambda v=vote: load.hear(*v) for vote in votes[:SAMPLES]])


def _frames(load: Load, frame: Callable[[int], bytes]) -> float:
    frames = [(number, frame(number)) for number in range(min(SAMPLES, len(load.peers)))]
    return _each([lambda f=one: load.hear(*f) for one in frames])


def _moves(load: Load) -> float:
    calls = []
    for far in load.far[:SAMPLES]:
        session = load.node._sessions._sessions.get(far.public)
        assert session is not None
        seqs = session._generation.remote.seq + 1, session._generation.own.seq
        following = _core.box_key().public
        calls.append(lambda k=far.public, s=seqs, p=following: load.node.session_moved(load.now, k, *s, p))
    return _each(calls) if calls else 0.0


def _each(calls: Sequence[Callable[[], object]]) -> float:
    """Mean CPU seconds of a call."""
    began = time.thread_time()
    for call in calls:
        call()
    return (time.thread_time() - began) / len(calls)


def _identity(number: int) -> _core.Identity:
    return _core.Identity(number.to_bytes(32))


def _key(number: int) -> bytes:
    return number.to_bytes(32, "little")
