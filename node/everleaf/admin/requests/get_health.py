"""getHealth: every check of this node, with what to do about what it found."""

from __future__ import annotations

from typing import Any

from everleaf.admin.command import Arguments, Command
from everleaf.admin.health import Facts, Health, PeerFacts, judge
from everleaf.admin.view import AdminView


def health(view: AdminView) -> Health:
    """The verdict on a running node."""
    trusted = {link for link, state in view.node.peers().items() if state.trusted}
    peers = [
        PeerFacts(link.remote, link.up, link.link in trusted, link.inbound, link.last_error)
        for link in view.links.view()
    ]
    return judge(Facts(peers, len(view.listeners), view.device, view.clock, view.key))


def rows(found: Health) -> list[dict[str, str]]:
    """The checks for programs."""
    return [
        {"name": check.name, "level": check.level.value, "sentence": check.sentence, "remedy": check.remedy}
        for check in found.checks
    ]


async def _handle(view: AdminView, _arguments: Arguments) -> dict[str, Any]:
    found = health(view)
    return {"health": found.state.value, "checks": rows(found)}


COMMAND = Command("getHealth", "Show every check of this node's health", _handle)
