"""Whether a link is alive: the slow twin of the core's two link timers."""

from __future__ import annotations

from everleaf.control.effects import DropLink, Effect, SendFrame
from everleaf.wire.frame import FrameType

KEEPALIVE_DELAY = 1.0  # seconds in which a frame must be answered by something
READ_DEADLINE = 3.0  # seconds until a peer that owes us an answer is given up

KEEPALIVE = bytes([FrameType.KEEPALIVE])
_SILENT = (FrameType.DUMMY, FrameType.KEEPALIVE)  # these ask for no answer


class Liveness:
    """The timers of one link. Silence alone kills nothing; an unanswered frame does."""

    def __init__(self, link: int) -> None:
        self._link = link
        self._owe_at: float | None = None
        self._dead_at: float | None = None

    def wrote(self, now: float, kind: int) -> None:
        """A frame left: whatever it was, we owe nothing any more."""
        self._owe_at = None
        if kind not in _SILENT and self._dead_at is None:
            self._dead_at = now + READ_DEADLINE

    def heard(self) -> None:
        """Bytes arrived: the peer lives, though its frame may take long on a slow link."""
        self._dead_at = None

    def read(self, now: float, kind: int) -> None:
        """A whole frame arrived: whatever it was, the peer lives."""
        self._dead_at = None
        if kind not in _SILENT and self._owe_at is None:
            self._owe_at = now + KEEPALIVE_DELAY

    def next_at(self) -> float | None:
        """When `tick` has something to say, unless a frame comes first."""
        return min((at for at in (self._owe_at, self._dead_at) if at is not None), default=None)

    def tick(self, now: float) -> list[Effect]:
        """What the peer's silence, and ours, mean at `now`."""
        if self._dead_at is not None and now >= self._dead_at:
            self._owe_at = self._dead_at = None
            return [DropLink(self._link, f"silent for {READ_DEADLINE:g} s")]
        if self._owe_at is not None and now >= self._owe_at:
            self.wrote(now, FrameType.KEEPALIVE)
            return [SendFrame(self._link, KEEPALIVE)]
        return []
