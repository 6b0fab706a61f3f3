"""Messages that each system's own headers made (`tests/vectors/routing.json`), and what no kernel should send."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from everleaf.host.abi import Abi, load
from everleaf.host.bsd.routing.message import (
    AddressMessage,
    BareMessage,
    InterfaceMessage,
    RouteMessage,
    decode,
    encode,
    encode_get,
)
from everleaf.host.route import Route

VECTORS = json.loads((Path(__file__).parents[4] / "vectors/routing.json").read_text())
MESH = bytes([2]) + bytes(15)
NODE = bytes.fromhex("02000001000200030004000500060007")
BY_ADDRESS = ("netbsd", "openbsd")  # these name the interface of a route by its address


def system(target: str) -> Abi:
    cpu, _, name = target.partition("-")
    return load({"macos": "darwin"}.get(name, name), cpu)


def vector(target: str, name: str) -> bytes:
    return bytes.fromhex(VECTORS[target][name])


def mesh_route(abi: Abi) -> Route:
    return Route(MESH, 7, own=NODE) if abi.system in BY_ADDRESS else Route(MESH, 7, index=7)


targets = pytest.mark.parametrize("target", VECTORS)


def test_vectors_cover_four_systems_both_byte_orders_and_both_word_sizes() -> None:
    abis = [system(target) for target in VECTORS]
    assert {abi.system for abi in abis} == {"freebsd", "netbsd", "openbsd", "darwin"}
    assert {(abi.byteorder, abi.sizeof("long")) for abi in abis} == {("little", 8), ("little", 4), ("big", 8)}


@targets
def test_add_route_is_byte_for_byte_what_the_headers_make(target: str) -> None:
    abi = system(target)
    pid = 4242 if abi.system == "openbsd" else 0
    assert encode(abi, abi["RTM_ADD"], mesh_route(abi), 1, pid).hex() == VECTORS[target]["add_route"]


@targets
def test_add_route_reads_back(target: str) -> None:
    abi = system(target)
    [message] = decode(abi, vector(target, "add_route"))
    assert isinstance(message, RouteMessage)
    assert (message.kind, message.sequence, message.error) == (abi["RTM_ADD"], 1, 0)
    assert (message.destination, message.prefix_length) == (MESH, 7)
    assert message.flags == abi["RTF_UP"] | abi["RTF_STATIC"]
    assert (message.index, message.gateway) == ((0, NODE) if abi.system in BY_ADDRESS else (7, b""))


@targets
@pytest.mark.parametrize(("name", "prefix_length"), [("new_addr", 7), ("zero_len", 0)])
def test_new_address_is_read_with_a_short_or_an_empty_netmask(target: str, name: str, prefix_length: int) -> None:
    abi = system(target)
    [message] = decode(abi, vector(target, name))
    assert message == AddressMessage(abi["RTM_NEWADDR"], 7, "tun7", NODE, prefix_length)


@targets
def test_interface_message_tells_flags_and_mtu(target: str) -> None:
    abi = system(target)
    [message] = decode(abi, vector(target, "if_up"))
    flags = abi["IFF_UP"] | abi["IFF_RUNNING"] | abi["IFF_POINTOPOINT"]
    assert message == InterfaceMessage(abi["RTM_IFINFO"], 7, flags, 1280, "")


@targets
def test_lookup_carries_the_destination_alone(target: str) -> None:
    abi = system(target)
    [message] = decode(abi, encode_get(abi, NODE, 9, 77))
    assert isinstance(message, RouteMessage)
    assert (message.kind, message.destination, message.prefix_length) == (abi["RTM_GET"], NODE, 128)
    assert (message.pid, message.sequence) == (77, 9)


@targets
def test_several_messages_in_one_read_all_come(target: str) -> None:
    abi = system(target)
    data = vector(target, "add_route") + vector(target, "new_addr") + vector(target, "if_up")
    assert [type(message) for message in decode(abi, data)] == [RouteMessage, AddressMessage, InterfaceMessage]


@targets
def test_a_length_of_nonsense_ends_the_reading(target: str) -> None:
    abi = system(target)
    good = vector(target, "if_up")
    for length in (0, 1, 3, len(good) + 1, 0xFFFF):
        bad = length.to_bytes(2, abi.byteorder) + good[2:]
        assert len(list(decode(abi, good + bad))) == 1


@targets
def test_a_wrong_version_is_skipped_alone(target: str) -> None:
    abi = system(target)
    good = vector(target, "if_up")
    bad = good[:2] + bytes([99]) + good[3:]
    assert len(list(decode(abi, bad + good))) == 1


@targets
def test_an_unknown_type_comes_bare(target: str) -> None:
    abi = system(target)
    good = vector(target, "if_up")
    assert list(decode(abi, good[:3] + bytes([250]) + good[4:])) == [BareMessage(250)]


@targets
@pytest.mark.parametrize("name", ["add_route", "if_up", "new_addr"])
def test_a_message_cut_anywhere_never_raises(target: str, name: str) -> None:
    """The length is set to what is left, so the header and each address of the row get cut in turn."""
    abi = system(target)
    whole = vector(target, name)
    for size in range(4, len(whole)):
        assert len(list(decode(abi, size.to_bytes(2, abi.byteorder) + whole[2:size]))) <= 1


@targets
def test_an_address_bit_without_room_leaves_the_rest_out(target: str) -> None:
    abi = system(target)
    header = vector(target, "add_route")[: abi.sizeof("rt_msghdr")]
    [message] = decode(abi, len(header).to_bytes(2, abi.byteorder) + header[2:])
    assert isinstance(message, RouteMessage)
    assert (message.destination, message.gateway) == (b"", b"")


@targets
def test_an_address_longer_than_the_message_is_left_out(target: str) -> None:
    abi = system(target)
    whole = bytearray(vector(target, "add_route"))
    whole[abi.sizeof("rt_msghdr")] = 255
    [message] = decode(abi, bytes(whole))
    assert isinstance(message, RouteMessage)
    assert message.destination == b""


def test_openbsd_addresses_start_where_the_message_says() -> None:
    """A newer kernel may have a longer header than the one we know."""
    abi = load("openbsd", "x86_64")
    old = vector("x86_64-openbsd", "new_addr")
    size = abi.sizeof("ifa_msghdr")
    new = (len(old) + 8).to_bytes(2, "little") + old[2:4] + (size + 8).to_bytes(2, "little") + old[6:size]
    [message] = decode(abi, new + bytes(8) + old[size:])
    assert message == AddressMessage(abi["RTM_NEWADDR"], 7, "tun7", NODE, 7)


@given(st.sampled_from(sorted(VECTORS)), st.binary(max_size=400))
def test_decode_raises_nothing_and_ends_on_any_bytes(target: str, data: bytes) -> None:
    assert len(list(decode(system(target), data))) <= len(data) // 4


@given(st.sampled_from(sorted(VECTORS)), st.sampled_from(["add_route", "if_up", "new_addr"]), st.data())
def test_decode_raises_nothing_on_a_message_with_bytes_changed(target: str, name: str, data: st.DataObject) -> None:
    message = bytearray(vector(target, name))
    for at, value in data.draw(
        st.dictionaries(st.integers(0, len(message) - 1), st.integers(0, 255), max_size=8)
    ).items():
        message[at] = value
    assert len(list(decode(system(target), bytes(message)))) <= len(message) // 4


@targets
def test_padding_is_the_one_each_system_documents(target: str) -> None:
    abi = system(target)
    assert abi["ROUTE_ALIGNMENT"] == {"netbsd": 8, "darwin": 4}.get(abi.system, abi.sizeof("long"))
