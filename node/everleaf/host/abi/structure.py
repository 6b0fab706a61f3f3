"""One of a system's structures as bytes, filled and read by the names of its members."""

from __future__ import annotations

from everleaf.host.abi import Abi


class Structure:
    """The bytes of a structure, zero at first, or read from the front of `data`."""

    def __init__(self, abi: Abi, name: str, data: bytes | None = None) -> None:
        """ValueError when `data` is shorter than the structure."""
        size = abi.sizeof(name)
        if data is not None and len(data) < size:
            raise ValueError(f"struct {name} is {size} bytes, got {len(data)}")
        self._abi = abi
        self._name = name
        self._bytes = bytearray(size) if data is None else bytearray(data[:size])

    def __bytes__(self) -> bytes:
        return bytes(self._bytes)

    def __contains__(self, member: str) -> bool:
        """Whether this system's structure has such a member."""
        return f"{self._name}.{member}" in self._abi.offsets

    def put(self, member: str, value: int, width: int = 4) -> None:
        """Write an integer of `width` bytes."""
        self.place(member, value.to_bytes(width, self._abi.byteorder))

    def place(self, member: str, value: bytes) -> None:
        """Write bytes. ValueError when they reach beyond the structure."""
        start = self._abi.offsetof(self._name, member)
        if start + len(value) > len(self._bytes):
            raise ValueError(f"{len(value)} bytes do not fit at {self._name}.{member}")
        self._bytes[start : start + len(value)] = value

    def get(self, member: str, width: int = 4) -> int:
        """Read an unsigned integer of `width` bytes."""
        start = self._abi.offsetof(self._name, member)
        return int.from_bytes(self._bytes[start : start + width], self._abi.byteorder)

    def take(self, member: str, size: int, skip: int = 0) -> bytes:
        """Read `size` bytes of a member, after its first `skip`."""
        start = self._abi.offsetof(self._name, member) + skip
        return bytes(self._bytes[start : start + size])
