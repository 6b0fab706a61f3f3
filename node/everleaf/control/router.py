"""Greedy routing by tree distance: the slow twin of the core's decision. The two must always agree."""

from __future__ import annotations

from everleaf.control.effects import Hop, Snapshot
from everleaf.wire.codec import Path


def distance(a: Path, b: Path) -> int:
    """Steps from one place to the other, up to their common ancestor and down again."""
    common = 0
    for x, y in zip(a, b, strict=False):
        if x != y:
            break
        common += 1
    return len(a) + len(b) - 2 * common


def next_hop(snapshot: Snapshot, path: Path, watermark: int) -> tuple[Hop, int] | None:
    """The best hop toward `path` and the lowered watermark, or None at a dead end.

    Our own distance must be below the watermark and the hop's below ours: distances fall strictly along the way,
    so nothing travels in circles even while nodes disagree about the tree.
    """
    here = distance(path, snapshot.coords)
    if here >= watermark:
        return None
    ranked = ((rank(hop, path), hop) for hop in snapshot.hops if distance(path, hop.coords) < here)
    best = min(ranked, key=lambda row: row[0], default=None)
    return (best[1], here) if best else None


def rank(hop: Hop, path: Path) -> tuple[int, int, int, int]:
    """Lower is better: cost times the distance that remains (as of 0.5.13), then distance, cost, age."""
    rest = distance(path, hop.coords)
    return hop.cost * rest, rest, hop.cost, hop.age
