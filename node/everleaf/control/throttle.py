"""How much of something one outsider may cause."""

from __future__ import annotations


class TokenBucket:
    """Lets `burst` through at once and `rate` per second in the long run."""

    __slots__ = ("_burst", "_rate", "_since", "_tokens")

    def __init__(self, rate: float, burst: float) -> None:
        self._rate = rate
        self._burst = burst
        self._tokens = burst
        self._since = float("-inf")

    def take(self, now: float) -> bool:
        """Whether one more may pass at `now`."""
        gained = (now - self._since) * self._rate
        self._tokens = min(self._burst, self._tokens + gained)
        self._since = now
        if self._tokens < 1:
            return False
        self._tokens -= 1
        return True
