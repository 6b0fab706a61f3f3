"""Inits and acks: our keys for a session, signed, boxed and sent; the peer's, opened and checked."""

from __future__ import annotations

from dataclasses import replace

from everleaf.control.crypto import Crypto, Identity
from everleaf.errors import WireError
from everleaf.wire.session import Handshake, KeyOffer, PayloadKind


class Offers:
    """Seals and opens key offers.

    `group_secret` is 32 bytes or empty. It is signed in front of every offer and never sent, so nodes that have
    another one, or none, find each other's signatures wrong.
    """

    def __init__(self, identity: Identity, crypto: Crypto, group_secret: bytes) -> None:
        self._identity = identity
        self._crypto = crypto
        self._group_secret = group_secret

    def seal(self, kind: PayloadKind, dest: bytes, offer: KeyOffer) -> bytes | None:
        """The init or ack that carries `offer` (its signature is filled in); None if `dest` is no proper key."""
        ephemeral = self._crypto.box_key()
        signature = self._identity.sign(self._group_secret + offer.statement(ephemeral.public))
        box = ephemeral.seal_to(dest, replace(offer, signature=signature).encode())
        return None if box is None else Handshake(kind, ephemeral.public, box).encode()

    def open(self, source: bytes, payload: bytes) -> tuple[PayloadKind, KeyOffer] | None:
        """What `source` offers; None unless it is well formed, made for us and signed by `source`."""
        try:
            handshake = Handshake.decode(payload)
        except WireError:
            return None
        plaintext = self._identity.open_box(handshake.ephemeral, handshake.box)
        if plaintext is None:
            return None
        offer = KeyOffer.decode(plaintext)
        statement = self._group_secret + offer.statement(handshake.ephemeral)
        return (handshake.kind, offer) if self._crypto.verify(source, statement, offer.signature) else None
