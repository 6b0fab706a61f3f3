"""From the router's tree to the node's configuration."""

from __future__ import annotations

import pytest

from everleaf.config import Config, MulticastConfig, loads
from everleaf.config.text import render
from everleaf.errors import ConfigError
from everleaf.vyatta.tree import read_config

KEY = "ab" * 32


class Tree:
    """A reader of nested dicts: a leaf is a text, a list of them, or None for one without a value."""

    def __init__(self, below: dict[str, object]) -> None:
        self._root = {"interfaces": {"everleaf": {"tun0": below}}}

    def _at(self, path):
        node = self._root
        for name in path:
            node = node[name]
        return node

    def nodes(self, *path):
        return list(self._at(path))

    def value(self, *path):
        assert isinstance(self._at(path), str)
        return self._at(path)

    def values(self, *path):
        assert isinstance(self._at(path), list)
        return self._at(path)


def config(below: dict[str, object]) -> Config:
    return read_config(Tree(below), "tun0", key_file="/keys/tun0.key", admin="unix:///run/tun0.sock")


def test_an_empty_node_has_the_defaults_and_what_is_its_own():
    made = config({})
    assert made == loads(
        b'[identity]\nkey_file = "/keys/tun0.key"\n[interface]\nname = "tun0"\n'
        b'[admin]\nlisten = "unix:///run/tun0.sock"\n'
    )


def test_every_option_of_the_tree_arrives():
    made = config(
        {
            "admin": "none",
            "allowed-public-keys": [KEY],
            "listen": {"tls://[::]:9001": {"password": "sesame", "priority": "3"}, "tcp://0.0.0.0:9002": {}},
            "log-level": "debug",
            "mtu": "1400",
            "multicast": {"eth1": {"beacon": "false", "listen": "true", "password": "p", "port": "7", "priority": "9"}},
            "node-info": {"name": "alpha", "privacy": None},
            "overlay": {"allowed-public-keys": [KEY], "group-password": "together"},
            "peer": {
                "tls://a.example:1": {
                    "max-backoff": "30",
                    "password": "a+b/c",
                    "priority": "2",
                    "public-key": [KEY],
                    "server-name": "b.example",
                },
            },
            "private-key-file": "/config/auth/mine",
        }
    )
    assert made.admin.listen is None
    assert made.peering.allowed_keys == made.overlay.allowed_keys == (bytes.fromhex(KEY),)
    assert [(uri.text, uri.password, uri.priority) for uri in made.peering.listen] == [
        ("tls://[::]:9001", b"sesame", 3),
        ("tcp://0.0.0.0:9002", b"", 0),
    ]
    assert made.log.level == "debug"
    assert made.interface.mtu == 1400
    assert made.multicast == (MulticastConfig("eth1", beacon=False, listen=True, port=7, priority=9, password="p"),)
    assert (made.nodeinfo.privacy, made.nodeinfo.data) == (True, {"name": "alpha"})
    assert made.overlay.group_password == "together"
    (peer,) = made.peering.peers
    assert (peer.keys, peer.priority, peer.password) == ((bytes.fromhex(KEY),), 2, b"a+b/c")
    assert (peer.sni, peer.max_backoff) == ("b.example", 30.0)
    assert made.identity.key_file == "/config/auth/mine"


def test_a_link_without_options_keeps_its_text():
    made = config({"peer": {"tls://a.example:1": {"priority": "0"}}, "listen": {"tls://[::]:1": {"priority": "0"}}})
    assert made.peering.peers[0].original == "tls://a.example:1"
    assert made.peering.listen[0].original == "tls://[::]:1"


def test_peers_of_an_interface_are_dialled_through_it_and_disabled_ones_not_at_all():
    made = config(
        {
            "peer": {
                "tls://a.example:1": {"interface": "eth1"},
                "tls://b.example:1": {"disable": None},
                "tls://c.example:1": {"interface": "eth1", "priority": "1"},
                "tls://d.example:1": {"interface": "eth0", "disable": None},
                "tls://e.example:1": {},
            }
        }
    )
    assert [(uri.text, through) for uri, through in made.peering.all_peers()] == [
        ("tls://e.example:1", ""),
        ("tls://a.example:1", "eth1"),
        ("tls://c.example:1", "eth1"),
    ]


def test_nodes_that_are_the_routers_business_are_not_read():
    assert config({"firewall": {"in": {"name": "LAN"}}, "description": "mesh", "disable": None}) == config({})


def test_what_is_made_comes_back_from_a_file():
    made = config({"peer": {"tls://a.example:1": {"password": 'x"\\y', "interface": "eth0"}}, "mtu": "65535"})
    assert loads(render(made).encode()) == made


def test_a_value_the_node_refuses_is_told_with_the_path_in_the_tree():
    with pytest.raises(ConfigError) as caught:
        config({"peer": {"quic://a.example:1": {}}})
    assert str(caught.value).startswith("interfaces everleaf tun0: peering.peers[0]: ")
