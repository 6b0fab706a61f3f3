"""Tell the service manager how we are: sd_notify(3), a datagram to $NOTIFY_SOCKET. Without one, nothing happens."""

from __future__ import annotations

import contextlib
import os
import socket
import sys
from collections.abc import Callable
from typing import Protocol


class Supervisor(Protocol):
    """Who has started us, and wants to hear how we are."""

    def ready(self, status: str) -> None:
        """Started, or done reloading."""
        ...

    def reloading(self, now: float) -> None:
        """A reload began at `now` (monotonic seconds)."""
        ...

    def stopping(self) -> None:
        """On the way out."""
        ...

    def listen(self, to: Callable[[str], None]) -> None:
        """`to` gets the names of signals, in any thread, where it asks by other means than signals."""
        ...


class ServiceManager:
    """systemd, or anything that speaks its notification protocol."""

    def __init__(self, address: str | None = None) -> None:
        self._address = os.environ.get("NOTIFY_SOCKET", "") if address is None else address

    def ready(self, status: str) -> None:
        """Started, or done reloading.

        Without MAINPID: we are the child of a single file's first process, and systemd learns nothing of the end of a
        process that is not its own child. It took our death for a good end, and left it at that.
        """
        self._send(f"READY=1\nSTATUS={status}")

    def reloading(self, now: float) -> None:
        """A reload began at `now` (monotonic seconds)."""
        self._send(f"RELOADING=1\nMONOTONIC_USEC={int(now * 1_000_000)}")

    def stopping(self) -> None:
        """On the way out."""
        self._send("STOPPING=1")

    def listen(self, to: Callable[[str], None]) -> None:
        """It sends signals."""

    def _send(self, text: str) -> None:
        if sys.platform == "win32" or not self._address:
            return
        path = "\0" + self._address[1:] if self._address.startswith("@") else self._address
        with (
            contextlib.suppress(OSError),
            socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM) as channel,
        ):
            channel.sendto(text.encode(), path)
