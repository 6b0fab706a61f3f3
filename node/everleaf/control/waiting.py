"""A waiting room: what is to be sent once a path or a session is there."""

from __future__ import annotations

from collections import deque

MAX_ITEMS = 16  # the first packets of a TCP connection, not a download
MAX_BYTES = 65536
PATIENCE = 5.0  # seconds; whoever sent it has tried again by then


class WaitingRoom:
    """Messages or packets for one destination, oldest first. When it is full the oldest leaves."""

    def __init__(self) -> None:
        self._items: deque[tuple[float, bytes]] = deque()
        self._size = 0

    def __len__(self) -> int:
        return len(self._items)

    def add(self, now: float, item: bytes) -> list[bytes]:
        """Let `item` in; return those who had to leave for it."""
        self._items.append((now, item))
        self._size += len(item)
        left = []
        while len(self._items) > 1 and (len(self._items) > MAX_ITEMS or self._size > MAX_BYTES):
            left.append(self._leave())
        return left

    def expire(self, now: float) -> list[bytes]:
        """Return those who waited too long."""
        left = []
        while self._items and now - self._items[0][0] > PATIENCE:
            left.append(self._leave())
        return left

    def drain(self) -> list[bytes]:
        """Everybody, oldest first; the room is empty then."""
        return [self._leave() for _ in range(len(self._items))]

    def _leave(self) -> bytes:
        _, item = self._items.popleft()
        self._size -= len(item)
        return item
