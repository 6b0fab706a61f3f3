"""Who is at the other end of our links."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field

from everleaf.control.ports import Ports
from everleaf.control.probes import Probe
from everleaf.control.throttle import TokenBucket


def _votes() -> TokenBucket:
    return TokenBucket(32, 128)  # a signature made or checked for each


def _announces() -> TokenBucket:
    return TokenBucket(32, 512)  # two signature checks each


def _lookups() -> TokenBucket:
    return TokenBucket(256, 512)  # each is sent on to as many peers as match


def _answers() -> TokenBucket:
    return TokenBucket(64, 128)  # anybody can ask in anybody's name


def _notices() -> TokenBucket:
    return TokenBucket(512, 1024)  # many are for others, but each may cost us a signature check or a lookup


@dataclass(slots=True, eq=False)
class PeerLink:
    """One admitted link, what it has shown so far, and what it may still cause."""

    number: int
    key: bytes  # the peer's, as its greeting claims; proved once `trusted`
    priority: int  # the lower one is preferred among links to the same peer
    age: int  # order in which links came up
    trusted: bool = False
    probe: Probe = field(default_factory=Probe)
    votes: TokenBucket = field(default_factory=_votes)
    announces: TokenBucket = field(default_factory=_announces)
    lookups: TokenBucket = field(default_factory=_lookups)
    answers: TokenBucket = field(default_factory=_answers)
    notices: TokenBucket = field(default_factory=_notices)
    excess: set[str] = field(default_factory=set)  # what it had too much of since somebody looked

    @property
    def rank(self) -> tuple[int, int, int]:
        """Lower is better, among links to the same peer."""
        return self.priority, self.probe.cost, self.age


class Peers:
    """All links, by number and by the key at the far end, and each peer's port."""

    def __init__(self, ports: Ports) -> None:
        self._ports = ports
        self._links: dict[int, PeerLink] = {}
        self._by_key: dict[bytes, dict[int, PeerLink]] = {}
        self._port_of: dict[bytes, int] = {}
        self._ages = 0

    def __contains__(self, key: bytes) -> bool:
        return key in self._by_key

    def __iter__(self) -> Iterator[bytes]:
        """The keys of all peers, sorted."""
        return iter(sorted(self._by_key))

    def links(self) -> Iterator[PeerLink]:
        """All links, oldest first."""
        return iter(self._links.values())

    def link(self, number: int) -> PeerLink | None:
        """One link; None when it is gone."""
        return self._links.get(number)

    def links_of(self, key: bytes) -> list[PeerLink]:
        """The links of one peer, oldest first."""
        return list(self._by_key.get(key, {}).values())

    def port(self, key: bytes) -> int:
        """The number of a peer."""
        return self._port_of[key]

    @property
    def ports_forgotten(self) -> int:
        """Numbers that another peer may get too early, because too many were to be remembered."""
        return self._ports.forgotten

    def up(self, now: float, number: int, key: bytes, priority: int) -> PeerLink:
        """A new link."""
        if key not in self._by_key:
            self._by_key[key] = {}
            self._port_of[key] = self._ports.take(now, key)
        self._ages += 1
        link = PeerLink(number, key, priority, self._ages)
        self._links[number] = self._by_key[key][number] = link
        return link

    def down(self, now: float, number: int) -> PeerLink | None:
        """The end of a link; with its last one a peer is gone. None when the link is not known."""
        link = self._links.pop(number, None)
        if link is None:
            return None
        siblings = self._by_key[link.key]
        del siblings[number]
        if not siblings:
            del self._by_key[link.key], self._port_of[link.key]
            self._ports.release(now, link.key)
        return link

    def best(self, key: bytes) -> PeerLink | None:
        """The link to use for a peer; None while none has proved the peer's key."""
        return min(self._trusted(key), key=lambda link: link.rank, default=None)

    def cost(self, key: bytes) -> int | None:
        """Milliseconds to a peer by its cheapest link; None while none is trusted."""
        return min((link.probe.cost for link in self._trusted(key)), default=None)

    def _trusted(self, key: bytes) -> Iterator[PeerLink]:
        return (link for link in self._by_key.get(key, {}).values() if link.trusted)
