"""A configured peer: when it is dialled next, and what went wrong last.

A peer that nobody finds costs a packet, less than keeping a link to it would. So for a day it is dialled often enough
to be linked within two seconds when it comes back, and then ever more seldom. A peer that is found and refuses costs
both sides a handshake, and will likely refuse again: each such wait is twice the one before.
"""

from __future__ import annotations

from everleaf.uri import LinkURI

SHORTEST_WAIT = 0.8  # seconds; with the handshake behind it, who begins to listen is linked within one
PATIENCE = 256  # a short absence is this many times as long as the wait
PROMPT_WAIT = 1.8  # seconds; with the handshake behind it, who comes back is linked within two
LONG_ABSENCE = 86400.0  # seconds; in twice as long the wait doubles
LONGEST_WAIT = 4096.0  # seconds, unless the URI has maxbackoff
JITTER = 0.5  # the part of a wait that chance may take away, so that a whole fleet does not come back at once
LASTING = 10.0  # seconds; links that last less come at growing distances, but not more than this
NEWS_PAUSE = 10.0  # seconds between two dials that news of the network may cause
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
        self._dialled_at = 0.0
        self._up_at = NEVER  # of the last link that was let in
        self._away_since: float | None = None
        self._refusals = 0

    @property
    def name(self) -> tuple[str, str]:
        """What tells peers apart: URIs that differ in parameters only are one peer."""
        return self.uri.text, self.interface

    def due(self, now: float) -> bool:
        """Whether to dial now."""
        return not self.busy and self.dial_at <= now

    def started(self, now: float) -> None:
        """It is being dialled."""
        self.busy, self._dialled_at = True, now

    def succeeded(self, now: float) -> None:
        """The peer was let in."""
        self._up_at, self._away_since = now, None
        self.error = ""

    def unreachable(self, now: float, reason: str, chance: float) -> None:
        """The dial failed. `chance` is in 0..1, here as below."""
        if self._away_since is None:
            self._away_since = now
        absence = now - self._away_since
        wait = min(absence / PATIENCE, PROMPT_WAIT * max(1.0, absence / LONG_ABSENCE))
        self._wait(now, reason, wait, chance)
        self.dial_at = max(now, self.dial_at - (now - self._dialled_at))  # to learn it took a while, too

    def refused(self, now: float, reason: str, chance: float) -> None:
        """The peer was reached, and it came to no link."""
        self._away_since = None
        self._wait(now, reason, self._twice_as_long(), chance)

    def lost(self, now: float, reason: str, chance: float) -> None:
        """The link ended."""
        if now - self._up_at >= LASTING:
            self._refusals = 0
        self._wait(now, reason, min(self._twice_as_long(), LASTING), chance)

    def rest(self, now: float, reason: str) -> None:
        """Wait until somebody asks for a retry: this cannot end well by itself."""
        self.busy, self.dial_at = False, NEVER
        self.error, self.error_at = reason, now

    def retry(self, now: float) -> None:
        """End the wait, if it waits."""
        self.dial_at = now

    def network_changed(self, now: float) -> None:
        """What was in the way may be gone: end the wait soon, but no oftener than NEWS_PAUSE."""
        if self.dial_at < NEVER:
            self.dial_at = min(self.dial_at, max(now, self._dialled_at + NEWS_PAUSE))

    def _twice_as_long(self) -> float:
        """As long as the last time that the peer was reached in vain."""
        wait = SHORTEST_WAIT * 2.0**self._refusals
        self._refusals = min(self._refusals + 1, 13)  # 2^13 times the shortest is more than the longest
        return wait

    def _wait(self, now: float, reason: str, wait: float, chance: float) -> None:
        self.rest(now, reason)
        longest = LONGEST_WAIT if self.uri.max_backoff is None else self.uri.max_backoff
        self.dial_at = now + min(max(wait, SHORTEST_WAIT), longest) * (1 - JITTER * chance)
