"""The measurements. Each takes a contender's running nodes and returns named numbers; report.py knows their units."""

from __future__ import annotations

import json
import re
import statistics
import subprocess
import time
from collections.abc import Sequence
from pathlib import Path

from bench.usage import End, cpu_seconds, memory
from interop.nodes import Node

IPERF_PORT = "5201"
UDP_PORT = "7000"
SMALL = "64"  # bytes of payload
OFFERED = (50_000, 100_000, 200_000, 400_000, 800_000)  # small packets a second
CALM, FLOOD = 60_000, 150_000  # of them, through a third node
PINGS = 200
PIPED = {"stdout": subprocess.PIPE, "stderr": subprocess.DEVNULL}
QUIET = {"stdout": subprocess.DEVNULL, "stderr": subprocess.DEVNULL}


def stream(nodes: Sequence[End], seconds: float) -> tuple[float, float]:
    """One TCP stream from the first node to the last: bytes and seconds, as the receiver saw them."""
    server = _iperf_server(nodes[-1])
    report = json.loads(nodes[0].host.run("iperf3", "-J", "-c", nodes[-1].address, "-t", f"{seconds:g}", timeout=90))
    server.wait(30)
    received = report["end"]["sum_received"]
    return received["bytes"], received["seconds"]


def bulk(name: str, nodes: Sequence[End], charged: Sequence[End], seconds: float) -> dict[str, float]:
    """Throughput in Gbit/s, and CPU seconds of the charged nodes per 10^9 bytes."""
    before = cpu_seconds(charged)
    size, took = stream(nodes, seconds)
    used = cpu_seconds(charged) - before
    return {f"{name}_rate": size * 8 / took / 1e9, f"{name}_cpu": used / (size / 1e9)}


def small_packets(nodes: Sequence[End], udp: Path, seconds: int) -> dict[str, float]:
    """The best rate of small UDP packets that arrive, in thousands a second, and what each cost both ends."""
    best = {"small_rate": 0.0}
    for offered in OFFERED:
        received, used = _datagrams(nodes, nodes, udp, offered, seconds)
        if received / seconds / 1e3 > best["small_rate"]:
            best = {"small_rate": received / seconds / 1e3, "small_cpu": used / received * 1e6}
    return best


def small_transit(nodes: Sequence[End], udp: Path, seconds: int) -> dict[str, float]:
    """What a chain delivers of a flood, and what each packet of a calm flow costs its middle."""
    charged = nodes[1:-1]
    calm, used = _datagrams(nodes, charged, udp, CALM, seconds)
    received, _ = _datagrams(nodes, charged, udp, FLOOD, seconds)
    return {"transit_rate": received / seconds / 1e3, "transit_cpu": used / calm * 1e6}


def _datagrams(
    nodes: Sequence[End], charged: Sequence[End], udp: Path, offered: int, seconds: int
) -> tuple[int, float]:
    """How many of so many a second arrive, and CPU seconds of the charged nodes meanwhile."""
    receiver = nodes[-1].host.spawn(str(udp), "receive", nodes[-1].address, UDP_PORT, stdout=subprocess.PIPE)
    assert receiver.stdout is not None
    assert receiver.stdout.readline() == b"listening\n"
    before = cpu_seconds(charged)
    nodes[0].host.run(str(udp), "send", nodes[-1].address, UDP_PORT, f"{offered}", f"{seconds}", SMALL)
    received = int(receiver.communicate(timeout=30)[0])
    return received, cpu_seconds(charged) - before


def idle_ping(nodes: Sequence[End]) -> dict[str, float]:
    """Round trips of a quiet tunnel, in microseconds."""
    trips = _round_trips(nodes, 0.01)
    return {"idle_p50": statistics.median(trips), "idle_p99": _percentile99(trips)}


def loaded_ping(nodes: Sequence[End]) -> dict[str, float]:
    """Round trips while one TCP stream fills the tunnel, in microseconds."""
    server = _iperf_server(nodes[-1])
    client = nodes[0].host.spawn("iperf3", "-c", nodes[-1].address, "-t", "60", **QUIET)
    time.sleep(0.5)  # past the stream's slow start
    trips = _round_trips(nodes, 0.01)
    for each in (client, server):
        each.terminate()
        each.wait(30)
    return {"loaded_p50": statistics.median(trips), "loaded_p99": _percentile99(trips)}


def footprint(nodes: Sequence[End]) -> dict[str, float]:
    """Megabytes of the node that forwards, after the load of this round."""
    return memory(nodes[1])


def start_time(node: Node) -> dict[str, float]:
    """Milliseconds from exec until the admin socket answers."""
    began = time.monotonic()
    node.launch()
    while not node.answers():
        time.sleep(0.002)
    took = time.monotonic() - began
    node.stop()
    return {"start": took * 1e3}


def _iperf_server(node: End) -> subprocess.Popen[bytes]:
    server = node.host.spawn("iperf3", "-s", "-1", "--forceflush", "-B", node.address, **PIPED)
    assert server.stdout is not None
    for line in server.stdout:
        if b"listening" in line:
            break
    return server


def _round_trips(nodes: Sequence[End], interval: float) -> list[float]:
    command = ("ping", "-n", "-i", f"{interval}", "-c", f"{PINGS}", nodes[-1].address)
    return [float(trip) * 1e3 for trip in re.findall(r"time=([\d.]+) ms", nodes[0].host.attempt(*command).stdout)]


def _percentile99(values: list[float]) -> float:
    return statistics.quantiles(values, n=100)[98]
