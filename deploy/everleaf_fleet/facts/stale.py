"""Which files the running node has not read yet."""

from __future__ import annotations

from pyinfra.api.command import QuoteString, StringCommand
from pyinfra.api.facts import FactBase
from typing_extensions import override


class Unread(FactBase[list[str]]):
    """Those of the files that are newer than the node's admin socket: it is made at the start, and touched by a reload.

    Comparing on the host needs no memory of what an earlier, perhaps interrupted, run of a deploy has changed. A link
    counts as changed when it was moved, or when what it points at was.
    """

    @override
    @staticmethod
    def default() -> list[str]:
        return []

    @override
    def command(self, files: list[str], socket: str) -> StringCommand:
        since = QuoteString(socket)
        names = list(map(QuoteString, files))
        look = ["find", *names, "-prune -newer", since, "; find -H", *names, "-prune -newer", since]
        return StringCommand("if test -e", since, "; then {", *look, "; } 2>/dev/null | sort -u; fi")

    @override
    def process(self, output: list[str]) -> list[str]:
        return output
