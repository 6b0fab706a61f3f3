"""What programs cost: CPU time and memory of every process they consist of."""

from __future__ import annotations

import os
import subprocess
from collections.abc import Sequence
from pathlib import Path
from typing import Protocol

from interop.net import Host

TICKS = os.sysconf("SC_CLK_TCK")


class End(Protocol):
    """One end of a tunnel: a program that gives its host an address."""

    host: Host
    process: subprocess.Popen[bytes] | None

    @property
    def address(self) -> str: ...


def processes(node: End) -> set[int]:
    """The pids of one; the frozen file is a loader and the node itself."""
    assert node.process is not None
    pidfile = node.host.directory / "pid"
    return {node.process.pid} | ({int(pidfile.read_text())} if pidfile.exists() else set())


def cpu_seconds(nodes: Sequence[End]) -> float:
    """User and system time so far, of all threads of all processes."""
    stats = [Path(f"/proc/{pid}/stat").read_text() for node in nodes for pid in processes(node)]
    fields = [stat.rpartition(")")[2].split() for stat in stats]
    return sum(int(each[11]) + int(each[12]) for each in fields) / TICKS


def memory(node: End) -> dict[str, float]:
    """Megabytes in memory: resident, and with each page divided by the number of processes that share it."""
    rollups = [Path(f"/proc/{pid}/smaps_rollup").read_text() for pid in processes(node)]
    lines = [line.split() for rollup in rollups for line in rollup.splitlines()]
    kilobytes = {field: sum(int(line[1]) for line in lines if line[0] == field) for field in ("Rss:", "Pss:")}
    return {"rss": kilobytes["Rss:"] / 1000, "pss": kilobytes["Pss:"] / 1000}
