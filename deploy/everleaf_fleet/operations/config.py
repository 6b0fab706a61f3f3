"""The node's configuration, which replaces the old one only after the node itself has accepted it."""

from __future__ import annotations

from collections.abc import Generator

from pyinfra.api.command import PyinfraCommand, QuoteString, StringCommand
from pyinfra.api.operation import operation
from pyinfra.context import host

from everleaf.errors import UnavailableError
from everleaf_fleet.facts.entry import Entries, matches
from everleaf_fleet.member import Member
from everleaf_fleet.model.links import missing_keys
from everleaf_fleet.operations.outcome import awaited
from everleaf_fleet.operations.staging import put, staged
from everleaf_fleet.shell import refuse


@operation()
def config(member: Member) -> Generator[PyinfraCommand, None, None]:
    """Put the configuration in place.

    + member: the host. Its file is rendered when this runs, with the keys that other hosts have told by then
    """
    home = member.home
    try:
        file = member.blueprint().config
    except UnavailableError as error:  # in a dry run, before the keys are made: then it is a change all the same
        yield refuse(str(error))
        return
    there = host.get_fact(Entries, paths=[file.path]).get(file.path)
    will_name = awaited(member) & set(missing_keys(member.fleet, member.book.lock, member.spec))
    if matches(file, there) and not will_name:
        host.noop(f"{file.path} is as wanted")
        return
    accepted = StringCommand(QuoteString(home.binary), "check --config", QuoteString(staged(file.path)))
    yield from put(file, accepted)
