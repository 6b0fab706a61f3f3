"""`everleaf-fleet apply`: bring the hosts to what the fleet's file asks for, in batches that can go back."""

from __future__ import annotations

import argparse

from everleaf_fleet import channel
from everleaf_fleet.apply import apply
from everleaf_fleet.cli.consent import add_yes, consent
from everleaf_fleet.cli.outcome import follow, report
from everleaf_fleet.cli.plan import show, survey_all
from everleaf_fleet.cli.source import add_fleet, add_hosts, chosen, open_book


def arguments(parser: argparse.ArgumentParser) -> None:
    """Declare the options."""
    add_fleet(parser)
    add_hosts(parser)
    add_yes(parser)
    parser.add_argument("--json", action="store_true", help="print JSON for programs")


def run(options: argparse.Namespace) -> int:
    """0 when every host is as it should be, 1 when one failed and the rest was left, 69 when one did not answer."""
    fleet, book = open_book(options)
    names = chosen(fleet, options)
    channel.judge(fleet, book.lock, names)
    found = survey_all(fleet, book, names)
    if any(one.differences for one in found):
        consent(options, "Change these hosts?", lambda console: show(console, found))
    return report(options, follow(apply(fleet, book, found), [one.host for one in found]))
