"""The end of a node on a host."""

from __future__ import annotations

from collections.abc import Generator

from pyinfra.api.command import QuoteString, StringCommand
from pyinfra.api.operation import operation
from pyinfra.context import host

from everleaf.platform import Platform
from everleaf.platform.service import Service
from everleaf_fleet.facts.entry import Entries
from everleaf_fleet.shell import whole


@operation()
def removed(home: Platform, wanted: Service) -> Generator[StringCommand, None, None]:
    """Remove all that a deploy has put there, and what the node has left, but for its key.

    + home: where it was
    + wanted: what its manager had
    """
    units = [file.path for file in wanted.files]
    ours = [
        *units,
        *wanted.leftovers,
        home.binary,
        home.versions,
        home.config,
        f"{home.key_file}.lock",
    ]
    there = host.get_fact(Entries, paths=ours, sums=False)
    if not there:
        host.noop("nothing of it is there")
        return
    yield StringCommand("rm -rf", *map(QuoteString, there))
    yield _emptied(home.parent(home.config), home.parent(home.versions))
    if there.keys() & set(units):
        yield whole(wanted.commands["refresh"])


@operation()
def orphaned(home: Platform) -> Generator[StringCommand, None, None]:
    """Give the key to root, before its owner goes.

    + home: where it is
    """
    there = host.get_fact(Entries, paths=[home.state, home.key_file], sums=False)
    wrong = [path for path, entry in there.items() if (entry.owner, entry.group) != ("root", home.root_group)]
    if not wrong:
        host.noop("the key is root's")
        return
    yield StringCommand("chown", f"root:{home.root_group}", *map(QuoteString, wrong))


@operation()
def keyless(home: Platform) -> Generator[StringCommand, None, None]:
    """Remove the key as well.

    + home: where it is
    """
    if home.state not in host.get_fact(Entries, paths=[home.state], sums=False):
        host.noop("there is no key")
        return
    yield StringCommand("rm -rf", QuoteString(home.state))
    yield _emptied(home.parent(home.config))


def _emptied(*directories: str) -> StringCommand:
    """Remove these directories where they are ours, and empty."""
    ours = [path for path in directories if path.endswith("/everleaf")]
    return StringCommand(*(word for path in ours for word in ("rmdir", QuoteString(path), "2>/dev/null;")), ":")
