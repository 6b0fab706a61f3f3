"""Whoever leaves work to the other side of the TUN device: what was sent arrives, and no kernel sees a bad checksum."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest

from interop.net import wait_until
from interop.nodes import Node, Yggdrasil, peer, start, transfer

DATAGRAMS = Path(__file__).with_name("datagrams.py")
SIZE = 8_000_000
BAD = ("TcpInCsumErrors", "Udp6InCsumErrors", "Icmp6InCsumErrors")
WITHOUT = (
    "from everleaf.host.linux import LinuxHost; from everleaf.cli.main import main; import sys; "
    "del LinuxHost.open_offloaded; sys.exit(main())"
)


def with_mtu(kind: type[Node], mtu: int) -> type[Node]:
    """The same node on a smaller interface."""
    return type(kind.__name__, (kind,), {"mtu": mtu})


def without_offloads(kind: type[Node]) -> type[Node]:
    """Everleaf from the source tree on a kernel that seems to have none."""
    return type(kind.__name__, (kind,), {"program": (sys.executable, "-c", WITHOUT)})


def exchange_datagrams(source: Node, sink: Node) -> None:
    """UDP arrives as it was sent, and in order; the real node delivers small ones in another one now and then."""
    program = (sys.executable, str(DATAGRAMS))
    receiver = sink.host.spawn(*program, "receive", sink.address, "7001", stdout=subprocess.PIPE)
    assert receiver.stdout is not None
    assert receiver.stdout.readline() == b"listening\n"
    sent = source.host.run(*program, "send", sink.address, "7001").split()
    came = receiver.communicate(timeout=30)[0].decode().split()
    first = 1 if isinstance(sink, Yggdrasil) else 0
    assert came[first:] == sent[first:]


def exchange(a: Node, b: Node) -> None:
    """TCP, UDP and ICMP, both ways."""
    for source, sink in ((a, b), (b, a)):
        transfer(source, sink, SIZE)
        exchange_datagrams(source, sink)
        for size in ("0", "1200", "5000"):
            source.host.run("ping", "-n", "-c", "2", "-i", "0.2", "-s", size, sink.address)


def bad_checksums(node: Node) -> list[int]:
    lines = node.host.run("nstat", "-asz", *BAD).splitlines()[1:]
    return [int(line.split()[1]) for line in lines]


def joined_and_cut(node: Node) -> tuple[int, int]:
    counters = node.ctl("getCounters")["core"]
    assert counters["dropped_offload"] == 0
    return counters["supers_written"], counters["supers_read"]


def meet(net, add, first: type[Node], second: type[Node]) -> tuple[Node, Node]:
    a, b = add(first, 0), add(second, 1)
    peer(net, a, b)
    start(a, b)
    a.reaches(b)
    b.reaches(a)
    return a, b


@pytest.mark.timeout(240)
@pytest.mark.parametrize("mtu", [1280, 1420, 9000, 65535])
@pytest.mark.parametrize("offloads", [(True, True), (True, False), (False, False)], ids=["both", "one", "none"])
def test_everything_arrives_with_and_without_offloads(net, add, everleaf, mtu, offloads):
    a, b = meet(net, add, *(with_mtu(everleaf if on else without_offloads(everleaf), mtu) for on in offloads))
    exchange(a, b)
    assert (bad_checksums(a), bad_checksums(b)) == ([0, 0, 0], [0, 0, 0])
    for node, on in zip((a, b), offloads, strict=True):
        joined, cut = joined_and_cut(node)
        if mtu < 9000:
            assert (joined > 50, cut > 50) == (on, on)
        else:
            assert on or (joined, cut) == (0, 0)


@pytest.mark.timeout(240)
@pytest.mark.parametrize("mtu", [1420, 65535])
def test_real_node_notices_nothing(net, add, everleaf, mtu):
    a, b = meet(net, add, with_mtu(everleaf, mtu), with_mtu(Yggdrasil, mtu))
    exchange(a, b)
    assert (bad_checksums(a), bad_checksums(b)) == ([0, 0, 0], [0, 0, 0])
    assert (min(joined_and_cut(a)) > 50) == (mtu == 1420)


@pytest.mark.timeout(240)
def test_host_cuts_for_the_smallest_interface_on_the_way(net, add, everleaf):
    """Ours has the default MTU; the kernel goes by what the other side said was too big for it."""
    a, b = meet(net, add, everleaf, with_mtu(everleaf, 1420))
    wait_until(lambda: a.host.pings(b.address, size=5000), "what is too big is known, and sent in fragments")
    exchange(a, b)
    assert (bad_checksums(a), bad_checksums(b)) == ([0, 0, 0], [0, 0, 0])
    assert joined_and_cut(a)[1] > 50
    assert joined_and_cut(b)[0] > 50
