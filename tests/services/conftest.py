"""Fixtures of the tests that run services."""

from __future__ import annotations

import subprocess
from collections.abc import Iterator
from pathlib import Path

import pytest

from everleaf.platform import manager, platform
from everleaf.platform.service import service
from services.host import Host
from services.inits import INITS
from services.machine import Machine


@pytest.fixture(scope="session")
def program(tmp_path_factory) -> Path:
    made = tmp_path_factory.mktemp("node") / "everleaf"
    source = Path(__file__).with_name("node.c")
    subprocess.run(["gcc", "-Wall", "-Wextra", "-Werror", "-O1", "-o", made, source], check=True)
    return made


@pytest.fixture
def bare(request, tmp_path, program) -> Iterator[Host]:
    """A host without a service."""
    home, by = request.param
    with Machine.running(tmp_path) as machine:
        INITS[by].install(machine, home)
        yield Host(machine, platform(home), service(platform(home), manager(by)), program)


@pytest.fixture
def host(request, tmp_path, program) -> Iterator[Host]:
    """A host with a service that is not started."""
    home, by = request.param
    with Machine.running(tmp_path) as machine:
        INITS[by].install(machine, home)
        host = Host(machine, platform(home), service(platform(home), manager(by)), program)
        host.install()
        yield host
