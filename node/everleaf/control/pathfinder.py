"""Finding where a key stands: lookups along the tree, signed notifies back, and broken paths.

Lookups and path_broken are unsigned, so anybody can send them in anybody's name: whatever they cause is limited here.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Sequence
from dataclasses import dataclass, field, replace

from everleaf.address import transform
from everleaf.control.bloom import Filters
from everleaf.control.crypto import Crypto, Identity
from everleaf.control.effects import DropPath, Effect, QueueFrame, Seal, SetPath, Snapshot
from everleaf.control.fading import FadingTable
from everleaf.control.handoff import PathFound, SendPayload
from everleaf.control.landmarks import Bearing, Landmarks
from everleaf.control.peers import PeerLink
from everleaf.control.router import next_hop
from everleaf.control.throttle import TokenBucket
from everleaf.control.views import LookupEntry, PathEntry
from everleaf.wire.codec import MAX_UINT64, Path
from everleaf.wire.pathfinder import PathBroken, PathLookup, PathNotify, statement
from everleaf.wire.traffic import Traffic

LIFETIME = 60.0  # seconds: a path since it was last of use, a rumor since its last lookup
LOOKUP_SPACING = 1.0  # seconds between lookups for one key, and between passed repeats of a stranger's lookup
MAX_PATIENCE = 8.0  # seconds between lookups because of path_broken; doubles up to this while nothing else speaks
MEMORY = 24 * 3600.0  # seconds a seen lookup is shown
MAX_PATHS = 8192
MAX_RUMORS = 1024
MAX_REPEATS = 8192
MAX_HEARD = 1024
MAX_WAITING = 8  # messages per rumor
DEAD_ENDS = (256, 512)  # answered per second, and at once
TOLD = (64, 256)  # of those we have paths to, after we moved; per second, and at once


@dataclass(slots=True)
class _Path:
    coords: Path
    seq: int
    bearing: Bearing
    broken: bool = False
    patience: float = LOOKUP_SPACING  # seconds until a path_broken may cause the lookup after the next
    deaf_until: float = 0.0


@dataclass(slots=True)
class _Rumor:
    """A key, perhaps partial, that we asked for."""

    asked_at: float
    waiting: deque[SendPayload | Seal] = field(default_factory=lambda: deque(maxlen=MAX_WAITING))


@dataclass(frozen=True, slots=True)
class _Claim:
    """What we last signed about ourselves."""

    second: int  # Unix time of signing; `seq` may be ahead of it
    seq: int
    coords: Path
    sig: bytes


class Pathfinder:
    """The paths we know, the lookups we made, and our part in those of others."""

    def __init__(self, identity: Identity, crypto: Crypto, filters: Filters) -> None:
        self._identity = identity
        self._crypto = crypto
        self._filters = filters
        self._own = identity.public
        self._snapshot = Snapshot((), ())
        self._landmarks = Landmarks({})
        self._paths: FadingTable[bytes, _Path] = FadingTable(LIFETIME, MAX_PATHS)
        self._rumors: FadingTable[bytes, _Rumor] = FadingTable(LIFETIME, MAX_RUMORS)  # by transformed key
        self._repeats: FadingTable[tuple[int, bytes, bytes], None] = FadingTable(LOOKUP_SPACING, MAX_REPEATS)
        self._heard: FadingTable[bytes, LookupEntry] = FadingTable(MEMORY, MAX_HEARD)
        self._claim: _Claim | None = None
        self._dead_ends = TokenBucket(*DEAD_ENDS)
        self._untold: list[bytes] = []  # who should hear that we moved; the last one first
        self._telling = TokenBucket(*TOLD)
        self._limited = {
            "lookups_limited": 0,
            "lookups_repeated": 0,
            "answers_limited": 0,
            "brokens_limited": 0,
            "dead_ends_limited": 0,
        }

    # --- our own traffic ---------------------------------------------------------------------------------------------

    def moved(self, now: float, wall: float, snapshot: Snapshot, landmarks: Landmarks) -> list[Effect]:
        """From now on we stand there and have those peers: paths follow, and their other ends hear of us."""
        before, self._snapshot = self._snapshot, snapshot
        follow = self._follow(landmarks) if landmarks is not self._landmarks else []
        if snapshot.coords == before.coords:
            return follow
        self._untold = list(self._paths)
        return [*follow, *self._tell(now, wall)]

    def leads_to(self, key: bytes) -> bool:
        """Whether we have a path to `key` and a peer to take it."""
        path = self._paths.get(key)
        return path is not None and self._leads(path)

    def send(self, now: float, wanted: SendPayload | Seal) -> list[Effect]:
        """Send it when there is a way; else look for one, and keep it until then."""
        dest = _dest(wanted)
        path = self._paths.get(dest)
        if path and self._leads(path):
            return self._send_along(path, wanted)
        effects = self._lost(now, dest)
        rumor = self._rumors.get(transform(dest))
        if rumor:
            rumor.waiting.append(wanted)
        return effects

    def lookup(self, now: float, dest: bytes) -> list[Effect]:
        """Ask the tree for `dest`, full or partial, unless we have just done so."""
        rumor = self._rumors.get(transform(dest)) or _Rumor(asked_at=float("-inf"))
        if dest == self._own or now < rumor.asked_at + LOOKUP_SPACING:
            return []
        rumor.asked_at = now
        self._rumors.put(now, transform(dest), rumor)
        return self._multicast(PathLookup(self._own, dest, self._snapshot.coords), None)

    def activity(self, now: float, rows: Sequence[tuple[bytes, int, int]]) -> None:
        """(key, bytes received, bytes sent): a path that brings answers is in order."""
        for key, received, _ in rows:
            path = self._paths.get(key)
            if path and received and not path.broken:
                path.patience = LOOKUP_SPACING
                self._paths.put(now, key, path)

    def dead_end(self, now: float, origin: Path, source: bytes, dest: bytes) -> list[Effect]:
        """Traffic of `source` to `dest` has no next hop here: tell the source, which may be us."""
        if not self._dead_ends.take(now):
            self._limited["dead_ends_limited"] += 1
            return []
        if source == self._own:
            return self._lost(now, dest)
        return self._forward(PathBroken(origin, MAX_UINT64, source, dest))

    def tick(self, now: float, wall: float) -> list[Effect]:
        """Once a second: forget, and tell who was not told yet."""
        self._rumors.fade(now)
        self._repeats.fade(now)
        self._heard.fade(now)
        return [*(DropPath(key) for key, _ in self._paths.fade(now)), *self._tell(now, wall)]

    # --- from peers --------------------------------------------------------------------------------------------------

    def lookup_received(self, now: float, wall: float, link: PeerLink, asked: PathLookup) -> list[Effect]:
        """Pass it on along the tree, and answer it when it may be for us. Off the tree it would circle: ignored."""
        if not self._filters.is_on_tree(link.key) or asked.source == self._own or not self._passes(now, link, asked):
            return []
        self._heard.put(now, asked.source, LookupEntry(asked.source, asked.origin, wall))
        effects = self._multicast(asked, link.key)
        if transform(asked.dest) == transform(self._own):
            effects += self._answer(now, wall, link, asked)
        return effects

    def notify_received(self, now: float, told: PathNotify) -> list[Effect]:
        """Somebody says where it stands: to us, or to another."""
        return self._learn(now, told) if self._is_final(told.dest, told) else self._forward(told)

    def broken_received(self, now: float, told: PathBroken) -> list[Effect]:
        """Somebody met a dead end: with our traffic, or another's."""
        return self._break(now, told.dest) if self._is_final(told.source, told) else self._forward(told)

    # --- views -------------------------------------------------------------------------------------------------------

    def paths(self) -> list[PathEntry]:
        """Every path we know, sorted by key."""
        return sorted((self._entry(key) for key in self._paths), key=lambda entry: entry.key)

    def lookups(self) -> list[LookupEntry]:
        """The newest lookup of each asker we have seen, sorted by key."""
        return sorted(self._heard.values(), key=lambda entry: entry.key)

    def counters(self) -> dict[str, int]:
        """What was refused because of a limit."""
        return self._limited | {
            "paths_evicted": self._paths.evicted,
            "rumors_evicted": self._rumors.evicted,
            "repeats_evicted": self._repeats.evicted,
            "lookups_evicted": self._heard.evicted,
        }

    # --- lookups -----------------------------------------------------------------------------------------------------

    def _passes(self, now: float, link: PeerLink, asked: PathLookup) -> bool:
        self._repeats.fade(now)
        repeat = (link.number, asked.source, transform(asked.dest))
        if repeat in self._repeats:
            self._limited["lookups_repeated"] += 1
            return False
        if not link.lookups.take(now):
            link.excess.add("lookups")
            self._limited["lookups_limited"] += 1
            return False
        self._repeats.put(now, repeat, None)
        return True

    def _multicast(self, asked: PathLookup, but: bytes | None) -> list[Effect]:
        frame = asked.frame()
        targets = self._filters.targets(asked.dest, but)
        return [QueueFrame(link.number, frame, asked.source, asked.dest) for link in targets]

    def _answer(self, now: float, wall: float, link: PeerLink, asked: PathLookup) -> list[Effect]:
        if not self._may_answer(now, link):
            link.excess.add("lookups for us")
            self._limited["answers_limited"] += 1
            return []
        return self._notify(wall, asked.origin, asked.source)

    def _may_answer(self, now: float, link: PeerLink) -> bool:
        """A lookup is unsigned: whose coordinates it names may hear of us, and never asked."""
        return link.answers.take(now)

    def _sign(self, wall: float) -> _Claim:
        """One signature serves a second, unless we move."""
        claim, coords = self._claim, self._snapshot.coords
        if claim is None or (claim.second, claim.coords) != (int(wall), coords):
            seq = self._next_seq(wall)
            self._claim = claim = _Claim(int(wall), seq, coords, self._identity.sign(statement(seq, coords)))
        return claim

    def _next_seq(self, wall: float) -> int:
        """Always newer than the last, also within one second and when the clock was set back."""
        return max(int(wall), self._claim.seq + 1 if self._claim else 0)

    # --- notifies ----------------------------------------------------------------------------------------------------

    def _is_final(self, dest: bytes, told: PathNotify | PathBroken) -> bool:  # noqa: ARG002  see the reference rule
        """What is for us ends here, even if some peer stands closer to the coordinates we had."""
        return dest == self._own

    def _learn(self, now: float, told: PathNotify) -> list[Effect]:
        known = self._paths.get(told.source)
        wanted = self._is_news(known, told) if known else transform(told.source) in self._rumors
        if not wanted or not self._crypto.verify(told.source, told.statement, told.sig):
            return []
        bearing = self._landmarks.bearing(told.source, told.coords)
        place = self._landmarks.place(told.source, bearing)
        path = _Path(told.coords if place is None else place, told.seq, bearing)
        effects: list[Effect] = [DropPath(key) for key, _ in self._paths.put(now, told.source, path)]
        if known and known.coords == path.coords:
            path.patience, path.deaf_until = known.patience, known.deaf_until
        else:
            effects.append(SetPath(told.source, path.coords))
        return [*effects, *self._release(told.source), PathFound(told.source)]

    def _is_news(self, known: _Path, told: PathNotify) -> bool:
        """Newer is enough: the same coordinates again mean that the path is in order after all."""
        return told.seq > known.seq

    def _release(self, key: bytes) -> list[SendPayload | Seal]:
        """What waited for exactly this key; a rumor may have brought several."""
        rumor = self._rumors.get(transform(key))
        if rumor is None:
            return []
        ready = [wanted for wanted in rumor.waiting if _dest(wanted) == key]
        rumor.waiting = deque((w for w in rumor.waiting if _dest(w) != key), MAX_WAITING)
        return ready

    # --- moves -------------------------------------------------------------------------------------------------------

    def _follow(self, landmarks: Landmarks) -> list[Effect]:
        """Paths whose landmark moved lead there now. It is a guess below the landmark; a wrong one ends like any broken
        path, as the old one certainly would."""
        self._landmarks = landmarks
        effects: list[Effect] = []
        for key, path in self._paths.items():
            coords = landmarks.place(key, path.bearing)
            if coords is not None and coords != path.coords:
                path.coords = coords
                effects.append(SetPath(key, coords))
        return effects

    def _tell(self, now: float, wall: float) -> list[Effect]:
        """Unasked notifies, most recent paths first: nobody else would tell the other ends before they meet a dead end.
        That the tree moved nobody forges, so it ends our distrust of path_broken."""
        effects: list[Effect] = []
        while self._untold and self._telling.take(now):
            key = self._untold.pop()
            path = self._paths.get(key)
            if path:
                path.patience, path.deaf_until = LOOKUP_SPACING, 0.0
                effects += self._notify(wall, path.coords, key)
        return effects

    def _notify(self, wall: float, path: Path, dest: bytes) -> list[Effect]:
        claim = self._sign(wall)
        return self._forward(PathNotify(path, MAX_UINT64, self._own, dest, claim.seq, claim.coords, claim.sig))

    # --- broken paths ------------------------------------------------------------------------------------------------

    def _lost(self, now: float, dest: bytes) -> list[Effect]:
        """Our own peers lead nowhere near `dest`. Nobody can forge that, so there is no need for patience."""
        path = self._paths.get(dest)
        if path:
            path.broken = True
        return self.lookup(now, dest)

    def _break(self, now: float, dest: bytes) -> list[Effect]:
        path = self._paths.get(dest)
        if path is None:
            return []
        path.broken = True
        return self.lookup(now, dest) if self._may_look(now, path) else []

    def _may_look(self, now: float, path: _Path) -> bool:
        """Anybody can forge a path_broken; the more of them come, the longer we wait between lookups."""
        if now < path.deaf_until:
            self._limited["brokens_limited"] += 1
            return False
        path.deaf_until = now + path.patience
        path.patience = min(2 * path.patience, MAX_PATIENCE)
        return True

    # --- sending -----------------------------------------------------------------------------------------------------

    def _send_along(self, path: _Path, wanted: SendPayload | Seal) -> list[Effect]:
        if isinstance(wanted, Seal):  # the core has the path, and adds it
            return [wanted]
        here = self._snapshot.coords
        return self._forward(Traffic(path.coords, here, self._own, wanted.dest, MAX_UINT64, wanted.payload))

    def _leads(self, path: _Path) -> bool:
        return next_hop(self._snapshot, path.coords, MAX_UINT64) is not None

    def _forward(self, message: PathNotify | PathBroken | Traffic) -> list[Effect]:
        """To the next hop with a lowered watermark; nothing at a dead end."""
        hop = next_hop(self._snapshot, message.path, message.watermark)
        if hop is None:
            return []
        frame = replace(message, watermark=hop[1]).frame()
        return [QueueFrame(hop[0].link, frame, message.source, message.dest)]

    def _entry(self, key: bytes) -> PathEntry:
        path = self._paths.get(key)
        assert path is not None
        return PathEntry(key, path.coords, path.seq)


def _dest(wanted: SendPayload | Seal) -> bytes:
    return wanted.key if isinstance(wanted, Seal) else wanted.dest
