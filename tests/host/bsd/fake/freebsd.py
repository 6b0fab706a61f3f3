"""FreeBSD 14: if_tuntap, in6.c, rtsock.c, route(8) and ifconfig(8), as far as a backend meets them.

Sources: sys/net/if_tuntap.c (cloning, exclusive open, TUNSIFHEAD, TUNSIFMODE, TUNSTRANSIENT, what a close leaves);
sys/netinet6/in6.c and nd6.c (address and neighbour requests); sys/net/rtsock.c and route_ctl.c (interface routes are
pinned); sbin/route and sbin/ifconfig (grammar, texts, statuses). Not modelled: jails, DAD, multipath.
"""

from __future__ import annotations

import ctypes
import re
from collections.abc import Callable, Sequence

from everleaf.host.bsd.kernel import Completed
from host.bsd.fake.kernel import FakeKernel, link_index
from host.bsd.fake.messages import GATEWAY, Request
from host.bsd.fake.numbers import BROADCAST, FREEBSD, MULTICAST, POINTOPOINT, RTF_UP, UP
from host.bsd.fake.programs import Ifconfig, RouteProgram, RouteTexts
from host.bsd.fake.stack import Interface, MisuseError, Route

RTF_PINNED = 0x100000
ND6_IFDISABLED, ND6_AUTO_LINKLOCAL = 0x8, 0x20
ND6_FLAGS_AT = 16 + 20  # in in6_ndireq
DESCRIPTION_MAX = 1024
DEVICE_REQUESTS = {
    0x80047460: "TUNSIFHEAD",
    0x8004745E: "TUNSIFMODE",
    0x8004745D: "TUNSLMODE",
    0x4020745D: "TUNGIFNAME",
    0x2000745F: "TUNSIFPID",
    0x80047462: "TUNSTRANSIENT",
}


class FreeBsdKernel(FakeKernel):
    """Cloning is on and the program is root, unless a test says otherwise."""

    numbers = FREEBSD
    device_requests = DEVICE_REQUESTS

    def __init__(self, order: str = "little") -> None:
        super().__init__("big" if order == "big" else "little")
        self.loaded = True  # the driver
        self.cloning = True  # net.link.tun.devfs_cloning
        self.jailed = False  # devfs rules hide the nodes, and a jail without a stack of its own makes no interface
        self.root = True
        self.late_script = False  # rc.conf's ipv6_activate_all_interfaces=NO comes into effect once more
        self.nd6: dict[str, int] = {}  # ND6_IFF_*, by interface
        self.modes: dict[str, int] = {}  # what TUNSIFMODE set

    def open_node(self, path: str) -> Interface:
        found = re.fullmatch(r"/dev/(tun|tap)(\d*)", path)
        if not found or not self.loaded or self.jailed:
            raise self.error("ENOENT")
        if not self.root:
            raise self.error("EACCES")
        name = found[1] + found[2]
        if name not in self.interfaces:
            if not self.cloning:
                raise self.error("ENOENT")
            name = self._make(name)
        interface = self.interfaces[name]
        if interface.device is not None:
            raise self.error("EBUSY")
        return interface

    def create(self, name: str) -> str:
        """`ifconfig NAME create`."""
        if self.jailed or not self.root:
            raise self.error("EPERM")
        self.loaded = True
        if name in self.interfaces:
            raise self.error("EEXIST")
        return self._make(name)

    def add_address(self, interface: Interface, address: bytes, prefix_length: int, flags: int) -> None:
        super().add_address(interface, address, prefix_length, flags)
        if self.late_script:
            self.nd6[interface.name] |= ND6_IFDISABLED

    def device_ioctl(self, interface: Interface, request: int, argument: bytes) -> bytes:
        name = self.device_requests.get(request)
        if name is None or (interface.kind == "tap" and name in ("TUNSIFHEAD", "TUNSIFMODE", "TUNSLMODE")):
            raise self.error("ENOTTY")
        self.asked.append(name)
        if name in self.refuse:
            raise self.error(self.refuse[name])
        value = self._int(argument, 0, 4)
        match name:
            case "TUNSIFHEAD":
                interface.head = bool(value)
            case "TUNSIFMODE":
                self._set_mode(interface, value)
            case "TUNGIFNAME":
                return interface.name.encode().ljust(32, b"\0")
            case "TUNSTRANSIENT":
                interface.transient = bool(value)
            case "TUNSLMODE":
                raise MisuseError("TUNSLMODE turns the header of TUNSIFHEAD off")
        return argument

    def last_close(self, interface: Interface) -> None:
        """The interface stays, down and bare, with its description, unless it is transient."""
        self.purge(interface)
        if interface.transient:
            self.destroy(interface)

    def connected(self, interface: Interface, prefix: bytes, prefix_length: int, address: bytes) -> Route:
        return Route(prefix, prefix_length, interface.name, flags=RTF_UP | RTF_PINNED)

    def gateway_interface(self, request: Request) -> Interface:
        if index := link_index(request, self.order):
            found = [interface for interface in self.interfaces.values() if interface.index == index]
        else:
            gateway = request.addresses.get(GATEWAY, b"")[8:24]
            found = [interface for interface in self.interfaces.values() if gateway in interface.addresses]
        if not found:
            raise self.error("ENETUNREACH")
        return found[0]

    def change_route(self, action: str, route: Route) -> None:
        old = self.find_route(route.prefix, route.prefix_length)
        if action != "ADD" and old and old.flags & RTF_PINNED and not route.flags & RTF_PINNED:
            raise self.error("EADDRINUSE")
        super().change_route(action, route)

    def destroy(self, interface: Interface) -> None:
        super().destroy(interface)
        self.nd6.pop(interface.name, None)

    def programs(self) -> dict[str, Callable[[Sequence[str]], Completed]]:
        texts = RouteTexts(
            exists=(1, "route: message indicates error: File exists\n"),
            missing=(1, "route: route has not been found\n"),
            refused=(1, "route: message indicates error: {error}\n"),
        )
        actions = frozenset({"add", "delete", "del", "change", "get"})
        return {
            "ifconfig": Ifconfig(
                self,
                address_words=frozenset({"no_dad", "alias"}),
                delete_words=frozenset({"-alias", "delete"}),
                neighbour_words=frozenset({"-ifdisabled", "-auto_linklocal", "no_dad"}),
                create=self.create,
            ),
            "route": RouteProgram(self, texts, actions, iface_takes_a_name=True),
        }

    # --- requests that only FreeBSD has ------------------------------------------------------------------------------

    def on_SIOCGIFINFO_IN6(self, interface: Interface, argument: bytes) -> bytes:
        flags = self.nd6.get(interface.name, 0)
        return argument[:ND6_FLAGS_AT] + flags.to_bytes(4, self.order) + argument[ND6_FLAGS_AT + 4 :]

    def on_SIOCSIFINFO_FLAGS(self, interface: Interface, argument: bytes) -> None:
        self.nd6[interface.name] = self._int(argument, ND6_FLAGS_AT, 4)

    def on_SIOCSIFDESCR(self, interface: Interface, argument: bytes) -> None:
        length, address = self._int(argument, 16, 8), self._int(argument, 24, 8)
        if length > DESCRIPTION_MAX:
            raise self.error("EINVAL")
        interface.description = ctypes.string_at(address, length).rstrip(b"\0").decode()

    def on_SIOCGIFDESCR(self, interface: Interface, argument: bytes) -> bytes:
        length, address = self._int(argument, 16, 8), self._int(argument, 24, 8)
        text = interface.description.encode() + b"\0"
        if not interface.description:
            raise self.error("ENOMSG")
        ctypes.memmove(address, text, min(len(text), length))
        return argument[:16] + len(text).to_bytes(8, self.order) + argument[24:]

    def _make(self, name: str) -> str:
        """A name without a number takes the next one."""
        kind = name.rstrip("0123456789")
        if kind == name:
            name = next(f"{kind}{n}" for n in range(256) if f"{kind}{n}" not in self.interfaces)
        self.add_interface(name, kind, POINTOPOINT | MULTICAST if kind == "tun" else BROADCAST | MULTICAST)
        self.nd6[name] = ND6_IFDISABLED | ND6_AUTO_LINKLOCAL  # rc.conf(5): ipv6_activate_all_interfaces=NO
        return name

    def _set_mode(self, interface: Interface, mode: int) -> None:
        if mode & ~MULTICAST not in (POINTOPOINT, BROADCAST):
            raise self.error("EINVAL")
        if interface.flags & UP:
            raise self.error("EBUSY")
        interface.flags = interface.flags & ~(POINTOPOINT | BROADCAST | MULTICAST) | mode
        self.modes[interface.name] = mode
