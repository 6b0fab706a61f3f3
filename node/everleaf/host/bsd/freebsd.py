"""FreeBSD: /dev/tun and /dev/tap, addresses by ioctl, routes by the routing socket.

- Opening /dev/tun or /dev/tap makes the next free interface and opens it; /dev/tunN that one, made if need be. Where
  the driver is not loaded there is no node: `ifconfig tun create` loads it. A device is open once.
- Closing leaves the interface, down and bare, unless TUNSTRANSIENT (releases from 14 on) lets it go with the
  descriptor; else we destroy it. Destroying one that is open sleeps until it is closed: close first, always.
- A TUN carries IPv4 only, bare, until TUNSIFHEAD puts four bytes in front of each packet: its address family, in
  network order. TUNSIFMODE is refused while the interface is up. A TAP has neither.
- rc.conf turns IPv6 off for interfaces that it does not name, by a script that may run after we have opened one. So
  it is turned on before the address is added, and looked at again afterwards.
- The driver takes an MTU up to 65535, but older kernels cut packets near that; 32767 is what the field has used.
- An interface's own route, which comes with the address, is changed and deleted with RTF_PINNED only.
- A 32-bit program on a 64-bit kernel meets that kernel's routing messages and cannot read them: install the 64-bit
  one.

Sources: sys/net/if_tuntap.c, sys/netinet6/in6.c and nd6.c, sys/net/rtsock.c; tun(4), tap(4), ifconfig(8), rc.conf(5).
"""

from __future__ import annotations

import errno
import shlex
from collections.abc import Sequence
from contextlib import suppress
from functools import partial

from everleaf.errors import BusyError, HostError, NodeError, PermissionDeniedError
from everleaf.host.abi import load
from everleaf.host.base import Applied, Framing, Kind, ListeningPort, Observed, Problem, Wanted
from everleaf.host.bsd import ifreq
from everleaf.host.bsd.interface import InterfaceSocket
from everleaf.host.bsd.kame import KameInterface
from everleaf.host.bsd.kernel import Kernel, RealKernel
from everleaf.host.bsd.leftovers import NAME, Leftovers
from everleaf.host.bsd.mark import has_mark, set_mark
from everleaf.host.bsd.ports import sockstat
from everleaf.host.bsd.ports.listing import list_ports
from everleaf.host.bsd.routing.table import RoutingTable
from everleaf.host.bsd.routing.watch import RoutingWatch
from everleaf.host.commands import Commands
from everleaf.host.device import FileDevice
from everleaf.host.judgement import printed


class FreeBsdHost:
    """As root. Needs no program, but for lists of ports and where the kernel refuses a request."""

    system = "freebsd"  # the table, and the command lines
    title = "FreeBSD"
    ceiling = 32767  # bytes of MTU

    def __init__(self, kernel: Kernel | None = None, cpu: str = "") -> None:
        self._kernel = kernel or RealKernel()
        self._abi = load(self.system, cpu)
        self._commands = Commands(self.system)
        self._table = RoutingTable(self._kernel, self._abi)
        self._leftovers = Leftovers(self._kernel, self._abi, self._is_marked)

    def mtu_ceiling(self, kind: Kind) -> int:  # noqa: ARG002
        return self.ceiling

    def open(self, name: str, kind: Kind = Kind.TUN) -> FileDevice:
        """What opening makes goes when the device is closed; what was there before stays."""
        before = {each for each in self._table.names() if not self._is_marked(each)}
        if name == "auto":
            fd, name = self._open_free(kind)
        else:
            fd = self._open_node(_checked(name, kind))
        stays = name in before
        try:
            goes = self._set_up(fd, name, kind, made=not stays)
        except OSError as error:
            self._kernel.close(fd)
            raise HostError(f"cannot set up {name}: {error.strerror}") from error
        return FileDevice(
            fd,
            name,
            kind,
            Framing.FAMILY if kind is Kind.TUN else Framing.ETHERNET,
            family=self._abi["AF_INET6"],
            closed=(lambda: None) if stays or goes else partial(self._leftovers.destroy, name),
        )

    def apply(self, name: str, wanted: Wanted) -> Applied:
        if wanted.mtu > self.ceiling:
            raise HostError(
                f"MTU {wanted.mtu} is more than {self.title}'s ceiling of {self.ceiling}",
                fix=f"use at most {self.ceiling}",
            )
        interface = KameInterface(self._kernel, self._abi, name)
        interface.set_mtu(wanted.mtu)
        self._enable_ipv6(interface)
        interface.add_address(wanted.address, wanted.prefix_length, self._abi["IN6_IFF_NODAD"])
        interface.bring_up()
        self._enable_ipv6(interface)
        interface.add_route(wanted.address)
        return interface.applied()

    def observe(self, name: str) -> Observed | None:
        return KameInterface(self._kernel, self._abi, name).observe()

    def watch(self) -> RoutingWatch:
        """A read says ENOBUFS when the kernel had to leave something out, where it knows SO_RERROR."""
        abi = self._abi
        tell_losses = (abi["SOL_SOCKET"], abi["SO_RERROR"], (1).to_bytes(4, abi.byteorder))
        return RoutingWatch(self._kernel, abi, [tell_losses])

    def withdraw(self, name: str) -> tuple[Problem, ...]:
        return KameInterface(self._kernel, self._abi, name).withdraw()

    def cleanup(self, name: str) -> Sequence[str]:
        """An interface outlives who opened it: destroyed when we made it, else left without what was ours."""
        return self._leftovers.clean(name)

    def listening_ports(self) -> Sequence[ListeningPort]:
        return list_ports(self._kernel, sockstat.FREEBSD)

    # --- opening ------------------------------------------------------------------------------------------------------

    def _open_free(self, kind: Kind) -> tuple[int, str]:
        """The node without a number clones the next free device, which tells its name."""
        fd = self._open_node(kind.value)
        try:
            answer = self._kernel.ioctl(fd, self._abi["TUNGIFNAME"], bytes(self._abi.sizeof("ifreq")))
        except OSError as error:
            self._kernel.close(fd)
            raise HostError(f"a new {kind.value} device does not tell its name: {error.strerror}") from error
        return fd, ifreq.name_of(self._abi, answer)

    def _open_node(self, node: str) -> int:
        try:
            return self._kernel.open(f"/dev/{node}")
        except FileNotFoundError:
            return self._open_created(node)
        except OSError as error:
            raise _refused(node, error) from error

    def _open_created(self, node: str) -> int:
        """The driver is not loaded, or does not clone: ifconfig loads it and makes the interface."""
        line = self._commands.create(node)
        made = self._kernel.run(line)
        if made.status:
            raise HostError(
                f"/dev/{node} is missing, and `{shlex.join(line)}` said: {printed(made)}",
                fix="run: kldload if_tuntap; in a jail, let devfs rules show the device",
            )
        name = made.stdout.strip() or node
        try:
            return self._kernel.open(f"/dev/{name}")
        except OSError as error:
            self._leftovers.destroy(name)
            raise _refused(name, error) from error

    def _set_up(self, fd: int, name: str, kind: Kind, *, made: bool) -> bool:
        """Whether the interface goes with the descriptor."""
        if made:
            self._mark(name)
        if kind is Kind.TUN:
            self._set_up_tun(fd, name)
        self._kernel.set_nonblocking(fd)
        return made and self._make_transient(fd)

    def _set_up_tun(self, fd: int, name: str) -> None:
        """Mode before head, and down before mode: an interface that was there before may be up."""
        with InterfaceSocket(self._kernel, self._abi) as ask:
            ask.bring_down(name)
        self._tell(fd, "TUNSIFMODE", self._abi["IFF_BROADCAST"] | self._abi["IFF_MULTICAST"])
        self._tell(fd, "TUNSIFHEAD", 1)

    def _make_transient(self, fd: int) -> bool:
        """Whether the interface now goes with the descriptor, also when we are killed."""
        try:
            self._tell(fd, "TUNSTRANSIENT", 1)
        except OSError:
            return False
        return True

    def _enable_ipv6(self, interface: KameInterface) -> None:
        interface.enable_ipv6()

    def _tell(self, fd: int, request: str, value: int) -> None:
        self._kernel.ioctl(fd, self._abi[request], value.to_bytes(4, self._abi.byteorder))

    # --- the mark -----------------------------------------------------------------------------------------------------

    def _mark(self, name: str) -> None:
        with suppress(OSError):  # then a crash leaves a bare interface, which harms nobody
            set_mark(self._kernel, self._abi, name)

    def _is_marked(self, name: str) -> bool:
        return has_mark(self._kernel, self._abi, name)


def _checked(name: str, kind: Kind) -> str:
    if not NAME.fullmatch(name) or not name.startswith(kind.value):
        raise HostError(
            f"{name!r} cannot be the name of a {kind.value} device",
            fix=f'set interface.name to "auto", or to {kind.value}0, {kind.value}1 and so on',
        )
    return name


def _refused(node: str, error: OSError) -> NodeError:
    if isinstance(error, PermissionError):
        return PermissionDeniedError(f"may not open /dev/{node}", fix="run as root")
    if error.errno == errno.EBUSY:
        return BusyError(f"{node} is in use", fix='stop its user, or set interface.name to "auto"')
    return HostError(f"cannot open /dev/{node}: {error.strerror}")
