"""netstat of macOS and OpenBSD: every socket of this machine, without its owner.

Sources of the columns: Apple's network_cmds, netstat.tproj/inet.c; OpenBSD's usr.bin/netstat/inet.c. Both cut IPv6
addresses to 16 characters unless told not to: by -l on macOS, by -v on OpenBSD.
"""

from __future__ import annotations

from everleaf.host.base import ListeningPort
from everleaf.host.bsd.ports import sockname
from everleaf.host.bsd.ports.listing import Listing

_COLUMNS = 5  # protocol, two queues, local and foreign name; TCP has its state after these


def parse(text: str) -> list[ListeningPort]:
    """What listens; every other line is passed over."""
    return [port for line in text.splitlines() if (port := _port(line.split()))]


def _port(words: list[str]) -> ListeningPort | None:
    if len(words) < _COLUMNS or words[4] != "*.*":
        return None
    if words[0].startswith("tcp") and words[5:6] != ["LISTEN"]:
        return None
    return sockname.parse(words[0], words[3])


DARWIN = Listing(("netstat", "-anl"), parse)
OPENBSD = Listing(("netstat", "-anv"), parse)
