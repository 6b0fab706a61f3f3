"""Put everleaf on a fleet of hosts, or try it first on a few that live on this machine only."""

from __future__ import annotations

import argparse
import sys
from collections.abc import Sequence
from importlib import import_module
from typing import NoReturn

from everleaf import __version__
from everleaf.errors import NodeError, UsageError

# Each is a module here with `arguments(parser)` and `run(arguments) -> exit status`.
COMMANDS = {
    "new": "make a repository for a fleet, to be filled in",
    "check": "judge the fleet's file, and show what it asks for",
    "render": "print every file that a host would get",
    "plan": "show what differs between the fleet's file and its hosts",
    "apply": "bring the hosts to what the fleet's file asks for",
    "rotate": "give a host another key",
    "remove": "take the node off a host, and have the others forget it",
    "demo": "make a few hosts on this machine, put a node on each, and show the mesh they form",
    "shell": "open a shell on a host of the lab, or run a command there",
    "down": "end the lab that `demo --keep` left running",
}


class _Parser(argparse.ArgumentParser):
    """Fails like everything else here does; argparse's own status would say that hosts drift."""

    def error(self, message: str) -> NoReturn:
        raise UsageError(message, fix=f"see: {self.prog} --help")


def main(argv: Sequence[str] | None = None) -> int:
    """Run one command and return its exit status. Data goes to stdout, talk to stderr."""
    words = list(sys.argv[1:] if argv is None else argv)
    try:
        arguments = parser(words).parse_args(words)
        return int(arguments.run(arguments))
    except NodeError as error:
        print(f"everleaf-fleet: {error}", file=sys.stderr)
        return error.exit_code
    except KeyboardInterrupt:
        print("everleaf-fleet: interrupted", file=sys.stderr)
        return 130


def parser(words: Sequence[str]) -> argparse.ArgumentParser:
    """Every command by name, but only the wanted one in full: some of them take long to import."""
    top = _Parser(prog="everleaf-fleet", description=__doc__)
    top.add_argument("--version", action="version", version=f"everleaf-fleet {__version__}")
    commands = top.add_subparsers(metavar="COMMAND", required=True)
    for name, does in COMMANDS.items():
        command = commands.add_parser(name, help=does, description=f"{does[0].upper()}{does[1:]}.")
        if words[:1] == [name]:
            module = import_module(f"{__name__}.{name}")
            module.arguments(command)
            command.set_defaults(run=module.run)
    return top
