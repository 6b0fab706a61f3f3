"""`everleaf-fleet check`: is the fleet's file right, and what does it ask for? Asks no host."""

from __future__ import annotations

import argparse
import json

from rich.table import Table

from everleaf.config import loads
from everleaf.platform import ROUTER
from everleaf_fleet.blueprint import blueprint
from everleaf_fleet.cli.screen import screen
from everleaf_fleet.cli.source import add_fleet, read
from everleaf_fleet.model.fleet import Fleet
from everleaf_fleet.model.lock import Lock


def arguments(parser: argparse.ArgumentParser) -> None:
    """Declare the options."""
    add_fleet(parser)
    parser.add_argument("--json", action="store_true", help="print JSON for programs")


def run(options: argparse.Namespace) -> int:
    """Raise NodeError, naming file, key and remedy, when anything is wrong."""
    fleet, lock = read(options)
    rows = [_row(fleet, lock, name) for name in fleet.hosts]
    if options.json:
        print(json.dumps({"fleet": fleet.name, "version": fleet.version, "hosts": rows}, indent=2))
    else:
        screen().print(_table(fleet, rows))
    return 0


def _row(fleet: Fleet, lock: Lock, name: str) -> dict[str, object]:
    made = blueprint(fleet, lock, name)
    if made.platform.manager != ROUTER:  # where it was judged before commands were made of it
        loads(made.config.content.encode(), f"configuration of {name}")  # the node's own judgement
    told = lock.hosts.get(name)
    return {
        "host": name,
        "address": made.host.address,
        "platform": made.platform.name,
        "manager": made.service.manager,
        "mtu": made.host.mtu,
        "peers": list(made.host.peers),
        "overlay": told.address if told else "",
    }


def _table(fleet: Fleet, rows: list[dict[str, object]]) -> Table:
    table = Table("Host", "Address", "Platform", "Manager", "MTU", "Peers", "Overlay", title=f"Fleet {fleet.name}")
    for row in rows:
        peers = row["peers"]
        assert isinstance(peers, list)
        cells = [row[key] for key in ("host", "address", "platform", "manager", "mtu")]
        table.add_row(*map(str, cells), ", ".join(peers) or "-", str(row["overlay"] or "not known yet"))
    return table
