"""What is signed about places in the tree."""

import pytest

from everleaf.wire import tree
from everleaf.wire.frame import decode
from vectors.captured import MESH

KEYS = {node["name"]: bytes.fromhex(node["public_key"]) for node in MESH["nodes"]}
CONSENTS = [v for v in MESH["frames"] if v["name"] == "sig_res"]
ANNOUNCES = [v for v in MESH["frames"] if v["name"] == "announce"]


def message_of(v):
    frame = bytes.fromhex(v["frame"])
    return decode(frame[2:] if frame[0] & 0x80 else frame[1:])


@pytest.mark.parametrize("v", CONSENTS, ids=lambda v: v["link"])
def test_consent_signs_the_statement_of_both_link_ends(v):
    consent = message_of(v)
    [signed] = v["verify"]
    statement = tree.statement(KEYS[v["to"]], KEYS[v["frm"]], consent.seq, consent.nonce, consent.port)
    assert (statement.hex(), consent.psig.hex()) == (signed["message"], signed["signature"])


@pytest.mark.parametrize("v", ANNOUNCES, ids=lambda v: v["link"])
def test_announce_signs_one_statement_twice(v):
    announce = message_of(v)
    by_parent, by_key = v["verify"]
    assert announce.statement.hex() == by_parent["message"] == by_key["message"]
    assert (announce.parent.hex(), announce.psig.hex()) == (by_parent["public_key"], by_parent["signature"])
    assert (announce.key.hex(), announce.sig.hex()) == (by_key["public_key"], by_key["signature"])


def test_announce_with_padded_numbers_signs_minimal_ones():
    padded = bytes(64) + b"\x85\x00\x86\x00\x87\x00" + bytes(128)
    assert tree.Announce.decode(padded).statement == bytes(64) + b"\x05\x06\x07"
