"""Who has this address, and where: the two messages of neighbour discovery that a node speaks (RFC 4861)."""

from __future__ import annotations

import struct
from dataclasses import dataclass
from enum import IntEnum, IntFlag

from everleaf.errors import WireError
from everleaf.wire.codec import Reader
from everleaf.wire.ethernet import MAC_SIZE, is_group
from everleaf.wire.icmp import Message

ADDRESS_SIZE = 16
UNSPECIFIED = bytes(ADDRESS_SIZE)

_OPTION_UNIT = 8  # bytes; lengths of options count these
_SOLICITED_NODE = bytes.fromhex("ff0200000000000000000001ff")  # and three bytes of the address


class NeighbourType(IntEnum):
    """ICMPv6 types."""

    SOLICITATION = 135
    ADVERTISEMENT = 136


class Flags(IntFlag):
    """What an advertisement says of itself: the first byte of its body."""

    ROUTER = 0x80
    SOLICITED = 0x40
    OVERRIDE = 0x20


class _Option(IntEnum):
    SOURCE_MAC = 1
    TARGET_MAC = 2


@dataclass(frozen=True, slots=True)
class Solicitation:
    """Who has `target`?

    Wire: an ICMPv6 message of type 135: reserved[4] target[16] options.
    """

    source: bytes  # UNSPECIFIED: the asker would like to use the address himself
    dest: bytes
    target: bytes
    mac: bytes = b""  # the asker's; may be missing

    def encode(self) -> bytes:
        """The whole packet."""
        body = bytes(4) + self.target + _put_mac(_Option.SOURCE_MAC, self.mac)
        return Message(self.source, self.dest, NeighbourType.SOLICITATION, 0, body).encode()

    @classmethod
    def decode(cls, packet: bytes) -> Solicitation:
        """Raise WireError on whatever RFC 4861 section 7.1.1 forbids."""
        message = _expect(packet, NeighbourType.SOLICITATION)
        _, target, mac = _take_body(message.body, _Option.SOURCE_MAC)
        if message.source == UNSPECIFIED and (mac or message.dest[:13] != _SOLICITED_NODE):
            raise WireError("a solicitation from nobody gives a MAC, or goes to somebody")
        return cls(message.source, message.dest, target, mac)


@dataclass(frozen=True, slots=True)
class Advertisement:
    """`target` is here.

    Wire: an ICMPv6 message of type 136: flags[1] reserved[3] target[16] options.
    """

    source: bytes
    dest: bytes
    target: bytes
    flags: Flags
    mac: bytes = b""  # the target's; may be missing when only one could be meant

    def encode(self) -> bytes:
        """The whole packet."""
        body = bytes((self.flags, 0, 0, 0)) + self.target + _put_mac(_Option.TARGET_MAC, self.mac)
        return Message(self.source, self.dest, NeighbourType.ADVERTISEMENT, 0, body).encode()

    @classmethod
    def decode(cls, packet: bytes) -> Advertisement:
        """Raise WireError on whatever RFC 4861 section 7.1.2 forbids."""
        message = _expect(packet, NeighbourType.ADVERTISEMENT)
        flags, target, mac = _take_body(message.body, _Option.TARGET_MAC)
        if is_multicast(message.dest) and flags & Flags.SOLICITED:
            raise WireError("an advertisement to a group cannot be solicited")
        return cls(message.source, message.dest, target, flags, mac)


Neighbour = Solicitation | Advertisement


def decode(packet: bytes) -> Neighbour | None:
    """What an IPv6 packet says; None for any other message of neighbour discovery. Raises WireError on nonsense."""
    match Message.decode(packet).kind:
        case NeighbourType.SOLICITATION:
            return Solicitation.decode(packet)
        case NeighbourType.ADVERTISEMENT:
            return Advertisement.decode(packet)
    return None


def solicited_node(address: bytes) -> bytes:
    """The group that whoever has `address` listens to (RFC 4291 section 2.7.1)."""
    return _SOLICITED_NODE + address[13:]


def is_multicast(address: bytes) -> bool:
    """Whether an IPv6 address is a group's."""
    return address[0] == 0xFF


def _expect(packet: bytes, kind: NeighbourType) -> Message:
    message = Message.decode(packet)
    if (message.kind, message.code) != (kind, 0):
        raise WireError(f"type {message.kind} with code {message.code}, not {kind} with 0")
    return message


def _take_body(body: bytes, wanted: _Option) -> tuple[Flags, bytes, bytes]:
    """Flags, target, and the MAC in the wanted option. Other options, and the reserved bits, are ignored."""
    r = Reader(body)
    flags = Flags(r.take(4)[0] & (Flags.ROUTER | Flags.SOLICITED | Flags.OVERRIDE))
    target = r.take(ADDRESS_SIZE)
    if is_multicast(target):
        raise WireError("the target is a group")
    macs = [content for kind, content in _take_options(r) if kind == wanted]
    if any(len(mac) != MAC_SIZE or is_group(mac) for mac in macs):
        raise WireError(f"an option {wanted} that is no MAC of one host")
    return flags, target, macs[0] if macs else b""


def _take_options(r: Reader) -> list[tuple[int, bytes]]:
    options = []
    while r.left:
        kind, units = r.take(2)
        if not units:
            raise WireError(f"an option {kind} of no length")
        options.append((kind, r.take(units * _OPTION_UNIT - 2)))
    return options


def _put_mac(option: _Option, mac: bytes) -> bytes:
    return struct.pack(">BB6s", option, 1, mac) if mac else b""
