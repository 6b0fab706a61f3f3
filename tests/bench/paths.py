"""Who is compared, on which paths: pairs over tcp and tls, a chain of three, and a pair of both programs."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import pairwise

from interop.net import Net
from interop.nodes import FOLDER, FROZEN, SOURCE, Everleaf, Identity, Node, Yggdrasil, peer, start

PROGRAMS = {"frozen": FROZEN, "folder": FOLDER, "source": SOURCE}
PATHS = {"tcp": ("tcp", 2), "tls": ("tls", 2), "chain": ("tcp", 3)}  # scheme of the links, number of nodes


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
        scheme, length = PATHS[label]
        nodes = [self.node(net, label, position, keys[position]) for position in range(length)]
        for dialler, listener in pairwise(nodes):
            peer(net, dialler, listener, scheme)
        start(*nodes)
        nodes[0].reaches(nodes[-1], 60)
        nodes[-1].reaches(nodes[0], 60)
        self.paths[label] = nodes


def start_contenders(net: Net, program: str, keys: Sequence[Identity]) -> list[Contender]:
    """everleaf in the form named and the real node on every path, and the two together over tcp."""
    ours = type("Everleaf", (Everleaf,), {"program": PROGRAMS[program]})
    pure = [Contender("everleaf", [ours], {}), Contender("yggdrasil", [Yggdrasil], {})]
    mixed = Contender("mixed", [ours, Yggdrasil], {})
    for contender in pure:
        for label in PATHS:
            contender.start_path(net, label, keys)
    mixed.start_path(net, "tcp", keys)
    return [*pure, mixed]
