"""Numbers and paths, byte by byte."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from everleaf.errors import LongPathError, WireError
from everleaf.wire.codec import MAX_PORTS, MAX_UINT64, Reader, put_path, put_uvarint
from vectors.captured import MESH

ports = st.integers(1, MAX_UINT64)


def by_hex(vector):
    return vector["hex"] or "nothing"


def read_all(data, method):
    r = Reader(data)
    value = method(r)
    r.finish()
    return value


@pytest.mark.parametrize("v", MESH["varint"]["encode"], ids=by_hex)
def test_uvarint_matches_vectors(v):
    encoded, number = bytes.fromhex(v["hex"]), int(v["value"])
    assert (put_uvarint(number), read_all(encoded, Reader.uvarint)) == (encoded, number)


@pytest.mark.parametrize("v", MESH["varint"]["accept_non_minimal"], ids=by_hex)
def test_uvarint_accepts_padding(v):
    assert read_all(bytes.fromhex(v["hex"]), Reader.uvarint) == v["value"]


@pytest.mark.parametrize("v", MESH["varint"]["reject"], ids=by_hex)
def test_uvarint_refuses(v):
    with pytest.raises(WireError):
        Reader(bytes.fromhex(v["hex"])).uvarint()


@pytest.mark.parametrize("number", [-1, MAX_UINT64 + 1])
def test_uvarint_is_never_sent_out_of_range(number):
    with pytest.raises(ValueError, match=r"64 bits|range"):
        put_uvarint(number)


@given(st.integers(0, MAX_UINT64))
def test_uvarint_comes_back(number):
    assert read_all(put_uvarint(number), Reader.uvarint) == number


@pytest.mark.parametrize("v", MESH["path"], ids=by_hex)
def test_path_matches_vectors(v):
    encoded, path = bytes.fromhex(v["hex"]), tuple(v["ports"])
    assert (put_path(path), read_all(encoded, Reader.path)) == (encoded, path)


@given(st.lists(ports, max_size=MAX_PORTS).map(tuple))
def test_path_comes_back(path):
    assert read_all(put_path(path), Reader.path) == path


def test_path_longer_than_the_limit_is_refused():
    assert len(Reader(put_path((1,) * MAX_PORTS)).path()) == MAX_PORTS
    with pytest.raises(LongPathError):
        Reader(put_path((1,) * (MAX_PORTS + 1))).path()


def test_path_without_end_is_refused():
    with pytest.raises(WireError):
        Reader(b"\x01\x02").path()


def test_reader_takes_in_order_and_refuses_leftovers():
    r = Reader(bytes(range(20)))
    assert (r.take(2), r.u16(), r.u64(), r.left) == (b"\x00\x01", 0x0203, 0x0405060708090A0B, 8)
    with pytest.raises(WireError, match="8 bytes too many"):
        r.finish()
    assert r.rest() == bytes(range(12, 20))
    r.finish()


@pytest.mark.parametrize("method", [Reader.uvarint, Reader.path, Reader.u16, Reader.u64, lambda r: r.take(1)])
def test_reader_refuses_to_take_from_nothing(method):
    with pytest.raises(WireError):
        method(Reader(b""))
