"""unix:///absolute/path"""

from __future__ import annotations

import asyncio
import contextlib
import errno
import socket
import stat
import sys
from pathlib import Path

from everleaf.links.resolve import CONNECT_TIMEOUT
from everleaf.links.scheme import Scheme
from everleaf.links.tcp import BACKLOG
from everleaf.uri import LinkURI


def stream_socket() -> socket.socket:
    """A socket to dial or listen with. Windows has them too, its Python has not: OSError (EAFNOSUPPORT)."""
    if sys.platform == "win32":
        raise OSError(errno.EAFNOSUPPORT, "there are no UNIX sockets on this system")
    return socket.socket(socket.AF_UNIX, socket.SOCK_STREAM)


async def dial(uri: LinkURI, interface: str) -> socket.socket:
    """Connect to the socket file; `interface` means nothing here."""
    del interface
    connection = stream_socket()
    try:
        connection.setblocking(False)
        async with asyncio.timeout(CONNECT_TIMEOUT):
            await asyncio.get_running_loop().sock_connect(connection, uri.path)
    except BaseException:
        connection.close()
        raise
    return connection


async def listen(uri: LinkURI) -> socket.socket:
    """Listen on the URI's socket file."""
    return await listen_at(Path(uri.path))


async def listen_at(path: Path) -> socket.socket:
    """Listen on a socket file; one that nobody serves any more is replaced, one in use is an OSError."""
    await remove_stale(path)
    listener = stream_socket()
    try:
        listener.setblocking(False)
        listener.bind(str(path))
        listener.listen(BACKLOG)
    except BaseException:
        listener.close()
        raise
    return listener


def remote(accepted: socket.socket) -> str:
    """Clients of a socket file have no name; the listener's own is shown."""
    return str(accepted.getsockname())


def _remove(uri: LinkURI) -> None:
    with contextlib.suppress(OSError):
        Path(uri.path).unlink()


async def remove_stale(path: Path) -> bool:
    """Remove a socket file that nobody serves any more; whether there was one."""
    if not path.exists() or not stat.S_ISSOCK(path.stat().st_mode):
        return False
    probe = stream_socket()
    probe.setblocking(False)
    try:
        async with asyncio.timeout(CONNECT_TIMEOUT):
            await asyncio.get_running_loop().sock_connect(probe, str(path))
    except (ConnectionRefusedError, FileNotFoundError):
        path.unlink(missing_ok=True)
        return True
    finally:
        probe.close()
    return False


UNIX = Scheme("unix", dial, listen, remote, close=_remove)
