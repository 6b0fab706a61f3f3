"""A pause that doubles: for what must be tried again, but not in vain all day."""

from __future__ import annotations


class Backoff:
    """Ready at once, then after `first` seconds, then after twice as long each time, up to `limit`."""

    def __init__(self, first: float, limit: float) -> None:
        self._pause = first
        self._limit = limit
        self._ready_at = float("-inf")

    def ready(self, now: float) -> bool:
        """Whether the pause is over. If so the next, longer one begins."""
        if now < self._ready_at:
            return False
        self._ready_at = now + self._pause
        self._pause = min(2 * self._pause, self._limit)
        return True
