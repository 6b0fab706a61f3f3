"""What every host backend offers: open a device, apply the whole wanted state, clean up without memory."""

from __future__ import annotations

import os
from dataclasses import dataclass
from typing import Protocol

MTU_FLOOR = 1280  # RFC 8200: no IPv6 link carries less
PREFIX_LENGTH = 7  # the mesh is 0200::/7


@dataclass(slots=True)
class Tun:
    """An open layer-3 device. Who holds it closes it, once, unless he gives `fd` away by `detach`."""

    fd: int
    name: str

    def detach(self) -> int:
        """Give the descriptor away; `close` does nothing afterwards."""
        fd, self.fd = self.fd, -1
        return fd

    def close(self) -> None:
        """Close the device; the system removes a device that was made by opening it."""
        fd = self.detach()
        if fd >= 0:
            os.close(fd)


@dataclass(frozen=True, slots=True)
class Wanted:
    """The whole state an interface should have."""

    address: bytes  # 16 bytes, network order
    mtu: int  # bytes
    prefix_length: int = PREFIX_LENGTH


class Host(Protocol):
    """One operating system. Every method raises `HostError` or `PermissionDeniedError`, with the remedy."""

    @property
    def mtu_ceiling(self) -> int:
        """The largest MTU this system's TUN carries; 0 where there is no TUN."""
        ...

    def open_tun(self, name: str) -> Tun:
        """Open or create the device `name`; "auto" lets the system choose. Non-blocking, no per-packet header."""
        ...

    def apply(self, name: str, wanted: Wanted) -> int:
        """Make the interface so: MTU, address, up, route to the mesh. Repeatable. Returns the MTU now in force."""
        ...

    def cleanup(self, name: str) -> None:
        """Remove what a killed daemon may have left on `name`; a missing interface is fine."""
        ...
