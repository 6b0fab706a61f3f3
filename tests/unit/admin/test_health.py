"""The verdict on a node."""

from __future__ import annotations

from dataclasses import replace

import pytest

from everleaf.admin.health import Facts, PeerFacts, State, judge

UP = PeerFacts("tls://up:1", up=True, trusted=True, inbound=False)
DOWN = PeerFacts("tls://down:1", up=False, trusted=False, inbound=False, last_error="refused")
VISITOR = PeerFacts("tls://visitor:1", up=True, trusted=True, inbound=True)
WELL = Facts([UP], listeners=1, tun_up=True, tun_wanted=True)

CASES = [
    ("all as configured", WELL, State.HEALTHY, []),
    ("only visitors", replace(WELL, peers=[VISITOR]), State.HEALTHY, []),
    ("no interface wanted", replace(WELL, tun_up=False, tun_wanted=False), State.HEALTHY, []),
    ("visitor not proved", replace(WELL, peers=[UP, replace(VISITOR, trusted=False)]), State.HEALTHY, []),
    ("one peer down", replace(WELL, peers=[UP, DOWN]), State.DEGRADED, ["peer tls://down:1 is down: refused"]),
    (
        "peer not proved",
        replace(WELL, peers=[replace(UP, trusted=False)]),
        State.DEGRADED,
        ["peer tls://up:1 has not proved its key yet"],
    ),
    (
        "interface lost",
        replace(WELL, tun_up=False),
        State.DEGRADED,
        ["the interface is closed, so programs on this host cannot use the overlay"],
    ),
    (
        "nobody came",
        replace(WELL, peers=[]),
        State.DEGRADED,
        ["no peer is configured, and nobody has connected"],
    ),
    (
        "all peers down",
        replace(WELL, peers=[replace(DOWN, last_error="")]),
        State.DOWN,
        ["no peer is connected", "peer tls://down:1 is down"],
    ),
    (
        "alone for good",
        replace(WELL, peers=[], listeners=0),
        State.DOWN,
        ["there are no peers and no listeners, so no node can be reached"],
    ),
]


@pytest.mark.parametrize(("facts", "state", "reasons"), [case[1:] for case in CASES], ids=[case[0] for case in CASES])
def test_health_has_a_reason_for_every_complaint(facts, state, reasons):
    health = judge(facts)
    assert (health.state, list(health.reasons)) == (state, reasons)
