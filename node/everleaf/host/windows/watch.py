"""A `Watch` on Windows: three notifications of IP Helper, made readable by a pair of sockets."""

from __future__ import annotations

import socket

from everleaf.host.abi import Abi
from everleaf.host.windows.api import Win32Error, WindowsApi

_NEWS = ("NotifyIpInterfaceChange", "NotifyUnicastIpAddressChange", "NotifyRouteChange2")
_AT_ONCE = 4096  # bytes; each stands for a change


class WindowsWatch:
    """Windows calls back in threads of its own, which may do no more here than to write one byte."""

    def __init__(self, api: WindowsApi, abi: Abi) -> None:
        self._api = api
        self._handles: list[int] = []
        self._read, self._write = socket.socketpair()
        self._read.setblocking(False)
        self._write.setblocking(False)
        try:
            for function in _NEWS:
                self._handles.append(api.notify(function, abi["AF_INET6"], self._signal))
        except Win32Error:
            self.close()
            raise

    def fileno(self) -> int:
        return self._read.fileno()

    def read(self) -> bool:
        news = False
        while True:
            try:
                news = bool(self._read.recv(_AT_ONCE)) or news
            except BlockingIOError:
                return news

    def close(self) -> None:
        """Twice is harmless."""
        for handle in self._handles:
            self._api.cancel_notify(handle)  # after that no callback finds the sockets closed
        self._handles.clear()
        self._read.close()
        self._write.close()

    def _signal(self) -> None:
        try:
            self._write.send(b"\0")
        except BlockingIOError:
            return  # thousands wait unread: enough to wake whoever waits
