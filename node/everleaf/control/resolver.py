"""IPv6 on one side, keys on the other: whose address is this, and what waits until we know."""

from __future__ import annotations

from collections.abc import Sequence

from everleaf.control.effects import Effect


class Resolver:
    """The table of known addresses and subnets, and the packets that wait for one."""

    def __init__(self, public_key: bytes, mtu: int) -> None: ...

    def packet(self, now: float, packet: bytes) -> list[Effect]:
        """A packet from the local host that the core could not send by itself."""
        raise NotImplementedError

    def path_found(self, now: float, key: bytes) -> list[Effect]:
        """There is a path to `key`: its address is known now."""
        raise NotImplementedError

    def activity(self, now: float, rows: Sequence[tuple[bytes, int, int]]) -> list[Effect]:
        """(key, bytes received, bytes sent) since the last call: those addresses are in use."""
        raise NotImplementedError

    def too_big(self, now: float, key: bytes, head: bytes) -> list[Effect]:
        """`key` sent us a packet over our MTU; `head` is its beginning."""
        raise NotImplementedError

    def tick(self, now: float) -> list[Effect]:
        """Once a second."""
        raise NotImplementedError

    def counters(self) -> dict[str, int]:
        """What was dropped and evicted, by name."""
        raise NotImplementedError
