"""A maker of releases for tests: signs as minisign does, with the core's Ed25519."""

from __future__ import annotations

from base64 import b64encode
from dataclasses import dataclass, field
from hashlib import blake2b

from everleaf import _core
from everleaf.release import Claim, Index, PublicKey, Trust

NUMBER = bytes(range(8))


@dataclass(slots=True)
class Signer:
    """One key."""

    seed: bytes = bytes(32)
    number: bytes = NUMBER
    identity: _core.Identity = field(init=False)

    def __post_init__(self) -> None:
        self.identity = _core.Identity(self.seed)

    @property
    def public(self) -> str:
        """The line that users are given."""
        return b64encode(b"Ed" + self.number + self.identity.public).decode()

    @property
    def trust(self) -> Trust:
        return Trust(PublicKey.parse(self.public), _core.verify)

    def sign(self, data: bytes, comment: str, algorithm: bytes = b"ED") -> str:
        """The text of a signature."""
        signature = self.identity.sign(blake2b(data).digest())
        proof = self.identity.sign(signature + comment.encode())
        lines = [b64encode(algorithm + self.number + signature).decode(), b64encode(proof).decode()]
        return f"untrusted comment: of a test\n{lines[0]}\ntrusted comment: {comment}\n{lines[1]}\n"

    def claim(self, data: bytes, file: str, version: str) -> str:
        """The text of a signature of a file of a release."""
        return self.sign(data, Claim(file, version).comment)

    def publish(self, directory, index: Index) -> None:
        """Write an index and its signature."""
        data = index.render().encode()
        (directory / "index.json").write_bytes(data)
        (directory / "index.json.minisig").write_text(self.claim(data, "index.json", index.version))
