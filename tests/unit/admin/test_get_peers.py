"""Order and omissions of getPeers, beyond what the captured nodes show."""

from __future__ import annotations

from dataclasses import replace

import pytest

from everleaf.admin.requests.get_peers import peer_rows
from everleaf.control.links import LinkView
from everleaf.control.views import PeerState
from unit.admin.fake_view import FakeView

UP = LinkView(
    remote="tcp://a:1",
    up=True,
    inbound=False,
    key=b"\x01" * 32,
    priority=0,
    link=1,
    since=-10.0,
    last_error="old trouble",
    last_error_at=-20.0,
    interface="",
)
STATE = PeerState(port=1, cost=1, latency_ns=0, trusted=True)


def view_of(*rows: tuple[LinkView, PeerState]) -> FakeView:
    view = FakeView()
    for number, (link, state) in enumerate(rows, 1):
        view.links.rows.append(replace(link, link=number))
        view.node.states[number] = state
    return view


def order(view: FakeView, sort: str = "") -> list[str]:
    return [row["remote"] for row in peer_rows(view, sort)]


MIXED = [
    (replace(UP, remote="in", inbound=True, since=-1.0), replace(STATE, cost=1)),
    (replace(UP, remote="dear", key=b"\x02" * 32, since=-5.2), replace(STATE, cost=9)),
    (replace(UP, remote="late", key=b"\x03" * 32, priority=5, since=-5.9), replace(STATE, cost=2)),
    (replace(UP, remote="old", key=b"\x01" * 32, since=-99.0), replace(STATE, cost=3)),
]


@pytest.mark.parametrize(
    ("sort", "expected"),
    [
        ("", ["old", "dear", "late", "in"]),
        ("nonsense", ["old", "dear", "late", "in"]),
        ("cost", ["in", "late", "old", "dear"]),
        ("Uptime", ["in", "dear", "late", "old"]),
    ],
)
def test_peers_are_sorted_as_asked(sort, expected):
    assert order(view_of(*MIXED), sort) == expected


def test_peer_that_is_up_has_no_old_error():
    [row] = peer_rows(view_of((UP, STATE)))
    assert "last_error" not in row
    assert "last_error_time" not in row


def test_peer_that_is_down_has_zeros_and_its_error():
    [row] = peer_rows(FakeView(links=view_of((replace(UP, up=False), STATE)).links))
    assert row == {
        "remote": "tcp://a:1",
        "up": False,
        "inbound": False,
        "key": "",
        "port": 0,
        "priority": 0,
        "cost": 0,
        "last_error_time": 20_000_000_000,
        "last_error": "old trouble",
    }


def test_latency_is_rounded_to_ten_microseconds():
    [row] = peer_rows(view_of((UP, replace(STATE, latency_ns=1_234_567))))
    assert row["latency"] == 1_230_000
