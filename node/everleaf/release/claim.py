"""What a signature says of a file besides that it is whole: its name and its version, in the trusted comment."""

from __future__ import annotations

from dataclasses import dataclass
from hashlib import blake2b, file_digest
from pathlib import Path

from everleaf.errors import UntrustedError
from everleaf.release.minisign import PublicKey, Signature, Verify
from everleaf.release.version import older


def digest_of(path: Path) -> bytes:
    """The BLAKE2b-512 of a file, which is what a signature is of. Raises OSError."""
    with path.open("rb") as file:
        return file_digest(file, blake2b).digest()


@dataclass(frozen=True, slots=True)
class Claim:
    """Which file of which release this is, as its maker says."""

    file: str
    version: str

    @classmethod
    def parse(cls, comment: str) -> Claim:
        """From a trusted comment. Raises UntrustedError."""
        words = dict(word.split(":", 1) for word in comment.split("\t") if ":" in word)
        if not words.get("file") or not words.get("version"):
            raise UntrustedError(f'the trusted comment "{comment}" names no file and version', fix="ask who signed it")
        return cls(words["file"], words["version"])

    @property
    def comment(self) -> str:
        """The trusted comment that says it."""
        return f"file:{self.file}\tversion:{self.version}"


@dataclass(frozen=True, slots=True)
class Trust:
    """Whose releases are taken, and by what a signature is checked."""

    key: PublicKey
    verify: Verify

    def judge(self, name: str, digest: bytes, signature: str, oldest: str = "") -> Claim:
        """What is claimed of a file called `name` with this BLAKE2b-512, by the text of its signature.

        Raises UntrustedError, which says what is wrong: key, signature, another file's signature, a version before
        `oldest`.
        """
        try:
            signed = Signature.parse(signature)
            signed.judge(self.key, digest, self.verify)
            claim = Claim.parse(signed.comment)
        except UntrustedError as error:
            raise UntrustedError(f"{name}: {error.message}", fix=error.fix) from None
        if claim.file != name:
            fix = "it was renamed, or put in the place of another; fetch the one you want"
            raise UntrustedError(f"{name} is {claim.file} of version {claim.version}", fix=fix)
        if oldest and older(claim.version, oldest):
            fix = "an old version comes back in the place of a new one; ask for it by name if you want it"
            raise UntrustedError(f"{name} is of version {claim.version}, before {oldest}", fix=fix)
        return claim
