"""This machine's network stack: TUN devices, addresses, routes, MTU. One file per system behind one small interface.

from everleaf.host import this_host, Wanted

host = this_host()
tun = host.open_tun("auto")
host.apply(tun.name, Wanted(address=address, mtu=host.mtu_ceiling))
packet = os.read(tun.fd, 65536)
tun.close()
"""

from __future__ import annotations

import sys

from everleaf.host.base import Host, Tun, Wanted

if sys.platform == "linux":
    from everleaf.host.linux import LinuxHost as _ThisHost
else:
    from everleaf.host.none import NoHost as _ThisHost

__all__ = ["Host", "Tun", "Wanted", "this_host"]


def this_host() -> Host:
    """The backend for the system we run on."""
    return _ThisHost()
