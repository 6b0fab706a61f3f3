"""`everleaf wait`: block until a node has the peers it should have."""

from __future__ import annotations

import math
import time
from argparse import ArgumentParser, ArgumentTypeError, Namespace
from collections.abc import Mapping
from typing import Any

from everleaf.cli.command import Command, add_endpoint
from everleaf.errors import UnavailableError

_PAUSE = 0.2  # seconds between looks


def _arguments(parser: ArgumentParser) -> None:
    add_endpoint(parser)
    parser.add_argument("--peers", metavar="N", type=_count, default=1, help="links that must be up (1)")
    parser.add_argument("--timeout", metavar="SECONDS", type=_seconds, default=60.0, help="when to give up (60)")


def _count(text: str) -> int:
    if not text.isdecimal():
        raise ArgumentTypeError(f"{text} is no number of links")
    return int(text)


def _seconds(text: str) -> float:
    try:
        seconds = float(text)
    except ValueError:
        seconds = -1
    if not 0 <= seconds < math.inf:
        raise ArgumentTypeError(f"{text} is no number of seconds")
    return seconds


def _run(options: Namespace) -> int:
    from everleaf.cli.client import ask, endpoint

    where, deadline = endpoint(options), time.monotonic() + options.timeout
    while True:
        try:
            missing = _missing(ask(where, "getStatus"), options.peers)
        except UnavailableError as error:
            missing = error.message
        if not missing:
            return 0
        if time.monotonic() >= deadline:
            raise UnavailableError(f"not ready after {options.timeout:g} s: {missing}", fix="see: everleaf status")
        time.sleep(_PAUSE)


def _missing(found: Mapping[str, Any], peers: int) -> str:
    """What is not yet as it should be, or ""."""
    up = sum(peer["up"] for peer in found["peers"])
    if up < peers:
        return f"{up} of {peers} peers are connected"
    return "" if found["root"] else "there is no root"


COMMAND = Command("wait", "Wait until a running node has enough peers.", _arguments, _run)
