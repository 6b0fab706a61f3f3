"""NetBSD: /dev/tunN, /dev/tap and /dev/tapN, addresses by ioctl, routes by the routing socket.

- Opening /dev/tunN makes the interface tunN. Closing leaves it, down; we mark what we made and destroy it then.
  There is no other name. /dev/tap clones: its interface goes with its descriptor. /dev/tapN opens one that
  `ifconfig tapN create` has made.
- A TUN carries IPv4 only, bare, until TUNSIFHEAD puts four bytes in front of each packet: its address family, in
  network order. TUNSIFMODE is refused while the interface is up.
- The driver hears of non-blocking reads only by FIONBIO, so a device is opened without O_NONBLOCK.
- A read says EHOSTDOWN until the interface has an address.
- The largest MTU of a TUN is 1500 in the driver's source, and 9000 is told in the field; we ask, and keep what is
  granted.
- IN6_IFF_NODAD only reports: an address that is asked for with it is refused. Our address is tentative for a second.
- A route into an interface has an address of the interface as its gateway. `route` knows `delete`, and never `del`.

Sources: sys/net/if_tun.c, sys/net/if_tap.c, sys/netinet6/in6.c, sys/net/rtsock_shared.c; tun(4), tap(4), route(8).
"""

from __future__ import annotations

from collections.abc import Sequence
from contextlib import suppress
from functools import partial

from everleaf.errors import HostError
from everleaf.host.abi import Abi, load
from everleaf.host.base import MTU_FLOOR, Applied, Framing, Kind, ListeningPort, Observed, Problem, Wanted
from everleaf.host.bsd import ifreq
from everleaf.host.bsd.device_node import DeviceNodes
from everleaf.host.bsd.interface import InterfaceSocket
from everleaf.host.bsd.kame import KameInterface
from everleaf.host.bsd.kernel import Kernel, RealKernel
from everleaf.host.bsd.leftovers import Leftovers
from everleaf.host.bsd.mark import has_mark, set_mark
from everleaf.host.bsd.ports import sockstat
from everleaf.host.bsd.ports.listing import list_ports
from everleaf.host.bsd.routing.table import RoutingTable
from everleaf.host.bsd.routing.watch import RoutingWatch
from everleaf.host.device import FileDevice

MTU_CEILING = 9000  # of a TAP, by ETHERMTU_JUMBO; of a TUN in the field
NEWS = ("ADD", "DELETE", "CHANGE", "NEWADDR", "DELADDR", "IFINFO", "IFANNOUNCE")  # RTM_*


class NetBsdHost:
    """As root. Needs no program, but for lists of ports and where the kernel refuses a request."""

    def __init__(self, kernel: Kernel | None = None, abi: Abi | None = None) -> None:
        self._kernel = kernel or RealKernel()
        self._abi = abi or load("netbsd")
        self._nodes = DeviceNodes(self._kernel, self._abi)
        self._table = RoutingTable(self._kernel, self._abi)
        self._leftovers = Leftovers(self._kernel, self._abi, self._is_marked)

    def mtu_ceiling(self, kind: Kind) -> int:  # noqa: ARG002
        return MTU_CEILING

    def open(self, name: str, kind: Kind = Kind.TUN) -> FileDevice:
        """What opening makes goes when the device is closed; what was there before stays."""
        return self._open_tap(name) if kind is Kind.TAP else self._open_tun(name)

    def apply(self, name: str, wanted: Wanted) -> Applied:
        if wanted.mtu > MTU_CEILING:
            raise HostError(
                f"MTU {wanted.mtu} is more than NetBSD's ceiling of {MTU_CEILING}", fix=f"use at most {MTU_CEILING}"
            )
        interface = KameInterface(self._kernel, self._abi, name)
        self._set_mtu(interface, wanted.mtu)
        interface.add_address(wanted.address, wanted.prefix_length)
        interface.bring_up()
        interface.add_route(wanted.address)
        return interface.applied()

    def observe(self, name: str) -> Observed | None:
        return KameInterface(self._kernel, self._abi, name).observe()

    def watch(self) -> RoutingWatch:
        """A read says ENOBUFS when the kernel had to leave something out: to those only who set SO_RERROR."""
        abi = self._abi
        wanted_kinds = (abi["PF_ROUTE"], abi["RO_MSGFILTER"], bytes(abi[f"RTM_{each}"] for each in NEWS))
        tell_losses = (abi["SOL_SOCKET"], abi["SO_RERROR"], (1).to_bytes(4, abi.byteorder))
        return RoutingWatch(self._kernel, abi, [wanted_kinds, tell_losses])

    def withdraw(self, name: str) -> tuple[Problem, ...]:
        return KameInterface(self._kernel, self._abi, name).withdraw()

    def cleanup(self, name: str) -> Sequence[str]:
        """A TUN outlives who opened it: destroyed with all that it has, unless `ifconfig` made it."""
        return self._leftovers.clean(name)

    def listening_ports(self) -> Sequence[ListeningPort]:
        return list_ports(self._kernel, sockstat.NETBSD)

    # --- opening ------------------------------------------------------------------------------------------------------

    def _open_tun(self, name: str) -> FileDevice:
        before = self._table.names()
        if name == "auto":  # one that a crash of ours has left is as good as none
            fd, name = self._nodes.open_free(Kind.TUN, taken=[each for each in before if not self._is_marked(each)])
        else:
            fd = self._nodes.open_named(name, Kind.TUN)
        made = name not in before or self._is_marked(name)
        if made:
            with suppress(OSError):  # then a crash leaves a bare interface, which harms nobody
                set_mark(self._kernel, self._abi, name)
        try:
            self._set_up_tun(fd, name)
        except OSError as error:
            self._kernel.close(fd)
            if made:
                self._leftovers.destroy(name)
            raise HostError(f"cannot set up {name}: {error.strerror}") from error
        closed = partial(self._leftovers.destroy, name) if made else lambda: None
        return FileDevice(fd, name, Kind.TUN, Framing.FAMILY, family=self._abi["AF_INET6"], closed=closed)

    def _set_up_tun(self, fd: int, name: str) -> None:
        abi = self._abi
        with InterfaceSocket(self._kernel, abi) as ask:
            ask.bring_down(name)
        mode = abi["IFF_POINTOPOINT"] | abi["IFF_MULTICAST"]
        self._kernel.ioctl(fd, abi["TUNSIFMODE"], mode.to_bytes(4, abi.byteorder))
        self._kernel.ioctl(fd, abi["TUNSIFHEAD"], (1).to_bytes(4, abi.byteorder))
        self._kernel.set_nonblocking(fd)

    def _open_tap(self, name: str) -> FileDevice:
        fd = self._nodes.open_cloner(Kind.TAP) if name == "auto" else self._nodes.open_named(name, Kind.TAP)
        try:
            answer = self._kernel.ioctl(fd, self._abi["TAPGIFNAME"], bytes(self._abi.sizeof("ifreq")))
            self._kernel.set_nonblocking(fd)
        except OSError as error:
            self._kernel.close(fd)
            raise HostError(f"cannot set up a TAP: {error.strerror}") from error
        return FileDevice(fd, ifreq.name_of(self._abi, answer), Kind.TAP, Framing.ETHERNET)

    def _is_marked(self, name: str) -> bool:
        return has_mark(self._kernel, self._abi, name)

    def _set_mtu(self, interface: KameInterface, wanted: int) -> None:
        """Who asks for the ceiling is content with what is granted; another figure is meant."""
        if interface.mtu() == wanted:
            return
        if wanted < MTU_CEILING:
            interface.set_mtu(wanted)
        elif not any(interface.grants_mtu(mtu) for mtu in (MTU_CEILING, self._abi["TUNMTU"], MTU_FLOOR)):
            raise HostError(
                f"{interface.name} takes no MTU of {MTU_FLOOR} or more", fix="set interface.name to another"
            )
