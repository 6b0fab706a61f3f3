"""Sealed payload on its way through the tree. The core forwards it; this is its slow twin, for simulator and tests."""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar

from everleaf.wire.codec import KEY_SIZE, Path, Reader, put_path, put_uvarint
from everleaf.wire.frame_type import FrameType, LinkMessage


@dataclass(frozen=True, slots=True)
class Traffic(LinkMessage):
    """One session payload from `source` to `dest`.

    Wire: path:path origin:path source[32] dest[32] watermark:uvarint payload. Forwarders lower the watermark only.
    """

    TYPE: ClassVar[FrameType] = FrameType.TRAFFIC

    path: Path  # coordinates of `dest`, as the sender knows them
    origin: Path  # coordinates of `source` when it sent
    source: bytes
    dest: bytes
    watermark: int  # tree distance that must shrink at every hop
    payload: bytes  # may be empty

    def encode(self) -> bytes:
        where = put_path(self.path) + put_path(self.origin)
        return where + self.source + self.dest + put_uvarint(self.watermark) + self.payload

    @classmethod
    def decode(cls, body: bytes) -> Traffic:
        """Raise WireError on a short or overflowing body; whatever follows the watermark is payload."""
        r = Reader(body)
        return cls(r.path(), r.path(), r.take(KEY_SIZE), r.take(KEY_SIZE), r.uvarint(), r.rest())
