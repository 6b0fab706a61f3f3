"""Every link message against the captured frames, and the cutting of streams."""

import dataclasses
import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from everleaf.errors import WireError
from everleaf.wire.codec import KEY_SIZE, MAX_UINT64, SIGNATURE_SIZE, put_uvarint
from everleaf.wire.frame import (
    MAX_FRAME,
    Announce,
    Bloom,
    Dummy,
    FrameType,
    Keepalive,
    PathBroken,
    PathLookup,
    PathNotify,
    SigReq,
    SigRes,
    Splitter,
    Traffic,
    decode,
    join,
)
from vectors.captured import MESH, NODE

RENAMED = {"from": "origin", "info_seq": "seq", "info_path": "coords"}
JUDGED_LATER = {"sigres bad sig", "announce bad sig", "announce port 0 nonself parent (valid sigs)"}
OPEN_ENDED = {FrameType.DUMMY, FrameType.KEEPALIVE, FrameType.TRAFFIC}

numbers = st.integers(0, MAX_UINT64)
paths = st.lists(st.integers(1, MAX_UINT64), max_size=5).map(tuple)
keys = st.binary(min_size=KEY_SIZE, max_size=KEY_SIZE)
signatures = st.binary(min_size=SIGNATURE_SIZE, max_size=SIGNATURE_SIZE)
messages = st.one_of(
    st.builds(Dummy),
    st.builds(Keepalive),
    st.builds(SigReq, numbers, numbers),
    st.builds(SigRes, numbers, numbers, numbers, signatures),
    st.builds(Announce, keys, keys, numbers, numbers, numbers, signatures, signatures),
    st.builds(Bloom, st.integers(0, 2**8192 - 1)),
    st.builds(PathLookup, keys, keys, paths),
    st.builds(PathNotify, paths, numbers, keys, keys, numbers, paths, signatures),
    st.builds(PathBroken, paths, numbers, keys, keys),
    st.builds(Traffic, paths, paths, keys, keys, numbers, st.binary(max_size=300)),
)


def split(stream):
    return Splitter().feed(stream)


def split_bytewise(stream):
    splitter = Splitter()
    return [frame for n in range(len(stream)) for frame in splitter.feed(stream[n : n + 1])]


def captured_frames():
    """Every frame the real program sent in a capture, without its length."""
    streams = [v["frame"] for v in MESH["frames"]]
    streams += [f["hex"] for link in MESH["transcripts"]["links"] for f in link["frames"]]
    streams += [f["frame"] for case in MESH["cases"]["list"] for f in case["output"]]
    frames = [frame for stream in streams for frame in split(bytes.fromhex(stream))]
    frames += [
        bytes((f["type_byte"],)) + bytes.fromhex(f["body"]) for f in NODE["link_frames_captured_0_5_12"]["frames"]
    ]
    return sorted(set(frames))


CAPTURED = captured_frames()


def field(name, value):
    """A vector's field as the message has it."""
    match name, value:
        case "bits", _:
            return sum(1 << bit for bit in value)
        case _, list():
            return tuple(map(int, value))
        case (("seq" | "nonce" | "port" | "watermark" | "info_seq"), _):
            return int(value)
    return bytes.fromhex(value)


@pytest.mark.parametrize("v", MESH["frames"], ids=lambda v: v["name"])
def test_frame_matches_vectors(v):
    stream = bytes.fromhex(v["frame"])
    [frame] = split(stream)
    message = decode(frame)
    fields = {RENAMED.get(k, k): field(k, x) for k, x in v["fields"].items() if k != "payload_len"}
    assert v["type"] == message.TYPE
    assert {f.name: getattr(message, f.name) for f in dataclasses.fields(message)} == fields
    assert join(message.frame()) == stream


def test_frame_comes_back_byte_for_byte_from_every_capture():
    assert {frame[0] for frame in CAPTURED} == set(FrameType) - {FrameType.DUMMY}
    assert [decode(frame).frame() for frame in CAPTURED] == CAPTURED


@pytest.mark.parametrize("v", MESH["link_errors"]["list"], ids=lambda v: v["name"])
def test_frame_is_refused_where_the_reference_closes_the_link(v):
    if v["input"] is None:
        size, fill = re.fullmatch(r"uvarint\((\d+)\) then 00 then (\d+) bytes of 78", v["input_rule"]).groups()
        stream = put_uvarint(int(size)) + b"\0" + b"\x78" * int(fill)
    else:
        stream = bytes.fromhex(v["input"])
    refused = v["link_closed"] and v["name"] not in JUDGED_LATER
    try:
        assert [decode(frame) for frame in split(stream)]
    except WireError:
        assert refused
    else:
        assert not refused


@pytest.mark.parametrize("frame", CAPTURED, ids=lambda frame: f"{FrameType(frame[0]).name}-{len(frame)}")
def test_frame_is_refused_when_cut_or_too_long(frame):
    if frame[0] in OPEN_ENDED:
        end = len(frame) - len(getattr(decode(frame), "payload", b""))
    else:
        end = len(frame)
        with pytest.raises(WireError):
            decode(frame + b"\0")
    for size in range(1, end):
        with pytest.raises(WireError):
            decode(frame[:size])


@pytest.mark.parametrize("frame", [b"", b"\x0a", b"\xff"])
def test_frame_of_no_known_type_is_refused(frame):
    with pytest.raises(WireError):
        decode(frame)


@pytest.mark.parametrize(("kind", "message"), [(FrameType.DUMMY, Dummy()), (FrameType.KEEPALIVE, Keepalive())])
def test_frame_without_content_ignores_its_body(kind, message):
    assert decode(bytes((kind,)) + b"junk") == message


@given(messages)
def test_message_comes_back(message):
    assert decode(message.frame()) == message


@given(
    st.one_of(
        st.binary(max_size=400),
        st.builds(lambda kind, body: bytes((kind,)) + body, st.integers(0, 9), st.binary(max_size=300)),
    )
)
def test_decode_raises_nothing_but_wire_error(frame):
    try:
        first = decode(frame)
    except WireError:
        return
    assert decode(first.frame()) == first


@given(st.lists(st.binary(min_size=1, max_size=300), max_size=8), st.lists(st.integers(0, 3000), max_size=8))
def test_splitter_gives_the_same_frames_however_they_arrive(frames, cuts):
    stream = b"".join(map(join, frames))
    splitter, at, seen = Splitter(), 0, []
    for cut in [*sorted(c for c in cuts if c < len(stream)), len(stream)]:
        seen += splitter.feed(stream[at:cut])
        at = cut
    assert seen == frames


@pytest.mark.parametrize("length", ["00", "8000", "ffff07", "818080808080808080800001", "ffffffffffffffffff02"])
@pytest.mark.parametrize("feed", [split, split_bytewise])
def test_splitter_refuses_a_bad_length(length, feed):
    with pytest.raises(WireError):
        feed(bytes.fromhex(length))


def test_splitter_stays_broken_after_a_bad_length():
    splitter = Splitter()
    for data in (b"\0", join(b"\x01")):
        with pytest.raises(WireError):
            splitter.feed(data)


def test_splitter_takes_padded_lengths_and_the_longest_frame():
    longest = bytes(MAX_FRAME)
    assert split(b"\x81\x00\x01" + join(longest)) == [b"\x01", longest]


@pytest.mark.parametrize("size", [0, MAX_FRAME + 1])
def test_join_makes_no_frame_that_peers_refuse(size):
    with pytest.raises(ValueError, match="cannot be sent"):
        join(bytes(size))
