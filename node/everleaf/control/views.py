"""What a node shows of itself: plain rows for the admin interface, sorted by key."""

from __future__ import annotations

from dataclasses import dataclass

from everleaf.wire.codec import Path


@dataclass(frozen=True, slots=True)
class TreeEntry:
    """One node of the tree, as far as we know it."""

    key: bytes
    parent: bytes
    sequence: int


@dataclass(frozen=True, slots=True)
class PathEntry:
    """Where one destination stands."""

    key: bytes
    path: Path
    sequence: int


@dataclass(frozen=True, slots=True)
class LookupEntry:
    """The newest lookup in the name of `key`; unsigned, so it proves nothing."""

    key: bytes
    path: Path
    at: float  # Unix seconds


@dataclass(frozen=True, slots=True)
class PeerState:
    """One link, as control sees it."""

    port: int
    cost: int  # milliseconds
    latency_ns: int  # smoothed round trip; 0 while unknown
    trusted: bool
