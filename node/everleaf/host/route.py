"""A route into an interface, and what became of asking for it, whoever was asked: the kernel or a command."""

from __future__ import annotations

from dataclasses import dataclass
from enum import Enum


class Outcome(Enum):
    """Three of the four leave the table as wanted, or show that it already was."""

    DONE = "done"
    EXISTS = "exists"  # adding what is there
    MISSING = "missing"  # deleting or changing what is not there
    REFUSED = "refused"


@dataclass(frozen=True, slots=True)
class Answer:
    """The outcome, and the system's own words."""

    outcome: Outcome
    text: str = ""


@dataclass(frozen=True, slots=True)
class Route:
    """An IPv6 prefix that goes into an interface."""

    prefix: bytes  # 16 bytes, host bits zero
    prefix_length: int
    index: int = 0  # the interface, where the system names it by number: FreeBSD, DragonFly, macOS
    own: bytes = b""  # an address of the interface, where the system names it so: NetBSD, OpenBSD
    flags: int = 0  # RTF_* beside UP and STATIC
