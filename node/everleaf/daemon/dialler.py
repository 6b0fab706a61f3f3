"""Dialling: one task per attempt, whose end is always reported, and one timer for the next."""

from __future__ import annotations

import asyncio
import ipaddress
import socket
from collections.abc import Callable

from everleaf.control.effects import Dial
from everleaf.errors import NodeError
from everleaf.links import SCHEMES, Scheme
from everleaf.uri import LinkURI

Connected = Callable[[int, socket.socket, Scheme, LinkURI], None]
Failed = Callable[[int, str], None]
Due = Callable[[], None]


class Dialler:
    """Performs `Dial` and `DialLater`. `connected` gets the socket and owns it; `failed` gets the reason."""

    def __init__(self, connected: Connected, failed: Failed, due: Due) -> None:
        """`due` is called when it is later."""
        self._connected = connected
        self._failed = failed
        self._due = due
        self._timer: asyncio.TimerHandle | None = None
        self._attempts: set[asyncio.Task[None]] = set()

    def dial(self, wanted: Dial) -> None:
        """Start one attempt."""
        attempt = asyncio.ensure_future(self._attempt(wanted))
        self._attempts.add(attempt)
        attempt.add_done_callback(self._attempts.discard)

    def later(self, delay: float) -> None:
        """Call `due` in `delay` seconds at the latest."""
        loop = asyncio.get_running_loop()
        if self._timer and self._timer.when() <= loop.time() + delay:
            return
        if self._timer:
            self._timer.cancel()
        self._timer = loop.call_later(delay, self._ring)

    async def stop(self) -> None:
        """Give up on everything under way."""
        if self._timer:
            self._timer.cancel()
        attempts = list(self._attempts)
        for attempt in attempts:
            attempt.cancel()
        await asyncio.gather(*attempts, return_exceptions=True)

    def _ring(self) -> None:
        self._timer = None
        self._due()

    async def _attempt(self, wanted: Dial) -> None:
        scheme = SCHEMES[wanted.uri.scheme]
        try:
            connection = await scheme.dial(wanted.uri, wanted.interface)
        except (OSError, NodeError) as error:
            self._failed(wanted.peer, _reason(error))
        else:
            self._connected(wanted.peer, connection, scheme, wanted.uri)


def server_name(uri: LinkURI) -> str:
    """The TLS server name to send: `sni=`, else the host when it is a name, else none."""
    name = uri.sni or uri.host
    try:
        ipaddress.ip_address(name)
    except ValueError:
        return name
    return ""


def _reason(error: Exception) -> str:
    return (error.strerror if isinstance(error, OSError) else None) or str(error) or type(error).__name__
