"""A release of small programs, signed by the real minisign with a key of the test's own."""

from __future__ import annotations

from pathlib import Path

import pytest
from builds.release.directory import make
from builds.release.signing import Signer

from unit.release.workshop import VERSION, built, secret_key


@pytest.fixture(scope="session")
def signer(tmp_path_factory) -> Signer:
    return Signer.open(secret_key(tmp_path_factory.mktemp("key")))


@pytest.fixture(scope="session")
def published(tmp_path_factory, signer) -> Path:
    """Never write into it."""
    directory = tmp_path_factory.mktemp("release")
    make(built(directory / "dist"), directory / VERSION, VERSION, signer, 0)
    return directory / VERSION
