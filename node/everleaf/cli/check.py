"""`everleaf check`: is a configuration good? Judged by the code that will use it."""

from __future__ import annotations

import stat
import sys
from argparse import ArgumentParser, Namespace
from pathlib import Path
from typing import TYPE_CHECKING

from everleaf.cli.command import Command, add_json, put_json, say

if TYPE_CHECKING:
    from everleaf.config import Config


def _arguments(parser: ArgumentParser) -> None:
    parser.add_argument("--config", metavar="FILE", required=True, help="the configuration")
    add_json(parser)


def judge(config: Config, file: str) -> list[str]:
    """What the daemon would refuse at its start, as a ConfigError about `file`; cautions are returned."""
    from everleaf.config import cautions
    from everleaf.daemon.interface import judge_interface
    from everleaf.daemon.nodeinfo import node_info
    from everleaf.host import this_host

    judge_interface(this_host(), file, config.interface)
    node_info(file, config.nodeinfo.data, privacy=config.nodeinfo.privacy)
    return cautions(config)


def _exposed(config: Config, file: str) -> list[str]:
    """A caution about a file with a password that every user of this host can read."""
    secrets = [config.overlay.group_password, *(block.password for block in config.multicast)]
    uris = [*config.peering.listen, *(uri for uri, _ in config.peering.all_peers())]
    if sys.platform == "win32" or not any([*secrets, *(uri.password for uri in uris)]):
        return []
    mode = stat.S_IMODE(Path(file).stat().st_mode)
    return [f"everybody here can read its passwords (mode {mode:04o}); run: chmod o= {file}"] if mode & 0o004 else []


def _run(options: Namespace) -> int:
    from everleaf.config import load

    config = load(options.config)
    found = [*judge(config, options.config), *_exposed(config, options.config)]
    for caution in found:
        say(f"{options.config}: {caution}")
    if options.json:
        put_json({"config": options.config, "cautions": found})
    return 0


COMMAND = Command("check", "Check a configuration; silent when it is good.", _arguments, _run)
