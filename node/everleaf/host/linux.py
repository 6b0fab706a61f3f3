"""Linux: /dev/net/tun and rtnetlink. Needs CAP_NET_ADMIN in the network namespace it runs in.

Numbers: linux/if_tun.h, linux/if.h. Source of the rules: Documentation/networking/tuntap.rst.
"""

from __future__ import annotations

import errno
import fcntl
import os
import socket
import struct
from pathlib import Path

from everleaf.errors import BusyError, HostError, PermissionDeniedError
from everleaf.host.abi import load
from everleaf.host.base import MESH, PREFIX_LENGTH, Applied, Framing, Kind, Wanted
from everleaf.host.device import FileDevice
from everleaf.host.netlink import Netlink

TUN_DEVICE = "/dev/net/tun"
IFNAMSIZ = 16
IFREQ_FLAGS = struct.Struct("=16sH22x")  # struct ifreq: name, flags
IFREQ_MTU = struct.Struct("=16si20x")  # struct ifreq: name, MTU


class LinuxHost:
    """TUN, address, MTU and route by ioctl and netlink; no external program."""

    def __init__(self) -> None:
        self._abi = load("linux")

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
            granted = fcntl.ioctl(fd, abi["TUNSETIFF"], IFREQ_FLAGS.pack(wanted.encode(), flags))
        except OSError as error:
            os.close(fd)
            raise _tun_refused(name, error) from error
        framing = Framing.BARE if kind is Kind.TUN else Framing.ETHERNET
        return FileDevice(fd, IFREQ_FLAGS.unpack(granted)[0].rstrip(b"\0").decode(), kind, framing)

    def apply(self, name: str, wanted: Wanted) -> Applied:
        index = socket.if_nametoindex(name)
        with Netlink() as netlink:
            netlink.set_link(index, mtu=wanted.mtu)
            netlink.add_address(index, wanted.address, wanted.prefix_length)
            if not _has_route(name, wanted.prefix_length):
                netlink.add_route(index, MESH, wanted.prefix_length)
        return Applied(_mtu(name, self._abi["SIOCGIFMTU"]))

    def withdraw(self, name: str) -> None:
        """What the daemon made went with its descriptor; a device made beforehand keeps our addresses: drop them."""
        try:
            index = socket.if_nametoindex(name)
        except OSError:
            return
        with Netlink() as netlink:
            for address, prefix_length in _mesh_addresses(name):
                netlink.delete_address(index, address, prefix_length)


def _open_device() -> int:
    try:
        return os.open(TUN_DEVICE, os.O_RDWR | os.O_CLOEXEC | os.O_NONBLOCK)
    except FileNotFoundError as error:
        raise HostError(f"{TUN_DEVICE} is missing", fix="run: modprobe tun") from error
    except PermissionError as error:
        raise PermissionDeniedError(
            f"may not open {TUN_DEVICE}", fix="run as root, or let this user open it: chmod 0666 /dev/net/tun"
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


def _mtu(name: str, request: int) -> int:
    with socket.socket(socket.AF_INET6, socket.SOCK_DGRAM | socket.SOCK_CLOEXEC) as any_socket:
        answer = fcntl.ioctl(any_socket, request, IFREQ_MTU.pack(name.encode(), 0))
    mtu: int = IFREQ_MTU.unpack(answer)[1]
    return mtu


def _has_route(name: str, prefix_length: int) -> bool:
    """Whether /proc/net/ipv6_route has the mesh's prefix on this interface (the kernel adds it with the address)."""
    prefix = f"{MESH.hex()} {prefix_length:02x}"
    try:
        lines = Path("/proc/net/ipv6_route").read_text().splitlines()
    except OSError:
        return False
    return any(line.startswith(prefix) and line.split()[-1] == name for line in lines)


def _mesh_addresses(name: str) -> list[tuple[bytes, int]]:
    """Node addresses on an interface, with their prefix lengths; a /64 beside them is the administrator's."""
    found = []
    for line in Path("/proc/net/if_inet6").read_text().splitlines():
        text, _, length, _, _, owner = line.split()
        if owner == name and text.startswith("02") and int(length, 16) == PREFIX_LENGTH:
            found.append((bytes.fromhex(text), PREFIX_LENGTH))
    return found
