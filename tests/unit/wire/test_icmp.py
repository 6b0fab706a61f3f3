"""The ICMPv6 errors a node makes."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from everleaf.errors import WireError
from everleaf.wire.icmp import Header, Reason, packet_too_big, unreachable
from vectors.captured import NODE

HERE = bytes.fromhex("02" * 16)
THERE = bytes.fromhex("020a" * 8)
PACKET = bytes.fromhex("6000000000033aff") + HERE + THERE + b"abc"


def checksum_holds(packet):
    """RFC 4443 2.3, added up two bytes at a time as a receiver does."""
    summed = packet[8:40] + (len(packet) - 40).to_bytes(4) + bytes((0, 0, 0, 58)) + packet[40:]
    summed += bytes(len(summed) % 2)
    total = 0
    for at in range(0, len(summed), 2):
        total += int.from_bytes(summed[at : at + 2])
        total = (total & 0xFFFF) + (total >> 16)
    return total == 0xFFFF


def test_packet_too_big_matches_the_captured_one():
    v = NODE["icmpv6_packet_too_big_0_5_12"]
    assert packet_too_big(bytes.fromhex(v["offending_first_512"]), 1280).hex() == v["ptb"]


def test_packet_too_big_may_come_from_elsewhere():
    assert Header.decode(packet_too_big(PACKET, 1280, source=HERE)) == Header(HERE, HERE, 8 + len(PACKET))


@pytest.mark.parametrize("reason", Reason)
def test_unreachable_says_why_and_quotes_the_packet(reason):
    answer = unreachable(PACKET, reason, source=THERE)
    assert Header.decode(answer) == Header(THERE, HERE, len(answer) - 40)
    assert (answer[6], answer[7], answer[40], answer[41]) == (58, 255, 1, reason)
    assert answer[44:48] == bytes(4)
    assert answer[48:] == PACKET
    assert checksum_holds(answer)


@given(st.binary(max_size=600), st.integers(1280, 65535))
def test_errors_have_a_checksum_that_holds_and_a_bounded_size(content, mtu):
    answer = packet_too_big(PACKET + content, mtu)
    assert checksum_holds(answer)
    assert int.from_bytes(answer[44:48]) == mtu
    assert len(answer) == 48 + min(len(PACKET + content), 512)


@pytest.mark.parametrize("packet", [b"", PACKET[:39], b"\x45" + PACKET[1:]], ids=["empty", "short", "IPv4"])
def test_header_refuses_what_is_not_ipv6(packet):
    with pytest.raises(WireError):
        Header.decode(packet)
    with pytest.raises(WireError):
        packet_too_big(packet, 1280)


def test_header_is_read_without_judging_its_length():
    assert Header.decode(PACKET[:40]) == Header(HERE, THERE, 3)
