"""From the node's configuration to what is typed on a router."""

from __future__ import annotations

import shlex

import pytest

from everleaf.config import Config, loads
from everleaf.errors import ConfigError
from everleaf.vyatta.commands import commands
from everleaf.vyatta.tree import read_config

KEYS = ["ab" * 32, "cd" * 32]
HOME = (
    '[identity]\nkey_file = "/keys/tun0.key"\n[interface]\nname = "tun0"\n{}\n[admin]\nlisten = "unix:///run/t.sock"\n'
)


def config(text: str = "", interface: str = "") -> Config:
    return loads((HOME.format(interface) + text).encode())


class Typed:
    """A reader of what the commands have set."""

    def __init__(self, lines):
        self.paths = [tuple(shlex.split(line)[1:]) for line in lines if line.startswith("set ")]

    def nodes(self, *path):
        below = (typed[len(path)] for typed in self.paths if typed[: len(path)] == path and len(typed) > len(path))
        return list(dict.fromkeys(below))

    def value(self, *path):
        [value] = self.nodes(*path)
        return value

    values = nodes


def typed(lines):
    return read_config(Typed(lines), "tun0", key_file="/keys/tun0.key", admin="unix:///run/t.sock")


@pytest.mark.parametrize(
    "made",
    [
        config(),
        config('[log]\nlevel = "debug"\n[nodeinfo]\nname = "erx"', "mtu = 1400"),
        config('[peering]\nlisten = ["tls://[::]:9001", "tcp://192.0.2.1:1"]'),
        config(f'[peering]\nallowed_keys = ["{KEYS[0]}", "{KEYS[1]}"]'),
        config(
            f'[peering]\npeers = ["tls://a.example:1?key={KEYS[0]}&key={KEYS[1]}&priority=3&password=a%2Fb&sni=b.example'
            '&maxbackoff=60s", "tls://[2001:db8::1]:1"]'
        ),
    ],
)
def test_what_is_typed_is_read_back_as_the_same(made):
    back = typed(commands(made, "tun0"))
    assert back.interface == made.interface
    assert back.log == made.log
    assert back.nodeinfo == made.nodeinfo
    assert [uri.text for uri in back.peering.peers] == [uri.text for uri in made.peering.peers]
    for ours, theirs in zip(made.peering.peers, back.peering.peers, strict=True):
        for name in ("keys", "priority", "password", "max_backoff", "sni"):
            assert getattr(ours, name) == getattr(theirs, name)
    assert back.peering.allowed_keys == made.peering.allowed_keys
    assert [uri.text for uri in back.peering.listen] == [uri.text for uri in made.peering.listen]


def test_what_a_fleet_says_no_more_is_deleted_and_the_rest_is_left_alone():
    deleted = [line for line in commands(config(), "tun0") if line.startswith("delete ")]
    assert deleted == [
        f"delete interfaces everleaf tun0 {node}"
        for node in ("allowed-public-keys", "listen", "log-level", "mtu", "node-info name", "peer")
    ]


def test_values_are_quoted_for_the_router_s_shell():
    assert "set interfaces everleaf tun0 listen 'tls://[::]:9001'" in commands(
        config('[peering]\nlisten = ["tls://[::]:9001"]'), "tun0"
    )


@pytest.mark.parametrize(
    ("text", "table"),
    [
        ('[nodeinfo]\nplace = "Berlin"', "nodeinfo"),
        ('[log]\nformat = "json"', "log"),
        ('[overlay]\ngroup_password = "sesame"', "overlay"),
        ('[[peering.via]]\ninterface = "eth0"\npeers = ["tls://a.example:1"]', "peering"),
    ],
)
def test_what_the_tree_cannot_say_is_refused(text, table):
    with pytest.raises(ConfigError, match=f"interfaces everleaf tun0: {table}: has something that the router's tree"):
        commands(config(text), "tun0")
