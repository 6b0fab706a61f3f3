"""A lab as a fleet: the same blueprint makes its hosts as makes real ones."""

from __future__ import annotations

from functools import cache
from pathlib import Path

from everleaf import __version__
from everleaf.uri import LinkURI
from everleaf_fleet.lab.topology import Topology
from everleaf_fleet.model.fleet import Fleet, Gate, HostSpec, Upgrade


@cache
def fleet_of(topology: Topology) -> Fleet:
    """Every host dials the addresses that the earlier ends of its wires have: a name has no address in a lab.

    Made once: each of a lab's hosts comes with it.
    """
    listen = tuple(LinkURI.parse(uri, listen=True) for uri in topology.listen())
    hosts = {
        name: HostSpec(
            name=name,
            address=name,
            platform="linux",
            manager="pidfile",
            connector="lab",
            listen=listen,
            peers=tuple(topology.peers(name)),
        )
        for name in topology.hosts
    }
    return Fleet(
        file=Path("lab"),
        name="lab",
        version=__version__,
        channel="dist",
        names=True,
        hosts=hosts,
        upgrade=Upgrade(gate=Gate(within=60.0)),  # all nodes start at once on one machine
    )
