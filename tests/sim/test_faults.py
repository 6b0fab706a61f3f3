"""Trouble by the seed leaves every invariant standing; and each of them falls when somebody errs."""

from __future__ import annotations

import pytest

from everleaf.control.effects import Hop, Snapshot
from everleaf.control.fading import FadingTable
from everleaf.control.node import Node, NodeOptions
from everleaf.control.pathfinder import MAX_RUMORS
from everleaf.wire.codec import Path
from sim import network
from sim.crypto import FakeCrypto, FakeIdentity
from sim.faults import Faults
from sim.scale import SHAPES
from sim.station import Station, Wire

pytestmark = pytest.mark.slow


@pytest.mark.parametrize("seed", [1, 2])
@pytest.mark.parametrize("shape", SHAPES)
def test_network_survives_its_troubles(shape: str, seed: int) -> None:
    Faults(shape, 16, seed, 40).run()


def test_same_seed_brings_the_same_troubles_and_another_does_not() -> None:
    runs = [Faults("random", 12, seed, 20) for seed in (7, 7, 8)]
    for faults in runs:
        faults.run()
    traces = [(faults.happened, faults.net.world.trace()) for faults in runs]
    assert traces[0] == traces[1] != traces[2]


# --- planted mistakes ------------------------------------------------------------------------------------------------


def refuses(faults: Faults, what: str) -> None:
    """The invariants see it, and say how to see it again."""
    with pytest.raises(
        AssertionError, match=f"{what}.*replay: python tests/sim/run.py faults --shape .* --seed 1 --seconds 10"
    ):
        faults.run()


def test_circle_is_seen(monkeypatch: pytest.MonkeyPatch) -> None:
    def careless(snapshot: Snapshot, _path: Path, watermark: int) -> tuple[Hop, int] | None:
        return (snapshot.hops[0], watermark) if snapshot.hops else None

    monkeypatch.setattr(network, "next_hop", careless)
    with pytest.raises(AssertionError, match="a circle through"):
        Faults("random", 12, 1, 10).run()


class Stubborn(Station):
    """Never takes a parent."""

    def make_node(self, identity: FakeIdentity, crypto: FakeCrypto, options: NodeOptions) -> Node:
        node = super().make_node(identity, crypto, options)
        node._tree._move = lambda _now: []  # type: ignore[method-assign]
        return node


def test_second_root_is_seen() -> None:
    refuses(Faults("random", 12, 1, 10, Stubborn), "not one tree")


class Silent(Station):
    """Answers no lookup."""

    def make_node(self, identity: FakeIdentity, crypto: FakeCrypto, options: NodeOptions) -> Node:
        node = super().make_node(identity, crypto, options)
        node._pathfinder._may_answer = lambda _now, _link: False  # type: ignore[method-assign]
        return node


def test_lookup_without_an_answer_is_seen() -> None:
    refuses(Faults("random", 12, 1, 10, Silent), "no answer between")


class Curious(Station):
    """Looks for everything, and its table has no cap."""

    def make_node(self, identity: FakeIdentity, crypto: FakeCrypto, options: NodeOptions) -> Node:
        node = super().make_node(identity, crypto, options)
        node._pathfinder._rumors = FadingTable(60.0, 2 * MAX_RUMORS)
        return node

    def _start(self) -> None:
        super()._start()
        for n in range(MAX_RUMORS + 1):
            self.perform(self.node._pathfinder.lookup(self.world.now, FakeIdentity(b"%d" % n).public))


def test_table_above_its_cap_is_seen() -> None:
    refuses(Faults("random", 12, 1, 10, Curious), f"holds {MAX_RUMORS + 1} rumors, more than {MAX_RUMORS}")


class Forgetful(Station):
    """Starts one more clock for every link."""

    def plug(self, wire: Wire, side: int) -> None:
        super().plug(wire, side)
        self.world.at(self.world.now + 1.0, self._tick)


def test_timer_leak_is_seen() -> None:
    refuses(Faults("random", 12, 1, 10, Forgetful), "timers")
