"""tcp://HOST:PORT"""

from __future__ import annotations

import asyncio
import contextlib
import os
import socket
import sys

from everleaf.links.resolve import Target, look_up, race, resolve
from everleaf.links.scheme import Scheme
from everleaf.uri import LinkURI

BACKLOG = 128
CONGESTION_NAME_MAX = 16  # TCP_CA_NAME_MAX, net/tcp.h


async def dial(uri: LinkURI, interface: str) -> socket.socket:
    """Connect to the first address that answers, through `interface` when one is given."""
    targets = await resolve(uri.host, uri.tcp_port, uri.zone or (interface if _is_link_local(uri.host) else ""))

    async def connect(target: Target) -> socket.socket:
        return await _connect(target, interface)

    return await race(targets, connect)


async def listen(uri: LinkURI) -> socket.socket:
    """Listen on ADDR:PORT; an empty ADDR or [::] takes both families."""
    host = uri.host or "::"
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    ((_, address), *_) = await look_up(host, uri.tcp_port, uri.zone, family)
    listener = socket.socket(family, socket.SOCK_STREAM)
    try:
        listener.setblocking(False)
        if sys.platform != "win32":
            listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        if family == socket.AF_INET6:
            listener.setsockopt(socket.IPPROTO_IPV6, socket.IPV6_V6ONLY, int(host != "::"))
        _unpaced(listener)
        listener.bind(address)
        listener.listen(BACKLOG)
    except BaseException:
        listener.close()
        raise
    return listener


def remote(accepted: socket.socket) -> str:
    """HOST:PORT of the far end; IPv4 in its own form, a zone as %25zone."""
    address = accepted.getpeername()
    host = address[0].removeprefix("::ffff:") if "." in address[0] else address[0]
    host = host.replace("%", "%25")
    return f"[{host}]:{address[1]}" if ":" in host else f"{host}:{address[1]}"


async def _connect(target: Target, interface: str) -> socket.socket:
    family, address = target
    connection = socket.socket(family, socket.SOCK_STREAM)
    try:
        connection.setblocking(False)
        if interface:
            _bind_to_interface(connection, interface)
        _unpaced(connection)
        await _connected(connection, address)
    except BaseException:
        connection.close()
        raise
    return connection


async def _connected(connection: socket.socket, address: tuple[str | int | bytes, ...]) -> None:
    """Raise what the system says: asyncio has "Connect call failed" for it, whatever the reason."""
    try:
        await asyncio.get_running_loop().sock_connect(connection, address)
    except OSError as error:
        if error.errno is None or sys.platform == "win32":  # whose numbers have no texts in strerror
            raise
        raise OSError(error.errno, os.strerror(error.errno)) from error


def _unpaced(stream: socket.socket) -> None:
    """Begin without the clock that BBR sends by, where it is the system's own: no socket loses it again.

    Those whose peer turns out to be far away get BBR from the core. What a listener has, its connections have.
    """
    if not hasattr(socket, "TCP_CONGESTION"):
        return
    if not stream.getsockopt(socket.IPPROTO_TCP, socket.TCP_CONGESTION, CONGESTION_NAME_MAX).startswith(b"bbr"):
        return
    for name in (b"cubic", b"reno"):  # reno is in every kernel, and allowed to everybody
        with contextlib.suppress(OSError):
            stream.setsockopt(socket.IPPROTO_TCP, socket.TCP_CONGESTION, name)
            return


def _bind_to_interface(connection: socket.socket, interface: str) -> None:
    """Leave through one interface only; where the system cannot, an unknown interface is still an error."""
    try:
        index = socket.if_nametoindex(interface)
    except (ValueError, OSError) as error:  # not even a name, or nobody's
        raise OSError(f"there is no interface {interface!a}") from error
    if sys.platform == "linux":
        connection.setsockopt(socket.SOL_SOCKET, socket.SO_BINDTODEVICE, interface.encode() + b"\0")
    elif sys.platform == "darwin":
        with contextlib.suppress(OSError):
            connection.setsockopt(socket.IPPROTO_IPV6, 125, index)  # IPV6_BOUND_IF, netinet6/in6.h


def _is_link_local(host: str) -> bool:
    return host.lower().startswith(("fe8", "fe9", "fea", "feb"))


TCP = Scheme("tcp", dial, listen, remote)
