"""The node's process on a host that has no service manager."""

from __future__ import annotations

from dataclasses import dataclass

from pyinfra.api.command import QuoteString, StringCommand
from pyinfra.api.facts import FactBase
from typing_extensions import override


@dataclass(frozen=True, slots=True)
class Running:
    """A process that runs, and the files it was started from that have changed since."""

    pid: int
    changed: tuple[str, ...]


class NodeProcess(FactBase[Running | None]):
    """The process named in a pidfile, if it runs. A file newer than the pidfile is one it has not read yet.

    Comparing on the host needs no memory of what an earlier, perhaps interrupted, run of the deploy has changed.
    """

    @override
    def command(self, pidfile: str, files: list[str]) -> StringCommand:
        pid = QuoteString(pidfile)
        alive = StringCommand("test -s", pid, '&& kill -0 "$(cat', pid, ')" 2>/dev/null')
        changed = StringCommand("find", *map(QuoteString, files), "-prune -newer", pid)
        return StringCommand("if", alive, "; then cat", pid, "; echo;", changed, "; fi")

    @override
    def process(self, output: list[str]) -> Running | None:
        lines = [line for line in output if line]
        return Running(int(lines[0]), tuple(lines[1:])) if lines else None
