"""All sessions of a node: who is offered keys, who is believed, and when a session ends.

The core seals and opens; here is what it cannot know: which keys. A session begins with an init and an ack, both the
same signed offer of keys. Whoever has something to send and no session sends an init; so does whoever receives what
none of its keys opens.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from everleaf.control.crypto import Crypto, Identity
from everleaf.control.effects import DropKeys, Effect, Note, Seal
from everleaf.control.fading import FadingTable
from everleaf.control.handoff import SendPayload
from everleaf.control.offers import Offers
from everleaf.control.opening import Opening
from everleaf.control.session import SEQ_WINDOW, Session
from everleaf.control.throttle import TokenBucket
from everleaf.wire.session import KeyOffer, PayloadKind

MAX_MESSAGE = 130914  # bytes; what a frame leaves after the longest heads of traffic and of sealing
LIFETIME = 60.0  # seconds without traffic or handshake; the reference's
MAX_SESSIONS = 4096
OPENING_LIFETIME = 60.0  # seconds after the last write
MAX_OPENINGS = 2048
# Inits a second, and at once, to nodes that we have not written to. Sixty seconds of them fill half the openings.
STRANGERS = (16.0, 64.0)
# The same with a group secret: whoever gets an init can test guesses of the secret at home.
STRANGERS_TO_GROUP = (1.0, 8.0)


@dataclass(frozen=True, slots=True)
class SessionEntry:
    """One session, for people."""

    key: bytes
    received: int  # bytes of messages
    sent: int
    since: float  # when it was made


class Sessions:
    """The table of sessions, by the Ed25519 key of the far end.

    `group_secret`: see `Offers`. `allowed`: if not empty, there are no sessions with anybody else.
    """

    def __init__(
        self,
        identity: Identity,
        crypto: Crypto,
        group_secret: bytes = b"",
        *,
        allowed: frozenset[bytes] = frozenset(),
    ) -> None:
        self._crypto = crypto
        self._allowed = allowed
        self._offers = Offers(identity, crypto, group_secret)
        self._sessions: FadingTable[bytes, Session] = FadingTable(LIFETIME, MAX_SESSIONS)
        self._openings: FadingTable[bytes, Opening] = FadingTable(OPENING_LIFETIME, MAX_OPENINGS)
        self._latest = 0  # Unix seconds: the latest date of an offer
        self._strangers = TokenBucket(*(STRANGERS_TO_GROUP if group_secret else STRANGERS))
        self._counters = {
            "offers_forged": 0,  # not signed by their source, not for us, or for another group
            "offers_stale": 0,  # older than what we have, or far off our clock
            "offers_unfit": 0,  # keys of low order
            "sessions_denied": 0,
            "strangers_limited": 0,
            "messages_oversized": 0,
            "messages_waited_in_vain": 0,
        }

    # --- events ------------------------------------------------------------------------------------------------------

    def write(self, now: float, wall: float, key: bytes, message: bytes) -> list[Effect]:
        """Send one in-session message (kind byte first), at once or when there is a session."""
        if len(message) > MAX_MESSAGE:
            return self._drop("messages_oversized")
        if self._denies(key):
            return self._drop("sessions_denied")
        if key in self._sessions:
            return [Seal(key, message)]
        opening = self._openings.get(key) or self._opening()
        self._lose(self._keep(now, key, opening) + opening.room.add(now, message))
        return self._knock(now, wall, key, opening)

    def payload(self, now: float, wall: float, source: bytes, payload: bytes) -> list[Effect]:
        """An init or ack arrived, in the name of `source`."""
        opened = self._offers.open(source, payload)
        if opened is None:
            return self._drop("offers_forged")
        kind, offer = opened
        session = self._sessions.get(source)
        if session is None:
            return self._begin(now, wall, source, kind, offer)
        return self._renew(now, wall, session, kind, offer)

    def moved(self, now: float, key: bytes, remote_seq: int, local_seq: int, next_public: bytes) -> list[Effect]:
        """A packet of the peer's opened with the key number `remote_seq` that we do not count as its current one."""
        session = self._sessions.get(key)
        install = session and session.moved(now, remote_seq, local_seq, next_public)
        return [install] if install else []

    def refused(self, now: float, wall: float, key: bytes) -> list[Effect]:
        """No key of ours opens what came in the name of `key`: offer some, but not often, for anybody can send that."""
        session = self._sessions.get(key)
        if session is None:
            return self._challenge(now, wall, key)
        return self._offer(wall, PayloadKind.INIT, key, session) if session.may_recover(now) else []

    def activity(self, now: float, rows: Sequence[tuple[bytes, int, int]]) -> list[Effect]:
        """(key, bytes received, bytes sent) of the sessions that had traffic since the last call."""
        for key, received, sent in rows:
            session = self._sessions.get(key)
            if session:
                session.activity(now, received, sent)
                self._sessions.put(now, key, session)
        return []

    def tick(self, now: float, wall: float) -> list[Effect]:
        """Once a second: end what is over, renew what is due, offer keys again to whom we wait for."""
        effects = [effect for key, _ in self._sessions.fade(now) for effect in self._ended(key, "idle")]
        for key in list(self._sessions):
            effects += self._tick_session(now, wall, key)
        self._lose([message for _, opening in self._openings.fade(now) for message in opening.room.drain()])
        for key in list(self._openings):
            effects += self._tick_opening(now, wall, key)
        return effects

    def remove(self, key: bytes) -> list[Effect]:
        """End the session with `key`, if there is one."""
        return self._ended(key, "removed") if self._sessions.pop(key) else []

    # --- views -------------------------------------------------------------------------------------------------------

    def established(self, key: bytes) -> bool:
        """Whether there is a session with `key`."""
        return key in self._sessions

    def entries(self) -> list[SessionEntry]:
        """Every session, sorted by key."""
        sessions = ((key, self._sessions.get(key)) for key in sorted(self._sessions))
        return [SessionEntry(key, s.received, s.sent, s.since) for key, s in sessions if s]

    def counters(self) -> dict[str, int]:
        """What was refused, lost and evicted."""
        return self._counters | {
            "sessions_evicted": self._sessions.evicted,
            "openings_evicted": self._openings.evicted,
        }

    # --- steps -------------------------------------------------------------------------------------------------------

    def _begin(self, now: float, wall: float, source: bytes, kind: PayloadKind, offer: KeyOffer) -> list[Effect]:
        if self._denies(source):
            return self._drop("sessions_denied")
        asked = source in self._openings
        if not asked and not self._fresh(wall, offer):
            self._drop("offers_stale")
            return self._challenge(now, wall, source)
        opening = self._openings.get(source) or self._opening()
        session = self._session(source, now, opening, offer)
        if session is None:
            return self._drop("offers_unfit")
        if kind == PayloadKind.INIT and offer.key_seq:  # of a session that we know nothing of any more
            session.count_from(offer.seq)
        self._openings.pop(source)
        evicted = [effect for key, _ in self._sessions.put(now, source, session) for effect in self._ended(key, "full")]
        install = session.install(now, keep_nonce=False)
        ack = self._offer(wall, PayloadKind.ACK, source, session) if self._acks(kind, asked=asked) else []
        made = Note("session.made", {"key": source[:4].hex()}, "debug")
        return [*evicted, made, install, *ack, *(Seal(source, message) for message in opening.room.drain())]

    def _renew(self, now: float, wall: float, session: Session, kind: PayloadKind, offer: KeyOffer) -> list[Effect]:
        if not session.newer(wall, kind, offer):
            self._drop("offers_stale")
            return self._remind(now, wall, session, kind, offer)
        install = session.accept(now, kind, offer)
        if install is None:
            return self._drop("offers_unfit")
        self._sessions.put(now, session.key, session)
        ack = self._offer(wall, PayloadKind.ACK, session.key, session) if kind == PayloadKind.INIT else []
        return [install, *ack]

    def _remind(self, now: float, wall: float, session: Session, kind: PayloadKind, offer: KeyOffer) -> list[Effect]:
        """An old init may be a recording, and changes nothing here. Or the peer was started again and its clock set
        back: our init tells it from where to count on."""
        if kind != PayloadKind.INIT or offer.seq > session.seq or not session.may_recover(now):
            return []
        session.count_from(session.seq)
        return self._offer(wall, PayloadKind.INIT, session.key, session)

    def _challenge(self, now: float, wall: float, key: bytes) -> list[Effect]:
        """Make somebody who seems to want a session prove it, by an init that he must answer."""
        opening = self._openings.get(key)
        if opening is None:
            if self._denies(key):
                return self._drop("sessions_denied")
            if not self._strangers.take(now):
                return self._drop("strangers_limited")
            opening = self._opening()
            self._lose(self._keep(now, key, opening))
        return self._knock(now, wall, key, opening)

    def _knock(self, now: float, wall: float, key: bytes, opening: Opening) -> list[Effect]:
        return self._offer(wall, PayloadKind.INIT, key, opening) if opening.backoff.ready(now) else []

    def _offer(self, wall: float, kind: PayloadKind, key: bytes, ours: Session | Opening) -> list[Effect]:
        ours.stamp = self._stamp(wall, ours.stamp)
        payload = self._offers.seal(kind, key, ours.offer(ours.stamp))
        return [SendPayload(key, payload)] if payload else []

    def _tick_session(self, now: float, wall: float, key: bytes) -> list[Effect]:
        session = self._sessions.get(key)
        assert session is not None
        if session.silent(now):
            self._sessions.pop(key)
            return self._ended(key, "silent")
        install = session.tick(now)
        probe = self._offer(wall, PayloadKind.INIT, key, session) if session.probe_due(now) else []
        return [install, *probe] if install else probe

    def _tick_opening(self, now: float, wall: float, key: bytes) -> list[Effect]:
        opening = self._openings.get(key)
        assert opening is not None
        self._lose(opening.room.expire(now))
        return self._knock(now, wall, key, opening) if opening.room else []

    def _ended(self, key: bytes, reason: str) -> list[Effect]:
        return [DropKeys(key), Note("session.ended", {"key": key[:4].hex(), "reason": reason}, "debug")]

    def _keep(self, now: float, key: bytes, opening: Opening) -> list[bytes]:
        """Put the opening last in the line of those that must go; return the messages of one that had to."""
        gone = self._openings.put(now, key, opening)
        return [message for _, other in gone for message in other.room.drain()]

    def _lose(self, messages: list[bytes]) -> None:
        self._counters["messages_waited_in_vain"] += len(messages)

    def _drop(self, reason: str) -> list[Effect]:
        self._counters[reason] += 1
        return []

    # --- rules -------------------------------------------------------------------------------------------------------

    def _opening(self) -> Opening:
        return Opening(self._crypto)

    def _session(self, key: bytes, now: float, opening: Opening, offer: KeyOffer) -> Session | None:
        return Session.begin(key, self._crypto, now, opening, offer)

    def _denies(self, key: bytes) -> bool:
        return bool(self._allowed) and key not in self._allowed

    def _fresh(self, wall: float, offer: KeyOffer) -> bool:
        """Whether an offer that we did not ask for may make a session; if not, it may be a recording, or one of the
        clocks is wrong: we ask."""
        return abs(offer.seq - wall) <= SEQ_WINDOW

    def _acks(self, kind: PayloadKind, *, asked: bool) -> bool:
        """Whether the offer that made a session is answered. An ack that we asked for is an answer already: the peer
        has both keys of our init, and one more step of its own would outrun us."""
        return kind == PayloadKind.INIT or not asked

    def _stamp(self, wall: float, last: int) -> int:
        """The `seq` of our next offer. It runs ahead of the clock rather than be ignored as not newer, also when the
        clock was set back: the peer may hold a session that we gave up."""
        self._latest = max(self._latest, int(wall))
        return max(self._latest, last + 1)
