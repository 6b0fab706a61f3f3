"""A node under attack, and how its peers fare meanwhile."""

from __future__ import annotations

import json
import os
import re
import signal
import subprocess
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path

from everleaf import _core
from everleaf.wire.frame import Message
from interop.hostile import Inside, Line, Stranger
from interop.net import Net, wait_until
from interop.nodes import Identity, Node, Yggdrasil, _pem, peer, start

VECTORS = json.loads((Path(__file__).parents[1] / "vectors" / "mesh.json").read_text())
SEEDS = {node["name"]: bytes.fromhex(node["seed"]) for node in VECTORS["nodes"]}
TCP, TLS = 7001, 7002
MEBIBYTE = 1 << 20


@dataclass
class Arena:
    """A node under attack, and a real node that is its peer. The attackers sit on other loopback addresses."""

    node: Node
    honest: Node
    inside: Inside
    _guests: int = 0

    @property
    def key(self) -> bytes:
        return bytes.fromhex(self.node.key)

    def guest(self) -> str:
        """A source address that nobody had before."""
        self._guests += 1
        return f"127.1.{self._guests // 250}.{self._guests % 250 + 1}"

    def line(self, *said: bytes | Message, port: int = TCP) -> Line:
        return self.inside.line(port, self.guest(), *said)

    def peer(self, stranger: Stranger) -> Line:
        return self.inside.peer(TCP, stranger, self.key, self.guest())

    def child(self, stranger: Stranger) -> Line:
        """A line of a peer whose lookups count: it is on the tree."""
        line = self.inside.child(TCP, stranger, self.key, self.guest())
        wait_until(lambda: self._is_child(stranger), "the node adopted it", 5)
        time.sleep(1.1)  # on-tree is decided in the next tick
        return line

    def _is_child(self, stranger: Stranger) -> bool:
        return self.tree().get(stranger.key.hex()) == self.node.key

    def tree(self) -> dict[str, str]:
        """The parent of every key that the node knows of."""
        return {entry["key"]: entry["parent"] for entry in self.node.ctl("getTree")["tree"]}

    def coords(self) -> list[int]:
        """Where the node stands."""
        return list(self.node.ctl("getStatus")["coords"])

    def counters(self) -> dict[str, int]:
        """All of them, whoever counts."""
        return {name: value for part in self.node.ctl("getCounters").values() for name, value in part.items()}

    def memory(self) -> int:
        """Bytes of the node that are in memory."""
        assert self.node.process is not None
        pages = Path(f"/proc/{self.node.process.pid}/statm").read_text().split()[1]
        return int(pages) * os.sysconf("SC_PAGE_SIZE")


@dataclass
class Watch:
    """What happened during an attack."""

    before: dict[str, int]
    counted: dict[str, int] = field(default_factory=dict)  # what grew, and by how much
    log: list[str] = field(default_factory=list)  # lines, without those for debugging
    pings: int = 0
    lost: int = 0


def arena_of(net: Net, kind: type[Node], keys: tuple[Identity, ...]) -> Arena:
    """A node with the key of the recorded node B, below a real root."""
    b = _core.Identity(SEEDS["B"])
    name = kind.__name__.lower()
    node = kind(net.host(name), Identity(_pem(SEEDS["B"]), b.public.hex()))
    node.listen += [f"tcp://127.0.0.1:{TCP}", f"tls://127.0.0.1:{TLS}"]
    node.log_level = "info"
    honest = Yggdrasil(net.host(f"{name}-honest"), keys[0])
    peer(net, honest, node)
    start(node)
    start(honest)  # later, so that it need not dial twice
    honest.reaches(node)
    return Arena(node, honest, Inside(node.host))


@contextmanager
def unharmed(arena: Arena, *, growth: int = 16 * MEBIBYTE, lines: int = 8) -> Iterator[Watch]:
    """The honest peer's link stays up and every ping of its is answered, memory hardly grows, the log stays short."""
    watch = Watch(arena.counters())
    memory, logged = arena.memory(), arena.node.log_file.stat().st_size
    (link,) = arena.honest.links()
    pinging = arena.honest.host.spawn("ping", "-n", "-i", "0.05", arena.node.address, stdout=subprocess.PIPE)
    yield watch
    time.sleep(0.3)
    pinging.send_signal(signal.SIGINT)
    said = pinging.communicate(timeout=5)[0].decode()
    sent, watch.pings = map(int, re.findall(r"(\d+) (?:packets transmitted|received)", said))
    watch.lost = sent - watch.pings
    after = arena.counters()
    watch.counted = {name: after[name] - value for name, value in watch.before.items() if after[name] != value}
    with arena.node.log_file.open() as log:
        log.seek(logged)
        watch.log = log.read().splitlines()
    assert watch.pings >= 3, said
    assert watch.lost <= 1, said  # the last may still be on its way
    (still,) = arena.honest.links()
    assert (still["remote"], still["uptime"] >= link["uptime"]) == (link["remote"], True)
    assert arena.memory() - memory < growth
    assert len(watch.log) <= lines, "\n".join(watch.log)
