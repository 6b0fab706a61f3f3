"""What holds for every test: tests that need root are left out without it, and the summary says so."""

from __future__ import annotations

import os

import pytest

NEEDS_ROOT = ("root", "interop")
left_out = pytest.StashKey[int]()


@pytest.hookimpl(trylast=True)
def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    if os.geteuid() == 0:
        return
    privileged = [item for item in items if any(item.get_closest_marker(name) for name in NEEDS_ROOT)]
    config.stash[left_out] = len(privileged)
    config.hook.pytest_deselected(items=privileged)
    items[:] = [item for item in items if item not in privileged]


def pytest_terminal_summary(terminalreporter: pytest.TerminalReporter, config: pytest.Config) -> None:
    if count := config.stash.get(left_out, 0):
        terminalreporter.write_line(
            f"NOT RUN: {count} tests need root (namespaces, real peers); run: sudo make test", yellow=True
        )
