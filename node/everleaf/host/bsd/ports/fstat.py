"""fstat of OpenBSD: the processes that hold sockets.

Source of the columns: OpenBSD's usr.bin/fstat/fstat.c. A TCP socket shows its control block before its name; an arrow
and a second name follow where there is a peer. Whether TCP listens it does not tell.
"""

from __future__ import annotations

import re

from everleaf.host.base import ListeningPort
from everleaf.host.bsd.ports import sockname
from everleaf.host.bsd.ports.listing import Listing

_LINE = re.compile(
    r"\S+ +(.*?\S) +([0-9]{1,10}) +[0-9]+\* internet(6?) (?:stream|dgram) (tcp|udp)(?: 0x[0-9a-f]+)? (\S+)\s*"
)


def parse(text: str) -> list[ListeningPort]:
    """Sockets without a peer; every other line is passed over."""
    lines = filter(None, map(_LINE.fullmatch, text.splitlines()))
    return [port for line in lines if (port := _port(*line.groups()))]


def _port(process: str, pid: str, six: str, protocol: str, local: str) -> ListeningPort | None:
    return sockname.parse(protocol + (six or "4"), local, process, int(pid))


OPENBSD = Listing(("fstat", "-n"), parse)
