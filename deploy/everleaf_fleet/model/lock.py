"""What the hosts told us, kept beside `fleet.toml` and reviewed like code: keys, addresses, versions, checksums."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field


@dataclass(frozen=True, slots=True)
class Locked:
    """One host, as it was when we last heard of it."""

    public_key: str  # 64 hexadecimal digits
    address: str  # in the overlay
    version: str = ""  # of the program that runs
    sha256: str = ""  # of its file


@dataclass(frozen=True, slots=True)
class Lock:
    """Every host that told us something, by name."""

    hosts: Mapping[str, Locked] = field(default_factory=dict)
