"""The numbers of the link messages, and what those messages have in common."""

from __future__ import annotations

from enum import IntEnum
from typing import ClassVar


class FrameType(IntEnum):
    """First byte of a frame. Any other value ends the link."""

    DUMMY = 0
    KEEPALIVE = 1
    SIG_REQ = 2
    SIG_RES = 3
    ANNOUNCE = 4
    BLOOM = 5
    PATH_LOOKUP = 6
    PATH_NOTIFY = 7
    PATH_BROKEN = 8
    TRAFFIC = 9


class LinkMessage:
    """Base of the messages that fill one frame each. All have a classmethod `decode(body)`, the twin of `encode`."""

    __slots__ = ()
    TYPE: ClassVar[FrameType]

    def encode(self) -> bytes:
        """The body: the frame without its type byte."""
        raise NotImplementedError

    def frame(self) -> bytes:
        """Type byte and body."""
        return bytes((self.TYPE,)) + self.encode()
