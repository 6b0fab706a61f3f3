"""Reading configurations: what is accepted, and how every mistake is named."""

from __future__ import annotations

import pytest

from everleaf.config import Config, InterfaceConfig, LogConfig, Via, cautions, load, loads
from everleaf.endpoint import Endpoint
from everleaf.errors import ConfigError
from everleaf.log import FORMATS, LEVELS
from everleaf.uri import LinkURI

KEY = "4711cecbbcf63e12babaf5fff5c85a9097a4905acafbe9ad820e96c04beb78b7"

EVERYTHING = f"""
[identity]
key_file = "/keys/node"
[interface]
kind = "tap"
name = "mesh0"
mtu = 1280
[peering]
listen = ["tls://[::]:0?password=x", "unix:///run/links.sock"]
peers = ["tcp://a.example:1?priority=3"]
allowed_keys = ["{KEY.upper()}"]
[[peering.via]]
interface = "eth0"
peers = ["tls://b.example:2"]
[[multicast]]
interfaces = "^eth"
beacon = false
port = 9
priority = 255
password = "p"
[overlay]
group_password = "long enough to be no caution"
allowed_keys = ["{KEY}"]
[admin]
listen = "none"
[nodeinfo]
privacy = true
name = "alpha"
place = {{ floor = 3 }}
[log]
level = "debug"
format = "json"
"""

# text, key in the error, its problem, its remedy
MISTAKES = [
    ("[peering]\npears = []", "peering.pears", "is not a key this version knows", "did you mean peers?"),
    ("[pairing]", "pairing", "is not a key this version knows", "did you mean peering?"),
    ("[log]\nzzz = 1", "log.zzz", "is not a key this version knows", "known here: level, format"),
    ("log = 5", "log", "must be a table, not 5", ""),
    ("[multicast]", "multicast", "must be a list, not a table", "write two brackets around its name: [[ ]]"),
    ("[[multicast]]\nport = 70000", "multicast[0].port", "must be a whole number from 0 to 65535, not 70000", ""),
    ("[[multicast]]\nport = true", "multicast[0].port", "must be a whole number from 0 to 65535, not true", ""),
    ("[[multicast]]\npriority = 1.0", "multicast[0].priority", "must be a whole number from 0 to 255, not 1.0", ""),
    ("[[multicast]]\nbeacon = 1", "multicast[0].beacon", "must be true or false, not 1", ""),
    (
        '[[multicast]]\ninterfaces = "("',
        "multicast[0].interfaces",
        '"(" is not a regular expression: missing ), unterminated subpattern at position 0',
        "",
    ),
    (
        f'[[multicast]]\npassword = "{"é" * 33}"',
        "multicast[0].password",
        "is longer than 64 bytes",
        "use a shorter password",
    ),
    ("[[peering.via]]\npeers = []", "peering.via[0].interface", "is missing", "add it: Name of the interface."),
    ('[peering]\npeers = "tcp://a:1"', "peering.peers", 'must be a list, not "tcp://a:1"', "put it into [ ]"),
    ("[peering]\npeers = [1]", "peering.peers[0]", "must be a text, not 1", "put it into quotes"),
    (
        '[peering]\npeers = ["tcp://a:1", "quic://b:1?password=secret"]',
        "peering.peers[1]",
        '"quic://b:1": quic comes with a later release',
        "use tls, tcp or unix",
    ),
    (
        '[peering]\npeers = ["tcp://a:1?priority=1", "tcp://a:1?priority=2"]',
        "peering.peers[1]",
        "stands here twice",
        "remove one",
    ),
    (
        '[peering]\nlisten = ["tls://[::]:99999"]',
        "peering.listen[0]",
        '"tls://[::]:99999": unable to parse peering URI: 99999 is no TCP port',
        "write a number of 1 to 65535",
    ),
    (
        '[peering]\nallowed_keys = ["zz"]',
        "peering.allowed_keys[0]",
        '"zz" is not a public key',
        "a public key has 64 hexadecimal digits",
    ),
    ('[interface]\nkind = "tune"', "interface.kind", 'must be one of tun, tap, none, not "tune"', ""),
    ('[interface]\nname = "a/b"', "interface.name", '"a/b" cannot be the name of an interface', ""),
    (
        "[interface]\nmtu = 1279",
        "interface.mtu",
        'must be "auto" or a whole number from 1280 to 65535, not 1279',
        "auto takes as much as the system carries",
    ),
    (
        "[interface]\nmtu = true",
        "interface.mtu",
        'must be "auto" or a whole number from 1280 to 65535, not true',
        "auto takes as much as the system carries",
    ),
    ('[identity]\nkey_file = ""', "identity.key_file", "must be the path of a file", "give an absolute path"),
    ("[overlay]\ngroup_password = 12345", "overlay.group_password", "must be a text", "put it into quotes"),
    (
        '[admin]\nlisten = "tcp://192.0.2.1:9001"',
        "admin.listen",
        '"tcp://192.0.2.1:9001" would let the network control this node',
        "listen on tcp://[::1]:port or a unix:// path, and reach it from elsewhere over ssh",
    ),
    (
        "[nodeinfo]\nsince = 2026-01-01",
        "nodeinfo.since",
        "is or contains what JSON cannot carry, such as a date",
        "quote it",
    ),
    ("[nodeinfo]\nload = inf", "nodeinfo.load", "is or contains what JSON cannot carry, such as a date", "quote it"),
    ('[log]\nlevel = "loud"', "log.level", 'must be one of error, warning, info, debug, not "loud"', ""),
]


def test_empty_configuration_is_all_defaults():
    assert loads(b"") == Config()


def test_configuration_sets_every_option():
    config = loads(EVERYTHING.encode())
    assert config.identity.key_file == "/keys/node"
    assert config.interface == InterfaceConfig("tap", "mesh0", 1280)
    assert [uri.text for uri in config.peering.listen] == ["tls://[::]:0", "unix:///run/links.sock"]
    assert config.peering.allowed_keys == (bytes.fromhex(KEY),)
    assert config.peering.via == (Via("eth0", (LinkURI.parse("tls://b.example:2"),)),)
    assert [(uri.text, via) for uri, via in config.peering.all_peers()] == [
        ("tcp://a.example:1", ""),
        ("tls://b.example:2", "eth0"),
    ]
    [multicast] = config.multicast
    assert (multicast.interfaces, multicast.beacon, multicast.listen, multicast.port) == ("^eth", False, True, 9)
    assert config.overlay.allowed_keys == (bytes.fromhex(KEY),)
    assert config.admin.listen is None
    assert config.nodeinfo.privacy
    assert config.nodeinfo.data == {"name": "alpha", "place": {"floor": 3}}
    assert config.log == LogConfig("debug", "json")
    assert cautions(config) == [
        "multicast: discovery comes with a later release, and does nothing yet",
        "multicast[0].password: short enough to be guessed; use 16 characters or more",
    ]


@pytest.mark.parametrize(("text", "key", "problem", "fix"), MISTAKES, ids=[row[0] for row in MISTAKES])
def test_mistake_is_named_with_file_key_value_and_remedy(text, key, problem, fix):
    with pytest.raises(ConfigError) as caught:
        loads(text.encode(), "node.toml")
    assert (caught.value.message, caught.value.fix) == (f"node.toml: {key}: {problem}", fix)
    assert caught.value.exit_code == 78


@pytest.mark.parametrize("text", [b"peers", b"a = 1\na = 2", b"a = " + b"[" * 3000, b"a = " + b"9" * 5000])
def test_text_that_is_no_toml_is_a_config_error(text):
    with pytest.raises(ConfigError, match=r"^node.toml: is not TOML: "):
        loads(text, "node.toml")


def test_text_that_is_no_utf_8_is_a_config_error():
    with pytest.raises(ConfigError, match="is not UTF-8 at byte 2"):
        loads(b"# \xff")


def test_byte_order_mark_is_skipped():
    assert loads(b'\xef\xbb\xbf[log]\nlevel = "debug"').log.level == "debug"


def test_error_about_a_uri_shows_no_password():
    with pytest.raises(ConfigError) as caught:
        loads(b'[peering]\npeers = ["tls://a:1?password=hunter2&priority=x"]')
    assert "hunter2" not in str(caught.value)


def test_repr_shows_no_password():
    config = loads(b'[[multicast]]\npassword = "hunter2"\n[overlay]\ngroup_password = "hunter2"')
    assert "hunter2" not in repr(config)


def test_file_that_is_missing_says_how_to_make_one(tmp_path):
    with pytest.raises(ConfigError, match=r"cannot be read: No such file.*everleaf init --out"):
        load(tmp_path / "node.toml")


def test_file_is_loaded(tmp_path):
    path = tmp_path / "node.toml"
    path.write_text('[admin]\nlisten = "tcp://127.0.0.1:9001"')
    assert load(path).admin.listen == Endpoint(host="127.0.0.1", tcp_port=9001)


def test_log_words_are_those_of_the_log():
    for word in LEVELS:
        assert loads(f'[log]\nlevel = "{word}"'.encode()).log.level == word
    for word in FORMATS:
        assert loads(f'[log]\nformat = "{word}"'.encode()).log.format == word


def test_caution_is_given_for_a_short_group_password_and_a_lonely_node():
    found = cautions(loads(b'[overlay]\ngroup_password = "hunter2"'))
    assert [caution.partition(":")[0] for caution in found] == ["overlay.group_password", "peering"]
    assert "hunter2" not in str(found)


URIS = """
[peering]
listen = ["tls://[::]:1?key=00&password=p"]
peers = ["tls://a:1?key=0102", "tls://a:2?prio=3", "tls://a:3?hunter2", "tls://a:4?&maxbackoff=1m&sni=b.example"]
[[peering.via]]
interface = "eth0"
peers = ["tcp://b:1?passwort=hunter2"]
"""


def test_caution_is_given_for_parameters_that_do_not_do_what_they_seem_to():
    """The reference takes them without a word, and so do we."""
    known = "known are key, password, priority, maxbackoff, sni"
    assert cautions(loads(URIS.encode())) == [
        "peering.listen[0]: key= means nothing where others connect; peering.allowed_keys says who may",
        "peering.peers[0]: key= has 4 hex digits, a public key has 64: nobody has it",
        f"peering.peers[1]: prio= means nothing here; {known}",
        f"peering.peers[2]: a parameter without a value means nothing here; {known}",
        f"peering.via[0].peers[0]: passwort= means nothing here; {known}",
    ]


@pytest.mark.parametrize("text", ['{"Peers": []}', "{\n  # comment\n  IfName: auto\n}", "# mine\nPeers: [\n]"])
def test_configuration_of_yggdrasils_is_told_how_to_be_converted(text):
    with pytest.raises(ConfigError) as caught:
        loads(text.encode(), "y.conf")
    assert caught.value.fix == "if it is Yggdrasil's, convert it: everleaf init --from y.conf --out NEW"
    with pytest.raises(ConfigError) as caught:
        loads(b"peers = [", "node.toml")
    assert not caught.value.fix


def test_table_that_stands_twice_is_told_where_its_lines_belong():
    with pytest.raises(ConfigError, match=r"twice .*; put its lines where the table stands already"):
        loads(b"[peering]\nlisten = []\n[log]\n[peering]\npeers = []\n", "node.toml")
