"""Cheap, deterministic cryptography for simulations: every signature and box is a hash.

It protects nothing, for the keys are public, but whatever was tampered with does not verify or open. It keeps the
contract of `everleaf.control.crypto`; the same tests run on it and on the core's.
"""

from __future__ import annotations

import hashlib
import random
from dataclasses import dataclass

ZERO_KEY = bytes(32)


@dataclass(frozen=True, slots=True, repr=False)
class FakeSharedKey:
    """What both ends of a box know."""

    value: bytes

    def seal(self, nonce: int, plaintext: bytes) -> bytes:
        """A box: tag first."""
        return _hash(16, self.value, nonce.to_bytes(8), plaintext) + plaintext

    def open(self, nonce: int, box: bytes) -> bytes | None:
        """None when the tag is wrong."""
        return box[16:] if self.seal(nonce, box[16:]) == box else None


class FakeBoxKey:
    """Stands for an X25519 pair; the shared key is a hash of both public halves."""

    def __init__(self, private: bytes) -> None:
        self.public = _hash(32, b"box", private)

    def shared(self, their_public: bytes) -> FakeSharedKey | None:
        """None for the all-zero key, which stands for all of low order."""
        if their_public == ZERO_KEY:
            return None
        return FakeSharedKey(_hash(32, b"shared", *sorted((self.public, their_public))))

    def seal_to(self, dest: bytes, plaintext: bytes) -> bytes | None:
        """None for the all-zero key, which stands for all that are no points."""
        return None if dest == ZERO_KEY else _to_identity(self.public, dest).seal(0, plaintext)


class FakeIdentity:
    """Stands for an Ed25519 key."""

    def __init__(self, seed: bytes) -> None:
        self.public = _hash(32, b"identity", seed)

    def sign(self, message: bytes) -> bytes:
        """What anybody could compute, and nobody does by accident."""
        return _signature(self.public, message)

    def open_box(self, ephemeral: bytes, box: bytes) -> bytes | None:
        """Open what was sealed to us."""
        return _to_identity(ephemeral, self.public).open(0, box)


class FakeCrypto:
    """Everything else, with its own reproducible dice."""

    def __init__(self, seed: object) -> None:
        self._dice = random.Random(f"crypto {seed}")
        self.verified = 0  # signatures looked at

    def verify(self, key: bytes, message: bytes, signature: bytes) -> bool:
        """Whether it is the one `sign` makes."""
        self.verified += 1
        return signature == _signature(key, message)

    def box_key(self) -> FakeBoxKey:
        """A fresh pair."""
        return FakeBoxKey(self.random(32))

    def blake2b(self, message: bytes, key: bytes) -> bytes:
        """The real one."""
        return hashlib.blake2b(message, key=key).digest()

    def sha256(self, message: bytes) -> bytes:
        """The real one."""
        return hashlib.sha256(message).digest()

    def random(self, size: int) -> bytes:
        """Bytes that the seed decides."""
        return self._dice.randbytes(size)


def _signature(key: bytes, message: bytes) -> bytes:
    return _hash(64, b"signature", key, message)


def _to_identity(ephemeral: bytes, dest: bytes) -> FakeSharedKey:
    return FakeSharedKey(_hash(32, b"to", ephemeral, dest))


def _hash(size: int, *parts: bytes) -> bytes:
    return hashlib.blake2b(b"|".join(parts), digest_size=size).digest()
