"""Devices that a test opens are closed when it ends."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import TypeVar

import pytest

from everleaf.host.base import Device, Host, Kind

AnyHost = TypeVar("AnyHost", bound=Host)


@pytest.fixture
def keeping(monkeypatch: pytest.MonkeyPatch) -> Iterator[Callable[[AnyHost], AnyHost]]:
    """Give it a host: it remembers what that opens."""
    opened: list[Device] = []

    def keep(host: AnyHost) -> AnyHost:
        plain = host.open

        def remembering(name: str, kind: Kind = Kind.TUN) -> Device:
            opened.append(plain(name, kind))
            return opened[-1]

        monkeypatch.setattr(host, "open", remembering)
        return host

    yield keep
    for device in opened:
        device.close()
