"""What is bounded: tables that forget, buckets, and port numbers."""

from __future__ import annotations

from everleaf.control.fading import FadingTable
from everleaf.control.ports import MAX_REMEMBERED, MEMORY, Ports
from everleaf.control.throttle import TokenBucket
from unit.control.reference import ReferencePorts


def test_fading_table_forgets_what_is_not_touched() -> None:
    table: FadingTable[str, int] = FadingTable(10.0, cap=8)
    table.put(0.0, "a", 1)
    table.put(1.0, "b", 2)
    table.put(5.0, "a", 3)
    assert table.fade(11.0) == [("b", 2)]
    assert list(table.values()) == [3]
    assert table.fade(15.0) == [("a", 3)]
    assert len(table) == 0


def test_fading_table_evicts_what_would_fade_first_when_full() -> None:
    table: FadingTable[str, int] = FadingTable(10.0, cap=2)
    assert table.put(0.0, "a", 1) == table.put(1.0, "b", 2) == table.put(2.0, "a", 1) == []
    assert table.put(3.0, "c", 3) == [("b", 2)]
    assert (list(table), table.evicted) == (["a", "c"], 1)


def test_bucket_lets_a_burst_through_and_then_the_rate() -> None:
    bucket = TokenBucket(rate=2.0, burst=3.0)
    assert [bucket.take(5.0) for _ in range(4)] == [True, True, True, False]
    assert [bucket.take(5.4), bucket.take(5.5), bucket.take(5.6)] == [False, True, False]
    assert sum(bucket.take(100.0) for _ in range(9)) == 3


def test_ports_are_the_lowest_free_numbers() -> None:
    ports = Ports()
    assert [ports.take(0.0, key) for key in (b"a", b"b", b"c")] == [1, 2, 3]


def test_port_stays_with_its_peer_while_old_announces_may_name_it() -> None:
    ports = Ports()
    ports.take(0.0, b"a")
    ports.release(1.0, b"a")
    assert ports.take(2.0, b"b") == 2
    assert ports.take(3.0, b"a") == 1


def test_port_is_free_again_when_nobody_believes_the_old_announces() -> None:
    ports = Ports()
    ports.take(0.0, b"a")
    ports.release(1.0, b"a")
    assert ports.take(1.0 + MEMORY, b"b") == 1


def test_reference_gives_a_port_to_another_at_once() -> None:
    """So two nodes have equal coordinates until the first one's announce expires."""
    ports = ReferencePorts()
    ports.take(0.0, b"a")
    ports.release(1.0, b"a")
    assert ports.take(2.0, b"b") == 1


def test_remembered_ports_are_bounded() -> None:
    ports = Ports()
    for n in range(MAX_REMEMBERED + 10):
        ports.take(0.0, b"%d" % n)
    for n in range(MAX_REMEMBERED + 10):
        ports.release(1.0, b"%d" % n)
    assert ports.take(2.0, b"new") == 1
