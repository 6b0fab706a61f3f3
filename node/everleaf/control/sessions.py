"""All sessions of a node: who is greeted, who is believed, what waits, and when a session ends."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from everleaf.control.crypto import Crypto, Identity
from everleaf.control.effects import Effect


@dataclass(frozen=True, slots=True)
class SessionEntry:
    """One session, for people."""

    key: bytes
    received: int  # bytes of messages
    sent: int
    since: float  # when it was made


class Sessions:
    """The table of sessions, by the Ed25519 key of the far end."""

    def __init__(self, identity: Identity, crypto: Crypto, group_secret: bytes = b"") -> None: ...

    def write(self, now: float, wall: float, key: bytes, message: bytes) -> list[Effect]:
        """Send one in-session message, now or when there is a session."""
        raise NotImplementedError

    def payload(self, now: float, wall: float, source: bytes, payload: bytes) -> list[Effect]:
        """An init or ack arrived."""
        raise NotImplementedError

    def moved(
        self, now: float, wall: float, key: bytes, remote_seq: int, local_seq: int, next_public: bytes
    ) -> list[Effect]:
        """The peer sealed with its next key."""
        raise NotImplementedError

    def refused(self, now: float, wall: float, key: bytes) -> list[Effect]:
        """Sealed traffic that no key of ours opens."""
        raise NotImplementedError

    def activity(self, now: float, rows: Sequence[tuple[bytes, int, int]]) -> list[Effect]:
        """(key, bytes received, bytes sent) since the last call."""
        raise NotImplementedError

    def tick(self, now: float, wall: float) -> list[Effect]:
        """Once a second."""
        raise NotImplementedError

    def remove(self, key: bytes) -> list[Effect]:
        """End the session with `key`."""
        raise NotImplementedError

    def established(self, key: bytes) -> bool:
        """Whether there is a session with `key`."""
        raise NotImplementedError

    def entries(self) -> list[SessionEntry]:
        """Every session, sorted by key."""
        raise NotImplementedError

    def counters(self) -> dict[str, int]:
        """What was refused, dropped and evicted, by name."""
        raise NotImplementedError
