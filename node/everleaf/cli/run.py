"""`everleaf run`: the node itself, in the foreground."""

from __future__ import annotations

from argparse import ArgumentParser, Namespace
from pathlib import Path

from everleaf.cli.command import Command


def _arguments(parser: ArgumentParser) -> None:
    parser.add_argument(
        "--config", metavar="FILE", type=Path, required=True, help="the configuration; HUP reads it again"
    )
    parser.add_argument("--pidfile", metavar="FILE", type=Path, help="where to write this process's number")


def _run(options: Namespace) -> int:
    from everleaf.daemon.main import run

    return run(options.config, options.pidfile)


COMMAND = Command("run", "Run the node in the foreground until TERM or INT.", _arguments, _run)
