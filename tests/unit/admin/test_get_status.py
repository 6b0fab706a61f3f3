"""getStatus, which `everleaf status` shows."""

from __future__ import annotations

from everleaf import __version__
from unit.admin.fake_view import captured
from unit.admin.test_api import ask


def test_status_is_the_whole_node():
    view = captured("B")
    view.node.root = view.node.parent = bytes.fromhex("aa" * 32)
    view.node.coords = (3, 1)
    status = ask(view, "getStatus")["response"]
    peers = status.pop("peers")
    assert status.pop("checks") == ask(view, "getHealth")["response"]["checks"]
    assert peers == ask(view, "getPeers")["response"]["peers"]
    assert status == {
        "version": __version__,
        "key": "4711cecbbcf63e12babaf5fff5c85a9097a4905acafbe9ad820e96c04beb78b7",
        "address": "201:e3b8:c4d1:c27:7b5:1514:2800:28de",
        "subnet": "301:e3b8:c4d1:c27::/64",
        "uptime": 60,
        "interface": {"name": "hBtun1", "mtu": 65535},
        "listeners": ["tls://[::]:9001"],
        "root": "aa" * 32,
        "parent": "aa" * 32,
        "coords": [3, 1],
        "routing_entries": 2,
        "paths": 1,
        "sessions": 1,
        "health": "healthy",
        "reasons": [],
    }


def test_status_tells_why_a_node_is_not_well():
    status = ask(captured("A"), "getStatus")["response"]
    assert status["health"] == "degraded"
    assert sorted(status["reasons"]) == [
        "peer foo://x is down: link schema unknown",
        "peer tcp://127.0.0.1:1 is down: dial tcp 127.0.0.1:1: connect: connection refused",
    ]


def test_health_tells_every_check_with_its_remedy():
    found = ask(captured("A"), "getHealth")["response"]
    assert found["health"] == "degraded"
    assert {check["name"] for check in found["checks"]} == {"device", "mtu", "router", "peers", "clock", "key"}
    assert all(check["remedy"] for check in found["checks"] if check["level"] != "ok")
