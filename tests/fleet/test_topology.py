import pytest

from everleaf.errors import UsageError
from everleaf_fleet.lab import Topology


@pytest.mark.parametrize(
    ("shape", "count", "wires"),
    [
        ("line", 4, ["h1-h2", "h2-h3", "h3-h4"]),
        ("ring", 4, ["h1-h2", "h2-h3", "h3-h4", "h1-h4"]),
        ("ring", 2, ["h1-h2"]),
        ("star", 4, ["h1-h2", "h1-h3", "h1-h4"]),
    ],
)
def test_topology_has_the_wires_of_its_shape(shape, count, wires):
    assert ["-".join(host for host, _ in edge.ends) for edge in Topology(shape, count).edges] == wires


@pytest.mark.parametrize("shape", ["ring", "line", "star"])
def test_topology_dials_every_wire_once_at_the_other_end(shape):
    topology = Topology(shape, 6)
    dialled = [peer for host in topology.hosts for peer in topology.peers(host)]
    assert sorted(dialled) == sorted(f"tls://[{edge.address(edge.ends[0][0])}]:9001" for edge in topology.edges)


def test_topology_gives_every_end_an_interface_and_an_address_of_its_own():
    ends = [(end, edge.address(end[0])) for edge in Topology("ring", 12).edges for end in edge.ends]
    assert len({end for end, _ in ends}) == len({address for _, address in ends}) == 24


def test_topology_names_the_neighbours_of_a_host():
    assert Topology("ring", 5).neighbours("h1") == ["h2", "h5"]


@pytest.mark.parametrize(("shape", "count"), [("cube", 4), ("ring", 1), ("ring", 1000)])
def test_topology_refuses_what_cannot_be_made(shape, count):
    with pytest.raises(UsageError, match="choose"):
        Topology(shape, count)
