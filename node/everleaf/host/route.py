"""What became of a request to add or delete a route, whoever was asked: the kernel or a command."""

from __future__ import annotations

from enum import Enum


class Outcome(Enum):
    """Three of the four leave the table as wanted, or show that it already was."""

    DONE = "done"
    EXISTS = "exists"  # adding what is there
    MISSING = "missing"  # deleting what is not there
    REFUSED = "refused"
