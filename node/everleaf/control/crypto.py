"""The cryptography control needs, passed in: the core's in the daemon, a cheap fake in the simulator."""

from __future__ import annotations

from typing import Protocol


class SharedKey(Protocol):
    """A box key between two X25519 keys. Opaque; its `repr` is `...`; wiped when dropped."""


class BoxKey(Protocol):
    """One X25519 key pair, the private half inside; wiped when dropped."""

    @property
    def public(self) -> bytes:
        """The 32-byte public half."""
        ...

    def shared(self, their_public: bytes) -> SharedKey | None:
        """The box key with `their_public` (32 bytes); None when the result would be all zero (low order)."""
        ...

    def seal_to(self, dest: bytes, plaintext: bytes) -> bytes | None:
        """Box (tag first, nonce zero) for the node with Ed25519 key `dest`; None if that key cannot be converted."""
        ...


class Identity(Protocol):
    """Our own Ed25519 key."""

    @property
    def public(self) -> bytes:
        """The 32-byte public key: who we are."""
        ...

    def sign(self, message: bytes) -> bytes:
        """Plain Ed25519, 64 bytes."""
        ...

    def open_box(self, ephemeral: bytes, box: bytes) -> bytes | None:
        """Open what `BoxKey.seal_to` made for us with public half `ephemeral`; None if it does not open."""
        ...


class Crypto(Protocol):
    """Everything else."""

    def verify(self, key: bytes, message: bytes, signature: bytes) -> bool:
        """Ed25519 by the network's rules: small-order and non-canonical keys are judged as OpenSSL does."""
        ...

    def box_key(self) -> BoxKey:
        """A fresh X25519 key pair."""
        ...

    def blake2b(self, message: bytes, key: bytes) -> bytes:
        """BLAKE2b-512, unkeyed when `key` is empty; 64 bytes."""
        ...

    def sha256(self, message: bytes) -> bytes:
        """32 bytes."""
        ...

    def random(self, size: int) -> bytes:
        """`size` bytes nobody can guess."""
        ...
