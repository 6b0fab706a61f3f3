"""everleaf beside programs of other kinds that join two hosts, turn by turn."""

from __future__ import annotations

import sys
from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from pathlib import Path

from bench import measures
from bench.paths import Contender, everleaf
from bench.report import Measure, Ratio, Round, compare, number, values
from bench.rivals import RIVALS, Rival, make_pair, missing, start_pair
from bench.usage import End, memory
from interop.net import Net
from interop.nodes import Identity, Yggdrasil

OURS = ("everleaf", "everleaf 1420")
THEIRS = ("yggdrasil", *RIVALS)

MEASURES = {
    "stream_rate": Measure("TCP stream", "Gbit/s", None, more_is_better=True),
    "stream_cpu": Measure("... CPU of both ends", "s/GB", None),
    "small_rate": Measure("64-byte packets delivered", "1000/s", None, more_is_better=True),
    "small_cpu": Measure("... CPU of both ends", "us each", None),
    "idle_p50": Measure("ping, idle, median", "us", None),
    "loaded_p50": Measure("ping beside a stream, median", "us", None),
    "loaded_p99": Measure("ping beside a stream, 99 %", "us", None),
    "rss": Measure("memory after load, resident", "MB", None),
}
HEAD = ("", "unit", *OURS, *(f"{name} (times better)" for name in THEIRS))

STEPS: Sequence[Callable[[Sequence[End], Path, int], dict[str, float]]] = (
    lambda pair, _, seconds: measures.bulk("stream", pair, pair, seconds),
    measures.small_packets,
    lambda pair, _, __: measures.idle_ping(pair),
    lambda pair, _, __: measures.loaded_ping(pair),
    lambda pair, _, __: memory(pair[1]),
)


def one_round(pairs: Mapping[str, Sequence[End]], udp: Path, seconds: int, turn: int) -> Round:
    """Every step for every program, in an order that turns around each round."""
    names = list(pairs) if turn % 2 else list(pairs)[::-1]
    found: dict[str, dict[str, float]] = {name: {} for name in pairs}
    for step in STEPS:
        for name in names:
            found[name] |= step(pairs[name], udp, seconds)
    return found


def start_nodes(net: Net, program: str, keys: Sequence[Identity]) -> dict[str, Sequence[End]]:
    """Pairs over tcp: everleaf twice, the real node once."""
    ours, theirs = Contender("everleaf", [everleaf(program)], {}), Contender("yggdrasil", [Yggdrasil], {})
    for contender, label in ((ours, "tcp"), (ours, "mtu1420"), (theirs, "tcp")):
        contender.start_path(net, label, keys)
    return {OURS[0]: ours.paths["tcp"], OURS[1]: ours.paths["mtu1420"], "yggdrasil": theirs.paths["tcp"]}


def measure(
    directory: Path, udp: Path, program: str, keys: Sequence[Identity], count: int, seconds: int
) -> list[Round]:
    """All rounds."""
    if absent := missing():
        sys.exit(f"not installed: {', '.join(absent)}; run builds/bootstrap.sh --rivals")
    net = Net(directory)
    rivals: dict[str, list[Rival]] = {}
    try:
        pairs = start_nodes(net, program, keys)
        for name in RIVALS:
            rivals[name] = make_pair(net, name)
            start_pair(rivals[name])
        rounds = []
        for turn in range(count):
            print(f"round {turn + 1} of {count}", file=sys.stderr)
            rounds.append(one_round(pairs | rivals, udp, seconds, turn))
    finally:
        net.close()
        for end in (end for ends in rivals.values() for end in ends):
            end.close()
    return rounds


def rows(rounds: Sequence[Round]) -> list[tuple[str, ...]]:
    """The table's lines: medians, and beside each of theirs how many times better ours are."""
    return [_row(name, measure, rounds) for name, measure in MEASURES.items()]


def ratios(rounds: Sequence[Round]) -> list[Ratio]:
    """Of everleaf by default to each of theirs, program by program."""
    return [
        _ratio(name, replace(measure, text=f"{column}: {measure.text}"), OURS[0], column, rounds)
        for column in THEIRS
        for name, measure in MEASURES.items()
    ]


def _row(name: str, measure: Measure, rounds: Sequence[Round]) -> tuple[str, ...]:
    ours = [number(values(column, name, rounds)) for column in OURS]
    theirs = [_cell(name, measure, column, rounds) for column in THEIRS]
    return (measure.text, measure.unit, *ours, *theirs)


def _cell(name: str, measure: Measure, theirs: str, rounds: Sequence[Round]) -> str:
    times = [f"{_ratio(name, measure, ours, theirs, rounds).median:.2f}" for ours in OURS]
    return f"{number(values(theirs, name, rounds))} ({' / '.join(times)})"


def _ratio(name: str, measure: Measure, ours: str, theirs: str, rounds: Sequence[Round]) -> Ratio:
    return compare(measure, values(ours, name, rounds), values(theirs, name, rounds))
