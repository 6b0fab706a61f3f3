"""Who may link with whom: every scenario first between two real nodes, then with everleaf on either side."""

from __future__ import annotations

from dataclasses import dataclass

import pytest

from interop.net import wait_until
from interop.nodes import Node, Yggdrasil, peer, start, transfer

DIALLER, LISTENER, STRANGER = 1, 0, 2  # ranks of keys


@dataclass(frozen=True, slots=True)
class Scenario:
    """The options on both sides of one link, and whether it comes up. `{0}` stands for the key of rank 0, and so on."""

    name: str
    admitted: bool
    dial: str = ""  # query of the dialled URI
    listen: str = ""  # query of the listener
    dialler_allows: str = ""
    listener_allows: str = ""


SCENARIOS = [
    Scenario("pinned-key", True, dial="key={0}"),
    Scenario("pinned-key-of-another", False, dial="key={2}"),
    Scenario("pinned-keys-one-fits", True, dial="key={2}&key={0}"),
    Scenario("password", True, dial="password=a%20b", listen="password=a%20b"),
    Scenario("password-differs", False, dial="password=abc", listen="password=abd"),
    Scenario("password-missing", False, listen="password=abc"),
    Scenario("password-not-asked-for", False, dial="password=abc"),
    Scenario("allowed-key", True, listener_allows="{1}"),
    Scenario("allowed-key-of-another", False, listener_allows="{2}"),
    Scenario("allowed-keys-do-not-bind-the-dialler", True, dialler_allows="{2}"),
]


@pytest.fixture(params=["real-real", "ours-real", "real-ours"])
def pair(request, add, everleaf) -> tuple[Node, Node]:
    """A dialler and a listener."""
    kinds = {"real": Yggdrasil, "ours": everleaf}
    dialler, listener = (kinds[side] for side in request.param.split("-"))
    return add(dialler, DIALLER), add(listener, LISTENER)


@pytest.mark.parametrize("scenario", SCENARIOS, ids=lambda scenario: scenario.name)
def test_a_link_is_admitted_as_the_real_node_does(net, pair, keys, scenario):
    dialler, listener = pair
    known = [identity.key for identity in keys]
    dialler.allowed_keys = [key for key in [scenario.dialler_allows.format(*known)] if key]
    listener.allowed_keys = [key for key in [scenario.listener_allows.format(*known)] if key]
    peer(net, dialler, listener, dial=scenario.dial.format(*known), listen=scenario.listen)
    start(listener, dialler)
    if scenario.admitted:
        dialler.reaches(listener)
    else:
        wait_until(lambda: dialler.ctl("getPeers")["peers"][0].get("last_error"), "the dialler was refused")
        assert not listener.links()
        assert dialler.host.pings(listener.address) == 0


def test_the_lower_priority_number_carries_the_traffic(net, pair):
    dialler, listener = pair
    first = peer(net, dialler, listener, dial="priority=1", listen="priority=7")
    second = peer(net, dialler, listener, dial="priority=3")
    start(listener, dialler)
    wait_until(lambda: len(dialler.links()) == len(listener.links()) == 2, "both links are up")
    dialler.reaches(listener)
    transfer(dialler, listener, 10_000_000)
    links = {link["remote"]: link for link in dialler.links()}
    assert {uri: links[uri]["priority"] for uri in (first, second)} == {first: 7, second: 3}
    assert sorted(link["priority"] for link in listener.links()) == [3, 7]
    assert links[first]["bytes_sent"] < 100_000
    assert links[second]["bytes_sent"] > 10_000_000
