"""Whether the node on a host is well; a host whose node is not has failed, and prints what the node says about it."""

from __future__ import annotations

from collections.abc import Generator

from pyinfra.api.command import QuoteString, StringCommand
from pyinfra.api.operation import operation
from pyinfra.context import host

from everleaf_fleet.facts.node import NodeStatus


@operation(is_idempotent=False, idempotent_notice="It only waits; give it a condition.")
def awaited(binary: str, peers: int, seconds: int) -> Generator[StringCommand, None, None]:
    """Wait until the node is up with a root and this many peers.

    + binary: the node's program on the host
    + peers: how many
    + seconds: how long before the host counts as failed
    """
    yield StringCommand(QuoteString(binary), "wait --peers", str(peers), "--timeout", str(seconds))


@operation()
def healthy(binary: str) -> Generator[StringCommand, None, None]:
    """Be content with a healthy node, and fail on any other.

    + binary: the node's program on the host
    """
    status = host.get_fact(NodeStatus, binary=binary)
    if status and status["health"] == "healthy":
        host.noop(f"{status['address']} is healthy, with {len(status['peers'])} links")
        return
    yield StringCommand(QuoteString(binary), "status")  # its exit status is the verdict
