"""sockstat of FreeBSD, DragonFly and NetBSD: every listening socket, with its owner.

Sources of the columns: usr.bin/sockstat/sockstat.c of FreeBSD and of NetBSD. FreeBSD joins address and port by a colon
and prints `?` for a socket without a process; NetBSD joins by a dot. Commands are cut to ten characters, blanks kept.
"""

from __future__ import annotations

import re

from everleaf.host.base import ListeningPort
from everleaf.host.bsd.ports import sockname
from everleaf.host.bsd.ports.listing import Listing

_LINE = re.compile(r"\S+ +(.*?\S) +([0-9]{1,10}|\?) +([0-9]{1,10}|\?) +((?:tcp|udp)[46]*) +(\S+) +(\*:\*|\*\.\*)\s*")


def parse(text: str) -> list[ListeningPort]:
    """What listens; every other line is passed over."""
    lines = filter(None, map(_LINE.fullmatch, text.splitlines()))
    return [port for line in lines if (port := _port(*line.groups()))]


def _port(process: str, pid: str, _fd: str, protocol: str, local: str, _foreign: str) -> ListeningPort | None:
    return sockname.parse(protocol, local, "" if process == "?" else process, 0 if pid == "?" else int(pid))


FREEBSD = Listing(("sockstat", "-46l", "-P", "tcp,udp"), parse)
NETBSD = Listing(("sockstat", "-46ln"), parse)
