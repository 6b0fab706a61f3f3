"""Inputs for a fuzzer: good ones damaged in a few places, and now and then noise. Fast, because that finds more."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from random import Random

NOISE_MAX = 64  # bytes
NOISE_SHARE = 1 / 16
CHUNKS = (
    b"\0",
    b"\x7f",
    b"\x80",
    b"\xff",
    b"\x80\x00",
    b"\xff" * 9 + b"\x01",
    b"\xff" * 9 + b"\x02",
    b"\x80" * 10,
    b"\0" * 16,
    b"\xff" * 16,
    b"%00",
    b"%25",
    b"://",
    b"[]",
    b"9" * 20,
    b"\xc3\xa4",
)

Seeds = Sequence[bytes]


def inputs(rng: Random, seeds: Seeds) -> Iterator[bytes]:
    """Without end."""
    random = rng.random
    while True:
        if random() < NOISE_SHARE:
            yield rng.randbytes(int(random() * NOISE_MAX))
            continue
        data = bytearray(_pick(rng, seeds))
        for _ in range(1 + int(random() * 3)):
            MUTATIONS[int(random() * len(MUTATIONS))](rng, data, seeds)
        yield bytes(data)


def _pick(rng: Random, seeds: Seeds) -> bytes:
    return seeds[int(rng.random() * len(seeds))]


def _at(rng: Random, data: bytearray) -> int:
    return int(rng.random() * len(data))


def _set_byte(rng: Random, data: bytearray, _seeds: Seeds) -> None:
    if data:
        data[_at(rng, data)] = int(rng.random() * 256)


def _flip_bit(rng: Random, data: bytearray, _seeds: Seeds) -> None:
    if data:
        data[_at(rng, data)] ^= 1 << int(rng.random() * 8)


def _insert(rng: Random, data: bytearray, _seeds: Seeds) -> None:
    data.insert(_at(rng, data), int(rng.random() * 256))


def _delete(rng: Random, data: bytearray, _seeds: Seeds) -> None:
    if data:
        del data[_at(rng, data)]


def _truncate(rng: Random, data: bytearray, _seeds: Seeds) -> None:
    del data[_at(rng, data) :]


def _append(rng: Random, data: bytearray, _seeds: Seeds) -> None:
    data += _pick(rng, CHUNKS)


def _overwrite(rng: Random, data: bytearray, _seeds: Seeds) -> None:
    chunk, at = _pick(rng, CHUNKS), _at(rng, data)
    data[at : at + len(chunk)] = chunk


def _put_in(rng: Random, data: bytearray, _seeds: Seeds) -> None:
    at = _at(rng, data)
    data[at:at] = _pick(rng, CHUNKS)


def _repeat(rng: Random, data: bytearray, _seeds: Seeds) -> None:
    start, end = sorted((_at(rng, data), _at(rng, data)))
    data[end:end] = data[start:end]


def _splice(rng: Random, data: bytearray, seeds: Seeds) -> None:
    other = _pick(rng, seeds)
    at = _at(rng, data)
    data[at:] = other[at:]


MUTATIONS: tuple[Callable[[Random, bytearray, Seeds], None], ...] = (
    _set_byte,
    _flip_bit,
    _insert,
    _delete,
    _truncate,
    _append,
    _overwrite,
    _put_in,
    _repeat,
    _splice,
)
