"""Listening sockets: the set that the configuration wants, opened and closed to match."""

from __future__ import annotations

import asyncio
import errno
import socket
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path

from everleaf.errors import BusyError, HostError, NodeError, PermissionDeniedError
from everleaf.links import SCHEMES, Scheme
from everleaf.uri import LinkURI

ACCEPT_PAUSE = 1.0  # seconds without accepting after the process ran out of descriptors
ACCEPTS_PER_TURN = 64

Accepted = Callable[[socket.socket, Scheme, LinkURI], None]


@dataclass(slots=True)
class _Listener:
    uri: LinkURI
    scheme: Scheme
    socket: socket.socket


class Listeners:
    """`accepted` gets each new connection, non-blocking, and owns it."""

    def __init__(self, accepted: Accepted) -> None:
        self._accepted = accepted
        self._open: dict[str, _Listener] = {}

    async def match(self, wanted: Sequence[LinkURI]) -> list[NodeError]:
        """Open what is wanted and missing, close what is not wanted; what could not be opened comes back."""
        names = {uri.original: uri for uri in wanted}
        for name in [name for name in self._open if name not in names]:
            self._close(self._open.pop(name))
        problems = []
        for name, uri in names.items():
            if name not in self._open:
                try:
                    self._open[name] = await self._listen(uri)
                except NodeError as error:
                    problems.append(error)
        return problems

    def names(self) -> list[str]:
        """URIs without parameters, with the TCP ports that were really taken."""
        return [_taken(listener) for listener in self._open.values()]

    def close(self) -> None:
        """Stop listening."""
        for listener in self._open.values():
            self._close(listener)
        self._open.clear()

    async def _listen(self, uri: LinkURI) -> _Listener:
        scheme = SCHEMES[uri.scheme]
        try:
            listening = await scheme.listen(uri)
        except OSError as error:
            raise _refused(uri, error) from error
        listener = _Listener(uri, scheme, listening)
        asyncio.get_running_loop().add_reader(listening.fileno(), self._accept, listener)
        return listener

    def _accept(self, listener: _Listener) -> None:
        for _ in range(ACCEPTS_PER_TURN):
            try:
                connection, _ = listener.socket.accept()
            except (BlockingIOError, InterruptedError, ConnectionAbortedError):
                return
            except OSError as error:
                if error.errno in (errno.EMFILE, errno.ENFILE, errno.ENOBUFS, errno.ENOMEM):
                    self._pause(listener)
                return
            connection.setblocking(False)
            self._accepted(connection, listener.scheme, listener.uri)

    def _pause(self, listener: _Listener) -> None:
        loop = asyncio.get_running_loop()
        loop.remove_reader(listener.socket.fileno())
        loop.call_later(ACCEPT_PAUSE, self._resume, listener)

    def _resume(self, listener: _Listener) -> None:
        if listener.socket.fileno() >= 0:
            asyncio.get_running_loop().add_reader(listener.socket.fileno(), self._accept, listener)

    def _close(self, listener: _Listener) -> None:
        asyncio.get_running_loop().remove_reader(listener.socket.fileno())
        listener.socket.close()
        if listener.scheme.close is not None:
            listener.scheme.close(listener.uri)


def _taken(listener: _Listener) -> str:
    if listener.uri.tcp_port or not listener.uri.host:
        return listener.uri.text
    return listener.uri.text.removesuffix("0") + str(listener.socket.getsockname()[1])


def _refused(uri: LinkURI, error: OSError) -> NodeError:
    what = f"cannot listen on {uri.text}: {error.strerror or error}"
    if error.errno == errno.EADDRINUSE:
        return BusyError(what, fix="stop the program that uses the port, or change peering.listen")
    if error.errno in (errno.EACCES, errno.EPERM):
        return PermissionDeniedError(what, fix="use a port above 1023, or grant CAP_NET_BIND_SERVICE")
    if uri.path and error.errno == errno.ENOENT:
        return HostError(what, fix=f"make its directory: mkdir -p {Path(uri.path).parent}")
    return HostError(what, fix="change peering.listen")
