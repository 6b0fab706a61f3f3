"""Fuzz the Python decoders: `python tests/fuzz/run.py --all --inputs 10000000`.

The same seed gives the same inputs. Ends with a table; exits with 1 if any input broke an invariant.
"""

from __future__ import annotations

import argparse
import sys
import time
from collections.abc import Iterable
from dataclasses import dataclass
from functools import partial
from hashlib import sha256
from itertools import islice
from multiprocessing import Pool
from pathlib import Path
from random import Random

if __name__ == "__main__":
    sys.path.insert(0, str(Path(__file__).resolve().parents[1]))

from fuzz.mutate import inputs
from fuzz.table import TARGETS

FINDINGS = Path("build/fuzz")


@dataclass(frozen=True, slots=True)
class Result:
    """What one target did with its inputs."""

    name: str
    accepted: int
    refused: int
    seconds: float
    finding: bytes | None = None  # the input that broke the invariant, which ended the run
    error: str = ""


def fuzz(name: str, count: int, seed: int) -> Result:
    """Run one target on `count` inputs."""
    target = TARGETS[name]
    return try_all(name, islice(inputs(Random(f"{seed} {name}"), target.seeds), count))


def try_all(name: str, data: Iterable[bytes]) -> Result:
    """Run one target on the given inputs, up to the first finding."""
    run = TARGETS[name].run
    accepted = refused = 0
    started = time.monotonic()
    for item in data:
        try:
            if run(item):
                accepted += 1
            else:
                refused += 1
        except Exception as error:  # anything the target did not expect is what we are here for
            why = f"{type(error).__name__}: {error}"
            return Result(name, accepted, refused, time.monotonic() - started, item, why)
    return Result(name, accepted, refused, time.monotonic() - started)


def report(results: Iterable[Result]) -> int:
    """Print the table, a line as soon as a target is done; the exit code."""
    broken = 0
    for result in results:
        report_one(result)
        broken |= result.finding is not None
    return int(broken)


def report_one(result: Result) -> None:
    """One line of the table, and where the finding is kept."""
    tried = result.accepted + result.refused
    rate = tried / max(result.seconds, 1e-9)
    verdict = "BROKEN" if result.finding is not None else "holds"
    print(f"{result.name:18} {verdict:7} {tried:11} inputs {result.accepted:11} accepted {rate:9.0f}/s", flush=True)
    if result.finding is None:
        return
    FINDINGS.mkdir(parents=True, exist_ok=True)
    kept = FINDINGS / f"{result.name}-{sha256(result.finding).hexdigest()[:12]}"
    kept.write_bytes(result.finding)
    print(f"  {result.error}\n  {result.finding[:200].hex()}\n  again: --replay {kept} {result.name}")


def main(argv: list[str] | None = None) -> int:
    """The command line."""
    parser = argparse.ArgumentParser(description="Fuzz the Python decoders.")
    parser.add_argument("target", nargs="*", help="decoders to fuzz")
    parser.add_argument("--all", action="store_true", help="fuzz every decoder")
    parser.add_argument("--inputs", type=int, default=100_000, help="for each decoder")
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument("--jobs", type=int, default=1, help="decoders fuzzed at the same time")
    parser.add_argument("--replay", type=Path, help="run this one input instead")
    parser.add_argument("--list", action="store_true", help="name the decoders and their invariants")
    options = parser.parse_args(argv)
    if options.list:
        print("\n".join(f"{target.name:18} {target.invariant}" for target in TARGETS.values()))
        return 0
    names = list(TARGETS) if options.all else options.target
    if not names or set(names) - set(TARGETS):
        parser.error("name decoders of --list, or say --all")
    if options.replay:
        data = options.replay.read_bytes()
        return report(try_all(name, [data]) for name in names)
    job = partial(fuzz, count=options.inputs, seed=options.seed)
    if options.jobs == 1:
        return report(map(job, names))
    with Pool(options.jobs) as pool:
        return report(pool.imap(job, names))


if __name__ == "__main__":
    sys.exit(main())
