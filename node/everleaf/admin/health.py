"""Is the node well? One verdict from facts, with the reason for every complaint."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from enum import Enum


class State(Enum):
    """How well the node is; the worst complaint decides."""

    HEALTHY = "healthy"
    DEGRADED = "degraded"  # it works, but not all that was asked for does
    DOWN = "down"  # nothing can be reached through it


@dataclass(frozen=True, slots=True)
class PeerFacts:
    """One configured peer or incoming link."""

    remote: str
    up: bool
    trusted: bool  # it proved that it owns its key
    inbound: bool
    last_error: str = ""


@dataclass(frozen=True, slots=True)
class Facts:
    """All that the verdict depends on."""

    peers: Sequence[PeerFacts]
    listeners: int
    tun_up: bool
    tun_wanted: bool


@dataclass(frozen=True, slots=True)
class Health:
    """The verdict."""

    state: State
    reasons: tuple[str, ...]


def judge(facts: Facts) -> Health:
    """What the facts mean. Pure, so that the same facts always give the same verdict."""
    complaints = [*_link_complaints(facts), *_tun_complaints(facts)]
    state = State.HEALTHY
    if complaints:
        state = State.DOWN if any(found is State.DOWN for found, _ in complaints) else State.DEGRADED
    return Health(state, tuple(reason for _, reason in complaints))


def _link_complaints(facts: Facts) -> list[tuple[State, str]]:
    wanted = [peer for peer in facts.peers if not peer.inbound]
    linked = [peer for peer in facts.peers if peer.up]
    complaints = [(State.DEGRADED, _complaint(peer)) for peer in wanted if not (peer.up and peer.trusted)]
    if linked:
        return complaints
    if wanted:
        return [(State.DOWN, "no peer is connected"), *complaints]
    if facts.listeners:
        return [(State.DEGRADED, "no peer is configured, and nobody has connected")]
    return [(State.DOWN, "there are no peers and no listeners, so no node can be reached")]


def _complaint(peer: PeerFacts) -> str:
    if peer.up:
        return f"peer {peer.remote} has not proved its key yet"
    return f"peer {peer.remote} is down: {peer.last_error}" if peer.last_error else f"peer {peer.remote} is down"


def _tun_complaints(facts: Facts) -> list[tuple[State, str]]:
    if facts.tun_wanted and not facts.tun_up:
        return [(State.DEGRADED, "the interface is closed, so programs on this host cannot use the overlay")]
    return []
