"""How a host's shell tells a file's SHA-256, whichever program it has for that."""

from __future__ import annotations

_PROGRAMS = ("sha256sum", "sha256", "shasum -a 256", "cksum -a sha256", "openssl dgst -sha256")


def checksum_line(word: str) -> str:
    """Print one line with the checksum in it; fail if no program can tell. `word` is the path as the shell reads it."""
    return "{ " + " || ".join(f"{program} {word} 2>/dev/null" for program in _PROGRAMS) + "; }"
