"""The lock of a fleet while hosts are asked: what they tell is kept at once, and on disk at once."""

from __future__ import annotations

from dataclasses import dataclass, field
from pathlib import Path

from everleaf_fleet.model import lock as locks
from everleaf_fleet.model.lock import Lock, Locked


@dataclass(slots=True)
class Book:
    """A lock and where it is kept; nowhere for a lab, whose hosts end with it.

    Whoever keeps one sees what was recorded a moment ago: keys are made everywhere before a configuration names them.
    """

    path: Path | None
    lock: Lock = field(default_factory=Lock)

    @classmethod
    def open(cls, path: Path) -> Book:
        """The lock in a file, which need not exist yet. Raises ConfigError."""
        return cls(path, locks.load(path))

    def reopened(self) -> Book:
        """The same, with what other processes have written since."""
        return Book(self.path, self._latest())

    def record(self, name: str, told: Locked) -> None:
        """Keep what a host told us. Raises OutputError, ConfigError."""
        self._keep(self._latest().with_host(name, told))

    def forget(self, name: str) -> None:
        """Drop a host, whose key is gone. Raises OutputError, ConfigError."""
        self._keep(self._latest().without_host(name))

    def _latest(self) -> Lock:
        """Another process may have written since we looked."""
        return locks.load(self.path) if self.path else self.lock

    def _keep(self, lock: Lock) -> None:
        if self.path:
            locks.save(self.path, lock)
        self.lock = lock
