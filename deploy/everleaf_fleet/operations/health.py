"""Whether the node on a host is well: the gate that ends a deploy, and a look at any time."""

from __future__ import annotations

from collections.abc import Generator, Mapping
from typing import Any

from pyinfra.api.command import QuoteString, StringCommand
from pyinfra.api.operation import OperationMeta, operation
from pyinfra.context import host

from everleaf.platform import Platform
from everleaf_fleet.facts.node import NodeStatus
from everleaf_fleet.member import Member
from everleaf_fleet.operations.deadman import or_back, say, waits
from everleaf_fleet.operations.outcome import changed
from everleaf_fleet.shell import refuse


@operation()
def gate(member: Member, kept: OperationMeta | None = None, key: str = "") -> Generator[StringCommand, None, None]:
    """Wait until the node is as it should be: its own key, its MTU, a root and enough links; then confirm the change.

    If that takes too long, go back to what ran before, and fail.

    + member: the host
    + kept: the operation that may have kept a way back
    + key: the public key it should have; "" for the one that the lock knows
    """
    home = member.home
    wrong, started = fault(member, _status(home), key), changed(kept)
    unconfirmed = started or waits(home)
    if not wrong and not unconfirmed:
        host.noop("the node is as it should be")
        return
    if wrong:
        yield or_back(_wait(member), member, kept=started)
        wrong = fault(member, _status(home), key)
    if wrong:
        yield or_back(refuse(wrong), member, kept=started)
    elif unconfirmed:
        yield say(home, "confirm")


@operation()
def healthy(home: Platform) -> Generator[StringCommand, None, None]:
    """Be content with a healthy node, and fail on any other, which says what ails it.

    + home: where it lives
    """
    status = _status(home)
    if status and status["health"] == "healthy":
        host.noop(f"{status['address']} is healthy, with {len(status['peers'])} links")
        return
    program = QuoteString(home.binary)
    yield StringCommand(program, "status --endpoint", QuoteString(home.admin))  # its exit status is the verdict


def _status(home: Platform) -> Mapping[str, Any] | None:
    status: Mapping[str, Any] | None = host.get_fact(NodeStatus, binary=home.binary, endpoint=home.admin)
    return status


def _wait(member: Member) -> StringCommand:
    gate = member.fleet.upgrade.gate
    program, endpoint = QuoteString(member.home.binary), QuoteString(member.home.admin)
    return StringCommand(program, f"wait --peers {gate.min_peers} --timeout {gate.within:g} --endpoint", endpoint)


def fault(member: Member, status: Mapping[str, Any] | None, key: str) -> str:
    """What is not as it should be; "" for nothing."""
    if not status or "key" not in status:
        return "no node answers"
    wanted = key or (member.locked.public_key if member.locked else status["key"])
    if status["key"] != wanted:
        return f"the node's key is {status['key'][:16]}, not {wanted[:16]}"
    device, mtu = status["interface"], member.spec.mtu
    if mtu != "auto" and (not device or device["mtu"] != mtu):
        return f"the interface has an MTU of {device['mtu'] if device else 'nothing'}, not {mtu}"
    up, wanted = sum(peer["up"] for peer in status["peers"]), member.fleet.upgrade.gate.min_peers
    return "" if up >= wanted and status["root"] else f"{up} of {wanted} links are up"
