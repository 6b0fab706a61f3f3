"""The real `yggdrasilctl` finds in everleaf every field it finds in the real node."""

from __future__ import annotations

import json
from typing import Any

import pytest

from interop.net import wait_until
from interop.nodes import Node, Yggdrasil, peer, start

PLAIN = ("list", "getSelf", "getPeers", "getTree", "getPaths", "getSessions", "getTun", "getMulticastInterfaces")
REMOTE = ("getNodeInfo", "debug_remoteGetSelf", "debug_remoteGetPeers", "debug_remoteGetTree")


def yggdrasilctl(node: Node, *request: str) -> Any:
    return json.loads(node.host.run("yggdrasilctl", "-json", "-endpoint", f"unix://{node.admin}", *request))


def shape(answer: Any) -> Any:
    """Field names and JSON types; a list has the shapes of all its entries merged, since entries leave out zeros."""
    if isinstance(answer, dict):
        return {name: shape(value) for name, value in answer.items()}
    if isinstance(answer, list):
        merged: dict[str, Any] = {}
        for entry in answer:
            merged |= shape(entry) if isinstance(entry, dict) else {"": shape(entry)}
        return [merged]
    return "number" if isinstance(answer, (int, float)) and not isinstance(answer, bool) else type(answer).__name__


def covers(ours: Any, real: Any) -> bool:
    """Whether `ours` has every field of `real`, with the same type."""
    if isinstance(real, dict):
        return isinstance(ours, dict) and all(name in ours and covers(ours[name], real[name]) for name in real)
    if isinstance(real, list):
        return isinstance(ours, list) and covers(ours[0], real[0])
    return bool(ours == real)


@pytest.fixture
def twins(net, add, everleaf) -> tuple[Node, Node, Node]:
    """everleaf and a real node in the same situation: a link out, a link in, a dead peer, sessions. And their root."""
    root, ours, real = add(Yggdrasil, 0), add(everleaf, 1), add(Yggdrasil, 2)
    callers = [add(Yggdrasil, 3), add(Yggdrasil, 4)]
    for twin, caller in zip((ours, real), callers, strict=True):
        peer(net, twin, root)
        peer(net, caller, twin, "tls")
        twin.peers.append("tcp://127.0.0.1:9")
    start(root, ours, real, *callers)
    for node in (root, real, *callers):
        ours.reaches(node)
        node.reaches(ours)
    for node in (root, *callers):
        real.reaches(node)
        node.reaches(real)
    for twin in (ours, real):
        wait_until(
            lambda twin=twin: any("last_error" in entry for entry in twin.ctl("getPeers")["peers"]), "a dead peer"
        )
    return ours, real, root


def test_answers_have_every_field_of_the_real_node(twins):
    ours, real, root = twins
    requests = [(request,) for request in PLAIN] + [(request, f"key={root.key}") for request in REMOTE]
    for request in requests:
        mine, theirs = (shape(yggdrasilctl(node, *request)) for node in (ours, real))
        assert covers(mine, theirs), (request, mine, theirs)


def test_list_names_every_request_and_field_of_the_real_node(twins):
    ours, real, _ = twins
    mine, theirs = ({e["command"]: e.get("fields", []) for e in yggdrasilctl(n, "list")["list"]} for n in (ours, real))
    assert set(theirs) <= set(mine)
    assert {name: fields for name, fields in theirs.items() if not set(fields) <= set(mine[name])} == {}


def test_tables_print_as_for_the_real_node(twins):
    ours, _, root = twins
    for request in [(request,) for request in PLAIN] + [(request, f"key={root.key}") for request in REMOTE]:
        assert ours.host.run("yggdrasilctl", "-endpoint", f"unix://{ours.admin}", *request)


def test_remote_requests_are_answered_as_by_the_real_node(twins):
    ours, real, root = twins
    for request in REMOTE:
        mine, theirs = (shape(yggdrasilctl(root, request, f"key={node.key}")) for node in (ours, real))
        assert covers([*mine.values()], [*theirs.values()]), (request, mine, theirs)
    assert yggdrasilctl(root, "getNodeInfo", f"key={ours.key}")[ours.key]["name"] == ours.host.name


def test_peers_are_added_and_removed_while_running(net, add, everleaf):
    ours, real = add(everleaf, 0), add(Yggdrasil, 1)
    uri = peer(net, ours, real)
    ours.peers.clear()
    start(ours, real)
    assert yggdrasilctl(ours, "addPeer", f"uri={uri}") == {}
    ours.reaches(real)
    assert yggdrasilctl(ours, "removePeer", f"uri={uri}") == {}
    wait_until(lambda: not ours.links() and not real.links(), "the link is gone on both sides")
    assert ours.ctl("getPeers")["peers"] == []


def test_identity_is_what_the_real_node_makes_of_the_same_key(add, everleaf):
    ours, real = add(everleaf, 5), add(Yggdrasil, 5)
    real.start()
    said = json.loads(ours.host.run(*everleaf.program, "identity", "--key", str(ours.key_file), "--json"))
    self = real.ctl("getSelf")
    assert said == {"public_key": self["key"], "address": self["address"], "subnet": self["subnet"]}
