"""The verdict on a node."""

from __future__ import annotations

from dataclasses import replace

import pytest

from everleaf.admin.health import (
    ClockFacts,
    DeviceFacts,
    Facts,
    KeyFacts,
    Level,
    PeerFacts,
    ProblemFacts,
    State,
    judge,
)
from everleaf.control.greeting import OTHER_KEY, OTHER_PASSWORD
from everleaf.control.links import SELF

UP = PeerFacts("tls://up:1", up=True, trusted=True, inbound=False)
DOWN = PeerFacts("tls://down:1", up=False, trusted=False, inbound=False, last_error="refused")
VISITOR = PeerFacts("tls://visitor:1", up=True, trusted=True, inbound=True)
DEVICE = DeviceFacts("tun0", open=True, up=True, addressed=True, routed=True, mtu=9000)
CLOCK = ClockFacts(1.8e9)
KEY = KeyFacts("/k")
WELL = Facts([UP], 1, DEVICE, CLOCK, KEY)
REFUSED = ProblemFacts(
    "delete route 200::/7", "route del -inet6 200::/7 200::1", "route: botched keyword: del", "say delete"
)


def with_peers(*peers: PeerFacts, listeners: int = 1) -> Facts:
    return replace(WELL, peers=peers, listeners=listeners)


def with_device(**changes: object) -> Facts:
    return replace(WELL, device=replace(DEVICE, **changes))


HEALTHY = [
    ("all as configured", WELL),
    ("only visitors", with_peers(VISITOR)),
    ("no interface wanted", replace(WELL, device=None)),
    ("visitor not proved", with_peers(UP, replace(VISITOR, trusted=False))),
    ("the MTU that was asked for", with_device(wanted_mtu=9000)),
]

COMPLAINTS = [
    ("one peer down", with_peers(UP, DOWN), State.DEGRADED, "peers", Level.WARNING, "tls://down:1 is down: refused"),
    (
        "peer not proved",
        with_peers(replace(UP, trusted=False)),
        State.DEGRADED,
        "peers",
        Level.WARNING,
        "has not proved its key",
    ),
    ("nobody came", with_peers(), State.DEGRADED, "peers", Level.WARNING, "nobody has connected"),
    ("all peers down", with_peers(DOWN), State.DOWN, "peers", Level.ERROR, "no peer is connected"),
    ("alone for good", with_peers(listeners=0), State.DOWN, "peers", Level.ERROR, "no peers and no listeners"),
    ("device lost", with_device(open=False), State.DEGRADED, "device", Level.ERROR, "interface is closed"),
    ("device down", with_device(up=False), State.DEGRADED, "device", Level.ERROR, "tun0 is down"),
    ("no address", with_device(addressed=False), State.DEGRADED, "device", Level.ERROR, "not have this node's address"),
    (
        "MTU cut",
        with_device(wanted_mtu=16384),
        State.DEGRADED,
        "mtu",
        Level.WARNING,
        "carries 9000 bytes, not the 16384",
    ),
    ("no route", with_device(routed=False), State.DEGRADED, "router", Level.ERROR, "are not routed into tun0"),
    (
        "command refused",
        with_device(problems=[REFUSED]),
        State.DEGRADED,
        "router",
        Level.ERROR,
        "could not delete route 200::/7: `route del -inet6 200::/7 200::1` said: route: botched keyword: del",
    ),
    (
        "request refused, command obeyed",
        with_device(problems=[replace(REFUSED, command="RTM_ADD tun0", mended=True)]),
        State.DEGRADED,
        "router",
        Level.WARNING,
        "`RTM_ADD tun0` said",
    ),
    ("no battery", replace(WELL, clock=ClockFacts(3600.0)), State.DEGRADED, "clock", Level.ERROR, "years behind"),
    ("clock set", replace(WELL, clock=ClockFacts(1.8e9, -75.0)), State.DEGRADED, "clock", Level.WARNING, "by -75 s"),
    (
        "key exposed",
        replace(WELL, key=KeyFacts("/k", "mode 0644", "chmod 600 /k")),
        State.DEGRADED,
        "key",
        Level.ERROR,
        "mode 0644",
    ),
    (
        "key gone",
        replace(WELL, key=KeyFacts("/k", problem="No such file")),
        State.DEGRADED,
        "key",
        Level.WARNING,
        "No such",
    ),
]


@pytest.mark.parametrize("facts", [case[1] for case in HEALTHY], ids=[case[0] for case in HEALTHY])
def test_healthy_node_has_no_complaint(facts):
    found = judge(facts)
    assert (found.state, found.reasons) == (State.HEALTHY, ())
    assert {check.name for check in found.checks} >= {"device", "peers", "clock", "key"}


@pytest.mark.parametrize(
    ("facts", "state", "name", "level", "words"),
    [case[1:] for case in COMPLAINTS],
    ids=[case[0] for case in COMPLAINTS],
)
def test_complaint_has_a_name_a_sentence_and_a_remedy(facts, state, name, level, words):
    found = judge(facts)
    complaints = [check for check in found.checks if check.level is not Level.OK]
    assert found.state is state
    assert (complaints[0].name, complaints[0].level) == (name, level)
    assert words in complaints[0].sentence
    assert all(check.remedy for check in complaints)
    assert found.reasons == tuple(check.sentence for check in complaints)


def test_every_peer_that_is_down_is_named():
    reasons = judge(with_peers(DOWN, replace(DOWN, remote="tcp://other:1", last_error=""))).reasons
    assert reasons[1:] == ("peer tls://down:1 is down: refused", "peer tcp://other:1 is down")


@pytest.mark.parametrize(
    ("reason", "remedy"),
    [
        (OTHER_PASSWORD, "the same ?password="),
        (OTHER_KEY, "correct ?key="),
        (SELF, "it is this node"),
        ("closed by the peer", "see its log"),
        ("Connection refused", "see that it runs"),
    ],
)
def test_remedy_is_that_of_what_the_peer_was_refused_for(reason, remedy):
    down = replace(DOWN, last_error=reason)
    [found] = [check for check in judge(with_peers(UP, down)).checks if check.name == "peers"]
    assert remedy in found.remedy
