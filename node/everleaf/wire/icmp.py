"""The IPv6 header, whole ICMPv6 messages, and the two errors a node makes (RFC 8200 section 3, RFC 4443)."""

from __future__ import annotations

import struct
from dataclasses import dataclass
from enum import IntEnum

from everleaf.errors import WireError

HEADER_SIZE = 40
QUOTE_MAX = 512  # bytes of the offending packet that an error repeats

_HEADER = struct.Struct(">IHBB16s16s")  # version, class and flow; payload length; next header; hop limit; addresses
_MESSAGE = struct.Struct(">BBH")  # type, code, checksum
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


@dataclass(frozen=True, slots=True)
class Message:
    """One ICMPv6 message between two hosts of a link, which nobody has forwarded: its hop limit is whole."""

    source: bytes
    dest: bytes
    kind: int
    code: int
    body: bytes  # behind the checksum

    def encode(self) -> bytes:
        """The whole packet."""
        length = _MESSAGE.size + len(self.body)
        start = _HEADER.pack(_VERSION, length, _ICMPV6, _HOP_LIMIT, self.source, self.dest)
        return start + _MESSAGE.pack(self.kind, self.code, self._checksum()) + self.body

    @classmethod
    def decode(cls, packet: bytes) -> Message:
        """Raise WireError unless the packet is this and no more, has come one hop, and its checksum holds."""
        header = Header.decode(packet)
        _, length, next_header, hop_limit, _, _ = _HEADER.unpack_from(packet)
        if len(packet) != HEADER_SIZE + length or length < _MESSAGE.size:
            raise WireError(f"{len(packet)} bytes hold no message of {length}")
        if (next_header, hop_limit) != (_ICMPV6, _HOP_LIMIT):
            raise WireError(f"next header {next_header} with hop limit {hop_limit}")
        kind, code, checksum = _MESSAGE.unpack_from(packet, HEADER_SIZE)
        message = cls(header.source, header.dest, kind, code, packet[HEADER_SIZE + _MESSAGE.size :])
        if checksum != message._checksum():
            raise WireError("a checksum does not hold")
        return message

    def _checksum(self) -> int:
        """Over the pseudo header of RFC 8200 section 8.1 and the message, without itself."""
        length = _MESSAGE.size + len(self.body)
        pseudo = self.source + self.dest + struct.pack(">II", length, _ICMPV6)
        return _checksum(pseudo + bytes((self.kind, self.code)) + self.body)


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
    body = struct.pack(">I", value) + offending[:QUOTE_MAX]
    return Message(source or header.dest, header.source, kind, code, body).encode()


def _checksum(data: bytes) -> int:
    """The Internet checksum of RFC 1071."""
    padded = data + bytes(len(data) % 2)
    total: int = sum(struct.unpack(f">{len(padded) // 2}H", padded))
    while total > 0xFFFF:
        total = (total & 0xFFFF) + (total >> 16)
    return total ^ 0xFFFF
