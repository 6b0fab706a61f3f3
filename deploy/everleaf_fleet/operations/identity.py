"""The node's key, made where it is used and never taken from there."""

from __future__ import annotations

from collections.abc import Generator

from pyinfra.api.command import QuoteString, StringCommand
from pyinfra.api.operation import operation
from pyinfra.context import host

from everleaf_fleet.facts.entry import Entries, Entry
from everleaf_fleet.member import Member
from everleaf_fleet.shell import refuse


@operation()
def identity(member: Member) -> Generator[StringCommand, None, None]:
    """Give the node a key once; never replace one, nor make another for the one that the lock knows.

    + member: the host
    """
    home = member.home
    key, owner = QuoteString(home.key_file), f"{home.user}:{home.group}"
    there = host.get_fact(Entries, paths=[home.key_file], sums=False).get(home.key_file)
    if there == Entry("-", "0600", home.user, home.group):
        host.noop(f"there is a key in {home.key_file}")
    elif there:
        yield StringCommand("chown", owner, key, "&& chmod 0600", key)
    elif member.locked:
        yield refuse(
            f"{home.key_file} is gone, but the lock knows the key {member.locked.public_key[:16]}; put it back, "
            f"or delete [hosts.{member.name}] from {member.book.path} so that a new one is made"
        )
    else:
        yield StringCommand(QuoteString(home.binary), "keygen --out", key, ">/dev/null && chown", owner, key)
