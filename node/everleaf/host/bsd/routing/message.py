"""Routing-socket messages: bytes to dataclasses and back, by each system's own layout.

A message is a header and a row of socket addresses, those whose bits are set, in the order of RTAX_*. Every header
starts with u16 length, u8 version, u8 type. Where OpenBSD says how long its header is, that counts.

What is malformed never raises: a message of a wrong version, an unknown type or too short for its type is skipped; a
length of nonsense ends the reading.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from everleaf.host.abi import Abi
from everleaf.host.abi.structure import Structure
from everleaf.host.bsd import sockaddr
from everleaf.host.route import Route

SHORTEST = 4  # bytes: length, version, type
HDRLEN_AT = 4  # OpenBSD, in every message
_MTU_WIDTH = {"netbsd": 8, "dragonfly": 8}  # bytes of ifi_mtu; 4 elsewhere


@dataclass(frozen=True, slots=True)
class RouteMessage:
    """RTM_ADD, DELETE, CHANGE, GET and their like: a route, or the answer to a request."""

    kind: int
    index: int  # of the interface, 0 when the system does not say
    flags: int
    pid: int
    sequence: int
    error: int  # errno
    destination: bytes  # 16 or 4 bytes; b"" when there is none
    prefix_length: int
    gateway: bytes  # 16 or 4 bytes; b"" when the gateway is an interface
    interface: str  # name, "" when the message carries none


@dataclass(frozen=True, slots=True)
class InterfaceMessage:
    """RTM_IFINFO: the state of an interface."""

    kind: int
    index: int
    flags: int  # IFF_*
    mtu: int
    name: str  # "" when the message carries none


@dataclass(frozen=True, slots=True)
class AddressMessage:
    """RTM_NEWADDR, RTM_DELADDR."""

    kind: int
    index: int
    name: str  # of the interface, "" when the message carries none
    address: bytes  # 16 or 4 bytes; b"" of another family
    prefix_length: int


@dataclass(frozen=True, slots=True)
class Announcement:
    """RTM_IFANNOUNCE: an interface came or went."""

    kind: int
    index: int
    name: str
    arrived: bool


@dataclass(frozen=True, slots=True)
class BareMessage:
    """A kind without a layout of ours: RTM_DESYNC, RTM_MISS, RTM_CHGADDR and so on."""

    kind: int


Message = RouteMessage | InterfaceMessage | AddressMessage | Announcement | BareMessage


def encode(abi: Abi, kind: int, route: Route, sequence: int, pid: int = 0) -> bytes:
    """A request to add, delete or change an interface route.

    The gateway is the interface's link address where `route.index` is set, else its own address.
    """
    gateway = sockaddr.link(abi, route.index) if route.index else sockaddr.inet6(abi, route.own)
    mask = sockaddr.netmask(route.prefix_length)
    bits = abi["RTA_DST"] | abi["RTA_GATEWAY"] | abi["RTA_NETMASK"]
    body = sockaddr.row(abi, [sockaddr.inet6(abi, route.prefix), gateway, sockaddr.inet6(abi, mask)])
    flags = abi["RTF_UP"] | abi["RTF_STATIC"] | route.flags
    return _header(abi, kind, bits, len(body), index=route.index, flags=flags, sequence=sequence, pid=pid) + body


def encode_get(abi: Abi, destination: bytes, sequence: int, pid: int = 0) -> bytes:
    """A request for the route that a packet to `destination` would take."""
    body = sockaddr.row(abi, [sockaddr.inet6(abi, destination)])
    flags = abi["RTF_UP"] | abi["RTF_HOST"]
    header = _header(abi, abi["RTM_GET"], abi["RTA_DST"], len(body), flags=flags, sequence=sequence, pid=pid)
    return header + body


def decode(abi: Abi, data: bytes) -> Iterator[Message]:
    """Every message in what one read, or one sysctl, gave."""
    while len(data) >= SHORTEST:
        length = int.from_bytes(data[:2], abi.byteorder)
        if not SHORTEST <= length <= len(data):
            return
        one, data = data[:length], data[length:]
        if one[2] != abi["RTM_VERSION"]:
            continue
        try:
            yield _decode_one(abi, one)
        except ValueError:  # too short for its type
            continue


def _header(abi: Abi, kind: int, bits: int, body: int, *, flags: int, sequence: int, pid: int, index: int = 0) -> bytes:
    size = abi.sizeof("rt_msghdr")
    header = Structure(abi, "rt_msghdr")
    header.put("rtm_msglen", size + body, 2)
    header.put("rtm_version", abi["RTM_VERSION"], 1)
    header.put("rtm_type", kind, 1)
    if "rtm_hdrlen" in header:
        header.put("rtm_hdrlen", size, 2)
    header.put("rtm_index", index, 2)
    header.put("rtm_flags", flags)
    header.put("rtm_addrs", bits)
    header.put("rtm_pid", pid)
    header.put("rtm_seq", sequence)
    return bytes(header)


def _decode_one(abi: Abi, message: bytes) -> Message:
    kind = message[3]
    if kind == abi["RTM_IFINFO"]:
        return _interface(abi, message)
    if kind in (abi["RTM_NEWADDR"], abi["RTM_DELADDR"]):
        return _address(abi, message)
    if kind == abi.constants.get("RTM_IFANNOUNCE"):
        return _announcement(abi, message)
    if kind in (abi["RTM_ADD"], abi["RTM_DELETE"], abi["RTM_CHANGE"], abi["RTM_GET"]):
        return _route(abi, message)
    return BareMessage(kind)


def _route(abi: Abi, message: bytes) -> RouteMessage:
    header = Structure(abi, "rt_msghdr", message)
    row = _row(abi, "rt_msghdr", header.get("rtm_addrs"), message)
    destination = sockaddr.address_of(abi, row.get(abi["RTAX_DST"], b""))
    mask = row.get(abi["RTAX_NETMASK"])
    host = mask is None or bool(header.get("rtm_flags") & abi["RTF_HOST"])
    link = row.get(abi["RTAX_GATEWAY"], b"")
    return RouteMessage(
        kind=message[3],
        index=header.get("rtm_index", 2) or sockaddr.index_of(abi, link),
        flags=header.get("rtm_flags"),
        pid=header.get("rtm_pid"),
        sequence=header.get("rtm_seq"),
        error=header.get("rtm_errno"),
        destination=destination,
        prefix_length=8 * len(destination) if host else sockaddr.prefix_length_of(mask or b"", destination),
        gateway=sockaddr.address_of(abi, link),
        interface=sockaddr.name_of(abi, row.get(abi["RTAX_IFP"], b"")) or sockaddr.name_of(abi, link),
    )


def _interface(abi: Abi, message: bytes) -> InterfaceMessage:
    header = Structure(abi, "if_msghdr", message)
    at = abi.offsetof("if_msghdr", "ifm_data") + abi.offsetof("if_data", "ifi_mtu")
    mtu = int.from_bytes(message[at : at + _MTU_WIDTH.get(abi.system, 4)], abi.byteorder)
    row = _row(abi, "if_msghdr", header.get("ifm_addrs"), message)
    name = sockaddr.name_of(abi, row.get(abi["RTAX_IFP"], b""))
    return InterfaceMessage(message[3], header.get("ifm_index", 2), header.get("ifm_flags"), mtu, name)


def _address(abi: Abi, message: bytes) -> AddressMessage:
    header = Structure(abi, "ifa_msghdr", message)
    row = _row(abi, "ifa_msghdr", header.get("ifam_addrs"), message)
    address = sockaddr.address_of(abi, row.get(abi["RTAX_IFA"], b""))
    prefix_length = sockaddr.prefix_length_of(row.get(abi["RTAX_NETMASK"], b""), address)
    name = sockaddr.name_of(abi, row.get(abi["RTAX_IFP"], b""))
    return AddressMessage(message[3], header.get("ifam_index", 2), name, address, prefix_length)


def _announcement(abi: Abi, message: bytes) -> Announcement:
    header = Structure(abi, "if_announcemsghdr", message)
    at = abi.offsetof("if_announcemsghdr", "ifan_name")
    name = message[at : at + abi["IFNAMSIZ"]].split(b"\0")[0].decode("ascii", "replace")
    return Announcement(
        message[3], header.get("ifan_index", 2), name, header.get("ifan_what", 2) == abi["IFAN_ARRIVAL"]
    )


def _row(abi: Abi, header: str, bits: int, message: bytes) -> dict[int, bytes]:
    start = abi.sizeof(header)
    if abi.system == "openbsd":
        start = max(start, int.from_bytes(message[HDRLEN_AT : HDRLEN_AT + 2], abi.byteorder))
    return sockaddr.split(abi, bits, message[start:])
