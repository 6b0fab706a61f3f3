"""Which hosts of a lab have a wire between them, and the addresses at its ends. Shape and count decide all of it."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from functools import cache
from ipaddress import IPv6Address

from everleaf.errors import UsageError

MAX_HOSTS = 200
TCP_PORT = 9001
_UNDERLAY = int(IPv6Address("fd6c:6162::"))  # "lab"; one /64 per wire


@dataclass(frozen=True, slots=True)
class Edge:
    """One wire. Each end is `(host, interface)`; the later host dials the earlier one."""

    number: int
    ends: tuple[tuple[str, str], tuple[str, str]]

    def address(self, host: str) -> IPv6Address:
        """The underlay address of `host` on this wire, always with a prefix of 64 bits."""
        names = [name for name, _ in self.ends]
        return IPv6Address(_UNDERLAY + (self.number << 64) + names.index(host) + 1)


@dataclass(frozen=True, slots=True)
class Topology:
    """`count` hosts, h1 and on, joined by point-to-point wires in the given shape. No host forwards for another."""

    shape: str
    count: int

    def __post_init__(self) -> None:
        if self.shape not in SHAPES:
            raise UsageError(f"topology {self.shape!r} is not known", fix=f"choose one of: {', '.join(SHAPES)}")
        if not 2 <= self.count <= MAX_HOSTS:
            raise UsageError(f"a lab of {self.count} hosts cannot be made", fix=f"choose from 2 to {MAX_HOSTS}")

    @property
    def hosts(self) -> tuple[str, ...]:
        return tuple(f"h{number + 1}" for number in range(self.count))

    @property
    def edges(self) -> tuple[Edge, ...]:
        """Every wire once; a host's interfaces are eth0, eth1, ... in this order."""
        return _edges(self)

    def neighbours(self, host: str) -> list[str]:
        """The hosts at the other ends of `host`'s wires."""
        pairs = [(edge.ends[0][0], edge.ends[1][0]) for edge in self.edges]
        return [other for pair in pairs if host in pair for other in pair if other != host]

    def listen(self) -> list[str]:
        """Where every host listens for links."""
        return [f"tls://[::]:{TCP_PORT}"]

    def peers(self, host: str) -> list[str]:
        """The links that `host` dials, so that every wire carries exactly one."""
        return [f"tls://[{edge.address(edge.ends[0][0])}]:{TCP_PORT}" for edge in self.edges if edge.ends[1][0] == host]


@cache
def _edges(topology: Topology) -> tuple[Edge, ...]:
    """Every host asks for its own among them."""
    hosts = topology.hosts
    wires = [0] * len(hosts)
    edges = []
    for number, pair in enumerate(SHAPES[topology.shape](len(hosts))):
        ends = []
        for index in pair:
            ends.append((hosts[index], f"eth{wires[index]}"))
            wires[index] += 1
        edges.append(Edge(number, (ends[0], ends[1])))
    return tuple(edges)


def _line(count: int) -> Iterator[tuple[int, int]]:
    return ((index, index + 1) for index in range(count - 1))


def _ring(count: int) -> Iterator[tuple[int, int]]:
    yield from _line(count)
    if count > 2:
        yield 0, count - 1


def _star(count: int) -> Iterator[tuple[int, int]]:
    return ((0, index) for index in range(1, count))


SHAPES: dict[str, Callable[[int], Iterator[tuple[int, int]]]] = {"ring": _ring, "line": _line, "star": _star}
