"""What a command of the command line is made of."""

from __future__ import annotations

import json
import sys
from argparse import ArgumentParser, Namespace
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any


@dataclass(frozen=True, slots=True)
class Command:
    """One row of the table in `main`."""

    name: str
    summary: str  # one sentence, for the list of commands
    arguments: Callable[[ArgumentParser], None]  # declares the options
    run: Callable[[Namespace], int]  # returns the exit status; raises NodeError


def put(text: str) -> None:
    """Data, to standard output."""
    sys.stdout.write(text + "\n")


def put_json(value: Any) -> None:
    """Data for programs, to standard output."""
    put(json.dumps(value, indent=2, ensure_ascii=False))


def say(text: str) -> None:
    """Talk, to standard error."""
    sys.stderr.write(f"everleaf: {text}\n")


def add_json(parser: ArgumentParser) -> None:
    """The option `--json`, the same everywhere."""
    parser.add_argument("--json", action="store_true", help="print JSON for programs")


def add_endpoint(parser: ArgumentParser) -> None:
    """The options that say which node to ask."""
    parser.add_argument("--endpoint", metavar="URI", help="admin socket of the node: unix:///path or tcp://host:port")
    parser.add_argument("--config", metavar="FILE", help="take the admin socket from this configuration")
