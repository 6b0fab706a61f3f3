"""The way a packet takes through the mesh, worked out from what every node on it knows."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any


@dataclass(frozen=True, slots=True)
class View:
    """What one node knows that decides where it sends a packet."""

    parent: str  # the parent's key; the root's own
    costs: Mapping[str, int]  # key of a peer -> cost of the link to it

    @classmethod
    def of(cls, key: str, tree: Any, peers: Any) -> View:
        """From what the node with this key answers to `getTree` and `getPeers`."""
        [parent] = [entry["parent"] for entry in tree["tree"] if entry["key"] == key]
        return cls(parent, {peer["key"]: peer["cost"] for peer in peers["peers"] if peer["up"]})


def route(views: Mapping[str, View], source: str, dest: str) -> list[str] | None:
    """The keys from `source` to `dest`, both included; None where it ends before that.

    `views` has every node of the mesh by its key. Each hands the packet to the peer with the lowest cost times distance
    left, as nodes do since 0.5.13; where links cost the same, as in a lab, older ones choose alike.
    """
    goal = _ancestry(views, dest)
    way = [source]
    while way[-1] != dest:
        here = _distance(_ancestry(views, way[-1]), goal)
        candidates = [
            (cost * left, left, cost, key)
            for key, cost in views[way[-1]].costs.items()
            if (left := _distance(_ancestry(views, key), goal)) < here
        ]
        if not candidates:
            return None
        way.append(min(candidates)[-1])
    return way


def _ancestry(views: Mapping[str, View], key: str) -> list[str]:
    """From the root to `key`. The views are of different moments, so they may make a loop: that ends the walk."""
    line = [key]
    while (parent := views[line[-1]].parent) not in line:
        line.append(parent)
    return line[::-1]


def _distance(one: list[str], other: list[str]) -> int:
    """Steps along the tree."""
    common = 0
    for here, there in zip(one, other, strict=False):
        if here != there:
            break
        common += 1
    return len(one) + len(other) - 2 * common
