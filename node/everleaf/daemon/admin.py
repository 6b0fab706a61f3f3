"""The admin socket: connections in, answers out. What the answers say is `everleaf.admin`'s business."""

from __future__ import annotations

import asyncio
import contextlib
import errno
import socket
from pathlib import Path

from everleaf.admin import api
from everleaf.admin.stream import MAX_REQUEST, MalformedRequest, Request, RequestReader
from everleaf.admin.view import AdminView
from everleaf.endpoint import Endpoint
from everleaf.errors import BusyError, HostError, NodeError, OutputError, PermissionDeniedError
from everleaf.links.unix import listen_at

IDLE_LIMIT = 300.0  # seconds without a request, or without reading its answer, before a connection is closed
MAX_CONNECTIONS = 64
SOCKET_MODE = 0o660


class AdminServer:
    """Serves one endpoint until closed."""

    def __init__(self, view: AdminView) -> None:
        self._view = view
        self._server: asyncio.Server | None = None
        self._path: Path | None = None
        self._connections: set[asyncio.Task[None]] = set()

    async def listen(self, endpoint: Endpoint | None) -> None:
        """Open the socket; None keeps it closed. Raises `NodeError`."""
        if endpoint is None:
            return
        try:
            listening = await self._socket(endpoint)
        except OSError as error:
            raise _refused(endpoint, error) from error
        self._server = await asyncio.start_server(self._serve, sock=listening)

    async def close(self) -> None:
        """Stop serving and remove the socket file."""
        if self._server:
            self._server.close()
        for connection in list(self._connections):
            connection.cancel()
        await asyncio.gather(*self._connections, return_exceptions=True)
        if self._path:
            with contextlib.suppress(OSError):
                self._path.unlink()

    async def _socket(self, endpoint: Endpoint) -> socket.socket:
        if not endpoint.path:
            return socket.create_server(
                (endpoint.host, endpoint.tcp_port), family=socket.AF_INET6 if ":" in endpoint.host else socket.AF_INET
            )
        path = Path(endpoint.path)
        listening = await listen_at(path)
        path.chmod(SOCKET_MODE)
        self._path = path
        return listening

    async def _serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        task = asyncio.current_task()
        assert task is not None
        self._connections.add(task)
        try:
            if len(self._connections) <= MAX_CONNECTIONS:
                await self._converse(reader, writer)
            writer.close()
            async with asyncio.timeout(IDLE_LIMIT):
                await writer.wait_closed()
        except (OSError, TimeoutError, asyncio.CancelledError):
            writer.transport.abort()  # the caller went away, fell silent, does not read, or we stop
        finally:
            self._connections.discard(task)

    async def _converse(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        requests = RequestReader()
        keepalive = True
        while keepalive:
            try:
                request = await _next(requests, reader)
            except MalformedRequest as malformed:
                await _send(writer, api.refuse(malformed))
                return
            if request is None:
                return
            await _send(writer, await api.answer(self._view, request))
            keepalive = request.keepalive


async def _next(requests: RequestReader, reader: asyncio.StreamReader) -> Request | None:
    """The next request; None when the caller has no more. Raises MalformedRequest."""
    while (request := requests.next_request()) is None:
        async with asyncio.timeout(IDLE_LIMIT):
            data = await reader.read(MAX_REQUEST)
        if not data:
            requests.finish()
            return None
        requests.feed(data)
    return request


async def _send(writer: asyncio.StreamWriter, text: str) -> None:
    """Raises TimeoutError when the caller does not read what he asked for."""
    writer.write(text.encode())
    async with asyncio.timeout(IDLE_LIMIT):
        await writer.drain()


def _refused(endpoint: Endpoint, error: OSError) -> NodeError:
    what = f"cannot open the admin socket {endpoint.text}: {error.strerror or error}"
    if error.errno == errno.EADDRINUSE:
        return BusyError(what, fix="stop the program that uses it, or change admin.listen")
    if error.errno in (errno.EACCES, errno.EPERM):
        return PermissionDeniedError(what, fix="change admin.listen to a place this user may write to")
    if error.errno == errno.ENOENT:
        return OutputError(what, fix=f"make its directory: mkdir -p {Path(endpoint.path).parent}")
    return HostError(what, fix="change admin.listen")
