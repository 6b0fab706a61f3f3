"""The IPv6 header, and the two ICMPv6 errors a node makes (RFC 8200 section 3, RFC 4443 section 3)."""

from __future__ import annotations

import struct
from dataclasses import dataclass
from enum import IntEnum

from everleaf.errors import WireError

HEADER_SIZE = 40
QUOTE_MAX = 512  # bytes of the offending packet that an error repeats

_HEADER = struct.Struct(">IHBB16s16s")  # version, class and flow; payload length; next header; hop limit; addresses
_VERSION = 6 << 28
_ICMPV6 = 58
_HOP_LIMIT = 255
_UNREACHABLE = 1
_PACKET_TOO_BIG = 2


class Reason(IntEnum):
    """Why a destination is unreachable: the code of RFC 4443 section 3.1."""

    NO_ROUTE = 0
    PROHIBITED = 1
    ADDRESS = 3
    SOURCE_POLICY = 5


@dataclass(frozen=True, slots=True)
class Header:
    """Where an IPv6 packet comes from and goes to."""

    source: bytes
    dest: bytes
    payload_length: int  # as claimed; nothing here compares it with the packet

    @classmethod
    def decode(cls, packet: bytes) -> Header:
        """Read the head of a packet. Raises WireError when it is short or not IPv6."""
        if len(packet) < HEADER_SIZE or packet[0] >> 4 != 6:
            raise WireError("not an IPv6 packet")
        _, payload_length, _, _, source, dest = _HEADER.unpack_from(packet)
        return cls(source, dest, payload_length)


def packet_too_big(offending: bytes, mtu: int, source: bytes | None = None) -> bytes:
    """The packet that tells the sender of `offending` to stay within `mtu`.

    It comes from `source`, or else from the address the offending packet went to. Raises WireError like Header.decode.
    """
    return _error(offending, source, _PACKET_TOO_BIG, 0, mtu)


def unreachable(offending: bytes, reason: Reason, source: bytes) -> bytes:
    """The packet that tells the sender of `offending` that it goes nowhere; raises WireError like Header.decode."""
    return _error(offending, source, _UNREACHABLE, reason, 0)


def _error(offending: bytes, source: bytes | None, kind: int, code: int, value: int) -> bytes:
    header = Header.decode(offending)
    addresses = (source or header.dest) + header.source
    body = struct.pack(">I", value) + offending[:QUOTE_MAX]
    length = 4 + len(body)
    checksum = _checksum(addresses + struct.pack(">II", length, _ICMPV6) + bytes((kind, code)) + body)
    start = struct.pack(">IHBB", _VERSION, length, _ICMPV6, _HOP_LIMIT)
    return start + addresses + struct.pack(">BBH", kind, code, checksum) + body


def _checksum(data: bytes) -> int:
    """The Internet checksum (RFC 1071) over pseudo header and message, the checksum field left out."""
    padded = data + bytes(len(data) % 2)
    total: int = sum(struct.unpack(f">{len(padded) // 2}H", padded))
    while total > 0xFFFF:
        total = (total & 0xFFFF) + (total >> 16)
    return total ^ 0xFFFF
