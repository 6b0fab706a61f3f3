"""Shapes of networks: each a list of links between nodes that are numbered from 0."""

from __future__ import annotations

import random
from collections.abc import Iterable

Edges = list[tuple[int, int]]


def line(size: int) -> Edges:
    """0 - 1 - 2 - ..."""
    return [(n, n + 1) for n in range(size - 1)]


def ring(size: int) -> Edges:
    """A line whose ends meet."""
    return [*line(size), (size - 1, 0)]


def star(size: int) -> Edges:
    """Everybody linked to 0 only."""
    return [(0, n) for n in range(1, size)]


def grid(width: int, height: int) -> Edges:
    """Rows and columns."""
    across = [(y * width + x, y * width + x + 1) for y in range(height) for x in range(width - 1)]
    down = [(y * width + x, (y + 1) * width + x) for y in range(height - 1) for x in range(width)]
    return across + down


def random_graph(size: int, extra: int, rng: random.Random) -> Edges:
    """Connected: everybody linked to somebody before, and `extra` links more."""
    edges = dict.fromkeys((rng.randrange(n), n) for n in range(1, size))
    while len(edges) < size - 1 + extra:
        a, b = sorted(rng.sample(range(size), 2))
        edges[a, b] = None
    return list(edges)


def internet(size: int, links: int, rng: random.Random) -> Edges:
    """Preferential attachment: each newcomer links to `links` others, rather to those that have many links already."""
    ends = [0]
    edges: Edges = []
    for n in range(1, size):
        near = {rng.choice(ends) for _ in range(links)}
        edges += [(m, n) for m in sorted(near)]
        ends += [*sorted(near), *(n for _ in near)]
    return edges


def component(start: int, edges: Iterable[tuple[int, int]]) -> list[int]:
    """All nodes that can be reached from `start`, sorted."""
    near: dict[int, list[int]] = {}
    for a, b in edges:
        near.setdefault(a, []).append(b)
        near.setdefault(b, []).append(a)
    found, frontier = {start}, [start]
    while frontier:
        frontier = [n for m in frontier for n in near.get(m, ()) if n not in found]
        found.update(frontier)
    return sorted(found)
