"""ifconfig(8) and route(8) as far as a backend calls them; what differs between systems is told to the constructor."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from ipaddress import AddressValueError, IPv6Address

from everleaf.host.bsd.kernel import Completed
from host.bsd.fake.kernel import FakeKernel
from host.bsd.fake.numbers import RTF_GATEWAY, RTF_STATIC, RTF_UP
from host.bsd.fake.stack import Interface, Route, masked

OK = Completed(0, "", "")
DEFAULT_PREFIX = 64  # of ifconfig, for an IPv6 address without one


@dataclass(frozen=True, slots=True)
class Ifconfig:
    """`ifconfig NAME ...`."""

    kernel: FakeKernel
    address_words: frozenset[str]  # may follow an address that is added
    delete_words: frozenset[str]  # follow an address that is deleted
    neighbour_words: frozenset[str] = frozenset()  # flags of an interface's IPv6
    destroys: bool = True
    create: Callable[[str], str] | None = None  # `ifconfig NAME create`: the name of what it made

    def __call__(self, words: Sequence[str]) -> Completed:
        if self.create and list(words[1:]) == ["create"]:
            return self._create(words[0])
        interface = self.kernel.interfaces.get(words[0]) if words else None
        if interface is None:
            return _failed("ifconfig", f"interface {words[0] if words else ''} does not exist")
        try:
            return self._run(interface, words[1:])
        except OSError as error:
            return _failed("ifconfig", f"{words[1]}: {error.strerror}")

    def _create(self, name: str) -> Completed:
        try:
            return Completed(0, f"{self.create(name)}\n" if self.create else "", "")
        except OSError as error:
            return _failed("ifconfig", f"SIOCIFCREATE2 ({name}): {error.strerror}")

    def _run(self, interface: Interface, words: Sequence[str]) -> Completed:
        match words:
            case ["inet6", *flags] if set(flags) <= self.neighbour_words:
                self.kernel.asked.append(" ".join(flags))
            case ["inet6", address, *rest]:
                return self._inet6(interface, address, rest)
            case ["mtu", mtu] if mtu.isdigit():
                self.kernel.set_mtu(interface, int(mtu))
            case ["up"]:
                self.kernel.set_up(interface, up=True)
            case ["down"]:
                self.kernel.set_up(interface, up=False)
            case ["destroy"] if self.destroys:
                self.kernel.destroy(interface)
            case _:
                return _failed("ifconfig", f"{words[-1] if words else ''}: bad value")
        return OK

    def _inet6(self, interface: Interface, text: str, words: Sequence[str]) -> Completed:
        if "SIOCAIFADDR_IN6" in self.kernel.refuse and self.kernel.refuse["SIOCAIFADDR_IN6"] == "EPERM":
            return _failed("ifconfig", "ioctl (SIOCAIFADDR): permission denied")
        address, length = _prefix(text)
        if set(words) & self.delete_words:
            if address not in interface.addresses:
                raise self.kernel.error("EADDRNOTAVAIL")
            self.kernel.delete_address(interface, address)
            return OK
        if not set(words) <= self.address_words:
            return _failed("ifconfig", f"{words[-1]}: bad value")
        flags = self.kernel.numbers.nodad if "no_dad" in words else 0
        self.kernel.add_address(interface, address, DEFAULT_PREFIX if length is None else length, flags)
        return OK


@dataclass(frozen=True, slots=True)
class RouteTexts:
    """How a system's route(8) says what came of it: status, and text on stderr; {} is the destination."""

    exists: tuple[int, str]
    missing: tuple[int, str]
    refused: tuple[int, str]
    usage: tuple[int, str] = (64, "usage: route [-dnqtv] command [[modifiers] args]\n")  # {} is the word
    bad_address: tuple[int, str] = (68, "route: bad address: {}\n")


@dataclass(frozen=True, slots=True)
class RouteProgram:
    """`route [-q] [-n] ACTION -inet6 NET [-iface] GATEWAY`."""

    kernel: FakeKernel
    texts: RouteTexts
    actions: frozenset[str]
    iface_takes_a_name: bool  # what follows -iface: a name, or an address of the interface

    def __call__(self, words: Sequence[str]) -> Completed:
        words = [word for word in words if word not in ("-q", "-n")]
        action = words[0] if words else ""
        if action not in self.actions:
            return self._say(self.texts.usage, action)
        if words[1:2] != ["-inet6"]:
            return self._say(self.texts.bad_address, words[-1])
        try:
            prefix, length = _prefix(words[2])
            if action == "get":
                return self._get(prefix)
            interface, gateway = self._gateway(words[3:])
        except (AddressValueError, IndexError, LookupError) as error:
            return self._say(self.texts.bad_address, str(error))
        return self._change(action, prefix, 128 if length is None else length, interface, gateway)

    def _say(self, text: tuple[int, str], word: str) -> Completed:
        return Completed(text[0], "", text[1].format(word))

    def _change(self, action: str, prefix: bytes, length: int, interface: str, gateway: bytes) -> Completed:
        name = {"add": "ADD", "change": "CHANGE"}.get(action, "DELETE")
        planted = self.kernel.refuse.get("route")
        try:
            if planted or not interface:
                raise self.kernel.error(planted or "ENETUNREACH")
            flags = RTF_UP | RTF_STATIC | (RTF_GATEWAY if gateway and not self.iface_takes_a_name else 0)
            self.kernel.change_route(name, Route(masked(prefix, length), length, interface, gateway, flags))
        except OSError as error:
            number = error.errno
            known = {17: self.texts.exists, 3: self.texts.missing}.get(number or 0, self.texts.refused)
            status, text = known
            return Completed(status, "", text.format(f"{IPv6Address(prefix)}", error=error.strerror))
        return OK

    def _gateway(self, words: Sequence[str]) -> tuple[str, bytes]:
        """The interface, and the address that named it."""
        through = words[0] in ("-iface", "-interface")
        word = words[1] if through else words[0]
        if through and self.iface_takes_a_name:
            if word not in self.kernel.interfaces:
                raise LookupError(word)
            return word, b""
        address = IPv6Address(word).packed
        has_it = [interface.name for interface in self.kernel.interfaces.values() if address in interface.addresses]
        leads_there = [route.interface for route in self.kernel.routes if route.gateway == address]
        return (*has_it, *leads_there, "")[0], address

    def _get(self, destination: bytes) -> Completed:
        route = self.kernel.route_to(destination)
        if route is None:
            status, text = self.texts.missing
            return Completed(status, "", text.format(f"{IPv6Address(destination)}", error="not in table"))
        return Completed(0, f"   route to: {IPv6Address(destination)}\n  interface: {route.interface}\n", "")


def _prefix(text: str) -> tuple[bytes, int | None]:
    address, slash, length = text.partition("/")
    return IPv6Address(address).packed, int(length) if slash else None


def _failed(program: str, text: str) -> Completed:
    return Completed(1, "", f"{program}: {text}\n")
