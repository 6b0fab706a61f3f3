"""Frames: a stream of bytes to type-and-body units, and those to messages.

Wire: n:uvarint type[1] body[n-1], with 1 <= n <= MAX_FRAME. Frames start right behind the greeting.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import ClassVar

from everleaf.errors import WireError
from everleaf.wire.bloom import Bloom
from everleaf.wire.codec import get_uvarint, put_uvarint
from everleaf.wire.frame_type import FrameType, LinkMessage
from everleaf.wire.pathfinder import PathBroken, PathLookup, PathNotify
from everleaf.wire.traffic import Traffic
from everleaf.wire.tree import Announce, SigReq, SigRes

__all__ = [
    "MAX_FRAME",
    "Announce",
    "Bloom",
    "Dummy",
    "FrameType",
    "Keepalive",
    "Message",
    "PathBroken",
    "PathLookup",
    "PathNotify",
    "SigReq",
    "SigRes",
    "Splitter",
    "Traffic",
    "decode",
    "join",
]

MAX_FRAME = 131070  # bytes of type and body; twice 65535


@dataclass(frozen=True, slots=True)
class Dummy(LinkMessage):
    """Nothing. Never sent; its body is ignored."""

    TYPE: ClassVar[FrameType] = FrameType.DUMMY

    def encode(self) -> bytes:
        return b""

    @classmethod
    def decode(cls, _body: bytes) -> Dummy:
        """Never fails."""
        return cls()


@dataclass(frozen=True, slots=True)
class Keepalive(LinkMessage):
    """We heard you and have nothing to say. Its body is ignored."""

    TYPE: ClassVar[FrameType] = FrameType.KEEPALIVE

    def encode(self) -> bytes:
        return b""

    @classmethod
    def decode(cls, _body: bytes) -> Keepalive:
        """Never fails."""
        return cls()


Message = Dummy | Keepalive | SigReq | SigRes | Announce | Bloom | PathLookup | PathNotify | PathBroken | Traffic

_DECODERS: dict[int, Callable[[bytes], Message]] = {
    FrameType.DUMMY: Dummy.decode,
    FrameType.KEEPALIVE: Keepalive.decode,
    FrameType.SIG_REQ: SigReq.decode,
    FrameType.SIG_RES: SigRes.decode,
    FrameType.ANNOUNCE: Announce.decode,
    FrameType.BLOOM: Bloom.decode,
    FrameType.PATH_LOOKUP: PathLookup.decode,
    FrameType.PATH_NOTIFY: PathNotify.decode,
    FrameType.PATH_BROKEN: PathBroken.decode,
    FrameType.TRAFFIC: Traffic.decode,
}


def decode(frame: bytes) -> Message:
    """The message in one frame (type byte and body). Raises WireError."""
    if not frame:
        raise WireError("a frame is empty")
    decoder = _DECODERS.get(frame[0])
    if decoder is None:
        raise WireError(f"frame type {frame[0]} does not exist")
    return decoder(frame[1:])


def join(frame: bytes) -> bytes:
    """One frame as it goes into the stream: its length, then type byte and body."""
    if not 1 <= len(frame) <= MAX_FRAME:
        raise ValueError(f"a frame of {len(frame)} bytes cannot be sent")
    return put_uvarint(len(frame)) + frame


class Splitter:
    """Cuts a stream into frames, however the bytes arrive. The slow twin of the core's `split`."""

    __slots__ = ("_pending",)

    def __init__(self) -> None:
        self._pending = bytearray()

    def feed(self, data: bytes) -> list[bytes]:
        """The frames (type byte and body) that `data` completes.

        Raises WireError on a length of 0, above MAX_FRAME or malformed; the stream is beyond repair then.
        """
        pending = self._pending
        pending += data
        frames = []
        done = 0
        while (head := get_uvarint(pending, done)) is not None:
            size, start = head
            if not 1 <= size <= MAX_FRAME:
                raise WireError(f"a frame claims {size} bytes")
            if start + size > len(pending):
                break
            done = start + size
            frames.append(bytes(pending[start:done]))
        del pending[:done]
        return frames
