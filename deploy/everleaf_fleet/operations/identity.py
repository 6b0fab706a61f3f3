"""The node's key, made where it is used and never taken from there."""

from __future__ import annotations

from collections.abc import Generator

from pyinfra.api.command import QuoteString, StringCommand
from pyinfra.api.operation import operation
from pyinfra.context import host

from everleaf.platform import Platform
from everleaf_fleet.deadman import directory
from everleaf_fleet.facts.entry import Entries, Entry
from everleaf_fleet.facts.node import NodeIdentity
from everleaf_fleet.member import Member
from everleaf_fleet.shell import refuse


@operation()
def identity(member: Member, program: str) -> Generator[StringCommand, None, None]:
    """Give the node a key once; never replace one, nor make another for the one that the lock knows.

    + member: the host
    + program: the node's, which need not be used yet
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
        yield _made(home, program, home.key_file)


@operation()
def successor(member: Member) -> Generator[StringCommand, None, None]:
    """Make the key that will take the place of the present one, beside it.

    + member: the host
    """
    home, known = member.home, member.locked
    if known and known.next_key in (_public(home, following(home)), _public(home, home.key_file)) and known.next_key:
        host.noop(f"the key {known.next_key[:16]} is there")
    elif not _public(home, following(home)):
        yield _made(home, home.binary, following(home))
    else:
        host.noop(f"there is a key in {following(home)}")


@operation()
def succeeded(member: Member) -> Generator[StringCommand, None, None]:
    """Put the next key in the place of the present one, which stays beside it until the change is confirmed.

    + member: the host
    """
    home, known = member.home, member.locked
    if known and known.next_key and known.next_key == _public(home, home.key_file):
        host.noop(f"the key is {known.next_key[:16]}")
        return
    key, old, new = map(QuoteString, (home.key_file, former(home), following(home)))
    sign = QuoteString(home.join(directory(home), "rotating"))  # for the way back
    noted = StringCommand("{ ! test -d", QuoteString(directory(home)), "|| : >", sign, "; }")
    yield StringCommand("rm -f", old, "&&", noted, "&& ln", key, old, "&& mv -f", new, key)


@operation()
def retired(member: Member) -> Generator[StringCommand, None, None]:
    """Remove the key whose place was taken.

    + member: the host
    """
    home = member.home
    if former(home) not in host.get_fact(Entries, paths=[former(home)], sums=False):
        host.noop("there is no other key")
        return
    yield StringCommand("rm -f", QuoteString(former(home)))


def following(home: Platform) -> str:
    """Where the next key waits."""
    return f"{home.key_file}.next"


def former(home: Platform) -> str:
    """Where the key stays whose place was taken."""
    return f"{home.key_file}.old"


def _made(home: Platform, program: str, key_file: str) -> StringCommand:
    key = QuoteString(key_file)
    return StringCommand(
        QuoteString(program), "keygen --out", key, f">/dev/null && chown {home.user}:{home.group}", key
    )


def _public(home: Platform, key_file: str) -> str:
    """The public half of a key there; "" if there is none."""
    told = host.get_fact(NodeIdentity, key_file=key_file, binary=home.binary)
    return str(told["public_key"]) if told else ""
