"""macOS: a utun by a control socket of the kernel, configured by ioctl and routing socket. Needs root; there is no TAP.

A utun lives as long as its descriptor and is called utun0, utun1 and so on. What can outlive it is the route by which
this host reaches its own address: a /128 into lo0, which would swallow packets to that address.

Sources: XNU's bsd/net/if_utun.c, bsd/kern/kern_control.c, bsd/netinet6/in6.c, bsd/net/route.c and rtsock.c.
"""

from __future__ import annotations

import re
import socket
from collections.abc import Sequence
from ipaddress import IPv6Address

from everleaf.errors import BusyError, HostError, NodeError, PermissionDeniedError
from everleaf.host.abi import Abi, load
from everleaf.host.abi.structure import Structure
from everleaf.host.base import Applied, Framing, Kind, ListeningPort, Observed, Problem, Wanted
from everleaf.host.bsd.kame import KameInterface
from everleaf.host.bsd.kernel import Kernel, RealKernel
from everleaf.host.bsd.ports import lsof, netstat
from everleaf.host.bsd.ports.listing import list_ports
from everleaf.host.bsd.routing.message import AddressMessage, InterfaceMessage, Message, RouteMessage
from everleaf.host.bsd.routing.socket import RoutingSocket
from everleaf.host.bsd.routing.table import RoutingTable
from everleaf.host.bsd.routing.watch import RoutingWatch
from everleaf.host.device import FileDevice
from everleaf.host.route import Outcome, Route

UTUN_CONTROL = b"com.apple.net.utun_control"
MTU_CEILING = 65535  # IF_MAXMTU of bsd/net/if_var.h
LOOPBACK = "lo0"
RESTLESS = ("awdl", "llw", "lo")  # interfaces that change all day and never carry the mesh: AirDrop's, and loopback
LINK_LOCAL, MULTICAST = 0xFE80, 0xFF00  # of these prefixes, 10 and 8 bits long, the mesh's routes never are


class DarwinHost:
    """What a node needs of macOS 10.10 or newer."""

    def __init__(self, kernel: Kernel | None = None, abi: Abi | None = None) -> None:
        self._kernel = kernel or RealKernel()
        self._abi = abi or load("darwin")
        self._table = RoutingTable(self._kernel, self._abi)

    def mtu_ceiling(self, kind: Kind) -> int:
        return MTU_CEILING if kind is Kind.TUN else 0

    def open(self, name: str, kind: Kind = Kind.TUN) -> FileDevice:
        """Header and packet pass the descriptor in one piece: four bytes of family, then the packet."""
        if kind is Kind.TAP:
            raise HostError("macOS has no TAP devices", fix='set interface.kind to "tun"')
        try:
            fd, taken = self._connect(_unit(name))
        except OSError as error:
            raise self._refused(name, error) from error
        return FileDevice(fd, taken, kind, Framing.FAMILY, family=self._abi["AF_INET6"])

    def apply(self, name: str, wanted: Wanted) -> Applied:
        """NODAD, since nobody else is on the link; SECURED beside it, with which the reference node reaches itself."""
        interface = KameInterface(self._kernel, self._abi, name)
        interface.set_mtu(wanted.mtu)
        interface.bring_up()
        flags = self._abi["IN6_IFF_NODAD"] | self._abi["IN6_IFF_SECURED"]
        interface.add_address(wanted.address, wanted.prefix_length, flags)
        interface.add_route(wanted.address)
        return interface.applied()

    def observe(self, name: str) -> Observed | None:
        return KameInterface(self._kernel, self._abi, name).observe()

    def watch(self) -> RoutingWatch:
        restless = {index for name, index in self._table.indexes().items() if name.startswith(RESTLESS)}
        cloned = self._abi["RTF_WASCLONED"]  # one for every address that somebody talks to

        def noise(message: Message) -> bool:
            match message:
                case RouteMessage():
                    return message.index in restless or bool(message.flags & cloned) or _is_local(message.destination)
                case AddressMessage():
                    return message.index in restless or _is_local(message.address)
                case InterfaceMessage():
                    return message.index in restless
            return False

        return RoutingWatch(self._kernel, self._abi, noise=noise)

    def withdraw(self, name: str) -> tuple[Problem, ...]:
        refused = KameInterface(self._kernel, self._abi, name).withdraw()
        _, problems = self._forget()
        return (*refused, *problems)

    def cleanup(self, name: str) -> Sequence[str]:  # noqa: ARG002 - a utun is gone with its node, whatever its name
        """A utun that is there is held by somebody; only routes to addresses that nobody has can be left."""
        forgotten, problems = self._forget()
        for problem in problems:
            raise HostError(f"cannot {problem.what}: {problem.output}", fix=problem.fix)
        return (LOOPBACK,) if forgotten else ()

    def listening_ports(self) -> Sequence[ListeningPort]:
        return list_ports(self._kernel, netstat.DARWIN, lsof.DARWIN)

    # --- utun ---------------------------------------------------------------------------------------------------------

    def _connect(self, unit: int) -> tuple[int, str]:
        """The descriptor of a new utun, and its name. Raises OSError."""
        abi = self._abi
        fd = self._kernel.socket(abi["AF_SYSTEM"], socket.SOCK_DGRAM, abi["SYSPROTO_CONTROL"])
        try:
            self._kernel.connect_control(fd, self._control(fd), unit)
            name = self._kernel.getsockopt(fd, abi["SYSPROTO_CONTROL"], abi["UTUN_OPT_IFNAME"], abi["IFNAMSIZ"])
            self._kernel.set_nonblocking(fd)
        except OSError:
            self._kernel.close(fd)
            raise
        return fd, name.split(b"\0")[0].decode()

    def _control(self, fd: int) -> int:
        """The number under which the kernel has registered utun."""
        info = Structure(self._abi, "ctl_info")
        info.place("ctl_name", UTUN_CONTROL)
        answer = self._kernel.ioctl(fd, self._abi["CTLIOCGINFO"], bytes(info))
        return Structure(self._abi, "ctl_info", answer).get("ctl_id")

    def _refused(self, name: str, error: OSError) -> NodeError:
        if error.errno == self._abi["EPERM"]:
            return PermissionDeniedError(
                f"may not create the TUN device {name!r}", fix="run as root, by sudo or launchd"
            )
        if error.errno == self._abi["EBUSY"]:
            return BusyError(f"the TUN device {name!r} is in use", fix='set interface.name to "auto" or stop its user')
        return HostError(f"cannot create the TUN device {name!r}: {error.strerror}")

    # --- routes that outlive a utun -----------------------------------------------------------------------------------

    def _forget(self) -> tuple[bool, list[Problem]]:
        """Delete every route of a node address into loopback that no interface has; whether there were any.

        A delete looks at the destination alone, so what is deleted was looked up just before.
        """
        index = self._table.indexes()[LOOPBACK]
        alive = {address for address, _ in self._table.addresses()}
        stale = [route for route in self._table.host_routes(index) if route.destination not in alive]
        problems = []
        for route in stale:
            with RoutingSocket(self._kernel, self._abi) as ask:
                answer = ask.delete(Route(route.destination, route.prefix_length, index, flags=self._abi["RTF_HOST"]))
            if answer.outcome is Outcome.REFUSED:
                text = str(IPv6Address(route.destination))
                by_hand = f"run as root: route -n delete -inet6 -host {text}"
                problems.append(Problem(f"delete route {text}", f"RTM_DELETE {text}", answer.text, by_hand))
        return bool(stale), problems


def _unit(name: str) -> int:
    """What the control calls a utun: its number and one more; 0 lets the kernel choose."""
    if name == "auto":
        return 0
    found = re.fullmatch("utun(0|[1-9][0-9]{0,4})", name)
    if not found:
        fix = 'set interface.name to "auto", or to utun and a number, such as "utun7"'
        raise HostError(f"a TUN device of macOS cannot be called {name!r}", fix=fix)
    return int(found[1]) + 1


def _is_local(address: bytes) -> bool:
    """Whether it is of one link alone, or a group's."""
    head = int.from_bytes(address[:2], "big")
    return len(address) == 16 and (head & 0xFFC0 == LINK_LOCAL or head & 0xFF00 == MULTICAST)
