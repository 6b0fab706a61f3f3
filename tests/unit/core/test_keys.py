"""Keys, signatures and digests against bytes that real nodes made."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

from everleaf import _core
from vectors.captured import MESH, NODE

INIT = NODE["session_init_vectors"]
SEEDS = {node["name"]: bytes.fromhex(node["seed"]) for node in MESH["nodes"]}
VERIFY = [check | {"frame": frame["name"]} for frame in MESH["frames"] for check in frame.get("verify", [])]
PUBLIC_KEYS = {node["name"]: bytes.fromhex(node["public_key"]) for node in MESH["nodes"]}
GROUP_CONTEXT = b"ironwood/encrypted\0"


def hexed(vector: dict[str, Any], *names: str) -> list[bytes]:
    return [bytes.fromhex(vector[name]) for name in names]


@pytest.mark.parametrize("v", NODE["address_and_keys"], ids=lambda v: v["public_key"][:8])
def test_identity_has_the_public_and_exchange_key_of_its_seed(v: dict[str, Any]) -> None:
    """A box sealed to the Ed25519 key opens with the seed's, and with the X25519 pair of the vector."""
    seed, public, exchange, private = hexed(v, "seed", "public_key", "x25519_public", "x25519_private_unclamped")
    identity = _core.Identity(bytearray(seed))
    assert identity.public == public
    assert _core.BoxKey(private).public == exchange
    ephemeral = _core.BoxKey()
    box = ephemeral.seal_to(public, b"hello")
    assert box is not None
    assert identity.open_box(ephemeral.public, box) == b"hello"


@pytest.mark.parametrize("v", INIT["by_group_password"], ids=lambda v: v["group_password"] or "no password")
def test_init_is_made_byte_for_byte(v: dict[str, Any]) -> None:
    sender = _core.Identity(bytes.fromhex(INIT["sender_seed"]))
    ephemeral = _core.BoxKey(bytes.fromhex(INIT["ephemeral_private"]))
    message, signature, plain, packet = hexed(v, "signed_message", "signature", "plaintext", "init_packet")
    receiver = bytes.fromhex(INIT["receiver_public"])
    assert sender.sign(message) == signature
    assert ephemeral.public == packet[1:33]
    assert ephemeral.seal_to(receiver, plain) == packet[33:]


@pytest.mark.parametrize("v", INIT["by_group_password"], ids=lambda v: v["group_password"] or "no password")
def test_init_opens_with_the_receivers_seed(v: dict[str, Any]) -> None:
    receiver = _core.Identity(bytes.fromhex(INIT["receiver_seed"]))
    packet, plain, message, signature = hexed(v, "init_packet", "plaintext", "signed_message", "signature")
    assert receiver.open_box(packet[1:33], packet[33:]) == plain
    assert _core.verify(bytes.fromhex(INIT["sender_public"]), message, signature)


@pytest.mark.parametrize("v", INIT["by_group_password"], ids=lambda v: v["group_password"] or "no password")
def test_group_secret_is_a_sha256(v: dict[str, Any]) -> None:
    password = v["group_password"].encode()
    if password:
        assert _core.sha256(GROUP_CONTEXT + password).hex() == v["secret"]
    else:
        assert v["secret"] == ""


@pytest.mark.parametrize("v", MESH["session_payloads"]["list"], ids=lambda v: f"{v['frm']}-{v['to']}-{v['kind']}")
def test_captured_init_and_ack_open(v: dict[str, Any]) -> None:
    payload, ephemeral, signature, current, following = hexed(
        v, "payload", "ephemeral_public", "signature", "current", "next"
    )
    numbers = v["key_seq"].to_bytes(8, "big") + v["seq"].to_bytes(8, "big")
    assert payload[1:33] == ephemeral
    plain = _core.Identity(SEEDS[v["to"]]).open_box(ephemeral, payload[33:])
    assert plain == signature + current + following + numbers
    password = v.get("group_password", "").encode()
    prefix = _core.sha256(GROUP_CONTEXT + password) if password else b""
    assert _core.verify(PUBLIC_KEYS[v["frm"]], prefix + ephemeral + current + following + numbers, signature)


@pytest.mark.parametrize("v", MESH["handshake"], ids=lambda v: v["node"] + v["password"])
def test_greeting_is_signed_over_the_keyed_hash(v: dict[str, Any]) -> None:
    key, digest, signature = hexed(v["fields"], "public_key", "blake2b512", "signature")
    assert _core.blake2b(key, v["password"].encode()) == digest
    assert _core.Identity(SEEDS[v["node"]]).sign(digest) == signature
    assert _core.verify(key, digest, signature)


@pytest.mark.parametrize("v", VERIFY, ids=lambda v: f"{v['frame']}-{v['signer']}")
def test_captured_signatures_hold_and_nothing_near_them(v: dict[str, Any]) -> None:
    key, message, signature = hexed(v, "public_key", "message", "signature")
    assert _core.verify(key, message, signature)
    assert not _core.verify(key, message + b"\0", signature)
    assert not _core.verify(key, message, signature[:-1] + bytes([signature[-1] ^ 1]))
    assert _core.Identity(SEEDS[v["signer"][0]]).sign(message) == signature


@pytest.mark.parametrize("v", MESH["ed25519_profile"]["list"], ids=lambda v: v["name"])
def test_odd_signatures_are_judged_as_the_network_does(v: dict[str, Any]) -> None:
    key, message, signature = hexed(v, "public_key", "message", "signature")
    assert _core.verify(key, message, signature) is v["accepted"]


def test_nothing_is_shared_with_keys_of_low_order() -> None:
    key = _core.box_key()
    assert key.shared(bytes(32)) is None
    assert key.shared(b"\x01" + bytes(31)) is None
    assert key.seal_to(b"\x01" + bytes(31), b"x") is None


def test_box_does_not_open_when_touched_or_short() -> None:
    identity, ephemeral = _core.Identity(bytes(32)), _core.BoxKey()
    box = ephemeral.seal_to(identity.public, b"secret")
    assert box is not None
    for at in range(len(box)):
        assert identity.open_box(ephemeral.public, box[:at] + bytes([box[at] ^ 1]) + box[at + 1 :]) is None
        assert identity.open_box(ephemeral.public, box[:at]) is None


def test_both_ends_compute_the_same_key() -> None:
    ours, theirs = _core.box_key(), _core.BoxKey()
    near, far = ours.shared(theirs.public), theirs.shared(ours.public)
    assert near is not None
    assert far is not None
    payload = _core.seal(near, 1, 2, 3, bytes(32), b"m")
    assert _core.open(far, payload) == (1, 2, 3, bytes(32), b"m")


def shared_key() -> _core.SharedKey:
    key = _core.box_key().shared(_core.box_key().public)
    assert key is not None
    return key


@pytest.mark.parametrize("secret", [_core.box_key, lambda: _core.Identity(bytes(32)), shared_key])
def test_secrets_print_as_dots(secret: Callable[[], object]) -> None:
    assert repr(secret()) == str(secret()) == "..."


def test_random_is_as_long_as_asked_and_not_the_same_twice() -> None:
    assert _core.random(0) == b""
    assert len(_core.random(32)) == 32
    assert _core.random(32) != _core.random(32)
