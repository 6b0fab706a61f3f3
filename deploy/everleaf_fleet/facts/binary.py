"""Which version of the node's program is in use."""

from __future__ import annotations

from pyinfra.api.command import QuoteString, StringCommand
from pyinfra.api.facts import FactBase
from typing_extensions import override


class LinkTarget(FactBase[str]):
    """Where a symbolic link points; empty when there is none."""

    @override
    def command(self, link: str) -> StringCommand:
        return StringCommand("readlink", QuoteString(link), "|| true")
