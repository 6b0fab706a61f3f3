"""What the control plane asks for. The daemon performs these; the simulator performs the same ones.

Nothing in here does anything. Links are named by the number the core gave them, nodes by their 32-byte Ed25519 key.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

from everleaf.control.crypto import SharedKey
from everleaf.uri import LinkURI
from everleaf.wire.codec import Path


class Effect:
    """Base of everything control asks for."""

    __slots__ = ()


# --- links -----------------------------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Dial(Effect):
    """Connect to a peer; report with `Links.dialled` or `Links.dial_failed`."""

    peer: int  # number of the peer entry in `Links`
    uri: LinkURI
    interface: str = ""  # dial through this network interface only


@dataclass(frozen=True, slots=True)
class DialLater(Effect):
    """Call `Links.dial_waiting` at a time, or earlier if another one asks for that."""

    at: float


@dataclass(frozen=True, slots=True)
class SendGreeting(Effect):
    """Write raw handshake bytes on a link that is not admitted yet."""

    link: int
    data: bytes


@dataclass(frozen=True, slots=True)
class Admit(Effect):
    """The handshake is good: frames may flow, and the node gets `link_up(link, key, priority)`."""

    link: int
    key: bytes
    priority: int


@dataclass(frozen=True, slots=True)
class TrustLink(Effect):
    """The peer proved its key on this link: traffic on it may now be forwarded and delivered."""

    link: int


@dataclass(frozen=True, slots=True)
class DropLink(Effect):
    """Close a link, at once."""

    link: int
    reason: str


@dataclass(frozen=True, slots=True)
class SendFrame(Effect):
    """Write one control frame (type byte and body) on a link, in order, ahead of anything queued."""

    link: int
    frame: bytes


@dataclass(frozen=True, slots=True)
class QueueFrame(Effect):
    """Put one frame (type byte and body) into a link's fair queue."""

    link: int
    frame: bytes
    source: bytes  # for the queue's fairness
    dest: bytes


# --- the packet path -------------------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Hop:
    """One peer as the next hop: its best link, and where it stands in the tree."""

    coords: Path
    link: int
    cost: int  # milliseconds, at least 1
    age: int  # order in which the link came up; lower is older


@dataclass(frozen=True, slots=True)
class Snapshot:
    """The whole forwarding table. Only trusted links of peers under our root, whose place is known."""

    coords: Path
    hops: tuple[Hop, ...]


@dataclass(frozen=True, slots=True)
class Publish(Effect):
    """Replace the forwarding table, whole."""

    snapshot: Snapshot


@dataclass(frozen=True, slots=True)
class SetPath(Effect):
    """Traffic to `key` goes to these coordinates."""

    key: bytes
    path: Path


@dataclass(frozen=True, slots=True)
class DropPath(Effect):
    """Forget the coordinates of `key`."""

    key: bytes


@dataclass(frozen=True, slots=True)
class ReceiveKeys:
    """One key pair that may open traffic: selected by the sender's and our key numbers in the packet."""

    remote_seq: int
    local_seq: int
    key: SharedKey
    report: bool  # tell control (`session_moved`) when a packet opens with this pair


@dataclass(frozen=True, slots=True)
class InstallKeys(Effect):
    """Replace the keys of the session with `key`. Replay windows of pairs that stay are kept."""

    key: bytes
    local_seq: int  # header of what we send
    remote_seq: int
    send: SharedKey
    next_public: bytes  # our next X25519 key, sent inside every packet
    keep_nonce: bool  # go on counting, else start again at 1
    receive: tuple[ReceiveKeys, ...]


@dataclass(frozen=True, slots=True)
class DropKeys(Effect):
    """End the session with `key`; wipe its keys."""

    key: bytes


@dataclass(frozen=True, slots=True)
class Seal(Effect):
    """Seal one in-session message (type byte first) to `key` and send it along its path."""

    key: bytes
    message: bytes


@dataclass(frozen=True, slots=True)
class WritePacket(Effect):
    """Hand one IPv6 packet, such as an ICMPv6 error, to the local host."""

    packet: bytes


@dataclass(frozen=True, slots=True)
class SetHostMac(Effect):
    """Packets for the local host go to this MAC, where it is behind a TAP."""

    mac: bytes


@dataclass(frozen=True, slots=True)
class WriteFrame(Effect):
    """Hand one whole Ethernet frame to the local host."""

    frame: bytes


# --- talk ------------------------------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Answer(Effect):
    """The result of a remote query (`Node.ask`). `body` is None when nobody answered in time."""

    token: int
    body: bytes | None


@dataclass(frozen=True, slots=True)
class Note(Effect):
    """A log line: a fixed dotted noun.verb and its facts. The daemon writes it."""

    event: str
    fields: Mapping[str, object] = field(default_factory=dict)
    level: str = "info"  # "error", "warning", "info", "debug"
