"""A `Watch` on a routing socket: links, addresses and routes of macOS and the BSDs."""

from __future__ import annotations

import socket
from collections.abc import Callable, Iterable
from contextlib import suppress

from everleaf.host.abi import Abi
from everleaf.host.bsd.kernel import Kernel
from everleaf.host.bsd.routing.message import (
    AddressMessage,
    Announcement,
    InterfaceMessage,
    Message,
    RouteMessage,
    decode,
)
from everleaf.host.bsd.routing.socket import READ_SIZE

READS = 1024  # of one `read`; what comes faster than it is read stays for the next


class RoutingWatch:
    """Changes that this process made itself, lookups and missed routes are no news."""

    def __init__(
        self,
        kernel: Kernel,
        abi: Abi,
        options: Iterable[tuple[int, int, bytes]] = (),
        noise: Callable[[Message], bool] = lambda _message: False,
    ) -> None:
        """`options` are (level, option, value), such as filters; what the system does not know it does without.

        `noise` picks out messages that are no news.
        """
        self._kernel = kernel
        self._abi = abi
        self._noise = noise
        self._fd = kernel.socket(abi["AF_ROUTE"], socket.SOCK_RAW, abi["AF_UNSPEC"])
        kernel.set_nonblocking(self._fd)
        for level, option, value in options:
            with suppress(OSError):  # an older release; then there is more to read
                kernel.setsockopt(self._fd, level, option, value)

    def fileno(self) -> int:
        return self._fd

    def read(self) -> bool:
        news = False
        for _ in range(READS):
            try:
                data = self._kernel.receive(self._fd, READ_SIZE)
            except BlockingIOError:
                break
            except OSError as error:
                if error.errno != self._abi["ENOBUFS"]:
                    raise
                news = True  # messages were lost
                continue
            news = news or any(self._is_news(message) for message in decode(self._abi, data))
        return news

    def close(self) -> None:
        """Twice is harmless."""
        if self._fd >= 0:
            self._kernel.close(self._fd)
        self._fd = -1

    def _is_news(self, message: Message) -> bool:
        if self._noise(message):
            return False
        if isinstance(message, RouteMessage):
            own = message.pid == self._kernel.process_id()
            return message.kind != self._abi["RTM_GET"] and not message.error and not own
        if isinstance(message, AddressMessage | InterfaceMessage | Announcement):
            return True
        return message.kind == self._abi.constants.get("RTM_DESYNC")  # OpenBSD: messages were lost
