"""What one host said when it was asked everything that a plan compares: plain data, and never a key."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from everleaf_fleet.facts.entry import Entry
from everleaf_fleet.facts.program import Programs
from everleaf_fleet.facts.service import ServiceState


@dataclass(frozen=True, slots=True)
class Survey:
    """One host at one moment."""

    entries: Mapping[str, Entry] = field(default_factory=dict)  # what is at the paths of our files
    texts: Mapping[str, str] = field(default_factory=dict)  # what the differing ones hold, and the hosts file
    lines: tuple[str, ...] = ()  # what a router's configuration says of our interface
    machine: str = ""  # what `uname -m` says
    programs: Programs = field(default_factory=Programs)
    program: str = ""  # SHA-256 of the program that is used
    service: ServiceState = field(default_factory=ServiceState)
    unread: tuple[str, ...] = ()  # files that the running node has not read
    public_key: str = ""  # of the key there; "" for none
    unconfirmed: bool = False  # whether a change has neither been confirmed nor taken back
    status: Mapping[str, Any] | None = None  # what the node reports; None where no program is installed

    @property
    def running(self) -> bool:
        """Whether a node answers."""
        return bool(self.status and "key" in self.status)
