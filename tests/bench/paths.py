"""Who is compared, on which paths: pairs over tcp and tls, a chain of three, and pairs of both programs."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import pairwise

from interop.net import Net
from interop.nodes import FOLDER, FROZEN, RELEASE, SOURCE, Everleaf, Identity, Node, Yggdrasil, peer, start

PROGRAMS = {"frozen": FROZEN, "folder": FOLDER, "source": SOURCE, "release": RELEASE}


@dataclass(frozen=True, slots=True)
class Path:
    """Nodes in a row."""

    scheme: str  # of the links
    length: int  # nodes
    mtu: int = 65535  # of their interfaces


PATHS = {"tcp": Path("tcp", 2), "tls": Path("tls", 2), "chain": Path("tcp", 3), "mtu1420": Path("tcp", 2, 1420)}
MIXED = ("tcp", "mtu1420")  # where both programs are paired


@dataclass(frozen=True)
class Contender:
    """One program, or two that alternate along a path, and its running nodes by path."""

    name: str
    kinds: Sequence[type[Node]]
    paths: dict[str, list[Node]]

    def node(self, net: Net, label: str, position: int, key: Identity) -> Node:
        """A node on a host of its own, not started."""
        node = self.kinds[position % len(self.kinds)](net.host(f"{self.name}-{label}{position}"), key)
        node.log_level = "info"
        return node

    def start_path(self, net: Net, label: str, keys: Sequence[Identity]) -> None:
        """Start the nodes of one path; they stay up for the whole run."""
        path = PATHS[label]
        nodes = [self.node(net, label, position, keys[position]) for position in range(path.length)]
        for node in nodes:
            node.mtu = path.mtu
        for dialler, listener in pairwise(nodes):
            peer(net, dialler, listener, path.scheme)
        start(*nodes)
        nodes[0].reaches(nodes[-1], 60)
        nodes[-1].reaches(nodes[0], 60)
        self.paths[label] = nodes


def everleaf(program: str) -> type[Node]:
    """Ours in the form named."""
    return type("Everleaf", (Everleaf,), {"program": PROGRAMS[program]})


def start_contenders(net: Net, program: str, keys: Sequence[Identity]) -> list[Contender]:
    """everleaf in the form named and the real node on every path, and the two together on some."""
    ours = everleaf(program)
    pure = [Contender("everleaf", [ours], {}), Contender("yggdrasil", [Yggdrasil], {})]
    mixed = Contender("mixed", [ours, Yggdrasil], {})
    for contender in pure:
        for label in PATHS:
            contender.start_path(net, label, keys)
    for label in MIXED:
        mixed.start_path(net, label, keys)
    return [*pure, mixed]
