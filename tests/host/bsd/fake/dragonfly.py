"""DragonFly 6: FreeBSD's model, but for the older tun and tap drivers.

Sources: sys/net/tun/if_tun.c and sys/net/tap/if_tap.c (four units that are always there, what a close leaves, who may
be destroyed); sys/netinet6/in6.c; sbin/route/route.c (grammar, texts). Nothing of it was ever run.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence

from everleaf.host.bsd.kernel import Completed
from host.bsd.fake.freebsd import FreeBsdKernel
from host.bsd.fake.kernel import FakeKernel
from host.bsd.fake.numbers import BROADCAST, DRAGONFLY, MULTICAST, POINTOPOINT, UP
from host.bsd.fake.programs import Ifconfig, RouteProgram, RouteTexts
from host.bsd.fake.stack import Interface, Route, Stack

PREALLOCATED = 4  # units of a kind whose nodes are always there
DEVICE_REQUESTS = {
    0x80047460: "TUNSIFHEAD",
    0x8004745E: "TUNSIFMODE",
    0x8004745D: "TUNSLMODE",
}


class DragonFlyKernel(FreeBsdKernel):
    """The program is root."""

    numbers = DRAGONFLY
    device_requests = DEVICE_REQUESTS

    def __init__(self) -> None:
        super().__init__()
        self.created: set[str] = set()  # by ifconfig

    def open_node(self, path: str) -> Interface:
        found = re.fullmatch(r"/dev/((tun|tap)(\d+))", path)
        if not found or (int(found[3]) >= PREALLOCATED and found[1] not in self.created):
            raise self.error("ENOENT")
        if not self.root:
            raise self.error("EPERM")
        name, kind = found[1], found[2]
        if name not in self.interfaces:
            self.add_interface(name, kind, (POINTOPOINT if kind == "tun" else BROADCAST) | MULTICAST)
        if self.interfaces[name].device is not None:
            raise self.error("EBUSY")
        return self.interfaces[name]

    def create(self, name: str) -> str:
        made = super().create(name)
        self.created.add(made)
        return made

    def last_close(self, interface: Interface) -> None:
        """What ifconfig made keeps its addresses."""
        if interface.name in self.created:
            interface.flags &= ~UP
        else:
            self.purge(interface)

    def destroy(self, interface: Interface) -> None:
        if interface.name not in self.created:
            raise self.error("ENXIO")
        FakeKernel.destroy(self, interface)
        self.created.remove(interface.name)

    def connected(self, interface: Interface, prefix: bytes, prefix_length: int, address: bytes) -> Route:
        return Route(prefix, prefix_length, interface.name)

    def change_route(self, action: str, route: Route) -> None:
        Stack.change_route(self, action, route)

    def programs(self) -> dict[str, Callable[[Sequence[str]], Completed]]:
        texts = RouteTexts(
            exists=(1, "route: writing to routing socket: File exists\nadd net {}: File exists\n"),
            missing=(1, "route: writing to routing socket: No such process\ndelete net {}: not in table\n"),
            refused=(1, "route: writing to routing socket: {error}\n"),
        )
        return {
            "ifconfig": Ifconfig(self, frozenset({"alias"}), frozenset({"-alias", "delete"}), create=self.create),
            "route": RouteProgram(self, texts, frozenset({"add", "delete", "change", "get"}), iface_takes_a_name=True),
        }
