"""getSessions: the nodes we exchange packets with."""

from __future__ import annotations

from typing import Any

from everleaf.address import address_of, text
from everleaf.admin.command import Arguments, Command
from everleaf.admin.view import AdminView


async def _handle(view: AdminView, _arguments: Arguments) -> dict[str, Any]:
    now = view.now
    rows = [
        {
            "address": text(address_of(entry.key)),
            "key": entry.key.hex(),
            "bytes_recvd": entry.received,
            "bytes_sent": entry.sent,
            "uptime": now - entry.since,
        }
        for entry in view.node.sessions()
    ]
    return {"sessions": rows}


COMMAND = Command("getSessions", "Show established traffic sessions with remote nodes", _handle)
