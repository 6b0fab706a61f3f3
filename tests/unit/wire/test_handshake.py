"""The greeting against captured ones, and 0.5.14's rules about its fields."""

import dataclasses

import pytest
from hypothesis import given
from hypothesis import strategies as st

from everleaf.errors import WireError
from everleaf.wire.handshake import META_MAX, Meta
from vectors.captured import MESH, NODE

KEY = bytes(range(32))
SIGNATURE = bytes(range(64))

major = "0000 0002 0000"
minor = "0001 0002 0005"
key = f"0002 0020 {KEY.hex()}"
priority = "0003 0001 07"


def greeting(*fields, signature=SIGNATURE):
    body = bytes.fromhex("".join(fields)) + signature
    return b"meta" + len(body).to_bytes(2) + body


@pytest.mark.parametrize("v", MESH["handshake"], ids=lambda v: f"{v['node']} {v['password']}")
def test_meta_matches_vectors(v):
    data, fields = bytes.fromhex(v["hex"]), v["fields"]
    meta = Meta(
        key=bytes.fromhex(fields["public_key"]),
        priority=fields["priority"],
        signature=bytes.fromhex(fields["signature"]),
        major=fields["major"],
        minor=fields["minor"],
    )
    assert (meta.encode(), Meta.decode(data)) == (data, meta)


@pytest.mark.parametrize("side", ["client_meta", "node_meta"])
def test_meta_of_a_captured_link_comes_back(side):
    data = bytes.fromhex(NODE["link_frames_captured_0_5_12"][side])
    assert Meta.decode(data).encode() == data


@pytest.mark.parametrize(
    "fields",
    [
        (major, minor, key, priority, "004d 0003 616263"),
        (priority, key, minor, major),
        ("0001 0002 0004", major, minor, key, priority),
    ],
    ids=["unknown type", "other order", "repeated, last counts"],
)
def test_meta_takes_fields_as_the_reference_does(fields):
    assert Meta.decode(greeting(*fields)) == Meta(KEY, 7, SIGNATURE)


def test_meta_without_priority_and_version_counts_them_as_zero():
    assert Meta.decode(greeting(key)) == Meta(KEY, 0, SIGNATURE, major=0, minor=0)


def test_meta_of_another_version_is_read_so_that_control_can_say_so():
    meta = Meta.decode(greeting("0000 0002 0001", "0001 0002 0006", key))
    assert (meta.major, meta.minor) == (1, 6)


@pytest.mark.parametrize(
    "data",
    [
        b"atem" + greeting(major, minor, key)[4:],
        b"meta\x00\x3f" + bytes(63),
        greeting(major, minor, priority),
        greeting(major, minor, key, "000000"),
        greeting(major, minor, key, "004d 0004 616263"),
        greeting(major, minor, key, "0003 0002 0700"),
        greeting(major, minor, key, "0003 0000"),
        greeting(major, minor, "0002 001f" + KEY[1:].hex()),
        greeting(major, minor, key) + b"\0",
        greeting(key, f"004d {META_MAX:04x}" + "00" * META_MAX),
    ],
    ids=[
        "no magic", "unsigned", "no key", "stray bytes", "field overruns", "long priority", "empty priority",
        "short key", "trailing byte", "huge",
    ],
)  # fmt: skip
def test_meta_refuses(data):
    with pytest.raises(WireError):
        Meta.decode(data)


def test_meta_is_refused_when_cut():
    data = greeting(major, minor, key, priority)
    for size in range(len(data)):
        with pytest.raises(WireError):
            Meta.decode(data[:size])


@given(st.binary(max_size=200), st.binary(min_size=64, max_size=64))
def test_meta_decode_raises_nothing_but_wire_error(fields, signature):
    try:
        first = Meta.decode(greeting(fields.hex(), signature=signature))
    except WireError:
        return
    assert Meta.decode(first.encode()) == first


@given(
    st.builds(
        Meta,
        key=st.binary(min_size=32, max_size=32),
        priority=st.integers(0, 255),
        signature=st.binary(min_size=64, max_size=64),
        major=st.integers(0, 65535),
        minor=st.integers(0, 65535),
    )
)
def test_meta_comes_back(meta):
    assert Meta.decode(meta.encode()) == meta
    assert dataclasses.replace(meta).encode() == meta.encode()
