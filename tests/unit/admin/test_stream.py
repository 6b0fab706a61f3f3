"""Cutting a connection's bytes into requests."""

from __future__ import annotations

import json

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from everleaf.admin.stream import MAX_REQUEST, MalformedRequest, Request, RequestReader

TEXTS = st.text('a"\\{}[]é\ud800 ', max_size=8)
VALUES = st.recursive(st.none() | st.booleans() | st.integers() | TEXTS, st.lists, max_leaves=5)
REQUESTS = st.builds(Request, TEXTS, st.dictionaries(TEXTS, VALUES, max_size=3), st.booleans())


def read(*pieces: bytes) -> list[Request]:
    reader, found = RequestReader(), []
    for piece in pieces:
        reader.feed(piece)
        while request := reader.next_request():
            found.append(request)
    reader.finish()
    return found


@settings(max_examples=50, deadline=None)
@given(st.lists(REQUESTS, max_size=4), st.integers(1, 50))
def test_requests_come_back_however_the_bytes_are_cut(requests, size):
    sent = "\n ".join(json.dumps(request.echo(), ensure_ascii=False) for request in requests).encode(errors="replace")
    expected = read(sent)
    assert [request.name for request in expected] == [r.name.encode(errors="replace").decode() for r in requests]
    assert read(*(sent[at : at + size] for at in range(0, len(sent), size))) == expected


def test_requests_need_no_space_between_them():
    assert [request.name for request in read(b'{"request":"a"}{"request":"b"}')] == ["a", "b"]


def test_brackets_inside_texts_do_not_count():
    [request] = read(b'{"request":"}]\\"{"}')
    assert request.name == '}]"{'


@pytest.mark.parametrize("sent", [b"garbage", b"{]", b"{,}", b"}", b'{"a":1', b"nonsense ", b"[" * 100 + b"]" * 100])
def test_reader_refuses_what_is_no_json(sent):
    with pytest.raises(MalformedRequest, match="failed to find request"):
        read(sent)


@pytest.mark.parametrize("sent", [b"[]", b"5 ", b'"x"\n', b"null ", b'{"request":[]}', b'{"keepalive":1}'])
def test_reader_refuses_json_that_is_no_request(sent):
    with pytest.raises(MalformedRequest, match="failed to unmarshal request"):
        read(sent)


@pytest.mark.parametrize("start", [b'{"request":"', b'"', b" " + b"[1,"])
def test_reader_refuses_what_grows_without_end(start):
    with pytest.raises(MalformedRequest, match="longer than 65536 bytes"):
        read(start, *[b"1,a[" * 1024] * (MAX_REQUEST // 4096))


def test_reader_takes_the_longest_request():
    body = b'{"request":"' + b"x" * (MAX_REQUEST - 14) + b'"}'
    assert len(read(body)) == 1
    with pytest.raises(MalformedRequest):
        read(body.replace(b"x", b"xx", 1))


def test_reader_keeps_no_space_between_requests():
    reader = RequestReader()
    for _ in range(3):
        reader.feed(b"\n" * MAX_REQUEST)
        assert reader.next_request() is None
    reader.feed(b'{"request":"a"}')
    assert reader.next_request() == Request("a", {}, keepalive=False)
