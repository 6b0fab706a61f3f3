"""Queues of a Linux TUN or TAP device: /dev/net/tun and its ioctls.

A device made beforehand keeps what its last user asked for, offloads and the size of the virtio header too, so every
opening says all of it, and whoever opens one queue alone gives the offloads back. The kernel lets the queues of one
device differ in their headers; those opened here never do.

Source: Documentation/networking/tuntap.rst, linux/if_tun.h, drivers/net/tun.c.
"""

from __future__ import annotations

import contextlib
import errno
import fcntl
import os
import re
import struct
from collections.abc import Callable, Iterator
from enum import Flag, auto
from pathlib import Path

from everleaf.errors import BusyError, HostError, NodeError, PermissionDeniedError
from everleaf.host.abi import load
from everleaf.host.base import Framing, Kind
from everleaf.host.device import FileDevice
from everleaf.host.linux.interface import DRIVER, Link, LinuxInterface
from everleaf.host.linux.netlink import Netlink

TUN_DEVICE = "/dev/net/tun"
IFNAMSIZ = 16
MAX_QUEUES = 256  # MAX_TAP_QUEUES
IFREQ_FLAGS = struct.Struct("=16sH")  # struct ifreq: name, flags
INT = struct.Struct("=i")

_NAME = re.compile(r"[^\s/:%]+(%d)?")  # dev_valid_name, dev_alloc_name


class Offload(Flag):
    """Work that the kernel leaves to who reads, and takes from who writes; the virtio header says what is left."""

    NONE = 0  # only the header
    CHECKSUM = auto()  # checksums that are not complete
    TCP = auto()  # segments of TCP joined to one packet, without complete checksums
    UDP = auto()  # datagrams of one size joined to one packet; Linux 6.2


class OffloadRefusedError(HostError):
    """This kernel does not know some of the offloads it was asked for."""


def open_offloaded(name: str) -> FileDevice:
    """A TUN device with all offloads that this kernel has for it; without a header where it has none."""
    for offload in (Offload.TCP | Offload.UDP, Offload.TCP):
        with contextlib.suppress(OffloadRefusedError):
            return open_queues(name, Kind.TUN, 1, offload)[0]
    return open_queues(name, Kind.TUN)[0]


def open_queues(name: str, kind: Kind, queues: int = 1, offload: Offload | None = None) -> tuple[FileDevice, ...]:
    """The queues of one device, each behind a descriptor of its own; "auto" lets the kernel number it.

    With `offload`, even with Offload.NONE, a virtio header stands before each packet. A device that was made beforehand
    takes more than one queue if it was made with multi_queue, and then only so.
    """
    if not 1 <= queues <= MAX_QUEUES:
        raise HostError(f"a device has 1 to {MAX_QUEUES} queues, not {queues}")
    opened: list[FileDevice] = []
    try:
        for _ in range(queues):
            opened.append(_open_queue(opened[0].name if opened else name, kind, queues > 1, offload))
    except BaseException:
        for queue in opened:
            queue.close()
        raise
    return tuple(opened)


def _open_queue(name: str, kind: Kind, several: bool, offload: Offload | None) -> FileDevice:
    abi = load("linux")
    flags = abi["IFF_TUN" if kind is Kind.TUN else "IFF_TAP"] | abi["IFF_NO_PI"]
    flags |= abi["IFF_MULTI_QUEUE"] if several else 0
    flags |= abi["IFF_VNET_HDR"] if offload is not None else 0
    wanted = f"{kind.value}%d" if name == "auto" else name
    judge_name(wanted)
    request = IFREQ_FLAGS.pack(wanted.encode(), flags).ljust(abi.sizeof("ifreq"), b"\0")
    fd = _open_driver()
    try:
        granted = _attach(fd, request, name, kind, several)
        header = _set_offload(fd, offload)
        closed = _giving_back(fd) if offload and not several else _nothing
    except BaseException:
        os.close(fd)
        raise
    framing = Framing.BARE if kind is Kind.TUN else Framing.ETHERNET
    return FileDevice(fd, granted, kind, framing, vnet_header=header, closed=closed)


def judge_name(name: str) -> None:
    """Raise `HostError` for what the kernel takes for no interface."""
    if len(name.encode()) >= IFNAMSIZ:
        raise HostError(f"interface name {name!r} is longer than {IFNAMSIZ - 1} bytes", fix="choose a shorter one")
    if not _NAME.fullmatch(name) or name in (".", ".."):
        raise HostError(f"{name!r} cannot be the name of an interface", fix="use letters and digits")


def _open_driver() -> int:
    try:
        return os.open(TUN_DEVICE, os.O_RDWR | os.O_NONBLOCK)
    except FileNotFoundError as error:
        raise HostError(f"{TUN_DEVICE} is missing", fix="run: modprobe tun") from error
    except PermissionError as error:
        raise PermissionDeniedError(
            f"may not open {TUN_DEVICE}", fix=f"run as root, or let this user open it: chmod 0666 {TUN_DEVICE}"
        ) from error
    except OSError as error:
        raise HostError(f"cannot open {TUN_DEVICE}: {error.strerror}", fix="run: modprobe tun") from error


def _attach(fd: int, request: bytes, name: str, kind: Kind, several: bool) -> str:
    """The name that the kernel gave."""
    try:
        answer = fcntl.ioctl(fd, load("linux")["TUNSETIFF"], request)
    except OSError as error:
        raise _refused(name, kind, several, error) from error
    granted: bytes = IFREQ_FLAGS.unpack_from(answer)[0]
    return granted.rstrip(b"\0").decode()


def _set_offload(fd: int, offload: Offload | None) -> int:
    """Bytes of the header before each packet."""
    abi = load("linux")
    wanted = offload or Offload.NONE
    bits = abi["TUN_F_CSUM"] if wanted else 0  # without it the kernel takes none of the others
    bits |= abi["TUN_F_TSO4"] | abi["TUN_F_TSO6"] if Offload.TCP in wanted else 0
    bits |= abi["TUN_F_USO4"] | abi["TUN_F_USO6"] if Offload.UDP in wanted else 0
    header = 0 if offload is None else abi.sizeof("virtio_net_hdr")
    try:
        if header:
            fcntl.ioctl(fd, abi["TUNSETVNETHDRSZ"], INT.pack(header))
        fcntl.ioctl(fd, abi["TUNSETOFFLOAD"], bits)
    except OSError as error:
        fix = "ask for Offload.TCP alone" if Offload.UDP in wanted else ""
        raise OffloadRefusedError(f"this kernel cannot do {wanted}: {error.strerror}", fix=fix) from error
    return header


def _nothing() -> None:
    """Nothing was asked for that has to be given back."""


def _giving_back(fd: int) -> Callable[[], None]:
    """Take the offloads back through a descriptor of our own, for by then the other may be somebody else's."""
    own = os.dup(fd)

    def give_back() -> None:
        with contextlib.suppress(OffloadRefusedError):  # the device may have been deleted
            _set_offload(own, None)
        os.close(own)

    return give_back


# --- why the kernel refuses -------------------------------------------------------------------------------------------


def _refused(name: str, kind: Kind, several: bool, error: OSError) -> NodeError:
    word, there = kind.name, _existing(name)
    if error.errno == errno.EPERM and there:
        again = f"ip tuntap add {name} mode {kind.value} user {os.geteuid()}"
        return PermissionDeniedError(
            f"the {word} device {name!r} was made for another user", fix=f"make it for this one: {again}"
        )
    if error.errno == errno.EPERM:
        return PermissionDeniedError(
            f"may not create the {word} device {name!r}", fix="run as root or grant CAP_NET_ADMIN"
        )
    if error.errno == errno.EBUSY:
        holder = next((f" by {who}" for who in _holders(name)), "")
        return BusyError(f"the {word} device {name!r} is in use{holder}", fix="stop its user or set interface.name")
    if error.errno == errno.EINVAL and there:
        return _mismatch(name, kind, several, there)
    return HostError(f"cannot create the {word} device {name!r}: {error.strerror}")


def _mismatch(name: str, kind: Kind, several: bool, there: Link) -> HostError:
    """The name is taken by something that the driver did not make, or that it made differently."""
    if there.kind != DRIVER:
        return HostError(f"{name!r} exists and is not a {kind.name} device", fix="set interface.name to another name")
    if there.tap is not None and there.tap != (kind is Kind.TAP):
        other = Kind.TAP if there.tap else Kind.TUN
        return HostError(
            f"{name!r} exists and is a {other.name} device, not a {kind.name} device",
            fix=f'set interface.kind to "{other.value}", or interface.name to another name',
        )
    made = "for one queue" if several else "with multi_queue"
    again = f"ip tuntap add {name} mode {kind.value}{' multi_queue' if several else ''}"
    return HostError(f"{name!r} exists and was made {made}", fix=f"delete it and make it again: {again}")


def _existing(name: str) -> Link | None:
    with Netlink() as netlink:
        found = LinuxInterface.find(netlink, name)
        return found.link() if found else None


def _holders(name: str, proc: Path = Path("/proc")) -> Iterator[str]:
    """Programs that have the device open, as far as we may see: the driver says so beside each descriptor.

    Only those in our network: that of a container may have one of the same name.
    """
    line = f"iff:\t{name}\n"
    ours = (proc / "self" / "ns" / "net").readlink()
    for process in proc.glob("[0-9]*"):
        try:
            if (process / "ns" / "net").readlink() == ours and _has(process, line):
                yield f"{(process / 'comm').read_text().strip()} (pid {process.name})"
        except OSError:  # not ours to look at, or gone
            continue


def _has(process: Path, line: str) -> bool:
    return any(line in entry.read_text() for entry in (process / "fdinfo").iterdir())
