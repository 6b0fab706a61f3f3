"""What one machine of a node asks of another. The node carries these out itself; they never reach the daemon."""

from __future__ import annotations

from dataclasses import dataclass

from everleaf.control.effects import Effect


@dataclass(frozen=True, slots=True)
class SendPayload(Effect):
    """Route one session payload (init or ack) to `dest`, looking for a path first if there is none."""

    dest: bytes
    payload: bytes


@dataclass(frozen=True, slots=True)
class Lookup(Effect):
    """Ask the tree who has this key, which may be partial: made from an address or a subnet."""

    key: bytes


@dataclass(frozen=True, slots=True)
class WriteMessage(Effect):
    """Send one in-session message (kind byte first) to `key`, making a session first if there is none."""

    key: bytes
    message: bytes


@dataclass(frozen=True, slots=True)
class PathFound(Effect):
    """A notify was believed: `key` exists, and there is a path to it."""

    key: bytes
