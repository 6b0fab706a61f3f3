"""Greetings against captured ones, and every reason to close a link instead."""

from __future__ import annotations

import pytest

from everleaf import _core
from everleaf.control.greeting import Greeter
from everleaf.errors import WireError
from everleaf.uri import LinkURI
from everleaf.wire.handshake import Meta
from vectors.captured import MESH

SEEDS = {node["name"]: bytes.fromhex(node["seed"]) for node in MESH["nodes"]}
OURS, PEER = _core.Identity(bytes(32)), _core.Identity(SEEDS["A"])


def uri(query: str = "") -> LinkURI:
    return LinkURI.parse(f"tcp://192.0.2.1:1{query}")


def options_of(captured) -> LinkURI:
    password = captured["password"].replace(" ", "%20")
    return uri(f"?password={password}&priority={captured['fields']['priority']}")


@pytest.mark.parametrize("captured", MESH["handshake"], ids=lambda v: v["node"] + v["password"])
def test_greeting_is_the_captured_one(captured):
    greeter = Greeter(_core.Identity(SEEDS[captured["node"]]), _core)
    assert greeter.greet(options_of(captured)).hex() == captured["hex"]


@pytest.mark.parametrize("captured", MESH["handshake"], ids=lambda v: v["node"] + v["password"])
def test_captured_greeting_is_good(captured):
    meta = Greeter(OURS, _core).judge(options_of(captured), bytes.fromhex(captured["hex"]))
    fields = captured["fields"]
    assert (meta.key.hex(), meta.priority) == (fields["public_key"], fields["priority"])


def greeting_of_peer(**fields) -> bytes:
    signature = PEER.sign(_core.blake2b(PEER.public, b""))
    return Meta(**{"key": PEER.public, "priority": 0, "signature": signature} | fields).encode()


@pytest.mark.parametrize(
    ("query", "data"),
    [
        ("?password=other", greeting_of_peer()),
        ("", greeting_of_peer(signature=bytes(64))),
        ("", greeting_of_peer(key=OURS.public)),
        ("", greeting_of_peer(minor=4)),
        ("", greeting_of_peer(minor=6)),
        ("", greeting_of_peer(major=1)),
        ("?key=" + OURS.public.hex(), greeting_of_peer()),
        ("?key=" + PEER.public.hex()[:62], greeting_of_peer()),
        ("", b"GET / HTTP/1.1\r\n"),
        ("", b""),
    ],
    ids=["password", "unsigned", "key", "0.4", "0.6", "1.5", "pinned", "cut pin", "http", "empty"],
)
def test_greeting_is_refused(query, data):
    with pytest.raises(WireError):
        Greeter(OURS, _core).judge(uri(query), data)


def test_one_of_the_pinned_keys_is_enough():
    pins = f"?key={OURS.public.hex()}&key={PEER.public.hex()}"
    assert Greeter(OURS, _core).judge(uri(pins), greeting_of_peer()).key == PEER.public
