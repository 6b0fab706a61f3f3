"""Messages that find paths: where is that key, here I am, and your path leads nowhere."""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar

from everleaf.wire.codec import KEY_SIZE, SIGNATURE_SIZE, Path, Reader, put_path, put_uvarint
from everleaf.wire.frame_type import FrameType, LinkMessage


def statement(seq: int, coords: Path) -> bytes:
    """What the answering node signs in a PathNotify: where it is, and when."""
    return put_uvarint(seq) + put_path(coords)


@dataclass(frozen=True, slots=True)
class PathLookup(LinkMessage):
    """Ask the tree where `dest` lives.

    Wire: source[32] dest[32] origin:path. Unsigned, so it proves nothing.
    """

    TYPE: ClassVar[FrameType] = FrameType.PATH_LOOKUP

    source: bytes  # key of the asker
    dest: bytes  # key looked up; may be a partial key and no curve point
    origin: Path  # coordinates of the asker

    def encode(self) -> bytes:
        return self.source + self.dest + put_path(self.origin)

    @classmethod
    def decode(cls, body: bytes) -> PathLookup:
        """Raise WireError on a short, long or overflowing body."""
        r = Reader(body)
        msg = cls(r.take(KEY_SIZE), r.take(KEY_SIZE), r.path())
        r.finish()
        return msg


@dataclass(frozen=True, slots=True)
class PathNotify(LinkMessage):
    """The answer to a lookup, routed by coordinates to the asker.

    Wire: path:path watermark:uvarint source[32] dest[32] seq:uvarint coords:path sig[64].
    Forwarders lower the watermark and touch nothing else; the signature covers seq and coords only.
    """

    TYPE: ClassVar[FrameType] = FrameType.PATH_NOTIFY

    path: Path  # where to deliver: the lookup's origin
    watermark: int
    source: bytes  # the node that answers
    dest: bytes  # the node that asked
    seq: int  # Unix time of signing; a newer one wins
    coords: Path  # of `source`
    sig: bytes  # by `source`

    @property
    def statement(self) -> bytes:
        """What `sig` covers."""
        return statement(self.seq, self.coords)

    def encode(self) -> bytes:
        where = put_path(self.path) + put_uvarint(self.watermark)
        return where + self.source + self.dest + self.statement + self.sig

    @classmethod
    def decode(cls, body: bytes) -> PathNotify:
        """Raise WireError on a short, long or overflowing body. The signature is not looked at."""
        r = Reader(body)
        msg = cls(
            path=r.path(),
            watermark=r.uvarint(),
            source=r.take(KEY_SIZE),
            dest=r.take(KEY_SIZE),
            seq=r.uvarint(),
            coords=r.path(),
            sig=r.take(SIGNATURE_SIZE),
        )
        r.finish()
        return msg


@dataclass(frozen=True, slots=True)
class PathBroken(LinkMessage):
    """Traffic met a dead end; routed by coordinates to its source.

    Wire: path:path watermark:uvarint source[32] dest[32]. Unsigned, so it proves nothing.
    """

    TYPE: ClassVar[FrameType] = FrameType.PATH_BROKEN

    path: Path  # where to deliver: the origin of the failed traffic
    watermark: int
    source: bytes  # of the failed traffic, so the addressee of this
    dest: bytes  # what could not be reached

    def encode(self) -> bytes:
        return put_path(self.path) + put_uvarint(self.watermark) + self.source + self.dest

    @classmethod
    def decode(cls, body: bytes) -> PathBroken:
        """Raise WireError on a short, long or overflowing body."""
        r = Reader(body)
        msg = cls(r.path(), r.uvarint(), r.take(KEY_SIZE), r.take(KEY_SIZE))
        r.finish()
        return msg
