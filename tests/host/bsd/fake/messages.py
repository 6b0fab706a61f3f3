"""Routing messages as a kernel reads and writes them, by `Numbers`; apart from the backends' own reader."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

from host.bsd.fake.numbers import KINDS, LINK, Header, Numbers

Order = Literal["little", "big"]
DST, GATEWAY, NETMASK, IFP, IFA = 0, 1, 2, 4, 5  # RTAX_*


@dataclass(frozen=True, slots=True)
class Request:
    """A message that a program wrote."""

    kind: int
    flags: int
    index: int
    pid: int
    sequence: int
    addresses: dict[int, bytes]  # socket addresses by RTAX_*


class Messages:
    """One system's, in one byte order. ValueError where the real one answers EINVAL."""

    def __init__(self, numbers: Numbers, order: Order) -> None:
        self.numbers = numbers
        self.order: Order = order

    def kind(self, name: str) -> int:
        """RTM_*."""
        return self.numbers.kinds.get(name, KINDS[name])

    def read(self, message: bytes) -> Request:
        numbers, header = self.numbers, self.numbers.rt
        if len(message) < header.size or self._int(message, 0, 2) != len(message):
            raise ValueError("length")
        if message[2] != numbers.version:
            raise ValueError("version")
        if numbers.hdrlen and self._int(message, 4, 2) != header.size:
            raise ValueError("header length")
        return Request(
            kind=message[3],
            flags=self._int(message, header.flags),
            index=self._int(message, header.index, 2),
            pid=self._int(message, numbers.rt_pid),
            sequence=self._int(message, numbers.rt_seq),
            addresses=self._addresses(self._int(message, header.addrs), message[header.size :]),
        )

    def answer(self, message: bytes, pid: int, error: int) -> bytes:
        """The copy that comes back: the sender and the error filled in."""
        copy = bytearray(message)
        copy[self.numbers.rt_pid : self.numbers.rt_pid + 4] = pid.to_bytes(4, self.order)
        copy[self.numbers.rt_errno : self.numbers.rt_errno + 4] = error.to_bytes(4, self.order)
        return bytes(copy)

    def route(
        self, kind: str, index: int, flags: int, addresses: dict[int, bytes], *, pid: int = 0, sequence: int = 0
    ) -> bytes:
        """A route's message."""
        message = self._message(kind, self.numbers.rt, index, flags, addresses)
        message[self.numbers.rt_pid : self.numbers.rt_pid + 4] = pid.to_bytes(4, self.order)
        message[self.numbers.rt_seq : self.numbers.rt_seq + 4] = sequence.to_bytes(4, self.order)
        return bytes(message)

    def interface(self, index: int, name: str, flags: int, mtu: int) -> bytes:
        """RTM_IFINFO."""
        message = self._message("IFINFO", self.numbers.ifm, index, flags, {IFP: self.link(index, name)})
        at, width = self.numbers.ifm_mtu, self.numbers.mtu_width
        message[at : at + width] = mtu.to_bytes(width, self.order)
        return bytes(message)

    def address(self, kind: str, index: int, address: bytes, prefix_length: int) -> bytes:
        """RTM_NEWADDR, RTM_DELADDR; the netmask cut short, as kernels do."""
        addresses = {NETMASK: self.short_mask(prefix_length), IFA: self.inet6(address)}
        return bytes(self._message(kind, self.numbers.ifam, index, 0, addresses))

    def inet6(self, address: bytes) -> bytes:
        return bytes([28, self.numbers.inet6]) + bytes(6) + address + bytes(4)

    def link(self, index: int, name: str = "") -> bytes:
        size = self.numbers.sockaddr_dl
        head = bytes([size, LINK]) + index.to_bytes(2, self.order) + bytes([0, len(name), 0, 0])
        return (head + name.encode()).ljust(size, b"\0")

    def short_mask(self, prefix_length: int) -> bytes:
        bits = ((1 << 128) - (1 << (128 - prefix_length))).to_bytes(16, "big").rstrip(b"\0")
        return bytes([8 + len(bits), self.numbers.inet6]) + bytes(6) + bits if bits else b""

    def _message(self, kind: str, header: Header, index: int, flags: int, addresses: dict[int, bytes]) -> bytearray:
        row = b"".join(self._padded(addresses[number]) for number in sorted(addresses))
        message = bytearray(header.size) + row
        message[0:2] = len(message).to_bytes(2, self.order)
        message[2], message[3] = self.numbers.version, self.kind(kind)
        if self.numbers.hdrlen:
            message[4:6] = header.size.to_bytes(2, self.order)
        message[header.index : header.index + 2] = index.to_bytes(2, self.order)
        message[header.flags : header.flags + 4] = flags.to_bytes(4, self.order)
        bits = sum(1 << number for number in addresses)
        message[header.addrs : header.addrs + 4] = bits.to_bytes(4, self.order)
        return message

    def _padded(self, sockaddr: bytes) -> bytes:
        unit = self.numbers.unit
        return sockaddr + bytes(max(-(-len(sockaddr) // unit), 1) * unit - len(sockaddr))

    def _addresses(self, bits: int, row: bytes) -> dict[int, bytes]:
        found = {}
        for number in range(32):
            if bits >> number & 1:
                if not row or row[0] > len(row):
                    raise ValueError("socket address")
                found[number] = row[: row[0]]
                row = row[len(self._padded(row[: row[0]])) :]
        if row:
            raise ValueError("bytes behind the socket addresses")
        return found

    def _int(self, data: bytes, at: int, width: int = 4) -> int:
        return int.from_bytes(data[at : at + width], self.order)
