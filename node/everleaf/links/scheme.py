"""What a transport offers, as data: its name, how to dial, how to listen, who starts TLS."""

from __future__ import annotations

import socket
from collections.abc import Awaitable, Callable
from dataclasses import dataclass

from everleaf.uri import LinkURI


@dataclass(frozen=True, slots=True)
class Scheme:
    """One URI scheme. Both functions raise OSError or `HostError`, and return non-blocking sockets."""

    name: str
    dial: Callable[[LinkURI, str], Awaitable[socket.socket]]  # URI and interface ("" for any) -> connected
    listen: Callable[[LinkURI], Awaitable[socket.socket]]  # URI -> listening
    remote: Callable[[socket.socket], str]  # an accepted socket's far end, as getPeers shows it
    tls: bool = False
    close: Callable[[LinkURI], None] | None = None  # what a closed listener leaves to remove
