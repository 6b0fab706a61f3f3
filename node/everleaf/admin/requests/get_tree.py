"""getTree: the nodes of the tree that we know."""

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
            "parent": entry.parent.hex(),
            "sequence": entry.sequence,
        }
        for entry in view.node.tree()
    ]
    return {"tree": rows}


COMMAND = Command("getTree", "Show known Tree entries", _handle)
