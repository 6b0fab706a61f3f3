"""Files that nobody but their owner may read, and how a system keeps them so; the way of POSIX."""

from __future__ import annotations

import os
import stat
from pathlib import Path
from typing import Protocol


class Privacy(Protocol):
    """How a system keeps a file to its owner. The system's administrators do not count as others."""

    def create(self, path: Path) -> int:
        """A new file that nobody else may open, as a descriptor to write to. Raises OSError as `os.open` does."""
        ...

    def exposure(self, descriptor: int) -> str:
        """How others may use a file; "" when they may not. Raises OSError."""
        ...

    def remedy(self, path: str | Path) -> str:
        """The command that keeps a file to its owner."""
        ...


class Modes:
    """By its mode."""

    def create(self, path: Path) -> int:
        return os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL | getattr(os, "O_CLOEXEC", 0), 0o600)

    def exposure(self, descriptor: int) -> str:
        mode = stat.S_IMODE(os.fstat(descriptor).st_mode)
        return f"mode {mode:04o}" if mode & (stat.S_IRWXG | stat.S_IRWXO) else ""

    def remedy(self, path: str | Path) -> str:
        return f"chmod 600 {path}"
