"""A rollout as people follow it, and what became of every host, for people and for programs."""

from __future__ import annotations

import argparse
import json
from collections.abc import Iterable, Sequence
from dataclasses import replace

from rich.progress import Progress, TaskID
from rich.table import Table
from rich.text import Text

from everleaf.errors import UnavailableError
from everleaf_fleet.apply import FAILURES
from everleaf_fleet.cli.screen import screen, watched
from everleaf_fleet.events import Begun, Event, Outcome, Planned, Result, Step
from everleaf_fleet.rollout import RolloutError

_COLOURS = {Outcome.UNCHANGED: "green", Outcome.CHANGED: "green", Outcome.UNTOUCHED: "dim", Outcome.UNREACHED: "yellow"}


def follow(events: Iterable[Event], names: Sequence[str]) -> list[Result]:
    """Show how far these hosts are, and tell what became of each; of a host that was changed twice, both."""
    results: dict[str, Result] = {}
    with watched() as progress:
        bars = _Bars(progress, len(names))
        for event in events:
            bars.show(event)
            if isinstance(event, Result):
                results[event.host] = _together(results.get(event.host), event)
    return [results[name] for name in names if name in results]


def _together(first: Result | None, then: Result) -> Result:
    if first is None or then.outcome in FAILURES:
        return then
    changed = (*first.changed, *(what for what in then.changed if what not in first.changed))
    return replace(first if then.outcome is Outcome.UNCHANGED else then, changed=changed)


def report(options: argparse.Namespace, results: Sequence[Result]) -> int:
    """Print the summary, by host in the order of the fleet's file; the exit status it deserves."""
    if options.json:
        print(json.dumps({"hosts": [_row(result) for result in results]}, indent=2))
    else:
        screen().print(_table(results))
    found = {result.outcome for result in results}
    if found & FAILURES:
        return RolloutError.exit_code
    return UnavailableError.exit_code if Outcome.UNREACHED in found else 0


class _Bars:
    """One for all hosts, and one for each that is being changed."""

    def __init__(self, progress: Progress, count: int) -> None:
        self._progress = progress
        self._all = progress.add_task("hosts", total=count)
        self._tasks: dict[str, TaskID] = {}

    def show(self, event: Event) -> None:
        match event:
            case Begun(hosts):
                self._begin(hosts)
            case Planned(operations):
                for task in self._tasks.values():
                    self._progress.update(task, total=operations)
            case Step(host, operation, done) if host in self._tasks:
                self._progress.update(self._tasks[host], description=f"{host} {operation}", advance=done)
            case Result():
                self._progress.advance(self._all)

    def _begin(self, hosts: Iterable[str]) -> None:
        for task in self._tasks.values():
            self._progress.remove_task(task)
        self._tasks = {host: self._progress.add_task(host, total=None) for host in hosts}


def _row(result: Result) -> dict[str, object]:
    return {
        "host": result.host,
        "outcome": result.outcome.value,
        "changed": list(result.changed),
        "words": result.words,
    }


def _table(results: Sequence[Result]) -> Table:
    table = Table("Host", "Outcome", "What")
    for result in results:
        what = ", ".join(result.changed) or result.words
        table.add_row(result.host, Text(result.outcome.value, style=_COLOURS.get(result.outcome, "red")), Text(what))
    return table
