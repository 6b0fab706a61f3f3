"""The filter of the keys reachable through one link.

Wire: zero flags[16] one flags[16], one bit per 64-bit chunk, the first chunk in the highest bit: the chunk is all 0, or
all 1. Then each chunk flagged in neither list, big-endian, in order.
"""

from __future__ import annotations

import struct
from dataclasses import dataclass
from typing import ClassVar

from everleaf.errors import WireError
from everleaf.wire.codec import MAX_UINT64, Reader
from everleaf.wire.frame_type import FrameType, LinkMessage

BLOOM_BITS = 8192

_CHUNKS = 128
_FLAGS_SIZE = 16
_MEMORY = struct.Struct(f"<{_CHUNKS}Q")  # the int's own bytes, little-endian, so bit n is bit n % 64 of chunk n // 64


@dataclass(frozen=True, slots=True)
class Bloom(LinkMessage):
    """Replaces the filter the receiver holds for the sender."""

    TYPE: ClassVar[FrameType] = FrameType.BLOOM

    bits: int  # bit n of the filter is bit n of this number

    def encode(self) -> bytes:
        zeros = ones = 0
        literal = []
        for chunk in _MEMORY.unpack(self.bits.to_bytes(_MEMORY.size, "little")):
            zeros <<= 1
            ones <<= 1
            if chunk == 0:
                zeros |= 1
            elif chunk == MAX_UINT64:
                ones |= 1
            else:
                literal.append(chunk)
        return zeros.to_bytes(_FLAGS_SIZE) + ones.to_bytes(_FLAGS_SIZE) + struct.pack(f">{len(literal)}Q", *literal)

    @classmethod
    def decode(cls, body: bytes) -> Bloom:
        """Raise WireError on missing or surplus chunks, or a chunk flagged both ways."""
        r = Reader(body)
        zeros = int.from_bytes(r.take(_FLAGS_SIZE))
        ones = int.from_bytes(r.take(_FLAGS_SIZE))
        if zeros & ones:
            raise WireError("a filter chunk is flagged all 0 and all 1")
        chunks = []
        for n in reversed(range(_CHUNKS)):
            if zeros >> n & 1:
                chunks.append(0)
            elif ones >> n & 1:
                chunks.append(MAX_UINT64)
            else:
                chunks.append(r.u64())
        r.finish()
        return cls(int.from_bytes(_MEMORY.pack(*chunks), "little"))
