"""What holds for every test: quick rooms go first; without root, what needs it is left out and the summary says so."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

HERE = Path(__file__).parent
LAST = ("sim", "host", "fleet", "edgeos", "machines", "frozen", "interop")  # rooms, in this order after all others
NEEDS_ROOT = ("root", "interop")
left_out = pytest.StashKey[int]()


def pytest_addoption(parser: pytest.Parser) -> None:
    parser.addoption(
        "--form",
        choices=["source", "frozen"],
        default="source",
        help="the everleaf that interop tests run, but for those that always try both forms",
    )


def room(item: pytest.Item) -> int:
    """Where the item's directory stands in the order of the run."""
    name = item.path.relative_to(HERE).parts[0]
    return LAST.index(name) + 1 if name in LAST else 0


@pytest.hookimpl(trylast=True)
def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    items.sort(key=room)
    if os.geteuid() == 0:
        return
    privileged = [item for item in items if any(item.get_closest_marker(name) for name in NEEDS_ROOT)]
    config.stash[left_out] = len(privileged)
    config.hook.pytest_deselected(items=privileged)
    items[:] = [item for item in items if item not in privileged]


def pytest_terminal_summary(terminalreporter: pytest.TerminalReporter, config: pytest.Config) -> None:
    if count := config.stash.get(left_out, 0):
        text = f"NOT RUN: {count} tests need root (namespaces, real peers); run: sudo make test"
        terminalreporter.write_line(text, yellow=True)
