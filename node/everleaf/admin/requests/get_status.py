"""getStatus: the node on one screen, with a verdict on its health."""

from __future__ import annotations

from typing import Any

from everleaf import __version__
from everleaf.address import address_of, subnet_of, text, text_subnet
from everleaf.admin.command import Arguments, Command
from everleaf.admin.health import Facts, PeerFacts, judge
from everleaf.admin.requests.get_peers import peer_rows
from everleaf.admin.view import AdminView


def health_facts(view: AdminView) -> Facts:
    """What the verdict depends on, read from a running node."""
    trusted = {link for link, state in view.node.peers().items() if state.trusted}
    peers = [
        PeerFacts(link.remote, link.up, link.link in trusted, link.inbound, link.last_error)
        for link in view.links.view()
    ]
    return Facts(peers, len(view.listeners), view.tun is not None, view.tun_wanted)


async def _handle(view: AdminView, _arguments: Arguments) -> dict[str, Any]:
    key, node, tun = view.public_key, view.node, view.tun
    health = judge(health_facts(view))
    return {
        "version": __version__,
        "key": key.hex(),
        "address": text(address_of(key)),
        "subnet": text_subnet(subnet_of(key)),
        "uptime": view.now - view.started_at,
        "interface": {"name": tun.name, "mtu": tun.mtu} if tun else None,
        "listeners": list(view.listeners),
        "root": node.root.hex(),
        "parent": node.parent.hex(),
        "coords": list(node.coords),
        "routing_entries": len(node.tree()),
        "paths": len(node.paths()),
        "sessions": len(node.sessions()),
        "peers": peer_rows(view),
        "health": health.state.value,
        "reasons": list(health.reasons),
    }


COMMAND = Command("getStatus", "Show this node and its health", _handle)
