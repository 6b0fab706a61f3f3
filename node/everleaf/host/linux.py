"""Linux: /dev/net/tun and rtnetlink. Needs CAP_NET_ADMIN in the network namespace it runs in, or a device made for it.

Numbers: linux/if_tun.h, linux/if.h. Source of the rules: Documentation/networking/tuntap.rst.
"""

from __future__ import annotations

import errno
import fcntl
import os
import socket
import struct
from collections.abc import Callable, Sequence
from functools import partial

from everleaf.errors import BusyError, HostError, PermissionDeniedError
from everleaf.host.abi import load
from everleaf.host.base import (
    MESH,
    MTU_FLOOR,
    PREFIX_LENGTH,
    Applied,
    Framing,
    Kind,
    ListeningPort,
    Observed,
    Problem,
    Wanted,
)
from everleaf.host.device import FileDevice
from everleaf.host.linux_interface import LinuxInterface, links
from everleaf.host.linux_ports import LinuxPorts
from everleaf.host.netlink import Netlink, NetlinkWatch
from everleaf.host.route import Outcome

TUN_DEVICE = "/dev/net/tun"
IFNAMSIZ = 16
IFREQ_FLAGS = struct.Struct("=16sH")  # struct ifreq: name, flags


class LinuxHost:
    """TUN, TAP, address, MTU and route by ioctl and netlink; no external program."""

    def __init__(self) -> None:
        self._abi = load("linux")
        self._ports = LinuxPorts()

    def mtu_ceiling(self, kind: Kind) -> int:
        return 65535 if kind is Kind.TUN else 65521  # the kernel counts the 14 bytes of Ethernet

    def open(self, name: str, kind: Kind = Kind.TUN) -> FileDevice:
        """Also attaches to a persistent device made beforehand by `ip tuntap add`."""
        abi = self._abi
        wanted = f"{kind.value}%d" if name == "auto" else name
        if len(wanted.encode()) >= IFNAMSIZ:
            raise HostError(f"interface name {name!r} is longer than {IFNAMSIZ - 1} bytes", fix="choose a shorter one")
        fd = _open_device()
        try:
            flags = abi["IFF_TUN" if kind is Kind.TUN else "IFF_TAP"] | abi["IFF_NO_PI"]
            request = IFREQ_FLAGS.pack(wanted.encode(), flags).ljust(abi.sizeof("ifreq"), b"\0")
            granted = fcntl.ioctl(fd, abi["TUNSETIFF"], request)
        except OSError as error:
            os.close(fd)
            raise _tun_refused(name, error) from error
        framing = Framing.BARE if kind is Kind.TUN else Framing.ETHERNET
        return FileDevice(fd, IFREQ_FLAGS.unpack_from(granted)[0].rstrip(b"\0").decode(), kind, framing)

    def apply(self, name: str, wanted: Wanted) -> Applied:
        """Does only what differs, so that what an administrator has prepared needs no privilege."""
        with Netlink() as netlink:
            interface = _interface(netlink, name)
            problems = _raise_link(interface, name, wanted.mtu)
            _address(interface, wanted)
            problems += _route(interface, name)
            link = interface.link()
        return Applied(link.mtu if link else 0, tuple(problems))

    def observe(self, name: str) -> Observed | None:
        with Netlink() as netlink:
            try:
                interface = LinuxInterface(netlink, socket.if_nametoindex(name))
            except OSError:
                return None
            link = interface.link()
            if link is None:
                return None
            return Observed(link.up, link.mtu, interface.addresses(), interface.routed())

    def watch(self) -> NetlinkWatch:
        abi = self._abi
        return NetlinkWatch(abi["RTMGRP_LINK"] | abi["RTMGRP_IPV6_IFADDR"] | abi["RTMGRP_IPV6_ROUTE"])

    def withdraw(self, name: str) -> tuple[Problem, ...]:
        """What the daemon made went with its descriptor; a device made beforehand keeps our address and route."""
        with Netlink() as netlink:
            try:
                interface = LinuxInterface(netlink, socket.if_nametoindex(name))
            except OSError:
                return ()
            _withdraw(interface, name)
        return ()

    def cleanup(self, name: str) -> Sequence[str]:
        """Only a device made beforehand outlives who opened it."""
        with Netlink() as netlink:
            left = [
                link.name
                for index, link in links(netlink).items()
                if name in ("auto", link.name)
                and (link.kind, link.carrier) == ("tun", False)
                and _withdraw(LinuxInterface(netlink, index), link.name)
            ]
        return sorted(left)

    def listening_ports(self) -> Sequence[ListeningPort]:
        return self._ports.list()


def _interface(netlink: Netlink, name: str) -> LinuxInterface:
    try:
        return LinuxInterface(netlink, socket.if_nametoindex(name))
    except OSError as error:
        raise HostError(f"there is no interface {name!r}", fix="restart the node") from error


def _raise_link(interface: LinuxInterface, name: str, mtu: int) -> list[Problem]:
    """MTU and up. An MTU that cannot be had is a problem only, if IPv6 can live with the one that is there."""
    problems = []
    link = interface.link()
    if link is None:
        raise HostError(f"there is no interface {name!r}", fix="restart the node")
    if link.mtu != mtu:
        try:
            interface.set_mtu(mtu)
        except OSError as error:
            if link.mtu < MTU_FLOOR:
                raise _refused(f"set MTU {mtu}", error) from error
            problems.append(Problem(f"set MTU {mtu}", f"RTM_NEWLINK {name} mtu {mtu}", _words(error)))
    if not link.up:
        _must("bring the interface up", partial(_bring_up, interface))
    return problems


def _bring_up(interface: LinuxInterface) -> None:
    try:
        interface.no_link_local()
    except OSError as error:
        if error.errno == errno.EPERM:
            raise
    interface.set_up()


def _address(interface: LinuxInterface, wanted: Wanted) -> None:
    if (wanted.address, wanted.prefix_length) in interface.addresses():
        return
    text = f"{socket.inet_ntop(socket.AF_INET6, wanted.address)}/{wanted.prefix_length}"
    try:
        interface.add_address(wanted.address, wanted.prefix_length)
    except OSError as error:
        raise _address_refused(f"add address {text}", error) from error


def _route(interface: LinuxInterface, name: str) -> list[Problem]:
    """The kernel adds it with the address; it is missing when somebody took it away."""
    if interface.routed():
        return []
    outcome, words = interface.add_route()
    if outcome is Outcome.DONE or interface.routed():
        return []
    mesh = f"{socket.inet_ntop(socket.AF_INET6, MESH)}/{PREFIX_LENGTH}"
    return [Problem(f"add route {mesh}", f"RTM_NEWROUTE {mesh} dev {name}", words)]


def _withdraw(interface: LinuxInterface, name: str) -> bool:
    """Whether there was something of ours: node addresses; a /64 beside them is the administrator's."""
    ours = [each for each in interface.addresses() if each[0][0] == MESH[0] and each[1] == PREFIX_LENGTH]
    routed = interface.routed()
    for address, length in ours:
        _must(f"take our address from {name}", partial(interface.delete_address, address, length))
    while interface.routed():
        outcome, words = interface.delete_route()
        if outcome is Outcome.REFUSED:
            raise HostError(f"the kernel refused to take our route from {name}: {words}")
    return bool(ours) or routed


def _must(what: str, step: Callable[[], None]) -> None:
    try:
        step()
    except OSError as error:
        raise _refused(what, error) from error


def _refused(what: str, error: OSError) -> HostError | PermissionDeniedError:
    if error.errno == errno.EPERM:
        return PermissionDeniedError(
            f"the kernel refused to {what}: {_words(error)}", fix="run as root or grant CAP_NET_ADMIN"
        )
    return HostError(f"the kernel refused to {what}: {_words(error)}")


def _address_refused(what: str, error: OSError) -> HostError | PermissionDeniedError:
    """net/ipv6/addrconf.c: a missing privilege is EPERM, IPv6 that is switched off EACCES."""
    switch = "run: sysctl -w net.ipv6.conf.all.disable_ipv6=0"
    if error.errno == errno.EACCES:
        return HostError(f"IPv6 is off, so the kernel refused to {what}", fix=switch)
    if error.errno == errno.EOPNOTSUPP:
        return HostError(f"this kernel has no IPv6, so it refused to {what}", fix="load it with: modprobe ipv6")
    return _refused(what, error)


def _words(error: OSError) -> str:
    return error.strerror or str(error)


def _open_device() -> int:
    try:
        return os.open(TUN_DEVICE, os.O_RDWR | os.O_CLOEXEC | os.O_NONBLOCK)
    except FileNotFoundError as error:
        raise HostError(f"{TUN_DEVICE} is missing", fix="run: modprobe tun") from error
    except PermissionError as error:
        raise PermissionDeniedError(
            f"may not open {TUN_DEVICE}", fix=f"run as root, or let this user open it: chmod 0666 {TUN_DEVICE}"
        ) from error
    except OSError as error:
        raise HostError(f"cannot open {TUN_DEVICE}: {error.strerror}", fix="run: modprobe tun") from error


def _tun_refused(name: str, error: OSError) -> Exception:
    if error.errno == errno.EPERM:
        return PermissionDeniedError(
            f"may not create the TUN device {name!r}", fix="run as root or grant CAP_NET_ADMIN"
        )
    if error.errno == errno.EBUSY:
        return BusyError(f"the TUN device {name!r} is in use", fix="stop its user or set interface.name")
    if error.errno == errno.EINVAL:
        return HostError(f"{name!r} exists and is not a TUN device", fix="set interface.name to another name")
    return HostError(f"cannot create the TUN device {name!r}: {error.strerror}")
