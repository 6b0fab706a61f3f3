"""Transports: one file per URI scheme. Each dials and listens; the connected socket then goes to the core."""

from __future__ import annotations

from everleaf.links.scheme import Scheme
from everleaf.links.tcp import TCP
from everleaf.links.tls import TLS
from everleaf.links.unix import UNIX

SCHEMES: dict[str, Scheme] = {scheme.name: scheme for scheme in (TCP, TLS, UNIX)}

__all__ = ["SCHEMES", "Scheme"]
