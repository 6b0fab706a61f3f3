"""The core's fast decisions equal their slow twins, whatever the input."""

from __future__ import annotations

import itertools

from hypothesis import example, given
from hypothesis import strategies as st

from everleaf import _core
from everleaf.control.effects import Hop, Snapshot
from everleaf.control.router import next_hop
from everleaf.errors import WireError
from everleaf.wire.codec import put_uvarint
from everleaf.wire.ethernet import judge
from everleaf.wire.frame import Splitter

WINDOW = 127 * 64  # counters behind the highest that are still judged one by one

PORT = st.one_of(st.integers(1, 3), st.sampled_from([127, 128, 2**32, 2**63, 2**64 - 1]))
PATH = st.lists(PORT, max_size=6).map(tuple)
HOPS = st.lists(
    st.builds(Hop, PATH, st.just(0), st.one_of(st.integers(1, 4), st.just(4294)), st.integers(0, 3)), max_size=6
)
WATERMARK = st.one_of(st.integers(0, 12), st.just(2**64 - 1))


@given(PATH, HOPS, PATH, WATERMARK)
def test_next_hop_equals_its_twin(
    coords: tuple[int, ...], hops: list[Hop], path: tuple[int, ...], watermark: int
) -> None:
    numbered = [Hop(hop.coords, link, hop.cost, hop.age) for link, hop in enumerate(hops, 1)]
    twin = next_hop(Snapshot(coords, tuple(numbered)), path, watermark)
    rows = [(hop.coords, hop.link, hop.cost, hop.age) for hop in numbered]
    assert _core.next_hop(coords, rows, path, watermark) == (twin and (twin[0].link, twin[1]))


def pieces(stream: bytes, cuts: list[int]) -> list[bytes]:
    edges = sorted({0, len(stream), *(cut % (len(stream) + 1) for cut in cuts)})
    return [stream[a:b] for a, b in itertools.pairwise(edges)]


FRAME = st.binary(min_size=1, max_size=300).map(lambda body: put_uvarint(len(body)) + body)
PADDED = st.binary(min_size=1, max_size=99).map(lambda body: bytes([len(body) | 0x80, 0x80, 0]) + body)
NONSENSE = st.binary(max_size=12)
STREAM = st.lists(st.one_of(FRAME, PADDED, NONSENSE), max_size=8).map(b"".join)


@given(STREAM, st.lists(st.integers(0, 3000), max_size=5))
@example(put_uvarint(131_070) + bytes(131_070), [])
@example(put_uvarint(131_071) + bytes(131_071), [])
@example(b"\xff" * 10, [3])
def test_split_equals_its_twin_however_the_bytes_arrive(stream: bytes, cuts: list[int]) -> None:
    splitter = Splitter()
    try:
        twin: list[bytes] | None = [frame for piece in pieces(stream, cuts) for frame in splitter.feed(piece)]
    except WireError:
        twin = None
    try:
        frames, used = _core.split(stream)
    except ValueError:
        assert twin is None
        return
    assert frames == twin
    assert _core.split(stream[used:]) == ([], 0)


HEADS = st.one_of(st.just(b"\x86\xdd"), st.binary(min_size=2, max_size=2)).map(lambda kind: bytes(12) + kind)
IPV6 = st.builds(
    lambda version, length, following, kind, rest: (
        bytes((version, 0, 0, 0)) + length.to_bytes(2) + bytes((following,)) + bytes(33) + bytes((kind,)) + rest
    ),
    st.sampled_from([0x60, 0x6F, 0x45, 0x00]),
    st.one_of(st.integers(0, 60), st.just(65535)),
    st.sampled_from([58, 0, 17]),
    st.integers(128, 140),
    st.binary(max_size=40),
)


@given(HEADS, IPV6, st.integers(0, 100))
@example(bytes(12) + b"\x86\xdd", b"", 0)
def test_frame_goes_where_its_twin_sends_it(head: bytes, packet: bytes, size: int) -> None:
    for frame in (head + packet, (head + packet)[:size]):
        way, whole = judge(frame)
        assert _core.judge_frame(frame) == (way.value, whole)


class SlowWindow:
    """RFC 6479 by definition: remembers everything."""

    def __init__(self) -> None:
        self._seen: set[int] = set()
        self._highest = 0

    def accept(self, counter: int) -> bool:
        if counter in self._seen or self._highest - counter > WINDOW:
            return False
        self._seen.add(counter)
        self._highest = max(self._highest, counter)
        return True


STEP = st.one_of(
    st.integers(-70, 130), st.integers(-WINDOW - 70, WINDOW + 70), st.sampled_from([-WINDOW, -WINDOW - 1, 2**63])
)


@given(st.lists(STEP, max_size=100), st.one_of(st.integers(0, 200), st.just(2**64 - 9000)))
def test_replay_window_equals_its_twin(steps: list[int], start: int) -> None:
    fast, slow = _core.ReplayWindow(), SlowWindow()
    counter = start
    for step in [0, *steps]:
        counter = min(max(counter + step, 0), 2**64 - 1)
        assert fast.accept(counter) == slow.accept(counter)
