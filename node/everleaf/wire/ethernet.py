"""Ethernet frames of a TAP device, and which of them hold packets for the mesh: the slow twin of core/ethernet.c."""

from __future__ import annotations

import struct
from dataclasses import dataclass
from enum import Enum

from everleaf.errors import WireError
from everleaf.wire.icmp import HEADER_SIZE as IPV6_SIZE

MAC_SIZE = 6
HEADER_SIZE = 14
IPV6 = 0x86DD  # EtherType
NEIGHBOUR_DISCOVERY = range(133, 138)  # ICMPv6 types of RFC 4861

_HEADER = struct.Struct(">6s6sH")
_ICMPV6 = 58


class Way(Enum):
    """Where a frame of the local host goes."""

    SHORT = "short"  # nowhere: it holds no whole header
    FOREIGN = "foreign"  # nowhere: not IPv6
    PACKET = "packet"  # to the packet path
    NEIGHBOUR = "neighbour"  # to control


@dataclass(frozen=True, slots=True)
class Frame:
    """One Ethernet frame.

    Wire: dest[6] source[6] EtherType[2] payload.
    """

    dest: bytes
    source: bytes
    kind: int  # EtherType
    payload: bytes

    def encode(self) -> bytes:
        return _HEADER.pack(self.dest, self.source, self.kind) + self.payload

    @classmethod
    def decode(cls, data: bytes) -> Frame:
        """Raise WireError when the header is not whole, or the source is a group."""
        if len(data) < HEADER_SIZE:
            raise WireError(f"{len(data)} bytes are no Ethernet frame")
        dest, source, kind = _HEADER.unpack_from(data)
        if is_group(source):
            raise WireError(f"a frame from {source.hex(':')}, which is a group")
        return cls(dest, source, kind, data[HEADER_SIZE:])


def is_group(mac: bytes) -> bool:
    """Whether this is the address of several, as broadcast is."""
    return bool(mac[0] & 1)


def group_of(address: bytes) -> bytes:
    """The MAC of an IPv6 multicast address (RFC 2464 section 7)."""
    return b"\x33\x33" + address[12:]


def judge(frame: bytes) -> tuple[Way, int]:
    """Where a frame of the local host goes, and its length without the padding a wire adds."""
    whole = len(frame)
    if len(frame) < HEADER_SIZE:
        return Way.SHORT, whole
    if int.from_bytes(frame[12:14]) != IPV6:
        return Way.FOREIGN, whole
    packet = frame[HEADER_SIZE:]
    if len(packet) < IPV6_SIZE:
        return Way.SHORT, whole
    if packet[0] >> 4 != 6:
        return Way.PACKET, whole
    packet = packet[: IPV6_SIZE + int.from_bytes(packet[4:6])]
    way = Way.NEIGHBOUR if packet[6] == _ICMPV6 and _type(packet) in NEIGHBOUR_DISCOVERY else Way.PACKET
    return way, HEADER_SIZE + len(packet)


def _type(packet: bytes) -> int | None:
    """The ICMPv6 type, if the message is directly behind the header and not empty."""
    return packet[IPV6_SIZE] if len(packet) > IPV6_SIZE else None
