"""Two hundred whole nodes: they agree, and they agree in the same way every time."""

from __future__ import annotations

import random
from xml.etree import ElementTree

import pytest

from sim import load, report
from sim.network import Network
from sim.scale import SHAPES, Scale, measure
from sim.topology import random_graph

pytestmark = pytest.mark.slow

SIZE = 200
EXTRA_LINKS = 200


def grown(seed: int, seconds: float) -> Network:
    net = Network(SIZE, random_graph(SIZE, EXTRA_LINKS, random.Random(seed)), seed)
    net.run(seconds)
    return net


def test_two_hundred_nodes_become_one_tree_and_answer_all_lookups() -> None:
    net = grown(seed=200, seconds=30)
    net.check()
    rng = random.Random(200)
    pairs = [tuple(rng.sample(range(SIZE), 2)) for _ in range(SIZE)]
    assert net.exchange([(a, b) for a, b in pairs], patience=5) == []


def test_same_seed_gives_the_same_trace_and_another_does_not() -> None:
    traces = [grown(seed, seconds=8).world.trace() for seed in (201, 201, 202)]
    assert traces[0] == traces[1] != traces[2]


@pytest.mark.parametrize("shape", SHAPES)
def test_network_of_every_shape_settles_within_seconds_and_tables_stay_small(shape: str) -> None:
    """Everybody holds its own ancestry and its peers', and nothing else."""
    found = measure(shape, 64, seed=3)
    assert found.settled <= 10
    assert found.answered <= 3 * found.depth + 3
    assert found.infos_max <= (found.hops_max + 1) * (found.depth + 1)
    assert found.calm_bytes < 4096


def test_report_has_a_row_a_fit_and_a_picture() -> None:
    rows = [
        Scale("star", size, 2.0, 1.0, 2, 10.0 * size, 9, 8.0, 4.0, 3.0, size, size - 1, 0.1) for size in (10, 100, 1000)
    ]
    assert len(report.table(rows).splitlines()) == 5
    fits = dict(zip(report.COLUMNS, report.growth(rows).splitlines()[-1].split(" | ")[1:], strict=True))
    assert (fits["settled"], fits["join_bytes"], fits["infos_max"]) == ("0.00", "1.00", "1.00")
    picture = ElementTree.fromstring(report.chart(rows, "join_bytes"))
    assert [float(dot.get("cx", "")) for dot in picture.iter("{http://www.w3.org/2000/svg}circle")] == [
        60.0,
        320.0,
        580.0,
    ]


def test_load_of_a_small_node_is_a_row_for_every_kind_of_event() -> None:
    costs = load.measure(peers=4, sessions=3)
    assert [cost.kind for cost in costs if cost.each <= 0] == []
    assert len(load.report(costs).splitlines()) == len(costs) + 3
