"""Writing configurations."""

from __future__ import annotations

from dataclasses import fields, replace

from hypothesis import given
from hypothesis import strategies as st

from everleaf.config import Config, MulticastConfig, NodeInfoConfig, OverlayConfig, PeeringConfig, Via, loads
from everleaf.config.text import render
from everleaf.uri import LinkURI

TEXTS = st.text(st.characters(exclude_categories=["Cs"]))
JSON = st.recursive(
    st.booleans() | st.integers(-(2**63), 2**63 - 1) | st.floats(allow_nan=False, allow_infinity=False) | TEXTS,
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(TEXTS, inner, max_size=3),
    max_leaves=6,
)


def test_generated_file_is_the_defaults():
    assert loads(render(Config()).encode()) == Config()


def test_generated_file_names_and_explains_every_option():
    text = render(Config())
    for section in fields(Config):
        assert f"[{section.name}]\n" in text or f"#[[{section.name}]]\n" in text
    for line in text.splitlines():
        assert len(line) <= 120
    options = [line for line in text.splitlines() if " = " in line and not line.startswith("# ")]
    before = dict(zip(text.splitlines()[1:], text.splitlines(), strict=False))
    assert len(options) == 23
    assert [line for line in options if not before[line].startswith("# ")] == []


def test_generated_example_loads_when_uncommented():
    lines = render(Config()).splitlines()
    text = "\n".join(line.removeprefix("#") if line[:2] != "# " else line for line in lines)
    config = loads(text.encode())
    assert config.multicast == (MulticastConfig(),)
    assert config.peering.via == (Via("eth0"),)


@given(
    st.dictionaries(TEXTS.filter(lambda name: name != "privacy"), JSON, max_size=4),
    TEXTS,
    st.lists(st.sampled_from(["tcp://a:1?password=%22", "tls://[fe80::1%25eth0]:2", "unix:///a%20b"]), unique=True),
)
def test_written_configuration_loads_to_the_same(data, password, peers):
    uris = tuple(LinkURI.parse(peer) for peer in peers)
    config = replace(
        Config(),
        nodeinfo=NodeInfoConfig(data=data),
        overlay=OverlayConfig(password),
        peering=PeeringConfig(peers=uris, allowed_keys=(b"\x01" * 32, b"\x02" * 32), via=(Via("eth0", uris), Via("b"))),
        multicast=(MulticastConfig(interfaces=r"\x41\d|\\", beacon=False),),
    )
    assert loads(render(config).encode()) == config
