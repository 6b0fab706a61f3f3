"""Fixtures of the fleet tests. They need namespaces, not root; root tests an ordinary user's way as well."""

from __future__ import annotations

import os
from collections.abc import Iterator
from pathlib import Path

import pytest

from everleaf_fleet.lab import Lab, Topology
from fleet import tun

HERE = Path(__file__).parent
# The one capability lets it read an interpreter that lives in root's home; it opens no other door.
ORDINARY_USER = ["setpriv", "--reuid=65534", "--regid=65534", "--clear-groups"]
ORDINARY_USER += [f"--{kind}=-all,+dac_read_search" for kind in ("inh-caps", "ambient-caps", "bounding-set")]


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Deploys are made of hundreds of processes, of which a busy machine starts a few each second."""
    for item in items:
        if HERE in item.path.parents and item.get_closest_marker("slow"):
            item.add_marker(pytest.mark.timeout(600))


@pytest.fixture(scope="module")
def lab() -> Iterator[Lab]:
    """Three hosts in a line."""
    with Lab.running(Topology("line", 3)) as lab:
        yield lab


@pytest.fixture(params=["root", "ordinary user"] if os.getuid() == 0 else ["ordinary user"])
def user(request: pytest.FixtureRequest) -> Iterator[list[str]]:
    """The words before a command that is to run as this user, who may open TUN devices."""
    if os.getuid() or request.param == "root":
        yield []
        return
    with tun.open_to_all():
        yield ORDINARY_USER
