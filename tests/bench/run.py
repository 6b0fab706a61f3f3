"""everleaf against the real yggdrasil on this machine, turn by turn; README.md says how and why.

usage: run.py [--quick] [--rounds N] [--program frozen|source]
"""

from __future__ import annotations

import argparse
import json
import platform
import shutil
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Sequence
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parents[1]))  # tests/, as pytest has it

from bench import measures
from bench.paths import PROGRAMS, Contender, start_contenders
from bench.report import Round, markdown_table, rows, text_table
from interop.net import Net
from interop.nodes import Identity, identities

HERE = Path(__file__).parent
RESULTS = HERE / "results"


def arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description="everleaf against the real yggdrasil, turn by turn")
    parser.add_argument("--quick", action="store_true", help="two short rounds: a smoke test, not a result")
    parser.add_argument("--rounds", type=int, default=5)
    parser.add_argument("--program", choices=PROGRAMS, default="frozen", help="the form of everleaf")
    return parser.parse_args()


def build_udp() -> Path:
    """Compile the packet generator."""
    RESULTS.mkdir(exist_ok=True)
    program = RESULTS / "udp"
    subprocess.run(["cc", "-std=c11", "-D_GNU_SOURCE", "-O2", "-o", program, HERE / "udp.c"], check=True)
    return program


def steps(contender: Contender, udp: Path, seconds: int) -> list[Callable[[], dict[str, float]]]:
    """What is measured of one contender in a round, in order."""
    paths = contender.paths
    tcp = [lambda: measures.bulk("tcp", paths["tcp"], paths["tcp"], seconds)]
    if contender.name == "mixed":
        return tcp
    return [
        *tcp,
        lambda: measures.bulk("tls", paths["tls"], paths["tls"], seconds),
        lambda: measures.bulk("chain", paths["chain"], paths["chain"][1:2], seconds),
        lambda: measures.small_packets(paths["tcp"], udp, seconds),
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


def save(lines: Sequence[Sequence[str]], rounds: Sequence[Round], head: str) -> Path:
    """Write the table and the raw numbers."""
    stem = RESULTS / time.strftime("%Y-%m-%d-%H%M%S")
    stem.with_suffix(".json").write_text(json.dumps(rounds, indent=1))
    report = stem.with_suffix(".md")
    report.write_text(f"# everleaf and yggdrasil side by side\n\n{head}\n\n{markdown_table(lines)}\n")
    return report


def main() -> None:
    options = arguments()
    count, seconds = (2, 1) if options.quick else (options.rounds, 3)
    udp = build_udp()
    directory = Path(tempfile.mkdtemp(prefix="everleaf-bench-"))
    net = Net(directory)
    try:
        keys = identities(3, directory)
        print("starting nodes", file=sys.stderr)
        contenders = start_contenders(net, options.program, keys)
        rounds = []
        for number in range(count):
            print(f"round {number + 1} of {count}", file=sys.stderr)
            rounds.append(one_round(net, contenders, udp, seconds, number, keys[0]))
    finally:
        net.close()
        shutil.rmtree(directory)
    head = (
        f"{count} rounds of {seconds} s, {options.program} everleaf, {platform.machine()}, Linux {platform.release()}"
    )
    lines = rows(rounds)
    print(f"{head}\n\n{text_table(lines)}")
    print(f"\nwritten to {save(lines, rounds, head)}", file=sys.stderr)


if __name__ == "__main__":
    main()
