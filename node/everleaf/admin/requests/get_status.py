"""getStatus: the node on one screen, with a verdict on its health."""

from __future__ import annotations

from typing import Any

from everleaf import __version__
from everleaf.address import address_of, subnet_of, text, text_subnet
from everleaf.admin.command import Arguments, Command
from everleaf.admin.requests.get_health import health, rows
from everleaf.admin.requests.get_peers import peer_rows
from everleaf.admin.view import AdminView


async def _handle(view: AdminView, _arguments: Arguments) -> dict[str, Any]:
    key, node, device = view.public_key, view.node, view.device
    found = health(view)
    return {
        "version": __version__,
        "key": key.hex(),
        "address": text(address_of(key)),
        "subnet": text_subnet(subnet_of(key)),
        "uptime": view.now - view.started_at,
        "interface": {"name": device.name, "mtu": device.mtu} if device and device.open else None,
        "listeners": list(view.listeners),
        "root": node.root.hex(),
        "parent": node.parent.hex(),
        "coords": list(node.coords),
        "routing_entries": len(node.tree()),
        "paths": len(node.paths()),
        "sessions": len(node.sessions()),
        "peers": peer_rows(view),
        "health": found.state.value,
        "reasons": list(found.reasons),
        "checks": rows(found),
    }


COMMAND = Command("getStatus", "Show this node and its health", _handle)
