"""Networks of thousands, and networks in trouble; README.md says what is measured.

usage: run.py scale [--sizes 250,1000,5000] [--shapes random,grid,internet,star] [--seed N] [--jobs N] [--from FILE ...]
       run.py faults [--shape SHAPE] [--size N] [--seed N] [--seconds N] [--runs N]
       run.py load [--peers N] [--sessions N]
"""

from __future__ import annotations

import argparse
import json
import sys
from collections.abc import Sequence
from dataclasses import asdict
from multiprocessing import Pool
from pathlib import Path

if __name__ == "__main__":
    sys.path.insert(0, str(Path(__file__).resolve().parents[1]))  # tests/, as pytest has it

from sim import load, report
from sim.faults import Faults
from sim.scale import SHAPES, Scale, measure

RESULTS = Path(__file__).parent / "results"
PICTURES = ("settled", "join_bytes", "lookup_frames", "infos_max")


def numbers(words: str) -> list[int]:
    """Those of a list with commas."""
    return [int(word) for word in words.split(",") if word]


def shapes(words: str) -> list[str]:
    """The same of SHAPES."""
    unknown = [word for word in words.split(",") if word not in SHAPES]
    if unknown:
        raise argparse.ArgumentTypeError(f"{unknown[0]} is none of {', '.join(SHAPES)}")
    return words.split(",")


def arguments(words: Sequence[str] | None = None) -> argparse.Namespace:
    parser = argparse.ArgumentParser(description="Networks of thousands, and networks in trouble")
    commands = parser.add_subparsers(dest="command", required=True)
    scale = commands.add_parser("scale", help="how everything grows with the number of nodes")
    scale.add_argument("--sizes", type=numbers, default="125,250,500,1000")
    scale.add_argument("--shapes", type=shapes, default=",".join(SHAPES))
    scale.add_argument("--seed", type=int, default=1)
    scale.add_argument("--jobs", type=int, default=1)
    scale.add_argument("--from", dest="earlier", type=Path, nargs="*", default=[], help="earlier results to add")
    faults = commands.add_parser("faults", help="seeded trouble; exits with 1 at the first broken invariant")
    faults.add_argument("--shape", choices=SHAPES, default="random")
    faults.add_argument("--size", type=int, default=16)
    faults.add_argument("--seed", type=int, default=1)
    faults.add_argument("--seconds", type=int, default=40)
    faults.add_argument("--runs", type=int, default=1, help="so many seeds, from --seed on")
    busy = commands.add_parser("load", help="CPU time of one node's control plane")
    busy.add_argument("--peers", type=int, default=200)
    busy.add_argument("--sessions", type=int, default=2000)
    return parser.parse_args(words)


def scale(options: argparse.Namespace) -> None:
    """Measure, print, and write table, numbers and pictures."""
    wanted = [(shape, size, options.seed) for size in options.sizes for shape in options.shapes]
    rows = [Scale(**json.loads(line)) for file in options.earlier for line in file.read_text().splitlines()]
    RESULTS.mkdir(exist_ok=True)
    with Pool(options.jobs) as pool:
        rows += pool.starmap(measure, wanted, chunksize=1)
    (RESULTS / "scale.jsonl").write_text("".join(f"{json.dumps(asdict(row))}\n" for row in rows))
    for name in PICTURES:
        (RESULTS / f"{name}.svg").write_text(report.chart(rows, name))
    text = f"{report.table(rows)}\n\nExponent of the number of nodes:\n\n{report.growth(rows)}\n"
    (RESULTS / "scale.md").write_text(text)
    print(text)


def faults(options: argparse.Namespace) -> int:
    """0 when every invariant stood."""
    for seed in range(options.seed, options.seed + options.runs):
        try:
            Faults(options.shape, options.size, seed, options.seconds).run()
        except AssertionError as error:
            print(f"seed {seed}: {error}", file=sys.stderr)
            return 1
    print(f"{options.runs} runs of {options.size} nodes ({options.shape}): every invariant stood")
    return 0


def main() -> int:
    options = arguments()
    if options.command == "faults":
        return faults(options)
    if options.command == "load":
        print(load.report(load.measure(options.peers, options.sessions)))
    else:
        scale(options)
    return 0


if __name__ == "__main__":
    sys.exit(main())
