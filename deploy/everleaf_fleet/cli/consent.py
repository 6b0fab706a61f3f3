"""Nothing on a host is changed before somebody has said yes."""

from __future__ import annotations

import argparse
import sys
from collections.abc import Callable

from rich.console import Console

from everleaf.errors import NodeError, UsageError


def add_yes(parser: argparse.ArgumentParser) -> None:
    """The option that says it beforehand."""
    parser.add_argument("--yes", action="store_true", help="do not ask before the hosts are changed")


def consent(options: argparse.Namespace, question: str, show: Callable[[Console], None]) -> None:
    """Show what would be done, and ask. Raises NodeError unless the answer is yes."""
    if options.yes:
        return
    if not sys.stdin.isatty():
        raise UsageError("nobody is there to be asked", fix="say --yes, after a look at: everleaf-fleet plan")
    talk = Console(stderr=True, highlight=False)
    show(talk)
    talk.print(f"{question} \\[y/N] ", end="")
    if sys.stdin.readline().strip().lower() not in ("y", "yes"):
        raise NodeError("no host was changed")
