"""What the kernels of macOS and the BSDs know of interfaces, addresses and routes, read whole by sysctl."""

from __future__ import annotations

from collections.abc import Iterable

from everleaf.errors import HostError
from everleaf.host.abi import Abi
from everleaf.host.base import MESH, PREFIX_LENGTH, Observed
from everleaf.host.bsd.kernel import Kernel
from everleaf.host.bsd.routing.message import AddressMessage, InterfaceMessage, Message, RouteMessage, decode


class RoutingTable:
    """Reads afresh at every question. Raises `HostError` when the kernel does not answer."""

    def __init__(self, kernel: Kernel, abi: Abi) -> None:
        self._kernel = kernel
        self._abi = abi

    def names(self) -> list[str]:
        """Every interface's name, sorted."""
        return sorted(self.indexes())

    def indexes(self) -> dict[str, int]:
        """Every interface's index, by its name."""
        return {each.name: each.index for each in self._interfaces() if isinstance(each, InterfaceMessage)}

    def addresses(self, index: int = 0) -> frozenset[tuple[bytes, int]]:
        """The IPv6 addresses of an interface, of all for index 0, with their prefix lengths."""
        return _addresses(self._interfaces(), index)

    def routes(self, index: int) -> list[RouteMessage]:
        """What leads the mesh's prefix into an interface: OpenBSD may have several, by priority."""
        return [each for each in self._routes() if each.index == index and _to_mesh(each)]

    def host_routes(self, index: int) -> list[RouteMessage]:
        """What leads single node addresses of the mesh into an interface."""
        return [each for each in self._routes() if each.index == index and _to_node(each)]

    def observe(self, index: int) -> Observed | None:
        """The state of an interface; None when there is none of this index."""
        told = list(self._interfaces())
        for each in told:
            if isinstance(each, InterfaceMessage) and each.index == index:
                up = bool(each.flags & self._abi["IFF_UP"])
                return Observed(up, each.mtu, _addresses(told, index), bool(self.routes(index)))
        return None

    def _interfaces(self) -> Iterable[Message]:
        return self._read(self._abi["AF_UNSPEC"], self._abi["NET_RT_IFLIST"], 0)

    def _routes(self) -> list[RouteMessage]:
        table = [0] if self._abi.system == "openbsd" else []  # the one that our own messages mean
        told = self._read(self._abi["AF_INET6"], self._abi["NET_RT_DUMP"], 0, *table)
        scoped = self._abi.constants.get("RTF_IFSCOPE", 0)  # macOS: for sockets that are bound to an interface alone
        return [each for each in told if isinstance(each, RouteMessage) and not each.flags & scoped]

    def _read(self, *question: int) -> Iterable[Message]:
        try:
            told = self._kernel.sysctl([self._abi["CTL_NET"], self._abi["PF_ROUTE"], 0, *question])
        except OSError as error:
            raise HostError(f"cannot read the kernel's routing table: {error.strerror}") from error
        return decode(self._abi, told)


def _addresses(told: Iterable[Message], index: int) -> frozenset[tuple[bytes, int]]:
    return frozenset(
        (each.address, each.prefix_length)
        for each in told
        if isinstance(each, AddressMessage) and index in (0, each.index) and len(each.address) == len(MESH)
    )


def _to_node(route: RouteMessage) -> bool:
    return route.destination[:1] == MESH[:1] and route.prefix_length == 8 * len(MESH)


def _to_mesh(route: RouteMessage) -> bool:
    return (route.destination, route.prefix_length) == (MESH, PREFIX_LENGTH)
