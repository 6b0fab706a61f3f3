"""Sessions by the reference's rules, where ours are mended: what the recordings were made with, and what is wrong."""

# ruff: noqa: ARG002 - a rule that looks at nothing overrides one that does

from __future__ import annotations

from everleaf.control.effects import Effect
from everleaf.control.generation import Generation, RemoteKeys, Row
from everleaf.control.opening import Opening
from everleaf.control.session import Session
from everleaf.control.sessions import Sessions
from everleaf.control.waiting import WaitingRoom
from everleaf.wire.session import KeyOffer, PayloadKind


class NewestOnly(WaitingRoom):
    """One waits; the next to come takes the place."""

    def add(self, now: float, item: bytes) -> list[bytes]:
        gone = self.drain()
        super().add(now, item)
        return gone

    def expire(self, now: float) -> list[bytes]:
        return []


class ReferenceOpening(Opening):
    """Says the same, at the same `seq`, each time."""

    def __init__(self, crypto) -> None:
        super().__init__(crypto)
        self.room = NewestOnly()

    def offer(self, seq: int) -> KeyOffer:
        self.first_seq = getattr(self, "first_seq", seq)
        return super().offer(self.first_seq)


class ReferenceSession(Session):
    """Believes any newer `seq`, forgets old keys at once, and answers everything."""

    def newer(self, wall: float, kind: PayloadKind, offer: KeyOffer) -> bool:
        return offer.seq > self.seq

    def _repeats(self, remote: RemoteKeys) -> bool:
        return False

    def _retire(self, now: float, old: Generation) -> list[tuple[Row, float]]:
        return []

    def _stays(self) -> bool:
        return False

    def _keeps_nonce(self) -> bool:
        return True

    def may_recover(self, now: float) -> bool:
        return True

    def silent(self, now: float) -> bool:
        return False

    def probe_due(self, now: float) -> bool:
        return False


class ReferenceSessions(Sessions):
    """Also makes its keys in the reference's order, so that scripted ones come out right."""

    def _opening(self) -> Opening:
        return ReferenceOpening(self._crypto)

    def _session(self, key: bytes, now: float, opening: Opening, offer: KeyOffer) -> Session | None:
        if opening.stamp:
            self._burn(3)  # made, then replaced by what the init had
        else:
            opening.first, opening.second = opening.second, self._crypto.box_key()
        return ReferenceSession.begin(key, self._crypto, now, opening, offer)

    def _burn(self, keys: int) -> None:
        for _ in range(keys):
            self._crypto.box_key()

    def _fresh(self, wall: float, offer: KeyOffer) -> bool:
        return True

    def _acks(self, kind: PayloadKind, *, asked: bool) -> bool:
        return True

    def _stamp(self, wall: float, last: int) -> int:
        return int(wall)

    def _knock(self, now: float, wall: float, key: bytes, opening: Opening) -> list[Effect]:
        return self._offer(wall, PayloadKind.INIT, key, opening)

    def _tick_opening(self, now: float, wall: float, key: bytes) -> list[Effect]:
        return []

    def _remind(self, now: float, wall: float, session: Session, kind: PayloadKind, offer: KeyOffer) -> list[Effect]:
        return []

    def _challenge(self, now: float, wall: float, key: bytes) -> list[Effect]:
        return self._offer(wall, PayloadKind.INIT, key, self._opening())  # whose private halves nobody keeps
