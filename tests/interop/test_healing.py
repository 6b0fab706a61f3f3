"""What breaks comes back without help, whichever side it is."""

from __future__ import annotations

from itertools import permutations

import pytest

from interop.net import Net, wait_until
from interop.nodes import Node, Yggdrasil, peer, start

HEALED_IN = 20.0  # seconds at most; redials come within two
RESTARTS = 4  # of a hub; it takes some to find every leaf between two ticks


@pytest.fixture(params=["everleaf", "yggdrasil"])
def victim_and_witness(request, add, everleaf):
    """The node that will be killed, and the one of the other kind."""
    kinds = [everleaf, Yggdrasil]
    victim, witness = kinds if request.param == "everleaf" else reversed(kinds)
    return add(victim, 1), add(witness, 0)


def kill_and_restart(net: Net, victim: Node, witness: Node, scheme: str) -> None:
    """The witness dials the victim, loses it, and finds it again."""
    peer(net, witness, victim, scheme)
    start(victim, witness)
    witness.reaches(victim)
    victim.kill()
    wait_until(lambda: not witness.host.pings(victim.address) and not witness.links(), "the loss is noticed")
    victim.start()
    witness.reaches(victim, HEALED_IN)
    victim.reaches(witness, HEALED_IN)


@pytest.mark.parametrize("scheme", ["tcp", "tls"])
def test_a_killed_listener_is_reached_again_after_its_restart(net, victim_and_witness, scheme):
    kill_and_restart(net, *victim_and_witness, scheme)


def test_a_killed_everleaf_takes_its_unix_listener_back(net, add, everleaf):
    """The real node does not: its socket file stays in its way."""
    kill_and_restart(net, add(everleaf, 1), add(Yggdrasil, 0), "unix")


def test_a_killed_dialler_is_reached_again_after_its_restart(net, victim_and_witness):
    victim, witness = victim_and_witness
    peer(net, victim, witness)
    start(victim, witness)
    witness.reaches(victim)
    victim.kill()
    victim.start()
    witness.reaches(victim, HEALED_IN)


def test_a_session_survives_the_restart_of_the_node_between(net, add, everleaf):
    left, middle, right = add(Yggdrasil, 1), add(everleaf, 0), add(everleaf, 2)
    peer(net, left, middle)
    peer(net, right, middle)
    start(left, middle, right)
    left.reaches(right)
    before = right.ctl("getSessions")["sessions"]
    middle.kill()
    middle.start()
    left.reaches(right, HEALED_IN)
    after = right.ctl("getSessions")["sessions"]
    assert [session["key"] for session in before] == [session["key"] for session in after] == [left.key]
    assert after[0]["uptime"] > before[0]["uptime"]


def test_a_silent_peer_is_dropped_and_found_again(net, add, everleaf):
    ours, real = add(everleaf, 1), add(Yggdrasil, 0)
    peer(net, ours, real)
    start(ours, real)
    ours.reaches(real)
    net.cut(ours.host, real.host)
    wait_until(lambda: not ours.host.pings(real.address) and not ours.links(), "the silence is noticed", 10)
    net.mend(ours.host, real.host)
    ours.reaches(real, HEALED_IN)


def reach_each_other(nodes: list[Node]) -> None:
    """Every pair, both ways."""
    for one, other in permutations(nodes, 2):
        one.reaches(other, HEALED_IN)


@pytest.mark.parametrize("reals", [0, 2], ids=["everleaf", "mixed"])
def test_leaves_of_a_star_reach_each_other_whenever_the_hub_is_back_soon(net, add, everleaf, reals):
    """Ports are given anew, in another order, and some leaves believe that they still have their old ones."""
    hub = add(everleaf, 2)
    leaves = [add(Yggdrasil if place < reals else everleaf, rank) for place, rank in enumerate((0, 3, 1, 4))]
    for leaf in leaves:
        peer(net, hub, leaf)
    for node in (*leaves, hub):  # one after the other, or all have their ticks at the same time
        node.start()
    for _ in range(RESTARTS):
        reach_each_other(leaves)
        hub.kill()
        hub.peers.reverse()
        hub.start()
    reach_each_other(leaves)
