"""getCounters: everything this node counts, by the part that counts it."""

from __future__ import annotations

from typing import Any

from everleaf.admin.command import Arguments, Command
from everleaf.admin.view import AdminView


async def _handle(view: AdminView, _arguments: Arguments) -> dict[str, Any]:
    counted = {"core": view.core_counters(), "links": view.links.counters(), "node": view.node.counters()}
    return {part: dict(sorted(counters.items())) for part, counters in counted.items()}


COMMAND = Command("getCounters", "Show everything this node counts", _handle)
