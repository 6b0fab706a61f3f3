"""Importing Yggdrasil's configurations."""

from __future__ import annotations

import json

import pytest

from everleaf.config import Config, MulticastConfig, loads
from everleaf.config.convert import convert
from everleaf.config.text import render
from everleaf.config.values import BadValue
from everleaf.config.yggdrasil import decode
from everleaf.endpoint import Endpoint
from everleaf.errors import ConfigError
from vectors.captured import NODE

CASES = NODE["config_parsing_0_5_12"]
GOOD = [case for case in CASES if "result" in case]
BAD = [case for case in CASES if "error" in case]
DEFAULTS = json.loads(json.dumps(next(case["result"] for case in CASES if case["case"] == "empty input")))
NEVER_PRINTED = ("AdminListen",)  # by the real node, although it reads it
SEED, PUBLIC = "743f89742b875896e886322bcf444d962409be11a392a57ee5d867a5c862a08e", "47" * 32


@pytest.mark.parametrize("case", GOOD, ids=lambda case: case["case"])
def test_file_says_what_the_real_node_understands(case):
    decoded = {name: value for name, value in decode(case["input"].encode()).items() if name not in NEVER_PRINTED}
    known = DEFAULTS | {"LogLookups": False}
    understood = known | {name: value for name, value in decoded.items() if name in known}
    zeros = {"Regex": "", "Beacon": False, "Listen": False, "Password": ""}
    if understood["MulticastInterfaces"]:
        understood["MulticastInterfaces"] = [zeros | entry for entry in understood["MulticastInterfaces"]]
    assert json.dumps(_as_printed(understood)) == json.dumps(_as_printed({"LogLookups": False} | case["result"]))


def _as_printed(value):
    """Numbers as 64-bit floats, keys sorted."""
    if isinstance(value, dict):
        return {name: _as_printed(value[name]) for name in sorted(value)}
    if isinstance(value, list):
        return [_as_printed(item) for item in value]
    return float(value) if type(value) is int else value


@pytest.mark.parametrize("case", GOOD, ids=lambda case: case["case"])
def test_conversion_makes_a_file_that_loads(case):
    config = convert(case["input"].encode(), "y.conf").config
    assert loads(render(config).encode()) == config


@pytest.mark.parametrize("case", BAD, ids=lambda case: case["case"])
def test_file_the_real_node_refuses_is_refused(case):
    with pytest.raises(ConfigError, match=r"^y\.conf: "):
        convert(case["input"].encode(), "y.conf")


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "utf-16"])
def test_every_encoding_is_read(encoding):
    assert decode("{IfName: 'é'}".encode(encoding)) == {"IfName": "é"}


def test_encoding_that_is_none_is_refused():
    with pytest.raises(BadValue, match="is not UTF-8 at byte 8"):
        decode(b"IfName: \xff")


def test_conversion_without_keys_listens_to_local_networks_as_the_real_node_does():
    imported = convert(b"", "y.conf")
    assert imported.config.multicast == (MulticastConfig(),)
    assert imported.config.interface == Config().interface
    assert imported.seed is None


def test_conversion_carries_every_key_it_can():
    text = f"""{{
      "PrivateKey": "{SEED.upper()}{PUBLIC}",
      "Peers": ["tls://a:1?key={PUBLIC}", "tcp://b:2"],
      "InterfacePeers": {{"eth0": ["tcp://c:3"], "eth1": []}},
      "Listen": ["tls://[::]:0"],
      "AdminListen": "[::1]:9001",
      "MulticastInterfaces": [{{"Regex": "e", "Port": 5, "Priority": 258, "Password": "p"}}],
      "AllowedPublicKeys": ["{PUBLIC}", "{PUBLIC}"],
      "GroupPassword": "g",
      "IfName": "ygg0", "IfMTU": 1400,
      "NodeInfoPrivacy": true,
      "NodeInfo": {{"name": "n", "size": 12345678901234567890, "half": 0.5, "two": 2.0}}
    }}"""
    imported = convert(text.encode(), "y.conf")
    config = imported.config
    assert (imported.seed.hex(), imported.public_key.hex()) == (SEED, PUBLIC)
    assert [(uri.text, via) for uri, via in config.peering.all_peers()] == [
        ("tls://a:1", ""),
        ("tcp://b:2", ""),
        ("tcp://c:3", "eth0"),
    ]
    assert config.peering.peers[0].keys == (bytes.fromhex(PUBLIC),)
    assert config.peering.allowed_keys == (bytes.fromhex(PUBLIC),)
    assert config.admin.listen == Endpoint(host="::1", tcp_port=9001)
    assert config.multicast == (MulticastConfig("e", True, True, 5, 2, "p"),)
    assert config.overlay.group_password == "g"
    assert (config.interface.kind, config.interface.name, config.interface.mtu) == ("tun", "ygg0", 1400)
    assert config.nodeinfo.privacy
    assert config.nodeinfo.data == {"name": "n", "size": 12345678901234567000.0, "half": 0.5, "two": 2}
    assert imported.remarks == []


@pytest.mark.parametrize(
    ("text", "remark"),
    [
        (
            '{"Peers": ["quic://a:1?password=hunter2"]}',
            'Peers: left out: "quic://a:1": quic comes with a later release',
        ),
        ('{"Listen": ["tcp://a"]}', "Listen: left out: "),
        ('{"InterfacePeers": {"a/b": ["tcp://a:1"]}}', "InterfacePeers: left out: "),
        ('{"AdminListen": "tcp://0.0.0.0:1"}', "AdminListen: left out: "),
        ('{"MulticastInterfaces": [{"Regex": "("}]}', "MulticastInterfaces: left out: "),
        (f'{{"MulticastInterfaces": [{{"Password": "{"x" * 65}"}}]}}', "MulticastInterfaces: left out: is longer"),
        ('{"MulticastInterfaces": [{"Beacon": false, "Listen": false}]}', "MulticastInterfaces: left out: "),
        ('{"IfName": "a/b"}', "IfName: left out: "),
        ('{"IfMTU": 68}', "IfMTU: changed from 68 to the limit 1280"),
        ('{"IfMTU": 70000}', "IfMTU: changed from 70000 to the limit 65535"),
        ('{"LogLookups": true}', "LogLookups: not needed"),
        ('{"NodeInfo": {"a": [null]}}', "NodeInfo.a: left out: null, or a number without bounds"),
        (f'{{"NodeInfo": {{"a": {"9" * 400}}}}}', "NodeInfo.a: left out: null, or a number without bounds"),
        ('{"NodeInfo": {"a": 1e999}}', "NodeInfo.a: left out: null, or a number without bounds"),
        ('{"NodeInfo": {"privacy": 1}}', "NodeInfo.privacy: left out: "),
        ('{"Peer": []}', "Peer: Yggdrasil has no such key either; left out"),
    ],
)
def test_conversion_says_what_it_changed_or_left_out(text, remark):
    imported = convert(text.encode(), "y.conf")
    [said] = imported.remarks
    assert said.startswith(remark)
    assert "hunter2" not in said
    assert loads(render(imported.config).encode()) == imported.config


@pytest.mark.parametrize(
    ("text", "key"),
    [
        ('{"PrivateKey": ""}', "PrivateKey"),
        (f'{{"PrivateKey": "{SEED}"}}', "PrivateKey"),
        (f'{{"PrivateKey": "{SEED}{PUBLIC[2:]}zz"}}', "PrivateKey"),
        ('{"AllowedPublicKeys": ["ab"]}', "AllowedPublicKeys[0]"),
        ('{"MulticastInterfaces": [{}, {"Port": -1}]}', "MulticastInterfaces[1].Port"),
        ('{"InterfacePeers": {"e": "tcp://a:1"}}', "InterfacePeers"),
    ],
)
def test_mistake_is_an_error_that_does_not_show_the_key(text, key):
    with pytest.raises(ConfigError) as caught:
        convert(text.encode(), "y.conf")
    assert caught.value.key == key
    assert SEED[:8] not in str(caught.value)


def test_key_in_a_file_wins_over_the_key_itself():
    imported = convert(f'{{"PrivateKey": "{SEED}{PUBLIC}", "PrivateKeyPath": "/k"}}'.encode(), "y.conf")
    assert imported.seed is None
    assert imported.key_elsewhere
    assert imported.config.identity.key_file == "/k"
    assert SEED not in repr(convert(f'{{"PrivateKey": "{SEED}{PUBLIC}"}}'.encode(), "y.conf"))
