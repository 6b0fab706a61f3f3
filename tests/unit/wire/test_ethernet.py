"""Ethernet frames, and which of them are packets."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from everleaf.errors import WireError
from everleaf.wire.ethernet import HEADER_SIZE, IPV6, Frame, Way, group_of, judge

HOST, OURS = bytes.fromhex("0a0102030405"), bytes.fromhex("020000000002")
HEAD = OURS + HOST + b"\x86\xdd"
SOURCE, DEST = b"\x02" * 16, b"\x03" * 16


def ipv6(payload: bytes, header: int = 17) -> bytes:
    return b"\x60\0\0\0" + len(payload).to_bytes(2) + bytes((header, 64)) + SOURCE + DEST + payload


def test_frame_is_its_header_and_what_follows():
    frame = Frame(OURS, HOST, IPV6, b"abc")
    assert frame.encode() == HEAD + b"abc"
    assert Frame.decode(HEAD + b"abc") == frame


@pytest.mark.parametrize("size", range(HEADER_SIZE))
def test_frame_without_its_whole_header_is_refused(size):
    with pytest.raises(WireError):
        Frame.decode(HEAD[:size])


def test_frame_from_a_group_is_refused():
    """An answer would go to everybody."""
    with pytest.raises(WireError, match="is a group"):
        Frame.decode(OURS + b"\xff" * 6 + b"\x86\xdd")


def test_group_has_the_tail_of_the_address():
    assert group_of(bytes.fromhex("ff0200000000000000000001ff050607")).hex(":") == "33:33:ff:05:06:07"


@pytest.mark.parametrize(
    ("frame", "way"),
    [
        (b"", Way.SHORT),
        (HEAD[:13], Way.SHORT),
        (HEAD, Way.SHORT),
        (HEAD + ipv6(b"")[:39], Way.SHORT),
        (OURS + HOST + b"\x08\x06" + bytes(28), Way.FOREIGN),
        (OURS + HOST + b"\x08\x00\x45" + bytes(60), Way.FOREIGN),
        (OURS + HOST + b"\x81\x00\x00\x01\x86\xdd" + ipv6(b""), Way.FOREIGN),
        (HEAD + b"\x45" + bytes(60), Way.PACKET),  # which the packet path refuses
        (HEAD + ipv6(b""), Way.PACKET),
        (HEAD + ipv6(b"", 58), Way.PACKET),
        (HEAD + ipv6(b"\x84", 58), Way.PACKET),
        (HEAD + ipv6(b"\x85", 58), Way.NEIGHBOUR),
        (HEAD + ipv6(b"\x89", 58), Way.NEIGHBOUR),
        (HEAD + ipv6(b"\x8a", 58), Way.PACKET),
        (HEAD + ipv6(b"\x87", 0), Way.PACKET),
        (HEAD + ipv6(b"\x80" + bytes(30), 58), Way.PACKET),
    ],
)
def test_frame_goes_where_its_headers_say(frame, way):
    assert judge(frame) == (way, len(frame))


@given(st.binary(max_size=50), st.binary(max_size=50))
def test_padding_is_cut_off(payload, padding):
    packet = ipv6(payload)
    assert judge(HEAD + packet + padding) == (Way.PACKET, HEADER_SIZE + len(packet))


def test_type_in_the_padding_is_none():
    """A message of no bytes has no type, whatever a wire put behind it."""
    assert judge(HEAD + ipv6(b"", 58) + b"\x87") == (Way.PACKET, HEADER_SIZE + 40)
