"""What every message is made of: numbers (uvarint), paths, and a reader that refuses leftovers."""

from __future__ import annotations

from everleaf.errors import LongPathError, WireError

KEY_SIZE = 32  # Ed25519 and X25519 public keys alike
SIGNATURE_SIZE = 64
MAX_UINT64 = 2**64 - 1
MAX_VARINT = 10  # bytes; 7 bits each
MAX_PORTS = 256  # per path; real trees are a few dozen deep, and next_hop walks all of them

Path = tuple[int, ...]
"""Ports from one node to another, never 0. Coordinates are the path from the root."""


def put_uvarint(number: int) -> bytes:
    """The shortest form, as everything signed requires: unsigned LEB128, at most ten bytes."""
    if number > MAX_UINT64:
        raise ValueError(f"{number} does not fit in 64 bits")
    out = bytearray()
    while number > 0x7F:
        out.append(number & 0x7F | 0x80)
        number >>= 7
    out.append(number)
    return bytes(out)


def get_uvarint(data: bytes | bytearray, at: int) -> tuple[int, int] | None:
    """The number at `at` and the offset behind it; None when `data` ends within it.

    Padded forms are accepted, as by every node of the network. Raises WireError above 64 bits or ten bytes.
    """
    number = shift = 0
    for byte in data[at : at + MAX_VARINT]:
        number |= (byte & 0x7F) << shift
        shift += 7
        if byte < 0x80:
            if number > MAX_UINT64:
                raise WireError("a number exceeds 64 bits")
            return number, at + shift // 7
    if shift == 7 * MAX_VARINT:
        raise WireError("a number is longer than ten bytes")
    return None


def put_path(path: Path) -> bytes:
    """The ports, then the 0 that ends a path."""
    return b"".join(map(put_uvarint, path)) + b"\0"


class Reader:
    """Takes fields off the front of one message. Every method raises WireError when the bytes are not there."""

    __slots__ = ("_at", "_data")

    def __init__(self, data: bytes) -> None:
        self._data = data
        self._at = 0

    @property
    def left(self) -> int:
        """Bytes not taken yet."""
        return len(self._data) - self._at

    def take(self, size: int) -> bytes:
        """The next `size` bytes."""
        start = self._at
        end = self._at = start + size
        if end > len(self._data):
            raise WireError(f"ends {end - len(self._data)} bytes early")
        return self._data[start:end]

    def u16(self) -> int:
        """Two bytes, big-endian."""
        return int.from_bytes(self.take(2))

    def u64(self) -> int:
        """Eight bytes, big-endian."""
        return int.from_bytes(self.take(8))

    def uvarint(self) -> int:
        """A number of 0 to MAX_UINT64."""
        found = get_uvarint(self._data, self._at)
        if found is None:
            raise WireError("ends within a number")
        number, self._at = found
        return number

    def path(self) -> Path:
        """Up to MAX_PORTS ports and their end; LongPathError when there are more."""
        ports = []
        while port := self.uvarint():
            ports.append(port)
            if len(ports) > MAX_PORTS:
                raise LongPathError(f"a path is longer than {MAX_PORTS} ports")
        return tuple(ports)

    def rest(self) -> bytes:
        """Everything that is left, possibly nothing."""
        return self.take(self.left)

    def finish(self) -> None:
        """Refuse leftovers."""
        if self.left:
            raise WireError(f"{self.left} bytes too many")
