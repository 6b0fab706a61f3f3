"""Messages that build the spanning tree: ask a peer to be our parent, its consent, and the announcement of both.

One statement is signed by parent and child alike: key[32] parent[32] seq:uvarint nonce:uvarint port:uvarint.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar

from everleaf.wire.codec import KEY_SIZE, SIGNATURE_SIZE, Reader, put_uvarint
from everleaf.wire.frame_type import FrameType, LinkMessage


def statement(key: bytes, parent: bytes, seq: int, nonce: int, port: int) -> bytes:
    """What `parent` signs in a SigRes, and both sign in an Announce: `key` hangs below `parent` at `port`."""
    return key + parent + put_uvarint(seq) + put_uvarint(nonce) + put_uvarint(port)


@dataclass(frozen=True, slots=True)
class SigReq(LinkMessage):
    """Sign me a place below you. Answered at once, whatever the numbers, so it also measures the link.

    Wire: seq:uvarint nonce:uvarint.
    """

    TYPE: ClassVar[FrameType] = FrameType.SIG_REQ

    seq: int  # of the announce the sender would make of the answer
    nonce: int  # 64 random bits

    def encode(self) -> bytes:
        return put_uvarint(self.seq) + put_uvarint(self.nonce)

    @classmethod
    def decode(cls, body: bytes) -> SigReq:
        """Raise WireError on a short, long or overflowing body."""
        r = Reader(body)
        msg = cls(r.uvarint(), r.uvarint())
        r.finish()
        return msg


@dataclass(frozen=True, slots=True)
class SigRes(LinkMessage):
    """Consent to be the requester's parent.

    Wire: seq:uvarint nonce:uvarint port:uvarint psig[64]. The statement's key and parent are the two ends of the link.
    """

    TYPE: ClassVar[FrameType] = FrameType.SIG_RES

    seq: int  # copied from the request
    nonce: int  # copied from the request
    port: int  # the responder's port for the requester
    psig: bytes  # by the responder, over the statement

    def encode(self) -> bytes:
        return put_uvarint(self.seq) + put_uvarint(self.nonce) + put_uvarint(self.port) + self.psig

    @classmethod
    def decode(cls, body: bytes) -> SigRes:
        """Raise WireError on a short, long or overflowing body. The signature is not looked at."""
        r = Reader(body)
        msg = cls(r.uvarint(), r.uvarint(), r.uvarint(), r.take(SIGNATURE_SIZE))
        r.finish()
        return msg


@dataclass(frozen=True, slots=True)
class Announce(LinkMessage):
    """Where one node is in the tree: below `parent`, at the parent's `port`. A root is its own parent, at port 0.

    Wire: key[32] parent[32] seq:uvarint nonce:uvarint port:uvarint psig[64] sig[64].
    """

    TYPE: ClassVar[FrameType] = FrameType.ANNOUNCE

    key: bytes
    parent: bytes
    seq: int
    nonce: int
    port: int
    psig: bytes  # by `parent`
    sig: bytes  # by `key`

    @property
    def statement(self) -> bytes:
        """What both signatures cover, with minimal numbers however they came."""
        return statement(self.key, self.parent, self.seq, self.nonce, self.port)

    def encode(self) -> bytes:
        return self.statement + self.psig + self.sig

    @classmethod
    def decode(cls, body: bytes) -> Announce:
        """Raise WireError on a short, long or overflowing body. Neither signatures nor port are judged."""
        r = Reader(body)
        msg = cls(
            key=r.take(KEY_SIZE),
            parent=r.take(KEY_SIZE),
            seq=r.uvarint(),
            nonce=r.uvarint(),
            port=r.uvarint(),
            psig=r.take(SIGNATURE_SIZE),
            sig=r.take(SIGNATURE_SIZE),
        )
        r.finish()
        return msg
