"""The command lines of each system's own programs: what a backend falls back on, and what an operator can repeat.

commands = Commands("netbsd")
completed = kernel.run(commands.add_route("tun0", own_address))

The systems differ where it hurts. `route del` is `route delete` on NetBSD, macOS and older OpenBSDs, so it is written
out everywhere. After `-iface` FreeBSD and macOS read the name of an interface; NetBSD and OpenBSD read an address, and
take our own. IPv6 is never guessed from an address, so `-inet6` always stands there, and `-n` keeps resolvers out. No
shell reads a line: each blank in the table below parts two words, and no value is split.
Sources: route(8) and ifconfig(8) of each system; netsh of Windows.
"""

from __future__ import annotations

from collections.abc import Mapping
from enum import Enum
from ipaddress import IPv6Address, IPv6Network

from everleaf.host.base import PREFIX_LENGTH

Line = tuple[str, ...]


class Task(Enum):
    """What a command line is for."""

    ADD_ROUTE = "add route"
    DELETE_ROUTE = "delete route"
    CHANGE_ROUTE = "change route"
    FIND_ROUTE = "find route"
    ADD_ADDRESS = "add address"
    DELETE_ADDRESS = "delete address"
    SET_MTU = "set mtu"
    SET_UP = "set up"
    ENABLE_IPV6 = "enable IPv6"
    CREATE = "create"
    DESTROY = "destroy"


_ANY_BSD = {
    Task.FIND_ROUTE: "route -n get -inet6 {address}",
    Task.SET_MTU: "ifconfig {interface} mtu {mtu}",
    Task.SET_UP: "ifconfig {interface} up",
}
_DESTROY = {Task.DESTROY: "ifconfig {interface} destroy"}
_BY_INTERFACE = {
    Task.ADD_ROUTE: "route -q -n add -inet6 {net} -iface {interface}",
    Task.DELETE_ROUTE: "route -q -n delete -inet6 {net} -iface {interface}",
    Task.CHANGE_ROUTE: "route -q -n change -inet6 {net} -iface {interface}",
}
_DRAGONFLY = {
    **_ANY_BSD,
    **_DESTROY,
    **_BY_INTERFACE,
    Task.ADD_ADDRESS: "ifconfig {interface} inet6 {address}/{length}",
    Task.DELETE_ADDRESS: "ifconfig {interface} inet6 {address}/{length} -alias",
    Task.CREATE: "ifconfig {interface} create",
}
_FREEBSD = {
    **_DRAGONFLY,
    Task.ADD_ADDRESS: "ifconfig {interface} inet6 {address}/{length} no_dad",
    Task.ENABLE_IPV6: "ifconfig {interface} inet6 -ifdisabled -auto_linklocal no_dad",
}
_DARWIN = {  # a utun goes with its descriptor: nothing destroys it
    **_ANY_BSD,
    **_BY_INTERFACE,
    Task.ADD_ADDRESS: "ifconfig {interface} inet6 {address}/{length}",
    Task.DELETE_ADDRESS: "ifconfig {interface} inet6 {address} -alias",
}
_NETBSD = {
    **_ANY_BSD,
    **_DESTROY,
    Task.ADD_ROUTE: "route -q -n add -inet6 {net} {address}",
    Task.DELETE_ROUTE: "route -q -n delete -inet6 {net} {address}",
    Task.CHANGE_ROUTE: "route -q -n change -inet6 {net} {address}",
    Task.ADD_ADDRESS: "ifconfig {interface} inet6 {address}/{length} alias",
    Task.DELETE_ADDRESS: "ifconfig {interface} inet6 {address} -alias",
}
_OPENBSD = {
    **_ANY_BSD,
    **_DESTROY,
    Task.ADD_ROUTE: "route -q -n add -inet6 {net} -iface {address}",
    Task.DELETE_ROUTE: "route -q -n delete -inet6 {net} -iface {address}",
    Task.CHANGE_ROUTE: "route -q -n change -inet6 {net} -iface {address}",
    Task.ADD_ADDRESS: "ifconfig {interface} inet6 {address}/{length}",
    Task.DELETE_ADDRESS: "ifconfig {interface} inet6 {address}/{length} delete",
}
_NETSH = "netsh interface ipv6 "
_ON_LINK = "route prefix={net} interface={interface} nexthop=:: "
_WINDOWS = {  # an interface is its index; an adapter is up from the start and goes with its handle
    Task.ADD_ROUTE: f"{_NETSH} add {_ON_LINK} metric=1 store=active",
    Task.DELETE_ROUTE: f"{_NETSH} delete {_ON_LINK} store=active",
    Task.ADD_ADDRESS: _NETSH + "add address interface={interface} address={address}/{length} store=active",
    Task.DELETE_ADDRESS: _NETSH + "delete address interface={interface} address={address} store=active",
    Task.SET_MTU: _NETSH + "set subinterface interface={interface} mtu={mtu} store=active",
}
LINES: Mapping[str, Mapping[Task, str]] = {
    "freebsd": _FREEBSD,
    "dragonfly": _DRAGONFLY,
    "darwin": _DARWIN,
    "netbsd": _NETBSD,
    "openbsd": _OPENBSD,
    "windows": _WINDOWS,
}


class Commands:
    """One system's command lines. A task that a system has no command for is a KeyError."""

    def __init__(self, system: str) -> None:
        self.system = system
        self._lines = LINES[system]

    def add_route(self, interface: str, address: bytes, length: int = PREFIX_LENGTH) -> Line:
        """Send the mesh's prefix into `interface`, whose own address is `address`."""
        return self._route(Task.ADD_ROUTE, interface, address, length)

    def delete_route(self, interface: str, address: bytes, length: int = PREFIX_LENGTH) -> Line:
        return self._route(Task.DELETE_ROUTE, interface, address, length)

    def change_route(self, interface: str, address: bytes, length: int = PREFIX_LENGTH) -> Line:
        """Take over a route that is there and goes elsewhere."""
        return self._route(Task.CHANGE_ROUTE, interface, address, length)

    def find_route(self, destination: bytes) -> Line:
        """Ask which way packets to `destination` go."""
        return self._line(Task.FIND_ROUTE, address=IPv6Address(destination))

    def add_address(self, interface: str, address: bytes, length: int = PREFIX_LENGTH) -> Line:
        return self._line(Task.ADD_ADDRESS, interface=interface, address=IPv6Address(address), length=length)

    def delete_address(self, interface: str, address: bytes, length: int = PREFIX_LENGTH) -> Line:
        return self._line(Task.DELETE_ADDRESS, interface=interface, address=IPv6Address(address), length=length)

    def set_mtu(self, interface: str, mtu: int) -> Line:
        return self._line(Task.SET_MTU, interface=interface, mtu=mtu)

    def set_up(self, interface: str) -> Line:
        return self._line(Task.SET_UP, interface=interface)

    def enable_ipv6(self, interface: str) -> Line:
        """Undo what a script of FreeBSD's does to new interfaces, and want neither a link-local address nor DAD."""
        return self._line(Task.ENABLE_IPV6, interface=interface)

    def create(self, interface: str) -> Line:
        """Load the driver and make an interface; of a name without a number the next one, which is printed."""
        return self._line(Task.CREATE, interface=interface)

    def destroy(self, interface: str) -> Line:
        return self._line(Task.DESTROY, interface=interface)

    def _route(self, task: Task, interface: str, address: bytes, length: int) -> Line:
        net = IPv6Network((address, length), strict=False)  # without host bits, which not every route(8) clears
        return self._line(task, interface=interface, address=IPv6Address(address), net=net)

    def _line(self, task: Task, *, interface: str = "", **values: object) -> Line:
        name = interface.removeprefix("/dev/")  # the node is no interface, and ifconfig says so late
        return tuple(word.format(interface=name, **values) for word in self._lines[task].split())
