"""What the hosts told us, kept beside `fleet.toml` and reviewed like code: keys, addresses, versions, checksums."""

from __future__ import annotations

import os
import re
import tempfile
import tomllib
from collections.abc import Mapping
from dataclasses import asdict, dataclass, field, fields, replace
from pathlib import Path
from typing import Any

import toml

from everleaf.address import address_of, text
from everleaf.errors import ConfigError, OutputError

_HEAD = "# Written by everleaf-fleet from what the hosts say. Keep it with fleet.toml; do not edit it.\n\n"
_KEY = re.compile(r"[0-9a-f]{64}")


@dataclass(frozen=True, slots=True)
class Locked:
    """One host, as it was when we last heard of it."""

    public_key: str  # 64 hexadecimal digits
    version: str = ""  # of the program that runs
    sha256: str = ""  # of its file
    next_key: str = ""  # 64 hexadecimal digits; while the key is rotated, the one that will take its place

    @property
    def keys(self) -> tuple[str, ...]:
        """By which others may know it now."""
        return (self.public_key, self.next_key) if self.next_key else (self.public_key,)

    @property
    def address(self) -> str:
        """In the overlay; it follows from the key."""
        return text(address_of(bytes.fromhex(self.public_key)))


@dataclass(frozen=True, slots=True)
class Lock:
    """Every host that told us something, by name."""

    hosts: Mapping[str, Locked] = field(default_factory=dict)

    def with_host(self, name: str, told: Locked) -> Lock:
        """The same, and what one host told."""
        return replace(self, hosts={**self.hosts, name: told})

    def without_host(self, name: str) -> Lock:
        """The same without one host."""
        return replace(self, hosts={other: told for other, told in self.hosts.items() if other != name})


def beside(fleet_file: Path) -> Path:
    """Where the lock of a fleet is."""
    return fleet_file.with_suffix(".lock")


def load(path: Path) -> Lock:
    """The lock in a file; an empty one when there is none yet. Raises ConfigError."""
    try:
        document = tomllib.loads(path.read_text("utf-8"))
    except FileNotFoundError:
        return Lock()
    except OSError as error:
        raise ConfigError(str(path), "", f"cannot be read: {error.strerror}") from None
    except ValueError as error:
        raise ConfigError(str(path), "", f"is not TOML: {error}", fix="take it back from version control") from None
    lock = Lock({name: _locked(path, name, row) for name, row in _rows(path, document).items()})
    _refuse_twins(path, lock)
    return lock


def save(path: Path, lock: Lock) -> None:
    """Write it aside, then rename: nobody ever sees half of it. Raises OutputError; ConfigError for a key of two."""
    _refuse_twins(path, lock)
    document = {"hosts": {name: _row(lock.hosts[name]) for name in sorted(lock.hosts)}}
    try:
        descriptor, aside = tempfile.mkstemp(prefix=f".{path.name}.", dir=path.parent)
        try:
            with os.fdopen(descriptor, "w", encoding="utf-8") as file:
                file.write(_HEAD + toml.dumps(document))
                file.flush()
                os.fsync(descriptor)
            Path(aside).chmod(0o644)
            Path(aside).replace(path)
        except BaseException:
            Path(aside).unlink(missing_ok=True)
            raise
    except OSError as error:
        raise OutputError(f"{path} cannot be written: {error.strerror}") from None


def _row(told: Locked) -> dict[str, str]:
    return {"address": told.address} | {name: value for name, value in asdict(told).items() if value}


def _rows(path: Path, document: dict[str, Any]) -> dict[str, Any]:
    hosts = document.get("hosts", {})
    if set(document) - {"hosts"} or not isinstance(hosts, dict):
        raise ConfigError(str(path), "", "is not a lock of a fleet", fix="take it back from version control")
    return hosts


def _locked(path: Path, name: str, row: Any) -> Locked:
    known = {item.name for item in fields(Locked)}
    told = {key: value for key, value in row.items() if key in known} if isinstance(row, dict) else {}
    keys = [told.get("public_key"), *([told["next_key"]] if "next_key" in told else [])]
    if not all(isinstance(key, str) and _KEY.fullmatch(key) for key in keys) or not _texts(told):
        fix = "take it back from version control, or delete the table and apply again"
        raise ConfigError(str(path), f"hosts.{name}", "has no usable public_key", fix=fix)
    return Locked(**told)


def _texts(row: dict[str, Any]) -> bool:
    return all(isinstance(value, str) for value in row.values())


def _refuse_twins(path: Path, lock: Lock) -> None:
    owners: dict[str, str] = {}
    for name, key in [(name, key) for name, told in lock.hosts.items() for key in told.keys]:
        other = owners.setdefault(key, name)
        if other != name:
            fix = "a disk image was copied with its key: purge one of them and apply again"
            raise ConfigError(str(path), f"hosts.{name}.public_key", f"is the key of {other} too", fix=fix)
