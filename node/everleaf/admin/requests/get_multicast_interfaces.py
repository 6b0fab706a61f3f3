"""getMulticastInterfaces: where we look for nodes on local networks."""

from __future__ import annotations

from typing import Any

from everleaf.admin.command import Arguments, Command
from everleaf.admin.view import AdminView


async def _handle(view: AdminView, _arguments: Arguments) -> dict[str, Any]:
    rows = [
        {
            "name": entry.name,
            "address": entry.listener,
            "beacon": entry.beacon,
            "listen": entry.listen,
            "password": entry.password,
        }
        for entry in sorted(view.multicast, key=lambda entry: entry.name)
    ]
    return {"multicast_interfaces": rows}


COMMAND = Command("getMulticastInterfaces", "Show which interfaces multicast is enabled on", _handle)
