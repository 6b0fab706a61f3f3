"""The way back: what a deploy has changed on a host, the host takes back by itself when its node is not well then."""

from __future__ import annotations

from pyinfra.api.command import QuoteString, StringCommand
from pyinfra.api.operation import OperationMeta

from everleaf.platform import Platform
from everleaf_fleet.facts.program import PREVIOUS
from everleaf_fleet.member import Member
from everleaf_fleet.operations.outcome import changed
from everleaf_fleet.shell import switch, whole

_SAID = "echo 'the node was not well; the host is back to what it ran before' >&2"


def or_back(
    command: StringCommand, member: Member, program: OperationMeta | None, config: OperationMeta | None
) -> StringCommand:
    """`command`, and if it fails the return to what ran before; then it has failed all the same.

    Both in one line, because after a failure the host is asked nothing more.
    """
    lines: list[object] = []
    if member.fleet.upgrade.rollback:
        lines += [_program_back(member.home), "&&"] if changed(program) else []
        lines += [_config_back(member.home), "&&"] if changed(config) else []
    if not lines:
        return command
    restart = whole(member.service.commands["restart"])
    return StringCommand("(", command, ") || {", *lines, restart, "&&", _SAID, "; exit 1; }")


def config_before(home: Platform) -> str:
    """Where the configuration stays that was replaced last."""
    return f"{home.config}.previous"


def _config_back(home: Platform) -> StringCommand:
    return StringCommand("mv -f", QuoteString(config_before(home)), QuoteString(home.config))


def _program_back(home: Platform) -> StringCommand:
    before = StringCommand('"$(readlink', QuoteString(home.join(home.versions, PREVIOUS)), ')"')
    return StringCommand("test -x", before, "&&", switch(home.binary, before))
