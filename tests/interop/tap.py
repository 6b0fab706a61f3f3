"""A listener in the middle of a `unix` link: it passes every byte on and notes which session keys the nodes use."""

from __future__ import annotations

import socket
import threading
import time
from collections.abc import Callable
from pathlib import Path

from everleaf.wire.frame import Splitter
from everleaf.wire.frame_type import FrameType
from everleaf.wire.session import PayloadKind, Sealed
from everleaf.wire.traffic import Traffic

META_HEAD = 6  # "meta" and the length of the rest


class Tap:
    """`generations[source]`: when (seconds since the tap opened) each of the source's send keys was first seen."""

    def __init__(self, path: Path, target: Path) -> None:
        self.generations: dict[str, dict[int, float]] = {}
        self.uri = f"unix://{path}"
        self._opened = time.monotonic()
        self._target = target
        self._server = socket.socket(socket.AF_UNIX)
        self._server.bind(str(path))
        self._server.listen()
        self._sockets = [self._server]
        self._threads: list[threading.Thread] = []
        self._run(self._accept)

    def close(self) -> None:
        """Cut both halves of the link and end the threads."""
        for each in self._sockets:
            with each:
                each.shutdown(socket.SHUT_RDWR)
        for thread in self._threads:
            thread.join()

    def _run(self, call: Callable[..., None], *arguments: socket.socket) -> None:
        self._threads.append(threading.Thread(target=call, args=arguments))
        self._threads[-1].start()

    def _accept(self) -> None:
        try:
            dialler, _ = self._server.accept()
        except OSError:
            return  # closed before anybody dialled
        listener = socket.socket(socket.AF_UNIX)
        listener.connect(str(self._target))
        self._sockets += [dialler, listener]
        self._run(self._pass_on, dialler, listener)
        self._run(self._pass_on, listener, dialler)

    def _pass_on(self, source: socket.socket, sink: socket.socket) -> None:
        splitter, meta = Splitter(), b""
        meta_size = META_HEAD
        try:
            while data := source.recv(1 << 20):
                sink.sendall(data)
                if len(meta) < meta_size:
                    meta += data
                    if len(meta) < META_HEAD:
                        continue
                    meta_size = META_HEAD + int.from_bytes(meta[4:META_HEAD])
                    data = meta[meta_size:]
                for frame in splitter.feed(data):
                    self._note(frame)
        except OSError:
            return  # the other half is closed

    def _note(self, frame: bytes) -> None:
        if frame[0] != FrameType.TRAFFIC:
            return
        traffic = Traffic.decode(frame[1:])
        if traffic.payload[:1] == bytes([PayloadKind.TRAFFIC]):
            seen = self.generations.setdefault(traffic.source.hex(), {})
            seen.setdefault(Sealed.decode(traffic.payload).local_seq, time.monotonic() - self._opened)
