"""NetBSD 10: tun(4), tap(4), in6.c, rtsock_shared.c, route(8) and ifconfig(8), as far as a backend meets them.

Sources: sys/net/if_tun.c (tunopen makes the interface, tunclose leaves it; TUNSIFHEAD, TUNSIFMODE, FIONBIO; TUN_READY
wants an address; MTU 576 to TUNMTU); sys/net/if_tap.c (the cloner, whose interface goes with its descriptor);
sys/netinet6/in6.c (flags that only report are refused, IN6_IFF_NODAD among them); sys/net/rtsock_shared.c and
setsockopt(2) (an overflow is an error with SO_RERROR only); sbin/route/keywords.c (`delete`, no `del`) and route.c
(what follows -iface is an address; failures are told on stderr, with -q too). Not modelled: DAD, and the errno of an
interface without a description.
"""

from __future__ import annotations

import ctypes
import re
from collections.abc import Callable, Sequence

from everleaf.host.bsd.kernel import Completed
from host.bsd.fake.kernel import FakeKernel
from host.bsd.fake.messages import GATEWAY, Order, Request
from host.bsd.fake.numbers import BROADCAST, MULTICAST, NETBSD, POINTOPOINT, RTF_UP, RUNNING, UP
from host.bsd.fake.programs import Ifconfig, RouteProgram, RouteTexts
from host.bsd.fake.stack import Interface, Route

TUNMTU, JUMBO = 1500, 9000
REPORTING = 0x2 | 0x4 | 0x8 | 0x20  # IN6_IFF_TENTATIVE, DUPLICATED, DETACHED, NODAD
RTF_CONNECTED = 0x100
IFDESCRSIZE = 64
SOL_SOCKET, SO_RERROR = 0xFFFF, 0x4000
DEVICE_REQUESTS = {
    0x80047442: "TUNSIFHEAD",
    0x80047458: "TUNSIFMODE",
    0x80047457: "TUNSLMODE",
    0x40906500: "TAPGIFNAME",
}


class NetBsdKernel(FakeKernel):
    """Four nodes of each kind, the cloner for TAP, and the program is root, unless a test says otherwise."""

    numbers = NETBSD
    device_requests = DEVICE_REQUESTS

    def __init__(self, order: Order = "little") -> None:
        super().__init__(order)
        self.nodes = 4
        self.root = True
        self.connects = True  # False when the route that an address brings with it is taken away at once
        self.tun_mtu = TUNMTU  # 9000 as told in the field

    # --- devices -----------------------------------------------------------------------------------------------------

    def open_node(self, path: str) -> Interface:
        found = re.fullmatch(r"/dev/(tun|tap)(\d*)", path)
        if not found or path == "/dev/tun" or int(found[2] or 0) >= self.nodes:
            raise self.error("ENOENT")
        if not self.root:
            raise self.error("EACCES")
        kind, unit = found[1], found[2]
        if not unit:
            return self._clone_tap()
        name = f"{kind}{unit}"
        if name not in self.interfaces:
            if kind == "tap":
                raise self.error("ENXIO")
            self.add_interface(name, kind, POINTOPOINT)
        if self.interfaces[name].device is not None:
            raise self.error("EBUSY")
        return self.interfaces[name]

    def _clone_tap(self) -> Interface:
        unit = next(n for n in range(256) if f"tap{n}" not in self.interfaces)
        interface = self.add_interface(f"tap{unit}", "tap", BROADCAST | MULTICAST)
        interface.transient = True
        return interface

    def device_ioctl(self, interface: Interface, request: int, argument: bytes) -> bytes:
        name = self.device_requests.get(request)
        if name is None or (name == "TAPGIFNAME") != (interface.kind == "tap"):
            raise self.error("ENOTTY")
        self.asked.append(name)
        if name in self.refuse:
            raise self.error(self.refuse[name])
        value = self._int(argument, 0, 4)
        match name:
            case "TUNSIFHEAD":
                interface.head = bool(value)
            case "TUNSLMODE":
                interface.head = interface.head and not value
            case "TUNSIFMODE":
                self._set_mode(interface, value)
            case _:
                return interface.name.encode().ljust(len(argument), b"\0")
        return argument

    def _set_mode(self, interface: Interface, mode: int) -> None:
        if mode & ~MULTICAST not in (POINTOPOINT, BROADCAST):
            raise self.error("EINVAL")
        if interface.flags & UP:
            raise self.error("EBUSY")
        interface.flags = interface.flags & ~(POINTOPOINT | BROADCAST | MULTICAST) | mode

    def last_close(self, interface: Interface) -> None:
        """A TUN stays, down, without the routes of its addresses; a cloned TAP goes."""
        if interface.transient:
            self.destroy(interface)
        elif interface.kind == "tun":
            interface.flags &= ~UP
            self.routes = [route for route in self.routes if route.interface != interface.name]

    def deliver(self, name: str, packet: bytes) -> None:
        """tun_output(): nothing before an address, and nothing but IPv4 without the header."""
        interface = self.interfaces[name]
        if not interface.flags & UP or (interface.kind == "tun" and not interface.addresses):
            raise self.error("EHOSTDOWN")
        if interface.kind == "tun" and not interface.head and packet[0] >> 4 != 4:
            raise self.error("EAFNOSUPPORT")
        super().deliver(name, packet)

    def broadcast(self, message: bytes | str) -> None:
        """An overflow is told to those who asked for it, setsockopt(2); the others never hear of it."""
        if isinstance(message, bytes):
            super().broadcast(message)
            return
        for each in self.sockets.values():
            if (SOL_SOCKET, SO_RERROR, (1).to_bytes(4, self.order)) in each.options:
                each.waiting.append(message)

    # --- addresses and routes ----------------------------------------------------------------------------------------

    def mtu_range(self, interface: Interface) -> range:
        return range(576, (JUMBO if interface.kind == "tap" else self.tun_mtu) + 1)

    def add_address(self, interface: Interface, address: bytes, prefix_length: int, flags: int) -> None:
        if flags & REPORTING:
            raise self.error("EINVAL")
        interface.flags |= UP | RUNNING
        super().add_address(interface, address, prefix_length, flags)

    def connected(self, interface: Interface, prefix: bytes, prefix_length: int, address: bytes) -> Route | None:
        if not self.connects:
            return None
        return Route(prefix, prefix_length, interface.name, address, RTF_UP | RTF_CONNECTED)

    def gateway_interface(self, request: Request) -> Interface:
        """Deleting looks at the table only: the address may be gone before the route."""
        gateway = request.addresses.get(GATEWAY, b"")[8:24]
        found = [interface for interface in self.interfaces.values() if gateway in interface.addresses]
        if request.kind == self.messages.kind("DELETE"):
            found += [self.interfaces[route.interface] for route in self.routes if route.gateway == gateway]
        if not found:
            raise self.error("ENETUNREACH")
        return found[0]

    def programs(self) -> dict[str, Callable[[Sequence[str]], Completed]]:
        wrote = "route: writing to routing socket: "
        texts = RouteTexts(
            exists=(1, f"{wrote}File exists\n"),
            missing=(1, f"{wrote}not in table\n"),
            refused=(1, wrote + "{error}\n"),
            usage=(1, "route: botched keyword: {}\nusage: route [-dfLnqSsTtv] cmd [[-qualifers] args]\n"),
            bad_address=(1, "route: {}: bad value\n"),
        )
        return {
            "ifconfig": Ifconfig(self, frozenset({"alias"}), frozenset({"delete", "-alias"})),
            "route": RouteProgram(self, texts, frozenset({"add", "delete", "change", "get"}), iface_takes_a_name=False),
        }

    # --- descriptions: u32 length, pointer ----------------------------------------------------------------------------

    def on_SIOCSIFDESCR(self, interface: Interface, argument: bytes) -> None:
        if self._int(argument, 16, 4) > IFDESCRSIZE:
            raise self.error("EINVAL")
        interface.description = ctypes.string_at(self._int(argument, 24, 8)).decode()

    def on_SIOCGIFDESCR(self, interface: Interface, argument: bytes) -> None:
        if not interface.description or self._int(argument, 16, 4) < IFDESCRSIZE:
            raise self.error("EINVAL")
        text = interface.description.encode() + b"\0"
        ctypes.memmove(self._int(argument, 24, 8), text, len(text))
