"""fleet.toml: what is accepted, and what each mistake is called before any host is asked anything."""

from __future__ import annotations

from dataclasses import replace

import pytest

from everleaf.errors import ConfigError
from everleaf_fleet.model.fleet import Gate, Ssh
from everleaf_fleet.model.reader import load, loads

PHONE = "0011" * 16
FLEET = f"""
[fleet]
name = "lab"
version = "0.1.0"
[defaults]
mtu = 1400
listen = ["tls://[::]:9001"]
[groups.core]
log_level = "debug"
[groups.edge]
peers = ["@core", "tls://public.example:443"]
[hosts.fra1]
address = "fra1.example.net"
groups = ["core"]
ssh = {{ user = "admin", become = "doas" }}
[hosts.fra2]
address = "2001:db8::2"
groups = ["core"]
peers = ["@core"]
[hosts.obsd1]
address = "192.0.2.7"
groups = ["edge", "core"]
mtu = 1280
allowed_keys = ["@core", "phone"]
[peers.phone]
public_key = "{PHONE}"
[upgrade]
gate = {{ min_peers = 2, within = "2m", slack = "5s" }}
"""


def changed(old: str, new: str) -> bytes:
    assert old in FLEET
    return FLEET.replace(old, new, 1).encode()


def test_host_says_more_than_its_groups_and_they_more_than_the_defaults():
    fleet = loads(FLEET.encode())
    first, _, third = fleet.hosts.values()
    assert (first.mtu, third.mtu) == (1400, 1280)
    assert (first.log_level, third.log_level) == ("debug", "debug")
    assert [uri.text for uri in third.listen] == ["tls://[::]:9001"]
    assert first.ssh == Ssh("admin", become="doas")
    assert fleet.upgrade.gate == Gate(2, 120.0, 5.0)


def test_groups_become_their_members_without_the_host_itself():
    fleet = loads(FLEET.encode())
    assert fleet.hosts["fra1"].peers == ()
    assert fleet.hosts["fra2"].peers == ("fra1", "obsd1")
    assert fleet.hosts["obsd1"].peers == ("fra1", "fra2", "tls://public.example:443")
    assert fleet.hosts["obsd1"].allowed_keys == ("fra1", "fra2", "phone")
    assert [host.name for host in fleet.members("core")] == ["fra1", "fra2", "obsd1"]
    assert fleet.members("all") == tuple(fleet.hosts.values())


def test_hosts_behind_one_address_are_told_apart_by_the_port_of_their_sshd():
    fleet = loads(changed('"2001:db8::2"', '"fra1.example.net"\nssh = { port = 2222 }'))
    assert [host.address for host in fleet.hosts.values()][:2] == ["fra1.example.net"] * 2


MISTAKES = [
    (
        'allowed_keys = ["@core", "phone"]',
        'allowed_keys = ["@edge"]',
        "hosts.obsd1.allowed_keys",
        "names nobody, and so would let everybody in",
    ),
    ("mtu = 1280", "mtu = 99", "hosts.obsd1.mtu", "1280 to 65535, not 99"),
    ("mtu = 1280", "mtuu = 99", "hosts.obsd1.mtuu", "did you mean mtu?"),
    ("[hosts.obsd1]", "[hosts.Obsd1]", "hosts.Obsd1", "cannot be a name"),
    ('groups = ["edge", "core"]', 'groups = ["edge", "corr"]', "hosts.obsd1.groups[1]", 'no group "corr"'),
    ('peers = ["@core", ', 'peers = ["@cord", ', "hosts.obsd1.peers", 'no group "cord"'),
    ('peers = ["@core"]', 'peers = ["fra9"]', "hosts.fra2.peers", 'no host or peer "fra9"; known here: fra1, fra2'),
    ('peers = ["@core"]', 'peers = ["fra2"]', "hosts.fra2.peers", "names the host itself"),
    ('peers = ["@core"]', 'peers = ["phone"]', "hosts.fra2.peers", "phone has no URI; add peers.phone.uri"),
    ('peers = ["@core"]', 'peers = ["nobody here"]', "hosts.fra2.peers[0]", "is no host, group or URI"),
    (
        "[peers.phone]",
        '[hosts.alone]\naddress = "192.0.2.9"\n[peers.phone]',
        "hosts.alone.peers",
        "alone cannot reach the rest",
    ),
    ('listen = ["tls://[::]:9001"]', "", "hosts.fra2.peers", "fra1 listens on no TCP port"),
    ("tls://[::]:9001", "tls://[::1]:9001", "hosts.fra2.peers", "fra1 listens on no TCP port that others can dial"),
    ('"2001:db8::2"', '"FRA1.example.net"', "hosts.fra2.address", '"FRA1.example.net" is that of fra1 too'),
    ('"tls://[::]:9001"', '"tls://[::]:9001?password=x"', "defaults.listen[0]", "has a password"),
    ("tls://public.example:443", "tls://public.example", "groups.edge.peers[1]", "no host and port"),
    (f'"{PHONE}"', '"00"', "peers.phone.public_key", "64 hexadecimal digits"),
    ("[peers.phone]", "[peers.fra1]", "peers.fra1", "is a host as well"),
    ("[peers.phone]", "[peers.phone]\nmanaged = true", "peers.phone.managed", "must be false"),
    ('within = "2m"', "within = 120", "upgrade.gate.within", 'write it as "30s"'),
    ("[upgrade]", '[upgrade]\nbatch = ["0%"]', "upgrade.batch[0]", "share"),
    ("[upgrade]", "[upgrade]\nbatch = []", "upgrade.batch", "is empty"),
    ('version = "0.1.0"', "", "fleet.version", "is missing"),
    (
        "[defaults]",
        'channel = "https://x.example"\n[defaults]',
        "fleet.release_key",
        "must be given for https://x.example; say whose signature counts",
    ),
    ("[defaults]", 'channel = "ftp://x.example"\n[defaults]', "fleet.channel", "is no directory and no https:// URL"),
    ("[defaults]", 'release_key = "RWQ"\n[defaults]', "fleet.release_key", "is no public key of minisign"),
    ('become = "doas"', 'become = "magic"', "hosts.fra1.ssh.become", "sudo, doas, su"),
    ("[groups.core]", "[groups.all]\n[groups.core]", "groups.all", "[defaults]"),
]


@pytest.mark.parametrize(("old", "new", "key", "words"), MISTAKES, ids=[f"{row[2]}: {row[3][:30]}" for row in MISTAKES])
def test_mistake_names_file_key_and_remedy(old, new, key, words):
    with pytest.raises(ConfigError) as refusal:
        loads(changed(old, new))
    assert refusal.value.key == key
    assert str(refusal.value).startswith(f"fleet.toml: {key}: ")
    assert words in str(refusal.value)
    assert refusal.value.exit_code == 78


def test_host_that_only_knows_the_public_network_reaches_everybody():
    fleet = loads(changed('peers = ["@core"]', "") + b'[hosts.far]\naddress = "192.0.2.9"\ngroups = ["edge"]\n')
    assert fleet.hosts["far"].peers[:2] == ("fra1", "fra2")


def test_missing_file_says_how_to_make_one(tmp_path):
    with pytest.raises(ConfigError, match="cannot be read: No such file or directory; make one: everleaf-fleet new"):
        load(tmp_path / "fleet.toml")


def test_two_friends_cannot_share_a_key():
    with pytest.raises(ConfigError, match="is the key of phone too"):
        loads(FLEET.encode() + f'[peers.tablet]\npublic_key = "{PHONE}"\n'.encode())


def test_model_is_immutable():
    host = loads(FLEET.encode()).hosts["fra1"]
    with pytest.raises(AttributeError):
        host.mtu = 9000
    assert replace(host, mtu=9000).mtu == 9000
