"""What the mesh of a lab can do: who reaches whom, how fast, which way, and how much of it."""

from __future__ import annotations

import json
import re
import shutil
import subprocess
import sys
import time
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor, as_completed
from dataclasses import dataclass
from itertools import permutations
from threading import Event

from everleaf.errors import UnavailableError
from everleaf_fleet.lab import transfer
from everleaf_fleet.lab.node import LabNode
from everleaf_fleet.lab.route import View, route

PATIENCE_SECONDS = (
    60.0  # a mesh that has just come up needs a moment for its first lookups, on a busy machine a long one
)
_ROUND_TRIP = re.compile(r"= [\d.]+/([\d.]+)/")  # "rtt min/avg/max/mdev = 0.310/0.402/0.511/0.080 ms"
_AT_ONCE = 4
_TCP_PORT = 5201


@dataclass(frozen=True, slots=True)
class Reach:
    """How long a round trip from one host's node to another's takes; None if no answer came."""

    source: str
    dest: str
    milliseconds: float | None


def reaches(nodes: Sequence[LabNode]) -> Iterator[Reach]:
    """One result for every ordered pair, as they come."""
    given_up = Event()
    pool = ThreadPoolExecutor(_AT_ONCE)
    try:
        pending = {pool.submit(_ping, one, other, given_up): (one, other) for one, other in permutations(nodes, 2)}
        for done in as_completed(pending):
            one, other = pending[done]
            yield Reach(one.host.name, other.host.name, done.result())
    finally:
        given_up.set()
        pool.shutdown(cancel_futures=True)


def _ping(one: LabNode, other: LabNode, given_up: Event) -> float | None:
    """The average of a few round trips, as soon as there is one."""
    deadline = time.monotonic() + PATIENCE_SECONDS
    while (average := _round_trip(one, other)) is None:
        if time.monotonic() > deadline or given_up.wait(0.1):
            break
    return average


def _round_trip(one: LabNode, other: LabNode) -> float | None:
    """The average of a few, once the first one has come back. None if it, or all of them, are lost: both may be."""
    command = ("ping", "-6", "-n", "-q", "-W", "2")
    if one.host.attempt(*command, "-c", "1", other.address).returncode:
        return None
    found = _ROUND_TRIP.search(one.host.attempt(*command, "-c", "4", "-i", "0.05", other.address).stdout)
    return float(found[1]) if found else None


def paths(nodes: Sequence[LabNode]) -> dict[tuple[str, str], tuple[str, ...] | None]:
    """For every ordered pair the hosts on the way, both ends included; None where the nodes know no way."""
    names = {node.key: node.host.name for node in nodes}
    with ThreadPoolExecutor(_AT_ONCE) as pool:
        views = dict(zip(names, pool.map(_view, nodes), strict=True))
    found: dict[tuple[str, str], tuple[str, ...] | None] = {}
    for one, other in permutations(nodes, 2):
        way = route(views, one.key, other.key)
        found[one.host.name, other.host.name] = tuple(names[key] for key in way) if way else None
    return found


def _view(node: LabNode) -> View:
    return View.of(node.key, node.ask("getTree"), node.ask("getPeers"))


def throughput(one: LabNode, other: LabNode, seconds: int = 3) -> float:
    """Bits per second of one TCP connection from `one` to `other` through the mesh."""
    port = str(_TCP_PORT)
    if shutil.which("iperf3"):
        receive = ["iperf3", "--server", "--one-off", "--port", port]
        send = ["iperf3", "--client", other.address, "--port", port, "--time", str(seconds), "--json"]
        return _transfer(one, other, receive, send, _iperf_result)
    program = [sys.executable, "-I", transfer.__file__]
    send = [*program, "send", other.address, port, str(seconds)]
    return _transfer(one, other, [*program, "receive", port], send, float)


def _iperf_result(text: str) -> float:
    """Raise ValueError when there is none; iperf3 has failed then, whatever its exit status says."""
    result = json.loads(text)
    if "error" in result:
        raise ValueError(result["error"])
    return float(result["end"]["sum_received"]["bits_per_second"])


def _transfer(
    one: LabNode, other: LabNode, receive: list[str], send: list[str], result: Callable[[str], float]
) -> float:
    """What the sender printed, read by `result`. It tries again until the receiver listens."""
    quiet = subprocess.DEVNULL
    receiver = subprocess.Popen(other.host.on_its_wires(receive), stdin=quiet, stdout=quiet, stderr=quiet)
    sender = one.host.on_its_wires(send)
    deadline = time.monotonic() + PATIENCE_SECONDS
    try:
        while True:
            try:
                sent = subprocess.run(sender, stdin=quiet, capture_output=True, text=True, timeout=60, check=False)
                return result(sent.stdout)
            except ValueError as error:
                if time.monotonic() > deadline:
                    raise UnavailableError(f"no transfer {one.host.name} to {other.host.name}: {error}") from None
            time.sleep(0.1)
    finally:
        receiver.kill()
        receiver.wait()
