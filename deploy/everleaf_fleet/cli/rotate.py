"""`everleaf-fleet rotate HOST`: another key for a host, which stays reachable all the time."""

from __future__ import annotations

import argparse

from rich.console import Console

from everleaf_fleet.cli.consent import add_yes, consent
from everleaf_fleet.cli.outcome import follow, report
from everleaf_fleet.cli.plan import survey_all
from everleaf_fleet.cli.source import add_fleet, add_host, known, open_book
from everleaf_fleet.rotation import rotate


def arguments(parser: argparse.ArgumentParser) -> None:
    """Declare the options."""
    add_host(parser)
    add_fleet(parser)
    add_yes(parser)
    parser.add_argument("--json", action="store_true", help="print JSON for programs")


def run(options: argparse.Namespace) -> int:
    """0 when the key is another and all know it, 1 when a host failed, 69 when a bystander did not answer."""
    fleet, book = open_book(options)
    name = known(fleet, options.host)

    def show(console: Console) -> None:
        console.print(f"{name} gets another key, and with it another address; whoever names it is told, by a reload.")

    consent(options, "Rotate it?", show)
    names = list(fleet.hosts)
    return report(options, follow(rotate(fleet, book, name, survey_all(fleet, book, names)), names))
