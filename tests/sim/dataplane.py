"""The Python twin of the core's packet path: it performs the same effects and reports the same events, slowly."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass, field, replace

from everleaf.address import address_of, subnet_of
from everleaf.control import effects as fx
from everleaf.control.router import next_hop
from everleaf.errors import WireError
from everleaf.wire.codec import MAX_UINT64, Path
from everleaf.wire.message import MessageKind
from everleaf.wire.session import PayloadKind, Sealed
from everleaf.wire.traffic import Traffic
from sim.crypto import FakeSharedKey

REFUSED_SPACING = 1.0  # seconds between reports about one source
NEXT_KEY = 32  # bytes at the head of every sealed message

Transmit = Callable[[int, bytes], None]
Report = Callable[..., None]
Deliver = Callable[[bytes, bytes], None]


@dataclass(slots=True)
class _Session:
    keys: fx.InstallKeys
    nonce: int = 0
    seen: dict[fx.ReceiveKeys, set[int]] = field(default_factory=dict)  # nonces, by pair
    reported: set[tuple[int, int]] = field(default_factory=set)


class DataPlane:
    """One node's. `transmit(link, frame)`, `report(event, ...)` as methods of `Node`, `deliver(source, packet)`."""

    def __init__(self, own: bytes, *, transmit: Transmit, report: Report, deliver: Deliver) -> None:
        self.own = own
        self.snapshot = fx.Snapshot((), ())
        self.counters: Counter[str] = Counter()
        self._transmit = transmit
        self._report = report
        self._deliver = deliver
        self._trusted: set[int] = set()
        self._paths: dict[bytes, Path] = {}
        self._sessions: dict[bytes, _Session] = {}
        self._names: dict[bytes, bytes] = {}  # address or subnet to key
        self._activity: dict[bytes, list[int]] = {}
        self._refused_at: dict[bytes, float] = {}

    # --- effects -----------------------------------------------------------------------------------------------------

    def perform(self, effect: fx.Effect) -> None:
        """One effect that is the packet path's."""
        match effect:
            case fx.Publish(snapshot):
                self.snapshot = snapshot
            case fx.SetPath(key, path):
                self._paths[key] = path
            case fx.DropPath(key):
                self._paths.pop(key, None)
            case fx.InstallKeys():
                self._install(effect)
            case fx.DropKeys(key):
                self._sessions.pop(key, None)
                for name in (address_of(key), subnet_of(key)):
                    self._names.pop(name, None)
            case fx.Seal(key, message):
                if not self._seal(key, message):
                    self.counters["messages_not_sent"] += 1
            case fx.TrustLink(link):
                self._trusted.add(link)
            case fx.WritePacket(packet):
                self._deliver(self.own, packet)
            case _:
                raise TypeError(f"nothing performs {effect!r}")

    def link_down(self, link: int) -> None:
        """The end of a link."""
        self._trusted.discard(link)

    def activity(self) -> list[tuple[bytes, int, int]]:
        """What moved since the last call."""
        rows = [(key, received, sent) for key, (received, sent) in self._activity.items()]
        self._activity.clear()
        return rows

    # --- packets -----------------------------------------------------------------------------------------------------

    def packet(self, packet: bytes) -> None:
        """From the local host: sent when its destination has keys, a path and a next hop, else control's."""
        dest = packet[24:40]
        key = self._names.get(dest) or self._names.get(dest[:8])
        if key is None or not self._seal(key, bytes([MessageKind.PACKET]) + packet):
            self._report("packet", packet)

    def traffic(self, now: float, link: int, frame: bytes) -> None:
        """A traffic frame from a peer: for us, for another, or at a dead end."""
        if link not in self._trusted:
            self.counters["traffic_untrusted"] += 1
            return
        traffic = Traffic.decode(frame[1:])
        if traffic.dest == self.own:
            self._open(now, traffic.source, traffic.payload)
        elif not self._route(traffic):
            self._report("dead_end", traffic.origin, traffic.source, traffic.dest)

    def _route(self, traffic: Traffic) -> bool:
        hop = next_hop(self.snapshot, traffic.path, traffic.watermark)
        if hop is None:
            return False
        self._transmit(hop[0].link, replace(traffic, watermark=hop[1]).frame())
        return True

    def _seal(self, key: bytes, message: bytes) -> bool:
        """False when keys, path or next hop are missing."""
        session, path = self._sessions.get(key), self._paths.get(key)
        if session is None or path is None or next_hop(self.snapshot, path, MAX_UINT64) is None:
            return False
        keys = session.keys
        assert isinstance(keys.send, FakeSharedKey)
        session.nonce += 1
        box = keys.send.seal(session.nonce, keys.next_public + message)
        payload = Sealed(keys.local_seq, keys.remote_seq, session.nonce, box).encode()
        self._count(key, 0, len(message))
        return self._route(Traffic(path, self.snapshot.coords, self.own, key, MAX_UINT64, payload))

    def _open(self, now: float, source: bytes, payload: bytes) -> None:
        if payload[:1] in (bytes([PayloadKind.INIT]), bytes([PayloadKind.ACK])):
            self._report("traffic", source, payload)
            return
        try:
            sealed = Sealed.decode(payload)
        except WireError:
            self.counters["payload_malformed"] += 1
            return
        row = self._row(source, sealed)
        inner = self._unbox(source, row, sealed) if row else None
        if row is None or inner is None:
            self._refuse(now, source)
            return
        self._count(source, len(inner) - NEXT_KEY, 0)
        self._move(source, row, inner[:NEXT_KEY])
        self._message(source, inner[NEXT_KEY:])

    def _row(self, source: bytes, sealed: Sealed) -> fx.ReceiveKeys | None:
        session = self._sessions.get(source)
        rows = session.keys.receive if session else ()
        wanted = (sealed.local_seq, sealed.remote_seq)
        return next((row for row in rows if (row.remote_seq, row.local_seq) == wanted), None)

    def _unbox(self, source: bytes, row: fx.ReceiveKeys, sealed: Sealed) -> bytes | None:
        assert isinstance(row.key, FakeSharedKey)
        inner = row.key.open(sealed.nonce, sealed.box)
        seen = self._sessions[source].seen.setdefault(replace(row, report=False), set())
        if inner is None or sealed.nonce in seen:
            return None
        seen.add(sealed.nonce)
        return inner

    def _move(self, source: bytes, row: fx.ReceiveKeys, next_public: bytes) -> None:
        pair = (row.remote_seq, row.local_seq)
        session = self._sessions[source]
        if row.report and pair not in session.reported:
            session.reported.add(pair)
            self._report("session_moved", source, *pair, next_public)

    def _message(self, source: bytes, message: bytes) -> None:
        if message[:1] != bytes([MessageKind.PACKET]):
            self._report("message", source, message)
            return
        packet = message[1:]
        ours = packet[24:40] == address_of(self.own) or packet[24:32] == subnet_of(self.own)
        theirs = packet[8:24] == address_of(source) or packet[8:16] == subnet_of(source)
        if ours and theirs:
            self._deliver(source, packet)
        else:
            self.counters["packets_misaddressed"] += 1

    def _install(self, keys: fx.InstallKeys) -> None:
        old = self._sessions.get(keys.key)
        session = _Session(keys, nonce=old.nonce if old and keys.keep_nonce else 0)
        if old:
            pairs = {replace(row, report=False) for row in keys.receive}
            session.seen = {pair: seen for pair, seen in old.seen.items() if pair in pairs}
        self._sessions[keys.key] = session
        self._names[address_of(keys.key)] = self._names[subnet_of(keys.key)] = keys.key

    def _refuse(self, now: float, source: bytes) -> None:
        if now >= self._refused_at.get(source, 0.0) + REFUSED_SPACING:
            self._refused_at[source] = now
            self._report("session_refused", source)

    def _count(self, key: bytes, received: int, sent: int) -> None:
        row = self._activity.setdefault(key, [0, 0])
        row[0] += received
        row[1] += sent
