"""Solicitations and advertisements, and what of them is refused."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from everleaf.errors import WireError
from everleaf.wire import neighbour
from everleaf.wire.icmp import Message
from everleaf.wire.neighbour import Advertisement, Flags, Neighbour, Solicitation, decode, solicited_node
from unit.wire.linux_frames import DAD, HOST, HOST_MAC, MLD, ROUTER, SOLICITATION

HERE = bytes.fromhex("fe80" + "00" * 13 + "01")
THERE = bytes.fromhex("0201" + "00" * 13 + "02")
GROUP = bytes.fromhex("ff02" + "00" * 13 + "01")
MAC = bytes.fromhex("020000000002")

ADDRESS = st.binary(min_size=15, max_size=15).map(lambda rest: b"\x02" + rest)
MACS = st.one_of(st.just(b""), st.binary(min_size=5, max_size=5).map(lambda rest: b"\x02" + rest))
MESSAGES = st.one_of(
    st.builds(Solicitation, ADDRESS, ADDRESS, ADDRESS, MACS),
    st.builds(Advertisement, ADDRESS, ADDRESS, ADDRESS, st.sampled_from(Flags), MACS),
)


def packet(kind: int, body: bytes, *, source: bytes = HERE, dest: bytes = THERE, code: int = 0) -> bytes:
    """An ICMPv6 message whose checksum holds."""
    return Message(source, dest, kind, code, body).encode()


@given(MESSAGES)
def test_message_decodes_to_what_was_encoded(message: Neighbour):
    assert decode(message.encode()) == message
    assert type(message).decode(message.encode()) == message


@given(MESSAGES, st.data())
def test_any_flipped_bit_is_noticed(message: Neighbour, data: st.DataObject):
    encoded = bytearray(message.encode())
    bit = data.draw(st.integers(64, 8 * len(encoded) - 1))  # behind what no checksum covers
    encoded[bit // 8] ^= 1 << bit % 8
    with pytest.raises(WireError):
        decode(bytes(encoded))


@pytest.mark.parametrize(
    "message",
    [Solicitation(HERE, THERE, THERE, MAC), Advertisement(HERE, THERE, THERE, Flags.SOLICITED, MAC)],
    ids=["solicitation", "advertisement"],
)
def test_message_cut_anywhere_or_with_more_behind_is_refused(message: Neighbour):
    whole = message.encode()
    for size in range(len(whole)):
        with pytest.raises(WireError):
            decode(whole[:size])
    with pytest.raises(WireError):
        decode(whole + b"\0")


def test_solicitation_of_linux_is_read():
    target = bytes.fromhex("02010001000000000000000000000002")
    assert decode(SOLICITATION[14:]) == Solicitation(HOST, solicited_node(target), target, HOST_MAC)


def test_duplicate_address_detection_of_linux_comes_from_nobody():
    """With a nonce (RFC 7527), which is ignored."""
    own = bytes.fromhex("fe80000000000000080102fffe030405")
    assert decode(DAD[14:]) == Solicitation(bytes(16), solicited_node(own), own)


def test_router_solicitation_of_linux_is_nothing_for_us():
    assert decode(ROUTER[14:]) is None


def test_multicast_report_of_linux_is_no_neighbour_discovery():
    with pytest.raises(WireError, match="next header 0"):
        decode(MLD[14:])


def test_packet_from_beyond_the_wire_is_refused():
    forwarded = bytearray(Solicitation(HERE, THERE, THERE).encode())
    forwarded[7] = 254
    with pytest.raises(WireError, match="hop limit 254"):
        decode(bytes(forwarded))


@pytest.mark.parametrize(
    ("kind", "body", "changes"),
    [
        (135, bytes(4) + THERE, {"code": 1}),
        (135, bytes(4) + GROUP, {}),
        (135, bytes(4) + THERE + b"\x01\x00" + bytes(6), {}),
        (135, bytes(4) + THERE + b"\x01\x02" + bytes(6), {}),
        (135, bytes(4) + THERE + b"\x01\x02" + bytes(14), {}),
        (135, bytes(4) + THERE + b"\x01\x01" + b"\xff" * 6, {}),
        (135, bytes(4) + THERE + b"\x0e", {}),
        (135, bytes(4) + THERE + b"\x01\x01" + MAC, {"source": bytes(16), "dest": solicited_node(THERE)}),
        (135, bytes(4) + THERE, {"source": bytes(16)}),
        (136, b"\x40\0\0\0" + THERE, {"dest": GROUP}),
        (136, b"\x40\0\0\0" + THERE + b"\x02\x00" + bytes(6), {}),
        (136, b"\x40\0\0\0" + THERE[:-1], {}),
        (136, b"", {}),
    ],
)
def test_what_the_rfc_forbids_is_refused(kind, body, changes):
    with pytest.raises(WireError):
        decode(packet(kind, body, **changes))


def test_other_options_and_reserved_bits_are_ignored():
    body = b"\x5f\xff\xff\xff" + THERE + b"\x0e\x02" + bytes(14) + b"\x02\x01" + MAC
    assert decode(packet(136, body)) == Advertisement(HERE, THERE, THERE, Flags.SOLICITED, MAC)


def test_advertisement_to_everybody_is_fine_unless_it_was_asked_for():
    assert decode(packet(136, bytes(4) + THERE, dest=GROUP)) == Advertisement(HERE, GROUP, THERE, Flags(0))


def test_each_decoder_refuses_the_other_message():
    with pytest.raises(WireError, match="type 136"):
        Solicitation.decode(Advertisement(HERE, THERE, THERE, Flags.SOLICITED).encode())
    with pytest.raises(WireError, match="type 135"):
        Advertisement.decode(Solicitation(HERE, THERE, THERE).encode())


def test_solicited_node_has_the_last_three_bytes():
    assert neighbour.solicited_node(bytes(13) + b"\x05\x06\x07").hex() == "ff0200000000000000000001ff050607"
