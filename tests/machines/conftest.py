"""Fixtures of the tests on machines that boot a real init. They need root."""

from __future__ import annotations

import shutil
import tempfile
from collections.abc import Iterator
from pathlib import Path

import pytest

from machines.site import Site

HERE = Path(__file__).parent


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    for item in items:
        if HERE in item.path.parents:
            item.add_marker(pytest.mark.root)
            item.add_marker(pytest.mark.slow)
            item.add_marker(pytest.mark.timeout(600))  # the first run on a computer makes the machines' bases


@pytest.fixture(scope="module")
def site() -> Iterator[Site]:
    """A controller without machines yet."""
    directory = Path(tempfile.mkdtemp(prefix="everleaf-"))
    site = Site(directory)
    yield site
    site.close()
    shutil.rmtree(directory)
