"""Cutting and joining give what a kernel without offloads would have sent, and no packet that was not sent."""

from __future__ import annotations

import random
from collections import defaultdict
from dataclasses import replace

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from everleaf import _core
from unit.core.offload import (
    ACK,
    CWR,
    DATA_VALID,
    FIN,
    HEADER,
    NEEDS_CSUM,
    PSH,
    THERE,
    UDP,
    Segment,
    is_valid,
    ones_sum,
)

TIMESTAMPS = bytes.fromhex("0101080a0000000100000002")
ECE, RST = 64, 4  # flags
CE = 3 << 20  # congestion experienced, in the first word of IPv6

PAYLOAD = st.builds(lambda size, seed: random.Random(seed).randbytes(size), st.integers(1, 3000), st.integers(0, 9))
SEGMENT = st.builds(
    Segment,
    PAYLOAD,
    seq=st.sampled_from([0, 5, 2**31, 2**32 - 1000]),
    flags=st.sampled_from([ACK, ACK | PSH, ACK | FIN, ACK | PSH | FIN, ACK | CWR, ACK | CWR | PSH, ACK | ECE]),
    options=st.sampled_from([b"", TIMESTAMPS, bytes(40)]),
    hops=st.integers(0, 255),
)


def uncut(frames: list[bytes]) -> list[bytes]:
    """The packets that the host sees."""
    return [piece for frame in frames for piece in _core.cut(frame) or pytest.fail(frame.hex())]


# --- cutting ----------------------------------------------------------------------------------------------------------


@settings(deadline=None)  # plain Python sums every byte
@given(SEGMENT, st.integers(30, 3000))
def test_superpacket_is_cut_into_what_would_have_been_sent(whole: Segment, size: int) -> None:
    assert _core.cut(whole.behind_header(size)) == whole.cut(size)


@settings(deadline=None)
@given(PAYLOAD, st.integers(30, 3000))
def test_datagrams_are_cut_apart(payload: bytes, size: int) -> None:
    whole = Segment(payload, protocol=UDP)
    assert _core.cut(whole.behind_header(size)) == whole.cut(size)


@given(PAYLOAD, st.sampled_from([6, UDP]))
def test_single_packet_gets_its_whole_checksum(payload: bytes, protocol: int) -> None:
    packet = Segment(payload, protocol=protocol)
    assert _core.cut(packet.behind_header()) == [packet.encode()]
    assert is_valid(packet.encode())


def test_packet_that_asks_for_nothing_is_as_it_was() -> None:
    packet = Segment(b"payload").encode(complete=False)
    assert _core.cut(bytes(10) + packet) == [packet]
    assert _core.cut(HEADER.pack(DATA_VALID, 0, 0, 0, 0, 0) + packet) == [packet]


def test_verified_superpacket_is_cut_and_unverified_one_is_not() -> None:
    """Without a word about the checksum nobody has looked at it, and cutting would make a wrong one right."""
    whole = Segment(bytes(3000))
    assert _core.cut(HEADER.pack(DATA_VALID, 4, 0, 1000, 0, 0) + whole.encode()) == whole.cut(1000)
    assert _core.cut(HEADER.pack(0, 4, 0, 1000, 40, 16) + whole.encode()) is None


@pytest.mark.parametrize(
    "header",
    [
        (NEEDS_CSUM, 0, 0, 0, 2999, 16),  # the checksum would be behind the end
        (NEEDS_CSUM, 0, 0, 0, 0xFFFF, 0xFFFF),
        (NEEDS_CSUM, 4, 60, 0, 40, 16),  # segments of nothing
        (NEEDS_CSUM, 4, 60, 1000, 39, 16),  # inside IPv6
        (NEEDS_CSUM, 4, 60, 1000, 2990, 16),  # no whole header of TCP
        (NEEDS_CSUM, 4, 60, 1000, 60, 16),  # its length is 0 there
        (NEEDS_CSUM, 5, 48, 1000, 40, 6),  # not UDP
        (NEEDS_CSUM, 1, 60, 1000, 40, 16),  # IPv4
        (NEEDS_CSUM, 3, 60, 1000, 40, 16),  # fragments of UDP, of old
        (NEEDS_CSUM, 0x80, 60, 1000, 40, 16),
    ],
)
def test_header_that_does_not_fit_its_packet_is_refused(header: tuple[int, ...]) -> None:
    assert _core.cut(HEADER.pack(*header) + Segment(bytes(2940)).encode()) is None


@pytest.mark.parametrize("start", [0, 8, 39])
def test_transport_inside_the_header_of_ipv6_is_refused(start: int) -> None:
    """Though the addresses look like a header there."""
    frame = Segment(bytes(2940), source=b"\xff" * 16, dest=b"\xff" * 16).encode()
    assert _core.cut(HEADER.pack(NEEDS_CSUM, 4, 60, 1000, start, 16) + b"\x6f" + b"\xff" * 39 + frame[40:]) is None


def test_superpacket_of_headers_alone_is_refused() -> None:
    assert _core.cut(Segment(b"").behind_header(1000)) is None


# --- joining ----------------------------------------------------------------------------------------------------------


def flow(sizes: list[int], **same: object) -> list[Segment]:
    """Segments that follow each other."""
    segments, seq = [], 2**32 - 2000
    for number, size in enumerate(sizes):
        payload = random.Random(number).randbytes(size)
        segments.append(replace(Segment(payload, seq), **same))  # type: ignore[arg-type]
        seq += size
    return segments


def encoded(segments: list[Segment]) -> list[bytes]:
    return [segment.encode() for segment in segments]


def test_segments_of_a_flow_become_one_superpacket() -> None:
    segments = flow([1000, 1000, 1000, 300], options=TIMESTAMPS)
    (joined,) = _core.join(encoded(segments))
    whole = replace(segments[0], payload=b"".join(segment.payload for segment in segments))
    assert joined == whole.behind_header(1000)
    assert uncut([joined]) == encoded(segments)


def test_superpacket_ends_at_a_push_and_has_it() -> None:
    segments = flow([1000] * 6)
    segments[3] = replace(segments[3], flags=ACK | PSH)
    joined = _core.join(encoded(segments))
    assert [len(frame) - 10 - 60 for frame in joined] == [4000, 2000]
    assert uncut(joined) == encoded(segments)


def test_nothing_is_joined_behind_a_push() -> None:
    segments = flow([1000] * 3)
    segments[0] = replace(segments[0], flags=ACK | PSH)
    joined = _core.join(encoded(segments))
    assert [len(frame) - 10 - 60 for frame in joined] == [1000, 2000]
    assert uncut(joined) == encoded(segments)


def test_superpacket_has_at_most_64_segments_and_64_kib() -> None:
    small, large = encoded(flow([10] * 100)), encoded(flow([9000] * 8))
    assert [len(frame) - 70 for frame in _core.join(small)] == [640, 360]
    assert [len(frame) - 70 for frame in _core.join(large)] == [63000, 9000]


def test_datagrams_of_a_flow_become_one_superpacket() -> None:
    datagrams = flow([100, 100, 100, 30, 30], protocol=UDP, flow=0x60000000 | CE)
    first, last = _core.join(encoded(datagrams))  # a short one is the end
    whole = replace(datagrams[0], payload=b"".join(each.payload for each in datagrams[:4]))
    assert first == whole.behind_header(100)
    assert last == bytes(10) + datagrams[4].encode()
    assert uncut([first, last]) == encoded(datagrams)


def test_datagrams_do_not_join_the_segments_of_the_same_ports() -> None:
    packets = encoded([*flow([100, 100]), *flow([100, 100], protocol=UDP)])
    assert [frame[1] for frame in _core.join(packets)] == [4, 5]


DATAGRAM_CHANGES = {
    "another hop limit": {"hops": 63},
    "a mark of congestion": {"flow": 0x60000000 | CE},
    "another flow label": {"flow": 0x60000001},
    "more payload than the first": {"payload": bytes(101)},
    "no payload": {"payload": b""},
}


@pytest.mark.parametrize("change", DATAGRAM_CHANGES)
def test_datagram_with_a_difference_is_not_joined_and_does_not_overtake(change: str) -> None:
    datagrams = flow([100, 100, 100], protocol=UDP)
    datagrams[2] = replace(datagrams[2], **DATAGRAM_CHANGES[change])  # type: ignore[arg-type]
    joined = _core.join(encoded(datagrams))
    assert [len(frame) for frame in joined] == [10 + 48 + 200, 10 + len(datagrams[2].encode())]
    assert uncut(joined) == encoded(datagrams)


@pytest.mark.parametrize("spoil", [{40: 1}, {44: 1}, {45: 1}, {46: 1}, {99: 1}, {46: None, 47: None}])
@pytest.mark.parametrize("which", range(3))
def test_datagram_the_host_would_refuse_goes_through_alone_and_unchanged(
    spoil: dict[int, int | None], which: int
) -> None:
    """A wrong port or payload, a wrong length, a wrong checksum and none."""
    packets = encoded(flow([100, 100, 100], protocol=UDP))
    spoilt = bytearray(packets[which])
    for at, flip in spoil.items():
        spoilt[at] = 0 if flip is None else spoilt[at] ^ flip
    packets[which] = bytes(spoilt)
    joined = _core.join(packets)
    assert bytes(10) + packets[which] in joined
    assert sorted(uncut(joined)) == sorted(packets)


CHANGES = {
    "a gap": {"seq": 1},
    "another acknowledgement": {"ack": 8},
    "another window": {"window": 501},
    "another time stamp": {"options": TIMESTAMPS[:-1] + b"\3"},
    "more options": {"options": TIMESTAMPS + bytes(4)},
    "another hop limit": {"hops": 63},
    "another traffic class": {"flow": 0x60400000},
    "another flow label": {"flow": 0x60000001},
    "congestion experienced": {"flow": 0x60000000 | CE},
    "an urgent pointer": {"urgent": 1},
    "an end": {"flags": ACK | FIN},
    "a reset": {"flags": ACK | RST},
    "a congestion echo": {"flags": ACK | ECE},
    "a reduced window": {"flags": ACK | CWR},
    "no acknowledgement": {"flags": 0},
    "more payload than the first": {"payload": bytes(1001)},
    "no payload": {"payload": b""},
}


@pytest.mark.parametrize("change", CHANGES)
def test_segment_with_a_difference_is_not_joined_and_does_not_overtake(change: str) -> None:
    segments = flow([1000, 1000, 1000], options=TIMESTAMPS)
    segments[2] = replace(segments[2], **CHANGES[change])  # type: ignore[arg-type]
    joined = _core.join(encoded(segments))
    assert [len(frame) for frame in joined] == [10 + 72 + 2000, 10 + len(segments[2].encode())]
    assert joined[1][:10] == bytes(10)
    assert uncut(joined) == encoded(segments)


@pytest.mark.parametrize("marked", [{"flow": 0x60000000 | CE}, {"reserved": 1}], ids=["in IPv6", "in TCP"])
def test_marks_of_congestion_are_never_joined(marked: dict[str, int]) -> None:
    packets = encoded(flow([1000] * 3, **marked))
    assert _core.join(packets) == [bytes(10) + packet for packet in packets]


@pytest.mark.parametrize("wrong", range(4))
@pytest.mark.parametrize("at", [47, 51, 55, 56, 60, 1059])  # sequence, acknowledgement, window, checksum, payload
def test_segment_with_a_wrong_checksum_goes_through_alone_and_unchanged(wrong: int, at: int) -> None:
    packets = encoded(flow([1000] * 4))
    spoilt = bytearray(packets[wrong])
    spoilt[at] ^= 1
    packets[wrong] = bytes(spoilt)
    assert not is_valid(packets[wrong])
    joined = _core.join(packets)
    assert bytes(10) + packets[wrong] in joined
    assert uncut(joined) == packets
    assert sum(not is_valid(packet) for packet in uncut(joined)) == 1


@pytest.mark.parametrize("spoil", [lambda packet: packet + b"\0", lambda packet: packet[:-1]])
def test_packet_whose_length_is_not_what_it_says_goes_through_alone(spoil: object) -> None:
    packets = encoded(flow([1000] * 3))
    packets[1] = spoil(packets[1])  # type: ignore[operator]
    assert [frame[10:] for frame in _core.join(packets)] == packets


@pytest.mark.parametrize(
    ("header", "overtakes"), [(0, False), (44, False), (43, False), (59, False), (17, True), (58, True)]
)
def test_what_may_hide_a_segment_does_not_overtake(header: int, *, overtakes: bool) -> None:
    waiting = encoded(flow([1000, 1000]))
    packet = bytearray(Segment(bytes(100), ports=(1, 2)).encode())
    packet[6] = header
    joined = _core.join([*waiting, bytes(packet)])
    assert (joined[0] == bytes(10) + packet) == overtakes
    assert len(joined) == 2


def test_eight_flows_wait_at_a_time_and_others_pass() -> None:
    flows = [encoded(flow([500, 500, 500], ports=(port, 1))) for port in range(9)]
    joined = _core.join([packets[n] for n in range(3) for packets in flows])
    assert joined[:3] == [bytes(10) + packet for packet in flows[8]]
    assert [len(frame) for frame in joined[3:]] == [10 + 60 + 1500] * 8


MIXED = st.lists(
    st.builds(
        Segment,
        st.integers(0, 40).map(lambda size: bytes(range(size))),
        seq=st.integers(0, 200).map(lambda n: n * 10),
        flags=st.sampled_from([ACK, ACK, ACK, ACK | PSH, ACK | FIN]),
        ports=st.tuples(st.integers(1, 2), st.just(1)),
        dest=st.sampled_from([THERE, THERE[:-1] + b"\0"]),
        protocol=st.sampled_from([6, 6, 6, 17]),
    ),
    max_size=40,
)


@settings(deadline=None)
@given(MIXED, st.lists(st.integers(1, 12), max_size=30), st.sets(st.integers(0, 60)))
def test_cutting_undoes_joining_for_every_flow(odd: list[Segment], sizes: list[int], spoilt: set[int]) -> None:
    """In order within each flow; a spoilt packet stays spoilt, and no other one is."""
    packets = encoded([*flow(sorted(sizes, reverse=True)), *odd, *flow([8] * 9, ports=(3, 3))])
    packets = [packet[:-1] + bytes([packet[-1] ^ 1]) if n in spoilt else packet for n, packet in enumerate(packets)]

    def by_flow(all_of_them: list[bytes]) -> dict[bytes, list[bytes]]:
        flows = defaultdict(list)
        for packet in all_of_them:
            flows[packet[6:7] + packet[8:44]].append(packet)
        return flows

    assert by_flow(uncut(_core.join(packets))) == by_flow(packets)


def test_checksum_reference_knows_the_example_of_the_standard() -> None:
    assert ones_sum(bytes.fromhex("0001f203f4f5f6f7")) == 0xDDF2  # RFC 1071, section 3
