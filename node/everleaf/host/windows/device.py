"""What an open device is on Windows, be it Wintun's or TAP-Windows': any thread reads, writes and closes it."""

from __future__ import annotations

import errno
import os
import threading
from abc import ABC, abstractmethod

from everleaf.host.base import Carrier, Framing, Kind
from everleaf.host.windows.api import WindowsApi


class WindowsDevice(ABC):
    """Owns its handle until `detach`, and what is behind that until `close`.

    As on other systems the last thread out ends it, lest one uses a handle that is somebody else's by now.
    """

    carrier: Carrier
    kind: Kind
    framing: Framing
    family = 0
    vnet_header = 0

    def __init__(self, api: WindowsApi, name: str, handle: int) -> None:
        self.name = name
        self._api = api
        self._handle = handle
        self._stop = api.create_event()  # set by close
        self._over = False
        self._busy = 0  # threads between _enter and _leave
        self._lock = threading.RLock()  # a signal handler may close while the same thread reads

    def detach(self) -> int:
        """Give the handle away. `close` is still due, after who took the handle has ended with it."""
        with self._lock:
            handle, self._handle = self._handle, 0
        return handle

    def read(self, size: int = 65536 + 32) -> bytes:
        """Wait for one packet; b"" once the device is closed or given away."""
        if not self._enter():
            return b""
        try:
            return self._read(self._handle, size)
        finally:
            self._leave()

    def write(self, packet: bytes) -> None:
        """Hand over one packet. OSError (EBADF) once the device is closed or given away."""
        if not self._enter():
            raise OSError(errno.EBADF, os.strerror(errno.EBADF))
        try:
            self._write(self._handle, packet)
        finally:
            self._leave()

    def close(self) -> None:
        """Wake who reads; the last one out ends it. Twice is harmless."""
        with self._lock:
            if self._over:
                return
            self._over = True
            self._api.set_event(self._stop)
            idle = self._busy == 0
        if idle:
            self._finish()

    @abstractmethod
    def _read(self, handle: int, size: int) -> bytes:
        """Wait until there is a packet, or until `_stop` is set."""

    @abstractmethod
    def _write(self, handle: int, packet: bytes) -> None: ...

    @abstractmethod
    def _end(self, handle: int) -> None:
        """Close what is behind the device; `handle` is 0 when it was given away."""

    def _enter(self) -> bool:
        with self._lock:
            usable = not self._over and self._handle != 0
            self._busy += usable
            return usable

    def _leave(self) -> None:
        with self._lock:
            self._busy -= 1
            last = self._over and self._busy == 0
        if last:
            self._finish()

    def _finish(self) -> None:
        self._end(self._handle)
        self._api.close_handle(self._stop)
