"""What compiling for other systems needs, once."""

from __future__ import annotations

from pathlib import Path

import pytest

from core.elsewhere.headers import gather


@pytest.fixture(scope="session")
def headers() -> Path:
    """A folder with the headers of OpenSSL, libsodium and Python."""
    return gather()
