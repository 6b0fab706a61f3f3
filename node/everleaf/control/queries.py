"""Questions about a node, asked through a session: its node info, itself, its peers, its tree."""

from __future__ import annotations

from collections.abc import Callable, Sequence

from everleaf.control.effects import Effect
from everleaf.wire.message import Query


class Queries:
    """Both sides: our questions that wait for an answer, and our answers to others."""

    def __init__(
        self,
        public_key: bytes,
        *,
        tree_keys: Callable[[], Sequence[bytes]],
        peer_keys: Callable[[], Sequence[bytes]],
        node_info: bytes = b"{}",
        privacy: bool = False,
    ) -> None:
        """`tree_keys`: all known nodes, our own key included. `peer_keys`: one per link that is up."""

    def configure(self, node_info: bytes, privacy: bool) -> None:
        """Answer differently from now on."""
        raise NotImplementedError

    def ask(self, now: float, token: int, kind: Query, key: bytes) -> list[Effect]:
        """Ask `key`; an `Answer(token, ...)` follows, at the latest after 6 s."""
        raise NotImplementedError

    def message(self, now: float, key: bytes, message: bytes) -> list[Effect]:
        """An in-session message arrived (kind byte first)."""
        raise NotImplementedError

    def tick(self, now: float) -> list[Effect]:
        """Give up on what nobody answered."""
        raise NotImplementedError

    def counters(self) -> dict[str, int]:
        """Requests not answered, by reason."""
        raise NotImplementedError
