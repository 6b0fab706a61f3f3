"""Wall time beside time that nobody can set: has somebody moved the clock lately?"""

from __future__ import annotations

import sys
import time

MOVE = 60.0  # seconds; less is what time services do
LATELY = 600.0  # seconds


class Clock:
    """Compares the two once a second."""

    def __init__(self) -> None:
        self._offset: float | None = None  # of wall time, when it was last looked at
        self._moved = 0.0
        self._moved_at = 0.0

    def sample(self, wall: float, steady: float) -> None:
        """Look at both, in seconds; `steady` goes on while the machine sleeps."""
        offset = wall - steady
        if self._offset is not None and abs(offset - self._offset) > MOVE:
            self._moved, self._moved_at = offset - self._offset, steady
        self._offset = offset

    def moved(self, steady: float) -> float:
        """By how much it was last moved, in seconds; 0.0 if that was not lately."""
        return self._moved if steady - self._moved_at < LATELY else 0.0


def steady() -> float:
    """Seconds of a clock that nobody sets; where the system has one, it goes on while the machine sleeps."""
    if sys.platform == "win32" or not hasattr(time, "CLOCK_BOOTTIME"):
        return time.monotonic()
    return time.clock_gettime(time.CLOCK_BOOTTIME)
