"""Bytes a second of every link, from counters read once a second."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from everleaf.admin.view import LinkTraffic


@dataclass(frozen=True, slots=True)
class _Sample:
    at: float
    traffic: LinkTraffic


class Rates:
    """Remembers the last counters of each link. Feed it once a second."""

    def __init__(self) -> None:
        self._last: dict[int, _Sample] = {}

    def sample(self, now: float, counters: Mapping[int, tuple[int, int]]) -> None:
        """Take (received, sent) bytes of every link there is; others are forgotten."""
        self._last = {
            link: _Sample(now, self._measured(now, link, received, sent)) for link, (received, sent) in counters.items()
        }

    def traffic(self, link: int) -> LinkTraffic:
        """What the last sample found; zeros for a link that was not in it."""
        sample = self._last.get(link)
        return sample.traffic if sample else LinkTraffic()

    def _measured(self, now: float, link: int, received: int, sent: int) -> LinkTraffic:
        last = self._last.get(link)
        if last is None or now <= last.at:
            return LinkTraffic(received, sent)
        span = now - last.at
        return LinkTraffic(
            received=received,
            sent=sent,
            received_rate=round((received - last.traffic.received) / span),
            sent_rate=round((sent - last.traffic.sent) / span),
        )
