"""A TUN or TAP device behind a descriptor: what Linux, macOS and the BSDs give."""

from __future__ import annotations

import contextlib
import os
import select
import socket
import threading
from collections.abc import Callable

from everleaf.host.base import Carrier, Framing, Kind

AF_INET = 2  # on every system; only AF_INET6 differs
HEADER = 4  # bytes of Framing.FAMILY


class FileDevice:
    """Owns a non-blocking descriptor until `detach` or `close`. Any thread may read, write and close."""

    carrier = Carrier.FILE

    def __init__(
        self,
        fd: int,
        name: str,
        kind: Kind,
        framing: Framing,
        *,
        family: int = 0,
        vnet_header: int = 0,
        closed: Callable[[], None] = lambda: None,
    ) -> None:
        """`family` is this system's AF_INET6; `closed` runs once, when the descriptor is really closed."""
        self.name = name
        self.kind = kind
        self.framing = framing
        self.family = family
        self.vnet_header = vnet_header
        self._fd = fd
        self._closed = closed
        self._over = False  # nobody reads or writes any more
        self._closing = False
        self._ended = False
        self._busy = 0  # threads between _enter and _leave
        self._lock = threading.RLock()  # a signal handler may close while the same thread reads
        self._wake_read, self._wake_write = socket.socketpair()  # objects, which know when they are closed

    def detach(self) -> int:
        """Give the descriptor away, -1 if it is gone. `close` is for afterwards, when its new owner has closed it."""
        with self._lock:
            fd, self._fd = self._fd, -1
            self._wake()
            return fd

    def read(self, size: int = 65536 + 32) -> bytes:
        """Wait for one packet without the family header; a virtio header stays. b"" once the device is closed."""
        if not self._enter():
            return b""
        try:
            return self._read(size)
        finally:
            self._leave()

    def write(self, packet: bytes) -> None:
        """Hand over one packet. OSError (EBADF) once the device is closed."""
        if self.framing is Framing.FAMILY:
            family = AF_INET if packet[:1] and packet[0] >> 4 == 4 else self.family
            packet = family.to_bytes(HEADER, "big") + packet
        with self._lock:
            os.write(-1 if self._over else self._fd, packet)

    def close(self) -> None:
        """Wake who reads; the last one out closes, lest one reads from a number that is reused by now."""
        with self._lock:
            if self._closing:
                return
            self._closing = True
            self._wake()
            idle = self._busy == 0
        if idle:
            self._end()

    def _wake(self) -> None:
        self._over = True
        with contextlib.suppress(OSError):  # closed already
            self._wake_write.send(b"\0")

    def _enter(self) -> bool:
        with self._lock:
            if self._over:
                return False
            self._busy += 1
            return True

    def _leave(self) -> None:
        with self._lock:
            self._busy -= 1
            last = self._closing and self._busy == 0
        if last:
            self._end()

    def _read(self, size: int) -> bytes:
        """Waits outside the lock; reads inside, for after `detach` the number may be somebody else's."""
        waiting = select.poll()
        with self._lock:
            if self._over:
                return b""
            waiting.register(self._fd, select.POLLIN)
            waiting.register(self._wake_read, select.POLLIN)
        skip = HEADER if self.framing is Framing.FAMILY else 0
        while True:
            waiting.poll()
            try:
                with self._lock:
                    return b"" if self._over else os.read(self._fd, size + skip)[skip:]
            except BlockingIOError:  # another reader was quicker
                continue

    def _end(self) -> None:
        with self._lock:
            if self._ended:  # a signal handler's `close` came between two steps of the last reader
                return
            self._ended = True
            fd, self._fd = self._fd, -1
        self._wake_read.close()
        self._wake_write.close()
        if fd >= 0:
            os.close(fd)
        self._closed()
