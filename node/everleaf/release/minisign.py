"""Keys and signatures as minisign writes them. Source: "Signature format" at jedisct1.github.io/minisign.

Only the prehashed form is read, in which the signature is of the file's BLAKE2b-512: what cannot be held in memory is
judged in the same way as what can, and minisign has written no other for years.
"""

from __future__ import annotations

import binascii
from base64 import b64decode
from collections.abc import Callable
from dataclasses import dataclass

from everleaf.errors import UntrustedError

Verify = Callable[[bytes, bytes, bytes], bool]  # Ed25519: key, message, signature

_KEY, _PREHASHED, _LEGACY = b"Ed", b"ED", b"Ed"
_TRUSTED = "trusted comment: "
_NO_KEY = "give the second line of the file that `minisign -G` calls minisign.pub"
_NO_SIGNATURE = "fetch it again, from where the file comes from"


@dataclass(frozen=True, slots=True)
class PublicKey:
    """Whose signatures are taken."""

    number: bytes  # 8 bytes, by which minisign tells keys apart
    key: bytes  # 32 bytes, Ed25519

    @classmethod
    def parse(cls, text: str) -> PublicKey:
        """From the file of a key, or its second line alone. Raises UntrustedError."""
        raw = _decoded(text.strip().splitlines()[-1] if text.strip() else "")
        if len(raw) != 42 or raw[:2] != _KEY:
            raise UntrustedError("this is no public key of minisign", fix=_NO_KEY)
        return cls(raw[2:10], raw[10:])

    @property
    def name(self) -> str:
        """As minisign shows it."""
        return _name(self.number)


@dataclass(frozen=True, slots=True)
class Signature:
    """One signature of a file, and one of that together with its trusted comment."""

    number: bytes  # of the key
    of_file: bytes  # 64 bytes, over the file's BLAKE2b-512
    comment: str  # the trusted one
    of_comment: bytes  # 64 bytes, over `of_file` and the comment

    @classmethod
    def parse(cls, text: str) -> Signature:
        """From the file of a signature. Raises UntrustedError."""
        lines = text.splitlines()
        if len(lines) != 4 or not lines[2].startswith(_TRUSTED):
            raise UntrustedError("this is no signature of minisign", fix=_NO_SIGNATURE)
        raw, proof = _decoded(lines[1]), _decoded(lines[3])
        if raw[:2] == _LEGACY:
            raise UntrustedError("this signature is not prehashed", fix="sign with minisign -S -H")
        if len(raw) != 74 or raw[:2] != _PREHASHED or len(proof) != 64:
            raise UntrustedError("this is no signature of minisign", fix=_NO_SIGNATURE)
        return cls(raw[2:10], raw[10:], lines[2].removeprefix(_TRUSTED), proof)

    def judge(self, key: PublicKey, digest: bytes, verify: Verify) -> None:
        """Raise UntrustedError unless `key` signed a file of this BLAKE2b-512, and the comment."""
        if self.number != key.number:
            fix = "take the file from who is trusted, or learn the new key by a way that you trust"
            raise UntrustedError(f"it is signed by key {_name(self.number)}, not by {key.name}", fix=fix)
        if not verify(key.key, digest, self.of_file):
            raise UntrustedError("the signature is wrong: the file is not the one that was signed", fix=_NO_SIGNATURE)
        if not verify(key.key, self.of_file + self.comment.encode(), self.of_comment):
            raise UntrustedError("the signature's trusted comment was changed", fix=_NO_SIGNATURE)


def _decoded(line: str) -> bytes:
    try:
        return b64decode(line, validate=True)
    except (binascii.Error, ValueError):
        return b""


def _name(number: bytes) -> str:
    return number[::-1].hex().upper()
