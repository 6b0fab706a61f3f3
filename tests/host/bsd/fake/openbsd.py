"""OpenBSD 7: tun(4), in6.c, rtsock.c, route(8) and ifconfig(8), as far as a backend meets them.

Sources: sys/net/if_tun.c (tun_dev_open makes the interface and brings it up; tun_dev_close destroys it, unless it was
made otherwise, TUN_STAYUP; TUNSIFINFO refuses a foreign type and an MTU beyond TUNMRU); sys/netinet6/in6.c
(read-only flags, a changed prefix length and a small MTU are refused; the connected route has our address as gateway);
sys/net/rtsock.c (a static route stands beside the connected one, by priority; flags of the kernel's own are refused);
sbin/route (an address follows -iface; -q silences failures too). Not modelled: routing domains, priorities by number.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence
from dataclasses import replace

from everleaf.host.bsd.kernel import Completed
from host.bsd.fake.kernel import FakeKernel, link_index
from host.bsd.fake.messages import GATEWAY, Order, Request
from host.bsd.fake.numbers import BROADCAST, MULTICAST, OPENBSD, POINTOPOINT, RTF_STATIC, RTF_UP, RUNNING, UP
from host.bsd.fake.programs import Ifconfig, RouteProgram, RouteTexts
from host.bsd.fake.stack import Interface, Route

TUNNEL, ETHER = 131, 6  # IFT_*
TUNMRU, IPV6_MMTU = 16384, 1280
CHANGEABLE = UP | POINTOPOINT | MULTICAST | BROADCAST  # TUN_IFF_FLAGS
READ_ONLY = 0x4 | 0x8 | 0x10  # IN6_IFF_DUPLICATED, DETACHED, DEPRECATED
RTF_CLONING, RTF_CONNECTED, RTF_LLINFO, RTF_LOCAL, RTF_BROADCAST = 0x100, 0x800000, 0x400, 0x200000, 0x400000
DEVICE_REQUESTS = {0x800C745B: "TUNSIFINFO", 0x400C745C: "TUNGIFINFO", 0x8004745D: "TUNSIFMODE"}


class OpenBsdKernel(FakeKernel):
    """Four nodes of each kind, and the program is root, unless a test says otherwise."""

    numbers = OPENBSD
    device_requests = DEVICE_REQUESTS

    def __init__(self, order: Order = "little") -> None:
        super().__init__(order)
        self.nodes = 4
        self.root = True
        self.connects = True  # False when the route that an address brings with it is taken away at once
        self.multicast = MULTICAST  # 0 for a TUN of older releases

    def open_node(self, path: str) -> Interface:
        found = re.fullmatch(r"/dev/((tun|tap)(\d+))", path)
        if not found or int(found[3]) >= self.nodes:
            raise self.error("ENOENT")
        if not self.root:
            raise self.error("EACCES")
        name, kind = found[1], found[2]
        if name not in self.interfaces:
            flags = POINTOPOINT | self.multicast if kind == "tun" else BROADCAST | MULTICAST
            self.add_interface(name, kind, flags).transient = True
        interface = self.interfaces[name]
        if interface.device is not None:
            raise self.error("EBUSY")
        interface.head = kind == "tun"
        interface.flags |= UP | RUNNING
        return interface

    def device_ioctl(self, interface: Interface, request: int, argument: bytes) -> bytes:
        name = self.device_requests.get(request)
        if name is None:
            raise self.error("ENOTTY")
        self.asked.append(name)
        if name in self.refuse:
            raise self.error(self.refuse[name])
        kind = TUNNEL if interface.kind == "tun" else ETHER
        match name:
            case "TUNGIFINFO":
                fields = [(interface.mtu, 4), (kind, 2), (interface.flags, 2), (0, 4)]
                return b"".join(value.to_bytes(width, self.order) for value, width in fields)
            case "TUNSIFINFO":
                mtu, told, flags = self._int(argument, 0, 4), self._int(argument, 4, 2), self._int(argument, 6, 2)
                if mtu not in self.mtu_range(interface) or told != kind:
                    raise self.error("EINVAL")
                interface.mtu = mtu
                interface.flags = flags & CHANGEABLE | interface.flags & ~CHANGEABLE
            case _:
                flags = self._int(argument, 0, 4)
                if flags & ~MULTICAST not in (POINTOPOINT, BROADCAST):
                    raise self.error("EINVAL")
                interface.flags = flags & CHANGEABLE | interface.flags & ~CHANGEABLE
        return argument

    def last_close(self, interface: Interface) -> None:
        """What opening made goes; what `ifconfig` made is down, and has its addresses still."""
        interface.flags &= ~(UP | RUNNING)
        if interface.transient:
            self.destroy(interface)

    def mtu_range(self, interface: Interface) -> range:
        return range(46, TUNMRU + 1)

    def add_address(self, interface: Interface, address: bytes, prefix_length: int, flags: int) -> None:
        old, _ = interface.addresses.get(address, (prefix_length, 0))
        if flags & READ_ONLY or old != prefix_length or interface.mtu < IPV6_MMTU:
            raise self.error("EINVAL")
        super().add_address(interface, address, prefix_length, flags)

    def connected(self, interface: Interface, prefix: bytes, prefix_length: int, address: bytes) -> Route | None:
        if not self.connects:
            return None
        return Route(prefix, prefix_length, interface.name, address, RTF_UP | RTF_CLONING | RTF_CONNECTED)

    def gateway_interface(self, request: Request) -> Interface:
        """Deleting looks at the table only: the address may be gone before the route."""
        if request.flags & (RTF_LOCAL | RTF_BROADCAST):
            raise self.error("EINVAL")
        gateway, index = request.addresses.get(GATEWAY, b"")[8:24], link_index(request, self.order)
        found = [each for each in self.interfaces.values() if gateway in each.addresses or each.index == index]
        if request.kind == self.messages.kind("DELETE"):
            found += [self.interfaces[route.interface] for route in self.routes if route.gateway == gateway]
        if not found:
            raise self.error("ENETUNREACH")
        return found[0]

    def change_route(self, action: str, route: Route) -> None:
        """By priority: a static route beside the connected one; the gateway chooses between them."""
        if not route.gateway:  # AF_LINK without RTF_CLONING is an entry for one neighbour
            route = replace(route, flags=route.flags | RTF_LLINFO)
        same = [r for r in self.routes if (r.prefix, r.prefix_length) == (route.prefix, route.prefix_length)]
        if action == "ADD":
            if any(r.flags & RTF_STATIC for r in same):
                raise self.error("EEXIST")
            self.routes.append(route)
            return
        same.sort(key=lambda r: (r.gateway != route.gateway, not r.flags & RTF_STATIC))
        if not same or (action == "DELETE" and same[0].gateway != route.gateway):
            raise self.error("ESRCH")
        self.routes.remove(same[0])
        if action == "CHANGE":
            self.routes.append(route)

    def programs(self) -> dict[str, Callable[[Sequence[str]], Completed]]:
        silent = (1, "")
        texts = RouteTexts(
            exists=silent,
            missing=silent,
            refused=silent,
            usage=(1, "usage: route [-dnqtv] [-T rtable] command [[modifier ...] arg ...]\n"),
            bad_address=(1, "route: {}: bad value\n"),
        )
        return {
            "ifconfig": Ifconfig(self, frozenset({"alias"}), frozenset({"delete", "-alias"})),
            "route": RouteProgram(self, texts, frozenset({"add", "delete", "change", "get"}), iface_takes_a_name=False),
        }
