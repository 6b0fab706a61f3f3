"""reload: read the configuration again, as a HUP does."""

from __future__ import annotations

from typing import Any

from everleaf.admin.command import Arguments, Command
from everleaf.admin.view import AdminView


async def _handle(view: AdminView, _arguments: Arguments) -> dict[str, Any]:
    return {"needs_restart": list(await view.reload())}


COMMAND = Command("reload", "Read the configuration again and apply what needs no restart", _handle)
