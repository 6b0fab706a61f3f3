"""What we know about the tree: the newest announce of each node that concerns us, and who stands where."""

from __future__ import annotations

from collections import Counter
from collections.abc import Collection, Iterator
from dataclasses import dataclass
from enum import Enum

from everleaf.wire.codec import MAX_PORTS, Path
from everleaf.wire.tree import Announce

LIFETIME = 300.0  # seconds an announce is believed; its node renews it every 240 s
LOOSE_PER_PEER = 256  # announces of one peer that (not yet, or no longer) concern us
MAX_INFOS = 16384


class Verdict(Enum):
    """What an announce means next to the one we hold. The same on every node, or announces would echo for ever."""

    BETTER = "better"
    KNOWN = "known"  # byte for byte what we hold
    TIED = "tied"  # neither better nor worse, but not the same
    WORSE = "worse"


@dataclass(frozen=True, slots=True)
class Place:
    """Where a node stands."""

    root: bytes
    coords: Path


@dataclass(slots=True)
class _Entry:
    announce: Announce
    until: float
    via: bytes  # the peer that told us first


class Infos:
    """Announces by key, in the order in which they fade; our own never does.

    An outsider can sign announces for any number of keys, so only those that concern us, the ancestry of ourselves
    and of our peers, are safe from eviction; each peer may add a bounded number of others.
    """

    def __init__(self, own: bytes) -> None:
        self._own = own
        self._entries: dict[bytes, _Entry] = {}
        self._needed: Collection[bytes] = ()
        self._loose: Counter[bytes] = Counter()
        self._places: dict[bytes, Place | None] = {}
        self._children: Counter[bytes] = Counter()  # how many announces name it as parent
        self.refused = 0
        self.evicted = 0

    def __len__(self) -> int:
        return len(self._entries)

    def __iter__(self) -> Iterator[bytes]:
        return iter(self._entries)

    def get(self, key: bytes) -> Announce | None:
        """What we hold for `key`."""
        entry = self._entries.get(key)
        return entry.announce if entry else None

    def judge(self, new: Announce) -> Verdict:
        """Compare with what we hold. Higher seq wins, then the lower parent key, then the lower nonce."""
        held = self.get(new.key)
        if held is None:
            return Verdict.BETTER
        if held == new:
            return Verdict.KNOWN
        ours, theirs = _standing(held), _standing(new)
        if ours == theirs:
            return self._tie()
        return Verdict.BETTER if theirs < ours else Verdict.WORSE

    def admits(self, key: bytes, via: bytes) -> bool:
        """Whether there is room for an announce of `key` told by the peer `via`."""
        if key in self._entries or key in self._needed or self._loose[via] < LOOSE_PER_PEER:
            return True
        self.refused += 1
        return False

    def moves(self, new: Announce) -> bool:
        """Whether to hold `new` changes where anybody stands; a renewal does not."""
        held = self.get(new.key)
        return held is None or (held.parent, held.port) != (new.parent, new.port)

    def carries(self, key: bytes) -> bool:
        """Whether anybody hangs from `key`."""
        return self._children[key] > 0

    def store(self, now: float, new: Announce, via: bytes) -> list[bytes]:
        """Hold `new` from now on; returns the keys that had to go for it."""
        if self.carries(new.key) and self.moves(new):
            self._places.clear()
        self._places.pop(new.key, None)
        held = self._entries.pop(new.key, None)
        self._count_child(held.announce if held else None, -1)
        self._count_child(new, 1)
        if held is None and new.key not in self._needed:
            self._loose[via] += 1
        until = float("inf") if new.key == self._own else now + LIFETIME
        self._entries[new.key] = _Entry(new, until, held.via if held else via)
        return self._make_room()

    def fade(self, now: float) -> list[bytes]:
        """Forget what nobody renewed; returns the keys."""
        gone = [key for key, entry in self._entries.items() if entry.until <= now]
        self._forget(gone)
        return gone

    def keep(self, needed: Collection[bytes]) -> None:
        """These keys concern us; all others count against the peers that told us."""
        self._needed = needed
        self._loose = Counter(entry.via for key, entry in self._entries.items() if key not in needed)

    def ancestry(self, key: bytes) -> list[bytes]:
        """The known nodes from the top down to `key`."""
        return list(self.walk(key))[::-1]

    def walk(self, key: bytes) -> dict[bytes, int]:
        """Hops from `key` to each known node above it, itself first, the topmost last; empty if it is unknown.

        Nobody can be reached below the longest path, so the walk ends there as well.
        """
        hops: dict[bytes, int] = {}
        entry = self._entries.get(key)
        while entry is not None and key not in hops and len(hops) <= MAX_PORTS:
            hops[key] = len(hops)
            key = entry.announce.parent
            entry = self._entries.get(key)
        return hops

    def place(self, key: bytes) -> Place | None:
        """Where `key` stands; None while the way to its root is not known to the end."""
        if key not in self._places:
            self._find_places(key)
        return self._places[key]

    def _tie(self) -> Verdict:
        """Same seq, parent and nonce, other content: answering such an announce would start an endless echo."""
        return Verdict.TIED

    def _find_places(self, key: bytes) -> None:
        """Of `key`, and on the way of everybody above it whose place is not known yet."""
        below: dict[bytes, Announce] = {}
        held = self.get(key)
        while held is not None and held.parent != key and key not in below and key not in self._places:
            below[key] = held
            key = held.parent
            held = self.get(key)
        if key not in below and key not in self._places:  # a root, or unknown
            self._places[key] = Place(key, ()) if held else None
        place = self._places.get(key)  # none in a circle
        for child, announce in reversed(below.items()):
            self._places[child] = place = _below(place, announce.port)

    def _make_room(self) -> list[bytes]:
        if len(self._entries) <= MAX_INFOS:
            return []
        safe = {self._own, *self._needed}
        gone = [key for key in self._entries if key not in safe][:1]
        self.evicted += len(gone)
        self._forget(gone)
        return gone

    def _count_child(self, announce: Announce | None, change: int) -> None:
        if announce is None or announce.parent == announce.key:
            return
        self._children[announce.parent] += change
        if not self._children[announce.parent]:
            del self._children[announce.parent]

    def _forget(self, keys: list[bytes]) -> None:
        for key in keys:
            self._count_child(self._entries.pop(key).announce, -1)
        if keys:
            self._places.clear()


def _below(place: Place | None, port: int) -> Place | None:
    """Nobody can be reached below the longest path."""
    if place is None or len(place.coords) >= MAX_PORTS:
        return None
    return Place(place.root, (*place.coords, port))


def _standing(announce: Announce) -> tuple[int, bytes, int]:
    """Sorts the better announce first."""
    return -announce.seq, announce.parent, announce.nonce
