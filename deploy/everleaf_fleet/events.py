"""What happens to the hosts of a rollout. They go by the names that their fleet gives them."""

from __future__ import annotations

from dataclasses import dataclass
from enum import Enum
from typing import Any


@dataclass(frozen=True, slots=True)
class Begun:
    """These hosts are changed together, from now on."""

    hosts: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Planned:
    """Every host will go through this many operations."""

    operations: int


@dataclass(frozen=True, slots=True)
class Step:
    """A host begins an operation, or is done with it."""

    host: str
    operation: str
    done: bool


@dataclass(frozen=True, slots=True)
class Failed:
    """A host goes no further: what it said, and whether it was reached at all."""

    host: str
    reason: str
    reached: bool = True


@dataclass(frozen=True, slots=True)
class Passed:
    """A host came to the end; these operations changed something."""

    host: str
    changed: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Answer:
    """What a host said when it was asked."""

    host: str
    said: Any


class Outcome(Enum):
    """What became of a host."""

    UNCHANGED = "unchanged"  # it is as it should be
    CHANGED = "changed"
    RETURNED = "returned"  # it failed, and runs what it ran before
    CUT_OFF = "cut off"  # it failed and cannot be reached: it returns by itself
    FAILED = "failed"  # it failed, and is as the failure left it
    UNTOUCHED = "untouched"  # it was not its turn any more
    UNREACHED = "unreached"  # it did not answer at the beginning


@dataclass(frozen=True, slots=True)
class Result:
    """What became of a host; what was changed there, or why it failed."""

    host: str
    outcome: Outcome
    changed: tuple[str, ...] = ()
    words: str = ""


Event = Begun | Planned | Step | Failed | Passed | Result
