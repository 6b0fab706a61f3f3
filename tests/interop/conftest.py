"""Fixtures of the interop tests: a net of hosts, a maker of nodes, and node logs with every failure."""

from __future__ import annotations

import shutil
import tempfile
from collections.abc import Callable, Generator, Iterator
from pathlib import Path
from typing import Any

import pytest

from interop.net import Net
from interop.nodes import FROZEN, SOURCE, Everleaf, Identity, Node, identities

LOG_TAIL = 6000  # bytes of each log shown with a failure
HERE = Path(__file__).parent


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    for item in items:
        if HERE in item.path.parents:
            item.add_marker(pytest.mark.interop)
            item.add_marker(pytest.mark.slow)


@pytest.fixture
def net() -> Iterator[Net]:
    """An empty net; its directory is short, for Unix socket paths."""
    directory = Path(tempfile.mkdtemp(prefix="everleaf-"))
    net = Net(directory)
    yield net
    net.close()
    shutil.rmtree(directory)


@pytest.fixture(scope="session")
def keys(tmp_path_factory: pytest.TempPathFactory) -> tuple[Identity, ...]:
    """Sixteen identities, lowest key first."""
    return identities(16, tmp_path_factory.mktemp("identities"))


def pytest_generate_tests(metafunc: pytest.Metafunc) -> None:
    """Everything here runs with the form that `--form` names, unless the test itself asks for both."""
    marks = metafunc.definition.iter_markers("parametrize")
    if "everleaf" in metafunc.fixturenames and not any(mark.args[0] == "everleaf" for mark in marks):
        metafunc.parametrize("everleaf", [metafunc.config.getoption("form")], indirect=True, scope="session")


@pytest.fixture(scope="session")
def everleaf(request: pytest.FixtureRequest) -> type[Everleaf]:
    """The everleaf driver, for the source tree or the frozen file."""
    program = {"source": SOURCE, "frozen": FROZEN}[request.param]
    return type("Everleaf", (Everleaf,), {"program": program})


@pytest.fixture
def add(net: Net, keys: tuple[Identity, ...]) -> Callable[[type[Node], int], Node]:
    """`add(kind, rank)`: a node on a host of its own; rank 0 has the lowest key."""

    def add(kind: type[Node], rank: int) -> Node:
        return kind(net.host(f"{kind.__name__.lower()}{rank}"), keys[rank])

    return add


@pytest.hookimpl(wrapper=True)
def pytest_runtest_makereport(item: pytest.Item) -> Generator[None, Any, Any]:
    report = yield
    net = getattr(item, "funcargs", {}).get("net")
    if report.failed and isinstance(net, Net):
        for host in net.hosts:
            log = host.directory / "log"
            if log.exists():
                report.sections.append((f"log of {host.name}", log.read_bytes()[-LOG_TAIL:].decode(errors="replace")))
    return report
