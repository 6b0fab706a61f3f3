"""A host without TUN: the node still peers, routes and answers queries."""

from __future__ import annotations

import sys

from everleaf.errors import HostError
from everleaf.host.base import Tun, Wanted


class NoHost:
    """Refuses to open a device and says what to do instead."""

    mtu_ceiling = 0

    def open_tun(self, name: str) -> Tun:
        raise HostError(
            f"no TUN backend for {sys.platform}, so {name!r} cannot be opened",
            fix='set interface.kind = "none" to run as a router without an address',
        )

    def apply(self, name: str, wanted: Wanted) -> int:
        raise HostError(f"no backend for {sys.platform} can give {name!r} an MTU of {wanted.mtu}")

    def cleanup(self, name: str) -> None:
        """Nothing was ever made."""
