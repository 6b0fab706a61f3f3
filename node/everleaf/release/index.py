"""The index of a release: every file with what it runs on, its size and its checksum. It is signed like the files."""

from __future__ import annotations

import json
import re
from collections.abc import Mapping
from dataclasses import asdict, dataclass, fields
from hashlib import file_digest
from pathlib import Path
from typing import Any

from everleaf.errors import UntrustedError
from everleaf.release.claim import Claim

INDEX = "index.json"

_NAME = re.compile(r"[A-Za-z0-9][A-Za-z0-9._+~-]*")  # never a path
_SHA256 = re.compile(r"[0-9a-f]{64}")
_FIX = "fetch it again, or ask who made the release"


@dataclass(frozen=True, slots=True)
class Artefact:
    """One file of a release."""

    name: str
    size: int  # bytes
    sha256: str  # 64 hexadecimal digits
    form: str = "program"  # or "folder", "deb" and other packages, "script", "sbom"
    os: str = ""
    arch: str = ""
    libc: str = ""
    minimum: str = ""  # what the system must have at least, such as "glibc 2.31"

    @classmethod
    def of(cls, path: Path, **words: str) -> Artefact:
        """The row of a file that is there."""
        with path.open("rb") as file:
            return cls(path.name, path.stat().st_size, file_digest(file, "sha256").hexdigest(), **words)

    def judge(self, path: Path, source: object = "") -> None:
        """Raise UntrustedError unless the file at `path` is this one; `source` is what it is called then."""
        found = Artefact.of(path)
        if (found.size, found.sha256) != (self.size, self.sha256):
            problem = f"{source or path} is not the {self.name} of the index: sha256 {found.sha256}, not {self.sha256}"
            raise UntrustedError(problem, fix=_FIX)


@dataclass(frozen=True, slots=True)
class Index:
    """All files of one version."""

    version: str
    files: tuple[Artefact, ...]

    @classmethod
    def parse(cls, data: bytes, claim: Claim) -> Index:
        """From the file's bytes, of which `claim` is signed. Raises UntrustedError."""
        try:
            read = json.loads(data)
            made = cls(str(read["version"]), tuple(_artefact(row) for row in read["files"]))
        except (ValueError, TypeError, KeyError) as error:
            raise UntrustedError(f"{claim.file} cannot be read: {error}", fix=_FIX) from None
        if made.version != claim.version:
            problem = f"{claim.file} lists version {made.version}, and is signed as {claim.version}"
            raise UntrustedError(problem, fix=_FIX)
        return made

    def render(self) -> str:
        """The file's text; the same for the same files."""
        rows = [{key: value for key, value in asdict(file).items() if value != ""} for file in self.files]
        return json.dumps({"version": self.version, "files": rows}, indent=2) + "\n"

    def named(self, name: str) -> Artefact:
        """The row of a file. Raises UntrustedError."""
        for file in self.files:
            if file.name == name:
                return file
        raise UntrustedError(f"version {self.version} has no file {name}", fix=_FIX)


def _artefact(row: Mapping[str, Any]) -> Artefact:
    known = {field.name: row[field.name] for field in fields(Artefact) if field.name in row}
    made = Artefact(**known)
    if not _NAME.fullmatch(made.name) or not _SHA256.fullmatch(made.sha256) or not isinstance(made.size, int):
        raise ValueError(f"{made.name!r} is no row of a file")
    return made
