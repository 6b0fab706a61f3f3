"""A host behind a TAP among hosts with a TUN: the same mesh, and a neighbour table that shows our MAC."""

from __future__ import annotations

import json

import pytest

from everleaf.address import subnet_of, text
from everleaf.control.neighbours import OUR_MAC
from interop.net import wait_until
from interop.nodes import Yggdrasil, peer, start, transfer

BULK = 50_000_000  # bytes
TAP = {"kind": "tap", "name": "mesh0", "mtu": 65521}


@pytest.fixture
def tapped(everleaf):
    """The driver of an everleaf with a TAP."""
    return type("Everleaf", (everleaf,), {"interface": TAP})


def neighbour(node, address):
    """What the kernel of a host knows of one address behind the TAP."""
    shown = json.loads(node.host.run("ip", "-j", "-6", "neighbour", "show", address, "dev", "mesh0"))
    return shown[0] if shown else {}


def counters(node):
    return {name: value for part in node.ctl("getCounters").values() for name, value in part.items()}


@pytest.mark.parametrize("rank", [0, 2], ids=["root", "leaf"])
def test_host_behind_a_tap_talks_to_a_real_node(net, add, tapped, rank):
    ours, real = add(tapped, rank), add(Yggdrasil, 1)
    peer(net, ours, real)
    start(ours, real)
    real.reaches(ours)
    ours.reaches(real)
    assert neighbour(ours, real.address)["lladdr"] == OUR_MAC.hex(":")
    transfer(ours, real, BULK)
    transfer(real, ours, BULK)
    assert counters(ours)["neighbours_malformed"] == 0


def test_two_hosts_behind_taps_talk(net, add, tapped):
    left, right = add(tapped, 0), add(tapped, 1)
    peer(net, left, right, "tls")
    start(left, right)
    left.reaches(right)
    transfer(left, right, BULK)
    transfer(right, left, BULK)


def test_address_of_the_host_is_nobody_elses(add, tapped):
    """Detection of duplicates on our TAP finds none, neither for the node's address nor for one that comes later."""
    ours = add(tapped, 0)
    start(ours)
    later = text(subnet_of(bytes.fromhex(ours.key)) + bytes(7) + b"\x01")
    ours.host.run("ip", "address", "add", f"{later}/128", "dev", "mesh0")

    def settled():
        shown = json.loads(ours.host.run("ip", "-j", "-6", "address", "show", "dev", "mesh0", "tentative"))
        return not any(each.get("addr_info") for each in shown)

    wait_until(settled, "the kernel has looked for duplicates")
    assert "dadfailed" not in ours.host.run("ip", "-6", "address", "show", "dev", "mesh0")
    assert later in ours.host.run("ip", "-6", "address", "show", "dev", "mesh0")


def test_network_behind_a_node_is_reached_through_a_tap(net, add, tapped):
    """A /64 of ours on another interface, as on a router: the packets come in through the TAP and go on."""
    ours, real = add(tapped, 1), add(Yggdrasil, 0)
    lan = text(subnet_of(bytes.fromhex(ours.key)) + bytes(7) + b"\x01")
    there = text(subnet_of(bytes.fromhex(real.key)) + bytes(7) + b"\x01")
    peer(net, ours, real)
    start(ours, real)
    for node, address in ((ours, lan), (real, there)):
        node.host.run("ip", "address", "add", f"{address}/64", "dev", "lo", "nodad")
    wait_until(lambda: real.host.pings(lan), "the /64 of ours is reached")
    wait_until(lambda: ours.host.pings(there), "the /64 behind the real node is reached")
    assert neighbour(ours, there)["lladdr"] == OUR_MAC.hex(":")


def test_host_that_takes_another_mac_is_found_again(net, add, tapped):
    ours, real = add(tapped, 1), add(Yggdrasil, 0)
    peer(net, ours, real)
    start(ours, real)
    real.reaches(ours)
    ours.host.run("ip", "link", "set", "mesh0", "address", "0a:00:00:00:00:99")
    ours.reaches(real)
    wait_until(lambda: real.host.pings(ours.address), "the host is reached at its new MAC")
    assert "mac=0a:00:00:00:00:99" in ours.log_file.read_text()
