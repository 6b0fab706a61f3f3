"""The greeting both sides of a link send before any frame.

Wire: "meta" length:u16, then `length` bytes: TLVs (type:u16 size:u16 value) and, last, signature[64].
The signature is the node's, over BLAKE2b-512 of its key, itself keyed with the link password. It covers neither the
priority nor this connection, so it proves little: control asks for more before it trusts a link.
"""

from __future__ import annotations

from dataclasses import dataclass
from enum import IntEnum

from everleaf.errors import WireError
from everleaf.wire.codec import KEY_SIZE, SIGNATURE_SIZE, Reader

MAJOR = 0
MINOR = 5
META_MAX = 1024  # bytes in all; ours has 123, and the other side is not authenticated yet

_MAGIC = b"meta"


class _Tag(IntEnum):
    MAJOR = 0
    MINOR = 1
    KEY = 2
    PRIORITY = 3


_SIZES: dict[int, int] = {_Tag.MAJOR: 2, _Tag.MINOR: 2, _Tag.KEY: KEY_SIZE, _Tag.PRIORITY: 1}


@dataclass(frozen=True, slots=True)
class Meta:
    """Who we are, which protocol we speak, and how much we like this link."""

    key: bytes
    priority: int  # 0 to 255; lower is preferred, and the higher of both sides' counts
    signature: bytes
    major: int = MAJOR
    minor: int = MINOR

    def encode(self) -> bytes:
        """The whole greeting, magic included."""
        fields = (
            (_Tag.MAJOR, self.major.to_bytes(2)),
            (_Tag.MINOR, self.minor.to_bytes(2)),
            (_Tag.KEY, self.key),
            (_Tag.PRIORITY, self.priority.to_bytes(1)),
        )
        body = b"".join(tag.to_bytes(2) + len(value).to_bytes(2) + value for tag, value in fields) + self.signature
        return _MAGIC + len(body).to_bytes(2) + body

    @classmethod
    def decode(cls, data: bytes) -> Meta:
        """Read the whole greeting, magic included. Judges neither version nor signature.

        Fields may come in any order; unknown ones are skipped, of repeated ones the last counts, and the key must be
        there. Raises WireError, also on a known field of the wrong size and on more than META_MAX bytes.
        """
        if len(data) > META_MAX:
            raise WireError(f"a greeting of {len(data)} bytes is too long")
        r = Reader(data)
        if r.take(len(_MAGIC)) != _MAGIC:
            raise WireError("does not greet like a node")
        length = r.u16()
        if length < SIGNATURE_SIZE:
            raise WireError("a greeting is unsigned")
        fields = _fields(r.take(length - SIGNATURE_SIZE))
        signature = r.take(SIGNATURE_SIZE)
        r.finish()
        if _Tag.KEY not in fields:
            raise WireError("a greeting has no key")
        return cls(
            key=fields[_Tag.KEY],
            priority=int.from_bytes(fields.get(_Tag.PRIORITY, b"")),
            signature=signature,
            major=int.from_bytes(fields.get(_Tag.MAJOR, b"")),
            minor=int.from_bytes(fields.get(_Tag.MINOR, b"")),
        )


def _fields(data: bytes) -> dict[int, bytes]:
    r = Reader(data)
    fields = {}
    while r.left:
        tag, size = r.u16(), r.u16()
        if size != _SIZES.get(tag, size):
            raise WireError(f"greeting field {tag} has {size} bytes")
        fields[tag] = r.take(size)
    return fields
