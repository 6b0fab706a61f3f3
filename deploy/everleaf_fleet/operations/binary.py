"""The node's program: every version is a file of its own, and a symbolic link says which one is used.

A frozen file reads itself while it runs, so it is never written over; moving the link leaves a running node whole. The
link `previous` beside the versions says what was used before.
"""

from __future__ import annotations

from collections.abc import Generator

from pyinfra.api.command import PyinfraCommand, QuoteString, StringCommand
from pyinfra.api.operation import operation
from pyinfra.context import host

from everleaf.platform import Platform
from everleaf.platform.service import File
from everleaf_fleet.facts.entry import Entries
from everleaf_fleet.facts.program import NodePrograms, Programs
from everleaf_fleet.operations.staging import place, staged
from everleaf_fleet.programs import previous_program, program
from everleaf_fleet.shell import refuse, switch


@operation()
def present(source: str, sha256: str, version: str, home: Platform) -> Generator[PyinfraCommand, None, None]:
    """Have a version on the host that passes its selftest. It is not used yet.

    + source: the program here
    + sha256: its checksum, which the copy on the host must have before it is run
    + version: what to call it
    + home: where programs live there
    """
    target = program(home, version)
    there = host.get_fact(Entries, paths=[target]).get(target)
    if there and there.sha256 == sha256:
        host.noop(f"version {version} is there")
        return
    if there and _programs(home).current == target:  # another program under the same name: what runs stays at hand
        aside = f"{target}.before"
        yield StringCommand("ln -f", QuoteString(target), QuoteString(aside), "&&", switch(home.binary, aside))
    file = File(target, "", "0755", group=home.root_group)
    yield from place(source, file, sha256, StringCommand(QuoteString(staged(target)), "selftest >/dev/null"))


@operation()
def used(version: str, home: Platform) -> Generator[StringCommand, None, None]:
    """Point the link at a version that is there.

    + version: which one
    + home: where programs live there
    """
    current, target = _programs(home).current, program(home, version)
    if current == target:
        host.noop(f"{home.binary} is already version {version}")
    else:
        yield from _switch(home, current, target)


@operation()
def previous(home: Platform) -> Generator[StringCommand, None, None]:
    """Point the link at what was used before, if that accepts the configuration; twice is back again.

    + home: where programs live there
    """
    programs = _programs(home)
    target = programs.previous
    if target not in programs.installed or target == programs.current:
        yield refuse(f"there is no version to go back to from {programs.version or 'none'}")
        return
    yield StringCommand(QuoteString(target), "check --config", QuoteString(home.config))
    yield from _switch(home, programs.current, target)


@operation()
def pruned(keep: int, home: Platform) -> Generator[StringCommand, None, None]:
    """Remove old versions, but neither the one that is used nor the one before.

    + keep: how many stay
    + home: where programs live there
    """
    programs = _programs(home)
    needed = [file for file in (programs.current, programs.previous) if file in programs.installed]
    others = [file for file in programs.installed if file not in needed]
    old = others[max(keep - len(needed), 0) :]
    if not old:
        host.noop(f"{len(programs.installed)} versions are installed")
        return
    yield StringCommand("rm -f", *map(QuoteString, old))


def _programs(home: Platform) -> Programs:
    return host.get_fact(NodePrograms, versions=home.versions, link=home.binary)


def _switch(home: Platform, current: str, target: str) -> Generator[StringCommand, None, None]:
    if current:
        yield switch(previous_program(home), current)
    yield switch(home.binary, target)
