"""Addresses, subnets and partial keys against those of the real program."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from everleaf import address
from vectors.captured import MESH, NODE

EDGE_CASES = NODE["address_edge_cases"]
KEYS = [*NODE["address_and_keys"], *MESH["address"]]
DESTINATIONS = NODE["address_to_partial_key"]

keys = st.one_of(
    st.binary(min_size=32, max_size=32),
    st.integers(0, 255).flatmap(lambda zeros: st.integers(0, 2 ** (256 - zeros) - 1).map(lambda n: n.to_bytes(32))),
)


def by_key(vector):
    return vector["public_key"][:40]


@pytest.mark.parametrize("v", [*KEYS, *EDGE_CASES], ids=by_key)
def test_address_matches_vectors(v):
    derived = address.address_of(bytes.fromhex(v["public_key"]))
    assert address.text(derived) == v["address"]
    assert address.parse(v["address"]) == derived
    assert derived.hex() == v.get("address_hex", derived.hex())


@pytest.mark.parametrize("v", KEYS, ids=by_key)
def test_subnet_matches_vectors(v):
    derived = address.subnet_of(bytes.fromhex(v["public_key"]))
    assert address.text_subnet(derived) == v["subnet"]
    assert address.parse_subnet(v["subnet"]) == derived
    assert derived.hex() == v.get("subnet_hex", derived.hex())


@pytest.mark.parametrize("v", NODE["address_and_keys"], ids=by_key)
def test_partial_keys_match_vectors(v):
    key = bytes.fromhex(v["public_key"])
    assert address.key_of_address(address.address_of(key)).hex() == v["partial_key_from_address"]
    assert address.key_of_subnet(address.subnet_of(key)).hex() == v["partial_key_from_subnet"]


@pytest.mark.parametrize("v", MESH["address"], ids=by_key)
def test_lookup_and_bloom_keys_match_vectors(v):
    key = bytes.fromhex(v["public_key"])
    assert address.key_of_address(address.address_of(key)).hex() == v["lookup_key_from_address"]
    assert address.key_of_subnet(address.subnet_of(key)).hex() == v["lookup_key_from_subnet"]
    assert address.transform(key).hex() == v["bloom_key"]


@pytest.mark.parametrize("v", DESTINATIONS, ids=lambda v: v["destination"])
def test_partial_key_of_a_destination_matches_captured_lookups(v):
    key_of = {"address": address.key_of_address, "subnet": address.key_of_subnet}[v["kind"]]
    assert key_of(address.parse(v["destination"])).hex() == v["partial_key"]


@given(keys)
def test_transform_is_the_same_for_full_and_partial_keys(key):
    transformed = address.transform(key)
    assert address.transform(transformed) == transformed
    assert address.transform(address.key_of_subnet(address.subnet_of(key))) == transformed


@given(keys)
def test_transform_of_the_partial_key_from_an_address_is_that_of_the_key(key):
    assert address.transform(address.key_of_address(address.address_of(key))) == address.transform(key)


@given(st.binary(min_size=16, max_size=16))
def test_partial_key_exists_for_every_address(packed):
    assert len(address.key_of_address(packed)) == len(address.key_of_subnet(packed)) == 32


@pytest.mark.parametrize(
    ("packed", "text"),
    [
        ("02000000000000000000000000000000", "200::"),
        ("02010001000000020003000400050006", "201:1:0:2:3:4:5:6"),
        ("02010000000000020003000000000006", "201::2:3:0:0:6"),
        ("0201abcd000000020000000000050006", "201:abcd:0:2::5:6"),
    ],
)
def test_text_is_that_of_rfc_5952(packed, text):
    assert address.text(bytes.fromhex(packed)) == text


@pytest.mark.parametrize("text", ["", "::1", "400::", "fe80::1", "1.2.3.4", "200::/7", "200::1%eth0"])
def test_parse_refuses_what_is_no_overlay_address(text):
    with pytest.raises(ValueError, match=r"\S"):
        address.parse(text)


@pytest.mark.parametrize("text", ["", "200::/64", "300::/63", "300::1/64", "300::"])
def test_parse_subnet_refuses_what_is_no_subnet(text):
    with pytest.raises(ValueError, match=r"\S"):
        address.parse_subnet(text)


@pytest.mark.parametrize(
    ("first", "verdict"), [(0x01, False), (0x02, True), (0x03, True), (0x04, False), (0xFE, False)]
)
def test_is_overlay_knows_its_two_prefixes(first, verdict):
    assert address.is_overlay(bytes((first,)) + bytes(15)) is verdict
