"""One session: when its keys move on, which old ones still open traffic, and when it is over."""

from __future__ import annotations

from typing import Self

from everleaf.control.crypto import Crypto
from everleaf.control.effects import InstallKeys, ReceiveKeys
from everleaf.control.generation import Generation, OwnKeys, RemoteKeys, Row, agree
from everleaf.control.opening import Opening
from everleaf.wire.session import KeyOffer, PayloadKind

ROTATE_EVERY = 60.0  # seconds; the reference's
RETIRED_FOR = 10.0  # seconds old keys open what is still under way; longer than any queue holds a packet
MAX_RETIRED = 6  # rows; two generations
PROBE_AFTER = 15.0  # seconds of our traffic without anything from the peer, until we offer keys again
SILENT_AFTER = 30.0  # the same, until we give the session up
RECOVER_EVERY = 1.0  # seconds between offers made because of traffic that nothing opens
SETTLE_FOR = 2.0  # seconds after an offer of the peer's without one of ours: two that cross undo each other
SEQ_WINDOW = 12 * 3600  # seconds an offer may be off our clock
MAX_STAMP = 1 << 62  # seconds a peer can make us count from; no clock shows that, and there is room above


class Session:
    """The session with `key`. Every change of its keys is returned as the `InstallKeys` that makes it real."""

    def __init__(self, key: bytes, crypto: Crypto, now: float, generation: Generation, *, seq: int, stamp: int) -> None:
        self.key = key
        self.since = now
        self.received = 0  # bytes of messages
        self.sent = 0
        self._crypto = crypto
        self._generation = generation
        self._retired: list[tuple[Row, float]] = []  # with the time until which they stay
        self._seq = seq  # highest one accepted
        self.stamp = stamp  # highest `seq` sent
        self._counts = False  # the peer's last ack was newer than what came before, not of the same second
        self._crossed = False  # each of us seals with a key that is the next one to the other
        self._rotated_at: float | None = None
        self._armed = True  # the core reports when the peer moves on
        self._unanswered_since: float | None = None
        self._recover_at = now + SETTLE_FOR  # earliest time of the next offer that nobody asked for

    @classmethod
    def begin(cls, key: bytes, crypto: Crypto, now: float, opening: Opening, offer: KeyOffer) -> Self | None:
        """The session made by the first init or ack that answers `opening`; None if it offers unfit keys."""
        own = OwnKeys(1, opening.first, opening.second, crypto.box_key())
        generation = agree(own, RemoteKeys(offer.key_seq, offer.current, offer.next))
        if generation is None:
            return None
        return cls(key, crypto, now, generation, seq=offer.seq, stamp=opening.stamp)

    @property
    def generation(self) -> Generation:
        """The keys in use."""
        return self._generation

    @property
    def seq(self) -> int:
        """The highest `seq` accepted from the peer."""
        return self._seq

    # --- keys --------------------------------------------------------------------------------------------------------

    def offer(self, seq: int) -> KeyOffer:
        """What we tell the peer, at `seq`; not signed yet."""
        own = self._generation.own
        return KeyOffer(b"", own.send.public, own.next.public, own.seq, seq)

    def count_from(self, seq: int) -> None:
        """Let our next offer be newer than `seq`, whatever our clock shows: the peer may ignore it otherwise."""
        self.stamp = max(self.stamp, min(seq, MAX_STAMP))

    def newer(self, wall: float, kind: PayloadKind, offer: KeyOffer) -> bool:
        """Whether `offer` comes after the last one, and not from so far ahead that it would block the next ones.

        `seq` counts seconds. An ack may follow an init within one, then its key's number decides; inits must not,
        for the reference sends one for every packet it cannot open, and steps that fast leave no packet openable.
        """
        if kind == PayloadKind.ACK and offer.seq == self._seq:
            return offer.key_seq > self._generation.remote.seq
        return self._seq < offer.seq <= max(self._seq, int(wall)) + SEQ_WINDOW

    def accept(self, now: float, kind: PayloadKind, offer: KeyOffer) -> InstallKeys | None:
        """Move on to the keys in an init or ack; None, and nothing changed, if they are unfit."""
        remote = RemoteKeys(offer.key_seq, offer.current, offer.next)
        repeated = self._repeats(remote)
        if not repeated and not self._step(now, remote):
            return None
        if kind == PayloadKind.ACK:
            self._counts = offer.seq > self._seq
        self._seq = offer.seq
        self._unanswered_since = None
        self._recover_at = now + SETTLE_FOR
        return self.install(now, keep_nonce=repeated or self._keeps_nonce())

    def moved(self, now: float, remote_seq: int, local_seq: int, next_public: bytes) -> InstallKeys | None:
        """The peer sealed with its next key, naming the one after it: follow, at most once a minute."""
        own, remote = self._generation.own, self._generation.remote
        if not self._may_rotate(now) or remote_seq != remote.seq + 1 or local_seq not in {own.seq, own.seq - 1}:
            return None
        if local_seq != own.seq and self._stays():
            self._crossed = True
            return None
        if not self._step(now, RemoteKeys(remote.seq + 1, remote.next, next_public)):
            return None
        self._rotated_at = now
        self._unanswered_since = None
        return self.install(now, keep_nonce=False)

    def install(self, now: float, *, keep_nonce: bool) -> InstallKeys:
        """The keys as they are, for the core; `keep_nonce` if the one we send with is not new."""
        own, remote = self._generation.own, self._generation.remote
        self._armed = self._may_rotate(now)
        rows = {row.name: row for row, until in self._retired if until > now}  # all name older keys of ours than L
        rows |= {row.name: row for row in self._generation.rows}
        moves = {row.name for row in self._generation.rows if row.remote_seq > remote.seq}
        receive = [ReceiveKeys(*name, row.key, self._armed and name in moves) for name, row in rows.items()]
        return InstallKeys(
            self.key, own.seq, remote.seq, self._generation.send, own.next.public, keep_nonce, tuple(receive)
        )

    def _step(self, now: float, remote: RemoteKeys) -> bool:
        old = self._generation
        own = old.own.advance(self._crypto.box_key())
        generation = agree(own, remote)
        if generation is None:
            return False
        self._generation, self._crossed = generation, False
        self._retired = self._retire(now, old)
        return True

    def _stays(self) -> bool:
        """Whether to keep our key while the peer does not know the one after it: it could not open what we seal next.

        So it is on both sides when inits have crossed, and both can go on like that. The reference moves on, and then
        we must as well. It counts offers by the second, so its ack has the number of its init, where ours is higher.
        """
        return self._counts

    def _repeats(self, remote: RemoteKeys) -> bool:
        """Whether we have these keys already. Then ours stay too: the peer knows two of them, so a second step would
        outrun it, and (R, L-1) would become the pair that sealed what we sent."""
        return remote == self._generation.remote

    def _retire(self, now: float, old: Generation) -> list[tuple[Row, float]]:
        """What stays open for a while: a packet may have left before its sender knew of the step."""
        rows = [*self._retired, *((row, now + RETIRED_FOR) for row in old.rows)]
        return rows[-MAX_RETIRED:]

    def _keeps_nonce(self) -> bool:
        """Whether counting goes on under a new send key. It starts again, so no key ever seals 2^48 packets:
        two-way traffic rotates every minute, one-way traffic is probed before that."""
        return False

    def _may_rotate(self, now: float) -> bool:
        return self._rotated_at is None or now - self._rotated_at > ROTATE_EVERY

    # --- time --------------------------------------------------------------------------------------------------------

    def activity(self, now: float, received: int, sent: int) -> None:
        """Bytes of messages that came and went since the last call."""
        self.received += received
        self.sent += sent
        if received:
            self._unanswered_since = None
        elif self._unanswered_since is None:
            self._unanswered_since = now

    def tick(self, now: float) -> InstallKeys | None:
        """What time alone changes: old keys go, and the next rotation is allowed."""
        kept = [(row, until) for row, until in self._retired if until > now]
        due = len(kept) < len(self._retired) or self._armed != self._may_rotate(now)
        self._retired = kept
        return self.install(now, keep_nonce=True) if due else None

    def silent(self, now: float) -> bool:
        """Whether the peer has ignored us for so long that the session is over."""
        return self._unanswered(now, SILENT_AFTER)

    def probe_due(self, now: float) -> bool:
        """Whether the peer must show that it still has the session: an init is answered, mere traffic may not be.
        It also makes keys move on that traffic does not, because inits have crossed."""
        stuck = self._crossed and now - self._recover_at > ROTATE_EVERY
        return (stuck or self._unanswered(now, PROBE_AFTER)) and self.may_recover(now)

    def may_recover(self, now: float) -> bool:
        """Whether keys may be offered once more because something could not be opened."""
        if now < self._recover_at:
            return False
        self._recover_at = now + RECOVER_EVERY
        return True

    def _unanswered(self, now: float, limit: float) -> bool:
        return self._unanswered_since is not None and now - self._unanswered_since > limit
