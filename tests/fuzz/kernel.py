"""The reader of what a routing socket gives, for each system whose headers made the seeds."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path

from everleaf.host.abi import Abi, load
from everleaf.host.bsd.routing.message import AddressMessage, BareMessage, RouteMessage, decode
from fuzz.target import Target

VECTORS = json.loads((Path(__file__).parents[1] / "vectors" / "routing.json").read_text())
SEEDS = {  # a target of each layout: the systems, and FreeBSD's narrow and wide longs
    "freebsd": "x86_64-freebsd",
    "freebsd32": "x86-freebsd",
    "netbsd": "sparc64-netbsd",
    "openbsd": "x86_64-openbsd",
    "darwin": "aarch64-macos",
}


def read_messages(abi: Abi) -> Callable[[bytes], bool]:
    def run(data: bytes) -> bool:
        messages = list(decode(abi, data))
        assert len(messages) <= len(data) // 4
        for message in messages:
            if isinstance(message, AddressMessage):
                assert len(message.address) in (0, 4, 16)
                assert 0 <= message.prefix_length <= 8 * len(message.address)
            if isinstance(message, RouteMessage):
                assert len(message.destination) in (0, 4, 16)
                assert 0 <= message.prefix_length <= 8 * len(message.destination)
        return any(not isinstance(message, BareMessage) for message in messages)

    return run


def _target(name: str, headers: str) -> Target:
    cpu, _, system = headers.partition("-")
    abi = load({"macos": "darwin"}.get(system, system), cpu)
    seeds = [bytes.fromhex(message) for message in VECTORS[headers].values()]
    claim = "raises nothing and ends; addresses are whole, prefixes no longer than they"
    return Target(f"routing-{name}", claim, read_messages(abi), seeds)


TARGETS = tuple(_target(name, headers) for name, headers in SEEDS.items())
