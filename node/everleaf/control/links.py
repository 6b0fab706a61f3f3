"""Links before they carry frames: which peers to dial and when, the greeting, and who is let in."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from everleaf.control.crypto import Crypto, Identity
from everleaf.control.effects import Effect
from everleaf.uri import LinkURI


class LinkError(Exception):
    """A peer that cannot be added or removed; the text is the admin API's."""


@dataclass(frozen=True, slots=True)
class LinkView:
    """One peer entry or incoming link, for people."""

    remote: str
    up: bool
    inbound: bool
    key: bytes  # empty until the greeting
    priority: int
    link: int | None
    since: float  # when it came up
    last_error: str
    last_error_at: float
    interface: str


class Links:
    """Configured peers, their redialling, and every greeting in progress."""

    def __init__(
        self, identity: Identity, crypto: Crypto, allowed_keys: frozenset[bytes], jitter: Callable[[], float]
    ) -> None:
        """`allowed_keys` limits incoming links unless empty; `jitter` gives numbers in 0..1."""

    def add_peer(self, now: float, uri: LinkURI, interface: str = "") -> list[Effect]:
        raise NotImplementedError

    def remove_peer(self, now: float, uri: LinkURI, interface: str = "") -> list[Effect]:
        raise NotImplementedError

    def retry(self, now: float) -> list[Effect]:
        raise NotImplementedError

    def dialled(self, now: float, peer: int, link: int) -> list[Effect]:
        raise NotImplementedError

    def dial_failed(self, now: float, peer: int, reason: str) -> list[Effect]:
        raise NotImplementedError

    def accepted(self, now: float, link: int, remote: str, listener: LinkURI) -> list[Effect]:
        raise NotImplementedError

    def ready(self, now: float, link: int, tls_key: bytes) -> list[Effect]:
        raise NotImplementedError

    def greeting(self, now: float, link: int, data: bytes) -> list[Effect]:
        raise NotImplementedError

    def closed(self, now: float, link: int, reason: str) -> list[Effect]:
        raise NotImplementedError

    def tick(self, now: float) -> list[Effect]:
        raise NotImplementedError

    def set_allowed(self, keys: frozenset[bytes]) -> list[Effect]:
        raise NotImplementedError

    def view(self) -> list[LinkView]:
        raise NotImplementedError

    def counters(self) -> dict[str, int]:
        raise NotImplementedError
