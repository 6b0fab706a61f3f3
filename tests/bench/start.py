"""How long `everleaf version` takes: the single file, the folder, and this tree with plain Python, turn by turn.

    .venv/bin/python tests/bench/start.py FILE FOLDER/everleaf

Both clocks are printed: wall time is what a user waits, processor time is what a busy machine does not stretch.
"""

from __future__ import annotations

import argparse
import resource
import statistics
import subprocess
import sys
import time
from pathlib import Path

WARM = 3  # runs that do not count: the page cache fills
ROUNDS = 21


def once(command: list[str]) -> tuple[float, float]:
    """Wall and processor time of one run, in seconds, the loader and its child together."""
    before, start = resource.getrusage(resource.RUSAGE_CHILDREN), time.perf_counter()
    subprocess.run(command, check=True, stdout=subprocess.DEVNULL)
    wall, after = time.perf_counter() - start, resource.getrusage(resource.RUSAGE_CHILDREN)
    return wall, after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("programs", nargs="+", type=Path)
    programs = parser.parse_args().programs
    commands = {f"{path}": [f"{path}", "version"] for path in programs}
    commands["plain Python"] = [sys.executable, "-m", "everleaf", "version"]
    commands["Python alone"] = [sys.executable, "-I", "-S", "-c", "pass"]
    seen: dict[str, list[tuple[float, float]]] = {name: [] for name in commands}
    for turn in range(WARM + ROUNDS):
        for name, command in commands.items():
            sample = once(command)
            if turn >= WARM:
                seen[name].append(sample)
    print("| | wall, least | wall, median | processor, median |\n|---|---|---|---|")
    for name, samples in seen.items():
        walls, processors = zip(*samples, strict=True)
        told = [min(walls), statistics.median(walls), statistics.median(processors)]
        print(f"| {name} | " + " | ".join(f"{value * 1000:.0f} ms" for value in told) + " |")


if __name__ == "__main__":
    main()
