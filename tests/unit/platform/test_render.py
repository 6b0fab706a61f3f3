import tomllib
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st
from jinja2 import UndefinedError

from everleaf.config import loads
from everleaf.platform.render import render

GOLDEN = Path(__file__).parent / "golden"
NODE = {
    "key_file": "/var/lib/everleaf/identity.key",
    "interface": "auto",
    "mtu": 1400,
    "listen": ["tls://[::]:9001"],
    "peers": ["tls://[2001:db8::1]:9001", "tcp://[2001:db8::2]:9001?priority=1"],
    "allowed_keys": [],
    "admin": "unix:///run/everleaf/admin.sock",
    "node_info": {"name": "alpha", "place": "Berlin"},
    "log_level": "info",
}


def test_the_config_template_renders_as_kept():
    assert render("node.toml.j2", **NODE) == (GOLDEN / "node.toml").read_text()


def test_the_node_accepts_what_is_rendered():
    config = loads(render("node.toml.j2", **NODE).encode())
    assert config.interface.mtu == 1400
    assert config.nodeinfo.data == {"name": "alpha", "place": "Berlin"}
    assert [peer.text for peer in config.peering.peers] == ["tls://[2001:db8::1]:9001", "tcp://[2001:db8::2]:9001"]


def test_a_missing_value_is_an_error():
    with pytest.raises(UndefinedError, match="'peers' is undefined"):
        render("node.toml.j2", **{key: value for key, value in NODE.items() if key != "peers"})


@given(st.text(st.characters(exclude_categories=["Cs"])))
def test_any_text_comes_back_from_toml(name):
    assert tomllib.loads(render("node.toml.j2", **NODE | {"node_info": {"name": name}}))["nodeinfo"]["name"] == name
