"""Signing, by the program minisign: the secret key stays in its owner's file, the password goes to minisign alone."""

from __future__ import annotations

import subprocess
import sys
from base64 import b64decode
from dataclasses import dataclass
from getpass import getpass
from pathlib import Path
from tempfile import TemporaryDirectory

from everleaf.errors import UnavailableError, UntrustedError
from everleaf.release import Claim

_ENCRYPTED = b"Sc"  # the third and fourth byte of such a key: its key derivation


@dataclass(frozen=True, slots=True)
class Signer:
    """Who signs. Never printed: it has the password."""

    key: Path
    password: str = ""

    def __repr__(self) -> str:
        return f"Signer({self.key})"

    @classmethod
    def open(cls, key: Path) -> Signer:
        """The owner of a secret key, who is asked for its password if it has one. Raises UnavailableError."""
        try:
            raw = b64decode(key.read_text("utf-8").splitlines()[1])
        except (OSError, ValueError, IndexError):
            fix = "give the file that `minisign -G -s FILE` made; it belongs outside the tree"
            raise UnavailableError(f"{key} is no secret key of minisign", fix=fix) from None
        return cls(key, getpass(f"Password of {key}: ", stream=sys.stderr) if raw[2:4] == _ENCRYPTED else "")

    def public(self) -> str:
        """The public key: the line that users are given."""
        with TemporaryDirectory() as directory:
            public = Path(directory) / "public"
            self._minisign("-R", "-s", self.key, "-p", public)
            return public.read_text("utf-8").splitlines()[1]

    def sign(self, file: Path, version: str) -> None:
        """Put a signature beside a file that says its name and version."""
        words = ("-t", Claim(file.name, version).comment, "-c", f"everleaf {version}, {file.name}")
        self._minisign("-S", "-H", "-s", self.key, "-x", f"{file}.minisig", *words, "-m", file)

    def _minisign(self, *words: str | Path) -> None:
        command = ["minisign", *map(str, words)]
        try:
            done = subprocess.run(command, input=f"{self.password}\n", capture_output=True, text=True, check=False)
        except FileNotFoundError:
            raise UnavailableError("minisign is missing", fix="install it: apt install minisign") from None
        if done.returncode:
            said = (done.stderr or done.stdout).strip().splitlines()
            raise UntrustedError(
                f"minisign signs nothing: {said[-1] if said else done.returncode}", fix="look at the key"
            )
