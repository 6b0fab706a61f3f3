"""What runs the shell texts of templates: a router, or something that only writes them down."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Protocol

from edgeos.configuration import Configuration


class Machine(Protocol):
    """The router below its configuration system."""

    def show(self, active: Configuration, working: Configuration) -> None:
        """From now on these are what its cli-shell-api answers from."""

    def run(self, text: str, environment: Mapping[str, str]) -> tuple[int, str]:
        """Exit status and output of a shell text, run by the user who commits."""
