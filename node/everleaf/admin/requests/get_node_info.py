"""getNodeInfo: what a remote node tells about itself."""

from __future__ import annotations

from typing import Any

from everleaf.admin.command import AdminError, Arguments, Command
from everleaf.admin.remote import remote_json, remote_key
from everleaf.admin.view import AdminView
from everleaf.wire.message import Query


async def _handle(view: AdminView, arguments: Arguments) -> dict[str, Any]:
    if not arguments.text("key"):
        raise AdminError("no remote public key supplied")
    key = remote_key(arguments.text("key"))
    body = await view.ask(Query.NODE_INFO, key)
    if body is None:
        raise AdminError("timed out waiting for response")
    return {key.hex(): remote_json(body)}


COMMAND = Command("getNodeInfo", "Request nodeinfo from a remote node by its public key", _handle, fields=("key",))
