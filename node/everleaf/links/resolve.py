"""Names to the socket addresses that may be dialled, and the race between them."""

from __future__ import annotations

import asyncio
import functools
import ipaddress
import socket
from collections.abc import Awaitable, Callable, Sequence

from everleaf.links.background import in_background

Target = tuple[socket.AddressFamily, tuple[str, int] | tuple[str, int, int, int] | tuple[int, bytes]]

MESH = ipaddress.IPv6Network("200::/7")
ATTEMPT_DELAY = 0.25  # seconds before the next address is tried beside the first (RFC 8305)
CONNECT_TIMEOUT = 5.0  # seconds for one address


async def look_up(host: str, port: int, zone: str = "", family: int = socket.AF_UNSPEC) -> list[Target]:
    """Every address of a host, in the resolver's order. OSError when there is none."""
    name = f"{host}%{zone}" if zone else host
    asked = name.encode() if name.isascii() else name  # as bytes it needs no table of the world's letters
    ask = functools.partial(socket.getaddrinfo, asked, port, family, socket.SOCK_STREAM)
    try:
        found = await in_background(ask)
    except ValueError as error:  # a name that no resolver could be asked for
        raise OSError(f"{name} is no name of a host") from error
    return [(family, address) for family, _, _, _, address in found]


async def resolve(host: str, port: int, zone: str = "") -> list[Target]:
    """Where to dial: never into the mesh itself. OSError when nothing is left."""
    usable = [target for target in await look_up(host, port, zone) if dialable(str(target[1][0]))]
    if not usable:
        raise OSError(f"no suitable addresses for {host}")
    return usable


def dialable(text: str) -> bool:
    """Not unspecified, not multicast, not inside the mesh (a link never runs through the mesh)."""
    address = ipaddress.ip_address(text.partition("%")[0])
    return not (address.is_unspecified or address.is_multicast or (address.version == 6 and address in MESH))


async def race(targets: Sequence[Target], connect: Callable[[Target], Awaitable[socket.socket]]) -> socket.socket:
    """Connect to all, each a little after the one before; the first success wins, the others are closed.

    Raises the last OSError when all fail.
    """
    attempts: list[asyncio.Task[socket.socket]] = []
    waiting = list(targets)
    error: OSError = OSError("nothing to dial")
    try:
        while waiting or attempts:
            if waiting:
                attempts.append(asyncio.ensure_future(asyncio.wait_for(connect(waiting.pop(0)), CONNECT_TIMEOUT)))
            done, _ = await asyncio.wait(
                attempts, timeout=ATTEMPT_DELAY if waiting else None, return_when=asyncio.FIRST_COMPLETED
            )
            for attempt in done:
                attempts.remove(attempt)
                try:
                    return attempt.result()
                except TimeoutError:
                    error = TimeoutError(f"no answer in {CONNECT_TIMEOUT:g} s")
                except OSError as failure:
                    error = failure
        raise error
    finally:
        for attempt in attempts:
            attempt.add_done_callback(_close_late)
            attempt.cancel()


def _close_late(attempt: asyncio.Task[socket.socket]) -> None:
    if not attempt.cancelled() and attempt.exception() is None:
        attempt.result().close()
