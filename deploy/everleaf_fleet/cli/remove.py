"""`everleaf-fleet remove HOST`: take the node off a host, and have the others forget it."""

from __future__ import annotations

import argparse
import sys

from rich.console import Console

from everleaf_fleet.cli.consent import add_yes, consent
from everleaf_fleet.cli.outcome import follow, report
from everleaf_fleet.cli.plan import survey_all
from everleaf_fleet.cli.source import add_fleet, add_host, known, open_book
from everleaf_fleet.removal import remove


def arguments(parser: argparse.ArgumentParser) -> None:
    """Declare the options."""
    add_host(parser)
    add_fleet(parser)
    add_yes(parser)
    parser.add_argument("--purge", action="store_true", help="remove its key as well: it can never be the same again")
    parser.add_argument("--json", action="store_true", help="print JSON for programs")


def run(options: argparse.Namespace) -> int:
    """0 when the host is bare and the others know it no more, 1 when one failed, 69 when one did not answer."""
    fleet, book = open_book(options)
    name = known(fleet, options.host)

    def show(console: Console) -> None:
        console.print(f"{name} loses its node{' and its key' if options.purge else ', but not its key'}.")

    consent(options, "Remove it?", show)
    names = list(fleet.hosts)
    found = survey_all(fleet, book, names)
    status = report(options, follow(remove(fleet, book, name, found, purge=options.purge), names))
    if not status:
        print(f"now delete [hosts.{name}] from {fleet.file}, or the next apply brings it back", file=sys.stderr)
    return status
