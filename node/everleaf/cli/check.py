"""`everleaf check`: is a configuration good? Judged by the code that will use it."""

from __future__ import annotations

from argparse import ArgumentParser, Namespace

from everleaf.cli.command import Command, add_json, put_json, say


def _arguments(parser: ArgumentParser) -> None:
    parser.add_argument("--config", metavar="FILE", required=True, help="the configuration")
    add_json(parser)


def _run(options: Namespace) -> int:
    from everleaf.config import cautions, load
    from everleaf.daemon.interface import judge_interface
    from everleaf.daemon.nodeinfo import node_info
    from everleaf.host import this_host

    config = load(options.config)
    judge_interface(this_host(), options.config, config.interface)
    node_info(options.config, config.nodeinfo.data, privacy=config.nodeinfo.privacy)
    found = cautions(config)
    for caution in found:
        say(f"{options.config}: {caution}")
    if options.json:
        put_json({"config": options.config, "cautions": found})
    return 0


COMMAND = Command("check", "Check a configuration; silent when it is good.", _arguments, _run)
