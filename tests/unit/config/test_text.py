"""Writing configurations."""

from __future__ import annotations

from dataclasses import replace

from hypothesis import given, settings
from hypothesis import strategies as st

from everleaf.config import Config, MulticastConfig, NodeInfoConfig, OverlayConfig, PeeringConfig, Via, loads
from everleaf.config.option import options
from everleaf.config.text import render
from everleaf.uri import LinkURI

TEXTS = st.text("ax1 \\\"'\t\n\r\0\x1f\x7f\x85é😀\u2028=.#[]{},", max_size=8)
JSON = st.recursive(
    st.booleans() | st.integers(-(2**63), 2**63 - 1) | st.floats(allow_nan=False, allow_infinity=False) | TEXTS,
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(TEXTS, inner, max_size=3),
    max_leaves=6,
)


def test_generated_file_is_the_defaults():
    assert loads(render(Config()).encode()) == Config()


def option_names(cls: type) -> list[str]:
    """The keys of a table and of the tables in it, in order."""
    names = []
    for item in options(cls):
        inner = item.metadata.get("section") or item.metadata.get("sections")
        names += option_names(inner) if inner else [item.name]
    return names


def test_generated_file_explains_every_option():
    lines = render(Config()).splitlines()
    assignments = [number for number, line in enumerate(lines) if " = " in line and not line.startswith("# ")]
    assert [lines[number].removeprefix("#").partition(" = ")[0] for number in assignments] == option_names(Config)
    assert all(lines[number - 1].startswith("# ") for number in assignments)
    assert max(map(len, lines)) <= 120


def test_generated_example_loads_when_uncommented():
    lines = render(Config()).splitlines()
    text = "\n".join(line.removeprefix("#") if line[:2] != "# " else line for line in lines)
    config = loads(text.encode())
    assert config.multicast == (MulticastConfig(),)
    assert config.peering.via == (Via("eth0"),)


@settings(max_examples=50, deadline=None)
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
