"""macOS 11 to 15: utun, in6.c, route.c, rtsock.c, route(8) and ifconfig(8), as far as a backend meets them.

Sources: XNU's bsd/kern/kern_control.c (control sockets: by number and unit, for root only); bsd/net/if_utun.c (units,
the name option, flags at birth, the header, what a close removes); bsd/netinet6/in6.c (address requests; a prefix's
route stays until a timer takes it); bsd/net/route.c and rtsock.c (a delete matches by destination, a host's route has
no mask, a gateway is found by its interface's index); network_cmds' route.tproj/route.c (texts, and the status 0) and
netstat.tproj/inet6.c (columns). That a /128 into lo0 can outlive its utun is told by OpenVPN's tun.c. Not modelled:
skywalk.
"""

from __future__ import annotations

import socket
from collections.abc import Callable, Sequence
from dataclasses import replace
from itertools import count

from everleaf.host.program import Completed
from host.bsd.fake.kernel import FakeKernel, link_index
from host.bsd.fake.messages import GATEWAY, Request
from host.bsd.fake.numbers import DARWIN, MULTICAST, NET_RT_DUMP, POINTOPOINT, RTF_HOST, RTF_UP, RUNNING, UP
from host.bsd.fake.programs import Ifconfig, RouteProgram, RouteTexts
from host.bsd.fake.stack import Interface, MisuseError, Route, masked

AF_SYSTEM, SYSPROTO_CONTROL = 32, 2
CTLIOCGINFO, CTL_INFO = 0xC0644E03, 100  # and the size of its argument
UTUN_CONTROL = b"com.apple.net.utun_control"
UTUN_ID = 7  # controls are numbered as they register
UTUN_OPT_IFNAME = 2
RTF_LOCAL, RTF_IFSCOPE = 0x200000, 0x1000000
DELETE = 2  # RTM_DELETE
CHANGES = (  # what only root may ask for
    *("SIOCSIFFLAGS", "SIOCSIFMTU", "SIOCAIFADDR_IN6", "SIOCDIFADDR_IN6"),
    *("RTM_ADD", "RTM_DELETE", "RTM_CHANGE"),
)


class DarwinKernel(FakeKernel):
    """The program is root, unless a test says otherwise."""

    numbers = DARWIN

    def __init__(self) -> None:
        super().__init__("little")
        self.root = True
        self.controls: dict[int, socket.socket] = {}  # control sockets that are not connected: our ends
        self.bound: list[
            tuple[str, str, int, str]
        ] = []  # sockets: kind, address, port and state, as netstat writes them
        self.scoped: list[Route] = []  # routes for sockets that are bound to an interface alone

    def open_sockets(self) -> int:
        return super().open_sockets() + len(self.controls)

    # --- control sockets ---------------------------------------------------------------------------------------------

    def socket(self, family: int, kind: int, protocol: int = 0) -> int:
        if family != AF_SYSTEM:
            return super().socket(family, kind, protocol)
        if (kind, protocol) != (socket.SOCK_DGRAM, SYSPROTO_CONTROL):
            raise self.error("EPROTONOSUPPORT")
        ours, theirs = socket.socketpair(socket.AF_UNIX, socket.SOCK_SEQPACKET)
        fd = theirs.detach()
        self.controls[fd] = ours
        return fd

    def close(self, fd: int) -> None:
        if fd in self.controls:
            self.controls.pop(fd).close()
            socket.close(fd)
        else:
            super().close(fd)

    def ioctl(self, fd: int, request: int, argument: bytes = b"") -> bytes:
        if fd not in self.controls:
            return super().ioctl(fd, request, argument)
        if request != CTLIOCGINFO:
            raise self.error("ENOTTY")
        if len(argument) < CTL_INFO:
            raise MisuseError(f"CTLIOCGINFO with {len(argument)} bytes: the kernel copies {CTL_INFO}")
        if argument[4:CTL_INFO].split(b"\0")[0] != UTUN_CONTROL:
            raise self.error("ENOENT")
        return UTUN_ID.to_bytes(4, "little") + argument[4:]

    def connect_control(self, fd: int, control: int, unit: int) -> None:
        self.reap()
        if control != UTUN_ID:
            raise self.error("ENOENT")
        if not self.root:
            raise self.error("EPERM")
        unit = unit or next(free for free in count(1) if f"utun{free - 1}" not in self.interfaces)
        name = f"utun{unit - 1}"
        if name in self.interfaces:
            raise self.error("EBUSY")
        interface = self.add_interface(name, "tun", UP | POINTOPOINT | MULTICAST | RUNNING)
        interface.head = True
        interface.device = self.controls.pop(fd)
        self.devices[fd] = interface

    def getsockopt(self, fd: int, level: int, option: int, size: int) -> bytes:
        if fd not in self.devices or (level, option) != (SYSPROTO_CONTROL, UTUN_OPT_IFNAME):
            raise self.error("EINVAL")
        name = self.devices[fd].name.encode() + b"\0"
        if size < len(name):
            raise self.error("EMSGSIZE")
        return name

    def last_close(self, interface: Interface) -> None:
        """The interface goes; the routes to its own addresses, which lead into lo0, stay."""
        self.destroy(interface)

    def leave_root(self) -> None:
        """From here on the program is somebody else."""
        self.root = False
        self.refuse |= dict.fromkeys(CHANGES, "EPERM")

    # --- addresses and routes ----------------------------------------------------------------------------------------

    def on_SIOCSIFADDR_IN6(self, interface: Interface, argument: bytes) -> None:
        raise self.error("EOPNOTSUPP")

    def add_address(self, interface: Interface, address: bytes, prefix_length: int, flags: int) -> None:
        """A prefix that leads elsewhere already gets a route for sockets that are bound to this interface."""
        super().add_address(interface, address, prefix_length, flags)
        prefix = masked(address, prefix_length)
        route = self.find_route(prefix, prefix_length)
        if route and route.interface != interface.name:
            self.scoped.append(Route(prefix, prefix_length, interface.name, flags=RTF_UP | RTF_IFSCOPE))
        if self.find_route(address, 128) is None:
            self.routes.append(Route(address, 128, "lo0", flags=RTF_UP | RTF_HOST | RTF_LOCAL))

    def delete_address(self, interface: Interface, address: bytes) -> None:
        prefix_length, _ = interface.addresses.pop(address)
        self.routes = [route for route in self.routes if (route.prefix, route.prefix_length) != (address, 128)]
        self.broadcast(self.messages.address("DELADDR", interface.index, address, prefix_length))

    def purge(self, interface: Interface) -> None:
        super().purge(interface)
        self.scoped = [route for route in self.scoped if route.interface != interface.name]

    def gateway_interface(self, request: Request) -> Interface:
        """Only an interface that has an IPv6 address can be a way for IPv6. A delete does not look."""
        if request.kind == DELETE:
            return self.interfaces["lo0"]
        index, gateway = link_index(request, self.order), request.addresses.get(GATEWAY, b"")[8:24]
        for each in self.interfaces.values():
            if gateway in each.addresses or (index == each.index and (each.addresses or each.kind == "lo")):
                return each
        raise self.error("ENETUNREACH")

    def change_route(self, action: str, route: Route) -> None:
        """A host's route is found without a mask only."""
        if action == "DELETE" and route.prefix_length == 128 and not route.flags & RTF_HOST:
            raise self.error("ESRCH")
        super().change_route(action, route)

    def sysctl(self, path: Sequence[int]) -> bytes:
        told = super().sysctl(path)
        return told + b"".join(map(self.message_of, self.scoped)) if path[4] == NET_RT_DUMP else told

    def programs(self) -> dict[str, Callable[[Sequence[str]], Completed]]:
        ifconfig = Ifconfig(self, frozenset({"alias"}), frozenset({"-alias", "delete"}), destroys=False)
        return {"ifconfig": ifconfig, "route": DarwinRoute(self), "netstat": self._netstat}

    def _netstat(self, words: Sequence[str]) -> Completed:
        """Cuts addresses to 16 characters without -l."""
        if words[0].strip("-anl"):
            return Completed(1, "", f"netstat: illegal option -- {words[0][1]}\n")
        width = 39 if "l" in words[0] else 16
        rows = (f"{kind} 0 0 {address[:width]}.{port} *.* {state}" for kind, address, port, state in self.bound)
        return Completed(0, "Active Internet connections (including servers)\n" + "\n".join(rows), "")


class DarwinRoute:
    """Says on both outputs what came of it, -q or not, and ends with 0."""

    def __init__(self, kernel: DarwinKernel) -> None:
        texts = RouteTexts(
            exists=(0, "route: writing to routing socket: File exists\n"),
            missing=(0, "route: writing to routing socket: not in table\n"),
            refused=(0, "route: writing to routing socket: {error}\n"),
        )
        actions = frozenset({"add", "delete", "change", "get"})
        self._kernel = kernel
        self._program = RouteProgram(kernel, texts, actions, iface_takes_a_name=True)

    def __call__(self, words: Sequence[str]) -> Completed:
        done = self._program(words)
        if done.status or "get" in words:
            return done
        if not self._kernel.root:
            return Completed(77, "", "route: must be root to alter routing table\n")
        action, destination, gateway = (word for word in words if not word.startswith("-"))
        reason = f": {done.stderr.rpartition(': ')[2].strip()}" if done.stderr else ""
        return replace(done, stdout=f"{action} net {destination}: gateway {gateway}{reason}\n")
