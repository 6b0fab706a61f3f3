"""Write the tables and the routing-message vectors anew: `make abi`."""

from __future__ import annotations

import json
import os
import sys
from argparse import ArgumentParser
from collections.abc import Mapping
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

from builds.abi.probe import ProbeError, System, answers, messages, notes, systems
from builds.abi.table import by_cpu, render

ROOT = Path(__file__).parents[2]
TABLES = ROOT / "node" / "everleaf" / "host" / "abi"
VECTORS = ROOT / "tests" / "vectors" / "routing.json"


def table(system: System, pool: ThreadPoolExecutor) -> str:
    """The TOML table of `system`, asked anew."""
    said = pool.map(lambda target: _answers(system, target), system.targets)
    return render(system, by_cpu(dict(zip(system.targets, said, strict=True))), _notes(system))


def vectors(systems: list[System], pool: ThreadPoolExecutor) -> str:
    """Every system's routing messages, made anew, as the JSON text that the tests read."""
    targets = [target for system in systems for target in system.messages]
    return json.dumps(dict(zip(targets, pool.map(messages, targets), strict=True)), indent=1) + "\n"


def _answers(system: System, target: str) -> Mapping[str, int]:
    return {place: value for probe in system.probes for place, value in answers(probe, target).items()}


def _notes(system: System) -> Mapping[str, str]:
    return {place: note for probe in system.probes for place, note in notes(probe).items()}


def main() -> None:
    ArgumentParser(prog="python -m builds.abi", description=__doc__).parse_args()
    with ThreadPoolExecutor(os.cpu_count()) as pool:
        for system in systems():
            (TABLES / f"{system.name}.toml").write_text(table(system, pool), "utf-8")
        VECTORS.write_text(vectors(systems(), pool), "utf-8")


if __name__ == "__main__":
    try:
        main()
    except ProbeError as error:
        sys.exit(str(error))
