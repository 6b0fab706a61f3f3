"""Which versions of the node's program are on a host, and which of them is used."""

from __future__ import annotations

import re
from dataclasses import dataclass

from pyinfra.api.command import QuoteString, StringCommand
from pyinfra.api.facts import FactBase
from typing_extensions import override

from everleaf_fleet.programs import PREFIX, PREVIOUS


@dataclass(frozen=True, slots=True)
class Programs:
    """The installed versions. Files are paths; "" where there is none."""

    current: str = ""
    previous: str = ""
    installed: tuple[str, ...] = ()  # the newest first

    @property
    def version(self) -> str:
        """The one that is used."""
        return re.split(r"[/\\]", self.current)[-1].removeprefix(PREFIX)


class NodePrograms(FactBase[Programs]):
    """All versions below the directory `versions`, and the one that `link` points at."""

    @override
    @staticmethod
    def default() -> Programs:
        return Programs()

    @override
    def command(self, versions: str, link: str) -> StringCommand:
        return StringCommand(
            'echo "current=$(readlink',
            QuoteString(link),
            ')"; echo "previous=$(readlink',
            QuoteString(f"{versions}/{PREVIOUS}"),
            ')";',
            "ls -1td",
            StringCommand(QuoteString(versions), f"/{PREFIX}*", _separator=""),
            "2>/dev/null || :",
        )

    @override
    def process(self, output: list[str]) -> Programs:
        links = dict(line.split("=", 1) for line in output[:2])
        installed = tuple(line for line in output[2:] if not line.endswith(".new"))
        return Programs(links["current"], links["previous"], installed)
