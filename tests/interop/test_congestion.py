"""Congestion control follows the wire: a near peer keeps the host's own, one that loses packets gets BBR."""

from __future__ import annotations

import re
import shutil
import subprocess
import tempfile
from collections.abc import Iterator
from pathlib import Path

import pytest

from interop.net import wait_until
from interop.nodes import Node, Yggdrasil, peer, start, transfer
from interop.relays import RelayedNet, Weather

AVAILABLE = Path("/proc/sys/net/ipv4/tcp_available_congestion_control")
BEST = "bbr" if "bbr" in AVAILABLE.read_text(encoding="utf-8").split() else "reno"
LOSSY = Weather(delay=4, loss=3)


@pytest.fixture
def net() -> Iterator[RelayedNet]:
    """Hosts that use reno by themselves, on clear wires that may become bad ones."""
    directory = Path(tempfile.mkdtemp(prefix="everleaf-"))
    relay = directory / "relay"
    source = Path(__file__).with_name("relay.c")
    subprocess.run(["cc", "-std=c11", "-D_GNU_SOURCE", "-O2", "-o", relay, source], check=True)
    net = RelayedNet(directory, relay)
    yield net
    net.close()
    shutil.rmtree(directory)


def controls(node: Node) -> set[str]:
    """Those of the node's connections."""
    return set(re.findall(r"\b(reno|cubic|bbr)\b", node.host.run("ss", "-Htni", "state", "established")))


@pytest.mark.parametrize("scheme", ["tcp", "tls"])
def test_a_wire_that_begins_to_lose_packets_brings_bbr(net, add, everleaf, scheme):
    ours, real = add(everleaf, 1), add(Yggdrasil, 0)
    for node in (ours, real):
        node.host.run("sysctl", "-qw", "net.ipv4.tcp_congestion_control=reno")
    peer(net, ours, real, scheme)
    start(ours, real)
    ours.reaches(real)

    def begins_near() -> bool:
        """A busy machine may take a millisecond to answer itself."""
        if controls(ours) == {"reno"}:
            return True
        ours.stop()
        ours.start()
        return False

    wait_until(begins_near, "a link begins near", 60)
    ours.reaches(real)
    transfer(ours, real, 1 << 26)  # its slow start overflows the queue of the device, long before the end
    assert controls(ours) == {"reno"}
    net.change(LOSSY)
    transfer(ours, real, 1 << 22)
    wait_until(lambda: controls(ours) == {BEST}, f"the link changes to {BEST}")
    assert controls(real) == {"reno"}
