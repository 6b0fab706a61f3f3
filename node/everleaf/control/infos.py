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

    def store(self, now: float, new: Announce, via: bytes) -> list[bytes]:
        """Hold `new` from now on; returns the keys that had to go for it."""
        held = self._entries.pop(new.key, None)
        if held is None and new.key not in self._needed:
            self._loose[via] += 1
        until = float("inf") if new.key == self._own else now + LIFETIME
        self._entries[new.key] = _Entry(new, until, held.via if held else via)
        self._places.clear()
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
            self._places[key] = self._find_place(key)
        return self._places[key]

    def _tie(self) -> Verdict:
        """Same seq, parent and nonce, other content: answering such an announce would start an endless echo."""
        return Verdict.TIED

    def _find_place(self, key: bytes) -> Place | None:
        above = self.ancestry(key)
        if not above or self._entries[above[0]].announce.parent != above[0]:
            return None
        return Place(above[0], tuple(self._entries[k].announce.port for k in above[1:]))

    def _make_room(self) -> list[bytes]:
        if len(self._entries) <= MAX_INFOS:
            return []
        safe = {self._own, *self._needed}
        gone = [key for key in self._entries if key not in safe][:1]
        self.evicted += len(gone)
        self._forget(gone)
        return gone

    def _forget(self, keys: list[bytes]) -> None:
        for key in keys:
            del self._entries[key]
        if keys:
            self._places.clear()


def _standing(announce: Announce) -> tuple[int, bytes, int]:
    """Sorts the better announce first."""
    return -announce.seq, announce.parent, announce.nonce
