"""What the admin API sees of a running node, and the few things it may ask of it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Protocol

from everleaf.admin.health import ClockFacts, DeviceFacts, KeyFacts
from everleaf.control.links import LinkView
from everleaf.control.sessions import SessionEntry
from everleaf.control.views import LookupEntry, PathEntry, PeerState, TreeEntry
from everleaf.uri import LinkURI
from everleaf.wire.codec import Path
from everleaf.wire.message import Query


@dataclass(frozen=True, slots=True)
class LinkTraffic:
    """What one link has carried, in bytes."""

    received: int = 0
    sent: int = 0
    received_rate: int = 0  # in the last full second
    sent_rate: int = 0


@dataclass(frozen=True, slots=True)
class MulticastView:
    """Discovery on one interface."""

    name: str
    listener: str  # "[fe80::1%eth0]:1234", or "-"
    beacon: bool
    listen: bool
    password: bool  # whether one is set


class NodeView(Protocol):
    """What is read of `control.node.Node`. Rows come sorted by key."""

    @property
    def root(self) -> bytes: ...
    @property
    def parent(self) -> bytes: ...
    @property
    def coords(self) -> Path: ...
    def tree(self) -> Sequence[TreeEntry]: ...
    def paths(self) -> Sequence[PathEntry]: ...
    def lookups(self) -> Sequence[LookupEntry]: ...
    def sessions(self) -> Sequence[SessionEntry]: ...
    def peers(self) -> Mapping[int, PeerState]: ...
    def counters(self) -> Mapping[str, int]: ...


class LinksView(Protocol):
    """What is read of `control.links.Links`."""

    def view(self) -> Sequence[LinkView]: ...
    def counters(self) -> Mapping[str, int]: ...


class PortView(Protocol):
    """What is read of `host.base.ListeningPort`."""

    @property
    def protocol(self) -> str: ...
    @property
    def port(self) -> int: ...
    @property
    def address(self) -> str:
        """ "::" and "0.0.0.0" are wildcards; a scope may follow after "%"."""
        ...

    @property
    def process(self) -> str:
        """Its name; "" where the system does not tell."""
        ...

    @property
    def pid(self) -> int: ...


class AdminView(Protocol):
    """A running node. `daemon.view` is the real one."""

    @property
    def now(self) -> float:
        """Seconds, monotonic: the clock of all times in here."""
        ...

    @property
    def started_at(self) -> float: ...
    @property
    def public_key(self) -> bytes: ...
    @property
    def node(self) -> NodeView: ...
    @property
    def links(self) -> LinksView: ...
    @property
    def device(self) -> DeviceFacts | None:
        """The interface as it is now; None when the configuration wants none."""
        ...

    @property
    def clock(self) -> ClockFacts: ...
    @property
    def key(self) -> KeyFacts: ...

    @property
    def listeners(self) -> Sequence[str]:
        """URIs without parameters, with the TCP ports that were really taken."""
        ...

    @property
    def multicast(self) -> Sequence[MulticastView]: ...

    def traffic(self, link: int) -> LinkTraffic:
        """Of an established link; zeros for one that just went."""
        ...

    def core_counters(self) -> Mapping[str, int]: ...

    def add_peer(self, uri: LinkURI, interface: str) -> None:
        """Dial and redial a peer. Raises LinkError."""
        ...

    def remove_peer(self, uri: LinkURI, interface: str) -> None:
        """Give a peer up and close its link. Raises LinkError."""
        ...

    def retry_peers(self) -> None:
        """Dial every peer that waits, now."""
        ...

    async def ask(self, kind: Query, key: bytes) -> bytes | None:
        """Ask a remote node; None when nobody answered in time."""
        ...

    async def ports(self) -> Sequence[PortView]:
        """Who listens on this host, sorted. Raises NodeError."""
        ...

    async def reload(self) -> Sequence[str]:
        """Read the configuration again; the tables whose changes need a restart. Raises NodeError."""
        ...
