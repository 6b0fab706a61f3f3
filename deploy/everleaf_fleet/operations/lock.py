"""What a host tells, written into the fleet's lock here. On the host nothing changes."""

from __future__ import annotations

from collections.abc import Generator
from dataclasses import replace

from pyinfra.api.command import FunctionCommand, PyinfraCommand
from pyinfra.api.operation import operation
from pyinfra.context import host

from everleaf.platform import WINDOWS, Platform
from everleaf_fleet.facts import windows
from everleaf_fleet.facts.entry import Entries
from everleaf_fleet.facts.node import NodeIdentity
from everleaf_fleet.facts.program import NodePrograms
from everleaf_fleet.member import Member
from everleaf_fleet.model.lock import Locked
from everleaf_fleet.operations.identity import following
from everleaf_fleet.shell import refuse
from everleaf_fleet.windows.changes import identity


@operation()
def key_locked(member: Member, program: str) -> Generator[PyinfraCommand, None, None]:
    """Write down the public key: others pin it.

    + member: the host
    + program: the node's, which need not be used yet
    """
    home, known = member.home, member.locked
    key = _public(home, program)  # "" while it is not made yet: this is a dry run
    if twin := next(
        (name for name, told in member.book.lock.hosts.items() if key in told.keys and name != member.name), ""
    ):
        yield refuse(
            f"{home.key_file} is the key of {twin} too: a disk was copied with it; purge one of them, apply again"
        )
    elif not known:
        yield from _recorded(member, Locked(key))
    elif key and key != known.public_key:
        yield refuse(
            f"the key here is {key[:16]}, but the lock knows {known.public_key[:16]}; put the old one back into "
            f"{home.key_file}, or delete [hosts.{member.name}] from {member.book.path}"
        )
    else:
        host.noop(f"the lock knows {known.public_key[:16]}")


@operation()
def successor_locked(member: Member) -> Generator[PyinfraCommand, None, None]:
    """Write down the key that will take the place of the present one: others let both in.

    + member: the host
    """
    home, known = member.home, member.locked
    told = host.get_fact(NodeIdentity, key_file=following(home), binary=home.binary)
    if not known:
        yield refuse("the lock does not know this host: apply first")
    elif told and told["public_key"] != known.next_key:
        yield from _recorded(member, replace(known, next_key=told["public_key"]))
    else:
        host.noop(f"the lock knows {known.next_key[:16]}")


@operation()
def succession_locked(member: Member) -> Generator[PyinfraCommand, None, None]:
    """Write down that the next key is the present one.

    + member: the host
    """
    known = member.locked
    if known and known.next_key:
        yield from _recorded(member, replace(known, public_key=known.next_key, next_key=""))
    else:
        host.noop("the lock knows of no next key")


@operation()
def program_locked(member: Member) -> Generator[PyinfraCommand, None, None]:
    """Write down which program runs, once it runs well.

    + member: the host
    """
    home, known = member.home, member.locked
    version, sha256 = _program(home)
    if known and (known.version, known.sha256) == (version, sha256):
        host.noop(f"the lock knows version {version}")
        return
    yield from _recorded(member, replace(known or Locked(""), version=version, sha256=sha256))


@operation()
def forgotten(member: Member) -> Generator[PyinfraCommand, None, None]:
    """Drop a host whose key is gone from the lock.

    + member: the host
    """
    if not member.locked:
        host.noop("the lock does not know it")
        return
    yield FunctionCommand(member.book.forget, (member.name,), {})


def _recorded(member: Member, told: Locked) -> Generator[PyinfraCommand, None, None]:
    """In a lab, which has no file, it is remembered and no change."""
    if member.book.path:
        yield FunctionCommand(member.book.record, (member.name, told), {})
    elif told.public_key:
        member.book.record(member.name, told)


def _public(home: Platform, program: str) -> str:
    if home.system == WINDOWS:
        told = host.get_fact(windows.Json, lines=identity(home))
    else:
        told = host.get_fact(NodeIdentity, key_file=home.key_file, binary=program)
    return str(told["public_key"]) if told else ""


def _program(home: Platform) -> tuple[str, str]:
    if home.system == WINDOWS:
        version = windows.programs(home).version
        return version, windows.checksum(home, version)
    programs = host.get_fact(NodePrograms, versions=home.versions, link=home.binary)
    there = host.get_fact(Entries, paths=[programs.current]) if programs.current else {}
    return programs.version, there[programs.current].sha256 if programs.current in there else ""
