"""Linux: TUN and TAP by /dev/net/tun, addresses, MTU and routes by rtnetlink.

Needs CAP_NET_ADMIN in its network namespace, as root, as a capability alone or in a user namespace; or nothing but a
device that was made for it beforehand (`ip tuntap add mesh0 mode tun user NAME`) and has address and MTU: what is as
wanted already is never asked for again.
"""

from __future__ import annotations

import contextlib
import errno
import socket
from collections.abc import Iterator, Sequence
from pathlib import Path

from everleaf.errors import HostError, NodeError, PermissionDeniedError
from everleaf.host.abi import load
from everleaf.host.base import (
    MESH,
    MTU_FLOOR,
    PREFIX_LENGTH,
    Applied,
    Kind,
    ListeningPort,
    Observed,
    Problem,
    Wanted,
)
from everleaf.host.device import FileDevice
from everleaf.host.linux.interface import DRIVER, LinuxInterface, all_interfaces, to_mesh
from everleaf.host.linux.netlink import Message, Netlink, NetlinkWatch
from everleaf.host.linux.ports import LinuxPorts
from everleaf.host.linux.tun import Offload, judge_name, open_offloaded, open_queues
from everleaf.host.route import Outcome

QUEUE = 3000  # packets; a scheduler's 4 ms of the most that the core reads
DRIVERS_QUEUES = (500, 1000)  # what nobody chose: the driver's for TUN, and Ethernet's for TAP
MESH_TEXT = f"{socket.inet_ntop(socket.AF_INET6, MESH)}/{PREFIX_LENGTH}"


class LinuxHost:
    """No external program is run: `ip` would ask the same kernel by the same messages."""

    def __init__(self) -> None:
        """Raises `HostError` on a CPU whose numbers nobody knows."""
        self._abi = load("linux")
        self._ports = LinuxPorts()

    def mtu_ceiling(self, kind: Kind) -> int:
        return 65535 if kind is Kind.TUN else 65521  # the kernel counts the 14 bytes of Ethernet

    def judge_name(self, name: str) -> None:
        judge_name(name)

    def open(self, name: str, kind: Kind = Kind.TUN) -> FileDevice:
        """Also attaches to a persistent device that nobody else has open."""
        return open_queues(name, kind)[0]

    def open_offloaded(self, name: str, kind: Kind = Kind.TUN) -> FileDevice:
        """Behind a virtio header if it is a TUN. Closing gives back to a persistent device what it was asked for."""
        return open_offloaded(name) if kind is Kind.TUN else self.open(name, kind)

    def open_queues(
        self, name: str, kind: Kind = Kind.TUN, queues: int = 1, offload: Offload | None = None
    ) -> tuple[FileDevice, ...]:
        """The queues of one device, each with a reader of its own; with `offload` behind a virtio header."""
        return open_queues(name, kind, queues, offload)

    def apply(self, name: str, wanted: Wanted) -> Applied:
        """Does only what differs. Raises when the interface would be of no use; what else is refused is a problem."""
        with _conversation() as netlink:
            interface = LinuxInterface.find(netlink, name)
            if interface is None:
                raise HostError(f"there is no interface {name!r}", fix="restart the node")
            problems = _raise_link(interface, wanted.mtu)
            problems += _lengthen_queue(interface)
            _give_address(interface, wanted)
            problems += _lead_mesh_into(interface)
            return Applied(interface.link().mtu, tuple(problems))

    def observe(self, name: str) -> Observed | None:
        with _conversation() as netlink:
            interface = LinuxInterface.find(netlink, name)
            if interface is None:
                return None
            try:
                link = interface.link()
            except OSError as error:
                if error.errno == errno.ENODEV:  # just now
                    return None
                raise
            return Observed(link.up, link.mtu, interface.addresses(), interface.routed())

    def watch(self) -> NetlinkWatch:
        abi = self._abi
        groups = abi["RTMGRP_LINK"] | abi["RTMGRP_IPV6_IFADDR"] | abi["RTMGRP_IPV6_ROUTE"]
        return NetlinkWatch(groups, _matters)

    def withdraw(self, name: str) -> tuple[Problem, ...]:
        """What opening made goes with its descriptor; a device made beforehand keeps our address and route."""
        with _conversation() as netlink:
            interface = LinuxInterface.find(netlink, name)
            try:
                if interface:
                    _withdraw(interface)
            except OSError as error:
                what = f"take our address and route from {name}"
                return (Problem(what, f"RTM_DELADDR, RTM_DELROUTE {name}", _words(error), _PRIVILEGE),)
        return ()

    def cleanup(self, name: str) -> Sequence[str]:
        """Only a device made beforehand can outlive who opened it. It stays, for whoever made it wants it."""
        with _conversation() as netlink:
            return sorted(
                interface.name
                for interface in all_interfaces(netlink)
                if name in ("auto", interface.name) and _abandoned(interface) and _withdrawn(interface)
            )

    def listening_ports(self) -> Sequence[ListeningPort]:
        return self._ports.list()


# --- towards what is wanted -------------------------------------------------------------------------------------------


def _raise_link(interface: LinuxInterface, mtu: int) -> list[Problem]:
    """MTU, and up."""
    problems: list[Problem] = []
    link = interface.link()
    if link.up and link.mtu < MTU_FLOOR:  # IPv6 comes back with the MTU, and makes an fe80:: of what is up then
        with _required(f"take {interface.name} down"):
            interface.set_down()
    if link.mtu != mtu:
        problems = _set_mtu(interface, mtu, link.mtu)
    if not interface.link().up:
        with _required(f"bring {interface.name} up"):
            _bring_up(interface)
    return problems


def _lengthen_queue(interface: LinuxInterface) -> list[Problem]:
    """While the core waits for a CPU, the driver's own length loses half of what a fast sender of small packets sends.

    Of a device made beforehand it is its maker's business.
    """
    link = interface.link()
    if link.kind != DRIVER or link.made_beforehand is not False or link.queue not in DRIVERS_QUEUES:
        return []
    try:
        interface.set_queue(QUEUE)
    except OSError as error:
        by_hand = f"run as root: ip link set {interface.name} txqueuelen {QUEUE}"
        what = f"let {QUEUE} packets wait"
        return [Problem(what, f"RTM_NEWLINK {interface.name} txqueuelen {QUEUE}", _words(error), by_hand)]
    return []


def _set_mtu(interface: LinuxInterface, mtu: int, there: int) -> list[Problem]:
    """One that IPv6 can live with is there already, or its refusal ends it all."""
    try:
        interface.set_mtu(mtu)
    except OSError as error:
        if there < MTU_FLOOR:
            raise _refused(f"give {interface.name} an MTU of {mtu}", error) from error
        by_hand = f"run as root: ip link set {interface.name} mtu {mtu}"
        return [Problem(f"set MTU {mtu}", f"RTM_NEWLINK {interface.name} mtu {mtu}", _words(error), by_hand)]
    return []


def _bring_up(interface: LinuxInterface) -> None:
    """Without fe80:: where nobody needs one. A TAP does: the kernel asks with it on behalf of what it forwards."""
    try:
        if not interface.link().resolves:
            interface.no_link_local()
    except OSError as error:  # kernels before 3.17 cannot do without, and it does no harm
        if error.errno == errno.EPERM:
            raise
    interface.set_up()


def _give_address(interface: LinuxInterface, wanted: Wanted) -> None:
    if (wanted.address, wanted.prefix_length) in interface.addresses():
        return
    text = f"{socket.inet_ntop(socket.AF_INET6, wanted.address)}/{wanted.prefix_length}"
    try:
        interface.add_address(wanted.address, wanted.prefix_length)
    except OSError as error:
        raise _address_refused(interface.name, text, error) from error


def _lead_mesh_into(interface: LinuxInterface) -> list[Problem]:
    """The kernel does it with the address; it is to be done when somebody has undone it."""
    if interface.routed():
        return []
    output, fix = "", f"another interface has it; see: ip -6 route show {MESH_TEXT}"
    try:
        if interface.add_route() is not Outcome.EXISTS:
            return []
        output = "File exists"
    except OSError as error:
        output, fix = _words(error), f"run as root: ip -6 route add {MESH_TEXT} dev {interface.name}"
    return [Problem(f"add route {MESH_TEXT}", f"RTM_NEWROUTE {MESH_TEXT} dev {interface.name}", output, fix)]


# --- and back ---------------------------------------------------------------------------------------------------------


def _abandoned(interface: LinuxInterface) -> bool:
    """Whether it is a TUN or TAP device that nobody has open."""
    link = interface.link()
    return link.kind == DRIVER and not link.carrier


def _withdrawn(interface: LinuxInterface) -> bool:
    """Withdraw; whether there was something to take."""
    with _required(f"take our address and route from {interface.name}"):
        return _withdraw(interface)


def _withdraw(interface: LinuxInterface) -> bool:
    """Whether there was something of ours: node addresses; a /64 beside them is the administrator's."""
    addresses = [(a, length) for a, length in interface.addresses() if a[0] == MESH[0] and length == PREFIX_LENGTH]
    for address, length in addresses:
        interface.delete_address(address, length)
    routes = 0
    while interface.routed() and interface.delete_route() is Outcome.DONE:
        routes += 1
    return bool(addresses) or routes > 0


# --- refusals ---------------------------------------------------------------------------------------------------------

_PRIVILEGE = "run as root or grant CAP_NET_ADMIN"


@contextlib.contextmanager
def _required(what: str) -> Iterator[None]:
    """What must succeed."""
    try:
        yield
    except OSError as error:
        raise _refused(what, error) from error


def _refused(what: str, error: OSError) -> NodeError:
    kind = PermissionDeniedError if error.errno == errno.EPERM else HostError
    fix = _PRIVILEGE if error.errno == errno.EPERM else ""
    return kind(f"the kernel refused to {what}: {_words(error)}", fix=fix)


def _address_refused(name: str, text: str, error: OSError) -> NodeError:
    """net/ipv6/addrconf.c: IPv6 that is switched off is EACCES, a missing privilege EPERM."""
    if error.errno == errno.EACCES:
        return HostError(f"IPv6 is off, so the kernel refused to add address {text}", fix=_ipv6_on(name))
    if error.errno == errno.EOPNOTSUPP:
        return HostError(f"this kernel has no IPv6, so it cannot add address {text}", fix="run: modprobe ipv6")
    if error.errno == errno.EPERM:
        return PermissionDeniedError(
            f"the kernel refused to give {name} the address {text}: {_words(error)}",
            fix=f"{_PRIVILEGE}, or prepare it: ip -6 address add {text} dev {name}",
        )
    return _refused(f"add address {text}", error)


def _ipv6_on(name: str, conf: Path = Path("/proc/sys/net/ipv6/conf")) -> str:
    """Which switch to turn: all of them follow "all", a device that is made later follows "default"."""
    switches = {each: conf / each / "disable_ipv6" for each in ("all", "default", name)}
    off = [each for each, switch in switches.items() if switch.exists() and switch.read_text() == "1\n"]
    return f"run: sysctl -w net.ipv6.conf.{off[0] if off else 'all'}.disable_ipv6=0"


def _words(error: OSError) -> str:
    return error.strerror or str(error)


@contextlib.contextmanager
def _conversation() -> Iterator[Netlink]:
    """Netlink, whose refusals that nobody expected become the operator's."""
    try:
        with Netlink() as netlink:
            yield netlink
    except OSError as error:
        fix = "let the service use AF_NETLINK (systemd, seccomp)" if error.errno == errno.EAFNOSUPPORT else ""
        raise HostError(f"netlink failed: {_words(error)}", fix=fix) from error


def _matters(message: Message) -> bool:
    """Of routes only ours: a router on the Internet's side would wake us all day."""
    abi = load("linux")
    return message.kind not in (abi["RTM_NEWROUTE"], abi["RTM_DELROUTE"]) or to_mesh(message)
