"""The links of a fleet: which URIs a host dials, and which keys it lets in."""

from __future__ import annotations

from collections.abc import Sequence

from everleaf.errors import UnavailableError
from everleaf.uri import LinkURI
from everleaf_fleet.model.fleet import Fleet, HostSpec
from everleaf_fleet.model.lock import Lock

_FASTEST = ("tcp", "tls")  # two that a host listens on differ in cost, not in safety: sessions are sealed anyway


def peers(fleet: Fleet, lock: Lock, host: HostSpec) -> tuple[str, ...]:
    """The URIs that a host dials. A host of the fleet is pinned to the keys that the lock has of it."""
    return tuple(_uri(fleet, lock, word) for word in host.peers)


def allowed_keys(fleet: Fleet, lock: Lock, host: HostSpec) -> tuple[str, ...]:
    """The keys that may connect. A host whose key is not known yet is left out until it is.

    Raises UnavailableError when that leaves nobody: an empty list would let everybody in.
    """
    keys = tuple(key for word in host.allowed_keys for key in _keys(fleet, lock, word))
    if host.allowed_keys and not keys:
        who = ", ".join(host.allowed_keys)
        raise UnavailableError(f"{host.name} lets in only {who}, whose keys are not known yet", fix="lock them first")
    return keys


def missing_keys(fleet: Fleet, lock: Lock, host: HostSpec) -> tuple[str, ...]:
    """Hosts that this one names and whose keys the lock lacks."""
    return tuple(
        dict.fromkeys(w for w in (*host.peers, *host.allowed_keys) if w in fleet.hosts and w not in lock.hosts)
    )


def _uri(fleet: Fleet, lock: Lock, word: str) -> str:
    if word in fleet.peers:
        return _pinned(fleet.peers[word].uri, [fleet.peers[word].public_key])
    if word not in fleet.hosts:
        return word  # a URI as it was written
    return _pinned(_dial(fleet.hosts[word]), _keys(fleet, lock, word))


def _pinned(uri: str, keys: Sequence[str]) -> str:
    if not keys or "key=" in uri:
        return uri
    return f"{uri}{'&' if '?' in uri else '?'}{'&'.join(f'key={key}' for key in keys)}"


def _dial(other: HostSpec) -> str:
    """How others dial a host: by the address it has on the underlay, on the first of its best listeners."""
    best = min(other.dialable, key=_rank)
    address = f"[{other.address}]" if ":" in other.address else other.address
    return f"{best.scheme}://{address}:{best.tcp_port}"


def _rank(uri: LinkURI) -> int:
    return _FASTEST.index(uri.scheme) if uri.scheme in _FASTEST else len(_FASTEST)


def _keys(fleet: Fleet, lock: Lock, word: str) -> tuple[str, ...]:
    if word in fleet.peers:
        return (fleet.peers[word].public_key,)
    if word in fleet.hosts:
        return lock.hosts[word].keys if word in lock.hosts else ()
    return (word,)
