"""The greeting both sides of a link send: ours made, the peer's judged."""

from __future__ import annotations

from everleaf.control.crypto import Crypto, Identity
from everleaf.errors import WireError
from everleaf.uri import LinkURI
from everleaf.wire.handshake import MAJOR, MINOR, Meta

OTHER_PASSWORD = "its greeting is not signed for our password"
OTHER_KEY = "its key is not the one in the peer's URI"


class Greeter:
    """Speaks for our identity. The signed digest is keyed with the link's password, so both ends need the same one."""

    def __init__(self, identity: Identity, crypto: Crypto) -> None:
        self._identity = identity
        self._crypto = crypto

    def greet(self, uri: LinkURI) -> bytes:
        """Our greeting for a link with these options."""
        signature = self._identity.sign(self._crypto.blake2b(self._identity.public, uri.password))
        return Meta(self._identity.public, uri.priority, signature).encode()

    def judge(self, uri: LinkURI, data: bytes) -> Meta:
        """The peer's greeting; raises WireError when it cannot be a peer on this link."""
        meta = Meta.decode(data)
        if not self._crypto.verify(meta.key, self._crypto.blake2b(meta.key, uri.password), meta.signature):
            raise WireError(OTHER_PASSWORD)
        if (meta.major, meta.minor) != (MAJOR, MINOR):
            raise WireError(f"it speaks protocol {meta.major}.{meta.minor}, not {MAJOR}.{MINOR}")
        if uri.keys and meta.key not in uri.keys:
            raise WireError(OTHER_KEY)
        return meta
