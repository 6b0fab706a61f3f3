"""Session payloads and the key offer inside, as bytes; their cryptography is tested elsewhere."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from everleaf.errors import WireError
from everleaf.wire.codec import MAX_UINT64
from everleaf.wire.session import HANDSHAKE_SIZE, KEY_OFFER_SIZE, Handshake, KeyOffer, PayloadKind, Sealed
from vectors.captured import MESH, NODE

INIT = NODE["session_init_vectors"]
STEPS = [step for session in NODE["session_captured_0_5_12"] for step in session["steps"]]
HANDSHAKES = [s for s in STEPS if s["kind"] != "traffic"]
SEALED = [s for s in STEPS if s["kind"] == "traffic"]

numbers = st.integers(0, MAX_UINT64)
keys = st.binary(min_size=32, max_size=32)


def payload_of(step):
    return bytes.fromhex(step["session_payload"])


@pytest.mark.parametrize("v", INIT["by_group_password"], ids=lambda v: v["group_password"] or "none")
def test_key_offer_matches_vectors(v):
    plaintext = bytes.fromhex(v["plaintext"])
    offer = KeyOffer(
        signature=bytes.fromhex(v["signature"]),
        current=bytes.fromhex(INIT["current_public"]),
        next=bytes.fromhex(INIT["next_public"]),
        key_seq=INIT["key_seq"],
        seq=INIT["seq"],
    )
    assert (offer.encode(), KeyOffer.decode(plaintext)) == (plaintext, offer)
    assert v["secret"] + offer.statement(bytes.fromhex(INIT["ephemeral_public"])).hex() == v["signed_message"]


@pytest.mark.parametrize(("kind", "packet"), [(PayloadKind.INIT, "init_packet"), (PayloadKind.ACK, "ack_packet")])
@pytest.mark.parametrize("v", INIT["by_group_password"], ids=lambda v: v["group_password"] or "none")
def test_handshake_matches_vectors(v, kind, packet):
    payload = bytes.fromhex(v[packet])
    handshake = Handshake(kind, bytes.fromhex(INIT["ephemeral_public"]), payload[33:])
    assert (handshake.encode(), Handshake.decode(payload)) == (payload, handshake)


@pytest.mark.parametrize("v", MESH["session_payloads"]["list"], ids=lambda v: f"{v['kind']} {v['frm']}")
def test_handshake_matches_captured_payloads(v):
    payload = bytes.fromhex(v["payload"])
    handshake = Handshake.decode(payload)
    assert (handshake.kind.name.lower(), handshake.ephemeral.hex()) == (v["kind"], v["ephemeral_public"])
    assert handshake.encode() == payload


@pytest.mark.parametrize("step", HANDSHAKES, ids=lambda s: f"{s['dir']} {s['kind']}")
def test_handshake_of_a_captured_session_comes_back(step):
    handshake = Handshake.decode(payload_of(step))
    assert handshake.kind.name.lower() == step["kind"]
    assert handshake.encode() == payload_of(step)


@pytest.mark.parametrize("v", NODE["traffic_vectors"], ids=lambda v: f"nonce {v['nonce']}")
def test_sealed_matches_vectors(v):
    payload = bytes.fromhex(v["packet"])
    sealed = Sealed.decode(payload)
    header = (sealed.local_seq, sealed.remote_seq, sealed.nonce)
    assert header == tuple(int(v[k]) for k in ("sender_local_key_seq", "sender_remote_key_seq", "nonce"))
    assert len(sealed.box) == 16 + 32 + len(v["message"]) // 2
    assert sealed.encode() == payload


@pytest.mark.parametrize("step", SEALED, ids=lambda s: s["dir"])
def test_sealed_matches_captured_sessions(step):
    sealed = Sealed.decode(payload_of(step))
    header = (sealed.local_seq, sealed.remote_seq, sealed.nonce)
    assert header == tuple(step["header"][k] for k in ("sender_local_key_seq", "sender_remote_key_seq", "nonce"))
    assert sealed.encode() == payload_of(step)


@pytest.mark.parametrize("payload", [b"", b"\x00", b"\x03" + bytes(192), bytes(193), b"\x01" + bytes(193)])
def test_handshake_refuses_other_kinds_and_sizes(payload):
    with pytest.raises(WireError):
        Handshake.decode(payload)


@pytest.mark.parametrize(
    ("decode", "whole"),
    [
        (Handshake.decode, b"\x01" + bytes(HANDSHAKE_SIZE - 1)),
        (KeyOffer.decode, bytes(KEY_OFFER_SIZE)),
        (Sealed.decode, b"\x03\x01\x01\x01" + bytes(48)),
    ],
    ids=["handshake", "key offer", "sealed"],
)
def test_payload_is_refused_when_cut(decode, whole):
    decode(whole)
    for size in range(len(whole)):
        with pytest.raises(WireError):
            decode(whole[:size])


def test_key_offer_refuses_a_trailing_byte():
    with pytest.raises(WireError):
        KeyOffer.decode(bytes(KEY_OFFER_SIZE + 1))


def test_sealed_refuses_a_handshake():
    with pytest.raises(WireError):
        Sealed.decode(b"\x01" + bytes(192))


@given(st.builds(Sealed, numbers, numbers, numbers, st.binary(min_size=48, max_size=100)))
def test_sealed_comes_back(sealed):
    assert Sealed.decode(sealed.encode()) == sealed


@given(st.builds(KeyOffer, st.binary(min_size=64, max_size=64), keys, keys, numbers, numbers))
def test_key_offer_comes_back(offer):
    assert KeyOffer.decode(offer.encode()) == offer


@given(st.sampled_from([Handshake, Sealed, KeyOffer]), st.binary(max_size=220))
def test_payload_decode_raises_nothing_but_wire_error(kind, data):
    try:
        first = kind.decode(data)
    except WireError:
        return
    assert kind.decode(first.encode()) == first
