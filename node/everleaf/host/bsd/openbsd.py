"""OpenBSD: /dev/tunN and /dev/tapN, addresses by ioctl, routes by the routing socket.

- Opening /dev/tunN makes the interface tunN, up. Closing destroys it, unless `ifconfig tunN create` made it: such a
  one stays, down, with its addresses. There is no other name, and no node that clones.
- Each packet of a TUN has four bytes in front: its address family, in network order. Nothing turns them off. A TAP has
  none.
- TUNSIFINFO sets flags and MTU at once. Older releases make a TUN without IFF_MULTICAST, and IPv6 wants it.
- There is no flag against duplicate address detection; on a point-to-point interface none takes place.
- A route into an interface has an address of the interface as its gateway, and not RTF_GATEWAY. Routing messages tell
  how long their headers are.

Sources: sys/net/if_tun.c, sys/netinet6/in6.c, sys/net/rtsock.c; tun(4), route(4).
"""

from __future__ import annotations

from collections.abc import Sequence

from everleaf.errors import HostError
from everleaf.host.abi import Abi, load
from everleaf.host.abi.structure import Structure
from everleaf.host.base import Applied, Framing, Kind, ListeningPort, Observed, Problem, Wanted
from everleaf.host.bsd.device_node import DeviceNodes
from everleaf.host.bsd.kame import KameInterface
from everleaf.host.bsd.kernel import Kernel, RealKernel
from everleaf.host.bsd.leftovers import Leftovers
from everleaf.host.bsd.ports import fstat, netstat
from everleaf.host.bsd.ports.listing import list_ports
from everleaf.host.bsd.routing.table import RoutingTable
from everleaf.host.bsd.routing.watch import RoutingWatch
from everleaf.host.device import FileDevice

NEWS = ("ADD", "DELETE", "CHANGE", "NEWADDR", "DELADDR", "IFINFO", "IFANNOUNCE", "DESYNC")  # RTM_*


class OpenBsdHost:
    """As root. Needs no program, but for lists of ports and where the kernel refuses a request."""

    def __init__(self, kernel: Kernel | None = None, abi: Abi | None = None) -> None:
        self._kernel = kernel or RealKernel()
        self._abi = abi or load("openbsd")
        self._nodes = DeviceNodes(self._kernel, self._abi)
        self._table = RoutingTable(self._kernel, self._abi)
        self._leftovers = Leftovers(self._kernel, self._abi, is_marked=lambda _: False)  # what we make goes with us

    def mtu_ceiling(self, kind: Kind) -> int:  # noqa: ARG002
        return self._abi["TUNMRU"]

    def open(self, name: str, kind: Kind = Kind.TUN) -> FileDevice:
        """The interface goes with the descriptor. An automatic one is never one that `ifconfig` has made."""
        if name == "auto":
            fd, name = self._nodes.open_free(kind, taken=self._table.names())
        else:
            fd = self._nodes.open_named(name, kind)
        try:
            self._kernel.set_nonblocking(fd)
            if kind is Kind.TUN:
                self._set_multicast(fd)
        except OSError as error:
            self._kernel.close(fd)
            raise HostError(f"cannot set up {name}: {error.strerror}") from error
        framing = Framing.FAMILY if kind is Kind.TUN else Framing.ETHERNET
        return FileDevice(fd, name, kind, framing, family=self._abi["AF_INET6"])

    def apply(self, name: str, wanted: Wanted) -> Applied:
        ceiling = self._abi["TUNMRU"]
        if wanted.mtu > ceiling:
            raise HostError(
                f"MTU {wanted.mtu} is more than OpenBSD's ceiling of {ceiling}", fix=f"use at most {ceiling}"
            )
        interface = KameInterface(self._kernel, self._abi, name)
        interface.set_mtu(wanted.mtu)
        interface.add_address(wanted.address, wanted.prefix_length)
        interface.bring_up()
        interface.add_route(wanted.address)
        return interface.applied()

    def observe(self, name: str) -> Observed | None:
        return KameInterface(self._kernel, self._abi, name).observe()

    def watch(self) -> RoutingWatch:
        """The kernel says when it had to leave something out: RTM_DESYNC."""
        abi = self._abi
        kinds = sum(1 << abi[f"RTM_{each}"] for each in NEWS)
        return RoutingWatch(
            self._kernel, abi, [(abi["PF_ROUTE"], abi["ROUTE_MSGFILTER"], kinds.to_bytes(4, abi.byteorder))]
        )

    def withdraw(self, name: str) -> tuple[Problem, ...]:
        return KameInterface(self._kernel, self._abi, name).withdraw()

    def cleanup(self, name: str) -> Sequence[str]:
        """Only an interface that `ifconfig` made outlives who opened it. It stays, without what was ours."""
        return self._leftovers.clean(name)

    def listening_ports(self) -> Sequence[ListeningPort]:
        return list_ports(self._kernel, netstat.OPENBSD, fstat.OPENBSD)

    def _set_multicast(self, fd: int) -> None:
        size = self._abi.sizeof("tuninfo")
        info = Structure(self._abi, "tuninfo", self._kernel.ioctl(fd, self._abi["TUNGIFINFO"], bytes(size)))
        info.put("flags", info.get("flags", 2) | self._abi["IFF_MULTICAST"], 2)
        self._kernel.ioctl(fd, self._abi["TUNSIFINFO"], bytes(info))
