"""getTun: the interface through which this host uses the overlay."""

from __future__ import annotations

from typing import Any

from everleaf.admin.command import Arguments, Command
from everleaf.admin.view import AdminView


async def _handle(view: AdminView, _arguments: Arguments) -> dict[str, Any]:
    device = view.device
    if device is None or not device.open:
        return {"enabled": False}
    return {"enabled": True, "name": device.name, "mtu": device.mtu}


COMMAND = Command("getTun", "Show information about the node's TUN interface", _handle)
