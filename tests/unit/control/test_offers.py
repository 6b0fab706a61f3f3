"""Inits and acks against recorded ones: the same bytes out, and nothing in that is not meant for us."""

import pytest

from everleaf import _core
from everleaf.control.offers import Offers
from everleaf.wire.session import KeyOffer, PayloadKind
from vectors.captured import MESH, NODE

INIT = NODE["session_init_vectors"]
PASSWORDS = {v["group_password"]: v for v in INIT["by_group_password"]}
SEEDS = {node["name"]: bytes.fromhex(node["seed"]) for node in MESH["nodes"]}
SENDER = _core.Identity(bytes.fromhex(INIT["sender_seed"]))
RECEIVER = _core.Identity(bytes.fromhex(INIT["receiver_seed"]))
OFFER = KeyOffer(
    b"", bytes.fromhex(INIT["current_public"]), bytes.fromhex(INIT["next_public"]), INIT["key_seq"], INIT["seq"]
)


class OneKey:
    """The core's cryptography, with the recorded ephemeral key."""

    verify = staticmethod(_core.verify)

    @staticmethod
    def box_key() -> _core.BoxKey:
        return _core.BoxKey(bytes.fromhex(INIT["ephemeral_private"]))


def secret_of(password: str) -> bytes:
    return _core.sha256(b"ironwood/encrypted\0" + password.encode()) if password else b""


@pytest.mark.parametrize(("kind", "packet"), [(PayloadKind.INIT, "init_packet"), (PayloadKind.ACK, "ack_packet")])
@pytest.mark.parametrize("v", INIT["by_group_password"], ids=lambda v: v["group_password"] or "none")
def test_offers_seal_what_was_recorded(v, kind, packet):
    offers = Offers(SENDER, OneKey(), secret_of(v["group_password"]))
    assert offers.seal(kind, RECEIVER.public, OFFER).hex() == v[packet]


@pytest.mark.parametrize("ours", PASSWORDS)
@pytest.mark.parametrize("theirs", PASSWORDS)
def test_offers_open_only_those_of_the_same_group(ours, theirs):
    packet = bytes.fromhex(PASSWORDS[theirs]["ack_packet"])
    opened = Offers(RECEIVER, _core, secret_of(ours)).open(SENDER.public, packet)
    if ours != theirs:
        assert opened is None
        return
    kind, offer = opened
    assert kind == PayloadKind.ACK
    assert (offer.current, offer.next, offer.key_seq, offer.seq) == (
        OFFER.current,
        OFFER.next,
        OFFER.key_seq,
        OFFER.seq,
    )


@pytest.mark.parametrize("v", MESH["session_payloads"]["list"], ids=lambda v: f"{v['kind']} {v['frm']} to {v['to']}")
def test_offers_open_captured_payloads(v):
    source = _core.Identity(SEEDS[v["frm"]]).public
    offers = Offers(_core.Identity(SEEDS[v["to"]]), _core, secret_of(v.get("group_password", "")))
    kind, offer = offers.open(source, bytes.fromhex(v["payload"]))
    assert kind.name.lower() == v["kind"]
    assert (offer.current.hex(), offer.next.hex(), offer.key_seq, offer.seq) == (
        v["current"],
        v["next"],
        v["key_seq"],
        v["seq"],
    )


@pytest.mark.parametrize("at", [0, 1, 33, 60, 192])
def test_offers_open_nothing_that_was_changed(at):
    packet = bytearray.fromhex(PASSWORDS[""]["init_packet"])
    packet[at] ^= 4
    assert Offers(RECEIVER, _core, b"").open(SENDER.public, bytes(packet)) is None


def test_offers_open_nothing_in_the_name_of_another():
    packet = bytes.fromhex(PASSWORDS[""]["init_packet"])
    assert Offers(RECEIVER, _core, b"").open(RECEIVER.public, packet) is None


def test_offers_open_nothing_for_another():
    packet = bytes.fromhex(PASSWORDS[""]["init_packet"])
    assert Offers(SENDER, _core, b"").open(SENDER.public, packet) is None


def test_offers_seal_nothing_for_a_key_that_is_none():
    assert Offers(SENDER, _core, b"").seal(PayloadKind.INIT, b"\x02" + bytes(31), OFFER) is None
