"""Links over wires that delay, lose and reorder, and links to peers that come back."""

from __future__ import annotations

import statistics
import sys
import time
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from bench.measures import stream
from bench.paths import everleaf
from bench.report import Measure, number
from interop.net import wait_until
from interop.nodes import Identity, Node, Yggdrasil, peer, start
from interop.relays import RelayedNet, Weather

CLEAR = Weather(0, 0, 0)
WEATHERS = (Weather(4, 0.5), Weather(8, 2), Weather(12, 5))
SECONDS = 5
AWAY = 20.0  # seconds
SLOW_TO_NOTICE = "yggdrasil quic"  # a killed peer still shows as linked after a minute
CONTENDERS = (
    ("everleaf", "tcp"),
    ("everleaf", "tls"),
    ("yggdrasil", "tcp"),
    ("yggdrasil", "tls"),
    ("yggdrasil", "quic"),
)

HEAD = ("", "unit", *(f"{kind} {scheme}" for kind, scheme in CONTENDERS), "tcp: times better", "(range)")

Round = dict[str, dict[str, float]]  # row -> contender -> number


@dataclass(frozen=True)
class Pair:
    """Two nodes of one program and the link between them; the second one listens."""

    name: str
    dialler: Node
    listener: Node

    def rate(self, seconds: float) -> float:
        """Mbit/s of one TCP stream."""
        size, took = stream((self.dialler, self.listener), seconds)
        return size * 8 / took / 1e6

    def comes_back(self) -> float:
        """Seconds from the start of a listener that was away until the dialler has a link to it."""
        self.listener.kill()
        wait_until(lambda: not self.dialler.links(), f"{self.name} notices the loss", 60)
        time.sleep(AWAY)
        began = time.monotonic()
        self.listener.launch()
        wait_until(self.dialler.links, f"{self.name} is linked again", 120, pause=0.01)
        took = time.monotonic() - began
        self.listener.ready()
        return took


def start_pairs(net: RelayedNet, program: str, congestion: str, keys: Sequence[Identity]) -> list[Pair]:
    """One of each, on hosts whose own choice of congestion control is the one named."""
    kinds: dict[str, type[Node]] = {
        "everleaf": everleaf(program),
        "yggdrasil": Yggdrasil,
    }
    pairs = []
    for kind, scheme in CONTENDERS:
        name = f"{kind} {scheme}"
        hosts = [net.host(f"{name.replace(' ', '-')}-{position}") for position in range(2)]
        for host in hosts:
            host.run("sysctl", "-qw", f"net.ipv4.tcp_congestion_control={congestion}")
        dialler, listener = (kinds[kind](host, key) for host, key in zip(hosts, keys, strict=False))
        dialler.log_level = listener.log_level = "info"
        peer(net, dialler, listener, scheme)
        start(dialler, listener)
        dialler.reaches(listener, 60)
        listener.reaches(dialler, 60)
        pairs.append(Pair(name, dialler, listener))
    return pairs


def one_round(net: RelayedNet, pairs: Sequence[Pair], seconds: float, turn: int) -> Round:
    """Every weather for every pair, the pairs one after the other, in an order that turns around each round."""
    found: Round = {}
    ordered = pairs if turn % 2 else pairs[::-1]
    for weather in WEATHERS:
        net.change(weather)
        found[f"{weather}"] = {pair.name: pair.rate(seconds) for pair in ordered}
    net.change(CLEAR)
    found["back"] = {pair.name: pair.comes_back() for pair in ordered if pair.name != SLOW_TO_NOTICE}
    return found


def measure(
    directory: Path, relay: Path, program: str, congestion: str, keys: Sequence[Identity], count: int
) -> list[Round]:
    """All rounds."""
    net = RelayedNet(directory, relay)
    try:
        pairs = start_pairs(net, program, congestion, keys)
        rounds = []
        for turn in range(count):
            print(f"round {turn + 1} of {count}", file=sys.stderr)
            rounds.append(one_round(net, pairs, SECONDS, turn))
    finally:
        net.close()
    return rounds


def rows(rounds: Sequence[Round]) -> list[tuple[str, ...]]:
    """The table's lines; ratios are medians of each round's."""
    names = {
        f"{weather}": Measure(f"TCP stream, {weather}", "Mbit/s", None, more_is_better=True) for weather in WEATHERS
    }
    names["back"] = Measure(f"peer back after {AWAY:g} s, start to link", "s", None)
    return [_row(measure, [numbers[name] for numbers in rounds]) for name, measure in names.items()]


def _row(measure: Measure, found: Sequence[dict[str, float]]) -> tuple[str, ...]:
    names = [f"{kind} {scheme}" for kind, scheme in CONTENDERS]
    medians = [number([each[name] for each in found]) if name in found[0] else "" for name in names]
    ratios = [measure.advantage(each["everleaf tcp"], each["yggdrasil tcp"]) for each in found]
    times = f"{statistics.median(ratios):.2f}"
    return (measure.text, measure.unit, *medians, times, f"{min(ratios):.2f} .. {max(ratios):.2f}")
