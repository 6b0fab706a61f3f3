"""The keys both ends of a session hold between two steps, and the traffic they open.

Each side numbers its X25519 keys. We hold three of ours, L-1, L and L+1, and two of the peer's, R and R+1. We seal
with (L, R): our number first. What arrives names the sender's key first, so a peer in step with us seals with one of

    (R, L-1)    it has not seen our newest key yet
    (R+1, L)    it moved on, having seen it
    (R+1, L-1)  it moved on without having seen it

and never with (R, L): that is the pair we seal with ourselves, and whoever sent our own packets back to us would be
believed.
"""

from __future__ import annotations

from dataclasses import dataclass

from everleaf.control.crypto import BoxKey, SharedKey
from everleaf.wire.codec import MAX_UINT64


@dataclass(frozen=True, slots=True)
class OwnKeys:
    """Our keys number seq-1, seq and seq+1."""

    seq: int
    recv: BoxKey
    send: BoxKey
    next: BoxKey

    def advance(self, fresh: BoxKey) -> OwnKeys:
        """One step on; the oldest key is gone."""
        return OwnKeys(self.seq + 1, self.send, self.next, fresh)


@dataclass(frozen=True, slots=True)
class RemoteKeys:
    """The peer's public keys number seq and seq+1."""

    seq: int
    current: bytes
    next: bytes


@dataclass(frozen=True, slots=True)
class Row:
    """One pair that opens traffic, as the sender names it."""

    remote_seq: int
    local_seq: int
    key: SharedKey

    @property
    def name(self) -> tuple[int, int]:
        """The two numbers in the head of a packet."""
        return self.remote_seq, self.local_seq


@dataclass(frozen=True, slots=True)
class Generation:
    """Everything between two steps."""

    own: OwnKeys
    remote: RemoteKeys
    send: SharedKey
    rows: tuple[Row, ...]


def agree(own: OwnKeys, remote: RemoteKeys) -> Generation | None:
    """The generation of these keys; None if the peer's are unfit: of low order, so that anybody could open what is
    sealed to them, or out of numbers.
    """
    send = own.send.shared(remote.current)
    behind = own.recv.shared(remote.current)
    ahead = own.send.shared(remote.next)
    early = own.recv.shared(remote.next)
    if send is None or behind is None or ahead is None or early is None or remote.seq == MAX_UINT64:
        return None
    rows = (
        Row(remote.seq, own.seq - 1, behind),
        Row(remote.seq + 1, own.seq, ahead),
        Row(remote.seq + 1, own.seq - 1, early),
    )
    return Generation(own, remote, send, rows)
