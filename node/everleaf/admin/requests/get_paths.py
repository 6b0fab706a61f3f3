"""getPaths: the destinations whose place in the tree we know."""

from __future__ import annotations

from typing import Any

from everleaf.address import address_of, text
from everleaf.admin.command import Arguments, Command
from everleaf.admin.view import AdminView


async def _handle(view: AdminView, _arguments: Arguments) -> dict[str, Any]:
    rows = [
        {
            "address": text(address_of(entry.key)),
            "key": entry.key.hex(),
            "path": list(entry.path),
            "sequence": entry.sequence,
        }
        for entry in view.node.paths()
    ]
    return {"paths": rows}


COMMAND = Command("getPaths", "Show established paths through this node", _handle)
