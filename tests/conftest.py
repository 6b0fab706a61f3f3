"""What holds for every test: quick rooms go first; without root, what needs it is left out and the summary says so.

In several processes the rooms that wait longest go first instead, so that they do not end alone.
"""

from __future__ import annotations

import os
import signal
from pathlib import Path
from typing import Any

import pytest

HERE = Path(__file__).parent
LAST = ("sim", "host", "fleet", "edgeos", "machines", "frozen", "interop")  # rooms, in this order after all others
NEEDS_ROOT = ("root", "interop")
left_out = pytest.StashKey[dict[str, int]]()


def pytest_addoption(parser: pytest.Parser) -> None:
    parser.addoption(
        "--form",
        choices=["source", "frozen"],
        default="source",
        help="the everleaf that interop tests run, but for those that always try both forms",
    )
    parser.addoption("--nightly", action="store_true", help="also what is too slow for every change")


def pytest_configure() -> None:
    """What a shell runs in the background ignores SIGINT, and so would every program that a test interrupts."""
    if signal.getsignal(signal.SIGINT) is signal.SIG_IGN:
        signal.signal(signal.SIGINT, signal.default_int_handler)


def room(item: pytest.Item) -> int:
    """Where the item's directory stands in the order of the run."""
    name = item.path.relative_to(HERE).parts[0]
    return LAST.index(name) + 1 if name in LAST else 0


@pytest.hookimpl(trylast=True)
def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    items.sort(key=room, reverse=hasattr(config, "workerinput"))
    counts = config.stash[left_out] = {}
    if os.geteuid() != 0:
        counts["need root (namespaces, real peers); run: sudo make test"] = leave_out(config, items, *NEEDS_ROOT)
    if not config.getoption("nightly"):
        counts["are too slow for every change; run: make test ARGS=--nightly"] = leave_out(config, items, "nightly")


def leave_out(config: pytest.Config, items: list[pytest.Item], *markers: str) -> int:
    """Take the items with one of these markers from the run: how many."""
    chosen = [item for item in items if any(item.get_closest_marker(name) for name in markers)]
    config.hook.pytest_deselected(items=chosen)
    items[:] = [item for item in items if item not in chosen]
    return len(chosen)


def pytest_sessionfinish(session: pytest.Session) -> None:
    """One of several processes tells the one that they were started by; each has the same tests to choose from."""
    if hasattr(session.config, "workeroutput"):
        session.config.workeroutput["left_out"] = session.config.stash.get(left_out, {})


@pytest.hookimpl(optionalhook=True)
def pytest_testnodedown(node: Any) -> None:
    if hasattr(node, "workeroutput"):  # else it has crashed, which fails the run
        node.config.stash[left_out] = node.workeroutput["left_out"]


def pytest_terminal_summary(terminalreporter: pytest.TerminalReporter, config: pytest.Config) -> None:
    for why, count in config.stash.get(left_out, {}).items():
        if count:
            terminalreporter.write_line(f"NOT RUN: {count} tests {why}", yellow=True)
