"""`everleaf cleanup`: take away what a node that was killed has left."""

from __future__ import annotations

import dataclasses
from argparse import ArgumentParser, Namespace
from pathlib import Path

from everleaf.cli.command import Command, add_json, put, put_json


def _arguments(parser: ArgumentParser) -> None:
    parser.add_argument("--config", metavar="FILE", required=True, help="the configuration the node ran with")
    parser.add_argument("--pidfile", metavar="FILE", type=Path, help="where it had written its number")
    add_json(parser)


def _run(options: Namespace) -> int:
    from everleaf.config import load
    from everleaf.daemon.cleanup import cleanup
    from everleaf.host import this_host

    removed = cleanup(this_host(), load(options.config), options.pidfile)
    if options.json:
        put_json(dataclasses.asdict(removed))
        return 0
    for name in removed.interfaces:
        put(f"removed this node's address and route: {name}")
    for file in removed.files:
        put(f"removed {file}")
    if not removed.interfaces and not removed.files:
        put("nothing was left")
    return 0


COMMAND = Command("cleanup", "Remove what a killed node has left on this host.", _arguments, _run)
