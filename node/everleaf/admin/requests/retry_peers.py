"""retryPeers: dial every peer that waits for its next attempt, now."""

from __future__ import annotations

from typing import Any

from everleaf.admin.command import Arguments, Command
from everleaf.admin.view import AdminView


async def _handle(view: AdminView, _arguments: Arguments) -> dict[str, Any]:
    view.retry_peers()
    return {}


COMMAND = Command("retryPeers", "Dial every disconnected peer at once", _handle)
