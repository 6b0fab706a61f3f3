"""Incoming links: how many there may be, who has to go, and how much is said about them."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence

from everleaf.control.fading import FadingTable
from everleaf.control.link import Link
from everleaf.control.throttle import TokenBucket

MAX_GREETINGS = 256  # links that are not admitted yet
MAX_INCOMING = 2048  # links in all
CHATTER = (1 / 60, 16)  # log lines about the links of one host, per second and at once
CHATTER_MEMORY = 3600.0  # seconds
MAX_CHATTERERS = 1024


def surplus(incoming: Sequence[Link]) -> Link | None:
    """The link that has to go when there are too many; `incoming` has the oldest first.

    The host that holds most makes room, be it with its oldest that has not greeted or with its newest that has. So
    nobody can keep the others out, however fast he connects.
    """
    greeting = [link for link in incoming if not link.key]
    if len(greeting) > MAX_GREETINGS:
        return _of_the_largest_crowd(greeting)[0]
    return _of_the_largest_crowd(incoming)[-1] if len(incoming) > MAX_INCOMING else None


class Chatter:
    """How loud to talk about links: a host whose links come and go all the time must not fill the log."""

    def __init__(self) -> None:
        self._hosts: FadingTable[str, TokenBucket] = FadingTable(CHATTER_MEMORY, MAX_CHATTERERS)

    def fade(self, now: float) -> None:
        """Forget hosts that have been quiet."""
        self._hosts.fade(now)

    def level(self, now: float, link: Link) -> str:
        """The level of one more line."""
        if link.redial:
            return "info"
        bucket = self._hosts.get(link.host) or TokenBucket(*CHATTER)
        self._hosts.put(now, link.host, bucket)
        return "info" if bucket.take(now) else "debug"


def _of_the_largest_crowd(links: Sequence[Link]) -> list[Link]:
    """Those of the host that has most, in their order."""
    ((host, _),) = Counter(link.host for link in links).most_common(1)
    return [link for link in links if link.host == host]
