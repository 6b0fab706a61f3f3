"""The node as a service: one operation decides, so that it is never started and then restarted."""

from __future__ import annotations

from collections.abc import Generator

from pyinfra.api.command import QuoteString, StringCommand
from pyinfra.api.operation import OperationMeta, operation
from pyinfra.context import host

from everleaf.platform import Platform
from everleaf.platform.service import Service
from everleaf_fleet.facts.service import service_state
from everleaf_fleet.facts.stale import socket, unread
from everleaf_fleet.member import Member
from everleaf_fleet.operations.deadman import or_back
from everleaf_fleet.operations.outcome import changed
from everleaf_fleet.shell import whole


@operation()
def service(
    member: Member,
    program: OperationMeta | None = None,
    files: OperationMeta | None = None,
    config: OperationMeta | None = None,
) -> Generator[StringCommand, None, None]:
    """Have the node start with the machine, and run with the program and the files that are in place.

    A changed configuration is read without a restart where the node can; another program or unit needs one. A node that
    does not come up is given back what it ran before. The data `everleaf_restart` asks for a restart in any case.

    + member: the host
    + program: the operation that may have changed the program
    + files: the one that may have changed the manager's files
    + config: the one that may have changed the configuration
    """
    wanted, home = member.service, member.home
    state, stale = service_state(wanted), unread(home, wanted)
    if not state.enabled:
        yield whole(wanted.commands["enable"])
    if not state.running:
        yield or_back(whole(wanted.commands["start"]), member)
    elif changed(program, files) or set(stale) - {home.config} or host.data.get("everleaf_restart"):
        yield or_back(whole(wanted.commands["restart"]), member)
    elif changed(config) or stale:
        yield or_back(reload(home, wanted), member)
    elif state.enabled:
        host.noop("the node runs, and has read everything")


@operation()
def stopped(wanted: Service) -> Generator[StringCommand, None, None]:
    """Have the node neither run nor start with the machine.

    + wanted: how its manager is told
    """
    state = service_state(wanted)
    if state.running:
        yield whole(wanted.commands["stop"])
    if state.enabled and wanted.commands["disable"] != "true":  # which is: where nobody starts it with the machine
        yield whole(wanted.commands["disable"])
    elif not state.running:
        host.noop("the node is stopped")


def reload(home: Platform, wanted: Service) -> StringCommand:
    """Ask the node to read its configuration, and restart it if it answers that this takes one, or not at all.

    Touching the socket says when it has read: see `Unread`.
    """
    answer = StringCommand(QuoteString(home.binary), "ctl --endpoint", QuoteString(home.admin), "--json reload")
    read = StringCommand("touch -c", QuoteString(socket(home)))
    restart = whole(wanted.commands["restart"])
    return StringCommand('case "$(', answer, ')" in', "*'\"needs_restart\": []'*)", read, ";; *)", restart, ";; esac")
