from everleaf.control.backoff import Backoff
from everleaf.control.waiting import MAX_BYTES, MAX_ITEMS, PATIENCE, WaitingRoom


def test_waiting_room_lets_everybody_out_in_order():
    room = WaitingRoom()
    for item in (b"a", b"b", b"c"):
        assert room.add(0.0, item) == []
    assert (room.drain(), len(room)) == ([b"a", b"b", b"c"], 0)


def test_waiting_room_sends_the_oldest_away_when_it_is_full():
    room = WaitingRoom()
    items = [bytes((n,)) for n in range(MAX_ITEMS + 2)]
    gone = [item for item in items for item in room.add(0.0, item)]
    assert (gone, room.drain()) == (items[:2], items[2:])


def test_waiting_room_holds_bytes_rather_than_items():
    room = WaitingRoom()
    half = bytes(MAX_BYTES // 2)
    room.add(0.0, half + b"1")
    assert room.add(0.0, half + b"2") == [half + b"1"]
    assert len(room) == 1


def test_waiting_room_takes_one_that_is_larger_than_itself():
    """A message may be twice its size, and would never be sent otherwise."""
    room = WaitingRoom()
    room.add(0.0, b"small")
    huge = bytes(2 * MAX_BYTES)
    assert room.add(0.0, huge) == [b"small"]
    assert room.drain() == [huge]


def test_waiting_room_sends_away_who_waited_too_long():
    room = WaitingRoom()
    room.add(0.0, b"early")
    room.add(PATIENCE, b"late")
    assert room.expire(PATIENCE) == []
    assert room.expire(PATIENCE + 0.1) == [b"early"]
    assert room.drain() == [b"late"]


def test_backoff_doubles_up_to_its_limit():
    backoff = Backoff(0.5, 5.0)
    ready = [tenth / 10 for tenth in range(200) if backoff.ready(tenth / 10)]
    assert ready == [0.0, 0.5, 1.5, 3.5, 7.5, 12.5, 17.5]
