"""What a kernel knows of its network: interfaces, addresses, routes, and who is told of changes."""

from __future__ import annotations

import socket
from dataclasses import dataclass, field

from host.bsd.fake.messages import DST, GATEWAY, IFP, NETMASK, Messages, Order
from host.bsd.fake.numbers import ERRNOS, POINTOPOINT, RTF_STATIC, RTF_UP, TEXTS, UP, Numbers


class MisuseError(AssertionError):
    """What a real kernel would punish with worse than an errno."""


@dataclass(slots=True)
class Interface:
    """A network interface."""

    name: str
    index: int
    kind: str  # "tun", "tap", "lo"
    flags: int = POINTOPOINT
    mtu: int = 1500
    addresses: dict[bytes, tuple[int, int]] = field(default_factory=dict)  # IPv6: prefix length, IN6_IFF_*
    description: str = ""
    head: bool = False  # four bytes of family before each packet
    transient: bool = False  # goes with its descriptor
    device: socket.socket | None = None  # our end, while a program has it open


@dataclass(frozen=True, slots=True)
class Route:
    """An IPv6 route."""

    prefix: bytes
    prefix_length: int
    interface: str
    gateway: bytes = b""  # an address, or nothing for an interface alone
    flags: int = RTF_UP


class Stack:
    """Changes raise what the system would answer, and are told to `broadcast`."""

    numbers: Numbers

    def __init__(self, order: Order) -> None:
        self.order: Order = order
        self.messages = Messages(self.numbers, order)
        self.interfaces: dict[str, Interface] = {}
        self.routes: list[Route] = []

    # --- a model's own rules -----------------------------------------------------------------------------------------

    def mtu_range(self, interface: Interface) -> range:
        """What is granted."""
        return range(72, 65536)

    def connected(self, interface: Interface, prefix: bytes, prefix_length: int, address: bytes) -> Route | None:
        """The route that an address brings with it."""
        return Route(prefix, prefix_length, interface.name)

    def change_route(self, action: str, route: Route) -> None:
        """ADD, DELETE or CHANGE, whoever asks."""
        old = self.find_route(route.prefix, route.prefix_length)
        if action == "ADD" and old:
            raise self.error("EEXIST")
        if action != "ADD" and old is None:
            raise self.error("ESRCH")
        if old:
            self.routes.remove(old)
        if action != "DELETE":
            self.routes.append(route)

    # --- changes -----------------------------------------------------------------------------------------------------

    def add_interface(self, name: str, kind: str, flags: int = POINTOPOINT, mtu: int = 1500) -> Interface:
        index = max((interface.index for interface in self.interfaces.values()), default=0) + 1
        self.interfaces[name] = Interface(name, index, kind, flags, mtu)
        return self.interfaces[name]

    def set_up(self, interface: Interface, *, up: bool) -> None:
        interface.flags = interface.flags | UP if up else interface.flags & ~UP
        self._tell(interface)

    def set_mtu(self, interface: Interface, mtu: int) -> None:
        if mtu not in self.mtu_range(interface):
            raise self.error("EINVAL")
        interface.mtu = mtu
        self._tell(interface)

    def add_address(self, interface: Interface, address: bytes, prefix_length: int, flags: int) -> None:
        interface.addresses[address] = (prefix_length, flags)
        prefix = masked(address, prefix_length)
        route = self.connected(interface, prefix, prefix_length, address)
        if route and self.find_route(prefix, prefix_length) is None:
            self.routes.append(route)
        self.broadcast(self.messages.address("NEWADDR", interface.index, address, prefix_length))

    def delete_address(self, interface: Interface, address: bytes) -> None:
        """The route that came with it goes with it; one that was added stays."""
        prefix_length, _ = interface.addresses.pop(address)
        route = self.find_route(masked(address, prefix_length), prefix_length)
        if route and route.interface == interface.name and not route.flags & RTF_STATIC:
            self.routes.remove(route)
        self.broadcast(self.messages.address("DELADDR", interface.index, address, prefix_length))

    def purge(self, interface: Interface) -> None:
        """Down, without addresses and routes."""
        interface.flags &= ~UP
        interface.addresses.clear()
        self.routes = [route for route in self.routes if route.interface != interface.name]

    def destroy(self, interface: Interface) -> None:
        if interface.device is not None:
            raise MisuseError(
                f"destroying {interface.name} while a descriptor of it is open sleeps until that is closed"
            )
        self.purge(interface)
        del self.interfaces[interface.name]

    # --- questions ---------------------------------------------------------------------------------------------------

    def find_route(self, prefix: bytes, prefix_length: int) -> Route | None:
        """The route of exactly this prefix."""
        return next((r for r in self.routes if (r.prefix, r.prefix_length) == (prefix, prefix_length)), None)

    def route_to(self, destination: bytes) -> Route | None:
        """The route that a packet takes."""
        matching = [r for r in self.routes if masked(destination, r.prefix_length) == r.prefix]
        return max(matching, key=lambda r: r.prefix_length, default=None)

    def message_of(self, route: Route, pid: int = 0, sequence: int = 0) -> bytes:
        """A route as the kernel tells it."""
        interface = self.interfaces[route.interface]
        link = self.messages.link(interface.index, interface.name)
        addresses = {DST: self.messages.inet6(route.prefix), NETMASK: self.messages.short_mask(route.prefix_length)}
        addresses |= {GATEWAY: self.messages.inet6(route.gateway) if route.gateway else link, IFP: link}
        return self.messages.route("GET", interface.index, route.flags, addresses, pid=pid, sequence=sequence)

    def broadcast(self, message: bytes | str) -> None:
        """A message, or an error by its name, reaches every routing socket."""
        raise NotImplementedError

    def error(self, name: str) -> OSError:
        """An errno of this system, in its words."""
        return OSError(self.numbers.errnos.get(name, ERRNOS[name]), TEXTS[name])

    def _tell(self, interface: Interface) -> None:
        self.broadcast(self.messages.interface(interface.index, interface.name, interface.flags, interface.mtu))


def masked(address: bytes, prefix_length: int) -> bytes:
    """An address without its host bits."""
    return (int.from_bytes(address, "big") >> 128 - prefix_length << 128 - prefix_length).to_bytes(16, "big")
