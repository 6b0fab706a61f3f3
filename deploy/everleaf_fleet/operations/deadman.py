"""The way back: a host keeps what it runs before a change, and returns to it unless the change is confirmed."""

from __future__ import annotations

from collections.abc import Generator
from io import BytesIO

from pyinfra.api.command import PyinfraCommand, QuoteString, StringCommand
from pyinfra.api.operation import operation
from pyinfra.context import host

from everleaf.errors import UnavailableError
from everleaf.platform import ROUTER, Platform
from everleaf_fleet.deadman import directory, path, script
from everleaf_fleet.facts.entry import Entries, checksum, matches
from everleaf_fleet.facts.lines import says
from everleaf_fleet.facts.program import NodePrograms
from everleaf_fleet.member import Member
from everleaf_fleet.operations.staging import place
from everleaf_fleet.router import tun

_BACK = "the node was not well; the host is back to what it ran before"
_LATE = "nobody confirmed the change in time; the host is back to what it ran before"


@operation()
def kept(
    member: Member, program: str = "", files: bool = False, key: bool = False
) -> Generator[PyinfraCommand, None, None]:
    """Before something changes, keep what is there and start the timer.

    + member: the host
    + program: what the link to the program will point at; "" if it stays
    + files: whether the configuration and the manager's files will be as wanted
    + key: whether the key will be another
    """
    if not member.fleet.upgrade.rollback:
        host.noop("the fleet wants to stay with what fails")
    elif not (key or _switches(member.home, program) or (files and _rewrites(member))):
        host.noop("what it runs stays")
    else:
        made = script(member.home, member.service, member.fleet.upgrade.gate)
        yield from place(BytesIO(made.content.encode()), made, checksum(made))
        yield say(member.home, "keep")


@operation()
def returned(member: Member) -> Generator[StringCommand, None, None]:
    """Have a host that failed return now, if it has not already.

    + member: the host
    """
    if not waits(member.home):
        host.noop("it runs what it ran before")
        return
    yield say(member.home, "back")


def or_back(command: StringCommand, member: Member, kept: bool = False) -> StringCommand:
    """`command`, and if it fails the return to what ran before; then it has failed all the same.

    Both in one line, because after a failure the host is asked nothing more. With `kept` the timer was started; if
    it is gone, that is why the command failed.
    """
    file = QuoteString(path(member.home))
    late = ["else", _told(_LATE), ";"] if kept else []
    back = StringCommand("if test -e", file, "; then sh", file, "back &&", _told(_BACK), ";", *late, "fi")
    return StringCommand("(", command, ") || {", back, "; exit 1; }")


def say(home: Platform, verb: str) -> StringCommand:
    """Tell the script something; `confirm`, and nothing of the way back stays. Fails where the host has returned."""
    file = QuoteString(path(home))
    return StringCommand("if test -e", file, "; then sh", file, verb, "; else", _told(_LATE), "; false; fi")


def _told(words: str) -> StringCommand:
    return StringCommand("echo", QuoteString(words), ">&2")


def waits(home: Platform) -> bool:
    """Whether a change is neither confirmed nor taken back."""
    return bool(host.get_fact(Entries, paths=[directory(home)], sums=False))


def _switches(home: Platform, program: str) -> bool:
    return bool(program) and host.get_fact(NodePrograms, versions=home.versions, link=home.binary).current != program


def _rewrites(member: Member) -> bool:
    try:
        files = [member.blueprint().config, *member.service.files]
    except UnavailableError:  # the configuration will be refused
        return False
    there = host.get_fact(Entries, paths=[file.path for file in files])
    if not all(matches(file, there.get(file.path)) for file in files):
        return True
    return member.home.manager == ROUTER and not says(files[0], tun(member.home))
