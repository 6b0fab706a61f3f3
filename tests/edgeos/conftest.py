"""A router with the package on it, and a user in configuration mode."""

from __future__ import annotations

from pathlib import Path

import pytest

from edgeos.router import TEMPLATES, Router
from edgeos.session import Session
from edgeos.templates import load

HERE = Path(__file__).parent
HOST = HERE / "host"  # what a router has besides, as far as it matters here


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    for item in items:
        if HERE in item.path.parents and {"router", "session"} & set(getattr(item, "fixturenames", ())):
            item.add_marker(pytest.mark.slow)


@pytest.fixture
def router(tmp_path) -> Router:
    return Router.install(tmp_path / "router")


@pytest.fixture
def session(router) -> Session:
    return configure(router)


def configure(router: Router) -> Session:
    """A session on a router that has interfaces, as all have, and none that matters."""
    session = Session.open(load(HOST, TEMPLATES), router)
    session.type("set interfaces")
    session.commit()
    return session
