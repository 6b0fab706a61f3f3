"""`everleaf-fleet demo`: the whole product once, on this machine, without root, and nothing left behind."""

from __future__ import annotations

import argparse
import json
import shutil
from collections.abc import Mapping, Sequence
from pathlib import Path

from rich.console import Console
from rich.progress import Progress

from everleaf.errors import UnavailableError, UsageError
from everleaf.platform import platform
from everleaf_fleet import deploys
from everleaf_fleet.cli.report import Report, Transfer
from everleaf_fleet.cli.screen import screen, watched
from everleaf_fleet.events import Failed, Planned, Step
from everleaf_fleet.lab import Lab, LabHost, Topology
from everleaf_fleet.lab.measure import paths, reaches, throughput
from everleaf_fleet.lab.node import LabNode, everleaf, yggdrasil, yggdrasil_is_installed
from everleaf_fleet.lab.topology import SHAPES
from everleaf_fleet.rollout import RolloutError, rollout

BUILT = "dist/everleaf"
MAX_HOSTS = 12  # the table of pairs is as wide as there are hosts


def arguments(parser: argparse.ArgumentParser) -> None:
    """Declare the options."""
    parser.add_argument("--hosts", metavar="N", type=int, default=4, help=f"how many, 2 to {MAX_HOSTS} (default: 4)")
    parser.add_argument("--shape", choices=SHAPES, default="ring", help="which hosts have a wire (default: ring)")
    parser.add_argument("--binary", metavar="PATH", type=Path, help="the node's program (default: dist/everleaf)")
    parser.add_argument("--keep", action="store_true", help="leave the lab running, to look around in it")
    parser.add_argument("--json", action="store_true", help="print the results as JSON")


def run(options: argparse.Namespace) -> int:
    """Make the lab, deploy, measure, report. Raise NodeError when a step fails or a pair does not reach."""
    if not 2 <= options.hosts <= MAX_HOSTS:
        raise UsageError(f"--hosts {options.hosts} is out of range", fix=f"choose from 2 to {MAX_HOSTS}")
    binary = _binary(options.binary)
    talk = Console(stderr=True, highlight=False)
    with Lab.running(Topology(options.shape, options.hosts), keep=options.keep) as lab:
        with watched() as progress:
            nodes = _deploy(lab, binary, progress)
            report = _measure(lab, nodes, progress)
        if options.json:
            print(json.dumps(report.as_json(), indent=2))
        else:
            report.show(screen())
        if options.keep:
            _explain(lab, talk)
    if not report.whole:
        raise UnavailableError("not every node reaches every other")
    return 0


def _binary(given: Path | None) -> Path:
    """The program to put on the hosts."""
    path = given or Path(BUILT if Path(BUILT).exists() else shutil.which("everleaf") or BUILT)
    if not path.is_file():
        raise UsageError(f"the node's program {path} does not exist", fix="run `make freeze`, or give --binary PATH")
    return path.resolve()


def _deploy(lab: Lab, binary: Path, progress: Progress) -> list[LabNode]:
    """A running node on every host, in their order; the last one is the real Yggdrasil if this machine has it."""
    split = len(lab.hosts) - yggdrasil_is_installed()
    ours, other = lab.hosts[:split], lab.hosts[split:]
    extra = [yggdrasil(host, lab.topology.listen(), lab.topology.peers(host.name)) for host in other]
    try:
        _roll_out(lab, [host.name for host in ours], binary, progress)
    except RolloutError as error:
        raise RolloutError("\n".join([error.message, *map(_last_words, ours)])) from None
    return [everleaf(host) for host in ours] + extra


def _roll_out(lab: Lab, names: Sequence[str], binary: Path, progress: Progress) -> None:
    inventory = [f"@lab/{lab.init}/{name}" for name in names]
    tasks = {name: progress.add_task(name, total=None) for name in names}
    for event in rollout(deploys.install, inventory, {"everleaf_binary": str(binary)}):
        match event:
            case Planned(operations):
                for task in tasks.values():
                    progress.update(task, total=operations)
            case Step(host, operation, done):
                progress.update(tasks[host], description=f"{host} {operation}", advance=done)
            case Failed(host, reason):
                raise RolloutError(f"{host}: {reason}")


def _last_words(host: LabHost) -> str:
    """The end of the log on a host."""
    log_file = platform("linux").log_file
    log = host.attempt("tail", "-n", "3", log_file)
    return f"{host.name}: {log_file}: {(log.stdout or log.stderr).strip() or 'empty'}"


def _measure(lab: Lab, nodes: Sequence[LabNode], progress: Progress) -> Report:
    """Everything the report tells; the transfer takes the longest way, over our own nodes where there is a choice."""
    count = len(nodes) * (len(nodes) - 1)
    found = list(progress.track(reaches(nodes), total=count, description="who reaches whom"))
    ways = paths(nodes)
    reached = [(reach.source, reach.dest) for reach in found if reach.milliseconds is not None]
    transfer = None
    if reached:
        by_name = {node.host.name: node for node in nodes}
        one, other = max(sorted(reached), key=lambda pair: _length(ways[pair] or pair, by_name))
        step = progress.add_task(f"one transfer {one} to {other}", total=1)
        transfer = Transfer(ways[one, other] or (one, other), throughput(by_name[one], by_name[other]))
        progress.advance(step)
    neighbours = {host.name: lab.topology.neighbours(host.name) for host in lab.hosts}
    return Report(nodes, neighbours, found, ways, transfer)


def _length(way: Sequence[str], nodes: Mapping[str, LabNode]) -> tuple[int, int]:
    return len(way), sum(nodes[name].kind == "everleaf" for name in way)


def _explain(lab: Lab, talk: Console) -> None:
    """How to go on with a lab that was kept."""
    talk.print("The lab keeps running. Look around, and end it when done:")
    talk.print(f"  everleaf-fleet shell {lab.hosts[0].name}    # each host up to {lab.hosts[-1].name}")
    talk.print("  everleaf-fleet down")
