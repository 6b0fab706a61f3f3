"""DragonFly: FreeBSD's backend, but for what its older tun and tap do otherwise.

Read in DragonFly's source and never compiled or run: no headers of it are at hand, so its table is a model. Least sure
are the layout of address messages (version 7 of the routing messages) and whether `ifconfig` lets a `tap` be made.

- No request tells the name of a device that was cloned, so we open the nodes by their numbers. Four of each kind are
  always there; beyond them `ifconfig tunN create` makes one, which we destroy after closing.
- The first four are never destroyed; one that nobody has open is free to be taken, whether it exists or not.
- No description marks an interface, and none is transient: after a crash, cleaning up takes our address and route.
- The driver looks at no MTU, but takes no packet above 16384 from us.
- No script turns IPv6 off.

Sources: sys/net/tun/if_tun.c, sys/net/tap/if_tap.c, sys/netinet6/in6.c, sys/net/rtsock.c; sbin/route/route.c.
"""

from __future__ import annotations

from everleaf.errors import BusyError
from everleaf.host.base import Kind
from everleaf.host.bsd.freebsd import FreeBsdHost
from everleaf.host.bsd.kame import KameInterface
from everleaf.host.bsd.routing.watch import RoutingWatch

UNITS = 256  # how far to look for a free device


class DragonFlyHost(FreeBsdHost):
    """As root. Where units of its own are used up it needs `ifconfig`."""

    system = "dragonfly"
    title = "DragonFly"
    ceiling = 16384  # bytes of MTU: TUNMRU

    def watch(self) -> RoutingWatch:
        """Lost messages stay unknown: no option asks for them."""
        return RoutingWatch(self._kernel, self._abi)

    def _open_free(self, kind: Kind) -> tuple[int, str]:
        for name in (f"{kind.value}{unit}" for unit in range(UNITS)):
            try:
                return self._open_node(name), name
            except BusyError:
                continue
        raise BusyError(f"all {kind.value} devices are in use", fix="stop one of their users")

    def _make_transient(self, fd: int) -> bool:  # noqa: ARG002
        return False

    def _enable_ipv6(self, interface: KameInterface) -> None:
        """Nothing to do."""

    def _mark(self, name: str) -> None:
        """No request describes an interface."""

    def _is_marked(self, name: str) -> bool:  # noqa: ARG002
        return False
