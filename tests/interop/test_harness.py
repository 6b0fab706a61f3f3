"""The harness itself, proved with real nodes only: what it shows of everleaf later is then everleaf's doing."""

from __future__ import annotations

import pytest

from interop.net import CommandError, wait_until
from interop.nodes import AdminError, Yggdrasil, peer, start, transfer


@pytest.mark.parametrize("scheme", ["tcp", "tls", "unix"])
def test_two_real_nodes_reach_each_other(net, add, scheme):
    root, leaf = add(Yggdrasil, 0), add(Yggdrasil, 1)
    peer(net, leaf, root, scheme)
    start(root, leaf)
    leaf.reaches(root)
    root.reaches(leaf)
    assert leaf.parent() == root.parent() == root.key
    transfer(root, leaf, 10_000_000)


def test_three_real_nodes_reach_across_the_middle(net, add):
    left, middle, right = add(Yggdrasil, 2), add(Yggdrasil, 0), add(Yggdrasil, 1)
    peer(net, left, middle)
    peer(net, right, middle)
    start(left, middle, right)
    left.reaches(right)
    transfer(right, left, 10_000_000)


def test_a_killed_node_is_gone_and_comes_back(net, add):
    root, leaf = add(Yggdrasil, 0), add(Yggdrasil, 1)
    peer(net, leaf, root)
    start(root, leaf)
    leaf.reaches(root)
    root.kill()
    assert leaf.host.pings(root.address) == 0
    root.start()
    leaf.reaches(root)


def test_a_pulled_wire_separates_two_nodes(net, add):
    root, leaf = add(Yggdrasil, 0), add(Yggdrasil, 1)
    peer(net, leaf, root)
    start(root, leaf)
    leaf.reaches(root)
    net.cut(root.host, leaf.host)
    wait_until(lambda: not leaf.host.pings(root.address) and not leaf.links(), "the leaf notices")
    net.mend(root.host, leaf.host)
    leaf.reaches(root)


def test_an_admin_error_and_a_failing_command_are_errors(add):
    node = add(Yggdrasil, 0)
    node.start()
    with pytest.raises(AdminError, match="peer is not configured"):
        node.ctl("removePeer", uri="tcp://192.0.2.1:1")
    with pytest.raises(CommandError, match="exit 1"):
        node.host.run("false")


def test_processes_and_namespaces_end_with_the_net(net, add):
    node = add(Yggdrasil, 0)
    node.start()
    processes = [node.process, *(host._holder for host in net.hosts)]
    net.close()
    assert all(process.poll() is not None for process in processes)
