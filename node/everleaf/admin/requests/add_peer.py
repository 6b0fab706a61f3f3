"""addPeer: dial one more peer, until the node stops or the peer is removed."""

from __future__ import annotations

from typing import Any

from everleaf.admin.command import AdminError, Arguments, Command
from everleaf.admin.view import AdminView
from everleaf.control.links import LinkError
from everleaf.uri import LinkURI, UriError


async def _handle(view: AdminView, arguments: Arguments) -> dict[str, Any]:
    try:
        view.add_peer(LinkURI.parse(arguments.text("uri")), arguments.text("interface"))
    except (UriError, LinkError) as error:
        raise AdminError(str(error)) from None
    return {}


COMMAND = Command("addPeer", "Add a peer to the peer list", _handle, fields=("uri", "interface"))
