"""This machine's network stack: TUN and TAP devices, addresses, routes, MTU. One small interface on every system.

from everleaf.host import Kind, Wanted, this_host

host = this_host()
device = host.open("auto")
host.apply(device.name, Wanted(address, host.mtu_ceiling(Kind.TUN)))
packet = device.read()
device.close()
"""

from __future__ import annotations

import sys

from everleaf.host.base import (
    MESH,
    MTU_FLOOR,
    Applied,
    Carrier,
    Device,
    Framing,
    Host,
    Kind,
    ListeningPort,
    Names,
    Observed,
    Offloads,
    Problem,
    Wanted,
    Watch,
)

if sys.platform == "linux":
    from everleaf.host.linux import LinuxHost as _ThisHost
elif sys.platform == "darwin":
    from everleaf.host.bsd.darwin import DarwinHost as _ThisHost
elif sys.platform.startswith("freebsd"):
    from everleaf.host.bsd.freebsd import FreeBsdHost as _ThisHost
elif sys.platform.startswith("dragonfly"):
    from everleaf.host.bsd.dragonfly import DragonFlyHost as _ThisHost
elif sys.platform.startswith("netbsd"):
    from everleaf.host.bsd.netbsd import NetBsdHost as _ThisHost
elif sys.platform.startswith("openbsd"):
    from everleaf.host.bsd.openbsd import OpenBsdHost as _ThisHost
elif sys.platform == "win32":
    from everleaf.host.windows import WindowsHost
    from everleaf.host.windows.dlls import Dlls

    class _ThisHost(WindowsHost):
        def __init__(self) -> None:
            super().__init__(Dlls())

else:
    from everleaf.host.none import NoHost as _ThisHost

__all__ = [
    "MESH",
    "MTU_FLOOR",
    "Applied",
    "Carrier",
    "Device",
    "Framing",
    "Host",
    "Kind",
    "ListeningPort",
    "Names",
    "Observed",
    "Offloads",
    "Problem",
    "Wanted",
    "Watch",
    "this_host",
]


def this_host() -> Host:
    """The backend for the system we run on."""
    return _ThisHost()
