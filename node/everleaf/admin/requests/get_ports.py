"""getPorts: who listens on this host, and which of it the overlay reaches."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from ipaddress import IPv6Network
from typing import Any

from everleaf.admin.command import Arguments, Command
from everleaf.admin.reach import own_networks, reached
from everleaf.admin.view import AdminView, PortView


def port_rows(ports: Iterable[PortView], own: Sequence[IPv6Network]) -> list[dict[str, Any]]:
    """One row for each port; `own` are the networks that the overlay delivers here."""
    return [
        {
            "protocol": port.protocol,
            "port": port.port,
            "address": port.address,
            "process": port.process or None,
            "pid": port.pid or None,
            "overlay": reached(port.address, own),
        }
        for port in ports
    ]


async def _handle(view: AdminView, _arguments: Arguments) -> dict[str, Any]:
    own = own_networks(view.public_key) if view.device and view.device.open else ()
    return {"ports": port_rows(await view.ports(), own)}


COMMAND = Command("getPorts", "Show who listens on this host and whether the overlay reaches it", _handle)
