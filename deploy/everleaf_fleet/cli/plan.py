"""`everleaf-fleet plan`: what differs between the fleet's file and its hosts. Changes nothing."""

from __future__ import annotations

import argparse
import json
from collections.abc import Sequence
from dataclasses import asdict
from typing import Any

from rich.console import Console
from rich.text import Text

from everleaf.errors import UnavailableError
from everleaf_fleet.cli.screen import screen, watched
from everleaf_fleet.cli.source import add_fleet, add_hosts, chosen, open_book
from everleaf_fleet.difference import Difference
from everleaf_fleet.model.book import Book
from everleaf_fleet.model.fleet import Fleet
from everleaf_fleet.plan import HostPlan, plans

DRIFT = 2
_COLOURS = {"+": "green", "-": "red", "@": "cyan"}


def arguments(parser: argparse.ArgumentParser) -> None:
    """Declare the options."""
    add_fleet(parser)
    add_hosts(parser)
    parser.add_argument("--json", action="store_true", help="print JSON for programs")


def run(options: argparse.Namespace) -> int:
    """0 when every host is as it should be, 2 when one is not, another status when one does not answer."""
    fleet, book = open_book(options)
    found = survey_all(fleet, book, chosen(fleet, options))
    if options.json:
        print(json.dumps({"fleet": fleet.name, "hosts": [as_json(plan) for plan in found]}, indent=2))
    else:
        show(screen(), found)
    if any(plan.problem for plan in found):
        return UnavailableError.exit_code
    return DRIFT if any(plan.differences for plan in found) else 0


def survey_all(fleet: Fleet, book: Book, names: Sequence[str]) -> list[HostPlan]:
    """The plan of every host, in the order of the names."""
    with watched() as progress:
        asked = progress.track(plans(fleet, book, names), total=len(names), description="asking the hosts")
        found = {plan.host: plan for plan in asked}
    return [found[name] for name in names]


def as_json(plan: HostPlan) -> dict[str, Any]:
    """For programs."""
    said = {"problem": plan.problem} if plan.problem else {}
    return {"host": plan.host, **said, "differences": [asdict(one) for one in plan.differences]}


def show(console: Console, found: Sequence[HostPlan]) -> None:
    """For people."""
    for plan in found:
        console.print(Text.assemble((plan.host, "bold"), ": ", _verdict(plan)))
        for one in plan.differences:
            console.print(_line(one))
            for line in one.diff.splitlines():
                console.print(Text(f"    {line}", style=_COLOURS.get(line[:1], "dim")))


def _verdict(plan: HostPlan) -> Text:
    if plan.problem:
        return Text(plan.problem, style="red")
    count = len(plan.differences)
    return Text(f"{count} difference{'s' * (count > 1)}", style="yellow") if count else Text("as wanted", style="green")


def _line(one: Difference) -> Text:
    subject = f" {one.subject}" if one.subject else ""
    return Text(f"  {one.what}{subject}: {one.found}; wanted: {one.wanted}")
