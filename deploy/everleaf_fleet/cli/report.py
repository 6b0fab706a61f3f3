"""What a demo found, for people and for programs."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from typing import Any

from rich.console import Console
from rich.table import Table

from everleaf_fleet.lab.measure import Reach
from everleaf_fleet.lab.node import LabNode

Way = tuple[str, ...]  # the hosts on a path, both ends included


@dataclass(frozen=True, slots=True)
class Transfer:
    """What one TCP connection carried, and the way it took."""

    path: Way
    bits_per_second: float


@dataclass(frozen=True, slots=True)
class Report:
    """All of it. Hosts go by their names."""

    nodes: Sequence[LabNode]
    neighbours: Mapping[str, Sequence[str]]
    reaches: Sequence[Reach]
    paths: Mapping[tuple[str, str], Way | None]
    transfer: Transfer | None  # None: no two nodes reach each other

    @property
    def whole(self) -> bool:
        """Whether every node reaches every other."""
        return all(reach.milliseconds is not None for reach in self.reaches)

    def as_json(self) -> dict[str, Any]:
        """The same for programs."""
        return {
            "whole": self.whole,
            "hosts": [
                {
                    "name": node.host.name,
                    "kind": node.kind,
                    "version": node.version,
                    "key": node.key,
                    "address": node.address,
                    "peers": self.neighbours[node.host.name],
                }
                for node in self.nodes
            ],
            "pairs": [
                {
                    "source": reach.source,
                    "dest": reach.dest,
                    "milliseconds": reach.milliseconds,
                    "path": self.paths[reach.source, reach.dest],
                }
                for reach in self.reaches
            ],
            "transfer": self.transfer and asdict(self.transfer),
        }

    def show(self, console: Console) -> None:
        """The same for people."""
        console.print(self._hosts())
        console.print(self._pairs())
        if self.transfer:
            way = " → ".join(self.transfer.path)
            console.print(f"One TCP connection {way}: [bold]{self.transfer.bits_per_second / 1e6:,.0f} Mbit/s[/]\n")

    def _hosts(self) -> Table:
        table = Table("host", "node", "wires to", "address", title="The hosts", title_justify="left")
        for node in self.nodes:
            name = node.host.name
            table.add_row(name, f"{node.kind} {node.version}", " ".join(self.neighbours[name]), node.address)
        return table

    def _pairs(self) -> Table:
        names = [node.host.name for node in self.nodes]
        table = Table("from \\ to", *names, title="Who reaches whom, how fast and over whom", title_justify="left")
        times = {(reach.source, reach.dest): reach.milliseconds for reach in self.reaches}
        for one in names:
            cells = ("" if one == other else self._cell(times[one, other], self.paths[one, other]) for other in names)
            table.add_row(f"[bold]{one}[/]", *cells)
        return table

    @staticmethod
    def _cell(milliseconds: float | None, path: Way | None) -> str:
        if milliseconds is None:
            return "[red]no answer[/]"
        return f"[green]{milliseconds:.2f} ms[/]\n[dim]{_in_short(path)}[/]"


def _in_short(path: Way | None) -> str:
    """A path in the room that a cell has, which is two names."""
    if not path:
        return "via ?"
    between = path[1:-1]
    if len(between) > 2:
        return f"via {len(between)} hosts"
    return f"via {' '.join(between)}" if between else "direct"
