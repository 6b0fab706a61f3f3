"""MurmurHash3, x64 128-bit, seed 0: the hash under the network's bloom filters. Not a cryptographic hash."""

from __future__ import annotations

_MASK = (1 << 64) - 1
_C1 = 0x87C37B91114253D5
_C2 = 0x4CF5AD432745937F
_BLOCK = 16  # bytes


def murmur3(data: bytes) -> tuple[int, int]:
    """Both 64-bit halves."""
    h1 = h2 = 0
    whole = len(data) - len(data) % _BLOCK
    for at in range(0, whole, _BLOCK):
        k1, k2 = _halves(data[at : at + _BLOCK])
        h1 ^= _mix(k1, _C1, 31, _C2)
        h1 = ((_rotl(h1, 27) + h2) * 5 + 0x52DCE729) & _MASK
        h2 ^= _mix(k2, _C2, 33, _C1)
        h2 = ((_rotl(h2, 31) + h1) * 5 + 0x38495AB5) & _MASK
    k1, k2 = _halves(data[whole:])  # an empty half mixes to 0
    return _finish(h1 ^ _mix(k1, _C1, 31, _C2), h2 ^ _mix(k2, _C2, 33, _C1), len(data))


def _finish(h1: int, h2: int, size: int) -> tuple[int, int]:
    h1, h2 = h1 ^ size, h2 ^ size
    h1 = (h1 + h2) & _MASK
    h2 = (h2 + h1) & _MASK
    h1, h2 = _avalanche(h1), _avalanche(h2)
    h1 = (h1 + h2) & _MASK
    return h1, (h2 + h1) & _MASK


def _halves(block: bytes) -> tuple[int, int]:
    return int.from_bytes(block[:8], "little"), int.from_bytes(block[8:], "little")


def _mix(k: int, first: int, turn: int, second: int) -> int:
    return _rotl(k * first & _MASK, turn) * second & _MASK


def _avalanche(k: int) -> int:
    k = (k ^ k >> 33) * 0xFF51AFD7ED558CCD & _MASK
    k = (k ^ k >> 33) * 0xC4CEB9FE1A85EC53 & _MASK
    return k ^ k >> 33


def _rotl(x: int, turn: int) -> int:
    return (x << turn | x >> (64 - turn)) & _MASK
