"""Steady traffic between pairs of stations, counted at both ends."""

from __future__ import annotations

from collections import Counter

from sim.network import Network
from sim.topology import Edges

PAUSE = 0.2  # seconds between two packets of a pair


class Stream:
    """One packet per pair every `PAUSE`, from now until `until`. Sessions are made before the first one."""

    def __init__(self, net: Network, pairs: Edges, seconds: float) -> None:
        self._net = net
        self.pairs = pairs
        for _ in range(3):
            missing = net.exchange(pairs, patience=4)
        assert missing == []
        self._until = net.world.now + seconds
        self.sent: Counter[tuple[int, int]] = Counter()
        self._before = {pair: self._heard(pair) for pair in pairs}
        for pair in pairs:
            net.world.at(net.world.now + net.world.rng.random() * PAUSE, self._send, pair)

    def lost(self) -> int:
        """Packets that did not arrive, of those that were sent."""
        return sum(self.sent[pair] - self._heard(pair) + self._before[pair] for pair in self.pairs)

    def _send(self, pair: tuple[int, int]) -> None:
        stations, now = self._net.stations, self._net.world.now
        if now < self._until:
            self.sent[pair] += 1
            stations[pair[0]].send(stations[pair[1]].key, b"%d" % self.sent[pair])
            self._net.world.at(now + PAUSE, self._send, pair)

    def _heard(self, pair: tuple[int, int]) -> int:
        source, dest = (self._net.stations[n] for n in pair)
        return len(dest.payloads(source.key))
