"""In which order and in what company hosts are changed, so that a bad change never cuts its own way back.

Hosts that are reached by the overlay come before those that carry their path. Of equals, those with the fewest links
come first: the canary is one of them. No batch has all peers of a host, whether that one is changed or not. Hosts where
no node runs yet, or whose gate asks for peers that do not, come last and together: nothing is cut there, and none of
them would pass alone.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator
from itertools import chain, groupby, repeat

from everleaf.address import parse
from everleaf_fleet.model.fleet import Fleet, HostSpec
from everleaf_fleet.model.graph import Graph, dials_outside, graph

Batch = tuple[str, ...]


def batches(fleet: Fleet, changing: Collection[str], running: Collection[str]) -> tuple[Batch, ...]:
    """The names of `changing`, each once, in batches to change one after the other. `running`: where a node runs."""
    links = _live(fleet, running)
    depths = _depths(fleet)
    alone = [name for name in changing if name in running and _may_pass(fleet, links, name)]
    last = tuple(name for name in fleet.hosts if name in changing and name not in alone)
    places = {name: place for place, name in enumerate(fleet.hosts)}
    line = sorted(alone, key=lambda name: (-depths[name], len(links[name]), places[name]))
    sizes = _sizes(fleet.upgrade.batch, len(line))
    levels = (list(level) for _, level in groupby(line, key=lambda name: depths[name]))
    made = chain.from_iterable(_split(fleet, links, level, sizes) for level in levels)
    return (*made, *([last] if last else []))


def _may_pass(fleet: Fleet, links: Graph, name: str) -> bool:
    """Whether a host can reach its gate with the peers that run now."""
    outside = sum(word not in fleet.hosts for word in fleet.hosts[name].peers)
    return len(links[name]) + outside >= fleet.upgrade.gate.min_peers


def by_overlay(host: HostSpec) -> bool:
    """Whether we reach a host over the network that is about to change."""
    try:
        return host.connector == "overlay" or bool(parse(host.address))
    except ValueError:
        return False


def _live(fleet: Fleet, running: Collection[str]) -> Graph:
    """The links that may be up now, at both ends of which a node runs."""
    return {name: tuple(other for other in others if other in running) for name, others in graph(fleet).items()}


def _depths(fleet: Fleet) -> dict[str, int]:
    """How many hosts carry the path to each: 0 for those that need none."""
    links = graph(fleet)
    depths = {name: 0 for name, host in fleet.hosts.items() if not by_overlay(host)}
    ahead = list(depths)
    for name in ahead:
        for other in links[name]:
            if other not in depths:
                depths[other] = depths[name] + 1
                ahead.append(other)
    return {name: depths.get(name, 1) for name in fleet.hosts}  # the rest is reached over somebody outside


def _sizes(shares: Iterable[str], count: int) -> Iterator[int]:
    sizes = [_size(share, count) for share in shares]
    return chain(sizes, repeat(sizes[-1]))


def _size(share: str, count: int) -> int:
    return max(1, count * int(share[:-1]) // 100) if share.endswith("%") else int(share)


def _split(fleet: Fleet, links: Graph, level: list[str], sizes: Iterator[int]) -> Iterator[Batch]:
    while level:
        size = next(sizes)
        batch: list[str] = []
        for name in level:
            if len(batch) < size and _spares(fleet, links, {*batch, name}):
                batch.append(name)
        level = [name for name in level if name not in batch]
        yield tuple(batch)


def _spares(fleet: Fleet, links: Graph, batch: set[str]) -> bool:
    """Whether every host keeps a peer outside the batch. The only peer of a host has to be in some, but without it."""
    bare = [name for name in _touched(links, batch) if not dials_outside(fleet, fleet.hosts[name])]
    return all(set(links[name]) - batch or (len(links[name]) == 1 and name not in batch) for name in bare)


def _touched(links: Graph, batch: set[str]) -> set[str]:
    return {other for name in batch for other in (name, *links[name]) if links[other]}
