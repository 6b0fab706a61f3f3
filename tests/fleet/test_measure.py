from dataclasses import dataclass, field
from subprocess import CompletedProcess

import pytest

from everleaf_fleet.lab import measure
from everleaf_fleet.lab.measure import reaches, throughput
from everleaf_fleet.lab.node import LabNode

pytestmark = pytest.mark.slow


@pytest.fixture
def wired(lab):
    """Nodes that are only addresses: those of two hosts on the wire between them."""
    edge = lab.topology.edges[0]
    return [LabNode(lab.host(name), (), "", "", name, str(edge.address(name))) for name in ("h1", "h2")]


def test_reaches_times_every_ordered_pair(wired):
    found = sorted(reaches(wired), key=lambda reach: reach.source)
    assert [(reach.source, reach.dest) for reach in found] == [("h1", "h2"), ("h2", "h1")]
    assert all(0 < reach.milliseconds < 1000 for reach in found)


def test_reaches_gives_up_on_who_does_not_answer(wired, lab, monkeypatch):
    monkeypatch.setattr(measure, "PATIENCE_SECONDS", 0.1)
    lost = LabNode(lab.host("h3"), (), "", "", "h3", "fd6c:6162::dead")
    assert {reach.dest: reach.milliseconds for reach in reaches([wired[0], lost])}["h3"] is None


@dataclass
class Scripted:
    """A host whose pings end as they are told to."""

    name: str
    ends: list[CompletedProcess[str]] = field(default_factory=list)

    def attempt(self, *_command: str) -> CompletedProcess[str]:
        return self.ends.pop(0)


def test_reaches_tries_again_when_only_the_first_ping_was_answered():
    first = CompletedProcess([], 0, "rtt min/avg/max/mdev = 1.0/1.0/1.0/0.0 ms")
    four, none = CompletedProcess([], 0, "rtt min/avg/max/mdev = 0.3/0.4/0.5/0.1 ms"), CompletedProcess([], 1, "")
    nodes = [LabNode(Scripted(name, [first, none, first, four]), (), "", "", name, "::") for name in ("h1", "h2")]
    assert [reach.milliseconds for reach in reaches(nodes)] == [0.4, 0.4]


@pytest.mark.parametrize("tool", ["iperf3", "own"])
def test_throughput_of_a_wire_is_beyond_a_slow_line(wired, tool, monkeypatch):
    if tool == "own":
        monkeypatch.setattr(measure.shutil, "which", lambda _: None)
    assert throughput(*wired, seconds=1) > 10e6
