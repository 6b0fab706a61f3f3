"""lookups: who looked for something through us lately."""

from __future__ import annotations

from typing import Any

from everleaf.address import address_of, text
from everleaf.admin.command import Arguments, Command
from everleaf.admin.view import AdminView


async def _handle(view: AdminView, _arguments: Arguments) -> dict[str, Any]:
    rows = [
        {
            "addr": text(address_of(entry.key)),
            "key": entry.key.hex(),
            "path": list(entry.path),
            "time": int(entry.at),
        }
        for entry in view.node.lookups()
    ]
    return {"infos": rows}


COMMAND = Command("lookups", "Dump a record of lookups received in the past hour", _handle)
