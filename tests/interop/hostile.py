"""A peer that keeps the rules only as far as a test wants: what it says, as bytes, and the lines it says it on."""

from __future__ import annotations

import ctypes
import hashlib
import os
import select
import socket
import time
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, replace
from typing import Any, TypeVar

from everleaf import _core
from everleaf.control.offers import Offers
from everleaf.wire.frame import Announce, Keepalive, Message, SigReq, SigRes, Splitter, decode, join
from everleaf.wire.handshake import Meta
from everleaf.wire.session import KeyOffer, PayloadKind
from everleaf.wire.tree import statement
from interop.net import Host

M = TypeVar("M", bound=Message)

GREETING_SIZE = 123  # bytes of an ordinary one
_CLONE_NEWNET = 0x40000000


@dataclass(frozen=True, slots=True)
class Stranger:
    """A key, and what one can sign with it."""

    identity: _core.Identity

    @classmethod
    def named(cls, name: object) -> Stranger:
        """The same key for the same name in every run."""
        return cls(_core.Identity(hashlib.sha256(f"stranger {name}".encode()).digest()))

    @property
    def key(self) -> bytes:
        return self.identity.public

    def greeting(self, password: bytes = b"", **changes: Any) -> bytes:
        """What it says first; `changes` are fields of Meta."""
        signature = self.identity.sign(_core.blake2b(self.key, password))
        return replace(Meta(self.key, 0, signature), **changes).encode()

    def greeting_with(self, fields: bytes) -> bytes:
        """A greeting with anything in it, signed without a password."""
        body = fields + self.identity.sign(_core.blake2b(self.key, b""))
        return b"meta" + len(body).to_bytes(2) + body

    def consent(self, child: bytes, asked: SigReq, port: int = 1) -> SigRes:
        """A place below itself."""
        signature = self.identity.sign(statement(child, self.key, asked.seq, asked.nonce, port))
        return SigRes(asked.seq, asked.nonce, port, signature)

    def announce(self, parent: bytes, place: SigRes) -> Announce:
        """Where it stands, with the consent of its parent."""
        signature = self.identity.sign(statement(self.key, parent, place.seq, place.nonce, place.port))
        return Announce(self.key, parent, place.seq, place.nonce, place.port, place.psig, signature)

    def offer(self, node: bytes, seq: int) -> bytes:
        """An init for the node: the payload of a traffic frame. `seq` should be Unix time."""
        keys = KeyOffer(bytes(64), _core.box_key().public, _core.box_key().public, 0, seq)
        payload = Offers(self.identity, _core, b"").seal(PayloadKind.INIT, node, keys)
        assert payload is not None
        return payload

    def as_root(self, seq: int = 1) -> Announce:
        """A tree of its own."""
        return self.announce(self.key, self.consent(self.key, SigReq(seq, 1), 0))


class Line:
    """One connection to the node under test. Every wait has an end."""

    def __init__(self, connection: socket.socket) -> None:
        self.socket = connection
        self._splitter = Splitter()
        self._greeting = b""
        self._frames: list[Message] = []
        self.heard: list[tuple[float, Message]] = []
        self.closed_at: float | None = None

    def say(self, *parts: bytes | Message) -> None:
        """Bytes as they are, messages as frames. A line that the other end has closed swallows them."""
        data = b"".join(part if isinstance(part, bytes) else join(part.frame()) for part in parts)
        try:
            self.socket.settimeout(10)
            self.socket.sendall(data)
        except (BrokenPipeError, ConnectionResetError):
            self.closed_at = self.closed_at or time.monotonic()

    def listen(self, until: float) -> Iterator[Message]:
        """What the node says, until that (monotonic) time or its end; the greeting is left out."""
        while self.closed_at is None:
            data = self._receive(until)
            if data is None:
                return
            for frame in self._cut(data):
                message = decode(frame)
                self.heard.append((time.monotonic(), message))
                yield message

    def pour(self, data: bytes, seconds: float, *, reading: bool = True) -> int:
        """Say the same again and again; the number of bytes that went out."""
        until, sent, offset = time.monotonic() + seconds, 0, 0
        self.socket.setblocking(False)
        while time.monotonic() < until and self.closed_at is None:
            readable, writable, _ = select.select([self.socket] if reading else [], [self.socket], [], 0.1)
            try:
                if readable and not self.socket.recv(1 << 20):
                    self.closed_at = time.monotonic()
                if writable:
                    offset += self.socket.send(memoryview(data)[offset:])
            except (BrokenPipeError, ConnectionResetError):
                self.closed_at = time.monotonic()
            if offset == len(data):
                sent, offset = sent + offset, 0
        return sent + offset

    def wait_for(self, kind: type[M], timeout: float = 5.0) -> M:
        """The next message of one kind."""
        for message in self.listen(time.monotonic() + timeout):
            if isinstance(message, kind):
                return message
        raise AssertionError(f"no {kind.__name__}; heard {self.heard}, closed: {self.closed_at is not None}")

    def oblige(self, stranger: Stranger, node: bytes, seconds: float) -> None:
        """Be an ordinary peer for a while: sign what the node asks for, and show signs of life."""
        for message in self.listen(time.monotonic() + seconds):
            self.say(stranger.consent(node, message) if isinstance(message, SigReq) else Keepalive())

    def ends(self, timeout: float = 5.0) -> bool:
        """Whether the node closes the line in time."""
        for _ in self.listen(time.monotonic() + timeout):
            pass
        return self.closed_at is not None

    @property
    def greeted(self) -> bool:
        """Whether the node's whole greeting came."""
        return len(self._greeting) == GREETING_SIZE

    def _receive(self, until: float) -> bytes | None:
        """Some bytes, none at the line's end; None when the time is up."""
        self.socket.settimeout(max(until - time.monotonic(), 0.0001))
        try:
            data = self.socket.recv(65536)
        except TimeoutError:
            return None
        except ConnectionResetError:
            data = b""
        if not data:
            self.closed_at = time.monotonic()
        return data

    def _cut(self, data: bytes) -> list[bytes]:
        missing = GREETING_SIZE - len(self._greeting)
        self._greeting += data[:missing]
        return self._splitter.feed(data[missing:])


def hear(lines: Sequence[Line], until: float) -> Iterator[Line]:
    """Listen to many lines at the same time, until that (monotonic) time; each line that just had something to say."""
    while (left := until - time.monotonic()) > 0:
        open_lines = {line.socket: line for line in lines if line.closed_at is None}
        readable, _, _ = select.select(list(open_lines), [], [], left)
        for connection in readable:
            for _ in open_lines[connection].listen(time.monotonic()):
                pass
            yield open_lines[connection]


class Inside:
    """Makes sockets in a host's network namespace. A socket stays in the one its thread was in."""

    def __init__(self, host: Host) -> None:
        self._sockets: list[socket.socket] = []
        self._thread = ThreadPoolExecutor(1, initializer=_enter, initargs=(host,))

    def connect(self, port: int, source: str = "") -> socket.socket:
        """To a loopback listener there, from another loopback address: a node takes each for another host."""
        bound = (source, 0) if source else None
        self._sockets.append(self._do(socket.create_connection, ("127.0.0.1", port), 10, bound))
        return self._sockets[-1]

    def listen(self, port: int) -> socket.socket:
        """A listener on a loopback address, which the caller closes."""
        return self._do(socket.create_server, ("127.0.0.1", port))

    def line(self, port: int, source: str = "", *said: bytes | Message) -> Line:
        """Connect and say something."""
        line = Line(self.connect(port, source))
        line.say(*said)
        return line

    def peer(self, port: int, stranger: Stranger, node: bytes, source: str = "") -> Line:
        """A line of an ordinary peer as far as being trusted: it greeted, and signed what the node asked for."""
        line = self.line(port, source, stranger.greeting())
        line.say(stranger.consent(node, line.wait_for(SigReq)))
        return line

    def child(self, port: int, stranger: Stranger, node: bytes, source: str = "") -> Line:
        """A line of an ordinary peer that hangs below the node in the tree."""
        line = self.peer(port, stranger, node, source)
        line.say(SigReq(1, 1))
        line.say(stranger.announce(node, line.wait_for(SigRes)))
        return line

    def hang_up(self) -> None:
        """End every connection."""
        while self._sockets:
            self._sockets.pop().close()

    def close(self) -> None:
        self.hang_up()
        self._thread.shutdown()

    def _do(self, call: Callable[..., socket.socket], *arguments: Any) -> socket.socket:
        return self._thread.submit(call, *arguments).result(30)


def _enter(host: Host) -> None:
    namespace = os.open(f"/proc/{host.namespace}/ns/net", os.O_RDONLY)
    try:
        if ctypes.CDLL(None, use_errno=True).setns(namespace, _CLONE_NEWNET):
            raise OSError(ctypes.get_errno(), "cannot enter the namespace")
    finally:
        os.close(namespace)
