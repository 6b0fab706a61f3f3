"""Which files the running node has not read yet."""

from __future__ import annotations

from typing import Any

from pyinfra.api.command import QuoteString, StringCommand
from pyinfra.api.facts import FactBase
from pyinfra.context import host
from typing_extensions import override

from everleaf.platform import Platform
from everleaf.platform.service import Service


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


def asked(home: Platform, wanted: Service) -> dict[str, Any]:
    """What Unread has to know of a host: all files that a node uses there."""
    files = [home.binary, home.config, *(file.path for file in wanted.files)]
    return {"files": files, "socket": socket(home)}


def unread(home: Platform, wanted: Service) -> list[str]:
    """Those of the host that pyinfra is at."""
    found: list[str] = host.get_fact(Unread, **asked(home, wanted))
    return found


def socket(home: Platform) -> str:
    """The file of the admin socket."""
    return home.admin.removeprefix("unix://")
