"""What the local host hears about packets that cannot go out: why, and at once. The real node drops them in silence."""

from __future__ import annotations

import pytest

from everleaf.address import subnet_of
from interop.nodes import Node, Yggdrasil

NOBODY = "200::1234"
FOREIGN = "201::1"


def own_subnet(node: Node) -> str:
    """An address of the node's own /64 that nobody has."""
    words = subnet_of(bytes.fromhex(node.key)).hex(":", 2)
    return f"{words}::7"


def told(node: Node, dest: str, *options: str, wait: int = 2) -> bool:
    """Whether ping hears that this goes nowhere."""
    said = node.host.attempt("ping", "-n", "-c", "1", "-W", f"{wait}", *options, dest).stdout
    return "Destination unreachable" in said


@pytest.mark.parametrize("kind", ["everleaf", "yggdrasil"])
def test_the_host_hears_that_a_packet_goes_nowhere(add, everleaf, kind):
    node = add(everleaf if kind == "everleaf" else Yggdrasil, 0)
    node.start()
    node.host.run("ip", "address", "add", f"{FOREIGN}/128", "dev", "lo")
    ours = kind == "everleaf"
    assert told(node, own_subnet(node)) is ours
    assert told(node, NOBODY, "-I", FOREIGN) is ours
    assert told(node, NOBODY, wait=7) is ours  # after the lookups went unanswered
