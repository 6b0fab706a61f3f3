"""What travels as traffic payload: the session's own messages, sealed end to end.

Wire: kind[1], then per kind. Init and ack: ephemeral[32] box[160], the box holding a KeyOffer.
Traffic: local_seq:uvarint remote_seq:uvarint nonce:uvarint box. A box is a 16-byte tag and the sealed bytes.
"""

from __future__ import annotations

from dataclasses import dataclass
from enum import IntEnum

from everleaf.errors import WireError
from everleaf.wire.codec import KEY_SIZE, SIGNATURE_SIZE, Reader, put_uvarint

TAG_SIZE = 16
KEY_OFFER_SIZE = SIGNATURE_SIZE + 2 * KEY_SIZE + 16
HANDSHAKE_SIZE = 1 + KEY_SIZE + TAG_SIZE + KEY_OFFER_SIZE
SEALED_BOX_MIN = TAG_SIZE + KEY_SIZE  # the sender's next key, and an empty message


class PayloadKind(IntEnum):
    """First byte of a traffic payload. Dummies, and any other value, are ignored."""

    DUMMY = 0
    INIT = 1
    ACK = 2
    TRAFFIC = 3


@dataclass(frozen=True, slots=True)
class Handshake:
    """An init or an ack: our session keys, for the receiver's eyes only."""

    kind: PayloadKind  # INIT or ACK
    ephemeral: bytes  # X25519 key made for this one message
    box: bytes  # KeyOffer, sealed with nonce 0 to the receiver's identity

    def encode(self) -> bytes:
        """The whole payload, kind byte included."""
        return bytes((self.kind,)) + self.ephemeral + self.box

    @classmethod
    def decode(cls, payload: bytes) -> Handshake:
        """Read a whole payload; raise WireError on another kind or size."""
        if len(payload) != HANDSHAKE_SIZE:
            raise WireError(f"a session handshake of {len(payload)} bytes")
        if payload[0] not in (PayloadKind.INIT, PayloadKind.ACK):
            raise WireError(f"payload kind {payload[0]} is no session handshake")
        return cls(PayloadKind(payload[0]), payload[1 : 1 + KEY_SIZE], payload[1 + KEY_SIZE :])


@dataclass(frozen=True, slots=True)
class KeyOffer:
    """The sealed content of a handshake.

    Wire: signature[64] current[32] next[32] key_seq:u64 seq:u64. The receiver's key is not signed; the box binds it.
    """

    signature: bytes  # by the sender's identity, over the group secret (if any) and `statement`
    current: bytes  # sender's X25519 key number `key_seq`
    next: bytes  # and the one after it
    key_seq: int
    seq: int  # Unix time; a newer one wins

    def statement(self, ephemeral: bytes) -> bytes:
        """What the signature covers, behind the group secret."""
        return ephemeral + self._content()

    def encode(self) -> bytes:
        return self.signature + self._content()

    def _content(self) -> bytes:
        return self.current + self.next + self.key_seq.to_bytes(8) + self.seq.to_bytes(8)

    @classmethod
    def decode(cls, plaintext: bytes) -> KeyOffer:
        """Raise WireError on another size. The signature is not looked at."""
        r = Reader(plaintext)
        offer = cls(r.take(SIGNATURE_SIZE), r.take(KEY_SIZE), r.take(KEY_SIZE), r.u64(), r.u64())
        r.finish()
        return offer


@dataclass(frozen=True, slots=True)
class Sealed:
    """One sealed message. The header is in the clear and unauthenticated; a wrong number makes the box not open."""

    local_seq: int  # number of the sender's key
    remote_seq: int  # number of the receiver's key
    nonce: int
    box: bytes  # the sender's next X25519 key and the message

    def encode(self) -> bytes:
        """The whole payload, kind byte included."""
        header = put_uvarint(self.local_seq) + put_uvarint(self.remote_seq) + put_uvarint(self.nonce)
        return bytes((PayloadKind.TRAFFIC,)) + header + self.box

    @classmethod
    def decode(cls, payload: bytes) -> Sealed:
        """Read a whole payload; raise WireError on another kind or a box too short to hold anything."""
        r = Reader(payload)
        if r.take(1)[0] != PayloadKind.TRAFFIC:
            raise WireError(f"payload kind {payload[0]} is not sealed traffic")
        sealed = cls(r.uvarint(), r.uvarint(), r.uvarint(), r.rest())
        if len(sealed.box) < SEALED_BOX_MIN:
            raise WireError(f"a box of {len(sealed.box)} bytes holds nothing")
        return sealed
