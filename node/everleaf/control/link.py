"""One transport connection, from dialling or accepting until the core closes it."""

from __future__ import annotations

import ipaddress
from dataclasses import dataclass

from everleaf.control.redial import Redial
from everleaf.uri import LinkURI

SITE_BITS = 64  # of an IPv6 address: whoever has one usually has all that differ in the rest


@dataclass(slots=True)
class Link:
    """What is known about it."""

    number: int
    uri: LinkURI  # the peer's, or the listener's
    remote: str
    redial: Redial | None  # none: it is incoming
    deadline: float
    tls_key: bytes = b""
    key: bytes = b""  # set when it is admitted
    priority: int = 0
    since: float = 0.0
    host: str = ""  # who is at the far end of an incoming one: see `host_of`


def host_of(remote: str) -> str:
    """The address at the far end, without the port, which every connection changes; for IPv6 the whole site."""
    host = remote.partition("://")[2].rpartition(":")[0]
    if not host.startswith("[") or "%" in host:
        return host
    return str(ipaddress.IPv6Network((host[1:-1], SITE_BITS), strict=False))
