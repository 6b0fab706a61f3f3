"""Questions and answers inside a session."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from everleaf.errors import WireError
from everleaf.wire.message import KEYS_MAX, Query, Request, Response, decode, get_keys, put_keys
from vectors.captured import NODE

NAMES = {
    "nodeinfo": Query.NODE_INFO,
    "debug getself": Query.SELF,
    "debug getpeers": Query.PEERS,
    "debug gettree": Query.TREE,
}
VECTORS = [v for v in NODE["in_session_messages"] if v["name"] != "traffic"]
CODES = [bytes.fromhex(v["bytes"].split()[0]) for v in VECTORS]


@pytest.mark.parametrize("v", VECTORS, ids=lambda v: v["name"])
def test_message_matches_vectors(v):
    name, kind = v["name"].rsplit(" ", 1)
    body = v.get("sample", "").encode()
    data = bytes.fromhex(v["bytes"].split()[0]) + body
    message = Request(NAMES[name]) if kind == "request" else Response(NAMES[name], body)
    assert (message.encode(), decode(data)) == (data, message)


def test_message_of_a_captured_answer_comes_back():
    data = bytes.fromhex(NODE["link_frames_captured_0_5_12"]["inner_reply"])
    answer = decode(data)
    assert (answer.query, answer.encode()) == (Query.NODE_INFO, data)
    assert answer.body.startswith(b'{"build')


def test_request_ignores_what_follows():
    assert decode(b"\x02\x01junk") == Request(Query.NODE_INFO)


@pytest.mark.parametrize("data", ["", "00", "01", "02", "0200", "0203", "02ff", "02ff00", "02ff07", "0301", "016000"])
def test_message_that_neither_asks_nor_answers_is_refused(data):
    with pytest.raises(WireError):
        decode(bytes.fromhex(data))


@pytest.mark.parametrize("code", CODES, ids=bytes.hex)
def test_message_is_refused_when_cut(code):
    for size in range(len(code)):
        with pytest.raises(WireError):
            decode(code[:size])


@given(st.one_of(st.binary(max_size=50), st.builds(bytes.__add__, st.sampled_from(CODES), st.binary(max_size=50))))
def test_message_decode_raises_nothing_but_wire_error(data):
    try:
        first = decode(data)
    except WireError:
        return
    assert decode(first.encode()) == first


@given(st.lists(st.binary(min_size=32, max_size=32), max_size=5))
def test_keys_come_back(keys):
    assert get_keys(put_keys(keys)) == keys


def test_keys_beyond_the_limit_are_left_out():
    body = put_keys([bytes(32)] * (KEYS_MAX + 1))
    assert len(get_keys(body)) == KEYS_MAX
    assert len(body) + 2 <= 65535 < len(body) + 2 + 32


def test_keys_refuse_a_cut_one():
    with pytest.raises(WireError):
        get_keys(bytes(33))
