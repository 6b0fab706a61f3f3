"""What offloads are judged by: packets of TCP and UDP as a kernel without offloads makes them, in plain Python."""

from __future__ import annotations

import struct
from dataclasses import dataclass, replace

TCP, UDP = 6, 17
FIN, PSH, ACK, CWR = 1, 8, 16, 128
NEEDS_CSUM, DATA_VALID = 1, 2
HEADER = struct.Struct("=BBHHHH")  # virtio_net_hdr: flags, type, hdr_len, gso_size, csum_start, csum_offset
SUPER = {TCP: 4, UDP: 5}  # type
CHECK = {TCP: 16, UDP: 6}  # offset of the checksum
HERE, THERE = bytes.fromhex("02" + "11" * 15), bytes.fromhex("02" + "22" * 15)


def ones_sum(data: bytes) -> int:
    """RFC 1071, without the complement."""
    total = sum(struct.unpack(f"!{(len(data) + 1) // 2}H", data + bytes(len(data) % 2)))
    while total >> 16:
        total = (total & 0xFFFF) + (total >> 16)
    return total


def pseudo(packet: bytes, length: int) -> bytes:
    """RFC 8200, section 8.1."""
    return packet[8:40] + struct.pack("!IxxxB", length, packet[6])


def is_valid(packet: bytes) -> bool:
    """Whether the transport's checksum is right."""
    return ones_sum(pseudo(packet, len(packet) - 40) + packet[40:]) == 0xFFFF


@dataclass(frozen=True, slots=True)
class Segment:
    """One packet of a TCP flow, or of UDP: then only ports and payload count."""

    payload: bytes
    seq: int = 0
    flags: int = ACK
    options: bytes = b""
    ack: int = 7
    window: int = 500
    urgent: int = 0
    reserved: int = 0  # bits between header length and flags
    ports: tuple[int, int] = (1000, 2000)
    flow: int = 0x60000000  # version, traffic class and flow label
    hops: int = 64
    source: bytes = HERE
    dest: bytes = THERE
    protocol: int = TCP

    def _transport(self) -> bytes:
        if self.protocol == UDP:
            return struct.pack("!HHHH", *self.ports, 8 + len(self.payload), 0)
        words = 5 + len(self.options) // 4
        fixed = (
            *self.ports,
            self.seq % 2**32,
            self.ack,
            words << 4 | self.reserved,
            self.flags,
            self.window,
            0,
            self.urgent,
        )
        return struct.pack("!HHIIBBHHH", *fixed) + self.options

    def encode(self, *, complete: bool = True) -> bytes:
        """With its checksum, or with only what IPv6 adds to it."""
        transport = self._transport() + self.payload
        head = struct.pack("!IHBB", self.flow, len(transport), self.protocol, self.hops) + self.source + self.dest
        if complete:
            check = 0xFFFF & ~ones_sum(pseudo(head, len(transport)) + transport) or 0xFFFF
        else:
            check = ones_sum(pseudo(head, len(transport)))
        at = CHECK[self.protocol]
        return head + transport[:at] + struct.pack("!H", check) + transport[at + 2 :]

    def behind_header(self, size: int = 0) -> bytes:
        """As the kernel leaves it to us; with a size, a super-packet."""
        head = len(self.encode()) - len(self.payload)
        kind = SUPER[self.protocol] if size else 0
        at = CHECK[self.protocol]
        return HEADER.pack(NEEDS_CSUM, kind, head, size, 40, at) + self.encode(complete=False)

    def cut(self, size: int) -> list[bytes]:
        """What goes out without offloads."""
        pieces = [self.payload[at : at + size] for at in range(0, len(self.payload), size)]
        return [self._piece(n * size, piece, last=n == len(pieces) - 1).encode() for n, piece in enumerate(pieces)]

    def _piece(self, at: int, payload: bytes, *, last: bool) -> Segment:
        flags = self.flags & (0xFF if last else ~(FIN | PSH)) & (~CWR if at else 0xFF)
        return replace(self, payload=payload, seq=self.seq + at, flags=flags)
