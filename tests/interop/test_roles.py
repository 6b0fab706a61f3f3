"""everleaf in every place a node can have in a mesh of real nodes: small packets, and 200 MB both ways, intact."""

from __future__ import annotations

import pytest

from interop.net import wait_until
from interop.nodes import Yggdrasil, peer, start, transfer

BULK = 200_000_000  # bytes
SCHEMES = ("tcp", "tls", "unix")
BOTH_FORMS = pytest.mark.parametrize("everleaf", ["source", "frozen"], indirect=True)


@pytest.mark.parametrize("scheme", SCHEMES)
@pytest.mark.parametrize("dialler", ["everleaf", "yggdrasil"])
@pytest.mark.parametrize("root", ["everleaf", "yggdrasil"])
def test_everleaf_joins_a_real_node(net, add, everleaf, scheme, dialler, root):
    ours, real = (add(everleaf, 0), add(Yggdrasil, 1)) if root == "everleaf" else (add(everleaf, 1), add(Yggdrasil, 0))
    peer(net, *((ours, real) if dialler == "everleaf" else (real, ours)), scheme)
    start(ours, real)
    ours.reaches(real)
    real.reaches(ours)
    lower = min(ours.key, real.key)
    wait_until(lambda: ours.parent() == real.parent() == lower, "the lower key is everybody's parent")


@BOTH_FORMS
@pytest.mark.parametrize("scheme", SCHEMES)
def test_bulk_between_everleaf_and_a_real_node_arrives_intact(net, add, everleaf, scheme):
    ours, real = add(everleaf, 0), add(Yggdrasil, 1)
    peer(net, ours, real, scheme)
    start(ours, real)
    ours.reaches(real)
    transfer(ours, real, BULK)
    transfer(real, ours, BULK)


@BOTH_FORMS
@pytest.mark.parametrize("rank", [0, 2], ids=["root", "parent"])
def test_everleaf_carries_traffic_between_two_real_nodes(net, add, everleaf, rank):
    left, middle, right = add(Yggdrasil, 1), add(everleaf, rank), add(Yggdrasil, 3)
    peer(net, left, middle, "tcp")
    peer(net, middle, right, "tls")
    start(left, middle, right)
    left.reaches(right)
    wait_until(lambda: right.parent() == middle.key, "everleaf is the parent of the real node")
    transfer(left, right, BULK)
    transfer(right, left, BULK)


@pytest.mark.parametrize("rank", [0, 4], ids=["root", "leaf"])
def test_everleaf_talks_across_two_real_nodes(net, add, everleaf, rank):
    ours, near, far, end = add(everleaf, rank), add(Yggdrasil, 1), add(Yggdrasil, 2), add(Yggdrasil, 3)
    peer(net, ours, near)
    peer(net, near, far)
    peer(net, far, end)
    start(ours, near, far, end)
    ours.reaches(end)
    end.reaches(ours)
    transfer(ours, end, BULK)
    transfer(end, ours, BULK)


def test_two_everleafs_talk_across_a_real_node(net, add, everleaf):
    left, middle, right = add(everleaf, 2), add(Yggdrasil, 0), add(everleaf, 1)
    peer(net, left, middle, "tls")
    peer(net, right, middle, "tcp")
    start(left, middle, right)
    left.reaches(right)
    transfer(left, right, BULK)
    transfer(right, left, BULK)
