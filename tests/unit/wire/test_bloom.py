"""The filter's flags and chunks."""

import pytest

from everleaf.errors import WireError
from everleaf.wire.bloom import Bloom
from vectors.captured import MESH


@pytest.mark.parametrize("v", MESH["bloom_wire"], ids=lambda v: v["name"])
def test_bloom_matches_vectors(v):
    body = bytes.fromhex(v["body_hex"])
    bloom = Bloom.decode(body)
    assert bloom.encode() == body
    assert bloom.bits.bit_count() == v["bit_count"]
    if v["bits"] is not None:
        assert bloom.bits == sum(1 << bit for bit in v["bits"])


def test_bloom_puts_bit_n_into_chunk_n_div_64():
    body = bytes.fromhex("0fffffffffffffffffffffffffffffffe00000000000000000000000000000000123456789abcdef")
    assert Bloom.decode(body).bits == 0x0123456789ABCDEF << 192 | 2**192 - 1


def test_bloom_with_an_unflagged_chunk_of_zeros_is_accepted():
    assert Bloom.decode(b"\xff" * 15 + b"\xfe" + bytes(16) + bytes(8)) == Bloom(0)


@pytest.mark.parametrize(
    ("zeros", "ones", "chunks"),
    [(b"\xff" * 16, b"\xff" * 16, b""), (b"\xff" * 16, bytes(16), bytes(8)), (bytes(16), b"\xfe" * 16, bytes(8))],
    ids=["both flags", "surplus", "missing"],
)
def test_bloom_refuses_flags_that_contradict_the_chunks(zeros, ones, chunks):
    with pytest.raises(WireError):
        Bloom.decode(zeros + ones + chunks)
