"""Who is linked with whom in a fleet, whoever of the two dials."""

from __future__ import annotations

from collections.abc import Mapping

from everleaf_fleet.model.fleet import Fleet, HostSpec

Graph = Mapping[str, tuple[str, ...]]  # the hosts linked with each host, in the order of the fleet's file


def graph(fleet: Fleet) -> Graph:
    """The links between hosts of the fleet."""
    linked: dict[str, set[str]] = {name: set() for name in fleet.hosts}
    for host in fleet.hosts.values():
        for word in host.peers:
            if word in fleet.hosts:
                linked[host.name].add(word)
                linked[word].add(host.name)
    return {name: tuple(other for other in fleet.hosts if other in linked[name]) for name in fleet.hosts}


def dials_outside(fleet: Fleet, host: HostSpec) -> bool:
    """Whether a host has a link that no host of the fleet carries."""
    return any(word not in fleet.hosts for word in host.peers)


def parts(fleet: Fleet) -> list[set[str]]:
    """The hosts, by whom they reach: over links of the fleet, or over somebody outside, who is one for all."""
    links = graph(fleet)
    outside = {name for name, host in fleet.hosts.items() if dials_outside(fleet, host)}
    found: list[set[str]] = []
    for name in fleet.hosts:
        if not any(name in part for part in found):
            found.append(_reached(links, name, outside))
    return found


def _reached(links: Graph, start: str, outside: set[str]) -> set[str]:
    reached, ahead = {start}, [start]
    while ahead:
        name = ahead.pop()
        for other in (*links[name], *(outside if name in outside else ())):
            if other not in reached:
                reached.add(other)
                ahead.append(other)
    return reached
