"""The compiled core: cryptography, links, queues, forwarding, sealing and TUN, in threads that hold no GIL.

Everything crosses by value. Descriptors given to `attach_*` belong to the core from then on, also when it raises.
Methods never block on the network. One thread calls `Core`; the objects below it may be used from any thread.
"""

from collections.abc import Sequence
from typing import Final, final

VERSION: Final[str]
LIBRARIES: Final[dict[str, str]]  # {"libsodium": "1.0.18", "openssl": "3.0.17"}

# kinds of Event
LINK_READY: Final[int]  # link: transport (TLS included) is up; data: the peer certificate's Ed25519 key, or empty
GREETING: Final[int]  # link, data: one whole meta message ("meta" + length + body), at most 1024 bytes
LINK_CLOSED: Final[int]  # link, data: why, UTF-8; the number is never used again
FRAME: Final[int]  # link, data: type byte and body of one control frame (types 1 and 9 never come here)
PACKET: Final[int]  # data: an IPv6 packet from TUN without a path or session, or one that may not enter (limited)
TRAFFIC: Final[int]  # key: claimed source, data: payload for us of kind init (1) or ack (2)
MESSAGE: Final[int]  # key, data: opened in-session message that is not an IPv6 packet (type byte first)
MOVED: Final[int]  # key, remote_seq, local_seq, data: the sender's next X25519 key; once per reported pair
REFUSED: Final[int]  # key: claimed source of sealed traffic that no installed pair opens; at most one a second per key
DEAD_END: Final[int]  # no next hop here; key: traffic source (ours: of `seal`), data: 32-byte dest + encoded origin
TOO_BIG: Final[int]  # key, data: first 512 bytes of an opened packet that exceeds our MTU; already judged to be for us
TUN_CLOSED: Final[int]  # data: why
NEIGHBOUR: Final[int]  # data: one whole Ethernet frame of neighbour discovery from the local host; limited

@final
class Event:
    """One thing that happened. Fields that a kind does not use are 0 or empty."""

    kind: int
    at: float  # when it happened, by monotonic()
    link: int
    key: bytes
    data: bytes
    remote_seq: int
    local_seq: int

@final
class SharedKey:
    """A box key, precomputed. Opaque; wiped when dropped."""

@final
class BoxKey:
    """One X25519 key pair. Random unless `private` (32 bytes, for vectors) is given. Wiped when dropped."""

    def __init__(self, private: bytes | None = None) -> None: ...
    @property
    def public(self) -> bytes: ...
    def shared(self, their_public: bytes) -> SharedKey | None: ...
    def seal_to(self, dest: bytes, plaintext: bytes) -> bytes | None: ...

@final
class Identity:
    """An Ed25519 key from its 32-byte seed (any buffer; the caller wipes his copy). Wiped when dropped."""

    def __init__(self, seed: bytes | bytearray) -> None: ...
    @property
    def public(self) -> bytes: ...
    def sign(self, message: bytes) -> bytes: ...
    def open_box(self, ephemeral: bytes, box: bytes) -> bytes | None: ...

def monotonic() -> float:
    """Seconds. The node's only clock: time.monotonic() is another one on Windows with some versions of Python."""

def verify(key: bytes, message: bytes, signature: bytes) -> bool: ...
def blake2b(message: bytes, key: bytes) -> bytes: ...
def sha256(message: bytes) -> bytes: ...
def tls_vector(algorithm: str) -> bytes:
    """Of the bytes 0, 1, 2 ..., 1000 of them, OpenSSL's digest, or its tag with the first of them as key and nonce 0.

    For selftest. ValueError when OpenSSL has no digest and no AEAD of that name.
    """

def random(size: int) -> bytes: ...
def box_key() -> BoxKey: ...

# The decisions of the packet path, each with a slow Python twin that must agree. For tests and selftest.
def next_hop(
    coords: Sequence[int], hops: Sequence[tuple[Sequence[int], int, int, int]], path: Sequence[int], watermark: int
) -> tuple[int, int] | None:
    """(link, lowered watermark) of the best hop among (coords, link, cost, age), or None."""

def split(stream: bytes) -> tuple[list[bytes], int]:
    """Whole frames (type byte and body) at the head of `stream`, and bytes used. ValueError on a bad length."""

def judge_frame(frame: bytes) -> tuple[str, int]:
    """Where an Ethernet frame of the host goes: "packet", "neighbour", "foreign" or "short"; its length unpadded."""

def cut(frame: bytes) -> list[bytes] | None:
    """What a packet behind a virtio header of ten bytes is without offloads; None if the header does not fit it."""

def join(packets: Sequence[bytes]) -> list[bytes]:
    """What the host gets of IPv6 packets of one batch: alone or joined, behind virtio headers of ten bytes."""

def seal(key: SharedKey, local_seq: int, remote_seq: int, nonce: int, next_public: bytes, message: bytes) -> bytes:
    """One sealed session payload (kind byte 3 first)."""

def open(key: SharedKey, payload: bytes) -> tuple[int, int, int, bytes, bytes] | None:
    """(sender's local_seq, remote_seq, nonce, next_public, message), or None if malformed or not authentic."""

@final
class ReplayWindow:
    """RFC 6479."""

    def __init__(self) -> None: ...
    def accept(self, counter: int) -> bool: ...

@final
class LinkTimers:
    """A link's two timers; frames are told by their type byte, `now` in seconds."""

    def __init__(self) -> None: ...
    def sent(self, type: int, now: float) -> None: ...
    def received(self, type: int, now: float) -> None: ...
    def due(self, now: float) -> int:
        """0: nothing, 1: send a keepalive (and report it sent), 2: the peer is gone."""

@final
class Core:
    """The packet path of one node."""

    def __init__(self, identity: Identity, *, workers: int = 0) -> None:
        """`workers`: I/O threads, and as many that seal if more than one; 0 chooses by CPU count."""

    def fileno(self) -> int:
        """Readable while `recv` has something. On Windows a socket, as selectors want it there."""

    def recv(self, limit: int = 256) -> list[Event]:
        """What happened since, oldest first; never blocks; [] when there is nothing."""

    def attach_link(self, fd: int, *, tls: str = "", sni: str = "") -> int:
        """Own a connected stream socket. `tls`: "client", "server" or "" for none. Returns the link's number (> 0)."""

    def greet(self, link: int, data: bytes) -> None:
        """Write raw bytes; before `admit` only."""

    def admit(self, link: int) -> None:
        """Start the frame phase: bytes after the greeting are frames."""

    def trust(self, link: int) -> None:
        """Accept traffic on this link. Before, traffic frames on it are dropped and counted."""

    def drop_link(self, link: int) -> None:
        """Close. Unknown numbers are ignored. No LINK_CLOSED follows."""

    def send(self, link: int, frame: bytes) -> None:
        """One control frame (type byte and body), ahead of the queue. Unknown links are ignored."""

    def queue(self, link: int, frame: bytes, source: bytes, dest: bytes) -> None:
        """One frame into the link's fair queue."""

    def publish(self, coords: Sequence[int], hops: Sequence[tuple[Sequence[int], int, int, int]]) -> None:
        """Replace the forwarding table: own coordinates and (coords, link, cost, age) per peer."""

    def set_path(self, key: bytes, path: Sequence[int]) -> None: ...
    def drop_path(self, key: bytes) -> None: ...
    def install_keys(
        self,
        key: bytes,
        local_seq: int,
        remote_seq: int,
        send: SharedKey,
        next_public: bytes,
        keep_nonce: bool,
        receive: Sequence[tuple[int, int, SharedKey, bool]],
    ) -> None:
        """Replace a session's keys; receive rows are (remote_seq, local_seq, key, report)."""

    def drop_keys(self, key: bytes) -> None: ...
    def seal(self, key: bytes, message: bytes) -> None:
        """Seal one in-session message and send it. Counted when keys, path or hop are missing; no hop: DEAD_END."""

    def attach_tun(
        self,
        handle: int,
        mtu: int,
        *,
        carrier: str = "file",
        framing: str = "bare",
        family: int = 0,
        vnet_header: int = 0,
    ) -> None:
        """Own an open device; words and numbers are those of `everleaf.host.Device`. One at a time.

        ValueError for nonsense; OSError (EOPNOTSUPP) for a carrier this system has not, whose handle stays open.
        """

    def detach_tun(self) -> None: ...
    def write_packet(self, packet: bytes) -> None:
        """One IPv6 packet to the local host."""

    def set_host_mac(self, mac: bytes) -> None:
        """Where packets to the host go on a TAP, 6 bytes; before, they are dropped and counted."""

    def write_frame(self, frame: bytes) -> None:
        """One whole Ethernet frame to the local host, by a TAP."""

    def activity(self) -> list[tuple[bytes, int, int]]:
        """(key, bytes received, bytes sent) of the messages of each session that moved since the last call."""

    def link_counters(self, link: int) -> dict[str, int] | None:
        """received, sent (bytes), frames_received, frames_sent, queued (bytes), dropped (frames)."""

    def counters(self) -> dict[str, int]:
        """Everything the core counts, by name: drops with their reason, packets, ring overflow."""

    def stop(self) -> None:
        """End all threads, close all descriptors, wipe all keys. Twice is harmless."""
