"""The admin API: from one request to one answer."""

from __future__ import annotations

from typing import Any

from everleaf import gojson
from everleaf.admin.command import AdminError, Arguments, Command, json_kind
from everleaf.admin.requests import (
    add_peer,
    debug_remote,
    get_counters,
    get_health,
    get_multicast_interfaces,
    get_node_info,
    get_paths,
    get_peers,
    get_ports,
    get_self,
    get_sessions,
    get_status,
    get_tree,
    get_tun,
    lookups,
    reload,
    remove_peer,
    retry_peers,
)
from everleaf.admin.stream import MalformedRequest, Request
from everleaf.admin.view import AdminView
from everleaf.errors import NodeError

INDENT = 2


async def _list(_view: AdminView, _arguments: Arguments) -> dict[str, Any]:
    rows = []
    for name, command in sorted(COMMANDS.items()):
        row: dict[str, Any] = {"command": name, "description": command.description}
        rows.append(row | {"fields": list(command.fields)} if command.fields else row)
    return {"list": rows}


COMMANDS: dict[str, Command] = {
    command.name.lower(): command
    for command in (
        Command("list", "List available commands", _list),
        add_peer.COMMAND,
        debug_remote.GET_PEERS,
        debug_remote.GET_SELF,
        debug_remote.GET_TREE,
        get_counters.COMMAND,
        get_health.COMMAND,
        get_multicast_interfaces.COMMAND,
        get_node_info.COMMAND,
        get_paths.COMMAND,
        get_peers.COMMAND,
        get_ports.COMMAND,
        get_self.COMMAND,
        get_sessions.COMMAND,
        get_status.COMMAND,
        get_tree.COMMAND,
        get_tun.COMMAND,
        lookups.COMMAND,
        reload.COMMAND,
        remove_peer.COMMAND,
        retry_peers.COMMAND,
    )
}


async def answer(view: AdminView, request: Request) -> str:
    """The text to send back, newline included. Waits only for remote nodes, a reload and the list of ports."""
    try:
        response = await _respond(view, request)
    except (AdminError, NodeError) as error:
        return _envelope(request.echo(), error=str(error))
    return _envelope(request.echo(), response=response)


def refuse(malformed: MalformedRequest) -> str:
    """The text to send back for bytes that were no request."""
    return _envelope({"request": ""}, error=str(malformed))


async def _respond(view: AdminView, request: Request) -> Any:
    if not request.name:
        raise AdminError("no request specified")
    name = request.name.lower()
    if name not in COMMANDS:
        raise AdminError(f"unknown action '{name}', try 'list' for help")
    if request.arguments is not None and not isinstance(request.arguments, dict):
        kind = json_kind(request.arguments)
        raise AdminError(f"json: cannot unmarshal {kind} into Go value of type {COMMANDS[name].name}Request")
    return await COMMANDS[name].handle(view, Arguments(request.arguments))


def _envelope(echo: dict[str, Any], *, error: str = "", response: Any = None) -> str:
    status = {"status": "error", "error": error} if error else {"status": "success"}
    return gojson.encode(status | {"request": echo, "response": response}, indent=INDENT) + "\n"
