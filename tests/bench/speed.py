"""How fast, how soon and at what cost packets pass: everleaf against the real node, turn by turn."""

from __future__ import annotations

import sys
from collections.abc import Callable, Sequence
from pathlib import Path

from bench import measures
from bench.paths import Contender, start_contenders
from bench.report import Round
from interop.net import Net
from interop.nodes import Identity


def steps(contender: Contender, udp: Path, seconds: int) -> list[Callable[[], dict[str, float]]]:
    """What is measured of one contender in a round, in order."""
    paths = contender.paths
    tcp = [
        lambda: measures.bulk("tcp", paths["tcp"], paths["tcp"], seconds),
        lambda: measures.bulk("mtu1420", paths["mtu1420"], paths["mtu1420"], seconds),
    ]
    if contender.name == "mixed":
        return tcp
    return [
        *tcp,
        lambda: measures.bulk("tls", paths["tls"], paths["tls"], seconds),
        lambda: measures.bulk("chain", paths["chain"], paths["chain"][1:2], seconds),
        lambda: measures.small_packets(paths["tcp"], udp, seconds),
        lambda: measures.small_transit(paths["chain"], udp, seconds),
        lambda: measures.idle_ping(paths["tcp"]),
        lambda: measures.loaded_ping(paths["tcp"]),
        lambda: measures.footprint(paths["chain"]),
    ]


def one_round(net: Net, contenders: Sequence[Contender], udp: Path, seconds: int, number: int, key: Identity) -> Round:
    """Every step of every contender, step by step, so that both sides of a ratio are moments apart."""
    ordered = contenders if number % 2 else contenders[::-1]
    found: dict[str, dict[str, float]] = {contender.name: {} for contender in contenders}
    plans = {contender.name: steps(contender, udp, seconds) for contender in ordered}
    for step in range(max(map(len, plans.values()))):
        for contender in ordered:
            if step < len(plans[contender.name]):
                found[contender.name] |= plans[contender.name][step]()
    for contender in ordered:
        if contender.name != "mixed":
            found[contender.name] |= measures.start_time(contender.node(net, f"start{number}-", 0, key))
    return found


def measure(
    directory: Path, udp: Path, program: str, keys: Sequence[Identity], count: int, seconds: int
) -> list[Round]:
    """All rounds."""
    net = Net(directory)
    try:
        print("starting nodes", file=sys.stderr)
        contenders = start_contenders(net, program, keys)
        rounds = []
        for number in range(count):
            print(f"round {number + 1} of {count}", file=sys.stderr)
            rounds.append(one_round(net, contenders, udp, seconds, number, keys[0]))
    finally:
        net.close()
    return rounds
