"""getSelf: who this node is."""

from __future__ import annotations

from typing import Any

from everleaf import __version__
from everleaf.address import address_of, subnet_of, text, text_subnet
from everleaf.admin.command import Arguments, Command
from everleaf.admin.view import AdminView

BUILD_NAME = "everleaf"


async def _handle(view: AdminView, _arguments: Arguments) -> dict[str, Any]:
    key = view.public_key
    return {
        "build_name": BUILD_NAME,
        "build_version": __version__,
        "key": key.hex(),
        "address": text(address_of(key)),
        "routing_entries": len(view.node.tree()),
        "subnet": text_subnet(subnet_of(key)),
    }


COMMAND = Command("getSelf", "Show details about this node", _handle)
