"""Sealed session payloads: recorded ones byte for byte, and that nothing else opens."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from everleaf import _core
from vectors.captured import NODE

U64 = st.integers(0, 2**64 - 1)
ONE, OTHER = _core.BoxKey(b"\x07" * 32), _core.BoxKey(b"\x08" * 32)


def key_between(ours: _core.BoxKey, theirs: bytes) -> _core.SharedKey:
    key = ours.shared(theirs)
    assert key is not None
    return key


KEY = key_between(ONE, OTHER.public)


@pytest.mark.parametrize("v", NODE["traffic_vectors"], ids=lambda v: f"nonce {v['nonce']}")
def test_recorded_packets_seal_and_open(v: dict[str, Any]) -> None:
    key = key_between(_core.BoxKey(bytes.fromhex(v["sender_send_private"])), bytes.fromhex(v["receiver_public"]))
    head = (v["sender_local_key_seq"], v["sender_remote_key_seq"], v["nonce"])
    following, message = bytes.fromhex(v["inner_next_public"]), bytes.fromhex(v["message"])
    packet = _core.seal(key, *head, following, message)
    assert packet.hex() == v["packet"]
    assert _core.open(key, packet) == (*head, following, message)


@given(U64, U64, U64, st.binary(min_size=32, max_size=32), st.binary(max_size=3000))
def test_what_is_sealed_opens(local: int, remote: int, nonce: int, following: bytes, message: bytes) -> None:
    payload = _core.seal(KEY, local, remote, nonce, following, message)
    back = key_between(OTHER, ONE.public)
    assert _core.open(back, payload) == (local, remote, nonce, following, message)


@given(st.binary(max_size=700), st.data())
def test_no_bit_can_change(message: bytes, data: st.DataObject) -> None:
    """Not even in the head: kind and nonce are bound by the box, the key numbers choose the key elsewhere."""
    payload = _core.seal(KEY, 1, 2, 3, bytes(32), message)
    bit = data.draw(st.integers(0, 8 * len(payload) - 1))
    changed = bytearray(payload)
    changed[bit // 8] ^= 1 << bit % 8
    opened = _core.open(KEY, bytes(changed))
    if bit // 8 in (1, 2):
        assert opened is None or opened[3:] == (bytes(32), message)
    else:
        assert opened is None


def test_truncated_anywhere_is_refused() -> None:
    payload = _core.seal(KEY, 2**64 - 1, 2**64 - 1, 2**64 - 1, bytes(32), b"message")
    assert [_core.open(KEY, payload[:size]) for size in range(len(payload))] == [None] * len(payload)


@given(st.binary(max_size=200))
def test_nonsense_is_refused(payload: bytes) -> None:
    assert _core.open(KEY, b"\x03" + payload) is None


def test_too_long_a_message_is_refused() -> None:
    with pytest.raises(ValueError, match="do not fit"):
        _core.seal(KEY, 0, 0, 0, bytes(32), bytes(131_071))
