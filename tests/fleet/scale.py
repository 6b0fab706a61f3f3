"""How long the toolkit takes for fleets of several sizes: `python tests/fleet/scale.py 10 25 50`. Not a test.

Each is a lab of its own on this machine, with a node that is a shell script, so that it is the toolkit that is measured
and not the node; `--real` takes the node as it stands here. A deploy is from bare hosts.
"""

from __future__ import annotations

import argparse
import resource
import sys
import tempfile
import time
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parents[1]))

from everleaf_fleet.lab import Lab, Topology
from fleet.mesh import FAKE_NODE, NODE, Mesh

STEPS = {"plan of bare hosts": ("plan", 2), "deploy": ("apply", 0), "no change": ("apply", 0), "plan": ("plan", 0)}


def main() -> None:
    """One row for each size."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("sizes", metavar="HOSTS", nargs="+", type=int)
    parser.add_argument("--real", action="store_true", help="the node itself")
    options = parser.parse_args()
    print(f"{'hosts':>5}" + "".join(f"{name:>28}" for name in STEPS))
    for size in options.sizes:
        row = "".join(
            f"{wall:>10.1f} s ({processor / size:.2f} s each)" for wall, processor in measured(size, options.real)
        )
        print(f"{size:>5}{row}", flush=True)


def measured(size: int, real: bool) -> list[tuple[float, float]]:
    """Seconds of wall time and of the processor for each step, hosts and all."""
    with Lab.running(Topology("line", size)) as lab, tempfile.TemporaryDirectory() as directory:
        mesh = Mesh(lab, Path(directory), NODE if real else FAKE_NODE.read_text())
        mesh.wants(within="60s", slack="300s")
        return [timed(mesh, *step) for step in STEPS.values()]


def timed(mesh: Mesh, command: str, wanted: int) -> tuple[float, float]:
    """One step, which must end as it should."""
    start, before = time.monotonic(), used()
    status, found = mesh.run(command, timeout=3600)
    assert status == wanted, found
    return time.monotonic() - start, used() - before


def used() -> float:
    """Processor time of what we started and has ended. Hosts are started by others."""
    children = resource.getrusage(resource.RUSAGE_CHILDREN)
    return children.ru_utime + children.ru_stime


if __name__ == "__main__":
    main()
