"""A TUN or TAP device behind a descriptor: what Linux, macOS and the BSDs give."""

from __future__ import annotations

import os
import select
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
        self._busy = 0  # threads between _enter and _leave
        self._lock = threading.RLock()  # a signal handler may close while the same thread reads
        self._wake_read, self._wake_write = os.pipe()

    def detach(self) -> int:
        """Give the descriptor away. `close` is for afterwards, when its new owner has closed it."""
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
        entered = self._enter()
        try:
            os.write(self._fd if entered else -1, packet)
        finally:
            if entered:
                self._leave()

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
        if not self._over:
            self._over = True
            os.write(self._wake_write, b"\0")

    def _enter(self) -> bool:
        with self._lock:
            self._busy += not self._over
            return not self._over

    def _leave(self) -> None:
        with self._lock:
            self._busy -= 1
            last = self._closing and self._busy == 0
        if last:
            self._end()

    def _read(self, size: int) -> bytes:
        waiting = select.poll()
        waiting.register(self._fd, select.POLLIN)
        waiting.register(self._wake_read, select.POLLIN)
        skip = HEADER if self.framing is Framing.FAMILY else 0
        while not self._over:
            waiting.poll()
            if self._over:
                break
            try:
                return os.read(self._fd, size + skip)[skip:]
            except BlockingIOError:
                continue
        return b""

    def _end(self) -> None:
        if self._fd >= 0:
            os.close(self._fd)
        os.close(self._wake_read)
        os.close(self._wake_write)
        self._closed()
