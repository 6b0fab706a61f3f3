"""debug_remoteGetSelf, -GetPeers and -GetTree: how a remote node sees the network."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from typing import Any

from everleaf.address import address_of, text
from everleaf.admin.command import AdminError, Arguments, Command
from everleaf.admin.remote import remote_json, remote_key, remote_keys
from everleaf.admin.view import AdminView
from everleaf.wire.message import Query


def _asking(kind: Query, read: Callable[[bytes], Any]) -> Callable[[AdminView, Arguments], Awaitable[Any]]:
    """A handler that asks one kind of question and reads the answer."""

    async def handle(view: AdminView, arguments: Arguments) -> dict[str, Any]:
        key = remote_key(arguments.text("key"))
        body = await view.ask(kind, key)
        if body is None:
            raise AdminError("timeout")
        return {text(address_of(key)): read(body)}

    return handle


GET_SELF = Command("debug_remoteGetSelf", "Debug use only", _asking(Query.SELF, remote_json), fields=("key",))
GET_PEERS = Command("debug_remoteGetPeers", "Debug use only", _asking(Query.PEERS, remote_keys), fields=("key",))
GET_TREE = Command("debug_remoteGetTree", "Debug use only", _asking(Query.TREE, remote_keys), fields=("key",))
