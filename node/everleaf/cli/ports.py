"""`everleaf ports`: who listens on this host, and which of it the overlay reaches. Needs no running node."""

from __future__ import annotations

import ipaddress
from argparse import ArgumentParser, Namespace
from collections.abc import Sequence

from everleaf.cli.command import Command, add_endpoint, add_json, put, put_json, say
from everleaf.errors import UnavailableError


def _arguments(parser: ArgumentParser) -> None:
    add_endpoint(parser)
    add_json(parser)
    parser.add_argument("--all", action="store_true", help="also show what listens on loopback alone")


def _run(options: Namespace) -> int:
    from everleaf.admin.requests.get_ports import port_rows
    from everleaf.cli.tables import ports
    from everleaf.host import this_host

    rows = port_rows(this_host().listening_ports(), _own_networks(options))
    if options.json:
        put_json({"ports": rows})
    else:
        put(ports([row for row in rows if options.all or not _is_loopback(row["address"])]))
    return 0


def _own_networks(options: Namespace) -> Sequence[ipaddress.IPv6Network]:
    """Where the overlay reaches this host, as the running node says; without one, all of the mesh might be ours."""
    from everleaf.admin.reach import MESH, own_networks
    from everleaf.cli.client import ask, endpoint

    where = endpoint(options)
    try:
        key = bytes.fromhex(ask(where, "getSelf")["key"])
        return own_networks(key) if ask(where, "getTun")["enabled"] else ()
    except UnavailableError as error:
        say(f"{error.message}; every address in {MESH[0]} counts as this host's")
        return MESH


def _is_loopback(address: str) -> bool:
    return ipaddress.ip_address(address).is_loopback


COMMAND = Command("ports", "Show who listens on this host and whether the overlay reaches it.", _arguments, _run)
