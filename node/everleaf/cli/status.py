"""`everleaf status`: a running node on one screen, and its health as the exit status."""

from __future__ import annotations

from argparse import ArgumentParser, Namespace
from collections.abc import Mapping
from typing import Any

from everleaf.cli.command import Command, add_endpoint, add_json, put, put_json
from everleaf.errors import UnavailableError

_EXIT_CODES = {"healthy": 0, "degraded": 1, "down": 2}
_DOWN = 2


def _arguments(parser: ArgumentParser) -> None:
    add_endpoint(parser)
    add_json(parser)


def _run(options: Namespace) -> int:
    from everleaf.cli.client import ask, endpoint

    try:
        found = ask(endpoint(options), "getStatus")
    except UnavailableError as error:
        found = {"health": "down", "reasons": [str(error)], "checks": [_unanswered(error)]}
    if options.json:
        put_json(found)
    else:
        put(screen(found))
    return _EXIT_CODES.get(found["health"], _DOWN)


def screen(found: Mapping[str, Any]) -> str:
    """The answer to getStatus, for people."""
    from everleaf.cli.tables import checks

    health = f"health      {found['health']}\n{checks(found['checks'])}"
    return f"{_facts(found)}\n\n{_links(found)}\n\n{health}" if "key" in found else health


def _unanswered(error: UnavailableError) -> dict[str, str]:
    return {"name": "node", "level": "error", "sentence": error.message, "remedy": error.fix}


def _facts(found: Mapping[str, Any]) -> str:
    from everleaf.cli.units import duration

    interface = found["interface"]
    rows = {
        "everleaf": f"{found['version']}, up {duration(found['uptime'])}",
        "public key": found["key"],
        "address": found["address"],
        "subnet": found["subnet"],
        "interface": f"{interface['name']}, MTU {interface['mtu']}" if interface else "none",
        "listeners": ", ".join(found["listeners"]) or "none",
        "tree": _place(found),
        "traffic": f"sessions: {found['sessions']}; paths: {found['paths']}",
    }
    return "\n".join(f"{name:<12}{value}" for name, value in rows.items())


def _place(found: Mapping[str, Any]) -> str:
    known = f"nodes known: {found['routing_entries']}"
    if found["root"] == found["key"]:
        return f"this node is the root; {known}"
    return f"depth {len(found['coords'])} below root {found['root'][:16]}; {known}"


def _links(found: Mapping[str, Any]) -> str:
    from everleaf.cli.tables import peers

    return peers(found["peers"]) if found["peers"] else "no peers"


COMMAND = Command("status", "Show a running node; exit 0 healthy, 1 degraded, 2 down.", _arguments, _run)
