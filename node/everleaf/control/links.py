"""Links before they carry frames: which peers to dial and when, the greeting, and who is let in."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass

from everleaf.control.crypto import Crypto, Identity
from everleaf.control.effects import Admit, Dial, DialLater, DropLink, Effect, Note, SendGreeting
from everleaf.control.fading import FadingTable
from everleaf.control.greeting import Greeter
from everleaf.control.incoming import Chatter, surplus
from everleaf.control.link import Link, host_of
from everleaf.control.redial import NEVER, Redial
from everleaf.errors import NodeError, WireError
from everleaf.uri import LinkURI
from everleaf.wire.handshake import Meta

GREETING_TIMEOUT = 6.0  # seconds for TLS and both greetings
MAX_LINKS_PER_KEY = 8  # incoming ones of one peer on one host
BAD_PEER_MEMORY = 3600.0  # seconds until a bad peer is worth another log line
MAX_BAD_PEERS = 1024
SELF = "node cannot connect to self"


class LinkError(NodeError):
    """A peer that cannot be added or removed; the message is the admin API's."""


@dataclass(frozen=True, slots=True)
class LinkView:
    """One configured peer or incoming link, for people."""

    remote: str  # the URI without parameters; for an incoming link, the listener's scheme and the far end
    up: bool
    inbound: bool
    key: bytes  # empty while down
    priority: int
    link: int | None
    since: float  # when it came up
    last_error: str
    last_error_at: float
    interface: str


class Links:
    """Configured peers, their redialling, and every link until the core closes it.

    Greetings prove little (`wire.handshake`), so being admitted is not being trusted; that is the tree's business.
    """

    def __init__(
        self, identity: Identity, crypto: Crypto, allowed_keys: frozenset[bytes], jitter: Callable[[], float]
    ) -> None:
        """`allowed_keys` limits incoming links unless it is empty; `jitter` gives numbers in 0..1."""
        self._own = identity.public
        self._greeter = Greeter(identity, crypto)
        self._allowed = allowed_keys
        self._jitter = jitter
        self._peers: dict[int, Redial] = {}
        self._last_peer = 0
        self._links: dict[int, Link] = {}
        self._bad_peers: FadingTable[str, None] = FadingTable(BAD_PEER_MEMORY, MAX_BAD_PEERS)
        self._chatter = Chatter()
        self._counters = {
            "greetings_refused": 0,
            "greetings_late": 0,
            "greetings_missing": 0,  # the link ended before
            "links_limited": 0,
            "certificates_of_others": 0,
        }

    # --- the operator ------------------------------------------------------------------------------------------------

    def add_peer(self, now: float, uri: LinkURI, interface: str = "") -> list[Effect]:
        """Keep a link to `uri` from now on. Raises LinkError; a peer that is already there is dialled soon."""
        if not uri.supported:
            raise LinkError(f"{uri.scheme} links are not supported yet", fix="use tcp, tls or unix")
        known = self._find(uri, interface)
        if known:
            known.retry(now)
            raise LinkError("peer is already configured")
        self._last_peer += 1
        peer = self._peers[self._last_peer] = Redial(self._last_peer, uri, interface)
        return self._dial(now, peer)

    def remove_peer(self, now: float, uri: LinkURI, interface: str = "") -> list[Effect]:  # noqa: ARG002
        """Stop dialling `uri` and close its links, incoming ones that carry its name too. Raises LinkError."""
        peer = self._find(uri, interface)
        if peer:
            del self._peers[peer.number]
        named = [link for link in self._links.values() if _name(link) == (uri.text, interface)]
        if not (peer or named):
            raise LinkError("peer is not configured")
        return [effect for link in named for effect in self._remove(link, "removed")]

    def change_peer(self, now: float, uri: LinkURI, interface: str = "") -> list[Effect]:
        """Take other parameters for a peer that is configured. Its link stays if it could be made with the new ones.

        Raises LinkError.
        """
        peer = self._find(uri, interface)
        if peer is None:
            raise LinkError("peer is not configured")
        links = [link for link in self._links.values() if link.redial is peer]
        if not all(_suits(link, uri) for link in links):
            return [*self.remove_peer(now, peer.uri, interface), *self.add_peer(now, uri, interface)]
        peer.uri = uri
        for link in links:
            link.uri = uri
        return []

    def retry(self, now: float) -> list[Effect]:
        """Dial every peer that waits."""
        for peer in self._peers.values():
            peer.retry(now)
        return self.dial_waiting(now)

    def network_changed(self, now: float) -> list[Effect]:
        """Addresses or interfaces of this host came or went: peers that were away may be within reach now."""
        for peer in self._peers.values():
            peer.network_changed(now)
        return self.dial_waiting(now)

    def set_allowed(self, keys: frozenset[bytes]) -> list[Effect]:
        """Limit incoming links to these keys (all, if empty), and close those that are not welcome any more."""
        self._allowed = keys
        unwelcome = [link for link in self._incoming() if link.key and not self._welcome(link, link.key)]
        return [effect for link in unwelcome for effect in self._remove(link, "its key is no longer allowed")]

    def view(self) -> list[LinkView]:
        """Every configured peer, up or down, in the order of adding; then the incoming links that are up."""
        up = {link.redial.number: link for link in self._links.values() if link.redial and link.key}
        outgoing = [_view(peer, up.get(peer.number)) for peer in self._peers.values()]
        return outgoing + [_view(None, link) for link in self._links.values() if link.key and not link.redial]

    def counters(self) -> dict[str, int]:
        """What was refused, by reason."""
        return self._counters | {"bad_peers_evicted": self._bad_peers.evicted}

    # --- events ------------------------------------------------------------------------------------------------------

    def tick(self, now: float) -> list[Effect]:
        """Once a second: drop who does not greet, dial whose wait is over."""
        self._bad_peers.fade(now)
        self._chatter.fade(now)
        late = [link for link in self._links.values() if not link.key and link.deadline <= now]
        self._counters["greetings_late"] += len(late)
        dropped = [effect for link in late for effect in self._refuse(now, link, "it did not greet in time")]
        return [*dropped, *self._dial_due(now)]

    def dial_waiting(self, now: float) -> list[Effect]:
        """Dial whose wait is over, and ask to be called when the next one is."""
        dials = self._dial_due(now)
        next_at = min((peer.dial_at for peer in self._peers.values() if not peer.busy), default=NEVER)
        return [*dials, DialLater(next_at)] if next_at < NEVER else dials

    def dialled(self, now: float, peer: int, link: int) -> list[Effect]:
        """A `Dial` succeeded: `link` carries it."""
        redial = self._peers.get(peer)
        if redial is None:
            return [DropLink(link, "removed")]
        self._links[link] = Link(link, redial.uri, redial.uri.text, redial, now + GREETING_TIMEOUT)
        return []

    def dial_failed(self, now: float, peer: int, reason: str) -> list[Effect]:
        """A `Dial` failed."""
        redial = self._peers.get(peer)
        return self._failed(now, redial, redial.unreachable, reason) if redial else []

    def accepted(self, now: float, link: int, remote: str, listener: LinkURI) -> list[Effect]:
        """Somebody at `remote` (scheme, host and port) connected to `listener`."""
        self._links[link] = Link(link, listener, remote, None, now + GREETING_TIMEOUT, host=host_of(remote))
        extra = surplus(list(self._incoming()))
        return self._make_room(now, extra) if extra else []

    def turned_away(self) -> None:
        """Somebody connected for whom the system has no room."""
        self._counters["links_limited"] += 1

    def ready(self, now: float, link: int, tls_key: bytes) -> list[Effect]:  # noqa: ARG002
        """The transport is up. `tls_key`: the Ed25519 key in the peer's certificate, or empty."""
        found = self._links.get(link)
        if found is None:
            return []
        found.tls_key = tls_key
        return [SendGreeting(link, self._greeter.greet(found.uri))]

    def greeting(self, now: float, link: int, data: bytes) -> list[Effect]:
        """The peer's whole greeting arrived."""
        found = self._links.get(link)
        if found is None or found.key:
            return []
        try:
            meta = self._greeter.judge(found.uri, data)
        except WireError as error:
            return self._refuse(now, found, str(error))
        if meta.key == self._own:
            return self._refuse(now, found, SELF)
        if not found.redial and self._crowded(found, meta.key):
            self._counters["links_limited"] += 1
            return self._refuse(now, found, "it has too many links already")
        if not self._welcome(found, meta.key):
            return self._refuse(now, found, "its key is not among the allowed ones")
        return self._admit(now, found, meta)

    def closed(self, now: float, link: int, reason: str) -> list[Effect]:
        """A link ended, whoever ended it. Unknown numbers are ignored."""
        found = self._links.pop(link, None)
        if found is None:
            return []
        if found.redial and found.key:
            found.redial.lost(now, reason, self._jitter())
            return [_down(found, reason), DialLater(found.redial.dial_at)]
        if found.redial:
            return self._failed(now, found.redial, found.redial.refused, reason)
        if found.key:
            return [_down(found, reason, self._chatter.level(now, found))]
        self._counters["greetings_missing"] += 1
        return self._complain(now, found, reason)

    # --- steps -------------------------------------------------------------------------------------------------------

    def _admit(self, now: float, link: Link, meta: Meta) -> list[Effect]:
        link.key, link.since = meta.key, now
        link.priority = max(link.uri.priority, meta.priority)
        if link.redial:
            link.redial.succeeded(now)
        direction = "out" if link.redial else "in"
        fields = {"peer": meta.key[:4].hex(), "link": link.remote, "direction": direction}
        up = Note("link.up", fields, self._chatter.level(now, link))
        return [*self._compare_certificate(now, link), up, Admit(link.number, meta.key, link.priority)]

    def _compare_certificate(self, now: float, link: Link) -> list[Effect]:
        """Warn of a certificate that names another node. Legal: a proxy may end TLS. But so may somebody in between."""
        if link.tls_key in {b"", link.key}:
            return []
        self._counters["certificates_of_others"] += 1
        fields = {"peer": link.key[:4].hex(), "link": link.remote, "certificate": link.tls_key[:4].hex()}
        said = link.redial is not None or self._is_news(now, link.host)
        return [Note("link.certificate_differs", fields, "warning")] if said else []

    def _refuse(self, now: float, link: Link, reason: str) -> list[Effect]:
        """Close a link that did not get as far as a peer's."""
        del self._links[link.number]
        self._counters["greetings_refused"] += 1
        if link.redial is None:
            said = self._complain(now, link, reason)
        elif reason == SELF:
            link.redial.rest(now, reason)
            said = [_failure(link.redial)]
        else:
            said = self._failed(now, link.redial, link.redial.refused, reason)
        return [*said, DropLink(link.number, reason)]

    def _complain(self, now: float, link: Link, reason: str) -> list[Effect]:
        """A log line about a bad peer, once an hour for each."""
        note = Note("peer.refused", {"link": link.remote, "reason": reason}, "warning")
        return [note] if self._is_news(now, link.host) else []

    def _is_news(self, now: float, host: str) -> bool:
        if host in self._bad_peers:
            return False
        self._bad_peers.put(now, host, None)
        return True

    def _make_room(self, now: float, link: Link) -> list[Effect]:
        del self._links[link.number]
        self._counters["links_limited"] += 1
        reason = "too many incoming links"
        said = [_down(link, reason, self._chatter.level(now, link))] if link.key else self._complain(now, link, reason)
        return [*said, DropLink(link.number, reason)]

    def _remove(self, link: Link, reason: str) -> list[Effect]:
        del self._links[link.number]
        said = [_down(link, reason)] if link.key else []
        return [*said, DropLink(link.number, reason)]

    def _failed(
        self, now: float, redial: Redial, how: Callable[[float, str, float], None], reason: str
    ) -> list[Effect]:
        """Redial later, and say why if that is news."""
        news = reason != redial.error
        how(now, reason, self._jitter())
        later = DialLater(redial.dial_at)
        return [_failure(redial), later] if news else [later]

    def _dial(self, now: float, peer: Redial) -> list[Effect]:
        peer.started(now)
        return [Dial(peer.number, peer.uri, peer.interface)]

    def _dial_due(self, now: float) -> list[Effect]:
        return [effect for peer in self._peers.values() if peer.due(now) for effect in self._dial(now, peer)]

    def _find(self, uri: LinkURI, interface: str) -> Redial | None:
        return next((peer for peer in self._peers.values() if peer.name == (uri.text, interface)), None)

    def _crowded(self, new: Link, key: bytes) -> bool:
        """Whether a peer has its share already. Of one host only: greetings can be replayed, and whoever poses as a
        peer elsewhere must not keep it out."""
        same = [link for link in self._incoming() if (link.key, link.host) == (key, new.host)]
        return len(same) >= MAX_LINKS_PER_KEY

    def _incoming(self) -> Iterator[Link]:
        return (link for link in self._links.values() if not link.redial)

    def _welcome(self, link: Link, key: bytes) -> bool:
        return link.redial is not None or not self._allowed or key in self._allowed


def _name(link: Link) -> tuple[str, str]:
    return link.redial.name if link.redial else (link.remote, "")


def _suits(link: Link, uri: LinkURI) -> bool:
    """Whether a link of ours is what a dial to `uri` would give. One that has not greeted yet will be judged by it."""
    greeted = (link.uri.password, link.uri.priority, link.uri.sni) == (uri.password, uri.priority, uri.sni)
    return greeted and (not link.key or not uri.keys or link.key in uri.keys)


def _down(link: Link, reason: str, level: str = "info") -> Effect:
    """The log line about the end of a link that was up."""
    return Note("link.down", {"peer": link.key[:4].hex(), "link": link.remote, "reason": reason}, level)


def _failure(redial: Redial) -> Note:
    return Note("peer.failed", {"link": redial.uri.text, "reason": redial.error}, "warning")


def _view(peer: Redial | None, link: Link | None) -> LinkView:
    """A configured peer, its link, or both."""
    return LinkView(
        remote=peer.uri.text if peer else link.remote if link else "",
        up=link is not None,
        inbound=peer is None,
        key=link.key if link else b"",
        priority=link.priority if link else 0,
        link=link.number if link else None,
        since=link.since if link else 0.0,
        last_error=peer.error if peer else "",
        last_error_at=peer.error_at if peer else 0.0,
        interface=peer.interface if peer else "",
    )
