"""From the command line to a command, and from its outcome to an exit status."""

from __future__ import annotations

import os
import sys
from argparse import ArgumentParser
from collections.abc import Sequence
from typing import NoReturn

from everleaf import __version__
from everleaf.cli import (
    check,
    cleanup,
    ctl,
    identity,
    init,
    keygen,
    ports,
    run,
    selftest,
    service,
    status,
    verify,
    version,
    vyatta,
    wait,
)
from everleaf.cli.command import say
from everleaf.cli.environment import restore_environment
from everleaf.errors import NodeError, UsageError

COMMANDS = (
    keygen.COMMAND,
    identity.COMMAND,
    init.COMMAND,
    check.COMMAND,
    run.COMMAND,
    cleanup.COMMAND,
    service.COMMAND,
    ctl.COMMAND,
    status.COMMAND,
    wait.COMMAND,
    ports.COMMAND,
    selftest.COMMAND,
    verify.COMMAND,
    version.COMMAND,
    vyatta.COMMAND,
)

_INTERRUPTED = 130  # what shells report for a program that SIGINT ended
_BROKEN_PIPE = 141


class _Parser(ArgumentParser):
    """Fails like everything else here does."""

    def error(self, message: str) -> NoReturn:
        raise UsageError(message, fix=f"see: {self.prog} --help")


def parser() -> ArgumentParser:
    """All commands and their options."""
    top = _Parser(prog="everleaf", description="An encrypted IPv6 overlay node that speaks the Yggdrasil protocol.")
    top.add_argument("--version", action="version", version=f"everleaf {__version__}")
    commands = top.add_subparsers(title="commands", metavar="COMMAND", required=True)
    for command in COMMANDS:
        sub = commands.add_parser(command.name, help=command.summary, description=command.summary, allow_abbrev=False)
        command.arguments(sub)
        sub.set_defaults(run=command.run)
    return top


def main(argv: Sequence[str] | None = None) -> int:
    """Run one command; its exit status. Expected failures are one line on standard error, never a traceback."""
    restore_environment()
    try:
        options = parser().parse_args(argv)
        code: int = options.run(options)
        sys.stdout.flush()
    except NodeError as error:
        say(str(error))
        return error.exit_code
    except BrokenPipeError:  # the reader has seen enough; Python must not complain again at exit
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        return _BROKEN_PIPE
    except KeyboardInterrupt:
        return _INTERRUPTED
    return code
