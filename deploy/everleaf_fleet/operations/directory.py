"""The directories of the node."""

from __future__ import annotations

from collections.abc import Generator, Sequence

from pyinfra.api.command import QuoteString, StringCommand
from pyinfra.api.operation import operation
from pyinfra.context import host

from everleaf.platform.service import Directory
from everleaf_fleet.facts.entry import Entries, Entry


@operation()
def directories(wanted: Sequence[Directory]) -> Generator[StringCommand, None, None]:
    """Have every directory, with its mode and owner.

    + wanted: the directories, those above others first
    """
    there = host.get_fact(Entries, paths=[directory.path for directory in wanted], sums=False)
    missing = [one for one in wanted if there.get(one.path) != Entry("d", one.mode, one.owner, one.group)]
    if not missing:
        host.noop("every directory is as wanted")
    else:
        lines = [word for directory in missing for word in ("&&", _made(directory))]
        yield StringCommand(*lines[1:])


def _made(directory: Directory) -> StringCommand:
    path, owner = QuoteString(directory.path), f"{directory.owner}:{directory.group}"
    return StringCommand("mkdir -p", path, "&& chown", owner, path, "&& chmod", directory.mode, path)
