"""getPeers: every link, and every configured peer that has none."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from everleaf.address import address_of, text
from everleaf.admin.command import Arguments, Command
from everleaf.admin.view import AdminView, LinkTraffic
from everleaf.control.links import LinkView
from everleaf.control.views import PeerState

_NS = 1_000_000_000
_LATENCY_STEP = 10_000  # ns; finer is noise
_SORT_KEYS = {
    "uptime": ("whole_uptime", "key", "priority", "cost"),
    "cost": ("cost", "key", "priority", "whole_uptime"),
}
_DEFAULT_SORT = ("inbound", "key", "priority", "cost", "whole_uptime")
_NO_PEER = PeerState(port=0, cost=0, latency_ns=0, trusted=False)


def peer_rows(view: AdminView, sort: str = "") -> list[dict[str, Any]]:
    """The entries as getPeers and getStatus show them; empty facts are left out as the reference does."""
    now, states = view.now, view.node.peers()
    rows = [_row(view, now, link, states) for link in view.links.view()]
    names = _SORT_KEYS.get(sort.lower(), _DEFAULT_SORT)
    return sorted(rows, key=lambda row: [_sortable(row, name) for name in (*names, "remote")])


def _row(view: AdminView, now: float, link: LinkView, states: Mapping[int, PeerState]) -> dict[str, Any]:
    up = link.up and link.link is not None
    state = states.get(link.link, _NO_PEER) if link.link is not None else _NO_PEER
    traffic = view.traffic(link.link) if up and link.link is not None else LinkTraffic()
    failed = bool(link.last_error) and not up
    facts = {
        "remote": link.remote,
        "up": up,
        "inbound": link.inbound,
        "address": text(address_of(link.key)) if up else "",
        "key": link.key.hex() if up else "",
        "port": state.port,
        "priority": link.priority,
        "cost": state.cost,
        "bytes_recvd": traffic.received,
        "bytes_sent": traffic.sent,
        "rate_recvd": traffic.received_rate,
        "rate_sent": traffic.sent_rate,
        "uptime": now - link.since if up else 0,
        "latency": round(state.latency_ns / _LATENCY_STEP) * _LATENCY_STEP,
        "last_error_time": round((now - link.last_error_at) * _NS) if failed else 0,
        "last_error": link.last_error if failed else "",
    }
    return {name: value for name, value in facts.items() if value or name in _ALWAYS}


_ALWAYS = frozenset(("up", "inbound", "key", "port", "priority", "cost"))


def _sortable(row: Mapping[str, Any], name: str) -> Any:
    if name == "whole_uptime":
        return int(row.get("uptime", 0))
    return row.get(name, "")


async def _handle(view: AdminView, arguments: Arguments) -> dict[str, Any]:
    return {"peers": peer_rows(view, arguments.text("sort"))}


COMMAND = Command("getPeers", "Show directly connected peers", _handle, fields=("sort",))
