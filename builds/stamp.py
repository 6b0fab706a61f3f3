"""What a kept thing was made from, as a digest beside it: when that changes, it is made anew."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass
from pathlib import Path


@dataclass(frozen=True, slots=True)
class Stamp:
    """One thing's, in a file of its own."""

    path: Path
    digest: str

    @classmethod
    def of(cls, name: str, place: Path, *made_from: object) -> Stamp:
        """That of `name`, kept in `place`. `made_from` is all that could make it another thing, as text."""
        told = "\n".join(map(str, made_from))
        return cls(place / f"{name}.made", hashlib.sha256(told.encode()).hexdigest())

    def fits(self) -> bool:
        """Whether what is there was finished, and made from the same."""
        return self.path.exists() and self.path.read_text() == self.digest

    def lift(self) -> None:
        """Before it is made: half a thing fits nobody."""
        self.path.unlink(missing_ok=True)

    def put(self) -> None:
        """It is made."""
        self.path.write_text(self.digest)
