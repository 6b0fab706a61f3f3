"""A configured peer: when it is dialled next, and what went wrong last."""

from __future__ import annotations

from everleaf.uri import LinkURI

LONGEST_WAIT = 4096.0  # seconds, unless the URI has maxbackoff
JITTER = 0.2  # the part of a wait that chance may take away, so that a whole fleet does not come back at once
NEVER = float("inf")


class Redial:
    """One peer to keep a link to. Busy while it is dialled or linked, else waiting for `dial_at`."""

    def __init__(self, number: int, uri: LinkURI, interface: str) -> None:
        self.number = number
        self.uri = uri
        self.interface = interface
        self.busy = False
        self.dial_at = NEVER
        self.error = ""
        self.error_at = 0.0
        self._failures = 0

    @property
    def name(self) -> tuple[str, str]:
        """What tells peers apart: URIs that differ in parameters only are one peer."""
        return self.uri.text, self.interface

    def due(self, now: float) -> bool:
        """Whether to dial now."""
        return not self.busy and self.dial_at <= now

    def started(self) -> None:
        """It is being dialled."""
        self.busy = True

    def succeeded(self) -> None:
        """The peer was let in: the next failure is a first one."""
        self._failures = 0
        self.error = ""

    def failed(self, now: float, reason: str, chance: float) -> None:
        """Dial, greeting or link ended; wait longer each time. `chance` is in 0..1."""
        self.rest(now, reason)
        self._failures = min(self._failures + 1, 12)  # 2^12 s is LONGEST_WAIT
        longest = LONGEST_WAIT if self.uri.max_backoff is None else self.uri.max_backoff
        self.dial_at = now + min(2.0**self._failures, longest) * (1 - JITTER * chance)

    def rest(self, now: float, reason: str) -> None:
        """Wait until somebody asks for a retry: this cannot end well by itself."""
        self.busy, self.dial_at = False, NEVER
        self.error, self.error_at = reason, now

    def retry(self, now: float) -> None:
        """End the wait, if it waits."""
        self.dial_at = now
