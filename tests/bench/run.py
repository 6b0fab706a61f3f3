"""everleaf against the real yggdrasil and others on this machine, turn by turn; README.md says how and why.

usage: run.py [--quick] [--rounds N] [--program frozen|folder|source|release] [PART ...]
"""

from __future__ import annotations

import argparse
import json
import platform
import shutil
import sys
import tempfile
import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

sys.path.insert(0, str(Path(__file__).resolve().parents[1]))  # tests/, as pytest has it

from bench import badlinks, footprint, others, speed
from bench.chart import chart
from bench.paths import PROGRAMS
from bench.programs import HERE, RESULTS, build
from bench.report import HEAD, Lines, markdown_table, ratios, rows, text_table
from interop.nodes import identities


@dataclass(frozen=True, slots=True)
class Part:
    """One table: what it shows, its lines and the numbers they are made of."""

    title: str
    lines: Lines
    rounds: Sequence[Any]
    picture: str = ""  # SVG


def part(word: str) -> str:
    """One of PARTS. argparse would hold the default against `choices` as well."""
    if word not in PARTS:
        raise argparse.ArgumentTypeError(f"{word} is none of {', '.join(PARTS)}")
    return word


def arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description="everleaf against the real yggdrasil and others, turn by turn")
    parser.add_argument(
        "parts", nargs="*", metavar="PART", type=part, default=list(PARTS), help=f"of {', '.join(PARTS)}"
    )
    parser.add_argument("--quick", action="store_true", help="two short rounds: a smoke test, not a result")
    parser.add_argument("--rounds", type=int, default=7)
    parser.add_argument("--program", choices=PROGRAMS, default="frozen", help="the form of everleaf")
    parser.add_argument("--congestion", choices=("reno", "bbr"), default="reno", help="the hosts' own, on bad links")
    return parser.parse_args()


def measure_speed(options: argparse.Namespace, directory: Path) -> Part:
    seconds = 1 if options.quick else 3
    keys = identities(3, directory)
    rounds = speed.measure(directory, build("udp"), options.program, keys, options.rounds, seconds)
    title = "everleaf and yggdrasil side by side"
    return Part(title, [HEAD, *rows(rounds)], rounds, chart(f"{title}: how many times better", ratios(rounds)))


def measure_bad_links(options: argparse.Namespace, directory: Path) -> Part:
    keys = identities(2, directory)
    relay = build("relay", HERE.parent / "interop")
    rounds = badlinks.measure(directory, relay, options.program, options.congestion, keys, options.rounds)
    title = f"Over bad links, on hosts that use {options.congestion} by themselves"
    return Part(title, [badlinks.HEAD, *badlinks.rows(rounds)], rounds)


def measure_memory(options: argparse.Namespace, directory: Path) -> Part:
    rounds = footprint.measure(directory, identities(2, directory), options.rounds)
    return Part("Memory and start", [footprint.HEAD, *footprint.rows(rounds)], rounds)


def measure_others(options: argparse.Namespace, directory: Path) -> Part:
    seconds = 1 if options.quick else 3
    keys = identities(2, directory)
    rounds = others.measure(directory, build("udp"), options.program, keys, options.rounds, seconds)
    title = "Beside other programs (how many times better everleaf is, by default / with an MTU of 1420)"
    picture = chart("How many times better everleaf is, by default", others.ratios(rounds))
    return Part(title, [others.HEAD, *others.rows(rounds)], rounds, picture)


PARTS: dict[str, Callable[[argparse.Namespace, Path], Part]] = {
    "speed": measure_speed,
    "badlinks": measure_bad_links,
    "memory": measure_memory,
    "others": measure_others,
}


def measure(name: str, options: argparse.Namespace) -> Part:
    """One part, in a directory of its own that is gone afterwards."""
    directory = Path(tempfile.mkdtemp(prefix="everleaf-bench-"))
    try:
        return PARTS[name](options, directory)
    finally:
        shutil.rmtree(directory)


def save(parts: Mapping[str, Part], head: str) -> Path:
    """Write the tables, the pictures and the raw numbers."""
    RESULTS.mkdir(exist_ok=True)
    stem = RESULTS / time.strftime("%Y-%m-%d-%H%M%S")
    stem.with_suffix(".json").write_text(json.dumps({part.title: part.rounds for part in parts.values()}, indent=1))
    for name, part in parts.items():
        if part.picture:
            stem.with_name(f"{stem.name}-{name}.svg").write_text(part.picture)
    tables = [f"\n# {part.title}\n\n{markdown_table(part.lines)}\n" for part in parts.values()]
    report = stem.with_suffix(".md")
    report.write_text(f"{head}\n" + "".join(tables))
    return report


def main() -> None:
    options = arguments()
    if options.quick:
        options.rounds = 2
    head = f"{options.rounds} rounds, {options.program} everleaf, {platform.machine()}, Linux {platform.release()}"
    print(head)
    parts = {}
    for name in options.parts:
        part = parts[name] = measure(name, options)
        print(f"\n{part.title}\n\n{text_table(part.lines)}")
    print(f"\nwritten to {save(parts, head)}", file=sys.stderr)


if __name__ == "__main__":
    main()
