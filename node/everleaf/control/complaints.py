"""Log lines about bad peers: one an hour for each, whatever they send."""

from __future__ import annotations

from everleaf.control.effects import Effect, Note
from everleaf.control.fading import FadingTable
from everleaf.control.peers import PeerLink

MEMORY = 3600.0  # seconds until the same peer is worth another line
MAX_COMPLAINTS = 1024


class Complaints:
    """What has been said about whom."""

    def __init__(self) -> None:
        self._made: FadingTable[tuple[bytes, str], None] = FadingTable(MEMORY, MAX_COMPLAINTS)

    @property
    def evicted(self) -> int:
        """Complaints that may be made again too early, because too many were to be remembered."""
        return self._made.evicted

    def about(self, now: float, link: PeerLink, event: str, reason: str) -> list[Effect]:
        """The line, if it is the first of its kind about this peer."""
        if (link.key, event) in self._made:
            return []
        self._made.put(now, (link.key, event), None)
        return [Note(event, {"peer": link.key[:4].hex(), "link": link.number, "reason": reason}, "warning")]

    def fade(self, now: float) -> None:
        """Forget what is long ago."""
        self._made.fade(now)
