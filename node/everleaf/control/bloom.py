"""Bloom filters over tree links: which keys can be reached through which peer. They steer lookups, nothing else.

Each on-tree peer gets the union of our own key and what every *other* on-tree peer told us, so a filter describes our
side of that link. The tree has no loops, hence a key is never advertised back to where it lives.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from functools import lru_cache

from everleaf.address import transform
from everleaf.control.effects import Effect, SendFrame
from everleaf.control.murmur import murmur3
from everleaf.control.peers import PeerLink, Peers
from everleaf.wire.bloom import BLOOM_BITS, Bloom
from everleaf.wire.codec import MAX_UINT64

REPEAT_TICKS = 3600  # an unchanged filter is sent again after this many ticks
HASH_CACHE = 4096  # keys whose bits are remembered
BLANK = 0


@lru_cache(HASH_CACHE)
def bits_of(key: bytes) -> int:
    """The filter of one key, full or partial: every key in the same /64 has the same one."""
    return sum(1 << bit for bit in {*bit_numbers(transform(key))})


def bit_numbers(bloom_key: bytes) -> tuple[int, ...]:
    """The eight hashes of a transformed key."""
    h = (*murmur3(bloom_key), *murmur3(bloom_key + b"\1"))
    steps = (2, 3, 3, 2, 2, 3, 3, 2)  # which half is the multiplied one
    return tuple(((h[i % 2] + i * h[step]) & MAX_UINT64) % BLOOM_BITS for i, step in enumerate(steps))


@dataclass(slots=True)
class _Filters:
    """One peer."""

    received: int = BLANK
    sent: int = BLANK
    stale: bool = False  # what we sent has bits that are gone; they are taken back at the next tick
    calm: int = 0  # ticks since something was sent


class Filters:
    """The filters of all peers. Machines above send them lookups by `targets`."""

    def __init__(self, public_key: bytes, peers: Peers) -> None:
        self._own = bits_of(public_key)
        self._peers = peers
        self._filters: dict[bytes, _Filters] = {}
        self._unproven: dict[int, int] = {}  # by link: the newest filter on a link that is not trusted yet
        self._on_tree: dict[bytes, None] = {}

    def link_up(self, link: PeerLink) -> list[Effect]:
        """The peer must know on every link what we last told it; a new peer is told a blank filter."""
        filters = self._filters.setdefault(link.key, _Filters())
        return [_frame(link, filters.sent)]

    def link_down(self, number: int, key: bytes) -> list[Effect]:
        """A link to `key` ended. What was under way on it may be lost, so the others repeat it."""
        self._unproven.pop(number, None)
        if key in self._peers:
            return self._frames(key)
        del self._filters[key]
        self._on_tree.pop(key, None)
        return []

    def received(self, link: PeerLink, filter_bits: int) -> None:
        """The peer's newest filter. It counts at once, or when the link has proved the peer's key."""
        self._unproven.pop(link.number, None)
        if link.trusted:
            self._filters[link.key].received = filter_bits
        else:
            self._unproven[link.number] = filter_bits

    def tick(self, on_tree: Sequence[bytes]) -> list[Effect]:
        """Once a second, after the tree: who is on-tree now, and what each of them should hear."""
        self._adopt()
        effects = self._leave([key for key in self._on_tree if key not in on_tree])
        self._on_tree = dict.fromkeys(on_tree)
        for key, wanted in self._wanted():
            effects += self._offer(key, self._filters[key], wanted)
        return effects

    def is_on_tree(self, key: bytes) -> bool:
        """As of the last tick: to judge earlier in one direction only would let lookups circulate."""
        return key in self._on_tree

    def targets(self, dest: bytes, but: bytes | None) -> list[PeerLink]:
        """The best link of every on-tree peer, other than `but`, that may reach `dest`; in order of keys."""
        bits = bits_of(dest)
        matching = [key for key in self._on_tree if key != but and not bits & ~self._filters[key].received]
        return [link for link in map(self._peers.best, matching) if link]

    def _adopt(self) -> None:
        for number in list(self._unproven):
            link = self._peers.link(number)
            if link and link.trusted:
                self.received(link, self._unproven[number])

    def _leave(self, keys: Sequence[bytes]) -> list[Effect]:
        effects = []
        for key in keys:
            filters = self._filters[key]
            filters.sent, filters.stale, filters.calm = BLANK, False, 0
            effects += self._frames(key)
        return effects

    def _wanted(self) -> list[tuple[bytes, int]]:
        """For each on-tree peer our own bits and those of all others: unions from the left and from the right."""
        keys = list(self._on_tree)
        after = [BLANK]
        for key in reversed(keys):
            after.append(after[-1] | self._filters[key].received)
        wanted, before = [], self._own
        for key in keys:
            after.pop()
            wanted.append((key, before | after[-1]))
            before |= self._filters[key].received
        return wanted

    def _offer(self, key: bytes, filters: _Filters, wanted: int) -> list[Effect]:
        offered = self._next(filters, wanted)
        filters.calm += 1
        if offered == filters.sent and filters.calm < REPEAT_TICKS:
            return []
        filters.sent, filters.calm = offered, 0
        return self._frames(key)

    def _next(self, filters: _Filters, wanted: int) -> int:
        """Bits appear at once and go one tick later, so that a subtree that moves is not lost on the way."""
        if filters.stale:
            filters.stale = False
            return wanted
        filters.stale = bool(filters.sent & ~wanted)
        return wanted | filters.sent

    def _frames(self, key: bytes) -> list[Effect]:
        return [_frame(link, self._filters[key].sent) for link in self._peers.links_of(key)]


def _frame(link: PeerLink, filter_bits: int) -> Effect:
    return SendFrame(link.number, Bloom(filter_bits).frame())
